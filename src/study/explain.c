/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies of a machine, as far as an explanation looks at it, and what differs
 * between two of them.
 */
#include "study/explain.h"

#include <stdlib.h>
#include <string.h>

#include "amd64/pmap_walk.h"
#include "base/ktr.h"
#include "trace/trace_var.h"
#include "vm/vm_object.h"
#include "vm/vm_kernels.h"
#include "vm/vm_reserv.h"

/* The counters that are shown when they change, and as what. */
static const struct {
	const char *name; /* of the sysctl */
	const char *label;
} explain_counters[] = {
    {"vm.pmap.pde.promotions", "promotions"},
    {"vm.pmap.pde.demotions", "demotions"},
    {"vm.pmap.pde.mappings", "2 MB mappings made at once"},
    {"vm.pmap.pde.p_failures", "failed promotions"},
    {"pmapsim.superpages", "superpages"},
    {"vm.stats.vm.v_free_count", "free pages"},
    {"vm.stats.vm.v_wire_count", "wired pages"},
    {"vm.stats.vm.v_active_count", "active pages"},
    {"vm.stats.vm.v_inactive_count", "inactive pages"},
    {"vm.pmap.pv_entry_count", "pv entries"},
    {"vm.stats.vm.v_vm_faults", "faults"},
    {"vm.stats.vm.v_cow_faults", "copies on write"},
    {"vm.reserv.broken", "reservations broken"},
    {"vm.reserv.reclaimed", "reservations reclaimed"},
    {"pmapsim.enters_ignored", "enters ignored"},
    {"pmapsim.pte_stores", "PTE stores"},
    {"pmapsim.invalidate.page", "invalidated pages"},
    {"pmapsim.invalidate.range", "invalidated ranges"},
    {"pmapsim.invalidate.all", "whole TLBs flushed"},
};
#define NCOUNTERS (sizeof(explain_counters) / sizeof(explain_counters[0]))

/* A region's entries; an element of its pmap's array, by address. */
struct state_region {
	vm_offset_t va;
	pd_entry_t pde;
	pt_entry_t *ptes; /* [NPTEPG]; NULL: no page table */
};

/* A pmap; an element of the copy's array, in order of creation. */
struct state_pmap {
	uint64_t id;
	char name[EXPLAIN_NAME_MAX];
	int64_t resident, wired; /* pages */
	unsigned nregions;
	struct state_region *regions;
};

/* A reservation; an element of the copy's array, by frame. */
struct state_reserv {
	bool active, queued;
	uint64_t object;
	char name[EXPLAIN_NAME_MAX];
	vm_pindex_t pindex;
	int popcnt;
};

/*
 * A copy.  Made by explain_copy(), read by explain_difference(), given back by
 * explain_copy_free(); it owns its arrays.
 */
struct explain_state {
	bool exists; /* the machine did */
	uint64_t events;
	int64_t counters[NCOUNTERS];
	uint64_t failed[PMAPSIM_PROMOTE_REASONS];
	unsigned npmaps;
	struct state_pmap *pmaps;
	uint64_t nreservs;
	struct state_reserv *reservs;
};

/* ---- copies ------------------------------------------------------------- */

/* Adds a region; false: no memory. */
static bool
copy_region(struct machine *mach, struct state_pmap *copy, unsigned *size,
    vm_offset_t va, pd_entry_t pde)
{
	struct state_region *larger, *region;

	if (copy->nregions == *size) {
		*size = *size == 0 ? 64 : *size * 2;
		larger = reallocarray(copy->regions, *size, sizeof(*larger));
		if (larger == NULL)
			return (false);
		copy->regions = larger;
	}
	region = &copy->regions[copy->nregions++];
	region->va = va;
	region->pde = pde;
	region->ptes = NULL;
	if ((pde & (PG_V | PG_PS)) != PG_V ||
	    (pde & PG_FRAME) >= mach->physmem->size)
		return (true);
	region->ptes = malloc(PAGE_SIZE);
	if (region->ptes != NULL)
		memcpy(region->ptes, physmem_table(mach, pde), PAGE_SIZE);
	return (region->ptes != NULL);
}

static bool
copy_pmap(struct machine *mach, struct pmap *pmap, struct state_pmap *copy)
{
	const bool kernel = pmap == kernel_pmap;
	const pd_entry_t *pd;
	vm_offset_t end, next, va;
	unsigned size = 0;

	copy->id = pmap->pm_id;
	snprintf(copy->name, sizeof(copy->name), "%s", pmap->pm_name);
	copy->resident = pmap->pm_stats.resident_count;
	copy->wired = pmap->pm_stats.wired_count;
	if (!pmap_has_tables(pmap))
		return (true);
	va = kernel ? vm_min_kernel_address(mach) : 0;
	end = kernel ? mach->pmap->kernel_vm_end : VM_MAXUSER_ADDRESS;
	for (; va < end; va = next) {
		pd = pmap_walk_pde(mach, pmap, va, end, &next);
		if (pd == NULL)
			continue;
		next = va + NBPDR;
		if (*pd != 0 && !copy_region(mach, copy, &size, va, *pd))
			return (false);
	}
	return (true);
}

static bool
copy_pmaps(struct machine *mach, struct explain_state *state)
{
	struct pmap *pmap;
	unsigned count = 0;

	TAILQ_FOREACH(pmap, &mach->pmap->list, pm_list)
		count++;
	state->pmaps = calloc(count, sizeof(*state->pmaps));
	if (state->pmaps == NULL)
		return (false);
	TAILQ_FOREACH(pmap, &mach->pmap->list, pm_list)
		if (!copy_pmap(mach, pmap, &state->pmaps[state->npmaps++]))
			return (false);
	return (true);
}

static bool
copy_reservs(struct pmapsim_replay *replay, struct explain_state *state)
{
	const struct vm_reserv_state *st = replay->mach->vm_reserv;
	const struct vm_reserv *rv;
	struct state_reserv *copy;
	uint64_t i;

	state->reservs = calloc(st->nframes + 1, sizeof(*state->reservs));
	if (state->reservs == NULL)
		return (false);
	state->nreservs = st->nframes;
	for (i = 0; i < st->nframes; i++) {
		rv = &st->array[i];
		copy = &state->reservs[i];
		copy->active = rv->object != NULL;
		if (!copy->active)
			continue;
		copy->object = rv->object->id;
		trace_object_name(replay, rv->object, copy->name,
		    sizeof(copy->name));
		copy->pindex = rv->pindex;
		copy->popcnt = rv->popcnt;
		copy->queued = rv->inpartpopq;
	}
	return (true);
}

struct explain_state *
explain_copy(struct pmapsim_replay *replay)
{
	struct explain_state *state;
	struct machine *mach;
	unsigned i;

	state = calloc(1, sizeof(*state));
	mach = pmapsim_replay_machine(replay);
	if (state == NULL || mach == NULL)
		return (state);
	state->exists = true;
	state->events = pmapsim_ktr_count(mach);
	for (i = 0; i < NCOUNTERS; i++)
		if (pmapsim_sysctl(mach, explain_counters[i].name,
			&state->counters[i]) != PMAPSIM_OK)
			state->counters[i] = 0;
	for (i = 0; i < PMAPSIM_PROMOTE_REASONS; i++)
		state->failed[i] = mach->pmap->promote_failed[i];
	if (copy_pmaps(mach, state) && copy_reservs(replay, state))
		return (state);
	explain_copy_free(state);
	return (NULL);
}

void
explain_copy_free(struct explain_state *state)
{
	unsigned i, j;

	if (state == NULL)
		return;
	for (i = 0; i < state->npmaps; i++) {
		for (j = 0; j < state->pmaps[i].nregions; j++)
			free(state->pmaps[i].regions[j].ptes);
		free(state->pmaps[i].regions);
	}
	free(state->pmaps);
	free(state->reservs);
	free(state);
}

/* ---- growing arrays ----------------------------------------------------- */

/*
 * Returns a new zero-filled element behind the "count" elements of "*array";
 * NULL: no memory.  Arrays grow when their count is a power of two.
 */
static void *
explain_add(void **array, unsigned *count, size_t size)
{
	char *larger;

	if ((*count & (*count - 1)) == 0) {
		larger = reallocarray(*array, *count == 0 ? 1 : *count * 2,
		    size);
		if (larger == NULL)
			return (NULL);
		*array = larger;
	}
	larger = *array;
	larger += (*count)++ * size;
	memset(larger, 0, size);
	return (larger);
}

/* ---- entries ------------------------------------------------------------ */

/* What PTE "i" of a region is or, of a 2 MB mapping, would be. */
static pt_entry_t
region_pte(const struct state_region *region, unsigned i)
{
	pt_entry_t pte;

	if (region == NULL)
		return (0);
	if (region->ptes != NULL)
		return (region->ptes[i]);
	if ((region->pde & (PG_V | PG_PS)) != (PG_V | PG_PS))
		return (0);
	pte = region->pde & ~(PG_PS | PG_PDE_PAT);
	if ((region->pde & PG_PDE_PAT) != 0)
		pte |= PG_PTE_PAT;
	return (pte + ptoa(i));
}

/* Whether "pte" goes on where "last" ended, "n" entries behind it. */
static bool
run_continues(pt_entry_t first, pt_entry_t pte, unsigned n)
{

	if (((first ^ pte) & ~PG_FRAME) != 0)
		return (false);
	return ((first & PG_FRAME) == 0 ?
		(pte & PG_FRAME) == 0 :
		(pte & PG_FRAME) == (first & PG_FRAME) + ptoa(n));
}

/* Adds a changed PTE to the last run or begins one; false: no memory. */
static bool
run_add(struct explain_run **runs, unsigned *nruns, const char *pmap,
    vm_offset_t va, pt_entry_t before, pt_entry_t after)
{
	struct explain_run *run;

	run = *nruns > 0 ? &(*runs)[*nruns - 1] : NULL;
	if (run != NULL && va == run->va + ptoa(run->count) &&
	    run_continues(run->before, before, run->count) &&
	    run_continues(run->after, after, run->count) &&
	    strcmp(run->pmap, pmap) == 0) {
		run->count++;
		return (true);
	}
	run = explain_add((void **)runs, nruns, sizeof(*run));
	if (run == NULL)
		return (false);
	snprintf(run->pmap, sizeof(run->pmap), "%s", pmap);
	run->va = va;
	run->count = 1;
	run->before = before;
	run->after = after;
	return (true);
}

/* Compares a region, of which one side may be NULL. */
static bool
explain_pair(struct explain *explain, const char *pmap,
    const struct state_region *before, const struct state_region *after)
{
	const pd_entry_t old = before != NULL ? before->pde : 0;
	const pd_entry_t new = after != NULL ? after->pde : 0;
	const vm_offset_t va = before != NULL ? before->va : after->va;
	struct explain_region *region;
	pt_entry_t was, is;
	unsigned i;

	/* A and M of a table's PDE are noise: the kernel presets them. */
	if (old != new) {
		region = explain_add((void **)&explain->regions,
		    &explain->nregions, sizeof(*region));
		if (region == NULL)
			return (false);
		snprintf(region->pmap, sizeof(region->pmap), "%s", pmap);
		region->va = va;
		region->before = old;
		region->after = new;
	}
	if (old == new &&
	    (before->ptes == NULL ||
		memcmp(before->ptes, after->ptes, PAGE_SIZE) == 0))
		return (true);
	for (i = 0; i < NPTEPG; i++) {
		was = region_pte(before, i);
		is = region_pte(after, i);
		if (was != is &&
		    !run_add(&explain->runs, &explain->nruns, pmap,
			va + ptoa(i), was, is))
			return (false);
	}
	return (true);
}

/* Compares the regions of a pmap; "before" may be NULL, "after" too. */
static bool
explain_pmap(struct explain *explain, const struct state_pmap *before,
    const struct state_pmap *after)
{
	const char *name = after != NULL ? after->name : before->name;
	const unsigned nold = before != NULL ? before->nregions : 0;
	const unsigned nnew = after != NULL ? after->nregions : 0;
	const struct state_region *old, *new;
	unsigned i = 0, j = 0;

	while (i < nold || j < nnew) {
		old = i < nold ? &before->regions[i] : NULL;
		new = j < nnew ? &after->regions[j] : NULL;
		if (old != NULL && new != NULL && old->va != new->va) {
			if (old->va < new->va)
				new = NULL;
			else
				old = NULL;
		}
		if (!explain_pair(explain, name, old, new))
			return (false);
		i += old != NULL;
		j += new != NULL;
	}
	return (true);
}

static const struct state_pmap *
explain_find_pmap(const struct explain_state *state, uint64_t id)
{
	unsigned i;

	for (i = 0; i < state->npmaps; i++)
		if (state->pmaps[i].id == id)
			return (&state->pmaps[i]);
	return (NULL);
}

static bool
explain_entries(struct explain *explain, const struct explain_state *before,
    const struct explain_state *after)
{
	unsigned i;

	for (i = 0; i < after->npmaps; i++)
		if (!explain_pmap(explain,
			explain_find_pmap(before, after->pmaps[i].id),
			&after->pmaps[i]))
			return (false);
	for (i = 0; i < before->npmaps; i++)
		if (explain_find_pmap(after, before->pmaps[i].id) == NULL &&
		    !explain_pmap(explain, &before->pmaps[i], NULL))
			return (false);
	return (true);
}

/* ---- counters, reservations, events ------------------------------------- */

static bool
explain_counter(struct explain *explain, const char *name, const char *label,
    const char *pmap, int64_t before, int64_t after)
{
	struct explain_counter *counter;

	if (before == after)
		return (true);
	counter = explain_add((void **)&explain->counters, &explain->ncounters,
	    sizeof(*counter));
	if (counter == NULL)
		return (false);
	counter->name = name;
	counter->label = label;
	snprintf(counter->pmap, sizeof(counter->pmap), "%s", pmap);
	counter->before = before;
	counter->after = after;
	return (true);
}

static bool
explain_count(struct explain *explain, const struct explain_state *before,
    const struct explain_state *after)
{
	const struct state_pmap *new, *old;
	bool ok = true;
	unsigned i;

	for (i = 0; i < NCOUNTERS; i++)
		ok = explain_counter(explain, explain_counters[i].name,
			 explain_counters[i].label, "", before->counters[i],
			 after->counters[i]) &&
		    ok;
	for (i = 0; i < after->npmaps; i++) {
		new = &after->pmaps[i];
		old = explain_find_pmap(before, new->id);
		ok = explain_counter(explain, "resident", "resident", new->name,
			 old != NULL ? old->resident : 0, new->resident) &&
		    ok;
	}
	for (i = 0; i < PMAPSIM_PROMOTE_REASONS; i++)
		explain->failed[i] = after->failed[i] - before->failed[i];
	return (ok);
}

static bool
explain_reservs(struct explain *explain, const struct explain_state *before,
    const struct explain_state *after)
{
	static const struct state_reserv none;
	const struct state_reserv *new, *old;
	struct explain_reserv *reserv;
	uint64_t i;

	for (i = 0; i < after->nreservs; i++) {
		old = i < before->nreservs ? &before->reservs[i] : &none;
		new = &after->reservs[i];
		if (old->active == new->active && old->object == new->object &&
		    old->pindex == new->pindex && old->popcnt == new->popcnt &&
		    old->queued == new->queued)
			continue;
		reserv = explain_add((void **)&explain->reservs,
		    &explain->nreservs, sizeof(*reserv));
		if (reserv == NULL)
			return (false);
		reserv->pa = i << VM_LEVEL_0_SHIFT;
		snprintf(reserv->object, sizeof(reserv->object), "%s",
		    new->active ? new->name : old->name);
		reserv->pindex = new->active ? new->pindex : old->pindex;
		reserv->made = !old->active;
		reserv->ended = !new->active;
		reserv->before = old->popcnt;
		reserv->after = new->popcnt;
		reserv->was_queued = old->queued;
		reserv->queued = new->queued;
	}
	return (true);
}

static bool
explain_events(struct explain *explain, const struct ktr *ktr, uint64_t from)
{
	const struct ktr_entry *entry;
	struct explain_event *event = NULL;

	if (ktr->count - from > PMAPSIM_KTR_ENTRIES) {
		explain->events_lost = ktr->count - from - PMAPSIM_KTR_ENTRIES;
		from = ktr->count - PMAPSIM_KTR_ENTRIES;
	}
	for (; from < ktr->count; from++) {
		entry = &ktr->ring[from % PMAPSIM_KTR_ENTRIES];
		if (event != NULL && event->event == entry->event &&
		    trunc_2mpage(event->va) == trunc_2mpage(entry->va) &&
		    strcmp(event->pmap, entry->pmap_name) == 0) {
			event->count++;
			continue;
		}
		event = explain_add((void **)&explain->events,
		    &explain->nevents, sizeof(*event));
		if (event == NULL)
			return (false);
		event->event = entry->event;
		event->va = entry->va;
		event->count = 1;
		snprintf(event->pmap, sizeof(event->pmap), "%s",
		    entry->pmap_name);
	}
	return (true);
}

/* The last failure, when one came in the statement. */
static void
explain_failure(struct explain *explain, struct machine *mach)
{
	const struct vm_reserv *rv;
	struct pmapsim_pte entries;
	uint64_t failed = 0, frame;
	unsigned i;

	explain->failure_popcnt = -1;
	for (i = 0; i < PMAPSIM_PROMOTE_REASONS; i++)
		failed += explain->failed[i];
	if (failed == 0)
		return;
	explain->failure = mach->pmap->last_failure;
	if (explain->failure.reason == PMAPSIM_PROMOTE_NO_RESERVATION) {
		pmapsim_pte(mach, explain->failure.pmap, explain->failure.va,
		    &entries);
		frame = (entries.pte & PG_FRAME) >> VM_LEVEL_0_SHIFT;
		if ((entries.pte & PG_V) != 0 &&
		    frame < mach->vm_reserv->nframes) {
			rv = &mach->vm_reserv->array[frame];
			if (rv->object != NULL)
				explain->failure_popcnt = rv->popcnt;
		}
	}
	snprintf(explain->failure_pmap, sizeof(explain->failure_pmap), "%s",
	    explain->failure.pmap->pm_name);
	explain->failure.pmap = NULL;
	explain->failure.va = trunc_2mpage(explain->failure.va);
}

/* ---- what stays --------------------------------------------------------- */

/*
 * The addresses [*start, *end) that the statement promises to unmap, and where;
 * false when it promises nothing of the kind.
 */
static bool
statement_unmaps(struct pmapsim_replay *replay, pmap_t *pmap,
    vm_offset_t *start, vm_offset_t *end)
{
	const struct trace_stmt *st = &replay->st;
	struct trace_range range;
	struct trace_text space;
	char name[TRACE_NAME_MAX + 1];

	range = trace_stmt_range(st, 0);
	/* Who unmaps all that is not wired leaves what is wired rightly. */
	if (range.does != TD_UNMAPS || range.whole_allocation ||
	    st->op->maps.extent == TX_ALL)
		return (false);
	space = trace_stmt_space(st);
	if (space.len >= sizeof(name))
		return (false);
	memcpy(name, space.s, space.len);
	name[space.len] = '\0';
	*pmap = pmapsim_replay_pmap(replay, name);
	*start = range.start;
	*end = range.end;
	return (*pmap != NULL);
}

bool
explain_unmaps(struct pmapsim_replay *replay, pmap_t pmap, vm_offset_t va)
{
	vm_offset_t end, start;
	pmap_t where;

	return (!replay->mach->panicked &&
	    statement_unmaps(replay, &where, &start, &end) && where == pmap &&
	    va >= start && va < end);
}

uint64_t
explain_expected_detections(const struct pmapsim_trace_statement *statement,
    const char *result)
{

	switch (statement->index) {
	case OP_detections:
		return (strtoull(result, NULL, 10));
	case OP_detection:
		if (*result != '"')
			return (0);
		return (strtoull(statement->text + strlen(statement->op), NULL,
			    0) +
		    1);
	default:
		return (0);
	}
}

static bool
explain_stays(struct explain *explain, struct pmapsim_replay *replay)
{
	struct machine *mach = replay->mach;
	vm_offset_t end, next, start, va;
	const pt_entry_t *pte;
	const pd_entry_t *pde;
	pmap_t pmap;

	if (!statement_unmaps(replay, &pmap, &start, &end))
		return (true);
	for (va = start; va < end; va = next) {
		pde = pmap_walk_pde(mach, pmap, va, end, &next);
		if (pde == NULL)
			continue;
		next = va + PAGE_SIZE;
		if ((*pde & (PG_V | PG_PS)) != PG_V) {
			next = trunc_2mpage(va) + NBPDR;
			continue;
		}
		pte = &physmem_table(mach, *pde)[pmap_pte_index(va)];
		if ((*pte & PG_V) != 0 &&
		    !run_add(&explain->stays, &explain->nstays, pmap->pm_name,
			va, *pte, *pte))
			return (false);
	}
	return (true);
}

/* What a question about entries gave. */
static void
explain_asked(struct explain *explain, struct pmapsim_replay *replay)
{
	const struct trace_stmt *st = &replay->st;

	if (st->op->call != trace_call_pte || explain->panicked)
		return;
	explain->asked = true;
	pmapsim_pte(replay->mach, trace_pmap(replay, st, 0), st->num[1],
	    &explain->entries);
}

/* ---- the whole ---------------------------------------------------------- */

struct explain *
explain_difference(const struct explain_state *before,
    const struct explain_state *after, struct pmapsim_replay *replay)
{
	struct machine *mach = pmapsim_replay_machine(replay);
	struct explain *explain;

	explain = calloc(1, sizeof(*explain));
	/* Of a machine that has just been booted everything is new. */
	if (explain == NULL || mach == NULL || !before->exists)
		return (explain);
	explain->panicked = mach->panicked;
	if (explain_entries(explain, before, after) &&
	    explain_count(explain, before, after) &&
	    explain_reservs(explain, before, after) &&
	    explain_events(explain, mach->ktr, before->events) &&
	    (explain->panicked || explain_stays(explain, replay))) {
		explain_failure(explain, mach);
		explain_asked(explain, replay);
		return (explain);
	}
	explain_free(explain);
	return (NULL);
}

void
explain_free(struct explain *explain)
{

	if (explain == NULL)
		return;
	free(explain->regions);
	free(explain->runs);
	free(explain->events);
	free(explain->counters);
	free(explain->reservs);
	free(explain->stays);
	free(explain);
}

void
explain_watch(struct pmapsim_replay *replay)
{
	struct machine *mach = pmapsim_replay_machine(replay);

	if (mach != NULL)
		pmapsim_ktr_enable(mach, true);
}
