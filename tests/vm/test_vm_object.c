/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects: life, chains, collapse and bypass, split, coalescing, and what is
 * done to ranges of pages.  Object sizes and indices are in pages.
 */
#include "support.h"

#include <stdio.h>

#include "vm/pmap.h"
#include "vm/vm_object.h"
#include "vm/vm_phys.h"

#define MADV_WILLNEED_ 3
#define MADV_DONTNEED_ 4
#define MADV_FREE_ 5

static const uint16_t color0 = 0;

static long
free_count(struct machine *mach)
{

	return (support_sysctl(mach, "vm.stats.vm.v_free_count"));
}

/* An anonymous object with "n" active pages at 0, 1, ... */
static vm_object_t
filled_object(struct machine *mach, vm_pindex_t size, unsigned n,
    const uint16_t *color)
{
	vm_object_t object;

	object = support_object(mach, size, color);
	if (n > 0)
		support_pages(mach, object, 0, n, VM_ALLOC_NORMAL);
	return (object);
}

/*
 * A shadow of "length" pages in front of page "offset" of "source", which
 * keeps the caller's reference beside the link's.
 */
static vm_object_t
shadow_of(struct machine *mach, vm_object_t source, vm_pindex_t offset,
    vm_pindex_t length)
{
	vm_object_t object = source;
	vm_ooffset_t bytes = ptoa(offset);

	vm_object_reference(mach, source);
	vm_object_shadow(mach, &object, &bytes, length);
	assert_ptr_not_equal(object, source);
	return (object);
}

static bool
object_exists(struct machine *mach, uint64_t id)
{
	vm_object_t object;

	TAILQ_FOREACH(object, &mach->vm_object->list, object_list)
		if (object->id == id)
			return (true);
	return (false);
}

/* ---- life --------------------------------------------------------------- */

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
		    type == OBJT_DEFAULT || type == OBJT_SWAP ?
		    OBJ_ONEMAPPING : 0);
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

static void
test_deallocate_too_often_panics(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = support_object(mach, 1, NULL);
	object->ref_count = 0;
	assert_panics(mach, "vm_object_deallocate: object deallocated too many "
	    "times: 0", vm_object_deallocate(mach, object));
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
	assert_panics(mach, "vm_object_deallocate: ref_count: 1, shadow_count: "
	    "1", vm_object_deallocate(mach, object));
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
	assert_int_equal(support_sysctl(mach, "vm.stats.vm.v_active_count"),
	    0);
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
	struct blocks blocks = { .n = 0 };
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
	assert_panics(mach, "vm_object_terminate: freeing busy page PTR "
	    "p->busy = 0, p->oflags 1\n", vm_object_deallocate(mach, object));
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
	assert_panics(mach, "vm_object_terminate: freeing busy page PTR "
	    "p->busy = 2, p->oflags 0\n", vm_object_deallocate(mach, object));
}

static void
test_terminate_referenced_panics(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = support_object(mach, 4, NULL);
	assert_panics(mach, "vm_object_terminate: object with references, "
	    "ref_count=1", vm_object_terminate(mach, object));
}

static void
test_terminate_waits_for_paging(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = support_object(mach, 4, NULL);
	object->paging_in_progress = 1;
	assert_panics(mach, "sleeping on \"objtrm\": paging in progress and "
	    "nothing ends it", vm_object_deallocate(mach, object));
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
			vm_page_remove(mach, support_page(mach, object, 0,
			    VM_ALLOC_NORMAL));
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
		assert_panics(mach, text[i],
		    vm_object_destroy(mach, object));
		support_destroy(mach);
	}
	*state = NULL;
}

/* ---- chains ------------------------------------------------------------- */

static void
test_shadow_of_unshared_object_is_itself(void **state)
{
	struct machine *mach = *state;
	vm_object_t object, source;
	vm_ooffset_t offset;

	object = source = support_object(mach, 16, NULL);
	offset = ptoa(3);
	vm_object_shadow(mach, &object, &offset, 13);
	assert_ptr_equal(object, source);
	assert_int_equal(offset, ptoa(3));
	assert_int_equal(source->shadow_count, 0);
	vm_object_deallocate(mach, object);
}

static void
test_shadow_is_made_for_handle_or_other_type(void **state)
{
	struct machine *mach = *state;
	vm_object_t object, source;
	vm_ooffset_t offset;
	int i;

	for (i = 0; i < 2; i++) {
		source = vm_object_allocate(mach,
		    i == 0 ? OBJT_PHYS : OBJT_DEFAULT, 16);
		if (i == 1)
			source->handle = mach;
		object = source;
		offset = 0;
		vm_object_shadow(mach, &object, &offset, 16);
		assert_ptr_not_equal(object, source);
		assert_ptr_equal(object->backing_object, source);
		/* The caller's reference is the link's now. */
		assert_int_equal(source->ref_count, 1);
		vm_object_deallocate(mach, object);
	}
}

static void
test_shadow_of_nothing(void **state)
{
	struct machine *mach = *state;
	vm_object_t object = NULL;
	vm_ooffset_t offset = ptoa(7);

	vm_object_shadow(mach, &object, &offset, 5);
	assert_non_null(object);
	assert_int_equal(object->size, 5);
	assert_null(object->backing_object);
	assert_int_equal(offset, 0);
	vm_object_deallocate(mach, object);
}

static void
test_shadow_links_and_colours(void **state)
{
	struct machine *mach = *state;
	static const struct {
		bool colored;
		uint16_t color;
		vm_pindex_t offset;
		uint16_t want;
	} c[] = {
		{ true, 0, 0, 0 },
		{ true, 0x123, 0x10, 0x133 },
		/* 12 bits are left of the sum. */
		{ true, 0xfff, 2, 0x001 },
		{ true, 0x5678, 0x1000, 0x678 },
		/* Computed, though it means nothing, without a colour. */
		{ false, 0, 0x1234, 0x234 },
	};
	vm_object_t first, second, source;
	vm_ooffset_t offset;
	unsigned i;
	int generation;

	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		source = support_object(mach, 0x10000,
		    c[i].colored ? &c[i].color : NULL);
		source->ref_count = 3;
		source->flags |= OBJ_NOSPLIT;
		generation = source->generation;
		first = source;
		offset = ptoa(c[i].offset);
		vm_object_shadow(mach, &first, &offset, 9);
		assert_int_equal(offset, 0);
		assert_int_equal(first->size, 9);
		assert_int_equal(first->ref_count, 1);
		assert_int_equal(first->type, OBJT_DEFAULT);
		assert_int_equal(first->flags, OBJ_ONEMAPPING |
		    (c[i].colored ? OBJ_COLORED : 0));
		assert_int_equal(first->pg_color, c[i].want);
		assert_int_equal(first->backing_object_offset,
		    ptoa(c[i].offset));
		assert_ptr_equal(first->backing_object, source);
		assert_int_equal(source->ref_count, 3);
		assert_int_equal(source->shadow_count, 1);
		assert_int_equal(source->generation, generation + 1);

		/* The newest shadow is the first of the list. */
		second = source;
		offset = 0;
		vm_object_shadow(mach, &second, &offset, 9);
		assert_ptr_equal(LIST_FIRST(&source->shadow_head), second);
		assert_ptr_equal(LIST_NEXT(second, shadow_list), first);
		assert_int_equal(source->shadow_count, 2);
		vm_object_deallocate(mach, first);
		vm_object_deallocate(mach, second);
		vm_object_deallocate(mach, source);
	}
}

static void
test_deallocate_ends_whole_chain(void **state)
{
	struct machine *mach = *state;
	vm_object_t object[4];
	uint64_t id[4];
	long before;
	int i;

	before = free_count(mach);
	object[0] = filled_object(mach, 4, 1, NULL);
	for (i = 1; i < 4; i++) {
		object[i] = shadow_of(mach, object[i - 1], 0, 4);
		support_page(mach, object[i], 1, VM_ALLOC_NORMAL);
		/* Only the link is left; a release would collapse them. */
		object[i - 1]->ref_count--;
	}
	for (i = 0; i < 4; i++)
		id[i] = object[i]->id;
	vm_object_deallocate(mach, object[3]);
	for (i = 0; i < 4; i++)
		assert_false(object_exists(mach, id[i]));
	assert_int_equal(free_count(mach), before);
	assert_int_equal(mach->vm_object->object_collapses, 0);
}

static void
test_deallocate_collapses_into_the_last_shadow(void **state)
{
	struct machine *mach = *state;
	vm_object_t object, source;
	vm_page_t m;
	uint64_t id;

	source = filled_object(mach, 4, 2, &color0);
	id = source->id;
	m = vm_page_lookup(mach, source, 1);
	object = shadow_of(mach, source, 0, 4);
	vm_object_clear_flag(object, OBJ_ONEMAPPING);
	vm_object_deallocate(mach, source);
	assert_false(object_exists(mach, id));
	assert_null(object->backing_object);
	assert_int_equal(object->resident_page_count, 2);
	assert_ptr_equal(m->object, object);
	assert_int_equal(mach->vm_object->object_collapses, 1);
	/* The walk went on with the shadow and dropped what protected it. */
	assert_int_equal(object->ref_count, 1);
	assert_int_equal(object->flags & OBJ_ONEMAPPING, OBJ_ONEMAPPING);
	vm_object_deallocate(mach, object);
}

static void
test_deallocate_leaves_shadows_that_cannot_collapse(void **state)
{
	struct machine *mach = *state;
	vm_object_t object, other, source;
	int i;

	for (i = 0; i < 4; i++) {
		source = filled_object(mach, 4, 1, NULL);
		object = shadow_of(mach, source, 0, 4);
		other = NULL;
		if (i == 0)
			object->handle = mach;
		else if (i == 1)
			object->type = OBJT_PHYS;
		else if (i == 2)
			object->flags |= OBJ_DEAD;
		else {
			/* Two shadows, one reference: a link was dropped. */
			other = shadow_of(mach, source, 0, 4);
			source->ref_count--;
		}
		/* It is not even waited for, nor visited. */
		object->paging_in_progress = 1;
		vm_object_clear_flag(object, OBJ_ONEMAPPING);
		vm_object_deallocate(mach, source);
		assert_int_equal(source->ref_count, 1);
		assert_int_equal(source->resident_page_count, 1);
		assert_int_equal(object->ref_count, 1);
		assert_int_equal(object->flags & OBJ_ONEMAPPING, 0);
		object->paging_in_progress = 0;
		object->handle = NULL;
		object->type = OBJT_DEFAULT;
		object->flags &= (uint16_t)~OBJ_DEAD;
		if (other != NULL) {
			source->ref_count++;
			vm_object_deallocate(mach, other);
		}
		vm_object_deallocate(mach, object);
	}
}

/* The one shadow is itself without references: it is ended, then this one. */
static void
test_deallocate_ends_dying_shadow(void **state)
{
	struct machine *mach = *state;
	vm_object_t object, source;
	uint64_t id, source_id;

	source = filled_object(mach, 4, 1, NULL);
	source_id = source->id;
	object = shadow_of(mach, source, 0, 4);
	id = object->id;
	object->ref_count = 0;
	vm_object_deallocate(mach, source);
	assert_false(object_exists(mach, id));
	assert_false(object_exists(mach, source_id));
	assert_int_equal(mach->vm_object->object_collapses, 0);
}

static void
test_deallocate_waits_for_paging_of_shadow(void **state)
{
	struct machine *mach;
	vm_object_t object, source;
	int i;

	support_destroy(*state);
	for (i = 0; i < 2; i++) {
		mach = support_boot(SUPPORT_SMALL);
		source = filled_object(mach, 4, 1, NULL);
		object = shadow_of(mach, source, 0, 4);
		(i == 0 ? object : source)->paging_in_progress = 1;
		assert_panics(mach, i == 0 ?
		    "sleeping on \"objde1\": paging in progress and nothing "
		    "ends it" :
		    "sleeping on \"objde2\": paging in progress and nothing "
		    "ends it", vm_object_deallocate(mach, source));
		support_destroy(mach);
	}
	*state = NULL;
}

/* ---- collapse ----------------------------------------------------------- */

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
	assert_int_equal(c->dirty, 0);
	backing->ref_count--;
	vm_object_collapse(mach, object);

	assert_int_equal(object->resident_page_count, 4);
	assert_ptr_equal(vm_page_lookup(mach, object, 0), a);
	assert_ptr_equal(vm_page_lookup(mach, object, 1), c);
	assert_ptr_equal(vm_page_lookup(mach, object, 3), d);
	assert_int_equal(c->dirty, VM_PAGE_BITS_ALL);
	assert_int_equal(c->oflags, 0);
	assert_int_equal(a->dirty, 0);
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
	    VM_ALLOC_NORMAL)), VM_PAGE_TO_PHYS(m) + PAGE_SIZE);
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
	snprintf(text, sizeof(text), "sleeping on \"vmocol\": page %#lx, "
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
		assert_int_equal(m->dirty, VM_PAGE_BITS_ALL);
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
	    VM_ALLOC_NORMAL)), VM_PAGE_TO_PHYS(m) + ptoa(9));
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
	snprintf(text, sizeof(text), "sleeping on \"spltwt\": page %#lx, "
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
	assert_true(vm_object_coalesce(mach, object, ptoa(1), ptoa(1),
	    ptoa(1), FALSE));
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

/* ---- removing pages ----------------------------------------------------- */

static void
test_page_remove_ranges(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_pindex_t end, i, size, start;
	long before;

	/* Every range of a small object, with a hole in it. */
	size = 6;
	for (start = 0; start <= size; start++)
		for (end = 0; end <= size; end++) {
			before = free_count(mach);
			object = filled_object(mach, size, 6, NULL);
			vm_page_free(mach, vm_page_lookup(mach, object, 3));
			vm_object_page_remove(mach, object, start, end, FALSE);
			for (i = 0; i < size; i++)
				assert_int_equal(i != 3 && (i < start ||
				    (end != 0 && i >= end)),
				    vm_page_lookup(mach, object, i) != NULL);
			assert_int_equal(free_count(mach),
			    before - object->resident_page_count);
			assert_int_equal(object->paging_in_progress, 0);
			vm_object_deallocate(mach, object);
			assert_int_equal(free_count(mach), before);
		}
}

static void
test_page_remove_unmaps(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;
	pmap_t pmap;

	object = filled_object(mach, 4, 2, NULL);
	m = vm_page_lookup(mach, object, 1);
	pmap = pmapsim_pmap_create(mach, "p");
	pmap_pinit(mach, pmap);
	pmap_enter(mach, pmap, 0x401000, VM_PROT_WRITE, m,
	    VM_PROT_READ | VM_PROT_WRITE, FALSE);
	vm_object_page_remove(mach, object, 1, 2, FALSE);
	assert_not_mapped(mach, pmap, 0x401000);
	assert_int_equal(pmapsim_pmap_resident_count(pmap), 0);
	assert_int_equal(object->resident_page_count, 1);
	assert_int_not_equal(vm_page_flags(m) & PG_FREE, 0);
	assert_int_equal(vm_page_flags(m) & PG_WRITEABLE, 0);
	pmap_release(mach, pmap);
	pmapsim_pmap_destroy(mach, pmap);
	vm_object_deallocate(mach, object);
}

static void
test_page_remove_wired_mapping_only_is_freed(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;
	pmap_t pmap;
	unsigned wired;

	/* Wired by its one mapping: mapping and wiring go, the page too. */
	object = filled_object(mach, 4, 1, NULL);
	m = vm_page_lookup(mach, object, 0);
	pmap = pmapsim_pmap_create(mach, "p");
	pmap_pinit(mach, pmap);
	pmap_enter(mach, pmap, 0x400000, VM_PROT_WRITE, m,
	    VM_PROT_READ | VM_PROT_WRITE, TRUE);
	vm_page_wire(mach, m);
	wired = mach->cnt.v_wire_count;
	vm_object_page_remove(mach, object, 0, 0, FALSE);
	assert_int_equal(object->resident_page_count, 0);
	assert_int_not_equal(vm_page_flags(m) & PG_FREE, 0);
	assert_int_equal(m->wire_count, 0);
	assert_int_equal(pmapsim_pmap_wired_count(pmap), 0);
	/* Three table pages and a pv chunk went; the page's own wiring is not
	 * taken back. */
	assert_int_equal(mach->cnt.v_wire_count, wired - 4);
	mach->cnt.v_wire_count--;
	pmap_release(mach, pmap);
	pmapsim_pmap_destroy(mach, pmap);
	vm_object_deallocate(mach, object);
}

static void
test_page_remove_keeps_page_wired_otherwise(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;
	pmap_t pmap;
	int clean_only, mapped;

	pmap = pmapsim_pmap_create(mach, "p");
	pmap_pinit(mach, pmap);
	for (clean_only = 0; clean_only < 2; clean_only++)
		for (mapped = 0; mapped < 2; mapped++) {
			object = filled_object(mach, 4, 1, NULL);
			m = vm_page_lookup(mach, object, 0);
			vm_page_dirty(mach, m);
			vm_page_wire(mach, m);
			if (mapped)
				vm_page_wire(mach, m);
			pmap_enter(mach, pmap, 0x400000, VM_PROT_READ, m,
			    VM_PROT_READ, mapped);
			vm_object_page_remove(mach, object, 0, 0, clean_only);
			assert_not_mapped(mach, pmap, 0x400000);
			assert_int_equal(object->resident_page_count, 1);
			assert_int_equal(m->wire_count, 1);
			assert_int_equal(m->valid,
			    clean_only ? VM_PAGE_BITS_ALL : 0);
			assert_int_equal(m->dirty,
			    clean_only ? VM_PAGE_BITS_ALL : 0);
			vm_page_unwire(mach, m, 0);
			vm_object_deallocate(mach, object);
		}
	pmap_release(mach, pmap);
	pmapsim_pmap_destroy(mach, pmap);
}

/* Dirty to the kernel, to the MMU only, clean, and without contents. */
static void
test_page_remove_clean_only(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m[4];
	pmap_t pmap;
	int i;

	object = filled_object(mach, 4, 4, NULL);
	pmap = pmapsim_pmap_create(mach, "p");
	pmap_pinit(mach, pmap);
	for (i = 0; i < 4; i++)
		m[i] = vm_page_lookup(mach, object, (vm_pindex_t)i);
	vm_page_dirty(mach, m[0]);
	pmap_enter(mach, pmap, 0x401000, VM_PROT_WRITE, m[1],
	    VM_PROT_READ | VM_PROT_WRITE, FALSE);
	pmap_enter(mach, pmap, 0x402000, VM_PROT_READ, m[2],
	    VM_PROT_READ | VM_PROT_WRITE, FALSE);
	m[3]->valid = 0;
	m[3]->dirty = VM_PAGE_BITS_ALL;
	vm_object_page_remove(mach, object, 0, 0, TRUE);
	assert_int_equal(object->resident_page_count, 2);
	assert_ptr_equal(m[0]->object, object);
	assert_ptr_equal(m[1]->object, object);
	assert_int_equal(m[1]->dirty, VM_PAGE_BITS_ALL);
	/* The one that stays is mapped still, to read. */
	assert_mapped(mach, pmap, 0x401000, VM_PAGE_TO_PHYS(m[1]));
	assert_int_equal(support_pte(mach, pmap, 0x401000) & PG_RW, 0);
	assert_not_mapped(mach, pmap, 0x402000);
	pmap_remove_all(mach, m[1]);
	pmap_release(mach, pmap);
	pmapsim_pmap_destroy(mach, pmap);
	vm_object_deallocate(mach, object);
}

static void
test_page_remove_physical_object_panics(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = vm_object_allocate(mach, OBJT_PHYS, 4);
	/* Empty, there is nothing to object to. */
	vm_object_page_remove(mach, object, 0, 0, FALSE);
	support_page(mach, object, 0, VM_ALLOC_NORMAL);
	assert_panics(mach, "attempt to remove pages from a physical object",
	    vm_object_page_remove(mach, object, 0, 0, FALSE));
}

static void
test_page_remove_from_kernel_objects(void **state)
{
	struct machine *mach = *state;
	static const char *const kernel[] = { "2010-04", "9.0" };
	char config[128];
	vm_object_t object;
	vm_page_t m;
	unsigned i, k;

	support_destroy(mach);
	for (k = 0; k < 2; k++) {
		snprintf(config, sizeof(config), "%s kernel=%s",
		    SUPPORT_SMALL, kernel[k]);
		mach = support_boot(config);
		for (i = 0; i < 2; i++) {
			object = i == 0 ? pmapsim_kernel_object(mach) :
			    pmapsim_kmem_object(mach);
			m = support_page(mach, object, 5, VM_ALLOC_NORMAL);
			vm_page_flag_set(m, PG_WRITEABLE);
			vm_object_page_remove(mach, object, 5, 6, FALSE);
			assert_int_equal(object->resident_page_count, 0);
			/* 9.0 does not ask the pmap about such pages. */
			assert_int_equal(vm_page_flags(m) & PG_WRITEABLE,
			    k == 0 ? 0 : PG_WRITEABLE);
		}
		support_destroy(mach);
	}
	*state = NULL;
}

static void
test_page_remove_fictitious_panics(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;

	object = filled_object(mach, 4, 1, NULL);
	vm_page_flag_set(vm_page_lookup(mach, object, 0), PG_FICTITIOUS);
	assert_panics(mach, "vm_object_page_remove: page PTR is fictitious",
	    vm_object_page_remove(mach, object, 0, 0, FALSE));
}

static void
test_page_remove_waits_for_busy_page(void **state)
{
	struct machine *mach;
	vm_object_t object;
	vm_page_t m;
	char text[128];
	int i;

	support_destroy(*state);
	for (i = 0; i < 2; i++) {
		mach = support_boot(SUPPORT_SMALL);
		object = filled_object(mach, 4, 1, NULL);
		m = vm_page_lookup(mach, object, 0);
		if (i == 0)
			vm_page_busy(mach, m);
		else
			m->busy = 1;
		snprintf(text, sizeof(text), "sleeping on \"vmopar\": page "
		    "%#lx, pindex 0, is busy and nothing wakes it",
		    (unsigned long)VM_PAGE_TO_PHYS(m));
		assert_panics(mach, text,
		    vm_object_page_remove(mach, object, 0, 0, FALSE));
		support_destroy(mach);
	}
	*state = NULL;
}

/* ---- making resident, advice -------------------------------------------- */

static void
test_populate(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_pindex_t i;
	vm_page_t m;

	/* From nothing, an object of the kernel's gets zeroed pages. */
	object = vm_object_allocate(mach, OBJT_PHYS, 16);
	assert_true(vm_object_populate(mach, object, 2, 6));
	assert_int_equal(object->resident_page_count, 4);
	for (i = 2; i < 6; i++) {
		m = vm_page_lookup(mach, object, i);
		assert_int_equal(m->valid, VM_PAGE_BITS_ALL);
		assert_int_equal(m->dirty, 0);
		assert_int_equal(m->oflags, 0);
	}
	assert_true(vm_object_populate(mach, object, 9, 9));
	assert_int_equal(object->resident_page_count, 4);
	vm_object_deallocate(mach, object);

	/* An anonymous one gives what it has, and ends at what it lacks. */
	object = filled_object(mach, 16, 3, NULL);
	assert_true(vm_object_populate(mach, object, 0, 3));
	assert_false(vm_object_populate(mach, object, 1, 6));
	assert_int_equal(object->resident_page_count, 3);
	for (i = 0; i < 3; i++)
		assert_int_equal(vm_page_lookup(mach, object, i)->oflags, 0);
	assert_false(vm_object_populate(mach, object, 3, 4));
	vm_object_deallocate(mach, object);
}

static void
test_madvise_willneed_and_dontneed(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;
	vm_page_t m, n;
	int i;

	vm_object_madvise(mach, NULL, 0, 1, MADV_WILLNEED_);
	backing = filled_object(mach, 8, 8, NULL);
	object = shadow_of(mach, backing, 4, 4);
	m = vm_page_lookup(mach, backing, 5);
	n = vm_page_lookup(mach, backing, 6);
	vm_page_deactivate(mach, m);
	vm_page_deactivate(mach, n);
	vm_object_madvise(mach, object, 0, 2, MADV_WILLNEED_);
	assert_int_equal(m->queue, PQ_ACTIVE);
	assert_int_equal(n->queue, PQ_INACTIVE);
	/* DONTNEED ages an active page once in a while only. */
	for (i = 0; i < 32; i++)
		vm_object_madvise(mach, object, 1, 1, MADV_DONTNEED_);
	assert_int_equal(m->queue, PQ_INACTIVE);
	vm_object_deallocate(mach, object);
	vm_object_deallocate(mach, backing);
}

static void
test_madvise_free_cleans(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;
	pmap_t pmap;

	object = filled_object(mach, 8, 1, NULL);
	m = vm_page_lookup(mach, object, 0);
	pmap = pmapsim_pmap_create(mach, "p");
	pmap_pinit(mach, pmap);
	pmap_enter(mach, pmap, 0x400000, VM_PROT_WRITE, m,
	    VM_PROT_READ | VM_PROT_WRITE, FALSE);
	vm_page_dirty(mach, m);
	/* Somebody else may see it: nothing happens. */
	vm_object_clear_flag(object, OBJ_ONEMAPPING);
	vm_object_madvise(mach, object, 0, 1, MADV_FREE_);
	assert_int_equal(m->dirty, VM_PAGE_BITS_ALL);
	object->flags |= OBJ_ONEMAPPING;
	vm_object_madvise(mach, object, 0, 1, MADV_FREE_);
	assert_int_equal(m->dirty, 0);
	assert_int_equal(m->act_count, 0);
	assert_int_equal(support_pte(mach, pmap, 0x400000) & PG_M, 0);
	pmap_remove_all(mach, m);
	pmap_release(mach, pmap);
	pmapsim_pmap_destroy(mach, pmap);
	vm_object_deallocate(mach, object);
}

static void
test_madvise_leaves_pages_that_are_in_use(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;
	int i;

	object = filled_object(mach, 1, 1, NULL);
	m = vm_page_lookup(mach, object, 0);
	vm_page_deactivate(mach, m);
	for (i = 0; i < 4; i++) {
		if (i == 0)
			m->valid = 0x7f;
		else if (i == 1)
			vm_page_hold(mach, m);
		else if (i == 2)
			m->wire_count = 1;
		else
			vm_page_flag_set(m, PG_UNMANAGED);
		vm_object_madvise(mach, object, 0, 1, MADV_WILLNEED_);
		assert_int_equal(m->queue, PQ_INACTIVE);
		m->valid = VM_PAGE_BITS_ALL;
		m->hold_count = 0;
		m->wire_count = 0;
		vm_page_flag_clear(m, PG_UNMANAGED);
	}
	vm_object_madvise(mach, object, 0, 1, MADV_WILLNEED_);
	assert_int_equal(m->queue, PQ_ACTIVE);
	vm_object_deallocate(mach, object);
}

/* MADV_FREE does not look behind what others share. */
static void
test_madvise_free_stops_at_shared_object(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;
	vm_page_t m;

	backing = filled_object(mach, 1, 1, NULL);
	m = vm_page_lookup(mach, backing, 0);
	vm_page_dirty(mach, m);
	object = shadow_of(mach, backing, 0, 1);
	vm_object_clear_flag(backing, OBJ_ONEMAPPING);
	vm_object_madvise(mach, object, 0, 1, MADV_FREE_);
	assert_int_equal(m->dirty, VM_PAGE_BITS_ALL);
	backing->flags |= OBJ_ONEMAPPING;
	vm_object_madvise(mach, object, 0, 1, MADV_FREE_);
	assert_int_equal(m->dirty, 0);
	vm_object_deallocate(mach, object);
	vm_object_deallocate(mach, backing);
}

static void
test_madvise_waits_for_busy_page(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;
	char text[128];

	object = filled_object(mach, 1, 1, NULL);
	m = vm_page_lookup(mach, object, 0);
	vm_page_busy(mach, m);
	snprintf(text, sizeof(text), "sleeping on \"madvpo\": page %#lx, "
	    "pindex 0, is busy and nothing wakes it",
	    (unsigned long)VM_PAGE_TO_PHYS(m));
	assert_panics(mach, text,
	    vm_object_madvise(mach, object, 0, 1, MADV_WILLNEED_));
}

/* ---- all together ------------------------------------------------------- */

/*
 * Random chains against what a program would see: for each object that a
 * "program" holds, each page is written with a number in the descriptor's
 * place of contents, the physical address, so that collapse and bypass must
 * never change which one is seen, or lose it.
 */
#define MODEL_PROGRAMS 6
#define MODEL_PAGES 8

static vm_page_t
model_see(struct machine *mach, vm_object_t object, vm_pindex_t pindex)
{
	vm_page_t m;

	for (; object != NULL; object = object->backing_object) {
		m = vm_page_lookup(mach, object, pindex);
		if (m != NULL)
			return (m);
		pindex += atop(object->backing_object_offset);
	}
	return (NULL);
}

static void
test_random_chains_show_the_same_pages(void **state)
{
	struct machine *mach = *state;
	vm_page_t before[MODEL_PROGRAMS][MODEL_PAGES];
	vm_object_t object[MODEL_PROGRAMS] = { NULL };
	vm_ooffset_t offset;
	vm_pindex_t p;
	vm_page_t seen;
	uint64_t seed, start;
	int a, b, i, step;

	start = seed = 20100422;
	print_message("seed %llu\n", (unsigned long long)start);
	for (step = 0; step < 4000; step++) {
		a = (int)(support_random(&seed) % MODEL_PROGRAMS);
		b = (int)(support_random(&seed) % MODEL_PROGRAMS);
		p = support_random(&seed) % MODEL_PAGES;
		for (i = 0; i < MODEL_PROGRAMS; i++)
			for (vm_pindex_t q = 0; q < MODEL_PAGES; q++)
				before[i][q] = model_see(mach, object[i], q);
		if (object[a] == NULL) {
			object[a] = support_object(mach, MODEL_PAGES, NULL);
			continue;
		}
		switch (support_random(&seed) % 5) {
		case 0: /* fork: b sees what a sees, then both shadow */
			if (object[b] != NULL)
				break;
			vm_object_reference(mach, object[a]);
			vm_object_clear_flag(object[a], OBJ_ONEMAPPING);
			object[b] = object[a];
			offset = 0;
			vm_object_shadow(mach, &object[b], &offset,
			    MODEL_PAGES);
			offset = 0;
			vm_object_shadow(mach, &object[a], &offset,
			    MODEL_PAGES);
			memcpy(before[b], before[a], sizeof(before[a]));
			break;
		case 1: /* exit */
			vm_object_deallocate(mach, object[a]);
			object[a] = NULL;
			break;
		case 2: /* collapse */
			vm_object_collapse(mach, object[a]);
			break;
		default: /* write */
			seen = vm_page_lookup(mach, object[a], p);
			if (seen == NULL)
				seen = support_page(mach, object[a], p,
				    VM_ALLOC_NORMAL);
			before[a][p] = seen;
			break;
		}
		for (i = 0; i < MODEL_PROGRAMS; i++) {
			if (object[i] == NULL)
				continue;
			for (p = 0; p < MODEL_PAGES; p++)
				if (model_see(mach, object[i], p) !=
				    before[i][p])
					fail_msg("seed %llu step %d: program "
					    "%d sees another page %d",
					    (unsigned long long)start, step, i,
					    (int)p);
		}
	}
	/* Both ways of shortening were used, and nothing is left over. */
	assert_true(mach->vm_object->object_collapses > 50);
	assert_true(mach->vm_object->object_bypasses > 5);
	for (i = 0; i < MODEL_PROGRAMS; i++)
		vm_object_deallocate(mach, object[i]);
	assert_int_equal(mach->vm_object->zone.in_use, 2);
	assert_int_equal(support_sysctl(mach, "vm.stats.vm.v_active_count"),
	    0);
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
		support_test(test_deallocate_too_often_panics),
		support_test(test_deallocate_inconsistent_shadow_count_panics),
		support_test(test_terminate_frees_pages_and_reservation),
		support_test(test_terminate_frees_in_ascending_order),
		support_test(
		    test_terminate_with_wired_page_breaks_reservation),
		support_test(test_terminate_busy_page_panics),
		support_test(test_terminate_page_with_io_panics),
		support_test(test_terminate_referenced_panics),
		support_test(test_terminate_waits_for_paging),
		support_test(test_terminate_paging_underflow_panics),
		support_test(test_destroy_asserts_each_remainder),
		support_test(test_shadow_of_unshared_object_is_itself),
		support_test(test_shadow_is_made_for_handle_or_other_type),
		support_test(test_shadow_of_nothing),
		support_test(test_shadow_links_and_colours),
		support_test(test_deallocate_ends_whole_chain),
		support_test(test_deallocate_collapses_into_the_last_shadow),
		support_test(
		    test_deallocate_leaves_shadows_that_cannot_collapse),
		support_test(test_deallocate_ends_dying_shadow),
		support_test(test_deallocate_waits_for_paging_of_shadow),
		support_test(test_collapse_moves_and_frees),
		support_test(test_collapse_takes_over_reservation),
		support_test(
		    test_collapse_breaks_reservation_of_wired_hidden_page),
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
		support_test(test_split_refused),
		support_test(test_split_moves_the_range),
		support_test(test_split_keeps_frame_and_reservation),
		support_test(test_split_waits_for_busy_page),
		support_test(test_coalesce),
		support_test(test_coalesce_collapses_first),
		support_test(test_page_remove_ranges),
		support_test(test_page_remove_unmaps),
		support_test(test_page_remove_wired_mapping_only_is_freed),
		support_test(test_page_remove_keeps_page_wired_otherwise),
		support_test(test_page_remove_clean_only),
		support_test(test_page_remove_physical_object_panics),
		support_test(test_page_remove_from_kernel_objects),
		support_test(test_page_remove_fictitious_panics),
		support_test(test_page_remove_waits_for_busy_page),
		support_test(test_populate),
		support_test(test_madvise_willneed_and_dontneed),
		support_test(test_madvise_free_cleans),
		support_test(test_madvise_leaves_pages_that_are_in_use),
		support_test(test_madvise_free_stops_at_shared_object),
		support_test(test_madvise_waits_for_busy_page),
		support_test(test_random_chains_show_the_same_pages),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
