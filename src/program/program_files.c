/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files, as objects of type VNODE without a pager: a page that is missing is
 * made valid and clean, full of zeros, as nobody reads it.
 */
#include "program/program_var.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/machine.h"
#include "vm/vm_object.h"

void
program_file_known(struct program *program, uint64_t number, uint64_t size)
{
	struct program_file *files;
	size_t count;

	if (number >= program->nfiles) {
		count = (size_t)number * 2 + 16;
		files = reallocarray(program->files, count, sizeof(*files));
		if (number > UINT32_MAX || files == NULL) {
			program->no_memory = true;
			return;
		}
		for (size_t i = program->nfiles; i < count; i++)
			files[i] = (struct program_file) {0, NULL};
		program->files = files;
		program->nfiles = count;
	}
	program->files[number].size = size;
}

/*
 * Brings the file's pages into memory, as a program that read it before would
 * have left them: on the inactive queue, and no more of them than memory has
 * room for beside the program.
 */
static void
file_read(struct program *program, uint64_t number, vm_object_t object)
{
	struct machine *mach = program->mach;
	vm_pindex_t i, room, size = object->size;
	vm_page_t m;

	room = (vm_pindex_t)mach->cnt.v_free_count / 2;
	if (size > room)
		size = room;
	vm_object_populate(mach, object, 0, size);
	for (i = 0; i < size; i++)
		if ((m = vm_page_lookup(mach, object, i)) != NULL)
			vm_page_deactivate(mach, m);
	program_text_call(program, "vm_object_populate f%" PRIu64 " 0 %" PRIu64,
	    number, (uint64_t)size);
	program_text_call(program,
	    "vm_page_deactivate f%" PRIu64 " 0 repeat=%" PRIu64, number,
	    (uint64_t)size);
}

vm_object_t
program_file_object(struct program *program, uint64_t number, uint64_t end)
{
	struct machine *mach = program->mach;
	struct program_file *file;
	uint64_t bytes;

	if (number == 0 || number >= program->nfiles)
		return (NULL);
	file = &program->files[number];
	if (file->object == NULL) {
		bytes = file->size != 0 ? file->size : end;
		file->object = vm_object_allocate(mach, OBJT_VNODE,
		    atop(round_page(bytes)));
		/* Pages lie in 2 MB frames as they lie in the file. */
		pmapsim_object_color(mach, file->object, 0);
		program_text_call(program,
		    "vm_object_allocate f%" PRIu64 " %" PRIu64 " color=0 vnode",
		    number, atop(round_page(bytes)));
		if (program->options.files == PROGRAM_FILES_CACHED)
			file_read(program, number, file->object);
	}
	vm_object_reference(mach, file->object);
	return (file->object);
}
