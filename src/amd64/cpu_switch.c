/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The context switch, as far as address spaces go; see cpu_switch.h.
 */
#include "amd64/cpu_switch.h"

/*
 * Where %cr3 comes first, nobody knows yet that this CPU has the pmap; where
 * pm_active does, this CPU may get messages about a pmap that it has not.
 *
 * FreeBSD amd64/cpu_switch.S cpu_switch(), and of today amd64/pmap.c
 * pmap_activate_sw(): adapted, the address space alone, its first half.
 */
void
cpu_switch_begin(struct machine *mach, pmap_t pmap)
{
	struct cpu *cpu = cpu_current(mach);

	NONNULL(pmap);
	if (!pmap_has_tables(pmap))
		pmap_absent(mach, pmap, "cpu_switch");
	if (switch_loads_cr3_first(mach))
		cpu_load_cr3(mach, cpu, pmap_pml4_phys(pmap));
	else
		pmap->pm_active |= UINT32_C(1) << cpu->id;
}

/*
 * The old pmap's bit goes last in every revision: until then this CPU may
 * have translations of it.  The kernel's own is set for ever.
 *
 * FreeBSD amd64/cpu_switch.S cpu_switch(), and of today amd64/pmap.c
 * pmap_activate_sw(): adapted, the address space alone, its second half.
 */
void
cpu_switch_end(struct machine *mach, pmap_t pmap)
{
	struct cpu *cpu = cpu_current(mach);
	const uint32_t self = UINT32_C(1) << cpu->id;
	pmap_t oldpmap = cpu->curpmap;

	NONNULL(pmap);
	if (!switch_loads_cr3_first(mach))
		cpu_load_cr3(mach, cpu, pmap_pml4_phys(pmap));
	if (oldpmap != kernel_pmap)
		oldpmap->pm_active &= ~self;
	pmap->pm_active |= self;
	cpu->curpmap = pmap;
}

/*
 * Switches the current CPU to "pmap" while nobody else runs.
 *
 * FreeBSD amd64/cpu_switch.S cpu_switch(): adapted, the address space alone.
 */
void
cpu_switch(struct machine *mach, pmap_t pmap)
{

	cpu_switch_begin(mach, pmap);
	cpu_switch_end(mach, pmap);
}
