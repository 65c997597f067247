/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_unwire_range(): mappings of either size lose W, and their pages one
 * wiring, unless they are no pages of ours.
 */
#include "amd64/pmap_fixture.h"

static void
test_unwire_range(void **state)
{
	static const struct {
		bool superpage;
		boolean_t fictitious;
	} cases[] = { { false, FALSE }, { false, TRUE }, { true, FALSE },
		{ true, TRUE } };
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
		pmap_unwire_range(mach, kernel_pmap, va, va + ptoa(n - 1),
		    cases[k].fictitious);
		/* The first demotion fills the table; vtopte goes. */
		assert_cost(mach, &cost, .stores = n - 1 +
		    (cases[k].superpage ? NPTEPG + 1 : 0),
		    .demotions = cases[k].superpage,
		    .page = cases[k].superpage, .sent = cases[k].superpage);
		assert_counts(kernel_pmap, n, 1);
		for (i = 0; i < n; i++) {
			assert_pte(mach, kernel_pmap, va + ptoa(i),
			    VM_PAGE_TO_PHYS(m[i]) | (i < n - 1 ? PTE_KMEM &
			    ~PG_W : PTE_KMEM));
			assert_int_equal(m[i]->wire_count,
			    cases[k].fictitious || i == n - 1);
		}
		assert_int_equal(mach->cnt.v_wire_count,
		    cases[k].fictitious ? wired : wired - (n - 1));
		support_destroy(mach);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unwire_range),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
