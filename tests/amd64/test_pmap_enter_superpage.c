/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_enter() and superpages: when it promotes, and what it does at an address
 * that lies in one, with the remedies of October 2010.
 */
#include "amd64/pmap_fixture.h"

/* User pages: one attempt, when the table is full.  90-examples C1 to C3. */
static void
test_enter_user_promotes_when_table_is_full(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	vm_page_t m;
	pmap_t pmap;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	fixture_enter(mach, pmap, UVA, m, 0, NPTEPG - 1, VM_PROT_WRITE, PROT_RW,
	    FALSE);
	assert_not_superpage(mach, pmap, UVA);
	assert_counts(pmap, NPTEPG - 1 + 3, 0);
	cost = fixture_cost(mach);
	fixture_enter(mach, pmap, UVA, m, NPTEPG - 1, NPTEPG, VM_PROT_WRITE,
	    PROT_RW, FALSE);
	/* The PTE, then the PDE; nothing is flushed. */
	assert_cost(mach, &cost, .stores = 2, .promotions = 1);
	assert_int_equal(support_pde(mach, pmap, UVA),
	    VM_PAGE_TO_PHYS(m) | PTE_WRITTEN | PG_PS);
	assert_counts(pmap, NPTEPG + 3, 0);
}

/* No attempt without superpages or without a full reservation. */
static void
test_enter_does_not_promote(void **state)
{
	const uint16_t color = 0;
	struct machine *mach;
	struct cost cost;
	vm_page_t m;
	pmap_t pmap;
	unsigned off;

	for (off = 0; off < 2; off++) {
		mach = support_boot(off ? SUPPORT_SMALL " superpages=off" :
					  SUPPORT_SMALL);
		pmap = fixture_pmap(mach, "u");
		if (off)
			m = fixture_frame(mach);
		else {
			m = support_pages(mach,
			    support_object(mach, 512, &color), 0, NPTEPG - 1,
			    VM_ALLOC_NORMAL);
			pmap_enter(mach, pmap, UVA + ptoa(NPTEPG - 1), 0,
			    fixture_page(mach), PROT_RW, FALSE);
		}
		cost = fixture_cost(mach);
		fixture_enter(mach, pmap, UVA, m, 0, NPTEPG - 1 + off,
		    VM_PROT_WRITE, PROT_RW, FALSE);
		assert_cost(mach, &cost, .stores = NPTEPG - 1 + 2 * off);
		assert_not_superpage(mach, pmap, UVA);
		support_destroy(mach);
	}
}

/* Kernel pages: an attempt each once the reservation is full. */
static void
test_enter_kernel_attempts_each_time(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_offset_t va;
	unsigned i;

	va = support_full_reservation(mach, m);
	cost = fixture_cost(mach);
	for (i = 0; i < NPTEPG; i++) {
		pmap_enter(mach, kernel_pmap, va + ptoa(i), VM_PROT_ALL, m[i],
		    PROT_RWX, TRUE);
		if (i < NPTEPG - 1)
			assert_cost(mach, &cost, .stores = 1, .failures = 1);
		else
			assert_cost(mach, &cost, .stores = 2, .promotions = 1);
	}
	assert_int_equal(support_pde(mach, kernel_pmap, va),
	    VM_PAGE_TO_PHYS(m[0]) | PTE_KMEM | PG_PS);
	assert_counts(kernel_pmap, NPTEPG, NPTEPG);
	assert_panics(mach, "pmap_enter: attempted pmap_enter on 2MB page",
	    pmap_enter(mach, kernel_pmap, va + ptoa(7), VM_PROT_ALL, m[7],
		PROT_RWX, TRUE));
	assert_string_equal(pmapsim_panic(mach)->frames[0], "pmap_enter");
	assert_false(pmapsim_panic(mach)->assertion);
}

/* A user superpage gives way: it is demoted, and can be promoted again. */
static void
test_enter_into_user_superpage_demotes(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	vm_page_t m;
	pmap_t pmap;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	fixture_promote(mach, pmap, m);
	cost = fixture_cost(mach);
	/* The very same mapping: demoted for nothing, promoted again. */
	fixture_enter(mach, pmap, UVA, m, 5, 6, VM_PROT_WRITE, PROT_RW, FALSE);
	assert_cost(mach, &cost, .stores = 2, .demotions = 1, .promotions = 1);
	assert_superpage(mach, pmap, UVA);
	/* Another right: it stays demoted. */
	fixture_enter(mach, pmap, UVA, m, 5, 6, VM_PROT_WRITE, PROT_RWX, FALSE);
	assert_cost(mach, &cost, .stores = 2, .demotions = 1, .failures = 1);
	assert_pte(mach, pmap, UVA + ptoa(5),
	    VM_PAGE_TO_PHYS(m + 5) | (PTE_WRITTEN & ~PG_NX));
	assert_pte(mach, pmap, UVA + ptoa(6),
	    VM_PAGE_TO_PHYS(m + 6) | PTE_WRITTEN);
	assert_counts(pmap, NPTEPG + 3, 0);
}

/* Remedy 1: what a superpage maps right is left alone, in either half. */
static void
test_idempotent_enter_ignores_superpage(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m, pages[NPTEPG];
	vm_offset_t va;
	pmap_t pmap;
	unsigned i;

	mach = support_boot(SMALL_KERNEL("2010-04+idempotent-enter"));
	va = support_superpage(mach, pages);
	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	fixture_promote(mach, pmap, m);
	cost = fixture_cost(mach);
	for (i = 0; i < NPTEPG; i += 73) {
		pmap_enter(mach, kernel_pmap, va + ptoa(i), VM_PROT_ALL,
		    pages[i], PROT_RWX, TRUE);
		pmap_enter(mach, pmap, UVA + ptoa(i), VM_PROT_WRITE, m + i,
		    PROT_RW, FALSE);
	}
	assert_int_equal(mach->pmap->enters_ignored, 2 * 8);
	assert_cost(mach, &cost, .stores = 0);
	assert_superpage(mach, kernel_pmap, va);
	assert_superpage(mach, pmap, UVA);
	/* A PTE that is right is not written, but promotion is tried. */
	pmap_change_wiring(mach, kernel_pmap, va, FALSE);
	pmap_change_wiring(mach, kernel_pmap, va, TRUE);
	cost = fixture_cost(mach);
	pmap_enter(mach, kernel_pmap, va + ptoa(1), VM_PROT_ALL, pages[1],
	    PROT_RWX, TRUE);
	assert_cost(mach, &cost, .stores = 1, .promotions = 1);
	assert_int_equal(mach->pmap->enters_ignored, 2 * 8);
	support_destroy(mach);
}

/* Remedy 1 knows an attribute, which has other bits in a PDE than in a PTE. */
static void
test_idempotent_enter_knows_attributes(void **state)
{
	struct machine *mach;
	struct cost cost;
	pd_entry_t pde;
	vm_page_t m;
	pmap_t pmap;
	unsigned i, j;

	for (i = 0; i < NATTRIBUTES; i++) {
		mach = support_boot(SMALL_KERNEL("2010-04+idempotent-enter"));
		pmap = fixture_pmap(mach, "u");
		m = fixture_frame(mach);
		for (j = 0; j < NPTEPG; j++)
			pmap_page_set_memattr(mach, m + j,
			    fixture_attributes[i]);
		fixture_enter(mach, pmap, UVA, m, 0, NPTEPG, VM_PROT_WRITE,
		    PROT_RW, FALSE);
		pde = support_pde(mach, pmap, UVA);
		assert_int_equal(pde,
		    VM_PAGE_TO_PHYS(m) | PTE_WRITTEN | PG_PS |
			pmap_cache_bits(mach, fixture_attributes[i], TRUE));
		cost = fixture_cost(mach);
		fixture_enter(mach, pmap, UVA, m, 7, 8, VM_PROT_WRITE, PROT_RW,
		    FALSE);
		assert_cost(mach, &cost, .stores = 0);
		assert_int_equal(mach->pmap->enters_ignored, 1);
		assert_int_equal(support_pde(mach, pmap, UVA), pde);
		support_destroy(mach);
	}
}

/* Enters a superpage's page 7 with one thing of another kind. */
static void
check_difference(unsigned i)
{
	struct machine *mach;
	vm_page_t m[NPTEPG], other;
	vm_offset_t va;

	mach = support_boot(SMALL_KERNEL("2010-04+idempotent-enter"));
	va = support_superpage(mach, m);
	other = i == 0 ? m[8] : m[7];
	if (i == 4)
		other->pat_mode_c = 1;
	assert_panics(mach, "pmap_enter: attempted pmap_enter on 2MB page",
	    pmap_enter(mach, kernel_pmap, va + ptoa(7), VM_PROT_ALL, other,
		i == 1	   ? PROT_RX :
		    i == 2 ? PROT_RW :
			     PROT_RWX,
		i != 3));
	assert_int_equal(mach->pmap->enters_ignored, 0);
	support_destroy(mach);
}

/* And what differs in anything is not ignored. */
static void
test_idempotent_enter_sees_differences(void **state)
{
	unsigned i;

	for (i = 0; i < 5; i++)
		check_difference(i);
}

/* A clean superpage lost RW at its promotion: a write is no repetition. */
static void
test_idempotent_enter_lets_write_fault_through(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m;
	pmap_t pmap;

	mach = support_boot(SMALL_KERNEL("2010-04+idempotent-enter"));
	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	fixture_enter(mach, pmap, UVA, m, 0, NPTEPG, 0, PROT_RW, FALSE);
	assert_int_equal(support_pde(mach, pmap, UVA),
	    VM_PAGE_TO_PHYS(m) | PTE_READ | PG_PS);
	cost = fixture_cost(mach);
	fixture_enter(mach, pmap, UVA, m, 3, 4, VM_PROT_WRITE, PROT_RW, FALSE);
	assert_cost(mach, &cost, .stores = 2, .demotions = 1, .failures = 1);
	assert_int_equal(mach->pmap->enters_ignored, 0);
	assert_pte(mach, pmap, UVA + ptoa(3),
	    VM_PAGE_TO_PHYS(m + 3) | PTE_WRITTEN);
	support_destroy(mach);
}

/* 9.3: a kernel superpage is demoted where 2010 panics. */
static void
test_enter_demotes_kernel_superpage(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m[NPTEPG], other;
	vm_offset_t va;

	mach = support_boot(SMALL_KERNEL("2010-04+enter-demotes"));
	va = support_superpage(mach, m);
	other = fixture_unmanaged_page(mach, 0);
	cost = fixture_cost(mach);
	pmap_enter(mach, kernel_pmap, va + ptoa(7), VM_PROT_ALL, other,
	    PROT_RWX, TRUE);
	/* The first demotion fills the table; vtopte and the page go. */
	assert_cost(mach, &cost, .stores = NPTEPG + 1 + 1, .demotions = 1,
	    .page = 2, .sent = 2);
	assert_pte(mach, kernel_pmap, va + ptoa(7),
	    VM_PAGE_TO_PHYS(other) | PTE_KMEM);
	assert_pte(mach, kernel_pmap, va + ptoa(8),
	    VM_PAGE_TO_PHYS(m[8]) | PTE_KMEM);
	assert_counts(kernel_pmap, NPTEPG, NPTEPG);
	support_destroy(mach);
}

/* Remedy 3: no attempt before all pages are in, one a region then. */
static void
test_enter_multiple_promotes_once(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	vm_page_t m[2][NPTEPG];
	vm_offset_t va;
	unsigned i;

	va = support_full_reservation(mach, m[0]);
	for (i = 0; i < NPTEPG; i++)
		m[1][i] = support_page(mach, pmapsim_kernel_object(mach),
		    atop(va - VM_MIN_KERNEL_ADDRESS) + NPTEPG + i,
		    VM_ALLOC_WIRED);
	pmap_growkernel(mach, va + 2 * NBPDR);
	/* No promotion is tried of the region that begins where a range ends. */
	pmap_enter(mach, kernel_pmap, va + NBPDR, VM_PROT_ALL, m[1][0],
	    PROT_RWX, TRUE);
	cost = fixture_cost(mach);
	pmap_enter_multiple(mach, kernel_pmap, va + NBPDR - PAGE_SIZE,
	    VM_PROT_ALL, pmapsim_kernel_object(mach),
	    atop(va - VM_MIN_KERNEL_ADDRESS) + NPTEPG - 1, 1, PROT_RWX, TRUE);
	assert_cost(mach, &cost, .stores = 1, .failures = 1);
	pmap_enter_multiple(mach, kernel_pmap, va, VM_PROT_ALL,
	    pmapsim_kernel_object(mach), atop(va - VM_MIN_KERNEL_ADDRESS),
	    2 * NPTEPG - 3, PROT_RWX, TRUE);
	/* The second region is not all mapped: its one attempt fails. */
	assert_cost(mach, &cost, .stores = 2 * NPTEPG - 5 + 1, .promotions = 1,
	    .failures = 1);
	assert_superpage(mach, kernel_pmap, va);
	assert_counts(kernel_pmap, 2 * NPTEPG - 3, 2 * NPTEPG - 3);
	for (i = 0; i < NPTEPG - 3; i++)
		assert_pte(mach, kernel_pmap, va + NBPDR + ptoa(i),
		    VM_PAGE_TO_PHYS(m[1][i]) | PTE_KMEM);
	pmap_enter_multiple(mach, kernel_pmap, va + NBPDR + ptoa(NPTEPG - 3),
	    VM_PROT_ALL, pmapsim_kernel_object(mach),
	    atop(va - VM_MIN_KERNEL_ADDRESS) + 2 * NPTEPG - 3, 3, PROT_RWX,
	    TRUE);
	assert_cost(mach, &cost, .stores = 3 + 1, .promotions = 1);
	assert_superpage(mach, kernel_pmap, va + NBPDR);
}

/* It is no safer than pmap_enter() where a superpage already is. */
static void
test_enter_multiple_into_superpage_panics(void **state)
{
	struct machine *mach = *state;
	vm_page_t m[NPTEPG];
	vm_offset_t va;

	va = support_superpage(mach, m);
	assert_panics(mach, "pmap_enter: attempted pmap_enter on 2MB page",
	    pmap_enter_multiple(mach, kernel_pmap, va, VM_PROT_ALL,
		pmapsim_kernel_object(mach), atop(va - VM_MIN_KERNEL_ADDRESS),
		2, PROT_RWX, TRUE));
}

/*
 * The case file's item 2, without any hypothesis: six calls whose counts
 * drift until one panics.
 */
static void
test_enter_after_count_drift_panics(void **state)
{
	struct machine *mach;
	vm_page_t m[NPTEPG];
	vm_offset_t va;
	unsigned i;

	mach = support_boot("mem=32M first=4M kmem=2M invariants=off");
	va = support_superpage(mach, m);
	pmap_remove(mach, kernel_pmap, va, va + NBPDR);
	assert_counts(kernel_pmap, 0, 0);
	for (i = 1; i < NPTEPG; i++)
		pmap_enter(mach, kernel_pmap, va + ptoa(i), VM_PROT_ALL, m[i],
		    PROT_RWX, TRUE);
	assert_counts(kernel_pmap, 0, NPTEPG - 1);
	pmap_remove(mach, kernel_pmap, va + PAGE_SIZE, va + NBPDR);
	assert_counts(kernel_pmap, 0, NPTEPG - 1);
	pmap_enter(mach, kernel_pmap, va, VM_PROT_ALL, m[0], PROT_RWX, TRUE);
	assert_superpage(mach, kernel_pmap, va);
	assert_counts(kernel_pmap, 1, NPTEPG);
	assert_panics(mach, "pmap_enter: attempted pmap_enter on 2MB page",
	    pmap_enter(mach, kernel_pmap, va + PAGE_SIZE, VM_PROT_ALL, m[1],
		PROT_RWX, TRUE));
	support_destroy(mach);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_enter_user_promotes_when_table_is_full),
	    cmocka_unit_test(test_enter_does_not_promote),
	    support_test(test_enter_kernel_attempts_each_time),
	    support_test(test_enter_into_user_superpage_demotes),
	    cmocka_unit_test(test_idempotent_enter_ignores_superpage),
	    cmocka_unit_test(test_idempotent_enter_knows_attributes),
	    cmocka_unit_test(test_idempotent_enter_sees_differences),
	    cmocka_unit_test(test_idempotent_enter_lets_write_fault_through),
	    cmocka_unit_test(test_enter_demotes_kernel_superpage),
	    support_test(test_enter_multiple_promotes_once),
	    support_test(test_enter_multiple_into_superpage_panics),
	    cmocka_unit_test(test_enter_after_count_drift_panics),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
