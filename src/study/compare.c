/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaying for its cost: results are not compared, counters are read at the
 * end and the 2 MB mappings are sampled after each statement.
 */
#include "study/compare.h"

#include <stdio.h>
#include <string.h>

#include "amd64/pmap_walk.h"
#include "trace/trace_var.h"
#include "vm/vm_object.h"

/* Sums over the statements so far; zero at a run's start, on its stack. */
struct compare_samples {
	compare_watch *step; /* NULL: nobody watches */
	void *arg;
	uint64_t statements;
	uint64_t superpages;
	uint64_t pages; /* the kernel's, and those resident in programs */
};

static bool
compare_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct compare_samples *samples = arg;
	const struct machine *mach;
	const struct pmap *pmap;

	if (samples->step != NULL &&
	    !samples->step(samples->arg,
		pmapsim_replay_result(replay)->statements))
		return (false);
	mach = pmapsim_replay_machine(replay);
	if (mach == NULL || mach->panicked)
		return (true);
	samples->statements++;
	samples->superpages += mach->pmap->superpages;
	TAILQ_FOREACH(pmap, &mach->pmap->list, pm_list)
		if (pmap != &mach->pmap->kernel_pmap_store)
			samples->pages += (uint64_t)
					      pmap->pm_stats.resident_count;
	samples->pages += (uint64_t)mach->vm_object->kernel_object
			      ->resident_page_count +
	    (uint64_t)mach->vm_object->kmem_object->resident_page_count;
	return (true);
}

/* How the replay ended, in words that fit a table. */
static void
compare_note_end(struct pmapsim_replay *replay, struct compare_row *row)
{
	const struct pmapsim_replay_result *result;
	const struct pmapsim_trace_statement *statement;
	const struct pmapsim_panic *panic;
	size_t length;

	result = pmapsim_replay_result(replay);
	panic = pmapsim_panic(replay->mach);
	row->line = result->line;
	row->statements = result->statements;
	row->calls = result->calls;
	statement = pmapsim_replay_statement(replay);
	if (statement != NULL) {
		length = statement->length < sizeof(row->call) ?
		    statement->length :
		    sizeof(row->call) - 1;
		memcpy(row->call, statement->text, length);
	}
	if (panic != NULL) {
		row->end = COMPARE_PANICS;
		snprintf(row->text, sizeof(row->text), "%s", panic->text);
	} else if (result->outcome != PMAPSIM_REPLAY_MATCHED) {
		row->end = COMPARE_STOPS;
		snprintf(row->text, sizeof(row->text), "%.*s",
		    (int)sizeof(row->text) - 1, result->message);
	}
}

/* Adds up what the CPUs' TLBs did. */
static void
compare_count_tlbs(struct machine *mach, struct compare_row *row)
{
	struct pmapsim_tlb_stats stats;
	unsigned cpu, kind, size;

	for (cpu = 0; pmapsim_tlb_stats(mach, cpu, &stats) == PMAPSIM_OK;
	     cpu++) {
		row->walks += stats.walks;
		for (kind = 0; kind < 2; kind++)
			for (size = 0; size < 3; size++) {
				row->misses += stats.misses[0][kind][size];
				row->hits += stats.hits[0][kind][size] +
				    stats.hits[1][kind][size];
			}
	}
}

bool
compare_same(const struct compare_row *a, const struct compare_row *b)
{
	struct compare_row x = *a, y = *b;

	/* Rows are zero-filled before they are filled in. */
	memset(x.kernel, 0, sizeof(x.kernel));
	memset(y.kernel, 0, sizeof(y.kernel));
	return (memcmp(&x, &y, sizeof(x)) == 0);
}

int
compare_kernel(const struct pmapsim_trace *trace, const char *kernel,
    struct compare_row *row, char *err, size_t errsize)
{

	return (compare_watched(trace, kernel, NULL, NULL, NULL, row, err,
	    errsize));
}

int
compare_watched(const struct pmapsim_trace *trace, const char *kernel,
    const struct pmapsim_replay_options *machine, compare_watch *step,
    void *arg, struct compare_row *row, char *err, size_t errsize)
{
	struct pmapsim_replay_options options;
	struct compare_samples samples;
	struct pmapsim_replay *replay;
	const struct pmap_state *st;
	struct machine *mach;
	int error;

	memset(row, 0, sizeof(*row));
	memset(&samples, 0, sizeof(samples));
	samples.step = step;
	samples.arg = arg;
	memset(&options, 0, sizeof(options));
	options.kernel = kernel;
	if (machine != NULL) {
		options.tlb = machine->tlb;
		options.ncpu = machine->ncpu;
	}
	options.ignore_results = true;
	options.after = compare_after;
	options.arg = &samples;
	error = pmapsim_replay_start(trace, &options, &replay, err, errsize);
	if (error != PMAPSIM_OK)
		return (error);
	pmapsim_replay_run(replay);
	mach = replay->mach;
	if (replay->result.outcome == PMAPSIM_REPLAY_NO_MEMORY) {
		error = trace_replay_error(replay, err, errsize);
		pmapsim_replay_end(replay);
		return (error);
	}
	if (mach == NULL) {
		snprintf(err, errsize, "%s",
		    pmapsim_replay_result(replay)->message);
		pmapsim_replay_end(replay);
		return (PMAPSIM_EINVAL);
	}
	snprintf(row->kernel, sizeof(row->kernel), "%s", mach->kernel.name);
	compare_note_end(replay, row);
	st = mach->pmap;
	row->promotions = st->pmap_pde_promotions;
	row->demotions = st->pmap_pde_demotions;
	row->p_failures = st->pmap_pde_p_failures;
	memcpy(row->promote_failed, st->promote_failed,
	    sizeof(row->promote_failed));
	row->enters_ignored = st->enters_ignored;
	row->pte_stores = pmapsim_pte_stores(mach);
	row->tlb = mach->config.tlb != NULL;
	row->detections = pmapsim_detections(mach);
	row->superpages = st->superpages;
	compare_count_tlbs(mach, row);
	pmapsim_invalidations(mach, &row->invalidations);
	if (samples.statements > 0)
		row->superpages_mean = (double)samples.superpages /
		    (double)samples.statements;
	if (samples.pages > 0)
		row->superpage_share = (double)(samples.superpages * NPTEPG) /
		    (double)samples.pages;
	pmapsim_replay_end(replay);
	return (PMAPSIM_OK);
}
