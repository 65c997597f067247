/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * race_driver TRACE [query]: prints the kind of what pmapsim_race() finds in the
 * last call of TRACE by one access, or one query, the placements that it took,
 * and, when the finding is not what a finding must be, what is wrong with it:
 * it is found again twice alike, shrinks to at most two actions, and of the
 * shrunk trace no statement can go.
 *
 * race_driver hunt FAMILIES SEED prints the kind of what a hunt finds that lets
 * CPUs access memory inside 200,000 calls of these families, given as a number.
 *
 * test_mutants.sh links it with one file of the pmap changed; a file of ours is
 * not found by name in an archive that has it too, because the linker takes the
 * changed one first.
 */
#include <pmapsim/race.h>
#include <pmapsim/study.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pmapsim_judge rules = {.legal = true};

/* What a judge finds in "trace"; 0 bytes where it finds nothing. */
static struct pmapsim_finding
judge(const struct pmapsim_trace *trace)
{
	struct pmapsim_finding finding;
	char err[600];

	if (pmapsim_judge_trace(trace, &rules, &finding, err, sizeof(err)) !=
	    PMAPSIM_OK)
		memset(&finding, 0, sizeof(finding));
	return (finding);
}

static bool
alike(const struct pmapsim_finding *a, const struct pmapsim_finding *b)
{

	return (a->kind == b->kind && a->what == b->what &&
	    a->panic == b->panic);
}

/* The state at the end, and so all that happened. */
static uint64_t
digest(const struct pmapsim_trace *trace)
{
	struct pmapsim_replay_options options = {.ignore_results = true};
	struct pmapsim_replay *replay;
	uint64_t value = 0;

	if (pmapsim_replay_start(trace, &options, &replay, NULL, 0) ==
	    PMAPSIM_OK) {
		pmapsim_replay_run(replay);
		value = pmapsim_replay_digest(replay);
	}
	pmapsim_replay_end(replay);
	return (value);
}

/* Whether "trace" fails as "finding" without its line [start, end). */
static bool
can_do_without(const struct pmapsim_trace *trace,
    const struct pmapsim_finding *finding, size_t start, size_t end)
{
	struct pmapsim_finding other = {0};
	struct pmapsim_trace *without;
	const char *text;
	char *copy;
	size_t size;

	text = pmapsim_trace_text(trace, &size);
	copy = malloc(size);
	memcpy(copy, text, start);
	memcpy(copy + start, text + end, size - end);
	if (pmapsim_trace_from_memory("without", copy, size - (end - start),
		&without, NULL, 0) == PMAPSIM_OK) {
		other = judge(without);
		pmapsim_trace_close(without);
	}
	free(copy);
	return (alike(finding, &other));
}

/* What is wrong with the shrunk trace; NULL: nothing. */
static const char *
wrong_with(const struct pmapsim_trace *shrunk,
    const struct pmapsim_finding *finding)
{
	const char *text, *eol;
	size_t size, at, next;
	unsigned line = 0, actions = 0;

	text = pmapsim_trace_text(shrunk, &size);
	for (at = 0; at < size; at = next) {
		eol = memchr(text + at, '\n', size - at);
		next = eol != NULL ? (size_t)(eol - text) + 1 : size;
		line++;
		if (text[at] == '#' || strncmp(text + at, "machine", 7) == 0)
			continue;
		actions += strncmp(text + at, "meanwhile", 9) == 0;
		if (line <= finding->line &&
		    can_do_without(shrunk, finding, at, next)) {
			fprintf(stderr, "%.*s\n", (int)size, text);
			return ("a statement is not needed");
		}
	}
	return (actions > 2 ? "more than two actions" : NULL);
}

/* What is wrong with the finding; NULL: nothing. */
static const char *
check(const struct pmapsim_trace *found)
{
	const struct pmapsim_finding first = judge(found),
				     second = judge(found);
	struct pmapsim_shrink_options how = {.judge = rules};
	struct pmapsim_finding finding;
	struct pmapsim_trace *shrunk;
	const char *wrong;
	char err[600];

	if (first.kind == PMAPSIM_FINDING_NONE)
		return ("nothing is found in it again");
	if (!alike(&first, &second) || first.line != second.line ||
	    strcmp(first.text, second.text) != 0 ||
	    digest(found) != digest(found))
		return ("two replays differ");
	if (pmapsim_shrink(found, &how, &shrunk, &finding, err, sizeof(err)) !=
	    PMAPSIM_OK) {
		fprintf(stderr, "%s\n", err);
		return ("it does not shrink");
	}
	finding = judge(shrunk);
	wrong = !alike(&first, &finding) ? "shrunk, it is another one" :
					   wrong_with(shrunk, &finding);
	pmapsim_trace_close(shrunk);
	return (wrong);
}

static int
hunt(unsigned families, uint64_t seed)
{
	const struct pmapsim_hunt_options options = {.seed = seed,
	    .calls = 200000,
	    .families = families,
	    .ncpu = 2,
	    .race = true,
	    .tlb = "nehalem",
	    .judge = {.kernel = "2010-04"}};
	struct pmapsim_hunt_result result;
	char err[600];

	if (pmapsim_hunt(&options, &result, err, sizeof(err)) != PMAPSIM_OK) {
		fprintf(stderr, "%s\n", err);
		return (2);
	}
	printf("%s\n", pmapsim_finding_name(result.finding.kind));
	fprintf(stderr, "%s\n", result.finding.text);
	pmapsim_trace_close(result.trace);
	return (0);
}

int
main(int argc, char **argv)
{
	struct pmapsim_race_options options = {0};
	struct pmapsim_race_result result;
	struct pmapsim_trace *trace;
	const char *wrong = NULL;
	char err[600];

	if (argc < 2)
		return (2);
	if (argc == 4 && strcmp(argv[1], "hunt") == 0)
		return (hunt((unsigned)strtoul(argv[2], NULL, 10),
		    strtoull(argv[3], NULL, 10)));
	if (argc > 2 && strcmp(argv[2], "query") == 0)
		options.with = PMAPSIM_RACE_QUERY;
	if (pmapsim_trace_open(argv[1], &trace, err, sizeof(err)) !=
		PMAPSIM_OK ||
	    pmapsim_race(trace, &options, &result, err, sizeof(err)) !=
		PMAPSIM_OK) {
		fprintf(stderr, "%s\n", err);
		return (2);
	}
	if (result.kind != PMAPSIM_RACE_NONE) {
		fprintf(stderr, "%s\n", result.text);
		wrong = check(result.trace);
	}
	printf("%llu %s%s%s\n", (unsigned long long)result.placements,
	    pmapsim_race_kind_name(result.kind), wrong != NULL ? ", but " : "",
	    wrong != NULL ? wrong : "");
	pmapsim_trace_close(result.trace);
	pmapsim_trace_close(trace);
	return (0);
}
