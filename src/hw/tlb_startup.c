/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLBs as a machine's description makes them, one a CPU, empty.
 */
#include <string.h>

#include "hw/tlb.h"

/*
 * Says where pages of each size go in an array, and where they are looked for.
 */
static void
tlb_place(struct tlb *tlb, struct tlb_array *array)
{
	struct tlb_place *probe;
	unsigned kind, level, size, largest;

	level = array->desc.level - 1;
	for (kind = 0; kind < TLB_KINDS; kind++) {
		if ((array->desc.kinds & 1u << kind) == 0)
			continue;
		probe = tlb->probe[level][kind];
		while (probe->array != NULL)
			probe++;
		largest = 0;
		for (size = 0; size < TLB_SIZES; size++) {
			if ((array->desc.holds & 1u << size) == 0)
				continue;
			largest = size;
			tlb->fill[level][kind]
				 [size] = *probe++ = (struct tlb_place) {array,
			    size};
		}
		for (size = 0; size < TLB_SIZES; size++)
			if ((array->desc.splits & 1u << size) != 0)
				tlb->fill[level][kind]
					 [size] = (struct tlb_place) {array,
				    largest};
	}
}

/*
 * Gives "sets" their shape and, where they are wide, what finds their slots.
 */
static void
tlb_shape(struct machine *mach, struct tlb_sets *sets, unsigned entries,
    unsigned ways)
{
	sets->nsets = entries / ways;
	sets->ways = ways;
	if (ways <= TLB_SETS_WIDE || sets->nsets != 1)
		return;
	sets->nbuckets = tlb_sets_buckets(ways);
	sets->bucket = machine_reserve(mach,
	    sets->nbuckets * sizeof(*sets->bucket));
	sets->link = machine_reserve(mach, ways * sizeof(*sets->link));
	sets->home = machine_reserve(mach, ways * sizeof(*sets->home));
	sets->order = machine_reserve(mach, ways * sizeof(*sets->order));
	sets->dropped = machine_reserve(mach, ways * sizeof(*sets->dropped));
}

/*
 * Makes one CPU's TLB of "desc".  All that it needs of the reservation is
 * zero-filled, which is empty; only the lives must differ from 0.
 */
static struct tlb *
tlb_create(struct machine *mach, const struct tlb_desc *desc,
    struct tlb_watch *watch)
{
	struct tlb *tlb;
	struct tlb_array *array;
	struct tlb_cache *cache;
	unsigned i, level, n;

	tlb = machine_reserve(mach, sizeof(*tlb));
	tlb->desc = desc;
	tlb->watch = watch;
	tlb->lives.local = 1;
	tlb->lives.global = tlb->last_life = 2;
	tlb->cache_life = 1;
	tlb->right = 1;
	n = 1;
	for (i = 0; i < desc->narrays; i++)
		n += desc->array[i].entries;
	tlb->nentries = n;
	tlb->entries = machine_reserve(mach, n * sizeof(*tlb->entries));
	tlb->tag = machine_reserve(mach, n * sizeof(*tlb->tag));
	tlb->used = machine_reserve(mach, n * sizeof(*tlb->used));
	n = 1;
	for (i = 0; i < desc->narrays; i++) {
		array = &tlb->array[i];
		array->desc = desc->array[i];
		array->first = n;
		array->number = (uint8_t)i;
		array->sets.tag = tlb->tag + n;
		array->sets.used = tlb->used + n;
		n += array->desc.entries;
		tlb_shape(mach, &array->sets, array->desc.entries,
		    array->desc.ways);
		tlb_place(tlb, array);
	}
	for (i = 0; i < desc->ncaches; i++) {
		cache = &tlb->cache[i];
		cache->desc = desc->cache[i];
		n = cache->desc.entries;
		cache->entries = machine_reserve(mach,
		    n * sizeof(*cache->entries));
		cache->sets.tag = machine_reserve(mach,
		    n * sizeof(*cache->sets.tag));
		cache->sets.used = machine_reserve(mach,
		    n * sizeof(*cache->sets.used));
		tlb_shape(mach, &cache->sets, n, cache->desc.ways);
		for (level = 2; level <= 4; level++)
			if ((cache->desc.levels & 1u << level) != 0)
				tlb->cache_of[level] = cache;
	}
	return (tlb);
}

bool
tlb_startup(struct machine *mach, struct tlb_watch *watch, char *err,
    size_t errsize)
{
	struct tlb_desc *desc;
	char *name;
	unsigned i;

	desc = machine_reserve(mach, sizeof(*desc));
	if (!tlb_find_desc(mach->config.tlb, desc, err, errsize))
		return (false);
	/* The caller's text need not outlive the boot. */
	name = machine_reserve(mach, strlen(mach->config.tlb) + 1);
	strcpy(name, mach->config.tlb);
	mach->config.tlb = name;
	for (i = 0; i < mach->config.ncpu; i++)
		mach->cpus[i].tlb = tlb_create(mach, desc, watch);
	return (true);
}
