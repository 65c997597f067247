/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pv entries: for each managed page who maps it, and where.  This file has the
 * lists of pages and of superpages, which are appended to at the tail.  Where
 * entries come from is in pmap_pv_chunk.c; how those of 512 pages become one,
 * and that becomes 512 again, is in pmap_pv_promote.c.
 *
 * What holds between any two calls:
 *
 *  1. Each managed mapping has one entry: on its page's list where it maps
 *     4 KB, on its frame's (pvh) where it maps 2 MB; and no list holds another
 *     entry (audit rule "pv-lists").
 *  2. A page with a managed mapping that can be written has PG_WRITEABLE (audit
 *     rule "writeable").
 *  3. A 2 MB frame of whose pages one has an entry has a page with PG_SMALL
 *     (audit rule "pv-lists").
 */
#include "amd64/pmap_2022.h"

/*
 * Takes the entry of ("pmap", "va") off "pvh" and returns it; NULL when there
 * is none.
 *
 * FreeBSD amd64/pmap.c pmap_pvh_remove(): same.
 */
inline pv_entry_t
pmap_pvh_remove(struct machine *mach, struct md_page *pvh, pmap_t pmap,
    vm_offset_t va)
{
	pv_entry_t pv;

	TAILQ_FOREACH(pv, &pvh->pv_list, pv_list) {
		if (pv->pv_va == va && pv_pmap(pv) == pmap) {
			TAILQ_REMOVE(&pvh->pv_list, pv, pv_list);
			break;
		}
	}
	return (pv);
}

/*
 * Stops the machine: "func" has found no entry of "va".  The kernel goes on
 * with a NULL pointer where it does not check.
 *
 * Simulator only: FreeBSD amd64/trap.c trap_fatal() instead.
 */
_Noreturn void __attribute__((noinline, cold))
pmap_pv_trap(struct machine *mach, const char *func, vm_offset_t va)
{

	stop("%s: page fault trap: no pv entry for va %#llx", func,
	    (unsigned long long)va);
}

/*
 * Stops the machine: the entry that pmap_pvh_free() is to free is not there.
 *
 * FreeBSD amd64/pmap.c pmap_pvh_free(): same, its assertion.
 */
_Noreturn void __attribute__((noinline, cold))
pmap_pv_missing(struct machine *mach, vm_offset_t va)
{
	FRAME_AS("pmap_pvh_free");

	KASSERT(0, ("pmap_pvh_free: pv not found"));
	pmap_pv_trap(mach, "pmap_pvh_free", va);
}

/*
 * Takes the entry of ("pmap", "va") off "pvh" and frees it.
 *
 * FreeBSD amd64/pmap.c pmap_pvh_free(): same.
 */
inline void
pmap_pvh_free(struct machine *mach, struct md_page *pvh, pmap_t pmap,
    vm_offset_t va)
{
	pv_entry_t pv;

	pv = pmap_pvh_remove(mach, pvh, pmap, va);
	if (__builtin_expect(pv == NULL, 0))
		pmap_pv_missing(mach, va);
	pmap_pv_chunk_return(mach, pmap, pv);
}

/* Whether no mapping of "m", with "md", is left, of either size. */
static inline bool
pv_unmapped(struct machine *mach, vm_page_t m, const struct md_page *md)
{

	return (TAILQ_EMPTY(&md->pv_list) &&
	    TAILQ_EMPTY(&page_to_pvh(mach, m)->pv_list));
}

/* pmap_pvh_remove() of an entry that must be there. */
static inline pv_entry_t
pv_take(struct machine *mach, struct md_page *pvh, pmap_t pmap, vm_offset_t va)
{
	pv_entry_t pv;

	pv = pmap_pvh_remove(mach, pvh, pmap, va);
	if (__builtin_expect(pv == NULL, 0))
		pmap_pv_missing(mach, va);
	return (pv);
}

/*
 * Records that "va" of "pmap" no longer maps "m".  With its last mapping the
 * page stops being writeable.
 *
 * FreeBSD amd64/pmap.c pmap_remove_entry(): adapted, the entry is freed last,
 * which no page can tell; budget pmap_remove/512x4K/page pays for it.
 */
void
pmap_remove_entry(struct machine *mach, pmap_t pmap, vm_page_t m,
    vm_offset_t va)
{
	struct md_page *const md = vm_page_md(mach, m);
	pv_entry_t pv;

	pv = pv_take(mach, md, pmap, va);
	if (__builtin_expect(pv_unmapped(mach, m, md), 1))
		vm_page_aflag_clear(mach, m, PG_WRITEABLE);
	pmap_pv_chunk_return(mach, pmap, pv);
}

/* pmap_remove_mapping() with invariants. */
static void __attribute__((noinline))
pmap_remove_mapping_asserts(struct machine *mach, pmap_t pmap,
    pt_entry_t oldpte, vm_offset_t va)
{
	const vm_page_t m = phys_to_vm_page(mach, oldpte & PG_FRAME);

	if ((oldpte & PG_A) != 0)
		vm_page_aflag_set(mach, m, PG_REFERENCED);
	if ((oldpte & (PG_M | PG_RW)) == (PG_M | PG_RW))
		vm_page_dirty(mach, m);
	pmap_remove_entry(mach, pmap, m, va);
}

/*
 * Records that "va" of "pmap" no longer has the managed mapping "oldpte": its
 * page learns what that says of use.  Where nothing is asserted its descriptor
 * is not needed for that.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pte(): same, the part for a managed page.
 */
void
pmap_remove_mapping(struct machine *mach, pmap_t pmap, pt_entry_t oldpte,
    vm_offset_t va)
{
	const vm_paddr_t pa = oldpte & PG_FRAME;
	struct page_use *const use = frame_to_page_use(mach, pa);
	struct md_page *const md = frame_to_md_page(mach, pa);
	pv_entry_t pv;

	if (__builtin_expect(mach->invariants, 0)) {
		pmap_remove_mapping_asserts(mach, pmap, oldpte, va);
		return;
	}
	if (__builtin_expect((oldpte & PG_A) != 0, 1))
		use->aflags |= PG_REFERENCED;
	if (__builtin_expect((oldpte & (PG_M | PG_RW)) == (PG_M | PG_RW), 1))
		use->dirty = VM_PAGE_BITS_ALL;
	pv = pv_take(mach, md, pmap, va);
	if (__builtin_expect(TAILQ_EMPTY(&md->pv_list) &&
		    TAILQ_EMPTY(&pa_to_pvh(mach, pa)->pv_list),
		1))
		use->aflags &= (uint8_t)~PG_WRITEABLE;
	pmap_pv_chunk_return(mach, pmap, pv);
}

/*
 * Records that "va" of "pmap" maps "m" by a page of 4 KB.
 *
 * FreeBSD amd64/pmap.c pmap_insert_entry(): same.
 */
inline void
pmap_insert_entry(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t m)
{
	pv_entry_t pv;

	pv = get_pv_entry(mach, pmap, FALSE);
	pv->pv_va = va;
	ZTAILQ_INSERT_TAIL(&vm_page_md(mach, m)->pv_list, pv, pv_list);
	pmap_pv_note(mach, m);
}

/*
 * pmap_remove_entry() of "om" and pmap_insert_entry() of "m" in its place: "va"
 * of "pmap" maps the one and no longer the other.  The entry comes from the
 * chunk that has just gained one, which is the first then.  Returns false, and
 * nothing has happened, where that is not all: "om" has no such entry, or the
 * chunk would go.
 *
 * FreeBSD amd64/pmap.c pmap_remove_entry(), pmap_insert_entry(): same, both.
 */
bool
pmap_replace_entry(struct machine *mach, pmap_t pmap, vm_page_t om, vm_page_t m,
    vm_offset_t va)
{
	struct md_page *const omd = vm_page_md(mach, om),
			      *const md = vm_page_md(mach, m);
	struct pmap_state *st = mach->pmap;
	struct pv_chunk *pc;
	pv_entry_t pv;
	unsigned field;

	TAILQ_FOREACH(pv, &omd->pv_list, pv_list)
		if (pv->pv_va == va && pv_pmap(pv) == pmap)
			break;
	if (pv == NULL)
		return (false);
	pc = pv_to_chunk(pv);
	pmap_pv_chunk_put(pc, pv);
	if (__builtin_expect(pmap_pv_chunk_is_free(pc), 0)) {
		field = (unsigned)(pv - pc->pc_pventry);
		pc->pc_map[field / 64] &= ~(UINT64_C(1) << (field % 64));
		return (false);
	}
	TAILQ_REMOVE(&omd->pv_list, pv, pv_list);
	if (pc != TAILQ_FIRST(&pmap->pm_pvchunk)) {
		TAILQ_REMOVE(&pmap->pm_pvchunk, pc, pc_list);
		TAILQ_INSERT_HEAD(&pmap->pm_pvchunk, pc, pc_list);
	}
	if (pv_unmapped(mach, om, omd))
		vm_page_aflag_clear(mach, om, PG_WRITEABLE);
	st->pv_entry_frees++;
	st->pv_entry_allocs++;
	pmap_pv_warn(mach);
	for (field = 0; pc->pc_map[field] == 0;)
		field++;
	pv = &pc->pc_pventry[field * 64 +
	    (unsigned)__builtin_ctzll(pc->pc_map[field])];
	pc->pc_map[field] &= pc->pc_map[field] - 1;
	pmap_pv_chunk_taken(pmap, pc);
	pv->pv_va = va;
	ZTAILQ_INSERT_TAIL(&md->pv_list, pv, pv_list);
	pmap_pv_note(mach, m);
	return (true);
}

/*
 * Appends an entry for ("pmap", "va") to "pvh" if entries are not scarce and
 * memory is at hand; otherwise returns FALSE.
 *
 * FreeBSD amd64/pmap.c pmap_try_insert_pv_entry(), pmap_pv_insert_pde(): same,
 * what they share.
 */
static inline boolean_t
pv_try_insert(struct machine *mach, pmap_t pmap, vm_offset_t va,
    struct md_page *pvh)
{
	pv_entry_t pv;

	if (mach->pmap->pv_entry_count >= mach->pmap->pv_entry_high_water)
		return (FALSE);
	/* No more than the high water now: there is nothing to warn of. */
	mach->pmap->pv_entry_allocs++;
	mach->pmap->pv_entry_count++;
	pv = pmap_pv_get_counted(mach, pmap, TRUE);
	if (pv == NULL)
		return (FALSE);
	pv->pv_va = va;
	ZTAILQ_INSERT_TAIL(&pvh->pv_list, pv, pv_list);
	return (TRUE);
}

/*
 * Records, for a mapping that can be done without, that "va" of "pmap" maps
 * "m".  FALSE, and nothing is recorded, when that would cost others theirs.
 *
 * FreeBSD amd64/pmap.c pmap_try_insert_pv_entry(): same.
 */
boolean_t
pmap_try_insert_pv_entry(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t m)
{

	if (!pv_try_insert(mach, pmap, va, vm_page_md(mach, m)))
		return (FALSE);
	pmap_pv_note(mach, m);
	return (TRUE);
}

/*
 * Records the 2 MB mapping of the frame at "pa" at "va".  FALSE, and nothing is
 * recorded, when the entry for it would cost others theirs.
 *
 * FreeBSD amd64/pmap.c pmap_pv_insert_pde(): same.
 */
boolean_t
pmap_pv_insert_pde(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_paddr_t pa)
{

	return (pv_try_insert(mach, pmap, va, pa_to_pvh(mach, pa)));
}

/*
 * Stops the machine: a pv entry names an address that has no page directory.
 *
 * Simulator only: FreeBSD amd64/trap.c trap_fatal() instead.
 */
void
pmap_pv_astray(struct machine *mach, pv_entry_t pv, const char *who)
{

	stop("%s: page fault trap: a pv entry for va %#llx, where there is no "
	     "page directory",
	    who, (unsigned long long)pv->pv_va);
}
