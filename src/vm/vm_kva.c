/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arenas of kernel addresses.  Which address an allocation gets is part of
 * the result: its 2 MB region decides the reservation that its pages come
 * from.  So the lists are searched as vmem's are: by size classes, the newest
 * segment of a class first, and the first that is large enough is taken; it is
 * neither the smallest nor the lowest.
 */
#include "vm/vm_kva.h"

#include "vm/vm_map.h"

#define KVA_QUANTUM UINT64_C(0x200000) /* what the kernel arena gives */
#define KVA_IMPORT (2 * KVA_QUANTUM)   /* kernel_map: beyond what is asked */
#define KVA_EXACT 32		       /* sizes below have a list each */
#define KVA_LISTS (KVA_EXACT + 32)
#define KVA_BUCKETS 65536
#define KVA_SEGMENTS ((size_t)1 << 22)

/*
 * A segment of the domain's arena.  Made by an import or when a segment is
 * cut, and always on the list of all, by address.  A free one is on the list
 * of its size class; one in use is in the hash of addresses.  It dies when a
 * neighbour takes it in.
 */
struct kva_segment {
	TAILQ_ENTRY(kva_segment) all;
	LIST_ENTRY(kva_segment) class; /* of its size, or its hash bucket */
	vm_offset_t start;
	vm_size_t size; /* bytes */
	bool free;
};
LIST_HEAD(kva_list, kva_segment);

/* Made by kva_startup(); lives as long as the machine. */
struct kva_state {
	struct zone zone; /* of segments */
	TAILQ_HEAD(kva_segments, kva_segment) all;
	struct kva_list free[KVA_LISTS]; /* the newest first */
	struct kva_list *used;		 /* [KVA_BUCKETS] */
	vm_offset_t next, end;		 /* what the kernel arena has left */
};

/*
 * Makes the arenas, empty.
 *
 * FreeBSD vm_kern.c kmem_init(): adapted, its part for arenas.
 */
void
kva_startup(struct machine *mach)
{
	struct kva_state *st;

	st = machine_reserve(mach, sizeof(*st));
	mach->vm_map->kva = st;
	zone_init(mach, &st->zone, "vmem btag", sizeof(struct kva_segment),
	    KVA_SEGMENTS);
	TAILQ_INIT(&st->all);
	st->used = machine_reserve(mach, KVA_BUCKETS * sizeof(*st->used));
}

/* The list of free segments of "size" bytes: one a size, then one a power. */
static inline unsigned
kva_class(vm_size_t size)
{
	const vm_size_t pages = atop(size);

	if (pages < KVA_EXACT)
		return ((unsigned)pages);
	return (KVA_EXACT - 5 + 63 - (unsigned)__builtin_clzll(pages));
}

static inline struct kva_list *
kva_bucket(struct kva_state *st, vm_offset_t addr)
{

	return (&st->used[atop(addr) % KVA_BUCKETS]);
}

/* Makes "seg" the newest free segment of its class. */
static void
kva_segment_free(struct kva_state *st, struct kva_segment *seg)
{

	seg->free = true;
	LIST_INSERT_HEAD(&st->free[kva_class(seg->size)], seg, class);
}

/* A segment of [start, start + size), on no list yet. */
static struct kva_segment *
kva_segment_make(struct machine *mach, vm_offset_t start, vm_size_t size)
{
	struct kva_segment *seg;

	seg = zone_alloc(mach, &mach->vm_map->kva->zone);
	seg->start = start;
	seg->size = size;
	return (seg);
}

/*
 * Takes the free neighbours of "seg", which is on the list of all and on no
 * other, into it, and frees the whole.
 *
 * FreeBSD subr_vmem.c vmem_xfree(): same.
 */
static void
kva_segment_merge(struct machine *mach, struct kva_segment *seg)
{
	struct kva_state *st = mach->vm_map->kva;
	struct kva_segment *near;

	near = TAILQ_NEXT(seg, all);
	if (near != NULL && near->free &&
	    seg->start + seg->size == near->start) {
		seg->size += near->size;
		LIST_REMOVE(near, class);
		TAILQ_REMOVE(&st->all, near, all);
		zone_free(mach, &st->zone, near);
	}
	near = TAILQ_PREV(seg, kva_segments, all);
	if (near != NULL && near->free &&
	    near->start + near->size == seg->start) {
		seg->size += near->size;
		seg->start = near->start;
		LIST_REMOVE(near, class);
		TAILQ_REMOVE(&st->all, near, all);
		zone_free(mach, &st->zone, near);
	}
	kva_segment_free(st, seg);
}

/*
 * Takes "size" bytes, a multiple of 2 MB, for the domain's arena.  False:
 * kernel_map has no room.
 *
 * FreeBSD vm_kern.c kva_import(): same, and vmem's cutting of what it gave.
 */
static bool
kva_import(struct machine *mach, vm_size_t size, vm_offset_t *addr)
{
	struct kva_state *st = mach->vm_map->kva;
	vm_map_t map = mach->vm_map->kernel_map;
	vm_offset_t from;

	if (st->end - st->next < size) {
		from = map->min_offset;
		/* The page tables come with it. */
		if (vm_map_find(mach, map, NULL, 0, &from, size + KVA_IMPORT,
			VMFS_ANY_SPACE, VM_PROT_ALL, VM_PROT_ALL,
			MAP_NOFAULT) != KERN_SUCCESS)
			return (false);
		/* It follows what is left, unless something lies between. */
		if (from != st->end)
			st->next = from;
		st->end = from + size + KVA_IMPORT;
	}
	*addr = st->next;
	st->next += size;
	return (true);
}

/* The first free segment that is large enough; NULL: none is. */
static struct kva_segment *
kva_find(struct kva_state *st, vm_size_t size)
{
	struct kva_segment *seg;
	unsigned i;

	for (i = kva_class(size); i < KVA_LISTS; i++)
		LIST_FOREACH(seg, &st->free[i], class)
			if (seg->size >= size)
				return (seg);
	return (NULL);
}

/*
 * Takes "size" bytes from the domain's arena, from the start of the segment
 * that is found.
 *
 * FreeBSD subr_vmem.c vmem_xalloc(): adapted, only what kmem_malloc() asks for.
 */
vm_offset_t
kva_alloc(struct machine *mach, vm_size_t size)
{
	struct kva_state *st = mach->vm_map->kva;
	struct kva_segment *rest, *seg;
	vm_size_t import;
	vm_offset_t addr;

	seg = kva_find(st, size);
	if (seg == NULL) {
		/*
		 * A free segment at the arena's end is not counted as a part of
		 * it.
		 */
		import = (size + KVA_QUANTUM - 1) & ~(KVA_QUANTUM - 1);
		if (!kva_import(mach, import, &addr))
			return (0);
		seg = kva_segment_make(mach, addr, import);
		TAILQ_INSERT_TAIL(&st->all, seg, all);
		kva_segment_merge(mach, seg);
		seg = kva_find(st, size);
	}
	LIST_REMOVE(seg, class);
	if (seg->size > size) {
		rest = kva_segment_make(mach, seg->start + size,
		    seg->size - size);
		TAILQ_INSERT_AFTER(&st->all, seg, rest, all);
		kva_segment_free(st, rest);
		seg->size = size;
	}
	seg->free = false;
	LIST_INSERT_HEAD(kva_bucket(st, seg->start), seg, class);
	return (seg->start);
}

/*
 * See vm_kva.h.
 *
 * Simulator only: callers' rules are looked at with it.
 */
vm_size_t
kva_size(const struct machine *mach, vm_offset_t addr)
{
	const struct kva_segment *seg;

	LIST_FOREACH(seg, kva_bucket(mach->vm_map->kva, addr), class)
		if (seg->start == addr)
			return (seg->size);
	return (0);
}

/*
 * Gives [addr, addr + size) back to the domain's arena.  The kernel cannot find
 * a segment that it did not give.
 *
 * FreeBSD subr_vmem.c vmem_xfree(): same.
 */
void
kva_free(struct machine *mach, vm_offset_t addr, vm_size_t size)
{
	struct kva_state *st = mach->vm_map->kva;
	struct kva_segment *seg;

	LIST_FOREACH(seg, kva_bucket(st, addr), class)
		if (seg->start == addr)
			break;
	if (seg == NULL || seg->size != size)
		stop("kmem_free: va %#llx, %llu bytes, is no allocation of the "
		     "kernel's",
		    (unsigned long long)addr, (unsigned long long)size);
	LIST_REMOVE(seg, class);
	kva_segment_merge(mach, seg);
}
