/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Removal at the limits: of memory, of page tables, and of what a kernel can
 * undo.
 */
#include "amd64/pmap_fixture.h"

/* Nothing is mapped there, not even a page directory is. */
static void
test_remove_page_without_directory(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;

	pmap = fixture_pmap(mach, "u");
	pmap_enter(mach, pmap, UVA, 0, fixture_page(mach), PROT_R, FALSE);
	cost = fixture_cost(mach);
	/* Beyond its gigabyte, and beyond its 512. */
	pmap_remove(mach, pmap, UVA + NBPDP, UVA + NBPDP + PAGE_SIZE);
	pmap_remove(mach, pmap, UVA + NBPML4, UVA + NBPML4 + PAGE_SIZE);
	assert_cost(mach, &cost, .stores = 0);
	assert_counts(pmap, 1 + 3, 0);
	pmap_remove(mach, pmap, UVA, UVA + PAGE_SIZE);
	assert_counts(pmap, 0, 0);
}

/* The frame that ends with memory. */
static vm_page_t
last_frame(struct machine *mach)
{
	vm_page_t m;

	do
		m = fixture_frame(mach);
	while (VM_PAGE_TO_PHYS(m) + NBPDR < mach->config.mem);
	return (m);
}

/*
 * With the PAT bit the frame is taken a page too high: at the end of memory
 * the last of these pages does not exist.
 */
static void
test_remove_pages_pat_superpage_at_memory_end(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;
	vm_page_t m;
	unsigned i;

	pmap = fixture_pmap(mach, "u");
	m = last_frame(mach);
	for (i = 0; i < NPTEPG; i++)
		m[i].pat_mode_c = VM_MEMATTR_WRITE_PROTECTED ^
		    VM_MEMATTR_DEFAULT;
	fixture_promote(mach, pmap, m);
	assert_int_equal(support_pde(mach, pmap, UVA),
	    VM_PAGE_TO_PHYS(m) | PTE_WRITTEN | PG_PS | PG_PDE_PAT);
	for (i = 0; i < NPTEPG; i++)
		vm_page_use(mach, &m[i])->dirty = 0;
	pmap_activate(mach, pmap);
	pmap_remove_pages(mach, pmap);
	assert_counts(pmap, 0, 0);
	assert_page(m, 1, 0, 0, 0);
	for (i = 1; i < NPTEPG; i++)
		assert_page(m + i, 0, 0, 0xff, 0);
	/* What follows the last descriptor was not touched. */
	assert_int_equal(vm_page_use(mach, &m[NPTEPG])->dirty, 0);
	assert_int_equal(m[NPTEPG].flags_c, 0);
	vm_page_aflag_clear(mach, m, PG_WRITEABLE);
	for (i = 0; i < NPTEPG; i++)
		m[i].pat_mode_c = 0;
	pmap_activate(mach, kernel_pmap);
}

/* A pv entry for an address that has no page directory. */
static void
test_remove_pages_without_directory_stops(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;

	pmap = fixture_pmap(mach, "u");
	pmap_insert_entry(mach, pmap, UVA, fixture_page(mach));
	pmap_activate(mach, pmap);
	assert_panics(mach,
	    "pmap_remove_pages: page fault trap: no page "
	    "directory at va 0x40000000",
	    pmap_remove_pages(mach, pmap));
	assert_true(pmap_pml4e(pmap, UVA)[0] == 0);
	assert_true(pmapsim_panic(mach)->simulator);
}

/*
 * A kernel superpage without a table: where a failed demotion does nothing it
 * does not come back here, as it does in 2010 until the stack ends, and the
 * kernel notes the failure.
 */
static void
test_remove_kernel_superpage_fails_to_demote(void **state)
{
	const vm_offset_t va = VM_MIN_KERNEL_ADDRESS + NBPDP - NBPDR;
	struct machine *mach;
	struct cost cost;
	vm_page_t m;

	mach = support_boot("mem=32M first=4M kmem=8M ncpu=2 "
			    "kernel=2010-04+demotion-failure-ignored");
	m = fixture_frame(mach);
	assert_true(pmap_enter_pde(mach, kernel_pmap, va, m, PROT_R));
	assert_counts(kernel_pmap, NPTEPG, 0);
	cost = fixture_cost(mach);
	assert_panics(mach, "pmap_remove_pde: failed demotion",
	    pmap_remove(mach, kernel_pmap, va, va + NBPDR));
	assert_string_equal(pmapsim_panic(mach)->frames[0], "pmap_remove_pde");
	assert_false(pmapsim_panic(mach)->simulator);
	/* All else was done by then. */
	assert_cost(mach, &cost, .stores = 1);
	assert_int_equal(support_pde(mach, kernel_pmap, va), 0);
	assert_counts(kernel_pmap, 0, 0);
	assert_int_equal(mach->pmap->pv_entry_count, 0);
	assert_int_equal(pmapsim_superpages(mach, kernel_pmap), 0);
	support_destroy(mach);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_remove_page_without_directory),
	    support_test(test_remove_pages_pat_superpage_at_memory_end),
	    support_test(test_remove_pages_without_directory_stops),
	    cmocka_unit_test(test_remove_kernel_superpage_fails_to_demote),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
