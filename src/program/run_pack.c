/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words in few bytes, and back.  The first byte of an access:
 *
 *   7        3   2   1    0
 * +-----------+-----+------+
 * |   count   |known| kind |   count 31: 31 and the number behind the page
 * +-----------+-----+------+
 *
 * Then its page: where that page is the one that its slot of the table holds,
 * the slot; else how far it is from the page of the last access, of data or of
 * fetches, and the slot holds it from now on.  An event is a byte 3, its code,
 * the number of its arguments, and these as they are.
 */
#include "program/run_pack.h"

#include <stdbool.h>
#include <string.h>

#define PACK_KIND 3
#define PACK_KNOWN 4
#define PACK_COUNT_SHIFT 3
#define PACK_COUNT_MORE 31

/* Multiplied by 2^32 over the golden ratio, so that pages apart by any step
 * come into different slots. */
static inline unsigned
run_page_slot(uint64_t page)
{

	return ((uint32_t)page * UINT32_C(2654435761) >> 24);
}

/* Seven bits a byte, the lowest first; bit 7 says that more follow. */
static inline unsigned char *
put_number(unsigned char *at, uint64_t n)
{

	for (; n > 0x7f; n >>= 7)
		*at++ = (unsigned char)(n | 0x80);
	*at++ = (unsigned char)n;
	return (at);
}

static inline uint64_t
get_number(const unsigned char **at)
{
	uint64_t n = 0;
	unsigned shift = 0;
	unsigned char byte;

	do {
		byte = *(*at)++;
		n |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while ((byte & 0x80) != 0 && shift < 56);
	return (n);
}

/* ---- packing ------------------------------------------------------------ */

static unsigned char *
pack_access(struct run_pages *pages, uint64_t word, unsigned char *at)
{
	const enum run_kind kind = run_word_kind(word);
	const uint64_t page = run_word_page(word);
	const uint64_t count = run_word_count(word);
	const unsigned slot = run_page_slot(page);
	uint64_t *last = &pages->last[kind == RUN_FETCH], step;
	unsigned char *head = at++;

	*head = (unsigned char)kind;
	if (pages->known[slot] == page) {
		*head |= PACK_KNOWN;
		*at++ = (unsigned char)slot;
	} else {
		/* A step back becomes an odd number. */
		step = page - *last;
		at = put_number(at,
		    page >= *last ? step << 1 : ((0 - step) << 1) - 1);
		pages->known[slot] = page;
	}
	*last = page;
	if (count < PACK_COUNT_MORE)
		*head |= (unsigned char)(count << PACK_COUNT_SHIFT);
	else {
		*head |= PACK_COUNT_MORE << PACK_COUNT_SHIFT;
		at = put_number(at, count - PACK_COUNT_MORE);
	}
	return (at);
}

/* "args" has "n" words, which may be fewer than the event's. */
static unsigned char *
pack_event(uint64_t word, const uint64_t *args, size_t n, unsigned char *at)
{
	const unsigned nargs = run_word_nargs(word);

	*at++ = RUN_EVENT;
	*at++ = (unsigned char)run_word_code(word);
	*at++ = (unsigned char)nargs;
	if (n > nargs)
		n = nargs;
	memcpy(at, args, n * sizeof(*args));
	memset(at + n * sizeof(*args), 0, (nargs - n) * sizeof(*args));
	return (at + nargs * sizeof(*args));
}

/* Counts what an event says of the recording as a whole. */
static void
count_event(struct run_block *block, uint64_t word, const uint64_t *args,
    size_t n)
{

	block->events++;
	if (run_word_code(word) == RUN_CHILD)
		block->children++;
	if (run_word_code(word) == RUN_THREAD && run_word_nargs(word) > 1 &&
	    n > 1 && args[1] < UINT32_MAX && args[1] >= block->threads)
		block->threads = (uint32_t)args[1] + 1;
}

void
run_pack(const uint64_t *words, size_t n, struct run_block *block,
    unsigned char *bytes)
{
	uint64_t counts[RUN_EVENT] = {0, 0, 0};
	struct run_pages pages;
	unsigned char *at = bytes;
	uint64_t word;
	size_t i;

	memset(&pages, 0, sizeof(pages));
	memset(block, 0, sizeof(*block));
	for (i = 0; i < n; i++) {
		word = words[i];
		block->words++;
		if (run_word_kind(word) != RUN_EVENT) {
			counts[run_word_kind(word)] += run_word_count(word);
			block->records++;
			at = pack_access(&pages, word, at);
			continue;
		}
		count_event(block, word, words + i + 1, n - i - 1);
		at = pack_event(word, words + i + 1, n - i - 1, at);
		block->words += run_word_nargs(word);
		i += run_word_nargs(word);
	}
	block->reads = counts[RUN_READ];
	block->writes = counts[RUN_WRITE];
	block->instructions = counts[RUN_FETCH];
	block->bytes = (uint32_t)(at - bytes);
}

/* ---- unpacking ---------------------------------------------------------- */

void
run_unpack_start(struct run_unpacker *unpacker, const unsigned char *bytes,
    size_t size)
{

	memset(unpacker, 0, sizeof(*unpacker));
	unpacker->at = bytes;
	unpacker->end = bytes + size;
}

/* An access that is told in more than two bytes; "head" is the first. */
static uint64_t
unpack_access(struct run_pages *pages, unsigned head, const unsigned char **at)
{
	const enum run_kind kind = (enum run_kind)(head & PACK_KIND);
	uint64_t *last = &pages->last[kind == RUN_FETCH];
	uint64_t page, step, count = head >> PACK_COUNT_SHIFT;

	if ((head & PACK_KNOWN) != 0)
		page = pages->known[*(*at)++];
	else {
		step = get_number(at);
		page = *last + (step >> 1 ^ (0 - (step & 1)));
		page &= RUN_PAGE_MASK;
		pages->known[run_page_slot(page)] = page;
	}
	*last = page;
	if (count == PACK_COUNT_MORE)
		count += get_number(at);
	return (run_access(kind, page, count & RUN_COUNT_MAX));
}

long long
run_unpack(struct run_unpacker *unpacker, uint64_t *words, size_t max)
{
	const unsigned char *at = unpacker->at;
	struct run_pages *pages = &unpacker->pages;
	uint64_t *out = words, page;
	unsigned head;

	while (out < words + max && at < unpacker->end) {
		if (unpacker->args > 0) {
			memcpy(out++, at, sizeof(*out));
			at += sizeof(*out);
			unpacker->args--;
			continue;
		}
		head = *at++;
		/* Most come here, and take no look at anything else. */
		if ((head & PACK_KNOWN) != 0 &&
		    head >> PACK_COUNT_SHIFT != PACK_COUNT_MORE) {
			page = pages->known[*at++];
			pages->last[(head & PACK_KIND) == RUN_FETCH] = page;
			*out++ = run_access((enum run_kind)(head & PACK_KIND),
			    page, head >> PACK_COUNT_SHIFT);
			continue;
		}
		if ((head & PACK_KIND) != RUN_EVENT) {
			*out++ = unpack_access(pages, head, &at);
			continue;
		}
		unpacker->args = at[1];
		*out++ = run_event(at[0], at[1]);
		at += 2;
	}
	unpacker->at = at;
	/* The last word, or what it said would follow, is not whole. */
	if (at > unpacker->end || (at == unpacker->end && unpacker->args > 0))
		return (-1);
	return (out - words);
}
