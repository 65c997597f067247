/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that a recorded program maps, each told once by its number.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "program/record_var.h"

#define RECORD_FILES 4096

/* The files that were told; the first has number 1.  A fork's child knows
 * them, too. */
static struct {
	unsigned count;
	struct {
		dev_t dev;
		ino_t ino;
	} file[RECORD_FILES];
} told;

unsigned
record_file(const struct stat *st, const char *name)
{
	uint64_t args[RUN_ARGS_MAX];
	size_t length = strlen(name), words;
	unsigned i;

	if (!S_ISREG(st->st_mode))
		return (0);
	for (i = 0; i < told.count; i++)
		if (told.file[i].dev == st->st_dev &&
		    told.file[i].ino == st->st_ino)
			return (i + 1);
	if (i == RECORD_FILES)
		return (0);
	told.file[i].dev = st->st_dev;
	told.file[i].ino = st->st_ino;
	told.count++;
	if (length > (RUN_ARGS_MAX - 2) * 8)
		length = (RUN_ARGS_MAX - 2) * 8;
	words = (length + 7) / 8;
	memset(args, 0, sizeof(args));
	args[0] = i + 1;
	args[1] = (uint64_t)st->st_size;
	memcpy(&args[2], name, length);
	put_event(RUN_FILE, (unsigned)(2 + words), args);
	return (i + 1);
}

unsigned
record_fd(int fd)
{
	char link[64], name[4096];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0)
		return (0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name) - 1);
	name[n < 0 ? 0 : n] = '\0';
	return (record_file(&st, name));
}
