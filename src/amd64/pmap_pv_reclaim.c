/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for pv entries since 2012.  When there is no page for another chunk,
 * chunks are emptied, the one that was made longest ago first: all of their
 * 4 KB mappings that are not wired are destroyed.  No page is scanned, as
 * pmap_collect() of 2010 did, and a superpage is left alone, for it holds one
 * entry only.
 *
 * pmap_state's pv_chunks lists all chunks by age.  Those that a reclaim has
 * looked at without any use go to its end, so that the next one does not begin
 * with them.
 */
#include "amd64/pmap_2022.h"

/*
 * Takes chunk "pc", whose page goes back, off the list of all chunks.
 *
 * FreeBSD amd64/pmap.c free_pv_chunk_dequeued(): same.
 */
void
pmap_pv_chunk_forget(struct machine *mach, struct pv_chunk *pc)
{

	TAILQ_REMOVE(&mach->pmap->pv_chunks, pc, pc_lru);
}

/*
 * A search for memory.  On the stack of reclaim_pv_chunk().
 */
struct reclaim_search {
	pmap_t asker;	/* for whom */
	pmap_t pmap;	/* whose chunks were looked at last, or NULL */
	vm_page_t free; /* page-table pages that became unused */
	vm_page_t m;	/* the page of a chunk that became empty, or NULL */
};

/*
 * Destroys the mapping "pv" and returns whether it did: superpages and wired
 * mappings stay.
 *
 * FreeBSD amd64/pmap.c reclaim_pv_chunk(): adapted, its inner loop.
 */
static bool
reclaim_pv(struct machine *mach, struct reclaim_search *r, pv_entry_t pv)
{
	pd_entry_t *pde;
	pt_entry_t *pte, tpte;
	vm_page_t m;

	pde = pmap_pde(mach, r->pmap, pv->pv_va);
	if ((*pde & PG_PS) != 0)
		return (false);
	pte = pmap_pde_to_pte(mach, pde, pv->pv_va);
	if ((*pte & PG_W_ANY) != 0)
		return (false);
	tpte = pte_load_clear(mach, pte);
	if ((tpte & PG_G) != 0)
		pmap_invalidate_page(mach, r->pmap, pv->pv_va);
	m = phys_to_vm_page(mach, tpte & PG_FRAME);
	if ((tpte & (PG_M | PG_RW)) == (PG_M | PG_RW))
		pmap_page_dirty(mach, m);
	if ((tpte & PG_A) != 0)
		vm_page_aflag_set(mach, m, PG_REFERENCED);
	TAILQ_REMOVE(&vm_page_md(mach, m)->pv_list, pv, pv_list);
	pmap_page_lost_mapping(mach, m, vm_page_md(mach, m));
	pmap_unuse_pt(mach, r->pmap, pv->pv_va, *pde, &r->free);
	return (true);
}

/*
 * Destroys what "pc" stands for as far as it may; returns how many mappings.
 *
 * FreeBSD amd64/pmap.c reclaim_pv_chunk(): adapted, its loop over a chunk.
 */
static int
reclaim_chunk(struct machine *mach, struct reclaim_search *r,
    struct pv_chunk *pc)
{
	static const uint64_t all[_NPCM] = {PC_FREE0, PC_FREE1, PC_FREE2};
	struct pmap_state *st = mach->pmap;
	uint64_t inuse;
	unsigned bit, field;
	int freed;

	freed = 0;
	for (field = 0; field < _NPCM; field++)
		for (inuse = ~pc->pc_map[field] & all[field]; inuse != 0;
		     inuse &= inuse - 1) {
			bit = (unsigned)__builtin_ctzll(inuse);
			if (!reclaim_pv(mach, r,
				&pc->pc_pventry[field * 64 + bit]))
				continue;
			pc->pc_map[field] |= UINT64_C(1) << bit;
			freed++;
		}
	st->pv_entry_frees += freed;
	st->pv_entry_spare += freed;
	st->pv_entry_count -= freed;
	r->pmap->pm_stats.resident_count -= freed;
	return (freed);
}

/*
 * Looks at "pc" and returns whether the search can end: a page or, for the
 * asker's pmap, an entry is to be had.
 *
 * FreeBSD amd64/pmap.c reclaim_pv_chunk(): adapted, its outer loop, for one
 * chunk.
 */
static bool
reclaim_from(struct machine *mach, struct reclaim_search *r,
    struct pv_chunk *pc)
{
	struct pmap_state *st = mach->pmap;

	/* One invalidation is for all that one pmap has lost. */
	if (r->pmap != NULL && r->pmap != pc->pc_pmap)
		pmap_invalidate_all(mach, r->pmap);
	r->pmap = pc->pc_pmap;
	if (reclaim_chunk(mach, r, pc) == 0)
		return (false);
	TAILQ_REMOVE(&r->pmap->pm_pvchunk, pc, pc_list);
	if (pmap_pv_chunk_is_free(pc)) {
		st->pv_entry_spare -= _NPCPV;
		st->pc_chunk_count--;
		st->pc_chunk_frees++;
		TAILQ_REMOVE(&st->pv_chunks, pc, pc_lru);
		r->m = pmap_pv_chunk_page(mach, pc);
		return (true);
	}
	TAILQ_INSERT_HEAD(&r->pmap->pm_pvchunk, pc, pc_list);
	return (r->pmap == r->asker || r->free != NULL);
}

/*
 * Takes mappings away until there is a page for a chunk of "asker", which is
 * returned, wired; or an entry of a chunk that it has: NULL then, and when
 * nothing was to be had.
 *
 * FreeBSD amd64/pmap.c reclaim_pv_chunk(): adapted, no locks, so no pmap is
 * ever passed over.
 */
static vm_page_t
reclaim_pv_chunk(struct machine *mach, pmap_t asker)
{
	struct pmap_state *st = mach->pmap;
	struct reclaim_search r = {.asker = asker};
	struct pv_chunk *last, *pc;
	bool found;
	FRAME();

	last = TAILQ_LAST(&st->pv_chunks, pv_chunk_list);
	while ((pc = TAILQ_FIRST(&st->pv_chunks)) != NULL) {
		found = reclaim_from(mach, &r, pc);
		if (r.m != NULL || (found && r.pmap == asker))
			break;
		TAILQ_REMOVE(&st->pv_chunks, pc, pc_lru);
		TAILQ_INSERT_TAIL(&st->pv_chunks, pc, pc_lru);
		if (found || pc == last)
			break;
	}
	if (r.pmap != NULL)
		pmap_invalidate_all(mach, r.pmap);
	if (r.m == NULL && r.free != NULL) {
		r.m = r.free;
		r.free = r.m->right;
		r.m->wire_count = 1;
		mach->cnt.v_wire_count++;
	}
	pmap_free_zero_pages(mach, r.free);
	return (r.m);
}

/*
 * Returns a page for a chunk of "pmap", wired; NULL when there is none.
 *
 * FreeBSD amd64/pmap.c get_pv_entry(), reserve_pv_entries(): adapted, a part of
 * both.
 */
static vm_page_t
pv_chunk_page_2022(struct machine *mach)
{

	if (INJECT(mach, PMAPSIM_INJECT_PV_CHUNK))
		return (NULL);
	return (vm_page_alloc(mach, NULL, 0,
	    VM_ALLOC_NORMAL | VM_ALLOC_NOOBJ | VM_ALLOC_WIRED));
}

/*
 * get_pv_entry() where the first chunk of "pmap" has no entry: from a new
 * chunk, or, with "reclaim", by taking mappings away.  NULL without memory.
 *
 * FreeBSD amd64/pmap.c get_pv_entry(): adapted, where nothing can be taken
 * away FreeBSD would search for ever.
 */
pv_entry_t
pmap_pv_get_2022(struct machine *mach, pmap_t pmap, bool reclaim)
{
	struct pmap_state *st = mach->pmap;
	pv_entry_t pv;
	vm_page_t m;
	FRAME_AS("get_pv_entry");

	m = pv_chunk_page_2022(mach);
	if (m == NULL && !reclaim) {
		st->pv_entry_count--;
		st->pc_chunk_tryfail++;
		return (NULL);
	}
	if (m == NULL)
		m = reclaim_pv_chunk(mach, pmap);
	if (m == NULL) {
		pv = pmap_pv_take(mach, pmap);
		if (pv == NULL)
			stop("get_pv_entry: no memory, and all mappings of "
			     "4 KB are wired");
		return (pv);
	}
	pv = pmap_pv_chunk_init(mach, pmap, m);
	TAILQ_INSERT_TAIL(&st->pv_chunks, pv_to_chunk(pv), pc_lru);
	return (pv);
}

/*
 * Counts the free entries of "pmap", which the chunks in front have, until
 * there are "needed" of them.
 */
static int
pv_available(pmap_t pmap, int needed)
{
	struct pv_chunk *pc;
	int avail, free, i;

	avail = 0;
	TAILQ_FOREACH(pc, &pmap->pm_pvchunk, pc_list) {
		for (i = 0, free = 0; i < _NPCM; i++)
			free += __builtin_popcountll(pc->pc_map[i]);
		if (free == 0)
			break;
		avail += free;
		if (avail >= needed)
			break;
	}
	return (avail);
}

/*
 * Makes sure that the next "needed" entries of "pmap" are there.  The chunks
 * that are made for them are put where a reclaim finds them only at the end:
 * it must not empty them again meanwhile.
 *
 * FreeBSD amd64/pmap.c reserve_pv_entries(): adapted, where nothing can be
 * taken away FreeBSD would search for ever.
 */
void
pmap_pv_reserve_2022(struct machine *mach, pmap_t pmap, int needed)
{
	struct pv_chunk_list made = TAILQ_HEAD_INITIALIZER(made);
	struct pv_chunk *pc;
	bool reclaimed = false;
	vm_page_t m;
	int avail;
	FRAME_AS("reserve_pv_entries");

	avail = pv_available(pmap, needed);
	while (avail < needed) {
		m = pv_chunk_page_2022(mach);
		if (m == NULL) {
			m = reclaim_pv_chunk(mach, pmap);
			if (m == NULL) {
				if (pv_available(pmap, needed) <= avail)
					stop("reserve_pv_entries: no memory, "
					     "and all mappings of 4 KB are "
					     "wired");
				avail = pv_available(pmap, needed);
				continue;
			}
			reclaimed = true;
		}
		pc = pv_to_chunk(pmap_pv_chunk_init(mach, pmap, m));
		pc->pc_map[0] |= 1;
		mach->pmap->pv_entry_spare++;
		TAILQ_INSERT_TAIL(&made, pc, pc_lru);
		/* The reclaim may have freed entries of this pmap. */
		avail = reclaimed ? pv_available(pmap, needed) : avail + _NPCPV;
	}
	TAILQ_CONCAT(&mach->pmap->pv_chunks, &made, pc_lru);
}
