/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_remove(), pmap_remove_all(), pmap_remove_pages(): what goes, in which
 * order it goes, and what the kernel switches leave behind.
 */
#include "amd64/pmap_fixture.h"

#include "vm/vm_phys.h"

#define QUIET "mem=32M first=4M kmem=8M ncpu=2 invariants=off"
#define NEXT (UVA + NBPDR)

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
			m->dirty = 0;
			vm_page_flag_clear(m, PG_REFERENCED);
			vm_page_flag_set(m, PG_WRITEABLE);
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
		m[i].dirty = 0;
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

/* 2010-04 with invariants: the first kernel superpage removed is the end. */
static void
test_remove_kernel_superpage_asserts(void **state)
{
	struct machine *mach = *state;
	vm_page_t m[NPTEPG];
	vm_offset_t va;

	va = support_superpage(mach, m);
	assert_panics(mach,
	    "pmap_demote_pde: oldpde is missing PG_PS and/or PG_V",
	    pmap_remove(mach, kernel_pmap, va, va + NBPDR));
	assert_true(pmapsim_panic(mach)->assertion);
	assert_string_equal(pmapsim_panic(mach)->frames[0], "pmap_demote_pde");
	assert_string_equal(pmapsim_panic(mach)->frames[1], "pmap_remove_pde");
	assert_string_equal(pmapsim_panic(mach)->frames[2], "pmap_remove");
}

/* Without them the table is left full of invalid entries. */
static void
test_remove_kernel_superpage_leaves_invalid_ptes(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_offset_t va;
	unsigned i, round;

	mach = support_boot(QUIET);
	va = support_superpage(mach, m);
	for (round = 0; round < 2; round++) {
		cost = fixture_cost(mach);
		pmap_remove(mach, kernel_pmap, va, va + NBPDR);
		assert_cost(mach, &cost, .stores = 1 + NPTEPG + 1,
		    .demotions = 1, .page = 2, .sent = 2);
		assert_counts(kernel_pmap, -511 * (int)round, 0);
		assert_int_equal(support_pde(mach, kernel_pmap, va) & ~PG_FRAME,
		    PDE_KERNEL_TABLE);
		for (i = 0; i < NPTEPG; i++)
			assert_pte(mach, kernel_pmap, va + ptoa(i), ptoa(i));
		assert_int_equal(pmap_extract(mach, kernel_pmap,
				     va + ptoa(9) + 5),
		    ptoa(9) + 5);
		/* The second time the drift shows. */
		for (i = 0; i < NPTEPG; i++)
			pmap_enter(mach, kernel_pmap, va + ptoa(i), VM_PROT_ALL,
			    m[i], PROT_RWX, TRUE);
		assert_superpage(mach, kernel_pmap, va);
		assert_counts(kernel_pmap, 1 - 511 * (int)round, NPTEPG);
	}
	support_destroy(mach);
}

/* Later kernels: a zeroed table, no demotion, no drift, no assertion. */
static void
test_remove_kernel_superpage_zeroes_table(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_offset_t va;
	unsigned i, round;

	mach = support_boot(SUPPORT_SMALL " kernel=2010-04+remove-kernel-pde");
	va = support_superpage(mach, m);
	for (round = 0; round < 3; round++) {
		cost = fixture_cost(mach);
		pmap_remove(mach, kernel_pmap, va, va + NBPDR);
		assert_cost(mach, &cost, .stores = 1 + NPTEPG + 1, .page = 2,
		    .sent = 2);
		assert_counts(kernel_pmap, 0, 0);
		assert_int_equal(support_pde(mach, kernel_pmap, va) & ~PG_FRAME,
		    PDE_KERNEL_TABLE);
		for (i = 0; i < NPTEPG; i++)
			assert_pte(mach, kernel_pmap, va + ptoa(i), 0);
		for (i = 0; i < NPTEPG; i++)
			pmap_enter(mach, kernel_pmap, va + ptoa(i), VM_PROT_ALL,
			    m[i], PROT_RWX, TRUE);
		assert_superpage(mach, kernel_pmap, va);
		assert_counts(kernel_pmap, NPTEPG, NPTEPG);
	}
	support_destroy(mach);
}

/* 2017: stale 4 KB translations are remembered. */
static void
test_remove_kernel_superpage_flushes_whole(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_offset_t va;

	mach = support_boot(SUPPORT_SMALL
	    " kernel=2010-04+remove-kernel-pde+flush-whole-superpage");
	va = support_superpage(mach, m);
	cost = fixture_cost(mach);
	pmap_remove(mach, kernel_pmap, va, va + NBPDR);
	assert_cost(mach, &cost, .stores = 1 + NPTEPG + 1, .page = 1,
	    .range = 1, .sent = 2);
	assert_int_equal(cpu_current(mach)->local_range_pages, NPTEPG);
	support_destroy(mach);
}

/* A kernel superpage without a kept table cannot be put back. */
static void
test_remove_kernel_superpage_without_table_stops(void **state)
{
	struct machine *mach;

	mach = support_boot(SUPPORT_SMALL " kernel=2010-04+remove-kernel-pde");
	kernel_pmap->pm_stats.resident_count += NPTEPG;
	assert_panics(mach,
	    "pmap_remove_kernel_pde: no page-table page is "
	    "kept for va 0xffffff0000400000",
	    pmap_remove(mach, kernel_pmap, DMAP_MIN_ADDRESS + 2 * NBPDR,
		DMAP_MIN_ADDRESS + 3 * NBPDR));
	assert_true(pmapsim_panic(mach)->simulator);
	support_destroy(mach);

	/* 2010 fails to demote what it cleared, so it removes it, so it... */
	mach = support_boot(QUIET);
	kernel_pmap->pm_stats.resident_count += NPTEPG;
	assert_panics(mach,
	    "double fault: kernel stack overflow in "
	    "pmap_demote_pde()",
	    pmap_remove(mach, kernel_pmap, DMAP_MIN_ADDRESS + 2 * NBPDR,
		DMAP_MIN_ADDRESS + 3 * NBPDR));
	support_destroy(mach);
}

/*
 * Litter: counted and flushed as ever, and still there.  The PDE was seen in
 * the golden trace kmem-panic-litter-raw.
 */
static void
test_remove_leaves_litter(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_offset_t va;
	unsigned i;

	mach = support_boot(SUPPORT_SMALL " kernel=2010-04+litter");
	va = support_superpage(mach, m);
	cost = fixture_cost(mach);
	pmap_remove(mach, kernel_pmap, va, va + NBPDR);
	/* PDE out, PDE in: the table is not touched, nor is it a demotion. */
	assert_cost(mach, &cost, .stores = 2, .page = 2, .sent = 2);
	assert_counts(kernel_pmap, 0, 0);
	for (i = 0; i < NPTEPG; i++)
		assert_pte(mach, kernel_pmap, va + ptoa(i),
		    VM_PAGE_TO_PHYS(m[i]) | PTE_KMEM);
	/* The first page that comes back finds 511 neighbours. */
	pmap_enter(mach, kernel_pmap, va, VM_PROT_ALL, m[0], PROT_RWX, TRUE);
	assert_cost(mach, &cost, .stores = 1, .promotions = 1);
	assert_counts(kernel_pmap, 0, 0);
	support_destroy(mach);
}

/* Page by page too; what is unmapped twice is counted twice. */
static void
test_remove_pages_leaves_litter(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m[NPTEPG], user;
	vm_offset_t va;
	pmap_t pmap;
	unsigned i;

	mach = support_boot(SUPPORT_SMALL " kernel=2010-04+litter");
	va = support_full_reservation(mach, m);
	pmap = fixture_pmap(mach, "u");
	user = fixture_page(mach);
	for (i = 0; i < 4; i++)
		pmap_enter(mach, pmap, UVA + ptoa(i), 0, user, PROT_R, FALSE);
	pmap_enter(mach, kernel_pmap, va, VM_PROT_ALL, m[0], PROT_RWX, TRUE);
	pmap_enter(mach, kernel_pmap, va + PAGE_SIZE, VM_PROT_ALL, m[1],
	    PROT_RWX, TRUE);
	pmap_enter(mach, kernel_pmap, va + NBPDR - PAGE_SIZE, VM_PROT_ALL,
	    m[511], PROT_RWX, TRUE);
	assert_counts(kernel_pmap, 3, 3);
	cost = fixture_cost(mach);
	pmap_remove(mach, kernel_pmap, va, va + 2 * PAGE_SIZE);
	assert_cost(mach, &cost, .page = 2, .sent = 2);
	assert_counts(kernel_pmap, 1, 1);
	pmap_remove(mach, kernel_pmap, va, va + PAGE_SIZE);
	assert_cost(mach, &cost, .page = 2, .sent = 2);
	assert_counts(kernel_pmap, 0, 0);
	assert_pte(mach, kernel_pmap, va, VM_PAGE_TO_PHYS(m[0]) | PTE_KMEM);
	assert_pte(mach, kernel_pmap, va + PAGE_SIZE,
	    VM_PAGE_TO_PHYS(m[1]) | PTE_KMEM);
	/* User addresses are none of the hypothesis' business. */
	pmap_remove(mach, pmap, UVA, UVA + PAGE_SIZE);
	pmap_remove(mach, pmap, UVA + ptoa(1), UVA + ptoa(3));
	for (i = 0; i < 3; i++)
		assert_pte(mach, pmap, UVA + ptoa(i), 0);
	assert_counts(pmap, 1 + 3, 0);
	support_destroy(mach);
}

/* Remedy 2 takes it away again, at the price of a flush each. */
static void
test_remove_clears_litter_on_unuse(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_offset_t va;
	unsigned i;

	mach = support_boot(SUPPORT_SMALL
	    " kernel=2010-04+litter+clear-on-unuse");
	va = support_full_reservation(mach, m);
	for (i = 0; i < 5; i++)
		pmap_enter(mach, kernel_pmap, va + ptoa(i), VM_PROT_ALL, m[i],
		    PROT_RWX, TRUE);
	cost = fixture_cost(mach);
	pmap_remove(mach, kernel_pmap, va, va + ptoa(5));
	assert_cost(mach, &cost, .stores = 5, .page = 10, .sent = 10);
	for (i = 0; i < 5; i++)
		assert_pte(mach, kernel_pmap, va + ptoa(i), 0);
	support_destroy(mach);
}

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
	m[7].dirty = 0;
	cost = fixture_cost(mach);
	pmap_remove_all(mach, m + 7);
	/* Two of the tables are empty now, and their PDEs cleared. */
	assert_cost(mach, &cost, .demotions = 1, .stores = 1 + 3 + 2,
	    .page = 3);
	assert_page(m + 7, 0, 1, 0xff, 0);
	assert_page(m + 6, 1, 0, m[6].dirty, 1);
	assert_counts(pmap[0], 511 + 3, 0);
	assert_counts(pmap[1], 0, 0);
	assert_counts(pmap[2], 0, 0);
	assert_pte(mach, pmap[0], UVA + ptoa(7), 0);
	assert_pte(mach, pmap[0], UVA + ptoa(8),
	    VM_PAGE_TO_PHYS(m + 8) | PTE_WRITTEN);
	/* Unmapped already: only the flag goes. */
	vm_page_flag_set(m + 7, PG_WRITEABLE);
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
	assert_page(m[3], 0, 0, m[3]->dirty, 0);
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
		m[i].dirty = 0;
	single->dirty = 0;

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
		m[i].dirty = 0;
	next = m + NPTEPG;
	next->valid = VM_PAGE_BITS_ALL;
	next->flags_c |= PG_FREE;
	assert_int_equal(next->dirty, 0);
	pmap_activate(mach, pmap);
	pmap_remove_pages(mach, pmap);
	assert_int_equal(m->dirty, 0);
	assert_int_equal(m[1].dirty, 0xff);
	assert_int_equal(next->dirty, 0xff);
	/* The first page keeps the flag. */
	assert_page(m, 1, 0, 0, 0);
	assert_page(m + 1, 0, 0, 0xff, 0);
	next->valid = next->dirty = 0;
	next->flags_c &= (uint16_t)~PG_FREE;
	vm_page_flag_clear(m, PG_WRITEABLE);
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
	    support_test(test_remove_kernel_superpage_asserts),
	    cmocka_unit_test(test_remove_kernel_superpage_leaves_invalid_ptes),
	    cmocka_unit_test(test_remove_kernel_superpage_zeroes_table),
	    cmocka_unit_test(test_remove_kernel_superpage_flushes_whole),
	    cmocka_unit_test(test_remove_kernel_superpage_without_table_stops),
	    cmocka_unit_test(test_remove_leaves_litter),
	    cmocka_unit_test(test_remove_pages_leaves_litter),
	    cmocka_unit_test(test_remove_clears_litter_on_unuse),
	    support_test(test_remove_all),
	    support_test(test_remove_all_of_unused_superpage),
	    cmocka_unit_test(test_remove_all_frees_in_order),
	    support_test(test_remove_all_of_unmanaged_page),
	    cmocka_unit_test(test_remove_all_of_unmanaged_page_asserts),
	    support_test(test_remove_all_of_fictitious_page_asserts),
	    support_test(test_remove_pages),
	    support_test(test_remove_pages_keeps_chunk_order),
	    support_test(test_remove_pages_pat_superpage_dirties_next_page),
	    support_test(test_remove_pages_pat_page),
	    support_test(test_remove_pages_bad_pte_panics),
	    support_test(test_remove_unaligned_superpage_asserts),
	    cmocka_unit_test(test_remove_without_pv_entry),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
