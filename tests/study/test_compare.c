/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Comparing kernels, against what was measured on FreeBSD's own sources with
 * the same switches: the minimal sequence, and 20,000 random kernel memory
 * calls.  Page invalidations were counted there with those of pmap_qremove(),
 * page by page; here they are ranges.
 */
#include "support.h"

#include <stdlib.h>

#include "study/compare.h"

/* A row of the measurement.  statement 0: the calls end. */
struct row {
	const char *kernel;
	uint64_t statement;
	uint64_t promotions, demotions, p_failures;
	uint64_t invalidations, pte_stores;
	uint64_t ignored;
};

#define L "2010-04+litter"
#define PANIC "pmap_enter: attempted pmap_enter on 2MB page"

static const char
    minimal[] = "machine mem=32M first=4M ncpu=2 kmem=8M invariants=off\n"
		"kmem_malloc 2M nowait\n"
		"kmem_free 0xffffff8000000000 8K\n"
		"kmem_malloc 8K nowait\n";

static const struct row minimal_rows[] = {
    {L, 4, 2, 1, 511, 3, 1031, 0},
    {L "+idempotent-enter", 0, 2, 1, 511, 3, 1031, 1},
    {L "+clear-on-unuse", 0, 2, 1, 512, 5, 1035, 0},
    {L "+enter-multiple", 0, 2, 1, 0, 3, 1031, 0},
    {L "+no-superpages", 0, 0, 0, 0, 2, 516, 0},
    {L "+remove-kernel-pde", 4, 2, 1, 511, 3, 1031, 0},
};

static const struct row kmem96_rows[] = {
    {"2010-04", 0, 253, 253, 69940, 195277, 624108, 0},
    {L "+idempotent-enter", 0, 253, 253, 32872, 221119, 75865, 37068},
    {L "+clear-on-unuse", 0, 253, 253, 69940, 387502, 431883, 0},
    {L "+enter-multiple", 0, 253, 253, 0, 221119, 75865, 0},
    {L "+no-superpages", 0, 0, 0, 0, 220866, 50783, 0},
};
/* 28 calls of pmap_qremove() with 138 pages in all. */
#define KMEM96_QREMOVES 28
#define KMEM96_QREMOVED_PAGES 138

static struct pmapsim_trace *
open_text(const char *text, size_t size)
{
	struct pmapsim_trace *trace;
	char err[256];

	if (pmapsim_trace_from_memory("test", text, size, &trace, err,
		sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	return (trace);
}

/* The trace in an xz file of the source tree. */
static struct pmapsim_trace *
open_xz(const char *path)
{
	struct pmapsim_trace *trace;
	char command[256];
	char *text = NULL;
	size_t got, size = 0;
	FILE *pipe;

	snprintf(command, sizeof(command), "xz -dc %s", path);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	do {
		text = realloc(text, size + 65536);
		assert_non_null(text);
		got = fread(text + size, 1, 65536, pipe);
		size += got;
	} while (got != 0);
	assert_int_equal(pclose(pipe), 0);
	trace = open_text(text, size);
	free(text);
	return (trace);
}

static void
compare(const struct pmapsim_trace *trace, const char *kernel,
    struct compare_row *row)
{
	char err[256];

	if (compare_kernel(trace, kernel, row, err, sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
}

static void
assert_row(const struct pmapsim_trace *trace, const struct row *want,
    uint64_t ranges, uint64_t range_pages)
{
	struct compare_row row;

	compare(trace, want->kernel, &row);
	assert_string_equal(row.kernel, want->kernel);
	if (want->statement != 0) {
		assert_int_equal(row.end, COMPARE_PANICS);
		assert_int_equal(row.statements, want->statement);
		assert_string_equal(row.text, PANIC);
	} else {
		if (row.end != COMPARE_ENDS)
			fail_msg("%s: %s", row.kernel, row.text);
		assert_string_equal(row.text, "");
	}
	assert_int_equal(row.promotions, want->promotions);
	assert_int_equal(row.demotions, want->demotions);
	assert_int_equal(row.p_failures, want->p_failures);
	assert_int_equal(row.pte_stores, want->pte_stores);
	assert_int_equal(row.enters_ignored, want->ignored);
	assert_int_equal(row.invalidations.page + range_pages,
	    want->invalidations);
	assert_int_equal(row.invalidations.range, ranges);
	assert_int_equal(row.invalidations.all, 0);
	/* Two CPUs: each local invalidation is one message. */
	assert_int_equal(row.invalidations.sent_page, row.invalidations.page);
	assert_int_equal(row.invalidations.sent_range, row.invalidations.range);
	assert_int_equal(row.invalidations.sent_all, 0);
}

static void
test_minimal_sequence(void **state)
{
	struct pmapsim_trace *trace;
	unsigned i;

	trace = open_text(minimal, sizeof(minimal) - 1);
	for (i = 0; i < sizeof(minimal_rows) / sizeof(minimal_rows[0]); i++)
		assert_row(trace, &minimal_rows[i], 0, 0);
	pmapsim_trace_close(trace);
}

static void
test_kmem96(void **state)
{
	struct compare_row row;
	struct pmapsim_trace *trace;
	unsigned i;

	trace = open_xz("tests/golden/workloads/kmem96-20k.trace.xz");
	for (i = 0; i < sizeof(kmem96_rows) / sizeof(kmem96_rows[0]); i++)
		assert_row(trace, &kmem96_rows[i], KMEM96_QREMOVES,
		    KMEM96_QREMOVED_PAGES);
	compare(trace, L, &row);
	assert_int_equal(row.end, COMPARE_PANICS);
	assert_int_equal(row.statements, 82);
	compare(trace, L "+remove-kernel-pde", &row);
	assert_int_equal(row.end, COMPARE_PANICS);
	assert_int_equal(row.statements, 82);
	compare(trace, L "+enter-demotes", &row);
	assert_int_equal(row.end, COMPARE_ENDS);
	pmapsim_trace_close(trace);
}

/* NULL stands for the trace's own kernel, under whatever spelling. */
static void
test_own_kernel(void **state)
{
	static const char text[] = "machine mem=32M first=4M kmem=8M "
				   "kernel=2010-04+remove-kernel-pde+litter\n";
	struct pmapsim_trace *trace;
	struct compare_row row;

	trace = open_text(text, sizeof(text) - 1);
	compare(trace, NULL, &row);
	assert_string_equal(row.kernel, "2010-04+litter+remove-kernel-pde");
	assert_int_equal(row.end, COMPARE_ENDS);
	assert_int_equal(row.statements, 1);
	assert_int_equal(row.calls, 0);
	pmapsim_trace_close(trace);
}

/*
 * The means are over the statements: of four, the machine's (no page), an
 * allocation of 2 MB, one of 2 MB more, and a free of 4 KB.
 */
static void
test_superpage_share(void **state)
{
	static const char text[] = "machine mem=32M first=4M kmem=8M\n"
				   "kmem_malloc 2M\n"
				   "kmem_malloc 2M\n"
				   "kmem_free 0xffffff8000000000 4K\n";
	struct pmapsim_trace *trace;
	struct compare_row row;

	trace = open_text(text, sizeof(text) - 1);
	compare(trace, "2010-04", &row);
	assert_int_equal(row.superpages, 1);
	assert_true(row.superpages_mean == (0 + 1 + 2 + 1) / 4.0);
	assert_true(row.superpage_share ==
	    (0 + 512 + 1024 + 512) / (0.0 + 512 + 1024 + 1023));
	compare(trace, "2010-04+no-superpages", &row);
	assert_true(row.superpages_mean == 0);
	assert_true(row.superpage_share == 0);
	pmapsim_trace_close(trace);
}

/* A call that makes no sense under one kernel is told, not an error. */
static void
test_stops(void **state)
{
	static const char text[] = "machine mem=32M first=4M kmem=8M\n"
				   "vm_page_free kernel 7\n";
	struct pmapsim_trace *trace;
	struct compare_row row;
	char err[256];

	trace = open_text(text, sizeof(text) - 1);
	compare(trace, NULL, &row);
	assert_int_equal(row.end, COMPARE_STOPS);
	assert_int_equal(row.line, 2);
	assert_non_null(strstr(row.text, "test:2: "));
	assert_int_equal(compare_kernel(trace, "nonsense", &row, err,
			     sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_non_null(strstr(err, "nonsense"));
	pmapsim_trace_close(trace);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_minimal_sequence),
	    cmocka_unit_test(test_kmem96),
	    cmocka_unit_test(test_own_kernel),
	    cmocka_unit_test(test_superpage_share),
	    cmocka_unit_test(test_stops),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
