/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stale-translation detector: it compares what a TLB gives with what the
 * tables give.  It changes no translation and no table entry.
 */
#ifndef HW_DETECTOR_H
#define HW_DETECTOR_H

#include "hw/tlb.h"

#define DETECTOR_CALLS 256 /* texts that are remembered */

/*
 * One a machine, made with its TLBs, off.  "call" is the number of calls that
 * were announced; call n's text lies at n % DETECTOR_CALLS.
 */
struct detector {
	unsigned what; /* PMAPSIM_DETECT_*; 0: off */
	uint32_t call;
	uint64_t count; /* detections ever */
	void (*hook)(struct machine *, const struct pmapsim_detection *,
	    void *);
	void *hook_arg;
	char text[DETECTOR_CALLS][PMAPSIM_DETECT_CALL_SIZE];
	struct pmapsim_detection ring[PMAPSIM_DETECTIONS];
};

/* NULL: the machine has no TLBs. */
static inline struct detector *
detector_of(struct machine *mach)
{
	return (mach->cpus[0].tlb != NULL ? mach->cpus[0].tlb->detector : NULL);
}

/* "cpu" makes "access" to "va" through "entry". */
void detector_access(struct machine *mach, struct cpu *cpu,
    struct tlb_entry *entry, vm_offset_t va, unsigned access);
/* "cpu" found both entries, of different size, for "va" at "level". */
void detector_multimatch(struct machine *mach, struct cpu *cpu,
    struct tlb_entry *entry, struct tlb_entry *other, vm_offset_t va,
    unsigned access, unsigned level);

#endif /* HW_DETECTOR_H */
