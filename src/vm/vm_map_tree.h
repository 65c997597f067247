/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entries of one map as a set of ranges: their ring and search tree.
 * Objects, rights and pmaps are vm_map.c's; nothing here can fail or panic.
 */
#ifndef VM_VM_MAP_TREE_H
#define VM_VM_MAP_TREE_H

#include "vm/vm_map.h"

vm_map_entry_t vm_map_entry_splay(vm_offset_t addr, vm_map_entry_t root);
void vm_map_entry_link(vm_map_t map, vm_map_entry_t after,
    vm_map_entry_t entry);
void vm_map_entry_unlink(vm_map_t map, vm_map_entry_t entry);
vm_map_entry_t vm_map_entry_first_fit(vm_map_entry_t root, vm_size_t length);
void vm_map_entry_stretch(vm_map_t map, vm_map_entry_t entry, vm_offset_t end);
void vm_map_entry_split_front(vm_map_t map, vm_map_entry_t entry,
    vm_map_entry_t front, vm_offset_t start);
void vm_map_entry_split_back(vm_map_t map, vm_map_entry_t entry,
    vm_map_entry_t back, vm_offset_t end);
vm_map_entry_t vm_map_entry_absorb_prev(vm_map_t map, vm_map_entry_t entry);
vm_map_entry_t vm_map_entry_absorb_next(vm_map_t map, vm_map_entry_t entry);

/* Makes "entry", which is in the map, its tree's root. */
static inline void
vm_map_entry_raise(vm_map_t map, vm_map_entry_t entry)
{
	if (map->root != entry)
		map->root = vm_map_entry_splay(entry->start, map->root);
}

#endif /* VM_VM_MAP_TREE_H */
