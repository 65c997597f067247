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

/* Whether the tables have a page of 2 MB at address "i". */
static bool
run_is_large(struct race *r, struct machine *mach, unsigned i)
{
	const pmap_t pmap = r->call.pmap != NULL ? r->call.pmap : kernel_pmap;
	const pd_entry_t *pde;

	if (!pmap_has_tables(pmap))
		return (false);
	pde = pmap_pde(mach, pmap, r->call.address[i]);
	return (pde != NULL && (*pde & (PG_V | PG_PS)) == (PG_V | PG_PS));
}

/*
 * Of the flushes between two accesses to entries on the way to an address,
 * loads that commute with it apart, which can be very many where a call changes
 * much beside it, an access of that address is tried before these:
 *
 * - the first one, before which a CPU may know page tables that each flush
 *   makes it forget;
 * - each that makes it forget this address, by its page or, as long as it may
 *   know a page of 2 MB there, by any address in that;
 * - the last one, by which everything has happened that was to happen to the
 *   page meanwhile.
 *
 * Before the others nothing changes that the access could tell.  What else CPUs
 * do, such as switching to the pmap, depends on more, and is tried everywhere.
 */
static void
run_flush(struct race *r, struct machine *mach, unsigned i,
    const struct race_moment *moment)
{
	const vm_offset_t va = r->call.address[i];
	struct race_way *way = &r->way[i];
	vm_offset_t mask;

	/* Where the tables have no such page any more, the CPUs' first flush
	 * beside the address is the last that matters. */
	if (way->dropped && way->by != moment->sva)
		way->large = way->dropped = false;
	mask = way->large ? PDRMASK : PAGE_MASK;
	if ((va & ~mask) < moment->eva && (va | mask) >= moment->sva) {
		r->events[r->nevents - 1].matters |= (uint8_t)(1u << i);
		way->dropped = way->large && !run_is_large(r, mach, i);
		way->by = moment->sva;
	} else if (!way->flushed)
		r->events[r->nevents - 1].matters |= (uint8_t)(1u << i);
	way->flushed = true;
	way->last = r->nevents - 1;
}

/* Ends the flushes of address "i": a table is accessed, or the call ends. */
static void
run_end_flushes(struct race *r, unsigned i)
{

	if (r->way[i].flushed)
		r->events[r->way[i].last].matters |= (uint8_t)(1u << i);
	r->way[i].flushed = false;
}

/* A trace_watch: the points are told by the addresses. */
static void
run_before(struct pmapsim_replay *rp, const struct trace_stmt *st, void *arg)
{
	struct race *r = arg;
	unsigned i;

	race_call_begin(&r->call, rp->mach);
	if (!r->notes)
		return;
	r->nevents = 0;
	memset(r->way, 0, sizeof(r->way));
	for (i = 0; i < r->call.naddress; i++)
		r->way[i].large = run_is_large(r, rp->mach, i);
}

/* Makes room for a point, which is zero; NULL: no memory. */
static struct race_event_seen *
run_new_event(struct race *r)
{
	struct race_event_seen *events;

	if (r->nevents == r->room) {
		events = reallocarray(r->events, 2 * r->room + 256,
		    sizeof(*events));
		if (events == NULL) {
			r->no_memory = true;
			return (NULL);
		}
		r->events = events;
		r->room = 2 * r->room + 256;
	}
	memset(&r->events[r->nevents], 0, sizeof(*events));
	return (&r->events[r->nevents++]);
}

/*
 * Whether it makes no difference if an access of another CPU comes before this
 * load of an entry of "level" or behind it: the access changes nothing of the
 * entry, which leads to nothing, or has A already and, if it is a page's that
 * can be written, M.  Attempts to promote load each PTE again and again.
 */
static bool
run_load_commutes(const struct race_moment *moment, unsigned level)
{
	const pt_entry_t entry = *moment->entry;

	return (moment->event == RACE_LOAD &&
	    ((entry & PG_V) == 0 ||
		((entry & PG_A) != 0 &&
		    ((level == 2 && (entry & PG_PS) == 0) ||
			(entry & (PG_M | PG_RW)) != PG_RW))));
}

/* Notes the point. */
static void
run_point(struct machine *mach, const struct race_moment *moment, void *arg)
{
	struct race *r = arg;
	struct race_event_seen *seen;
	unsigned i;

	if (moment->event == RACE_BEGIN || moment->event == RACE_END ||
	    (seen = run_new_event(r)) == NULL)
		return;
	seen->event = (uint8_t)moment->event;
	for (i = 0; i < r->call.naddress; i++) {
		if (moment->event == RACE_FLUSH) {
			seen->reaches |= (uint8_t)(1u << i);
			run_flush(r, mach, i, moment);
			continue;
		}
		seen->level[i] = (uint8_t)race_entry_level(mach, moment->entry,
		    r->call.address[i]);
		if (seen->level[i] == 0)
			continue;
		seen->reaches |= (uint8_t)(1u << i);
		if (run_load_commutes(moment, seen->level[i]))
			continue;
		seen->matters |= (uint8_t)(1u << i);
		run_end_flushes(r, i);
		if (run_is_large(r, mach, i)) {
			r->way[i].large = true;
			r->way[i].dropped = false;
		}
	}
	if (r->options->unreduced)
		seen->reaches = seen->matters = UINT8_MAX;
}

/* Whether all actions come before the call. */
static bool
run_is_before(const struct race *r)
{
	unsigned i;

	for (i = 0; i < r->nactions; i++)
		if (r->action[i].point != 0)
			return (false);
	return (true);
}

static void
run_after(struct pmapsim_replay *rp, const struct trace_stmt *st, void *arg)
{
	struct race *r = arg;
	unsigned i;

	for (i = 0; i < r->call.naddress && r->notes; i++)
		run_end_flushes(r, i);
	/* What actions before the call lead to is no race either. */
	if (run_is_before(r))
		race_call_alone(&r->call, rp->mach);
	r->kind = race_call_judge(&r->call, rp, st, true, r->why,
	    sizeof(r->why));
	r->no_memory = r->no_memory || r->call.no_memory;
}

/*
 * Replays what comes before the statement: from where the replay stands, if it
 * has not made more than that; false, with the error.
 */
static bool
run_prelude(struct race *r)
{

	if (r->at == RACE_INSIDE) {
		pmapsim_replay_end(r->replay);
		r->replay = NULL;
	}
	if (r->replay == NULL) {
		r->at = 0;
		r->error = pmapsim_replay_start(r->trace, &r->how, &r->replay,
		    r->err, r->errsize);
		if (r->error != PMAPSIM_OK)
			return (false);
	}
	for (; r->at < r->target; r->at++)
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
	    .point = r->notes ? run_point : NULL,
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
	r->at = RACE_INSIDE;
	outcome = pmapsim_replay_step(r->replay);
	if (outcome == PMAPSIM_REPLAY_PANIC) {
		snprintf(r->why, sizeof(r->why), "%s",
		    pmapsim_replay_result(r->replay)->message);
		r->kind = PMAPSIM_RACE_PANIC;
	}
	r->error = trace_replay_error(r->replay, r->err, r->errsize);
}

/* Finds out what the statement is about; false, with the error. */
static bool
run_look(struct race *r)
{

	r->ncpu = r->replay->mach->config.ncpu;
	if (r->replay->mach->cpus[0].tlb == NULL) {
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
	return (true);
}

/* Readies the CPUs for the statement. */
static void
run_ready(struct race *r, struct machine *mach)
{
	unsigned watched;

	run_load(r, mach);
	/* What earlier calls left, a pmap_kremove() for one, is not its. */
	watched = detector_of(mach)->what;
	pmapsim_detect(mach, PMAPSIM_DETECT_STALE);
	detector_forgive(mach);
	pmapsim_detect(mach, watched);
}

/* Puts the replay back before the statement; false, with the error. */
static bool
run_restore(struct race *r)
{

	if (!image_restore(r->image, r->replay)) {
		snprintf(r->err, r->errsize, "no memory to go back");
		r->error = PMAPSIM_ENOMEM;
		return (false);
	}
	r->at = r->target;
	return (true);
}

/* Comes to the statement: by an image, or by a replay. */
static bool
run_start(struct race *r)
{

	if (r->image != NULL) {
		if (!run_restore(r))
			return (false);
	} else {
		if (!run_prelude(r) || !run_look(r))
			return (false);
		r->image = image_take(r->replay);
	}
	run_ready(r, pmapsim_replay_machine(r->replay));
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
race_run_before_call(struct race *r)
{
	struct race_action action[PMAPSIM_RACE_ACTIONS];
	struct trace_plan plan[PMAPSIM_RACE_ACTIONS];
	unsigned i;

	memcpy(action, r->action, sizeof(action));
	memcpy(plan, r->plan, sizeof(plan));
	for (i = 0; i < r->nactions; i++) {
		r->action[i].point = 0;
		race_place_before(&r->plan[i]);
	}
	race_run(r);
	memcpy(r->action, action, sizeof(action));
	memcpy(r->plan, plan, sizeof(plan));
}

void
race_run_leave(struct race *r)
{

	if (r->image == NULL || r->error != PMAPSIM_OK || !run_restore(r))
		return;
	image_free(r->image);
	r->image = NULL;
}

void
race_run_end(struct race *r)
{

	image_free(r->image);
	pmapsim_replay_end(r->replay);
	free(r->events);
}
