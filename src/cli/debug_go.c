/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim debug: the commands that go forward and back.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/debug.h"

/* A journey's reasons to stop.  On the stack of who begins it. */
struct debug_journey {
	struct debug_stop *stops[DEBUG_STOPS_MAX];
	unsigned nstops;
	const struct debug_stop *reached;
	uint64_t last; /* position behind the statement that reached it last */
	bool whole;    /* go on to the end, and note that position */
};

static bool
journey_stop(struct travel *travel, void *arg)
{
	struct debug_journey *journey = arg;
	unsigned i;

	for (i = 0; i < journey->nstops; i++)
		if (debug_stop_reached(journey->stops[i], travel)) {
			journey->reached = journey->stops[i];
			journey->last = travel->position;
		}
	return (journey->reached != NULL && !journey->whole);
}

/* Explains the statement made last, if the journey came here in a hurry. */
bool
debug_arrive(struct debug *debug)
{
	struct travel *travel = &debug->travel;

	if (travel->last == NULL && travel->explains && travel->position > 0 &&
	    !debug_told(debug,
		travel_to(travel, travel->position - 1, NULL, NULL) &&
		    travel_step(travel)))
		return (false);
	debug_here(debug);
	return (true);
}

/* Goes forward until one of the journey's stops is reached. */
static bool
debug_go(struct debug *debug, struct debug_journey *journey)
{
	struct travel *travel = &debug->travel;
	const bool explains = travel->explains;
	unsigned i;
	bool ok;

	if (travel_ended(travel)) {
		cli_error("this is the end; \"back\" goes back");
		return (false);
	}
	for (i = 0; i < journey->nstops; i++)
		debug_stop_arm(journey->stops[i], travel);
	travel->explains = false;
	ok = travel_to(travel, UINT64_MAX, journey_stop, journey);
	travel->explains = explains;
	if (!debug_told(debug, ok))
		return (false);
	if (journey->reached != NULL)
		printf("stopped by %s\n", journey->reached->text);
	else if (journey->nstops > 0)
		printf("nothing of the kind comes any more\n");
	return (debug_arrive(debug));
}

bool
debug_run_step(struct debug *debug, unsigned n, char *const *words)
{
	uint64_t count = 1;

	if (n > 0 && !debug_number(words[0], "how many steps", &count))
		return (false);
	if (travel_ended(&debug->travel)) {
		cli_error("this is the end; \"back\" goes back");
		return (false);
	}
	for (; count > 0 && travel_step(&debug->travel); count--)
		debug_here(debug);
	return (debug_told(debug, debug->travel.err[0] == '\0'));
}

bool
debug_run_back(struct debug *debug, unsigned n, char *const *words)
{
	struct travel *travel = &debug->travel;
	uint64_t count = 1;

	if (n > 0 && !debug_number(words[0], "how many steps", &count))
		return (false);
	if (travel->position == 0) {
		cli_error("this is the start");
		return (false);
	}
	if (count > travel->position)
		count = travel->position;
	if (!debug_told(debug,
		travel_to(travel, travel->position - count, NULL, NULL)))
		return (false);
	debug_here(debug);
	return (true);
}

bool
debug_run_start(struct debug *debug, unsigned n, char *const *words)
{

	if (!debug_told(debug, travel_to(&debug->travel, 0, NULL, NULL)))
		return (false);
	debug_here(debug);
	return (true);
}

bool
debug_run_continue(struct debug *debug, unsigned n, char *const *words)
{
	struct debug_journey journey;
	unsigned i;

	memset(&journey, 0, sizeof(journey));
	for (i = 0; i < DEBUG_STOPS_MAX; i++)
		if (debug->stops[i].text[0] != '\0')
			journey.stops[journey.nstops++] = &debug->stops[i];
	return (debug_go(debug, &journey));
}

bool
debug_run_until(struct debug *debug, unsigned n, char *const *words)
{
	struct debug_journey journey;
	struct debug_stop stop;

	if (!debug_read_stop(n, words, &stop))
		return (false);
	memset(&journey, 0, sizeof(journey));
	journey.stops[journey.nstops++] = &stop;
	return (debug_go(debug, &journey));
}

/*
 * Goes back to the statement before this place that "stop" waits for; that
 * one is found from the start.
 */
static bool
debug_go_back(struct debug *debug, struct debug_stop *stop)
{
	struct travel *travel = &debug->travel;
	const uint64_t here = travel->position;
	const bool explains = travel->explains;
	struct debug_journey journey;
	bool ok;

	memset(&journey, 0, sizeof(journey));
	journey.stops[journey.nstops++] = stop;
	journey.whole = true;
	travel->explains = false;
	ok = travel_to(travel, 0, NULL, NULL);
	debug_stop_arm(stop, travel);
	ok = ok && here > 0 &&
	    travel_to(travel, here - 1, journey_stop, &journey);
	travel->explains = explains;
	if (!debug_told(debug, ok || here == 0))
		return (false);
	if (journey.last == 0) {
		printf("nothing of the kind came before\n");
		return (debug_told(debug, travel_to(travel, here, NULL, NULL)));
	}
	return (debug_told(debug,
		    travel_to(travel, journey.last, NULL, NULL)) &&
	    debug_arrive(debug));
}

bool
debug_run_last(struct debug *debug, unsigned n, char *const *words)
{
	struct debug_stop stop;

	return (debug_read_stop(n, words, &stop) &&
	    debug_go_back(debug, &stop));
}

bool
debug_run_goto(struct debug *debug, unsigned n, char *const *words)
{
	struct travel *travel = &debug->travel;
	struct debug_journey journey;
	struct debug_stop stop;
	uint64_t line;

	if (!debug_number(words[0], "the number of a line", &line))
		return (false);
	memset(&stop, 0, sizeof(stop));
	memset(&journey, 0, sizeof(journey));
	stop.kind = DEBUG_STOP_LINE;
	stop.line = (unsigned)line;
	journey.stops[journey.nstops++] = &stop;
	if (travel_line(travel) >= stop.line &&
	    !debug_told(debug, travel_to(travel, 0, NULL, NULL)))
		return (false);
	if (!debug_told(debug,
		travel_to(travel, UINT64_MAX, journey_stop, &journey)))
		return (false);
	if (travel_line(travel) != line)
		printf("line %" PRIu64 " has no statement; this is the %s\n",
		    line, journey.reached != NULL ? "next one" : "last one");
	return (debug_arrive(debug));
}
