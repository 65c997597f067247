/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading ahead.  The thread and the caller share the number of filled slots,
 * under the lock; what a slot holds belongs to one of them at a time.
 */
#include "program/run_ahead.h"

#include <stdlib.h>
#include <string.h>

#define AHEAD_STACK ((size_t)1 << 20) /* for hosts with little memory */

/* Fills a slot; false: it is the last one. */
static bool
fill_slot(struct run_ahead *ahead, unsigned i)
{
	struct run_ahead_slot *slot = &ahead->slots[i];

	slot->n = run_reader_words(ahead->reader, slot->words, RUN_AHEAD_WORDS,
	    ahead->err, sizeof(ahead->err));
	return (slot->n > 0);
}

static void *
fill_all(void *arg)
{
	struct run_ahead *ahead = arg;
	bool more = true;
	unsigned i;

	for (i = 0; more; i = (i + 1) % RUN_AHEAD_SLOTS) {
		pthread_mutex_lock(&ahead->lock);
		/* One slot stays the caller's while it looks at the words. */
		while (ahead->nfilled >= RUN_AHEAD_SLOTS - 1 && !ahead->stopped)
			pthread_cond_wait(&ahead->emptied, &ahead->lock);
		more = !ahead->stopped;
		pthread_mutex_unlock(&ahead->lock);
		if (!more)
			break;
		more = fill_slot(ahead, i);
		pthread_mutex_lock(&ahead->lock);
		ahead->nfilled++;
		pthread_cond_signal(&ahead->filled);
		pthread_mutex_unlock(&ahead->lock);
	}
	return (NULL);
}

static bool
start_thread(struct run_ahead *ahead)
{
	pthread_attr_t attr;
	bool started;

	if (pthread_attr_init(&attr) != 0)
		return (false);
	started = pthread_attr_setstacksize(&attr, AHEAD_STACK) == 0 &&
	    pthread_create(&ahead->thread, &attr, fill_all, ahead) == 0;
	pthread_attr_destroy(&attr);
	return (started);
}

bool
run_ahead_start(struct run_ahead *ahead, struct run_reader *reader,
    bool threaded)
{
	unsigned i;

	memset(ahead, 0, sizeof(*ahead));
	ahead->reader = reader;
	/* The first slot's memory is that of all. */
	ahead->slots[0].words = calloc(RUN_AHEAD_SLOTS,
	    RUN_AHEAD_WORDS * sizeof(uint64_t));
	if (ahead->slots[0].words == NULL)
		return (false);
	for (i = 1; i < RUN_AHEAD_SLOTS; i++)
		ahead->slots[i].words = ahead->slots[0].words +
		    i * RUN_AHEAD_WORDS;
	pthread_mutex_init(&ahead->lock, NULL);
	pthread_cond_init(&ahead->filled, NULL);
	pthread_cond_init(&ahead->emptied, NULL);
	ahead->threaded = threaded && start_thread(ahead);
	return (true);
}

long long
run_ahead_words(struct run_ahead *ahead, const uint64_t **words)
{
	struct run_ahead_slot *slot = &ahead->slots[ahead->next];

	if (ahead->threaded) {
		pthread_mutex_lock(&ahead->lock);
		while (ahead->nfilled == 0)
			pthread_cond_wait(&ahead->filled, &ahead->lock);
		ahead->nfilled--;
		pthread_cond_signal(&ahead->emptied);
		pthread_mutex_unlock(&ahead->lock);
		ahead->next = (ahead->next + 1) % RUN_AHEAD_SLOTS;
	} else
		fill_slot(ahead, ahead->next);
	*words = slot->words;
	return (slot->n);
}

void
run_ahead_stop(struct run_ahead *ahead)
{

	if (ahead->threaded) {
		pthread_mutex_lock(&ahead->lock);
		ahead->stopped = true;
		pthread_cond_signal(&ahead->emptied);
		pthread_mutex_unlock(&ahead->lock);
		pthread_join(ahead->thread, NULL);
	}
	pthread_cond_destroy(&ahead->emptied);
	pthread_cond_destroy(&ahead->filled);
	pthread_mutex_destroy(&ahead->lock);
	free(ahead->slots[0].words);
}
