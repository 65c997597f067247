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
#include "hw/tlb_sets.h"

#define TLB_LEVELS 2
#define TLB_KINDS 2 /* PMAPSIM_TLB_DATA, PMAPSIM_TLB_INSTRUCTION */
#define TLB_SIZES 3 /* PMAPSIM_TLB_4K, _2M, _1G */
#define TLB_ARRAYS_MAX 12
#define TLB_CACHES_MAX 3
#define TLB_ENTRIES_MAX 65536 /* of one array or cache */
#define TLB_HINTS 256
#define TLB_NEAR 256
#define TLB_SINGLE 64 /* lookups */

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
	uint64_t mc_status; /* PMAPSIM_*_STATUS, by the part that it is */
	unsigned narrays;
	unsigned ncaches;
	struct tlb_array_desc array[TLB_ARRAYS_MAX];
	struct tlb_cache_desc cache[TLB_CACHES_MAX];
};

/*
 * One translation.  Made by a walk or copied from the second level, used until
 * replaced, invalidated, or until the flush that its tag's life does not
 * outlive.  Its tag and its last use are in the TLB's arrays, at its number.
 */
struct tlb_entry {
	vm_offset_t va;	 /* of the page's first byte */
	uint64_t mask;	 /* address bits that count */
	vm_paddr_t pa;	 /* of the page's first byte */
	uint64_t rights; /* PG_RW, PG_U, PG_NX of the walk; PG_M, PG_G of the
			    leaf */
	uint16_t allow;	 /* bit access >> 1: allowed, whatever D and CR0 are */
	uint8_t size;	 /* held as */
	uint8_t page_size; /* of the leaf */
	bool overlap;	   /* an entry of another size may match too */
	uint8_t reported;  /* detector's: kinds told already */
	uint8_t array;
	uint32_t stale_by;   /* detector's: call that made it stale; 0: none */
	uint32_t resized_by; /* and that gave its page another size */
	uint32_t filled;     /* calls announced when it was made */
	uint32_t right;	 /* detector's: tlb->right when it was found right */
	uint32_t single; /* times that it was found alone, "overlap" or not */
	uint32_t unused; /* a line of the host's cache each */
};
_Static_assert(sizeof(struct tlb_entry) == 64, "the host's cache line");

struct tlb_array {
	struct tlb_array_desc desc;
	struct tlb_sets sets;
	unsigned first; /* number of the entry of slot 0 */
	uint8_t number; /* in the description */
};

/* What a cached table entry points to. */
struct tlb_cached {
	uint64_t rights; /* down to and with its level */
	vm_paddr_t table;
};

struct tlb_cache {
	struct tlb_cache_desc desc;
	struct tlb_sets sets;
	struct tlb_cached *entries;
};

/* Where a lookup or a fill goes: the sets of "size" in "array". */
struct tlb_place {
	struct tlb_array *array; /* NULL: nowhere */
	unsigned size;
};

/*
 * Who watches what a machine's TLBs do, one for all of them; made before them.
 * access() is told each access where "watched" is on, but for those through an
 * entry of which tlb_still_right() knows what it would say: "cpu" makes it to
 * "va" through "entry"; true: the entry is right for its whole page, and nobody
 * was told anything.  multimatch() is told always: "cpu" found both entries,
 * of different size, for "va" at "level".
 */
struct tlb_watch {
	uint32_t call; /* an entry notes it when it is filled */
	bool (*access)(struct machine *mach, struct cpu *cpu,
	    struct tlb_entry *entry, vm_offset_t va, unsigned access);
	void (*multimatch)(struct machine *mach, struct cpu *cpu,
	    struct tlb_entry *entry, struct tlb_entry *other, vm_offset_t va,
	    unsigned access, unsigned level);
};

/*
 * One CPU's.  Made at boot from the machine's reservation.
 *
 * A flush changes "lives" instead of visiting the entries.  "hint" remembers
 * where an address was found last; the tag there says whether that still
 * holds.
 */
struct tlb {
	struct tlb_lives lives; /* 1 .. TLB_TAG_LIFE, never equal */
	uint64_t last_life;
	uint64_t clock;	      /* of uses; orders the entries of a set */
	uint64_t cache_life;  /* 1 .. TLB_TAG_LIFE */
	bool watched;	      /* watch->access() is told accesses */
	bool split_1g;	      /* pieces of 1 GB pages were filled: invlpg looks
				further; */
	bool split[TLB_NEAR]; /* pieces of 2 MB pages, by page, may live */
	/* The detector's: an entry may be wrong and not marked; one is marked;
	 * CR3 and the stores to tables when it marked them. */
	bool suspect, marked;
	vm_paddr_t marked_cr3;
	struct table_stores marked_stores;
	/* Entries were found right with this CR3 and after so many stores
	 * over valid entries of tables; each such time has a number of its
	 * own, from 1 on. */
	vm_paddr_t right_cr3;
	uint64_t right_changed;
	uint32_t right;
	uint64_t *tag, *used;	   /* of all arrays, one behind the other; */
	struct tlb_entry *entries; /* [0] is never used */
	uint32_t hint[TLB_KINDS][2][TLB_HINTS]; /* by 4 KB, by 2 MB page */
	uint32_t near[TLB_NEAR + 1]; /* 4 KB entries of the first level, dead
					ones too, by 2 MB page; all others */
	struct pmapsim_tlb_stats stats;
	unsigned nentries;
	struct tlb_array array[TLB_ARRAYS_MAX];
	struct tlb_cache cache[TLB_CACHES_MAX];
	struct tlb_cache *cache_of[5]; /* by level of the table entry */
	struct tlb_place fill[TLB_LEVELS][TLB_KINDS][TLB_SIZES];
	struct tlb_place probe[TLB_LEVELS][TLB_KINDS][TLB_SIZES + 1];
	const struct tlb_desc *desc;
	struct tlb_watch *watch; /* the machine's */
};

/*
 * Gives every CPU the TLB that config.tlb names or describes, watched by
 * "watch".  False: the name or the text is wrong, and "err" says how.
 */
bool tlb_startup(struct machine *mach, struct tlb_watch *watch, char *err,
    size_t errsize);

/*
 * An access by way of "cpu"'s TLB that tlb_hit() did not settle; sets CR2 at a
 * page fault.
 */
struct mmu_translation tlb_access(struct machine *mach, struct cpu *cpu,
    vm_offset_t va, unsigned access);

/* Forgets the page at "va", whatever its size, and all cached table entries. */
void tlb_invlpg(struct tlb *tlb, vm_offset_t va);
/* Is tlb_invlpg() of each page of [sva, eva), which are page boundaries. */
void tlb_invlpg_range(struct tlb *tlb, vm_offset_t sva, vm_offset_t eva);
/* Forgets all that is not global; with "global" that too. */
void tlb_flush(struct tlb *tlb, bool global);

/* An entry's number. */
static inline unsigned
tlb_number(const struct tlb *tlb, const struct tlb_entry *entry)
{
	return ((unsigned)(entry - tlb->entries));
}

static inline bool
tlb_alive(const struct tlb *tlb, const struct tlb_entry *entry)
{
	return (tlb_lives_have(tlb->lives,
	    tlb->tag[tlb_number(tlb, entry)] & TLB_TAG_LIFE));
}

static inline bool
tlb_match(const struct tlb *tlb, const struct tlb_entry *entry, vm_offset_t va)
{
	return (tlb_lives_have(tlb->lives,
	    ((va & entry->mask) ^ tlb->tag[tlb_number(tlb, entry)]) &
		~TLB_TAG_SIZE));
}

/* The kind of TLB that "access" asks. */
static inline unsigned
tlb_kind(unsigned access)
{
	_Static_assert(MMU_FETCH == 16, "the bit is the kind");
	return ((access >> 4) & 1);
}

/* What an access to "va" gives that "entry" serves. */
static inline struct mmu_translation
tlb_served(const struct tlb_entry *entry, vm_offset_t va)
{
	return ((struct mmu_translation) {.result = MMU_OK,
	    .pa = entry->pa | (va & ~entry->mask),
	    .page_shift = tlb_shift(entry->page_size)});
}

/*
 * The entry that served the address of this kind last, by its page or by the
 * larger one, if it is for that address still; else NULL.
 */
static inline struct tlb_entry *
tlb_hinted(const struct tlb *tlb, vm_offset_t va, unsigned kind)
{
	struct tlb_entry *entry;

	entry = &tlb->entries[tlb->hint[kind][0]
				       [(va >> PAGE_SHIFT) % TLB_HINTS]];
	if (tlb_match(tlb, entry, va))
		return (entry);
	entry = &tlb->entries[tlb->hint[kind][1][(va >> PDRSHIFT) % TLB_HINTS]];
	return (__builtin_expect(tlb_match(tlb, entry, va), 1) ? entry : NULL);
}

/*
 * Whether the detector has found "entry" right for its whole page, and no store
 * and no other CR3 can have made it wrong since.  What is stored to an entry of
 * the tables that was not valid takes nothing away.
 */
static inline bool
tlb_still_right(const struct machine *mach, const struct cpu *cpu,
    const struct tlb_entry *entry)
{
	const struct table_stores *stores = mach->physmem->stores;
	const struct tlb *tlb = cpu->tlb;

	return (entry->right == tlb->right && stores != NULL &&
	    stores->changed == tlb->right_changed &&
	    cpu->cr3 == tlb->right_cr3);
}

/*
 * Makes the access if the entry that served the address last is alive, allows
 * this kind, and who watches need not be told, as is the case for most.
 *
 * Intel SDM 4.10.2: same.
 */
static inline bool
tlb_hit(const struct machine *mach, struct cpu *cpu, vm_offset_t va,
    unsigned access, struct mmu_translation *t)
{
	struct tlb *tlb = cpu->tlb;
	struct tlb_entry *entry;
	unsigned kind;

	kind = tlb_kind(access);
	entry = tlb_hinted(tlb, va, kind);
	if (entry == NULL)
		return (false);
	if (__builtin_expect((entry->allow >> (access >> 1) & 1) == 0, 0))
		return (false);
	if (__builtin_expect(tlb->watched, 0) &&
	    !tlb_still_right(mach, cpu, entry))
		return (false);
	tlb->stats.hits[0][kind][entry->page_size]++;
	tlb->used[tlb_number(tlb, entry)] = ++tlb->clock;
	*t = tlb_served(entry, va);
	return (true);
}

/* tlb_report.c */
void tlb_entry_info(const struct tlb *tlb, const struct tlb_entry *entry,
    struct pmapsim_tlb_entry *info);
/* tlb_describe.c */
bool tlb_describe(const char *text, const char *file, struct tlb_desc *desc,
    char *err, size_t errsize);
/* tlb_preset.c */
bool tlb_find_desc(const char *tlb, struct tlb_desc *desc, char *err,
    size_t errsize);

/* Whether a walk by "cpu" to "va" would start below the top, and where. */
bool tlb_walk_start(struct cpu *cpu, vm_offset_t va, struct mmu_start *start);

#endif /* HW_TLB_H */
