/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim debug: what another kernel does with the same calls.
 */
#include <stdio.h>
#include <string.h>

#include "cli/debug.h"

bool
debug_run_kernel(struct debug *debug, unsigned n, char *const *words)
{
	struct travel *travel = &debug->travel;

	if (!debug_needs_machine(debug))
		return (false);
	if (n == 0) {
		printf("%s\n", travel_kernel(travel));
		return (true);
	}
	if (!debug_told(debug, travel_switch(travel, words[0])))
		return (false);
	printf("from here on the kernel is %s\n", travel_kernel(travel));
	return (true);
}

/* How a journey ended, in words. */
static void
debug_end_text(const struct travel *travel, char *buf, size_t size)
{
	const struct pmapsim_panic *panic;

	panic = pmapsim_panic(pmapsim_replay_machine(travel->replay));
	if (panic != NULL)
		snprintf(buf, size, "%s in line %u: %s",
		    panic->simulator ? "stops" : "panics", travel_line(travel),
		    panic->text);
	else
		snprintf(buf, size, "comes to the end of the trace");
}

#define TRY_SHOWN 8 /* statements with different results */

/* Steps both journeys to their ends, and shows what differs. */
static bool
debug_try_both(struct travel *ours, struct travel *theirs)
{
	unsigned differ = 0, state_line = 0;
	char end[400];
	bool a, b;

	for (;;) {
		a = travel_step(ours);
		b = travel_step(theirs);
		if (!a && !b)
			break;
		if (a && b && state_line == 0 &&
		    pmapsim_replay_digest(ours->replay) !=
			pmapsim_replay_digest(theirs->replay))
			state_line = travel_line(ours);
		if (!a || !b || strcmp(ours->result, theirs->result) == 0)
			continue;
		if (differ++ >= TRY_SHOWN)
			continue;
		printf("  line %u: %.*s\n", travel_line(ours),
		    (int)pmapsim_replay_statement(ours->replay)->length,
		    pmapsim_replay_statement(ours->replay)->text);
		printf("    here:    %s\n    instead: %s\n",
		    ours->result[0] != '\0' ? ours->result : "(no result)",
		    theirs->result[0] != '\0' ? theirs->result : "(no result)");
	}
	if (differ > TRY_SHOWN)
		printf("  and %u more results\n", differ - TRY_SHOWN);
	if (differ == 0)
		printf("  all results are the same\n");
	if (state_line != 0)
		printf("  the machines differ after line %u\n", state_line);
	else
		printf("  the machines never differ\n");
	debug_end_text(ours, end, sizeof(end));
	printf("  %s %s\n", travel_kernel(ours), end);
	debug_end_text(theirs, end, sizeof(end));
	printf("  %s %s\n", travel_kernel(theirs), end);
	return (true);
}

/* What another kernel does with what comes from here on. */
bool
debug_run_try(struct debug *debug, unsigned n, char *const *words)
{
	struct travel *travel = &debug->travel;
	const bool from_start = n > 1;
	struct travel ours, theirs;
	struct machine *mach;
	uint64_t place;
	char err[512];
	bool ok;

	if (from_start && strcmp(words[1], "start") != 0) {
		cli_error("%.60s: \"start\", or nothing, would be right",
		    words[1]);
		return (false);
	}
	if (!pmapsim_kernel_valid(words[0], err, sizeof(err))) {
		cli_error("%s", err);
		return (false);
	}
	if (!from_start && !debug_needs_machine(debug))
		return (false);
	memset(&ours, 0, sizeof(ours));
	memset(&theirs, 0, sizeof(theirs));
	/* What has panicked cannot go on: what would it have done instead? */
	mach = pmapsim_replay_machine(travel->replay);
	place = travel->position -
	    (mach != NULL && pmapsim_panic(mach) != NULL);
	if (from_start)
		place = 0;
	ok = travel_copy(travel, NULL, &ours) &&
	    travel_copy(travel, from_start ? words[0] : NULL, &theirs) &&
	    travel_to(&ours, place, NULL, NULL);
	ok = ok && travel_to(&theirs, place, NULL, NULL) &&
	    (from_start || travel_switch(&theirs, words[0]));
	if (ok && from_start)
		printf("From the start, the same calls under %s:\n", words[0]);
	else if (ok)
		printf("From behind line %u on, the same calls under %s:\n",
		    travel_line(&theirs), travel_kernel(&theirs));
	if (!ok)
		cli_error("%s",
		    theirs.err[0] != '\0'   ? theirs.err :
			ours.err[0] != '\0' ? ours.err :
					      "no memory");
	else
		ok = debug_try_both(&ours, &theirs);
	travel_end(&ours);
	travel_end(&theirs);
	return (ok);
}
