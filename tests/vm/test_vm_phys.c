/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The buddy allocator: blocks split, merged and queued.  Contiguous pages and
 * the comparison with a slow twin have files of their own.
 */
#include "vm_phys_fixture.h"

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

#define LIST1                                                    \
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
	    "0.1.8 2100000\n0.1.9 2200000\n0.1.10 2400000\n0.1.11 2800000\n" LIST1);
	vm_phys_free_pages(mach, page(mach, 0x2000000), 0); /* A6 */
	vm_phys_free_pages(mach, page(mach, 0x1142000), 0);
	assert_lists(mach,
	    "0.0.1 1142000\n0.0.2 1144000\n0.0.3 1148000\n0.0.4 1150000\n"
	    "0.0.5 1160000\n0.0.7 1180000\n0.0.10 1400000\n"
	    "0.0.11 1800000\n0.0.12 3000000 4000000\n"
	    "0.1.0 2003000\n0.1.1 2000000\n0.1.2 2004000\n0.1.3 2008000\n"
	    "0.1.4 2010000\n0.1.5 2020000\n0.1.6 2040000\n0.1.7 2080000\n"
	    "0.1.8 2100000\n0.1.9 2200000\n0.1.10 2400000\n0.1.11 2800000\n" LIST1);
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
	    {"mem=32M first=16M kmem=0", 1, 1},
	    {"mem=32M first=8M kmem=0", 2, 2},
	    {"mem=16M first=8M kmem=0", 1, 2},
	    {"mem=32M first=0xfff000 kmem=0", 2, 2},
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
	assert_lists(mach,
	    "0.0.8 1700000\n0.1.4 1a10000\n0.1.5 1a20000\n"
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
			assert_int_equal(vm_phys_queue_length(mach, 0, pool, 1),
			    1);
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
	assert_lists(mach, "0.0.0 1404000 1401000\n0.0.1 1406000 1402000\n");
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

#define PANICS(text, call)                                                     \
	do {                                                                   \
		mach = support_boot("mem=20M first=18M kmem=0 invariants=on"); \
		assert_panics(mach, text, call);                               \
		assert_true(pmapsim_panic(mach)->assertion);                   \
		pmapsim_destroy(mach);                                         \
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
	    (vm_page_use(mach, page(mach, 0x1200000))->dirty = 1,
		vm_phys_alloc_contig(mach, 1, 0, UINT64_MAX, 1, 0)));
	PANICS("vm_phys_alloc_contig: page PTR has unexpected memattr 1",
	    (page(mach, 0x1200000)->pat_mode_c = VM_MEMATTR_DEFAULT ^
		    VM_MEMATTR_WRITE_COMBINING,
		vm_phys_alloc_contig(mach, 1, 0, UINT64_MAX, 1, 0)));
	PANICS("vm_phys_alloc_contig: page PTR is not free",
	    (vm_page_set_flags(page(mach, 0x1200000), 0),
		vm_phys_alloc_contig(mach, 1, 0, UINT64_MAX, 1, 0)));
	PANICS("vm_phys_alloc_contig: free page PTR is valid",
	    (page(mach, 0x1200000)->valid = 1,
		vm_phys_alloc_contig(mach, 1, 0, UINT64_MAX, 1, 0)));
#undef PANICS
	mach = support_boot("mem=20M first=18M kmem=0");
	assert_panics(mach,
	    "vm_phys_paddr_to_segind: paddr 0x1000 is not in "
	    "any segment",
	    vm_phys_free_pages(mach, page(mach, 0x1000), 0));
	assert_false(pmapsim_panic(mach)->assertion);
	pmapsim_destroy(mach);
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
		assert_lists(mach,
		    i == 1 ? "0.0.0 1401000 1402000\n" :
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
		assert_int_equal(vm_page_flags(page(mach, 0x2000000 + ptoa(i))),
		    PG_FREE | PG_ZERO);
		assert_int_equal(vm_page_flags(page(mach,
				     0x2000000 + ptoa(i + 1))),
		    PG_FREE);
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
	length = pmapsim_sysctl_text(mach, "vm.phys_segs", text, sizeof(text));
	assert_string_equal(text,
	    "\nSEGMENT 0:\n\nstart:     0xfff000\nend:       0x1000000\n"
	    "free list: PTR\n"
	    "\nSEGMENT 1:\n\nstart:     0x1000000\nend:       0x3001000\n"
	    "free list: PTR\n");
	assert_int_equal(length, strlen(text));
	vm_phys_alloc_pages(mach, DIRECT, 11);
	length = pmapsim_sysctl_text(mach, "vm.phys_free", text, sizeof(text));
	assert_int_equal(length, strlen(text));
	assert_non_null(strstr(text,
	    "\nFREE LIST 0:\n\n"
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
			     sizeof(small)),
	    length);
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

	if (!support_reaches(UINT64_C(1) << 40))
		skip();
	mach = support_boot("mem=1T first=4M kmem=0");
	assert_sysctl(mach, "vm.stats.vm.v_page_count", 0x10000000 - 1024);
	assert_int_equal(vm_phys_queue_length(mach, 0, DEFAULT, 12), 65535);
	assert_int_equal(mach->vm_phys->queues[0][DEFAULT][12].lcnt, 0);
	for (pa = 0x1000000; pa < UINT64_C(1) << 40; pa += 0x3fff000000) {
		assert_int_equal(page(mach, pa)->order_c, 0);
		pmapsim_page_info(mach, page(mach, pa), &info);
		assert_int_equal(info.order, 12);
		assert_int_equal(info.flags, PG_FREE);
		assert_true(vm_phys_is_untouched(mach, pa + PAGE_SIZE));
		pmapsim_page_info(mach, page(mach, pa) + 1, &info);
		assert_int_equal(info.order, 13);
	}
	/* Taken from the start, one by one; what is taken is touched. */
	assert_pa(mach, vm_phys_alloc_pages(mach, DEFAULT, 12), 0x1000000);
	assert_pa(mach, vm_phys_alloc_pages(mach, DIRECT, 12), 0x2000000);
	assert_int_equal(page(mach, 0x2fff000)->pool, DIRECT);
	assert_false(vm_phys_is_untouched(mach, 0x2fff000));
	assert_true(vm_phys_is_untouched(mach, 0x3000000));
	vm_phys_free_pages(mach, page(mach, 0x1000000), 12);
	assert_int_equal(vm_phys_queue_length(mach, 0, DEFAULT, 12), 65534);
	assert_pa(mach, vm_phys_alloc_pages(mach, DEFAULT, 12), 0x3000000);
	done(mach);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_examples_A),
	    cmocka_unit_test(test_startup_memory_below_16m_makes_its_own_list),
	    cmocka_unit_test(test_large_memory_is_left_untouched),
	    cmocka_unit_test(test_alloc_uses_memory_below_16m_last),
	    cmocka_unit_test(test_alloc_converts_the_largest_block),
	    cmocka_unit_test(test_free_brings_buddies_to_its_pool),
	    cmocka_unit_test(test_queue_ends),
	    cmocka_unit_test(test_free_stops_at_the_segment_and_at_16m),
	    cmocka_unit_test(test_unfree),
	    cmocka_unit_test(test_zero_pages_idle),
	    cmocka_unit_test(test_zero_pages_idle_of_untouched_blocks),
	    cmocka_unit_test(test_sysctl_text),
	    cmocka_unit_test(test_panics),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
