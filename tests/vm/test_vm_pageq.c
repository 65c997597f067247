/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages in use: the paging queues, wiring, busy pages, and which parts of a
 * page are valid and dirty.
 */
#include "vm_page_fixture.h"

/* A device's page is nobody's to free. */
static void
test_fictitious_pages_are_left_alone(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;

	object = support_object(mach, 10, NULL);
	m = support_page(mach, object, 0, 0);
	vm_page_flag_set(m, PG_FICTITIOUS);
	vm_page_wire(mach, m);
	vm_page_unwire(mach, m, 1);
	assert_int_equal(m->wire_count, 0);
	assert_counts(mach, 1023, 0, 1, 0);
	vm_page_free(mach, m);
	assert_null(m->object);
	assert_int_equal(m->valid, VM_PAGE_BITS_ALL);
	assert_counts(mach, 1023, 0, 0, 0);
	/* Give it back in earnest, for the audit. */
	vm_page_flag_clear(m, PG_FICTITIOUS);
	vm_page_free(mach, m);
}

static void
test_wire_and_unwire(void **state)
{
	struct machine *mach = *state;
	vm_object_t managed, unmanaged;
	vm_page_t m, u;
	int activate;

	managed = support_object(mach, 10, NULL);
	unmanaged = vm_object_allocate(mach, OBJT_PHYS, 10);
	m = support_page(mach, managed, 0, 0);
	u = support_page(mach, unmanaged, 0, VM_ALLOC_WIRED);
	m->act_count = 17;
	for (activate = 0; activate < 2; activate++) {
		vm_page_flag_set(m, PG_WINATCFLS);
		vm_page_wire(mach, m);
		assert_int_equal(info(mach, m).queue, PQ_NONE);
		assert_counts(mach, 1022, 2, 0, 0);
		vm_page_wire(mach, m);
		assert_counts(mach, 1022, 2, 0, 0);
		vm_page_unwire(mach, m, activate);
		assert_int_equal(info(mach, m).queue, PQ_NONE);
		vm_page_unwire(mach, m, activate);
		assert_int_equal(info(mach, m).queue,
		    activate ? PQ_ACTIVE : PQ_INACTIVE);
		assert_int_equal(info(mach, m).flags,
		    activate ? PG_WINATCFLS : 0);
		assert_int_equal(info(mach, m).act_count, 17);
		assert_counts(mach, 1022, 1, activate, !activate);
	}
	/* Unmanaged pages are on no queue, ever. */
	vm_page_unwire(mach, u, 1);
	assert_int_equal(info(mach, u).queue, PQ_NONE);
	assert_counts(mach, 1022, 0, 1, 0);
	vm_page_activate(mach, u);
	vm_page_deactivate(mach, u);
	assert_int_equal(info(mach, u).queue, PQ_NONE);
	assert_panics(mach, "vm_page_unwire: invalid wire count: 0",
	    vm_page_unwire(mach, u, 0));
}

static void
test_wire_panics(void **state)
{
	struct machine *mach;
	vm_page_t m;

	mach = support_boot(CONFIG " kernel=9.0");
	m = support_page(mach, support_object(mach, 1, NULL), 0, 0);
	assert_panics(mach, "vm_page_unwire: page PTR's wire count is zero",
	    vm_page_unwire(mach, m, 0));
	support_destroy(mach);
	mach = support_boot(CONFIG);
	m = support_page(mach, support_object(mach, 1, NULL), 0, 0);
	m->wire_count = UINT32_MAX;
	assert_panics(mach, "vm_page_wire: wire_count overflow m=PTR",
	    vm_page_wire(mach, m));
	support_destroy(mach);
}

/* The queue as pindexes, head first. */
static void
queue_text(struct machine *mach, int queue, struct vm_state *out)
{
	vm_page_t m;

	out->length = 0;
	out->text[0] = '\0';
	TAILQ_FOREACH(m, &mach->vm_page->queues[queue], pageq)
		vm_state_add(out, "%" PRIu64, m->pindex);
}

#define assert_queues(mach, active, inactive)                                 \
	do {                                                                  \
		struct vm_state out_;                                         \
		queue_text((mach), PQ_ACTIVE, &out_);                         \
		assert_string_equal(out_.text, (active));                     \
		assert_int_equal((mach)->cnt.v_active_count, strlen(active)); \
		queue_text((mach), PQ_INACTIVE, &out_);                       \
		assert_string_equal(out_.text, (inactive));                   \
		assert_int_equal((mach)->cnt.v_inactive_count,                \
		    strlen(inactive));                                        \
	} while (0)

static void
test_queues(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m[4];
	int i;

	object = support_object(mach, 10, NULL);
	for (i = 0; i < 4; i++)
		m[i] = support_page(mach, object, i, 0);
	assert_queues(mach, "0123", "");
	m[1]->act_count = 2;
	vm_page_activate(mach, m[1]); /* there already: only its activity */
	assert_int_equal(m[1]->act_count, ACT_INIT);
	m[1]->act_count = 40;
	vm_page_activate(mach, m[1]);
	assert_int_equal(m[1]->act_count, 40);
	assert_queues(mach, "0123", "");
	vm_page_flag_set(m[2], PG_WINATCFLS);
	vm_page_deactivate(mach, m[2]);
	vm_page_deactivate(mach, m[0]);
	assert_int_equal(info(mach, m[2]).flags, 0);
	assert_queues(mach, "13", "20");
	vm_page_flag_set(m[2], PG_WINATCFLS);
	vm_page_deactivate(mach, m[2]); /* nothing, not even the flag */
	assert_int_equal(info(mach, m[2]).flags, PG_WINATCFLS);
	assert_queues(mach, "13", "20");
	m[0]->act_count = 1;
	vm_page_activate(mach, m[0]);
	assert_int_equal(m[0]->act_count, ACT_INIT);
	assert_queues(mach, "130", "2");
	vm_page_requeue(mach, m[1]);
	assert_queues(mach, "301", "2");
	vm_pageq_remove(mach, m[0]);
	vm_pageq_remove(mach, m[0]);
	vm_page_requeue(mach, m[0]);
	assert_queues(mach, "31", "2");
	vm_page_activate(mach, m[0]);
	assert_queues(mach, "310", "2");
	/* Wired: off every queue. */
	m[2]->wire_count = 1;
	vm_page_deactivate(mach, m[2]);
	assert_queues(mach, "310", "2");
	vm_page_activate(mach, m[2]);
	assert_queues(mach, "310", "");
	m[2]->wire_count = 0;
	vm_page_deactivate(mach, m[2]);
	assert_queues(mach, "310", "2");
}

/*
 * vm_page_dontneed() by its counter: 1 to 15 of each 512 age only, most
 * deactivate to the head, one in eight of the rest to the tail.
 */
static void
test_dontneed(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m, other;
	unsigned w;
	bool head;

	object = support_object(mach, 10, NULL);
	m = support_page(mach, object, 0, 0);
	other = support_page(mach, object, 1, 0);
	vm_page_deactivate(mach, other);
	for (w = 1; w < 1100; w++) {
		vm_page_activate(mach, m);
		vm_page_aflag_set(mach, m, PG_REFERENCED);
		m->act_count = w % 2 ? 5 : 4;
		vm_page_dontneed(mach, m);
		if ((w & 511) < 16) {
			assert_queues(mach, "0", "1");
			assert_int_equal(m->act_count, 4);
			assert_int_equal(info(mach, m).flags, PG_REFERENCED);
			continue;
		}
		head = w / 16 % 8 != 0;
		assert_queues(mach, "", head ? "01" : "10");
		assert_int_equal(info(mach, m).flags, 0);
		assert_int_equal(m->act_count, w % 2 ? 5 : 4);
		/* Inactive already: it ages, and that is all. */
		mach->vm_page->dontneed_weight--;
		vm_page_aflag_set(mach, m, PG_REFERENCED);
		vm_page_dontneed(mach, m);
		assert_queues(mach, "", head ? "01" : "10");
		assert_int_equal(m->act_count, 4);
		assert_int_equal(info(mach, m).flags, PG_REFERENCED);
	}
	/* A dirty page goes to the tail. */
	mach->vm_page->dontneed_weight = 15;
	vm_page_activate(mach, m);
	vm_page_dirty(mach, m);
	vm_page_dontneed(mach, m);
	assert_queues(mach, "", "10");
}

/* The mappings are asked whether the page is dirty, and forget references. */
static void
test_dontneed_asks_the_mappings(void **state)
{
	struct machine *mach;
	vm_object_t object;
	vm_page_t m, other;
	pmap_t pmap;

	mach = support_boot("mem=32M first=4M kmem=0 invariants=on");
	object = support_object(mach, 10, NULL);
	m = support_page(mach, object, 0, 0);
	other = support_page(mach, object, 1, 0);
	vm_page_deactivate(mach, other);
	pmap = pmapsim_pmap_create(mach, "p");
	assert_true(pmap_pinit(mach, pmap));
	pmap_enter(mach, pmap, 0x800000000, VM_PROT_WRITE, m,
	    VM_PROT_READ | VM_PROT_WRITE, FALSE);
	assert_true(pmap_is_referenced(mach, m));
	mach->vm_page->dontneed_weight = 15;
	vm_page_dontneed(mach, m);
	assert_int_equal(vm_page_use(mach, m)->dirty, VM_PAGE_BITS_ALL);
	assert_false(pmap_is_referenced(mach, m));
	assert_queues(mach, "", "10");
	support_destroy(mach);
}

static void
test_busy_and_wakeup(void **state)
{
	struct machine *mach = *state;
	vm_page_t m;

	m = support_page(mach, support_object(mach, 1, NULL), 0, 0);
	vm_page_busy(mach, m);
	m->oflags |= VPO_WANTED | VPO_NOSYNC;
	vm_page_wakeup(mach, m);
	assert_int_equal(m->oflags, VPO_NOSYNC);
	vm_page_io_start(mach, m);
	vm_page_io_start(mach, m);
	m->oflags = VPO_WANTED;
	vm_page_io_finish(mach, m);
	assert_int_equal(m->oflags, VPO_WANTED);
	vm_page_io_finish(mach, m);
	assert_int_equal(m->oflags, 0);
	assert_int_equal(m->busy, 0);
	assert_panics(mach, "vm_page_wakeup: page not busy!!!",
	    vm_page_wakeup(mach, m));
}

static void
test_busy_panics(void **state)
{
	struct machine *mach = *state;
	vm_page_t m;

	m = vm_page_alloc(mach, support_object(mach, 1, NULL), 0, 0);
	assert_panics(mach, "vm_page_busy: page already busy!!!",
	    vm_page_busy(mach, m));
}

static void
test_dirty(void **state)
{
	static const struct {
		const char *text;
		uint16_t flags;
		uint8_t valid;
	} cases[] = {
	    {"vm_page_dirty: page in cache!", PG_CACHED, 0xff},
	    {"vm_page_dirty: page is free!", PG_FREE, 0xff},
	    {"vm_page_dirty: page is invalid!", 0, 0x7f},
	};
	struct machine *mach;
	vm_page_t m;
	size_t k;

	for (k = 0; k < 3; k++) {
		mach = support_boot(CONFIG);
		m = support_page(mach, support_object(mach, 1, NULL), 0, 0);
		vm_page_test_dirty(mach, m);
		assert_int_equal(vm_page_use(mach, m)->dirty, 0);
		vm_page_dirty(mach, m);
		assert_int_equal(vm_page_use(mach, m)->dirty, 0xff);
		vm_page_set_flags(m, cases[k].flags);
		m->valid = cases[k].valid;
		assert_panics(mach, cases[k].text, vm_page_dirty(mach, m));
		support_destroy(mach);
	}
}

/* Each thing that keeps a page alone keeps it; without any it goes. */
static void
test_try_to_free_and_cache(void **state)
{
	int (*const fns[])(struct machine *, vm_page_t) = {vm_page_try_to_free,
	    vm_page_try_to_cache};
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;
	int f, k;

	object = support_object(mach, 10, NULL);
	for (f = 0; f < 2; f++)
		for (k = 0; k < 7; k++) {
			m = support_page(mach, object, 0, 0);
			switch (k) {
			case 0:
				vm_page_use(mach, m)->dirty = 1;
				break;
			case 1:
				m->hold_count = 1;
				break;
			case 2:
				m->busy = 1;
				break;
			case 3:
				m->wire_count = 1;
				break;
			case 4:
				m->oflags = VPO_BUSY;
				break;
			case 5:
				vm_page_flag_set(m, PG_UNMANAGED);
				break;
			}
			assert_int_equal(fns[f](mach, m), k == 6);
			assert_int_equal(object->resident_page_count, k != 6);
			if (k == 6)
				break;
			vm_page_use(mach, m)->dirty = m->busy = 0;
			m->hold_count = 0;
			m->wire_count = 0;
			m->oflags = 0;
			vm_page_free(mach, m);
		}
}

/* The mappings go first; what they say about the page counts. */
static void
test_try_to_free_of_a_mapped_page(void **state)
{
	struct machine *mach;
	vm_object_t object;
	vm_page_t m;
	pmap_t pmap;
	int write;

	for (write = 0; write < 2; write++) {
		mach = support_boot("mem=32M first=4M kmem=0 invariants=on");
		object = support_object(mach, 10, NULL);
		m = support_page(mach, object, 0, 0);
		pmap = pmapsim_pmap_create(mach, "p");
		assert_true(pmap_pinit(mach, pmap));
		pmap_enter(mach, pmap, 0x800000000,
		    write ? VM_PROT_WRITE : VM_PROT_READ, m,
		    VM_PROT_READ | VM_PROT_WRITE, FALSE);
		assert_int_equal(vm_page_try_to_free(mach, m), !write);
		assert_not_mapped(mach, pmap, 0x800000000);
		assert_int_equal(object->resident_page_count, write);
		assert_int_equal(vm_page_use(mach, m)->dirty, write ? 0xff : 0);
		support_destroy(mach);
	}
}

static void
test_cache_panics(void **state)
{
	struct machine *mach;
	vm_page_t m;

	mach = support_boot(CONFIG);
	m = vm_page_alloc(mach, support_object(mach, 1, NULL), 0, 0);
	assert_panics(mach, "vm_page_cache: attempting to cache busy page",
	    vm_page_cache(mach, m));
	support_destroy(mach);
	mach = support_boot(CONFIG);
	m = support_page(mach, support_object(mach, 1, NULL), 0, 0);
	vm_page_dirty(mach, m);
	assert_panics(mach, "vm_page_cache: page PTR is dirty",
	    vm_page_cache(mach, m));
	support_destroy(mach);
}

/* One bit for each 512 bytes that the range touches. */
static void
test_bits(void **state)
{
	struct machine *mach = *state;
	int base, bit, bits, size;

	for (base = 0; base < 4096; base += 256)
		for (size = 0; base + size <= 4096; size += 128) {
			bits = 0;
			for (bit = 0; bit < 8; bit++)
				if (size > 0 && bit * 512 < base + size &&
				    bit * 512 + 512 > base)
					bits |= 1 << bit;
			assert_int_equal(vm_page_bits(mach, base, size), bits);
		}
	assert_panics(mach, "vm_page_bits: illegal base/size 4000/100",
	    vm_page_bits(mach, 4000, 100));
}

static void
test_valid(void **state)
{
	struct machine *mach;
	vm_object_t object;
	vm_page_t m;
	pmap_t pmap;

	mach = support_boot("mem=32M first=4M kmem=0 invariants=on");
	object = support_object(mach, 10, NULL);
	m = vm_page_alloc(mach, object, 0, VM_ALLOC_NOBUSY);
	vm_page_set_valid(mach, m, 512, 1024);
	assert_int_equal(m->valid, 0x06);
	vm_page_use(mach, m)->dirty = 0x06;
	vm_page_set_validclean(mach, m, 1024, 1);
	assert_int_equal(m->valid, 0x06);
	assert_int_equal(vm_page_use(mach, m)->dirty, 0x02);
	m->oflags = VPO_NOSYNC;
	vm_page_set_validclean(mach, m, 0, 4096);
	assert_int_equal(m->valid, 0xff);
	assert_int_equal(vm_page_use(mach, m)->dirty, 0);
	assert_int_equal(m->oflags, 0);
	/* The whole page clean: a writable mapping forgets that it wrote. */
	pmap = pmapsim_pmap_create(mach, "p");
	assert_true(pmap_pinit(mach, pmap));
	pmap_enter(mach, pmap, 0x800000000, VM_PROT_WRITE, m,
	    VM_PROT_READ | VM_PROT_WRITE, FALSE);
	vm_page_set_validclean(mach, m, 0, 2048);
	assert_true(pmap_is_modified(mach, m));
	vm_page_set_validclean(mach, m, 0, 4096);
	assert_false(pmap_is_modified(mach, m));
	/* Invalid: nobody may see it. */
	vm_page_set_invalid(mach, m, 0, 0);
	assert_mapped(mach, pmap, 0x800000000, vm_page_to_phys(mach, m));
	vm_page_use(mach, m)->dirty = 0xff;
	vm_page_set_invalid(mach, m, 0, 600);
	assert_int_equal(m->valid, 0xfc);
	assert_int_equal(vm_page_use(mach, m)->dirty, 0xfc);
	assert_not_mapped(mach, pmap, 0x800000000);
	assert_panics(mach, "vm_page_set_valid: page PTR is dirty",
	    vm_page_set_valid(mach, m, 0, 4096));
	support_destroy(mach);
}

/* Whatever keeps a page in use keeps it from being given up. */
static void
test_cache_of_a_page_in_use_panics(void **state)
{
	struct machine *mach;
	vm_page_t m;
	int reason;

	(void)state;
	for (reason = 0; reason < 5; reason++) {
		mach = support_boot(CONFIG);
		m = support_page(mach, support_object(mach, 1, NULL), 0, 0);
		switch (reason) {
		case 0:
			vm_page_flag_set(m, PG_UNMANAGED);
			break;
		case 1:
			vm_page_busy(mach, m);
			break;
		case 2:
			vm_page_io_start(mach, m);
			break;
		case 3:
			vm_page_hold(mach, m);
			break;
		case 4:
			vm_page_wire(mach, m);
			break;
		}
		assert_panics(mach,
		    "vm_page_cache: attempting to cache busy page",
		    vm_page_cache(mach, m));
		support_destroy(mach);
	}
}

/* A mapping shows whole pages: only one that was whole can be mapped. */
static void
test_set_invalid_of_a_partly_valid_page(void **state)
{
	struct machine *mach;
	pmap_t pmap;
	vm_page_t m;
	int whole;

	(void)state;
	for (whole = 0; whole < 2; whole++) {
		mach = support_boot("mem=32M first=4M kmem=0 invariants=on");
		pmap = pmapsim_pmap_create(mach, "p");
		assert_true(pmap_pinit(mach, pmap));
		m = support_page(mach, support_object(mach, 1, NULL), 0, 0);
		if (!whole)
			m->valid = 0x7f;
		vm_page_use(mach, m)->dirty = 0xff;
		pmap_enter(mach, pmap, 0x800000000, VM_PROT_READ, m,
		    VM_PROT_READ, FALSE);
		vm_page_set_invalid(mach, m, 0, 1024);
		assert_int_equal(m->valid, whole ? 0xfc : 0x7c);
		assert_int_equal(vm_page_use(mach, m)->dirty, 0xfc);
		if (whole)
			assert_not_mapped(mach, pmap, 0x800000000);
		else
			assert_mapped(mach, pmap, 0x800000000,
			    vm_page_to_phys(mach, m));
		assert_audit(mach);
		support_destroy(mach);
	}
}

/* The daemon that waits for pages of its own is woken by the 34th. */
static void
test_free_wakes_the_daemon_that_waits(void **state)
{
	struct machine *mach;
	vm_page_t page[10];
	int i;

	(void)state;
	mach = support_boot(CONFIG);
	while (support_sysctl(mach, "vm.stats.vm.v_free_count") > 40)
		assert_non_null(vm_page_alloc(mach, NULL, 0,
		    VM_ALLOC_NOOBJ | VM_ALLOC_INTERRUPT));
	for (i = 0; i < 10; i++)
		assert_non_null(page[i] = vm_page_alloc(mach, NULL, 0,
				    VM_ALLOC_NOOBJ | VM_ALLOC_INTERRUPT));
	mach->cnt.vm_pageout_pages_needed = true;
	for (i = 0; i < 10; i++) {
		assert_sysctl(mach, "vm.stats.vm.v_free_count", 30 + i);
		assert_int_equal(mach->cnt.vm_pageout_pages_needed,
		    30 + i < 34);
		vm_page_free(mach, page[i]);
	}
	support_destroy(mach);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    page_test(test_fictitious_pages_are_left_alone),
	    page_test(test_wire_and_unwire),
	    cmocka_unit_test(test_wire_panics),
	    page_test(test_queues),
	    page_test(test_dontneed),
	    cmocka_unit_test(test_dontneed_asks_the_mappings),
	    page_test(test_busy_and_wakeup),
	    page_test(test_busy_panics),
	    cmocka_unit_test(test_dirty),
	    page_test(test_try_to_free_and_cache),
	    cmocka_unit_test(test_try_to_free_of_a_mapped_page),
	    cmocka_unit_test(test_cache_panics),
	    page_test(test_bits),
	    cmocka_unit_test(test_valid),
	    cmocka_unit_test(test_cache_of_a_page_in_use_panics),
	    cmocka_unit_test(test_set_invalid_of_a_partly_valid_page),
	    cmocka_unit_test(test_free_wakes_the_daemon_that_waits),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
