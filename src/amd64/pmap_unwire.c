/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unwiring where no superpage has to be broken: table by table, where FreeBSD's
 * vm_fault_unwire() walks from the top twice a page.  Each kmem_free() unwires
 * every page that it frees; the budgets kmem_free/64K/page and
 * kmem_free/2M/page pay for it.
 */
#include "amd64/pmap_var.h"
#include "vm/vm_map.h"

/*
 * Takes one wiring from "m".  A page of the kernel's own, wired once, is on
 * no queue before and after, so that nothing is left to do but count.
 *
 * FreeBSD vm_page.c vm_page_unwire(): same.
 */
static inline void
pmap_unwire_page(struct machine *mach, vm_page_t m)
{

	if (m->wire_count == 1 &&
	    (vm_page_flags(m) & (PG_UNMANAGED | PG_FICTITIOUS)) ==
		PG_UNMANAGED) {
		m->wire_count = 0;
		mach->cnt.v_wire_count--;
	} else
		vm_page_unwire(mach, m, TRUE);
}

/*
 * Unwires the 4 KB mappings [va, end) below one PDE, each before its page, and
 * the next mapping only then: a panic finds the rest untouched.
 *
 * FreeBSD amd64/pmap.c pmap_change_wiring(): same, for a run of PTEs.
 */
static void
pmap_unwire_ptes(struct machine *mach, pmap_t pmap, pt_entry_t *pte,
    vm_offset_t va, vm_offset_t end, boolean_t fictitious)
{
	const vm_paddr_t mem = mach->config.mem;
	pt_entry_t value;
	vm_paddr_t pa;

	for (; va < end; va += PAGE_SIZE, pte++) {
		value = *pte;
		pa = value & PG_FRAME;
		if (pa == 0)
			continue;
		if ((value & PG_W_ANY) != 0) {
			pte_clear_bits(mach, pte, PG_W_ANY);
			pmap->pm_stats.wired_count--;
		}
		if (fictitious)
			continue;
		if (__builtin_expect(pa >= mem, 0))
			vm_fault_unwire_trap(mach, va, pa);
		pmap_unwire_page(mach, phys_to_vm_page(mach, pa));
	}
}

/*
 * Unwires a 2 MB mapping and its pages, and leaves it what it is.
 *
 * FreeBSD amd64/pmap.c pmap_unwire(), 2014: adapted, with its caller's pages.
 */
static void __attribute__((noinline))
pmap_unwire_superpage(struct machine *mach, pmap_t pmap, pd_entry_t *pde)
{
	const vm_paddr_t pa = *pde & PG_PS_FRAME;
	unsigned i;

	pte_clear_bits(mach, pde, PG_W_ANY);
	pmap->pm_stats.wired_count -= NPTEPG;
	for (i = 0; i < NPTEPG; i++)
		vm_page_unwire(mach, phys_to_vm_page(mach, pa + ptoa(i)), TRUE);
}

/*
 * Unwires from "start" on what a page table maps, and whole 2 MB mappings where
 * the kernel leaves those what they are.  Comes back with the first address
 * whose mapping must be broken before it can be unwired, or with "end".
 *
 * FreeBSD vm_fault.c vm_fault_unwire(): same, a part of it, without a walk for
 * each page.
 */
vm_offset_t
pmap_unwire_tables(struct machine *mach, pmap_t pmap, vm_offset_t start,
    vm_offset_t end, boolean_t fictitious)
{
	vm_offset_t next, va;
	pd_entry_t *pde;
	bool plain;

	/* A kernel that litters treats W in a way of its own. */
	plain = !kernel_ptes_are_litter(mach);
	for (va = start; va < end; va = next) {
		pde = pmap_walk_pde(mach, pmap, va, end, &next);
		if (pde == NULL || *pde == 0)
			continue;
		if (next > end)
			next = end;
		if (plain && (*pde & (PG_PS | PG_V)) == PG_V)
			pmap_unwire_ptes(mach, pmap,
			    pmap_pde_to_pte(mach, pde, va), va, next,
			    fictitious);
		else if (unwire_keeps_superpages(mach) && !fictitious &&
		    (*pde & PG_PS) != 0 && (*pde & PG_W_ANY) != 0 &&
		    (va & PDRMASK) == 0 && next - va == NBPDR)
			pmap_unwire_superpage(mach, pmap, pde);
		else
			return (va);
	}
	return (end);
}
