/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a hunt that learns keeps: the choices of rounds that led to a new state
 * of the kernel; see hunt_corpus.c.
 */
#ifndef STUDY_HUNT_CORPUS_H
#define STUDY_HUNT_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pmapsim_hunt_options;
struct hunt_round;

#define CORPUS_CALLS 1502     /* drawn in a round, and the setup before them */
#define CORPUS_CHOICES 65536  /* made in a round */
#define CORPUS_ENTRIES 4096   /* from which on nothing more is kept */
#define CORPUS_FEATURES 65536 /* states that are told apart */

/*
 * The choices of a round, call by call.  Part of the corpus while the round is
 * played, and copied out of it where they are kept.
 */
struct corpus_tape {
	unsigned ncalls, nchoices;
	uint32_t end[CORPUS_CALLS]; /* of call i's choices */
	uint16_t choice[CORPUS_CHOICES];
};

/* The choices of a call; of an entry. */
struct corpus_call {
	const uint16_t *choice;
	unsigned n;
};

/* A sequence that was kept; the corpus owns its arrays. */
struct corpus_entry {
	unsigned ncalls;
	struct corpus_call *call;
	uint16_t *choices; /* of all calls */
	uint64_t cost;	   /* kernel calls that it makes */
};

/*
 * Made by corpus_create() for one hunt, and gone with it.  Before each round
 * corpus_plan() changes a sequence; while it is played corpus_choice() gives
 * the choices of that plan, and others where it has none, and the tape has what
 * was chosen; corpus_look() looks at the kernel after each statement.
 */
struct hunt_corpus {
	uint64_t random; /* of the plans */
	unsigned nentries;
	unsigned nread;	  /* of these, the first: read, not found */
	unsigned nplayed; /* and of these, how many were played unchanged */
	struct corpus_entry entry[CORPUS_ENTRIES];
	/* Kernel calls by which each state was reached soonest; 0: not yet. */
	uint32_t soonest[CORPUS_FEATURES];
	/* The plan: of each call its choices, which are an entry's. */
	unsigned ncalls; /* planned */
	unsigned calls;	 /* to play, with those that are drawn anew */
	struct corpus_call plan[CORPUS_CALLS];
	/* The round. */
	const uint16_t *next, *last; /* planned choices of this call */
	struct corpus_tape tape;
	bool full;	  /* the tape: nothing more is kept of this round */
	unsigned reached; /* calls up to the last new state; 0: none */
	uint64_t cost;	  /* kernel calls up to there */
	size_t text;	  /* bytes of the trace up to there */
	unsigned before;  /* the operation before this one */
	uint64_t seen[8]; /* counters after it */
};

/* Makes a corpus of options->corpus; an enum pmapsim_error. */
int corpus_create(const struct pmapsim_hunt_options *options,
    struct hunt_corpus **corpusp, char *err, size_t errsize);
void corpus_destroy(struct hunt_corpus *corpus);
/* Plans the next round. */
void corpus_plan(struct hunt_corpus *corpus);
/* The next call begins, of which all choices until the next are; false: the
 * round ends, and none does. */
bool corpus_next_call(struct hunt_corpus *corpus);
/* A choice of [0, bound); "random" is the round's. */
unsigned corpus_choice(struct hunt_corpus *corpus, uint64_t *random,
    unsigned bound);
/* Notes the state that statement "op" has led to. */
void corpus_look(struct hunt_corpus *corpus, const struct hunt_round *r,
    unsigned op);
/* After the round: keeps what led to a new state.  False: the host has no
 * memory for it. */
bool corpus_keep(struct hunt_corpus *corpus, const struct hunt_round *r);

#endif /* STUDY_HUNT_CORPUS_H */
