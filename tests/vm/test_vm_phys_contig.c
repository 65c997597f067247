/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contiguous pages: the order of the search, each constraint, and what becomes
 * of the rest of a block.
 */
#include "vm_phys_fixture.h"

static const uint16_t color0 = 0;

/* A contiguous run comes from the start of a block, of whatever pool. */
static void
test_contig_takes_a_block_and_frees_its_rest(void **state)
{
	struct machine *mach;
	vm_page_t m;
	int i;

	mach = support_boot("mem=0x1410000 first=0x1400000 kmem=0 "
			    "invariants=on");
	vm_page_flag_set(page(mach, 0x1401000), PG_ZERO);
	mach->vm_page->vm_page_zero_count = 1;
	/* Five pages of eight; the other three merge as they come back. */
	m = vm_phys_alloc_contig(mach, 5, 0, UINT64_MAX, PAGE_SIZE, 0);
	assert_pa(mach, m, 0x1400000);
	assert_lists(mach, "0.0.0 1405000\n0.0.1 1406000\n0.0.3 1408000\n");
	assert_sysctl(mach, "vm.stats.vm.v_free_count", 11);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", 0);
	assert_int_equal(mach->vm_page->vm_page_zero_count, 0);
	for (i = 0; i < 5; i++) {
		assert_int_equal(vm_page_flags(&m[i]),
		    i == 1 ? (PG_UNMANAGED | PG_ZERO) : PG_UNMANAGED);
		assert_int_equal(m[i].wire_count, 0);
		assert_int_equal(m[i].oflags, 0);
		assert_null(m[i].object);
	}
	for (i = 0; i < 5; i++)
		vm_page_free(mach, &m[i]);
	assert_lists(mach, "0.0.4 1400000\n");
	assert_sysctl(mach, "vm.stats.vm.v_free_count", 16);
	assert_audit(mach);
	done(mach);
}

static void
test_contig_constraints(void **state)
{
	static const struct {
		unsigned long npages;
		vm_paddr_t low, high;
		unsigned long alignment, boundary;
		vm_paddr_t pa; /* 0: none */
	} cases[] = {
	    {1, 0, UINT64_MAX, 1, 0, 0x1401000},
	    {2, 0, UINT64_MAX, 1, 0, 0x1402000},
	    {1, 0x1402000, UINT64_MAX, 1, 0, 0x1402000},
	    {1, 0x1402001, UINT64_MAX, 1, 0, 0x1404000},
	    /* Inside a block, or across two: never found. */
	    {1, 0x1405000, UINT64_MAX, 1, 0, 0x1408000},
	    {5, 0, 0x1408000, 1, 0, 0},
	    /* The end may be exactly "high". */
	    {4, 0, 0x1408000, 1, 0, 0x1404000},
	    {4, 0, 0x1407fff, 1, 0, 0},
	    {4, 0, 0x1400fff, 1, 0, 0},
	    {1, 0x1410000, UINT64_MAX, 1, 0, 0},
	    {1, 0, UINT64_MAX, 0x8000, 0, 0x1408000},
	    {1, 0, UINT64_MAX, 0x10000, 0, 0},
	    /* Three pages at 4, 4 at 8 cross no multiple of four pages. */
	    {3, 0, UINT64_MAX, 1, 0x4000, 0x1404000},
	    {3, 0, UINT64_MAX, 1, 0x2000, 0},
	    {8, 0, UINT64_MAX, 1, 0x8000, 0x1408000},
	    {9, 0, UINT64_MAX, 1, 0, 0},
	};
	struct vm_state before, after;
	struct machine *mach;
	vm_page_t m;
	size_t i;

	/* Blocks: 1401000 of 1 page, 1402000 of 2, 1404000 of 4, 1408000 of 8.
	 */
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mach = support_boot("mem=0x1410000 first=0x1401000 kmem=0 "
				    "invariants=on");
		vm_state_lists(mach, &before);
		m = vm_phys_alloc_contig(mach, cases[i].npages, cases[i].low,
		    cases[i].high, cases[i].alignment, cases[i].boundary);
		vm_state_lists(mach, &after);
		if (cases[i].pa != 0) {
			assert_pa(mach, m, cases[i].pa);
			assert_string_not_equal(before.text, after.text);
		} else {
			if (m != NULL)
				fail_msg("case %zu gave %#lx", i,
				    (unsigned long)vm_page_to_phys(mach, m));
			assert_string_equal(before.text, after.text);
		}
		done(mach);
	}
}

/* The search: list, then order, then pool; the taken block comes to pool 0. */
static void
test_contig_order_of_search(void **state)
{
	struct machine *mach;
	vm_page_t m;

	mach = support_boot("mem=0x1400000 first=0x800000 kmem=0");
	assert_lists(mach, "0.0.10 1000000\n1.0.11 800000\n");
	/* A block of list 0 converted: the smaller orders are in pool 1. */
	assert_pa(mach, vm_phys_alloc_pages(mach, DIRECT, 8), 0x1000000);
	m = vm_phys_alloc_contig(mach, 100, 0, UINT64_MAX, 1, 0);
	assert_pa(mach, m, 0x1100000);
	assert_int_equal(m[99].pool, DEFAULT);
	assert_int_equal(m[255].pool, DEFAULT);
	assert_lists(mach,
	    "0.0.2 1164000\n0.0.3 1168000\n0.0.4 1170000\n"
	    "0.0.7 1180000\n0.1.9 1200000\n1.0.11 800000\n");
	/* Only memory below 16 MB will do. */
	assert_pa(mach, vm_phys_alloc_contig(mach, 1, 0, 0x1000000, 1, 0),
	    0x800000);
	done(mach);
}

/*
 * More than 16 MB: whole blocks that lie in a row.  The rest of the last is
 * freed page by page, and only the first one's pool is changed.
 */
static void
test_contig_larger_than_the_largest_block(void **state)
{
	struct machine *mach;
	vm_page_t m;
	int touched;

	for (touched = 0; touched < 2; touched++) {
		mach = support_boot("mem=0x5000000 first=0x1800000 kmem=0 "
				    "invariants=on");
		if (touched)
			vm_phys_touch_all(mach, 0);
		assert_lists(mach,
		    "0.0.11 1800000\n0.0.12 2000000 3000000 4000000\n");
		m = vm_phys_alloc_contig(mach, 4097, 0x2000001, UINT64_MAX, 1,
		    0);
		assert_pa(mach, m, 0x3000000);
		assert_int_equal(vm_page_flags(&m[4096]), PG_UNMANAGED);
		assert_int_equal(vm_page_flags(&m[4097]), PG_FREE);
		assert_lists(mach,
		    "0.0.0 4001000\n0.0.1 4002000\n"
		    "0.0.2 4004000\n0.0.3 4008000\n0.0.4 4010000\n"
		    "0.0.5 4020000\n0.0.6 4040000\n0.0.7 4080000\n"
		    "0.0.8 4100000\n0.0.9 4200000\n0.0.10 4400000\n"
		    "0.0.11 1800000 4800000\n0.0.12 2000000\n");
		assert_sysctl(mach, "vm.stats.vm.v_free_count", 0x3800 - 4097);
		/* The neighbour of 2000000 is gone. */
		assert_null(vm_phys_alloc_contig(mach, 4097, 0, UINT64_MAX, 1,
		    0));
		done(mach);
	}
	mach = support_boot("mem=0x4000000 first=0x2000000 kmem=0");
	vm_phys_set_pool(mach, DIRECT, vm_phys_alloc_pages(mach, 0, 12), 12);
	vm_phys_set_pool(mach, CACHE, vm_phys_alloc_pages(mach, 0, 12), 12);
	vm_phys_free_pages(mach, page(mach, 0x2000000), 12);
	vm_phys_free_pages(mach, page(mach, 0x3000000), 12);
	assert_pa(mach, vm_phys_alloc_contig(mach, 8192, 0, UINT64_MAX, 1, 0),
	    0x2000000);
	assert_int_equal(page(mach, 0x2fff000)->pool, DEFAULT);
	assert_int_equal(page(mach, 0x3000000)->pool, CACHE);
	assert_lists(mach, "");
	done(mach);
}

/* When nothing is found, a reservation that has the run is reclaimed. */
static void
test_contig_reclaims_a_reservation(void **state)
{
	struct machine *mach;
	vm_object_t object;

	mach = support_boot("mem=0x1600000 first=0x1400000 kmem=0 "
			    "invariants=on");
	object = support_object(mach, 512, &color0);
	assert_pa(mach, support_page(mach, object, 0, VM_ALLOC_NORMAL),
	    0x1400000);
	assert_lists(mach, "");
	assert_null(vm_phys_alloc_contig(mach, 512, 0, UINT64_MAX, 1, 0));
	assert_sysctl(mach, "vm.reserv.reclaimed", 0);
	assert_pa(mach, vm_phys_alloc_contig(mach, 256, 0, UINT64_MAX, 1, 0),
	    0x1500000);
	assert_sysctl(mach, "vm.reserv.reclaimed", 1);
	assert_sysctl(mach, "vm.stats.vm.v_free_count", 255);
	done(mach);
}

/*
 * The half that a split leaves over goes to the head of its queue also where
 * that has blocks: the search passed them over.
 */
static void
test_contig_splits_to_the_head(void **state)
{
	struct machine *mach;

	mach = support_boot("mem=0x1420000 first=0x1408000 kmem=0 "
			    "invariants=on");
	assert_lists(mach, "0.0.3 1408000\n0.0.4 1410000\n");
	assert_pa(mach,
	    vm_phys_alloc_contig(mach, 8, 0, UINT64_MAX, 0x10000, 0),
	    0x1410000);
	assert_lists(mach, "0.0.3 1418000 1408000\n");
	done(mach);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_contig_takes_a_block_and_frees_its_rest),
	    cmocka_unit_test(test_contig_constraints),
	    cmocka_unit_test(test_contig_order_of_search),
	    cmocka_unit_test(test_contig_larger_than_the_largest_block),
	    cmocka_unit_test(test_contig_reclaims_a_reservation),
	    cmocka_unit_test(test_contig_splits_to_the_head),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
