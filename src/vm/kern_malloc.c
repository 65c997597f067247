/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc(9) and free(9) for what is too large for UMA's zones: whole pages
 * from kmem_map.  Their simulated frames are "malloc" and "free", so that a
 * backtrace reads as the kernel's.
 *
 * free() finds the size through the first page of the allocation.  FreeBSD
 * stores the header in that page's object field, which until then is no
 * object; here it has a field of its own, because nothing of the kernel reads
 * the object of such a page before uma_large_free() restores it.
 */
#include <limits.h>

#include "vm/pmap.h"
#include "vm/vm_map.h"

#define KMEM_ZMAX 4096 /* largest size of a zone, bytes */

/*
 * Returns "size" bytes, a multiple of PAGE_SIZE, of kmem_map, or 0.
 *
 * FreeBSD uma_core.c uma_large_malloc(): adapted, the header costs no
 * simulated memory.
 */
static vm_offset_t
uma_large_malloc(struct machine *mach, vm_size_t size, int flags)
{
	struct zone *zone = &mach->vm_map->slab_zone;
	struct uma_slab *slab;
	vm_offset_t addr;
	vm_page_t m;
	FRAME();

	slab = zone_alloc(mach, zone);
	addr = kmem_malloc(mach, mach->vm_map->kmem_map, size, flags);
	if (addr == 0) {
		zone_free(mach, zone, slab);
		return (0);
	}
	slab->us_data = addr;
	slab->us_size = size;
	m = phys_to_vm_page(mach, pmap_kextract(mach, addr));
	m->slab = slab;
	vm_page_flag_set(m, PG_SLAB);
	return (addr);
}

/*
 * Gives back what "slab" describes, whose first page is "m".
 *
 * FreeBSD uma_core.c uma_large_free(): adapted, the header costs no
 * simulated memory.
 */
static void
uma_large_free(struct machine *mach, vm_page_t m)
{
	struct uma_slab *slab = m->slab;
	FRAME();

	/* Before the pages go: a free page must not look like a header's. */
	m->slab = NULL;
	vm_page_flag_clear(m, PG_SLAB);
	kmem_free(mach, mach->vm_map->kmem_map, slab->us_data, slab->us_size);
	zone_free(mach, &mach->vm_map->slab_zone, slab);
}

/*
 * Returns the address of "size" bytes, or 0 with M_NOWAIT when there are
 * none.  Sizes that a UMA zone would serve, and those that do not fit
 * uma_large_malloc()'s int, stop the machine: neither is simulated.
 *
 * FreeBSD kern_malloc.c malloc(): adapted, no zones, no malloc types.
 */
vm_offset_t
kern_malloc(struct machine *mach, vm_size_t size, int flags)
{
	vm_offset_t addr;
	FRAME_AS("malloc");

	if (size <= KMEM_ZMAX)
		stop("malloc: %llu bytes would come from a UMA zone, which is "
		     "not simulated; more than %d would be right",
		    (unsigned long long)size, KMEM_ZMAX);
	if (size > INT_MAX - PAGE_MASK)
		stop("malloc: %llu bytes do not fit uma_large_malloc()'s int",
		    (unsigned long long)size);
	addr = uma_large_malloc(mach, round_page(size), flags);
	KASSERT(addr != 0 || (flags & M_WAITOK) == 0,
	    ("malloc(M_WAITOK) returned NULL"));
	return (addr);
}

/*
 * Frees what kern_malloc() returned; 0 is ignored.  Any address in the first
 * page will do, as in the kernel.
 *
 * FreeBSD kern_malloc.c free(): adapted, no zones.
 */
void
kern_free(struct machine *mach, vm_offset_t addr)
{
	vm_paddr_t pa;
	vm_page_t m;
	FRAME_AS("free");

	if (addr == 0)
		return;
	pa = pmap_extract(mach, pmapsim_kernel_pmap(mach), addr);
	m = pa != 0 && pa < mach->config.mem ? phys_to_vm_page(mach, pa) : NULL;
	if (m == NULL || (vm_page_flags(m) & PG_SLAB) == 0)
		panic("free: address %s(%s) has not been allocated.\n",
		    PANIC_TEXT_PTR, PANIC_TEXT_PTR);
	uma_large_free(mach, m);
}
