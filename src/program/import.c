/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the imports share: accesses in a row become one record as the recorder
 * makes them, data and fetches apart.
 */
#include "program/import.h"

#include <inttypes.h>
#include <string.h>

static const struct import_format formats[] = {
    {"lackey", RUN_ORIGIN_LACKEY, RUN_FLAG_MAPPED,
	"Lackey tells of no threads, and of the mappings that were there at "
	"the start nothing:\nthose are made as memory where they are first "
	"accessed.\n",
	import_lackey},
    {"champsim", RUN_ORIGIN_CHAMPSIM, 0,
	"A ChampSim trace tells of no mappings, sizes of accesses and "
	"threads.\n",
	import_champsim},
    {"perf", RUN_ORIGIN_PERF, RUN_FLAG_FIRST,
	"Page faults tell of no mappings, and of no access but the first to "
	"each page; one\nthat found its page near another's, or a huge page, "
	"is missing.\n",
	import_perf},
};

const struct import_format *
import_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, name) == 0)
			return (&formats[i]);
	return (NULL);
}

bool
import_wrong(struct import *import, const char *what)
{

	snprintf(import->err, import->errsize, "%.300s:%" PRIu64 ": %s",
	    import->name, import->line, what);
	return (false);
}

static void
settle(struct import *import)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		if (import->stream[i].count != 0)
			import->words[import->stream[i].at] += import->stream[i]
								   .count -
			    1;
		import->stream[i].count = 0;
	}
}

static void
flush(struct import *import)
{

	settle(import);
	run_writer_put(&import->writer, import->words, import->nwords);
	import->nwords = 0;
}

void
import_event(struct import *import, unsigned code, unsigned nargs,
    const uint64_t *args)
{

	settle(import);
	if (import->nwords + nargs + 1 > IMPORT_BATCH)
		flush(import);
	import->words[import->nwords++] = run_event(code, nargs);
	while (nargs-- > 0)
		import->words[import->nwords++] = *args++;
}

static void
access_page(struct import *import, enum run_kind kind, uint64_t page,
    uint64_t count)
{
	const unsigned s = kind == RUN_FETCH;

	if (import->stream[s].count != 0 && import->stream[s].page == page &&
	    (kind != RUN_WRITE || import->stream[s].write) &&
	    import->stream[s].count + count < RUN_COUNT_MAX) {
		import->stream[s].count += count;
		return;
	}
	if (import->stream[s].count != 0)
		import->words[import->stream[s].at] += import->stream[s].count -
		    1;
	import->stream[s].count = 0;
	if (import->nwords == IMPORT_BATCH)
		flush(import);
	import->stream[s].page = page;
	import->stream[s].write = kind == RUN_WRITE;
	import->stream[s].at = import->nwords;
	import->stream[s].count = count != 0 ? count : 1;
	import->words[import->nwords++] = run_access(kind, page, count != 0);
}

/*
 * Notes an access of "size" bytes; a fetch of so many instructions.  What
 * reaches into the next page accesses that as well.
 */
void
import_access(struct import *import, enum run_kind kind, uint64_t va,
    uint64_t size, uint64_t instructions)
{
	const uint64_t count = kind == RUN_FETCH ? instructions : 1;
	const uint64_t last = va + (size != 0 ? size - 1 : 0);

	access_page(import, kind, va >> 12, count);
	if (last >> 12 != va >> 12)
		access_page(import, kind, last >> 12,
		    kind == RUN_FETCH ? 0 : 1);
}

bool
import_step_done(struct import *import)
{

	return (!import->writer.failed &&
	    (import->line % 65536 != 0 || import->progress == NULL ||
		import->progress(import->arg, import->line, 0)));
}

bool
import_all(struct import *import, const struct import_format *format, FILE *out)
{
	const uint64_t first[] = {1, 0};
	bool good;

	if (!run_writer_open(&import->writer, out, format->origin,
		format->flags))
		return (false);
	import_event(import, RUN_THREAD, 2, first);
	good = format->read(import);
	if (good && ferror(import->in))
		good = import_wrong(import, "cannot be read");
	flush(import);
	return (run_writer_close(&import->writer) && good);
}
