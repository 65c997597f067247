/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole address spaces: exec, fork in all its inheritances, exit; and that
 * every page comes home.
 */
#include "vm_map_fixture.h"

/* What must be as before once all programs are gone. */
struct before {
	int64_t free, wired, active, pv;
	size_t objects, maps, entries;
};

static struct before
take_before(struct machine *mach)
{

	return ((struct before) {support_sysctl(mach,
				     "vm.stats.vm.v_free_count"),
	    support_sysctl(mach, "vm.stats.vm.v_wire_count"),
	    support_sysctl(mach, "vm.stats.vm.v_active_count"),
	    support_sysctl(mach, "vm.pmap.pv_entry_count"),
	    mach->vm_object->zone.in_use, mach->vm_map->map_zone.in_use,
	    mach->vm_map->entry_zone.in_use});
}

static void
assert_as_before(struct machine *mach, struct before before)
{
	struct before now = take_before(mach);

	assert_memory_equal(&now, &before, sizeof(now));
	assert_true(TAILQ_EMPTY(&mach->vm_map->vmspaces));
}

/* The word at "va" as the program "map" sees it, for reading or writing. */
static uint64_t *
word(struct machine *mach, vm_map_t map, vm_offset_t va, unsigned access)
{
	vm_paddr_t pa, size;

	assert_int_equal(pmapsim_access(mach, map, va,
			     PMAPSIM_ACCESS_USER | access, &pa),
	    PMAPSIM_OK);
	return ((uint64_t *)((char *)pmapsim_arena(mach, &size) + pa));
}

static void
poke(struct machine *mach, vm_map_t map, vm_offset_t va, uint64_t value)
{

	*word(mach, map, va, PMAPSIM_ACCESS_WRITE) = value;
}

static uint64_t
peek(struct machine *mach, vm_map_t map, vm_offset_t va)
{

	return (*word(mach, map, va, PMAPSIM_ACCESS_READ));
}

static void
test_vmspace_alloc_is_empty_and_free_gives_all_back(void **state)
{
	struct machine *mach = *state;
	struct before before = take_before(mach);
	vm_map_t map;

	map = vmspace_alloc(mach);
	assert_int_equal(map->min_offset, 0);
	assert_int_equal(map->max_offset, VM_MAXUSER_ADDRESS);
	assert_int_equal(map->nentries, 0);
	assert_false(map->system_map);
	assert_ptr_equal(TAILQ_FIRST(&mach->vm_map->vmspaces), map);
	assert_string_equal(pmapsim_pmap_name(pmapsim_map_pmap(map)),
	    "vmspace0");
	/* Its PML4 page. */
	assert_sysctl(mach, "vm.stats.vm.v_free_count", before.free - 1);
	vmspace_free(mach, map);
	assert_as_before(mach, before);
	map = vmspace_alloc(mach);
	assert_string_equal(pmapsim_pmap_name(pmapsim_map_pmap(map)),
	    "vmspace1");
	vmspace_free(mach, map);
}

/* Both ends of a program, one with all mappings swept away first. */
static void
test_vmspace_free_and_exit_free_memory(void **state)
{
	struct machine *mach = *state;
	struct before before = take_before(mach);
	vm_offset_t addr;
	vm_map_t map;
	unsigned i;
	int is_exit;

	for (is_exit = 0; is_exit < 2; is_exit++) {
		map = vmspace_alloc(mach);
		addr = anon(mach, map, 1024, RW);
		for (i = 0; i < 600; i++)
			poke(mach, map, addr + ptoa(i), i);
		assert_superpage(mach, pmapsim_map_pmap(map), addr);
		if (is_exit)
			vmspace_exit(mach, map);
		else
			vmspace_free(mach, map);
		assert_as_before(mach, before);
	}
}

static void
test_vmspace_free_twice_panics(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);

	vmspace_free(mach, map);
	assert_panics(mach,
	    "vmspace_free: attempt to free already freed "
	    "vmspace",
	    (vmspace_free(mach, map), 0));
}

static void
test_vmspace_free_in_use_elsewhere_stops(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);

	assert_int_equal(pmapsim_set_cpu(mach, 1), PMAPSIM_OK);
	pmap_activate(mach, pmapsim_map_pmap(map));
	assert_int_equal(pmapsim_set_cpu(mach, 0), PMAPSIM_OK);
	assert_panics(mach,
	    "vmspace_free: the address space is in use on "
	    "CPUs 0x2",
	    (vmspace_free(mach, map), 0));
}

/* Spec/90 E: a promoted mapping is shared as one until the child writes. */
static void
test_fork_shares_superpage_copy_on_write(void **state)
{
	struct machine *mach = *state;
	struct before before = take_before(mach);
	vm_map_entry_t child_entry, parent_entry;
	vm_object_t object, shadow;
	vm_map_t child, parent;
	vm_offset_t a;
	vm_paddr_t pa;
	pmap_t cp, pp;
	unsigned i;

	parent = vmspace_alloc(mach);
	pp = pmapsim_map_pmap(parent);
	a = anon(mach, parent, 1024, RW);
	assert_int_equal(a, MMAP_START);
	for (i = 0; i < 512; i++)
		poke(mach, parent, a + ptoa(i), 1000 + i);
	assert_superpage(mach, pp, a);
	pa = pmap_extract(mach, pp, a);
	parent_entry = parent->header.next;
	object = parent_entry->object.vm_object;
	assert_int_equal(support_pde(mach, pp, a),
	    pa | UINT64_C(0x80000000000004e7));
	assert_int_equal(pmapsim_pmap_resident_count(pp), 515);

	child = vmspace_fork(mach, parent);
	cp = pmapsim_map_pmap(child);
	child_entry = child->header.next;
	/* Both read-only, A kept, and the child without a page table. */
	assert_int_equal(support_pde(mach, pp, a),
	    pa | UINT64_C(0x80000000000004a5));
	assert_int_equal(support_pde(mach, cp, a),
	    pa | UINT64_C(0x80000000000004a5));
	assert_int_equal(pmapsim_pmap_resident_count(pp), 515);
	assert_int_equal(pmapsim_pmap_resident_count(cp), 514);
	assert_int_equal(child->size, parent->size);
	assert_int_equal(child->nentries, 1);
	assert_ptr_equal(child_entry->object.vm_object, object);
	assert_int_equal(child_entry->offset, parent_entry->offset);
	assert_int_equal(object->ref_count, 2);
	assert_int_equal(object->flags & OBJ_ONEMAPPING, 0);
	assert_int_equal(parent_entry->eflags,
	    MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY);
	assert_int_equal(child_entry->eflags,
	    MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY);
	assert_int_equal(support_sysctl(mach, "vm.pmap.pde.demotions"), 0);

	/* The child's write: a shadow, a copy, and its mapping is demoted. */
	poke(mach, child, a, 7);
	shadow = child_entry->object.vm_object;
	assert_ptr_equal(shadow->backing_object, object);
	assert_int_equal(shadow->pg_color, 0);
	assert_true((shadow->flags & OBJ_COLORED) != 0);
	assert_int_equal(shadow->resident_page_count, 1);
	assert_not_superpage(mach, cp, a);
	assert_superpage(mach, pp, a);
	assert_int_equal(pmapsim_pmap_resident_count(cp), 515);
	assert_true(pmap_extract(mach, cp, a) != pa);
	assert_mapped(mach, cp, a + ptoa(1), pa + ptoa(1));
	assert_int_equal(peek(mach, parent, a), 1000);
	assert_int_equal(peek(mach, child, a), 7);
	for (i = 1; i < 512; i++)
		assert_int_equal(peek(mach, child, a + ptoa(i)), 1000 + i);
	/* And the parent's: it no longer shows in the child. */
	poke(mach, parent, a + ptoa(1), 8);
	assert_int_equal(peek(mach, child, a + ptoa(1)), 1001);

	vmspace_exit(mach, child);
	assert_int_equal(peek(mach, parent, a + ptoa(1)), 8);
	assert_int_equal(peek(mach, parent, a + ptoa(2)), 1002);
	vmspace_exit(mach, parent);
	assert_as_before(mach, before);
}

/* [SHARE][COPY][NONE] side by side, before and after memory was touched. */
static void
test_fork_inheritances(void **state)
{
	struct machine *mach = *state;
	struct before before = take_before(mach);
	vm_map_t child, parent;
	vm_offset_t a;
	int touched, i;

	for (touched = 0; touched < 2; touched++) {
		parent = vmspace_alloc(mach);
		a = anon(mach, parent, 6, RW);
		assert_int_equal(vm_map_inherit(mach, parent, a, a + ptoa(2),
				     VM_INHERIT_SHARE),
		    KERN_SUCCESS);
		assert_int_equal(vm_map_inherit(mach, parent, a + ptoa(4),
				     a + ptoa(6), VM_INHERIT_NONE),
		    KERN_SUCCESS);
		if (touched)
			for (i = 0; i < 6; i++)
				poke(mach, parent, a + ptoa(i), 10 + i);
		child = vmspace_fork(mach, parent);
		assert_int_equal(child->nentries, 2);
		assert_int_equal(child->size, ptoa(4));
		for (i = 0; i < 4; i++) {
			/* What the parent has mapped needs no fault. */
			assert_int_equal(pmap_extract(mach,
					     pmapsim_map_pmap(child),
					     a + ptoa(i)),
			    pmap_extract(mach, pmapsim_map_pmap(parent),
				a + ptoa(i)));
			assert_int_equal(pmap_extract(mach,
					     pmapsim_map_pmap(child),
					     a + ptoa(i)) != 0,
			    touched);
		}
		for (i = 0; i < 4; i++)
			assert_int_equal(peek(mach, child, a + ptoa(i)),
			    touched ? 10 + i : 0);
		assert_int_equal(pmapsim_access(mach, child, a + ptoa(4),
				     PMAPSIM_ACCESS_USER, NULL),
		    PMAPSIM_EFAULT);
		for (i = 0; i < 4; i++) {
			poke(mach, child, a + ptoa(i), 100 + i);
			assert_int_equal(peek(mach, parent, a + ptoa(i)),
			    i < 2	? 100 + i :
				touched ? 10 + i :
					  0);
			poke(mach, parent, a + ptoa(i), 200 + i);
			assert_int_equal(peek(mach, child, a + ptoa(i)),
			    i < 2 ? 200 + i : 100 + i);
		}
		vmspace_free(mach, parent);
		for (i = 0; i < 4; i++)
			assert_int_equal(peek(mach, child, a + ptoa(i)),
			    i < 2 ? 200 + i : 100 + i);
		vmspace_free(mach, child);
		assert_as_before(mach, before);
	}
}

/*
 * What is to be shared was copied on write before: the sharers get one shadow
 * of their own, apart from the elder child's.
 */
static void
test_fork_share_of_needs_copy(void **state)
{
	struct machine *mach = *state;
	struct before before = take_before(mach);
	vm_map_t elder, parent, younger;
	vm_map_entry_t entry;
	vm_object_t object;
	vm_offset_t a;

	parent = vmspace_alloc(mach);
	a = anon(mach, parent, 2, RW);
	poke(mach, parent, a, 1);
	entry = parent->header.next;
	object = entry->object.vm_object;
	elder = vmspace_fork(mach, parent);
	assert_int_equal(vm_map_inherit(mach, parent, a, a + ptoa(2),
			     VM_INHERIT_SHARE),
	    KERN_SUCCESS);
	younger = vmspace_fork(mach, parent);
	assert_int_equal(entry->eflags, MAP_ENTRY_COW);
	assert_int_equal(younger->header.next->eflags, MAP_ENTRY_COW);
	assert_ptr_not_equal(entry->object.vm_object, object);
	assert_ptr_equal(entry->object.vm_object->backing_object, object);
	assert_ptr_equal(younger->header.next->object.vm_object,
	    entry->object.vm_object);
	assert_int_equal(entry->object.vm_object->ref_count, 2);
	assert_int_equal(object->ref_count, 2);
	poke(mach, younger, a + PAGE_SIZE, 3);
	assert_int_equal(peek(mach, parent, a + PAGE_SIZE), 3);
	assert_int_equal(peek(mach, elder, a + PAGE_SIZE), 0);
	/*
	 * A defect of the time: the copy of a page that the parent has mapped
	 * from behind the shadow does not take that mapping away, so that the
	 * sharers differ until something else does.
	 */
	poke(mach, younger, a, 2);
	assert_int_equal(peek(mach, elder, a), 1);
	assert_int_equal(peek(mach, parent, a), 1);
	pmap_remove(mach, pmapsim_map_pmap(parent), a, a + PAGE_SIZE);
	assert_int_equal(peek(mach, parent, a), 2);
	vmspace_free(mach, parent);
	vmspace_free(mach, elder);
	assert_int_equal(peek(mach, younger, a), 2);
	vmspace_free(mach, younger);
	assert_as_before(mach, before);
}

/*
 * Wired pages cannot be shared: the child gets copies at once, unwired, and
 * the parent keeps its right to write.
 */
static void
test_fork_of_wired_memory_copies(void **state)
{
	struct machine *mach = *state;
	struct before before = take_before(mach);
	vm_map_entry_t entry;
	vm_map_t child, parent;
	vm_offset_t a;
	vm_paddr_t pa;
	pmap_t cp;

	parent = vmspace_alloc(mach);
	a = anon(mach, parent, 2, RW);
	poke(mach, parent, a, 5);
	assert_int_equal(vm_map_wire(mach, parent, a, a + ptoa(2),
			     VM_MAP_WIRE_USER),
	    KERN_SUCCESS);
	pa = pmap_extract(mach, pmapsim_map_pmap(parent), a);
	child = vmspace_fork(mach, parent);
	cp = pmapsim_map_pmap(child);
	assert_true((support_pte(mach, pmapsim_map_pmap(parent), a) &
			(PG_RW | PG_W)) == (PG_RW | PG_W));
	assert_true(pmap_extract(mach, cp, a) != 0);
	assert_true(pmap_extract(mach, cp, a) != pa);
	assert_int_equal(pmapsim_pmap_wired_count(cp), 0);
	entry = child->header.next;
	assert_int_equal(entry->wired_count, 0);
	assert_int_equal(entry->eflags & MAP_ENTRY_USER_WIRED, 0);
	assert_ptr_not_equal(entry->object.vm_object,
	    parent->header.next->object.vm_object);
	assert_int_equal(peek(mach, child, a), 5);
	poke(mach, child, a, 6);
	assert_int_equal(peek(mach, parent, a), 5);
	vmspace_free(mach, child);
	vmspace_free(mach, parent);
	assert_as_before(mach, before);
}

/* A shadow that has all its pages lets go of what is behind it. */
static void
test_fork_collapses_first(void **state)
{
	struct machine *mach = *state;
	struct before before = take_before(mach);
	vm_map_t child, grandchild, parent;
	vm_object_t object, shadow;
	vm_offset_t a;
	int i;

	parent = vmspace_alloc(mach);
	a = anon(mach, parent, 2, RW);
	for (i = 0; i < 2; i++)
		poke(mach, parent, a + ptoa(i), 1 + i);
	object = parent->header.next->object.vm_object;
	child = vmspace_fork(mach, parent);
	for (i = 0; i < 2; i++)
		poke(mach, parent, a + ptoa(i), 11 + i);
	shadow = parent->header.next->object.vm_object;
	assert_ptr_equal(shadow->backing_object, object);
	assert_sysctl(mach, "vm.stats.object.bypasses", 0);
	grandchild = vmspace_fork(mach, parent);
	assert_sysctl(mach, "vm.stats.object.bypasses", 1);
	assert_null(shadow->backing_object);
	assert_int_equal(object->ref_count, 1);
	for (i = 0; i < 2; i++) {
		assert_int_equal(peek(mach, child, a + ptoa(i)), 1 + i);
		assert_int_equal(peek(mach, grandchild, a + ptoa(i)), 11 + i);
	}
	vmspace_free(mach, parent);
	vmspace_free(mach, child);
	vmspace_free(mach, grandchild);
	assert_as_before(mach, before);
}

/*
 * Three entries on one object, as clipping leaves them: fork splits the object
 * until each entry's pages are its own.
 */
static void
test_fork_splits_objects(void **state)
{
	struct machine *mach = *state;
	struct before before = take_before(mach);
	vm_map_entry_t first, second, third;
	vm_map_t child, parent;
	vm_offset_t a;
	int i;

	parent = vmspace_alloc(mach);
	a = anon(mach, parent, 6, RW);
	for (i = 0; i < 6; i++)
		poke(mach, parent, a + ptoa(i), 10 + i);
	assert_int_equal(vm_map_protect(mach, parent, a + ptoa(1), a + ptoa(4),
			     VM_PROT_READ, FALSE),
	    KERN_SUCCESS);
	first = parent->header.next;
	second = first->next;
	third = second->next;
	assert_ptr_equal(first->object.vm_object, second->object.vm_object);
	assert_ptr_equal(first->object.vm_object, third->object.vm_object);
	child = vmspace_fork(mach, parent);
	assert_int_equal(first->offset, 0);
	assert_int_equal(first->object.vm_object->size, 1);
	assert_int_equal(first->object.vm_object->resident_page_count, 1);
	assert_int_equal(second->offset, 0);
	assert_int_equal(second->object.vm_object->size, 3);
	assert_int_equal(second->object.vm_object->resident_page_count, 3);
	/* The last one has the object to itself by then. */
	assert_int_equal(third->offset, ptoa(4));
	assert_int_equal(third->object.vm_object->resident_page_count, 2);
	assert_ptr_equal(child->header.next->object.vm_object,
	    first->object.vm_object);
	assert_int_equal(child->header.next->offset, 0);
	for (i = 0; i < 6; i++) {
		assert_int_equal(peek(mach, child, a + ptoa(i)), 10 + i);
		assert_int_equal(peek(mach, parent, a + ptoa(i)), 10 + i);
	}
	vmspace_free(mach, parent);
	vmspace_free(mach, child);
	assert_as_before(mach, before);
}

static void
test_fork_of_submap_panics(void **state)
{
	struct machine *mach = *state;

	assert_panics(mach, "vm_map_fork: encountered a submap",
	    vmspace_fork(mach, pmapsim_kernel_map(mach)));
}

/*
 * Parent, child and grandchild, each of which wrote one page of its own and
 * one that all wrote, end in all six orders, by either way.
 */
static void
test_fork_chain_exits_in_every_order(void **state)
{
	static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
	    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	struct machine *mach = *state;
	struct before before = take_before(mach);
	vm_map_t maps[3];
	vm_offset_t a;
	int i, j, k, o;

	for (o = 0; o < 12; o++) {
		maps[0] = vmspace_alloc(mach);
		a = anon(mach, maps[0], 8, RW);
		for (i = 0; i < 8; i++)
			poke(mach, maps[0], a + ptoa(i), i);
		for (i = 0; i < 3; i++) {
			if (i > 0)
				maps[i] = vmspace_fork(mach, maps[i - 1]);
			poke(mach, maps[i], a + ptoa(1 + i), 100 + i);
			poke(mach, maps[i], a + ptoa(5), 200 + i);
		}
		for (i = 0; i < 3; i++) {
			for (j = i; j < 3; j++) {
				k = orders[o % 6][j];
				assert_int_equal(peek(mach, maps[k],
						     a + ptoa(5)),
				    200 + k);
				assert_int_equal(peek(mach, maps[k],
						     a + ptoa(1 + k)),
				    100 + k);
				assert_int_equal(peek(mach, maps[k], a), 0);
				assert_int_equal(peek(mach, maps[k],
						     a + ptoa(3)),
				    k == 2 ? 102 : 3);
			}
			if (o < 6)
				vmspace_free(mach, maps[orders[o % 6][i]]);
			else
				vmspace_exit(mach, maps[orders[o % 6][i]]);
		}
		assert_as_before(mach, before);
	}
}

/* The kernel of 8.0 keeps the pmaps of what ended, and gives the last first. */
static void
test_kept_pmaps_come_back_last_first(void **state)
{
	struct machine *mach;
	vm_map_t maps[4];
	pmap_t pmaps[3];
	unsigned i;

	(void)state;
	mach = support_boot(SUPPORT_SMALL " kernel=8.0");
	for (i = 0; i < 3; i++) {
		maps[i] = vmspace_alloc(mach);
		pmaps[i] = pmapsim_map_pmap(maps[i]);
	}
	for (i = 0; i < 3; i++)
		vmspace_free(mach, maps[i]);
	for (i = 0; i < 3; i++) {
		maps[i] = vmspace_alloc(mach);
		assert_ptr_equal(pmapsim_map_pmap(maps[i]), pmaps[2 - i]);
	}
	/* None is kept any more: the fourth is new. */
	maps[3] = vmspace_alloc(mach);
	for (i = 0; i < 3; i++)
		assert_ptr_not_equal(pmapsim_map_pmap(maps[3]), pmaps[i]);
	support_destroy(mach);
}

/*
 * Memory that somebody is charged for: each side is charged for what it will
 * copy, and the object for what is there.  A second fork adds nothing.
 */
static void
test_fork_charges_both_sides(void **state)
{
	struct machine *mach = *state;
	vm_map_t child[2], map = vmspace_alloc(mach);
	vm_map_entry_t entry, of_child;
	vm_offset_t addr;
	int touched;

	for (touched = 0; touched < 2; touched++) {
		addr = anon(mach, map, 4, RW);
		if (touched)
			write_pages(mach, map, addr, 2);
		assert_true(vm_map_lookup_entry(mach, map, addr, &entry));
		assert_int_equal(entry->uip, !touched);
		child[0] = vmspace_fork(mach, map);
		assert_true(vm_map_lookup_entry(mach, child[0], addr,
		    &of_child));
		assert_true(entry->uip);
		assert_true(of_child->uip);
		if (touched)
			assert_true(entry->object.vm_object->uip);
		child[1] = vmspace_fork(mach, map);
		assert_true(vm_map_lookup_entry(mach, child[1], addr,
		    &of_child));
		assert_true(entry->uip);
		assert_true(of_child->uip);
		vmspace_free(mach, child[0]);
		vmspace_free(mach, child[1]);
		assert_int_equal(vm_map_remove(mach, map, addr, addr + ptoa(4)),
		    KERN_SUCCESS);
	}
	vmspace_free(mach, map);
}

/*
 * Memory that has its object and for which the entry is charged, as the kernel
 * charges its own: a fork moves that charge to the object, and each side gets
 * one for what it will copy.
 */
static void
test_fork_moves_the_charge(void **state)
{
	struct machine *mach = *state;
	vm_map_t child, map = vmspace_alloc(mach);
	vm_object_t object = support_object(mach, 4, NULL);
	vm_map_entry_t entry;

	assert_int_equal(vm_map_insert(mach, map, object, 0, MMAP_START,
			     MMAP_START + ptoa(4), RW, VM_PROT_ALL,
			     MAP_ACC_CHARGED),
	    KERN_SUCCESS);
	entry = map->header.next;
	assert_true(entry->uip);
	assert_false(object->uip);
	assert_false(object->charge);
	child = vmspace_fork(mach, map);
	assert_ptr_equal(entry->object.vm_object, object);
	assert_ptr_equal(child->header.next->object.vm_object, object);
	assert_true(object->uip);
	assert_true(object->charge);
	assert_true(entry->uip);
	assert_true(child->header.next->uip);
	vmspace_free(mach, child);
	vmspace_free(mach, map);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_vmspace_alloc_is_empty_and_free_gives_all_back),
	    support_test(test_vmspace_free_and_exit_free_memory),
	    support_test(test_vmspace_free_twice_panics),
	    support_test(test_fork_charges_both_sides),
	    support_test(test_fork_moves_the_charge),
	    support_test(test_vmspace_free_in_use_elsewhere_stops),
	    support_test(test_fork_shares_superpage_copy_on_write),
	    support_test(test_fork_inheritances),
	    support_test(test_fork_share_of_needs_copy),
	    support_test(test_fork_of_wired_memory_copies),
	    support_test(test_fork_collapses_first),
	    support_test(test_fork_splits_objects),
	    support_test(test_fork_of_submap_panics),
	    support_test(test_fork_chain_exits_in_every_order),
	    cmocka_unit_test(test_kept_pmaps_come_back_last_first),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
