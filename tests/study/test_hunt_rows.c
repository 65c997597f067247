/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hunter draws each statement whose row says so, in the family that the row
 * names, as often as the row says, and only as a correct caller could make it;
 * the explorer calls each of them.
 */
#include <stdlib.h>
#include <string.h>

#include "study/explore.h"
#include "study/hunt_round.h"
#include "support.h"
#include "trace/trace_var.h"

#define ROUNDS_MAX 400

/* Rows drawn in "family" that the kernel has and "text" has not yet; those that
 * it has are marked. */
static unsigned
missing(const char *text, enum trace_family family, const struct machine *mach,
    bool seen[OP_COUNT])
{
	unsigned op, n = 0;
	char line[64];

	for (op = 0; op < OP_COUNT; op++) {
		snprintf(line, sizeof(line), "\n%s%s", trace_ops[op].info.name,
		    trace_ops[op].args[0] != TA_END ? " " : "\n");
		seen[op] = seen[op] || strstr(text, line) != NULL;
		n += !seen[op] && hunt_draws_row(&trace_ops[op], family, mach);
	}
	return (n);
}

/* Plays rounds until all rows of the family were made. */
static void
plays_all(const char *kernel, enum trace_family family)
{
	const struct pmapsim_hunt_options options =
	    {.judge = {.kernel = kernel},
		.families = 1u << family,
		.tlb = "skylake",
		.seed = 7};
	struct pmapsim_hunt_position position = {0};
	bool seen[OP_COUNT] = {false};
	struct hunt_round *r;
	unsigned round, left = 1, op;
	size_t size;
	char err[600];

	print_message("hunt: kernel %s, seed 7\n", kernel);
	for (round = 0; round < ROUNDS_MAX && left != 0; round++) {
		r = test_calloc(1, sizeof(*r));
		position.round = round;
		if (hunt_start(r, &options, &position, err, sizeof(err)) !=
		    PMAPSIM_OK)
			fail_msg("%s", err);
		hunt_play(r);
		if (r->verdict != JUDGE_FAILED &&
		    hunt_error(r, err, sizeof(err)) != PMAPSIM_OK)
			fail_msg("%s", err);
		left = missing(pmapsim_trace_text(r->trace, &size), family,
		    pmapsim_replay_machine(r->judge.side[0].replay), seen);
		hunt_end(r);
		test_free(r);
	}
	for (op = 0; op < OP_COUNT && left != 0; op++)
		if (!seen[op] && trace_ops[op].drawn[family] != 0)
			fail_msg("%s was not drawn in %u rounds",
			    trace_ops[op].info.name, round);
}

static void
test_each_row_is_drawn(void **state)
{
	enum trace_family family;

	for (family = 0; family < TY_COUNT; family++)
		plays_all("2010-04+remove-kernel-pde+flush-whole-superpage",
		    family);
	plays_all("2022-07", TY_KMEM);
	plays_all("2022-07", TY_USER);
}

/* Looks for each row of the family among the calls that are explored. */
static void
explores_all(const char *kernel, const struct hunt_family *family,
    enum trace_family f)
{
	const struct pmapsim_replay_options options = {.kernel = kernel};
	static const char text[] = "machine mem=24M first=4M ncpu=1\n";
	struct explore_calls calls = {0};
	struct pmapsim_replay *replay = NULL;
	struct pmapsim_trace *trace;
	const struct machine *mach;
	char err[600], name[64];
	unsigned op, i, n;

	if (pmapsim_trace_from_memory("explore", text, strlen(text), &trace,
		err, sizeof(err)) != PMAPSIM_OK ||
	    pmapsim_replay_start(trace, &options, &replay, err, sizeof(err)) !=
		PMAPSIM_OK)
		fail_msg("%s", err);
	pmapsim_replay_run(replay);
	mach = pmapsim_replay_machine(replay);
	assert_int_equal(explore_calls_find(&calls, replay, family, f, true),
	    PMAPSIM_OK);
	for (op = 0; op < OP_COUNT; op++) {
		if (!hunt_draws_row(&trace_ops[op], f, mach))
			continue;
		n = (unsigned)snprintf(name, sizeof(name), "%s",
		    trace_ops[op].info.name);
		for (i = 0; i < calls.n; i++)
			if (strncmp(calls.text[i], name, n) == 0 ||
			    (strstr(calls.text[i], "\n") != NULL &&
				strstr(strstr(calls.text[i], "\n"), name) !=
				    NULL))
				break;
		if (i == calls.n)
			fail_msg("kernel %s: %s is not explored", kernel, name);
	}
	explore_calls_free(&calls);
	pmapsim_replay_end(replay);
	pmapsim_trace_close(trace);
}

static void
test_each_row_is_explored(void **state)
{

	explores_all("2010-04", &hunt_family_kmem, TY_KMEM);
	explores_all("2010-04", &hunt_family_raw, TY_RAW);
	explores_all("2010-04", &hunt_family_user, TY_USER);
	explores_all("2010-04", &hunt_family_space, TY_SPACE);
	explores_all("2022-07", &hunt_family_kmem, TY_KMEM);
	explores_all("2022-07", &hunt_family_raw, TY_RAW);
	explores_all("2022-07", &hunt_family_user, TY_USER);
}

/* Whether a row has that name and a hunt draws it, as the first test sees. */
static bool
is_drawn(const char *name)
{
	enum trace_family family;
	unsigned op;

	for (op = 0; op < OP_COUNT; op++)
		if (strcmp(trace_ops[op].info.name, name) == 0)
			for (family = 0; family < TY_COUNT; family++)
				if (trace_ops[op].drawn[family] != 0) {
					plays_all("2010-04", family);
					return (true);
				}
	return (false);
}

/* Choices come as bytes, one each: no family's rows may be more. */
static void
test_rows_of_a_family_are_256_at_most(void **state)
{
	enum trace_family family;
	unsigned op, total;

	for (family = 0; family < TY_COUNT; family++) {
		total = 0;
		for (op = 0; op < OP_COUNT; op++)
			total += trace_ops[op].drawn[family];
		assert_in_range(total, 1, 256);
	}
}

/* With the name of a statement, only whether some family draws it. */
int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_row_is_drawn),
	    cmocka_unit_test(test_each_row_is_explored),
	    cmocka_unit_test(test_rows_of_a_family_are_256_at_most),
	};

	if (argc > 1)
		return (is_drawn(argv[1]) ? 0 : 1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
