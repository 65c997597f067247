/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing what a mapping allows, and whether it is wired, while it stays.
 */
#include "amd64/pmap_2022.h"

/*
 * Takes the rights that are not in "prot" from the 2 MB mapping "pde" at
 * "sva".  Returns whether the caller has to invalidate it; a global mapping is
 * invalidated here.  A stays, unlike in a 4 KB mapping.
 *
 * FreeBSD amd64/pmap.c pmap_protect_pde(): adapted, no locks.
 */
static boolean_t
pmap_protect_pde(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t sva, vm_prot_t prot)
{
	const pd_entry_t written = PG_MANAGED | PG_M | PG_RW;
	pd_entry_t newpde, oldpde;
	vm_page_t m;
	FRAME();

	KASSERT((sva & PDRMASK) == 0,
	    ("pmap_protect_pde: sva is not 2mpage aligned"));
retry:
	oldpde = newpde = pte_load(mach, pde);
	if ((oldpde & written) == written &&
	    ((prot & VM_PROT_WRITE) == 0 || !protect_dirties_written(mach))) {
		m = phys_to_vm_page(mach, oldpde & PG_PS_FRAME);
		pmap_superpage_dirty(mach, m);
	}
	if ((prot & VM_PROT_WRITE) == 0)
		newpde &= ~(PG_RW | PG_M);
	if ((prot & VM_PROT_EXECUTE) == 0)
		newpde |= PG_NX;
	if (newpde == oldpde)
		return (FALSE);
	/*
	 * An MMU may have set A, which this would lose.  Nothing is promoted
	 * any more where all CPUs will have forgotten what was there before.
	 */
	newpde &= ~PG_PROMOTED;
	if (!pte_cmpset(mach, pde, oldpde, newpde))
		goto retry;
	if ((oldpde & PG_G) == 0)
		return (TRUE);
	if (page_tables_have_states(mach))
		pmap_invalidate_pde_page(mach, pmap, sva, oldpde);
	else
		pmap_invalidate_superpage(mach, pmap, sva);
	return (FALSE);
}

/*
 * Takes the rights that are not in "prot" from the 4 KB mapping "pte" at "va".
 * Returns whether the caller has to invalidate it; a global mapping is
 * invalidated here.
 *
 * 2010-04 also moves what the PTE says of use to its page, whether or not any
 * right changes; without A the page then blocks a promotion until it is used
 * again.  9.0 leaves A alone and saves M only where it takes it away.
 *
 * What the PTE says of use is given to its page before the PTE changes; an MMU
 * that sets A or M in between makes the whole PTE be looked at again.
 *
 * FreeBSD amd64/pmap.c pmap_protect(), its inner loop: same, 2010-04 and 9.0.
 */
static inline bool
pmap_protect_pte(struct machine *mach, pmap_t pmap, pt_entry_t *pte,
    vm_offset_t va, vm_prot_t prot)
{
	pt_entry_t newpte, oldpte;
	struct page_use *use;
	bool harvest;

retry:
	oldpte = newpte = pte_load(mach, pte);
	if ((oldpte & PG_V) == 0)
		return (false);
	if ((oldpte & PG_MANAGED) != 0) {
		use = frame_to_page_use(mach, oldpte & PG_FRAME);
		harvest = protect_harvests_accessed(mach);
		if (harvest && (oldpte & PG_A) != 0) {
			use->aflags |= PG_REFERENCED;
			newpte &= ~PG_A;
		}
		if (__builtin_expect((oldpte & (PG_M | PG_RW)) ==
			    (PG_M | PG_RW),
			1) &&
		    (harvest || (prot & VM_PROT_WRITE) == 0))
			vm_page_dirty_use(mach,
			    frame_to_vm_page(mach, oldpte & PG_FRAME), use);
	}
	if ((prot & VM_PROT_WRITE) == 0)
		newpte &= ~(PG_RW | PG_M);
	if ((prot & VM_PROT_EXECUTE) == 0)
		newpte |= PG_NX;
	if (newpte == oldpte)
		return (false);
	if (protect_stores_blindly(mach))
		pte_store(mach, pte, newpte);
	else if (!pte_cmpset(mach, pte, oldpte, newpte))
		goto retry;
	if ((oldpte & PG_G) == 0)
		return (true);
	pmap_invalidate_page(mach, pmap, va);
	return (false);
}

/*
 * Takes the rights that are not in "prot" from all mappings of [sva, eva);
 * without read permission that removes them.  Rights are never added, and
 * when both write and execute remain nothing is looked at.
 *
 * FreeBSD amd64/pmap.c pmap_protect(): adapted, no locks.
 */
void
pmap_protect(struct machine *mach, pmap_t pmap, vm_offset_t sva,
    vm_offset_t eva, vm_prot_t prot)
{
	vm_offset_t va_next;
	pd_entry_t *pde;
	pt_entry_t *pte;
	bool anychanged;
	FRAME();

	CHECK_PMAP(pmap);
	if ((prot & VM_PROT_READ) == 0) {
		pmap_remove(mach, pmap, sva, eva);
		return;
	}
	if ((prot & (VM_PROT_WRITE | VM_PROT_EXECUTE)) ==
	    (VM_PROT_WRITE | VM_PROT_EXECUTE))
		return;

	anychanged = false;
	for (; sva < eva; sva = va_next) {
		pde = pmap_walk_pde(mach, pmap, sva, eva, &va_next);
		if (pde == NULL || pte_load(mach, pde) == 0)
			continue;
		if ((*pde & PG_PS) != 0) {
			if ((sva & PDRMASK) == 0 && eva >= va_next) {
				if (pmap_protect_pde(mach, pmap, pde, sva,
					prot))
					anychanged = true;
				continue;
			}
			if (!pmap_demote_pde(mach, pmap, pde, sva))
				continue;
		}
		if (va_next > eva)
			va_next = eva;
		for (pte = pmap_pde_to_pte(mach, pde, sva); sva < va_next;
		     pte++, sva += PAGE_SIZE)
			if (pmap_protect_pte(mach, pmap, pte, sva, prot))
				anychanged = true;
	}
	if (anychanged)
		pmap_invalidate_all(mach, pmap);
}

/*
 * Write-protects all mappings of "m", and what they say of writing it moves
 * to the page.  Superpages that can be written are demoted, so that the other
 * 511 pages stay writable.
 *
 * RW and M go by one step that fails when an MMU has set M meanwhile; then the
 * page is marked dirty, and last the translations that still allow writes go.
 *
 * FreeBSD amd64/pmap.c pmap_remove_write(): adapted, no locks.
 */
void
pmap_remove_write(struct machine *mach, vm_page_t m)
{
	struct md_page *pvh;
	pv_entry_t next_pv, pv;
	pmap_t pmap;
	pd_entry_t *pde;
	pt_entry_t *pte, oldpte;
	FRAME();

	CHECK_PAGE(m);
	KASSERT(!managed_is_asserted(mach) || pmap_page_is_managed(m),
	    ("pmap_remove_write: page PTR is not managed"));
	if ((vm_page_flags(m) & PG_FICTITIOUS) != 0 ||
	    (vm_page_aflags(mach, m) & PG_WRITEABLE) == 0)
		return;
	/* Demotion takes "pv" off this list, to those of the pages. */
	pvh = page_to_pvh(mach, m);
	TAILQ_FOREACH_SAFE(pv, &pvh->pv_list, pv_list, next_pv) {
		pmap = pv_pmap(pv);
		pde = pmap_pv_pde(mach, pv, __func__);
		if ((pte_load(mach, pde) & PG_RW) != 0)
			pmap_demote_pde(mach, pmap, pde, pv->pv_va);
	}
	TAILQ_FOREACH(pv, &vm_page_md(mach, m)->pv_list, pv_list) {
		pmap = pv_pmap(pv);
		pde = pmap_pv_pde(mach, pv, __func__);
		KASSERT((*pde & PG_PS) == 0,
		    ("pmap_clear_write: found a "
		     "2mpage in page PTR's pv list"));
		pte = pmap_pde_to_pte(mach, pde, pv->pv_va);
		do {
			oldpte = pte_load(mach, pte);
		} while ((oldpte & PG_RW) != 0 &&
		    !pte_cmpset(mach, pte, oldpte, oldpte & ~(PG_RW | PG_M)));
		if ((oldpte & PG_RW) == 0)
			continue;
		if ((oldpte & PG_M) != 0)
			pmap_page_dirty(mach, m);
		pmap_invalidate_page(mach, pmap, pv->pv_va);
	}
	vm_page_aflag_clear(mach, m, PG_WRITEABLE);
}

/*
 * Wires or unwires the mapping of "va", which must exist: sets or clears W and
 * counts it.  A superpage that is not so already is demoted first.  Nothing is
 * invalidated, for no MMU knows W.  Under kernels since 2014, which have
 * pmap_unwire() instead, the maps of this simulator ask for it all the same.
 *
 * FreeBSD amd64/pmap.c pmap_change_wiring(): adapted, no locks; without a
 * mapping FreeBSD follows a NULL pointer, here the machine stops.
 */
void
pmap_change_wiring(struct machine *mach, pmap_t pmap, vm_offset_t va,
    boolean_t wired)
{
	pd_entry_t *pde;
	pt_entry_t *pte;
	FRAME();

	CHECK_PMAP(pmap);
	pde = pmap_pde(mach, pmap, va);
	if (pde == NULL || (*pde & PG_V) == 0)
		stop("pmap_change_wiring: page fault trap: no page table at "
		     "va %#llx",
		    (unsigned long long)va);
	if ((*pde & PG_PS) != 0) {
		if (!wired == ((*pde & PG_W_ANY) == 0))
			return;
		/*
		 * As if all of it were wired, which the caller's next calls
		 * make true; but no page table may be kept under it.
		 */
		if (wired && wiring_keeps_superpage(mach)) {
			pte_set_bits(mach, pde, pmap_pg_w(mach));
			pmap->pm_stats.wired_count += NPTEPG;
			return;
		}
		if (!pmap_demote_pde(mach, pmap, pde, va))
			panic("pmap_change_wiring: demotion failed");
	}
	pte = pmap_pde_to_pte(mach, pde, va);
	if (wired && (pte_load(mach, pte) & PG_W_ANY) == 0) {
		pte_set_bits(mach, pte, pmap_pg_w(mach));
		pmap->pm_stats.wired_count++;
	} else if (!wired && (*pte & PG_W_ANY) != 0) {
		/*
		 * Litter keeps the attributes that it had, W included, or it
		 * would differ from its neighbours and block any promotion.
		 */
		if (kernel_ptes_are_litter(mach) && !pmap_is_user_va(va))
			mach->pmap->audit_waived |= AUDIT_WAIVE_WIRED;
		else
			pte_clear_bits(mach, pte, PG_W_ANY);
		pmap->pm_stats.wired_count--;
	}
}
