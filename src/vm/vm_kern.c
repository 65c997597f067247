/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel memory: the kernel's maps, and allocations of addresses with pages
 * (kmem_malloc, kmem_alloc), with addresses alone (kmem_alloc_nofault,
 * kmem_alloc_wait), or with pages at chosen places (kmem_alloc_contig).
 *
 * kmem_map is a part of kernel_map with an object of its own.  Both objects'
 * indices count from where kernel addresses begin and their colour is 0, so the
 * reservation of a page is the 2 MB region of its address: that is what makes
 * kernel superpages.
 */
#include "vm/pmap.h"
#include "vm/vm_kern_2022.h"
#include "vm/vm_kernels.h"
#include "vm/vm_map.h"
#include "vm/vm_page_tree.h"

/* The byte of kernel_object and kmem_object that is mapped at "addr". */
static inline vm_ooffset_t
kmem_offset(const struct machine *mach, vm_offset_t addr)
{

	return (addr - vm_min_kernel_address(mach));
}

/*
 * Makes kernel_map and, when the machine has one, kmem_map.
 *
 * kernel_map ends with the kernel's addresses; what the kernel itself lies in,
 * up to "virtual_avail", is taken.  kmem_map is aligned as superpages need it,
 * and its page tables are made with it, by vm_map_findspace().
 *
 * FreeBSD vm_kern.c kmem_init(), kern_malloc.c kmeminit(): adapted, the size
 * of kmem_map is the configuration's.
 */
void
kmem_init(struct machine *mach, vm_offset_t virtual_avail,
    vm_offset_t virtual_end)
{
	struct vm_map_state *st = mach->vm_map;
	vm_offset_t max, min;
	FRAME();

	st->kernel_map = vm_map_create(mach, pmapsim_kernel_pmap(mach),
	    vm_min_kernel_address(mach), virtual_end);
	st->kernel_map->system_map = true;
	vm_map_lock(mach, st->kernel_map);
	(void)vm_map_insert(mach, st->kernel_map, NULL, 0, KERNBASE,
	    virtual_avail, VM_PROT_ALL, VM_PROT_ALL, MAP_NOFAULT);
	vm_map_unlock(mach, st->kernel_map);

	if (kernel_memory_has_arenas(mach))
		kmem_init_2022(mach);
	else if (mach->config.kmem != 0) {
		st->kmem_map = kmem_suballoc(mach, st->kernel_map, &min, &max,
		    mach->config.kmem, TRUE);
		st->kmem_map->system_map = true;
	}
}

/* Simulator only. */
vm_map_t
pmapsim_kernel_map(struct machine *mach)
{

	return (mach->vm_map->kernel_map);
}

/* Simulator only. */
vm_map_t
pmapsim_kmem_map(struct machine *mach)
{

	return (mach->vm_map->kmem_map);
}

/*
 * Takes "size" bytes of "parent" for a map of their own and returns it; the
 * range comes back through "min" and "max".
 *
 * FreeBSD vm_kern.c kmem_suballoc(): same.
 */
vm_map_t
kmem_suballoc(struct machine *mach, vm_map_t parent, vm_offset_t *min,
    vm_offset_t *max, vm_size_t size, boolean_t superpage_align)
{
	vm_map_t map;
	int result;
	FRAME();

	CHECK_MAP(parent);
	NONNULL(min);
	NONNULL(max);
	size = round_page(size);
	*min = parent->min_offset;
	result = vm_map_find(mach, parent, NULL, 0, min, size,
	    superpage_align ? VMFS_ALIGNED_SPACE : VMFS_ANY_SPACE, VM_PROT_ALL,
	    VM_PROT_ALL, MAP_ACC_NO_CHARGE);
	if (result != KERN_SUCCESS)
		panic("kmem_suballoc: bad status return of %d", result);
	*max = *min + size;
	map = vm_map_create(mach, parent->pmap, *min, *max);
	if (vm_map_submap(mach, parent, *min, *max, map) != KERN_SUCCESS)
		panic("kmem_suballoc: unable to change range to submap");
	return (map);
}

/*
 * Takes back the first "npages" pages of a kmem_malloc() that could not get
 * them all, the last first, and its addresses.
 *
 * FreeBSD vm_kern.c kmem_malloc(), a part of it: same.
 */
static void
kmem_malloc_failed(struct machine *mach, vm_map_t map, vm_offset_t addr,
    vm_size_t size, vm_pindex_t pindex, vm_pindex_t npages)
{
	vm_object_t object = mach->vm_object->kmem_object;
	vm_page_t m;

	while (npages > 0) {
		m = vm_page_find(object, pindex + --npages);
		vm_page_unwire(mach, m, 0);
		vm_page_free(mach, m);
	}
	(void)vm_map_delete(mach, map, addr, addr + size);
	vm_map_unlock(mach, map);
}

/*
 * Returns the address of "size" bytes, rounded up to pages, of wired memory in
 * "map", which is kmem_map; "flags" are malloc(9)'s.  With M_NOWAIT 0 when
 * addresses or pages are short; else a shortage of addresses panics, and one
 * of pages sleeps.
 *
 * All pages are allocated before the first is mapped: they are in their
 * reservations together, and each pmap_enter() of a full one tries to
 * promote.  The entry is counted as wired before the mappings are made, which
 * is also when it can merge with its neighbours.
 *
 * FreeBSD vm_kern.c kmem_malloc(): adapted, nobody frees addresses meanwhile,
 * so the eight sleeps for them are left out.
 */
vm_offset_t
kmem_malloc(struct machine *mach, vm_map_t map, vm_size_t size, int flags)
{
	vm_object_t kmem_object = mach->vm_object->kmem_object;
	pmap_t pmap = pmapsim_kernel_pmap(mach);
	vm_map_entry_t entry;
	vm_offset_t addr, va;
	vm_page_t first, m;
	vm_pindex_t i, npages, pindex;
	bool multiple;
	int pflags;

	if (kernel_memory_has_arenas(mach))
		return (kmem_malloc_2022(mach, size, flags));
	FRAME();
	if (map == NULL)
		stop("kmem_malloc: the machine has no kmem_map");
	size = round_page(size);
	vm_map_lock(mach, map);
	if (vm_map_findspace(mach, map, map->min_offset, size, &addr)) {
		if ((flags & M_NOWAIT) == 0)
			panic("kmem_malloc(%lld): kmem_map too small: "
			      "%lld total allocated",
			    (long long)size, (long long)map->size);
		vm_map_unlock(mach, map);
		return (0);
	}
	vm_object_reference(mach, kmem_object);
	(void)vm_map_insert(mach, map, kmem_object, kmem_offset(mach, addr),
	    addr, addr + size, VM_PROT_ALL, VM_PROT_ALL, 0);

	pflags = VM_ALLOC_WIRED;
	pflags |= (flags & (M_NOWAIT | M_USE_RESERVE)) == M_NOWAIT ?
	    VM_ALLOC_INTERRUPT :
	    VM_ALLOC_SYSTEM;
	if ((flags & M_ZERO) != 0)
		pflags |= VM_ALLOC_ZERO;
	pindex = atop(kmem_offset(mach, addr));
	npages = atop(size);
	first = NULL;
	for (i = 0; i < npages; i++) {
		while ((m = vm_page_alloc(mach, kmem_object, pindex + i,
			    pflags)) == NULL) {
			if ((flags & M_NOWAIT) != 0) {
				kmem_malloc_failed(mach, map, addr, size,
				    pindex, i);
				return (0);
			}
			vm_wait(mach);
		}
		if ((flags & M_ZERO) != 0 && (vm_page_flags(m) & PG_ZERO) == 0)
			pmap_zero_page(mach, m);
		m->valid = VM_PAGE_BITS_ALL;
		KASSERT((vm_page_flags(m) & PG_UNMANAGED) != 0,
		    ("kmem_malloc: page %s is managed", PANIC_TEXT_PTR));
		if (i == 0)
			first = m;
	}

	if (!vm_map_lookup_entry(mach, map, addr, &entry) ||
	    entry->start != addr || entry->end != addr + size ||
	    entry->wired_count != 0)
		panic("kmem_malloc: entry not found or misaligned");
	entry->wired_count = 1;
	vm_map_simplify_entry(mach, map, entry);

	/*
	 * The pages follow each other in the object's list, which spares
	 * FreeBSD's lookup of each.  "+enter-multiple": the remedy that enters
	 * them all before a promotion is tried.
	 */
	multiple = kmem_malloc_enters_multiple(mach);
	if (multiple)
		pmap_enter_multiple(mach, pmap, addr, VM_PROT_ALL, kmem_object,
		    pindex, npages, VM_PROT_ALL, TRUE);
	for (m = first, va = addr; va < addr + size;
	     m = TAILQ_NEXT(m, listq), va += PAGE_SIZE) {
		if (!multiple)
			pmap_enter(mach, pmap, va, VM_PROT_ALL, m, VM_PROT_ALL,
			    TRUE);
		/* vm_page_wakeup(): busy is all it can be, nobody waits. */
		m->oflags = 0;
	}
	vm_map_unlock(mach, map);
	return (addr);
}

/*
 * Unmaps and frees [addr, addr + size) of "map", to whole pages: the inverse
 * of each allocator here.
 *
 * FreeBSD vm_kern.c kmem_free(): same.
 */
void
kmem_free(struct machine *mach, vm_map_t map, vm_offset_t addr, vm_size_t size)
{

	if (kernel_memory_has_arenas(mach)) {
		kmem_free_2022(mach, addr, size);
		return;
	}
	FRAME();
	if (map == NULL)
		stop("kmem_free: the machine has no kmem_map");
	(void)vm_map_remove(mach, map, trunc_page(addr),
	    round_page(addr + size));
}

/*
 * Finds and maps "size" bytes of "map" to kernel_object, without pages; 0 when
 * there is no room.  The map stays locked unless there is none.
 *
 * FreeBSD vm_kern.c kmem_alloc(), vm_contig.c kmem_alloc_attr(): same, how
 * both begin.
 */
static vm_offset_t
kmem_alloc_range(struct machine *mach, vm_map_t map, vm_size_t size)
{
	vm_object_t object = mach->vm_object->kernel_object;
	vm_offset_t addr;

	vm_map_lock(mach, map);
	if (vm_map_findspace(mach, map, map->min_offset, size, &addr)) {
		vm_map_unlock(mach, map);
		return (0);
	}
	vm_object_reference(mach, object);
	(void)vm_map_insert(mach, map, object, kmem_offset(mach, addr), addr,
	    addr + size, VM_PROT_ALL, VM_PROT_ALL, 0);
	return (addr);
}

/*
 * Returns the address of "size" bytes, rounded up to pages, of zeroed wired
 * memory in "map", or 0 when there is no room; sleeps when pages are short.
 *
 * FreeBSD vm_kern.c kmem_alloc(): same.
 */
vm_offset_t
kmem_alloc(struct machine *mach, vm_map_t map, vm_size_t size)
{
	vm_object_t object = mach->vm_object->kernel_object;
	vm_offset_t addr;
	vm_page_t m;
	vm_pindex_t i, pindex;
	FRAME();

	CHECK_MAP(map);
	size = round_page(size);
	if ((addr = kmem_alloc_range(mach, map, size)) == 0)
		return (0);
	vm_map_unlock(mach, map);
	pindex = atop(kmem_offset(mach, addr));
	for (i = 0; i < atop(size); i++) {
		m = vm_page_grab(mach, object, pindex + i,
		    VM_ALLOC_NOBUSY | VM_ALLOC_ZERO | VM_ALLOC_RETRY);
		m->valid = VM_PAGE_BITS_ALL;
		KASSERT((vm_page_flags(m) & PG_UNMANAGED) != 0,
		    ("kmem_alloc: page %s is managed", PANIC_TEXT_PTR));
	}
	/* The faults find the pages, and map and wire them. */
	(void)vm_map_wire(mach, map, addr, addr + size,
	    VM_MAP_WIRE_SYSTEM | VM_MAP_WIRE_NOHOLES);
	return (addr);
}

/*
 * Returns "size" bytes of addresses in "map" for mappings of other making, or
 * 0; a fault there panics.
 *
 * FreeBSD vm_kern.c kmem_alloc_nofault(): same.
 */
vm_offset_t
kmem_alloc_nofault(struct machine *mach, vm_map_t map, vm_size_t size)
{
	vm_offset_t addr;
	int result;
	FRAME();

	CHECK_MAP(map);
	size = round_page(size);
	addr = map->min_offset;
	result = vm_map_find(mach, map, NULL, 0, &addr, size, VMFS_ANY_SPACE,
	    VM_PROT_ALL, VM_PROT_ALL, MAP_NOFAULT);
	return (result == KERN_SUCCESS ? addr : 0);
}

/*
 * Returns "size" bytes of pageable memory in the submap "map", or 0 when it
 * can never hold so much; sleeps while it is full.
 *
 * FreeBSD vm_kern.c kmem_alloc_wait(): adapted, a sleep stops the machine.
 */
vm_offset_t
kmem_alloc_wait(struct machine *mach, vm_map_t map, vm_size_t size)
{
	vm_offset_t addr;
	FRAME();

	size = round_page(size);
	vm_map_lock(mach, map);
	if (vm_map_findspace(mach, map, map->min_offset, size, &addr)) {
		vm_map_unlock(mach, map);
		if (map->max_offset - map->min_offset < size)
			return (0);
		stop("kmem_alloc_wait: sleeps on a full map");
	}
	(void)vm_map_insert(mach, map, NULL, 0, addr, addr + size, VM_PROT_ALL,
	    VM_PROT_ALL, MAP_ACC_CHARGED);
	vm_map_unlock(mach, map);
	return (addr);
}

/*
 * Frees what kmem_alloc_wait() gave.
 *
 * FreeBSD vm_kern.c kmem_free_wakeup(): adapted, nobody waits.
 */
void
kmem_free_wakeup(struct machine *mach, vm_map_t map, vm_offset_t addr,
    vm_size_t size)
{
	FRAME();

	(void)vm_map_remove(mach, map, trunc_page(addr),
	    round_page(addr + size));
}

/*
 * Makes "m", fresh from vm_phys, page "pindex" of kernel_object.
 *
 * FreeBSD vm_contig.c kmem_alloc_attr(), kmem_alloc_contig(): same, a part of
 * both.
 */
static void
kmem_insert_page(struct machine *mach, vm_page_t m, vm_pindex_t pindex,
    int flags, vm_memattr_t memattr)
{

	if (memattr != VM_MEMATTR_DEFAULT)
		pmap_page_set_memattr(mach, m, memattr);
	vm_page_insert(mach, m, mach->vm_object->kernel_object, pindex);
	if ((flags & M_ZERO) != 0 && (vm_page_flags(m) & PG_ZERO) == 0)
		pmap_zero_page(mach, m);
	m->valid = VM_PAGE_BITS_ALL;
}

/*
 * Returns the address of "size" bytes, rounded up to pages, of wired memory in
 * "map" whose pages lie in [low, high], one by one, and have attribute
 * "memattr"; 0 when addresses or such pages are short.  The pages never belong
 * to a reservation, and so never make a superpage.
 *
 * FreeBSD vm_contig.c kmem_alloc_attr(): adapted, where pages are short
 * nothing can be moved out of the way; the machine stops where the kernel of
 * April 2010 loops for ever.
 */
vm_offset_t
kmem_alloc_attr(struct machine *mach, vm_map_t map, vm_size_t size, int flags,
    vm_paddr_t low, vm_paddr_t high, vm_memattr_t memattr)
{
	vm_offset_t addr;
	vm_page_t m;
	vm_pindex_t i, pindex;
	FRAME();

	CHECK_MAP(map);
	size = round_page(size);
	if ((addr = kmem_alloc_range(mach, map, size)) == 0)
		return (0);
	pindex = atop(kmem_offset(mach, addr));
	for (i = 0; i < atop(size); i++) {
		m = vm_phys_alloc_contig(mach, 1, low, high, PAGE_SIZE, 0);
		if (m == NULL) {
			if (!alloc_attr_gives_up(mach))
				stop("kmem_alloc_attr: loops for ever, its "
				     "counter of attempts never advances and "
				     "no page suits");
			/* Frees the pages that were inserted, too. */
			(void)vm_map_delete(mach, map, addr, addr + size);
			vm_map_unlock(mach, map);
			return (0);
		}
		kmem_insert_page(mach, m, pindex + i, flags, memattr);
	}
	vm_map_unlock(mach, map);
	(void)vm_map_wire(mach, map, addr, addr + size,
	    VM_MAP_WIRE_SYSTEM | VM_MAP_WIRE_NOHOLES);
	return (addr);
}

/*
 * Returns the address of "size" bytes, rounded up to pages, of wired memory in
 * "map" whose pages are one physical run in [low, high], which starts at a
 * multiple of "alignment" and crosses none of "boundary", both in bytes; 0
 * when addresses or such pages are short.
 *
 * The pages are looked for before the addresses.  A call that finds none has
 * changed nothing, and one that makes page tables for its addresses takes the
 * frames for them after its own.
 *
 * FreeBSD vm_contig.c kmem_alloc_contig(), contigmapping(): adapted, where
 * pages are short nothing can be moved out of the way.
 */
vm_offset_t
kmem_alloc_contig(struct machine *mach, vm_map_t map, vm_size_t size, int flags,
    vm_paddr_t low, vm_paddr_t high, unsigned long alignment,
    unsigned long boundary, vm_memattr_t memattr)
{
	vm_offset_t addr;
	vm_page_t m;
	vm_pindex_t i, pindex;
	FRAME();

	CHECK_MAP(map);
	size = round_page(size);
	m = vm_phys_alloc_contig(mach, atop(size), low, high, alignment,
	    boundary);
	if (m == NULL)
		return (0);
	if ((addr = kmem_alloc_range(mach, map, size)) == 0) {
		for (i = 0; i < atop(size); i++)
			vm_page_free(mach, &m[i]);
		return (0);
	}
	pindex = atop(kmem_offset(mach, addr));
	for (i = 0; i < atop(size); i++)
		kmem_insert_page(mach, &m[i], pindex + i, flags, memattr);
	vm_map_unlock(mach, map);
	(void)vm_map_wire(mach, map, addr, addr + size,
	    VM_MAP_WIRE_SYSTEM | VM_MAP_WIRE_NOHOLES);
	return (addr);
}
