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
	PMAPSIM_FINDING_PANIC, /* the kernel panics; text: the panic's */
	PMAPSIM_FINDING_AUDIT, /* the audit fails; text: its sentence */
	PMAPSIM_FINDING_STALE, /* a wrong translation is used; text: which */
	PMAPSIM_FINDING_DIFFERENCE, /* a second kernel does otherwise */
	PMAPSIM_FINDING_RACE, /* with another CPU inside a call; text: which */
	PMAPSIM_FINDING_KINDS
};
/*
 * Returns the name of "kind", "panic" or "audit violation" for instance, a
 * constant; NULL when there is no such kind.
 */
PMAPSIM_API const char *pmapsim_finding_name(enum pmapsim_finding_kind kind);

/*
 * How and where a sequence of calls failed.  The caller owns it, and nothing
 * in it needs to be given back.  A sequence that did not fail, kind NONE, can
 * have ended before its last statement.  Then "line" and "text" say where and
 * why, and "panic" is the panic of a kernel that ran out of memory.
 */
struct pmapsim_finding {
	enum pmapsim_finding_kind kind;
	unsigned line; /* of the statement that failed, 1-based */
	enum pmapsim_panic_code panic; /* UNKNOWN: it did not panic */
	unsigned rule; /* the audit's: an index of pmapsim_audit_rule() */
	unsigned what; /* of a wrong translation: PMAPSIM_DETECT_* */
	/* The kernel's function that panicked, or the operation of the
	 * statement that failed; a constant.  NULL: nothing failed. */
	const char *function;
	char text[512]; /* one line */
};

/* What counts as a failure, and under which kernels. */
struct pmapsim_judge {
	const char *kernel;  /* NULL: what the trace names */
	const char *against; /* a second kernel; NULL: none */
	unsigned audit_each; /* statements between audits; 0: none */
	const char *tlb;     /* instead of the trace's; NULL: its own */
	bool legal;	     /* calls of no correct caller end the replay */
	bool exhaustion;     /* running out of memory is a failure */
	bool leaks;	     /* a violation of the rule "leaks" is one */
};

/*
 * Replays "trace" until something fails as "judge" says, and tells through
 * "finding" what and where; its kind is NONE when nothing fails.  The results
 * that stand in the trace are ignored.  Running out of memory is a failure
 * only with "judge->exhaustion": else a panic of the class
 * PMAPSIM_PANIC_IS_EXHAUSTION ends the replay with kind NONE.
 *
 * Errors are: PMAPSIM_EINVAL (bad input; "err" tells), PMAPSIM_ENOMEM (the
 * host has no memory for the replay or for an audit).
 */
PMAPSIM_API int pmapsim_judge_trace(const struct pmapsim_trace *trace,
    const struct pmapsim_judge *judge, struct pmapsim_finding *finding,
    char *err, size_t errsize);

/* How to shrink; read during pmapsim_shrink() only. */
struct pmapsim_shrink_options {
	struct pmapsim_judge judge;
	unsigned trials;     /* replays at most; 0: 20,000 */
	const char *comment; /* lines without "#" to begin with; NULL: none */
	/*
	 * Called after each statement of each trial with the number of trials
	 * done; the number of all is not known.  When it returns false no more
	 * trials are made.  NULL: no hook.
	 */
	pmapsim_progress *progress;
	void *arg;
};

/*
 * Leaves out statements of "trace" and simplifies numbers as long as the trace
 * that remains fails alike: by a panic with the code of the first, or a
 * violation of its audit rule.  Returns the shortest such trace that was found
 * through "shrunkp", with results and the expected end filled in.  The caller
 * closes it.
 *
 * Errors are: PMAPSIM_EINVAL (bad input, or nothing fails), PMAPSIM_ENOMEM,
 * PMAPSIM_ESTOPPED (the hook returned false before anything had failed).
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
 * Where a hunt stands between two rounds, and what it has counted in the
 * rounds before.  A zero-filled one is the start of every hunt.  The library
 * fills it in.  A caller that keeps it, in a file for instance, can go on with
 * the hunt in another process.
 */
#define PMAPSIM_HUNT_STATES 65536
struct pmapsim_hunt_position {
	uint64_t round; /* the number of the next one */
	uint64_t calls;
	uint64_t statements;
	uint64_t promotions;
	/* Each operation together with the counters that it changed is a
	 * state: how many were seen, and a bit for each. */
	unsigned nstates;
	uint8_t states[PMAPSIM_HUNT_STATES / 8];
};

/* A sequence of a hunt that learned; read during pmapsim_hunt() only. */
struct pmapsim_hunt_seed {
	const char *name; /* for messages */
	const char *text; /* what "keep" was called with */
	size_t size;
};

/*
 * What to hunt.  With a zero-filled one a hunt draws from all families and has
 * no end.  Read during pmapsim_hunt() only.
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
	/* A preset or a description of TLBs, with which the detector is on;
	 * NULL: none.  The trace that is found does not hold a description, so
	 * who replays the trace gives it again. */
	const char *tlb;
	unsigned shard, shards; /* makes the rounds whose number is "shard"
				   modulo "shards"; 0: all */
	/* Where to go on; not copied.  NULL: at the start. */
	const struct pmapsim_hunt_position *from;
	/* The choices of one round, instead of those that the seed gives: for a
	 * fuzzer.  The round ends with them.  Not copied; NULL: none. */
	const uint8_t *bytes;
	size_t nbytes;
	/*
	 * The hunt keeps sequences that bring the kernel into a new state, and
	 * plays one of them, changed, in half of its rounds.  A round then
	 * depends on all before it, so "from", "shards" and "bytes" must be 0.
	 */
	bool learn;
	/* Sequences that were kept before; the hunt plays them first.  Not
	 * copied. */
	const struct pmapsim_hunt_seed *corpus;
	unsigned ncorpus;
	/* Called with each sequence that the hunt keeps: the text of a trace,
	 * which begins with the choices as comments.  The text is valid during
	 * the call.  NULL: no hook. */
	void (*keep)(const struct pmapsim_hunt_options *options,
	    const char *text, size_t size, void *arg);
	/* Called after each round in which nothing was found, with the position
	 * after it.  When it returns false the hunt ends.  NULL: no hook. */
	bool (*progress)(const struct pmapsim_hunt_options *options,
	    const struct pmapsim_hunt_position *position, void *arg);
	void *arg;
};

/*
 * How a hunt ended.  Filled in by pmapsim_hunt(); the caller then owns
 * "trace".
 */
struct pmapsim_hunt_result {
	struct pmapsim_finding finding;
	struct pmapsim_trace *trace; /* the calls of the finding, which the
					caller closes; NULL: no finding */
	uint64_t round;		     /* of the finding, or the next one */
	/* After the last round, which the finding can have ended. */
	struct pmapsim_hunt_position position;
};

/*
 * Makes random legal calls on one small machine after another until something
 * fails, the calls or the time are used up, or "progress" returns false.  The
 * life of one machine is a round.  What happens in it depends on the seed and
 * the number of the round alone, or, with "learn", on the rounds before it
 * too.
 *
 * A hunt that was ended and goes on "from" its position finds and counts what
 * it would have found and counted without the stop.
 *
 * Errors are: PMAPSIM_EINVAL (an unknown kernel or TLB; "race" in the library
 * pmapsim, which has no points for other CPUs; options that a hunt with
 * "learn" cannot have; a text in "corpus" that is no sequence),
 * PMAPSIM_ENOMEM.
 */
PMAPSIM_API int pmapsim_hunt(const struct pmapsim_hunt_options *options,
    struct pmapsim_hunt_result *result, char *err, size_t errsize);

/* What to explore; read during pmapsim_explore() only. */
struct pmapsim_explore_options {
	struct pmapsim_judge judge;
	unsigned depth;	     /* calls of a sequence at most */
	unsigned families;   /* PMAPSIM_HUNT_KMEM, _RAW, _USER; 0: RAW */
	uint64_t max_states; /* 0: 1,000,000 */
	/*
	 * Called after each sequence; the number of all is not known.  When it
	 * returns false the exploration ends, and "complete" is false.  NULL:
	 * no hook.
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
	struct pmapsim_trace *trace; /* the shortest sequence that fails, which
					the caller closes; NULL: none does */
	unsigned depth;	    /* calls of "trace", or those tried in full */
	uint64_t states;    /* different states seen */
	uint64_t sequences; /* tried */
	bool complete; /* all sequences of up to so many calls were tried */
};

/*
 * Tries every sequence of a small set of calls on a tiny machine, shortest
 * first.  Two sequences after which the machine has one digest lead to one
 * state, and only the first of them is continued.
 *
 * Errors are: PMAPSIM_EINVAL (an unknown kernel or TLB), PMAPSIM_ENOMEM.
 */
PMAPSIM_API int pmapsim_explore(const struct pmapsim_explore_options *options,
    struct pmapsim_explore_result *result, char *err, size_t errsize);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_STUDY_H */
