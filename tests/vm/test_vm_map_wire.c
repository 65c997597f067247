/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wirings: what the program's and the kernel's count for, and what is left of
 * those that fail half way.
 */
#include <stdio.h>

#include "support.h"

#include "vm/vm_map.h"
#include "vm/vm_object.h"

#define VA UINT64_C(0x800000000)
#define RW (VM_PROT_READ | VM_PROT_WRITE)
#define SYSTEM VM_MAP_WIRE_SYSTEM
#define USER VM_MAP_WIRE_USER
#define HOLESOK VM_MAP_WIRE_HOLESOK

/* What an entry of two pages is to be like. */
struct wiring {
	int count;
	bool user;
};

static int
wire(struct machine *mach, vm_map_t map, unsigned start, unsigned end,
    int flags)
{

	return (vm_map_wire(mach, map, VA + ptoa(start), VA + ptoa(end),
	    flags));
}

static int
unwire(struct machine *mach, vm_map_t map, unsigned start, unsigned end,
    int flags)
{

	return (vm_map_unwire(mach, map, VA + ptoa(start), VA + ptoa(end),
	    flags));
}

/* A program with six pages at VA, and nothing behind them. */
static vm_map_t
program(struct machine *mach)
{
	vm_map_t map = vmspace_alloc(mach);

	assert_int_equal(vm_map_insert(mach, map, NULL, 0, VA, VA + ptoa(6), RW,
			     VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	return (map);
}

/* The three pairs of pages are wired as "want" says, entry and pages. */
static void
assert_wirings(struct machine *mach, vm_map_t map, const struct wiring *want)
{
	vm_map_entry_t entry;
	vm_page_t m;
	int i, wired;

	wired = 0;
	for (i = 0; i < 6; i++) {
		assert_true(vm_map_lookup_entry(mach, map, VA + ptoa(i),
		    &entry));
		assert_int_equal(entry->wired_count, want[i / 2].count);
		assert_int_equal(entry->eflags,
		    want[i / 2].user ? MAP_ENTRY_USER_WIRED : 0);
		m = entry->object.vm_object == NULL ?
		    NULL :
		    vm_page_lookup(mach, entry->object.vm_object,
			atop(VA + ptoa(i) - entry->start + entry->offset));
		/* However often it is counted, a page is wired once. */
		if (want[i / 2].count != 0) {
			assert_non_null(m);
			wired++;
		}
		if (m != NULL)
			assert_int_equal(m->wire_count, want[i / 2].count != 0);
	}
	assert_int_equal(pmapsim_pmap_wired_count(map->pmap), wired);
}

/* Nothing is mapped behind the last entry: a hole like any other. */
static void
test_range_ends_behind_the_last_entry(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;
	int user;

	for (user = 0; user < 2; user++) {
		map = program(mach);
		assert_int_equal(wire(mach, map, 0, 8, user),
		    KERN_INVALID_ADDRESS);
		assert_wirings(mach, map,
		    (struct wiring[]) {{0, 0}, {0, 0}, {0, 0}});
		assert_int_equal(wire(mach, map, 0, 8, user | HOLESOK),
		    KERN_SUCCESS);
		assert_wirings(mach, map,
		    (struct wiring[]) {{1, user}, {1, user}, {1, user}});
		assert_int_equal(unwire(mach, map, 0, 8, user),
		    KERN_INVALID_ADDRESS);
		assert_wirings(mach, map,
		    (struct wiring[]) {{1, user}, {1, user}, {1, user}});
		assert_int_equal(unwire(mach, map, 0, 8, user | HOLESOK),
		    KERN_SUCCESS);
		assert_wirings(mach, map,
		    (struct wiring[]) {{0, 0}, {0, 0}, {0, 0}});
		vmspace_free(mach, map);
	}
}

/*
 * A range that goes beyond the map's ends is cut to the map, which here has
 * memory everywhere: nothing of it is a hole.  A reversed range is empty: it
 * only cuts the entry where it would end.
 */
static void
test_range_beyond_the_map(void **state)
{
	/* In pages from VA: the range, and how many pages of it are wired. */
	static const struct {
		int start, end;
		unsigned pages;
	} cases[] = {{0, 6, 6}, {-2, 6, 6}, {0, 8, 6}, {-2, 8, 6}, {-2, 3, 3},
	    {3, 8, 3}, {4, 2, 0}, {8, 9, 0}};
	struct machine *mach = *state;
	vm_map_t map, space = vmspace_alloc(mach);
	vm_offset_t end, start;
	unsigned i;
	int holes, user;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]) * 4; i++) {
		user = i & 1 ? USER : SYSTEM;
		holes = i & 2 ? HOLESOK : 0;
		start = VA + ptoa((vm_offset_t)cases[i / 4].start);
		end = VA + ptoa((vm_offset_t)cases[i / 4].end);
		map = vm_map_create(mach, space->pmap, VA, VA + ptoa(6));
		assert_int_equal(vm_map_insert(mach, map, NULL, 0, VA,
				     VA + ptoa(6), RW, VM_PROT_ALL, 0),
		    KERN_SUCCESS);
		/* At its end a map has no entry. */
		if (cases[i / 4].start > 6 && !holes) {
			assert_int_equal(vm_map_wire(mach, map, start, end,
					     user),
			    KERN_INVALID_ADDRESS);
			assert_int_equal(vm_map_unwire(mach, map, start, end,
					     user),
			    KERN_INVALID_ADDRESS);
			assert_int_equal(map->nentries, 1);
		} else {
			assert_int_equal(vm_map_wire(mach, map, start, end,
					     user | holes),
			    KERN_SUCCESS);
			assert_int_equal(pmapsim_pmap_wired_count(map->pmap),
			    cases[i / 4].pages);
			assert_int_equal(vm_map_unwire(mach, map, start, end,
					     user | holes),
			    KERN_SUCCESS);
		}
		assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 0);
		if (cases[i / 4].pages == 0 && cases[i / 4].start < 6)
			assert_int_equal(map->header.next->end, end);
		assert_int_equal(vm_map_remove(mach, map, 0, UINT64_MAX),
		    KERN_SUCCESS);
		assert_int_equal(map->locks, 0);
	}
	vmspace_free(mach, space);
}

/* The program's wiring counts once, the kernel's each time. */
static void
test_user_wiring_counts_once(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = program(mach);

	assert_int_equal(wire(mach, map, 0, 6, SYSTEM), KERN_SUCCESS);
	assert_int_equal(wire(mach, map, 2, 6, USER), KERN_SUCCESS);
	assert_int_equal(wire(mach, map, 2, 6, USER), KERN_SUCCESS);
	assert_int_equal(wire(mach, map, 4, 6, SYSTEM), KERN_SUCCESS);
	assert_wirings(mach, map,
	    (struct wiring[]) {{1, false}, {2, true}, {3, true}});
	/* What it did not wire is passed over. */
	assert_int_equal(unwire(mach, map, 0, 6, USER), KERN_SUCCESS);
	assert_wirings(mach, map,
	    (struct wiring[]) {{1, false}, {1, false}, {2, false}});
	assert_int_equal(unwire(mach, map, 0, 6, USER | HOLESOK), KERN_SUCCESS);
	assert_wirings(mach, map,
	    (struct wiring[]) {{1, false}, {1, false}, {2, false}});
	assert_int_equal(unwire(mach, map, 0, 6, SYSTEM), KERN_SUCCESS);
	assert_wirings(mach, map,
	    (struct wiring[]) {{0, false}, {0, false}, {1, false}});
	assert_int_equal(unwire(mach, map, 4, 6, SYSTEM), KERN_SUCCESS);
	assert_wirings(mach, map,
	    (struct wiring[]) {{0, false}, {0, false}, {0, false}});
	vmspace_free(mach, map);
}

/* A failure takes back what this call did, and nothing else. */
static void
test_failure_leaves_older_wirings(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;
	int failing;

	for (failing = 0; failing < 2; failing++) {
		map = program(mach);
		assert_int_equal(wire(mach, map, 0, 2, SYSTEM), KERN_SUCCESS);
		assert_int_equal(wire(mach, map, 2, 4, USER), KERN_SUCCESS);
		assert_int_equal(wire(mach, map, 0, 8,
				     failing == 0 ? SYSTEM : USER),
		    KERN_INVALID_ADDRESS);
		assert_wirings(mach, map,
		    (struct wiring[]) {{1, false}, {1, true}, {0, false}});
		assert_int_equal(unwire(mach, map, 0, 2, SYSTEM), KERN_SUCCESS);
		assert_int_equal(unwire(mach, map, 2, 4, USER), KERN_SUCCESS);
		assert_wirings(mach, map,
		    (struct wiring[]) {{0, false}, {0, false}, {0, false}});
		vmspace_free(mach, map);
	}
}

/*
 * What may only be read is wired where it is: behind two shadows, each of which
 * begins elsewhere in the object behind it.
 */
static void
test_wiring_of_pages_behind(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_object_t middle, object, source;
	vm_ooffset_t offset;
	vm_page_t m[6];
	unsigned i;

	source = support_object(mach, 20, NULL);
	middle = source;
	vm_object_reference(mach, source);
	offset = ptoa(5);
	vm_object_shadow(mach, &middle, &offset, 12);
	object = middle;
	vm_object_reference(mach, middle);
	offset = ptoa(2);
	vm_object_shadow(mach, &object, &offset, 6);
	/* Index 0 of the map is 7 of the source: [s m o s m o]. */
	for (i = 0; i < 6; i++)
		m[i] = i % 3 == 0 ? support_page(mach, source, 7 + i, 0) :
		    i % 3 == 1	  ? support_page(mach, middle, 2 + i, 0) :
				    support_page(mach, object, i, 0);
	assert_int_equal(vm_map_insert(mach, map, object, 0, VA, VA + ptoa(6),
			     VM_PROT_READ, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_int_equal(wire(mach, map, 0, 6, USER), KERN_SUCCESS);
	assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 6);
	for (i = 0; i < 6; i++)
		assert_int_equal(m[i]->wire_count, 1);
	assert_int_equal(unwire(mach, map, 0, 4, USER), KERN_SUCCESS);
	assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 2);
	for (i = 0; i < 6; i++)
		assert_int_equal(m[i]->wire_count, i >= 4);
	assert_int_equal(unwire(mach, map, 4, 6, USER), KERN_SUCCESS);
	assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 0);
	for (i = 0; i < 6; i++)
		assert_int_equal(m[i]->wire_count, 0);
	vmspace_free(mach, map);
	vm_object_deallocate(mach, middle);
	vm_object_deallocate(mach, source);
}

/* A wiring means the same in kernels up to 9.0, whichever way it is undone. */
static int
setup(void **state)
{
	char config[100];

	snprintf(config, sizeof(config), "%s kernel=%s", SUPPORT_SMALL,
	    (const char *)*state);
	*state = support_boot(config);
	return (0);
}

#define KERNEL_TESTS(kernel)                                        \
	KERNEL_TEST(test_range_ends_behind_the_last_entry, kernel), \
	    KERNEL_TEST(test_range_beyond_the_map, kernel),         \
	    KERNEL_TEST(test_user_wiring_counts_once, kernel),      \
	    KERNEL_TEST(test_wiring_of_pages_behind, kernel),       \
	    KERNEL_TEST(test_failure_leaves_older_wirings, kernel)
#define KERNEL_TEST(test, kernel)                             \
	cmocka_unit_test_prestate_setup_teardown(test, setup, \
	    support_teardown, (void *)(uintptr_t)(kernel))

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    KERNEL_TESTS("2010-04"),
	    KERNEL_TESTS("2010-04+unwire-by-object"),
	    KERNEL_TESTS("9.0"),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
