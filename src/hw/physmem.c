/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical memory as one host mapping, apart from the machine's other tables
 * so that it alone can be handed to another process or another MMU as RAM.
 */
#define _GNU_SOURCE /* memfd_create() */
#include <sys/mman.h>

#include <unistd.h>

#include <pmapsim/hw.h>

#include "hw/physmem.h"

#ifndef MAP_NORESERVE /* without the flag, a host reserves nothing anyway */
#define MAP_NORESERVE 0
#endif

/*
 * KVM backs guest memory by huge pages where it is aligned so.  The price is
 * address space that is never touched.
 */
#define ARENA_ALIGN ((size_t)2 << 20)

static int arena_open(size_t size);

/*
 * Makes a descriptor of "size" zero bytes that others can map.  Returns -1
 * when the host refuses.
 */
static int
arena_open(size_t size)
{
	int fd = -1;

#ifdef MFD_CLOEXEC /* the host has memfd_create() */
	fd = memfd_create("pmapsim-arena", MFD_CLOEXEC);
	if (fd >= 0 && ftruncate(fd, (off_t)size) != 0) {
		close(fd);
		fd = -1;
	}
#endif
	return (fd);
}

/*
 * Maps config.mem bytes of physical memory, private unless
 * config.shared_arena.  The host commits a page when it is first touched, so
 * the size costs nothing; huge pages are declined because they would commit
 * 512 pages for one.  Returns false, with nothing left behind, when the host
 * refuses.
 */
bool
physmem_startup(struct machine *mach)
{
	struct physmem *pm;
	char *base;
	size_t size;
	int fd;

	pm = machine_reserve(mach, sizeof(*pm));
	pm->fd = -1;
	size = round_page(mach->config.mem);
	if (size < mach->config.mem)
		return (false); /* more than the host's pointers reach */
	fd = -1;
	if (mach->config.shared_arena && (fd = arena_open(size)) < 0)
		return (false);
	/*
	 * More than needed, so that some of it is aligned.  It stays mapped as
	 * a whole: not every host takes a part of a mapping back.
	 */
	pm->area_size = size + ARENA_ALIGN;
	pm->area = mmap(NULL, pm->area_size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (pm->area == MAP_FAILED)
		goto fail;
	base = (char *)(((uintptr_t)pm->area + ARENA_ALIGN - 1) &
	    ~(uintptr_t)(ARENA_ALIGN - 1));
	if (fd >= 0 &&
	    mmap(base, size, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_SHARED, fd,
		0) == MAP_FAILED) {
		munmap(pm->area, pm->area_size);
		goto fail;
	}
#ifdef MADV_NOHUGEPAGE
	madvise(base, size, MADV_NOHUGEPAGE);
#endif
	pm->base = mach->physmem_base = base;
	pm->size = mach->config.mem;
	pm->fd = fd;
	mach->physmem = pm;
	return (true);
fail:
	if (fd >= 0)
		close(fd);
	return (false);
}

/* Unmaps physical memory; harmless when it was never mapped. */
void
physmem_shutdown(struct machine *mach)
{
	struct physmem *pm;

	pm = mach->physmem;
	if (pm == NULL || pm->base == NULL)
		return;
	munmap(pm->area, pm->area_size);
	if (pm->fd >= 0)
		close(pm->fd);
	pm->base = mach->physmem_base = NULL;
	pm->fd = -1;
}

/*
 * Makes a part of physical memory zero.  Some hosts only note that it may be
 * needed less, and shared memory, which is a file's, keeps what it holds: a
 * byte that is not zero before tells.
 */
bool
physmem_drop(struct machine *mach, char *start, size_t size)
{
#ifdef MADV_DONTNEED
	volatile char *const first = start;
	const char was = *first;

	*first = 1;
	if (madvise(start, size, MADV_DONTNEED) == 0 && *first == 0)
		return (true);
	*first = was;
#endif
	return (false);
}

/*
 * Returns where byte 0 of physical memory lies on the host, and its size in
 * bytes through "size" when that is not NULL.  Who asks may write tables.
 */
void *
pmapsim_arena(struct machine *mach, vm_paddr_t *size)
{
	mach->physmem->stores = NULL;
	if (size != NULL)
		*size = mach->physmem->size;
	return (mach->physmem->base);
}

/*
 * Returns the descriptor behind a shared arena, which stays the machine's, or
 * -1.  Who maps it may write tables.
 */
int
pmapsim_arena_fd(struct machine *mach)
{
	mach->physmem->stores = NULL;
	return (mach->physmem->fd);
}
