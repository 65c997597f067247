/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking mappings away: of a range, of one page, of a whole address space.
 *
 * The order inside one removal is always the same: the entry is cleared
 * first, by an exchange, so that what the MMU noted in it until then is not
 * lost; then counters, page and pv entry follow what the old entry said; and
 * a page-table page that is thereby unused is freed last, after the
 * invalidation, because until then the MMU may still walk through it.
 *
 * pmap_remove_pte(), pmap_remove_all() and pmap_remove_pages() look alike but
 * let go of pv entry and page-table page in different order, and that order
 * decides which page is handed out next.
 */
#include <string.h>

#include "amd64/pmap_2022.h"

/*
 * Takes the page-table page that was kept for the user superpage at "va" out
 * of "pmap" and puts it on the list "free".  Its PTEs are still filled, so it
 * is not marked zero.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pde(), pmap_remove_pages(): same; "who" is
 * the one that speaks in the assertion.
 */
static inline void
free_kept_pt_page(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t *free, const char *who)
{
	vm_page_t mpte;

	mpte = pmap_lookup_pt_page(mach, pmap, va);
	if (mpte == NULL)
		return;
	pmap_remove_pt_page(mach, pmap, mpte);
	if (removal_uncounts_page_table(mach))
		pmap->pm_stats.resident_count--;
	KASSERT(!page_tables_have_states(mach) || mpte->valid != PTP_EMPTY,
	    ("%s: pte page not promoted", who));
	KASSERT(mpte->wire_count == NPTEPG,
	    ("%s: pte page %s count error", who,
		page_tables_have_states(mach) ? "ref" : "wire"));
	mpte->wire_count = 0;
	pmap_add_delayed_free_list(mpte, free, FALSE);
	mach->cnt.v_wire_count--;
}

/*
 * Puts the page-table page kept for the kernel superpage at "va" back below
 * "pde", which was cleared before.
 *
 * What it holds then is where kernels differ.  With litter it stays full of
 * the valid PTEs from which the superpage was promoted.  Later kernels zero
 * it.  Neither counts a demotion.
 *
 * FreeBSD 10 amd64/pmap.c pmap_remove_kernel_pde(): same, when zeroed.
 */
static void
pmap_remove_kernel_pde(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t va)
{
	pd_entry_t newpde;
	vm_page_t mpte;
	FRAME();

	mpte = pmap_lookup_pt_page(mach, pmap, va);
	if (mpte == NULL)
		stop("pmap_remove_kernel_pde: no page-table page is kept for "
		     "va %#llx",
		    (unsigned long long)va);
	pmap_remove_pt_page(mach, pmap, mpte);
	newpde = VM_PAGE_TO_PHYS(mpte) | PG_M | PG_A | PG_RW | PG_V;
	if (kernel_ptes_are_litter(mach))
		mach->pmap->audit_waived |= AUDIT_WAIVE_KERNEL_RESIDENT |
		    AUDIT_WAIVE_WIRED;
	else {
		memset(physmem_table(mach, newpde), 0, PAGE_SIZE);
		mach->pmap->pte_stores.changed += NPTEPG;
	}
	/* Filled before it is linked: the MMU may walk it at once. */
	pmap_change_size(mach, pmap, va, pde, newpde);
	pmap_invalidate_page(mach, pmap, vtopte(va));
}

/*
 * Lets those of the "n" pages with "use" and "md" forget that they may be
 * written which no page of 4 KB maps.  Returns whether it maps none of them.
 */
static bool __attribute__((noinline))
pages_lost_each(struct page_use *use, const struct md_page *md, size_t n)
{
	bool all = true;
	size_t i;

	for (i = 0; i < n; i++)
		if (TAILQ_EMPTY(&md[i].pv_list))
			use[i].aflags &= (uint8_t)~PG_WRITEABLE;
		else
			all = false;
	return (all);
}

/*
 * pages_lost_superpage() where some page may have a mapping of 4 KB.  Called
 * last, so that who has no such page saves no register for it.
 *
 * Simulator only.
 */
static void __attribute__((noinline))
pages_lost_superpage_small(struct page_use *use, const struct md_page *md,
    uint8_t referenced)
{

	page_use_aflags(use, referenced, 0);
	if (pages_lost_each(use, md, NPTEPG))
		page_use_aflags(use, 0, PG_SMALL);
}

/*
 * Sets "referenced", an aflag or 0, of the 512 pages with "use" and "md", which
 * no superpage maps any more, and lets those without a mapping of 4 KB forget
 * that they may be written.
 *
 * Simulator only: FreeBSD has that loop in each of three functions.
 */
static inline void
pages_lost_superpage(struct page_use *use, const struct md_page *md,
    uint8_t referenced)
{

	/* Where many superpages are worked on the host waits for the lists. */
	if (__builtin_expect(!page_use_any_aflag(use, PG_SMALL), 1))
		page_use_aflags(use, referenced, PG_WRITEABLE);
	else
		pages_lost_superpage_small(use, md, referenced);
}

/*
 * Gives what the superpage entry "oldpde" says of use to its 512 pages, whose
 * mapping at "sva" is gone.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pde(): same.
 */
static inline void
remove_pde_pages(struct machine *mach, pmap_t pmap, pd_entry_t oldpde,
    vm_offset_t sva)
{
	struct md_page *pvh;
	vm_page_t first;
	struct md_page *md;
	struct page_use *use;
	uint8_t referenced;

	pvh = pa_to_pvh(mach, oldpde & PG_PS_FRAME);
	md = phys_to_md_page(mach, oldpde & PG_PS_FRAME);
	pmap_pvh_free(mach, pvh, pmap, sva);
	referenced = (oldpde & PG_A) != 0 ? PG_REFERENCED : 0;
	first = phys_to_vm_page(mach, oldpde & PG_PS_FRAME);
	use = vm_page_use(mach, first);
	if ((oldpde & (PG_M | PG_RW)) == (PG_M | PG_RW))
		pmap_superpage_dirty(mach, first);
	if (TAILQ_EMPTY(&pvh->pv_list))
		pages_lost_superpage(use, md, referenced);
	else
		page_use_aflags(use, referenced, 0);
}

/*
 * For pmap_demote_2022.c.
 *
 * Simulator only: a copy that is no part of pmap_remove_pde().
 */
void
pmap_free_kept_pt_page(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t *free, const char *who)
{

	free_kept_pt_page(mach, pmap, va, free, who);
}

/*
 * For pmap_demote_2022.c.
 *
 * Simulator only: a copy that is no part of pmap_remove_pde().
 */
void
pmap_remove_pde_pages(struct machine *mach, pmap_t pmap, pd_entry_t oldpde,
    vm_offset_t sva)
{

	remove_pde_pages(mach, pmap, oldpde, sva);
}

/*
 * Removes the 2 MB mapping "pdq" at "sva".  Returns nonzero when the page
 * directory became unused and was put on the list "free".
 *
 * The entry is cleared at once; of a kernel superpage the kept page-table
 * page is put back by pmap_demote_pde(), which thus finds an empty entry:
 * with invariants it panics, without them it fills the table with 0, 0x1000,
 * 0x2000...: invalid PTEs that pmap_enter() and pmap_remove() take for
 * mappings.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pde(): adapted, no locks.
 */
int
pmap_remove_pde(struct machine *mach, pmap_t pmap, pd_entry_t *pdq,
    vm_offset_t sva, vm_page_t *free)
{
	pd_entry_t oldpde;
	FRAME();

	if (page_tables_have_states(mach))
		return (pmap_remove_pde_2022(mach, pmap, pdq, sva, true, free));
	KASSERT((sva & PDRMASK) == 0,
	    ("pmap_remove_pde: sva is not 2mpage aligned"));
	oldpde = pte_load_clear(mach, pdq);
	if ((oldpde & PG_PS) != 0)
		pmap_superpage_lost(mach, pmap);
	if ((oldpde & PG_W) != 0)
		pmap->pm_stats.wired_count -= NPTEPG;
	if ((oldpde & PG_G) != 0)
		pmap_invalidate_superpage(mach, kernel_pmap, sva);
	pmap->pm_stats.resident_count -= NPTEPG;
	if ((oldpde & PG_MANAGED) != 0)
		remove_pde_pages(mach, pmap, oldpde, sva);
	if (pmap != kernel_pmap)
		free_kept_pt_page(mach, pmap, sva, free, __func__);
	else if (removal_links_kept_kernel_table(mach))
		pmap_remove_kernel_pde(mach, pmap, pdq, sva);
	else if (!pmap_demote_pde(mach, pmap, pdq, sva))
		panic("pmap_remove_pde: failed demotion");
	return (pmap_unuse_pt(mach, pmap, sva, *pmap_pdpe(mach, pmap, sva),
	    free));
}

/*
 * Returns whether what is unmapped at "va" stays in the tables: litter, the
 * hypothesis of October 2010.  Of a kernel address all is done but that.
 *
 * Simulator only.
 */
static bool
pmap_leaves_litter(struct machine *mach, vm_offset_t va)
{

	if (!kernel_ptes_are_litter(mach) || pmap_is_user_va(va))
		return (false);
	mach->pmap->audit_waived |= AUDIT_WAIVE_KERNEL_RESIDENT |
	    AUDIT_WAIVE_WIRED | AUDIT_WAIVE_PV;
	return (true);
}

/*
 * What pmap_remove_pte() does at all addresses of one page table, decided
 * before the first by remove_way_init(), and what it leaves to be invalidated;
 * in the caller's frame.  Budget pmap_remove/512x4K/page pays for that.
 */
struct remove_way {
	bool litter;	  /* the PTE stays */
	bool flush;	  /* a global mapping is invalidated at once */
	bool counts;	  /* which is no more than counted, */
	uint64_t counted; /* here, unless more depends on the order */
	vm_offset_t run;  /* else from here on, if not NO_RUN */
	bool anyvalid;	  /* one that is not global was removed */
	vm_page_t mpte;	  /* the user page table; else NULL */
	bool unuse;	  /* pmap_unuse_pt() does something */
};
#define NO_RUN (~(vm_offset_t)0) /* where no page begins */

static inline void
remove_way_init(struct machine *mach, vm_offset_t va, pd_entry_t ptepde,
    struct remove_way *way)
{
	const bool user = pmap_is_user_va(va);

	way->litter = pmap_leaves_litter(mach, va);
	way->flush = !removal_batches_invalidation(mach);
	way->counts = false;
	way->counted = 0;
	way->run = NO_RUN;
	way->anyvalid = false;
	way->mpte = user ? phys_to_vm_page(mach, ptepde & PG_FRAME) : NULL;
	way->unuse = user || unuse_clears_kernel_pte(mach);
}

/*
 * pmap_remove_pte(), to be expanded in a loop.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pte(): adapted, no locks; 2010-04 and 9.0.
 */
static inline int
remove_pte(struct machine *mach, pmap_t pmap, pt_entry_t *ptq, vm_offset_t va,
    pd_entry_t ptepde, vm_page_t *free, struct remove_way *way)
{
	pt_entry_t oldpte;

	if (__builtin_expect(way->litter, 0))
		oldpte = *ptq;
	else
		oldpte = pte_load_clear(mach, ptq);
	if ((oldpte & PG_W_ANY) != 0)
		pmap->pm_stats.wired_count--;
	if ((oldpte & PG_G) == 0)
		way->anyvalid = true;
	else if (way->counts && (oldpte & PG_MANAGED) == 0)
		way->counted++;
	else if (way->flush)
		pmap_invalidate_page(mach, kernel_pmap, va);
	/* 9.0 sends one message for a run of pages, not one each. */
	else if (way->run == NO_RUN)
		way->run = va;
	pmap->pm_stats.resident_count--;
	if ((oldpte & PG_MANAGED) != 0)
		pmap_remove_mapping(mach, pmap, oldpte, va);
	/*
	 * A table that stays in use, as most do: pmap_unuse_pt()'s test, made
	 * here.  Budget pmap_remove/512x4K/page pays for it.
	 */
	if (way->mpte != NULL && way->mpte->wire_count != 1) {
		way->mpte->wire_count--;
		return (0);
	}
	return (way->unuse ? pmap_unuse_pt(mach, pmap, va, ptepde, free) : 0);
}

/*
 * Removes the mapping "ptq" at "va", valid or not, under the page directory
 * entry "ptepde".  Returns nonzero when its page-table page became unused and
 * was put on the list "free".
 *
 * From 9.0 on global mappings are not invalidated here: whoever calls batches
 * that for all that he removes.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pte(): adapted, no locks; 2010-04 and 9.0.
 */
int
pmap_remove_pte(struct machine *mach, pmap_t pmap, pt_entry_t *ptq,
    vm_offset_t va, pd_entry_t ptepde, vm_page_t *free)
{
	struct remove_way way;
	FRAME();

	remove_way_init(mach, va, ptepde, &way);
	return (remove_pte(mach, pmap, ptq, va, ptepde, free, &way));
}

/*
 * Removes the valid 4 KB mapping of "va" below "pde", if there is one, and
 * invalidates it: a second time where it is global.
 *
 * FreeBSD amd64/pmap.c pmap_remove_page(): same.
 */
void
pmap_remove_page(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pd_entry_t *pde, vm_page_t *free)
{
	pt_entry_t *pte;
	FRAME();

	if ((*pde & PG_V) == 0)
		return;
	pte = pmap_pde_to_pte(mach, pde, va);
	if ((pte_load(mach, pte) & PG_V) == 0)
		return;
	pmap_remove_pte(mach, pmap, pte, va, *pde, free);
	pmap_invalidate_page(mach, pmap, va);
}

/*
 * Removes what the PTEs of [sva, eva) below "pde" map; anything but 0 counts.
 * Returns whether something of it remains to be invalidated by the caller,
 * which global mappings do not.
 *
 * FreeBSD amd64/pmap.c pmap_remove(), its inner loop: same, 2010-04 and 9.0,
 * with pmap_remove_pte() expanded in it.
 */
static bool
pmap_remove_ptes(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t sva, vm_offset_t eva, vm_page_t *free)
{
	const pd_entry_t ptepde = *pde;
	const pt_entry_t counted = removal_ignores_stray_bits(mach) ?
	    ~(PG_A | PG_M) :
	    ~UINT64_C(0);
	struct remove_way way;
	pt_entry_t *pte;
	FRAME_AS("pmap_remove_pte");

	remove_way_init(mach, sva, ptepde, &way);
	/* Without TLBs an invalidation is no more than counted. */
	way.counts = way.flush && mach->config.tlb == NULL;
	for (pte = pmap_pde_to_pte(mach, pde, sva); sva < eva;
	     pte++, sva += PAGE_SIZE) {
		if ((pte_load(mach, pte) & counted) == 0) {
			if (way.run != NO_RUN)
				pmap_invalidate_range(mach, pmap, way.run, sva);
			way.run = NO_RUN;
			continue;
		}
		/* A freed table holds no further PTE. */
		if (remove_pte(mach, pmap, pte, sva, ptepde, free, &way))
			break;
	}
	if (way.counted != 0)
		pmap_invalidate_counted(mach, way.counted);
	if (way.run != NO_RUN)
		pmap_invalidate_range(mach, pmap, way.run, eva);
	return (way.anyvalid);
}

/*
 * Removes all mappings of [sva, eva).  A superpage that lies in the range with
 * a part only is demoted first; when that fails it is gone altogether.
 *
 * It returns at once, and stops, when resident_count is 0; what a count gone
 * wrong then leaves behind stays mapped.
 *
 * FreeBSD amd64/pmap.c pmap_remove(): adapted, no locks.
 */
void
pmap_remove(struct machine *mach, pmap_t pmap, vm_offset_t sva, vm_offset_t eva)
{
	vm_offset_t va_next;
	pd_entry_t *pde;
	vm_page_t free;
	bool anyvalid;
	FRAME();

	CHECK_PMAP(pmap);
	/* The top level alone is no mapping. */
	if (pmap->pm_stats.resident_count <= 1 &&
	    (pmap->pm_stats.resident_count == 0 || resident_counts_pml4(mach)))
		return;
	free = NULL;
	anyvalid = false;

	/* A single page is invalidated by itself, not with all others. */
	if (sva + PAGE_SIZE == eva) {
		pde = pmap_pde(mach, pmap, sva);
		if (pde != NULL && (*pde & PG_PS) == 0) {
			pmap_remove_page(mach, pmap, sva, pde, &free);
			pmap_free_zero_pages(mach, free);
			return;
		}
	}

	for (; sva < eva; sva = va_next) {
		if (pmap->pm_stats.resident_count == 0)
			break;
		pde = pmap_walk_pde(mach, pmap, sva, eva, &va_next);
		if (pde == NULL || pte_load(mach, pde) == 0)
			continue;
		if ((*pde & PG_PS) != 0) {
			if ((sva & PDRMASK) == 0 && eva >= va_next) {
				if ((*pde & PG_G) == 0)
					anyvalid = true;
				pmap_remove_pde(mach, pmap, pde, sva, &free);
				continue;
			}
			if (!pmap_demote_pde(mach, pmap, pde, sva))
				continue;
		}
		if (va_next > eva)
			va_next = eva;
		if (pmap_remove_ptes(mach, pmap, pde, sva, va_next, &free))
			anyvalid = true;
	}
	if (anyvalid)
		pmap_invalidate_all(mach, pmap);
	pmap_free_zero_pages(mach, free);
}

/*
 * Removes page "m" from all address spaces.  Superpages that it is part of
 * are demoted first; one whose demotion fails is gone, and 511 other pages
 * with it.  An unmanaged page has no mapping that could be found; it only
 * loses PG_WRITEABLE.
 *
 * The page-table page is let go before the pv entry.
 *
 * FreeBSD amd64/pmap.c pmap_remove_all(): adapted, no locks; 2010-04 and 9.0.
 */
static void __attribute__((noinline))
remove_all(struct machine *mach, vm_page_t m, struct md_page *md)
{
	struct page_use *const use = vm_page_use(mach, m);
	struct md_page *pvh;
	pv_entry_t pv;
	pmap_t pmap;
	pt_entry_t *pte, tpte;
	pd_entry_t *pde;
	vm_page_t free;
	FRAME_AS("pmap_remove_all");

	KASSERT(!managed_is_asserted(mach) || pmap_page_is_managed(m),
	    ("pmap_remove_all: page PTR is not managed"));
	KASSERT((vm_page_flags(m) & PG_FICTITIOUS) == 0,
	    ("pmap_remove_all: page PTR is fictitious"));
	free = NULL;
	pvh = page_to_pvh(mach, m);
	while ((pv = TAILQ_FIRST(&pvh->pv_list)) != NULL) {
		pmap = pv_pmap(pv);
		pde = pmap_pv_pde(mach, pv, "pmap_remove_all");
		pmap_demote_pde(mach, pmap, pde, pv->pv_va);
	}
	while ((pv = TAILQ_FIRST(&md->pv_list)) != NULL) {
		pmap = pv_pmap(pv);
		pmap->pm_stats.resident_count--;
		pde = pmap_pv_pde(mach, pv, "pmap_remove_all");
		KASSERT((*pde & PG_PS) == 0,
		    ("pmap_remove_all: found a "
		     "2mpage in page PTR's pv list"));
		pte = pmap_pde_to_pte(mach, pde, pv->pv_va);
		tpte = pte_load_clear(mach, pte);
		if ((tpte & PG_W_ANY) != 0)
			pmap->pm_stats.wired_count--;
		if ((tpte & PG_A) != 0)
			use->aflags |= PG_REFERENCED;
		if ((tpte & (PG_M | PG_RW)) == (PG_M | PG_RW))
			vm_page_dirty_use(mach, m, use);
		pmap_unuse_pt(mach, pmap, pv->pv_va, *pde, &free);
		pmap_invalidate_page(mach, pmap, pv->pv_va);
		/* 9.0 gives all tables back at the end, the last one first. */
		if (!remove_all_frees_tables_last(mach)) {
			pmap_free_zero_pages(mach, free);
			free = NULL;
		}
		TAILQ_REMOVE(&md->pv_list, pv, pv_list);
		free_pv_entry(mach, pmap, pv);
	}
	use->aflags &= (uint8_t)~PG_WRITEABLE;
	pmap_free_zero_pages(mach, free);
}

/*
 * Removes all mappings of "m" from all address spaces.  Most pages that the
 * kernel frees have none left, which is seen here without a simulated frame:
 * budget kmem_free/64K/page pays for it.
 *
 * FreeBSD amd64/pmap.c pmap_remove_all(): adapted, no locks.
 */
void
pmap_remove_all(struct machine *mach, vm_page_t m)
{
	struct md_page *const md = vm_page_md(mach, m);

	NONNULL(m);
	if (!mach->invariants && TAILQ_EMPTY(&md->pv_list) &&
	    TAILQ_EMPTY(&page_to_pvh(mach, m)->pv_list))
		vm_page_aflag_clear(mach, m, PG_WRITEABLE);
	else
		remove_all(mach, m, md);
}

/*
 * Undoes on the pages' side the mapping "tpte" with pv entry "pv": superpage
 * where PG_PS is set.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pages(): same.
 */
static void
pmap_remove_pages_pv(struct machine *mach, pmap_t pmap, pv_entry_t pv,
    pt_entry_t tpte, vm_page_t *free)
{
	struct md_page *pvh;
	vm_page_t m, mend, mt;

	/*
	 * PG_FRAME for a superpage too: one with the PAT bit is taken to start
	 * a page too high.  No further than the page array, though.
	 */
	m = phys_to_vm_page(mach, tpte & PG_FRAME);
	mend = m + 1;
	if ((tpte & PG_PS) != 0) {
		if (remove_pages_masks_superpage(mach))
			m = phys_to_vm_page(mach, tpte & PG_PS_FRAME);
		mend = m + NPTEPG;
		if (mend > phys_to_vm_page(mach, mach->physmem->size))
			mend = phys_to_vm_page(mach, mach->physmem->size);
	}
	if ((tpte & (PG_M | PG_RW)) == (PG_M | PG_RW))
		for (mt = m; mt < mend; mt++)
			pmap_page_dirty(mach, mt);

	/* The chunk keeps its place, unlike in free_pv_entry(). */
	mach->pmap->pv_entry_frees++;
	mach->pmap->pv_entry_spare++;
	mach->pmap->pv_entry_count--;

	if ((tpte & PG_PS) == 0) {
		pmap->pm_stats.resident_count--;
		TAILQ_REMOVE(&vm_page_md(mach, m)->pv_list, pv, pv_list);
		pmap_page_lost_mapping(mach, m, vm_page_md(mach, m));
		return;
	}
	pmap_superpage_lost(mach, pmap);
	pmap->pm_stats.resident_count -= NPTEPG;
	pvh = pa_to_pvh(mach, tpte & PG_PS_FRAME);
	TAILQ_REMOVE(&pvh->pv_list, pv, pv_list);
	if (TAILQ_EMPTY(&pvh->pv_list))
		(void)pages_lost_each(vm_page_use(mach, m), vm_page_md(mach, m),
		    (size_t)(mend - m));
	free_kept_pt_page(mach, pmap, pv->pv_va, free, "pmap_remove_pages");
}

/*
 * Removes the mapping of "pv" from the tables of "pmap" and from its page.
 * Returns false, with nothing done, when it is wired.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pages(): same.
 */
static bool __attribute__((noinline, cold))
pmap_remove_pages_one(struct machine *mach, pmap_t pmap, pv_entry_t pv,
    vm_page_t *free)
{
	pd_entry_t *pde, ptepde;
	pt_entry_t *pte, tpte;
	pdp_entry_t *pdpe;

	pdpe = pmap_pdpe(mach, pmap, pv->pv_va);
	if (__builtin_expect(pdpe == NULL, 0))
		stop("pmap_remove_pages: page fault trap: no page directory "
		     "at va %#llx",
		    (unsigned long long)pv->pv_va);
	ptepde = *pdpe;
	pde = pmap_pdpe_to_pde(mach, pdpe, pv->pv_va);
	if ((*pde & (PG_PS | PG_V)) == PG_V) {
		ptepde = *pde;
		pte = pmap_pde_to_pte(mach, pde, pv->pv_va);
		/* PAT of a PTE is the bit that means a superpage below. */
		tpte = pte_load(mach, pte) & ~PG_PTE_PAT;
	} else {
		pte = pde;
		tpte = pte_load(mach, pde);
	}
	if ((tpte & PG_V) == 0)
		panic("bad pte");
	if ((tpte & PG_W_ANY) != 0)
		return (false);
	KASSERT((tpte & PG_FRAME) < mach->physmem->size,
	    ("pmap_remove_pages: bad tpte %#jx", (uintmax_t)tpte));
	/*
	 * Not exchanged: who calls pmap_remove_pages() sees to it that no other
	 * CPU has this pmap, so that no MMU notes a use between the load and
	 * the store.
	 */
	pte_store(mach, pte, 0);
	pmap_remove_pages_pv(mach, pmap, pv, tpte, free);
	pmap_unuse_pt(mach, pmap, pv->pv_va, ptepde, free);
	return (true);
}

/*
 * The tables that pmap_remove_pages() found last, in its frame: entries of a
 * chunk mostly follow each other.  An index is that of no address before the
 * first is found, and again when a table was freed.
 */
struct remove_walk {
	vm_page_t free;	       /* tables to be freed at the end */
	vm_offset_t pd_index;  /* va >> PDPSHIFT */
	vm_offset_t pt_index;  /* va >> PDRSHIFT */
	uint64_t *pd, *pt;     /* entries */
	vm_page_t pdpg, mpte;  /* their pages */
	unsigned small, large; /* mappings removed that are not counted yet */
};

/*
 * Returns the page directory's entry for the program's address "va"; NULL
 * where there is none, and where a kernel asserts more than is looked at here.
 */
static inline pd_entry_t *
remove_walk_pde(struct machine *mach, pmap_t pmap, struct remove_walk *walk,
    vm_offset_t va)
{
	pdp_entry_t *pdpe;

	if (__builtin_expect(va >> PDPSHIFT != walk->pd_index, 0)) {
		if (mach->invariants || !pmap_is_user_va(va))
			return (NULL);
		pdpe = pmap_pdpe(mach, pmap, va);
		if (pdpe == NULL || (*pdpe & PG_V) == 0)
			return (NULL);
		walk->pd_index = va >> PDPSHIFT;
		walk->pd = physmem_table(mach, *pdpe);
		walk->pdpg = phys_to_vm_page(mach, *pdpe & PG_FRAME);
	}
	return (&walk->pd[pmap_pde_index(va)]);
}

/* Lets table page "m", which maps "va", go of an entry. */
static inline void
remove_walk_unuse(struct machine *mach, pmap_t pmap, struct remove_walk *walk,
    vm_offset_t va, vm_page_t m)
{

	if (__builtin_expect(m->wire_count != 1, 1)) {
		m->wire_count--;
		return;
	}
	(void)pmap_unwire_pte_hold(mach, pmap, va, m, &walk->free);
	walk->pd_index = walk->pt_index = ~(vm_offset_t)0;
}

/* What follows for the pages of a superpage that "pvh" had, and "tpde" was. */
static void __attribute__((noinline))
remove_walk_superpage_pages(struct machine *mach, const struct md_page *pvh,
    pd_entry_t tpde)
{
	const struct md_page *const md = phys_to_md_page(mach,
	    tpde & PG_PS_FRAME);
	struct page_use *const use = frame_to_page_use(mach,
	    tpde & PG_PS_FRAME);

	if ((tpde & (PG_M | PG_RW)) == (PG_M | PG_RW))
		page_use_dirty(use);
	if (TAILQ_EMPTY(&pvh->pv_list))
		pages_lost_superpage(use, md, 0);
}

/*
 * pmap_remove_pages_one() for the superpage "*pde" with "pv"; false, and
 * nothing done, where it is wired, or anything else than usual.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pages(): same, a part of it.
 */
static inline bool
remove_walk_superpage(struct machine *mach, pmap_t pmap,
    struct remove_walk *walk, pv_entry_t pv, pd_entry_t *pde)
{
	const pd_entry_t tpde = pte_load(mach, pde);
	struct md_page *pvh;

	/* With a bit of the frame below 2 MB it is the PAT bit's case. */
	if ((tpde & (PG_PS | PG_V | PG_W_ANY | (PG_FRAME & PDRMASK))) !=
	    (PG_PS | PG_V))
		return (false);
	pte_store(mach, pde, 0);
	walk->large++;
	pvh = pa_to_pvh(mach, tpde & PG_PS_FRAME);
	TAILQ_REMOVE(&pvh->pv_list, pv, pv_list);
	if (TAILQ_EMPTY(&pvh->pv_list) ||
	    (tpde & (PG_M | PG_RW)) == (PG_M | PG_RW))
		remove_walk_superpage_pages(mach, pvh, tpde);
	if (pmap->pm_root != NULL)
		free_kept_pt_page(mach, pmap, pv->pv_va, &walk->free,
		    "pmap_remove_pages");
	remove_walk_unuse(mach, pmap, walk, pv->pv_va, walk->pdpg);
	return (true);
}

/*
 * pmap_remove_pages_one() for what most entries are: of a program's mapping
 * that is not wired, in a kernel that asserts nothing.  False, and nothing
 * done, for others.  What is counted of pv entries is left to the caller.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pages(): same, a part of it.
 */
static inline bool
remove_walk_one(struct machine *mach, pmap_t pmap, struct remove_walk *walk,
    pv_entry_t pv)
{
	const vm_offset_t va = pv->pv_va;
	pt_entry_t *pte, tpte;
	struct md_page *md;
	pd_entry_t *pde;

	if (va >> PDRSHIFT != walk->pt_index) {
		pde = remove_walk_pde(mach, pmap, walk, va);
		if (pde == NULL)
			return (false);
		if ((*pde & (PG_PS | PG_V)) != PG_V)
			return (remove_walk_superpage(mach, pmap, walk, pv,
			    pde));
		walk->pt_index = va >> PDRSHIFT;
		walk->pt = physmem_table(mach, *pde);
		walk->mpte = phys_to_vm_page(mach, *pde & PG_FRAME);
	}
	pte = &walk->pt[pmap_pte_index(va)];
	tpte = pte_load(mach, pte);
	if ((tpte & (PG_V | PG_W_ANY)) != PG_V)
		return (false);
	pte_store(mach, pte, 0);
	if ((tpte & (PG_M | PG_RW)) == (PG_M | PG_RW))
		frame_to_page_use(mach, tpte & PG_FRAME)
		    ->dirty = VM_PAGE_BITS_ALL;
	walk->small++;
	md = phys_to_md_page(mach, tpte & PG_FRAME);
	TAILQ_REMOVE(&md->pv_list, pv, pv_list);
	/* A page that others map, too, has no need of its descriptor. */
	if (TAILQ_EMPTY(&md->pv_list) &&
	    TAILQ_EMPTY(&pa_to_pvh(mach, tpte & PG_FRAME)->pv_list))
		frame_to_page_use(mach, tpte & PG_FRAME)
		    ->aflags &= (uint8_t)~PG_WRITEABLE;
	remove_walk_unuse(mach, pmap, walk, va, walk->mpte);
	return (true);
}

/* Counts what was removed and is not counted yet. */
static inline void
remove_walk_count(struct machine *mach, pmap_t pmap, struct remove_walk *walk)
{
	struct pmap_state *st = mach->pmap;
	const int freed = (int)(walk->small + walk->large);

	pmap->pm_stats.resident_count -= walk->small +
	    (int64_t)walk->large * NPTEPG;
	pmap->pm_superpages -= walk->large;
	st->superpages -= walk->large;
	st->pv_entry_frees += freed;
	st->pv_entry_spare += freed;
	st->pv_entry_count -= freed;
	walk->small = walk->large = 0;
}

/*
 * Removes the mappings of the entries of one field of a chunk, from "first"
 * on, whose bits "inuse" has, and marks in "*map" those that are free then:
 * wired ones are not.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pages(), its inner loop: same.
 */
static inline void
remove_walk_field(struct machine *mach, pmap_t pmap, struct remove_walk *walk,
    pv_entry_t first, uint64_t inuse, uint64_t *map)
{
	uint64_t freed = inuse;
	pv_entry_t pv;

	for (; inuse != 0; inuse &= inuse - 1) {
		pv = &first[__builtin_ctzll(inuse)];
		if (__builtin_expect(remove_walk_one(mach, pmap, walk, pv), 1))
			continue;
		/* It may panic, so all before it is noted. */
		remove_walk_count(mach, pmap, walk);
		*map |= freed & ~inuse;
		if (!pmap_remove_pages_one(mach, pmap, pv, &walk->free))
			freed &= ~(inuse & -inuse);
		walk->pd_index = walk->pt_index = ~(vm_offset_t)0;
	}
	*map |= freed;
}

/*
 * Removes all managed mappings of the current address space but the wired
 * ones, faster than pmap_remove(): chunk by chunk, with one invalidation.
 * For exiting programs; so nobody is told which pages were referenced.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pages(): adapted, no locks.
 */
void
pmap_remove_pages(struct machine *mach, pmap_t pmap)
{
	static const uint64_t pc_freemask[_NPCM] = {PC_FREE0, PC_FREE1,
	    PC_FREE2};
	struct remove_walk walk = {.pd_index = ~(vm_offset_t)0,
	    .pt_index = ~(vm_offset_t)0};
	struct pv_chunk *pc, *npc;
	unsigned field;
	FRAME();

	NONNULL(pmap);
	if (!pmap_is_current(mach, pmap)) {
		if (!page_tables_have_states(mach))
			console_print(mach, CONSOLE_REMOVE_PAGES);
		return;
	}
	TAILQ_FOREACH_SAFE(pc, &pmap->pm_pvchunk, pc_list, npc) {
		for (field = 0; field < _NPCM; field++)
			remove_walk_field(mach, pmap, &walk,
			    &pc->pc_pventry[field * 64],
			    ~pc->pc_map[field] & pc_freemask[field],
			    &pc->pc_map[field]);
		remove_walk_count(mach, pmap, &walk);
		if (pmap_pv_chunk_is_free(pc))
			free_pv_chunk(mach, pmap, pc);
	}
	pmap_invalidate_all(mach, pmap);
	pmap_free_zero_pages(mach, walk.free);
}
