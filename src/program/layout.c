/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process's regions: a sorted array, as a program has some dozens.
 */
#include "program/layout.h"

#include <stdlib.h>
#include <string.h>

/* The number of regions that end at or before "address". */
static size_t
layout_index(const struct layout *layout, uint64_t address)
{
	size_t low = 0, high = layout->count, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (layout->regions[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return (low);
}

const struct layout_region *
layout_from(const struct layout *layout, uint64_t address)
{
	size_t i;

	i = layout_index(layout, address);
	return (i < layout->count ? &layout->regions[i] : NULL);
}

const struct layout_region *
layout_find(const struct layout *layout, uint64_t address)
{
	const struct layout_region *region;

	region = layout_from(layout, address);
	return (region != NULL && region->start <= address ? region : NULL);
}

/* Makes room for "more" regions. */
static bool
layout_grow(struct layout *layout, size_t more)
{
	struct layout_region *regions;
	size_t size;

	if (layout->count + more <= layout->size)
		return (true);
	size = layout->size * 2 + 64;
	regions = realloc(layout->regions, size * sizeof(*regions));
	if (regions == NULL)
		return (false);
	layout->regions = regions;
	layout->size = size;
	return (true);
}

/* Moves the regions from "at" on by "by" places. */
static void
layout_shift(struct layout *layout, size_t at, int by)
{

	memmove(layout->regions + at + by, layout->regions + at,
	    (layout->count - at) * sizeof(*layout->regions));
	layout->count = layout->count + (size_t)by;
}

bool
layout_remove(struct layout *layout, uint64_t start, uint64_t end)
{
	struct layout_region *region;
	size_t i;

	/* One region may become two. */
	if (!layout_grow(layout, 1))
		return (false);
	for (i = layout_index(layout, start);
	     i < layout->count && layout->regions[i].start < end; i++) {
		region = &layout->regions[i];
		if (region->start < start && region->end > end) {
			layout_shift(layout, i, 1);
			layout->regions[i].end = start;
			layout->regions[i + 1].start = end;
			break;
		}
		if (region->start < start)
			region->end = start;
		else if (region->end > end)
			region->start = end;
		else {
			/* What lies behind takes its place. */
			layout_shift(layout, i + 1, -1);
			i--;
		}
	}
	return (true);
}

bool
layout_add(struct layout *layout, uint64_t start, uint64_t end, uint64_t shift)
{
	size_t i;

	if (!layout_grow(layout, 2) || !layout_remove(layout, start, end))
		return (false);
	i = layout_index(layout, start);
	layout_shift(layout, i, 1);
	layout->regions[i] = (struct layout_region) {start, end, shift};
	return (true);
}

bool
layout_copy(struct layout *to, const struct layout *from)
{

	memset(to, 0, sizeof(*to));
	if (from->count == 0)
		return (true);
	to->regions = malloc(from->count * sizeof(*to->regions));
	if (to->regions == NULL)
		return (false);
	memcpy(to->regions, from->regions, from->count * sizeof(*to->regions));
	to->count = to->size = from->count;
	return (true);
}

void
layout_done(struct layout *layout)
{

	free(layout->regions);
	memset(layout, 0, sizeof(*layout));
}
