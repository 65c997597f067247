/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How FreeBSD unwires memory since 2014: it asks the entry's object which pages
 * are wired, and the page table only for what it maps.
 */
#include "vm/pmap.h"
#include "vm/vm_map.h"
#include "vm/vm_page_tree.h"

/*
 * Unwires [start, end), which lies in one entry.
 *
 * FreeBSD vm_object.c vm_object_unwire(), 2014: adapted, what the page table
 * maps loses PG_W page by page, as in 2010.
 */
void
museum_unwire_object(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end)
{
	vm_map_entry_t entry;
	vm_object_t object;
	vm_pindex_t pindex;
	vm_offset_t va;
	vm_page_t m;

	if (!vm_map_lookup_entry(mach, map, start, &entry) ||
	    (entry->eflags & MAP_ENTRY_IS_SUB_MAP) != 0)
		return;
	for (va = start; va < end; va += PAGE_SIZE) {
		if (pmap_extract(mach, map->pmap, va) != 0)
			pmap_change_wiring(mach, map->pmap, va, FALSE);
		object = entry->object.vm_object;
		pindex = atop(va - entry->start + entry->offset);
		m = NULL;
		while (object != NULL &&
		    (m = vm_page_find(object, pindex)) == NULL) {
			pindex += atop(object->backing_object_offset);
			object = object->backing_object;
		}
		if (m != NULL && m->wire_count != 0)
			vm_page_unwire(mach, m, TRUE);
	}
}
