/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The image that exec made of a recorded program: the segments of the program
 * and of its run-time linker, and the stack.  QEMU has mapped all this before
 * the program runs, so no system call tells of it.
 */
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/record_var.h"

static void
put_image(enum run_part part, uint64_t start, uint64_t end, unsigned prot,
    unsigned file, uint64_t offset)
{
	const uint64_t args[] = {part, start, end - start, prot, file, offset};

	if (end > start)
		put_event(RUN_IMAGE, 6, args);
}

static uint64_t
page_down(uint64_t n)
{

	return (n & ~UINT64_C(4095));
}

static uint64_t
page_up(uint64_t n)
{

	return (page_down(n + 4095));
}

/*
 * Tells the segments of the ELF file "path", whose first byte the program sees
 * at "base".  The rights are the file's: QEMU maps no program's text as
 * executable.
 */
static void
record_elf(enum run_part part, const char *path, uint64_t base)
{
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;
	struct stat st;
	uint64_t bias = 0, start, middle, end;
	unsigned file, i, prot;
	bool first = true;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 &&
	    pread(fd, &ehdr, sizeof(ehdr), 0) == sizeof(ehdr)) {
		file = record_file(&st, path);
		for (i = 0; i < ehdr.e_phnum; i++) {
			if (pread(fd, &phdr, sizeof(phdr),
				(off_t)(ehdr.e_phoff + i * ehdr.e_phentsize)) !=
				sizeof(phdr) ||
			    phdr.p_type != PT_LOAD)
				continue;
			if (first)
				bias = base - page_down(phdr.p_vaddr);
			first = false;
			prot = ((phdr.p_flags & PF_R) ? RUN_PROT_READ : 0) |
			    ((phdr.p_flags & PF_W) ? RUN_PROT_WRITE : 0) |
			    ((phdr.p_flags & PF_X) ? RUN_PROT_EXEC : 0);
			start = page_down(bias + phdr.p_vaddr);
			middle = page_up(bias + phdr.p_vaddr + phdr.p_filesz);
			end = page_up(bias + phdr.p_vaddr + phdr.p_memsz);
			put_image(part, start, middle, prot, file,
			    page_down(phdr.p_offset));
			put_image(part, middle, end, prot, 0, 0);
		}
	}
	close(fd);
}

/*
 * Calls fn(start, end, path, arg) for each mapping of the host's process;
 * "path" is "" but for the first mapping of a file.
 */
static void
each_mapping(void (*fn)(uint64_t start, uint64_t end, const char *path,
		 void *arg),
    void *arg)
{
	static char line[8192];
	uint64_t start, end, offset;
	char *path;
	FILE *maps;

	maps = fopen("/proc/self/maps", "re");
	if (maps == NULL)
		return;
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64, &start,
			&end, &offset) != 3)
			continue;
		line[strcspn(line, "\n")] = '\0';
		path = strchr(line, '/');
		fn(start, end, path != NULL && offset == 0 ? path : "", arg);
	}
	fclose(maps);
}

/* Where what exec has mapped begins; found by looking at the host's maps. */
struct image {
	uint64_t base; /* what the host adds to a program's address */
	uint64_t program, linker; /* 0: not seen */
	char program_path[4096], linker_path[4096];
	uint64_t at;	     /* an address of the stack, ... */
	uint64_t start, end; /* ... and the mapping that it lies in */
};

static void
image_stack(uint64_t start, uint64_t end, const char *path, void *arg)
{
	struct image *image = arg;

	if (start <= image->at && image->at < end) {
		image->start = start;
		image->end = end;
	}
}

/*
 * QEMU maps the program and its run-time linker before the first instruction
 * is translated.  The program is known by its path; the linker is what that
 * names as its interpreter.
 */
static void
image_file(uint64_t start, uint64_t end, const char *path, void *arg)
{
	struct image *image = arg;

	if (image->program == 0 && strcmp(path, image->program_path) == 0)
		image->program = start;
	/* QEMU itself may have been started by that linker: the program's
	 * lies near the program. */
	if (image->linker_path[0] != '\0' &&
	    strcmp(path, image->linker_path) == 0 &&
	    (image->linker == 0 ||
		llabs((long long)(start - image->at)) <
		    llabs((long long)(image->linker - image->at))))
		image->linker = start;
}

/* The interpreter that the ELF file "path" names, with links resolved. */
static void
find_linker(const char *path, char *linker, size_t size)
{
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;
	char name[4096], *real;
	unsigned i;
	int fd;

	linker[0] = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (pread(fd, &ehdr, sizeof(ehdr), 0) == sizeof(ehdr))
		for (i = 0; i < ehdr.e_phnum; i++)
			if (pread(fd, &phdr, sizeof(phdr),
				(off_t)(ehdr.e_phoff + i * ehdr.e_phentsize)) ==
				sizeof(phdr) &&
			    phdr.p_type == PT_INTERP &&
			    phdr.p_filesz < sizeof(name) &&
			    pread(fd, name, phdr.p_filesz,
				(off_t)phdr.p_offset) ==
				(ssize_t)phdr.p_filesz) {
				name[phdr.p_filesz] = '\0';
				if ((real = realpath(name, NULL)) != NULL)
					snprintf(linker, size, "%s", real);
				free(real);
			}
	close(fd);
}

void
record_image(const struct qemu_plugin_insn *insn, uint64_t va)
{
	static struct image image;

	image.base = (uint64_t)(uintptr_t)qemu_plugin_insn_haddr(insn) - va;
	snprintf(image.program_path, sizeof(image.program_path), "%s",
	    rec.program);
	find_linker(image.program_path, image.linker_path,
	    sizeof(image.linker_path));
	/* The first instruction is the linker's, where there is one. */
	image.at = va + image.base;
	each_mapping(image_file, &image);
	if (image.program != 0)
		record_elf(RUN_PART_PROGRAM, image.program_path,
		    image.program - image.base);
	if (image.linker != 0)
		record_elf(RUN_PART_LINKER, image.linker_path,
		    image.linker - image.base);
	rec.image_told = true;
	rec.guest_base = image.base;
}

void
record_stack(uint64_t va)
{
	static struct image image;

	image.at = va + rec.guest_base;
	each_mapping(image_stack, &image);
	if (image.end != 0)
		put_image(RUN_PART_STACK, image.start - rec.guest_base,
		    image.end - rec.guest_base, RUN_PROT_READ | RUN_PROT_WRITE,
		    0, 0);
	rec.stack_told = true;
}
