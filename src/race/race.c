/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The search: all placements of up to K actions by other CPUs inside one
 * statement, those with fewer actions first.
 *
 * A placement of k + 1 actions adds one to a placement of k, not before the
 * last of those.  The points before which an action is tried are those of the
 * run without it: up to that action both runs are alike.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "race/race_var.h"

const char *
pmapsim_race_kind_name(enum pmapsim_race_kind kind)
{
	static const char *const names[PMAPSIM_RACE_KINDS] = {
	    [PMAPSIM_RACE_NONE] = "nothing",
	    [PMAPSIM_RACE_PANIC] = "panic",
	    [PMAPSIM_RACE_FREE_FRAME] = "free page used",
	    [PMAPSIM_RACE_NOWHERE] = "access from nowhere",
	    [PMAPSIM_RACE_LOST_WRITE] = "lost write",
	    [PMAPSIM_RACE_LOST_REFERENCE] = "lost reference",
	    [PMAPSIM_RACE_STALE] = "stale translation",
	    [PMAPSIM_RACE_AUDIT] = "audit",
	    [PMAPSIM_RACE_ANSWER] = "wrong answer",
	    [PMAPSIM_RACE_SIZES] = "two page sizes",
	};

	return ((unsigned)kind < PMAPSIM_RACE_KINDS ? names[kind] : NULL);
}

static double
race_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((double)now.tv_sec + (double)now.tv_nsec / 1e9);
}

/*
 * Runs the placement.  What the audit finds is no race if it finds that rule
 * broken as well when the same is done before the call: then it judges no more.
 */
static void
race_play(struct race *r)
{
	uint64_t broken;

	r->notes = r->nactions < r->limit;
	race_run(r);
	while (r->error == PMAPSIM_OK && r->kind == PMAPSIM_RACE_AUDIT &&
	    r->nactions != 0) {
		broken = r->call.broken;
		race_run_before_call(r);
		if (r->error != PMAPSIM_OK)
			return;
		race_run(r);
		if (r->call.broken == broken)
			return;
	}
}

/*
 * Runs the placement; true: the search is over, because something was found,
 * an error, the caller's hook, or the end of its time.
 */
static bool
race_try(struct race *r)
{
	struct pmapsim_race_result *result = r->result;

	race_play(r);
	if (r->error != PMAPSIM_OK)
		return (true);
	/* What has fewer actions was tried before, and now only shows its
	 * points. */
	if (r->nactions == r->limit || r->limit == 1)
		result->placements++;
	if (r->nactions == 0)
		result->points = r->nevents;
	result->broken |= r->call.broken;
	if (r->kind != PMAPSIM_RACE_NONE) {
		result->kind = r->kind;
		race_describe(r, result->text, sizeof(result->text));
		result->trace = race_write(r, result->text);
		return (true);
	}
	if (r->options->progress != NULL &&
	    !r->options->progress(r->options->arg, result->placements)) {
		snprintf(r->err, r->errsize, "stopped");
		r->error = PMAPSIM_ESTOPPED;
		return (true);
	}
	result->complete = r->end == 0 || race_clock() < r->end;
	return (!result->complete);
}

/* What a CPU can do: all that "with" may name. */
static const struct race_choice {
	unsigned with; /* PMAPSIM_RACE_* */
	enum trace_deed deed;
	enum trace_taking taking;
} choices[] = {
    {PMAPSIM_RACE_ACCESS, DEED_READ, TAKEN},
    {PMAPSIM_RACE_ACCESS, DEED_WRITE, TAKEN},
    {PMAPSIM_RACE_ACCESS, DEED_EXECUTE, TAKEN},
    {PMAPSIM_RACE_SWITCH, DEED_READ, TAKES},
    {PMAPSIM_RACE_SWITCH, DEED_WRITE, TAKES},
    {PMAPSIM_RACE_SWITCH, DEED_EXECUTE, TAKES},
    {PMAPSIM_RACE_SWITCH, DEED_READ, IS_TAKING},
    {PMAPSIM_RACE_QUERY, DEED_QUERY, TAKEN},
    {PMAPSIM_RACE_STRAY, DEED_STRAY, TAKEN},
};
#define NCHOICES (sizeof(choices) / sizeof(choices[0]))

/* Whether CPU "cpu" does something in the placement already. */
static bool
race_cpu_acts(const struct race *r, unsigned cpu)
{
	unsigned i;

	for (i = 0; i < r->nactions; i++)
		if (r->action[i].cpu == cpu)
			return (true);
	return (false);
}

/* Whether "choice" makes sense for "action" at its point of "n". */
static bool
race_chooses(const struct race *r, const struct race_choice *choice,
    const struct race_action *action, const struct race_event_seen *points,
    uint64_t n)
{
	const bool inside = action->point != 0 && action->point <= n;

	if ((choice->with & r->with) == 0)
		return (false);
	if (choice->with == PMAPSIM_RACE_ACCESS)
		return (!inside ||
		    (points[action->point - 1].matters >> action->address &
			1) != 0);
	/* The rest is about what happens inside the call. */
	if (!inside)
		return (false);
	/* Who switches to a pmap has not used it before, and is a user's. */
	return (choice->taking == TAKEN ||
	    (r->call.pmap != NULL && r->call.pmap_is_user &&
		!race_cpu_acts(r, action->cpu)));
}

static bool race_deepen(struct race *r, uint64_t from);

/* Tries what the CPU of "action" can do at its point and address. */
static bool
race_choose(struct race *r, struct race_action *action,
    const struct race_event_seen *points, uint64_t n)
{
	const struct pmapsim_race_options *options = r->options;
	const unsigned depth = r->nactions;
	bool over = false;
	unsigned k;

	for (k = 0; k < NCHOICES && !over; k++) {
		if (!race_chooses(r, &choices[k], action, points, n))
			continue;
		if (depth == 0 && options->shards > 1 &&
		    r->first++ % options->shards != options->shard)
			continue;
		action->deed = choices[k].deed;
		action->taking = choices[k].taking;
		r->nactions = depth + 1;
		race_place(r, points, n);
		over = race_try(r) ||
		    (r->nactions < r->limit && race_deepen(r, action->point));
		r->nactions = depth;
	}
	return (over);
}

/*
 * Adds one action to the placement, at each point from "from" on, and so on
 * down to r->limit actions.  True: the search is over.
 */
static bool
race_deepen(struct race *r, uint64_t from)
{
	struct race_event_seen *points;
	struct race_action *action = &r->action[r->nactions];
	uint64_t n = r->nevents, p;
	bool over = false;

	points = malloc((n + 1) * sizeof(*points));
	if (points == NULL) {
		snprintf(r->err, r->errsize, "no memory for the points");
		r->error = PMAPSIM_ENOMEM;
		return (true);
	}
	if (n != 0)
		memcpy(points, r->events, n * sizeof(*points));
	for (p = from; p <= n + 1 && !over; p++)
		for (action->cpu = 1; action->cpu < r->ncpu && !over;
		     action->cpu++)
			for (action->address = 0;
			     action->address < r->call.naddress && !over;
			     action->address++) {
				if (p >= 1 && p <= n &&
				    (points[p - 1].reaches >> action->address &
					1) == 0)
					continue;
				action->point = p;
				over = race_choose(r, action, points, n);
			}
	free(points);
	return (over);
}

/* Finds the statement; false, with the error, when there is none. */
static bool
race_find_statement(struct race *r)
{
	struct trace_reader reader;
	struct trace_stmt st;
	enum trace_read got;
	uint64_t n = 0;
	bool found = false;

	trace_reader_init(&reader, r->trace, r->err, r->errsize);
	while ((got = trace_read(&reader, &st)) == TRACE_READ_STMT) {
		/* Somebody has to race, through a TLB. */
		if (st.op->call == NULL) {
			if (r->how.tlb == NULL && !trace_has(&st, TK_TLB))
				r->how.tlb = "nehalem";
			if (r->how.ncpu == 0 && reader.config.ncpu == 1)
				r->how.ncpu = 2;
		}
		if (st.op->call != NULL &&
		    (r->line != 0 ?
			    st.pub.line == r->line :
			    (st.op->rules & (TR_LOOKS | TR_PLANS)) == 0)) {
			r->st = st;
			r->target = n;
			found = true;
		}
		n++;
		if (found && r->line != 0)
			return (true);
	}
	if (got == TRACE_READ_ERROR)
		return (false);
	if (!found)
		snprintf(r->err, r->errsize, "%s: no call%s", r->trace->name,
		    r->line != 0 ? " in that line" : "");
	return (found);
}

unsigned
pmapsim_race_next_line(const struct pmapsim_trace *trace, unsigned line)
{
	struct trace_reader reader;
	struct trace_stmt st;
	char err[600];

	if (trace == NULL)
		return (0);
	trace_reader_init(&reader, trace, err, sizeof(err));
	while (trace_read(&reader, &st) == TRACE_READ_STMT)
		if (st.pub.line > line && st.op->call != NULL &&
		    (st.op->rules & TR_NOT_RACED) == 0 && !st.expects_panic)
			return (st.pub.line);
	return (0);
}

bool
pmapsim_race_has_plans(const struct pmapsim_trace *trace)
{
	struct trace_reader reader;
	struct trace_stmt st;
	char err[600];

	/* Most have not even the word, which saves reading them once more. */
	if (trace == NULL || strstr(trace->text, "meanwhile") == NULL)
		return (false);
	trace_reader_init(&reader, trace, err, sizeof(err));
	while (trace_read(&reader, &st) == TRACE_READ_STMT)
		if ((st.op->rules & TR_PLANS) != 0)
			return (true);
	return (false);
}

/*
 * Searches one statement.  Without other CPUs first: what fails then is no
 * race.
 */
static void
race_search(struct race *r)
{
	const unsigned actions = r->options->actions;

	r->result->line = r->st.pub.line;
	r->first = 0;
	r->call.broken = 0;
	r->call.leads = 0;
	for (r->limit = 1; r->limit <= (actions != 0 ? actions : 1); r->limit++)
		if (race_try(r) || race_deepen(r, 0))
			break;
	if (r->error == PMAPSIM_OK)
		r->result->statements++;
}

/* Searches one statement after the other, until something is found. */
static void
race_search_all(struct race *r)
{

	while ((r->line = pmapsim_race_next_line(r->trace, r->line)) != 0) {
		if (!race_find_statement(r)) {
			r->error = PMAPSIM_EINVAL;
			return;
		}
		race_search(r);
		if (r->error == PMAPSIM_ENOTSUP) {
			r->error = PMAPSIM_OK;
			r->result->skipped++;
			continue;
		}
		race_run_leave(r);
		if (r->error != PMAPSIM_OK || !r->result->complete ||
		    r->result->kind != PMAPSIM_RACE_NONE)
			return;
	}
}

int
pmapsim_race(const struct pmapsim_trace *trace,
    const struct pmapsim_race_options *options,
    struct pmapsim_race_result *result, char *err, size_t errsize)
{
	static const struct pmapsim_race_options defaults;
	char own[600];
	struct race r = {.trace = trace};

	if (result != NULL)
		memset(result, 0, sizeof(*result));
	r.err = err != NULL ? err : own;
	r.errsize = err != NULL ? errsize : sizeof(own);
	if (trace == NULL || result == NULL || !race_has_points()) {
		snprintf(r.err, r.errsize,
		    trace == NULL || result == NULL ?
			"pmapsim_race() needs a trace and a place for the "
			"result" :
			"this library has no points; pmapsim_race has");
		return (PMAPSIM_EINVAL);
	}
	r.options = options != NULL ? options : &defaults;
	r.result = result;
	r.how.kernel = r.options->kernel;
	r.how.ignore_results = true;
	if (r.options->actions > PMAPSIM_RACE_ACTIONS ||
	    r.options->naddress > PMAPSIM_RACE_ADDRESSES) {
		snprintf(r.err, r.errsize,
		    "up to %d actions and %d addresses can be tried",
		    PMAPSIM_RACE_ACTIONS, PMAPSIM_RACE_ADDRESSES);
		return (PMAPSIM_EINVAL);
	}
	r.how.tlb = r.options->tlb;
	r.how.ncpu = r.options->ncpu;
	r.with = r.options->with != 0 ? r.options->with : PMAPSIM_RACE_ACCESS;
	if (r.options->seconds > 0)
		r.end = race_clock() + r.options->seconds;
	result->complete = true;
	r.line = r.options->line;
	if (r.options->all)
		race_search_all(&r);
	else if (race_find_statement(&r))
		race_search(&r);
	else
		r.error = PMAPSIM_EINVAL;
	race_run_end(&r);
	return (r.error);
}
