/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Collecting the map of a machine, at one place of a trace.
 *
 * All of it can be read from the machine but one thing: that a frame's pages
 * come from a reservation that was broken.  The kernel forgets it at once, so
 * the replay is watched: a frame that had a reservation before a statement,
 * has none after it and is not wholly free was broken.
 */
#include "study/machine_map.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "amd64/pmap_walk.h"
#include "trace/trace_var.h"
#include "vm/vm_kernels.h"
#include "vm/vm_object.h"
#include "vm/vm_phys.h"

#define PAGES MAP_PAGES

/* What the hooks of a replay know; on the stack of machine_map_replay(). */
struct map_watch {
	unsigned at;   /* last line to be made; 0: all */
	unsigned next; /* the first statement behind it */
	unsigned last; /* line made last */
	uint64_t statements;
	uint8_t *history; /* of each frame; NULL before the machine boots */
	bool no_memory;
	bool (*progress)(void *arg, uint64_t statements);
	void *arg;
};
#define HISTORY_RESERVED 0x1
#define HISTORY_BROKEN 0x2

/* Whether no page of the frame is in use. */
static bool
map_frame_unused(struct machine *mach, uint64_t frame)
{
	uint64_t end, i;

	end = atop(mach->config.mem);
	if (end > (frame + 1) * PAGES)
		end = (frame + 1) * PAGES;
	if (vm_phys_is_untouched(mach, ptoa(frame * PAGES)))
		return (true);
	for (i = frame * PAGES; i < end; i++)
		if ((vm_page_flags(&mach->vm_page_array[i]) & PG_FREE) == 0)
			return (false);
	return (true);
}

/* Notes which reservations the last statement made, ended and broke. */
static void
map_watch_frames(struct map_watch *watch, struct machine *mach)
{
	const struct vm_reserv_state *st = mach->vm_reserv;
	uint64_t i;

	if (watch->history == NULL) {
		watch->history = calloc(st->nframes + 1, 1);
		if (watch->history == NULL) {
			watch->no_memory = true;
			return;
		}
	}
	for (i = 0; i < st->nframes; i++) {
		if (st->array[i].object != NULL)
			watch->history[i] = HISTORY_RESERVED;
		else if (watch->history[i] != 0)
			watch->history[i] = map_frame_unused(mach, i) ?
			    0 :
			    HISTORY_BROKEN;
	}
}

static bool
map_before(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, void *arg)
{
	struct map_watch *watch = arg;

	if (watch->at == 0 || statement->line <= watch->at)
		return (true);
	watch->next = statement->line;
	return (false);
}

static bool
map_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct map_watch *watch = arg;
	struct machine *mach;

	watch->last = statement->line;
	mach = pmapsim_replay_machine(replay);
	if (mach != NULL)
		map_watch_frames(watch, mach);
	if (watch->progress != NULL &&
	    !watch->progress(watch->arg, ++watch->statements))
		return (false);
	return (statement->line != watch->at && !watch->no_memory);
}

/* ---- frames ------------------------------------------------------------- */

static enum map_page_kind
map_page(struct machine *mach, uint64_t i, bool reserved)
{
	const struct vm_page *m = &mach->vm_page_array[i];

	if (i >= atop(mach->config.mem))
		return (MAP_PAGE_ABSENT);
	if (i < atop(mach->config.first))
		return (MAP_PAGE_BOOT);
	if ((vm_page_flags(m) & PG_FREE) != 0)
		return (reserved ? MAP_PAGE_UNUSED : MAP_PAGE_FREE);
	if (m->object == NULL)
		return (m->map_wired && m->wire_count != 0 ? MAP_PAGE_LOST :
							     MAP_PAGE_TABLE);
	return (m->wire_count != 0 ? MAP_PAGE_WIRED : MAP_PAGE_OBJECT);
}

static void
map_frame(struct pmapsim_replay *rp, const struct map_watch *watch, uint64_t n,
    struct map_frame *frame)
{
	struct machine *mach = rp->mach;
	const struct vm_reserv *rv = NULL;
	unsigned i, *pages = frame->pages;

	frame->pa = n << PDRSHIFT;
	if (n < mach->vm_reserv->nframes)
		rv = &mach->vm_reserv->array[n];
	if (rv != NULL && rv->object != NULL) {
		trace_object_name(rp, rv->object, frame->object,
		    sizeof(frame->object));
		frame->pindex = rv->pindex;
		frame->popcnt = (unsigned)rv->popcnt;
	}
	if (vm_phys_is_untouched(mach, frame->pa))
		pages[MAP_PAGE_FREE] = PAGES;
	else
		for (i = 0; i < PAGES; i++)
			pages[map_page(mach, n * PAGES + i,
			    frame->object[0] != '\0')]++;

	if (frame->object[0] != '\0')
		frame->kind = frame->popcnt == PAGES ? MAP_FRAME_FULL :
						       MAP_FRAME_RESERVED;
	else if (pages[MAP_PAGE_WIRED] + pages[MAP_PAGE_OBJECT] > 0 &&
	    rv != NULL && watch->history[n] == HISTORY_BROKEN)
		frame->kind = MAP_FRAME_BROKEN;
	else if (pages[MAP_PAGE_WIRED] > 0)
		frame->kind = MAP_FRAME_WIRED;
	else if (pages[MAP_PAGE_OBJECT] > 0)
		frame->kind = MAP_FRAME_OBJECTS;
	else if (pages[MAP_PAGE_LOST] > 0)
		frame->kind = MAP_FRAME_LOST;
	else if (pages[MAP_PAGE_TABLE] > 0)
		frame->kind = MAP_FRAME_TABLES;
	else if (pages[MAP_PAGE_FREE] == 0)
		frame->kind = MAP_FRAME_BOOT;
}

/* ---- regions ------------------------------------------------------------ */

/*
 * Finds out what pmap_try_promote() and pmap_promote_pde() would stop at,
 * without the one thing that they change: a clean and writable PTE counts as
 * the read-only one that it would become.  They ask for the reservation first;
 * here it comes behind PTE 0, without which there is no frame to ask for.
 */
static void
map_region_why(struct machine *mach, const pt_entry_t *pt,
    struct map_region *region)
{
	const pt_entry_t frame = PG_FRAME | PG_A | PG_V;
	pt_entry_t first, image, pte;
	const struct vm_reserv *rv;
	unsigned i;

	region->why.va = region->va;
	region->superpages_off = !mach->pmap->pg_ps_enabled;
	first = pt[0];
	region->popcnt = -1;
	if ((first & PG_FRAME) >> PDRSHIFT < mach->vm_reserv->nframes) {
		rv = &mach->vm_reserv->array[(first & PG_FRAME) >> PDRSHIFT];
		if (rv->object != NULL)
			region->popcnt = rv->popcnt;
	}
	region->why.pte = first;
	region->why.bits = (first & ((PG_FRAME & PDRMASK) | PG_A | PG_V)) ^
	    (PG_A | PG_V);
	if (region->why.bits != 0) {
		region->why.reason = PMAPSIM_PROMOTE_FIRST_UNUSABLE;
		return;
	}
	if (region->popcnt != PAGES) {
		region->why.reason = PMAPSIM_PROMOTE_NO_RESERVATION;
		return;
	}
	if ((first & (PG_M | PG_RW)) == PG_RW)
		first &= ~PG_RW;
	for (i = PAGES - 1; i > 0; i--) {
		image = first + ptoa(i);
		region->why.index = i;
		region->why.pte = pte = pt[i];
		region->why.reason = PMAPSIM_PROMOTE_NOT_CONTIGUOUS;
		if ((region->why.bits = (pte ^ image) & frame) != 0)
			return;
		if ((pte & (PG_M | PG_RW)) == PG_RW)
			pte &= ~PG_RW;
		region->why.reason = PMAPSIM_PROMOTE_ATTRIBUTES;
		if ((region->why.bits = (pte ^ image) & PG_PTE_PROMOTE) != 0)
			return;
	}
	region->why.reason = PMAPSIM_PROMOTE_OK;
}

static void
map_region(struct machine *mach, vm_offset_t va, pd_entry_t pde,
    struct map_region *region)
{
	const pt_entry_t *pt;
	unsigned i;

	region->va = va;
	region->pde = pde;
	if ((pde & PG_V) == 0 || (pde & PG_FRAME) >= mach->physmem->size)
		return;
	if ((pde & PG_PS) != 0) {
		region->kind = MAP_REGION_2M;
		region->valid = PAGES;
		return;
	}
	pt = physmem_table(mach, pde);
	for (i = 0; i < PAGES; i++) {
		region->valid += (pt[i] & PG_V) != 0;
		region->odd += (pt[i] & PG_V) == 0 && pt[i] != 0;
	}
	if (region->valid == PAGES) {
		region->kind = MAP_REGION_4K;
		map_region_why(mach, pt, region);
	} else if (region->valid > 0)
		region->kind = MAP_REGION_PARTIAL;
}

/* Adds a region to "space"; false: no memory. */
static bool
map_space_add(struct machine *mach, struct map_space *space, unsigned *size,
    vm_offset_t va, pd_entry_t pde)
{
	struct map_region *larger, *region;

	if (space->nregions == *size) {
		*size = *size == 0 ? 64 : *size * 2;
		larger = reallocarray(space->regions, *size, sizeof(*larger));
		if (larger == NULL)
			return (false);
		space->regions = larger;
	}
	region = &space->regions[space->nregions++];
	memset(region, 0, sizeof(*region));
	map_region(mach, va, pde, region);
	space->count[region->kind]++;
	return (true);
}

static bool
map_space(struct machine *mach, struct pmap *pmap, struct map_space *space)
{
	const pd_entry_t *pd;
	vm_offset_t end, next, va;
	unsigned size = 0;

	snprintf(space->name, sizeof(space->name), "%s", pmap->pm_name);
	space->kernel = pmap == kernel_pmap;
	space->resident = pmap->pm_stats.resident_count;
	space->wired = pmap->pm_stats.wired_count;
	if (!pmap_has_tables(pmap))
		return (true);
	va = space->kernel ? vm_min_kernel_address(mach) : 0;
	end = space->kernel ? mach->pmap->kernel_vm_end : VM_MAXUSER_ADDRESS;
	for (; va < end; va = next) {
		pd = pmap_walk_pde(mach, pmap, va, end, &next);
		if (pd == NULL)
			continue;
		next = va + NBPDR;
		if ((space->kernel || *pd != 0) &&
		    !map_space_add(mach, space, &size, va, *pd))
			return (false);
	}
	return (true);
}

/* ---- the whole ---------------------------------------------------------- */

static bool
map_collect(struct pmapsim_replay *rp, const struct map_watch *watch,
    struct machine_map *map)
{
	struct machine *mach = rp->mach;
	const struct pmap_state *pm = mach->pmap;
	struct pmap *pmap;
	uint64_t i;

	snprintf(map->kernel, sizeof(map->kernel), "%s",
	    mach->config.kernel != NULL ? mach->config.kernel : "2010-04");
	if (mach->panicked)
		snprintf(map->panic, sizeof(map->panic), "%s",
		    mach->panic.text);
	map->promotions = pm->pmap_pde_promotions;
	map->demotions = pm->pmap_pde_demotions;
	map->p_failures = pm->pmap_pde_p_failures;
	map->free_pages = mach->cnt.v_free_count;
	map->pages = mach->cnt.v_page_count;

	map->nframes = (unsigned)(round_2mpage(mach->config.mem) >> PDRSHIFT);
	map->frames = calloc(map->nframes, sizeof(*map->frames));
	TAILQ_FOREACH(pmap, &mach->pmap->list, pm_list)
		map->nspaces++;
	map->spaces = calloc(map->nspaces, sizeof(*map->spaces));
	if (map->frames == NULL || map->spaces == NULL)
		return (false);
	for (i = 0; i < map->nframes; i++) {
		map_frame(rp, watch, i, &map->frames[i]);
		map->count[map->frames[i].kind]++;
	}
	i = 0;
	TAILQ_FOREACH(pmap, &mach->pmap->list, pm_list)
		if (!map_space(mach, pmap, &map->spaces[i++]))
			return (false);
	return (true);
}

/* Says why the replay did not come to line "at"; PMAPSIM_OK: it did. */
static int
map_reached(const struct pmapsim_trace *trace, struct pmapsim_replay *replay,
    const struct map_watch *watch, char *err, size_t errsize)
{
	const struct pmapsim_replay_result *result;
	const char *name = pmapsim_trace_name(trace);

	result = pmapsim_replay_result(replay);
	if (watch->no_memory) {
		snprintf(err, errsize, "%s: no memory", name);
		return (PMAPSIM_ENOMEM);
	}
	if (result->outcome == PMAPSIM_REPLAY_NO_MEMORY)
		return (trace_replay_error(replay, err, errsize));
	/* At its end without a machine it panicked at boot. */
	if (result->outcome == PMAPSIM_REPLAY_BAD_INPUT ||
	    (result->outcome != PMAPSIM_REPLAY_STOPPED &&
		pmapsim_replay_machine(replay) == NULL))
		snprintf(err, errsize, "%s", result->message);
	else if (watch->at == 0 || watch->last == watch->at)
		return (PMAPSIM_OK);
	else if (watch->next != 0 && watch->last != 0)
		snprintf(err, errsize,
		    "%s:%u: no statement is there; lines %u "
		    "and %u have the nearest",
		    name, watch->at, watch->last, watch->next);
	else if (watch->next != 0)
		snprintf(err, errsize,
		    "%s:%u: no statement is there; line %u "
		    "has the first",
		    name, watch->at, watch->next);
	else
		snprintf(err, errsize,
		    "%s:%u: the trace ends before, in line "
		    "%u",
		    name, watch->at, watch->last);
	return (PMAPSIM_EINVAL);
}

static void
map_title(const struct pmapsim_trace *trace, struct pmapsim_replay *replay,
    unsigned at, struct machine_map *map)
{
	const struct pmapsim_trace_statement *statement;
	const char *name;
	size_t length;

	name = pmapsim_trace_name(trace);
	if (strrchr(name, '/') != NULL)
		name = strrchr(name, '/') + 1;
	length = strlen(name);
	if (length > 6 && strcmp(name + length - 6, ".trace") == 0)
		length -= 6;
	if (length > 60)
		length = 60;
	statement = pmapsim_replay_statement(replay);
	if (at == 0)
		snprintf(map->title, sizeof(map->title), "%.*s at its end",
		    (int)length, name);
	else
		snprintf(map->title, sizeof(map->title),
		    "%.*s after line %u "
		    "(%.*s%s)",
		    (int)length, name, at,
		    (int)(statement->length < 60 ? statement->length : 57),
		    statement->text, statement->length < 60 ? "" : "...");
}

int
machine_map_replay(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, unsigned at,
    bool (*progress)(void *arg, uint64_t statements), void *arg,
    struct machine_map **mapp, char *err, size_t errsize)
{
	struct map_watch watch = {.at = at, .progress = progress, .arg = arg};
	struct pmapsim_replay_options mine;
	struct pmapsim_replay *replay;
	struct machine_map *map;
	int error;

	*mapp = NULL;
	memset(&mine, 0, sizeof(mine));
	mine.kernel = options->kernel;
	mine.tlb = options->tlb;
	mine.ignore_results = true;
	mine.before = map_before;
	mine.after = map_after;
	mine.arg = &watch;
	error = pmapsim_replay_start(trace, &mine, &replay, err, errsize);
	if (error != PMAPSIM_OK)
		return (error);
	pmapsim_replay_run(replay);
	map = NULL;
	error = map_reached(trace, replay, &watch, err, errsize);
	if (error != PMAPSIM_OK)
		goto done;
	map = calloc(1, sizeof(*map));
	if (map == NULL || !map_collect(replay, &watch, map)) {
		snprintf(err, errsize, "%s: no memory for the map",
		    pmapsim_trace_name(trace));
		machine_map_free(map);
		map = NULL;
		error = PMAPSIM_ENOMEM;
		goto done;
	}
	map_title(trace, replay, at, map);
done:
	pmapsim_replay_end(replay);
	free(watch.history);
	*mapp = map;
	return (error);
}

struct machine_map *
machine_map_here(struct pmapsim_replay *replay)
{
	struct map_watch watch = {.at = 0};
	struct machine_map *map = NULL;

	if (pmapsim_replay_machine(replay) == NULL)
		return (NULL);
	watch.history = calloc(replay->mach->vm_reserv->nframes + 1, 1);
	if (watch.history != NULL)
		map = calloc(1, sizeof(*map));
	if (map != NULL && !map_collect(replay, &watch, map)) {
		machine_map_free(map);
		map = NULL;
	}
	free(watch.history);
	return (map);
}

/* The fullest moment so far; on the stack of machine_map_fullest(). */
struct map_peak {
	unsigned line;
	unsigned used; /* pages */
	bool (*progress)(void *arg, uint64_t statements);
	void *arg; /* of progress */
};

static bool
map_note_peak(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	const struct machine *mach = pmapsim_replay_machine(replay);
	struct map_peak *peak = arg;
	unsigned used;

	if (peak->progress != NULL &&
	    !peak->progress(peak->arg, replay->result.statements))
		return (false);
	if (mach == NULL)
		return (true);
	used = mach->cnt.v_page_count - mach->cnt.v_free_count;
	if (used >= peak->used) {
		peak->used = used;
		peak->line = statement->line;
	}
	return (true);
}

int
machine_map_fullest(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options,
    bool (*progress)(void *arg, uint64_t statements), void *arg, unsigned *line,
    char *err, size_t errsize)
{
	struct pmapsim_replay_options mine = *options;
	struct pmapsim_replay *replay;
	struct map_peak peak = {.progress = progress, .arg = arg};
	int error;

	*line = 0;
	mine.ignore_results = true;
	mine.before = NULL;
	mine.after = map_note_peak;
	mine.arg = &peak;
	error = pmapsim_replay_start(trace, &mine, &replay, err, errsize);
	if (error == PMAPSIM_ENOMEM)
		return (error);
	/* What is wrong with the options is told with the map. */
	if (error != PMAPSIM_OK)
		return (PMAPSIM_OK);
	if (pmapsim_replay_run(replay) == PMAPSIM_REPLAY_MATCHED)
		*line = peak.line;
	if (replay->result.outcome == PMAPSIM_REPLAY_NO_MEMORY)
		error = trace_replay_error(replay, err, errsize);
	pmapsim_replay_end(replay);
	return (error);
}

void
machine_map_free(struct machine_map *map)
{
	unsigned i;

	if (map == NULL)
		return;
	for (i = 0; map->spaces != NULL && i < map->nspaces; i++)
		free(map->spaces[i].regions);
	free(map->spaces);
	free(map->frames);
	free(map);
}
