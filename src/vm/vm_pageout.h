/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page daemon, as far as memory can be had back without a disk.
 */
#ifndef VM_VM_PAGEOUT_H
#define VM_VM_PAGEOUT_H

#include "vm/vm_page.h"

/*
 * Runs the page daemon until there are as many free pages as it wants, or
 * until it can find no more.
 */
void vm_pageout(struct machine *mach);

#endif /* VM_VM_PAGEOUT_H */
