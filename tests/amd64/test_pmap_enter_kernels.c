/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_enter() in kernels with the remedies of October 2010 and of later
 * years, where these have nothing to do or meet each other.
 */
#include <stdio.h>

#include "amd64/pmap_fixture.h"

#define SMALL_KERNEL(name) SUPPORT_SMALL " kernel=" name

/* What demotes superpages still needs a page table. */
static void
test_enter_demotes_superpages_only(void **state)
{
	static const char *const configs[] = {SUPPORT_SMALL,
	    SMALL_KERNEL("2010-04+enter-demotes"),
	    SMALL_KERNEL("2010-04+idempotent-enter")};
	/* Without a page directory, and with one. */
	static const vm_offset_t vas[] = {UINT64_C(0xffffff9000001000),
	    VM_MIN_KERNEL_ADDRESS + NBPDP - PAGE_SIZE};
	struct machine *mach;
	struct cost cost;
	vm_page_t m;
	char text[80];
	unsigned i, k;

	for (k = 0; k < sizeof(configs) / sizeof(configs[0]); k++)
		for (i = 0; i < 2; i++) {
			mach = support_boot(configs[k]);
			m = fixture_page(mach);
			assert_int_equal(pmap_pde(mach, kernel_pmap, vas[i]) !=
				NULL,
			    i);
			cost = fixture_cost(mach);
			snprintf(text, sizeof(text),
			    "pmap_enter: invalid page directory va=%#llx",
			    (unsigned long long)vas[i]);
			assert_panics(mach, text,
			    pmap_enter(mach, kernel_pmap, vas[i], VM_PROT_WRITE,
				m, PROT_RW, FALSE));
			assert_false(pmapsim_panic(mach)->simulator);
			assert_cost(mach, &cost, .stores = 0);
			assert_counts(kernel_pmap, 0, 0);
			assert_page(m, 0, 0, m->dirty, 0);
			support_destroy(mach);
		}
}

/* Remedies 1 and 3: a superpage all of whose pages are ignored stays. */
static void
test_enter_multiple_ignores_superpage(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m[NPTEPG], next;
	vm_offset_t va;
	vm_pindex_t pindex;

	mach = support_boot(SMALL_KERNEL("2010-04+idempotent-enter"));
	va = support_superpage(mach, m);
	pindex = atop(va - VM_MIN_KERNEL_ADDRESS);
	next = support_page(mach, pmapsim_kernel_object(mach), pindex + NPTEPG,
	    VM_ALLOC_WIRED);
	pmap_growkernel(mach, va + 2 * NBPDR);
	cost = fixture_cost(mach);
	pmap_enter_multiple(mach, kernel_pmap, va + PAGE_SIZE, VM_PROT_ALL,
	    pmapsim_kernel_object(mach), pindex + 1, NPTEPG, PROT_RWX, TRUE);
	assert_int_equal(mach->pmap->enters_ignored, NPTEPG - 1);
	/* The page behind it is entered; its reservation is not full. */
	assert_cost(mach, &cost, .stores = 1);
	assert_int_equal(pmapsim_promote_failures(mach,
			     PMAPSIM_PROMOTE_NO_RESERVATION),
	    1);
	assert_superpage(mach, kernel_pmap, va);
	assert_pte(mach, kernel_pmap, va + NBPDR,
	    VM_PAGE_TO_PHYS(next) | PTE_KMEM);
	assert_counts(kernel_pmap, NPTEPG + 1, NPTEPG + 1);
	support_destroy(mach);
}

/* A program's table says that it is not full: that costs no attempt. */
static void
test_enter_multiple_for_a_program(void **state)
{
	const uint16_t color = 0;
	struct machine *mach = *state;
	struct cost cost;
	vm_object_t object;
	vm_page_t m;
	pmap_t pmap;

	pmap = fixture_pmap(mach, "u");
	object = support_object(mach, 2 * NPTEPG, &color);
	m = support_pages(mach, object, 0, 2 * NPTEPG, VM_ALLOC_NORMAL);
	cost = fixture_cost(mach);
	pmap_enter_multiple(mach, pmap, UVA, VM_PROT_WRITE, object, 0,
	    2 * NPTEPG - 3, PROT_RW, FALSE);
	/* All pages, two tables, one superpage. */
	assert_cost(mach, &cost, .stores = 2 * NPTEPG - 3 + 2 + 1,
	    .promotions = 1);
	assert_int_equal(support_pde(mach, pmap, UVA),
	    VM_PAGE_TO_PHYS(m) | PTE_WRITTEN | PG_PS);
	assert_counts(pmap, 2 * NPTEPG - 3 + 4, 0);
	pmap_enter_multiple(mach, pmap, UVA + 2 * NBPDR - 3 * PAGE_SIZE,
	    VM_PROT_WRITE, object, 2 * NPTEPG - 3, 3, PROT_RW, FALSE);
	assert_cost(mach, &cost, .stores = 3 + 1, .promotions = 1);
	assert_int_equal(support_pde(mach, pmap, UVA + NBPDR),
	    VM_PAGE_TO_PHYS(m + NPTEPG) | PTE_WRITTEN | PG_PS);
	assert_counts(pmap, 2 * NPTEPG + 4, 0);
	assert_int_equal(mach->pmap->pv_entry_count, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_enter_demotes_superpages_only),
	    cmocka_unit_test(test_enter_multiple_ignores_superpage),
	    support_test(test_enter_multiple_for_a_program),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
