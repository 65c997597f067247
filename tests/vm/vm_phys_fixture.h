/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the buddy allocator share.  Addresses in hex; a state is
 * all queues that are not empty, "list.pool.order blocks", in queue order.
 */
#ifndef TESTS_VM_VM_PHYS_FIXTURE_H
#define TESTS_VM_VM_PHYS_FIXTURE_H

#include "vm/vm_state.h"

#define DEFAULT VM_FREEPOOL_DEFAULT
#define DIRECT VM_FREEPOOL_DIRECT
#define CACHE VM_FREEPOOL_CACHE

/* Blocks taken directly have no owner: these machines are not audited. */
static inline void
done(struct machine *mach)
{

	pmapsim_destroy(mach);
}

static inline vm_page_t
page(struct machine *mach, vm_paddr_t pa)
{

	return (PHYS_TO_VM_PAGE(mach, pa));
}

#endif /* TESTS_VM_VM_PHYS_FIXTURE_H */
