/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hunt that learns, by the library: what it keeps it is given again, and what
 * it cannot do it says.
 */
#include <stdlib.h>
#include <string.h>

#include <pmapsim/study.h>

#include "support.h"

#define KEPT_MAX 200

struct kept {
	unsigned n;
	struct pmapsim_hunt_seed seed[KEPT_MAX];
};

static void
keep(const struct pmapsim_hunt_options *options, const char *text, size_t size,
    void *arg)
{
	struct kept *kept = arg;
	char *copy;

	assert_true(options->learn);
	if (kept->n == KEPT_MAX)
		return;
	copy = test_calloc(1, size);
	memcpy(copy, text, size);
	kept->seed[kept->n].name = "kept";
	kept->seed[kept->n].text = copy;
	kept->seed[kept->n++].size = size;
}

static void
kept_free(struct kept *kept)
{
	unsigned i;

	for (i = 0; i < kept->n; i++)
		test_free((char *)(uintptr_t)kept->seed[i].text);
	kept->n = 0;
}

static struct pmapsim_hunt_result
hunt(struct pmapsim_hunt_options *options, struct kept *kept)
{
	struct pmapsim_hunt_result result;
	char err[600];

	options->keep = keep;
	options->arg = kept;
	if (pmapsim_hunt(options, &result, err, sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	assert_null(result.trace);
	return (result);
}

static struct pmapsim_hunt_options
learning(void)
{
	return ((struct pmapsim_hunt_options) {
	    .judge = {.kernel = "2010-04+remove-kernel-pde"},
	    .seed = 5,
	    .calls = 60000,
	    .learn = true,
	});
}

/* Each sequence is a trace that breaks nothing; the same hunt keeps the same
 * ones, and one that was given them keeps none of them again. */
static void
test_keeps_traces(void **state)
{
	static struct kept first, again;
	struct pmapsim_hunt_options options = learning();
	struct pmapsim_hunt_result a, b;
	struct pmapsim_finding finding;
	struct pmapsim_trace *trace;
	uint64_t statements;
	char err[600];
	unsigned i;

	a = hunt(&options, &first);
	b = hunt(&options, &again);
	assert_memory_equal(&a.position, &b.position, sizeof(a.position));
	assert_in_range(first.n, 3, KEPT_MAX - 1);
	assert_int_equal(first.n, again.n);
	for (i = 0; i < first.n; i++) {
		assert_int_equal(first.seed[i].size, again.seed[i].size);
		assert_memory_equal(first.seed[i].text, again.seed[i].text,
		    first.seed[i].size);
		assert_int_equal(pmapsim_trace_from_memory("kept",
				     first.seed[i].text, first.seed[i].size,
				     &trace, err, sizeof(err)),
		    PMAPSIM_OK);
		assert_int_equal(pmapsim_judge_trace(trace, &options.judge,
				     &finding, err, sizeof(err)),
		    PMAPSIM_OK);
		assert_int_equal(finding.kind, PMAPSIM_FINDING_NONE);
		pmapsim_trace_close(trace);
	}
	kept_free(&again);
	/* Played first: one call is too few for anything else, and the first
	 * sequence makes as many statements as its trace has. */
	options.corpus = first.seed;
	options.ncorpus = 1;
	options.calls = 1;
	b = hunt(&options, &again);
	assert_int_equal(again.n, 0);
	assert_int_equal(pmapsim_trace_from_memory("kept", first.seed[0].text,
			     first.seed[0].size, &trace, err, sizeof(err)),
	    PMAPSIM_OK);
	statements = pmapsim_trace_statements(trace);
	pmapsim_trace_close(trace);
	assert_in_range(b.position.statements, statements, statements + 2);
	kept_free(&first);
}

static void
refuses(struct pmapsim_hunt_options options, const char *why)
{
	struct pmapsim_hunt_result result;
	char err[600];

	assert_int_equal(pmapsim_hunt(&options, &result, err, sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_non_null(strstr(err, why));
}

static void
test_refuses(void **state)
{
	static const struct pmapsim_hunt_position later = {.round = 7};
	struct pmapsim_hunt_seed seed = {"s", "#! 1 2\n#! 3,\n", 13};
	struct pmapsim_hunt_options options = learning();

	options.shards = 2;
	refuses(options, "no position to go on from, shards or bytes");
	options = learning();
	options.from = &later;
	refuses(options, "no position to go on from, shards or bytes");
	options = learning();
	options.bytes = (const uint8_t *)"a";
	options.nbytes = 1;
	refuses(options, "no position to go on from, shards or bytes");
	options = learning();
	options.ncorpus = 1;
	refuses(options, "sequence 1 of 1 has no name or no text");
	options.corpus = &seed;
	refuses(options, "s, line 2: not the choices of a call");
	seed.size = 0;
	refuses(options, "s: no sequence of a hunt that learns");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_keeps_traces),
	    cmocka_unit_test(test_refuses),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
