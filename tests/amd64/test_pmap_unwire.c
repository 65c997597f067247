/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vm_fault_unwire(): mappings of either size lose W, and their pages one
 * wiring, unless they are no pages of ours.
 */
#include <stdio.h>

#include "amd64/pmap_fixture.h"
#include "vm/vm_map.h"

static void
test_unwire_range(void **state)
{
	static const struct {
		bool superpage;
		boolean_t fictitious;
	} cases[] = {{false, FALSE}, {false, TRUE}, {true, FALSE},
	    {true, TRUE}};
	struct machine *mach;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_offset_t va;
	unsigned i, k, n, wired;

	for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		mach = support_boot(SUPPORT_SMALL);
		if (cases[k].superpage) {
			va = support_superpage(mach, m);
			n = NPTEPG;
		} else {
			va = support_full_reservation(mach, m);
			n = 3;
			for (i = 0; i < n; i++)
				pmap_enter(mach, kernel_pmap, va + ptoa(i),
				    VM_PROT_ALL, m[i], PROT_RWX, TRUE);
		}
		wired = mach->cnt.v_wire_count;
		cost = fixture_cost(mach);
		/* One page is left wired. */
		vm_fault_unwire(mach, pmapsim_kernel_map(mach), va,
		    va + ptoa(n - 1), cases[k].fictitious);
		/* The first demotion fills the table; vtopte goes. */
		assert_cost(mach, &cost,
		    .stores = n - 1 + (cases[k].superpage ? NPTEPG + 1 : 0),
		    .demotions = cases[k].superpage, .page = cases[k].superpage,
		    .sent = cases[k].superpage);
		assert_counts(kernel_pmap, n, 1);
		for (i = 0; i < n; i++) {
			assert_pte(mach, kernel_pmap, va + ptoa(i),
			    VM_PAGE_TO_PHYS(m[i]) |
				(i < n - 1 ? PTE_KMEM & ~PG_W : PTE_KMEM));
			assert_int_equal(m[i]->wire_count,
			    cases[k].fictitious || i == n - 1);
		}
		assert_int_equal(mach->cnt.v_wire_count,
		    cases[k].fictitious ? wired : wired - (n - 1));
		support_destroy(mach);
	}
}

/* A frame that is not memory has no page to unwire, in whatever kernel. */
static void
test_unwire_range_of_no_memory_stops(void **state)
{
	static const char *const configs[] = {SUPPORT_SMALL,
	    SUPPORT_SMALL " kernel=2010-04+litter"};
	struct machine *mach;
	struct cost cost;
	vm_offset_t va;
	vm_paddr_t pa;
	char text[128];
	unsigned k;

	for (k = 0; k < 2; k++) {
		mach = support_boot(configs[k]);
		va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach),
		    PAGE_SIZE);
		pa = mach->config.mem;
		pmap_kenter(mach, va, pa);
		cost = fixture_cost(mach);
		/* That is what a caller who knows it says. */
		vm_fault_unwire(mach, pmapsim_kernel_map(mach), va,
		    va + PAGE_SIZE, TRUE);
		snprintf(text, sizeof(text),
		    "vm_fault_unwire: page fault "
		    "trap: va %#llx maps %#llx, which is no memory",
		    (unsigned long long)va, (unsigned long long)pa);
		assert_panics(mach, text,
		    vm_fault_unwire(mach, pmapsim_kernel_map(mach), va,
			va + PAGE_SIZE, FALSE));
		assert_true(pmapsim_panic(mach)->simulator);
		assert_cost(mach, &cost, .stores = 0);
		assert_pte(mach, kernel_pmap, va, pa | PG_G | PG_RW | PG_V);
		support_destroy(mach);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_unwire_range),
	    cmocka_unit_test(test_unwire_range_of_no_memory_stops),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
