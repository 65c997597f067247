/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules on objects and address maps.
 */
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"

/*
 * Pages in the splay tree below "m", up to "limit".  A tree of pages that were
 * inserted in order is as deep as it is large, too deep for recursion.  The
 * limit is taken on trust when the host has no memory for the walk.
 */
static int
audit_tree_size(const struct vm_page *m, int limit)
{
	const struct vm_page *first[64];
	const struct vm_page **larger, **stack = first;
	size_t depth = 0, size = sizeof(first) / sizeof(first[0]);
	int n = 0;

	while ((m != NULL || depth != 0) && n <= limit) {
		if (m == NULL) {
			m = stack[--depth]->right;
			continue;
		}
		if (depth == size) {
			larger = reallocarray(stack == first ? NULL : stack,
			    size * 2, sizeof(*stack));
			if (larger == NULL) {
				n = limit;
				break;
			}
			if (stack == first)
				memcpy(larger, first, sizeof(first));
			stack = larger;
			size *= 2;
		}
		stack[depth++] = m;
		m = m->left;
		n++;
	}
	if (stack != first)
		free(stack);
	return (n);
}

static bool
audit_object(struct audit *a, const struct vm_object *object)
{
	struct machine *mach = a->mach;
	const struct vm_page *m, *prev = NULL;
	const struct vm_object *shadow;
	int n = 0, shadows = 0;

	TAILQ_FOREACH(m, &object->memq, listq) {
		if (m->object != object)
			return (audit_fails(a, "page %#lx is on the memq of an "
			    "object that is not its own",
			    (unsigned long)VM_PAGE_TO_PHYS(m)));
		if (prev != NULL && m->pindex <= prev->pindex)
			return (audit_fails(a, "memq is not ascending at "
			    "pindex %#lx", (unsigned long)m->pindex));
		if (!audit_own(a, VM_PAGE_TO_PHYS(m), OWNER_OBJECT))
			return (false);
		prev = m;
		n++;
	}
	if (n != object->resident_page_count)
		return (audit_fails(a, "resident_page_count is %d, memq holds "
		    "%d pages", object->resident_page_count, n));
	if (audit_tree_size(object->root, n) != n)
		return (audit_fails(a, "the splay tree does not hold the %d "
		    "pages of memq", n));
	LIST_FOREACH(shadow, &object->shadow_head, shadow_list) {
		if (shadow->backing_object != object)
			return (audit_fails(a, "a shadow is listed that is "
			    "backed by another object"));
		shadows++;
	}
	if (shadows != object->shadow_count)
		return (audit_fails(a, "shadow_count is %d, %d shadows are "
		    "listed", object->shadow_count, shadows));
	return (true);
}

bool
audit_objects(struct audit *a)
{
	struct machine *mach = a->mach;
	const struct vm_object *object;

	TAILQ_FOREACH(object, &mach->vm_object->list, object_list)
		if (!audit_object(a, object))
			return (false);
	return (true);
}

static bool
audit_map(struct audit *a, const char *name, const struct vm_map *map)
{
	const struct vm_map_entry *entry;
	vm_offset_t end = map->min_offset;
	vm_size_t size = 0;
	int n = 0;

	for (entry = map->header.next; entry != &map->header;
	    entry = entry->next) {
		if (entry->start < end || entry->start >= entry->end ||
		    entry->end > map->max_offset)
			return (audit_fails(a, "%s: entry [%#lx, %#lx) overlaps "
			    "its neighbour or the map's bounds", name,
			    (unsigned long)entry->start,
			    (unsigned long)entry->end));
		if (entry->next->prev != entry)
			return (audit_fails(a, "%s: links are broken at entry "
			    "%#lx", name, (unsigned long)entry->start));
		end = entry->end;
		size += entry->end - entry->start;
		if (++n > map->nentries)
			break;
	}
	if (n != map->nentries)
		return (audit_fails(a, "%s: nentries is %d, %d are linked",
		    name, map->nentries, n));
	if (size != map->size)
		return (audit_fails(a, "%s: size is %#lx, entries cover %#lx",
		    name, (unsigned long)map->size, (unsigned long)size));
	return (true);
}

bool
audit_maps(struct audit *a)
{
	const struct vm_map_state *st = a->mach->vm_map;
	const struct vm_map *map;

	if (!audit_map(a, "kernel_map", st->kernel_map))
		return (false);
	if (st->kmem_map != NULL) {
		if (!audit_map(a, "kmem_map", st->kmem_map))
			return (false);
	}
	TAILQ_FOREACH(map, &st->vmspaces, maps)
		if (!audit_map(a, map->pmap->pm_name, map))
			return (false);
	return (true);
}
