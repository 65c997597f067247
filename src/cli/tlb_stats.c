/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the TLBs of a machine did, in full: one sum says how often a program
 * missed, but not which array was too small for it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include <pmapsim/hw.h>

#include "cli/cli.h"

static const char *const kinds[] = {
    [PMAPSIM_TLB_DATA] = "data",
    [PMAPSIM_TLB_INSTRUCTION] = "instruction",
};
static const char *const sizes[] = {
    [PMAPSIM_TLB_4K] = "4K",
    [PMAPSIM_TLB_2M] = "2M",
    [PMAPSIM_TLB_1G] = "1G",
};

static void
tlb_add(struct pmapsim_tlb_stats *sum, const struct pmapsim_tlb_stats *stats,
    unsigned level, unsigned kind, unsigned size)
{
	sum->hits[level][kind][size] += stats->hits[level][kind][size];
	sum->misses[level][kind][size] += stats->misses[level][kind][size];
	sum->in_use[level][kind][size] += stats->in_use[level][kind][size];
}

/* Of all CPUs, of what is shown. */
static void
tlb_sum(struct machine *mach, struct pmapsim_tlb_stats *sum)
{
	struct pmapsim_tlb_stats stats;
	unsigned cpu, kind, level, size;

	memset(sum, 0, sizeof(*sum));
	for (cpu = 0; pmapsim_tlb_stats(mach, cpu, &stats) == PMAPSIM_OK;
	     cpu++) {
		for (level = 0; level < 2; level++)
			for (kind = 0; kind < 2; kind++)
				for (size = 0; size < 3; size++)
					tlb_add(sum, &stats, level, kind, size);
		for (level = 2; level <= 4; level++)
			sum->cache_hits[level] += stats.cache_hits[level];
		sum->walks += stats.walks;
		sum->walk_steps += stats.walk_steps;
		sum->invlpg += stats.invlpg;
		sum->flushes += stats.flushes + stats.flushes_global;
		sum->covered += stats.covered;
	}
}

/* What each array did, where anything happened. */
static void
tlb_show_arrays(const struct pmapsim_tlb_stats *sum)
{
	unsigned kind, level, size;

	printf("    level  kind         pages          hits        misses"
	       "  entries\n");
	for (level = 0; level < 2; level++)
		for (kind = 0; kind < 2; kind++)
			for (size = 0; size < 3; size++) {
				if (sum->hits[level][kind][size] == 0 &&
				    sum->misses[level][kind][size] == 0 &&
				    sum->in_use[level][kind][size] == 0)
					continue;
				printf("    l%u     %-11s  %-5s  %12" PRIu64
				       "  %12" PRIu64 "  %7u\n",
				    level + 1, kinds[kind], sizes[size],
				    sum->hits[level][kind][size],
				    sum->misses[level][kind][size],
				    sum->in_use[level][kind][size]);
			}
	printf("    %" PRIu64
	       " KB covered; walks begun below a cached PDE %" PRIu64
	       ", PDPTE %" PRIu64 ", PML4E %" PRIu64 "\n",
	    sum->covered >> 10, sum->cache_hits[2], sum->cache_hits[3],
	    sum->cache_hits[4]);
}

void
cli_show_tlb(struct machine *mach, bool quiet)
{
	struct pmapsim_invalidations count;
	struct pmapsim_tlb_stats sum;
	uint64_t hits;
	unsigned kind, level, size;

	tlb_sum(mach, &sum);
	hits = 0;
	for (level = 0; level < 2; level++)
		for (kind = 0; kind < 2; kind++)
			for (size = 0; size < 3; size++)
				hits += sum.hits[level][kind][size];
	pmapsim_invalidations(mach, &count);
	printf("\nTLB %s, %u CPU%s: %" PRIu64 " hits, %" PRIu64
	       " walks of %" PRIu64 " entries, %" PRIu64 " INVLPG, %" PRIu64
	       " flushes; %" PRIu64 " shootdown messages; %" PRIu64
	       " wrong entr%s used\n",
	    pmapsim_tlb_name(mach), pmapsim_config(mach)->ncpu,
	    pmapsim_config(mach)->ncpu == 1 ? "" : "s", hits, sum.walks,
	    sum.walk_steps, sum.invlpg, sum.flushes,
	    count.sent_page + count.sent_range + count.sent_all,
	    pmapsim_detections(mach),
	    pmapsim_detections(mach) == 1 ? "y" : "ies");
	if (!quiet)
		tlb_show_arrays(&sum);
}

static json_t *
tlb_json_arrays(const struct pmapsim_tlb_stats *stats)
{
	json_t *arrays;
	unsigned kind, level, size;

	arrays = json_array();
	for (level = 0; level < 2; level++)
		for (kind = 0; kind < 2; kind++)
			for (size = 0; size < 3; size++)
				json_array_append_new(arrays,
				    json_pack("{s:i, s:s, s:s, s:I, s:I, s:i}",
					"level", (int)level + 1, "kind",
					kinds[kind], "pages", sizes[size],
					"hits",
					(json_int_t)
					    stats->hits[level][kind][size],
					"misses",
					(json_int_t)
					    stats->misses[level][kind][size],
					"entries",
					(int)stats->in_use[level][kind][size]));
	return (arrays);
}

static json_t *
tlb_json_cpu(unsigned cpu, const struct pmapsim_tlb_stats *stats)
{
	return (json_pack("{s:i, s:o, s:I, s:I, s:{s:I, s:I, s:I}, s:I, s:I, "
			  "s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
	    "cpu", (int)cpu, "arrays", tlb_json_arrays(stats), "walks",
	    (json_int_t)stats->walks, "walk_steps",
	    (json_int_t)stats->walk_steps, "cache_hits", "pde",
	    (json_int_t)stats->cache_hits[2], "pdpte",
	    (json_int_t)stats->cache_hits[3], "pml4e",
	    (json_int_t)stats->cache_hits[4], "dirty_walks",
	    (json_int_t)stats->dirty_walks, "rewalks",
	    (json_int_t)stats->rewalks, "faults", (json_int_t)stats->faults,
	    "evictions", (json_int_t)stats->evictions, "multimatches",
	    (json_int_t)stats->multimatches, "invlpg",
	    (json_int_t)stats->invlpg, "flushes", (json_int_t)stats->flushes,
	    "flushes_global", (json_int_t)stats->flushes_global, "covered",
	    (json_int_t)stats->covered));
}

json_t *
cli_json_tlb(struct machine *mach)
{
	struct pmapsim_tlb_stats stats;
	json_t *cpus;
	unsigned cpu;

	cpus = json_array();
	for (cpu = 0; pmapsim_tlb_stats(mach, cpu, &stats) == PMAPSIM_OK; cpu++)
		json_array_append_new(cpus, tlb_json_cpu(cpu, &stats));
	return (json_pack("{s:s, s:o}", "name", pmapsim_tlb_name(mach), "cpus",
	    cpus));
}
