/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stale-translation detector: it compares what a TLB gives with what the
 * tables give.  It changes no translation and no table entry.
 */
#ifndef HW_DETECTOR_H
#define HW_DETECTOR_H

#include "hw/tlb.h"

#define DETECTOR_CALLS 256 /* calls whose texts are remembered */

/*
 * One a machine, made with its TLBs, off.  watch.call is the number of calls
 * that were announced, and "last" is the text of the last one.  A call that an
 * entry is marked with has its text kept: call n's lies at n % DETECTOR_CALLS
 * until as many more were announced.  Most calls leave no entry wrong.
 */
struct detector {
	struct tlb_watch watch; /* first: what the TLBs know of it */
	unsigned what;		/* PMAPSIM_DETECT_*; 0: off */
	uint64_t count;		/* detections ever */
	void (*hook)(struct machine *, const struct pmapsim_detection *,
	    void *);
	void *hook_arg;
	char last[PMAPSIM_DETECT_CALL_SIZE];
	char text[DETECTOR_CALLS][PMAPSIM_DETECT_CALL_SIZE];
	struct pmapsim_detection ring[PMAPSIM_DETECTIONS];
};

/* NULL: the machine has no TLBs. */
static inline struct detector *
detector_of(struct machine *mach)
{
	struct tlb *tlb = mach->cpus[0].tlb;

	return (tlb != NULL ? (struct detector *)tlb->watch : NULL);
}

/*
 * Makes the TLBs that config.tlb asks for, and the detector that watches them.
 * False: config.tlb is wrong, and "err" says how.
 */
bool detector_startup(struct machine *mach, char *err, size_t errsize);
/*
 * Takes the entries that are stale now for known: neither an access nor a scan
 * reports them.  Does nothing where the detector looks for nothing.
 */
void detector_forgive(struct machine *mach);

/* pmapsim_detect_call(), of a text of "length" bytes without a NUL in them. */
void detector_call(struct machine *mach, const char *text, size_t length);

#endif /* HW_DETECTOR_H */
