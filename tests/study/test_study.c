/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hunter, the shrinker and the explorer on kernels whose bugs are known:
 * they must find them, shorten them, and find nothing where they are mended.
 */
#include "support.h"

#include <pmapsim/study.h>

#include <stdio.h>

static const char mail_panic[] = "pmap_enter: attempted pmap_enter on 2MB page";

static struct pmapsim_hunt_result
hunt(const struct pmapsim_hunt_options *options)
{
	struct pmapsim_hunt_result result;
	char err[600];

	print_message("hunt: kernel %s, seed %llu\n", options->judge.kernel,
	    (unsigned long long)options->seed);
	if (pmapsim_hunt(options, &result, err, sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	return (result);
}

/* Statements of "trace" that are calls: not the machine, nor what only
 * provides pages and addresses. */
static unsigned
count_calls(const struct pmapsim_trace *trace)
{
	static const char *const setup[] = {"machine", "kmem_alloc_nofault",
	    "vm_page_alloc", "vm_object_allocate", "pmap_pinit", "#"};
	const char *p;
	unsigned n = 0, i;
	size_t size;

	for (p = pmapsim_trace_text(trace, &size); *p != '\0' && *p != '\n';
	     p += strcspn(p, "\n") + 1) {
		for (i = 0; i < 6; i++)
			if (strncmp(p, setup[i], strlen(setup[i])) == 0)
				break;
		n += i == 6;
	}
	return (n);
}

/* Shrinks what was found; the trace must replay as it says of itself. */
static struct pmapsim_trace *
shrink(struct pmapsim_hunt_result *result, struct pmapsim_judge judge)
{
	struct pmapsim_shrink_options options = {.judge = judge,
	    .comment = "Shrunk\nby a test."};
	struct pmapsim_finding finding;
	struct pmapsim_replay *replay;
	struct pmapsim_trace *shrunk;
	char err[600];

	options.judge.legal = true;
	options.judge.audit_each = result->finding.kind ==
	    PMAPSIM_FINDING_AUDIT;
	if (pmapsim_shrink(result->trace, &options, &shrunk, &finding, err,
		sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	assert_int_equal(finding.kind, result->finding.kind);
	assert_int_equal(pmapsim_replay_start(shrunk, NULL, &replay, err,
			     sizeof(err)),
	    PMAPSIM_OK);
	if (pmapsim_replay_run(replay) != PMAPSIM_REPLAY_MATCHED)
		fail_msg("%s", pmapsim_replay_result(replay)->message);
	pmapsim_replay_end(replay);
	pmapsim_trace_close(result->trace);
	result->trace = NULL;
	return (shrunk);
}

/* The panic of the mail, under its hypothesis: four calls at most. */
static void
test_hunt_finds_litter(void **state)
{
	struct pmapsim_hunt_options options = {
	    .judge = {.kernel = "2010-04+litter", .audit_each = 20},
	    .calls = 5000000,
	};
	struct pmapsim_hunt_result result;
	struct pmapsim_trace *shrunk;

	for (options.seed = 1; options.seed <= 5; options.seed++) {
		result = hunt(&options);
		assert_int_equal(result.finding.kind, PMAPSIM_FINDING_PANIC);
		assert_string_equal(result.finding.text, mail_panic);
		shrunk = shrink(&result, options.judge);
		assert_in_range(count_calls(shrunk), 1, 4);
		pmapsim_trace_close(shrunk);
	}
}

/* The same panic without any hypothesis, through the raw interface. */
static void
test_hunt_finds_count_drift(void **state)
{
	struct pmapsim_hunt_options options = {
	    .judge = {.kernel = "2010-04", .audit_each = 20},
	    .families = PMAPSIM_HUNT_RAW,
	    .seed = 1,
	    .calls = 50000000,
	};
	struct pmapsim_hunt_result result;
	struct pmapsim_trace *shrunk;

	result = hunt(&options);
	assert_int_equal(result.finding.kind, PMAPSIM_FINDING_PANIC);
	assert_string_equal(result.finding.text, mail_panic);
	shrunk = shrink(&result, options.judge);
	assert_in_range(count_calls(shrunk), 1, 7);
	pmapsim_trace_close(shrunk);
}

/* The demotion of a cleared PDE, as the kernel's own assertion tells it. */
static void
test_hunt_finds_cleared_pde(void **state)
{
	struct pmapsim_hunt_options options = {
	    .judge = {.kernel = "2010-04", .audit_each = 20},
	    .seed = 1,
	    .calls = 50000000,
	    .invariants = true,
	};
	struct pmapsim_hunt_result result;
	struct pmapsim_trace *shrunk;

	result = hunt(&options);
	assert_int_equal(result.finding.kind, PMAPSIM_FINDING_PANIC);
	assert_string_equal(result.finding.text,
	    "pmap_demote_pde: oldpde is missing PG_PS and/or PG_V");
	shrunk = shrink(&result, options.judge);
	assert_in_range(count_calls(shrunk), 1, 3);
	pmapsim_trace_close(shrunk);
}

/* Hunts in "kernel" find nothing, and did enough that this says something. */
static void
hunt_finds_nothing(const char *kernel, uint64_t seed, uint64_t calls)
{
	const struct pmapsim_hunt_options options = {
	    .judge = {.kernel = kernel, .audit_each = 50},
	    .seed = seed,
	    .calls = calls,
	    .invariants = true,
	};
	const struct pmapsim_hunt_result result = hunt(&options);

	if (result.trace != NULL)
		fail_msg("round %llu: %s", (unsigned long long)result.round,
		    result.finding.text);
	assert_true(result.position.calls >= calls);
	assert_true(result.position.promotions > 100);
	assert_true(result.position.nstates > 50);
}

/* What is mended stays whole; docs/internals.md has the long runs. */
static void
test_hunt_finds_nothing_in_fixed_kernels(void **state)
{

	hunt_finds_nothing("2010-04+remove-kernel-pde", 20101006, 1500000);
	hunt_finds_nothing("9.0+remove-kernel-pde", 20101006, 1500000);
}

/* Kernels of today get the calls that they have. */
static void
test_hunt_finds_nothing_in_kernels_of_today(void **state)
{

	hunt_finds_nothing("2022-07", 20220714, 500000);
	hunt_finds_nothing("2026-pmap", 20220714, 500000);
}

/* A bug of a port to another CPU, in a kernel of today. */
static void
test_hunt_finds_a_bug_in_a_kernel_of_today(void **state)
{
	struct pmapsim_hunt_options options = {
	    .judge = {.kernel = "2026-pmap+clean-writable-superpage",
		.audit_each = 20},
	    .families = PMAPSIM_HUNT_USER,
	    .seed = 1,
	    .calls = 3000000,
	};
	struct pmapsim_hunt_result result;
	struct pmapsim_trace *shrunk;

	result = hunt(&options);
	assert_int_equal(result.finding.kind, PMAPSIM_FINDING_AUDIT);
	assert_non_null(strstr(result.finding.text, "is writable and clean"));
	shrunk = shrink(&result, options.judge);
	assert_in_range(count_calls(shrunk), 2, 6);
	pmapsim_trace_close(shrunk);
}

/* Of a call that one kernel has and the other has not, nothing can be told. */
static void
test_hunt_wants_two_kernels_with_the_same_calls(void **state)
{
	struct pmapsim_hunt_options options = {
	    .judge = {.kernel = "9.0", .against = "2022-07"},
	    .calls = 1000,
	};
	struct pmapsim_hunt_result result;
	char err[600];

	assert_int_equal(pmapsim_hunt(&options, &result, err, sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_string_equal(err,
	    "a hunt in kernel 9.0 against 2022-07: one has calls that the "
	    "other has not; two kernels up to 9.0, or two from 2022-07 on, "
	    "would be right");
	options.judge.kernel = "2026-pmap";
	result = hunt(&options);
	pmapsim_trace_close(result.trace);
	/* No family but that of programs. */
	options.judge.against = NULL;
	options.families = PMAPSIM_HUNT_SPACE;
	assert_int_equal(pmapsim_hunt(&options, &result, err, sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_string_equal(err,
	    "a hunt in kernel 2026-pmap: of the family \"space\" nothing can "
	    "be called; programs are simulated with kernels up to 9.0");
}

/* A hunt is a function of its options; shards and parts add up to it. */
static void
test_hunt_is_reproducible(void **state)
{
	struct pmapsim_hunt_options options = {
	    .judge = {.kernel = "2010-04+remove-kernel-pde", .audit_each = 100},
	    .seed = 3,
	    .calls = 300000,
	};
	struct pmapsim_hunt_result a, b, part;

	a = hunt(&options);
	b = hunt(&options);
	assert_memory_equal(&a.position, &b.position, sizeof(a.position));
	/* Stopped after the first round and resumed: all counts are there. */
	options.calls = 1;
	part = hunt(&options);
	assert_int_equal(part.round, 1);
	options.calls = 300000;
	options.from = &part.position;
	b = hunt(&options);
	assert_memory_equal(&a.position, &b.position, sizeof(a.position));
	/* Resumed where it has ended it does nothing more. */
	options.from = &a.position;
	b = hunt(&options);
	assert_memory_equal(&a.position, &b.position, sizeof(a.position));
	assert_int_equal(b.round, a.round);
	/* A shard does its own rounds only. */
	options.calls = 1;
	options.from = NULL;
	options.shard = 1;
	options.shards = 3;
	part = hunt(&options);
	assert_int_equal(part.round, 4);
}

/* Against a second kernel a difference is a finding. */
static void
test_hunt_against_a_second_kernel(void **state)
{
	struct pmapsim_hunt_options options = {
	    .judge = {.kernel = "2010-04", .against = "9.0"},
	    .families = PMAPSIM_HUNT_KMEM,
	    .seed = 1,
	    .calls = 100000,
	};
	struct pmapsim_hunt_result result;

	result = hunt(&options);
	assert_int_equal(result.finding.kind, PMAPSIM_FINDING_DIFFERENCE);
	pmapsim_trace_close(result.trace);
	options.judge.against = "9.0+no-writeable-managed-only+"
				"fault-references-page+no-insert-grows-kernel";
	options.calls = 20000;
	result = hunt(&options);
	assert_null(result.trace);
}

/* ---- shrinking ---------------------------------------------------------- */
static struct pmapsim_trace *
trace_of(const char *text)
{
	struct pmapsim_trace *trace;
	char err[300];

	assert_int_equal(pmapsim_trace_from_memory("test", text, strlen(text),
			     &trace, err, sizeof(err)),
	    PMAPSIM_OK);
	return (trace);
}

static void
test_shrink_drops_what_does_not_matter(void **state)
{
	static const char
	    text[] = "# a comment\n"
		     "machine mem=32M first=4M kmem=8M kernel=2010-04+litter\n"
		     "kmem_malloc 64K nowait => 0xffffff8000000000\n"
		     "kmem_free 0xffffff8000000000 64K\n"
		     "kmem_malloc 2M nowait => 0xffffff8000000000\n"
		     "stats\n"
		     "kmem_malloc 12K nowait\n"
		     "kmem_free 0xffffff8000000000 8K\n"
		     "kmem_malloc 8K nowait\n"
		     "kmem_malloc 4K nowait\n";
	struct pmapsim_shrink_options options = {.judge = {.legal = true},
	    .comment = "why"};
	struct pmapsim_trace *trace = trace_of(text), *shrunk;
	struct pmapsim_finding finding;
	char err[600];
	const char *got;
	size_t size;

	assert_int_equal(pmapsim_shrink(trace, &options, &shrunk, &finding, err,
			     sizeof(err)),
	    PMAPSIM_OK);
	assert_int_equal(count_calls(shrunk), 3);
	got = pmapsim_trace_text(shrunk, &size);
	assert_int_equal(strncmp(got, "# why\nmachine ", 14), 0);
	assert_non_null(strstr(got, mail_panic));
	pmapsim_trace_close(shrunk);
	pmapsim_trace_close(trace);
}

static void
test_shrink_refuses_what_does_not_fail(void **state)
{
	struct pmapsim_shrink_options options = {.judge = {.legal = true}};
	struct pmapsim_trace *trace, *shrunk;
	struct pmapsim_finding finding;
	char err[600];

	trace = trace_of("machine mem=32M first=4M kmem=8M\n"
			 "kmem_malloc 64K nowait\n");
	assert_int_equal(pmapsim_shrink(trace, &options, &shrunk, &finding, err,
			     sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_null(shrunk);
	assert_non_null(strstr(err, "nothing fails"));
	pmapsim_trace_close(trace);
}

/* What a progress hook was told, and when it says stop. */
struct told {
	uint64_t done, stop, trials;
};

static bool
tell(void *arg, uint64_t done, uint64_t total)
{
	struct told *told = arg;

	assert_int_equal(done, told->done + 1);
	assert_int_equal(total, 0);
	told->done = done;
	return (done != told->stop);
}

/* The same of shrinking, where it is the calls of the hook that count. */
static bool
tell_trial(void *arg, uint64_t done, uint64_t total)
{
	struct told *told = arg;

	assert_true(done == told->trials || done == told->trials + 1);
	assert_int_equal(total, 0);
	told->trials = done;
	return (++told->done != told->stop);
}

/* However early the trials end, what comes back fails as it should. */
static void
test_shrink_stops_when_told(void **state)
{
	static const char
	    text[] = "machine mem=32M first=4M kmem=8M kernel=2010-04+litter\n"
		     "kmem_malloc 64K nowait\n"
		     "kmem_free 0xffffff8000000000 64K\n"
		     "kmem_malloc 2M nowait\n"
		     "kmem_free 0xffffff8000000000 8K\n"
		     "kmem_malloc 8K nowait\n";
	struct told told = {0};
	struct pmapsim_shrink_options options = {.judge = {.legal = true},
	    .progress = tell_trial,
	    .arg = &told};
	struct pmapsim_trace *trace = trace_of(text), *shrunk;
	struct pmapsim_finding finding;
	unsigned calls, before = 0;
	char err[600];
	uint64_t all, n;
	size_t size;
	int error;

	assert_int_equal(pmapsim_shrink(trace, &options, &shrunk, &finding, err,
			     sizeof(err)),
	    PMAPSIM_OK);
	assert_int_equal(count_calls(shrunk), 3);
	pmapsim_trace_close(shrunk);
	all = told.done;
	assert_true(told.trials > 10);
	for (n = all; n > 0; n--) {
		told.done = told.trials = 0;
		told.stop = n;
		error = pmapsim_shrink(trace, &options, &shrunk, &finding, err,
		    sizeof(err));
		if (error == PMAPSIM_ESTOPPED) {
			assert_null(shrunk);
			assert_non_null(strstr(err, "stopped"));
			assert_int_equal(told.done, n);
			break;
		}
		assert_int_equal(error, PMAPSIM_OK);
		assert_string_equal(finding.text, mail_panic);
		assert_non_null(strstr(pmapsim_trace_text(shrunk, &size),
		    mail_panic));
		calls = count_calls(shrunk);
		assert_true(calls >= 3 && calls >= before);
		before = calls;
		pmapsim_trace_close(shrunk);
	}
	/* Before the failure was seen without results there is nothing. */
	assert_true(n > 5 && n < 20);
	assert_int_equal(before, 5);
	pmapsim_trace_close(trace);
}

/*
 * Some calls are a caller's bug and no way to fail: entering a kernel page
 * twice, allocating a page that is there, freeing one that is mapped, unwiring
 * one that is not wired, and mapping 2 MB of which pages are missing.
 */
static void
test_judge_knows_callers_rules(void **state)
{
	static const char *const texts[] = {
	    "machine mem=32M first=4M kmem=2M\n"
	    "kmem_alloc_nofault 2M\n"
	    "vm_page_alloc kernel 512 wired repeat=512\n"
	    "pmap_enter kernel 0xffffff8000200000 kernel 512 access=rwx "
	    "prot=rwx wired=1 repeat=512\n"
	    "pmap_enter kernel 0xffffff8000200000 kernel 512 access=rwx "
	    "prot=rwx wired=1\n",
	    "machine mem=32M first=4M kmem=2M invariants=on\n"
	    "vm_object_allocate o 10\n"
	    "vm_page_alloc o 0\n"
	    "pmap_pinit u\n"
	    "pmap_enter u 0x40000000 o 0 access=r prot=r wired=0\n"
	    "vm_page_free o 0\n",
	    "machine mem=32M first=4M kmem=2M\n"
	    "vm_object_allocate o 10\n"
	    "vm_page_alloc o 0 repeat=2\n"
	    "vm_page_alloc o 1\n",
	    "machine mem=32M first=4M kernel=2022-07 invariants=on\n"
	    "vm_object_allocate o 10\n"
	    "vm_page_alloc o 0\n"
	    "pmap_pinit u\n"
	    "pmap_enter u 0x40000000 o 0 access=r prot=r wired=0\n"
	    "pmap_unwire u 0x40000000 0x40001000\n",
	    "machine mem=32M first=4M kernel=2022-07 invariants=on\n"
	    "vm_object_allocate o 512 color=0\n"
	    "vm_page_alloc o 0 repeat=511\n"
	    "pmap_pinit u\n"
	    "pmap_enter u 0x40000000 o 0 access=r prot=r wired=0 psind=1\n",
	};
	struct pmapsim_judge judge = {0};
	struct pmapsim_finding finding;
	struct pmapsim_trace *trace;
	char err[600];
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		trace = trace_of(texts[i]);
		judge.legal = false;
		assert_int_equal(pmapsim_judge_trace(trace, &judge, &finding,
				     err, sizeof(err)),
		    PMAPSIM_OK);
		assert_int_equal(finding.kind, PMAPSIM_FINDING_PANIC);
		judge.legal = true;
		assert_int_equal(pmapsim_judge_trace(trace, &judge, &finding,
				     err, sizeof(err)),
		    PMAPSIM_OK);
		assert_int_equal(finding.kind, PMAPSIM_FINDING_NONE);
		pmapsim_trace_close(trace);
	}
}

/* ---- exploring ---------------------------------------------------------- */
static void
test_explore_finds_the_shortest(void **state)
{
	static const struct {
		const char *kernel;
		unsigned family, depth, calls;
	} cases[] = {
	    {"2010-04", PMAPSIM_HUNT_RAW, 6, 5},
	    {"9.0", PMAPSIM_HUNT_RAW, 6, 5},
	    {"2010-04+litter", PMAPSIM_HUNT_KMEM, 4, 3},
	    {"2010-04+remove-kernel-pde", PMAPSIM_HUNT_RAW, 4, 0},
	    {"2010-04", PMAPSIM_HUNT_KMEM, 3, 0},
	    {"2010-04", PMAPSIM_HUNT_USER, 2, 0},
	    {"2010-04", PMAPSIM_HUNT_SPACE, 2, 0},
	    {"2026-pmap", PMAPSIM_HUNT_RAW, 3, 0},
	    {"2022-07", PMAPSIM_HUNT_KMEM, 3, 0},
	    {"2026-pmap", PMAPSIM_HUNT_USER, 2, 0},
	};
	struct pmapsim_explore_options options = {0};
	struct pmapsim_explore_result result;
	char err[600];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		options.judge.kernel = cases[i].kernel;
		options.judge.audit_each = cases[i].calls == 0;
		options.families = cases[i].family;
		options.depth = cases[i].depth;
		if (pmapsim_explore(&options, &result, err, sizeof(err)) !=
		    PMAPSIM_OK)
			fail_msg("%s: %s", cases[i].kernel, err);
		assert_true(result.complete);
		if (cases[i].calls == 0) {
			assert_null(result.trace);
			assert_int_equal(result.depth, cases[i].depth);
			assert_true(result.states > 10);
			continue;
		}
		assert_non_null(result.trace);
		assert_string_equal(result.finding.text, mail_panic);
		assert_int_equal(result.depth, cases[i].calls);
		assert_int_equal(count_calls(result.trace), cases[i].calls);
		pmapsim_trace_close(result.trace);
	}
}

/*
 * How many moments to pass over after the "n"th of "all".  Around the end of
 * the first alphabet, which comes after "raw", and of the whole each is looked
 * at, and each of the first ones; in between every seventh.
 */
static uint64_t
explore_stride(uint64_t n, uint64_t raw, uint64_t all)
{

	if (n < 20 || (n < raw + 20 && n + 20 > raw) || n + 20 > all)
		return (1);
	return (7);
}

static void
test_explore_stops_when_told(void **state)
{
	struct told told = {0};
	struct pmapsim_explore_options options =
	    {.judge = {.kernel = "2010-04+remove-kernel-pde"},
		.depth = 2,
		.progress = tell,
		.arg = &told};
	struct pmapsim_explore_result result;
	unsigned before = 2;
	char err[600];
	uint64_t all, n, raw;

	options.families = PMAPSIM_HUNT_RAW;
	assert_int_equal(pmapsim_explore(&options, &result, err, sizeof(err)),
	    PMAPSIM_OK);
	raw = result.sequences;
	options.families |= PMAPSIM_HUNT_KMEM;
	told.done = 0;
	assert_int_equal(pmapsim_explore(&options, &result, err, sizeof(err)),
	    PMAPSIM_OK);
	assert_true(result.complete);
	assert_int_equal(result.depth, 2);
	assert_true(result.sequences > raw);
	assert_int_equal(told.done, result.sequences);
	all = told.done;
	assert_true(raw > 50 && all > raw + 50);
	for (n = all; n > 0; n -= explore_stride(n, raw, all)) {
		told.done = 0;
		told.stop = n;
		assert_int_equal(pmapsim_explore(&options, &result, err,
				     sizeof(err)),
		    PMAPSIM_OK);
		assert_false(result.complete);
		assert_null(result.trace);
		assert_int_equal(told.done, n);
		assert_int_equal(result.sequences, n);
		assert_true(result.depth < 2);
		assert_true(result.depth <= before);
		/* Of two alphabets both have to be tried to that depth. */
		if (n <= raw)
			assert_int_equal(result.depth, 0);
		before = result.depth;
	}
	assert_int_equal(before, 0);
	/* Too many states end it alike. */
	options.progress = NULL;
	options.families = PMAPSIM_HUNT_RAW;
	options.max_states = 3;
	assert_int_equal(pmapsim_explore(&options, &result, err, sizeof(err)),
	    PMAPSIM_OK);
	assert_false(result.complete);
	assert_int_equal(result.depth, 0);
	options.depth = 0;
	assert_int_equal(pmapsim_explore(&options, &result, err, sizeof(err)),
	    PMAPSIM_EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hunt_finds_litter),
	    cmocka_unit_test(test_hunt_finds_count_drift),
	    cmocka_unit_test(test_hunt_finds_cleared_pde),
	    cmocka_unit_test(test_hunt_finds_nothing_in_fixed_kernels),
	    cmocka_unit_test(test_hunt_finds_nothing_in_kernels_of_today),
	    cmocka_unit_test(test_hunt_finds_a_bug_in_a_kernel_of_today),
	    cmocka_unit_test(test_hunt_wants_two_kernels_with_the_same_calls),
	    cmocka_unit_test(test_hunt_is_reproducible),
	    cmocka_unit_test(test_hunt_against_a_second_kernel),
	    cmocka_unit_test(test_shrink_drops_what_does_not_matter),
	    cmocka_unit_test(test_shrink_refuses_what_does_not_fail),
	    cmocka_unit_test(test_shrink_stops_when_told),
	    cmocka_unit_test(test_explore_stops_when_told),
	    cmocka_unit_test(test_judge_knows_callers_rules),
	    cmocka_unit_test(test_explore_finds_the_shortest),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
