/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * perf script -F pid,tid,event,ip,addr of page-faults recorded with -d:
 *
 *	1234/1235 page-faults: 7f12345000 55d0c8a1234
 *
 * The address comes before the instruction's.  Whether it was a read or a
 * write is not said: a write is taken, unless it is the instruction itself.
 */
#include "program/import.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Threads in the order in which they appeared; the number is the CPU's. */
#define PERF_THREADS 1024

struct perf {
	uint64_t process; /* the first; others are left out */
	uint64_t threads[PERF_THREADS];
	unsigned nthreads;
	uint64_t left_out;
};

static void
switch_thread(struct import *import, struct perf *perf, uint64_t tid)
{
	uint64_t args[2] = {1, 0};
	unsigned i;

	for (i = 0; i < perf->nthreads && perf->threads[i] != tid; i++)
		continue;
	if (i == PERF_THREADS)
		i = 0;
	else if (i == perf->nthreads)
		perf->threads[perf->nthreads++] = tid;
	if (i == import->thread)
		return;
	import->thread = i;
	args[1] = i;
	import_event(import, RUN_THREAD, 2, args);
}

/* Reads a line; false when it is none of a page fault. */
static bool
read_fault(struct import *import, struct perf *perf, const char *line)
{
	unsigned long long addr, ip, pid, tid;
	const char *event;
	char *end;

	pid = strtoull(line, &end, 10);
	if (end == line || *end != '/')
		return (false);
	tid = strtoull(end + 1, &end, 10);
	event = strstr(end, "page-faults");
	if (event == NULL || (event = strchr(event, ' ')) == NULL)
		return (false);
	addr = strtoull(event, &end, 16);
	if (end == event)
		return (false);
	event = end;
	ip = strtoull(event, &end, 16);
	if (end == event)
		return (false);
	if (perf->process == 0)
		perf->process = pid;
	if (pid != perf->process) {
		perf->left_out++;
		return (true);
	}
	switch_thread(import, perf, tid);
	if (addr >> 12 == ip >> 12)
		import_access(import, RUN_FETCH, addr, 1, 1);
	else
		import_access(import, RUN_WRITE, addr, 1, 0);
	return (true);
}

bool
import_perf(struct import *import)
{
	struct perf perf = {0};
	char line[4096];
	bool any = false;

	while (fgets(line, sizeof(line), import->in) != NULL) {
		const char *p = line;

		import->line++;
		while (isspace((unsigned char)*p))
			p++;
		if (*p == '\0' || *p == '#')
			continue;
		if (!read_fault(import, &perf, p))
			return (import_wrong(import,
			    "is no page fault as \"perf script -F "
			    "pid,tid,event,ip,addr\" prints it"));
		any = true;
		if (!import_step_done(import))
			return (false);
	}
	return (any || import_wrong(import, "has no page fault"));
}
