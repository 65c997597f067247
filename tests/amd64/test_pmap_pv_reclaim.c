/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel does when no page for pv entries is left: it takes mappings
 * of pages on the paging queues, and since 2012 those of the oldest chunks.
 */
#include <stdio.h>

#include "pv_fixture.h"

/* ---- reclaim ------------------------------------------------------------ */

/* Two pages on the active queue, one mapped twice; asserts what is taken. */
static void
test_collect_takes_each_mapping(void **state)
{
	struct machine *mach = *state;
	vm_object_t object = support_object(mach, 4, NULL);
	pmap_t u = fixture_inactive_pmap(mach, "u"),
	       v = fixture_inactive_pmap(mach, "v");
	vm_page_t m[4];
	uint64_t stores;
	unsigned i;

	for (i = 0; i < 4; i++)
		m[i] = support_page(mach, object, i, 0);
	/* 0: read only, 1: written and by two, 2: held, 3: busy. */
	pmap_enter(mach, u, VA, VM_PROT_READ, m[0],
	    VM_PROT_READ | VM_PROT_WRITE, FALSE);
	for (i = 1; i < 4; i++)
		enter(mach, u, VA + ptoa(i), m[i], 1);
	enter(mach, v, VA, m[1], 1);
	pmap_activate(mach, u);
	for (i = 0; i < 4; i++)
		vm_page_use(mach, m[i])->dirty = 0;
	m[2]->hold_count = 1;
	m[3]->busy = 1;
	stores = pmapsim_pte_stores(mach);

	pmap_collect(mach, u, PQ_INACTIVE);
	assert_int_equal(pmapsim_pte_stores(mach), stores);
	pmap_collect(mach, u, PQ_ACTIVE);
	/* Three PTEs, and the PDE of v's table, which is gone. */
	assert_int_equal(pmapsim_pte_stores(mach), stores + 4);
	for (i = 0; i < 4; i++) {
		assert_int_equal(support_pte(mach, u, VA + ptoa(i)) != 0,
		    i >= 2);
		assert_int_equal(TAILQ_EMPTY(&vm_page_md(mach, m[i])->pv_list),
		    i < 2);
		assert_int_equal(vm_page_aflags(mach, m[i]) & PG_REFERENCED,
		    i < 2 ? PG_REFERENCED : 0);
		assert_int_equal(vm_page_aflags(mach, m[i]) & PG_WRITEABLE,
		    i < 2 ? 0 : PG_WRITEABLE);
		assert_int_equal(vm_page_use(mach, m[i])->dirty,
		    i == 1 ? 0xff : 0);
	}
	assert_int_equal(pmapsim_pmap_resident_count(u), 3 + 2);
	assert_int_equal(pmapsim_pmap_resident_count(v), 0);
	assert_true(TAILQ_EMPTY(&v->pm_pvchunk));
	assert_int_equal(mach->pmap->pv_entry_count, 2);
	/* u is on CPU 0, v nowhere. */
	assert_int_equal(mach->cpus[0].local[INVAL_PAGE], 2);
	assert_int_equal(mach->cpus[0].sent[INVAL_PAGE], 0);
	assert_int_equal(mach->pmap->audit_waived, 0);
	m[2]->hold_count = 0;
	m[3]->busy = 0;
}

/*
 * The page table goes before the pv entry; of the pages that both give back
 * the one freed first is handed out first.
 */
static void
test_collect_frees_tables_before_chunks(void **state)
{
	struct machine *mach = *state;
	vm_page_t m = support_page(mach, support_object(mach, 1, NULL), 0, 0);
	pmap_t u = fixture_inactive_pmap(mach, "u");
	vm_paddr_t chunk, pdp;

	/* [PT PD] [PDP x] [chunk x]: x is in use, so these two stay single. */
	pmap_allocpte(mach, u, VA, M_WAITOK)->wire_count--;
	pdp = u->pm_pml4[0] & PG_FRAME;
	if (mach->vm_phys->queues[0][1][0].lcnt > 0)
		vm_page_alloc(mach, NULL, 0, VM_ALLOC_NOOBJ);
	enter(mach, u, VA, m, 1);
	chunk = (vm_paddr_t)((char *)TAILQ_FIRST(&u->pm_pvchunk) -
	    mach->physmem->base);
	while (mach->vm_phys->queues[0][1][0].lcnt > 0)
		vm_page_alloc(mach, NULL, 0, VM_ALLOC_NOOBJ);

	pmap_collect(mach, u, PQ_ACTIVE);
	assert_int_equal(pmapsim_pmap_resident_count(u), 0);
	assert_int_equal(mach->vm_phys->queues[0][1][0].lcnt, 2);
	assert_int_equal(VM_PAGE_TO_PHYS(vm_page_alloc(mach, NULL, 0,
			     VM_ALLOC_NOOBJ)),
	    pdp);
	assert_int_equal(VM_PAGE_TO_PHYS(vm_page_alloc(mach, NULL, 0,
			     VM_ALLOC_NOOBJ)),
	    chunk);
}

static void
test_collect_leaves_superpages(void **state)
{
	struct machine *mach = *state;
	vm_page_t m = fixture_frame(mach);
	pmap_t u = fixture_inactive_pmap(mach, "u"),
	       v = fixture_inactive_pmap(mach, "v");

	enter(mach, u, VA, m, 512);
	enter(mach, v, VA, m + 4, 1);
	pmap_collect(mach, u, PQ_ACTIVE);
	assert_superpage(mach, u, VA);
	assert_not_mapped(mach, v, VA);
	/* Still writeable: by way of the superpage. */
	assert_true(vm_page_aflags(mach, m + 4) & PG_WRITEABLE);
	pmap_remove(mach, u, VA, VA + NBPDR);
}

/* A wired mapping is an assertion's business, else it goes and counts on. */
static void
test_collect_meets_a_wired_mapping(void **state)
{
	static const char *const configs[] = {
	    "mem=32M first=4M kmem=0",
	    "mem=32M first=4M kmem=0 invariants=on",
	};
	struct machine *mach;
	char text[64];
	vm_page_t m;
	pmap_t u;
	unsigned i;

	for (i = 0; i < 2; i++) {
		mach = support_boot(configs[i]);
		m = support_page(mach, support_object(mach, 1, NULL), 0, 0);
		u = fixture_inactive_pmap(mach, "u");
		pmap_enter(mach, u, VA, VM_PROT_READ, m, VM_PROT_READ, TRUE);
		snprintf(text, sizeof(text), "pmap_collect: wired pte %#llx",
		    (unsigned long long)support_pte(mach, u, VA));
		if (i == 1)
			assert_panics(mach, text,
			    pmap_collect(mach, u, PQ_ACTIVE));
		else {
			pmap_collect(mach, u, PQ_ACTIVE);
			assert_not_mapped(mach, u, VA);
			assert_int_equal(pmapsim_pmap_wired_count(u), 1);
			assert_int_equal(mach->pmap->audit_waived,
			    AUDIT_WAIVE_WIRED);
		}
		pmapsim_destroy(mach);
	}
}

/* Inactive pages first, then active ones, then the end. */
static void
test_get_reclaims_in_steps(void **state)
{
	static const struct {
		bool inactive, active; /* pages there that are mapped */
		int collect_inactive, collect_active;
	} cases[] = {
	    {true, true, 1, 0},
	    {false, true, 1, 1},
	    {false, false, 1, 1},
	};
	struct machine *mach;
	struct pv_chunk *c[CHUNKS_MAX];
	vm_page_t m, target;
	vm_object_t object;
	pmap_t u;
	unsigned i, k;

	for (k = 0; k < 3; k++) {
		mach = support_boot("mem=32M first=4M kmem=0 invariants=on");
		object = support_object(mach, 200, NULL);
		u = fixture_inactive_pmap(mach, "u");
		for (i = 0; i < ENTRIES; i++) {
			m = support_page(mach, object, i, 0);
			enter(mach, u, VA + ptoa(i), m, 1);
			/* Others cannot be taken: they are held. */
			m->hold_count = !(i == 5 && cases[k].inactive) &&
			    !(i == 6 && cases[k].active);
			if (i == 5)
				vm_page_deactivate(mach, m);
		}
		target = support_page(mach, object, ENTRIES, 0);
		pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 1, true);
		if (k == 2) {
			assert_panics(mach,
			    "get_pv_entry: increase vm.pmap.shpgperproc",
			    pmap_insert_entry(mach, u, VA + NBPDR, target));
			assert_int_equal(pmapsim_inject_seen(mach,
					     PMAPSIM_INJECT_PV_CHUNK),
			    3);
		} else {
			pmap_insert_entry(mach, u, VA + NBPDR, target);
			/* No page is asked for again: a slot is free. */
			assert_int_equal(pmapsim_inject_seen(mach,
					     PMAPSIM_INJECT_PV_CHUNK),
			    cases[k].collect_inactive +
				cases[k].collect_active);
			assert_int_equal(chunks(u, c), 1);
			assert_ptr_equal(TAILQ_FIRST(&vm_page_md(mach, target)
							  ->pv_list),
			    &c[0]->pc_pventry[k == 0 ? 5 : 6]);
			assert_not_mapped(mach, u, VA + ptoa(k == 0 ? 5 : 6));
			assert_mapped(mach, u, VA + ptoa(k == 0 ? 6 : 5),
			    support_pte(mach, u, VA + ptoa(k == 0 ? 6 : 5)) &
				PG_FRAME);
		}
		assert_int_equal(mach->pmap->pmap_collect_inactive,
		    cases[k].collect_inactive);
		assert_int_equal(mach->pmap->pmap_collect_active,
		    cases[k].collect_active);
		pmapsim_destroy(mach);
	}
}

/* Maps "m" "count" times from "va" on, by entries of their own. */
static void
map_often(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_page_t m,
    unsigned count, vm_prot_t access, unsigned wired)
{
	unsigned i;

	for (i = 0; i < count; i++)
		pmap_enter(mach, pmap, va + ptoa(i), access, m,
		    VM_PROT_READ | VM_PROT_WRITE, i < wired);
}

/* All chunks, the first to be emptied first, are these "n". */
static void
assert_ages(struct machine *mach, unsigned n, struct pv_chunk *const *want)
{
	struct pv_chunk *pc;
	unsigned i;

	pc = TAILQ_FIRST(&mach->pmap->pv_chunks);
	for (i = 0; i < n; i++, pc = TAILQ_NEXT(pc, pc_lru))
		assert_ptr_equal(pc, want[i]);
	assert_null(pc);
}

/*
 * A chunk of one pmap, and nothing in memory for another one: what goes, where
 * the entry for one mapping more comes from, and what is invalidated.  A pmap
 * whose chunk is younger keeps its mapping.
 */
static void
test_reclaim_empties_a_chunk(void **state)
{
	enum { READ, WRITTEN, WIRED, CASES };
	struct machine *mach;
	struct pv_chunk *c[CHUNKS_MAX], *old, *young;
	struct cost cost;
	vm_page_t m, target;
	unsigned i, k, wired;
	int64_t free_count, tables;
	pmap_t other, pmap;

	(void)state;
	for (k = 0; k < CASES; k++) {
		wired = k == WIRED ? 3 : 0;
		mach = support_boot(SMALL_KERNEL("2022-07"));
		pmap = fixture_pmap(mach, "u");
		m = fixture_page(mach);
		target = fixture_page(mach);
		map_often(mach, pmap, VA, m, ENTRIES,
		    k == WRITTEN ? VM_PROT_WRITE : VM_PROT_READ, wired);
		assert_int_equal(chunks(pmap, c), 1);
		old = c[0];
		other = fixture_pmap(mach, "v");
		map_often(mach, other, VA, target, 1, VM_PROT_READ, 0);
		assert_int_equal(chunks(other, c), 1);
		young = c[0];
		tables = pmapsim_pmap_resident_count(pmap) - ENTRIES;
		free_count = support_sysctl(mach, "vm.stats.vm.v_free_count");
		pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 1, true);
		cost = fixture_cost(mach);
		pmap_enter(mach, pmap, VA + ptoa(200), VM_PROT_READ, target,
		    VM_PROT_READ, FALSE);
		assert_cost(mach, &cost, .all = 1,
		    .stores = ENTRIES - wired + 1);
		for (i = 0; i < ENTRIES; i++)
			assert_int_equal(support_pte(mach, pmap,
					     VA + ptoa(i)) != 0,
			    i < wired);
		assert_mapped(mach, pmap, VA + ptoa(200),
		    VM_PAGE_TO_PHYS(target));
		assert_counts(pmap, tables + wired + 1, wired);
		assert_page(m, wired != 0, 1, k == WRITTEN ? 0xff : 0, wired);
		/* Empty, the chunk's page is one for a new chunk. */
		assert_int_equal(chunks(pmap, c), 1);
		assert_ptr_equal(c[0], old);
		assert_int_equal(mach->pmap->pv_entry_count, wired + 2);
		assert_int_equal(mach->pmap->pv_entry_spare,
		    2 * ENTRIES - wired - 2);
		assert_int_equal(mach->pmap->pv_entry_frees, ENTRIES - wired);
		assert_ages(mach, 2,
		    wired == 0 ? (struct pv_chunk *[]) {young, old} :
				 (struct pv_chunk *[]) {old, young});
		assert_int_equal(mach->pmap->pc_chunk_frees, wired == 0);
		assert_sysctl(mach, "vm.stats.vm.v_free_count", free_count);
		support_destroy(mach);
	}
}

/* A chunk that has entries again is the first of its pmap's. */
static void
test_reclaim_moves_a_chunk_to_the_head(void **state)
{
	struct machine *mach = support_boot(SMALL_KERNEL("2022-07"));
	struct pv_chunk *c[CHUNKS_MAX], *old, *young;
	vm_page_t m;
	pmap_t u;

	(void)state;
	u = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	map_often(mach, u, VA, m, 2 * ENTRIES, VM_PROT_READ, 1);
	assert_int_equal(chunks(u, c), 2);
	young = TAILQ_LAST(&mach->pmap->pv_chunks, pv_chunk_list);
	old = TAILQ_FIRST(&mach->pmap->pv_chunks);
	pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 1, true);
	pmap_enter(mach, u, NEXT, VM_PROT_READ, m, VM_PROT_READ, FALSE);
	assert_int_equal(chunks(u, c), 2);
	assert_ptr_equal(c[0], old);
	assert_ptr_equal(c[1], young);
	assert_ages(mach, 2, (struct pv_chunk *[]) {old, young});
	assert_page(m, TRUE, 1, 0, 1 + ENTRIES + 1);
	support_destroy(mach);
}

/* Only 9.0 looks at pages that nobody maps (D5). */
static void
test_collect_clears_writeable(void **state)
{
	static const char *const kernels[] = {"2010-04", "9.0"};
	struct machine *mach;
	vm_page_t held, m;
	vm_object_t object;
	char config[128];
	unsigned k;

	for (k = 0; k < 2; k++) {
		snprintf(config, sizeof(config), "%s kernel=%s", SUPPORT_SMALL,
		    kernels[k]);
		mach = support_boot(config);
		object = support_object(mach, 2, NULL);
		m = support_page(mach, object, 0, 0);
		held = support_page(mach, object, 1, 0);
		vm_page_aflag_set(mach, m, PG_WRITEABLE);
		vm_page_aflag_set(mach, held, PG_WRITEABLE);
		held->hold_count = 1;
		pmap_collect(mach, kernel_pmap, PQ_ACTIVE);
		assert_int_equal(vm_page_aflags(mach, m) & PG_WRITEABLE,
		    k == 0 ? PG_WRITEABLE : 0);
		assert_int_equal(vm_page_aflags(mach, held) & PG_WRITEABLE,
		    PG_WRITEABLE);
		pmapsim_destroy(mach);
	}
}

/* ---- reclaim of chunks, 2022 --------------------------------------------- */

/*
 * A full chunk of the kernel's: all of its mappings go but the wired one, and
 * the asker gets an entry of it.  Global ones are invalidated one by one.
 */
static void
test_reclaim_takes_all_but_the_wired(void **state)
{
	enum { WIRED = 3, LOCAL = 5, UNUSED = 70, FIRST_WRITTEN = 100 };
	struct machine *mach;
	struct cost cost;
	vm_offset_t va;
	pt_entry_t pte;
	vm_page_t m;
	unsigned i;

	mach = support_boot(SMALL_KERNEL("2022-07"));
	m = support_pages(mach, support_object(mach, ENTRIES + 1, NULL), 0,
	    ENTRIES + 1, VM_ALLOC_NORMAL);
	va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach), NBPDR);
	for (i = 0; i < ENTRIES; i++) {
		pmap_enter(mach, kernel_pmap, va + ptoa(i),
		    i < FIRST_WRITTEN ? VM_PROT_READ : VM_PROT_WRITE, m + i,
		    PROT_RW, i == WIRED);
		fixture_set_pte(mach, kernel_pmap, va + ptoa(i), 0,
		    (i == LOCAL ? PG_G : 0) | (i == UNUSED ? PG_A : 0));
		vm_page_use(mach, &m[i])->dirty = 0;
	}
	pte = support_pte(mach, kernel_pmap, va + ptoa(WIRED));
	cost = fixture_cost(mach);
	pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 1, false);
	pmap_enter(mach, kernel_pmap, va + ptoa(ENTRIES), VM_PROT_READ,
	    m + ENTRIES, PROT_R, FALSE);
	/* All but the wired one, and the new one; those that are global. */
	assert_cost(mach, &cost, .stores = ENTRIES - 1 + 1, .page = ENTRIES - 2,
	    .all = 1, .sent = ENTRIES - 2 + 1);
	for (i = 0; i < ENTRIES; i++) {
		assert_pte(mach, kernel_pmap, va + ptoa(i),
		    i == WIRED ? pte : 0);
		assert_page(m + i, i == WIRED, i != WIRED && i != UNUSED,
		    i < FIRST_WRITTEN ? 0 : VM_PAGE_BITS_ALL, i == WIRED);
	}
	assert_mapped(mach, kernel_pmap, va + ptoa(ENTRIES),
	    VM_PAGE_TO_PHYS(m + ENTRIES));
	assert_counts(kernel_pmap, 2, 1);
	assert_int_equal(mach->pmap->pv_entry_count, 2);
	assert_int_equal(mach->pmap->pv_entry_spare, ENTRIES - 2);
	assert_int_equal(mach->pmap->pc_chunk_count, 1);
	support_destroy(mach);
}

/*
 * The oldest chunk has nothing to give, and of the next one, a wired mapping
 * keeps it: of the two page tables that become empty the one that is freed last
 * is the asker's new chunk.  Those that were looked at are the newest then.
 */
static void
test_reclaim_makes_a_chunk_of_a_table(void **state)
{
	struct pv_chunk *c[CHUNKS_MAX];
	struct machine *mach;
	unsigned i, unused, wired;
	struct cost cost;
	vm_page_t m, ptp;
	pmap_t order[4], u, v, w;
	struct pv_chunk *pc;

	mach = support_boot(SMALL_KERNEL("2022-07"));
	u = fixture_pmap(mach, "u");
	v = fixture_pmap(mach, "v");
	w = fixture_pmap(mach, "w");
	m = fixture_page(mach);
	for (i = 0; i < ENTRIES; i++)
		pmap_enter(mach, w, VA + ptoa(i), VM_PROT_READ, m, PROT_R,
		    TRUE);
	for (i = 0; i < ENTRIES; i++)
		pmap_enter(mach, v, VA + (i + 99) / 100 * NBPDR + ptoa(i),
		    VM_PROT_READ, m, PROT_R, i == 0);
	for (i = 0; i < ENTRIES; i++)
		pmap_enter(mach, u, VA + ptoa(i), VM_PROT_READ, m, PROT_R,
		    FALSE);
	/* The PML4 page, a PDP page and a directory, and one table or three. */
	assert_counts(u, ENTRIES + 3 + 1, 0);
	assert_counts(v, ENTRIES + 3 + 3, 1);
	ptp = phys_to_vm_page(mach,
	    support_pde(mach, v, VA + 2 * NBPDR) & PG_FRAME);
	unused = mach->cnt.v_free_count;
	wired = mach->cnt.v_wire_count;
	cost = fixture_cost(mach);
	pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 1, false);
	pmap_enter(mach, u, VA + ptoa(ENTRIES), VM_PROT_READ, m, PROT_R, FALSE);
	/* The PTEs, the PDEs of two tables, and the new mapping. */
	assert_cost(mach, &cost, .stores = ENTRIES - 1 + 2 + 1, .all = 2);
	assert_counts(u, ENTRIES + 1 + 3 + 1, 0);
	assert_counts(v, 1 + 3 + 1, 1);
	assert_counts(w, ENTRIES + 3 + 1, ENTRIES);
	assert_page(m, 0, 1, 0, 1 + 2 * ENTRIES + 1);
	assert_int_equal(mach->pmap->pv_entry_count, 1 + 2 * ENTRIES + 1);
	assert_int_equal(mach->pmap->pc_chunk_count, 4);
	assert_int_equal(chunks(u, c), 2);
	assert_ptr_equal(pmap_pv_chunk_page(mach, c[0]), ptp);
	assert_int_equal(ptp->wire_count, 1);
	order[0] = order[3] = u;
	order[1] = w;
	order[2] = v;
	i = 0;
	TAILQ_FOREACH(pc, &mach->pmap->pv_chunks, pc_lru) {
		assert_true(i < 4);
		assert_ptr_equal(pc->pc_pmap, order[i++]);
	}
	assert_ptr_equal(TAILQ_LAST(&mach->pmap->pv_chunks, pv_chunk_list),
	    c[0]);
	/* The other table is free, this one has another use. */
	assert_int_equal(mach->cnt.v_free_count, unused + 1);
	assert_int_equal(mach->cnt.v_wire_count, wired - 1);
	support_destroy(mach);
}

/* Where all is wired the search ends when it has seen each chunk. */
static void
test_reclaim_of_wired_mappings_stops(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m;
	unsigned i;
	pmap_t u;

	mach = support_boot(SMALL_KERNEL("2022-07"));
	u = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	for (i = 0; i < 2 * ENTRIES; i++)
		pmap_enter(mach, u, VA + ptoa(i), VM_PROT_READ, m, PROT_R,
		    TRUE);
	cost = fixture_cost(mach);
	pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 1, false);
	assert_panics(mach,
	    "get_pv_entry: no memory, and all mappings of 4 KB are wired",
	    pmap_enter(mach, u, VA + ptoa(i), VM_PROT_READ, m, PROT_R, TRUE));
	assert_true(pmapsim_panic(mach)->simulator);
	assert_cost(mach, &cost, .all = 1);
	support_destroy(mach);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_unaudited_test(test_collect_takes_each_mapping),
	    support_unaudited_test(test_collect_frees_tables_before_chunks),
	    support_test(test_collect_leaves_superpages),
	    cmocka_unit_test(test_collect_meets_a_wired_mapping),
	    cmocka_unit_test(test_get_reclaims_in_steps),
	    cmocka_unit_test(test_reclaim_empties_a_chunk),
	    cmocka_unit_test(test_reclaim_moves_a_chunk_to_the_head),
	    cmocka_unit_test(test_collect_clears_writeable),
	    cmocka_unit_test(test_reclaim_takes_all_but_the_wired),
	    cmocka_unit_test(test_reclaim_makes_a_chunk_of_a_table),
	    cmocka_unit_test(test_reclaim_of_wired_mappings_stops),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
