/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory pressure: what the page daemon frees, what it leaves, and where a
 * thread that sleeps for memory goes on or stops.
 */
#include "vm/vm_state.h"

#include "vm/pmap.h"
#include "vm/vm_object.h"
#include "vm/vm_pageout.h"

#define VA UINT64_C(0x800000000)

/* 1024 free pages: minimum 47, target 137. */
#define CONFIG "mem=24M first=20M kmem=0 ncpu=1 invariants=on"

static int
setup(void **state)
{

	*state = support_boot(CONFIG);
	return (0);
}

#define pageout_test(test) \
	cmocka_unit_test_setup_teardown((test), setup, vm_state_teardown)

static int64_t
free_count(struct machine *mach)
{

	return (support_sysctl(mach, "vm.stats.vm.v_free_count"));
}

/* Takes pages of no object until "left" are free. */
static void
take_all_but(struct machine *mach, int64_t left)
{

	while (free_count(mach) > left)
		assert_non_null(vm_page_alloc(mach, NULL, 0,
		    VM_ALLOC_NOOBJ | VM_ALLOC_INTERRUPT));
}

static pmap_t
user_pmap(struct machine *mach)
{
	pmap_t pmap;

	pmap = pmapsim_pmap_create(mach, "p");
	assert_true(pmap_pinit(mach, pmap));
	return (pmap);
}

static void
enter(struct machine *mach, pmap_t pmap, int i, vm_page_t m, vm_prot_t access)
{

	pmap_enter(mach, pmap, VA + ptoa(i), access, m,
	    VM_PROT_READ | VM_PROT_WRITE, FALSE);
}

static void
test_wakeup_is_remembered(void **state)
{
	struct machine *mach = *state;

	assert_sysctl(mach, "pmapsim.pages_needed", 0);
	pagedaemon_wakeup(mach);
	assert_sysctl(mach, "pmapsim.pages_needed", 1);
	pagedaemon_wakeup(mach);
	assert_sysctl(mach, "pmapsim.pages_needed", 1);
}

/* With enough free pages it touches none. */
static void
test_pageout_does_nothing_without_shortage(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;

	object = support_object(mach, 10, NULL);
	m = support_page(mach, object, 0, 0);
	vm_page_deactivate(mach, m);
	m = support_page(mach, object, 1, 0);
	pagedaemon_wakeup(mach);
	vm_pageout(mach);
	assert_int_equal(object->resident_page_count, 2);
	assert_int_equal(m->act_count, ACT_INIT);
	assert_sysctl(mach, "pmapsim.pages_needed", 0);
}

/* Clean inactive pages are freed, the first deactivated first. */
static void
test_pageout_frees_clean_inactive_pages(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	int i;

	object = support_object(mach, 1000, NULL);
	for (i = 0; i < 200; i++)
		vm_page_deactivate(mach, support_page(mach, object, i, 0));
	take_all_but(mach, 37);
	assert_sysctl(mach, "pmapsim.pages_needed", 1);
	vm_pageout(mach);
	/* As many as the target wants, and no more. */
	assert_int_equal(free_count(mach), 137);
	assert_int_equal(object->resident_page_count, 100);
	assert_null(vm_page_lookup(mach, object, 99));
	assert_non_null(vm_page_lookup(mach, object, 100));
	assert_sysctl(mach, "pmapsim.pages_needed", 0);
	assert_sysctl(mach, "vm.stats.vm.v_inactive_count", 100);
	assert_false(mach->vm_page->pageproc);
}

/* Refused allocations are made good too. */
static void
test_pageout_counts_the_deficit(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	int i;

	object = support_object(mach, 1000, NULL);
	for (i = 0; i < 200; i++)
		vm_page_deactivate(mach, support_page(mach, object, i, 0));
	take_all_but(mach, 37);
	for (i = 0; i < 3; i++)
		assert_null(vm_page_alloc(mach, object, 900, 0));
	vm_pageout(mach);
	assert_int_equal(free_count(mach), 140);
	assert_sysctl(mach, "pmapsim.pageout_deficit", 0);
}

/*
 * Each reason for which an inactive page stays; only one without goes.  A
 * dirty one is tried to be written, of which its object keeps a trace.
 */
static void
test_pageout_leaves_pages_in_use(void **state)
{
	struct machine *mach;
	vm_object_t object;
	vm_page_t m;
	int k;

	for (k = 0; k < 6; k++) {
		mach = support_boot(CONFIG);
		object = support_object(mach, 10, NULL);
		m = support_page(mach, object, 0, 0);
		vm_page_deactivate(mach, m);
		take_all_but(mach, 30);
		switch (k) {
		case 0:
			vm_page_dirty(mach, m);
			break;
		case 1:
			vm_page_hold(mach, m);
			break;
		case 2:
			vm_page_busy(mach, m);
			break;
		case 3:
			vm_page_io_start(mach, m);
			break;
		case 4:
			m->valid = 0;
			break; /* holds nothing at all */
		}
		/* Too few are free for a sleeper in any case. */
		assert_false(vm_pageout(mach));
		assert_int_equal(object->resident_page_count, k < 4);
		assert_int_equal(free_count(mach), k < 4 ? 30 : 31);
		if (k > 0 && k < 4)
			assert_int_equal(m->queue, PQ_INACTIVE);
		assert_int_equal(object->type,
		    k == 0 ? OBJT_SWAP : OBJT_DEFAULT);
		/* So few are free that they are still needed. */
		assert_sysctl(mach, "pmapsim.pages_needed", 1);
		support_destroy(mach);
	}
}

/*
 * A file's dirty pages, and those of an object that ends, are not written: they
 * go to the end of the queue.  A page that is read or written keeps its place.
 */
static void
test_pageout_writes_anonymous_memory_only(void **state)
{
	enum { ANONYMOUS, FILE, DEAD, DEAD_FILE, CASES };
	struct machine *mach;
	vm_object_t object, other;
	vm_page_t busy, m;
	int i;

	(void)state;
	for (i = 0; i < CASES; i++) {
		mach = support_boot(CONFIG);
		object = support_object(mach, 10, NULL);
		other = support_object(mach, 10, NULL);
		m = support_page(mach, object, 0, 0);
		vm_page_dirty(mach, m);
		if (i == FILE || i == DEAD_FILE)
			object->type = OBJT_VNODE;
		if (i == DEAD || i == DEAD_FILE)
			object->flags |= OBJ_DEAD;
		vm_page_deactivate(mach, m);
		/* It has had its second round. */
		vm_page_set_flags(m, PG_WINATCFLS);
		busy = support_page(mach, other, 0, 0);
		vm_page_deactivate(mach, busy);
		vm_page_busy(mach, busy);
		take_all_but(mach, 136);
		vm_pageout(mach);
		assert_int_equal(object->type,
		    i == ANONYMOUS ? OBJT_SWAP :
			i == DEAD  ? OBJT_DEFAULT :
				     OBJT_VNODE);
		assert_int_equal(vm_page_use(mach, m)->dirty, VM_PAGE_BITS_ALL);
		if (i != ANONYMOUS) {
			assert_int_equal(m->queue, PQ_INACTIVE);
			assert_ptr_equal(TAILQ_NEXT(busy, pageq), m);
		}
		object->flags &= (uint16_t)~OBJ_DEAD;
		vm_page_wakeup(mach, busy);
		assert_audit(mach);
		support_destroy(mach);
	}
}

/*
 * A reference, in the flag or in a mapping, makes a page active again; a
 * mapping that wrote makes it dirty, and it stays where it is.
 */
static void
test_pageout_reactivates_referenced_pages(void **state)
{
	struct machine *mach;
	vm_object_t object;
	vm_page_t m[5];
	pmap_t pmap;
	int i;

	mach = support_boot("mem=32M first=4M kmem=0 invariants=on");
	object = support_object(mach, 1000, NULL);
	pmap = user_pmap(mach);
	for (i = 0; i < 5; i++) {
		m[i] = support_page(mach, object, i, 0);
		m[i]->act_count = 2;
	}
	enter(mach, pmap, 0, m[0], VM_PROT_READ);
	enter(mach, pmap, 1, m[1], VM_PROT_WRITE);
	enter(mach, pmap, 3, m[3], VM_PROT_READ);
	enter(mach, pmap, 4, m[4], VM_PROT_READ);
	for (i = 0; i < 5; i++)
		pmap_clear_reference(mach, m[i]);
	for (i = 0; i < 4; i += 3)
		assert_false(pmapsim_touch(mach, pmap, VA + ptoa(i),
		    PMAPSIM_ACCESS_READ | PMAPSIM_ACCESS_USER)
				 .fault);
	for (i = 2; i < 4; i++)
		vm_page_aflag_set(mach, m[i], PG_REFERENCED);
	for (i = 0; i < 5; i++)
		vm_page_deactivate(mach, m[i]);
	/* Enough behind them that one pass will do. */
	for (i = 10; i < 110; i++)
		vm_page_deactivate(mach, support_page(mach, object, i, 0));
	take_all_but(mach,
	    (int64_t)mach->cnt.v_free_target + mach->cnt.v_cache_min - 50);
	mach->cnt.v_inactive_target = 0;
	vm_pageout(mach);
	assert_int_equal(vm_paging_target(mach), 0);
	for (i = 0; i < 4; i++) {
		assert_ptr_equal(vm_page_lookup(mach, object, i), m[i]);
		assert_int_equal(m[i]->queue, i == 1 ? PQ_INACTIVE : PQ_ACTIVE);
		assert_int_equal(vm_page_use(mach, m[i])->dirty,
		    i == 1 ? VM_PAGE_BITS_ALL : 0);
		/* ACT_INIT, ACT_ADVANCE, and the references. */
		assert_int_equal(m[i]->act_count, i == 1 ? 2 : i == 3 ? 10 : 9);
		assert_int_equal(vm_page_aflags(mach, m[i]) & PG_REFERENCED, 0);
		assert_false(pmap_is_referenced(mach, m[i]));
	}
	/* Known to be dirty it is not even unmapped. */
	assert_mapped(mach, pmap, VA + ptoa(1), vm_page_to_phys(mach, m[1]));
	/* Mapped and not referenced: unmapped and freed. */
	assert_null(vm_page_lookup(mach, object, 4));
	assert_not_mapped(mach, pmap, VA + ptoa(4));
	assert_null(vm_page_lookup(mach, object, 58));
	assert_non_null(vm_page_lookup(mach, object, 60));
	assert_audit(mach);
	support_destroy(mach);
}

/* A page that is held stays where it is, referenced or without contents. */
static void
test_pageout_leaves_held_pages(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m[2];
	int i;

	object = support_object(mach, 1000, NULL);
	for (i = 0; i < 2; i++) {
		m[i] = support_page(mach, object, i, 0);
		vm_page_hold(mach, m[i]);
		vm_page_deactivate(mach, m[i]);
	}
	vm_page_aflag_set(mach, m[0], PG_REFERENCED);
	m[1]->valid = 0;
	for (i = 10; i < 110; i++)
		vm_page_deactivate(mach, support_page(mach, object, i, 0));
	take_all_but(mach, 20);
	vm_pageout(mach);
	for (i = 0; i < 2; i++) {
		assert_ptr_equal(vm_page_lookup(mach, object, i), m[i]);
		assert_int_equal(m[i]->queue, PQ_INACTIVE);
		assert_int_equal(m[i]->hold_count, 1);
	}
	m[1]->valid = VM_PAGE_BITS_ALL;
	for (i = 0; i < 2; i++)
		vm_page_unhold(mach, m[i]);
}

/* Active pages age, become inactive, and are freed. */
static void
test_pageout_ages_active_pages(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	int i;

	object = support_object(mach, 1000, NULL);
	for (i = 0; i < 300; i++)
		support_page(mach, object, i, 0)->act_count = (uint8_t)(1 +
		    i % ACT_MAX);
	take_all_but(mach, 20);
	/* Each sleeper is woken as soon as there is enough for him alone. */
	for (i = 0; i < 100 && free_count(mach) < 137; i++)
		vm_wait(mach);
	assert_int_equal(free_count(mach), 137);
	assert_int_equal(object->resident_page_count, 300 - 117);
	/* Little used ones went first. */
	for (i = 0; i < 300; i += ACT_MAX)
		assert_null(vm_page_lookup(mach, object, i));
	assert_non_null(vm_page_lookup(mach, object, 63));
}

/*
 * A reference adds to the activity.  There is a most of it for an active page
 * only.
 */
static void
test_pageout_bounds_the_activity(void **state)
{
	static const struct {
		uint8_t had, has;
	} cases[] = {{10, 14}, {59, 63}, {60, 64}, {63, 64}, {64, 64}};
	struct machine *mach;
	vm_object_t object;
	vm_page_t m;
	size_t i;
	int active;

	for (active = 0; active < 2; active++)
		for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			mach = support_boot(CONFIG);
			object = support_object(mach, 10, NULL);
			m = support_page(mach, object, 0, 0);
			m->act_count = cases[i].had;
			vm_page_aflag_set(mach, m, PG_REFERENCED);
			if (!active)
				vm_page_deactivate(mach, m);
			/* One page short: so that one pass is enough. */
			vm_page_deactivate(mach,
			    support_page(mach, object, 1, 0));
			take_all_but(mach, 136);
			vm_pageout(mach);
			assert_int_equal(free_count(mach), 137);
			assert_int_equal(m->queue, PQ_ACTIVE);
			assert_int_equal(vm_page_aflags(mach, m) &
				PG_REFERENCED,
			    0);
			/* Activated, it is aged by the rest of the scan. */
			assert_int_equal(m->act_count,
			    active ? cases[i].has : cases[i].had + 4 - 1);
			assert_audit(mach);
			support_destroy(mach);
		}
}

/* However active they were, clean pages are freed before a thread is stuck. */
static void
test_pageout_goes_on_until_nothing_changes(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;
	int i;

	object = support_object(mach, 1000, NULL);
	for (i = 0; i < 100; i++) {
		m = support_page(mach, object, i, 0);
		m->act_count = ACT_MAX;
		vm_page_aflag_set(mach, m, PG_REFERENCED);
	}
	take_all_but(mach, 2);
	vm_wait(mach);
	assert_int_equal(object->resident_page_count, 0);
	assert_int_equal(free_count(mach), 102);
}

/*
 * References to pages of an object that nobody refers to are not heeded: such
 * a page goes before an older one that is little used.
 */
static void
test_pageout_of_an_unreferenced_object(void **state)
{
	struct machine *mach;
	vm_object_t dead, live;
	vm_page_t m, other;
	int active;

	for (active = 0; active < 2; active++) {
		mach = support_boot(CONFIG);
		dead = support_object(mach, 10, NULL);
		live = support_object(mach, 10, NULL);
		m = support_page(mach, dead, 0, 0);
		m->act_count = ACT_MAX;
		other = support_page(mach, live, 0, 0);
		other->act_count = 2;
		vm_page_aflag_set(mach, m, PG_REFERENCED);
		if (!active) {
			vm_page_deactivate(mach, m);
			vm_page_deactivate(mach, other);
		}
		take_all_but(mach, 136);
		dead->ref_count = 0;
		vm_pageout(mach);
		dead->ref_count = 1;
		assert_int_equal(dead->resident_page_count, 0);
		assert_int_equal(live->resident_page_count, 1);
		assert_int_equal(vm_page_aflags(mach, m) & PG_REFERENCED, 0);
		assert_audit(mach);
		support_destroy(mach);
	}
}

/* While the daemon runs, the system's reserve is its own. */
static void
test_the_daemon_may_use_the_reserve(void **state)
{
	struct machine *mach = *state;

	take_all_but(mach, 3);
	assert_null(vm_page_alloc(mach, NULL, 0, VM_ALLOC_NOOBJ));
	mach->cnt.vm_pages_needed = false;
	mach->vm_page->pageproc = true;
	assert_non_null(vm_page_alloc(mach, NULL, 0, VM_ALLOC_NOOBJ));
	assert_null(vm_page_alloc(mach, NULL, 0, VM_ALLOC_NOOBJ));
	/* It does not wake itself up. */
	assert_sysctl(mach, "pmapsim.pages_needed", 0);
}

static void
test_wait_returns_when_memory_is_not_short(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = support_object(mach, 10, NULL);
	vm_page_deactivate(mach, support_page(mach, object, 0, 0));
	/* Enough for a sleeper, below the daemon's target: one scan is made. */
	take_all_but(mach, 100);
	vm_wait(mach);
	assert_int_equal(object->resident_page_count, 0);
	assert_sysctl(mach, "pmapsim.pages_needed", 0);
}

/* Enough for a sleeper, too few for the daemon: it stays asked. */
static void
test_wait_leaves_the_daemon_asked(void **state)
{
	struct machine *mach;
	int i;

	for (i = 0; i < 2; i++) {
		/* 4096 pages: reserved 55, minimum 74, target 203. */
		mach = support_boot("mem=32M first=16M kmem=0 invariants=on");
		take_all_but(mach, i == 0 ? 74 : 55 + 203);
		vm_wait(mach);
		assert_sysctl(mach, "pmapsim.pages_needed", i == 0);
		assert_int_equal(free_count(mach), i == 0 ? 74 : 55 + 203);
		/* Not enough with one scan, it scans once more at once. */
		assert_int_equal(mach->cnt.pageout_scans, i == 0 ? 2 : 1);
		support_destroy(mach);
	}
}

static void
test_wait_lets_the_daemon_free_pages(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	int i;

	object = support_object(mach, 1000, NULL);
	for (i = 0; i < 100; i++)
		support_page(mach, object, i, 0);
	take_all_but(mach, 2);
	vm_wait(mach);
	assert_int_equal(free_count(mach), 102);
	assert_non_null(vm_page_alloc(mach, object, 900, 0));
}

static void
test_wait_stops_when_nothing_can_be_freed(void **state)
{
	struct machine *mach;
	vm_object_t object;
	int i;

	for (i = 0; i < 2; i++) {
		mach = support_boot(CONFIG);
		object = support_object(mach, 1000, NULL);
		/* Not one page short of the minimum does it wake up. */
		take_all_but(mach, 46 - i);
		if (i == 1) {
			vm_page_free(mach, PHYS_TO_VM_PAGE(mach, 0x1400000));
			assert_int_equal(free_count(mach), 46);
		}
		assert_panics(mach,
		    "vm_wait: the thread sleeps on \"vmwait\" "
		    "and nothing will free a page",
		    vm_wait(mach));
		assert_true(pmapsim_panic(mach)->simulator);
		assert_string_equal(pmapsim_panic(mach)->frames[0], "vm_wait");
		assert_int_equal(object->resident_page_count, 0);
		support_destroy(mach);
	}
	mach = support_boot(CONFIG);
	take_all_but(mach, 47);
	assert_no_panic(mach, vm_wait(mach));
	support_destroy(mach);
	/* The daemon cannot wait for itself. */
	mach = support_boot(CONFIG);
	object = support_object(mach, 1000, NULL);
	for (i = 0; i < 200; i++)
		vm_page_deactivate(mach, support_page(mach, object, i, 0));
	take_all_but(mach, 20);
	mach->vm_page->pageproc = true;
	assert_panics(mach,
	    "vm_wait: the thread sleeps on \"vmwait\" and "
	    "nothing will free a page",
	    vm_wait(mach));
	support_destroy(mach);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    pageout_test(test_wakeup_is_remembered),
	    pageout_test(test_pageout_does_nothing_without_shortage),
	    pageout_test(test_pageout_frees_clean_inactive_pages),
	    pageout_test(test_pageout_counts_the_deficit),
	    cmocka_unit_test(test_pageout_leaves_pages_in_use),
	    cmocka_unit_test(test_pageout_writes_anonymous_memory_only),
	    cmocka_unit_test(test_pageout_reactivates_referenced_pages),
	    pageout_test(test_pageout_leaves_held_pages),
	    pageout_test(test_pageout_ages_active_pages),
	    cmocka_unit_test(test_pageout_bounds_the_activity),
	    pageout_test(test_pageout_goes_on_until_nothing_changes),
	    cmocka_unit_test(test_pageout_of_an_unreferenced_object),
	    pageout_test(test_the_daemon_may_use_the_reserve),
	    pageout_test(test_wait_returns_when_memory_is_not_short),
	    cmocka_unit_test(test_wait_leaves_the_daemon_asked),
	    pageout_test(test_wait_lets_the_daemon_free_pages),
	    cmocka_unit_test(test_wait_stops_when_nothing_can_be_freed),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
