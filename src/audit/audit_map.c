/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules on objects and address maps.
 */
#include "audit/audit.h"
#include "audit/page_tree.h"

/* The splay tree holds the "n" pages of memq, in the same order. */
static bool
audit_object_tree(struct audit *a, const struct vm_object *object, int n)
{
	const struct vm_page *listed, *m;
	struct page_tree tree;

	listed = TAILQ_FIRST(&object->memq);
	page_tree_start(&tree, object->root, (uint64_t)n);
	while ((m = page_tree_next(&tree)) != NULL && m == listed)
		listed = TAILQ_NEXT(listed, listq);
	switch (page_tree_end(&tree)) {
	case PAGE_TREE_NOMEM:
		return (audit_no_memory(a));
	case PAGE_TREE_HOLDS:
		if (m == NULL && listed == NULL)
			return (true);
		/* FALLTHROUGH */
	default:
		return (audit_fails(a,
		    "the splay tree does not hold the %d "
		    "pages of memq",
		    n));
	}
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
			return (audit_fails(a,
			    "page %#llx is on the memq of an "
			    "object that is not its own",
			    (unsigned long long)VM_PAGE_TO_PHYS(m)));
		if (prev != NULL && m->pindex <= prev->pindex)
			return (audit_fails(a,
			    "memq is not ascending at "
			    "pindex %#llx",
			    (unsigned long long)m->pindex));
		if (!audit_own(a, VM_PAGE_TO_PHYS(m), OWNER_OBJECT))
			return (false);
		prev = m;
		n++;
	}
	if (n != object->resident_page_count)
		return (audit_fails(a,
		    "resident_page_count is %d, memq holds "
		    "%d pages",
		    object->resident_page_count, n));
	if (!audit_object_tree(a, object, n))
		return (false);
	if (object->paging_in_progress != 0)
		return (audit_fails(a,
		    "paging_in_progress is %d, and no call runs",
		    object->paging_in_progress));
	LIST_FOREACH(shadow, &object->shadow_head, shadow_list) {
		if (shadow->backing_object != object)
			return (audit_fails(a,
			    "a shadow is listed that is "
			    "backed by another object"));
		if (++shadows > object->shadow_count)
			break; /* a ring, perhaps */
	}
	if (shadows != object->shadow_count)
		return (audit_fails(a,
		    "shadow_count is %d, %d shadows are "
		    "listed",
		    object->shadow_count, shadows));
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
			return (audit_fails(a,
			    "%s: entry [%#llx, %#llx) "
			    "overlaps its neighbour or the map's bounds",
			    name, (unsigned long long)entry->start,
			    (unsigned long long)entry->end));
		if (entry->next->prev != entry)
			return (audit_fails(a,
			    "%s: links are broken at entry "
			    "%#llx",
			    name, (unsigned long long)entry->start));
		end = entry->end;
		size += entry->end - entry->start;
		if (++n > map->nentries)
			break;
	}
	if (n != map->nentries)
		return (audit_fails(a, "%s: nentries is %d, %d are linked",
		    name, map->nentries, n));
	if (size != map->size)
		return (audit_fails(a, "%s: size is %#llx, entries cover %#llx",
		    name, (unsigned long long)map->size,
		    (unsigned long long)size));
	if (map->locks != 0 || map->deferred_freelist != NULL)
		return (audit_fails(a,
		    "%s: locked, or holds deleted entries, and no call runs",
		    name));
	return (true);
}

/* kernel_map, which is in order, and the maps of its parts. */
static bool
audit_kernel_maps(struct audit *a, const struct vm_map_state *st)
{
	const struct vm_map *map = st->kernel_map, *submap;
	const struct vm_map_entry *entry;

	for (entry = map->header.next; entry != &map->header;
	     entry = entry->next) {
		if ((entry->eflags & MAP_ENTRY_IS_SUB_MAP) == 0)
			continue;
		submap = entry->object.sub_map;
		if (!audit_map(a,
			submap == st->kmem_map ? "kmem_map" : "a submap",
			submap))
			return (false);
	}
	return (true);
}

bool
audit_maps(struct audit *a)
{
	const struct vm_map_state *st = a->mach->vm_map;
	const struct vm_map *map;

	if (!audit_map(a, "kernel_map", st->kernel_map) ||
	    !audit_kernel_maps(a, st))
		return (false);
	TAILQ_FOREACH(map, &st->vmspaces, maps)
		if (!audit_map(a, map->pmap->pm_name, map))
			return (false);
	return (true);
}
