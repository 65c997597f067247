/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How reservations end: reclaimed when memory is short, broken with their
 * object, renamed; and what is left of them.
 */
#include "vm_reserv_fixture.h"

static void
test_reclaim_inactive(void **state)
{
	struct machine *mach = support_boot(CONFIG_D);
	vm_object_t object;
	int i;

	assert_false(vm_reserv_reclaim_inactive(mach));
	object = colored(mach, 1024, 0);
	/* [#.#.#.#.....] : 0, 2, 4, 6 of the first frame. */
	for (i = 0; i < 8; i += 2)
		assert_non_null(alloc(mach, object, i));
	for (i = 512; i < 1024; i++)
		assert_non_null(alloc(mach, object, i));
	assert_partpop(mach, "1000000:4");
	assert_true(vm_reserv_reclaim_inactive(mach));
	assert_partpop(mach, "");
	assert_ends(mach, 0, 0, 1);
	assert_reserv(mach, 0x1000000, NULL, 0, 0);
	assert_lists(mach,
	    "0.0.0 1001000 1003000 1005000 1007000\n"
	    "0.0.3 1008000\n0.0.4 1010000\n0.0.5 1020000\n0.0.6 1040000\n"
	    "0.0.7 1080000\n0.0.8 1100000\n");
	assert_sysctl(mach, "vm.stats.vm.v_free_count", 508);
	assert_int_equal(object->resident_page_count, 516);
	/* A full one is not reclaimed. */
	assert_false(vm_reserv_reclaim_inactive(mach));
	assert_ends(mach, 0, 0, 1);
	/* The pages that stayed are freed one by one, as any other. */
	vm_page_free(mach, vm_page_lookup(mach, object, 2));
	assert_lists(mach,
	    "0.0.0 1001000 1005000 1007000\n0.0.1 1002000\n"
	    "0.0.3 1008000\n0.0.4 1010000\n0.0.5 1020000\n0.0.6 1040000\n"
	    "0.0.7 1080000\n0.0.8 1100000\n");
	assert_audit(mach);
	support_destroy(mach);
}

/*
 * The policy that takes the reservation with the fewest pages, and of several
 * the one that was changed longest ago.
 */
static void
test_reclaim_takes_the_sparsest(void **state)
{
	/* Pages of each window in the order in which the windows were changed
	 * last; the number of the window that goes, by either rule. */
	static const struct {
		int pages[3];
		vm_paddr_t oldest, sparsest;
	} cases[] = {{{1, 2, 3}, 0, 0}, {{2, 1, 3}, 0, 1}, {{3, 2, 1}, 0, 2},
	    {{2, 1, 1}, 0, 1}, {{1, 1, 1}, 0, 0}, {{3, 3, 2}, 0, 2}};
	struct machine *mach;
	vm_object_t object;
	unsigned k, w;
	int i;

	(void)state;
	for (k = 0; k < 2 * sizeof(cases) / sizeof(cases[0]); k++) {
		const vm_paddr_t gone = k % 2 == 0 ? cases[k / 2].oldest :
						     cases[k / 2].sparsest;

		mach = support_boot(k % 2 == 0 ? CONFIG :
						 CONFIG
			" kernel=2010-04+sparse-first-reclaim");
		assert_false(vm_reserv_reclaim_inactive(mach));
		object = colored(mach, 2048, 0);
		for (w = 0; w < 3; w++)
			for (i = 0; i < cases[k / 2].pages[w]; i++)
				assert_non_null(alloc(mach, object,
				    w * 512 + (vm_pindex_t)i));
		assert_true(vm_reserv_reclaim_inactive(mach));
		for (w = 0; w < 3; w++)
			assert_reserv(mach, 0x1000000 + w * NBPDR,
			    w == gone ? NULL : object, w * 512,
			    w == gone ? 0 : cases[k / 2].pages[w]);
		assert_ends(mach, 0, 0, 1);
		assert_audit(mach);
		support_destroy(mach);
	}
}

static void
test_break_all(void **state)
{
	struct machine *mach = *state;
	vm_object_t object, other;
	int i;

	object = colored(mach, 2048, 0);
	other = colored(mach, 512, 0);
	assert_pa(mach, alloc(mach, other, 0), 0x1000000);
	assert_pa(mach, alloc(mach, object, 0), 0x1200000);
	for (i = 0; i < 512; i++) /* a full one is broken too */
		assert_non_null(alloc(mach, object, 512 + i));
	vm_reserv_break_all(mach, object);
	assert_ends(mach, 2, 0, 0);
	assert_true(LIST_EMPTY(&object->rvq));
	assert_reserv(mach, 0x1000000, other, 0, 1);
	assert_reserv(mach, 0x1200000, NULL, 0, 0);
	assert_reserv(mach, 0x1400000, NULL, 0, 0);
	assert_partpop(mach, "1000000:1");
	assert_int_equal(object->resident_page_count, 513);
	assert_int_equal(vm_reserv_level_iffullpop(mach,
			     PHYS_TO_VM_PAGE(mach, 0x1400000)),
	    -1);
	vm_reserv_break_all(mach, object);
	assert_ends(mach, 2, 0, 0);
	/* As long as its pages are resident the window is not reserved again.
	 */
	assert_pa(mach, alloc(mach, object, 1), 0x1201000);
	assert_true(LIST_EMPTY(&object->rvq));
}

/* The object's end: its frames go back whole. */
static void
test_object_terminate_frees_frames(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	int i;

	object = colored(mach, 2048, 0);
	for (i = 0; i < 700; i++)
		assert_non_null(support_page(mach, object, i, 0));
	vm_object_deallocate(mach, object);
	assert_ends(mach, 0, 2, 0);
	assert_lists(mach, "0.0.12 1000000\n");
	assert_sysctl(mach, "vm.stats.vm.v_free_count", 4096);
	assert_sysctl(mach, "vm.stats.vm.v_pfree", 700);
}

/* One reservation whose pages are in use but for one run. */
static void
test_reclaim_contig(void **state)
{
	static const struct {
		unsigned first_unused, unused; /* pages of the frame */
		vm_paddr_t size, low, high;
		unsigned long alignment, boundary;
		bool found;
	} cases[] = {
	    {100, 8, 0x8000, 0, UINT64_MAX, 1, 0, true},
	    {100, 8, 0x9000, 0, UINT64_MAX, 1, 0, false},
	    /* One page needs two that are unused. */
	    {100, 1, 0x1000, 0, UINT64_MAX, 1, 0, false},
	    {100, 2, 0x1000, 0, UINT64_MAX, 1, 0, true},
	    {510, 2, 0x1000, 0, UINT64_MAX, 1, 0, true},
	    {511, 1, 0x1000, 0, UINT64_MAX, 1, 0, false},
	    /* low: 1064000 is page 100. */
	    {100, 8, 0x4000, 0x1064000, UINT64_MAX, 1, 0, true},
	    {100, 8, 0x4000, 0x1068000, UINT64_MAX, 1, 0, true},
	    {100, 8, 0x4000, 0x1069000, UINT64_MAX, 1, 0, false},
	    {100, 8, 0x4000, 0x1064001, UINT64_MAX, 1, 0, true},
	    {100, 8, 0x4000, 0x1200000, UINT64_MAX, 1, 0, false},
	    /* high: the end may be it. */
	    {100, 8, 0x4000, 0, 0x1068000, 1, 0, true},
	    {100, 8, 0x4000, 0, 0x1067fff, 1, 0, false},
	    /* Alignment: 1068000 is aligned to 8 pages and has 4 left. */
	    {100, 8, 0x4000, 0, UINT64_MAX, 0x8000, 0, true},
	    {100, 8, 0x5000, 0, UINT64_MAX, 0x8000, 0, false},
	    /* Boundary: 4 from 1064000 end at 1068000 exactly. */
	    {100, 8, 0x4000, 0, UINT64_MAX, 1, 0x4000, true},
	    {101, 7, 0x4000, 0, UINT64_MAX, 1, 0x4000, true},
	    {101, 6, 0x4000, 0, UINT64_MAX, 1, 0x4000, false},
	    /* As large as can be partial, and larger. */
	    {1, 511, 0x1ff000, 0, UINT64_MAX, 1, 0, true},
	    {1, 511, 0x200000, 0, UINT64_MAX, 1, 0, false},
	};
	struct machine *mach;
	vm_object_t object;
	unsigned i;
	size_t k;

	for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		mach = support_boot("mem=0x1200000 first=0x1000000 kmem=0 "
				    "invariants=on");
		object = colored(mach, 512, 0);
		for (i = 0; i < 512; i++)
			if (i < cases[k].first_unused ||
			    i >= cases[k].first_unused + cases[k].unused)
				assert_non_null(alloc(mach, object, i));
		if (vm_reserv_reclaim_contig(mach, cases[k].size, cases[k].low,
			cases[k].high, cases[k].alignment,
			cases[k].boundary) != cases[k].found)
			fail_msg("case %zu", k);
		assert_ends(mach, 0, 0, cases[k].found);
		assert_int_equal(reserv(mach, 0x1000000)->object == NULL,
		    cases[k].found);
		assert_audit(mach);
		support_destroy(mach);
	}
}

/*
 * A gap whose start is not aligned does not serve, and a kernel may give it up;
 * the next gap is tried all the same.
 */
static void
test_reclaim_contig_tries_the_next_gap(void **state)
{
#define ONE_RESERVATION "mem=0x1200000 first=0x1000000 kmem=0 kernel=2010-04"
	static const char *const configs[] = {ONE_RESERVATION,
	    ONE_RESERVATION "+separate-size-test",
	    ONE_RESERVATION "+reclaim-contig-align"};
#undef ONE_RESERVATION
	struct machine *mach;
	vm_object_t object;
	unsigned i;
	size_t k;

	(void)state;
	for (k = 0; k < sizeof(configs) / sizeof(configs[0]); k++) {
		mach = support_boot(configs[k]);
		object = colored(mach, 512, 0);
		/* Unused are 101, 102, and 104 to 108. */
		for (i = 0; i < 512; i++)
			if (i < 101 || i == 103 || i > 108)
				assert_non_null(alloc(mach, object, i));
		assert_false(vm_reserv_reclaim_contig(mach, 0x6000, 0,
		    UINT64_MAX, 0x8000, 0));
		assert_ends(mach, 0, 0, 0);
		assert_true(vm_reserv_reclaim_contig(mach, 0x4000, 0,
		    UINT64_MAX, 0x4000, 0));
		assert_ends(mach, 0, 0, 1);
		assert_audit(mach);
		support_destroy(mach);
	}
}

/* What a kernel asks of a run, beside its place. */
struct run_rules {
	const char *config;
	unsigned least;	 /* pages that it must have */
	bool gap_starts; /* it begins where its gap does */
};

/* A search: bytes, all but "size" as vm_reserv_reclaim_contig() wants them. */
struct run_search {
	unsigned size; /* pages */
	vm_paddr_t low, high;
	unsigned long alignment, boundary;
};

/* Whether the frame at "base" has such a run, page by page. */
static bool
has_run(const bool *unused, vm_paddr_t base, const struct run_rules *rules,
    const struct run_search *s)
{
	unsigned i, n, need;
	vm_paddr_t end, pa;

	need = s->size < rules->least ? rules->least : s->size;
	for (i = 0; i + need <= 512; i++) {
		pa = base + ptoa(i);
		end = pa + ptoa(s->size);
		for (n = 0; n < need && unused[i + n]; n++)
			;
		if (n == need && pa >= s->low && end <= s->high &&
		    pa % s->alignment == 0 &&
		    (s->boundary == 0 ||
			pa / s->boundary == (end - 1) / s->boundary) &&
		    (!rules->gap_starts || i == 0 || !unused[i - 1]))
			return (true);
	}
	return (false);
}

/*
 * Random gaps, and searches whose bounds are at a page of one or just beside;
 * the frame behind is free, and no run goes on there.
 */
static void
test_reclaim_contig_agrees_with_array(void **state)
{
#define TWO_FRAMES "mem=0x1400000 first=0x1000000 kmem=0 kernel=2010-04"
	static const struct run_rules rules[] = {{TWO_FRAMES, 2, false},
	    {TWO_FRAMES "+separate-size-test", 1, false},
	    {TWO_FRAMES "+reclaim-contig-align", 2, true}};
#undef TWO_FRAMES
	const vm_paddr_t base = 0x1000000;
	uint64_t seed = 20261130;
	struct run_search s;
	struct machine *mach;
	vm_object_t object;
	bool found, unused[512];
	unsigned first, i, k, round, tries;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (round = 0; round < 3 * 100; round++) {
		k = round % 3;
		mach = support_boot(rules[k].config);
		object = colored(mach, 512, 0);
		memset(unused, 0, sizeof(unused));
		for (i = 0; i < 5; i++) {
			first = (unsigned)(support_random(&seed) >> 33) % 512;
			if (i == 0)
				first = 508;
			unused[first] = true;
			while (++first < 512 &&
			    support_random(&seed) >> 62 != 0)
				unused[first] = true;
		}
		for (i = 0; i < 512; i++)
			if (!unused[i])
				assert_non_null(alloc(mach, object, i));
		for (found = false, tries = 0; !found && tries < 40; tries++) {
			do
				first = (unsigned)(support_random(&seed) >>
					    33) %
				    512;
			while (!unused[first]);
			s.size = 1 + (unsigned)(support_random(&seed) >> 61);
			s.low = support_random(&seed) >> 63 ?
			    0 :
			    base + ptoa(first) - 1 +
				(support_random(&seed) >> 33) % 3;
			s.high = support_random(&seed) >> 63 ?
			    UINT64_MAX :
			    base + ptoa(first + s.size) - 1 +
				(support_random(&seed) >> 33) % 3;
			s.alignment = PAGE_SIZE
			    << (support_random(&seed) >> 62);
			s.boundary = support_random(&seed) >> 63 ?
			    0 :
			    PAGE_SIZE << (support_random(&seed) >> 61);
			found = has_run(unused, base, &rules[k], &s);
			assert_int_equal(vm_reserv_reclaim_contig(mach,
					     ptoa(s.size), s.low, s.high,
					     s.alignment, s.boundary),
			    found);
			assert_ends(mach, 0, 0, found);
		}
		support_destroy(mach);
	}
}

/* The first in the queue that has a run, not the first. */
static void
test_reclaim_contig_in_queue_order(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	int i;

	object = colored(mach, 2048, 0);
	for (i = 0; i < 512; i += 2)
		assert_non_null(alloc(mach, object, i));
	assert_non_null(alloc(mach, object, 1024));
	assert_non_null(alloc(mach, object, 512));
	assert_partpop(mach, "1000000:256 1200000:1 1400000:1");
	assert_true(vm_reserv_reclaim_contig(mach, 0x2000, 0, UINT64_MAX, 1,
	    0));
	assert_partpop(mach, "1000000:256 1400000:1");
	/* Below "low" a reservation is passed over, not the end. */
	assert_true(vm_reserv_reclaim_contig(mach, 0x2000, 0x1400000,
	    UINT64_MAX, 1, 0));
	assert_partpop(mach, "1000000:256");
	assert_false(vm_reserv_reclaim_contig(mach, 0x2000, 0, UINT64_MAX, 1,
	    0));
	assert_ends(mach, 0, 0, 2);
}

/* The first page that moves takes the reservation along. */
static void
test_rename(void **state)
{
	struct machine *mach = *state;
	vm_object_t a, b, other;
	vm_page_t m;

	a = colored(mach, 2048, 0);
	b = colored(mach, 2048, 256);
	other = colored(mach, 512, 0);
	assert_pa(mach, alloc(mach, a, 600), 0x1058000);
	assert_non_null(alloc(mach, a, 601));
	assert_non_null(alloc(mach, b, 1900));
	m = vm_page_lookup(mach, a, 600);
	vm_reserv_rename(mach, m, b, other, 256); /* not its owner */
	assert_reserv(mach, 0x1000000, a, 512, 2);
	vm_reserv_rename(mach, m, b, a, 256);
	vm_page_rename(mach, m, b, 600 - 256);
	assert_reserv(mach, 0x1000000, b, 256, 2);
	assert_true(LIST_EMPTY(&a->rvq));
	assert_ptr_equal(LIST_FIRST(&b->rvq), reserv(mach, 0x1000000));
	m = vm_page_lookup(mach, a, 601);
	vm_reserv_rename(mach, m, b, a, 256); /* owned already */
	vm_page_rename(mach, m, b, 601 - 256);
	assert_reserv(mach, 0x1000000, b, 256, 2);
	/* The next page of the window comes from it. */
	assert_pa(mach, alloc(mach, b, 602 - 256), 0x105a000);
}

/* It may begin before the new object does. */
static void
test_rename_below_zero(void **state)
{
	struct machine *mach = *state;
	vm_object_t a, b;
	vm_page_t m;

	a = colored(mach, 2048, 0);
	b = colored(mach, 2048, 100);
	m = alloc(mach, a, 200);
	vm_reserv_rename(mach, m, b, a, 100);
	vm_page_rename(mach, m, b, 100);
	assert_reserv(mach, 0x1000000, b, (vm_pindex_t)-100, 1);
	/* The window begins before the object: it is not even looked for. */
	assert_pa(mach, alloc(mach, b, 101), 0x1200000);
	assert_partpop(mach, "1000000:1");
}

/* Nothing is ever cached, so flags are set by hand. */
static void
test_reactivate(void **state)
{
	struct machine *mach;
	vm_object_t object, other;
	vm_page_t m;
	int same;

	/* Another object's page, its own page, its own under another index. */
	for (same = 0; same < 3; same++) {
		mach = support_boot(CONFIG_D);
		object = colored(mach, 512, 0);
		other = colored(mach, 512, 0);
		assert_pa(mach, alloc(mach, object, 0), 0x1000000);
		m = PHYS_TO_VM_PAGE(mach, 0x1003000);
		vm_page_set_flags(m, PG_CACHED);
		m->object = same != 0 ? object : other;
		m->pindex = same != 2 ? 3 : 512 + 3;
		assert_true(vm_reserv_reactivate_page(mach, m));
		if (same == 1) {
			assert_reserv(mach, 0x1000000, object, 0, 2);
			assert_ends(mach, 0, 0, 0);
			assert_lists(mach, "0.0.9 1200000\n");
		} else {
			assert_reserv(mach, 0x1000000, NULL, 0, 0);
			assert_ends(mach, 1, 0, 0);
			assert_lists(mach,
			    "0.0.0 1001000 1002000\n"
			    "0.0.2 1004000\n0.0.3 1008000\n0.0.4 1010000\n"
			    "0.0.5 1020000\n0.0.6 1040000\n0.0.7 1080000\n"
			    "0.0.8 1100000\n0.0.9 1200000\n");
		}
		assert_false(vm_reserv_reactivate_page(mach,
		    PHYS_TO_VM_PAGE(mach, 0x1200000)));
		pmapsim_destroy(mach);
	}
}

static void
test_partpopq_text(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	char text[128];
	int length;

	length = pmapsim_sysctl_text(mach, "vm.reserv.partpopq", text,
	    sizeof(text));
	assert_string_equal(text,
	    "\nLEVEL     SIZE  NUMBER\n\n"
	    "-00001: 000000K, 000000\n");
	assert_int_equal(length, strlen(text));
	object = colored(mach, 2048, 0);
	assert_non_null(alloc(mach, object, 0));
	assert_non_null(alloc(mach, object, 512));
	assert_non_null(alloc(mach, object, 513));
	pmapsim_sysctl_text(mach, "vm.reserv.partpopq", text, sizeof(text));
	/* (511 + 510) * 4 KB */
	assert_string_equal(text,
	    "\nLEVEL     SIZE  NUMBER\n\n"
	    "-00001: 004084K, 000002\n");

	mach = support_boot(CONFIG " kernel=9.0");
	pmapsim_sysctl_text(mach, "vm.reserv.partpopq", text, sizeof(text));
	assert_string_equal(text,
	    "\nLEVEL     SIZE  NUMBER\n\n"
	    "   -1:      0K,      0\n");
	support_destroy(mach);
}

/*
 * Behind the only page of a window that was broken comes the next free page,
 * not a new window: the page before it is resident.
 */
static void
test_page_behind_a_broken_window(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = colored(mach, 2000, 0);
	assert_pa(mach, alloc(mach, object, 512), 0x1000000);
	vm_reserv_break_all(mach, object);
	assert_pa(mach, alloc(mach, object, 513), 0x1001000);
	assert_true(LIST_EMPTY(&object->rvq));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reclaim_inactive),
	    cmocka_unit_test(test_reclaim_takes_the_sparsest),
	    reserv_test(test_break_all),
	    reserv_test(test_page_behind_a_broken_window),
	    reserv_test(test_object_terminate_frees_frames),
	    cmocka_unit_test(test_reclaim_contig),
	    cmocka_unit_test(test_reclaim_contig_tries_the_next_gap),
	    cmocka_unit_test(test_reclaim_contig_agrees_with_array),
	    reserv_test(test_reclaim_contig_in_queue_order),
	    reserv_test(test_rename),
	    reserv_test(test_rename_below_zero),
	    cmocka_unit_test(test_reactivate),
	    reserv_test(test_partpopq_text),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
