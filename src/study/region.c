/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Explaining a false promotion by replaying twice: once with the kernel trace
 * on, to learn which statement promoted which region last; once up to that
 * statement, noting down what maps and what unmaps the region's addresses, to
 * read its PTEs as the promotion found them.
 */
#include "study/region.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/trace_var.h"
#include "vm/vm_kernels.h"

/*
 * The first replay: the promotion that came last.  On the explanation's stack
 * while that replay runs; its hooks fill it in.
 */
struct region_watch {
	uint64_t seen;	    /* kernel trace messages */
	vm_offset_t va;	    /* that was entered; 0: none was */
	unsigned line;	    /* of the statement */
	vm_offset_t result; /* of the statement, if it is an address */
};

/*
 * The second: what the statements say of the region's addresses.  Made and
 * filled in by the hooks; read when the replay has stopped.
 */
struct region_shadow {
	vm_offset_t va;
	const char *pmap; /* NULL: the kernel's */
	unsigned stop;	  /* before this line */
	unsigned at;	  /* or after this one; 0: neither */
	unsigned next;	  /* where it stopped, "at" being no statement's */
	unsigned last;	  /* line made last */
	struct {
		bool mapped;
		unsigned mapped_by;	/* line; 0: never was */
		vm_offset_t owner;	/* start of the allocation; 0: none */
		unsigned unmapped;	/* line; 0: never was */
		struct trace_text call; /* the statement of that line */
	} pte[NPTEPG];
};

static bool
region_watch_before(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, void *arg)
{
	struct machine *mach;

	mach = pmapsim_replay_machine(replay);
	if (mach != NULL)
		pmapsim_ktr_enable(mach, true);
	return (true);
}

static bool
region_watch_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct region_watch *watch = arg;
	const struct ktr_entry *entry;
	struct machine *mach;
	uint64_t count, n;

	mach = pmapsim_replay_machine(replay);
	if (mach == NULL)
		return (true);
	count = mach->ktr->count;
	n = watch->seen;
	if (count - n > PMAPSIM_KTR_ENTRIES)
		n = count - PMAPSIM_KTR_ENTRIES;
	for (; n < count; n++) {
		entry = &mach->ktr->ring[n % PMAPSIM_KTR_ENTRIES];
		if (entry->event != KTR_PROMOTE ||
		    entry->va < vm_min_kernel_address(mach))
			continue;
		watch->va = entry->va;
		watch->line = statement->line;
		watch->result = replay->result_number;
	}
	watch->seen = count;
	return (true);
}

/* Notes that the statement maps, or unmaps, what of [start, end) lies in the
 * region. */
static void
region_note(struct region_shadow *shadow, const struct trace_stmt *st,
    vm_offset_t start, vm_offset_t end, bool mapped)
{
	unsigned first, i, last;

	if (end <= shadow->va || start >= shadow->va + NBPDR || start >= end)
		return;
	first = start <= shadow->va ? 0 : (unsigned)atop(start - shadow->va);
	last = end >= shadow->va + NBPDR ?
	    NPTEPG :
	    (unsigned)atop(round_page(end) - shadow->va);
	for (i = first; i < last; i++) {
		if (!mapped && shadow->pte[i].mapped) {
			shadow->pte[i].unmapped = st->pub.line;
			shadow->pte[i].call.s = st->pub.text;
			shadow->pte[i].call.len = st->pub.length;
		}
		if (mapped && !shadow->pte[i].mapped)
			shadow->pte[i].mapped_by = st->pub.line;
		shadow->pte[i].mapped = mapped;
		shadow->pte[i].owner = mapped ? start : 0;
	}
}

/* free(9) names the start of an allocation alone. */
static void
region_note_free(struct region_shadow *shadow, const struct trace_stmt *st,
    vm_offset_t start)
{
	vm_offset_t va;
	unsigned i;

	for (i = 0; i < NPTEPG; i++) {
		va = shadow->va + ptoa(i);
		if (shadow->pte[i].mapped && shadow->pte[i].owner == start)
			region_note(shadow, st, va, va + PAGE_SIZE, false);
	}
}

static bool
region_shadow_before(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, void *arg)
{
	struct region_shadow *shadow = arg;

	if (shadow->at == 0 || statement->line <= shadow->at)
		return (statement->line != shadow->stop);
	shadow->next = statement->line;
	return (false);
}

/* Statements on another pmap say nothing of the region. */
static bool
region_shadow_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct region_shadow *shadow = arg;
	const struct trace_stmt *st = &replay->st;
	const bool more = statement->line != shadow->at;
	struct trace_range range;

	shadow->last = statement->line;
	if (!trace_text_is(trace_stmt_space(st),
		shadow->pmap == NULL ? "kernel" : shadow->pmap))
		return (more);
	range = trace_stmt_range(st, replay->result_number);
	if (range.whole_allocation)
		region_note_free(shadow, st, range.start);
	else if (range.does == TD_MAPS || range.does == TD_UNMAPS)
		region_note(shadow, st, range.start, range.end,
		    range.does == TD_MAPS);
	return (more);
}

/*
 * The first PTE of the region that the promoting statement entered.  "ended"
 * stands where the trace panicked, "before" in front of the statement.  An
 * allocation that panicked in the middle tells its address to nobody: it is
 * known by the pages that were not there before.
 */
static unsigned
region_first_entered(const struct region *region,
    const struct region_watch *watch, struct pmapsim_replay *ended,
    struct pmapsim_replay *before, const struct trace_stmt *st)
{
	struct machine *mach = before->mach;
	struct trace_range range;
	vm_offset_t start;
	vm_pindex_t pindex;
	unsigned i;

	range = trace_stmt_range(st, watch->result);
	if (range.does == TD_MAPS)
		start = range.start;
	else if (st->op->maps.extent != TX_RESULT)
		start = region->va + ptoa(region->promoted);
	else {
		pindex = atop(region->va - vm_min_kernel_address(mach));
		for (i = region->promoted; i > 0; i--)
			if (vm_page_lookup(mach, pmapsim_kmem_object(mach),
				pindex + i - 1) != NULL ||
			    vm_page_lookup(ended->mach,
				pmapsim_kmem_object(ended->mach),
				pindex + i - 1) == NULL)
				break;
		return (i);
	}
	return (start <= region->va ? 0 : (unsigned)atop(start - region->va));
}

static void
region_copy_text(char *to, size_t size, struct trace_text text)
{
	size_t length;

	length = text.len < size - 1 ? text.len : size - 1;
	memcpy(to, text.s, length);
	to[length] = '\0';
	if (text.len > length)
		memcpy(to + length - 3, "...", 3);
}

/* The PTEs of "pmap" as "mach" has them. */
static void
region_read_ptes(struct machine *mach, pmap_t pmap, struct region *region)
{
	struct pmapsim_pte entries;
	unsigned i;

	for (i = 0; i < NPTEPG; i++) {
		pmapsim_pte(mach, pmap, region->va + ptoa(i), &entries);
		/* A 2 MB mapping stands for 512 PTEs; a statement that
		 * promotes such a region demoted it before. */
		if ((entries.pde & (PG_V | PG_PS)) == (PG_V | PG_PS))
			region->pte[i].before = (entries.pde & ~PG_PS) +
			    ptoa(i);
		else
			region->pte[i].before = entries.pte;
	}
}

/* Says of PTE "i" what it is; "entered": by the statement. */
static void
region_classify(const struct region_shadow *shadow, unsigned i, bool entered,
    struct region *region)
{
	bool valid;

	valid = (region->pte[i].before & PG_V) != 0;
	region->pte[i].unmapped = shadow->pte[i].unmapped;
	region->pte[i].was_litter = valid && !shadow->pte[i].mapped &&
	    shadow->pte[i].unmapped != 0;
	if (entered)
		region->pte[i].kind = REGION_ENTERED;
	else if (region->pte[i].was_litter)
		region->pte[i].kind = REGION_LITTER;
	else if (valid)
		region->pte[i].kind = REGION_MAPPED;
	region->count[region->pte[i].kind]++;
	if (entered && region->pte[i].was_litter)
		region->entered_over_litter++;
}

/* Finds out who left the most litter. */
static void
region_blame(const struct region_shadow *shadow, struct region *region)
{
	unsigned i, j, litter, most = 0;

	for (i = 0; i < NPTEPG; i++) {
		if (region->pte[i].kind != REGION_LITTER ||
		    region->pte[i].unmapped == region->litter_line)
			continue;
		litter = 0;
		for (j = i; j < NPTEPG; j++)
			litter += region->pte[j].kind == REGION_LITTER &&
			    region->pte[j].unmapped == region->pte[i].unmapped;
		if (litter > most) {
			most = litter;
			region->litter_line = region->pte[i].unmapped;
			region_copy_text(region->litter_call,
			    sizeof(region->litter_call), shadow->pte[i].call);
		}
	}
}

/*
 * Replays with "options"' kernel and the hooks, and returns the replay through
 * "replayp", NULL on an error: of those, ENOMEM is the only one.
 */
static int
region_replay(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options,
    bool (*before)(struct pmapsim_replay *,
	const struct pmapsim_trace_statement *, void *),
    bool (*after)(struct pmapsim_replay *,
	const struct pmapsim_trace_statement *, const char *, void *),
    void *arg, struct pmapsim_replay **replayp, char *err, size_t errsize)
{
	struct pmapsim_replay_options mine;
	int error;

	memset(&mine, 0, sizeof(mine));
	mine.kernel = options->kernel;
	mine.tlb = options->tlb;
	mine.ignore_results = true;
	mine.before = before;
	mine.after = after;
	mine.arg = arg;
	error = pmapsim_replay_start(trace, &mine, replayp, err, errsize);
	if (error != PMAPSIM_OK)
		return (error);
	/* What else it comes to is for the caller to look at. */
	if (pmapsim_replay_run(*replayp) == PMAPSIM_REPLAY_NO_MEMORY) {
		error = trace_replay_error(*replayp, err, errsize);
		pmapsim_replay_end(*replayp);
		*replayp = NULL;
	}
	return (error);
}

bool
region_explain(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, struct region *region,
    char *err, size_t errsize)
{
	struct pmapsim_replay *before = NULL, *ended;
	struct region_shadow shadow;
	struct region_watch watch;
	const struct pmapsim_panic *panic;
	struct pmapsim_pte entries;
	struct trace_text text;
	unsigned first, i;
	int error;

	memset(&watch, 0, sizeof(watch));
	error = region_replay(trace, options, region_watch_before,
	    region_watch_after, &watch, &ended, err, errsize);
	region->no_memory = error == PMAPSIM_ENOMEM;
	if (error != PMAPSIM_OK)
		return (false);
	error = PMAPSIM_EINVAL;
	panic = pmapsim_panic(ended->mach);
	if (panic == NULL || panic->code != REGION_PANIC) {
		snprintf(err, errsize,
		    "the replay does not end in the panic "
		    "of pmap_enter() on a 2 MB page");
		goto done;
	}
	if (watch.va == 0) {
		snprintf(err, errsize, "no promotion came before the panic");
		goto done;
	}
	memset(&shadow, 0, sizeof(shadow));
	shadow.va = trunc_2mpage(watch.va);
	shadow.stop = watch.line;
	error = region_replay(trace, options, region_shadow_before,
	    region_shadow_after, &shadow, &before, err, errsize);
	region->no_memory = error == PMAPSIM_ENOMEM;
	if (error != PMAPSIM_OK)
		goto done;

	memset(region, 0, sizeof(*region));
	region->va = shadow.va;
	region->promoted = (unsigned)atop(watch.va - shadow.va);
	region->line = watch.line;
	pmapsim_pte(ended->mach, pmapsim_kernel_pmap(ended->mach), region->va,
	    &entries);
	region->pde = entries.pde;
	text.s = before->st.pub.text;
	text.len = before->st.pub.length;
	region_copy_text(region->call, sizeof(region->call), text);
	region_read_ptes(before->mach, pmapsim_kernel_pmap(before->mach),
	    region);
	first = region_first_entered(region, &watch, ended, before,
	    &before->st);
	for (i = 0; i < NPTEPG; i++)
		region_classify(&shadow, i, i >= first && i <= region->promoted,
		    region);
	region_make_groups(region);
	region_blame(&shadow, region);
	error = PMAPSIM_OK;
done:
	pmapsim_replay_end(before);
	pmapsim_replay_end(ended);
	return (error == PMAPSIM_OK);
}

/* Says why a replay came to no good end; false: it did. */
static bool
region_at_failed(const struct pmapsim_trace *trace,
    struct pmapsim_replay *replay, const struct region_shadow *shadow,
    char *err, size_t errsize)
{
	const struct pmapsim_replay_result *result;

	result = pmapsim_replay_result(replay);
	if (result->outcome == PMAPSIM_REPLAY_BAD_INPUT)
		snprintf(err, errsize, "%s", result->message);
	else if (shadow->at == 0 || shadow->last == shadow->at)
		return (false);
	else if (shadow->next != 0)
		snprintf(err, errsize,
		    "%s:%u: no statement is there; line %u "
		    "has the next",
		    pmapsim_trace_name(trace), shadow->at, shadow->next);
	else
		snprintf(err, errsize,
		    "%s:%u: the trace ends before, in line "
		    "%u",
		    pmapsim_trace_name(trace), shadow->at, shadow->last);
	return (true);
}

bool
region_at(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, const char *pmap_name,
    vm_offset_t va, unsigned at, struct region *region, char *err,
    size_t errsize)
{
	struct pmapsim_replay *replay;
	struct region_shadow shadow;
	struct pmapsim_pte entries;
	struct trace_text text;
	int error;
	unsigned i;
	pmap_t pmap;

	memset(&shadow, 0, sizeof(shadow));
	shadow.va = trunc_2mpage(va);
	shadow.at = at;
	if (strcmp(pmap_name, "kernel") != 0)
		shadow.pmap = pmap_name;
	error = region_replay(trace, options, region_shadow_before,
	    region_shadow_after, &shadow, &replay, err, errsize);
	region->no_memory = error == PMAPSIM_ENOMEM;
	if (error != PMAPSIM_OK)
		return (false);
	error = PMAPSIM_EINVAL;
	if (region_at_failed(trace, replay, &shadow, err, errsize))
		goto done;
	pmap = pmapsim_replay_pmap(replay, pmap_name);
	if (pmap == NULL) {
		snprintf(err, errsize, "no pmap is called \"%.40s\" there",
		    pmap_name);
		goto done;
	}
	if (shadow.pmap == NULL && va < vm_min_kernel_address(replay->mach)) {
		snprintf(err, errsize,
		    "0x%" PRIx64 " is no address of the kernel's: those of "
		    "kernel %s begin at 0x%" PRIx64,
		    va, replay->mach->kernel.name,
		    vm_min_kernel_address(replay->mach));
		goto done;
	}
	memset(region, 0, sizeof(*region));
	region->va = shadow.va;
	region->promoted = NPTEPG;
	region->line = shadow.last;
	pmapsim_pte(replay->mach, pmap, region->va, &entries);
	region->pde = entries.pde;
	text.s = replay->st.pub.text;
	text.len = replay->st.pub.length;
	region_copy_text(region->call, sizeof(region->call), text);
	region_read_ptes(replay->mach, pmap, region);
	for (i = 0; i < NPTEPG; i++)
		region_classify(&shadow, i,
		    shadow.pte[i].mapped &&
			shadow.pte[i].mapped_by == shadow.last &&
			(region->pte[i].before & PG_V) != 0,
		    region);
	region_make_groups(region);
	region_blame(&shadow, region);
	error = PMAPSIM_OK;
done:
	pmapsim_replay_end(replay);
	return (error == PMAPSIM_OK);
}
