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

/* The counters of pv entries, and the memory they take. */
struct pv_counts {
	int count, spare, chunks, chunk_allocs, chunk_frees, tryfail;
	long allocs, frees;
	unsigned free, wired;
};

static inline struct pv_counts
pv_counts(struct machine *mach)
{
	const struct pmap_state *st = mach->pmap;
	struct pv_counts c;

	memset(&c, 0, sizeof(c));
	c.count = st->pv_entry_count;
	c.spare = st->pv_entry_spare;
	c.chunks = st->pc_chunk_count;
	c.chunk_allocs = st->pc_chunk_allocs;
	c.chunk_frees = st->pc_chunk_frees;
	c.tryfail = st->pc_chunk_tryfail;
	c.allocs = st->pv_entry_allocs;
	c.frees = st->pv_entry_frees;
	c.free = mach->cnt.v_free_count;
	c.wired = mach->cnt.v_wire_count;
	return (c);
}

static inline void
assert_pv_counts(struct machine *mach, const struct pv_counts *want)
{
	struct pv_counts now = pv_counts(mach);

	assert_int_equal(now.count, want->count);
	assert_int_equal(now.spare, want->spare);
	assert_int_equal(now.chunks, want->chunks);
	assert_int_equal(now.chunk_allocs, want->chunk_allocs);
	assert_int_equal(now.chunk_frees, want->chunk_frees);
	assert_int_equal(now.tryfail, want->tryfail);
	assert_int_equal(now.allocs, want->allocs);
	assert_int_equal(now.frees, want->frees);
	assert_int_equal(now.free, want->free);
	assert_int_equal(now.wired, want->wired);
}

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
