/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of tags against lists kept in order of use: every victim is the one
 * that the list has last, whatever was used, dropped and flushed before, in
 * sets of few ways and in wide ones.
 */
#include "hw_fixture.h"

#include <stdlib.h>

#define SLOTS_MAX 512
#define PAGES 2048

/* The twin: what is alive in the order of its use, the latest first. */
struct list {
	unsigned n;
	struct {
		vm_offset_t va;
		unsigned size, slot;
		bool global;
	} item[SLOTS_MAX];
};

static void
list_remove(struct list *list, unsigned i)
{
	memmove(&list->item[i], &list->item[i + 1],
	    (--list->n - i) * sizeof(list->item[0]));
}

static void
list_front(struct list *list, vm_offset_t va, unsigned size, unsigned slot,
    bool global)
{
	memmove(&list->item[1], &list->item[0],
	    list->n++ * sizeof(list->item[0]));
	list->item[0].va = va;
	list->item[0].size = size;
	list->item[0].slot = slot;
	list->item[0].global = global;
}

static int
list_find(const struct list *list, vm_offset_t va, unsigned size)
{
	unsigned i;

	for (i = 0; i < list->n; i++)
		if (list->item[i].va == va && list->item[i].size == size)
			return ((int)i);
	return (-1);
}

static void
make(struct tlb_sets *sets, unsigned nsets, unsigned ways)
{
	unsigned n = nsets * ways;

	memset(sets, 0, sizeof(*sets));
	sets->nsets = nsets;
	sets->ways = ways;
	sets->tag = calloc(n, sizeof(*sets->tag));
	sets->used = calloc(n, sizeof(*sets->used));
	if (ways <= TLB_SETS_WIDE || nsets != 1)
		return;
	sets->nbuckets = tlb_sets_buckets(ways);
	assert_true(sets->nbuckets >= 2 * ways);
	assert_int_equal(sets->nbuckets & (sets->nbuckets - 1), 0);
	sets->bucket = calloc(sets->nbuckets, sizeof(*sets->bucket));
	sets->link = calloc(n, sizeof(*sets->link));
	sets->home = calloc(n, sizeof(*sets->home));
	sets->order = calloc(n, sizeof(*sets->order));
	sets->dropped = calloc(n, sizeof(*sets->dropped));
}

static void
unmake(struct tlb_sets *sets)
{
	free(sets->tag);
	free(sets->used);
	free(sets->bucket);
	free(sets->link);
	free(sets->home);
	free(sets->order);
	free(sets->dropped);
}

/* The set's oldest in the list, or -1 while the set has room. */
static int
list_oldest(const struct list *list, const struct tlb_sets *sets,
    vm_offset_t va, unsigned size)
{
	unsigned first = tlb_sets_first(sets, va, size), i, n = 0;
	int oldest = -1;

	for (i = 0; i < list->n; i++)
		if (list->item[i].slot - first < sets->ways) {
			n++;
			oldest = (int)i;
		}
	return (n < sets->ways ? -1 : oldest);
}

/* Flushes leave the tags where they are and change the lives. */
static void
flush(struct tlb_sets *sets, struct list *list, struct tlb_lives *lives,
    bool global)
{
	unsigned i;

	for (i = list->n; i-- > 0;)
		if (global || !list->item[i].global)
			list_remove(list, i);
	lives->local = lives->local % 300 + 1;
	if (global)
		lives->global = 301 + lives->global % 300;
	tlb_sets_died(sets);
	/* A life comes round only after a sweep, which the TLB makes. */
	for (i = 0; i < sets->nsets * sets->ways; i++)
		if (tlb_lives_have(*lives, sets->tag[i] & TLB_TAG_LIFE) &&
		    list_find(list, sets->tag[i] & ~PAGE_MASK,
			(sets->tag[i] & TLB_TAG_SIZE) >> TLB_TAG_SIZE_SHIFT) <
			0)
			sets->tag[i] &= TLB_TAG_SIZE;
}

static void
run(unsigned nsets, unsigned ways, unsigned pages, uint64_t seed)
{
	struct tlb_lives lives = {1, 301};
	struct tlb_sets sets;
	struct list list = {0};
	uint64_t clock = 0, r;
	vm_offset_t va;
	unsigned evictions = 0, size, slot, step;
	bool evicted, global;
	int at, oldest;

	print_message("%u sets of %u, %u pages, seed %#jx\n", nsets, ways,
	    pages, (uintmax_t)seed);
	make(&sets, nsets, ways);
	for (step = 0; step < 20000; step++) {
		r = hw_random(&seed);
		size = (r >> 8) % 8 < 6 ? 0 : (r >> 8) % 8 - 5;
		/* Streams as well as what comes back. */
		va = ((step / 4096 & 1) != 0 ? step % pages :
					       (r >> 16) % pages);
		va <<= tlb_shift(size);
		if (size == 0)
			va += UINT64_C(1) << 47;
		if (r % 1000 == 0) {
			flush(&sets, &list, &lives, (r >> 12) % 4 == 0);
			continue;
		}
		slot = tlb_sets_find(&sets, va, size, lives);
		at = list_find(&list, va, size);
		if ((at < 0) != (slot == TLB_SETS_NONE))
			fail_msg("step %u: slot %u, and the list has %d", step,
			    slot, at);
		if (at >= 0) {
			assert_int_equal(slot, list.item[at].slot);
			global = list.item[at].global;
			list_remove(&list, (unsigned)at);
			if (r % 1000 < 100) {
				tlb_sets_drop(&sets, slot);
				continue;
			}
			sets.used[slot] = ++clock;
			list_front(&list, va, size, slot, global);
			continue;
		}
		oldest = list_oldest(&list, &sets, va, size);
		slot = tlb_sets_victim(&sets, va, size, lives, &evicted);
		assert_true(slot - tlb_sets_first(&sets, va, size) < ways);
		assert_int_equal(evicted, oldest >= 0);
		if (oldest >= 0) {
			if (slot != list.item[oldest].slot)
				fail_msg("step %u: slot %u goes, and %u was "
					 "used longest ago",
				    step, slot, list.item[oldest].slot);
			list_remove(&list, (unsigned)oldest);
			evictions++;
		}
		global = (r >> 40) % 3 == 0;
		tlb_sets_put(&sets, slot, va, size,
		    global ? lives.global : lives.local, ++clock);
		list_front(&list, va, size, slot, global);
	}
	assert_true(evictions > 1000);
	unmake(&sets);
}

static void
test_victims_are_the_least_recently_used(void **state)
{
	static const unsigned shapes[][2] = {{1, 1}, {1, 4}, {16, 4}, {8, 1},
	    {2, 12}, {1, TLB_SETS_WIDE}, {1, TLB_SETS_WIDE + 1}, {1, 32},
	    {1, 48}, {1, 64}, {1, 200}, {4, 64}};
	unsigned i, n;

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		n = shapes[i][0] * shapes[i][1];
		/* A little too much for it, and far too much. */
		run(shapes[i][0], shapes[i][1], n + n / 4 + 1, 0xbead + i);
		run(shapes[i][0], shapes[i][1], PAGES, 0xfeed + i);
	}
}

/* More flushes than there are lives: nothing dead comes back. */
static void
test_lives_come_round(void **state)
{
	struct pmapsim_tlb_stats stats;
	struct hw hw;
	unsigned i, n;
	uint64_t *leaf[2];

	hw_boot(&hw, 8 << 20, 1, "k10");
	leaf[0] = hw_map(&hw, 0x1000, 0, UINT64_C(0x5000) | HW_ALL);
	leaf[1] = hw_map(&hw, 0x2000, 0, UINT64_C(0x6000) | HW_ALL | PG_G);
	for (n = 0; n < 3 * (TLB_TAG_LIFE + 1); n++) {
		assert_pa(hw_access(&hw, 0x1000, MMU_READ), 0x5000);
		assert_pa(hw_access(&hw, 0x2000, MMU_READ), 0x6000);
		cpu_invltlb(hw.mach, hw.cpu);
		pmapsim_tlb_stats(hw.mach, 0, &stats);
		/* Each level's, of the global page. */
		assert_int_equal(stats.in_use[0][0][0], 1);
		assert_int_equal(stats.in_use[1][0][0], 1);
		assert_int_equal(stats.walks, n + 2);
	}
	/* The same with the caches of table entries, which INVLPG empties. */
	*leaf[1] = 0;
	cpu_toggle_pge(hw.mach, hw.cpu);
	for (i = 0; i < 3 * (TLB_TAG_LIFE + 1); i++) {
		cpu_invlpg(hw.mach, hw.cpu, 0x1000);
		pmapsim_tlb_stats(hw.mach, 0, &stats);
		n = (unsigned)stats.walk_steps;
		assert_pa(hw_access(&hw, 0x1000, MMU_READ), 0x5000);
		pmapsim_tlb_stats(hw.mach, 0, &stats);
		assert_int_equal(stats.walk_steps - n, 4);
	}
	hw_destroy(&hw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_victims_are_the_least_recently_used),
	    cmocka_unit_test(test_lives_come_round),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
