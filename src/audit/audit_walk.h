/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Visiting all tables and leaves of one pmap, ascending, without trusting
 * any of them.
 */
#ifndef AUDIT_AUDIT_WALK_H
#define AUDIT_AUDIT_WALK_H

#include "audit/audit.h"

/*
 * What to do at each; either may be NULL.  "level" is that of the table's
 * entries: 1 PTEs, 2 PDEs, 3 PDPEs.  "used" counts its non-zero entries where
 * "counts" asks for that, else it is 0.  A leaf is a non-zero PTE, valid or
 * not, or a PDE with PG_PS.
 */
struct audit_visitor {
	bool (*table)(struct audit *a, pmap_t pmap, int level, vm_offset_t va,
	    vm_paddr_t pa, unsigned used, void *arg);
	bool (*leaf)(struct audit *a, pmap_t pmap, vm_offset_t va,
	    uint64_t entry, bool superpage, void *arg);
	void *arg;
	bool counts;
	bool superpages; /* "leaf" is for PDEs only: no PTE is looked at */
};

/*
 * Visits the user half of a user pmap, or of the kernel's what lies below
 * kernel_vm_end, but for the boot's mappings of the kernel itself.  A table is
 * visited before what it holds.  False as soon as a visit is, or when a table
 * lies beyond memory.
 */
bool audit_walk(struct audit *a, pmap_t pmap, const struct audit_visitor *v);

#endif /* AUDIT_AUDIT_WALK_H */
