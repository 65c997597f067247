/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One access through a CPU's TLBs.
 *
 * First level, second level, walk: what is found further out is put into what
 * lies before it, so a walk fills both levels.  Nothing keeps the levels equal
 * afterwards; each forgets by its own LRU.
 *
 * What real processors do differently from each other is decided so: an entry
 * that forbids an access is dropped and the tables are asked before a fault is
 * raised, hence no fault is spurious; a write through an entry whose D is
 * clear walks and fills again, and leaves entries of other sizes alone; cached
 * table entries give way to a full walk before a fault; there are no
 * speculative fills.
 */
#include "hw/tlb.h"

/* The living entry for "va" at "place", or NULL. */
static inline struct tlb_entry *
tlb_find(const struct tlb *tlb, const struct tlb_place *place, vm_offset_t va)
{
	unsigned slot;

	slot = tlb_sets_find(&place->array->sets, va, place->size, tlb->lives);
	return (slot == TLB_SETS_NONE ?
		NULL :
		&tlb->entries[place->array->first + slot]);
}

/* Forgets "entry", which is alive. */
static void
tlb_drop_entry(struct tlb *tlb, struct tlb_entry *entry)
{
	struct tlb_array *array = &tlb->array[entry->array];

	tlb_sets_drop(&array->sets, tlb_number(tlb, entry) - array->first);
}

/* Forgets every cached table entry. */
static void
tlb_drop_cached(struct tlb *tlb)
{
	struct tlb_sets *sets;
	unsigned c, slot;

	if (tlb->cache_life++ == TLB_TAG_LIFE)
		tlb->cache_life = 1;
	for (c = 0; c < tlb->desc->ncaches; c++) {
		sets = &tlb->cache[c].sets;
		/* Lives come round: what is of the first may not revive. */
		if (tlb->cache_life == 1)
			for (slot = 0; slot < tlb->cache[c].desc.entries;
			     slot++)
				sets->tag[slot] &= TLB_TAG_SIZE;
		tlb_sets_died(sets);
	}
}

/* The place in tlb->split of the 2 MB that "va" lies in. */
static inline bool *
tlb_split(struct tlb *tlb, vm_offset_t va)
{
	return (&tlb->split[(va >> PDRSHIFT) % TLB_NEAR]);
}

/*
 * Forgets the pieces of any larger page that "va" lies in: one invalidation
 * covers the page as the tables have it, however it is held.
 *
 * Intel SDM 4.10.4.1: same.
 */
static void
tlb_drop_pieces(struct tlb *tlb, vm_offset_t va)
{
	struct tlb_entry *entry;
	unsigned i;

	*tlb_split(tlb, va) = false;
	for (i = 1; i < tlb->nentries; i++) {
		entry = &tlb->entries[i];
		if (entry->size == entry->page_size || !tlb_alive(tlb, entry))
			continue;
		if (((entry->va ^ va) >> tlb_shift(entry->page_size)) == 0)
			tlb_drop_entry(tlb, entry);
		else if (tlb_split(tlb, entry->va) == tlb_split(tlb, va))
			*tlb_split(tlb, va) = true;
	}
}

/*
 * Forgets what translates "va", at both levels, of any size, global or not,
 * and every cached table entry.
 *
 * Intel SDM 4.10.4.1 INVLPG, 4.10.2.4 (faults): same.
 */
static void
tlb_drop(struct tlb *tlb, vm_offset_t va)
{
	struct tlb_place *place;
	struct tlb_entry *entry;
	unsigned level, kind;

	tlb_drop_cached(tlb);
	if (tlb->split_1g || *tlb_split(tlb, va))
		tlb_drop_pieces(tlb, va);
	for (level = 0; level < TLB_LEVELS; level++)
		for (kind = 0; kind < TLB_KINDS; kind++)
			for (place = tlb->probe[level][kind];
			     place->array != NULL; place++)
				if ((entry = tlb_find(tlb, place, va)) != NULL)
					tlb_drop_entry(tlb, entry);
}

/*
 * The INVLPG instruction.  A non-canonical address is no page: nothing is
 * forgotten.
 *
 * Intel SDM 4.10.4.1: same.
 */
void
tlb_invlpg(struct tlb *tlb, vm_offset_t va)
{
	tlb->stats.invlpg++;
	if (mmu_canonical(va))
		tlb_drop(tlb, va);
}

/* The first page in [sva, eva) of what "entry" is of; eva: none. */
static vm_offset_t
tlb_first_shared(const struct tlb_entry *entry, vm_offset_t sva,
    vm_offset_t eva)
{
	const unsigned shift = tlb_shift(entry->page_size);
	const vm_offset_t start = entry->va >> shift << shift;

	if (start >= sva)
		return (start < eva ? start : eva);
	return (((start ^ sva) >> shift) == 0 ? sva : eva);
}

/*
 * As many INVLPG instructions as [sva, eva) has pages, in ascending order.
 * Most pages of a long range are not in a TLB, which has fewer entries: so the
 * entries are looked at first, and then the pages from the first to the last
 * that an entry dies for.
 *
 * Intel SDM 4.10.4.1 INVLPG: same, repeated.
 */
void
tlb_invlpg_range(struct tlb *tlb, vm_offset_t sva, vm_offset_t eva)
{
	const uint64_t pages = atop(eva - sva);
	vm_offset_t first = eva, last = sva, va;
	unsigned i;

	if (pages <= tlb->nentries / 16 || !mmu_canonical(sva) ||
	    !mmu_canonical(eva - 1)) {
		for (va = sva; va < eva; va += PAGE_SIZE)
			tlb_invlpg(tlb, va);
		return;
	}
	tlb->stats.invlpg += pages;
	tlb_drop_cached(tlb);
	for (i = 1; i < tlb->nentries; i++) {
		if (!tlb_alive(tlb, &tlb->entries[i]))
			continue;
		va = tlb_first_shared(&tlb->entries[i], sva, eva);
		if (va == eva)
			continue;
		first = va < first ? va : first;
		last = va > last ? va : last;
	}
	for (va = first; va <= last && va < eva; va += PAGE_SIZE)
		tlb_drop(tlb, va);
}

/*
 * Returns a life that no entry has.  When the numbers are used up, the dead
 * are swept out and the living renumbered 1 (local) and 2 (global).
 */
static uint64_t
tlb_new_life(struct tlb *tlb)
{
	uint64_t life, *tag;
	unsigned i;

	if (tlb->last_life == TLB_TAG_LIFE) {
		for (i = 0; i < tlb->nentries; i++) {
			tag = &tlb->tag[i];
			life = *tag & TLB_TAG_LIFE;
			if (life == tlb->lives.local)
				*tag = (*tag & ~TLB_TAG_LIFE) | 1;
			else if (life == tlb->lives.global)
				*tag = (*tag & ~TLB_TAG_LIFE) | 2;
			else
				*tag &= TLB_TAG_SIZE;
		}
		tlb->lives.local = 1;
		tlb->lives.global = 2;
		tlb->last_life = 2;
	}
	return (++tlb->last_life);
}

/*
 * A flush: entries die because their lives end, and none is visited.
 *
 * Intel SDM 4.10.4.1 MOV to CR3, MOV to CR4: same.
 */
void
tlb_flush(struct tlb *tlb, bool global)
{
	unsigned a;

	tlb_drop_cached(tlb);
	tlb->lives.local = tlb_new_life(tlb);
	if (global) {
		tlb->lives.global = tlb_new_life(tlb);
		tlb->stats.flushes_global++;
	} else
		tlb->stats.flushes++;
	for (a = 0; a < tlb->desc->narrays; a++)
		tlb_sets_died(&tlb->array[a].sets);
}

/*
 * Returns the accesses that need no second look at an entry with "rights":
 * those allowed with CR0.WP, and writes only once D is known to be set.
 */
static inline uint16_t
tlb_allow(uint64_t rights)
{
	unsigned allow;

	allow = 1u << (MMU_READ >> 1);
	if ((rights & (PG_RW | PG_M)) == (PG_RW | PG_M))
		allow |= 1u << (MMU_WRITE >> 1);
	if ((rights & PG_NX) == 0)
		allow |= 1u << (MMU_FETCH >> 1);
	/* User accesses are the same bits, one place (PGEX_U >> 1) further. */
	if ((rights & PG_U) != 0)
		allow |= allow << (MMU_USER >> 1);
	return ((uint16_t)allow);
}

/*
 * Notes that "entry" and "other" share an address, so that every lookup there
 * sees both.  The marks stay when one of them goes: needless care costs time
 * alone.
 */
static void
tlb_overlap(struct tlb_entry *entry, struct tlb_entry *other)
{
	entry->overlap = other->overlap = true;
	entry->allow = other->allow = 0;
}

/*
 * Notes each first-level entry of the kind that lies in the larger page of
 * "entry".
 */
static void
tlb_find_smaller(struct tlb *tlb, unsigned kind, struct tlb_entry *entry)
{
	struct tlb_entry *other, *end;
	struct tlb_place *place;
	struct tlb_array *array;

	if (entry->size == PMAPSIM_TLB_2M &&
	    tlb->near[(entry->va >> PDRSHIFT) % TLB_NEAR] == 0)
		return;
	for (place = tlb->probe[0][kind]; place->array != NULL; place++) {
		array = place->array;
		if (place->size >= entry->size ||
		    array->sets.held[place->size] == 0)
			continue;
		other = &tlb->entries[array->first];
		for (end = other + array->desc.entries; other < end; other++)
			if (((other->va ^ entry->va) & entry->mask) == 0 &&
			    other->size == place->size && tlb_alive(tlb, other))
				tlb_overlap(entry, other);
	}
}

/*
 * Notes each first-level entry of the kind whose larger page "entry" lies in.
 */
static void
tlb_find_larger(struct tlb *tlb, unsigned kind, struct tlb_entry *entry)
{
	struct tlb_place *place;
	struct tlb_entry *other;

	for (place = tlb->probe[0][kind]; place->array != NULL; place++)
		if (place->size > entry->size &&
		    (other = tlb_find(tlb, place, entry->va)) != NULL)
			tlb_overlap(entry, other);
}

/*
 * Takes the marks off "entry", in which a lookup found no other, and puts back
 * those that hold, for either kind of access.  Looking for them takes the time
 * of a few lookups; so it is done once for many.
 */
static void
tlb_mark_anew(struct tlb *tlb, struct tlb_entry *entry)
{
	unsigned kind;

	if (++entry->single % TLB_SINGLE != 0)
		return;
	entry->overlap = false;
	entry->allow = tlb_allow(entry->rights);
	for (kind = 0; kind < TLB_KINDS; kind++) {
		tlb_find_larger(tlb, kind, entry);
		tlb_find_smaller(tlb, kind, entry);
	}
}

/* Counts that "entry" becomes a page of "size" at "va". */
static inline void
tlb_count_near(struct tlb *tlb, const struct tlb_entry *entry, vm_offset_t va,
    unsigned size)
{
	unsigned after, before;

	before = after = TLB_NEAR;
	if (entry->mask != 0 && entry->size == PMAPSIM_TLB_4K)
		before = (entry->va >> PDRSHIFT) % TLB_NEAR;
	if (size == PMAPSIM_TLB_4K)
		after = (va >> PDRSHIFT) % TLB_NEAR;
	if (before != after) {
		tlb->near[before]--;
		tlb->near[after]++;
	}
}

/*
 * Returns the entry at "place" to put the page at "va" in: its own when it has
 * one, which it has not when "missed" says so, a dead one, or the least
 * recently used.
 */
static struct tlb_entry *
tlb_take(struct tlb *tlb, const struct tlb_place *place, vm_offset_t va,
    uint64_t life, bool missed)
{
	struct tlb_array *array = place->array;
	struct tlb_entry *entry;
	unsigned slot;
	bool evicted;

	slot = missed ?
	    TLB_SETS_NONE :
	    tlb_sets_find(&array->sets, va, place->size, tlb->lives);
	if (slot == TLB_SETS_NONE) {
		slot = tlb_sets_victim(&array->sets, va, place->size,
		    tlb->lives, &evicted);
		tlb->stats.evictions += evicted;
	}
	entry = &tlb->entries[array->first + slot];
	if (array->desc.level == 1)
		tlb_count_near(tlb, entry, va, place->size);
	tlb_sets_put(&array->sets, slot, va, place->size, life, ++tlb->clock);
	return (entry);
}

/*
 * Puts the page at "va" that "from" describes into the level, whole or as the
 * piece around "va".  "missed" says that the level had nothing for "va", of any
 * size.  Returns the entry, or NULL when the level takes no such page.
 */
static struct tlb_entry *
tlb_fill(struct tlb *tlb, struct cpu *cpu, unsigned level, unsigned kind,
    vm_offset_t va, const struct tlb_entry *from, bool missed)
{
	struct tlb_place *place;
	struct tlb_entry *entry;

	place = &tlb->fill[level][kind][from->size];
	if (place->array == NULL)
		return (NULL);
	entry = tlb_take(tlb, place, va,
	    (from->rights & PG_G) != 0 && (cpu->cr4 & CR4_PGE) != 0 ?
		tlb->lives.global :
		tlb->lives.local,
	    missed);
	entry->mask = ~((UINT64_C(1) << tlb_shift(place->size)) - 1);
	entry->va = va & entry->mask;
	entry->pa = from->pa + (entry->va - from->va);
	entry->rights = from->rights;
	entry->allow = from->overlap ? tlb_allow(from->rights) : from->allow;
	entry->size = (uint8_t)place->size;
	entry->page_size = from->page_size;
	entry->array = place->array->number;
	entry->overlap = false;
	entry->single = 0;
	entry->reported = 0;
	entry->right = from->right;
	entry->stale_by = from->stale_by;
	entry->resized_by = from->resized_by;
	entry->filled = from->filled;
	if (entry->size != entry->page_size) {
		if (entry->page_size == PMAPSIM_TLB_1G)
			tlb->split_1g = true;
		else
			*tlb_split(tlb, va) = true;
	}
	if (level == 0) {
		if (!missed)
			tlb_find_larger(tlb, kind, entry);
		if (entry->size != PMAPSIM_TLB_4K)
			tlb_find_smaller(tlb, kind, entry);
	}
	return (entry);
}

/*
 * Finds the entry for "va" at the level; the smallest page when several match,
 * with the next one through "other".  NULL: none.
 */
static struct tlb_entry *
tlb_lookup(struct tlb *tlb, unsigned level, unsigned kind, vm_offset_t va,
    struct tlb_entry **other)
{
	struct tlb_place *place;
	struct tlb_entry *entry, *found;

	found = *other = NULL;
	for (place = tlb->probe[level][kind]; place->array != NULL; place++) {
		if ((entry = tlb_find(tlb, place, va)) == NULL)
			continue;
		if (found == NULL)
			found = entry;
		else if (entry->size < found->size) {
			*other = found;
			found = entry;
		} else
			*other = entry;
	}
	return (found);
}

/*
 * Finds the lowest cached table entry on the way to "va" and lets the walk
 * start at the table that it points to.  False: the walk starts at the top.
 *
 * Intel SDM 4.10.3.1: same.
 */
static bool
tlb_cache_lookup(struct tlb *tlb, vm_offset_t va, struct mmu_start *start)
{
	const struct tlb_lives lives = {tlb->cache_life, tlb->cache_life};
	struct tlb_cache *cache;
	unsigned level, slot;

	for (level = 2; level <= 4; level++) {
		if ((cache = tlb->cache_of[level]) == NULL)
			continue;
		slot = tlb_sets_find(&cache->sets, va, level - 1, lives);
		if (slot == TLB_SETS_NONE)
			continue;
		cache->sets.used[slot] = ++tlb->clock;
		tlb->stats.cache_hits[level]++;
		start->table = cache->entries[slot].table;
		start->level = level - 1;
		start->rights = cache->entries[slot].rights;
		return (true);
	}
	return (false);
}

bool
tlb_walk_start(struct cpu *cpu, vm_offset_t va, struct mmu_start *start)
{

	return (cpu->tlb != NULL && tlb_cache_lookup(cpu->tlb, va, start));
}

/* Remembers one table entry of a completed walk, which it did not have. */
static void
tlb_cache_insert(struct tlb *tlb, unsigned level, vm_offset_t va,
    vm_paddr_t table, uint64_t rights)
{
	const struct tlb_lives lives = {tlb->cache_life, tlb->cache_life};
	struct tlb_cache *cache;
	unsigned slot;
	bool evicted;

	if ((cache = tlb->cache_of[level]) == NULL)
		return;
	slot = tlb_sets_victim(&cache->sets, va, level - 1, lives, &evicted);
	tlb_sets_put(&cache->sets, slot, va, level - 1, tlb->cache_life,
	    ++tlb->clock);
	cache->entries[slot].rights = rights;
	cache->entries[slot].table = table;
}

/* Remembers the table entries above the leaf that "path" read itself. */
static void
tlb_cache_path(struct tlb *tlb, vm_offset_t va, const struct mmu_start *start,
    const struct mmu_path *path)
{
	uint64_t rights, value;
	unsigned level;

	rights = start->rights;
	for (level = start->level; level > path->level; level--) {
		value = *path->entry[level];
		rights = mmu_rights(rights, value);
		tlb_cache_insert(tlb, level, va, value & PG_FRAME, rights);
	}
}

/*
 * Walks for "va": from a cached table entry when there is one, and then, if
 * that ends in a fault, from the top, because the tables decide.  On success
 * sets A and D, remembers the tables, and describes the page in "page".
 *
 * Intel SDM 4.10.3: adapted, no fault from a cached table entry.
 */
static void
tlb_walk(struct machine *mach, struct cpu *cpu, vm_offset_t va, unsigned access,
    struct mmu_translation *t, struct tlb_entry *page)
{
	struct tlb *tlb = cpu->tlb;
	struct mmu_start start;
	struct mmu_path path;
	uint64_t leaf;
	bool cached, permitted;

	mmu_start_at_top(&start, cpu);
	cached = tlb_cache_lookup(tlb, va, &start);
	tlb->stats.walks++;
	for (;;) {
		mmu_path_walk(mach, cpu, &start, va, &path);
		tlb->stats.walk_steps += path.steps;
		permitted = path.result == MMU_OK &&
		    mmu_permits(cpu, path.rights, access);
		if (permitted || !cached)
			break;
		cached = false;
		tlb_drop_cached(tlb);
		mmu_start_at_top(&start, cpu);
	}
	t->result = path.result;
	if (!permitted) {
		if (path.result == MMU_BUS)
			return;
		t->result = MMU_PAGE_FAULT;
		t->error = mmu_access_error(cpu, access) |
		    (path.result == MMU_OK ? PGEX_P : path.error);
		return;
	}
	mmu_path_mark(&path, access);
	tlb_cache_path(tlb, va, &start, &path);
	leaf = *path.entry[path.level];
	t->leaf = path.entry[path.level];
	t->page_shift = path.page_shift;
	t->pa = mmu_leaf_pa(leaf, path.page_shift, va);
	page->size = page->page_size = (uint8_t)(path.level - 1);
	page->va = va & ~((UINT64_C(1) << path.page_shift) - 1);
	page->pa = mmu_leaf_pa(leaf, path.page_shift, page->va);
	page->rights = path.rights | (leaf & (PG_M | PG_G));
	page->allow = tlb_allow(page->rights);
	page->overlap = false;
	page->stale_by = page->resized_by = 0;
	page->right = 0;
	page->filled = tlb->watch->call;
}

/* Sees to it that the next lookup of "va" begins with "entry". */
static void
tlb_hint(struct tlb *tlb, unsigned kind, vm_offset_t va,
    const struct tlb_entry *entry)
{
	unsigned shift;

	shift = entry->size == PMAPSIM_TLB_4K ? PAGE_SHIFT : PDRSHIFT;
	tlb->hint[kind][shift == PDRSHIFT]
		 [(va >> shift) % TLB_HINTS] = tlb_number(tlb, entry);
}

/*
 * Tells who watches of an access through "entry".  "second", where it is not
 * NULL, is what the second level has of the same page: what is right of one is
 * right of the other where both are of one size, and then the page need not be
 * looked at when it comes back from there.
 */
static void
tlb_tell(struct machine *mach, struct cpu *cpu, struct tlb_entry *entry,
    struct tlb_entry *second, vm_offset_t va, unsigned access)
{

	if (cpu->tlb->watch->access(mach, cpu, entry, va, access) &&
	    second != NULL && second->size == entry->size)
		second->right = entry->right;
}

/*
 * An access that is not served at once by the entry that served the address
 * last: looked up level by level, and by a walk where no level has it.
 *
 * Intel SDM 4.10.2: adapted, the top of the file says how processors differ.
 */
struct mmu_translation
tlb_access(struct machine *mach, struct cpu *cpu, vm_offset_t va,
    unsigned access)
{
	struct tlb *tlb = cpu->tlb;
	struct mmu_translation t = {.result = MMU_NONCANONICAL};
	struct tlb_entry page, *entry, *other, *second;
	unsigned kind, level;
	bool dirty_walk;

	if (!mmu_canonical(va))
		return (t);
	kind = tlb_kind(access);
	entry = second = NULL;
	for (level = 0; level < TLB_LEVELS && entry == NULL; level++) {
		entry = tlb_lookup(tlb, level, kind, va, &other);
		if (other != NULL) {
			tlb->stats.multimatches++;
			tlb->watch->multimatch(mach, cpu, entry, other, va,
			    access, level + 1);
		} else if (entry != NULL && entry->overlap &&
		    entry->size == PMAPSIM_TLB_4K) {
			/* No larger entry overlaps with it any more. */
			entry->overlap = false;
			entry->allow = tlb_allow(entry->rights);
		} else if (entry != NULL && entry->overlap && level == 0)
			tlb_mark_anew(tlb, entry);
	}
	dirty_walk = false;
	if (entry != NULL && !mmu_permits(cpu, entry->rights, access)) {
		/* The tables may allow by now what the entry does not. */
		tlb->stats.rewalks++;
		tlb_drop(tlb, va);
		entry = NULL;
	} else if (entry != NULL) {
		tlb->stats.hits[level - 1][kind][entry->page_size]++;
		if (level == 2)
			tlb->stats.misses[0][kind][entry->page_size]++;
		dirty_walk = (access & MMU_WRITE) != 0 &&
		    (entry->rights & PG_M) == 0;
		tlb->stats.dirty_walks += dirty_walk;
	}
	if (entry != NULL && !dirty_walk) {
		tlb->used[tlb_number(tlb, entry)] = ++tlb->clock;
		if (level == 2) {
			second = entry;
			entry = tlb_fill(tlb, cpu, 0, kind, va, second, true);
			if (entry == NULL)
				entry = second;
		}
		if (entry != second)
			tlb_hint(tlb, kind, va, entry);
		if (tlb->watched && !tlb_still_right(mach, cpu, entry))
			tlb_tell(mach, cpu, entry, second, va, access);
		return (tlb_served(entry, va));
	}
	tlb_walk(mach, cpu, va, access, &t, &page);
	if (t.result != MMU_OK) {
		if (t.result == MMU_PAGE_FAULT) {
			/* What the handler repeats must walk again. */
			tlb_drop(tlb, va);
			tlb->stats.faults++;
			cpu->cr2 = va;
		}
		return (t);
	}
	if (!dirty_walk) {
		tlb->stats.misses[0][kind][page.page_size]++;
		if (tlb->probe[1][kind][0].array != NULL)
			tlb->stats.misses[1][kind][page.page_size]++;
	}
	second = tlb_fill(tlb, cpu, 1, kind, va, &page, !dirty_walk);
	entry = tlb_fill(tlb, cpu, 0, kind, va, &page, !dirty_walk);
	if (entry != NULL)
		tlb_hint(tlb, kind, va, entry);
	else
		entry = second;
	if (tlb->watched && entry != NULL)
		tlb_tell(mach, cpu, entry, second, va, access);
	return ((struct mmu_translation) {.result = MMU_OK,
	    .pa = t.pa,
	    .leaf = t.leaf,
	    .page_shift = t.page_shift});
}
