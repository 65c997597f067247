/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a correct caller does not do.  The kernel's functions trust their
 * callers, so a sequence that breaks their rules fails without a bug; a
 * shrinker that may drop any statement would end in one.
 */
#ifndef STUDY_LEGAL_H
#define STUDY_LEGAL_H

#include <pmapsim/trace.h>

struct machine;
struct pmap;
struct vm_object;

#define LEGAL_KERNEL_PAGES 65536 /* of kernel addresses kept track of */

/*
 * What callers have done so far.  Zero-filled at a replay's start, kept up to
 * date by legal_statement().
 */
struct legal {
	/* Kernel pages entered and not removed by pmap(9) calls. */
	uint8_t entered[LEGAL_KERNEL_PAGES / 8];
	const char *broken; /* the rule that was; NULL: none */
	unsigned line;	    /* of the statement that did */
};

/*
 * Whether the statement that is about to be made on "replay" is one that a
 * correct caller could make: no kernel page is entered twice, nor the last one
 * unmapped; no page is allocated that is there, or freed that is mapped, and no
 * kernel memory freed that was not allocated; nothing is unwired that is not
 * wired, and 2 MB are mapped at once only where they are all there.  Changes
 * nothing in the machine.
 */
bool legal_statement(struct legal *legal, struct pmapsim_replay *replay);

/* Whether a pmap(9) call has entered the page of "va", an address of the
 * kernel, and none has removed it. */
bool legal_entered(const struct legal *legal,
    const struct pmapsim_replay *replay, vm_offset_t va);

/* Whether "va" is mapped, and not wired. */
bool legal_unwired(struct machine *mach, struct pmap *pmap, vm_offset_t va);
/* Whether the page is the first of 2 MB that can be mapped at once. */
bool legal_superpage(const struct machine *mach, const struct vm_object *object,
    vm_pindex_t pindex);

#endif /* STUDY_LEGAL_H */
