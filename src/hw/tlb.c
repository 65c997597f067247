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

#include <string.h>

#include "hw/detector.h"

#define LIFE_MAX PAGE_MASK /* the low bits of a tag */

/* The entries of "array" that may hold the page of "size" at "va". */
static inline struct tlb_entry *
tlb_set(const struct tlb_array *array, unsigned size, vm_offset_t va)
{
	return (&array->entries[((va >> tlb_shift(size)) & (array->sets - 1)) *
	    array->desc.ways]);
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

	for (i = 1; i < tlb->nentries; i++) {
		entry = &tlb->entries[i];
		if (entry->size != entry->page_size &&
		    tlb_alive(tlb, entry) &&
		    ((entry->tag ^ va) >> tlb_shift(entry->page_size)) == 0)
			entry->tag = entry->mask = 0;
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
	unsigned level, kind, way;

	tlb->cache_life++;
	if (tlb->split)
		tlb_drop_pieces(tlb, va);
	for (level = 0; level < TLB_LEVELS; level++)
		for (kind = 0; kind < TLB_KINDS; kind++)
			for (place = tlb->probe[level][kind];
			    place->array != NULL; place++) {
				entry = tlb_set(place->array, place->size, va);
				for (way = 0; way < place->array->desc.ways;
				    way++, entry++)
					if (tlb_match(tlb, entry, va))
						entry->tag = entry->mask = 0;
			}
}

/*
 * See tlb.h.  A non-canonical address is no page: nothing is forgotten.
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

/*
 * Returns a life that no entry has.  When the numbers are used up, the dead
 * are swept out and the living renumbered 1 (local) and 2 (global).
 *
 * Simulator only.
 */
static uint64_t
tlb_new_life(struct tlb *tlb)
{
	struct tlb_entry *entry;
	unsigned i;

	if (tlb->last_life == LIFE_MAX) {
		for (i = 0; i < tlb->nentries; i++) {
			entry = &tlb->entries[i];
			if (!tlb_alive(tlb, entry))
				entry->tag = entry->mask = 0;
			else
				entry->tag = (entry->tag & ~PAGE_MASK) |
				    ((entry->tag & PAGE_MASK) == tlb->local ?
				    1 : 2);
		}
		tlb->local = 1;
		tlb->global = 2;
		tlb->last_life = 2;
	}
	return (++tlb->last_life);
}

/*
 * See tlb.h.
 *
 * Intel SDM 4.10.4.1 MOV to CR3, MOV to CR4: same.
 */
void
tlb_flush(struct tlb *tlb, bool global)
{
	tlb->cache_life++;
	tlb->local = tlb_new_life(tlb);
	if (global) {
		tlb->global = tlb_new_life(tlb);
		tlb->stats.flushes_global++;
	} else
		tlb->stats.flushes++;
}

/*
 * Computes the accesses that need no second look at "entry": those allowed
 * with CR0.WP, and writes only once D is known to be set.  None while another
 * size may match, so that every such lookup sees both.
 *
 * Simulator only.
 */
static void
tlb_set_allow(struct tlb_entry *entry)
{
	bool writes;

	entry->allow = 0;
	if (entry->overlap)
		return;
	writes = (entry->rights & (PG_RW | PG_M)) == (PG_RW | PG_M);
	entry->allow |= 1u << (MMU_READ >> 1);
	if (writes)
		entry->allow |= 1u << (MMU_WRITE >> 1);
	if ((entry->rights & PG_NX) == 0)
		entry->allow |= 1u << (MMU_FETCH >> 1);
	/* User accesses are the same bits, one place (PGEX_U >> 1) further. */
	if ((entry->rights & PG_U) != 0)
		entry->allow |= entry->allow << (MMU_USER >> 1);
}

/*
 * Marks "entry" and each first-level entry of the kind that it shares an
 * address with, of another size.  The marks stay until the entries go:
 * needless care costs time alone.
 *
 * Simulator only.
 */
static void
tlb_find_overlaps(struct tlb *tlb, unsigned kind, struct tlb_entry *entry)
{
	struct tlb_entry *other;
	struct tlb_array *array;
	unsigned a, i, n;

	for (a = 0; a < tlb->desc->narrays; a++) {
		array = &tlb->array[a];
		if (array->desc.level != 1 ||
		    (array->desc.kinds & 1u << kind) == 0)
			continue;
		if (array->desc.holds == 1u << entry->size)
			continue;
		n = array->sets * array->desc.ways;
		for (i = 0; i < n; i++) {
			other = &array->entries[i];
			if (((other->tag ^ entry->tag) & other->mask &
			    entry->mask) != 0 || other->size == entry->size ||
			    !tlb_alive(tlb, other))
				continue;
			entry->overlap = other->overlap = true;
			tlb_set_allow(other);
		}
	}
}

/*
 * Puts the page at "va" that "from" describes into the level, whole or as the
 * piece around "va", in the place of the entry of its own address, of a dead
 * one, or of the least recently used.  Returns the entry, or NULL when the
 * level takes no such page.
 *
 * Simulator only.
 */
static struct tlb_entry *
tlb_fill(struct tlb *tlb, struct cpu *cpu, unsigned level, unsigned kind,
    vm_offset_t va, const struct tlb_entry *from)
{
	struct tlb_place *place;
	struct tlb_entry *entry, *victim;
	vm_offset_t offset;
	bool alive, vacant;
	unsigned way;

	place = &tlb->fill[level][kind][from->size];
	if (place->array == NULL)
		return (NULL);
	entry = tlb_set(place->array, place->size, va);
	victim = entry;
	vacant = false;
	for (way = 0; way < place->array->desc.ways; way++, entry++) {
		alive = tlb_alive(tlb, entry);
		if (alive && entry->size == place->size &&
		    tlb_match(tlb, entry, va)) {
			victim = entry;
			vacant = true;
			break;
		}
		if (!vacant && (!alive || entry->used < victim->used)) {
			victim = entry;
			vacant = !alive;
		}
	}
	if (!vacant)
		tlb->stats.evictions++;
	entry = victim;
	entry->mask = ~((UINT64_C(1) << tlb_shift(place->size)) - 1);
	offset = (va & entry->mask) - tlb_entry_va(from);
	entry->tag = (va & entry->mask) |
	    ((from->rights & PG_G) != 0 && (cpu->cr4 & CR4_PGE) != 0 ?
	    tlb->global : tlb->local);
	entry->pa = from->pa + (from->size == place->size ? 0 : offset);
	entry->used = ++tlb->clock;
	entry->rights = from->rights;
	entry->size = (uint8_t)place->size;
	entry->page_size = from->page_size;
	entry->array = (uint8_t)(place->array - tlb->array);
	entry->overlap = false;
	entry->reported = 0;
	entry->stale_by = from->stale_by;
	entry->resized_by = from->resized_by;
	entry->filled = from->filled;
	if (entry->size != entry->page_size)
		tlb->split = true;
	if (level == 0)
		tlb_find_overlaps(tlb, kind, entry);
	tlb_set_allow(entry);
	return (entry);
}

/*
 * Finds the entry for "va" at the level; the smallest page when several match,
 * with the next one through "other".  NULL: none.
 *
 * Simulator only.
 */
static struct tlb_entry *
tlb_lookup(struct tlb *tlb, unsigned level, unsigned kind, vm_offset_t va,
    struct tlb_entry **other)
{
	struct tlb_place *place;
	struct tlb_entry *entry, *found;
	unsigned way;

	found = *other = NULL;
	for (place = tlb->probe[level][kind]; place->array != NULL; place++) {
		entry = tlb_set(place->array, place->size, va);
		for (way = 0; way < place->array->desc.ways; way++, entry++) {
			if (!tlb_match(tlb, entry, va))
				continue;
			/*
			 * In a shared set-associative array the sets of two
			 * sizes may be one, and show the same entry twice.
			 */
			if (found == NULL || entry == found)
				found = entry;
			else if (entry->size < found->size) {
				*other = found;
				found = entry;
			} else
				*other = entry;
		}
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
	struct tlb_cache *cache;
	struct tlb_cached *cached;
	uint64_t prefix;
	unsigned c, level, way;

	for (level = 2; level <= 4; level++)
		for (c = 0; c < tlb->desc->ncaches; c++) {
			cache = &tlb->cache[c];
			if ((cache->desc.levels & 1u << level) == 0)
				continue;
			prefix = va >> (PAGE_SHIFT + 9 * (level - 1));
			cached = &cache->entries[(prefix & (cache->sets - 1)) *
			    cache->desc.ways];
			for (way = 0; way < cache->desc.ways;
			    way++, cached++)
				if (cached->life == tlb->cache_life &&
				    cached->prefix == prefix &&
				    cached->level == level) {
					cached->used = ++tlb->clock;
					tlb->stats.cache_hits[level]++;
					start->table = cached->table;
					start->level = level - 1;
					start->rights = cached->rights;
					return (true);
				}
		}
	return (false);
}

/*
 * Remembers one table entry of a completed walk.
 *
 * Simulator only.
 */
static void
tlb_cache_insert(struct tlb *tlb, unsigned level, vm_offset_t va,
    vm_paddr_t table, uint64_t rights)
{
	struct tlb_cache *cache;
	struct tlb_cached *cached, *victim;
	uint64_t prefix;
	unsigned c, way;

	for (c = 0; c < tlb->desc->ncaches; c++) {
		cache = &tlb->cache[c];
		if ((cache->desc.levels & 1u << level) == 0)
			continue;
		prefix = va >> (PAGE_SHIFT + 9 * (level - 1));
		cached = &cache->entries[(prefix & (cache->sets - 1)) *
		    cache->desc.ways];
		victim = cached;
		for (way = 0; way < cache->desc.ways; way++, cached++) {
			if (cached->life != tlb->cache_life) {
				victim = cached;
				break;
			}
			if (cached->used < victim->used)
				victim = cached;
		}
		victim->prefix = prefix;
		victim->life = tlb->cache_life;
		victim->used = ++tlb->clock;
		victim->rights = rights;
		victim->table = table;
		victim->level = level;
	}
}

/*
 * Remembers the table entries above the leaf that "path" read itself.
 *
 * Simulator only.
 */
static void
tlb_cache_path(struct tlb *tlb, vm_offset_t va, struct mmu_start start,
    const struct mmu_path *path)
{
	uint64_t rights, value;
	unsigned level;

	rights = start.rights;
	for (level = start.level; level > path->level; level--) {
		value = *path->entry[level];
		rights = (rights & (value | PG_NX)) | (value & PG_NX);
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
tlb_walk(struct machine *mach, struct cpu *cpu, vm_offset_t va,
    unsigned access, struct mmu_translation *t, struct tlb_entry *page)
{
	struct tlb *tlb = cpu->tlb;
	const struct mmu_start top = { cpu->cr3, 4, PG_RW | PG_U };
	struct mmu_start start;
	struct mmu_path path;
	uint64_t leaf;
	bool cached, permitted;

	start = top;
	cached = tlb_cache_lookup(tlb, va, &start);
	tlb->stats.walks++;
	for (;;) {
		mmu_path_walk(mach, cpu, start, va, &path);
		tlb->stats.walk_steps += path.steps;
		permitted = path.result == MMU_OK &&
		    mmu_permits(cpu, path.rights, access);
		if (permitted || !cached)
			break;
		cached = false;
		tlb->cache_life++;
		start = top;
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
	tlb_cache_path(tlb, va, start, &path);
	leaf = *path.entry[path.level];
	t->leaf = path.entry[path.level];
	t->page_shift = path.page_shift;
	t->pa = mmu_leaf_pa(leaf, path.page_shift, va);
	page->size = page->page_size = (uint8_t)(path.level - 1);
	page->tag = va & ~((UINT64_C(1) << path.page_shift) - 1);
	page->pa = mmu_leaf_pa(leaf, path.page_shift, page->tag);
	page->rights = path.rights | (leaf & (PG_M | PG_G));
	page->stale_by = page->resized_by = 0;
	page->filled = tlb->detector->call;
}

/*
 * Sees to it that the next lookup of "va" begins with "entry".
 *
 * Simulator only.
 */
static void
tlb_hint(struct tlb *tlb, unsigned kind, vm_offset_t va,
    const struct tlb_entry *entry)
{
	unsigned shift;

	shift = entry->size == PMAPSIM_TLB_4K ? PAGE_SHIFT : PDRSHIFT;
	tlb->hint[kind][shift == PDRSHIFT][(va >> shift) % TLB_HINTS] =
	    (uint32_t)(entry - tlb->entries);
}

/*
 * See tlb.h.
 *
 * Intel SDM 4.10.2: adapted, see the top of the file.
 */
struct mmu_translation
tlb_access(struct machine *mach, struct cpu *cpu, vm_offset_t va,
    unsigned access)
{
	struct tlb *tlb = cpu->tlb;
	struct mmu_translation t = { .result = MMU_NONCANONICAL };
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
			detector_multimatch(mach, cpu, entry, other, va,
			    access, level + 1);
		} else if (entry != NULL && entry->overlap &&
		    entry->size == PMAPSIM_TLB_4K) {
			/* What it shared its address with has gone. */
			entry->overlap = false;
			tlb_set_allow(entry);
		}
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
		entry->used = ++tlb->clock;
		if (level == 2) {
			second = entry;
			entry = tlb_fill(tlb, cpu, 0, kind, va, second);
			if (entry == NULL)
				entry = second;
		}
		if (entry != second)
			tlb_hint(tlb, kind, va, entry);
		if (tlb->watched)
			detector_access(mach, cpu, entry, va, access);
		tlb_served(entry, va, &t);
		return (t);
	}
	tlb_walk(mach, cpu, va, access, &t, &page);
	if (t.result != MMU_OK) {
		if (t.result == MMU_PAGE_FAULT) {
			/* So that the repeated access walks again. */
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
	second = tlb_fill(tlb, cpu, 1, kind, va, &page);
	entry = tlb_fill(tlb, cpu, 0, kind, va, &page);
	if (entry != NULL)
		tlb_hint(tlb, kind, va, entry);
	else
		entry = second;
	if (tlb->watched && entry != NULL)
		detector_access(mach, cpu, entry, va, access);
	return (t);
}

/*
 * Says where pages of each size go in an array, and where they are looked for.
 * A fully associative array is looked through once, whatever it holds.
 *
 * Simulator only.
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
			tlb->fill[level][kind][size] =
			    (struct tlb_place){ array, size };
			if (array->sets > 1 || probe == tlb->probe[level][kind]
			    || probe[-1].array != array)
				*probe++ = (struct tlb_place){ array, size };
		}
		for (size = 0; size < TLB_SIZES; size++)
			if ((array->desc.splits & 1u << size) != 0)
				tlb->fill[level][kind][size] =
				    (struct tlb_place){ array, largest };
	}
}

/*
 * Makes one CPU's TLB of "desc".  All that it needs of the reservation is
 * zero-filled, which is empty; only the lives must differ from 0.
 *
 * Simulator only.
 */
static struct tlb *
tlb_create(struct machine *mach, const struct tlb_desc *desc,
    struct detector *detector)
{
	struct tlb *tlb;
	struct tlb_entry *next;
	struct tlb_array *array;
	struct tlb_cache *cache;
	unsigned i;

	tlb = machine_reserve(mach, sizeof(*tlb));
	tlb->desc = desc;
	tlb->detector = detector;
	tlb->local = 1;
	tlb->global = tlb->last_life = 2;
	tlb->cache_life = 1;
	tlb->nentries = 1;
	for (i = 0; i < desc->narrays; i++)
		tlb->nentries += desc->array[i].entries;
	tlb->entries = machine_reserve(mach,
	    tlb->nentries * sizeof(*tlb->entries));
	next = tlb->entries + 1;
	for (i = 0; i < desc->narrays; i++) {
		array = &tlb->array[i];
		array->desc = desc->array[i];
		array->sets = array->desc.entries / array->desc.ways;
		array->entries = next;
		next += array->desc.entries;
		tlb_place(tlb, array);
	}
	for (i = 0; i < desc->ncaches; i++) {
		cache = &tlb->cache[i];
		cache->desc = desc->cache[i];
		cache->sets = cache->desc.entries / cache->desc.ways;
		cache->entries = machine_reserve(mach,
		    cache->desc.entries * sizeof(*cache->entries));
	}
	return (tlb);
}

/*
 * See tlb.h.
 *
 * Simulator only.
 */
bool
tlb_startup(struct machine *mach, char *err, size_t errsize)
{
	struct tlb_desc *desc;
	struct detector *detector;
	char *name;
	unsigned i;

	desc = machine_reserve(mach, sizeof(*desc));
	if (!tlb_find(mach->config.tlb, desc, err, errsize))
		return (false);
	/* The caller's text need not outlive the boot. */
	name = machine_reserve(mach, strlen(mach->config.tlb) + 1);
	strcpy(name, mach->config.tlb);
	mach->config.tlb = name;
	detector = machine_reserve(mach, sizeof(*detector));
	for (i = 0; i < mach->config.ncpu; i++)
		mach->cpus[i].tlb = tlb_create(mach, desc, detector);
	return (true);
}
