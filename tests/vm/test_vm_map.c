/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What changes the entries of an address map: clipping, merging, submaps and
 * deletion.
 */
#include "vm_map_fixture.h"

#include "vm/vm_phys.h"

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
	assert_int_equal(map->locks, 0);
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
