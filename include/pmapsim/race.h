/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Races: what other CPUs' MMUs do inside a call of the kernel.
 *
 * The kernel changes a pmap under its locks; the MMUs of other CPUs take no
 * lock.  pmapsim_race() makes one call of a trace again and again, and each
 * time lets other CPUs access memory at other moments inside it.  pmapsim-
 * race(7) tells what is modelled and how to read what is found.
 *
 * The functions are in the library pmapsim_race, which has everything that
 * pmapsim has, and in which each access to a page-table entry is such a
 * moment; in the library pmapsim they say PMAPSIM_EINVAL.
 */
#ifndef PMAPSIM_RACE_H
#define PMAPSIM_RACE_H

#include <pmapsim/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is wrong with a placement. */
enum pmapsim_race_kind {
	PMAPSIM_RACE_NONE,
	PMAPSIM_RACE_PANIC,	 /* the call panicked, or stopped */
	PMAPSIM_RACE_FREE_FRAME, /* a walk or an access reached a free page */
	PMAPSIM_RACE_NOWHERE,	 /* an access that neither the tables
					before nor those after allow */
	PMAPSIM_RACE_LOST_WRITE, /* written, and nothing says so */
	PMAPSIM_RACE_LOST_REFERENCE, /* used, and nothing says so */
	PMAPSIM_RACE_STALE,	     /* a translation that is wrong after */
	PMAPSIM_RACE_AUDIT,	     /* the auditor finds a violation */
	PMAPSIM_RACE_ANSWER,	     /* a written page is called clean */
	PMAPSIM_RACE_SIZES, /* pages of two sizes in a TLB where the kernel
				sees to it that there is one */
	PMAPSIM_RACE_KINDS
};

/* What other CPUs do. */
#define PMAPSIM_RACE_ACCESS 1 /* read, write, fetch */
#define PMAPSIM_RACE_SWITCH 2 /* switch to the pmap, and access */
#define PMAPSIM_RACE_QUERY 4  /* ask, without a lock, if a page is clean */
#define PMAPSIM_RACE_STRAY 8  /* set A and M in a cleared PTE: an erratum */

/* What to try.  A zero-filled one is valid; read during pmapsim_race() only. */
struct pmapsim_race_options {
	const char *kernel; /* instead of the trace's; NULL: that one */
	const char *tlb;    /* instead of the trace's; NULL: that one, and
			       "nehalem" if it has none */
	unsigned ncpu;	    /* 0: the trace's, and 2 if it has one */
	unsigned line;	    /* of the statement; 0: the last call */
	unsigned actions;   /* at most so many; 0: 1 */
	unsigned with;	    /* PMAPSIM_RACE_*; 0: accesses */
	/* Addresses to access; none: the first, middle and last page that
	 * the statement changes the mapping of. */
	const vm_offset_t *address;
	unsigned naddress;	/* up to PMAPSIM_RACE_ADDRESSES */
	bool unreduced;		/* also before events on other entries */
	double seconds;		/* of the host's time, at most; 0: no bound */
	unsigned shard, shards; /* only placements whose first action's number
				   is shard modulo shards; 0: all */
	bool (*progress)(void *arg, uint64_t placements);
	void *arg;
};
#define PMAPSIM_RACE_ADDRESSES 8
#define PMAPSIM_RACE_ACTIONS 4

/*
 * What was found.  Filled in by pmapsim_race(); the caller then owns "trace".
 */
struct pmapsim_race_result {
	enum pmapsim_race_kind kind; /* of the first finding of the fewest
					actions; NONE: nothing is wrong */
	unsigned line;		     /* of the statement */
	uint64_t placements;	     /* tried, the one without actions
					included */
	uint64_t points;	     /* in the call without other CPUs */
	bool complete;	 /* the time sufficed; true with a finding, too */
	char text[1200]; /* the finding in words */
	struct pmapsim_trace *trace; /* the calls to the statement, with the
					actions as meanwhile statements; NULL
					without a finding */
};

/*
 * Tries every placement of up to "actions" actions of other CPUs inside one
 * statement of "trace": what "with" says, with each address, before each
 * access to an entry on the way to it and before each flush.  Of placements
 * with equally many actions the earliest is found.  The trace is replayed up to
 * the statement once, and the machine put back there for each placement; one
 * with more than 256 MB of memory is replayed each time.
 *
 * Errors are: PMAPSIM_EINVAL (the library has no points; an unknown kernel or
 * TLB; no such statement; the trace fails before it), PMAPSIM_ENOTSUP (it is
 * not known where the statement changes mappings, and no address is given),
 * PMAPSIM_ENOMEM, PMAPSIM_ESTOPPED ("progress" said so).
 */
PMAPSIM_API int pmapsim_race(const struct pmapsim_trace *trace,
    const struct pmapsim_race_options *options,
    struct pmapsim_race_result *result, char *err, size_t errsize);

/*
 * Returns the line of the first call of "trace" behind line "line" that
 * pmapsim_race() could try; 0: there is none.  Calls whose callers see to it
 * that no other CPU has the pmap, such as pmap_remove_pages(), are passed
 * over.
 */
PMAPSIM_API unsigned pmapsim_race_next_line(const struct pmapsim_trace *trace,
    unsigned line);

/*
 * Returns whether "trace" has meanwhile statements, which replays of the
 * library pmapsim_race alone can make; false for NULL.
 */
PMAPSIM_API bool pmapsim_race_has_plans(const struct pmapsim_trace *trace);

/* The kind's name, one word or two: "lost write". */
PMAPSIM_API const char *pmapsim_race_kind_name(enum pmapsim_race_kind kind);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_RACE_H */
