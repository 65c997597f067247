/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options that describe a machine, alike in all subcommands that boot one.
 */
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <pmapsim/hw.h>

#include "cli/cli.h"

/* A word that could be a preset, and no file has, is taken for a slip. */
const char *
cli_find_tlb(const char *value, char **textp)
{
	char err[600];

	if (pmapsim_tlb_preset_text(value) != NULL)
		return (value);
	if (strcmp(value, "-") != 0 && strchr(value, '/') == NULL &&
	    strchr(value, '\n') == NULL && access(value, F_OK) != 0 &&
	    !pmapsim_tlb_valid(value, err, sizeof(err)))
		cli_error("%s", err);
	else if (pmapsim_tlb_read(value, textp, err, sizeof(err)) == PMAPSIM_OK)
		return (*textp);
	else
		cli_error("%s", err);
	return (NULL);
}

const struct cli_number cli_cpus_number = {.min = 1, .max = MAXCPU};
const struct cli_number cli_lines_number = {.max = 1000000};

bool
cli_machine_options(const char *command, const char *cpus, const char *tlb,
    struct pmapsim_replay_options *options)
{
	uint64_t n = options->ncpu;

	if (!cli_number(command, "cpus", cpus, &cli_cpus_number, &n))
		return (false);
	options->ncpu = (unsigned)n;
	options->tlb = tlb;
	return (true);
}
