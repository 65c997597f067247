/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replays: how each ends, what is compared and how, and what options change.
 */
#include <stdlib.h>

#include "trace_replay_fixture.h"

/* ---- ends --------------------------------------------------------------- */

static void
test_end_matched(void **state)
{
	struct run run;

	(void)state;
	run_options(&run,
	    M "kmem_malloc 8K => 0xffffff8000000000\n"
	      "# a comment\nstats\n",
	    NULL);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_MATCHED);
	assert_string_equal(run.result->message, "");
	assert_null(run.result->expected);
	assert_null(run.result->got);
	assert_int_equal(run.result->statements, 3);
	assert_int_equal(run.result->calls, 1);
	assert_int_equal(run.result->mismatches, 0);
	assert_int_equal(run.result->line, 4);
	/* The end stays the end. */
	assert_int_equal(pmapsim_replay_step(run.rp), PMAPSIM_REPLAY_MATCHED);
	assert_int_equal(pmapsim_replay_run(run.rp), PMAPSIM_REPLAY_MATCHED);
	assert_int_equal(run.result->statements, 3);
	end(&run);
	matches(LITTER " => " LITTER_PANIC "\n");
}

static void
test_end_mismatch(void **state)
{
	struct run run;

	(void)state;
	run_options(&run, M "\nkmem_malloc 8K => 0xffffff8000001000\nstats\n",
	    NULL);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_MISMATCH);
	assert_int_equal(run.result->line, 3);
	assert_string_equal(run.result->expected, "0xffffff8000001000");
	assert_string_equal(run.result->got, "0xffffff8000000000");
	assert_string_equal(run.result->message,
	    "t:3: expected "
	    "0xffffff8000001000, got 0xffffff8000000000");
	assert_int_equal(run.result->statements, 2);
	end(&run);
	/* An expected panic that does not come, and one with another text. */
	ends(M "kmem_malloc 8K => panic \"x\"\n", PMAPSIM_REPLAY_MISMATCH,
	    "t:2: expected panic \"x\", got 0xffffff8000000000");
	ends(M "pmap_pinit u\npmap_release u => panic \"x\"\n",
	    PMAPSIM_REPLAY_MISMATCH,
	    "t:3: expected panic \"x\", got (nothing)");
	ends(LITTER " => panic \"x\"\n", PMAPSIM_REPLAY_MISMATCH,
	    "t:4: "
	    "expected panic \"x\", got " LITTER_PANIC);
}

static void
test_end_panic(void **state)
{
	const struct pmapsim_panic *panic;
	struct run run;

	(void)state;
	run_options(&run, LITTER " => 0xffffff8000000000\nstats\n", NULL);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_PANIC);
	assert_int_equal(run.result->line, 4);
	assert_string_equal(run.result->message,
	    "t:4: unexpected panic: "
	    "pmap_enter: attempted pmap_enter on 2MB page");
	assert_string_equal(run.result->expected, "0xffffff8000000000");
	assert_string_equal(run.result->got, LITTER_PANIC);
	/* The machine is there to be inspected. */
	panic = pmapsim_panic(pmapsim_replay_machine(run.rp));
	assert_non_null(panic);
	assert_string_equal(panic->frames[0], "pmap_enter");
	assert_int_equal(pmapsim_replay_step(run.rp), PMAPSIM_REPLAY_PANIC);
	end(&run);
	ends(LITTER "\n", PMAPSIM_REPLAY_PANIC,
	    "t:4: unexpected panic: "
	    "pmap_enter: attempted pmap_enter on 2MB page");
}

/* Wrong only in the light of the machine. */
static void
test_end_bad_input(void **state)
{
	static const struct {
		const char *text, *message;
	} bad[] = {
	    {M "vm_object_allocate A 9\nvm_page_free A 3\n",
		"t:3: object A has no page 3"},
	    {M "vm_object_allocate A 9\nvm_page_alloc A 0 repeat=3\n"
	       "vm_page_wire A 1 repeat=3\n",
		"t:4: object A has no page 3"},
	    {M "vm_object_allocate A 9\npmap_enter kernel "
	       "0xffffff8000000000 A 0 access=r prot=r wired=1\n",
		"t:3: object A has no page 0"},
	    {M "sysctl vm.nonsense\n",
		"t:2: \"vm.nonsense\" is no sysctl with a number"},
	    {M "sysctl vm.phys_free\n",
		"t:2: \"vm.phys_free\" is no sysctl with a number"},
	    {M "malloc 4096\n",
		"t:2: malloc of 4096 bytes comes from a "
		"UMA zone, which is not simulated; above 4096 is"},
	    {M "malloc 2G\n",
		"t:2: malloc of 2147483648 bytes; "
		"uma_large_malloc() takes an int"},
	    {"machine mem=4M first=2M kmem=4G\n",
		"t:1: panic at boot: pmap_growkernel: no memory to grow "
		"kernel"},
	    {"machine mem=32M first=4M tlb=nonsense\n", NULL},
	};
	struct run run;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (bad[i].message != NULL) {
			ends(bad[i].text, PMAPSIM_REPLAY_BAD_INPUT,
			    bad[i].message);
			continue;
		}
		run_options(&run, bad[i].text, NULL);
		assert_int_equal(run.outcome, PMAPSIM_REPLAY_BAD_INPUT);
		assert_memory_equal(run.result->message, "t:1: ", 5);
		end(&run);
	}
}

/* The line of the error, found in reading, in names, or in the call. */
static void
test_end_bad_input_has_its_line(void **state)
{
	static const char *const bad[] = {M "\nfrobnicate\n\nstats\n",
	    M "\npmap_release u\n\nstats\n",
	    M "\nsysctl vm.nonsense\n\nstats\n"};
	struct run run;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		run_options(&run, bad[i], NULL);
		assert_int_equal(run.outcome, PMAPSIM_REPLAY_BAD_INPUT);
		assert_int_equal(run.result->line, 3);
		end(&run);
	}
}

/* What was done before the missing page stays done. */
static void
test_repeat_stops_where_a_page_is_missing(void **state)
{
	struct machine *mach;
	struct run run;

	(void)state;
	run_options(&run,
	    M "vm_object_allocate A 9\n"
	      "vm_page_alloc A 0 repeat=3\nvm_page_free A 1 repeat=5\n",
	    NULL);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_BAD_INPUT);
	mach = pmapsim_replay_machine(run.rp);
	assert_null(vm_page_lookup(mach, pmapsim_replay_object(run.rp, "A"),
	    2));
	assert_non_null(vm_page_lookup(mach, pmapsim_replay_object(run.rp, "A"),
	    0));
	end(&run);
}

/* ---- results ------------------------------------------------------------ */

static void
test_result_equal_compares_tokens(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} pairs[] = {
	    {"0x1000", "0x1000", true},
	    {"4K", "0x1000", true},
	    {"4096", "0x1000", true},
	    {"4097", "0x1000", false},
	    {"none", "none", true},
	    {"none", "fault", false},
	    {"n=3 last=0x0", "n=3   last=0x0", true},
	    {"n=3 last=0x0", "n=0x3 last=0", true},
	    {"n=3 last=0x0", "n=3 last=0x1", false},
	    {"n=3 last=0x0", "m=3 last=0x0", false},
	    {"n=3 last=0x0", "n=3", false},
	    {"n=3", "n=3 last=0x0", false},
	    {"n=3", "3", false},
	    {"resident=-511", "resident=-511", true},
	    {"resident=-511", "resident=511", false},
	    {"panic \"a b\"", "panic \"a b\"", true},
	    {"panic   \"a b\"", "panic \"a b\"", true},
	    {"panic \"a  b\"", "panic \"a b\"", false},
	    {"panic \"a \\\" b\"", "panic \"a \\\" b\"", true},
	    {"panic \"a\"", "stop \"a\"", false},
	    {"", "", true},
	    {"", "0", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct trace_text a = {pairs[i].a, strlen(pairs[i].a)};
		struct trace_text b = {pairs[i].b, strlen(pairs[i].b)};

		if (trace_result_equal(a, b) != pairs[i].equal ||
		    trace_result_equal(b, a) != pairs[i].equal)
			fail_msg("\"%s\" and \"%s\"", a.s, b.s);
	}
}

/* A panic's text as a trace writes it: quotes, backslashes, newlines. */
static void
test_result_panic_quotes_its_text(void **state)
{
	struct pmapsim_replay *rp = calloc(1, sizeof(*rp));
	struct pmapsim_panic panic = {0};

	(void)state;
	assert_non_null(rp);
	strcpy(panic.text, "a \"b\" \\ c\n");
	trace_result_panic(rp, &panic);
	assert_string_equal(rp->result_text, "panic \"a \\\"b\\\" \\\\ c\\n\"");
	/* The longest text, all of which must be quoted, still fits. */
	memset(panic.text, '"', sizeof(panic.text) - 1);
	panic.simulator = true;
	trace_result_panic(rp, &panic);
	assert_int_equal(rp->result_len, 6 + 2 * 255 + 1);
	assert_memory_equal(rp->result_text, "stop \"\\\"", 8);
	free(rp);
}

/* ---- options ------------------------------------------------------------ */

static void
test_option_ignore_mismatches_counts_them(void **state)
{
	struct pmapsim_replay_options options = {.ignore_mismatches = true};
	struct run run;

	(void)state;
	run_options(&run,
	    M "kmem_malloc 4K => 0\nkmem_malloc 4K => "
	      "0xffffff8000001000\nkmem_malloc 4K => 1\n",
	    &options);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_MISMATCH);
	assert_int_equal(run.result->mismatches, 2);
	/* The first is kept. */
	assert_int_equal(run.result->line, 2);
	assert_string_equal(run.result->expected, "0");
	assert_string_equal(run.result->got, "0xffffff8000000000");
	assert_int_equal(run.result->statements, 4);
	end(&run);
}

static void
test_option_ignore_results_compares_nothing(void **state)
{
	struct pmapsim_replay_options options = {.ignore_results = true};
	struct run run;

	(void)state;
	run_options(&run,
	    M "kmem_malloc 4K => 1\ndump\n| x\n"
	      "kmem_malloc 4K => panic \"x\"\n",
	    &options);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_MATCHED);
	assert_int_equal(run.result->mismatches, 0);
	end(&run);
	/* A panic is then an end of its own kind, expected or not. */
	run_options(&run, LITTER " => " LITTER_PANIC "\n", &options);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_PANIC);
	assert_string_equal(run.result->message,
	    "t:4: panic: pmap_enter: attempted pmap_enter on 2MB page");
	end(&run);
}

static void
test_option_kernel_replaces_the_trace_s(void **state)
{
	struct pmapsim_replay_options options = {.kernel = "9.0+litter"};
	struct pmapsim_replay *rp = NULL;
	struct run run;
	char err[256];

	(void)state;
	run_options(&run, M "stats\n", &options);
	assert_string_equal(pmapsim_config(pmapsim_replay_machine(run.rp))
				->kernel,
	    "9.0+litter");
	end(&run);
	/* The remedy in place of the sickness. */
	options.kernel = "2010-04+litter+idempotent-enter";
	run_options(&run, LITTER " => 0xffffff8000000000\n", &options);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_MATCHED);
	options.kernel = "2010-04+nonsense";
	assert_int_equal(pmapsim_replay_start(run.trace, &options, &rp, err,
			     sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_null(rp);
	assert_non_null(strstr(err, "nonsense"));
	assert_int_equal(pmapsim_replay_start(NULL, &options, &rp, err,
			     sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_int_equal(pmapsim_replay_start(run.trace, NULL, NULL, err,
			     sizeof(err)),
	    PMAPSIM_EINVAL);
	end(&run);
}

static void
test_option_tlb(void **state)
{
	struct pmapsim_replay_options options = {0};
	const char *preset = pmapsim_tlb_preset(0);
	struct pmapsim_tlb_stats stats;
	struct run run;
	char text[256];

	(void)state;
	assert_non_null(preset);
	snprintf(text, sizeof(text), "machine mem=32M first=4M tlb=%s\n",
	    preset);
	run_options(&run, text, NULL);
	assert_int_equal(pmapsim_tlb_stats(pmapsim_replay_machine(run.rp), 0,
			     &stats),
	    PMAPSIM_OK);
	end(&run);
	options.tlb = ""; /* none, though the trace has one */
	run_options(&run, text, &options);
	assert_int_equal(pmapsim_tlb_stats(pmapsim_replay_machine(run.rp), 0,
			     &stats),
	    PMAPSIM_EINVAL);
	end(&run);
	options.tlb = preset;
	run_options(&run, M, &options);
	assert_int_equal(pmapsim_tlb_stats(pmapsim_replay_machine(run.rp), 0,
			     &stats),
	    PMAPSIM_OK);
	end(&run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_end_matched),
	    cmocka_unit_test(test_end_mismatch),
	    cmocka_unit_test(test_end_panic),
	    cmocka_unit_test(test_end_bad_input),
	    cmocka_unit_test(test_end_bad_input_has_its_line),
	    cmocka_unit_test(test_repeat_stops_where_a_page_is_missing),
	    cmocka_unit_test(test_result_equal_compares_tokens),
	    cmocka_unit_test(test_result_panic_quotes_its_text),
	    cmocka_unit_test(test_option_ignore_mismatches_counts_them),
	    cmocka_unit_test(test_option_ignore_results_compares_nothing),
	    cmocka_unit_test(test_option_kernel_replaces_the_trace_s),
	    cmocka_unit_test(test_option_tlb),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
