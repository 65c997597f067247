/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading ahead gives the words that reading gives, to a caller that is fast,
 * slow, or stops early; and what is wrong with a file is told once all words
 * before it are out.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#include "program/run_ahead.h"
#include "support.h"

/* Some slots more than the ring has, and a part of one. */
#define WORDS (RUN_AHEAD_WORDS * (RUN_AHEAD_SLOTS + 3) + 77)

static char path[] = "/tmp/pmapsim-test-ahead.XXXXXX";

static uint64_t
word_at(size_t i)
{

	/* Pages that neither repeat nor compress. */
	return (run_access((enum run_kind)(i % 3), i * UINT64_C(0x9e3779b97f4a),
	    i % 40));
}

static int
setup(void **state)
{
	struct run_writer writer;
	int fd = mkstemp(path);
	FILE *file;
	uint64_t word;
	size_t i;

	if (fd < 0 || (file = fdopen(fd, "w")) == NULL)
		return (-1);
	if (!run_writer_open(&writer, file, RUN_ORIGIN_QEMU, 0))
		return (-1);
	for (i = 0; i < WORDS; i++) {
		word = word_at(i);
		run_writer_put(&writer, &word, 1);
	}
	return (run_writer_close(&writer) && fclose(file) == 0 ? 0 : -1);
}

static int
teardown(void **state)
{

	return (unlink(path));
}

static void
open_file(struct run_reader *reader)
{
	char err[512];

	if (!run_reader_open(reader, path, err, sizeof(err)))
		fail_msg("%s", err);
}

/* Takes up to "max" words; waits "pause" microseconds after each slot. */
static size_t
take(struct run_ahead *ahead, size_t max, unsigned pause, long long *end)
{
	const uint64_t *words;
	size_t have = 0, i;

	while (have < max && (*end = run_ahead_words(ahead, &words)) > 0) {
		if (pause != 0)
			usleep(pause);
		for (i = 0; i < (size_t)*end; i++)
			assert_int_equal(words[i], word_at(have + i));
		have += (size_t)*end;
	}
	return (have);
}

/* By a thread, and by the caller's own. */
static void
test_all_words(void **state)
{
	static const unsigned pauses[] = {0, 200, 2000};
	struct run_reader reader;
	struct run_ahead ahead;
	long long end;
	size_t i;

	for (i = 0; i < 6; i++) {
		open_file(&reader);
		assert_true(run_ahead_start(&ahead, &reader, i < 3));
		assert_true(ahead.threaded == (i < 3));
		assert_int_equal(take(&ahead, SIZE_MAX, pauses[i % 3], &end),
		    WORDS);
		assert_int_equal(end, 0);
		run_ahead_stop(&ahead);
		run_reader_close(&reader);
	}
}

/* After each number of slots, none among them. */
static void
test_stops_early(void **state)
{
	struct run_reader reader;
	struct run_ahead ahead;
	long long end;
	size_t i;

	for (i = 0; i < 2 * (RUN_AHEAD_SLOTS + 3); i++) {
		open_file(&reader);
		assert_true(run_ahead_start(&ahead, &reader, i % 2 == 0));
		assert_true(take(&ahead, i / 2 * 1000, 0, &end) >=
		    i / 2 * 1000);
		run_ahead_stop(&ahead);
		run_reader_close(&reader);
	}
}

/* The last test: the file is cut. */
static void
test_damage(void **state)
{
	struct run_reader reader;
	struct run_ahead ahead;
	struct run_reader plain;
	uint64_t words[1024];
	char err[512];
	long long end, n;
	size_t have = 0, i;
	FILE *file;

	file = fopen(path, "r");
	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	assert_int_equal(truncate(path, ftell(file) * 3 / 4), 0);
	fclose(file);
	open_file(&plain);
	while ((n = run_reader_words(&plain, words, 1024, err, sizeof(err))) >
	    0)
		have += (size_t)n;
	run_reader_close(&plain);
	assert_int_equal(n, -1);
	assert_true(have > 0 && have < WORDS);

	for (i = 0; i < 2; i++) {
		open_file(&reader);
		assert_true(run_ahead_start(&ahead, &reader, i == 0));
		assert_int_equal(take(&ahead, SIZE_MAX, 0, &end), have);
		assert_int_equal(end, -1);
		assert_string_equal(ahead.err, err);
		run_ahead_stop(&ahead);
		run_reader_close(&reader);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_words),
	    cmocka_unit_test(test_stops_early),
	    cmocka_unit_test(test_damage),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
