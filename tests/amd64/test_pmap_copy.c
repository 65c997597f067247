/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_copy(): what a fork's child gets, and at what it gives up.
 */
#include <pmapsim/audit.h>

#include "amd64/pmap_fixture.h"

/* 4 KB: managed mappings only, without W, M and A; RW stays. */
static void
test_copy_pages(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t dst, src;
	vm_page_t m, unmanaged;
	unsigned i;

	src = fixture_pmap(mach, "parent");
	dst = fixture_pmap(mach, "child");
	m = fixture_frame(mach);
	unmanaged = support_page(mach, pmapsim_kernel_object(mach), 0x100000,
	    VM_ALLOC_WIRED);
	pmap_enter(mach, src, UVA + ptoa(0), 0, m, PROT_R, FALSE);
	pmap_enter(mach, src, UVA + ptoa(1), VM_PROT_WRITE, m + 1, PROT_RW,
	    TRUE);
	pmap_enter(mach, src, UVA + ptoa(3), 0, unmanaged, PROT_R, FALSE);
	pmap_enter(mach, src, UVA + ptoa(7), 0, m + 7, PROT_RX, FALSE);
	pmap_enter(mach, src, NEXT, VM_PROT_WRITE, m + 8, PROT_RWX, FALSE);
	cost = fixture_cost(mach);
	pmap_copy(mach, dst, src, UVA, 2 * NBPDR, UVA);
	/* Two PDEs and the pages; the child is flushed of nothing. */
	assert_cost(mach, &cost, .stores = 2 + 4);
	assert_counts(dst, 4 + 4, 0);
	assert_counts(src, 5 + 4, 1);
	assert_pte(mach, dst, UVA, VM_PAGE_TO_PHYS(m) | (PTE_READ & ~PG_A));
	assert_pte(mach, dst, UVA + ptoa(1),
	    VM_PAGE_TO_PHYS(m + 1) | (PTE_WRITTEN & ~(PG_A | PG_M)));
	assert_pte(mach, dst, UVA + ptoa(3), 0);
	assert_pte(mach, dst, UVA + ptoa(7),
	    VM_PAGE_TO_PHYS(m + 7) | (PTE_READ & ~(PG_A | PG_NX)));
	assert_pte(mach, dst, NEXT,
	    VM_PAGE_TO_PHYS(m + 8) | (PTE_WRITTEN & ~(PG_A | PG_M | PG_NX)));
	/* The source is as it was, and the pages have both mappings. */
	assert_pte(mach, src, UVA + ptoa(1),
	    VM_PAGE_TO_PHYS(m + 1) | PTE_WRITTEN | PG_W);
	for (i = 0; i < 2; i++)
		assert_page(m + i, i, 0, 0, 2);
	pmap_remove(mach, dst, UVA, NEXT + NBPDR);
	assert_counts(dst, 0, 0);
	pmap_release(mach, dst);
}

/* Only the range; and at another address nothing. */
static void
test_copy_range(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t dst, src;
	vm_page_t m;
	unsigned i;

	src = fixture_pmap(mach, "parent");
	dst = fixture_pmap(mach, "child");
	m = fixture_frame(mach);
	fixture_enter(mach, src, UVA, m, 0, 20, 0, PROT_R, FALSE);
	pmap_enter(mach, src, NBPML4 * 2, 0, m, PROT_R, FALSE);
	cost = fixture_cost(mach);
	pmap_copy(mach, dst, src, UVA + NBPDR, NBPDR, UVA);
	assert_counts(dst, 0, 0);
	pmap_copy(mach, dst, src, UVA + ptoa(5), ptoa(3), UVA + ptoa(5));
	assert_cost(mach, &cost, .stores = 1 + 3);
	for (i = 0; i < 20; i++)
		assert_pte(mach, dst, UVA + ptoa(i),
		    i >= 5 && i < 8 ?
			VM_PAGE_TO_PHYS(m + i) | (PTE_READ & ~PG_A) :
			0);
	/* Over the holes of all levels. */
	pmap_copy(mach, dst, src, UVA + ptoa(19), NBPML4 * 2, UVA + ptoa(19));
	assert_counts(dst, 3 + 2 + 6, 0);
	assert_mapped(mach, dst, NBPML4 * 2, VM_PAGE_TO_PHYS(m));
}

/* The first page that is there already ends it all. */
static void
test_copy_stops_at_existing_page(void **state)
{
	struct machine *mach = *state;
	pmap_t dst, src;
	vm_page_t m;

	src = fixture_pmap(mach, "parent");
	dst = fixture_pmap(mach, "child");
	m = fixture_frame(mach);
	fixture_enter(mach, src, UVA, m, 0, 20, 0, PROT_R, FALSE);
	pmap_enter(mach, src, NEXT, 0, m, PROT_R, FALSE);
	pmap_enter(mach, dst, UVA + ptoa(4), VM_PROT_WRITE, m + 30, PROT_RW,
	    FALSE);
	pmap_copy(mach, dst, src, UVA, 2 * NBPDR, UVA);
	assert_counts(dst, 5 + 3, 0);
	assert_pte(mach, dst, UVA + ptoa(4),
	    VM_PAGE_TO_PHYS(m + 30) | PTE_WRITTEN);
	assert_not_mapped(mach, dst, UVA + ptoa(5));
	assert_not_mapped(mach, dst, NEXT);
}

/*
 * A table is left once the copy has as many pages as the source, counting
 * those that were there before: the last ones may be missed.
 */
static void
test_copy_leaves_table_when_counts_meet(void **state)
{
	struct machine *mach = *state;
	pmap_t dst, src;
	vm_page_t m;

	src = fixture_pmap(mach, "parent");
	dst = fixture_pmap(mach, "child");
	m = fixture_frame(mach);
	fixture_enter(mach, src, UVA, m, 0, 4, 0, PROT_R, FALSE);
	pmap_enter(mach, src, NEXT, 0, m + 9, PROT_R, FALSE);
	pmap_enter(mach, dst, UVA + ptoa(100), 0, m, PROT_R, FALSE);
	pmap_copy(mach, dst, src, UVA, 2 * NBPDR, UVA);
	assert_mapped(mach, dst, UVA + ptoa(2), VM_PAGE_TO_PHYS(m + 2));
	assert_not_mapped(mach, dst, UVA + ptoa(3));
	/* And the walk goes on with the next table. */
	assert_mapped(mach, dst, NEXT, VM_PAGE_TO_PHYS(m + 9));
}

/* Without memory, at whichever allocation, it ends and leaks nothing. */
static void
test_copy_without_memory(void **state)
{
	struct machine *mach = *state;
	pmap_t dst, src;
	vm_page_t m;
	unsigned free, nth;

	src = fixture_pmap(mach, "parent");
	dst = fixture_pmap(mach, "child");
	m = fixture_frame(mach);
	fixture_enter(mach, src, UVA, m, 0, 4, 0, PROT_R, FALSE);
	free = mach->cnt.v_free_count;
	/* PTP, PD, PDP, chunk. */
	for (nth = 1; nth <= 4; nth++) {
		pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, nth, false);
		pmap_copy(mach, dst, src, UVA, NBPDR, UVA);
		assert_int_equal(pmapsim_inject_seen(mach,
				     PMAPSIM_INJECT_PAGE_ALLOC),
		    nth);
		assert_counts(dst, 0, 0);
		assert_int_equal(mach->cnt.v_free_count, free);
	}
	assert_int_equal(mach->pmap->pc_chunk_tryfail, 1);
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 0, false);
	pmap_copy(mach, dst, src, UVA, NBPDR, UVA);
	assert_counts(dst, 4 + 3, 0);
}

/* 2 MB: A and M stay, W does not; no 2 MB mapping is counted as made. */
static void
test_copy_superpage(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t dst, src;
	vm_page_t m;
	unsigned i;

	src = fixture_pmap(mach, "parent");
	dst = fixture_pmap(mach, "child");
	m = fixture_frame(mach);
	fixture_enter(mach, src, UVA, m, 0, NPTEPG, VM_PROT_WRITE, PROT_RW,
	    TRUE);
	assert_superpage(mach, src, UVA);
	cost = fixture_cost(mach);
	/* The range need not cover it. */
	pmap_copy(mach, dst, src, UVA, PAGE_SIZE, UVA);
	assert_cost(mach, &cost, .stores = 1);
	assert_int_equal(support_pde(mach, dst, UVA),
	    VM_PAGE_TO_PHYS(m) | PTE_WRITTEN | PG_PS);
	/* A page directory and a PDP page, no page table. */
	assert_counts(dst, NPTEPG + 2, 0);
	assert_int_equal(pmapsim_superpages(mach, dst), 1);
	for (i = 0; i < NPTEPG; i++)
		assert_page(m + i, 1, 0, vm_page_use(mach, &m[i])->dirty, 0);
	assert_true(pmap_page_exists_quick(mach, dst, m + 5));
	assert_int_equal(mach->pmap->audit_waived & AUDIT_WAIVE_PV, 0);
	pmap_remove(mach, dst, UVA, NEXT);
	assert_counts(dst, 0, 0);
	assert_true(pmap_page_exists_quick(mach, src, m + 5));
	pmap_release(mach, dst);
}

/* An unmanaged one needs no pv entry, and its copy is not wired. */
static void
test_copy_unmanaged_superpage(void **state)
{
	struct machine *mach = *state;
	vm_page_t m[NPTEPG];
	pmap_t dst, src;
	unsigned i;

	src = fixture_pmap(mach, "parent");
	dst = fixture_pmap(mach, "child");
	support_full_reservation(mach, m);
	for (i = 0; i < NPTEPG; i++)
		pmap_enter(mach, src, UVA + ptoa(i), 0, m[i], PROT_R, TRUE);
	assert_superpage(mach, src, UVA);
	pmap_copy(mach, dst, src, UVA, NBPDR, UVA);
	assert_int_equal(support_pde(mach, src, UVA),
	    VM_PAGE_TO_PHYS(m[0]) | PG_PS | PG_W | (PTE_READ & ~PG_MANAGED));
	assert_int_equal(support_pde(mach, dst, UVA),
	    VM_PAGE_TO_PHYS(m[0]) | PG_PS | (PTE_READ & ~PG_MANAGED));
	assert_int_equal(mach->pmap->pv_entry_count, 0);
	assert_counts(dst, NPTEPG + 2, 0);
}

/* What is there is left; the walk goes on. */
static void
test_copy_superpage_over_existing(void **state)
{
	struct machine *mach = *state;
	pmap_t dst, src;
	vm_page_t m;

	src = fixture_pmap(mach, "parent");
	dst = fixture_pmap(mach, "child");
	m = fixture_frame(mach);
	fixture_promote(mach, src, m);
	pmap_enter(mach, src, NEXT, 0, m + 1, PROT_R, FALSE);
	pmap_enter(mach, dst, UVA + ptoa(4), 0, m + 9, PROT_R, FALSE);
	pmap_copy(mach, dst, src, UVA, 2 * NBPDR, UVA);
	assert_not_superpage(mach, dst, UVA);
	assert_counts(dst, 2 + 4, 0);
	assert_mapped(mach, dst, NEXT, VM_PAGE_TO_PHYS(m + 1));
	/* The page directory's uses: two page tables. */
	assert_int_equal(phys_to_vm_page(mach,
			     *pmap_pdpe(mach, dst, UVA) & PG_FRAME)
			     ->wire_count,
	    2);
}

/*
 * Refused for want of a pv entry right after the page directory was made: that
 * stays, with a wire count of 0, until somebody takes it up again.
 */
static void
test_copy_superpage_refused_leaves_directory(void **state)
{
	struct machine *mach = *state;
	pmap_t dst, src;
	vm_page_t m, pd;

	src = fixture_pmap(mach, "parent");
	dst = fixture_pmap(mach, "child");
	m = fixture_frame(mach);
	fixture_promote(mach, src, m);
	pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 1, false);
	pmap_copy(mach, dst, src, UVA, NBPDR, UVA);
	assert_not_mapped(mach, dst, UVA);
	assert_counts(dst, 2, 0);
	pd = phys_to_vm_page(mach, *pmap_pdpe(mach, dst, UVA) & PG_FRAME);
	assert_int_equal(pd->wire_count, 0);
	pmap_remove(mach, dst, 0, VM_MAXUSER_ADDRESS);
	assert_counts(dst, 2, 0);
	pmap_enter(mach, dst, NEXT, 0, m, PROT_R, FALSE);
	assert_int_equal(pd->wire_count, 1);
	pmap_remove(mach, dst, NEXT, NEXT + PAGE_SIZE);
	assert_counts(dst, 0, 0);
	pmap_release(mach, dst);
}

/* Nobody takes it up: pmap_release() meets it. */
static void
test_copy_superpage_refused_then_release(void **state)
{
	struct machine *mach = *state;
	pmap_t dst, src;

	src = fixture_pmap(mach, "parent");
	dst = fixture_pmap(mach, "child");
	fixture_promote(mach, src, fixture_frame(mach));
	pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 1, false);
	pmap_copy(mach, dst, src, UVA, NBPDR, UVA);
	assert_panics(mach, "pmap_release: pmap resident count 2 != 0",
	    pmap_release(mach, dst));
}

/* A copy from inside a superpage is found out when it is removed. */
static void
test_copy_from_inside_superpage(void **state)
{
	struct machine *mach = *state;
	pmap_t dst, src;
	vm_page_t m;

	src = fixture_pmap(mach, "parent");
	dst = fixture_pmap(mach, "child");
	m = fixture_frame(mach);
	fixture_promote(mach, src, m);
	pmap_copy(mach, dst, src, UVA + PAGE_SIZE, PAGE_SIZE, UVA + PAGE_SIZE);
	assert_int_equal(support_pde(mach, dst, UVA),
	    VM_PAGE_TO_PHYS(m) | PTE_WRITTEN | PG_PS);
	assert_int_equal(TAILQ_LAST(&pa_to_pvh(mach, VM_PAGE_TO_PHYS(m))
					 ->pv_list,
			     pv_list)
			     ->pv_va,
	    UVA + PAGE_SIZE);
	/* The kernel itself leaves such a pv entry: the audit asks for none. */
	assert_int_equal(mach->pmap->audit_waived, AUDIT_WAIVE_PV);
	assert_int_equal(machine_audit(mach, NULL, 0), 0);
	assert_panics(mach, "pmap_pvh_free: pv not found",
	    pmap_remove(mach, dst, UVA, NEXT));
}

/*
 * Later kernels copy a superpage only as a whole; the rest of the range is
 * walked all the same.
 */
static void
test_copy_whole_superpages(void **state)
{
	static const struct {
		vm_size_t from, size; /* of the superpage */
		bool copied;
	} cases[] = {
	    {0, NBPDR, true},
	    {0, NBPDR - PAGE_SIZE, false},
	    {PAGE_SIZE, NBPDR - PAGE_SIZE, false},
	    {NBPDR - PAGE_SIZE, PAGE_SIZE, false},
	    {0, NBPDR + PAGE_SIZE, true},
	    {PAGE_SIZE, NBPDR, false},
	};
	struct machine *mach;
	struct cost cost;
	pmap_t dst, src;
	vm_page_t m, next;
	unsigned beyond, i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mach = support_boot(SUPPORT_SMALL
		    " kernel=2010-04+copy-whole-superpages");
		src = fixture_pmap(mach, "parent");
		dst = fixture_pmap(mach, "child");
		m = fixture_frame(mach);
		next = fixture_page(mach);
		fixture_promote(mach, src, m);
		pmap_enter(mach, src, NEXT, VM_PROT_WRITE, next, PROT_RW,
		    FALSE);
		beyond = cases[i].from + cases[i].size > NBPDR;
		cost = fixture_cost(mach);
		pmap_copy(mach, dst, src, UVA + cases[i].from, cases[i].size,
		    UVA + cases[i].from);
		/* The page behind takes a PTE and the PDE of its table. */
		assert_cost(mach, &cost,
		    .stores = cases[i].copied + 2 * beyond);
		assert_int_equal(support_pde(mach, dst, UVA),
		    cases[i].copied ? VM_PAGE_TO_PHYS(m) | PTE_WRITTEN | PG_PS :
				      0);
		assert_pte(mach, dst, NEXT,
		    beyond ?
			VM_PAGE_TO_PHYS(next) | (PTE_WRITTEN & ~(PG_A | PG_M)) :
			0);
		assert_counts(dst,
		    (cases[i].copied ? NPTEPG : 0) + 2 * beyond +
			2 * (cases[i].copied || beyond),
		    0);
		assert_superpage(mach, src, UVA);
		pmap_remove(mach, dst, UVA, NEXT + NBPDR);
		assert_counts(dst, 0, 0);
		support_destroy(mach);
	}
}

static void
test_copy_page_tables_asserts(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;

	pmap = fixture_pmap(mach, "u");
	assert_panics(mach, "pmap_copy: invalid to pmap_copy page tables",
	    pmap_copy(mach, pmap, kernel_pmap, UPT_MIN_ADDRESS, PAGE_SIZE,
		UPT_MIN_ADDRESS));
}

static void
test_copy_unused_page_table_asserts(void **state)
{
	struct machine *mach = *state;
	pmap_t dst, src;

	src = fixture_pmap(mach, "parent");
	dst = fixture_pmap(mach, "child");
	pmap_enter(mach, src, UVA, 0, fixture_page(mach), PROT_R, FALSE);
	phys_to_vm_page(mach, support_pde(mach, src, UVA) & PG_FRAME)
	    ->wire_count = 0;
	assert_panics(mach, "pmap_copy: source page table page is unused",
	    pmap_copy(mach, dst, src, UVA, PAGE_SIZE, UVA));
}

/* 90-examples E: protect the parent, copy, write in the child. */
static void
test_copy_as_fork_does(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t child, parent;
	vm_page_t copy, m;
	unsigned i;

	parent = fixture_pmap(mach, "parent");
	child = fixture_pmap(mach, "child");
	m = fixture_frame(mach);
	fixture_promote(mach, parent, m);
	cost = fixture_cost(mach);
	pmap_protect(mach, parent, UVA, NEXT, PROT_R);
	assert_cost(mach, &cost, .stores = 1, .all = 1);
	pmap_copy(mach, child, parent, UVA, NBPDR, UVA);
	assert_cost(mach, &cost, .stores = 1);
	for (i = 0; i < 2; i++)
		assert_int_equal(support_pde(mach, i ? child : parent, UVA),
		    VM_PAGE_TO_PHYS(m) | PTE_READ | PG_PS);
	assert_counts(child, NPTEPG + 2, 0);
	copy = fixture_page(mach);
	pmap_enter(mach, child, UVA, VM_PROT_WRITE, copy, PROT_RW, FALSE);
	/* A new table is filled, its PDE, and the page; A was set there. */
	assert_cost(mach, &cost, .stores = NPTEPG + 1 + 1, .demotions = 1,
	    .page = 1);
	assert_counts(child, NPTEPG + 3, 0);
	assert_pte(mach, child, UVA, VM_PAGE_TO_PHYS(copy) | PTE_WRITTEN);
	for (i = 1; i < NPTEPG; i++)
		assert_pte(mach, child, UVA + ptoa(i),
		    VM_PAGE_TO_PHYS(m + i) | PTE_READ);
	assert_superpage(mach, parent, UVA);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_copy_pages),
	    support_test(test_copy_range),
	    support_test(test_copy_stops_at_existing_page),
	    support_test(test_copy_leaves_table_when_counts_meet),
	    support_test(test_copy_without_memory),
	    support_test(test_copy_superpage),
	    support_test(test_copy_unmanaged_superpage),
	    support_test(test_copy_superpage_over_existing),
	    support_test(test_copy_superpage_refused_leaves_directory),
	    support_test(test_copy_superpage_refused_then_release),
	    support_test(test_copy_from_inside_superpage),
	    cmocka_unit_test(test_copy_whole_superpages),
	    support_test(test_copy_page_tables_asserts),
	    support_test(test_copy_unused_page_table_asserts),
	    support_test(test_copy_as_fork_does),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
