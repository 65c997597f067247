/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs of recordings with several processes, of files, and in memory that is
 * fragmented or too small.
 */
#include <stdlib.h>

#include "program_fixture.h"

/* ---- processes, files, layouts, fragments ------------------------------- */

static void
test_fork_and_exit(void **state)
{
	struct program_result r;
	struct words w;

	begin(&w, 4 * MB);
	touch(&w, RUN_WRITE, 0, 100);
	event(&w, RUN_FORK, 1, UINT64_C(1));
	/* The parent goes on before its child says the first word. */
	put(&w, run_access(RUN_WRITE, HEAP / 4096, 1));
	event(&w, RUN_THREAD, 2, UINT64_C(2), UINT64_C(0));
	event(&w, RUN_CHILD, 2, UINT64_C(1), UINT64_C(1));
	touch(&w, RUN_WRITE, 50, 10);
	event(&w, RUN_EXIT, 0);
	event(&w, RUN_THREAD, 2, UINT64_C(1), UINT64_C(0));
	put(&w, run_access(RUN_READ, HEAP / 4096 + 50, 1));
	r = run(&w, NULL, NULL);
	assert_int_equal(r.processes, 2);
	assert_int_equal(r.copies, 11);
	/* Each of the parent's pages, and none of the copies, was new. */
	assert_int_equal(r.zero_fills, 100);
	free(w.words);
}

static struct program_result
run_with(const struct words *w, const struct program_options *given)
{
	static const struct run_header header = {.flags = RUN_FLAG_MAPPED};
	struct program_options options = *given;
	struct program_result result;
	struct program *program;
	char err[512];

	options.header = &header;
	options.mem = options.mem == 0 ? 512 * MB : options.mem;
	program = program_start(&options, err, sizeof(err));
	if (program == NULL)
		fail_msg("%s", err);
	program_feed(program, w->words, w->n);
	assert_true(program_finish(program, &result, err, sizeof(err)));
	return (result);
}

/* A file's pages that are there need few faults, those that are not one each.
 */
static void
test_files_cached_and_cold(void **state)
{
	struct program_options options = {.files = PROGRAM_FILES_CACHED};
	struct program_result cached, cold;
	struct words w;

	begin(&w, 4096);
	event(&w, RUN_FILE, 3, UINT64_C(1), 400 * UINT64_C(4096), UINT64_C(0));
	event(&w, RUN_MMAP, 6, HEAP + 8 * MB, 400 * UINT64_C(4096),
	    (uint64_t)RUN_PROT_READ, UINT64_C(0), UINT64_C(1), UINT64_C(0));
	touch(&w, RUN_READ, 8 * MB / 4096, 400);
	cached = run_with(&w, &options);
	options.files = PROGRAM_FILES_COLD;
	cold = run_with(&w, &options);
	assert_int_equal(cold.faults, 400);
	assert_true(cached.faults < 100);
	assert_int_equal(cached.zero_fills, 0);
	assert_int_equal(cold.zero_fills, 0);
	program_result_done(&cached);
	program_result_done(&cold);
	free(w.words);
}

/* No 2 MB frame is left: no superpage comes; and what the seed says comes. */
static void
test_fragmented_memory(void **state)
{
	struct program_options options = {.fragment = 0};
	struct program_result whole, half, none;
	struct words w;

	begin(&w, 8 * MB);
	touch(&w, RUN_WRITE, 0, 2048);
	whole = run_with(&w, &options);
	assert_true(whole.promotions >= 3);
	options.fragment = 100;
	options.seed = 5;
	none = run_with(&w, &options);
	assert_int_equal(none.promotions, 0);
	assert_true(none.fragmented == 1.0);
	assert_int_equal(none.zero_fills, whole.zero_fills);
	options.fragment = 50;
	half = run_with(&w, &options);
	assert_true(half.promotions == whole.promotions);
	assert_true(half.fragmented > 0.49 && half.fragmented <= 0.5);
	program_result_done(&whole);
	program_result_done(&half);
	program_result_done(&none);
	free(w.words);
}

/* A machine that is too small ends the run, and that is told. */
static void
test_too_little_memory(void **state)
{
	struct program_options options = {.mem = 32 * MB};
	struct program_result r;
	struct words w;

	begin(&w, 64 * MB);
	touch(&w, RUN_WRITE, 0, 16384);
	r = run_with(&w, &options);
	assert_true(r.panicked);
	assert_true(r.panic[0] != '\0');
	program_result_done(&r);
	free(w.words);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fork_and_exit),
	    cmocka_unit_test(test_files_cached_and_cold),
	    cmocka_unit_test(test_fragmented_memory),
	    cmocka_unit_test(test_too_little_memory),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
