/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps of vm_reserv.c that vm_page_alloc() and vm_page_free() take for
 * every page, inline, and what museum_reserv.c shares with vm_reserv.c.  No
 * other file includes this.
 */
#ifndef VM_VM_RESERV_PAGE_H
#define VM_VM_RESERV_PAGE_H

#include "vm/vm_kernels.h"
#include "vm/vm_object.h"
#include "vm/vm_phys.h"

vm_page_t vm_reserv_alloc_search(struct machine *mach, vm_object_t object,
    vm_pindex_t pindex);
void vm_reserv_requeue_first(struct machine *mach, struct vm_reserv *rv)
    __attribute__((cold));

/* The page's place in its 2 MB window. */
static inline vm_pindex_t
VM_RESERV_INDEX(vm_object_t object, vm_pindex_t pindex)
{

	return ((object->pg_color + pindex) & (VM_LEVEL_0_NPAGES - 1));
}

/*
 * Tells whether "rv" is reserved for "object"'s page "pindex".  The window may
 * wrap around 0 after a rename; unsigned arithmetic does not mind.
 *
 * FreeBSD vm_reserv.c vm_reserv_has_pindex(): adapted, with the test of the
 * object, which its callers all make.
 */
static inline bool
vm_reserv_covers(const struct vm_reserv *rv, vm_object_t object,
    vm_pindex_t pindex)
{

	return (rv->object == object &&
	    pindex - rv->pindex < VM_LEVEL_0_NPAGES);
}

/*
 * The first page of the frame that "rv" stands for, whether it is all memory
 * or not: vm_reserv_from_page() the other way.
 */
static inline vm_page_t
vm_reserv_frame(struct machine *mach, const struct vm_reserv *rv)
{

	return ((vm_page_t)(((uintptr_t)rv - mach->reserv_bias) *
	    (VM_LEVEL_0_NPAGES * sizeof(struct vm_page) / sizeof(*rv))));
}

/*
 * Reserves the frame of "m", which vm_phys has just given, for "object"'s
 * window from "first" on.  The caller takes a page of it at once: no
 * reservation stays without.
 *
 * FreeBSD vm_reserv.c vm_reserv_alloc_page(): same, part of it.
 */
static inline struct vm_reserv *
vm_reserv_begin(struct machine *mach, vm_page_t m, vm_object_t object,
    vm_pindex_t first)
{
	struct vm_reserv *rv = vm_reserv_from_page(mach, m);

	KASSERT(vm_reserv_pages(mach, rv) == m,
	    ("vm_reserv_alloc_page: reserv PTR's pages is corrupted"));
	KASSERT(rv->object == NULL,
	    ("vm_reserv_alloc_page: reserv PTR isn't free"));
	LIST_INSERT_HEAD(&object->rvq, rv, objq);
	rv->object = object;
	rv->pindex = first;
	KASSERT(rv->popcnt == 0,
	    ("vm_reserv_alloc_page: reserv PTR's popcnt is corrupted"));
	KASSERT(!rv->inpartpopq,
	    ("vm_reserv_alloc_page: reserv PTR's inpartpopq is TRUE"));
	return (rv);
}

/* An unused page is free, or would hold cached data. */
static inline bool
vm_reserv_page_unused(const struct vm_page *m)
{

	return ((vm_page_flags(m) & (PG_CACHED | PG_FREE)) != 0);
}

/*
 * Whether a run of "size" bytes may begin at "pa": not below "low", at a
 * multiple of "alignment", and crossing no multiple of "boundary" (0: any).
 */
static inline bool
vm_reserv_place_fits(vm_paddr_t pa, vm_paddr_t size, vm_paddr_t low,
    unsigned long alignment, unsigned long boundary)
{

	return (pa >= low && (pa & (alignment - 1)) == 0 &&
	    ((pa ^ (pa + size - 1)) & ~(boundary - 1)) == 0);
}

bool museum_reserv_has_run(struct machine *mach, const struct vm_reserv *rv,
    vm_paddr_t size, vm_paddr_t low, vm_paddr_t high, unsigned long alignment,
    unsigned long boundary);

/*
 * Makes the queued reservation "rv" the last changed.  It most often is.
 */
static inline void
vm_reserv_requeue(struct machine *mach, struct vm_reserv *rv)
{
	struct vm_reservq *queue = &mach->vm_reserv->rvq_partpop;

	if (TAILQ_NEXT(rv, partpopq) == NULL)
		return;
	TAILQ_REMOVE(queue, rv, partpopq);
	TAILQ_INSERT_TAIL(queue, rv, partpopq);
}

/*
 * Counts one more page of "rv" in use.
 *
 * FreeBSD vm_reserv.c vm_reserv_populate(): same.
 */
static inline void
vm_reserv_populate(struct machine *mach, struct vm_reserv *rv)
{
	struct vm_reservq *queue = &mach->vm_reserv->rvq_partpop;

	KASSERT(rv->object != NULL, ("vm_reserv_populate: reserv PTR is free"));
	KASSERT(rv->popcnt < VM_LEVEL_0_NPAGES,
	    ("vm_reserv_populate: reserv PTR is already full"));
	if (++rv->popcnt == VM_LEVEL_0_NPAGES) {
		/* It was partial, and so is queued. */
		TAILQ_REMOVE(queue, rv, partpopq);
		rv->inpartpopq = false;
	} else if (rv->inpartpopq)
		vm_reserv_requeue(mach, rv);
	else {
		rv->inpartpopq = true;
		TAILQ_INSERT_TAIL(queue, rv, partpopq);
	}
}

/*
 * Takes "rv" from the queue of partial reservations, if it is there, and from
 * its object; it is inactive then, whatever its popcnt.
 */
static inline void
vm_reserv_deactivate(struct machine *mach, struct vm_reserv *rv)
{

	if (rv->inpartpopq) {
		TAILQ_REMOVE(&mach->vm_reserv->rvq_partpop, rv, partpopq);
		rv->inpartpopq = false;
	}
	LIST_REMOVE(rv, objq);
	rv->object = NULL;
}

/*
 * Counts one page less of "rv" in use.  With the last one the frame goes back
 * to vm_phys whole; that page is marked and counted free already.
 *
 * FreeBSD vm_reserv.c vm_reserv_depopulate(): same.
 */
static inline void
vm_reserv_depopulate(struct machine *mach, struct vm_reserv *rv)
{

	KASSERT(rv->object != NULL,
	    ("vm_reserv_depopulate: reserv PTR is free"));
	KASSERT(rv->popcnt > 0,
	    ("vm_reserv_depopulate: reserv PTR's popcnt is corrupted"));
	if (--rv->popcnt == 0) {
		vm_reserv_deactivate(mach, rv);
		vm_phys_free_block(mach, vm_reserv_frame(mach, rv),
		    VM_LEVEL_0_ORDER);
		mach->vm_reserv->freed++;
	} else if (__builtin_expect(depopulated_reserv_goes_first(mach), 0))
		vm_reserv_requeue_first(mach, rv);
	else if (rv->inpartpopq)
		vm_reserv_requeue(mach, rv);
	else {
		rv->inpartpopq = true;
		TAILQ_INSERT_TAIL(&mach->vm_reserv->rvq_partpop, rv, partpopq);
	}
}

/*
 * Takes page "index" of the active reservation "rv"; NULL when it is in use,
 * under whatever identity.
 */
static inline vm_page_t
vm_reserv_take(struct machine *mach, struct vm_reserv *rv, vm_pindex_t index)
{
	vm_page_t m;

	m = vm_reserv_frame(mach, rv) + index;
	if (!vm_reserv_page_unused(m))
		return (NULL);
	vm_reserv_populate(mach, rv);
	return (m);
}

/*
 * Allocates "object"'s page "pindex" from its reservation, if need be a new
 * one.  NULL when the page must come from elsewhere.  To be called for
 * coloured objects only.
 *
 * FreeBSD vm_reserv.c vm_reserv_alloc_page(): same; the usual case, that the
 * page last looked at is of the same reservation, goes first.
 */
static inline vm_page_t
vm_reserv_alloc_page(struct machine *mach, vm_object_t object,
    vm_pindex_t pindex)
{
	vm_pindex_t index;
	struct vm_reserv *rv;
	vm_page_t root;

	index = VM_RESERV_INDEX(object, pindex);
	if (pindex < index || pindex >= object->size)
		return (NULL);
	root = object->root;
	if (root != NULL) {
		rv = vm_reserv_from_page(mach, root);
		if (vm_reserv_covers(rv, object, pindex) &&
		    root->pindex != pindex)
			return (vm_reserv_take(mach, rv, index));
	}
	return (vm_reserv_alloc_search(mach, object, pindex));
}

/*
 * Returns the free page "m" to the active reservation of its frame, if there
 * is one; FALSE: it belongs to vm_phys.  Whose page it was does not matter.
 *
 * FreeBSD vm_reserv.c vm_reserv_free_page(): same.
 */
static inline boolean_t
vm_reserv_free_page(struct machine *mach, vm_page_t m)
{
	struct vm_reserv *rv = vm_reserv_from_page(mach, m);

	if (rv->object == NULL)
		return (FALSE);
	vm_reserv_depopulate(mach, rv);
	return (TRUE);
}

#endif /* VM_VM_RESERV_PAGE_H */
