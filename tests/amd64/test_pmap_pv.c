/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pv entries: the lists of pages and of superpages, and what stops a machine
 * whose lists have gone wrong.
 */
#include "pv_fixture.h"

/* Lists are appended to at the tail and searched from the head. */
static void
test_list_order(void **state)
{
	struct machine *mach = *state;
	vm_page_t m = support_page(mach, support_object(mach, 1, NULL), 0, 0);
	pmap_t u = fixture_inactive_pmap(mach, "u"),
	       v = fixture_inactive_pmap(mach, "v");
	const struct {
		pmap_t pmap;
		vm_offset_t va;
	} want[] = {{u, VA}, {v, VA}, {u, VA + PAGE_SIZE}, {u, VA}};
	pv_entry_t pv, second;
	unsigned i;

	vm_page_aflag_set(mach, m, PG_WRITEABLE);
	for (i = 0; i < 4; i++)
		pmap_insert_entry(mach, want[i].pmap, want[i].va, m);
	i = 0;
	TAILQ_FOREACH(pv, &vm_page_md(mach, m)->pv_list, pv_list) {
		assert_ptr_equal(pv_pmap(pv), want[i].pmap);
		assert_int_equal(pv->pv_va, want[i].va);
		i++;
	}
	assert_int_equal(i, 4);
	/* Of two that match the one nearer to the head. */
	second = TAILQ_LAST(&vm_page_md(mach, m)->pv_list, pv_list);
	assert_ptr_not_equal(pmap_pvh_remove(mach, vm_page_md(mach, m), u, VA),
	    second);
	assert_null(pmap_pvh_remove(mach, vm_page_md(mach, m), v,
	    VA + PAGE_SIZE));
	assert_ptr_equal(pmap_pvh_remove(mach, vm_page_md(mach, m), u, VA),
	    second);
	pmap_pvh_free(mach, vm_page_md(mach, m), u, VA + PAGE_SIZE);
	assert_true(vm_page_aflags(mach, m) & PG_WRITEABLE);
	pmap_remove_entry(mach, v, m, VA);
	assert_true(TAILQ_EMPTY(&vm_page_md(mach, m)->pv_list));
	assert_false(vm_page_aflags(mach, m) & PG_WRITEABLE);
}

/* A 2 MB mapping of the frame keeps the page writeable. */
static void
test_remove_entry_looks_at_both_lists(void **state)
{
	struct machine *mach = *state;
	vm_page_t m = fixture_frame(mach);
	pmap_t u = fixture_inactive_pmap(mach, "u");

	vm_page_aflag_set(mach, m + 7, PG_WRITEABLE);
	pmap_insert_entry(mach, u, VA, m + 7);
	assert_true(pmap_pv_insert_pde(mach, u, VA, VM_PAGE_TO_PHYS(m)));
	pmap_remove_entry(mach, u, m + 7, VA);
	assert_true(vm_page_aflags(mach, m + 7) & PG_WRITEABLE);
	pmap_insert_entry(mach, u, VA, m + 7);
	pmap_pvh_free(mach, pa_to_pvh(mach, VM_PAGE_TO_PHYS(m)), u, VA);
	pmap_remove_entry(mach, u, m + 7, VA);
	assert_false(vm_page_aflags(mach, m + 7) & PG_WRITEABLE);
}

/* Not at the high water mark; and a failure keeps pv_entry_allocs. */
static void
test_try_insert_fails_quietly(void **state)
{
	struct machine *mach = *state;
	vm_page_t m = fixture_frame(mach);
	pmap_t u = fixture_inactive_pmap(mach, "u");
	struct pv_counts want = pv_counts(mach);
	boolean_t done;
	unsigned i;

	for (i = 0; i < 2; i++) {
		pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 1, false);
		done = i == 0 ?
		    pmap_try_insert_pv_entry(mach, u, VA, m) :
		    pmap_pv_insert_pde(mach, u, VA, VM_PAGE_TO_PHYS(m));
		assert_false(done);
		want.allocs++;
		want.tryfail++;
		assert_pv_counts(mach, &want);
	}
	mach->pmap->pv_entry_high_water = 0;
	for (i = 0; i < 2; i++) {
		done = i == 0 ?
		    pmap_try_insert_pv_entry(mach, u, VA, m) :
		    pmap_pv_insert_pde(mach, u, VA, VM_PAGE_TO_PHYS(m));
		assert_false(done);
		assert_pv_counts(mach, &want);
	}
	assert_true(TAILQ_EMPTY(&vm_page_md(mach, m)->pv_list));
	/* One below the mark is enough; who cannot do without gets it. */
	mach->pmap->pv_entry_high_water = 1;
	assert_true(pmap_try_insert_pv_entry(mach, u, VA, m));
	assert_false(pmap_try_insert_pv_entry(mach, u, VA, m));
	pmap_insert_entry(mach, u, VA, m);
	assert_int_equal(mach->pmap->pv_entry_count, 2);
}

static void
test_panics_and_traps(void **state)
{
	static const struct {
		const char *assertion, *trap;
	} texts[] = {
	    {"pmap_pvh_free: pv not found",
		"pmap_pvh_free: page fault trap: no pv entry for va "
		"0x40000000"},
	    {"pmap_pv_promote_pde: pv not found",
		"pmap_pv_promote_pde: page fault trap: no pv entry for va "
		"0x40000000"},
	    {"pmap_pv_demote_pde: pv not found",
		"pmap_pv_demote_pde: page fault trap: no pv entry for va "
		"0x40000000"},
	    {"pmap_pv_promote_pde: pa is not 2mpage aligned", NULL},
	    {"pmap_pv_demote_pde: pa is not 2mpage aligned", NULL},
	    {"pmap_pv_demote_pde: page PTR is not managed", NULL},
	};
	struct machine *mach;
	const char *text;
	unsigned i, invariants;
	vm_paddr_t pa;
	vm_page_t m;
	pmap_t u;

	for (i = 0; i < 6; i++)
		for (invariants = 0; invariants < 2; invariants++) {
			text = invariants ? texts[i].assertion : texts[i].trap;
			if (text == NULL)
				continue;
			mach = support_boot(invariants ?
				"mem=32M first=4M kmem=0 invariants=on" :
				"mem=32M first=4M kmem=0");
			m = fixture_frame(mach);
			pa = VM_PAGE_TO_PHYS(m);
			u = fixture_inactive_pmap(mach, "u");
			if (i == 0)
				assert_panics(mach, text,
				    pmap_pvh_free(mach, vm_page_md(mach, m), u,
					VA));
			else if (i == 1 || i == 3)
				assert_panics(mach, text,
				    pmap_pv_promote_pde(mach, u, VA + 5,
					i == 1 ? pa : pa + PAGE_SIZE));
			else {
				if (i == 5) {
					pmap_pv_insert_pde(mach, u, VA, pa);
					vm_page_flag_set(m + 9, PG_UNMANAGED);
				}
				assert_panics(mach, text,
				    pmap_pv_demote_pde(mach, u, VA + 5,
					i == 4 ? pa + PAGE_SIZE : pa));
			}
			pmapsim_destroy(mach);
		}
}

/* The list of a page's superpages is that of its address. */
static void
test_frame_lists_are_found(void **state)
{
	struct machine *mach = *state;
	vm_paddr_t pa;

	for (pa = 0; pa < mach->config.mem; pa += PAGE_SIZE)
		assert_ptr_equal(page_to_pvh(mach, phys_to_vm_page(mach, pa)),
		    pa_to_pvh(mach, pa));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_unaudited_test(test_list_order),
	    support_unaudited_test(test_remove_entry_looks_at_both_lists),
	    support_unaudited_test(test_try_insert_fails_quietly),
	    support_test(test_frame_lists_are_found),
	    cmocka_unit_test(test_panics_and_traps),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
