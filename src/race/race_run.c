/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One run: the trace up to the statement, the statement with other CPUs in
 * it, and the judge.  Up to the statement all runs are alike, so only the first
 * one replays that; before the others the machine is put back.
 */
#include <stdlib.h>
#include <string.h>

#include "amd64/cpu_switch.h"
#include "hw/detector.h"
#include "race/race_var.h"

/* A trace_watch: finds the addresses, which the points are then told by. */
static void
run_before(struct pmapsim_replay *rp, const struct trace_stmt *st, void *arg)
{
	struct race *r = arg;

	race_call_begin(&r->call, rp->mach);
	r->nevents = 0;
}

/* Notes the point. */
static void
run_point(struct machine *mach, enum race_event event, const pt_entry_t *entry,
    void *arg)
{
	struct race *r = arg;
	struct race_event_seen *events, *seen;
	unsigned i;

	if (event == RACE_BEGIN || event == RACE_END)
		return;
	if (r->nevents == r->room) {
		events = reallocarray(r->events, 2 * r->room + 256,
		    sizeof(*events));
		if (events == NULL) {
			r->no_memory = true;
			return;
		}
		r->events = events;
		r->room = 2 * r->room + 256;
	}
	seen = &r->events[r->nevents++];
	memset(seen, 0, sizeof(*seen));
	seen->event = (uint8_t)event;
	for (i = 0; i < r->call.naddress; i++) {
		if (event != RACE_FLUSH)
			seen->level[i] = (uint8_t)race_entry_level(mach, entry,
			    r->call.address[i]);
		if (event == RACE_FLUSH || seen->level[i] != 0 ||
		    r->options->unreduced)
			seen->reaches |= (uint8_t)(1u << i);
	}
}

static void
run_after(struct pmapsim_replay *rp, const struct trace_stmt *st, void *arg)
{
	struct race *r = arg;

	if (r->nactions == 0)
		race_call_alone(&r->call, rp->mach);
	r->kind = race_call_judge(&r->call, rp, st, true, r->why,
	    sizeof(r->why));
	r->no_memory = r->no_memory || r->call.no_memory;
}

/* Replays what comes before the statement; false, with the error. */
static bool
run_prelude(struct race *r)
{
	uint64_t i;

	r->error = pmapsim_replay_start(r->trace, &r->how, &r->replay, r->err,
	    r->errsize);
	if (r->error != PMAPSIM_OK)
		return (false);
	for (i = 0; i < r->target; i++)
		if (pmapsim_replay_step(r->replay) != PMAPSIM_REPLAY_RUNNING) {
			snprintf(r->err, r->errsize, "%s",
			    pmapsim_replay_result(r->replay)->message);
			r->error = trace_replay_error(r->replay, r->err,
			    r->errsize);
			/* An end of any other kind comes too early. */
			if (r->error == PMAPSIM_OK)
				r->error = PMAPSIM_EINVAL;
			return (false);
		}
	return (true);
}

/* Loads the pmap on the CPUs that have none: somebody has to race. */
static void
run_load(struct race *r, struct machine *mach)
{
	unsigned cpu;

	if (r->call.pmap == NULL || r->call.pmap == kernel_pmap ||
	    !pmap_has_tables(r->call.pmap))
		return;
	for (cpu = 1; cpu < r->ncpu; cpu++) {
		mach->curcpu = cpu;
		if (!pmap_is_current(mach, r->call.pmap))
			cpu_switch(mach, r->call.pmap);
	}
	mach->curcpu = 0;
}

/* Makes the statement with the actions inside it. */
static void
run_statement(struct race *r, struct machine *mach)
{
	const struct trace_watch watch = {.always = true,
	    .before = run_before,
	    .point = run_point,
	    .after = run_after,
	    .arg = r};
	enum pmapsim_replay_outcome outcome;
	unsigned i;

	for (i = 0; i < r->nactions; i++) {
		r->plan[i].pmap = r->call.pmap != NULL ? r->call.pmap :
							 kernel_pmap;
		trace_meanwhile_plan(r->replay, &r->plan[i]);
	}
	trace_meanwhile_watch(r->replay, &watch);
	outcome = pmapsim_replay_step(r->replay);
	if (outcome == PMAPSIM_REPLAY_PANIC) {
		snprintf(r->why, sizeof(r->why), "%s",
		    pmapsim_replay_result(r->replay)->message);
		r->kind = PMAPSIM_RACE_PANIC;
	}
	r->error = trace_replay_error(r->replay, r->err, r->errsize);
}

/* Finds out what the statement is about, and readies the CPUs for it. */
static bool
run_ready(struct race *r)
{
	struct machine *mach = pmapsim_replay_machine(r->replay);
	unsigned watched;

	r->ncpu = mach->config.ncpu;
	if (mach->cpus[0].tlb == NULL) {
		snprintf(r->err, r->errsize,
		    "the CPUs need TLBs; tlb= or --tlb gives them");
		r->error = PMAPSIM_EINVAL;
		return (false);
	}
	if (!race_call_addresses(&r->call, r->replay, &r->st,
		r->options->address, r->options->naddress)) {
		snprintf(r->err, r->errsize,
		    "line %u: no address is known whose mapping %s changes; "
		    "--address names some",
		    r->st.pub.line, r->st.op->info.name);
		r->error = PMAPSIM_ENOTSUP;
		return (false);
	}
	race_call_name(&r->call, r->replay, &r->st, r->pmap_name,
	    sizeof(r->pmap_name));
	run_load(r, mach);
	/* What earlier calls left, a pmap_kremove() for one, is not its. */
	watched = detector_of(mach)->what;
	pmapsim_detect(mach, PMAPSIM_DETECT_STALE);
	detector_forgive(mach);
	pmapsim_detect(mach, watched);
	return (true);
}

/* Comes to the statement: by an image, or by a replay from the start. */
static bool
run_start(struct race *r)
{

	if (r->image != NULL) {
		if (image_restore(r->image, r->replay))
			return (true);
		snprintf(r->err, r->errsize, "no memory to go back");
		r->error = PMAPSIM_ENOMEM;
		return (false);
	}
	pmapsim_replay_end(r->replay);
	r->replay = NULL;
	if (!run_prelude(r) || !run_ready(r))
		return (false);
	r->image = image_take(r->replay);
	return (true);
}

void
race_run(struct race *r)
{

	r->kind = PMAPSIM_RACE_NONE;
	r->why[0] = '\0';
	if (run_start(r))
		run_statement(r, pmapsim_replay_machine(r->replay));
	if (r->no_memory && r->error == PMAPSIM_OK) {
		snprintf(r->err, r->errsize,
		    "no memory for the points or the audit");
		r->error = PMAPSIM_ENOMEM;
	}
}

void
race_run_end(struct race *r)
{

	image_free(r->image);
	pmapsim_replay_end(r->replay);
	free(r->events);
}
