/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_enter(): the one way to make a mapping with all its attributes, and
 * the place from which promotion starts.  Every page fault and every page of
 * kmem_malloc() comes through here, so the path of a page that was not mapped
 * before is straight and the rest stands aside from it.
 */
#include "amd64/pmap_var.h"

/*
 * Returns what a leaf for "va" says besides frame, A, M and MANAGED, in the
 * layout of a PDE when "is_pde" is set.
 *
 * Simulator only: part of pmap_enter() in FreeBSD.
 */
static inline pt_entry_t
pmap_enter_attributes(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t m, vm_prot_t prot, boolean_t wired, boolean_t is_pde)
{
	pt_entry_t bits;

	bits = PG_V | pmap_page_cache_bits(mach, m, is_pde);
	if ((prot & VM_PROT_WRITE) != 0)
		bits |= PG_RW;
	if ((prot & VM_PROT_EXECUTE) == 0)
		bits |= PG_NX;
	if (wired)
		bits |= PG_W;
	if (pmap_is_user_va(va))
		bits |= PG_U;
	if (pmap == kernel_pmap)
		bits |= PG_G;
	return (bits);
}

/*
 * Returns whether the 2 MB mapping "pde" maps "m" at "va" as pmap_enter()
 * would.  A and M do not count, as they do not for a 4 KB mapping; whether
 * there is a pv entry is the old mapping's business there too.
 *
 * Simulator only: the mail of October 2010 names the remedy, not its text.
 */
static bool
pmap_enter_is_represented(struct machine *mach, pmap_t pmap, pd_entry_t pde,
    vm_offset_t va, vm_page_t m, vm_prot_t prot, boolean_t wired)
{
	pd_entry_t wanted;

	wanted = ((VM_PAGE_TO_PHYS(m) - (va & PDRMASK)) & PG_FRAME) | PG_PS |
	    pmap_enter_attributes(mach, pmap, va, m, prot, wired, TRUE);
	return ((pde & ~(PG_A | PG_M | PG_MANAGED)) == wanted);
}

/*
 * Takes the mapping of "om" at "va" off "om"'s list.  Returns the pv entry
 * where the kernel reuses it for the page that comes instead, which spares a
 * chunk from being freed and allocated; else frees it and returns NULL.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): same, 2010-04 and 9.0.
 */
static pv_entry_t
pmap_enter_take_pv(struct machine *mach, pmap_t pmap, vm_page_t om,
    vm_offset_t va)
{
	pv_entry_t pv;

	if (!KERNEL_HAS(mach, KS_ENTER_MOVES_PV)) {
		pmap_remove_entry(mach, pmap, om, va);
		return (NULL);
	}
	pv = pmap_pvh_remove(mach, &om->md, pmap, va);
	if (TAILQ_EMPTY(&om->md.pv_list) &&
	    TAILQ_EMPTY(&pa_to_pvh(mach, VM_PAGE_TO_PHYS(om))->pv_list))
		vm_page_flag_clear(om, PG_WRITEABLE);
	return (pv);
}

/*
 * Maps page "m" at "va" with "prot", replacing what is mapped there.  "access"
 * is the access that asked for it: a write presets M.  "wired" mappings are
 * counted and stay until they are unwired.
 *
 * A PTE that is right already is not written, and then neither A nor M is
 * set; promotion is tried all the same.  A kernel address has no page-table
 * page whose use could be counted, so every page of a fully populated
 * reservation costs an attempt there.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): adapted, no locks; the walk is done
 * once, and pmap_allocpte() called only when a table is missing or a
 * superpage in the way.
 */
void
pmap_enter(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_prot_t access, vm_page_t m, vm_prot_t prot, boolean_t wired)
{
	pd_entry_t *pde;
	pt_entry_t *pte, newpte, origpte;
	vm_paddr_t opa, pa;
	vm_page_t mpte, om;
	pv_entry_t pv;
	bool invlva;
	FRAME();

	va = trunc_page(va);
	KASSERT(va <= VM_MAX_KERNEL_ADDRESS, ("pmap_enter: toobig"));
	KASSERT(va < UPT_MIN_ADDRESS || va >= UPT_MAX_ADDRESS,
	    ("pmap_enter: invalid to pmap_enter page table pages (va: 0x%lx)",
	    va));

	/* A user page table is held while its PTE changes. */
	mpte = NULL;
	pde = pmap_pde(mach, pmap, va);
	if (__builtin_expect(
		pde != NULL && (*pde & (PG_V | PG_PS)) == PG_V, 1)) {
		if (pmap_is_user_va(va)) {
			mpte = phys_to_vm_page(mach, *pde & PG_FRAME);
			mpte->wire_count++;
		}
	} else {
		/*
		 * Before anything demotes it: the remedy is not to touch a
		 * superpage that says what is asked for.
		 */
		if (KERNEL_HAS(mach, KS_IDEMPOTENT_ENTER) && pde != NULL &&
		    pmap_enter_is_represented(mach, pmap, *pde, va, m, prot,
		    wired)) {
			mach->pmap->enters_ignored++;
			return;
		}
		if (pmap_is_user_va(va)) {
			mpte = pmap_allocpte(mach, pmap, va, M_WAITOK);
			pde = pmap_pde(mach, pmap, va);
		} else if (KERNEL_HAS(mach, KS_ENTER_DEMOTES) && pde != NULL &&
		    (*pde & (PG_V | PG_PS)) == (PG_V | PG_PS))
			pmap_demote_pde(mach, pmap, pde, va);
		if (pde == NULL || (*pde & PG_V) == 0)
			panic("pmap_enter: invalid page directory va=%#lx",
			    va);
		if ((*pde & PG_PS) != 0)
			panic("pmap_enter: attempted pmap_enter on 2MB page");
	}
	pte = pmap_pde_to_pte(mach, pde, va);

	pa = VM_PAGE_TO_PHYS(m);
	origpte = *pte;
	opa = origpte & PG_FRAME;
	om = NULL;
	newpte = pa;
	if (origpte != 0 && opa == pa) {
		/* The same page: wiring or protection may change. */
		if (wired && (origpte & PG_W) == 0)
			pmap->pm_stats.wired_count++;
		else if (!wired && (origpte & PG_W) != 0)
			pmap->pm_stats.wired_count--;
		if (mpte != NULL)
			mpte->wire_count--;
		/* The old PTE decides, not the page. */
		if ((origpte & PG_MANAGED) != 0) {
			om = m;
			newpte |= PG_MANAGED;
		}
	} else {
		pv = NULL;
		/*
		 * Whatever has a frame counts as a mapping, valid or not: a
		 * removed kernel superpage leaves such PTEs.
		 */
		if (opa != 0) {
			if ((origpte & PG_W) != 0)
				pmap->pm_stats.wired_count--;
			if ((origpte & PG_MANAGED) != 0) {
				om = phys_to_vm_page(mach, opa);
				pv = pmap_enter_take_pv(mach, pmap, om, va);
			}
			if (mpte != NULL) {
				mpte->wire_count--;
				KASSERT(mpte->wire_count > 0,
				    ("pmap_enter: missing reference to page "
				    "table page, va: 0x%lx", va));
			}
		} else
			pmap->pm_stats.resident_count++;
		/* No clean submap is ever made, so none is asserted on. */
		if (pmap_page_is_managed(m)) {
			if (__builtin_expect(pv != NULL, 0))
				ZTAILQ_INSERT_TAIL(&m->md.pv_list, pv,
				    pv_list);
			else
				pmap_insert_entry(mach, pmap, va, m);
			newpte |= PG_MANAGED;
		} else if (__builtin_expect(pv != NULL, 0))
			free_pv_entry(mach, pmap, pv);
		if (wired)
			pmap->pm_stats.wired_count++;
	}

	newpte |= pmap_enter_attributes(mach, pmap, va, m, prot, wired, FALSE);
	/* 9.0 keeps the flag off pages that no pv entry could clear it of. */
	if ((newpte & PG_RW) != 0 && ((newpte & PG_MANAGED) != 0 ||
	    !KERNEL_HAS(mach, KS_WRITEABLE_MANAGED_ONLY)))
		vm_page_flag_set(m, PG_WRITEABLE);

	if ((origpte & ~(PG_M | PG_A)) != newpte) {
		newpte |= PG_A;
		if ((access & VM_PROT_WRITE) != 0)
			newpte |= PG_M;
		if (__builtin_expect((origpte & PG_V) == 0, 1))
			pte_store(mach, pte, newpte);
		else {
			/*
			 * Exchanged, not stored: what the MMU noted in the
			 * old PTE until now belongs to the old page.  A
			 * translation without A was never cached.
			 */
			invlva = false;
			origpte = pte_load_store(mach, pte, newpte);
			if ((origpte & PG_A) != 0) {
				if ((origpte & PG_MANAGED) != 0)
					vm_page_flag_set(om, PG_REFERENCED);
				if (opa != pa || ((origpte & PG_NX) == 0 &&
				    (newpte & PG_NX) != 0))
					invlva = true;
			}
			if ((origpte & (PG_M | PG_RW)) == (PG_M | PG_RW)) {
				if ((origpte & PG_MANAGED) != 0)
					vm_page_dirty(mach, om);
				if ((newpte & PG_RW) == 0)
					invlva = true;
			}
			if (invlva)
				pmap_invalidate_page(mach, pmap, va);
		}
	}

	/* Only when the PTE stands: promotion reads all 512. */
	if ((mpte == NULL || mpte->wire_count == NPTEPG) &&
	    !mach->pmap->promotion_deferred)
		pmap_try_promote(mach, pmap, pde, va, m, mpte);
}

/*
 * Enters the pages from "pindex" of "object" at [va, va + npages pages), then
 * tries one promotion for each 2 MB region that they touch.  Until then no
 * page of the range can lie under a superpage, which is what kept pmap_enter()
 * from the pages after the first.
 *
 * Simulator only: remedy 3 of the mail of October 2010.
 */
void
pmap_enter_multiple(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_prot_t access, vm_object_t object, vm_pindex_t pindex,
    vm_pindex_t npages, vm_prot_t prot, boolean_t wired)
{
	vm_offset_t end, sva;
	pd_entry_t *pde;
	pt_entry_t *pte;
	vm_page_t m, mpte;
	FRAME();

	end = va + ptoa(npages);
	mach->pmap->promotion_deferred = true;
	for (sva = va; sva < end; sva += PAGE_SIZE, pindex++) {
		m = vm_page_lookup(mach, object, pindex);
		pmap_enter(mach, pmap, sva, access, m, prot, wired);
	}
	mach->pmap->promotion_deferred = false;

	for (sva = va; sva < end; sva = trunc_2mpage(sva) + NBPDR) {
		pde = pmap_pde(mach, pmap, sva);
		if ((*pde & PG_PS) != 0)
			continue;
		pte = pmap_pde_to_pte(mach, pde, sva);
		m = phys_to_vm_page(mach, *pte & PG_FRAME);
		mpte = pmap_is_user_va(sva) ?
		    phys_to_vm_page(mach, *pde & PG_FRAME) : NULL;
		pmap_try_promote(mach, pmap, pde, sva, m, mpte);
	}
}
