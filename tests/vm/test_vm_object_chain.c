/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chains of objects: shadows, their colours, what ends with which reference,
 * and that a program sees the same pages whatever is done to its chain.
 */
#include "vm_object_fixture.h"

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
	    {true, 0, 0, 0},
	    {true, 0x123, 0x10, 0x133},
	    /* 12 bits are left of the sum. */
	    {true, 0xfff, 2, 0x001},
	    {true, 0x5678, 0x1000, 0x678},
	    /* Computed, though it means nothing, without a colour. */
	    {false, 0, 0x1234, 0x234},
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
		assert_int_equal(first->flags,
		    OBJ_ONEMAPPING | (c[i].colored ? OBJ_COLORED : 0));
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
		assert_panics(mach,
		    i == 0 ?
			"sleeping on \"objde1\": paging in progress and nothing "
			"ends it" :
			"sleeping on \"objde2\": paging in progress and nothing "
			"ends it",
		    vm_object_deallocate(mach, source));
		support_destroy(mach);
	}
	*state = NULL;
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
	vm_object_t object[MODEL_PROGRAMS] = {NULL};
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
	assert_int_equal(support_sysctl(mach, "vm.stats.vm.v_active_count"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_shadow_of_unshared_object_is_itself),
	    support_test(test_shadow_is_made_for_handle_or_other_type),
	    support_test(test_shadow_of_nothing),
	    support_test(test_shadow_links_and_colours),
	    support_test(test_deallocate_ends_whole_chain),
	    support_test(test_deallocate_collapses_into_the_last_shadow),
	    support_test(test_deallocate_leaves_shadows_that_cannot_collapse),
	    support_test(test_deallocate_ends_dying_shadow),
	    support_test(test_deallocate_waits_for_paging_of_shadow),
	    support_test(test_random_chains_show_the_same_pages),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
