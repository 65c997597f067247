/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is done to ranges of an object's pages: removing, making resident,
 * advice.
 */
#include "vm_object_fixture.h"

#include <stdio.h>

#include "vm/pmap.h"

#define MADV_NORMAL_ 0
#define MADV_WILLNEED_ 3
#define MADV_DONTNEED_ 4
#define MADV_FREE_ 5

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
				assert_int_equal(i != 3 &&
					(i < start || (end != 0 && i >= end)),
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
	assert_int_equal(vm_page_aflags(mach, m) & PG_WRITEABLE, 0);
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
			object = filled_object(mach, 4, 3, NULL);
			m = vm_page_lookup(mach, object, 0);
			vm_page_dirty(mach, m);
			vm_page_wire(mach, m);
			if (mapped)
				vm_page_wire(mach, m);
			pmap_enter(mach, pmap, 0x400000, VM_PROT_READ, m,
			    VM_PROT_READ, mapped);
			vm_object_page_remove(mach, object, 0, 0, clean_only);
			assert_not_mapped(mach, pmap, 0x400000);
			/* Those behind it go all the same. */
			assert_int_equal(object->resident_page_count, 1);
			assert_int_equal(m->wire_count, 1);
			assert_int_equal(m->valid,
			    clean_only ? VM_PAGE_BITS_ALL : 0);
			assert_int_equal(vm_page_use(mach, m)->dirty,
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
	vm_page_use(mach, m[3])->dirty = VM_PAGE_BITS_ALL;
	vm_object_page_remove(mach, object, 0, 0, TRUE);
	assert_int_equal(object->resident_page_count, 2);
	assert_ptr_equal(m[0]->object, object);
	assert_ptr_equal(m[1]->object, object);
	assert_int_equal(vm_page_use(mach, m[1])->dirty, VM_PAGE_BITS_ALL);
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
	static const char *const kernel[] = {"2010-04", "9.0"};
	char config[128];
	vm_object_t object;
	vm_page_t m;
	unsigned i, k;

	support_destroy(mach);
	for (k = 0; k < 2; k++) {
		snprintf(config, sizeof(config), "%s kernel=%s", SUPPORT_SMALL,
		    kernel[k]);
		mach = support_boot(config);
		for (i = 0; i < 2; i++) {
			object = i == 0 ? pmapsim_kernel_object(mach) :
					  pmapsim_kmem_object(mach);
			m = support_page(mach, object, 5, VM_ALLOC_NORMAL);
			vm_page_aflag_set(mach, m, PG_WRITEABLE);
			vm_object_page_remove(mach, object, 5, 6, FALSE);
			assert_int_equal(object->resident_page_count, 0);
			/* 9.0 does not ask the pmap about such pages. */
			assert_int_equal(vm_page_aflags(mach, m) & PG_WRITEABLE,
			    k == 0 ? 0 : PG_WRITEABLE);
		}
		support_destroy(mach);
	}
	*state = NULL;
}

/*
 * A page wired by other than mappings stays.  9.0 does not ask the pmap about
 * an unmanaged one, which the pmap's own assertion forbids there.
 */
static void
test_page_remove_of_wired_kernel_pages(void **state)
{
	static const char *const kernel[] = {"2010-04", "9.0"};
	struct machine *mach;
	char config[128];
	vm_object_t object;
	vm_page_t m;
	unsigned k, clean;

	(void)state;
	for (k = 0; k < 4; k++) {
		clean = k / 2;
		snprintf(config, sizeof(config), "%s kernel=%s", SUPPORT_SMALL,
		    kernel[k % 2]);
		mach = support_boot(config);
		object = pmapsim_kmem_object(mach);
		m = support_page(mach, object, 5, VM_ALLOC_WIRED);
		vm_page_aflag_set(mach, m, PG_WRITEABLE);
		vm_page_use(mach, m)->dirty = 0x0f;
		vm_object_page_remove(mach, object, 5, 6, (boolean_t)clean);
		assert_int_equal(object->resident_page_count, 1);
		assert_int_equal(m->wire_count, 1);
		assert_int_equal(m->valid, clean ? VM_PAGE_BITS_ALL : 0);
		assert_int_equal(vm_page_use(mach, m)->dirty, clean ? 0x0f : 0);
		assert_int_equal(vm_page_aflags(mach, m) & PG_WRITEABLE,
		    k % 2 == 0 ? 0 : PG_WRITEABLE);
		vm_page_use(mach, m)->dirty = 0;
		vm_page_unwire(mach, m, 0);
		vm_page_free(mach, m);
		support_destroy(mach);
	}
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
		snprintf(text, sizeof(text),
		    "sleeping on \"vmopar\": page "
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
		assert_int_equal(vm_page_use(mach, m)->dirty, 0);
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
	assert_int_equal(vm_page_use(mach, m)->dirty, VM_PAGE_BITS_ALL);
	object->flags |= OBJ_ONEMAPPING;
	vm_object_madvise(mach, object, 0, 1, MADV_FREE_);
	assert_int_equal(vm_page_use(mach, m)->dirty, 0);
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
	assert_int_equal(vm_page_use(mach, m)->dirty, VM_PAGE_BITS_ALL);
	backing->flags |= OBJ_ONEMAPPING;
	vm_object_madvise(mach, object, 0, 1, MADV_FREE_);
	assert_int_equal(vm_page_use(mach, m)->dirty, 0);
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
	snprintf(text, sizeof(text),
	    "sleeping on \"madvpo\": page %#lx, "
	    "pindex 0, is busy and nothing wakes it",
	    (unsigned long)VM_PAGE_TO_PHYS(m));
	assert_panics(mach, text,
	    vm_object_madvise(mach, object, 0, 1, MADV_WILLNEED_));
}

/* Advice on what is nowhere in the chain, or in memory that cannot be freed. */
static void
test_madvise_finds_nothing(void **state)
{
	struct machine *mach = *state;
	vm_object_t behind, object;
	vm_ooffset_t offset = 0;
	vm_page_t m;
	int advice;

	behind = support_object(mach, 4, NULL);
	object = behind;
	vm_object_reference(mach, behind);
	vm_object_shadow(mach, &object, &offset, 4);
	m = support_page(mach, behind, 1, VM_ALLOC_NORMAL);
	for (advice = MADV_NORMAL_; advice <= MADV_FREE_; advice++) {
		vm_object_madvise(mach, object, 2, 2, advice);
		assert_int_equal(m->queue, PQ_ACTIVE);
		assert_int_equal(m->act_count, ACT_INIT);
		assert_int_equal(object->resident_page_count, 0);
		assert_int_equal(behind->resident_page_count, 1);
	}
	vm_object_deallocate(mach, object);
	vm_object_deallocate(mach, behind);
}

/* Contents that somebody else keeps are not the program's to throw away. */
static void
test_madvise_free_of_other_kinds(void **state)
{
	static const objtype_t types[] = {OBJT_DEFAULT, OBJT_SWAP, OBJT_VNODE,
	    OBJT_PHYS};
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		object = support_object(mach, 4, NULL);
		m = support_page(mach, object, 1, VM_ALLOC_NORMAL);
		vm_page_dirty(mach, m);
		object->type = types[i];
		vm_object_madvise(mach, object, 0, 4, MADV_FREE_);
		assert_int_equal(vm_page_use(mach, m)->dirty,
		    i < 2 ? 0 : VM_PAGE_BITS_ALL);
		assert_int_equal(m->act_count, i < 2 ? 0 : ACT_INIT);
		object->type = OBJT_DEFAULT;
		vm_object_deallocate(mach, object);
	}
}

/* Advice about the order of accesses is not about pages. */
static void
test_madvise_without_meaning_here(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;
	int advice;

	object = support_object(mach, 4, NULL);
	m = support_page(mach, object, 1, VM_ALLOC_NORMAL);
	vm_page_deactivate(mach, m);
	vm_page_dirty(mach, m);
	for (advice = MADV_NORMAL_; advice < MADV_WILLNEED_; advice++)
		vm_object_madvise(mach, object, 0, 4, advice);
	vm_object_madvise(mach, object, 0, 4, MADV_FREE_ + 1);
	assert_int_equal(m->queue, PQ_INACTIVE);
	assert_int_equal(vm_page_use(mach, m)->dirty, VM_PAGE_BITS_ALL);
	assert_int_equal(m->act_count, ACT_INIT);
	vm_object_deallocate(mach, object);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_page_remove_ranges),
	    support_test(test_page_remove_unmaps),
	    support_test(test_page_remove_wired_mapping_only_is_freed),
	    support_test(test_page_remove_keeps_page_wired_otherwise),
	    support_test(test_page_remove_clean_only),
	    support_test(test_page_remove_physical_object_panics),
	    support_test(test_page_remove_from_kernel_objects),
	    cmocka_unit_test(test_page_remove_of_wired_kernel_pages),
	    support_test(test_page_remove_fictitious_panics),
	    support_test(test_page_remove_waits_for_busy_page),
	    support_test(test_populate),
	    support_test(test_madvise_willneed_and_dontneed),
	    support_test(test_madvise_free_cleans),
	    support_test(test_madvise_leaves_pages_that_are_in_use),
	    support_test(test_madvise_free_stops_at_shared_object),
	    support_test(test_madvise_waits_for_busy_page),
	    support_test(test_madvise_finds_nothing),
	    support_test(test_madvise_free_of_other_kinds),
	    support_test(test_madvise_without_meaning_here),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
