/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk from an address to its entries, and from a frame to its mappings,
 * for all who read them: the pmap, the auditor, traces and pictures.  Nothing
 * here changes anything.
 */
#ifndef AMD64_PMAP_WALK_H
#define AMD64_PMAP_WALK_H

#include "amd64/pmap_types.h"

/*
 * An address and the entries that it selects:
 *
 *  63           48 47     39 38     30 29     21 20     12 11          0
 * +---------------+---------+---------+---------+---------+-------------+
 * | sign of bit 47| PML4    | PDP     | PD      | PT      | page offset |
 * +---------------+---------+---------+---------+---------+-------------+
 */
static inline unsigned
pmap_pte_index(vm_offset_t va)
{
	return ((va >> PAGE_SHIFT) & (NPTEPG - 1));
}

static inline unsigned
pmap_pde_index(vm_offset_t va)
{
	return ((va >> PDRSHIFT) & (NPDEPG - 1));
}

static inline unsigned
pmap_pdpe_index(vm_offset_t va)
{
	return ((va >> PDPSHIFT) & (NPDPEPG - 1));
}

static inline unsigned
pmap_pml4e_index(vm_offset_t va)
{
	return ((va >> PML4SHIFT) & (NPML4EPG - 1));
}

static inline vm_pindex_t
pmap_pde_pindex(vm_offset_t va)
{
	return (va >> PDRSHIFT);
}

/*
 * Before pmap_pinit() and after pmap_release() a pmap has this empty PML4, so
 * that whoever walks it finds nothing, without a test on the way.
 */
extern const pml4_entry_t pmap_absent_pml4[NPML4EPG];

static inline bool
pmap_has_tables(const struct pmap *pmap)
{
	return (pmap->pm_pml4 != pmap_absent_pml4);
}

/* The physical address of "pmap"'s PML4 page: the recursive slot knows it. */
static inline vm_paddr_t
pmap_pml4_phys(const struct pmap *pmap)
{
	return (pmap->pm_pml4[PML4PML4I] & PG_FRAME);
}

/* Stops the machine: "who" was called for a pmap that has no tables. */
_Noreturn void pmap_absent(struct machine *mach, const struct pmap *pmap,
    const char *who);

static inline pml4_entry_t *
pmap_pml4e(pmap_t pmap, vm_offset_t va)
{
	return (&pmap->pm_pml4[pmap_pml4e_index(va)]);
}

/* NULL when no PDP page is there. */
static inline pdp_entry_t *
pmap_pdpe(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	pml4_entry_t *pml4e;

	pml4e = pmap_pml4e(pmap, va);
	if ((*pml4e & PG_V) == 0)
		return (NULL);
	return (&physmem_table(mach, *pml4e)[pmap_pdpe_index(va)]);
}

static inline pd_entry_t *
pmap_pdpe_to_pde(struct machine *mach, pdp_entry_t *pdpe, vm_offset_t va)
{
	return (&physmem_table(mach, *pdpe)[pmap_pde_index(va)]);
}

/* NULL when no page directory is there. */
static inline pd_entry_t *
pmap_pde(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	pdp_entry_t *pdpe;

	pdpe = pmap_pdpe(mach, pmap, va);
	if (pdpe == NULL || (*pdpe & PG_V) == 0)
		return (NULL);
	return (pmap_pdpe_to_pde(mach, pdpe, va));
}

static inline pt_entry_t *
pmap_pde_to_pte(struct machine *mach, pd_entry_t *pde, vm_offset_t va)
{
	return (&physmem_table(mach, *pde)[pmap_pte_index(va)]);
}

/* NULL when no page table is there; the PDE itself when it is a 2 MB page. */
static inline pt_entry_t *
pmap_pte(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	pd_entry_t *pde;

	pde = pmap_pde(mach, pmap, va);
	if (pde == NULL || (*pde & PG_V) == 0)
		return (NULL);
	if ((*pde & PG_PS) != 0)
		return ((pt_entry_t *)pde);
	return (pmap_pde_to_pte(mach, pde, va));
}

/*
 * The step of a walk over [va, end): the PDE of "va", or NULL when there is
 * none; "*next" is where the walk goes on, "end" where addresses wrap.
 */
static inline pd_entry_t *
pmap_walk_pde(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_offset_t end, vm_offset_t *next)
{
	pdp_entry_t *pdpe;
	vm_offset_t mask;

	mask = PDRMASK;
	pdpe = pmap_pdpe(mach, pmap, va);
	if (pdpe == NULL)
		mask = PML4MASK;
	else if ((*pdpe & PG_V) == 0) {
		mask = PDPMASK;
		pdpe = NULL;
	}
	*next = (va | mask) + 1;
	if (*next < va)
		*next = end;
	return (pdpe == NULL ? NULL : pmap_pdpe_to_pde(mach, pdpe, va));
}

/* Where the recursive mapping of slot 256 shows the entries of "va". */
static inline vm_offset_t
vtopte(vm_offset_t va)
{
	return (UPT_MIN_ADDRESS +
	    (((va >> PAGE_SHIFT) & ((UINT64_C(1) << 36) - 1)) << 3));
}

static inline vm_offset_t
vtopde(vm_offset_t va)
{
	return (UINT64_C(0xffff804000000000) +
	    (((va >> PDRSHIFT) & ((UINT64_C(1) << 27) - 1)) << 3));
}

/* The list head of 2 MB mappings of the frame that "pa" lies in. */
static inline struct md_page *
pa_to_pvh(struct machine *mach, vm_paddr_t pa)
{
	return (&mach->pmap->pv_table[pa >> PDRSHIFT]);
}

/* The same of the 2 MB that "m" lies in, in fewer steps. */
static inline struct md_page *
page_to_pvh(struct machine *mach, const struct vm_page *m)
{
	return ((struct md_page *)(mach->pv_table_bias +
	    vm_page_frame(m) * sizeof(struct md_page)));
}

/* Whether mappings of "m" have pv entries. */
static inline bool
pmap_page_is_managed(const struct vm_page *m)
{
	return ((m->flags_c & (PG_FICTITIOUS | PG_UNMANAGED)) == 0);
}

static inline struct pv_chunk *
pv_to_chunk(pv_entry_t pv)
{
	return ((struct pv_chunk *)((uintptr_t)pv & ~(uintptr_t)PAGE_MASK));
}

/* PV_PMAP */
static inline pmap_t
pv_pmap(pv_entry_t pv)
{
	return (pv_to_chunk(pv)->pc_pmap);
}

/* The direct map's addresses. */
static inline bool
pmap_is_direct_va(const struct machine *mach, vm_offset_t va)
{
	return (pmap_pml4e_index(va) == mach->dmap_pml4i);
}

#endif /* AMD64_PMAP_WALK_H */
