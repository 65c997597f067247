/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim debug: the table of its commands, and those that tell of it.
 */
#include <stdio.h>
#include <string.h>

#include "cli/debug.h"

static bool
debug_run_where(struct debug *debug, unsigned n, char *const *words)
{

	return (debug_arrive(debug));
}

static bool
debug_run_help(struct debug *debug, unsigned n, char *const *words)
{
	const struct debug_command *command;
	char left[48];

	if (n > 0) {
		command = debug_find_command(words[0]);
		if (command == NULL)
			return (false);
		printf("%s %s\n%s.\n", command->name,
		    command->arguments != NULL ? command->arguments : "",
		    command->help);
		return (true);
	}
	for (command = debug_commands; command->name != NULL; command++) {
		snprintf(left, sizeof(left), "%s %s", command->name,
		    command->arguments != NULL ? command->arguments : "");
		printf("  %c%c %-26s %s\n",
		    command->letter != '\0' ? command->letter : ' ',
		    command->letter != '\0' ? ',' : ' ', left, command->help);
	}
	printf("\nWHAT is panic, promotion, demotion, failure (of a "
	       "promotion), the number of a\nline, the name of a statement, "
	       "a counter, or PMAP VA: the entry of an address.\nA command may "
	       "be cut where no other begins so; \";\" separates commands.\n");
	return (true);
}

static bool
debug_run_quit(struct debug *debug, unsigned n, char *const *words)
{

	debug->done = true;
	return (true);
}

static void
complete_print(const char *word, void *arg)
{

	printf("%s\n", word);
}

static bool
debug_run_complete(struct debug *debug, unsigned n, char *const *words)
{
	char line[512] = "";
	unsigned i;

	for (i = 0; i < n; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line),
		    "%s%s", i > 0 ? " " : "", words[i]);
	debug_complete(debug, line, complete_print, NULL);
	return (true);
}

const struct debug_command debug_commands[] = {
    {"step", 's', "[N]", "Make the next statement, or N of them", 0, 1,
	debug_run_step},
    {"back", 'b', "[N]", "Go back by one statement, or by N", 0, 1,
	debug_run_back},
    {"until", 'u', "WHAT", "Go on until something happens", 1, 2,
	debug_run_until},
    {"last", 'l', "WHAT", "Go back to where it happened last", 1, 2,
	debug_run_last},
    {"goto", 'g', "LINE", "Go forward or back to behind a line", 1, 1,
	debug_run_goto},
    {"start", '\0', NULL, "Go back to before the first statement", 0, 0,
	debug_run_start},
    {"continue", 'c', NULL, "Go on to the next stop, or to the end", 0, 0,
	debug_run_continue},
    {"stop", '\0', "WHAT", "Let \"continue\" stop there; without WHAT, list", 0,
	2, debug_run_stop},
    {"watch", '\0', "WHAT", "As stop; said of an entry or a counter", 1, 2,
	debug_run_stop},
    {"unstop", '\0', "N", "Take stop N away", 1, 1, debug_run_unstop},
    {"who", 'w', "PMAP VA|COUNTER",
	"The call that changed it last, and what it went through since", 1, 2,
	debug_run_who},
    {"try", 't', "KERNEL [start]",
	"What another kernel would do from here, or from the start", 1, 2,
	debug_run_try},
    {"kernel", 'k', "[KERNEL]",
	"Go on under another kernel; or say which it is", 0, 1,
	debug_run_kernel},
    {"print", 'p', "[COUNTER]", "Counters whose names begin so", 0, 1,
	debug_run_print},
    {"pte", '\0', "PMAP VA", "The entries of an address, in words", 2, 2,
	debug_run_pte},
    {"region", 'r', "PMAP VA", "The 512 PTEs of a region", 2, 2,
	debug_run_region},
    {"map", 'm', NULL, "Memory and address spaces", 0, 0, debug_run_map},
    {"dump", '\0', NULL, "The whole state, as a trace writes it", 0, 0,
	debug_run_dump},
    {"digest", '\0', NULL, "The digest of the whole state", 0, 0,
	debug_run_digest},
    {"panic", '\0', NULL, "The panic and its backtrace", 0, 0, debug_run_panic},
    {"where", '\0', NULL, "This place, and what the statement changed", 0, 0,
	debug_run_where},
    {"list", '\0', "[N]", "The trace around here, N lines up and down", 0, 1,
	debug_run_list},
    {"complete", '\0', "COMMAND", "What can stand behind these words", 0,
	DEBUG_WORDS_MAX, debug_run_complete},
    {"help", 'h', "[COMMAND]", "This, or more of one command", 0, 1,
	debug_run_help},
    {"quit", 'q', NULL, "Leave", 0, 0, debug_run_quit},
    {NULL, '\0', NULL, NULL, 0, 0, NULL},
};
