/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kmem_malloc() and kmem_free() of 2022 and later, which have no map.
 */
#ifndef VM_VM_KERN_2022_H
#define VM_VM_KERN_2022_H

#include "vm/vm_map.h"

/* The arenas, and the addresses that the configuration sets aside. */
void kmem_init_2022(struct machine *mach);
vm_offset_t kmem_malloc_2022(struct machine *mach, vm_size_t size, int flags);
void kmem_free_2022(struct machine *mach, vm_offset_t addr, vm_size_t size);

#endif /* VM_VM_KERN_2022_H */
