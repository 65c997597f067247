/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps as data: what a frame is, what a region is, and why 512 small pages
 * are not one large one.
 */
#include "support.h"

#include <stdlib.h>

#include "study/machine_map.h"
#include "study/timeline.h"

#define BOOT "machine mem=32M first=4M kmem=8M invariants=on\n"
#define PROGRAM                                       \
	BOOT "vm_object_allocate heap 2048 color=0\n" \
	     "pmap_pinit program active=0x1\n"
#define HEAP "vm_page_alloc heap 0 repeat=512\n"
#define RW " access=rw prot=rw wired=0"

static struct machine_map *
map_of(const char *text, unsigned at)
{
	struct pmapsim_replay_options options;
	struct pmapsim_trace *trace;
	struct machine_map *map;
	char err[512];

	memset(&options, 0, sizeof(options));
	if (pmapsim_trace_from_memory("test", text, strlen(text), &trace, err,
		sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	if (machine_map_replay(trace, &options, at, NULL, NULL, &map, err,
		sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	pmapsim_trace_close(trace);
	return (map);
}

static struct map_space *
space_of(struct machine_map *map, const char *name)
{
	unsigned i;

	for (i = 0; i < map->nspaces; i++)
		if (strcmp(map->spaces[i].name, name) == 0)
			return (&map->spaces[i]);
	fail_msg("no pmap %s", name);
	return (NULL);
}

/* Asserts the text of the region at "va". */
static void
assert_region(const char *text, const char *pmap, vm_offset_t va,
    const char *want)
{
	struct map_space *space;
	struct machine_map *map;
	char got[200];
	unsigned i;

	map = map_of(text, 0);
	space = space_of(map, pmap);
	for (i = 0; i < space->nregions; i++)
		if (space->regions[i].va == va)
			break;
	if (i == space->nregions)
		fail_msg("%s has no region 0x%" PRIx64, pmap, va);
	map_region_text(&space->regions[i], got, sizeof(got));
	assert_string_equal(got, want);
	machine_map_free(map);
}

/*
 * The pages of each frame are 512; those free in all are the kernel's
 * v_free_count, and each kind of frame is counted once a frame.
 */
static void
assert_sums(const struct machine_map *map)
{
	unsigned all, count, free_pages = 0, i, kind;

	for (i = 0; i < map->nframes; i++) {
		assert_int_equal(map->frames[i].pa, i * NBPDR);
		for (all = 0, kind = 0; kind < MAP_PAGE_KINDS; kind++)
			all += map->frames[i].pages[kind];
		assert_int_equal(all, 512);
		free_pages += map->frames[i].pages[MAP_PAGE_FREE] +
		    map->frames[i].pages[MAP_PAGE_UNUSED];
		if (map->frames[i].object[0] != '\0')
			assert_int_equal(map->frames[i].popcnt,
			    512 - map->frames[i].pages[MAP_PAGE_UNUSED]);
	}
	assert_int_equal(free_pages, map->free_pages);
	for (count = 0, kind = 0; kind < MAP_FRAME_KINDS; kind++)
		count += map->count[kind];
	assert_int_equal(count, map->nframes);
	for (i = 0; i < map->nspaces; i++) {
		for (count = 0, kind = 0; kind < MAP_REGION_KINDS; kind++)
			count += map->spaces[i].count[kind];
		assert_int_equal(count, map->spaces[i].nregions);
	}
}

static void
test_sums_in_golden_traces(void **state)
{
	static const char *const names[] = {"kmem-tiny-2", "mixed-small-0",
	    "pressure-reserv-break", "pressure-small-0", "protect-small-1",
	    "user-promote-small-1"};
	struct pmapsim_replay_options options;
	struct pmapsim_trace *trace;
	char err[512], path[128];
	struct machine_map *map;
	unsigned i;

	memset(&options, 0, sizeof(options));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "tests/golden/2010-04/%s.trace",
		    names[i]);
		if (pmapsim_trace_open(path, &trace, err, sizeof(err)) !=
			PMAPSIM_OK ||
		    machine_map_replay(trace, &options, 0, NULL, NULL, &map,
			err, sizeof(err)) != PMAPSIM_OK)
			fail_msg("%s", err);
		assert_sums(map);
		machine_map_free(map);
		pmapsim_trace_close(trace);
	}
}

/* Each kind of frame; 0x0 and 0x200000 lie below "first". */
static void
test_frames(void **state)
{
	struct machine_map *map;
	unsigned i;

	map = map_of(PROGRAM HEAP "vm_page_alloc heap 512 repeat=100\n"
				  "vm_object_allocate pinned 512\n"
				  "vm_page_alloc pinned 0 wired repeat=512\n"
				  "vm_object_allocate single 512\n"
				  "vm_page_alloc single 0 repeat=512\n"
				  "vm_object_allocate lost 512 color=0\n"
				  "vm_page_alloc lost 0 repeat=3\n"
				  "vm_reserv_break_all lost\n"
				  "vmspace_alloc q\n"
				  "mmap q 0x10000000 8K prot=rw fixed\n"
				  "mlock q 0x10000000 8K\n"
				  "mprotect q 0x10000000 8K prot=-\n"
				  "vmspace_exit q\n",
	    0);
	assert_sums(map);
	assert_int_equal(map->nframes, 16);
	assert_int_equal(map->frames[0].kind, MAP_FRAME_BOOT);
	assert_int_equal(map->frames[1].kind, MAP_FRAME_BOOT);
	for (i = 1; i < MAP_FRAME_KINDS; i++)
		assert_int_equal(map->count[i], i == MAP_FRAME_BOOT ? 2 : 1);
	machine_map_free(map);
}

/* A frame that was broken and then freed is as any other. */
static void
test_broken_and_freed(void **state)
{
	const char *text = BOOT "vm_object_allocate lost 512 color=0\n"
				"vm_page_alloc lost 0 repeat=3\n"
				"vm_reserv_break_all lost\n"
				"vm_page_free lost 0 repeat=3\n"
				"vm_object_allocate single 512\n"
				"vm_page_alloc single 0 repeat=3\n";
	struct machine_map *map;

	map = map_of(text, 3);
	assert_int_equal(map->count[MAP_FRAME_RESERVED], 1);
	machine_map_free(map);
	map = map_of(text, 4);
	assert_int_equal(map->count[MAP_FRAME_BROKEN], 1);
	machine_map_free(map);
	map = map_of(text, 5);
	assert_int_equal(map->count[MAP_FRAME_BROKEN], 0);
	machine_map_free(map);
	map = map_of(text, 7);
	assert_int_equal(map->count[MAP_FRAME_BROKEN], 0);
	assert_int_equal(map->count[MAP_FRAME_OBJECTS], 1);
	machine_map_free(map);
}

static void
test_regions(void **state)
{
	struct map_space *space;
	struct machine_map *map;

	map = map_of(PROGRAM HEAP "pmap_enter program 0x200000 heap 0" RW
				  " repeat=512\n"
				  "kmem_malloc 12K\n",
	    0);
	space = space_of(map, "kernel");
	assert_true(space->kernel);
	assert_int_equal(space->nregions, 4);
	assert_int_equal(space->regions[0].va, VM_MIN_KERNEL_ADDRESS);
	assert_int_equal(space->regions[0].kind, MAP_REGION_PARTIAL);
	assert_int_equal(space->regions[0].valid, 3);
	assert_int_equal(space->regions[3].kind, MAP_REGION_EMPTY);
	space = space_of(map, "program");
	assert_int_equal(space->nregions, 1);
	assert_int_equal(space->regions[0].va, 0x200000);
	assert_int_equal(space->regions[0].kind, MAP_REGION_2M);
	/* And three levels of tables. */
	assert_int_equal(space->resident, 512 + 3);
	machine_map_free(map);
}

/* Why 512 mappings are not one, in the order of the kernel's tests. */
static void
test_why(void **state)
{
	const vm_offset_t kva = VM_MIN_KERNEL_ADDRESS + 8 * 1024 * 1024;
	char text[600];

	assert_region("machine mem=32M first=4M kmem=8M superpages=off\n"
		      "vm_object_allocate heap 512 color=0\n"
		      "pmap_pinit program\n" HEAP
		      "pmap_enter program 0x200000 heap 0" RW " repeat=512\n",
	    "program", 0x200000,
	    "512 PTEs valid, not promoted: superpages are "
	    "off (vm.pmap.pg_ps_enabled)");

	assert_region(PROGRAM "vm_object_allocate single 512\n"
			      "vm_page_alloc single 0 repeat=512\n"
			      "pmap_enter program 0x200000 single 0" RW
			      " repeat=512\n",
	    "program", 0x200000,
	    "512 PTEs valid, not promoted: its frame has "
	    "no reservation");

	assert_region(PROGRAM HEAP "pmap_enter program 0x200000 heap 0" RW
				   " repeat=511\n"
				   "pmap_enter program 0x3ff000 heap 5" RW "\n",
	    "program", 0x200000,
	    "512 PTEs valid, not promoted: PTE 511 maps "
	    "0x1805000, not what continues PTE 0");

	assert_region(PROGRAM HEAP
	    "pmap_enter program 0x200000 heap 0" RW " repeat=511\n"
	    "pmap_clear_reference heap 5\n"
	    "pmap_enter program 0x3ff000 heap 511" RW "\n",
	    "program", 0x200000,
	    "512 PTEs valid, not promoted: PTE 5 lacks PG_A");

	assert_region(PROGRAM HEAP
	    "pmap_enter program 0x200000 heap 0" RW " repeat=511\n"
	    "pmap_enter program 0x3ff000 heap 511 access=rwx prot=rwx "
	    "wired=0\n",
	    "program", 0x200000,
	    "512 PTEs valid, not promoted: PTE 511 "
	    "differs from PTE 0 in PG_NX");

	/* What is entered ahead of use is read-only and not accessed. */
	assert_region(PROGRAM HEAP
	    "pmap_enter_quick program 0x200000 heap 0 prot=r repeat=512\n",
	    "program", 0x200000,
	    "512 PTEs valid, not promoted: PTE 0 lacks PG_A");
	assert_region(PROGRAM HEAP
	    "pmap_enter_quick program 0x200000 heap 0 prot=r repeat=512\n"
	    "touch program 0x200000 r repeat=512\n",
	    "program", 0x200000,
	    "512 PTEs valid, not promoted: nothing is in "
	    "the way; the next pmap_enter() here promotes");

	snprintf(text, sizeof(text),
	    BOOT "vm_page_alloc kernel 2048 wired repeat=513\n"
		 "kmem_alloc_nofault 2M\n"
		 "pmap_qenter 0x%" PRIx64 " kernel 2049 512\n",
	    kva);
	assert_region(text, "kernel", kva,
	    "512 PTEs valid, not promoted: PTE "
	    "0 maps 0x1801000, not the start of a 2 MB frame");
}

/* "nothing is in the way" is true: the next pmap_enter() promotes. */
static void
test_why_not_is_true(void **state)
{

	assert_region(PROGRAM HEAP
	    "pmap_enter_quick program 0x200000 heap 0 prot=r repeat=512\n"
	    "touch program 0x200000 r repeat=512\n"
	    "pmap_enter program 0x200000 heap 0 access=r prot=r wired=0\n",
	    "program", 0x200000, "superpage of 0x1800000");
}

/* An entry that is neither valid nor 0 is what a wrong demotion leaves. */
static void
test_odd_entries(void **state)
{

	assert_region(
	    "machine mem=32M first=4M kmem=2M\n"
	    "vm_page_alloc kernel 512 wired repeat=512\n"
	    "kmem_alloc_nofault 2M\n"
	    "pmap_enter kernel 0xffffff8000200000 kernel 512 access=rwx "
	    "prot=rwx wired=1 repeat=512\n"
	    "pmap_remove kernel 0xffffff8000200000 0xffffff8000400000\n",
	    "kernel", UINT64_C(0xffffff8000200000),
	    "empty, with a page table, 511 not valid and not 0");
}

/* ---- the timeline -------------------------------------------------------- */

struct seen {
	unsigned ncpu;
	double time; /* of the last event */
	unsigned events[TIMELINE_PANIC + 1];
	double calls; /* their durations */
	unsigned promotions, failures;
	unsigned left; /* events that are still wanted */
};

static bool
see(void *arg, const struct timeline_event *event)
{
	struct seen *seen = arg;

	assert_true(event->time >= seen->time);
	seen->time = event->time;
	seen->events[event->kind]++;
	if (event->kind == TIMELINE_CALL)
		seen->calls += event->duration;
	if (event->kind == TIMELINE_EVENT &&
	    strcmp(event->name, "promotion") == 0)
		seen->promotions += (unsigned)event->count;
	if (event->kind == TIMELINE_EVENT &&
	    strcmp(event->name, "promotion failed") == 0)
		seen->failures += (unsigned)event->count;
	return (--seen->left > 0);
}

static void
timeline_of(const char *text, struct seen *seen)
{
	struct pmapsim_replay_options options;
	struct pmapsim_trace *trace;
	char err[512];

	memset(&options, 0, sizeof(options));
	if (pmapsim_trace_from_memory("test", text, strlen(text), &trace, err,
		sizeof(err)) != PMAPSIM_OK ||
	    timeline_replay(trace, &options, see, NULL, seen, &seen->ncpu, err,
		sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	pmapsim_trace_close(trace);
}

static void
test_timeline(void **state)
{
	struct seen seen = {.left = 1000};

	timeline_of("machine mem=32M first=4M kmem=8M ncpu=2\n"
		    "kmem_malloc 2M\n"
		    "stats\n"
		    "vm_object_allocate heap 512 color=0\n" HEAP
		    "kmem_free 0xffffff8000000000 2M\n",
	    &seen);
	assert_int_equal(seen.ncpu, 2);
	assert_int_equal(seen.events[TIMELINE_CALL], 4);
	assert_true(seen.calls == 1 + 1 + 512 + 1);
	assert_true(seen.time == seen.calls);
	assert_int_equal(seen.promotions, 1);
	assert_int_equal(seen.failures, 511);
	assert_true(seen.events[TIMELINE_RECEIVED] > 0);
	assert_int_equal(seen.events[TIMELINE_LOST], 0);
	assert_int_equal(seen.events[TIMELINE_PANIC], 0);
}

/* More messages in a call than are kept. */
static void
test_timeline_lost(void **state)
{
	struct seen seen = {.left = 1000};

	timeline_of("machine mem=64M first=4M kmem=32M\n"
		    "kmem_malloc 30M\n",
	    &seen);
	assert_int_equal(seen.events[TIMELINE_LOST], 1);
	assert_true(seen.promotions > 0 && seen.promotions < 15);
}

/* Who receives the events may end the replay. */
static void
test_timeline_ends(void **state)
{
	struct seen seen = {.left = 12};

	timeline_of(BOOT "kmem_malloc 2M\nkmem_malloc 2M\n", &seen);
	assert_int_equal(seen.left, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sums_in_golden_traces),
	    cmocka_unit_test(test_frames),
	    cmocka_unit_test(test_broken_and_freed),
	    cmocka_unit_test(test_regions),
	    cmocka_unit_test(test_why),
	    cmocka_unit_test(test_why_not_is_true),
	    cmocka_unit_test(test_odd_entries),
	    cmocka_unit_test(test_timeline),
	    cmocka_unit_test(test_timeline_lost),
	    cmocka_unit_test(test_timeline_ends),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
