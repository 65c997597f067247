/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which entries of the tables lie on the way to an address.  The points
 * themselves are in tests/race, whose library has them.
 */
#include "amd64/pmap_fixture.h"
#include "amd64/race_point.h"

/*
 * Each entry of the table that "pde" leads to, and each of the page directory
 * that "pde" is in, asked of each of "vas", which has a page table.
 */
static void
assert_levels(struct machine *mach, pd_entry_t *pde, vm_offset_t table_va,
    const vm_offset_t *vas, unsigned n)
{
	pd_entry_t *directory = (pd_entry_t *)trunc_page((uintptr_t)pde);
	pt_entry_t *table = physmem_table(mach, *pde);
	unsigned i, k;

	for (k = 0; k < n; k++)
		for (i = 0; i < NPTEPG; i++) {
			assert_int_equal(race_entry_level(mach, &table[i],
					     vas[k]),
			    vas[k] == table_va + ptoa(i) ? 1 : 0);
			assert_int_equal(race_entry_level(mach, &directory[i],
					     vas[k]),
			    i == pmap_pde_index(vas[k]) ? 2 : 0);
		}
}

/* A program's address: its PTE, its PDE, and no other entry beside them. */
static void
test_levels_of_user_addresses(void **state)
{
	const vm_offset_t vas[] = {UVA, UVA + ptoa(5), UVA + ptoa(511), NEXT,
	    NEXT + ptoa(5)};
	struct machine *mach = *state;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	pmap_enter(mach, pmap, UVA, 0, m, PROT_R, FALSE);
	pmap_enter(mach, pmap, NEXT, 0, m, PROT_R, FALSE);
	assert_levels(mach, pmap_pde(mach, pmap, UVA), UVA, vas, 5);
	assert_levels(mach, pmap_pde(mach, pmap, NEXT), NEXT, vas, 5);
}

/* An address of the kernel's: its PTE, its PDE, and no other beside them. */
static void
test_levels_of_kernel_addresses(void **state)
{
	struct machine *mach = *state;
	vm_offset_t va, vas[4];

	va = round_2mpage(kmem_alloc_nofault(mach, pmapsim_kernel_map(mach),
	    3 * NBPDR));
	vas[0] = va;
	vas[1] = va + ptoa(1);
	vas[2] = va + ptoa(511);
	vas[3] = va + NBPDR;
	assert_levels(mach, pmap_pde(mach, kernel_pmap, va), va, vas, 4);
	assert_levels(mach, pmap_pde(mach, kernel_pmap, va + NBPDR), va + NBPDR,
	    vas, 4);
}

/*
 * A stray access sets A and M in a PTE that is not valid, and does nothing where
 * there is a valid one, a superpage, no page table or no tables at all.
 */
static void
test_stray_access(void **state)
{
	struct machine *mach;
	pmap_t none, pmap;
	vm_page_t m;

	(void)state;
	mach = support_boot(SUPPORT_SMALL);
	none = pmapsim_pmap_create(mach, "none");
	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	assert_false(race_stray(mach, none, UVA));
	assert_false(race_stray(mach, pmap, UVA));
	pmap_enter(mach, pmap, UVA, 0, m, PROT_R, FALSE);
	assert_false(race_stray(mach, pmap, UVA));
	assert_pte(mach, pmap, UVA, VM_PAGE_TO_PHYS(m) | PTE_READ);
	assert_false(race_stray(mach, pmap, NEXT));
	assert_true(race_stray(mach, pmap, UVA + ptoa(3)));
	assert_pte(mach, pmap, UVA + ptoa(3), PG_A | PG_M);
	assert_pte(mach, pmap, UVA + ptoa(2), 0);
	/* Other bits of the PTE are kept. */
	fixture_set_pte(mach, pmap, UVA + ptoa(3), 0x5000, PG_A);
	assert_true(race_stray(mach, pmap, UVA + ptoa(3)));
	assert_pte(mach, pmap, UVA + ptoa(3), 0x5000 | PG_A | PG_M);
	fixture_set_pte(mach, pmap, UVA + ptoa(3), 0, ~UINT64_C(0));
	pmap_remove(mach, pmap, UVA, NEXT);
	fixture_promote(mach, pmap, m);
	assert_false(race_stray(mach, pmap, UVA + ptoa(3)));
	assert_superpage(mach, pmap, UVA);
	support_destroy(mach);
}

/* Each event has a name of its own. */
static void
test_events_have_names(void **state)
{
	unsigned i, k;

	for (i = 0; race_event_name((enum race_event)i) != NULL; i++)
		for (k = 0; k < i; k++)
			assert_string_not_equal(
			    race_event_name((enum race_event)i),
			    race_event_name((enum race_event)k));
	assert_true(i > RACE_FLUSH);
	/* The unit tests' library has none of the points. */
	assert_false(race_has_points());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_levels_of_user_addresses),
	    support_test(test_levels_of_kernel_addresses),
	    cmocka_unit_test(test_stray_access),
	    cmocka_unit_test(test_events_have_names),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
