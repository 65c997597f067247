/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pv entries, the way from a page back to its mappings: what pmap_pv.c and
 * pmap_pv_promote.c give to the other files of the pmap.  The head of pmap_pv.c
 * tells the invariants.
 */
#ifndef AMD64_PMAP_PV_H
#define AMD64_PMAP_PV_H

#include "amd64/pmap_pv_chunk.h"

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

/* Stops the machine: "func" finds no entry of "va", and does not check. */
_Noreturn void pmap_pv_trap(struct machine *mach, const char *func,
    vm_offset_t va);
/* The entry that pmap_pvh_free() is to free is not there. */
_Noreturn void pmap_pv_missing(struct machine *mach, vm_offset_t va);

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
