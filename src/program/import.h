/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recordings out of what other tools write.
 */
#ifndef PROGRAM_IMPORT_H
#define PROGRAM_IMPORT_H

#include <stdio.h>

#include <pmapsim/trace.h>

#include "program/run_file.h"

#define IMPORT_BATCH 4096

/*
 * An import in progress.  The caller fills in the first part, zero for the
 * rest; import_all() uses it up.
 */
struct import {
	const char *name; /* of the input, for messages */
	FILE *in;
	pmapsim_progress *progress; /* NULL: nobody watches */
	void *arg;
	char *err;
	size_t errsize;

	struct run_writer writer; /* its header has the counts afterwards */
	uint64_t line;		  /* or record; from 1 */
	uint64_t words[IMPORT_BATCH];
	size_t nwords;
	/* Of data and fetches: the record that has not ended. */
	struct {
		uint64_t page, count;
		size_t at;
		bool write;
	} stream[2];
	uint64_t process, thread; /* of the last word; 0, 0 at first */
	uint64_t brk;
};

struct import_format {
	const char *name;
	enum run_origin origin;
	uint64_t flags;		 /* of the header, when all is as it can be */
	const char *cannot_tell; /* for who reads the result; lines */
	bool (*read)(struct import *import);
};
const struct import_format *import_find(const char *name);
/* False: "err" says why in one line, "" when the output or a hook is it. */
bool import_all(struct import *import, const struct import_format *format,
    FILE *out);

/* What the readers of formats use. */
void import_access(struct import *import, enum run_kind kind, uint64_t va,
    uint64_t size, uint64_t instructions);
void import_event(struct import *import, unsigned code, unsigned nargs,
    const uint64_t *args);
/* Says what is wrong with the line; always false. */
bool import_wrong(struct import *import, const char *what);
/* After each line or record: false when the hook ends the work. */
bool import_step_done(struct import *import);

bool import_lackey(struct import *import);
bool import_champsim(struct import *import);
bool import_perf(struct import *import);

#endif /* PROGRAM_IMPORT_H */
