/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address maps: which addresses are found and why, what an insertion makes,
 * where entries are cut and merged, what a deletion frees and when.
 */
#include "vm_map_fixture.h"

#include "vm/vm_phys.h"

#define K VM_MIN_KERNEL_ADDRESS

/* ---- findspace ---------------------------------------------------------- */

/* [..####....##......##] in pages from 16 on, 20 pages in all */
static vm_map_t
three_entries(struct machine *mach)
{
	static const unsigned ranges[] = {2, 6, 10, 12, 18, 20};
	vm_map_t map = small_map(mach, ptoa(16), 20);
	unsigned i;

	for (i = 0; i < 6; i += 2)
		assert_int_equal(vm_map_insert(mach, map, NULL, 0,
				     ptoa(16 + ranges[i]),
				     ptoa(16 + ranges[i + 1]), VM_PROT_READ,
				     VM_PROT_ALL, 0),
		    KERN_SUCCESS);
	return (map);
}

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

/* ---- clip, simplify ------------------------------------------------------ */

static vm_map_entry_t
one_entry(struct machine *mach, vm_map_t map, vm_object_t object)
{
	vm_map_entry_t entry;

	assert_int_equal(vm_map_insert(mach, map, object, ptoa(5), ptoa(20),
			     ptoa(30), RW, VM_PROT_ALL, MAP_DISABLE_SYNCER),
	    KERN_SUCCESS);
	assert_true(vm_map_lookup_entry(mach, map, ptoa(20), &entry));
	entry->inheritance = VM_INHERIT_NONE;
	entry->wired_count = 3;
	return (entry);
}

static void
assert_half(vm_map_entry_t entry, vm_object_t object, unsigned start,
    unsigned end, unsigned pindex)
{

	assert_int_equal(entry->start, ptoa(start));
	assert_int_equal(entry->end, ptoa(end));
	assert_ptr_equal(entry->object.vm_object, object);
	assert_int_equal(entry->offset, ptoa(pindex));
	assert_int_equal(entry->eflags, MAP_ENTRY_NOSYNC);
	assert_int_equal(entry->protection, RW);
	assert_int_equal(entry->max_protection, VM_PROT_ALL);
	assert_int_equal(entry->inheritance, VM_INHERIT_NONE);
	assert_int_equal(entry->wired_count, 3);
}

static void
test_clip_start_and_end(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = small_map(mach, ptoa(16), 64);
	vm_object_t object = support_object(mach, 16, NULL);
	vm_map_entry_t entry = one_entry(mach, map, object);

	vm_map_clip_start(mach, map, entry, ptoa(20)); /* not inside */
	vm_map_clip_end(mach, map, entry, ptoa(30));
	vm_map_clip_end(mach, map, entry, ptoa(31));
	assert_int_equal(map->nentries, 1);
	assert_int_equal(object->ref_count, 1);

	vm_map_clip_start(mach, map, entry, ptoa(23));
	assert_half(entry, object, 23, 30, 8);
	assert_half(entry->prev, object, 20, 23, 5);
	assert_int_equal(object->ref_count, 2);
	vm_map_clip_end(mach, map, entry, ptoa(24));
	assert_half(entry, object, 23, 24, 8);
	assert_half(entry->next, object, 24, 30, 9);
	assert_int_equal(object->ref_count, 3);
	assert_int_equal(map->nentries, 3);
	assert_int_equal(map->size, ptoa(10));

	vm_map_simplify_entry(mach, map, entry);
	assert_half(entry, object, 20, 30, 5);
	assert_int_equal(map->nentries, 1);
	assert_int_equal(object->ref_count, 1);
}

/* Cut again where it was cut before: the front halves merge first. */
static void
test_clip_start_simplifies_first(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = small_map(mach, ptoa(16), 64);
	vm_object_t object = support_object(mach, 16, NULL);
	vm_map_entry_t entry = one_entry(mach, map, object);

	vm_map_clip_start(mach, map, entry, ptoa(23));
	vm_map_clip_start(mach, map, entry, ptoa(26));
	assert_entries(map, 2,
	    (vm_offset_t[]) {ptoa(20), ptoa(26), ptoa(26), ptoa(30)});
	assert_int_equal(object->ref_count, 2);
}

/* A program's entry gets one object for both halves, the kernel's none. */
static void
test_clip_makes_the_object(void **state)
{
	struct machine *mach = *state;
	vm_map_entry_t entry;
	vm_object_t object;
	vm_map_t map;
	int end, system;

	for (system = 0; system < 2; system++)
		for (end = 0; end < 2; end++) {
			map = small_map(mach, ptoa(16), 64);
			map->system_map = system;
			entry = one_entry(mach, map, NULL);
			if (end)
				vm_map_clip_end(mach, map, entry, ptoa(24));
			else
				vm_map_clip_start(mach, map, entry, ptoa(24));
			entry = map->header.next;
			object = entry->object.vm_object;
			assert_ptr_equal(entry->next->object.vm_object, object);
			if (system) {
				assert_null(object);
				continue;
			}
			assert_int_equal(object->type, OBJT_DEFAULT);
			assert_int_equal(object->size, 10);
			assert_int_equal(object->ref_count, 2);
			assert_half(entry, object, 20, 24, 0);
			assert_half(entry->next, object, 24, 30, 4);
			assert_true(object->uip);
			assert_false(entry->uip || entry->next->uip);
		}
}

/* Each single difference keeps two neighbours apart, on either side. */
static void
test_simplify_needs_everything_equal(void **state)
{
	enum {
		NOTHING,
		OBJECT,
		OFFSET,
		EFLAGS,
		PROTECTION,
		MAX,
		INHERITANCE,
		WIRED,
		UIP,
		TRANSITION,
		CASES
	};
	struct machine *mach = *state;
	vm_map_entry_t entry, other;
	vm_object_t object;
	vm_map_t map;
	int first, i;

	for (i = 0; i < CASES; i++)
		for (first = 0; first < 2; first++) {
			map = small_map(mach, ptoa(16), 64);
			object = support_object(mach, 16, NULL);
			entry = one_entry(mach, map, object);
			vm_map_clip_start(mach, map, entry, ptoa(24));
			other = entry->prev;
			switch (i) {
			case OBJECT:
				other->object.vm_object = support_object(mach,
				    16, NULL);
				break;
			case OFFSET:
				other->offset += PAGE_SIZE;
				break;
			case EFLAGS:
				other->eflags |= MAP_ENTRY_USER_WIRED;
				break;
			case PROTECTION:
				other->protection = VM_PROT_READ;
				break;
			case MAX:
				other->max_protection = RW;
				break;
			case INHERITANCE:
				other->inheritance = VM_INHERIT_COPY;
				break;
			case WIRED:
				other->wired_count++;
				break;
			case UIP:
				other->uip = !other->uip;
				break;
			case TRANSITION:
				other->eflags |= MAP_ENTRY_IN_TRANSITION;
				entry->eflags |= MAP_ENTRY_IN_TRANSITION;
				break;
			}
			vm_map_simplify_entry(mach, map, first ? other : entry);
			assert_int_equal(map->nentries, i == NOTHING ? 1 : 2);
			if (i == NOTHING)
				assert_ptr_equal(map->header.next,
				    first ? other : entry);
		}
}

/* ---- submaps ------------------------------------------------------------- */

static void
test_submap_needs_one_plain_entry(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = three_entries(mach), sub;
	vm_map_entry_t entry;

	map->system_map = true;
	sub = small_map(mach, ptoa(19), 2);
	/* A hole in front, two entries, an object, a private mapping. */
	assert_int_equal(vm_map_submap(mach, map, ptoa(17), ptoa(20), sub),
	    KERN_INVALID_ARGUMENT);
	assert_int_equal(vm_map_submap(mach, map, ptoa(20), ptoa(27), sub),
	    KERN_INVALID_ARGUMENT);
	assert_true(vm_map_lookup_entry(mach, map, ptoa(26), &entry));
	entry->eflags = MAP_ENTRY_COW;
	assert_int_equal(vm_map_submap(mach, map, ptoa(26), ptoa(28), sub),
	    KERN_INVALID_ARGUMENT);
	entry->eflags = 0;
	entry->object.vm_object = support_object(mach, 2, NULL);
	assert_int_equal(vm_map_submap(mach, map, ptoa(26), ptoa(28), sub),
	    KERN_INVALID_ARGUMENT);
	/* The part of one is cut out. */
	assert_int_equal(vm_map_submap(mach, map, ptoa(19), ptoa(20), sub),
	    KERN_SUCCESS);
	assert_true(vm_map_lookup_entry(mach, map, ptoa(19), &entry));
	assert_int_equal(entry->start, ptoa(19));
	assert_int_equal(entry->end, ptoa(20));
	assert_ptr_equal(entry->object.sub_map, sub);
	assert_int_equal(entry->eflags, MAP_ENTRY_IS_SUB_MAP);
}

/* ---- deletion ------------------------------------------------------------ */

static void
test_remove_clamps_to_the_map(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = three_entries(mach);
	unsigned timestamp = map->timestamp;

	/* A reversed range is empty: it only cuts where it would begin. */
	assert_int_equal(vm_map_remove(mach, map, ptoa(30), ptoa(20)),
	    KERN_SUCCESS);
	assert_int_equal(map->nentries, 4);
	assert_int_equal(map->size, ptoa(8));
	assert_int_equal(vm_map_remove(mach, map, ptoa(19), ptoa(27)),
	    KERN_SUCCESS);
	assert_entries(map, 3,
	    (vm_offset_t[]) {ptoa(18), ptoa(19), ptoa(27), ptoa(28), ptoa(34),
		ptoa(36)});
	assert_int_equal(map->size, ptoa(4));
	assert_int_equal(vm_map_remove(mach, map, 0, UINT64_MAX), KERN_SUCCESS);
	assert_int_equal(map->nentries, 0);
	assert_int_equal(map->size, 0);
	assert_int_equal(map->timestamp, timestamp + 3);
}

/*
 * One entry on a ONEMAPPING object: its pages go with the object, at unlock.
 * Two entries: those of the range go at once, and the object ends where the
 * deleted part of its end began.
 */
static void
test_delete_frees_pages_now_or_at_unlock(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = small_map(mach, ptoa(16), 64);
	int64_t free_count;
	vm_map_entry_t entry;
	vm_object_t object;
	size_t objects;

	objects = mach->vm_object->zone.in_use;
	free_count = support_sysctl(mach, "vm.stats.vm.v_free_count");
	object = support_object(mach, 10, NULL);
	assert_int_equal(vm_map_insert(mach, map, object, 0, ptoa(20), ptoa(30),
			     RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	(void)support_pages(mach, object, 0, 10, VM_ALLOC_NORMAL);

	/* [####......] [....] */
	assert_true(vm_map_lookup_entry(mach, map, ptoa(20), &entry));
	vm_map_clip_end(mach, map, entry, ptoa(26));
	vm_map_lock(mach, map);
	assert_int_equal(vm_map_delete(mach, map, ptoa(26), ptoa(30)),
	    KERN_SUCCESS);
	assert_sysctl(mach, "vm.stats.vm.v_free_count", free_count - 6);
	assert_int_equal(object->size, 6);
	assert_int_equal(object->ref_count, 2);
	assert_non_null(map->deferred_freelist);
	vm_map_unlock(mach, map);
	assert_int_equal(object->ref_count, 1);
	assert_null(map->deferred_freelist);

	/* A hole in the middle does not shorten the object. */
	assert_int_equal(vm_map_remove(mach, map, ptoa(22), ptoa(24)),
	    KERN_SUCCESS);
	assert_sysctl(mach, "vm.stats.vm.v_free_count", free_count - 4);
	assert_int_equal(object->size, 6);
	assert_int_equal(vm_map_remove(mach, map, ptoa(24), ptoa(26)),
	    KERN_SUCCESS);
	assert_int_equal(object->size, 4);

	vm_map_lock(mach, map);
	assert_int_equal(vm_map_delete(mach, map, ptoa(20), ptoa(22)),
	    KERN_SUCCESS);
	assert_int_equal(map->nentries, 0);
	assert_sysctl(mach, "vm.stats.vm.v_free_count", free_count - 2);
	vm_map_unlock(mach, map);
	assert_sysctl(mach, "vm.stats.vm.v_free_count", free_count);
	assert_int_equal(mach->vm_object->zone.in_use, objects);
}

/* Not ONEMAPPING: others may map the pages, so they stay with the object. */
static void
test_delete_keeps_shared_pages(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = small_map(mach, ptoa(16), 64);
	vm_object_t object;

	object = support_object(mach, 10, NULL);
	vm_object_reference(mach, object);
	assert_int_equal(vm_map_insert(mach, map, object, 0, ptoa(20), ptoa(30),
			     RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	(void)support_pages(mach, object, 0, 10, VM_ALLOC_NORMAL);
	assert_int_equal(vm_map_remove(mach, map, ptoa(20), ptoa(30)),
	    KERN_SUCCESS);
	assert_int_equal(object->ref_count, 1);
	assert_int_equal(object->resident_page_count, 10);
	assert_int_equal(object->size, 10);
}

/* QUIRK: the kernel's object shrinks when the top of its addresses is freed. */
static void
test_delete_quirk_shrinks_kmem_object(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = small_map(mach, ptoa(16), 64);
	vm_object_t object = pmapsim_kmem_object(mach);

	assert_int_equal(object->size, 0x7ffffff);
	vm_object_reference(mach, object);
	assert_int_equal(vm_map_insert(mach, map, object, ptoa(0x7ffffff - 2),
			     ptoa(20), ptoa(22), VM_PROT_ALL, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_int_equal(vm_map_remove(mach, map, ptoa(20), ptoa(22)),
	    KERN_SUCCESS);
	assert_int_equal(object->size, 0x7ffffff - 2);
}

/* What a visit of a free list has seen of three pages. */
struct seen {
	vm_paddr_t pa[3];
	unsigned order[3]; /* in which they came */
	unsigned n;
};

static void
seen_visit(struct machine *mach, vm_paddr_t pa, void *arg)
{
	struct seen *seen = arg;
	unsigned i;

	for (i = 0; i < 3; i++)
		if (seen->pa[i] == pa)
			seen->order[seen->n++] = i;
}

/* The last deleted goes first: the frames' order in the free list shows it. */
static void
test_unlock_frees_the_last_deleted_first(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = small_map(mach, ptoa(16), 64);
	vm_object_t between, object;
	struct seen seen;
	vm_page_t m;
	unsigned i;
	int list;

	/* Other pages lie between, so that no two make a larger block. */
	memset(&seen, 0, sizeof(seen));
	between = support_object(mach, 4, NULL);
	(void)support_page(mach, between, 3, VM_ALLOC_NORMAL);
	for (i = 0; i < 3; i++) {
		object = support_object(mach, 1, NULL);
		m = support_page(mach, object, 0, VM_ALLOC_NORMAL);
		seen.pa[i] = vm_page_to_phys(mach, m);
		(void)support_page(mach, between, i, VM_ALLOC_NORMAL);
		assert_int_equal(vm_map_insert(mach, map, object, 0,
				     ptoa(20 + 2 * i), ptoa(21 + 2 * i), RW,
				     VM_PROT_ALL, 0),
		    KERN_SUCCESS);
	}
	assert_int_equal(vm_map_remove(mach, map, ptoa(16), ptoa(40)),
	    KERN_SUCCESS);
	for (list = 0; list < mach->vm_phys->nfreelists; list++)
		vm_phys_foreach(mach, list, VM_FREEPOOL_DEFAULT, 0, seen_visit,
		    &seen);
	assert_int_equal(seen.n, 3);
	for (i = 0; i < 3; i++)
		assert_int_equal(seen.order[i], 2 - i);
}

/* In a program's map a wiring by the kernel is somebody else's, who sleeps. */
static void
test_delete_of_system_wired_user_range_stops(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_offset_t addr = 0;

	assert_int_equal(vm_mmap(mach, map, &addr, KB(8), RW, VM_PROT_ALL,
			     PMAPSIM_MAP_ANON | PMAPSIM_MAP_PRIVATE, NULL, 0),
	    0);
	assert_int_equal(vm_map_wire(mach, map, addr, addr + KB(8),
			     VM_MAP_WIRE_SYSTEM),
	    KERN_SUCCESS);
	assert_panics(mach,
	    "vm_map_delete: sleeps on a wiring that nobody "
	    "ends",
	    vm_map_remove(mach, map, addr, addr + KB(8)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_findspace_lowest_gap_at_or_above_start),
	    support_test(test_findspace_empty_map),
	    support_test(test_findspace_max_free_corrupt_panics),
	    support_test(test_findspace_grows_the_kernel),
	    support_test(test_lookup_entry_every_page),
	    support_test(test_insert_errors_change_nothing),
	    support_test(test_insert_flags),
	    support_test(test_insert_object_loses_onemapping_when_shared),
	    cmocka_unit_test(test_insert_assertions),
	    support_test(test_insert_coalesces_with_the_previous_entry),
	    support_test(test_insert_shares_the_previous_object),
	    support_test(test_insert_coalescing_and_charges),
	    support_test(test_insert_into_hole_merges_both_sides),
	    support_test(test_find_modes),
	    support_test(test_fixed_replaces_what_was_there),
	    support_test(test_clip_start_and_end),
	    support_test(test_clip_start_simplifies_first),
	    support_test(test_clip_makes_the_object),
	    support_test(test_simplify_needs_everything_equal),
	    support_test(test_submap_needs_one_plain_entry),
	    support_test(test_remove_clamps_to_the_map),
	    support_test(test_delete_frees_pages_now_or_at_unlock),
	    support_test(test_delete_keeps_shared_pages),
	    support_test(test_delete_quirk_shrinks_kmem_object),
	    support_test(test_unlock_frees_the_last_deleted_first),
	    support_test(test_delete_of_system_wired_user_range_stops),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
