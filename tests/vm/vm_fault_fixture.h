/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of faults share: programs, what they map, and the pages that
 * they then see.
 *
 * Addresses that start with 0x8000000 belong to programs.  In a PTE, 0x427 is
 * read by a program that may write (NX aside), 0x467 is written, 0x425 may
 * only be read, 0x405 was entered beforehand and not accessed; each is
 * 0x200 more when wired.
 */
#ifndef TESTS_VM_VM_FAULT_FIXTURE_H
#define TESTS_VM_VM_FAULT_FIXTURE_H

#include "support.h"

#include "amd64/pmap_var.h"
#include "vm/vm_map.h"

#define VA UINT64_C(0x800000000)
#define RW (VM_PROT_READ | VM_PROT_WRITE)
#define NX (UINT64_C(1) << 63)

/* A colour by which index 0 starts a superpage. */
static const uint16_t color0 __attribute__((unused)) = 0;

/* A program, current on CPU 0. */
static inline vm_map_t
program(struct machine *mach)
{
	vm_map_t map;

	map = vmspace_alloc(mach);
	pmap_activate(mach, map->pmap);
	return (map);
}

/* Maps "object" (NULL: anonymous memory) of "size" pages at "va". */
static inline void
map_at(struct machine *mach, vm_map_t map, vm_offset_t va, vm_size_t size,
    vm_object_t object, vm_prot_t prot)
{

	assert_int_equal(vm_map_insert(mach, map, object, 0, va,
			     va + ptoa(size), prot, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
}

static inline vm_map_entry_t
entry_at(struct machine *mach, vm_map_t map, vm_offset_t va)
{
	vm_map_entry_t entry;

	assert_true(vm_map_lookup_entry(mach, map, va, &entry));
	return (entry);
}

static inline vm_object_t
object_at(struct machine *mach, vm_map_t map, vm_offset_t va)
{

	return (entry_at(mach, map, va)->object.vm_object);
}

static inline void
fault(struct machine *mach, vm_map_t map, vm_offset_t va, vm_prot_t type)
{

	assert_int_equal(vm_fault(mach, map, va, type, VM_FAULT_NORMAL),
	    KERN_SUCCESS);
}

/* The page that is mapped at "va". */
static inline vm_page_t
page_at(struct machine *mach, vm_map_t map, vm_offset_t va)
{

	return (phys_to_vm_page(mach, pmap_extract(mach, map->pmap, va)));
}

static inline void
put_byte(struct machine *mach, vm_page_t m, char value)
{

	*(char *)physmem_ptr(mach, VM_PAGE_TO_PHYS(m)) = value;
}

static inline char
get_byte(struct machine *mach, vm_page_t m)
{

	return (*(char *)physmem_ptr(mach, VM_PAGE_TO_PHYS(m)));
}

static inline void
assert_page(struct machine *mach, vm_page_t m, unsigned flags, unsigned valid,
    unsigned dirty, unsigned queue, unsigned wire_count)
{

	assert_int_equal(vm_page_flags(m) | vm_page_aflags(mach, m), flags);
	assert_int_equal(m->valid, valid);
	assert_int_equal(vm_page_use(mach, m)->dirty, dirty);
	assert_int_equal(m->queue, queue);
	assert_int_equal(m->wire_count, wire_count);
	assert_int_equal(m->oflags, 0);
}

/* Nothing of a fault may be left over. */
static inline void
assert_quiet(vm_object_t object)
{
	vm_page_t m;

	for (; object != NULL; object = object->backing_object) {
		assert_int_equal(object->paging_in_progress, 0);
		TAILQ_FOREACH(m, &object->memq, listq)
			assert_int_equal(m->oflags & VPO_BUSY, 0);
	}
}

/* "front" pages of a shadow before "source", mapped at VA; only the link
 * refers to the source unless "shared". */
static inline vm_map_t
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

#endif /* TESTS_VM_VM_FAULT_FIXTURE_H */
