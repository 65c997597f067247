/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of address maps and of programs' calls share: anonymous
 * memory, its pages, and all entries of a map at once.
 */
#ifndef TESTS_VM_VM_MAP_FIXTURE_H
#define TESTS_VM_VM_MAP_FIXTURE_H

#include "support.h"

#include "vm/vm_map.h"
#include "vm/vm_object.h"

#define KB(n) (UINT64_C(n) << 10)
#define MB(n) (UINT64_C(n) << 20)
#define RW (VM_PROT_READ | VM_PROT_WRITE)
#define ANON (PMAPSIM_MAP_ANON | PMAPSIM_MAP_PRIVATE)
/* Where an mmap() without an address begins to look. */
#define MMAP_START UINT64_C(0x800000000)

/* A map of "npages" pages from "min" on that borrows the kernel's pmap: it
 * maps nothing, so only its entries move. */
static inline vm_map_t
small_map(struct machine *mach, vm_offset_t min, unsigned npages)
{

	return (vm_map_create(mach, pmapsim_kernel_pmap(mach), min,
	    min + ptoa(npages)));
}

/* Maps "npages" pages of private anonymous memory wherever there is room. */
static inline vm_offset_t
anon(struct machine *mach, vm_map_t map, unsigned npages, vm_prot_t prot)
{
	vm_offset_t addr = 0;

	assert_int_equal(vm_mmap(mach, map, &addr, ptoa(npages), prot,
			     VM_PROT_ALL, ANON, NULL, 0),
	    0);
	return (addr);
}

static inline void
write_pages(struct machine *mach, vm_map_t map, vm_offset_t addr,
    unsigned npages)
{

	for (; npages > 0; npages--, addr += PAGE_SIZE)
		assert_int_equal(vm_fault(mach, map, addr, VM_PROT_WRITE,
				     VM_FAULT_NORMAL),
		    KERN_SUCCESS);
}

/* How many of the "n" pages from "addr" on are mapped. */
static inline unsigned
count_mapped(struct machine *mach, vm_map_t map, vm_offset_t addr, unsigned n)
{
	unsigned mapped;

	for (mapped = 0; n > 0; n--, addr += PAGE_SIZE)
		mapped += pmap_extract(mach, pmapsim_map_pmap(map), addr) != 0;
	return (mapped);
}

/* The entries of "map" are exactly the "n" given ranges, [start, end). */
static inline void
assert_entries(vm_map_t map, unsigned n, const vm_offset_t *ranges)
{
	vm_map_entry_t entry;
	vm_size_t size;
	unsigned i;

	i = 0;
	size = 0;
	for (entry = map->header.next; entry != &map->header;
	     entry = entry->next) {
		assert_true(i < n);
		assert_int_equal(entry->start, ranges[2 * i]);
		assert_int_equal(entry->end, ranges[2 * i + 1]);
		size += entry->end - entry->start;
		i++;
	}
	assert_int_equal(i, n);
	assert_int_equal(map->nentries, n);
	assert_int_equal(map->size, size);
}

/* [..####....##......##] in pages from 16 on, 20 pages in all */
static inline vm_map_t
three_entries(struct machine *mach)
{
	static const unsigned ranges[] = {2, 6, 10, 12, 18, 20};
	vm_map_t map = small_map(mach, ptoa(16), 20);
	unsigned i;

	for (i = 0; i < 6; i += 2)
		assert_int_equal(vm_map_insert(mach, map, NULL, 0,
				     ptoa(16 + ranges[i]),
				     ptoa(16 + ranges[i + 1]), VM_PROT_READ,
				     VM_PROT_ALL, 0),
		    KERN_SUCCESS);
	return (map);
}

#endif /* TESTS_VM_VM_MAP_FIXTURE_H */
