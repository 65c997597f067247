/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults on objects whose contents a pager keeps: when it is asked, and what
 * is left when it has nothing.
 */
#include "vm/vm_fault_fixture.h"

/* A wiring asks the pager; what is no longer wired is not worth the effort. */
static void
test_wiring_asks_the_pager(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;
	vm_page_t m;
	int wired;

	for (wired = 0; wired < 2; wired++) {
		map = program(mach);
		object = vm_object_allocate(mach, OBJT_PHYS, 4);
		map_at(mach, map, VA, 4, object, RW);
		mach->cnt.v_zfod = 0;
		if (wired)
			assert_int_equal(vm_map_wire(mach, map, VA,
					     VA + ptoa(1), VM_MAP_WIRE_USER),
			    KERN_SUCCESS);
		else {
			/* The page whose wiring is to go has no contents. */
			assert_non_null(vm_page_alloc(mach, object, 0,
			    VM_ALLOC_WIRED | VM_ALLOC_NOBUSY));
			assert_int_equal(vm_fault(mach, map, VA, VM_PROT_NONE,
					     VM_FAULT_CHANGE_WIRING),
			    KERN_SUCCESS);
		}
		/* Filled by the pager, or as memory that nobody keeps. */
		assert_int_equal(mach->cnt.v_zfod, !wired);
		m = vm_page_lookup(mach, object, 0);
		assert_non_null(m);
		assert_int_equal(m->valid, VM_PAGE_BITS_ALL);
		assert_int_equal(m->wire_count, wired);
		assert_int_equal(get_byte(mach, m), 0);
		assert_int_equal(pmapsim_pmap_wired_count(map->pmap), wired);
		assert_quiet(object);
		vmspace_free(mach, map);
	}
}

/* The page allocated behind is given back, and the search goes on. */
static void
test_pager_behind_without_contents(void **state)
{
	struct machine *mach = *state;
	vm_object_t behind, middle, object;
	vm_ooffset_t offset;
	vm_page_t m;
	vm_map_t map;
	int deeper;

	for (deeper = 0; deeper < 2; deeper++) {
		map = program(mach);
		/* object -> middle (swap) -> behind, which has it, or not */
		behind = support_object(mach, 8, NULL);
		put_byte(mach, support_page(mach, behind, 3, 0), 'b');
		offset = 0;
		middle = behind;
		vm_object_reference(mach, behind);
		vm_object_shadow(mach, &middle, &offset, 8);
		middle->type = OBJT_SWAP;
		if (!deeper)
			vm_page_free(mach, vm_page_lookup(mach, behind, 3));
		object = middle;
		vm_object_reference(mach, middle);
		offset = ptoa(1);
		vm_object_shadow(mach, &object, &offset, 4);
		map_at(mach, map, VA, 4, object, RW);
		mach->cnt.v_zfod = 0;
		fault(mach, map, VA + ptoa(2), VM_PROT_READ);
		m = page_at(mach, map, VA + ptoa(2));
		assert_ptr_equal(m->object, deeper ? behind : object);
		assert_int_equal(m->pindex, deeper ? 3 : 2);
		assert_int_equal(get_byte(mach, m), deeper ? 'b' : 0);
		assert_int_equal(middle->resident_page_count, 0);
		/* What object has by itself is the placeholder at most. */
		assert_int_equal(object->resident_page_count, !deeper);
		assert_int_equal(mach->cnt.v_zfod, !deeper);
		assert_quiet(object);
		vmspace_free(mach, map);
		vm_object_deallocate(mach, middle);
		vm_object_deallocate(mach, behind);
	}
}

/* The object that is mapped keeps the page, and it is zeroed. */
static void
test_pager_of_the_mapped_object_without_contents(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m;
	vm_map_t map;

	map = program(mach);
	object = support_object(mach, 4, NULL);
	object->type = OBJT_SWAP;
	map_at(mach, map, VA, 4, object, RW);
	fault(mach, map, VA + ptoa(2), VM_PROT_WRITE);
	m = page_at(mach, map, VA + ptoa(2));
	assert_ptr_equal(m->object, object);
	assert_int_equal(m->pindex, 2);
	assert_int_equal(object->resident_page_count, 1);
	assert_int_equal(mach->cnt.v_zfod, 1);
	assert_quiet(object);
	vmspace_free(mach, map);
}

/*
 * A fault near the object's beginning lets go of the pages before it, unless
 * somebody needs them: dirty ones become inactive, clean ones are freed, and
 * the first that is missing or not valid ends it.
 */
static void
test_pager_drops_the_pages_behind(void **state)
{
	enum { NONE, DIRTY, MAPPED, BUSY, OFLAG, HELD, WIRED, INVALID, GAP };
	/* The state of page 4 and what becomes of it; page 5 is plain. */
	static const struct {
		int is;
		bool freed, ends;
		unsigned queue;
	} cases[] = {{NONE, true, false, 0}, {DIRTY, false, false, PQ_INACTIVE},
	    {MAPPED, true, false, 0}, {BUSY, false, false, PQ_ACTIVE},
	    {OFLAG, false, false, PQ_ACTIVE}, {HELD, false, false, PQ_ACTIVE},
	    {WIRED, false, false, PQ_NONE}, {INVALID, false, true, PQ_ACTIVE},
	    {GAP, true, true, 0}};
	/* The pages of the object that the faults are on: near, and too far. */
	static const unsigned pindexes[] = {6, 15, 16};
	static const objtype_t types[] = {OBJT_SWAP, OBJT_VNODE, OBJT_PHYS};
	struct machine *mach;
	vm_object_t object;
	vm_map_t map;
	vm_page_t m;
	unsigned at, i, k, t;
	bool drops;

	(void)state;
	for (k = 0; k < sizeof(cases) / sizeof(cases[0]) * 3 * 3; k++) {
		t = k / 3 % 3;
		at = pindexes[k % 3];
		drops = at < 16 && types[t] != OBJT_PHYS;
		mach = support_boot(SUPPORT_SMALL);
		map = program(mach);
		object = support_object(mach, 32, NULL);
		for (i = 0; i < at; i++) {
			m = support_page(mach, object, i, VM_ALLOC_NORMAL);
			vm_page_use(mach, m)->dirty = 0;
		}
		object->type = types[t];
		map_at(mach, map, VA, 32, object, RW);
		m = vm_page_lookup(mach, object, 4);
		switch (cases[k / 9].is) {
		case DIRTY:
			vm_page_dirty(mach, m);
			break;
		case MAPPED:
			pmap_enter(mach, map->pmap, VA + ptoa(4), 0, m,
			    VM_PROT_READ, FALSE);
			break;
		case BUSY:
			m->busy = 1;
			break;
		case OFLAG:
			m->oflags |= VPO_BUSY;
			break;
		case HELD:
			vm_page_hold(mach, m);
			break;
		case WIRED:
			vm_page_wire(mach, m);
			break;
		case INVALID:
			m->valid = 1;
			break;
		case GAP:
			vm_page_free(mach, m);
			break;
		}
		fault(mach, map, VA + ptoa(at), VM_PROT_READ);
		for (i = 0; i < at; i++) {
			m = vm_page_lookup(mach, object, i);
			if (i == 4 && (drops || cases[k / 9].is == GAP)) {
				assert_int_equal(m == NULL, cases[k / 9].freed);
				if (m != NULL)
					assert_int_equal(m->queue,
					    cases[k / 9].queue);
			} else if (i != 4)
				assert_int_equal(m == NULL,
				    drops && (i > 4 || !cases[k / 9].ends));
		}
		/* Put back what was done by hand. */
		m = vm_page_lookup(mach, object, 4);
		switch (cases[k / 9].is) {
		case BUSY:
			m->busy = 0;
			break;
		case OFLAG:
			m->oflags &= (uint16_t)~VPO_BUSY;
			break;
		case HELD:
			vm_page_unhold(mach, m);
			break;
		case WIRED:
			vm_page_unwire(mach, m, TRUE);
			break;
		}
		object->type = OBJT_DEFAULT;
		vmspace_free(mach, map);
		support_destroy(mach);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_wiring_asks_the_pager),
	    support_test(test_pager_behind_without_contents),
	    support_test(test_pager_of_the_mapped_object_without_contents),
	    cmocka_unit_test(test_pager_drops_the_pages_behind),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
