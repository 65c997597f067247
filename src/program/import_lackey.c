/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * valgrind --tool=lackey --trace-mem=yes --trace-syscalls=yes:
 *
 *	I  0023C790,2		an instruction's address and size
 *	 S BE80199C,4		a store; L is a load, M both
 *	SYSCALL[7,1](9) sys_mmap ( 0x0, 8192, 3, ... ) ... Success(0x4a5000)
 *
 * What else stands there is valgrind's or the program's own.
 */
#include "program/import.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LINUX_MAP_SHARED 1
#define LINUX_MAP_FIXED 0x10
#define LACKEY_ARGS 6

/* "II AAAA,S": false when it is none. */
static bool
read_access(struct import *import, const char *line)
{
	uint64_t va, size;
	char *end, what;

	if ((line[0] != 'I' && line[0] != ' ') || line[1] == '\0' ||
	    line[2] != ' ')
		return (false);
	what = line[0] == 'I' ? 'I' : line[1];
	va = strtoull(line + 3, &end, 16);
	if (end == line + 3 || *end != ',')
		return (false);
	size = strtoull(end + 1, NULL, 10);
	if (size == 0 || size > 4096)
		return (false);
	switch (what) {
	case 'I':
		import_access(import, RUN_FETCH, va, size, 1);
		return (true);
	case 'M':
		import_access(import, RUN_READ, va, size, 0);
		import_access(import, RUN_WRITE, va, size, 0);
		return (true);
	case 'L':
		import_access(import, RUN_READ, va, size, 0);
		return (true);
	case 'S':
		import_access(import, RUN_WRITE, va, size, 0);
		return (true);
	default:
		return (false);
	}
}

/* The numbers between the parentheses behind a call's name. */
static unsigned
read_args(const char *p, uint64_t *args)
{
	unsigned n;

	memset(args, 0, LACKEY_ARGS * sizeof(*args));
	if ((p = strchr(p, '(')) == NULL)
		return (0);
	for (p++, n = 0; n < LACKEY_ARGS && *p != '\0' && *p != ')'; n++) {
		args[n] = strtoull(p, NULL, 0);
		p += strcspn(p, ",)");
		p += *p == ',';
	}
	return (n);
}

static bool
is_call(const char *text, const char *name)
{
	size_t length = strlen(name);

	return (strncmp(text, name, length) == 0 &&
	    (text[length] == ' ' || text[length] == '('));
}

static void
call_mmap(struct import *import, uint64_t va, const uint64_t *a)
{
	uint64_t args[6];

	args[0] = va;
	args[1] = a[1];
	args[2] = a[2] & 7;
	args[3] = ((a[3] & LINUX_MAP_SHARED) != 0 ? RUN_MAP_SHARED : 0) |
	    ((a[3] & LINUX_MAP_FIXED) != 0 ? RUN_MAP_FIXED : 0);
	/* Which file it is, is not known. */
	args[4] = 0;
	args[5] = 0;
	import_event(import, RUN_MMAP, 6, args);
}

static void
call_brk(struct import *import, uint64_t end)
{
	const uint64_t args[] = {import->brk != 0 ? import->brk : end, end};

	if (args[0] != end)
		import_event(import, RUN_BRK, 2, args);
	import->brk = end;
}

/* A line of a system call that succeeded. */
static void
read_call(struct import *import, const char *line)
{
	const char *name, *success;
	uint64_t a[LACKEY_ARGS], args[4], result;

	name = strstr(line, "sys_");
	success = strstr(line, "Success(");
	if (name == NULL || success == NULL)
		return;
	result = strtoull(success + strlen("Success("), NULL, 0);
	read_args(name, a);
	if (is_call(name, "sys_mmap"))
		call_mmap(import, result, a);
	else if (is_call(name, "sys_munmap"))
		import_event(import, RUN_MUNMAP, 2, a);
	else if (is_call(name, "sys_mprotect"))
		import_event(import, RUN_MPROTECT, 3, a);
	else if (is_call(name, "sys_brk"))
		call_brk(import, result);
	else if (is_call(name, "sys_mremap")) {
		args[0] = a[0];
		args[1] = a[1];
		args[2] = result;
		args[3] = a[2];
		import_event(import, RUN_MREMAP, 4, args);
	}
}

bool
import_lackey(struct import *import)
{
	char line[4096];
	bool any = false;

	while (fgets(line, sizeof(line), import->in) != NULL) {
		import->line++;
		if (read_access(import, line))
			any = true;
		else
			read_call(import, line);
		if (!import_step_done(import))
			return (false);
	}
	return (any ||
	    import_wrong(import,
		"no line is an access, as \"I  0023C790,2\" is; valgrind was "
		"to run with --tool=lackey --trace-mem=yes"));
}
