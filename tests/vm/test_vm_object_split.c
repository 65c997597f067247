/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects cut and extended: a range split off with its pages, and a
 * neighbouring range taken in.
 */
#include "vm_object_fixture.h"

#include <stdio.h>

/* ---- split -------------------------------------------------------------- */

static void
test_split_refused(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = filled_object(mach, 4, 4, NULL);
	assert_null(vm_object_split(mach, object, 0, 2));
	vm_object_deallocate(mach, object);
	object = vm_object_allocate(mach, OBJT_PHYS, 4);
	object->ref_count = 2;
	assert_null(vm_object_split(mach, object, 0, 2));
	object->ref_count = 1;
	vm_object_deallocate(mach, object);
}

static void
test_split_moves_the_range(void **state)
{
	struct machine *mach = *state;
	vm_object_t half, object, source;
	struct vm_reserv *rv;
	vm_page_t m;
	int i;

	source = support_object(mach, 2048, &color0);
	object = shadow_of(mach, source, 16, 1024);
	support_pages(mach, object, 0, 8, VM_ALLOC_NORMAL);
	m = vm_page_lookup(mach, object, 3);
	rv = &mach->vm_reserv->array[VM_PAGE_TO_PHYS(m) >> VM_LEVEL_0_SHIFT];
	object->ref_count = 2;
	half = vm_object_split(mach, object, 3, 4);
	assert_non_null(half);
	assert_int_equal(half->size, 4);
	assert_int_equal(half->ref_count, 1);
	assert_int_equal(half->type, OBJT_DEFAULT);
	/* No colour: a fault will choose one. */
	assert_int_equal(half->flags, OBJ_ONEMAPPING);
	assert_int_equal(half->resident_page_count, 4);
	assert_int_equal(object->resident_page_count, 4);
	assert_null(vm_page_lookup(mach, object, 3));
	assert_null(vm_page_lookup(mach, object, 6));
	assert_non_null(vm_page_lookup(mach, object, 2));
	assert_non_null(vm_page_lookup(mach, object, 7));
	assert_ptr_equal(vm_page_lookup(mach, half, 0), m);
	for (i = 0; i < 4; i++) {
		m = vm_page_lookup(mach, half, (vm_pindex_t)i);
		assert_int_equal(m->oflags, 0);
		assert_int_equal(vm_page_use(mach, m)->dirty, VM_PAGE_BITS_ALL);
		assert_int_equal(m->queue, PQ_ACTIVE);
	}
	/* What backs the one backs the other, at the right place. */
	assert_ptr_equal(half->backing_object, source);
	assert_int_equal(half->backing_object_offset, ptoa(16 + 3));
	assert_ptr_equal(LIST_FIRST(&source->shadow_head), half);
	assert_int_equal(source->shadow_count, 2);
	assert_int_equal(source->ref_count, 3);
	assert_int_equal(source->flags & OBJ_ONEMAPPING, 0);
	/* The reservation stays behind. */
	if (rv->object != NULL) {
		assert_ptr_equal(rv->object, object);
		assert_int_equal(rv->popcnt, 8);
		assert_true(LIST_EMPTY(&half->rvq));
	}
	object->ref_count = 1;
	vm_object_deallocate(mach, half);
	vm_object_deallocate(mach, object);
	vm_object_deallocate(mach, source);
}

static void
test_split_keeps_frame_and_reservation(void **state)
{
	struct machine *mach = *state;
	vm_object_t half, object;
	struct vm_reserv *rv;
	vm_page_t m;

	object = filled_object(mach, 1024, 512, &color0);
	m = vm_page_lookup(mach, object, 0);
	rv = &mach->vm_reserv->array[VM_PAGE_TO_PHYS(m) >> VM_LEVEL_0_SHIFT];
	object->ref_count = 2;
	half = vm_object_split(mach, object, 0, 512);
	assert_int_equal(half->resident_page_count, 512);
	assert_int_equal(object->resident_page_count, 0);
	/* Still promotable: only popcnt counts. */
	assert_ptr_equal(rv->object, object);
	assert_int_equal(rv->popcnt, 512);
	assert_int_equal(vm_reserv_level_iffullpop(mach, m), 0);
	assert_true(LIST_EMPTY(&half->rvq));
	/* A page that is added later cannot join. */
	vm_page_free(mach, vm_page_lookup(mach, half, 9));
	assert_int_equal(rv->popcnt, 511);
	pmapsim_object_color(mach, half, 0);
	assert_int_not_equal(VM_PAGE_TO_PHYS(support_page(mach, half, 9,
				 VM_ALLOC_NORMAL)),
	    VM_PAGE_TO_PHYS(m) + ptoa(9));
	object->ref_count = 1;
	vm_object_deallocate(mach, object);
	vm_object_deallocate(mach, half);
}

static void
test_split_waits_for_busy_page(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;
	char text[128];

	object = filled_object(mach, 4, 4, NULL);
	object->ref_count = 2;
	m = vm_page_lookup(mach, object, 2);
	vm_page_busy(mach, m);
	snprintf(text, sizeof(text),
	    "sleeping on \"spltwt\": page %#lx, "
	    "pindex 0x2, is busy and nothing wakes it",
	    (unsigned long)VM_PAGE_TO_PHYS(m));
	assert_panics(mach, text, vm_object_split(mach, object, 1, 3));
}

/* ---- extending ---------------------------------------------------------- */

static void
test_coalesce(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	assert_true(vm_object_coalesce(mach, NULL, 0, 0, PAGE_SIZE, FALSE));
	object = vm_object_allocate(mach, OBJT_PHYS, 4);
	assert_false(vm_object_coalesce(mach, object, 0, ptoa(4), ptoa(4),
	    FALSE));
	assert_int_equal(object->size, 4);
	vm_object_deallocate(mach, object);

	object = filled_object(mach, 4, 4, NULL);
	assert_true(vm_object_coalesce(mach, object, ptoa(1), ptoa(3), ptoa(4),
	    FALSE));
	assert_int_equal(object->size, 8);
	assert_int_equal(object->resident_page_count, 4);
	/* Inside: what is there goes, the size stays. */
	assert_true(vm_object_coalesce(mach, object, ptoa(1), ptoa(1), ptoa(1),
	    FALSE));
	assert_int_equal(object->size, 8);
	assert_int_equal(object->resident_page_count, 3);
	assert_null(vm_page_lookup(mach, object, 2));
	assert_non_null(vm_page_lookup(mach, object, 3));
	/* Shared: only at the end. */
	object->ref_count = 2;
	assert_false(vm_object_coalesce(mach, object, 0, ptoa(7), ptoa(1),
	    FALSE));
	assert_true(vm_object_coalesce(mach, object, ptoa(2), ptoa(6), ptoa(2),
	    FALSE));
	assert_int_equal(object->size, 10);
	assert_int_equal(object->resident_page_count, 3);
	object->ref_count = 1;
	vm_object_deallocate(mach, object);
}

static void
test_coalesce_collapses_first(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;

	backing = filled_object(mach, 4, 1, NULL);
	object = shadow_of(mach, backing, 0, 4);
	assert_false(vm_object_coalesce(mach, object, 0, ptoa(4), ptoa(4),
	    FALSE));
	assert_int_equal(object->size, 4);
	backing->ref_count--;
	assert_true(vm_object_coalesce(mach, object, 0, ptoa(4), ptoa(4),
	    FALSE));
	assert_int_equal(object->size, 8);
	assert_null(object->backing_object);
	assert_int_equal(object->resident_page_count, 1);
	vm_object_deallocate(mach, object);
}

/* The half of an object without pages: what backs it is shared all the same. */
static void
test_split_of_an_object_without_pages(void **state)
{
	struct machine *mach = *state;
	vm_object_t half, object;

	object = support_object(mach, 8, NULL);
	vm_object_reference(mach, object);
	half = vm_object_split(mach, object, 2, 4);
	assert_non_null(half);
	assert_int_equal(half->size, 4);
	assert_int_equal(half->resident_page_count, 0);
	assert_int_equal(object->resident_page_count, 0);
	assert_null(half->backing_object);
	vm_object_deallocate(mach, half);
	vm_object_deallocate(mach, object);
	vm_object_deallocate(mach, object);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_split_refused),
	    support_test(test_split_moves_the_range),
	    support_test(test_split_keeps_frame_and_reservation),
	    support_test(test_split_waits_for_busy_page),
	    support_test(test_coalesce),
	    support_test(test_coalesce_collapses_first),
	    support_test(test_split_of_an_object_without_pages),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
