/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_remove() of kernel superpages, and the litter that it can leave.
 */
#include <stdio.h>

#include "amd64/pmap_fixture.h"

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

/* What CPU "cpu" has counted since "before", when "pages" were invalidated. */
static void
assert_told(struct machine *mach, unsigned cpu, const struct cpu *before,
    unsigned pages)
{
	const struct cpu *now = &mach->cpus[cpu];
	const bool mine = cpu == mach->curcpu;

	assert_int_equal(now->local[INVAL_PAGE] - before->local[INVAL_PAGE],
	    mine ? pages : 0);
	assert_int_equal(now->sent[INVAL_PAGE] - before->sent[INVAL_PAGE],
	    mine ? pages * (mach->config.ncpu - 1) : 0);
	assert_int_equal(now->received[INVAL_PAGE] -
		before->received[INVAL_PAGE],
	    mine ? 0 : pages);
}

/*
 * Each page of the kernel's that is removed, managed or not, is invalidated on
 * this CPU, and each other CPU gets a message for it.
 */
static void
test_remove_kernel_pages_tells_all_cpus(void **state)
{
	const unsigned pages = 9;
	struct machine *mach;
	char config[100];
	unsigned cpu, i, managed, ncpu;
	struct cpu before[8];
	vm_offset_t va;
	vm_page_t m;

	for (ncpu = 1; ncpu <= 8; ncpu++)
		for (managed = 0; managed < 2; managed++) {
			snprintf(config, sizeof(config),
			    "mem=32M first=4M kmem=8M ncpu=%u invariants=off",
			    ncpu);
			mach = support_boot(config);
			va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach),
			    ptoa(pages));
			m = managed ?
			    fixture_page(mach) :
			    support_page(mach, pmapsim_kernel_object(mach),
				0x100000, VM_ALLOC_WIRED);
			for (i = 0; i < pages; i++)
				pmap_enter(mach, kernel_pmap, va + ptoa(i), 0,
				    m, PROT_R, FALSE);
			memcpy(before, mach->cpus, ncpu * sizeof(before[0]));
			pmap_remove(mach, kernel_pmap, va, va + ptoa(pages));
			for (cpu = 0; cpu < ncpu; cpu++)
				assert_told(mach, cpu, &before[cpu], pages);
			support_destroy(mach);
		}
}

/*
 * Later kernels: a zeroed table, no demotion, no drift, no assertion.  The
 * superpage is forgotten, and vtopte; with erratum 383 the table as well, and
 * no promotion is marked, as 2022 does it else.
 */
static void
test_remove_kernel_superpage_zeroes_table(void **state)
{
	static const struct {
		const char *config;
		unsigned pages, ranges;
	} cases[] = {{SMALL_KERNEL("2010-04+remove-kernel-pde"), 2, 0},
	    {SMALL_KERNEL("2010-04+remove-kernel-pde+erratum383"), 3, 0},
	    {SMALL_KERNEL("2022-07"), 1, 1},
	    {SMALL_KERNEL("2022-07+erratum383"), 3, 0}};
	struct machine *mach;
	struct cost cost;
	vm_offset_t va;
	vm_page_t m;
	unsigned i, k, round;

	for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		mach = support_boot(cases[k].config);
		m = fixture_frame(mach);
		va = round_2mpage(kmem_alloc_nofault(mach,
		    pmapsim_kernel_map(mach), 2 * NBPDR));
		fixture_enter(mach, kernel_pmap, va, m, 0, NPTEPG, VM_PROT_ALL,
		    PROT_RWX, TRUE);
		assert_superpage(mach, kernel_pmap, va);
		for (round = 0; round < 3; round++) {
			cost = fixture_cost(mach);
			pmap_remove(mach, kernel_pmap, va, va + NBPDR);
			assert_cost(mach, &cost, .stores = 1 + NPTEPG + 1,
			    .page = cases[k].pages, .range = cases[k].ranges,
			    .sent = cases[k].pages + cases[k].ranges);
			assert_counts(kernel_pmap, 0, 0);
			assert_int_equal(support_pde(mach, kernel_pmap, va) &
				~PG_FRAME,
			    PDE_KERNEL_TABLE);
			for (i = 0; i < NPTEPG; i++)
				assert_pte(mach, kernel_pmap, va + ptoa(i), 0);
			fixture_enter(mach, kernel_pmap, va, m, 0, NPTEPG,
			    VM_PROT_ALL, PROT_RWX, TRUE);
			assert_superpage(mach, kernel_pmap, va);
			assert_counts(kernel_pmap, NPTEPG, NPTEPG);
		}
		support_destroy(mach);
	}
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_remove_kernel_superpage_asserts),
	    cmocka_unit_test(test_remove_kernel_pages_tells_all_cpus),
	    cmocka_unit_test(test_remove_kernel_superpage_leaves_invalid_ptes),
	    cmocka_unit_test(test_remove_kernel_superpage_zeroes_table),
	    cmocka_unit_test(test_remove_kernel_superpage_flushes_whole),
	    cmocka_unit_test(test_remove_kernel_superpage_without_table_stops),
	    cmocka_unit_test(test_remove_leaves_litter),
	    cmocka_unit_test(test_remove_pages_leaves_litter),
	    cmocka_unit_test(test_remove_clears_litter_on_unuse),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
