/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge of a placement.  Its rules hold for every interleaving that real
 * hardware allows, so each is about what the kernel promises when a call has
 * returned, none about how far it is inside.  No rule looks at pages that wait
 * to be freed: the kernel's own order protects them.
 *
 *	free frame	no access and no walk reaches a page that is free
 *	wrong answer	no page is called clean that was written
 *	lost write	what was written is dirty, by its page or by a PTE
 *	lost reference	what was used is referenced, by its page or by a PTE,
 *			or the page daemon has scanned since
 *	nowhere		an access succeeds as the tables before the call or
 *			those after it say; of a repetition, which is many
 *			calls, this says nothing, as mappings come and go
 *			between them
 *	stale		no translation is left that the tables do not give
 *	audit		the auditor recounts everything, and finds no rule
 *			broken that holds where no CPU acts inside the call
 *	lost write	what is written after the call is recorded as well
 *	two sizes	none of that meets two sizes of page where the kernel
 *			sees to it that there is one
 */
#include "audit/audit.h"
#include "hw/detector.h"
#include "race/race_call.h"
#include "vm/vm_object.h"
#include "vm/vm_page.h"

static const char *
deed_name(enum trace_deed deed)
{

	return (deed == DEED_WRITE   ? "writes" :
		deed == DEED_EXECUTE ? "fetches from" :
				       "reads");
}

static bool
plan_is_access(const struct trace_plan *plan)
{

	return (plan->deed <= DEED_EXECUTE);
}

/*
 * Whether the kernel keeps books of what the plan's access did to page "m".
 * Whoever maps a page without PG_MANAGED, as pmap_qenter() does, sees to them
 * by itself.
 */
static bool
plan_is_watched(const struct trace_plan *plan, const struct vm_page *m)
{

	return (!plan->unrecorded && m != NULL && m->object != NULL &&
	    pmap_page_is_managed(m));
}

/*
 * Whether an access after the call finds a free page only because the call
 * leaves it mapped, which no other CPU had a part in.
 */
static bool
free_is_left(const struct race_call *call, const struct trace_plan *plan)
{
	unsigned i;

	if (plan->event != RACE_END || plan->free_table)
		return (false);
	for (i = 0; i < call->naddress; i++)
		if (call->address[i] == trunc_page(plan->va))
			return ((call->leads >> i & 1) != 0);
	return (false);
}

static enum pmapsim_race_kind
judge_free(const struct race_call *call, struct pmapsim_replay *rp, char *text,
    size_t size)
{
	const struct trace_plan *plan;
	unsigned i;

	for (i = 0; i < trace_meanwhile_plans(rp); i++) {
		plan = trace_meanwhile_done(rp, i);
		if (plan->free_pa == 0 || free_is_left(call, plan))
			continue;
		snprintf(text, size,
		    plan->free_table ?
			"CPU %u walks to %#llx through the free page %#llx, "
			"which it has cached as a table" :
			"CPU %u at %#llx reaches the free page %#llx",
		    plan->cpu, (unsigned long long)plan->va,
		    (unsigned long long)plan->free_pa);
		return (PMAPSIM_RACE_FREE_FRAME);
	}
	return (PMAPSIM_RACE_NONE);
}

/* Whether plan "i" happened to a page that was written by then. */
static bool
written_before(struct pmapsim_replay *rp, unsigned i)
{
	const struct trace_plan *query = trace_meanwhile_done(rp, i), *plan;
	unsigned k;

	if (query->dirty_before)
		return (true);
	for (k = 0; k < i; k++) {
		plan = trace_meanwhile_done(rp, k);
		if (plan->deed == DEED_WRITE && plan->succeeded &&
		    trunc_page(plan->pa) == trunc_page(query->before))
			return (true);
	}
	return (false);
}

/*
 * Whether "st" is asked to forget what was written, or with "uses" what was
 * used, until it returns.
 */
static bool
call_forgets(const struct trace_stmt *st, bool uses)
{

	/* What is to be freed need not be written out. */
	if ((st->op->rules & TR_ADVISES) != 0)
		return (st->num[3] == VM_MADV_FREE ||
		    (uses && st->num[3] == VM_MADV_DONTNEED));
	return ((st->op->rules & (uses ? TR_FORGETS_USE : TR_FORGETS_WRITES)) !=
	    0);
}

static enum pmapsim_race_kind
judge_answers(struct pmapsim_replay *rp, const struct trace_stmt *st,
    char *text, size_t size)
{
	const struct trace_plan *plan;
	unsigned i;

	if (call_forgets(st, false))
		return (PMAPSIM_RACE_NONE);
	for (i = 0; i < trace_meanwhile_plans(rp); i++) {
		plan = trace_meanwhile_done(rp, i);
		if (plan->deed != DEED_QUERY || !plan->reached ||
		    !plan->clean || !written_before(rp, i))
			continue;
		snprintf(text, size,
		    "CPU %u hears that the page at %#llx is clean, which was "
		    "written",
		    plan->cpu, (unsigned long long)trunc_page(plan->before));
		return (PMAPSIM_RACE_ANSWER);
	}
	return (PMAPSIM_RACE_NONE);
}

static enum pmapsim_race_kind
judge_nowhere(struct pmapsim_replay *rp, char *text, size_t size)
{
	const struct trace_plan *plan;
	unsigned i;

	for (i = 0; i < trace_meanwhile_plans(rp); i++) {
		plan = trace_meanwhile_done(rp, i);
		if (!plan_is_access(plan) || !plan->succeeded ||
		    plan->event == RACE_BEGIN || plan->pa == plan->before ||
		    plan->pa == trace_meanwhile_walk(rp->mach, plan))
			continue;
		snprintf(text, size,
		    "CPU %u %s %#llx and reaches %#llx, which neither the "
		    "tables before nor those after the call allow",
		    plan->cpu, deed_name(plan->deed),
		    (unsigned long long)plan->va, (unsigned long long)plan->pa);
		return (PMAPSIM_RACE_NOWHERE);
	}
	return (PMAPSIM_RACE_NONE);
}

/*
 * Whether page "m" tells that the plan used it.  A call that waits for memory
 * lets the page daemon run: its scan takes note of what was used, by the page's
 * act_count and its queue, and clears all else.
 */
static bool
plan_is_referenced(struct machine *mach, const struct trace_plan *plan,
    vm_page_t m)
{

	return (mach->cnt.pageout_scans != plan->scans ||
	    (vm_page_aflags(mach, m) & PG_REFERENCED) != 0 ||
	    pmap_is_referenced(mach, m));
}

/*
 * Looks for a write, or with "uses" for any access, that is recorded nowhere.
 * A call that forgets such records forgets those made until it returns.
 */
static bool
judge_lost(struct pmapsim_replay *rp, const struct trace_stmt *st, bool uses,
    char *text, size_t size)
{
	const struct trace_plan *plan;
	struct machine *mach = rp->mach;
	vm_page_t m;
	unsigned i;

	for (i = 0; i < trace_meanwhile_plans(rp); i++) {
		plan = trace_meanwhile_done(rp, i);
		if (!plan_is_access(plan) || !plan->succeeded ||
		    (!uses && plan->deed != DEED_WRITE) ||
		    (call_forgets(st, uses) && plan->event != RACE_END))
			continue;
		m = trace_meanwhile_page(mach, plan->pa);
		/* Whoever reused the page has seen to what was in it. */
		if (!plan_is_watched(plan, m) || m->object != plan->object ||
		    m->pindex != plan->pindex ||
		    (uses ? plan_is_referenced(mach, plan, m) :
			    trace_meanwhile_is_dirty(mach, m)))
			continue;
		snprintf(text, size,
		    "CPU %u %s %#llx, and neither the page at %#llx nor any "
		    "PTE of it says that it was %s",
		    plan->cpu, deed_name(plan->deed),
		    (unsigned long long)plan->va, (unsigned long long)plan->pa,
		    uses ? "used" : "written");
		return (true);
	}
	return (false);
}

/* What the detector has found since "from". */
static enum pmapsim_race_kind
judge_detections(struct machine *mach, uint64_t from, char *text, size_t size)
{
	struct pmapsim_detection detection;

	if (pmapsim_detections(mach) == from ||
	    pmapsim_detection(mach, from, &detection) != PMAPSIM_OK)
		return (PMAPSIM_RACE_NONE);
	pmapsim_detection_format(&detection, text, size);
	return (detection.what == PMAPSIM_DETECT_MULTIMATCH ?
		PMAPSIM_RACE_SIZES :
		PMAPSIM_RACE_STALE);
}

/* Makes CPUs forget where page tables are, and no translation that is used. */
static void
forget_tables(struct machine *mach)
{
	unsigned i;

	for (i = 1; i < mach->config.ncpu; i++)
		cpu_invlpg(mach, &mach->cpus[i], trunc_page(UINT64_MAX));
}

/*
 * Each other CPU writes each address twice: it faults, or is recorded.  Where
 * there is to be one size of page, a CPU with a small one must find the large
 * one beside it, and so may not remember the page table.
 */
static enum pmapsim_race_kind
judge_accesses(struct race_call *call, struct machine *mach, char *text,
    size_t size)
{
	struct trace_plan plan = {.deed = DEED_WRITE, .before = PLAN_NOWHERE};
	enum pmapsim_race_kind kind;
	uint64_t seen;
	vm_page_t m;
	unsigned pass, i;

	if (size_change_needs_rendezvous(mach))
		forget_tables(mach);
	for (pass = 0; pass < 2; pass++)
		for (plan.cpu = 1; plan.cpu < mach->config.ncpu; plan.cpu++)
			for (i = 0; i < call->naddress; i++) {
				seen = pmapsim_detections(mach);
				plan.va = call->address[i];
				plan.free_pa = 0;
				trace_meanwhile_do(mach, &plan);
				kind = judge_detections(mach, seen, text, size);
				if (kind != PMAPSIM_RACE_NONE)
					return (kind);
				m = trace_meanwhile_page(mach, plan.pa);
				if (!plan.succeeded ||
				    !plan_is_watched(&plan, m) ||
				    trace_meanwhile_is_dirty(mach, m))
					continue;
				snprintf(text, size,
				    "CPU %u writes %#llx after the call, and "
				    "neither the page nor any PTE says so",
				    plan.cpu, (unsigned long long)plan.va);
				return (PMAPSIM_RACE_LOST_WRITE);
			}
	return (PMAPSIM_RACE_NONE);
}

void
race_call_begin(struct race_call *call, struct machine *mach)
{

	const struct detector *detector = detector_of(mach);

	call->watched = detector != NULL ? detector->what : 0;
	pmapsim_detect(mach, 0);
}

void
race_call_alone(struct race_call *call, struct machine *mach)
{
	struct trace_plan plan = {.deed = DEED_READ,
	    .pmap = call->pmap != NULL ? call->pmap :
					 pmapsim_kernel_pmap(mach)};
	char text[900];
	vm_paddr_t pa;
	unsigned i, rule;

	for (i = 0; i < call->naddress; i++) {
		plan.va = call->address[i];
		pa = trace_meanwhile_walk(mach, &plan);
		if (pa != PLAN_NOWHERE && trace_meanwhile_is_free(mach, pa))
			call->leads |= 1u << i;
	}
	/* A host without memory is told by the audit that judges. */
	while (machine_audit_rule(mach, call->broken, &rule, text,
		   sizeof(text)) == 1 &&
	    (call->broken >> rule & 1) == 0)
		call->broken |= UINT64_C(1) << rule;
}

enum pmapsim_race_kind
race_call_judge(struct race_call *call, struct pmapsim_replay *rp,
    const struct trace_stmt *st, bool last, char *text, size_t size)
{
	struct machine *mach = rp->mach;
	enum pmapsim_race_kind kind;
	uint64_t seen = pmapsim_detections(mach);
	unsigned rule;
	int audited;

	/* Whoever sees to one size of page is to have seen to it. */
	pmapsim_detect(mach,
	    PMAPSIM_DETECT_STALE |
		(size_change_needs_rendezvous(mach) ?
			PMAPSIM_DETECT_MULTIMATCH :
			0));
	if ((kind = judge_free(call, rp, text, size)) != PMAPSIM_RACE_NONE ||
	    (kind = judge_answers(rp, st, text, size)) != PMAPSIM_RACE_NONE)
		return (kind);
	if (judge_lost(rp, st, false, text, size))
		return (PMAPSIM_RACE_LOST_WRITE);
	/* Whose superpages have A only if all their PTEs had it loses some. */
	if (!promotion_ignores_accessed(mach) &&
	    judge_lost(rp, st, true, text, size))
		return (PMAPSIM_RACE_LOST_REFERENCE);
	if (trace_repeat(st) == 1 &&
	    (kind = judge_nowhere(rp, text, size)) != PMAPSIM_RACE_NONE)
		return (kind);
	pmapsim_detect_scan(mach);
	if ((kind = judge_detections(mach, seen, text, size)) !=
	    PMAPSIM_RACE_NONE)
		return (kind);
	if (last) {
		audited = machine_audit_rule(mach, call->broken, &rule, text,
		    size);
		call->no_memory = audited < 0;
		if (audited != 0)
			return (audited > 0 ? PMAPSIM_RACE_AUDIT :
					      PMAPSIM_RACE_NONE);
		return (judge_accesses(call, mach, text, size));
	}
	pmapsim_detect(mach, call->watched);
	return (PMAPSIM_RACE_NONE);
}
