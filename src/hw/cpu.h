/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs: control registers, the TLB's place, and the invalidation instructions
 * with their counts.
 */
#ifndef HW_CPU_H
#define HW_CPU_H

#include "base/machine.h"

#define CR0_WP UINT64_C(0x00010000)
#define CR0_PG UINT64_C(0x80000000)
#define CR4_PGE UINT64_C(0x00000080)
#define EFER_NXE UINT64_C(0x00000800)

/* Kinds of invalidation, for the counts. */
enum inval_kind {
	INVAL_PAGE,
	INVAL_RANGE,
	INVAL_ALL,
	INVAL_CACHE,
	INVAL_KINDS
};

struct tlb;

/*
 * One CPU.  Made at boot with paging on, CR0.WP, CR4.PGE and EFER.NXE set and
 * CR3 at the kernel's PML4; lives as long as the machine.  The counts only
 * rise: "local" when code on this CPU does the operation for itself, "sent"
 * and "received" for messages from one CPU to another, a range being one
 * message.
 */
struct cpu {
	unsigned id;
	uint64_t cr0, cr2, cr3, cr4, efer;
	struct tlb *tlb;      /* NULL: every access walks */
	struct pmap *curpmap; /* whose CR3 this is; the kernel's bookkeeping */
	unsigned maxphyaddr;  /* bits of a physical address */
	bool pages_1g;	      /* PS in a PDPTE maps 1 GB; else it is reserved */
	uint64_t reserved;    /* entry bits 51:maxphyaddr */
	uint64_t local[INVAL_KINDS];
	uint64_t local_range_pages; /* in the ranges of local[INVAL_RANGE] */
	uint64_t sent[INVAL_KINDS];
	uint64_t received[INVAL_KINDS];
};

/* Bits of physical addresses that a CPU starts with: AMD family 10h's. */
#define CPU_MAXPHYADDR 48

void cpu_startup(struct machine *mach);
void cpu_set_features(struct cpu *cpu, unsigned maxphyaddr, bool pages_1g);

static inline struct cpu *
cpu_current(struct machine *mach)
{
	return (&mach->cpus[mach->curcpu]);
}

/* The instructions; counted by the caller, who knows what they are for. */
void cpu_invlpg(struct machine *mach, struct cpu *cpu, vm_offset_t va);
void cpu_invlpg_range(struct machine *mach, struct cpu *cpu, vm_offset_t sva,
    vm_offset_t eva);
void cpu_load_cr3(struct machine *mach, struct cpu *cpu, vm_paddr_t cr3);
void cpu_invltlb(struct machine *mach, struct cpu *cpu); /* reload CR3 */
void cpu_toggle_pge(struct machine *mach, struct cpu *cpu);

#endif /* HW_CPU_H */
