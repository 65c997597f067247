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
 * Copies the 2 MB mapping "srcpde" to "*pde", which maps "addr", A and M
 * included, unless something is mapped there.  Returns false when nothing was
 * copied.
 *
 * At an unaligned "addr" the pv entry gets that: a removal will not find it.
 *
 * FreeBSD amd64/pmap.c pmap_copy(), its superpage branch: same.
 */
static inline bool
pmap_copy_pde(struct machine *mach, pmap_t dst_pmap, pd_entry_t srcpde,
    vm_offset_t addr, pd_entry_t *pde)
{
	struct md_page *pvh;

	if (*pde != 0)
		return (false);
	if ((srcpde & PG_MANAGED) != 0) {
		pvh = pa_to_pvh(mach, srcpde & PG_PS_FRAME);
		if (!pmap_pv_insert_quick(mach, dst_pmap, addr, pvh) &&
		    !pmap_pv_insert_pde(mach, dst_pmap, addr,
			srcpde & PG_PS_FRAME))
			return (false);
	}
	if (__builtin_expect((addr & PDRMASK) != 0, 0))
		mach->pmap->audit_waived |= AUDIT_WAIVE_PV;
	pte_fill(mach, pde,
	    srcpde & ~mach->pmap->copy_takes[(srcpde & PG_MANAGED) != 0]);
	dst_pmap->pm_stats.resident_count += NPTEPG;
	pmap_superpage_gained(mach, dst_pmap);
	mach->pmap->pmap_pde_mappings += mach->pmap->copy_counts;
	return (true);
}

/*
 * Copies the 2 MB mapping "*pde" at "addr", and those that follow it in its
 * page directory below "end".  "*next" is where they end.  Returns false when
 * memory is lacking for a page directory.
 *
 * Whether the range copied covers a superpage is asked by kernels since 2012
 * only.  When a copy is refused a page directory that was made for it stays
 * linked, with a wire count of 0.
 *
 * FreeBSD amd64/pmap.c pmap_copy(), its superpage branch: same, for a run of
 * superpages, which looks for the directory once.
 */
static bool
pmap_copy_pdes(struct machine *mach, pmap_t dst_pmap, const pd_entry_t *pde,
    vm_offset_t addr, vm_offset_t end, vm_offset_t *next)
{
	const vm_size_t covered = copy_takes_whole_superpages(mach) ? NBPDR : 1;
	vm_page_t dstmpde;
	pd_entry_t *dst;

	dstmpde = NULL;
	dst = NULL;
	for (;;) {
		if (dstmpde != NULL)
			dstmpde->wire_count++;
		else {
			dstmpde = pmap_allocpde(mach, dst_pmap, addr, M_NOWAIT);
			if (dstmpde == NULL)
				return (false);
			dst = &physmem_table(mach,
			    VM_PAGE_TO_PHYS(dstmpde))[pmap_pde_index(addr)];
		}
		if (__builtin_expect(!pmap_copy_pde(mach, dst_pmap,
					 pte_load(mach, pde), addr, dst),
			0)) {
			if (copy_is_unused(mach)) {
				/* Which may free the directory. */
				pmap_abort_ptp(mach, dst_pmap, addr, dstmpde);
				dstmpde = NULL;
			} else
				dstmpde->wire_count--;
		}
		addr = trunc_2mpage(addr) + NBPDR;
		pde++;
		dst++;
		if (addr + covered > end || (addr & PDPMASK) == 0 ||
		    (*pde & PG_PS) == 0)
			break;
	}
	*next = addr;
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
static bool __attribute__((noinline)) pmap_copy_pte(struct machine *mach,
    pmap_t dst_pmap, pt_entry_t srcpte, vm_offset_t addr, vm_page_t *dstmpte)
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
 * The first mapping finds the table of the copy; those after it are copied
 * here, as long as pv entries are at hand.
 *
 * FreeBSD amd64/pmap.c pmap_copy(), its inner loop: same.
 */
static bool
pmap_copy_ptes(struct machine *mach, pmap_t dst_pmap, pd_entry_t srcpde,
    vm_offset_t addr, vm_offset_t end)
{
	const bool goes_on = copy_goes_on_when_refused(mach);
	const pt_entry_t taken = pmap_pg_w(mach) | PG_M | PG_A;
	pt_entry_t *dst, *src, srcpte;
	vm_page_t dstmpte, srcmpte;
	struct md_page *md;
	struct pv_run run;
	pv_entry_t pv;
	unsigned i;
	bool copied;

	srcmpte = phys_to_vm_page(mach, srcpde & PG_FRAME);
	KASSERT(srcmpte->wire_count > 0,
	    ("pmap_copy: source page table page is unused"));
	dstmpte = NULL;
	dst = NULL;
	src = physmem_table(mach, srcpde);
	pmap_pv_run_begin(mach, dst_pmap, &run);
	for (; addr < end; addr += PAGE_SIZE) {
		i = pmap_pte_index(addr);
		if ((src[i] & PG_MANAGED) == 0)
			continue;
		srcpte = pte_load(mach, &src[i]);
		if (dstmpte != NULL && dst[i] == 0 &&
		    (pv = pmap_pv_run_take(&run)) != NULL) {
			md = phys_to_md_page(mach, srcpte & PG_FRAME);
			pv->pv_va = addr;
			/* PG_SMALL: the source's entry has set it. */
			ZTAILQ_INSERT_TAIL(&md->pv_list, pv, pv_list);
			pte_fill(mach, &dst[i], srcpte & ~taken);
			dst_pmap->pm_stats.resident_count++;
			dstmpte->wire_count++;
		} else {
			pmap_pv_run_end(mach, dst_pmap, &run);
			copied = pmap_copy_pte(mach, dst_pmap, srcpte, addr,
			    &dstmpte);
			if (!copied && (!goes_on || dstmpte == NULL))
				return (goes_on);
			dst = physmem_table(mach, VM_PAGE_TO_PHYS(dstmpte));
			pmap_pv_run_begin(mach, dst_pmap, &run);
		}
		if (dstmpte->wire_count >= srcmpte->wire_count)
			break;
		/* It holds its table anew for each page, too. */
		if (goes_on)
			dstmpte = NULL;
	}
	pmap_pv_run_end(mach, dst_pmap, &run);
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
			more = pmap_copy_pdes(mach, dst_pmap, pde, addr,
			    end_addr, &va_next);
		else
			more = pmap_copy_ptes(mach, dst_pmap, *pde, addr,
			    va_next < end_addr ? va_next : end_addr);
	}
}
