/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A false promotion as a storyboard of five pictures: the reservation, the
 * first promotion, what leaves valid PTEs behind, the false promotion and the
 * panic.  All that stands in it is read from replays of the trace.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ktr.h"
#include "study/machine_map.h"
#include "study/region.h"
#include "study/svg.h"
#include "study/travel.h"

#define CELL 8 /* pixels, of a PTE */
#define GRID_COLUMNS 32
#define GRID_ROWS (NPTEPG / GRID_COLUMNS)
#define PANEL 172 /* pixels from one picture to the next */
#define TOP 56
#define TEXT_X (SVG_MARGIN + GRID_COLUMNS * CELL + 34)

/* What the five pictures are of.  On the stack of story_svg(). */
struct story {
	struct region warm;   /* behind the first promotion of the region */
	struct region left;   /* behind the call that left litter */
	struct region deceit; /* as the false promotion found it */
	char warm_call[96], left_call[96];
	unsigned warm_line, left_line;
	/* The reservation's pages in use: after the first promotion's call, the
	 * one that left litter, and the last. */
	int populated[3];
	vm_paddr_t frame;
	char object[EXPLAIN_NAME_MAX];
	char panic[256];
	unsigned panic_line;
};

/* ---- what happened ------------------------------------------------------ */

/* Notes what of the statement made last belongs to the story. */
static void
story_note(struct story *story, const struct travel *travel)
{
	const struct pmapsim_trace_statement *statement;
	const struct explain *explain = travel->last;
	const unsigned line = travel_line(travel);
	unsigned i;
	int place = -1;

	statement = pmapsim_replay_statement(travel->replay);
	for (i = 0; explain != NULL && i < explain->nevents; i++)
		if (explain->events[i].event == KTR_PROMOTE &&
		    trunc_2mpage(explain->events[i].va) == story->deceit.va &&
		    story->warm_line == 0 && line != story->deceit.line) {
			story->warm_line = line;
			snprintf(story->warm_call, sizeof(story->warm_call),
			    "%.*s", (int)statement->length, statement->text);
		}
	if (line == story->deceit.litter_line) {
		story->left_line = line;
		snprintf(story->left_call, sizeof(story->left_call), "%.*s",
		    (int)statement->length, statement->text);
	}
	if (line == story->warm_line)
		place = 0;
	else if (line == story->left_line)
		place = 1;
	else if (line == story->deceit.line)
		place = 2;
	for (i = 0; place >= 0 && explain != NULL && i < explain->nreservs;
	     i++) {
		story->populated[place] = explain->reservs[i].after;
		story->frame = explain->reservs[i].pa;
		snprintf(story->object, sizeof(story->object), "%s",
		    explain->reservs[i].object);
	}
}

/* Replays the trace as often as the five moments need. */
static bool
story_find(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, struct story *story,
    char *err, size_t errsize)
{
	const struct pmapsim_panic *panic;
	struct travel travel;

	memset(story, 0, sizeof(*story));
	if (!region_explain(trace, options, &story->deceit, err, errsize))
		return (false);
	if (!travel_start(&travel, trace, options)) {
		snprintf(err, errsize, "%s", travel.err);
		return (false);
	}
	while (travel_step(&travel))
		story_note(story, &travel);
	panic = pmapsim_panic(pmapsim_replay_machine(travel.replay));
	snprintf(story->panic, sizeof(story->panic), "%s",
	    panic != NULL ? panic->text : "");
	story->panic_line = travel_line(&travel);
	travel_end(&travel);
	if (story->warm_line == 0 || story->left_line == 0 ||
	    story->populated[1] == 0 || story->populated[1] == NPTEPG) {
		snprintf(err, errsize,
		    "the false promotion has no story of five pictures: the "
		    "region was never promoted before, or no call gave pages back "
		    "and left litter");
		return (false);
	}
	return (region_at(trace, options, "kernel", story->deceit.va,
		    story->warm_line, &story->warm, err, errsize) &&
	    region_at(trace, options, "kernel", story->deceit.va,
		story->left_line, &story->left, err, errsize));
}

/* ---- drawing ------------------------------------------------------------ */

static const char *
story_fill(enum region_kind kind)
{
	static const char *const fills[] = {
	    [REGION_INVALID] = SVG_WHITE,
	    [REGION_MAPPED] = SVG_SKY,
	    [REGION_LITTER] = SVG_VERMILLION,
	    [REGION_ENTERED] = SVG_GREEN,
	};

	return (fills[kind]);
}

/* The region's PTEs; NULL: none is valid.  "whole": one 2 MB mapping. */
static void
story_grid(FILE *out, int y, const struct region *region, bool whole)
{
	const int height = GRID_ROWS * CELL, width = GRID_COLUMNS * CELL;
	enum region_kind kind;
	unsigned i;

	if (whole) {
		fprintf(out,
		    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
		    "fill=\"%s\" stroke=\"%s\" stroke-width=\"3\"/>\n",
		    SVG_MARGIN, y, width, height, SVG_SKY, SVG_INK);
		svg_text(out, SVG_MARGIN + width / 2 - 62, y + height / 2 + 4,
		    "h2", "one 2 MB mapping");
		return;
	}
	for (i = 0; i < NPTEPG; i++) {
		kind = region != NULL ? region->pte[i].kind : REGION_INVALID;
		fprintf(out,
		    "<rect x=\"%u\" y=\"%u\" width=\"%d\" height=\"%d\" "
		    "fill=\"%s\" stroke=\"#999\" stroke-width=\"0.5\"/>\n",
		    SVG_MARGIN + i % GRID_COLUMNS * CELL,
		    (unsigned)y + i / GRID_COLUMNS * CELL, CELL, CELL,
		    story_fill(kind));
	}
}

/* A ring around the PTEs that matter, the first "count". */
static void
story_ring(FILE *out, int y, unsigned first, unsigned count)
{

	fprintf(out,
	    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" "
	    "stroke=\"%s\" stroke-width=\"2.5\"/>\n",
	    SVG_MARGIN + (int)first * CELL - 3, y - 3, (int)count * CELL + 6,
	    CELL + 6, SVG_INK);
}

/* The reservation as a bar: how many of its 512 pages are in use. */
static void
story_bar(FILE *out, int y, int populated)
{
	const int width = GRID_COLUMNS * CELL;

	y += GRID_ROWS * CELL + 6;
	fprintf(out,
	    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"7\" fill=\"%s\" "
	    "stroke=\"#777\"/>\n"
	    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"7\" fill=\"%s\"/>\n",
	    SVG_MARGIN, y, width, SVG_WHITE, SVG_MARGIN, y,
	    width * populated / NPTEPG, SVG_GREY);
}

static void PMAPSIM_PRINTFLIKE(4, 5)
    story_text(FILE *out, int y, int line, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	svg_text(out, TEXT_X, y + 14 + line * 20, line == 0 ? "h2" : "t", "%s",
	    text);
}

static void
story_before(FILE *out, int y, const struct story *story)
{

	story_grid(out, y, NULL, false);
	story_bar(out, y, story->populated[0]);
	story_text(out, y, 0, "1. A reservation");
	story_text(out, y, 1, "Line %u, %s, needs 512 pages.", story->warm_line,
	    story->warm_call);
	story_text(out, y, 2,
	    "The kernel reserves the 2 MB frame 0x%" PRIx64 " for %s",
	    story->frame, story->object);
	story_text(out, y, 3,
	    "and takes its pages: %d of 512 are in use (the grey bar).",
	    story->populated[0]);
	story_text(out, y, 4,
	    "Nothing is mapped yet: all 512 page-table entries are empty.");
}

static void
story_warm(FILE *out, int y, const struct story *story)
{

	story_grid(out, y, NULL, true);
	story_bar(out, y, story->populated[0]);
	story_text(out, y, 0, "2. A promotion");
	story_text(out, y, 1, "The call maps one page after the other.");
	story_text(out, y, 2,
	    "With the last of them all 512 entries are valid and alike, and");
	story_text(out, y, 3,
	    "the frame is in order: the kernel makes one mapping of 2 MB of");
	story_text(out, y, 4, "them, a superpage.");
}

static void
story_left(FILE *out, int y, const struct story *story)
{
	const unsigned litter = story->left.count[REGION_LITTER];

	story_grid(out, y, &story->left, false);
	story_ring(out, y, 0, litter);
	story_bar(out, y, story->populated[1]);
	story_text(out, y, 0, "3. A free that leaves entries behind");
	story_text(out, y, 1, "Line %u, %s.", story->left_line,
	    story->left_call);
	story_text(out, y, 2,
	    "The superpage becomes 512 small mappings, and %d of the",
	    NPTEPG - story->populated[1]);
	story_text(out, y, 3,
	    "reservation's pages are free again.  But %u entries stay valid,",
	    litter);
	story_text(out, y, 4,
	    "though nothing is mapped there: litter (ringed).");
}

static void
story_deceit(FILE *out, int y, const struct story *story)
{
	const struct region *region = &story->deceit;

	story_grid(out, y, region, false);
	story_ring(out, y, region->promoted,
	    region->count[REGION_LITTER] + region->count[REGION_ENTERED]);
	story_bar(out, y, story->populated[2]);
	story_text(out, y, 0, "4. A false promotion");
	story_text(out, y, 1, "Line %u, %.60s,", region->line, region->call);
	story_text(out, y, 2,
	    "takes the free pages, which fills the reservation, and maps the");
	story_text(out, y, 3,
	    "first (green).  The entry behind it is litter, but looks like a");
	story_text(out, y, 4,
	    "mapping: all 512 are valid and alike, so they are promoted.");
}

static void
story_panic(FILE *out, int y, const struct story *story)
{

	story_grid(out, y, NULL, true);
	story_ring(out, y, story->deceit.promoted + 1, 1);
	story_bar(out, y, story->populated[2]);
	story_text(out, y, 0, "5. A panic");
	story_text(out, y, 1,
	    "The call goes on and maps its second page (ringed),");
	story_text(out, y, 2,
	    "where it finds the superpage that it has just made:");
	story_text(out, y, 3, "panic: %s", story->panic);
}

bool
story_svg(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, const char *name, FILE *out,
    char *err, size_t errsize)
{
	static void (*const pictures[])(FILE *, int,
	    const struct story *) = {story_before, story_warm, story_left,
	    story_deceit, story_panic};
	const int n = (int)(sizeof(pictures) / sizeof(pictures[0]));
	struct story story;
	char title[160];
	int i;

	if (!story_find(trace, options, &story, err, errsize))
		return (false);
	snprintf(title, sizeof(title),
	    "%.60s: how 512 page-table entries of 0x%" PRIx64 " deceived the "
	    "kernel",
	    name, story.deceit.va);
	svg_begin(out, TOP + n * PANEL, title,
	    "Five pictures, from the reservation to the panic.  Each cell is "
	    "one of the region's 512 page-table entries, 32 in a row.");
	svg_heading(out, 30, title);
	for (i = 0; i < n; i++)
		pictures[i](out, TOP + i * PANEL, &story);
	svg_end(out);
	return (true);
}
