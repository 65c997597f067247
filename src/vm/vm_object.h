/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vm_object: a set of pages by index, and its shadow chain.
 */
#ifndef VM_VM_OBJECT_H
#define VM_VM_OBJECT_H

#include "vm/vm_reserv.h"

/* vm_object_madvise()'s advice, as in <sys/mman.h> of FreeBSD. */
#define VM_MADV_WILLNEED 3
#define VM_MADV_DONTNEED 4
#define VM_MADV_FREE 5

#define OBJ_ACTIVE 0x0004
#define OBJ_DEAD 0x0008
#define OBJ_NOSPLIT 0x0010
#define OBJ_NAMED 0x0020 /* not a program's own memory; read since 2018 */
#define OBJ_PIPWNT 0x0040
#define OBJ_MIGHTBEDIRTY 0x0100
#define OBJ_CLEANING 0x0200
#define OBJ_COLORED 0x1000
#define OBJ_ONEMAPPING 0x2000
#define OBJ_DISCONNECTWNT 0x4000

/*
 * An object.  vm_object_allocate() makes it with one reference; map entries
 * and shadows hold further ones; the last vm_object_deallocate() terminates
 * it, which frees its pages and breaks its reservations.  kernel_object and
 * kmem_object live as long as the machine.
 *
 * memq holds the resident pages in ascending order, root is the same set as a
 * splay tree whose shape the reservation search can see.  shadow_head lists
 * the objects that this one backs, the newest first; rvq its reservations, the
 * newest first.
 */
struct vm_object {
	TAILQ_ENTRY(vm_object) object_list; /* all objects, oldest first */
	LIST_HEAD(, vm_object) shadow_head;
	LIST_ENTRY(vm_object) shadow_list;
	struct pglist memq;
	struct vm_page *root;
	vm_pindex_t size; /* pages */
	int generation;
	int ref_count;
	int shadow_count; /* on shadow_head */
	vm_memattr_t memattr;
	objtype_t type;
	uint16_t flags;
	uint16_t pg_color; /* pindex + pg_color == 0 mod 512: 2 MB aligned */
	int paging_in_progress;
	int resident_page_count;
	struct vm_object *backing_object;
	vm_ooffset_t backing_object_offset; /* bytes */
	struct vm_reservlist rvq;
	void *handle; /* non-NULL: named; never here */
	bool uip;     /* charged for swap; vm_map.c sets it */
	bool charge;  /* a size is recorded, even if nobody pays */
	uint64_t id;  /* creation order; the machine's own */
};

TAILQ_HEAD(object_q, vm_object);

/* Made by vm_object_startup(); lives as long as the machine. */
struct vm_object_state {
	struct zone zone;
	struct object_q list; /* oldest first; kernel, kmem in front */
	struct vm_object *kernel_object;
	struct vm_object *kmem_object;
	uint64_t next_id;
	long object_collapses, object_bypasses;
};

#define CHECK_OBJECT(object)                   \
	CHECK_OURS(__func__, object, "object", \
	    zone_holds(&mach->vm_object->zone, (object)))

void vm_object_startup(struct machine *mach);
void vm_object_collapse(struct machine *mach, vm_object_t object);
boolean_t vm_object_coalesce(struct machine *mach, vm_object_t prev_object,
    vm_ooffset_t prev_offset, vm_size_t prev_size, vm_size_t next_size,
    boolean_t reserved);
void vm_object_shadow(struct machine *mach, vm_object_t *object,
    vm_ooffset_t *offset, vm_pindex_t length);
/*
 * The object half of vm_object_split(): moves the pages [offidxstart,
 * offidxstart + size) of "orig" into a new object and returns it; the caller,
 * vm_map, puts it into its entry and drops the entry's reference to "orig".
 * NULL when nothing is to be split.
 */
vm_object_t vm_object_split(struct machine *mach, vm_object_t orig,
    vm_pindex_t offidxstart, vm_pindex_t size);
boolean_t vm_object_populate(struct machine *mach, vm_object_t object,
    vm_pindex_t start, vm_pindex_t end);
void vm_object_madvise(struct machine *mach, vm_object_t object,
    vm_pindex_t pindex, int count, int advise);
void vm_object_clear_flag(vm_object_t object, uint16_t bits);
/* Whose pages are the program's own: the types that shadow and collapse. */
static inline bool
vm_object_is_anonymous(const struct vm_object *object)
{
	return (object->type == OBJT_DEFAULT || object->type == OBJT_SWAP);
}
/*
 * vm_object_deallocate() of a reference that is not the last one and whose end
 * changes nothing else; what is asked for most, by each fault.
 */
static inline void
vm_object_unreference(struct machine *mach, vm_object_t object)
{
	if (object->ref_count > 2)
		object->ref_count--;
	else if (object->ref_count == 2 && object->handle == NULL &&
	    vm_object_is_anonymous(object) && object->shadow_count == 0) {
		object->ref_count = 1;
		object->flags |= OBJ_ONEMAPPING;
	} else
		vm_object_deallocate(mach, object);
}
/* Ends an object without references; its pages go with it. */
void vm_object_terminate(struct machine *mach, vm_object_t object);
/* Gives the emptied structure back. */
void vm_object_destroy(struct machine *mach, vm_object_t object);
/*
 * The first page of the object at or after "pindex", NULL: none.  Turns the
 * tree unless that is the first of all pages.
 */
vm_page_t vm_object_first_page(vm_object_t object, vm_pindex_t pindex);
/* The object's pager fills busy page "m"; FALSE: it has nothing to give. */
boolean_t vm_object_page_in(struct machine *mach, vm_object_t object,
    vm_page_t m);
/* Would sleep on "wmesg" while the object's pages are read or written. */
void vm_object_pip_wait(struct machine *mach, vm_object_t object,
    const char *wmesg);
_Noreturn void vm_object_page_sleep_(struct machine *mach, vm_page_t m,
    const char *wmesg);

/*
 * The thread sleeps on "wmesg" while "m" is busy.  No other thread ends that,
 * so the machine stops.
 */
static inline void
vm_object_page_sleep(struct machine *mach, vm_page_t m, const char *wmesg)
{
	if (__builtin_expect((m->oflags & VPO_BUSY) != 0 || m->busy != 0, 0))
		vm_object_page_sleep_(mach, m, wmesg);
}

#endif /* VM_VM_OBJECT_H */
