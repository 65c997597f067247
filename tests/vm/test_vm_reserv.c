/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reservations: when one is made, where its pages lie, which are refused, and
 * the counts that they keep.
 */
#include "vm_reserv_fixture.h"

#include "vm/vm_reserv_page.h"

/* Examples D1 to D6 of the specification. */
static void
test_examples_D(void **state)
{
	struct machine *mach = support_boot(CONFIG_D);
	vm_object_t o1, o2;

	assert_lists(mach, "0.0.10 1000000\n");
	o1 = colored(mach, 100, 0);
	o2 = colored(mach, 2000, 0);
	assert_pa(mach, alloc(mach, o1, 3), 0x1003000); /* D1 */
	assert_partpop(mach, "1000000:1");
	assert_reserv(mach, 0x1000000, o1, 0, 1);
	assert_lists(mach, "0.0.9 1200000\n");
	assert_pa(mach, alloc(mach, o2, 512), 0x1200000); /* D2 */
	assert_partpop(mach, "1000000:1 1200000:1");
	assert_reserv(mach, 0x1200000, o2, 512, 1);
	assert_lists(mach, "");
	assert_sysctl(mach, "vm.stats.vm.v_free_count", 1022);
	assert_pa(mach, alloc(mach, o1, 4), 0x1004000); /* D3 */
	assert_partpop(mach, "1200000:1 1000000:2");
	assert_pa(mach, vm_page_alloc(mach, NULL, 0, VM_ALLOC_NOOBJ),
	    0x1300000); /* D4 */
	assert_ends(mach, 0, 0, 1);
	assert_reserv(mach, 0x1200000, NULL, 0, 0);
	assert_lists(mach,
	    "0.0.0 1201000\n0.0.1 1202000\n0.0.2 1204000\n"
	    "0.0.3 1208000\n0.0.4 1210000\n0.0.5 1220000\n0.0.6 1240000\n"
	    "0.0.7 1280000\n0.1.0 1301000\n0.1.1 1302000\n0.1.2 1304000\n"
	    "0.1.3 1308000\n0.1.4 1310000\n0.1.5 1320000\n0.1.6 1340000\n"
	    "0.1.7 1380000\n");
	assert_pa(mach, alloc(mach, o2, 513), 0x1201000); /* D5 */
	assert_partpop(mach, "1000000:2");
	vm_page_free(mach, vm_page_lookup(mach, o2, 512)); /* D6 */
	assert_lists(mach,
	    "0.0.0 1200000\n0.0.1 1202000\n0.0.2 1204000\n"
	    "0.0.3 1208000\n0.0.4 1210000\n0.0.5 1220000\n0.0.6 1240000\n"
	    "0.0.7 1280000\n0.1.0 1301000\n0.1.1 1302000\n0.1.2 1304000\n"
	    "0.1.3 1308000\n0.1.4 1310000\n0.1.5 1320000\n0.1.6 1340000\n"
	    "0.1.7 1380000\n");
	support_destroy(mach);

	mach = support_boot(CONFIG_D); /* D7 */
	o1 = colored(mach, 2000, 0x101);
	assert_pa(mach, alloc(mach, o1, 0), 0x1000000);
	assert_pa(mach, alloc(mach, o1, 254), 0x1001000);
	assert_partpop(mach, "");
	assert_pa(mach, alloc(mach, o1, 255), 0x1200000);
	assert_reserv(mach, 0x1200000, o1, 255, 1);
	assert_pa(mach, alloc(mach, o1, 256), 0x1201000);
	assert_audit(mach);
	support_destroy(mach);
}

/* A frame's pages, whatever the order they are asked for. */
static void
test_pages_lie_where_their_index_says(void **state)
{
	static const unsigned strides[] = {1, 511, 3, 171};
	struct machine *mach;
	vm_object_t object;
	unsigned i, index, k;

	for (k = 0; k < 4; k++) {
		mach = support_boot(CONFIG);
		object = colored(mach, 2048, 512 - 7);
		for (i = 0; i < 512; i++) {
			index = i * strides[k] % 512;
			assert_int_equal(vm_reserv_level_iffullpop(mach,
					     PHYS_TO_VM_PAGE(mach, 0x1000000)),
			    -1);
			assert_pa(mach, alloc(mach, object, 519 + index),
			    0x1000000 + ptoa(index));
			assert_reserv(mach, 0x1000000, object, 519, i + 1);
		}
		/* Full: off the queue. */
		assert_partpop(mach, "");
		for (i = 0; i < 512; i++)
			assert_int_equal(vm_reserv_level_iffullpop(mach,
					     PHYS_TO_VM_PAGE(mach,
						 0x1000000 + ptoa(i))),
			    0);
		assert_int_equal(vm_reserv_level_iffullpop(mach,
				     PHYS_TO_VM_PAGE(mach, 0x1200000)),
		    -1);
		assert_sysctl(mach, "vm.stats.vm.v_free_count", 4096 - 512);
		/* Empty again: the frame goes back whole, to the tail. */
		for (i = 0; i < 512; i++) {
			index = i * strides[3 - k] % 512;
			assert_reserv(mach, 0x1000000, object, 519, 512 - i);
			vm_page_free(mach,
			    vm_page_lookup(mach, object, 519 + index));
		}
		assert_reserv(mach, 0x1000000, NULL, 0, 0);
		assert_true(LIST_EMPTY(&object->rvq));
		assert_ends(mach, 0, 1, 0);
		assert_lists(mach, "0.0.12 1000000\n");
		assert_audit(mach);
		support_destroy(mach);
	}
}

/*
 * In each kernel, and whatever the order in which three windows are filled:
 * each has one frame, and the next window's reservation is found by no page of
 * another.
 */
static void
test_windows_fill_in_any_order(void **state)
{
	static const char *const kernels[] = {"2010-04", "9.0", "2022-07",
	    "2026-pmap"};
	enum { PAGES = 3 * 512 };
	/* Page "i" times this, modulo PAGES: up, down, and to and fro. */
	static const unsigned strides[] = {1, PAGES - 1, 5, 511, PAGES - 511,
	    1025};
	struct machine *mach;
	vm_object_t object;
	vm_paddr_t frame[3];
	char config[100];
	vm_page_t m;
	unsigned i, index, k;

	for (k = 0; k < 4 * 6; k++) {
		snprintf(config, sizeof(config), "%s kernel=%s", CONFIG,
		    kernels[k / 6]);
		mach = support_boot(config);
		object = colored(mach, PAGES, 0);
		memset(frame, 0, sizeof(frame));
		for (i = 0; i < PAGES; i++) {
			index = i * strides[k % 6] % PAGES;
			m = alloc(mach, object, index);
			assert_non_null(m);
			if (frame[index / 512] == 0) {
				frame[index / 512] = VM_PAGE_TO_PHYS(m) -
				    ptoa(index % 512);
				assert_reserv(mach, frame[index / 512], object,
				    index / 512 * 512, 1);
			}
			assert_pa(mach, m,
			    frame[index / 512] + ptoa(index % 512));
		}
		for (i = 0; i < 3; i++) {
			assert_int_equal(frame[i] & PDRMASK, 0);
			assert_reserv(mach, frame[i], object, i * 512, 512);
		}
		assert_partpop(mach, "");
		for (i = 0; i < PAGES; i++)
			vm_page_free(mach,
			    vm_page_lookup(mach, object,
				i * strides[5 - k % 6] % PAGES));
		assert_ends(mach, 0, 3, 0);
		assert_audit(mach);
		support_destroy(mach);
	}
}

/* Every change makes a reservation the last of the queue. */
static void
test_queue_order(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	int i;

	object = colored(mach, 2048, 0);
	for (i = 0; i < 3; i++)
		assert_non_null(alloc(mach, object, i * 512));
	assert_partpop(mach, "1000000:1 1200000:1 1400000:1");
	assert_non_null(alloc(mach, object, 1));
	assert_partpop(mach, "1200000:1 1400000:1 1000000:2");
	assert_non_null(alloc(mach, object, 2)); /* is the last */
	assert_partpop(mach, "1200000:1 1400000:1 1000000:3");
	assert_non_null(alloc(mach, object, 513));
	assert_partpop(mach, "1400000:1 1000000:3 1200000:2");
	vm_page_free(mach, vm_page_lookup(mach, object, 0));
	assert_partpop(mach, "1400000:1 1200000:2 1000000:2");
	vm_page_free(mach, vm_page_lookup(mach, object, 1));
	assert_partpop(mach, "1400000:1 1200000:2 1000000:1");
	vm_page_free(mach, vm_page_lookup(mach, object, 1024));
	assert_partpop(mach, "1200000:2 1000000:1");
	/* Full and not full again: at the tail. */
	for (i = 0; i < 512; i++)
		if (i != 2)
			assert_non_null(alloc(mach, object, i));
	assert_partpop(mach, "1200000:2");
	vm_page_free(mach, vm_page_lookup(mach, object, 7));
	assert_partpop(mach, "1200000:2 1000000:511");
	assert_int_equal(LIST_FIRST(&object->rvq) == reserv(mach, 0x1200000),
	    1); /* the newest first */
}

/* Conditions under which there is no reservation. */
static void
test_refused(void **state)
{
	static const struct {
		vm_pindex_t size, pindex;
		uint16_t color;
		bool given;
	} cases[] = {
	    {512, 0, 0, true},
	    {512, 511, 0, true},
	    {512, 512, 0, false},  /* beyond the object */
	    {1, 0, 0, true},	   /* shorter than the window */
	    {1024, 510, 1, false}, /* would begin before 0 */
	    {1024, 511, 1, true},
	    {1024, 0, 512, true},
	    {1024, 0, 0x8000, true},
	    {0x100000000, 0xfffffe00, 0, true},
	};
	struct machine *mach;
	vm_object_t object;
	size_t k;

	for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		mach = support_boot(CONFIG);
		object = colored(mach, cases[k].size, cases[k].color);
		assert_non_null(alloc(mach, object, cases[k].pindex));
		assert_int_equal(!LIST_EMPTY(&object->rvq), cases[k].given);
		assert_audit(mach);
		support_destroy(mach);
	}
	/* Without a colour, and for device memory: never. */
	for (k = 0; k < 4; k++) {
		mach = support_boot(CONFIG);
		object = vm_object_allocate(mach,
		    k == 0     ? OBJT_DEFAULT :
			k == 1 ? OBJT_DEVICE :
			k == 2 ? OBJT_SG :
				 OBJT_PHYS,
		    1024);
		if (k > 0)
			pmapsim_object_color(mach, object, 0);
		assert_non_null(alloc(mach, object, 3));
		assert_int_equal(!LIST_EMPTY(&object->rvq), k == 3);
		support_destroy(mach);
	}
	/* No frame is left. */
	mach = support_boot(CONFIG_D);
	assert_pa(mach, vm_page_alloc(mach, NULL, 0, VM_ALLOC_NOOBJ),
	    0x1000000);
	object = colored(mach, 1024, 0);
	assert_pa(mach, alloc(mach, object, 0), 0x1200000);
	assert_pa(mach, alloc(mach, object, 512), 0x1100000);
	assert_partpop(mach, "1200000:1");
	support_destroy(mach);
}

/* A file may not grow into the window, nor a shadow of one. */
static void
test_refused_at_the_end_of_a_file(void **state)
{
	struct machine *mach;
	vm_object_t backing, object;
	int k, size;

	for (k = 0; k < 3; k++)
		for (size = 511; size < 513; size++) {
			mach = support_boot(CONFIG);
			backing = vm_object_allocate(mach,
			    k == 1 ? OBJT_VNODE : OBJT_DEFAULT, 1024);
			object = vm_object_allocate(mach,
			    k == 0 ? OBJT_VNODE : OBJT_DEFAULT,
			    (vm_pindex_t)size);
			pmapsim_object_color(mach, object, 0);
			object->backing_object = backing;
			assert_non_null(alloc(mach, object, 5));
			assert_int_equal(!LIST_EMPTY(&object->rvq),
			    k == 2 || size == 512);
			object->backing_object = NULL;
			support_destroy(mach);
		}
}

/*
 * A resident page outside the object's reservations bars the windows it lies
 * in, one in a reservation bars what that covers.  [0, 512) [512, 1024) ...
 */
static void
test_neighbours_bound_the_window(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = support_object(mach, 4096, NULL);
	/* ..#. : a single page at 700, allocated before the colour. */
	assert_pa(mach, alloc(mach, object, 700), 0x1000000);
	pmapsim_object_color(mach, object, 0);
	assert_non_null(alloc(mach, object, 600));
	assert_non_null(alloc(mach, object, 900));
	assert_partpop(mach, "");
	/* The windows beside it are free, down to the last page. */
	assert_pa(mach, alloc(mach, object, 511), 0x13ff000);
	assert_pa(mach, alloc(mach, object, 1024), 0x1400000);
	assert_partpop(mach, "1200000:1 1400000:1");
	/* Found again from either side, through any root. */
	assert_pa(mach, alloc(mach, object, 510), 0x13fe000);
	assert_pa(mach, alloc(mach, object, 1100), 0x144c000);
	assert_pa(mach, alloc(mach, object, 0), 0x1200000);
	assert_non_null(vm_page_lookup(mach, object, 700));
	assert_pa(mach, alloc(mach, object, 1), 0x1201000);
	assert_non_null(vm_page_lookup(mach, object, 700));
	assert_pa(mach, alloc(mach, object, 1535), 0x15ff000);
	/* A window between two reservations. */
	assert_pa(mach, alloc(mach, object, 2048), 0x1600000);
	assert_non_null(vm_page_lookup(mach, object, 1535));
	assert_pa(mach, alloc(mach, object, 1536), 0x1800000);
	assert_reserv(mach, 0x1800000, object, 1536, 1);
	/* With the single pages gone the window can be had. */
	vm_page_free(mach, vm_page_lookup(mach, object, 700));
	vm_page_free(mach, vm_page_lookup(mach, object, 600));
	assert_non_null(alloc(mach, object, 601));
	assert_int_equal(vm_page_lookup(mach, object, 601)->pindex, 601);
	assert_null(reserv(mach, 0x1000000)->object);
	vm_page_free(mach, vm_page_lookup(mach, object, 601));
	vm_page_free(mach, vm_page_lookup(mach, object, 900));
	assert_pa(mach, alloc(mach, object, 512), 0x1a00000);
}

/*
 * A colour that changes leaves reservations at other offsets: new windows
 * must not overlap them.
 */
static void
test_windows_do_not_overlap(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = colored(mach, 4096, 0);
	assert_pa(mach, alloc(mach, object, 900), 0x1184000);
	pmapsim_object_color(mach, object, 256);
	/* Window [256, 768) overlaps [512, 1024) from below, */
	assert_non_null(alloc(mach, object, 300));
	assert_true(LIST_NEXT(LIST_FIRST(&object->rvq), objq) == NULL);
	/* [768, 1280) from above: refused as well; */
	assert_non_null(alloc(mach, object, 1100));
	assert_true(LIST_NEXT(LIST_FIRST(&object->rvq), objq) == NULL);
	/* [1280, 1792) does not. */
	assert_non_null(alloc(mach, object, 1280));
	assert_int_equal(LIST_FIRST(&object->rvq)->pindex, 1280);
}

/* A page in use under another identity: a single page, and nothing tried. */
static void
test_page_in_use_elsewhere(void **state)
{
	struct machine *mach = *state;
	vm_object_t a, b;
	vm_page_t m;

	a = colored(mach, 512, 0);
	b = colored(mach, 512, 0);
	assert_pa(mach, alloc(mach, a, 5), 0x1005000);
	assert_pa(mach, alloc(mach, a, 6), 0x1006000);
	m = vm_page_lookup(mach, a, 5);
	vm_page_rename(mach, m, b, 5);
	assert_pa(mach, alloc(mach, a, 5), 0x1200000);
	assert_partpop(mach, "1000000:2");
	assert_int_equal(vm_page_lookup(mach, a, 5)->pindex, 5);
	/* b's page is of a's frame: b gets no window beside it. */
	assert_non_null(alloc(mach, b, 6));
	assert_true(LIST_EMPTY(&b->rvq));
	/* Freed, it goes back to the frame's owner. */
	vm_page_free(mach, m);
	assert_partpop(mach, "1000000:1");
}

/* A frame is valid when all of it is memory. */
static void
test_valid_frames(void **state)
{
	struct machine *mach;
	vm_paddr_t pa;

	mach = support_boot("mem=0x1601000 first=0x1001000 kmem=0");
	assert_int_equal(mach->vm_reserv->nframes, 12);
	for (pa = 0; pa < 0x1601000; pa += NBPDR)
		if (pa == 0x1200000 || pa == 0x1400000)
			assert_ptr_equal(vm_reserv_pages(mach,
					     reserv(mach, pa)),
			    PHYS_TO_VM_PAGE(mach, pa));
		else
			assert_null(vm_reserv_pages(mach, reserv(mach, pa)));
	support_destroy(mach);
}

static void
test_panics(void **state)
{
	struct machine *mach;
	struct vm_reserv *rv;
	vm_object_t object;

	/* An object with page 0 in a reservation; "rv" is that, or the next. */
#define PANICS(text, pa, corrupt, call)                      \
	do {                                                 \
		mach = support_boot(CONFIG);                 \
		object = colored(mach, 2048, 0);             \
		assert_non_null(alloc(mach, object, 0));     \
		rv = reserv(mach, (pa));                     \
		corrupt;                                     \
		assert_panics(mach, text, call);             \
		assert_true(pmapsim_panic(mach)->assertion); \
		pmapsim_destroy(mach);                       \
	} while (0)

	PANICS("vm_reserv_populate: reserv PTR is already full", 0x1000000,
	    rv->popcnt = 512, alloc(mach, object, 1));
	PANICS("vm_reserv_depopulate: reserv PTR's popcnt is corrupted",
	    0x1000000, rv->popcnt = 0,
	    vm_page_free(mach, vm_page_lookup(mach, object, 0)));
	PANICS("vm_reserv_alloc_page: pindex already allocated", 0x1000000,
	    (void)0, alloc(mach, object, 0));
	PANICS("vm_reserv_alloc_page: reserv PTR's pages is corrupted",
	    0x1200000, mach->config.mem = 0x1300000, alloc(mach, object, 512));
	PANICS("vm_reserv_alloc_page: reserv PTR isn't free", 0x1200000,
	    rv->object = pmapsim_kernel_object(mach), alloc(mach, object, 512));
	PANICS("vm_reserv_alloc_page: reserv PTR's popcnt is corrupted",
	    0x1200000, rv->popcnt = 1, alloc(mach, object, 512));
	PANICS("vm_reserv_alloc_page: reserv PTR's inpartpopq is TRUE",
	    0x1200000, rv->inpartpopq = true, alloc(mach, object, 512));
	PANICS("vm_reserv_break_all: reserv PTR is corrupted", 0x1000000,
	    rv->object = pmapsim_kernel_object(mach),
	    vm_reserv_break_all(mach, object));
	PANICS("vm_reserv_break_all: reserv PTR's popcnt is corrupted",
	    0x1000000, rv->popcnt = 2, vm_reserv_break_all(mach, object));
	PANICS("vm_reserv_reclaim: reserv PTR's inpartpopq is corrupted",
	    0x1000000, rv->inpartpopq = false,
	    vm_reserv_reclaim_inactive(mach));
	PANICS("vm_reserv_reclaim: reserv PTR is free", 0x1000000,
	    rv->object = NULL, vm_reserv_reclaim_inactive(mach));
	PANICS("vm_reserv_reclaim: reserv PTR's popcnt is corrupted", 0x1000000,
	    rv->popcnt = 3, vm_reserv_reclaim_inactive(mach));
	PANICS("vm_reserv_uncache_page: page PTR is not cached", 0x1000000,
	    (void)0,
	    vm_reserv_reactivate_page(mach, PHYS_TO_VM_PAGE(mach, 0x1003000)));
	PANICS("vm_reserv_uncache_page: reserv PTR's inpartpopq is FALSE",
	    0x1000000,
	    (rv->inpartpopq = false,
		vm_page_set_flags(PHYS_TO_VM_PAGE(mach, 0x1003000), PG_CACHED)),
	    vm_reserv_reactivate_page(mach, PHYS_TO_VM_PAGE(mach, 0x1003000)));
	PANICS("vm_reserv_uncache_page: reserv PTR's popcnt is corrupted",
	    0x1000000,
	    (rv->popcnt = 7,
		vm_page_set_flags(PHYS_TO_VM_PAGE(mach, 0x1003000), PG_CACHED)),
	    vm_reserv_reactivate_page(mach, PHYS_TO_VM_PAGE(mach, 0x1003000)));
#undef PANICS
}

/*
 * Random allocations and frees in three objects, with everything else that
 * changes reservations; after each step all counts are recounted.
 */
static void
test_random_calls_keep_the_counts(void **state)
{
	struct machine *mach;
	vm_object_t objects[3];
	vm_page_t m;
	vm_pindex_t pindex;
	uint64_t seed = 20101022;
	unsigned k, n, step;

	print_message("seed %" PRIu64 "\n", seed);
	mach = support_boot("mem=24M first=14M kmem=0 invariants=on");
	for (k = 0; k < 3; k++)
		objects[k] = colored(mach, 1600, (uint16_t)(k * 200));
	for (step = 0; step < 3000; step++) {
		k = (unsigned)(support_random(&seed) % 3);
		pindex = support_random(&seed) % 1600;
		n = (unsigned)(support_random(&seed) % 60);
		switch (support_random(&seed) % 16) {
		case 0:
			vm_reserv_break_all(mach, objects[k]);
			break;
		case 1:
			vm_reserv_reclaim_inactive(mach);
			break;
		case 2:
			vm_reserv_reclaim_contig(mach, ptoa(n + 1), 0,
			    UINT64_MAX, PAGE_SIZE << n % 5, 0);
			break;
		case 3: /* what a fault does that steals a page */
			m = vm_page_lookup(mach, objects[k], pindex);
			if (m != NULL &&
			    vm_page_lookup(mach, objects[(k + 1) % 3],
				pindex) == NULL)
				vm_page_rename(mach, m, objects[(k + 1) % 3],
				    pindex);
			break;
		case 4:
		case 5:
		case 6:
		case 7:
		case 8:
			for (; n > 0; n--, pindex++) {
				m = vm_page_lookup(mach, objects[k], pindex);
				if (m != NULL)
					vm_page_free(mach, m);
			}
			break;
		default:
			for (; n > 0; n--, pindex++)
				if (vm_page_lookup(mach, objects[k], pindex) ==
				    NULL)
					alloc(mach, objects[k], pindex);
			break;
		}
		if (step % 8 == 0)
			assert_audit(mach);
	}
	for (k = 0; k < 3; k++)
		vm_object_deallocate(mach, objects[k]);
	assert_sysctl(mach, "vm.stats.vm.v_free_count", 2560);
	assert_lists(mach, "0.0.11 1000000\n1.0.9 e00000\n");
	assert_audit(mach);
	support_destroy(mach);
}

/* Each page is found in its frame, and each frame from its reservation. */
static void
test_frames_are_found(void **state)
{
	struct machine *mach = *state;
	vm_paddr_t pa;
	vm_page_t m;

	for (pa = 0; pa < mach->config.mem; pa += PAGE_SIZE) {
		m = phys_to_vm_page(mach, pa);
		assert_ptr_equal(vm_reserv_from_page(mach, m),
		    reserv(mach, pa));
		assert_ptr_equal(vm_reserv_frame(mach, reserv(mach, pa)),
		    m - (pa >> PAGE_SHIFT) % VM_LEVEL_0_NPAGES);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_examples_D),
	    cmocka_unit_test(test_pages_lie_where_their_index_says),
	    reserv_test(test_frames_are_found),
	    cmocka_unit_test(test_windows_fill_in_any_order),
	    reserv_test(test_queue_order),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_refused_at_the_end_of_a_file),
	    reserv_test(test_neighbours_bound_the_window),
	    reserv_test(test_windows_do_not_overlap),
	    reserv_test(test_page_in_use_elsewhere),
	    cmocka_unit_test(test_valid_frames),
	    cmocka_unit_test(test_panics),
	    cmocka_unit_test(test_random_calls_keep_the_counts),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
