/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reservations of 2022 and later, for vm_page.c alone.
 */
#ifndef VM_VM_RESERV_2022_H
#define VM_VM_RESERV_2022_H

#include "vm/vm_kernels.h"
#include "vm/vm_object.h"
#include "vm/vm_reserv.h"

/*
 * A page of "object" or, for NULL, of none, as vm_page_alloc() needs it: still
 * PG_FREE, but on no free list any more.  NULL when memory is too short for a
 * request like "req".
 */
vm_page_t vm_page_take_2022(struct machine *mach, vm_object_t object,
    vm_pindex_t pindex, int req);
/* Gives the free page "m" to the reservation of its frame; FALSE: none. */
boolean_t vm_reserv_free_page_2022(struct machine *mach, vm_page_t m);

/*
 * Whether a page that is freed to "rv" changes no more of it than its count:
 * its place in the queue is of this tick, or none at all, and it keeps a page.
 */
static inline bool
vm_reserv_only_counts(const struct machine *mach, const struct vm_reserv *rv)
{
	return (rv->object != NULL && rv->popcnt > 1 &&
	    mach->ticks == rv->lasttick &&
	    (rv->inpartpopq || !depopulated_reserv_is_queued(mach)));
}

/* vm_reserv_free_page_2022() of a page whose reservation only counts it. */
static inline boolean_t
vm_reserv_free_page_counted(struct machine *mach, vm_page_t m)
{
	vm_reserv_from_page(mach, m)->popcnt--;
	return (TRUE);
}

#endif /* VM_VM_RESERV_2022_H */
