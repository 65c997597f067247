/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The search: all placements of up to K accesses by other CPUs inside one
 * statement, those with fewer accesses first.
 *
 * A placement of k + 1 accesses adds one to a placement of k, not before the
 * last of those, so each is tried once.  The points before which an access is
 * tried are those of the run without it: up to that access both runs are the
 * same.
 */
#include <stdlib.h>
#include <string.h>

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
	};

	return ((unsigned)kind < PMAPSIM_RACE_KINDS ? names[kind] : NULL);
}

/* Where the last access is, in words. */
static void
race_describe(struct race *r, const char *why, char *text, size_t size)
{
	const struct race_action *action;
	const char *where;
	size_t used = 0;
	unsigned i;

	text[0] = '\0';
	for (i = 0; i < r->nactions && used < size; i++) {
		action = &r->action[i];
		where = action->point == 0     ? "before the call" :
		    action->point > r->nevents ? "after the call" :
						 "before a ";
		used += (size_t)snprintf(text + used, size - used,
		    "CPU %u %s 0x%llx %s%s%s; ", action->cpu,
		    action->right == VM_PROT_WRITE	 ? "writes" :
			action->right == VM_PROT_EXECUTE ? "fetches from" :
							   "reads",
		    (unsigned long long)r->address[action->address], where,
		    action->point == 0 || action->point > r->nevents ?
			"" :
			race_event_name(r->events[action->point - 1].event),
		    action->point == 0 || action->point > r->nevents ?
			"" :
			" inside it");
	}
	if (used < size)
		snprintf(text + used, size - used, "%s", why);
}

/*
 * Runs the placement; true: the search is over, because something was found,
 * an error, or the caller's hook.
 */
static bool
race_try(struct race *r)
{
	struct pmapsim_race_result *result = r->result;
	enum pmapsim_race_kind kind;
	char why[900];

	why[0] = '\0';
	kind = race_run(r, why, sizeof(why));
	if (r->error != PMAPSIM_OK)
		return (true);
	if (r->nactions == 0)
		result->points = r->nevents;
	if (kind != PMAPSIM_RACE_NONE) {
		result->kind = kind;
		race_describe(r, why, result->text, sizeof(result->text));
		result->trace = race_write(r, result->text);
		return (true);
	}
	if (r->options->progress != NULL &&
	    !r->options->progress(r->options->arg, result->placements)) {
		snprintf(r->err, r->errsize, "stopped");
		r->error = PMAPSIM_ESTOPPED;
		return (true);
	}
	return (false);
}

/*
 * Adds one access to the placement, at each point from "from" on, and so on
 * down to r->limit accesses; only the deepest are run, for the shallower ones
 * were before.  True: the search is over.
 */
static bool
race_deepen(struct race *r, uint64_t from)
{
	static const vm_prot_t rights[] = {VM_PROT_READ, VM_PROT_WRITE,
	    VM_PROT_EXECUTE};
	const unsigned depth = r->nactions;
	struct race_event_seen *points;
	struct race_action *action = &r->action[depth];
	uint64_t n = r->nevents, p;
	unsigned k;
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
			     action->address < r->naddress && !over;
			     action->address++)
				for (k = 0; k < 3 && !over; k++) {
					if (p >= 1 && p <= n &&
					    (points[p - 1].reaches >>
						    action->address &
						1) == 0)
						break;
					action->point = p;
					action->right = rights[k];
					r->nactions = depth + 1;
					over = race_try(r) ||
					    (r->nactions < r->limit &&
						race_deepen(r, p));
					r->nactions = depth;
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
		    (r->options->line != 0 ?
			    st.pub.line == r->options->line :
			    (st.op->rules & (TR_LOOKS | TR_PLANS)) == 0)) {
			r->st = st;
			r->target = n;
			found = true;
		}
		n++;
		if (found && r->options->line != 0)
			return (true);
	}
	if (got == TRACE_READ_ERROR)
		return (false);
	if (!found)
		snprintf(r->err, r->errsize, "%s: no call%s", r->trace->name,
		    r->options->line != 0 ? " in that line" : "");
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
		    (st.op->rules & (TR_LOOKS | TR_PLANS)) == 0 &&
		    !st.expects_panic)
			return (st.pub.line);
	return (0);
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
		    "up to %d accesses and %d addresses can be tried",
		    PMAPSIM_RACE_ACTIONS, PMAPSIM_RACE_ADDRESSES);
		return (PMAPSIM_EINVAL);
	}
	r.how.tlb = r.options->tlb;
	r.how.ncpu = r.options->ncpu;
	if (!race_find_statement(&r))
		return (PMAPSIM_EINVAL);
	result->line = r.st.pub.line;
	/* Without other CPUs first: what fails then is no race. */
	r.limit = r.options->actions != 0 ? r.options->actions : 1;
	for (unsigned limit = 1, most = r.limit; !race_try(&r); limit++) {
		r.limit = limit;
		if (limit > most || race_deepen(&r, 0))
			break;
	}
	free(r.events);
	return (r.error);
}
