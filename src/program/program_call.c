/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The events of a recording, as FreeBSD's calls.
 *
 * Linux places mappings otherwise than FreeBSD.  So a mapping that the program
 * left to the kernel is left to this one, and what the program then does at
 * recorded addresses is moved to where it lies now; the layout remembers.
 */
#include "program/program_var.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/machine.h"

/* Where FreeBSD's exec puts a program, its run-time linker, and its stack's
 * end. */
#define FREEBSD_PROGRAM UINT64_C(0x400000)
#define FREEBSD_LINKER UINT64_C(0x800600000)
#define FREEBSD_STACK_END UINT64_C(0x7ffffffff000)

static vm_prot_t
prot_of(uint64_t prot)
{

	return ((vm_prot_t)(((prot & RUN_PROT_READ) ? VM_PROT_READ : 0) |
	    ((prot & RUN_PROT_WRITE) ? VM_PROT_WRITE : 0) |
	    ((prot & RUN_PROT_EXEC) ? VM_PROT_EXECUTE : 0)));
}

/* Rights as a trace writes them, in "text" of four characters. */
static const char *
prot_text(uint64_t prot, char *text)
{
	char *p = text;

	if (prot & RUN_PROT_READ)
		*p++ = 'r';
	if (prot & RUN_PROT_WRITE)
		*p++ = 'w';
	if (prot & RUN_PROT_EXEC)
		*p++ = 'x';
	if (p == text)
		*p++ = '-';
	*p = '\0';
	return (text);
}

static void
lay(struct program *program, bool done)
{

	if (!done)
		program->no_memory = true;
}

/* A mapping to be made: as the recording has it. */
struct mapping {
	uint64_t start, length;
	uint64_t prot;
	bool shared;
	uint64_t file, offset;
};

/* Writes the call that has mapped [va, va + length) into the trace. */
static void
tell_mapping(struct program *program, const struct program_process *process,
    const struct mapping *mapping, uint64_t va, uint64_t length, bool is_file)
{
	const size_t number = (size_t)(process - program->processes);
	const char *shared = mapping->shared ? " shared" : "";
	char rights[4];

	prot_text(mapping->prot, rights);
	if (is_file)
		program_text_call(program,
		    "vm_mmap p%zu %#" PRIx64 " %#" PRIx64 " f%" PRIu64
		    " %#" PRIx64 " prot=%s%s fixed",
		    number, va, length, mapping->file, mapping->offset, rights,
		    shared);
	else
		program_text_call(program,
		    "mmap p%zu %#" PRIx64 " %#" PRIx64 " prot=%s%s fixed",
		    number, va, length, rights, shared);
}

/*
 * Makes "mapping", at "place" when "fixed", and notes where it came to lie.
 */
static void
map_memory(struct program *program, struct program_process *process,
    const struct mapping *mapping, bool fixed, uint64_t place)
{
	struct machine *mach = program->mach;
	vm_offset_t va = fixed ? place : 0;
	uint64_t length = round_page(mapping->length);
	vm_object_t object;
	int flags;

	object = program_file_object(program, mapping->file,
	    mapping->offset + length);
	flags = mapping->shared ? PMAPSIM_MAP_SHARED : PMAPSIM_MAP_PRIVATE;
	flags |= fixed ? PMAPSIM_MAP_FIXED : 0;
	flags |= object == NULL ? PMAPSIM_MAP_ANON : 0;
	if (vm_mmap(mach, process->map, &va, length, prot_of(mapping->prot),
		VM_PROT_ALL, flags, object,
		object == NULL ? 0 : (vm_ooffset_t)mapping->offset) != 0) {
		program->result.refused++;
		return;
	}
	tell_mapping(program, process, mapping, va, length, object != NULL);
	lay(program,
	    layout_add(&process->layout, mapping->start,
		mapping->start + length, va - mapping->start));
}

/* How much what exec placed is moved, all parts of one file alike. */
static uint64_t
image_shift(const struct program *program, struct program_process *process,
    enum run_part part, uint64_t start, uint64_t length)
{

	if (program->options.layout == PROGRAM_LAYOUT_RECORDED)
		return (0);
	if (!process->placed[part]) {
		process->placed[part] = true;
		process->shift[part] = part == RUN_PART_PROGRAM ?
		    FREEBSD_PROGRAM - start :
		    part == RUN_PART_LINKER ?
		    FREEBSD_LINKER - start :
		    FREEBSD_STACK_END - length - start;
	}
	return (process->shift[part]);
}

/* part address length prot file offset */
static void
event_image(struct program *program, struct program_process *process,
    const uint64_t *a)
{
	const struct mapping mapping = {a[1], a[2], a[3], false, a[4], a[5]};

	if (a[0] > RUN_PART_STACK)
		return;
	map_memory(program, process, &mapping, true,
	    a[1] +
		image_shift(program, process, (enum run_part)a[0], a[1],
		    round_page(a[2])));
}

/* address length prot flags file offset */
static void
event_mmap(struct program *program, struct program_process *process,
    const uint64_t *a)
{
	const struct mapping mapping = {a[0], a[1], a[2],
	    (a[3] & RUN_MAP_SHARED) != 0, a[4], a[5]};
	const struct layout_region *region;

	if (program->options.layout == PROGRAM_LAYOUT_RECORDED)
		map_memory(program, process, &mapping, true, a[0]);
	else if ((a[3] & RUN_MAP_FIXED) != 0 &&
	    (region = layout_find(&process->layout, a[0])) != NULL)
		/* Into what it has mapped before, as linkers do. */
		map_memory(program, process, &mapping, true,
		    a[0] + region->shift);
	else
		map_memory(program, process, &mapping, false, 0);
}

/*
 * Calls fn(program, process, start, end, arg) for each part of recorded
 * [start, end) that lies in one piece, with the simulated addresses.
 */
static void
each_piece(struct program *program, struct program_process *process,
    uint64_t start, uint64_t end,
    void (*fn)(struct program *, struct program_process *, uint64_t, uint64_t,
	uint64_t),
    uint64_t arg)
{
	const struct layout_region *region;
	uint64_t from, to;

	while (start < end &&
	    (region = layout_from(&process->layout, start)) != NULL &&
	    region->start < end) {
		from = region->start > start ? region->start : start;
		to = region->end < end ? region->end : end;
		fn(program, process, from + region->shift, to + region->shift,
		    arg);
		start = to;
	}
}

static void
piece_unmap(struct program *program, struct program_process *process,
    uint64_t start, uint64_t end, uint64_t arg)
{

	vm_map_remove(program->mach, process->map, start, end);
	program_text_call(program, "munmap p%zu %#" PRIx64 " %#" PRIx64,
	    (size_t)(process - program->processes), start, end - start);
}

static void
piece_protect(struct program *program, struct program_process *process,
    uint64_t start, uint64_t end, uint64_t prot)
{
	char rights[4];

	if (vm_map_protect(program->mach, process->map, start, end,
		prot_of(prot), FALSE) != KERN_SUCCESS)
		program->result.refused++;
	program_text_call(program,
	    "mprotect p%zu %#" PRIx64 " %#" PRIx64 " prot=%s",
	    (size_t)(process - program->processes), start, end - start,
	    prot_text(prot, rights));
}

static void
piece_advise(struct program *program, struct program_process *process,
    uint64_t start, uint64_t end, uint64_t advice)
{
	static const char *const words[] = {[RUN_ADVICE_WILLNEED] = "willneed",
	    [RUN_ADVICE_DONTNEED] = "dontneed",
	    [RUN_ADVICE_FREE] = "free"};

	/* The recording's numbers are FreeBSD's. */
	if (vm_map_madvise(program->mach, process->map, start, end,
		(int)advice) != KERN_SUCCESS)
		program->result.refused++;
	program_text_call(program, "madvise p%zu %#" PRIx64 " %#" PRIx64 " %s",
	    (size_t)(process - program->processes), start, end - start,
	    words[advice]);
}

/* address length advice */
static void
event_madvise(struct program *program, struct program_process *process,
    const uint64_t *a)
{

	program->result.advice++;
	if (a[2] < RUN_ADVICE_WILLNEED || a[2] > RUN_ADVICE_FREE)
		return;
	each_piece(program, process, a[0], a[0] + round_page(a[1]),
	    piece_advise, a[2]);
}

/* address length */
static void
event_munmap(struct program *program, struct program_process *process,
    uint64_t start, uint64_t length)
{
	uint64_t end = start + round_page(length);

	each_piece(program, process, start, end, piece_unmap, 0);
	lay(program, layout_remove(&process->layout, start, end));
}

/* old new */
static void
event_brk(struct program *program, struct program_process *process,
    const uint64_t *a)
{
	uint64_t old = round_page(a[0]), end = round_page(a[1]), shift;
	const struct layout_region *region;

	if (old == end)
		return;
	/* The heap follows the program. */
	region = layout_find(&process->layout, (old < end ? old : end) - 1);
	shift = region != NULL ? region->shift :
				 process->shift[RUN_PART_PROGRAM];
	if (pmapsim_brk(program->mach, process->map, old + shift,
		end + shift) != 0) {
		program->result.refused++;
		return;
	}
	program_text_call(program, "brk p%zu %#" PRIx64 " %#" PRIx64,
	    (size_t)(process - program->processes), old + shift, end + shift);
	if (end > old)
		lay(program, layout_add(&process->layout, old, end, shift));
	else
		lay(program, layout_remove(&process->layout, end, old));
}

/* What a program without mremap() does: reads each page and writes another. */
static void
copy_pages(struct program *program, struct program_process *process,
    uint64_t from, uint64_t to, uint64_t length)
{
	pmap_t pmap = pmapsim_map_pmap(process->map);
	uint64_t at;

	for (at = 0; at < length; at += PAGE_SIZE) {
		if (pmap_extract(program->mach, pmap, from + at) == 0)
			continue;
		pmapsim_access(program->mach, process->map, from + at,
		    PMAPSIM_ACCESS_READ, NULL);
		program_text_access(program, RUN_READ, atop(from + at));
		pmapsim_access(program->mach, process->map, to + at,
		    PMAPSIM_ACCESS_WRITE, NULL);
		program_text_access(program, RUN_WRITE, atop(to + at));
	}
}

/* old oldlength new newlength */
static void
event_mremap(struct program *program, struct program_process *process,
    const uint64_t *a)
{
	const uint64_t old_length = round_page(a[1]), length = round_page(a[3]);
	struct mapping mapping = {a[2], length, RUN_PROT_READ | RUN_PROT_WRITE,
	    false, 0, 0};
	const struct layout_region *region;
	struct layout_region from;

	if (a[0] == a[2] && length <= old_length) {
		event_munmap(program, process, a[0] + length,
		    old_length - length);
		return;
	}
	region = layout_find(&process->layout, a[0]);
	if (region == NULL) {
		program->result.refused++;
		return;
	}
	from = *region;
	/* The old addresses are unmapped last, the new ones then known. */
	lay(program, layout_remove(&process->layout, a[0], a[0] + old_length));
	map_memory(program, process, &mapping, false, 0);
	region = layout_find(&process->layout, a[2]);
	if (region != NULL)
		copy_pages(program, process, a[0] + from.shift,
		    a[2] + region->shift,
		    old_length < length ? old_length : length);
	piece_unmap(program, process, a[0] + from.shift,
	    a[0] + from.shift + old_length, 0);
}

struct program_process *
program_add_process(struct program *program)
{
	struct program_process *processes;

	processes = reallocarray(program->processes, program->nprocesses + 1,
	    sizeof(*processes));
	if (processes == NULL) {
		program->no_memory = true;
		return (NULL);
	}
	program->processes = processes;
	memset(&processes[program->nprocesses], 0, sizeof(*processes));
	return (&processes[program->nprocesses++]);
}

/* token: its number among the parent's */
static void
event_fork(struct program *program, uint64_t token)
{
	struct program_process *child, *parent;

	child = program_add_process(program);
	if (child == NULL)
		return;
	parent = program_current(program);
	memcpy(child->shift, parent->shift, sizeof(child->shift));
	memcpy(child->placed, parent->placed, sizeof(child->placed));
	lay(program, layout_copy(&child->layout, &parent->layout));
	child->map = vmspace_fork(program->mach, parent->map);
	child->waits = true;
	child->id = parent->id;
	child->token = token;
	program->result.processes++;
	program_text_call(program, "vmspace_fork p%zu p%zu",
	    program->nprocesses - 1, program->current);
}

/* parent token: the process whose words these are is that fork's child */
static void
event_child(struct program *program, const uint64_t *a)
{
	struct program_process *process;
	size_t i;

	for (i = 0; i < program->nprocesses; i++) {
		process = &program->processes[i];
		if (process->waits && process->id == a[0] &&
		    process->token == a[1]) {
			process->waits = false;
			process->id = program->process_id;
			program->current = i;
			return;
		}
	}
}

/* The other threads of "process" end before it does: their CPUs go on to the
 * kernel's pmap. */
static void
stop_threads(struct program *program, struct program_process *process)
{
	struct machine *mach = program->mach;
	const pmap_t pmap = pmapsim_map_pmap(process->map);
	const unsigned here = pmapsim_curcpu(mach);
	const uint32_t others = pmapsim_pmap_active(pmap) &
	    ~(UINT32_C(1) << here);
	unsigned cpu;

	if (others == 0)
		return;
	for (cpu = 0; cpu < pmapsim_config(mach)->ncpu; cpu++)
		if ((others >> cpu & 1) != 0) {
			pmapsim_set_cpu(mach, cpu);
			pmap_activate(mach, pmapsim_kernel_pmap(mach));
		}
	pmapsim_set_cpu(mach, here);
	program_text_call(program, "pmap_activate p%zu %#x", program->current,
	    pmapsim_pmap_active(pmap));
}

static void
event_exit(struct program *program, struct program_process *process)
{

	/* Afterwards its memory is not there any more. */
	program_sample_now(program);
	program_text_resident(program);
	stop_threads(program, process);
	vmspace_exit(program->mach, process->map);
	program_text_call(program, "vmspace_exit p%zu", program->current);
	process->map = NULL;
	layout_done(&process->layout);
	program->current = PROGRAM_NONE;
}

/* process thread: whose words follow */
static void
event_thread(struct program *program, const uint64_t *a)
{
	struct program_process *process;
	size_t i;

	program->process_id = a[0];
	program->thread = a[1];
	program->current = PROGRAM_NONE;
	pmapsim_set_cpu(program->mach,
	    (unsigned)(a[1] % pmapsim_config(program->mach)->ncpu));
	for (i = program->nprocesses; i-- > 0;)
		if (program->processes[i].map != NULL &&
		    !program->processes[i].waits &&
		    program->processes[i].id == a[0]) {
			program->current = i;
			return;
		}
	if (program->nprocesses != 0)
		return; /* a child; it will say whose */
	process = program_add_process(program);
	if (process == NULL)
		return;
	process->id = a[0];
	process->map = vmspace_alloc(program->mach);
	program->current = 0;
	program->result.processes = 1;
	program_text_call(program, "vmspace_alloc p0");
}

/* How many arguments each event needs. */
static const unsigned char event_args[RUN_CODES] = {
    [RUN_THREAD] = 2,
    [RUN_FILE] = 2,
    [RUN_IMAGE] = 6,
    [RUN_MMAP] = 6,
    [RUN_MUNMAP] = 2,
    [RUN_MPROTECT] = 3,
    [RUN_BRK] = 2,
    [RUN_MREMAP] = 4,
    [RUN_MADVISE] = 3,
    [RUN_FORK] = 1,
    [RUN_CHILD] = 2,
    [RUN_EXIT] = 0,
};

void
program_event(struct program *program)
{
	struct program_process *process = program_current(program);
	const uint64_t *a = program->args;

	if (program->code == 0 || program->code >= RUN_CODES ||
	    program->nargs < event_args[program->code])
		return;
	switch ((enum run_code)program->code) {
	case RUN_THREAD:
		event_thread(program, a);
		return;
	case RUN_FILE:
		program_file_known(program, a[0], a[1]);
		return;
	case RUN_CHILD:
		event_child(program, a);
		return;
	default:
		if (process == NULL)
			return;
	}
	if (program->code != RUN_IMAGE) /* what exec made is no call of it */
		program->result.events++;
	switch ((enum run_code)program->code) {
	case RUN_IMAGE:
		event_image(program, process, a);
		break;
	case RUN_MMAP:
		event_mmap(program, process, a);
		break;
	case RUN_MUNMAP:
		event_munmap(program, process, a[0], a[1]);
		break;
	case RUN_MPROTECT:
		each_piece(program, process, a[0], a[0] + round_page(a[1]),
		    piece_protect, a[2]);
		break;
	case RUN_BRK:
		event_brk(program, process, a);
		break;
	case RUN_MREMAP:
		event_mremap(program, process, a);
		break;
	case RUN_MADVISE:
		event_madvise(program, process, a);
		break;
	case RUN_FORK:
		event_fork(program, a[0]);
		break;
	case RUN_EXIT:
		event_exit(program, process);
		break;
	default:
		break;
	}
}
