/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel trace ring, class KTR_PMAP: two-argument events in the kernel's
 * words, the second argument a pmap, which is shown by its name.
 */
#ifndef BASE_KTR_H
#define BASE_KTR_H

#include <pmapsim/machine.h>

/*
 * The events; ktr.c has the kernel's words for each.  All concern one
 * address in one pmap.
 */
enum ktr_event {
	KTR_PROMOTE,
	KTR_PROMOTE_FAILURE,
	KTR_PROMOTE_PROTECT, /* a clean writable PTE lost PG_RW */
	KTR_DEMOTE,
	KTR_DEMOTE_FAILURE, /* the 2 MB mapping is gone */
	KTR_ENTER_PDE,	    /* a 2 MB mapping was made at once */
	KTR_ENTER_PDE_FAILURE,
	KTR_DEMOTE_PDPE, /* 1 GB to 512 of 2 MB, in the direct map */
	KTR_DEMOTE_PDPE_FAILURE
};

#define KTR_NAME_SIZE 32 /* of a pmap's name, with its end */

/*
 * A message.  It holds the pmap's name itself: the pmap may be gone, and its
 * place another's, when the message is read.
 */
struct ktr_entry {
	enum ktr_event event;
	unsigned cpu;
	int ticks;
	uint64_t va;
	char pmap_name[KTR_NAME_SIZE];
};

/*
 * Made at boot; mach->ktr_on tells whether it is on.  Entry n lies at
 * n % PMAPSIM_KTR_ENTRIES until it is overwritten.
 */
struct ktr {
	uint64_t count; /* messages ever */
	struct ktr_entry ring[PMAPSIM_KTR_ENTRIES];
};

void ktr_record(struct machine *mach, enum ktr_event event, uint64_t va,
    const char *pmap_name);

#define CTR2(mach, event, va, pmap_name)                                \
	do {                                                            \
		if (__builtin_expect((mach)->ktr_on, 0))                \
			ktr_record((mach), (event), (va), (pmap_name)); \
	} while (0)

#endif /* BASE_KTR_H */
