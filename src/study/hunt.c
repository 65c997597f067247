/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hunter: random but legal calls on one small machine after the other.
 *
 * What it does is written as a trace while it is done, so that a finding is a
 * trace from the start.  A round, a machine's life, is a function of seed and
 * number; so a hunt can be split over processes, killed, and resumed.
 */
#include "study/hunt_round.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double
hunt_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((double)now.tv_sec + (double)now.tv_nsec / 1e9);
}

/* Whether a hunt that stands at "at" is to do another round. */
static bool
hunt_goes_on(const struct pmapsim_hunt_options *options,
    const struct pmapsim_hunt_position *at, double start)
{

	if (options->calls != 0 && at->calls >= options->calls)
		return (false);
	return (options->seconds <= 0 ||
	    hunt_clock() - start < options->seconds);
}

/* Moves to the next round that is this shard's. */
static void
hunt_to_shard(const struct pmapsim_hunt_options *options,
    struct pmapsim_hunt_position *at)
{
	unsigned shards = options->shards != 0 ? options->shards : 1;

	at->round += (options->shard % shards + shards - at->round % shards) %
	    shards;
}

/* Plays rounds until the hunt ends. */
static int
hunt_rounds(const struct pmapsim_hunt_options *options,
    struct hunt_corpus *corpus, struct pmapsim_hunt_result *result, char *err,
    size_t errsize)
{
	struct pmapsim_hunt_position *at = &result->position;
	const double start = hunt_clock();
	bool more = true;
	int error = PMAPSIM_OK;

	if (options->from != NULL)
		*at = *options->from;
	hunt_to_shard(options, at);
	while (more && hunt_goes_on(options, at, start)) {
		error = hunt_round(options, corpus, result, err, errsize);
		if (error != PMAPSIM_OK || result->trace != NULL)
			return (error);
		more = options->bytes == NULL &&
		    (options->progress == NULL ||
			options->progress(options, at, options->arg));
	}
	result->round = at->round;
	return (error);
}

int
pmapsim_hunt(const struct pmapsim_hunt_options *options,
    struct pmapsim_hunt_result *result, char *err, size_t errsize)
{
	struct hunt_corpus *corpus = NULL;
	int error = PMAPSIM_OK;

	if (err == NULL)
		errsize = 0;
	if (result != NULL)
		memset(result, 0, sizeof(*result));
	if (options == NULL || result == NULL) {
		snprintf(err, errsize,
		    "pmapsim_hunt() needs options and a "
		    "place for the result");
		return (PMAPSIM_EINVAL);
	}
	if (options->learn) {
		if (options->bytes != NULL || options->shards > 1 ||
		    (options->from != NULL && options->from->round != 0)) {
			snprintf(err, errsize,
			    "a hunt that learns plays all rounds from the first "
			    "on: no position to go on from, shards or bytes");
			return (PMAPSIM_EINVAL);
		}
		error = corpus_create(options, &corpus, err, errsize);
	}
	if (error == PMAPSIM_OK)
		error = hunt_rounds(options, corpus, result, err, errsize);
	corpus_destroy(corpus);
	return (error);
}
