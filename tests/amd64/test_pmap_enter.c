/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_enter() of one page: fresh, again with other rights, in place of another
 * page, and where it must not.
 */
#include "amd64/pmap_fixture.h"

static const vm_prot_t prots[] = {PROT_R, PROT_RW, PROT_RX, PROT_RWX};
#define NPROTS (sizeof(prots) / sizeof(prots[0]))

/* What a leaf says of its rights, by its own table. */
static pt_entry_t
rights(vm_prot_t prot)
{

	switch (prot) {
	case PROT_R:
		return (PG_NX | PG_V);
	case PROT_RW:
		return (PG_NX | PG_RW | PG_V);
	case PROT_RX:
		return (PG_V);
	default:
		return (PG_RW | PG_V);
	}
}

/* Every fresh user mapping, and what remains when it is removed again. */
static void
test_enter_fresh_user_page(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	vm_page_t m, pages[2];
	pt_entry_t want;
	pmap_t pmap;
	unsigned access, i, managed, wired;

	pmap = fixture_pmap(mach, "u");
	pages[0] = fixture_unmanaged_page(mach, 0);
	pages[1] = fixture_page(mach);
	for (i = 0; i < NPROTS * 8; i++) {
		access = i & 1 ? VM_PROT_WRITE : 0;
		wired = i >> 1 & 1;
		managed = i >> 2 & 1;
		m = pages[managed];
		want = VM_PAGE_TO_PHYS(m) | PG_U | PG_A | rights(prots[i / 8]);
		/* M goes with the access, whether it is allowed or not. */
		if (access != 0)
			want |= PG_M;
		if (wired)
			want |= PG_W;
		if (managed)
			want |= PG_MANAGED;
		vm_page_aflag_clear(mach, m, PG_WRITEABLE);

		cost = fixture_cost(mach);
		/* The offset in the page does not matter. */
		pmap_enter(mach, pmap, UVA + 0x5abc, access, m, prots[i / 8],
		    wired);
		assert_pte(mach, pmap, UVA + 0x5000, want);
		/* The PDE, too, is a store; nothing was cached before. */
		assert_cost(mach, &cost, .stores = 2);
		/* One page and three tables. */
		assert_counts(pmap, 4, wired);
		assert_int_equal(support_pde(mach, pmap, UVA) & ~PG_FRAME,
		    PDE_USER_TABLE);
		assert_page(m, (want & PG_RW) != 0, 0,
		    vm_page_use(mach, m)->dirty, managed);
		pmap_remove(mach, pmap, UVA + 0x5000, UVA + 0x6000);
		assert_counts(pmap, 0, 0);
		vm_page_use(mach, m)->dirty = 0;
		vm_page_aflag_clear(mach, m, PG_REFERENCED);
	}
	pmap_release(mach, pmap);
}

/* Kernel mappings are global, not the user's, and count no table. */
static void
test_enter_fresh_kernel_page(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m;
	vm_offset_t va;
	unsigned i, kernel9, managed, wired;
	int64_t resident, wires;

	for (kernel9 = 0; kernel9 < 2; kernel9++) {
		mach = support_boot(kernel9 ? SMALL_KERNEL("9.0") :
					      SMALL_KERNEL("2010-04"));
		va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach),
		    16 * PAGE_SIZE);
		resident = kernel_pmap->pm_stats.resident_count;
		wires = kernel_pmap->pm_stats.wired_count;
		cost = fixture_cost(mach);
		for (i = 0; i < NPROTS * 4; i++, va += PAGE_SIZE) {
			wired = i & 1;
			managed = i >> 1 & 1;
			m = managed ? fixture_page(mach) :
				      fixture_unmanaged_page(mach, i);
			pmap_enter(mach, kernel_pmap, va, VM_PROT_WRITE, m,
			    prots[i / 4], wired);
			assert_pte(mach, kernel_pmap, va,
			    VM_PAGE_TO_PHYS(m) | PG_G | PG_M | PG_A |
				rights(prots[i / 4]) | (wired ? PG_W : 0) |
				(managed ? PG_MANAGED : 0));
			assert_cost(mach, &cost, .stores = 1);
			resident++;
			wires += wired;
			assert_counts(kernel_pmap, resident, wires);
			/* D1: 9.0 keeps the flag to managed pages. */
			assert_page(m,
			    (prots[i / 4] & VM_PROT_WRITE) != 0 &&
				(managed || !kernel9),
			    0, vm_page_use(mach, m)->dirty, managed);
		}
		support_destroy(mach);
	}
}

/* Tables are made once, leaf first; later pages only count in the table. */
static void
test_enter_counts_in_page_table(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	vm_page_t m, mpte;
	pmap_t pmap;
	unsigned i;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	pmap_enter(mach, pmap, UVA, 0, m, PROT_R, FALSE);
	mpte = phys_to_vm_page(mach, support_pde(mach, pmap, UVA) & PG_FRAME);
	assert_int_equal(mpte->pindex, UVA >> PDRSHIFT);
	cost = fixture_cost(mach);
	for (i = 1; i < 100; i++) {
		assert_int_equal(mpte->wire_count, i);
		pmap_enter(mach, pmap, UVA + ptoa(i), 0, m + i, PROT_R, FALSE);
		assert_cost(mach, &cost, .stores = 1);
		assert_counts(pmap, 4 + i, 0);
	}
	/* The same page again does not. */
	pmap_enter(mach, pmap, UVA, 0, m, PROT_R, FALSE);
	assert_int_equal(mpte->wire_count, 100);
	assert_counts(pmap, 3 + 100, 0);
	assert_cost(mach, &cost, .stores = 0);
}

/*
 * The same page with other rights, from every PTE that can be: what is
 * stored, what is flushed, and what the page learns.
 */
static void
test_enter_same_page_changes_rights(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pt_entry_t newpte, oldpte;
	pmap_t pmap;
	vm_page_t m;
	unsigned bits, i, j;
	bool flush;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	pmap_enter(mach, pmap, UVA, 0, m, PROT_R, FALSE);
	for (i = 0; i < NPROTS; i++) {
		for (j = 0; j < NPROTS; j++) {
			for (bits = 0; bits < 4; bits++) {
				oldpte = VM_PAGE_TO_PHYS(m) | PG_MANAGED |
				    PG_U | rights(prots[i]);
				newpte = (oldpte & ~rights(prots[i])) |
				    rights(prots[j]);
				if (bits & 1)
					oldpte |= PG_A;
				if (bits & 2)
					oldpte |= PG_M;
				fixture_set_pte(mach, pmap, UVA, oldpte,
				    ~UINT64_C(0));
				vm_page_use(mach, m)->dirty = 0;
				vm_page_aflag_clear(mach, m,
				    PG_REFERENCED | PG_WRITEABLE);
				cost = fixture_cost(mach);
				pmap_enter(mach, pmap, UVA, VM_PROT_WRITE, m,
				    prots[j], FALSE);
				assert_counts(pmap, 4, 0);
				if (i == j) {
					/* Not even A and M are set. */
					assert_pte(mach, pmap, UVA, oldpte);
					assert_cost(mach, &cost, .stores = 0);
					assert_page(m, (newpte & PG_RW) != 0, 0,
					    0, 1);
					continue;
				}
				assert_pte(mach, pmap, UVA,
				    newpte | PG_A | PG_M);
				flush = ((oldpte & PG_A) != 0 &&
					    (oldpte & PG_NX) == 0 &&
					    (newpte & PG_NX) != 0) ||
				    ((bits & 2) != 0 && (oldpte & PG_RW) != 0 &&
					(newpte & PG_RW) == 0);
				assert_cost(mach, &cost, .stores = 1,
				    .page = flush);
				assert_page(m, (newpte & PG_RW) != 0, bits & 1,
				    (bits & 2) != 0 && (oldpte & PG_RW) != 0 ?
					0xff :
					0,
				    1);
			}
		}
	}
}

/* Wiring is counted both ways, and is no reason to flush. */
static void
test_enter_same_page_wires(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pt_entry_t want;
	pmap_t pmap;
	vm_page_t m;
	unsigned i;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	pmap_enter(mach, pmap, UVA, VM_PROT_WRITE, m, PROT_RW, FALSE);
	want = VM_PAGE_TO_PHYS(m) | PTE_WRITTEN;
	for (i = 0; i < 4; i++) {
		cost = fixture_cost(mach);
		pmap_enter(mach, pmap, UVA, VM_PROT_WRITE, m, PROT_RW, TRUE);
		assert_pte(mach, pmap, UVA, want | PG_W);
		assert_counts(pmap, 4, 1);
		/* The second time nothing differs. */
		assert_cost(mach, &cost, .stores = i & 1 ? 0 : 1);
		if ((i & 1) == 0)
			continue;
		pmap_enter(mach, pmap, UVA, VM_PROT_WRITE, m, PROT_RW, FALSE);
		assert_pte(mach, pmap, UVA, want);
		assert_counts(pmap, 4, 0);
		assert_cost(mach, &cost, .stores = 1);
	}
}

/* The old PTE says whether there is a pv entry, not the page's flags. */
static void
test_enter_same_page_keeps_managed_of_pte(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	pmap_enter(mach, pmap, UVA, 0, m, PROT_R, FALSE);
	vm_page_flag_set(m, PG_UNMANAGED);
	pmap_enter(mach, pmap, UVA, 0, m, PROT_RX, FALSE);
	assert_pte(mach, pmap, UVA, VM_PAGE_TO_PHYS(m) | (PTE_READ & ~PG_NX));
	vm_page_flag_clear(m, PG_UNMANAGED);
	assert_page(m, 0, 1, 0, 1);
}

/*
 * Another page at the address, each managed or not, the old one accessed and
 * written or not, wired or not; and not valid, which says nothing of its use.
 * 2022 takes the old PTE away before it stores the new one, and forgets an
 * unmanaged page in any case.
 */
static void
test_enter_replaces_page(void **state)
{
	static const char *const kernels[] = {SMALL_KERNEL("2010-04"),
	    SMALL_KERNEL("2010-04+enter-moves-pv"), SMALL_KERNEL("2022-07")};
	struct machine *mach;
	struct cost cost;
	vm_page_t new, old, pages[4];
	pt_entry_t oldpte, pg_w;
	bool is_2022, valid;
	pmap_t pmap;
	unsigned i, k, newm, oldm, tables;
	long allocs, frees;

	for (k = 0; k < 3; k++) {
		is_2022 = k == 2;
		mach = support_boot(kernels[k]);
		pmap = fixture_pmap(mach, "u");
		pg_w = pmap_pg_w(mach);
		for (i = 0; i < 2; i++) {
			pages[i] = fixture_unmanaged_page(mach, i);
			pages[2 + i] = fixture_page(mach);
		}
		/* Keeps the tables and a pv chunk alive. */
		pmap_enter(mach, pmap, UVA + ptoa(9), 0, fixture_page(mach),
		    PROT_R, FALSE);
		/* In 2022 the PML4 page counts too. */
		tables = 3 + is_2022;
		/* What is not valid is a mapping in 2010 only. */
		for (i = 0; i < (is_2022 ? 64 : 128); i++) {
			valid = (i & 64) == 0;
			oldm = i & 1;
			newm = i >> 1 & 1;
			old = pages[oldm * 2];
			new = pages[newm * 2 + 1];
			oldpte = VM_PAGE_TO_PHYS(old) | PG_U | PG_RW |
			    (valid ? PG_V : 0) | (oldm ? PG_MANAGED : 0) |
			    (i & 4 ? PG_A : 0) | (i & 8 ? PG_M : 0) |
			    (i & 16 ? pg_w : 0);
			pmap_enter(mach, pmap, UVA, 0, old, PROT_RWX,
			    i >> 4 & 1);
			fixture_set_pte(mach, pmap, UVA, oldpte, ~UINT64_C(0));
			vm_page_use(mach, old)->dirty = vm_page_use(mach, new)
							    ->dirty = 0;
			vm_page_aflag_clear(mach, old, PG_REFERENCED);
			allocs = mach->pmap->pv_entry_allocs;
			frees = mach->pmap->pv_entry_frees;
			assert_counts(pmap, 2 + tables, i >> 4 & 1);

			cost = fixture_cost(mach);
			pmap_enter(mach, pmap, UVA, VM_PROT_WRITE, new,
			    PROT_RWX, i >> 5 & 1);
			assert_pte(mach, pmap, UVA,
			    VM_PAGE_TO_PHYS(new) | PG_U | PG_M | PG_A | PG_RW |
				PG_V | (newm ? PG_MANAGED : 0) |
				(i & 32 ? pg_w : 0));
			assert_counts(pmap, 2 + tables, i >> 5 & 1);
			/* Without A it was never in a TLB. */
			assert_cost(mach, &cost, .stores = 1 + is_2022,
			    .page = is_2022 && !oldm ? 1 : valid && (i & 4));
			assert_page(old, !oldm && !is_2022,
			    oldm && valid && (i & 4) != 0,
			    oldm && valid && (i & 8) != 0 ? 0xff : 0, 0);
			assert_page(new, newm || !is_2022, 0, 0, newm);
			/* D6: the entry moves if there is a place for it. */
			if (k == 0 || oldm != newm) {
				assert_int_equal(mach->pmap->pv_entry_frees -
					frees,
				    oldm);
				assert_int_equal(mach->pmap->pv_entry_allocs -
					allocs,
				    newm);
			} else {
				assert_int_equal(mach->pmap->pv_entry_frees,
				    frees);
				assert_int_equal(mach->pmap->pv_entry_allocs,
				    allocs);
			}
			if (newm)
				assert_ptr_equal(TAILQ_FIRST(&vm_page_md(mach,
								 new)
								  ->pv_list)
						     ->pv_list.tqe_next,
				    NULL);
			pmap_remove(mach, pmap, UVA, UVA + PAGE_SIZE);
			assert_counts(pmap, 1 + tables, 0);
			vm_page_aflag_clear(mach, new,
			    PG_REFERENCED | PG_WRITEABLE);
			vm_page_aflag_clear(mach, old, PG_WRITEABLE);
		}
		support_destroy(mach);
	}
}

/* A PTE that is not valid but has a frame counts as a mapping. */
static void
test_enter_over_invalid_pte_counts_nothing(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	vm_offset_t va;
	vm_page_t m;
	int64_t resident;

	va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach), PAGE_SIZE);
	m = fixture_unmanaged_page(mach, 0);
	*pmap_pte(mach, kernel_pmap, va) = 0x5000;
	resident = kernel_pmap->pm_stats.resident_count;
	cost = fixture_cost(mach);
	pmap_enter(mach, kernel_pmap, va, VM_PROT_ALL, m, PROT_RWX, TRUE);
	assert_pte(mach, kernel_pmap, va, VM_PAGE_TO_PHYS(m) | PTE_KMEM);
	assert_int_equal(kernel_pmap->pm_stats.resident_count, resident);
	assert_cost(mach, &cost, .stores = 1);
	/* Without a frame it does not. */
	pmap_kremove(mach, va);
	*pmap_pte(mach, kernel_pmap, va) = PG_A;
	pmap_enter(mach, kernel_pmap, va, VM_PROT_ALL, m, PROT_RWX, TRUE);
	assert_int_equal(kernel_pmap->pm_stats.resident_count, resident + 1);
}

/* The page's attribute, in the layout of a PTE. */
static void
test_enter_has_cache_bits(void **state)
{
	static const struct {
		int mode;
		pt_entry_t bits;
	} modes[] = {
	    {VM_MEMATTR_UNCACHEABLE, 0x18},
	    {VM_MEMATTR_WRITE_COMBINING, 0x88},
	    {VM_MEMATTR_WRITE_THROUGH, 0x08},
	    {VM_MEMATTR_WRITE_PROTECTED, 0x80},
	    {VM_MEMATTR_WRITE_BACK, 0x00},
	    {VM_MEMATTR_UNCACHED, 0x10},
	};
	struct machine *mach = *state;
	pmap_t pmap;
	vm_page_t m;
	unsigned i;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		pmap_page_set_memattr(mach, m, modes[i].mode);
		pmap_enter(mach, pmap, UVA, 0, m, PROT_R, FALSE);
		assert_pte(mach, pmap, UVA,
		    VM_PAGE_TO_PHYS(m) | PTE_READ | modes[i].bits);
	}
}

static void
test_enter_without_page_directory_panics(void **state)
{
	struct machine *mach = *state;
	vm_page_t m;

	m = fixture_unmanaged_page(mach, 0);
	assert_panics(mach,
	    "pmap_enter: invalid page directory va=0xffffff9000001000",
	    pmap_enter(mach, kernel_pmap, UINT64_C(0xffffff9000001000),
		VM_PROT_ALL, m, PROT_RWX, TRUE));
}

static void
test_enter_page_tables_panics(void **state)
{
	struct machine *mach = *state;
	vm_page_t m;

	m = fixture_unmanaged_page(mach, 0);
	assert_panics(mach,
	    "pmap_enter: invalid to pmap_enter page table "
	    "pages (va: 0xffff800000000000)",
	    pmap_enter(mach, kernel_pmap, UPT_MIN_ADDRESS + 5, VM_PROT_ALL, m,
		PROT_RWX, TRUE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_enter_fresh_user_page),
	    cmocka_unit_test(test_enter_fresh_kernel_page),
	    support_test(test_enter_counts_in_page_table),
	    support_test(test_enter_same_page_changes_rights),
	    support_test(test_enter_same_page_wires),
	    support_test(test_enter_same_page_keeps_managed_of_pte),
	    cmocka_unit_test(test_enter_replaces_page),
	    support_test(test_enter_over_invalid_pte_counts_nothing),
	    support_test(test_enter_has_cache_bits),
	    support_test(test_enter_without_page_directory_panics),
	    support_test(test_enter_page_tables_panics),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
