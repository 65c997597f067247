/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accesses by way of a pmap: which bits they set, and where.
 */
#include "pmap_fixture.h"

#define READ PMAPSIM_ACCESS_READ
#define WRITE PMAPSIM_ACCESS_WRITE
#define FETCH PMAPSIM_ACCESS_FETCH
#define USER PMAPSIM_ACCESS_USER
#define AD (PG_A | PG_M)

/*
 * A mapping of either size gets A and, by a write, M; a PDE above it, whatever
 * bits it has, does not change.  What is refused sets nothing.
 */
static void
test_touch_marks_the_leaf(void **state)
{
	static const struct {
		vm_prot_t prot;
		unsigned access;
		pt_entry_t sets; /* none: refused */
	} cases[] = {{PROT_R, READ | USER, PG_A}, {PROT_R, READ, PG_A},
	    {PROT_RX, FETCH | USER, PG_A}, {PROT_RW, READ | USER, PG_A},
	    {PROT_RW, WRITE | USER, AD}, {PROT_RW, WRITE, AD},
	    {PROT_R, WRITE | USER, 0}, {PROT_R, WRITE, 0},
	    {PROT_R, FETCH | USER, 0}};
	struct pmapsim_access result;
	struct machine *mach = *state;
	pd_entry_t before, *pde;
	pt_entry_t *leaf, want;
	vm_offset_t va;
	vm_page_t m;
	pmap_t pmap;
	unsigned i, k;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	for (k = 0; k < 2 * sizeof(cases) / sizeof(cases[0]); k++) {
		i = k / 2;
		/* Pages that are not written are promoted without RW. */
		fixture_enter(mach, pmap, UVA, m, 0, k % 2 == 0 ? 8 : NPTEPG,
		    cases[i].prot & VM_PROT_WRITE, cases[i].prot, FALSE);
		if (k % 2 != 0)
			assert_superpage(mach, pmap, UVA);
		va = UVA + ptoa(3) + 0x123;
		pde = pmap_pde(mach, pmap, va);
		leaf = k % 2 == 0 ? pmap_pte(mach, pmap, va) : pde;
		*pde &= ~AD;
		*leaf &= ~AD;
		before = *pde;
		want = *leaf | cases[i].sets;
		result = pmapsim_touch(mach, pmap, va, cases[i].access);
		assert_int_equal(*leaf, want);
		if (leaf != pde)
			assert_int_equal(*pde, before);
		assert_int_equal(result.fault, cases[i].sets == 0);
		assert_false(result.noncanonical);
		if (cases[i].sets != 0)
			assert_int_equal(result.pa,
			    VM_PAGE_TO_PHYS(m + 3) + 0x123);
		else
			assert_int_equal(result.error,
			    PGEX_P | cases[i].access);
		/* Once more: nothing is left to be set. */
		(void)pmapsim_touch(mach, pmap, va, cases[i].access);
		assert_int_equal(*leaf, want);
		*pde |= PG_A;
		pmap_remove(mach, pmap, UVA, UVA + NBPDR);
	}
}

/* Nothing is mapped there, or nothing can be. */
static void
test_touch_faults(void **state)
{
	struct pmapsim_access result;
	struct machine *mach = *state;
	pmap_t pmap;

	pmap = pmapsim_pmap_create(mach, "new");
	result = pmapsim_touch(mach, pmap, UVA, READ | USER);
	assert_true(result.fault);
	assert_false(result.noncanonical);
	assert_int_equal(result.error, 0);
	pmap = fixture_pmap(mach, "u");
	result = pmapsim_touch(mach, pmap, UVA, WRITE | USER);
	assert_true(result.fault);
	assert_false(result.noncanonical);
	assert_int_equal(result.error, WRITE | USER);
	result = pmapsim_touch(mach, pmap, UINT64_C(1) << 47, READ);
	assert_true(result.fault);
	assert_true(result.noncanonical);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_touch_marks_the_leaf),
	    support_test(test_touch_faults),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
