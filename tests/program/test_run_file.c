/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recordings as files: what was written comes back, in whatever pieces, and a
 * file that is none, or is cut off, is told.
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

#include "program/run_file.h"
#include "support.h"

#define WORDS 100000

static char path[] = "/tmp/pmapsim-test-run.XXXXXX";

static uint64_t *
make_words(void)
{
	uint64_t seed = 7, *words;
	size_t i;

	words = calloc(WORDS, sizeof(*words));
	assert_non_null(words);
	words[0] = run_event(RUN_THREAD, 2);
	words[1] = 1;
	words[2] = 3; /* the fourth thread */
	for (i = 3; i < WORDS; i++)
		words[i] = run_access((enum run_kind)(i % 3),
		    support_random(&seed) % 1000, i % 5);
	return (words);
}

static void
write_words(const uint64_t *words, size_t piece)
{
	struct run_writer writer;
	size_t i, n;
	FILE *file;

	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(run_writer_open(&writer, file, RUN_ORIGIN_PERF,
	    RUN_FLAG_FIRST));
	for (i = 0; i < WORDS; i += n) {
		n = WORDS - i < piece ? WORDS - i : piece;
		assert_true(run_writer_put(&writer, words + i, n));
	}
	assert_true(run_writer_close(&writer));
	fclose(file);
}

static void
check_header(const struct run_header *header)
{
	uint64_t counts[3] = {0, 0, 0};
	size_t i;

	for (i = 3; i < WORDS; i++)
		counts[i % 3] += i % 5;
	assert_int_equal(header->origin, RUN_ORIGIN_PERF);
	assert_int_equal(header->flags, RUN_FLAG_FIRST | RUN_FLAG_ENDED);
	assert_int_equal(header->records, WORDS - 3);
	assert_int_equal(header->reads, counts[0]);
	assert_int_equal(header->writes, counts[1]);
	assert_int_equal(header->instructions, counts[2]);
	assert_int_equal(header->events, 1);
	assert_int_equal(header->processes, 1);
	assert_int_equal(header->threads, 4);
}

/* Reads the file into "got", up to "max" words, by pieces of "piece". */
static size_t
read_all(uint64_t *got, size_t max, size_t piece)
{
	struct run_reader reader;
	char err[512] = "";
	size_t have = 0;
	long long n;

	if (!run_reader_open(&reader, path, err, sizeof(err)))
		fail_msg("%s", err);
	while ((n = run_reader_words(&reader, got + have,
		    piece < max - have ? piece : max - have, err,
		    sizeof(err))) > 0)
		have += (size_t)n;
	run_reader_close(&reader);
	if (n < 0)
		fail_msg("%s", err);
	return (have);
}

static void
test_what_was_written_comes_back(void **state)
{
	static const size_t pieces[] = {1, 7, 4096, WORDS};
	uint64_t *words = make_words(), *got;
	struct run_reader reader;
	char err[512];
	size_t have, i;

	got = calloc(WORDS + 1, sizeof(*got));
	assert_non_null(got);
	for (i = 0; i < 4; i++) {
		write_words(words, pieces[i]);
		if (!run_reader_open(&reader, path, err, sizeof(err)))
			fail_msg("%s", err);
		check_header(&reader.header);
		run_reader_close(&reader);
		have = read_all(got, WORDS + 1, pieces[3 - i]);
		assert_int_equal(have, WORDS);
		assert_memory_equal(words, got, WORDS * sizeof(*words));
	}
	free(words);
	free(got);
}

static void
refused(const char *says)
{
	struct run_reader reader;
	uint64_t words[512];
	char err[512] = "";
	long long n = 1;

	if (run_reader_open(&reader, path, err, sizeof(err))) {
		while (n > 0)
			n = run_reader_words(&reader, words, 512, err,
			    sizeof(err));
		run_reader_close(&reader);
		assert_int_equal(n, -1);
	}
	if (strstr(err, says) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err, says);
}

static void
test_what_is_no_recording(void **state)
{
	uint64_t *words = make_words(), header[16] = {0};
	FILE *file;

	file = fopen(path, "w");
	assert_non_null(file);
	fputs("machine mem=32M\n", file);
	fclose(file);
	refused("is no recording");

	/* A header alone, of a later version. */
	header[0] = (uint64_t)120 << 32 | RUN_FRAME_MAGIC;
	header[1] = RUN_MAGIC;
	header[2] = 99;
	file = fopen(path, "w");
	assert_non_null(file);
	fwrite(header, sizeof(header), 1, file);
	fclose(file);
	refused("version 99");

	/* Words that are not compressed, and one of them not whole. */
	header[2] = RUN_VERSION_WORDS;
	file = fopen(path, "w");
	assert_non_null(file);
	fwrite(header, sizeof(header), 1, file);
	fwrite(words, 8, 1, file);
	fwrite(words, 3, 1, file);
	fclose(file);
	refused("cut off");
	free(words);
}

/* Words as they are, which a program of one's own can write. */
static void
test_words_that_are_not_packed(void **state)
{
	uint64_t *words = make_words(), *got, header[16] = {0};
	FILE *file;

	header[0] = (uint64_t)120 << 32 | RUN_FRAME_MAGIC;
	header[1] = RUN_MAGIC;
	header[2] = RUN_VERSION_WORDS;
	file = fopen(path, "w");
	assert_non_null(file);
	fwrite(header, sizeof(header), 1, file);
	fwrite(words, sizeof(*words), WORDS, file);
	fclose(file);
	got = calloc(WORDS + 1, sizeof(*got));
	assert_non_null(got);
	assert_int_equal(read_all(got, WORDS + 1, 4095), WORDS);
	assert_memory_equal(words, got, WORDS * sizeof(*words));
	free(words);
	free(got);
}

/* Writes a recording of version 2 that is not compressed: "n" blocks. */
static void
write_blocks(const struct run_block *blocks, const unsigned char *bytes,
    size_t n)
{
	uint64_t header[16] = {(uint64_t)120 << 32 | RUN_FRAME_MAGIC, RUN_MAGIC,
	    RUN_VERSION};
	FILE *file;

	file = fopen(path, "w");
	assert_non_null(file);
	fwrite(header, sizeof(header), 1, file);
	for (; n > 0; n--, blocks++) {
		fwrite(blocks, sizeof(*blocks), 1, file);
		fwrite(bytes, blocks->bytes < 64 ? blocks->bytes : 64, 1, file);
	}
	fclose(file);
}

/* Blocks that say of themselves what is not so. */
static void
test_blocks_that_are_none(void **state)
{
	const uint64_t words[] = {run_access(RUN_READ, 5, 1),
	    run_access(RUN_WRITE, 5, 1), run_access(RUN_READ, 6, 1)};
	unsigned char bytes[RUN_BLOCK_BYTES];
	struct run_block good[2], bad;
	uint64_t got[7];
	size_t i;

	run_pack(words, 3, &good[0], bytes);
	good[1] = good[0];
	write_blocks(good, bytes, 2);
	assert_int_equal(read_all(got, 7, 7), 6);
	for (i = 0; i < 6; i++)
		assert_int_equal(got[i], words[i % 3]);
	/* One word more than there are, one fewer, none. */
	bad = good[0];
	bad.words++;
	write_blocks(&bad, bytes, 1);
	refused("damaged");
	bad.words -= 2;
	write_blocks(&bad, bytes, 1);
	refused("damaged");
	bad.words = 0;
	write_blocks(&bad, bytes, 1);
	refused("damaged");
	/* More bytes than any block has, and more than the file. */
	bad = good[0];
	bad.bytes = RUN_BLOCK_BYTES + (1 << 20);
	write_blocks(&bad, bytes, 1);
	assert_int_equal(truncate(path, 128 + sizeof(bad) + bad.bytes), 0);
	refused("damaged");
	bad.bytes = 64;
	write_blocks(&bad, bytes, 1);
	assert_int_equal(truncate(path, 128 + sizeof(bad) + 63), 0);
	refused("damaged");
	/* A head that is not whole. */
	write_blocks(good, bytes, 1);
	assert_int_equal(truncate(path, 128 + sizeof(bad) - 1), 0);
	refused("damaged");
}

/* Bytes in the middle of what is compressed. */
static void
test_damage(void **state)
{
	uint64_t *words = make_words();
	FILE *file;

	if (!run_file_compresses()) {
		free(words);
		skip();
	}
	write_words(words, WORDS);
	file = fopen(path, "r+");
	assert_non_null(file);
	fseek(file, 3000, SEEK_SET);
	for (unsigned i = 0; i < 2000; i++)
		putc((int)(i * 7 & 0xff), file);
	fclose(file);
	refused("damaged");
	/* And an end that is missing. */
	write_words(words, WORDS);
	assert_int_equal(truncate(path, 5000), 0);
	refused("damaged");
	free(words);
}

static int
setup(void **state)
{
	int fd = mkstemp(path);

	return (fd < 0 ? -1 : close(fd));
}

static int
teardown(void **state)
{

	return (unlink(path));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_was_written_comes_back),
	    cmocka_unit_test(test_what_is_no_recording),
	    cmocka_unit_test(test_words_that_are_not_packed),
	    cmocka_unit_test(test_blocks_that_are_none),
	    cmocka_unit_test(test_damage),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
