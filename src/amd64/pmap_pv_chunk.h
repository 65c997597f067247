/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries out of chunks and back into them: what pmap_pv_chunk.c gives to the
 * other files of the pmap, and the steps of it that are taken inline.
 */
#ifndef AMD64_PMAP_PV_CHUNK_H
#define AMD64_PMAP_PV_CHUNK_H

#include "amd64/pmap_walk.h"

pv_entry_t pmap_pv_chunk_init(struct machine *mach, pmap_t pmap, vm_page_t m);
pv_entry_t get_pv_entry(struct machine *mach, pmap_t pmap, int try);
void free_pv_entry(struct machine *mach, pmap_t pmap, pv_entry_t pv);
void free_pv_chunk(struct machine *mach, pmap_t pmap, struct pv_chunk *pc);
void reserve_pv_entries(struct machine *mach, pmap_t pmap, int needed);
/* get_pv_entry() where the first chunk has none. */
pv_entry_t pmap_pv_get_slow(struct machine *mach, pmap_t pmap, int try);
/* Frees "pc", of which free_pv_entry() has freed the last entry. */
void pmap_pv_chunk_put_last(struct machine *mach, pmap_t pmap,
    struct pv_chunk *pc);

static inline bool
pmap_pv_chunk_is_free(const struct pv_chunk *pc)
{

	return (pc->pc_map[0] == PC_FREE0 && pc->pc_map[1] == PC_FREE1 &&
	    pc->pc_map[2] == PC_FREE2);
}

/* The page that chunk "pc" is. */
static inline vm_page_t
pmap_pv_chunk_page(struct machine *mach, const struct pv_chunk *pc)
{

	return (frame_to_vm_page(mach, physmem_address(mach, pc)));
}

/*
 * Entries of "pmap"'s first chunk "pc" have been taken: if it is full now it
 * goes behind all others.
 *
 * FreeBSD amd64/pmap.c get_pv_entry(): same, its end on the common path.
 */
static inline void
pmap_pv_chunk_taken(pmap_t pmap, struct pv_chunk *pc)
{

	if ((pc->pc_map[0] | pc->pc_map[1] | pc->pc_map[2]) == 0 &&
	    TAILQ_NEXT(pc, pc_list) != NULL) {
		TAILQ_REMOVE(&pmap->pm_pvchunk, pc, pc_list);
		TAILQ_INSERT_TAIL(&pmap->pm_pvchunk, pc, pc_list);
	}
}

/*
 * Takes the lowest free entry of "pmap"'s first chunk; NULL when there is
 * none.  Only the first chunk is asked: one behind it may be full or not.
 *
 * FreeBSD amd64/pmap.c get_pv_entry(): same, its common path.
 */
static inline pv_entry_t
pmap_pv_take(struct machine *mach, pmap_t pmap)
{
	struct pv_chunk *pc;
	pv_entry_t pv;
	uint64_t *map;

	pc = TAILQ_FIRST(&pmap->pm_pvchunk);
	if (pc == NULL)
		return (NULL);
	pv = pc->pc_pventry;
	for (map = pc->pc_map; *map == 0; pv += 64)
		if (++map == &pc->pc_map[_NPCM])
			return (NULL);
	pv += (uint64_t)__builtin_ctzll(*map);
	*map &= *map - 1;
	if (*map == 0)
		pmap_pv_chunk_taken(pmap, pc);
	mach->pmap->pv_entry_spare--;
	return (pv);
}

/* Tells that there are more entries than pmap_pv_warn() likes. */
void pmap_pv_warn_(struct machine *mach) __attribute__((cold));

/*
 * Warns on the console when entries have become scarce.
 *
 * FreeBSD amd64/pmap.c get_pv_entry(): same, its beginning.
 */
static inline void
pmap_pv_warn(struct machine *mach)
{

	if (__builtin_expect(mach->pmap->pv_entry_count >
		    mach->pmap->pv_entry_high_water,
		0))
		pmap_pv_warn_(mach);
}

/*
 * get_pv_entry() where entries are not scarce and the first chunk has one; else
 * NULL, and nothing has happened.
 */
static inline pv_entry_t
pmap_pv_get_quick(struct machine *mach, pmap_t pmap)
{
	struct pmap_state *st = mach->pmap;
	pv_entry_t pv;

	if (__builtin_expect(st->pv_entry_count >= st->pv_entry_high_water, 0))
		return (NULL);
	/* Counted at once: no register has to keep the number until then. */
	st->pv_entry_count++;
	pv = pmap_pv_take(mach, pmap);
	if (__builtin_expect(pv == NULL, 0))
		st->pv_entry_count--;
	else
		st->pv_entry_allocs++;
	return (pv);
}

/*
 * Returns an unused entry of "pmap" that is counted already; as get_pv_entry()
 * does without memory.
 *
 * FreeBSD amd64/pmap.c get_pv_entry(): same, behind its warning.
 */
static inline pv_entry_t
pmap_pv_get_counted(struct machine *mach, pmap_t pmap, int try)
{
	pv_entry_t pv;

	pv = pmap_pv_take(mach, pmap);
	if (__builtin_expect(pv != NULL, 1))
		return (pv);
	return (pmap_pv_get_slow(mach, pmap, try));
}

/* Marks "pv" free in its chunk "pc". */
static inline void
pmap_pv_chunk_put(struct pv_chunk *pc, pv_entry_t pv)
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
pmap_pv_chunk_gained(struct machine *mach, pmap_t pmap, struct pv_chunk *pc,
    int n)
{
	struct pmap_state *st = mach->pmap;

	st->pv_entry_frees += n;
	st->pv_entry_spare += n;
	st->pv_entry_count -= n;
	if (pmap_pv_chunk_is_free(pc))
		pmap_pv_chunk_put_last(mach, pmap, pc);
	else if (pc != TAILQ_FIRST(&pmap->pm_pvchunk)) {
		TAILQ_REMOVE(&pmap->pm_pvchunk, pc, pc_list);
		TAILQ_INSERT_HEAD(&pmap->pm_pvchunk, pc, pc_list);
	}
}

/* Does what free_pv_entry() does, inline. */
static inline void
pmap_pv_chunk_return(struct machine *mach, pmap_t pmap, pv_entry_t pv)
{

	pmap_pv_chunk_put(pv_to_chunk(pv), pv);
	pmap_pv_chunk_gained(mach, pmap, pv_to_chunk(pv), 1);
}

/*
 * Entries that are taken for many pages one after another, and looked up once:
 * begun by pmap_pv_run_begin() in the caller's frame, ended by
 * pmap_pv_run_end() before anything else takes or frees one, or can panic.
 * Between the two the chunk does not know of those that were taken.
 */
struct pv_run {
	struct pv_chunk *pc; /* the first of its pmap; NULL: there is none */
	pv_entry_t base;     /* the first of its field "field", or NULL */
	uint64_t map;	     /* of which these are free */
	unsigned field;
	int limit, left; /* entries before they are scarce, at first and now */
};

static inline void
pmap_pv_run_begin(struct machine *mach, pmap_t pmap, struct pv_run *run)
{
	const struct pmap_state *st = mach->pmap;

	run->map = 0;
	run->field = 0;
	run->limit = st->pv_entry_high_water - st->pv_entry_count;
	run->left = run->limit;
	run->pc = TAILQ_FIRST(&pmap->pm_pvchunk);
	if (run->pc == NULL) {
		run->base = NULL;
		return;
	}
	for (; run->field < _NPCM - 1; run->field++)
		if (run->pc->pc_map[run->field] != 0)
			break;
	run->base = &run->pc->pc_pventry[run->field * 64];
	run->map = run->pc->pc_map[run->field];
}

/*
 * Takes the lowest free entry of the field; NULL when it has none, and when
 * entries are scarce, which pmap_try_insert_pv_entry() then finds too.
 *
 * FreeBSD amd64/pmap.c get_pv_entry(): same, its common path.
 */
static inline pv_entry_t
pmap_pv_run_take(struct pv_run *run)
{
	pv_entry_t pv;

	if (run->map == 0 || run->left <= 0)
		return (NULL);
	pv = &run->base[(unsigned)__builtin_ctzll(run->map)];
	run->map &= run->map - 1;
	run->left--;
	/* No element of a chunk is at 0: the caller's test is of the above. */
	if (pv == NULL)
		__builtin_unreachable();
	return (pv);
}

static inline void
pmap_pv_run_end(struct machine *mach, pmap_t pmap, struct pv_run *run)
{
	struct pmap_state *st = mach->pmap;
	const int taken = run->limit - run->left;

	if (taken == 0)
		return;
	run->pc->pc_map[run->field] = run->map;
	st->pv_entry_allocs += taken;
	st->pv_entry_count += taken;
	st->pv_entry_spare -= taken;
	pmap_pv_chunk_taken(pmap, run->pc);
	run->map = 0;
	run->limit = run->left;
}

#endif /* AMD64_PMAP_PV_CHUNK_H */
