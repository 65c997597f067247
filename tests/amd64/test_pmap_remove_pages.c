/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_remove_pages(), which takes all mappings of an address space.
 */
#include "amd64/pmap_fixture.h"

/* pmap_remove_pages(): all but the wired, and nobody is told of accesses. */
static void
test_remove_pages(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m, single, wired;
	unsigned i;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	single = fixture_page(mach);
	wired = fixture_page(mach);
	fixture_promote(mach, pmap, m);
	pmap_enter(mach, pmap, NEXT, VM_PROT_WRITE, single, PROT_RW, FALSE);
	pmap_enter(mach, pmap, NEXT + PAGE_SIZE, 0, wired, PROT_R, TRUE);
	for (i = 0; i < NPTEPG; i++)
		vm_page_use(mach, &m[i])->dirty = 0;
	vm_page_use(mach, single)->dirty = 0;

	/* Not the current one: nothing. */
	cost = fixture_cost(mach);
	pmap_remove_pages(mach, pmap);
	assert_cost(mach, &cost, .stores = 0);
	assert_counts(pmap, NPTEPG + 2 + 4, 1);

	pmap_activate(mach, pmap);
	cost = fixture_cost(mach);
	pmap_remove_pages(mach, pmap);
	assert_cost(mach, &cost, .stores = 2, .all = 1);
	/* The wired page, its pv entry and its three tables are left. */
	assert_counts(pmap, 1 + 3, 1);
	assert_int_equal(mach->pmap->pv_entry_count, 1);
	assert_int_equal(mach->pmap->pc_chunk_count, 1);
	assert_int_equal(mach->pmap->pv_entry_spare, 167);
	assert_int_equal(pmapsim_superpages(mach, pmap), 0);
	assert_mapped(mach, pmap, NEXT + PAGE_SIZE, VM_PAGE_TO_PHYS(wired));
	assert_page(single, 0, 0, 0xff, 0);
	for (i = 0; i < NPTEPG; i++)
		assert_page(m + i, 0, 0, 0xff, 0);

	pmap_change_wiring(mach, pmap, NEXT + PAGE_SIZE, FALSE);
	cost = fixture_cost(mach);
	pmap_remove_pages(mach, pmap);
	assert_cost(mach, &cost, .stores = 2, .all = 1);
	assert_counts(pmap, 0, 0);
	assert_int_equal(mach->pmap->pc_chunk_count, 0);
	assert_int_equal(mach->pmap->pv_entry_spare, 0);
	pmap_activate(mach, kernel_pmap);
}

/* Chunks that keep a wired entry keep their places in the list. */
static void
test_remove_pages_keeps_chunk_order(void **state)
{
	struct machine *mach = *state;
	struct pv_chunk *before[4], *pc;
	pmap_t pmap;
	vm_page_t m;
	unsigned i, n;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	/* Four chunks, a wired page in each. */
	for (i = 0; i < NPTEPG; i++)
		pmap_enter(mach, pmap, UVA + ptoa(i), 0, m + i, PROT_R,
		    i % 168 == 50 || i == 510);
	n = 0;
	TAILQ_FOREACH(pc, &pmap->pm_pvchunk, pc_list)
		before[n++] = pc;
	assert_int_equal(n, 4);
	pmap_activate(mach, pmap);
	pmap_remove_pages(mach, pmap);
	n = 0;
	TAILQ_FOREACH(pc, &pmap->pm_pvchunk, pc_list)
		assert_ptr_equal(pc, before[n++]);
	assert_int_equal(n, 4);
	assert_counts(pmap, 4 + 3, 4);
	pmap_activate(mach, kernel_pmap);
}

/* With the PAT bit the frame of a superpage is taken a page too high. */
static void
test_remove_pages_pat_superpage_dirties_next_page(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;
	vm_page_t m, next;
	unsigned i;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	for (i = 0; i < NPTEPG; i++)
		m[i].pat_mode_c = VM_MEMATTR_WRITE_PROTECTED ^
		    VM_MEMATTR_DEFAULT;
	fixture_promote(mach, pmap, m);
	assert_int_equal(support_pde(mach, pmap, UVA) & 0x1fff, 0x14e7);
	for (i = 0; i < NPTEPG; i++)
		vm_page_use(mach, &m[i])->dirty = 0;
	next = m + NPTEPG;
	next->valid = VM_PAGE_BITS_ALL;
	next->flags_c |= PG_FREE;
	assert_int_equal(vm_page_use(mach, next)->dirty, 0);
	pmap_activate(mach, pmap);
	pmap_remove_pages(mach, pmap);
	assert_int_equal(vm_page_use(mach, m)->dirty, 0);
	assert_int_equal(vm_page_use(mach, &m[1])->dirty, 0xff);
	assert_int_equal(vm_page_use(mach, next)->dirty, 0xff);
	/* The first page keeps the flag. */
	assert_page(m, 1, 0, 0, 0);
	assert_page(m + 1, 0, 0, 0xff, 0);
	next->valid = vm_page_use(mach, next)->dirty = 0;
	next->flags_c &= (uint16_t)~PG_FREE;
	vm_page_aflag_clear(mach, m, PG_WRITEABLE);
	for (i = 0; i < NPTEPG; i++)
		m[i].pat_mode_c = 0;
	pmap_activate(mach, kernel_pmap);
}

/* In a PTE the bit of PG_PS is the PAT's, and no superpage. */
static void
test_remove_pages_pat_page(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	m->pat_mode_c = VM_MEMATTR_WRITE_PROTECTED ^ VM_MEMATTR_DEFAULT;
	pmap_enter(mach, pmap, UVA, VM_PROT_WRITE, m, PROT_RW, FALSE);
	assert_pte(mach, pmap, UVA,
	    VM_PAGE_TO_PHYS(m) | PTE_WRITTEN | PG_PTE_PAT);
	pmap_activate(mach, pmap);
	pmap_remove_pages(mach, pmap);
	assert_counts(pmap, 0, 0);
	assert_page(m, 0, 0, 0xff, 0);
	m->pat_mode_c = 0;
	pmap_activate(mach, kernel_pmap);
}

static void
test_remove_pages_bad_pte_panics(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;

	pmap = fixture_pmap(mach, "u");
	pmap_enter(mach, pmap, UVA, 0, fixture_page(mach), PROT_R, FALSE);
	fixture_set_pte(mach, pmap, UVA, 0, PG_V);
	pmap_activate(mach, pmap);
	assert_panics(mach, "bad pte", pmap_remove_pages(mach, pmap));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_remove_pages),
	    support_test(test_remove_pages_keeps_chunk_order),
	    support_test(test_remove_pages_pat_superpage_dirties_next_page),
	    support_test(test_remove_pages_pat_page),
	    support_test(test_remove_pages_bad_pte_panics),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
