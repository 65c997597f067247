/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plans: what other CPUs do inside the next call.
 *
 * A meanwhile statement of a trace makes one, and so does who searches for
 * races; both are played by the same code, so that what a search has found a
 * trace can repeat.
 */
#ifndef TRACE_TRACE_MEANWHILE_H
#define TRACE_TRACE_MEANWHILE_H

#include "amd64/race_point.h"

struct pmapsim_replay;
struct trace_stmt;

/* What a CPU does. */
enum trace_deed {
	DEED_READ,
	DEED_WRITE,
	DEED_EXECUTE,
	DEED_QUERY, /* asks, without a lock, if the page is clean */
	DEED_STRAY  /* notes an access in a PTE that is empty by now: an
		       erratum */
};

/* How a CPU comes to the pmap whose address it uses. */
enum trace_taking {
	TAKEN,	  /* has it loaded before the call */
	TAKES,	  /* switches to it at the point */
	IS_TAKING /* begins to switch at the point, and ends after the call */
};

/*
 * A plan, and what came of it.  The point is the "nth" before "event" on the
 * entry of "level" of "at".  Who knows how many points of any kind come before
 * it says so in "skip", which may be 0: then nothing is asked at those.  Made
 * by trace_meanwhile_plan(); lives until the first plan for the call after the
 * next one.
 */
struct trace_plan {
	enum race_event event;
	unsigned level; /* 1 a PTE, 2 a PDE; 0 where no entry is meant */
	unsigned cpu;
	enum trace_deed deed;
	enum trace_taking taking;
	pmap_t pmap;
	vm_offset_t at, va;
	uint64_t nth, skip;

	uint64_t seen; /* such points so far */
	bool reached, succeeded;
	bool clean;	    /* a query's answer */
	vm_paddr_t pa;	    /* of an access that succeeded, ... */
	bool unrecorded;    /* ... through a mapping without PG_MANAGED, of
			       which the kernel keeps no books */
	vm_object_t object; /* ... and what page that was then; NULL: none */
	vm_pindex_t pindex;
	unsigned scans;		/* that the page daemon had ended by then */
	vm_paddr_t before;	/* where the tables lead before the call;
			       PLAN_NOWHERE: to a fault */
	bool before_unrecorded; /* through such a mapping */
	bool dirty_before;	/* what the kernel knew of that page */
	vm_paddr_t free_pa;	/* a free page that was reached, ... */
	bool free_table;	/* ... as a table; 0: none was */
};
#define PLAN_NOWHERE UINT64_MAX
#define TRACE_PLANS_MAX 8

/*
 * Who wants to know what happens in calls with plans, or with "always" in
 * every call.  Belongs to whoever sets it, for as long as the replay runs.
 */
struct trace_watch {
	bool always;
	void (*before)(struct pmapsim_replay *rp, const struct trace_stmt *st,
	    void *arg);
	void (*point)(struct machine *mach, const struct race_moment *moment,
	    void *arg); /* NULL: nobody */
	void (*after)(struct pmapsim_replay *rp, const struct trace_stmt *st,
	    void *arg);
	void *arg;
};
void trace_meanwhile_watch(struct pmapsim_replay *rp,
    const struct trace_watch *watch);

/*
 * Plans "plan" for the next call and prepares its CPU; false: there is no room
 * for one more.
 */
bool trace_meanwhile_plan(struct pmapsim_replay *rp,
    const struct trace_plan *plan);
/* The plans of the last call. */
unsigned trace_meanwhile_plans(const struct pmapsim_replay *rp);
const struct trace_plan *trace_meanwhile_done(const struct pmapsim_replay *rp,
    unsigned i);

/* Whether none but outcome statements follow the one that is being made. */
bool trace_meanwhile_is_last(const struct pmapsim_replay *rp);

/* Does now what "plan" says, whatever its point is. */
void trace_meanwhile_do(struct machine *mach, struct trace_plan *plan);
/* Where the tables of "plan"'s pmap lead now; PLAN_NOWHERE: to a fault. */
vm_paddr_t trace_meanwhile_walk(struct machine *mach,
    const struct trace_plan *plan);
/* The page at "pa"; NULL: no memory, or none that the kernel keeps books of. */
vm_page_t trace_meanwhile_page(struct machine *mach, vm_paddr_t pa);
/* Whether what the kernel knows of "m" says that it was written. */
bool trace_meanwhile_is_dirty(struct machine *mach, vm_page_t m);
/* Whether the page at "pa" is free. */
bool trace_meanwhile_is_free(struct machine *mach, vm_paddr_t pa);

/* Makes the call of "st" with what was planned for it. */
void trace_meanwhile_call(struct pmapsim_replay *rp,
    const struct trace_stmt *st);
/* Ends a call that does not return. */
void trace_meanwhile_end(struct pmapsim_replay *rp);

#endif /* TRACE_TRACE_MEANWHILE_H */
