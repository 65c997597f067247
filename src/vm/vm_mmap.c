/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How programs come by memory: mmap() and brk(), without files.
 */
#include <errno.h>

#include "vm/vm_kernels.h"
#include "vm/vm_map.h"

/*
 * The host's error for a KERN_*.
 *
 * FreeBSD vm_mmap.c vm_mmap(), its end: adapted, addresses that are not there
 * or not free are all that can go wrong in the calls below.
 */
static int
vm_mmap_to_errno(int rv)
{

	return (rv == KERN_SUCCESS ? 0 : ENOMEM);
}

/*
 * Whether "map" has all of [start, start + size), from a page's start on.
 *
 * FreeBSD vm_mmap.c mmap(), a part of it: same.
 */
static inline bool
vm_mmap_fits(const struct vm_map *map, vm_offset_t start, vm_size_t size)
{

	return ((start & PAGE_MASK) == 0 && start >= map->min_offset &&
	    start <= map->max_offset && size <= map->max_offset - start);
}

/*
 * Maps memory as mmap() does; <pmapsim/vm.h> has its contract.
 *
 * A private mapping of an object is copied on write and gets its resident
 * pages at once when they are few.  Only device memory is placed so that it
 * can have superpages.
 *
 * FreeBSD vm_mmap.c mmap(), vm_mmap(): adapted, objects instead of files, no
 * resource limits.
 */
int
vm_mmap(struct machine *mach, vm_map_t map, vm_offset_t *addr, vm_size_t size,
    vm_prot_t prot, vm_prot_t maxprot, int flags, vm_object_t object,
    vm_ooffset_t foff)
{
	vm_offset_t start;
	int cow, rv;
	FRAME();

	NONNULL(addr);
	start = *addr;
	size = round_page(size);
	if (size == 0 || (foff & PAGE_MASK) != 0 ||
	    ((flags & PMAPSIM_MAP_FIXED) != 0 &&
		!vm_mmap_fits(map, start, size)) ||
	    ((flags & PMAPSIM_MAP_ANON) != 0 && object != NULL) ||
	    ((flags & PMAPSIM_MAP_ANON) == 0 && object == NULL)) {
		if (object != NULL)
			vm_object_deallocate(mach, object);
		return (EINVAL);
	}
	cow = 0;
	if (object != NULL) {
		cow = MAP_PREFAULT_PARTIAL;
		if ((flags & PMAPSIM_MAP_SHARED) == 0)
			cow |= MAP_COPY_ON_WRITE;
	}
	if ((flags & PMAPSIM_MAP_FIXED) != 0)
		rv = vm_map_fixed(mach, map, object, foff, start, size, prot,
		    maxprot, cow);
	else {
		/* Below daddr the heap may still grow. */
		start = round_page(start);
		if (start < mach->vm_map->daddr)
			start = mach->vm_map->daddr;
		rv = vm_map_find(mach, map, object, foff, &start, size,
		    (object != NULL && object->type == OBJT_DEVICE) ||
			    (object == NULL && mmap_aligns_anonymous(mach)) ?
			VMFS_ALIGNED_SPACE :
			VMFS_ANY_SPACE,
		    prot, maxprot, cow);
	}
	if (rv != KERN_SUCCESS) {
		if (object != NULL)
			vm_object_deallocate(mach, object);
		return (vm_mmap_to_errno(rv));
	}
	*addr = start;
	if ((flags & PMAPSIM_MAP_SHARED) != 0)
		rv = vm_map_inherit(mach, map, start, start + size,
		    VM_INHERIT_SHARE);
	return (vm_mmap_to_errno(rv));
}

/*
 * Moves the end of a heap; <pmapsim/vm.h> has its contract.
 *
 * FreeBSD vm_unix.c obreak(): adapted, the caller keeps the old end, no
 * resource limits.
 */
int
pmapsim_brk(struct machine *mach, vm_map_t map, vm_offset_t old,
    vm_offset_t new_break)
{
	int rv;
	FRAME_AS("obreak");

	old = round_page(old);
	new_break = round_page(new_break);
	rv = KERN_SUCCESS;
	if (new_break > old) {
		vm_map_lock(mach, map);
		rv = vm_map_insert(mach, map, NULL, 0, old, new_break,
		    heap_is_executable(mach) ? VM_PROT_ALL :
					       VM_PROT_READ | VM_PROT_WRITE,
		    VM_PROT_ALL, 0);
		vm_map_unlock(mach, map);
	} else if (new_break < old)
		rv = vm_map_remove(mach, map, new_break, old);
	return (vm_mmap_to_errno(rv));
}
