/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run as a text trace: its calls, and of its accesses those that change
 * something.  An access whose page-table entries allow it, and have the A and M
 * bits that it would set, leaves the machine as it was, so it is left out.
 *
 * The trace ends with what the kernel has counted, so that a replay of it
 * proves that nothing was left out that mattered.
 */
#include "program/program_var.h"

#include <inttypes.h>
#include <stdarg.h>

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

/* ---- statements --------------------------------------------------------- */

/* Ends a statement; the CPU is told only where it is not the first. */
static void
text_end_line(const struct program *program, unsigned cpu)
{

	if (cpu != 0)
		fprintf(program->options.text, " cpu=%u", cpu);
	putc('\n', program->options.text);
}

/* Writes the accesses that wait for the next page. */
static void
text_flush(struct program *program)
{
	const struct program_waiting *waiting = &program->waiting;
	FILE *text = program->options.text;

	if (waiting->count == 0)
		return;
	fprintf(text, "access p%zu %#" PRIx64 " %c", waiting->process,
	    waiting->page << PAGE_SHIFT, "rwx"[waiting->kind]);
	if (waiting->count > 1)
		fprintf(text, " repeat=%" PRIu64, waiting->count);
	text_end_line(program, waiting->cpu);
	program->waiting.count = 0;
}

void
program_text_call(struct program *program, const char *fmt, ...)
{
	va_list ap;

	if (program->options.text == NULL)
		return;
	text_flush(program);
	va_start(ap, fmt);
	vfprintf(program->options.text, fmt, ap);
	va_end(ap);
	text_end_line(program, pmapsim_curcpu(program->mach));
}

bool
program_text_changes(struct program *program, enum run_kind kind, uint64_t page)
{
	pmap_t pmap = pmapsim_map_pmap(program_current(program)->map);
	uint64_t leaf, needs = PG_V | PG_A;
	struct pmapsim_pte entries;

	pmapsim_pte(program->mach, pmap, page << PAGE_SHIFT, &entries);
	leaf = (entries.pde & PG_PS) != 0 ? entries.pde : entries.pte;
	if (kind == RUN_WRITE)
		needs |= PG_RW | PG_M;
	return ((entries.pde & (PG_V | PG_A)) != (PG_V | PG_A) ||
	    (leaf & needs) != needs ||
	    (kind == RUN_FETCH && (leaf & PG_NX) != 0));
}

void
program_text_access(struct program *program, enum run_kind kind, uint64_t page)
{
	struct program_waiting *waiting = &program->waiting;

	if (program->options.text == NULL)
		return;
	/* Page after page is one statement. */
	if (waiting->count != 0 && waiting->kind == kind &&
	    waiting->page + waiting->count == page &&
	    waiting->process == program->current &&
	    waiting->cpu == pmapsim_curcpu(program->mach)) {
		waiting->count++;
		return;
	}
	text_flush(program);
	waiting->count = 1;
	waiting->page = page;
	waiting->kind = kind;
	waiting->process = program->current;
	waiting->cpu = pmapsim_curcpu(program->mach);
}

/* ---- what was counted --------------------------------------------------- */

void
program_text_resident(struct program *program)
{
	pmap_t pmap;

	if (program->options.text == NULL)
		return;
	pmap = pmapsim_map_pmap(program_current(program)->map);
	program_text_call(program, "resident p%zu => resident=%ld wired=%ld",
	    program->current, pmapsim_pmap_resident_count(pmap),
	    pmapsim_pmap_wired_count(pmap));
}

void
program_text_end(struct program *program)
{
	static const char *const counters[] = {"vm.pmap.pde.promotions",
	    "vm.pmap.pde.demotions", "vm.pmap.pde.p_failures",
	    "vm.stats.vm.v_vm_faults", "vm.stats.vm.v_zfod",
	    "vm.stats.vm.v_cow_faults", "vm.stats.vm.v_free_count"};
	int64_t value;
	size_t i;

	if (program->options.text == NULL)
		return;
	text_flush(program);
	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		if (pmapsim_sysctl(program->mach, counters[i], &value) ==
		    PMAPSIM_OK)
			program_text_call(program, "sysctl %s => %" PRId64,
			    counters[i], value);
}
