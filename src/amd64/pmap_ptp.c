/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page-table pages of user address spaces: made when a mapping needs them,
 * given back with the last mapping in them, and kept idle in pm_root under a
 * 2 MB mapping so that its demotion needs no memory.
 *
 * wire_count counts what a page holds: PTEs, or page tables, or page
 * directories; the level shows in pindex (see NUPDE and NUPDPE).  Each
 * page of levels 1 to 3 counts 1 in resident_count and in v_wire_count.
 *
 *	absent -> in use	_pmap_allocpte()
 *	in use -> idle		pmap_promote_pde(), wire_count 512
 *	idle -> in use		pmap_demote_pde()
 *	in use -> absent	pmap_unwire_pte_hold(), freed with PG_ZERO
 *	idle -> absent		pmap_remove_pde(), pmap_remove_pages()
 *
 * The kernel's page tables have one state: they are never given back.
 *
 * What holds between any two calls:
 *
 *  1. wire_count of a user page-table page in use is the number of its entries
 *     that are not 0 (audit rule "tables").
 *  2. pm_root holds one page for each 2 MB mapping that a promotion made, by
 *     its pindex, with wire_count 512 and the frames of its superpage (audit
 *     rule "idle-tables").
 *  3. resident_count of a user pmap is its mapped pages, its page-table pages
 *     in use and the kept ones together; wired_count its pages mapped with
 *     PG_W (audit rules "user-counts", "kernel-counts").
 */
#include "amd64/pmap_2022.h"
#include "vm/vm_page_tree.h"

#define PDP_PINDEX(index) (NUPDE + NUPDPE + (index))
#define PD_PINDEX(index) (NUPDE + (index))
#define PG_TABLE (PG_U | PG_RW | PG_V | PG_A | PG_M)

#define KASSERT_FLAGS(flags)                                \
	KASSERT((flags) == M_NOWAIT || (flags) == M_WAITOK, \
	    ("%s: flags is neither M_NOWAIT nor M_WAITOK", __func__))

/*
 * Holds the table that entry "*upper" refers to for one more entry, or makes
 * it, as page "pindex".  Returns that table, or NULL when there is no memory
 * for it.
 *
 * FreeBSD amd64/pmap.c _pmap_allocpte(): same, the step that stands there
 * three times.
 */
static uint64_t *
pmap_hold_table(struct machine *mach, pmap_t pmap, uint64_t *upper,
    vm_pindex_t pindex, int flags)
{

	if ((*upper & PG_V) != 0)
		phys_to_vm_page(mach, *upper & PG_FRAME)->wire_count++;
	else if (_pmap_allocpte(mach, pmap, pindex, flags) == NULL)
		return (NULL);
	return (physmem_table(mach, *upper));
}

/*
 * Makes page directory "index" of "pmap" and the PDP page above it, which is
 * missing too.  2010 asks for the directory first; later kernels ask from the
 * top down.  Returns false, with neither made, when there is no memory.
 *
 * FreeBSD amd64/pmap.c _pmap_allocpte(), 2010; pmap_allocpte_getpdp(), 2022.
 */
static bool
pmap_alloc_upper(struct machine *mach, pmap_t pmap, vm_pindex_t index,
    int flags)
{
	vm_page_t pdppg;

	if (!page_tables_come_top_down(mach))
		return (_pmap_allocpte(mach, pmap, PD_PINDEX(index), flags) !=
		    NULL);
	pdppg = _pmap_allocpte(mach, pmap, PDP_PINDEX(index / NPDPEPG), flags);
	if (pdppg == NULL)
		return (false);
	/* The page directory takes a hold of its own. */
	if (_pmap_allocpte(mach, pmap, PD_PINDEX(index), flags) != NULL) {
		pdppg->wire_count--;
		return (true);
	}
	pmap_abort_ptp(mach, pmap, index << PDPSHIFT, pdppg);
	return (false);
}

/*
 * Links the new table page "m" at the place that "ptepindex" names, making
 * the levels above it.  NULL when there is no memory for one of these.
 *
 * FreeBSD amd64/pmap.c _pmap_allocpte(): same, its second half.
 */
static vm_page_t
pmap_allocpte_linked(struct machine *mach, pmap_t pmap, vm_pindex_t ptepindex,
    int flags, vm_page_t m)
{
	const uint64_t entry = VM_PAGE_TO_PHYS(m) | PG_TABLE;
	vm_pindex_t index;
	uint64_t *table, *upper;

	if (ptepindex >= PDP_PINDEX(0)) {
		index = ptepindex - PDP_PINDEX(0);
		/* A kernel address's page directory has an index as high. */
		if (index >= NPML4EPG)
			stop("_pmap_allocpte: page fault trap: the kernel has "
			     "no page directory at va %#llx",
			    (unsigned long long)((ptepindex - PD_PINDEX(0))
				<< PDPSHIFT));
		pmap->pm_pml4[index] = entry;
		return (m);
	}
	if (ptepindex >= PD_PINDEX(0)) {
		index = ptepindex - PD_PINDEX(0);
		table = pmap_hold_table(mach, pmap,
		    &pmap->pm_pml4[index / NPDPEPG],
		    PDP_PINDEX(index / NPDPEPG), flags);
		if (table == NULL)
			return (NULL);
		table[index % NPDPEPG] = entry;
		return (m);
	}

	/*
	 * A page directory that is missing together with its PDP page is one
	 * request: the call for the directory makes what lies above it.
	 */
	index = ptepindex / NPDEPG;
	upper = &pmap->pm_pml4[index / NPDPEPG];
	if ((*upper & PG_V) == 0) {
		if (!pmap_alloc_upper(mach, pmap, index, flags))
			return (NULL);
		table = physmem_table(mach,
		    physmem_table(mach, *upper)[index % NPDPEPG]);
	} else {
		table = pmap_hold_table(mach, pmap,
		    &physmem_table(mach, *upper)[index % NPDPEPG],
		    PD_PINDEX(index), flags);
		if (table == NULL)
			return (NULL);
	}
	pte_fill(mach, &table[ptepindex % NPDEPG], entry);
	return (m);
}

/*
 * Allocates the table page "ptepindex" of "pmap" and those above it that are
 * missing, and returns it with wire_count 1, for the entry that the caller
 * will make.  Returns NULL when there is no memory, after waiting for some
 * with M_WAITOK; nothing is changed then, but others may have changed all.
 *
 * The page itself is taken before those above it, which decides what pages
 * they get.
 *
 * FreeBSD amd64/pmap.c _pmap_allocpte(): adapted, split in two.
 */
vm_page_t
_pmap_allocpte(struct machine *mach, pmap_t pmap, vm_pindex_t ptepindex,
    int flags)
{
	const bool leaks = allocpte_leaks_counts(mach);
	vm_page_t m;
	FRAME();

	KASSERT_FLAGS(flags);
	if (!pmap_has_tables(pmap))
		pmap_absent(mach, pmap, "_pmap_allocpte");
	m = vm_page_alloc(mach, NULL, ptepindex,
	    VM_ALLOC_NORMAL | VM_ALLOC_NOOBJ | VM_ALLOC_WIRED | VM_ALLOC_ZERO);
	if (m == NULL) {
		if (flags == M_WAITOK)
			vm_wait(mach);
		return (NULL);
	}
	if ((vm_page_flags(m) & PG_ZERO) == 0)
		pmap_zero_page(mach, m);
	if (leaks)
		pmap->pm_stats.resident_count++;
	if (pmap_allocpte_linked(mach, pmap, ptepindex, flags, m) == NULL) {
		m->wire_count--;
		if (leaks) {
			vm_page_free(mach, m);
			return (NULL);
		}
		mach->cnt.v_wire_count--;
		vm_page_free_zero(mach, m);
		return (NULL);
	}
	if (!leaks)
		pmap->pm_stats.resident_count++;
	return (m);
}

/*
 * Returns the page directory for "va", made if need be and held for one more
 * entry.  NULL without memory and with M_NOWAIT.
 *
 * FreeBSD amd64/pmap.c pmap_allocpde(): same.
 */
vm_page_t
pmap_allocpde(struct machine *mach, pmap_t pmap, vm_offset_t va, int flags)
{
	pdp_entry_t *pdpe;
	vm_page_t pdpg;
	FRAME();

	KASSERT_FLAGS(flags);
	do {
		pdpe = pmap_pdpe(mach, pmap, va);
		if (pdpe != NULL && (*pdpe & PG_V) != 0) {
			pdpg = phys_to_vm_page(mach, *pdpe & PG_FRAME);
			pdpg->wire_count++;
			return (pdpg);
		}
		pdpg = _pmap_allocpte(mach, pmap, PD_PINDEX(va >> PDPSHIFT),
		    flags);
	} while (pdpg == NULL && flags == M_WAITOK);
	return (pdpg);
}

/*
 * Returns the page table for "va", made if need be and held for one more
 * entry.  A 2 MB mapping in its place is demoted; one whose demotion fails is
 * gone, and perhaps the page directory with it, so the tables are made anew.
 * NULL without memory and with M_NOWAIT.
 *
 * FreeBSD amd64/pmap.c pmap_allocpte(): same.
 */
vm_page_t
pmap_allocpte(struct machine *mach, pmap_t pmap, vm_offset_t va, int flags)
{
	pd_entry_t *pd;
	vm_page_t m;
	FRAME();

	KASSERT_FLAGS(flags);
	do {
		pd = pmap_pde(mach, pmap, va);
		if (pd != NULL && (*pd & (PG_PS | PG_V)) == (PG_PS | PG_V) &&
		    !pmap_demote_pde(mach, pmap, pd, va))
			pd = NULL;
		if (pd != NULL && (*pd & PG_V) != 0) {
			m = phys_to_vm_page(mach, *pd & PG_FRAME);
			m->wire_count++;
			return (m);
		}
		m = _pmap_allocpte(mach, pmap, pmap_pde_pindex(va), flags);
	} while (m == NULL && flags == M_WAITOK);
	return (m);
}

/*
 * Unlinks table page "m", which has lost its last entry, and puts it on
 * "free"; likewise the tables above it that thereby become empty.  These get
 * there first, so the list, whose head is the newest, gives the lowest level
 * back first.
 *
 * FreeBSD amd64/pmap.c _pmap_unwire_pte_hold(): same.
 */
static void
_pmap_unwire_pte_hold(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t m, vm_page_t *free)
{
	FRAME();

	/* The entry goes before the page that it refers to. */
	if (m->pindex >= PDP_PINDEX(0))
		*pmap_pml4e(pmap, va) = 0;
	else if (m->pindex >= PD_PINDEX(0))
		*pmap_pdpe(mach, pmap, va) = 0;
	else
		pte_store(mach, pmap_pde(mach, pmap, va), 0);
	pmap->pm_stats.resident_count--;
	if (m->pindex < PD_PINDEX(0))
		pmap_unwire_pte_hold(mach, pmap, va,
		    phys_to_vm_page(mach,
			*pmap_pdpe(mach, pmap, va) & PG_FRAME),
		    free);
	else if (m->pindex < PDP_PINDEX(0))
		pmap_unwire_pte_hold(mach, pmap, va,
		    phys_to_vm_page(mach, *pmap_pml4e(pmap, va) & PG_FRAME),
		    free);

	mach->cnt.v_wire_count--;
	pmap_add_delayed_free_list(m, free, TRUE);
}

/*
 * Drops one entry's hold of table page "m", which translates "va".  Returns
 * 1 when it was the last one: the page is unlinked and on "free" then.
 *
 * FreeBSD amd64/pmap.c pmap_unwire_pte_hold(): same.
 */
int
pmap_unwire_pte_hold(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_page_t m, vm_page_t *free)
{

	if (--m->wire_count != 0)
		return (0);
	_pmap_unwire_pte_hold(mach, pmap, va, m, free);
	return (1);
}

/*
 * The clear-on-unuse remedy: clears the PTE that the removal of the kernel
 * mapping at "va" may have left, and pays for it with an invalidation.  When a
 * page directory lost a 2 MB mapping, "ptepde" is not the PDE and there is no
 * PTE to clear.
 *
 * Simulator only: named in October 2010, never committed.
 */
static void
pmap_clear_unused(struct machine *mach, vm_offset_t va, pd_entry_t ptepde)
{
	pd_entry_t *pde;

	pde = pmap_pde(mach, kernel_pmap, va);
	if (pde == NULL || (*pde & (PG_PS | PG_V)) != PG_V ||
	    ((*pde ^ ptepde) & PG_FRAME) != 0)
		return;
	pte_load_clear(mach, pmap_pde_to_pte(mach, pde, va));
	pmap_invalidate_page(mach, kernel_pmap, va);
}

/*
 * Tells the table that "ptepde" refers to that the mapping at "va" has left
 * it.  Returns 1 when the table became empty: it is unlinked and on "free"
 * then.  The kernel's tables are for ever, so for its addresses nothing is
 * counted, nor, in 2010, cleared.
 *
 * FreeBSD amd64/pmap.c pmap_unuse_pt(): same, with the switch.
 */
int
pmap_unuse_pt(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pd_entry_t ptepde, vm_page_t *free)
{

	if (!pmap_is_user_va(va)) {
		if (unuse_clears_kernel_pte(mach))
			pmap_clear_unused(mach, va, ptepde);
		return (0);
	}
	KASSERT(ptepde != 0, ("pmap_unuse_pt: ptepde != 0"));
	if (ptepde == 0)
		stop("pmap_unuse_pt: page fault trap: no page table page at "
		     "va %#llx",
		    (unsigned long long)va);
	return (pmap_unwire_pte_hold(mach, pmap, va,
	    phys_to_vm_page(mach, ptepde & PG_FRAME), free));
}

/*
 * Puts table page "m" at the head of "free", to be freed when no CPU can walk
 * it any more.  "set_PG_ZERO" says whether its entries are all zero.
 *
 * FreeBSD amd64/pmap.c pmap_add_delayed_free_list(): same.
 */
void
pmap_add_delayed_free_list(vm_page_t m, vm_page_t *free, boolean_t set_PG_ZERO)
{

	if (set_PG_ZERO)
		vm_page_flag_set(m, PG_ZERO);
	else
		vm_page_flag_clear(m, PG_ZERO);
	m->right = *free;
	*free = m;
}

/*
 * Frees the pages on "free" from the head, each with the PG_ZERO it has.
 *
 * FreeBSD amd64/pmap.c pmap_free_zero_pages(): same.
 */
void
pmap_free_zero_pages(struct machine *mach, vm_page_t free)
{
	vm_page_t m;

	while ((m = free) != NULL) {
		free = m->right;
		vm_page_free_toq(mach, m);
	}
}

/*
 * Keeps page-table page "mpte" for the 2 MB mapping that replaces it.  It
 * becomes the root of the tree.
 *
 * FreeBSD amd64/pmap.c pmap_insert_pt_page(): same.
 */
void
pmap_insert_pt_page(struct machine *mach, pmap_t pmap, vm_page_t mpte)
{
	vm_page_t root;
	FRAME();

	root = pmap->pm_root;
	if (root == NULL) {
		mpte->left = NULL;
		mpte->right = NULL;
	} else {
		root = vm_page_splay(mpte->pindex, root);
		if (mpte->pindex < root->pindex) {
			mpte->left = root->left;
			mpte->right = root;
			root->left = NULL;
		} else if (mpte->pindex > root->pindex) {
			mpte->right = root->right;
			mpte->left = root;
			root->right = NULL;
		} else
			panic("pmap_insert_pt_page: pindex already inserted");
	}
	pmap->pm_root = mpte;
}

/*
 * Returns the page-table page kept for "va", now at the root of the tree, or
 * NULL.  The tree changes its shape in either case.
 *
 * FreeBSD amd64/pmap.c pmap_lookup_pt_page(): same.
 */
vm_page_t
pmap_lookup_pt_page(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	const vm_pindex_t pindex = pmap_pde_pindex(va);
	vm_page_t mpte;

	mpte = pmap->pm_root;
	if (mpte != NULL && mpte->pindex != pindex) {
		mpte = vm_page_splay(pindex, mpte);
		pmap->pm_root = mpte;
		if (mpte->pindex != pindex)
			mpte = NULL;
	}
	return (mpte);
}

/*
 * Takes "mpte" out of the pages that are kept.
 *
 * FreeBSD amd64/pmap.c pmap_remove_pt_page(): same.
 */
void
pmap_remove_pt_page(struct machine *mach, pmap_t pmap, vm_page_t mpte)
{
	vm_page_t root;
	FRAME();

	if (mpte != pmap->pm_root) {
		root = vm_page_splay(mpte->pindex, pmap->pm_root);
		KASSERT(mpte == root,
		    ("pmap_remove_pt_page: mpte " PANIC_TEXT_PTR
		     " is missing from pmap " PANIC_TEXT_PTR));
	}
	if (mpte->left == NULL)
		root = mpte->right;
	else {
		root = vm_page_splay(mpte->pindex, mpte->left);
		root->right = mpte->right;
	}
	pmap->pm_root = root;
}
