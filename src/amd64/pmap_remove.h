/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What pmap_remove.c and pmap_remove_pages.c share: what becomes of the pages
 * of a superpage, and of its page table, once it is no more mapped.
 */
#ifndef AMD64_PMAP_REMOVE_H
#define AMD64_PMAP_REMOVE_H

#include "amd64/pmap_2022.h"

/*
 * Takes the page-table page that was kept for the user superpage at "va" out
 * of "pmap" and puts it on the list "free".  Its PTEs are still filled, so it
 * is not marked zero.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pde(), pmap_remove_pages(): same; "who" is
 * the one that speaks in the assertion.
 */
static inline void
free_kept_pt_page(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t *free, const char *who)
{
	vm_page_t mpte;

	mpte = pmap_lookup_pt_page(mach, pmap, va);
	if (mpte == NULL)
		return;
	pmap_remove_pt_page(mach, pmap, mpte);
	if (removal_uncounts_page_table(mach))
		pmap->pm_stats.resident_count--;
	KASSERT(!page_tables_have_states(mach) || mpte->valid != PTP_EMPTY,
	    ("%s: pte page not promoted", who));
	KASSERT(mpte->wire_count == NPTEPG,
	    ("%s: pte page %s count error", who,
		page_tables_have_states(mach) ? "ref" : "wire"));
	mpte->wire_count = 0;
	pmap_add_delayed_free_list(mpte, free, FALSE);
	mach->cnt.v_wire_count--;
}

/*
 * Lets those of the "n" pages with "use" and "md" forget that they may be
 * written which no page of 4 KB maps.  Returns whether it maps none of them.
 */
bool pmap_pages_lost_each(struct page_use *use, const struct md_page *md,
    size_t n);
/* pages_lost_superpage() where some page may have a mapping of 4 KB. */
void pmap_pages_lost_small(struct page_use *use, const struct md_page *md,
    uint8_t referenced);

/*
 * Sets "referenced", an aflag or 0, of the 512 pages with "use" and "md", which
 * no superpage maps any more, and lets those without a mapping of 4 KB forget
 * that they may be written.
 *
 * Simulator only: FreeBSD has that loop in each of three functions.
 */
static inline void
pages_lost_superpage(struct page_use *use, const struct md_page *md,
    uint8_t referenced)
{

	/* Where many superpages are worked on the host waits for the lists. */
	if (__builtin_expect(!page_use_any_aflag(use, PG_SMALL), 1))
		page_use_aflags(use, referenced, PG_WRITEABLE);
	else
		pmap_pages_lost_small(use, md, referenced);
}

#endif /* AMD64_PMAP_REMOVE_H */
