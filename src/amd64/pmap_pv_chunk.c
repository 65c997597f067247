/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where pv entries come from: chunks, pages of simulated memory that belong to
 * one pmap.  Which page is taken next depends on the order of the chunks and of
 * their release, so both are the kernel's to the letter: a chunk that becomes
 * full goes to the tail of pm_pvchunk, one that loses an entry to the head.
 *
 * What holds between any two calls:
 *
 *  1. A chunk is on pm_pvchunk of the pmap that it names, and has an entry in
 *     use (audit rule "pv-chunks").
 *  2. pv_entry_count and pv_entry_spare are the entries of all chunks that are
 *     in use and that are not, pc_chunk_count is the number of chunks (audit
 *     rule "pv-chunks").
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
pv_entry_t __attribute__((noinline))
pmap_pv_get_slow(struct machine *mach, pmap_t pmap, int try)
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
	return (pmap_pv_get_counted(mach, pmap, try));
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

/*
 * Frees "pc", of which free_pv_entry() has freed the last entry.
 *
 * FreeBSD amd64/pmap.c free_pv_entry(): same, its end.
 */
void __attribute__((noinline, cold))
pmap_pv_chunk_put_last(struct machine *mach, pmap_t pmap, struct pv_chunk *pc)
{
	FRAME_AS("free_pv_entry");

	free_pv_chunk(mach, pmap, pc);
}

/*
 * Gives "pv", which is on no list, back to its chunk, and the chunk's page
 * back when that was its last entry in use.
 *
 * FreeBSD amd64/pmap.c free_pv_entry(): same.
 */
void
free_pv_entry(struct machine *mach, pmap_t pmap, pv_entry_t pv)
{

	pmap_pv_chunk_return(mach, pmap, pv);
}
