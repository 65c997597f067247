/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pv entries, the way from a page back to its mappings: what pmap_pv.c gives
 * to the other files of the pmap.  Its head tells the invariants.
 */
#ifndef AMD64_PMAP_PV_H
#define AMD64_PMAP_PV_H

#include "amd64/pmap_walk.h"

pv_entry_t pmap_pv_chunk_init(struct machine *mach, pmap_t pmap, vm_page_t m);

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
 * Notes that page "m" has a pv entry of its own, as a mapping of 4 KB needs it.
 * Where one is there already, of any page of the frame, that is noted, too.
 */
static inline void
pmap_pv_note(struct machine *mach, vm_page_t m)
{

	vm_page_aflag_set(mach, m, PG_SMALL);
}

/*
 * pmap_pv_note() of the managed mapping "newpte", and that it may be written if
 * it says so.
 *
 * FreeBSD amd64/pmap.c pmap_enter(): same, PG_WRITEABLE.
 */
static inline void
pmap_pv_note_pte(struct machine *mach, vm_page_t m, pt_entry_t newpte)
{

	/* In one step for both: budget pmap_enter/plain/page pays for it. */
	_Static_assert(PG_V << 3 == PG_SMALL && PG_RW << 3 == PG_WRITEABLE,
	    "a PTE's bits, shifted, are aflags");
	vm_page_aflag_set(mach, m, (uint8_t)((newpte & (PG_V | PG_RW)) << 3));
}

pv_entry_t get_pv_entry(struct machine *mach, pmap_t pmap, int try);
void free_pv_entry(struct machine *mach, pmap_t pmap, pv_entry_t pv);
void free_pv_chunk(struct machine *mach, pmap_t pmap, struct pv_chunk *pc);
void reserve_pv_entries(struct machine *mach, pmap_t pmap, int needed);
pv_entry_t pmap_pvh_remove(struct machine *mach, struct md_page *pvh,
    pmap_t pmap, vm_offset_t va);
void pmap_pvh_free(struct machine *mach, struct md_page *pvh, pmap_t pmap,
    vm_offset_t va);
void pmap_remove_entry(struct machine *mach, pmap_t pmap, vm_page_t m,
    vm_offset_t va);
void pmap_remove_mapping(struct machine *mach, pmap_t pmap, pt_entry_t oldpte,
    vm_offset_t va);
void pmap_insert_entry(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t m);
bool pmap_replace_entry(struct machine *mach, pmap_t pmap, vm_page_t om,
    vm_page_t m, vm_offset_t va);
boolean_t pmap_try_insert_pv_entry(struct machine *mach, pmap_t pmap,
    vm_offset_t va, vm_page_t m);
boolean_t pmap_pv_insert_pde(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_paddr_t pa);
void pmap_pv_promote_pde(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_paddr_t pa);
void pmap_pv_demote_pde(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_paddr_t pa);
void pmap_collect(struct machine *mach, pmap_t locked_pmap, int queue);

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
 * Appends an entry for ("pmap", "va") to "pvh" where pmap_pv_get_quick() has
 * one; else returns false, and nothing has happened.
 *
 * FreeBSD amd64/pmap.c pmap_try_insert_pv_entry(), pmap_pv_insert_pde(): same,
 * what they share, their common path.
 */
static inline bool
pmap_pv_insert_quick(struct machine *mach, pmap_t pmap, vm_offset_t va,
    struct md_page *pvh)
{
	pv_entry_t pv;

	pv = pmap_pv_get_quick(mach, pmap);
	if (__builtin_expect(pv == NULL, 0))
		return (false);
	pv->pv_va = va;
	ZTAILQ_INSERT_TAIL(&pvh->pv_list, pv, pv_list);
	return (true);
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

/*
 * Stops the machine: "pv" says that a page is mapped where no page directory
 * is, as after a pmap was released with pv entries left.
 */
_Noreturn void pmap_pv_astray(struct machine *mach, pv_entry_t pv,
    const char *who);

/*
 * The PDE on the way to the mapping that "pv" stands for; "who" asks.  The
 * kernel would follow a NULL pointer where there is none.
 */
static inline pd_entry_t *
pmap_pv_pde(struct machine *mach, pv_entry_t pv, const char *who)
{
	pd_entry_t *pde;

	pde = pmap_pde(mach, pv_pmap(pv), pv->pv_va);
	if (__builtin_expect(pde == NULL, 0))
		pmap_pv_astray(mach, pv, who);
	return (pde);
}

#endif /* AMD64_PMAP_PV_H */
