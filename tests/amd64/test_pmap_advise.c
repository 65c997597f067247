/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_advise(): mappings of 4 KB look unused afterwards, and what the CPUs
 * forget of them; and pmap_ts_referenced() of the same kernels, which leaves
 * superpages whole.
 */
#include "amd64/pmap_fixture.h"

/*
 * The kernel's mappings, a letter a page: written (W) or read (R), global;
 * read and not global (l); global and not used (u); none (.).  Global ones are
 * invalidated by runs, which end where nothing is changed, the others all at
 * once, and what was not used is not at all.
 */
static void
test_advise_invalidates_global_runs(void **state)
{
	static const struct {
		const char *pages;
		unsigned ranges, range_pages;
		bool all;
	} cases[] = {
	    {"..u.", 0, 0, false},
	    {"l", 0, 0, true},
	    {"W", 1, 1, false},
	    {"R", 1, 1, false},
	    {".WR.", 1, 2, false},
	    {"uRWR", 1, 3, false},
	    {"WW.RRRuR", 3, 6, false},
	    {"l.WWul", 1, 2, true},
	    {"WlW.", 1, 3, true},
	    {"WlW", 1, 3, true},
	};
	static const int advice[] = {PMAPSIM_MADV_DONTNEED, PMAPSIM_MADV_FREE};
	const char *pages;
	struct machine *mach;
	struct cost cost;
	pt_entry_t want[8];
	vm_offset_t va;
	vm_page_t m;
	uint64_t before;
	unsigned changed, i, k, n;

	for (k = 0; k < 2 * sizeof(cases) / sizeof(cases[0]); k++) {
		mach = support_boot(SMALL_KERNEL("2022-07"));
		m = fixture_frame(mach);
		va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach),
		    8 * PAGE_SIZE);
		pages = cases[k / 2].pages;
		n = (unsigned)strlen(pages);
		changed = 0;
		for (i = 0; i < n; i++) {
			vm_page_use(mach, &m[i])->dirty = 0;
			want[i] = 0;
			if (pages[i] == '.')
				continue;
			fixture_enter(mach, kernel_pmap, va, m, i, i + 1,
			    pages[i] == 'W' ? VM_PROT_WRITE : VM_PROT_READ,
			    PROT_RW, FALSE);
			fixture_set_pte(mach, kernel_pmap, va + ptoa(i), 0,
			    (pages[i] == 'l' ? PG_G : 0) |
				(pages[i] == 'u' ? PG_A : 0));
			want[i] = support_pte(mach, kernel_pmap, va + ptoa(i)) &
			    ~(PG_A | PG_M);
			changed += pages[i] != 'u';
		}
		before = cpu_current(mach)->local_range_pages;
		cost = fixture_cost(mach);
		pmap_advise(mach, kernel_pmap, va, va + ptoa(n), advice[k % 2]);
		assert_int_equal(cpu_current(mach)->local_range_pages - before,
		    cases[k / 2].range_pages);
		assert_cost(mach, &cost, .stores = changed,
		    .range = cases[k / 2].ranges, .all = cases[k / 2].all,
		    .sent = cases[k / 2].ranges + cases[k / 2].all);
		for (i = 0; i < n; i++) {
			assert_pte(mach, kernel_pmap, va + ptoa(i), want[i]);
			assert_page(m + i, pages[i] != '.', 0,
			    pages[i] == 'W' && k % 2 == 0 ? VM_PAGE_BITS_ALL :
							    0,
			    pages[i] != '.');
		}
		support_destroy(mach);
	}
}

/*
 * Each page of a superpage that was used says so, but only one of the 512 takes
 * A from it, which depends on the address, and of a wired one none does.
 */
static void
test_ts_referenced_takes_a_by_one_page(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_offset_t va;
	pd_entry_t pde;
	vm_page_t m;
	unsigned i, k;
	pmap_t pmap;
	bool takes;

	for (k = 0; k < 4; k++) {
		mach = support_boot(SMALL_KERNEL("2022-07"));
		pmap = fixture_pmap(mach, "u");
		m = fixture_frame(mach);
		va = UVA + (k / 2) * NBPDR;
		fixture_enter(mach, pmap, va, m, 0, NPTEPG, VM_PROT_WRITE,
		    PROT_RW, k % 2);
		assert_superpage(mach, pmap, va);
		pde = support_pde(mach, pmap, va);
		for (i = NPTEPG; i-- > 0;) {
			takes = i == k / 2 && k % 2 == 0;
			vm_page_use(mach, &m[i])->dirty = 0;
			cost = fixture_cost(mach);
			assert_int_equal(pmap_ts_referenced(mach, m + i),
			    k == 2 && i == 0 ? 0 : 1);
			assert_cost(mach, &cost, .stores = takes,
			    .page = takes);
			if (takes)
				pde &= ~PG_A;
			assert_int_equal(support_pde(mach, pmap, va), pde);
			assert_page(m + i, 1, 0, VM_PAGE_BITS_ALL, 0);
		}
		assert_int_equal(pmap_ts_referenced(mach, m + 7), k % 2);
		support_destroy(mach);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_advise_invalidates_global_runs),
	    cmocka_unit_test(test_ts_referenced_takes_a_by_one_page),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
