/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap() and brk(): the addresses they give, what they coalesce, and errors.
 */
#include "vm_map_fixture.h"

#include <errno.h>

static void
test_mmap_first_fit_and_coalescing(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_offset_t addr;

	assert_int_equal(anon(mach, map, 4, RW), MMAP_START);
	assert_int_equal(anon(mach, map, 4, RW), MMAP_START + ptoa(4));
	assert_entries(map, 1,
	    (vm_offset_t[]) {MMAP_START, MMAP_START + ptoa(8)});
	assert_int_equal(vm_map_remove(mach, map, MMAP_START + ptoa(2),
			     MMAP_START + ptoa(4)),
	    KERN_SUCCESS);
	assert_int_equal(anon(mach, map, 3, RW), MMAP_START + ptoa(8));
	assert_int_equal(anon(mach, map, 2, RW), MMAP_START + ptoa(2));
	/* A hint at or above the start is a lower bound, below it is none. */
	addr = MMAP_START + MB(1) + 1;
	assert_int_equal(vm_mmap(mach, map, &addr, 1, RW, VM_PROT_ALL, ANON,
			     NULL, 0),
	    0);
	assert_int_equal(addr, MMAP_START + MB(1) + PAGE_SIZE);
	addr = MB(1);
	assert_int_equal(vm_mmap(mach, map, &addr, 1, RW, VM_PROT_ALL, ANON,
			     NULL, 0),
	    0);
	assert_int_equal(addr, MMAP_START + ptoa(11));
	vmspace_free(mach, map);
}

static void
test_mmap_shared_is_cut_out_and_inherited(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_offset_t a = anon(mach, map, 4, RW), addr = 0;
	vm_map_entry_t entry;

	assert_int_equal(vm_mmap(mach, map, &addr, ptoa(2), RW, VM_PROT_ALL,
			     PMAPSIM_MAP_ANON | PMAPSIM_MAP_SHARED, NULL, 0),
	    0);
	assert_int_equal(addr, a + ptoa(4));
	assert_entries(map, 2,
	    (vm_offset_t[]) {a, a + ptoa(4), addr, addr + ptoa(2)});
	entry = map->header.next;
	assert_int_equal(entry->inheritance, VM_INHERIT_COPY);
	assert_int_equal(entry->next->inheritance, VM_INHERIT_SHARE);
	/* Cut out of the entry that it had lengthened: one object. */
	assert_ptr_equal(entry->object.vm_object,
	    entry->next->object.vm_object);
	assert_int_equal(entry->next->offset, ptoa(4));
	vmspace_free(mach, map);
}

static void
test_mmap_fixed_and_objects(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_offset_t a = anon(mach, map, 8, RW), addr;
	vm_map_entry_t entry;
	vm_object_t object;
	uint16_t color = 0;

	object = support_object(mach, 8, &color);
	(void)support_pages(mach, object, 0, 2, VM_ALLOC_NORMAL);
	vm_object_reference(mach, object);
	addr = a + ptoa(2);
	assert_int_equal(vm_mmap(mach, map, &addr, ptoa(2), RW, RW,
			     PMAPSIM_MAP_SHARED | PMAPSIM_MAP_FIXED, object,
			     PAGE_SIZE),
	    0);
	assert_int_equal(addr, a + ptoa(2));
	assert_entries(map, 3,
	    (vm_offset_t[]) {a, a + ptoa(2), a + ptoa(2), a + ptoa(4),
		a + ptoa(4), a + ptoa(8)});
	entry = map->header.next->next;
	assert_ptr_equal(entry->object.vm_object, object);
	assert_int_equal(entry->offset, PAGE_SIZE);
	assert_int_equal(entry->eflags, 0);
	assert_int_equal(entry->max_protection, RW);
	/* The resident page is mapped at once, read-only. */
	assert_int_equal(count_mapped(mach, map, a, 8), 1);
	assert_int_equal(support_pte(mach, pmapsim_map_pmap(map), addr) &
		(PG_RW | PG_A),
	    0);
	assert_int_equal(object->ref_count, 2);

	/* Private: copied on write. */
	vm_object_reference(mach, object);
	addr = 0;
	assert_int_equal(vm_mmap(mach, map, &addr, ptoa(2), RW, VM_PROT_ALL,
			     PMAPSIM_MAP_PRIVATE, object, 0),
	    0);
	assert_true(vm_map_lookup_entry(mach, map, addr, &entry));
	assert_int_equal(entry->eflags, MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY);
	assert_int_equal(entry->inheritance, VM_INHERIT_COPY);
	vmspace_free(mach, map);
	assert_int_equal(object->ref_count, 1);
	vm_object_deallocate(mach, object);
}

/* An error costs the caller its reference, and nothing else changes. */
static void
test_mmap_errors(void **state)
{
	static const struct {
		int flags, error;
		vm_offset_t addr;
		vm_size_t size;
		bool object;
		vm_ooffset_t foff;
	} cases[] = {
	    {ANON, EINVAL, 0, 0, false, 0},
	    {ANON, EINVAL, 0, 1, true, 0},
	    {PMAPSIM_MAP_SHARED, EINVAL, 0, 1, false, 0},
	    {PMAPSIM_MAP_SHARED, EINVAL, 0, 1, true, 1},
	    {ANON | PMAPSIM_MAP_FIXED, EINVAL, 1, 1, false, 0},
	    {ANON | PMAPSIM_MAP_FIXED, EINVAL, VM_MAXUSER_ADDRESS, 1, false, 0},
	    {ANON | PMAPSIM_MAP_FIXED, EINVAL, VM_MAXUSER_ADDRESS - PAGE_SIZE,
		2 * PAGE_SIZE, false, 0},
	    {ANON | PMAPSIM_MAP_FIXED, EINVAL, ~(vm_offset_t)PAGE_MASK,
		2 * PAGE_SIZE, false, 0},
	    {ANON, ENOMEM, 0, VM_MAXUSER_ADDRESS, false, 0},
	    {PMAPSIM_MAP_SHARED, ENOMEM, 0, VM_MAXUSER_ADDRESS, true, 0},
	};
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_object_t object;
	vm_offset_t addr;
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		object = support_object(mach, 4, NULL);
		vm_object_reference(mach, object);
		addr = cases[i].addr;
		assert_int_equal(vm_mmap(mach, map, &addr, cases[i].size, RW,
				     VM_PROT_ALL, cases[i].flags,
				     cases[i].object ? object : NULL,
				     cases[i].foff),
		    cases[i].error);
		assert_int_equal(addr, cases[i].addr);
		assert_int_equal(object->ref_count, cases[i].object ? 1 : 2);
		assert_int_equal(map->nentries, 0);
	}
	vmspace_free(mach, map);
}

static void
test_brk_grows_one_entry_and_shrinks(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_offset_t heap = MB(8);
	vm_map_entry_t entry;

	assert_int_equal(pmapsim_brk(mach, map, heap, heap + 1), 0);
	write_pages(mach, map, heap, 1);
	entry = map->header.next;
	assert_int_equal(entry->object.vm_object->size, 1);
	/* Its object grows with it. */
	assert_int_equal(pmapsim_brk(mach, map, heap + 1, heap + ptoa(3)), 0);
	assert_entries(map, 1, (vm_offset_t[]) {heap, heap + ptoa(3)});
	assert_int_equal(entry->object.vm_object->size, 3);
	assert_int_equal(entry->protection, RW);
	assert_int_equal(entry->max_protection, VM_PROT_ALL);
	/* Within a page nothing moves. */
	assert_int_equal(pmapsim_brk(mach, map, heap + ptoa(3) - 9,
			     heap + ptoa(3) - 4),
	    0);
	assert_entries(map, 1, (vm_offset_t[]) {heap, heap + ptoa(3)});
	assert_int_equal(pmapsim_brk(mach, map, heap + ptoa(3), heap + ptoa(1)),
	    0);
	assert_entries(map, 1, (vm_offset_t[]) {heap, heap + ptoa(1)});
	assert_mapped(mach, pmapsim_map_pmap(map), heap,
	    pmap_extract(mach, pmapsim_map_pmap(map), heap));
	/* Something in the way: nothing changes. */
	assert_int_equal(vm_map_insert(mach, map, NULL, 0, heap + ptoa(4),
			     heap + ptoa(5), VM_PROT_READ, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_int_equal(pmapsim_brk(mach, map, heap + ptoa(1), heap + ptoa(6)),
	    ENOMEM);
	assert_int_equal(map->nentries, 2);
	vmspace_free(mach, map);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_mmap_first_fit_and_coalescing),
	    support_test(test_mmap_shared_is_cut_out_and_inherited),
	    support_test(test_mmap_fixed_and_objects),
	    support_test(test_mmap_errors),
	    support_test(test_brk_grows_one_entry_and_shrinks),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
