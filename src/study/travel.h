/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time travel: a replay that can go back, and that can go on under another
 * kernel.  Going back replays from the start, which the same calls make the
 * same.  Of a long trace images are kept, and it replays from the last one
 * before; else nothing is recorded but where the kernel was changed.
 */
#ifndef STUDY_TRAVEL_H
#define STUDY_TRAVEL_H

#include "study/explain.h"

#define TRAVEL_SWITCHES 8      /* of the kernel, in one journey */
#define TRAVEL_RESULT_SIZE 768 /* bytes of a result, its NUL included */

/* From statement "at" on, counted from 0, the kernel is this one. */
struct travel_switch {
	uint64_t at;
	char kernel[PMAPSIM_KERNEL_NAME_SIZE];
};

/*
 * Images are at least so many statements apart, which take some 50 ms, and of
 * longer traces so many that there are TRAVEL_MARKS.
 */
#define TRAVEL_APART 8192
#define TRAVEL_MARKS 16

/* The journey's replay as it was when "position" statements were made. */
struct image;
struct travel_mark {
	uint64_t position;
	struct image *image;
};

/*
 * A journey.  Made by travel_start(), which leaves it before the first
 * statement, given back by travel_end(); it owns all but the trace.
 */
struct travel {
	const struct pmapsim_trace *trace;
	struct pmapsim_replay_options options;
	struct pmapsim_replay *replay;
	uint64_t position; /* statements made */
	unsigned nswitches;
	struct travel_switch switches[TRAVEL_SWITCHES];
	/* Of the statement made last; NULL and "" before the first. */
	struct explain *last;
	char result[TRAVEL_RESULT_SIZE];
	bool explains;				/* "last" is wanted */
	struct travel_mark marks[TRAVEL_MARKS]; /* ascending */
	unsigned nmarks;
	uint64_t apart; /* statements; 0: no images are kept */
	uint64_t made;	/* statements in all, those made again included */
	char err[512];	/* why the last function of this file failed */
};

/*
 * Starts a journey through "trace", whose results are not compared.  Of
 * "options" the machine's are taken, kernel, tlb and ncpu.  False, the reason
 * in "travel->err": no memory, an unknown kernel.
 */
bool travel_start(struct travel *travel, const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options);
void travel_end(struct travel *travel);

/*
 * Makes one statement; false when none could be made: the journey is at its
 * end, or there is no memory.  A panic is the end, but its statement was made.
 */
bool travel_step(struct travel *travel);
/*
 * Goes to where "position" statements are made, or to the end if that comes
 * first.  Each statement on the way for which ends(travel, arg) is true ends
 * it; "ends" may be NULL.  False: no memory, or the trace is wrong.
 */
bool travel_to(struct travel *travel, uint64_t position,
    bool (*ends)(struct travel *travel, void *arg), void *arg);
/* Whether nothing can follow here. */
bool travel_ended(const struct travel *travel);
/* The kernel that the next statement is made under; "" before the machine. */
const char *travel_kernel(const struct travel *travel);
/*
 * Goes on under "kernel" from here.  False: it is unknown, the machine is not
 * there yet or has panicked, or the two kernels lay memory out differently, so
 * that a machine of one cannot go on as one of the other.
 */
bool travel_switch(struct travel *travel, const char *kernel);
/*
 * Makes "copy" a second journey through the same trace, which explains nothing:
 * at the same place, or, where "kernel" is not NULL, at the start and under
 * that one.
 */
bool travel_copy(const struct travel *travel, const char *kernel,
    struct travel *copy);

/* The "index"th pmap that the trace has made and not ended; NULL after them. */
const char *travel_pmap_name(const struct travel *travel, unsigned index);
/* The line of the statement made last; 0 before the first. */
unsigned travel_line(const struct travel *travel);

/* What a question about the past is about: one of these. */
struct travel_question {
	const char *pmap;    /* an entry: of this pmap, ... */
	vm_offset_t va;	     /* ... of this address; pmap NULL: none */
	const char *counter; /* a sysctl; NULL: none */
};
/* What it is now; of an entry PDE and, where there is one, PTE. */
struct travel_answer {
	bool known; /* pmap and machine are there */
	struct pmapsim_pte entries;
	int64_t counter;
};
void travel_ask(struct travel *travel, const struct travel_question *question,
    struct travel_answer *answer);
bool travel_answers_equal(const struct travel_answer *a,
    const struct travel_answer *b);

/* What happened to an entry, or a counter. */
enum travel_event {
	TRAVEL_CHANGED,	 /* it, or what a 2 MB mapping says in its place */
	TRAVEL_PROMOTED, /* a 2 MB mapping took its place */
	TRAVEL_DEMOTED,	 /* it took the place of a 2 MB mapping */
	TRAVEL_LEFT	 /* its address was unmapped, and it stayed valid */
};

/*
 * The last change of an entry or a counter, events[0], and what happened to it
 * since, oldest first; the first TRAVEL_EVENTS of that.  "count" is 0 when it
 * is as it was when the machine was booted.
 */
#define TRAVEL_EVENTS 12
struct travel_story {
	unsigned count;
	struct {
		enum travel_event event;
		uint64_t position; /* behind the statement */
		unsigned line;
	} events[TRAVEL_EVENTS];
};
/*
 * Finds the story up to this place, by a journey of its own from the start.
 * False: no memory.
 */
bool travel_find_story(struct travel *travel,
    const struct travel_question *question, struct travel_story *story);

#endif /* STUDY_TRAVEL_H */
