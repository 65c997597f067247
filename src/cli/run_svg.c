/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run as a picture, for each row one below the other: what was resident and
 * how much of it 2 MB pages mapped, over the instructions; and below it, on
 * the same axis, which 2 MB regions were accessed, how much, and by which size
 * of page.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/run.h"
#include "study/svg.h"

#define CHART_LEFT 110
#define CHART_WIDTH 760
#define CHART_HEIGHT 140
#define CHART_TOP 60
#define CHART_GAP 40	 /* between the chart and the map below it */
#define HEAT_COLUMNS 190 /* time slices, of four pixels */
#define HEAT_ROWS 120	 /* regions; more are drawn several to a row */
#define HEAT_ROW 4
#define LEGEND_HEIGHT 70

/* The regions of a row's heat map, ascending. */
struct regions {
	uint64_t *numbers;
	size_t count;
};

static int
compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x < y ? -1 : x > y);
}

static void
regions_of(const struct program_result *result, struct regions *regions)
{
	size_t i, n = 0;

	regions->count = 0;
	regions->numbers = calloc(result->nheat + 1, sizeof(*regions->numbers));
	if (regions->numbers == NULL)
		return;
	for (i = 0; i < result->nheat; i++)
		regions->numbers[i] = result->heat[i].region;
	qsort(regions->numbers, result->nheat, sizeof(*regions->numbers),
	    compare_numbers);
	for (i = 0; i < result->nheat; i++)
		if (i == 0 || regions->numbers[i] != regions->numbers[i - 1])
			regions->numbers[n++] = regions->numbers[i];
	regions->count = n;
}

static size_t
region_place(const struct regions *regions, uint64_t number)
{
	const uint64_t *found;

	found = bsearch(&number, regions->numbers, regions->count,
	    sizeof(number), compare_numbers);
	return (found == NULL ? 0 : (size_t)(found - regions->numbers));
}

/* Rows of the map, and regions in each. */
static size_t
heat_rows(const struct regions *regions, size_t *each)
{

	*each = (regions->count + HEAT_ROWS - 1) / HEAT_ROWS;
	if (*each == 0)
		*each = 1;
	return ((regions->count + *each - 1) / *each);
}

static int
row_height(const struct run_row *row)
{
	struct regions regions;
	size_t each;
	int height;

	regions_of(&row->result, &regions);
	height = CHART_TOP + CHART_HEIGHT + CHART_GAP +
	    (int)heat_rows(&regions, &each) * HEAT_ROW + LEGEND_HEIGHT;
	free(regions.numbers);
	return (height);
}

/* Where "instructions" lies on the axis that ends at the run's end. */
static double
chart_x(const struct program_result *result, uint64_t instructions)
{

	return (CHART_LEFT +
	    (result->instructions == 0 ? 0 :
					 (double)instructions * CHART_WIDTH /
			(double)result->instructions));
}

/* An area under the samples, of pages that get() gives. */
static void
draw_area(FILE *out, const struct program_result *result, int top,
    bool superpages, const char *fill)
{
	const struct program_sample *s;
	const double most = result->peak_resident == 0 ?
	    1 :
	    (double)result->peak_resident;
	const int bottom = top + CHART_HEIGHT;
	double pages;
	size_t i;

	fprintf(out, "<path fill=\"%s\" d=\"M%d %d", fill, CHART_LEFT, bottom);
	for (i = 0; i < result->nsamples; i++) {
		s = &result->samples[i];
		pages = superpages ? (double)s->superpages * 512 :
				     (double)s->resident;
		fprintf(out, "L%.1f %.1f", chart_x(result, s->instructions),
		    bottom - pages * CHART_HEIGHT / most);
	}
	fprintf(out, "L%d %dZ\"/>\n", CHART_LEFT + CHART_WIDTH, bottom);
}

static void
draw_chart(FILE *out, const struct program_result *result, int top)
{
	const int bottom = top + CHART_HEIGHT;

	draw_area(out, result, top, false, SVG_GREY);
	draw_area(out, result, top, true, SVG_GREEN);
	fprintf(out, "<path fill=\"none\" stroke=\"%s\" d=\"M%d %dV%dH%d\"/>\n",
	    SVG_INK, CHART_LEFT, top, bottom, CHART_LEFT + CHART_WIDTH);
	svg_text(out, SVG_MARGIN, top + 10, "t", "%.1f MB",
	    (double)result->peak_resident / 256);
	svg_text(out, SVG_MARGIN, bottom, "t", "0");
	svg_text(out, CHART_LEFT, bottom + 16, "t", "0");
	svg_text(out, CHART_LEFT + CHART_WIDTH - 200, bottom + 16, "t",
	    "%.1f million instructions", (double)result->instructions / 1e6);
}

/* How strong a cell is: by the logarithm, from 0.2 up to 1. */
static double
heat_strength(uint64_t accesses, uint64_t most)
{

	return (0.2 +
	    0.8 * log2(1.0 + (double)accesses) / log2(2.0 + (double)most));
}

/* Accesses of the cells, and which of them ended as superpages. */
struct cells {
	uint64_t *accesses;
	bool *superpage;
	uint64_t most;
};

static bool
cells_fill(struct cells *cells, const struct program_result *result,
    const struct regions *regions, size_t rows, size_t each)
{
	const struct program_heat *heat;
	size_t at, column, i;
	uint64_t when;

	cells->most = 0;
	cells->accesses = calloc(rows * HEAT_COLUMNS + 1, sizeof(uint64_t));
	cells->superpage = calloc(rows * HEAT_COLUMNS + 1, sizeof(bool));
	if (cells->accesses == NULL || cells->superpage == NULL)
		return (false);
	for (i = 0; i < result->nheat; i++) {
		heat = &result->heat[i];
		when = heat->sample < result->nsamples ?
		    result->samples[heat->sample].instructions :
		    result->instructions;
		column = (size_t)((chart_x(result, when) - CHART_LEFT) *
		    HEAT_COLUMNS / (CHART_WIDTH + 1));
		at = region_place(regions, heat->region) / each * HEAT_COLUMNS +
		    column;
		cells->accesses[at] += heat->accesses;
		cells->superpage[at] |= heat->superpage;
		if (cells->accesses[at] > cells->most)
			cells->most = cells->accesses[at];
	}
	return (true);
}

static void
draw_heat(FILE *out, const struct program_result *result, int top)
{
	struct regions regions;
	struct cells cells;
	size_t column, each, i, row, rows;

	regions_of(result, &regions);
	rows = heat_rows(&regions, &each);
	if (regions.numbers != NULL &&
	    cells_fill(&cells, result, &regions, rows, each)) {
		for (row = 0; row < rows; row++)
			for (column = 0; column < HEAT_COLUMNS; column++) {
				i = row * HEAT_COLUMNS + column;
				if (cells.accesses[i] == 0)
					continue;
				fprintf(out,
				    "<rect x=\"%zu\" y=\"%zu\" width=\"4\" "
				    "height=\"%d\" fill=\"%s\" "
				    "fill-opacity=\"%.2f\"/>\n",
				    CHART_LEFT + column * 4,
				    (size_t)top + row * HEAT_ROW, HEAT_ROW,
				    cells.superpage[i] ? SVG_GREEN :
							 SVG_VERMILLION,
				    heat_strength(cells.accesses[i],
					cells.most));
			}
		if (regions.count != 0) {
			svg_text(out, SVG_MARGIN, top + 10, "t", "%#" PRIx64,
			    regions.numbers[0] << 21);
			svg_text(out, SVG_MARGIN, top + (int)rows * HEAT_ROW,
			    "t", "%#" PRIx64,
			    regions.numbers[regions.count - 1] << 21);
		}
		svg_text(out, CHART_LEFT, top + (int)rows * HEAT_ROW + 20, "t",
		    "%zu regions of 2 MB, %zu to a row; green: mapped by one "
		    "page, red: by 4 KB pages",
		    regions.count, each);
		free(cells.accesses);
		free(cells.superpage);
	}
	free(regions.numbers);
}

static void
draw_row(FILE *out, const struct run_row *row, int top)
{

	svg_text(out, SVG_MARGIN, top + 24, "h2", "%s%s%s", row->result.kernel,
	    row->config.tlb != NULL ? ", " : "",
	    row->config.tlb != NULL ? row->config.tlb : "");
	svg_text(out, SVG_MARGIN, top + 44, "t",
	    "resident memory (grey), and what of it 2 MB pages map (green): "
	    "mean %.1f%%, at most %.1f%%",
	    100 * row->result.coverage_mean, 100 * row->result.coverage_max);
	draw_chart(out, &row->result, top + CHART_TOP);
	draw_heat(out, &row->result,
	    top + CHART_TOP + CHART_HEIGHT + CHART_GAP);
}

void
run_write_svg(FILE *out, const struct run_table *table)
{
	int height = 40;
	size_t i;

	for (i = 0; i < table->count; i++)
		height += row_height(&table->rows[i]);
	svg_begin(out, height, table->name,
	    "Resident memory, what of it 2 MB pages map, and the 2 MB regions "
	    "accessed, over the instructions of a recorded program");
	svg_heading(out, 30, table->name);
	height = 40;
	for (i = 0; i < table->count; i++) {
		draw_row(out, &table->rows[i], height);
		height += row_height(&table->rows[i]);
	}
	svg_end(out);
}
