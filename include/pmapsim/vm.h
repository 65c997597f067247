/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine-independent kernel functions, under FreeBSD's names behind one
 * first parameter, the machine.  They are to be called inside a guard
 * (pmapsim_run(), or the macros of <pmapsim/cmocka.h>): each may panic as the
 * kernel does.
 *
 * Addresses and sizes are bytes, indices and counts pages.  What a pointer
 * comes back to is the machine's.  A function that tells of a failure has left
 * the machine as it was, unless something else is said.  The manual says of
 * each which function of FreeBSD it stands for: pmapsim_vm_page(3),
 * pmapsim_kmem(3).
 */
#ifndef PMAPSIM_VM_H
#define PMAPSIM_VM_H

#include <pmapsim/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Physical memory (vm_phys.c). */

/*
 * Allocates 2^"order" contiguous, aligned pages and returns the first, or
 * NULL.  Within a list the pool's own smallest sufficient block is used; only
 * when it has none the largest block of any pool changes sides whole, so that
 * pages of the pool stay together.  Neither flags nor counters of the pages
 * change.
 *
 * Stands for vm_phys_alloc_pages() of sys/vm/vm_phys.c: same.
 */
PMAPSIM_API_MACH vm_page_t vm_phys_alloc_pages(struct machine *mach, int pool,
    int order);
/*
 * Frees the block of 2^"order" pages that "m" heads.  It merges with its free
 * buddy as long as there is one, which thereby comes to the freed block's
 * pool, and is appended to its queue.  What is free already stops the machine,
 * which prints "vm_phys_free_pages: page %#llx is free already".
 *
 * Stands for vm_phys_free_pages() of sys/vm/vm_phys.c: same.
 */
PMAPSIM_API_MACH void vm_phys_free_pages(struct machine *mach, vm_page_t m,
    int order);
/*
 * Allocates "npages" contiguous pages inside [low, high], starting at a
 * multiple of "alignment" bytes and not crossing a multiple of "boundary"
 * bytes (0: any), and returns the first; NULL when there are none even after
 * breaking reservations.  The pages belong to no object and are not wired.
 *
 * Stands for vm_phys_alloc_contig() of sys/vm/vm_phys.c: same.
 */
PMAPSIM_API_MACH vm_page_t vm_phys_alloc_contig(struct machine *mach,
    unsigned long npages, vm_paddr_t low, vm_paddr_t high,
    unsigned long alignment, unsigned long boundary);
/*
 * Takes the single page "m" out of the free block that contains it; what
 * remains of the block goes to the heads of its pool's queues, largest half
 * first.  FALSE, and nothing changed, when "m" is in no free block.
 *
 * Stands for vm_phys_unfree_page() of sys/vm/vm_phys.c: same.
 */
PMAPSIM_API_MACH boolean_t vm_phys_unfree_page(struct machine *mach,
    vm_page_t m);

/* Pages (vm_page.c). */

/*
 * Returns the descriptor of the page that "pa" lies in; NULL when there is no
 * memory.
 */
PMAPSIM_API_MACH vm_page_t PHYS_TO_VM_PAGE(struct machine *mach, vm_paddr_t pa);
/*
 * Allocates page "pindex" of "object", or, for NULL, a page of no object.  The
 * page is busy unless "req" says NOBUSY or NOOBJ, and its contents are what
 * they are: VM_ALLOC_ZERO only lets PG_ZERO be seen.  NULL when memory is too
 * short for the class of the request; it never sleeps.
 *
 * Stands for vm_page_alloc() of sys/vm/vm_page.c: adapted, no page is ever
 * cached, and no interrupt handler calls it.
 */
PMAPSIM_API_MACH vm_page_t vm_page_alloc(struct machine *mach,
    vm_object_t object, vm_pindex_t pindex, int req);
/*
 * Frees "m", whose contents may be anything: it leaves its object and goes
 * back to its reservation or to the free lists.  It must be neither wired nor
 * mapped.
 *
 * Stands for vm_page_free() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_free(struct machine *mach, vm_page_t m);
/*
 * Frees "m" as vm_page_free() does, and says that it is zero.
 *
 * Stands for vm_page_free_zero() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_free_zero(struct machine *mach, vm_page_t m);
/*
 * Returns the resident page "pindex" of "object", or NULL.  Turns the tree
 * either way.
 *
 * Stands for vm_page_lookup() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH vm_page_t vm_page_lookup(struct machine *mach,
    vm_object_t object, vm_pindex_t pindex);
/*
 * Puts "m" into "object" as page "pindex"; "m" becomes the top of the tree.
 *
 * Stands for vm_page_insert() of sys/vm/vm_page.c: adapted, no vnode is held.
 */
PMAPSIM_API_MACH void vm_page_insert(struct machine *mach, vm_page_t m,
    vm_object_t object, vm_pindex_t pindex);
/*
 * Takes "m" out of its object, whose count of resident pages falls by one; a
 * page without an object is left alone.
 *
 * The mappings of "m" stay: who removes a page unmaps it first.
 *
 * Stands for vm_page_remove() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_remove(struct machine *mach, vm_page_t m);
/*
 * Moves "m" to "new_object" as page "new_pindex"; it is dirty and not busy
 * then.
 *
 * Stands for vm_page_rename() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_rename(struct machine *mach, vm_page_t m,
    vm_object_t new_object, vm_pindex_t new_pindex);
/*
 * Wires "m": it is not paged out while its wire count is above 0, and on no
 * queue.
 *
 * Stands for vm_page_wire() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_wire(struct machine *mach, vm_page_t m);
/*
 * Undoes one vm_page_wire().  With the last one a managed page is queued,
 * active or inactive as "activate" says; its activity does not change.
 *
 * Stands for vm_page_unwire() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_unwire(struct machine *mach, vm_page_t m,
    int activate);
/*
 * Puts "m" on PQ_ACTIVE, with at least ACT_INIT of activity; wired and
 * unmanaged pages come off their queue only.
 *
 * Stands for vm_page_activate() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_activate(struct machine *mach, vm_page_t m);
/*
 * Puts "m" at the tail of PQ_INACTIVE.
 *
 * Stands for vm_page_deactivate() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_deactivate(struct machine *mach, vm_page_t m);
/*
 * Hears that "m" is not needed soon.  Most calls forget that it was referenced
 * and deactivate it: a clean page mostly to the head of the queue, some, by a
 * counter over all pages, to the tail.  Some calls only age it.
 *
 * Stands for vm_page_dontneed() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_dontneed(struct machine *mach, vm_page_t m);
/*
 * Keeps "m" from being reused for a short time.
 *
 * Stands for vm_page_hold() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_hold(struct machine *mach, vm_page_t m);
/*
 * Undoes vm_page_hold(); a page freed meanwhile is freed in earnest.
 *
 * Stands for vm_page_unhold() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_unhold(struct machine *mach, vm_page_t m);
/*
 * Undoes vm_page_busy().
 *
 * Stands for vm_page_wakeup() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_wakeup(struct machine *mach, vm_page_t m);
/*
 * Makes "m" busy: one thread's alone.
 *
 * Stands for vm_page_busy() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_busy(struct machine *mach, vm_page_t m);
/*
 * Marks all of "m" modified.
 *
 * Stands for vm_page_dirty() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_dirty(struct machine *mach, vm_page_t m);
/*
 * Marks "m" modified if a mapping says so.
 *
 * Stands for vm_page_test_dirty() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_test_dirty(struct machine *mach, vm_page_t m);
/*
 * Marks the blocks of 512 bytes that "size" bytes from "base" on touch as
 * valid: their contents are what their object says.  A new page is not valid,
 * and whoever has filled it marks it so; pmap_enter() does not ask.  With
 * INVARIANTS a block that is dirty stops the machine with "vm_page_set_valid:
 * page PTR is dirty", and a range that leaves the page with "vm_page_bits:
 * illegal base/size".
 *
 * Stands for vm_page_set_valid() of sys/vm/vm_page.c: adapted, partial blocks
 * are not zeroed: nothing reads files here.
 */
PMAPSIM_API_MACH void vm_page_set_valid(struct machine *mach, vm_page_t m,
    int base, int size);
/*
 * Marks the blocks of 512 bytes that "size" bytes from "base" on touch as
 * valid and not dirty.  For a whole page the mappings forget that they were
 * written through, which demotes a superpage.  With INVARIANTS a range that
 * leaves the page stops the machine with "vm_page_bits: illegal base/size".
 *
 * Stands for vm_page_set_validclean() of sys/vm/vm_page.c: adapted, partial
 * blocks are not zeroed: nothing reads files here.
 */
PMAPSIM_API_MACH void vm_page_set_validclean(struct machine *mach, vm_page_t m,
    int base, int size);
/*
 * Unmaps and frees "m", if it is clean and nobody needs it: 1, else 0.
 *
 * Stands for vm_page_try_to_free() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH int vm_page_try_to_free(struct machine *mach, vm_page_t m);
/*
 * Returns page "pindex" of "object", allocating it if it is not there.  The
 * page comes busy unless NOBUSY, wired if WIRED, and zeroed if ZERO and new.
 * NULL when memory was short, after waiting for it; with RETRY it tries again
 * instead.
 *
 * Stands for vm_page_grab() of sys/vm/vm_page.c: adapted, a busy page stops
 * the machine: nobody else would wake it up.
 */
PMAPSIM_API_MACH vm_page_t vm_page_grab(struct machine *mach,
    vm_object_t object, vm_pindex_t pindex, int flags);

/* What a page is now.  Simulator only: the structure is opaque. */
struct pmapsim_page_info {
	vm_paddr_t phys_addr;
	vm_object_t object; /* NULL: none */
	vm_pindex_t pindex;
	uint32_t wire_count;
	int hold_count;
	uint16_t flags;	 /* PG_FREE 0x2, PG_WRITEABLE 0x10, PG_ZERO 0x40,
			   PG_REFERENCED 0x80, PG_UNMANAGED 0x800 */
	uint16_t oflags; /* VPO_BUSY 0x1 */
	uint8_t queue;	 /* 0 none, 1 inactive, 2 active, 3 hold */
	uint8_t act_count, busy, valid, dirty;
	uint8_t order; /* 0..12: heads a free block; 13: does not */
	uint8_t pool;
	unsigned pv_count; /* 4 KiB mappings */
};
/*
 * Fills "info", which the caller owns, from the descriptor of "m"; nothing is
 * changed.  "pv_count" counts its 4 KB mappings.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH void pmapsim_page_info(struct machine *mach, vm_page_t m,
    struct pmapsim_page_info *info);

/* Objects (vm_object.c). */

/*
 * Returns a new object of "size" pages with one reference, the caller's.  One
 * that holds a program's own memory starts as the only one mapped.
 *
 * Stands for vm_object_allocate() of sys/vm/vm_object.c: same.
 */
PMAPSIM_API_MACH vm_object_t vm_object_allocate(struct machine *mach,
    objtype_t type, vm_pindex_t size);
/*
 * Adds a reference to "object"; NULL is ignored.
 *
 * Stands for vm_object_reference() of sys/vm/vm_object.c: same, no vnodes.
 */
PMAPSIM_API_MACH void vm_object_reference(struct machine *mach,
    vm_object_t object);
/*
 * Drops a reference to "object"; NULL is ignored.  The last one ends it and
 * drops its own reference to what backs it, and so on down the chain.  One
 * left may be a shadow's alone: then the two are collapsed, and the walk
 * continues at the shadow with the reference that protected it.
 *
 * Stands for vm_object_deallocate() of sys/vm/vm_object.c: same, no vnodes.
 */
PMAPSIM_API_MACH void vm_object_deallocate(struct machine *mach,
    vm_object_t object);
/*
 * Frees the pages [start, end) of "object", all from "start" on when "end" is
 * 0, after removing their mappings; with "clean_only" dirty pages stay.
 *
 * Mappings go before the page: a freed page must not be mapped.  The wirings
 * of the removed mappings go with them, but v_wire_count keeps them: the
 * kernel takes them from the page alone.  So each locked page that a file
 * loses by truncation makes v_wire_count one too high for ever, and the
 * audit's rule "pages" says so.
 *
 * Stands for vm_object_page_remove() of sys/vm/vm_object.c: same, no cached
 * pages.
 */
PMAPSIM_API_MACH void vm_object_page_remove(struct machine *mach,
    vm_object_t object, vm_pindex_t start, vm_pindex_t end,
    boolean_t clean_only);
/*
 * Returns the object of kernel_map's memory, which the machine owns; a page's
 * index in it is its kernel address minus VM_MIN_KERNEL_ADDRESS, in pages.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH vm_object_t pmapsim_kernel_object(struct machine *mach);
/*
 * Returns the object of kmem_map's memory, which the machine owns; indices as
 * in the kernel object.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH vm_object_t pmapsim_kmem_object(struct machine *mach);
/*
 * Sets OBJ_COLORED and pg_color of "object" to "color", a page index modulo
 * 512: with it the pages of the object come from reservations, and page index
 * "color" lies at the start of a 2 MB frame.  Without it the object has none.
 *
 * Simulator only: what vm_object_init() and vm_fault() do in two statements.
 */
PMAPSIM_API_MACH void pmapsim_object_color(struct machine *mach,
    vm_object_t object, uint16_t color);

/* Reservations (vm_reserv.c). */

/*
 * Returns 0 when all 512 pages of "m"'s frame are in use out of a reservation,
 * else -1.  Whether they are one object's is not looked at.
 *
 * Stands for vm_reserv_level_iffullpop() of sys/vm/vm_reserv.c: same.
 */
PMAPSIM_API_MACH int vm_reserv_level_iffullpop(struct machine *mach,
    vm_page_t m);
/*
 * Reclaims the partial reservation that was changed longest ago; FALSE when
 * there is none.
 *
 * Stands for vm_reserv_reclaim_inactive() of sys/vm/vm_reserv.c: same.
 */
PMAPSIM_API_MACH boolean_t vm_reserv_reclaim_inactive(struct machine *mach);
/*
 * Reclaims the first partial reservation, the one changed longest ago first,
 * whose unused pages hold a run of "size" bytes in [low, high], starting at a
 * multiple of "alignment" and crossing no multiple of "boundary" bytes (0:
 * any).  FALSE when there is none.
 *
 * Stands for vm_reserv_reclaim_contig() of sys/vm/vm_reserv.c: same.
 */
PMAPSIM_API_MACH boolean_t vm_reserv_reclaim_contig(struct machine *mach,
    vm_paddr_t size, vm_paddr_t low, vm_paddr_t high, unsigned long alignment,
    unsigned long boundary);
/*
 * Breaks all reservations of "object", the newest first.
 *
 * Stands for vm_reserv_break_all() of sys/vm/vm_reserv.c: same.
 */
PMAPSIM_API_MACH void vm_reserv_break_all(struct machine *mach,
    vm_object_t object);

/* Kernel memory (vm_kern.c, kern_malloc.c, uma_core.c). */

/*
 * Returns kernel_map, which the machine owns.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH vm_map_t pmapsim_kernel_map(struct machine *mach);
/*
 * Returns kmem_map, which the machine owns, or NULL when the machine was
 * booted without one.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH vm_map_t pmapsim_kmem_map(struct machine *mach);
/*
 * Returns the address of "size" bytes, rounded up to pages, of wired memory in
 * "map", which is kmem_map; "flags" are malloc(9)'s.  The caller has the
 * memory until it gives the same address and size to kmem_free().  With M_ZERO
 * its contents are zeroes; else they are what they were.
 *
 * With M_NOWAIT the result is 0 when addresses or pages are short, and map,
 * pages and mappings are as before the call.  Without it a shortage of
 * addresses panics, "kmem_malloc(SIZE): kmem_map too small: TOTAL total
 * allocated", and a shortage of pages sleeps until the page daemon has freed
 * some; where nothing can, the machine stops.
 *
 * All pages are allocated before the first is mapped: they are in their
 * reservations together, and each pmap_enter() of a full one tries to promote.
 * The entry is counted as wired before the mappings are made, which is also
 * when it can merge with its neighbours.
 *
 * Stands for kmem_malloc() of sys/vm/vm_kern.c: adapted, nobody frees
 * addresses meanwhile, so the eight sleeps for them are left out.
 */
PMAPSIM_API_MACH vm_offset_t kmem_malloc(struct machine *mach, vm_map_t map,
    vm_size_t size, int flags);
/*
 * Unmaps and frees [addr, addr + size) of "map", to whole pages: the inverse
 * of each allocator here.
 *
 * Stands for kmem_free() of sys/vm/vm_kern.c: same.
 */
PMAPSIM_API_MACH void kmem_free(struct machine *mach, vm_map_t map,
    vm_offset_t addr, vm_size_t size);
/*
 * Returns the address of "size" bytes, rounded up to pages, of zeroed wired
 * memory in "map", or 0 when there is no room; sleeps when pages are short.
 *
 * Stands for kmem_alloc() of sys/vm/vm_kern.c: same.
 */
PMAPSIM_API_MACH vm_offset_t kmem_alloc(struct machine *mach, vm_map_t map,
    vm_size_t size);
/*
 * Returns "size" bytes of addresses in "map" for mappings of other making, or
 * 0; a fault there panics.
 *
 * Stands for kmem_alloc_nofault() of sys/vm/vm_kern.c: same.
 */
PMAPSIM_API_MACH vm_offset_t kmem_alloc_nofault(struct machine *mach,
    vm_map_t map, vm_size_t size);
/*
 * Returns the address of "size" bytes, rounded up to pages, of wired memory in
 * "map" whose pages lie in [low, high], bytes, and are mapped with attribute
 * "memattr"; 0 when there is none.  It takes page by page.  The pages never
 * belong to a reservation, and so never make a superpage.
 *
 * Stands for kmem_alloc_attr() of sys/vm/vm_contig.c: adapted, where pages are
 * short nothing can be moved out of the way.
 */
PMAPSIM_API_MACH vm_offset_t kmem_alloc_attr(struct machine *mach, vm_map_t map,
    vm_size_t size, int flags, vm_paddr_t low, vm_paddr_t high,
    vm_memattr_t memattr);
/*
 * As kmem_alloc_attr(), from one run of contiguous memory, aligned to
 * "alignment" bytes and not crossing a multiple of "boundary" bytes (0: any).
 *
 * Stands for kmem_alloc_contig() of sys/vm/vm_contig.c: adapted as
 * kmem_alloc_attr().
 */
PMAPSIM_API_MACH vm_offset_t kmem_alloc_contig(struct machine *mach,
    vm_map_t map, vm_size_t size, int flags, vm_paddr_t low, vm_paddr_t high,
    unsigned long alignment, unsigned long boundary, vm_memattr_t memattr);
/*
 * Takes "size" bytes of "parent" for a map of their own and returns it; the
 * range comes back through "min" and "max".
 *
 * Stands for kmem_suballoc() of sys/vm/vm_kern.c: same.
 */
PMAPSIM_API_MACH vm_map_t kmem_suballoc(struct machine *mach, vm_map_t parent,
    vm_offset_t *min, vm_offset_t *max, vm_size_t size,
    boolean_t superpage_align);
/*
 * Returns the address of "size" bytes, or 0 with M_NOWAIT when there are none.
 * Sizes that a UMA zone would serve, and those that do not fit
 * uma_large_malloc()'s int, stop the machine: neither is simulated.
 *
 * Stands for malloc() of sys/kern/kern_malloc.c: adapted, no zones, no malloc
 * types.
 */
PMAPSIM_API_MACH vm_offset_t kern_malloc(struct machine *mach, vm_size_t size,
    int flags);
/*
 * Frees what kern_malloc() returned; 0 is ignored.  Any address in the first
 * page will do, as in the kernel.
 *
 * Stands for free() of sys/kern/kern_malloc.c: adapted, no zones.
 */
PMAPSIM_API_MACH void kern_free(struct machine *mach, vm_offset_t addr);

/* Address maps (vm_map.c). */
#define MAP_COPY_ON_WRITE 0x0002
#define MAP_NOFAULT 0x0004
#define MAP_PREFAULT 0x0008
#define MAP_PREFAULT_PARTIAL 0x0010
#define MAP_DISABLE_SYNCER 0x0020
#define MAP_DISABLE_COREDUMP 0x0100
#define MAP_PREFAULT_MADVISE 0x0200
#define VMFS_NO_SPACE 0
#define VMFS_ANY_SPACE 1
#define VMFS_ALIGNED_SPACE 2
#define VM_MAP_WIRE_SYSTEM 0
#define VM_MAP_WIRE_USER 1
#define VM_MAP_WIRE_NOHOLES 0
#define VM_MAP_WIRE_HOLESOK 2
#define VM_INHERIT_SHARE 0
#define VM_INHERIT_COPY 1
#define VM_INHERIT_NONE 2
/*
 * Maps [start, end) to "object" from "offset" on, or to memory that faults
 * will make when "object" is NULL; such a range may lengthen the entry before
 * it and that one's object.  Takes over the caller's reference to "object".
 *
 * Returns KERN_SUCCESS, KERN_INVALID_ADDRESS (outside the map, or empty) or
 * KERN_NO_SPACE (not free); then nothing has changed.
 *
 * Stands for vm_map_insert() of sys/vm/vm_map.c: adapted, swap charges always
 * succeed.
 */
PMAPSIM_API_MACH int vm_map_insert(struct machine *mach, vm_map_t map,
    vm_object_t object, vm_ooffset_t offset, vm_offset_t start, vm_offset_t end,
    vm_prot_t prot, vm_prot_t max, int cow);
/*
 * Maps "length" bytes at "*addr", or, unless "find_space" is VMFS_NO_SPACE, at
 * the first place at or above it; VMFS_ALIGNED_SPACE moves that place up to
 * where "object" can have superpages, and searches on from there when the
 * moved range is not free.  The place comes back through "addr".  Errors are
 * vm_map_insert()'s.
 *
 * Stands for vm_map_find() of sys/vm/vm_map.c: same.
 */
PMAPSIM_API_MACH int vm_map_find(struct machine *mach, vm_map_t map,
    vm_object_t object, vm_ooffset_t offset, vm_offset_t *addr,
    vm_size_t length, int find_space, vm_prot_t prot, vm_prot_t max, int cow);
/*
 * Maps [start, start + length) in place of what was there.  Errors are
 * vm_map_insert()'s; the range is empty then.
 *
 * Stands for vm_map_fixed() of sys/vm/vm_map.c: same.
 */
PMAPSIM_API_MACH int vm_map_fixed(struct machine *mach, vm_map_t map,
    vm_object_t object, vm_ooffset_t offset, vm_offset_t start,
    vm_size_t length, vm_prot_t prot, vm_prot_t max, int cow);
/*
 * Unmaps [start, end), as far as it lies in the map: munmap(), kmem_free().
 *
 * Stands for vm_map_remove() of sys/vm/vm_map.c: same.
 */
PMAPSIM_API_MACH int vm_map_remove(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end);
/*
 * Sets the protection of [start, end), or with "set_max" the highest one that
 * may ever be set.  Returns KERN_SUCCESS, KERN_PROTECTION_FAILURE (more than
 * an entry's maximum) or KERN_INVALID_ARGUMENT (a submap); then nothing has
 * changed but where entries are cut.
 *
 * Stands for vm_map_protect() of sys/vm/vm_map.c: adapted, swap charges always
 * succeed.
 */
PMAPSIM_API_MACH int vm_map_protect(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end, vm_prot_t new_prot, boolean_t set_max);
/*
 * Sets what a fork does with [start, end): VM_INHERIT_SHARE, _COPY or _NONE,
 * else KERN_INVALID_ARGUMENT.
 *
 * Stands for vm_map_inherit() of sys/vm/vm_map.c: same.
 */
PMAPSIM_API_MACH int vm_map_inherit(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end, int new_inheritance);
/*
 * Tells of [start, end), as far as it is mapped, what the program will do with
 * it: PMAPSIM_MADV_WILLNEED, which maps what is resident already,
 * PMAPSIM_MADV_DONTNEED, or PMAPSIM_MADV_FREE, after which the contents may be
 * lost.  Returns KERN_SUCCESS, or KERN_INVALID_ARGUMENT for any other advice,
 * and then nothing has changed.
 *
 * Stands for vm_map_madvise() of sys/vm/vm_map.c: adapted, advice that changes
 * entries is not simulated.
 */
PMAPSIM_API_MACH int vm_map_madvise(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end, int behav);
/*
 * Makes the pages of [start, end) resident and keeps them so: mlock() with
 * VM_MAP_WIRE_USER, which counts once however often it is done, and the
 * kernel's own wirings, which are counted.  With VM_MAP_WIRE_HOLESOK what is
 * unmapped or unreadable is left out.
 *
 * Returns KERN_SUCCESS; KERN_INVALID_ADDRESS where there was a hole, or no
 * right to read, or what the fault gave; then nothing is wired that was not.
 *
 * Stands for vm_map_wire() of sys/vm/vm_map.c: adapted, no other thread
 * changes the map meanwhile.
 */
PMAPSIM_API_MACH int vm_map_wire(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end, int flags);
/*
 * Takes back one wiring of [start, end).  Returns KERN_SUCCESS;
 * KERN_INVALID_ADDRESS at a hole; KERN_INVALID_ARGUMENT where a program did
 * not wire what it unwires; then nothing is unwired.
 *
 * Stands for vm_map_unwire() of sys/vm/vm_map.c: adapted, no other thread
 * changes the map meanwhile.
 */
PMAPSIM_API_MACH int vm_map_unwire(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end, int flags);

/*
 * Returns a new, empty address space: a map of all user addresses with a pmap
 * of its own.
 *
 * Stands for vmspace_alloc() of sys/vm/vm_map.c: adapted, a vmspace is its
 * map.
 */
PMAPSIM_API_MACH vm_map_t vmspace_alloc(struct machine *mach);
/*
 * Returns the address space that a fork of "old_map" gives the child: entry by
 * entry ascending, shared, copied on write, or left out, as the inheritance
 * says.
 *
 * Stands for vmspace_fork() of sys/vm/vm_map.c: adapted, swap charges always
 * succeed.
 */
PMAPSIM_API_MACH vm_map_t vmspace_fork(struct machine *mach, vm_map_t map);
/*
 * Ends the address space "map" with all that it maps.  It must not be current
 * on another CPU; on this one the kernel's takes its place.
 *
 * Stands for vmspace_free(), vmspace_dofree() of sys/vm/vm_map.c: adapted,
 * never shared.
 */
PMAPSIM_API_MACH void vmspace_free(struct machine *mach, vm_map_t map);
/*
 * Ends the address space "map" as exit() does: all user mappings go in one
 * pass over the pv entries before the map is taken apart.
 *
 * Stands for vmspace_exit() of sys/vm/vm_map.c: adapted, never shared.
 */
PMAPSIM_API_MACH void vmspace_exit(struct machine *mach, vm_map_t map);
/*
 * Returns the pmap of "map", which the map owns.
 *
 * Simulator only.
 */
PMAPSIM_API pmap_t pmapsim_map_pmap(vm_map_t map);

/*
 * What vm_mmap() takes: mmap(2)'s flags as FreeBSD numbers them.  The host's
 * own <sys/mman.h> can have other values: MAP_ANONYMOUS is 0x20 on Linux, and
 * gives EINVAL here.
 */
#define PMAPSIM_MAP_SHARED 0x0001
#define PMAPSIM_MAP_PRIVATE 0x0002
#define PMAPSIM_MAP_FIXED 0x0010
#define PMAPSIM_MAP_ANON 0x1000
/*
 * mmap(2) without files.  "size" bytes of anonymous memory when "object" is
 * NULL, else of "object" from the page-aligned "foff" on, whose caller gives
 * its reference to the map (or loses it, on an error).  "*addr" is where to
 * start the search, or with PMAPSIM_MAP_FIXED the place, where what was there
 * goes; the address comes back through it.  "flags" are PMAPSIM_MAP_FIXED and
 * so on, never those of the host's own <sys/mman.h>, which can have other
 * values.
 *
 * Returns 0 or the host's EINVAL or ENOMEM.
 *
 * A private mapping of an object is copied on write and gets its resident
 * pages at once when they are few.  Only device memory is placed so that it
 * can have superpages.
 *
 * Stands for mmap(), vm_mmap() of sys/vm/vm_mmap.c: adapted, objects instead
 * of files, no resource limits.
 */
PMAPSIM_API_MACH int vm_mmap(struct machine *mach, vm_map_t map,
    vm_offset_t *addr, vm_size_t size, vm_prot_t prot, vm_prot_t maxprot,
    int flags, vm_object_t object, vm_ooffset_t foff);
/*
 * brk(2): moves the end of a heap, which its caller remembers, from "old" to
 * "new_break" bytes; both count rounded up to pages.  Returns 0, or the host's
 * ENOMEM when something is in the way.
 *
 * Stands for obreak() of sys/vm/vm_unix.c: adapted, the caller keeps the old
 * end, no resource limits.
 */
PMAPSIM_API_MACH int pmapsim_brk(struct machine *mach, vm_map_t map,
    vm_offset_t old, vm_offset_t new_break);

/* Faults (vm_fault.c). */
#define VM_FAULT_NORMAL 0
#define VM_FAULT_CHANGE_WIRING 1
/*
 * Makes the page at "vaddr" of "map" accessible for "fault_type", or, with
 * VM_FAULT_CHANGE_WIRING, wires it as its entry says.  Returns KERN_SUCCESS,
 * or why a program that did this is to be killed.
 *
 * Stands for vm_fault() of sys/vm/vm_fault.c: adapted, one thread, no vnodes
 * and swap.
 */
PMAPSIM_API_MACH int vm_fault(struct machine *mach, vm_map_t map,
    vm_offset_t vaddr, vm_prot_t fault_type, int fault_flags);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_VM_H */
