/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine-independent functions of the kernel, under FreeBSD's names.  The
 * first parameter is the machine, then come FreeBSD's.  The functions are to
 * be called inside a guard (pmapsim_run(), or the macros of
 * <pmapsim/cmocka.h>), as each may panic as the kernel does.
 *
 * Addresses and sizes are in bytes, indices and counts in pages.  The machine
 * owns what a returned pointer points to.  A function that reports a failure
 * has left the machine as it was, unless its contract says otherwise.  The
 * pages pmapsim_vm_page(3) and pmapsim_kmem(3) have examples and the texts of
 * panics.
 */
#ifndef PMAPSIM_VM_H
#define PMAPSIM_VM_H

#include <pmapsim/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Physical memory (vm_phys.c). */

/*
 * Allocates 2^"order" contiguous, aligned pages and returns the first, or NULL
 * when no free block is large enough.  In each free list the kernel takes the
 * smallest block of "pool" that suffices.  Only when the pool has none does it
 * move the largest block of another pool to "pool", and it moves that block as
 * a whole, so that the pages of a pool lie together.  Neither flags nor
 * counters of the pages change.
 *
 * Stands for vm_phys_alloc_pages() of sys/vm/vm_phys.c: same.
 */
PMAPSIM_API_MACH vm_page_t vm_phys_alloc_pages(struct machine *mach, int pool,
    int order);
/*
 * Frees the block of 2^"order" pages that "m" heads.  As long as the buddy of
 * the block is free, the kernel merges the two, and the buddy comes to the
 * pool of the freed block.  The merged block goes to the tail of its queue.  A
 * block that is free already stops the machine with the panic
 * "vm_phys_free_pages: page %#llx is free already".
 *
 * Stands for vm_phys_free_pages() of sys/vm/vm_phys.c: same.
 */
PMAPSIM_API_MACH void vm_phys_free_pages(struct machine *mach, vm_page_t m,
    int order);
/*
 * Allocates "npages" contiguous pages inside [low, high], bytes, and returns
 * the first, or NULL when there are none, not even after the kernel has broken
 * reservations.  The first page lies at a multiple of "alignment" bytes, and
 * the run crosses no multiple of "boundary" bytes; a boundary of 0 means that
 * it may cross any.  The pages belong to no object and are not wired.
 *
 * Stands for vm_phys_alloc_contig() of sys/vm/vm_phys.c: same.
 */
PMAPSIM_API_MACH vm_page_t vm_phys_alloc_contig(struct machine *mach,
    unsigned long npages, vm_paddr_t low, vm_paddr_t high,
    unsigned long alignment, unsigned long boundary);
/*
 * Takes the single page "m" out of the free block that contains it and returns
 * TRUE.  The halves that remain of the block go to the heads of the queues of
 * its pool, largest half first.  Returns FALSE, and changes nothing, when "m"
 * is in no free block.
 *
 * Stands for vm_phys_unfree_page() of sys/vm/vm_phys.c: same.
 */
PMAPSIM_API_MACH boolean_t vm_phys_unfree_page(struct machine *mach,
    vm_page_t m);

/* Pages (vm_page.c). */

/*
 * Returns the descriptor of the page in which "pa" lies, or NULL when "pa" is
 * behind the end of memory.
 *
 * Stands for PHYS_TO_VM_PAGE() of sys/vm/vm_page.h: adapted, the kernel does
 * not check.
 */
PMAPSIM_API_MACH vm_page_t PHYS_TO_VM_PAGE(struct machine *mach, vm_paddr_t pa);
/*
 * Allocates page "pindex" of "object", or, when "object" is NULL, a page of no
 * object, and returns it.  The page is busy unless "req" has VM_ALLOC_NOBUSY
 * or VM_ALLOC_NOOBJ.  Its contents are not cleared.  With VM_ALLOC_ZERO a page
 * that happens to be zero has the flag PG_ZERO, so that the caller need not
 * clear it.  Returns NULL, without a sleep, when fewer pages are free than the
 * class of the request may take.
 *
 * Stands for vm_page_alloc() of sys/vm/vm_page.c: adapted, no page is ever
 * cached, and no interrupt handler calls it.
 */
PMAPSIM_API_MACH vm_page_t vm_page_alloc(struct machine *mach,
    vm_object_t object, vm_pindex_t pindex, int req);
/*
 * Takes "m" out of its object and gives it back to its reservation or to the
 * free lists.  The kernel takes its contents to be arbitrary.  The page must
 * be neither wired nor mapped.
 *
 * Stands for vm_page_free() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_free(struct machine *mach, vm_page_t m);
/*
 * Frees "m" as vm_page_free() does, and marks it as a page whose contents are
 * zero.
 *
 * Stands for vm_page_free_zero() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_free_zero(struct machine *mach, vm_page_t m);
/*
 * Returns the resident page "pindex" of "object", or NULL.  Whether it finds
 * the page or not, the lookup rotates the object's tree of pages.
 *
 * Stands for vm_page_lookup() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH vm_page_t vm_page_lookup(struct machine *mach,
    vm_object_t object, vm_pindex_t pindex);
/*
 * Puts "m" into "object" as page "pindex", where it becomes the root of the
 * object's tree of pages.
 *
 * Stands for vm_page_insert() of sys/vm/vm_page.c: adapted, no vnode is held.
 */
PMAPSIM_API_MACH void vm_page_insert(struct machine *mach, vm_page_t m,
    vm_object_t object, vm_pindex_t pindex);
/*
 * Takes "m" out of its object, whose count of resident pages falls by one.  A
 * page without an object is left alone.
 *
 * The mappings of "m" stay, so the caller unmaps the page first.
 *
 * Stands for vm_page_remove() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_remove(struct machine *mach, vm_page_t m);
/*
 * Moves "m" to "new_object" as page "new_pindex".  Afterwards the page is
 * dirty and not busy.
 *
 * Stands for vm_page_rename() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_rename(struct machine *mach, vm_page_t m,
    vm_object_t new_object, vm_pindex_t new_pindex);
/*
 * Adds one to the wire count of "m", and takes the page off its queue if the
 * count was 0.  The kernel does not page a page out while its wire count is
 * above 0.
 *
 * Stands for vm_page_wire() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_wire(struct machine *mach, vm_page_t m);
/*
 * Undoes one vm_page_wire().  When the wire count becomes 0, a managed page is
 * put on PQ_ACTIVE if "activate" is not 0, else on PQ_INACTIVE.  Its act_count
 * does not change.
 *
 * Stands for vm_page_unwire() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_unwire(struct machine *mach, vm_page_t m,
    int activate);
/*
 * Puts "m" on PQ_ACTIVE and raises its act_count to at least ACT_INIT.  A
 * wired or unmanaged page is only taken off its queue.
 *
 * Stands for vm_page_activate() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_activate(struct machine *mach, vm_page_t m);
/*
 * Puts "m" at the tail of PQ_INACTIVE.  A page that is on that queue already,
 * that is wired or that is unmanaged is left alone.
 *
 * Stands for vm_page_deactivate() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_deactivate(struct machine *mach, vm_page_t m);
/*
 * Tells the kernel that "m" will not be needed soon.  What the kernel does
 * then depends on a counter that each call raises.  In most calls it forgets
 * that the page was referenced and puts it on PQ_INACTIVE: a clean page mostly
 * at the head, where it is reclaimed first, and a dirty one at the tail.  In
 * the other calls, and for a page that is on PQ_INACTIVE already, it only
 * lowers an act_count that is at least ACT_INIT by one.
 *
 * Stands for vm_page_dontneed() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_dontneed(struct machine *mach, vm_page_t m);
/*
 * Keeps "m" from being reused until vm_page_unhold().  Holds are counted.
 *
 * Stands for vm_page_hold() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_hold(struct machine *mach, vm_page_t m);
/*
 * Undoes one vm_page_hold().  When the last hold ends, a page that was freed
 * while it was held goes back to its reservation or to the free lists.
 *
 * Stands for vm_page_unhold() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_unhold(struct machine *mach, vm_page_t m);
/*
 * Undoes vm_page_busy(): any thread may use "m" again.
 *
 * Stands for vm_page_wakeup() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH void vm_page_wakeup(struct machine *mach, vm_page_t m);
/*
 * Makes "m" busy: until vm_page_wakeup() only the thread that made the page
 * busy may use it.
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
 * valid, which means that they hold what the object holds there.  A new page
 * is not valid.  Whoever has filled it marks it as valid; pmap_enter() maps it
 * in either case.  With INVARIANTS a block that is dirty stops the machine
 * with "vm_page_set_valid: page PTR is dirty", and a range that leaves the
 * page with "vm_page_bits: illegal base/size".
 *
 * Stands for vm_page_set_valid() of sys/vm/vm_page.c: adapted, partial blocks
 * are not zeroed: nothing reads files here.
 */
PMAPSIM_API_MACH void vm_page_set_valid(struct machine *mach, vm_page_t m,
    int base, int size);
/*
 * Marks the blocks of 512 bytes that "size" bytes from "base" on touch as
 * valid and not dirty.  When these are all blocks of the page, the kernel also
 * clears M in the mappings of the page, and demotes a superpage that maps it.
 * With INVARIANTS a range that leaves the page stops the machine with
 * "vm_page_bits: illegal base/size".
 *
 * Stands for vm_page_set_validclean() of sys/vm/vm_page.c: adapted, partial
 * blocks are not zeroed: nothing reads files here.
 */
PMAPSIM_API_MACH void vm_page_set_validclean(struct machine *mach, vm_page_t m,
    int base, int size);
/*
 * Unmaps and frees "m" and returns 1.  A page that is dirty, wired, held, busy
 * or unmanaged is left alone, and the result is 0.  A page of which only the
 * mappings say that it was written is unmapped and marked dirty, and the
 * result is 0.
 *
 * Stands for vm_page_try_to_free() of sys/vm/vm_page.c: same.
 */
PMAPSIM_API_MACH int vm_page_try_to_free(struct machine *mach, vm_page_t m);
/*
 * Returns page "pindex" of "object", and allocates it if it is not resident.
 * The page is busy unless "flags" has VM_ALLOC_NOBUSY, and wired if it has
 * VM_ALLOC_WIRED.  With VM_ALLOC_ZERO a page that was allocated is zeroed.
 * When memory is short the kernel waits for free pages; then it returns NULL,
 * or with VM_ALLOC_RETRY tries again.
 *
 * Stands for vm_page_grab() of sys/vm/vm_page.c: adapted, a busy page stops
 * the machine: nobody else would wake it up.
 */
PMAPSIM_API_MACH vm_page_t vm_page_grab(struct machine *mach,
    vm_object_t object, vm_pindex_t pindex, int flags);

/* The state of a page.  Simulator only: struct vm_page itself is opaque. */
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
	uint8_t order; /* of the free block that it heads, 0..12; 13: none */
	uint8_t pool;
	unsigned pv_count; /* 4 KB mappings */
};
/*
 * Fills "info", which the caller owns, from the descriptor of "m".  The
 * machine is unchanged.  pv_count is the number of 4 KB mappings of the page.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH void pmapsim_page_info(struct machine *mach, vm_page_t m,
    struct pmapsim_page_info *info);

/* Objects (vm_object.c). */

/*
 * Returns a new object of "size" pages with one reference, which the caller
 * owns.  An object of anonymous memory, OBJT_DEFAULT or OBJT_SWAP, begins with
 * the flag OBJ_ONEMAPPING: the kernel takes each of its pages to be mapped at
 * one place at most.
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
 * Drops a reference to "object"; NULL is ignored.  When no reference is left
 * the kernel frees the object with its pages, and drops the object's own
 * reference to its backing object as well, and so on down the chain.  When one
 * reference is left, and it is that of a single shadow object, the kernel
 * collapses "object" into this shadow.
 *
 * Stands for vm_object_deallocate() of sys/vm/vm_object.c: same, no vnodes.
 */
PMAPSIM_API_MACH void vm_object_deallocate(struct machine *mach,
    vm_object_t object);
/*
 * Removes the mappings of the pages [start, end) of "object" and frees the
 * pages.  When "end" is 0 these are all pages from "start" on.  With
 * "clean_only" dirty pages stay.  A page that is wired by more than its
 * mappings loses its mappings and stays.
 *
 * The kernel removes the mappings before it frees a page, since a free page
 * must not be mapped.  It subtracts the wirings of these mappings from the
 * page's wire count, and leaves v_wire_count as it is.  So each page that a
 * program has locked with mlock(2) and that a file loses by truncation makes
 * v_wire_count one too high for ever, which the audit's rule "pages" reports.
 *
 * Stands for vm_object_page_remove() of sys/vm/vm_object.c: same, no cached
 * pages.
 */
PMAPSIM_API_MACH void vm_object_page_remove(struct machine *mach,
    vm_object_t object, vm_pindex_t start, vm_pindex_t end,
    boolean_t clean_only);
/*
 * Returns the object of kernel_map's memory, which the machine owns.  The
 * index of a page in it is the page's kernel address less
 * VM_MIN_KERNEL_ADDRESS, in pages.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH vm_object_t pmapsim_kernel_object(struct machine *mach);
/*
 * Returns the object of kmem_map's memory, which the machine owns.  The index
 * of a page in it is the page's kernel address less VM_MIN_KERNEL_ADDRESS, in
 * pages.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH vm_object_t pmapsim_kmem_object(struct machine *mach);
/*
 * Sets OBJ_COLORED in the flags of "object" and its pg_color to "color", a
 * number of pages below 512.  The pages of such an object come from
 * reservations: page index p lies at the start of a reservation where p +
 * color is a multiple of 512.  An object without OBJ_COLORED gets no
 * reservations.
 *
 * Simulator only: what vm_object_init() and vm_fault() do in two statements.
 */
PMAPSIM_API_MACH void pmapsim_object_color(struct machine *mach,
    vm_object_t object, uint16_t color);

/* Reservations (vm_reserv.c). */

/*
 * Returns 0 when "m" lies in a reservation that is fully populated, else -1.
 * The kernel does not check that all its pages belong to one object.
 *
 * Stands for vm_reserv_level_iffullpop() of sys/vm/vm_reserv.c: same.
 */
PMAPSIM_API_MACH int vm_reserv_level_iffullpop(struct machine *mach,
    vm_page_t m);
/*
 * Breaks the partially populated reservation that was changed longest ago,
 * gives its unused pages to the free lists, and returns TRUE.  Returns FALSE
 * when no reservation is partially populated.
 *
 * Stands for vm_reserv_reclaim_inactive() of sys/vm/vm_reserv.c: same.
 */
PMAPSIM_API_MACH boolean_t vm_reserv_reclaim_inactive(struct machine *mach);
/*
 * Breaks a partially populated reservation whose unused pages hold a run of
 * "size" bytes in [low, high], and returns TRUE.  The run starts at a multiple
 * of "alignment" bytes and crosses no multiple of "boundary" bytes; a boundary
 * of 0 means that it may cross any.  Of several reservations the kernel takes
 * the one that was changed longest ago.  Returns FALSE when there is none.
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
 * "map", which is kmem_map.  "flags" are those of malloc(9).  The caller owns
 * the memory until it gives the address and the size to kmem_free().  With
 * M_ZERO the memory is zeroed, else its contents are arbitrary.
 *
 * With M_NOWAIT the result is 0 when addresses or pages are short, and map,
 * pages and mappings are as before the call.  Without M_NOWAIT a shortage of
 * addresses panics, "kmem_malloc(SIZE): kmem_map too small: TOTAL total
 * allocated".  In a shortage of pages the thread sleeps until the page daemon
 * has freed some; when the page daemon cannot free any, the machine stops.
 *
 * The kernel allocates all pages before it maps the first.  So a reservation
 * is fully populated when its pages are mapped, and each pmap_enter() of one
 * of them tries to promote.  The kernel counts the map entry as wired before
 * it makes the mappings; only then can the entry merge with its neighbours.
 *
 * Stands for kmem_malloc() of sys/vm/vm_kern.c: adapted, nobody frees
 * addresses meanwhile, so the eight sleeps for them are left out.
 */
PMAPSIM_API_MACH vm_offset_t kmem_malloc(struct machine *mach, vm_map_t map,
    vm_size_t size, int flags);
/*
 * Unmaps and frees [addr, addr + size) of "map", rounded to whole pages.  It
 * takes back what kmem_malloc(), kmem_alloc(), kmem_alloc_nofault(),
 * kmem_alloc_attr() or kmem_alloc_contig() has returned.
 *
 * Stands for kmem_free() of sys/vm/vm_kern.c: same.
 */
PMAPSIM_API_MACH void kmem_free(struct machine *mach, vm_map_t map,
    vm_offset_t addr, vm_size_t size);
/*
 * Returns the address of "size" bytes, rounded up to pages, of zeroed wired
 * memory in "map", or 0 when the map has no room.  The thread sleeps while
 * pages are short.
 *
 * Stands for kmem_alloc() of sys/vm/vm_kern.c: same.
 */
PMAPSIM_API_MACH vm_offset_t kmem_alloc(struct machine *mach, vm_map_t map,
    vm_size_t size);
/*
 * Returns the address of a range of "size" bytes in "map" that the caller will
 * map itself, for instance with pmap_qenter(), or 0 when the map has no room.
 * The kernel panics when it faults at an address of the range.
 *
 * Stands for kmem_alloc_nofault() of sys/vm/vm_kern.c: same.
 */
PMAPSIM_API_MACH vm_offset_t kmem_alloc_nofault(struct machine *mach,
    vm_map_t map, vm_size_t size);
/*
 * Returns the address of "size" bytes, rounded up to pages, of wired memory in
 * "map", or 0 when the map has no room.  The frames lie in [low, high], bytes,
 * and are mapped with the attribute "memattr".  When no frame there is free,
 * the kernel of April 2010 tries for ever, so the machine stops; the kernel of
 * 9.0 returns 0.  The kernel allocates each page for itself, so the pages
 * belong to no reservation and are never promoted.
 *
 * Stands for kmem_alloc_attr() of sys/vm/vm_contig.c: adapted, where pages are
 * short nothing can be moved out of the way.
 */
PMAPSIM_API_MACH vm_offset_t kmem_alloc_attr(struct machine *mach, vm_map_t map,
    vm_size_t size, int flags, vm_paddr_t low, vm_paddr_t high,
    vm_memattr_t memattr);
/*
 * Returns the address of "size" bytes, rounded up to pages, of wired memory in
 * "map", or 0 when the map has no room or no run of frames suits.  The frames
 * are one contiguous run in [low, high], bytes, and are mapped with the
 * attribute "memattr".  The run starts at a multiple of "alignment" bytes and
 * crosses no multiple of "boundary" bytes; a boundary of 0 means that it may
 * cross any.  The pages belong to no reservation and are never promoted.
 *
 * Stands for kmem_alloc_contig() of sys/vm/vm_contig.c: adapted as
 * kmem_alloc_attr().
 */
PMAPSIM_API_MACH vm_offset_t kmem_alloc_contig(struct machine *mach,
    vm_map_t map, vm_size_t size, int flags, vm_paddr_t low, vm_paddr_t high,
    unsigned long alignment, unsigned long boundary, vm_memattr_t memattr);
/*
 * Takes "size" bytes of "parent" for a new map, which it returns.  The range
 * of the new map comes back through "min" and "max".  With "superpage_align"
 * it begins where superpages are possible.
 *
 * Stands for kmem_suballoc() of sys/vm/vm_kern.c: same.
 */
PMAPSIM_API_MACH vm_map_t kmem_suballoc(struct machine *mach, vm_map_t parent,
    vm_offset_t *min, vm_offset_t *max, vm_size_t size,
    boolean_t superpage_align);
/*
 * Returns the address of "size" bytes of kernel memory.  With M_NOWAIT the
 * result is 0 when memory is short; else a shortage ends as kmem_malloc()
 * says.  Small sizes, which the kernel takes from a UMA zone, stop the
 * machine, since zones are not simulated.  So do sizes that do not fit the int
 * of uma_large_malloc().
 *
 * Stands for malloc() of sys/kern/kern_malloc.c: adapted, no zones, no malloc
 * types.
 */
PMAPSIM_API_MACH vm_offset_t kern_malloc(struct machine *mach, vm_size_t size,
    int flags);
/*
 * Frees memory that kern_malloc() returned; 0 is ignored.  The kernel looks at
 * the page of "addr" only, so any address in the first page of the memory will
 * do.
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
 * Maps [start, end) to "object" from byte "offset" on, and takes over the
 * caller's reference to the object.  When "object" is NULL, the range gets
 * memory by faults; the kernel may lengthen the map entry before the range,
 * and the object of that entry, instead of making a new entry.
 *
 * Returns KERN_SUCCESS; KERN_INVALID_ADDRESS when the range is empty or leaves
 * the map; or KERN_NO_SPACE when a part of the range is taken.  After an error
 * nothing has changed, and the caller keeps the reference.
 *
 * Stands for vm_map_insert() of sys/vm/vm_map.c: adapted, swap charges always
 * succeed.
 */
PMAPSIM_API_MACH int vm_map_insert(struct machine *mach, vm_map_t map,
    vm_object_t object, vm_ooffset_t offset, vm_offset_t start, vm_offset_t end,
    vm_prot_t prot, vm_prot_t max, int cow);
/*
 * Maps "length" bytes of "object", from byte "offset" on, at "*addr", or,
 * unless "find_space" is VMFS_NO_SPACE, at the first free range at or above
 * it.  With VMFS_ALIGNED_SPACE the kernel moves the range up to where
 * superpages of "object" are possible, and searches on from there when the
 * moved range is not free.  The address of the range comes back through
 * "addr".  Errors are those of vm_map_insert(), and KERN_NO_SPACE when the map
 * has no room.
 *
 * Stands for vm_map_find() of sys/vm/vm_map.c: same.
 */
PMAPSIM_API_MACH int vm_map_find(struct machine *mach, vm_map_t map,
    vm_object_t object, vm_ooffset_t offset, vm_offset_t *addr,
    vm_size_t length, int find_space, vm_prot_t prot, vm_prot_t max, int cow);
/*
 * Unmaps [start, start + length) and maps "object" there, from byte "offset"
 * on.  Errors are those of vm_map_insert(); after an error nothing is mapped
 * in the range.
 *
 * Stands for vm_map_fixed() of sys/vm/vm_map.c: same.
 */
PMAPSIM_API_MACH int vm_map_fixed(struct machine *mach, vm_map_t map,
    vm_object_t object, vm_ooffset_t offset, vm_offset_t start,
    vm_size_t length, vm_prot_t prot, vm_prot_t max, int cow);
/*
 * Unmaps [start, end), as far as it lies in the map, as munmap(2) and
 * kmem_free() do.  Returns KERN_SUCCESS.
 *
 * Stands for vm_map_remove() of sys/vm/vm_map.c: same.
 */
PMAPSIM_API_MACH int vm_map_remove(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end);
/*
 * Sets the protection of [start, end), or, with "set_max", the highest
 * protection that may ever be set there.  Returns KERN_SUCCESS;
 * KERN_PROTECTION_FAILURE when "new_prot" has more than the highest protection
 * of a map entry; or KERN_INVALID_ARGUMENT when a submap lies in the range.
 * After an error the protections have not changed, but the kernel may have
 * split a map entry at an end of the range.
 *
 * Stands for vm_map_protect() of sys/vm/vm_map.c: adapted, swap charges always
 * succeed.
 */
PMAPSIM_API_MACH int vm_map_protect(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end, vm_prot_t new_prot, boolean_t set_max);
/*
 * Sets what a fork does with [start, end): VM_INHERIT_SHARE, VM_INHERIT_COPY
 * or VM_INHERIT_NONE.  Returns KERN_SUCCESS.  For any other "new_inheritance"
 * it returns KERN_INVALID_ARGUMENT and changes nothing.
 *
 * Stands for vm_map_inherit() of sys/vm/vm_map.c: same.
 */
PMAPSIM_API_MACH int vm_map_inherit(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end, int new_inheritance);
/*
 * Tells the kernel what the program will do with [start, end), as far as it is
 * mapped.  With PMAPSIM_MADV_WILLNEED the kernel maps the pages that are
 * resident.  With PMAPSIM_MADV_DONTNEED it may reclaim the pages earlier than
 * others, and with PMAPSIM_MADV_FREE it may also lose what they hold.  Returns
 * KERN_SUCCESS.  For any other "behav" it returns KERN_INVALID_ARGUMENT and
 * changes nothing.
 *
 * Stands for vm_map_madvise() of sys/vm/vm_map.c: adapted, advice that changes
 * entries is not simulated.
 */
PMAPSIM_API_MACH int vm_map_madvise(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end, int behav);
/*
 * Makes the pages of [start, end) resident and wires them.  With
 * VM_MAP_WIRE_USER it does what mlock(2) does, and counts one wiring however
 * often a program asks for it; with VM_MAP_WIRE_SYSTEM it counts each wiring
 * of the kernel.  With VM_MAP_WIRE_HOLESOK it leaves out what is unmapped or
 * unreadable.
 *
 * Returns KERN_SUCCESS; KERN_INVALID_ADDRESS when a part of the range is
 * unmapped or unreadable; or what vm_fault() returned.  After an error it has
 * wired nothing.
 *
 * Stands for vm_map_wire() of sys/vm/vm_map.c: adapted, no other thread
 * changes the map meanwhile.
 */
PMAPSIM_API_MACH int vm_map_wire(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end, int flags);
/*
 * Takes back one wiring of [start, end).  Returns KERN_SUCCESS;
 * KERN_INVALID_ADDRESS when a part of the range is unmapped; or
 * KERN_INVALID_ARGUMENT when "flags" has VM_MAP_WIRE_SYSTEM and the kernel has
 * not wired a part.  With VM_MAP_WIRE_USER a part that no program has wired is
 * passed over.  After an error it has unwired nothing.
 *
 * Stands for vm_map_unwire() of sys/vm/vm_map.c: adapted, no other thread
 * changes the map meanwhile.
 */
PMAPSIM_API_MACH int vm_map_unwire(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end, int flags);

/*
 * Returns a new, empty address space: a map of all addresses of a program,
 * with a pmap of its own.  The caller gives it to vmspace_free() or
 * vmspace_exit().
 *
 * Stands for vmspace_alloc() of sys/vm/vm_map.c: adapted, a vmspace is its
 * map.
 */
PMAPSIM_API_MACH vm_map_t vmspace_alloc(struct machine *mach);
/*
 * Returns a new address space, which a child gets when the program of "map"
 * forks.  The kernel goes through the map entries in ascending order.  Each is
 * shared, copied on write, or left out, as vm_map_inherit() has said.
 *
 * Stands for vmspace_fork() of sys/vm/vm_map.c: adapted, swap charges always
 * succeed.
 */
PMAPSIM_API_MACH vm_map_t vmspace_fork(struct machine *mach, vm_map_t map);
/*
 * Ends the address space "map" with all that it maps.  The address space must
 * not be current on another CPU.  When it is current on this CPU, the kernel's
 * pmap is loaded instead.
 *
 * Stands for vmspace_free(), vmspace_dofree() of sys/vm/vm_map.c: adapted,
 * never shared.
 */
PMAPSIM_API_MACH void vmspace_free(struct machine *mach, vm_map_t map);
/*
 * Ends the address space "map" as exit(2) does: the kernel removes all
 * mappings of the program in one pass over the pv entries, and then takes the
 * map apart.
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
 * Flags of vm_mmap(): those of mmap(2), as FreeBSD numbers them.  The host's
 * own <sys/mman.h> can have other values: MAP_ANONYMOUS is 0x20 on Linux, for
 * which vm_mmap() returns EINVAL.
 */
#define PMAPSIM_MAP_SHARED 0x0001
#define PMAPSIM_MAP_PRIVATE 0x0002
#define PMAPSIM_MAP_FIXED 0x0010
#define PMAPSIM_MAP_ANON 0x1000
/*
 * mmap(2) without files.  Maps "size" bytes of anonymous memory when "object"
 * is NULL, for which "flags" must have PMAPSIM_MAP_ANON; else of "object" from
 * byte "foff" on, a multiple of the page size.  The caller's reference to
 * "object" goes to the map; after an error the kernel drops it.
 *
 * "*addr" is where the kernel begins to search for room.  With
 * PMAPSIM_MAP_FIXED it is the place itself, and what is mapped there is
 * unmapped.  The address of the mapping comes back through "addr".  "flags"
 * are PMAPSIM_MAP_FIXED and so on, never those of the host's own <sys/mman.h>,
 * which can have other values.
 *
 * Returns 0 or the host's EINVAL or ENOMEM.
 *
 * A private mapping of an object is copied on write, and the kernel maps its
 * resident pages at once when they are few.  The kernel of April 2010 moves
 * only device memory to where superpages are possible.
 *
 * Stands for mmap(), vm_mmap() of sys/vm/vm_mmap.c: adapted, objects instead
 * of files, no resource limits.
 */
PMAPSIM_API_MACH int vm_mmap(struct machine *mach, vm_map_t map,
    vm_offset_t *addr, vm_size_t size, vm_prot_t prot, vm_prot_t maxprot,
    int flags, vm_object_t object, vm_ooffset_t foff);
/*
 * brk(2): moves the end of a heap from "old" to "new_break", both rounded up
 * to pages.  The caller remembers the end.  Returns 0, or the host's ENOMEM
 * when the heap would reach something else.
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
 * Makes the page at "vaddr" of "map" accessible for "fault_type".  With
 * VM_FAULT_CHANGE_WIRING the kernel wires the page as its map entry says.
 * Returns KERN_SUCCESS, or another KERN_ code: the kernel would send a signal
 * to a program that made this access.
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
