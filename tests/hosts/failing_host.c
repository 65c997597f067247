/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host that runs out of memory, for LD_PRELOAD: of the program's calls of
 * malloc(), calloc(), realloc() and mmap() the FAILING_HOST_AT'th fails, and
 * with FAILING_HOST_ON every one behind it too.  How many calls there were is
 * written, at the program's end, to the file that FAILING_HOST_COUNT names.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void *host_malloc(size_t size);
typedef void *host_calloc(size_t n, size_t size);
typedef void *host_realloc(void *p, size_t size);
typedef void host_free(void *p);
typedef void *host_mmap(void *addr, size_t size, int prot, int flags, int fd,
    off_t offset);

/*
 * The functions that this file stands before, and what it is to do.  Filled in
 * by the first call of any of them; the programs tested have one host thread.
 */
static struct {
	bool looking, ready;
	host_malloc *malloc;
	host_calloc *calloc;
	host_realloc *realloc;
	host_free *free;
	host_mmap *mmap;
	unsigned long calls, at;
	bool on;
} host;

/* What dlsym() asks for while it looks for malloc(): never given back. */
static _Alignas(16) char early[16384];
static size_t early_used;

static void *
early_alloc(size_t size)
{
	void *p = early + early_used;

	size = (size + 15) & ~(size_t)15;
	if (size > sizeof(early) - early_used)
		return (NULL);
	early_used += size;
	return (p);
}

static bool
is_early(const void *p)
{

	return ((const char *)p >= early &&
	    (const char *)p < early + sizeof(early));
}

/* A function pointer from dlsym()'s object pointer, as POSIX has it. */
static void
host_find(void *function, const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(function, &found, sizeof(found));
}

/* False while dlsym() itself asks. */
static bool
host_ready(void)
{
	const char *at;

	if (host.ready)
		return (true);
	if (host.looking)
		return (false);
	host.looking = true;
	host_find(&host.malloc, "malloc");
	host_find(&host.calloc, "calloc");
	host_find(&host.realloc, "realloc");
	host_find(&host.free, "free");
	host_find(&host.mmap, "mmap");
	at = getenv("FAILING_HOST_AT");
	host.at = at != NULL ? strtoul(at, NULL, 10) : 0;
	host.on = getenv("FAILING_HOST_ON") != NULL;
	host.ready = true;
	return (true);
}

static bool
host_fails(void)
{

	host.calls++;
	if (host.at == 0 || host.calls < host.at ||
	    (host.calls > host.at && !host.on))
		return (false);
	errno = ENOMEM;
	return (true);
}

void *
malloc(size_t size)
{

	if (!host_ready())
		return (early_alloc(size));
	return (host_fails() ? NULL : host.malloc(size));
}

void *
calloc(size_t n, size_t size)
{

	/* Nothing was ever in the early memory: it is zero-filled. */
	if (!host_ready())
		return (early_alloc(n * size));
	return (host_fails() ? NULL : host.calloc(n, size));
}

void *
realloc(void *p, size_t size)
{
	void *larger;

	if (!host_ready() || is_early(p)) {
		larger = host.ready ? host.malloc(size) : early_alloc(size);
		if (larger != NULL && p != NULL)
			memmove(larger, p, size);
		return (larger);
	}
	return (host_fails() ? NULL : host.realloc(p, size));
}

void
free(void *p)
{

	if (is_early(p) || !host_ready())
		return;
	host.free(p);
}

void *
mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset)
{

	/* dlsym() maps nothing by this name. */
	if (!host_ready() || host_fails())
		return (MAP_FAILED);
	return (host.mmap(addr, size, prot, flags, fd, offset));
}

static void __attribute__((destructor)) host_report(void)
{
	const char *name = getenv("FAILING_HOST_COUNT");
	const unsigned long calls = host.calls;
	FILE *file;

	host.at = 0;
	if (name == NULL || (file = fopen(name, "w")) == NULL)
		return;
	fprintf(file, "%lu\n", calls);
	fclose(file);
}
