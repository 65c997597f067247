/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reservation that a machine lives in, and what belongs to no layer.
 */
#include "base/machine.h"

#include <string.h>
#include <sys/mman.h>

#ifndef MAP_NORESERVE /* without the flag, a host reserves nothing anyway */
#define MAP_NORESERVE 0
#endif

/* Huge alignment lets vm_page's own 128 bytes hold at any offset. */
#define RESERVE_ALIGN 128

static size_t
machine_round(size_t size, size_t align)
{

	return ((size + align - 1) & ~(align - 1));
}

struct machine *
machine_create(const struct pmapsim_config *config, const struct kernel *kernel,
    size_t tables)
{
	struct machine *mach;
	size_t size;

	size = machine_round(sizeof(struct machine), PAGE_SIZE) +
	    machine_round(sizeof(struct ktr), PAGE_SIZE) +
	    machine_round(tables, PAGE_SIZE);
	mach = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mach == MAP_FAILED)
		return (NULL);
	mach->config = *config;
	mach->kernel = *kernel;
	mach->config.kernel = mach->kernel.name;
	mach->invariants = config->invariants;
	mach->reserve_size = size;
	mach->reserve_used = machine_round(sizeof(struct machine),
	    RESERVE_ALIGN);
	mach->ktr = machine_reserve(mach, sizeof(struct ktr));
	return (mach);
}

void *
machine_reserve(struct machine *mach, size_t size)
{
	size_t offset = mach->reserve_used;

	size = machine_round(size, RESERVE_ALIGN);
	if (size > mach->reserve_size - offset)
		stop("machine_reserve: %zu bytes asked, %zu left", size,
		    mach->reserve_size - offset);
	mach->reserve_used += size;
	return ((char *)mach + offset);
}

void
machine_will_fill(void *start, size_t size)
{
#ifdef MADV_HUGEPAGE
	const uintptr_t huge = 2 << 20;
	uintptr_t end, first;

	/* The host can give whole huge pages only.  The last one is asked for
	 * where at least half of it will be filled. */
	first = ((uintptr_t)start + huge - 1) & ~(huge - 1);
	end = ((uintptr_t)start + size + huge / 2) & ~(huge - 1);
	if (end > first)
		(void)madvise((void *)first, end - first, MADV_HUGEPAGE);
#endif
}

const struct pmapsim_config *
pmapsim_config(const struct machine *mach)
{

	return (&mach->config);
}

void
pmapsim_config_init(struct pmapsim_config *config)
{

	if (config == NULL)
		return;
	memset(config, 0, sizeof(*config));
	config->mem = UINT64_C(64) << 20;
	config->first = UINT64_C(4) << 20;
	config->ncpu = 2;
	config->superpages = true;
	config->maxproc = 1000;
}

int
pmapsim_set_cpu(struct machine *mach, unsigned cpu)
{

	if (cpu >= mach->config.ncpu)
		return (PMAPSIM_EINVAL);
	mach->curcpu = cpu;
	return (PMAPSIM_OK);
}

unsigned
pmapsim_curcpu(const struct machine *mach)
{

	return (mach->curcpu);
}

const char *
pmapsim_version(void)
{

	return (PMAPSIM_VERSION);
}
