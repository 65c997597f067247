/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recordings as files.  The words lie in one zstd frame behind the header's;
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

#define RUN_BLOCK ((size_t)1 << 17)
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
	char block[RUN_BLOCK];
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
#ifdef PMAPSIM_HAVE_ZSTD
	writer->zstd = ZSTD_createCCtx();
	if (writer->zstd == NULL) {
		errno = ENOMEM;
		return (false);
	}
	ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_compressionLevel,
	    RUN_LEVEL);
	ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_checksumFlag, 1);
#endif
	return (writer_bytes(writer, &writer->header, sizeof(writer->header)));
}

/* Counts what an event's argument says of the recording as a whole. */
static void
writer_count_arg(struct run_writer *writer, uint64_t value)
{
	struct run_header *header = &writer->header;

	if (writer->code == RUN_THREAD && writer->arg == 0 &&
	    header->processes == 0)
		header->processes = 1;
	if (writer->code == RUN_THREAD && writer->arg == 1 &&
	    value + 1 > header->threads)
		header->threads = value + 1;
	if (writer->code == RUN_CHILD && writer->arg == 0)
		header->processes++;
}

static void
writer_count(struct run_writer *writer, uint64_t word)
{
	struct run_header *header = &writer->header;

	if (writer->pending != 0) {
		writer_count_arg(writer, word);
		writer->pending--;
		writer->arg++;
		return;
	}
	switch (run_word_kind(word)) {
	case RUN_READ:
		header->reads += run_word_count(word);
		break;
	case RUN_WRITE:
		header->writes += run_word_count(word);
		break;
	case RUN_FETCH:
		header->instructions += run_word_count(word);
		break;
	case RUN_EVENT:
		header->events++;
		writer->code = run_word_code(word);
		writer->pending = run_word_nargs(word);
		writer->arg = 0;
		return;
	}
	header->records++;
}

bool
run_writer_put(struct run_writer *writer, const uint64_t *words, size_t n)
{
	size_t i;

	if (writer->failed)
		return (false);
	for (i = 0; i < n; i++)
		writer_count(writer, words[i]);
#ifdef PMAPSIM_HAVE_ZSTD
	return (writer_compress(writer, words, n * sizeof(*words),
	    ZSTD_e_continue));
#else
	return (writer_bytes(writer, words, n * sizeof(*words)));
#endif
}

bool
run_writer_close(struct run_writer *writer)
{
	bool good;

#ifdef PMAPSIM_HAVE_ZSTD
	if (!writer->failed)
		writer_compress(writer, NULL, 0, ZSTD_e_end);
	ZSTD_freeCCtx(writer->zstd);
#endif
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
	if (header->version != RUN_VERSION ||
	    header->frame_size != sizeof(*header) - 8 ||
	    header->origin >= RUN_ORIGINS) {
		snprintf(err, errsize,
		    "%.400s: a recording of version %" PRIu32
		    "; this pmapsim reads version %d",
		    reader->path, header->version, RUN_VERSION);
		return (false);
	}
	return (true);
}

static bool
reader_fill(struct run_reader *reader)
{

	reader->in_size = fread(reader->in, 1, RUN_BLOCK, reader->file);
	reader->in_at = 0;
	return (reader->in_size != 0);
}

/* Finds out whether the words are compressed. */
static bool
reader_start(struct run_reader *reader, char *err, size_t errsize)
{
	uint32_t magic = 0;

	if ((reader->in = malloc(RUN_BLOCK)) == NULL)
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

long long
run_reader_words(struct run_reader *reader, uint64_t *words, size_t max,
    char *err, size_t errsize)
{
	char *bytes = (char *)words;
	size_t have = reader->nrest;
	long long n;

	memcpy(bytes, reader->rest, have);
	do {
		n = reader_bytes(reader, bytes + have,
		    max * sizeof(*words) - have);
		if (n < 0 || (n == 0 && have != 0)) {
			reader_complain(reader, err, errsize,
			    n == 0 ? "ends within a word: the recording is cut "
				     "off" :
				     "is damaged, or cannot be read");
			return (-1);
		}
		have += (size_t)n;
	} while (n != 0 && have < sizeof(*words));
	reader->nrest = (unsigned)(have % sizeof(*words));
	memcpy(reader->rest, bytes + have - reader->nrest, reader->nrest);
	return ((long long)(have / sizeof(*words)));
}
