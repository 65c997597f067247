/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * access: what an instruction does to memory, above the MMU and the TLB.
 */
#ifndef HW_ACCESS_H
#define HW_ACCESS_H

#include "hw/mmu.h"

/* Translates "va" for "access" on "cpu" as an instruction there would. */
struct mmu_translation mmu_access(struct machine *mach, struct cpu *cpu,
    vm_offset_t va, unsigned access);

#endif /* HW_ACCESS_H */
