/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults on one object: what is found and made, with exact entries, refusals,
 * and the kernel's objects.  Neighbours and copies have files of their own.
 */
#include "vm_fault_fixture.h"

#include <stdio.h>

/* ---- one object --------------------------------------------------------- */

static void
test_fault_anonymous_first_touch(void **state)
{
	struct machine *mach = *state;
	static const struct {
		vm_prot_t prot, type;
		uint64_t pte;
		unsigned flags, dirty;
	} c[] = {
	    {RW, VM_PROT_READ, NX | 0x427, PG_REFERENCED | PG_WRITEABLE, 0},
	    {RW, VM_PROT_WRITE, NX | 0x467, PG_REFERENCED | PG_WRITEABLE, 0xff},
	    {VM_PROT_READ, VM_PROT_READ, NX | 0x425, PG_REFERENCED, 0},
	    {VM_PROT_ALL, VM_PROT_EXECUTE, 0x427, PG_REFERENCED | PG_WRITEABLE,
		0},
	    {VM_PROT_ALL, VM_PROT_WRITE, 0x467, PG_REFERENCED | PG_WRITEABLE,
		0xff},
	    {VM_PROT_READ | VM_PROT_EXECUTE, VM_PROT_EXECUTE, 0x425,
		PG_REFERENCED, 0},
	};
	vm_object_t object;
	vm_map_t map;
	vm_page_t m;
	unsigned i;

	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		map = program(mach);
		map_at(mach, map, VA + 0x5000, 16, NULL, c[i].prot);
		fault(mach, map, VA + 0x7000, c[i].type);
		object = object_at(mach, map, VA + 0x5000);
		m = page_at(mach, map, VA + 0x7000);
		assert_pte(mach, map->pmap, VA + 0x7000,
		    VM_PAGE_TO_PHYS(m) | c[i].pte);
		assert_page(mach, m, c[i].flags, 0xff, c[i].dirty, PQ_ACTIVE,
		    0);
		assert_int_equal(m->act_count, ACT_INIT);
		assert_ptr_equal(m->object, object);
		assert_int_equal(m->pindex, 2);
		/* The address decided where the object's pages lie. */
		assert_int_equal(object->flags, OBJ_ONEMAPPING | OBJ_COLORED);
		assert_int_equal(object->pg_color, 5);
		assert_int_equal(object->size, 16);
		assert_int_equal(object->ref_count, 1);
		assert_int_equal(object->resident_page_count, 1);
		assert_quiet(object);
		assert_sysctl(mach, "vm.stats.vm.v_vm_faults", i + 1);
		assert_sysctl(mach, "vm.stats.vm.v_zfod", i + 1);
		assert_sysctl(mach, "vm.stats.vm.v_ozfod", 0);
		assert_sysctl(mach, "vm.stats.vm.v_cow_faults", 0);
		vmspace_free(mach, map);
	}
}

static void
test_fault_colours_once_and_in_16_bits(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;

	map = program(mach);
	map_at(mach, map, UINT64_C(0x7f1234567000), 4, NULL, RW);
	fault(mach, map, UINT64_C(0x7f1234569000), VM_PROT_READ);
	assert_int_equal(object_at(mach, map, UINT64_C(0x7f1234567000))
			     ->pg_color,
	    0x4567);
	/* Seen at another alignment too, it keeps its colour. */
	vm_object_reference(mach,
	    object_at(mach, map, UINT64_C(0x7f1234567000)));
	map_at(mach, map, VA, 4, object_at(mach, map, UINT64_C(0x7f1234567000)),
	    RW);
	fault(mach, map, VA, VM_PROT_READ);
	assert_int_equal(object_at(mach, map, VA)->pg_color, 0x4567);
	vmspace_free(mach, map);
}

static void
test_fault_zero_fills_a_used_frame(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;
	vm_page_t m;
	vm_paddr_t pa;
	int i;

	map = program(mach);
	map_at(mach, map, VA, 4, NULL, RW);
	fault(mach, map, VA, VM_PROT_WRITE);
	m = page_at(mach, map, VA);
	pa = VM_PAGE_TO_PHYS(m);
	memset(physmem_ptr(mach, pa), 0x5a, PAGE_SIZE);
	vm_map_remove(mach, map, VA, VA + ptoa(4));
	map_at(mach, map, VA, 4, NULL, RW);
	/* A chance of meeting the frame again: take all of a 2 MB window. */
	vm_map_remove(mach, map, VA, VA + ptoa(4));
	map_at(mach, map, VA, 6000, NULL, RW);
	for (i = 0; i < 6000; i++) {
		fault(mach, map, VA + ptoa(i), VM_PROT_READ);
		if (pmap_extract(mach, map->pmap, VA + ptoa(i)) == pa)
			break;
	}
	assert_true(i < 6000);
	for (i = 0; i < (int)PAGE_SIZE; i++)
		assert_int_equal(((char *)physmem_ptr(mach, pa))[i], 0);
	vmspace_free(mach, map);
}

/*
 * A free page that is known to be zero is not zeroed again, except where it is
 * to hold a copy and zeroes were not asked for.
 */
static void
test_fault_prezeroed_page_is_counted(void **state)
{
	struct machine *mach = *state;
	vm_object_t object, source;
	vm_ooffset_t offset;
	vm_map_t map;
	vm_page_t m;
	int i;

	source = NULL;
	for (i = 0; i < 2; i++) {
		map = program(mach);
		object = support_object(mach, 512, &color0);
		if (i == 1) {
			source = object;
			vm_object_reference(mach, source);
			offset = 0;
			vm_object_shadow(mach, &object, &offset, 512);
		}
		/* Page 3 keeps the reservation while page 1 comes back. */
		support_page(mach, object, 3, VM_ALLOC_NORMAL);
		m = support_page(mach, object, 1, VM_ALLOC_NORMAL);
		vm_page_free_zero(mach, m);
		map_at(mach, map, VA, 512, object, RW);
		fault(mach, map, VA + 0x1000, VM_PROT_READ);
		assert_ptr_equal(page_at(mach, map, VA + 0x1000), m);
		assert_int_equal(m->valid, 0xff);
		assert_int_equal(vm_page_flags(m) & PG_ZERO,
		    i == 0 ? PG_ZERO : 0);
		assert_sysctl(mach, "vm.stats.vm.v_zfod", i + 1);
		assert_sysctl(mach, "vm.stats.vm.v_ozfod", 1);
		vmspace_free(mach, map);
		if (i == 1)
			vm_object_deallocate(mach, source);
	}
}

/* A page that is faulted on again goes to the tail of its queue. */
static void
test_fault_requeues_active_page(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;
	int i;

	map = program(mach);
	map_at(mach, map, VA, 4, NULL, RW);
	for (i = 0; i < 3; i++)
		fault(mach, map, VA + ptoa(i), VM_PROT_READ);
	fault(mach, map, VA, VM_PROT_WRITE);
	assert_ptr_equal(TAILQ_FIRST(&mach->vm_page->queues[PQ_ACTIVE]),
	    page_at(mach, map, VA + ptoa(1)));
	assert_ptr_equal(TAILQ_LAST(&mach->vm_page->queues[PQ_ACTIVE], pglist),
	    page_at(mach, map, VA));
	assert_sysctl(mach, "vm.stats.vm.v_active_count", 3);
	vmspace_free(mach, map);
}

static void
test_fault_resident_page_is_mapped_and_activated(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;
	vm_page_t m;

	map = program(mach);
	object = support_object(mach, 4, &color0);
	m = support_page(mach, object, 3, VM_ALLOC_NORMAL);
	vm_page_deactivate(mach, m);
	map_at(mach, map, VA, 4, object, RW);
	fault(mach, map, VA + 0x3000, VM_PROT_READ);
	assert_ptr_equal(page_at(mach, map, VA + 0x3000), m);
	assert_page(mach, m, PG_REFERENCED | PG_WRITEABLE, 0xff, 0, PQ_ACTIVE,
	    0);
	assert_int_equal(mach->cnt.v_zfod, 0);
	/* The write that follows needs a fault only in software's eyes. */
	fault(mach, map, VA + 0x3000, VM_PROT_WRITE);
	assert_pte(mach, map->pmap, VA + 0x3000,
	    VM_PAGE_TO_PHYS(m) | NX | 0x427);
	assert_int_equal(vm_page_use(mach, m)->dirty, 0xff);
	vmspace_free(mach, map);
}

static void
test_fault_nosync_follows_the_entry(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;
	vm_page_t m;

	map = program(mach);
	map_at(mach, map, VA, 4, NULL, RW);
	entry_at(mach, map, VA)->eflags |= MAP_ENTRY_NOSYNC;
	fault(mach, map, VA, VM_PROT_READ);
	m = page_at(mach, map, VA);
	assert_int_equal(m->oflags, VPO_NOSYNC);
	/* Not set on a page that is dirty already. */
	m->oflags = 0;
	vm_page_use(mach, m)->dirty = 0xff;
	fault(mach, map, VA, VM_PROT_READ);
	assert_int_equal(m->oflags, 0);
	m->oflags = VPO_NOSYNC;
	entry_at(mach, map, VA)->eflags = 0;
	fault(mach, map, VA, VM_PROT_READ);
	assert_int_equal(m->oflags, 0);
	vmspace_free(mach, map);
}

/* ---- refusals ----------------------------------------------------------- */

static void
test_fault_results(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;
	long free;

	map = program(mach);
	map_at(mach, map, VA, 4, NULL, VM_PROT_READ);
	free = support_sysctl(mach, "vm.stats.vm.v_free_count");
	/* No entry, and none beside it that could grow. */
	assert_int_equal(vm_fault(mach, map, VA + ptoa(4), VM_PROT_READ,
			     VM_FAULT_NORMAL),
	    KERN_INVALID_ADDRESS);
	assert_int_equal(vm_fault(mach, pmapsim_kernel_map(mach),
			     UINT64_C(0xffffffff00000000), VM_PROT_READ,
			     VM_FAULT_NORMAL),
	    KERN_INVALID_ADDRESS);
	/* More than the entry allows. */
	assert_int_equal(vm_fault(mach, map, VA, VM_PROT_WRITE,
			     VM_FAULT_NORMAL),
	    KERN_PROTECTION_FAILURE);
	assert_int_equal(vm_fault(mach, map, VA, VM_PROT_EXECUTE,
			     VM_FAULT_NORMAL),
	    KERN_PROTECTION_FAILURE);
	assert_null(object_at(mach, map, VA));
	/* Beyond the object's end, though not the entry's. */
	object = support_object(mach, 2, NULL);
	map_at(mach, map, VA + NBPDR, 4, object, RW);
	assert_int_equal(vm_fault(mach, map, VA + NBPDR + ptoa(2), VM_PROT_READ,
			     VM_FAULT_NORMAL),
	    KERN_PROTECTION_FAILURE);
	assert_int_equal(object->ref_count, 1);
	/* An object that ends. */
	object->flags |= OBJ_DEAD;
	assert_int_equal(vm_fault(mach, map, VA + NBPDR, VM_PROT_READ,
			     VM_FAULT_NORMAL),
	    KERN_PROTECTION_FAILURE);
	object->flags &= (uint16_t)~OBJ_DEAD;
	assert_int_equal(object->ref_count, 1);
	assert_quiet(object);
	assert_sysctl(mach, "vm.stats.vm.v_free_count", free);
	assert_sysctl(mach, "vm.stats.vm.v_vm_faults", 6);
	assert_int_equal(pmapsim_pmap_resident_count(map->pmap), 0);
	vmspace_free(mach, map);
}

/* What the front object got for the copy is given back. */
static void
test_fault_dead_backing_object_frees_placeholder(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;
	vm_ooffset_t offset;
	vm_map_t map;
	long free;

	map = program(mach);
	object = backing = support_object(mach, 4, NULL);
	vm_object_reference(mach, backing);
	offset = 0;
	vm_object_shadow(mach, &object, &offset, 4);
	map_at(mach, map, VA, 4, object, RW);
	backing->flags |= OBJ_DEAD;
	free = support_sysctl(mach, "vm.stats.vm.v_free_count");
	assert_int_equal(vm_fault(mach, map, VA, VM_PROT_READ, VM_FAULT_NORMAL),
	    KERN_PROTECTION_FAILURE);
	assert_sysctl(mach, "vm.stats.vm.v_free_count", free);
	assert_int_equal(object->resident_page_count, 0);
	assert_quiet(object);
	backing->flags &= (uint16_t)~OBJ_DEAD;
	vmspace_free(mach, map);
	vm_object_deallocate(mach, backing);
}

static void
test_fault_on_nofault_entry_panics(void **state)
{
	struct machine *mach = *state;
	vm_offset_t va;
	char text[96];

	va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach), ptoa(4));
	snprintf(text, sizeof(text),
	    "vm_fault: fault on nofault entry, addr: "
	    "%llx",
	    (unsigned long long)(va + ptoa(1)));
	assert_panics(mach, text,
	    vm_fault(mach, pmapsim_kernel_map(mach), va + ptoa(1), VM_PROT_READ,
		VM_FAULT_NORMAL));
	assert_false(pmapsim_panic(mach)->assertion);
	assert_string_equal(pmapsim_panic(mach)->frames[0], "vm_fault");
}

static void
test_fault_kernel_entry_without_object_stops(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = pmapsim_kernel_map(mach);
	vm_offset_t va = UINT64_C(0xffffff9000000000);

	map_at(mach, map, va, 1, NULL, RW);
	assert_panics(mach,
	    "vm_fault: the kernel's map has no object at "
	    "0xffffff9000000000",
	    vm_fault(mach, map, va, VM_PROT_READ, VM_FAULT_NORMAL));
	assert_true(pmapsim_panic(mach)->simulator);
}

static void
test_fault_on_busy_page_stops(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;
	vm_page_t m;
	char text[128];

	map = program(mach);
	object = support_object(mach, 4, &color0);
	m = support_page(mach, object, 0, VM_ALLOC_NORMAL);
	vm_page_busy(mach, m);
	map_at(mach, map, VA, 4, object, RW);
	snprintf(text, sizeof(text),
	    "sleeping on \"vmpfw\": page %#lx, pindex "
	    "0, is busy and nothing wakes it",
	    (unsigned long)VM_PAGE_TO_PHYS(m));
	assert_panics(mach, text,
	    vm_fault(mach, map, VA, VM_PROT_READ, VM_FAULT_NORMAL));
}

static void
test_fault_object_loop_panics(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;

	map = program(mach);
	object = support_object(mach, 4, &color0);
	object->backing_object = object;
	map_at(mach, map, VA, 4, object, RW);
	assert_panics(mach, "object loop PTR",
	    vm_fault(mach, map, VA, VM_PROT_READ, VM_FAULT_NORMAL));
}

/* Pages of the kernel's objects are taken as valid, whatever they say. */
static void
test_fault_partially_invalid_page_panics(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = pmapsim_kernel_map(mach);
	vm_object_t object = pmapsim_kernel_object(mach);
	vm_offset_t va = UINT64_C(0xffffff9000000000);
	vm_pindex_t pindex = atop(va - VM_MIN_KERNEL_ADDRESS);

	support_page(mach, object, pindex, VM_ALLOC_NORMAL)->valid = 0x0f;
	vm_object_reference(mach, object);
	assert_int_equal(vm_map_insert(mach, map, object, ptoa(pindex), va,
			     va + PAGE_SIZE, VM_PROT_READ, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_panics(mach, "vm_fault: page PTR partially invalid",
	    vm_fault(mach, map, va, VM_PROT_READ, VM_FAULT_NORMAL));
}

static void
test_fault_retries_after_failed_allocation(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;

	map = program(mach);
	map_at(mach, map, VA, 4, NULL, RW);
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 1, false);
	fault(mach, map, VA, VM_PROT_WRITE);
	assert_int_equal(pmapsim_inject_seen(mach, PMAPSIM_INJECT_PAGE_ALLOC),
	    2 + 4); /* the page twice, its tables and its pv chunk */
	object = object_at(mach, map, VA);
	assert_int_equal(object->ref_count, 1);
	assert_quiet(object);
	/* One fault, however often it was tried. */
	assert_sysctl(mach, "vm.stats.vm.v_vm_faults", 1);
	assert_sysctl(mach, "vm.stats.vm.v_zfod", 1);
	vmspace_free(mach, map);
}

/* Short of memory, a fault does not even try; it waits. */
static void
test_fault_waits_when_pages_are_few(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;
	vm_page_t m;

	map = program(mach);
	map_at(mach, map, VA, 4, NULL, RW);
	do {
		m = vm_page_alloc(mach, NULL, 0,
		    VM_ALLOC_NOOBJ | VM_ALLOC_SYSTEM);
		assert_non_null(m);
	} while (!vm_page_count_severe(mach));
	assert_panics(mach,
	    "vm_wait: the thread sleeps on \"vmwait\" and "
	    "nothing will free a page",
	    vm_fault(mach, map, VA, VM_PROT_READ, VM_FAULT_NORMAL));
	assert_int_equal(object_at(mach, map, VA)->flags & OBJ_COLORED, 0);
}

/* ---- the kernel's objects ----------------------------------------------- */

static void
test_fault_physical_object_is_zero_filled(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;
	vm_page_t m;

	map = program(mach);
	object = vm_object_allocate(mach, OBJT_PHYS, 4);
	map_at(mach, map, VA, 4, object, RW);
	fault(mach, map, VA, VM_PROT_READ);
	m = page_at(mach, map, VA);
	assert_ptr_equal(m->object, object);
	/* Unmanaged pages are on no queue and have no pv entry. */
	assert_page(mach, m, PG_REFERENCED | PG_UNMANAGED | PG_WRITEABLE, 0xff,
	    0, PQ_NONE, 0);
	assert_pte(mach, map->pmap, VA, VM_PAGE_TO_PHYS(m) | NX | 0x027);
	/* Its pager filled it; that is no zero-fill on demand. */
	assert_int_equal(mach->cnt.v_zfod, 0);
	vmspace_free(mach, map);
}

/* An unnamed object in front of a physical one: found by asking it. */
static void
test_fault_reads_through_to_physical_object(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;
	vm_ooffset_t offset;
	vm_map_t map;
	vm_page_t m;

	map = program(mach);
	object = backing = vm_object_allocate(mach, OBJT_PHYS, 4);
	offset = ptoa(1);
	vm_object_shadow(mach, &object, &offset, 3);
	map_at(mach, map, VA, 3, object, RW);
	fault(mach, map, VA + 0x1000, VM_PROT_READ);
	m = page_at(mach, map, VA + 0x1000);
	assert_ptr_equal(m->object, backing);
	assert_int_equal(m->pindex, 2);
	assert_int_equal(object->resident_page_count, 0);
	assert_pte(mach, map->pmap, VA + 0x1000,
	    VM_PAGE_TO_PHYS(m) | NX | 0x025);
	/* The write copies: such an object is nobody's to take from. */
	put_byte(mach, m, 'p');
	fault(mach, map, VA + 0x1000, VM_PROT_WRITE);
	assert_ptr_not_equal(page_at(mach, map, VA + 0x1000), m);
	assert_int_equal(get_byte(mach, page_at(mach, map, VA + 0x1000)), 'p');
	assert_int_equal(mach->cnt.v_cow_optim, 0);
	assert_quiet(object);
	vmspace_free(mach, map);
}

/* A type whose pager has nothing: the page asked of it is given back. */
static void
test_fault_pager_without_contents(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;
	vm_ooffset_t offset;
	vm_map_t map;

	map = program(mach);
	object = backing = vm_object_allocate(mach, OBJT_SWAP, 4);
	vm_object_reference(mach, backing);
	offset = 0;
	vm_object_shadow(mach, &object, &offset, 4);
	map_at(mach, map, VA, 4, object, RW);
	fault(mach, map, VA, VM_PROT_READ);
	assert_ptr_equal(page_at(mach, map, VA)->object, object);
	assert_int_equal(backing->resident_page_count, 0);
	assert_int_equal(mach->cnt.v_zfod, 1);
	assert_quiet(object);
	vmspace_free(mach, map);
	vm_object_deallocate(mach, backing);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_fault_anonymous_first_touch),
	    support_test(test_fault_colours_once_and_in_16_bits),
	    support_test(test_fault_zero_fills_a_used_frame),
	    support_test(test_fault_prezeroed_page_is_counted),
	    support_test(test_fault_requeues_active_page),
	    support_test(test_fault_resident_page_is_mapped_and_activated),
	    support_test(test_fault_nosync_follows_the_entry),
	    support_test(test_fault_results),
	    support_test(test_fault_dead_backing_object_frees_placeholder),
	    support_test(test_fault_on_nofault_entry_panics),
	    support_test(test_fault_kernel_entry_without_object_stops),
	    support_test(test_fault_on_busy_page_stops),
	    support_test(test_fault_object_loop_panics),
	    support_test(test_fault_partially_invalid_page_panics),
	    support_test(test_fault_retries_after_failed_allocation),
	    support_test(test_fault_waits_when_pages_are_few),
	    support_test(test_fault_physical_object_is_zero_filled),
	    support_test(test_fault_reads_through_to_physical_object),
	    support_test(test_fault_pager_without_contents),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
