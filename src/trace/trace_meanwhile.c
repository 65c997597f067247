/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "meanwhile": what other CPUs do inside the next call.
 *
 * The statement plans an access by its CPU and loads the pmap there.  The next
 * statement that is none makes its call, and at the point that the plan names
 * the access happens, through that CPU's TLB.  Plans last for one call.
 */
#include "trace/trace_var.h"

#include <pmapsim/hw.h>

/* Returns whether the point before "event" on "entry" is the plan's. */
static bool
meanwhile_is_at(struct machine *mach, const struct trace_meanwhile *plan,
    enum race_event event, const pt_entry_t *entry)
{

	if (event != plan->event)
		return (false);
	return (event == RACE_FLUSH ||
	    race_entry_level(mach, entry, plan->at) == plan->level);
}

static void
meanwhile_act(struct machine *mach, enum race_event event,
    const pt_entry_t *entry, void *arg)
{
	struct pmapsim_replay *rp = arg;
	struct trace_meanwhile *plan;
	unsigned curcpu, i;

	for (i = 0; i < rp->nmeanwhile; i++) {
		plan = &rp->meanwhile[i];
		if (!meanwhile_is_at(mach, plan, event, entry) ||
		    plan->seen++ + 1 != plan->nth)
			continue;
		curcpu = mach->curcpu;
		mach->curcpu = plan->cpu;
		pmapsim_cpu_access(mach, plan->va, plan->access);
		mach->curcpu = curcpu;
	}
}

/*
 * Plans an access.  What is wrong with the point shows only in the call: a
 * point that is never reached is no error, for a shorter trace may have lost
 * it.
 */
void
trace_call_meanwhile(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	pmap_t pmap = trace_pmap(rp, st, 2);
	struct trace_meanwhile *plan;

	if (!race_has_points()) {
		trace_call_error(rp,
		    "no CPU can act inside a call in this "
		    "build of the library; pmapsim-race(7) names the other");
		return;
	}
	if (rp->nmeanwhile == TRACE_MEANWHILE_MAX) {
		trace_call_error(rp, "more than %d accesses inside one call",
		    TRACE_MEANWHILE_MAX);
		return;
	}
	plan = &rp->meanwhile[rp->nmeanwhile++];
	plan->event = (enum race_event)st->num[0];
	plan->level = (unsigned)st->num[1];
	plan->va = st->num[3];
	plan->at = trace_has(st, TK_AT) ? st->key[TK_AT] : plan->va;
	plan->nth = trace_has(st, TK_NTH) ? st->key[TK_NTH] : 1;
	plan->seen = 0;
	plan->cpu = rp->mach->curcpu;
	plan->access = trace_access(st, 4);
	if (pmap_is_user_va(plan->va)) {
		plan->access |= PMAPSIM_ACCESS_USER;
		if (!pmap_is_current(rp->mach, pmap))
			pmap_activate(rp->mach, pmap);
	}
	rp->attends = true;
}

void
trace_meanwhile_call(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	const struct race_hook hook = {.act = meanwhile_act, .arg = rp};

	race_hook_set(rp->mach, &hook);
	st->op->call(rp, st);
	trace_meanwhile_end(rp);
}

void
trace_meanwhile_end(struct pmapsim_replay *rp)
{

	race_hook_set(rp->mach, NULL);
	rp->nmeanwhile = 0;
}
