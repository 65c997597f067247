/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame of an SVG file.  Written by hand: a picture here is rectangles and
 * text, and should read as such in an editor and in a diff.
 */
#include "study/svg.h"

#include <stdarg.h>
#include <string.h>

/* Pixels of a letter in DejaVu Sans, on average, and a little more. */
#define LEGEND_CHAR 6.7
#define TEXT_CHAR 7.3
#define HEADING_CHAR 11.2
#define HEADING2_CHAR 9.0

void
svg_escape(FILE *out, const char *text)
{

	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			putc(*text < ' ' || *text > '~' ? '?' : *text, out);
		}
	}
}

void
svg_begin(FILE *out, int height, const char *title, const char *description)
{

	fprintf(out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
	    "height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" "
	    "aria-labelledby=\"title description\">\n<title id=\"title\">",
	    SVG_WIDTH, height, SVG_WIDTH, height);
	svg_escape(out, title);
	fprintf(out, "</title>\n<desc id=\"description\">");
	svg_escape(out, description);
	fprintf(out,
	    "</desc>\n"
	    "<defs><pattern id=\"hatch\" width=\"5\" height=\"5\" "
	    "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
	    "<rect width=\"5\" height=\"5\" fill=\"#fff\"/>"
	    "<rect width=\"1.5\" height=\"5\" fill=\"#9bb4c4\"/>"
	    "</pattern></defs>\n"
	    "<style>\n"
	    "text { font: 12px 'DejaVu Sans', Verdana, sans-serif; "
	    "fill: " SVG_INK "; }\n"
	    ".h1 { font-size: 17px; font-weight: bold; }\n"
	    ".h2 { font-size: 13px; font-weight: bold; }\n"
	    ".a { font: 11px 'DejaVu Sans Mono', Menlo, monospace; "
	    "text-anchor: end; fill: #444; }\n"
	    ".n { font-size: 9px; text-anchor: middle; "
	    "paint-order: stroke; stroke: #fff; stroke-width: 2.5px; }\n"
	    ".w { font-size: 10px; font-weight: bold; text-anchor: middle; "
	    "fill: #fff; }\n"
	    "</style>\n"
	    "<rect width=\"%d\" height=\"%d\" fill=\"" SVG_WHITE "\"/>\n",
	    SVG_WIDTH, height);
}

void
svg_end(FILE *out)
{

	fputs("</svg>\n", out);
}

/* Cuts what does not fit into "pixels". */
static void
svg_cut(char *text, int pixels, double letter)
{
	size_t max;

	max = (size_t)((double)pixels / letter);
	if (strlen(text) > max && max > 3)
		strcpy(text + max - 3, "...");
}

void
svg_heading(FILE *out, int y, const char *text)
{
	bool fits;

	fits = (double)strlen(text) * HEADING_CHAR < SVG_WIDTH - 2 * SVG_MARGIN;
	svg_text(out, SVG_MARGIN, y, fits ? "h1" : "h2", "%s", text);
}

void
svg_text(FILE *out, int x, int y, const char *class, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (class[0] == 't' || class[0] == 'h')
		svg_cut(text, SVG_WIDTH - SVG_MARGIN - x,
		    class[0] == 't'	? TEXT_CHAR :
			class[1] == '1' ? HEADING_CHAR :
					  HEADING2_CHAR);
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y, class);
	svg_escape(out, text);
	fputs("</text>\n", out);
}

bool
svg_legend_place(struct svg_legend *legend, const char *words)
{
	int width;

	width = SVG_CELL + 8 + (int)((double)strlen(words) * LEGEND_CHAR) + 22;
	if (legend->x + width > SVG_WIDTH - SVG_MARGIN + 22 &&
	    legend->x > SVG_MARGIN) {
		legend->x = SVG_MARGIN;
		legend->y += 28;
	}
	legend->swatch_x = legend->x;
	legend->swatch_y = legend->y;
	legend->x += width;
	if (legend->out == NULL)
		return (false);
	svg_text(legend->out, legend->swatch_x + SVG_CELL + 8,
	    legend->swatch_y + 15, "t", "%s", words);
	return (true);
}

void
svg_legend_entry(struct svg_legend *legend, const char *words,
    void (*swatch)(FILE *out, int x, int y, unsigned kind), unsigned kind)
{

	if (svg_legend_place(legend, words))
		swatch(legend->out, legend->swatch_x, legend->swatch_y, kind);
}
