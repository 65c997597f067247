/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs at reset into the state the kernel runs them in, and the instructions
 * that take translations away from one CPU.
 */
#include "hw/cpu.h"
#include "hw/tlb.h"

/*
 * Makes config.ncpu CPUs with paging, write protection in supervisor mode,
 * global pages and no-execute on.  CR3 is 0 until the kernel loads its own.
 */
void
cpu_startup(struct machine *mach)
{
	struct cpu *cpu;
	unsigned i;

	mach->cpus = machine_reserve(mach,
	    mach->config.ncpu * sizeof(*mach->cpus));
	for (i = 0; i < mach->config.ncpu; i++) {
		cpu = &mach->cpus[i];
		cpu->id = i;
		cpu->cr0 = CR0_PG | CR0_WP;
		cpu->cr4 = CR4_PGE;
		cpu->efer = EFER_NXE;
		cpu_set_features(cpu, CPU_MAXPHYADDR, true);
	}
}

/*
 * Gives "cpu" physical addresses of "maxphyaddr" bits, 32 to 52, and 1 GB
 * pages or not, as CPUID would report them.
 */
void
cpu_set_features(struct cpu *cpu, unsigned maxphyaddr, bool pages_1g)
{
	cpu->maxphyaddr = maxphyaddr;
	cpu->pages_1g = pages_1g;
	cpu->reserved = PG_FRAME & ~((UINT64_C(1) << maxphyaddr) - 1);
}

/*
 * Drops every translation of the page at "va" on "cpu", global ones too, and
 * all cached table entries.
 *
 * Intel SDM 4.10.4.1 INVLPG.
 */
void
cpu_invlpg(struct machine *mach, struct cpu *cpu, vm_offset_t va)
{
	if (cpu->tlb != NULL)
		tlb_invlpg(cpu->tlb, va);
}

/*
 * Drops on "cpu" what cpu_invlpg() drops of each page of [sva, eva), one after
 * the other.
 *
 * Intel SDM 4.10.4.1 INVLPG.
 */
void
cpu_invlpg_range(struct machine *mach, struct cpu *cpu, vm_offset_t sva,
    vm_offset_t eva)
{
	if (cpu->tlb != NULL)
		tlb_invlpg_range(cpu->tlb, sva, eva);
}

/*
 * Loads "cr3", which drops all that is not global.
 *
 * Intel SDM 4.10.4.1 MOV to CR3.
 */
void
cpu_load_cr3(struct machine *mach, struct cpu *cpu, vm_paddr_t cr3)
{
	cpu->cr3 = cr3;
	if (cpu->tlb != NULL)
		tlb_flush(cpu->tlb, false);
}

/*
 * Drops all that is not global on "cpu" by loading CR3 with what it holds.
 *
 * FreeBSD amd64 cpufunc.h invltlb(): same.
 */
void
cpu_invltlb(struct machine *mach, struct cpu *cpu)
{
	cpu_load_cr3(mach, cpu, cpu->cr3);
}

/*
 * Turns CR4.PGE off and on again, which drops everything on "cpu".
 *
 * Intel SDM 4.10.4.1 MOV to CR4.
 */
void
cpu_toggle_pge(struct machine *mach, struct cpu *cpu)
{
	if (cpu->tlb != NULL)
		tlb_flush(cpu->tlb, true);
}
