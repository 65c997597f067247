/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recordings as files, compressed by zstd where its library is there.
 */
#ifndef PROGRAM_RUN_FILE_H
#define PROGRAM_RUN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "program/run_format.h"
#include "program/run_pack.h"

/* Whether this command can write and read compressed recordings. */
bool run_file_compresses(void);

/*
 * A recording that is being written.  Made by run_writer_open() on a file of
 * the caller's; run_writer_close() ends it and leaves the file open.  Words
 * may come in any pieces and are gathered to blocks; or whole blocks come, as
 * the recorder sends them.  What they stand for is counted as they pass.
 */
struct run_writer {
	FILE *file;
	struct run_header header;
	void *zstd; /* NULL: not compressed */
	struct run_writer_room {
		uint64_t words[RUN_BLOCK_WORDS + 256]; /* gathered */
		unsigned char bytes[RUN_BLOCK_BYTES];  /* packed of them */
	} * room;
	size_t nwords;
	unsigned pending; /* arguments of the last event that are to come */
	bool failed;	  /* the file, and errno says why */
};
/* False: no memory, or the file cannot be written; errno says which. */
bool run_writer_open(struct run_writer *writer, FILE *file,
    enum run_origin origin, uint64_t flags);
bool run_writer_put(struct run_writer *writer, const uint64_t *words, size_t n);
/* "bytes" are the block's. */
bool run_writer_block(struct run_writer *writer, const struct run_block *block,
    const unsigned char *bytes);
/* False: something could not be written; errno says why. */
bool run_writer_close(struct run_writer *writer);

/*
 * A recording that is being read.  Made by run_reader_open(), given back by
 * run_reader_close().
 */
struct run_reader {
	const char *path;
	FILE *file;
	struct run_header header;
	void *zstd; /* NULL: not compressed */
	bool whole; /* the frame has ended */
	char *in;   /* bytes of the file */
	size_t in_size, in_at;
	unsigned char *block; /* of the block that is being unpacked */
	struct run_unpacker unpacker;
	uint64_t to_come;      /* words of that block that were not read yet */
	unsigned char rest[8]; /* version 1: of a word that is not whole yet */
	unsigned nrest;
};
/* "-" is standard input.  False: "err" says why in one line. */
bool run_reader_open(struct run_reader *reader, const char *path, char *err,
    size_t errsize);
void run_reader_close(struct run_reader *reader);
/*
 * Reads up to "max" words; returns their number, 0 at the end, and -1, with
 * "err", when the file is damaged or cannot be read.
 */
long long run_reader_words(struct run_reader *reader, uint64_t *words,
    size_t max, char *err, size_t errsize);

#endif /* PROGRAM_RUN_FILE_H */
