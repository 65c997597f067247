/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking for bugs without knowing where: random hunts, shrinking what they
 * find, and trying every short sequence.
 */
#ifndef PMAPSIM_STUDY_H
#define PMAPSIM_STUDY_H

#include <pmapsim/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a sequence of calls fails. */
enum pmapsim_finding_kind {
	PMAPSIM_FINDING_NONE,
	PMAPSIM_FINDING_PANIC,	    /* of the kernel; text: its own */
	PMAPSIM_FINDING_AUDIT,	    /* a violation; text: the sentence */
	PMAPSIM_FINDING_STALE,	    /* a stale translation; text: the report */
	PMAPSIM_FINDING_DIFFERENCE, /* from a second kernel */
	PMAPSIM_FINDING_RACE, /* of another CPU inside a call; text: of what */
	PMAPSIM_FINDING_KINDS
};
/* "panic", "audit violation"...; NULL when it is none. */
PMAPSIM_API const char *pmapsim_finding_name(enum pmapsim_finding_kind kind);

/*
 * How and where a sequence failed.  The caller's; nothing in it is owned.
 * With kind NONE it may have ended before its last statement all the same:
 * then "line" and "text" say where and why, and "panic" that memory ran out.
 */
struct pmapsim_finding {
	enum pmapsim_finding_kind kind;
	unsigned line; /* of the statement that failed, 1-based */
	enum pmapsim_panic_code panic; /* UNKNOWN: it did not panic */
	unsigned rule; /* of a violation, by pmapsim_audit_rule()'s index */
	unsigned what; /* of a wrong translation: PMAPSIM_DETECT_* */
	/* That panicked in the kernel, or the operation of the statement that
	 * failed; a constant.  NULL: nothing failed. */
	const char *function;
	char text[512]; /* one line */
};

/* What counts as a failure, and under which kernels. */
struct pmapsim_judge {
	const char *kernel;  /* NULL: what the trace names */
	const char *against; /* a second kernel; NULL: none */
	unsigned audit_each; /* statements between audits; 0: none */
	const char *tlb;     /* instead of the trace's; NULL: its own */
	bool legal;	     /* what no correct caller does ends the replay */
	bool exhaustion;     /* running out of memory is a failure too */
	bool leaks;	     /* so is what the audit's rule "leaks" finds */
};

/*
 * Replays "trace", its results ignored, until something fails as "judge" says
 * and tells through "finding" what and where; kind NONE when nothing does.
 * Unless "judge->exhaustion" says so, running out of memory is no failure:
 * panics of the class PMAPSIM_PANIC_IS_EXHAUSTION end the replay with kind
 * NONE.
 *
 * Errors are: PMAPSIM_EINVAL (bad input; "err" tells), PMAPSIM_ENOMEM (the
 * host's memory ended, also that for an audit, which then finds nothing).
 */
PMAPSIM_API int pmapsim_judge_trace(const struct pmapsim_trace *trace,
    const struct pmapsim_judge *judge, struct pmapsim_finding *finding,
    char *err, size_t errsize);

/* How to shrink; read during pmapsim_shrink() only. */
struct pmapsim_shrink_options {
	struct pmapsim_judge judge;
	unsigned trials;     /* replays, at most; 0: 20,000 */
	const char *comment; /* lines without "#", put on top; NULL: none */
	/*
	 * Called after each statement of each trial, with the trials done; how
	 * many there will be is not known.  False ends them as if they were
	 * used up.  NULL: nobody is told.
	 */
	pmapsim_progress *progress;
	void *arg;
};

/*
 * Cuts "trace" down to a shortest one found that still fails in the same way
 * (a panic with the same code, a violation of the same audit rule), simplifies
 * its numbers, and returns it through "shrunkp" with results and expected end
 * filled in.  The caller closes it.
 *
 * Errors are: PMAPSIM_EINVAL (bad input, or nothing fails), PMAPSIM_ENOMEM,
 * PMAPSIM_ESTOPPED (the hook said so before anything had failed).
 */
PMAPSIM_API int pmapsim_shrink(const struct pmapsim_trace *trace,
    const struct pmapsim_shrink_options *options,
    struct pmapsim_trace **shrunkp, struct pmapsim_finding *finding, char *err,
    size_t errsize);

/* Families of calls that a hunt draws from. */
enum pmapsim_hunt_family {
	PMAPSIM_HUNT_KMEM = 1,	/* kmem_malloc(), kmem_free() */
	PMAPSIM_HUNT_RAW = 2,	/* pmap(9) on kernel superpages */
	PMAPSIM_HUNT_USER = 4,	/* pmap(9) on user pmaps and objects */
	PMAPSIM_HUNT_SPACE = 8, /* programs: mmap, access, fork, mprotect */
	PMAPSIM_HUNT_ALL = 15
};

/*
 * Where a hunt stands between two rounds, and what it has counted in the rounds
 * before.  A zero-filled one is the start of every hunt.  The library fills it
 * in; who keeps it, in a file say, can go on from there in another process.
 */
#define PMAPSIM_HUNT_STATES 65536
struct pmapsim_hunt_position {
	uint64_t round; /* the next one to do */
	uint64_t calls;
	uint64_t statements;
	uint64_t promotions;
	/* Combinations seen of an operation and the counters that it moved:
	 * how many, and a bit for each. */
	unsigned nstates;
	uint8_t states[PMAPSIM_HUNT_STATES / 8];
};

/* A sequence of a hunt that learned; read during pmapsim_hunt() only. */
struct pmapsim_hunt_seed {
	const char *name; /* for messages */
	const char *text; /* as "keep" was given it */
	size_t size;
};

/*
 * What to hunt.  A zero-filled one is valid: all families, without end.  Read
 * during pmapsim_hunt() only.
 */
struct pmapsim_hunt_options {
	struct pmapsim_judge judge;
	unsigned families; /* of enum pmapsim_hunt_family; 0: all */
	uint64_t seed;
	uint64_t calls;	 /* to make in this shard, those made before "from"
			    included; 0: no bound */
	double seconds;	 /* of host time; 0: no bound */
	unsigned ncpu;	 /* 0: 2 */
	bool invariants; /* KASSERTs are checked: a failed one is found */
	bool race;	 /* other CPUs act inside calls: needs pmapsim_race */
	/* A preset or a description: TLBs and the detector; NULL: none.  A
	 * description is not in what is found: its replay needs it too. */
	const char *tlb;
	unsigned shard, shards; /* only rounds = shard modulo shards; 0: all */
	/* Where to go on; not kept.  NULL: at the start. */
	const struct pmapsim_hunt_position *from;
	/* Choices of one round instead of the seed's, for a fuzzer: the round
	 * ends with them.  Not copied; NULL: none. */
	const uint8_t *bytes;
	size_t nbytes;
	/*
	 * Sequences that bring the kernel into a new state are kept, and half
	 * of the rounds are one of them, changed.  What is played depends on
	 * all rounds before: "from", "shards" and "bytes" must be left out.
	 */
	bool learn;
	/* What was kept before, played first.  Not copied. */
	const struct pmapsim_hunt_seed *corpus;
	unsigned ncorpus;
	/* Given each sequence that is kept: a trace, with its choices in the
	 * comments before it.  Gone after the call.  NULL: nobody is. */
	void (*keep)(const struct pmapsim_hunt_options *options,
	    const char *text, size_t size, void *arg);
	/* Called after each round in which nothing was found, with the position
	 * behind it; false ends the hunt.  NULL: nobody is told. */
	bool (*progress)(const struct pmapsim_hunt_options *options,
	    const struct pmapsim_hunt_position *position, void *arg);
	void *arg;
};

/*
 * How a hunt ended.  Filled in by pmapsim_hunt(); the caller then owns "trace".
 */
struct pmapsim_hunt_result {
	struct pmapsim_finding finding;
	struct pmapsim_trace *trace; /* what was done; NULL without a finding;
					the caller closes it */
	uint64_t round;		     /* of the finding, or the next one to do */
	/* Behind the last round done, which may be the finding's. */
	struct pmapsim_hunt_position position;
};

/*
 * Makes random legal calls on one small machine after the other (a "round" is
 * a machine's life, a function of seed and number alone) until something
 * fails, calls or time are used up, or "progress" says so.  A hunt that goes
 * on "from" a position of the same hunt ends where it would have ended without
 * a stop, with the same counts.  With "learn" a round depends on those before
 * it, too.
 *
 * Errors are: PMAPSIM_EINVAL (an unknown kernel or TLB, or "race" in a library
 * that has no points; what a hunt that learns cannot do, or no sequence in
 * "corpus"), PMAPSIM_ENOMEM.
 */
PMAPSIM_API int pmapsim_hunt(const struct pmapsim_hunt_options *options,
    struct pmapsim_hunt_result *result, char *err, size_t errsize);

/* What to explore; read during pmapsim_explore() only. */
struct pmapsim_explore_options {
	struct pmapsim_judge judge;
	unsigned depth;	     /* calls in a sequence, at most */
	unsigned families;   /* PMAPSIM_HUNT_KMEM, _RAW, _USER; 0: RAW */
	uint64_t max_states; /* 0: 1,000,000 */
	/*
	 * Called after each sequence; how many there will be is not known.
	 * False ends it as too many states would.  NULL: nobody is told.
	 */
	pmapsim_progress *progress;
	void *arg;
};

/*
 * How an exploration ended.  Filled in by pmapsim_explore(); the caller then
 * owns "trace".
 */
struct pmapsim_explore_result {
	struct pmapsim_finding finding;
	struct pmapsim_trace *trace; /* the shortest failing sequence; NULL:
					there is none; the caller closes it */
	unsigned depth;	    /* calls of it, or the depth tried in full */
	uint64_t states;    /* different states seen */
	uint64_t sequences; /* tried */
	bool complete;	    /* every sequence to that depth was tried */
};

/*
 * Tries every sequence of a small set of calls on a tiny machine, shortest
 * first, states with the same digest being one.  Errors as pmapsim_hunt().
 */
PMAPSIM_API int pmapsim_explore(const struct pmapsim_explore_options *options,
    struct pmapsim_explore_result *result, char *err, size_t errsize);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_STUDY_H */
