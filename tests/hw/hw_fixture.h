/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine of hardware alone, for tests of this layer: memory, CPUs and
 * tables that the test writes entry by entry.  No kernel is booted.
 */
#ifndef TESTS_HW_FIXTURE_H
#define TESTS_HW_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <pmapsim/hw.h>

#include "hw/cpu.h"
#include "hw/access.h"
#include "hw/physmem.h"
#include "hw/detector.h"

/* Tables are taken from here upwards by hw_table(). */
#define HW_TABLES UINT64_C(0x100000)
#define HW_RW (PG_V | PG_RW)
#define HW_ALL (PG_V | PG_RW | PG_U)

struct hw {
	struct machine *mach;
	struct cpu *cpu; /* number 0 */
	vm_paddr_t cr3;
	vm_paddr_t next; /* table */
};

/* "tlb" is a config.tlb, or NULL. */
static inline void
hw_boot(struct hw *hw, vm_paddr_t mem, unsigned ncpu, const char *tlb)
{
	struct pmapsim_config config;
	struct kernel kernel;
	char err[256] = "";

	pmapsim_config_init(&config);
	config.mem = mem;
	config.ncpu = ncpu;
	config.tlb = tlb;
	memset(&kernel, 0, sizeof(kernel));
	hw->mach = machine_create(&config, &kernel, (size_t)256 << 20);
	assert_non_null(hw->mach);
	assert_true(physmem_startup(hw->mach));
	cpu_startup(hw->mach);
	if (tlb != NULL && !detector_startup(hw->mach, err, sizeof(err)))
		fail_msg("%s", err);
	hw->cpu = &hw->mach->cpus[0];
	hw->cr3 = HW_TABLES;
	hw->next = HW_TABLES + PAGE_SIZE;
	for (unsigned i = 0; i < ncpu; i++)
		hw->mach->cpus[i].cr3 = hw->cr3;
}

static inline void
hw_destroy(struct hw *hw)
{
	pmapsim_destroy(hw->mach);
}

static inline vm_paddr_t
hw_table(struct hw *hw)
{
	vm_paddr_t pa = hw->next;

	hw->next += PAGE_SIZE;
	return (pa);
}

/*
 * The entry of "level" for "va", with the tables above it made, all rights
 * given, where they are not there.
 */
static inline uint64_t *
hw_entry(struct hw *hw, vm_offset_t va, unsigned level)
{
	uint64_t *entry;
	vm_paddr_t table = hw->cr3;
	unsigned l;

	for (l = 4;; l--) {
		entry = physmem_table(hw->mach, table);
		entry += (va >> (PAGE_SHIFT + 9 * (l - 1))) & 511;
		if (l == level)
			return (entry);
		if ((*entry & PG_V) == 0)
			*entry = hw_table(hw) | HW_ALL;
		table = *entry & PG_FRAME;
	}
}

/* Maps one page of "size" (PMAPSIM_TLB_*) with the leaf "value". */
static inline uint64_t *
hw_map(struct hw *hw, vm_offset_t va, unsigned size, uint64_t value)
{
	uint64_t *entry;

	entry = hw_entry(hw, va, size + 1);
	*entry = size == 0 ? value : value | PG_PS;
	return (entry);
}

static inline struct mmu_translation
hw_walk(struct hw *hw, vm_offset_t va, unsigned access)
{
	return (mmu_walk(hw->mach, hw->cpu, hw->cpu->cr3, va, access, true));
}

static inline struct mmu_translation
hw_access(struct hw *hw, vm_offset_t va, unsigned access)
{
	return (mmu_access(hw->mach, hw->cpu, va, access));
}

/* xorshift64*: the seed is printed by the test that uses it. */
static inline uint64_t
hw_random(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (*seed * UINT64_C(2685821657736338717));
}

#define assert_pa(t, expected)                       \
	do {                                         \
		struct mmu_translation t_ = (t);     \
		assert_int_equal(t_.result, MMU_OK); \
		assert_int_equal(t_.error, 0);       \
		assert_int_equal(t_.pa, (expected)); \
	} while (0)

#define assert_fault(t, code)                                \
	do {                                                 \
		struct mmu_translation t_ = (t);             \
		assert_int_equal(t_.result, MMU_PAGE_FAULT); \
		assert_int_equal(t_.error, (code));          \
	} while (0)

#endif /* TESTS_HW_FIXTURE_H */
