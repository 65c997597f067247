/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words that every other header uses: addresses, protections, request
 * flags and the bits of a page-table entry, under FreeBSD's names and with
 * FreeBSD's values.  Nothing here depends on a machine.
 */
#ifndef PMAPSIM_TYPES_H
#define PMAPSIM_TYPES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PMAPSIM_API __attribute__((visibility("default")))
#define PMAPSIM_PRINTFLIKE(f, a) __attribute__((format(printf, f, a)))
#define PMAPSIM_NONNULL(n) __attribute__((nonnull(n)))
#else
#define PMAPSIM_API
#define PMAPSIM_PRINTFLIKE(f, a)
#define PMAPSIM_NONNULL(n)
#endif

/*
 * Functions whose first argument is a machine.  It must not be NULL: a
 * compiler that sees NULL there warns, and the host's
 * UndefinedBehaviorSanitizer reports it (-fsanitize=nonnull-attribute).
 *
 * Where a function needs another argument and that is NULL, the machine stops
 * with the panic "FUNCTION: page fault trap: ARGUMENT is NULL".  A machine
 * with invariants also stops when it is given a page, object, map or pmap of
 * another machine.  Functions that wire, hold or queue a page stop the machine
 * with "FUNCTION: page ADDRESS is free" when the page is free.
 */
#define PMAPSIM_API_MACH PMAPSIM_API PMAPSIM_NONNULL(1)

/*
 * vm_paddr_t is a physical address, vm_offset_t a virtual one, vm_size_t a
 * size and vm_ooffset_t an offset in an object, all in bytes; vm_pindex_t
 * counts the pages of an object from its start.
 */
typedef uint64_t vm_paddr_t;
typedef uint64_t vm_offset_t;
typedef uint64_t vm_size_t;
typedef uint64_t vm_pindex_t;
typedef uint64_t vm_ooffset_t;
typedef uint8_t vm_prot_t;
typedef int vm_memattr_t;
typedef int boolean_t;
typedef uint64_t pt_entry_t;
typedef uint64_t pd_entry_t;
typedef uint64_t pdp_entry_t;
typedef uint64_t pml4_entry_t;

/* One simulated computer, which owns all structures below it.  Opaque. */
struct machine;
struct pmap;
struct vm_page;
struct vm_object;
struct vm_map;
struct vm_map_entry;
typedef struct pmap *pmap_t;
typedef struct vm_page *vm_page_t;
typedef struct vm_object *vm_object_t;
typedef struct vm_map *vm_map_t;
typedef struct vm_map_entry *vm_map_entry_t;

#ifndef TRUE
#define TRUE 1
#define FALSE 0
#endif

/*
 * Sizes of the simulated machine, in bytes.  A name with SHIFT is the
 * logarithm of one, and a name with PG a number of entries.  The pages of the
 * host can be larger; some C libraries define PAGE_SIZE for them in
 * <limits.h>.
 */
#undef PAGE_SHIFT
#undef PAGE_SIZE
#undef PAGE_MASK
#define PAGE_SHIFT 12
#define PAGE_SIZE UINT64_C(4096)
#define PAGE_MASK (PAGE_SIZE - 1)
#define PDRSHIFT 21
#define NBPDR (UINT64_C(1) << PDRSHIFT)
#define PDRMASK (NBPDR - 1)
#define PDPSHIFT 30
#define NBPDP (UINT64_C(1) << PDPSHIFT)
#define PDPMASK (NBPDP - 1)
#define PML4SHIFT 39
#define NBPML4 (UINT64_C(1) << PML4SHIFT)
#define PML4MASK (NBPML4 - 1)
#define NPTEPG 512
#define NPDEPG 512
#define NPDPEPG 512
#define NPML4EPG 512
#define MAXCPU 32

#define trunc_page(x) ((x) & ~PAGE_MASK)
#define round_page(x) (((x) + PAGE_MASK) & ~PAGE_MASK)
#define trunc_2mpage(x) ((x) & ~PDRMASK)
#define round_2mpage(x) (((x) + PDRMASK) & ~PDRMASK)
#define atop(x) ((x) >> PAGE_SHIFT)
#define ptoa(x) ((uint64_t)(x) << PAGE_SHIFT)

/* Where ranges of virtual addresses begin and end, up to FreeBSD 9.0. */
#define VM_MAXUSER_ADDRESS UINT64_C(0x0000800000000000)
#define UPT_MIN_ADDRESS UINT64_C(0xffff800000000000)
#define UPT_MAX_ADDRESS UINT64_C(0xffff804020100000)
#define DMAP_MIN_ADDRESS UINT64_C(0xffffff0000000000)
#define DMAP_MAX_ADDRESS UINT64_C(0xffffff8000000000)
#define VM_MIN_KERNEL_ADDRESS UINT64_C(0xffffff8000000000)
#define KERNBASE UINT64_C(0xffffffff80000000)
#define VM_MAX_KERNEL_ADDRESS UINT64_C(0xfffffffffffff000)

/* Bits of an entry: Intel's, and those that FreeBSD uses for itself. */
#define PG_V UINT64_C(0x001)
#define PG_RW UINT64_C(0x002)
#define PG_U UINT64_C(0x004)
#define PG_NC_PWT UINT64_C(0x008)
#define PG_NC_PCD UINT64_C(0x010)
#define PG_A UINT64_C(0x020)
#define PG_M UINT64_C(0x040)
#define PG_PS UINT64_C(0x080)	   /* in a PDE or PDPE: large page */
#define PG_PTE_PAT UINT64_C(0x080) /* in a PTE */
#define PG_G UINT64_C(0x100)
#define PG_W UINT64_C(0x200)	   /* wired mapping, up to 9.0 */
#define PG_W_2022 UINT64_C(0x800)  /* wired mapping, in 2022 and later */
#define PG_MANAGED UINT64_C(0x400) /* mapping has a pv entry */
#define PG_PDE_PAT UINT64_C(0x1000)
#define PG_PROMOTED (UINT64_C(1) << 54)	 /* 2017 on: a promotion made it */
#define PG_PKU_MASK (UINT64_C(15) << 59) /* protection key; always 0 */
#define PG_NX (UINT64_C(1) << 63)
#define PG_FRAME UINT64_C(0x000ffffffffff000)
#define PG_PS_FRAME UINT64_C(0x000fffffffe00000)
#define PG_PDE_CACHE (PG_PDE_PAT | PG_NC_PWT | PG_NC_PCD)
#define PG_PTE_CACHE (PG_PTE_PAT | PG_NC_PWT | PG_NC_PCD)
#define PG_PTE_PROMOTE                                                 \
	(PG_NX | PG_MANAGED | PG_W | PG_G | PG_PTE_PAT | PG_M | PG_A | \
	    PG_NC_PCD | PG_NC_PWT | PG_U | PG_RW | PG_V)

/* What the CPU tells the kernel of a page fault. */
#define PGEX_P 0x01   /* protection or reserved-bit violation */
#define PGEX_W 0x02   /* write */
#define PGEX_U 0x04   /* user mode */
#define PGEX_RSV 0x08 /* reserved bit set */
#define PGEX_I 0x10   /* instruction fetch */

/* Protections. */
#define VM_PROT_NONE 0
#define VM_PROT_READ 1
#define VM_PROT_WRITE 2
#define VM_PROT_EXECUTE 4
#define VM_PROT_COPY 8
#define VM_PROT_ALL 7

/* Memory attributes, as the register PAT of the CPU encodes them. */
#define VM_MEMATTR_UNCACHEABLE 0
#define VM_MEMATTR_WRITE_COMBINING 1
#define VM_MEMATTR_WRITE_THROUGH 4
#define VM_MEMATTR_WRITE_PROTECTED 5
#define VM_MEMATTR_WRITE_BACK 6
#define VM_MEMATTR_UNCACHED 7
#define VM_MEMATTR_DEFAULT VM_MEMATTR_WRITE_BACK

/* vm_page_alloc() requests: a class and flags. */
#define VM_ALLOC_NORMAL 0x000
#define VM_ALLOC_INTERRUPT 0x001
#define VM_ALLOC_SYSTEM 0x002
#define VM_ALLOC_CLASS_MASK 0x003
#define VM_ALLOC_WIRED 0x020
#define VM_ALLOC_ZERO 0x040
#define VM_ALLOC_RETRY 0x080
#define VM_ALLOC_NOOBJ 0x100
#define VM_ALLOC_NOBUSY 0x200
#define VM_ALLOC_IFCACHED 0x400
#define VM_ALLOC_IFNOTCACHED 0x800

/* malloc(9) flags. */
#define M_NOWAIT 0x001
#define M_WAITOK 0x002
#define M_ZERO 0x100
#define M_NOVM 0x200
#define M_USE_RESERVE 0x400

/* Results of functions on maps. */
#define KERN_SUCCESS 0
#define KERN_INVALID_ADDRESS 1
#define KERN_PROTECTION_FAILURE 2
#define KERN_NO_SPACE 3
#define KERN_INVALID_ARGUMENT 4
#define KERN_FAILURE 5
#define KERN_RESOURCE_SHORTAGE 6

/* Object types, in FreeBSD's numeric order. */
enum obj_type {
	OBJT_DEFAULT,
	OBJT_SWAP,
	OBJT_VNODE,
	OBJT_DEVICE,
	OBJT_PHYS,
	OBJT_DEAD,
	OBJT_SG
};
typedef enum obj_type objtype_t;

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_TYPES_H */
