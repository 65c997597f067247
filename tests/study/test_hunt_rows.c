/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hunter draws each statement whose row says so, in the family that the row
 * names, as often as the row says, and only as a correct caller could make it.
 */
#include <stdlib.h>
#include <string.h>

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
	    cmocka_unit_test(test_rows_of_a_family_are_256_at_most),
	};

	if (argc > 1)
		return (is_drawn(argv[1]) ? 0 : 1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
