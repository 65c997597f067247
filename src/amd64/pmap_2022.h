/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a pmap of 2022 and later has in place of 2010's, or besides: the
 * functions that files of both share.  Each of them stands beside the one that
 * pmap_var.h declares under the kernel's plain name, which chooses.
 */
#ifndef AMD64_PMAP_2022_H
#define AMD64_PMAP_2022_H

#include "amd64/pmap_kernels.h"
#include "amd64/pmap_var.h"
#include "vm/vm_kernels.h"

/*
 * The states of a page-table page that is kept under a superpage, in the
 * page's "valid".  A demotion fills what is not full.
 */
#define PTP_EMPTY 0   /* all zero */
#define PTP_PARTIAL 1 /* filled, but some PTE lacks A; or not at all */
#define PTP_FULL VM_PAGE_BITS_ALL /* 512 PTEs with equal attributes and A */

/* pmap_promote_2022.c */
void pmap_promote_pde_2022(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va);
/* Calls pmap_promote_pde_2022() if "m", now at "va", makes its table full. */
void pmap_try_promote_2022(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pd_entry_t *pde, vm_page_t m);

/* pmap_demote_2022.c */
boolean_t pmap_demote_pde_2022(struct machine *mach, pmap_t pmap,
    pd_entry_t *pde, vm_offset_t va);
int pmap_remove_pde_2022(struct machine *mach, pmap_t pmap, pd_entry_t *pdq,
    vm_offset_t sva, bool demote_kpde, vm_page_t *free);

/* Zeroes a kept page table, if need be: its state is empty then. */
void pmap_empty_kept_ptp(struct machine *mach, vm_page_t mpte);

/* pmap_enter_pde_2022.c: what "flags" may say besides PMAP_ENTER_NOSLEEP */
#define PMAP_ENTER_NOREPLACE 0x1000 /* leave what is mapped there */
#define PMAP_ENTER_NORECLAIM 0x2000 /* take no pv entry from others */
int pmap_enter_pde_2022(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pd_entry_t newpde, int flags, vm_page_t m);
void pmap_enter_object_2022(struct machine *mach, pmap_t pmap,
    vm_offset_t start, vm_offset_t end, vm_page_t m_start, vm_prot_t prot);
vm_page_t pmap_enter_quick_2022(struct machine *mach, pmap_t pmap,
    vm_offset_t va, vm_page_t m, vm_prot_t prot, vm_page_t mpte);
/* pmap_enter_quick.c */
pt_entry_t *pmap_quick_kernel_pte(struct machine *mach, pmap_t pmap,
    vm_offset_t va);
/* Lets go of the reference to table page "m" that no mapping came to use. */
void pmap_abort_ptp(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t m);

/* pmap_pv_reclaim.c */
pv_entry_t pmap_pv_get_2022(struct machine *mach, pmap_t pmap, bool reclaim);
void pmap_pv_chunk_forget(struct machine *mach, struct pv_chunk *pc);
void pmap_pv_reserve_2022(struct machine *mach, pmap_t pmap, int needed);

/* pmap_advise.c */
int pmap_ts_referenced_2022(struct machine *mach, vm_page_t m);

/*
 * Invalidates the 2 MB mapping "oldpde" that was at "va": all of its pages if
 * 4 KB translations from before its promotion may still be cached.  A kernel
 * that does not mark promotions cannot tell, and does what kernels did before
 * there was the mark: one address, or with flush-whole-superpage all of them.
 *
 * FreeBSD amd64/pmap.c pmap_invalidate_pde_page(): same.
 */
static inline void
pmap_invalidate_pde_page(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pd_entry_t oldpde)
{

	if ((oldpde & PG_PROMOTED) != 0)
		pmap_invalidate_range(mach, pmap, va, va + NBPDR);
	else if (promotion_is_marked(mach))
		pmap_invalidate_page(mach, pmap, va);
	else
		pmap_invalidate_superpage(mach, pmap, va);
}

/*
 * Returns the bits, in the layout of a PDE or PTE, that a speculative mapping
 * of "m" has besides its frame, V and U.
 *
 * Simulator only: part of two functions in FreeBSD.
 */
static inline pt_entry_t
pmap_quick_attributes(struct machine *mach, vm_page_t m, vm_prot_t prot,
    boolean_t is_pde)
{
	pt_entry_t bits;

	bits = pmap_page_cache_bits(mach, m, is_pde);
	if ((prot & VM_PROT_EXECUTE) == 0)
		bits |= PG_NX;
	if (pmap_page_is_managed(m))
		bits |= PG_MANAGED;
	return (bits);
}

/*
 * What follows when the table of the demoted superpage "oldpde" at "va" stands
 * below its PDE.
 *
 * FreeBSD amd64/pmap.c pmap_demote_pde(): same, its end.
 */
static inline void
pmap_demoted(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pd_entry_t oldpde)
{

	/* The recursive mapping showed the superpage's first page there. */
	if (!pmap_is_user_va(va))
		pmap_invalidate_page(mach, pmap, vtopte(va));
	if ((oldpde & PG_MANAGED) != 0)
		pmap_pv_demote_pde(mach, pmap, va, oldpde & PG_PS_FRAME);
	mach->pmap->pmap_pde_demotions++;
	CTR2(mach, KTR_DEMOTE, va, pmap->pm_name);
}

#endif /* AMD64_PMAP_2022_H */
