/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of a recording, as pmapsim-run(5) describes them.  Also for the
 * recorder inside QEMU, so nothing of the simulator is used here.
 *
 *  63  62 61                    26 25               0
 * +------+------------------------+------------------+
 * | kind | page number            | count            |   an access
 * +------+------------------------+------------------+
 * |  3   | number of arguments << 8 | code            |   an event
 * +------+-------------------------------------------+
 */
#ifndef PROGRAM_RUN_FORMAT_H
#define PROGRAM_RUN_FORMAT_H

#include <stdint.h>

enum run_kind { RUN_READ, RUN_WRITE, RUN_FETCH, RUN_EVENT };

#define RUN_KIND_SHIFT 62
#define RUN_PAGE_SHIFT 26
#define RUN_PAGE_MASK ((UINT64_C(1) << 36) - 1)
#define RUN_COUNT_MAX ((UINT64_C(1) << RUN_PAGE_SHIFT) - 1)

static inline uint64_t
run_access(enum run_kind kind, uint64_t page, uint64_t count)
{
	return ((uint64_t)kind << RUN_KIND_SHIFT |
	    (page & RUN_PAGE_MASK) << RUN_PAGE_SHIFT | count);
}

static inline uint64_t
run_event(unsigned code, unsigned nargs)
{
	return ((uint64_t)RUN_EVENT << RUN_KIND_SHIFT | (uint64_t)nargs << 8 |
	    code);
}

static inline enum run_kind
run_word_kind(uint64_t word)
{
	return ((enum run_kind)(word >> RUN_KIND_SHIFT));
}

static inline uint64_t
run_word_page(uint64_t word)
{
	return (word >> RUN_PAGE_SHIFT & RUN_PAGE_MASK);
}

static inline uint64_t
run_word_count(uint64_t word)
{
	return (word & RUN_COUNT_MAX);
}

static inline unsigned
run_word_code(uint64_t word)
{
	return ((unsigned)(word & 0xff));
}

static inline unsigned
run_word_nargs(uint64_t word)
{
	return ((unsigned)(word >> 8 & 0xff));
}

#define RUN_ARGS_MAX 64

/* Events.  An event that a reader does not know is passed over. */
enum run_code {
	RUN_THREAD = 1, /* process thread: whose the following is */
	RUN_FILE,	/* number size name...: eight letters a word */
	RUN_IMAGE,	/* part address length prot file offset: at exec */
	RUN_MMAP,	/* address length prot flags file offset */
	RUN_MUNMAP,	/* address length */
	RUN_MPROTECT,	/* address length prot */
	RUN_BRK,	/* old new */
	RUN_MREMAP,	/* old oldlength new newlength */
	RUN_MADVISE,	/* address length advice */
	RUN_FORK,	/* token: the process becomes two */
	RUN_CHILD,	/* process token: is the new one */
	RUN_EXIT,	/* the process ends, or becomes another program */
	RUN_CODES
};

/* What an image's part is, for the layout. */
enum run_part { RUN_PART_PROGRAM, RUN_PART_LINKER, RUN_PART_STACK };

#define RUN_PROT_READ 1
#define RUN_PROT_WRITE 2
#define RUN_PROT_EXEC 4
/* Of mmap: */
#define RUN_MAP_SHARED 1
#define RUN_MAP_FIXED 2

/* Advices, by FreeBSD's meaning. */
enum run_advice {
	RUN_ADVICE_WILLNEED = 3,
	RUN_ADVICE_DONTNEED,
	RUN_ADVICE_FREE
};

/*
 * What a file begins with: a frame that zstd skips, so that "zstd -dc" gives
 * what follows.  That is blocks of run_pack.h; in version 1, which pmapsim
 * still reads, it is the words as they are.  All numbers are little-endian.
 * The counts are known, and 0 before, once the recording has ended.
 */
#define RUN_FRAME_MAGIC UINT32_C(0x184d2a50)
#define RUN_MAGIC UINT64_C(0x006e757273696d70) /* "pmsirun" */
#define RUN_VERSION 2
#define RUN_VERSION_WORDS 1 /* words that are not packed */
#define RUN_FRAME_ZSTD UINT32_C(0xfd2fb528)

enum run_origin {
	RUN_ORIGIN_QEMU,
	RUN_ORIGIN_LACKEY,
	RUN_ORIGIN_CHAMPSIM,
	RUN_ORIGIN_PERF,
	RUN_ORIGINS
};

#define RUN_FLAG_ENDED 1    /* the counts are known */
#define RUN_FLAG_MAPPED 2   /* all mappings are in it */
#define RUN_FLAG_FILTERED 4 /* accesses that no TLB of 16 sets misses are not */
#define RUN_FLAG_FIRST 8    /* nor any but first touches */
#define RUN_FLAG_FULL 16    /* one record an access */

struct run_header {
	uint32_t frame_magic; /* RUN_FRAME_MAGIC */
	uint32_t frame_size;  /* of what follows */
	uint64_t magic;
	uint32_t version;
	uint32_t origin;
	uint64_t flags;
	uint64_t records;
	uint64_t reads, writes;
	uint64_t instructions;
	uint64_t events;
	uint64_t processes, threads; /* threads: the most of one process */
	uint64_t spare[5];
};
_Static_assert(sizeof(struct run_header) == 128, "as pmapsim-run(5) says");

#endif /* PROGRAM_RUN_FORMAT_H */
