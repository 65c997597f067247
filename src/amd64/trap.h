/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a page fault of the MMU to vm_fault().
 */
#ifndef AMD64_TRAP_H
#define AMD64_TRAP_H

#include <pmapsim/types.h>

/* Signals that a program gets, with FreeBSD's numbers. */
#define TRAP_SIGBUS 10
#define TRAP_SIGSEGV 11

/*
 * Resolves the page fault that "error_code" (PGEX_*) describes, at "va" of the
 * process whose map is "map".  0: the access is to be repeated; otherwise the
 * signal for user code, or -1 for the kernel's, which has no one to send it
 * to.
 */
int trap_pfault(struct machine *mach, vm_map_t map, vm_offset_t va,
    unsigned error_code);

#endif /* AMD64_TRAP_H */
