/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words in few bytes: whatever is packed comes back, in whatever pieces; what a
 * block counts; and no bytes, however damaged, lead out of a block.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "program/run_pack.h"
#include "support.h"

static uint64_t words[RUN_BLOCK_WORDS + 256], got[RUN_BLOCK_WORDS + 256];
static unsigned char bytes[RUN_BLOCK_BYTES + RUN_PACK_PAD];
static struct run_block block;

/* Unpacks "block" by pieces of "piece" words; their number, or -1. */
static long long
unpack(size_t piece)
{
	struct run_unpacker unpacker;
	size_t have = 0;
	long long n;

	memset(bytes + block.bytes, 0, RUN_PACK_PAD);
	run_unpack_start(&unpacker, bytes, block.bytes);
	while ((n = run_unpack(&unpacker, got + have,
		    piece < sizeof(got) / sizeof(got[0]) - have ?
			piece :
			sizeof(got) / sizeof(got[0]) - have)) > 0)
		have += (size_t)n;
	return (n < 0 ? n : (long long)have);
}

static void
comes_back(size_t n)
{
	static const size_t pieces[] = {1, 2, 7, 1000, SIZE_MAX};
	size_t i;

	run_pack(words, n, &block, bytes);
	assert_int_equal(block.words, n);
	for (i = 0; i < 5; i++) {
		memset(got, 0xee, sizeof(got));
		assert_int_equal(unpack(pieces[i]), n);
		assert_memory_equal(words, got, n * sizeof(words[0]));
	}
}

/* Each kind with pages and counts at each edge of what a byte holds. */
static void
test_edges(void **state)
{
	static const uint64_t numbers[] = {0, 1, 30, 31, 32, 127, 128, 158, 159,
	    16383, 16414, 16415, (1 << 21) + 30, (1 << 21) + 31,
	    RUN_COUNT_MAX - 1, RUN_COUNT_MAX};
	static const uint64_t pages[] = {0, 1, 63, 64, 8191, 8192, 1 << 20,
	    UINT64_C(1) << 34, RUN_PAGE_MASK - 1, RUN_PAGE_MASK};
	size_t kind, i, j, n = 0;

	for (kind = RUN_READ; kind <= RUN_FETCH; kind++)
		for (i = 0; i < 10; i++)
			for (j = 0; j < 16; j++) {
				words[n++] = run_access((enum run_kind)kind,
				    pages[i], numbers[j]);
				words[n++] = run_access((enum run_kind)kind,
				    pages[(i * 7 + j) % 10], numbers[j]);
			}
	comes_back(n);
	/* A block of one word, and of none. */
	comes_back(1);
	comes_back(0);
	assert_int_equal(block.bytes, 0);
}

/* Pages by chance, few of them and many, with events between. */
static void
test_random(void **state)
{
	uint64_t seed = 20261130, bound;
	size_t round, n, args;

	print_message("seed %llu\n", (unsigned long long)seed);
	for (round = 0; round < 40; round++) {
		bound = UINT64_C(1) << round % 37;
		for (n = 0; n < RUN_BLOCK_WORDS; n++) {
			words[n] = run_access(
			    (enum run_kind)(support_random(&seed) % 3),
			    support_random(&seed) % bound,
			    support_random(&seed) % 3 != 0 ?
				1 :
				support_random(&seed) & RUN_COUNT_MAX);
			if (support_random(&seed) % 100 != 0)
				continue;
			args = support_random(&seed) % 9;
			words[n] = run_event(RUN_MMAP, (unsigned)args);
			while (args-- > 0)
				words[++n] = support_random(&seed);
		}
		comes_back(n);
	}
}

static void
test_counts(void **state)
{
	size_t n = 0;

	words[n++] = run_event(RUN_THREAD, 2);
	words[n++] = 1000;
	words[n++] = 4;
	words[n++] = run_access(RUN_READ, 7, 3);
	words[n++] = run_access(RUN_WRITE, 7, 5);
	words[n++] = run_access(RUN_FETCH, 9, 0);
	words[n++] = run_access(RUN_FETCH, 9, 40);
	words[n++] = run_access(RUN_READ, 8, RUN_COUNT_MAX);
	words[n++] = run_event(RUN_CHILD, 2);
	words[n++] = 1000;
	words[n++] = 1;
	words[n++] = run_event(RUN_THREAD, 2);
	words[n++] = 1001;
	words[n++] = 0;
	comes_back(n);
	assert_int_equal(block.records, 5);
	assert_int_equal(block.reads, 3 + RUN_COUNT_MAX);
	assert_int_equal(block.writes, 5);
	assert_int_equal(block.instructions, 40);
	assert_int_equal(block.events, 3);
	assert_int_equal(block.children, 1);
	assert_int_equal(block.threads, 5);

	/* All but the first access of data and the first fetch take two bytes. */
	for (n = 0; n < 1000; n++)
		words[n] = run_access((enum run_kind)(n % 3), 100 + n % 3,
		    n % 31);
	comes_back(n);
	assert_int_equal(block.bytes, 2 * 1000 + 2);
	assert_int_equal(block.threads, 0);
}

/* Arguments that the caller forgot are 0, so that the block is one. */
static void
test_missing_arguments(void **state)
{

	words[0] = run_event(RUN_MUNMAP, 2);
	words[1] = 77;
	run_pack(words, 2, &block, bytes);
	assert_int_equal(block.words, 3);
	assert_int_equal(unpack(SIZE_MAX), 3);
	assert_memory_equal(words, got, 2 * sizeof(words[0]));
	assert_int_equal(got[2], 0);
}

/* A block that ends early is told, wherever that is within a word. */
static void
test_cut(void **state)
{
	const uint64_t event[] = {run_event(RUN_MUNMAP, 2), 1, 2};
	const uint64_t far = run_access(RUN_READ, RUN_PAGE_MASK / 3, 5000);
	uint32_t whole, left;

	run_pack(event, 3, &block, bytes);
	whole = block.bytes;
	for (left = 1; left < whole; left++) {
		run_pack(event, 3, &block, bytes);
		block.bytes = left;
		assert_int_equal(unpack(SIZE_MAX), -1);
	}
	run_pack(&far, 1, &block, bytes);
	whole = block.bytes;
	for (left = 1; left < whole; left++) {
		run_pack(&far, 1, &block, bytes);
		block.bytes = left;
		assert_int_equal(unpack(SIZE_MAX), -1);
	}
}

/* Bytes by chance: a sanitizer sees what is read outside. */
static void
test_damage(void **state)
{
	uint64_t seed = 7;
	size_t round, i;
	long long n;

	print_message("seed %llu\n", (unsigned long long)seed);
	for (round = 0; round < 2000; round++) {
		block.bytes = (uint32_t)(support_random(&seed) % 300);
		for (i = 0; i < block.bytes; i++)
			bytes[i] = (unsigned char)support_random(&seed);
		n = unpack(1 + round % 50);
		assert_true(n >= -1 && n <= (long long)block.bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_edges),
	    cmocka_unit_test(test_random),
	    cmocka_unit_test(test_counts),
	    cmocka_unit_test(test_missing_arguments),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_damage),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
