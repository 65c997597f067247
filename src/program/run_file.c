/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recordings as files.  The blocks lie in one zstd frame behind the header's;
 * without zstd they follow the header as they are.
 */
#include "program/run_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#ifdef PMAPSIM_HAVE_ZSTD
#include <zstd.h>
#endif

#define RUN_PIECE ((size_t)1 << 17) /* bytes, read or written at once */
#define RUN_LEVEL 3 /* of compression: the recorder must keep up */

bool
run_file_compresses(void)
{

#ifdef PMAPSIM_HAVE_ZSTD
	return (true);
#else
	return (false);
#endif
}

/* ---- writing ------------------------------------------------------------ */

static bool
writer_bytes(struct run_writer *writer, const void *bytes, size_t size)
{

	if (fwrite(bytes, 1, size, writer->file) != size)
		writer->failed = true;
	return (!writer->failed);
}

#ifdef PMAPSIM_HAVE_ZSTD
static bool
writer_compress(struct run_writer *writer, const void *bytes, size_t size,
    ZSTD_EndDirective end)
{
	ZSTD_inBuffer in = {bytes, size, 0};
	char block[RUN_PIECE];
	ZSTD_outBuffer out;
	size_t left;

	do {
		out = (ZSTD_outBuffer) {block, sizeof(block), 0};
		left = ZSTD_compressStream2(writer->zstd, &out, &in, end);
		if (ZSTD_isError(left)) {
			errno = EIO;
			writer->failed = true;
			return (false);
		}
		if (out.pos != 0 && !writer_bytes(writer, block, out.pos))
			return (false);
	} while (end == ZSTD_e_end ? left != 0 : in.pos < in.size);
	return (true);
}
#endif

/* Writes bytes behind the header, compressed where that can be. */
static bool
writer_out(struct run_writer *writer, const void *bytes, size_t size)
{

#ifdef PMAPSIM_HAVE_ZSTD
	return (writer_compress(writer, bytes, size, ZSTD_e_continue));
#else
	return (writer_bytes(writer, bytes, size));
#endif
}

static void
writer_free(struct run_writer *writer)
{
	const int error = errno;

#ifdef PMAPSIM_HAVE_ZSTD
	ZSTD_freeCCtx(writer->zstd);
#endif
	free(writer->room);
	errno = error;
}

bool
run_writer_open(struct run_writer *writer, FILE *file, enum run_origin origin,
    uint64_t flags)
{

	memset(writer, 0, sizeof(*writer));
	writer->file = file;
	writer->header.frame_magic = RUN_FRAME_MAGIC;
	writer->header.frame_size = sizeof(writer->header) - 8;
	writer->header.magic = RUN_MAGIC;
	writer->header.version = RUN_VERSION;
	writer->header.origin = origin;
	writer->header.flags = flags;
	writer->room = malloc(sizeof(*writer->room));
	if (writer->room == NULL)
		return (false);
#ifdef PMAPSIM_HAVE_ZSTD
	writer->zstd = ZSTD_createCCtx();
	if (writer->zstd == NULL) {
		writer_free(writer);
		errno = ENOMEM;
		return (false);
	}
	ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_compressionLevel,
	    RUN_LEVEL);
	ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_checksumFlag, 1);
#endif
	if (writer_bytes(writer, &writer->header, sizeof(writer->header)))
		return (true);
	writer_free(writer);
	return (false);
}

bool
run_writer_block(struct run_writer *writer, const struct run_block *block,
    const unsigned char *bytes)
{
	struct run_header *header = &writer->header;

	if (writer->failed)
		return (false);
	header->records += block->records;
	header->reads += block->reads;
	header->writes += block->writes;
	header->instructions += block->instructions;
	header->events += block->events;
	if (block->threads > header->threads)
		header->threads = block->threads;
	/* The first process is no other's child. */
	if (block->threads != 0 && header->processes == 0)
		header->processes = 1;
	header->processes += block->children;
	return (writer_out(writer, block, sizeof(*block)) &&
	    writer_out(writer, bytes, block->bytes));
}

/* Writes the words that were gathered. */
static bool
writer_flush(struct run_writer *writer)
{
	struct run_writer_room *room = writer->room;
	struct run_block block;

	if (writer->nwords == 0)
		return (!writer->failed);
	run_pack(room->words, writer->nwords, &block, room->bytes);
	writer->nwords = 0;
	return (run_writer_block(writer, &block, room->bytes));
}

bool
run_writer_put(struct run_writer *writer, const uint64_t *words, size_t n)
{

	for (; n-- > 0; words++) {
		writer->room->words[writer->nwords++] = *words;
		if (writer->pending > 0)
			writer->pending--;
		else if (run_word_kind(*words) == RUN_EVENT)
			writer->pending = run_word_nargs(*words);
		if (writer->nwords >= RUN_BLOCK_WORDS && writer->pending == 0)
			writer_flush(writer);
	}
	return (!writer->failed);
}

bool
run_writer_close(struct run_writer *writer)
{
	bool good;

	writer_flush(writer);
#ifdef PMAPSIM_HAVE_ZSTD
	if (!writer->failed)
		writer_compress(writer, NULL, 0, ZSTD_e_end);
#endif
	writer_free(writer);
	/* Into a pipe the header has gone, without the counts. */
	writer->header.flags |= RUN_FLAG_ENDED;
	good = !writer->failed && fflush(writer->file) == 0;
	if (good && fseeko(writer->file, 0, SEEK_SET) == 0)
		good = writer_bytes(writer, &writer->header,
			   sizeof(writer->header)) &&
		    fseeko(writer->file, 0, SEEK_END) == 0;
	return (good);
}

/* ---- reading ------------------------------------------------------------ */

static bool
reader_complain(const struct run_reader *reader, char *err, size_t errsize,
    const char *what)
{

	snprintf(err, errsize, "%.400s: %s", reader->path, what);
	return (false);
}

static bool
reader_check(struct run_reader *reader, char *err, size_t errsize)
{
	const struct run_header *header = &reader->header;
	size_t n;

	n = fread(&reader->header, 1, sizeof(reader->header), reader->file);
	if (n != sizeof(reader->header) ||
	    header->frame_magic != RUN_FRAME_MAGIC ||
	    header->magic != RUN_MAGIC)
		return (reader_complain(reader, err, errsize,
		    "is no recording; \"pmapsim record-program\" and "
		    "\"pmapsim import\" make them"));
	if ((header->version != RUN_VERSION &&
		header->version != RUN_VERSION_WORDS) ||
	    header->frame_size != sizeof(*header) - 8 ||
	    header->origin >= RUN_ORIGINS) {
		snprintf(err, errsize,
		    "%.400s: a recording of version %" PRIu32
		    "; this pmapsim reads versions %d and %d",
		    reader->path, header->version, RUN_VERSION_WORDS,
		    RUN_VERSION);
		return (false);
	}
	return (true);
}

static bool
reader_fill(struct run_reader *reader)
{

	reader->in_size = fread(reader->in, 1, RUN_PIECE, reader->file);
	reader->in_at = 0;
	return (reader->in_size != 0);
}

/* Finds out whether the words are compressed. */
static bool
reader_start(struct run_reader *reader, char *err, size_t errsize)
{
	uint32_t magic = 0;

	reader->in = malloc(RUN_PIECE);
	reader->block = malloc(RUN_BLOCK_BYTES + RUN_PACK_PAD);
	if (reader->in == NULL || reader->block == NULL)
		return (reader_complain(reader, err, errsize, "no memory"));
	reader_fill(reader);
	if (reader->in_size >= sizeof(magic))
		memcpy(&magic, reader->in, sizeof(magic));
	if (magic != RUN_FRAME_ZSTD)
		return (true);
#ifdef PMAPSIM_HAVE_ZSTD
	if ((reader->zstd = ZSTD_createDCtx()) == NULL)
		return (reader_complain(reader, err, errsize, "no memory"));
	return (true);
#else
	return (reader_complain(reader, err, errsize,
	    "is compressed, and this pmapsim was built without zstd (Debian: "
	    "libzstd-dev)"));
#endif
}

bool
run_reader_open(struct run_reader *reader, const char *path, char *err,
    size_t errsize)
{
	bool good;

	memset(reader, 0, sizeof(*reader));
	reader->path = path;
	reader->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (reader->file == NULL)
		return (reader_complain(reader, err, errsize, strerror(errno)));
	good = reader_check(reader, err, errsize) &&
	    reader_start(reader, err, errsize);
	if (!good)
		run_reader_close(reader);
	return (good);
}

void
run_reader_close(struct run_reader *reader)
{

#ifdef PMAPSIM_HAVE_ZSTD
	ZSTD_freeDCtx(reader->zstd);
#endif
	free(reader->in);
	free(reader->block);
	if (reader->file != NULL && reader->file != stdin)
		fclose(reader->file);
	memset(reader, 0, sizeof(*reader));
}

/*
 * Gives up to "size" bytes of words to "out": 0 at the end, -1 when the file
 * is damaged.
 */
static long long
reader_bytes(struct run_reader *reader, char *out, size_t size)
{
	size_t n;

	for (;;) {
		if (reader->in_at == reader->in_size && !reader_fill(reader))
			return (ferror(reader->file) ||
				    (reader->zstd != NULL && !reader->whole) ?
				-1 :
				0);
#ifdef PMAPSIM_HAVE_ZSTD
		if (reader->zstd != NULL) {
			ZSTD_inBuffer in = {reader->in, reader->in_size,
			    reader->in_at};
			ZSTD_outBuffer to = {out, size, 0};

			n = ZSTD_decompressStream(reader->zstd, &to, &in);
			reader->in_at = in.pos;
			if (ZSTD_isError(n))
				return (-1);
			reader->whole = n == 0;
			if (to.pos != 0)
				return ((long long)to.pos);
			continue;
		}
#endif
		n = reader->in_size - reader->in_at;
		if (n > size)
			n = size;
		memcpy(out, reader->in + reader->in_at, n);
		reader->in_at += n;
		return ((long long)n);
	}
}

/* Fills "out"; false: the file ends before, or is damaged. */
static bool
reader_exactly(struct run_reader *reader, void *out, size_t size)
{
	char *at = out;
	long long n;

	for (; size > 0; at += n, size -= (size_t)n)
		if ((n = reader_bytes(reader, at, size)) <= 0)
			return (false);
	return (true);
}

/* Takes up the next block: 0 at the end, -1 when the file is damaged. */
static int
reader_next_block(struct run_reader *reader)
{
	struct run_block block;
	long long n;

	n = reader_bytes(reader, (char *)&block, 1);
	if (n <= 0)
		return ((int)n);
	if (!reader_exactly(reader, (char *)&block + 1, sizeof(block) - 1) ||
	    block.bytes > RUN_BLOCK_BYTES || block.words == 0 ||
	    !reader_exactly(reader, reader->block, block.bytes))
		return (-1);
	memset(reader->block + block.bytes, 0, RUN_PACK_PAD);
	run_unpack_start(&reader->unpacker, reader->block, block.bytes);
	reader->to_come = block.words;
	return (1);
}

/* As run_reader_words(), of blocks. */
static long long
reader_unpack(struct run_reader *reader, uint64_t *words, size_t max)
{
	long long n;
	int next;

	if (reader->to_come == 0 && (next = reader_next_block(reader)) <= 0)
		return (next);
	n = run_unpack(&reader->unpacker, words, max);
	/* A block has as many words as it says. */
	if (n <= 0 || (uint64_t)n > reader->to_come)
		return (-1);
	reader->to_come -= (uint64_t)n;
	if (reader->to_come == 0 && reader->unpacker.at != reader->unpacker.end)
		return (-1);
	return (n);
}

/* As run_reader_words(), of words as they are; -2 when one is not whole. */
static long long
reader_plain(struct run_reader *reader, uint64_t *words, size_t max)
{
	char *bytes = (char *)words;
	size_t have = reader->nrest;
	long long n;

	memcpy(bytes, reader->rest, have);
	do {
		n = reader_bytes(reader, bytes + have,
		    max * sizeof(*words) - have);
		if (n < 0)
			return (-1);
		if (n == 0 && have != 0)
			return (-2);
		have += (size_t)n;
	} while (n != 0 && have < sizeof(*words));
	reader->nrest = (unsigned)(have % sizeof(*words));
	memcpy(reader->rest, bytes + have - reader->nrest, reader->nrest);
	return ((long long)(have / sizeof(*words)));
}

long long
run_reader_words(struct run_reader *reader, uint64_t *words, size_t max,
    char *err, size_t errsize)
{
	long long n;

	n = reader->header.version == RUN_VERSION_WORDS ?
	    reader_plain(reader, words, max) :
	    reader_unpack(reader, words, max);
	if (n >= 0)
		return (n);
	reader_complain(reader, err, errsize,
	    n == -2 ? "ends within a word: the recording is cut off" :
		      "is damaged, cut off, or cannot be read");
	return (-1);
}
