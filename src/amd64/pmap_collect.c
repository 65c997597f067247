/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a kernel before 2012 does for memory when pv entries run out: it takes
 * the mappings of 4 KB of all inactive pages away, and if that is not enough,
 * of all active ones.  pmap_pv_reclaim.c is how later kernels get by.
 */
#include "amd64/pmap_var.h"

/*
 * Takes the 4 KB mapping "pv" of "m" away from its pmap.
 *
 * The page table is released before the entry is freed: each may give a page
 * back, and the order decides which of the two is handed out next.
 *
 * FreeBSD amd64/pmap.c pmap_collect(): same, its inner loop.
 */
static void
pmap_collect_entry(struct machine *mach, vm_page_t m, pv_entry_t pv)
{
	const pmap_t pmap = pv_pmap(pv);
	const vm_offset_t va = pv->pv_va;
	pd_entry_t *pde;
	pt_entry_t *pte, tpte;
	vm_page_t free;

	pmap->pm_stats.resident_count--;
	pde = pmap_pde(mach, pmap, va);
	KASSERT((*pde & PG_PS) == 0,
	    ("pmap_collect: found a 2mpage in page " PANIC_TEXT_PTR
	     "'s pv list"));
	pte = pmap_pde_to_pte(mach, pde, va);
	tpte = pte_load_clear(mach, pte);
	KASSERT((tpte & PG_W) == 0,
	    ("pmap_collect: wired pte %#llx", (unsigned long long)tpte));
	if ((tpte & PG_W) != 0)
		mach->pmap->audit_waived |= AUDIT_WAIVE_WIRED;
	if ((tpte & PG_A) != 0)
		vm_page_aflag_set(mach, m, PG_REFERENCED);
	if ((tpte & (PG_M | PG_RW)) == (PG_M | PG_RW))
		vm_page_dirty(mach, m);

	free = NULL;
	pmap_unuse_pt(mach, pmap, va, *pde, &free);
	pmap_invalidate_page(mach, pmap, va);
	pmap_free_zero_pages(mach, free);

	TAILQ_REMOVE(&vm_page_md(mach, m)->pv_list, pv, pv_list);
	pmap_page_lost_mapping(mach, m, vm_page_md(mach, m));
	free_pv_entry(mach, pmap, pv);
}

/*
 * Takes the 4 KB mappings of every page of paging queue "queue" away, in the
 * order of the queue, except of pages that are held or busy, to get memory
 * for pv entries.  Wired mappings go too, and their wired_count stays.  2 MB
 * mappings are left: their one entry is hardly worth it.
 *
 * 9.0 also looks at pages that had no entry to begin with: in the middle of
 * a demotion these may be mapped and only wait for their entries, and lose
 * PG_WRITEABLE.
 *
 * FreeBSD amd64/pmap.c pmap_collect(): adapted, "locked_pmap" needs no lock
 * and no try-lock of the others ever fails.
 */
void
pmap_collect(struct machine *mach, pmap_t locked_pmap, int queue)
{
	pv_entry_t pv, next_pv;
	vm_page_t m;
	FRAME();

	TAILQ_FOREACH(m, &mach->vm_page->queues[queue], pageq) {
		if (m->hold_count != 0 || m->busy != 0)
			continue;
		TAILQ_FOREACH_SAFE(pv, &vm_page_md(mach, m)->pv_list, pv_list,
		    next_pv)
			pmap_collect_entry(mach, m, pv);
		if (collect_clears_writeable(mach))
			pmap_page_lost_mapping(mach, m, vm_page_md(mach, m));
	}
}
