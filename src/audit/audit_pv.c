/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules on pv entries: the chunks they lie in, and the lists that answer for
 * each managed mapping.
 */
#include "audit/audit_walk.h"

bool
audit_pv_chunks(struct audit *a)
{
	struct machine *mach = a->mach;
	const struct pmap_state *pm = mach->pmap;
	const struct pv_chunk *pc;
	long long chunks = 0, spare = 0, used = 0;
	vm_paddr_t pa;
	pmap_t pmap;
	int i, nfree;

	TAILQ_FOREACH(pmap, &mach->pmap->list, pm_list) {
		if (!pmap_has_tables(pmap))
			continue;
		TAILQ_FOREACH(pc, &pmap->pm_pvchunk, pc_list) {
			pa = (vm_paddr_t)((const char *)pc -
			    mach->physmem->base);
			if (!audit_own(a, pa, OWNER_PV_CHUNK))
				return (false);
			if (pc->pc_pmap != pmap)
				return (audit_fails(a,
				    "chunk %#llx of %s says "
				    "it is another pmap's",
				    (unsigned long long)pa, pmap->pm_name));
			nfree = 0;
			for (i = 0; i < _NPCM; i++)
				nfree += __builtin_popcountll(pc->pc_map[i]);
			if (nfree >= _NPCPV)
				return (audit_fails(a,
				    "chunk %#llx of %s is "
				    "empty and not freed",
				    (unsigned long long)pa, pmap->pm_name));
			chunks++;
			spare += nfree;
			used += _NPCPV - nfree;
		}
	}
	if (chunks != pm->pc_chunk_count || spare != pm->pv_entry_spare ||
	    used != pm->pv_entry_count)
		return (audit_fails(a,
		    "pc_chunk_count, pv_entry_spare, "
		    "pv_entry_count are %d, %d, %d and should be %lld, %lld, "
		    "%lld",
		    pm->pc_chunk_count, pm->pv_entry_spare, pm->pv_entry_count,
		    chunks, spare, used));
	return (true);
}

/* Every managed leaf: exactly one entry on its page's or frame's list. */
static bool
audit_pv_leaf(struct audit *a, pmap_t pmap, vm_offset_t va, uint64_t entry,
    bool superpage, void *arg)
{
	struct machine *mach = a->mach;
	const struct md_page *md;
	const struct pv_entry *pv;
	unsigned found = 0;
	uint64_t length = 0;

	if ((entry & (PG_MANAGED | PG_V)) != (PG_MANAGED | PG_V))
		return (true);
	md = superpage ?
	    pa_to_pvh(mach, entry & PG_PS_FRAME) :
	    vm_page_md(mach, phys_to_vm_page(mach, entry & PG_FRAME));
	TAILQ_FOREACH(pv, &md->pv_list, pv_list) {
		if (++length > (uint64_t)mach->pmap->pv_entry_count)
			break; /* a ring */
		found += pv_to_chunk((pv_entry_t)(uintptr_t)pv)->pc_pmap ==
			pmap &&
		    pv->pv_va == va;
	}
	if (found != 1)
		return (audit_fails(a,
		    "%s: managed mapping %#llx at va %#llx "
		    "has %u pv entries",
		    pmap->pm_name, (unsigned long long)entry,
		    (unsigned long long)va, found));
	return (true);
}

/* Entries on the list; more than "limit" when it never ends. */
static uint64_t
audit_pv_length(const struct md_page *md, uint64_t limit)
{
	const struct pv_entry *pv;
	uint64_t n = 0;

	TAILQ_FOREACH(pv, &md->pv_list, pv_list)
		if (++n > limit)
			break;
	return (n);
}

/*
 * Page "i" has an entry: whether a page of its frame says so, which the removal
 * of a superpage of that frame relies on.
 */
static bool
audit_pv_noted(struct audit *a, uint64_t i)
{
	const struct page_use *const use = a->mach->page_use;
	const uint64_t first = i - i % NPTEPG;
	uint64_t page;

	for (page = first; page < first + NPTEPG && page < a->pages; page++)
		if ((use[page].aflags & PG_SMALL) != 0)
			return (true);
	return (audit_fails(a,
	    "page %#llx has a pv entry, and no page of its frame PG_SMALL",
	    (unsigned long long)ptoa(i)));
}

/*
 * With one entry for each managed leaf, and no more entries on lists than
 * leaves, no entry is without a mapping.
 */
bool
audit_pv_lists(struct audit *a)
{
	struct machine *mach = a->mach;
	const struct audit_visitor visitor = {.leaf = audit_pv_leaf};
	uint64_t i, length, listed = 0, next, noted = UINT64_MAX;
	uint64_t limit = (uint64_t)mach->pmap->pv_entry_count;
	pmap_t pmap;

	if (mach->pmap->audit_waived & AUDIT_WAIVE_PV)
		return (true);
	TAILQ_FOREACH(pmap, &mach->pmap->list, pm_list)
		if (!audit_walk(a, pmap, &visitor))
			return (false);
	for (i = a->first; i < a->pages; i++) {
		next = audit_skip_untouched(a, i);
		if (next > i) {
			i = next - 1;
			continue;
		}
		length = audit_pv_length(&mach->md_page_array[i], limit);
		/* Asked once a frame. */
		if (length != 0 && noted != i / NPTEPG) {
			noted = i / NPTEPG;
			if (!audit_pv_noted(a, i))
				return (false);
		}
		listed += length;
		if (i % NPTEPG == 0 || i == a->first)
			listed += audit_pv_length(pa_to_pvh(mach, ptoa(i)),
			    limit);
	}
	if (listed != a->managed_leaves || listed != limit)
		return (audit_fails(a,
		    "%llu pv entries are on lists, %llu "
		    "managed mappings exist, pv_entry_count is %llu",
		    (unsigned long long)listed,
		    (unsigned long long)a->managed_leaves,
		    (unsigned long long)limit));
	return (true);
}
