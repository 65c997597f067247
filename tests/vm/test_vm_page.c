/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages: allocation and its gates, freeing, and the thresholds that tell how
 * short memory is.
 */
#include "vm_page_fixture.h"

static void
test_phys_to_vm_page_ends_with_memory(void **state)
{
	struct machine *mach = *state;

	assert_ptr_equal(PHYS_TO_VM_PAGE(mach, 0), mach->vm_page_array);
	assert_ptr_equal(PHYS_TO_VM_PAGE(mach, 0x17fffff),
	    mach->vm_page_array + 0x17ff);
	assert_null(PHYS_TO_VM_PAGE(mach, 0x1800000));
	assert_null(PHYS_TO_VM_PAGE(mach, UINT64_MAX));
}

/* Every field of a page that has just been allocated. */
static void
test_alloc_makes_a_page(void **state)
{
	static const struct {
		int type; /* -1: no object */
		int req;
		uint16_t flags, oflags;
		unsigned wire_count;
	} cases[] = {
	    {OBJT_DEFAULT, VM_ALLOC_NORMAL, 0, VPO_BUSY, 0},
	    {OBJT_DEFAULT, VM_ALLOC_WIRED, 0, VPO_BUSY, 1},
	    {OBJT_DEFAULT, VM_ALLOC_NOBUSY, 0, 0, 0},
	    {OBJT_DEFAULT, VM_ALLOC_ZERO, 0, VPO_BUSY, 0},
	    {OBJT_PHYS, VM_ALLOC_SYSTEM, PG_UNMANAGED, VPO_BUSY, 0},
	    {-1, VM_ALLOC_NOOBJ, PG_UNMANAGED, 0, 0},
	    {-1, VM_ALLOC_NOOBJ | VM_ALLOC_WIRED, PG_UNMANAGED, 0, 1},
	};
	struct machine *mach;
	struct pmapsim_page_info i;
	vm_object_t object;
	vm_page_t m;
	size_t k;

	for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		mach = support_boot(CONFIG);
		object = cases[k].type < 0 ?
		    NULL :
		    vm_object_allocate(mach, (objtype_t)cases[k].type, 10);
		m = vm_page_alloc(mach, object, 7, cases[k].req);
		assert_non_null(m);
		i = info(mach, m);
		assert_int_equal(i.phys_addr, 0x1400000);
		assert_ptr_equal(i.object, object);
		assert_int_equal(i.pindex, 7);
		assert_int_equal(i.wire_count, cases[k].wire_count);
		assert_int_equal(i.hold_count, 0);
		assert_int_equal(i.flags, cases[k].flags);
		assert_int_equal(i.oflags, cases[k].oflags);
		assert_int_equal(i.queue, PQ_NONE);
		assert_int_equal(i.act_count, 0);
		assert_int_equal(i.busy, 0);
		assert_int_equal(i.valid, 0);
		assert_int_equal(i.dirty, 0);
		assert_int_equal(i.order, 13);
		assert_int_equal(i.pool,
		    object == NULL ? VM_FREEPOOL_DIRECT : VM_FREEPOOL_DEFAULT);
		assert_int_equal(i.pv_count, 0);
		assert_counts(mach, 1023, cases[k].wire_count, 0, 0);
		if (object != NULL) {
			assert_ptr_equal(vm_page_lookup(mach, object, 7), m);
			assert_int_equal(object->resident_page_count, 1);
			assert_int_equal(object->generation, 2);
		}
		support_destroy(mach);
	}
}

/*
 * The gate: a class may go down to its own limit and not one page further.
 * Each refusal is counted, and the page daemon asked.  The kernel of 2022 asks
 * at another place for the same.
 */
static void
test_alloc_gates(void **state)
{
	static const char *const configs[] = {CONFIG, CONFIG " kernel=2022-07"};
	static const int classes[] = {VM_ALLOC_NORMAL, VM_ALLOC_SYSTEM,
	    VM_ALLOC_INTERRUPT};
	/* 8 + 34 + 1024/768; by 2022 as many as 32 are written together. */
	static const int limits[2][3] = {{43, 2, 0}, {67, 2, 0}};
	struct machine *mach;
	vm_object_t object;
	vm_pindex_t pindex;
	int i, k;

	for (i = 0; i < 2 * 3; i++) {
		k = i % 3;
		mach = support_boot(configs[i / 3]);
		assert_sysctl(mach, "vm.stats.vm.v_free_reserved",
		    limits[i / 3][0]);
		assert_sysctl(mach, "vm.stats.vm.v_interrupt_free_min",
		    limits[i / 3][1]);
		object = support_object(mach, 2000, NULL);
		pindex = 0;
		while (vm_page_alloc(mach, object, pindex, classes[k]) != NULL)
			pindex++;
		assert_int_equal(pindex, 1024 - limits[i / 3][k]);
		assert_sysctl(mach, "vm.stats.vm.v_free_count",
		    limits[i / 3][k]);
		assert_sysctl(mach, "pmapsim.pageout_deficit", 1);
		assert_sysctl(mach, "pmapsim.pages_needed", 1);
		assert_int_equal(object->resident_page_count, pindex);
		assert_null(vm_page_alloc(mach, NULL, 0,
		    classes[k] | VM_ALLOC_NOOBJ));
		assert_sysctl(mach, "pmapsim.pageout_deficit", 2);
		support_destroy(mach);
	}
}

/* The daemon is asked when fewer than reserved + cache_min are left. */
static void
test_alloc_wakes_the_daemon_in_time(void **state)
{
	struct machine *mach;
	vm_object_t object;
	vm_pindex_t pindex;
	int64_t limit;

	mach = support_boot("mem=48M first=16M kmem=0 invariants=on");
	limit = support_sysctl(mach, "vm.stats.vm.v_free_reserved") +
	    support_sysctl(mach, "vm.stats.vm.v_cache_min");
	object = support_object(mach, 8192, NULL);
	for (pindex = 0; 8192 - (int64_t)pindex > limit; pindex++) {
		assert_sysctl(mach, "pmapsim.pages_needed", 0);
		assert_non_null(vm_page_alloc(mach, object, pindex, 0));
	}
	assert_sysctl(mach, "vm.stats.vm.v_free_count", limit);
	assert_sysctl(mach, "pmapsim.pages_needed", 0);
	assert_non_null(vm_page_alloc(mach, object, pindex, 0));
	assert_sysctl(mach, "pmapsim.pages_needed", 1);
	assert_sysctl(mach, "pmapsim.pageout_deficit", 0);
	/* Above v_free_min a freed page ends the shortage. */
	vm_page_free(mach, vm_page_lookup(mach, object, 0));
	assert_sysctl(mach, "pmapsim.pages_needed", 0);
	support_destroy(mach);
}

/* Sleepers wait until v_free_min pages are free. */
static void
test_free_ends_the_shortage_at_free_min(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_pindex_t pindex;
	int64_t free_min = support_sysctl(mach, "vm.stats.vm.v_free_min");

	object = support_object(mach, 2000, NULL);
	for (pindex = 0; vm_page_alloc(mach, object, pindex, 0) != NULL;)
		pindex++;
	while (support_sysctl(mach, "vm.stats.vm.v_free_count") < free_min) {
		assert_sysctl(mach, "pmapsim.pages_needed", 1);
		vm_page_free(mach, vm_page_lookup(mach, object, --pindex));
	}
	assert_sysctl(mach, "pmapsim.pages_needed", 0);
	mach->cnt.vm_pageout_pages_needed = true;
	vm_page_free(mach, vm_page_lookup(mach, object, --pindex));
	assert_false(mach->cnt.vm_pageout_pages_needed);
}

/* An injected failure is the gate's, and only the nth. */
static void
test_alloc_injected_failure(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	int i;

	object = support_object(mach, 10, &color0);
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 3, false);
	for (i = 0; i < 5; i++) {
		if (i == 2)
			assert_null(vm_page_alloc(mach, object, i, 0));
		else
			assert_non_null(vm_page_alloc(mach, object, i, 0));
	}
	assert_int_equal(pmapsim_inject_seen(mach, PMAPSIM_INJECT_PAGE_ALLOC),
	    5);
	assert_sysctl(mach, "pmapsim.pageout_deficit", 1);
	assert_sysctl(mach, "pmapsim.pages_needed", 1);
	assert_int_equal(object->resident_page_count, 4);
	assert_counts(mach, 1020, 0, 0, 0);
}

static void
test_alloc_of_cached_pages_only_gives_none(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = support_object(mach, 10, NULL);
	assert_null(vm_page_alloc(mach, object, 0, VM_ALLOC_IFCACHED));
	assert_sysctl(mach, "pmapsim.pageout_deficit", 0);
	assert_non_null(vm_page_alloc(mach, object, 0, VM_ALLOC_IFNOTCACHED));
}

/* PG_ZERO is kept for who asks; whoever gets the page, it is counted off. */
static void
test_alloc_zero_flag(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;
	int i;

	object = support_object(mach, 10, NULL);
	for (i = 0; i < 2; i++) {
		m = vm_page_alloc(mach, object, 0, 0);
		vm_page_free_zero(mach, m);
		assert_int_equal(info(mach, m).flags, PG_FREE | PG_ZERO);
		assert_int_equal(mach->vm_page->vm_page_zero_count, 1);
		/* Freed to the tail: it comes last. */
		while (vm_page_alloc(mach, NULL, 0,
			   VM_ALLOC_NOOBJ | VM_ALLOC_INTERRUPT |
			       (i == 0 ? VM_ALLOC_ZERO : 0)) != m)
			continue;
		assert_int_equal(mach->vm_page->vm_page_zero_count, 0);
		assert_int_equal(info(mach, m).flags,
		    i == 0 ? (PG_UNMANAGED | PG_ZERO) : PG_UNMANAGED);
		support_destroy(mach);
		mach = *state = support_boot(CONFIG);
		object = support_object(mach, 10, NULL);
	}
}

/* An object's attribute is its pages'; freed pages have the default again. */
static void
test_alloc_gives_the_object_memattr(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;

	object = support_object(mach, 10, NULL);
	object->memattr = VM_MEMATTR_WRITE_COMBINING;
	m = vm_page_alloc(mach, object, 0, 0);
	assert_int_equal(pmap_page_get_memattr(m), VM_MEMATTR_WRITE_COMBINING);
	vm_page_free(mach, m);
	assert_int_equal(pmap_page_get_memattr(m), VM_MEMATTR_DEFAULT);
}

/* Of devices, and of what drivers map, the attribute is not the pages'. */
static void
test_alloc_gives_the_memattr_of_memory_only(void **state)
{
	static const struct {
		objtype_t type;
		bool given;
	} cases[] = {{OBJT_DEFAULT, true}, {OBJT_SWAP, true},
	    {OBJT_VNODE, true}, {OBJT_PHYS, true}, {OBJT_DEVICE, false},
	    {OBJT_SG, false}};
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		object = support_object(mach, 10, NULL);
		object->type = cases[i].type;
		object->memattr = VM_MEMATTR_UNCACHEABLE;
		m = vm_page_alloc(mach, object, 0, 0);
		assert_int_equal(pmap_page_get_memattr(m),
		    cases[i].given ? VM_MEMATTR_UNCACHEABLE :
				     VM_MEMATTR_DEFAULT);
		vm_page_free(mach, m);
		object->type = OBJT_DEFAULT;
	}
}

/* When the lists are empty one reservation gives its unused pages up. */
static void
test_alloc_reclaims_one_reservation(void **state)
{
	struct machine *mach = *state;
	vm_object_t a, b;

	a = support_object(mach, 1024, &color0);
	b = support_object(mach, 1024, NULL);
	support_page(mach, a, 0, 0);
	support_page(mach, a, 512, 0);
	assert_lists(mach, "");
	assert_pa(mach, vm_page_alloc(mach, b, 0, 0), 0x1401000);
	assert_sysctl(mach, "vm.reserv.reclaimed", 1);
	assert_partpop(mach, "1600000:1");
	/* Page tables and the like go the same way. */
	while (vm_page_alloc(mach, NULL, 0,
		   VM_ALLOC_INTERRUPT | VM_ALLOC_NOOBJ) != NULL)
		continue;
	assert_sysctl(mach, "vm.reserv.reclaimed", 2);
	assert_sysctl(mach, "vm.stats.vm.v_free_count", 0);
	assert_lists(mach, "");
}

static void
test_alloc_panics(void **state)
{
	static const struct {
		const char *text;
		size_t offset;
		uint8_t value;
	} cases[] = {
	    {"vm_page_alloc: page PTR has unexpected queue 2",
		offsetof(struct vm_page, queue), PQ_ACTIVE},
	    {"vm_page_alloc: page PTR is wired",
		offsetof(struct vm_page, wire_count), 1},
	    {"vm_page_alloc: page PTR is held",
		offsetof(struct vm_page, hold_count), 1},
	    {"vm_page_alloc: page PTR is busy", offsetof(struct vm_page, busy),
		1},
	    {"vm_page_alloc: page PTR has unexpected memattr 7",
		offsetof(struct vm_page, pat_mode_c),
		VM_MEMATTR_DEFAULT ^ VM_MEMATTR_UNCACHED},
	    {"vm_page_alloc: page PTR is not free",
		offsetof(struct vm_page, flags_c), PG_FREE},
	    {"vm_page_alloc: free page PTR is valid",
		offsetof(struct vm_page, valid), 1},
	};
	struct machine *mach;
	vm_object_t object;
	size_t k;

	for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		mach = support_boot(CONFIG);
		object = support_object(mach, 10, NULL);
		*((uint8_t *)PHYS_TO_VM_PAGE(mach, 0x1400000) +
		    cases[k].offset) = cases[k].value;
		assert_panics(mach, cases[k].text,
		    vm_page_alloc(mach, object, 0, 0));
		assert_string_equal(pmapsim_panic(mach)->frames[0],
		    "vm_page_alloc");
		support_destroy(mach);
	}
	mach = support_boot(CONFIG);
	object = support_object(mach, 10, NULL);
	vm_page_use(mach, PHYS_TO_VM_PAGE(mach, 0x1400000))->dirty = 1;
	assert_panics(mach, "vm_page_alloc: page PTR is dirty",
	    vm_page_alloc(mach, object, 0, 0));
	support_destroy(mach);
	mach = support_boot(CONFIG);
	assert_panics(mach, "vm_page_alloc: NULL object.",
	    vm_page_alloc(mach, NULL, 0, 0));
	support_destroy(mach);
	/* Pages counted free that are nowhere. */
	for (k = 0; k < 2; k++) {
		mach = support_boot(k == 0 ?
			CONFIG :
			"mem=24M first=20M kmem=0 invariants=off");
		while (vm_phys_alloc_pages(mach, 0, 0) != NULL)
			continue;
		assert_panics(mach,
		    k == 0 ?
			"vm_page_alloc: missing page" :
			"vm_page_alloc: page fault: free pages are counted, but "
			"there is none",
		    vm_page_alloc(mach, NULL, 0, VM_ALLOC_NOOBJ));
		assert_int_equal(pmapsim_panic(mach)->simulator, k == 1);
		support_destroy(mach);
	}
}

/* Freed: off its queue, out of its object; other flags stay. */
static void
test_free_forgets_all_but_flags(void **state)
{
	struct machine *mach = *state;
	struct pmapsim_page_info i;
	vm_object_t object;
	vm_page_t m;

	object = support_object(mach, 10, NULL);
	m = support_page(mach, object, 3, 0);
	vm_page_dirty(mach, m);
	vm_page_busy(mach, m);
	vm_page_flag_set(m, PG_ZERO);
	vm_page_aflag_set(mach, m, PG_REFERENCED | PG_WRITEABLE);
	assert_counts(mach, 1023, 0, 1, 0);
	vm_page_free(mach, m);
	i = info(mach, m);
	assert_null(i.object);
	assert_int_equal(i.pindex, 3);
	assert_int_equal(i.flags, PG_FREE | PG_REFERENCED | PG_WRITEABLE);
	assert_int_equal(i.oflags, 0);
	assert_int_equal(i.queue, PQ_NONE);
	assert_int_equal(i.valid, 0);
	assert_int_equal(i.dirty, 0);
	assert_int_equal(i.order, 10);
	assert_int_equal(i.act_count, ACT_INIT);
	assert_counts(mach, 1024, 0, 0, 0);
	assert_sysctl(mach, "vm.stats.vm.v_tfree", 1);
	assert_int_equal(object->resident_page_count, 0);
	assert_lists(mach, "0.0.10 1400000\n");
	/* Nothing of it is left when the page is used again. */
	m = vm_page_alloc(mach, object, 0, VM_ALLOC_ZERO);
	assert_int_equal(info(mach, m).flags, 0);
	assert_int_equal(info(mach, m).act_count, 0);
}

/* A frame used once may hold anything; one never used is zero. */
static void
test_free_remembers_that_contents_are_unknown(void **state)
{
	struct machine *mach = *state;
	char *arena = pmapsim_arena(mach, NULL);
	vm_object_t object;
	vm_page_t m;

	object = support_object(mach, 10, NULL);
	m = support_page(mach, object, 0, 0);
	assert_false(m->recycled);
	memset(arena + 0x1400000, 0x77, PAGE_SIZE);
	vm_page_free(mach, m);
	assert_true(m->recycled);
	m = vm_page_grab(mach, object, 0, VM_ALLOC_ZERO);
	assert_pa(mach, m, 0x1400000);
	assert_int_equal(arena[0x1400000], 0);
	assert_int_equal(arena[0x1400fff], 0);
}

static void
test_free_of_a_held_page_waits(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;

	object = support_object(mach, 10, NULL);
	m = support_page(mach, object, 0, 0);
	vm_page_hold(mach, m);
	vm_page_hold(mach, m);
	vm_page_free_zero(mach, m);
	assert_int_equal(info(mach, m).queue, PQ_HOLD);
	assert_int_equal(info(mach, m).flags, 0);
	assert_null(m->object);
	assert_counts(mach, 1023, 0, 1, 0);
	vm_page_unhold(mach, m);
	assert_counts(mach, 1023, 0, 1, 0);
	assert_sysctl(mach, "vm.stats.vm.v_tfree", 1);
	vm_page_unhold(mach, m);
	assert_sysctl(mach, "vm.stats.vm.v_tfree", 2);
	assert_int_equal(info(mach, m).queue, PQ_NONE);
	assert_int_equal(info(mach, m).flags, PG_FREE);
	assert_counts(mach, 1024, 0, 0, 0);
	/* Held and not freed: nothing happens. */
	m = support_page(mach, object, 0, 0);
	vm_page_hold(mach, m);
	vm_page_unhold(mach, m);
	assert_counts(mach, 1023, 0, 1, 0);
	assert_panics(mach, "vm_page_unhold: hold count < 0!!!",
	    vm_page_unhold(mach, m));
}

/* Freed while held, pages wait on PQ_HOLD in turn, and leave in any order. */
static void
test_held_pages_wait_in_a_queue(void **state)
{
	struct machine *mach = *state;
	struct pglist *hold = &mach->vm_page->queues[PQ_HOLD];
	vm_object_t object;
	vm_page_t m[3];
	int i;

	object = support_object(mach, 10, NULL);
	for (i = 0; i < 3; i++) {
		m[i] = support_page(mach, object, i, 0);
		vm_page_hold(mach, m[i]);
	}
	for (i = 0; i < 3; i++) {
		vm_page_free(mach, m[i]);
		assert_ptr_equal(TAILQ_FIRST(hold), m[0]);
		assert_ptr_equal(TAILQ_LAST(hold, pglist), m[i]);
		assert_counts(mach, 1021, 0, 3, 0);
	}
	assert_ptr_equal(TAILQ_NEXT(m[0], pageq), m[1]);
	vm_page_unhold(mach, m[1]);
	assert_ptr_equal(TAILQ_NEXT(m[0], pageq), m[2]);
	assert_null(TAILQ_NEXT(m[2], pageq));
	vm_page_unhold(mach, m[0]);
	assert_ptr_equal(TAILQ_FIRST(hold), m[2]);
	vm_page_unhold(mach, m[2]);
	assert_true(TAILQ_EMPTY(hold));
	assert_counts(mach, 1024, 0, 0, 0);
}

static void
test_free_panics(void **state)
{
	static const char *const kernels[] = {"2010-04", "9.0"};
	struct machine *mach;
	vm_object_t object;
	char config[96];
	vm_page_t m;
	int k, wires;

	for (k = 0; k < 2; k++)
		for (wires = 1; wires < 3; wires++) {
			snprintf(config, sizeof(config), CONFIG " kernel=%s",
			    kernels[k]);
			mach = support_boot(config);
			object = support_object(mach, 10, NULL);
			m = support_page(mach, object, 5, VM_ALLOC_WIRED);
			if (wires == 2)
				vm_page_wire(mach, m);
			assert_panics(mach,
			    wires == 2 ?
				"vm_page_free: invalid wire count (2), pindex: "
				"0x5" :
				k == 0 ? "vm_page_free: freeing wired page" :
					 "vm_page_free: freeing wired page PTR",
			    vm_page_free(mach, m));
			/* It had left its object when it was noticed. */
			assert_null(m->object);
			assert_string_equal(pmapsim_panic(mach)->frames[0],
			    "vm_page_free_toq");
			support_destroy(mach);
		}
	mach = support_boot(CONFIG);
	object = support_object(mach, 10, NULL);
	m = support_page(mach, object, 5, 0);
	vm_page_free(mach, m);
	assert_panics(mach, "vm_page_free: freeing free page",
	    vm_page_free(mach, m));
	support_destroy(mach);
	mach = support_boot(CONFIG);
	object = support_object(mach, 10, NULL);
	m = support_page(mach, object, 5, 0);
	vm_page_io_start(mach, m);
	assert_panics(mach, "vm_page_free: freeing busy page",
	    vm_page_free(mach, m));
	support_destroy(mach);
	mach = support_boot("mem=32M first=4M kmem=0 invariants=on");
	object = support_object(mach, 10, NULL);
	m = support_page(mach, object, 5, 0);
	{
		pmap_t pmap = pmapsim_pmap_create(mach, "p");

		assert_true(pmap_pinit(mach, pmap));
		pmap_enter(mach, pmap, 0x800000000, VM_PROT_READ, m,
		    VM_PROT_READ, FALSE);
	}
	assert_int_equal(info(mach, m).pv_count, 1);
	assert_panics(mach, "vm_page_free_toq: freeing mapped page PTR",
	    vm_page_free(mach, m));
	support_destroy(mach);
}

static void
test_grab(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;

	object = support_object(mach, 10, NULL);
	m = vm_page_grab(mach, object, 2, VM_ALLOC_NORMAL | VM_ALLOC_WIRED);
	assert_int_equal(info(mach, m).oflags, VPO_BUSY);
	assert_int_equal(m->wire_count, 1);
	vm_page_wakeup(mach, m);
	/* It is there: wired again, busy again, unless asked not to. */
	assert_ptr_equal(vm_page_grab(mach, object, 2, VM_ALLOC_NOBUSY), m);
	assert_int_equal(info(mach, m).oflags, 0);
	assert_int_equal(m->wire_count, 1);
	assert_ptr_equal(vm_page_grab(mach, object, 2, VM_ALLOC_WIRED), m);
	assert_int_equal(info(mach, m).oflags, VPO_BUSY);
	assert_int_equal(m->wire_count, 2);
	/* Memory short for a moment: with RETRY the page comes all the same. */
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 1, false);
	assert_null(vm_page_grab(mach, object, 3, VM_ALLOC_NORMAL));
	/* It slept, and the page daemon heard what it lacked. */
	assert_sysctl(mach, "pmapsim.pageout_deficit", 0);
	assert_sysctl(mach, "pmapsim.pages_needed", 0);
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 1, false);
	assert_non_null(vm_page_grab(mach, object, 3,
	    VM_ALLOC_NORMAL | VM_ALLOC_RETRY));
	assert_panics(mach,
	    "vm_page_grab: the thread sleeps on \"pgrbwt\" "
	    "and nothing will wake the page up",
	    vm_page_grab(mach, object, 3, VM_ALLOC_NORMAL));
}

/* The thresholds, worked out for three sizes of memory. */
static void
test_thresholds(void **state)
{
	static const struct {
		const char *config;
		int free_reserved, free_min, free_severe, free_target,
		    cache_min, cache_max, inactive_target;
	} cases[] = {
	    /* 1024 pages: 8 + 34 + 1, 4 + 43, 2 + 43, 2 * 47 + 43 */
	    {CONFIG, 43, 47, 45, 137, 0, 0, 256},
	    /* 4096: 16 + 34 + 5, 4 + 15 + 55, 9 + 55, 2 * 74 + 55 */
	    {"mem=32M first=16M kmem=0", 55, 74, 64, 203, 203, 406, 304},
	    /* 12288: 16 + 34 + 16, 4 + 56 + 66, 30 + 66, 4 * 126 + 66 */
	    {"mem=64M first=16M kmem=0", 66, 126, 96, 570, 570, 1140, 855},
	};
	struct machine *mach;
	size_t k;

	for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		mach = support_boot(cases[k].config);
		assert_sysctl(mach, "vm.stats.vm.v_free_reserved",
		    cases[k].free_reserved);
		assert_sysctl(mach, "vm.stats.vm.v_free_min",
		    cases[k].free_min);
		assert_sysctl(mach, "vm.stats.vm.v_free_severe",
		    cases[k].free_severe);
		assert_sysctl(mach, "vm.stats.vm.v_free_target",
		    cases[k].free_target);
		assert_sysctl(mach, "vm.stats.vm.v_cache_min",
		    cases[k].cache_min);
		assert_sysctl(mach, "vm.stats.vm.v_cache_max",
		    cases[k].cache_max);
		assert_sysctl(mach, "vm.stats.vm.v_inactive_target",
		    cases[k].inactive_target);
		assert_sysctl(mach, "vm.stats.vm.v_interrupt_free_min", 2);
		assert_sysctl(mach, "vm.stats.vm.v_pageout_free_min", 34);
		support_destroy(mach);
	}
}

/* Each predicate changes at its threshold and nowhere else. */
static void
test_predicates(void **state)
{
	struct machine *mach = *state;
	struct vmmeter *cnt = &mach->cnt;
	const unsigned was = cnt->v_free_count;
	unsigned f;

	cnt->v_cache_min = 30;
	for (f = 0; f < 400; f++) {
		cnt->v_free_count = f;
		assert_int_equal(vm_page_count_severe(mach), f < 45);
		assert_int_equal(vm_page_count_min(mach), f < 47);
		assert_int_equal(vm_page_count_target(mach), f < 137);
		assert_int_equal(vm_paging_needed(mach), f < 43 + 30);
		assert_int_equal(vm_paging_target(mach), 167 - (int)f);
	}
	cnt->v_free_count = was;
	cnt->v_cache_min = 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    page_test(test_phys_to_vm_page_ends_with_memory),
	    cmocka_unit_test(test_alloc_makes_a_page),
	    cmocka_unit_test(test_alloc_gates),
	    cmocka_unit_test(test_alloc_wakes_the_daemon_in_time),
	    page_test(test_free_ends_the_shortage_at_free_min),
	    page_test(test_alloc_injected_failure),
	    page_test(test_alloc_of_cached_pages_only_gives_none),
	    page_test(test_alloc_zero_flag),
	    page_test(test_alloc_gives_the_object_memattr),
	    page_test(test_alloc_gives_the_memattr_of_memory_only),
	    page_test(test_alloc_reclaims_one_reservation),
	    cmocka_unit_test(test_alloc_panics),
	    page_test(test_free_forgets_all_but_flags),
	    page_test(test_free_remembers_that_contents_are_unknown),
	    page_test(test_free_of_a_held_page_waits),
	    page_test(test_held_pages_wait_in_a_queue),
	    cmocka_unit_test(test_free_panics),
	    page_test(test_grab),
	    cmocka_unit_test(test_thresholds),
	    page_test(test_predicates),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
