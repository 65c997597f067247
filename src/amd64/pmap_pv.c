/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pv entries: for each managed page who maps it, and where.
 *
 * Lists are appended to at the tail.  Entries come from chunks, pages of
 * simulated memory that belong to one pmap.  Which page is taken next depends
 * on the order of the chunks and of their release, so both are the kernel's to
 * the letter: a chunk that becomes full goes to the tail of pm_pvchunk, one
 * that loses an entry to the head.
 *
 * What holds between any two calls:
 *
 *  1. Each managed mapping has one entry: on its page's list where it maps
 *     4 KB, on its frame's (pvh) where it maps 2 MB; and no list holds another
 *     entry (audit rule "pv-lists").
 *  2. A chunk is on pm_pvchunk of the pmap that it names, and has an entry in
 *     use (audit rule "pv-chunks").
 *  3. pv_entry_count and pv_entry_spare are the entries of all chunks that are
 *     in use and that are not, pc_chunk_count is the number of chunks (audit
 *     rule "pv-chunks").
 *  4. A page with a managed mapping that can be written has PG_WRITEABLE (audit
 *     rule "writeable").
 *  5. A 2 MB frame of whose pages one has an entry has a page with PG_SMALL
 *     (audit rule "pv-lists").
 */
#include "amd64/pmap_2022.h"

/* What get_pv_entry() has tried so far to get memory. */
enum reclaim { RECLAIM_NONE, RECLAIM_INACTIVE, RECLAIM_ACTIVE };

/*
 * Makes the page at "m" the first chunk of "pmap" and takes its first entry.
 * The rest of the page stays as it was.
 *
 * FreeBSD amd64/pmap.c get_pv_entry(): adapted, its end, no dump bitmap.
 */
pv_entry_t
pmap_pv_chunk_init(struct machine *mach, pmap_t pmap, vm_page_t m)
{
	struct pmap_state *st = mach->pmap;
	struct pv_chunk *pc;

	st->pc_chunk_count++;
	st->pc_chunk_allocs++;
	pc = physmem_ptr(mach, VM_PAGE_TO_PHYS(m));
	pc->pc_pmap = pmap;
	pc->pc_map[0] = PC_FREE0 & ~UINT64_C(1);
	pc->pc_map[1] = PC_FREE1;
	pc->pc_map[2] = PC_FREE2;
	TAILQ_INSERT_HEAD(&pmap->pm_pvchunk, pc, pc_list);
	st->pv_entry_spare += _NPCPV - 1;
	return (&pc->pc_pventry[0]);
}

/*
 * Allocates the page of a chunk; NULL when there is none.  When active pages
 * have been tried as well, the system's reserve may be used.
 *
 * FreeBSD amd64/pmap.c get_pv_entry(): same, a part of it.
 */
static vm_page_t
pv_chunk_page(struct machine *mach, enum reclaim tried)
{
	const int class = tried == RECLAIM_ACTIVE ? VM_ALLOC_SYSTEM :
						    VM_ALLOC_NORMAL;

	if (INJECT(mach, PMAPSIM_INJECT_PV_CHUNK))
		return (NULL);
	return (vm_page_alloc(mach, NULL,
	    (vm_pindex_t)mach->pmap->pc_chunk_allocs,
	    class | VM_ALLOC_NOOBJ | VM_ALLOC_WIRED));
}

/*
 * Takes mappings away where "tried" was not enough, and returns what has been
 * tried then.  After the active pages there is nothing more to try.
 *
 * FreeBSD amd64/pmap.c get_pv_entry(): same, a part of it.
 */
static enum reclaim
pv_reclaim(struct machine *mach, pmap_t pmap, enum reclaim tried)
{
	struct pmap_state *st = mach->pmap;

	switch (tried) {
	case RECLAIM_NONE:
		st->pmap_collect_inactive++;
		pmap_collect(mach, pmap, PQ_INACTIVE);
		return (RECLAIM_INACTIVE);
	case RECLAIM_INACTIVE:
		st->pmap_collect_active++;
		pmap_collect(mach, pmap, PQ_ACTIVE);
		return (RECLAIM_ACTIVE);
	default:
		panic("get_pv_entry: increase vm.pmap.shpgperproc");
	}
}

/*
 * Gets an entry where the first chunk has none: from a new chunk, and when
 * there is no memory either, by taking mappings away from inactive and then
 * from active pages, after each of which the first chunk is asked again.
 *
 * FreeBSD amd64/pmap.c get_pv_entry(): same.
 */
static pv_entry_t __attribute__((noinline))
pv_get_slow(struct machine *mach, pmap_t pmap, int try)
{
	struct pmap_state *st = mach->pmap;
	enum reclaim tried;
	pv_entry_t pv;
	vm_page_t m;
	FRAME_AS("get_pv_entry");

	if (pv_chunks_are_reclaimed(mach))
		return (pmap_pv_get_2022(mach, pmap, !try));
	tried = RECLAIM_NONE;
	do {
		m = pv_chunk_page(mach, tried);
		if (m != NULL)
			return (pmap_pv_chunk_init(mach, pmap, m));
		if (try) {
			st->pv_entry_count--;
			st->pc_chunk_tryfail++;
			return (NULL);
		}
		tried = pv_reclaim(mach, pmap, tried);
		pv = pmap_pv_take(mach, pmap);
	} while (pv == NULL);
	return (pv);
}

/*
 * Says on the console that a limit of pv entries is near.  Kernels that take
 * entries from each other never say it.
 *
 * FreeBSD amd64/pmap.c get_pv_entry(): same, its beginning, before 2012.
 */
void
pmap_pv_warn_(struct machine *mach)
{

	if (!pv_chunks_are_reclaimed(mach))
		console_print_pv_limit(mach);
}

/*
 * Returns an unused entry of "pmap" that is counted already; as get_pv_entry()
 * does without memory.
 *
 * FreeBSD amd64/pmap.c get_pv_entry(): same, behind its warning.
 */
static inline pv_entry_t
pv_get_counted(struct machine *mach, pmap_t pmap, int try)
{
	pv_entry_t pv;

	pv = pmap_pv_take(mach, pmap);
	if (__builtin_expect(pv != NULL, 1))
		return (pv);
	return (pv_get_slow(mach, pmap, try));
}

/*
 * Returns an unused entry of "pmap".  Without memory it gives NULL where "try"
 * is set; otherwise it takes mappings of other pages away, even of "pmap"
 * itself.  pv_entry_allocs counts the attempt in either case.
 *
 * FreeBSD amd64/pmap.c get_pv_entry(): same.
 */
pv_entry_t
get_pv_entry(struct machine *mach, pmap_t pmap, int try)
{

	mach->pmap->pv_entry_allocs++;
	mach->pmap->pv_entry_count++;
	pmap_pv_warn(mach);
	return (pv_get_counted(mach, pmap, try));
}

/*
 * Makes sure that the next "needed" entries of "pmap" cost nobody anything:
 * gets chunks, and the memory for them as get_pv_entry() does, until there
 * are that many free.  Chunks with free entries come first.
 *
 * FreeBSD amd64/pmap.c reserve_pv_entries(), 2012: adapted, all chunks are
 * counted anew after mappings were taken away.
 */
void
reserve_pv_entries(struct machine *mach, pmap_t pmap, int needed)
{
	struct pmap_state *st = mach->pmap;
	struct pv_chunk *pc;
	enum reclaim tried;
	vm_page_t m;
	int avail, i;
	FRAME();

	if (pv_chunks_are_reclaimed(mach)) {
		pmap_pv_reserve_2022(mach, pmap, needed);
		return;
	}
	tried = RECLAIM_NONE;
	for (;;) {
		avail = 0;
		TAILQ_FOREACH(pc, &pmap->pm_pvchunk, pc_list)
			for (i = 0; i < _NPCM; i++)
				avail += __builtin_popcountll(pc->pc_map[i]);
		if (avail >= needed)
			return;
		m = pv_chunk_page(mach, tried);
		if (m == NULL) {
			tried = pv_reclaim(mach, pmap, tried);
			continue;
		}
		pmap_pv_chunk_init(mach, pmap, m)->pv_va = 0;
		pc = TAILQ_FIRST(&pmap->pm_pvchunk);
		pc->pc_map[0] |= 1;
		st->pv_entry_spare++;
	}
}

/*
 * Gives the page of chunk "pc", whose entries are all free, back.
 *
 * FreeBSD amd64/pmap.c free_pv_entry(), pmap_remove_pages(): adapted, the end
 * of both, no dump bitmap.
 */
void
free_pv_chunk(struct machine *mach, pmap_t pmap, struct pv_chunk *pc)
{
	struct pmap_state *st = mach->pmap;
	vm_page_t m;

	TAILQ_REMOVE(&pmap->pm_pvchunk, pc, pc_list);
	if (pv_chunks_are_reclaimed(mach))
		pmap_pv_chunk_forget(mach, pc);
	st->pv_entry_spare -= _NPCPV;
	st->pc_chunk_count--;
	st->pc_chunk_frees++;
	m = pmap_pv_chunk_page(mach, pc);
	vm_page_unwire_to_free(mach, m);
	vm_page_free(mach, m);
}

/* Frees "pc", of which free_pv_entry() has freed the last entry. */
static void __attribute__((noinline, cold))
pv_put_last(struct machine *mach, pmap_t pmap, struct pv_chunk *pc)
{
	FRAME_AS("free_pv_entry");

	free_pv_chunk(mach, pmap, pc);
}

/* Marks "pv" free in its chunk "pc". */
static inline void
pv_chunk_put(struct pv_chunk *pc, pv_entry_t pv)
{
	/* Of 32 bits, as a division of those costs least. */
	const uint32_t offset = (uint32_t)((uintptr_t)pv & PAGE_MASK) -
	    (uint32_t)offsetof(struct pv_chunk, pc_pventry);
	const size_t index = offset / (uint32_t)sizeof(*pv);

	pc->pc_map[index / 64] |= UINT64_C(1) << (index % 64);
}

/*
 * Counts that "n" entries of chunk "pc" were marked free.  It becomes the
 * first from which new ones are taken, or goes.
 *
 * FreeBSD amd64/pmap.c free_pv_entry(): same, the part that is not the
 * entry's.
 */
static inline void
pv_chunk_gained(struct machine *mach, pmap_t pmap, struct pv_chunk *pc, int n)
{
	struct pmap_state *st = mach->pmap;

	st->pv_entry_frees += n;
	st->pv_entry_spare += n;
	st->pv_entry_count -= n;
	if (pmap_pv_chunk_is_free(pc))
		pv_put_last(mach, pmap, pc);
	else if (pc != TAILQ_FIRST(&pmap->pm_pvchunk)) {
		TAILQ_REMOVE(&pmap->pm_pvchunk, pc, pc_list);
		TAILQ_INSERT_HEAD(&pmap->pm_pvchunk, pc, pc_list);
	}
}

/*
 * Gives "pv", which is on no list, back to its chunk, and the chunk's page
 * back when that was its last entry in use.
 *
 * FreeBSD amd64/pmap.c free_pv_entry(): same.
 */
inline void
free_pv_entry(struct machine *mach, pmap_t pmap, pv_entry_t pv)
{

	pv_chunk_put(pv_to_chunk(pv), pv);
	pv_chunk_gained(mach, pmap, pv_to_chunk(pv), 1);
}

/*
 * Takes the entry of ("pmap", "va") off "pvh" and returns it; NULL when there
 * is none.
 *
 * FreeBSD amd64/pmap.c pmap_pvh_remove(): same.
 */
inline pv_entry_t
pmap_pvh_remove(struct machine *mach, struct md_page *pvh, pmap_t pmap,
    vm_offset_t va)
{
	pv_entry_t pv;

	TAILQ_FOREACH(pv, &pvh->pv_list, pv_list) {
		if (pv->pv_va == va && pv_pmap(pv) == pmap) {
			TAILQ_REMOVE(&pvh->pv_list, pv, pv_list);
			break;
		}
	}
	return (pv);
}

/* The kernel goes on with a NULL pointer where it does not check. */
static _Noreturn void __attribute__((noinline, cold))
pv_trap(struct machine *mach, const char *func, vm_offset_t va)
{

	stop("%s: page fault trap: no pv entry for va %#llx", func,
	    (unsigned long long)va);
}

/* The entry that pmap_pvh_free() is to free is not there. */
static _Noreturn void __attribute__((noinline, cold))
pv_missing(struct machine *mach, vm_offset_t va)
{
	FRAME_AS("pmap_pvh_free");

	KASSERT(0, ("pmap_pvh_free: pv not found"));
	pv_trap(mach, "pmap_pvh_free", va);
}

/*
 * Takes the entry of ("pmap", "va") off "pvh" and frees it.
 *
 * FreeBSD amd64/pmap.c pmap_pvh_free(): same.
 */
inline void
pmap_pvh_free(struct machine *mach, struct md_page *pvh, pmap_t pmap,
    vm_offset_t va)
{
	pv_entry_t pv;

	pv = pmap_pvh_remove(mach, pvh, pmap, va);
	if (__builtin_expect(pv == NULL, 0))
		pv_missing(mach, va);
	free_pv_entry(mach, pmap, pv);
}

/* Whether no mapping of "m", with "md", is left, of either size. */
static inline bool
pv_unmapped(struct machine *mach, vm_page_t m, const struct md_page *md)
{

	return (TAILQ_EMPTY(&md->pv_list) &&
	    TAILQ_EMPTY(&page_to_pvh(mach, m)->pv_list));
}

/* pmap_pvh_remove() of an entry that must be there. */
static inline pv_entry_t
pv_take(struct machine *mach, struct md_page *pvh, pmap_t pmap, vm_offset_t va)
{
	pv_entry_t pv;

	pv = pmap_pvh_remove(mach, pvh, pmap, va);
	if (__builtin_expect(pv == NULL, 0))
		pv_missing(mach, va);
	return (pv);
}

/*
 * Records that "va" of "pmap" no longer maps "m".  With its last mapping the
 * page stops being writeable.
 *
 * FreeBSD amd64/pmap.c pmap_remove_entry(): adapted, the entry is freed last,
 * which no page can tell; budget pmap_remove/512x4K/page pays for it.
 */
void
pmap_remove_entry(struct machine *mach, pmap_t pmap, vm_page_t m,
    vm_offset_t va)
{
	struct md_page *const md = vm_page_md(mach, m);
	pv_entry_t pv;

	pv = pv_take(mach, md, pmap, va);
	if (__builtin_expect(pv_unmapped(mach, m, md), 1))
		vm_page_aflag_clear(mach, m, PG_WRITEABLE);
	free_pv_entry(mach, pmap, pv);
}

/* pmap_remove_mapping() with invariants. */
static void __attribute__((noinline))
pmap_remove_mapping_asserts(struct machine *mach, pmap_t pmap,
    pt_entry_t oldpte, vm_offset_t va)
{
	const vm_page_t m = phys_to_vm_page(mach, oldpte & PG_FRAME);

	if ((oldpte & PG_A) != 0)
		vm_page_aflag_set(mach, m, PG_REFERENCED);
	if ((oldpte & (PG_M | PG_RW)) == (PG_M | PG_RW))
		vm_page_dirty(mach, m);
	pmap_remove_entry(mach, pmap, m, va);
}

/*
 * Records that "va" of "pmap" no longer has the managed mapping "oldpte": its
 * page learns what that says of use.  Where nothing is asserted its descriptor
 * is not needed for that.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pte(): same, the part for a managed page.
 */
void
pmap_remove_mapping(struct machine *mach, pmap_t pmap, pt_entry_t oldpte,
    vm_offset_t va)
{
	const vm_paddr_t pa = oldpte & PG_FRAME;
	struct page_use *const use = frame_to_page_use(mach, pa);
	struct md_page *const md = frame_to_md_page(mach, pa);
	pv_entry_t pv;

	if (__builtin_expect(mach->invariants, 0)) {
		pmap_remove_mapping_asserts(mach, pmap, oldpte, va);
		return;
	}
	if (__builtin_expect((oldpte & PG_A) != 0, 1))
		use->aflags |= PG_REFERENCED;
	if (__builtin_expect((oldpte & (PG_M | PG_RW)) == (PG_M | PG_RW), 1))
		use->dirty = VM_PAGE_BITS_ALL;
	pv = pv_take(mach, md, pmap, va);
	if (__builtin_expect(TAILQ_EMPTY(&md->pv_list) &&
		    TAILQ_EMPTY(&pa_to_pvh(mach, pa)->pv_list),
		1))
		use->aflags &= (uint8_t)~PG_WRITEABLE;
	free_pv_entry(mach, pmap, pv);
}

/*
 * Records that "va" of "pmap" maps "m" by a page of 4 KB.
 *
 * FreeBSD amd64/pmap.c pmap_insert_entry(): same.
 */
inline void
pmap_insert_entry(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t m)
{
	pv_entry_t pv;

	pv = get_pv_entry(mach, pmap, FALSE);
	pv->pv_va = va;
	ZTAILQ_INSERT_TAIL(&vm_page_md(mach, m)->pv_list, pv, pv_list);
	pmap_pv_note(mach, m);
}

/*
 * pmap_remove_entry() of "om" and pmap_insert_entry() of "m" in its place: "va"
 * of "pmap" maps the one and no longer the other.  The entry comes from the
 * chunk that has just gained one, which is the first then.  Returns false, and
 * nothing has happened, where that is not all: "om" has no such entry, or the
 * chunk would go.
 *
 * FreeBSD amd64/pmap.c pmap_remove_entry(), pmap_insert_entry(): same, both.
 */
bool
pmap_replace_entry(struct machine *mach, pmap_t pmap, vm_page_t om, vm_page_t m,
    vm_offset_t va)
{
	struct md_page *const omd = vm_page_md(mach, om),
			      *const md = vm_page_md(mach, m);
	struct pmap_state *st = mach->pmap;
	struct pv_chunk *pc;
	pv_entry_t pv;
	unsigned field;

	TAILQ_FOREACH(pv, &omd->pv_list, pv_list)
		if (pv->pv_va == va && pv_pmap(pv) == pmap)
			break;
	if (pv == NULL)
		return (false);
	pc = pv_to_chunk(pv);
	pv_chunk_put(pc, pv);
	if (__builtin_expect(pmap_pv_chunk_is_free(pc), 0)) {
		field = (unsigned)(pv - pc->pc_pventry);
		pc->pc_map[field / 64] &= ~(UINT64_C(1) << (field % 64));
		return (false);
	}
	TAILQ_REMOVE(&omd->pv_list, pv, pv_list);
	if (pc != TAILQ_FIRST(&pmap->pm_pvchunk)) {
		TAILQ_REMOVE(&pmap->pm_pvchunk, pc, pc_list);
		TAILQ_INSERT_HEAD(&pmap->pm_pvchunk, pc, pc_list);
	}
	if (pv_unmapped(mach, om, omd))
		vm_page_aflag_clear(mach, om, PG_WRITEABLE);
	st->pv_entry_frees++;
	st->pv_entry_allocs++;
	pmap_pv_warn(mach);
	for (field = 0; pc->pc_map[field] == 0;)
		field++;
	pv = &pc->pc_pventry[field * 64 +
	    (unsigned)__builtin_ctzll(pc->pc_map[field])];
	pc->pc_map[field] &= pc->pc_map[field] - 1;
	pmap_pv_chunk_taken(pmap, pc);
	pv->pv_va = va;
	ZTAILQ_INSERT_TAIL(&md->pv_list, pv, pv_list);
	pmap_pv_note(mach, m);
	return (true);
}

/*
 * Appends an entry for ("pmap", "va") to "pvh" if entries are not scarce and
 * memory is at hand; otherwise returns FALSE.
 *
 * FreeBSD amd64/pmap.c pmap_try_insert_pv_entry(), pmap_pv_insert_pde(): same,
 * what they share.
 */
static inline boolean_t
pv_try_insert(struct machine *mach, pmap_t pmap, vm_offset_t va,
    struct md_page *pvh)
{
	pv_entry_t pv;

	if (mach->pmap->pv_entry_count >= mach->pmap->pv_entry_high_water)
		return (FALSE);
	/* No more than the high water now: there is nothing to warn of. */
	mach->pmap->pv_entry_allocs++;
	mach->pmap->pv_entry_count++;
	pv = pv_get_counted(mach, pmap, TRUE);
	if (pv == NULL)
		return (FALSE);
	pv->pv_va = va;
	ZTAILQ_INSERT_TAIL(&pvh->pv_list, pv, pv_list);
	return (TRUE);
}

/*
 * Records, for a mapping that can be done without, that "va" of "pmap" maps
 * "m".  FALSE, and nothing is recorded, when that would cost others theirs.
 *
 * FreeBSD amd64/pmap.c pmap_try_insert_pv_entry(): same.
 */
boolean_t
pmap_try_insert_pv_entry(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t m)
{

	if (!pv_try_insert(mach, pmap, va, vm_page_md(mach, m)))
		return (FALSE);
	pmap_pv_note(mach, m);
	return (TRUE);
}

/*
 * Records the 2 MB mapping of the frame at "pa" at "va".  FALSE, and nothing is
 * recorded, when the entry for it would cost others theirs.
 *
 * FreeBSD amd64/pmap.c pmap_pv_insert_pde(): same.
 */
boolean_t
pmap_pv_insert_pde(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_paddr_t pa)
{

	return (pv_try_insert(mach, pmap, va, pa_to_pvh(mach, pa)));
}

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
				pv_chunk_gained(mach, pmap, pc,
				    (int)(md - first));
			first = md;
			pc = pv_to_chunk(pv);
		}
		if (pv == NULL)
			pv_missing(mach, va);
		pv_chunk_put(pc, pv);
	}
	pv_chunk_gained(mach, pmap, pc, (int)(md - first));
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
		pv_trap(mach, __func__, va);
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
		pv_trap(mach, __func__, va);
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

/*
 * Stops the machine: a pv entry names an address that has no page directory.
 *
 * Simulator only: FreeBSD amd64/trap.c trap_fatal() instead.
 */
void
pmap_pv_astray(struct machine *mach, pv_entry_t pv, const char *who)
{

	stop("%s: page fault trap: a pv entry for va %#llx, where there is no "
	     "page directory",
	    who, (unsigned long long)pv->pv_va);
}
