/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mapping ahead of use: read-only, never accessed, not wired, not promoted,
 * and given up rather than waited for.  What these functions make saves a
 * fault if it is wanted and is cheap to throw away if it is not.
 */
#include "amd64/pmap_2022.h"

#include "vm/vm_object.h"

/*
 * The kernel's PTE for "va".  Through the recursive map, which takes the
 * contents of a superpage for a page table; so does this.
 *
 * FreeBSD amd64/pmap.c pmap_enter_quick_locked(): same, vtopte().
 */
pt_entry_t *
pmap_quick_kernel_pte(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	pd_entry_t *pde;

	pde = pmap_pde(mach, pmap, va);
	if (pde == NULL || (*pde & PG_V) == 0)
		stop("pmap_enter_quick_locked: page fault trap: no page table "
		     "at va %#llx",
		    (unsigned long long)va);
	return (pmap_pde_to_pte(mach, pde, va));
}

/*
 * Maps "m" at "va" for reading, for executing too if "prot" says so, unless
 * something is mapped there or memory is short.  "mpte" is the page-table page
 * that a call before returned, or NULL; returns the one in use, NULL when
 * nothing was mapped.
 *
 * PG_U is set at kernel addresses as well, PG_G is not.
 *
 * FreeBSD amd64/pmap.c pmap_enter_quick_locked(): adapted, no locks; a
 * kernel address without page table is a page fault in FreeBSD.
 */
vm_page_t
pmap_enter_quick_locked(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t m, vm_prot_t prot, vm_page_t mpte)
{
	pd_entry_t *pde;
	pt_entry_t *pte;
	FRAME();

	if (page_tables_have_states(mach))
		return (pmap_enter_quick_2022(mach, pmap, va, m, prot, mpte));
	if (!pmap_is_user_va(va)) {
		mpte = NULL;
		pte = pmap_quick_kernel_pte(mach, pmap, va);
	} else {
		if (mpte != NULL && mpte->pindex == pmap_pde_pindex(va))
			mpte->wire_count++;
		else {
			pde = pmap_pde(mach, pmap, va);
			if (pde != NULL && (*pde & PG_V) != 0) {
				if ((*pde & PG_PS) != 0) {
					/* Elsewhere: recorded, then seen. */
					if (enter_quick_forgets_pv_entry(mach))
						pmap_try_insert_pv_entry(mach,
						    pmap, va, m);
					return (NULL);
				}
				mpte = phys_to_vm_page(mach, *pde & PG_FRAME);
				mpte->wire_count++;
			} else {
				mpte = _pmap_allocpte(mach, pmap,
				    pmap_pde_pindex(va), M_NOWAIT);
				if (mpte == NULL)
					return (NULL);
			}
		}
		pte = &physmem_table(mach,
		    VM_PAGE_TO_PHYS(mpte))[pmap_pte_index(va)];
	}
	if (*pte != 0) {
		if (mpte != NULL)
			mpte->wire_count--;
		return (NULL);
	}
	if (pmap_page_is_managed(m) &&
	    !pmap_try_insert_pv_entry(mach, pmap, va, m)) {
		if (mpte != NULL)
			pmap_abort_ptp(mach, pmap, va, mpte);
		return (NULL);
	}
	pmap->pm_stats.resident_count++;
	pte_fill(mach, pte,
	    VM_PAGE_TO_PHYS(m) | PG_V | PG_U |
		pmap_quick_attributes(mach, m, prot, FALSE));
	return (mpte);
}

/*
 * Maps "m" at "va" ahead of its use, if that is easy.
 *
 * FreeBSD amd64/pmap.c pmap_enter_quick(): adapted, no locks.
 */
void
pmap_enter_quick(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_page_t m,
    vm_prot_t prot)
{
	FRAME();

	CHECK_PMAP(pmap);
	CHECK_PAGE(m);
	pmap_enter_quick_locked(mach, pmap, va, m, prot, NULL);
}

/*
 * Maps the 2 MB that start with "m" at "va" as one mapping.  Returns FALSE,
 * with nothing changed, when something is mapped there or memory is short.
 *
 * It has no page-table page: its first demotion has to allocate one, and, as
 * A is clear until it is used, removes it instead until then.
 *
 * FreeBSD amd64/pmap.c pmap_enter_pde(): adapted, no locks.
 */
boolean_t
pmap_enter_pde(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_page_t m,
    vm_prot_t prot)
{
	pd_entry_t *pde, newpde;
	vm_page_t mpde;
	FRAME();

	mpde = pmap_allocpde(mach, pmap, va, M_NOWAIT);
	if (mpde == NULL)
		goto failed;
	pde = &physmem_table(mach, VM_PAGE_TO_PHYS(mpde))[pmap_pde_index(va)];
	if ((*pde & PG_V) != 0) {
		KASSERT(mpde->wire_count > 1,
		    ("pmap_enter_pde: mpde's wire count is too low"));
		mpde->wire_count--;
		goto failed;
	}
	newpde = VM_PAGE_TO_PHYS(m) | PG_PS | PG_V |
	    pmap_quick_attributes(mach, m, prot, TRUE);
	if (pmap_is_user_va(va))
		newpde |= PG_U;
	if ((newpde & PG_MANAGED) != 0 &&
	    !pmap_pv_insert_pde(mach, pmap, va, VM_PAGE_TO_PHYS(m))) {
		pmap_abort_ptp(mach, pmap, va, mpde);
		goto failed;
	}
	pmap->pm_stats.resident_count += NPTEPG;
	pte_fill(mach, pde, newpde);
	pmap_superpage_gained(mach, pmap);
	mach->pmap->pmap_pde_mappings++;
	CTR2(mach, KTR_ENTER_PDE, va, pmap->pm_name);
	return (TRUE);
failed:
	CTR2(mach, KTR_ENTER_PDE_FAILURE, va, pmap->pm_name);
	return (FALSE);
}

/*
 * Maps the resident pages of an object from "m_start" on into [start, end),
 * with 2 MB mappings where addresses and reservation allow it.  Of "prot" only
 * the execute permission matters.
 *
 * FreeBSD amd64/pmap.c pmap_enter_object(): adapted, no locks.
 */
void
pmap_enter_object(struct machine *mach, pmap_t pmap, vm_offset_t start,
    vm_offset_t end, vm_page_t m_start, vm_prot_t prot)
{
	const vm_pindex_t psize = atop(end - start);
	vm_offset_t va;
	vm_page_t m, mpte;
	vm_pindex_t diff;
	FRAME();

	NONNULL(pmap);
	if (page_tables_have_states(mach)) {
		pmap_enter_object_2022(mach, pmap, start, end, m_start, prot);
		return;
	}
	mpte = NULL;
	m = m_start;
	while (m != NULL && (diff = m->pindex - m_start->pindex) < psize) {
		va = start + ptoa(diff);
		if ((va & PDRMASK) == 0 && va + NBPDR <= end &&
		    (VM_PAGE_TO_PHYS(m) & PDRMASK) == 0 &&
		    mach->pmap->pg_ps_enabled &&
		    vm_reserv_level_iffullpop(mach, m) == 0 &&
		    pmap_enter_pde(mach, pmap, va, m, prot))
			m += NPTEPG - 1;
		else
			mpte = pmap_enter_quick_locked(mach, pmap, va, m, prot,
			    mpte);
		m = TAILQ_NEXT(m, listq);
	}
}

/*
 * Returns whether the pages from "p" on, all of which are resident, are "size"
 * bytes of contiguous physical memory with one attribute.
 *
 * FreeBSD amd64/pmap.c pmap_object_init_pt(): same.
 */
static bool
pmap_object_is_contiguous(struct machine *mach, vm_page_t p, vm_size_t size)
{
	const vm_paddr_t start = VM_PAGE_TO_PHYS(p);
	const uint8_t pat_mode_c = p->pat_mode_c;
	vm_paddr_t pa;

	for (pa = start; pa < start + size; pa += PAGE_SIZE) {
		KASSERT(p->valid == VM_PAGE_BITS_ALL,
		    ("pmap_object_init_pt: invalid page PTR"));
		if (VM_PAGE_TO_PHYS(p) != pa || p->pat_mode_c != pat_mode_c)
			return (false);
		p = TAILQ_NEXT(p, listq);
	}
	return (true);
}

/*
 * Maps the device memory behind [pindex, ...) of "object" at [addr, addr +
 * size) with writable 2 MB mappings; does nothing when address, size or memory
 * are not made for that.
 *
 * FreeBSD amd64/pmap.c pmap_object_init_pt(): adapted, no locks.
 */
void
pmap_object_init_pt(struct machine *mach, pmap_t pmap, vm_offset_t addr,
    vm_object_t object, vm_pindex_t pindex, vm_size_t size)
{
	pd_entry_t *pde, bits;
	vm_page_t p, pdpg;
	vm_paddr_t pa, ptepa;
	FRAME();

	CHECK_PMAP(pmap);
	CHECK_OBJECT(object);
	KASSERT(object->type == OBJT_DEVICE || object->type == OBJT_SG,
	    ("pmap_object_init_pt: non-device object"));
	if ((addr & PDRMASK) != 0 || (size & PDRMASK) != 0)
		return;
	if (!vm_object_populate(mach, object, pindex, pindex + atop(size)))
		return;
	p = vm_page_lookup(mach, object, pindex);
	if (p == NULL)
		return;
	ptepa = VM_PAGE_TO_PHYS(p);
	if ((ptepa & PDRMASK) != 0 || !pmap_object_is_contiguous(mach, p, size))
		return;

	bits = pmap_page_cache_bits(mach, p, TRUE) | PG_PS | PG_M | PG_A |
	    PG_U | PG_RW | PG_V;
	for (pa = ptepa; pa < ptepa + size; pa += NBPDR, addr += NBPDR) {
		pdpg = pmap_allocpde(mach, pmap, addr, M_NOWAIT);
		/* What is not mapped now will fault. */
		if (pdpg == NULL)
			continue;
		pde = &physmem_table(mach,
		    VM_PAGE_TO_PHYS(pdpg))[pmap_pde_index(addr)];
		if ((*pde & PG_V) == 0) {
			pte_fill(mach, pde, pa | bits);
			pmap->pm_stats.resident_count += NPTEPG;
			pmap_superpage_gained(mach, pmap);
			mach->pmap->pmap_pde_mappings++;
		} else {
			pdpg->wire_count--;
			KASSERT(pdpg->wire_count > 0,
			    ("pmap_object_init_pt: missing reference to page "
			     "directory page, va: 0x%llx",
				(unsigned long long)addr));
		}
	}
}
