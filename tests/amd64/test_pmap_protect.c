/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_protect(), pmap_remove_write(), pmap_change_wiring().
 */
#include "amd64/pmap_fixture.h"

static pt_entry_t
rights(vm_prot_t prot)
{

	return (((prot & VM_PROT_WRITE) != 0 ? PG_RW : 0) |
	    ((prot & VM_PROT_EXECUTE) == 0 ? PG_NX : 0));
}

/*
 * One 4 KB mapping with every A, M, RW, NX and MANAGED, protected to every
 * "prot", under one kernel.  "va" decides whether it is global.
 */
static void
protect_every_pte(struct machine *mach, pmap_t pmap, vm_offset_t va,
    bool harvest)
{
	struct cost cost;
	pt_entry_t newpte, oldpte;
	vm_page_t m, managed, unmanaged;
	unsigned bits;
	vm_prot_t prot;
	bool changed, ignored, written;

	managed = fixture_page(mach);
	unmanaged = support_page(mach, pmapsim_kernel_object(mach),
	    0x100000 + (pmap == kernel_pmap), VM_ALLOC_WIRED);
	for (bits = 0; bits < 64; bits++) {
		for (prot = VM_PROT_READ; prot <= VM_PROT_ALL; prot += 2) {
			m = bits & 1 ? managed : unmanaged;
			pmap_enter(mach, pmap, va, 0, m, PROT_R, FALSE);
			oldpte = VM_PAGE_TO_PHYS(m) | PG_V |
			    (bits & 1 ? PG_MANAGED : 0) |
			    (bits & 2 ? PG_A : 0) | (bits & 4 ? PG_M : 0) |
			    (bits & 8 ? PG_RW : 0) | (bits & 16 ? PG_NX : 0) |
			    (bits & 32 ? PG_W : 0) |
			    (pmap == kernel_pmap ? PG_G : PG_U);
			fixture_set_pte(mach, pmap, va, oldpte, ~UINT64_C(0));
			vm_page_use(mach, m)->dirty = 0;
			vm_page_aflag_clear(mach, m, PG_REFERENCED);

			newpte = oldpte;
			written = (bits & 12) == 12;
			ignored = (prot & 6) == 6;
			if (!ignored) {
				if (harvest && (bits & 1))
					newpte &= ~PG_A;
				if ((prot & VM_PROT_WRITE) == 0)
					newpte &= ~(PG_RW | PG_M);
				if ((prot & VM_PROT_EXECUTE) == 0)
					newpte |= PG_NX;
			}
			changed = newpte != oldpte;
			cost = fixture_cost(mach);
			/* Three pages, so that it is not a single one. */
			pmap_protect(mach, pmap, va - PAGE_SIZE,
			    va + 2 * PAGE_SIZE, prot);
			assert_pte(mach, pmap, va, newpte);
			assert_cost(mach, &cost, .stores = changed,
			    .page = changed && pmap == kernel_pmap,
			    .sent = changed && pmap == kernel_pmap,
			    .all = changed && pmap != kernel_pmap);
			assert_page(m, 0,
			    harvest && !ignored && (bits & 3) == 3,
			    (bits & 1) && written && !ignored &&
				    (harvest || (prot & VM_PROT_WRITE) == 0) ?
				0xff :
				0,
			    bits & 1);

			fixture_set_pte(mach, pmap, va, 0, PG_W);
			pmap_remove(mach, pmap, va, va + PAGE_SIZE);
		}
	}
}

static void
test_protect_every_pte(void **state)
{
	static const struct {
		const char *kernel;
		bool harvest;
	} kernels[] = {{SUPPORT_SMALL " kernel=2010-04", true},
	    /* D2 */
	    {SUPPORT_SMALL " kernel=9.0", false}};
	struct machine *mach;
	pmap_t pmap;
	vm_page_t m;
	unsigned i, j;

	for (i = 0; i < 2; i++) {
		mach = support_boot(kernels[i].kernel);
		/* Its neighbours are invalid, and not touched. */
		pmap = fixture_pmap(mach, "u");
		m = fixture_page(mach);
		for (j = 2; j < 10; j += 7)
			pmap_enter(mach, pmap, UVA + ptoa(j), 0, m, PROT_R,
			    FALSE);
		fixture_set_pte(mach, pmap, UVA + ptoa(9), 0, PG_V);
		protect_every_pte(mach, pmap, UVA + ptoa(8),
		    kernels[i].harvest);
		assert_pte(mach, pmap, UVA + ptoa(9),
		    VM_PAGE_TO_PHYS(m) | (PTE_READ & ~PG_V));
		fixture_set_pte(mach, pmap, UVA + ptoa(9), PG_V, 0);
		protect_every_pte(mach, kernel_pmap,
		    kmem_alloc_nofault(mach, pmapsim_kernel_map(mach),
			4 * PAGE_SIZE) +
			PAGE_SIZE,
		    kernels[i].harvest);
		support_destroy(mach);
	}
}

/* Without read permission there is no mapping. */
static void
test_protect_none_removes(void **state)
{
	struct machine *mach = *state;
	vm_prot_t prot;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	for (prot = 0; prot <= VM_PROT_ALL; prot += 2) {
		pmap_enter(mach, pmap, UVA, 0, m, PROT_R, FALSE);
		assert_counts(pmap, 4, 0);
		pmap_protect(mach, pmap, UVA, UVA + PAGE_SIZE, prot);
		assert_counts(pmap, 0, 0);
		assert_not_mapped(mach, pmap, UVA);
	}
}

/* A whole superpage stays one; A stays, and nobody is told of accesses. */
static void
test_protect_user_superpage(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pd_entry_t want;
	pmap_t pmap;
	vm_page_t m;
	vm_prot_t prot;
	unsigned i;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	for (prot = VM_PROT_READ; prot <= VM_PROT_ALL; prot += 2) {
		fixture_enter(mach, pmap, UVA, m, 0, NPTEPG, VM_PROT_WRITE,
		    PROT_RWX, FALSE);
		assert_superpage(mach, pmap, UVA);
		for (i = 0; i < NPTEPG; i++) {
			vm_page_use(mach, &m[i])->dirty = 0;
			vm_page_aflag_clear(mach, m + i, PG_REFERENCED);
		}
		want = VM_PAGE_TO_PHYS(m) | PG_PS | PG_MANAGED | PG_A | PG_U |
		    PG_V | rights(prot) |
		    ((prot & VM_PROT_WRITE) != 0 ? PG_M : 0);
		cost = fixture_cost(mach);
		pmap_protect(mach, pmap, UVA, NEXT, prot);
		assert_int_equal(support_pde(mach, pmap, UVA), want);
		assert_counts(pmap, NPTEPG + 3, 0);
		assert_cost(mach, &cost, .stores = prot != VM_PROT_ALL,
		    .all = prot != VM_PROT_ALL);
		for (i = 0; i < NPTEPG; i++)
			assert_page(m + i, 1, 0, prot != VM_PROT_ALL ? 0xff : 0,
			    0);
		pmap_remove(mach, pmap, UVA, NEXT);
	}
}

/* The kept table no longer is its image: the next demotion fills it. */
static void
test_protect_superpage_then_demote(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;
	unsigned i;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	fixture_promote(mach, pmap, m);
	pmap_protect(mach, pmap, UVA, NEXT, PROT_R);
	cost = fixture_cost(mach);
	pmap_protect(mach, pmap, UVA + PAGE_SIZE, NEXT, PROT_R);
	/* Filled; the PDE; and A taken from 511. */
	assert_cost(mach, &cost, .stores = NPTEPG + 1 + 511, .demotions = 1,
	    .all = 1);
	for (i = 0; i < NPTEPG; i++)
		assert_pte(mach, pmap, UVA + ptoa(i),
		    VM_PAGE_TO_PHYS(m + i) |
			(i == 0 ? PTE_READ : PTE_READ & ~PG_A));
}

/* A part: demoted, and the rest keeps its rights. */
static void
test_protect_part_of_superpage(void **state)
{
	static const struct {
		unsigned first, last;
	} parts[] = {{0, 1}, {0, 511}, {1, 512}, {200, 201}};
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
		pmap_protect(mach, pmap, UVA + ptoa(first), UVA + ptoa(last),
		    PROT_R);
		assert_cost(mach, &cost, .stores = 1 + last - first,
		    .demotions = 1, .all = 1);
		for (j = 0; j < NPTEPG; j++)
			assert_pte(mach, pmap, UVA + ptoa(j),
			    VM_PAGE_TO_PHYS(m + j) |
				(j >= first && j < last ? PTE_READ & ~PG_A :
							  PTE_WRITTEN));
		assert_counts(pmap, NPTEPG + 3, 0);
		pmap_remove(mach, pmap, UVA, NEXT);
	}
	/* A demotion that fails removes; the walk goes on behind it. */
	pmap_enter_object(mach, pmap, UVA, NEXT, m, PROT_RX);
	pmap_enter(mach, pmap, NEXT, VM_PROT_WRITE, m, PROT_RW, FALSE);
	cost = fixture_cost(mach);
	pmap_protect(mach, pmap, UVA + PAGE_SIZE, NEXT + PAGE_SIZE, PROT_R);
	assert_cost(mach, &cost, .stores = 1 + 1, .page = 1, .all = 1);
	assert_not_mapped(mach, pmap, UVA);
	assert_pte(mach, pmap, NEXT, VM_PAGE_TO_PHYS(m) | (PTE_READ & ~PG_A));
	assert_counts(pmap, 1 + 3, 0);
}

/* A kernel superpage is invalidated at once, by one address or by all. */
static void
test_protect_kernel_superpage(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_offset_t va;
	unsigned whole;

	for (whole = 0; whole < 2; whole++) {
		mach = support_boot(whole ? SUPPORT_SMALL
			" kernel=2010-04+flush-whole-superpage" :
					    SUPPORT_SMALL);
		va = support_superpage(mach, m);
		vm_page_use(mach, m[0])->dirty = 0;
		cost = fixture_cost(mach);
		pmap_protect(mach, kernel_pmap, va, va + NBPDR, PROT_RX);
		assert_int_equal(support_pde(mach, kernel_pmap, va),
		    VM_PAGE_TO_PHYS(m[0]) | PG_PS |
			(PTE_KMEM & ~(PG_RW | PG_M)));
		assert_cost(mach, &cost, .stores = 1, .page = !whole,
		    .range = whole, .sent = 1);
		assert_int_equal(cpu_current(mach)->local_range_pages,
		    whole * NPTEPG);
		/* Not managed: not dirtied. */
		assert_int_equal(vm_page_use(mach, m[0])->dirty, 0);
		assert_counts(kernel_pmap, NPTEPG, NPTEPG);
		support_destroy(mach);
	}
}

/* Ranges over holes of each size. */
static void
test_protect_walks_sparse_tables(void **state)
{
	static const vm_offset_t at[] = {UVA, NBPDP * 2, NBPML4 - PAGE_SIZE,
	    NBPML4 * 3, VM_MAXUSER_ADDRESS - PAGE_SIZE};
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;
	unsigned i;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		pmap_enter(mach, pmap, at[i], 0, m, PROT_RW, FALSE);
	cost = fixture_cost(mach);
	pmap_protect(mach, pmap, at[1], at[3], PROT_R);
	assert_cost(mach, &cost, .stores = 2, .all = 1);
	pmap_protect(mach, pmap, 0, VM_MAXUSER_ADDRESS, PROT_R);
	assert_cost(mach, &cost, .stores = 3, .all = 1);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		assert_pte(mach, pmap, at[i],
		    VM_PAGE_TO_PHYS(m) | (PTE_READ & ~PG_A));
}

/* Every mapping of the page, and only the superpages that can be written. */
static void
test_remove_write(void **state)
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
	fixture_enter(mach, pmap[1], UVA, m, 0, NPTEPG, 0, PROT_R, FALSE);
	assert_superpage(mach, pmap[1], UVA);
	pmap_enter(mach, pmap[2], UVA, 0, m + 9, PROT_RW, FALSE);
	pmap_enter(mach, pmap[2], NEXT, 0, m + 9, PROT_R, FALSE);
	vm_page_use(mach, &m[9])->dirty = 0;
	cost = fixture_cost(mach);
	pmap_remove_write(mach, m + 9);
	/* Demoted with its kept table; two writable PTEs, each flushed. */
	assert_cost(mach, &cost, .stores = 1 + 2, .demotions = 1, .page = 2);
	assert_superpage(mach, pmap[1], UVA);
	assert_pte(mach, pmap[0], UVA + ptoa(9),
	    VM_PAGE_TO_PHYS(m + 9) | PTE_READ);
	assert_pte(mach, pmap[0], UVA + ptoa(8),
	    VM_PAGE_TO_PHYS(m + 8) | PTE_WRITTEN);
	assert_pte(mach, pmap[2], UVA, VM_PAGE_TO_PHYS(m + 9) | PTE_READ);
	assert_page(m + 9, 0, 0, 0xff, 3);
	assert_page(m + 8, 1, 0, vm_page_use(mach, &m[8])->dirty, 1);
	/* Without the flag nobody looks. */
	fixture_set_pte(mach, pmap[2], UVA, PG_RW, 0);
	pmap_remove_write(mach, m + 9);
	assert_cost(mach, &cost, .stores = 0);
	fixture_set_pte(mach, pmap[2], UVA, 0, PG_RW);
}

/* Clean writable PTEs lose RW and leave the page clean. */
static void
test_remove_write_of_clean_page(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	pmap_enter(mach, pmap, UVA, 0, m, PROT_RW, FALSE);
	cost = fixture_cost(mach);
	pmap_remove_write(mach, m);
	assert_cost(mach, &cost, .stores = 1, .page = 1);
	assert_pte(mach, pmap, UVA, VM_PAGE_TO_PHYS(m) | PTE_READ);
	assert_page(m, 0, 0, 0, 1);
	vm_page_flag_set(m, PG_FICTITIOUS);
	vm_page_aflag_set(mach, m, PG_WRITEABLE);
	pmap_remove_write(mach, m);
	assert_page(m, 1, 0, 0, 1);
	vm_page_flag_clear(m, PG_FICTITIOUS);
	vm_page_aflag_clear(mach, m, PG_WRITEABLE);
}

static void
test_remove_write_of_unmanaged_page_asserts(void **state)
{
	struct machine *mach;
	vm_page_t m;

	mach = support_boot(SUPPORT_SMALL " kernel=2010-04+assert-managed");
	m = support_page(mach, pmapsim_kernel_object(mach), 0x100000,
	    VM_ALLOC_WIRED);
	assert_panics(mach, "pmap_remove_write: page PTR is not managed",
	    pmap_remove_write(mach, m));
	support_destroy(mach);
}

/* W and its count; no flush. */
static void
test_change_wiring(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;
	unsigned from, to;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	for (from = 0; from < 2; from++) {
		for (to = 0; to < 2; to++) {
			pmap_enter(mach, pmap, UVA, 0, m, PROT_R, from);
			cost = fixture_cost(mach);
			pmap_change_wiring(mach, pmap, UVA, to);
			assert_cost(mach, &cost, .stores = from != to);
			assert_pte(mach, pmap, UVA,
			    VM_PAGE_TO_PHYS(m) | PTE_READ | (to ? PG_W : 0));
			assert_counts(pmap, 4, to);
		}
	}
}

/* A superpage is demoted only when that changes something. */
static void
test_change_wiring_of_superpage(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_offset_t va;

	va = support_superpage(mach, m);
	cost = fixture_cost(mach);
	pmap_change_wiring(mach, kernel_pmap, va + ptoa(3), TRUE);
	assert_cost(mach, &cost, .stores = 0);
	pmap_change_wiring(mach, kernel_pmap, va + ptoa(3), FALSE);
	/* The kernel's table is filled at its first demotion. */
	assert_cost(mach, &cost, .stores = NPTEPG + 1 + 1, .demotions = 1,
	    .page = 1, .sent = 1);
	assert_pte(mach, kernel_pmap, va + ptoa(3),
	    VM_PAGE_TO_PHYS(m[3]) | (PTE_KMEM & ~PG_W));
	assert_pte(mach, kernel_pmap, va + ptoa(4),
	    VM_PAGE_TO_PHYS(m[4]) | PTE_KMEM);
	assert_counts(kernel_pmap, NPTEPG, NPTEPG - 1);
}

/* Litter keeps W, or promotion would see it; the count goes all the same. */
static void
test_change_wiring_leaves_litter(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m[NPTEPG], user;
	vm_offset_t va;
	pmap_t pmap;

	mach = support_boot(SUPPORT_SMALL " kernel=2010-04+litter");
	va = support_full_reservation(mach, m);
	pmap_enter(mach, kernel_pmap, va, VM_PROT_ALL, m[0], PROT_RWX, TRUE);
	cost = fixture_cost(mach);
	pmap_change_wiring(mach, kernel_pmap, va, FALSE);
	assert_cost(mach, &cost, .stores = 0);
	assert_pte(mach, kernel_pmap, va, VM_PAGE_TO_PHYS(m[0]) | PTE_KMEM);
	assert_counts(kernel_pmap, 1, 0);

	pmap = fixture_pmap(mach, "u");
	user = fixture_page(mach);
	pmap_enter(mach, pmap, UVA, 0, user, PROT_R, TRUE);
	pmap_change_wiring(mach, pmap, UVA, FALSE);
	assert_pte(mach, pmap, UVA, VM_PAGE_TO_PHYS(user) | PTE_READ);
	assert_counts(pmap, 4, 0);
	support_destroy(mach);
}

/* A mapping that was never accessed cannot be demoted, so not be wired. */
static void
test_change_wiring_of_unused_superpage_panics(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;

	pmap = fixture_pmap(mach, "u");
	pmap_enter_object(mach, pmap, UVA, NEXT, fixture_frame(mach), PROT_R);
	assert_superpage(mach, pmap, UVA);
	assert_panics(mach, "pmap_change_wiring: demotion failed",
	    pmap_change_wiring(mach, pmap, UVA, TRUE));
}

/* Be there a table "beside" or not even a page directory. */
static void
change_wiring_stops(struct machine *mach, bool beside)
{
	pmap_t pmap;

	pmap = fixture_pmap(mach, "u");
	if (beside)
		pmap_enter(mach, pmap, UVA + NBPDR, 0, fixture_page(mach),
		    PROT_R, FALSE);
	assert_panics(mach,
	    "pmap_change_wiring: page fault trap: no page "
	    "table at va 0x40000000",
	    pmap_change_wiring(mach, pmap, UVA, TRUE));
	assert_true(pmapsim_panic(mach)->simulator);
}

static void
test_change_wiring_without_directory_stops(void **state)
{

	change_wiring_stops(*state, false);
}

static void
test_change_wiring_without_table_stops(void **state)
{

	change_wiring_stops(*state, true);
}

/* The last page of all: the address behind it is 0. */
static void
test_protect_at_the_end_of_addresses(void **state)
{
	const vm_offset_t last = VM_MAX_KERNEL_ADDRESS;
	struct machine *mach;
	struct cost cost;
	vm_page_t m;

	mach = support_boot(SUPPORT_SMALL);
	m = fixture_page(mach);
	cost = fixture_cost(mach);
	/* Nothing is there: neither a page directory nor a table. */
	pmap_protect(mach, kernel_pmap, last - PAGE_SIZE, last, PROT_R);
	assert_cost(mach, &cost, .stores = 0);
	/* As if all below were there. */
	mach->pmap->kernel_vm_end = trunc_2mpage(last);
	pmap_growkernel(mach, last);
	pmap_enter(mach, kernel_pmap, last - PAGE_SIZE, VM_PROT_WRITE, m,
	    PROT_RW, FALSE);
	cost = fixture_cost(mach);
	pmap_protect(mach, kernel_pmap, last - PAGE_SIZE, last, PROT_R);
	assert_cost(mach, &cost, .stores = 1, .page = 1, .sent = 1);
	assert_pte(mach, kernel_pmap, last - PAGE_SIZE,
	    VM_PAGE_TO_PHYS(m) | PG_NX | PG_MANAGED | PG_G | PG_V);
	assert_counts(kernel_pmap, 1, 0);
	pmap_remove(mach, kernel_pmap, last - 2 * PAGE_SIZE, last);
	assert_counts(kernel_pmap, 0, 0);
	pmapsim_destroy(mach);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_protect_every_pte),
	    support_test(test_protect_none_removes),
	    support_test(test_protect_user_superpage),
	    support_test(test_protect_superpage_then_demote),
	    support_test(test_protect_part_of_superpage),
	    cmocka_unit_test(test_protect_kernel_superpage),
	    support_test(test_protect_walks_sparse_tables),
	    support_test(test_remove_write),
	    support_test(test_remove_write_of_clean_page),
	    cmocka_unit_test(test_remove_write_of_unmanaged_page_asserts),
	    support_test(test_change_wiring),
	    support_test(test_change_wiring_of_superpage),
	    cmocka_unit_test(test_change_wiring_leaves_litter),
	    support_test(test_change_wiring_of_unused_superpage_panics),
	    support_test(test_change_wiring_without_directory_stops),
	    support_test(test_change_wiring_without_table_stops),
	    cmocka_unit_test(test_protect_at_the_end_of_addresses),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
