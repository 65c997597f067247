/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two kernels in step: each pair of tests/golden's differences between 2010-04
 * and 9.0 names the switch that it was recorded for; one kernel differs from
 * itself nowhere.
 */
#include "support.h"

#include <pmapsim/diff.h>

#include <stdio.h>

#define DIFFERENCES "tests/golden/9.0/differences/"

/* The differences that show, in order, as each is taken back. */
static const struct {
	const char *file;
	const char *accounts[3];
} pairs[] = {
    {"d01-unmanaged-writeable", {"writeable-managed-only"}},
    {"d02a-protect-keeps-A", {"harvest-a-on-protect"}},
    {"d02b-protect-promotion", {"harvest-a-on-protect"}},
    {"d02c-protect-noexec-dirty", {"harvest-a-on-protect"}},
    {"d03a-qenter-same-page", {"qenter-keeps-same"}},
    {"d03b-qenter-readonly-stays", {"qenter-keeps-same"}},
    {"d04a-enter-replace-pvchunk", {"enter-moves-pv"}},
    {"d05-remove_all-free-order", {"free-ptps-after-remove-all"}},
    {"d07-collect-lost-writeable", {"collect-clears-writeable"}},
    {"d08-free-wired", {"panic-names-page"}},
    {"d08b-unwire0", {"panic-names-page"}},
    {"d09-kassert-unmanaged", {"writeable-managed-only", "assert-managed"}},
};

static struct pmapsim_trace *
open_trace(const char *path)
{
	struct pmapsim_trace *trace;
	char err[300];

	if (pmapsim_trace_open(path, &trace, err, sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	return (trace);
}

static void
test_diff_names_the_switch(void **state)
{
	struct pmapsim_diff_options options = {.kernel_a = "2010-04"};
	struct pmapsim_trace *trace;
	struct pmapsim_diff diff;
	char path[200], err[300], kernel[300], next[300];
	size_t i, k;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		snprintf(path, sizeof(path), DIFFERENCES "%s.2010-04.trace",
		    pairs[i].file);
		trace = open_trace(path);
		snprintf(kernel, sizeof(kernel), "9.0");
		options.kernel_b = kernel;
		for (k = 0;; k++) {
			if (pmapsim_diff(trace, &options, &diff, err,
				sizeof(err)) != PMAPSIM_OK)
				fail_msg("%s: %s", path, err);
			if (!diff.differs)
				break;
			assert_true(k < 3);
			assert_non_null(pairs[i].accounts[k]);
			assert_non_null(diff.account);
			assert_string_equal(diff.account, pairs[i].accounts[k]);
			assert_true(diff.nlines >= 1);
			assert_true(diff.line >= 2);
			assert_true(strlen(diff.statement) > 0);
			assert_int_equal(pmapsim_kernel_with(kernel,
					     diff.account, "2010-04", next,
					     sizeof(next)),
			    PMAPSIM_OK);
			snprintf(kernel, sizeof(kernel), "%s", next);
			pmapsim_diff_free(&diff);
		}
		assert_true(k > 0);
		assert_true(k == 3 || pairs[i].accounts[k] == NULL);
		pmapsim_trace_close(trace);
	}
}

/* Two switches that hide each other's absence are found together. */
static void
test_diff_of_switches_that_only_tell_together(void **state)
{
	struct pmapsim_diff_options options = {.kernel_a = "8.0",
	    .kernel_b = "2010-04",
	    .exact = true};
	struct pmapsim_trace *trace;
	struct pmapsim_diff diff;
	char err[300];

	trace = open_trace("tests/golden/8.0/differences/"
			   "e3-mprotect-wired-cow.8.0.trace");
	assert_int_equal(pmapsim_diff(trace, &options, &diff, err, sizeof(err)),
	    PMAPSIM_OK);
	assert_true(diff.differs);
	assert_null(diff.account);
	assert_string_equal(diff.together[0], "protect-widening");
	assert_string_equal(diff.together[1], "wired-cow-write");
	assert_null(diff.together[2]);
	pmapsim_diff_free(&diff);
	pmapsim_trace_close(trace);
}

static void
test_diff_of_a_kernel_with_itself(void **state)
{
	struct pmapsim_diff_options options = {.kernel_a = "2010-04",
	    .kernel_b = "2010-04+no-litter",
	    .exact = true};
	struct pmapsim_trace *trace;
	struct pmapsim_diff diff;
	char err[300];

	trace = open_trace("tests/golden/2010-04/mixed-tiny-0.trace");
	assert_int_equal(pmapsim_diff(trace, &options, &diff, err, sizeof(err)),
	    PMAPSIM_OK);
	assert_false(diff.differs);
	assert_null(diff.account);
	assert_int_equal(diff.nlines, 0);
	pmapsim_diff_free(&diff);
	pmapsim_trace_close(trace);
}

/* What a progress hook was told, and when it says stop. */
struct told {
	uint64_t calls, done, total, stop;
};

static bool
tell(void *arg, uint64_t done, uint64_t total)
{
	struct told *told = arg;

	/* Each statement is told, none twice, and the end is never behind. */
	assert_int_equal(done, told->done + 1);
	assert_true(total >= done);
	told->calls++;
	told->done = done;
	told->total = total;
	return (done != told->stop);
}

static void
test_diff_tells_its_progress(void **state)
{
	struct told told = {0};
	struct pmapsim_diff_options options = {.kernel_a = "2010-04",
	    .kernel_b = "2010-04+no-litter",
	    .exact = true,
	    .progress = tell,
	    .arg = &told};
	struct pmapsim_trace *trace;
	struct pmapsim_diff diff;
	uint64_t all, n;
	char err[300];

	trace = open_trace("tests/golden/2010-04/mixed-tiny-0.trace");
	n = pmapsim_trace_statements(trace);
	assert_int_equal(pmapsim_diff(trace, &options, &diff, err, sizeof(err)),
	    PMAPSIM_OK);
	assert_false(diff.differs);
	/* One pass, and its end was known from the start. */
	assert_int_equal(told.done, n);
	assert_int_equal(told.total, n);

	/* A difference asks for more passes: which switch is it? */
	options.kernel_b = "9.0";
	memset(&told, 0, sizeof(told));
	assert_int_equal(pmapsim_diff(trace, &options, &diff, err, sizeof(err)),
	    PMAPSIM_OK);
	assert_true(diff.differs);
	assert_non_null(diff.account);
	all = told.done;
	pmapsim_diff_free(&diff);

	/* Stopped anywhere, in each of the passes, it is stopped. */
	for (n = 1; n <= all; n++) {
		memset(&told, 0, sizeof(told));
		told.stop = n;
		assert_int_equal(pmapsim_diff(trace, &options, &diff, err,
				     sizeof(err)),
		    PMAPSIM_ESTOPPED);
		assert_int_equal(told.calls, n);
		assert_false(diff.differs);
		assert_null(diff.lines);
		assert_non_null(strstr(err, "stopped"));
	}
	pmapsim_trace_close(trace);
}

static void
test_diff_bad_input(void **state)
{
	struct pmapsim_diff_options options = {.kernel_a = "2010-04",
	    .kernel_b = "2010-05"};
	static const char text[] = "machine mem=32M first=4M kmem=2M\n"
				   "kmem_malloc 4K nowait\n";
	static const char bad[] = "machine mem=32M first=4M\nkmem_maloc 4K\n";
	struct pmapsim_trace *trace;
	struct pmapsim_diff diff;
	char err[300];

	assert_int_equal(pmapsim_trace_from_memory("good", text,
			     sizeof(text) - 1, &trace, err, sizeof(err)),
	    PMAPSIM_OK);
	assert_int_equal(pmapsim_diff(trace, &options, &diff, err, sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_non_null(strstr(err, "2010-04"));
	assert_false(diff.differs);
	pmapsim_trace_close(trace);

	options.kernel_b = "9.0";
	assert_int_equal(pmapsim_trace_from_memory("bad", bad, sizeof(bad) - 1,
			     &trace, err, sizeof(err)),
	    PMAPSIM_OK);
	assert_int_equal(pmapsim_diff(trace, &options, &diff, err, sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_non_null(strstr(err, "bad:2"));
	pmapsim_trace_close(trace);
}

static void
test_kernel_with(void **state)
{
	char buf[100];

	assert_int_equal(pmapsim_kernel_with("2010-04", "litter",
			     "2010-04+litter", buf, sizeof(buf)),
	    PMAPSIM_OK);
	assert_string_equal(buf, "2010-04+litter");
	assert_int_equal(pmapsim_kernel_with("9.0", "enter-moves-pv", "2010-04",
			     buf, sizeof(buf)),
	    PMAPSIM_OK);
	assert_string_equal(buf, "9.0+no-enter-moves-pv");
	assert_int_equal(pmapsim_kernel_with("9.0", "no-such", "2010-04", buf,
			     sizeof(buf)),
	    PMAPSIM_EINVAL);
	assert_int_equal(pmapsim_kernel_with("9.0", "litter", "2010-04", buf,
			     8),
	    PMAPSIM_EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_diff_names_the_switch),
	    cmocka_unit_test(test_diff_of_switches_that_only_tell_together),
	    cmocka_unit_test(test_diff_of_a_kernel_with_itself),
	    cmocka_unit_test(test_diff_tells_its_progress),
	    cmocka_unit_test(test_diff_bad_input),
	    cmocka_unit_test(test_kernel_with),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
