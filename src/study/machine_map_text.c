/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is said of a map, in words, and how its cells stand in rows: the same
 * on a terminal and in a picture.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study/table_entry.h"
#include "study/machine_map.h"

#define PAGES MAP_PAGES

/* ---- words -------------------------------------------------------------- */

const char *
map_frame_words(enum map_frame_kind kind)
{
	static const char *const words[] = {
	    [MAP_FRAME_FREE] = "free",
	    [MAP_FRAME_BOOT] = "kernel and boot, never allocated from",
	    [MAP_FRAME_TABLES] = "page tables and pv entries",
	    [MAP_FRAME_LOST] = "lost pages, which belong to nobody",
	    [MAP_FRAME_OBJECTS] = "single pages of objects",
	    [MAP_FRAME_WIRED] = "single pages, some wired",
	    [MAP_FRAME_BROKEN] = "what a broken reservation left",
	    [MAP_FRAME_RESERVED] = "reservation, partly populated",
	    [MAP_FRAME_FULL] = "reservation, fully populated",
	};

	return (words[kind]);
}

const char *
map_region_words(enum map_region_kind kind)
{
	static const char *const words[] = {
	    [MAP_REGION_EMPTY] = "empty",
	    [MAP_REGION_PARTIAL] = "partly mapped by 4 KB pages",
	    [MAP_REGION_4K] = "full of 4 KB pages, not promoted",
	    [MAP_REGION_2M] = "mapped by a 2 MB superpage",
	};

	return (words[kind]);
}

const char *
map_page_words(enum map_page_kind kind)
{
	static const char *const words[] = {
	    [MAP_PAGE_ABSENT] = "absent",
	    [MAP_PAGE_BOOT] = "boot",
	    [MAP_PAGE_FREE] = "free",
	    [MAP_PAGE_UNUSED] = "unused",
	    [MAP_PAGE_TABLE] = "tables",
	    [MAP_PAGE_LOST] = "lost",
	    [MAP_PAGE_WIRED] = "wired",
	    [MAP_PAGE_OBJECT] = "not wired",
	};

	return (words[kind]);
}

/* Appends to "buf", which holds "length" bytes; the new length. */
static int __attribute__((format(printf, 4, 5)))
map_append(char *buf, size_t size, int length, const char *fmt, ...)
{
	size_t at;
	va_list ap;
	int n;

	at = (size_t)length < size ? (size_t)length : size;
	va_start(ap, fmt);
	n = vsnprintf(at < size ? buf + at : NULL, size - at, fmt, ap);
	va_end(ap);
	return (length + (n > 0 ? n : 0));
}

int
map_frame_text(const struct map_frame *frame, char *buf, size_t size)
{
	unsigned kind;
	int n;
	bool first = true;

	if (frame->object[0] != '\0')
		n = snprintf(buf, size,
		    "reserved by %s from page %" PRIu64
		    ", populated %u of %d: ",
		    frame->object, frame->pindex, frame->popcnt, PAGES);
	else
		n = snprintf(buf, size, "%s: ", map_frame_words(frame->kind));
	for (kind = 0; kind < MAP_PAGE_KINDS; kind++) {
		if (frame->pages[kind] == 0)
			continue;
		n = map_append(buf, size, n, "%s%u %s", first ? "" : ", ",
		    frame->pages[kind], map_page_words(kind));
		first = false;
	}
	return (n);
}

/* Why a region of 512 small pages is none of one large page. */
static int
map_why_text(const struct map_region *region, char *buf, size_t size, int n)
{
	char why[120];

	if (region->superpages_off)
		return (map_append(buf, size, n,
		    "superpages are off (vm.pmap.pg_ps_enabled)"));
	if (region->why.reason == PMAPSIM_PROMOTE_OK)
		return (map_append(buf, size, n,
		    "nothing is in the way; the "
		    "next pmap_enter() here promotes"));
	table_entry_why_text(&region->why, region->popcnt, why, sizeof(why));
	return (map_append(buf, size, n, "%s", why));
}

int
map_region_text(const struct map_region *region, char *buf, size_t size)
{
	int n;

	switch (region->kind) {
	case MAP_REGION_2M:
		return (snprintf(buf, size, "superpage of 0x%" PRIx64,
		    (uint64_t)(region->pde & PG_PS_FRAME)));
	case MAP_REGION_4K:
		n = snprintf(buf, size, "512 PTEs valid, not promoted: ");
		return (map_why_text(region, buf, size, n));
	case MAP_REGION_PARTIAL:
		n = snprintf(buf, size, "%u of %d PTEs valid", region->valid,
		    PAGES);
		break;
	default:
		n = snprintf(buf, size, "%s",
		    (region->pde & PG_V) != 0 ? "empty, with a page table" :
						"empty");
	}
	if (region->odd != 0)
		n = map_append(buf, size, n, ", %u not valid and not 0",
		    region->odd);
	return (n);
}

/* ---- rows --------------------------------------------------------------- */

/* The cells of one grid, whatever they are; what rows are made from. */
struct map_cells {
	const void *cells;
	unsigned count;
	uint64_t (*address)(const void *cells, unsigned i);
	bool (*dull)(const void *cells, unsigned i);
};

static uint64_t
map_frame_address(const void *cells, unsigned i)
{

	return (((const struct map_frame *)cells)[i].pa);
}

static bool
map_frame_dull(const void *cells, unsigned i)
{

	return (((const struct map_frame *)cells)[i].kind == MAP_FRAME_FREE);
}

static uint64_t
map_region_address(const void *cells, unsigned i)
{

	return (((const struct map_region *)cells)[i].va);
}

static bool
map_region_dull(const void *cells, unsigned i)
{

	return (((const struct map_region *)cells)[i].kind == MAP_REGION_EMPTY);
}

/* Makes the rows of "grid"; of dull ones in a row the first alone is one. */
static struct map_row *
map_rows(const struct map_cells *grid, unsigned *nrows)
{
	struct map_row *row, *rows;
	unsigned end, i, n = 0;
	uint64_t address;
	bool dull;

	rows = calloc(grid->count + 1, sizeof(*rows));
	for (i = 0; rows != NULL && i < grid->count; i = end) {
		address = grid->address(grid->cells, i) / MAP_ROW_BYTES *
		    MAP_ROW_BYTES;
		dull = true;
		for (end = i; end < grid->count &&
		     grid->address(grid->cells, end) - address < MAP_ROW_BYTES;
		     end++)
			dull = dull && grid->dull(grid->cells, end);
		row = n > 0 ? &rows[n - 1] : NULL;
		if (dull && row != NULL && row->dull &&
		    end - i == MAP_ROW_CELLS) {
			row->alike++;
			continue;
		}
		row = &rows[n++];
		row->address = address;
		row->first = i;
		row->count = end - i;
		row->dull = dull;
	}
	*nrows = n;
	return (rows);
}

struct map_row *
map_frame_rows(const struct machine_map *map, unsigned *nrows)
{
	const struct map_cells grid = {map->frames, map->nframes,
	    map_frame_address, map_frame_dull};

	return (map_rows(&grid, nrows));
}

struct map_row *
map_region_rows(const struct map_space *space, unsigned *nrows)
{
	const struct map_cells grid = {space->regions, space->nregions,
	    map_region_address, map_region_dull};

	return (map_rows(&grid, nrows));
}
