/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of tags with true LRU: what TLBs and the caches of table entries have
 * in common.  What a tag stands for is kept by others, by the number of its
 * slot.  Nothing here looks at tables.
 */
#ifndef HW_TLB_SETS_H
#define HW_TLB_SETS_H

#include <limits.h>

#include <pmapsim/types.h>

/*
 *  63                        12 11  10 9         0
 * +----------------------------+------+-----------+
 * | address of the first byte  | size | life      |
 * +----------------------------+------+-----------+
 *
 * A tag.  "size" n stands for 4 KB times 512 to the power of n; a cached table
 * entry has that of what it translates.  A slot is alive while its tag's life
 * is one of the two that its user says are; life 0 never is.
 */
#define TLB_TAG_LIFE UINT64_C(0x3ff)
#define TLB_TAG_SIZE UINT64_C(0xc00)
#define TLB_TAG_SIZE_SHIFT 10
#define TLB_TAG_SIZES 4

/* The lives that count. */
struct tlb_lives {
	uint64_t local, global;
};

/*
 * One array, set by set.  Zero-filled but for its shape it is empty.
 *
 * A set of few ways is searched one by one.  The one set of a fully
 * associative array that is larger is not: "bucket" finds a tag, and "order"
 * the slot used least recently.  "order" is "used" of each slot as it was at
 * the last sort, with the slot's number, ascending; whoever was used since is
 * not what its "order" says, and is passed over.
 */
struct tlb_sets {
	unsigned nsets; /* a power of 2 */
	unsigned ways;
	uint64_t *tag;
	uint64_t *used; /* clock of the last use; 0: never was one */
	unsigned held[TLB_TAG_SIZES + 1]; /* slots of the size, dead ones too;
					     how many never had one, less all */
	uint32_t *bucket;  /* 1 + its first slot; NULL: few ways */
	unsigned nbuckets; /* a power of 2 */
	uint32_t *link;	   /* 1 + the next slot of the bucket */
	uint32_t *home;	   /* 1 + the slot's bucket; 0: in none */
	uint64_t *order;
	unsigned next;	   /* what of "order" is to be looked at */
	uint32_t *dropped; /* slots, the last one first */
	unsigned ndropped;
};

#define TLB_SETS_WIDE 16 /* ways above which one set is searched otherwise */
#define TLB_SETS_NONE UINT_MAX

/* How many buckets a set of "ways" has. */
unsigned tlb_sets_buckets(unsigned ways);
/*
 * Returns a slot of the set of "va" for a page of "size": a dead one, or that
 * which was used least recently, and then "*evicted" is true.
 */
unsigned tlb_sets_victim(struct tlb_sets *sets, vm_offset_t va, unsigned size,
    struct tlb_lives lives, bool *evicted);
/* Gives "slot" to the page of "size" at "va". */
void tlb_sets_put(struct tlb_sets *sets, unsigned slot, vm_offset_t va,
    unsigned size, uint64_t life, uint64_t clock);
/* Empties a slot that is alive. */
void tlb_sets_drop(struct tlb_sets *sets, unsigned slot);
/* Says that slots may have died because the lives changed. */
void tlb_sets_died(struct tlb_sets *sets);

static inline bool
tlb_lives_have(struct tlb_lives lives, uint64_t life)
{
	return (life == lives.local || life == lives.global);
}

/* Log2 of the bytes of "size". */
static inline unsigned
tlb_shift(unsigned size)
{
	return (PAGE_SHIFT + 9 * size);
}

/* The tag of a page, without a life. */
static inline uint64_t
tlb_tag(vm_offset_t va, unsigned size)
{
	return ((va >> tlb_shift(size) << tlb_shift(size)) |
	    (uint64_t)size << TLB_TAG_SIZE_SHIFT);
}

static inline unsigned
tlb_sets_first(const struct tlb_sets *sets, vm_offset_t va, unsigned size)
{
	return ((unsigned)(va >> tlb_shift(size) & (sets->nsets - 1)) *
	    sets->ways);
}

/* Sizes of one address go to different buckets, neighbours to neighbours. */
static inline unsigned
tlb_sets_hash(const struct tlb_sets *sets, vm_offset_t va, unsigned size)
{
	return ((unsigned)((va >> tlb_shift(size)) + size * 37) &
	    (sets->nbuckets - 1));
}

/*
 * Returns the slot of the living page of "size" at "va", or TLB_SETS_NONE.
 * There is at most one: its user looks before it puts.
 */
static inline unsigned
tlb_sets_find(const struct tlb_sets *sets, vm_offset_t va, unsigned size,
    struct tlb_lives lives)
{
	uint64_t tag;
	unsigned end, slot;

	if (sets->held[size] == 0)
		return (TLB_SETS_NONE);
	tag = tlb_tag(va, size);
	if (sets->bucket != NULL) {
		slot = sets->bucket[tlb_sets_hash(sets, va, size)];
		for (; slot != 0; slot = sets->link[slot - 1])
			if (tlb_lives_have(lives, sets->tag[slot - 1] ^ tag))
				return (slot - 1);
		return (TLB_SETS_NONE);
	}
	slot = tlb_sets_first(sets, va, size);
	for (end = slot + sets->ways; slot != end; slot++)
		if (tlb_lives_have(lives, sets->tag[slot] ^ tag))
			return (slot);
	return (TLB_SETS_NONE);
}

#endif /* HW_TLB_SETS_H */
