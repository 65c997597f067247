/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What promotion and demotion do to pv entries: those of 512 pages become one
 * of the superpage, and that becomes 512 again.
 */
#include "amd64/pmap_2022.h"

/*
 * Frees the entries of ("pmap", "va") and up from the lists of "m" and the
 * pages after it, up to "last": of one page at least.  So many pmap_pvh_free()
 * calls, but a chunk is looked at once for all entries of it that follow each
 * other: it can only become all free with the last of them.  Budget
 * pmap_promote_pde/managed pays for it.  Returns whether the lists are empty
 * then.
 *
 * Simulator only: pmap_pvh_free() for a run of pages.
 */
static bool
pv_free_pages(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_page_t m,
    vm_page_t last)
{
	struct md_page *md = vm_page_md(mach, m), *const end = md + (last - m);
	struct md_page *first = md; /* whose entry was in "pc" */
	struct pv_chunk *pc;
	bool empty = true;
	pv_entry_t pv;

	pc = NULL;
	for (; md <= end; md++, va += PAGE_SIZE) {
		pv = TAILQ_FIRST(&md->pv_list);
		if (__builtin_expect(pv != NULL && pv->pv_va == va &&
			    TAILQ_NEXT(pv, pv_list) == NULL &&
			    (pv_to_chunk(pv) == pc || pv_pmap(pv) == pmap),
			1))
			TAILQ_INIT(&md->pv_list);
		else {
			pv = pmap_pvh_remove(mach, md, pmap, va);
			empty = false;
		}
		if (pv_to_chunk(pv) != pc) {
			if (md != first)
				pmap_pv_chunk_gained(mach, pmap, pc,
				    (int)(md - first));
			first = md;
			pc = pv_to_chunk(pv);
		}
		if (pv == NULL)
			pmap_pv_missing(mach, va);
		pmap_pv_chunk_put(pc, pv);
	}
	pmap_pv_chunk_gained(mach, pmap, pc, (int)(md - first));
	return (empty);
}

/*
 * Turns the 512 entries of the 4 KB mappings of the frame at "pa" into one of
 * its 2 MB mapping: the first page's entry moves to the frame's list, the
 * others are freed ascending.  Moving, not freeing, the first one keeps the
 * slot for the way back.
 *
 * FreeBSD amd64/pmap.c pmap_pv_promote_pde(): same.
 */
void
pmap_pv_promote_pde(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_paddr_t pa)
{
	struct md_page *pvh;
	pv_entry_t pv;
	vm_page_t m;
	FRAME();

	KASSERT((pa & PDRMASK) == 0,
	    ("pmap_pv_promote_pde: pa is not 2mpage aligned"));
	pvh = pa_to_pvh(mach, pa);
	m = phys_to_vm_page(mach, pa);
	va = trunc_2mpage(va);
	pv = pmap_pvh_remove(mach, vm_page_md(mach, m), pmap, va);
	KASSERT(pv != NULL, ("pmap_pv_promote_pde: pv not found"));
	if (pv == NULL)
		pmap_pv_trap(mach, __func__, va);
	ZTAILQ_INSERT_TAIL(&pvh->pv_list, pv, pv_list);
	if (pv_free_pages(mach, pmap, va + PAGE_SIZE, m + 1, m + NPTEPG - 1) &&
	    TAILQ_EMPTY(&vm_page_md(mach, m)->pv_list))
		page_use_aflags(vm_page_use(mach, m), 0, PG_SMALL);
}

/* How many of the lowest bits of "map" are set, none clear; at most "most". */
static inline ptrdiff_t
pv_run_length(uint64_t map, ptrdiff_t most)
{
	const ptrdiff_t length = ~map == 0 ? 64 : __builtin_ctzll(~map);

	return (length < most ? length : most);
}

/*
 * Appends entries for ("pmap", "va") and up to the lists of "m" and the pages
 * after it, up to "last", as far as the first chunk has any, and returns the
 * page that comes next.  So many pmap_insert_entry() calls, without what these
 * look up again each time; nothing here can fail or give a page away.  With
 * invariants it ends before a page that is not managed, of which the caller
 * makes an assertion; without them no descriptor is looked at.
 *
 * Simulator only: pmap_insert_entry() for a run of pages.
 */
static vm_page_t
pv_insert_run(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_page_t m,
    vm_page_t last)
{
	struct md_page *const first = vm_page_md(mach, m),
			      *md = first, *const end = first + (last - m);
	const bool asserts = mach->invariants;
	struct pmap_state *st = mach->pmap;
	struct pv_chunk *pc;
	pv_entry_t limit, pv, start;
	uint64_t map;
	unsigned bit, field;
	int taken;

	/* The entry that stands for the superpage is in some chunk. */
	pc = TAILQ_FIRST(&pmap->pm_pvchunk);
	for (field = 0; field < _NPCM; field++) {
		map = pc->pc_map[field];
		while (map != 0 && md <= end) {
			/*
			 * Free entries mostly lie side by side.  Budgets
			 * pmap_demote_pde/managed and today's pay for it.
			 */
			bit = (unsigned)__builtin_ctzll(map);
			start = pv = &pc->pc_pventry[field * 64 + bit];
			limit = pv + pv_run_length(map >> bit, end - md + 1);
			do {
				if (__builtin_expect(asserts, 0) &&
				    !pmap_page_is_managed(m + (md - first)))
					break;
				pv->pv_va = va;
				ZTAILQ_INSERT_TAIL(&md->pv_list, pv, pv_list);
				md++;
				va += PAGE_SIZE;
			} while (++pv != limit);
			if (pv == start)
				break;
			map &= ~((UINT64_MAX >> (64 - (pv - start))) << bit);
		}
		pc->pc_map[field] = map;
	}
	taken = (int)(md - first);
	st->pv_entry_allocs += taken;
	st->pv_entry_count += taken;
	st->pv_entry_spare -= taken;
	pmap_pv_warn(mach);
	if (taken > 0)
		pmap_pv_chunk_taken(pmap, pc);
	return (m + taken);
}

/*
 * Gives each page of a demoted superpage its own entry: the frame's entry
 * moves to the first page, the others get new ones, ascending.  That may take
 * mappings away from other pages, so the PDE must already refer to the page
 * table: pmap_collect() insists on that.
 *
 * FreeBSD amd64/pmap.c pmap_pv_demote_pde(): same.
 */
void
pmap_pv_demote_pde(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_paddr_t pa)
{
	pv_entry_t pv;
	vm_page_t m, last, next;
	FRAME();

	KASSERT((pa & PDRMASK) == 0,
	    ("pmap_pv_demote_pde: pa is not 2mpage aligned"));
	va = trunc_2mpage(va);
	pv = pmap_pvh_remove(mach, pa_to_pvh(mach, pa), pmap, va);
	KASSERT(pv != NULL, ("pmap_pv_demote_pde: pv not found"));
	if (pv == NULL)
		pmap_pv_trap(mach, __func__, va);
	m = phys_to_vm_page(mach, pa);
	ZTAILQ_INSERT_TAIL(&vm_page_md(mach, m)->pv_list, pv, pv_list);
	/* The chunk at hand runs out, and pmap_insert_entry() notes a page. */
	_Static_assert(_NPCPV < NPTEPG - 1, "no chunk has entries for all");
	last = m + NPTEPG - 1;
	for (m++, va += PAGE_SIZE; m <= last; m++, va += PAGE_SIZE) {
		next = pv_insert_run(mach, pmap, va, m, last);
		va += ptoa(next - m);
		m = next;
		if (m > last)
			break;
		KASSERT(pmap_page_is_managed(m),
		    ("pmap_pv_demote_pde: page " PANIC_TEXT_PTR
		     " is not managed"));
		pmap_insert_entry(mach, pmap, va, m);
	}
}
