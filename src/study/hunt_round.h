/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the hunter's files share: a round, and what each family of calls
 * remembers of it so that its next call is one that a correct caller could
 * make.
 */
#ifndef STUDY_HUNT_ROUND_H
#define STUDY_HUNT_ROUND_H

#include "base/random.h"
#include "study/judge.h"
#include "trace/trace_stmt.h"

#define HUNT_KMEM_MAX 64   /* kmem allocations alive */
#define HUNT_RAW_REGIONS 4 /* 2 MB of kernel addresses each */
#define HUNT_OBJECTS 3
#define HUNT_OBJECT_PAGES 1536
#define HUNT_PMAPS 4
#define HUNT_SPACES 4
#define HUNT_AREAS 6 /* mapped areas of a space */

/*
 * What each family remembers of its calls, from which the next one is drawn.
 * All are parts of the round.
 */

/* kmem_malloc()'s results that were not freed: [va, va + size). */
struct hunt_kmem {
	unsigned n;
	struct {
		uint64_t va, size;
	} a[HUNT_KMEM_MAX];
};

/* Kernel superpages with full reservations, and which pages are entered. */
struct hunt_raw {
	unsigned regions;
	uint64_t va[HUNT_RAW_REGIONS];
	uint8_t entered[HUNT_RAW_REGIONS][512];
};

/* Objects whose pages user pmaps map, all at the same addresses. */
struct hunt_user {
	bool pmap[HUNT_PMAPS]; /* pinit'ed */
	bool object[HUNT_OBJECTS];
	uint8_t page[HUNT_OBJECTS][HUNT_OBJECT_PAGES]; /* allocated */
};

/* Programs, and what each has mapped. */
struct hunt_space {
	bool space[HUNT_SPACES];
	struct {
		uint64_t va, size;
		bool wired;
	} area[HUNT_SPACES][HUNT_AREAS]; /* size 0: none */
};

/*
 * A round: the life of one small machine.  Made from seed and number alone, on
 * host memory, with the families' state zero-filled; gone when the machine is,
 * but for the trace of a finding.
 */
struct hunt_round {
	const struct pmapsim_hunt_options *options;
	uint64_t random;
	size_t used;		     /* of options->bytes */
	struct pmapsim_trace *trace; /* grows */
	struct judge judge;
	struct pmapsim_finding finding;
	enum judge_verdict verdict; /* of the last statement */
	unsigned families;
	unsigned ncpu;
	bool roams; /* statements choose their CPU */
	struct pmapsim_hunt_position *position; /* of the hunt: its states */
	uint64_t seen[8]; /* counters after the last statement */
	struct hunt_kmem kmem;
	struct hunt_raw raw;
	struct hunt_user user;
	struct hunt_space space;
};

/*
 * Adds the statement to the trace, on some CPU where the round roams, makes
 * it, and judges.  False when the round is over: r->verdict says why.
 */
bool hunt_do(struct hunt_round *r, struct trace_stmt *st);
/* The first number in the result of the last statement; 0: it has none. */
uint64_t hunt_result(const struct hunt_round *r);

/*
 * Makes "n" accesses from "va" on in "pmap" through the TLB of "cpu": what a
 * later call leaves of them shows in a later access.
 */
bool hunt_mmu_access(struct hunt_round *r, const char *pmap, vm_offset_t va,
    unsigned n, unsigned cpu);

/*
 * A choice of [0, bound), "bound" at most 65536: from the round's seed, or
 * from the bytes that were given, as long as there are any.
 */
static inline unsigned
hunt_below(struct hunt_round *r, unsigned bound)
{
	unsigned choice = 0;

	if (r->options->bytes == NULL)
		return (random_below(&r->random, bound));
	if (r->used < r->options->nbytes)
		choice = r->options->bytes[r->used++];
	if (bound > 256 && r->used < r->options->nbytes)
		choice |= (unsigned)r->options->bytes[r->used++] << 8;
	return (choice % bound);
}

/* True once in "n". */
static inline bool
hunt_chance(struct hunt_round *r, unsigned n)
{
	return (hunt_below(r, n) == 0);
}

/*
 * A run of pages of a 512-page region: the shapes at which superpages are made
 * and broken (all, all but the first, one), and any.
 */
void hunt_run(struct hunt_round *r, unsigned *first, unsigned *n);

/*
 * Plays the round at which result->position stands, counts it there, and moves
 * on to this shard's next; a finding keeps its trace.  An enum pmapsim_error.
 */
int hunt_round(const struct pmapsim_hunt_options *options,
    struct pmapsim_hunt_result *result, char *err, size_t errsize);

/* A family: set-up at a round's start, then calls.  False: the round ended. */
bool hunt_kmem_call(struct hunt_round *r);
bool hunt_raw_setup(struct hunt_round *r);
bool hunt_raw_call(struct hunt_round *r);
bool hunt_user_setup(struct hunt_round *r);
bool hunt_user_call(struct hunt_round *r);
bool hunt_space_call(struct hunt_round *r);

#endif /* STUDY_HUNT_ROUND_H */
