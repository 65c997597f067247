/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An explanation in words, a line for each thing that changed.  The terminal
 * and the page in the browser show the same lines.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ktr.h"
#include "study/explain.h"
#include "study/table_entry.h"

#define LINES_MAX 6 /* of one kind; how many more there are is told */

/* Where the lines go.  On the stack of explain_text(). */
struct explain_writer {
	void (*write)(void *arg, const char *line);
	void *arg;
};

static void PMAPSIM_PRINTFLIKE(2, 3)
    explain_line(const struct explain_writer *w, const char *fmt, ...)
{
	char line[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	w->write(w->arg, line);
}

static void
explain_more(const struct explain_writer *w, unsigned count, const char *what)
{

	if (count > LINES_MAX)
		explain_line(w, "and %u more %s", count - LINES_MAX, what);
}

static const char *
plural(uint64_t n)
{

	return (n == 1 ? "" : "s");
}

/* ---- regions ------------------------------------------------------------ */

/* Whether a PDE leads to a page table; whether it maps 2 MB. */
static bool
pde_is_table(pd_entry_t pde)
{

	return ((pde & (PG_V | PG_PS)) == PG_V);
}

static bool
pde_is_2m(pd_entry_t pde)
{

	return ((pde & (PG_V | PG_PS)) == (PG_V | PG_PS));
}

static void
explain_region_line(const struct explain_writer *w,
    const struct explain_region *region)
{
	char before[120], after[120];

	table_entry_text(region->before, table_entry_pde_kind(region->before),
	    before, sizeof(before));
	table_entry_text(region->after, table_entry_pde_kind(region->after),
	    after, sizeof(after));
	if (pde_is_table(region->before) && pde_is_2m(region->after))
		explain_line(w, "%s 0x%" PRIx64 ": now one mapping of 2 MB, %s",
		    region->pmap, region->va, after);
	else if (pde_is_2m(region->before) && pde_is_table(region->after))
		explain_line(w,
		    "%s 0x%" PRIx64 ": now 512 small mappings, in page "
		    "%s",
		    region->pmap, region->va, after);
	else if (pde_is_2m(region->after) && !pde_is_2m(region->before))
		explain_line(w, "%s 0x%" PRIx64 ": one mapping of 2 MB, %s",
		    region->pmap, region->va, after);
	else if (pde_is_table(region->after) && region->before == 0)
		explain_line(w, "%s 0x%" PRIx64 ": a page %s", region->pmap,
		    region->va, after);
	else if (region->after == 0)
		explain_line(w, "%s 0x%" PRIx64 ": the PDE is cleared, was %s",
		    region->pmap, region->va, before);
	else
		explain_line(w, "%s 0x%" PRIx64 ": the PDE was %s, is %s",
		    region->pmap, region->va, before, after);
}

/* ---- PTEs --------------------------------------------------------------- */

/* "PTEs 2-511 of kernel 0x..." */
static void
explain_run_name(const struct explain_run *run, char *buf, size_t size)
{
	const unsigned first = (unsigned)(atop(run->va) % NPTEPG);
	const unsigned last = first + run->count - 1;

	if (run->count == 1)
		snprintf(buf, size, "%s 0x%" PRIx64 ": PTE %u", run->pmap,
		    run->va, first);
	else if (last < NPTEPG)
		snprintf(buf, size, "%s 0x%" PRIx64 ": PTEs %u-%u", run->pmap,
		    run->va, first, last);
	else
		snprintf(buf, size, "%s 0x%" PRIx64 ": %u PTEs", run->pmap,
		    run->va, run->count);
}

static void
explain_run_line(const struct explain_writer *w, const struct explain_run *run)
{
	const uint64_t gained = run->after & ~run->before & ~PG_FRAME;
	const uint64_t lost = run->before & ~run->after & ~PG_FRAME;
	char after[120], before[120], bits[100], name[100];
	int n = 0;

	explain_run_name(run, name, sizeof(name));
	table_entry_text(run->before, TABLE_ENTRY_PTE, before, sizeof(before));
	table_entry_text(run->after, TABLE_ENTRY_PTE, after, sizeof(after));
	if ((run->before & PG_V) == 0 && (run->after & PG_V) != 0)
		explain_line(w, "%s made: %s%s", name, after,
		    run->count > 1 ? " and on" : "");
	else if ((run->after & PG_V) == 0 && run->after == 0)
		explain_line(w, "%s cleared, was %s%s", name, before,
		    run->count > 1 ? " and on" : "");
	else if (((run->before ^ run->after) & PG_FRAME) != 0 ||
	    (run->after & PG_V) == 0)
		explain_line(w, "%s %s %s, now %s%s", name,
		    run->count > 1 ? "were" : "was", before, after,
		    run->count > 1 ? ", and on" : "");
	else {
		bits[0] = '\0';
		if (gained != 0)
			n = table_entry_bits_text(gained, TABLE_ENTRY_PTE, "+",
			    bits, sizeof(bits));
		if (lost != 0)
			table_entry_bits_text(lost, TABLE_ENTRY_PTE, "-",
			    bits + n, sizeof(bits) - (size_t)n);
		explain_line(w, "%s changed:%s, now %s%s", name, bits, after,
		    run->count > 1 ? " and on" : "");
	}
}

static void
explain_stay_line(const struct explain_writer *w, const struct explain_run *run)
{
	char entry[120], name[100];

	explain_run_name(run, name, sizeof(name));
	table_entry_text(run->after, TABLE_ENTRY_PTE, entry, sizeof(entry));
	explain_line(w, "%s stay%s valid though unmapped: litter, %s", name,
	    run->count == 1 ? "s" : "", entry);
}

/* ---- promotions --------------------------------------------------------- */

static void
explain_event_line(const struct explain_writer *w,
    const struct explain *explain, const struct explain_event *event,
    bool last_of_kind)
{
	const struct pmapsim_promote_failure *failure = &explain->failure;
	const vm_offset_t region = trunc_2mpage(event->va);
	const unsigned index = (unsigned)(atop(event->va) % NPTEPG);
	char why[120];

	switch (event->event) {
	case KTR_PROMOTE:
		explain_line(w,
		    "promoted %s 0x%" PRIx64 " at PTE %u: all 512 are valid, "
		    "alike and on consecutive frames",
		    event->pmap, region, index);
		break;
	case KTR_PROMOTE_FAILURE:
		why[0] = '\0';
		if (last_of_kind && failure->va == region &&
		    failure->reason != PMAPSIM_PROMOTE_NO_RESERVATION)
			table_entry_why_text(failure, -1, why, sizeof(why));
		explain_line(w,
		    "promotion of %s 0x%" PRIx64 " failed %" PRIu64
		    " time%s%s%s",
		    event->pmap, region, event->count, plural(event->count),
		    why[0] != '\0' ? "; the last time because " : "", why);
		break;
	case KTR_PROMOTE_PROTECT:
		explain_line(w,
		    "%" PRIu64 " clean writable PTE%s of %s 0x%" PRIx64
		    " made read-only, to be alike",
		    event->count, plural(event->count), event->pmap, region);
		break;
	case KTR_DEMOTE:
		explain_line(w, "demoted %s 0x%" PRIx64, event->pmap, region);
		break;
	case KTR_DEMOTE_FAILURE:
		explain_line(w,
		    "demotion of %s 0x%" PRIx64 " failed, so its mapping "
		    "is gone",
		    event->pmap, region);
		break;
	case KTR_ENTER_PDE:
		explain_line(w,
		    "pmap_enter_pde() made a 2 MB mapping at %s 0x%" PRIx64,
		    event->pmap, region);
		break;
	case KTR_ENTER_PDE_FAILURE:
		explain_line(w,
		    "pmap_enter_pde() made no 2 MB mapping at %s 0x%" PRIx64,
		    event->pmap, region);
		break;
	case KTR_DEMOTE_PDPE:
	case KTR_DEMOTE_PDPE_FAILURE:
		explain_line(w, "the 1 GB mapping at 0x%" PRIx64 " %s",
		    event->va,
		    event->event == KTR_DEMOTE_PDPE ? "became 512 of 2 MB" :
						      "could not be demoted");
		break;
	}
}

static void
explain_events_lines(const struct explain_writer *w,
    const struct explain *explain)
{
	const uint64_t untried = explain
				     ->failed[PMAPSIM_PROMOTE_NO_RESERVATION];
	unsigned i, last = 0, shown = 0;
	char why[120];

	for (i = 0; i < explain->nevents; i++)
		if (explain->events[i].event == KTR_PROMOTE_FAILURE)
			last = i;
	for (i = 0; i < explain->nevents && shown < LINES_MAX; i++, shown++)
		explain_event_line(w, explain, &explain->events[i], i == last);
	explain_more(w, explain->nevents, "events of promotion");
	if (untried == 0)
		return;
	snprintf(why, sizeof(why), "the reservation was not full");
	if (explain->failure.reason == PMAPSIM_PROMOTE_NO_RESERVATION)
		table_entry_why_text(&explain->failure, explain->failure_popcnt,
		    why, sizeof(why));
	explain_line(w, "promotion was not tried %" PRIu64 " time%s: %s",
	    untried, plural(untried), why);
}

/* ---- reservations and counters ------------------------------------------ */

static void
explain_reserv_line(const struct explain_writer *w,
    const struct explain_reserv *reserv)
{
	const char *queue = "";

	if (reserv->queued && !reserv->was_queued)
		queue = "; queued to be reclaimed";
	else if (!reserv->queued && reserv->was_queued)
		queue = "; off the queue";
	if (reserv->ended)
		explain_line(w,
		    "frame 0x%" PRIx64 ": the reservation of %s is no more%s",
		    reserv->pa, reserv->object, queue);
	else
		explain_line(w,
		    "frame 0x%" PRIx64 ": %s for %s from page %" PRIu64
		    ", %d -> %d of 512 pages in use%s",
		    reserv->pa, reserv->made ? "reserved" : "reservation",
		    reserv->object, reserv->pindex, reserv->before,
		    reserv->after, queue);
}

/* All counters in a line or two. */
static void
explain_counters_lines(const struct explain_writer *w,
    const struct explain *explain)
{
	const struct explain_counter *counter;
	char item[160], line[300];
	unsigned i;

	line[0] = '\0';
	for (i = 0; i < explain->ncounters; i++) {
		counter = &explain->counters[i];
		snprintf(item, sizeof(item), "%s%s%s %" PRId64 " -> %" PRId64,
		    counter->pmap, counter->pmap[0] != '\0' ? "'s " : "",
		    counter->label, counter->before, counter->after);
		if (line[0] != '\0' && strlen(line) + strlen(item) > 68) {
			explain_line(w, "%s", line);
			line[0] = '\0';
		}
		if (line[0] != '\0')
			strcat(line, ", ");
		strcat(line, item);
	}
	if (line[0] != '\0')
		explain_line(w, "%s", line);
}

/* The entries that the statement asked for. */
static void
explain_asked_lines(const struct explain_writer *w,
    const struct pmapsim_pte *entries)
{
	const enum table_entry_kind kind = table_entry_pde_kind(entries->pde);
	char text[120];

	table_entry_text(entries->pde, kind, text, sizeof(text));
	explain_line(w, "PDE: %s", text);
	if (kind == TABLE_ENTRY_PDE_2M || entries->pde == 0)
		return;
	table_entry_text(entries->pte, TABLE_ENTRY_PTE, text, sizeof(text));
	explain_line(w, "PTE: %s", text);
}

void
explain_text(const struct explain *explain,
    void (*write)(void *arg, const char *line), void *arg)
{
	const struct explain_writer w = {write, arg};
	unsigned i;

	if (explain->asked)
		explain_asked_lines(&w, &explain->entries);
	for (i = 0; i < explain->nruns && i < LINES_MAX; i++)
		explain_run_line(&w, &explain->runs[i]);
	explain_more(&w, explain->nruns, "runs of PTEs");
	explain_events_lines(&w, explain);
	for (i = 0; i < explain->nregions && i < LINES_MAX; i++)
		explain_region_line(&w, &explain->regions[i]);
	explain_more(&w, explain->nregions, "regions");
	for (i = 0; i < explain->nstays && i < LINES_MAX; i++)
		explain_stay_line(&w, &explain->stays[i]);
	explain_more(&w, explain->nstays, "runs of litter");
	for (i = 0; i < explain->nreservs && i < LINES_MAX; i++)
		explain_reserv_line(&w, &explain->reservs[i]);
	explain_more(&w, explain->nreservs, "reservations");
	explain_counters_lines(&w, explain);
}
