/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_remove(): single PTEs and ranges of them, page tables that become empty,
 * and user superpages.
 */
#include "amd64/pmap_fixture.h"

/* All tables and the pv chunk of the last mapping go with it. */
static void
test_remove_last_page_frees_tables(void **state)
{
	struct machine *mach = *state;
	unsigned free, wired;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	free = mach->cnt.v_free_count;
	wired = mach->cnt.v_wire_count;
	pmap_enter(mach, pmap, UVA, VM_PROT_WRITE, m, PROT_RW, FALSE);
	assert_int_equal(mach->cnt.v_free_count, free - 4);
	assert_int_equal(mach->cnt.v_wire_count, wired + 4);
	pmap_remove(mach, pmap, UVA, UVA + NBPDR);
	assert_int_equal(mach->cnt.v_free_count, free);
	assert_int_equal(mach->cnt.v_wire_count, wired);
	assert_int_equal(mach->pmap->pc_chunk_count, 0);
	assert_counts(pmap, 0, 0);
	/* What the PTE knew of use is the page's now. */
	assert_page(m, 0, 1, 0xff, 0);
	pmap_release(mach, pmap);
}

/* What each bit of a removed PTE does, one page or as part of a range. */
static void
test_remove_user_ptes(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m, other;
	unsigned bits, range;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	other = fixture_page(mach);
	pmap_enter(mach, pmap, UVA + ptoa(9), 0, other, PROT_R, FALSE);
	for (bits = 0; bits < 16; bits++) {
		for (range = 1; range <= 2; range++) {
			pmap_enter(mach, pmap, UVA, 0, m, PROT_RWX, bits >> 3);
			fixture_set_pte(mach, pmap, UVA,
			    (bits & 1 ? PG_A : 0) | (bits & 2 ? PG_M : 0),
			    PG_A | PG_M | (bits & 4 ? PG_RW : 0));
			vm_page_use(mach, m)->dirty = 0;
			vm_page_aflag_clear(mach, m, PG_REFERENCED);
			vm_page_aflag_set(mach, m, PG_WRITEABLE);
			assert_counts(pmap, 5, bits >> 3);
			cost = fixture_cost(mach);
			pmap_remove(mach, pmap, UVA, UVA + ptoa(range));
			/* A single page is not worth a flush of all. */
			assert_cost(mach, &cost, .stores = 1,
			    .page = range == 1, .all = range == 2);
			assert_counts(pmap, 4, 0);
			assert_pte(mach, pmap, UVA, 0);
			/* Dirty only if it could be written. */
			assert_page(m, 0, bits & 1, (bits & 6) == 2 ? 0xff : 0,
			    0);
		}
	}
	/* Nothing there: nothing is flushed. */
	pmap_remove(mach, pmap, UVA, UVA + PAGE_SIZE);
	pmap_remove(mach, pmap, UVA, UVA + ptoa(8));
	assert_cost(mach, &cost, .stores = 0);
}

/* Kernel PTEs are invalidated one by one, a single page even twice. */
static void
test_remove_kernel_ptes(void **state)
{
	static const struct {
		const char *kernel;
		unsigned pages, page, range;
	} cases[] = {
	    {SUPPORT_SMALL " kernel=2010-04", 1, 2, 0},
	    {SUPPORT_SMALL " kernel=2010-04", 16, 16, 0},
	    /* D7: 9.0 batches runs. */
	    {SUPPORT_SMALL " kernel=9.0", 1, 1, 0},
	    {SUPPORT_SMALL " kernel=9.0", 16, 0, 1},
	};
	struct machine *mach;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_offset_t va;
	unsigned i, j;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mach = support_boot(cases[i].kernel);
		va = support_full_reservation(mach, m);
		for (j = 0; j < cases[i].pages; j++)
			pmap_enter(mach, kernel_pmap, va + ptoa(j), VM_PROT_ALL,
			    m[j], PROT_RWX, TRUE);
		cost = fixture_cost(mach);
		pmap_remove(mach, kernel_pmap, va, va + ptoa(cases[i].pages));
		assert_cost(mach, &cost, .stores = cases[i].pages,
		    .page = cases[i].page, .range = cases[i].range,
		    .sent = cases[i].page + cases[i].range);
		assert_counts(kernel_pmap, 0, 0);
		for (j = 0; j < cases[i].pages; j++)
			assert_pte(mach, kernel_pmap, va + ptoa(j), 0);
		support_destroy(mach);
	}
}

/* Each hole ends a run. */
static void
test_remove_batches_each_run(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_offset_t va;
	unsigned i;

	mach = support_boot(SUPPORT_SMALL " kernel=9.0");
	va = support_full_reservation(mach, m);
	/* ##..#...##########... */
	for (i = 0; i < 18; i++)
		if (i < 2 || i == 4 || i >= 8)
			pmap_enter(mach, kernel_pmap, va + ptoa(i), VM_PROT_ALL,
			    m[i], PROT_RWX, TRUE);
	cost = fixture_cost(mach);
	pmap_remove(mach, kernel_pmap, va, va + ptoa(NPTEPG));
	assert_cost(mach, &cost, .stores = 13, .range = 3, .sent = 3);
	assert_int_equal(cpu_current(mach)->local_range_pages, 13);
	support_destroy(mach);
}

/*
 * A range removes whatever is not 0; a page, only what is valid.  The first is
 * how invalid kernel PTEs make resident_count drift.
 */
static void
test_remove_invalid_ptes(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_offset_t va;

	va = support_full_reservation(mach, m);
	pmap_enter(mach, kernel_pmap, va, VM_PROT_ALL, m[0], PROT_RWX, TRUE);
	*pmap_pte(mach, kernel_pmap, va + ptoa(3)) = 0x3000;
	cost = fixture_cost(mach);
	pmap_remove(mach, kernel_pmap, va + ptoa(3), va + ptoa(4));
	assert_cost(mach, &cost, .stores = 0);
	assert_counts(kernel_pmap, 1, 1);
	pmap_remove(mach, kernel_pmap, va + ptoa(3), va + ptoa(5));
	/* Without G all is flushed. */
	assert_cost(mach, &cost, .stores = 1, .all = 1, .sent = 1);
	assert_pte(mach, kernel_pmap, va + ptoa(3), 0);
	assert_counts(kernel_pmap, 0, 1);
	/* And a count of 0 means that nothing is mapped. */
	pmap_remove(mach, kernel_pmap, va, va + NBPDR);
	pmap_remove(mach, kernel_pmap, va, va + PAGE_SIZE);
	assert_cost(mach, &cost, .stores = 0);
	assert_mapped(mach, kernel_pmap, va, VM_PAGE_TO_PHYS(m[0]));
	mach->pmap->audit_waived |= AUDIT_WAIVE_KERNEL_RESIDENT;
}

/* The walk skips what has no tables, over every border, and ends at the top. */
static void
test_remove_walks_sparse_tables(void **state)
{
	static const vm_offset_t at[] = {0, UVA - PAGE_SIZE, UVA,
	    NBPDP * 3 + NBPDR * 7, NBPML4 - PAGE_SIZE, NBPML4,
	    NBPML4 * 5 + NBPDP, VM_MAXUSER_ADDRESS - PAGE_SIZE};
	struct machine *mach = *state;
	pmap_t pmap;
	vm_page_t m;
	unsigned i;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		pmap_enter(mach, pmap, at[i], 0, m, PROT_R, FALSE);
	pmap_remove(mach, pmap, PAGE_SIZE, UVA - PAGE_SIZE);
	pmap_remove(mach, pmap, NBPML4 + PAGE_SIZE, NBPML4 * 5 + NBPDP);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		assert_mapped(mach, pmap, at[i], VM_PAGE_TO_PHYS(m));
	pmap_remove(mach, pmap, 0, VM_MAXUSER_ADDRESS);
	assert_counts(pmap, 0, 0);
	assert_page(m, 0, 1, 0, 0);
}

/* The whole superpage at once, with its kept table: 90-examples' reverse. */
static void
test_remove_user_superpage(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;
	unsigned i, free;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	free = mach->cnt.v_free_count;
	fixture_promote(mach, pmap, m);
	assert_int_equal(pmapsim_superpages(mach, pmap), 1);
	for (i = 0; i < NPTEPG; i++)
		vm_page_use(mach, &m[i])->dirty = 0;
	cost = fixture_cost(mach);
	pmap_remove(mach, pmap, UVA, UVA + NBPDR);
	/* The entry alone is stored to; it is not global. */
	assert_cost(mach, &cost, .stores = 1, .all = 1);
	assert_counts(pmap, 0, 0);
	assert_int_equal(pmapsim_superpages(mach, pmap), 0);
	assert_int_equal(mach->cnt.v_free_count, free);
	for (i = 0; i < NPTEPG; i++)
		assert_page(m + i, 0, 1, 0xff, 0);
	assert_int_equal(mach->pmap->pc_chunk_count, 0);
	pmap_release(mach, pmap);
}

/* A table that was kept is freed with its PTEs filled, so not as zero. */
static void
test_remove_user_superpage_frees_filled_table(void **state)
{
	struct machine *mach = *state;
	struct pmapsim_page_info info;
	vm_page_t m, mpte;
	pmap_t pmap;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	fixture_promote(mach, pmap, m);
	mpte = pmap->pm_root;
	assert_int_equal(mpte->wire_count, NPTEPG);
	pmap_remove(mach, pmap, UVA, UVA + NBPDR);
	pmapsim_page_info(mach, mpte, &info);
	assert_int_equal(info.flags & (PG_FREE | PG_ZERO), PG_FREE);
	assert_int_equal(info.wire_count, 0);
}

/* While another address space maps the frame its pages stay writeable. */
static void
test_remove_one_of_two_superpages(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap[2];
	vm_page_t m;
	unsigned i;

	m = fixture_frame(mach);
	pmap[0] = fixture_pmap(mach, "a");
	pmap[1] = fixture_pmap(mach, "b");
	fixture_promote(mach, pmap[0], m);
	fixture_promote(mach, pmap[1], m);
	/* One page is mapped a third time, by itself. */
	pmap_enter(mach, pmap[0], NEXT, VM_PROT_WRITE, m + 4, PROT_RW, FALSE);
	pmap_remove(mach, pmap[0], UVA, NEXT);
	for (i = 0; i < NPTEPG; i++)
		assert_page(m + i, 1, 1, 0xff, i == 4);
	pmap_remove(mach, pmap[1], UVA, NEXT);
	for (i = 0; i < NPTEPG; i++)
		assert_page(m + i, i == 4, 1, 0xff, i == 4);
	pmap_remove(mach, pmap[0], NEXT, NEXT + PAGE_SIZE);
	assert_page(m + 4, 0, 1, 0xff, 0);
}

/* A part of a superpage: demoted, at either border and in the middle. */
static void
test_remove_part_of_superpage_demotes(void **state)
{
	static const struct {
		unsigned first, last;
	} parts[] = {{0, 1}, {0, 511}, {1, 512}, {511, 512}, {100, 300}};
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;
	unsigned first, i, j, last;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		first = parts[i].first;
		last = parts[i].last;
		fixture_promote(mach, pmap, m);
		cost = fixture_cost(mach);
		pmap_remove(mach, pmap, UVA + ptoa(first), UVA + ptoa(last));
		/* One page of a superpage is a range, too. */
		assert_cost(mach, &cost, .demotions = 1, .all = 1,
		    .stores = 1 + last - first);
		assert_counts(pmap, NPTEPG - (last - first) + 3, 0);
		for (j = 0; j < NPTEPG; j++)
			assert_pte(mach, pmap, UVA + ptoa(j),
			    j >= first && j < last ?
				0 :
				VM_PAGE_TO_PHYS(m + j) | PTE_WRITTEN);
	}
}

/* A demotion that fails takes the whole mapping; the walk goes on. */
static void
test_remove_part_of_superpage_without_memory(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	/* A mapping by pmap_enter_pde() has no table, and no A. */
	pmap_enter_object(mach, pmap, UVA, NEXT, m, PROT_R);
	assert_superpage(mach, pmap, UVA);
	pmap_enter(mach, pmap, NEXT, 0, fixture_page(mach), PROT_R, FALSE);
	assert_counts(pmap, NPTEPG + 1 + 3, 0);
	cost = fixture_cost(mach);
	pmap_remove(mach, pmap, UVA + ptoa(5), NEXT + PAGE_SIZE);
	assert_cost(mach, &cost, .stores = 2 + 1, .page = 1, .all = 1);
	assert_counts(pmap, 0, 0);
	assert_page(m, 0, 0, 0, 0);
}

static void
test_remove_unaligned_superpage_asserts(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;
	vm_page_t free;

	pmap = fixture_pmap(mach, "u");
	fixture_promote(mach, pmap, fixture_frame(mach));
	free = NULL;
	assert_panics(mach, "pmap_remove_pde: sva is not 2mpage aligned",
	    pmap_remove_pde(mach, pmap, pmap_pde(mach, pmap, UVA),
		UVA + PAGE_SIZE, &free));
}

static void
remove_without_pv_entry(struct machine *mach, const char *text)
{
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	pmap_enter(mach, pmap, UVA, 0, m, PROT_R, FALSE);
	pmap_enter(mach, pmap, UVA + PAGE_SIZE, 0, fixture_page(mach), PROT_R,
	    FALSE);
	TAILQ_FIRST(&vm_page_md(mach, m)->pv_list)->pv_va = UVA + ptoa(4);
	assert_panics(mach, text,
	    pmap_remove(mach, pmap, UVA, UVA + PAGE_SIZE));
	assert_int_equal(pmapsim_panic(mach)->simulator, !mach->invariants);
	support_destroy(mach);
}

/* Who maps a page without a pv entry is found out at its removal. */
static void
test_remove_without_pv_entry(void **state)
{

	remove_without_pv_entry(support_boot(SUPPORT_SMALL),
	    "pmap_pvh_free: pv not found");
	remove_without_pv_entry(support_boot(QUIET),
	    "pmap_pvh_free: page "
	    "fault trap: no pv entry for va 0x40000000");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_remove_last_page_frees_tables),
	    support_test(test_remove_user_ptes),
	    cmocka_unit_test(test_remove_kernel_ptes),
	    cmocka_unit_test(test_remove_batches_each_run),
	    support_test(test_remove_invalid_ptes),
	    support_test(test_remove_walks_sparse_tables),
	    support_test(test_remove_user_superpage),
	    support_test(test_remove_user_superpage_frees_filled_table),
	    support_test(test_remove_one_of_two_superpages),
	    support_test(test_remove_part_of_superpage_demotes),
	    support_test(test_remove_part_of_superpage_without_memory),
	    support_test(test_remove_unaligned_superpage_asserts),
	    cmocka_unit_test(test_remove_without_pv_entry),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
