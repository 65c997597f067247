/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accesses by way of a pmap rather than of what a CPU has loaded: what a trace
 * says with "touch".
 */
#include <pmapsim/hw.h>

#include "amd64/pmap_var.h"
#include "hw/mmu.h"

/*
 * Lets the MMU translate "va" as one access does; no fault is served.  Only the
 * leaf gets A and, for a write, M: the kernel presets both in every table entry
 * that it makes, and the few of the boot that lack them must not depend on who
 * touched what.  A pmap that was never given a PML4 maps nothing.
 *
 * Simulator only.
 */
struct pmapsim_access
pmapsim_touch(struct machine *mach, pmap_t pmap, vm_offset_t va,
    unsigned access)
{
	struct mmu_translation t;
	struct pmapsim_access result = {.fault = true};
	uint64_t bits;
	vm_paddr_t cr3;

	CHECK_PMAP(pmap);
	if (!pmap_has_tables(pmap))
		return (result);
	cr3 = (vm_paddr_t)((char *)pmap->pm_pml4 - mach->physmem->base);
	t = mmu_walk(mach, cpu_current(mach), cr3, va, access, false);
	if (t.result == MMU_OK) {
		bits = (access & MMU_WRITE) != 0 ? PG_A | PG_M : PG_A;
		if ((*t.leaf & bits) != bits)
			*t.leaf |= bits;
	}
	result.fault = t.result != MMU_OK;
	result.noncanonical = t.result == MMU_NONCANONICAL;
	result.error = t.error;
	result.pa = t.pa;
	return (result);
}
