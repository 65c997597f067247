/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Races: what other CPUs' MMUs do inside a call of the kernel.
 *
 * The kernel changes a pmap under its locks, but the MMUs of other CPUs take
 * no lock.  pmapsim_race() makes one call of a trace again and again, and each
 * time lets other CPUs act at other moments inside it.  The page
 * pmapsim-race(7) tells what is modelled and how to read a finding.
 *
 * The functions work in the library pmapsim_race.  It has everything that the
 * library pmapsim has, and a point at which other CPUs can act before each
 * access to a page-table entry.  In the library pmapsim pmapsim_race() returns
 * PMAPSIM_EINVAL.
 */
#ifndef PMAPSIM_RACE_H
#define PMAPSIM_RACE_H

#include <pmapsim/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What is wrong with a placement, which is a choice of moments inside the call
 * and of what other CPUs do at each.
 */
enum pmapsim_race_kind {
	PMAPSIM_RACE_NONE,
	PMAPSIM_RACE_PANIC,	 /* the call panicked, or stopped */
	PMAPSIM_RACE_FREE_FRAME, /* a walk or an access reached a free page */
	PMAPSIM_RACE_NOWHERE,	 /* an access that the page tables allow neither
				    before the call nor after it */
	PMAPSIM_RACE_LOST_WRITE, /* a page was written, and nothing says so */
	PMAPSIM_RACE_LOST_REFERENCE, /* a page was used, and nothing says so */
	PMAPSIM_RACE_STALE,  /* a translation that is wrong after the call */
	PMAPSIM_RACE_AUDIT,  /* the auditor finds a violation */
	PMAPSIM_RACE_ANSWER, /* a written page is called clean */
	PMAPSIM_RACE_SIZES,  /* a TLB holds an address in two sizes, under a
			       kernel that prevents this */
	PMAPSIM_RACE_KINDS
};

/* What other CPUs do at the points. */
#define PMAPSIM_RACE_ACCESS 1 /* read, write, fetch */
#define PMAPSIM_RACE_SWITCH 2 /* switch to the pmap, and access */
#define PMAPSIM_RACE_QUERY 4  /* ask without a lock whether a page is clean */
#define PMAPSIM_RACE_STRAY 8  /* set A and M in a cleared PTE: an erratum */

/* What to try.  A zero-filled one is valid; read during pmapsim_race() only. */
struct pmapsim_race_options {
	const char *kernel; /* NULL: the kernel of the trace */
	const char *tlb;    /* NULL: that of the trace, or "nehalem" where the
			       trace has none */
	unsigned ncpu;	    /* 0: that of the trace, but 2 at least */
	unsigned line;	    /* of the statement; 0: the last call */
	bool all; /* each call that pmapsim_race_next_line() gives after that
		     line, one after the other, until something is found */
	unsigned actions; /* of a placement, at most; 0: 1 */
	unsigned with;	  /* PMAPSIM_RACE_ACCESS and so on; 0: ACCESS */
	/* Addresses that are accessed.  With none, those of the first, the
	 * middle and the last page whose mapping the statement changes. */
	const vm_offset_t *address;
	unsigned naddress;	/* up to PMAPSIM_RACE_ADDRESSES */
	bool unreduced;		/* also act before accesses to other entries */
	double seconds;		/* of the host's time, at most; 0: no bound */
	unsigned shard, shards; /* tries the placements whose first action has a
				   number that is "shard" modulo "shards"; 0:
				   all */
	/* Called with the number of placements tried.  When it returns false
	 * the search ends with PMAPSIM_ESTOPPED.  NULL: no hook. */
	bool (*progress)(void *arg, uint64_t placements);
	void *arg;
};
/* The largest "naddress" and "actions". */
#define PMAPSIM_RACE_ADDRESSES 8
#define PMAPSIM_RACE_ACTIONS 4

/*
 * What was found.  Filled in by pmapsim_race(); the caller then owns "trace".
 */
struct pmapsim_race_result {
	enum pmapsim_race_kind kind; /* of the first finding among those with
					the fewest actions; NONE: no finding */
	unsigned line;		     /* of the statement */
	uint64_t placements;	     /* tried; the one without actions counts */
	uint64_t points;	     /* of the call without other CPUs */
	uint64_t statements;	     /* that were searched, ... */
	uint64_t skipped; /* ... and with "all" such as have no address */
	uint64_t broken;  /* bit i: rule i of pmapsim_audit_rule() is broken
			    after the call without actions inside it as well,
			    and so judged no placement */
	bool complete;	  /* the time was enough, or there is a finding */
	char text[1200];  /* the finding in words */
	struct pmapsim_trace *trace; /* the calls up to the statement, with the
					actions as meanwhile statements; NULL:
					no finding */
};

/*
 * Tries every placement of up to "actions" actions of other CPUs inside one
 * statement of "trace".  The actions are those of "with", at each address;
 * their points are before each access of the kernel to an entry on the way to
 * the address, and before each flush.  A read, write or fetch is tried before
 * those flushes alone that can change what it finds, and before no load of an
 * entry that it leaves as it is, unless "unreduced" is set.
 * Placements with fewer actions come first, and of those with equally many the
 * one whose points are earliest.  With "all" each call that
 * pmapsim_race_next_line() gives is tried, in one replay, until something is
 * found; a call for which no address is known is then no error, but counted in
 * "skipped".
 *
 * The trace is replayed up to the statement once, and the machine is put back
 * there for each placement.  A machine with more than 256 MB of memory is
 * replayed each time instead.  A rule of the audit that is broken without any
 * action as well, or with the same actions before the statement, by a kernel
 * that miscounts, judges no placement.
 *
 * Errors are: PMAPSIM_EINVAL (the library has no points; an unknown kernel or
 * TLB; no such statement; the trace fails before it), PMAPSIM_ENOTSUP (it is
 * not known where the statement changes mappings, and no address is given),
 * PMAPSIM_ENOMEM, PMAPSIM_ESTOPPED ("progress" returned false).
 */
PMAPSIM_API int pmapsim_race(const struct pmapsim_trace *trace,
    const struct pmapsim_race_options *options,
    struct pmapsim_race_result *result, char *err, size_t errsize);

/*
 * Returns the line of the first call of "trace" after line "line" that
 * pmapsim_race() can try; 0 when there is none.  It passes over calls during
 * which no other CPU can have the pmap loaded: pmap_remove_pages(),
 * pmap_release(), vmspace_free() and vmspace_exit(); and over pmap_kenter() and
 * pmap_kremove(), which leave the invalidation to their callers.
 */
PMAPSIM_API unsigned pmapsim_race_next_line(const struct pmapsim_trace *trace,
    unsigned line);

/*
 * Returns whether "trace" has meanwhile statements, which only a replay in the
 * library pmapsim_race can make; false for NULL.
 */
PMAPSIM_API bool pmapsim_race_has_plans(const struct pmapsim_trace *trace);

/* Returns the name of "kind", "lost write", a constant; NULL: no such kind. */
PMAPSIM_API const char *pmapsim_race_kind_name(enum pmapsim_race_kind kind);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_RACE_H */
