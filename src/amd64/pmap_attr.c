/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the mappings of one page tell of its use, asked and reset.  A page may
 * be mapped by itself, on its own list, and with its whole 2 MB frame, on the
 * frame's.  A superpage has one A and one M for 512 pages, so to reset them
 * for a single page it has to be demoted.
 */
#include <limits.h>

#include "amd64/pmap_2022.h"

/* 9.0 asserts what 2010-04 passes over. */
#define ASSERT_MANAGED(m)                                              \
	KASSERT(!managed_is_asserted(mach) || pmap_page_is_managed(m), \
	    ("%s: page PTR is not managed", __func__))

/* pmap_ts_referenced() has seen enough above this many. */
#define PMAP_TS_REFERENCED_MAX 4

/* pmap_page_exists_quick() looks at this many mappings. */
#define PMAP_EXISTS_MAX 16

/*
 * Returns how many mappings on "list" have all of "bits" set, at most "max".
 *
 * Simulator only: one loop for pmap_is_modified_pvh(), pmap_is_referenced()
 * and pmap_pvh_wired_mappings().
 */
static int
pmap_count_mappings(struct machine *mach, struct pv_list *list, pt_entry_t bits,
    int max)
{
	pv_entry_t pv;
	int count;

	count = 0;
	TAILQ_FOREACH(pv, list, pv_list) {
		if (count == max)
			break;
		(void)pmap_pv_pde(mach, pv, __func__);
		if ((*pmap_pte(mach, pv_pmap(pv), pv->pv_va) & bits) == bits)
			count++;
	}
	return (count);
}

/*
 * Whether any mapping of "m", of either size, has all of "bits".
 *
 * Simulator only: what two functions do alike.
 */
static boolean_t
pmap_page_test_mappings(struct machine *mach, vm_page_t m, pt_entry_t bits)
{

	if ((vm_page_flags(m) & PG_FICTITIOUS) != 0)
		return (FALSE);
	return (pmap_count_mappings(mach, &vm_page_md(mach, m)->pv_list, bits,
		    1) != 0 ||
	    pmap_count_mappings(mach, &page_to_pvh(mach, m)->pv_list, bits,
		1) != 0);
}

/*
 * The PTE of "pv", an entry of a page's own list; "who" asserts that.
 *
 * Simulator only: what three loops do alike.
 */
static inline pt_entry_t *
pmap_pv_pte(struct machine *mach, pv_entry_t pv, const char *who)
{
	pd_entry_t *pde;

	pde = pmap_pv_pde(mach, pv, who);
	KASSERT((*pde & PG_PS) == 0,
	    ("%s: found a 2mpage in page PTR's pv list", who));
	return (pmap_pde_to_pte(mach, pde, pv->pv_va));
}

/*
 * Returns whether a mapping says that "m" was written.  9.0 does not look
 * when PG_WRITEABLE is clear, which it trusts.
 *
 * FreeBSD amd64/pmap.c pmap_is_modified(): adapted, no locks; 2010-04 and
 * 9.0.
 */
boolean_t
pmap_is_modified(struct machine *mach, vm_page_t m)
{
	FRAME();

	CHECK_PAGE(m);
	ASSERT_MANAGED(m);
	if (is_modified_trusts_writeable(mach) &&
	    (vm_page_aflags(mach, m) & PG_WRITEABLE) == 0)
		return (FALSE);
	return (pmap_page_test_mappings(mach, m, PG_M | PG_RW));
}

/*
 * Returns whether a mapping says that "m" was accessed.
 *
 * FreeBSD amd64/pmap.c pmap_is_referenced(): adapted, no locks; of a later
 * revision than 2010-04.
 */
boolean_t
pmap_is_referenced(struct machine *mach, vm_page_t m)
{

	CHECK_PAGE(m);
	return (pmap_page_test_mappings(mach, m, PG_V | PG_A));
}

/*
 * Returns whether "pmap" maps "m", as far as the first 16 mappings tell.
 *
 * FreeBSD amd64/pmap.c pmap_page_exists_quick(): adapted, no locks.
 */
boolean_t
pmap_page_exists_quick(struct machine *mach, pmap_t pmap, vm_page_t m)
{
	pv_entry_t pv;
	int loops;

	CHECK_PMAP(pmap);
	CHECK_PAGE(m);
	if ((vm_page_flags(m) & PG_FICTITIOUS) != 0)
		return (FALSE);
	loops = 0;
	TAILQ_FOREACH(pv, &vm_page_md(mach, m)->pv_list, pv_list) {
		if (pv_pmap(pv) == pmap)
			return (TRUE);
		if (++loops >= PMAP_EXISTS_MAX)
			return (FALSE);
	}
	TAILQ_FOREACH(pv, &page_to_pvh(mach, m)->pv_list, pv_list) {
		if (pv_pmap(pv) == pmap)
			return (TRUE);
		if (++loops >= PMAP_EXISTS_MAX)
			return (FALSE);
	}
	return (FALSE);
}

/*
 * Returns whether managed page "m" is mapped.
 *
 * FreeBSD amd64/pmap.c pmap_page_is_mapped(): adapted, no locks.
 */
boolean_t
pmap_page_is_mapped(struct machine *mach, vm_page_t m)
{

	CHECK_PAGE(m);
	if (!pmap_page_is_managed(m))
		return (FALSE);
	return (!TAILQ_EMPTY(&vm_page_md(mach, m)->pv_list) ||
	    !TAILQ_EMPTY(&page_to_pvh(mach, m)->pv_list));
}

/*
 * Returns the number of wired mappings of "m".
 *
 * FreeBSD amd64/pmap.c pmap_page_wired_mappings(): adapted, no locks.
 */
int
pmap_page_wired_mappings(struct machine *mach, vm_page_t m)
{

	CHECK_PAGE(m);
	if ((vm_page_flags(m) & PG_FICTITIOUS) != 0)
		return (0);
	return (pmap_count_mappings(mach, &vm_page_md(mach, m)->pv_list,
		    pmap_pg_w(mach), INT_MAX) +
	    pmap_count_mappings(mach, &page_to_pvh(mach, m)->pv_list,
		pmap_pg_w(mach), INT_MAX));
}

/*
 * Demotes the 2 MB mapping "pv" if it has "bit".  Returns false when it has
 * not, or when the demotion failed and the mapping is gone.  Else "*va" is
 * where "m" is mapped, below "*pde", and "*wired" whether it is.
 *
 * Simulator only: what three functions do alike.
 */
static bool
pmap_demote_pv(struct machine *mach, pv_entry_t pv, vm_page_t m, pd_entry_t bit,
    pd_entry_t **pde, vm_offset_t *va, bool *wired)
{
	pd_entry_t oldpde;
	pmap_t pmap;

	/* After the demotion "pv" belongs to the frame's first page. */
	pmap = pv_pmap(pv);
	*va = pv->pv_va;
	*pde = pmap_pv_pde(mach, pv, __func__);
	oldpde = pte_load(mach, *pde);
	if ((oldpde & bit) == 0 || !pmap_demote_pde(mach, pmap, *pde, *va))
		return (false);
	*va += VM_PAGE_TO_PHYS(m) - (oldpde & PG_PS_FRAME);
	*wired = (oldpde & PG_W_ANY) != 0;
	return (true);
}

/*
 * Returns in how many mappings "m" was accessed since the last time, and
 * clears A there; it stops counting above 4.  The list is rotated, so that
 * the next call begins with the mappings that this one did not reach.
 *
 * Of a superpage the mapping of "m" alone is taken away: the next access
 * faults and, when it is mapped again, the superpage can be promoted again.
 *
 * FreeBSD amd64/pmap.c pmap_ts_referenced(): adapted, no locks.
 */
int
pmap_ts_referenced(struct machine *mach, vm_page_t m)
{
	struct md_page *pvh;
	pv_entry_t pv, pvf, pvn;
	pd_entry_t *pde;
	pt_entry_t *pte;
	pmap_t pmap;
	vm_offset_t va;
	int count;
	bool wired;
	FRAME();

	CHECK_PAGE(m);
	ASSERT_MANAGED(m);
	if (ts_referenced_hashes(mach))
		return (pmap_ts_referenced_2022(mach, m));
	count = 0;
	if ((vm_page_flags(m) & PG_FICTITIOUS) != 0)
		return (count);
	pvh = page_to_pvh(mach, m);
	TAILQ_FOREACH_SAFE(pv, &pvh->pv_list, pv_list, pvn) {
		pmap = pv_pmap(pv);
		if (!pmap_demote_pv(mach, pv, m, PG_A, &pde, &va, &wired) ||
		    wired)
			continue;
		pmap_remove_page(mach, pmap, va, pde, NULL);
		if (++count > PMAP_TS_REFERENCED_MAX)
			return (count);
	}
	pvf = pv = TAILQ_FIRST(&vm_page_md(mach, m)->pv_list);
	if (pv == NULL)
		return (count);
	do {
		pvn = TAILQ_NEXT(pv, pv_list);
		TAILQ_REMOVE(&vm_page_md(mach, m)->pv_list, pv, pv_list);
		ZTAILQ_INSERT_TAIL(&vm_page_md(mach, m)->pv_list, pv, pv_list);
		pte = pmap_pv_pte(mach, pv, "pmap_ts_referenced");
		if ((pte_load(mach, pte) & PG_A) != 0) {
			pte_clear_bits(mach, pte, PG_A);
			pmap_invalidate_page(mach, pv_pmap(pv), pv->pv_va);
			if (++count > PMAP_TS_REFERENCED_MAX)
				break;
		}
	} while ((pv = pvn) != NULL && pv != pvf);
	return (count);
}

/*
 * Clears M in the mappings of "m".
 *
 * A writable superpage is demoted, and its mapping of "m" write-protected; the
 * page is then marked dirty, although the caller is about to clean it.
 *
 * FreeBSD amd64/pmap.c pmap_clear_modify(): adapted, no locks.
 */
void
pmap_clear_modify(struct machine *mach, vm_page_t m)
{
	struct md_page *pvh;
	pv_entry_t next_pv, pv;
	pd_entry_t *pde;
	pt_entry_t *pte;
	pmap_t pmap;
	vm_offset_t va;
	bool wired;
	FRAME();

	CHECK_PAGE(m);
	ASSERT_MANAGED(m);
	if ((vm_page_flags(m) & PG_FICTITIOUS) != 0 ||
	    (clear_modify_trusts_writeable(mach) &&
		(vm_page_aflags(mach, m) & PG_WRITEABLE) == 0))
		return;
	pvh = page_to_pvh(mach, m);
	TAILQ_FOREACH_SAFE(pv, &pvh->pv_list, pv_list, next_pv) {
		pmap = pv_pmap(pv);
		if (!pmap_demote_pv(mach, pv, m, PG_RW, &pde, &va, &wired) ||
		    wired)
			continue;
		/* Without RW it faults, and can be promoted afterwards. */
		pte = pmap_pde_to_pte(mach, pde, va);
		if ((pte_load(mach, pte) & PG_V) != 0) {
			while (!pte_cmpset(mach, pte, *pte,
			    *pte & ~(PG_M | PG_RW)))
				continue;
			vm_page_dirty(mach, m);
			pmap_invalidate_page(mach, pmap, va);
		}
	}
	TAILQ_FOREACH(pv, &vm_page_md(mach, m)->pv_list, pv_list) {
		pte = pmap_pv_pte(mach, pv, "pmap_clear_modify");
		if ((pte_load(mach, pte) & (PG_M | PG_RW)) == (PG_M | PG_RW)) {
			pte_clear_bits(mach, pte, PG_M);
			pmap_invalidate_page(mach, pv_pmap(pv), pv->pv_va);
		}
	}
}

/*
 * Clears A in the mappings of "m".  Of a superpage the mapping of "m" is taken
 * away, be it wired or not.
 *
 * FreeBSD amd64/pmap.c pmap_clear_reference(): adapted, no locks.
 */
void
pmap_clear_reference(struct machine *mach, vm_page_t m)
{
	struct md_page *pvh;
	pv_entry_t next_pv, pv;
	pd_entry_t *pde;
	pt_entry_t *pte;
	pmap_t pmap;
	vm_offset_t va;
	bool wired;
	FRAME();

	CHECK_PAGE(m);
	ASSERT_MANAGED(m);
	if ((vm_page_flags(m) & PG_FICTITIOUS) != 0)
		return;
	pvh = page_to_pvh(mach, m);
	TAILQ_FOREACH_SAFE(pv, &pvh->pv_list, pv_list, next_pv) {
		pmap = pv_pmap(pv);
		if (pmap_demote_pv(mach, pv, m, PG_A, &pde, &va, &wired))
			pmap_remove_page(mach, pmap, va, pde, NULL);
	}
	TAILQ_FOREACH(pv, &vm_page_md(mach, m)->pv_list, pv_list) {
		pte = pmap_pv_pte(mach, pv, "pmap_clear_reference");
		/* What is wired counts as used, whoever looks. */
		if ((*pte & PG_W_ANY) != 0 && advice_spares_wired(mach))
			continue;
		if ((pte_load(mach, pte) & PG_A) != 0) {
			pte_clear_bits(mach, pte, PG_A);
			pmap_invalidate_page(mach, pv_pmap(pv), pv->pv_va);
		}
	}
}
