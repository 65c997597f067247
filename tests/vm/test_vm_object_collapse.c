/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Collapse and bypass: the two ways in which a chain of objects is shortened,
 * and what forbids either.
 */
#include "vm_object_fixture.h"

#include <stdio.h>

/*
 *	object  [ a . b . ]  at page 2 of
 *	backing [ x y A c B d z z ]	d: index 3 of object
 */
static void
test_collapse_moves_and_frees(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;
	vm_page_t a, c, d;
	long before;

	before = free_count(mach);
	backing = filled_object(mach, 8, 8, NULL);
	object = shadow_of(mach, backing, 2, 4);
	a = support_page(mach, object, 0, VM_ALLOC_NORMAL);
	support_page(mach, object, 2, VM_ALLOC_NORMAL);
	c = vm_page_lookup(mach, backing, 3);
	d = vm_page_lookup(mach, backing, 5);
	assert_int_equal(vm_page_use(mach, c)->dirty, 0);
	backing->ref_count--;
	vm_object_collapse(mach, object);

	assert_int_equal(object->resident_page_count, 4);
	assert_ptr_equal(vm_page_lookup(mach, object, 0), a);
	assert_ptr_equal(vm_page_lookup(mach, object, 1), c);
	assert_ptr_equal(vm_page_lookup(mach, object, 3), d);
	assert_int_equal(vm_page_use(mach, c)->dirty, VM_PAGE_BITS_ALL);
	assert_int_equal(c->oflags, 0);
	assert_int_equal(vm_page_use(mach, a)->dirty, 0);
	assert_null(object->backing_object);
	assert_int_equal(object->backing_object_offset, ptoa(2));
	assert_int_equal(mach->vm_object->object_collapses, 1);
	assert_int_equal(mach->vm_object->object_bypasses, 0);
	assert_int_equal(free_count(mach), before - 4);
	/* In memq the pages are in order again. */
	assert_ptr_equal(TAILQ_FIRST(&object->memq), a);
	assert_ptr_equal(TAILQ_NEXT(a, listq), c);
	assert_ptr_equal(TAILQ_LAST(&object->memq, pglist), d);
	vm_object_deallocate(mach, object);
	assert_int_equal(free_count(mach), before);
}

static void
test_collapse_takes_over_reservation(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;
	struct vm_reserv *rv;
	vm_page_t m;

	backing = filled_object(mach, 2048, 1, &color0);
	m = support_page(mach, backing, 1024 + 5, VM_ALLOC_NORMAL);
	rv = &mach->vm_reserv->array[VM_PAGE_TO_PHYS(m) >> VM_LEVEL_0_SHIFT];
	assert_ptr_equal(rv->object, backing);
	assert_int_equal(rv->pindex, 1024);
	object = shadow_of(mach, backing, 512, 1024);
	backing->ref_count--;
	vm_object_collapse(mach, object);
	/* Index 0 was outside and took its reservation along. */
	assert_sysctl(mach, "vm.reserv.freed", 1);
	assert_sysctl(mach, "vm.reserv.broken", 0);
	assert_ptr_equal(rv->object, object);
	assert_int_equal(rv->pindex, 512);
	assert_int_equal(rv->popcnt, 1);
	assert_ptr_equal(LIST_FIRST(&object->rvq), rv);
	assert_int_equal(m->pindex, 517);
	/* The reservation serves its new owner. */
	assert_int_equal(VM_PAGE_TO_PHYS(support_page(mach, object, 518,
			     VM_ALLOC_NORMAL)),
	    VM_PAGE_TO_PHYS(m) + PAGE_SIZE);
	vm_object_deallocate(mach, object);
}

static void
test_collapse_breaks_reservation_of_wired_hidden_page(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;
	vm_page_t m;

	backing = filled_object(mach, 512, 1, &color0);
	m = vm_page_lookup(mach, backing, 0);
	vm_page_wire(mach, m);
	object = shadow_of(mach, backing, 0, 512);
	support_page(mach, object, 0, VM_ALLOC_NORMAL);
	backing->ref_count--;
	vm_object_collapse(mach, object);
	assert_null(m->object);
	assert_int_equal(m->wire_count, 1);
	assert_sysctl(mach, "vm.reserv.broken", 1);
	assert_int_equal(object->resident_page_count, 1);
	vm_page_unwire(mach, m, 0);
	vm_page_free(mach, m);
	vm_object_deallocate(mach, object);
}

static void
test_collapse_inherits_backing(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, grand, object, other;

	grand = support_object(mach, 32, NULL);
	/* Seen through the chain, or grand would be bypassed too. */
	support_page(mach, grand, 15, VM_ALLOC_NORMAL);
	backing = shadow_of(mach, grand, 8, 16);
	object = shadow_of(mach, backing, 4, 8);
	other = shadow_of(mach, grand, 0, 32);
	backing->ref_count--;
	vm_object_collapse(mach, object);
	assert_ptr_equal(object->backing_object, grand);
	assert_int_equal(object->backing_object_offset, ptoa(12));
	/* At the head, where its predecessor was not. */
	assert_ptr_equal(LIST_FIRST(&grand->shadow_head), object);
	assert_ptr_equal(LIST_NEXT(object, shadow_list), other);
	assert_null(LIST_NEXT(other, shadow_list));
	assert_int_equal(grand->shadow_count, 2);
	assert_int_equal(grand->ref_count, 3);
	assert_int_equal(mach->vm_object->object_collapses, 1);
	vm_object_deallocate(mach, other);
	vm_object_deallocate(mach, object);
	vm_object_deallocate(mach, grand);
}

static void
test_collapse_eats_the_whole_chain(void **state)
{
	struct machine *mach = *state;
	vm_object_t object[5];
	int i;

	object[0] = filled_object(mach, 5, 1, NULL);
	for (i = 1; i < 5; i++) {
		object[i] = shadow_of(mach, object[i - 1], 0, 5);
		support_page(mach, object[i], (vm_pindex_t)i, VM_ALLOC_NORMAL);
		object[i - 1]->ref_count--;
	}
	vm_object_collapse(mach, object[4]);
	assert_null(object[4]->backing_object);
	assert_int_equal(object[4]->resident_page_count, 5);
	assert_int_equal(mach->vm_object->object_collapses, 4);
	vm_object_deallocate(mach, object[4]);
}

static void
test_collapse_refuses(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object, victim;
	int i, side;

	for (side = 0; side < 2; side++)
		for (i = 0; i < 3; i++) {
			backing = filled_object(mach, 4, 1, NULL);
			object = shadow_of(mach, backing, 0, 4);
			backing->ref_count--;
			victim = side == 0 ? object : backing;
			if (i == 0)
				victim->handle = mach;
			else if (i == 1)
				victim->type = OBJT_PHYS;
			else
				victim->flags |= OBJ_DEAD;
			vm_object_collapse(mach, object);
			assert_ptr_equal(object->backing_object, backing);
			assert_int_equal(backing->resident_page_count, 1);
			victim->handle = NULL;
			victim->type = OBJT_DEFAULT;
			victim->flags &= (uint16_t)~OBJ_DEAD;
			vm_object_deallocate(mach, object);
		}
	assert_int_equal(mach->vm_object->object_collapses, 0);
}

/* While a fault is on its way only unbusy, valid pages may move. */
static void
test_collapse_during_paging_moves_what_is_safe(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;
	int side;

	for (side = 0; side < 2; side++) {
		backing = filled_object(mach, 4, 4, NULL);
		vm_page_busy(mach, vm_page_lookup(mach, backing, 1));
		vm_page_lookup(mach, backing, 2)->valid = 0;
		vm_page_lookup(mach, backing, 3)->busy = 1;
		object = shadow_of(mach, backing, 0, 4);
		(side == 0 ? object : backing)->paging_in_progress++;
		/* Not even those while somebody else refers to it. */
		vm_object_collapse(mach, object);
		assert_int_equal(backing->resident_page_count, 4);
		backing->ref_count--;
		vm_object_collapse(mach, object);
		assert_ptr_equal(object->backing_object, backing);
		assert_int_equal(backing->flags & OBJ_DEAD, 0);
		assert_int_equal(backing->resident_page_count, 3);
		assert_int_equal(object->resident_page_count, 1);
		assert_non_null(vm_page_lookup(mach, object, 0));
		(side == 0 ? object : backing)->paging_in_progress--;
		vm_page_wakeup(mach, vm_page_lookup(mach, backing, 1));
		vm_page_lookup(mach, backing, 2)->valid = VM_PAGE_BITS_ALL;
		vm_page_lookup(mach, backing, 3)->busy = 0;
		vm_object_deallocate(mach, object);
	}
}

static void
test_collapse_waits_for_busy_page(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;
	vm_page_t m;
	char text[128];

	backing = filled_object(mach, 4, 1, NULL);
	m = vm_page_lookup(mach, backing, 0);
	vm_page_busy(mach, m);
	object = shadow_of(mach, backing, 0, 4);
	backing->ref_count--;
	snprintf(text, sizeof(text),
	    "sleeping on \"vmocol\": page %#lx, "
	    "pindex 0, is busy and nothing wakes it",
	    (unsigned long)VM_PAGE_TO_PHYS(m));
	assert_panics(mach, text, vm_object_collapse(mach, object));
	/* It was marked first, so that no fault takes from it. */
	assert_int_equal(backing->flags & OBJ_DEAD, OBJ_DEAD);
}

static void
test_collapse_mapped_hidden_page_panics(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;
	pmap_t pmap;

	backing = filled_object(mach, 4, 1, NULL);
	object = shadow_of(mach, backing, 0, 4);
	support_page(mach, object, 0, VM_ALLOC_NORMAL);
	pmap = pmapsim_pmap_create(mach, "p");
	pmap_pinit(mach, pmap);
	pmap_enter(mach, pmap, 0x400000, VM_PROT_READ,
	    vm_page_lookup(mach, backing, 0), VM_PROT_READ, FALSE);
	backing->ref_count--;
	assert_panics(mach, "freeing mapped page PTR",
	    vm_object_collapse(mach, object));
}

static void
test_collapse_object_mismatch_panics(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;

	backing = filled_object(mach, 4, 1, NULL);
	object = shadow_of(mach, backing, 0, 4);
	backing->ref_count--;
	vm_page_lookup(mach, backing, 0)->object = object;
	assert_panics(mach, "vm_object_backing_scan: object mismatch",
	    vm_object_collapse(mach, object));
}

/*
 *	object  [ a b . ]
 *	backing [ A . . X ]	X lies outside
 *	grand   [ . . G ]	at 2: G is index 2 of object
 */
static void
test_bypass_when_all_is_hidden(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, grand, object;

	grand = support_object(mach, 8, NULL);
	support_page(mach, grand, 4, VM_ALLOC_NORMAL);
	backing = shadow_of(mach, grand, 2, 6);
	support_page(mach, backing, 0, VM_ALLOC_NORMAL);
	support_page(mach, backing, 3, VM_ALLOC_NORMAL);
	object = shadow_of(mach, backing, 0, 3);
	support_page(mach, object, 0, VM_ALLOC_NORMAL);
	support_page(mach, object, 1, VM_ALLOC_NORMAL);
	vm_object_collapse(mach, object);
	assert_int_equal(mach->vm_object->object_bypasses, 1);
	assert_ptr_equal(object->backing_object, grand);
	assert_int_equal(object->backing_object_offset, ptoa(2));
	assert_int_equal(backing->ref_count, 1);
	assert_int_equal(backing->shadow_count, 0);
	assert_int_equal(backing->resident_page_count, 2);
	assert_ptr_equal(LIST_FIRST(&grand->shadow_head), object);
	assert_int_equal(grand->shadow_count, 2);
	assert_int_equal(grand->ref_count, 3);
	vm_object_deallocate(mach, object);
	vm_object_deallocate(mach, backing);
	vm_object_deallocate(mach, grand);
}

static void
test_bypass_to_nothing(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;

	/* Full, so that nobody looks what the backing object has. */
	backing = vm_object_allocate(mach, OBJT_SWAP, 4);
	object = shadow_of(mach, backing, 1, 2);
	support_pages(mach, object, 0, 2, VM_ALLOC_NORMAL);
	vm_object_collapse(mach, object);
	assert_null(object->backing_object);
	assert_int_equal(backing->ref_count, 1);
	assert_int_equal(backing->shadow_count, 0);
	assert_int_equal(mach->vm_object->object_bypasses, 1);
	vm_object_deallocate(mach, object);
	vm_object_deallocate(mach, backing);
}

static void
test_bypass_refused(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;
	int i;

	for (i = 0; i < 3; i++) {
		backing = vm_object_allocate(mach,
		    i == 0 ? OBJT_SWAP : OBJT_DEFAULT, 4);
		support_page(mach, backing, 1, VM_ALLOC_NORMAL);
		object = shadow_of(mach, backing, 0, 4);
		/* Hidden, but behind it may be swap; not hidden; hidden by
		 * a page without contents. */
		if (i != 1)
			support_page(mach, object, 1, VM_ALLOC_NORMAL);
		if (i == 2)
			vm_page_lookup(mach, object, 1)->valid = 0;
		vm_object_collapse(mach, object);
		assert_ptr_equal(object->backing_object, backing);
		vm_object_deallocate(mach, object);
		vm_object_deallocate(mach, backing);
	}
	assert_int_equal(mach->vm_object->object_bypasses, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_collapse_moves_and_frees),
	    support_test(test_collapse_takes_over_reservation),
	    support_test(test_collapse_breaks_reservation_of_wired_hidden_page),
	    support_test(test_collapse_inherits_backing),
	    support_test(test_collapse_eats_the_whole_chain),
	    support_test(test_collapse_refuses),
	    support_test(test_collapse_during_paging_moves_what_is_safe),
	    support_test(test_collapse_waits_for_busy_page),
	    support_test(test_collapse_mapped_hidden_page_panics),
	    support_test(test_collapse_object_mismatch_panics),
	    support_test(test_bypass_when_all_is_hidden),
	    support_test(test_bypass_to_nothing),
	    support_test(test_bypass_refused),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
