/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLBs: what a CPU remembers of the tables, and goes on using until it is told
 * to forget.  This module never looks at the tables but by a walk that a miss
 * asked for, and never learns of a store to them: that is its whole point.
 */
#ifndef HW_TLB_H
#define HW_TLB_H

#include <pmapsim/hw.h>

#include "hw/mmu.h"

#define TLB_LEVELS 2
#define TLB_KINDS 2 /* PMAPSIM_TLB_DATA, PMAPSIM_TLB_INSTRUCTION */
#define TLB_SIZES 3 /* PMAPSIM_TLB_4K, _2M, _1G */
#define TLB_ARRAYS_MAX 12
#define TLB_CACHES_MAX 3
#define TLB_ENTRIES_MAX 65536 /* of one array or cache */
#define TLB_HINTS 256

/* Log2 of the bytes of page size "size". */
static inline unsigned
tlb_shift(unsigned size)
{
	return (PAGE_SHIFT + 9 * size);
}

/*
 * One array of entries as described: "kinds", "holds" and "splits" are masks
 * of 1 << kind and 1 << size.  A page of a size in "splits" is kept as pieces
 * of the largest size that the array holds.
 */
struct tlb_array_desc {
	unsigned level; /* 1 or 2 */
	unsigned kinds;
	unsigned holds;
	unsigned splits;
	unsigned entries;
	unsigned ways;
	bool approx; /* the figures are unsure */
};

/* One paging-structure cache: "levels" is a mask of 1 << level, 2 to 4. */
struct tlb_cache_desc {
	unsigned levels;
	unsigned entries;
	unsigned ways;
	bool approx;
};

/* A CPU model, parsed from a description; see tlb_describe.c. */
struct tlb_desc {
	char name[32];
	bool machine_check; /* two sizes for one address are fatal */
	unsigned narrays;
	unsigned ncaches;
	struct tlb_array_desc array[TLB_ARRAYS_MAX];
	struct tlb_cache_desc cache[TLB_CACHES_MAX];
};

/*
 * One translation.  Made by a walk or copied from the second level, used until
 * replaced, invalidated, or until the flush that its tag's low bits outlive.
 * Zero-filled it matches nothing.
 */
struct tlb_entry {
	uint64_t tag;	 /* page address, and in bits 11:0 the life it is of */
	uint64_t mask;	 /* address bits that count */
	vm_paddr_t pa;	 /* of the page's first byte */
	uint64_t used;	 /* clock of the last use */
	uint64_t rights; /* PG_RW, PG_U, PG_NX of the walk; PG_M, PG_G of the
			    leaf */
	uint16_t allow;	 /* bit access >> 1: no need to think */
	uint8_t size;	 /* held as */
	uint8_t page_size; /* of the leaf */
	bool overlap;	 /* an entry of another size may match too */
	uint8_t reported; /* detector's: kinds told already */
	uint8_t array;
	uint32_t stale_by; /* detector's: call that made it stale; 0: none */
	uint32_t resized_by; /* and that gave its page another size */
	uint32_t filled;   /* calls announced when it was made */
} __attribute__((aligned(64)));

struct tlb_array {
	struct tlb_array_desc desc;
	unsigned sets; /* a power of 2 */
	struct tlb_entry *entries; /* set by set */
};

/* A cached table entry: valid while "life" is the cache's. */
struct tlb_cached {
	uint64_t prefix; /* address >> shift of the level */
	uint64_t life;
	uint64_t used;
	uint64_t rights; /* down to and with this level */
	vm_paddr_t table;
	unsigned level;
};

struct tlb_cache {
	struct tlb_cache_desc desc;
	unsigned sets;
	struct tlb_cached *entries;
};

/* Where a lookup or a fill goes: the sets of "size" in "array". */
struct tlb_place {
	struct tlb_array *array; /* NULL: nowhere */
	unsigned size;
};

/*
 * One CPU's.  Made at boot from the machine's reservation.
 *
 * A flush changes "local" (and "global") instead of visiting the entries: an
 * entry is alive when the low bits of its tag equal the one that it belongs
 * to.  "hint" remembers where an address was found last; the entry itself
 * says whether that still holds.
 */
struct tlb {
	uint64_t local, global; /* lives, 1 .. 4095, never equal */
	uint64_t last_life;
	uint64_t clock; /* of uses; orders the entries of a set */
	uint64_t cache_life;
	bool watched;	/* each access is shown to the detector */
	bool split;	/* pieces have been filled: invlpg looks further */
	struct tlb_entry *entries; /* of all arrays; [0] is never used */
	uint32_t hint[TLB_KINDS][2][TLB_HINTS]; /* by 4 KB, by 2 MB page */
	struct pmapsim_tlb_stats stats;
	unsigned nentries;
	struct tlb_array array[TLB_ARRAYS_MAX];
	struct tlb_cache cache[TLB_CACHES_MAX];
	struct tlb_place fill[TLB_LEVELS][TLB_KINDS][TLB_SIZES];
	struct tlb_place probe[TLB_LEVELS][TLB_KINDS][TLB_ARRAYS_MAX];
	const struct tlb_desc *desc;
	struct detector *detector; /* the machine's */
};

/*
 * Gives every CPU the TLB that config.tlb names or describes.  False: the
 * name or the text is wrong, and "err" says how.
 */
bool tlb_startup(struct machine *mach, char *err, size_t errsize);

/*
 * An access by way of "cpu"'s TLB that tlb_hit() did not settle; sets CR2 at a
 * page fault.
 */
struct mmu_translation tlb_access(struct machine *mach, struct cpu *cpu,
    vm_offset_t va, unsigned access);

/* Forgets the page at "va", whatever its size, and all cached table entries. */
void tlb_invlpg(struct tlb *tlb, vm_offset_t va);
/* Forgets all that is not global; with "global" that too. */
void tlb_flush(struct tlb *tlb, bool global);

static inline bool
tlb_alive(const struct tlb *tlb, const struct tlb_entry *entry)
{
	uint64_t life;

	life = entry->tag & PAGE_MASK;
	return (life == tlb->local || life == tlb->global);
}

static inline vm_offset_t
tlb_entry_va(const struct tlb_entry *entry)
{
	return (entry->tag & ~PAGE_MASK);
}

static inline bool
tlb_match(const struct tlb *tlb, const struct tlb_entry *entry, vm_offset_t va)
{
	uint64_t life;

	life = (va & entry->mask) ^ entry->tag;
	return (life == tlb->local || life == tlb->global);
}

/* The kind of TLB that "access" asks. */
static inline unsigned
tlb_kind(unsigned access)
{
	_Static_assert(MMU_FETCH == 16, "the bit is the kind");
	return ((access >> 4) & 1);
}

/* Ends an access to "va" that "entry" served. */
static inline void
tlb_served(const struct tlb_entry *entry, vm_offset_t va,
    struct mmu_translation *t)
{
	t->result = MMU_OK;
	t->error = 0;
	t->pa = entry->pa | (va & ~entry->mask);
	t->leaf = NULL;
	t->page_shift = tlb_shift(entry->page_size);
}

/*
 * Makes the access if the entry that served the address last is alive, allows
 * this kind, and nobody watches, as is the case for most.
 *
 * Intel SDM 4.10.2: same.
 */
static inline bool
tlb_hit(struct tlb *tlb, vm_offset_t va, unsigned access,
    struct mmu_translation *t)
{
	struct tlb_entry *entry;
	unsigned kind;

	kind = tlb_kind(access);
	entry = &tlb->entries[tlb->hint[kind][0]
	    [(va >> PAGE_SHIFT) % TLB_HINTS]];
	if (!tlb_match(tlb, entry, va)) {
		entry = &tlb->entries[tlb->hint[kind][1]
		    [(va >> PDRSHIFT) % TLB_HINTS]];
		if (__builtin_expect(!tlb_match(tlb, entry, va), 0))
			return (false);
	}
	if (__builtin_expect((entry->allow >> (access >> 1) & 1) == 0 ||
	    tlb->watched, 0))
		return (false);
	tlb->stats.hits[0][kind][entry->page_size]++;
	entry->used = ++tlb->clock;
	tlb_served(entry, va, t);
	return (true);
}

/* tlb_report.c */
void tlb_entry_info(const struct tlb *tlb, const struct tlb_entry *entry,
    struct pmapsim_tlb_entry *info);
/* tlb_describe.c */
bool tlb_describe(const char *text, struct tlb_desc *desc, char *err,
    size_t errsize);
/* tlb_preset.c */
bool tlb_find(const char *tlb, struct tlb_desc *desc, char *err,
    size_t errsize);

#endif /* HW_TLB_H */
