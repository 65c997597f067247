/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits of what can be booted; see machdep.c.
 */
#ifndef AMD64_MACHDEP_H
#define AMD64_MACHDEP_H

#include <pmapsim/machine.h>

/* Physical memory, bytes: beyond it the tables would not fit a host. */
#define MACHDEP_MEM_MAX (UINT64_C(16) << 40)
#define MACHDEP_FIRST_MIN UINT64_C(0x200000)
/* kmem_map lies between VM_MIN_KERNEL_ADDRESS and KERNBASE. */
#define MACHDEP_KMEM_MAX (KERNBASE - VM_MIN_KERNEL_ADDRESS)

/*
 * Whether "config", whose kmem is resolved, can be a machine, as far as can
 * be known without making one.  Errors are: PMAPSIM_EINVAL.
 */
int machdep_check(const struct pmapsim_config *config, char *err,
    size_t errsize);

#endif /* AMD64_MACHDEP_H */
