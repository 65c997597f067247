/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking all mappings of one page away, from whatever address space.
 */
#include "amd64/pmap_var.h"

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
