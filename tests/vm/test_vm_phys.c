/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The buddy allocator.  Addresses in hex; a state is all queues that are not
 * empty, "list.pool.order blocks", in queue order.
 */
#include "vm/vm_state.h"

#include <stdlib.h>

#define DEFAULT VM_FREEPOOL_DEFAULT
#define DIRECT VM_FREEPOOL_DIRECT
#define CACHE VM_FREEPOOL_CACHE

static const uint16_t color0 = 0;

/* [1000, 9f000) and [1142000, 5000000), as a PC has them. */
static struct machine *
boot_pc(void)
{
	struct machine *mach;

	mach = support_boot("mem=0x5000000 first=0x1142000 kmem=0 ncpu=1 "
	    "invariants=on");
	vm_phys_add_range(mach, 0x1000, 0x9f000);
	return (mach);
}

/* Blocks taken directly have no owner: these machines are not audited. */
static void
done(struct machine *mach)
{

	pmapsim_destroy(mach);
}

static vm_page_t
page(struct machine *mach, vm_paddr_t pa)
{

	return (PHYS_TO_VM_PAGE(mach, pa));
}

#define LIST1 \
	"1.0.0 1000 9e000\n1.0.1 2000 9c000\n1.0.2 4000 98000\n" \
	"1.0.3 8000 90000\n1.0.4 10000 80000\n1.0.5 20000\n1.0.6 40000\n"

/* Examples A1 to A6 of the specification. */
static void
test_examples_A(void **state)
{
	struct machine *mach = boot_pc();
	int i;

	assert_sysctl(mach, "vm.stats.vm.v_page_count", 16220);
	assert_sysctl(mach, "vm.stats.vm.v_free_count", 16220);
	assert_lists(mach, /* A1 */
	    "0.0.1 1142000\n0.0.2 1144000\n0.0.3 1148000\n0.0.4 1150000\n"
	    "0.0.5 1160000\n0.0.7 1180000\n0.0.9 1200000\n0.0.10 1400000\n"
	    "0.0.11 1800000\n0.0.12 2000000 3000000 4000000\n" LIST1);
	for (i = 0; i < 3; i++) /* A2 */
		assert_pa(mach, vm_phys_alloc_pages(mach, DIRECT, 0),
		    0x2000000 + ptoa(i));
	assert_lists(mach,
	    "0.0.1 1142000\n0.0.2 1144000\n0.0.3 1148000\n0.0.4 1150000\n"
	    "0.0.5 1160000\n0.0.7 1180000\n0.0.9 1200000\n0.0.10 1400000\n"
	    "0.0.11 1800000\n0.0.12 3000000 4000000\n"
	    "0.1.0 2003000\n0.1.2 2004000\n0.1.3 2008000\n0.1.4 2010000\n"
	    "0.1.5 2020000\n0.1.6 2040000\n0.1.7 2080000\n0.1.8 2100000\n"
	    "0.1.9 2200000\n0.1.10 2400000\n0.1.11 2800000\n" LIST1);
	assert_pa(mach, vm_phys_alloc_pages(mach, DEFAULT, 9), 0x1200000);
	assert_pa(mach, vm_phys_alloc_pages(mach, DEFAULT, 0), 0x1142000);
	vm_phys_free_pages(mach, page(mach, 0x2001000), 0); /* A5 */
	assert_lists(mach,
	    "0.0.0 1143000\n0.0.2 1144000\n0.0.3 1148000\n0.0.4 1150000\n"
	    "0.0.5 1160000\n0.0.7 1180000\n0.0.10 1400000\n"
	    "0.0.11 1800000\n0.0.12 3000000 4000000\n"
	    "0.1.0 2003000 2001000\n0.1.2 2004000\n0.1.3 2008000\n"
	    "0.1.4 2010000\n0.1.5 2020000\n0.1.6 2040000\n0.1.7 2080000\n"
	    "0.1.8 2100000\n0.1.9 2200000\n0.1.10 2400000\n0.1.11 2800000\n"
	    LIST1);
	vm_phys_free_pages(mach, page(mach, 0x2000000), 0); /* A6 */
	vm_phys_free_pages(mach, page(mach, 0x1142000), 0);
	assert_lists(mach,
	    "0.0.1 1142000\n0.0.2 1144000\n0.0.3 1148000\n0.0.4 1150000\n"
	    "0.0.5 1160000\n0.0.7 1180000\n0.0.10 1400000\n"
	    "0.0.11 1800000\n0.0.12 3000000 4000000\n"
	    "0.1.0 2003000\n0.1.1 2000000\n0.1.2 2004000\n0.1.3 2008000\n"
	    "0.1.4 2010000\n0.1.5 2020000\n0.1.6 2040000\n0.1.7 2080000\n"
	    "0.1.8 2100000\n0.1.9 2200000\n0.1.10 2400000\n0.1.11 2800000\n"
	    LIST1);
	/* Neither counters nor flags were touched by any of it. */
	assert_sysctl(mach, "vm.stats.vm.v_free_count", 16220);
	assert_int_equal(vm_page_flags(page(mach, 0x1200000)), PG_FREE);
	done(mach);
}

static void
test_startup_memory_below_16m_makes_its_own_list(void **state)
{
	static const struct {
		const char *config;
		int nsegs, nfreelists;
	} cases[] = {
		{ "mem=32M first=16M kmem=0", 1, 1 },
		{ "mem=32M first=8M kmem=0", 2, 2 },
		{ "mem=16M first=8M kmem=0", 1, 2 },
		{ "mem=32M first=0xfff000 kmem=0", 2, 2 },
	};
	struct machine *mach;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mach = support_boot(cases[i].config);
		assert_int_equal(mach->vm_phys->nsegs, cases[i].nsegs);
		assert_int_equal(mach->vm_phys->nfreelists,
		    cases[i].nfreelists);
		support_destroy(mach);
	}
	mach = support_boot("mem=32M first=14M kmem=0");
	assert_lists(mach, "0.0.12 1000000\n1.0.9 e00000\n");
	support_destroy(mach);
}

/* All of list 0 is used, whatever the pool, before list 1 is. */
static void
test_alloc_uses_memory_below_16m_last(void **state)
{
	struct machine *mach;
	int i;

	mach = support_boot("mem=18M first=14M kmem=0");
	assert_pa(mach, vm_phys_alloc_pages(mach, DIRECT, 8), 0x1000000);
	assert_pa(mach, vm_phys_alloc_pages(mach, DEFAULT, 8), 0x1100000);
	for (i = 0; i < 256; i++)
		assert_pa(mach, vm_phys_alloc_pages(mach, CACHE, 0),
		    0xe00000 + ptoa(i));
	assert_pa(mach, vm_phys_alloc_pages(mach, DEFAULT, 8), 0xf00000);
	assert_null(vm_phys_alloc_pages(mach, DEFAULT, 0));
	assert_lists(mach, "");
	done(mach);
}

/*
 * Own pool: the smallest block that is enough.  Other pools: the largest one,
 * pool 0 first, and all of it changes sides.
 */
static void
test_alloc_converts_the_largest_block(void **state)
{
	struct machine *mach;
	vm_paddr_t pa;

	mach = support_boot("mem=0x1c00000 first=0x1700000 kmem=0");
	assert_lists(mach, "0.0.8 1700000\n0.0.10 1800000\n");
	assert_pa(mach, vm_phys_alloc_pages(mach, CACHE, 9), 0x1800000);
	assert_lists(mach, "0.0.8 1700000\n0.2.9 1a00000\n");
	for (pa = 0x1800000; pa < 0x1c00000; pa += PAGE_SIZE)
		assert_int_equal(page(mach, pa)->pool, CACHE);
	assert_int_equal(page(mach, 0x1700000)->pool, DEFAULT);
	/* Pool 2 has the largest block now. */
	assert_pa(mach, vm_phys_alloc_pages(mach, DIRECT, 4), 0x1a00000);
	assert_lists(mach, "0.0.8 1700000\n0.1.4 1a10000\n0.1.5 1a20000\n"
	    "0.1.6 1a40000\n0.1.7 1a80000\n0.1.8 1b00000\n");
	/* Of equally large blocks pool 0's goes first. */
	assert_pa(mach, vm_phys_alloc_pages(mach, CACHE, 8), 0x1700000);
	assert_pa(mach, vm_phys_alloc_pages(mach, CACHE, 8), 0x1b00000);
	done(mach);
}

/* A merged block is of the freed block's pool, wherever its first page is. */
static void
test_free_brings_buddies_to_its_pool(void **state)
{
	struct machine *mach;
	vm_page_t a, b;
	int i, pool;

	for (pool = 0; pool < VM_NFREEPOOL; pool++)
		for (i = 0; i < 2; i++) {
			mach = support_boot("mem=0x1402000 first=0x1400000 "
			    "kmem=0 invariants=on");
			a = vm_phys_alloc_pages(mach, DEFAULT, 0);
			b = vm_phys_alloc_pages(mach, DEFAULT, 0);
			assert_ptr_equal(b, a + 1);
			vm_phys_set_pool(mach, (pool + 1) % VM_NFREEPOOL,
			    i == 0 ? a : b, 0);
			vm_phys_free_pages(mach, i == 0 ? a : b, 0);
			vm_phys_set_pool(mach, pool, i == 0 ? b : a, 0);
			vm_phys_free_pages(mach, i == 0 ? b : a, 0);
			assert_int_equal(vm_phys_queue_length(mach, 0, pool,
			    1), 1);
			assert_int_equal(a->pool, pool);
			assert_int_equal(b->pool, pool);
			assert_int_equal(vm_page_order(a), 1);
			assert_int_equal(vm_page_order(b), VM_NFREEORDER);
			done(mach);
		}
}

/* Freed blocks to the tail, what a split leaves to the head. */
static void
test_queue_ends(void **state)
{
	struct machine *mach;

	mach = support_boot("mem=0x1408000 first=0x1400000 kmem=0");
	assert_pa(mach, vm_phys_alloc_pages(mach, DEFAULT, 3), 0x1400000);
	vm_phys_free_pages(mach, page(mach, 0x1406000), 0);
	vm_phys_free_pages(mach, page(mach, 0x1400000), 0);
	vm_phys_free_pages(mach, page(mach, 0x1404000), 0);
	assert_lists(mach, "0.0.0 1406000 1400000 1404000\n");
	vm_phys_free_pages(mach, page(mach, 0x1402000), 1);
	assert_pa(mach, vm_phys_alloc_pages(mach, DEFAULT, 0), 0x1406000);
	assert_lists(mach, "0.0.0 1400000 1404000\n0.0.1 1402000\n");
	assert_true(vm_phys_unfree_page(mach, page(mach, 0x1403000)));
	assert_lists(mach, "0.0.0 1402000 1400000 1404000\n");
	done(mach);
}

/* Buddies merge within a segment only, and never beyond 16 MB. */
static void
test_free_stops_at_the_segment_and_at_16m(void **state)
{
	struct machine *mach;

	mach = support_boot("mem=0x1403000 first=0x1401000 kmem=0");
	assert_lists(mach, "0.0.0 1401000 1402000\n");
	vm_phys_alloc_pages(mach, DEFAULT, 0);
	vm_phys_alloc_pages(mach, DEFAULT, 0);
	vm_phys_free_pages(mach, page(mach, 0x1402000), 0);
	vm_phys_free_pages(mach, page(mach, 0x1401000), 0);
	assert_lists(mach, "0.0.0 1402000 1401000\n");
	/* Whatever lies beside it. */
	vm_phys_alloc_pages(mach, DEFAULT, 0);
	vm_phys_alloc_pages(mach, DEFAULT, 0);
	vm_page_set_order(page(mach, 0x1400000), 1);
	assert_false(vm_phys_unfree_page(mach, page(mach, 0x1401000)));
	vm_page_set_order(page(mach, 0x1400000), 0);
	vm_phys_free_pages(mach, page(mach, 0x1401000), 0);
	assert_lists(mach, "0.0.0 1401000\n");
	done(mach);
	mach = boot_pc();
	vm_page_set_order(page(mach, 0x9f000), 0);
	assert_true(vm_phys_unfree_page(mach, page(mach, 0x9e000)));
	vm_phys_free_pages(mach, page(mach, 0x9e000), 0);
	assert_int_equal(vm_page_order(page(mach, 0x9e000)), 0);
	done(mach);
	mach = support_boot("mem=64M first=32M kmem=0");
	vm_phys_alloc_pages(mach, DEFAULT, 12);
	vm_phys_alloc_pages(mach, DEFAULT, 12);
	vm_phys_free_pages(mach, page(mach, 0x2000000), 12);
	vm_phys_free_pages(mach, page(mach, 0x3000000), 12);
	assert_lists(mach, "0.0.12 2000000 3000000\n");
	done(mach);
}

static void
test_unfree(void **state)
{
	struct machine *mach;

	mach = support_boot("mem=0x1408000 first=0x1401000 kmem=0 "
	    "invariants=on");
	assert_lists(mach, "0.0.0 1401000\n0.0.1 1402000\n0.0.2 1404000\n");
	assert_true(vm_phys_unfree_page(mach, page(mach, 0x1405000)));
	assert_lists(mach,
	    "0.0.0 1404000 1401000\n0.0.1 1406000 1402000\n");
	/* Not free: in no block; nothing before it in the segment. */
	assert_false(vm_phys_unfree_page(mach, page(mach, 0x1405000)));
	assert_true(vm_phys_unfree_page(mach, page(mach, 0x1401000)));
	assert_false(vm_phys_unfree_page(mach, page(mach, 0x1401000)));
	/* A block below that ends before the page does not count. */
	assert_true(vm_phys_unfree_page(mach, page(mach, 0x1403000)));
	assert_false(vm_phys_unfree_page(mach, page(mach, 0x1403000)));
	assert_lists(mach, "0.0.0 1402000 1404000\n0.0.1 1406000\n");
	done(mach);
}

static void
test_panics(void **state)
{
	struct machine *mach;

#define PANICS(text, call)                                                   \
	do {                                                                 \
		mach = support_boot("mem=20M first=18M kmem=0 invariants=on"); \
		assert_panics(mach, text, call);                             \
		assert_true(pmapsim_panic(mach)->assertion);                 \
		pmapsim_destroy(mach);                                       \
	} while (0)

	PANICS("vm_phys_alloc_pages: pool 3 is out of range",
	    vm_phys_alloc_pages(mach, 3, 0));
	PANICS("vm_phys_alloc_pages: pool -1 is out of range",
	    vm_phys_alloc_pages(mach, -1, 0));
	PANICS("vm_phys_alloc_pages: order 13 is out of range",
	    vm_phys_alloc_pages(mach, 0, 13));
	PANICS("vm_phys_alloc_pages: order -1 is out of range",
	    vm_phys_alloc_pages(mach, 0, -1));
	PANICS("vm_phys_free_pages: page PTR has unexpected order 9",
	    vm_phys_free_pages(mach, page(mach, 0x1200000), 0));
	PANICS("vm_phys_free_pages: page PTR has unexpected pool 3",
	    (page(mach, 0x1201000)->pool = 3,
		vm_phys_free_pages(mach, page(mach, 0x1201000), 0)));
	PANICS("vm_phys_free_pages: order 13 is out of range",
	    vm_phys_free_pages(mach, page(mach, 0x1201000), 13));
	PANICS("vm_phys_split_pages: page PTR has unexpected order 3",
	    (vm_page_set_order(page(mach, 0x1300000), 3),
		vm_phys_alloc_pages(mach, 0, 0)));
	PANICS("vm_phys_alloc_contig: size must not be 0",
	    vm_phys_alloc_contig(mach, 0, 0, UINT64_MAX, 1, 0));
	PANICS("vm_phys_alloc_contig: alignment must be a power of 2",
	    vm_phys_alloc_contig(mach, 1, 0, UINT64_MAX, 3, 0));
	PANICS("vm_phys_alloc_contig: boundary must be a power of 2",
	    vm_phys_alloc_contig(mach, 1, 0, UINT64_MAX, 1, 6));
	PANICS("vm_phys_alloc_contig: page PTR has unexpected queue 1",
	    (page(mach, 0x1200000)->queue = PQ_INACTIVE,
		vm_phys_alloc_contig(mach, 1, 0, UINT64_MAX, 1, 0)));
	PANICS("vm_phys_alloc_contig: page PTR is wired",
	    (page(mach, 0x1200000)->wire_count = 1,
		vm_phys_alloc_contig(mach, 1, 0, UINT64_MAX, 1, 0)));
	PANICS("vm_phys_alloc_contig: page PTR is held",
	    (page(mach, 0x1200000)->hold_count = 1,
		vm_phys_alloc_contig(mach, 1, 0, UINT64_MAX, 1, 0)));
	PANICS("vm_phys_alloc_contig: page PTR is busy",
	    (page(mach, 0x1200000)->busy = 1,
		vm_phys_alloc_contig(mach, 1, 0, UINT64_MAX, 1, 0)));
	PANICS("vm_phys_alloc_contig: page PTR is dirty",
	    (page(mach, 0x1200000)->dirty = 1,
		vm_phys_alloc_contig(mach, 1, 0, UINT64_MAX, 1, 0)));
	PANICS("vm_phys_alloc_contig: page PTR has unexpected memattr 1",
	    (page(mach, 0x1200000)->pat_mode_c =
		    VM_MEMATTR_DEFAULT ^ VM_MEMATTR_WRITE_COMBINING,
		vm_phys_alloc_contig(mach, 1, 0, UINT64_MAX, 1, 0)));
	PANICS("vm_phys_alloc_contig: page PTR is not free",
	    (vm_page_set_flags(page(mach, 0x1200000), 0),
		vm_phys_alloc_contig(mach, 1, 0, UINT64_MAX, 1, 0)));
	PANICS("vm_phys_alloc_contig: free page PTR is valid",
	    (page(mach, 0x1200000)->valid = 1,
		vm_phys_alloc_contig(mach, 1, 0, UINT64_MAX, 1, 0)));
#undef PANICS
	mach = support_boot("mem=20M first=18M kmem=0");
	assert_panics(mach, "vm_phys_paddr_to_segind: paddr 0x1000 is not in "
	    "any segment", vm_phys_free_pages(mach, page(mach, 0x1000), 0));
	assert_false(pmapsim_panic(mach)->assertion);
	pmapsim_destroy(mach);
}

/* A contiguous run comes from the start of a block, of whatever pool. */
static void
test_contig_takes_a_block_and_frees_its_rest(void **state)
{
	struct machine *mach;
	vm_page_t m;
	int i;

	mach = support_boot("mem=0x1410000 first=0x1400000 kmem=0 "
	    "invariants=on");
	vm_page_flag_set(page(mach, 0x1401000), PG_ZERO);
	mach->vm_page->vm_page_zero_count = 1;
	/* Five pages of eight; the other three merge as they come back. */
	m = vm_phys_alloc_contig(mach, 5, 0, UINT64_MAX, PAGE_SIZE, 0);
	assert_pa(mach, m, 0x1400000);
	assert_lists(mach, "0.0.0 1405000\n0.0.1 1406000\n0.0.3 1408000\n");
	assert_sysctl(mach, "vm.stats.vm.v_free_count", 11);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", 0);
	assert_int_equal(mach->vm_page->vm_page_zero_count, 0);
	for (i = 0; i < 5; i++) {
		assert_int_equal(vm_page_flags(&m[i]), i == 1 ?
		    (PG_UNMANAGED | PG_ZERO) : PG_UNMANAGED);
		assert_int_equal(m[i].wire_count, 0);
		assert_int_equal(m[i].oflags, 0);
		assert_null(m[i].object);
	}
	for (i = 0; i < 5; i++)
		vm_page_free(mach, &m[i]);
	assert_lists(mach, "0.0.4 1400000\n");
	assert_sysctl(mach, "vm.stats.vm.v_free_count", 16);
	assert_audit(mach);
	done(mach);
}

static void
test_contig_constraints(void **state)
{
	static const struct {
		unsigned long npages;
		vm_paddr_t low, high;
		unsigned long alignment, boundary;
		vm_paddr_t pa; /* 0: none */
	} cases[] = {
		{ 1, 0, UINT64_MAX, 1, 0, 0x1401000 },
		{ 2, 0, UINT64_MAX, 1, 0, 0x1402000 },
		{ 1, 0x1402000, UINT64_MAX, 1, 0, 0x1402000 },
		{ 1, 0x1402001, UINT64_MAX, 1, 0, 0x1404000 },
		/* Inside a block, or across two: never found. */
		{ 1, 0x1405000, UINT64_MAX, 1, 0, 0x1408000 },
		{ 5, 0, 0x1408000, 1, 0, 0 },
		/* The end may be exactly "high". */
		{ 4, 0, 0x1408000, 1, 0, 0x1404000 },
		{ 4, 0, 0x1407fff, 1, 0, 0 },
		{ 4, 0, 0x1400fff, 1, 0, 0 },
		{ 1, 0x1410000, UINT64_MAX, 1, 0, 0 },
		{ 1, 0, UINT64_MAX, 0x8000, 0, 0x1408000 },
		{ 1, 0, UINT64_MAX, 0x10000, 0, 0 },
		/* Three pages at 4, 4 at 8 cross no multiple of four pages. */
		{ 3, 0, UINT64_MAX, 1, 0x4000, 0x1404000 },
		{ 3, 0, UINT64_MAX, 1, 0x2000, 0 },
		{ 8, 0, UINT64_MAX, 1, 0x8000, 0x1408000 },
		{ 9, 0, UINT64_MAX, 1, 0, 0 },
	};
	struct vm_state before, after;
	struct machine *mach;
	vm_page_t m;
	size_t i;

	/* Blocks: 1401000 of 1 page, 1402000 of 2, 1404000 of 4, 1408000 of 8.
	 */
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mach = support_boot("mem=0x1410000 first=0x1401000 kmem=0 "
		    "invariants=on");
		vm_state_lists(mach, &before);
		m = vm_phys_alloc_contig(mach, cases[i].npages, cases[i].low,
		    cases[i].high, cases[i].alignment, cases[i].boundary);
		vm_state_lists(mach, &after);
		if (cases[i].pa != 0) {
			assert_pa(mach, m, cases[i].pa);
			assert_string_not_equal(before.text, after.text);
		} else {
			if (m != NULL)
				fail_msg("case %zu gave %#lx", i,
				    (unsigned long)vm_page_to_phys(mach, m));
			assert_string_equal(before.text, after.text);
		}
		done(mach);
	}
}

/* The search: list, then order, then pool; the taken block comes to pool 0. */
static void
test_contig_order_of_search(void **state)
{
	struct machine *mach;
	vm_page_t m;

	mach = support_boot("mem=0x1400000 first=0x800000 kmem=0");
	assert_lists(mach, "0.0.10 1000000\n1.0.11 800000\n");
	/* A block of list 0 converted: the smaller orders are in pool 1. */
	assert_pa(mach, vm_phys_alloc_pages(mach, DIRECT, 8), 0x1000000);
	m = vm_phys_alloc_contig(mach, 100, 0, UINT64_MAX, 1, 0);
	assert_pa(mach, m, 0x1100000);
	assert_int_equal(m[99].pool, DEFAULT);
	assert_int_equal(m[255].pool, DEFAULT);
	assert_lists(mach, "0.0.2 1164000\n0.0.3 1168000\n0.0.4 1170000\n"
	    "0.0.7 1180000\n0.1.9 1200000\n1.0.11 800000\n");
	/* Only memory below 16 MB will do. */
	assert_pa(mach, vm_phys_alloc_contig(mach, 1, 0, 0x1000000, 1, 0),
	    0x800000);
	done(mach);
}

/*
 * More than 16 MB: whole blocks that lie in a row.  The rest of the last is
 * freed page by page, and only the first one's pool is changed.
 */
static void
test_contig_larger_than_the_largest_block(void **state)
{
	struct machine *mach;
	vm_page_t m;
	int touched;

	for (touched = 0; touched < 2; touched++) {
		mach = support_boot("mem=0x5000000 first=0x1800000 kmem=0 "
		    "invariants=on");
		if (touched)
			vm_phys_touch_virgin(mach, 0);
		assert_lists(mach,
		    "0.0.11 1800000\n0.0.12 2000000 3000000 4000000\n");
		m = vm_phys_alloc_contig(mach, 4097, 0x2000001, UINT64_MAX, 1,
		    0);
		assert_pa(mach, m, 0x3000000);
		assert_int_equal(vm_page_flags(&m[4096]), PG_UNMANAGED);
		assert_int_equal(vm_page_flags(&m[4097]), PG_FREE);
		assert_lists(mach, "0.0.0 4001000\n0.0.1 4002000\n"
		    "0.0.2 4004000\n0.0.3 4008000\n0.0.4 4010000\n"
		    "0.0.5 4020000\n0.0.6 4040000\n0.0.7 4080000\n"
		    "0.0.8 4100000\n0.0.9 4200000\n0.0.10 4400000\n"
		    "0.0.11 1800000 4800000\n0.0.12 2000000\n");
		assert_sysctl(mach, "vm.stats.vm.v_free_count",
		    0x3800 - 4097);
		/* The neighbour of 2000000 is gone. */
		assert_null(vm_phys_alloc_contig(mach, 4097, 0, UINT64_MAX, 1,
		    0));
		done(mach);
	}
	mach = support_boot("mem=0x4000000 first=0x2000000 kmem=0");
	vm_phys_set_pool(mach, DIRECT, vm_phys_alloc_pages(mach, 0, 12), 12);
	vm_phys_set_pool(mach, CACHE, vm_phys_alloc_pages(mach, 0, 12), 12);
	vm_phys_free_pages(mach, page(mach, 0x2000000), 12);
	vm_phys_free_pages(mach, page(mach, 0x3000000), 12);
	assert_pa(mach, vm_phys_alloc_contig(mach, 8192, 0, UINT64_MAX, 1, 0),
	    0x2000000);
	assert_int_equal(page(mach, 0x2fff000)->pool, DEFAULT);
	assert_int_equal(page(mach, 0x3000000)->pool, CACHE);
	assert_lists(mach, "");
	done(mach);
}

/* When nothing is found, a reservation that has the run is reclaimed. */
static void
test_contig_reclaims_a_reservation(void **state)
{
	struct machine *mach;
	vm_object_t object;

	mach = support_boot("mem=0x1600000 first=0x1400000 kmem=0 "
	    "invariants=on");
	object = support_object(mach, 512, &color0);
	assert_pa(mach, support_page(mach, object, 0, VM_ALLOC_NORMAL),
	    0x1400000);
	assert_lists(mach, "");
	assert_null(vm_phys_alloc_contig(mach, 512, 0, UINT64_MAX, 1, 0));
	assert_sysctl(mach, "vm.reserv.reclaimed", 0);
	assert_pa(mach, vm_phys_alloc_contig(mach, 256, 0, UINT64_MAX, 1, 0),
	    0x1500000);
	assert_sysctl(mach, "vm.reserv.reclaimed", 1);
	assert_sysctl(mach, "vm.stats.vm.v_free_count", 255);
	done(mach);
}

/* Free pages are zeroed one a call, from the tail of a queue on. */
static void
test_zero_pages_idle(void **state)
{
	struct machine *mach;
	vm_object_t object;
	char *arena;
	int i;

	mach = support_boot("mem=0x1403000 first=0x1401000 kmem=0 "
	    "invariants=on");
	arena = pmapsim_arena(mach, NULL);
	object = support_object(mach, 2, NULL);
	for (i = 0; i < 2; i++) {
		assert_non_null(vm_page_alloc(mach, object, i,
		    VM_ALLOC_INTERRUPT));
		memset(arena + 0x1401000 + ptoa(i), 0x5a, PAGE_SIZE);
	}
	for (i = 0; i < 2; i++)
		vm_page_free(mach, vm_page_lookup(mach, object, i));
	assert_lists(mach, "0.0.0 1401000 1402000\n");
	for (i = 1; i <= 2; i++) {
		assert_true(vm_phys_zero_pages_idle(mach));
		assert_sysctl(mach, "vm.stats.misc.cnt_prezero", i);
		assert_int_equal(mach->vm_page->vm_page_zero_count, i);
		assert_int_equal(vm_page_flags(page(mach, 0x1402000)),
		    PG_FREE | PG_ZERO);
		assert_int_equal(vm_page_flags(page(mach, 0x1401000)),
		    i == 1 ? PG_FREE : PG_FREE | PG_ZERO);
		assert_int_equal(arena[0x1402fff], 0);
		assert_int_equal(arena[0x1401000], i == 1 ? 0x5a : 0);
		/* Out and in again: the zeroed page is at the tail. */
		assert_lists(mach, i == 1 ? "0.0.0 1401000 1402000\n" :
		    "0.0.0 1402000 1401000\n");
		assert_sysctl(mach, "vm.stats.vm.v_free_count", 2);
	}
	/* In the kernel this call would not return. */
	assert_panics(mach,
	    "vm_phys_zero_pages_idle: no free page is left to zero",
	    vm_phys_zero_pages_idle(mach));
	assert_true(pmapsim_panic(mach)->simulator);
	done(mach);
}

/* Within a block the pages go ascending; the block comes together again. */
static void
test_zero_pages_idle_of_untouched_blocks(void **state)
{
	struct machine *mach;
	int i;

	mach = support_boot("mem=0x3000000 first=0x1000000 kmem=0 "
	    "invariants=on");
	for (i = 0; i < 3; i++) {
		assert_true(vm_phys_zero_pages_idle(mach));
		assert_int_equal(vm_page_flags(page(mach, 0x2000000 +
		    ptoa(i))), PG_FREE | PG_ZERO);
		assert_int_equal(vm_page_flags(page(mach, 0x2000000 +
		    ptoa(i + 1))), PG_FREE);
		assert_lists(mach, "0.0.12 1000000 2000000\n");
	}
	assert_audit(mach);
	done(mach);
}

static void
test_sysctl_text(void **state)
{
	struct machine *mach;
	char text[4096], small[16];
	int length;

	mach = support_boot("mem=0x3001000 first=0xfff000 kmem=0");
	length = pmapsim_sysctl_text(mach, "vm.phys_segs", text,
	    sizeof(text));
	assert_string_equal(text,
	    "\nSEGMENT 0:\n\nstart:     0xfff000\nend:       0x1000000\n"
	    "free list: PTR\n"
	    "\nSEGMENT 1:\n\nstart:     0x1000000\nend:       0x3001000\n"
	    "free list: PTR\n");
	assert_int_equal(length, strlen(text));
	vm_phys_alloc_pages(mach, DIRECT, 11);
	length = pmapsim_sysctl_text(mach, "vm.phys_free", text,
	    sizeof(text));
	assert_int_equal(length, strlen(text));
	assert_non_null(strstr(text, "\nFREE LIST 0:\n\n"
	    "  ORDER (SIZE)  |  NUMBER\n"
	    "                |  POOL 0  |  POOL 1  |  POOL 2\n"
	    "--            -- --      -- --      -- --      --\n"
	    "  12 (016384K)  |  000001  |  000000  |  000000\n"
	    "  11 (008192K)  |  000000  |  000001  |  000000\n"
	    "  10 (004096K)  |  000000  |  000000  |  000000\n"));
	assert_non_null(strstr(text,
	    "  00 (000004K)  |  000001  |  000000  |  000000\n"
	    "\nFREE LIST 1:\n"));
	/* Cut, and its whole length told. */
	assert_int_equal(pmapsim_sysctl_text(mach, "vm.phys_free", small,
	    sizeof(small)), length);
	assert_string_equal(small, "\nFREE LIST 0:\n\n");
	assert_int_equal(vm_phys_sysctl_free(mach, NULL, 0), length);
	done(mach);
}

/* A terabyte: counted, whole, and no descriptor has been written. */
static void
test_large_memory_is_left_untouched(void **state)
{
	struct pmapsim_page_info info;
	struct machine *mach;
	vm_paddr_t pa;

	mach = support_boot("mem=1T first=4M kmem=0");
	assert_sysctl(mach, "vm.stats.vm.v_page_count", 0x10000000 - 1024);
	assert_int_equal(vm_phys_queue_length(mach, 0, DEFAULT, 12), 65535);
	assert_int_equal(mach->vm_phys->queues[0][DEFAULT][12].lcnt, 0);
	for (pa = 0x1000000; pa < UINT64_C(1) << 40; pa += 0x3fff000000) {
		assert_int_equal(page(mach, pa)->order_c, 0);
		pmapsim_page_info(mach, page(mach, pa), &info);
		assert_int_equal(info.order, 12);
		assert_int_equal(info.flags, PG_FREE);
		assert_true(vm_phys_is_virgin(mach, pa + PAGE_SIZE));
		pmapsim_page_info(mach, page(mach, pa) + 1, &info);
		assert_int_equal(info.order, 13);
	}
	/* Taken from the start, one by one; what is taken is touched. */
	assert_pa(mach, vm_phys_alloc_pages(mach, DEFAULT, 12), 0x1000000);
	assert_pa(mach, vm_phys_alloc_pages(mach, DIRECT, 12), 0x2000000);
	assert_int_equal(page(mach, 0x2fff000)->pool, DIRECT);
	assert_false(vm_phys_is_virgin(mach, 0x2fff000));
	assert_true(vm_phys_is_virgin(mach, 0x3000000));
	vm_phys_free_pages(mach, page(mach, 0x1000000), 12);
	assert_int_equal(vm_phys_queue_length(mach, 0, DEFAULT, 12), 65534);
	assert_pa(mach, vm_phys_alloc_pages(mach, DEFAULT, 12), 0x3000000);
	done(mach);
}

/*
 * The slow twin: every free block in plain arrays, every search linear.  It
 * is written from the specification's words and shares nothing with vm_phys.c.
 */
#define MODEL_PAGES (96 << 8)
#define MODEL_FIRST UINT64_C(0xb04000)
#define MODEL_MEM (ptoa(MODEL_PAGES) - 0x5000)
#define MODEL_CONFIG "mem=0x5ffb000 first=0xb04000 kmem=0 invariants=on"
#define MODEL_BLOCKS 4096

struct model {
	uint8_t pool[MODEL_PAGES];
	vm_paddr_t queue[2][3][13][MODEL_BLOCKS];
	int n[2][3][13];
};

static void
model_insert(struct model *model, int list, int pool, int order,
    vm_paddr_t pa, bool head)
{
	vm_paddr_t *q = model->queue[list][pool][order];
	int *n = &model->n[list][pool][order];

	assert_true(*n < MODEL_BLOCKS);
	if (head)
		memmove(q + 1, q, (size_t)*n * sizeof(*q));
	q[head ? 0 : *n] = pa;
	++*n;
}

/* False: no such block is on the queue. */
static bool
model_remove(struct model *model, int list, int pool, int order,
    vm_paddr_t pa)
{
	vm_paddr_t *q = model->queue[list][pool][order];
	int *n = &model->n[list][pool][order];
	int i;

	for (i = 0; i < *n; i++)
		if (q[i] == pa) {
			memmove(q + i, q + i + 1,
			    (size_t)(*n - i - 1) * sizeof(*q));
			--*n;
			return (true);
		}
	return (false);
}

static int
model_list(vm_paddr_t pa)
{

	return (pa < 16 << 20);
}

static void
model_set_pool(struct model *model, vm_paddr_t pa, int order, int pool)
{

	memset(&model->pool[pa >> PAGE_SHIFT], pool, (size_t)1 << order);
}

static void
model_free(struct model *model, vm_paddr_t pa, int order)
{
	const int list = model_list(pa);
	const vm_paddr_t start = list ? MODEL_FIRST : 16 << 20;
	const vm_paddr_t end = list ? 16 << 20 : MODEL_MEM;
	const int pool = model->pool[pa >> PAGE_SHIFT];
	vm_paddr_t buddy;
	int p;

	for (; order < 12; order++) {
		buddy = pa ^ (PAGE_SIZE << order);
		if (buddy < start || buddy >= end)
			break;
		for (p = 0; p < 3; p++)
			if (model_remove(model, list, p, order, buddy))
				break;
		if (p == 3)
			break;
		model_set_pool(model, buddy, order, pool);
		if (buddy < pa)
			pa = buddy;
	}
	model_insert(model, list, pool, order, pa, false);
}

static vm_paddr_t
model_alloc(struct model *model, int pool, int order)
{
	vm_paddr_t pa = 0;
	int list, o = 0, p;

	for (list = 0; list < 2 && pa == 0; list++) {
		for (o = order; o < 13; o++)
			if (model->n[list][pool][o] > 0) {
				pa = model->queue[list][pool][o][0];
				model_remove(model, list, pool, o, pa);
				goto found;
			}
		for (o = 12; o >= order; o--)
			for (p = 0; p < 3; p++)
				if (model->n[list][p][o] > 0) {
					pa = model->queue[list][p][o][0];
					model_remove(model, list, p, o, pa);
					model_set_pool(model, pa, o, pool);
					goto found;
				}
	}
	return (0);
found:
	while (o-- > order)
		model_insert(model, list, pool, o, pa + (PAGE_SIZE << o),
		    true);
	return (pa);
}

static bool
model_unfree(struct model *model, vm_paddr_t pa)
{
	const int list = model_list(pa);
	vm_paddr_t base, half;
	int order, p;

	for (order = 0; order < 13; order++)
		for (p = 0; p < 3; p++) {
			base = pa & ~((PAGE_SIZE << order) - 1);
			if (!model_remove(model, list, p, order, base))
				continue;
			while (order-- > 0) {
				half = PAGE_SIZE << order;
				model_insert(model, list, p, order,
				    (pa & half) != 0 ? base : base + half,
				    true);
				base += pa & half;
			}
			return (true);
		}
	return (false);
}

static void
model_start(struct model *model)
{
	vm_paddr_t pa;

	/* As the kernel does: each page singly, ascending. */
	for (pa = MODEL_FIRST; pa < MODEL_MEM; pa += PAGE_SIZE)
		model_free(model, pa, 0);
}

static void
model_state(const struct model *model, struct vm_state *out)
{
	int i, list, order, pool;

	out->length = 0;
	out->text[0] = '\0';
	for (list = 0; list < 2; list++)
		for (pool = 0; pool < 3; pool++)
			for (order = 0; order < 13; order++) {
				if (model->n[list][pool][order] == 0)
					continue;
				vm_state_add(out, "%" PRIu64, list);
				vm_state_add(out, ".%" PRIu64, pool);
				vm_state_add(out, ".%" PRIu64, order);
				for (i = 0; i < model->n[list][pool][order];
				    i++)
					vm_state_add(out, " %" PRIx64,
					    model->queue[list][pool][order][i]);
				vm_state_add(out, "\n", 0);
			}
}

/* What is allocated, so that it can be freed, whole or in pieces. */
struct taken {
	vm_paddr_t pa;
	int order;
};

#define RUNS 4
#define STEPS 1500

/*
 * The machine as it boots, one whose untouched blocks got their links, and the
 * model: the same calls, the same addresses, the same queues.
 */
static void
test_random_calls_against_the_model(void **state)
{
	static struct taken taken[MODEL_BLOCKS];
	static struct vm_state a, b, c;
	struct machine *mach, *touched;
	struct model *model;
	uint64_t seed;
	vm_paddr_t pa;
	int i, n, order, pool, run, step;

	for (run = 0; run < RUNS; run++) {
		seed = 20100428 + (uint64_t)run;
		print_message("seed %" PRIu64 "\n", seed);
		mach = support_boot(MODEL_CONFIG);
		touched = support_boot(MODEL_CONFIG);
		vm_phys_touch_virgin(touched, 0);
		model = calloc(1, sizeof(*model));
		assert_non_null(model);
		model_start(model);
		n = 0;
		for (step = 0; step < STEPS; step++) {
			switch (support_random(&seed) % 8) {
			case 0: /* a single page out of a free block */
				pa = MODEL_FIRST + ptoa(support_random(&seed) %
				    atop(MODEL_MEM - MODEL_FIRST));
				order = model_unfree(model, pa);
				assert_int_equal(vm_phys_unfree_page(mach,
				    page(mach, pa)), order);
				assert_int_equal(vm_phys_unfree_page(touched,
				    page(touched, pa)), order);
				if (order == 0 || n == MODEL_BLOCKS)
					break;
				taken[n].pa = pa;
				taken[n++].order = 0;
				break;
			case 1:
			case 2:
			case 3:
				if (n == 0)
					break;
				i = (int)(support_random(&seed) % (uint64_t)n);
				/* Half of the block, or all of it. */
				order = taken[i].order;
				pa = taken[i].pa;
				if (order > 0 && support_random(&seed) % 2) {
					taken[i].order = --order;
					if (support_random(&seed) % 2)
						pa += PAGE_SIZE << order;
					else
						taken[i].pa +=
						    PAGE_SIZE << order;
				} else
					taken[i] = taken[--n];
				pool = (int)(support_random(&seed) % 3);
				model_set_pool(model, pa, order, pool);
				model_free(model, pa, order);
				vm_phys_set_pool(mach, pool, page(mach, pa),
				    order);
				vm_phys_free_pages(mach, page(mach, pa),
				    order);
				vm_phys_set_pool(touched, pool,
				    page(touched, pa), order);
				vm_phys_free_pages(touched, page(touched, pa),
				    order);
				break;
			default:
				order = (int)(support_random(&seed) %
				    (support_random(&seed) % 13 + 1));
				pool = (int)(support_random(&seed) % 3);
				pa = model_alloc(model, pool, order);
				if (pa == 0) {
					assert_null(vm_phys_alloc_pages(mach,
					    pool, order));
					assert_null(vm_phys_alloc_pages(
					    touched, pool, order));
					break;
				}
				assert_pa(mach, vm_phys_alloc_pages(mach,
				    pool, order), pa);
				assert_pa(touched, vm_phys_alloc_pages(
				    touched, pool, order), pa);
				assert_true(n < MODEL_BLOCKS);
				taken[n].pa = pa;
				taken[n++].order = order;
				break;
			}
			model_state(model, &a);
			vm_state_lists(mach, &b);
			vm_state_lists(touched, &c);
			assert_string_equal(a.text, b.text);
			assert_string_equal(a.text, c.text);
		}
		/* What the queues do not show: pools inside the blocks. */
		for (pa = MODEL_FIRST; pa < MODEL_MEM; pa += PAGE_SIZE) {
			assert_int_equal(page(mach, pa)->pool,
			    model->pool[pa >> PAGE_SHIFT]);
			assert_int_equal(page(touched, pa)->pool,
			    model->pool[pa >> PAGE_SHIFT]);
		}
		free(model);
		done(mach);
		done(touched);
	}
}

/* Memory that begins and ends anywhere is queued as if page by page. */
static void
test_startup_equals_adding_each_page(void **state)
{
	static struct vm_state whole, single;
	struct machine *mach;
	vm_paddr_t end, pa, start;
	char config[128];
	uint64_t seed = 7;
	int i;

	print_message("seed %" PRIu64 "\n", seed);
	for (i = 0; i < 40; i++) {
		start = 0x200000 + ptoa(support_random(&seed) % 0x2000);
		end = start + ptoa(1 + support_random(&seed) %
		    (UINT64_C(1) << support_random(&seed) % 14));
		snprintf(config, sizeof(config),
		    "mem=0x%" PRIx64 " first=0x%" PRIx64 " kmem=0", end,
		    start);
		mach = support_boot(config);
		vm_state_lists(mach, &whole);
		assert_sysctl(mach, "vm.stats.vm.v_page_count",
		    atop(end - start));
		while (vm_phys_alloc_pages(mach, DEFAULT, 0) != NULL)
			continue;
		for (pa = start; pa < end; pa += PAGE_SIZE)
			vm_phys_free_pages(mach, page(mach, pa), 0);
		vm_state_lists(mach, &single);
		assert_string_equal(whole.text, single.text);
		done(mach);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples_A),
		cmocka_unit_test(
		    test_startup_memory_below_16m_makes_its_own_list),
		cmocka_unit_test(test_startup_equals_adding_each_page),
		cmocka_unit_test(test_large_memory_is_left_untouched),
		cmocka_unit_test(test_alloc_uses_memory_below_16m_last),
		cmocka_unit_test(test_alloc_converts_the_largest_block),
		cmocka_unit_test(test_free_brings_buddies_to_its_pool),
		cmocka_unit_test(test_queue_ends),
		cmocka_unit_test(test_free_stops_at_the_segment_and_at_16m),
		cmocka_unit_test(test_unfree),
		cmocka_unit_test(test_random_calls_against_the_model),
		cmocka_unit_test(test_contig_takes_a_block_and_frees_its_rest),
		cmocka_unit_test(test_contig_constraints),
		cmocka_unit_test(test_contig_order_of_search),
		cmocka_unit_test(test_contig_larger_than_the_largest_block),
		cmocka_unit_test(test_contig_reclaims_a_reservation),
		cmocka_unit_test(test_zero_pages_idle),
		cmocka_unit_test(test_zero_pages_idle_of_untouched_blocks),
		cmocka_unit_test(test_sysctl_text),
		cmocka_unit_test(test_panics),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
