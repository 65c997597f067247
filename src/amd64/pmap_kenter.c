/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel mappings without accounting: they enter and leave the kernel's page
 * tables as bare PTEs, with no pv entry, no statistics, no wire count, and
 * but for pmap_qenter() and pmap_qremove() no invalidation.
 *
 * The kernel writes these PTEs through its recursive mapping.  Where no page
 * table is, that access is a page fault with nobody to resolve it.  Programs'
 * addresses, which that mapping shows as well, are none of theirs: they are
 * looked for in the kernel's tables, and not found.
 */
#include "amd64/pmap_2022.h"

static _Noreturn void __attribute__((noinline, cold))
kernel_pte_trap(struct machine *mach, const char *func, vm_offset_t va)
{

	stop("%s: page fault trap: no page table for va %#llx", func,
	    (unsigned long long)va);
}

/*
 * The PTE of kernel address "va".  A 2 MB mapping's PDE leads, as through the
 * recursive mapping, into the first page of what it maps.
 *
 * FreeBSD amd64/pmap.h vtopte(): adapted, the walk is made by hand.
 */
static inline pt_entry_t *
kernel_pte(struct machine *mach, const char *func, vm_offset_t va)
{
	pd_entry_t *pde;

	pde = pmap_pde(mach, kernel_pmap, va);
	if (__builtin_expect(pde == NULL || (*pde & PG_V) == 0, 0))
		kernel_pte_trap(mach, func, va);
	return (pmap_pde_to_pte(mach, pde, va));
}

/*
 * Stores a PTE that no count knows of, and returns the old one.  From here on
 * the auditor cannot expect resident_count to match the tables, and after an
 * accounted mapping was overwritten not the other counts either.
 *
 * Simulator only: the auditor's part.
 */
static inline pt_entry_t
kernel_pte_store(struct machine *mach, pt_entry_t *pte, pt_entry_t value)
{
	pt_entry_t old;

	old = pte_load_store(mach, pte, value);
	mach->pmap->audit_waived |= AUDIT_WAIVE_KERNEL_RESIDENT |
	    ((old & PG_W) != 0 ? AUDIT_WAIVE_WIRED : 0) |
	    ((old & PG_MANAGED) != 0 ? AUDIT_WAIVE_PV : 0);
	return (old);
}

/*
 * Maps "va" to "pa", writable.  What was there is overwritten, and what a TLB
 * knows of it stays there.
 *
 * FreeBSD amd64/pmap.c pmap_kenter(): same.
 */
void
pmap_kenter(struct machine *mach, vm_offset_t va, vm_paddr_t pa)
{

	kernel_pte_store(mach, kernel_pte(mach, __func__, va),
	    pa | mach->pmap->pg_kernel);
}

/*
 * Maps "va" to "pa", writable and cached as "mode" says.  What was there is
 * overwritten, and what a TLB knows of it stays there.
 *
 * FreeBSD amd64/pmap.c pmap_kenter_attr(): same.
 */
void
pmap_kenter_attr(struct machine *mach, vm_offset_t va, vm_paddr_t pa, int mode)
{

	kernel_pte_store(mach, kernel_pte(mach, __func__, va),
	    pa | mach->pmap->pg_kernel | pmap_cache_bits(mach, mode, FALSE));
}

/*
 * Clears the PTE of "va", without an invalidation.
 *
 * FreeBSD amd64/pmap.c pmap_kremove(): same.
 */
void
pmap_kremove(struct machine *mach, vm_offset_t va)
{

	kernel_pte_store(mach, kernel_pte(mach, __func__, va), 0);
}

/*
 * Maps the "count" pages of "ma" at "sva" and up.  One invalidation of the
 * range follows if any PTE was valid before.
 *
 * 9.0 leaves a PTE alone that has the right frame and caching already, be it
 * read-only: that saves the invalidation where a buffer is mapped again.
 *
 * FreeBSD amd64/pmap.c pmap_qenter(): same, with the switch.
 */
void
pmap_qenter(struct machine *mach, vm_offset_t sva, vm_page_t *ma, int count)
{
	pt_entry_t newpte, oldpte, *pte;
	vm_offset_t va;
	int i;

	if (count > 0)
		NONNULL(ma);
	oldpte = 0;
	pte = NULL;
	for (i = 0; i < count; i++, pte++) {
		va = sva + ptoa(i);
		if (i == 0 || (va & PDRMASK) == 0)
			pte = kernel_pte(mach, __func__, va);
		NONNULL(ma[i]);
		newpte = VM_PAGE_TO_PHYS(ma[i]) |
		    pmap_page_cache_bits(mach, ma[i], FALSE);
		if (qenter_keeps_equal_pte(mach) &&
		    (*pte & (PG_FRAME | PG_PTE_CACHE)) == newpte)
			continue;
		oldpte |= kernel_pte_store(mach, pte,
		    newpte | mach->pmap->pg_kernel);
	}
	if ((oldpte & PG_V) != 0)
		pmap_invalidate_range(mach, kernel_pmap, sva,
		    sva + ptoa(count));
}

/*
 * Clears the PTEs of the "count" pages at "sva" and up, then invalidates the
 * range, whatever was there.
 *
 * FreeBSD amd64/pmap.c pmap_qremove(): same.
 */
void
pmap_qremove(struct machine *mach, vm_offset_t sva, int count)
{
	vm_offset_t va;
	pt_entry_t *pte;
	int i;

	pte = NULL;
	for (i = 0; i < count; i++, pte++) {
		va = sva + ptoa(i);
		if (i == 0 || (va & PDRMASK) == 0)
			pte = kernel_pte(mach, __func__, va);
		kernel_pte_store(mach, pte, 0);
	}
	pmap_invalidate_range(mach, kernel_pmap, sva, sva + ptoa(count));
}

/*
 * Returns an address of physical memory [start, end): the direct map's, so
 * nothing is mapped and "*virt" stays.
 *
 * FreeBSD amd64/pmap.c pmap_map(): same.
 */
vm_offset_t
pmap_map(struct machine *mach, vm_offset_t *virt, vm_paddr_t start,
    vm_paddr_t end, int prot)
{

	return (start | mach->kernel.revision->dmap_min_address);
}

/*
 * Maps page "i" of the crash dump window to "pa" on this CPU and returns the
 * address of the window, not of that page.
 *
 * FreeBSD amd64/pmap.c pmap_kenter_temporary(): same.
 */
vm_offset_t
pmap_kenter_temporary(struct machine *mach, vm_paddr_t pa, int i)
{
	struct cpu *cpu = cpu_current(mach);
	vm_offset_t va;

	va = mach->pmap->crashdumpmap + ptoa(i);
	pmap_kenter(mach, va, pa);
	cpu->local[INVAL_PAGE]++;
	cpu_invlpg(mach, cpu, va);
	return (mach->pmap->crashdumpmap);
}

/*
 * Returns the physical address of kernel address "va".  Neither entry is
 * tested for PG_V: of an empty PTE comes the offset in the page.
 *
 * FreeBSD amd64/pmap.c pmap_kextract(): same.
 */
vm_paddr_t
pmap_kextract(struct machine *mach, vm_offset_t va)
{
	pd_entry_t *pde;

	if (pmap_is_direct_va(mach, va))
		return (va & PML4MASK);
	pde = pmap_pde(mach, kernel_pmap, va);
	if (pde == NULL)
		kernel_pte_trap(mach, __func__, va);
	if ((*pde & PG_PS) != 0)
		return ((*pde & PG_PS_FRAME) | (va & PDRMASK));
	return ((*pmap_pde_to_pte(mach, pde, va) & PG_FRAME) |
	    (va & PAGE_MASK));
}
