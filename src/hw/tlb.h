/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLBs: what a CPU remembers of the tables, and may go on using until it is
 * told otherwise.
 */
#ifndef HW_TLB_H
#define HW_TLB_H

#include "hw/mmu.h"

struct tlb;

/*
 * Gives every CPU the TLB that config.tlb names or describes.  False: the
 * name or the text is wrong, and "err" says how.
 */
bool tlb_startup(struct machine *mach, char *err, size_t errsize);

/* An access by way of "cpu"'s TLB; sets CR2 at a page fault. */
struct mmu_translation tlb_access(struct machine *mach, struct cpu *cpu,
    vm_offset_t va, unsigned access);

/* Forgets the page at "va", whatever its size, and all cached table entries. */
void tlb_invlpg(struct tlb *tlb, vm_offset_t va);
/* Forgets all that is not global; with "global" that too. */
void tlb_flush(struct tlb *tlb, bool global);

#endif /* HW_TLB_H */
