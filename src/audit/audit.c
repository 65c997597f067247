/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The audit as a whole: its rules in order, and who owns which frame.
 */
#include "audit/audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const struct audit_rule {
	const char *name;
	const char *what;
	bool (*check)(struct audit *a);
} rules[] = {
    {"lists",
	"all objects, pmaps and address spaces are listed once, "
	"each linked back to the one before",
	audit_lists},
    {"free-lists",
	"free blocks are aligned, disjoint, merged, of one "
	"pool, and their number is each queue's count",
	audit_free_lists},
    {"reservations",
	"popcnt is the number of pages in use; queued "
	"exactly while partial; owned exactly while on an rvq",
	audit_reservations},
    {"objects",
	"memq is ascending, equals the splay tree and "
	"resident_page_count; no object is busy between calls",
	audit_objects},
    {"tables",
	"each table page is in use once and its wire_count is the "
	"number of entries",
	audit_tables},
    {"kernel-counts",
	"the kernel's resident_count and wired_count are "
	"its mappings'",
	audit_kernel_counts},
    {"user-counts",
	"a user pmap's resident_count is its mappings and "
	"table pages, wired_count its wired mappings",
	audit_user_counts},
    {"idle-tables",
	"pm_root holds exactly the page-table pages kept "
	"under superpages, images of them",
	audit_idle_tables},
    {"superpages",
	"a writable 2 MB mapping has M, one with a kept table "
	"has A, and the gauge is their number",
	audit_superpages},
    {"pv-chunks",
	"chunk bitmaps add up to pv_entry_count and "
	"pv_entry_spare",
	audit_pv_chunks},
    {"pv-lists",
	"each managed mapping has exactly one pv entry, and each "
	"pv entry a mapping; PG_SMALL says in which frames pages have any",
	audit_pv_lists},
    {"mapped-pages", "no valid mapping leads to a free page",
	audit_mapped_pages},
    {"writeable",
	"a page with a writable managed mapping has "
	"PG_WRITEABLE",
	audit_writeable},
    {"pages",
	"v_free_count and v_wire_count are the pages that are free "
	"and wired; a free page has one place; aflags say again whether a "
	"page is unmanaged or has an attribute",
	audit_pages},
    {"page-queues",
	"paging queues hold the pages that say so, and their "
	"counts",
	audit_page_queues},
    {"maps",
	"map entries are ordered, disjoint, and add up to size and "
	"nentries; no map is locked between calls",
	audit_maps},
    /* Last, because it finds what a bug of the kernel leaves for good, and an
     * audit ends with the first finding. */
    {"leaks", "no page stays wired for a map entry when its object has ended",
	audit_leaks},
};
#define NRULES (sizeof(rules) / sizeof(rules[0]))

bool
audit_fails(struct audit *a, const char *fmt, ...)
{
	va_list ap;
	int used;

	used = snprintf(a->msg, a->msgsize, "%s: ", a->rule);
	if (used < 0 || (size_t)used >= a->msgsize)
		return (false);
	va_start(ap, fmt);
	vsnprintf(a->msg + used, a->msgsize - (size_t)used, fmt, ap);
	va_end(ap);
	return (false);
}

bool
audit_no_memory(struct audit *a)
{

	a->nomem = true;
	snprintf(a->msg, a->msgsize, "the host has no memory for the recount");
	return (false);
}

bool
audit_own(struct audit *a, vm_paddr_t pa, enum audit_owner owner)
{
	static const char *const names[] = {"none", "a free block",
	    "an unused reservation page", "an object's page", "a table page",
	    "an idle table page", "a pv chunk"};
	uint64_t i = atop(pa);

	if (i >= a->pages)
		return (audit_fails(a, "%#llx, as %s, lies beyond memory",
		    (unsigned long long)pa, names[owner]));
	if (a->owner[i] != OWNER_NONE)
		return (audit_fails(a, "frame %#llx is %s and %s",
		    (unsigned long long)pa, names[a->owner[i]], names[owner]));
	a->owner[i] = (uint8_t)owner;
	return (true);
}

uint64_t
audit_skip_range(const struct audit *a, uint64_t i)
{
	const struct vm_phys_untouched *v;
	int list;

	for (list = 0; list < VM_NFREELIST; list++) {
		v = &a->mach->vm_phys->untouched[list];
		if (i >= atop(v->start) && i < atop(v->end))
			i = atop(v->end);
	}
	return (i);
}

/* Finds between which pages all untouched ranges lie. */
static void
audit_find_untouched(struct audit *a)
{
	const struct vm_phys_untouched *v = a->mach->vm_phys->untouched;
	int list;

	a->untouched = a->pages;
	a->touched = 0;
	for (list = 0; list < VM_NFREELIST; list++) {
		if (v[list].start >= v[list].end)
			continue;
		if (atop(v[list].start) < a->untouched)
			a->untouched = atop(v[list].start);
		if (atop(v[list].end) > a->touched)
			a->touched = atop(v[list].end);
	}
}

/*
 * Walks to the end of a list, or to an element that is not linked back to
 * where the walk came from.  An element has one link back, so the walk cannot
 * come to it a second time, and ends whatever the list's links are.
 */
#define AUDIT_LIST(a, elm, head, field, what)                              \
	do {                                                               \
		__typeof__((head)->tqh_first) *from_ = &(head)->tqh_first; \
                                                                           \
		while (((elm) = *from_) != NULL) {                         \
			if ((elm)->field.tqe_prev != from_)                \
				return (audit_fails((a),                   \
				    "an element of "                       \
				    "the list of " what "s is not linked " \
				    "back to the one before"));            \
			from_ = &(elm)->field.tqe_next;                    \
		}                                                          \
		if ((head)->tqh_last != from_)                             \
			return (audit_fails((a),                           \
			    "the list of " what "s "                       \
			    "does not end with its last element"));        \
	} while (0)

/* The lists that have no count to bound a walk.  All other rules rely on it. */
bool
audit_lists(struct audit *a)
{
	struct machine *mach = a->mach;
	struct vm_object *object;
	struct vm_map *map;
	struct pmap *pmap;

	AUDIT_LIST(a, object, &mach->vm_object->list, object_list, "object");
	AUDIT_LIST(a, pmap, &mach->pmap->list, pm_list, "pmap");
	AUDIT_LIST(a, map, &mach->vm_map->vmspaces, maps, "vmspace");
	return (true);
}

const char *
pmapsim_audit_rule(unsigned index, const char **what)
{

	if (index >= NRULES)
		return (NULL);
	if (what != NULL)
		*what = rules[index].what;
	return (rules[index].name);
}

bool
audit_rule_is_leaks(unsigned rule)
{

	return (rule < NRULES && rules[rule].check == audit_leaks);
}

int
machine_audit(struct machine *mach, char *msg, size_t size)
{
	unsigned rule;

	return (machine_audit_rule(mach, 0, &rule, msg, size));
}

int
machine_audit_rule(struct machine *mach, uint64_t excused, unsigned *rule,
    char *msg, size_t size)
{
	struct audit a = {.mach = mach, .msg = msg, .msgsize = size};
	unsigned i;
	bool holds = true;

	if (msg == NULL)
		a.msgsize = 0;
	if (a.msgsize > 0)
		msg[0] = '\0';
	a.pages = atop(mach->config.mem);
	a.first = atop(mach->config.first);
	audit_find_untouched(&a);
	a.owner = calloc(a.pages, 2);
	if (a.owner == NULL) {
		audit_no_memory(&a);
		return (-1);
	}
	a.empty = a.owner + a.pages;
	for (i = 0; i < NRULES && holds; i++) {
		*rule = i;
		a.rule = rules[i].name;
		holds = rules[i].check(&a);
		if (!holds && !a.nomem && i > 0 && (excused >> i & 1) != 0) {
			holds = true;
			if (a.msgsize > 0)
				msg[0] = '\0';
		}
	}
	free(a.owner);
	if (a.nomem)
		return (-1);
	return (holds ? 0 : 1);
}
