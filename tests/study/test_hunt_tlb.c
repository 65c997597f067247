/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hunts on CPUs with TLBs: the two real bugs are found and shrunk to traces
 * that show them again, and nothing is found under the kernels that have the
 * cures.
 */
#include <stdlib.h>

#include <pmapsim/hw.h>
#include <pmapsim/study.h>

#include "support.h"

static void
hunt(struct pmapsim_hunt_options *options, struct pmapsim_hunt_result *result)
{
	char err[600];

	if (pmapsim_hunt(options, result, err, sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
}

/* How "trace" goes under "kernel", as far as it has results. */
static uint64_t
detections_under(const struct pmapsim_trace *trace, const char *kernel,
    enum pmapsim_replay_outcome *outcome)
{
	struct pmapsim_replay_options options = {.kernel = kernel};
	struct pmapsim_replay *rp;
	uint64_t n;
	char err[600];

	options.ignore_results = kernel != NULL;
	assert_int_equal(pmapsim_replay_start(trace, &options, &rp, err,
			     sizeof(err)),
	    PMAPSIM_OK);
	*outcome = pmapsim_replay_run(rp);
	n = pmapsim_detections(pmapsim_replay_machine(rp));
	pmapsim_replay_end(rp);
	return (n);
}

static void
test_bugs_are_found_and_shrunk(void **state)
{
	static const struct {
		const char *kernel, *cured, *tlb, *kind;
		unsigned families;
		uint64_t seed; /* with which it is found before a panic */
	} cases[] = {
	    {"2010-04", "2010-04+flush-whole-superpage", "nehalem",
		"stale translation: ", PMAPSIM_HUNT_ALL, 4},
	    {"2010-04+remove-kernel-pde+flush-whole-superpage",
		"2010-04+remove-kernel-pde+flush-whole-superpage"
		"+erratum383",
		"k10", "multi-match: ", PMAPSIM_HUNT_RAW, 1},
	    {"2010-04", "2010-04+erratum383", "k10",
		"multi-match: ", PMAPSIM_HUNT_SPACE, 1},
	};
	struct pmapsim_hunt_options options = {0};
	struct pmapsim_hunt_result result;
	struct pmapsim_finding finding;
	struct pmapsim_trace *shrunk;
	struct pmapsim_shrink_options how = {.trials = 3000,
	    .comment = "shrunk"};
	enum pmapsim_replay_outcome outcome;
	char err[600];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		options.judge.kernel = cases[i].kernel;
		options.tlb = cases[i].tlb;
		options.families = cases[i].families;
		options.calls = 2000000;
		options.seed = cases[i].seed;
		hunt(&options, &result);
		assert_int_equal(result.finding.kind, PMAPSIM_FINDING_STALE);
		assert_memory_equal(result.finding.text, cases[i].kind,
		    strlen(cases[i].kind));
		how.judge = options.judge;
		how.judge.legal = true;
		assert_int_equal(pmapsim_shrink(result.trace, &how, &shrunk,
				     &finding, err, sizeof(err)),
		    PMAPSIM_OK);
		assert_memory_equal(finding.text, cases[i].kind,
		    strlen(cases[i].kind));
		assert_true(pmapsim_trace_statements(shrunk) <= 20);
		/* It asserts what it shows. */
		assert_true(detections_under(shrunk, NULL, &outcome) > 0);
		assert_int_equal(outcome, PMAPSIM_REPLAY_MATCHED);
		assert_int_equal(detections_under(shrunk, cases[i].cured,
				     &outcome),
		    0);
		pmapsim_trace_close(shrunk);
		pmapsim_trace_close(result.trace);
	}
}

static void
test_nothing_is_found_in_cured_kernels(void **state)
{
	static const struct {
		const char *kernel, *tlb;
		unsigned ncpu;
	} cases[] = {
	    {"2010-04+remove-kernel-pde+flush-whole-superpage", "nehalem", 2},
	    {"2010-04+remove-kernel-pde+flush-whole-superpage", "zen2", 4},
	    {"2010-04+remove-kernel-pde+flush-whole-superpage"
	     "+erratum383",
		"k10", 3},
	    {"9.0+remove-kernel-pde+flush-whole-superpage+erratum383", "k10",
		1},
	    {"9.0+remove-kernel-pde+flush-whole-superpage", "skylake", 32},
	};
	struct pmapsim_hunt_options options = {0};
	struct pmapsim_hunt_result result;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		options.judge.kernel = cases[i].kernel;
		options.tlb = cases[i].tlb;
		options.ncpu = cases[i].ncpu;
		options.calls = 250000;
		options.seed = 100 + i;
		hunt(&options, &result);
		if (result.trace != NULL)
			fail_msg("%s, %s, seed %ju: %s", cases[i].kernel,
			    cases[i].tlb, (uintmax_t)options.seed,
			    result.finding.text);
		assert_true(result.position.promotions > 10);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bugs_are_found_and_shrunk),
	    cmocka_unit_test(test_nothing_is_found_in_cured_kernels),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
