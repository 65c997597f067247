/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim debug: reasons to stop, as they are written, listed and reached.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/debug.h"

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
bool
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
const struct travel_question *
debug_stop_question(struct debug_stop *stop)
{

	stop->question.pmap = stop->pmap[0] != '\0' ? stop->pmap : NULL;
	stop->question.counter = stop->pmap[0] != '\0' ? NULL : stop->word;
	return (&stop->question);
}

/* Notes what is now, before a journey that a change is to stop. */
void
debug_stop_arm(struct debug_stop *stop, struct travel *travel)
{

	if (stop->kind == DEBUG_STOP_CHANGE)
		travel_ask(travel, debug_stop_question(stop), &stop->last);
}

/* Whether the statement made last is what "stop" waits for. */
bool
debug_stop_reached(struct debug_stop *stop, struct travel *travel)
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
		travel_ask(travel, debug_stop_question(stop), &now);
		changed = !travel_answers_equal(&now, &stop->last);
		/* That the machine is there now is no change of its state. */
		if (!stop->last.known)
			changed = false;
		stop->last = now;
		return (changed);
	}
	return (false);
}

/* ---- stops -------------------------------------------------------------- */

bool
debug_run_stop(struct debug *debug, unsigned n, char *const *words)
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

bool
debug_run_unstop(struct debug *debug, unsigned n, char *const *words)
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
