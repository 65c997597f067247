/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recording that a second thread reads ahead: it decompresses and unpacks
 * while the caller's thread simulates, which halves the time of a run.
 */
#ifndef PROGRAM_RUN_AHEAD_H
#define PROGRAM_RUN_AHEAD_H

#include <pthread.h>

#include "program/run_file.h"

#define RUN_AHEAD_WORDS 16384
#define RUN_AHEAD_SLOTS 4

/*
 * A ring of slots, which the thread fills and the caller empties in turn.  Made
 * by run_ahead_start() on an open reader, which is the thread's until
 * run_ahead_stop() has given the slots back.  Where no thread is asked for, or
 * none can be had, run_ahead_words() reads, and nothing else is different.
 */
struct run_ahead {
	struct run_reader *reader;
	pthread_t thread;
	bool threaded;
	pthread_mutex_t lock; /* of what follows, but for what slots hold */
	pthread_cond_t filled, emptied;
	unsigned nfilled; /* behind "next", and the caller's */
	bool stopped;	  /* the caller wants no more */
	unsigned next;	  /* the caller's: the slot that it empties */
	struct run_ahead_slot {
		uint64_t *words;
		long long n; /* as run_reader_words() returned it */
	} slots[RUN_AHEAD_SLOTS];
	char err[512]; /* of the slot whose "n" is -1, the last one */
};

/* "threaded": the host has a CPU for the thread.  False: no memory. */
bool run_ahead_start(struct run_ahead *ahead, struct run_reader *reader,
    bool threaded);
/*
 * The next words, which stay until the next call: their number, 0 at the end
 * and -1, with "err" set in "ahead", when the file is damaged or cannot be
 * read.  Not called again after 0 or -1.
 */
long long run_ahead_words(struct run_ahead *ahead, const uint64_t **words);
void run_ahead_stop(struct run_ahead *ahead);

#endif /* PROGRAM_RUN_AHEAD_H */
