/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recordings that tests make word by word, and what a run of one counts.
 */
#ifndef TESTS_PROGRAM_PROGRAM_FIXTURE_H
#define TESTS_PROGRAM_PROGRAM_FIXTURE_H

#include <stdlib.h>

#include "program/program.h"
#include "program/program_var.h"
#include "support.h"

#define BASE UINT64_C(0x4000000000)
#define HEAP UINT64_C(0x4010000000)
#define MB (UINT64_C(1) << 20)

/* A recording as words.  Made and given back by its test. */
struct words {
	uint64_t *words;
	size_t n, size;
};

static inline void
put(struct words *w, uint64_t word)
{

	if (w->n == w->size) {
		w->size = w->size * 2 + 1024;
		w->words = reallocarray(w->words, w->size, sizeof(word));
		assert_non_null(w->words);
	}
	w->words[w->n++] = word;
}

static inline void
event(struct words *w, unsigned code, unsigned nargs, ...)
{
	va_list ap;

	put(w, run_event(code, nargs));
	va_start(ap, nargs);
	while (nargs-- > 0)
		put(w, va_arg(ap, uint64_t));
	va_end(ap);
}

/* A program of one page of text and "heap" bytes of memory. */
static inline void
begin(struct words *w, uint64_t heap)
{

	memset(w, 0, sizeof(*w));
	event(w, RUN_THREAD, 2, UINT64_C(1), UINT64_C(0));
	event(w, RUN_IMAGE, 6, (uint64_t)RUN_PART_PROGRAM, BASE,
	    UINT64_C(0x10000), (uint64_t)(RUN_PROT_READ | RUN_PROT_EXEC),
	    UINT64_C(0), UINT64_C(0));
	event(w, RUN_MMAP, 6, HEAP, heap,
	    (uint64_t)(RUN_PROT_READ | RUN_PROT_WRITE), UINT64_C(0),
	    UINT64_C(0), UINT64_C(0));
}

/* One access each to "n" pages of the heap, from its page "first" on. */
static inline void
touch(struct words *w, enum run_kind kind, uint64_t first, unsigned n)
{

	for (; n-- > 0; first++)
		put(w, run_access(kind, HEAP / 4096 + first, 1));
}

static inline struct program *
start(const char *kernel, const char *tlb)
{
	static const struct run_header header = {.flags = RUN_FLAG_MAPPED};
	const struct program_options options = {.header = &header,
	    .kernel = kernel,
	    .tlb = tlb,
	    .mem = 512 * MB,
	    .every = UINT64_MAX / 2};
	struct program *program;
	char err[512];

	program = program_start(&options, err, sizeof(err));
	if (program == NULL)
		fail_msg("%s", err);
	return (program);
}

static inline struct program_result
finish(struct program *program)
{
	struct program_result result, figures;
	char err[512];

	if (!program_finish(program, &result, err, sizeof(err)))
		fail_msg("%s", err);
	figures = result;
	assert_false(result.panicked);
	assert_int_equal(result.unmapped, 0);
	assert_int_equal(result.faulted, 0);
	assert_int_equal(result.refused, 0);
	program_result_done(&result);
	figures.samples = NULL;
	figures.heat = NULL;
	return (figures);
}

static inline struct program_result
run(const struct words *w, const char *kernel, const char *tlb)
{
	struct program *program = start(kernel, tlb);

	assert_true(program_feed(program, w->words, w->n));
	return (finish(program));
}

#endif /* TESTS_PROGRAM_PROGRAM_FIXTURE_H */
