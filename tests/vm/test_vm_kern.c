/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kmem_malloc() and kmem_free(), and the boot's kernel_map and kmem_map.
 */
#include "vm_kern_fixture.h"

/* The partial reservations, "n" pairs of frame and popcnt from the head. */
static void
assert_partpop(struct machine *mach, unsigned n, const uint64_t *pairs)
{
	const struct vm_reserv *rv;
	unsigned i;

	i = 0;
	TAILQ_FOREACH(rv, &mach->vm_reserv->rvq_partpop, partpopq) {
		assert_true(i < n);
		assert_int_equal(vm_reserv_to_phys(mach->vm_reserv, rv),
		    pairs[2 * i]);
		assert_int_equal(rv->popcnt, pairs[2 * i + 1]);
		i++;
	}
	assert_int_equal(i, n);
}

/* A queue's blocks, collected for comparison. */
struct blocks {
	unsigned n;
	vm_paddr_t pa[64];
};

static void
blocks_visit(struct machine *mach, vm_paddr_t pa, void *arg)
{
	struct blocks *blocks = arg;

	assert_true(blocks->n < 64);
	blocks->pa[blocks->n++] = pa;
}

static void
assert_blocks(struct machine *mach, int list, int pool, int order, unsigned n,
    const vm_paddr_t *pas)
{
	struct blocks blocks;

	blocks.n = 0;
	vm_phys_foreach(mach, list, pool, order, blocks_visit, &blocks);
	assert_int_equal(blocks.n, n);
	assert_memory_equal(blocks.pa, pas, n * sizeof(*pas));
}

/* Spec/90 B on the upper of its two memory ranges: 158 free pages less. */
#define EXAMPLE_B "mem=80M first=0x1142000 kmem=6M ncpu=1"
#define FREE_B(n) ((n)-158)

static void
example_b(const char *config)
{
	struct machine *mach = support_boot(config);
	vm_map_t map = pmapsim_kmem_map(mach);
	pmap_t pmap = pmapsim_kernel_pmap(mach);
	vm_page_t ptp;
	unsigned i;

	assert_columns(mach,
	    (struct columns) {0, 0, 4, FREE_B(16216), 0, 0, 0});
	assert_int_equal(support_pde(mach, pmap, K), 0x2001063);
	assert_int_equal(support_pde(mach, pmap, K + MB(4)), 0x2003063);

	/* B1: 1200000 [################] full, promoted */
	assert_int_equal(kmem_malloc(mach, map, MB(2), M_WAITOK), K);
	assert_columns(mach,
	    (struct columns) {512, 512, 516, FREE_B(15704), 1, 0, 511});
	assert_int_equal(support_pde(mach, pmap, K), 0x12003e3);
	assert_partpop(mach, 0, NULL);
	assert_entries(map, 1, (vm_offset_t[]) {K, K + MB(2)});

	/* B2: 1400000 [##..............] */
	assert_int_equal(kmem_malloc(mach, map, KB(8), M_WAITOK), K + MB(2));
	assert_columns(mach,
	    (struct columns) {514, 514, 518, FREE_B(15702), 1, 0, 511});
	assert_pte(mach, pmap, K + MB(2), 0x1400363);
	assert_pte(mach, pmap, K + MB(2) + PAGE_SIZE, 0x1401363);
	assert_partpop(mach, 1, (uint64_t[]) {0x1400000, 2});
	assert_entries(map, 1, (vm_offset_t[]) {K, K + MB(2) + KB(8)});

	/* B3: 1200000 [#.##############] demoted, pages 16..31 free */
	kmem_free(mach, map, K + KB(64), KB(64));
	assert_columns(mach,
	    (struct columns) {498, 498, 502, FREE_B(15718), 1, 1, 511});
	assert_int_equal(support_pde(mach, pmap, K), 0x2001063);
	assert_pte(mach, pmap, K + ptoa(15), 0x120f363);
	for (i = 16; i < 32; i++)
		assert_pte(mach, pmap, K + ptoa(i), 0);
	assert_pte(mach, pmap, K + ptoa(32), 0x1220363);
	ptp = PHYS_TO_VM_PAGE(mach, 0x2001000);
	assert_int_equal(ptp->wire_count, 512);
	assert_partpop(mach, 2, (uint64_t[]) {0x1400000, 2, 0x1200000, 496});
	assert_entries(map, 2,
	    (vm_offset_t[]) {K, K + KB(64), K + KB(128), K + MB(2) + KB(8)});

	/* B4: first fit fills the hole with the same pages */
	assert_int_equal(kmem_malloc(mach, map, KB(64), M_WAITOK), K + KB(64));
	assert_columns(mach,
	    (struct columns) {514, 514, 518, FREE_B(15702), 2, 1, 526});
	assert_int_equal(support_pde(mach, pmap, K), 0x12003e3);
	assert_partpop(mach, 1, (uint64_t[]) {0x1400000, 2});
	assert_entries(map, 1, (vm_offset_t[]) {K, K + MB(2) + KB(8)});

	/* B5: the whole frame goes back to the tail */
	kmem_free(mach, map, K, MB(2));
	assert_columns(mach,
	    (struct columns) {2, 2, 6, FREE_B(16214), 2, 2, 526});
	assert_int_equal(support_pde(mach, pmap, K), 0x2001063);
	for (i = 0; i < NPTEPG; i++)
		assert_pte(mach, pmap, K + ptoa(i), 0);
	assert_partpop(mach, 1, (uint64_t[]) {0x1400000, 2});
	assert_sysctl(mach, "vm.reserv.freed", 1);
	assert_entries(map, 1, (vm_offset_t[]) {K + MB(2), K + MB(2) + KB(8)});
	assert_blocks(mach, VM_FREELIST_DEFAULT, VM_FREEPOOL_DEFAULT, 12, 2,
	    (vm_paddr_t[]) {0x3000000, 0x4000000});
	assert_blocks(mach, VM_FREELIST_DEFAULT, VM_FREEPOOL_DEFAULT, 11, 1,
	    (vm_paddr_t[]) {0x1800000});
	assert_blocks(mach, VM_FREELIST_DEFAULT, VM_FREEPOOL_DEFAULT, 9, 2,
	    (vm_paddr_t[]) {0x1600000, 0x1200000});
	support_destroy(mach);
}

static void
test_kmem_malloc_example_b(void **state)
{

	example_b(EXAMPLE_B " invariants=off");
	example_b(EXAMPLE_B " invariants=on");
}

/* With the remedy the pages are all in before the one attempt. */
static void
test_kmem_malloc_enter_multiple_spares_failures(void **state)
{
	struct machine *mach;
	vm_map_t map;

	mach = support_boot(EXAMPLE_B " kernel=2010-04+enter-multiple");
	map = pmapsim_kmem_map(mach);
	assert_int_equal(kmem_malloc(mach, map, MB(2), M_NOWAIT), K);
	assert_columns(mach,
	    (struct columns) {512, 512, 516, FREE_B(15704), 1, 0, 0});
	assert_superpage(mach, pmapsim_kernel_pmap(mach), K);
	/* Across a border: the tail of one window and the head of another. */
	kmem_free(mach, map, K, MB(2));
	assert_int_equal(kmem_malloc(mach, map, MB(1), M_NOWAIT), K);
	assert_int_equal(kmem_malloc(mach, map, MB(2), M_NOWAIT), K + MB(1));
	assert_columns(mach,
	    (struct columns) {768, 768, 772, FREE_B(16216) - 768, 2, 1, 0});
	assert_superpage(mach, pmapsim_kernel_pmap(mach), K);
	assert_not_superpage(mach, pmapsim_kernel_pmap(mach), K + MB(2));
	support_destroy(mach);
}

static void
test_kmem_init_makes_both_maps(void **state)
{
	struct machine *mach = *state;
	vm_map_t kernel_map = pmapsim_kernel_map(mach);
	vm_map_t kmem_map = pmapsim_kmem_map(mach);
	vm_map_entry_t entry;

	assert_int_equal(kernel_map->min_offset, K);
	assert_true(kernel_map->system_map);
	assert_ptr_equal(kernel_map->pmap, pmapsim_kernel_pmap(mach));
	assert_int_equal(kernel_map->nentries, 2);
	entry = kernel_map->header.next;
	assert_int_equal(entry->start, K);
	assert_int_equal(entry->end, K + MB(8));
	assert_int_equal(entry->eflags, MAP_ENTRY_IS_SUB_MAP);
	assert_ptr_equal(entry->object.sub_map, kmem_map);
	entry = entry->next;
	assert_int_equal(entry->start, KERNBASE);
	assert_int_equal(entry->eflags, MAP_ENTRY_NOFAULT);
	assert_null(entry->object.vm_object);

	assert_int_equal(kmem_map->min_offset, K);
	assert_int_equal(kmem_map->max_offset, K + MB(8));
	assert_true(kmem_map->system_map);
	assert_ptr_equal(kmem_map->pmap, pmapsim_kernel_pmap(mach));
	assert_entries(kmem_map, 0, NULL);
	assert_int_equal(pmapsim_kmem_object(mach)->ref_count, 1);
	/* One page directory and a page table for each 2 MB. */
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", 5);
}

static void
test_kmem_init_sizes(void **state)
{
	static const struct {
		const char *config;
		vm_size_t size;
		int64_t wired;
	} cases[] = {
	    {"mem=40M first=4M", MB(14), 8}, /* 13.3M rounded up */
	    {"mem=48M first=4M", MB(16), 9},
	    {"mem=40M first=4M kmem=3M", MB(3), 3}, /* as given */
	    {"mem=40M first=4M kmem=2M", MB(2), 2},
	};
	struct machine *mach;
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mach = support_boot(cases[i].config);
		assert_int_equal(pmapsim_kmem_map(mach)->max_offset -
			pmapsim_kmem_map(mach)->min_offset,
		    cases[i].size);
		assert_sysctl(mach, "vm.stats.vm.v_wire_count", cases[i].wired);
		assert_int_equal(kmem_alloc_nofault(mach,
				     pmapsim_kernel_map(mach), KB(64)),
		    K + cases[i].size);
		support_destroy(mach);
	}
	mach = support_boot("mem=40M first=4M kmem=0");
	assert_null(pmapsim_kmem_map(mach));
	assert_int_equal(pmapsim_kernel_map(mach)->nentries, 1);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", 0);
	assert_panics(mach, "kmem_malloc: the machine has no kmem_map",
	    kmem_malloc(mach, pmapsim_kmem_map(mach), KB(8), M_NOWAIT));
	support_destroy(mach);
}

static void
test_kmem_malloc_page_state(void **state)
{
	struct machine *mach = *state;
	struct pmapsim_page_info info;
	vm_map_t map = pmapsim_kmem_map(mach);
	vm_offset_t addr;
	vm_pindex_t i;
	vm_page_t m;

	addr = kmem_malloc(mach, map, KB(12) - 1, M_WAITOK);
	assert_int_equal(addr, K);
	for (i = 0; i < 3; i++) {
		m = vm_page_lookup(mach, pmapsim_kmem_object(mach), i);
		assert_non_null(m);
		pmapsim_page_info(mach, m, &info);
		assert_int_equal(info.flags, PG_UNMANAGED | PG_WRITEABLE);
		assert_int_equal(info.oflags, 0);
		assert_int_equal(info.valid, 0xff);
		assert_int_equal(info.dirty, 0);
		assert_int_equal(info.queue, PQ_NONE);
		assert_int_equal(info.wire_count, 1);
		assert_int_equal(info.pv_count, 0);
		assert_pte(mach, pmapsim_kernel_pmap(mach), addr + ptoa(i),
		    info.phys_addr | 0x363);
	}
	assert_null(vm_page_lookup(mach, pmapsim_kmem_object(mach), 3));
	kmem_free(mach, map, addr, KB(12) - 1);
	for (i = 0; i < 3; i++)
		assert_null(vm_page_lookup(mach, pmapsim_kmem_object(mach), i));
}

/* A recycled page keeps its contents unless M_ZERO asks otherwise. */
static void
test_kmem_malloc_zero(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = pmapsim_kmem_map(mach);
	unsigned char *bytes;
	vm_paddr_t pa;
	unsigned i, n;
	int flags;

	for (flags = M_NOWAIT;; flags |= M_ZERO) {
		assert_int_equal(kmem_malloc(mach, map, KB(8), M_NOWAIT), K);
		pa = pmap_kextract(mach, K);
		bytes = physmem_ptr(mach, pa);
		memset(bytes, 0xa5, KB(8));
		kmem_free(mach, map, K, KB(8));
		assert_int_equal(kmem_malloc(mach, map, KB(8), flags), K);
		assert_int_equal(pmap_kextract(mach, K), pa);
		for (i = n = 0; i < KB(8); i++)
			n += bytes[i] != 0;
		assert_int_equal(n, (flags & M_ZERO) != 0 ? 0 : KB(8));
		kmem_free(mach, map, K, KB(8));
		if ((flags & M_ZERO) != 0)
			break;
	}
}

/* Four neighbours leave in every order; what remains is merged throughout. */
static void
free_in_order(const int *order)
{
	struct machine *mach = support_boot(SUPPORT_SMALL);
	vm_map_t map = pmapsim_kmem_map(mach);
	vm_offset_t ranges[8];
	int64_t free_count;
	unsigned i, n, left;

	free_count = support_sysctl(mach, "vm.stats.vm.v_free_count");
	for (i = 0; i < 4; i++) {
		assert_int_equal(kmem_malloc(mach, map, KB(12), M_NOWAIT),
		    K + i * KB(12));
		assert_entries(map, 1,
		    (vm_offset_t[]) {K, K + (i + 1) * KB(12)});
		assert_int_equal(pmapsim_kmem_object(mach)->ref_count, 2);
	}
	left = 0xf;
	for (i = 0; i < 4; i++) {
		kmem_free(mach, map, K + (unsigned)order[i] * KB(12), KB(12));
		left &= ~(1u << order[i]);
		/* Runs of set bits are the entries. */
		for (unsigned bit = n = 0; bit < 4; bit++) {
			if ((left & (1u << bit)) == 0)
				continue;
			if (bit == 0 || (left & (1u << (bit - 1))) == 0)
				ranges[2 * n++] = K + bit * KB(12);
			ranges[2 * n - 1] = K + (bit + 1) * KB(12);
		}
		assert_entries(map, n, ranges);
		assert_int_equal(pmapsim_kmem_object(mach)->ref_count, 1 + n);
		assert_columns(mach,
		    (struct columns) {9 - 3 * i, 9 - 3 * i, 5 + 9 - 3 * i,
			free_count - 9 + 3 * i, 0, 0, 0});
	}
	assert_null(map->root);
	support_destroy(mach);
}

static void
test_kmem_free_every_order(void **state)
{
	int order[4], a, b, c;

	for (a = 0; a < 4; a++)
		for (b = 0; b < 4; b++)
			for (c = 0; c < 4; c++) {
				if (a == b || a == c || b == c)
					continue;
				order[0] = a;
				order[1] = b;
				order[2] = c;
				order[3] = 6 - a - b - c;
				free_in_order(order);
			}
}

/* kmem_free() goes to whole pages and past the ends of what was allocated. */
static void
test_kmem_free_rounds_outward(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = pmapsim_kmem_map(mach);

	assert_int_equal(kmem_malloc(mach, map, KB(16), M_NOWAIT), K);
	kmem_free(mach, map, K + PAGE_SIZE + 1, 1);
	assert_entries(map, 2,
	    (vm_offset_t[]) {K, K + KB(4), K + KB(8), K + KB(16)});
	kmem_free(mach, map, K - MB(1), MB(16));
	assert_entries(map, 0, NULL);
	assert_int_equal(pmapsim_kmem_object(mach)->ref_count, 1);
	kmem_free(mach, map, K, MB(8)); /* nothing there: nothing happens */
	assert_entries(map, 0, NULL);
}

static void
test_kmem_malloc_no_addresses(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = pmapsim_kmem_map(mach);

	assert_int_equal(kmem_malloc(mach, map, MB(8) + 1, M_NOWAIT), 0);
	assert_int_equal(kmem_malloc(mach, map, MB(6), M_NOWAIT), K);
	assert_int_equal(kmem_malloc(mach, map, MB(3), M_NOWAIT), 0);
	assert_entries(map, 1, (vm_offset_t[]) {K, K + MB(6)});
	assert_int_equal(pmapsim_kmem_object(mach)->ref_count, 2);
	assert_panics(mach,
	    "kmem_malloc(3145728): kmem_map too small: "
	    "6291456 total allocated",
	    kmem_malloc(mach, map, MB(3), M_WAITOK));
}

/*
 * Six single pages are left, none in a reservation.  A request for eight that
 * fails gives them back from the last to the first, so that they lie in the
 * free list in reverse.
 */
static void
test_kmem_malloc_nowait_failure_frees_descending(void **state)
{
	static const int pindexes[] = {100, 102, 104, 107, 110, 113};
	struct machine *mach;
	vm_object_t object;
	vm_paddr_t reverse[6];
	vm_map_t map;
	vm_pindex_t i;
	vm_page_t m;

	mach = support_boot("mem=10M first=4M ncpu=1 invariants=on kmem=4M");
	map = pmapsim_kmem_map(mach);
	object = support_object(mach, 4000, NULL);
	for (i = 0; (m = vm_page_alloc(mach, object, i,
			 VM_ALLOC_INTERRUPT | VM_ALLOC_NOBUSY)) != NULL;
	     i++)
		m->valid = VM_PAGE_BITS_ALL;
	assert_int_equal(i, 1533);
	for (i = 0; i < 6; i++) {
		m = vm_page_lookup(mach, object, (vm_pindex_t)pindexes[i]);
		reverse[5 - i] = vm_page_to_phys(mach, m);
		vm_page_free(mach, m);
	}
	assert_int_equal(kmem_malloc(mach, map, KB(32), M_NOWAIT), 0);
	assert_columns(mach, (struct columns) {0, 0, 3, 6, 0, 0, 0});
	assert_entries(map, 0, NULL);
	assert_int_equal(pmapsim_kmem_object(mach)->ref_count, 1);
	assert_int_equal(pmapsim_kmem_object(mach)->resident_page_count, 0);
	assert_blocks(mach, VM_FREELIST_ISADMA, VM_FREEPOOL_DEFAULT, 0, 6,
	    reverse);

	/* Class SYSTEM leaves v_interrupt_free_min pages, INTERRUPT none. */
	assert_int_equal(kmem_malloc(mach, map, KB(16),
			     M_NOWAIT | M_USE_RESERVE),
	    K);
	assert_columns(mach, (struct columns) {4, 4, 7, 2, 0, 0, 0});
	assert_int_equal(kmem_malloc(mach, map, KB(4),
			     M_NOWAIT | M_USE_RESERVE),
	    0);
	assert_int_equal(kmem_malloc(mach, map, KB(8), M_NOWAIT), K + KB(16));
	assert_columns(mach, (struct columns) {6, 6, 9, 0, 0, 0, 0});
	support_destroy(mach);
}

/* M_WAITOK sleeps for pages, and nobody will free one. */
static void
test_kmem_malloc_waitok_sleeps_without_pages(void **state)
{
	struct machine *mach;
	const struct pmapsim_panic *panic;

	mach = support_boot("mem=10M first=4M ncpu=1 kmem=12M");
	assert_int_equal(kmem_malloc(mach, pmapsim_kmem_map(mach), MB(5),
			     M_NOWAIT),
	    K);
	pmapsim_frame_push(mach, "acpi_alloc_wakeup_handler");
	{
		struct pmapsim_guard guard;

		assert_true(pmapsim_guard_enter(mach, &guard));
		if (setjmp(guard.env) == 0)
			(void)kmem_malloc(mach, pmapsim_kmem_map(mach), MB(2),
			    M_WAITOK);
		pmapsim_guard_leave(mach, &guard);
	}
	panic = pmapsim_panic(mach);
	assert_non_null(panic);
	assert_true(panic->simulator);
	assert_true(panic->nframes >= 2);
	assert_string_equal(panic->frames[panic->nframes - 2], "kmem_malloc");
	assert_string_equal(panic->frames[panic->nframes - 1],
	    "acpi_alloc_wakeup_handler");
	/* SYSTEM stops at v_interrupt_free_min. */
	assert_sysctl(mach, "vm.stats.vm.v_free_count", 2);
	support_destroy(mach);
}

/*
 * The kernel of 2022 maps each page before it asks for the next.  One that is
 * refused ends M_NOWAIT, which gives back what it has.  M_WAITOK sleeps, and
 * there the simulation of that kernel ends.
 */
static void
test_kmem_malloc_of_2022_without_pages(void **state)
{
	struct machine *mach;
	int64_t deficit, free_count, wired;
	vm_offset_t addr;
	pmap_t pmap;

	(void)state;
	mach = support_boot(SUPPORT_SMALL " kernel=2022-07");
	pmap = pmapsim_kernel_pmap(mach);
	/* The arenas have their addresses, and these their tables. */
	addr = kmem_malloc(mach, NULL, KB(16), M_WAITOK);
	kmem_free(mach, NULL, addr, KB(16));
	free_count = support_sysctl(mach, "vm.stats.vm.v_free_count");
	wired = support_sysctl(mach, "vm.stats.vm.v_wire_count");
	deficit = support_sysctl(mach, "pmapsim.pageout_deficit");

	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 3, false);
	assert_int_equal(kmem_malloc(mach, NULL, KB(16), M_NOWAIT), 0);
	assert_int_equal(pmapsim_inject_seen(mach, PMAPSIM_INJECT_PAGE_ALLOC),
	    3);
	assert_sysctl(mach, "vm.stats.vm.v_free_count", free_count);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", wired);
	assert_sysctl(mach, "pmapsim.pageout_deficit", deficit + 1);
	assert_int_equal(pmapsim_pmap_wired_count(pmap), 0);
	/* The addresses too: they are found again. */
	assert_int_equal(kmem_malloc(mach, NULL, KB(16), M_NOWAIT), addr);
	/* Sizes are rounded up to pages, by kmem_free() as by kmem_malloc(). */
	kmem_free(mach, NULL, addr, KB(12) + 1);
	assert_int_equal(pmapsim_pmap_wired_count(pmap), 0);
	assert_int_equal(kmem_malloc(mach, NULL, KB(12) + 1, M_NOWAIT), addr);
	assert_int_equal(pmapsim_pmap_wired_count(pmap), 4);
	kmem_free(mach, NULL, addr, KB(16));
	assert_int_equal(pmapsim_pmap_wired_count(pmap), 0);
	assert_sysctl(mach, "vm.stats.vm.v_free_count", free_count);

	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 3, false);
	assert_panics_with(mach, PMAPSIM_PANIC_WAIT_DAEMON_UNKNOWN,
	    kmem_malloc(mach, NULL, KB(16), M_WAITOK));
	assert_string_equal(pmapsim_panic(mach)->frames[0], "vm_wait");
	assert_string_equal(pmapsim_panic(mach)->frames[1], "kmem_back");
	assert_sysctl(mach, "vm.stats.vm.v_free_count", free_count - 2);
	assert_int_equal(pmapsim_pmap_wired_count(pmap), 2);
	support_destroy(mach);
}

/* Through public calls the second panic of kmem_malloc() needs size 0. */
static void
test_kmem_malloc_entry_not_found(void **state)
{
	struct machine *mach = *state;

	assert_panics(mach, "kmem_malloc: entry not found or misaligned",
	    kmem_malloc(mach, pmapsim_kmem_map(mach), 0, M_NOWAIT));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kmem_malloc_example_b),
	    cmocka_unit_test(test_kmem_malloc_enter_multiple_spares_failures),
	    support_test(test_kmem_init_makes_both_maps),
	    cmocka_unit_test(test_kmem_init_sizes),
	    support_test(test_kmem_malloc_page_state),
	    support_test(test_kmem_malloc_zero),
	    cmocka_unit_test(test_kmem_free_every_order),
	    support_test(test_kmem_free_rounds_outward),
	    support_test(test_kmem_malloc_no_addresses),
	    cmocka_unit_test(test_kmem_malloc_nowait_failure_frees_descending),
	    cmocka_unit_test(test_kmem_malloc_waitok_sleeps_without_pages),
	    cmocka_unit_test(test_kmem_malloc_of_2022_without_pages),
	    support_test(test_kmem_malloc_entry_not_found),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
