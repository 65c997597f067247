/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fixed-size structures from the machine's own reservation: deterministic
 * addresses within it, nothing to give back after a panic.
 */
#include "base/zone.h"

#include <string.h>

#include "base/machine.h"

#define ZONE_ALIGN 16

void
zone_init(struct machine *mach, struct zone *zone, const char *name,
    size_t size, size_t max_items)
{

	zone->size = (size + ZONE_ALIGN - 1) & ~(size_t)(ZONE_ALIGN - 1);
	zone->name = name;
	max_items = (max_items + ((size_t)1 << mach->zone_shift) - 1) >>
	    mach->zone_shift;
	zone->start = machine_reserve(mach, zone->size * max_items);
	zone->next = zone->start;
	zone->end = zone->start + zone->size * max_items;
	zone->free_items = NULL;
	zone->in_use = 0;
	zone->lower = mach->zones;
	mach->zones = zone;
}

void *
zone_alloc(struct machine *mach, struct zone *zone)
{
	void **item = zone->free_items;

	zone->in_use++;
	if (item != NULL) {
		zone->free_items = *item;
		memset(item, 0, zone->size);
		return (item);
	}
	if (zone->next == zone->end)
		stop("zone %s: all %zu items are in use", zone->name,
		    zone->in_use - 1);
	item = (void **)(void *)zone->next;
	zone->next += zone->size;
	return (item);
}

void
zone_free(struct machine *mach, struct zone *zone, void *item)
{
	void **words = item;

	if (__builtin_expect(zone_is_free(zone, item), 0))
		stop("zone %s: an item is freed twice", zone->name);
	zone->in_use--;
	words[0] = zone->free_items;
	words[1] = zone;
	zone->free_items = words;
}
