/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of a run share.
 */
#ifndef PROGRAM_PROGRAM_VAR_H
#define PROGRAM_PROGRAM_VAR_H

#include <pmapsim/vm.h>

#include "program/layout.h"
#include "program/program.h"

#define PROGRAM_BATCH 4096 /* accesses that are made by one call */
#define PROGRAM_NONE SIZE_MAX

/*
 * A process.  Made by the first words of a recording, or by a fork, from which
 * on it waits for its first words; ended by its exit.  Its place stays.
 */
struct program_process {
	vm_map_t map; /* NULL: it has ended */
	uint64_t id;
	bool waits;	/* for its first words: "id" is its parent's, ... */
	uint64_t token; /* ... and this the fork's number there */
	struct layout layout;
	uint64_t shift[RUN_PART_STACK + 1]; /* of what exec placed */
	bool placed[RUN_PART_STACK + 1];
};

/* A file of the recording; one object, made when it is first mapped. */
struct program_file {
	uint64_t size; /* bytes */
	vm_object_t object;
};

/* Accesses, page after page, that become one statement of the text. */
struct program_waiting {
	uint64_t page, count; /* "count" 0: none */
	enum run_kind kind;
	size_t process;
	unsigned cpu;
};

/* Where a page of the recording lay when it was last looked up. */
#define PROGRAM_PLACES 256
struct program_place {
	uint64_t page;	/* no page of a recording: none */
	uint64_t shift; /* pages */
};

struct program {
	struct program_options options;
	struct machine *mach;
	struct program_result result;
	bool no_memory;

	struct program_process *processes;
	size_t nprocesses;
	size_t current; /* PROGRAM_NONE: its process has not spoken yet */
	uint64_t process_id, thread;
	struct program_file *files; /* by number */
	size_t nfiles;

	/* The event whose arguments are being read. */
	unsigned code, nargs, have;
	uint64_t args[RUN_ARGS_MAX * 4];

	/* Accesses not made yet; how many words of each kind stand for. */
	uint64_t batch[PROGRAM_BATCH];
	size_t nbatch;
	uint64_t counted[RUN_EVENT];
	bool watched; /* each access is looked at: for the heat, or the text */
	struct program_place places[PROGRAM_PLACES];

	uint64_t every, next_sample;
	double coverage_sum;
	size_t samples_size, heat_size;
	struct program_heat *regions; /* of this sample, hashed */
	size_t nregions, regions_size;
	struct program_waiting waiting;
};

/* program.c: notes how things stand. */
void program_sample_now(struct program *program);

/* The place of a recorded page, if that is known. */
static inline struct program_place *
program_place(struct program *program, uint64_t page)
{
	return (&program->places[page % PROGRAM_PLACES]);
}

/* program_call.c */
void program_event(struct program *program);
/* The process whose words come now; NULL: none. */
static inline struct program_process *
program_current(struct program *program)
{
	return (program->current == PROGRAM_NONE ?
		NULL :
		&program->processes[program->current]);
}
/* Makes a place for a process; NULL: no memory. */
struct program_process *program_add_process(struct program *program);

/* program_files.c */
/* Notes that file "number" has "size" bytes. */
void program_file_known(struct program *program, uint64_t number,
    uint64_t size);
/* The file's object, with a reference for the caller; NULL: it is anonymous. */
vm_object_t program_file_object(struct program *program, uint64_t number,
    uint64_t end);

/* program_text.c */
void program_text_start(struct program *program);
/* Whether an access of the current process's, made now, changes anything. */
bool program_text_changes(struct program *program, enum run_kind kind,
    uint64_t page);
void program_text_access(struct program *program, enum run_kind kind,
    uint64_t page);
void program_text_call(struct program *program, const char *fmt, ...)
    PMAPSIM_PRINTFLIKE(2, 3);
/* Writes how much of the current process is resident. */
void program_text_resident(struct program *program);
/* Writes what is still to be written, and what the kernel has counted. */
void program_text_end(struct program *program);

/* program_fragment.c */
void program_fragment(struct program *program);

#endif /* PROGRAM_PROGRAM_VAR_H */
