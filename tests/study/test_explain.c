/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Explanations as data: what a statement changed, found by comparing the
 * machine before it with the machine after it.
 */
#include "support.h"

#include <stdlib.h>

#include "base/ktr.h"
#include "study/explain.h"

#define BOOT "machine mem=32M first=4M kmem=8M invariants=off"

/* A replay of "text" whose last statement is explained. */
static struct explain *
explain_last(const char *text)
{
	struct pmapsim_replay_options options = {.ignore_results = true};
	struct explain_state *after = NULL, *before = NULL;
	struct explain *explain = NULL;
	struct pmapsim_replay *replay;
	struct pmapsim_trace *trace;
	uint64_t i, n;
	char err[512];

	assert_int_equal(pmapsim_trace_from_memory("test", text, strlen(text),
			     &trace, err, sizeof(err)),
	    PMAPSIM_OK);
	assert_int_equal(pmapsim_replay_start(trace, &options, &replay, err,
			     sizeof(err)),
	    PMAPSIM_OK);
	n = pmapsim_trace_statements(trace);
	for (i = 0; i < n; i++) {
		explain_copy_free(before);
		explain_watch(replay);
		before = explain_copy(replay);
		pmapsim_replay_step(replay);
	}
	after = explain_copy(replay);
	explain = explain_difference(before, after, replay);
	assert_non_null(explain);
	explain_copy_free(before);
	explain_copy_free(after);
	pmapsim_replay_end(replay);
	pmapsim_trace_close(trace);
	return (explain);
}

static const struct explain_counter *
counter(const struct explain *explain, const char *name)
{
	unsigned i;

	for (i = 0; i < explain->ncounters; i++)
		if (strcmp(explain->counters[i].name, name) == 0)
			return (&explain->counters[i]);
	return (NULL);
}

static void
test_promotion(void **state)
{
	struct explain *explain;

	explain = explain_last(BOOT "\nkmem_malloc 2M nowait\n");
	assert_int_equal(explain->nruns, 1);
	assert_string_equal(explain->runs[0].pmap, "kernel");
	assert_int_equal(explain->runs[0].va, VM_MIN_KERNEL_ADDRESS);
	assert_int_equal(explain->runs[0].count, 512);
	assert_int_equal(explain->runs[0].before, 0);
	assert_int_equal(explain->runs[0].after & PG_FRAME, 0x1800000);
	assert_int_equal(explain->nevents, 2);
	assert_int_equal(explain->events[0].event, KTR_PROMOTE_FAILURE);
	assert_int_equal(explain->events[0].count, 511);
	assert_int_equal(explain->events[1].event, KTR_PROMOTE);
	assert_int_equal(explain->events[1].va,
	    VM_MIN_KERNEL_ADDRESS + ptoa(511));
	assert_int_equal(explain->nregions, 1);
	assert_int_equal(explain->nreservs, 1);
	assert_true(explain->reservs[0].made);
	assert_int_equal(explain->reservs[0].after, 512);
	assert_int_equal(explain->failed[PMAPSIM_PROMOTE_NOT_CONTIGUOUS], 511);
	assert_int_equal(explain->failure.index, 511);
	assert_int_equal(counter(explain, "pmapsim.superpages")->after, 1);
	assert_int_equal(counter(explain, "resident")->after, 512);
	assert_null(counter(explain, "vm.pmap.pde.demotions"));
	assert_int_equal(explain->nstays, 0);
	explain_free(explain);
}

static void
test_litter_stays_and_its_absence(void **state)
{
	struct explain *explain;

	explain = explain_last(BOOT " kernel=2010-04+litter\n"
				    "kmem_malloc 2M nowait\n"
				    "kmem_free 0xffffff8000000000 8K\n");
	assert_int_equal(explain->nruns, 0);
	assert_int_equal(explain->nstays, 1);
	assert_int_equal(explain->stays[0].count, 2);
	assert_int_equal(explain->stays[0].va, VM_MIN_KERNEL_ADDRESS);
	explain_free(explain);

	explain = explain_last(BOOT "\nkmem_malloc 2M nowait\n"
				    "kmem_free 0xffffff8000000000 8K\n");
	assert_int_equal(explain->nstays, 0);
	assert_int_equal(explain->nruns, 1);
	assert_int_equal(explain->runs[0].count, 2);
	assert_int_equal(explain->runs[0].after, 0);
	explain_free(explain);
}

/* A reservation that is not full: the promotion is not even tried. */
static void
test_not_tried(void **state)
{
	struct explain *explain;

	explain = explain_last(BOOT "\nvmspace_alloc p\n"
				    "mmap p 0x800000000 2M prot=rw\n"
				    "access p 0x800000000 w repeat=3\n");
	assert_int_equal(explain->nruns, 1);
	assert_int_equal(explain->runs[0].count, 3);
	assert_int_equal(explain->nevents, 0);
	assert_true(explain->reservs[0].queued);
	assert_int_equal(explain->reservs[0].after, 3);
	explain_free(explain);
}

/* What a program leaves, and a question, which changes nothing. */
static void
test_exit_and_question(void **state)
{
	struct explain *explain;

	explain = explain_last(BOOT "\nvmspace_alloc p\n"
				    "mmap p 0x800000000 2M prot=rw\n"
				    "access p 0x800000000 w repeat=512\n"
				    "vmspace_exit p\n");
	assert_int_equal(explain->nruns, 1);
	assert_int_equal(explain->runs[0].count, 512);
	assert_true(explain->reservs[0].ended);
	explain_free(explain);

	explain = explain_last(BOOT "\nkmem_malloc 2M nowait\n"
				    "pte kernel 0xffffff8000000000\n");
	assert_true(explain->asked);
	assert_int_equal(explain->entries.pde & PG_PS, PG_PS);
	assert_int_equal(explain->nruns + explain->nregions +
		explain->ncounters + explain->nreservs + explain->nevents,
	    0);
	explain_free(explain);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_promotion),
	    cmocka_unit_test(test_litter_stays_and_its_absence),
	    cmocka_unit_test(test_not_tried),
	    cmocka_unit_test(test_exit_and_question),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
