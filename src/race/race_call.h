/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A call inside which other CPUs act: where they can get in its way, and what
 * is wrong when it has returned.  The search judges each placement by it, and
 * the hunter and the shrinker each call for which a trace has plans.
 */
#ifndef RACE_RACE_CALL_H
#define RACE_RACE_CALL_H

#include <pmapsim/race.h>

#include "trace/trace_var.h"

/*
 * Made before the call by race_call_begin(), in the frame of who judges it;
 * points into nothing that the call could end but the pmap, which is only
 * compared.
 */
struct race_call {
	vm_offset_t address[PMAPSIM_RACE_ADDRESSES];
	unsigned naddress;
	pmap_t pmap; /* whose addresses they are; NULL: of none */
	bool pmap_is_user;
	unsigned watched; /* what the detector looked for */
	uint64_t broken;  /* bit i: rule i of the audit is broken without other
			     CPUs inside the call as well; race_call_alone()
			     adds to it */
	unsigned leads;	  /* bit i: the call alone leaves tables that lead
			     address i to a free page */
	bool no_memory;	  /* of the host, for the audit */
};

/*
 * Finds the addresses at which other CPUs can get in the way of "st": those
 * whose mapping it changes, or the "n" of "given".  False: none is known.
 */
bool race_call_addresses(struct race_call *call, struct pmapsim_replay *rp,
    const struct trace_stmt *st, const vm_offset_t *given, unsigned n);
/* Writes what the trace calls the pmap whose addresses those are. */
void race_call_name(const struct race_call *call,
    const struct pmapsim_replay *rp, const struct trace_stmt *st, char *buf,
    size_t size);
/*
 * After the call, inside which no other CPU has acted: adds the rules of the
 * auditor that it, or what came before it, breaks, and the addresses that it
 * leaves mapped to a free page.  A kernel that miscounts, or unmaps nothing,
 * does so with and without a race, and so neither judges a placement.
 */
void race_call_alone(struct race_call *call, struct machine *mach);
/* Keeps the detector from what is not wrong until the call has returned. */
void race_call_begin(struct race_call *call, struct machine *mach);
/*
 * Judges the call that "st" made with the plans of "rp"; "last" says that
 * nothing follows it, so that it is audited, and accesses by all CPUs may be
 * tried afterwards.
 */
enum pmapsim_race_kind race_call_judge(struct race_call *call,
    struct pmapsim_replay *rp, const struct trace_stmt *st, bool last,
    char *text, size_t size);

#endif /* RACE_RACE_CALL_H */
