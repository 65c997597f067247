/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address maps: what makes and unmakes entries.  Their order and search tree
 * are vm_map_tree.c's; what programs do to ranges that are mapped already is
 * vm_map_user.c's, whole address spaces are vmspace.c's.
 *
 * FreeBSD frees what vm_map_delete() took out when the map is unlocked,
 * because that may sleep; here nothing sleeps, but the order of frees shows in
 * the free lists, and so the deferral is kept.
 *
 * What holds between any two calls; the auditor's rule "maps" recounts each
 * (audit/audit_map.c):
 *
 *  1. The entries of a map are linked in ascending order, overlap nowhere, and
 *     lie inside the map's bounds.
 *  2. nentries is their number, and size the bytes that they cover.
 */
#include "vm/pmap.h"
#include "vm/vm_kernels.h"
#include "vm/vm_map_tree.h"

#define MAP_ZONE_ITEMS ((size_t)1 << 16)
#define ENTRY_ZONE_ITEMS ((size_t)1 << 23)
#define SLAB_ZONE_ITEMS ((size_t)1 << 21)

/* Where programs' mappings start unless they say otherwise: behind the
 * largest possible data segment, 32 GB. */
#define MMAP_START UINT64_C(0x800000000)

/*
 * Makes the zones of maps and entries; no map exists yet.
 *
 * FreeBSD vm_map.c vm_map_startup(): adapted, no simulated memory is used.
 */
void
vm_map_startup(struct machine *mach)
{
	struct vm_map_state *st;

	st = machine_reserve(mach, sizeof(*st));
	mach->vm_map = st;
	zone_init(mach, &st->map_zone, "MAP", sizeof(struct vm_map),
	    MAP_ZONE_ITEMS);
	zone_init(mach, &st->entry_zone, "MAP ENTRY",
	    sizeof(struct vm_map_entry), ENTRY_ZONE_ITEMS);
	zone_init(mach, &st->slab_zone, "UMA Slabs", sizeof(struct uma_slab),
	    SLAB_ZONE_ITEMS);
	TAILQ_INIT(&st->vmspaces);
	st->daddr = MMAP_START;
	mach->fault_populates = fault_populates_from(mach) != 0 ||
	    fault_maps_resident_window(mach);
}

/*
 * Returns a new, empty map of [min, max) whose mappings are in "pmap".
 *
 * FreeBSD vm_map.c vm_map_create(): same.
 */
vm_map_t
vm_map_create(struct machine *mach, pmap_t pmap, vm_offset_t min,
    vm_offset_t max)
{
	vm_map_t map;

	map = zone_alloc(mach, &mach->vm_map->map_zone);
	map->header.next = map->header.prev = &map->header;
	/* Seen from its neighbours the header is the space outside. */
	map->header.start = max;
	map->header.end = min;
	map->min_offset = min;
	map->max_offset = max;
	map->pmap = pmap;
	return (map);
}

/* Simulator only: FreeBSD's pointer would lead into a page that has gone. */
void
vm_map_freed(struct machine *mach, const char *func)
{

	stop("%s: page fault trap: the vmspace was freed", func);
}

/*
 * Begins a change of "map".
 *
 * FreeBSD vm_map.c _vm_map_lock(): adapted, the lock is a count.
 */
void
vm_map_lock(struct machine *mach, vm_map_t map)
{

	CHECK_MAP(map);
	map->locks++;
}

/*
 * Ends a change of "map": drops the objects of the entries deleted meanwhile,
 * the last deleted first, and so frees the pages of those that had no other
 * user.
 *
 * FreeBSD vm_map.c _vm_map_unlock(), vm_map_process_deferred(): adapted, the
 * lock is a count.
 */
void
vm_map_unlock(struct machine *mach, vm_map_t map)
{
	vm_map_entry_t entry;

	map->locks--;
	while ((entry = map->deferred_freelist) != NULL) {
		map->deferred_freelist = entry->next;
		if ((entry->eflags & MAP_ENTRY_IS_SUB_MAP) == 0 &&
		    entry->object.vm_object != NULL)
			vm_object_deallocate(mach, entry->object.vm_object);
		zone_free(mach, &mach->vm_map->entry_zone, entry);
	}
}

/*
 * Returns an entry that is in no map.
 *
 * FreeBSD vm_map.c vm_map_entry_create(): adapted, a zone of the machine
 * never fails, so "kernel resources exhausted" cannot occur.
 */
vm_map_entry_t
vm_map_entry_create(struct machine *mach, vm_map_t map)
{

	return (zone_alloc(mach, &mach->vm_map->entry_zone));
}

/*
 * Sees to it that the kernel's page tables reach up to "end", when "map" is
 * kernel_map.
 *
 * FreeBSD vm_map.c vm_map_findspace(), in 9.0 vm_map_insert(): same, a part
 * of it.
 */
static inline void
vm_map_growkernel(struct machine *mach, vm_map_t map, vm_offset_t end)
{

	if (map == mach->vm_map->kernel_map && end > pmap_kernel_vm_end(mach))
		pmap_growkernel(mach, end);
}

/*
 * Finds the lowest gap at or above "start" that holds "length" bytes; returns
 * 0 and where it begins through "addr", or 1.
 *
 * In kernel_map the kernel of April 2010 also makes page tables for that range,
 * even when the caller then moves or gives up the address.
 *
 * FreeBSD vm_map.c vm_map_findspace(): same.
 */
int
vm_map_findspace(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_size_t length, vm_offset_t *addr)
{
	vm_map_entry_t before, entry, first;
	vm_offset_t gap;
	FRAME();

	if (start < map->min_offset)
		start = map->min_offset;
	if (start > map->max_offset || length > map->max_offset - start)
		return (1);

	first = map->header.next;
	if (start < first->start && length <= first->start - start) {
		/* The gap in front of all entries, which no entry counts. */
		*addr = start;
		goto found;
	}
	if (start <= first->start)
		entry = map->root; /* all counted gaps lie above start */
	else {
		/* The gap that start lies in or in front of, cut at start. */
		(void)vm_map_lookup_entry(mach, map, start, &before);
		vm_map_entry_raise(map, before);
		gap = start > before->end ? start : before->end;
		if (length <= before->next->start - gap) {
			*addr = gap;
			goto found;
		}
		entry = before->right;
	}
	if (entry == NULL || entry->max_free < length)
		return (1);
	entry = vm_map_entry_first_fit(entry, length);
	if (entry == NULL)
		panic("vm_map_findspace: max_free corrupt");
	/* Pays for the descent, and the insertion will want it there. */
	vm_map_entry_raise(map, entry);
	*addr = entry->end;
found:
	if (!insert_grows_kernel(mach))
		vm_map_growkernel(mach, map, round_page(*addr + length));
	return (0);
}

/*
 * The entry flags that "cow" asks for.
 *
 * FreeBSD vm_map.c vm_map_insert(), a part of it: same.
 */
static uint16_t
vm_map_insert_eflags(struct machine *mach, vm_object_t object, int cow)
{
	uint16_t eflags;

	eflags = 0;
	if ((cow & MAP_COPY_ON_WRITE) != 0)
		eflags |= MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY;
	if ((cow & MAP_NOFAULT) != 0) {
		eflags |= MAP_ENTRY_NOFAULT;
		KASSERT(object == NULL,
		    ("vm_map_insert: paradoxical MAP_NOFAULT request"));
	}
	if ((cow & MAP_DISABLE_SYNCER) != 0)
		eflags |= MAP_ENTRY_NOSYNC;
	if ((cow & MAP_DISABLE_COREDUMP) != 0)
		eflags |= MAP_ENTRY_NOCOREDUMP;
	return (eflags);
}

/*
 * Maps [start, end) to "object" from "offset" on, or to memory that faults
 * will make when "object" is NULL; such a range may lengthen the entry before
 * it and that one's object.  Takes over the caller's reference to "object".
 *
 * Returns KERN_SUCCESS, KERN_INVALID_ADDRESS (outside the map, or empty) or
 * KERN_NO_SPACE (not free); then nothing has changed.
 *
 * FreeBSD vm_map.c vm_map_insert(): adapted, swap charges always succeed.
 */
int
vm_map_insert(struct machine *mach, vm_map_t map, vm_object_t object,
    vm_ooffset_t offset, vm_offset_t start, vm_offset_t end, vm_prot_t prot,
    vm_prot_t max, int cow)
{
	vm_map_entry_t entry, prev;
	uint16_t eflags;
	bool uip;
	FRAME();

	CHECK_MAP(map);
	if (start < map->min_offset || end > map->max_offset || start >= end)
		return (KERN_INVALID_ADDRESS);
	if (vm_map_lookup_entry(mach, map, start, &prev))
		return (KERN_NO_SPACE);
	if (prev->next->start < end)
		return (KERN_NO_SPACE);

	eflags = vm_map_insert_eflags(mach, object, cow);
	KASSERT((object != mach->vm_object->kmem_object &&
		    object != mach->vm_object->kernel_object) ||
		(eflags & MAP_ENTRY_NEEDS_COPY) == 0,
	    ("kmem or kernel object and cow"));
	uip = swap_is_charged(mach) &&
	    (cow & (MAP_NOFAULT | MAP_ACC_NO_CHARGE)) == 0 &&
	    ((cow & MAP_ACC_CHARGED) != 0 ||
		((prot & VM_PROT_WRITE) != 0 &&
		    ((eflags & MAP_ENTRY_NEEDS_COPY) != 0 || object == NULL)));
	KASSERT(!uip || object == NULL || !object->uip ||
		(eflags & MAP_ENTRY_NEEDS_COPY) != 0,
	    ("OVERCOMMIT: vm_map_insert o %s", PANIC_TEXT_PTR));

	if (insert_grows_kernel(mach))
		vm_map_growkernel(mach, map, round_page(end));
	if (object != NULL) {
		if (object->ref_count > 1 || object->shadow_count != 0)
			vm_object_clear_flag(object, OBJ_ONEMAPPING);
	} else if (prev != &map->header && prev->eflags == eflags &&
	    prev->end == start && prev->wired_count == 0 &&
	    (prev->uip == uip ||
		(prev->object.vm_object != NULL &&
		    prev->object.vm_object->uip == uip)) &&
	    vm_object_coalesce(mach, prev->object.vm_object, prev->offset,
		prev->end - prev->start, end - start, uip)) {
		if (prev->inheritance == VM_INHERIT_COPY &&
		    prev->protection == prot && prev->max_protection == max) {
			map->size += end - start;
			vm_map_entry_stretch(map, prev, end);
			vm_map_simplify_entry(mach, map, prev);
			return (KERN_SUCCESS);
		}
		/* The pages are one object's, the rights two entries'. */
		object = prev->object.vm_object;
		offset = prev->offset + (prev->end - prev->start);
		vm_object_reference(mach, object);
		if (object != NULL && object->uip &&
		    (prev->eflags & MAP_ENTRY_NEEDS_COPY) == 0)
			uip = false; /* the object carries the charge */
	}

	entry = vm_map_entry_create(mach, map);
	entry->start = start;
	entry->end = end;
	entry->object.vm_object = object;
	entry->offset = offset;
	entry->eflags = eflags;
	entry->protection = prot;
	entry->max_protection = max;
	entry->inheritance = VM_INHERIT_COPY;
	entry->uip = uip;
	vm_map_entry_link(map, prev, entry);
	map->size += end - start;
	if (insert_simplifies(mach))
		vm_map_simplify_entry(mach, map, entry);

	if ((cow & (MAP_PREFAULT | MAP_PREFAULT_PARTIAL)) != 0)
		vm_map_pmap_enter(mach, map, start, prot, object, atop(offset),
		    end - start, cow & MAP_PREFAULT_PARTIAL);
	return (KERN_SUCCESS);
}

/*
 * Maps "length" bytes at "*addr", or, unless "find_space" is VMFS_NO_SPACE,
 * at the first place at or above it; VMFS_ALIGNED_SPACE moves that place up
 * to where "object" can have superpages, and searches on from there when the
 * moved range is not free.  The place comes back through "addr".  Errors are
 * vm_map_insert()'s.
 *
 * FreeBSD vm_map.c vm_map_find(): same.
 */
int
vm_map_find(struct machine *mach, vm_map_t map, vm_object_t object,
    vm_ooffset_t offset, vm_offset_t *addr, vm_size_t length, int find_space,
    vm_prot_t prot, vm_prot_t max, int cow)
{
	vm_offset_t start;
	int result;
	FRAME();

	NONNULL(addr);
	start = *addr;
	vm_map_lock(mach, map);
	do {
		if (find_space != VMFS_NO_SPACE) {
			if (vm_map_findspace(mach, map, start, length, addr)) {
				vm_map_unlock(mach, map);
				return (KERN_NO_SPACE);
			}
			if (find_space == VMFS_ALIGNED_SPACE)
				pmap_align_superpage(mach, object, offset, addr,
				    length);
			start = *addr;
		}
		result = vm_map_insert(mach, map, object, offset, start,
		    start + length, prot, max, cow);
	} while (result == KERN_NO_SPACE && find_space == VMFS_ALIGNED_SPACE);
	vm_map_unlock(mach, map);
	return (result);
}

/*
 * Maps [start, start + length) in place of what was there.  Errors are
 * vm_map_insert()'s; the range is empty then.
 *
 * FreeBSD vm_map.c vm_map_fixed(): same.
 */
int
vm_map_fixed(struct machine *mach, vm_map_t map, vm_object_t object,
    vm_ooffset_t offset, vm_offset_t start, vm_size_t length, vm_prot_t prot,
    vm_prot_t max, int cow)
{
	vm_offset_t end;
	int result;
	FRAME();

	end = start + length;
	vm_map_lock(mach, map);
	vm_map_range_check(map, &start, &end);
	(void)vm_map_delete(mach, map, start, end);
	result = vm_map_insert(mach, map, object, offset, start, end, prot, max,
	    cow);
	vm_map_unlock(mach, map);
	return (result);
}

/*
 * Whether "next", which follows "entry", differs from it in nothing.
 *
 * FreeBSD vm_map.c vm_map_simplify_entry(), a part of it: same.
 */
static bool
vm_map_entries_merge(const struct vm_map_entry *entry,
    const struct vm_map_entry *next)
{

	return (entry->end == next->start &&
	    entry->object.vm_object == next->object.vm_object &&
	    (entry->object.vm_object == NULL ||
		entry->offset + (entry->end - entry->start) == next->offset) &&
	    entry->eflags == next->eflags &&
	    entry->protection == next->protection &&
	    entry->max_protection == next->max_protection &&
	    entry->inheritance == next->inheritance &&
	    entry->wired_count == next->wired_count && entry->uip == next->uip);
}

/*
 * Gives back "entry", which a neighbour has absorbed.
 *
 * FreeBSD vm_map.c vm_map_simplify_entry(), a part of it: same.
 */
static void
vm_map_entry_merged(struct machine *mach, vm_map_entry_t entry)
{

	if (entry->object.vm_object != NULL)
		vm_object_deallocate(mach, entry->object.vm_object);
	zone_free(mach, &mach->vm_map->entry_zone, entry);
}

/*
 * Merges "entry" with its neighbours where nothing but the border tells them
 * apart; "entry" is the one that stays.
 *
 * FreeBSD vm_map.c vm_map_simplify_entry(): same.
 */
void
vm_map_simplify_entry(struct machine *mach, vm_map_t map, vm_map_entry_t entry)
{

	if ((entry->eflags &
		(MAP_ENTRY_IN_TRANSITION | MAP_ENTRY_IS_SUB_MAP)) != 0)
		return;
	if (entry->prev != &map->header &&
	    vm_map_entries_merge(entry->prev, entry)) {
		entry->offset = entry->prev->offset;
		vm_map_entry_merged(mach, vm_map_entry_absorb_prev(map, entry));
	}
	if (entry->next != &map->header &&
	    vm_map_entries_merge(entry, entry->next))
		vm_map_entry_merged(mach, vm_map_entry_absorb_next(map, entry));
}

/*
 * Makes the object of "entry", which has none, as large as the entry.
 *
 * FreeBSD does this in each of its callers: same.
 */
void
vm_map_entry_object_create(struct machine *mach, vm_map_entry_t entry)
{
	vm_object_t object;

	object = vm_object_allocate(mach, OBJT_DEFAULT,
	    atop(entry->end - entry->start));
	entry->object.vm_object = object;
	entry->offset = 0;
	object->uip = object->charge = entry->uip;
	entry->uip = false;
}

/*
 * The copy of "entry" that one half of a clip needs, with an object reference
 * of its own.  A program's entry gets its object first, and the object the
 * entry's charge, so that the halves share both.
 *
 * FreeBSD vm_map.c vm_map_clip_start(), vm_map_clip_end(): same, what they
 * share.
 */
static vm_map_entry_t
vm_map_entry_clip(struct machine *mach, vm_map_t map, vm_map_entry_t entry,
    const char *side)
{
	vm_map_entry_t half;
	vm_object_t object;

	if ((entry->eflags & MAP_ENTRY_IS_SUB_MAP) == 0) {
		object = entry->object.vm_object;
		if (object == NULL && !map->system_map)
			vm_map_entry_object_create(mach, entry);
		else if (object != NULL && entry->uip &&
		    (entry->eflags & MAP_ENTRY_NEEDS_COPY) == 0) {
			KASSERT(!object->uip,
			    ("OVERCOMMIT: vm_entry_clip_%s: both uip e %s",
				side, PANIC_TEXT_PTR));
			object->uip = object->charge = true;
			entry->uip = false;
		}
		vm_object_reference(mach, entry->object.vm_object);
	}
	half = vm_map_entry_create(mach, map);
	*half = *entry;
	return (half);
}

/*
 * Cuts "entry" at "start" when that lies strictly inside; "entry" becomes the
 * part that begins there.
 *
 * FreeBSD vm_map.c vm_map_clip_start(): same.
 */
void
vm_map_clip_start(struct machine *mach, vm_map_t map, vm_map_entry_t entry,
    vm_offset_t start)
{
	vm_map_entry_t front;

	if (start <= entry->start)
		return;
	vm_map_simplify_entry(mach, map, entry);
	front = vm_map_entry_clip(mach, map, entry, "start");
	entry->offset += start - entry->start;
	vm_map_entry_split_front(map, entry, front, start);
}

/*
 * Cuts "entry" at "end" when that lies strictly inside; "entry" becomes the
 * part that ends there.
 *
 * FreeBSD vm_map.c vm_map_clip_end(): same.
 */
void
vm_map_clip_end(struct machine *mach, vm_map_t map, vm_map_entry_t entry,
    vm_offset_t end)
{
	vm_map_entry_t back;

	if (end >= entry->end)
		return;
	back = vm_map_entry_clip(mach, map, entry, "end");
	back->offset += end - entry->start;
	vm_map_entry_split_back(map, entry, back, end);
}

/*
 * Makes [start, end), which must be exactly one plain entry without an object,
 * refer to "submap"; KERN_INVALID_ARGUMENT when it is not.
 *
 * FreeBSD vm_map.c vm_map_submap(): same.
 */
int
vm_map_submap(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end, vm_map_t submap)
{
	vm_map_entry_t entry;
	int result;
	FRAME();

	result = KERN_INVALID_ARGUMENT;
	vm_map_lock(mach, map);
	vm_map_range_check(map, &start, &end);
	if (vm_map_lookup_entry(mach, map, start, &entry))
		vm_map_clip_start(mach, map, entry, start);
	else
		entry = entry->next;
	if (entry != &map->header) {
		vm_map_clip_end(mach, map, entry, end);
		if (entry->start == start && entry->end == end &&
		    (entry->eflags & MAP_ENTRY_COW) == 0 &&
		    entry->object.vm_object == NULL) {
			entry->object.sub_map = submap;
			entry->eflags |= MAP_ENTRY_IS_SUB_MAP;
			result = KERN_SUCCESS;
		}
	}
	vm_map_unlock(mach, map);
	return (result);
}

/*
 * Takes "entry" out of the map, to be freed at unlock.  Where other entries
 * refer to its object too, the pages of its range go now; else the whole
 * object goes at unlock.
 *
 * FreeBSD vm_map.c vm_map_entry_delete(): adapted, no swap.
 */
static void
vm_map_entry_delete(struct machine *mach, vm_map_t map, vm_map_entry_t entry)
{
	vm_object_t object;
	vm_pindex_t end, start;

	vm_map_entry_unlink(map, entry);
	map->size -= entry->end - entry->start;
	object = entry->object.vm_object;
	if ((entry->eflags & MAP_ENTRY_IS_SUB_MAP) == 0 && object != NULL) {
		KASSERT(!entry->uip || !object->uip ||
			(entry->eflags & MAP_ENTRY_NEEDS_COPY) != 0,
		    ("OVERCOMMIT vm_map_entry_delete: both uip %s",
			PANIC_TEXT_PTR));
		if (object->ref_count != 1 &&
		    ((object->flags & (OBJ_NOSPLIT | OBJ_ONEMAPPING)) ==
			    OBJ_ONEMAPPING ||
			object == mach->vm_object->kmem_object ||
			object == mach->vm_object->kernel_object)) {
			start = atop(entry->offset);
			end = start + atop(entry->end - entry->start);
			vm_object_collapse(mach, object);
			vm_object_page_remove(mach, object, start, end, FALSE);
			/* True of the kernel's objects at the very top too. */
			if (end >= object->size && start < object->size)
				object->size = start;
		}
	}
	entry->next = map->deferred_freelist;
	map->deferred_freelist = entry;
}

/*
 * Gives up the kernel's wirings of "entry", however many they are.
 *
 * FreeBSD vm_map.c vm_map_entry_unwire(): same.
 */
static void
vm_map_entry_unwire(struct machine *mach, vm_map_t map, vm_map_entry_t entry)
{

	vm_fault_unwire(mach, map, entry->start, entry->end,
	    vm_map_entry_fictitious(entry));
	entry->wired_count = 0;
}

/*
 * Unmaps [start, end) of the locked map; always KERN_SUCCESS.
 *
 * For each entry the wirings go first, so that a superpage is demoted and the
 * PTEs lose PG_W while they are still valid; then the mappings; then the
 * pages, which by now nothing maps.
 *
 * FreeBSD vm_map.c vm_map_delete(): adapted, a wait for another thread's
 * wiring stops the machine.
 */
int
vm_map_delete(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end)
{
	vm_map_entry_t entry, next;
	int user_wired;
	FRAME();

	if (vm_map_lookup_entry(mach, map, start, &entry))
		vm_map_clip_start(mach, map, entry, start);
	else
		entry = entry->next;
	for (; entry != &map->header && entry->start < end; entry = next) {
		user_wired = (entry->eflags & MAP_ENTRY_USER_WIRED) != 0;
		if ((entry->eflags & MAP_ENTRY_IN_TRANSITION) != 0 ||
		    (!map->system_map && entry->wired_count > user_wired))
			stop("vm_map_delete: sleeps on a wiring that nobody "
			     "ends");
		vm_map_clip_end(mach, map, entry, end);
		next = entry->next;
		if (entry->wired_count != 0)
			vm_map_entry_unwire(mach, map, entry);
		pmap_remove(mach, map->pmap, entry->start, entry->end);
		vm_map_entry_delete(mach, map, entry);
	}
	return (KERN_SUCCESS);
}

/*
 * Unmaps [start, end), as far as it lies in the map: munmap(), kmem_free().
 *
 * FreeBSD vm_map.c vm_map_remove(): same.
 */
int
vm_map_remove(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end)
{
	int result;
	FRAME();

	vm_map_lock(mach, map);
	vm_map_range_check(map, &start, &end);
	result = vm_map_delete(mach, map, start, end);
	vm_map_unlock(mach, map);
	return (result);
}
