/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The context switch, as far as address spaces go.
 *
 * A CPU that takes up a pmap does two things: it says so in pm_active, from
 * which the other CPUs learn whom to send invalidations, and it loads %cr3,
 * from when on it may fill its TLB from the pmap's tables.  The kernel's
 * revisions do them in different orders, and other CPUs run in between.  So
 * the switch comes in two halves here; in a build with points, somebody can
 * let another CPU's call fall between them.
 */
#ifndef AMD64_CPU_SWITCH_H
#define AMD64_CPU_SWITCH_H

#include "amd64/pmap_var.h"

/* The first and the second half of a switch of the current CPU to "pmap". */
void cpu_switch_begin(struct machine *mach, pmap_t pmap);
void cpu_switch_end(struct machine *mach, pmap_t pmap);
/* Both. */
void cpu_switch(struct machine *mach, pmap_t pmap);

#endif /* AMD64_CPU_SWITCH_H */
