/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recording: results are filled in, everything else stays.  That recorded
 * golden traces come out as they were is tested with those.
 */
#include <stdlib.h>

#include "support.h"
#include "trace/trace_var.h"

#define M "machine mem=32M first=4M kmem=8M\n"

/* Records "text"; what was written is the test's to free. */
static char *
record(const char *text, const struct pmapsim_replay_options *options,
    int error, enum pmapsim_replay_outcome outcome)
{
	struct pmapsim_replay_result result;
	struct pmapsim_trace *trace;
	char *recorded, err[256];
	size_t size;
	FILE *out;

	assert_int_equal(pmapsim_trace_from_memory("t", text, strlen(text),
			     &trace, err, sizeof(err)),
	    PMAPSIM_OK);
	out = open_memstream(&recorded, &size);
	assert_non_null(out);
	assert_int_equal(pmapsim_trace_record(trace, options, out, &result, err,
			     sizeof(err)),
	    error);
	assert_int_equal(result.outcome, outcome);
	assert_null(result.expected);
	assert_null(result.got);
	if (error != PMAPSIM_OK)
		assert_string_equal(err, result.message);
	fclose(out);
	pmapsim_trace_close(trace);
	return (recorded);
}

static void
records(const char *text, const struct pmapsim_replay_options *options,
    const char *expected)
{
	char *recorded;

	recorded = record(text, options, PMAPSIM_OK, PMAPSIM_REPLAY_MATCHED);
	assert_string_equal(recorded, expected);
	free(recorded);
}

static void
test_results_are_filled_in(void **state)
{

	(void)state;
	records(M "kmem_malloc 8K nowait\nkmem_free 0xffffff8000000000 8K\n"
		  "vm_object_allocate A 9\nvm_page_alloc A 0 repeat=2\n"
		  "resident kernel\npte kernel 0xffffff8000000000\n",
	    NULL,
	    M "kmem_malloc 8K nowait => 0xffffff8000000000\n"
	      "kmem_free 0xffffff8000000000 8K\n"
	      "vm_object_allocate A 9\n"
	      "vm_page_alloc A 0 repeat=2 => n=2 last=0x1801000 xor=0x1000\n"
	      "resident kernel => resident=0 wired=0\n"
	      "pte kernel 0xffffff8000000000 => pde=0x1001063 pte=0x0\n");
}

/* Old results and dumps go; comments, blanks and layout stay. */
static void
test_layout_stays(void **state)
{

	(void)state;
	records("# top\n\n  machine  mem=32M\tfirst=4M kmem=8M  # small\n"
		"\t# indented\nkmem_malloc  8K => 0 \t# why\n"
		"kmem_malloc 4K    # and why\nkmem_malloc 4K   \n"
		"touch kernel 0x0 r => 0x1000\n\n# bottom",
	    NULL,
	    "# top\n\n  machine  mem=32M\tfirst=4M kmem=8M  # small\n"
	    "\t# indented\nkmem_malloc  8K => 0xffffff8000000000 \t# why\n"
	    "kmem_malloc 4K => 0xffffff8000002000    # and why\n"
	    "kmem_malloc 4K => 0xffffff8000003000\n"
	    "touch kernel 0x0 r => fault\n\n# bottom");
	/* A last line without its newline gets one. */
	records(M "kmem_malloc 4K", NULL,
	    M "kmem_malloc 4K => 0xffffff8000000000\n");
}

static void
test_dumps_are_written_anew(void **state)
{
	char *recorded, *again;

	(void)state;
	recorded = record(M "dump\n| old\n| older\nstats\ndump", NULL,
	    PMAPSIM_OK, PMAPSIM_REPLAY_MATCHED);
	assert_memory_equal(recorded, M "dump\n| stats promotions=0",
	    strlen(M "dump\n| stats promotions=0"));
	assert_null(strstr(recorded, "old"));
	assert_non_null(strstr(recorded,
	    "\nstats => promotions=0 "
	    "demotions=0 mappings=0 p_failures=0 free=7163 wired=5\n"
	    "dump\n| stats "));
	/* What is recorded is stable. */
	again = record(recorded, NULL, PMAPSIM_OK, PMAPSIM_REPLAY_MATCHED);
	assert_string_equal(again, recorded);
	free(again);
	free(recorded);
}

/* The end by a panic is recorded as such; nothing follows it. */
static void
test_panic_is_the_end(void **state)
{

	(void)state;
	records("machine mem=32M first=4M kmem=8M kernel=2010-04+litter\n"
		"kmem_malloc 2M\nkmem_free 0xffffff8000000000 8K\n"
		"kmem_malloc 8K  # the panic\nstats\n# not reached\n",
	    NULL,
	    "machine mem=32M first=4M kmem=8M kernel=2010-04+litter\n"
	    "kmem_malloc 2M => 0xffffff8000000000\n"
	    "kmem_free 0xffffff8000000000 8K\n"
	    "kmem_malloc 8K => panic \"pmap_enter: attempted pmap_enter on "
	    "2MB page\"  # the panic\n");
}

/* The machine line names the kernel that it was recorded under. */
static void
test_options_change_the_machine_line(void **state)
{
	struct pmapsim_replay_options options = {.kernel = "9.0"};
	char expected[256];

	(void)state;
	records("machine kernel=2010-04 mem=32M first=4M # x\n", &options,
	    "machine mem=32M first=4M kernel=9.0 # x\n");
	records("machine mem=32M first=4M\n", &options,
	    "machine mem=32M first=4M kernel=9.0\n");
	options.kernel = NULL;
	options.tlb = pmapsim_tlb_preset(0);
	snprintf(expected, sizeof(expected),
	    "machine mem=32M first=4M "
	    "kernel=9.0 tlb=%s\n",
	    options.tlb);
	records("machine mem=32M first=4M kernel=9.0\n", &options, expected);
	options.tlb = "";
	records(expected, &options, "machine mem=32M first=4M kernel=9.0\n");
}

/* Up to the bad statement all is written. */
static void
test_bad_input_is_told(void **state)
{
	struct pmapsim_replay_result result;
	char *recorded, err[256];

	(void)state;
	recorded = record(M "kmem_malloc 4K\nvm_object_allocate A 3\n"
			    "vm_page_free A 1\n",
	    NULL, PMAPSIM_EINVAL, PMAPSIM_REPLAY_BAD_INPUT);
	assert_memory_equal(recorded,
	    M "kmem_malloc 4K => 0xffffff8000000000\n",
	    strlen(M "kmem_malloc 4K => 0xffffff8000000000\n"));
	free(recorded);
	recorded = record("frobnicate\n", NULL, PMAPSIM_EINVAL,
	    PMAPSIM_REPLAY_BAD_INPUT);
	assert_string_equal(recorded, "");
	free(recorded);
	assert_int_equal(pmapsim_trace_record(NULL, NULL, stdout, &result, err,
			     sizeof(err)),
	    PMAPSIM_EINVAL);
}

/* A full disk is an error, not a short trace. */
static void
test_unwritable_is_told(void **state)
{
	struct pmapsim_replay_result result;
	struct pmapsim_trace *trace;
	char err[256];
	FILE *full;

	(void)state;
	full = fopen("/dev/full", "w");
	if (full == NULL)
		skip();
	assert_int_equal(pmapsim_trace_from_memory("t", M "stats\n",
			     strlen(M "stats\n"), &trace, err, sizeof(err)),
	    PMAPSIM_OK);
	assert_int_equal(pmapsim_trace_record(trace, NULL, full, &result, err,
			     sizeof(err)),
	    PMAPSIM_EIO);
	assert_string_equal(err, "t: the recorded trace could not be written");
	fclose(full);
	pmapsim_trace_close(trace);
}

/* The caller's hooks are called too, and may stop it. */
static bool
count_before(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, void *arg)
{

	(void)replay;
	(void)statement;
	++*(unsigned *)arg;
	return (true);
}

static bool
stop_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{

	(void)replay;
	(void)arg;
	assert_true(statement->line != 2 ||
	    strcmp(result, "0xffffff8000000000") == 0);
	return (statement->line < 2);
}

static void
test_hooks_are_called(void **state)
{
	unsigned n = 0;
	struct pmapsim_replay_options options = {.before = count_before,
	    .after = stop_after,
	    .arg = &n};
	char *recorded;

	(void)state;
	recorded = record(M "kmem_malloc 4K\nkmem_malloc 4K\n", &options,
	    PMAPSIM_OK, PMAPSIM_REPLAY_STOPPED);
	assert_string_equal(recorded,
	    M "kmem_malloc 4K => 0xffffff8000000000\n");
	assert_int_equal(n, 2);
	free(recorded);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_results_are_filled_in),
	    cmocka_unit_test(test_layout_stays),
	    cmocka_unit_test(test_dumps_are_written_anew),
	    cmocka_unit_test(test_panic_is_the_end),
	    cmocka_unit_test(test_options_change_the_machine_line),
	    cmocka_unit_test(test_bad_input_is_told),
	    cmocka_unit_test(test_unwritable_is_told),
	    cmocka_unit_test(test_hooks_are_called),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
