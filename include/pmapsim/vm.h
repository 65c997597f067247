/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine-independent kernel functions, under FreeBSD's names behind one
 * first parameter, the machine.  They are to be called inside a guard
 * (pmapsim_run(), or the macros of <pmapsim/cmocka.h>): each may panic as the
 * kernel does.
 */
#ifndef PMAPSIM_VM_H
#define PMAPSIM_VM_H

#include <pmapsim/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Physical memory (vm_phys.c). */
PMAPSIM_API vm_page_t vm_phys_alloc_pages(struct machine *mach, int pool,
    int order);
PMAPSIM_API void vm_phys_free_pages(struct machine *mach, vm_page_t m,
    int order);
PMAPSIM_API vm_page_t vm_phys_alloc_contig(struct machine *mach,
    unsigned long npages, vm_paddr_t low, vm_paddr_t high,
    unsigned long alignment, unsigned long boundary);
PMAPSIM_API boolean_t vm_phys_unfree_page(struct machine *mach, vm_page_t m);

/* Pages (vm_page.c). */
PMAPSIM_API vm_page_t PHYS_TO_VM_PAGE(struct machine *mach, vm_paddr_t pa);
PMAPSIM_API vm_page_t vm_page_alloc(struct machine *mach, vm_object_t object,
    vm_pindex_t pindex, int req);
PMAPSIM_API void vm_page_free(struct machine *mach, vm_page_t m);
PMAPSIM_API void vm_page_free_zero(struct machine *mach, vm_page_t m);
PMAPSIM_API vm_page_t vm_page_lookup(struct machine *mach, vm_object_t object,
    vm_pindex_t pindex);
PMAPSIM_API void vm_page_insert(struct machine *mach, vm_page_t m,
    vm_object_t object, vm_pindex_t pindex);
PMAPSIM_API void vm_page_remove(struct machine *mach, vm_page_t m);
PMAPSIM_API void vm_page_rename(struct machine *mach, vm_page_t m,
    vm_object_t new_object, vm_pindex_t new_pindex);
PMAPSIM_API void vm_page_wire(struct machine *mach, vm_page_t m);
PMAPSIM_API void vm_page_unwire(struct machine *mach, vm_page_t m,
    int activate);
PMAPSIM_API void vm_page_activate(struct machine *mach, vm_page_t m);
PMAPSIM_API void vm_page_deactivate(struct machine *mach, vm_page_t m);
PMAPSIM_API void vm_page_dontneed(struct machine *mach, vm_page_t m);
PMAPSIM_API void vm_page_hold(struct machine *mach, vm_page_t m);
PMAPSIM_API void vm_page_unhold(struct machine *mach, vm_page_t m);
PMAPSIM_API void vm_page_wakeup(struct machine *mach, vm_page_t m);
PMAPSIM_API void vm_page_busy(struct machine *mach, vm_page_t m);
PMAPSIM_API void vm_page_dirty(struct machine *mach, vm_page_t m);
PMAPSIM_API void vm_page_test_dirty(struct machine *mach, vm_page_t m);
PMAPSIM_API int vm_page_try_to_free(struct machine *mach, vm_page_t m);
PMAPSIM_API vm_page_t vm_page_grab(struct machine *mach, vm_object_t object,
    vm_pindex_t pindex, int flags);

/* What a page is now.  Simulator only: the structure is opaque. */
struct pmapsim_page_info {
	vm_paddr_t phys_addr;
	vm_object_t object; /* NULL: none */
	vm_pindex_t pindex;
	uint32_t wire_count;
	int hold_count;
	uint16_t flags; /* PG_FREE 0x2, PG_WRITEABLE 0x10, PG_ZERO 0x40,
			   PG_REFERENCED 0x80, PG_UNMANAGED 0x800 */
	uint16_t oflags; /* VPO_BUSY 0x1 */
	uint8_t queue;	 /* 0 none, 1 inactive, 2 active, 3 hold */
	uint8_t act_count, busy, valid, dirty;
	uint8_t order; /* 0..12: heads a free block; 13: does not */
	uint8_t pool;
	unsigned pv_count; /* 4 KiB mappings */
};
PMAPSIM_API void pmapsim_page_info(struct machine *mach, vm_page_t m,
    struct pmapsim_page_info *info);

/* Objects (vm_object.c). */
PMAPSIM_API vm_object_t vm_object_allocate(struct machine *mach,
    objtype_t type, vm_pindex_t size);
PMAPSIM_API void vm_object_reference(struct machine *mach, vm_object_t object);
PMAPSIM_API void vm_object_deallocate(struct machine *mach,
    vm_object_t object);
PMAPSIM_API void vm_object_page_remove(struct machine *mach,
    vm_object_t object, vm_pindex_t start, vm_pindex_t end,
    boolean_t clean_only);
PMAPSIM_API vm_object_t pmapsim_kernel_object(struct machine *mach);
PMAPSIM_API vm_object_t pmapsim_kmem_object(struct machine *mach);
/* Sets OBJ_COLORED and pg_color, as vm_fault() and the boot code do. */
PMAPSIM_API void pmapsim_object_color(struct machine *mach,
    vm_object_t object, uint16_t color);

/* Reservations (vm_reserv.c). */
PMAPSIM_API int vm_reserv_level_iffullpop(struct machine *mach, vm_page_t m);
PMAPSIM_API boolean_t vm_reserv_reclaim_inactive(struct machine *mach);
PMAPSIM_API boolean_t vm_reserv_reclaim_contig(struct machine *mach,
    vm_paddr_t size, vm_paddr_t low, vm_paddr_t high, unsigned long alignment,
    unsigned long boundary);
PMAPSIM_API void vm_reserv_break_all(struct machine *mach,
    vm_object_t object);

/* Kernel memory (vm_kern.c, kern_malloc.c, uma_core.c). */
PMAPSIM_API vm_map_t pmapsim_kernel_map(struct machine *mach);
PMAPSIM_API vm_map_t pmapsim_kmem_map(struct machine *mach); /* may be NULL */
PMAPSIM_API vm_offset_t kmem_malloc(struct machine *mach, vm_map_t map,
    vm_size_t size, int flags);
PMAPSIM_API void kmem_free(struct machine *mach, vm_map_t map,
    vm_offset_t addr, vm_size_t size);
PMAPSIM_API vm_offset_t kmem_alloc(struct machine *mach, vm_map_t map,
    vm_size_t size);
PMAPSIM_API vm_offset_t kmem_alloc_nofault(struct machine *mach, vm_map_t map,
    vm_size_t size);
/*
 * Physically contiguous or constrained memory in [low, high]; 0 when there is
 * none.  kmem_alloc_attr() takes page by page, kmem_alloc_contig() one run,
 * aligned to "alignment" and not crossing a multiple of "boundary".
 */
PMAPSIM_API vm_offset_t kmem_alloc_attr(struct machine *mach, vm_map_t map,
    vm_size_t size, int flags, vm_paddr_t low, vm_paddr_t high,
    vm_memattr_t memattr);
PMAPSIM_API vm_offset_t kmem_alloc_contig(struct machine *mach, vm_map_t map,
    vm_size_t size, int flags, vm_paddr_t low, vm_paddr_t high,
    unsigned long alignment, unsigned long boundary, vm_memattr_t memattr);
PMAPSIM_API vm_map_t kmem_suballoc(struct machine *mach, vm_map_t parent,
    vm_offset_t *min, vm_offset_t *max, vm_size_t size,
    boolean_t superpage_align);
/*
 * malloc(9) and free(9) for sizes above the UMA zones (> 4096 bytes), by way
 * of uma_large_malloc(): the C library has their names.
 */
PMAPSIM_API vm_offset_t kern_malloc(struct machine *mach, vm_size_t size,
    int flags);
PMAPSIM_API void kern_free(struct machine *mach, vm_offset_t addr);

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
PMAPSIM_API int vm_map_insert(struct machine *mach, vm_map_t map,
    vm_object_t object, vm_ooffset_t offset, vm_offset_t start,
    vm_offset_t end, vm_prot_t prot, vm_prot_t max, int cow);
PMAPSIM_API int vm_map_find(struct machine *mach, vm_map_t map,
    vm_object_t object, vm_ooffset_t offset, vm_offset_t *addr,
    vm_size_t length, int find_space, vm_prot_t prot, vm_prot_t max, int cow);
PMAPSIM_API int vm_map_fixed(struct machine *mach, vm_map_t map,
    vm_object_t object, vm_ooffset_t offset, vm_offset_t start,
    vm_size_t length, vm_prot_t prot, vm_prot_t max, int cow);
PMAPSIM_API int vm_map_remove(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end);
PMAPSIM_API int vm_map_protect(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end, vm_prot_t new_prot,
    boolean_t set_max);
PMAPSIM_API int vm_map_inherit(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end, int new_inheritance);
PMAPSIM_API int vm_map_wire(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end, int flags);
PMAPSIM_API int vm_map_unwire(struct machine *mach, vm_map_t map,
    vm_offset_t start, vm_offset_t end, int flags);

/*
 * Address spaces of programs.  A vmspace is its map; the map owns a pmap.
 * vmspace_alloc() is what exec gives a process, vmspace_fork() what fork does
 * with it, vmspace_free() its exit.
 */
PMAPSIM_API vm_map_t vmspace_alloc(struct machine *mach);
PMAPSIM_API vm_map_t vmspace_fork(struct machine *mach, vm_map_t map);
PMAPSIM_API void vmspace_free(struct machine *mach, vm_map_t map);
/* exit(): as vmspace_free(), but drops all mappings in one sweep before. */
PMAPSIM_API void vmspace_exit(struct machine *mach, vm_map_t map);
PMAPSIM_API pmap_t pmapsim_map_pmap(vm_map_t map);

/*
 * mmap(2) without files.  "size" bytes of anonymous memory when "object" is
 * NULL, else of "object" from the page-aligned "foff" on, whose caller gives
 * its reference to the map (or loses it, on an error).  "*addr" is where to
 * start the search, or with PMAPSIM_MAP_FIXED the place, where what was there
 * goes; the address comes back through it.  The flags are FreeBSD's MAP_FIXED
 * and so on; the host's own <sys/mman.h> has their names.
 *
 * Returns 0 or the host's EINVAL, EACCES or ENOMEM.
 */
#define PMAPSIM_MAP_SHARED 0x0001
#define PMAPSIM_MAP_PRIVATE 0x0002
#define PMAPSIM_MAP_FIXED 0x0010
#define PMAPSIM_MAP_ANON 0x1000
PMAPSIM_API int vm_mmap(struct machine *mach, vm_map_t map, vm_offset_t *addr,
    vm_size_t size, vm_prot_t prot, vm_prot_t maxprot, int flags,
    vm_object_t object, vm_ooffset_t foff);
/*
 * brk(2): moves the end of a heap, which its caller remembers, from "old" to
 * "new_break" bytes; both count rounded up to pages.  Returns 0, or the host's
 * ENOMEM when something is in the way.
 */
PMAPSIM_API int pmapsim_brk(struct machine *mach, vm_map_t map,
    vm_offset_t old, vm_offset_t new_break);

/* Faults (vm_fault.c). */
#define VM_FAULT_NORMAL 0
#define VM_FAULT_CHANGE_WIRING 1
PMAPSIM_API int vm_fault(struct machine *mach, vm_map_t map, vm_offset_t vaddr,
    vm_prot_t fault_type, int fault_flags);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_VM_H */
