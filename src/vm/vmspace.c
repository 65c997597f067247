/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole address spaces of programs: exec gives one, fork copies it, exit ends
 * it.  A vmspace is its map, which owns a pmap.
 */
#include <string.h>

#include "vm/pmap.h"
#include "vm/vm_kernels.h"
#include "vm/vm_map_tree.h"

#define VM_MIN_ADDRESS UINT64_C(0)

/*
 * Writes "vmspace" and "number" into "name": of a fork snprintf() would be the
 * tenth part.
 *
 * Simulator only.
 */
static void
vmspace_name(char name[32], uint64_t number)
{
	uint64_t rest = number;
	char *end;

	memcpy(name, "vmspace", sizeof("vmspace"));
	end = name + strlen("vmspace") + 1;
	while ((rest /= 10) != 0)
		end++;
	*end = '\0';
	do {
		*--end = (char)('0' + number % 10);
		number /= 10;
	} while (number != 0);
}

/*
 * Returns a new, empty address space: a map of all user addresses with a pmap
 * of its own.
 *
 * FreeBSD vm_map.c vmspace_alloc(): adapted, a vmspace is its map.
 */
vm_map_t
vmspace_alloc(struct machine *mach)
{
	char name[32];
	vm_map_t map;
	pmap_t pmap;
	FRAME();

	vmspace_name(name, mach->vm_map->next_vmspace++);
	pmap = pmap_reuse(mach, name);
	if (pmap == NULL) {
		pmap = pmapsim_pmap_create(mach, name);
		(void)pmap_pinit(mach, pmap);
	}
	map = vm_map_create(mach, pmap, VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
	TAILQ_INSERT_TAIL(&mach->vm_map->vmspaces, map, maps);
	return (map);
}

/*
 * Ends the address space "map" with all that it maps.  It must not be current
 * on another CPU; on this one the kernel's takes its place.
 *
 * FreeBSD vm_map.c vmspace_free(), vmspace_dofree(): adapted, never shared.
 */
void
vmspace_free(struct machine *mach, vm_map_t map)
{
	pmap_t pmap;
	FRAME();

	NONNULL(map);
	pmap = map->pmap;
	if (pmap == NULL)
		panic("vmspace_free: attempt to free already freed vmspace");
	(void)vm_map_remove(mach, map, map->min_offset, map->max_offset);
	KASSERT(map->nentries == 0,
	    ("map %s nentries == %d on free.", PANIC_TEXT_PTR, map->nentries));
	KASSERT(map->size == 0,
	    ("map %s size == %llu on free.", PANIC_TEXT_PTR,
		(unsigned long long)map->size));
	if (pmap_is_current(mach, pmap))
		pmap_activate(mach, pmapsim_kernel_pmap(mach));
	if (pmapsim_pmap_active(pmap) != 0)
		stop("vmspace_free: the address space is in use on CPUs %#x",
		    pmapsim_pmap_active(pmap));
	TAILQ_REMOVE(&mach->vm_map->vmspaces, map, maps);
	if (vmspace_keeps_pmap(mach))
		pmap_keep(mach, pmap);
	else {
		pmap_release(mach, pmap);
		pmapsim_pmap_destroy(mach, pmap);
	}
	map->pmap = NULL; /* how a second vmspace_free() is recognised */
	zone_free(mach, &mach->vm_map->map_zone, map);
}

/*
 * Ends the address space "map" as exit() does: all user mappings go in one
 * pass over the pv entries before the map is taken apart.
 *
 * FreeBSD vm_map.c vmspace_exit(): adapted, never shared.
 */
void
vmspace_exit(struct machine *mach, vm_map_t map)
{
	FRAME();

	if (map == NULL || map->pmap == NULL)
		vmspace_free(mach, map); /* says what is wrong */
	if (!pmap_is_current(mach, map->pmap))
		pmap_activate(mach, map->pmap);
	pmap_remove_pages(mach, map->pmap);
	pmap_activate(mach, pmapsim_kernel_pmap(mach));
	vmspace_free(mach, map);
}

/*
 * The copy of "old" that a child gets, at the end of its map.
 *
 * FreeBSD vm_map.c vmspace_fork(), a part of it: same.
 */
static vm_map_entry_t
vmspace_fork_entry(struct machine *mach, vm_map_t map,
    const struct vm_map_entry *old)
{
	vm_map_entry_t entry;

	entry = vm_map_entry_create(mach, map);
	*entry = *old;
	entry->eflags &= (uint16_t) ~(MAP_ENTRY_USER_WIRED |
	    MAP_ENTRY_IN_TRANSITION);
	entry->wired_count = 0;
	vm_map_entry_link(map, map->header.prev, entry);
	map->size += entry->end - entry->start;
	return (entry);
}

/*
 * Lets the child share "old": one object behind both, no copy on write any
 * more, so that what either writes the other sees.
 *
 * FreeBSD vm_map.c vmspace_fork(): same.
 */
static void
vmspace_fork_share(struct machine *mach, vm_map_t new_map, vm_map_t old_map,
    vm_map_entry_t old)
{
	vm_object_t object;

	if (old->object.vm_object == NULL)
		vm_map_entry_object_create(mach, old);
	object = old->object.vm_object;
	vm_object_reference(mach, object);
	if ((old->eflags & MAP_ENTRY_NEEDS_COPY) != 0) {
		/*
		 * The second reference is there already, so a shadow is made
		 * in any case; it then moves over to that shadow.
		 */
		vm_object_shadow(mach, &old->object.vm_object, &old->offset,
		    atop(old->end - old->start));
		old->eflags &= (uint16_t)~MAP_ENTRY_NEEDS_COPY;
		vm_object_reference(mach, old->object.vm_object);
		vm_object_deallocate(mach, object);
		object = old->object.vm_object;
	}
	vm_object_clear_flag(object, OBJ_ONEMAPPING);
	if (old->uip) {
		KASSERT(!object->uip, ("vmspace_fork both uip"));
		object->uip = object->charge = true;
		old->uip = false;
	}
	(void)vmspace_fork_entry(mach, new_map, old);
	pmap_copy(mach, new_map->pmap, old_map->pmap, old->start,
	    old->end - old->start, old->start);
}

/*
 * Lets "src" and its copy "dst" in the child share the pages until either
 * writes.
 *
 * The order is seen: the source loses the right to write first, and a 2 MB
 * mapping so stays one, then it is copied as such.
 *
 * FreeBSD vm_map.c vm_map_copy_entry(): adapted, swap charges always succeed.
 */
static void
vm_map_copy_entry(struct machine *mach, vm_map_t src_map, vm_map_t dst_map,
    vm_map_entry_t src, vm_map_entry_t dst)
{
	vm_object_t object, split;
	bool charged;

	if (src->wired_count != 0) {
		/* Wired pages cannot be taken away, so the child's are made. */
		vm_fault_copy_entry(mach, dst_map, src_map, dst, src);
		return;
	}
	if ((src->eflags & MAP_ENTRY_NEEDS_COPY) == 0)
		pmap_protect(mach, src_map->pmap, src->start, src->end,
		    src->protection & (vm_prot_t)~VM_PROT_WRITE);
	object = src->object.vm_object;
	if (object != NULL) {
		charged = vm_map_entry_charged(src);
		if (object->handle == NULL &&
		    (object->type == OBJT_DEFAULT ||
			object->type == OBJT_SWAP)) {
			vm_object_collapse(mach, object);
			if ((object->flags & (OBJ_NOSPLIT | OBJ_ONEMAPPING)) ==
			    OBJ_ONEMAPPING) {
				split = vm_object_split(mach, object,
				    atop(src->offset),
				    atop(src->end - src->start));
				if (split != NULL) {
					if (object->uip)
						split
						    ->uip = split
								->charge = true;
					src->object.vm_object = split;
					src->offset = 0;
					vm_object_deallocate(mach, object);
					object = split;
				}
			}
		}
		vm_object_reference(mach, object);
		vm_object_clear_flag(object, OBJ_ONEMAPPING);
		if (src->uip && (src->eflags & MAP_ENTRY_NEEDS_COPY) == 0) {
			KASSERT(!object->uip,
			    ("OVERCOMMIT: vm_map_copy_entry: uip %s",
				PANIC_TEXT_PTR));
			object->uip = object->charge = true;
		}
		/*
		 * What either side will copy is charged to its entry, unless
		 * nobody was charged for the original.  A source that waits to
		 * be copied since an earlier fork has its charge already.
		 */
		if (charged) {
			dst->uip = true;
			if ((src->eflags & MAP_ENTRY_NEEDS_COPY) == 0)
				src->uip = true;
		}
		src->eflags |= MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY;
		dst->eflags |= MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY;
		dst->object.vm_object = object;
		dst->offset = src->offset;
	} else {
		dst->object.vm_object = NULL;
		dst->offset = 0;
		dst->uip = src->uip;
	}
	pmap_copy(mach, dst_map->pmap, src_map->pmap, dst->start,
	    dst->end - dst->start, src->start);
}

/*
 * Returns the address space that a fork of "old_map" gives the child: entry by
 * entry ascending, shared, copied on write, or left out, as the inheritance
 * says.
 *
 * FreeBSD vm_map.c vmspace_fork(): adapted, swap charges always succeed.
 */
vm_map_t
vmspace_fork(struct machine *mach, vm_map_t old_map)
{
	vm_map_entry_t dst, src;
	vm_map_t new_map;
	FRAME();

	vm_map_lock(mach, old_map);
	new_map = vmspace_alloc(mach);
	vm_map_lock(mach, new_map);
	for (src = old_map->header.next; src != &old_map->header;
	     src = src->next) {
		if ((src->eflags & MAP_ENTRY_IS_SUB_MAP) != 0)
			panic("vm_map_fork: encountered a submap");
		if (src->inheritance == VM_INHERIT_SHARE)
			vmspace_fork_share(mach, new_map, old_map, src);
		else if (src->inheritance == VM_INHERIT_COPY) {
			dst = vmspace_fork_entry(mach, new_map, src);
			dst->object.vm_object = NULL;
			dst->uip = false;
			vm_map_copy_entry(mach, old_map, new_map, src, dst);
		}
	}
	vm_map_unlock(mach, old_map);
	vm_map_unlock(mach, new_map);
	return (new_map);
}

/* Simulator only. */
pmap_t
pmapsim_map_pmap(vm_map_t map)
{

	return (map != NULL ? map->pmap : NULL);
}
