/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects: made, referenced and ended.  Chains, collapse, split and ranges of
 * pages have files of their own.
 */
#include "vm_object_fixture.h"

#include "vm/vm_phys.h"

static void
test_startup_makes_the_kernels_two(void **state)
{
	struct machine *mach = *state;
	vm_object_t object[2];
	int i;

	object[0] = pmapsim_kernel_object(mach);
	object[1] = pmapsim_kmem_object(mach);
	assert_ptr_equal(TAILQ_FIRST(&mach->vm_object->list), object[0]);
	assert_ptr_equal(TAILQ_NEXT(object[0], object_list), object[1]);
	for (i = 0; i < 2; i++) {
		assert_int_equal(object[i]->type, OBJT_PHYS);
		/* All of the kernel's addresses but the last page. */
		assert_int_equal(object[i]->size, 0x7ffffff);
		assert_int_equal(object[i]->flags, OBJ_COLORED);
		assert_int_equal(object[i]->pg_color, 0);
	}
}

static void
test_allocate_each_type(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	int type;

	for (type = OBJT_DEFAULT; type <= OBJT_SG; type++) {
		object = vm_object_allocate(mach, (objtype_t)type, 77);
		assert_int_equal(object->type, type);
		assert_int_equal(object->size, 77);
		assert_int_equal(object->generation, 1);
		assert_int_equal(object->ref_count, 1);
		assert_int_equal(object->memattr, VM_MEMATTR_WRITE_BACK);
		assert_int_equal(object->flags,
		    type == OBJT_DEFAULT || type == OBJT_SWAP ? OBJ_ONEMAPPING :
								0);
		assert_int_equal(object->pg_color, 0);
		assert_int_equal(object->shadow_count, 0);
		assert_int_equal(object->paging_in_progress, 0);
		assert_int_equal(object->resident_page_count, 0);
		assert_true(TAILQ_EMPTY(&object->memq));
		assert_true(LIST_EMPTY(&object->shadow_head));
		assert_true(LIST_EMPTY(&object->rvq));
		assert_null(object->root);
		assert_null(object->backing_object);
		assert_ptr_equal(TAILQ_LAST(&mach->vm_object->list, object_q),
		    object);
		vm_object_deallocate(mach, object);
	}
}

static void
test_object_color_is_cut_to_16_bits_and_flagged(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = support_object(mach, 8, NULL);
	assert_int_equal(object->flags & OBJ_COLORED, 0);
	pmapsim_object_color(mach, object, (uint16_t)0x12345);
	assert_int_equal(object->flags, OBJ_ONEMAPPING | OBJ_COLORED);
	assert_int_equal(object->pg_color, 0x2345);
	vm_object_deallocate(mach, object);
}

static void
test_reference_and_clear_flag(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	vm_object_reference(mach, NULL);
	vm_object_deallocate(mach, NULL);
	object = support_object(mach, 8, &color0);
	vm_object_reference(mach, object);
	assert_int_equal(object->ref_count, 2);
	vm_object_clear_flag(object, OBJ_ONEMAPPING);
	assert_int_equal(object->flags, OBJ_COLORED);
	/* Alone again: one mapping, as far as anybody can tell. */
	vm_object_deallocate(mach, object);
	assert_int_equal(object->ref_count, 1);
	assert_int_equal(object->flags, OBJ_COLORED | OBJ_ONEMAPPING);
	vm_object_deallocate(mach, object);
}

static void
test_deallocate_to_one_sets_onemapping_on_anonymous_only(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	/* Not with two references left. */
	object = vm_object_allocate(mach, OBJT_DEFAULT, 1);
	object->ref_count = 3;
	object->flags = 0;
	vm_object_deallocate(mach, object);
	assert_int_equal(object->flags, 0);
	/* Not when it has a handle. */
	object->handle = mach;
	vm_object_deallocate(mach, object);
	assert_int_equal(object->flags, 0);
	object->handle = NULL;
	object->ref_count = 2;
	vm_object_deallocate(mach, object);
	assert_int_equal(object->flags, OBJ_ONEMAPPING);
	vm_object_deallocate(mach, object);
	/* Not on other types. */
	object = vm_object_allocate(mach, OBJT_PHYS, 1);
	vm_object_reference(mach, object);
	vm_object_deallocate(mach, object);
	assert_int_equal(object->flags, 0);
	vm_object_deallocate(mach, object);
}

/* Who terminates an object lets its last reference go meanwhile. */
static void
test_deallocate_dead_object_is_left_to_its_terminator(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	uint64_t id;
	long nfree;

	nfree = free_count(mach);
	object = filled_object(mach, 4, 2, NULL);
	id = object->id;
	object->flags |= OBJ_DEAD;
	vm_object_deallocate(mach, object);
	assert_true(object_exists(mach, id));
	assert_int_equal(object->ref_count, 0);
	assert_int_equal(object->resident_page_count, 2);
	assert_int_equal(free_count(mach), nfree - 2);
	vm_object_terminate(mach, object);
	assert_false(object_exists(mach, id));
	assert_int_equal(free_count(mach), nfree);
}

static void
test_deallocate_too_often_panics(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = support_object(mach, 1, NULL);
	object->ref_count = 0;
	assert_panics(mach,
	    "vm_object_deallocate: object deallocated too many "
	    "times: 0",
	    vm_object_deallocate(mach, object));
	assert_true(pmapsim_panic(mach)->assertion);
	assert_string_equal(pmapsim_panic(mach)->frames[0],
	    "vm_object_deallocate");
}

static void
test_deallocate_inconsistent_shadow_count_panics(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = support_object(mach, 1, NULL);
	object->ref_count = 2;
	object->shadow_count = 1;
	assert_panics(mach,
	    "vm_object_deallocate: ref_count: 1, shadow_count: "
	    "1",
	    vm_object_deallocate(mach, object));
}

static void
test_terminate_frees_pages_and_reservation(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	uint64_t id;
	long before;

	before = free_count(mach);
	/* 512 pages in a reservation, three in a second one. */
	object = filled_object(mach, 1024, 515, &color0);
	id = object->id;
	assert_int_equal(free_count(mach), before - 515);
	assert_int_equal(support_sysctl(mach, "vm.stats.vm.v_active_count"),
	    515);
	vm_object_deallocate(mach, object);
	assert_false(object_exists(mach, id));
	assert_int_equal(free_count(mach), before);
	assert_int_equal(mach->cnt.v_pfree, 515);
	assert_int_equal(support_sysctl(mach, "vm.stats.vm.v_active_count"), 0);
	assert_sysctl(mach, "vm.reserv.freed", 2);
	assert_sysctl(mach, "vm.reserv.broken", 0);
}

struct blocks {
	vm_paddr_t pa[64];
	unsigned n;
};

static void
collect_block(struct machine *mach, vm_paddr_t pa, void *arg)
{
	struct blocks *blocks = arg;

	if (blocks->n < 64)
		blocks->pa[blocks->n++] = pa;
}

static void
test_terminate_frees_in_ascending_order(void **state)
{
	struct machine *mach = *state;
	struct blocks blocks = {.n = 0};
	vm_object_t object, other;
	vm_page_t m[8];
	vm_paddr_t pa[4];
	int i;

	/* Odd pages stay in use, so that the even ones cannot merge. */
	object = support_object(mach, 100, NULL);
	other = support_object(mach, 100, NULL);
	for (i = 0; i < 8; i++)
		m[i] = support_page(mach, (i & 1) == 0 ? object : other,
		    (vm_pindex_t)(50 - i), VM_ALLOC_NORMAL);
	for (i = 0; i < 4; i++)
		pa[i] = VM_PAGE_TO_PHYS(m[2 * (3 - i)]);
	vm_object_deallocate(mach, object);
	/* The highest index was allocated first, and is freed last. */
	vm_phys_foreach(mach, VM_FREELIST_DEFAULT, VM_FREEPOOL_DEFAULT, 0,
	    collect_block, &blocks);
	assert_true(blocks.n >= 4);
	for (i = 0; i < 4; i++)
		assert_int_equal(blocks.pa[blocks.n - 4 + (unsigned)i], pa[i]);
	vm_object_deallocate(mach, other);
}

static void
test_terminate_with_wired_page_breaks_reservation(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;
	long before;

	/* [ w . . . ... ]: a page that stays wired among freed ones. */
	before = free_count(mach);
	object = filled_object(mach, 512, 4, &color0);
	m = vm_page_lookup(mach, object, 1);
	vm_page_wire(mach, m);
	vm_object_deallocate(mach, object);
	assert_null(m->object);
	assert_int_equal(m->wire_count, 1);
	assert_int_equal(m->valid, VM_PAGE_BITS_ALL);
	assert_int_equal(free_count(mach), before - 1);
	assert_int_equal(mach->cnt.v_pfree, 3);
	assert_sysctl(mach, "vm.reserv.broken", 1);
	assert_sysctl(mach, "vm.reserv.freed", 0);
	/* Whoever wired it has it still, and gives it back alone. */
	vm_page_unwire(mach, m, 0);
	vm_page_free(mach, m);
	assert_int_equal(free_count(mach), before);
}

static void
test_terminate_busy_page_panics(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = filled_object(mach, 4, 1, NULL);
	vm_page_busy(mach, vm_page_lookup(mach, object, 0));
	assert_panics(mach,
	    "vm_object_terminate: freeing busy page PTR "
	    "p->busy = 0, p->oflags 1\n",
	    vm_object_deallocate(mach, object));
	assert_string_equal(pmapsim_panic(mach)->frames[0],
	    "vm_object_terminate");
	assert_string_equal(pmapsim_panic(mach)->frames[1],
	    "vm_object_deallocate");
	/* From the start on nobody may look into it. */
	assert_int_equal(object->flags & OBJ_DEAD, OBJ_DEAD);
}

static void
test_terminate_page_with_io_panics(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = filled_object(mach, 4, 1, NULL);
	vm_page_lookup(mach, object, 0)->busy = 2;
	assert_panics(mach,
	    "vm_object_terminate: freeing busy page PTR "
	    "p->busy = 2, p->oflags 0\n",
	    vm_object_deallocate(mach, object));
}

static void
test_terminate_referenced_panics(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = support_object(mach, 4, NULL);
	assert_panics(mach,
	    "vm_object_terminate: object with references, "
	    "ref_count=1",
	    vm_object_terminate(mach, object));
}

static void
test_terminate_waits_for_paging(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = support_object(mach, 4, NULL);
	object->paging_in_progress = 1;
	assert_panics(mach,
	    "sleeping on \"objtrm\": paging in progress and "
	    "nothing ends it",
	    vm_object_deallocate(mach, object));
	assert_true(pmapsim_panic(mach)->simulator);
}

/* A count below zero is what the wait cannot see but the assertion can. */
static void
test_terminate_paging_underflow_panics(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = support_object(mach, 4, NULL);
	object->paging_in_progress = -1;
	assert_panics(mach, "vm_object_terminate: pageout in progress",
	    vm_object_deallocate(mach, object));
}

static void
test_destroy_asserts_each_remainder(void **state)
{
	static const char *const text[] = {
	    "object PTR has resident pages",
	    "object PTR has reservations",
	    "object PTR paging_in_progress = 3",
	    "object PTR resident_page_count = 1",
	    "object PTR shadow_count = 2",
	    "vm_object_terminate: non-swap obj PTR has uip",
	};
	struct machine *mach;
	vm_object_t object;
	unsigned i;

	support_destroy(*state);
	for (i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		mach = support_boot(SUPPORT_SMALL);
		object = support_object(mach, 512, i == 1 ? &color0 : NULL);
		if (i == 0)
			support_page(mach, object, 0, VM_ALLOC_NORMAL);
		else if (i == 1)
			vm_page_remove(mach,
			    support_page(mach, object, 0, VM_ALLOC_NORMAL));
		else if (i == 2)
			object->paging_in_progress = 3;
		else if (i == 3)
			object->resident_page_count = 1;
		else if (i == 4)
			object->shadow_count = 2;
		else {
			object->uip = true;
			object->type = OBJT_PHYS;
		}
		assert_panics(mach, text[i], vm_object_destroy(mach, object));
		support_destroy(mach);
	}
	*state = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_startup_makes_the_kernels_two),
	    support_test(test_allocate_each_type),
	    support_test(test_object_color_is_cut_to_16_bits_and_flagged),
	    support_test(test_reference_and_clear_flag),
	    support_test(
		test_deallocate_to_one_sets_onemapping_on_anonymous_only),
	    support_test(test_deallocate_dead_object_is_left_to_its_terminator),
	    support_test(test_deallocate_too_often_panics),
	    support_test(test_deallocate_inconsistent_shadow_count_panics),
	    support_test(test_terminate_frees_pages_and_reservation),
	    support_test(test_terminate_frees_in_ascending_order),
	    support_test(test_terminate_with_wired_page_breaks_reservation),
	    support_test(test_terminate_busy_page_panics),
	    support_test(test_terminate_page_with_io_panics),
	    support_test(test_terminate_referenced_panics),
	    support_test(test_terminate_waits_for_paging),
	    support_test(test_terminate_paging_underflow_panics),
	    support_test(test_destroy_asserts_each_remainder),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
