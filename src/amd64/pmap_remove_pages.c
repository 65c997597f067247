/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking all mappings of one address space away, by its pv entries.
 */
#include "amd64/pmap_remove.h"

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
		(void)pmap_pages_lost_each(vm_page_use(mach, m),
		    vm_page_md(mach, m), (size_t)(mend - m));
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
