/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the amd64 pmap share: its structures, the walk to an
 * entry, the stores to entries, and the verbs that cross file borders, by the
 * file that defines them.
 */
#ifndef AMD64_PMAP_VAR_H
#define AMD64_PMAP_VAR_H

#include "amd64/pmap_kernels.h"
#include "base/ktr.h"
#include "base/queue.h"
#include "hw/cpu.h"
#include "hw/physmem.h"
#include "vm/pmap.h"
#include "vm/vm_page.h"
#include "vm/vm_reserv.h"

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
	TAILQ_HEAD(, pv_chunk) pm_pvchunk;
	uint32_t pm_active; /* CPUs it is loaded on; all ones: kernel */
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
	uint64_t pc_map[_NPCM]; /* bit set: entry free */
	uint64_t pc_spare[2];
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
	uint64_t next_id;
	struct md_page *pv_table; /* [frame]; only md.pv_list */
	uint64_t pv_table_frames;

	vm_paddr_t KPTphys, KPML4phys, KPDPphys, KPDphys, DMPDPphys, DMPDphys;
	unsigned ndmpdp;      /* page directories of the direct map */
	vm_paddr_t dmaplimit; /* bytes that it covers */
	vm_paddr_t boot_end;  /* first byte above the boot tables */
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
	uint64_t superpages;	 /* 2 MB mappings now, all pmaps */
	uint64_t enters_ignored; /* by idempotent-enter */
	unsigned audit_waived;	 /* AUDIT_WAIVE_*, once set for ever */
	vm_page_t dmap_ptp;	 /* set aside by dmap-ptp-reserve; else NULL */
	uint64_t promote_failed[PMAPSIM_PROMOTE_REASONS];
	struct pmapsim_promote_failure last_failure; /* va: any of the region */
};

#define kernel_pmap (&mach->pmap->kernel_pmap_store)
#define CHECK_PMAP(arg) CHECK_PMAP_AS(__func__, arg)
#define CHECK_PMAP_AS(func, arg)      \
	CHECK_OURS(func, arg, "pmap", \
	    (arg) == kernel_pmap || zone_holds(&mach->pmap->zone, (arg)))

#include "amd64/pmap_store.h"

/* ---- entries: the walk --------------------------------------------------
 *
 *  63           48 47     39 38     30 29     21 20     12 11          0
 * +---------------+---------+---------+---------+---------+-------------+
 * | sign of bit 47| PML4    | PDP     | PD      | PT      | page offset |
 * +---------------+---------+---------+---------+---------+-------------+
 */
static inline unsigned
pmap_pte_index(vm_offset_t va)
{
	return ((va >> PAGE_SHIFT) & (NPTEPG - 1));
}

static inline unsigned
pmap_pde_index(vm_offset_t va)
{
	return ((va >> PDRSHIFT) & (NPDEPG - 1));
}

static inline unsigned
pmap_pdpe_index(vm_offset_t va)
{
	return ((va >> PDPSHIFT) & (NPDPEPG - 1));
}

static inline unsigned
pmap_pml4e_index(vm_offset_t va)
{
	return ((va >> PML4SHIFT) & (NPML4EPG - 1));
}

static inline vm_pindex_t
pmap_pde_pindex(vm_offset_t va)
{
	return (va >> PDRSHIFT);
}

/*
 * Before pmap_pinit() and after pmap_release() a pmap has this empty PML4, so
 * that whoever walks it finds nothing, without a test on the way.
 */
extern const pml4_entry_t pmap_absent_pml4[NPML4EPG];

static inline bool
pmap_has_tables(const struct pmap *pmap)
{
	return (pmap->pm_pml4 != pmap_absent_pml4);
}

/* Stops the machine: "who" was called for a pmap that has no tables. */
_Noreturn void pmap_absent(struct machine *mach, const struct pmap *pmap,
    const char *who);

static inline pml4_entry_t *
pmap_pml4e(pmap_t pmap, vm_offset_t va)
{
	return (&pmap->pm_pml4[pmap_pml4e_index(va)]);
}

/* NULL when no PDP page is there. */
static inline pdp_entry_t *
pmap_pdpe(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	pml4_entry_t *pml4e;

	pml4e = pmap_pml4e(pmap, va);
	if ((*pml4e & PG_V) == 0)
		return (NULL);
	return (&physmem_table(mach, *pml4e)[pmap_pdpe_index(va)]);
}

static inline pd_entry_t *
pmap_pdpe_to_pde(struct machine *mach, pdp_entry_t *pdpe, vm_offset_t va)
{
	return (&physmem_table(mach, *pdpe)[pmap_pde_index(va)]);
}

/* NULL when no page directory is there. */
static inline pd_entry_t *
pmap_pde(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	pdp_entry_t *pdpe;

	pdpe = pmap_pdpe(mach, pmap, va);
	if (pdpe == NULL || (*pdpe & PG_V) == 0)
		return (NULL);
	return (pmap_pdpe_to_pde(mach, pdpe, va));
}

static inline pt_entry_t *
pmap_pde_to_pte(struct machine *mach, pd_entry_t *pde, vm_offset_t va)
{
	return (&physmem_table(mach, *pde)[pmap_pte_index(va)]);
}

/* NULL when no page table is there; the PDE itself when it is a 2 MB page. */
static inline pt_entry_t *
pmap_pte(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	pd_entry_t *pde;

	pde = pmap_pde(mach, pmap, va);
	if (pde == NULL || (*pde & PG_V) == 0)
		return (NULL);
	if ((*pde & PG_PS) != 0)
		return ((pt_entry_t *)pde);
	return (pmap_pde_to_pte(mach, pde, va));
}

/*
 * The step of a walk over [va, end): the PDE of "va", or NULL when there is
 * none; "*next" is where the walk goes on, "end" where addresses wrap.
 */
static inline pd_entry_t *
pmap_walk_pde(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_offset_t end, vm_offset_t *next)
{
	pdp_entry_t *pdpe;
	vm_offset_t mask;

	mask = PDRMASK;
	pdpe = pmap_pdpe(mach, pmap, va);
	if (pdpe == NULL)
		mask = PML4MASK;
	else if ((*pdpe & PG_V) == 0) {
		mask = PDPMASK;
		pdpe = NULL;
	}
	*next = (va | mask) + 1;
	if (*next < va)
		*next = end;
	return (pdpe == NULL ? NULL : pmap_pdpe_to_pde(mach, pdpe, va));
}

/* Where the recursive mapping of slot 256 shows the entries of "va". */
static inline vm_offset_t
vtopte(vm_offset_t va)
{
	return (UPT_MIN_ADDRESS +
	    (((va >> PAGE_SHIFT) & ((UINT64_C(1) << 36) - 1)) << 3));
}

static inline vm_offset_t
vtopde(vm_offset_t va)
{
	return (UINT64_C(0xffff804000000000) +
	    (((va >> PDRSHIFT) & ((UINT64_C(1) << 27) - 1)) << 3));
}

/* The list head of 2 MB mappings of the frame that "pa" lies in. */
static inline struct md_page *
pa_to_pvh(struct machine *mach, vm_paddr_t pa)
{
	return (&mach->pmap->pv_table[pa >> PDRSHIFT]);
}

/* Whether mappings of "m" have pv entries. */
static inline bool
pmap_page_is_managed(const struct vm_page *m)
{
	return ((m->flags_c & (PG_FICTITIOUS | PG_UNMANAGED)) == 0);
}

/*
 * Forgets that "m" may be written when nothing maps it any more.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pages(), a part of it: same.
 */
static inline void
pmap_page_lost_mapping(struct machine *mach, vm_page_t m)
{

	if (TAILQ_EMPTY(&m->md.pv_list) &&
	    TAILQ_EMPTY(&pa_to_pvh(mach, VM_PAGE_TO_PHYS(m))->pv_list))
		vm_page_flag_clear(m, PG_WRITEABLE);
}

static inline struct pv_chunk *
pv_to_chunk(pv_entry_t pv)
{
	return ((struct pv_chunk *)((uintptr_t)pv & ~(uintptr_t)PAGE_MASK));
}

/* PV_PMAP */
static inline pmap_t
pv_pmap(pv_entry_t pv)
{
	return (pv_to_chunk(pv)->pc_pmap);
}

/* The user half: its tables count their entries and go with the last. */
#define pmap_is_user_va(va) ((va) < VM_MAXUSER_ADDRESS)

/* pmap_bootstrap.c */
bool pmap_config_fits(const struct pmapsim_config *config, char *err,
    size_t errsize); /* boot tables below first, ... */
void pmap_bootstrap(struct machine *mach);
void pmap_init(struct machine *mach);
uint64_t pmap_cache_bits(struct machine *mach, int mode, boolean_t is_pde);

/* vm_page_dirty(), of which only assertions are long, where it is in a loop. */
static inline void
pmap_page_dirty(struct machine *mach, vm_page_t m)
{
	if (__builtin_expect(mach->invariants, 0))
		vm_page_dirty(mach, m);
	else
		m->dirty = VM_PAGE_BITS_ALL;
}

/* pmap_cache_bits() of "m"'s attribute; the default one has none set. */
static inline uint64_t
pmap_page_cache_bits(struct machine *mach, const struct vm_page *m,
    boolean_t is_pde)
{
	if (m->pat_mode_c == 0)
		return (0);
	return (pmap_cache_bits(mach, m->pat_mode_c ^ VM_MEMATTR_DEFAULT,
	    is_pde));
}

/* pmap_ptp.c: page-table pages */
vm_page_t pmap_allocpde(struct machine *mach, pmap_t pmap, vm_offset_t va,
    int flags);
vm_page_t pmap_allocpte(struct machine *mach, pmap_t pmap, vm_offset_t va,
    int flags);
vm_page_t _pmap_allocpte(struct machine *mach, pmap_t pmap,
    vm_pindex_t ptepindex, int flags);
int pmap_unwire_pte_hold(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t m, vm_page_t *free);
int pmap_unuse_pt(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pd_entry_t ptepde, vm_page_t *free);
void pmap_add_delayed_free_list(vm_page_t m, vm_page_t *free,
    boolean_t set_PG_ZERO);
void pmap_free_zero_pages(struct machine *mach, vm_page_t free);
void pmap_insert_pt_page(struct machine *mach, pmap_t pmap, vm_page_t mpte);
vm_page_t pmap_lookup_pt_page(struct machine *mach, pmap_t pmap,
    vm_offset_t va);
void pmap_remove_pt_page(struct machine *mach, pmap_t pmap, vm_page_t mpte);

/* pmap_pv.c: pv entries */
pv_entry_t get_pv_entry(struct machine *mach, pmap_t pmap, int try);
void free_pv_entry(struct machine *mach, pmap_t pmap, pv_entry_t pv);
void free_pv_chunk(struct machine *mach, pmap_t pmap, struct pv_chunk *pc);
void reserve_pv_entries(struct machine *mach, pmap_t pmap, int needed);
pv_entry_t pmap_pvh_remove(struct machine *mach, struct md_page *pvh,
    pmap_t pmap, vm_offset_t va);
void pmap_pvh_free(struct machine *mach, struct md_page *pvh, pmap_t pmap,
    vm_offset_t va);
void pmap_remove_entry(struct machine *mach, pmap_t pmap, vm_page_t m,
    vm_offset_t va);
void pmap_insert_entry(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t m);
boolean_t pmap_try_insert_pv_entry(struct machine *mach, pmap_t pmap,
    vm_offset_t va, vm_page_t m);
boolean_t pmap_pv_insert_pde(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_paddr_t pa);
void pmap_pv_promote_pde(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_paddr_t pa);
void pmap_pv_demote_pde(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_paddr_t pa);
void pmap_collect(struct machine *mach, pmap_t locked_pmap, int queue);

/*
 * Entries of "pmap"'s first chunk "pc" have been taken: if it is full now it
 * goes behind all others.
 *
 * FreeBSD amd64/pmap.c get_pv_entry(): its end on the common path.
 */
static inline void
pmap_pv_chunk_taken(pmap_t pmap, struct pv_chunk *pc)
{

	if ((pc->pc_map[0] | pc->pc_map[1] | pc->pc_map[2]) == 0 &&
	    TAILQ_NEXT(pc, pc_list) != NULL) {
		TAILQ_REMOVE(&pmap->pm_pvchunk, pc, pc_list);
		TAILQ_INSERT_TAIL(&pmap->pm_pvchunk, pc, pc_list);
	}
}

/*
 * Takes the lowest free entry of "pmap"'s first chunk; NULL when there is
 * none.  Only the first chunk is asked: one behind it may be full or not.
 *
 * FreeBSD amd64/pmap.c get_pv_entry(): its common path.
 */
static inline pv_entry_t
pmap_pv_take(struct machine *mach, pmap_t pmap)
{
	struct pv_chunk *pc;
	unsigned bit, field;

	pc = TAILQ_FIRST(&pmap->pm_pvchunk);
	if (pc == NULL)
		return (NULL);
	for (field = 0; field < _NPCM; field++)
		if (pc->pc_map[field] != 0)
			break;
	if (field == _NPCM)
		return (NULL);
	bit = (unsigned)__builtin_ctzll(pc->pc_map[field]);
	pc->pc_map[field] &= pc->pc_map[field] - 1;
	pmap_pv_chunk_taken(pmap, pc);
	mach->pmap->pv_entry_spare--;
	return (&pc->pc_pventry[field * 64 + bit]);
}

/*
 * get_pv_entry() where the first chunk has an entry; else NULL, and nothing
 * has happened.
 */
static inline pv_entry_t
pmap_pv_get_quick(struct machine *mach, pmap_t pmap)
{
	pv_entry_t pv;

	pv = pmap_pv_take(mach, pmap);
	if (__builtin_expect(pv != NULL, 1)) {
		mach->pmap->pv_entry_allocs++;
		mach->pmap->pv_entry_count++;
	}
	return (pv);
}

/* pmap_promote.c */
void pmap_promote_pde(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va);
void pmap_try_promote(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pt_entry_t *pte, vm_page_t m);

/* pmap_demote.c */
boolean_t pmap_demote_pde(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va);

/* One more 2 MB mapping exists in "pmap": called where a PDE gets PG_PS. */
static inline void
pmap_superpage_gained(struct machine *mach, pmap_t pmap)
{

	mach->pmap->superpages++;
	pmap->pm_superpages++;
}

/* One less: called where a valid PDE loses PG_PS. */
static inline void
pmap_superpage_lost(struct machine *mach, pmap_t pmap)
{

	mach->pmap->superpages--;
	pmap->pm_superpages--;
}

/*
 * Invalidates the 2 MB mapping that was at "va".  One address is enough for
 * the superpage itself; but 4 KB translations from before the promotion may
 * still be cached, which later kernels remember.
 */
static inline void
pmap_invalidate_superpage(struct machine *mach, pmap_t pmap, vm_offset_t va)
{

	if (superpage_flush_is_whole(mach))
		pmap_invalidate_range(mach, pmap, va, va + NBPDR);
	else
		pmap_invalidate_page(mach, pmap, va);
}

/* pmap_remove.c */
int pmap_remove_pde(struct machine *mach, pmap_t pmap, pd_entry_t *pdq,
    vm_offset_t sva, vm_page_t *free);
int pmap_remove_pte(struct machine *mach, pmap_t pmap, pt_entry_t *ptq,
    vm_offset_t va, pd_entry_t ptepde, vm_page_t *free);
void pmap_remove_page(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pd_entry_t *pde, vm_page_t *free);

/* pmap_enter_quick.c */
vm_page_t pmap_enter_quick_locked(struct machine *mach, pmap_t pmap,
    vm_offset_t va, vm_page_t m, vm_prot_t prot, vm_page_t mpte);
boolean_t pmap_enter_pde(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t m, vm_prot_t prot);

/* pmap_tlb.c: see also pmap_invalidate_*() of pmap(9) */
void pmap_invalidate_counted(struct machine *mach, uint64_t pages);
void pmap_update_pde(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pd_entry_t *pde, pd_entry_t newpde);

/*
 * Stores "newpde", by which what "pde" mapped at "va" is mapped by pages of
 * the other size.
 */
static inline void
pmap_change_size(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pd_entry_t *pde, pd_entry_t newpde)
{

	if (size_change_needs_rendezvous(mach))
		pmap_update_pde(mach, pmap, va, pde, newpde);
	else
		pte_store(mach, pde, newpde);
}

#endif /* AMD64_PMAP_VAR_H */
