/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking the mappings of addresses away: of a range, of one page of it.  Those
 * of one page everywhere are taken by pmap_remove_all.c, and those of a whole
 * address space by pmap_remove_pages.c.
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

#include "amd64/pmap_remove.h"

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
 *
 * Simulator only: FreeBSD has that loop in each of three functions.
 */
bool __attribute__((noinline))
pmap_pages_lost_each(struct page_use *use, const struct md_page *md, size_t n)
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
void __attribute__((noinline)) pmap_pages_lost_small(struct page_use *use,
    const struct md_page *md, uint8_t referenced)
{

	page_use_aflags(use, referenced, 0);
	if (pmap_pages_lost_each(use, md, NPTEPG))
		page_use_aflags(use, 0, PG_SMALL);
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
