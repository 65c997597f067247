/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an insertion makes of an address map: errors, flags, objects that grow,
 * and charges for swap; and the lookup of an entry.
 */
#include "vm_map_fixture.h"

#include "vm/vm_phys.h"

/* ---- lookup, insertion ---------------------------------------------------*/

static void
test_lookup_entry_every_page(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = three_entries(mach);
	vm_map_entry_t entry, first, second, third, want;
	unsigned page;
	int found;

	first = map->header.next;
	second = first->next;
	third = second->next;
	/* In an order that leaves the tree no rest. */
	for (page = 0; page < 22; page++) {
		unsigned p = (page * 13) % 22;

		found = (p >= 2 && p < 6) || (p >= 10 && p < 12) ||
		    (p >= 18 && p < 20);
		want = p < 2 ? &map->header :
		    p < 10   ? first :
		    p < 18   ? second :
			       third;
		assert_int_equal(vm_map_lookup_entry(mach, map, ptoa(16 + p),
				     &entry),
		    found);
		assert_ptr_equal(entry, want);
	}
}

static void
test_insert_errors_change_nothing(void **state)
{
	static const struct {
		unsigned start, end;
		int result;
	} cases[] = {
	    {15, 17, KERN_INVALID_ADDRESS},
	    {35, 37, KERN_INVALID_ADDRESS},
	    {17, 17, KERN_INVALID_ADDRESS},
	    {17, 16, KERN_INVALID_ADDRESS},
	    {17, 19, KERN_NO_SPACE}, /* runs into the first */
	    {18, 19, KERN_NO_SPACE}, /* starts inside */
	    {21, 23, KERN_NO_SPACE},
	    {16, 36, KERN_NO_SPACE},
	};
	struct machine *mach = *state;
	vm_map_t map = three_entries(mach);
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(vm_map_insert(mach, map, NULL, 0,
				     ptoa(cases[i].start), ptoa(cases[i].end),
				     VM_PROT_READ, VM_PROT_ALL, 0),
		    cases[i].result);
		assert_entries(map, 3,
		    (vm_offset_t[]) {ptoa(18), ptoa(22), ptoa(26), ptoa(28),
			ptoa(34), ptoa(36)});
		assert_int_equal(map->size, ptoa(8));
	}
}

static void
test_insert_flags(void **state)
{
	static const struct {
		int cow;
		uint16_t eflags;
		bool uip; /* charged for swap when writable */
	} cases[] = {
	    {0, 0, true},
	    {MAP_COPY_ON_WRITE, MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY, true},
	    {MAP_NOFAULT, MAP_ENTRY_NOFAULT, false},
	    {MAP_DISABLE_SYNCER, MAP_ENTRY_NOSYNC, true},
	    {MAP_DISABLE_COREDUMP, MAP_ENTRY_NOCOREDUMP, true},
	    {MAP_ACC_NO_CHARGE, 0, false},
	    {MAP_ACC_CHARGED, 0, true},
	};
	struct machine *mach = *state;
	vm_map_t map = small_map(mach, ptoa(16), 64);
	vm_map_entry_t entry;
	unsigned i, write;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (write = 0; write < 2; write++) {
			assert_int_equal(vm_map_insert(mach, map, NULL, 0,
					     ptoa(20), ptoa(22),
					     write ? RW : VM_PROT_READ,
					     VM_PROT_ALL, cases[i].cow),
			    KERN_SUCCESS);
			assert_true(vm_map_lookup_entry(mach, map, ptoa(20),
			    &entry));
			assert_int_equal(entry->eflags, cases[i].eflags);
			assert_int_equal(entry->uip,
			    (write != 0 || cases[i].cow == MAP_ACC_CHARGED) &&
				cases[i].uip);
			assert_int_equal(entry->inheritance, VM_INHERIT_COPY);
			assert_int_equal(entry->wired_count, 0);
			assert_int_equal(entry->max_protection, VM_PROT_ALL);
			assert_int_equal(vm_map_remove(mach, map, ptoa(20),
					     ptoa(22)),
			    KERN_SUCCESS);
		}
}

static void
test_insert_object_loses_onemapping_when_shared(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = small_map(mach, ptoa(16), 64);
	vm_object_t object;

	object = support_object(mach, 8, NULL);
	assert_true((object->flags & OBJ_ONEMAPPING) != 0);
	assert_int_equal(vm_map_insert(mach, map, object, 0, ptoa(20), ptoa(22),
			     RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_true((object->flags & OBJ_ONEMAPPING) != 0);
	vm_object_reference(mach, object);
	assert_int_equal(vm_map_insert(mach, map, object, ptoa(2), ptoa(30),
			     ptoa(32), RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_true((object->flags & OBJ_ONEMAPPING) == 0);
}

static void
test_insert_assertions(void **state)
{
	struct machine *mach;
	vm_object_t object;
	vm_map_t map;

	mach = support_boot(SUPPORT_SMALL);
	map = small_map(mach, ptoa(16), 64);
	object = support_object(mach, 8, NULL);
	assert_panics(mach, "vm_map_insert: paradoxical MAP_NOFAULT request",
	    vm_map_insert(mach, map, object, 0, ptoa(16), ptoa(17), RW, RW,
		MAP_NOFAULT));
	support_destroy(mach);
	mach = support_boot(SUPPORT_SMALL);
	map = small_map(mach, ptoa(16), 64);
	assert_panics(mach, "kmem or kernel object and cow",
	    vm_map_insert(mach, map, pmapsim_kmem_object(mach), 0, ptoa(16),
		ptoa(17), RW, RW, MAP_COPY_ON_WRITE));
	support_destroy(mach);
}

/* What lies before [20, 22) decides whether [22, 24) lengthens it. */
static void
test_insert_coalesces_with_the_previous_entry(void **state)
{
	enum { SAME, FLAGS, PROT, MAX, GAP, INHERIT, WIRED, TOUCHED, CASES };
	struct machine *mach = *state;
	vm_map_entry_t entry, next;
	vm_offset_t start;
	vm_map_t map;
	int i;

	for (i = 0; i < CASES; i++) {
		map = small_map(mach, ptoa(16), 64);
		assert_int_equal(vm_map_insert(mach, map, NULL, 0, ptoa(20),
				     ptoa(22), RW, VM_PROT_ALL, 0),
		    KERN_SUCCESS);
		entry = map->header.next;
		if (i == INHERIT)
			entry->inheritance = VM_INHERIT_SHARE;
		if (i == WIRED)
			entry->wired_count = 1;
		if (i == TOUCHED)
			vm_map_entry_object_create(mach, entry);
		start = i == GAP ? ptoa(23) : ptoa(22);
		assert_int_equal(vm_map_insert(mach, map, NULL, 0, start,
				     start + ptoa(2),
				     i == PROT ? VM_PROT_READ : RW,
				     i == MAX ? RW : VM_PROT_ALL,
				     i == FLAGS ? MAP_DISABLE_SYNCER : 0),
		    KERN_SUCCESS);
		assert_int_equal(map->size, ptoa(4));
		if (i == SAME || i == TOUCHED) {
			assert_entries(map, 1,
			    (vm_offset_t[]) {ptoa(20), ptoa(24)});
			assert_int_equal(entry->adj_free,
			    map->max_offset - ptoa(24));
		} else
			assert_entries(map, 2,
			    (vm_offset_t[]) {ptoa(20), ptoa(22), start,
				start + ptoa(2)});
		if (i == TOUCHED) /* the object grew with the entry */
			assert_int_equal(entry->object.vm_object->size, 4);
		if (i == MAX || i == INHERIT) {
			/* The rights differ, the memory is one. */
			next = entry->next;
			assert_null(next->object.vm_object);
			assert_int_equal(next->offset, ptoa(2));
		}
	}
}

/* Other rights behind an object: a second entry into the same, longer one. */
static void
test_insert_shares_the_previous_object(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = small_map(mach, ptoa(16), 64);
	vm_map_entry_t entry, next;
	vm_object_t object;

	assert_int_equal(vm_map_insert(mach, map, NULL, 0, ptoa(20), ptoa(22),
			     RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	entry = map->header.next;
	vm_map_entry_object_create(mach, entry);
	object = entry->object.vm_object;
	assert_true(object->uip); /* the charge went over to it */
	assert_false(entry->uip);
	assert_int_equal(vm_map_insert(mach, map, NULL, 0, ptoa(22), ptoa(24),
			     RW, RW, 0),
	    KERN_SUCCESS);
	next = entry->next;
	assert_ptr_equal(next->object.vm_object, object);
	assert_int_equal(next->offset, ptoa(2));
	assert_false(next->uip);
	assert_int_equal(object->size, 4);
	assert_int_equal(object->ref_count, 2);
}

/* Memory that nobody pays for is not lengthened by such that somebody does. */
static void
test_insert_coalescing_and_charges(void **state)
{
	struct machine *mach = *state;
	vm_map_entry_t entry;
	vm_object_t object;
	vm_map_t map;
	int touched, write;

	for (touched = 0; touched < 2; touched++)
		for (write = 0; write < 2; write++) {
			map = small_map(mach, ptoa(16), 64);
			assert_int_equal(vm_map_insert(mach, map, NULL, 0,
					     ptoa(20), ptoa(22),
					     write ? RW : VM_PROT_READ,
					     VM_PROT_ALL, 0),
			    KERN_SUCCESS);
			entry = map->header.next;
			if (touched)
				vm_map_entry_object_create(mach, entry);
			object = entry->object.vm_object;
			assert_int_equal(vm_map_insert(mach, map, NULL, 0,
					     ptoa(22), ptoa(24),
					     write ? VM_PROT_READ : RW,
					     VM_PROT_ALL, 0),
			    KERN_SUCCESS);
			/* A charged object has left its entry uncharged, so
			 * a read-only neighbour may share it. */
			assert_ptr_equal(entry->next->object.vm_object,
			    touched && write ? object : NULL);
			assert_int_equal(entry->next->uip, !write);
		}
}

/* The hole between two touching halves closes: one entry remains. */
static void
test_insert_into_hole_merges_both_sides(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = small_map(mach, ptoa(16), 64);

	assert_int_equal(vm_map_insert(mach, map, NULL, 0, ptoa(20), ptoa(22),
			     RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_int_equal(vm_map_insert(mach, map, NULL, 0, ptoa(24), ptoa(26),
			     RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_int_equal(vm_map_insert(mach, map, NULL, 0, ptoa(22), ptoa(24),
			     RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_entries(map, 1, (vm_offset_t[]) {ptoa(20), ptoa(26)});
	assert_int_equal(map->size, ptoa(6));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_lookup_entry_every_page),
	    support_test(test_insert_errors_change_nothing),
	    support_test(test_insert_flags),
	    support_test(test_insert_object_loses_onemapping_when_shared),
	    cmocka_unit_test(test_insert_assertions),
	    support_test(test_insert_coalesces_with_the_previous_entry),
	    support_test(test_insert_shares_the_previous_object),
	    support_test(test_insert_coalescing_and_charges),
	    support_test(test_insert_into_hole_merges_both_sides),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
