/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Explaining a false promotion: which PTEs were litter, which mappings, which
 * the promoting statement's own.
 */
#include "support.h"

#include "study/region.h"

#define BOOT "machine mem=32M first=4M kmem=8M invariants=off "
#define LITTER "kernel=2010-04+litter\n"
#define VA UINT64_C(0xffffff8000000000)

static const struct pmapsim_replay_options as_written;

static struct pmapsim_trace *
open_text(const char *text)
{
	struct pmapsim_trace *trace;
	char err[256];

	if (pmapsim_trace_from_memory("test", text, strlen(text), &trace, err,
		sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	return (trace);
}

static bool
explain(const char *text, struct region *region, char *err, size_t errsize)
{
	struct pmapsim_trace *trace = open_text(text);
	bool ok;

	ok = region_explain(trace, &as_written, region, err, errsize);
	pmapsim_trace_close(trace);
	return (ok);
}

/* The region of a trace that can be explained. */
static struct region
explained(const char *text)
{
	struct region region;
	char err[256];

	if (!explain(text, &region, err, sizeof(err)))
		fail_msg("%s", err);
	return (region);
}

/*
 * Asserts the kinds of PTEs as runs, "1E1L510=" for one entered, one litter,
 * 510 mapped, and that the counts are theirs.
 */
static void
assert_kinds(const struct region *region, const char *want)
{
	static const char letters[] = {'.', '=', 'L', 'E'};
	unsigned counts[4] = {0, 0, 0, 0};
	char got[512];
	unsigned end, i, k;
	size_t used = 0;

	got[0] = '\0';
	for (i = 0; i < NPTEPG; i = end) {
		for (end = i + 1; end < NPTEPG &&
		     region->pte[end].kind == region->pte[i].kind;
		     end++)
			continue;
		counts[region->pte[i].kind] += end - i;
		if (used < sizeof(got) - 16)
			used += (size_t)snprintf(got + used, sizeof(got) - used,
			    "%u%c", end - i, letters[region->pte[i].kind]);
	}
	assert_string_equal(got, want);
	for (k = 0; k < 4; k++)
		assert_int_equal(region->count[k], counts[k]);
}

static void
test_kmem_malloc(void **state)
{
	struct region region;

	region = explained(BOOT LITTER "kmem_malloc 2M\n"
				       "kmem_free 0xffffff8000000000 8K\n"
				       "kmem_malloc 8K\n");
	assert_int_equal(region.va, VA);
	assert_int_equal(region.line, 4);
	assert_int_equal(region.promoted, 0);
	assert_string_equal(region.call, "kmem_malloc 8K");
	assert_int_equal(region.litter_line, 3);
	assert_string_equal(region.litter_call,
	    "kmem_free 0xffffff8000000000 8K");
	assert_int_equal(region.entered_over_litter, 1);
	assert_int_equal(region.pde & (PG_V | PG_PS), PG_V | PG_PS);
	assert_int_equal(region.pte[1].before & 0xfff, 0x363);
	assert_kinds(&region, "1E1L510=");
}

/* The pages of malloc(9) are freed by their address alone. */
static void
test_malloc_and_free(void **state)
{
	struct region region;

	region = explained(BOOT LITTER "kmem_malloc 16K\n"
				       "malloc 12K\n"
				       "kmem_malloc 2020K\n"
				       "free 0xffffff8000004000\n"
				       "malloc 12K\n");
	assert_int_equal(region.line, 6);
	assert_int_equal(region.promoted, 4);
	assert_int_equal(region.litter_line, 5);
	assert_kinds(&region, "4=1E2L505=");
}

/* Litter of two frees: the line that left the most is named. */
static void
test_two_frees(void **state)
{
	struct region region;

	region = explained(BOOT LITTER "kmem_malloc 2M\n"
				       "kmem_free 0xffffff8000000000 8K\n"
				       "kmem_free 0xffffff8000002000 12K\n"
				       "kmem_malloc 20K\n");
	assert_int_equal(region.litter_line, 4);
	assert_int_equal(region.pte[0].unmapped, 3);
	assert_int_equal(region.pte[1].unmapped, 3);
	assert_int_equal(region.pte[2].unmapped, 4);
	assert_int_equal(region.pte[5].unmapped, 0);
	assert_kinds(&region, "1E4L507=");
}

/* Unmapping what is unmapped leaves no litter: the first one did. */
static void
test_unmapped_twice(void **state)
{
	struct region region;

	region = explained(BOOT LITTER
	    "kmem_malloc 2M\n"
	    "kmem_free 0xffffff8000000000 8K\n"
	    "pmap_remove kernel 0xffffff8000000000 0xffffff8000002000\n"
	    "kmem_malloc 8K\n");
	assert_int_equal(region.litter_line, 3);
	assert_kinds(&region, "1E1L510=");
}

/* Two PTEs are cleared, so that the second entering promotes. */
static void
test_promoted_later(void **state)
{
	struct region region;

	region = explained(BOOT LITTER "kmem_malloc 2M\n"
				       "kmem_free 0xffffff8000001000 12K\n"
				       "pmap_kremove 0xffffff8000001000\n"
				       "pmap_kremove 0xffffff8000002000\n"
				       "kmem_malloc 12K\n");
	assert_int_equal(region.promoted, 2);
	assert_int_equal(region.entered_over_litter, 0);
	assert_kinds(&region, "1=2E1L508=");
}

/* The second region of a request that begins in the one before. */
static void
test_request_across_regions(void **state)
{
	struct region region;

	region = explained(BOOT LITTER "kmem_malloc 2044K\n"
				       "kmem_malloc 2052K\n"
				       "kmem_free 0xffffff80001ff000 12K\n"
				       "kmem_malloc 12K\n");
	assert_int_equal(region.va, VA + NBPDR);
	assert_int_equal(region.promoted, 0);
	assert_kinds(&region, "1E1L510=");
}

/* Count drift: another statement than the panicking one promoted. */
static void
test_count_drift(void **state)
{
	struct region region;

	region = explained(
	    "machine mem=32M first=4M kmem=2M invariants=off\n"
	    "vm_page_alloc kernel 512 wired repeat=512\n"
	    "kmem_alloc_nofault 2M\n"
	    "pmap_enter kernel 0xffffff8000200000 kernel 512 access=rwx "
	    "prot=rwx wired=1 repeat=512\n"
	    "pmap_remove kernel 0xffffff8000200000 0xffffff8000400000\n"
	    "pmap_enter kernel 0xffffff8000201000 kernel 513 access=rwx "
	    "prot=rwx wired=1 repeat=511\n"
	    "pmap_remove kernel 0xffffff8000201000 0xffffff8000400000\n"
	    "pmap_enter kernel 0xffffff8000200000 kernel 512 access=rwx "
	    "prot=rwx wired=1\n"
	    "pmap_enter kernel 0xffffff8000201000 kernel 513 access=rwx "
	    "prot=rwx wired=1\n");
	assert_int_equal(region.va, VA + NBPDR);
	assert_int_equal(region.line, 8);
	assert_int_equal(region.litter_line, 7);
	assert_int_equal(region.entered_over_litter, 0);
	assert_kinds(&region, "1E511L");
}

/* A superpage that is right, and entered into again: no litter. */
static void
test_no_litter(void **state)
{
	struct region region;

	region = explained(
	    "machine mem=32M first=4M kmem=2M invariants=off\n"
	    "vm_page_alloc kernel 512 wired repeat=512\n"
	    "kmem_alloc_nofault 2M\n"
	    "pmap_enter kernel 0xffffff8000200000 kernel 512 access=rwx "
	    "prot=rwx wired=1 repeat=512\n"
	    "pmap_enter kernel 0xffffff8000207000 kernel 519 access=rwx "
	    "prot=rwx wired=1\n");
	assert_int_equal(region.line, 4);
	assert_int_equal(region.promoted, 511);
	assert_int_equal(region.litter_line, 0);
	assert_kinds(&region, "512E");
}

static void
test_other_ends(void **state)
{
	struct region region;
	char err[256];

	assert_false(explain(BOOT "\nkmem_malloc 2M\n", &region, err,
	    sizeof(err)));
	assert_non_null(strstr(err, "does not end in"));
}

/* ---- a region anywhere in a trace --------------------------------------- */

#define AT_TEXT                                                             \
	BOOT LITTER                                                         \
	    "kmem_malloc 2M\n"                                              \
	    "kmem_free 0xffffff8000000000 8K\n"                             \
	    "kmem_malloc 4K\n"                                              \
	    "vm_object_allocate heap 512\n"                                 \
	    "pmap_pinit program\n"                                          \
	    "vm_page_alloc heap 0 repeat=3\n"                               \
	    "pmap_enter program 0x200000 heap 0 access=rw prot=rw wired=0 " \
	    "repeat=2\n"                                                    \
	    "pmap_remove program 0x200000 0x201000\n"

static bool
read_region(const char *pmap, vm_offset_t va, unsigned at,
    struct region *region, char *err, size_t errsize)
{
	struct pmapsim_trace *trace = open_text(AT_TEXT);
	bool ok;

	ok = region_at(trace, &as_written, pmap, va, at, region, err, errsize);
	pmapsim_trace_close(trace);
	return (ok);
}

static void
test_at(void **state)
{
	static const struct {
		const char *pmap;
		vm_offset_t va;
		unsigned at, line;
		const char *kinds;
	} rows[] = {
	    {"kernel", VA, 1, 1, "512."},
	    {"kernel", VA, 2, 2, "512E"},
	    {"kernel", VA + 0x1234, 3, 3, "2L510="},
	    {"kernel", VA, 4, 4, "1E1L510="},
	    /* What the last statement entered is no news after another. */
	    {"kernel", VA, 0, 9, "1=1L510="},
	    {"program", 0x200000, 6, 6, "512."},
	    {"program", 0x200000, 8, 8, "2E510."},
	    /* A program's PTEs are cleared. */
	    {"program", 0x200000, 9, 9, "1.1=510."},
	    {"program", 0x400000, 9, 9, "512."},
	};
	struct region region;
	char err[256];
	unsigned i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!read_region(rows[i].pmap, rows[i].va, rows[i].at, &region,
			err, sizeof(err)))
			fail_msg("%u: %s", i, err);
		assert_kinds(&region, rows[i].kinds);
		assert_int_equal(region.va, trunc_2mpage(rows[i].va));
		assert_int_equal(region.line, rows[i].line);
		assert_int_equal(region.promoted, NPTEPG);
	}
	assert_int_equal(region.litter_line, 0);
	read_region("kernel", VA, 3, &region, err, sizeof(err));
	assert_int_equal(region.litter_line, 3);
	assert_string_equal(region.call, "kmem_free 0xffffff8000000000 8K");
	assert_int_equal(region.pde & (PG_V | PG_PS), PG_V);
	read_region("kernel", VA, 2, &region, err, sizeof(err));
	assert_int_equal(region.pde & (PG_V | PG_PS), PG_V | PG_PS);
}

static void
test_at_nowhere(void **state)
{
	struct region region;
	char err[256];

	assert_false(read_region("kernel", VA, 10, &region, err, sizeof(err)));
	assert_string_equal(err, "test:10: the trace ends before, in line 9");
	assert_false(read_region("nobody", 0x200000, 9, &region, err,
	    sizeof(err)));
	assert_string_equal(err, "no pmap is called \"nobody\" there");
	/* Not yet. */
	assert_false(read_region("program", 0x200000, 5, &region, err,
	    sizeof(err)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kmem_malloc),
	    cmocka_unit_test(test_malloc_and_free),
	    cmocka_unit_test(test_two_frees),
	    cmocka_unit_test(test_unmapped_twice),
	    cmocka_unit_test(test_promoted_later),
	    cmocka_unit_test(test_request_across_regions),
	    cmocka_unit_test(test_count_drift),
	    cmocka_unit_test(test_no_litter),
	    cmocka_unit_test(test_other_ends),
	    cmocka_unit_test(test_at),
	    cmocka_unit_test(test_at_nowhere),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
