/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An access by a CPU: through its TLB where it has one, else by the MMU alone.
 */
#include "hw/access.h"

#include <pmapsim/hw.h>

#include "hw/tlb.h"

/*
 * Translates as an instruction on "cpu" would: through its TLB where it has
 * one.  A page fault leaves "va" in CR2, whole; other faults leave CR2 alone.
 *
 * Intel SDM 4.7, 4.10: same.
 */
struct mmu_translation
mmu_access(struct machine *mach, struct cpu *cpu, vm_offset_t va,
    unsigned access)
{
	struct mmu_translation t;

	if (cpu->tlb != NULL) {
		if (tlb_hit(mach, cpu, va, access, &t))
			return (t);
		return (tlb_access(mach, cpu, va, access));
	}
	t = mmu_walk(mach, cpu, cpu->cr3, va, access, true);
	if (t.result == MMU_PAGE_FAULT)
		cpu->cr2 = va;
	return (t);
}

struct pmapsim_access
pmapsim_cpu_access(struct machine *mach, vm_offset_t va, unsigned access)
{
	struct mmu_translation t;
	struct pmapsim_access result;

	t = mmu_access(mach, cpu_current(mach), va,
	    access & (MMU_WRITE | MMU_USER | MMU_FETCH));
	result.fault = t.result != MMU_OK;
	result.noncanonical = t.result == MMU_NONCANONICAL;
	result.error = t.error;
	result.pa = result.fault ? 0 : t.pa;
	return (result);
}
