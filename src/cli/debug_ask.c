/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim debug: the commands that ask what is here, and how it came.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/debug.h"
#include "study/table_entry.h"
#include "study/machine_map.h"
#include "study/region.h"

/* Shows the call behind which a past journey is, as if one were there. */
static bool
debug_show_past(struct debug *debug, uint64_t position)
{
	struct travel past;
	bool ok;

	ok = travel_copy(&debug->travel, NULL, &past);
	past.explains = true;
	ok = ok && travel_to(&past, position - 1, NULL, NULL) &&
	    travel_step(&past);
	if (ok)
		debug_show(&past, debug->color);
	else
		cli_error("%s", past.err);
	travel_end(&past);
	return (ok);
}

static bool
debug_show_story(struct debug *debug, const struct travel_story *story)
{
	static const char *const words[] = {
	    [TRAVEL_CHANGED] = "changed it",
	    [TRAVEL_PROMOTED] = "promoted the region around it, which says the "
				"same",
	    [TRAVEL_DEMOTED] = "demoted the region around it, which said the "
			       "same",
	    [TRAVEL_LEFT] = "unmapped its address, and left it valid: litter",
	};
	unsigned i;

	if (!debug_show_past(debug, story->events[0].position))
		return (false);
	if (story->count > 1)
		printf("since then\n");
	for (i = 1; i < story->count; i++)
		printf("  line %u %s\n", story->events[i].line,
		    words[story->events[i].event]);
	return (true);
}

/* Who changed an entry or a counter last, and what it went through since. */
bool
debug_run_who(struct debug *debug, unsigned n, char *const *words)
{
	struct travel_story story;
	struct debug_stop stop;

	if (!debug_read_stop(n, words, &stop))
		return (false);
	if (stop.kind != DEBUG_STOP_CHANGE) {
		cli_error("%.60s: PMAP VA or a counter would be right",
		    words[0]);
		return (false);
	}
	if (!debug_needs_machine(debug))
		return (false);
	if (stop.pmap[0] != '\0' &&
	    pmapsim_replay_pmap(debug->travel.replay, stop.pmap) == NULL) {
		cli_error("no pmap is called \"%.40s\" here", stop.pmap);
		return (false);
	}
	if (!debug_told(debug,
		travel_find_story(&debug->travel, debug_stop_question(&stop),
		    &story)))
		return (false);
	if (story.count == 0) {
		printf("nobody: %s is as it was at the start\n", stop.text);
		return (true);
	}
	printf("%s was changed last by\n", stop.text);
	return (debug_show_story(debug, &story));
}

bool
debug_run_print(struct debug *debug, unsigned n, char *const *words)
{
	struct machine *mach = pmapsim_replay_machine(debug->travel.replay);
	const char *name;
	char text[4096];
	bool any = false;
	unsigned i;

	if (!debug_needs_machine(debug))
		return (false);
	for (i = 0; (name = pmapsim_sysctl_name(i)) != NULL; i++) {
		/* A name, or all that begin so. */
		if (n > 0 && strncmp(name, words[0], strlen(words[0])) != 0)
			continue;
		any = true;
		pmapsim_sysctl_text(mach, name, text, sizeof(text));
		printf("%s:%s%s\n", name,
		    strchr(text, '\n') != NULL ? "\n" : " ", text);
	}
	if (!any)
		cli_error("%.60s: no counter's name begins so", words[0]);
	return (any);
}

bool
debug_run_pte(struct debug *debug, unsigned n, char *const *words)
{
	struct travel_question question = {.pmap = words[0]};
	struct travel_answer answer;
	enum table_entry_kind kind;
	char text[160];

	if (!debug_number(words[1], "an address like 0xffffff8000000000",
		&question.va) ||
	    !debug_needs_machine(debug))
		return (false);
	travel_ask(&debug->travel, &question, &answer);
	if (!answer.known) {
		cli_error("no pmap is called \"%.40s\" here", words[0]);
		return (false);
	}
	kind = table_entry_pde_kind(answer.entries.pde);
	table_entry_text(answer.entries.pde, kind, text, sizeof(text));
	printf("PDE 0x%" PRIx64 ": %s\n", answer.entries.pde, text);
	if (answer.entries.pde == 0 || kind == TABLE_ENTRY_PDE_2M)
		return (true);
	table_entry_text(answer.entries.pte, TABLE_ENTRY_PTE, text,
	    sizeof(text));
	printf("PTE 0x%" PRIx64 ": %s\n", answer.entries.pte, text);
	return (true);
}

/* Maps and regions are read by replays of their own, from the start. */
static bool
debug_needs_one_kernel(struct debug *debug)
{

	if (debug->travel.nswitches == 0)
		return (true);
	cli_error("the kernel was changed on the way here, which this cannot "
		  "show");
	return (false);
}

bool
debug_run_region(struct debug *debug, unsigned n, char *const *words)
{
	struct region region;
	uint64_t va;
	char err[512];

	if (!debug_number(words[1], "an address like 0xffffff8000000000",
		&va) ||
	    !debug_needs_machine(debug) || !debug_needs_one_kernel(debug))
		return (false);
	if (!region_at(debug->travel.trace, debug->options, words[0], va,
		travel_line(&debug->travel), &region, err, sizeof(err))) {
		cli_error("%s", err);
		return (false);
	}
	cli_show_region(&region, debug->color);
	return (true);
}

bool
debug_run_map(struct debug *debug, unsigned n, char *const *words)
{
	struct machine_map *map;
	char err[512];
	bool ok;

	if (!debug_needs_machine(debug) || !debug_needs_one_kernel(debug))
		return (false);
	if (machine_map_replay(debug->travel.trace, debug->options,
		travel_line(&debug->travel), NULL, NULL, &map, err,
		sizeof(err)) != PMAPSIM_OK) {
		cli_error("%s", err);
		return (false);
	}
	ok = cli_show_map(map, debug->color);
	machine_map_free(map);
	return (ok);
}

static void
debug_write(void *arg, const char *text, size_t size)
{

	printf("%.*s", (int)size, text);
}

bool
debug_run_dump(struct debug *debug, unsigned n, char *const *words)
{

	if (!debug_needs_machine(debug))
		return (false);
	pmapsim_replay_dump(debug->travel.replay, "", debug_write, NULL);
	return (true);
}

bool
debug_run_digest(struct debug *debug, unsigned n, char *const *words)
{

	if (!debug_needs_machine(debug))
		return (false);
	printf("0x%016" PRIx64 "\n",
	    pmapsim_replay_digest(debug->travel.replay));
	return (true);
}

bool
debug_run_panic(struct debug *debug, unsigned n, char *const *words)
{
	const struct pmapsim_panic *panic;

	if (!debug_needs_machine(debug))
		return (false);
	panic = pmapsim_panic(pmapsim_replay_machine(debug->travel.replay));
	if (panic == NULL) {
		cli_error("the machine has not panicked");
		return (false);
	}
	cli_show_panic(panic, debug->color);
	return (true);
}

/* Shows the trace around this place. */
bool
debug_run_list(struct debug *debug, unsigned n, char *const *words)
{
	const unsigned here = travel_line(&debug->travel);
	uint64_t around = 5;
	const char *end, *line, *text;
	unsigned number = 0;
	size_t size;

	if (n > 0 && !debug_number(words[0], "how many lines", &around))
		return (false);
	text = pmapsim_trace_text(debug->travel.trace, &size);
	for (line = text; line < text + size; line = end + 1) {
		end = memchr(line, '\n', (size_t)(text + size - line));
		if (end == NULL)
			end = text + size;
		number++;
		if (number + around < here)
			continue;
		if (number > here + around)
			break;
		printf("%s%5u%s %.*s%s\n",
		    cli_style(debug->color,
			number == here ? CLI_STRONG : CLI_PLAIN),
		    number, number == here ? " >" : "  ", (int)(end - line),
		    line, cli_style(debug->color, CLI_PLAIN));
	}
	return (true);
}
