/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reservations of 2022 and later, for vm_page.c alone.
 */
#ifndef VM_VM_RESERV_2022_H
#define VM_VM_RESERV_2022_H

#include "vm/vm_object.h"

/*
 * A page of "object" or, for NULL, of none, as vm_page_alloc() needs it: still
 * PG_FREE, but on no free list any more.  NULL when memory is too short for a
 * request like "req".
 */
vm_page_t vm_page_take_2022(struct machine *mach, vm_object_t object,
    vm_pindex_t pindex, int req);
/* Gives the free page "m" to the reservation of its frame; FALSE: none. */
boolean_t vm_reserv_free_page_2022(struct machine *mach, vm_page_t m);

#endif /* VM_VM_RESERV_2022_H */
