/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLBs against a slow twin: lists in order of use, searched from one end to
 * the other, no sets but a filter on the index, no hints, no lives.  Random
 * accesses, table changes and invalidations run on both; after every step the
 * answer and the counters, and every so often the whole contents, must agree.
 */
#include "hw_fixture.h"

#include <stdlib.h>

#define NPAGES 96
#define MODEL_MAX 4096

/* One entry of the twin; position 0 of a list is the most recently used. */
struct twin_entry {
	vm_offset_t va;
	vm_paddr_t pa;
	unsigned size, page_size;
	uint64_t rights;
	bool global;
};

struct twin_array {
	const struct tlb_array_desc *desc;
	struct twin_entry *entry;
	unsigned n;
};

struct twin {
	struct tlb_desc desc;
	struct twin_array array[TLB_ARRAYS_MAX];
	uint64_t hits[2][2][3], misses[2][2][3];
	uint64_t dirty_walks, rewalks, faults, evictions;
};

static vm_offset_t
page_mask(unsigned size)
{
	return ((UINT64_C(1) << (12 + 9 * size)) - 1);
}

static unsigned
set_of(const struct twin_array *a, unsigned size, vm_offset_t va)
{
	return ((va >> (12 + 9 * size)) % (a->desc->entries / a->desc->ways));
}

static void
twin_remove(struct twin_array *a, unsigned i)
{
	memmove(&a->entry[i], &a->entry[i + 1],
	    (--a->n - i) * sizeof(a->entry[0]));
}

static struct twin_entry *
twin_front(struct twin_array *a, unsigned i)
{
	struct twin_entry e = a->entry[i];

	memmove(&a->entry[1], &a->entry[0], i * sizeof(e));
	a->entry[0] = e;
	return (&a->entry[0]);
}

/* The smallest entry of the level for "va"; its array through "ap". */
static struct twin_entry *
twin_find(struct twin *twin, unsigned level, unsigned kind, vm_offset_t va,
    struct twin_array **ap, unsigned *index)
{
	struct twin_entry *best = NULL;
	struct twin_array *a;
	unsigned i, j;

	for (i = 0; i < twin->desc.narrays; i++) {
		a = &twin->array[i];
		if (a->desc->level != level ||
		    (a->desc->kinds & 1u << kind) == 0)
			continue;
		for (j = 0; j < a->n; j++)
			if (((a->entry[j].va ^ va) &
				~page_mask(a->entry[j].size)) == 0 &&
			    (best == NULL || a->entry[j].size < best->size)) {
				best = &a->entry[j];
				*ap = a;
				*index = j;
			}
	}
	return (best);
}

static void
twin_fill(struct twin *twin, unsigned level, unsigned kind, vm_offset_t va,
    struct twin_entry from)
{
	struct twin_array *a = NULL;
	unsigned i, j, oldest, same, size;

	for (i = 0; i < twin->desc.narrays; i++) {
		a = &twin->array[i];
		if (a->desc->level == level &&
		    (a->desc->kinds & 1u << kind) != 0 &&
		    ((a->desc->holds | a->desc->splits) & 1u << from.size) != 0)
			break;
	}
	if (i == twin->desc.narrays)
		return;
	size = from.size;
	if ((a->desc->holds & 1u << size) == 0)
		while ((a->desc->holds & 1u << size) == 0)
			size--;
	from.pa += (va & ~page_mask(size)) - from.va;
	from.va = va & ~page_mask(size);
	from.size = size;
	same = 0;
	oldest = MODEL_MAX;
	for (j = 0; j < a->n; j++) {
		if (a->entry[j].size == size && a->entry[j].va == from.va) {
			twin_remove(a, j);
			same = 0;
			oldest = MODEL_MAX;
			break;
		}
		if (set_of(a, a->entry[j].size, a->entry[j].va) ==
		    set_of(a, size, from.va)) {
			same++;
			oldest = j;
		}
	}
	if (same == a->desc->ways) {
		twin_remove(a, oldest);
		twin->evictions++;
	}
	memmove(&a->entry[1], &a->entry[0], a->n++ * sizeof(from));
	a->entry[0] = from;
}

static void
twin_drop(struct twin *twin, vm_offset_t va)
{
	struct twin_array *a;
	unsigned i, j;

	for (i = 0; i < twin->desc.narrays; i++) {
		a = &twin->array[i];
		for (j = a->n; j-- > 0;)
			if (((a->entry[j].va ^ va) &
				~page_mask(a->entry[j].page_size)) == 0)
				twin_remove(a, j);
	}
}

static void
twin_flush(struct twin *twin, bool global)
{
	struct twin_array *a;
	unsigned i, j;

	for (i = 0; i < twin->desc.narrays; i++) {
		a = &twin->array[i];
		for (j = a->n; j-- > 0;)
			if (global || !a->entry[j].global)
				twin_remove(a, j);
	}
}

static bool
twin_permits(uint64_t rights, unsigned access)
{
	return (((access & MMU_USER) == 0 || (rights & PG_U) != 0) &&
	    ((access & MMU_WRITE) == 0 || (rights & PG_RW) != 0) &&
	    ((access & MMU_FETCH) == 0 || (rights & PG_NX) == 0));
}

/* What an access must give; the tables are asked, and marked, by a walk. */
static struct mmu_translation
twin_access(struct twin *twin, struct hw *hw, vm_offset_t va, unsigned access)
{
	struct mmu_translation t = {.result = MMU_OK};
	struct twin_entry *e, copy;
	struct twin_array *a = NULL;
	unsigned index, kind, level;
	bool dirty = false, has_l2 = false;

	kind = (access & MMU_FETCH) != 0;
	for (index = 0; index < twin->desc.narrays; index++)
		has_l2 |= twin->desc.array[index].level == 2 &&
		    (twin->desc.array[index].kinds & 1u << kind) != 0;
	e = NULL;
	for (level = 1; level <= 2 && e == NULL; level++)
		e = twin_find(twin, level, kind, va, &a, &index);
	level--;
	if (e != NULL && !twin_permits(e->rights, access)) {
		twin->rewalks++;
		twin_drop(twin, va);
		e = NULL;
	} else if (e != NULL) {
		twin->hits[level - 1][kind][e->page_size]++;
		if (level == 2)
			twin->misses[0][kind][e->page_size]++;
		dirty = (access & MMU_WRITE) != 0 && (e->rights & PG_M) == 0;
		twin->dirty_walks += dirty;
	}
	if (e != NULL && !dirty) {
		copy = *twin_front(a, index);
		t.pa = copy.pa + (va & page_mask(copy.size));
		t.page_shift = 12 + 9 * copy.page_size;
		if (level == 2)
			twin_fill(twin, 1, kind, va, copy);
		return (t);
	}
	t = hw_walk(hw, va, access);
	if (t.result != MMU_OK) {
		twin_drop(twin, va);
		twin->faults++;
		return (t);
	}
	copy.size = copy.page_size = (t.page_shift - 12) / 9;
	copy.va = va & ~page_mask(copy.size);
	copy.pa = t.pa & ~page_mask(copy.size);
	copy.global = (*t.leaf & PG_G) != 0;
	/* The tables above the leaves give all rights here. */
	copy.rights = *t.leaf & (PG_RW | PG_U | PG_NX | PG_M | PG_G);
	if (!dirty) {
		twin->misses[0][kind][copy.size]++;
		if (has_l2)
			twin->misses[1][kind][copy.size]++;
	}
	twin_fill(twin, 2, kind, va, copy);
	twin_fill(twin, 1, kind, va, copy);
	return (t);
}

struct check {
	struct twin *twin;
	unsigned seen;
};

static void
check_entry(const struct pmapsim_tlb_entry *entry, void *arg)
{
	struct check *check = arg;
	struct twin_array *a;
	unsigned i, j;

	for (i = 0; i < check->twin->desc.narrays; i++) {
		a = &check->twin->array[i];
		if (a->desc->level != entry->level ||
		    a->desc->kinds != entry->kinds)
			continue;
		for (j = 0; j < a->n; j++)
			if (a->entry[j].va == entry->va &&
			    a->entry[j].size == entry->size &&
			    a->entry[j].page_size == entry->page_size &&
			    a->entry[j].pa == entry->pa &&
			    a->entry[j].rights == entry->rights) {
				check->seen++;
				return;
			}
	}
	fail_msg("l%u entry %#jx of size %u is not the twin's", entry->level,
	    (uintmax_t)entry->va, entry->size);
}

static void
check_contents(struct twin *twin, struct hw *hw)
{
	struct check check = {.twin = twin};
	unsigned i, n = 0;

	pmapsim_tlb_entries(hw->mach, 0, check_entry, &check);
	for (i = 0; i < twin->desc.narrays; i++)
		n += twin->array[i].n;
	assert_int_equal(check.seen, n);
}

static void
check_counters(const struct twin *twin, struct hw *hw)
{
	const struct pmapsim_tlb_stats *s = &hw->cpu->tlb->stats;

	assert_memory_equal(s->hits, twin->hits, sizeof(s->hits));
	assert_memory_equal(s->misses, twin->misses, sizeof(s->misses));
	assert_int_equal(s->dirty_walks, twin->dirty_walks);
	assert_int_equal(s->rewalks, twin->rewalks);
	assert_int_equal(s->faults, twin->faults);
	assert_int_equal(s->evictions, twin->evictions);
	assert_int_equal(s->multimatches, 0);
}

static uint64_t
random_leaf(uint64_t *seed)
{
	uint64_t r = hw_random(seed), value;

	value = (r >> 40 << 30) % (UINT64_C(1) << 40);
	if (r % 16 != 0)
		value |= PG_V;
	if (r >> 4 & 3)
		value |= PG_RW;
	if (r >> 6 & 3)
		value |= PG_U;
	if ((r >> 8 & 3) == 0)
		value |= PG_NX;
	if ((r >> 10 & 1) == 0)
		value |= PG_G;
	return (value);
}

/*
 * Runs "steps" of both.  "wide" spreads the pages so that all levels overflow;
 * no page changes its size, so that what matches is unambiguous.
 */
static void
run_model(const char *tlb, uint64_t seed, unsigned steps, bool wide)
{
	struct hw hw;
	struct twin twin;
	struct mmu_translation got, want;
	struct pmapsim_tlb_stats stats;
	uint64_t *leaf[NPAGES * 3], leaf_before, leaf_after;
	vm_offset_t page[NPAGES * 3], va, end;
	unsigned access, i, n, op, size, step;
	char err[256];

	print_message("%s, seed %#jx\n",
	    strchr(tlb, '\n') ? "description" : tlb, (uintmax_t)seed);
	hw_boot(&hw, 8 << 20, 1, tlb);
	memset(&twin, 0, sizeof(twin));
	assert_true(tlb_find_desc(tlb, &twin.desc, err, sizeof(err)));
	for (i = 0; i < twin.desc.narrays; i++) {
		twin.array[i].desc = &twin.desc.array[i];
		twin.array[i].entry = calloc(MODEL_MAX,
		    sizeof(struct twin_entry));
	}
	n = 0;
	for (size = 0; size < 3; size++)
		for (i = 0; i < NPAGES; i++, n++) {
			/* 4K, 2M and 1G pages in PML4 slots of their own. */
			page[n] = ((vm_offset_t)size << 39) +
			    ((wide ? i * (1 + i % 7) : i % 24)
				<< (12 + 9 * size));
			if (size == 2)
				page[n] = (UINT64_C(2) << 39) +
				    ((vm_offset_t)(i % 40) << 30);
			leaf[n] = hw_map(&hw, page[n], size,
			    random_leaf(&seed));
		}
	for (step = 0; step < steps; step++) {
		i = hw_random(&seed) % n;
		/* Most accesses go to a few pages, as programs do. */
		if (hw_random(&seed) % 4 != 0)
			i = i % 12 + (i / 12 % 3) * NPAGES;
		size = i / NPAGES;
		va = page[i] + (hw_random(&seed) & page_mask(size));
		op = hw_random(&seed) % 2048;
		if (op < 2) {
			cpu_invltlb(hw.mach, hw.cpu);
			twin_flush(&twin, false);
		} else if (op == 2) {
			cpu_toggle_pge(hw.mach, hw.cpu);
			twin_flush(&twin, true);
		} else if (op < 100) {
			cpu_invlpg(hw.mach, hw.cpu, va);
			twin_drop(&twin, va);
		} else if (wide && op < 104) {
			va = trunc_page(va);
			end = va + ptoa(1 + hw_random(&seed) % 300);
			cpu_invlpg_range(hw.mach, hw.cpu, va, end);
			for (; va < end; va += PAGE_SIZE)
				twin_drop(&twin, va);
		} else if (op < 250) {
			/* A store to the tables, of which no TLB hears. */
			*leaf[i] = random_leaf(&seed) | (size != 0 ? PG_PS : 0);
		} else {
			static const unsigned kinds[6] = {0, MMU_WRITE,
			    MMU_FETCH, MMU_USER, MMU_USER | MMU_WRITE,
			    MMU_USER | MMU_FETCH};

			access = kinds[hw_random(&seed) % 6];
			leaf_before = *leaf[i];
			want = twin_access(&twin, &hw, va, access);
			leaf_after = *leaf[i];
			*leaf[i] = leaf_before;
			got = hw_access(&hw, va, access);
			if (got.result != want.result ||
			    got.error != want.error ||
			    (got.result == MMU_OK &&
				(got.pa != want.pa ||
				    got.page_shift != want.page_shift)) ||
			    *leaf[i] != leaf_after)
				fail_msg(
				    "step %u: access %#x to %#jx gives "
				    "%d %#x %#jx, leaf %#jx; the twin %d %#x "
				    "%#jx, leaf %#jx",
				    step, access, (uintmax_t)va, got.result,
				    got.error, (uintmax_t)got.pa,
				    (uintmax_t)*leaf[i], want.result,
				    want.error, (uintmax_t)want.pa,
				    (uintmax_t)leaf_after);
		}
		check_counters(&twin, &hw);
		if (step % 64 == 0)
			check_contents(&twin, &hw);
	}
	check_contents(&twin, &hw);
	/* The run meant something: all that can happen did. */
	pmapsim_tlb_stats(hw.mach, 0, &stats);
	assert_true(stats.hits[0][0][0] != 0 && stats.misses[0][1][1] != 0 &&
	    stats.dirty_walks != 0 && stats.rewalks != 0 && stats.faults != 0 &&
	    stats.evictions != 0);
	for (i = 0; i < twin.desc.narrays; i++)
		free(twin.array[i].entry);
	hw_destroy(&hw);
}

static void
test_presets_agree_with_the_model(void **state)
{
	unsigned i;

	for (i = 0; pmapsim_tlb_preset(i) != NULL; i++) {
		run_model(pmapsim_tlb_preset(i), 0x1234 + i, 12000, true);
		run_model(pmapsim_tlb_preset(i), 0x9876 + i, 6000, false);
	}
}

/* Small ones, where every step evicts, and shapes that no preset has. */
static void
test_small_arrays_agree_with_the_model(void **state)
{
	static const char *const tlbs[] = {
	    "tlb one\narray l1 unified 4K,2M,1G entries=1 ways=1\n",
	    "tlb pieces\n"
	    "array l1 unified 4K entries=4 ways=2 splits=2M,1G\n"
	    "array l2 unified 4K,2M entries=16 ways=4 splits=1G\n",
	    "tlb direct\n"
	    "array l1 data 4K,2M entries=8 ways=1\n"
	    "array l1 instruction 4K,2M,1G entries=4 ways=full\n"
	    "array l2 data 4K,2M,1G entries=32 ways=2\n"
	    "cache pde entries=2 ways=1\n"
	    "cache pdpte,pml4e entries=2 ways=full\n",
	    "tlb no-large\n"
	    "array l1 unified 4K entries=16 ways=4\n"
	    "cache pde,pdpte,pml4e entries=1 ways=1\n",
	};
	unsigned i;

	for (i = 0; i < sizeof(tlbs) / sizeof(tlbs[0]); i++) {
		run_model(tlbs[i], 0x4321 + i, 6000, true);
		run_model(tlbs[i], 0x6789 + i, 6000, false);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_presets_agree_with_the_model),
	    cmocka_unit_test(test_small_arrays_agree_with_the_model),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
