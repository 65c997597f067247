/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where an address map has room, and what finds it: vm_map_findspace(),
 * vm_map_find() and vm_map_fixed().
 */
#include "vm_map_fixture.h"

#include "vm/vm_phys.h"

#define K VM_MIN_KERNEL_ADDRESS

/* ---- findspace ---------------------------------------------------------- */

static void
test_findspace_lowest_gap_at_or_above_start(void **state)
{
	static const struct {
		unsigned start, length;
		int want; /* -1: none */
	} cases[] = {
	    {0, 1, 0},
	    {0, 2, 0},
	    {0, 3, 6},
	    {0, 4, 6},
	    {0, 5, 12},
	    {0, 6, 12},
	    {0, 7, -1},
	    {1, 1, 1},
	    {1, 2, 6},
	    {3, 1, 6},
	    {3, 5, 12}, /* start inside an entry */
	    {6, 4, 6},
	    {7, 3, 7},
	    {7, 4, 12},
	    {9, 1, 9},
	    {9, 2, 12},
	    {12, 6, 12},
	    {13, 5, 13},
	    {13, 6, -1},
	    {17, 1, 17},
	    {18, 1, -1},
	    {20, 1, -1},
	    {21, 1, -1},
	};
	struct machine *mach = *state;
	vm_map_t map = three_entries(mach);
	vm_offset_t addr;
	unsigned i;
	int result;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		result = vm_map_findspace(mach, map, ptoa(16 + cases[i].start),
		    ptoa(cases[i].length), &addr);
		assert_int_equal(result, cases[i].want == -1);
		if (result == 0)
			assert_int_equal(addr, ptoa(16 + cases[i].want));
	}
	/* Below the map it begins with the map; beyond all numbers it ends. */
	assert_int_equal(vm_map_findspace(mach, map, 0, PAGE_SIZE, &addr), 0);
	assert_int_equal(addr, ptoa(16));
	assert_int_equal(vm_map_findspace(mach, map, ptoa(17),
			     UINT64_MAX - PAGE_SIZE, &addr),
	    1);
}

static void
test_findspace_empty_map(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = small_map(mach, ptoa(16), 4);
	vm_offset_t addr;

	assert_int_equal(vm_map_findspace(mach, map, 0, ptoa(4), &addr), 0);
	assert_int_equal(addr, ptoa(16));
	assert_int_equal(vm_map_findspace(mach, map, ptoa(18), ptoa(2), &addr),
	    0);
	assert_int_equal(addr, ptoa(18));
	assert_int_equal(vm_map_findspace(mach, map, ptoa(18), ptoa(3), &addr),
	    1);
}

static void
test_findspace_max_free_corrupt_panics(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = three_entries(mach);
	vm_offset_t addr;

	map->root->max_free = ptoa(100);
	map->max_offset += ptoa(100);
	assert_panics(mach, "vm_map_findspace: max_free corrupt",
	    vm_map_findspace(mach, map, 0, ptoa(50), &addr));
}

/* Only in kernel_map, up to whole page tables, though nothing is inserted. */
static void
test_findspace_grows_the_kernel(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = pmapsim_kernel_map(mach);
	vm_offset_t addr;

	/* PD + tables of kmem_map's 8 MB */
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", 5);
	assert_int_equal(vm_map_findspace(mach, pmapsim_kmem_map(mach), K,
			     MB(8), &addr),
	    0);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", 5);
	assert_int_equal(vm_map_findspace(mach, map, K, MB(2), &addr), 0);
	assert_int_equal(addr, K + MB(8));
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", 6);
	assert_int_equal(map->nentries, 2);
	assert_int_equal(vm_map_findspace(mach, map, K, MB(2), &addr), 0);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", 6);
	assert_int_equal(vm_map_findspace(mach, map, K, MB(2) + 1, &addr), 0);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", 7);
	assert_int_equal(vm_map_findspace(mach, map, K, NBPML4, &addr), 1);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", 7);
	map = small_map(mach, K + MB(64), 16);
	assert_int_equal(vm_map_findspace(mach, map, 0, ptoa(16), &addr), 0);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", 7);
}

/* ---- find, fixed --------------------------------------------------------- */

static void
test_find_modes(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = small_map(mach, MB(2), 4096);
	uint16_t color = 0;
	vm_object_t object;
	vm_offset_t addr;

	addr = MB(2);
	assert_int_equal(vm_map_find(mach, map, NULL, 0, &addr, KB(4),
			     VMFS_NO_SPACE, RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_int_equal(vm_map_find(mach, map, NULL, 0, &addr, KB(4),
			     VMFS_NO_SPACE, RW, VM_PROT_ALL, 0),
	    KERN_NO_SPACE);
	addr = 0;
	assert_int_equal(vm_map_find(mach, map, NULL, 0, &addr, MB(2),
			     VMFS_ANY_SPACE, VM_PROT_READ, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_int_equal(addr, MB(2) + KB(4));
	/* An object of colour 0 goes to a multiple of 2 MB. */
	object = support_object(mach, 512, &color);
	addr = 0;
	assert_int_equal(vm_map_find(mach, map, object, 0, &addr, MB(2),
			     VMFS_ALIGNED_SPACE, RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_int_equal(addr, MB(6));
	/* Where the aligned range is taken, the search goes on above. */
	assert_int_equal(vm_map_remove(mach, map, MB(2), MB(6)), KERN_SUCCESS);
	assert_int_equal(vm_map_insert(mach, map, NULL, 0, MB(2), MB(2) + KB(4),
			     RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_int_equal(vm_map_insert(mach, map, NULL, 0, MB(6) - KB(4), MB(6),
			     RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	vm_object_reference(mach, object);
	addr = 0;
	assert_int_equal(vm_map_find(mach, map, object, 0, &addr, MB(2),
			     VMFS_ALIGNED_SPACE, RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_int_equal(addr, MB(8));
	addr = 0;
	assert_int_equal(vm_map_find(mach, map, NULL, 0, &addr, MB(16),
			     VMFS_ANY_SPACE, RW, VM_PROT_ALL, 0),
	    KERN_NO_SPACE);
}

static void
test_fixed_replaces_what_was_there(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = three_entries(mach);

	assert_int_equal(vm_map_fixed(mach, map, NULL, 0, ptoa(20), ptoa(7), RW,
			     VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_entries(map, 4,
	    (vm_offset_t[]) {ptoa(18), ptoa(20), ptoa(20), ptoa(27), ptoa(27),
		ptoa(28), ptoa(34), ptoa(36)});
	assert_int_equal(map->size, ptoa(12));
	assert_int_equal(vm_map_fixed(mach, map, NULL, 0, ptoa(40), ptoa(4), RW,
			     VM_PROT_ALL, 0),
	    KERN_INVALID_ADDRESS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_findspace_lowest_gap_at_or_above_start),
	    support_test(test_findspace_empty_map),
	    support_test(test_findspace_max_free_corrupt_panics),
	    support_test(test_findspace_grows_the_kernel),
	    support_test(test_find_modes),
	    support_test(test_fixed_replaces_what_was_there),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
