/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words of a recording in few bytes: a program goes to and fro between a few
 * pages, so most accesses are told in two bytes instead of eight.  The
 * recorder inside QEMU packs, so nothing of the simulator is used here.
 */
#ifndef PROGRAM_RUN_PACK_H
#define PROGRAM_RUN_PACK_H

#include <stddef.h>

#include "program/run_format.h"

/*
 * What a block begins with, in a file and in a packet of the recorder's.  A
 * block is packed by itself, so that blocks of several processes can follow
 * each other in any order; an event and its arguments are never in two.
 */
struct run_block {
	uint32_t bytes; /* that follow */
	uint32_t words; /* that they stand for */
	uint64_t records, reads, writes, instructions, events;
	uint32_t children; /* processes that began */
	uint32_t threads;  /* one more than the highest number; 0: none told */
};
_Static_assert(sizeof(struct run_block) == 56, "as pmapsim-run(5) says");

#define RUN_BLOCK_WORDS 12288 /* at most, and then an event's arguments */
/* Of one word: a byte, and two numbers of 7 bits a byte. */
#define RUN_PACKED_MAX (1 + 6 + 4)
#define RUN_BLOCK_BYTES ((RUN_BLOCK_WORDS + 256) * RUN_PACKED_MAX)
/* Bytes behind a block that may be looked at; they are 0. */
#define RUN_PACK_PAD 32

/*
 * Packs "n" words, up to RUN_BLOCK_WORDS and the arguments of a last event,
 * into "bytes", which has room for RUN_BLOCK_BYTES, and fills in the block.
 * Arguments that are missing at the end are told as 0.
 */
void run_pack(const uint64_t *words, size_t n, struct run_block *block,
    unsigned char *bytes);

/* The pages that the next access is told by, to packer and unpacker alike. */
struct run_pages {
	uint64_t known[256]; /* by run_page_slot() */
	uint64_t last[2];    /* of data, of fetches */
};

/*
 * A block that is being unpacked.  Made by run_unpack_start() on bytes of the
 * caller's, which stay until the last word is out; nothing is to be given back.
 */
struct run_unpacker {
	const unsigned char *at, *end;
	struct run_pages pages;
	unsigned args; /* of the last event that are to come */
};
/* RUN_PACK_PAD bytes of 0 follow the "size" bytes. */
void run_unpack_start(struct run_unpacker *unpacker, const unsigned char *bytes,
    size_t size);
/* Gives up to "max" words; 0 at the end, -1 when the bytes are no block. */
long long run_unpack(struct run_unpacker *unpacker, uint64_t *words,
    size_t max);

#endif /* PROGRAM_RUN_PACK_H */
