/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc(9) above the zones: routing, headers, frames and refusals.
 */
#include "support.h"

#include "vm/vm_map.h"
#include "vm/vm_object.h"

#define K VM_MIN_KERNEL_ADDRESS
#define KB(n) (UINT64_C(n) << 10)
#define NOT_ALLOCATED "free: address PTR(PTR) has not been allocated.\n"

/* Headers cost nothing: only the pages themselves come and go. */
static void
test_malloc_rounds_up_and_free_finds_the_size(void **state)
{
	static const vm_size_t sizes[] = {4097, 8192, 8193, 65536, 2097152,
	    2097153};
	struct machine *mach = *state;
	vm_map_t map = pmapsim_kmem_map(mach);
	int64_t free_count;
	vm_offset_t addr;
	vm_page_t m;
	unsigned i;

	free_count = support_sysctl(mach, "vm.stats.vm.v_free_count");
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		addr = kern_malloc(mach, sizes[i], M_WAITOK);
		assert_int_equal(addr, K);
		assert_int_equal(map->size, round_page(sizes[i]));
		assert_sysctl(mach, "vm.stats.vm.v_free_count",
		    free_count - (int64_t)atop(round_page(sizes[i])));
		m = PHYS_TO_VM_PAGE(mach, pmap_kextract(mach, addr));
		assert_true((vm_page_flags(m) & PG_SLAB) != 0);
		assert_ptr_equal(m->object, pmapsim_kmem_object(mach));
		assert_int_equal(mach->vm_map->slab_zone.in_use, 1);
		kern_free(mach, addr + (i * 800) % PAGE_SIZE);
		assert_int_equal(map->nentries, 0);
		assert_int_equal(vm_page_flags(m) & PG_SLAB, 0);
		assert_null(m->slab);
		assert_int_equal(mach->vm_map->slab_zone.in_use, 0);
		assert_sysctl(mach, "vm.stats.vm.v_free_count", free_count);
	}
	kern_free(mach, 0);
}

/* Merged entries do not confuse the sizes. */
static void
test_malloc_neighbours_are_freed_one_by_one(void **state)
{
	struct machine *mach = *state;
	vm_map_t map = pmapsim_kmem_map(mach);
	vm_offset_t a, b, c;

	a = kern_malloc(mach, KB(8), M_NOWAIT);
	b = kern_malloc(mach, KB(12), M_NOWAIT);
	c = kern_malloc(mach, KB(16), M_NOWAIT);
	assert_int_equal(a, K);
	assert_int_equal(b, K + KB(8));
	assert_int_equal(c, K + KB(20));
	assert_int_equal(map->nentries, 1);
	kern_free(mach, b);
	assert_int_equal(map->nentries, 2);
	assert_int_equal(map->size, KB(24));
	assert_int_equal(kern_malloc(mach, KB(12), M_NOWAIT), b);
	kern_free(mach, a);
	kern_free(mach, c);
	assert_int_equal(map->size, KB(12));
	kern_free(mach, b);
	assert_int_equal(map->size, 0);
}

static void
test_malloc_failure_gives_the_header_back(void **state)
{
	struct machine *mach = *state;

	assert_int_equal(kern_malloc(mach, KB(16384), M_NOWAIT), 0);
	assert_int_equal(mach->vm_map->slab_zone.in_use, 0);
	assert_int_equal(pmapsim_kmem_map(mach)->nentries, 0);
}

static void
test_malloc_zero(void **state)
{
	struct machine *mach = *state;
	uint64_t *words;
	vm_paddr_t size;
	unsigned i;

	assert_int_equal(kern_malloc(mach, KB(8), M_NOWAIT), K);
	words = (uint64_t *)((char *)pmapsim_arena(mach, &size) +
	    pmap_kextract(mach, K));
	for (i = 0; i < 1024; i++)
		words[i] = i + 1;
	kern_free(mach, K);
	assert_int_equal(kern_malloc(mach, KB(8), M_NOWAIT | M_ZERO), K);
	for (i = 0; i < 1024; i++)
		assert_int_equal(words[i], 0);
}

/* As the mail of October 2010 shows it, outermost last. */
static void
test_malloc_backtrace(void **state)
{
	static const char *const frames[] = {"pmap_enter", "kmem_malloc",
	    "uma_large_malloc", "malloc", "acpi_alloc_wakeup_handler"};
	const struct pmapsim_panic *panic;
	struct machine *mach;
	unsigned i;

	mach = support_boot("mem=32M first=4M kmem=8M ncpu=2 "
			    "kernel=2010-04+litter");
	pmapsim_frame_push(mach, "acpi_alloc_wakeup_handler");
	assert_int_equal(kern_malloc(mach, KB(2048), M_NOWAIT), K);
	kmem_free(mach, pmapsim_kmem_map(mach), K, KB(8));
	assert_panics(mach, "pmap_enter: attempted pmap_enter on 2MB page",
	    kern_malloc(mach, KB(8), M_NOWAIT));
	panic = pmapsim_panic(mach);
	assert_int_equal(panic->nframes, 5);
	for (i = 0; i < 5; i++)
		assert_string_equal(panic->frames[i], frames[i]);
	support_destroy(mach);
}

static void
test_free_unallocated_panics(void **state)
{
	static const vm_offset_t offsets[] = {KB(4), KB(8), KB(4096),
	    KB(16384)};
	struct machine *mach;
	unsigned i;

	/* The second page, the first behind, an empty table, none. */
	for (i = 0; i < 4; i++) {
		mach = support_boot(SUPPORT_SMALL);
		assert_int_equal(kern_malloc(mach, KB(8), M_NOWAIT), K);
		assert_panics(mach, NOT_ALLOCATED,
		    (kern_free(mach, K + offsets[i]), 0));
		assert_string_equal(pmapsim_panic(mach)->frames[0], "free");
		support_destroy(mach);
	}
}

static void
test_free_twice_panics(void **state)
{
	struct machine *mach = *state;

	assert_int_equal(kern_malloc(mach, KB(8), M_NOWAIT), K);
	kern_free(mach, K);
	assert_panics(mach, NOT_ALLOCATED, (kern_free(mach, K), 0));
}

/* A device's registers lie beyond all pages. */
static void
test_free_of_device_memory_panics(void **state)
{
	struct machine *mach = *state;

	pmap_kenter(mach, K, UINT64_C(1) << 46);
	assert_panics(mach, NOT_ALLOCATED, (kern_free(mach, K), 0));
}

/* kmem_malloc()'s memory has no header. */
static void
test_free_of_kmem_malloc_panics(void **state)
{
	struct machine *mach = *state;

	assert_int_equal(kmem_malloc(mach, pmapsim_kmem_map(mach), KB(8),
			     M_NOWAIT),
	    K);
	assert_panics(mach, NOT_ALLOCATED, (kern_free(mach, K), 0));
}

static void
test_malloc_refuses_what_is_not_simulated(void **state)
{
	static const struct {
		vm_size_t size;
		const char *text;
	} cases[] = {
	    {0,
		"malloc: 0 bytes would come from a UMA zone, which is "
		"not simulated; more than 4096 would be right"},
	    {4096,
		"malloc: 4096 bytes would come from a UMA zone, which "
		"is not simulated; more than 4096 would be right"},
	    {INT_MAX - PAGE_MASK + 1,
		"malloc: 2147479553 bytes do not fit "
		"uma_large_malloc()'s int"},
	    {UINT64_C(1) << 31,
		"malloc: 2147483648 bytes do not fit "
		"uma_large_malloc()'s int"},
	};
	struct machine *mach;
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mach = support_boot(SUPPORT_SMALL);
		/* The largest that fits is more than this machine has. */
		assert_int_equal(kern_malloc(mach, INT_MAX - PAGE_MASK,
				     M_NOWAIT),
		    0);
		assert_panics(mach, cases[i].text,
		    kern_malloc(mach, cases[i].size, M_NOWAIT));
		assert_true(pmapsim_panic(mach)->simulator);
		support_destroy(mach);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_malloc_rounds_up_and_free_finds_the_size),
	    support_test(test_malloc_neighbours_are_freed_one_by_one),
	    support_test(test_malloc_failure_gives_the_header_back),
	    support_test(test_malloc_zero),
	    cmocka_unit_test(test_malloc_backtrace),
	    cmocka_unit_test(test_free_unallocated_panics),
	    support_test(test_free_twice_panics),
	    support_test(test_free_of_device_memory_panics),
	    support_test(test_free_of_kmem_malloc_panics),
	    cmocka_unit_test(test_malloc_refuses_what_is_not_simulated),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
