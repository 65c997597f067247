/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands of pmapsim debug.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/debug.h"
#include "study/entry.h"
#include "study/map.h"
#include "study/region.h"

/* ---- where we are ------------------------------------------------------- */

/* Says in which line the journey is, what was done there and what it did. */
static void
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

static void
debug_here(struct debug *debug)
{

	debug_show(&debug->travel, debug->color);
}

/* Tells why a journey failed; "good" otherwise. */
static bool
debug_told(struct debug *debug, bool good)
{

	if (!good)
		cli_error("%s",
		    debug->travel.err[0] != '\0' ? debug->travel.err :
						   "no memory");
	return (good);
}

/* Needs a machine; false, with the message, where there is none. */
static bool
debug_needs_machine(struct debug *debug)
{

	if (pmapsim_replay_machine(debug->travel.replay) != NULL)
		return (true);
	cli_error("no machine is there yet: \"step\" boots it");
	return (false);
}

/* Reads a number; false, with the message. */
static bool
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

/* ---- reasons to stop ---------------------------------------------------- */

static bool
stop_is_op(const char *word)
{
	const struct pmapsim_trace_op_info *op;
	unsigned i;

	for (i = 0; (op = pmapsim_trace_op_info(i)) != NULL; i++)
		if (strcmp(op->name, word) == 0)
			return (true);
	return (false);
}

static bool
stop_is_counter(const char *word)
{
	const char *name;
	unsigned i;

	for (i = 0; (name = pmapsim_sysctl_name(i)) != NULL; i++)
		if (strcmp(name, word) == 0)
			return (true);
	return (false);
}

/* Reads the words behind "until" and its kind; false, with the message. */
static bool
debug_read_stop(unsigned n, char *const *words, struct debug_stop *stop)
{
	static const struct {
		const char *word, *counter;
	} counters[] = {
	    {"promotion", "vm.pmap.pde.promotions"},
	    {"demotion", "vm.pmap.pde.demotions"},
	    {"failure", "vm.pmap.pde.p_failures"},
	};
	const char *counter = words[0];
	uint64_t value;
	unsigned i;

	memset(stop, 0, sizeof(*stop));
	snprintf(stop->text, sizeof(stop->text), "%s%s%s", words[0],
	    n > 1 ? " " : "", n > 1 ? words[1] : "");
	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		if (strcmp(words[0], counters[i].word) == 0)
			counter = counters[i].counter;
	if (n > 1) {
		if (!debug_number(words[1],
			"an address like 0xffffff8000000000",
			&stop->question.va))
			return (false);
		stop->kind = DEBUG_STOP_CHANGE;
		snprintf(stop->pmap, sizeof(stop->pmap), "%s", words[0]);
		return (true);
	}
	if (strcmp(words[0], "panic") == 0) {
		stop->kind = DEBUG_STOP_PANIC;
		return (true);
	}
	if (words[0][0] >= '0' && words[0][0] <= '9') {
		stop->kind = DEBUG_STOP_LINE;
		if (!debug_number(words[0], "the number of a line", &value))
			return (false);
		stop->line = (unsigned)value;
		return (true);
	}
	snprintf(stop->word, sizeof(stop->word), "%s", counter);
	stop->kind = DEBUG_STOP_CHANGE;
	if (stop_is_counter(counter))
		return (true);
	stop->kind = DEBUG_STOP_OP;
	if (stop_is_op(words[0]))
		return (true);
	cli_error("%.60s: panic, promotion, demotion, failure, a line, a "
		  "statement's name, a counter, or PMAP VA would be right",
	    words[0]);
	return (false);
}

/* The strings of a stop lie in it, wherever it was copied to. */
static const struct travel_question *
stop_question(struct debug_stop *stop)
{

	stop->question.pmap = stop->pmap[0] != '\0' ? stop->pmap : NULL;
	stop->question.counter = stop->pmap[0] != '\0' ? NULL : stop->word;
	return (&stop->question);
}

/* Notes what is now, before a journey that a change is to stop. */
static void
stop_arm(struct debug_stop *stop, struct travel *travel)
{

	if (stop->kind == DEBUG_STOP_CHANGE)
		travel_ask(travel, stop_question(stop), &stop->last);
}

/* Whether the statement made last is what "stop" waits for. */
static bool
stop_reached(struct debug_stop *stop, struct travel *travel)
{
	struct travel_answer now;
	bool changed;

	switch (stop->kind) {
	case DEBUG_STOP_PANIC:
		return (pmapsim_panic(pmapsim_replay_machine(travel->replay)) !=
		    NULL);
	case DEBUG_STOP_LINE:
		return (travel_line(travel) >= stop->line);
	case DEBUG_STOP_OP:
		return (strcmp(pmapsim_replay_statement(travel->replay)->op,
			    stop->word) == 0);
	case DEBUG_STOP_CHANGE:
		travel_ask(travel, stop_question(stop), &now);
		changed = !travel_answers_equal(&now, &stop->last);
		/* That the machine is there now is no change of its state. */
		if (!stop->last.known)
			changed = false;
		stop->last = now;
		return (changed);
	}
	return (false);
}

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
		if (stop_reached(journey->stops[i], travel)) {
			journey->reached = journey->stops[i];
			journey->last = travel->position;
		}
	return (journey->reached != NULL && !journey->whole);
}

/* Explains the statement made last, if the journey came here in a hurry. */
static bool
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
		stop_arm(journey->stops[i], travel);
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

/* ---- going -------------------------------------------------------------- */

static bool
run_step(struct debug *debug, unsigned n, char *const *words)
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

static bool
run_back(struct debug *debug, unsigned n, char *const *words)
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

static bool
run_start(struct debug *debug, unsigned n, char *const *words)
{

	if (!debug_told(debug, travel_to(&debug->travel, 0, NULL, NULL)))
		return (false);
	debug_here(debug);
	return (true);
}

static bool
run_continue(struct debug *debug, unsigned n, char *const *words)
{
	struct debug_journey journey;
	unsigned i;

	memset(&journey, 0, sizeof(journey));
	for (i = 0; i < DEBUG_STOPS_MAX; i++)
		if (debug->stops[i].text[0] != '\0')
			journey.stops[journey.nstops++] = &debug->stops[i];
	return (debug_go(debug, &journey));
}

static bool
run_until(struct debug *debug, unsigned n, char *const *words)
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
	stop_arm(stop, travel);
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

static bool
run_last(struct debug *debug, unsigned n, char *const *words)
{
	struct debug_stop stop;

	return (debug_read_stop(n, words, &stop) &&
	    debug_go_back(debug, &stop));
}

static bool
run_goto(struct debug *debug, unsigned n, char *const *words)
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

/* ---- stops -------------------------------------------------------------- */

static bool
run_stop(struct debug *debug, unsigned n, char *const *words)
{
	struct debug_stop stop;
	unsigned i;

	if (n == 0) {
		for (i = 0; i < DEBUG_STOPS_MAX; i++)
			if (debug->stops[i].text[0] != '\0')
				printf("%2u  %s\n", i + 1,
				    debug->stops[i].text);
		return (true);
	}
	if (!debug_read_stop(n, words, &stop))
		return (false);
	for (i = 0; i < DEBUG_STOPS_MAX; i++)
		if (debug->stops[i].text[0] == '\0') {
			debug->stops[i] = stop;
			printf("stop %u: %s\n", i + 1, stop.text);
			return (true);
		}
	cli_error("there are %d stops already; \"unstop\" takes one away",
	    DEBUG_STOPS_MAX);
	return (false);
}

static bool
run_unstop(struct debug *debug, unsigned n, char *const *words)
{
	uint64_t number;

	if (!debug_number(words[0], "the number of a stop", &number))
		return (false);
	if (number == 0 || number > DEBUG_STOPS_MAX ||
	    debug->stops[number - 1].text[0] == '\0') {
		cli_error("there is no stop %" PRIu64
			  "; \"stop\" lists those that there are",
		    number);
		return (false);
	}
	debug->stops[number - 1].text[0] = '\0';
	return (true);
}

/* ---- questions ---------------------------------------------------------- */

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
static bool
run_who(struct debug *debug, unsigned n, char *const *words)
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
		travel_find_story(&debug->travel, stop_question(&stop),
		    &story)))
		return (false);
	if (story.count == 0) {
		printf("nobody: %s is as it was at the start\n", stop.text);
		return (true);
	}
	printf("%s was changed last by\n", stop.text);
	return (debug_show_story(debug, &story));
}

static bool
run_print(struct debug *debug, unsigned n, char *const *words)
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

static bool
run_pte(struct debug *debug, unsigned n, char *const *words)
{
	struct travel_question question = {.pmap = words[0]};
	struct travel_answer answer;
	enum entry_kind kind;
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
	kind = entry_pde_kind(answer.entries.pde);
	entry_text(answer.entries.pde, kind, text, sizeof(text));
	printf("PDE 0x%" PRIx64 ": %s\n", answer.entries.pde, text);
	if (answer.entries.pde == 0 || kind == ENTRY_PDE_2M)
		return (true);
	entry_text(answer.entries.pte, ENTRY_PTE, text, sizeof(text));
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

static bool
run_region(struct debug *debug, unsigned n, char *const *words)
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

static bool
run_map(struct debug *debug, unsigned n, char *const *words)
{
	struct map *map;
	char err[512];
	bool ok;

	if (!debug_needs_machine(debug) || !debug_needs_one_kernel(debug))
		return (false);
	if (map_replay(debug->travel.trace, debug->options,
		travel_line(&debug->travel), NULL, NULL, &map, err,
		sizeof(err)) != PMAPSIM_OK) {
		cli_error("%s", err);
		return (false);
	}
	ok = cli_show_map(map, debug->color);
	map_free(map);
	return (ok);
}

static void
debug_write(void *arg, const char *text, size_t size)
{

	printf("%.*s", (int)size, text);
}

static bool
run_dump(struct debug *debug, unsigned n, char *const *words)
{

	if (!debug_needs_machine(debug))
		return (false);
	pmapsim_replay_dump(debug->travel.replay, "", debug_write, NULL);
	return (true);
}

static bool
run_digest(struct debug *debug, unsigned n, char *const *words)
{

	if (!debug_needs_machine(debug))
		return (false);
	printf("0x%016" PRIx64 "\n",
	    pmapsim_replay_digest(debug->travel.replay));
	return (true);
}

static bool
run_panic(struct debug *debug, unsigned n, char *const *words)
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
static bool
run_list(struct debug *debug, unsigned n, char *const *words)
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

/* ---- another kernel ----------------------------------------------------- */

static bool
run_kernel(struct debug *debug, unsigned n, char *const *words)
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
		snprintf(buf, size, "panics in line %u: %s",
		    travel_line(travel), panic->text);
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
static bool
run_try(struct debug *debug, unsigned n, char *const *words)
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

/* ---- help --------------------------------------------------------------- */

static bool
run_where(struct debug *debug, unsigned n, char *const *words)
{

	return (debug_arrive(debug));
}

static bool
run_help(struct debug *debug, unsigned n, char *const *words)
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
run_quit(struct debug *debug, unsigned n, char *const *words)
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
run_complete(struct debug *debug, unsigned n, char *const *words)
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
	run_step},
    {"back", 'b', "[N]", "Go back by one statement, or by N", 0, 1, run_back},
    {"until", 'u', "WHAT", "Go on until something happens", 1, 2, run_until},
    {"last", 'l', "WHAT", "Go back to where it happened last", 1, 2, run_last},
    {"goto", 'g', "LINE", "Go forward or back to behind a line", 1, 1,
	run_goto},
    {"start", '\0', NULL, "Go back to before the first statement", 0, 0,
	run_start},
    {"continue", 'c', NULL, "Go on to the next stop, or to the end", 0, 0,
	run_continue},
    {"stop", '\0', "WHAT", "Let \"continue\" stop there; without WHAT, list", 0,
	2, run_stop},
    {"watch", '\0', "WHAT", "The same: for an entry or a counter", 1, 2,
	run_stop},
    {"unstop", '\0', "N", "Take stop N away", 1, 1, run_unstop},
    {"who", 'w', "PMAP VA|COUNTER",
	"The call that changed it last, and what it went through since", 1, 2,
	run_who},
    {"try", 't', "KERNEL [start]",
	"What another kernel would do from here, or from the start", 1, 2,
	run_try},
    {"kernel", 'k', "[KERNEL]",
	"Go on under another kernel; or say which it is", 0, 1, run_kernel},
    {"print", 'p', "[COUNTER]", "Counters whose names begin so", 0, 1,
	run_print},
    {"pte", '\0', "PMAP VA", "The entries of an address, in words", 2, 2,
	run_pte},
    {"region", 'r', "PMAP VA", "The 512 PTEs of a region", 2, 2, run_region},
    {"map", 'm', NULL, "Memory and address spaces", 0, 0, run_map},
    {"dump", '\0', NULL, "The whole state, as a trace writes it", 0, 0,
	run_dump},
    {"digest", '\0', NULL, "The digest of the whole state", 0, 0, run_digest},
    {"panic", '\0', NULL, "The panic and its backtrace", 0, 0, run_panic},
    {"where", '\0', NULL, "This place, and what the statement changed", 0, 0,
	run_where},
    {"list", '\0', "[N]", "The trace around here, N lines up and down", 0, 1,
	run_list},
    {"complete", '\0', "COMMAND", "What can stand behind these words", 0,
	DEBUG_WORDS_MAX, run_complete},
    {"help", 'h', "[COMMAND]", "This, or more of one command", 0, 1, run_help},
    {"quit", 'q', NULL, "Leave", 0, 0, run_quit},
    {NULL, '\0', NULL, NULL, 0, 0, NULL},
};
