/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of promotion and of demotion share: full reservations and the
 * page tables that map them.
 */
#ifndef TESTS_AMD64_SUPERPAGE_FIXTURE_H
#define TESTS_AMD64_SUPERPAGE_FIXTURE_H

#include "amd64/pmap_fixture.h"

#define VA UINT64_C(0x800000000) /* example C's */
#define BITS_USER (PG_NX | PG_MANAGED | PG_V | PG_RW | PG_U | PG_A | PG_M)
#define BITS_KERNEL (PG_V | PG_RW | PG_A | PG_M | PG_G | PG_W)

/* The kernel's four counters and ours. */
struct counts {
	uint64_t promotions, demotions, failures, stores, superpages, inval;
	uint64_t reasons[PMAPSIM_PROMOTE_REASONS];
};

static inline struct counts
counts(struct machine *mach)
{
	struct counts c;
	unsigned i;

	memset(&c, 0, sizeof(c));
	c.promotions = mach->pmap->pmap_pde_promotions;
	c.demotions = mach->pmap->pmap_pde_demotions;
	c.failures = mach->pmap->pmap_pde_p_failures;
	c.stores = pmapsim_pte_stores(mach);
	c.superpages = pmapsim_superpages(mach, NULL);
	c.inval = mach->cpus[0].local[INVAL_PAGE];
	for (i = 0; i < PMAPSIM_PROMOTE_REASONS; i++)
		c.reasons[i] = pmapsim_promote_failures(mach, i);
	return (c);
}

static inline void
assert_all_counts(struct machine *mach, const struct counts *want)
{
	struct counts now = counts(mach);

	assert_int_equal(now.promotions, want->promotions);
	assert_int_equal(now.demotions, want->demotions);
	assert_int_equal(now.failures, want->failures);
	assert_int_equal(now.stores, want->stores);
	assert_int_equal(now.superpages, want->superpages);
	assert_int_equal(now.inval, want->inval);
	assert_memory_equal(now.reasons, want->reasons, sizeof(now.reasons));
}

static inline void
enter_one(struct machine *mach, pmap_t pmap, vm_page_t m, unsigned i,
    vm_prot_t access)
{

	pmap_enter(mach, pmap, VA + ptoa(i), access, m + i,
	    VM_PROT_READ | VM_PROT_WRITE, FALSE);
}

/* A page table of the kernel, to be written by hand; "*vap" is its address. */
static inline pt_entry_t *
kernel_table(struct machine *mach, vm_offset_t *vap)
{

	*vap = round_2mpage(kmem_alloc_nofault(mach, pmapsim_kernel_map(mach),
	    2 * NBPDR));
	return (pmap_pte(mach, kernel_pmap, *vap));
}

static inline void
fill(pt_entry_t *pte, pt_entry_t first)
{
	unsigned i;

	for (i = 0; i < NPTEPG; i++)
		pte[i] = first + ptoa(i);
}

static inline void
promote(struct machine *mach, vm_offset_t va)
{

	pmap_promote_pde(mach, kernel_pmap, pmap_pde(mach, kernel_pmap, va),
	    va);
}

#endif /* TESTS_AMD64_SUPERPAGE_FIXTURE_H */
