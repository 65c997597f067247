/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Demotion and removal of superpages, 2022 and later.  The page table that is
 * kept under a superpage says itself whether its PTEs can be used as they are;
 * what is removed from the kernel leaves an empty table; and what was never
 * accessed is removed rather than demoted.
 *
 *	pmap_demote_pde_2022()		   2 MB -> 512 of 4 KB
 *	   demote_ptp_2022()		   the page table for them, or none:
 *	   pmap_demote_pde_abort()	   2 MB -> nothing
 *	      pmap_remove_pde_2022()
 *		 remove_kernel_pde_2022()  the kernel keeps its page table
 */
#include <string.h>

#include "amd64/pmap_2022.h"

/*
 * Gives up the demotion of "oldpde" at "va": the superpage and all of its 512
 * mappings are removed, and every CPU forgets them.
 *
 * FreeBSD amd64/pmap.c pmap_demote_pde_abort(): same.
 */
static void
pmap_demote_pde_abort(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pd_entry_t *pde, pd_entry_t oldpde)
{
	const vm_offset_t sva = trunc_2mpage(va);
	vm_page_t free;

	free = NULL;
	pmap_remove_pde_2022(mach, pmap, pde, sva, true, &free);
	if ((oldpde & PG_G) == 0)
		pmap_invalidate_pde_page(mach, pmap, sva, oldpde);
	pmap_free_zero_pages(mach, free);
	CTR2(mach, KTR_DEMOTE_FAILURE, va, pmap->pm_name);
}

/* Takes the page table kept for "va" out of "pmap"; NULL: there is none. */
static vm_page_t
demote_take_kept(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	vm_page_t mpte;

	mpte = pmap_lookup_pt_page(mach, pmap, va);
	if (mpte != NULL)
		pmap_remove_pt_page(mach, pmap, mpte);
	return (mpte);
}

/*
 * Returns a new page table for the demotion of "oldpde" at "va", which keeps
 * none; NULL when there is no memory.
 *
 * FreeBSD amd64/pmap.c pmap_demote_pde(): adapted, how it gets a page table.
 */
static vm_page_t
demote_new_ptp(struct machine *mach, pmap_t pmap, pd_entry_t oldpde,
    vm_offset_t va)
{
	const bool direct = pmap_is_direct_va(mach, va);
	vm_page_t mpte;

	KASSERT((oldpde & PG_W_ANY) == 0,
	    ("pmap_demote_pde: page table page for a wired mapping is "
	     "missing"));
	KASSERT(pmap_is_user_va(va) || direct,
	    ("pmap_demote_pde: No saved mpte for va %#llx",
		(unsigned long long)va));
	mpte = vm_page_alloc(mach, NULL, pmap_pde_pindex(va),
	    (direct ? VM_ALLOC_INTERRUPT : VM_ALLOC_NORMAL) | VM_ALLOC_NOOBJ |
		VM_ALLOC_WIRED);
	if (mpte == NULL)
		return (NULL);
	if (pmap_is_user_va(va)) {
		mpte->wire_count = NPTEPG;
		pmap->pm_stats.resident_count++;
	}
	mpte->valid = PTP_EMPTY;
	return (mpte);
}

/*
 * Returns the page table for the demotion of "oldpde" at "va", its state in
 * "valid"; NULL when the superpage is to be removed instead: it was never
 * accessed, or there is no memory.  The switch that spares what was never
 * accessed fills its table anew, whose PTEs may have A.
 *
 * A wired superpage must not be lost.  Without A, which pmap_advise() may have
 * cleared, the table that is kept for it may be anything, so it counts as
 * empty; from 2023 to 2025 such a superpage was removed like any other.
 *
 * FreeBSD amd64/pmap.c pmap_demote_pde(): adapted, its first part, 2022 and
 * 2026.
 */
static vm_page_t
demote_ptp_2022(struct machine *mach, pmap_t pmap, pd_entry_t oldpde,
    vm_offset_t va)
{
	vm_page_t mpte;

	if ((oldpde & PG_A) != 0) {
		mpte = demote_take_kept(mach, pmap, va);
		return (mpte != NULL ? mpte :
				       demote_new_ptp(mach, pmap, oldpde, va));
	}
	if ((oldpde & PG_W_ANY) == 0) {
		if (!demotion_spares_untouched(mach))
			return (NULL);
		mpte = demote_take_kept(mach, pmap, va);
		if (mpte == NULL)
			return (demote_new_ptp(mach, pmap, oldpde, va));
		mpte->valid = PTP_EMPTY;
		return (mpte);
	}
	KASSERT(promotion_ignores_accessed(mach),
	    ("pmap_demote_pde: page table page for a wired mapping is "
	     "missing"));
	KASSERT(demotion_keeps_wired(mach),
	    ("pmap_demote_pde: a wired mapping is missing PG_A"));
	if (!demotion_keeps_wired(mach))
		return (NULL);
	mpte = demote_take_kept(mach, pmap, va);
	if (mpte == NULL)
		stop("pmap_demote_pde: page fault trap: no page-table page is "
		     "kept for the wired superpage at va %#llx",
		    (unsigned long long)va);
	mpte->valid = PTP_EMPTY;
	return (mpte);
}

/*
 * Makes the page table "mpte" say what "oldpde" says: its PTEs are as they
 * were when it was kept, if they can be used at all.
 *
 * A PTE that is filled from a promoted superpage has PG_PROMOTED too.  The
 * hardware does not mind; but pmap_enter() of the page that it maps takes it
 * for changed.
 *
 * FreeBSD amd64/pmap.c pmap_demote_pde(): adapted, how it fills a page table.
 */
static void
demote_fill(struct machine *mach, vm_page_t mpte, pd_entry_t oldpde)
{
	const pt_entry_t compared = (PG_PTE_PROMOTE & ~(PG_W | PG_A)) |
	    pmap_pg_w(mach) | (promotion_ignores_accessed(mach) ? 0 : PG_A);
	pt_entry_t *firstpte, newpte;

	newpte = oldpde & ~PG_PS;
	if (demotion_fills_unmarked(mach))
		newpte &= ~PG_PROMOTED;
	if ((newpte & PG_PDE_PAT) != 0)
		newpte ^= PG_PDE_PAT | PG_PTE_PAT;
	firstpte = physmem_table(mach, VM_PAGE_TO_PHYS(mpte));
	if (mpte->valid != PTP_FULL)
		pmap_fill_ptp(mach, firstpte, newpte);
	KASSERT((*firstpte & PG_FRAME) == (newpte & PG_FRAME),
	    ("pmap_demote_pde: firstpte and newpte map different physical "
	     "addresses"));
	if (((*firstpte ^ newpte) & compared) != 0)
		pmap_fill_ptp(mach, firstpte, newpte);
	mpte->valid = 0;
}

/*
 * Replaces the 2 MB mapping at "*pde" by 512 of 4 KB with its attributes.
 * Returns FALSE when it is removed instead, and with it, perhaps, the page
 * directory that "pde" lies in.  The TLB keeps what it has of the superpage;
 * whoever changes a PTE flushes.
 *
 * FreeBSD amd64/pmap.c pmap_demote_pde(), 2022 and 2026: adapted, in the steps
 * above.
 */
boolean_t
pmap_demote_pde_2022(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va)
{
	pd_entry_t newpde, oldpde;
	vm_page_t mpte;
	FRAME_AS("pmap_demote_pde");

	oldpde = *pde;
	KASSERT((oldpde & (PG_PS | PG_V)) == (PG_PS | PG_V),
	    ("pmap_demote_pde: oldpde is missing PG_PS and/or PG_V"));
	mpte = demote_ptp_2022(mach, pmap, oldpde, va);
	if (mpte == NULL) {
		pmap_demote_pde_abort(mach, pmap, va, pde, oldpde);
		return (FALSE);
	}
	KASSERT((oldpde & (PG_M | PG_RW)) != PG_RW,
	    ("pmap_demote_pde: oldpde is missing PG_M"));
	demote_fill(mach, mpte, oldpde);

	/*
	 * While PDE and pv lists agree: what reclaims mappings for want of
	 * entries then finds the superpage on its frame's list.
	 */
	if ((oldpde & PG_MANAGED) != 0)
		reserve_pv_entries(mach, pmap, NPTEPG - 1);

	newpde = VM_PAGE_TO_PHYS(mpte) | PG_M | PG_A | PG_RW | PG_V |
	    (oldpde & PG_U);
	pmap_change_size(mach, pmap, va, pde, newpde);
	if (!pmap_superpage_of_boot(mach, va))
		pmap_superpage_lost(mach, pmap);
	pmap_demoted(mach, pmap, va, oldpde);
	return (TRUE);
}

/*
 * Puts the page table kept for the kernel superpage at "va" back below "pde",
 * which was cleared before, as an empty one.
 *
 * FreeBSD amd64/pmap.c pmap_remove_kernel_pde(): same.
 */
static void
remove_kernel_pde_2022(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va)
{
	pd_entry_t newpde;
	vm_page_t mpte;
	FRAME_AS("pmap_remove_kernel_pde");

	mpte = demote_take_kept(mach, pmap, va);
	if (mpte == NULL) {
		KASSERT(!enter_pde_keeps_page_table(mach),
		    ("pmap_remove_kernel_pde: missing pt page"));
		panic("pmap_remove_kernel_pde: Missing pt page.");
	}
	newpde = VM_PAGE_TO_PHYS(mpte) | PG_M | PG_A | PG_RW | PG_V;
	pmap_empty_kept_ptp(mach, mpte);
	pmap_change_size(mach, pmap, va, pde, newpde);
	pmap_invalidate_page(mach, pmap, vtopte(va));
}

/*
 * Zeroes the page table "mpte" that was kept, if its state is not empty, and
 * makes that its state.
 *
 * Simulator only: what two functions do alike.
 */
void
pmap_empty_kept_ptp(struct machine *mach, vm_page_t mpte)
{

	if (mpte->valid == PTP_EMPTY)
		return;
	memset(physmem_table(mach, VM_PAGE_TO_PHYS(mpte)), 0, PAGE_SIZE);
	mach->pmap->pte_stores.changed += NPTEPG;
	mpte->valid = PTP_EMPTY;
}

/*
 * Removes the 2 MB mapping "pdq" at "sva".  Returns nonzero when the page
 * directory became unused and was put on the list "free".  The page table kept
 * for a kernel superpage comes back, empty, with "demote_kpde"; else the
 * caller is about to store another superpage there.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pde(), 2022 and 2026: adapted, no locks.
 */
int
pmap_remove_pde_2022(struct machine *mach, pmap_t pmap, pd_entry_t *pdq,
    vm_offset_t sva, bool demote_kpde, vm_page_t *free)
{
	pd_entry_t oldpde;
	FRAME_AS("pmap_remove_pde");

	KASSERT((sva & PDRMASK) == 0,
	    ("pmap_remove_pde: sva is not 2mpage aligned"));
	oldpde = pte_load_clear(mach, pdq);
	pmap_superpage_lost(mach, pmap);
	if ((oldpde & PG_W_ANY) != 0)
		pmap->pm_stats.wired_count -= NPTEPG;
	if ((oldpde & PG_G) != 0)
		pmap_invalidate_pde_page(mach, kernel_pmap, sva, oldpde);
	pmap->pm_stats.resident_count -= NPTEPG;
	if ((oldpde & PG_MANAGED) != 0)
		pmap_remove_pde_pages(mach, pmap, oldpde, sva);
	if (pmap == kernel_pmap) {
		if (demote_kpde)
			remove_kernel_pde_2022(mach, pmap, pdq, sva);
		return (0);
	}
	pmap_free_kept_pt_page(mach, pmap, sva, free, "pmap_remove_pde");
	return (pmap_unuse_pt(mach, pmap, sva, *pmap_pdpe(mach, pmap, sva),
	    free));
}
