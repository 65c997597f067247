/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page-table pages: where they come from, how their use is counted, in which
 * order they are freed, and the tree of idle ones.
 */
#include "amd64/pmap_fixture.h"

#define VA UINT64_C(0x0000008040200000) /* slots 1, 1, 1 */
#define PML4I 1

/* What table pages are counted in, and who holds each level of VA. */
struct tables {
	int64_t resident;
	unsigned free, wired;
	uint64_t pml4e, pdpe, pde;
	unsigned pdp_wire, pd_wire, pt_wire;
};

static unsigned
wire_of(struct machine *mach, uint64_t entry)
{

	return ((entry & PG_V) == 0 ?
		0 :
		phys_to_vm_page(mach, entry & PG_FRAME)->wire_count);
}

static struct tables
tables(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	struct pmapsim_pte entries;
	struct tables t;

	memset(&t, 0, sizeof(t));
	pmapsim_pte(mach, pmap, va, &entries);
	t.resident = pmapsim_pmap_resident_count(pmap);
	t.free = mach->cnt.v_free_count;
	t.wired = mach->cnt.v_wire_count;
	t.pml4e = entries.pml4e;
	t.pdpe = entries.pdpe;
	t.pde = entries.pde;
	t.pdp_wire = wire_of(mach, entries.pml4e);
	t.pd_wire = wire_of(mach, entries.pdpe);
	t.pt_wire = wire_of(mach, entries.pde);
	return (t);
}

static void
assert_tables(struct machine *mach, pmap_t pmap, vm_offset_t va,
    const struct tables *want)
{
	struct tables now = tables(mach, pmap, va);

	assert_int_equal(now.resident, want->resident);
	assert_int_equal(now.free, want->free);
	assert_int_equal(now.wired, want->wired);
	assert_int_equal(now.pml4e, want->pml4e);
	assert_int_equal(now.pdpe, want->pdpe);
	assert_int_equal(now.pde, want->pde);
	assert_int_equal(now.pdp_wire, want->pdp_wire);
	assert_int_equal(now.pd_wire, want->pd_wire);
	assert_int_equal(now.pt_wire, want->pt_wire);
}

/* Gives one entry of VA's page table back, as the removal of a PTE does. */
static int
unuse(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_page_t *free)
{

	return (pmap_unuse_pt(mach, pmap, va, support_pde(mach, pmap, va),
	    free));
}

/*
 * PTP, then PD, then PDP are taken; each is U|RW|V|A|M; each counts 1 in
 * resident_count and in v_wire_count and is held once.
 */
static void
test_allocpte_takes_leaf_first(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap = fixture_inactive_pmap(mach, "u");
	struct tables want = tables(mach, pmap, VA);
	vm_paddr_t pa, pml4;
	vm_page_t m, free;
	uint64_t stores = pmapsim_pte_stores(mach);

	/* The PML4 page was the last one taken; the others are its next. */
	pml4 = pmap->pm_pml4[256] & PG_FRAME;
	m = pmap_allocpte(mach, pmap, VA, M_WAITOK);
	pa = VM_PAGE_TO_PHYS(m);
	assert_int_equal(pa, pml4 + PAGE_SIZE);
	want.pde = pa | 0x67;
	want.pdpe = (pa + PAGE_SIZE) | 0x67;
	want.pml4e = (pa + 2 * PAGE_SIZE) | 0x67;
	want.pdp_wire = want.pd_wire = want.pt_wire = 1;
	want.resident += 3;
	want.wired += 3;
	want.free -= 3;
	assert_tables(mach, pmap, VA, &want);
	assert_int_equal(m->pindex, VA >> 21);
	assert_int_equal(m[1].pindex, NUPDE + (VA >> 30));
	assert_int_equal(m[2].pindex, NUPDE + NUPDPE + (VA >> 39));
	/* Of the three entries only the PDE is of a level that is counted. */
	assert_int_equal(pmapsim_pte_stores(mach), stores + 1);

	/* Again: held once more. */
	assert_ptr_equal(pmap_allocpte(mach, pmap, VA + PAGE_SIZE, M_NOWAIT),
	    m);
	want.pt_wire = 2;
	assert_tables(mach, pmap, VA, &want);
	/* The next 2 MB, 1 GB and 512 GB: one, two and three pages. */
	assert_ptr_equal(pmap_allocpte(mach, pmap, VA + NBPDR, M_WAITOK),
	    m + 3);
	want.pd_wire = 2;
	want.resident++;
	want.wired++;
	want.free--;
	assert_tables(mach, pmap, VA, &want);
	assert_ptr_equal(pmap_allocpte(mach, pmap, VA + NBPDP, M_WAITOK),
	    m + 4);
	want.pdp_wire = 2;
	want.resident += 2;
	want.wired += 2;
	want.free -= 2;
	assert_tables(mach, pmap, VA, &want);
	assert_ptr_equal(pmap_allocpte(mach, pmap, VA + NBPML4, M_WAITOK),
	    m + 6);
	want.resident += 3;
	want.wired += 3;
	want.free -= 3;
	assert_tables(mach, pmap, VA, &want);

	/* All the way back. */
	free = NULL;
	assert_int_equal(unuse(mach, pmap, VA, &free), 0);
	assert_int_equal(unuse(mach, pmap, VA, &free), 1);
	assert_int_equal(unuse(mach, pmap, VA + NBPDR, &free), 1);
	assert_int_equal(unuse(mach, pmap, VA + NBPDP, &free), 1);
	assert_int_equal(unuse(mach, pmap, VA + NBPML4, &free), 1);
	assert_int_equal(pmapsim_pmap_resident_count(pmap), 0);
	assert_int_equal(pmap->pm_pml4[PML4I], 0);
	assert_int_equal(pmap->pm_pml4[PML4I + 1], 0);
	/* Freed only now: until here another CPU might walk there. */
	assert_int_equal(mach->cnt.v_free_count, want.free);
	pmap_free_zero_pages(mach, free);
	assert_int_equal(mach->cnt.v_free_count, want.free + 9);
	pmap_release(mach, pmap);
	pmapsim_pmap_destroy(mach, pmap);
}

/* Upper levels are put on the list first, so the page table leaves it first. */
static void
test_unwire_lists_lowest_level_first(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap = fixture_inactive_pmap(mach, "u");
	struct tables want = tables(mach, pmap, VA);
	vm_page_t free, m;
	uint64_t stores;
	unsigned i, k;

	m = pmap_allocpte(mach, pmap, VA, M_WAITOK);
	stores = pmapsim_pte_stores(mach);
	free = NULL;
	assert_int_equal(pmap_unwire_pte_hold(mach, pmap, VA, m, &free), 1);
	assert_int_equal(pmapsim_pte_stores(mach), stores + 1);
	assert_ptr_equal(free, m);
	assert_ptr_equal(free->right, m + 1);
	assert_ptr_equal(free->right->right, m + 2);
	assert_null(free->right->right->right);
	for (i = 0; i < 3; i++) {
		assert_int_equal(m[i].wire_count, 0);
		assert_true(vm_page_flags(&m[i]) & PG_ZERO);
		/* It says so, and it is: the entry went first. */
		for (k = 0; k < NPTEPG; k++)
			assert_int_equal(physmem_table(mach,
					     VM_PAGE_TO_PHYS(&m[i]))[k],
			    0);
	}
	want.free -= 3;
	assert_tables(mach, pmap, VA, &want);
	pmap_free_zero_pages(mach, free);
	want.free += 3;
	assert_tables(mach, pmap, VA, &want);
	for (i = 0; i < 3; i++)
		assert_int_equal(vm_page_flags(&m[i]) & (PG_FREE | PG_ZERO),
		    PG_FREE | PG_ZERO);
}

static void
test_delayed_list_sets_and_clears_zero(void **state)
{
	struct machine *mach = *state;
	vm_page_t free, m[2];
	unsigned i;

	free = NULL;
	for (i = 0; i < 2; i++) {
		m[i] = vm_page_alloc(mach, NULL, 0, VM_ALLOC_NOOBJ);
		vm_page_flag_set(m[i], i == 0 ? PG_ZERO : 0);
		pmap_add_delayed_free_list(m[i], &free, i == 1);
	}
	assert_ptr_equal(free, m[1]);
	assert_ptr_equal(m[1]->right, m[0]);
	assert_null(m[0]->right);
	assert_int_equal(vm_page_flags(m[0]) & PG_ZERO, 0);
	assert_int_equal(vm_page_flags(m[1]) & PG_ZERO, PG_ZERO);
	pmap_free_zero_pages(mach, free);
	assert_int_equal(vm_page_flags(m[0]) & (PG_FREE | PG_ZERO), PG_FREE);
}

/*
 * The nth of the pages fails: nothing is left, whichever it is, but before the
 * middle of 2009 the counts of what was given back.  In 2022 the PDP page was
 * linked when the page directory below it is missing: CPUs forget it.
 */
static void
check_allocpte_without_memory(const char *config, bool leaks, bool top_down)
{
	struct machine *mach;
	struct tables want;
	struct cost cost;
	vm_page_t free, m;
	unsigned held, i, nth;
	pmap_t pmap;

	mach = support_boot(config);
	pmap = fixture_pmap(mach, "u");
	/* The pages that will be taken and given back: not zero. */
	m = vm_page_alloc(mach, NULL, 0, VM_ALLOC_NOOBJ);
	for (i = 0; i < 3; i++) {
		assert_int_equal(vm_page_flags(m + i) & PG_ZERO, 0);
		m[i].recycled = 1;
		memset(physmem_ptr(mach, VM_PAGE_TO_PHYS(m + i)), 0xa5,
		    PAGE_SIZE);
	}
	vm_page_free(mach, m);
	cost = fixture_cost(mach);
	/* With nothing there, then with a PDP page, then with a PD. */
	for (held = 0; held < 3; held++) {
		m = NULL;
		if (held == 1)
			m = pmap_allocpte(mach, pmap, VA + NBPDP, M_WAITOK);
		else if (held == 2)
			m = pmap_allocpte(mach, pmap, VA + NBPDR, M_WAITOK);
		want = tables(mach, pmap, VA);
		cost = fixture_cost(mach);
		for (nth = 1; nth <= 3 - held; nth++) {
			pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, nth,
			    false);
			assert_null(pmap_allocpte(mach, pmap, VA, M_NOWAIT));
			if (leaks) {
				want.resident += nth - 1;
				want.wired += nth - 1;
			}
			assert_tables(mach, pmap, VA, &want);
			assert_cost(mach, &cost, .page = top_down && nth == 3);
			/* What it took it gave back zeroed, and as such. */
			if (held == 0)
				assert_int_equal(mach->vm_page
						     ->vm_page_zero_count,
				    leaks ? 0 : nth - 1);
			if (nth == 3 - held)
				continue;
			pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, nth,
			    false);
			if (held < 2)
				assert_null(pmap_allocpde(mach, pmap, VA,
				    M_NOWAIT));
			if (leaks) {
				want.resident += nth - 1;
				want.wired += nth - 1;
			}
			assert_tables(mach, pmap, VA, &want);
			assert_cost(mach, &cost, .page = 0);
		}
		pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 0, false);
		if (m != NULL) {
			free = NULL;
			pmap_unwire_pte_hold(mach, pmap,
			    VA + (held == 1 ? NBPDP : NBPDR), m, &free);
			pmap_free_zero_pages(mach, free);
		}
	}
	assert_int_equal(pmapsim_pmap_resident_count(pmap),
	    leaks ? 5 : top_down);
	pmapsim_destroy(mach);
}

static void
test_allocpte_without_memory_leaves_nothing(void **state)
{

	check_allocpte_without_memory(SUPPORT_SMALL, false, false);
	check_allocpte_without_memory(SMALL_KERNEL("2010-04+allocpte-leak"),
	    true, false);
	check_allocpte_without_memory(SMALL_KERNEL("2022-07"), false, true);
}

/* M_WAITOK waits and tries again. */
static void
test_allocpte_waits(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap = fixture_inactive_pmap(mach, "u");
	vm_page_t m;

	/*
	 * Pages are free but none is to be had once: the sleeper is woken at
	 * once, and the second attempt starts from the leaf again.
	 */
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 2, false);
	m = pmap_allocpte(mach, pmap, VA, M_WAITOK);
	assert_non_null(m);
	assert_int_equal(pmapsim_inject_seen(mach, PMAPSIM_INJECT_PAGE_ALLOC),
	    5);
	assert_int_equal(pmapsim_pmap_resident_count(pmap), 3);
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 1, false);
	assert_non_null(pmap_allocpde(mach, pmap, VA + NBPDP, M_WAITOK));
	assert_int_equal(pmapsim_inject_seen(mach, PMAPSIM_INJECT_PAGE_ALLOC),
	    2);
	assert_int_equal(pmapsim_pmap_resident_count(pmap), 4);
}

static void
test_allocpde_makes_no_page_table(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap = fixture_inactive_pmap(mach, "u");
	struct tables want = tables(mach, pmap, VA);
	vm_page_t m;

	m = pmap_allocpde(mach, pmap, VA, M_NOWAIT);
	assert_int_equal(m->pindex, NUPDE + (VA >> 30));
	want.pdpe = VM_PAGE_TO_PHYS(m) | 0x67;
	want.pml4e = (VM_PAGE_TO_PHYS(m) + PAGE_SIZE) | 0x67;
	want.pd_wire = want.pdp_wire = 1;
	want.resident += 2;
	want.wired += 2;
	want.free -= 2;
	assert_tables(mach, pmap, VA, &want);
	assert_ptr_equal(pmap_allocpde(mach, pmap, VA + NBPDR, M_WAITOK), m);
	want.pd_wire = 2;
	assert_tables(mach, pmap, VA, &want);
}

/* A 2 MB mapping in the way is demoted, or lost when that fails. */
static void
test_allocpte_demotes(void **state)
{
	static const uint16_t color = 0;
	struct machine *mach = *state;
	pmap_t pmap = fixture_inactive_pmap(mach, "u");
	vm_object_t object;
	vm_page_t m;
	pd_entry_t pde;
	unsigned a;

	object = support_object(mach, 512, &color);
	m = support_pages(mach, object, 0, 512, 0);
	for (a = 0; a < 2; a++) {
		pmap_enter_object(mach, pmap, VA, VA + NBPDR, m, VM_PROT_READ);
		assert_superpage(mach, pmap, VA);
		if (a == 1)
			(void)pmapsim_touch(mach, pmap, VA,
			    PMAPSIM_ACCESS_READ | PMAPSIM_ACCESS_USER);
		assert_non_null(pmap_allocpte(mach, pmap, VA, M_WAITOK));
		pde = support_pde(mach, pmap, VA);
		assert_int_equal(pde & ~PG_FRAME, 0x67);
		if (a == 0) {
			/* Never accessed: removed, and the tables are new. */
			assert_int_equal(wire_of(mach, pde), 1);
			assert_int_equal(pmapsim_pmap_resident_count(pmap), 3);
			assert_int_equal(support_pte(mach, pmap, VA), 0);
		} else {
			assert_int_equal(wire_of(mach, pde), 513);
			assert_int_equal(pmapsim_pmap_resident_count(pmap),
			    512 + 3);
		}
		phys_to_vm_page(mach, pde & PG_FRAME)->wire_count--;
		if (a == 0) {
			/* Give the empty table back as its owner would. */
			vm_page_t free = NULL;

			phys_to_vm_page(mach, pde & PG_FRAME)->wire_count++;
			unuse(mach, pmap, VA, &free);
			pmap_free_zero_pages(mach, free);
		}
	}
	pmap_remove(mach, pmap, VA, VA + NBPDR);
	assert_int_equal(pmapsim_pmap_resident_count(pmap), 0);
}

static void
test_unuse_pt_ignores_kernel_addresses(void **state)
{
	struct machine *mach = *state;
	vm_page_t free = NULL, ptp;
	vm_offset_t va;
	pt_entry_t *pte;

	va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach), PAGE_SIZE);
	ptp = phys_to_vm_page(mach,
	    support_pde(mach, kernel_pmap, va) & PG_FRAME);
	pte = pmap_pte(mach, kernel_pmap, va);
	*pte = 0x1234363;
	assert_int_equal(unuse(mach, kernel_pmap, va, &free), 0);
	assert_int_equal(pmap_unuse_pt(mach, kernel_pmap, va, 0, &free), 0);
	assert_null(free);
	assert_int_equal(ptp->wire_count, 1);
	assert_int_equal(*pte, 0x1234363);
	assert_int_equal(mach->cpus[0].local[INVAL_PAGE], 0);
	*pte = 0;
}

/* The remedy: the PTE goes, and an invalidation is the price. */
static void
test_clear_on_unuse(void **state)
{
	struct machine *mach;
	vm_page_t free = NULL;
	vm_offset_t va;
	pt_entry_t *pte;
	uint64_t stores;
	struct pmapsim_pte entries;

	mach = support_boot(SUPPORT_SMALL " kernel=2010-04+clear-on-unuse");
	va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach), 2 * PAGE_SIZE);
	pte = pmap_pte(mach, kernel_pmap, va);
	pte[0] = 0x1234363;
	pte[1] = 0x1235363;
	stores = pmapsim_pte_stores(mach);
	assert_int_equal(unuse(mach, kernel_pmap, va, &free), 0);
	assert_int_equal(pte[0], 0);
	assert_int_equal(pte[1], 0x1235363);
	assert_int_equal(pmapsim_pte_stores(mach), stores + 1);
	assert_int_equal(mach->cpus[0].local[INVAL_PAGE], 1);
	assert_int_equal(mach->cpus[1].received[INVAL_PAGE], 1);
	/* A page directory's entry went: no PTE did. */
	pmapsim_pte(mach, kernel_pmap, va, &entries);
	pte[0] = 0x1234363;
	assert_int_equal(pmap_unuse_pt(mach, kernel_pmap, va, entries.pdpe,
			     &free),
	    0);
	assert_int_equal(pte[0], 0x1234363);
	assert_int_equal(pmapsim_pte_stores(mach), stores + 1);
	assert_int_equal(mach->cpus[0].local[INVAL_PAGE], 1);
	/* Where no page table is there is nothing to clear. */
	assert_int_equal(pmap_unuse_pt(mach, kernel_pmap, KERNBASE - NBPDR,
			     entries.pde, &free),
	    0);
	/* Nor where a superpage is, of which it would be the contents. */
	assert_int_equal(pmap_unuse_pt(mach, kernel_pmap, KERNBASE,
			     PG_PS | PG_V, &free),
	    0);
	assert_int_equal(pmapsim_pte_stores(mach), stores + 1);
	assert_int_equal(mach->cpus[0].local[INVAL_PAGE], 1);
	pmapsim_destroy(mach);
}

static void
test_unuse_pt_without_a_table(void **state)
{
	static const char *const texts[] = {
	    "pmap_unuse_pt: page fault trap: no page table page at va "
	    "0x8040200000",
	    "pmap_unuse_pt: ptepde != 0",
	};
	struct machine *mach;
	vm_page_t free = NULL;
	pmap_t pmap;
	unsigned i;

	for (i = 0; i < 2; i++) {
		mach = support_boot(i == 0 ?
			"mem=32M first=4M kmem=0" :
			"mem=32M first=4M kmem=0 invariants=on");
		pmap = fixture_inactive_pmap(mach, "u");
		assert_panics(mach, texts[i],
		    pmap_unuse_pt(mach, pmap, VA, 0, &free));
		pmapsim_destroy(mach);
	}
}

static void
test_flags_are_asserted(void **state)
{
	static const int flags[] = {0, M_NOWAIT | M_WAITOK, M_ZERO};
	struct machine *mach;
	pmap_t pmap;
	unsigned f, i;

	for (f = 0; f < 3; f++)
		for (i = 0; i < 3; i++) {
			mach = support_boot(SUPPORT_SMALL);
			pmap = fixture_inactive_pmap(mach, "u");
			if (i == 0)
				assert_panics(mach,
				    "_pmap_allocpte: flags is "
				    "neither M_NOWAIT nor M_WAITOK",
				    _pmap_allocpte(mach, pmap, VA >> 21,
					flags[f]));
			else if (i == 1)
				assert_panics(mach,
				    "pmap_allocpde: flags is "
				    "neither M_NOWAIT nor M_WAITOK",
				    pmap_allocpde(mach, pmap, VA, flags[f]));
			else
				assert_panics(mach,
				    "pmap_allocpte: flags is "
				    "neither M_NOWAIT nor M_WAITOK",
				    pmap_allocpte(mach, pmap, VA, flags[f]));
			pmapsim_destroy(mach);
		}
}

/* ---- idle page-table pages ---------------------------------------------- */

#define IDLE_PAGES 64

/* Counts the tree below "m" and checks its order. */
static unsigned
tree_count(vm_page_t m, vm_pindex_t low, vm_pindex_t high)
{

	if (m == NULL)
		return (0);
	assert_true(m->pindex >= low && m->pindex < high);
	return (1 + tree_count(m->left, low, m->pindex) +
	    tree_count(m->right, m->pindex + 1, high));
}

static void
test_idle_tree_small(void **state)
{
	struct machine *mach = *state;
	struct vm_page pages[3];
	pmap_t pmap = fixture_inactive_pmap(mach, "u");

	memset(pages, 0, sizeof(pages));
	pages[0].pindex = 10;
	pages[1].pindex = 20;
	pages[2].pindex = 15;
	assert_null(pmap_lookup_pt_page(mach, pmap, 10 << 21));
	/* Children may be left over from another tree. */
	pages[0].left = pages[0].right = &pages[2];
	pmap_insert_pt_page(mach, pmap, &pages[0]);
	assert_ptr_equal(pmap->pm_root, &pages[0]);
	assert_null(pages[0].left);
	assert_null(pages[0].right);
	/* The new page becomes the root. */
	pmap_insert_pt_page(mach, pmap, &pages[1]);
	assert_ptr_equal(pmap->pm_root, &pages[1]);
	assert_ptr_equal(pages[1].left, &pages[0]);
	pmap_insert_pt_page(mach, pmap, &pages[2]);
	assert_ptr_equal(pmap->pm_root, &pages[2]);
	assert_ptr_equal(pages[2].left, &pages[0]);
	assert_ptr_equal(pages[2].right, &pages[1]);
	assert_null(pages[1].left);
	/* What is found becomes the root; so does a neighbour of a gap. */
	assert_ptr_equal(pmap_lookup_pt_page(mach, pmap, (20 << 21) + 12345),
	    &pages[1]);
	assert_ptr_equal(pmap->pm_root, &pages[1]);
	assert_null(pmap_lookup_pt_page(mach, pmap, 9 << 21));
	assert_ptr_equal(pmap->pm_root, &pages[0]);
	/* One that is not the root is brought there to be removed. */
	pmap_remove_pt_page(mach, pmap, &pages[2]);
	assert_int_equal(tree_count(pmap->pm_root, 0, UINT64_MAX), 2);
	pmap_remove_pt_page(mach, pmap, &pages[0]);
	assert_ptr_equal(pmap->pm_root, &pages[1]);
	pmap_remove_pt_page(mach, pmap, &pages[1]);
	assert_null(pmap->pm_root);
}

/* Random insertions, look-ups and removals beside an array of flags. */
static void
test_idle_tree_random(void **state)
{
	struct machine *mach = *state;
	static struct vm_page pages[IDLE_PAGES];
	bool in[IDLE_PAGES] = {false};
	pmap_t pmap = fixture_inactive_pmap(mach, "u");
	uint64_t r, seed = 20100406;
	unsigned count, i, k;

	print_message("seed %llu\n", (unsigned long long)seed);
	memset(pages, 0, sizeof(pages));
	for (i = 0; i < IDLE_PAGES; i++)
		pages[i].pindex = 3 * i;
	for (count = 0, k = 0; k < 20000; k++) {
		r = support_random(&seed);
		i = r % IDLE_PAGES;
		if ((r >> 32 & 3) == 0) {
			/* Between two indices there is never anything. */
			assert_null(pmap_lookup_pt_page(mach, pmap,
			    (vm_offset_t)(3 * i + 1) << 21));
		} else if ((r >> 32 & 3) == 1) {
			assert_ptr_equal(pmap_lookup_pt_page(mach, pmap,
					     (vm_offset_t)(3 * i) << 21),
			    in[i] ? &pages[i] : NULL);
		} else {
			if (in[i])
				pmap_remove_pt_page(mach, pmap, &pages[i]);
			else
				pmap_insert_pt_page(mach, pmap, &pages[i]);
			count += in[i] ? -1 : 1;
			in[i] = !in[i];
			if (in[i])
				assert_ptr_equal(pmap->pm_root, &pages[i]);
		}
		assert_int_equal(tree_count(pmap->pm_root, 0, UINT64_MAX),
		    count);
	}
	pmap->pm_root = NULL;
}

static void
test_idle_tree_panics(void **state)
{
	struct vm_page pages[2];
	struct machine *mach;
	pmap_t pmap;

	memset(pages, 0, sizeof(pages));
	pages[0].pindex = pages[1].pindex = 7;
	mach = support_boot(SUPPORT_SMALL);
	pmap = fixture_inactive_pmap(mach, "u");
	pmap_insert_pt_page(mach, pmap, &pages[0]);
	assert_panics(mach, "pmap_insert_pt_page: pindex already inserted",
	    pmap_insert_pt_page(mach, pmap, &pages[1]));
	pmapsim_destroy(mach);

	mach = support_boot(SUPPORT_SMALL);
	pmap = fixture_inactive_pmap(mach, "u");
	pages[1].pindex = 8;
	pmap_insert_pt_page(mach, pmap, &pages[0]);
	assert_panics(mach,
	    "pmap_remove_pt_page: mpte PTR is missing from "
	    "pmap PTR",
	    pmap_remove_pt_page(mach, pmap, &pages[1]));
	pmapsim_destroy(mach);
}

/* How many of "va", "n" addresses, lie in different ranges of "size". */
static int
distinct(const vm_offset_t *va, unsigned n, vm_offset_t size)
{

	return (n == 2 && va[0] / size != va[1] / size ? 2 : 1);
}

/*
 * The first and last entries of tables of each level, alone and two by two:
 * each pair shares the tables that it can, and a table goes with its last
 * entry, whichever that is.
 */
static void
test_tables_at_their_ends(void **state)
{
	static const vm_offset_t vas[] = {0, NBPDR - PAGE_SIZE, NBPDR,
	    NBPDP - PAGE_SIZE, NBPDP, NBPML4 - PAGE_SIZE, NBPML4,
	    (UINT64_C(1) << 47) - NBPML4 - PAGE_SIZE,
	    (UINT64_C(1) << 47) - PAGE_SIZE};
	enum { N = sizeof(vas) / sizeof(vas[0]) };
	static const char *const configs[] = {SUPPORT_SMALL,
	    SMALL_KERNEL("2022-07"), SMALL_KERNEL("2026-pmap")};
	struct machine *mach;
	vm_offset_t two[2];
	unsigned i, k, n;
	unsigned unused;
	uint64_t stores;
	pmap_t pmap;
	vm_page_t m;
	long none;

	for (k = 0; k < 3 * N * N; k++) {
		two[0] = vas[k / N % N];
		two[1] = vas[k % N];
		n = two[0] == two[1] ? 1 : 2;
		mach = support_boot(configs[k / (N * N)]);
		pmap = fixture_pmap(mach, "u");
		m = support_pages(mach, support_object(mach, 2, NULL), 0, 2,
		    VM_ALLOC_NORMAL);
		/* Elsewhere, for a chunk of pv entries that stays. */
		pmap_enter(mach, fixture_pmap(mach, "v"), UVA, 0, m, PROT_R,
		    FALSE);
		pmap_enter(mach, pmap, UVA + NBPML4 * 5, 0, m, PROT_R, FALSE);
		unused = mach->cnt.v_free_count;
		none = pmapsim_pmap_resident_count(pmap);
		stores = pmapsim_pte_stores(mach);
		for (i = 0; i < n; i++)
			pmap_enter(mach, pmap, two[i], VM_PROT_WRITE, m + i,
			    PROT_RW, FALSE);
		assert_int_equal(pmapsim_pmap_resident_count(pmap) - none,
		    (int)n + distinct(two, n, NBPDR) + distinct(two, n, NBPDP) +
			distinct(two, n, NBPML4));
		/* What the tables above the page tables get is not counted. */
		assert_int_equal(pmapsim_pte_stores(mach) - stores,
		    (int)n + distinct(two, n, NBPDR));
		assert_int_equal(unused - mach->cnt.v_free_count,
		    distinct(two, n, NBPDR) + distinct(two, n, NBPDP) +
			distinct(two, n, NBPML4));
		for (i = 0; i < n; i++)
			assert_pte(mach, pmap, two[i],
			    VM_PAGE_TO_PHYS(m + i) | PTE_WRITTEN);
		for (i = 0; i < n; i++) {
			pmap_remove(mach, pmap, two[i], two[i] + PAGE_SIZE);
			assert_pte(mach, pmap, two[i], 0);
			if (i < n - 1)
				assert_pte(mach, pmap, two[1],
				    VM_PAGE_TO_PHYS(m + 1) | PTE_WRITTEN);
		}
		assert_int_equal(pmapsim_pmap_resident_count(pmap), none);
		assert_int_equal(mach->cnt.v_free_count, unused);
		support_destroy(mach);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tables_at_their_ends),
	    support_unaudited_test(test_allocpte_takes_leaf_first),
	    support_unaudited_test(test_unwire_lists_lowest_level_first),
	    support_unaudited_test(test_delayed_list_sets_and_clears_zero),
	    cmocka_unit_test(test_allocpte_without_memory_leaves_nothing),
	    support_unaudited_test(test_allocpte_waits),
	    support_unaudited_test(test_allocpde_makes_no_page_table),
	    support_unaudited_test(test_allocpte_demotes),
	    support_unaudited_test(test_unuse_pt_ignores_kernel_addresses),
	    cmocka_unit_test(test_clear_on_unuse),
	    cmocka_unit_test(test_unuse_pt_without_a_table),
	    cmocka_unit_test(test_flags_are_asserted),
	    support_unaudited_test(test_idle_tree_small),
	    support_unaudited_test(test_idle_tree_random),
	    cmocka_unit_test(test_idle_tree_panics),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
