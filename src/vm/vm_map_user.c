/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is done to ranges that are mapped already: rights, inheritance and
 * wiring, the lookup of a fault, mappings made ahead of faults.
 */
#include "vm/pmap.h"
#include "vm/vm_kernels.h"
#include "vm/vm_map.h"
#include "vm/vm_page_tree.h"

#define MAX_INIT_PT 96 /* pages that MAP_PREFAULT_PARTIAL enters at most */

/* The first entry that ends behind "start", cut there when it begins before. */
static vm_map_entry_t
vm_map_first(struct machine *mach, vm_map_t map, vm_offset_t start)
{
	vm_map_entry_t entry;

	if (!vm_map_lookup_entry(mach, map, start, &entry))
		return (entry->next);
	vm_map_clip_start(mach, map, entry, start);
	return (entry);
}

/* Whether no entry continues "entry" although [..., end) goes on. */
static inline bool
vm_map_hole_behind(const struct vm_map *map, const struct vm_map_entry *entry,
    vm_offset_t end)
{

	return (entry->end < end &&
	    (entry->next == &map->header || entry->next->start > entry->end));
}

/*
 * Charges somebody for "entry", whose pages may be dirtied from now on.
 *
 * FreeBSD vm_map.c vm_map_protect(), a part of it: adapted, swap charges
 * always succeed.
 */
static void
vm_map_entry_charge(struct machine *mach, vm_map_entry_t entry)
{
	vm_object_t object = entry->object.vm_object;

	if (!swap_is_charged(mach) || vm_map_entry_charged(entry))
		return;
	if (object == NULL || (entry->eflags & MAP_ENTRY_NEEDS_COPY) != 0) {
		entry->uip = true;
		return;
	}
	if (!vm_object_is_anonymous(object))
		return;
	KASSERT(!object->charge, ("vm_map_protect: object PTR overcharged\n"));
	object->uip = object->charge = true;
}

/*
 * Gives "entry" the right "prot" and the mappings what is left of it.  Rights
 * that are added wait for the next fault; a wired private entry cannot wait,
 * and gets its own copies of the pages at once.  It is no copy-on-write entry
 * any more when its mappings then lose a right.
 *
 * FreeBSD vm_map.c vm_map_protect(), a part of it: same.
 */
static void
vm_map_entry_protect(struct machine *mach, vm_map_t map, vm_map_entry_t entry,
    vm_prot_t prot)
{
	vm_prot_t old, usable;

	old = entry->protection;
	entry->protection = prot;
	if ((entry->eflags & (MAP_ENTRY_COW | MAP_ENTRY_USER_WIRED)) ==
		(MAP_ENTRY_COW | MAP_ENTRY_USER_WIRED) &&
	    (prot & ~old & VM_PROT_WRITE) != 0 && protect_copies_wired(mach))
		vm_fault_copy_entry(mach, map, map, entry, entry);
	if ((old & ~prot) != 0 ||
	    (old != prot && protect_visits_widened(mach))) {
		usable = prot;
		if ((entry->eflags & MAP_ENTRY_COW) != 0)
			usable &= ~VM_PROT_WRITE;
		pmap_protect(mach, map->pmap, entry->start, entry->end, usable);
	}
}

/*
 * Whether every entry from "first" on below "end" may get "new_prot";
 * otherwise why not.
 *
 * FreeBSD vm_map.c vm_map_protect(), its first pass: same.
 */
static int
vm_map_protect_allowed(const struct vm_map *map,
    const struct vm_map_entry *first, vm_offset_t end, vm_prot_t new_prot)
{
	const struct vm_map_entry *entry;

	for (entry = first; entry != &map->header && entry->start < end;
	     entry = entry->next) {
		if ((entry->eflags & MAP_ENTRY_IS_SUB_MAP) != 0)
			return (KERN_INVALID_ARGUMENT);
		if ((new_prot & entry->max_protection) != new_prot)
			return (KERN_PROTECTION_FAILURE);
	}
	return (KERN_SUCCESS);
}

/*
 * Sets the protection of [start, end), or with "set_max" the highest one that
 * may ever be set.  Returns KERN_SUCCESS, KERN_PROTECTION_FAILURE (more than
 * an entry's maximum) or KERN_INVALID_ARGUMENT (a submap); then nothing has
 * changed but where entries are cut.
 *
 * Every entry is cut at "end" before the first is changed.  An entry that is
 * changed merges with its neighbours at once, and it must not swallow what
 * lies behind "end".
 *
 * FreeBSD vm_map.c vm_map_protect(): adapted, swap charges always succeed.
 */
int
vm_map_protect(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end, vm_prot_t new_prot, boolean_t set_max)
{
	vm_map_entry_t entry, first;
	int result;
	FRAME();

	vm_map_lock(mach, map);
	vm_map_range_check(map, &start, &end);
	first = vm_map_first(mach, map, start);
	result = vm_map_protect_allowed(map, first, end, new_prot);
	if (result != KERN_SUCCESS) {
		vm_map_unlock(mach, map);
		return (result);
	}
	for (entry = first; entry != &map->header && entry->start < end;
	     entry = entry->next) {
		vm_map_clip_end(mach, map, entry, end);
		if (!set_max &&
		    (new_prot & ~entry->protection & VM_PROT_WRITE) != 0)
			vm_map_entry_charge(mach, entry);
	}
	for (entry = first; entry != &map->header && entry->start < end;
	     entry = entry->next) {
		if (set_max)
			entry->max_protection = new_prot;
		vm_map_entry_protect(mach, map, entry,
		    set_max ? new_prot & entry->protection : new_prot);
		vm_map_simplify_entry(mach, map, entry);
	}
	vm_map_unlock(mach, map);
	return (KERN_SUCCESS);
}

/*
 * Sets what a fork does with [start, end): VM_INHERIT_SHARE, _COPY or _NONE,
 * else KERN_INVALID_ARGUMENT.
 *
 * FreeBSD vm_map.c vm_map_inherit(): same.
 */
int
vm_map_inherit(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end, int new_inheritance)
{
	vm_map_entry_t entry;
	FRAME();

	switch (new_inheritance) {
	case VM_INHERIT_SHARE:
	case VM_INHERIT_COPY:
	case VM_INHERIT_NONE:
		break;
	default:
		return (KERN_INVALID_ARGUMENT);
	}
	vm_map_lock(mach, map);
	vm_map_range_check(map, &start, &end);
	for (entry = vm_map_first(mach, map, start);
	     entry != &map->header && entry->start < end; entry = entry->next) {
		vm_map_clip_end(mach, map, entry, end);
		entry->inheritance = (uint8_t)new_inheritance;
		vm_map_simplify_entry(mach, map, entry);
	}
	vm_map_unlock(mach, map);
	return (KERN_SUCCESS);
}

/*
 * Tells of [start, end), as far as it is mapped, what the program will do with
 * it: VM_MADV_WILLNEED, _DONTNEED or _FREE, else KERN_INVALID_ARGUMENT.  What
 * it will need is mapped where it is resident.
 *
 * FreeBSD vm_map.c vm_map_madvise(): adapted, advice that changes entries is
 * not simulated.
 */
int
vm_map_madvise(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end, int behav)
{
	vm_map_entry_t entry;
	vm_offset_t from, to;
	vm_pindex_t pindex;
	FRAME();

	if (behav != VM_MADV_WILLNEED && behav != VM_MADV_DONTNEED &&
	    behav != VM_MADV_FREE)
		return (KERN_INVALID_ARGUMENT);
	CHECK_MAP(map);
	vm_map_range_check(map, &start, &end);
	if (!vm_map_lookup_entry(mach, map, start, &entry))
		entry = entry->next;
	for (; entry != &map->header && entry->start < end;
	     entry = entry->next) {
		if ((entry->eflags & MAP_ENTRY_IS_SUB_MAP) != 0)
			continue;
		from = entry->start > start ? entry->start : start;
		to = entry->end < end ? entry->end : end;
		if (from >= to)
			continue;
		pindex = atop(from - entry->start + entry->offset);
		vm_object_madvise(mach, entry->object.vm_object, pindex,
		    (int)atop(to - from), behav);
		/* What is there already costs the program no fault. */
		if (behav == VM_MADV_WILLNEED)
			vm_map_pmap_enter(mach, map, from, entry->protection,
			    entry->object.vm_object, pindex, to - from,
			    MAP_PREFAULT_MADVISE);
	}
	return (KERN_SUCCESS);
}

/*
 * Ends a vm_map_wire(): what was marked loses the mark, and, when "rv" is a
 * failure, its part of the wiring.
 */
static void
vm_map_wire_done(struct machine *mach, vm_map_t map, vm_map_entry_t first,
    vm_offset_t end, bool user, int rv)
{
	vm_map_entry_t entry;

	for (entry = first; entry != &map->header && entry->start < end;
	     entry = entry->next) {
		if ((entry->eflags & MAP_ENTRY_WIRE_SKIPPED) != 0)
			goto unmark;
		if (rv == KERN_SUCCESS) {
			if (user)
				entry->eflags |= MAP_ENTRY_USER_WIRED;
		} else if (entry->wired_count == -1) {
			/* The one that failed; it undid its own pages. */
			entry->wired_count = 0;
		} else if (!user ||
		    (entry->eflags & MAP_ENTRY_USER_WIRED) == 0) {
			if (entry->wired_count == 1)
				vm_fault_unwire(mach, map, entry->start,
				    entry->end, vm_map_entry_fictitious(entry));
			entry->wired_count--;
		}
	unmark:
		KASSERT((entry->eflags & MAP_ENTRY_IN_TRANSITION) != 0,
		    ("vm_map_wire: in-transition flag missing"));
		entry->eflags &= (uint16_t) ~(MAP_ENTRY_IN_TRANSITION |
		    MAP_ENTRY_WIRE_SKIPPED);
		vm_map_simplify_entry(mach, map, entry);
	}
}

/*
 * Locks "map" to wire or unwire [*start, *end), which is cut to what the map
 * covers, and returns the first entry there, clipped to its start.  When
 * nothing is mapped at "*start" and "holes" are not allowed, returns NULL and
 * the map is not locked.
 *
 * FreeBSD vm_map.c vm_map_wire(), vm_map_unwire(): same, how both begin.
 */
static vm_map_entry_t
vm_map_lock_range(struct machine *mach, vm_map_t map, vm_offset_t *start,
    vm_offset_t *end, bool holes)
{
	vm_map_entry_t first;

	vm_map_lock(mach, map);
	vm_map_range_check(map, start, end);
	if (vm_map_lookup_entry(mach, map, *start, &first)) {
		vm_map_clip_start(mach, map, first, *start);
		return (first);
	}
	if (holes)
		return (first->next);
	vm_map_unlock(mach, map);
	return (NULL);
}

/*
 * Makes the pages of [start, end) resident and keeps them so: mlock() with
 * VM_MAP_WIRE_USER, which counts once however often it is done, and the
 * kernel's own wirings, which are counted.  With VM_MAP_WIRE_HOLESOK what is
 * unmapped or unreadable is left out.
 *
 * Returns KERN_SUCCESS; KERN_INVALID_ADDRESS where there was a hole, or no
 * right to read, or what the fault gave; then nothing is wired that was not.
 *
 * FreeBSD vm_map.c vm_map_wire(): adapted, no other thread changes the map
 * meanwhile.
 */
int
vm_map_wire(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end, int flags)
{
	vm_map_entry_t entry, first;
	bool holes, user;
	int rv;
	FRAME();

	user = (flags & VM_MAP_WIRE_USER) != 0;
	holes = (flags & VM_MAP_WIRE_HOLESOK) != 0;
	first = vm_map_lock_range(mach, map, &start, &end, holes);
	if (first == NULL)
		return (KERN_INVALID_ADDRESS);

	rv = KERN_SUCCESS;
	for (entry = first; entry != &map->header && entry->start < end;
	     entry = entry->next) {
		vm_map_clip_end(mach, map, entry, end);
		entry->eflags |= MAP_ENTRY_IN_TRANSITION;
		if ((entry->wired_count == 0 ||
			wire_asks_rights_of_wired(mach)) &&
		    (entry->protection & (VM_PROT_READ | VM_PROT_EXECUTE)) ==
			0 &&
		    !wire_takes_unreadable(mach)) {
			entry->eflags |= MAP_ENTRY_WIRE_SKIPPED;
			if (!holes)
				rv = KERN_INVALID_ADDRESS;
		} else if (entry->wired_count == 0) {
			/* First the count: by it the faults know. */
			entry->wired_count = 1;
			rv = vm_fault_wire(mach, map, entry->start, entry->end,
			    user, vm_map_entry_fictitious(entry));
			if (rv != KERN_SUCCESS)
				entry->wired_count = -1;
		} else if (!user || (entry->eflags & MAP_ENTRY_USER_WIRED) == 0)
			entry->wired_count++;
		if (rv == KERN_SUCCESS && !holes &&
		    vm_map_hole_behind(map, entry, end))
			rv = KERN_INVALID_ADDRESS;
		if (rv != KERN_SUCCESS) {
			end = entry->end;
			break;
		}
	}
	vm_map_wire_done(mach, map, first, end, user, rv);
	vm_map_unlock(mach, map);
	return (rv);
}

/*
 * How many of the entry's wirings are the kernel's own.
 *
 * FreeBSD vm_map.c vm_map_entry_system_wired_count(): same.
 */
static inline int
vm_map_entry_system_wired(const struct vm_map_entry *entry)
{

	return (entry->wired_count -
	    ((entry->eflags & MAP_ENTRY_USER_WIRED) != 0 ? 1 : 0));
}

/*
 * Takes back one wiring of [start, end).  Returns KERN_SUCCESS;
 * KERN_INVALID_ADDRESS at a hole; KERN_INVALID_ARGUMENT where the kernel takes
 * back a wiring of its own that is not there; then nothing is unwired.  A
 * program may unwire what it did not wire: such entries are passed over.
 *
 * FreeBSD vm_map.c vm_map_unwire(): adapted, no other thread changes the map
 * meanwhile.
 */
int
vm_map_unwire(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end, int flags)
{
	vm_map_entry_t entry, first;
	bool holes, user;
	int rv;
	FRAME();

	user = (flags & VM_MAP_WIRE_USER) != 0;
	holes = (flags & VM_MAP_WIRE_HOLESOK) != 0;
	first = vm_map_lock_range(mach, map, &start, &end, holes);
	if (first == NULL)
		return (KERN_INVALID_ADDRESS);

	rv = KERN_SUCCESS;
	for (entry = first; entry != &map->header && entry->start < end;
	     entry = entry->next) {
		vm_map_clip_end(mach, map, entry, end);
		entry->eflags |= MAP_ENTRY_IN_TRANSITION;
		if (!holes && vm_map_hole_behind(map, entry, end))
			rv = KERN_INVALID_ADDRESS;
		else if (!user && vm_map_entry_system_wired(entry) == 0)
			rv = KERN_INVALID_ARGUMENT;
		if (rv != KERN_SUCCESS) {
			end = entry->end;
			break;
		}
	}
	for (entry = first; entry != &map->header && entry->start < end;
	     entry = entry->next) {
		if (rv == KERN_SUCCESS && entry->wired_count != 0 &&
		    (!user || (entry->eflags & MAP_ENTRY_USER_WIRED) != 0)) {
			if (user)
				entry
				    ->eflags &= (uint16_t)~MAP_ENTRY_USER_WIRED;
			if (--entry->wired_count == 0)
				vm_fault_unwire(mach, map, entry->start,
				    entry->end, vm_map_entry_fictitious(entry));
		}
		KASSERT((entry->eflags & MAP_ENTRY_IN_TRANSITION) != 0,
		    ("vm_map_unwire: in-transition flag missing"));
		entry->eflags &= (uint16_t)~MAP_ENTRY_IN_TRANSITION;
		vm_map_simplify_entry(mach, map, entry);
	}
	vm_map_unlock(mach, map);
	return (rv);
}

/*
 * Finds what backs "vaddr" for an access of "fault_type": through the pointers
 * come the map (a submap perhaps), entry, object and index, the protection to
 * map with and whether the entry is wired.  A private entry gets its shadow
 * object here, at the first write; an entry without object gets one.
 *
 * With VM_PROT_OVERRIDE_WRITE in "fault_type" the entry's highest protection
 * decides.
 *
 * Returns KERN_SUCCESS, KERN_INVALID_ADDRESS (not mapped) or
 * KERN_PROTECTION_FAILURE.
 *
 * FreeBSD vm_map.c vm_map_lookup(): adapted, no locks, swap charges always
 * succeed.
 */
int
vm_map_lookup(struct machine *mach, vm_map_t *mapp, vm_offset_t vaddr,
    vm_prot_t fault_type, vm_map_entry_t *entryp, vm_object_t *objectp,
    vm_pindex_t *pindex, vm_prot_t *prot, boolean_t *wired)
{
	vm_map_entry_t entry;
	vm_object_t object;
	vm_prot_t type;

	for (;;) {
		if (!vm_map_lookup_entry(mach, *mapp, vaddr, entryp))
			return (KERN_INVALID_ADDRESS);
		entry = *entryp;
		if ((entry->eflags & MAP_ENTRY_IS_SUB_MAP) == 0)
			break;
		*mapp = entry->object.sub_map;
	}
	*prot = (fault_type & VM_PROT_OVERRIDE_WRITE) != 0 ?
	    entry->max_protection :
	    entry->protection;
	type = fault_type & VM_PROT_ALL;
	if ((type & *prot) != type || *prot == VM_PROT_NONE)
		return (KERN_PROTECTION_FAILURE);
	if ((entry->eflags & (MAP_ENTRY_USER_WIRED | MAP_ENTRY_COW)) ==
		(MAP_ENTRY_USER_WIRED | MAP_ENTRY_COW) &&
	    (type & VM_PROT_WRITE) != 0 &&
	    (fault_type & VM_PROT_OVERRIDE_WRITE) == 0)
		return (KERN_PROTECTION_FAILURE);
	*wired = entry->wired_count != 0;
	if (*wired)
		*prot = type = entry->protection;

	if ((entry->eflags & MAP_ENTRY_NEEDS_COPY) != 0) {
		if ((type & VM_PROT_WRITE) != 0 ||
		    (fault_type & VM_PROT_COPY) != 0) {
			if (entry->object.vm_object != NULL) {
				vm_object_shadow(mach, &entry->object.vm_object,
				    &entry->offset,
				    atop(entry->end - entry->start));
				object = entry->object.vm_object;
				object->uip = swap_is_charged(mach);
				object->charge = object->uip;
				entry->uip = false;
			}
			entry->eflags &= (uint16_t)~MAP_ENTRY_NEEDS_COPY;
		} else
			*prot &= (vm_prot_t)~VM_PROT_WRITE;
	}
	if (entry->object.vm_object == NULL && !(*mapp)->system_map)
		vm_map_entry_object_create(mach, entry);
	*objectp = entry->object.vm_object;
	*pindex = atop(vaddr - entry->start + entry->offset);
	return (KERN_SUCCESS);
}

/*
 * Maps the pages of "object" from "pindex" on that are resident and valid at
 * [addr, addr + size), without faults: whole runs, so that 2 MB mappings can
 * come of it.  "flags" are of MAP_PREFAULT_PARTIAL (nothing when there is
 * much) and MAP_PREFAULT_MADVISE (no further when free pages are few).
 *
 * An absent page does not end a run, as pmap_enter_object() goes by the
 * object's list; an invalid one does.
 *
 * FreeBSD vm_map.c vm_map_pmap_enter(): same.
 */
void
vm_map_pmap_enter(struct machine *mach, vm_map_t map, vm_offset_t addr,
    vm_prot_t prot, vm_object_t object, vm_pindex_t pindex, vm_size_t size,
    int flags)
{
	vm_offset_t start;
	vm_page_t p, p_start;
	vm_pindex_t index, npages;
	FRAME();

	if ((prot & (VM_PROT_READ | VM_PROT_EXECUTE)) == 0 || object == NULL)
		return;
	if (object->type == OBJT_DEVICE || object->type == OBJT_SG) {
		pmap_object_init_pt(mach, map->pmap, addr, object, pindex,
		    size);
		return;
	}
	npages = atop(size);
	if ((flags & MAP_PREFAULT_PARTIAL) != 0 && npages > MAX_INIT_PT &&
	    object->resident_page_count > MAX_INIT_PT)
		return;
	if (npages + pindex > object->size) {
		if (object->size < pindex)
			return;
		npages = object->size - pindex;
	}

	p = TAILQ_FIRST(&object->memq);
	if (p != NULL && p->pindex < pindex) {
		p = object->root = vm_page_splay(pindex, object->root);
		if (p->pindex < pindex)
			p = TAILQ_NEXT(p, listq);
	}
	start = 0;
	p_start = NULL;
	for (; p != NULL && (index = p->pindex - pindex) < npages;
	     p = TAILQ_NEXT(p, listq)) {
		if ((flags & MAP_PREFAULT_MADVISE) != 0 &&
		    mach->cnt.v_free_count < mach->cnt.v_free_reserved) {
			npages = index;
			break;
		}
		if (p->valid == VM_PAGE_BITS_ALL) {
			if (p_start == NULL) {
				start = addr + ptoa(index);
				p_start = p;
			}
		} else if (p_start != NULL) {
			pmap_enter_object(mach, map->pmap, start,
			    addr + ptoa(index), p_start, prot);
			p_start = NULL;
		}
	}
	if (p_start != NULL)
		pmap_enter_object(mach, map->pmap, start, addr + ptoa(npages),
		    p_start, prot);
}
