/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page faults as the CPU raises them, and accesses that are repeated until
 * none is raised.
 */
#include "amd64/trap.h"

#include <pmapsim/hw.h>

#include "amd64/pmap_var.h"
#include "hw/access.h"
#include "hw/mmu.h"
#include "hw/tlb.h"
#include "vm/vm_kernels.h"
#include "vm/vm_map.h"

/*
 * Faults that one access may take.  Each vm_fault() that succeeds leaves a
 * mapping that permits the access, so one is what is needed; a second is a TLB
 * that still knew the old one.
 */
#define TRAP_RETRIES_MAX 8

/*
 * Serves a page fault of a program or of the kernel.  Addresses from
 * vm_min_kernel_address() on are the kernel map's and out of reach for
 * programs; those of the direct map and of the recursive mapping lie below it
 * and so count as the program's.
 *
 * FreeBSD amd64/trap.c trap_pfault(): same, signals only.
 */
int
trap_pfault(struct machine *mach, vm_map_t map, vm_offset_t va,
    unsigned error_code)
{
	vm_prot_t type;
	boolean_t usermode;
	int result;
	FRAME();

	va = trunc_page(va);
	usermode = (error_code & PGEX_U) != 0;
	if (va >= vm_min_kernel_address(mach)) {
		if (usermode)
			return (TRAP_SIGSEGV);
		map = mach->vm_map->kernel_map;
	}
	if ((error_code & PGEX_W) != 0)
		type = VM_PROT_WRITE;
	else if ((error_code & PGEX_I) != 0)
		type = VM_PROT_EXECUTE;
	else
		type = VM_PROT_READ;
	result = vm_fault(mach, map, va, type, VM_FAULT_NORMAL);
	if (result == KERN_SUCCESS)
		return (0);
	if (!usermode)
		return (-1);
	return (result == KERN_PROTECTION_FAILURE ? TRAP_SIGBUS : TRAP_SIGSEGV);
}

/*
 * Makes an access as a program or the kernel does, and serves its page faults.
 * The kernel's maps share the kernel's part of whatever
 * address space is loaded, so for them nothing is switched.
 *
 * Simulator only.
 */
int
pmapsim_access(struct machine *mach, vm_map_t map, vm_offset_t va,
    unsigned access, vm_paddr_t *pa)
{
	struct mmu_translation t;
	int i;
	FRAME();

	CHECK_MAP(map);
	access &= PMAPSIM_ACCESS_WRITE | PMAPSIM_ACCESS_FETCH;
	if (map->pmap != kernel_pmap) {
		access |= PMAPSIM_ACCESS_USER;
		if (!pmap_is_current(mach, map->pmap))
			pmap_activate(mach, map->pmap);
	}
	for (i = 0; i <= TRAP_RETRIES_MAX; i++) {
		t = mmu_access(mach, cpu_current(mach), va, access);
		if (t.result == MMU_OK) {
			if (pa != NULL)
				*pa = t.pa;
			return (PMAPSIM_OK);
		}
		if (t.result == MMU_BUS)
			stop("a page table of %#llx lies outside memory",
			    (unsigned long long)va);
		if (t.result == MMU_NONCANONICAL ||
		    trap_pfault(mach, map, va, t.error) != 0)
			return (PMAPSIM_EFAULT);
	}
	stop("page fault at %#llx, error code %#x: vm_fault() succeeded %d "
	     "times and the access still faults",
	    (unsigned long long)va, t.error, i);
}
