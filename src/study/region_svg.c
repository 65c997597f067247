/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 512 PTEs of a 2 MB region as a picture: which are mappings, which only
 * look like mappings, and which the statement enters.
 */
#include <inttypes.h>
#include <string.h>

#include "study/machine_map.h"
#include "study/svg.h"
#include "study/region.h"

#define ROWS (NPTEPG / SVG_COLUMNS)
#define REGION_CALL_MAX 60 /* letters beside the rest of its line */
/* Colour alone never tells: each but the plain ones has a letter. */
static const char *
region_fill(const struct region_group *group)
{

	switch (group->kind) {
	case REGION_INVALID:
		return (SVG_WHITE);
	case REGION_LITTER:
		return (SVG_VERMILLION);
	case REGION_ENTERED:
		return (SVG_GREEN);
	case REGION_MAPPED:
		break;
	}
	return (group->letter == '=' ? SVG_SKY : SVG_YELLOW);
}

static void
region_cell(FILE *out, int x, int y, const struct region_group *group,
    bool over_litter)
{
	const char letter[2] = {group->letter, '\0'};

	fprintf(out,
	    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
	    "fill=\"%s\" stroke=\"#777\"/>\n",
	    x, y, SVG_CELL, SVG_CELL, region_fill(group));
	/* The half below the diagonal is the litter's. */
	if (over_litter)
		fprintf(out,
		    "<path d=\"M%d %dv-%dl%d %dz\" fill=\"" SVG_VERMILLION
		    "\"/>\n",
		    x + 1, y + SVG_CELL - 1, SVG_CELL - 2, SVG_CELL - 2,
		    SVG_CELL - 2);
	if (letter[0] != '=' && letter[0] != '.')
		svg_text(out, x + SVG_CELL / 2, y + 15,
		    group->kind == REGION_MAPPED ? "n" : "w", "%s", letter);
}

static void
region_draw_pte(FILE *out, int x, int y, const struct region *region,
    unsigned i)
{
	const struct region_group *group = &region
						->groups[region->pte[i].group];

	fprintf(out,
	    "<g class=\"pte\"><title>PTE %u, 0x%" PRIx64 ": %s; "
	    "0x%" PRIx64 "</title>\n",
	    i, region->va + i * PAGE_SIZE, group->words,
	    (uint64_t)region->pte[i].before);
	region_cell(out, x, y, group,
	    group->kind == REGION_ENTERED && region->pte[i].was_litter);
	fputs("</g>\n", out);
}

static int
region_legend(const struct region *region, FILE *out, int y)
{
	struct svg_legend legend = {.out = out, .x = SVG_MARGIN, .y = y};
	struct region_group over = {.kind = REGION_ENTERED, .letter = 'E'};
	char text[sizeof(over.words) + 11];
	unsigned i;

	for (i = 0; i < region->ngroups; i++) {
		snprintf(text, sizeof(text), "%u %s", region->groups[i].count,
		    region->groups[i].words);
		if (svg_legend_place(&legend, text))
			region_cell(out, legend.swatch_x, legend.swatch_y,
			    &region->groups[i], false);
	}
	if (region->entered_over_litter > 0) {
		snprintf(text, sizeof(text), "%u of them over litter",
		    region->entered_over_litter);
		if (svg_legend_place(&legend, text))
			region_cell(out, legend.swatch_x, legend.swatch_y,
			    &over, true);
	}
	return (legend.y + 32);
}

/* What followed from it; where there was no promotion, what is there. */
static int
region_story(const struct region *region, FILE *out, int y)
{
	char word[32];

	if (region->count[REGION_LITTER] > 0) {
		svg_text(out, SVG_MARGIN, y + 13, "t",
		    "The litter was left by "
		    "line %u: %s.",
		    region->litter_line, region->litter_call);
		y += 20;
	}
	if (region->promoted == NPTEPG) {
		svg_text(out, SVG_MARGIN, y + 13, "t",
		    "The PDE is 0x%" PRIx64 "%s.", (uint64_t)region->pde,
		    (region->pde & (PG_V | PG_PS)) == (PG_V | PG_PS) ?
			": one 2 MB mapping, "
			"which stands for these PTEs" :
			"");
		return (y + 20);
	}
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(region->call, " "),
	    region->call);
	svg_text(out, SVG_MARGIN, y + 13, "t",
	    "When %s enters PTE %u, all 512 "
	    "are valid and alike: pmap_promote_pde() makes one 2 MB mapping "
	    "of them.",
	    word, region->promoted);
	svg_text(out, SVG_MARGIN, y + 33, "t",
	    "The next pmap_enter() there "
	    "meets it: panic \"%s\".",
	    pmapsim_panic_code_text(REGION_PANIC));
	return (y + 40);
}

void
map_region_svg(const struct region *region, const char *where, FILE *out)
{
	const bool cut = strlen(region->call) > REGION_CALL_MAX;
	char title[160];
	int height, i, y;

	height = 76 + ROWS * 24 + 12;
	height = region_legend(region, NULL, height) + 20 +
	    (region->promoted == NPTEPG ? 0 : 20) +
	    (region->count[REGION_LITTER] > 0 ? 20 : 0) + 12;
	if (region->promoted == NPTEPG)
		snprintf(title, sizeof(title),
		    "%.80s: the 2 MB region 0x%" PRIx64, where, region->va);
	else
		snprintf(title, sizeof(title),
		    "%.80s: the 2 MB region 0x%" PRIx64
		    " before its false promotion",
		    where, region->va);
	svg_begin(out, height, title,
	    "Each cell is one of the region's 512 "
	    "page-table entries, 32 in a row.");
	svg_heading(out, 30, title);
	if (region->promoted == NPTEPG)
		svg_text(out, SVG_MARGIN, 54, "t", "after line %u: %s",
		    region->line, region->call);
	else
		/* A long call is cut rather than what is said of it. */
		svg_text(out, SVG_MARGIN, 54, "t",
		    "as line %u (%.*s%s) found "
		    "it, and what it entered up to the promotion",
		    region->line, cut ? REGION_CALL_MAX - 3 : REGION_CALL_MAX,
		    region->call, cut ? "..." : "");
	for (i = 0; i < NPTEPG; i++) {
		y = 76 + i / SVG_COLUMNS * 24;
		if (i % SVG_COLUMNS == 0)
			svg_text(out, SVG_MARGIN + SVG_LABEL - 10, y + 15, "a",
			    "PTE %d", i);
		region_draw_pte(out, svg_column((unsigned)i % SVG_COLUMNS), y,
		    region, (unsigned)i);
	}
	y = region_legend(region, out, 76 + ROWS * 24 + 12);
	region_story(region, out, y);
	svg_end(out);
}
