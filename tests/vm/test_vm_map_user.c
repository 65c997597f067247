/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What programs change in their address map: protection, inheritance, wiring.
 */
#include "vm_map_fixture.h"

/* PTEs without their frame, of memory that may not be executed. */
#define PTE_DIRTY UINT64_C(0x8000000000000467)
#define PTE_READ_ONLY UINT64_C(0x8000000000000405) /* protect takes A too */
#define PTE_WIRED UINT64_C(0x8000000000000667)

/* The PTE of "va" is "bits" and the frame it maps. */
static void
assert_bits(struct machine *mach, vm_map_t map, vm_offset_t va, uint64_t bits)
{
	vm_paddr_t pa;

	pa = pmap_extract(mach, pmapsim_map_pmap(map), va);
	assert_pte(mach, pmapsim_map_pmap(map), va, trunc_page(pa) | bits);
}

/* ---- protect ------------------------------------------------------------- */

static void
test_protect_takes_rights_at_once_and_gives_them_by_fault(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_offset_t a = anon(mach, map, 6, RW);
	unsigned i;

	write_pages(mach, map, a, 6);
	/* [RW RW R R RW RW] */
	assert_int_equal(vm_map_protect(mach, map, a + ptoa(2), a + ptoa(4),
			     VM_PROT_READ, FALSE),
	    KERN_SUCCESS);
	assert_entries(map, 3,
	    (vm_offset_t[]) {a, a + ptoa(2), a + ptoa(2), a + ptoa(4),
		a + ptoa(4), a + ptoa(6)});
	for (i = 0; i < 6; i++)
		assert_bits(mach, map, a + ptoa(i),
		    i == 2 || i == 3 ? PTE_READ_ONLY : PTE_DIRTY);
	assert_int_equal(vm_fault(mach, map, a + ptoa(2), VM_PROT_WRITE,
			     VM_FAULT_NORMAL),
	    KERN_PROTECTION_FAILURE);
	/* Equal again: one entry, and the PTEs wait for a fault. */
	assert_int_equal(vm_map_protect(mach, map, a + ptoa(2), a + ptoa(4), RW,
			     FALSE),
	    KERN_SUCCESS);
	assert_entries(map, 1, (vm_offset_t[]) {a, a + ptoa(6)});
	assert_bits(mach, map, a + ptoa(2), PTE_READ_ONLY);
	write_pages(mach, map, a + ptoa(2), 1);
	assert_bits(mach, map, a + ptoa(2), PTE_DIRTY);
	assert_bits(mach, map, a + ptoa(3), PTE_READ_ONLY);
	/* Nothing is left of the mappings without a right. */
	assert_int_equal(vm_map_protect(mach, map, a, a + ptoa(6), VM_PROT_NONE,
			     FALSE),
	    KERN_SUCCESS);
	for (i = 0; i < 6; i++)
		assert_not_mapped(mach, pmapsim_map_pmap(map), a + ptoa(i));
	vmspace_free(mach, map);
}

static void
test_protect_private_mapping_stays_unwritable(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_offset_t addr = 0;
	vm_object_t object;
	vm_page_t m;

	object = support_object(mach, 4, NULL);
	vm_object_reference(mach, object);
	m = support_page(mach, object, 0, VM_ALLOC_NORMAL);
	assert_int_equal(vm_mmap(mach, map, &addr, ptoa(4),
			     VM_PROT_READ | VM_PROT_EXECUTE | VM_PROT_WRITE,
			     VM_PROT_ALL, PMAPSIM_MAP_PRIVATE, object, 0),
	    0);
	assert_int_equal(vm_fault(mach, map, addr, VM_PROT_READ,
			     VM_FAULT_NORMAL),
	    KERN_SUCCESS);
	/* It loses X; the page is the object's, so W stays away. */
	assert_int_equal(vm_map_protect(mach, map, addr, addr + ptoa(4), RW,
			     FALSE),
	    KERN_SUCCESS);
	assert_int_equal(support_pte(mach, pmapsim_map_pmap(map), addr) &
		(PG_RW | PG_NX),
	    PG_NX);
	assert_mapped(mach, pmapsim_map_pmap(map), addr,
	    vm_page_to_phys(mach, m));
	/* Even a copy that was made before has to fault again. */
	assert_int_equal(vm_map_protect(mach, map, addr, addr + ptoa(4),
			     VM_PROT_ALL, FALSE),
	    KERN_SUCCESS);
	write_pages(mach, map, addr, 1);
	assert_int_equal(support_pte(mach, pmapsim_map_pmap(map), addr) &
		(PG_RW | PG_NX),
	    PG_RW);
	assert_int_equal(vm_map_protect(mach, map, addr, addr + ptoa(4), RW,
			     FALSE),
	    KERN_SUCCESS);
	assert_int_equal(support_pte(mach, pmapsim_map_pmap(map), addr) &
		(PG_RW | PG_NX),
	    PG_NX);
	vmspace_free(mach, map);
	vm_object_deallocate(mach, object);
}

/*
 * mlock()ed pages of a private mapping become writable: no fault may make the
 * copies later, so they are made now, and the wirings move to them.
 */
static void
test_protect_wired_private_mapping_copies_at_once(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	struct pmapsim_page_info info;
	vm_offset_t addr = 0;
	vm_object_t object;
	vm_page_t m;
	vm_paddr_t pa;

	object = support_object(mach, 1, NULL);
	vm_object_reference(mach, object);
	m = support_page(mach, object, 0, VM_ALLOC_NORMAL);
	assert_int_equal(vm_mmap(mach, map, &addr, ptoa(1), VM_PROT_READ,
			     VM_PROT_ALL, PMAPSIM_MAP_PRIVATE, object, 0),
	    0);
	assert_int_equal(vm_map_wire(mach, map, addr, addr + ptoa(1),
			     VM_MAP_WIRE_USER),
	    KERN_SUCCESS);
	assert_int_equal(m->wire_count, 1);
	assert_int_equal(vm_map_protect(mach, map, addr, addr + ptoa(1), RW,
			     FALSE),
	    KERN_SUCCESS);
	assert_int_equal(m->wire_count, 0);
	pa = pmap_extract(mach, pmapsim_map_pmap(map), addr);
	assert_true(pa != 0 && pa != vm_page_to_phys(mach, m));
	pmapsim_page_info(mach, PHYS_TO_VM_PAGE(mach, pa), &info);
	assert_int_equal(info.wire_count, 1);
	assert_int_equal(support_pte(mach, pmapsim_map_pmap(map), addr) &
		(PG_RW | PG_W),
	    PG_RW | PG_W);
	vmspace_free(mach, map);
	vm_object_deallocate(mach, object);
}

static void
test_protect_maximum(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_offset_t a = anon(mach, map, 4, RW);
	vm_map_entry_t entry;

	write_pages(mach, map, a, 4);
	/* set_max cuts the present rights down to it as well. */
	assert_int_equal(vm_map_protect(mach, map, a, a + ptoa(2),
			     VM_PROT_READ | VM_PROT_EXECUTE, TRUE),
	    KERN_SUCCESS);
	entry = map->header.next;
	assert_int_equal(entry->max_protection, VM_PROT_READ | VM_PROT_EXECUTE);
	assert_int_equal(entry->protection, VM_PROT_READ);
	assert_bits(mach, map, a, PTE_READ_ONLY);
	/* One entry that forbids it: none is changed. */
	assert_int_equal(vm_map_protect(mach, map, a, a + ptoa(4), RW, FALSE),
	    KERN_PROTECTION_FAILURE);
	assert_int_equal(vm_map_protect(mach, map, a + ptoa(2), a + ptoa(4),
			     VM_PROT_READ, FALSE),
	    KERN_SUCCESS);
	assert_int_equal(vm_map_protect(mach, map, a, a + ptoa(4), RW, FALSE),
	    KERN_PROTECTION_FAILURE);
	assert_int_equal(entry->next->protection, VM_PROT_READ);
	vmspace_free(mach, map);
	/* A submap's rights are its own entries'. */
	assert_int_equal(vm_map_protect(mach, pmapsim_kernel_map(mach),
			     VM_MIN_KERNEL_ADDRESS,
			     VM_MIN_KERNEL_ADDRESS + MB(8), VM_PROT_READ,
			     FALSE),
	    KERN_INVALID_ARGUMENT);
}

/* Who newly may write is charged: the entry, or its object where it has one. */
static void
test_protect_charges(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_offset_t a = anon(mach, map, 2, VM_PROT_READ);
	vm_map_entry_t entry = map->header.next;

	assert_false(entry->uip);
	assert_int_equal(vm_map_protect(mach, map, a, a + ptoa(2), RW, FALSE),
	    KERN_SUCCESS);
	assert_true(entry->uip);
	vmspace_free(mach, map);

	map = vmspace_alloc(mach);
	a = anon(mach, map, 2, VM_PROT_READ);
	entry = map->header.next;
	assert_int_equal(vm_fault(mach, map, a, VM_PROT_READ, VM_FAULT_NORMAL),
	    KERN_SUCCESS);
	assert_false(entry->object.vm_object->uip);
	assert_int_equal(vm_map_protect(mach, map, a, a + ptoa(2), RW, FALSE),
	    KERN_SUCCESS);
	assert_false(entry->uip);
	assert_true(entry->object.vm_object->uip);
	vmspace_free(mach, map);
}

/* ---- inherit ------------------------------------------------------------- */

static void
test_inherit_cuts_and_merges(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_offset_t a = anon(mach, map, 6, RW);
	int inheritance;

	for (inheritance = VM_INHERIT_SHARE; inheritance <= VM_INHERIT_NONE;
	     inheritance++) {
		assert_int_equal(vm_map_inherit(mach, map, a + ptoa(2),
				     a + ptoa(4), inheritance),
		    KERN_SUCCESS);
		if (inheritance == VM_INHERIT_COPY) {
			assert_entries(map, 1,
			    (vm_offset_t[]) {a, a + ptoa(6)});
			continue;
		}
		assert_entries(map, 3,
		    (vm_offset_t[]) {a, a + ptoa(2), a + ptoa(2), a + ptoa(4),
			a + ptoa(4), a + ptoa(6)});
		assert_int_equal(map->header.next->next->inheritance,
		    inheritance);
	}
	assert_int_equal(vm_map_inherit(mach, map, a, a + ptoa(6), 3),
	    KERN_INVALID_ARGUMENT);
	assert_int_equal(vm_map_inherit(mach, map, a, a + ptoa(6), -1),
	    KERN_INVALID_ARGUMENT);
	vmspace_free(mach, map);
}

/* ---- wire ---------------------------------------------------------------- */

static void
assert_wired(struct machine *mach, vm_map_t map, vm_offset_t addr,
    unsigned npages, uint32_t wire_count)
{
	struct pmapsim_page_info info;
	pmap_t pmap = pmapsim_map_pmap(map);
	unsigned i;

	assert_int_equal(pmapsim_pmap_wired_count(pmap),
	    wire_count != 0 ? npages : 0);
	for (i = 0; i < npages; i++) {
		pmapsim_page_info(mach,
		    PHYS_TO_VM_PAGE(mach,
			pmap_extract(mach, pmap, addr + ptoa(i))),
		    &info);
		assert_int_equal(info.wire_count, wire_count);
		assert_int_equal(info.queue, wire_count == 0 ? 2 : 0);
		assert_bits(mach, map, addr + ptoa(i),
		    wire_count == 0 ? PTE_DIRTY : PTE_WIRED);
	}
}

/* mlock() counts once; the kernel's wirings count each. */
static void
test_wire_user_and_system(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_offset_t a = anon(mach, map, 4, RW), end = a + ptoa(4);
	vm_map_entry_t entry;
	int64_t wired;

	/* The page tables are there, so that only the pages count. */
	write_pages(mach, map, a, 1);
	wired = support_sysctl(mach, "vm.stats.vm.v_wire_count");

	assert_int_equal(vm_map_wire(mach, map, a, end, VM_MAP_WIRE_USER),
	    KERN_SUCCESS);
	assert_int_equal(vm_map_wire(mach, map, a, end, VM_MAP_WIRE_USER),
	    KERN_SUCCESS);
	entry = map->header.next;
	assert_int_equal(entry->wired_count, 1);
	assert_int_equal(entry->eflags, MAP_ENTRY_USER_WIRED);
	assert_wired(mach, map, a, 4, 1);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", wired + 4);
	assert_int_equal(vm_map_wire(mach, map, a, end, VM_MAP_WIRE_SYSTEM),
	    KERN_SUCCESS);
	assert_int_equal(vm_map_wire(mach, map, a, end, VM_MAP_WIRE_SYSTEM),
	    KERN_SUCCESS);
	assert_int_equal(entry->wired_count, 3);
	assert_int_equal(vm_map_unwire(mach, map, a, end, VM_MAP_WIRE_USER),
	    KERN_SUCCESS);
	assert_int_equal(entry->wired_count, 2);
	assert_int_equal(entry->eflags, 0);
	assert_wired(mach, map, a, 4, 1);
	/* A program may unwire what it did not wire, to no effect. */
	assert_int_equal(vm_map_unwire(mach, map, a, end, VM_MAP_WIRE_USER),
	    KERN_SUCCESS);
	assert_int_equal(entry->wired_count, 2);
	assert_int_equal(entry->eflags, 0);
	assert_int_equal(vm_map_unwire(mach, map, a, end, VM_MAP_WIRE_SYSTEM),
	    KERN_SUCCESS);
	assert_int_equal(vm_map_unwire(mach, map, a, end, VM_MAP_WIRE_SYSTEM),
	    KERN_SUCCESS);
	assert_int_equal(entry->wired_count, 0);
	assert_wired(mach, map, a, 4, 0);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", wired);
	assert_entries(map, 1, (vm_offset_t[]) {a, end});
	vmspace_free(mach, map);
}

/* A part is cut out while it is wired, and merges when it is not. */
static void
test_wire_part_of_an_entry(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_offset_t a = anon(mach, map, 6, RW);

	assert_int_equal(vm_map_wire(mach, map, a + ptoa(2), a + ptoa(4),
			     VM_MAP_WIRE_USER),
	    KERN_SUCCESS);
	assert_entries(map, 3,
	    (vm_offset_t[]) {a, a + ptoa(2), a + ptoa(2), a + ptoa(4),
		a + ptoa(4), a + ptoa(6)});
	assert_wired(mach, map, a + ptoa(2), 2, 1);
	assert_int_equal(vm_map_unwire(mach, map, a + ptoa(2), a + ptoa(4),
			     VM_MAP_WIRE_USER),
	    KERN_SUCCESS);
	assert_entries(map, 1, (vm_offset_t[]) {a, a + ptoa(6)});
	assert_wired(mach, map, a + ptoa(2), 2, 0);
	/* munmap() of what is wired by mlock() unwires first. */
	assert_int_equal(vm_map_wire(mach, map, a, a + ptoa(6),
			     VM_MAP_WIRE_USER),
	    KERN_SUCCESS);
	assert_int_equal(vm_map_remove(mach, map, a, a + ptoa(6)),
	    KERN_SUCCESS);
	assert_int_equal(pmapsim_pmap_wired_count(pmapsim_map_pmap(map)), 0);
	vmspace_free(mach, map);
}

/*
 * [RW][hole][RW] and [RW][NONE][RW]: the whole is refused and nothing stays
 * wired; with HOLESOK the rest is wired.
 */
static void
test_wire_holes(void **state)
{
	struct machine *mach = *state;
	vm_map_entry_t entry;
	vm_offset_t a, end;
	int flags, holes, none;
	vm_map_t map;

	for (none = 0; none < 2; none++)
		for (holes = 0; holes < 2; holes++) {
			map = vmspace_alloc(mach);
			a = anon(mach, map, 6, RW);
			end = a + ptoa(6);
			if (none)
				assert_int_equal(vm_map_protect(mach, map,
						     a + ptoa(2), a + ptoa(4),
						     VM_PROT_NONE, FALSE),
				    KERN_SUCCESS);
			else
				assert_int_equal(vm_map_remove(mach, map,
						     a + ptoa(2), a + ptoa(4)),
				    KERN_SUCCESS);
			flags = VM_MAP_WIRE_USER |
			    (holes ? VM_MAP_WIRE_HOLESOK : 0);
			assert_int_equal(vm_map_wire(mach, map, a, end, flags),
			    holes ? KERN_SUCCESS : KERN_INVALID_ADDRESS);
			for (entry = map->header.next; entry != &map->header;
			     entry = entry->next) {
				assert_int_equal(entry->wired_count,
				    holes && entry->protection != VM_PROT_NONE);
				assert_int_equal(entry->eflags,
				    entry->wired_count != 0 ?
					MAP_ENTRY_USER_WIRED :
					0);
			}
			assert_int_equal(
			    pmapsim_pmap_wired_count(pmapsim_map_pmap(map)),
			    holes ? 4 : 0);
			/* Only a hole is an error, and then nothing is done. */
			assert_int_equal(vm_map_unwire(mach, map, a, end,
					     VM_MAP_WIRE_USER),
			    !none ? KERN_INVALID_ADDRESS : KERN_SUCCESS);
			assert_int_equal(
			    pmapsim_pmap_wired_count(pmapsim_map_pmap(map)),
			    holes && !none ? 4 : 0);
			if (holes)
				assert_int_equal(vm_map_unwire(mach, map, a,
						     end, flags),
				    KERN_SUCCESS);
			assert_int_equal(
			    pmapsim_pmap_wired_count(pmapsim_map_pmap(map)), 0);
			vmspace_free(mach, map);
		}
}

/* The range begins in a hole. */
static void
test_wire_start_in_hole(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_offset_t a = anon(mach, map, 2, RW);

	assert_int_equal(vm_map_wire(mach, map, a - PAGE_SIZE, a + ptoa(2),
			     VM_MAP_WIRE_USER),
	    KERN_INVALID_ADDRESS);
	assert_int_equal(map->header.next->wired_count, 0);
	assert_int_equal(vm_map_unwire(mach, map, a - PAGE_SIZE, a + ptoa(2),
			     VM_MAP_WIRE_USER),
	    KERN_INVALID_ADDRESS);
	assert_int_equal(vm_map_wire(mach, map, a - PAGE_SIZE, a + ptoa(2),
			     VM_MAP_WIRE_USER | VM_MAP_WIRE_HOLESOK),
	    KERN_SUCCESS);
	assert_int_equal(map->header.next->wired_count, 1);
	assert_int_equal(vm_map_unwire(mach, map, a - PAGE_SIZE, a + ptoa(2),
			     VM_MAP_WIRE_USER | VM_MAP_WIRE_HOLESOK),
	    KERN_SUCCESS);
	assert_int_equal(map->header.next->wired_count, 0);
	vmspace_free(mach, map);
}

/* The object ends before the entry does: the fault fails, all is undone. */
static void
test_wire_failing_fault_undoes(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = vmspace_alloc(mach);
	vm_offset_t a = anon(mach, map, 2, RW), addr;
	vm_object_t object;

	object = support_object(mach, 2, NULL);
	addr = a + ptoa(2);
	assert_int_equal(vm_mmap(mach, map, &addr, ptoa(4), RW, VM_PROT_ALL,
			     PMAPSIM_MAP_SHARED | PMAPSIM_MAP_FIXED, object, 0),
	    0);
	assert_int_not_equal(vm_map_wire(mach, map, a, a + ptoa(6),
				 VM_MAP_WIRE_USER),
	    KERN_SUCCESS);
	assert_int_equal(pmapsim_pmap_wired_count(pmapsim_map_pmap(map)), 0);
	assert_int_equal(map->header.next->wired_count, 0);
	assert_int_equal(map->header.next->next->wired_count, 0);
	assert_int_equal(map->header.next->next->eflags, 0);
	vmspace_free(mach, map);
}

/*
 * Advice is for the pages of the range and no others, whatever part of the
 * entry that is and wherever the entry begins in its object.  The entry is
 * pages 2 to 8 of the addresses, and nothing is mapped on both of its sides.
 */
static void
test_madvise_finds_the_pages(void **state)
{
	const vm_offset_t va = MMAP_START;
	struct machine *mach = *state;
	unsigned end, i, offset, start;
	vm_object_t object;
	vm_map_t map;
	vm_page_t m;

	for (offset = 0; offset < 8; offset += 3)
		for (start = 0; start < 8; start++)
			for (end = start; end <= 10; end += 2) {
				map = vmspace_alloc(mach);
				object = support_object(mach, 16, NULL);
				for (i = 0; i < 16; i++)
					vm_page_dirty(mach,
					    support_page(mach, object, i,
						VM_ALLOC_NORMAL));
				assert_int_equal(vm_map_insert(mach, map,
						     object, ptoa(offset),
						     va + ptoa(2), va + ptoa(8),
						     RW, VM_PROT_ALL, 0),
				    KERN_SUCCESS);
				assert_int_equal(vm_map_madvise(mach, map,
						     va + ptoa(start),
						     va + ptoa(end),
						     VM_MADV_FREE),
				    KERN_SUCCESS);
				for (i = 0; i < 16; i++) {
					m = vm_page_lookup(mach, object, i);
					assert_int_equal(vm_page_use(mach, m)
							     ->dirty == 0,
					    i >= offset && i < offset + 6 &&
						i + 2 >= offset + start &&
						i + 2 < offset + end);
				}
				vmspace_free(mach, map);
			}
}

/* A submap has no pages of its own: advice goes on behind it. */
static void
test_madvise_passes_submaps(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = pmapsim_kernel_map(mach);
	vm_offset_t start = VM_MIN_KERNEL_ADDRESS, end = start + MB(8);
	vm_object_t object;
	vm_page_t m;

	assert_int_equal(map->header.next->eflags, MAP_ENTRY_IS_SUB_MAP);
	assert_int_equal(map->header.next->end, end);
	object = support_object(mach, 2, NULL);
	m = support_page(mach, object, 0, VM_ALLOC_NORMAL);
	vm_page_dirty(mach, m);
	assert_int_equal(vm_map_insert(mach, map, object, 0, end, end + ptoa(2),
			     RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_int_equal(vm_map_madvise(mach, map, start, end, VM_MADV_FREE),
	    KERN_SUCCESS);
	assert_int_equal(vm_page_use(mach, m)->dirty, VM_PAGE_BITS_ALL);
	assert_int_equal(vm_map_madvise(mach, map, start, end + ptoa(2),
			     VM_MADV_FREE),
	    KERN_SUCCESS);
	assert_int_equal(vm_page_use(mach, m)->dirty, 0);
	assert_int_equal(vm_map_remove(mach, map, end, end + ptoa(2)),
	    KERN_SUCCESS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_madvise_finds_the_pages),
	    support_test(test_madvise_passes_submaps),
	    support_test(
		test_protect_takes_rights_at_once_and_gives_them_by_fault),
	    support_test(test_protect_private_mapping_stays_unwritable),
	    support_test(test_protect_wired_private_mapping_copies_at_once),
	    support_test(test_protect_maximum),
	    support_test(test_protect_charges),
	    support_test(test_inherit_cuts_and_merges),
	    support_test(test_wire_user_and_system),
	    support_test(test_wire_part_of_an_entry),
	    support_test(test_wire_holes),
	    support_test(test_wire_start_in_hole),
	    support_test(test_wire_failing_fault_undoes),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
