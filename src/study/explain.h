/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a statement changed: entries of page tables, counters, reservations,
 * and which promotions came about or failed.
 *
 * Nothing in the kernel takes notes for this.  The machine is copied before a
 * statement and after it, as far as it is of interest, and the two copies are
 * compared; why a promotion failed the kernel's own record of the last failure
 * tells.  The result is values; explain_text.c makes words of them.
 */
#ifndef STUDY_EXPLAIN_H
#define STUDY_EXPLAIN_H

#include <pmapsim/pmap.h>
#include <pmapsim/trace.h>

#define EXPLAIN_NAME_MAX 32 /* bytes of an object's or a pmap's name */

/* A copy of a machine.  Opaque; made and given back by the two below. */
struct explain_state;
/* NULL: no memory.  Of a replay that has no machine yet nothing is in it. */
struct explain_state *explain_copy(struct pmapsim_replay *replay);
/* NULL is ignored. */
void explain_copy_free(struct explain_state *state);

/*
 * PTEs that changed alike: of neighbours in one pmap all had the flags of
 * "before" and now have those of "after", and their frames follow each other
 * or are 0.  What a 2 MB mapping stands for counts as 512 PTEs.
 */
struct explain_run {
	char pmap[EXPLAIN_NAME_MAX];
	vm_offset_t va; /* of the first */
	unsigned count;
	pt_entry_t before, after; /* of the first */
};

/* A region whose PDE changed; by pmap and address. */
struct explain_region {
	char pmap[EXPLAIN_NAME_MAX];
	vm_offset_t va;
	pd_entry_t before, after;
};

/* Events of one kind, in a row and in one region. */
struct explain_event {
	unsigned event; /* an enum ktr_event */
	char pmap[EXPLAIN_NAME_MAX];
	vm_offset_t va; /* of the first */
	uint64_t count;
};

/* A counter that changed. */
struct explain_counter {
	const char *name;  /* its sysctl's; or "resident", of a pmap */
	const char *label; /* as it is shown */
	char pmap[EXPLAIN_NAME_MAX]; /* "": the machine's */
	int64_t before, after;
};

/* A reservation that changed, or was made or ended. */
struct explain_reserv {
	vm_paddr_t pa;
	char object[EXPLAIN_NAME_MAX]; /* it is of, or was; "": of none */
	vm_pindex_t pindex;
	bool made, ended;
	int before, after;	 /* pages in use, of 512 */
	bool was_queued, queued; /* on rvq_partpop */
};

/*
 * All that a statement changed.  Made by explain_difference(), given back by
 * explain_free(); holds copies only and outlives the machine.
 */
struct explain {
	unsigned nregions, nruns, nevents, ncounters, nreservs;
	struct explain_region *regions;
	struct explain_run *runs;
	struct explain_event *events;
	uint64_t events_lost; /* the kernel's ring was too small for them */
	struct explain_counter *counters;
	struct explain_reserv *reservs;
	/*
	 * What stays valid of the addresses that the statement unmapped: such
	 * PTEs are litter.
	 */
	unsigned nstays;
	struct explain_run *stays;
	/* Attempts to promote that failed in it, by reason, and the last. */
	uint64_t failed[PMAPSIM_PROMOTE_REASONS];
	struct pmapsim_promote_failure failure; /* pmap: NULL */
	char failure_pmap[EXPLAIN_NAME_MAX];
	int failure_popcnt; /* of the frame's reservation; -1: none */
	bool panicked;
	/* The statement "pte" asks for entries: these. */
	bool asked;
	struct pmapsim_pte entries;
};

/*
 * Compares the machine before the statement that "replay" made last with the
 * machine after it.  NULL: no memory.  For events to be known the kernel trace
 * of the machine must be on: see explain_watch().
 */
struct explain *explain_difference(const struct explain_state *before,
    const struct explain_state *after, struct pmapsim_replay *replay);
void explain_free(struct explain *explain);

/* Whether the statement that "replay" made last promises to unmap "va", and did
 * not panic. */
bool explain_unmaps(struct pmapsim_replay *replay, pmap_t pmap, vm_offset_t va);

/*
 * How many detections a trace expects in which "statement" has "result": as
 * many as it counts, or the one that it puts in words and those before it; 0
 * for any other statement.
 */
uint64_t
explain_expected_detections(const struct pmapsim_trace_statement *statement,
    const char *result);

/* Turns on what the explanation of the coming statements needs. */
void explain_watch(struct pmapsim_replay *replay);

/* Calls write(arg, line) for each line of the explanation, without "\n". */
void explain_text(const struct explain *explain,
    void (*write)(void *arg, const char *line), void *arg);

#endif /* STUDY_EXPLAIN_H */
