/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Superpages: when 512 mappings of 4 KB become one of 2 MB, and back.
 *
 *	PDE -> page table	pmap_promote_pde()	PDE = frame | PS, table
 *	  512 equal PTEs	----------------->	kept in pm_root
 *				pmap_demote_pde()
 *				<-----------------
 *
 * The page table that a promotion leaves behind keeps its entries; they are
 * the image of the superpage as long as its attributes do not change.
 *
 * A promotion, in the order in which it gets that far:
 *
 *	pmap_try_promote(), pmap_enter_promote()   has it a chance at all?
 *	promote_ends()		the first and the last PTE
 *	promote_scan()		the others, each by promote_pte()
 *	promote_install()	page table, pv entries, PDE: nothing fails
 */
#include "amd64/pmap_var.h"

/* What must be set, and what clear, in the first PTE of a promotion. */
#define PROMOTE_FIRST_MASK ((PG_FRAME & PDRMASK) | PG_A | PG_V)
#define PROMOTE_FIRST (PG_A | PG_V)
/* What says that a PTE maps the page in its place, and was used. */
#define PROMOTE_FRAME (PG_FRAME | PG_A | PG_V)

static bool promote_without_a(struct machine *mach, pmap_t pmap,
    vm_offset_t va);

/*
 * One more 2 MB mapping exists in "pmap": called wherever a PDE gets PG_PS.
 *
 * Simulator only.
 */
void
pmap_superpage_gained(struct machine *mach, pmap_t pmap)
{

	mach->pmap->superpages++;
	pmap->pm_superpages++;
}

/*
 * One less: called wherever a valid PDE loses PG_PS.
 *
 * Simulator only.
 */
void
pmap_superpage_lost(struct machine *mach, pmap_t pmap)
{

	mach->pmap->superpages--;
	pmap->pm_superpages--;
}

/*
 * Whether the boot made the 2 MB mapping at "va": the direct map and what
 * lies over the kernel.  The gauge counts those that the kernel makes.
 *
 * Simulator only.
 */
static bool
superpage_of_boot(struct machine *mach, vm_offset_t va)
{

	return ((va >= DMAP_MIN_ADDRESS && va < DMAP_MAX_ADDRESS) ||
	    (va >= KERNBASE && va - KERNBASE < mach->pmap->boot_end));
}

/*
 * Stores "newpde", which makes a page of another size of what "pde" mapped.
 *
 * FreeBSD amd64/pmap.c pmap_promote_pde(), pmap_demote_pde(): the choice that
 * both make.
 */
static inline void
pde_change_size(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pd_entry_t *pde, pd_entry_t newpde)
{

	/* Two sizes at once in a TLB can be a machine check on family 10h. */
	if (size_change_needs_rendezvous(mach))
		pmap_update_pde(mach, pmap, va, pde, newpde);
	else
		pte_store(mach, pde, newpde);
}

/*
 * Notes why a promotion of what "va" lies in was not made.  In kmem_malloc()
 * there are 511 of these a superpage, hence a few stores and no more.
 *
 * Simulator only.
 */
static inline void
promote_note(struct machine *mach, pmap_t pmap, vm_offset_t va,
    enum pmapsim_promote_reason reason, unsigned index, pt_entry_t pte,
    pt_entry_t bits)
{
	struct pmap_state *st = mach->pmap;

	st->promote_failed[reason]++;
	st->last_failure.reason = reason;
	st->last_failure.pmap = pmap;
	st->last_failure.va = va;
	st->last_failure.index = index;
	st->last_failure.pte = pte;
	st->last_failure.bits = bits;
}

/*
 * The same for a promotion that was tried.
 *
 * FreeBSD amd64/pmap.c pmap_promote_pde(): its failure, and the reason.
 */
static inline void
promote_failed(struct machine *mach, pmap_t pmap, vm_offset_t va,
    enum pmapsim_promote_reason reason, unsigned index, pt_entry_t pte,
    pt_entry_t bits)
{

	mach->pmap->pmap_pde_p_failures++;
	promote_note(mach, pmap, va, reason, index, pte, bits);
	CTR2(mach, KTR_PROMOTE_FAILURE, va, pmap->pm_name);
}

/*
 * Makes the promotion that pmap_promote_pde() has found possible: "newpde" is
 * the first PTE of the table at "*pde", which the other 511 continue.
 *
 * The PDE is stored last, when the page table is safe in pm_root and the pv
 * entries have the new form; nothing can fail from there.  No statistics
 * change: the same pages are mapped and wired as before.  No TLB entry is
 * invalidated: those of the 4 KB pages say the same.
 *
 * FreeBSD amd64/pmap.c pmap_promote_pde(): its second half.
 */
static void
promote_install(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va, pd_entry_t newpde)
{
	vm_page_t mpte;
	FRAME_AS("pmap_promote_pde");

	mpte = phys_to_vm_page(mach, *pde & PG_FRAME);
	KASSERT((*pde & PG_FRAME) < mach->config.mem,
	    ("pmap_promote_pde: page table page is out of range"));
	KASSERT(mpte->pindex == pmap_pde_pindex(va),
	    ("pmap_promote_pde: page table page's pindex is wrong"));
	pmap_insert_pt_page(mach, pmap, mpte);
	if (page_table_tells_promotion(mach))
		mpte->valid = VM_PAGE_BITS_ALL;

	if ((newpde & PG_MANAGED) != 0)
		pmap_pv_promote_pde(mach, pmap, va, newpde & PG_PS_FRAME);

	/* In a PDE the bit that is PAT's in a PTE means the page's size. */
	if ((newpde & PG_PTE_PAT) != 0)
		newpde ^= PG_PDE_PAT | PG_PTE_PAT;
	pde_change_size(mach, pmap, va, pde, newpde | PG_PS);
	pmap_superpage_gained(mach, pmap);
	mach->pmap->pmap_pde_promotions++;
	CTR2(mach, KTR_PROMOTE, va, pmap->pm_name);
}

/* Whether the eight PTEs from "pte" on are "image" and its continuations. */
static inline bool
ptes_continue(const pt_entry_t *pte, pt_entry_t image)
{
	pt_entry_t odd;
	unsigned i;

	odd = 0;
	for (i = 0; i < 8; i++)
		odd |= pte[i] ^ (image + ptoa(i));
	return (odd == 0);
}

/*
 * Returns whether PTE "i" continues "newpde"; notes why the promotion fails
 * when it does not.  A writable PTE that is clean loses PG_RW.
 *
 * FreeBSD amd64/pmap.c pmap_promote_pde(): its middle, for one PTE.
 */
static inline bool
promote_pte(struct machine *mach, pmap_t pmap, vm_offset_t va, pt_entry_t *pte,
    unsigned i, pt_entry_t newpde)
{
	const pt_entry_t image = newpde + ptoa(i);
	pt_entry_t bits, oldpte;

	oldpte = pte[i];
	if (oldpte == image)
		return (true);
	bits = (oldpte ^ image) & PROMOTE_FRAME;
	if (bits != 0) {
		if (bits == PG_A && promote_without_a(mach, pmap, va))
			return (false);
		promote_failed(mach, pmap, va, PMAPSIM_PROMOTE_NOT_CONTIGUOUS,
		    i, oldpte, bits);
		return (false);
	}
	if ((oldpte & (PG_M | PG_RW)) == PG_RW) {
		oldpte &= ~PG_RW;
		pte_store(mach, &pte[i], oldpte);
		CTR2(mach, KTR_PROMOTE_PROTECT, trunc_2mpage(va) + ptoa(i),
		    pmap->pm_name);
	}
	bits = (oldpte ^ image) & PG_PTE_PROMOTE;
	if (bits != 0) {
		promote_failed(mach, pmap, va, PMAPSIM_PROMOTE_ATTRIBUTES, i,
		    oldpte, bits);
		return (false);
	}
	return (true);
}

/*
 * Scans the table at "*pde" from its end for PTEs that do not continue the
 * first one, of which "newpde" is left, and makes the promotion if there are
 * none.
 *
 * A PTE equal to the first one plus its offset needs none of the tests: the
 * first one has passed them, and is not clean and writable any more.
 *
 * FreeBSD amd64/pmap.c pmap_promote_pde(): its middle, and that comparison.
 */
static void __attribute__((noinline)) promote_scan(struct machine *mach,
    pmap_t pmap, pd_entry_t *pde, vm_offset_t va, pd_entry_t newpde)
{
	pt_entry_t *pte;
	unsigned i;

	pte = physmem_table(mach, *pde);
	/*
	 * Upwards, as until 2008, the first clean PTE that is met, and made
	 * read-only, is the one that a program which writes upwards writes
	 * next.
	 */
	if (promotion_scans_upwards(mach)) {
		for (i = 1; i < NPTEPG; i++)
			if (!promote_pte(mach, pmap, va, pte, i, newpde))
				return;
		promote_install(mach, pmap, pde, va, newpde);
		return;
	}
	for (i = NPTEPG - 1; i > 0; i--) {
		while (i % 8 == 7 && i > 7 &&
		    ptes_continue(&pte[i - 7], newpde + ptoa(i - 7)))
			i -= 8;
		if (!promote_pte(mach, pmap, va, pte, i, newpde))
			return;
	}
	promote_install(mach, pmap, pde, va, newpde);
}

/*
 * "pte", the first or the last one by its "index", is wrong in "bits", perhaps
 * in PG_A alone.  Called last and not inline, it costs little.
 */
static void __attribute__((noinline))
promote_end_fails(struct machine *mach, pmap_t pmap, vm_offset_t va,
    unsigned index, pt_entry_t pte, pt_entry_t bits)
{

	if (bits != PG_A || !promotion_ignores_accessed(mach) ||
	    !promote_without_a(mach, pmap, va))
		promote_failed(mach, pmap, va,
		    index == 0 ? PMAPSIM_PROMOTE_FIRST_UNUSABLE :
				 PMAPSIM_PROMOTE_NOT_CONTIGUOUS,
		    index, pte, bits);
}

/*
 * Returns whether the first and the last PTE of the table "pte" allow a
 * promotion, so that it is worth to look at all; through "newpde" what the
 * first one says.  A table that is being filled upwards, which is what almost
 * all attempts see, fails at its last PTE, here: after two reads.
 *
 * FreeBSD amd64/pmap.c pmap_promote_pde(): its beginning, and the first step
 * of its loop.
 */
static inline bool
promote_ends(struct machine *mach, pmap_t pmap, pt_entry_t *pte, vm_offset_t va,
    pd_entry_t *newpde)
{
	pt_entry_t bits, first;

	first = pte[0];
	bits = (first & PROMOTE_FIRST_MASK) ^ PROMOTE_FIRST;
	if (bits != 0 && promotion_trusts_first_pte(mach) &&
	    pmap == kernel_pmap && (first & PG_V) == 0) {
		/* What the first PTE would be, to go by the second. */
		first = pte[1] - PAGE_SIZE;
		bits = (first & PROMOTE_FIRST_MASK) ^ PROMOTE_FIRST;
	}
	if (bits != 0) {
		promote_end_fails(mach, pmap, va, 0, first, bits);
		return (false);
	}
	if ((first & (PG_M | PG_RW)) == PG_RW) {
		first &= ~PG_RW;
		pte_store(mach, &pte[0], first);
	}
	bits = (pte[NPTEPG - 1] ^ (first + ptoa(NPTEPG - 1))) & PROMOTE_FRAME;
	if (__builtin_expect(bits == PG_A, 0)) {
		promote_end_fails(mach, pmap, va, NPTEPG - 1, pte[NPTEPG - 1],
		    bits);
		return (false);
	}
	/* What almost all attempts see: so inline. */
	if (bits != 0) {
		promote_failed(mach, pmap, va, PMAPSIM_PROMOTE_NOT_CONTIGUOUS,
		    NPTEPG - 1, pte[NPTEPG - 1], bits);
		return (false);
	}
	*newpde = first;
	return (true);
}

/*
 * Tries to replace the 512 mappings of 4 KB in the table at "*pde" by one of
 * 2 MB.  They must be valid and accessed, map a 2 MB frame in order, and have
 * equal attributes.
 *
 * A writable PTE that is clean is made read-only on the way, so that the MMU
 * cannot make it differ in PG_M behind our back; the next write faults and
 * enters it dirty.  That is not undone when a later PTE fails.  After the
 * first one the scan runs downwards: a program that writes upwards has then
 * most likely dirtied what is seen last.
 *
 * FreeBSD amd64/pmap.c pmap_promote_pde(): adapted, in the steps above, and
 * the reason of a failure is kept.
 */
void
pmap_promote_pde(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va)
{
	pd_entry_t newpde;

	if (promote_ends(mach, pmap, physmem_table(mach, *pde), va, &newpde))
		promote_scan(mach, pmap, pde, va, newpde);
}

/*
 * Tries a user promotion for which PG_A does not matter: it is set everywhere
 * for as long as the attempt takes, and the superpage has it if all its pages
 * had it.  Returns false, with nothing done, in kernels that ask for PG_A.
 *
 * Whoever finds it missing first calls this.
 *
 * FreeBSD amd64/pmap.c pmap_promote_pde() of 2023: adapted, done around the
 * promotion instead of within.
 */
static bool __attribute__((noinline, cold))
promote_without_a(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	uint64_t unused[NPTEPG / 64] = {0};
	pd_entry_t *pde;
	pt_entry_t *pte;
	unsigned i;

	if (!promotion_ignores_accessed(mach) || !pmap_is_user_va(va))
		return (false);
	pde = pmap_pde(mach, pmap, va);
	pte = physmem_table(mach, *pde);
	for (i = 0; i < NPTEPG; i++)
		if ((pte[i] & (PG_A | PG_V)) == PG_V) {
			unused[i / 64] |= UINT64_C(1) << (i % 64);
			pte_store(mach, &pte[i], pte[i] | PG_A);
		}
	pmap_promote_pde(mach, pmap, pde, va);
	if ((*pde & PG_PS) != 0) {
		pte_store(mach, pde, *pde & ~PG_A);
		return (true);
	}
	for (i = 0; i < NPTEPG; i++)
		if ((unused[i / 64] >> (i % 64) & 1) != 0)
			pte_store(mach, &pte[i], pte[i] & ~PG_A);
	return (true);
}

/*
 * Whether a promotion has a chance after "m" was entered at "va": superpages
 * are on, and the reservation of "m" is fully populated.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): part of the condition at its end.
 */
static inline bool
promote_ripe(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_page_t m)
{

	if (!mach->pmap->pg_ps_enabled)
		return (false);
	/* vm_reserv_level_iffullpop(), without the call. */
	if (vm_reserv_from_page(mach, m)->popcnt == VM_LEVEL_0_NPAGES)
		return (true);
	promote_note(mach, pmap, va, PMAPSIM_PROMOTE_NO_RESERVATION,
	    pmap_pte_index(va), 0, 0);
	return (false);
}

/*
 * Tries a promotion after "m" was entered at "va" in the table at "*pde",
 * whose page is "mpte" (NULL: the kernel's), when it has a chance and the
 * table is full, as far as that is known.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): the condition at its end.
 */
void
pmap_try_promote(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va, vm_page_t m, vm_page_t mpte)
{

	if ((mpte == NULL || mpte->wire_count == NPTEPG) &&
	    promote_ripe(mach, pmap, va, m))
		pmap_promote_pde(mach, pmap, pde, va);
}

/* The rest of a promotion that pmap_enter() tries, with its frame. */
static void __attribute__((noinline)) enter_promote_scan(struct machine *mach,
    pmap_t pmap, vm_offset_t va, pd_entry_t newpde)
{
	FRAME_AS("pmap_enter");

	promote_scan(mach, pmap, pmap_pde(mach, pmap, va), va, newpde);
}

/*
 * The same for pmap_enter(), which has no frame, knows that the table counts
 * as full, and has stored its PTE "pte".
 *
 * FreeBSD amd64/pmap.c pmap_enter(): the same condition.
 */
void
pmap_enter_promote(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pt_entry_t *pte, vm_page_t m)
{
	pd_entry_t newpde;

	pte = (pt_entry_t *)((uintptr_t)pte & ~(uintptr_t)PAGE_MASK);
	if (promote_ripe(mach, pmap, va, m) &&
	    promote_ends(mach, pmap, pte, va, &newpde))
		enter_promote_scan(mach, pmap, va, newpde);
}

/*
 * Fills page table "pte" with "newpte" and its 511 continuations.
 *
 * FreeBSD amd64/pmap.c pmap_fill_ptp(): same.
 */
static void
pmap_fill_ptp(struct machine *mach, pt_entry_t *pte, pt_entry_t newpte)
{
	unsigned i;

	for (i = 0; i < NPTEPG; i++)
		pte[i] = newpte + ptoa(i);
	mach->pmap->pte_stores.changed += NPTEPG;
}

/*
 * Returns the page-table page for the demotion of "oldpde" at "va": the one
 * kept in pm_root, else a new one.  NULL when there is no memory for that, or
 * when the superpage was never accessed: such a one is cheaper to lose than
 * to demote.
 *
 * FreeBSD amd64/pmap.c pmap_demote_pde(): its first part.
 */
static vm_page_t
demote_ptp(struct machine *mach, pmap_t pmap, pd_entry_t oldpde, vm_offset_t va)
{
	vm_page_t mpte;
	int class;

	mpte = pmap_lookup_pt_page(mach, pmap, va);
	if (mpte != NULL) {
		/* Promoted without PG_A, it is as cheap to lose. */
		if (promotion_ignores_accessed(mach) && (oldpde & PG_A) == 0 &&
		    pmap_is_user_va(va))
			return (NULL);
		pmap_remove_pt_page(mach, pmap, mpte);
		return (mpte);
	}
	KASSERT((oldpde & PG_W) == 0,
	    ("pmap_demote_pde: page table page for a wired mapping is "
	     "missing"));
	if ((oldpde & PG_A) == 0)
		return (NULL);
	/* The direct map's are demoted for others, who cannot wait. */
	class = va >= DMAP_MIN_ADDRESS && va < DMAP_MAX_ADDRESS ?
	    VM_ALLOC_INTERRUPT :
	    VM_ALLOC_NORMAL;
	mpte = vm_page_alloc(mach, NULL, pmap_pde_pindex(va),
	    class | VM_ALLOC_NOOBJ | VM_ALLOC_WIRED);
	if (mpte == NULL && class == VM_ALLOC_INTERRUPT) {
		/* NULL but with dmap-ptp-reserve. */
		mpte = mach->pmap->dmap_ptp;
		mach->pmap->dmap_ptp = NULL;
		if (mpte != NULL)
			mpte->pindex = pmap_pde_pindex(va);
	}
	/* Forgotten in 2009: the count then falls below what is mapped. */
	if (mpte != NULL && pmap_is_user_va(va) &&
	    demotion_counts_page_table(mach))
		pmap->pm_stats.resident_count++;
	return (mpte);
}

/*
 * Replaces the 2 MB mapping at "*pde" by 512 of 4 KB with its attributes.
 * Returns FALSE when there is no page table for them: the mapping is removed
 * then, and with it, perhaps, the page directory that "pde" lies in.
 *
 * The table is filled before the PDE refers to it.  The pv entries follow
 * after, because their allocation may take mappings away by way of the PDE.
 * The TLB keeps what it has of the superpage; whoever changes a PTE flushes.
 *
 * Called by pmap_remove_pde() for a kernel superpage, the PDE is already
 * cleared: the table is then filled with entries that are not valid and not
 * zero, which later kernel calls take for mappings.
 *
 * FreeBSD amd64/pmap.c pmap_demote_pde(): same.
 */
boolean_t
pmap_demote_pde(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va)
{
	pd_entry_t newpde, oldpde;
	pt_entry_t *firstpte, newpte;
	vm_page_t free, mpte;
	bool fresh;
	FRAME();

	oldpde = *pde;
	KASSERT((oldpde & (PG_PS | PG_V)) == (PG_PS | PG_V),
	    ("pmap_demote_pde: oldpde is missing PG_PS and/or PG_V"));
	mpte = demote_ptp(mach, pmap, oldpde, va);
	if (mpte == NULL) {
		/* Callers rely on it: what cannot be split must not stay. */
		if (failed_demotion_removes(mach)) {
			free = NULL;
			pmap_remove_pde(mach, pmap, pde, trunc_2mpage(va),
			    &free);
			pmap_invalidate_page(mach, pmap, trunc_2mpage(va));
			pmap_free_zero_pages(mach, free);
		}
		CTR2(mach, KTR_DEMOTE_FAILURE, va, pmap->pm_name);
		return (FALSE);
	}

	/*
	 * While PDE and pv lists agree: what reclaims mappings for want of
	 * entries then finds the superpage on its frame's list.
	 */
	if ((oldpde & PG_MANAGED) != 0 && demotion_reserves_pv_entries(mach))
		reserve_pv_entries(mach, pmap, NPTEPG - 1);

	newpde = VM_PAGE_TO_PHYS(mpte) | PG_M | PG_A | PG_RW | PG_V |
	    (oldpde & PG_U);
	KASSERT((oldpde & PG_A) != 0,
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
	/* From 2019 on what a promotion left says so. */
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

	pde_change_size(mach, pmap, va, pde, newpde);
	if ((oldpde & PG_PS) == 0)
		mach->pmap->audit_waived |= AUDIT_WAIVE_KERNEL_RESIDENT;
	else if (!superpage_of_boot(mach, va))
		pmap_superpage_lost(mach, pmap);
	/* The recursive mapping showed the superpage's first page there. */
	if (!pmap_is_user_va(va))
		pmap_invalidate_page(mach, pmap, vtopte(va));

	if ((oldpde & PG_MANAGED) != 0)
		pmap_pv_demote_pde(mach, pmap, va, oldpde & PG_PS_FRAME);
	mach->pmap->pmap_pde_demotions++;
	CTR2(mach, KTR_DEMOTE, va, pmap->pm_name);
	return (TRUE);
}
