/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MMU: four-level translation with permissions, page-fault error codes
 * and A/D updates, as Intel documents them.
 */
#ifndef HW_MMU_H
#define HW_MMU_H

#include "hw/cpu.h"
#include "hw/physmem.h"

/* One access: any of read, write or fetch, by user or supervisor code. */
#define MMU_READ 0
#define MMU_WRITE PGEX_W
#define MMU_FETCH PGEX_I
#define MMU_USER PGEX_U

enum mmu_result {
	MMU_OK,
	MMU_PAGE_FAULT,	  /* "error" and CR2 tell */
	MMU_NONCANONICAL, /* #GP, no walk */
	MMU_BUS		  /* a table lies outside physical memory */
};

struct mmu_translation {
	enum mmu_result result;
	unsigned error;	     /* page-fault error code */
	vm_paddr_t pa;	     /* offset included; may lie beyond memory */
	uint64_t *leaf;	     /* the entry that mapped it; NULL: a TLB's */
	unsigned page_shift; /* 12, 21 or 30 */
};

/*
 * The entries that a walk used, from the first level that it read.  What is
 * allowed is PG_RW and PG_U where every level has them and PG_NX where any
 * has it.
 */
struct mmu_path {
	enum mmu_result result;
	unsigned error;	     /* PGEX_P and PGEX_RSV as far as they apply */
	unsigned steps;	     /* entries read */
	unsigned level;	     /* of the last one: 4 is a PML4E, 1 a PTE */
	unsigned page_shift; /* of the leaf, when MMU_OK */
	uint64_t rights;
	uint64_t *entry[5]; /* by level; [0] is not used */
};

/*
 * Where a walk starts: at the top, or below entries that the CPU has cached.
 */
struct mmu_start {
	vm_paddr_t table;
	unsigned level;	 /* of the entries in "table" */
	uint64_t rights; /* of the levels above; PG_RW | PG_U at the top */
};

static inline void
mmu_start_at_top(struct mmu_start *start, const struct cpu *cpu)
{
	start->table = cpu->cr3;
	start->level = 4;
	start->rights = PG_RW | PG_U;
}

/* What is left of "rights" below an entry of "value". */
static inline uint64_t
mmu_rights(uint64_t rights, uint64_t value)
{
	return ((rights & (value | PG_NX)) | (value & PG_NX));
}

/* Walks without regard to what the access is and without writing. */
void mmu_path_walk(struct machine *mach, const struct cpu *cpu,
    const struct mmu_start *start, vm_offset_t va, struct mmu_path *path);
/* Whether "rights" allow "access" with the control registers of "cpu". */
bool mmu_permits(const struct cpu *cpu, uint64_t rights, unsigned access);
/* The bits of an error code that "access" alone decides. */
unsigned mmu_access_error(const struct cpu *cpu, unsigned access);
/* Sets A in the path's entries, and D in the leaf for a write. */
void mmu_path_mark(const struct mmu_path *path, unsigned access);

static inline bool
mmu_canonical(vm_offset_t va)
{
	return ((uint64_t)((int64_t)(va << 16) >> 16) == va);
}

/* The physical address that leaf entry "value" gives "va". */
static inline vm_paddr_t
mmu_leaf_pa(uint64_t value, unsigned page_shift, vm_offset_t va)
{
	vm_offset_t mask;

	mask = (UINT64_C(1) << page_shift) - 1;
	return ((value & PG_FRAME & ~mask) | (va & mask));
}

/*
 * Translates "va" for "access" through the tables at "cr3" with "cpu"'s
 * control registers and no TLB.  Sets A in each entry used and D in the leaf
 * for a write when, and only when, the access succeeds; with "set_ad" false it
 * writes nothing.
 */
struct mmu_translation mmu_walk(struct machine *mach, struct cpu *cpu,
    vm_paddr_t cr3, vm_offset_t va, unsigned access, bool set_ad);

#endif /* HW_MMU_H */
