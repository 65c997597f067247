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

static unsigned
hunt_count_states(const uint8_t *states)
{
	unsigned i, n = 0;

	for (i = 0; i < HUNT_STATES / 8; i++)
		n += (unsigned)__builtin_popcount(states[i]);
	return (n);
}

int
pmapsim_hunt(const struct pmapsim_hunt_options *options,
    struct pmapsim_hunt_result *result, char *err, size_t errsize)
{
	uint8_t *states;
	double start, now, told;
	unsigned shards;
	uint64_t round;
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
	shards = options->shards != 0 ? options->shards : 1;
	states = calloc(HUNT_STATES / 8, 1);
	if (states == NULL) {
		snprintf(err, errsize, "no memory");
		return (PMAPSIM_ENOMEM);
	}
	start = told = hunt_clock();
	round = options->first_round;
	if (round % shards != options->shard % shards)
		round += (options->shard % shards + shards - round % shards) %
		    shards;
	for (; more && error == PMAPSIM_OK; round += shards) {
		result->round = round;
		error = hunt_round(options, round, states, result, err,
		    errsize);
		if (result->trace != NULL)
			break;
		result->round = round + shards;
		now = hunt_clock();
		if (options->bytes != NULL ||
		    (options->calls != 0 && result->calls >= options->calls) ||
		    (options->seconds > 0 && now - start >= options->seconds))
			more = false;
		if (options->progress != NULL && (now - told >= 1 || !more)) {
			told = now;
			more = options->progress(options, result->round,
				   result->calls, result->promotions,
				   hunt_count_states(states), options->arg) &&
			    more;
		}
	}
	result->states = hunt_count_states(states);
	free(states);
	return (error);
}
