/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_enter() in kernels with the remedies of October 2010 and of later
 * years, where these have nothing to do or meet each other.
 */
#include <stdio.h>

#include "amd64/pmap_fixture.h"

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
			assert_page(m, 0, 0, vm_page_use(mach, m)->dirty, 0);
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

/*
 * A superpage that cannot be entered, for whichever lack of memory, leaves
 * nothing behind: of a wired one, which the kernel of 2026 alone allows, the
 * page table that was to be kept for it does not stay either.
 */
static void
test_enter_superpage_without_memory(void **state)
{
	static const struct {
		const char *config;
		int wired;
	} cases[] = {{SMALL_KERNEL("2022-07"), 0},
	    {SMALL_KERNEL("2026-pmap"), 0},
	    {SMALL_KERNEL("2026-pmap"), PMAP_ENTER_WIRED}};
	struct machine *mach;
	int64_t unused, wired;
	vm_page_t m;
	pmap_t pmap;
	unsigned i, failures, nth;
	int error;

	(void)state;
	for (i = 0; i < 3; i++) {
		mach = support_boot(cases[i].config);
		pmap = fixture_pmap(mach, "u");
		m = fixture_frame(mach);
		/* Elsewhere, for a chunk that has a pv entry left. */
		pmap_enter(mach, pmap, UVA + NBPML4, VM_PROT_READ,
		    fixture_page(mach), PROT_R, FALSE);
		unused = support_sysctl(mach, "vm.stats.vm.v_free_count");
		wired = support_sysctl(mach, "vm.stats.vm.v_wire_count");
		failures = 0;
		for (nth = 1;; nth++) {
			pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, nth,
			    false);
			error = pmap_enter_flags(mach, pmap, UVA, m, PROT_RW,
			    VM_PROT_WRITE | cases[i].wired | PMAP_ENTER_NOSLEEP,
			    1);
			if (error == KERN_SUCCESS)
				break;
			failures++;
			assert_int_equal(error, KERN_RESOURCE_SHORTAGE);
			/* A page, three tables, and the PML4 page, which
			 * counts as resident in these kernels. */
			assert_counts(pmap, 5, 0);
			assert_int_equal(support_pde(mach, pmap, UVA), 0);
			assert_int_equal(support_sysctl(mach,
					     "vm.stats.vm.v_free_count"),
			    unused);
			assert_int_equal(support_sysctl(mach,
					     "vm.stats.vm.v_wire_count"),
			    wired);
			assert_int_equal(mach->pmap->pv_entry_count, 1);
		}
		pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 0, false);
		assert_true(failures > 0);
		assert_superpage(mach, pmap, UVA);
		support_destroy(mach);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_enter_demotes_superpages_only),
	    cmocka_unit_test(test_enter_multiple_ignores_superpage),
	    support_test(test_enter_multiple_for_a_program),
	    cmocka_unit_test(test_enter_superpage_without_memory),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
