/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel addresses since vmem(9): where kmem_malloc() of later kernels gets
 * them.  Three levels, each of which takes from the next when it has no room:
 *
 *	domain's arena	 whole pages		kva_alloc(), kva_free()
 *	kernel arena	 multiples of 2 MB
 *	kernel_map	 what was never used, with its page tables
 *
 * Nothing but the domain's arena is ever given anything back.
 */
#ifndef VM_VM_KVA_H
#define VM_VM_KVA_H

#include "vm/vm_page.h"

struct kva_state;

void kva_startup(struct machine *mach);
/* The address of "size" bytes, a multiple of PAGE_SIZE; 0: there are none. */
vm_offset_t kva_alloc(struct machine *mach, vm_size_t size);
/* Gives back what kva_alloc() gave, whole. */
void kva_free(struct machine *mach, vm_offset_t addr, vm_size_t size);

/* The size of the allocation that starts at "addr"; 0: none does. */
vm_size_t kva_size(const struct machine *mach, vm_offset_t addr);

#endif /* VM_VM_KVA_H */
