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

int
pmapsim_hunt(const struct pmapsim_hunt_options *options,
    struct pmapsim_hunt_result *result, char *err, size_t errsize)
{
	struct pmapsim_hunt_position *at;
	double start;
	int error = PMAPSIM_OK;
	bool more = true;

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
	at = &result->position;
	if (options->from != NULL)
		*at = *options->from;
	start = hunt_clock();
	hunt_to_shard(options, at);
	while (more && hunt_goes_on(options, at, start)) {
		error = hunt_round(options, result, err, errsize);
		if (error != PMAPSIM_OK || result->trace != NULL)
			return (error);
		more = options->bytes == NULL &&
		    (options->progress == NULL ||
			options->progress(options, at, options->arg));
	}
	result->round = at->round;
	return (error);
}
