/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reclaim for want of pv entries, in its rarer forms: mappings without use,
 * pages below superpages, and the entries that a demotion sets aside.
 */
#include "amd64/pmap_fixture.h"

#define RESERVE " kernel=2010-04+reserve-pv-before-demotion"

/* A mapping that was never used says nothing of its page. */
static void
test_collect_of_unused_mapping(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	vm_page_t m;
	pmap_t pmap;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	vm_page_use(mach, m)->dirty = 0;
	pmap_enter_quick(mach, pmap, UVA, m, PROT_R);
	assert_counts(pmap, 1 + 3, 0);
	cost = fixture_cost(mach);
	pmap_collect(mach, pmap, PQ_ACTIVE);
	/* The PTE, and the PDE of its table. */
	assert_cost(mach, &cost, .stores = 2, .page = 1);
	assert_counts(pmap, 0, 0);
	assert_page(m, 0, 0, 0, 0);
	assert_int_equal(mach->pmap->pv_entry_count, 0);
	assert_int_equal(mach->pmap->pc_chunk_count, 0);
	assert_int_equal(mach->pmap->audit_waived, 0);
}

/* 9.0 looks at each page, but a superpage is a mapping too. */
static void
test_collect_keeps_writeable_below_superpage(void **state)
{
	struct machine *mach;
	vm_page_t alone, m;
	pmap_t pmap;
	unsigned i;

	mach = support_boot(SUPPORT_SMALL " kernel=9.0");
	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	alone = fixture_page(mach);
	fixture_promote(mach, pmap, m);
	vm_page_aflag_set(mach, alone, PG_WRITEABLE);
	pmap_collect(mach, pmap, PQ_ACTIVE);
	assert_superpage(mach, pmap, UVA);
	for (i = 0; i < NPTEPG; i++)
		assert_page(m + i, 1, 0, vm_page_use(mach, &m[i])->dirty, 0);
	assert_page(alone, 0, 0, vm_page_use(mach, alone)->dirty, 0);
	support_destroy(mach);
}

/* A superpage, and a page on each queue that could be taken. */
struct scene {
	pmap_t pmap;
	vm_page_t m, inactive, active;
};

static void
scene_set(struct machine *mach, struct scene *s)
{
	unsigned i;

	s->pmap = fixture_pmap(mach, "u");
	s->m = fixture_frame(mach);
	fixture_promote(mach, s->pmap, s->m);
	for (i = 0; i < NPTEPG; i++)
		vm_page_use(mach, &s->m[i])->dirty = 0;
	s->inactive = fixture_page(mach);
	s->active = fixture_page(mach);
	vm_page_deactivate(mach, s->inactive);
	pmap_enter(mach, s->pmap, UVA + NBPDR, 0, s->inactive, PROT_R, FALSE);
	pmap_enter(mach, s->pmap, UVA + NBPDR + PAGE_SIZE, 0, s->active, PROT_R,
	    FALSE);
	assert_int_equal(mach->pmap->pv_entry_count, 3);
	assert_int_equal(mach->pmap->pc_chunk_count, 1);
}

/* 511 entries at once: three chunks more, and one mapping for the first. */
static void
test_reserve_reclaims_inactive(void **state)
{
	struct machine *mach;
	struct scene s;
	struct cost cost;
	unsigned i;

	mach = support_boot(SUPPORT_SMALL RESERVE);
	scene_set(mach, &s);
	pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 1, false);
	cost = fixture_cost(mach);
	assert_true(pmap_demote_pde(mach, s.pmap, pmap_pde(mach, s.pmap, UVA),
	    UVA));
	/* The PTE that was taken, and the PDE. */
	assert_cost(mach, &cost, .stores = 2, .demotions = 1, .page = 1);
	assert_int_equal(pmapsim_inject_seen(mach, PMAPSIM_INJECT_PV_CHUNK),
	    1 + 3);
	assert_int_equal(mach->pmap->pmap_collect_inactive, 1);
	assert_int_equal(mach->pmap->pmap_collect_active, 0);
	assert_pte(mach, s.pmap, UVA + NBPDR, 0);
	assert_page(s.inactive, 0, 1, vm_page_use(mach, s.inactive)->dirty, 0);
	assert_page(s.active, 0, 0, vm_page_use(mach, s.active)->dirty, 1);
	/* None of the superpage's own was there to be taken. */
	for (i = 0; i < NPTEPG; i++) {
		assert_pte(mach, s.pmap, UVA + ptoa(i),
		    VM_PAGE_TO_PHYS(s.m + i) | PTE_WRITTEN);
		assert_page(s.m + i, 1, 0, 0, 1);
	}
	assert_counts(s.pmap, NPTEPG + 1 + 4, 0);
	assert_int_equal(mach->pmap->pv_entry_count, NPTEPG + 1);
	assert_int_equal(mach->pmap->pc_chunk_count, 4);
	assert_int_equal(mach->pmap->pv_entry_spare, 4 * _NPCPV - NPTEPG - 1);
	support_destroy(mach);
}

/* Without any memory it ends as ever, the superpage untouched. */
static void
test_reserve_without_memory_panics(void **state)
{
	struct machine *mach;
	struct scene s;
	struct cost cost;

	mach = support_boot(SUPPORT_SMALL RESERVE);
	scene_set(mach, &s);
	pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 1, true);
	cost = fixture_cost(mach);
	assert_panics(mach, "get_pv_entry: increase vm.pmap.shpgperproc",
	    pmap_demote_pde(mach, s.pmap, pmap_pde(mach, s.pmap, UVA), UVA));
	assert_string_equal(pmapsim_panic(mach)->frames[0],
	    "reserve_pv_entries");
	assert_int_equal(pmapsim_inject_seen(mach, PMAPSIM_INJECT_PV_CHUNK), 3);
	assert_int_equal(mach->pmap->pmap_collect_inactive, 1);
	assert_int_equal(mach->pmap->pmap_collect_active, 1);
	/* Both pages went, and with them their table's PDE. */
	assert_cost(mach, &cost, .stores = 3, .page = 2);
	assert_page(s.inactive, 0, 1, vm_page_use(mach, s.inactive)->dirty, 0);
	assert_page(s.active, 0, 1, vm_page_use(mach, s.active)->dirty, 0);
	assert_superpage(mach, s.pmap, UVA);
	assert_true(pmap_page_exists_quick(mach, s.pmap, s.m + 9));
	assert_counts(s.pmap, NPTEPG + 3, 0);
	support_destroy(mach);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_collect_of_unused_mapping),
	    cmocka_unit_test(test_collect_keeps_writeable_below_superpage),
	    cmocka_unit_test(test_reserve_reclaims_inactive),
	    cmocka_unit_test(test_reserve_without_memory_panics),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
