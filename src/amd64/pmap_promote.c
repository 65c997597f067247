/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promotion: 512 mappings of 4 KB become one of 2 MB.
 *
 *	before				after
 *	PDE -> page table		PDE = frame | PS
 *	       512 equal PTEs		page table kept in pm_root
 *
 * The functions stand in the order in which a promotion gets that far; most
 * attempts end at the second step, after two reads.
 *
 *	pmap_try_promote()	has it a chance at all?
 *	promote_ends()		the first and the last PTE allow it
 *	promote_rest()		so do the 510 between them
 *	pmap_promote_install()	page table, pv entries, PDE: nothing can fail
 *
 * What holds of a superpage (audit rule "superpages"):
 *
 *  1. One that can be written has PG_M: else the MMU could dirty one page of
 *     512 unseen.
 *  2. One with a kept page table has PG_A, but in kernels that promote what was
 *     not used.
 *  3. pm_superpages is their number in each pmap.
 *
 * The page table that is kept holds its entries; they are the image of the
 * superpage as long as its attributes do not change.  pmap_demote.c tells the
 * way back.
 */
#include "amd64/pmap_promote.h"

static bool promote_ends(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pt_entry_t *pte, pd_entry_t *newpde);
static void promote_rest(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va, pd_entry_t newpde);

/*
 * Tries a promotion after pmap_enter() has mapped "m" by "*pte" at "va" in a
 * page table that is full, as far as that is known: where superpages are on
 * and the reservation of "m" is fully populated.
 *
 * It pushes no simulated frame before promote_rest(), where a panic can
 * happen.  Budgets kmem_malloc/2M/page and pmap_enter/kernel-promoted/page pay
 * for that, and for the test of popcnt in place of a call.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): adapted, the condition at its end.
 */
void
pmap_try_promote(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pt_entry_t *pte, vm_page_t m)
{
	pd_entry_t newpde;

	if (!mach->pmap->pg_ps_enabled)
		return;
	if (!vm_reserv_is_full(vm_reserv_from_page(mach, m))) {
		promote_note(mach, pmap, va, PMAPSIM_PROMOTE_NO_RESERVATION,
		    pmap_pte_index(va), 0, 0);
		return;
	}
	pte = (pt_entry_t *)((uintptr_t)pte & ~(uintptr_t)PAGE_MASK);
	if (mach->promote_museum)
		museum_promote_pde(mach, pmap, pmap_pde(mach, pmap, va), va);
	else if (promote_ends(mach, pmap, va, pte, &newpde))
		promote_rest(mach, pmap, pmap_pde(mach, pmap, va), va, newpde);
}

/*
 * Tries to replace the 512 mappings of 4 KB in the table at "*pde" by one of
 * 2 MB.  They must be valid and accessed, map a 2 MB frame in order, and have
 * equal attributes.
 *
 * A writable PTE that is clean is made read-only on the way, so that no MMU
 * can make it differ in PG_M meanwhile; the next write faults and enters it
 * dirty.  That is not undone when a later PTE fails.  After the first PTE the
 * scan runs downwards: a program that writes upwards has then most likely
 * dirtied what is seen last.
 *
 * FreeBSD amd64/pmap.c pmap_promote_pde(): adapted, the last PTE is looked at
 * before the others, and the reason of a failure is kept.
 */
void
pmap_promote_pde(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va)
{
	pd_entry_t newpde;

	if (mach->promote_museum)
		museum_promote_pde(mach, pmap, pde, va);
	else if (promote_ends(mach, pmap, va, physmem_table(mach, *pde),
		     &newpde))
		promote_rest(mach, pmap, pde, va, newpde);
}

/*
 * Returns whether the first and the last PTE of the table "pte" allow a
 * promotion; through "newpde" what the first one says.  A table that is being
 * filled upwards fails here, at its last PTE.
 *
 * Budgets pmap_promote_pde/fails-at-511 and kmem_malloc/2M/page pay for it.
 *
 * FreeBSD amd64/pmap.c pmap_promote_pde(): adapted, its beginning and the
 * first step of its loop.
 */
static inline bool
promote_ends(struct machine *mach, pmap_t pmap, vm_offset_t va, pt_entry_t *pte,
    pd_entry_t *newpde)
{
	pt_entry_t bits, first, last;

retry:
	first = pte_load(mach, &pte[0]);
	bits = (first & PROMOTE_FIRST_MASK) ^ PROMOTE_FIRST;
	if (bits != 0) {
		promote_failed(mach, pmap, va, PMAPSIM_PROMOTE_FIRST_UNUSABLE,
		    0, first, bits);
		return (false);
	}
	if ((first & (PG_M | PG_RW)) == PG_RW) {
		/* An MMU that has set M meanwhile makes it be read again. */
		if (!pte_cmpset(mach, &pte[0], first, first & ~PG_RW))
			goto retry;
		first &= ~PG_RW;
	}
	last = pte_load(mach, &pte[NPTEPG - 1]);
	bits = (last ^ (first + ptoa(NPTEPG - 1))) & PROMOTE_FRAME;
	if (bits != 0) {
		promote_failed(mach, pmap, va, PMAPSIM_PROMOTE_NOT_CONTIGUOUS,
		    NPTEPG - 1, last, bits);
		return (false);
	}
	/* One that is clean and writable is about to lose the latter. */
	bits = (last ^ first) & PG_PTE_PROMOTE;
	if (bits != 0 && (last & (PG_M | PG_RW)) != PG_RW) {
		promote_failed(mach, pmap, va, PMAPSIM_PROMOTE_ATTRIBUTES,
		    NPTEPG - 1, last, bits);
		return (false);
	}
	*newpde = first;
	return (true);
}

/* Whether the eight PTEs from "pte" on are "image" and its continuations. */
static inline bool
ptes_continue(const pt_entry_t *pte, pt_entry_t image)
{
	pt_entry_t differ;
	unsigned i;

	differ = 0;
	for (i = 0; i < 8; i++)
		differ |= pte[i] ^ (image + ptoa(i));
	return (differ == 0);
}

/*
 * Scans the table at "*pde" from its end for PTEs that do not continue the
 * first one, of which "newpde" is left; makes the promotion if there are none.
 *
 * PTEs that are equal to the first one plus their offsets are passed eight at
 * a time: budgets pmap_promote_pde/managed and pmap_promote_pde/fails-at-255
 * pay for that.  Where other CPUs act between two reads each is read alone.
 *
 * FreeBSD amd64/pmap.c pmap_promote_pde(): adapted, its middle.
 */
static void __attribute__((noinline)) promote_rest(struct machine *mach,
    pmap_t pmap, pd_entry_t *pde, vm_offset_t va, pd_entry_t newpde)
{
	pt_entry_t *pte;
	unsigned i;
	FRAME_AS("pmap_enter");

	pte = physmem_table(mach, *pde);
	for (i = NPTEPG - 1; i > 0; i--) {
		while (!RACE_POINTS && i % 8 == 7 && i > 7 &&
		    ptes_continue(&pte[i - 7], newpde + ptoa(i - 7)))
			i -= 8;
		if (!promote_pte(mach, pmap, va, pte, i, newpde, 0))
			return;
	}
	pmap_promote_install(mach, pmap, pde, va, newpde);
}

/*
 * Makes the promotion that was found possible: "newpde" is the first PTE of the
 * table at "*pde", which the other 511 continue.
 *
 * The PDE is stored last, when the page table is safe in pm_root and the pv
 * entries have the new form; nothing can fail from there.  No statistics
 * change: the same pages are mapped and wired as before.  No TLB entry is
 * invalidated: those of the 4 KB pages say the same.
 *
 * FreeBSD amd64/pmap.c pmap_promote_pde(): same, its second half.
 */
void
pmap_promote_install(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
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
	pmap_change_size(mach, pmap, va, pde, newpde | PG_PS);
	pmap_superpage_gained(mach, pmap);
	mach->pmap->pmap_pde_promotions++;
	CTR2(mach, KTR_PROMOTE, va, pmap->pm_name);
}
