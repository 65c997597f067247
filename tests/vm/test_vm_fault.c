/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults: what is found, made, copied, moved and mapped, with exact entries;
 * neighbours; wiring; and the worked examples C and E of the specification.
 *
 * Addresses that start with 0x8000000 belong to programs.  In a PTE, 0x427 is
 * read by a program that may write (NX aside), 0x467 is written, 0x425 may
 * only be read, 0x405 was entered beforehand and not accessed.
 */
#include "support.h"

#include <stdio.h>

#include "amd64/pmap_var.h"
#include "vm/vm_map.h"

#define VA UINT64_C(0x800000000)
#define RW (VM_PROT_READ | VM_PROT_WRITE)
#define NX (UINT64_C(1) << 63)

static const uint16_t color0 = 0;

/* A program, current on CPU 0. */
static vm_map_t
program(struct machine *mach)
{
	vm_map_t map;

	map = vmspace_alloc(mach);
	pmap_activate(mach, map->pmap);
	return (map);
}

/* Maps "object" (NULL: anonymous memory) of "size" pages at "va". */
static void
map_at(struct machine *mach, vm_map_t map, vm_offset_t va, vm_size_t size,
    vm_object_t object, vm_prot_t prot)
{

	assert_int_equal(vm_map_insert(mach, map, object, 0, va,
	    va + ptoa(size), prot, VM_PROT_ALL, 0), KERN_SUCCESS);
}

static vm_map_entry_t
entry_at(struct machine *mach, vm_map_t map, vm_offset_t va)
{
	vm_map_entry_t entry;

	assert_true(vm_map_lookup_entry(mach, map, va, &entry));
	return (entry);
}

static vm_object_t
object_at(struct machine *mach, vm_map_t map, vm_offset_t va)
{

	return (entry_at(mach, map, va)->object.vm_object);
}

static void
fault(struct machine *mach, vm_map_t map, vm_offset_t va, vm_prot_t type)
{

	assert_int_equal(vm_fault(mach, map, va, type, VM_FAULT_NORMAL),
	    KERN_SUCCESS);
}

/* The page that is mapped at "va". */
static vm_page_t
page_at(struct machine *mach, vm_map_t map, vm_offset_t va)
{

	return (phys_to_vm_page(mach, pmap_extract(mach, map->pmap, va)));
}

static void
put_byte(struct machine *mach, vm_page_t m, char value)
{

	*(char *)physmem_ptr(mach, VM_PAGE_TO_PHYS(m)) = value;
}

static char
get_byte(struct machine *mach, vm_page_t m)
{

	return (*(char *)physmem_ptr(mach, VM_PAGE_TO_PHYS(m)));
}

static void
assert_page(vm_page_t m, unsigned flags, unsigned valid, unsigned dirty,
    unsigned queue, unsigned wire_count)
{

	assert_int_equal(vm_page_flags(m), flags);
	assert_int_equal(m->valid, valid);
	assert_int_equal(m->dirty, dirty);
	assert_int_equal(m->queue, queue);
	assert_int_equal(m->wire_count, wire_count);
	assert_int_equal(m->oflags, 0);
}

/* Nothing of a fault may be left over. */
static void
assert_quiet(vm_object_t object)
{
	vm_page_t m;

	for (; object != NULL; object = object->backing_object) {
		assert_int_equal(object->paging_in_progress, 0);
		TAILQ_FOREACH(m, &object->memq, listq)
			assert_int_equal(m->oflags & VPO_BUSY, 0);
	}
}

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

/* "front" pages of a shadow before "source", mapped at VA; only the link
 * refers to the source unless "shared". */
static vm_map_t
shadow_program(struct machine *mach, vm_object_t source, bool shared,
    vm_object_t *front)
{
	vm_ooffset_t offset;
	vm_map_t map;

	map = program(mach);
	*front = source;
	vm_object_reference(mach, source);
	offset = ptoa(1);
	vm_object_shadow(mach, front, &offset, 16);
	if (!shared)
		source->ref_count--;
	map_at(mach, map, VA, 16, *front, RW);
	return (map);
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

/* ---- wiring ------------------------------------------------------------- */

static void
test_wire_and_unwire(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;
	vm_page_t m[3];
	unsigned wired;
	int i;

	map = program(mach);
	map_at(mach, map, VA, 3, NULL, RW);
	/* One page is dirty, one clean, one not there. */
	fault(mach, map, VA, VM_PROT_WRITE);
	fault(mach, map, VA + 0x1000, VM_PROT_READ);
	wired = mach->cnt.v_wire_count;
	assert_int_equal(vm_map_wire(mach, map, VA, VA + ptoa(3),
	    VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES), KERN_SUCCESS);
	for (i = 0; i < 3; i++) {
		m[i] = page_at(mach, map, VA + ptoa(i));
		assert_page(m[i], PG_REFERENCED | PG_WRITEABLE, 0xff,
		    i == 0 ? 0xff : 0, PQ_NONE, 1);
		/* Ready to be written without a fault: M is set. */
		assert_pte(mach, map->pmap, VA + ptoa(i),
		    VM_PAGE_TO_PHYS(m[i]) | NX | 0x667);
	}
	assert_int_equal(mach->cnt.v_wire_count, wired + 3);
	assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 3);
	assert_quiet(object_at(mach, map, VA));
	assert_int_equal(vm_map_unwire(mach, map, VA, VA + ptoa(3),
	    VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES), KERN_SUCCESS);
	for (i = 0; i < 3; i++) {
		assert_page(m[i], PG_REFERENCED | PG_WRITEABLE, 0xff,
		    i == 0 ? 0xff : 0, PQ_ACTIVE, 0);
		assert_pte(mach, map->pmap, VA + ptoa(i),
		    VM_PAGE_TO_PHYS(m[i]) | NX | 0x467);
	}
	assert_int_equal(mach->cnt.v_wire_count, wired);
	assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 0);
	vmspace_free(mach, map);
}

/* CHANGE_WIRING on an entry that is not wired takes a wiring away. */
static void
test_fault_change_wiring_of_unwired_entry(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;
	vm_page_t m;

	map = program(mach);
	object = support_object(mach, 8, &color0);
	m = support_page(mach, object, 1, VM_ALLOC_NORMAL);
	support_page(mach, object, 0, VM_ALLOC_NORMAL);
	support_page(mach, object, 2, VM_ALLOC_NORMAL);
	vm_page_wire(mach, m);
	map_at(mach, map, VA, 8, object, RW);
	assert_int_equal(vm_fault(mach, map, VA + 0x1000, VM_PROT_NONE,
	    VM_FAULT_CHANGE_WIRING), KERN_SUCCESS);
	assert_page(m, PG_REFERENCED | PG_WRITEABLE, 0xff, 0, PQ_ACTIVE, 0);
	assert_pte(mach, map->pmap, VA + 0x1000,
	    VM_PAGE_TO_PHYS(m) | NX | 0x427);
	/* And no neighbours. */
	assert_pte(mach, map->pmap, VA, 0);
	assert_pte(mach, map->pmap, VA + 0x2000, 0);
	vmspace_free(mach, map);
}

/* A wired entry is written to beforehand, so nothing is shared. */
static void
test_wire_copies_what_is_shared(void **state)
{
	struct machine *mach = *state;
	vm_object_t front, source;
	vm_map_t map;
	vm_page_t m;

	source = support_object(mach, 64, &color0);
	m = support_page(mach, source, 6, VM_ALLOC_NORMAL);
	map = shadow_program(mach, source, true, &front);
	assert_int_equal(vm_map_wire(mach, map, VA + ptoa(5), VA + ptoa(6),
	    VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES), KERN_SUCCESS);
	assert_ptr_not_equal(page_at(mach, map, VA + ptoa(5)), m);
	assert_int_equal(page_at(mach, map, VA + ptoa(5))->wire_count, 1);
	assert_int_equal(m->wire_count, 0);
	assert_int_equal(m->queue, PQ_INACTIVE);
	vmspace_free(mach, map);
	vm_object_deallocate(mach, source);
}

/*
 * The copy for a write into a wired entry that a fault still met takes the
 * original's wiring over.
 */
static void
test_cow_of_wired_page_moves_the_wiring(void **state)
{
	struct machine *mach = *state;
	vm_object_t front, source;
	vm_map_t map;
	vm_page_t copy, m;

	source = support_object(mach, 64, &color0);
	m = support_page(mach, source, 6, VM_ALLOC_NORMAL);
	vm_page_wire(mach, m);
	map = shadow_program(mach, source, true, &front);
	support_page(mach, front, 4, VM_ALLOC_NORMAL);
	entry_at(mach, map, VA)->wired_count = 1;
	fault(mach, map, VA + ptoa(5), VM_PROT_WRITE);
	copy = page_at(mach, map, VA + ptoa(5));
	assert_ptr_not_equal(copy, m);
	assert_int_equal(copy->wire_count, 1);
	assert_int_equal(m->wire_count, 0);
	assert_int_equal(m->queue, PQ_INACTIVE);
	assert_pte(mach, map->pmap, VA + ptoa(5),
	    VM_PAGE_TO_PHYS(copy) | NX | 0x667);
	/* A neighbour entered beforehand would not be wired. */
	assert_pte(mach, map->pmap, VA + ptoa(4), 0);
	entry_at(mach, map, VA)->eflags |= MAP_ENTRY_USER_WIRED;
	vmspace_free(mach, map);
	vm_object_deallocate(mach, source);
}

static void
test_fault_wire_undoes_what_it_did(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;
	unsigned wired;
	int i;

	map = program(mach);
	object = support_object(mach, 2, &color0);
	map_at(mach, map, VA, 4, object, RW);
	fault(mach, map, VA, VM_PROT_READ);
	wired = mach->cnt.v_wire_count;
	assert_int_equal(vm_map_wire(mach, map, VA, VA + ptoa(4),
	    VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES), KERN_PROTECTION_FAILURE);
	assert_int_equal(mach->cnt.v_wire_count, wired);
	assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 0);
	for (i = 0; i < 2; i++)
		assert_int_equal(page_at(mach, map, VA + ptoa(i))->wire_count,
		    0);
	vmspace_free(mach, map);
}

static void
test_unwire_skips_what_is_not_mapped_and_fictitious_pages(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;
	vm_page_t m;

	map = program(mach);
	object = support_object(mach, 512, &color0);
	m = support_page(mach, object, 1, VM_ALLOC_NORMAL);
	vm_page_wire(mach, m);
	map_at(mach, map, VA, 512, object, RW);
	pmap_enter(mach, map->pmap, VA + 0x1000, VM_PROT_READ, m, RW, TRUE);
	/* Fictitious pages are not counted: the mapping alone changes. */
	vm_fault_unwire(mach, map, VA + 0x1000, VA + 0x2000, TRUE);
	assert_int_equal(m->wire_count, 1);
	assert_pte(mach, map->pmap, VA + 0x1000,
	    VM_PAGE_TO_PHYS(m) | NX | 0x427);
	/* No table at all over there. */
	vm_fault_unwire(mach, map, VA + NBPDR, VA + 2 * NBPDR, FALSE);
	vm_fault_unwire(mach, map, VA + 0x1000, VA + 0x2000, FALSE);
	assert_int_equal(m->wire_count, 0);
	vmspace_free(mach, map);
}

/* What vm_fault_unwire() means, page by page. */
static void
unwire_slowly(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end)
{
	vm_offset_t va;
	vm_paddr_t pa;

	for (va = start; va < end; va += PAGE_SIZE) {
		pa = pmap_extract(mach, map->pmap, va);
		if (pa == 0)
			continue;
		pmap_change_wiring(mach, map->pmap, va, FALSE);
		vm_page_unwire(mach, phys_to_vm_page(mach, pa), 1);
	}
}

/*
 * Twin machines, one unwired either way: [4 KB mappings with holes | 2 MB
 * mapping | no table | nothing at all], from the middle of the first part on.
 */
static void
test_unwire_of_mixed_mappings(void **state)
{
	struct machine *mach[2];
	vm_page_t a, b, page[512];
	vm_map_t map[2];
	vm_offset_t va;
	int i, k;

	support_destroy(*state);
	*state = NULL;
	for (k = 0; k < 2; k++) {
		mach[k] = support_boot(SUPPORT_SMALL);
		map[k] = program(mach[k]);
		map_at(mach[k], map[k], VA, 1024, NULL, RW);
		for (i = 0; i < 1024; i++) {
			if (i < 512 && (i % 3 == 0 || i < 5))
				continue;
			fault(mach[k], map[k], VA + ptoa(i), VM_PROT_WRITE);
		}
		for (i = 512; i < 1024; i++) {
			va = VA + ptoa(i);
			page[i - 512] = page_at(mach[k], map[k], va);
		}
		for (i = 0; i < 512; i++) {
			vm_page_wire(mach[k], page[i]);
			pmap_enter(mach[k], map[k]->pmap, VA + NBPDR + ptoa(i),
			    VM_PROT_WRITE, page[i], RW, TRUE);
		}
		assert_superpage(mach[k], map[k]->pmap, VA + NBPDR);
		for (i = 0; i < 512; i++) {
			va = VA + ptoa(i);
			if (support_pte(mach[k], map[k]->pmap, va) == 0)
				continue;
			/* Every fourth page is wired once more, and every
			 * seventh mapping only. */
			vm_page_wire(mach[k], page_at(mach[k], map[k], va));
			if (i % 4 == 0)
				vm_page_wire(mach[k], page_at(mach[k], map[k],
				    va));
			if (i % 7 != 0)
				pmap_change_wiring(mach[k], map[k]->pmap, va,
				    TRUE);
		}
	}
	vm_fault_unwire(mach[0], map[0], VA + ptoa(100), VA + 6 * NBPDR,
	    FALSE);
	unwire_slowly(mach[1], map[1], VA + ptoa(100), VA + 6 * NBPDR);
	for (i = 0; i < 1024; i++) {
		va = VA + ptoa(i);
		assert_int_equal(support_pte(mach[0], map[0]->pmap, va),
		    support_pte(mach[1], map[1]->pmap, va));
		if (support_pte(mach[0], map[0]->pmap, va) == 0)
			continue;
		a = page_at(mach[0], map[0], va);
		b = page_at(mach[1], map[1], va);
		assert_int_equal(a->wire_count, b->wire_count);
		assert_int_equal(a->queue, b->queue);
	}
	assert_int_equal(pmapsim_pte_stores(mach[0]),
	    pmapsim_pte_stores(mach[1]));
	assert_int_equal(pmapsim_pmap_wired_count(map[0]->pmap),
	    pmapsim_pmap_wired_count(map[1]->pmap));
	assert_int_equal(mach[0]->cnt.v_wire_count, mach[1]->cnt.v_wire_count);
	/* One when the first of its pages was wired, one now. */
	assert_sysctl(mach[0], "vm.pmap.pde.demotions", 2);
	/* And in the same order, as the active queue shows. */
	a = TAILQ_FIRST(&mach[0]->vm_page->queues[PQ_ACTIVE]);
	b = TAILQ_FIRST(&mach[1]->vm_page->queues[PQ_ACTIVE]);
	for (; a != NULL && b != NULL; a = TAILQ_NEXT(a, pageq),
	    b = TAILQ_NEXT(b, pageq))
		assert_int_equal(a - mach[0]->vm_page_array,
		    b - mach[1]->vm_page_array);
	assert_true(a == NULL && b == NULL);
	for (k = 0; k < 2; k++)
		pmapsim_destroy(mach[k]);
}

/* One page too few wired: what lies before is done, the rest untouched. */
static void
test_unwire_too_often_panics(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;

	map = program(mach);
	map_at(mach, map, VA, 3, NULL, RW);
	assert_int_equal(vm_map_wire(mach, map, VA, VA + ptoa(3),
	    VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES), KERN_SUCCESS);
	vm_page_unwire(mach, page_at(mach, map, VA + 0x1000), 1);
	assert_panics(mach, "vm_page_unwire: invalid wire count: 0",
	    vm_fault_unwire(mach, map, VA, VA + ptoa(3), FALSE));
	assert_string_equal(pmapsim_panic(mach)->frames[0], "vm_page_unwire");
	assert_string_equal(pmapsim_panic(mach)->frames[1],
	    "vm_fault_unwire");
	assert_int_equal(support_pte(mach, map->pmap, VA) & PG_W, 0);
	assert_int_equal(support_pte(mach, map->pmap, VA + 0x1000) & PG_W, 0);
	assert_int_equal(support_pte(mach, map->pmap, VA + 0x2000) & PG_W,
	    PG_W);
}

/* A 2 MB mapping whose demotion fails, because it was never accessed. */
static void
test_unwire_of_never_accessed_superpage(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;

	map = program(mach);
	object = support_object(mach, 512, &color0);
	support_pages(mach, object, 0, 512, VM_ALLOC_NORMAL);
	map_at(mach, map, VA, 512, object, RW);
	pmap_enter_object(mach, map->pmap, VA, VA + NBPDR,
	    vm_page_lookup(mach, object, 0), RW);
	assert_superpage(mach, map->pmap, VA);
	/* Not wired, so it need not be split: only the page is at fault. */
	vm_page_wire(mach, vm_page_lookup(mach, object, 0));
	vm_fault_unwire(mach, map, VA, VA + PAGE_SIZE, FALSE);
	assert_superpage(mach, map->pmap, VA);
	pmap_pde(mach, map->pmap, VA)[0] |= PG_W;
	map->pmap->pm_stats.wired_count += 512;
	mach->invariants = false;
	assert_panics(mach, "pmap_change_wiring: demotion failed",
	    vm_fault_unwire(mach, map, VA, VA + PAGE_SIZE, FALSE));
	assert_string_equal(pmapsim_panic(mach)->frames[0],
	    "pmap_change_wiring");
}

/* A promoted region: demoted by the first page, promoted by the last. */
static void
test_wire_of_a_superpage(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;
	int i;

	map = program(mach);
	map_at(mach, map, VA, 512, NULL, RW);
	for (i = 0; i < 512; i++)
		fault(mach, map, VA + ptoa(i), VM_PROT_WRITE);
	assert_superpage(mach, map->pmap, VA);
	assert_sysctl(mach, "vm.pmap.pde.promotions", 1);
	assert_int_equal(vm_map_wire(mach, map, VA, VA + NBPDR,
	    VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES), KERN_SUCCESS);
	assert_superpage(mach, map->pmap, VA);
	assert_int_equal(support_pde(mach, map->pmap, VA) & ~PG_PS_FRAME,
	    NX | 0x6e7);
	assert_sysctl(mach, "vm.pmap.pde.promotions", 2);
	assert_sysctl(mach, "vm.pmap.pde.demotions", 1);
	assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 512);
	/* Unwiring demotes again, and nothing promotes any more. */
	assert_int_equal(vm_map_unwire(mach, map, VA, VA + NBPDR,
	    VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES), KERN_SUCCESS);
	assert_not_superpage(mach, map->pmap, VA);
	assert_sysctl(mach, "vm.pmap.pde.promotions", 2);
	assert_sysctl(mach, "vm.pmap.pde.demotions", 2);
	assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 0);
	vmspace_free(mach, map);
}

/* ---- copying wired entries ---------------------------------------------- */

static void
test_fork_copies_wired_entry(void **state)
{
	struct machine *mach = *state;
	vm_map_t child, parent;
	vm_object_t object;
	vm_page_t m, original;
	int i;

	parent = program(mach);
	map_at(mach, parent, VA + 0x5000, 3, NULL, RW);
	assert_int_equal(vm_map_wire(mach, parent, VA + 0x5000,
	    VA + 0x8000, VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES),
	    KERN_SUCCESS);
	for (i = 0; i < 3; i++)
		put_byte(mach, page_at(mach, parent, VA + 0x5000 + ptoa(i)),
		    (char)('a' + i));
	child = vmspace_fork(mach, parent);
	object = object_at(mach, child, VA + 0x5000);
	assert_ptr_not_equal(object, object_at(mach, parent, VA + 0x5000));
	assert_int_equal(object->size, 3);
	assert_int_equal(object->flags, OBJ_ONEMAPPING | OBJ_COLORED);
	assert_int_equal(object->pg_color, 5);
	assert_true(object->uip);
	assert_int_equal(entry_at(mach, child, VA + 0x5000)->offset, 0);
	assert_int_equal(entry_at(mach, child, VA + 0x5000)->wired_count, 0);
	for (i = 0; i < 3; i++) {
		m = page_at(mach, child, VA + 0x5000 + ptoa(i));
		original = page_at(mach, parent, VA + 0x5000 + ptoa(i));
		assert_ptr_not_equal(m, original);
		assert_int_equal(get_byte(mach, m), 'a' + i);
		/* Writable, as if read. */
		assert_pte(mach, child->pmap, VA + 0x5000 + ptoa(i),
		    VM_PAGE_TO_PHYS(m) | NX | 0x427);
		assert_page(m, PG_WRITEABLE, 0xff, 0, PQ_ACTIVE, 0);
		assert_int_equal(original->wire_count, 1);
	}
	vmspace_free(mach, child);
	vmspace_free(mach, parent);
}

/* One entry as source and destination: a wired one becomes writable. */
static void
test_copy_entry_upgrade(void **state)
{
	struct machine *mach = *state;
	vm_object_t object, source;
	vm_map_entry_t entry;
	vm_map_t map;
	vm_page_t m, old[2];
	uint64_t id;
	int i;

	map = program(mach);
	source = support_object(mach, 16, &color0);
	id = source->id;
	for (i = 0; i < 2; i++) {
		old[i] = support_page(mach, source, (vm_pindex_t)(4 + i),
		    VM_ALLOC_NORMAL);
		put_byte(mach, old[i], (char)('a' + i));
	}
	vm_object_reference(mach, source);
	assert_int_equal(vm_map_insert(mach, map, source, ptoa(4), VA,
	    VA + ptoa(2), VM_PROT_READ, VM_PROT_ALL, MAP_COPY_ON_WRITE),
	    KERN_SUCCESS);
	assert_int_equal(vm_map_wire(mach, map, VA, VA + ptoa(2),
	    VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES), KERN_SUCCESS);
	assert_int_equal(old[0]->wire_count, 1);
	entry = entry_at(mach, map, VA);
	entry->protection = RW;
	entry->uip = true;
	vm_fault_copy_entry(mach, map, map, entry, entry);
	object = entry->object.vm_object;
	assert_ptr_not_equal(object, source);
	assert_int_equal(entry->offset, 0);
	assert_false(entry->uip);
	assert_true(object->uip);
	assert_int_equal(entry->eflags & (MAP_ENTRY_COW |
	    MAP_ENTRY_NEEDS_COPY), 0);
	for (i = 0; i < 2; i++) {
		m = page_at(mach, map, VA + ptoa(i));
		assert_ptr_equal(m->object, object);
		assert_int_equal(get_byte(mach, m), 'a' + i);
		assert_pte(mach, map->pmap, VA + ptoa(i),
		    VM_PAGE_TO_PHYS(m) | NX | 0x667);
		assert_page(m, PG_WRITEABLE, 0xff, 0, PQ_NONE, 1);
		assert_int_equal(old[i]->wire_count, 0);
		assert_int_equal(old[i]->queue, PQ_INACTIVE);
	}
	assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 2);
	/* The entry's reference went with the entry's need. */
	assert_int_equal(source->id, id);
	assert_int_equal(source->ref_count, 1);
	vm_object_deallocate(mach, source);
	vmspace_free(mach, map);
}

static void
test_copy_entry_searches_behind_readonly_source(void **state)
{
	struct machine *mach;
	vm_object_t front, source;
	vm_map_entry_t dst, src;
	vm_map_t child, map;
	int i;

	support_destroy(*state);
	for (i = 0; i < 2; i++) {
		mach = support_boot(SUPPORT_SMALL);
		source = support_object(mach, 64, &color0);
		put_byte(mach, support_page(mach, source, 1, VM_ALLOC_NORMAL),
		    's');
		map = shadow_program(mach, source, true, &front);
		src = entry_at(mach, map, VA);
		src->end = VA + PAGE_SIZE;
		src->protection = i == 0 ? VM_PROT_READ : RW;
		child = program(mach);
		map_at(mach, child, VA, 1, NULL, VM_PROT_READ);
		dst = entry_at(mach, child, VA);
		dst->uip = false;
		if (i == 0) {
			vm_fault_copy_entry(mach, child, map, dst, src);
			assert_int_equal(get_byte(mach, page_at(mach, child,
			    VA)), 's');
			src->end = VA + ptoa(16);
		} else
			assert_panics(mach, "vm_fault_copy_wired: page missing",
			    vm_fault_copy_entry(mach, child, map, dst, src));
		support_destroy(mach);
	}
	*state = NULL;
}

static void
test_copy_entry_assertions(void **state)
{
	struct machine *mach;
	vm_map_entry_t dst, src;
	vm_map_t child, map;
	int i;

	support_destroy(*state);
	for (i = 0; i < 2; i++) {
		mach = support_boot(SUPPORT_SMALL);
		map = program(mach);
		map_at(mach, map, VA, 1, support_object(mach, 1, NULL), RW);
		src = entry_at(mach, map, VA);
		child = program(mach);
		map_at(mach, child, VA, 1, NULL, RW);
		dst = entry_at(mach, child, VA);
		dst->uip = i == 1;
		if (i == 0)
			dst->object.vm_object = support_object(mach, 1, NULL);
		assert_panics(mach, i == 0 ?
		    "vm_fault_copy_entry: vm_object not NULL" :
		    "vm_fault_copy_entry: leaked swp charge",
		    vm_fault_copy_entry(mach, child, map, dst, src));
		support_destroy(mach);
	}
	*state = NULL;
}

static void
test_copy_entry_waits_for_memory(void **state)
{
	struct machine *mach = *state;
	vm_map_t child, parent;

	parent = program(mach);
	map_at(mach, parent, VA, 1, NULL, RW);
	assert_int_equal(vm_map_wire(mach, parent, VA, VA + ptoa(1),
	    VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES), KERN_SUCCESS);
	/* The child's PML4 comes first, then the copy: refused once. */
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 2, false);
	child = vmspace_fork(mach, parent);
	assert_true(pmapsim_inject_seen(mach, PMAPSIM_INJECT_PAGE_ALLOC) > 2);
	assert_true(pmap_extract(mach, child->pmap, VA) != 0);
	vmspace_free(mach, child);
	vmspace_free(mach, parent);
}

/* ---- the worked examples ------------------------------------------------ */

/*
 * The examples' memory but for the part below 1 MB, which the descriptions of
 * machines cannot say and which no example uses: 158 pages fewer are free.
 */
#define EXAMPLE "mem=80M first=0x1142000 kmem=0 ncpu=2 invariants=on"
#define EXAMPLE_LOW_PAGES 158

struct example {
	int64_t resident, wire, free;
	int64_t pv_count, pv_allocs, pv_frees, pv_spare;
	int64_t chunks, chunk_allocs, chunk_frees;
	int64_t promotions, demotions, p_failures;
};

static void
assert_example(struct machine *mach, vm_map_t map, const struct example *want)
{

	assert_int_equal(pmapsim_pmap_resident_count(map->pmap),
	    want->resident);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", want->wire);
	assert_sysctl(mach, "vm.stats.vm.v_free_count",
	    want->free - EXAMPLE_LOW_PAGES);
	assert_sysctl(mach, "vm.pmap.pv_entry_count", want->pv_count);
	assert_sysctl(mach, "vm.pmap.pv_entry_allocs", want->pv_allocs);
	assert_sysctl(mach, "vm.pmap.pv_entry_frees", want->pv_frees);
	assert_sysctl(mach, "vm.pmap.pv_entry_spare", want->pv_spare);
	assert_sysctl(mach, "vm.pmap.pc_chunk_count", want->chunks);
	assert_sysctl(mach, "vm.pmap.pc_chunk_allocs", want->chunk_allocs);
	assert_sysctl(mach, "vm.pmap.pc_chunk_frees", want->chunk_frees);
	assert_sysctl(mach, "vm.pmap.pde.promotions", want->promotions);
	assert_sysctl(mach, "vm.pmap.pde.demotions", want->demotions);
	assert_sysctl(mach, "vm.pmap.pde.p_failures", want->p_failures);
}

/* The frames of the pmap's pv chunks from head to tail. */
static void
assert_chunks(struct machine *mach, vm_map_t map, unsigned n,
    const vm_paddr_t *want)
{
	struct pv_chunk *pc;
	unsigned i;

	i = 0;
	TAILQ_FOREACH(pc, &map->pmap->pm_pvchunk, pc_list) {
		assert_true(i < n);
		assert_int_equal((char *)pc - (char *)physmem_ptr(mach, 0),
		    want[i]);
		i++;
	}
	assert_int_equal(i, n);
}

static vm_map_t
example_program(struct machine *mach)
{
	vm_map_t map;

	map = program(mach);
	map_at(mach, map, VA, 1024, vm_object_allocate(mach, OBJT_DEFAULT,
	    1024), RW);
	return (map);
}

static void
test_example_c1_to_c6(void **state)
{
	static const vm_paddr_t four[] = {
	    0x2007000, 0x2004000, 0x2005000, 0x2006000 };
	static const vm_paddr_t one[] = { 0x2004000 };
	struct example want;
	struct pmapsim_pte entries;
	struct machine *mach;
	vm_object_t object;
	vm_map_t map;
	int i;

	support_destroy(*state);
	*state = mach = support_boot(EXAMPLE);
	map = example_program(mach);
	object = object_at(mach, map, VA);

	/* C1 */
	fault(mach, map, VA, VM_PROT_WRITE);
	assert_int_equal((char *)map->pmap->pm_pml4 -
	    (char *)physmem_ptr(mach, 0), 0x2000000);
	pmapsim_pte(mach, map->pmap, VA, &entries);
	assert_int_equal(entries.pml4e, 0x2003067);
	assert_int_equal(entries.pdpe, 0x2002067);
	assert_int_equal(entries.pde, 0x2001067);
	assert_int_equal(entries.pte, UINT64_C(0x8000000001200467));
	assert_int_equal(object->pg_color, 0);
	assert_chunks(mach, map, 1, one);
	want = (struct example){ 4, 5, 16214, 1, 1, 0, 167, 1, 1, 0, 0, 0, 0 };
	assert_example(mach, map, &want);

	/* C2 */
	for (i = 1; i <= 510; i++)
		fault(mach, map, VA + ptoa(i), VM_PROT_WRITE);
	assert_chunks(mach, map, 4, four);
	want = (struct example){ 514, 8, 15701, 511, 511, 0, 161, 4, 4, 0,
	    0, 0, 0 };
	assert_example(mach, map, &want);

	/* C3 */
	fault(mach, map, VA + ptoa(511), VM_PROT_WRITE);
	assert_int_equal(support_pde(mach, map->pmap, VA),
	    UINT64_C(0x80000000012004e7));
	assert_chunks(mach, map, 1, one);
	want = (struct example){ 515, 5, 15703, 1, 512, 511, 167, 1, 4, 3,
	    1, 0, 0 };
	assert_example(mach, map, &want);

	/* C4: protected as a whole; what the MMU knew is known now. */
	for (i = 0; i < 512; i++)
		vm_page_lookup(mach, object, (vm_pindex_t)i)->dirty = 0;
	assert_int_equal(vm_map_protect(mach, map, VA, VA + ptoa(1024),
	    VM_PROT_READ, FALSE), KERN_SUCCESS);
	assert_int_equal(support_pde(mach, map->pmap, VA),
	    UINT64_C(0x80000000012004a5));
	for (i = 0; i < 512; i++)
		assert_int_equal(vm_page_lookup(mach, object,
		    (vm_pindex_t)i)->dirty, 0xff);
	assert_example(mach, map, &want);

	/* C5 */
	assert_int_equal(vm_map_protect(mach, map, VA, VA + ptoa(1024), RW,
	    FALSE), KERN_SUCCESS);
	fault(mach, map, VA + ptoa(5), VM_PROT_WRITE);
	assert_int_equal(support_pde(mach, map->pmap, VA), 0x2001067);
	assert_pte(mach, map->pmap, VA, UINT64_C(0x8000000001200425));
	assert_pte(mach, map->pmap, VA + ptoa(5),
	    UINT64_C(0x8000000001205467));
	assert_chunks(mach, map, 4, four);
	want = (struct example){ 515, 8, 15700, 512, 1023, 511, 160, 4, 7, 3,
	    1, 1, 1 };
	assert_example(mach, map, &want);

	/* C6 */
	for (i = 0; i < 512; i++)
		if (i != 5)
			fault(mach, map, VA + ptoa(i), VM_PROT_WRITE);
	assert_int_equal(support_pde(mach, map->pmap, VA),
	    UINT64_C(0x80000000012004e7));
	want = (struct example){ 515, 5, 15703, 1, 1023, 1022, 167, 1, 7, 6,
	    2, 1, 511 };
	assert_example(mach, map, &want);
	vmspace_free(mach, map);
	assert_sysctl(mach, "vm.stats.vm.v_free_count",
	    16220 - EXAMPLE_LOW_PAGES);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", 0);
}

static void
test_example_c7_read_only_pages(void **state)
{
	struct machine *mach;
	vm_map_t map;
	int i;

	support_destroy(*state);
	*state = mach = support_boot(EXAMPLE);
	map = example_program(mach);
	for (i = 0; i < 512; i++) {
		assert_not_superpage(mach, map->pmap, VA);
		fault(mach, map, VA + ptoa(i), VM_PROT_READ);
		if (i < 511)
			assert_pte(mach, map->pmap, VA + ptoa(i),
			    UINT64_C(0x8000000001200427) + ptoa(i));
	}
	assert_int_equal(support_pde(mach, map->pmap, VA),
	    UINT64_C(0x80000000012004a5));
	assert_sysctl(mach, "vm.pmap.pde.promotions", 1);
	assert_sysctl(mach, "vm.pmap.pde.p_failures", 0);
	vmspace_free(mach, map);
}

static void
test_example_c8_one_written_page(void **state)
{
	struct machine *mach;
	vm_map_t map;
	uint64_t low;
	int i;

	support_destroy(*state);
	*state = mach = support_boot(EXAMPLE);
	map = example_program(mach);
	for (i = 0; i < 512; i++)
		fault(mach, map, VA + ptoa(i),
		    i == 300 ? VM_PROT_WRITE : VM_PROT_READ);
	assert_sysctl(mach, "vm.pmap.pde.promotions", 0);
	assert_sysctl(mach, "vm.pmap.pde.p_failures", 1);
	for (i = 0; i < 512; i++) {
		low = i == 300 ? 0x467 : i == 0 || i > 300 ? 0x425 : 0x427;
		assert_pte(mach, map->pmap, VA + ptoa(i),
		    (NX | 0x1200000 | low) + ptoa(i));
	}
	vmspace_free(mach, map);
}

static void
test_example_e_fork_of_a_superpage(void **state)
{
	struct pmapsim_invalidations after, before;
	struct md_page *pvh;
	struct machine *mach;
	vm_object_t object, shadow;
	vm_map_t child, parent;
	vm_page_t copy, ptp;
	pv_entry_t pv;
	int64_t wired;
	int i;

	support_destroy(*state);
	*state = mach = support_boot(EXAMPLE);
	parent = example_program(mach);
	for (i = 0; i < 512; i++)
		fault(mach, parent, VA + ptoa(i), VM_PROT_WRITE);
	object = object_at(mach, parent, VA);
	for (i = 0; i < 512; i++)
		vm_page_lookup(mach, object, (vm_pindex_t)i)->dirty = 0;

	/* E1, E2 */
	pmapsim_invalidations(mach, &before);
	child = vmspace_fork(mach, parent);
	pmapsim_invalidations(mach, &after);
	assert_int_equal(after.all - before.all, 1);
	assert_int_equal(after.page - before.page, 0);
	assert_int_equal(after.range - before.range, 0);
	assert_int_equal(support_pde(mach, parent->pmap, VA),
	    UINT64_C(0x80000000012004a5));
	assert_int_equal(support_pde(mach, child->pmap, VA),
	    UINT64_C(0x80000000012004a5));
	for (i = 0; i < 512; i++)
		assert_int_equal(vm_page_lookup(mach, object,
		    (vm_pindex_t)i)->dirty, 0xff);
	assert_int_equal(pmapsim_pmap_resident_count(child->pmap), 2 + 512);
	assert_sysctl(mach, "vm.pmap.pde.mappings", 0);
	pvh = pa_to_pvh(mach, 0x1200000);
	pv = TAILQ_FIRST(&pvh->pv_list);
	assert_ptr_equal(pv_pmap(pv), parent->pmap);
	pv = TAILQ_NEXT(pv, pv_list);
	assert_ptr_equal(pv_pmap(pv), child->pmap);
	assert_null(TAILQ_NEXT(pv, pv_list));
	assert_sysctl(mach, "vm.pmap.pc_chunk_count", 2);

	/* E3 */
	pmap_activate(mach, child->pmap);
	pmapsim_invalidations(mach, &before);
	wired = support_sysctl(mach, "vm.stats.vm.v_wire_count");
	fault(mach, child, VA, VM_PROT_WRITE);
	pmapsim_invalidations(mach, &after);
	shadow = object_at(mach, child, VA);
	assert_ptr_equal(shadow->backing_object, object);
	assert_int_equal(shadow->flags, OBJ_ONEMAPPING | OBJ_COLORED);
	assert_int_equal(shadow->pg_color, 0);
	assert_int_equal(shadow->backing_object_offset, 0);
	copy = vm_page_lookup(mach, shadow, 0);
	assert_non_null(LIST_FIRST(&shadow->rvq));
	assert_int_equal(LIST_FIRST(&shadow->rvq)->popcnt, 1);
	assert_int_equal(VM_PAGE_TO_PHYS(copy) & PDRMASK, 0);
	ptp = phys_to_vm_page(mach, support_pde(mach, child->pmap, VA) &
	    PG_FRAME);
	assert_int_equal(support_pde(mach, child->pmap, VA) & ~PG_FRAME,
	    0x67);
	assert_int_equal(ptp->wire_count, 512);
	assert_pte(mach, child->pmap, VA, VM_PAGE_TO_PHYS(copy) | NX | 0x467);
	for (i = 1; i < 512; i++)
		assert_pte(mach, child->pmap, VA + ptoa(i),
		    (NX | 0x1200425) + ptoa(i));
	assert_sysctl(mach, "vm.pmap.pv_entry_count", 1 + 512);
	assert_int_equal(after.page - before.page, 1);
	assert_int_equal(after.all - before.all, 0);
	assert_sysctl(mach, "vm.pmap.pde.demotions", 1);
	assert_sysctl(mach, "vm.pmap.pde.p_failures", 0);
	assert_int_equal(pmapsim_pmap_resident_count(child->pmap), 515);
	/* The PTP, and three chunks more. */
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", wired + 1 + 3);
	assert_superpage(mach, parent->pmap, VA);
	vmspace_free(mach, child);
	vmspace_free(mach, parent);
	assert_sysctl(mach, "vm.stats.vm.v_free_count",
	    16220 - EXAMPLE_LOW_PAGES);
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
		support_test(test_wire_and_unwire),
		support_test(test_fault_change_wiring_of_unwired_entry),
		support_test(test_wire_copies_what_is_shared),
		support_test(test_cow_of_wired_page_moves_the_wiring),
		support_test(test_fault_wire_undoes_what_it_did),
		support_test(
		    test_unwire_skips_what_is_not_mapped_and_fictitious_pages),
		support_test(test_unwire_of_mixed_mappings),
		support_test(test_unwire_too_often_panics),
		support_test(test_unwire_of_never_accessed_superpage),
		support_test(test_wire_of_a_superpage),
		support_test(test_fork_copies_wired_entry),
		support_test(test_copy_entry_upgrade),
		support_test(test_copy_entry_searches_behind_readonly_source),
		support_test(test_copy_entry_assertions),
		support_test(test_copy_entry_waits_for_memory),
		support_test(test_example_c1_to_c6),
		support_test(test_example_c7_read_only_pages),
		support_test(test_example_c8_one_written_page),
		support_test(test_example_e_fork_of_a_superpage),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
