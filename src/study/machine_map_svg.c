/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A map as a picture: one cell a frame, filled from below by what its pages
 * are; one cell a region, filled by how much of it is mapped.  All about a
 * cell is in its <title>, which a browser shows below the pointer.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "study/machine_map.h"
#include "study/svg.h"

#define WHY_MAX 6 /* regions of which it is written why they stay small */

/* What stands for the kinds of pages, from the bottom of a cell up. */
static const struct {
	enum map_page_kind kind;
	const char *fill;
	const char *words;
} map_fills[] = {
    {MAP_PAGE_BOOT, SVG_GREY, "kernel and boot"},
    {MAP_PAGE_TABLE, SVG_PURPLE, "page tables, pv entries"},
    {MAP_PAGE_LOST, SVG_VERMILLION, "lost, of nobody"},
    {MAP_PAGE_WIRED, SVG_ORANGE, "wired"},
    {MAP_PAGE_OBJECT, SVG_SKY, "objects', not wired"},
    {MAP_PAGE_UNUSED, "url(#hatch)", "reserved, not yet used"},
    {MAP_PAGE_FREE, SVG_WHITE, "free"},
};
#define NFILLS (sizeof(map_fills) / sizeof(map_fills[0]))

/* The outlines, which tell of the frame as a whole. */
enum { OUTLINE_PLAIN, OUTLINE_RESERVED, OUTLINE_BROKEN };

static void
map_outline(FILE *out, int x, int y, unsigned outline)
{
	static const char *const strokes[] = {
	    [OUTLINE_PLAIN] = "stroke=\"#999\"",
	    [OUTLINE_RESERVED] = "stroke=\"#00604a\" stroke-width=\"2.5\"",
	    [OUTLINE_BROKEN] = "stroke=\"" SVG_VERMILLION "\" "
			       "stroke-width=\"2.5\" stroke-dasharray=\"4 2\"",
	};

	fprintf(out,
	    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
	    "fill=\"none\" %s/>\n",
	    x, y, SVG_CELL, SVG_CELL, strokes[outline]);
}

static void
map_box(FILE *out, int x, int y, int height, const char *fill)
{

	fprintf(out,
	    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
	    "fill=\"%s\"/>\n",
	    x, y, SVG_CELL, height, fill);
}

static void
map_fill_swatch(FILE *out, int x, int y, unsigned i)
{

	map_box(out, x, y, SVG_CELL, map_fills[i].fill);
	map_outline(out, x, y, OUTLINE_PLAIN);
}

/*
 * Draws what is in a frame.  The heights are rounded so that together they are
 * the cell's, and what is there at all is seen: one page of 512 too.
 */
static void
map_frame_cell(FILE *out, int x, int y, const struct map_frame *frame)
{
	int bottom = SVG_CELL, height;
	char text[200];
	unsigned i, n, outline = OUTLINE_PLAIN, sum = 0;

	map_frame_text(frame, text, sizeof(text));
	fprintf(out, "<g class=\"frame\"><title>0x%" PRIx64 ": ", frame->pa);
	svg_escape(out, text);
	fputs("</title>\n", out);
	for (i = 0; i < NFILLS; i++) {
		n = frame->pages[map_fills[i].kind];
		if (n == 0)
			continue;
		sum += n;
		height = bottom -
		    (SVG_CELL - (int)(sum * SVG_CELL / MAP_PAGES));
		if (height < 4)
			height = bottom < 4 ? bottom : 4;
		bottom -= height;
		map_box(out, x, y + bottom, height, map_fills[i].fill);
	}
	if (frame->object[0] != '\0')
		outline = OUTLINE_RESERVED;
	else if (frame->kind == MAP_FRAME_BROKEN)
		outline = OUTLINE_BROKEN;
	map_outline(out, x, y, outline);
	if (frame->kind == MAP_FRAME_RESERVED)
		svg_text(out, x + SVG_CELL / 2, y + 14, "n", "%u",
		    frame->popcnt);
	fputs("</g>\n", out);
}

static void
map_region_fill(FILE *out, int x, int y, enum map_region_kind kind,
    unsigned valid)
{
	static const char *const fills[] = {
	    [MAP_REGION_EMPTY] = SVG_WHITE,
	    [MAP_REGION_PARTIAL] = SVG_SKY,
	    [MAP_REGION_4K] = SVG_YELLOW,
	    [MAP_REGION_2M] = SVG_GREEN,
	};
	int height;

	height = (int)(valid * SVG_CELL / MAP_PAGES);
	if (valid > 0 && height < 4)
		height = 4;
	if (height > 0)
		map_box(out, x, y + SVG_CELL - height, height, fills[kind]);
	map_outline(out, x, y, OUTLINE_PLAIN);
	if (kind == MAP_REGION_4K)
		svg_text(out, x + SVG_CELL / 2, y + 15, "n", "4K");
	else if (kind == MAP_REGION_2M)
		svg_text(out, x + SVG_CELL / 2, y + 15, "w", "2M");
}

static void
map_region_cell(FILE *out, int x, int y, const struct map_region *region)
{
	char text[200];

	map_region_text(region, text, sizeof(text));
	fprintf(out, "<g class=\"region\"><title>0x%" PRIx64 ": ", region->va);
	svg_escape(out, text);
	fputs("</title>\n", out);
	map_region_fill(out, x, y, region->kind, region->valid);
	if (region->kind == MAP_REGION_PARTIAL)
		svg_text(out, x + SVG_CELL / 2, y + 14, "n", "%u",
		    region->valid);
	fputs("</g>\n", out);
}

static void
map_region_swatch(FILE *out, int x, int y, unsigned kind)
{

	map_region_fill(out, x, y, (enum map_region_kind)kind,
	    kind == MAP_REGION_EMPTY	   ? 0 :
		kind == MAP_REGION_PARTIAL ? 200 :
					     MAP_PAGES);
}

/* A row's address, and how many like it are left out; the next row's y. */
static int
map_row_label(FILE *out, int y, const struct map_row *row)
{

	svg_text(out, SVG_MARGIN + SVG_LABEL - 10, y + 15, "a", "0x%" PRIx64,
	    row->address);
	if (row->alike == 0)
		return (y + SVG_ROW);
	svg_text(out, svg_column(0), y + SVG_ROW + 13, "t",
	    "%u more row%s like this one", row->alike,
	    row->alike == 1 ? "" : "s");
	return (y + 2 * SVG_ROW - 4);
}

static unsigned
map_cell_column(uint64_t address)
{

	return ((unsigned)(address / NBPDR % MAP_ROW_CELLS));
}

/* Marks the places of a row of which no page table tells anything. */
static void
map_gaps(FILE *out, int y, const struct map_space *space,
    const struct map_row *row)
{
	unsigned column, i = 0;

	for (column = 0; column < MAP_ROW_CELLS; column++) {
		if (i < row->count &&
		    map_cell_column(space->regions[row->first + i].va) ==
			column) {
			i++;
			continue;
		}
		fprintf(out,
		    "<circle cx=\"%d\" cy=\"%d\" r=\"1.5\" "
		    "fill=\"#b8b8b8\"/>\n",
		    svg_column(column) + SVG_CELL / 2, y + SVG_CELL / 2);
	}
}

/* ---- sections; each with "out" NULL only tells where it ends ------------- */

static int
map_memory_legend(const struct machine_map *map, FILE *out, int y)
{
	struct svg_legend legend = {.out = out, .x = SVG_MARGIN, .y = y};
	unsigned i, j, pages;

	for (i = 0; i < NFILLS; i++) {
		for (j = 0, pages = 0; j < map->nframes; j++)
			pages += map->frames[j].pages[map_fills[i].kind];
		if (pages > 0)
			svg_legend_entry(&legend, map_fills[i].words,
			    map_fill_swatch, i);
	}
	if (map->count[MAP_FRAME_RESERVED] + map->count[MAP_FRAME_FULL] > 0)
		svg_legend_entry(&legend, "reservation (pages populated)",
		    map_outline, OUTLINE_RESERVED);
	if (map->count[MAP_FRAME_BROKEN] > 0)
		svg_legend_entry(&legend, "broken reservation", map_outline,
		    OUTLINE_BROKEN);
	return (legend.y + 28);
}

static int
map_memory(const struct machine_map *map, FILE *out, int y,
    const struct map_row *rows, unsigned nrows)
{
	const struct map_frame *frame;
	unsigned i, j;

	if (out != NULL)
		svg_text(out, SVG_MARGIN, y + 13, "h2",
		    "Physical memory: %u "
		    "frames of 2 MB; %u of %u pages free",
		    map->nframes, map->free_pages, map->pages);
	y += 24;
	for (i = 0; i < nrows; i++) {
		for (j = 0; out != NULL && j < rows[i].count; j++) {
			frame = &map->frames[rows[i].first + j];
			map_frame_cell(out,
			    svg_column(map_cell_column(frame->pa)), y, frame);
		}
		if (out != NULL)
			y = map_row_label(out, y, &rows[i]);
		else
			y += rows[i].alike == 0 ? SVG_ROW : 2 * SVG_ROW - 4;
	}
	return (map_memory_legend(map, out, y + 8) + 10);
}

/* Why which regions of 512 small pages are not promoted. */
static int
map_space_why(const struct map_space *space, FILE *out, int y)
{
	const struct map_region *region;
	unsigned i, told = 0;
	char text[200];

	for (i = 0; i < space->nregions; i++) {
		region = &space->regions[i];
		if (region->kind != MAP_REGION_4K)
			continue;
		if (told++ == WHY_MAX) {
			if (out != NULL)
				svg_text(out, SVG_MARGIN, y + 13, "t",
				    "and %u more",
				    space->count[MAP_REGION_4K] - WHY_MAX);
			return (y + 18);
		}
		map_region_text(region, text, sizeof(text));
		if (out != NULL)
			svg_text(out, SVG_MARGIN, y + 13, "t",
			    "0x%" PRIx64 ": %s", region->va, text);
		y += 18;
	}
	return (y);
}

static int
svg_space(const struct map_space *space, FILE *out, int y,
    const struct map_row *rows, unsigned nrows)
{
	struct svg_legend legend = {.out = out, .x = SVG_MARGIN, .y = 0};
	const struct map_region *region;
	char text[80];
	unsigned i, j;

	if (out != NULL)
		svg_text(out, SVG_MARGIN, y + 13, "h2",
		    "Address space %s: "
		    "%" PRId64 " pages resident, %" PRId64 " wired; %u "
		    "superpage%s",
		    space->name, space->resident, space->wired,
		    space->count[MAP_REGION_2M],
		    space->count[MAP_REGION_2M] == 1 ? "" : "s");
	y += 24;
	for (i = 0; i < nrows; i++) {
		for (j = 0; out != NULL && j < rows[i].count; j++) {
			region = &space->regions[rows[i].first + j];
			map_region_cell(out,
			    svg_column(map_cell_column(region->va)), y, region);
		}
		if (out != NULL && !space->kernel)
			map_gaps(out, y, space, &rows[i]);
		if (out != NULL)
			y = map_row_label(out, y, &rows[i]);
		else
			y += rows[i].alike == 0 ? SVG_ROW : 2 * SVG_ROW - 4;
	}
	if (nrows == 0) {
		if (out != NULL)
			svg_text(out, SVG_MARGIN, y + 13, "t",
			    "nothing is mapped");
		return (y + 34);
	}
	y = map_space_why(space, out, y + 2);
	legend.y = y + 6;
	for (i = 0; i < MAP_REGION_KINDS; i++) {
		if (space->count[i] == 0)
			continue;
		snprintf(text, sizeof(text), "%u %s", space->count[i],
		    map_region_words((enum map_region_kind)i));
		svg_legend_entry(&legend, text, map_region_swatch, i);
	}
	return (legend.y + 38);
}

/* The whole; with "out" NULL only its height. */
static int
map_draw(const struct machine_map *map, FILE *out, struct map_row **rows,
    const unsigned *nrows)
{
	unsigned i;
	int y = 14;

	if (out != NULL) {
		svg_heading(out, y + 16, map->title);
		svg_text(out, SVG_MARGIN, y + 38, "t",
		    "kernel %s; promotions=%" PRIu64 ", demotions=%" PRIu64
		    ", p_failures=%" PRIu64,
		    map->kernel, map->promotions, map->demotions,
		    map->p_failures);
		if (map->panic[0] != '\0')
			svg_text(out, SVG_MARGIN, y + 56, "h2", "panic: %s",
			    map->panic);
	}
	y += map->panic[0] != '\0' ? 74 : 56;
	y = map_memory(map, out, y, rows[0], nrows[0]);
	for (i = 0; i < map->nspaces; i++)
		y = svg_space(&map->spaces[i], out, y, rows[i + 1],
		    nrows[i + 1]);
	return (y);
}

bool
machine_map_svg(const struct machine_map *map, FILE *out)
{
	struct map_row **rows;
	char title[240];
	unsigned i, *nrows;
	bool ok = false;

	rows = calloc(map->nspaces + 1, sizeof(*rows));
	nrows = calloc(map->nspaces + 1, sizeof(*nrows));
	if (rows == NULL || nrows == NULL)
		goto done;
	for (i = 0; i <= map->nspaces; i++) {
		rows[i] = i == 0 ?
		    map_frame_rows(map, &nrows[0]) :
		    map_region_rows(&map->spaces[i - 1], &nrows[i]);
		if (rows[i] == NULL)
			goto done;
	}
	snprintf(title, sizeof(title), "Memory map of %s", map->title);
	svg_begin(out, map_draw(map, NULL, rows, nrows), title,
	    "Each cell of physical memory is a frame of 2 MB, each cell of an "
	    "address space a region of 2 MB.");
	map_draw(map, out, rows, nrows);
	svg_end(out);
	ok = true;
done:
	for (i = 0; rows != NULL && i <= map->nspaces; i++)
		free(rows[i]);
	free(rows);
	free(nrows);
	return (ok);
}
