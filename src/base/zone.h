/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zones: fixed-size structures that a machine's kernel allocates outside
 * simulated memory (objects, maps, map entries, pmaps).  FreeBSD gets them
 * from UMA; a trace's machine pays no simulated page for them.
 *
 * A zone is a range of the machine's own reservation: items are handed out
 * ascending, a freed one first of all.  Items come zero-filled.  Nothing is
 * ever given back before the machine dies.  A free item's first word links
 * it, and its second one is the zone's address, which no item in use has.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdbool.h>
#include <stddef.h>

struct machine;

/*
 * Made by zone_init() where its owner keeps it, at boot; lives as long as the
 * machine.
 */
struct zone {
	char *start;	   /* of the range */
	char *next;	   /* first never used byte */
	char *end;	   /* of the range */
	size_t size;	   /* of an item, a multiple of 16 */
	void **free_items; /* freed items, linked through their first word */
	const char *name;
	size_t in_use;	    /* items handed out now */
	struct zone *lower; /* the zone made before it, which lies lower */
};

/*
 * Takes "max_items" items of address space from the reservation, or fewer, as
 * mach->zone_shift says, on a host that gives little.
 */
void zone_init(struct machine *mach, struct zone *zone, const char *name,
    size_t size, size_t max_items);
/* Panics when the zone's range is used up. */
void *zone_alloc(struct machine *mach, struct zone *zone);
/* Panics when "item" is free already; its first two words are lost. */
void zone_free(struct machine *mach, struct zone *zone, void *item);

/* Whether "item", of the zone, is free. */
static inline bool
zone_is_free(const struct zone *zone, const void *item)
{
	return (((void *const *)item)[1] == zone);
}

/* Whether "item" is of the zone at all, and not free. */
static inline bool
zone_holds(const struct zone *zone, const void *item)
{
	const char *p = item;

	return (p >= zone->start && p < zone->next &&
	    (size_t)(p - zone->start) % zone->size == 0 &&
	    !zone_is_free(zone, item));
}

#endif /* BASE_ZONE_H */
