/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * True LRU at a cost that does not grow with the number of ways.
 *
 * A use is one store, of the clock; that is all that the many hits pay.  The
 * order in a wide set is made out only when somebody must go: by sorting, once
 * for as many victims as there are slots unused since.
 */
#include "hw/tlb_sets.h"

#define ORDER_SLOT 16 /* bits of a slot's number; the clock lies above */
#define ORDER_SLOT_MASK 0xffff

static bool
is_alive(const struct tlb_sets *sets, unsigned slot, struct tlb_lives lives)
{
	return (tlb_lives_have(lives, sets->tag[slot] & TLB_TAG_LIFE));
}

unsigned
tlb_sets_buckets(unsigned ways)
{
	unsigned n;

	for (n = 2; n < ways; n *= 2)
		continue;
	return (n * 2);
}

/*
 * Sorts "order" of all slots, the dead ones first.  Who goes through more
 * pages than there are slots has them in order already, from the one behind
 * that which went last; else Shell's method, which uses what order there is
 * and no memory.
 */
static void
sort_order(struct tlb_sets *sets, struct tlb_lives lives)
{
	uint64_t *order = sets->order, item, last = 0;
	unsigned gap, i, j, n = sets->ways, slot;
	bool sorted = true;

	slot = order[n - 1] & ORDER_SLOT_MASK;
	for (i = 0; i < n; i++) {
		slot = slot + 1 == n ? 0 : slot + 1;
		item = (is_alive(sets, slot, lives) ? sets->used[slot] : 0)
			<< ORDER_SLOT |
		    slot;
		sorted &= item >= last;
		order[i] = last = item;
	}
	for (gap = 1; gap < n / 3; gap = 3 * gap + 1)
		continue;
	for (; gap != 0 && !sorted; gap /= 3)
		for (i = gap; i < n; i++) {
			item = order[i];
			for (j = i; j >= gap && order[j - gap] > item; j -= gap)
				order[j] = order[j - gap];
			order[j] = item;
		}
	sets->next = 0;
	sets->ndropped = 0;
}

/* The victim in a wide set. */
static unsigned
wide_victim(struct tlb_sets *sets, struct tlb_lives lives, bool *evicted)
{
	uint64_t item;
	unsigned slot;

	*evicted = false;
	if (sets->ndropped != 0)
		return (sets->dropped[--sets->ndropped]);
	for (;;) {
		while (sets->next < sets->ways) {
			item = sets->order[sets->next++];
			slot = item & ORDER_SLOT_MASK;
			if (!is_alive(sets, slot, lives))
				return (slot);
			if (sets->used[slot] == item >> ORDER_SLOT) {
				*evicted = true;
				return (slot);
			}
		}
		sort_order(sets, lives);
	}
}

unsigned
tlb_sets_victim(struct tlb_sets *sets, vm_offset_t va, unsigned size,
    struct tlb_lives lives, bool *evicted)
{
	uint64_t oldest, used;
	unsigned end, slot, victim;

	if (sets->bucket != NULL)
		return (wide_victim(sets, lives, evicted));
	slot = victim = tlb_sets_first(sets, va, size);
	oldest = UINT64_MAX;
	for (end = slot + sets->ways; slot != end; slot++) {
		used = is_alive(sets, slot, lives) ? sets->used[slot] : 0;
		victim = used < oldest ? slot : victim;
		oldest = used < oldest ? used : oldest;
	}
	*evicted = oldest != 0;
	return (victim);
}

/* Moves "slot" to "bucket". */
static void
link_slot(struct tlb_sets *sets, unsigned slot, unsigned bucket)
{
	uint32_t *p;

	if (sets->home[slot] == bucket + 1)
		return;
	if (sets->home[slot] != 0) {
		p = &sets->bucket[sets->home[slot] - 1];
		while (*p != slot + 1)
			p = &sets->link[*p - 1];
		*p = sets->link[slot];
	}
	sets->home[slot] = bucket + 1;
	sets->link[slot] = sets->bucket[bucket];
	sets->bucket[bucket] = slot + 1;
}

void
tlb_sets_put(struct tlb_sets *sets, unsigned slot, vm_offset_t va,
    unsigned size, uint64_t life, uint64_t clock)
{
	unsigned before;

	if (sets->bucket != NULL)
		link_slot(sets, slot, tlb_sets_hash(sets, va, size));
	before = sets->used[slot] == 0 ?
	    TLB_TAG_SIZES :
	    (sets->tag[slot] & TLB_TAG_SIZE) >> TLB_TAG_SIZE_SHIFT;
	if (before != size) {
		sets->held[before]--;
		sets->held[size]++;
	}
	sets->tag[slot] = tlb_tag(va, size) | life;
	sets->used[slot] = clock;
}

/* The tag keeps the size, by which living and dead slots are counted. */
void
tlb_sets_drop(struct tlb_sets *sets, unsigned slot)
{
	sets->tag[slot] &= TLB_TAG_SIZE;
	if (sets->bucket != NULL)
		sets->dropped[sets->ndropped++] = slot;
}

/*
 * Slots may have died.  The next victim is looked for anew, so that a dead
 * slot is found before any that lives.
 */
void
tlb_sets_died(struct tlb_sets *sets)
{
	sets->next = sets->ways;
	sets->ndropped = 0;
}
