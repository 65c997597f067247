/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_enter(): the one way to make a mapping with all its attributes, and
 * the place from which promotion starts.  Every page fault and every page of
 * kmem_malloc() comes through here, most often with a page where nothing was
 * mapped before.  That is pmap_enter() itself: it cannot panic and calls
 * nothing, so it needs no frame.  pmap_enter_any() is the whole, which does
 * what it leaves.
 */
#include "amd64/pmap_2022.h"
#include "vm/vm_page_tree.h"

_Static_assert(VM_PROT_WRITE == PG_RW, "a right to write is its bit");

/*
 * Returns what "prot" contributes to a leaf.
 *
 * Simulator only: part of pmap_enter() in FreeBSD.
 */
static inline pt_entry_t
pmap_enter_rights(vm_prot_t prot)
{
	pt_entry_t bits;

	bits = prot & VM_PROT_WRITE;
	if ((prot & VM_PROT_EXECUTE) == 0)
		bits |= PG_NX;
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
	    PG_V | pmap_enter_rights(prot) |
	    pmap_page_cache_bits(mach, m, TRUE);
	if (wired)
		wanted |= PG_W;
	if (pmap_is_user_va(va))
		wanted |= PG_U;
	wanted |= pmap->pm_pg_g;
	return ((pde & ~(PG_A | PG_M | PG_MANAGED)) == wanted);
}

/*
 * Takes the mapping of "om" at "va" off "om"'s list.  Returns the pv entry
 * where the kernel reuses it for the page that comes instead, which spares a
 * chunk from being freed and allocated; else frees it and returns NULL.
 *
 * A kernel that reuses it leaves PG_WRITEABLE of "om" to its caller, who may
 * clear it only when the old PTE is gone and its M is noted: whoever finds the
 * flag clear takes the page for clean.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): same, 2010-04 and 9.0.
 */
static pv_entry_t
pmap_enter_take_pv(struct machine *mach, pmap_t pmap, vm_page_t om,
    vm_offset_t va)
{

	if (!enter_moves_pv_entry(mach)) {
		pmap_remove_entry(mach, pmap, om, va);
		return (NULL);
	}
	return (pmap_pvh_remove(mach, vm_page_md(mach, om), pmap, va));
}

/*
 * Finds the page table for pmap_enter() where the walk did not: none is there
 * yet, or a superpage is.  Returns the PDE, a user table being held once more;
 * or NULL when nothing remains to be done.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): adapted, its beginning, and two remedies.
 */
static pd_entry_t *
pmap_enter_table(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_page_t m,
    vm_prot_t prot, boolean_t wired)
{
	pd_entry_t *pde;

	pde = pmap_pde(mach, pmap, va);
	/*
	 * Before anything demotes it: the remedy is not to touch a superpage
	 * that says what is asked for.
	 */
	if (enter_is_idempotent(mach) && pde != NULL &&
	    pmap_enter_is_represented(mach, pmap, *pde, va, m, prot, wired)) {
		mach->pmap->enters_ignored++;
		return (NULL);
	}
	if (pmap_is_user_va(va)) {
		pmap_allocpte(mach, pmap, va, M_WAITOK);
		pde = pmap_pde(mach, pmap, va);
	} else if (enter_demotes_kernel_superpage(mach) && pde != NULL &&
	    (*pde & (PG_V | PG_PS)) == (PG_V | PG_PS))
		pmap_demote_pde(mach, pmap, pde, va);
	if (pde == NULL || (*pde & PG_V) == 0)
		panic("pmap_enter: invalid page directory va=%#llx",
		    (unsigned long long)va);
	if ((*pde & PG_PS) != 0)
		panic("pmap_enter: attempted pmap_enter on 2MB page");
	return (pde);
}

/*
 * Stores "newpte" with the bits "used" over "origpte" in "*pte", unless they
 * differ in bits of use only.  "om" is the page that the old PTE mapped with a
 * pv entry, else NULL; "moved", that its pv entry now is another page's.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): same, the end of the part for an old
 * mapping.
 */
static inline void
pmap_enter_exchange(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pt_entry_t *pte, pt_entry_t origpte, pt_entry_t newpte, pt_entry_t used,
    vm_page_t om, bool moved)
{
	struct page_use *use;
	pt_entry_t oldpte;
	bool invlva;

	if ((origpte & ~(PG_M | PG_A)) == newpte)
		return;
	if ((origpte & PG_V) == 0) {
		pte_fill(mach, pte, newpte | used);
		if (moved)
			pmap_page_lost_mapping(mach, om, vm_page_md(mach, om));
		return;
	}
	/*
	 * Exchanged, not stored: what the MMU noted in the old PTE until now
	 * belongs to the old page.  A translation without A was never cached.
	 */
	invlva = false;
	oldpte = pte_load_store(mach, pte, newpte | used);
	use = vm_page_use(mach, om); /* asked only of a page */
	if ((oldpte & PG_A) != 0) {
		if ((oldpte & PG_MANAGED) != 0)
			use->aflags |= PG_REFERENCED;
		if (((oldpte ^ newpte) & PG_FRAME) != 0 ||
		    ((oldpte & PG_NX) == 0 && (newpte & PG_NX) != 0))
			invlva = true;
	}
	if ((oldpte & (PG_M | PG_RW)) == (PG_M | PG_RW)) {
		if ((oldpte & PG_MANAGED) != 0)
			vm_page_dirty_use(mach, om, use);
		if ((newpte & PG_RW) == 0 ||
		    ((used & PG_M) == 0 && enter_flushes_lost_m(mach)))
			invlva = true;
	}
	if (moved)
		pmap_page_lost_mapping(mach, om, vm_page_md(mach, om));
	if (invlva)
		pmap_invalidate_page(mach, pmap, va);
}

/*
 * Makes "newpte" of "origpte" in "*pte" at "va", both of which map page "m";
 * returns it as it was compared, MANAGED included.  Wiring or protection may
 * change.  Whether there is a pv entry the old PTE tells, not the page.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): same, the part for the same page.
 */
static inline pt_entry_t
pmap_enter_same(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pt_entry_t *pte, pt_entry_t origpte, pt_entry_t newpte, pt_entry_t used,
    vm_page_t m)
{

	if (((newpte ^ origpte) & PG_W) != 0)
		pmap->pm_stats.wired_count += (newpte & PG_W) != 0 ? 1 : -1;
	newpte |= origpte & PG_MANAGED;
	pmap_enter_exchange(mach, pmap, va, pte, origpte, newpte, used,
	    (origpte & PG_MANAGED) != 0 ? m : NULL, false);
	return (newpte);
}

/*
 * Makes "newpte" of "*pte" at "va", which is not 0, and returns it as it was
 * compared, MANAGED included.  "used" are the bits of use that it is to have,
 * which do not count as a difference; "mpte" is the user page table.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): same, the part for an old mapping.
 */
static inline pt_entry_t
pmap_enter_over(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t mpte, pt_entry_t *pte, pt_entry_t newpte, pt_entry_t used)
{
	const vm_page_t m = phys_to_vm_page(mach, newpte & PG_FRAME);
	const pt_entry_t origpte = pte_load(mach, pte);
	const vm_paddr_t opa = origpte & PG_FRAME;
	vm_page_t om;
	pv_entry_t pv;
	bool replaced;

	if (opa == (newpte & PG_FRAME)) {
		if (mpte != NULL)
			mpte->wire_count--;
		return (pmap_enter_same(mach, pmap, va, pte, origpte, newpte,
		    used, m));
	}
	om = NULL;
	pv = NULL;
	replaced = false;
	/*
	 * Whatever has a frame counts as a mapping, valid or not: a removed
	 * kernel superpage leaves such PTEs.
	 */
	if (opa != 0) {
		if ((origpte & PG_W) != 0)
			pmap->pm_stats.wired_count--;
		if ((origpte & PG_MANAGED) != 0) {
			om = phys_to_vm_page(mach, opa);
			/* At once, where nothing between the two can panic. */
			replaced = pmap_page_is_managed(m) &&
			    !enter_moves_pv_entry(mach) && !mach->invariants &&
			    pmap_replace_entry(mach, pmap, om, m, va);
			if (!replaced)
				pv = pmap_enter_take_pv(mach, pmap, om, va);
		}
		if (mpte != NULL) {
			mpte->wire_count--;
			KASSERT(mpte->wire_count > 0,
			    ("pmap_enter: missing reference to page table "
			     "page, va: 0x%llx",
				(unsigned long long)va));
		}
	} else
		pmap->pm_stats.resident_count++;
	if (pmap_page_is_managed(m)) {
		newpte |= PG_MANAGED;
		if (pv != NULL) {
			ZTAILQ_INSERT_TAIL(&vm_page_md(mach, m)->pv_list, pv,
			    pv_list);
			pmap_pv_note(mach, m);
		} else if (!replaced)
			pmap_insert_entry(mach, pmap, va, m);
	} else if (pv != NULL)
		free_pv_entry(mach, pmap, pv);
	if ((newpte & PG_W) != 0)
		pmap->pm_stats.wired_count++;
	pmap_enter_exchange(mach, pmap, va, pte, origpte, newpte, used, om,
	    pv != NULL);
	return (newpte);
}

/*
 * Returns what pmap_enter() has to put at a kernel address, PG_V and use apart.
 * At a user address PG_U comes to it, where it is wired PG_W, and where there
 * is a pv entry PG_MANAGED.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): same, a part of it.
 */
static inline pt_entry_t
pmap_enter_leaf(struct machine *mach, pmap_t pmap, vm_page_t m, vm_prot_t prot)
{

	return (VM_PAGE_TO_PHYS(m) | pmap_enter_rights(prot) | pmap->pm_pg_g);
}

/*
 * The bits of use that a mapping made for "access" starts with.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): same, a part of it.
 */
static inline pt_entry_t
pmap_enter_used(vm_prot_t access)
{

	return (PG_A | (access & VM_PROT_WRITE) * (PG_M / PG_RW));
}

/*
 * Stores "newpte" where nothing was mapped, and counts the mapping; "wired"
 * puts PG_W in it.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): same, the part for a new mapping.
 */
static inline void
pmap_enter_new(struct machine *mach, pmap_t pmap, pt_entry_t *pte,
    pt_entry_t newpte, boolean_t wired)
{

	pmap->pm_stats.resident_count++;
	if (wired) {
		pmap->pm_stats.wired_count++;
		newpte |= PG_W;
	}
	pte_fill(mach, pte, newpte);
}

/*
 * Makes "newpte" of "*pte" at "va", whatever is there, and returns it as
 * pmap_enter_over() does.  "mpte", the user page table, is held already.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): same, a part of it.
 */
static inline pt_entry_t
pmap_enter_put(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t mpte, pt_entry_t *pte, pt_entry_t newpte, pt_entry_t used)
{
	const vm_page_t m = phys_to_vm_page(mach, newpte & PG_FRAME);

	if (*pte != 0)
		return (pmap_enter_over(mach, pmap, va, mpte, pte, newpte,
		    used));
	if (pmap_page_is_managed(m)) {
		newpte |= PG_MANAGED;
		pmap_insert_entry(mach, pmap, va, m);
	}
	pmap_enter_new(mach, pmap, pte, newpte | used, (newpte & PG_W) != 0);
	return (newpte);
}

/*
 * Notes on "m" that it may be written, if "newpte" says so.  9.0 keeps the
 * flag off pages that no pv entry could clear it of.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): same, a part of it, 2010-04 and 9.0.
 */
static inline void
pmap_enter_writeable(struct machine *mach, vm_page_t m, pt_entry_t newpte)
{

	if ((newpte & PG_RW) != 0 &&
	    ((newpte & PG_MANAGED) != 0 || !writeable_needs_managed(mach)))
		vm_page_aflag_set(mach, m, PG_WRITEABLE);
}

/*
 * Maps page "m" at "va" as pmap_enter() is asked to, whatever is there before,
 * and tries no promotion.  Returns the PTE; NULL where a kernel leaves all as
 * it is.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): adapted, no locks; the walk is done
 * once, pmap_allocpte() is called only where it has something to do, and no
 * clean submap, which is never made, is asserted on.
 */
static inline pt_entry_t *
pmap_enter_page(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_prot_t access, vm_page_t m, vm_prot_t prot, boolean_t wired)
{
	const pt_entry_t used = pmap_enter_used(access);
	pd_entry_t *pde;
	pt_entry_t *pte, newpte;
	vm_page_t mpte;
	FRAME_AS("pmap_enter");

	if (enter_has_flags(mach)) {
		/* It may sleep, so it does not fail. */
		(void)pmap_enter_flags(mach, pmap, va, m, prot,
		    access | (wired ? PMAP_ENTER_WIRED : 0), 0);
		/* Where there was something to promote, it did. */
		return (NULL);
	}
	KASSERT(va <= VM_MAX_KERNEL_ADDRESS, ("pmap_enter: toobig"));
	KASSERT(va < UPT_MIN_ADDRESS || va >= UPT_MAX_ADDRESS,
	    ("pmap_enter: invalid to pmap_enter page table pages (va: 0x%llx)",
		(unsigned long long)va));
	CHECK_PMAP_AS("pmap_enter", pmap);
	CHECK_PAGE_AS("pmap_enter", m);

	newpte = pmap_enter_leaf(mach, pmap, m, prot) | PG_V |
	    pmap_page_cache_bits(mach, m, FALSE);
	if (wired)
		newpte |= PG_W;
	pde = pmap_pde(mach, pmap, va);
	mpte = NULL;
	if (pde == NULL || (*pde & (PG_V | PG_PS)) != PG_V) {
		pde = pmap_enter_table(mach, pmap, va, m, prot, wired);
		if (pde == NULL)
			return (NULL);
		if (pmap_is_user_va(va)) {
			newpte |= PG_U;
			mpte = phys_to_vm_page(mach, *pde & PG_FRAME);
		}
	} else if (pmap_is_user_va(va)) {
		/* A user page table is held while its PTE changes. */
		newpte |= PG_U;
		mpte = phys_to_vm_page(mach, *pde & PG_FRAME);
		mpte->wire_count++;
	}

	pte = pmap_pde_to_pte(mach, pde, va);
	newpte = pmap_enter_put(mach, pmap, va, mpte, pte, newpte, used);
	pmap_enter_writeable(mach, m, newpte);
	return (pte);
}

/*
 * Whether the page table of "*pte", which maps "va", is full.  Where tables do
 * not count their entries, at kernel addresses, it may be.
 */
static inline bool
pmap_enter_fills_table(struct machine *mach, vm_offset_t va,
    const pt_entry_t *pte)
{

	return (!pmap_is_user_va(va) ||
	    phys_to_vm_page(mach, physmem_address(mach, pte))->wire_count ==
		NPTEPG);
}

/*
 * Maps page "m" at "va" where more is to be done than pmap_enter() itself does.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): adapted, see pmap_enter_page().
 */
static void __attribute__((noinline))
pmap_enter_any(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_prot_t access, vm_page_t m, vm_prot_t prot, boolean_t wired)
{
	pt_entry_t *pte;

	pte = pmap_enter_page(mach, pmap, va, access, m, prot, wired);
	if (pte != NULL && pmap_enter_fills_table(mach, va, pte))
		pmap_try_promote(mach, pmap, va, pte, m);
}

/*
 * pmap_enter_put() of "*pte" at "va", which does not map the page that "newpte"
 * does, in a table that is there.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): adapted, see pmap_enter_page().
 */
static pt_entry_t __attribute__((noinline))
pmap_enter_other(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pt_entry_t *pte, pt_entry_t newpte, pt_entry_t used)
{
	vm_page_t mpte;
	FRAME_AS("pmap_enter");

	mpte = NULL;
	if (pmap_is_user_va(va)) {
		/* The page table is held while its PTE changes. */
		mpte = phys_to_vm_page(mach, physmem_address(mach, pte));
		mpte->wire_count++;
	}
	return (pmap_enter_put(mach, pmap, va, mpte, pte, newpte, used));
}

/*
 * pmap_enter() in a table that is there, where "*pte" has something already, or
 * no pv entry is at hand, or the page has an attribute, which "newpte" does not
 * have yet.  The bits of use that the new PTE is to have are in "newpte", too.
 * A change of the same page's mapping cannot panic and needs no frame.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): adapted, see pmap_enter_page().
 */
static void __attribute__((noinline)) pmap_enter_in_table(struct machine *mach,
    pmap_t pmap, vm_offset_t va, pt_entry_t *pte, pt_entry_t newpte)
{
	const pt_entry_t used = newpte & (PG_A | PG_M);
	const vm_page_t m = phys_to_vm_page(mach, newpte & PG_FRAME);

	newpte &= ~used;
	newpte |= pmap_page_cache_bits(mach, m, FALSE);
	if (*pte != 0 && ((*pte ^ newpte) & PG_FRAME) == 0)
		newpte = pmap_enter_same(mach, pmap, va, pte,
		    pte_load(mach, pte), newpte, used, m);
	else
		newpte = pmap_enter_other(mach, pmap, va, pte, newpte, used);
	pmap_enter_writeable(mach, m, newpte);
	if (pmap_enter_fills_table(mach, va, pte))
		pmap_try_promote(mach, pmap, va, pte, m);
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
 * What is asked for most is done here and without a simulated frame, which
 * budgets pmap_enter/plain/page and kmem_malloc/64K/page pay for: there is a
 * page table, nothing is mapped, and a pv entry is at hand.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): adapted, no locks.
 */
void
pmap_enter(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_prot_t access,
    vm_page_t m, vm_prot_t prot, boolean_t wired)
{
	pd_entry_t *pde;
	pt_entry_t *pte, newpte;
	vm_page_t mpte;
	pv_entry_t pv;
	uint8_t odd;

	va = trunc_page(va);
	if (__builtin_expect(pmap == NULL, 0))
		goto any;
	pde = pmap_pde(mach, pmap, va);
	if (pde == NULL || (*pde & mach->enter_mask) != PG_V || m == NULL)
		goto any;
	pte = pmap_pde_to_pte(mach, pde, va);

	newpte = pmap_enter_leaf(mach, pmap, m, prot) | PG_V |
	    pmap_enter_used(access);
	mpte = NULL;
	if (pmap_is_user_va(va)) {
		newpte |= PG_U;
		mpte = frame_to_vm_page(mach, *pde & PG_FRAME);
	}
	if (*pte != 0)
		goto in_table;
	/* The descriptor itself is not looked at: see struct page_use. */
	odd = vm_page_use(mach, m)->aflags & (PG_MEMATTR | PG_NO_PV);
	if (__builtin_expect(odd == 0, 1)) {
		pv = pmap_pv_get_quick(mach, pmap);
		if (pv == NULL)
			goto in_table;
		pmap_pv_note_pte(mach, m, newpte);
		newpte |= PG_MANAGED;
		pv->pv_va = va;
		ZTAILQ_INSERT_TAIL(&vm_page_md(mach, m)->pv_list, pv, pv_list);
	} else if (odd == PG_NO_PV)
		pmap_enter_writeable(mach, m, newpte);
	else
		goto in_table;
	pmap_enter_new(mach, pmap, pte, newpte, wired);
	/* Only when the PTE stands: promotion reads all 512. */
	if (mpte == NULL || ++mpte->wire_count == NPTEPG)
		pmap_try_promote(mach, pmap, va, pte, m);
	return;

in_table:
	if (wired)
		newpte |= PG_W;
	pmap_enter_in_table(mach, pmap, va, pte, newpte);
	return;

any:
	pmap_enter_any(mach, pmap, va, access, m, prot, wired);
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
	vm_page_t m;
	FRAME();

	end = va + ptoa(npages);
	for (sva = va; sva < end; sva += PAGE_SIZE, pindex++) {
		m = vm_page_find(object, pindex);
		(void)pmap_enter_page(mach, pmap, sva, access, m, prot, wired);
	}

	for (sva = va; sva < end; sva = trunc_2mpage(sva) + NBPDR) {
		pde = pmap_pde(mach, pmap, sva);
		if ((*pde & PG_PS) != 0)
			continue;
		pte = pmap_pde_to_pte(mach, pde, sva);
		m = phys_to_vm_page(mach, *pte & PG_FRAME);
		if (pmap_enter_fills_table(mach, sva, pte))
			pmap_try_promote(mach, pmap, sva, pte, m);
	}
}
