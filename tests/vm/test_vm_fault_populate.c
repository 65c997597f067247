/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policies that fill the 2 MB window of a fault: in which windows they do,
 * from how many pages on, and where memory is too short for it.
 */
#include <stdio.h>
#include <string.h>

#include "vm_fault_fixture.h"

#include "vm/vm_object.h"
#include "vm/vm_reserv.h"

#define PAGES ((unsigned)NPTEPG)

static struct machine *
boot(const char *kernel)
{
	char config[120];

	snprintf(config, sizeof(config), "%s kernel=%s", SUPPORT_SMALL, kernel);
	return (support_boot(config));
}

/* How many pages of the window at VA are mapped. */
static unsigned
mapped(struct machine *mach, vm_map_t map)
{
	unsigned i, n;

	for (i = n = 0; i < PAGES; i++)
		n += pmap_extract(mach, map->pmap, VA + ptoa(i)) != 0;
	return (n);
}

/*
 * Only an entry that has all of the window is filled, and only where the
 * reservation's pages lie in order in it: the object's index of its first page
 * decides.
 */
static void
test_populates_whole_windows_only(void **state)
{
	/* The entry, in pages from VA; the first page's index; the result. */
	static const struct {
		int start, end;
		unsigned offset;
		bool filled;
	} cases[] = {{0, 512, 0, true}, {-1, 512, 0, false}, {0, 513, 0, true},
	    {-512, 512, 0, true}, {-512, 1024, 512, true}, {1, 512, 1, false},
	    {0, 511, 0, false}, {1, 1024, 1, false}, {-512, 511, 0, false},
	    {0, 512, 1, false}, {0, 512, 256, false}, {-1, 513, 511, true}};
	const uint16_t color = 0;
	struct machine *mach;
	vm_object_t object;
	vm_map_t map;
	unsigned faults, i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mach = boot("2010-04+populate-1");
		map = program(mach);
		object = support_object(mach, 2048, &color);
		assert_int_equal(vm_map_insert(mach, map, object,
				     ptoa(cases[i].offset),
				     VA + ptoa((vm_offset_t)cases[i].start),
				     VA + ptoa((vm_offset_t)cases[i].end), RW,
				     VM_PROT_ALL, 0),
		    KERN_SUCCESS);
		faults = mach->cnt.v_vm_faults;
		fault(mach, map, VA + ptoa(77), VM_PROT_WRITE);
		assert_int_equal(mapped(mach, map), cases[i].filled ? 512 : 1);
		/* Nothing is made or mapped beside the window. */
		assert_int_equal(object->resident_page_count,
		    mapped(mach, map));
		assert_int_equal(pmap_extract(mach, map->pmap, VA - 1), 0);
		assert_int_equal(pmap_extract(mach, map->pmap, VA + NBPDR), 0);
		/* The faults that fill it are not the program's. */
		assert_int_equal(mach->cnt.v_vm_faults, faults + 1);
		if (cases[i].filled)
			assert_superpage(mach, map->pmap, VA);
		vmspace_free(mach, map);
		support_destroy(mach);
	}
}

/* From so many pages on; a page less, and each fault makes its own. */
static void
test_populates_from_so_many_pages(void **state)
{
	static const struct {
		const char *kernel;
		unsigned from;
	} cases[] = {{"2010-04+populate-1", 1}, {"2010-04+populate-64", 64},
	    {"2010-04+populate-256", 256}, {"2010-04", 512}};
	struct machine *mach;
	vm_map_t map;
	unsigned i, k;

	for (k = 0; k < 4; k++) {
		mach = boot(cases[k].kernel);
		map = program(mach);
		map_at(mach, map, VA, PAGES, NULL, RW);
		for (i = 0; i < cases[k].from; i++) {
			assert_int_equal(mapped(mach, map), i);
			fault(mach, map, VA + ptoa(i), VM_PROT_WRITE);
		}
		assert_int_equal(mapped(mach, map), PAGES);
		assert_superpage(mach, map->pmap, VA);
		vmspace_free(mach, map);
		support_destroy(mach);
	}
}

/* Not for a wiring, a file, or pages of no reservation; nor short of memory. */
static void
test_populates_not(void **state)
{
	enum { WIRED, NO_RESERVATION, VNODE, TARGET, ABOVE_TARGET, CASES };
	const uint16_t color = 0;
	struct machine *mach;
	vm_object_t object;
	vm_map_t map;
	unsigned i;

	for (i = 0; i < CASES; i++) {
		mach = boot("2010-04+populate-1");
		map = program(mach);
		object = support_object(mach, PAGES,
		    i == NO_RESERVATION ? NULL : &color);
		if (i == NO_RESERVATION) {
			/* Resident, and uncoloured when it came. */
			support_page(mach, object, 77, VM_ALLOC_NORMAL);
			object->flags |= OBJ_COLORED;
		}
		if (i == VNODE) {
			support_page(mach, object, 77, VM_ALLOC_NORMAL);
			object->type = OBJT_VNODE;
		}
		map_at(mach, map, VA, PAGES, object, RW);
		/* The fault takes one page, and perhaps tables: count them in. */
		if (i == TARGET || i == ABOVE_TARGET) {
			fault(mach, map, VA + ptoa(77), VM_PROT_WRITE);
			pmap_remove(mach, map->pmap, VA, VA + NBPDR);
			vm_page_free(mach, vm_page_lookup(mach, object, 5));
			fault(mach, map, VA + ptoa(77), VM_PROT_WRITE);
			assert_int_equal(mapped(mach, map), PAGES);
			pmap_remove(mach, map->pmap, VA + ptoa(1),
			    VA + NBPDR - ptoa(1));
			vm_page_free(mach, vm_page_lookup(mach, object, 5));
			mach->cnt.v_free_target = mach->cnt.v_free_count -
			    PAGES - (i == ABOVE_TARGET);
		}
		if (i == WIRED)
			assert_int_equal(vm_map_wire(mach, map, VA + ptoa(77),
					     VA + ptoa(78), VM_MAP_WIRE_USER),
			    KERN_SUCCESS);
		else
			fault(mach, map, VA + ptoa(77), VM_PROT_WRITE);
		if (i == TARGET || i == ABOVE_TARGET)
			assert_int_equal(vm_page_lookup(mach, object, 5) !=
				NULL,
			    i == ABOVE_TARGET);
		else
			assert_int_equal(mapped(mach, map), 1);
		vmspace_free(mach, map);
		support_destroy(mach);
	}
}

/*
 * A window that is resident as a whole, a file's too, only has to be mapped,
 * which costs no memory.  By itself a fault maps four pages on either side.
 */
static void
test_populates_resident_windows(void **state)
{
	static const struct {
		const char *kernel;
		bool file;
		unsigned resident, mapped;
	} cases[] = {{"2010-04", false, 512, 9},
	    {"2010-04+promote-at-fault", false, 512, 512},
	    {"2010-04+promote-at-fault", false, 511, 9},
	    {"2010-04+promote-at-fault", true, 512, 512},
	    {"2010-04+promote-at-fault", true, 511, 9},
	    {"2010-04+populate-1", true, 512, 512},
	    {"2010-04+populate-1", true, 511, 9},
	    {"2010-04+populate-256", true, 512, 512},
	    {"2010-04+populate-256", false, 511, 512},
	    {"2010-04+populate-256", false, 256, 512},
	    {"2010-04+populate-256", false, 255, 9}};
	const uint16_t color = 0;
	struct machine *mach;
	vm_object_t object;
	vm_map_t map;
	unsigned i, k;

	(void)state;
	for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		mach = boot(cases[k].kernel);
		map = program(mach);
		object = support_object(mach, PAGES, &color);
		for (i = 0; i < cases[k].resident; i++)
			support_page(mach, object, i, VM_ALLOC_NORMAL);
		if (cases[k].file)
			object->type = OBJT_VNODE;
		map_at(mach, map, VA, PAGES, object, RW);
		fault(mach, map, VA + ptoa(77), VM_PROT_WRITE);
		assert_int_equal(mapped(mach, map), cases[k].mapped);
		assert_int_equal(object->resident_page_count,
		    cases[k].mapped == 512 ? 512 : cases[k].resident);
		vmspace_free(mach, map);
		support_destroy(mach);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_populates_whole_windows_only),
	    cmocka_unit_test(test_populates_from_so_many_pages),
	    cmocka_unit_test(test_populates_not),
	    cmocka_unit_test(test_populates_resident_windows),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
