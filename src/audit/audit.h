/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the auditor's files share: one pass over a machine.  The auditor only
 * reads; nothing here may change a machine.
 */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include <pmapsim/audit.h>

#include "amd64/pmap_kernels.h"
#include "amd64/pmap_walk.h"
#include "vm/vm_map.h"
#include "vm/vm_object.h"
#include "vm/vm_phys.h"

/* What a frame was found to be; at most one may be true. */
enum audit_owner {
	OWNER_NONE,
	OWNER_FREE_BLOCK, /* on a free list of vm_phys */
	OWNER_RESERV,	  /* unused page of an active reservation */
	OWNER_OBJECT,	  /* resident in an object */
	OWNER_TABLE,	  /* page table in use */
	OWNER_IDLE_TABLE, /* page-table page kept under a superpage */
	OWNER_PV_CHUNK
};

/*
 * One audit.  Made by machine_audit() on its stack; "owner" is host memory of
 * two bytes a frame, given back at its end.  Frames of untouched blocks (struct
 * vm_phys_untouched) are free, on one free list, and are not looked at one by
 * one.
 */
struct audit {
	struct machine *mach;
	const char *rule; /* being checked */
	char *msg;
	size_t msgsize;
	uint8_t *owner; /* [pages] */
	/* [pages], a part of "owner"'s memory: tables that a walk has counted
	 * and that have no entry, which later walks pass over. */
	uint8_t *empty;
	uint64_t pages;
	uint64_t first;		     /* first free-able page */
	uint64_t untouched, touched; /* all untouched ranges lie in these
					pages, [untouched, touched) */
	uint64_t managed_leaves;     /* found by the walk of all tables */
	uint64_t superpages;
	uint64_t queued; /* pages that say they are on a paging queue */
	const struct vm_page *leaked; /* the first one, or NULL */
	/* The first mapping that a page does not announce by PG_WRITEABLE: page
	 * "unannounced", NULL where all are. */
	const struct vm_page *unannounced;
	const struct pmap *unannounced_pmap;
	vm_offset_t unannounced_va;
	bool nomem; /* see audit_no_memory() */
};

/* Writes the sentence; always false, so that a rule can return it. */
bool audit_fails(struct audit *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Says that the host's memory ended, which breaks no rule; false too. */
bool audit_no_memory(struct audit *a);
/* Marks "pa"'s frame; false, with the sentence, when it has an owner. */
bool audit_own(struct audit *a, vm_paddr_t pa, enum audit_owner owner);
/* The page behind the untouched range that "i" lies in; else "i". */
uint64_t audit_skip_range(const struct audit *a, uint64_t i);
/* First page of [i, end) that is not in an untouched range. */
static inline uint64_t
audit_skip_untouched(const struct audit *a, uint64_t i)
{
	return (i >= a->untouched && i < a->touched ? audit_skip_range(a, i) :
						      i);
}

/*
 * machine_audit(), which also says which rule was checked last: where it
 * returns 1, the one that is broken, by its index in pmapsim_audit_rule().  Of
 * the rules in "excused", a set of bits by that index, it says nothing; the
 * first rule cannot be excused, because all others rely on it.
 */
int machine_audit_rule(struct machine *mach, uint64_t excused, unsigned *rule,
    char *msg, size_t size);

/* Whether "rule" is that of lost pages: every revision has them (museum 36). */
bool audit_rule_is_leaks(unsigned rule);

/*
 * The rules, in the order they run; later ones rely on earlier ones.  Pages and
 * mappings are many: one pass of audit_pages() looks for audit_page_queues()
 * and audit_leaks() too, one of audit_mapped_pages() for audit_writeable().
 */
bool audit_lists(struct audit *a);
bool audit_free_lists(struct audit *a);
bool audit_reservations(struct audit *a);
bool audit_objects(struct audit *a);
bool audit_tables(struct audit *a);
bool audit_kernel_counts(struct audit *a);
bool audit_user_counts(struct audit *a);
bool audit_idle_tables(struct audit *a);
bool audit_superpages(struct audit *a);
bool audit_pv_chunks(struct audit *a);
bool audit_pv_lists(struct audit *a);
bool audit_mapped_pages(struct audit *a);
bool audit_writeable(struct audit *a);
bool audit_pages(struct audit *a);
bool audit_leaks(struct audit *a);
bool audit_page_queues(struct audit *a);
bool audit_maps(struct audit *a);

#endif /* AUDIT_AUDIT_H */
