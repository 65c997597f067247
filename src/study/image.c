/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An image is what a machine's two reservations hold, page by page where a
 * page is not zero, and the replay's own host memory.  A machine is put back
 * in place: what points into its reservations stays right.  That it can be
 * copied as bytes is because kernel code keeps nothing elsewhere.
 */
#include "study/image.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/machine.h"
#include "hw/physmem.h"
#include "trace/trace_var.h"

#define IMAGE_PAGE ((size_t)4096)
#define IMAGE_RANGES 24 /* zones, what lies between them, physical memory */

/* Bytes of a machine that may be something else than zero. */
struct image_range {
	char *start, *end;
};
struct image_ranges {
	struct image_range range[IMAGE_RANGES];
	unsigned count;
};

/* A page of the machine: where it lies, and what it was. */
struct image_page {
	char *at;
	size_t size; /* the last one of a range can be smaller */
	char bytes[];
};

/* See image.h. */
struct image {
	char *pages; /* struct image_page, one behind the other */
	size_t size, room;
	struct pmapsim_replay replay; /* its arrays are the image's own */
};

/* ---- ranges ------------------------------------------------------------- */

static bool
image_add_range(struct image_ranges *ranges, char *start, char *end)
{

	if (ranges->count == IMAGE_RANGES)
		return (false);
	ranges->range[ranges->count].start = start;
	ranges->range[ranges->count++].end = end;
	return (true);
}

/*
 * Finds what has been used of the reservations: all but the never used tail of
 * each zone.  The machine lists its zones from the highest address down.
 */
static bool
image_find_ranges(struct machine *mach, struct image_ranges *ranges)
{
	char *end = (char *)mach + mach->reserve_used;
	const struct zone *zone;

	ranges->count = 0;
	for (zone = mach->zones; zone != NULL; zone = zone->lower) {
		if (!image_add_range(ranges, zone->end, end))
			return (false);
		end = zone->next;
	}
	return (image_add_range(ranges, (char *)mach, end) &&
	    image_add_range(ranges, mach->physmem->base,
		mach->physmem->base + mach->physmem->size));
}

static bool
image_is_zero(const char *bytes, size_t size)
{

	return (size == 0 ||
	    (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0));
}

/* ---- pages -------------------------------------------------------------- */

/* Sizes are multiples of a word's, so that the next page is aligned too. */
static size_t
image_page_size(size_t size)
{

	return (sizeof(struct image_page) +
	    ((size + sizeof(void *) - 1) & ~(sizeof(void *) - 1)));
}

static bool
image_add_page(struct image *image, char *at, size_t size)
{
	const size_t needed = image->size + image_page_size(size);
	struct image_page *page;
	char *larger;

	if (needed > image->room) {
		larger = realloc(image->pages, needed + needed / 2);
		if (larger == NULL)
			return (false);
		image->pages = larger;
		image->room = needed + needed / 2;
	}
	page = (struct image_page *)(void *)(image->pages + image->size);
	page->at = at;
	page->size = size;
	memcpy(page->bytes, at, size);
	image->size = needed;
	return (true);
}

static bool
image_copy_range(struct image *image, const struct image_range *range)
{
	size_t size;
	char *at;

	for (at = range->start; at < range->end; at += size) {
		size = (size_t)(range->end - at);
		if (size > IMAGE_PAGE)
			size = IMAGE_PAGE;
		if (!image_is_zero(at, size) &&
		    !image_add_page(image, at, size))
			return (false);
	}
	return (true);
}

/* Makes all of a range zero, and touches only what is not. */
static void
image_clear_range(const struct image_range *range)
{
	size_t size;
	char *at;

	for (at = range->start; at < range->end; at += size) {
		size = (size_t)(range->end - at);
		if (size > IMAGE_PAGE)
			size = IMAGE_PAGE;
		if (!image_is_zero(at, size))
			memset(at, 0, size);
	}
}

/* ---- the replay's arrays ------------------------------------------------ */

static void *
image_copy_array(const void *from, size_t count, size_t size, bool *ok)
{
	void *copy;

	if (count == 0)
		return (NULL);
	copy = malloc(count * size);
	if (copy != NULL)
		memcpy(copy, from, count * size);
	else
		*ok = false;
	return (copy);
}

/* Frees those arrays of "rp" that image_copy_replay() makes. */
static void
image_free_arrays(struct pmapsim_replay *rp)
{

	trace_names_done(&rp->objects);
	trace_names_done(&rp->pmaps);
	free(rp->object_entry);
	rp->object_entry = NULL;
}

/*
 * Makes "to" a copy of "from" with names of its own.  False, and nothing is to
 * be given back: no memory.
 */
static bool
image_copy_replay(struct pmapsim_replay *to, const struct pmapsim_replay *from)
{
	bool ok = true;

	*to = *from;
	to->objects.entries = image_copy_array(from->objects.entries,
	    from->objects.size, sizeof(*from->objects.entries), &ok);
	to->objects.buckets = image_copy_array(from->objects.buckets,
	    from->objects.nbuckets, sizeof(*from->objects.buckets), &ok);
	to->pmaps.entries = image_copy_array(from->pmaps.entries,
	    from->pmaps.size, sizeof(*from->pmaps.entries), &ok);
	to->pmaps.buckets = image_copy_array(from->pmaps.buckets,
	    from->pmaps.nbuckets, sizeof(*from->pmaps.buckets), &ok);
	to->object_entry = image_copy_array(from->object_entry,
	    from->object_entry_size, sizeof(*from->object_entry), &ok);
	if (!ok)
		image_free_arrays(to);
	return (ok);
}

/* ---- images ------------------------------------------------------------- */

struct image *
image_take(const struct pmapsim_replay *replay)
{
	struct image_ranges ranges;
	struct image *image;
	bool ok = true;
	unsigned i;

	/* What a mismatch has allocated would have two owners. */
	if (replay->mach == NULL || replay->expected != NULL ||
	    replay->got != NULL ||
	    replay->mach->physmem->size > IMAGE_MEMORY_MAX ||
	    !image_find_ranges(replay->mach, &ranges) ||
	    (image = calloc(1, sizeof(*image))) == NULL)
		return (NULL);
	for (i = 0; ok && i < ranges.count; i++)
		ok = image_copy_range(image, &ranges.range[i]);
	if (ok && image_copy_replay(&image->replay, replay))
		return (image);
	free(image->pages);
	free(image);
	return (NULL);
}

/* Puts the machine's bytes back. */
static void
image_restore_machine(const struct image *image, struct machine *mach)
{
	const struct image_page *page;
	struct image_ranges ranges;
	size_t offset;
	unsigned i;

	/* The ranges are found first: they are told by what is overwritten. */
	(void)image_find_ranges(mach, &ranges);
	for (i = 0; i < ranges.count; i++)
		image_clear_range(&ranges.range[i]);
	for (offset = 0; offset < image->size;
	     offset += image_page_size(page->size)) {
		page = (const void *)(image->pages + offset);
		memcpy(page->at, page->bytes, page->size);
	}
}

bool
image_restore(const struct image *image, struct pmapsim_replay *replay)
{
	struct pmapsim_replay copy;

	if (!image_copy_replay(&copy, &image->replay))
		return (false);
	image_restore_machine(image, replay->mach);
	image_free_arrays(replay);
	/* What only grows stays as it is now: others point into it. */
	copy.options.arg = replay->options.arg;
	copy.strings = replay->strings;
	copy.pages = replay->pages;
	copy.pages_size = replay->pages_size;
	copy.expected = replay->expected;
	copy.got = replay->got;
	*replay = copy;
	return (true);
}

void
image_free(struct image *image)
{

	if (image == NULL)
		return;
	image_free_arrays(&image->replay);
	free(image->pages);
	free(image);
}

size_t
image_size(const struct image *image)
{

	return (sizeof(*image) + image->size);
}
