/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What pmap_promote.c and museum_promote.c share: the test of one PTE, what is
 * kept of a failure, and the change from 512 mappings to one.
 */
#ifndef AMD64_PMAP_PROMOTE_H
#define AMD64_PMAP_PROMOTE_H

#include "amd64/pmap_var.h"

/* What must be set, and what clear, in the first PTE of a promotion. */
#define PROMOTE_FIRST_MASK ((PG_FRAME & PDRMASK) | PG_A | PG_V)
#define PROMOTE_FIRST (PG_A | PG_V)
/* What says that a PTE maps the page in its place, and was used. */
#define PROMOTE_FRAME (PG_FRAME | PG_A | PG_V)

void pmap_promote_install(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va, pd_entry_t newpde);
void museum_promote_pde(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va);

/*
 * Notes why there is no promotion of the 2 MB that "va" lies in.  kmem_malloc()
 * comes here 511 times a superpage, hence a few stores and no more.
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

/* Counts a promotion that was tried and failed at PTE "index", and why. */
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
 * Returns whether PTE "i" continues "newpde", the first one, but for the bits
 * "ignored"; counts the promotion as failed when it does not.  A writable PTE
 * that is clean loses PG_RW.
 */
static inline bool
promote_pte(struct machine *mach, pmap_t pmap, vm_offset_t va, pt_entry_t *pte,
    unsigned i, pt_entry_t newpde, pt_entry_t ignored)
{
	const pt_entry_t image = newpde + ptoa(i);
	pt_entry_t bits, oldpte;

retry:
	oldpte = pte_load(mach, &pte[i]);
	/* The first PTE has passed the tests, so its equal needs none. */
	if (oldpte == image)
		return (true);
	bits = (oldpte ^ image) & PROMOTE_FRAME & ~ignored;
	if (bits != 0) {
		promote_failed(mach, pmap, va, PMAPSIM_PROMOTE_NOT_CONTIGUOUS,
		    i, oldpte, bits);
		return (false);
	}
	if ((oldpte & (PG_M | PG_RW)) == PG_RW) {
		/* From now on no MMU sets M in it; one that has, is seen. */
		if (!pte_cmpset(mach, &pte[i], oldpte, oldpte & ~PG_RW))
			goto retry;
		oldpte &= ~PG_RW;
		CTR2(mach, KTR_PROMOTE_PROTECT, trunc_2mpage(va) + ptoa(i),
		    pmap->pm_name);
	}
	bits = (oldpte ^ image) & PG_PTE_PROMOTE & ~ignored;
	if (bits != 0) {
		promote_failed(mach, pmap, va, PMAPSIM_PROMOTE_ATTRIBUTES, i,
		    oldpte, bits);
		return (false);
	}
	return (true);
}

#endif /* AMD64_PMAP_PROMOTE_H */
