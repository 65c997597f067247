/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries and what they share: charges for swap, flags of objects, submaps,
 * the end of the kernel's objects.
 */
#include "vm_map_fixture.h"

static vm_map_entry_t
entry_at(struct machine *mach, vm_map_t map, unsigned page)
{
	vm_map_entry_t entry;

	assert_true(vm_map_lookup_entry(mach, map, ptoa(page), &entry));
	assert_int_equal(entry->start, ptoa(page));
	return (entry);
}

/*
 * A neighbour with other rights shares the object.  Where that carries the
 * charge the new entry has none of its own, unless it is private: then it is
 * to have a shadow, and that is charged.
 */
static void
test_insert_charges_beside_a_shared_object(void **state)
{
	struct machine *mach = *state;
	vm_map_entry_t entry, next;
	vm_prot_t prot;
	vm_map_t map;
	int private, write;

	for (write = 0; write < 2; write++)
		for (private = 0; private < 2; private ++) {
			map = small_map(mach, ptoa(16), 64);
			prot = write ? RW : VM_PROT_READ;
			assert_int_equal(vm_map_insert(mach, map, NULL, 0,
					     ptoa(20), ptoa(22), prot,
					     VM_PROT_ALL,
					     private ? MAP_COPY_ON_WRITE : 0),
			    KERN_SUCCESS);
			entry = entry_at(mach, map, 20);
			assert_int_equal(entry->uip, write);
			vm_map_entry_object_create(mach, entry);
			assert_false(entry->uip);
			assert_int_equal(entry->object.vm_object->uip, write);
			assert_int_equal(vm_map_insert(mach, map, NULL, 0,
					     ptoa(22), ptoa(24),
					     prot | VM_PROT_EXECUTE,
					     VM_PROT_ALL,
					     private ? MAP_COPY_ON_WRITE : 0),
			    KERN_SUCCESS);
			next = entry_at(mach, map, 22);
			assert_int_equal(map->nentries, 2);
			assert_ptr_equal(next->object.vm_object,
			    entry->object.vm_object);
			assert_int_equal(next->offset, ptoa(2));
			assert_int_equal(next->object.vm_object->size, 4);
			assert_int_equal(next->object.vm_object->ref_count, 2);
			assert_int_equal(next->uip, write && private);
		}
}

/* An object that others refer to, or shadow, is not one mapping's alone. */
static void
test_insert_object_that_others_see(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;
	int references, shadows;

	for (references = 1; references <= 2; references++)
		for (shadows = 0; shadows <= 1; shadows++) {
			map = small_map(mach, ptoa(16), 64);
			object = support_object(mach, 2, NULL);
			object->ref_count = references;
			object->shadow_count = shadows;
			assert_int_equal(vm_map_insert(mach, map, object, 0,
					     ptoa(20), ptoa(22), RW,
					     VM_PROT_ALL, 0),
			    KERN_SUCCESS);
			assert_int_equal(object->flags & OBJ_ONEMAPPING,
			    references == 1 && shadows == 0 ? OBJ_ONEMAPPING :
							      0);
			object->shadow_count = 0;
		}
}

/*
 * A cut makes two entries of one object.  The charge of what is not private
 * goes to the object; private halves keep theirs, being for two shadows.
 */
static void
test_clip_moves_the_charge(void **state)
{
	struct machine *mach = *state;
	vm_map_entry_t entry;
	vm_object_t object;
	vm_map_t map;
	int private, side;

	for (side = 0; side < 2; side++)
		for (private = 0; private < 2; private ++) {
			map = small_map(mach, ptoa(16), 64);
			object = support_object(mach, 4, NULL);
			assert_int_equal(vm_map_insert(mach, map, object, 0,
					     ptoa(20), ptoa(24), RW,
					     VM_PROT_ALL,
					     private ? MAP_COPY_ON_WRITE :
						       MAP_ACC_CHARGED),
			    KERN_SUCCESS);
			entry = entry_at(mach, map, 20);
			assert_true(entry->uip);
			if (side == 0)
				vm_map_clip_start(mach, map, entry, ptoa(21));
			else
				vm_map_clip_end(mach, map, entry, ptoa(21));
			assert_int_equal(map->nentries, 2);
			assert_int_equal(entry_at(mach, map, 20)->uip, private);
			assert_int_equal(entry_at(mach, map, 21)->uip, private);
			assert_int_equal(object->uip, !private);
			assert_int_equal(object->ref_count, 2);
		}
}

static void
test_submap_of_nothing(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = small_map(mach, ptoa(16), 64),
		 sub = small_map(mach, ptoa(16), 64);

	assert_int_equal(vm_map_submap(mach, map, ptoa(20), ptoa(22), sub),
	    KERN_INVALID_ARGUMENT);
	assert_int_equal(map->nentries, 0);
}

/* The faults look into the submap, which has nothing there. */
static void
test_wire_of_an_empty_submap(void **state)
{
	struct machine *mach = *state;
	vm_map_t kernel = pmapsim_kernel_map(mach);
	vm_map_t kmem = pmapsim_kmem_map(mach);
	vm_map_entry_t entry;
	int64_t wired;

	wired = support_sysctl(mach, "vm.stats.vm.v_wire_count");
	assert_int_equal(vm_map_wire(mach, kernel, kmem->min_offset,
			     kmem->max_offset, VM_MAP_WIRE_SYSTEM),
	    KERN_INVALID_ADDRESS);
	assert_true(vm_map_lookup_entry(mach, kernel, kmem->min_offset,
	    &entry));
	assert_int_equal(entry->end, kmem->max_offset);
	assert_int_equal(entry->eflags, MAP_ENTRY_IS_SUB_MAP);
	assert_int_equal(entry->wired_count, 0);
	assert_ptr_equal(entry->object.sub_map, kmem);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", wired);
}

/* Only what reaches over the end of an object moves it. */
static void
test_delete_beyond_the_end_of_kmem_object(void **state)
{
	static const struct {
		unsigned start, end, size; /* pages from "base" on */
	} cases[] = {{0, 2, 8}, {6, 8, 6}, {6, 8, 6}, {7, 8, 6}, {5, 8, 5},
	    {0, 4, 5}};
	struct machine *mach = *state;
	vm_map_t map = small_map(mach, ptoa(16), 64);
	vm_object_t object = pmapsim_kmem_object(mach);
	vm_pindex_t base = 0x1000;
	size_t i;

	object->size = base + 8;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		vm_object_reference(mach, object);
		assert_int_equal(vm_map_insert(mach, map, object,
				     ptoa(base + cases[i].start), ptoa(20),
				     ptoa(20 + cases[i].end - cases[i].start),
				     VM_PROT_ALL, VM_PROT_ALL, 0),
		    KERN_SUCCESS);
		assert_int_equal(vm_map_remove(mach, map, ptoa(20), ptoa(30)),
		    KERN_SUCCESS);
		assert_int_equal(object->size, base + cases[i].size);
		assert_int_equal(map->nentries, 0);
	}
}

/* A private entry that no fault has given an object gets one, no shadow. */
static void
test_write_to_a_private_entry_without_object(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_map_entry_t entry;
	vm_page_t m;
	int write;

	for (write = 0; write < 2; write++) {
		assert_int_equal(vm_map_insert(mach, map, NULL, 0, ptoa(1024),
				     ptoa(1026), RW, VM_PROT_ALL,
				     MAP_COPY_ON_WRITE),
		    KERN_SUCCESS);
		entry = entry_at(mach, map, 1024);
		assert_int_equal(entry->eflags,
		    MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY);
		assert_int_equal(vm_fault(mach, map, ptoa(1025),
				     write ? VM_PROT_WRITE : VM_PROT_READ,
				     VM_FAULT_NORMAL),
		    KERN_SUCCESS);
		assert_int_equal(entry->eflags,
		    write ? MAP_ENTRY_COW :
			    MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY);
		assert_non_null(entry->object.vm_object);
		assert_null(entry->object.vm_object->backing_object);
		assert_int_equal(entry->object.vm_object->size, 2);
		assert_int_equal(entry->object.vm_object->ref_count, 1);
		assert_true(entry->object.vm_object->uip);
		assert_false(entry->uip);
		m = vm_page_lookup(mach, entry->object.vm_object, 1);
		assert_non_null(m);
		assert_int_equal(support_pte(mach, map->pmap, ptoa(1025)) &
			PG_RW,
		    write ? PG_RW : 0);
		assert_int_equal(vm_map_remove(mach, map, ptoa(1024),
				     ptoa(1026)),
		    KERN_SUCCESS);
	}
	vmspace_free(mach, map);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_insert_charges_beside_a_shared_object),
	    support_test(test_insert_object_that_others_see),
	    support_test(test_clip_moves_the_charge),
	    support_test(test_submap_of_nothing),
	    support_test(test_wire_of_an_empty_submap),
	    support_test(test_delete_beyond_the_end_of_kmem_object),
	    support_test(test_write_to_a_private_entry_without_object),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
