/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page daemon, as far as memory can be had back without a disk.
 */
#ifndef VM_VM_PAGEOUT_H
#define VM_VM_PAGEOUT_H

#include "vm/vm_page.h"

/*
 * Runs the page daemon until it sleeps; false when it never would, because
 * nothing that it can do wakes the thread that sleeps for memory.
 */
bool vm_pageout(struct machine *mach);

#endif /* VM_VM_PAGEOUT_H */
