/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What belongs to no layer: boot and its errors, guards and panics, frames,
 * zones, injection counting, KTR.
 */
#include "support.h"

#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/machine.h"
#include "vm/vm_page.h"

/* ---- boot --------------------------------------------------------------- */
static void
test_boot_refuses_what_cannot_be(void **state)
{
	static const struct {
		vm_paddr_t mem, first;
		vm_size_t kmem;
		unsigned ncpu, maxproc;
		const char *kernel, *says;
	} cases[] = {
	    {64 << 20, 64 << 20, 0, 1, 1000, NULL, "no free memory"},
	    {64 << 20, 65 << 20, 0, 1, 1000, NULL, "no free memory"},
	    {64 << 20, 1 << 20, 0, 1, 1000, NULL, "at least 2M"},
	    {(64 << 20) + 1, 4 << 20, 0, 1, 1000, NULL, "4096"},
	    {64 << 20, (4 << 20) + 8, 0, 1, 1000, NULL, "4096"},
	    {64 << 20, 4 << 20, 100, 1, 1000, NULL, "4096"},
	    {64 << 20, 4 << 20, UINT64_C(1) << 40, 1, 1000, NULL, "KERNBASE"},
	    {64 << 20, 4 << 20, 0, 0, 1000, NULL, "ncpu=0"},
	    {64 << 20, 4 << 20, 0, 33, 1000, NULL, "ncpu=33"},
	    {64 << 20, 4 << 20, 0, 1, 0, NULL, "maxproc=0"},
	    {64 << 20, 4 << 20, 0, 1, 1000001, NULL, "maxproc=1000001"},
	    {64 << 20, 4 << 20, 0, 1, 1000, "2010-05", "2010-04"},
	    {UINT64_C(1) << 50, 4 << 20, 0, 1, 1000, NULL, "too large"},
	};
	struct pmapsim_config config;
	struct machine *mach;
	char err[200];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pmapsim_config_init(&config);
		config.mem = cases[i].mem;
		config.first = cases[i].first;
		config.kmem = cases[i].kmem;
		config.kmem_given = true;
		config.ncpu = cases[i].ncpu;
		config.maxproc = cases[i].maxproc;
		config.kernel = cases[i].kernel;
		mach = (struct machine *)&config;
		assert_int_equal(pmapsim_boot(&config, &mach, err, sizeof(err)),
		    PMAPSIM_EINVAL);
		assert_null(mach);
		if (strstr(err, cases[i].says) == NULL)
			fail_msg("case %zu says \"%s\"", i, err);
	}
	assert_int_equal(pmapsim_boot(NULL, &mach, err, sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_int_equal(pmapsim_boot(&config, NULL, NULL, 0), PMAPSIM_EINVAL);
	pmapsim_destroy(NULL);
}

/* A kernel that panics while it boots leaves no machine behind. */
static void
test_boot_panic_is_an_error(void **state)
{
	struct pmapsim_config config;
	struct machine *mach;
	char err[200];

	pmapsim_config_init(&config);
	config.mem = (4 << 20) + PAGE_SIZE;
	config.first = 4 << 20;
	config.kmem = 2 << 20;
	config.kmem_given = true;
	assert_int_equal(pmapsim_boot(&config, &mach, err, sizeof(err)),
	    PMAPSIM_EPANIC);
	assert_null(mach);
	assert_non_null(strstr(err,
	    "pmap_growkernel: no memory to grow kernel"));
}

static void
test_config_defaults_are_resolved(void **state)
{
	struct pmapsim_config config;
	struct machine *mach;
	char err[200];

	pmapsim_config_init(&config);
	config.mem = 40 << 20;
	config.first = 4 << 20;
	assert_int_equal(pmapsim_boot(&config, &mach, err, sizeof(err)),
	    PMAPSIM_OK);
	assert_int_equal(pmapsim_config(mach)->kmem, 14 << 20);
	assert_string_equal(pmapsim_config(mach)->kernel, "2010-04");
	assert_int_equal(pmapsim_set_cpu(mach, 1), PMAPSIM_OK);
	assert_int_equal(pmapsim_set_cpu(mach, 2), PMAPSIM_EINVAL);
	assert_int_equal(pmapsim_curcpu(mach), 1);
	pmapsim_destroy(mach);
}

/* Bytes of address space that this process has. */
static size_t
address_space(void)
{
	unsigned long pages;
	FILE *f;

	f = fopen("/proc/self/statm", "r");
	if (f == NULL)
		skip();
	assert_int_equal(fscanf(f, "%lu", &pages), 1);
	fclose(f);
	return (pages * (size_t)sysconf(_SC_PAGESIZE));
}

/*
 * Where the host gives a gigabyte of addresses, a machine boots with smaller
 * zones; where it gives too little for these, that is said.
 */
static void
test_boot_where_address_space_is_short(void **state)
{
	static const struct {
		size_t left;
		int error;
	} cases[] = {{(size_t)1 << 30, PMAPSIM_OK},
	    {(size_t)200 << 20, PMAPSIM_ENOMEM}, {0, PMAPSIM_ENOMEM}};
	struct pmapsim_config config;
	struct rlimit all, some;
	struct machine *mach;
	char err[200];
	size_t i;
	int error;

	pmapsim_config_init(&config);
	assert_int_equal(getrlimit(RLIMIT_AS, &all), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		some = all;
		some.rlim_cur = address_space() + cases[i].left;
		assert_int_equal(setrlimit(RLIMIT_AS, &some), 0);
		error = pmapsim_boot(&config, &mach, err, sizeof(err));
		assert_int_equal(setrlimit(RLIMIT_AS, &all), 0);
		assert_int_equal(error, cases[i].error);
		if (error == PMAPSIM_OK) {
			assert_true(mach->zone_shift > 0);
			support_destroy(mach);
		} else {
			assert_null(mach);
			assert_non_null(strstr(err, "no address space"));
		}
	}
}

/*
 * Whether the host was asked for huge pages at "addr", which is mapped: it notes
 * so, "hg", in the last line on each mapping.
 */
static bool
is_asked_huge(const void *addr)
{
	unsigned long start, end;
	bool inside, asked;
	char line[512];
	FILE *smaps;

	smaps = fopen("/proc/self/smaps", "r");
	if (smaps == NULL)
		return (false);
	inside = asked = false;
	while (fgets(line, sizeof(line), smaps) != NULL)
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			inside = (uintptr_t)addr >= start &&
			    (uintptr_t)addr < end;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			asked = strstr(line, " hg") != NULL;
	fclose(smaps);
	return (asked);
}

/*
 * A machine of 8 GB or more has huge pages where the page in its middle is
 * described, and a smaller one has not: most of it may never be used.
 */
static void
test_large_machines_ask_for_huge_pages(void **state)
{
	static const vm_paddr_t gb8 = UINT64_C(8) << 30;
	static const struct {
		vm_paddr_t mem;
		bool huge;
	} cases[] = {{gb8 - (2 << 20), false}, {gb8, true}, {2 * gb8, true}};
	const size_t size = 8 << 20;
	struct pmapsim_config config;
	struct machine *mach;
	vm_page_t m;
	char err[200];
	char *trial;
	bool known;
	size_t i;

	trial = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(trial != MAP_FAILED);
	machine_will_fill(trial, size);
	known = is_asked_huge(trial + size / 2);
	munmap(trial, size);
	if (!known)
		skip();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!support_reaches(cases[i].mem))
			continue;
		pmapsim_config_init(&config);
		config.mem = cases[i].mem;
		assert_int_equal(pmapsim_boot(&config, &mach, err, sizeof(err)),
		    PMAPSIM_OK);
		m = phys_to_vm_page(mach, cases[i].mem / 2);
		assert_int_equal(is_asked_huge(m), cases[i].huge);
		assert_int_equal(is_asked_huge(&mach->md_page_array
						    [atop(VM_PAGE_TO_PHYS(m))]),
		    cases[i].huge);
		assert_int_equal(is_asked_huge(vm_page_use(mach, m)),
		    cases[i].huge);
		support_destroy(mach);
	}
}

/* A third of memory, rounded up to 2 MB; at most three fifths of addresses. */
static void
test_kmem_follows_memory(void **state)
{
	static const struct {
		vm_paddr_t mem;
		vm_size_t kmem;
	} cases[] = {
	    {UINT64_C(48) << 20, 16 << 20},
	    {(UINT64_C(48) << 20) + PAGE_SIZE, 18 << 20},
	    {(UINT64_C(48) << 20) - PAGE_SIZE, 16 << 20},
	    {UINT64_C(900) << 30, UINT64_C(300) << 30},
	    {UINT64_C(1) << 40, UINT64_C(0x4cccc00000)},
	    {UINT64_C(16) << 40, UINT64_C(0x4cccc00000)},
	};
	struct pmapsim_config config;
	struct machine *mach;
	char err[200];
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!support_reaches(cases[i].mem))
			continue;
		pmapsim_config_init(&config);
		config.mem = cases[i].mem;
		config.first = 4 << 20;
		assert_int_equal(pmapsim_boot(&config, &mach, err, sizeof(err)),
		    PMAPSIM_OK);
		assert_int_equal(pmapsim_config(mach)->kmem, cases[i].kmem);
		pmapsim_destroy(mach);
	}
}

/* ---- panics ------------------------------------------------------------- */
static void
panic_deep(struct machine *mach, int depth)
{
	FRAME();

	if (depth > 0)
		panic_deep(mach, depth - 1);
	else if (mach->config.ncpu > 0) /* or gcc sees that none returns */
		panic("test: %d bottles", 99);
}

static void
run_panic(struct machine *mach, void *arg)
{

	panic_deep(mach, *(int *)arg);
}

static void
run_nothing(struct machine *mach, void *arg)
{

	*(int *)arg += 1;
}

static void
test_panic_freezes_and_tells(void **state)
{
	struct machine *mach = *state;
	const struct pmapsim_panic *panic;
	int depth = 2, ran = 0;

	assert_null(pmapsim_panic(mach));
	pmapsim_frame_push(mach, "mi_startup");
	assert_int_equal(pmapsim_run(mach, run_panic, &depth), PMAPSIM_EPANIC);
	panic = pmapsim_panic(mach);
	assert_string_equal(panic->text, "test: 99 bottles");
	assert_string_equal(panic->func, "panic_deep");
	assert_false(panic->assertion);
	assert_false(panic->simulator);
	assert_int_equal(panic->nframes, 4);
	assert_string_equal(panic->frames[0], "panic_deep");
	assert_string_equal(panic->frames[3], "mi_startup");
	/* Frozen: calls are refused, the first panic stays. */
	assert_int_equal(pmapsim_run(mach, run_nothing, &ran), PMAPSIM_EPANIC);
	assert_int_equal(ran, 0);
	assert_string_equal(pmapsim_panic(mach)->text, "test: 99 bottles");
}

static void
run_outer(struct machine *mach, void *arg)
{
	int depth = 0, ran = 0;

	assert_int_equal(pmapsim_run(mach, run_nothing, &ran), PMAPSIM_OK);
	assert_int_equal(ran, 1);
	assert_int_equal(mach->depth, 0);
	assert_int_equal(pmapsim_run(mach, run_panic, &depth), PMAPSIM_EPANIC);
	*(bool *)arg = true;
}

static void
test_guards_nest(void **state)
{
	struct machine *mach = *state;
	bool returned = false;

	assert_int_equal(pmapsim_run(mach, run_outer, &returned), PMAPSIM_OK);
	assert_true(returned);
	assert_null(mach->guard);
	assert_int_equal(mach->depth, 0);
	assert_int_equal(pmapsim_run(NULL, run_nothing, NULL), PMAPSIM_EINVAL);
}

/* Recursion without end stops at the end of the simulated stack. */
static void
test_stack_overflow_stops_the_machine(void **state)
{
	struct machine *mach = *state;
	int depth = 1000;

	assert_int_equal(pmapsim_run(mach, run_panic, &depth), PMAPSIM_EPANIC);
	assert_true(pmapsim_panic(mach)->simulator);
	assert_int_equal(pmapsim_panic(mach)->nframes, PMAPSIM_FRAMES_MAX);
	assert_non_null(strstr(pmapsim_panic(mach)->text, "double fault"));
}

static void
check_assertion(struct machine *mach)
{

	KASSERT(1 + 1 == 3, ("test: %s", "arithmetic"));
}

static void
test_kassert_needs_invariants(void **state)
{
	struct machine *mach = *state;

	mach->invariants = false;
	assert_no_panic(mach, check_assertion(mach));
	mach->invariants = true;
	assert_panics(mach, "test: arithmetic", check_assertion(mach));
	assert_true(pmapsim_panic(mach)->assertion);
}

/* ---- zones, injection, KTR ---------------------------------------------- */
static void
drain_zone(struct machine *mach, struct zone *zone)
{

	for (;;)
		zone_alloc(mach, zone);
}

static void
test_zone_reuses_and_zeroes(void **state)
{
	struct machine *mach = *state;
	struct zone zone = {0};
	char *a, *b, zero[48] = {0};

	/* A host with little address space makes smaller zones. */
	zone_init(mach, &zone, "test", 40, (size_t)3 << mach->zone_shift);
	a = zone_alloc(mach, &zone);
	b = zone_alloc(mach, &zone);
	assert_int_equal(zone.size, 48);
	assert_ptr_equal(b, a + 48);
	assert_int_equal(zone.in_use, 2);
	memset(a, 0xff, 48);
	zone_free(mach, &zone, a);
	assert_int_equal(zone.in_use, 1);
	assert_ptr_equal(zone_alloc(mach, &zone), a);
	assert_memory_equal(a, zero, 48);
	assert_panics(mach, "zone test: all 3 items are in use",
	    (drain_zone(mach, &zone), 0));
}

static void
test_inject_counts(void **state)
{
	struct machine *mach = *state;
	unsigned nth, i;
	int after;

	for (after = 0; after < 2; after++)
		for (nth = 1; nth <= 3; nth++) {
			pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, nth,
			    after);
			for (i = 1; i <= 5; i++)
				assert_int_equal(INJECT(mach,
						     PMAPSIM_INJECT_PV_CHUNK),
				    i == nth || (after && i > nth));
			assert_int_equal(pmapsim_inject_seen(mach,
					     PMAPSIM_INJECT_PV_CHUNK),
			    5);
			assert_false(INJECT(mach, PMAPSIM_INJECT_PAGE_ALLOC));
		}
	pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 0, false);
	assert_false(mach->inject_armed);
}

static void
test_ktr_ring(void **state)
{
	struct machine *mach = *state;
	char buf[100];
	uint64_t i;

	CTR2(mach, KTR_DEMOTE, 1, "nobody");
	assert_int_equal(pmapsim_ktr_count(mach), 0);
	pmapsim_ktr_enable(mach, true);
	for (i = 0; i < PMAPSIM_KTR_ENTRIES + 2; i++)
		CTR2(mach, KTR_DEMOTE, 0x1000 + i, "kernel");
	assert_int_equal(pmapsim_ktr_count(mach), PMAPSIM_KTR_ENTRIES + 2);
	assert_int_equal(pmapsim_ktr_format(mach, 1, buf, sizeof(buf)), -1);
	assert_int_equal(pmapsim_ktr_format(mach, PMAPSIM_KTR_ENTRIES + 2, buf,
			     sizeof(buf)),
	    -1);
	assert_true(pmapsim_ktr_format(mach, 2, buf, sizeof(buf)) > 0);
	assert_string_equal(buf,
	    "pmap_demote_pde: success for va 0x1002 in pmap kernel");
	assert_int_equal(pmapsim_ktr_dump(mach, 1, buf, sizeof(buf)), -1);
	mach->ticks = 70000;
	mach->curcpu = 1;
	CTR2(mach, KTR_DEMOTE, 0x2000, "p");
	mach->curcpu = 0;
	assert_int_equal(pmapsim_ktr_dump(mach, PMAPSIM_KTR_ENTRIES + 2, buf,
			     sizeof(buf)),
	    76);
	assert_string_equal(buf,
	    "  4098   1            70000 "
	    "pmap_demote_pde: success for va 0x2000 in pmap p");
	assert_int_equal(pmapsim_ktr_dump(mach, PMAPSIM_KTR_ENTRIES + 3, buf,
			     sizeof(buf)),
	    -1);
}

static void
test_console_ring(void **state)
{
	struct machine *mach = *state;
	char buf[200];
	uint64_t i;

	assert_int_equal(pmapsim_console_count(mach), 0);
	assert_int_equal(pmapsim_console_line(mach, 0, buf, sizeof(buf)), -1);
	/* Once, and again when a minute has passed, also beyond INT_MAX. */
	mach->ticks = INT_MAX - 10;
	console_print_pv_limit(mach);
	mach->ticks = (int)((unsigned)mach->ticks + 59999);
	console_print_pv_limit(mach);
	assert_int_equal(pmapsim_console_count(mach), 1);
	mach->ticks++;
	console_print_pv_limit(mach);
	assert_int_equal(pmapsim_console_count(mach), 2);

	for (i = 0; i < PMAPSIM_CONSOLE_LINES; i++)
		console_print(mach, CONSOLE_REMOVE_PAGES);
	assert_int_equal(pmapsim_console_line(mach, 1, buf, sizeof(buf)), -1);
	assert_true(pmapsim_console_line(mach, 2, buf, sizeof(buf)) > 0);
	assert_string_equal(buf,
	    "warning: pmap_remove_pages called with non-current pmap");
	assert_int_equal(pmapsim_console_line(mach, 2 + i, buf, sizeof(buf)),
	    -1);
}

/* Codes and classes have names, and only those do. */
static void
test_panic_codes(void **state)
{
	unsigned code, other;

	for (code = 0; code < PMAPSIM_PANIC_CODES; code++)
		for (other = 0; other < code; other++)
			assert_string_not_equal(pmapsim_panic_code_name(code),
			    pmapsim_panic_code_name(other));
	assert_string_equal(
	    pmapsim_panic_code_name(PMAPSIM_PANIC_ENTER_ON_2MB_PAGE),
	    "ENTER_ON_2MB_PAGE");
	assert_string_equal(
	    pmapsim_panic_code_text(PMAPSIM_PANIC_ENTER_ON_2MB_PAGE),
	    "pmap_enter: attempted pmap_enter on 2MB page");
	assert_null(pmapsim_panic_code_name(PMAPSIM_PANIC_CODES));
	assert_null(pmapsim_panic_code_text(PMAPSIM_PANIC_CODES));
	assert_string_equal(pmapsim_panic_class_name(PMAPSIM_PANIC_IS_SLEEP),
	    "sleep");
	assert_null(pmapsim_panic_class_name(PMAPSIM_PANIC_CLASSES));
}

/* Each class is met where it is expected. */
static void
test_panic_classes(void **state)
{
	struct machine *mach = *state;

	assert_panics_with(mach, PMAPSIM_PANIC_TRAP_NULL,
	    vm_page_free(mach, NULL));
	assert_int_equal(pmapsim_panic(mach)->panic_class,
	    PMAPSIM_PANIC_IS_TRAP);
	assert_true(pmapsim_panic(mach)->simulator);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_panic_codes),
	    support_test(test_panic_classes),
	    cmocka_unit_test(test_boot_refuses_what_cannot_be),
	    cmocka_unit_test(test_boot_panic_is_an_error),
	    cmocka_unit_test(test_config_defaults_are_resolved),
	    cmocka_unit_test(test_boot_where_address_space_is_short),
	    cmocka_unit_test(test_large_machines_ask_for_huge_pages),
	    cmocka_unit_test(test_kmem_follows_memory),
	    support_test(test_panic_freezes_and_tells),
	    support_test(test_guards_nest),
	    support_test(test_stack_overflow_stops_the_machine),
	    support_test(test_kassert_needs_invariants),
	    support_test(test_zone_reuses_and_zeroes),
	    support_test(test_inject_counts),
	    support_test(test_ktr_ring),
	    support_test(test_console_ring),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
