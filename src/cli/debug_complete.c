/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can stand in a line of pmapsim debug behind what is there.
 */
#include <stdio.h>
#include <string.h>

#include "cli/debug.h"

/* Who gets the words, and what they must begin with. */
struct complete {
	const char *prefix;
	void (*give)(const char *word, void *arg);
	void *arg;
};

static void
complete_word(const struct complete *c, const char *word)
{

	if (strncmp(word, c->prefix, strlen(c->prefix)) == 0)
		c->give(word, c->arg);
}

static void
complete_commands(const struct complete *c)
{
	const struct debug_command *command;

	for (command = debug_commands; command->name != NULL; command++)
		complete_word(c, command->name);
}

/* Revisions; behind a "+" switches. */
static void
complete_kernels(const struct complete *c)
{
	const struct pmapsim_kernel_info *info;
	const char *plus = strrchr(c->prefix, '+');
	char word[PMAPSIM_KERNEL_NAME_SIZE];
	unsigned i;

	for (i = 0; (info = pmapsim_kernel_info(i)) != NULL; i++) {
		if (info->revision != (plus == NULL))
			continue;
		snprintf(word, sizeof(word), "%.*s%s",
		    plus == NULL ? 0 : (int)(plus + 1 - c->prefix), c->prefix,
		    info->name);
		complete_word(c, word);
	}
}

static void
complete_counters(const struct complete *c)
{
	const char *name;
	unsigned i;

	for (i = 0; (name = pmapsim_sysctl_name(i)) != NULL; i++)
		complete_word(c, name);
}

/* The pmaps that are there now. */
static void
complete_pmaps(struct debug *debug, const struct complete *c)
{
	const char *name;
	unsigned i;

	for (i = 0; (name = travel_pmap_name(&debug->travel, i)) != NULL; i++)
		complete_word(c, name);
}

/* What a journey can stop at. */
static void
complete_stops(struct debug *debug, const struct complete *c)
{
	static const char *const words[] = {"panic", "promotion", "demotion",
	    "failure"};
	const struct pmapsim_trace_op_info *op;
	unsigned i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		complete_word(c, words[i]);
	complete_pmaps(debug, c);
	complete_counters(c);
	for (i = 0; (op = pmapsim_trace_op_info(i)) != NULL; i++)
		complete_word(c, op->name);
}

void
debug_complete(struct debug *debug, const char *line,
    void (*give)(const char *word, void *arg), void *arg)
{
	const char *start = strrchr(line, ';');
	struct complete c = {"", give, arg};
	const struct debug_command *command;
	char first[32];
	size_t length;

	start = start != NULL ? start + 1 : line;
	start += strspn(start, " ");
	length = strcspn(start, " ");
	c.prefix = start;
	if (start[length] == '\0') {
		complete_commands(&c);
		return;
	}
	snprintf(first, sizeof(first), "%.*s", (int)length, start);
	c.prefix = strrchr(start, ' ') + 1;
	for (command = debug_commands; command->name != NULL; command++)
		if (strcmp(command->name, first) == 0 ||
		    (command->letter == first[0] && first[1] == '\0'))
			break;
	if (command->name == NULL || command->arguments == NULL)
		return;
	/* The table says what the arguments are. */
	if (strncmp(command->arguments, "WHAT", 4) == 0)
		complete_stops(debug, &c);
	else if (strncmp(command->arguments, "PMAP", 4) == 0) {
		complete_pmaps(debug, &c);
		if (strstr(command->arguments, "COUNTER") != NULL)
			complete_counters(&c);
	} else if (strstr(command->arguments, "KERNEL") != NULL)
		complete_kernels(&c);
	else if (strstr(command->arguments, "COUNTER") != NULL)
		complete_counters(&c);
	else if (strstr(command->arguments, "COMMAND") != NULL)
		complete_commands(&c);
}
