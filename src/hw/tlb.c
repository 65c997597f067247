/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLBs: no CPU has one yet, so that every access walks.
 */
#include "hw/tlb.h"

#include <stdio.h>

/* Refuses every name.  Simulator only. */
bool
tlb_startup(struct machine *mach, char *err, size_t errsize)
{
	snprintf(err, errsize, "tlb=%s: no TLB is known", mach->config.tlb);
	return (false);
}

/* Walks.  Simulator only. */
struct mmu_translation
tlb_access(struct machine *mach, struct cpu *cpu, vm_offset_t va,
    unsigned access)
{
	return (mmu_walk(mach, cpu, cpu->cr3, va, access, true));
}

/* Has nothing to forget.  Simulator only. */
void
tlb_invlpg(struct tlb *tlb, vm_offset_t va)
{
}

/* Has nothing to forget.  Simulator only. */
void
tlb_flush(struct tlb *tlb, bool global)
{
}
