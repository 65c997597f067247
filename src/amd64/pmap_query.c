/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions about one address: what is mapped at it, and what has become of
 * that.  They change nothing, pmap_mincore() excepted.
 */
#include "amd64/pmap_kernels.h"
#include "amd64/pmap_var.h"

#include "vm/vm_object.h"

/* mincore(2)'s answer. */
#define MINCORE_INCORE 0x1
#define MINCORE_REFERENCED 0x2
#define MINCORE_MODIFIED 0x4
#define MINCORE_REFERENCED_OTHER 0x8
#define MINCORE_MODIFIED_OTHER 0x10
#define MINCORE_SUPER 0x20

/*
 * Returns the physical address that "va" maps to, 0 when there is no page
 * table.  No V bit is looked at: an empty PTE gives the offset in the page.
 *
 * FreeBSD amd64/pmap.c pmap_extract(): adapted, no locks.
 */
vm_paddr_t
pmap_extract(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	pd_entry_t *pde;
	pt_entry_t *pte;

	NONNULL(pmap);
	pde = pmap_pde(mach, pmap, va);
	if (pde == NULL || *pde == 0)
		return (0);
	if ((*pde & PG_PS) != 0)
		return ((*pde & PG_PS_FRAME) | (va & PDRMASK));
	pte = pmap_pde_to_pte(mach, pde, va);
	return ((*pte & PG_FRAME) | (va & PAGE_MASK));
}

/*
 * Returns the page mapped at "va", held, or NULL when none is or when "prot"
 * asks for writing and the mapping does not allow it.
 *
 * FreeBSD amd64/pmap.c pmap_extract_and_hold(): adapted, no locks.
 */
vm_page_t
pmap_extract_and_hold(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_prot_t prot)
{
	pd_entry_t *pde;
	pt_entry_t entry;
	vm_page_t m;
	FRAME();

	CHECK_PMAP(pmap);
	pde = pmap_pde(mach, pmap, va);
	if (pde == NULL || *pde == 0)
		return (NULL);
	entry = *pde;
	if ((entry & PG_PS) == 0) {
		entry = *pmap_pde_to_pte(mach, pde, va);
		if ((entry & PG_V) == 0)
			return (NULL);
	}
	if ((entry & PG_RW) == 0 && (prot & VM_PROT_WRITE) != 0)
		return (NULL);
	m = phys_to_vm_page(mach, pmap_extract(mach, pmap, va));
	vm_page_hold(mach, m);
	return (m);
}

/*
 * Returns whether a page may be mapped at "addr" ahead of its use: a page
 * table is there and "addr" is free in it.
 *
 * FreeBSD amd64/pmap.c pmap_is_prefaultable(): same.
 */
static boolean_t
pmap_may_prefault(struct machine *mach, pmap_t pmap, vm_offset_t addr)
{
	pd_entry_t *pde;

	pde = pmap_pde(mach, pmap, addr);
	if (pde == NULL || (*pde & (PG_V | PG_PS)) != PG_V)
		return (FALSE);
	return ((*pmap_pde_to_pte(mach, pde, addr) & PG_V) == 0);
}

/*
 * See vm/pmap.h.
 *
 * FreeBSD amd64/pmap.c pmap_is_prefaultable(): same, for neighbours.
 */
uint64_t
pmap_prefaultable(struct machine *mach, pmap_t pmap, vm_offset_t sva,
    unsigned count)
{
	const unsigned first = pmap_pte_index(sva);
	const pt_entry_t *pte;
	const pd_entry_t *pde;
	pt_entry_t all;
	uint64_t free;
	unsigned i;

	free = 0;
	if (__builtin_expect(first + count > NPTEPG, 0)) {
		for (i = 0; i < count; i++)
			if (pmap_may_prefault(mach, pmap, sva + ptoa(i)))
				free |= UINT64_C(1) << i;
		return (free);
	}
	pde = pmap_pde(mach, pmap, sva);
	if (pde == NULL || (*pde & (PG_V | PG_PS)) != PG_V)
		return (0);
	pte = &physmem_table(mach, *pde)[first];
	/* Mostly all are mapped. */
	all = PG_V;
	for (i = 0; i + 3 <= count; i += 3)
		all &= pte[i] & pte[i + 1] & pte[i + 2];
	for (; i < count; i++)
		all &= pte[i];
	if (all != 0)
		return (0);
	for (i = count; i-- > 0;)
		free = free << 1 | (~pte[i] & PG_V);
	return (free);
}

/*
 * The public way to pmap_may_prefault().
 *
 * FreeBSD amd64/pmap.c pmap_is_prefaultable(): same.
 */
boolean_t
pmap_is_prefaultable(struct machine *mach, pmap_t pmap, vm_offset_t addr)
{

	CHECK_PMAP(pmap);
	return (pmap_may_prefault(mach, pmap, addr));
}

/*
 * What the entry of a page table alone says of mincore(2)'s byte.
 *
 * FreeBSD amd64/pmap.c pmap_mincore(), a part of it: same.
 */
static inline int
pmap_mincore_pte(pt_entry_t pte)
{
	int val = 0;

	if ((pte & (PG_M | PG_RW)) == (PG_M | PG_RW))
		val |= MINCORE_MODIFIED | MINCORE_MODIFIED_OTHER;
	if ((pte & PG_A) != 0)
		val |= MINCORE_REFERENCED | MINCORE_REFERENCED_OTHER;
	return (val);
}

/*
 * Returns mincore(2)'s byte for "addr".  To learn whether others used the page
 * it takes their A bits away, which demotes their superpages; what it so
 * learns it leaves in PG_REFERENCED.
 *
 * FreeBSD amd64/pmap.c pmap_mincore(): adapted, no locks.
 */
int
pmap_mincore(struct machine *mach, pmap_t pmap, vm_offset_t addr)
{
	pd_entry_t *pde;
	pt_entry_t pte;
	vm_paddr_t pa;
	vm_page_t m;
	int val;
	FRAME();

	CHECK_PMAP(pmap);
	pde = pmap_pde(mach, pmap, addr);
	if (pde == NULL || (*pde & PG_V) == 0)
		return (0);
	if ((*pde & PG_PS) != 0) {
		pte = *pde;
		pa = ((pte & PG_PS_FRAME) | (addr & PDRMASK)) & PG_FRAME;
		val = MINCORE_SUPER;
	} else {
		pte = *pmap_pde_to_pte(mach, pde, addr);
		pa = pte & PG_FRAME;
		val = 0;
	}
	if (pte == 0)
		return (0);
	val |= MINCORE_INCORE;
	if (mincore_reads_pte_only(mach))
		return (val | pmap_mincore_pte(pte));
	if ((pte & PG_MANAGED) == 0)
		return (val);

	m = phys_to_vm_page(mach, pa);
	val |= pmap_mincore_pte(pte);
	if ((val & MINCORE_MODIFIED) == 0 &&
	    (vm_page_use(mach, m)->dirty != 0 || pmap_is_modified(mach, m)))
		val |= MINCORE_MODIFIED_OTHER;
	if ((val & MINCORE_REFERENCED) == 0 &&
	    ((vm_page_aflags(mach, m) & PG_REFERENCED) != 0 ||
		pmap_ts_referenced(mach, m) != 0)) {
		val |= MINCORE_REFERENCED_OTHER;
		vm_page_aflag_set(mach, m, PG_REFERENCED);
	}
	return (val);
}

/*
 * Whether "va", a program's, lies in a 2 MB mapping.
 *
 * Simulator only: the policy laboratory's.
 */
bool
pmap_maps_superpage(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	const pd_entry_t *pde = pmap_pde(mach, pmap, va);

	return (pde != NULL && (*pde & (PG_V | PG_PS)) == (PG_V | PG_PS));
}
