/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An ordinary program that uses the installed library: it boots the kernel of
 * the mail's hypothesis, makes the calls that end in the panic, prints it and
 * lives on.
 *
 *	cc panic.c $(pkg-config --cflags --libs pmapsim)
 */
#include <stdio.h>

#include <pmapsim/machine.h>
#include <pmapsim/vm.h>

static void
calls(struct machine *mach, void *arg)
{
	vm_offset_t va;

	va = kmem_malloc(mach, pmapsim_kmem_map(mach), NBPDR, M_NOWAIT);
	kmem_free(mach, pmapsim_kmem_map(mach), va, 2 * PAGE_SIZE);
	*(vm_offset_t *)arg = kern_malloc(mach, 2 * PAGE_SIZE, M_NOWAIT);
}

int
main(void)
{
	struct pmapsim_config config;
	struct machine *mach;
	vm_offset_t va = 0;
	char err[256];
	int error;

	pmapsim_config_init(&config);
	config.kernel = "2010-04+litter";
	if (pmapsim_boot(&config, &mach, err, sizeof(err)) != PMAPSIM_OK) {
		fprintf(stderr, "%s\n", err);
		return (1);
	}
	error = pmapsim_run(mach, calls, &va);
	if (error == PMAPSIM_EPANIC)
		printf("pmapsim %s: panic: %s\n", pmapsim_version(),
		    pmapsim_panic(mach)->text);
	pmapsim_destroy(mach);
	return (error == PMAPSIM_EPANIC ? 0 : 1);
}
