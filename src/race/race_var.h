/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the search share: a placement, and the run of one.
 */
#ifndef RACE_RACE_VAR_H
#define RACE_RACE_VAR_H

#include "race/race_call.h"
#include "trace/trace_image.h"

/* Something that another CPU does at a place of the statement. */
struct race_action {
	uint64_t point; /* 0: before the statement; 1: before its first event;
			   one more than there are: after it */
	unsigned cpu;
	unsigned address; /* index into the call's address[] */
	enum trace_deed deed;
	enum trace_taking taking;
};

/* A point of the run before: what is about to happen there. */
struct race_event_seen {
	uint8_t event;
	uint8_t reaches; /* bit i: it is on the way to address i, or a flush */
	uint8_t matters; /* bit i: so, and an access of address i may find
			    something else here than at the points next to it;
			    see race_run.c */
	uint8_t level[PMAPSIM_RACE_ADDRESSES]; /* of the entry on that way; 0:
						  it is not on it */
};

/*
 * What has happened to the way to an address so far in a run: which flushes an
 * access of it is tried before depends on that.
 */
struct race_way {
	bool flushed;  /* since the last access to an entry of it there was a
			  flush, ... */
	uint64_t last; /* ... last in events[last] */
	bool large;    /* a TLB may have a page of 2 MB for it */
	bool dropped;  /* the tables have none any more, and a flush from "by"
			  on makes CPUs forget it */
	vm_offset_t by;
};

#define RACE_INSIDE UINT64_MAX

/*
 * A search: made by pmapsim_race() in its frame; the points are host memory
 * that grows with the longest call.  One replay at a time exists in it, which
 * is put back before the statement for each run.
 */
struct race {
	const struct pmapsim_trace *trace;
	const struct pmapsim_race_options *options;
	struct pmapsim_race_result *result;
	struct pmapsim_replay_options how;
	unsigned with;	      /* PMAPSIM_RACE_*: what CPUs do */
	unsigned line;	      /* of the one that is tried; 0: the last call */
	uint64_t target;      /* statements before the one that is tried */
	struct trace_stmt st; /* that one; its texts are the trace's */
	unsigned ncpu;
	struct race_call call;
	char pmap_name[TRACE_NAME_MAX + 1]; /* in the trace */

	/* The placement.  Its plans are made of the points of the runs with
	 * fewer actions. */
	struct race_action action[PMAPSIM_RACE_ACTIONS];
	struct trace_plan plan[PMAPSIM_RACE_ACTIONS];
	unsigned nactions, limit;
	uint64_t first; /* first actions so far: what shards are dealt by */
	double end;	/* of the host's clock; 0: the search has time */

	/* Its run. */
	struct pmapsim_replay *replay; /* NULL: none is started */
	uint64_t at; /* statements that it has made, or RACE_INSIDE: more than
			"target", with actions inside one */
	struct image *image; /* of it, before the statement; NULL: none could
				be taken, and each run starts a replay */
	struct race_event_seen *events; /* [room], of the last run that noted
					   its points */
	uint64_t nevents, room;
	struct race_way way[PMAPSIM_RACE_ADDRESSES]; /* in that run */
	bool notes;	/* it notes its points, for placements with one action
			   more; those of the run before hold for it up to its
			   last action */
	bool no_memory; /* for an event, or the audit */
	enum pmapsim_race_kind kind;
	char why[900];

	int error; /* why the search ends early; PMAPSIM_OK: it goes on */
	char *err;
	size_t errsize;
};

/* race_run.c: plays the placement, and judges it into r->kind and r->why. */
void race_run(struct race *r);
/* Plays it with all its actions before the call, which shows what of the audit
 * is broken without a race as well; r->events is of this run then. */
void race_run_before_call(struct race *r);
/* Leaves the statement, for one that comes after it, as if it had not been
 * tried. */
void race_run_leave(struct race *r);
/* Gives back what runs share. */
void race_run_end(struct race *r);

/* race_place.c: the next action of a placement, and the placement in words. */
void race_place(struct race *r, const struct race_event_seen *events,
    uint64_t nevents);
/* Puts what is planned before the call. */
void race_place_before(struct trace_plan *plan);
void race_describe(struct race *r, char *text, size_t size);

/* race_write.c: the placement as a trace; NULL, with r->error: no memory. */
struct pmapsim_trace *race_write(struct race *r, const char *finding);

#endif /* RACE_RACE_VAR_H */
