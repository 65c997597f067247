/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of pv entries and of their reclaim share.
 */
#ifndef TESTS_AMD64_PV_FIXTURE_H
#define TESTS_AMD64_PV_FIXTURE_H

#include "amd64/pmap_fixture.h"
#include "vm/vm_phys.h"

#define VA UINT64_C(0x40000000)
#define ENTRIES 168
#define CHUNKS_MAX 16

/* The chunks of "pmap", the first one first; returns their number. */
static inline unsigned
chunks(pmap_t pmap, struct pv_chunk **list)
{
	struct pv_chunk *pc;
	unsigned n;

	n = 0;
	TAILQ_FOREACH(pc, &pmap->pm_pvchunk, pc_list) {
		assert_true(n < CHUNKS_MAX);
		assert_ptr_equal(pc->pc_pmap, pmap);
		list[n++] = pc;
	}
	return (n);
}

static inline void
enter(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_page_t m,
    unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		pmap_enter(mach, pmap, va + ptoa(i), VM_PROT_WRITE, m + i,
		    VM_PROT_READ | VM_PROT_WRITE, FALSE);
}

#endif /* TESTS_AMD64_PV_FIXTURE_H */
