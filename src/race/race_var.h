/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the race layer share: a placement, and the run of one.
 */
#ifndef RACE_RACE_VAR_H
#define RACE_RACE_VAR_H

#include <pmapsim/race.h>

#include "amd64/race_point.h"
#include "trace/trace_var.h"

/* An access by another CPU at a place of the statement. */
struct race_action {
	uint64_t point; /* 0: before the statement; 1: before its first event;
			   one more than there are: after it */
	unsigned cpu;
	unsigned address; /* index into struct race's address[] */
	vm_prot_t right;  /* read, write or execute */
};

/* What came of an action in a run. */
struct race_done {
	bool succeeded;
	vm_paddr_t pa;	   /* when it did */
	vm_paddr_t before; /* where the tables before the statement lead;
			      RACE_NOWHERE: to a fault */
};
#define RACE_NOWHERE UINT64_MAX

/* A point of the run without other CPUs: what is about to happen there. */
struct race_event_seen {
	uint8_t event;
	uint8_t reaches; /* bit i: it is on the way to address i, or a flush */
	uint8_t level[PMAPSIM_RACE_ADDRESSES]; /* of the entry on that way; 0:
						  it is not on it */
};

/*
 * A search: made by pmapsim_race() in its frame; the points are host memory
 * that grows with the longest call.  One replay at a time exists in it.
 */
struct race {
	const struct pmapsim_trace *trace;
	const struct pmapsim_race_options *options;
	struct pmapsim_race_result *result;
	struct pmapsim_replay_options how;
	uint64_t target;      /* statements before the one that is tried */
	struct trace_stmt st; /* that one; its texts are the trace's */
	unsigned ncpu;
	vm_offset_t address[PMAPSIM_RACE_ADDRESSES];
	unsigned naddress;

	/* The placement. */
	struct race_action action[PMAPSIM_RACE_ACTIONS + 1];
	unsigned nactions, limit;

	/* Its run. */
	struct pmapsim_replay *replay;
	pmap_t pmap; /* whose addresses are accessed */
	struct race_done done[PMAPSIM_RACE_ACTIONS + 1];
	struct race_event_seen *events; /* [room], of the last run */
	uint64_t nevents, room;
	bool no_memory;	      /* for an event */
	char free_frame[160]; /* what reached one; "": nothing did */

	int error; /* why the search ends early; PMAPSIM_OK: it goes on */
	char *err;
	size_t errsize;
};

/* race_run.c: plays the placement, and judges it. */
enum pmapsim_race_kind race_run(struct race *r, char *text, size_t size);
/* Performs action "i" now. */
void race_perform(struct race *r, struct machine *mach, unsigned i);
/* Where "va" leads by the tables alone, as CPU "cpu" has them loaded. */
vm_paddr_t race_walk(struct race *r, struct machine *mach,
    const struct race_action *action);
/* The page at "pa"; NULL: no memory, or none that the kernel keeps books of. */
vm_page_t race_page_at(struct machine *mach, vm_paddr_t pa);

/* race_judge.c: what is wrong after the statement has returned. */
enum pmapsim_race_kind race_judge(struct race *r, struct machine *mach,
    char *text, size_t size);

/* race_find.c: the addresses of the statement, before it is made. */
bool race_find_addresses(struct race *r, struct machine *mach);

/* race_write.c: the placement as a trace; NULL, with r->error: no memory. */
struct pmapsim_trace *race_write(struct race *r, const char *finding);

#endif /* RACE_RACE_VAR_H */
