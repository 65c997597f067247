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

	return (phys_to_vm_page(mach,
	    (vm_paddr_t)((const char *)pc - (char *)mach->physmem->base)));
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
void pmap_insert_entry(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t m);
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
	unsigned bit, field;

	pc = TAILQ_FIRST(&pmap->pm_pvchunk);
	if (pc == NULL)
		return (NULL);
	for (field = 0; field < _NPCM; field++)
		if (pc->pc_map[field] != 0)
			break;
	if (field == _NPCM)
		return (NULL);
	bit = (unsigned)__builtin_ctzll(pc->pc_map[field]);
	pc->pc_map[field] &= pc->pc_map[field] - 1;
	pmap_pv_chunk_taken(pmap, pc);
	mach->pmap->pv_entry_spare--;
	return (&pc->pc_pventry[field * 64 + bit]);
}

/*
 * get_pv_entry() where the first chunk has an entry; else NULL, and nothing
 * has happened.
 */
static inline pv_entry_t
pmap_pv_get_quick(struct machine *mach, pmap_t pmap)
{
	pv_entry_t pv;

	pv = pmap_pv_take(mach, pmap);
	if (__builtin_expect(pv != NULL, 1)) {
		mach->pmap->pv_entry_allocs++;
		mach->pmap->pv_entry_count++;
	}
	return (pv);
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
