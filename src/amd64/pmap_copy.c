/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_copy(): a fork's head start.  The child could fault all of its mappings
 * in; copying those of the parent, which were write-protected just before,
 * spares it most of the faults.  Nothing depends on it, so it gives up at the
 * first lack of memory.
 */
#include "amd64/pmap_2022.h"

/*
 * Settles what a copied superpage loses, unmanaged and managed, and whether it
 * counts among the mappings made.
 *
 * FreeBSD amd64/pmap.c pmap_copy(): adapted, its superpage branch, decided at
 * boot.
 */
void
pmap_copy_startup(struct machine *mach)
{
	struct pmap_state *st = mach->pmap;
	pd_entry_t taken;

	/* A copy is not wired; and, being as writable, just as dirty. */
	taken = copy_keeps_superpage_wired(mach) ? 0 : pmap_pg_w(mach);
	if (copy_cleans_superpage(mach))
		taken |= PG_M;
	if (copy_is_unmarked(mach))
		taken |= PG_PROMOTED;
	st->copy_takes[false] = st->copy_takes[true] = taken;
	if (copy_is_unused(mach))
		st->copy_takes[true] |= PG_A;
	st->copy_counts = copy_is_unused(mach);
}

/*
 * Copies the 2 MB mapping "srcpde" at "addr", A and M included, unless
 * something is mapped there.  Returns false when memory is lacking for a page
 * directory.
 *
 * Whether the range copied covers the superpage is not asked, and at an
 * unaligned "addr" the pv entry gets that: a removal will not find it.  When
 * the copy is refused a page directory that was made for it stays linked,
 * with a wire count of 0.
 *
 * FreeBSD amd64/pmap.c pmap_copy(), its superpage branch: same.
 */
static bool
pmap_copy_pde(struct machine *mach, pmap_t dst_pmap, pd_entry_t srcpde,
    vm_offset_t addr)
{
	pd_entry_t *pde, taken;
	vm_page_t dstmpde;

	taken = mach->pmap->copy_takes[(srcpde & PG_MANAGED) != 0];
	dstmpde = pmap_allocpde(mach, dst_pmap, addr, M_NOWAIT);
	if (dstmpde == NULL)
		return (false);
	pde = &physmem_table(mach,
	    VM_PAGE_TO_PHYS(dstmpde))[pmap_pde_index(addr)];
	if (*pde == 0 &&
	    ((srcpde & PG_MANAGED) == 0 ||
		pmap_pv_insert_pde(mach, dst_pmap, addr,
		    srcpde & PG_PS_FRAME))) {
		if ((addr & PDRMASK) != 0)
			mach->pmap->audit_waived |= AUDIT_WAIVE_PV;
		pte_fill(mach, pde, srcpde & ~taken);
		dst_pmap->pm_stats.resident_count += NPTEPG;
		pmap_superpage_gained(mach, dst_pmap);
		mach->pmap->pmap_pde_mappings += mach->pmap->copy_counts;
	} else if (copy_is_unused(mach))
		pmap_abort_ptp(mach, dst_pmap, addr, dstmpde);
	else
		dstmpde->wire_count--;
	return (true);
}

/*
 * A superpage of the copy at "addr" is about to be demoted, for which
 * pmap_copy() passes no lock on.  No caller of the kernel's comes to that.
 *
 * FreeBSD amd64/pmap.c reserve_pv_entries(): adapted, its assertion, 2022.
 */
static void
pmap_copy_assert(struct machine *mach, pmap_t dst_pmap, vm_offset_t addr)
{
	const pd_entry_t demoted = PG_PS | PG_V | PG_MANAGED | PG_A;
	pd_entry_t *pde;

	if (!mach->invariants || !copy_is_unused(mach))
		return;
	pde = pmap_pde(mach, dst_pmap, addr);
	KASSERT(pde == NULL || (*pde & demoted) != demoted,
	    ("reserve_pv_entries: lockp is NULL"));
}

/*
 * Copies the managed mapping "srcpte" to "addr", without W, M and A.
 * "*dstmpte" is the page-table page that took the one before, NULL at the
 * first of a table, and becomes the one that takes this.  Returns false when
 * nothing was copied: no memory, "*dstmpte" being NULL then, no pv entry to be
 * had, or something mapped there.
 *
 * FreeBSD amd64/pmap.c pmap_copy(), its inner loop: same.
 */
static bool
pmap_copy_pte(struct machine *mach, pmap_t dst_pmap, pt_entry_t srcpte,
    vm_offset_t addr, vm_page_t *dstmpte)
{
	pt_entry_t *dst_pte;
	vm_page_t free;

	if (*dstmpte != NULL)
		(*dstmpte)->wire_count++;
	else {
		pmap_copy_assert(mach, dst_pmap, addr);
		*dstmpte = pmap_allocpte(mach, dst_pmap, addr, M_NOWAIT);
		if (*dstmpte == NULL)
			return (false);
	}
	dst_pte = &physmem_table(mach,
	    VM_PAGE_TO_PHYS(*dstmpte))[pmap_pte_index(addr)];
	if (*dst_pte == 0 &&
	    pmap_try_insert_pv_entry(mach, dst_pmap, addr,
		phys_to_vm_page(mach, srcpte & PG_FRAME))) {
		pte_fill(mach, dst_pte,
		    srcpte & ~(pmap_pg_w(mach) | PG_M | PG_A));
		dst_pmap->pm_stats.resident_count++;
		return (true);
	}
	free = NULL;
	if (pmap_unwire_pte_hold(mach, dst_pmap, addr, *dstmpte, &free)) {
		pmap_invalidate_page(mach, dst_pmap, addr);
		pmap_free_zero_pages(mach, free);
	}
	return (false);
}

/*
 * Copies the managed 4 KB mappings of [addr, end), which lie in the page table
 * "srcpde".  The rest of a table is skipped once the copy has as many as the
 * source.  Returns false when the copy as a whole is to end: the first mapping
 * that is refused ends it, but a copy that goes on only leaves a table for
 * which there is no memory.
 *
 * FreeBSD amd64/pmap.c pmap_copy(), its inner loop: same.
 */
static bool
pmap_copy_ptes(struct machine *mach, pmap_t dst_pmap, pd_entry_t srcpde,
    vm_offset_t addr, vm_offset_t end)
{
	const bool goes_on = copy_goes_on_when_refused(mach);
	pt_entry_t *src_pte;
	vm_page_t dstmpte, srcmpte;

	srcmpte = phys_to_vm_page(mach, srcpde & PG_FRAME);
	KASSERT(srcmpte->wire_count > 0,
	    ("pmap_copy: source page table page is unused"));
	dstmpte = NULL;
	src_pte = &physmem_table(mach, srcpde)[pmap_pte_index(addr)];
	for (; addr < end; addr += PAGE_SIZE, src_pte++) {
		if ((*src_pte & PG_MANAGED) == 0)
			continue;
		/* It holds its table anew for each page, too. */
		if (goes_on)
			dstmpte = NULL;
		if (!pmap_copy_pte(mach, dst_pmap, pte_load(mach, src_pte),
			addr, &dstmpte) &&
		    (!goes_on || dstmpte == NULL))
			return (goes_on);
		if (dstmpte->wire_count >= srcmpte->wire_count)
			break;
	}
	return (true);
}

/*
 * Copies the managed mappings of "src_pmap" in [src_addr, src_addr + len) to
 * "dst_pmap" at the same addresses, superpages as such; at other addresses
 * nothing is done.
 *
 * FreeBSD amd64/pmap.c pmap_copy(): adapted, no locks.
 */
void
pmap_copy(struct machine *mach, pmap_t dst_pmap, pmap_t src_pmap,
    vm_offset_t dst_addr, vm_size_t len, vm_offset_t src_addr)
{
	const vm_offset_t end_addr = src_addr + len;
	vm_offset_t addr, va_next;
	pd_entry_t *pde;
	bool more;
	FRAME();

	CHECK_PMAP(dst_pmap);
	CHECK_PMAP(src_pmap);
	if (dst_addr != src_addr)
		return;
	more = true;
	for (addr = src_addr; more && addr < end_addr; addr = va_next) {
		KASSERT(addr < UPT_MIN_ADDRESS,
		    ("pmap_copy: invalid to pmap_copy page tables"));
		pde = pmap_walk_pde(mach, src_pmap, addr, end_addr, &va_next);
		if (pde == NULL || *pde == 0)
			continue;
		if ((*pde & PG_PS) != 0 && copy_takes_whole_superpages(mach) &&
		    ((addr & PDRMASK) != 0 || addr + NBPDR > end_addr))
			continue;
		if ((*pde & PG_PS) != 0)
			more = pmap_copy_pde(mach, dst_pmap,
			    pte_load(mach, pde), addr);
		else
			more = pmap_copy_ptes(mach, dst_pmap, *pde, addr,
			    va_next < end_addr ? va_next : end_addr);
	}
}
