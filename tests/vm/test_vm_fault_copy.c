/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults on chains of objects: what is copied, what is moved instead, and what
 * is only read through.
 */
#include "vm_fault_fixture.h"

/*
 * parent -> object [ a b ]  after fork and the child's write of a:
 *
 *	child  -> shadow [ A . ]
 *	             |
 *	parent -> object [ a b ]
 */
static void
test_cow_copies_for_the_child(void **state)
{
	struct machine *mach = *state;
	vm_object_t object, shadow;
	vm_map_t child, parent;
	vm_page_t a, copy;

	parent = program(mach);
	map_at(mach, parent, VA, 4, NULL, RW);
	fault(mach, parent, VA, VM_PROT_WRITE);
	fault(mach, parent, VA + 0x1000, VM_PROT_WRITE);
	a = page_at(mach, parent, VA);
	put_byte(mach, a, 'a');
	child = vmspace_fork(mach, parent);
	object = object_at(mach, parent, VA);
	assert_ptr_equal(object_at(mach, child, VA), object);
	assert_int_equal(object->ref_count, 2);
	pmap_activate(mach, child->pmap);
	fault(mach, child, VA, VM_PROT_WRITE);

	shadow = object_at(mach, child, VA);
	copy = page_at(mach, child, VA);
	assert_ptr_equal(copy->object, shadow);
	assert_ptr_equal(shadow->backing_object, object);
	assert_int_equal(object->ref_count, 2);
	assert_int_equal(get_byte(mach, copy), 'a');
	assert_pte(mach, child->pmap, VA, VM_PAGE_TO_PHYS(copy) | NX | 0x467);
	assert_page(mach, copy, PG_REFERENCED | PG_WRITEABLE, 0xff, 0xff,
	    PQ_ACTIVE, 0);
	/* The original is the parent's again, not to be written, and old. */
	assert_int_equal(a->queue, PQ_INACTIVE);
	assert_int_equal(a->oflags, 0);
	assert_pte(mach, parent->pmap, VA, VM_PAGE_TO_PHYS(a) | NX | 0x405);
	assert_sysctl(mach, "vm.stats.vm.v_cow_faults", 1);
	assert_sysctl(mach, "vm.stats.vm.v_cow_optim", 0);
	assert_quiet(shadow);
	put_byte(mach, copy, 'A');
	assert_int_equal(get_byte(mach, a), 'a');
	/* A second write fault finds the copy in front. */
	fault(mach, child, VA, VM_PROT_WRITE);
	assert_ptr_equal(page_at(mach, child, VA), copy);
	assert_sysctl(mach, "vm.stats.vm.v_cow_faults", 1);
	vmspace_free(mach, child);
	vmspace_free(mach, parent);
}

static void
test_steal_moves_the_page(void **state)
{
	struct machine *mach = *state;
	vm_object_t front, source;
	struct vm_reserv *rv;
	vm_map_t map;
	vm_page_t m;
	long free;

	source = support_object(mach, 1024, &color0);
	m = support_page(mach, source, 6, VM_ALLOC_NORMAL);
	support_page(mach, source, 7, VM_ALLOC_NORMAL);
	put_byte(mach, m, 'm');
	rv = &mach->vm_reserv->array[VM_PAGE_TO_PHYS(m) >> VM_LEVEL_0_SHIFT];
	map = shadow_program(mach, source, false, &front);
	assert_int_equal(front->pg_color, 1);
	free = support_sysctl(mach, "vm.stats.vm.v_free_count");
	fault(mach, map, VA + ptoa(5), VM_PROT_WRITE);

	assert_ptr_equal(page_at(mach, map, VA + ptoa(5)), m);
	assert_ptr_equal(m->object, front);
	assert_int_equal(m->pindex, 5);
	assert_int_equal(get_byte(mach, m), 'm');
	assert_page(mach, m, PG_REFERENCED | PG_WRITEABLE, 0xff, 0xff,
	    PQ_ACTIVE, 0);
	assert_int_equal(front->resident_page_count, 1);
	assert_int_equal(source->resident_page_count, 1);
	assert_sysctl(mach, "vm.stats.vm.v_cow_faults", 1);
	assert_sysctl(mach, "vm.stats.vm.v_cow_optim", 1);
	assert_sysctl(mach, "vm.stats.vm.v_zfod", 0);
	/* Tables and pv chunk; no page of its own. */
	assert_sysctl(mach, "vm.stats.vm.v_free_count", free - 4);
	/* The frame's reservation did not move along. */
	assert_ptr_equal(rv->object, source);
	assert_int_equal(rv->popcnt, 2);
	assert_true(LIST_EMPTY(&front->rvq));
	assert_quiet(front);
	vmspace_free(mach, map);
}

/*
 * The placeholder is freed before the move.  Were it freed after, the frame
 * would go to the tail of the free list behind the moved page's object's
 * reservation; seen is that one was made for it and died at once.
 */
static void
test_steal_frees_placeholder_and_its_reservation(void **state)
{
	struct machine *mach = *state;
	vm_object_t front, source;
	vm_map_t map;

	/* Colour 511: index 1 is the first of a superpage, in front too. */
	static const uint16_t color = 511;

	source = support_object(mach, 1024, &color);
	support_page(mach, source, 1, VM_ALLOC_NORMAL);
	map = shadow_program(mach, source, false, &front);
	assert_int_equal(front->pg_color, 512);
	fault(mach, map, VA, VM_PROT_WRITE);
	assert_sysctl(mach, "vm.reserv.freed", 1);
	assert_sysctl(mach, "vm.stats.vm.v_cow_optim", 1);
	vmspace_free(mach, map);
}

static void
test_no_steal_copies(void **state)
{
	struct machine *mach = *state;
	vm_object_t front, middle, other, source;
	vm_ooffset_t offset;
	vm_map_t map;
	vm_page_t m;
	int i;

	for (i = 0; i < 5; i++) {
		source = support_object(mach, 64, &color0);
		m = support_page(mach, source, 6, VM_ALLOC_NORMAL);
		put_byte(mach, m, 'm');
		other = middle = NULL;
		if (i == 4) {
			/* Two objects down. */
			middle = source;
			vm_object_reference(mach, source);
			offset = 0;
			vm_object_shadow(mach, &middle, &offset, 64);
			source->ref_count--;
			map = shadow_program(mach, middle, false, &front);
		} else
			map = shadow_program(mach, source, i == 0, &front);
		if (i == 1) {
			/* Another shadow, though no other reference. */
			other = source;
			vm_object_reference(mach, source);
			offset = 0;
			vm_object_shadow(mach, &other, &offset, 64);
			source->ref_count--;
		} else if (i == 2)
			source->handle = mach;
		else if (i == 3)
			source->type = OBJT_SG;
		fault(mach, map, VA + ptoa(5), VM_PROT_WRITE);
		assert_ptr_not_equal(page_at(mach, map, VA + ptoa(5)), m);
		assert_int_equal(get_byte(mach,
				     page_at(mach, map, VA + ptoa(5))),
		    'm');
		assert_ptr_equal(m->object, source);
		assert_int_equal(m->queue, PQ_INACTIVE);
		assert_sysctl(mach, "vm.stats.vm.v_cow_faults", i + 1);
		assert_sysctl(mach, "vm.stats.vm.v_cow_optim", 0);
		assert_quiet(front);
		source->handle = NULL;
		source->type = OBJT_DEFAULT;
		if (other != NULL) {
			source->ref_count++;
			vm_object_deallocate(mach, other);
		}
		vmspace_free(mach, map);
		if (i == 0)
			vm_object_deallocate(mach, source);
	}
}

/* A read maps the page behind as it is, and leaves no trace in front... */
static void
test_read_through_shadow(void **state)
{
	struct machine *mach = *state;
	vm_object_t front, source;
	vm_map_t map;
	vm_page_t m;
	long free;

	source = support_object(mach, 1024, &color0);
	m = support_page(mach, source, 6, VM_ALLOC_NORMAL);
	map = shadow_program(mach, source, true, &front);
	free = support_sysctl(mach, "vm.stats.vm.v_free_count");
	fault(mach, map, VA + ptoa(5), VM_PROT_READ);
	assert_pte(mach, map->pmap, VA + ptoa(5),
	    VM_PAGE_TO_PHYS(m) | NX | 0x425);
	assert_page(mach, m, PG_REFERENCED, 0xff, 0, PQ_ACTIVE, 0);
	assert_int_equal(front->resident_page_count, 0);
	assert_sysctl(mach, "vm.stats.vm.v_free_count", free - 4);
	assert_sysctl(mach, "vm.stats.vm.v_cow_faults", 0);
	assert_quiet(front);
	vmspace_free(mach, map);
	vm_object_deallocate(mach, source);
}

/* ...but for the reservation that its placeholder had for a moment. */
static void
test_read_through_shadow_placeholder_touches_reservations(void **state)
{
	struct machine *mach = *state;
	static const uint16_t color = 511;
	vm_object_t front, other, source;
	struct vm_reserv *first, *second;
	vm_map_t map;

	source = support_object(mach, 1024, &color);
	support_pages(mach, source, 1, 2, VM_ALLOC_NORMAL);
	map = shadow_program(mach, source, true, &front);
	fault(mach, map, VA, VM_PROT_READ);
	/* Made for page 0 of the front object, and gone when that was freed. */
	assert_true(LIST_EMPTY(&front->rvq));
	assert_sysctl(mach, "vm.reserv.freed", 1);
	assert_sysctl(mach, "vm.reserv.broken", 0);

	/* One that the front object has already moves to the tail. */
	support_page(mach, front, 9, VM_ALLOC_NORMAL);
	first = LIST_FIRST(&front->rvq);
	other = support_object(mach, 512, &color0);
	support_page(mach, other, 0, VM_ALLOC_NORMAL);
	second = LIST_FIRST(&other->rvq);
	assert_ptr_equal(TAILQ_LAST(&mach->vm_reserv->rvq_partpop, vm_reservq),
	    second);
	fault(mach, map, VA + ptoa(1), VM_PROT_READ);
	assert_ptr_equal(TAILQ_LAST(&mach->vm_reserv->rvq_partpop, vm_reservq),
	    first);
	assert_int_equal(first->popcnt, 1);
	vm_object_deallocate(mach, other);
	vmspace_free(mach, map);
	vm_object_deallocate(mach, source);
}

/*
 * The placeholder is still there while tables and pv chunk are allocated and
 * the neighbours are entered: its frame is none of theirs.
 */
static void
test_read_through_shadow_frees_placeholder_last(void **state)
{
	struct machine *mach;
	vm_object_t front, source;
	struct pmapsim_pte entries;
	vm_paddr_t placeholder;
	vm_map_t map;
	vm_page_t m;

	support_destroy(*state);
	/* Without colour the placeholder is a single page. */
	*state = mach = support_boot(SUPPORT_SMALL);
	source = support_object(mach, 64, NULL);
	support_page(mach, source, 6, VM_ALLOC_NORMAL);
	map = shadow_program(mach, source, true, &front);
	/* What the next page will be. */
	front->flags |= OBJ_COLORED;
	front->pg_color = 200;
	m = vm_page_alloc(mach, front, 5, VM_ALLOC_NORMAL);
	placeholder = VM_PAGE_TO_PHYS(m);
	vm_page_free(mach, m);
	fault(mach, map, VA + ptoa(5), VM_PROT_READ);
	pmapsim_pte(mach, map->pmap, VA, &entries);
	assert_int_not_equal(entries.pde & PG_FRAME, placeholder);
	assert_int_not_equal(entries.pdpe & PG_FRAME, placeholder);
	assert_int_not_equal(entries.pml4e & PG_FRAME, placeholder);
	assert_int_not_equal(vm_page_flags(m) & PG_FREE, 0);
	vmspace_free(mach, map);
	vm_object_deallocate(mach, source);
}

/* Nothing anywhere: the page is made in front, and is no copy. */
static void
test_zero_fill_below_a_chain(void **state)
{
	struct machine *mach = *state;
	vm_object_t front, source;
	vm_map_t map;
	vm_page_t m;

	source = support_object(mach, 64, &color0);
	map = shadow_program(mach, source, true, &front);
	fault(mach, map, VA + ptoa(5), VM_PROT_READ);
	m = page_at(mach, map, VA + ptoa(5));
	assert_ptr_equal(m->object, front);
	assert_pte(mach, map->pmap, VA + ptoa(5),
	    VM_PAGE_TO_PHYS(m) | NX | 0x427);
	assert_sysctl(mach, "vm.stats.vm.v_zfod", 1);
	assert_sysctl(mach, "vm.stats.vm.v_cow_faults", 0);
	assert_int_equal(source->resident_page_count, 0);
	assert_quiet(front);
	vmspace_free(mach, map);
	vm_object_deallocate(mach, source);
}

/* VM_PROT_COPY makes a read fault copy. */
static void
test_fault_for_copy(void **state)
{
	struct machine *mach = *state;
	vm_object_t front, source;
	vm_map_t map;
	vm_page_t m;

	source = support_object(mach, 64, &color0);
	m = support_page(mach, source, 6, VM_ALLOC_NORMAL);
	map = shadow_program(mach, source, true, &front);
	fault(mach, map, VA + ptoa(5), VM_PROT_READ | VM_PROT_COPY);
	assert_ptr_not_equal(page_at(mach, map, VA + ptoa(5)), m);
	assert_ptr_equal(page_at(mach, map, VA + ptoa(5))->object, front);
	assert_int_equal(support_pte(mach, map->pmap, VA + ptoa(5)) & ~PG_FRAME,
	    NX | 0x427);
	assert_int_equal(vm_page_use(mach, page_at(mach, map, VA + ptoa(5)))
			     ->dirty,
	    0);
	vmspace_free(mach, map);
	vm_object_deallocate(mach, source);
}

/*
 * Memory as the programs see it, against a plain array: two generations of
 * forks, writes, reads, exits and partial unmaps in random order.
 */
#define MODEL_PROGRAMS 4
#define MODEL_PAGES 24

static void
test_random_forks_keep_contents(void **state)
{
	struct machine *mach = *state;
	char model[MODEL_PROGRAMS][MODEL_PAGES];
	vm_map_t map[MODEL_PROGRAMS] = {NULL};
	uint64_t seed, start;
	vm_paddr_t pa;
	int a, b, i, p, step;

	start = seed = 20100423;
	print_message("seed %llu\n", (unsigned long long)start);
	map[0] = program(mach);
	map_at(mach, map[0], VA, MODEL_PAGES, NULL, RW);
	memset(model, 0, sizeof(model));
	for (step = 0; step < 6000; step++) {
		a = (int)(support_random(&seed) % MODEL_PROGRAMS);
		b = (int)(support_random(&seed) % MODEL_PROGRAMS);
		p = (int)(support_random(&seed) % MODEL_PAGES);
		i = (int)(support_random(&seed) % 16);
		if (map[a] == NULL)
			continue;
		if (i == 0 && map[b] == NULL) {
			map[b] = vmspace_fork(mach, map[a]);
			memcpy(model[b], model[a], sizeof(model[a]));
		} else if (i == 1 && map[b] != NULL && a != b) {
			vmspace_free(mach, map[a]);
			map[a] = NULL;
		} else if (i < 9) {
			assert_int_equal(pmapsim_access(mach, map[a],
					     VA + ptoa(p), PMAPSIM_ACCESS_WRITE,
					     &pa),
			    PMAPSIM_OK);
			model[a][p] = (char)(step & 0x7f);
			*(char *)physmem_ptr(mach, pa) = model[a][p];
		} else {
			assert_int_equal(pmapsim_access(mach, map[a],
					     VA + ptoa(p), PMAPSIM_ACCESS_READ,
					     &pa),
			    PMAPSIM_OK);
			if (*(char *)physmem_ptr(mach, pa) != model[a][p])
				fail_msg("seed %llu step %d: program %d page "
					 "%d",
				    (unsigned long long)start, step, a, p);
		}
	}
	assert_true(support_sysctl(mach, "vm.stats.vm.v_cow_faults") > 100);
	assert_true(mach->vm_object->object_collapses > 10);
	for (a = 0; a < MODEL_PROGRAMS; a++)
		if (map[a] != NULL)
			vmspace_free(mach, map[a]);
	assert_int_equal(mach->vm_object->zone.in_use, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_cow_copies_for_the_child),
	    support_test(test_steal_moves_the_page),
	    support_test(test_steal_frees_placeholder_and_its_reservation),
	    support_test(test_no_steal_copies),
	    support_test(test_read_through_shadow),
	    support_test(
		test_read_through_shadow_placeholder_touches_reservations),
	    support_test(test_read_through_shadow_frees_placeholder_last),
	    support_test(test_zero_fill_below_a_chain),
	    support_test(test_fault_for_copy),
	    support_test(test_random_forks_keep_contents),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
