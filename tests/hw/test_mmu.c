/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk beyond what the permission matrix varies: addresses, levels, page
 * sizes, reserved bits of every level, A and D of every level, table errors.
 */
#include "hw_fixture.h"

#include <sys/mman.h>

#define VA UINT64_C(0x0000123456789abc)
#define PAGE_PA UINT64_C(0x40000000) /* 1 GB aligned */

static const unsigned accesses[6] = {MMU_READ, MMU_WRITE, MMU_FETCH,
    MMU_USER | MMU_READ, MMU_USER | MMU_WRITE, MMU_USER | MMU_FETCH};

static int
setup(void **state)
{
	static struct hw hw;

	hw_boot(&hw, 8 << 20, 1, NULL);
	*state = &hw;
	return (0);
}

static int
teardown(void **state)
{
	hw_destroy(*state);
	return (0);
}

static void
test_cpu_starts_as_the_kernel_runs_it(void **state)
{
	struct hw hw;
	unsigned i;

	hw_boot(&hw, 8 << 20, 32, NULL);
	for (i = 0; i < 32; i++) {
		assert_int_equal(hw.mach->cpus[i].id, i);
		assert_int_equal(hw.mach->cpus[i].cr0, CR0_PG | CR0_WP);
		assert_int_equal(hw.mach->cpus[i].cr4, CR4_PGE);
		assert_int_equal(hw.mach->cpus[i].efer, EFER_NXE);
		assert_int_equal(hw.mach->cpus[i].reserved,
		    UINT64_C(0x000f000000000000));
		assert_null(hw.mach->cpus[i].tlb);
	}
	hw_destroy(&hw);
}

/* Bits 63:47 must be equal; what is not so faults before any walk. */
static void
test_canonical_addresses(void **state)
{
	struct hw *hw = *state;
	struct pmapsim_access a;
	static const struct {
		vm_offset_t va;
		bool canonical;
	} cases[] = {
	    {0, true},
	    {UINT64_C(0x00007fffffffffff), true},
	    {UINT64_C(0x0000800000000000), false},
	    {UINT64_C(0x0001000000000000), false},
	    {UINT64_C(0x7fffffffffffffff), false},
	    {UINT64_C(0x8000000000000000), false},
	    {UINT64_C(0xffff7fffffffffff), false},
	    {UINT64_C(0xfffeffffffffffff), false},
	    {UINT64_C(0xffff800000000000), true},
	    {UINT64_C(0xffffffffffffffff), true},
	};
	struct mmu_translation t;
	unsigned i, k;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (k = 0; k < 6; k++) {
			hw->cpu->cr2 = 0x1111;
			t = hw_access(hw, cases[i].va, accesses[k]);
			a = pmapsim_cpu_access(hw->mach, cases[i].va,
			    accesses[k]);
			assert_true(a.fault);
			assert_int_equal(a.noncanonical, !cases[i].canonical);
			assert_int_equal(a.error, t.error);
			if (cases[i].canonical) {
				assert_fault(t, accesses[k]);
				assert_int_equal(hw->cpu->cr2, cases[i].va);
			} else {
				assert_int_equal(t.result, MMU_NONCANONICAL);
				assert_int_equal(t.error, 0);
				assert_int_equal(hw->cpu->cr2, 0x1111);
			}
		}
}

static void
test_index_bits_of_each_level(void **state)
{
	struct hw *hw = *state;
	unsigned level, bit, shift;
	vm_offset_t va;

	/* One bit of one index set: only that entry may decide. */
	for (level = 1; level <= 4; level++)
		for (bit = 0; bit < 9; bit++) {
			shift = PAGE_SHIFT + 9 * (level - 1) + bit;
			va = UINT64_C(1) << shift;
			if (shift == 47)
				va |= UINT64_C(0xffff000000000000);
			hw->next = HW_TABLES + PAGE_SIZE;
			memset(physmem_ptr(hw->mach, HW_TABLES), 0, 64 << 10);
			hw_map(hw, va, 0, (PAGE_PA + va % PAGE_PA) | HW_ALL);
			assert_pa(hw_walk(hw, va + 5, MMU_READ),
			    ((PAGE_PA + va % PAGE_PA) & PG_FRAME) + 5);
			assert_fault(hw_walk(hw, 5, MMU_READ), 0);
		}
}

static void
test_page_sizes_and_addresses(void **state)
{
	struct hw *hw = *state;
	struct mmu_translation t;
	unsigned size, k;
	vm_offset_t mask;
	uint64_t *leaf;

	for (size = 0; size < 3; size++) {
		hw->next = HW_TABLES + PAGE_SIZE;
		memset(physmem_ptr(hw->mach, HW_TABLES), 0, 64 << 10);
		mask = (UINT64_C(1) << (12 + 9 * size)) - 1;
		/* Bit 7 of a PTE and bit 12 of the others are the PAT's. */
		leaf = hw_map(hw, VA, size,
		    PAGE_PA | HW_ALL | PG_G | PG_NC_PWT | PG_NC_PCD | 0xe00 |
			(size == 0 ? PG_PTE_PAT : PG_PDE_PAT));
		for (k = 0; k < 6; k++) {
			t = hw_walk(hw, VA, accesses[k]);
			assert_pa(t, PAGE_PA | (VA & mask));
			assert_ptr_equal(t.leaf, leaf);
			assert_int_equal(t.page_shift, 12 + 9 * size);
		}
		assert_pa(hw_walk(hw, VA & ~mask, MMU_READ), PAGE_PA);
		assert_pa(hw_walk(hw, VA | mask, MMU_READ), PAGE_PA | mask);
		assert_fault(hw_walk(hw, (VA | mask) + 1, MMU_READ), 0);
		assert_fault(hw_walk(hw, (VA & ~mask) - 1, MMU_READ), 0);
	}
}

static void
test_1g_page_needs_the_feature(void **state)
{
	struct hw *hw = *state;

	hw_map(hw, VA, PMAPSIM_TLB_1G, PAGE_PA | HW_ALL);
	assert_pa(hw_walk(hw, VA, MMU_READ), PAGE_PA | (VA & PDPMASK));
	cpu_set_features(hw->cpu, 40, false);
	assert_fault(hw_walk(hw, VA, MMU_READ), PGEX_P | PGEX_RSV);
}

/*
 * Each bit of a leaf or table entry of each level alone: is it reserved?  The
 * answer is the manual's figure, not the walk's formula.
 */
static void
test_reserved_bits_of_each_level(void **state)
{
	struct hw *hw = *state;
	struct mmu_translation t;
	unsigned bit, form, level, maxphyaddr, nxe, size;
	bool reserved;
	uint64_t *entry, old;

	/* form 0..2: a leaf of that size; 3..5: its table at level 2..4. */
	for (maxphyaddr = 36; maxphyaddr <= 52; maxphyaddr += 4)
		for (nxe = 0; nxe < 2; nxe++)
			for (form = 0; form < 6; form++)
				for (bit = 1; bit < 64; bit++) {
					size = form < 3 ? form : 0;
					level = form < 3 ? form + 1 : form - 1;
					memset(physmem_ptr(hw->mach, HW_TABLES),
					    0, 64 << 10);
					hw->next = HW_TABLES + PAGE_SIZE;
					cpu_set_features(hw->cpu, maxphyaddr,
					    true);
					hw->cpu->efer = nxe ? EFER_NXE : 0;
					hw_map(hw, VA, size, HW_ALL);
					entry = hw_entry(hw, VA, level);
					reserved = (bit >= maxphyaddr &&
						       bit < 52) ||
					    (bit == 63 && !nxe) ||
					    (form == 1 && bit >= 13 &&
						bit <= 20) ||
					    (form == 2 && bit >= 13 &&
						bit <= 29) ||
					    (form == 5 && bit == 7);
					/* What would make it another form, or another table. */
					if ((bit == 7 && form != 0 &&
						form != 5) ||
					    (bit >= 12 && bit < maxphyaddr &&
						bit < 52 && form >= 3))
						continue;
					old = *entry;
					*entry ^= UINT64_C(1) << bit;
					t = hw_walk(hw, VA, MMU_READ);
					if (reserved)
						assert_fault(t,
						    PGEX_P | PGEX_RSV);
					else
						assert_int_equal(t.result,
						    MMU_OK);
					/* An entry that is not present has no reserved bits. */
					*entry = (old ^ UINT64_C(1) << bit) &
					    ~PG_V;
					assert_fault(hw_walk(hw, VA,
							 MMU_WRITE | MMU_USER),
					    PGEX_W | PGEX_U);
				}
}

/* What is found first on the way down decides. */
static void
test_order_of_causes(void **state)
{
	struct hw *hw = *state;
	uint64_t *entry[5], good[5];
	unsigned upper, lower, level;

	hw_map(hw, VA, 0, PAGE_PA | HW_ALL);
	for (level = 1; level <= 4; level++) {
		entry[level] = hw_entry(hw, VA, level);
		good[level] = *entry[level];
	}
	for (upper = 4; upper > 1; upper--)
		for (lower = upper - 1; lower >= 1; lower--) {
			/* A malformed entry hides an absent one below. */
			*entry[upper] = good[upper] | UINT64_C(1) << 51;
			*entry[lower] = 0;
			assert_fault(hw_walk(hw, VA, MMU_READ),
			    PGEX_P | PGEX_RSV);
			/* An absent entry hides a malformed one below. */
			*entry[upper] = good[upper] & ~PG_V;
			*entry[lower] = good[lower] | UINT64_C(1) << 51;
			assert_fault(hw_walk(hw, VA, MMU_READ), 0);
			/* What lacks a right does not stop the walk. */
			*entry[upper] = good[upper] & ~(PG_RW | PG_U);
			assert_fault(hw_walk(hw, VA, MMU_USER | MMU_WRITE),
			    PGEX_P | PGEX_RSV | PGEX_U | PGEX_W);
			*entry[lower] = 0;
			assert_fault(hw_walk(hw, VA, MMU_USER | MMU_WRITE),
			    PGEX_U | PGEX_W);
			*entry[upper] = good[upper];
			*entry[lower] = good[lower];
		}
	assert_pa(hw_walk(hw, VA, MMU_USER | MMU_WRITE),
	    PAGE_PA | (VA & PAGE_MASK));
}

/* A right must be given, and NX withheld, at every level. */
static void
test_rights_of_each_level(void **state)
{
	struct hw *hw = *state;
	static const uint64_t bit[3] = {PG_RW, PG_U, PG_NX};
	unsigned size, level, b, k;
	uint64_t *entry;
	bool denied;

	for (size = 0; size < 3; size++)
		for (level = size + 1; level <= 4; level++)
			for (b = 0; b < 3; b++) {
				memset(physmem_ptr(hw->mach, HW_TABLES), 0,
				    64 << 10);
				hw->next = HW_TABLES + PAGE_SIZE;
				hw_map(hw, VA, size, PAGE_PA | HW_ALL);
				entry = hw_entry(hw, VA, level);
				*entry ^= bit[b];
				for (k = 0; k < 6; k++) {
					denied = (b == 0 &&
						     (accesses[k] &
							 MMU_WRITE) != 0) ||
					    (b == 1 &&
						(accesses[k] & MMU_USER) !=
						    0) ||
					    (b == 2 &&
						(accesses[k] & MMU_FETCH) != 0);
					if (denied)
						assert_fault(hw_walk(hw, VA,
								 accesses[k]),
						    PGEX_P | accesses[k]);
					else
						assert_int_equal(hw_walk(hw, VA,
								     accesses
									 [k])
								     .result,
						    MMU_OK);
				}
			}
}

/*
 * A in every entry of a walk that completes and in none of one that does not;
 * D in the leaf alone, by a write alone.
 */
static void
test_accessed_and_dirty_of_each_level(void **state)
{
	struct hw *hw = *state;
	struct mmu_translation t;
	unsigned size, level, k;
	bool denied;
	uint64_t before[5], *entry, want;

	for (size = 0; size < 3; size++)
		for (denied = false;; denied = true) {
			for (k = 0; k < 6; k++) {
				memset(physmem_ptr(hw->mach, HW_TABLES), 0,
				    64 << 10);
				hw->next = HW_TABLES + PAGE_SIZE;
				hw_map(hw, VA, size,
				    denied ? PAGE_PA | PG_V | PG_NX :
					     PAGE_PA | HW_ALL);
				for (level = size + 1; level <= 4; level++)
					before[level] = *hw_entry(hw, VA,
					    level);
				/* Asking alone changes nothing. */
				t = mmu_walk(hw->mach, hw->cpu, hw->cr3, VA,
				    accesses[k], false);
				for (level = size + 1; level <= 4; level++)
					assert_int_equal(before[level],
					    *hw_entry(hw, VA, level));
				assert_int_equal(t.result,
				    hw_walk(hw, VA, accesses[k]).result);
				for (level = size + 1; level <= 4; level++) {
					entry = hw_entry(hw, VA, level);
					want = before[level];
					if (t.result == MMU_OK)
						want |= PG_A;
					if (t.result == MMU_OK &&
					    level == size + 1 &&
					    (accesses[k] & MMU_WRITE) != 0)
						want |= PG_M;
					assert_int_equal(*entry, want);
				}
			}
			if (denied)
				break;
		}
}

/* Entries that have their bits are not stored to. */
static void
test_bits_that_are_set_cost_no_store(void **state)
{
	struct hw *hw = *state;

	hw_map(hw, VA, 0, PAGE_PA | HW_ALL);
	hw_walk(hw, VA, MMU_WRITE);
	assert_int_equal(mprotect(hw->mach->physmem->base,
			     hw->mach->physmem->size, PROT_READ),
	    0);
	assert_pa(hw_walk(hw, VA, MMU_WRITE), PAGE_PA | (VA & PAGE_MASK));
	assert_pa(hw_walk(hw, VA, MMU_READ), PAGE_PA | (VA & PAGE_MASK));
}

static void
test_table_outside_memory_is_a_bus_error(void **state)
{
	struct hw *hw = *state;
	struct mmu_translation t;
	struct pmapsim_access a;
	uint64_t *entry, good;
	unsigned level;

	hw_map(hw, VA, 0, (UINT64_C(1) << 39) | HW_ALL);
	/* The page itself may lie anywhere. */
	assert_pa(hw_walk(hw, VA, MMU_READ),
	    (UINT64_C(1) << 39) | (VA & PAGE_MASK));
	for (level = 2; level <= 4; level++) {
		entry = hw_entry(hw, VA, level);
		good = *entry;
		*entry = (*entry & ~PG_FRAME) | (8 << 20);
		hw->cpu->cr2 = 0x1111;
		t = hw_access(hw, VA, MMU_WRITE);
		assert_int_equal(t.result, MMU_BUS);
		assert_int_equal(t.error, 0);
		assert_int_equal(hw->cpu->cr2, 0x1111);
		a = pmapsim_cpu_access(hw->mach, VA, MMU_WRITE);
		assert_true(a.fault);
		*entry = good;
	}
	hw->cpu->cr3 = UINT64_C(1) << 40;
	assert_int_equal(hw_access(hw, VA, MMU_READ).result, MMU_BUS);
	/* PWT and PCD of CR3 are no address. */
	hw->cpu->cr3 = hw->cr3 | 0x18;
	assert_int_equal(hw_access(hw, VA, MMU_READ).result, MMU_OK);
}

/*
 * A PML4 entry that points to the PML4: the walk comes one level short, so the
 * tables appear as pages, and the data as nothing.
 */
static void
test_recursive_slot_shows_tables_as_pages(void **state)
{
	struct hw *hw = *state;
	const vm_offset_t ptmap = UINT64_C(0xffff800000000000);
	vm_offset_t vtopte, va = UINT64_C(0xffffff8012345000);
	struct mmu_translation t;
	uint64_t *pde;

	hw_map(hw, va, 0, PAGE_PA | HW_RW | PG_G);
	*hw_entry(hw, ptmap, 4) = hw->cr3 | HW_RW;
	pde = hw_entry(hw, va, 2);
	vtopte = ptmap + ((va >> 12) & ((UINT64_C(1) << 36) - 1)) * 8;
	t = hw_walk(hw, vtopte, MMU_READ);
	assert_pa(t, (*pde & PG_FRAME) + ((va >> 12) & 511) * 8);
	assert_ptr_equal(t.leaf, pde);
	/* The slot has no U, whatever the tables have. */
	assert_fault(hw_walk(hw, vtopte, MMU_USER), PGEX_P | PGEX_U);
	/* PS of a 2 MB PDE is the PAT bit of a PTE: the page is the data's. */
	*pde = PAGE_PA | HW_RW | PG_PS;
	assert_pa(hw_walk(hw, vtopte, MMU_READ),
	    PAGE_PA + ((va >> 12) & 511) * 8);
}

static void
test_public_access_ignores_other_bits(void **state)
{
	struct hw *hw = *state;
	struct pmapsim_access a;

	hw_map(hw, VA, 0, PAGE_PA | HW_ALL);
	a = pmapsim_cpu_access(hw->mach, VA,
	    MMU_WRITE | PGEX_P | PGEX_RSV | 0x100);
	assert_false(a.fault);
	assert_false(a.noncanonical);
	assert_int_equal(a.error, 0);
	assert_int_equal(a.pa, PAGE_PA | (VA & PAGE_MASK));
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cpu_starts_as_the_kernel_runs_it),
	    T(test_canonical_addresses),
	    T(test_index_bits_of_each_level),
	    T(test_page_sizes_and_addresses),
	    T(test_1g_page_needs_the_feature),
	    T(test_reserved_bits_of_each_level),
	    T(test_order_of_causes),
	    T(test_rights_of_each_level),
	    T(test_accessed_and_dirty_of_each_level),
	    T(test_bits_that_are_set_cost_no_store),
	    T(test_table_outside_memory_is_a_bus_error),
	    T(test_recursive_slot_shows_tables_as_pages),
	    T(test_public_access_ignores_other_bits),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
