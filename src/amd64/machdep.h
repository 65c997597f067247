/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Booting, and the limits of what can be booted; see machdep.c.
 */
#ifndef AMD64_MACHDEP_H
#define AMD64_MACHDEP_H

#include "vm/vm_kernels.h"

/* Physical memory, bytes: beyond it the tables would not fit a host. */
#define MACHDEP_MEM_MAX (UINT64_C(16) << 40)
#define MACHDEP_FIRST_MIN UINT64_C(0x200000)
/* kmem_map lies between this kernel's first address and KERNBASE. */
#define MACHDEP_KMEM_MAX(kernel) (KERNBASE - kernel_vm_min_address(kernel))

/*
 * Whether "config", whose kmem is resolved, can be a machine that boots
 * "kernel", as far as can be known without making one.  Errors are:
 * PMAPSIM_EINVAL.
 */
int machdep_check(const struct pmapsim_config *config,
    const struct kernel *kernel, char *err, size_t errsize);

/*
 * pmapsim_boot(), which tells a caller that wants to know what panicked: when
 * the result is PMAPSIM_EPANIC and "panic" is not NULL, it holds the panic of
 * the machine, which is gone.  Else "*panic" is unchanged.
 */
int machdep_boot(const struct pmapsim_config *config, struct machine **machp,
    struct pmapsim_panic *panic, char *err, size_t errsize);

#endif /* AMD64_MACHDEP_H */
