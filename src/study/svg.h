/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the pictures share: colours, the frame of an SVG file, and text in it.
 *
 * The colours are those of Okabe and Ito, which people who see colours
 * otherwise tell apart; and no cell is told by its colour alone.
 */
#ifndef STUDY_SVG_H
#define STUDY_SVG_H

#include <pmapsim/types.h>

#include <stdio.h>

#define SVG_SKY "#56b4e9"
#define SVG_GREEN "#009e73"
#define SVG_YELLOW "#f0e442"
#define SVG_ORANGE "#e69f00"
#define SVG_VERMILLION "#d55e00"
#define SVG_PURPLE "#cc79a7"
#define SVG_GREY "#b0b0b0"
#define SVG_WHITE "#ffffff"
#define SVG_INK "#1a1a1a"

/* All lengths are pixels. */
#define SVG_CELL 22
#define SVG_MARGIN 20
#define SVG_LABEL 156 /* for the address before a row */
#define SVG_COLUMNS 32
#define SVG_ROW 25
#define SVG_WIDTH \
	(SVG_MARGIN + SVG_LABEL + SVG_COLUMNS * 24 + 3 * 6 + SVG_MARGIN)

/* The left edge of column "i": cells stand in groups of eight. */
static inline int
svg_column(unsigned i)
{
	return (SVG_MARGIN + SVG_LABEL + (int)(i * 24 + i / 8 * 6));
}

/* Begins and ends a picture of SVG_WIDTH; the title is its accessible name. */
void svg_begin(FILE *out, int height, const char *title,
    const char *description);
void svg_end(FILE *out);

/* Writes the heading, its baseline at y, as large as it fits. */
void svg_heading(FILE *out, int y, const char *text);
/* Writes text of a style class with its baseline at y: h2 or t, cut where the
 * picture ends, or a, n or w of a few characters. */
void svg_text(FILE *out, int x, int y, const char *class, const char *fmt, ...)
    PMAPSIM_PRINTFLIKE(5, 6);
/* Writes "text" so that XML reads it back; what is not ASCII becomes "?". */
void svg_escape(FILE *out, const char *text);

/*
 * A legend: swatches with words, as many in a line as fit.  Drawn twice alike,
 * first with "out" NULL, it tells its height.
 */
struct svg_legend {
	FILE *out;
	int x, y;
	int swatch_x, swatch_y; /* of the last entry */
};
/* Makes room for an entry, and writes its words behind the place of its swatch.
 * True: the caller draws that at (swatch_x, swatch_y), as "out" is not NULL. */
bool svg_legend_place(struct svg_legend *legend, const char *words);
/* The same for a caller whose swatches are numbered. */
void svg_legend_entry(struct svg_legend *legend, const char *words,
    void (*swatch)(FILE *out, int x, int y, unsigned kind), unsigned kind);

#endif /* STUDY_SVG_H */
