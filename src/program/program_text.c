/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run as a text trace: its calls, and of its accesses the first that each
 * page sees after a call, which are all that can make the kernel do something.
 */
#include "program/program_var.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define TOUCHED_START 4096

void
program_text_start(struct program *program)
{
	const struct pmapsim_config *config = pmapsim_config(program->mach);

	if (program->options.text == NULL)
		return;
	fprintf(program->options.text,
	    "machine mem=%" PRIu64 "M first=%" PRIu64 "M kmem=%" PRIu64
	    "M ncpu=%u kernel=%s\n",
	    config->mem >> 20, config->first >> 20, config->kmem >> 20,
	    config->ncpu,
	    program->options.kernel != NULL ? program->options.kernel :
					      "2010-04");
}

/* Whose statement it is; the CPU is told only where it is not the first. */
static void
text_cpu(const struct program *program)
{
	unsigned cpu = pmapsim_curcpu(program->mach);

	if (cpu != 0)
		fprintf(program->options.text, " cpu=%u", cpu);
	putc('\n', program->options.text);
}

void
program_text_call(struct program *program, const char *fmt, ...)
{
	va_list ap;

	if (program->options.text == NULL)
		return;
	va_start(ap, fmt);
	vfprintf(program->options.text, fmt, ap);
	va_end(ap);
	text_cpu(program);
	/* What the call did to the tables, the next accesses have to see. */
	if (program->touched.count != 0)
		memset(program->touched.keys, 0,
		    program->touched.size * sizeof(*program->touched.keys));
	program->touched.count = 0;
}

static uint64_t *
touched_find(struct program_touched *touched, uint64_t key)
{
	size_t i;

	i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32);
	for (;; i++) {
		i &= touched->size - 1;
		if (touched->keys[i] == key || touched->keys[i] == 0)
			return (&touched->keys[i]);
	}
}

static bool
touched_grow(struct program_touched *touched)
{
	struct program_touched old = *touched;
	size_t i;

	touched->size = old.size == 0 ? TOUCHED_START : old.size * 2;
	touched->keys = calloc(touched->size, sizeof(*touched->keys));
	if (touched->keys == NULL) {
		*touched = old;
		return (false);
	}
	for (i = 0; i < old.size; i++)
		if (old.keys[i] != 0)
			*touched_find(touched, old.keys[i]) = old.keys[i];
	free(old.keys);
	return (true);
}

/* Notes the touch; whether it is the first of its kind. */
static bool
text_first(struct program *program, enum run_kind kind, uint64_t page)
{
	struct program_touched *touched = &program->touched;
	uint64_t key, *place;

	if (touched->count * 2 >= touched->size && !touched_grow(touched)) {
		program->no_memory = true;
		return (false);
	}
	/* A process's pages are its own; +1: no key is 0. */
	key = (((uint64_t)program->current << 38 | page << 2) + kind) + 1;
	place = touched_find(touched, key);
	if (*place == key)
		return (false);
	*place = key;
	touched->count++;
	return (true);
}

void
program_text_access(struct program *program, enum run_kind kind, uint64_t page)
{

	if (program->options.text == NULL)
		return;
	/* Who has written a page can read it. */
	if (kind == RUN_READ && program->touched.size != 0 &&
	    *touched_find(&program->touched,
		(((uint64_t)program->current << 38 | page << 2) + RUN_WRITE) +
		    1) != 0)
		return;
	if (!text_first(program, kind, page))
		return;
	fprintf(program->options.text, "access p%zu %#" PRIx64 " %c",
	    program->current, page << 12, "rwx"[kind]);
	text_cpu(program);
}
