/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot: from a configuration to a machine whose kernel runs, in the order of
 * the real one, and its end.
 */
#include "amd64/machdep.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <pmapsim/hw.h>

#include "amd64/pmap_var.h"
#include "hw/detector.h"
#include "vm/vm_map.h"
#include "vm/vm_meter.h"
#include "vm/vm_object.h"
#include "vm/vm_phys.h"

/*
 * Zones and everything else whose size does not follow from the memory's: more
 * than any work fills, where the host gives so much address space.  A host with
 * 32-bit pointers or a limit (ulimit -v) does not, and gets zones of 1 / 64.
 */
static const struct machdep_tables {
	uint64_t fixed; /* bytes */
	unsigned zone_shift;
} machdep_tables[] = {{UINT64_C(4) << 30, 0}, {UINT64_C(256) << 20, 6}};
#define MACHDEP_TABLES_TRIES \
	(sizeof(machdep_tables) / sizeof(machdep_tables[0]))
/* Per 2 MB frame: its reservation, its list head and room to spare. */
#define MACHDEP_TABLES_PER_FRAME 256

/* From so many bytes on, machdep_expect_pages() takes a machine for large. */
#define MACHDEP_LARGE (UINT64_C(8) << 30)

/*
 * kmeminit()'s size of kmem_map: a third of memory, capped at three fifths of
 * the kernel's address space.
 *
 * FreeBSD kern_malloc.c kmeminit(): adapted, the traces' machine has no
 * tunables and no mbuf clusters.
 */
static vm_size_t
machdep_kmem_size(vm_paddr_t mem, const struct kernel *kernel)
{
	const vm_size_t cap = (VM_MAX_KERNEL_ADDRESS -
				  kernel_vm_min_address(kernel) + 1) /
	    5 * 3;
	vm_size_t size;

	size = round_2mpage(mem / 3);
	return (size < cap ? size : trunc_2mpage(cap));
}

/* Writes the message that "fmt" gives to "err"; always PMAPSIM_EINVAL. */
static int __attribute__((format(printf, 3, 4)))
machdep_invalid(char *err, size_t errsize, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, errsize, fmt, ap);
	va_end(ap);
	return (PMAPSIM_EINVAL);
}

/*
 * Checks all that can be known to be wrong before anything is made.
 *
 * Simulator only.
 */
int
machdep_check(const struct pmapsim_config *config, const struct kernel *kernel,
    char *err, size_t errsize)
{

	if (config->mem > MACHDEP_MEM_MAX)
		return (machdep_invalid(err, errsize,
		    "mem=%#" PRIx64 " is too large; at most %#" PRIx64,
		    config->mem, MACHDEP_MEM_MAX));
	if ((config->mem & PAGE_MASK) != 0 || (config->first & PAGE_MASK) != 0)
		return (machdep_invalid(err, errsize,
		    "mem=%#" PRIx64 " and first=%#" PRIx64
		    " must be multiples of 4096",
		    config->mem, config->first));
	if (config->first < MACHDEP_FIRST_MIN)
		return (machdep_invalid(err, errsize,
		    "first=%#" PRIx64 " is too small; at least 2M",
		    config->first));
	if (config->first >= config->mem)
		return (machdep_invalid(err, errsize,
		    "first=%#" PRIx64
		    " leaves no free memory below mem=%#" PRIx64,
		    config->first, config->mem));
	if ((config->kmem & PAGE_MASK) != 0)
		return (machdep_invalid(err, errsize,
		    "kmem=%#" PRIx64 " must be a multiple of 4096",
		    config->kmem));
	if (config->kmem > MACHDEP_KMEM_MAX(kernel))
		return (machdep_invalid(err, errsize,
		    "kmem=%#" PRIx64 " is too large; at most %#" PRIx64
		    " lie below KERNBASE",
		    config->kmem, MACHDEP_KMEM_MAX(kernel)));
	if (config->ncpu < 1 || config->ncpu > MAXCPU)
		return (machdep_invalid(err, errsize,
		    "ncpu=%u; 1 to %d would be right", config->ncpu, MAXCPU));
	if (config->maxproc < 1 || config->maxproc > 1000000)
		return (machdep_invalid(err, errsize,
		    "maxproc=%u; 1 to 1000000 would be right",
		    config->maxproc));
	if (!pmap_config_fits(config, err, errsize))
		return (PMAPSIM_EINVAL);
	return (PMAPSIM_OK);
}

/*
 * Takes room for the descriptors of all pages.  That of a superpage's first
 * page lies where the host's address is a multiple of what 512 of them take up,
 * so that vm_page_frame() is a shift.
 */
static struct vm_page *
machdep_reserve_pages(struct machine *mach)
{
	const size_t frame = NPTEPG * sizeof(struct vm_page);
	uintptr_t start;

	start = (uintptr_t)machine_reserve(mach,
	    (mach->config.mem >> PAGE_SHIFT) * sizeof(struct vm_page) + frame);
	return ((struct vm_page *)((start + frame - 1) / frame * frame));
}

/*
 * Asks the host for huge pages where pages are described that will be used.
 * kmem_map's page tables will be the first pages that are taken.  A machine
 * that is so large is there to be filled: what is noted of 512 of its pages
 * lies in three places, 64 KB, 8 KB and 1 KB long, which the host would give in
 * some 19 small pages, one at a time, as the machine first works on them.  A
 * boot touches up to three huge pages, 6 MB, as they happen to lie.
 */
static void
machdep_expect_pages(struct machine *mach)
{
	const struct pmapsim_config *config = &mach->config;
	const size_t pages = config->mem >> PAGE_SHIFT;
	vm_size_t tables;

	if (config->mem >= MACHDEP_LARGE) {
		machine_will_fill(mach->vm_page_array,
		    pages * sizeof(struct vm_page));
		machine_will_fill(mach->md_page_array,
		    pages * sizeof(struct md_page));
		machine_will_fill(mach->page_use,
		    pages * sizeof(struct page_use));
		return;
	}
	tables = config->kmem >> PDRSHIFT;
	if (tables > atop(config->mem - config->first))
		tables = atop(config->mem - config->first);
	machine_will_fill(phys_to_vm_page(mach, config->first),
	    tables * sizeof(struct vm_page));
}

/* What can panic of the boot, run under a guard. */
static void
machdep_mi_startup(struct machine *mach, void *arg)
{
	struct pmapsim_config *config = &mach->config;
	unsigned i;
	FRAME_AS("mi_startup");

	/* Physical memory first: everything after it allocates. */
	mach->vm_page_array = machdep_reserve_pages(mach);
	mach->md_page_array = machine_reserve(mach,
	    (config->mem >> PAGE_SHIFT) * sizeof(struct md_page));
	mach->md_page_bias = (uintptr_t)mach->md_page_array -
	    (uintptr_t)mach->vm_page_array /
		(sizeof(struct vm_page) / sizeof(struct md_page));
	mach->page_use = machine_reserve(mach,
	    (config->mem >> PAGE_SHIFT) * sizeof(struct page_use));
	mach->page_use_bias = (uintptr_t)mach->page_use -
	    (uintptr_t)mach->vm_page_array /
		(sizeof(struct vm_page) / sizeof(struct page_use));
	machdep_expect_pages(mach);
	vm_page_startup(mach);
	vm_phys_startup(mach);
	vm_reserv_startup(mach);
	/* The thresholds hold from the start: the daemon is not simulated. */
	vm_meter_startup(mach);
	cpu_startup(mach);
	pmap_bootstrap(mach);
	for (i = 0; i < config->ncpu; i++) {
		mach->cpus[i].cr3 = mach->pmap->KPML4phys;
		mach->cpus[i].curpmap = kernel_pmap;
	}
	vm_object_startup(mach);
	vm_map_startup(mach);
	pmap_init(mach);
	kmem_init(mach, mach->pmap->virtual_avail, mach->pmap->virtual_end);
}

/*
 * Makes a machine in which nothing was started but its physical memory.  NULL:
 * the host has not so much address space.
 *
 * Simulator only.
 */
static struct machine *
machdep_create(const struct pmapsim_config *config, const struct kernel *kernel)
{
	const struct machdep_tables *t;
	struct machine *mach;
	uint64_t size;
	unsigned i;

	for (i = 0; i < MACHDEP_TABLES_TRIES; i++) {
		t = &machdep_tables[i];
		size = t->fixed + NPTEPG * sizeof(struct vm_page) +
		    (config->mem >> PAGE_SHIFT) *
			(sizeof(struct vm_page) + sizeof(struct md_page) +
			    sizeof(struct page_use)) +
		    ((config->mem >> PDRSHIFT) + 1) * MACHDEP_TABLES_PER_FRAME;
		if (size > SIZE_MAX / 2 || config->mem > SIZE_MAX / 2)
			continue;
		mach = machine_create(config, kernel, (size_t)size);
		if (mach == NULL)
			continue;
		mach->zone_shift = t->zone_shift;
		if (physmem_startup(mach))
			return (mach);
		pmapsim_destroy(mach);
	}
	return (NULL);
}

/*
 * Boots a machine of "given", and says why where it cannot.
 *
 * Simulator only.
 */
int
machdep_boot(const struct pmapsim_config *given, struct machine **machp,
    struct pmapsim_panic *panic, char *err, size_t errsize)
{
	struct pmapsim_config config;
	struct kernel kernel;
	struct machine *mach;
	char unread[128];
	int error;

	if (err == NULL) {
		err = unread;
		errsize = sizeof(unread);
	}
	if (machp != NULL)
		*machp = NULL;
	if (given == NULL || machp == NULL)
		return (machdep_invalid(err, errsize,
		    "pmapsim_boot() needs a configuration and a place for the "
		    "machine"));
	config = *given;
	if (!kernel_parse(config.kernel, &kernel, err, errsize))
		return (PMAPSIM_EINVAL);
	if (!config.kmem_given)
		config.kmem = machdep_kmem_size(config.mem, &kernel);
	if ((error = machdep_check(&config, &kernel, err, errsize)) !=
	    PMAPSIM_OK)
		return (error);

	mach = machdep_create(&config, &kernel);
	if (mach == NULL) {
		snprintf(err, errsize,
		    "the host gave no address space for a "
		    "machine of %" PRIu64 " MiB",
		    config.mem >> 20);
		return (PMAPSIM_ENOMEM);
	}
	error = pmapsim_run(mach, machdep_mi_startup, NULL);
	if (error == PMAPSIM_EPANIC) {
		snprintf(err, errsize, "panic at boot: %s", mach->panic.text);
		if (panic != NULL)
			*panic = mach->panic;
	} else if (config.tlb != NULL && !detector_startup(mach, err, errsize))
		error = PMAPSIM_EINVAL;
	if (error != PMAPSIM_OK) {
		pmapsim_destroy(mach);
		return (error);
	}
	*machp = mach;
	return (PMAPSIM_OK);
}

int
pmapsim_boot(const struct pmapsim_config *config, struct machine **machp,
    char *err, size_t errsize)
{

	return (machdep_boot(config, machp, NULL, err, errsize));
}

void
pmapsim_destroy(struct machine *mach)
{

	if (mach == NULL)
		return;
	if (mach->physmem != NULL)
		physmem_shutdown(mach);
	munmap(mach, mach->reserve_size);
}

void
pmapsim_invalidations(struct machine *mach, struct pmapsim_invalidations *count)
{
	const struct cpu *cpu;
	unsigned i;

	if (count == NULL)
		return;
	memset(count, 0, sizeof(*count));
	for (i = 0; i < mach->config.ncpu; i++) {
		cpu = &mach->cpus[i];
		count->page += cpu->local[INVAL_PAGE];
		count->range += cpu->local[INVAL_RANGE];
		count->all += cpu->local[INVAL_ALL];
		count->sent_page += cpu->sent[INVAL_PAGE];
		count->sent_range += cpu->sent[INVAL_RANGE];
		count->sent_all += cpu->sent[INVAL_ALL];
	}
}

uint64_t
pmapsim_pte_stores(struct machine *mach)
{

	return (mach->pmap->pte_stores.changed + mach->pmap->pte_stores.filled);
}
