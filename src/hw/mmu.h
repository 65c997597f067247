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
	MMU_PAGE_FAULT,	   /* "error" and CR2 tell */
	MMU_NONCANONICAL,  /* #GP, no walk */
	MMU_BUS		   /* a table lies outside physical memory */
};

struct mmu_translation {
	enum mmu_result result;
	unsigned error;	    /* page-fault error code */
	vm_paddr_t pa;	    /* offset included; may lie beyond memory */
	uint64_t *leaf;	    /* the entry that mapped it */
	unsigned page_shift; /* 12, 21 or 30 */
};

/*
 * Translates "va" for "access" through the tables at "cr3" with "cpu"'s
 * control registers and no TLB.  Sets A in each entry used and D in the leaf
 * for a write when, and only when, the access succeeds; with "set_ad" false it
 * writes nothing.
 */
struct mmu_translation mmu_walk(struct machine *mach, struct cpu *cpu,
    vm_paddr_t cr3, vm_offset_t va, unsigned access, bool set_ad);

/* The same through the CPU's TLB and its CR3, as an instruction would. */
struct mmu_translation mmu_access(struct machine *mach, struct cpu *cpu,
    vm_offset_t va, unsigned access);

#endif /* HW_MMU_H */
