/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mappings that are made ahead of their use, 2022 and later, and 2 MB mappings
 * made at once: what pmap_enter_object(), pmap_enter_quick() and pmap_enter()
 * of a whole superpage share.
 */
#include "amd64/pmap_2022.h"

#include "vm/vm_object.h"

/*
 * See pmap_2022.h.
 *
 * FreeBSD amd64/pmap.c pmap_abort_ptp(): same.
 */
void
pmap_abort_ptp(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_page_t m)
{
	vm_page_t free;

	free = NULL;
	if (pmap_unwire_pte_hold(mach, pmap, va, m, &free)) {
		/* A CPU may have walked through it. */
		pmap_invalidate_page(mach, pmap, va);
		pmap_free_zero_pages(mach, free);
	}
}

/* Whether no PTE of the page table at "pde" is set. */
static bool
ptp_is_zero(struct machine *mach, pd_entry_t pde)
{
	const pt_entry_t *pte = physmem_table(mach, pde);
	pt_entry_t any;
	unsigned i;

	any = 0;
	for (i = 0; i < NPTEPG; i++)
		any |= pte[i];
	return (any == 0);
}

/*
 * Removes the mappings of the page table at "pde".  Returns whether the caller
 * has something to invalidate, which global mappings are not: those go by
 * runs.
 *
 * FreeBSD amd64/pmap.c pmap_remove_ptes(): same, of a whole table.
 */
static bool
enter_pde_remove_ptes(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va, vm_page_t *free)
{
	const vm_offset_t eva = va + NBPDR;
	const pd_entry_t ptepde = *pde;
	vm_offset_t run = eva;
	bool anyvalid = false, gone = false;
	pt_entry_t *pte;

	pte = pmap_pde_to_pte(mach, pde, va);
	for (; va < eva && !gone; pte++, va += PAGE_SIZE) {
		if ((*pte & PG_G) == 0 && run != eva) {
			pmap_invalidate_range(mach, pmap, run, va);
			run = eva;
		}
		if (*pte == 0)
			continue;
		if ((*pte & PG_G) == 0)
			anyvalid = true;
		else if (run == eva)
			run = va;
		/* A freed table holds no further PTE. */
		gone = pmap_remove_pte(mach, pmap, pte, va, ptepde, free);
	}
	if (run != eva)
		pmap_invalidate_range(mach, pmap, run, va);
	return (anyvalid);
}

/*
 * Removes the 4 KB mappings below the kernel's "pde" at "va" and keeps its
 * page table, which no page of the kernel's loses: as an empty one, which is
 * the state of each page table that is in use.
 *
 * FreeBSD amd64/pmap.c pmap_enter_pde(): adapted, how a page table of the
 * kernel is emptied; 2022 and 2026.
 */
static void
enter_pde_keep_table(struct machine *mach, pd_entry_t *pde, vm_offset_t va)
{
	vm_page_t mt;

	mt = phys_to_vm_page(mach, *pde & PG_FRAME);
	if (enter_pde_keeps_page_table(mach))
		pmap_insert_pt_page(mach, kernel_pmap, mt);
	if (enter_pde_remove_ptes(mach, kernel_pmap, pde, va, NULL))
		pmap_invalidate_all(mach, kernel_pmap);
	if (!enter_pde_keeps_page_table(mach))
		pmap_insert_pt_page(mach, kernel_pmap, mt);
}

/*
 * The kernel's superpage "*pde" makes room for another.  In 2022 its page
 * table comes back for a moment.
 *
 * FreeBSD amd64/pmap.c pmap_enter_pde(): adapted, how a superpage of the
 * kernel is replaced; 2022 and 2026.
 */
static void
enter_pde_over_kernel_pde(struct machine *mach, pd_entry_t *pde, vm_offset_t va)
{
	const bool keeps = enter_pde_keeps_page_table(mach);
	const pd_entry_t oldpde = *pde;
	vm_page_t mpte;

	pmap_remove_pde_2022(mach, kernel_pmap, pde, va, !keeps, NULL);
	if ((oldpde & PG_G) == 0)
		pmap_invalidate_pde_page(mach, kernel_pmap, va, oldpde);
	if (!keeps) {
		mpte = phys_to_vm_page(mach, *pde & PG_FRAME);
		pmap_insert_pt_page(mach, kernel_pmap, mpte);
		return;
	}
	mpte = pmap_lookup_pt_page(mach, kernel_pmap, va);
	if (mpte != NULL)
		pmap_empty_kept_ptp(mach, mpte);
}

/*
 * Removes what the user's "pde" maps at "va": a superpage, or a page table
 * with all that is in it, whose last mapping lets it go.
 *
 * FreeBSD amd64/pmap.c pmap_enter_pde(): adapted, how what a user has mapped
 * is replaced.
 */
static void
enter_pde_over_user(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va)
{
	const pd_entry_t oldpde = *pde;
	vm_page_t free;

	free = NULL;
	if ((oldpde & PG_PS) != 0) {
		pmap_remove_pde_2022(mach, pmap, pde, va, false, &free);
		if ((oldpde & PG_G) == 0)
			pmap_invalidate_pde_page(mach, pmap, va, oldpde);
	} else if (enter_pde_remove_ptes(mach, pmap, pde, va, &free))
		pmap_invalidate_all(mach, pmap);
	pmap_free_zero_pages(mach, free);
	KASSERT(*pde == 0, ("pmap_enter_pde: non-zero pde " PANIC_TEXT_PTR));
}

/*
 * Makes room for a superpage at "va", where "*pde" is valid.  The user's page
 * directory "pdpg" is held for it.
 *
 * FreeBSD amd64/pmap.c pmap_enter_pde(): adapted, its first half.
 */
static int
enter_pde_replace(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va, int flags, vm_page_t pdpg)
{
	const bool user = pmap_is_user_va(va);
	const pd_entry_t oldpde = *pde;

	KASSERT(pdpg == NULL || pdpg->wire_count > 1,
	    ("pmap_enter_pde: pdpg's reference count is too low"));
	if ((flags & PMAP_ENTER_NOREPLACE) != 0 &&
	    ((oldpde & PG_PS) != 0 || user || !ptp_is_zero(mach, oldpde))) {
		if (pdpg != NULL)
			pdpg->wire_count--;
		/* A superpage fills the room, says 2026. */
		return ((oldpde & PG_PS) != 0 &&
			    enter_pde_tells_superpage(mach) ?
			KERN_NO_SPACE :
			KERN_FAILURE);
	}
	if (user)
		enter_pde_over_user(mach, pmap, pde, va);
	else if ((oldpde & PG_PS) != 0)
		enter_pde_over_kernel_pde(mach, pde, va);
	else
		enter_pde_keep_table(mach, pde, va);
	return (KERN_SUCCESS);
}

/*
 * Keeps a page table for the wired superpage that the user gets at "va", so
 * that its demotion cannot fail.  It is not filled: the state says so.
 *
 * FreeBSD amd64/pmap.c pmap_enter_pde(): adapted, the page table of a wired
 * superpage; 2026.
 */
static vm_page_t
enter_pde_wired_ptp(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	vm_page_t mpte;

	mpte = vm_page_alloc(mach, NULL, pmap_pde_pindex(va),
	    VM_ALLOC_NORMAL | VM_ALLOC_NOOBJ | VM_ALLOC_WIRED);
	if (mpte == NULL)
		return (NULL);
	mpte->wire_count = NPTEPG;
	mpte->valid = PTP_PARTIAL;
	pmap_insert_pt_page(mach, pmap, mpte);
	pmap->pm_stats.resident_count++;
	return (mpte);
}

/* Takes back what enter_pde_wired_ptp() has made. */
static void
enter_pde_unwired_ptp(struct machine *mach, pmap_t pmap, vm_page_t mpte)
{

	pmap_remove_pt_page(mach, pmap, mpte);
	pmap->pm_stats.resident_count--;
	mpte->wire_count = 0;
	mach->cnt.v_wire_count--;
	vm_page_free(mach, mpte);
}

/*
 * Records the superpage "newpde" on its frame's list; false: there is no pv
 * entry and "flags" forbid to take one from others.
 *
 * FreeBSD amd64/pmap.c pmap_pv_insert_pde(): same.
 */
static bool
enter_pde_pv(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pd_entry_t newpde, int flags)
{
	struct md_page *pvh;
	pv_entry_t pv;

	pv = get_pv_entry(mach, pmap, (flags & PMAP_ENTER_NORECLAIM) != 0);
	if (pv == NULL)
		return (false);
	pv->pv_va = va;
	pvh = pa_to_pvh(mach, newpde & PG_PS_FRAME);
	ZTAILQ_INSERT_TAIL(&pvh->pv_list, pv, pv_list);
	return (true);
}

/* A superpage could not be made: "pdpg" loses the hold that it was to have. */
static int
enter_pde_fails(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t pdpg, int error)
{

	if (pdpg != NULL)
		pmap_abort_ptp(mach, pmap, va, pdpg);
	CTR2(mach, KTR_ENTER_PDE_FAILURE, va, pmap->pm_name);
	return (error);
}

/*
 * Makes the 2 MB mapping "newpde" of the frame that starts with "m" at "va".
 * Returns KERN_SUCCESS; KERN_RESOURCE_SHORTAGE without memory, where "flags"
 * say that it may fail so; with PMAP_ENTER_NOREPLACE KERN_NO_SPACE or
 * KERN_FAILURE where something is mapped.
 *
 * FreeBSD amd64/pmap.c pmap_enter_pde(), 2022 and 2026: adapted, no locks.
 */
int
pmap_enter_pde_2022(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pd_entry_t newpde, int flags, vm_page_t m)
{
	const bool wired = (newpde & pmap_pg_w(mach)) != 0;
	const bool user = pmap_is_user_va(va);
	pd_entry_t *pde;
	vm_page_t pdpg, uwptpg;
	int error;
	FRAME_AS("pmap_enter_pde");

	KASSERT(!user || !wired || enter_pde_may_be_wired(mach),
	    ("pmap_enter_pde: cannot create wired user mapping"));
	KASSERT((newpde & (PG_M | PG_RW)) != PG_RW,
	    ("pmap_enter_pde: newpde is missing PG_M"));
	KASSERT((flags & (PMAP_ENTER_NOREPLACE | PMAP_ENTER_NORECLAIM)) !=
		PMAP_ENTER_NORECLAIM,
	    ("pmap_enter_pde: flags is missing PMAP_ENTER_NOREPLACE"));
	pdpg = NULL;
	if (user) {
		pdpg = pmap_allocpde(mach, pmap, va,
		    (flags & PMAP_ENTER_NOSLEEP) != 0 ? M_NOWAIT : M_WAITOK);
		if (pdpg == NULL)
			return (enter_pde_fails(mach, pmap, va, NULL,
			    KERN_RESOURCE_SHORTAGE));
	}
	pde = pmap_pde(mach, pmap, va);
	if (pde == NULL)
		stop("pmap_enter_pde: page fault trap: the kernel has no page "
		     "directory at va %#llx",
		    (unsigned long long)va);
	if ((*pde & PG_V) != 0 &&
	    (error = enter_pde_replace(mach, pmap, pde, va, flags, pdpg)) !=
		KERN_SUCCESS)
		return (enter_pde_fails(mach, pmap, va, NULL, error));
	uwptpg = NULL;
	if (user && wired) {
		uwptpg = enter_pde_wired_ptp(mach, pmap, va);
		if (uwptpg == NULL)
			return (enter_pde_fails(mach, pmap, va, pdpg,
			    KERN_RESOURCE_SHORTAGE));
	}
	if ((newpde & PG_MANAGED) != 0) {
		if (!enter_pde_pv(mach, pmap, va, newpde, flags)) {
			if (uwptpg != NULL)
				enter_pde_unwired_ptp(mach, pmap, uwptpg);
			return (enter_pde_fails(mach, pmap, va, pdpg,
			    KERN_RESOURCE_SHORTAGE));
		}
		if ((newpde & PG_RW) != 0)
			page_use_aflags(vm_page_use(mach, m), PG_WRITEABLE, 0);
	}
	if (wired)
		pmap->pm_stats.wired_count += NPTEPG;
	pmap->pm_stats.resident_count += NPTEPG;
	pte_store(mach, pde, newpde);
	pmap_superpage_gained(mach, pmap);
	mach->pmap->pmap_pde_mappings++;
	CTR2(mach, KTR_ENTER_PDE, va, pmap->pm_name);
	return (KERN_SUCCESS);
}

/*
 * The bits of a mapping of "m" that is made ahead of its use, besides frame
 * and V: it was not accessed, cannot be written and is not wired.
 *
 * Simulator only: part of two functions in FreeBSD.
 */
static inline pt_entry_t
quick_bits(struct machine *mach, vm_offset_t va, vm_page_t m, vm_prot_t prot,
    boolean_t is_pde)
{

	return (pmap_quick_attributes(mach, m, prot, is_pde) |
	    (pmap_is_user_va(va) ? PG_U : 0));
}

/*
 * Finds the user page table for "va", held for one more mapping; "mpte", if
 * not NULL, is the one that the call before has used.  NULL when a superpage
 * is there, or no memory.
 *
 * FreeBSD amd64/pmap.c pmap_enter_quick_locked(): adapted, how it finds the
 * page table.
 */
static vm_page_t
quick_table(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_page_t mpte)
{
	pd_entry_t *pde;

	if (mpte == NULL || mpte->pindex != pmap_pde_pindex(va)) {
		pde = pmap_pde(mach, pmap, va);
		if (pde == NULL || (*pde & PG_V) == 0)
			return (_pmap_allocpte(mach, pmap, pmap_pde_pindex(va),
			    M_NOWAIT));
		if ((*pde & PG_PS) != 0)
			return (NULL);
		mpte = phys_to_vm_page(mach, *pde & PG_FRAME);
	}
	mpte->wire_count++;
	return (mpte);
}

/*
 * Maps "m" at "va" for reading, for executing too if "prot" says so, unless
 * something is mapped there or memory is short.  "mpte" is the page table that
 * a call before returned, or NULL; returns the one in use, NULL when nothing
 * was mapped or when a promotion took it.
 *
 * FreeBSD amd64/pmap.c pmap_enter_quick_locked(), 2022 and 2026: adapted, no
 * locks.
 */
vm_page_t
pmap_enter_quick_2022(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t m, vm_prot_t prot, vm_page_t mpte)
{
	pd_entry_t *pde;
	pt_entry_t *pte;
	FRAME_AS("pmap_enter_quick_locked");

	if (pmap_is_user_va(va)) {
		mpte = quick_table(mach, pmap, va, mpte);
		if (mpte == NULL)
			return (NULL);
		pte = physmem_table(mach, VM_PAGE_TO_PHYS(mpte));
		pte += pmap_pte_index(va);
	} else {
		mpte = NULL;
		pte = pmap_quick_kernel_pte(mach, pmap, va);
	}
	if (*pte != 0) {
		if (mpte != NULL)
			mpte->wire_count--;
		return (NULL);
	}
	if (pmap_page_is_managed(m) &&
	    !pmap_try_insert_pv_entry(mach, pmap, va, m)) {
		if (mpte != NULL)
			pmap_abort_ptp(mach, pmap, va, mpte);
		return (NULL);
	}
	pmap->pm_stats.resident_count++;
	pte_store(mach, pte,
	    VM_PAGE_TO_PHYS(m) | PG_V | quick_bits(mach, va, m, prot, FALSE));
	if (!enter_quick_promotes(mach) ||
	    (mpte != NULL && mpte->wire_count != NPTEPG))
		return (mpte);
	pde = pmap_pde(mach, pmap, va);
	pmap_try_promote_2022(mach, pmap, va, pde, m);
	return ((*pde & PG_PS) != 0 ? NULL : mpte);
}

/*
 * Makes the 2 MB mapping of "m" at "va" for pmap_enter_object().  Returns
 * whether nothing is left to be done for its 512 pages.
 *
 * FreeBSD amd64/pmap.c pmap_enter_2mpage(): same, and the caller's test.
 */
static bool
object_enter_2mpage(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t m, vm_prot_t prot)
{
	int error;

	error = pmap_enter_pde_2022(mach, pmap, va,
	    VM_PAGE_TO_PHYS(m) | PG_PS | PG_V |
		quick_bits(mach, va, m, prot, TRUE),
	    PMAP_ENTER_NOSLEEP | PMAP_ENTER_NOREPLACE | PMAP_ENTER_NORECLAIM,
	    m);
	return (error == KERN_SUCCESS || error == KERN_NO_SPACE);
}

/*
 * Maps the resident pages of an object from "m_start" on into [start, end),
 * with 2 MB mappings where addresses and reservation allow it.
 *
 * FreeBSD amd64/pmap.c pmap_enter_object(), 2022 and 2026: adapted, no locks.
 */
void
pmap_enter_object_2022(struct machine *mach, pmap_t pmap, vm_offset_t start,
    vm_offset_t end, vm_page_t m_start, vm_prot_t prot)
{
	const vm_pindex_t psize = atop(end - start);
	vm_offset_t va;
	vm_page_t m, mpte;
	vm_pindex_t diff;
	FRAME_AS("pmap_enter_object");

	mpte = NULL;
	m = m_start;
	while (m != NULL && (diff = m->pindex - m_start->pindex) < psize) {
		va = start + ptoa(diff);
		if ((va & PDRMASK) == 0 && va + NBPDR <= end &&
		    vm_page_psind(mach, m) == 1 && mach->pmap->pg_ps_enabled &&
		    object_enter_2mpage(mach, pmap, va, m, prot))
			m += NPTEPG - 1;
		else
			mpte = pmap_enter_quick_2022(mach, pmap, va, m, prot,
			    mpte);
		m = TAILQ_NEXT(m, listq);
	}
}
