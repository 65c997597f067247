/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_remove_all(), which takes all mappings of a page.
 */
#include "amd64/pmap_fixture.h"

#include "vm/vm_phys.h"

/* pmap_remove_all(): every mapping of one page, superpages demoted for it. */
static void
test_remove_all(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap[3];
	vm_page_t m;
	unsigned i;

	m = fixture_frame(mach);
	for (i = 0; i < 3; i++)
		pmap[i] = fixture_pmap(mach, "u");
	fixture_promote(mach, pmap[0], m);
	pmap_enter(mach, pmap[1], UVA, VM_PROT_WRITE, m + 7, PROT_RW, TRUE);
	pmap_enter(mach, pmap[2], UVA, 0, m + 7, PROT_R, FALSE);
	vm_page_use(mach, &m[7])->dirty = 0;
	cost = fixture_cost(mach);
	pmap_remove_all(mach, m + 7);
	/* Two of the tables are empty now, and their PDEs cleared. */
	assert_cost(mach, &cost, .demotions = 1, .stores = 1 + 3 + 2,
	    .page = 3);
	assert_page(m + 7, 0, 1, 0xff, 0);
	assert_page(m + 6, 1, 0, vm_page_use(mach, &m[6])->dirty, 1);
	assert_counts(pmap[0], 511 + 3, 0);
	assert_counts(pmap[1], 0, 0);
	assert_counts(pmap[2], 0, 0);
	assert_pte(mach, pmap[0], UVA + ptoa(7), 0);
	assert_pte(mach, pmap[0], UVA + ptoa(8),
	    VM_PAGE_TO_PHYS(m + 8) | PTE_WRITTEN);
	/* Unmapped already: only the flag goes. */
	vm_page_aflag_set(mach, m + 7, PG_WRITEABLE);
	pmap_remove_all(mach, m + 7);
	assert_cost(mach, &cost, .stores = 0);
	assert_page(m + 7, 0, 1, 0xff, 0);
}

/* A superpage that cannot be demoted goes with all of its pages. */
static void
test_remove_all_of_unused_superpage(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	pmap_enter_object(mach, pmap, UVA, NEXT, m, PROT_R);
	assert_superpage(mach, pmap, UVA);
	pmap_remove_all(mach, m + 100);
	assert_counts(pmap, 0, 0);
	assert_not_mapped(mach, pmap, UVA);
}

/* Pages on the free list of single table pages, in order. */
struct free_pages {
	unsigned n;
	vm_paddr_t pa[64];
};

static void
note_free_page(struct machine *mach, vm_paddr_t pa, void *arg)
{
	struct free_pages *free = arg;

	assert_true(free->n < 64);
	free->pa[free->n++] = pa;
}

/*
 * Single pages to be handed out next, whose buddies are in use, so that they
 * come back one by one to the tail.
 */
static void
scatter_free_pages(struct machine *mach)
{
	vm_page_t m[64];
	unsigned i;

	for (i = 0; i < 64; i++)
		m[i] = vm_page_alloc(mach, NULL, 0,
		    VM_ALLOC_NOOBJ | VM_ALLOC_NORMAL);
	for (i = 0; i < 64; i++)
		if ((VM_PAGE_TO_PHYS(m[i]) & PAGE_SIZE) == 0)
			vm_page_free(mach, m[i]);
}

/*
 * The table goes before the pv entry, mapping by mapping; 9.0 keeps all
 * tables until the end, the last one on top.
 */
static void
test_remove_all_frees_in_order(void **state)
{
	/* Two mappings' PTP, PD, PDP and chunk, as they were allocated. */
	static const unsigned orders[2][8] = {{0, 1, 2, 3, 4, 5, 6, 7},
	    {3, 7, 4, 5, 6, 0, 1, 2}};
	struct free_pages after, before;
	struct machine *mach;
	vm_page_t m;
	pmap_t pmap[2];
	unsigned i, k;

	for (k = 0; k < 2; k++) {
		mach = support_boot(k == 0 ? SUPPORT_SMALL :
					     SUPPORT_SMALL
			" kernel=2010-04+free-ptps-after-remove-all");
		m = fixture_page(mach);
		pmap[0] = fixture_pmap(mach, "a");
		pmap[1] = fixture_pmap(mach, "b");
		scatter_free_pages(mach);
		before.n = after.n = 0;
		vm_phys_foreach(mach, VM_FREELIST_DEFAULT, VM_FREEPOOL_DIRECT,
		    0, note_free_page, &before);
		assert_true(before.n >= 8);
		pmap_enter(mach, pmap[0], UVA, 0, m, PROT_R, FALSE);
		pmap_enter(mach, pmap[1], UVA, 0, m, PROT_R, FALSE);
		pmap_remove_all(mach, m);
		vm_phys_foreach(mach, VM_FREELIST_DEFAULT, VM_FREEPOOL_DIRECT,
		    0, note_free_page, &after);
		assert_int_equal(after.n, before.n);
		for (i = 0; i < 8; i++)
			assert_int_equal(after.pa[after.n - 8 + i],
			    before.pa[orders[k][i]]);
		support_destroy(mach);
	}
}

/* An unmanaged page only loses its flag. */
static void
test_remove_all_of_unmanaged_page(void **state)
{
	struct machine *mach = *state;
	vm_page_t m[NPTEPG];
	vm_offset_t va;

	va = support_superpage(mach, m);
	pmap_remove_all(mach, m[3]);
	assert_page(m[3], 0, 0, vm_page_use(mach, m[3])->dirty, 0);
	assert_superpage(mach, kernel_pmap, va);
}

/* D9: 9.0 does not expect it. */
static void
test_remove_all_of_unmanaged_page_asserts(void **state)
{
	struct machine *mach;
	vm_page_t m[NPTEPG];

	mach = support_boot(SUPPORT_SMALL " kernel=2010-04+assert-managed");
	support_superpage(mach, m);
	assert_panics(mach, "pmap_remove_all: page PTR is not managed",
	    pmap_remove_all(mach, m[3]));
	support_destroy(mach);
}

static void
test_remove_all_of_fictitious_page_asserts(void **state)
{
	struct machine *mach = *state;
	vm_page_t m;

	m = fixture_page(mach);
	vm_page_flag_set(m, PG_FICTITIOUS);
	assert_panics(mach, "pmap_remove_all: page PTR is fictitious",
	    pmap_remove_all(mach, m));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_remove_all),
	    support_test(test_remove_all_of_unused_superpage),
	    cmocka_unit_test(test_remove_all_frees_in_order),
	    support_test(test_remove_all_of_unmanaged_page),
	    cmocka_unit_test(test_remove_all_of_unmanaged_page_asserts),
	    support_test(test_remove_all_of_fictitious_page_asserts),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
