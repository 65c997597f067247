/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions about one address, over every shape that its mapping can have.
 */
#include "amd64/pmap_fixture.h"

/* The walk ends where V is missing, whatever else is in the entry. */
static void
test_walk_ends_at_invalid_entries(void **state)
{
	struct machine *mach = *state;
	pdp_entry_t *pdpe;
	pd_entry_t *pde;
	pt_entry_t *pte;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	assert_null(pmap_pdpe(mach, pmap, UVA));
	assert_null(pmap_pde(mach, pmap, UVA));
	assert_null(pmap_pte(mach, pmap, UVA));
	pmap_enter(mach, pmap, UVA, 0, m, PROT_R, FALSE);
	pdpe = pmap_pdpe(mach, pmap, UVA);
	pde = pmap_pde(mach, pmap, UVA);
	pte = pmap_pte(mach, pmap, UVA);
	assert_int_equal(*pte, VM_PAGE_TO_PHYS(m) | PTE_READ);
	/* A page directory, but no page table; not even the former. */
	assert_ptr_equal(pmap_pde(mach, pmap, NEXT), pde + 1);
	assert_null(pmap_pte(mach, pmap, NEXT));
	assert_ptr_equal(pmap_pdpe(mach, pmap, UVA + NBPDP), pdpe + 1);
	assert_null(pmap_pde(mach, pmap, UVA + NBPDP));
	/* The entry itself is found, valid or not; what is below is not. */
	*pte &= ~PG_V;
	assert_ptr_equal(pmap_pte(mach, pmap, UVA), pte);
	*pte |= PG_V;
	*pde &= ~PG_V;
	assert_ptr_equal(pmap_pde(mach, pmap, UVA), pde);
	assert_null(pmap_pte(mach, pmap, UVA));
	*pde |= PG_V;
	*pdpe &= ~PG_V;
	assert_ptr_equal(pmap_pdpe(mach, pmap, UVA), pdpe);
	assert_null(pmap_pde(mach, pmap, UVA));
	*pdpe |= PG_V;
	/* Of a superpage the PDE is the leaf. */
	fixture_promote(mach, pmap, m);
	assert_ptr_equal(pmap_pte(mach, pmap, UVA + ptoa(9)), pde);
}

/* No table, a table without the page, the page, a superpage. */
static void
test_extract(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	assert_int_equal(pmap_extract(mach, pmap, UVA + 5), 0);
	pmap_enter(mach, pmap, NEXT, 0, m + 3, PROT_R, FALSE);
	/* A page directory, but no page table. */
	assert_int_equal(pmap_extract(mach, pmap, UVA + 5), 0);
	assert_int_equal(pmap_extract(mach, pmap, NEXT + 5),
	    VM_PAGE_TO_PHYS(m + 3) + 5);
	/* An empty PTE is not looked at more closely. */
	assert_int_equal(pmap_extract(mach, pmap, NEXT + PAGE_SIZE + 5), 5);
	fixture_set_pte(mach, pmap, NEXT, 0, PG_V);
	assert_int_equal(pmap_extract(mach, pmap, NEXT + 5),
	    VM_PAGE_TO_PHYS(m + 3) + 5);
	fixture_set_pte(mach, pmap, NEXT, PG_V, 0);
	fixture_promote(mach, pmap, m);
	assert_int_equal(pmap_extract(mach, pmap, UVA + 0x12345),
	    VM_PAGE_TO_PHYS(m) + 0x12345);
	/* Nor is NX part of the address, nor the PAT bit. */
	fixture_set_pte(mach, pmap, UVA, PG_PDE_PAT, 0);
	assert_int_equal(pmap_extract(mach, pmap, UVA + 0x12345),
	    VM_PAGE_TO_PHYS(m) + 0x12345);
	fixture_set_pte(mach, pmap, UVA, 0, PG_PDE_PAT);
}

/* A kernel superpage has no table of 4 KB entries to look into. */
static void
test_extract_and_hold_in_a_kernel_superpage(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap = pmapsim_kernel_pmap(mach);
	vm_offset_t va;
	vm_page_t m;

	va = kmem_malloc(mach, pmapsim_kmem_map(mach), NBPDR, M_NOWAIT);
	assert_superpage(mach, pmap, va);
	m = pmap_extract_and_hold(mach, pmap, va + 0x5123, PROT_R);
	assert_ptr_equal(m,
	    PHYS_TO_VM_PAGE(mach, pmap_kextract(mach, va + 0x5000)));
	assert_int_equal(m->hold_count, 1);
	vm_page_unhold(mach, m);
	kmem_free(mach, pmapsim_kmem_map(mach), va, NBPDR);
}

/* Held if it may be accessed as asked. */
static void
test_extract_and_hold(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;
	vm_page_t m, found;
	unsigned i, rw, write;
	vm_offset_t va;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	assert_null(pmap_extract_and_hold(mach, pmap, UVA, PROT_R));
	fixture_promote(mach, pmap, m);
	assert_null(pmap_extract_and_hold(mach, pmap, NEXT, PROT_R));
	pmap_enter(mach, pmap, NEXT, 0, m + 9, PROT_R, FALSE);
	assert_null(pmap_extract_and_hold(mach, pmap, NEXT + PAGE_SIZE,
	    PROT_R));
	for (i = 0; i < 8; i++) {
		va = i & 1 ? UVA + ptoa(9) + 77 : NEXT + 77;
		rw = i >> 1 & 1;
		write = i >> 2;
		fixture_set_pte(mach, pmap, va, rw ? PG_RW : 0, PG_RW);
		found = pmap_extract_and_hold(mach, pmap, va,
		    write ? PROT_RW : PROT_R);
		if (write && !rw) {
			assert_null(found);
			continue;
		}
		assert_ptr_equal(found, m + 9);
		assert_int_equal(m[9].hold_count, 1);
		vm_page_unhold(mach, m + 9);
	}
	fixture_set_pte(mach, pmap, UVA, PG_RW, 0);
	fixture_set_pte(mach, pmap, NEXT, 0, PG_V | PG_RW);
	assert_null(pmap_extract_and_hold(mach, pmap, NEXT, PROT_R));
	fixture_set_pte(mach, pmap, NEXT, PG_V, 0);
	assert_int_equal(m[9].hold_count, 0);
}

/* Only beside pages that have a table. */
static void
test_is_prefaultable(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	assert_false(pmap_is_prefaultable(mach, pmap, UVA));
	pmap_enter(mach, pmap, NEXT, 0, m, PROT_R, FALSE);
	assert_false(pmap_is_prefaultable(mach, pmap, UVA));
	assert_false(pmap_is_prefaultable(mach, pmap, NEXT));
	assert_true(pmap_is_prefaultable(mach, pmap, NEXT + PAGE_SIZE));
	/* What is not valid is free. */
	fixture_set_pte(mach, pmap, NEXT, 0, PG_V);
	assert_true(pmap_is_prefaultable(mach, pmap, NEXT));
	fixture_set_pte(mach, pmap, NEXT, PG_V, 0);
	fixture_promote(mach, pmap, m);
	assert_false(pmap_is_prefaultable(mach, pmap, UVA + PAGE_SIZE));
}

/*
 * Neighbours are asked for at once, and one by one where they end a page table:
 * each has its bit, and no bit is of a page beyond them.
 */
static void
test_prefaultable_neighbours(void **state)
{
	struct machine *mach = *state;
	unsigned count, first, i;
	vm_offset_t sva;
	uint64_t free;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	fixture_enter(mach, pmap, UVA, m, NPTEPG - 4, NPTEPG - 1, 0, PROT_R,
	    FALSE);
	fixture_enter(mach, pmap, NEXT, m, 1, 3, 0, PROT_R, FALSE);
	for (first = NPTEPG - 12; first < NPTEPG + 4; first++)
		for (count = 0; count <= 12; count++) {
			sva = UVA + ptoa(first);
			free = pmap_prefaultable(mach, pmap, sva, count);
			for (i = 0; i < count; i++)
				assert_int_equal((free >> i) & 1,
				    pmap_is_prefaultable(mach, pmap,
					sva + ptoa(i)));
			assert_int_equal(free >> count, 0);
		}
}

/* One mapping of each kind, in each state of the page. */
static void
test_mincore(void **state)
{
	struct machine *mach = *state;
	pmap_t other, pmap;
	vm_page_t m, unmanaged;
	unsigned bits, super;
	vm_offset_t va;
	int want;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	assert_int_equal(pmap_mincore(mach, pmap, UVA), 0);
	fixture_promote(mach, pmap, m);
	assert_int_equal(pmap_mincore(mach, pmap, NEXT), 0);
	pmap_enter(mach, pmap, NEXT, 0, m + 9, PROT_RW, FALSE);
	assert_int_equal(pmap_mincore(mach, pmap, NEXT + PAGE_SIZE), 0);
	for (super = 0; super < 2; super++) {
		va = super ? UVA + ptoa(9) + 5 : NEXT + 5;
		for (bits = 0; bits < 16; bits++) {
			/* The one says nothing while the other is asked. */
			fixture_set_pte(mach, pmap, super ? NEXT : UVA, 0,
			    PG_A | PG_M);
			fixture_set_pte(mach, pmap, va,
			    (bits & 1 ? PG_A : 0) | (bits & 2 ? PG_M : 0),
			    PG_A | PG_M);
			vm_page_use(mach, &m[9])->dirty = bits & 4 ? 0xff : 0;
			vm_page_aflag_clear(mach, m + 9, PG_REFERENCED);
			if (bits & 8)
				vm_page_aflag_set(mach, m + 9, PG_REFERENCED);
			want = 0x1 | (super ? 0x20 : 0);
			want |= bits & 2 ? 0x14 : bits & 4 ? 0x10 : 0;
			want |= bits & 1 ? 0x0a : bits & 8 ? 0x08 : 0;
			assert_int_equal(pmap_mincore(mach, pmap, va), want);
			assert_page(m + 9, 1, bits >> 3,
			    vm_page_use(mach, &m[9])->dirty, 1);
		}
	}
	fixture_set_pte(mach, pmap, UVA, PG_A | PG_M, 0);

	/* What others did; asking takes their A, and their superpages. */
	other = fixture_pmap(mach, "other");
	fixture_set_pte(mach, pmap, NEXT, 0, PG_A | PG_M);
	vm_page_use(mach, &m[9])->dirty = 0;
	vm_page_aflag_clear(mach, m + 9, PG_REFERENCED);
	assert_int_equal(pmap_mincore(mach, pmap, NEXT), 0x1 | 0x10 | 0x08);
	assert_not_superpage(mach, pmap, UVA);
	/* The demoted page's M went to the page with its mapping. */
	assert_page(m + 9, 1, 1, 0xff, 1);

	/* The same of a mapping that is left: the flag is for the next one. */
	pmap_enter(mach, other, UVA, 0, m + 9, PROT_R, FALSE);
	vm_page_aflag_clear(mach, m + 9, PG_REFERENCED);
	vm_page_use(mach, &m[9])->dirty = 0;
	assert_int_equal(pmap_mincore(mach, pmap, NEXT), 0x1 | 0x08);
	assert_page(m + 9, 1, 1, 0, 2);
	assert_pte(mach, other, UVA,
	    VM_PAGE_TO_PHYS(m + 9) | (PTE_READ & ~PG_A));

	/* Device memory has no more to tell. */
	unmanaged = support_page(mach, pmapsim_kernel_object(mach), 0x100000,
	    VM_ALLOC_WIRED);
	pmap_enter(mach, other, NEXT, VM_PROT_WRITE, unmanaged, PROT_RW, FALSE);
	assert_int_equal(pmap_mincore(mach, other, NEXT), 0x1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_walk_ends_at_invalid_entries),
	    support_test(test_extract),
	    support_test(test_extract_and_hold),
	    support_test(test_extract_and_hold_in_a_kernel_superpage),
	    support_test(test_is_prefaultable),
	    support_test(test_prefaultable_neighbours),
	    support_test(test_mincore),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
