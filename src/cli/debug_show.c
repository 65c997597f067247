/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim debug: what its commands share, to show a place and to read a word.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/debug.h"

/* Says in which line the journey is, what was done there and what it did. */
void
debug_show(const struct travel *travel, bool color)
{
	const struct pmapsim_panic *panic;

	if (travel->position == 0) {
		printf("before the first statement\n");
		return;
	}
	panic = pmapsim_panic(pmapsim_replay_machine(travel->replay));
	cli_show_call(pmapsim_replay_statement(travel->replay), travel->result,
	    panic != NULL, color);
	if (travel->last != NULL)
		cli_show_explain(travel->last, color);
	if (panic != NULL)
		printf("the machine has panicked: \"panic\" shows where\n");
	else if (travel_ended(travel))
		printf("the trace is at its end\n");
}

void
debug_here(struct debug *debug)
{

	debug_show(&debug->travel, debug->color);
}

/* Tells why a journey failed; "good" otherwise. */
bool
debug_told(struct debug *debug, bool good)
{

	if (!good)
		cli_error("%s",
		    debug->travel.err[0] != '\0' ? debug->travel.err :
						   "no memory");
	return (good);
}

/* Needs a machine; false, with the message, where there is none. */
bool
debug_needs_machine(struct debug *debug)
{

	if (pmapsim_replay_machine(debug->travel.replay) != NULL)
		return (true);
	cli_error("no machine is there yet: \"step\" boots it");
	return (false);
}

/* Reads a number; false, with the message. */
bool
debug_number(const char *word, const char *what, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(word, &end, 0);
	if (word[0] >= '0' && word[0] <= '9' && *end == '\0' && errno == 0)
		return (true);
	cli_error("%.60s: %s would be right", word, what);
	return (false);
}
