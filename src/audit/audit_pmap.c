/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules on page tables: the tables themselves, the counts that each pmap
 * keeps of them, and the superpages' kept page-table pages.
 */
#include "audit/audit_walk.h"
#include "amd64/pmap_2022.h"
#include "audit/page_tree.h"

#define WAIVED(a, what) ((a)->mach->pmap->audit_waived & (what))

/* ---- tables ------------------------------------------------------------- */

/*
 * A user table's wire_count is its number of entries.  The kernel's tables
 * are never given back, and theirs tells only whether a demotion has filled
 * them: 1, or 512.  Boot tables lie below what vm_phys has.
 */
static bool
audit_table(struct audit *a, pmap_t pmap, int level, vm_offset_t va,
    vm_paddr_t pa, unsigned used, void *arg)
{
	struct machine *mach = a->mach;
	const struct vm_page *m = phys_to_vm_page(mach, pa);

	if (atop(pa) < a->first)
		return (true);
	if (!audit_own(a, pa, OWNER_TABLE))
		return (false);
	if ((vm_page_flags(m) & PG_FREE) != 0)
		return (audit_fails(a,
		    "%s: the level-%d table at va %#llx is "
		    "free page %#llx",
		    pmap->pm_name, level, (unsigned long long)va,
		    (unsigned long long)pa));
	if (pmap == kernel_pmap ?
		m->wire_count != 1 && m->wire_count != NPTEPG :
		m->wire_count != used)
		return (audit_fails(a,
		    "%s: the level-%d table at va %#llx has "
		    "wire_count %u and %u entries",
		    pmap->pm_name, level, (unsigned long long)va, m->wire_count,
		    used));
	return (true);
}

bool
audit_tables(struct audit *a)
{
	struct machine *mach = a->mach;
	const struct audit_visitor visitor = {.table = audit_table,
	    .counts = true};
	vm_paddr_t pml4;
	pmap_t pmap;

	TAILQ_FOREACH(pmap, &mach->pmap->list, pm_list) {
		if (!pmap_has_tables(pmap))
			continue;
		pml4 = (vm_paddr_t)((char *)pmap->pm_pml4 -
		    mach->physmem->base);
		/* pmap_pinit0() shares the kernel's, which has no owner. */
		if (atop(pml4) >= a->first && !audit_own(a, pml4, OWNER_TABLE))
			return (false);
		if (!audit_walk(a, pmap, &visitor))
			return (false);
	}
	return (true);
}

/* ---- counts ------------------------------------------------------------- */

/* What the walk of one pmap finds; zero before it, on the rule's stack. */
struct audit_counts {
	int64_t small, large; /* mappings of 4 KB and of 2 MB */
	int64_t wired;	      /* pages */
	int64_t tables;	      /* page-table pages of all levels */
};

static bool
audit_count_table(struct audit *a, pmap_t pmap, int level, vm_offset_t va,
    vm_paddr_t pa, unsigned used, void *arg)
{
	struct audit_counts *c = arg;

	c->tables++;
	return (true);
}

static bool
audit_count_leaf(struct audit *a, pmap_t pmap, vm_offset_t va, uint64_t entry,
    bool superpage, void *arg)
{
	struct audit_counts *c = arg;

	if (superpage)
		c->large++;
	else
		c->small++;
	if ((entry & PG_W_ANY) != 0)
		c->wired += superpage ? NPTEPG : 1;
	if ((entry & (PG_MANAGED | PG_V)) == (PG_MANAGED | PG_V))
		a->managed_leaves++;
	return (true);
}

static bool
audit_count(struct audit *a, pmap_t pmap, struct audit_counts *c)
{
	const struct audit_visitor visitor = {.table = audit_count_table,
	    .leaf = audit_count_leaf,
	    .arg = c};

	if (!audit_walk(a, pmap, &visitor))
		return (false);
	a->superpages += (uint64_t)c->large;
	if (pmap->pm_superpages != (uint64_t)c->large)
		return (audit_fails(a,
		    "%s: the gauge says %llu superpages, %lld "
		    "are mapped",
		    pmap->pm_name, (unsigned long long)pmap->pm_superpages,
		    (long long)c->large));
	return (true);
}

static bool
audit_wired(struct audit *a, pmap_t pmap, const struct audit_counts *c)
{

	if (!WAIVED(a, AUDIT_WAIVE_WIRED) &&
	    pmap->pm_stats.wired_count != c->wired)
		return (audit_fails(a,
		    "%s: wired_count is %lld, %lld pages are "
		    "mapped wired",
		    pmap->pm_name, (long long)pmap->pm_stats.wired_count,
		    (long long)c->wired));
	return (true);
}

bool
audit_kernel_counts(struct audit *a)
{
	struct machine *mach = a->mach;
	struct audit_counts c = {0};
	pmap_t pmap = kernel_pmap;

	if (!audit_count(a, pmap, &c))
		return (false);
	if (!WAIVED(a, AUDIT_WAIVE_KERNEL_RESIDENT) &&
	    pmap->pm_stats.resident_count != c.small + NPTEPG * c.large)
		return (audit_fails(a,
		    "resident_count is %lld, %lld pages and "
		    "%lld superpages are mapped",
		    (long long)pmap->pm_stats.resident_count,
		    (long long)c.small, (long long)c.large));
	return (audit_wired(a, pmap, &c));
}

/* Counts the page-table pages in pm_root, which idle-tables looks at later. */
static bool
audit_idle_count(struct audit *a, pmap_t pmap, int64_t *count)
{
	struct page_tree tree;

	*count = 0;
	page_tree_start(&tree, pmap->pm_root, a->pages);
	while (page_tree_next(&tree) != NULL)
		++*count;
	return (page_tree_end(&tree) != PAGE_TREE_NOMEM || audit_no_memory(a));
}

bool
audit_user_counts(struct audit *a)
{
	struct machine *mach = a->mach;
	struct audit_counts c;
	int64_t idle, resident;
	pmap_t pmap;

	TAILQ_FOREACH(pmap, &mach->pmap->list, pm_list) {
		if (pmap == kernel_pmap)
			continue;
		c = (struct audit_counts) {0};
		if (!audit_count(a, pmap, &c) ||
		    !audit_idle_count(a, pmap, &idle))
			return (false);
		resident = c.small + NPTEPG * c.large + c.tables + idle +
		    (resident_counts_pml4(mach) && pmap_has_tables(pmap));
		if (pmap->pm_stats.resident_count != resident)
			return (audit_fails(a,
			    "%s: resident_count is %lld, its "
			    "%lld pages, %lld superpages and table pages are "
			    "%lld",
			    pmap->pm_name,
			    (long long)pmap->pm_stats.resident_count,
			    (long long)c.small, (long long)c.large,
			    (long long)resident));
		if (!audit_wired(a, pmap, &c))
			return (false);
	}
	if (a->superpages != mach->pmap->superpages)
		return (audit_fails(a,
		    "the machine's gauge says %llu "
		    "superpages, %llu are mapped",
		    (unsigned long long)mach->pmap->superpages,
		    (unsigned long long)a->superpages));
	return (true);
}

/* ---- kept page-table pages ---------------------------------------------- */

/* The 2 MB mapping of "va" as the tables say; 0 when there is none. */
static pd_entry_t
audit_superpage_at(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	uint64_t entry = pmap->pm_pml4[(va >> PML4SHIFT) & 511];
	int shift;

	for (shift = PDPSHIFT; shift >= PDRSHIFT; shift -= 9) {
		if ((entry & PG_V) == 0)
			return (0);
		entry = ((uint64_t *)physmem_ptr(mach,
		    entry & PG_FRAME))[(va >> shift) & 511];
	}
	return ((entry & (PG_V | PG_PS)) == (PG_V | PG_PS) ? entry : 0);
}

/*
 * A kept page-table page whose kernel gives it a state: "empty" has no entry,
 * "as new" is an image of superpage "pde", of which it has A.  What is filled
 * in part may be anything.
 */
static bool
audit_idle_state(struct audit *a, pmap_t pmap, const struct vm_page *mpte,
    pd_entry_t pde)
{
	struct machine *mach = a->mach;
	const pt_entry_t *pte = physmem_ptr(mach, VM_PAGE_TO_PHYS(mpte));
	pt_entry_t wanted;
	unsigned i;

	if (pmap != kernel_pmap &&
	    (mpte->wire_count != NPTEPG || mpte->valid == PTP_EMPTY))
		return (audit_fails(a,
		    "%s: the page-table page kept for va %#llx has "
		    "wire_count %u and state %u",
		    pmap->pm_name,
		    (unsigned long long)(mpte->pindex << PDRSHIFT),
		    mpte->wire_count, mpte->valid));
	if (mpte->valid == PTP_PARTIAL)
		return (true);
	for (i = 0; i < NPTEPG; i++) {
		wanted = mpte->valid == PTP_EMPTY ?
		    0 :
		    ((pde & PG_PS_FRAME) + ptoa(i)) | PG_V | PG_A;
		if (((pte[i] ^ wanted) & (PG_FRAME | PG_V | PG_A)) != 0)
			return (audit_fails(a,
			    "%s: entry %u of the page-table page kept for va "
			    "%#llx, state %u, is %#llx under superpage %#llx",
			    pmap->pm_name, i,
			    (unsigned long long)(mpte->pindex << PDRSHIFT),
			    mpte->valid, (unsigned long long)pte[i],
			    (unsigned long long)pde));
	}
	return (true);
}

/* One page-table page against the superpage that it is kept for. */
static bool
audit_idle_table(struct audit *a, pmap_t pmap, const struct vm_page *mpte)
{
	struct machine *mach = a->mach;
	const pt_entry_t *pte;
	vm_offset_t va;
	pd_entry_t pde;
	unsigned i;

	/* The kernel's pindexes are of the whole address, shifted. */
	va = mpte->pindex << PDRSHIFT;
	pde = audit_superpage_at(mach, pmap, va);
	if (pde == 0)
		return (audit_fails(a,
		    "%s: a page-table page is kept for va "
		    "%#llx, which is no superpage",
		    pmap->pm_name, (unsigned long long)va));
	if (atop(VM_PAGE_TO_PHYS(mpte)) >= a->first &&
	    !audit_own(a, VM_PAGE_TO_PHYS(mpte), OWNER_IDLE_TABLE))
		return (false);
	if (page_tables_have_states(mach))
		return (audit_idle_state(a, pmap, mpte, pde));
	pte = physmem_ptr(mach, VM_PAGE_TO_PHYS(mpte));
	/* Of the boot's tables one may be left for its demotion to fill. */
	for (i = 0; i < NPTEPG &&
	     (atop(VM_PAGE_TO_PHYS(mpte)) >= a->first || mpte->wire_count != 1);
	     i++)
		if ((pte[i] & PG_FRAME) != (pde & PG_PS_FRAME) + ptoa(i))
			return (audit_fails(a,
			    "%s: entry %u of the page-table "
			    "page kept for va %#llx is %#llx, no image of its "
			    "superpage %#llx",
			    pmap->pm_name, i, (unsigned long long)va,
			    (unsigned long long)pte[i],
			    (unsigned long long)pde));
	if (pmap != kernel_pmap && mpte->wire_count != NPTEPG)
		return (audit_fails(a,
		    "%s: the page-table page kept for va "
		    "%#llx has wire_count %u",
		    pmap->pm_name, (unsigned long long)va, mpte->wire_count));
	/* Kernels that promote what was not used keep such. */
	if ((pde & PG_A) == 0 && !promotion_ignores_accessed(mach))
		return (audit_fails(a,
		    "%s: superpage %#llx at va %#llx has a "
		    "kept page-table page and not A",
		    pmap->pm_name, (unsigned long long)pde,
		    (unsigned long long)va));
	return (true);
}

static bool
audit_idle_tree(struct audit *a, pmap_t pmap)
{
	const struct vm_page *mpte, *prev = NULL;
	struct page_tree tree;
	bool holds = true;

	page_tree_start(&tree, pmap->pm_root, a->pages);
	for (; holds && (mpte = page_tree_next(&tree)) != NULL; prev = mpte) {
		if (prev != NULL && mpte->pindex <= prev->pindex)
			holds = audit_fails(a,
			    "%s: pm_root is not ascending "
			    "at pindex %#llx",
			    pmap->pm_name, (unsigned long long)mpte->pindex);
		else
			holds = audit_idle_table(a, pmap, mpte);
	}
	switch (page_tree_end(&tree)) {
	case PAGE_TREE_NOMEM:
		return (audit_no_memory(a));
	case PAGE_TREE_ENDLESS:
		return (audit_fails(a, "%s: pm_root is no tree",
		    pmap->pm_name));
	default:
		return (holds);
	}
}

bool
audit_idle_tables(struct audit *a)
{
	struct machine *mach = a->mach;
	pmap_t pmap;

	TAILQ_FOREACH(pmap, &mach->pmap->list, pm_list)
		if (!audit_idle_tree(a, pmap))
			return (false);
	return (true);
}

/* ---- superpages, mapped pages ------------------------------------------- */
static bool
audit_superpage_leaf(struct audit *a, pmap_t pmap, vm_offset_t va,
    uint64_t entry, bool superpage, void *arg)
{

	if (superpage && (entry & (PG_RW | PG_M)) == PG_RW)
		return (audit_fails(a,
		    "%s: superpage %#llx at va %#llx is "
		    "writable and clean",
		    pmap->pm_name, (unsigned long long)entry,
		    (unsigned long long)va));
	return (true);
}

/* Runs "leaf" over every pmap's leaves, or over 2 MB mappings alone. */
static bool
audit_leaves(struct audit *a,
    bool (*leaf)(struct audit *, pmap_t, vm_offset_t, uint64_t, bool, void *),
    bool superpages)
{
	const struct audit_visitor visitor = {.leaf = leaf,
	    .superpages = superpages};
	pmap_t pmap;

	TAILQ_FOREACH(pmap, &a->mach->pmap->list, pm_list)
		if (!audit_walk(a, pmap, &visitor))
			return (false);
	return (true);
}

bool
audit_superpages(struct audit *a)
{

	return (audit_leaves(a, audit_superpage_leaf, true));
}

/*
 * Looks at the "n" pages from "m" on, which are mapped for writing at "va".
 * Who writes a page through a mapping that PG_WRITEABLE does not announce is
 * not found by pmap_remove_write() and pmap_is_modified().
 */
static void
audit_announced(struct audit *a, pmap_t pmap, vm_offset_t va,
    const struct vm_page *m, unsigned n)
{
	const struct page_use *const use = vm_page_use(a->mach, m);
	unsigned i;

	for (i = 0; i < n && a->unannounced == NULL; i++)
		if ((use[i].aflags & PG_WRITEABLE) == 0) {
			a->unannounced = &m[i];
			a->unannounced_pmap = pmap;
			a->unannounced_va = va + ptoa(i);
		}
}

/*
 * Only managed mappings: the pmap promises nothing of others, and whoever
 * enters an unmanaged page must remove it before the page is freed.
 */
static bool
audit_mapped_leaf(struct audit *a, pmap_t pmap, vm_offset_t va, uint64_t entry,
    bool superpage, void *arg)
{
	struct machine *mach = a->mach;
	vm_paddr_t pa = entry & (superpage ? PG_PS_FRAME : PG_FRAME);
	const struct vm_page *m;
	unsigned i, n = superpage ? NPTEPG : 1;

	if ((entry & (PG_V | PG_MANAGED)) != (PG_V | PG_MANAGED))
		return (true);
	if (pa + n * PAGE_SIZE > mach->config.mem)
		return (audit_fails(a,
		    "%s: managed mapping %#llx at va %#llx "
		    "leads beyond memory",
		    pmap->pm_name, (unsigned long long)entry,
		    (unsigned long long)va));
	m = phys_to_vm_page(mach, pa);
	for (i = 0; i < n; i++)
		if ((vm_page_flags(&m[i]) & PG_FREE) != 0)
			return (audit_fails(a,
			    "%s: va %#llx maps free page "
			    "%#llx",
			    pmap->pm_name, (unsigned long long)(va + ptoa(i)),
			    (unsigned long long)(pa + ptoa(i))));
	if ((entry & PG_RW) != 0)
		audit_announced(a, pmap, va, m, n);
	return (true);
}

bool
audit_mapped_pages(struct audit *a)
{

	return (audit_leaves(a, audit_mapped_leaf, false));
}

bool
audit_writeable(struct audit *a)
{
	struct machine *mach = a->mach;

	if (a->unannounced == NULL)
		return (true);
	return (audit_fails(a,
	    "%s: va %#llx maps page %#llx for "
	    "writing, which has no PG_WRITEABLE",
	    a->unannounced_pmap->pm_name, (unsigned long long)a->unannounced_va,
	    (unsigned long long)VM_PAGE_TO_PHYS(a->unannounced)));
}
