/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel memory of 2022 and later: addresses from arenas (vm_kva.c), and
 * pages that are allocated and mapped one after the other.
 *
 * A page is mapped before the next one is allocated, so its reservation is
 * full only when the last one is mapped: a superpage costs one attempt at a
 * promotion, where 2010 made 512.  All pages are kernel_object's, whose
 * indices follow the addresses: the reservation of a page is the 2 MB region
 * of its address, whoever has the rest of that.
 */
#include "vm/vm_kern_2022.h"

#include "vm/pmap.h"
#include "vm/vm_kernels.h"
#include "vm/vm_kva.h"
#include "vm/vm_page_tree.h"

/*
 * Makes the arenas.  Addresses that the configuration wants for mappings of
 * its own come before all others, with their page tables.
 *
 * FreeBSD vm_kern.c kmem_init(): adapted, its part for arenas.
 */
void
kmem_init_2022(struct machine *mach)
{
	vm_map_t map = mach->vm_map->kernel_map;
	vm_offset_t addr = map->min_offset;

	kva_startup(mach);
	if (mach->config.kva != 0 &&
	    vm_map_find(mach, map, NULL, 0, &addr, mach->config.kva,
		VMFS_ANY_SPACE, VM_PROT_ALL, VM_PROT_ALL,
		MAP_NOFAULT) != KERN_SUCCESS)
		panic("kmem_init: no room for kva=%#llx",
		    (unsigned long long)mach->config.kva);
}

/* kernel_object's page at "addr". */
static inline vm_pindex_t
kmem_pindex(struct machine *mach, vm_offset_t addr)
{

	return (atop(addr - vm_min_kernel_address(mach)));
}

/*
 * Unmaps the first "size" bytes at "addr" and frees their pages, the lowest
 * first.  A superpage that lies in the range is removed as one.
 *
 * FreeBSD vm_kern.c _kmem_unback(): same.
 */
static void
kmem_unback(struct machine *mach, vm_offset_t addr, vm_size_t size)
{
	vm_object_t object = mach->vm_object->kernel_object;
	vm_page_t m, next;
	vm_offset_t va;
	FRAME();

	if (size == 0)
		return;
	pmap_remove(mach, pmapsim_kernel_pmap(mach), addr, addr + size);
	m = vm_page_find(object, kmem_pindex(mach, addr));
	for (va = addr; va < addr + size; va += PAGE_SIZE, m = next) {
		if (m == NULL)
			stop(
			    "kmem_unback: page fault trap: no page at va %#llx",
			    (unsigned long long)va);
		next = TAILQ_NEXT(m, listq);
		vm_page_unwire_to_free(mach, m);
		/* What the kernel has written may be anything. */
		vm_page_free_2022(mach, m);
	}
}

/*
 * Allocates and maps the pages of [addr, addr + size).  False, with none of
 * them left, when there are not enough and "flags" forbid to wait.
 *
 * FreeBSD vm_kern.c kmem_back_domain(): same.
 */
static bool
kmem_back(struct machine *mach, vm_offset_t addr, vm_size_t size, int flags)
{
	vm_object_t object = mach->vm_object->kernel_object;
	vm_offset_t va;
	vm_page_t m;
	int req;
	FRAME();

	req = VM_ALLOC_WIRED | VM_ALLOC_NOBUSY;
	req |= VM_ALLOC_SYSTEM;
	if ((flags & M_ZERO) != 0)
		req |= VM_ALLOC_ZERO;
	for (va = addr; va < addr + size; va += PAGE_SIZE) {
		while ((m = vm_page_alloc(mach, object, kmem_pindex(mach, va),
			    req)) == NULL) {
			if ((flags & M_NOWAIT) != 0) {
				kmem_unback(mach, addr, va - addr);
				return (false);
			}
			vm_wait(mach);
		}
		if ((flags & M_ZERO) != 0 && (vm_page_flags(m) & PG_ZERO) == 0)
			pmap_zero_page(mach, m);
		m->valid = VM_PAGE_BITS_ALL;
		(void)pmap_enter_flags(mach, pmapsim_kernel_pmap(mach), va, m,
		    VM_PROT_READ | VM_PROT_WRITE,
		    VM_PROT_READ | VM_PROT_WRITE | PMAP_ENTER_WIRED, 0);
	}
	return (true);
}

/*
 * Returns the address of "size" bytes, rounded up to pages, of wired memory;
 * 0, with M_NOWAIT among "flags", when pages are short.
 *
 * FreeBSD vm_kern.c kmem_malloc(), kmem_malloc_domain(): same, one domain.
 */
vm_offset_t
kmem_malloc_2022(struct machine *mach, vm_size_t size, int flags)
{
	vm_offset_t addr;
	FRAME_AS("kmem_malloc");

	size = round_page(size);
	if (size == 0)
		stop("kmem_malloc: 0 bytes");
	addr = kva_alloc(mach, size);
	if (addr == 0 || kmem_back(mach, addr, size, flags))
		return (addr);
	kva_free(mach, addr, size);
	return (0);
}

/*
 * Unmaps and frees what kmem_malloc() gave.
 *
 * FreeBSD vm_kern.c kmem_free(): same.
 */
void
kmem_free_2022(struct machine *mach, vm_offset_t addr, vm_size_t size)
{
	FRAME_AS("kmem_free");

	size = round_page(size);
	kmem_unback(mach, addr, size);
	kva_free(mach, addr, size);
}
