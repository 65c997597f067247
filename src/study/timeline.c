/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watching a replay for the timeline.  The kernel's own trace messages tell
 * what happened within a call; counters are compared before and after it.
 */
#include "study/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amd64/pmap_walk.h"
#include "hw/cpu.h"
#include "trace/trace_var.h"

/* The counters, by the names of the kernel's. */
enum {
	COUNTER_PROMOTIONS,
	COUNTER_DEMOTIONS,
	COUNTER_P_FAILURES,
	COUNTER_FREE,
	COUNTER_SUPERPAGES,
	COUNTER_WIRED,
	NCOUNTERS
};
static const char *const timeline_counters[] = {
    [COUNTER_PROMOTIONS] = "promotions",
    [COUNTER_DEMOTIONS] = "demotions",
    [COUNTER_P_FAILURES] = "p_failures",
    [COUNTER_FREE] = "free pages",
    [COUNTER_SUPERPAGES] = "superpages",
    [COUNTER_WIRED] = "wired pages",
};

/*
 * A timeline being told.  On the stack of timeline_replay(); the values are
 * those of the events sent last, so that only what changed is sent again.
 */
struct timeline {
	timeline_emit *emit;
	bool (*progress)(void *arg, uint64_t statements);
	void *arg;
	unsigned *ncpu;
	uint64_t statements;
	uint64_t now;	   /* calls made */
	uint64_t ktr_seen; /* messages */
	bool booted;	   /* the values below are of something */
	bool more;	   /* the receiver wants more */
	int64_t counters[NCOUNTERS];
	uint64_t sent[MAXCPU], received[MAXCPU];
};

/* Messages alike, one behind the other: one event.  Lives within a call. */
struct timeline_run {
	const struct ktr_entry *first; /* NULL: none */
	uint64_t count;
	uint64_t at; /* how many came before, in this call */
};

static void
timeline_send(struct timeline *t, const struct timeline_event *event)
{

	if (t->more)
		t->more = t->emit(t->arg, event);
}

static void
timeline_read_counters(struct machine *mach, int64_t *counters)
{
	const struct pmap_state *pm = mach->pmap;

	counters[COUNTER_PROMOTIONS] = (int64_t)pm->pmap_pde_promotions;
	counters[COUNTER_DEMOTIONS] = (int64_t)pm->pmap_pde_demotions;
	counters[COUNTER_P_FAILURES] = (int64_t)pm->pmap_pde_p_failures;
	counters[COUNTER_FREE] = mach->cnt.v_free_count;
	counters[COUNTER_SUPERPAGES] = (int64_t)pm->superpages;
	counters[COUNTER_WIRED] = mach->cnt.v_wire_count;
}

/* Tells the counters that changed; all of them at the boot. */
static void
timeline_counters_changed(struct timeline *t, struct machine *mach)
{
	struct timeline_event event = {.kind = TIMELINE_COUNTER,
	    .time = (double)t->now};
	int64_t counters[NCOUNTERS];
	unsigned i;

	timeline_read_counters(mach, counters);
	for (i = 0; i < NCOUNTERS; i++) {
		if (t->booted && counters[i] == t->counters[i])
			continue;
		event.name = timeline_counters[i];
		event.value = counters[i];
		timeline_send(t, &event);
		t->counters[i] = counters[i];
	}
}

/* Tells each CPU's messages; a range is one, as the kernel sends it. */
static void
timeline_messages(struct timeline *t, struct machine *mach)
{
	struct timeline_event event = {.time = (double)t->now};
	uint64_t received, sent;
	const struct cpu *cpu;
	unsigned i, kind;

	for (i = 0; i < mach->config.ncpu; i++) {
		cpu = &mach->cpus[i];
		received = sent = 0;
		for (kind = 0; kind < INVAL_KINDS; kind++) {
			received += cpu->received[kind];
			sent += cpu->sent[kind];
		}
		if (t->booted && received == t->received[i] &&
		    sent == t->sent[i])
			continue;
		event.cpu = i;
		event.count = received - t->received[i];
		event.sent = sent;
		event.received = received;
		event.kind = TIMELINE_RECEIVED;
		if (t->booted && event.count > 0)
			timeline_send(t, &event);
		event.kind = TIMELINE_MESSAGES;
		timeline_send(t, &event);
		t->received[i] = received;
		t->sent[i] = sent;
	}
}

/* What an event is called in a timeline. */
static const char *const timeline_event_names[] = {
    [KTR_PROMOTE] = "promotion",
    [KTR_PROMOTE_FAILURE] = "promotion failed",
    [KTR_PROMOTE_PROTECT] = "write-protected",
    [KTR_DEMOTE] = "demotion",
    [KTR_DEMOTE_FAILURE] = "demotion failed",
    [KTR_ENTER_PDE] = "2 MB mapping entered",
    [KTR_ENTER_PDE_FAILURE] = "2 MB mapping not entered",
    [KTR_DEMOTE_PDPE] = "1 GB demotion",
    [KTR_DEMOTE_PDPE_FAILURE] = "1 GB demotion failed",
};

static void
timeline_run_end(struct timeline *t, const struct timeline_run *run,
    double step, unsigned cpu)
{
	struct timeline_event event = {.kind = TIMELINE_EVENT, .cpu = cpu};

	if (run->first == NULL)
		return;
	event.time = (double)t->now + step * (double)(run->at + 1);
	event.name = timeline_event_names[run->first->event];
	event.pmap = run->first->pmap_name;
	event.va = run->first->va;
	event.count = run->count;
	timeline_send(t, &event);
}

/*
 * Tells what the kernel said in a call of "duration".  Of the failures of a
 * region that is being filled, 511 of a kind in a row, one event is made.
 */
static void
timeline_kernel(struct timeline *t, struct machine *mach, double duration,
    unsigned cpu)
{
	struct timeline_event event = {.kind = TIMELINE_LOST, .cpu = cpu};
	struct timeline_run run = {NULL, 0, 0};
	const struct ktr_entry *entry;
	const struct ktr *ktr = mach->ktr;
	uint64_t n, start;
	double step;

	start = t->ktr_seen;
	if (ktr->count - start > PMAPSIM_KTR_ENTRIES) {
		event.time = (double)t->now;
		event.count = ktr->count - start - PMAPSIM_KTR_ENTRIES;
		timeline_send(t, &event);
		start = ktr->count - PMAPSIM_KTR_ENTRIES;
	}
	step = duration / (double)(ktr->count - start + 1);
	for (n = start; n < ktr->count; n++) {
		entry = &ktr->ring[n % PMAPSIM_KTR_ENTRIES];
		if (run.first != NULL && entry->event == run.first->event &&
		    strcmp(entry->pmap_name, run.first->pmap_name) == 0) {
			run.count++;
			continue;
		}
		timeline_run_end(t, &run, step, cpu);
		run.first = entry;
		run.count = 1;
		run.at = n - start;
	}
	timeline_run_end(t, &run, step, cpu);
	t->ktr_seen = ktr->count;
}

static bool
timeline_before(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, void *arg)
{
	struct timeline *t = arg;
	struct machine *mach;

	mach = pmapsim_replay_machine(replay);
	if (mach == NULL || t->booted)
		return (t->more);
	/* Here and not behind the boot, which has no hook while it runs. */
	mach->ktr_on = true;
	*t->ncpu = mach->config.ncpu;
	timeline_counters_changed(t, mach);
	timeline_messages(t, mach);
	t->booted = true;
	return (t->more);
}

static bool
timeline_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct timeline *t = arg;
	struct timeline_event event = {.kind = TIMELINE_CALL};
	const struct trace_stmt *st = &replay->st;
	const struct pmapsim_panic *panic;
	struct machine *mach;
	uint64_t calls;
	char text[200];

	if (t->progress != NULL && !t->progress(t->arg, ++t->statements))
		t->more = false;
	mach = pmapsim_replay_machine(replay);
	if (mach == NULL || !t->booted)
		return (t->more);
	panic = pmapsim_panic(mach);
	/* A call that panics may not have been counted. */
	calls = replay->result.calls - t->now;
	if (calls == 0 && panic == NULL)
		return (t->more);
	snprintf(text, sizeof(text), "%.*s",
	    (int)(statement->length < 190 ? statement->length : 190),
	    statement->text);
	event.time = (double)t->now;
	event.duration = calls == 0 ? 1 : (double)calls;
	event.cpu = trace_has(st, TK_CPU) ? (unsigned)st->key[TK_CPU] : 0;
	event.line = statement->line;
	event.name = statement->op;
	event.text = text;
	event.result = result;
	timeline_send(t, &event);
	timeline_kernel(t, mach, event.duration, event.cpu);

	t->now += (uint64_t)event.duration;
	timeline_messages(t, mach);
	timeline_counters_changed(t, mach);
	if (panic != NULL) {
		event.kind = TIMELINE_PANIC;
		event.time = (double)t->now;
		event.cpu = panic->cpu;
		event.text = panic->text;
		timeline_send(t, &event);
	}
	return (t->more);
}

int
timeline_replay(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, timeline_emit *emit,
    bool (*progress)(void *arg, uint64_t statements), void *arg, unsigned *ncpu,
    char *err, size_t errsize)
{
	struct timeline t = {.emit = emit,
	    .progress = progress,
	    .arg = arg,
	    .ncpu = ncpu,
	    .more = true};
	struct pmapsim_replay_options mine;
	struct pmapsim_replay *replay;
	int error;

	memset(&mine, 0, sizeof(mine));
	mine.kernel = options->kernel;
	mine.tlb = options->tlb;
	mine.ignore_results = true;
	mine.before = timeline_before;
	mine.after = timeline_after;
	mine.arg = &t;
	*ncpu = 0;
	error = pmapsim_replay_start(trace, &mine, &replay, err, errsize);
	if (error != PMAPSIM_OK)
		return (error);
	pmapsim_replay_run(replay);
	error = trace_replay_error(replay, err, errsize);
	pmapsim_replay_end(replay);
	return (error);
}
