/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * race_driver TRACE [query]: prints the kind of what pmapsim_race() finds in the
 * last call of TRACE by one access, or one query.  test_mutants.sh links it with one file of
 * the pmap changed; a file of ours is not found by name in an archive that has
 * it too, because the linker takes the changed one first.
 */
#include <pmapsim/race.h>

#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
	struct pmapsim_race_options options = {0};
	struct pmapsim_race_result result;
	struct pmapsim_trace *trace;
	char err[600];

	if (argc < 2)
		return (2);
	if (argc > 2 && strcmp(argv[2], "query") == 0)
		options.with = PMAPSIM_RACE_QUERY;
	if (pmapsim_trace_open(argv[1], &trace, err, sizeof(err)) !=
		PMAPSIM_OK ||
	    pmapsim_race(trace, &options, &result, err, sizeof(err)) !=
		PMAPSIM_OK) {
		fprintf(stderr, "%s\n", err);
		return (2);
	}
	printf("%s\n", pmapsim_race_kind_name(result.kind));
	if (result.kind != PMAPSIM_RACE_NONE)
		fprintf(stderr, "%s\n", result.text);
	pmapsim_trace_close(result.trace);
	pmapsim_trace_close(trace);
	return (0);
}
