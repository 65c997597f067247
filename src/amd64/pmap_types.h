/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a pmap is made of: address spaces, pv entries and their chunks, and the
 * state that all pmaps share.
 */
#ifndef AMD64_PMAP_TYPES_H
#define AMD64_PMAP_TYPES_H

#include "base/ktr.h"
#include "base/queue.h"
#include "hw/physmem.h"
#include "vm/pmap.h"
#include "vm/vm_page.h"

#define NKPT 32 /* bootstrap page-table pages: 64 MB from KERNBASE */
#define PML4PML4I 256
#define DMPML4I 510
#define KPML4I 511
#define KPDPI 510
#define NUPML4E UINT64_C(256)
#define NUPDPE (NUPML4E * 512)
#define NUPDE (NUPDPE * 512)
#define BOOT_TABLES_START UINT64_C(0x100000)

#define _NPCM 3
#define _NPCPV 168
#define PC_FREE0 UINT64_MAX
#define PC_FREE1 UINT64_MAX
#define PC_FREE2 UINT64_C(0x000000ffffffffff)

/* An address space's counts, as the kernel keeps them; part of its pmap. */
struct pmap_statistics {
	int64_t resident_count; /* pages; may go below 0 in the kernel's */
	int64_t wired_count;	/* pages */
};

TAILQ_HEAD(pv_chunk_list, pv_chunk);

/*
 * An address space.  pmapsim_pmap_create() or vm_map makes the structure,
 * pmap_pinit() its PML4 page, pmap_release() takes that back when nothing is
 * mapped.  The kernel's is made at boot and never dies.
 *
 * pm_pvchunk: the chunk to allocate from first, full ones behind.  pm_root:
 * the page-table pages kept idle under 2 MB mappings, a splay tree by
 * pindex = va >> 21.
 */
struct pmap {
	TAILQ_ENTRY(pmap)
	pm_list;	       /* all pmaps, oldest first, kernel's first;
				      what a zone overwrites */
	pml4_entry_t *pm_pml4; /* see pmap_has_tables() */
	struct pv_chunk_list pm_pvchunk;
	uint32_t pm_active; /* CPUs it is loaded on; all ones: kernel */
	pt_entry_t pm_pg_g; /* what pmap_enter() adds: PG_G in the kernel's */
	struct pmap_statistics pm_stats;
	struct vm_page *pm_root;
	uint64_t pm_superpages; /* 2 MB mappings now */
	uint64_t pm_id;		/* creation order: stands for the address
				      by which FreeBSD orders locks */
	bool pm_vm_owned;	/* a vm_map made it */
	char pm_name[KTR_NAME_SIZE];
};

/*
 * One mapping of a managed page.  Taken from its pmap's chunks when the mapping
 * is made, at the tail of the page's pv_list (4 KB) or the frame's (2 MB), and
 * given back when it ends.  A promotion moves the first page's entry to the
 * frame's list and frees the 511 others; a demotion goes the same way back.
 */
struct pv_entry {
	vm_offset_t pv_va;
	TAILQ_ENTRY(pv_entry) pv_list;
};
typedef struct pv_entry *pv_entry_t;

/*
 * A page of simulated memory full of pv entries, all of one pmap.
 * get_pv_entry() makes it when the first chunk is full, and puts it first.
 * From then on a free moves it to the front of pm_pvchunk, its last entry's
 * taking to the end; the page goes back with the last entry in use.
 */
struct pv_chunk {
	pmap_t pc_pmap;
	TAILQ_ENTRY(pv_chunk) pc_list;
	uint64_t pc_map[_NPCM];	      /* bit set: entry free */
	TAILQ_ENTRY(pv_chunk) pc_lru; /* of all pmaps, since 2012 */
	struct pv_entry pc_pventry[_NPCPV];
};
_Static_assert(sizeof(struct pv_chunk) <= 4096, "a chunk is one page");
_Static_assert(sizeof(void *) != 8 || sizeof(struct pv_chunk) == 4096,
    "and where pointers are as wide as FreeBSD's, it fills the page");

/*
 * Counts that the kernel of the time itself gets wrong.  The place where it
 * does says so, and the auditor believes the count no longer.
 */
#define AUDIT_WAIVE_KERNEL_RESIDENT 0x1 /* kernel_pmap's resident_count */
#define AUDIT_WAIVE_WIRED 0x2		/* every wired_count */
#define AUDIT_WAIVE_PV 0x4		/* one pv entry a mapping */

/*
 * All that is the pmap's but not one address space's.  Made by
 * pmap_bootstrap(); lives as long as the machine.
 */
struct pmap_state {
	struct pmap kernel_pmap_store;
	struct zone zone;	 /* of the other pmaps */
	TAILQ_HEAD(, pmap) list; /* by creation */
	TAILQ_HEAD(, pmap) kept; /* of vmspaces that ended, the newest first */
	uint64_t next_id;
	struct md_page *pv_table; /* [frame]; only md.pv_list */
	uint64_t pv_table_frames;
	struct pv_chunk_list pv_chunks; /* the oldest first; since 2012 */

	vm_paddr_t KPTphys, KPML4phys, KPDPphys, KPDphys, DMPDPphys, DMPDphys;
	unsigned ndmpdp;	  /* page directories of the direct map */
	vm_paddr_t dmaplimit;	  /* bytes that it covers */
	vm_paddr_t boot_end;	  /* first byte above the boot tables */
	pd_entry_t copy_takes[2]; /* from a superpage, unmanaged and managed */
	unsigned copy_counts;	  /* 1: copies count among pde_mappings */
	pt_entry_t pg_kernel; /* PTEs without accounting: all but the frame */
	vm_offset_t virtual_avail, virtual_end;
	vm_offset_t kernel_vm_end;
	vm_offset_t crashdumpmap; /* pmap_kenter_temporary()'s window */

	int pg_ps_enabled; /* vm.pmap.pg_ps_enabled */
	int pv_entry_count, pv_entry_max, pv_entry_high_water, shpgperproc;
	int pc_chunk_count, pc_chunk_allocs, pc_chunk_frees, pc_chunk_tryfail;
	long pv_entry_frees, pv_entry_allocs;
	int pv_entry_spare;
	int pmap_collect_inactive, pmap_collect_active;
	uint64_t pmap_pde_demotions, pmap_pde_mappings, pmap_pde_p_failures,
	    pmap_pde_promotions, pmap_pdpe_demotions;
	int pinit_colour; /* no effect on which page is taken */

	/* The simulator's own. */
	/* Stores, exchanges and compare-and-swaps to level-1 and level-2
	 * entries, in two counts: "filled" an entry that was not valid, which
	 * no TLB knows, and "changed" whatever was there. */
	struct table_stores pte_stores;
	uint64_t invalidations;	  /* calls of pmap_invalidate_*() */
	uint64_t kernel_invltlbs; /* of these, of all of the kernel's */
	uint64_t superpages;	  /* 2 MB mappings now, all pmaps */
	uint64_t enters_ignored;  /* by idempotent-enter */
	unsigned audit_waived;	  /* AUDIT_WAIVE_*, once set for ever */
	vm_page_t dmap_ptp;	  /* set aside by dmap-ptp-reserve; else NULL */
	uint64_t promote_failed[PMAPSIM_PROMOTE_REASONS];
	struct pmapsim_promote_failure last_failure; /* va: any of the region */
};

#define kernel_pmap (&mach->pmap->kernel_pmap_store)
#define CHECK_PMAP(arg) CHECK_PMAP_AS(__func__, arg)
#define CHECK_PMAP_AS(func, arg)      \
	CHECK_OURS(func, arg, "pmap", \
	    (arg) == kernel_pmap || zone_holds(&mach->pmap->zone, (arg)))

/* The user half: its tables count their entries and go with the last. */
#define pmap_is_user_va(va) ((va) < VM_MAXUSER_ADDRESS)

#endif /* AMD64_PMAP_TYPES_H */
