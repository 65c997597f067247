/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls that an exploration tries.
 */
#ifndef STUDY_EXPLORE_H
#define STUDY_EXPLORE_H

#include <stdbool.h>

#include "trace/trace_stmt.h"

struct hunt_family;

/*
 * Found by explore_calls_find() for one machine and family; the texts are host
 * memory until explore_calls_free().  Zero-filled it has none.
 */
struct explore_calls {
	unsigned n;
	char *text[256]; /* a statement a line: the call's, and before it those
			    that make the call legal */
};

/*
 * Finds the calls of "family", whose number is "f", on the machine of "replay",
 * which is the same at each call; "tlb": its CPUs have TLBs.  An enum
 * pmapsim_error; calls found so far are to be freed in any case.
 */
int explore_calls_find(struct explore_calls *calls,
    struct pmapsim_replay *replay, const struct hunt_family *family,
    enum trace_family f, bool tlb);
void explore_calls_free(struct explore_calls *calls);

#endif /* STUDY_EXPLORE_H */
