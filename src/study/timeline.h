/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timeline of a trace: its calls, what the kernel did in them, and how its
 * counters went, as events in the order of time.  The simulated machine has
 * no clock: a call takes one unit, a repeated one as many as its repetitions,
 * and a statement that only asks (stats, pte...) none and is left out.
 */
#ifndef STUDY_TIMELINE_H
#define STUDY_TIMELINE_H

#include <pmapsim/trace.h>

enum timeline_kind {
	TIMELINE_CALL,	   /* "name", "text", "result", "line"; "duration" */
	TIMELINE_EVENT,	   /* "name" happened "count" times in a row to "pmap",
			      first at "va" */
	TIMELINE_LOST,	   /* "count" messages that nobody kept */
	TIMELINE_RECEIVED, /* "count" shootdown messages by "cpu" */
	TIMELINE_MESSAGES, /* "cpu" has sent and received so many, ever */
	TIMELINE_COUNTER,  /* "name" is "value" now */
	TIMELINE_PANIC	   /* "text" */
};

/*
 * An event.  The receiver's while it is called, strings too; fields that its
 * kind does not name are undefined.
 */
struct timeline_event {
	enum timeline_kind kind;
	double time, duration; /* calls since the machine booted */
	unsigned cpu;
	unsigned line;
	const char *name, *text, *result, *pmap;
	uint64_t count;
	vm_offset_t va;
	int64_t value;
	uint64_t sent, received;
};

/* Receives an event; false ends the replay. */
typedef bool timeline_emit(void *arg, const struct timeline_event *event);

/*
 * Replays "trace" under "options", whose hooks and results are ignored, and
 * calls "emit" for each event; times never go back.  What happened within a
 * call is in its order there, evenly spaced: where exactly is not known.
 * "*ncpu" is set before the first event.  "progress" is that of
 * machine_map_replay().
 *
 * Errors are: PMAPSIM_EINVAL (bad input, "err" tells), PMAPSIM_ENOMEM.
 */
int timeline_replay(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, timeline_emit *emit,
    bool (*progress)(void *arg, uint64_t statements), void *arg, unsigned *ncpu,
    char *err, size_t errsize);

#endif /* STUDY_TIMELINE_H */
