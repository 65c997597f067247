/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks that nobody has touched since boot, and have no descriptors yet: what
 * is done to them is what would be done to others.  Each test runs twice, on
 * untouched blocks and on touched ones, and must see the same.
 */
#include "vm/vm_state.h"

/* Three largest blocks. */
#define CONFIG "mem=0x5000000 first=0x2000000 kmem=0 invariants=on"

static struct machine *
boot(int touched)
{
	struct machine *mach;

	mach = support_boot(CONFIG);
	if (touched)
		vm_phys_touch_all(mach, 0);
	assert_lists(mach, "0.0.12 2000000 3000000 4000000\n");
	return (mach);
}

/* A page of the first block, of the second, of the last. */
static void
test_unfree_in_each_block(void **state)
{
	static const struct {
		vm_paddr_t pa;
		const char *lists;
	} cases[] = {
	    {0x2000000,
		"0.0.0 2001000\n0.0.1 2002000\n0.0.2 2004000\n"
		"0.0.3 2008000\n0.0.4 2010000\n0.0.5 2020000\n"
		"0.0.6 2040000\n0.0.7 2080000\n0.0.8 2100000\n"
		"0.0.9 2200000\n0.0.10 2400000\n0.0.11 2800000\n"
		"0.0.12 3000000 4000000\n"},
	    {0x3000000,
		"0.0.0 3001000\n0.0.1 3002000\n0.0.2 3004000\n"
		"0.0.3 3008000\n0.0.4 3010000\n0.0.5 3020000\n"
		"0.0.6 3040000\n0.0.7 3080000\n0.0.8 3100000\n"
		"0.0.9 3200000\n0.0.10 3400000\n0.0.11 3800000\n"
		"0.0.12 2000000 4000000\n"},
	    {0x4fff000,
		"0.0.0 4ffe000\n0.0.1 4ffc000\n0.0.2 4ff8000\n"
		"0.0.3 4ff0000\n0.0.4 4fe0000\n0.0.5 4fc0000\n"
		"0.0.6 4f80000\n0.0.7 4f00000\n0.0.8 4e00000\n"
		"0.0.9 4c00000\n0.0.10 4800000\n0.0.11 4000000\n"
		"0.0.12 2000000 3000000\n"},
	};
	struct machine *mach;
	size_t i;
	int touched;

	(void)state;
	for (touched = 0; touched < 2; touched++)
		for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			mach = boot(touched);
			assert_true(vm_phys_unfree_page(mach,
			    PHYS_TO_VM_PAGE(mach, cases[i].pa)));
			assert_lists(mach, cases[i].lists);
			/* And back: the block is whole, and the last. */
			vm_phys_free_pages(mach,
			    PHYS_TO_VM_PAGE(mach, cases[i].pa), 0);
			assert_lists(mach,
			    i == 0     ? "0.0.12 3000000 4000000 2000000\n" :
				i == 1 ? "0.0.12 2000000 4000000 3000000\n" :
					 "0.0.12 2000000 3000000 4000000\n");
			assert_audit(mach);
			pmapsim_destroy(mach);
		}
}

/* A run may not leave the segment, though the next block would be free. */
static void
test_contig_ends_with_the_segment(void **state)
{
	struct machine *mach;
	int touched;

	(void)state;
	for (touched = 0; touched < 2; touched++) {
		mach = boot(touched);
		assert_null(vm_phys_alloc_contig(mach, 3 * 4096 + 1, 0,
		    UINT64_MAX, 1, 0));
		assert_null(vm_phys_alloc_contig(mach, 4097, 0x4000000,
		    UINT64_MAX, 1, 0));
		assert_lists(mach, "0.0.12 2000000 3000000 4000000\n");
		assert_pa(mach,
		    vm_phys_alloc_contig(mach, 3 * 4096, 0, UINT64_MAX, 1, 0),
		    0x2000000);
		assert_lists(mach, "");
		pmapsim_destroy(mach);
	}
}

/* Memory that comes later is queued behind, be the first part touched or not. */
static void
test_a_second_segment_is_queued_behind(void **state)
{
	struct machine *mach;
	int touched;

	(void)state;
	for (touched = 0; touched < 2; touched++) {
		mach = support_boot("mem=0x5000000 first=0x4000000 kmem=0 "
				    "invariants=on");
		if (touched)
			vm_phys_touch_all(mach, 0);
		vm_phys_add_range(mach, 0x1800000, 0x3001000);
		assert_lists(mach,
		    "0.0.0 3000000\n0.0.11 1800000\n"
		    "0.0.12 4000000 2000000\n");
		assert_sysctl(mach, "vm.stats.vm.v_free_count", 0x2801);
		assert_pa(mach, vm_phys_alloc_pages(mach, 0, 12), 0x4000000);
		assert_pa(mach, vm_phys_alloc_pages(mach, 0, 12), 0x2000000);
		assert_null(vm_phys_alloc_pages(mach, 0, 12));
		pmapsim_destroy(mach);
	}
}

/* What was never allocated is free already, in whichever block it lies. */
static void
test_free_inside_a_block_stops(void **state)
{
	static const struct {
		vm_paddr_t pa;
		const char *text;
	} cases[] = {
	    {0x2001000,
		"vm_phys_free_pages: page 0x2001000 is free "
		"already"},
	    {0x3800000,
		"vm_phys_free_pages: page 0x3800000 is free "
		"already"},
	    {0x4fff000,
		"vm_phys_free_pages: page 0x4fff000 is free "
		"already"},
	};
	struct machine *mach;
	size_t i;
	int touched;

	(void)state;
	for (touched = 0; touched < 2; touched++)
		for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			mach = boot(touched);
			assert_panics(mach, cases[i].text,
			    vm_phys_free_pages(mach,
				PHYS_TO_VM_PAGE(mach, cases[i].pa), 0));
			assert_true(pmapsim_panic(mach)->simulator);
			/* Looking at it has not touched it. */
			assert_int_equal(vm_phys_is_untouched(mach,
					     cases[i].pa),
			    !touched);
			assert_lists(mach, "0.0.12 2000000 3000000 4000000\n");
			pmapsim_destroy(mach);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_unfree_in_each_block),
	    cmocka_unit_test(test_contig_ends_with_the_segment),
	    cmocka_unit_test(test_a_second_segment_is_queued_behind),
	    cmocka_unit_test(test_free_inside_a_block_stops),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
