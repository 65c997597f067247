/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vm_map: address maps of the kernel and of programs.
 */
#ifndef VM_VM_MAP_H
#define VM_VM_MAP_H

#include "vm/vm_object.h"

#define MAP_ENTRY_NOSYNC 0x0001
#define MAP_ENTRY_IS_SUB_MAP 0x0002
#define MAP_ENTRY_COW 0x0004
#define MAP_ENTRY_NEEDS_COPY 0x0008
#define MAP_ENTRY_NOFAULT 0x0010
#define MAP_ENTRY_USER_WIRED 0x0020
#define MAP_ENTRY_IN_TRANSITION 0x0100
#define MAP_ENTRY_NEEDS_WAKEUP 0x0200
#define MAP_ENTRY_NOCOREDUMP 0x0400
#define MAP_ENTRY_WIRE_SKIPPED 0x4000

/* vm_map_insert(): who pays for swap.  Beside the public MAP_*. */
#define MAP_ACC_CHARGED 0x4000
#define MAP_ACC_NO_CHARGE 0x8000

/*
 * A map entry: [start, end) backed by object from offset on, or by a submap,
 * or by nothing yet.  Made by vm_map_insert() and by clipping.  It leaves the
 * ring and the tree in vm_map_delete(), and dies at the map's unlock, which
 * drops its object reference; or at once, when a neighbour absorbs it.
 */
struct vm_map_entry {
	struct vm_map_entry *prev, *next;  /* ascending; header ends the ring */
	struct vm_map_entry *left, *right; /* search tree */
	vm_offset_t start, end;
	vm_size_t adj_free; /* gap after this entry */
	vm_size_t max_free; /* largest gap in the subtree */
	union {
		struct vm_object *vm_object;
		struct vm_map *sub_map;
	} object;
	vm_ooffset_t offset; /* bytes */
	vm_pindex_t lastr;   /* reading in sequence goes on here */
	uint16_t eflags;
	vm_prot_t protection;
	vm_prot_t max_protection;
	uint8_t inheritance;
	int wired_count;
	bool uip; /* charged for swap; all charges succeed */
};

/*
 * A map.  kernel_map and kmem_map are made at boot, other submaps of the
 * kernel's by kmem_suballoc(), and never die; vmspace_alloc() and
 * vmspace_fork() make a program's, with a pmap of its own, vmspace_free() ends
 * it.
 */
struct vm_map {
	struct vm_map_entry header; /* start = max_offset, end = min_offset */
	struct vm_map_entry *root;
	vm_offset_t min_offset, max_offset;
	vm_size_t size; /* bytes mapped */
	int nentries;
	unsigned locks; /* changes begun and not ended: 0 between calls */
	bool system_map;
	struct pmap *pmap;
	struct vm_map_entry *deferred_freelist; /* freed at unlock, by next */
	TAILQ_ENTRY(vm_map) maps;		/* all vmspaces, oldest first */
};

/*
 * What uma_large_malloc() remembers of an allocation: made with it, found
 * through its first page while that has PG_SLAB, dies with uma_large_free().
 */
struct uma_slab {
	vm_offset_t us_data; /* address */
	vm_size_t us_size;   /* bytes, a multiple of PAGE_SIZE */
};

/* Made by vm_map_startup(); the maps come later, with kmem_init(). */
struct vm_map_state {
	struct zone map_zone, entry_zone;
	struct zone slab_zone; /* headers of large mallocs, kern_malloc.c */
	struct kva_state *kva; /* NULL: a kernel with kmem_map */
	struct vm_map *kernel_map;
	struct vm_map *kmem_map;       /* NULL: kmem=0 */
	TAILQ_HEAD(, vm_map) vmspaces; /* oldest first */
	uint64_t next_vmspace;	       /* names their pmaps */
	vm_offset_t daddr;	       /* where mmap starts to search; bytes */
};

/* A map that is there, and has not ended as a vmspace. */
#define CHECK_MAP(map)                                           \
	do {                                                     \
		NONNULL(map);                                    \
		if (__builtin_expect((map)->pmap == NULL, 0))    \
			vm_map_freed(mach, __func__);            \
		CHECK_OURS(__func__, map, "map",                 \
		    zone_holds(&mach->vm_map->map_zone, (map))); \
	} while (0)
_Noreturn void vm_map_freed(struct machine *mach, const char *func);

void vm_map_startup(struct machine *mach);
vm_map_t vm_map_create(struct machine *mach, pmap_t pmap, vm_offset_t min,
    vm_offset_t max);
/* kmem_init() and kmeminit(): kernel_map, then kmem_map when configured. */
void kmem_init(struct machine *mach, vm_offset_t virtual_avail,
    vm_offset_t virtual_end);
boolean_t vm_map_lookup_entry(struct machine *mach, vm_map_t map,
    vm_offset_t address, vm_map_entry_t *entry);
int vm_map_findspace(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_size_t length, vm_offset_t *addr);
void vm_map_simplify_entry(struct machine *mach, vm_map_t map,
    vm_map_entry_t entry);
vm_map_entry_t vm_map_entry_create(struct machine *mach, vm_map_t map);
void vm_map_clip_start(struct machine *mach, vm_map_t map, vm_map_entry_t entry,
    vm_offset_t start);
void vm_map_clip_end(struct machine *mach, vm_map_t map, vm_map_entry_t entry,
    vm_offset_t end);
/* Makes the entry's object when it has none; its size is the entry's. */
void vm_map_entry_object_create(struct machine *mach, vm_map_entry_t entry);
int vm_map_delete(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end);
int vm_map_submap(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end, vm_map_t submap);
void vm_map_lock(struct machine *mach, vm_map_t map);
void vm_map_unlock(struct machine *mach, vm_map_t map);
int vm_map_lookup(struct machine *mach, vm_map_t *map, vm_offset_t vaddr,
    vm_prot_t fault_type, vm_map_entry_t *entry, vm_object_t *object,
    vm_pindex_t *pindex, vm_prot_t *prot, boolean_t *wired);
void vm_map_pmap_enter(struct machine *mach, vm_map_t map, vm_offset_t addr,
    vm_prot_t prot, vm_object_t object, vm_pindex_t pindex, vm_size_t size,
    int flags);

/* Clamps [*start, *end) to the map, and to nothing when reversed. */
static inline void
vm_map_range_check(const struct vm_map *map, vm_offset_t *start,
    vm_offset_t *end)
{
	if (*start < map->min_offset)
		*start = map->min_offset;
	if (*end > map->max_offset)
		*end = map->max_offset;
	if (*start > *end)
		*start = *end;
}

/* Device memory: its pages are not the kernel's to wire or free. */
static inline bool
vm_map_entry_fictitious(const struct vm_map_entry *entry)
{
	return ((entry->eflags & MAP_ENTRY_IS_SUB_MAP) == 0 &&
	    entry->object.vm_object != NULL &&
	    (entry->object.vm_object->type == OBJT_DEVICE ||
		entry->object.vm_object->type == OBJT_SG));
}

/*
 * Whether somebody is charged for what the entry maps.
 *
 * FreeBSD vm_map.c ENTRY_CHARGED(): same.
 */
static inline bool
vm_map_entry_charged(const struct vm_map_entry *entry)
{
	return (entry->uip ||
	    (entry->object.vm_object != NULL && entry->object.vm_object->uip &&
		(entry->eflags & MAP_ENTRY_NEEDS_COPY) == 0));
}

/* To vm_map_lookup(), beside rights: by the highest that the entry may get. */
#define VM_PROT_OVERRIDE_WRITE 0x10

/* vm_fault_populate.c; a fault that is made for it has this flag. */
#define VM_FAULT_POPULATING 0x100
void vm_fault_populate(struct machine *mach, vm_map_t map, vm_map_entry_t entry,
    vm_offset_t va, vm_page_t m, vm_prot_t fault_type);
/*
 * vm_fault_wire.c; its faults have VM_FAULT_CHANGE_WIRING, and this one where a
 * program wires what it asked to read.
 */
#define VM_FAULT_USER_WIRE 2
int vm_fault_wire(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end, boolean_t user_wire, boolean_t fictitious);
void vm_fault_unwire(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end, boolean_t fictitious);
void vm_fault_copy_entry(struct machine *mach, vm_map_t dst_map,
    vm_map_t src_map, vm_map_entry_t dst_entry, vm_map_entry_t src_entry);
/* Stops the machine: "va", which is unwired, maps "pa", which is no memory. */
_Noreturn void vm_fault_unwire_trap(struct machine *mach, vm_offset_t va,
    vm_paddr_t pa);
/* museum_unwire.c: vm_fault_unwire() by way of the object. */
void museum_unwire_object(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end);
/* kmem_alloc_wait(), kmem_free_wakeup(): vm_kern.c */
vm_offset_t kmem_alloc_wait(struct machine *mach, vm_map_t map, vm_size_t size);
void kmem_free_wakeup(struct machine *mach, vm_map_t map, vm_offset_t addr,
    vm_size_t size);

#endif /* VM_VM_MAP_H */
