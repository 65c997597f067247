/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults: what is found, made, copied, moved and mapped, with exact entries,
 * and the neighbours that come along.
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
		{ RW, VM_PROT_READ, NX | 0x427,
		    PG_REFERENCED | PG_WRITEABLE, 0 },
		{ RW, VM_PROT_WRITE, NX | 0x467,
		    PG_REFERENCED | PG_WRITEABLE, 0xff },
		{ VM_PROT_READ, VM_PROT_READ, NX | 0x425, PG_REFERENCED, 0 },
		{ VM_PROT_ALL, VM_PROT_EXECUTE, 0x427,
		    PG_REFERENCED | PG_WRITEABLE, 0 },
		{ VM_PROT_ALL, VM_PROT_WRITE, 0x467,
		    PG_REFERENCED | PG_WRITEABLE, 0xff },
		{ VM_PROT_READ | VM_PROT_EXECUTE, VM_PROT_EXECUTE, 0x425,
		    PG_REFERENCED, 0 },
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
		assert_page(m, c[i].flags, 0xff, c[i].dirty, PQ_ACTIVE, 0);
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
	assert_int_equal(object_at(mach, map,
	    UINT64_C(0x7f1234567000))->pg_color, 0x4567);
	/* Seen at another alignment too, it keeps its colour. */
	vm_object_reference(mach, object_at(mach, map,
	    UINT64_C(0x7f1234567000)));
	map_at(mach, map, VA, 4, object_at(mach, map,
	    UINT64_C(0x7f1234567000)), RW);
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
	assert_page(m, PG_REFERENCED | PG_WRITEABLE, 0xff, 0, PQ_ACTIVE, 0);
	assert_int_equal(mach->cnt.v_zfod, 0);
	/* The write that follows needs a fault only in software's eyes. */
	fault(mach, map, VA + 0x3000, VM_PROT_WRITE);
	assert_pte(mach, map->pmap, VA + 0x3000,
	    VM_PAGE_TO_PHYS(m) | NX | 0x427);
	assert_int_equal(m->dirty, 0xff);
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
	m->dirty = 0xff;
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
	/* No entry: a program's stack might grow, the kernel's would not. */
	assert_int_equal(vm_fault(mach, map, VA + ptoa(4), VM_PROT_READ,
	    VM_FAULT_NORMAL), KERN_FAILURE);
	assert_int_equal(vm_fault(mach, pmapsim_kernel_map(mach),
	    UINT64_C(0xffffffff00000000), VM_PROT_READ, VM_FAULT_NORMAL),
	    KERN_INVALID_ADDRESS);
	/* More than the entry allows. */
	assert_int_equal(vm_fault(mach, map, VA, VM_PROT_WRITE,
	    VM_FAULT_NORMAL), KERN_PROTECTION_FAILURE);
	assert_int_equal(vm_fault(mach, map, VA, VM_PROT_EXECUTE,
	    VM_FAULT_NORMAL), KERN_PROTECTION_FAILURE);
	assert_null(object_at(mach, map, VA));
	/* Beyond the object's end, though not the entry's. */
	object = support_object(mach, 2, NULL);
	map_at(mach, map, VA + NBPDR, 4, object, RW);
	assert_int_equal(vm_fault(mach, map, VA + NBPDR + ptoa(2),
	    VM_PROT_READ, VM_FAULT_NORMAL), KERN_PROTECTION_FAILURE);
	assert_int_equal(object->ref_count, 1);
	/* An object that ends. */
	object->flags |= OBJ_DEAD;
	assert_int_equal(vm_fault(mach, map, VA + NBPDR, VM_PROT_READ,
	    VM_FAULT_NORMAL), KERN_PROTECTION_FAILURE);
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
	assert_int_equal(vm_fault(mach, map, VA, VM_PROT_READ,
	    VM_FAULT_NORMAL), KERN_PROTECTION_FAILURE);
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
	snprintf(text, sizeof(text), "vm_fault: fault on nofault entry, addr: "
	    "%lx", (unsigned long)(va + ptoa(1)));
	assert_panics(mach, text, vm_fault(mach, pmapsim_kernel_map(mach),
	    va + ptoa(1), VM_PROT_READ, VM_FAULT_NORMAL));
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
	assert_panics(mach, "vm_fault: the kernel's map has no object at "
	    "0xffffff9000000000", vm_fault(mach, map, va, VM_PROT_READ,
	    VM_FAULT_NORMAL));
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
	snprintf(text, sizeof(text), "sleeping on \"vmpfw\": page %#lx, pindex "
	    "0, is busy and nothing wakes it",
	    (unsigned long)VM_PAGE_TO_PHYS(m));
	assert_panics(mach, text, vm_fault(mach, map, VA, VM_PROT_READ,
	    VM_FAULT_NORMAL));
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
	assert_panics(mach, "object loop PTR", vm_fault(mach, map, VA,
	    VM_PROT_READ, VM_FAULT_NORMAL));
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
	    va + PAGE_SIZE, VM_PROT_READ, VM_PROT_ALL, 0), KERN_SUCCESS);
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
	assert_panics(mach, "vm_wait: the thread sleeps on \"vmwait\" and "
	    "nothing will free a page", vm_fault(mach, map, VA, VM_PROT_READ,
	    VM_FAULT_NORMAL));
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
	assert_page(m, PG_REFERENCED | PG_UNMANAGED | PG_WRITEABLE, 0xff, 0,
	    PQ_NONE, 0);
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

/* ---- neighbours --------------------------------------------------------- */

/* The addresses of the pv entries of "pmap" in the order they were made. */
static unsigned
pv_order(pmap_t pmap, vm_offset_t *va, unsigned max)
{
	struct pv_chunk *pc;
	unsigned i;

	pc = TAILQ_FIRST(&pmap->pm_pvchunk);
	assert_non_null(pc);
	for (i = 0; i < max && i < 64 &&
	    (pc->pc_map[0] & (UINT64_C(1) << i)) == 0; i++)
		va[i] = pc->pc_pventry[i].pv_va;
	return (i);
}

/* Pages [first, last] of a 32-page object at VA, resident and not mapped. */
static vm_map_t
resident_run(struct machine *mach, unsigned first, unsigned last,
    vm_object_t *objectp)
{
	vm_object_t object;
	vm_map_t map;

	map = program(mach);
	object = support_object(mach, 32, &color0);
	support_pages(mach, object, first, last - first + 1, VM_ALLOC_NORMAL);
	map_at(mach, map, VA, 32, object, RW);
	*objectp = object;
	return (map);
}

static void
test_prefault_order_and_entries(void **state)
{
	struct machine *mach = *state;
	static const unsigned order[] = { 10, 9, 11, 8, 12, 7, 13, 6, 14 };
	vm_offset_t va[64];
	vm_object_t object;
	vm_map_t map;
	vm_page_t m;
	unsigned i;

	map = resident_run(mach, 0, 31, &object);
	fault(mach, map, VA + ptoa(10), VM_PROT_WRITE);
	assert_int_equal(pv_order(map->pmap, va, 64), 9);
	for (i = 0; i < 9; i++)
		assert_int_equal(va[i], VA + ptoa(order[i]));
	for (i = 0; i < 32; i++) {
		m = vm_page_lookup(mach, object, i);
		if (i == 10) {
			assert_pte(mach, map->pmap, VA + ptoa(i),
			    VM_PAGE_TO_PHYS(m) | NX | 0x467);
			continue;
		}
		assert_pte(mach, map->pmap, VA + ptoa(i), i >= 6 && i <= 14 ?
		    VM_PAGE_TO_PHYS(m) | NX | 0x405 : 0);
		assert_int_equal(vm_page_flags(m), 0);
	}
	/* Wired by nobody, counted as mappings. */
	assert_int_equal(pmapsim_pmap_resident_count(map->pmap), 9 + 3);
	vmspace_free(mach, map);
}

static void
test_prefault_ends_at_absent_page(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_offset_t va[64];
	vm_map_t map;
	unsigned gone, n;
	/* Mapped when the page at this distance is absent: in order. */
	static const struct {
		unsigned page, mapped;
	} c[] = {
		{ 9, 1 }, { 11, 2 }, { 8, 3 }, { 12, 4 }, { 7, 5 }, { 13, 6 },
		{ 6, 7 }, { 14, 8 }, { 5, 9 }, { 15, 9 },
	};

	for (n = 0; n < sizeof(c) / sizeof(c[0]); n++) {
		gone = c[n].page;
		map = resident_run(mach, 0, 31, &object);
		vm_page_free(mach, vm_page_lookup(mach, object, gone));
		fault(mach, map, VA + ptoa(10), VM_PROT_READ);
		assert_int_equal(pv_order(map->pmap, va, 64), c[n].mapped);
		assert_pte(mach, map->pmap, VA + ptoa(gone), 0);
		vmspace_free(mach, map);
	}
}

static void
test_prefault_passes_over_mapped_and_invalid_pages(void **state)
{
	struct machine *mach = *state;
	static const unsigned order[] = { 9, 10, 8, 12, 7, 13, 6, 14 };
	vm_offset_t va[64];
	vm_object_t object;
	vm_map_t map;
	unsigned i;

	map = resident_run(mach, 6, 14, &object);
	pmap_enter_quick(mach, map->pmap, VA + ptoa(9),
	    vm_page_lookup(mach, object, 9), RW);
	vm_page_lookup(mach, object, 11)->valid = 0x7f;
	fault(mach, map, VA + ptoa(10), VM_PROT_READ);
	assert_int_equal(pv_order(map->pmap, va, 64), 8);
	for (i = 0; i < 8; i++)
		assert_int_equal(va[i], VA + ptoa(order[i]));
	assert_pte(mach, map->pmap, VA + ptoa(11), 0);
	vmspace_free(mach, map);
}

static void
test_prefault_stays_inside_the_entry(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_offset_t va[64];
	vm_map_t map;
	unsigned i;

	/* Pages 9..11 of 32 mapped: no more is to be had. */
	map = program(mach);
	object = support_object(mach, 32, &color0);
	support_pages(mach, object, 0, 32, VM_ALLOC_NORMAL);
	assert_int_equal(vm_map_insert(mach, map, object, ptoa(9),
	    VA + ptoa(9), VA + ptoa(12), RW, VM_PROT_ALL, 0), KERN_SUCCESS);
	fault(mach, map, VA + ptoa(10), VM_PROT_READ);
	assert_int_equal(pv_order(map->pmap, va, 64), 3);
	for (i = 0; i < 32; i++)
		assert_int_equal(support_pte(mach, map->pmap, VA + ptoa(i)) !=
		    0, i >= 9 && i <= 11);
	/* The index in the object, not in the entry, was looked for. */
	assert_ptr_equal(page_at(mach, map, VA + ptoa(9)),
	    vm_page_lookup(mach, object, 9));
	vmspace_free(mach, map);
}

/* At the very bottom of the address space nothing wraps. */
static void
test_prefault_at_address_zero(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_offset_t va[64];
	vm_map_t map;
	unsigned n;

	for (n = 0; n < 5; n++) {
		map = program(mach);
		object = support_object(mach, 32, &color0);
		support_pages(mach, object, 0, 32, VM_ALLOC_NORMAL);
		map_at(mach, map, 0, 32, object, RW);
		fault(mach, map, ptoa(n), VM_PROT_READ);
		assert_int_equal(pv_order(map->pmap, va, 64), 1 + n + 4);
		vmspace_free(mach, map);
	}
}

static void
test_prefault_needs_a_page_table(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;
	unsigned i;

	/* The last page of a 2 MB region: the next one has no table. */
	map = program(mach);
	object = support_object(mach, 32, &color0);
	support_pages(mach, object, 0, 32, VM_ALLOC_NORMAL);
	map_at(mach, map, VA + NBPDR - ptoa(16), 32, object, RW);
	fault(mach, map, VA + NBPDR - ptoa(1), VM_PROT_READ);
	for (i = 0; i < 32; i++)
		assert_int_equal(support_pte(mach, map->pmap, VA + NBPDR -
		    ptoa(16) + ptoa(i)) != 0, i >= 11 && i <= 15);
	assert_int_equal(support_pde(mach, map->pmap, VA + NBPDR), 0);
	vmspace_free(mach, map);
}

static void
test_prefault_only_for_the_current_process(void **state)
{
	struct machine *mach = *state;
	vm_map_t map, other;
	vm_object_t object;
	vm_offset_t va[64];

	map = resident_run(mach, 0, 31, &object);
	other = program(mach);
	fault(mach, map, VA + ptoa(10), VM_PROT_READ);
	assert_int_equal(pv_order(map->pmap, va, 64), 1);
	vmspace_free(mach, other);
	vmspace_free(mach, map);
}

static void
test_prefault_not_in_the_kernel(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = pmapsim_kernel_map(mach);
	vm_object_t object;
	vm_offset_t va;

	va = 0;
	object = support_object(mach, 8, NULL);
	support_pages(mach, object, 0, 8, VM_ALLOC_NORMAL);
	assert_int_equal(vm_map_find(mach, map, object, 0, &va, ptoa(8),
	    VMFS_ANY_SPACE, RW, VM_PROT_ALL, 0), KERN_SUCCESS);
	fault(mach, map, va + ptoa(3), VM_PROT_READ);
	assert_int_equal(support_pte(mach, map->pmap, va + ptoa(2)), 0);
	assert_int_equal(support_pte(mach, map->pmap, va + ptoa(4)), 0);
	vm_map_remove(mach, map, va, va + ptoa(8));
}

static void
test_prefault_looks_through_shadows(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;
	vm_ooffset_t offset;
	vm_map_t map;
	int i;

	/* Behind an anonymous object yes, behind another kind no. */
	for (i = 0; i < 2; i++) {
		map = program(mach);
		object = backing = support_object(mach, 32, &color0);
		support_pages(mach, backing, 10, 3, VM_ALLOC_NORMAL);
		vm_object_reference(mach, backing);
		offset = ptoa(8);
		vm_object_shadow(mach, &object, &offset, 16);
		support_page(mach, object, 3, VM_ALLOC_NORMAL);
		if (i == 1)
			object->type = OBJT_SWAP;
		map_at(mach, map, VA, 16, object, RW);
		fault(mach, map, VA + ptoa(3), VM_PROT_READ);
		if (i == 0) {
			assert_ptr_equal(page_at(mach, map, VA + ptoa(2)),
			    vm_page_lookup(mach, backing, 10));
			assert_ptr_equal(page_at(mach, map, VA + ptoa(4)),
			    vm_page_lookup(mach, backing, 12));
			assert_int_equal(support_pte(mach, map->pmap,
			    VA + ptoa(4)) & ~PG_FRAME, NX | 0x405);
		} else
			assert_pte(mach, map->pmap, VA + ptoa(2), 0);
		vmspace_free(mach, map);
		vm_object_deallocate(mach, backing);
	}
}

static void
test_prefault_unaligned_backing_offset_panics(void **state)
{
	struct machine *mach = *state;
	vm_object_t backing, object;
	vm_ooffset_t offset;
	vm_map_t map;

	map = program(mach);
	object = backing = support_object(mach, 32, &color0);
	vm_object_reference(mach, backing);
	offset = 512;
	vm_object_shadow(mach, &object, &offset, 16);
	support_page(mach, object, 3, VM_ALLOC_NORMAL);
	map_at(mach, map, VA, 16, object, RW);
	assert_panics(mach, "vm_fault_prefault: unaligned object offset",
	    vm_fault(mach, map, VA + ptoa(3), VM_PROT_READ, VM_FAULT_NORMAL));
}

/* ---- copy on write ------------------------------------------------------ */

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
	assert_page(copy, PG_REFERENCED | PG_WRITEABLE, 0xff, 0xff, PQ_ACTIVE,
	    0);
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
	assert_page(m, PG_REFERENCED | PG_WRITEABLE, 0xff, 0xff, PQ_ACTIVE, 0);
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
		assert_int_equal(get_byte(mach, page_at(mach, map,
		    VA + ptoa(5))), 'm');
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
	assert_page(m, PG_REFERENCED, 0xff, 0, PQ_ACTIVE, 0);
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
	assert_int_equal(support_pte(mach, map->pmap, VA + ptoa(5)) &
	    ~PG_FRAME, NX | 0x427);
	assert_int_equal(page_at(mach, map, VA + ptoa(5))->dirty, 0);
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
	vm_map_t map[MODEL_PROGRAMS] = { NULL };
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
			    VA + ptoa(p), PMAPSIM_ACCESS_WRITE, &pa),
			    PMAPSIM_OK);
			model[a][p] = (char)(step & 0x7f);
			*(char *)physmem_ptr(mach, pa) = model[a][p];
		} else {
			assert_int_equal(pmapsim_access(mach, map[a],
			    VA + ptoa(p), PMAPSIM_ACCESS_READ, &pa),
			    PMAPSIM_OK);
			if (*(char *)physmem_ptr(mach, pa) != model[a][p])
				fail_msg("seed %llu step %d: program %d page "
				    "%d", (unsigned long long)start, step, a,
				    p);
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
		support_test(test_prefault_order_and_entries),
		support_test(test_prefault_ends_at_absent_page),
		support_test(
		    test_prefault_passes_over_mapped_and_invalid_pages),
		support_test(test_prefault_stays_inside_the_entry),
		support_test(test_prefault_at_address_zero),
		support_test(test_prefault_needs_a_page_table),
		support_test(test_prefault_only_for_the_current_process),
		support_test(test_prefault_not_in_the_kernel),
		support_test(test_prefault_looks_through_shadows),
		support_test(test_prefault_unaligned_backing_offset_panics),
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
