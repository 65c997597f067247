/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What later kernels do to ranges of mappings, and to a page's use: advise and
 * unwire a range, and count references without breaking superpages up.
 */
#include "amd64/pmap_2022.h"

/* pmap_ts_referenced() has seen enough with this many. */
#define PMAP_TS_REFERENCED_MAX 5

/*
 * Takes what "pte" says of its page's use: it is clean and not accessed
 * afterwards, wired or not; a remedy keeps PG_A of wired ones.  Returns whether
 * anything changed.
 *
 * FreeBSD amd64/pmap.c pmap_advise(): adapted, its inner loop.
 */
static bool
advise_pte(struct machine *mach, pt_entry_t *pte, int advice)
{
	const pt_entry_t oldpte = pte_load(mach, pte);
	pt_entry_t used = PG_A;

	if ((oldpte & (PG_MANAGED | PG_V)) != (PG_MANAGED | PG_V))
		return (false);
	if ((oldpte & PG_W_ANY) != 0 && advice_spares_wired(mach))
		used = 0;
	if ((oldpte & (PG_M | PG_RW)) == (PG_M | PG_RW)) {
		/* What is freed need not be written out. */
		if (advice == PMAPSIM_MADV_DONTNEED)
			pmap_page_dirty(mach,
			    phys_to_vm_page(mach, oldpte & PG_FRAME));
		pte_clear_bits(mach, pte, PG_M | used);
		return (true);
	}
	if ((oldpte & used) == 0)
		return (false);
	pte_clear_bits(mach, pte, PG_A);
	return (true);
}

/*
 * Advises the 4 KB mappings of [sva, eva), which lie in the page table at
 * "*pde".  Returns whether the caller has something to invalidate, which
 * global mappings are not: those go by runs.
 *
 * FreeBSD amd64/pmap.c pmap_advise(): adapted, its inner loop.
 */
static bool
advise_ptes(struct machine *mach, pmap_t pmap, pd_entry_t *pde, vm_offset_t sva,
    vm_offset_t eva, int advice)
{
	vm_offset_t run;
	pt_entry_t *pte;
	bool anychanged;

	anychanged = false;
	run = eva;
	for (pte = pmap_pde_to_pte(mach, pde, sva); sva < eva;
	     pte++, sva += PAGE_SIZE) {
		if (!advise_pte(mach, pte, advice)) {
			if (run != eva)
				pmap_invalidate_range(mach, pmap, run, sva);
			run = eva;
		} else if ((*pte & PG_G) == 0)
			anychanged = true;
		else if (run == eva)
			run = sva;
	}
	if (run != eva)
		pmap_invalidate_range(mach, pmap, run, eva);
	return (anychanged);
}

/*
 * Demotes the superpage "pde", of which [sva, eva) is to be advised.  Returns
 * false when there is nothing left to do in it.  Unless it is wired, its last
 * page in the range is unmapped, so that the next access to that makes a
 * superpage of it again.
 *
 * FreeBSD amd64/pmap.c pmap_advise(): adapted, its part for superpages.
 */
static bool
advise_demote(struct machine *mach, pmap_t pmap, pd_entry_t *pde,
    vm_offset_t sva, vm_offset_t eva)
{
	const pd_entry_t oldpde = *pde;
	vm_offset_t va;

	if ((oldpde & PG_MANAGED) == 0 ||
	    !pmap_demote_pde(mach, pmap, pde, sva))
		return (false);
	if ((oldpde & PG_W_ANY) == 0) {
		va = eva - PAGE_SIZE;
		pmap_remove_pte(mach, pmap, pmap_pde_to_pte(mach, pde, va), va,
		    *pde, NULL);
	}
	return (true);
}

/*
 * Makes the mappings of [sva, eva) look unused: A and M are cleared, in wired
 * ones too.  With PMAPSIM_MADV_DONTNEED written pages are marked dirty first.
 * A superpage is demoted, and the last page of the range in it unmapped, so
 * that the next access there can promote it again.  Other advice does nothing.
 *
 * FreeBSD amd64/pmap.c pmap_advise(), 2022: adapted, no locks.
 */
void
pmap_advise(struct machine *mach, pmap_t pmap, vm_offset_t sva, vm_offset_t eva,
    int advice)
{
	vm_offset_t va_next;
	pd_entry_t *pde;
	bool anychanged, wired;
	FRAME();

	CHECK_PMAP(pmap);
	if (advice != PMAPSIM_MADV_DONTNEED && advice != PMAPSIM_MADV_FREE)
		return;
	anychanged = false;
	for (; sva < eva; sva = va_next) {
		pde = pmap_walk_pde(mach, pmap, sva, eva, &va_next);
		if (pde == NULL || *pde == 0)
			continue;
		if (va_next > eva)
			va_next = eva;
		if ((*pde & PG_PS) != 0) {
			wired = (*pde & PG_W_ANY) != 0;
			if (!advise_demote(mach, pmap, pde, sva, va_next))
				continue;
			if (!wired)
				anychanged = true;
		}
		if (advise_ptes(mach, pmap, pde, sva, va_next, advice))
			anychanged = true;
	}
	if (anychanged)
		pmap_invalidate_all(mach, pmap);
}

/*
 * Unwires all mappings of [sva, eva), each of which must be wired.  A superpage
 * that lies in the range as a whole stays one; another is demoted.
 *
 * FreeBSD amd64/pmap.c pmap_unwire(), 2022: adapted, no locks.
 */
void
pmap_unwire(struct machine *mach, pmap_t pmap, vm_offset_t sva, vm_offset_t eva)
{
	const pt_entry_t pg_w = pmap_pg_w(mach);
	vm_offset_t va_next;
	pd_entry_t *pde;
	pt_entry_t *pte;
	FRAME();

	CHECK_PMAP(pmap);
	for (; sva < eva; sva = va_next) {
		pde = pmap_walk_pde(mach, pmap, sva, eva, &va_next);
		if (pde == NULL || (*pde & PG_V) == 0)
			continue;
		if ((*pde & PG_PS) != 0) {
			if ((*pde & pg_w) == 0)
				panic("pmap_unwire: pde %#jx is missing PG_W",
				    (uintmax_t)*pde);
			if ((sva & PDRMASK) == 0 && eva >= va_next) {
				pte_clear_bits(mach, pde, pg_w);
				pmap->pm_stats.wired_count -= NPTEPG;
				continue;
			}
			if (!pmap_demote_pde(mach, pmap, pde, sva))
				panic("pmap_unwire: demotion failed");
		}
		if (va_next > eva)
			va_next = eva;
		for (pte = pmap_pde_to_pte(mach, pde, sva); sva < va_next;
		     pte++, sva += PAGE_SIZE) {
			if ((*pte & PG_V) == 0)
				continue;
			if ((*pte & pg_w) == 0)
				panic("pmap_unwire: pte %#jx is missing PG_W",
				    (uintmax_t)*pte);
			pte_clear_bits(mach, pte, pg_w);
			pmap->pm_stats.wired_count--;
		}
	}
}

/* Makes the first entry of "list" the last: the next call sees others. */
static void
pv_rotate(struct pv_list *list)
{
	pv_entry_t pv = TAILQ_FIRST(list);

	if (TAILQ_NEXT(pv, pv_list) == NULL)
		return;
	TAILQ_REMOVE(list, pv, pv_list);
	ZTAILQ_INSERT_TAIL(list, pv, pv_list);
}

/*
 * Whether A of the superpage "pv" is to be cleared for page "pa".  All of its
 * 512 pages are asked about, and if each cleared it none would seem used: so
 * one does, which is not the same one in each mapping.
 *
 * FreeBSD amd64/pmap.c pmap_ts_referenced(): same, the pmap's address, which
 * enters there, counts as 0.
 */
static bool
ts_clears_pde(vm_paddr_t pa, pv_entry_t pv)
{

	return ((((pa >> PAGE_SHIFT) ^ (pv->pv_va >> PDRSHIFT)) &
		    (NPTEPG - 1)) == 0);
}

/*
 * Counts the mappings of "list" that say that "m" was accessed, up to "count"
 * and five in all; "clears" says of each whether A is cleared.
 *
 * FreeBSD amd64/pmap.c pmap_ts_referenced(): adapted, what its two loops do
 * alike.
 */
static int
ts_count(struct machine *mach, vm_page_t m, struct pv_list *list, bool frame,
    int count)
{
	pt_entry_t *entry;
	pv_entry_t first, pv;

	first = pv = TAILQ_FIRST(list);
	if (first == NULL)
		return (count);
	do {
		entry = pmap_pte(mach, pv_pmap(pv), pv->pv_va);
		KASSERT(frame || (*entry & PG_V) != 0,
		    ("pmap_ts_referenced: found a 2mpage in page PTR's pv "
		     "list"));
		if ((pte_load(mach, entry) & (PG_M | PG_RW)) == (PG_M | PG_RW))
			pmap_page_dirty(mach, m);
		if ((*entry & PG_A) != 0) {
			count++;
			if (!frame ||
			    (ts_clears_pde(VM_PAGE_TO_PHYS(m), pv) &&
				(*entry & PG_W_ANY) == 0)) {
				pte_clear_bits(mach, entry, PG_A);
				pmap_invalidate_page(mach, pv_pmap(pv),
				    pv->pv_va);
			}
		}
		pv_rotate(list);
		pv = TAILQ_FIRST(list);
	} while (pv != first && count < PMAP_TS_REFERENCED_MAX);
	return (count);
}

/*
 * Returns in how many mappings "m" was accessed since the last time, five at
 * most, and clears A there.  A superpage stays one.
 *
 * FreeBSD amd64/pmap.c pmap_ts_referenced(), 2022: adapted, no locks.
 */
int
pmap_ts_referenced_2022(struct machine *mach, vm_page_t m)
{
	int count;

	if ((vm_page_flags(m) & PG_FICTITIOUS) != 0)
		return (0);
	count = ts_count(mach, m, &page_to_pvh(mach, m)->pv_list, true, 0);
	if (count < PMAP_TS_REFERENCED_MAX)
		count = ts_count(mach, m, &vm_page_md(mach, m)->pv_list, false,
		    count);
	return (count);
}
