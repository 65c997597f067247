/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vm_map_lookup(), which a fault asks for its object; and mappings that a map
 * makes ahead of faults.
 */
#include "vm_map_fixture.h"

/* ---- lookup -------------------------------------------------------------- */

struct found {
	vm_map_t map;
	vm_map_entry_t entry;
	vm_object_t object;
	vm_pindex_t pindex;
	vm_prot_t prot;
	boolean_t wired;
};

static int
lookup(struct machine *mach, vm_map_t map, vm_offset_t va, vm_prot_t type,
    struct found *found)
{

	found->map = map;
	return (vm_map_lookup(mach, &found->map, va, type, &found->entry,
	    &found->object, &found->pindex, &found->prot, &found->wired));
}

static void
test_lookup_results(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_offset_t a = anon(mach, map, 8, VM_PROT_READ);
	struct found found;
	vm_prot_t prot, type;
	int want;

	assert_int_equal(lookup(mach, map, a - 1, VM_PROT_READ, &found),
	    KERN_INVALID_ADDRESS);
	/* All types against all protections. */
	for (prot = VM_PROT_NONE; prot <= VM_PROT_ALL; prot++) {
		assert_int_equal(vm_map_protect(mach, map, a, a + ptoa(8), prot,
				     FALSE),
		    KERN_SUCCESS);
		for (type = VM_PROT_NONE; type <= VM_PROT_ALL; type++) {
			want = prot != VM_PROT_NONE && (type & ~prot) == 0 ?
			    KERN_SUCCESS :
			    KERN_PROTECTION_FAILURE;
			assert_int_equal(lookup(mach, map, a, type, &found),
			    want);
			if (want == KERN_SUCCESS)
				assert_int_equal(found.prot, prot);
		}
	}
	assert_int_equal(lookup(mach, map, a + ptoa(3) + 5, VM_PROT_READ,
			     &found),
	    KERN_SUCCESS);
	assert_ptr_equal(found.map, map);
	assert_ptr_equal(found.entry, map->header.next);
	assert_ptr_equal(found.object, found.entry->object.vm_object);
	assert_int_equal(found.object->size, 8);
	assert_int_equal(found.object->type, OBJT_DEFAULT);
	assert_int_equal(found.object->ref_count, 1);
	assert_int_equal(found.pindex, 3);
	assert_false(found.wired);
	vmspace_free(mach, map);
}

/* The object's offset counts; a system map's entry gets no object. */
static void
test_lookup_offset_and_submap(void **state)
{
	struct machine *mach = *state;
	vm_map_t kernel_map = pmapsim_kernel_map(mach), sub;
	vm_map_t map = vmspace_alloc(mach);
	vm_offset_t addr = 0, max, min;
	struct found found;
	vm_object_t object;

	object = support_object(mach, 64, NULL);
	assert_int_equal(vm_mmap(mach, map, &addr, ptoa(4), RW, VM_PROT_ALL,
			     PMAPSIM_MAP_SHARED, object, ptoa(9)),
	    0);
	assert_int_equal(lookup(mach, map, addr + ptoa(2), VM_PROT_WRITE,
			     &found),
	    KERN_SUCCESS);
	assert_ptr_equal(found.object, object);
	assert_int_equal(found.pindex, 11);
	vmspace_free(mach, map);

	sub = kmem_suballoc(mach, kernel_map, &min, &max, KB(16), FALSE);
	sub->system_map = true;
	assert_int_equal(lookup(mach, kernel_map, min, VM_PROT_READ, &found),
	    KERN_INVALID_ADDRESS);
	assert_ptr_equal(found.map, sub);
	assert_int_equal(kmem_alloc_wait(mach, sub, KB(8)), min);
	assert_int_equal(lookup(mach, kernel_map, min, VM_PROT_READ, &found),
	    KERN_SUCCESS);
	assert_ptr_equal(found.map, sub);
	assert_null(found.object);
}

/*
 * Private mapping of a shared object: a read finds the object without W, a
 * write or a copy puts a shadow in front of it, once.
 */
static void
test_lookup_shadows_at_the_first_write(void **state)
{
	static const vm_prot_t types[] = {VM_PROT_WRITE,
	    VM_PROT_READ | VM_PROT_COPY};
	struct machine *mach = *state;
	vm_object_t object, shadow;
	struct found found;
	vm_offset_t addr;
	vm_map_t map;
	unsigned i;

	for (i = 0; i < 2; i++) {
		map = vmspace_alloc(mach);
		object = support_object(mach, 16, NULL);
		vm_object_reference(mach, object);
		addr = 0;
		assert_int_equal(vm_mmap(mach, map, &addr, ptoa(4), RW,
				     VM_PROT_ALL, PMAPSIM_MAP_PRIVATE, object,
				     ptoa(5)),
		    0);
		assert_int_equal(lookup(mach, map, addr, VM_PROT_READ, &found),
		    KERN_SUCCESS);
		assert_ptr_equal(found.object, object);
		assert_int_equal(found.prot, VM_PROT_READ);
		assert_int_equal(found.entry->eflags,
		    MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY);

		assert_int_equal(lookup(mach, map, addr + ptoa(1), types[i],
				     &found),
		    KERN_SUCCESS);
		shadow = found.object;
		assert_ptr_not_equal(shadow, object);
		assert_ptr_equal(shadow->backing_object, object);
		assert_int_equal(shadow->backing_object_offset, ptoa(5));
		assert_int_equal(shadow->size, 4);
		assert_int_equal(found.pindex, 1);
		assert_int_equal(found.prot, RW);
		assert_int_equal(found.entry->eflags, MAP_ENTRY_COW);
		assert_true(shadow->uip);
		assert_false(found.entry->uip);
		assert_int_equal(lookup(mach, map, addr, VM_PROT_WRITE, &found),
		    KERN_SUCCESS);
		assert_ptr_equal(found.object, shadow);
		vmspace_free(mach, map);
		assert_int_equal(object->ref_count, 1);
		assert_int_equal(object->shadow_count, 0);
		vm_object_deallocate(mach, object);
	}
}

/* An object that nobody else has needs no shadow. */
static void
test_lookup_unshared_object_is_kept(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	struct found found;
	vm_object_t object;
	vm_offset_t addr = 0;

	object = support_object(mach, 4, NULL);
	assert_int_equal(vm_mmap(mach, map, &addr, ptoa(4), RW, VM_PROT_ALL,
			     PMAPSIM_MAP_PRIVATE, object, 0),
	    0);
	assert_int_equal(lookup(mach, map, addr, VM_PROT_WRITE, &found),
	    KERN_SUCCESS);
	assert_ptr_equal(found.object, object);
	assert_int_equal(found.entry->eflags, MAP_ENTRY_COW);
	vmspace_free(mach, map);
}

/* A wired entry is looked up with all its rights; mlock()ed copy on write
 * cannot be written by a fault. */
static void
test_lookup_wired(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	struct found found;
	vm_object_t object;
	vm_offset_t addr = 0;

	object = support_object(mach, 4, NULL);
	vm_object_reference(mach, object);
	assert_int_equal(vm_mmap(mach, map, &addr, ptoa(4), RW, VM_PROT_ALL,
			     PMAPSIM_MAP_PRIVATE, object, 0),
	    0);
	map->header.next->wired_count = 1;
	assert_int_equal(lookup(mach, map, addr, VM_PROT_NONE, &found),
	    KERN_SUCCESS);
	assert_true(found.wired);
	assert_int_equal(found.prot, RW); /* as if it were a write */
	assert_ptr_equal(found.object->backing_object, object);
	map->header.next->eflags |= MAP_ENTRY_USER_WIRED;
	assert_int_equal(lookup(mach, map, addr, VM_PROT_WRITE, &found),
	    KERN_PROTECTION_FAILURE);
	assert_int_equal(lookup(mach, map, addr, VM_PROT_READ, &found),
	    KERN_SUCCESS);
	map->header.next->eflags &= (uint16_t)~MAP_ENTRY_USER_WIRED;
	map->header.next->wired_count = 0;
	vmspace_free(mach, map);
	vm_object_deallocate(mach, object);
}

/* ---- mappings ahead of faults -------------------------------------------- */

/* [#.#x##....] resident 0 2 3 4 5, page 3 not valid, object of 10 pages */
static void
test_pmap_enter_runs(void **state)
{
	static const unsigned resident[] = {0, 2, 3, 4, 5};
	static const struct {
		vm_pindex_t pindex, npages;
		const char *mapped; /* by page of the object */
	} cases[] = {
	    {0, 10, "x.x.xx...."},
	    {0, 5, "x.x.x....."},
	    {1, 4, "..x.x....."},
	    {2, 1, "..x......."},
	    {3, 2, "....x....."},
	    {6, 4, ".........."},
	    {0, 99, "x.x.xx...."},
	    {11, 1, ".........."},
	    /* Ends with the object, whatever pages it has behind. */
	    {0, 10, "x.x.x....."},
	};
	struct machine *mach = *state;
	vm_map_t map;
	vm_object_t object;
	vm_offset_t base = MB(64);
	unsigned c, i;

	object = support_object(mach, 10, NULL);
	for (i = 0; i < 5; i++)
		(void)support_page(mach, object, resident[i], VM_ALLOC_NORMAL);
	vm_page_lookup(mach, object, 3)->valid = 1;
	for (c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		map = vmspace_alloc(mach);
		if (c == sizeof(cases) / sizeof(cases[0]) - 1)
			object->size = 5;
		vm_map_pmap_enter(mach, map, base + ptoa(cases[c].pindex),
		    VM_PROT_READ, object, cases[c].pindex,
		    ptoa(cases[c].npages), 0);
		for (i = 0; i < 10; i++)
			if (cases[c].mapped[i] == 'x')
				assert_mapped(mach, pmapsim_map_pmap(map),
				    base + ptoa(i),
				    vm_page_to_phys(mach,
					vm_page_lookup(mach, object, i)));
			else
				assert_not_mapped(mach, pmapsim_map_pmap(map),
				    base + ptoa(i));
		pmap_remove(mach, pmapsim_map_pmap(map), 0, VM_MAXUSER_ADDRESS);
		vmspace_free(mach, map);
	}
	vm_object_deallocate(mach, object);
}

static void
test_pmap_enter_limits(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_object_t object;
	vm_offset_t base = MB(64);
	pmap_t pmap = pmapsim_map_pmap(map);
	unsigned reserved;

	object = support_object(mach, 200, NULL);
	(void)support_pages(mach, object, 0, 97, VM_ALLOC_NORMAL);
	/* No right to read, no object. */
	vm_map_pmap_enter(mach, map, base, VM_PROT_WRITE, object, 0, ptoa(200),
	    0);
	vm_map_pmap_enter(mach, map, base, VM_PROT_READ, NULL, 0, ptoa(200), 0);
	/* More than 96 both asked for and there. */
	vm_map_pmap_enter(mach, map, base, VM_PROT_READ, object, 0, ptoa(97),
	    MAP_PREFAULT_PARTIAL);
	assert_int_equal(count_mapped(mach, map, base, 97), 0);
	vm_map_pmap_enter(mach, map, base, VM_PROT_READ, object, 0, ptoa(96),
	    MAP_PREFAULT_PARTIAL);
	assert_int_equal(count_mapped(mach, map, base, 97), 96);
	pmap_remove(mach, pmap, base, base + ptoa(200));
	vm_page_free(mach, vm_page_lookup(mach, object, 96));
	vm_map_pmap_enter(mach, map, base, VM_PROT_READ, object, 0, ptoa(97),
	    MAP_PREFAULT_PARTIAL);
	assert_int_equal(count_mapped(mach, map, base, 97), 96);
	pmap_remove(mach, pmap, base, base + ptoa(200));

	/* madvise() stops when free pages are few. */
	reserved = mach->cnt.v_free_reserved;
	mach->cnt.v_free_reserved = mach->cnt.v_free_count + 1;
	vm_map_pmap_enter(mach, map, base, VM_PROT_READ, object, 0, ptoa(96),
	    MAP_PREFAULT_MADVISE);
	assert_int_equal(count_mapped(mach, map, base, 96), 0);
	mach->cnt.v_free_reserved = reserved;
	vm_map_pmap_enter(mach, map, base, VM_PROT_READ, object, 0, ptoa(96),
	    MAP_PREFAULT_MADVISE);
	assert_int_equal(count_mapped(mach, map, base, 96), 96);
	pmap_remove(mach, pmap, base, base + ptoa(200));
	vm_object_deallocate(mach, object);
	vmspace_free(mach, map);
}

/* A full, aligned reservation is entered as one 2 MB mapping. */
static void
test_insert_prefault_makes_superpage(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_object_t object;
	uint16_t color = 0;

	object = support_object(mach, 512, &color);
	(void)support_pages(mach, object, 0, 512, VM_ALLOC_NORMAL);
	assert_int_equal(vm_map_insert(mach, map, object, 0, MB(64), MB(66),
			     VM_PROT_READ, VM_PROT_ALL, MAP_PREFAULT),
	    KERN_SUCCESS);
	assert_superpage(mach, pmapsim_map_pmap(map), MB(64));
	assert_sysctl(mach, "vm.pmap.pde.mappings", 1);
	vmspace_free(mach, map);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_lookup_results),
	    support_test(test_lookup_offset_and_submap),
	    support_test(test_lookup_shadows_at_the_first_write),
	    support_test(test_lookup_unshared_object_is_kept),
	    support_test(test_lookup_wired),
	    support_test(test_pmap_enter_runs),
	    support_test(test_pmap_enter_limits),
	    support_test(test_insert_prefault_makes_superpage),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
