/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One run: the trace up to the statement, the statement with other CPUs in
 * it, and the judge.
 */
#include <stdlib.h>
#include <string.h>

#include "hw/access.h"
#include "hw/tlb.h"
#include "race/race_var.h"
#include "vm/vm_page.h"

vm_page_t
race_page_at(struct machine *mach, vm_paddr_t pa)
{

	return (pa < mach->config.mem ? phys_to_vm_page(mach, pa) : NULL);
}

static bool
frame_is_free(struct machine *mach, vm_paddr_t pa)
{
	vm_page_t m = race_page_at(mach, pa);

	return (m != NULL && (vm_page_flags(m) & PG_FREE) != 0);
}

static unsigned
action_access(const struct race *r, const struct race_action *action)
{

	return ((action->right == VM_PROT_WRITE		 ? MMU_WRITE :
			action->right == VM_PROT_EXECUTE ? MMU_FETCH :
							   MMU_READ) |
	    (pmap_is_user_va(r->address[action->address]) ? MMU_USER : 0));
}

vm_paddr_t
race_walk(struct race *r, struct machine *mach,
    const struct race_action *action)
{
	struct cpu *cpu = &mach->cpus[action->cpu];
	struct mmu_translation t;

	t = mmu_walk(mach, cpu, cpu->cr3, r->address[action->address],
	    action_access(r, action), false);
	return (t.result == MMU_OK ? t.pa : RACE_NOWHERE);
}

/* Notes an access whose walk, from a cached table on, uses a free page. */
static void
note_free_table(struct race *r, struct machine *mach,
    const struct race_action *action)
{
	const vm_offset_t va = r->address[action->address];
	struct mmu_start start;

	if (!tlb_walk_start(&mach->cpus[action->cpu], va, &start) ||
	    start.level != 1 || !frame_is_free(mach, start.table & PG_FRAME))
		return;
	snprintf(r->free_frame, sizeof(r->free_frame),
	    "CPU %u walks to %#llx through the free page %#llx, which it has "
	    "cached as a table",
	    action->cpu, (unsigned long long)va,
	    (unsigned long long)(start.table & PG_FRAME));
}

void
race_perform(struct race *r, struct machine *mach, unsigned i)
{
	const struct race_action *action = &r->action[i];
	struct mmu_translation t;

	if (r->free_frame[0] == '\0')
		note_free_table(r, mach, action);
	t = mmu_access(mach, &mach->cpus[action->cpu],
	    r->address[action->address], action_access(r, action));
	r->done[i].succeeded = t.result == MMU_OK;
	r->done[i].pa = t.pa;
	if (t.result == MMU_OK && frame_is_free(mach, t.pa))
		snprintf(r->free_frame, sizeof(r->free_frame),
		    "CPU %u reaches the free page %#llx at %#llx", action->cpu,
		    (unsigned long long)trunc_page(t.pa),
		    (unsigned long long)r->address[action->address]);
}

/* Notes the point, and performs what is planned for it. */
static void
run_act(struct machine *mach, enum race_event event, const pt_entry_t *entry,
    void *arg)
{
	struct race *r = arg;
	struct race_event_seen *events, *seen;
	unsigned i;

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
	for (i = 0; i < r->naddress; i++) {
		if (event != RACE_FLUSH)
			seen->level[i] = (uint8_t)race_entry_level(mach, entry,
			    r->address[i]);
		if (event == RACE_FLUSH || seen->level[i] != 0 ||
		    r->options->unreduced)
			seen->reaches |= (uint8_t)(1u << i);
	}
	for (i = 0; i < r->nactions; i++)
		if (r->action[i].point == r->nevents)
			race_perform(r, mach, i);
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

	if (r->pmap == NULL || r->pmap == pmapsim_kernel_pmap(mach) ||
	    !pmap_has_tables(r->pmap))
		return;
	for (cpu = 1; cpu < r->ncpu; cpu++) {
		mach->curcpu = cpu;
		if (!pmap_is_current(mach, r->pmap))
			pmap_activate(mach, r->pmap);
	}
	mach->curcpu = 0;
}

/* Makes the statement with the actions inside it. */
static enum pmapsim_race_kind
run_statement(struct race *r, struct machine *mach, char *text, size_t size)
{
	const struct race_hook hook = {.act = run_act, .arg = r};
	const struct pmapsim_replay_result *end;
	enum pmapsim_replay_outcome outcome;
	unsigned i;

	pmapsim_detect(mach, 0);
	for (i = 0; i < r->nactions; i++)
		if (r->action[i].point == 0)
			race_perform(r, mach, i);
	for (i = 0; i < r->nactions; i++)
		r->done[i].before = race_walk(r, mach, &r->action[i]);
	r->nevents = 0;
	race_hook_set(mach, &hook);
	outcome = pmapsim_replay_step(r->replay);
	race_hook_set(mach, NULL);
	end = pmapsim_replay_result(r->replay);
	if (outcome == PMAPSIM_REPLAY_PANIC) {
		snprintf(text, size, "%s", end->message);
		return (PMAPSIM_RACE_PANIC);
	}
	r->error = trace_replay_error(r->replay, r->err, r->errsize);
	if (r->error != PMAPSIM_OK)
		return (PMAPSIM_RACE_NONE);
	for (i = 0; i < r->nactions; i++)
		if (r->action[i].point == r->nevents + 1)
			race_perform(r, mach, i);
	return (race_judge(r, mach, text, size));
}

enum pmapsim_race_kind
race_run(struct race *r, char *text, size_t size)
{
	enum pmapsim_race_kind kind = PMAPSIM_RACE_NONE;
	struct machine *mach;

	r->result->placements++;
	r->free_frame[0] = '\0';
	memset(r->done, 0, sizeof(r->done));
	if (run_prelude(r)) {
		mach = pmapsim_replay_machine(r->replay);
		r->ncpu = mach->config.ncpu;
		if (mach->cpus[0].tlb == NULL) {
			snprintf(r->err, r->errsize,
			    "the CPUs need TLBs; tlb= or --tlb gives them");
			r->error = PMAPSIM_EINVAL;
		} else if (race_find_addresses(r, mach)) {
			run_load(r, mach);
			kind = run_statement(r, mach, text, size);
		}
	}
	pmapsim_replay_end(r->replay);
	r->replay = NULL;
	if (r->no_memory && r->error == PMAPSIM_OK) {
		snprintf(r->err, r->errsize, "no memory for the points");
		r->error = PMAPSIM_ENOMEM;
	}
	return (kind);
}
