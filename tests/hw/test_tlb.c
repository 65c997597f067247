/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLBs: what each invalidation takes, what an entry allows, and how the cached
 * entries of tables shorten walks.
 */
#include <ctype.h>

#include "tlb_fixture.h"

#define VA UINT64_C(0x0000123440000000) /* 1 GB aligned */
#define PA UINT64_C(0x0000000080000000)
#define KVA UINT64_C(0xffffff8000000000)

static struct pmapsim_tlb_stats
stats_of(struct hw *hw)
{
	struct pmapsim_tlb_stats stats;

	assert_int_equal(pmapsim_tlb_stats(hw->mach, 0, &stats), PMAPSIM_OK);
	return (stats);
}

/* A page whose PTE goes is still there until the right thing is said. */
static void
test_what_each_invalidation_takes(void **state)
{
	static const uint64_t global[2] = {0, PG_G};
	struct hw hw;
	uint64_t *leaf, *other;
	unsigned g, kind, op, preset, size;
	bool gone;

	for (preset = 0; pmapsim_tlb_preset(preset) != NULL; preset++)
		for (size = 0; size < 3; size++)
			for (g = 0; g < 2; g++)
				for (kind = 0; kind < 2; kind++)
					for (op = 0; op < 6; op++) {
						const unsigned access = kind ?
						    MMU_FETCH :
						    MMU_READ;
						const vm_offset_t in = VA +
						    (UINT64_C(1)
							<< (12 + 9 * size)) -
						    8;

						hw_boot(&hw, 8 << 20, 2,
						    pmapsim_tlb_preset(preset));
						leaf = hw_map(&hw, VA, size,
						    PA | HW_ALL | global[g]);
						other = hw_map(&hw, KVA, 0,
						    PA | HW_RW);
						/* The instruction TLB's 1G pages may be nobody's. */
						assert_pa(hw_access(&hw, in,
							      access),
						    PA + (in - VA));
						assert_pa(hw_access(&hw, KVA,
							      access),
						    PA);
						*leaf = 0;
						*other = 0;
						if (strcmp(pmapsim_tlb_preset(
							       preset),
							"nehalem") != 0 ||
						    size != 2)
							assert_pa(hw_access(&hw,
								      in,
								      access),
							    PA + (in - VA));
						switch (op) {
						case 0: /* its own, from any address in the page */
							cpu_invlpg(hw.mach,
							    hw.cpu, VA + 123);
							gone = true;
							break;
						case 1: /* another page */
							cpu_invlpg(hw.mach,
							    hw.cpu,
							    VA +
								(UINT64_C(1)
								    << 30));
							gone = false;
							break;
						case 2:
							cpu_invltlb(hw.mach,
							    hw.cpu);
							gone = g == 0;
							assert_fault(
							    hw_access(&hw, KVA,
								access),
							    access);
							break;
						case 3:
							cpu_load_cr3(hw.mach,
							    hw.cpu, hw.cr3);
							gone = g == 0;
							break;
						case 4:
							cpu_toggle_pge(hw.mach,
							    hw.cpu);
							gone = true;
							break;
						default: /* on the other CPU, all there is */
							cpu_toggle_pge(hw.mach,
							    &hw.mach->cpus[1]);
							cpu_invlpg(hw.mach,
							    &hw.mach->cpus[1],
							    VA);
							gone = false;
							break;
						}
						hw.cpu->cr2 = 0;
						if (gone ||
						    (strcmp(pmapsim_tlb_preset(
								preset),
							 "nehalem") == 0 &&
							size == 2)) {
							assert_fault(
							    hw_access(&hw, in,
								access),
							    access);
							assert_int_equal(
							    hw.cpu->cr2, in);
						} else
							assert_pa(hw_access(&hw,
								      in,
								      access),
							    PA + (in - VA));
						hw_destroy(&hw);
					}
}

static void
test_each_cpu_has_its_own(void **state)
{
	struct hw hw;
	uint64_t *leaf;
	unsigned i;

	hw_boot(&hw, 8 << 20, 32, "k10");
	leaf = hw_map(&hw, VA, 0, PA | HW_ALL);
	for (i = 0; i < 32; i += 2)
		assert_pa(mmu_access(hw.mach, &hw.mach->cpus[i], VA, MMU_READ),
		    PA);
	*leaf = 0;
	for (i = 0; i < 32; i++)
		if (i % 2 == 0)
			assert_pa(mmu_access(hw.mach, &hw.mach->cpus[i], VA,
				      MMU_READ),
			    PA);
		else
			assert_fault(mmu_access(hw.mach, &hw.mach->cpus[i], VA,
					 MMU_READ),
			    0);
	hw_destroy(&hw);
}

/* G counts only while CR4.PGE is set. */
static void
test_global_needs_pge(void **state)
{
	struct hw hw;
	uint64_t *leaf;

	hw_boot(&hw, 8 << 20, 1, TINY);
	hw.cpu->cr4 = 0;
	leaf = hw_map(&hw, VA, 0, PA | HW_ALL | PG_G);
	assert_pa(hw_access(&hw, VA, MMU_READ), PA);
	*leaf = 0;
	cpu_invltlb(hw.mach, hw.cpu);
	assert_fault(hw_access(&hw, VA, MMU_READ), 0);
	hw_destroy(&hw);
}

/* More flushes than there are lives: none must come back from the dead. */
static void
test_flushes_beyond_the_number_of_lives(void **state)
{
	struct hw hw;
	uint64_t *leaf;
	unsigned i;

	hw_boot(&hw, 8 << 20, 1, TINY);
	leaf = hw_map(&hw, VA, 0, PA | HW_ALL);
	hw_map(&hw, KVA, 0, PA | HW_RW | PG_G);
	assert_pa(hw_access(&hw, KVA, MMU_READ), PA);
	*hw_entry(&hw, KVA, 1) = 0;
	for (i = 0; i < 10000; i++) {
		*leaf = (PA + PAGE_SIZE) | HW_ALL;
		assert_pa(hw_access(&hw, VA, MMU_READ), PA + PAGE_SIZE);
		*leaf = 0;
		assert_pa(hw_access(&hw, VA, MMU_READ), PA + PAGE_SIZE);
		cpu_invltlb(hw.mach, hw.cpu);
		assert_fault(hw_access(&hw, VA, MMU_READ), 0);
		assert_pa(hw_access(&hw, KVA, MMU_READ), PA);
	}
	assert_int_equal(stats_of(&hw).flushes, 10000);
	cpu_toggle_pge(hw.mach, hw.cpu);
	assert_int_equal(stats_of(&hw).flushes_global, 1);
	assert_fault(hw_access(&hw, KVA, MMU_READ), 0);
	/* The same when the living are many at the wrap. */
	for (i = 0; i < 10000; i++)
		cpu_toggle_pge(hw.mach, hw.cpu);
	assert_int_equal(stats_of(&hw).in_use[0][0][0], 0);
	hw_destroy(&hw);
}

/* What absent, unaccessed and faulting translations leave: nothing. */
static void
test_faults_are_not_remembered(void **state)
{
	struct hw hw;
	uint64_t *leaf;

	hw_boot(&hw, 8 << 20, 1, CACHES);
	leaf = hw_map(&hw, VA, 0, 0);
	assert_fault(hw_access(&hw, VA, MMU_WRITE), MMU_WRITE);
	assert_int_equal(stats_of(&hw).in_use[0][0][0], 0);
	*leaf = PA | PG_V;
	/* P 0 -> 1 needs no invalidation. */
	assert_fault(hw_access(&hw, VA, MMU_WRITE), PGEX_P | MMU_WRITE);
	assert_int_equal(*leaf, PA | PG_V);
	assert_pa(hw_access(&hw, VA, MMU_READ), PA);
	/* A fault takes the entry away, so that the next access walks. */
	assert_int_equal(stats_of(&hw).in_use[0][0][0], 1);
	assert_fault(hw_access(&hw, VA, MMU_WRITE), PGEX_P | MMU_WRITE);
	assert_int_equal(stats_of(&hw).in_use[0][0][0], 0);
	/* RW 0 -> 1 needs none either: no fault is spurious. */
	assert_pa(hw_access(&hw, VA, MMU_READ), PA);
	*leaf |= PG_RW;
	assert_pa(hw_access(&hw, VA, MMU_WRITE), PA);
	assert_int_equal(*leaf, PA | HW_RW | PG_A | PG_M);
	/* US and NX the same way. */
	*leaf |= PG_NX;
	cpu_invlpg(hw.mach, hw.cpu, VA);
	assert_pa(hw_access(&hw, VA, MMU_READ), PA);
	assert_fault(hw_access(&hw, VA, MMU_FETCH), PGEX_P | PGEX_I);
	*leaf = PA | HW_ALL;
	assert_pa(hw_access(&hw, VA, MMU_FETCH | MMU_USER), PA);
	assert_pa(hw_access(&hw, VA, MMU_WRITE | MMU_USER), PA);
	assert_int_equal(hw_access(&hw, UINT64_C(1) << 47, 0).result,
	    MMU_NONCANONICAL);
	hw_destroy(&hw);
}

/* Rights taken away are had until the invalidation. */
static void
test_stale_rights(void **state)
{
	struct hw hw;
	uint64_t *leaf;

	hw_boot(&hw, 8 << 20, 1, TINY);
	leaf = hw_map(&hw, VA, 0, PA | HW_ALL);
	/* RW 1 -> 0 after a read: the first write walks, and sees it. */
	assert_pa(hw_access(&hw, VA, MMU_READ), PA);
	*leaf &= ~PG_RW;
	assert_fault(hw_access(&hw, VA, MMU_WRITE), PGEX_P | PGEX_W);
	/* After a write: it is not seen. */
	*leaf |= PG_RW;
	assert_pa(hw_access(&hw, VA, MMU_WRITE | MMU_USER), PA);
	*leaf = PA | PG_V | PG_NX | PG_A;
	assert_pa(hw_access(&hw, VA, MMU_WRITE | MMU_USER), PA);
	assert_pa(hw_access(&hw, VA, MMU_READ | MMU_USER), PA);
	assert_int_equal(*leaf, PA | PG_V | PG_NX | PG_A);
	cpu_invlpg(hw.mach, hw.cpu, VA);
	assert_fault(hw_access(&hw, VA, MMU_READ | MMU_USER), PGEX_P | PGEX_U);
	/* CR0.WP is asked at each access, not when the entry was made. */
	assert_pa(hw_access(&hw, VA, MMU_READ), PA);
	assert_fault(hw_access(&hw, VA, MMU_WRITE), PGEX_P | PGEX_W);
	hw.cpu->cr0 &= ~CR0_WP;
	assert_pa(hw_access(&hw, VA, MMU_READ), PA);
	assert_pa(hw_access(&hw, VA, MMU_WRITE), PA);
	assert_true((*leaf & PG_M) != 0);
	hw.cpu->cr0 |= CR0_WP;
	assert_fault(hw_access(&hw, VA, MMU_WRITE), PGEX_P | PGEX_W);
	hw_destroy(&hw);
}

static void
test_accessed_and_dirty_through_an_entry(void **state)
{
	struct hw hw;
	uint64_t *leaf;

	hw_boot(&hw, 8 << 20, 1, TINY);
	leaf = hw_map(&hw, VA, 0, PA | HW_ALL);
	assert_pa(hw_access(&hw, VA, MMU_READ), PA);
	assert_int_equal(*leaf, PA | HW_ALL | PG_A);
	/* Cleared by software: set again only by a walk. */
	*leaf &= ~PG_A;
	assert_pa(hw_access(&hw, VA, MMU_READ), PA);
	assert_int_equal(*leaf, PA | HW_ALL);
	/* The first write is a walk: it sets both. */
	assert_pa(hw_access(&hw, VA, MMU_WRITE), PA);
	assert_int_equal(*leaf, PA | HW_ALL | PG_A | PG_M);
	assert_int_equal(stats_of(&hw).dirty_walks, 1);
	*leaf &= ~PG_M;
	assert_pa(hw_access(&hw, VA, MMU_WRITE), PA);
	assert_int_equal(*leaf, PA | HW_ALL | PG_A);
	cpu_invlpg(hw.mach, hw.cpu, VA);
	assert_pa(hw_access(&hw, VA, MMU_WRITE), PA);
	assert_int_equal(*leaf, PA | HW_ALL | PG_A | PG_M);
	assert_int_equal(stats_of(&hw).dirty_walks, 1);
	hw_destroy(&hw);
}

/*
 * A 1 GB page in a TLB of smaller ones is pieces, and one invlpg anywhere in
 * the page takes all of them.
 */
static void
test_pieces_of_a_large_page(void **state)
{
	struct hw hw;
	uint64_t *leaf;
	struct pmapsim_tlb_stats s;
	unsigned i;

	hw_boot(&hw, 8 << 20, 1, "k10");
	leaf = hw_map(&hw, VA, PMAPSIM_TLB_1G, PA | HW_ALL);
	for (i = 0; i < 4; i++)
		assert_pa(hw_access(&hw, VA + i * NBPDR + 7, MMU_FETCH),
		    PA + i * NBPDR + 7);
	assert_pa(hw_access(&hw, VA + 4 * NBPDR, MMU_READ), PA + 4 * NBPDR);
	s = stats_of(&hw);
	assert_int_equal(s.in_use[0][1][PMAPSIM_TLB_2M], 4);
	assert_int_equal(s.in_use[0][0][PMAPSIM_TLB_1G], 1);
	assert_int_equal(s.in_use[1][0][PMAPSIM_TLB_1G], 1);
	/* All of it is memory that the 1 GB entry covers. */
	assert_int_equal(s.covered, NBPDP);
	assert_int_equal(s.misses[0][1][PMAPSIM_TLB_1G], 4);
	*leaf = 0;
	for (i = 0; i < 4; i++)
		assert_pa(hw_access(&hw, VA + i * NBPDR, MMU_FETCH),
		    PA + i * NBPDR);
	cpu_invlpg(hw.mach, hw.cpu, VA + 300 * NBPDR);
	for (i = 0; i < 4; i++)
		assert_fault(hw_access(&hw, VA + i * NBPDR, MMU_FETCH), PGEX_I);
	s = stats_of(&hw);
	assert_int_equal(s.covered, 0);
	assert_int_equal(s.invlpg, 1);
	hw_destroy(&hw);
}

/* Entries of 4 KB from before a page became 2 MB large are not the 2 MB's. */
static void
test_promotion_leaves_4k_entries(void **state)
{
	struct hw hw;
	struct pmapsim_tlb_stats s;
	vm_offset_t va;
	uint64_t *pde;
	unsigned i;

	hw_boot(&hw, 8 << 20, 1, "k10");
	for (va = VA; va < VA + 4 * PAGE_SIZE; va += PAGE_SIZE) {
		hw_map(&hw, va, 0, (PA + (va - VA)) | HW_ALL);
		assert_pa(hw_access(&hw, va, MMU_WRITE), PA + (va - VA));
	}
	pde = hw_entry(&hw, VA, 2);
	*pde = PA | HW_ALL | PG_PS;
	/* A miss next to them brings the large page in. */
	assert_pa(hw_access(&hw, VA + 9 * PAGE_SIZE, MMU_WRITE),
	    PA + 9 * PAGE_SIZE);
	s = stats_of(&hw);
	assert_int_equal(s.in_use[0][0][0], 4);
	assert_int_equal(s.in_use[0][0][1], 1);
	assert_int_equal(s.covered, NBPDR);
	assert_int_equal(s.multimatches, 0);
	/* Now each lookup of the four finds two, every time. */
	assert_pa(hw_access(&hw, VA, MMU_READ), PA);
	assert_pa(hw_access(&hw, VA, MMU_READ), PA);
	assert_pa(hw_access(&hw, VA + PAGE_SIZE, MMU_READ), PA + PAGE_SIZE);
	assert_int_equal(stats_of(&hw).multimatches, 3);
	assert_pa(hw_access(&hw, VA + 9 * PAGE_SIZE, MMU_READ),
	    PA + 9 * PAGE_SIZE);
	assert_int_equal(stats_of(&hw).multimatches, 3);
	/* However often the large one is found alone. */
	for (i = 0; i < 3 * TLB_SINGLE; i++)
		assert_pa(hw_access(&hw, VA + 9 * PAGE_SIZE, MMU_READ),
		    PA + 9 * PAGE_SIZE);
	assert_int_equal(stats_of(&hw).multimatches, 3);
	assert_pa(hw_access(&hw, VA, MMU_READ), PA);
	assert_int_equal(stats_of(&hw).multimatches, 4);
	/* One invlpg takes one 4 KB entry, and the large one. */
	*pde = 0;
	cpu_invlpg(hw.mach, hw.cpu, VA);
	assert_fault(hw_access(&hw, VA, MMU_READ), 0);
	assert_fault(hw_access(&hw, VA + 9 * PAGE_SIZE, MMU_READ), 0);
	for (va = VA + PAGE_SIZE; va < VA + 4 * PAGE_SIZE; va += PAGE_SIZE)
		assert_pa(hw_access(&hw, va, MMU_READ), PA + (va - VA));
	assert_int_equal(stats_of(&hw).multimatches, 4);
	hw_destroy(&hw);
}

/*
 * A large page whose 4 KB entries have all gone is an entry as any other, whose
 * hits need no lookup.
 */
static void
test_large_page_is_alone_again(void **state)
{
	struct hw hw;
	const struct tlb_entry *entry;
	const vm_offset_t other = VA + NBPDR;
	vm_offset_t va;
	unsigned i;

	hw_boot(&hw, 8 << 20, 1, "nehalem");
	hw_map(&hw, VA, 0, PA | HW_ALL);
	assert_pa(hw_access(&hw, VA, MMU_WRITE), PA);
	*hw_entry(&hw, VA, 2) = PA | HW_ALL | PG_PS;
	assert_pa(hw_access(&hw, VA + PAGE_SIZE, MMU_WRITE), PA + PAGE_SIZE);
	entry = tlb_hinted(hw.cpu->tlb, VA + PAGE_SIZE, 0);
	assert_true(entry->overlap);
	for (i = 0; i < 2 * TLB_SINGLE; i++)
		hw_access(&hw, VA + PAGE_SIZE, MMU_READ);
	assert_true(entry->overlap);
	/* The first level has 64 entries of 4 KB. */
	for (va = other; va < other + 64 * PAGE_SIZE; va += PAGE_SIZE) {
		hw_map(&hw, va, 0, (PA + (va - other)) | HW_ALL);
		assert_pa(hw_access(&hw, va, MMU_READ), PA + (va - other));
	}
	for (i = 0; i < TLB_SINGLE; i++)
		assert_pa(hw_access(&hw, VA + PAGE_SIZE, MMU_READ),
		    PA + PAGE_SIZE);
	assert_ptr_equal(tlb_hinted(hw.cpu->tlb, VA + PAGE_SIZE, 0), entry);
	assert_false(entry->overlap);
	assert_int_equal(stats_of(&hw).multimatches, 0);
	assert_int_equal(stats_of(&hw).hits[0][0][PMAPSIM_TLB_2M],
	    3 * TLB_SINGLE);
	hw_destroy(&hw);
}

/* What the first level lost the second still has. */
static void
test_second_level(void **state)
{
	struct hw hw;
	struct pmapsim_tlb_stats s;
	vm_offset_t va;
	uint64_t *leaf;

	hw_boot(&hw, 8 << 20, 1,
	    TINY "array l2 data 4K entries=16 ways=full\n");
	for (va = VA; va < VA + 6 * PAGE_SIZE; va += PAGE_SIZE) {
		hw_map(&hw, va, 0, (PA + (va - VA)) | HW_ALL);
		assert_pa(hw_access(&hw, va, MMU_READ), PA + (va - VA));
	}
	s = stats_of(&hw);
	assert_int_equal(s.misses[0][0][0], 6);
	assert_int_equal(s.misses[1][0][0], 6);
	assert_int_equal(s.evictions, 2);
	assert_int_equal(s.in_use[0][0][0], 4);
	assert_int_equal(s.in_use[1][0][0], 6);
	assert_int_equal(s.covered, 6 * PAGE_SIZE);
	assert_int_equal(s.walks, 6);
	assert_int_equal(s.walk_steps, 24);
	leaf = hw_entry(&hw, VA, 1);
	*leaf = 0;
	assert_pa(hw_access(&hw, VA, MMU_READ), PA);
	s = stats_of(&hw);
	assert_int_equal(s.hits[1][0][0], 1);
	assert_int_equal(s.misses[0][0][0], 7);
	assert_int_equal(s.misses[1][0][0], 6);
	assert_int_equal(s.walks, 6);
	/* And now the first has it again. */
	assert_pa(hw_access(&hw, VA, MMU_READ), PA);
	assert_int_equal(stats_of(&hw).hits[0][0][0], 1);
	/* Instructions have no second level here. */
	assert_fault(hw_access(&hw, VA, MMU_FETCH), PGEX_I);
	assert_int_equal(stats_of(&hw).misses[1][1][0], 0);
	hw_destroy(&hw);
}

static void
test_cached_table_entries_shorten_walks(void **state)
{
	struct hw hw;
	struct pmapsim_tlb_stats s;
	uint64_t steps;
	unsigned i;
	static const struct {
		vm_offset_t va;
		unsigned steps; /* of the walk */
		unsigned level; /* of the cached entry; 5: none */
	} walks[] = {
	    {VA, 4, 5},
	    {VA + PAGE_SIZE, 1, 2}, /* same table */
	    {VA + NBPDR, 2, 3},	    /* same directory */
	    {VA + NBPDR + PAGE_SIZE, 1, 2},
	    {VA + NBPDP, 3, 4}, /* same PML4E */
	    {VA + NBPML4, 4, 5},
	    /* Two of each level are kept: VA's lower ones are gone. */
	    {VA + 2 * PAGE_SIZE, 3, 4},
	    {VA + 3 * PAGE_SIZE, 1, 2},
	};

	hw_boot(&hw, 8 << 20, 1, CACHES);
	for (i = 0; i < sizeof(walks) / sizeof(walks[0]); i++)
		hw_map(&hw, walks[i].va, 0, PA | HW_ALL);
	for (i = 0; i < sizeof(walks) / sizeof(walks[0]); i++) {
		s = stats_of(&hw);
		steps = s.walk_steps;
		assert_pa(hw_access(&hw, walks[i].va, MMU_READ), PA);
		assert_int_equal(stats_of(&hw).walk_steps - steps,
		    walks[i].steps);
		if (walks[i].level < 5)
			assert_int_equal(stats_of(&hw)
					     .cache_hits[walks[i].level],
			    s.cache_hits[walks[i].level] + 1);
	}
	/*
	 * invlpg of any address empties them; so does CR3.  A non-canonical
	 * address is no page: nothing happens.
	 */
	for (i = 0; i < 4; i++) {
		if (i == 0)
			cpu_invlpg(hw.mach, hw.cpu, UINT64_C(1) << 47);
		else if (i == 1)
			cpu_invlpg(hw.mach, hw.cpu, KVA);
		else if (i == 2)
			cpu_invltlb(hw.mach, hw.cpu);
		else
			cpu_toggle_pge(hw.mach, hw.cpu);
		steps = stats_of(&hw).walk_steps;
		hw_map(&hw, VA + (4 + i) * PAGE_SIZE, 0, PA | HW_ALL);
		assert_pa(hw_access(&hw, VA + (4 + i) * PAGE_SIZE, MMU_READ),
		    PA);
		assert_int_equal(stats_of(&hw).walk_steps - steps,
		    i == 0 ? 1 : 4);
	}
	hw_destroy(&hw);
}

/*
 * A cached PDE goes on leading to its old page-table page; rights of the
 * levels above come from the cache as well; a fault asks the tables first.
 */
static void
test_stale_table_entries(void **state)
{
	struct hw hw;
	uint64_t *old, *pde, *pdpe, *new;

	hw_boot(&hw, 8 << 20, 1, CACHES);
	hw_map(&hw, VA, 0, PA | HW_ALL);
	hw_map(&hw, VA + PAGE_SIZE, 0, (PA + PAGE_SIZE) | HW_ALL);
	pde = hw_entry(&hw, VA, 2);
	pdpe = hw_entry(&hw, VA, 3);
	assert_pa(hw_access(&hw, VA, MMU_READ), PA);
	/* Another page-table page with other frames. */
	old = physmem_table(hw.mach, *pde);
	*pde = hw_table(&hw) | HW_ALL;
	new = physmem_table(hw.mach, *pde);
	new[1] = (PA + 99 * PAGE_SIZE) | HW_ALL;
	new[2] = (PA + 98 * PAGE_SIZE) | HW_ALL;
	assert_pa(hw_access(&hw, VA + PAGE_SIZE, MMU_READ), PA + PAGE_SIZE);
	assert_true((old[1] & PG_A) != 0);
	assert_int_equal(new[1] & PG_A, 0);
	/* Absent in the old table: the walk from the top finds it. */
	assert_pa(hw_access(&hw, VA + 2 * PAGE_SIZE, MMU_READ),
	    PA + 98 * PAGE_SIZE);
	cpu_invlpg(hw.mach, hw.cpu, VA + PAGE_SIZE);
	assert_pa(hw_access(&hw, VA + PAGE_SIZE, MMU_READ),
	    PA + 99 * PAGE_SIZE);
	/* Rights withdrawn further up are had through the cache. */
	*pdpe &= ~PG_U;
	new[3] = PA | HW_ALL;
	assert_pa(hw_access(&hw, VA + 3 * PAGE_SIZE, MMU_USER), PA);
	cpu_invlpg(hw.mach, hw.cpu, KVA);
	new[4] = PA | HW_ALL;
	assert_fault(hw_access(&hw, VA + 4 * PAGE_SIZE, MMU_USER),
	    PGEX_P | PGEX_U);
	/* A right given further up is not missed. */
	assert_pa(hw_access(&hw, VA + 4 * PAGE_SIZE, MMU_READ), PA);
	*pdpe |= PG_U;
	new[5] = PA | HW_ALL;
	assert_pa(hw_access(&hw, VA + 5 * PAGE_SIZE, MMU_USER), PA);
	hw_destroy(&hw);
}

static void
count_entry(const struct pmapsim_tlb_entry *entry, void *arg)
{
	struct pmapsim_tlb_entry *last = arg;

	*last = *entry;
}

static void
test_entries_can_be_read(void **state)
{
	struct hw hw;
	struct pmapsim_tlb_entry e;
	struct pmapsim_tlb_stats s;

	hw_boot(&hw, 8 << 20, 1, TINY);
	assert_int_equal(pmapsim_tlb_entries(hw.mach, 0, count_entry, &e), 0);
	hw_map(&hw, VA, 1, PA | HW_RW | PG_G | PG_NX);
	assert_pa(hw_access(&hw, VA + 12345, MMU_WRITE), PA + 12345);
	assert_int_equal(pmapsim_tlb_entries(hw.mach, 0, count_entry, &e), 1);
	assert_int_equal(e.level, 1);
	assert_int_equal(e.kinds, 1);
	assert_int_equal(e.size, PMAPSIM_TLB_2M);
	assert_int_equal(e.page_size, PMAPSIM_TLB_2M);
	assert_int_equal(e.va, VA);
	assert_int_equal(e.pa, PA);
	assert_int_equal(e.rights, PG_RW | PG_NX | PG_G | PG_M);
	assert_int_equal(pmapsim_tlb_entries(hw.mach, 1, count_entry, &e), 0);
	assert_int_equal(pmapsim_tlb_stats(hw.mach, 1, &s), PMAPSIM_EINVAL);
	hw_destroy(&hw);
	hw_boot(&hw, 8 << 20, 1, NULL);
	assert_int_equal(pmapsim_tlb_stats(hw.mach, 0, &s), PMAPSIM_EINVAL);
	assert_int_equal(pmapsim_tlb_entries(hw.mach, 0, count_entry, &e), 0);
	hw_destroy(&hw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_each_invalidation_takes),
	    cmocka_unit_test(test_each_cpu_has_its_own),
	    cmocka_unit_test(test_global_needs_pge),
	    cmocka_unit_test(test_flushes_beyond_the_number_of_lives),
	    cmocka_unit_test(test_faults_are_not_remembered),
	    cmocka_unit_test(test_stale_rights),
	    cmocka_unit_test(test_accessed_and_dirty_through_an_entry),
	    cmocka_unit_test(test_pieces_of_a_large_page),
	    cmocka_unit_test(test_promotion_leaves_4k_entries),
	    cmocka_unit_test(test_large_page_is_alone_again),
	    cmocka_unit_test(test_second_level),
	    cmocka_unit_test(test_cached_table_entries_shorten_walks),
	    cmocka_unit_test(test_stale_table_entries),
	    cmocka_unit_test(test_entries_can_be_read),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
