/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The neighbours that a fault maps along: in which order, where they end, and
 * what is passed over.
 */
#include "vm_fault_fixture.h"

/* The addresses of the pv entries of "pmap" in the order they were made. */
static unsigned
pv_order(pmap_t pmap, vm_offset_t *va, unsigned max)
{
	struct pv_chunk *pc;
	unsigned i;

	pc = TAILQ_FIRST(&pmap->pm_pvchunk);
	assert_non_null(pc);
	for (i = 0;
	     i < max && i < 64 && (pc->pc_map[0] & (UINT64_C(1) << i)) == 0;
	     i++)
		va[i] = pc->pc_pventry[i].pv_va;
	return (i);
}

/* Pages [first, last] of a 32-page object at VA, resident and not mapped. */
static vm_map_t
resident_run(struct machine *mach, unsigned first, unsigned last,
    vm_object_t *objectp)
{
	vm_object_t object;
	vm_map_t map;

	map = program(mach);
	object = support_object(mach, 32, &color0);
	support_pages(mach, object, first, last - first + 1, VM_ALLOC_NORMAL);
	map_at(mach, map, VA, 32, object, RW);
	*objectp = object;
	return (map);
}

static void
test_prefault_order_and_entries(void **state)
{
	struct machine *mach = *state;
	static const unsigned order[] = {10, 9, 11, 8, 12, 7, 13, 6, 14};
	vm_offset_t va[64];
	vm_object_t object;
	vm_map_t map;
	vm_page_t m;
	unsigned i;

	map = resident_run(mach, 0, 31, &object);
	fault(mach, map, VA + ptoa(10), VM_PROT_WRITE);
	assert_int_equal(pv_order(map->pmap, va, 64), 9);
	for (i = 0; i < 9; i++)
		assert_int_equal(va[i], VA + ptoa(order[i]));
	for (i = 0; i < 32; i++) {
		m = vm_page_lookup(mach, object, i);
		if (i == 10) {
			assert_pte(mach, map->pmap, VA + ptoa(i),
			    VM_PAGE_TO_PHYS(m) | NX | 0x467);
			continue;
		}
		assert_pte(mach, map->pmap, VA + ptoa(i),
		    i >= 6 && i <= 14 ? VM_PAGE_TO_PHYS(m) | NX | 0x405 : 0);
		assert_int_equal(vm_page_flags(m), 0);
	}
	/* Wired by nobody, counted as mappings. */
	assert_int_equal(pmapsim_pmap_resident_count(map->pmap), 9 + 3);
	vmspace_free(mach, map);
}

static void
test_prefault_ends_at_absent_page(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_offset_t va[64];
	vm_map_t map;
	unsigned gone, n;
	/* Mapped when the page at this distance is absent: in order. */
	static const struct {
		unsigned page, mapped;
	} c[] = {
	    {9, 1},
	    {11, 2},
	    {8, 3},
	    {12, 4},
	    {7, 5},
	    {13, 6},
	    {6, 7},
	    {14, 8},
	    {5, 9},
	    {15, 9},
	};

	for (n = 0; n < sizeof(c) / sizeof(c[0]); n++) {
		gone = c[n].page;
		map = resident_run(mach, 0, 31, &object);
		vm_page_free(mach, vm_page_lookup(mach, object, gone));
		fault(mach, map, VA + ptoa(10), VM_PROT_READ);
		assert_int_equal(pv_order(map->pmap, va, 64), c[n].mapped);
		assert_pte(mach, map->pmap, VA + ptoa(gone), 0);
		vmspace_free(mach, map);
	}
}

static void
test_prefault_passes_over_mapped_and_invalid_pages(void **state)
{
	struct machine *mach = *state;
	static const unsigned order[] = {9, 10, 8, 12, 7, 13, 6, 14};
	vm_offset_t va[64];
	vm_object_t object;
	vm_map_t map;
	unsigned i;

	map = resident_run(mach, 6, 14, &object);
	pmap_enter_quick(mach, map->pmap, VA + ptoa(9),
	    vm_page_lookup(mach, object, 9), RW);
	vm_page_lookup(mach, object, 11)->valid = 0x7f;
	fault(mach, map, VA + ptoa(10), VM_PROT_READ);
	assert_int_equal(pv_order(map->pmap, va, 64), 8);
	for (i = 0; i < 8; i++)
		assert_int_equal(va[i], VA + ptoa(order[i]));
	assert_pte(mach, map->pmap, VA + ptoa(11), 0);
	vmspace_free(mach, map);
}

static void
test_prefault_stays_inside_the_entry(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_offset_t va[64];
	vm_map_t map;
	unsigned i;

	/* Pages 9..11 of 32 mapped: no more is to be had. */
	map = program(mach);
	object = support_object(mach, 32, &color0);
	support_pages(mach, object, 0, 32, VM_ALLOC_NORMAL);
	assert_int_equal(vm_map_insert(mach, map, object, ptoa(9), VA + ptoa(9),
			     VA + ptoa(12), RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	fault(mach, map, VA + ptoa(10), VM_PROT_READ);
	assert_int_equal(pv_order(map->pmap, va, 64), 3);
	for (i = 0; i < 32; i++)
		assert_int_equal(support_pte(mach, map->pmap, VA + ptoa(i)) !=
			0,
		    i >= 9 && i <= 11);
	/* The index in the object, not in the entry, was looked for. */
	assert_ptr_equal(page_at(mach, map, VA + ptoa(9)),
	    vm_page_lookup(mach, object, 9));
	vmspace_free(mach, map);
}

/* At the very bottom of the address space nothing wraps. */
static void
test_prefault_at_address_zero(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_offset_t va[64];
	vm_map_t map;
	unsigned n;

	for (n = 0; n < 5; n++) {
		map = program(mach);
		object = support_object(mach, 32, &color0);
		support_pages(mach, object, 0, 32, VM_ALLOC_NORMAL);
		map_at(mach, map, 0, 32, object, RW);
		fault(mach, map, ptoa(n), VM_PROT_READ);
		assert_int_equal(pv_order(map->pmap, va, 64), 1 + n + 4);
		vmspace_free(mach, map);
	}
}

static void
test_prefault_needs_a_page_table(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;
	unsigned i;

	/* The last page of a 2 MB region: the next one has no table. */
	map = program(mach);
	object = support_object(mach, 32, &color0);
	support_pages(mach, object, 0, 32, VM_ALLOC_NORMAL);
	map_at(mach, map, VA + NBPDR - ptoa(16), 32, object, RW);
	fault(mach, map, VA + NBPDR - ptoa(1), VM_PROT_READ);
	for (i = 0; i < 32; i++)
		assert_int_equal(support_pte(mach, map->pmap,
				     VA + NBPDR - ptoa(16) + ptoa(i)) != 0,
		    i >= 11 && i <= 15);
	assert_int_equal(support_pde(mach, map->pmap, VA + NBPDR), 0);
	vmspace_free(mach, map);
}

static void
test_prefault_only_for_the_current_process(void **state)
{
	struct machine *mach = *state;
	vm_map_t map, other;
	vm_object_t object;
	vm_offset_t va[64];

	map = resident_run(mach, 0, 31, &object);
	other = program(mach);
	fault(mach, map, VA + ptoa(10), VM_PROT_READ);
	assert_int_equal(pv_order(map->pmap, va, 64), 1);
	vmspace_free(mach, other);
	vmspace_free(mach, map);
}

static void
test_prefault_not_in_the_kernel(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = pmapsim_kernel_map(mach);
	vm_object_t object;
	vm_offset_t va;

	va = 0;
	object = support_object(mach, 8, NULL);
	support_pages(mach, object, 0, 8, VM_ALLOC_NORMAL);
	assert_int_equal(vm_map_find(mach, map, object, 0, &va, ptoa(8),
			     VMFS_ANY_SPACE, RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	fault(mach, map, va + ptoa(3), VM_PROT_READ);
	assert_int_equal(support_pte(mach, map->pmap, va + ptoa(2)), 0);
	assert_int_equal(support_pte(mach, map->pmap, va + ptoa(4)), 0);
	vm_map_remove(mach, map, va, va + ptoa(8));
}

static void
test_prefault_looks_through_shadows(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;
	vm_ooffset_t offset;
	vm_map_t map;
	int i;

	/* Behind an anonymous object yes, behind another kind no. */
	for (i = 0; i < 2; i++) {
		map = program(mach);
		object = backing = support_object(mach, 32, &color0);
		support_pages(mach, backing, 10, 3, VM_ALLOC_NORMAL);
		vm_object_reference(mach, backing);
		offset = ptoa(8);
		vm_object_shadow(mach, &object, &offset, 16);
		support_page(mach, object, 3, VM_ALLOC_NORMAL);
		if (i == 1)
			object->type = OBJT_SWAP;
		map_at(mach, map, VA, 16, object, RW);
		fault(mach, map, VA + ptoa(3), VM_PROT_READ);
		if (i == 0) {
			assert_ptr_equal(page_at(mach, map, VA + ptoa(2)),
			    vm_page_lookup(mach, backing, 10));
			assert_ptr_equal(page_at(mach, map, VA + ptoa(4)),
			    vm_page_lookup(mach, backing, 12));
			assert_int_equal(support_pte(mach, map->pmap,
					     VA + ptoa(4)) &
				~PG_FRAME,
			    NX | 0x405);
		} else
			assert_pte(mach, map->pmap, VA + ptoa(2), 0);
		vmspace_free(mach, map);
		vm_object_deallocate(mach, backing);
	}
}

static void
test_prefault_unaligned_backing_offset_panics(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;
	vm_ooffset_t offset;
	vm_map_t map;

	map = program(mach);
	object = backing = support_object(mach, 32, &color0);
	vm_object_reference(mach, backing);
	offset = 512;
	vm_object_shadow(mach, &object, &offset, 16);
	support_page(mach, object, 3, VM_ALLOC_NORMAL);
	map_at(mach, map, VA, 16, object, RW);
	assert_panics(mach, "vm_fault_prefault: unaligned object offset",
	    vm_fault(mach, map, VA + ptoa(3), VM_PROT_READ, VM_FAULT_NORMAL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_prefault_order_and_entries),
	    support_test(test_prefault_ends_at_absent_page),
	    support_test(test_prefault_passes_over_mapped_and_invalid_pages),
	    support_test(test_prefault_stays_inside_the_entry),
	    support_test(test_prefault_at_address_zero),
	    support_test(test_prefault_needs_a_page_table),
	    support_test(test_prefault_only_for_the_current_process),
	    support_test(test_prefault_not_in_the_kernel),
	    support_test(test_prefault_looks_through_shadows),
	    support_test(test_prefault_unaligned_backing_offset_panics),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
