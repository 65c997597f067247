/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An image is what a machine's two reservations hold, page by page where a
 * page is not zero, and the replay's own host memory.  A machine is put back
 * in place: what points into its reservations stays right.  That it can be
 * copied as bytes is because kernel code keeps nothing elsewhere.
 *
 * Who puts a replay back after each call wants that to be fast.  So only pages
 * that differ are written, frames that the kernel has never had are not looked
 * at, and long runs of frames that were zero are given back to the host instead
 * of being compared.
 */
#include "trace/trace_image.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "amd64/pmap_var.h"
#include "base/machine.h"
#include "hw/physmem.h"
#include "trace/trace_var.h"
#include "vm/vm_page.h"

#define IMAGE_PAGE ((size_t)4096)
#define IMAGE_DROP ((size_t)1 << 20) /* a run that is worth a system call */
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
	unsigned range; /* index of the range that it is of */
	unsigned size;	/* the last one of a range can be smaller */
	char bytes[];
};

/* See trace_image.h. */
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
 * Physical memory is first: which frames of it are unused is told by the rest,
 * which is put back after it.
 */
static bool
image_find_ranges(struct machine *mach, struct image_ranges *ranges)
{
	char *end = (char *)mach + mach->reserve_used;
	const struct zone *zone;

	ranges->count = 0;
	(void)image_add_range(ranges, mach->physmem->base,
	    mach->physmem->base + mach->physmem->size);
	for (zone = mach->zones; zone != NULL; zone = zone->lower) {
		if (!image_add_range(ranges, zone->end, end))
			return (false);
		end = zone->next;
	}
	return (image_add_range(ranges, (char *)mach, end));
}

/*
 * Returns the first frame from "pa" on that is not of the kernel itself.  Below
 * the memory that pages are allocated from the boot has written its tables and
 * nothing else, and what lies around them is no page, which no call is given.
 */
static vm_paddr_t
image_skip_kernel(const struct machine *mach, vm_paddr_t pa)
{

	if (pa < BOOT_TABLES_START)
		return (BOOT_TABLES_START);
	if (pa >= mach->pmap->boot_end && pa < mach->config.first)
		return (mach->config.first);
	return (pa);
}

/*
 * Returns where the first page from "at" on is that may be something else than
 * zero.  A free frame that was never freed is what it was at boot, unless a
 * program that was given physical memory as a whole has written there.
 */
static char *
image_skip(struct machine *mach, char *at)
{
	const struct physmem *pm = mach->physmem;
	vm_paddr_t pa;
	vm_page_t m;

	if (pm->stores == NULL || at < pm->base || at >= pm->base + pm->size)
		return (at);
	pa = image_skip_kernel(mach, physmem_address(mach, at));
	for (; pa >= mach->config.first && pa < pm->size; pa += IMAGE_PAGE) {
		m = phys_to_vm_page(mach, pa);
		if ((vm_page_flags(m) & PG_FREE) == 0 || m->recycled)
			break;
	}
	return (pm->base + pa);
}

/*
 * Most pages are zero, and to find that out takes the time of putting back:
 * against bytes that lie as these do, memcmp() is at its fastest.
 */
static bool
image_is_zero(const char *bytes, size_t size)
{
	static const char zero[IMAGE_PAGE] __attribute__((aligned(64)));

	return (memcmp(bytes, zero, size) == 0);
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
image_add_page(struct image *image, unsigned range, char *at, size_t size)
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
	page->range = range;
	page->size = (unsigned)size;
	memcpy(page->bytes, at, size);
	image->size = needed;
	return (true);
}

/* The bytes of the page at "at" that a range up to "end" has; 0: none. */
static size_t
image_bytes_to(const char *end, const char *at)
{

	if (at >= end)
		return (0);
	return ((size_t)(end - at) < IMAGE_PAGE ? (size_t)(end - at) :
						  IMAGE_PAGE);
}

static bool
image_copy_range(struct image *image, struct machine *mach, unsigned i,
    const struct image_range *range)
{
	size_t size;
	char *at;

	for (at = image_skip(mach, range->start); at < range->end;
	     at = image_skip(mach, at + size)) {
		size = image_bytes_to(range->end, at);
		if (!image_is_zero(at, size) &&
		    !image_add_page(image, i, at, size))
			return (false);
	}
	return (true);
}

static void
image_clear(char *at, size_t size)
{

	if (!image_is_zero(at, size))
		memset(at, 0, size);
}

/*
 * Makes what lies between "at" and "end" zero, where the image has no page, or
 * the beginning of it; returns how many bytes that is.  Below the memory that
 * pages are allocated from lie frames that are left as they are.
 */
static size_t
image_clear_run(struct machine *mach, char *at, const char *end)
{
	const struct physmem *pm = mach->physmem;
	const size_t size = (size_t)(end - at) & ~(IMAGE_PAGE - 1);

	if (end > at && size >= IMAGE_DROP &&
	    at >= pm->base + mach->config.first && end <= pm->base + pm->size &&
	    physmem_drop(mach, at, size))
		return (size);
	image_clear(at, image_bytes_to(end, at));
	return (IMAGE_PAGE);
}

/* Puts "page" back, where "size" bytes are now in use. */
static void
image_restore_page(const struct image_page *page, size_t size)
{

	if (memcmp(page->at, page->bytes, page->size) != 0)
		memcpy(page->at, page->bytes, page->size);
	if (size > page->size)
		image_clear(page->at + page->size, size - page->size);
}

/*
 * Puts the range "i" back, whose pages in the image begin at "offset": what
 * is not among them becomes zero, touched only where it is not.  Returns the
 * offset of the next range's pages.
 */
static size_t
image_restore_range(const struct image *image, struct machine *mach, unsigned i,
    const struct image_range *range, size_t offset)
{
	const struct image_page *page;
	char *at = range->start, *next;
	size_t step;

	for (;; at += step) {
		step = IMAGE_PAGE;
		page = (const void *)(image->pages + offset);
		if (offset == image->size || page->range != i)
			page = NULL;
		next = image_skip(mach, at);
		at = page != NULL && page->at < next ? page->at : next;
		if (page != NULL && page->at == at) {
			image_restore_page(page,
			    image_bytes_to(range->end, at));
			offset += image_page_size(page->size);
		} else if (at < range->end)
			step = image_clear_run(mach, at,
			    page != NULL ? page->at : range->end);
		else if (page == NULL)
			return (offset);
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
		ok = image_copy_range(image, replay->mach, i, &ranges.range[i]);
	if (ok && image_copy_replay(&image->replay, replay))
		return (image);
	free(image->pages);
	free(image);
	return (NULL);
}

/*
 * Puts the machine's bytes back.  All ranges are found first: they are told by
 * what is overwritten.
 */
static void
image_restore_machine(const struct image *image, struct machine *mach)
{
	struct image_ranges ranges;
	size_t offset = 0;
	unsigned i;

	(void)image_find_ranges(mach, &ranges);
	for (i = 0; i < ranges.count; i++)
		offset = image_restore_range(image, mach, i, &ranges.range[i],
		    offset);
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
