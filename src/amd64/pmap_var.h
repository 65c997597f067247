/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the amd64 pmap share: the verbs that cross file borders,
 * by the file that defines them.  Its structures are in pmap_types.h, the walk
 * in pmap_walk.h, stores in pmap_store.h, pv entries in pmap_pv.h, and the
 * questions to the kernel in pmap_kernels.h.  Who only reads includes
 * pmap_walk.h and not this.
 */
#ifndef AMD64_PMAP_VAR_H
#define AMD64_PMAP_VAR_H

#include "amd64/pmap_kernels.h"
#include "amd64/pmap_pv.h"
#include "amd64/pmap_store.h"
#include "amd64/pmap_walk.h"
#include "hw/cpu.h"
#include "vm/vm_reserv.h"

/* pmap_bootstrap.c */
bool pmap_config_fits(const struct pmapsim_config *config, char *err,
    size_t errsize); /* boot tables below first, ... */
void pmap_bootstrap(struct machine *mach);
void pmap_init(struct machine *mach);
uint64_t pmap_cache_bits(struct machine *mach, int mode, boolean_t is_pde);

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

/* pmap_promote.c */
void pmap_promote_pde(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va);
void pmap_try_promote(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pt_entry_t *pte, vm_page_t m);

/* pmap_demote.c */
boolean_t pmap_demote_pde(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va);
bool pmap_superpage_of_boot(struct machine *mach, vm_offset_t va);
/* Fills page table "pte" with "newpte" and its 511 continuations. */
void pmap_fill_ptp(struct machine *mach, pt_entry_t *pte, pt_entry_t newpte);

/* pmap_copy.c */
void pmap_copy_startup(struct machine *mach);

/* pmap_remove.c */
/* Gives what "oldpde" says of use to its pages, whose mapping is gone. */
void pmap_remove_pde_pages(struct machine *mach, pmap_t pmap, pd_entry_t oldpde,
    vm_offset_t sva);
void pmap_free_kept_pt_page(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t *free, const char *who);
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

/* ---- small verbs, inline ------------------------------------------------ */

/* vm_page_dirty(), of which only assertions are long, where it is in a loop. */
static inline void
pmap_page_dirty(struct machine *mach, vm_page_t m)
{
	vm_page_dirty_found(mach, m);
}

/* pmap_page_dirty() of the 512 pages from "m" on. */
static inline void
pmap_superpage_dirty(struct machine *mach, vm_page_t m)
{
	const vm_page_t end = m + NPTEPG;

	if (__builtin_expect(!mach->invariants, 1))
		page_use_dirty(vm_page_use(mach, m));
	else
		for (; m < end; m++)
			vm_page_dirty(mach, m);
}

/*
 * Forgets that "m", with "md", may be written when nothing maps it any more.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pages(), a part of it: same.
 */
static inline void
pmap_page_lost_mapping(struct machine *mach, vm_page_t m,
    const struct md_page *md)
{

	if (TAILQ_EMPTY(&md->pv_list) &&
	    TAILQ_EMPTY(&page_to_pvh(mach, m)->pv_list))
		vm_page_aflag_clear(mach, m, PG_WRITEABLE);
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

#endif /* AMD64_PMAP_VAR_H */
