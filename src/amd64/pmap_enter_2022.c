/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_enter() of 2022 and later: it can fail where its caller allows that,
 * and make a 2 MB mapping at once.  The usual case, a page where nothing was
 * mapped, is in the function itself; enter_over() is for what is replaced, and
 * enter_slow() for what comes first: no page table, or a superpage.
 */
#include "amd64/pmap_2022.h"

_Static_assert(VM_PROT_WRITE == PG_RW, "a right to write is its bit");

/*
 * What pmap_enter_flags() was asked for, and what its steps find.  On its
 * stack.
 */
struct enter {
	pmap_t pmap;
	vm_offset_t va;
	vm_page_t m;
	pd_entry_t *pde;
	pt_entry_t *pte;
	pt_entry_t newpte;
	vm_page_t mpte; /* the user page table, held once more; else NULL */
	pv_entry_t pv;	/* the old page's; read for a managed page only */
};

/*
 * Returns what is to be stored for "m" at "va".
 *
 * FreeBSD amd64/pmap.c pmap_enter(): adapted, its beginning.
 */
static inline pt_entry_t
enter_leaf(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_page_t m,
    vm_prot_t prot, int flags)
{
	pt_entry_t newpte;

	newpte = VM_PAGE_TO_PHYS(m) | PG_A | PG_V | (prot & VM_PROT_WRITE);
	if ((flags & VM_PROT_WRITE) != 0)
		newpte |= PG_M;
	if ((prot & VM_PROT_EXECUTE) == 0)
		newpte |= PG_NX;
	if ((flags & PMAP_ENTER_WIRED) != 0)
		newpte |= pmap_pg_w(mach);
	if (pmap_is_user_va(va))
		newpte |= PG_U;
	newpte |= pmap->pm_pg_g;
	if (pmap_page_is_managed(m))
		newpte |= PG_MANAGED;
	else if ((newpte & PG_RW) != 0)
		newpte |= PG_M;
	return (newpte);
}

/*
 * Finds or makes the page table where there is none, or a superpage: that is
 * demoted, and where it is removed instead there is none.  A user's table is
 * held for the mapping to come.  Returns an error when the caller does not
 * want to sleep.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): adapted, how it finds the page table.
 */
static int
enter_table(struct machine *mach, struct enter *e, int flags)
{
	pd_entry_t *pde;

	for (;;) {
		pde = pmap_pde(mach, e->pmap, e->va);
		if (pde != NULL && (*pde & PG_V) != 0 &&
		    ((*pde & PG_PS) == 0 ||
			pmap_demote_pde(mach, e->pmap, pde, e->va))) {
			e->pde = pde;
			e->pte = pmap_pde_to_pte(mach, pde, e->va);
			if (pmap_is_user_va(e->va) && e->mpte == NULL) {
				e->mpte = phys_to_vm_page(mach,
				    *pde & PG_FRAME);
				e->mpte->wire_count++;
			}
			return (KERN_SUCCESS);
		}
		if (!pmap_is_user_va(e->va))
			panic("pmap_enter: invalid page directory va=%#llx",
			    (unsigned long long)e->va);
		e->mpte = _pmap_allocpte(mach, e->pmap, pmap_pde_pindex(e->va),
		    (flags & PMAP_ENTER_NOSLEEP) != 0 ? M_NOWAIT : M_WAITOK);
		if (e->mpte == NULL && (flags & PMAP_ENTER_NOSLEEP) != 0)
			return (KERN_RESOURCE_SHORTAGE);
	}
}

/*
 * Takes the mapping "origpte" of another page off that page.  Its pv entry is
 * kept for the new one, if that needs one.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): adapted, how another page is unmapped.
 */
static void
enter_take_off(struct machine *mach, struct enter *e, pt_entry_t origpte)
{
	vm_page_t om;

	if ((origpte & PG_MANAGED) == 0) {
		pmap_invalidate_page(mach, e->pmap, e->va);
		return;
	}
	om = phys_to_vm_page(mach, origpte & PG_FRAME);
	if ((origpte & (PG_M | PG_RW)) == (PG_M | PG_RW))
		pmap_page_dirty(mach, om);
	if ((origpte & PG_A) != 0) {
		pmap_invalidate_page(mach, e->pmap, e->va);
		vm_page_aflag_set(mach, om, PG_REFERENCED);
	}
	e->pv = pmap_pvh_remove(mach, vm_page_md(mach, om), e->pmap, e->va);
	KASSERT(e->pv != NULL,
	    ("pmap_enter: no PV entry for %#llx", (unsigned long long)e->va));
	if ((e->newpte & PG_MANAGED) == 0)
		free_pv_entry(mach, e->pmap, e->pv);
	if (TAILQ_EMPTY(&vm_page_md(mach, om)->pv_list) &&
	    TAILQ_EMPTY(&page_to_pvh(mach, om)->pv_list))
		vm_page_aflag_clear(mach, om, PG_WRITEABLE);
}

/*
 * Stores the new PTE where the frame stays, and tells page and CPUs what that
 * takes from the old one.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): adapted, how it replaces a PTE.
 */
static void
enter_exchange(struct machine *mach, struct enter *e)
{
	pt_entry_t origpte;

	origpte = pte_load_store(mach, e->pte, e->newpte);
	if ((e->newpte & PG_M) == 0 &&
	    (origpte & (PG_M | PG_RW)) == (PG_M | PG_RW)) {
		if ((origpte & PG_MANAGED) != 0)
			pmap_page_dirty(mach, e->m);
		/* The next write has to find that M is clear. */
		if ((e->newpte & PG_RW) != 0 && !enter_flushes_lost_m(mach))
			return;
	} else if ((origpte & PG_NX) != 0 || (e->newpte & PG_NX) == 0)
		return; /* nothing is taken away */
	if ((origpte & PG_A) != 0)
		pmap_invalidate_page(mach, e->pmap, e->va);
}

/*
 * Deals with the valid PTE at "va".  Returns true when the new one remains to
 * be stored as if there had been none; the mapping is counted already.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): adapted, the part for an old mapping.
 */
static bool
enter_over(struct machine *mach, struct enter *e)
{
	const pt_entry_t pg_w = pmap_pg_w(mach);
	pt_entry_t origpte;

	origpte = *e->pte;
	if ((e->newpte & pg_w) != 0 && (origpte & pg_w) == 0)
		e->pmap->pm_stats.wired_count++;
	else if ((e->newpte & pg_w) == 0 && (origpte & pg_w) != 0)
		e->pmap->pm_stats.wired_count--;
	if (e->mpte != NULL) {
		e->mpte->wire_count--;
		KASSERT(e->mpte->wire_count > 0,
		    ("pmap_enter: missing reference to page table page, "
		     "va: 0x%llx",
			(unsigned long long)e->va));
	}
	if (((origpte ^ e->newpte) & PG_FRAME) != 0) {
		enter_take_off(mach, e, pte_load_clear(mach, e->pte));
		return (true);
	}
	/* The old PTE decides, not the page. */
	if ((origpte & PG_MANAGED) != 0 && (e->newpte & PG_RW) != 0)
		vm_page_aflag_set(mach, e->m, PG_WRITEABLE);
	/* What differs in A and M alone stays: an access does not set M. */
	if (((origpte ^ e->newpte) & ~(PG_M | PG_A)) != 0)
		enter_exchange(mach, e);
	return (false);
}

/* The rest of pmap_enter_flags() where something is to be done first. */
static int __attribute__((noinline))
enter_slow(struct machine *mach, struct enter *e, int flags)
{
	int error;
	FRAME_AS("pmap_enter");

	KASSERT(e->va <= VM_MAX_KERNEL_ADDRESS, ("pmap_enter: toobig"));
	CHECK_PMAP_AS("pmap_enter", e->pmap);
	CHECK_PAGE_AS("pmap_enter", e->m);
	if ((error = enter_table(mach, e, flags)) != KERN_SUCCESS)
		return (error);
	if ((*e->pte & PG_V) == 0) {
		e->pmap->pm_stats.resident_count++;
		if ((e->newpte & pmap_pg_w(mach)) != 0)
			e->pmap->pm_stats.wired_count++;
	} else if (!enter_over(mach, e))
		goto unchanged;
	if ((e->newpte & PG_MANAGED) != 0) {
		if (e->pv == NULL) {
			e->pv = get_pv_entry(mach, e->pmap, FALSE);
			e->pv->pv_va = e->va;
		}
		ZTAILQ_INSERT_TAIL(&vm_page_md(mach, e->m)->pv_list, e->pv,
		    pv_list);
		pmap_pv_note_pte(mach, e->m, e->newpte);
	}
	pte_store(mach, e->pte, e->newpte);
unchanged:
	if (e->mpte == NULL || e->mpte->wire_count == NPTEPG)
		pmap_try_promote_2022(mach, e->pmap, e->va, e->pde, e->m);
	return (KERN_SUCCESS);
}

/* The same for a superpage. */
static int __attribute__((noinline)) enter_psind(struct machine *mach,
    pmap_t pmap, vm_offset_t va, vm_page_t m, pd_entry_t newpde, int flags)
{
	FRAME_AS("pmap_enter");

	KASSERT(va <= VM_MAX_KERNEL_ADDRESS, ("pmap_enter: toobig"));
	CHECK_PMAP_AS("pmap_enter", pmap);
	CHECK_PAGE_AS("pmap_enter", m);
	KASSERT((va & PDRMASK) == 0, ("pmap_enter: va unaligned"));
	KASSERT(vm_page_psind(mach, m) == 1, ("pmap_enter: m->psind < psind"));
	return (pmap_enter_pde_2022(mach, pmap, va, newpde, flags, m));
}

/*
 * pmap_enter() of 2014 and later, for which "flags" are the access and
 * PMAP_ENTER_*.  "psind" 1 maps 2 MB at once.  Only then, or with
 * PMAP_ENTER_NOSLEEP, does it fail: KERN_RESOURCE_SHORTAGE.
 *
 * FreeBSD amd64/pmap.c pmap_enter(), 2022: adapted, no locks, and no
 * PMAP_ENTER_LARGEPAGE.
 */
int
pmap_enter_flags(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_page_t m,
    vm_prot_t prot, int flags, int psind)
{
	struct enter e;
	pv_entry_t pv;

	NONNULL_AS("pmap_enter", pmap);
	NONNULL_AS("pmap_enter", m);
	KASSERT((prot & VM_PROT_WRITE) != 0 || (flags & VM_PROT_WRITE) == 0,
	    ("pmap_enter: flags includes VM_PROT_WRITE but prot doesn't"));
	e.pmap = pmap;
	e.va = va = trunc_page(va);
	e.m = m;
	e.newpte = enter_leaf(mach, pmap, va, m, prot, flags);
	e.mpte = NULL;
	e.pv = NULL;
	if (psind == 1)
		return (enter_psind(mach, pmap, va, m,
		    e.newpte | PG_PS | pmap_page_cache_bits(mach, m, TRUE),
		    flags));
	e.newpte |= pmap_page_cache_bits(mach, m, FALSE);
	e.pde = pmap_pde(mach, pmap, va);
	if (e.pde == NULL || (*e.pde & (PG_V | PG_PS)) != PG_V ||
	    mach->invariants)
		return (enter_slow(mach, &e, flags));
	e.pte = pmap_pde_to_pte(mach, e.pde, va);
	if ((*e.pte & PG_V) != 0)
		return (enter_slow(mach, &e, flags));
	if ((e.newpte & PG_MANAGED) != 0) {
		pv = pmap_pv_get_quick(mach, pmap);
		if (pv == NULL)
			return (enter_slow(mach, &e, flags));
		pv->pv_va = va;
		ZTAILQ_INSERT_TAIL(&vm_page_md(mach, m)->pv_list, pv, pv_list);
		pmap_pv_note_pte(mach, m, e.newpte);
	}
	pmap->pm_stats.resident_count++;
	if ((e.newpte & pmap_pg_w(mach)) != 0)
		pmap->pm_stats.wired_count++;
	pte_store(mach, e.pte, e.newpte);
	if (pmap_is_user_va(va) &&
	    ++phys_to_vm_page(mach, *e.pde & PG_FRAME)->wire_count != NPTEPG)
		return (KERN_SUCCESS);
	pmap_try_promote_2022(mach, pmap, va, e.pde, m);
	return (KERN_SUCCESS);
}
