/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical memory: zero, of the size asked for, charged when touched, and
 * shared through a descriptor where that was asked for.
 */
#include "hw_fixture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)

/* Pages of this process that are in memory. */
static long
resident(void)
{
	long size, rss;
	FILE *f;

	f = fopen("/proc/self/statm", "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld", &size, &rss), 2);
	fclose(f);
	return (rss);
}

static void
boot(struct hw *hw, vm_paddr_t mem, bool shared)
{
	struct pmapsim_config config;
	struct kernel kernel;

	pmapsim_config_init(&config);
	config.mem = mem;
	config.shared_arena = shared;
	memset(&kernel, 0, sizeof(kernel));
	hw->mach = machine_create(&config, &kernel, MIB);
	assert_non_null(hw->mach);
	assert_true(physmem_startup(hw->mach));
}

static void
test_memory_is_zero_and_writable_to_its_last_byte(void **state)
{
	const vm_paddr_t sizes[] = {4 * MIB, 5 * MIB + PAGE_SIZE, 64 * MIB};
	vm_paddr_t size, pa;
	struct hw hw;
	char *base;
	unsigned i, shared;

	for (i = 0; i < 3; i++)
		for (shared = 0; shared < 2; shared++) {
			boot(&hw, sizes[i], shared);
			base = pmapsim_arena(hw.mach, &size);
			assert_int_equal(size, sizes[i]);
			assert_int_equal((uintptr_t)base & PDRMASK, 0);
			for (pa = 0; pa < size; pa += PAGE_SIZE / 2)
				assert_int_equal(base[pa], 0);
			assert_int_equal(base[size - 1], 0);
			memset(base, 0x5a, size);
			assert_ptr_equal(physmem_ptr(hw.mach, 123), base + 123);
			/* Bits that are no address do not move a table. */
			assert_ptr_equal(physmem_table(hw.mach,
					     PG_NX | 0x3000 | 0xfff),
			    base + 0x3000);
			hw_destroy(&hw);
		}
}

static void
test_private_memory_has_no_descriptor(void **state)
{
	struct hw hw;

	boot(&hw, 4 * MIB, false);
	assert_int_equal(pmapsim_arena_fd(hw.mach), -1);
	hw_destroy(&hw);
}

static void
test_shared_memory_is_seen_through_its_descriptor(void **state)
{
	struct hw hw;
	char *mine, *base;
	int fd;

	boot(&hw, 4 * MIB, true);
	fd = pmapsim_arena_fd(hw.mach);
	assert_true(fd >= 0);
	/* It is not inherited by what a test starts unless asked to. */
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), 4 * MIB);
	mine = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(mine != MAP_FAILED);
	base = pmapsim_arena(hw.mach, NULL);
	base[0x1234] = 7;
	assert_int_equal(mine[0x1234], 7);
	mine[4 * MIB - 1] = 9;
	assert_int_equal(base[4 * MIB - 1], 9);
	hw_destroy(&hw);
	/* The machine's descriptor and mapping are gone, ours is not. */
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(mine[0x1234], 7);
	munmap(mine, 4 * MIB);
}

/* Given back, private memory is zero; shared memory stays what it is. */
static void
test_dropped_memory_is_zero(void **state)
{
	static const bool shared[] = {false, true};
	struct hw hw;
	char *bytes;
	unsigned i;

	for (i = 0; i < 2; i++) {
		boot(&hw, 4 * MIB, shared[i]);
		bytes = pmapsim_arena(hw.mach, NULL);
		memset(bytes + 2 * MIB, 0x5a, MIB);
		if (physmem_drop(hw.mach, bytes + 2 * MIB, MIB - 4096)) {
			assert_false(shared[i]);
			assert_int_equal(bytes[2 * MIB], 0);
			assert_int_equal(bytes[3 * MIB - 4097], 0);
		} else
			assert_int_equal(bytes[2 * MIB], 0x5a);
		assert_int_equal(bytes[2 * MIB - 1], 0);
		assert_int_equal(bytes[3 * MIB - 4096], 0x5a);
		hw_destroy(&hw);
	}
}

static void
test_memory_costs_what_is_touched(void **state)
{
	struct hw hw;
	char *base;
	long before, used;
	unsigned i;

	before = resident();
	boot(&hw, 1024 * MIB, false);
	base = pmapsim_arena(hw.mach, NULL);
	for (i = 0; i < 64; i++)
		base[i * (16 * MIB)] = 1;
	used = resident() - before;
	/* 64 pages and their host tables' share, not 64 huge pages. */
	assert_in_range(used, 1, 4096);
	hw_destroy(&hw);
}

static void
test_refusal_leaves_nothing(void **state)
{
	struct pmapsim_config config;
	struct kernel kernel;
	struct machine *mach;

	pmapsim_config_init(&config);
	config.mem = UINT64_C(1) << 60;
	memset(&kernel, 0, sizeof(kernel));
	mach = machine_create(&config, &kernel, MIB);
	assert_non_null(mach);
	assert_false(physmem_startup(mach));
	assert_null(mach->physmem);
	mach->config.shared_arena = true;
	assert_false(physmem_startup(mach));
	assert_null(mach->physmem);
	pmapsim_destroy(mach);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_memory_is_zero_and_writable_to_its_last_byte),
	    cmocka_unit_test(test_private_memory_has_no_descriptor),
	    cmocka_unit_test(test_shared_memory_is_seen_through_its_descriptor),
	    cmocka_unit_test(test_dropped_memory_is_zero),
	    cmocka_unit_test(test_memory_costs_what_is_touched),
	    cmocka_unit_test(test_refusal_leaves_nothing),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
