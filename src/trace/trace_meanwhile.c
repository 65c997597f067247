/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "meanwhile": what other CPUs do inside the next call.
 *
 * The statement plans something that its CPU does.  The next statement that is
 * none makes its call, and at the point that the plan names it happens, through
 * that CPU's TLB.  Plans last for one call; what came of them can be asked
 * until the next plan is made.
 */
#include "trace/trace_var.h"

#include <pmapsim/hw.h>

#include "amd64/cpu_switch.h"
#include "hw/access.h"
#include "hw/tlb.h"
#include "vm/vm_page.h"

void
trace_meanwhile_watch(struct pmapsim_replay *rp,
    const struct trace_watch *watch)
{

	rp->watch = watch;
	rp->attends = rp->attends || (watch != NULL && watch->always);
}

vm_page_t
trace_meanwhile_page(struct machine *mach, vm_paddr_t pa)
{

	return (pa < mach->config.mem ? phys_to_vm_page(mach, pa) : NULL);
}

bool
trace_meanwhile_is_dirty(struct machine *mach, vm_page_t m)
{

	return (vm_page_use(mach, m)->dirty == VM_PAGE_BITS_ALL ||
	    pmap_is_modified(mach, m));
}

static unsigned
plan_access(const struct trace_plan *plan)
{

	return ((plan->deed == DEED_WRITE	   ? MMU_WRITE :
			plan->deed == DEED_EXECUTE ? MMU_FETCH :
						     MMU_READ) |
	    (pmap_is_user_va(plan->va) ? MMU_USER : 0));
}

/*
 * Where the tables at "cr3" lead the plan's CPU, and through "unrecorded", if
 * not NULL, whether by a mapping that has no pv entry, and so none that could
 * tell the kernel what happened to the page.
 */
static vm_paddr_t
plan_walk(struct machine *mach, const struct trace_plan *plan, vm_paddr_t cr3,
    bool *unrecorded)
{
	struct mmu_translation t;

	t = mmu_walk(mach, &mach->cpus[plan->cpu], cr3, plan->va,
	    plan_access(plan), false);
	if (t.result != MMU_OK)
		return (PLAN_NOWHERE);
	if (unrecorded != NULL)
		*unrecorded = (*t.leaf & PG_MANAGED) == 0;
	return (t.pa);
}

/* Where the tables of the plan's pmap lead; for "unrecorded", plan_walk(). */
static vm_paddr_t
plan_walk_pmap(struct machine *mach, const struct trace_plan *plan,
    bool *unrecorded)
{
	vm_paddr_t cr3 = mach->cpus[plan->cpu].cr3;

	if (pmap_is_user_va(plan->va)) {
		/* The call may have ended it. */
		if (!pmap_has_tables(plan->pmap))
			return (PLAN_NOWHERE);
		cr3 = pmap_pml4_phys(plan->pmap);
	}
	return (plan_walk(mach, plan, cr3, unrecorded));
}

vm_paddr_t
trace_meanwhile_walk(struct machine *mach, const struct trace_plan *plan)
{

	return (plan_walk_pmap(mach, plan, NULL));
}

/*
 * Whether the access that reached plan->pa went through a mapping of which the
 * kernel keeps no books.  A TLB may know a mapping that is gone from the
 * tables: then it is the one before the call, if that led there.
 */
static bool
plan_is_unrecorded(struct machine *mach, const struct trace_plan *plan)
{
	bool unrecorded = false;

	if (plan_walk(mach, plan, mach->cpus[plan->cpu].cr3, &unrecorded) ==
	    plan->pa)
		return (unrecorded);
	return (plan->before == plan->pa && plan->before_unrecorded);
}

bool
trace_meanwhile_is_free(struct machine *mach, vm_paddr_t pa)
{
	vm_page_t m = trace_meanwhile_page(mach, pa);

	return (m != NULL && (vm_page_flags(m) & PG_FREE) != 0);
}

/* Accesses memory, and notes a free page on the way or at its end. */
static void
plan_do_access(struct machine *mach, struct trace_plan *plan)
{
	struct cpu *cpu = &mach->cpus[plan->cpu];
	struct mmu_translation t;
	struct mmu_start start;
	vm_page_t m;

	if (cpu->tlb != NULL && tlb_walk_start(cpu, plan->va, &start) &&
	    start.level == 1 &&
	    trace_meanwhile_is_free(mach, start.table & PG_FRAME)) {
		plan->free_pa = start.table & PG_FRAME;
		plan->free_table = true;
	}
	t = mmu_access(mach, cpu, plan->va, plan_access(plan));
	plan->succeeded = t.result == MMU_OK;
	plan->pa = t.pa;
	plan->unrecorded = plan->succeeded && plan_is_unrecorded(mach, plan);
	m = plan->succeeded ? trace_meanwhile_page(mach, t.pa) : NULL;
	plan->object = m != NULL ? m->object : NULL;
	plan->pindex = m != NULL ? m->pindex : 0;
	plan->scans = mach->cnt.pageout_scans;
	if (plan->succeeded && plan->free_pa == 0 &&
	    trace_meanwhile_is_free(mach, t.pa))
		plan->free_pa = trunc_page(t.pa);
}

/*
 * Asks what can be asked without a lock of the page that was mapped before the
 * call: a page that nothing maps for writing any more, and that is not marked
 * dirty, passes for clean.  Where the flag is set the kernel waits for a lock.
 */
static void
plan_do_query(struct machine *mach, struct trace_plan *plan)
{
	vm_page_t m;

	m = plan->before == PLAN_NOWHERE ?
	    NULL :
	    trace_meanwhile_page(mach, plan->before);
	plan->succeeded = m != NULL;
	plan->clean = m != NULL && vm_page_use(mach, m)->dirty == 0 &&
	    (vm_page_aflags(mach, m) & PG_WRITEABLE) == 0;
}

void
trace_meanwhile_do(struct machine *mach, struct trace_plan *plan)
{
	const unsigned curcpu = mach->curcpu;

	plan->reached = true;
	mach->curcpu = plan->cpu;
	if (plan->taking == TAKES)
		cpu_switch(mach, plan->pmap);
	else if (plan->taking == IS_TAKING)
		cpu_switch_begin(mach, plan->pmap);
	switch (plan->deed) {
	case DEED_QUERY:
		plan_do_query(mach, plan);
		break;
	case DEED_STRAY:
		/* Its walk began when the PTE was valid. */
		plan->succeeded = plan->before != PLAN_NOWHERE &&
		    race_stray(mach, plan->pmap, plan->va);
		break;
	default:
		/* In the middle of a switch it may not have the tables yet. */
		if (plan->taking != IS_TAKING ||
		    mach->cpus[plan->cpu].cr3 == pmap_pml4_phys(plan->pmap))
			plan_do_access(mach, plan);
		break;
	}
	mach->curcpu = curcpu;
}

/* Returns whether "moment" is one of the plan's points. */
static bool
plan_is_at(struct machine *mach, const struct trace_plan *plan,
    const struct race_moment *moment)
{

	if (moment->event != plan->event)
		return (false);
	return (moment->entry == NULL ||
	    race_entry_level(mach, moment->entry, plan->at) == plan->level);
}

/* Whether a point inside the call means something to anybody. */
static bool
meanwhile_needs_points(const struct pmapsim_replay *rp)
{
	const struct trace_plan *plan;
	unsigned i;

	if (rp->watch != NULL && rp->watch->point != NULL)
		return (true);
	for (i = 0; i < rp->nplans; i++) {
		plan = &rp->plans[i];
		if (!plan->reached && plan->event != RACE_BEGIN &&
		    plan->event != RACE_END)
			return (true);
	}
	return (false);
}

/*
 * How many points of the call pass before one means something to anybody.  Of
 * several plans, one may change how many come before another's.
 */
static uint64_t
meanwhile_skip(struct pmapsim_replay *rp)
{
	struct trace_plan *plan = &rp->plans[0];

	if (rp->nplans != 1 || plan->skip == 0 ||
	    (rp->watch != NULL && rp->watch->point != NULL))
		return (0);
	plan->seen = plan->nth - 1;
	return (plan->skip);
}

/* A race_hook. */
static bool
meanwhile_act(struct machine *mach, const struct race_moment *moment, void *arg)
{
	struct pmapsim_replay *rp = arg;
	struct trace_plan *plan;
	unsigned i;

	if (rp->watch != NULL && rp->watch->point != NULL)
		rp->watch->point(mach, moment, rp->watch->arg);
	for (i = 0; i < rp->nplans; i++) {
		plan = &rp->plans[i];
		if (plan_is_at(mach, plan, moment) && ++plan->seen == plan->nth)
			trace_meanwhile_do(mach, plan);
	}
	return (meanwhile_needs_points(rp));
}

bool
trace_meanwhile_plan(struct pmapsim_replay *rp, const struct trace_plan *from)
{
	const unsigned curcpu = rp->mach->curcpu;
	struct trace_plan *plan;

	/* What is there is the last call's. */
	if (!rp->planned)
		rp->nplans = 0;
	if (rp->nplans == TRACE_PLANS_MAX)
		return (false);
	rp->planned = rp->attends = true;
	plan = &rp->plans[rp->nplans++];
	*plan = *from;
	plan->seen = 0;
	plan->reached = plan->succeeded = plan->clean = false;
	plan->unrecorded = plan->before_unrecorded = false;
	plan->before = PLAN_NOWHERE;
	plan->free_pa = 0;
	plan->free_table = false;
	rp->mach->curcpu = plan->cpu;
	if (pmap_is_user_va(plan->va) && pmap_has_tables(plan->pmap)) {
		if (plan->taking == TAKEN) {
			if (!pmap_is_current(rp->mach, plan->pmap))
				cpu_switch(rp->mach, plan->pmap);
		} else if (pmap_is_current(rp->mach, plan->pmap))
			cpu_switch(rp->mach, pmapsim_kernel_pmap(rp->mach));
	}
	rp->mach->curcpu = curcpu;
	return (true);
}

unsigned
trace_meanwhile_plans(const struct pmapsim_replay *rp)
{

	return (rp->nplans);
}

const struct trace_plan *
trace_meanwhile_done(const struct pmapsim_replay *rp, unsigned i)
{

	return (&rp->plans[i]);
}

bool
trace_meanwhile_is_last(const struct pmapsim_replay *rp)
{
	struct trace_reader reader = rp->reader;
	struct trace_stmt st;
	enum trace_read got;
	char err[200];

	/* What grows may grow by another one. */
	if (rp->trace->capacity != 0)
		return (false);
	reader.err = err;
	reader.errsize = sizeof(err);
	/* What came of plans is known, and nothing changes it any more. */
	do
		got = trace_read(&reader, &st);
	while (got == TRACE_READ_STMT && trace_opcode(&st) == OP_outcome);
	return (got == TRACE_READ_END);
}

/*
 * Plans.  What is wrong with the point shows only in the call: a point that is
 * never reached is no error, for a shorter trace may have lost it.
 */
void
trace_call_meanwhile(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	struct trace_plan plan = {
	    .event = (enum race_event)st->num[0],
	    .level = (unsigned)st->num[1],
	    .cpu = rp->mach->curcpu,
	    .deed = (enum trace_deed)st->num[4],
	    .pmap = trace_pmap(rp, st, 2),
	    .va = st->num[3],
	    .at = trace_has(st, TK_AT) ? st->key[TK_AT] : st->num[3],
	    .nth = trace_has(st, TK_NTH) ? st->key[TK_NTH] : 1,
	};

	plan.taking = trace_has(st, TF_SWITCHING) ? IS_TAKING :
	    trace_has(st, TF_SWITCH)		  ? TAKES :
						    TAKEN;
	if (!race_has_points())
		trace_call_error(rp,
		    "no CPU can act inside a call in this "
		    "build of the library; pmapsim-race(7) names the other");
	else if (plan.taking == IS_TAKING && plan.deed != DEED_READ)
		trace_call_error(rp,
		    "a CPU that is switching runs no program: r, by which it "
		    "looks ahead, would be right");
	else if (plan.taking != TAKEN &&
	    (!pmap_is_user_va(plan.va) ||
		plan.pmap == pmapsim_kernel_pmap(rp->mach)))
		trace_call_error(rp,
		    "each CPU has the kernel's addresses: a program's, of its "
		    "pmap, would be right for one that switches");
	else if (!trace_meanwhile_plan(rp, &plan))
		trace_call_error(rp, "more than %d plans for one call",
		    TRACE_PLANS_MAX);
}

/* Notes for each plan how things are before the call. */
static void
meanwhile_begin(struct pmapsim_replay *rp)
{
	struct trace_plan *plan;
	vm_page_t m;
	unsigned i;

	for (i = 0; i < rp->nplans; i++) {
		plan = &rp->plans[i];
		plan->before = plan_walk_pmap(rp->mach, plan,
		    &plan->before_unrecorded);
		m = plan->before == PLAN_NOWHERE ?
		    NULL :
		    trace_meanwhile_page(rp->mach, plan->before);
		plan->dirty_before = m != NULL && pmap_page_is_managed(m) &&
		    trace_meanwhile_is_dirty(rp->mach, m);
	}
}

/* Ends the switches that are under way. */
static void
meanwhile_switched(struct pmapsim_replay *rp)
{
	const unsigned curcpu = rp->mach->curcpu;
	const struct trace_plan *plan;
	unsigned i;

	for (i = 0; i < rp->nplans; i++) {
		plan = &rp->plans[i];
		if (!plan->reached || plan->taking != IS_TAKING ||
		    !pmap_has_tables(plan->pmap))
			continue;
		rp->mach->curcpu = plan->cpu;
		cpu_switch_end(rp->mach, plan->pmap);
	}
	rp->mach->curcpu = curcpu;
}

/* Whether all plans are of other CPUs than the one that makes the call. */
static bool
meanwhile_by_others(struct pmapsim_replay *rp)
{
	unsigned i;

	for (i = 0; i < rp->nplans; i++)
		if (rp->plans[i].cpu == rp->mach->curcpu) {
			trace_call_error(rp,
			    "CPU %u makes the call and can do nothing else "
			    "meanwhile; cpu= with another one would be right",
			    rp->mach->curcpu);
			return (false);
		}
	return (true);
}

void
trace_meanwhile_call(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	static const struct race_moment begin = {.event = RACE_BEGIN},
					end = {.event = RACE_END};
	const struct race_hook hook = {.act = meanwhile_act, .arg = rp};
	const struct trace_watch *watch = rp->watch;

	if (!rp->planned)
		rp->nplans = 0;
	rp->planned = false;
	if (!meanwhile_by_others(rp))
		return;
	if (watch != NULL && !watch->always && rp->nplans == 0)
		watch = NULL;
	if (watch != NULL)
		watch->before(rp, st, watch->arg);
	meanwhile_act(rp->mach, &begin, rp);
	meanwhile_begin(rp);
	race_hook_set(rp->mach, meanwhile_needs_points(rp) ? &hook : NULL,
	    meanwhile_skip(rp));
	st->op->call(rp, st);
	race_hook_set(rp->mach, NULL, 0);
	meanwhile_switched(rp);
	meanwhile_act(rp->mach, &end, rp);
	if (watch != NULL)
		watch->after(rp, st, watch->arg);
}

void
trace_meanwhile_end(struct pmapsim_replay *rp)
{

	race_hook_set(rp->mach, NULL, 0);
	rp->planned = false;
}

/* What came of a plan for the last call. */
void
trace_call_outcome(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	const struct trace_plan *plan;

	if (rp->planned || st->num[0] >= rp->nplans) {
		trace_call_error(rp,
		    "nothing was planned as number %llu for the last call",
		    (unsigned long long)st->num[0]);
		return;
	}
	plan = &rp->plans[st->num[0]];
	if (!plan->reached)
		trace_result_word(rp, "never");
	else if (plan->deed == DEED_QUERY)
		trace_result_word(rp, plan->clean ? "clean" : "unknown");
	else if (plan->deed == DEED_STRAY)
		trace_result_word(rp, plan->succeeded ? "set" : "unset");
	else if (plan->succeeded)
		trace_result_hex(rp, NULL, plan->pa);
	else
		trace_result_word(rp, "fault");
}
