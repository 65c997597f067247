/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads and stores of page-table entries, against the MMUs of other CPUs.
 *
 * All software changes of a pmap happen under its lock.  What no lock keeps
 * out are the MMUs of other CPUs: while the kernel looks at an entry they may
 * set PG_A and PG_M in it.  So each function of the pmap says here what it
 * relies on:
 *
 *	pte_load()		one read; what follows decides by its value
 *	pte_store()		no MMU can change the entry meanwhile, or its
 *				change may be lost
 *	pte_fill()		a store to an entry that is not valid, which no
 *				MMU changes
 *	pte_load_store()	exchanged: what the MMU had noted comes back
 *	pte_load_clear()	exchanged for 0
 *	pte_cmpset()		stored if the entry is still what was loaded;
 *				if not the caller loads it and decides again
 *	pte_set_bits(),		locked "or" and "and not": what the MMU sets in
 *	pte_clear_bits()	the other bits stays
 *
 * In the library as it is built for use one thread runs, and nothing happens
 * between a load and a store: there pte_cmpset() is constant true, so that the
 * loop around it vanishes.  A second build, with PMAPSIM_RACE defined, gives
 * each access a point at which race_point() lets other CPUs act.  What is
 * compiled once for both builds (PMAPSIM_BOTH) accesses no entry this way: the
 * linker would miss RACE_POINTS's function.
 *
 * Only these write the entries of levels 1 and 2, and each counts its store.
 */
#ifndef AMD64_PMAP_STORE_H
#define AMD64_PMAP_STORE_H

#include "amd64/pmap_types.h"

/*
 * What the kernel is about to do where other CPUs may act; the last two are
 * the moments before and after a whole call.
 */
enum race_event {
	RACE_LOAD,
	RACE_STORE,
	RACE_SWAP,
	RACE_CAS,
	RACE_RMW,
	RACE_FLUSH,
	RACE_BEGIN,
	RACE_END
};

#ifdef PMAPSIM_RACE
/* Lets other CPUs act before "event" on "*entry". */
void race_point(struct machine *mach, enum race_event event,
    const pt_entry_t *entry);
/* Lets other CPUs act before a CPU is made to forget [sva, eva). */
void race_flush(struct machine *mach, vm_offset_t sva, vm_offset_t eva);
#define RACE_PASSES(mach)             \
	((mach)->race_hook == NULL || \
	    ((mach)->race_skip != 0 && (mach)->race_skip-- != 0))
#define RACE_POINT(mach, event, entry) \
	(RACE_PASSES(mach) ? (void)0 : race_point(mach, event, entry))
#define RACE_FLUSHES(mach, sva, eva) \
	(RACE_PASSES(mach) ? (void)0 : race_flush(mach, sva, eva))
/* From here to there the other CPUs wait, at a rendezvous: no points. */
#define RACE_HOLD(mach)                                        \
	const struct race_hook *race_held = (mach)->race_hook; \
	(mach)->race_hook = NULL
#define RACE_RELEASE(mach) (mach)->race_hook = race_held
#define RACE_CHANGED(pte, old) (*(pte) != (old))
#elif defined(PMAPSIM_BOTH)
#define RACE_POINT(mach, event, entry) ((void)RACE_POINTS)
#define RACE_HOLD(mach) ((void)RACE_POINTS)
#define RACE_RELEASE(mach) ((void)RACE_POINTS)
#define RACE_CHANGED(pte, old) RACE_POINTS
#else
#define RACE_POINT(mach, event, entry) ((void)0)
#define RACE_FLUSHES(mach, sva, eva) ((void)0)
#define RACE_HOLD(mach) ((void)0)
#define RACE_RELEASE(mach) ((void)0)
#define RACE_CHANGED(pte, old) false
#endif

static inline pt_entry_t
pte_load(struct machine *mach, const pt_entry_t *pte)
{

	RACE_POINT(mach, RACE_LOAD, pte);
	return (*pte);
}

static inline void
pte_store(struct machine *mach, pt_entry_t *pte, pt_entry_t value)
{

	RACE_POINT(mach, RACE_STORE, pte);
	*pte = value;
	mach->pmap->pte_stores.changed++;
}

/* Where the caller knows that the entry is not valid. */
static inline void
pte_fill(struct machine *mach, pt_entry_t *pte, pt_entry_t value)
{

	RACE_POINT(mach, RACE_STORE, pte);
	*pte = value;
	mach->pmap->pte_stores.filled++;
}

/* Returns what the entry was when it was exchanged for "value". */
static inline pt_entry_t
pte_load_store(struct machine *mach, pt_entry_t *pte, pt_entry_t value)
{
	pt_entry_t old;

	RACE_POINT(mach, RACE_SWAP, pte);
	old = *pte;
	*pte = value;
	mach->pmap->pte_stores.changed++;
	return (old);
}

static inline pt_entry_t
pte_load_clear(struct machine *mach, pt_entry_t *pte)
{

	return (pte_load_store(mach, pte, 0));
}

/* False: the entry is not "old" any more, and nothing was stored. */
static inline bool
pte_cmpset(struct machine *mach, pt_entry_t *pte, pt_entry_t old,
    pt_entry_t value)
{

	RACE_POINT(mach, RACE_CAS, pte);
	if (RACE_CHANGED(pte, old))
		return (false);
	*pte = value;
	mach->pmap->pte_stores.changed++;
	return (true);
}

static inline void
pte_set_bits(struct machine *mach, pt_entry_t *pte, pt_entry_t bits)
{

	RACE_POINT(mach, RACE_RMW, pte);
	*pte |= bits;
	mach->pmap->pte_stores.changed++;
}

static inline void
pte_clear_bits(struct machine *mach, pt_entry_t *pte, pt_entry_t bits)
{

	RACE_POINT(mach, RACE_RMW, pte);
	*pte &= ~bits;
	mach->pmap->pte_stores.changed++;
}

#endif /* AMD64_PMAP_STORE_H */
