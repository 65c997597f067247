/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Demotion: one mapping of 2 MB becomes 512 of 4 KB.
 *
 *	before				after
 *	PDE = frame | PS		PDE -> page table
 *	page table kept in pm_root	       512 PTEs: the superpage's image
 *
 * The functions stand in the order of the story:
 *
 *	pmap_demote_pde()	replaces the mapping
 *	demote_ptp()		finds the page table: kept, new, or none
 *	pmap_fill_ptp()		makes its entries the superpage's image
 *	demote_fails()		removes what cannot be demoted
 *
 * pmap_promote.c tells how a superpage comes about.
 */
#include "amd64/pmap_2022.h"

static vm_page_t demote_ptp(struct machine *mach, pmap_t pmap,
    pd_entry_t oldpde, vm_offset_t va);
static void demote_fails(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va);

/*
 * Whether the boot made the 2 MB mapping at "va": the direct map and what
 * lies over the kernel.  The gauge of superpages counts those that the kernel
 * makes.
 *
 * Simulator only.
 */
bool
pmap_superpage_of_boot(struct machine *mach, vm_offset_t va)
{

	return (pmap_is_direct_va(mach, va) ||
	    (va >= KERNBASE && va - KERNBASE < mach->pmap->boot_end));
}

/*
 * Replaces the 2 MB mapping at "*pde" by 512 of 4 KB with its attributes.
 * Returns FALSE when there is no page table for them: the mapping is removed
 * then, and with it, perhaps, the page directory that "pde" lies in.
 *
 * The table is filled before the PDE refers to it.  The pv entries follow
 * after, because their allocation may take mappings away by way of the PDE.
 * The TLB keeps what it has of the superpage; a caller that changes a PTE
 * flushes.
 *
 * Where pmap_remove_pde() calls this for a kernel superpage, the PDE is
 * already cleared: the table is then filled with entries that are not valid
 * and not zero, which later kernel calls take for mappings.
 *
 * FreeBSD amd64/pmap.c pmap_demote_pde(): adapted, no locks, and other
 * kernels' ways behind predicates.
 */
boolean_t
pmap_demote_pde(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va)
{
	pd_entry_t newpde, oldpde;
	pt_entry_t *firstpte, newpte;
	vm_page_t mpte;
	bool fresh;
	FRAME();

	if (page_tables_have_states(mach))
		return (pmap_demote_pde_2022(mach, pmap, pde, va));
	oldpde = pte_load(mach, pde);
	KASSERT((oldpde & (PG_PS | PG_V)) == (PG_PS | PG_V),
	    ("pmap_demote_pde: oldpde is missing PG_PS and/or PG_V"));
	mpte = demote_ptp(mach, pmap, oldpde, va);
	if (mpte == NULL) {
		demote_fails(mach, pmap, pde, va);
		return (FALSE);
	}
	/* While PDE and pv lists agree. */
	if ((oldpde & PG_MANAGED) != 0 && demotion_reserves_pv_entries(mach))
		reserve_pv_entries(mach, pmap, NPTEPG - 1);

	newpde = VM_PAGE_TO_PHYS(mpte) | PG_M | PG_A | PG_RW | PG_V |
	    (oldpde & PG_U);
	KASSERT((oldpde & PG_A) != 0 || demotion_spares_untouched(mach),
	    ("pmap_demote_pde: oldpde is missing PG_A"));
	KASSERT((oldpde & (PG_M | PG_RW)) != PG_RW,
	    ("pmap_demote_pde: oldpde is missing PG_M"));
	newpte = oldpde & ~PG_PS;
	if ((newpte & PG_PDE_PAT) != 0)
		newpte ^= PG_PDE_PAT | PG_PTE_PAT;

	/*
	 * A new page has wire_count 1 and, being wired, is filled and full
	 * from now on.  A table of the kernel that pmap_growkernel() made
	 * looks just like it at its first demotion.
	 */
	firstpte = physmem_table(mach, newpde);
	fresh = mpte->wire_count == 1;
	if (fresh)
		mpte->wire_count = NPTEPG;
	if (page_table_tells_promotion(mach)) {
		fresh = mpte->valid == 0;
		mpte->valid = 0;
	}
	if (fresh)
		pmap_fill_ptp(mach, firstpte, newpte);
	KASSERT((*firstpte & PG_FRAME) == (newpte & PG_FRAME),
	    ("pmap_demote_pde: firstpte and newpte map different physical "
	     "addresses"));
	/* The image is stale when the superpage's attributes were changed. */
	if (((*firstpte ^ newpte) & PG_PTE_PROMOTE) != 0)
		pmap_fill_ptp(mach, firstpte, newpte);

	pmap_change_size(mach, pmap, va, pde, newpde);
	if ((oldpde & PG_PS) == 0)
		mach->pmap->audit_waived |= AUDIT_WAIVE_KERNEL_RESIDENT;
	else if (!pmap_superpage_of_boot(mach, va))
		pmap_superpage_lost(mach, pmap);
	pmap_demoted(mach, pmap, va, oldpde);
	return (TRUE);
}

/*
 * Returns the page-table page for the demotion of "oldpde" at "va": the one
 * kept in pm_root, else a new one.  NULL when there is no memory for that, or
 * when the superpage was never accessed: such a one is cheaper to lose than
 * to demote.
 *
 * FreeBSD amd64/pmap.c pmap_demote_pde(): adapted, its first part.
 */
static vm_page_t
demote_ptp(struct machine *mach, pmap_t pmap, pd_entry_t oldpde, vm_offset_t va)
{
	vm_page_t mpte;
	int class;

	mpte = pmap_lookup_pt_page(mach, pmap, va);
	if (mpte != NULL) {
		/* A superpage promoted without PG_A is as cheap to lose. */
		if (promotion_ignores_accessed(mach) && (oldpde & PG_A) == 0 &&
		    pmap_is_user_va(va) && !demotion_spares_untouched(mach))
			return (NULL);
		pmap_remove_pt_page(mach, pmap, mpte);
		return (mpte);
	}
	KASSERT((oldpde & PG_W) == 0,
	    ("pmap_demote_pde: page table page for a wired mapping is "
	     "missing"));
	if ((oldpde & PG_A) == 0 && !demotion_spares_untouched(mach))
		return (NULL);
	/* Who has the direct map's demoted cannot wait. */
	class = va >= DMAP_MIN_ADDRESS && va < DMAP_MAX_ADDRESS ?
	    VM_ALLOC_INTERRUPT :
	    VM_ALLOC_NORMAL;
	mpte = vm_page_alloc(mach, NULL, pmap_pde_pindex(va),
	    class | VM_ALLOC_NOOBJ | VM_ALLOC_WIRED);
	if (mpte == NULL && class == VM_ALLOC_INTERRUPT) {
		/* NULL unless dmap_demotion_has_reserve(). */
		mpte = mach->pmap->dmap_ptp;
		mach->pmap->dmap_ptp = NULL;
		if (mpte != NULL)
			mpte->pindex = pmap_pde_pindex(va);
	}
	if (mpte != NULL && pmap_is_user_va(va) &&
	    demotion_counts_page_table(mach))
		pmap->pm_stats.resident_count++;
	return (mpte);
}

/*
 * Fills page table "pte" with "newpte" and its 511 continuations.
 *
 * FreeBSD amd64/pmap.c pmap_fill_ptp(): same.
 */
void
pmap_fill_ptp(struct machine *mach, pt_entry_t *pte, pt_entry_t newpte)
{
	unsigned i;

	for (i = 0; i < NPTEPG; i++) {
		RACE_POINT(mach, RACE_STORE, &pte[i]);
		pte[i] = newpte + ptoa(i);
	}
	mach->pmap->pte_stores.changed += NPTEPG;
}

/*
 * Removes the mapping at "*pde" that cannot be demoted: no caller of a demotion
 * may find the superpage left.
 *
 * FreeBSD amd64/pmap.c pmap_demote_pde(): same, its failure.
 */
static void
demote_fails(struct machine *mach, pmap_t pmap, pd_entry_t *pde, vm_offset_t va)
{
	vm_page_t free;

	if (failed_demotion_removes(mach)) {
		free = NULL;
		pmap_remove_pde(mach, pmap, pde, trunc_2mpage(va), &free);
		pmap_invalidate_page(mach, pmap, trunc_2mpage(va));
		pmap_free_zero_pages(mach, free);
	}
	CTR2(mach, KTR_DEMOTE_FAILURE, va, pmap->pm_name);
}
