/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel trace ring, class KTR_PMAP: two-argument events in the kernel's
 * words, the second argument a pmap, which is shown by its name.
 */
#ifndef BASE_KTR_H
#define BASE_KTR_H

#include <pmapsim/machine.h>

#define KTR_NAME_SIZE 32 /* of a pmap's name, with its end */

/*
 * A message.  It holds the pmap's name itself: the pmap may be gone, and its
 * place another's, when the message is read.
 */
struct ktr_entry {
	const char *format; /* the kernel's, with one %#lx and one %p */
	uint64_t va;
	char pmap_name[KTR_NAME_SIZE];
};

/*
 * Made at boot, off.  Entry n lies at n % PMAPSIM_KTR_ENTRIES until it is
 * overwritten.
 */
struct ktr {
	bool on;
	uint64_t count; /* messages ever */
	struct ktr_entry ring[PMAPSIM_KTR_ENTRIES];
};

void ktr_record(struct machine *mach, const char *format, uint64_t va,
    const char *pmap_name);

#define CTR2(mach, format, va, pmap_name)                                \
	do {                                                             \
		if (__builtin_expect((mach)->ktr->on, 0))                \
			ktr_record((mach), (format), (va), (pmap_name)); \
	} while (0)

#endif /* BASE_KTR_H */
