/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What reservations of 2022 do otherwise than those of 2010 (vm_reserv.c has
 * their states, which are the old ones).
 *
 * The queue of partial reservations is in the order of their last change, but
 * within one clock tick only the first change counts: the queue's lock is
 * taken less often so.  Whether memory is short is asked when a page is found,
 * not before.  A new reservation is bounded by the pages before and behind by
 * index, and may reach over the end of an object whose pages nobody names.
 */
#include "vm/vm_reserv_2022.h"

#include "vm/vm_kernels.h"
#include "vm/vm_page_tree.h"
#include "vm/vm_phys.h"
#include "vm/vm_reserv_page.h"

/* Takes "rv" from the queue of partial reservations, if it is there. */
static inline void
reserv_dequeue(struct machine *mach, struct vm_reserv *rv)
{

	if (!rv->inpartpopq)
		return;
	TAILQ_REMOVE(&mach->vm_reserv->rvq_partpop, rv, partpopq);
	rv->inpartpopq = false;
}

/* Makes "rv", which is not queued, the last changed. */
static inline void
reserv_enqueue(struct machine *mach, struct vm_reserv *rv)
{

	rv->inpartpopq = true;
	TAILQ_INSERT_TAIL(&mach->vm_reserv->rvq_partpop, rv, partpopq);
}

/*
 * Counts page "index" of "rv" in use.
 *
 * FreeBSD vm_reserv.c vm_reserv_populate(), 2022: adapted, the page's own
 * PG_FREE is its bit.
 */
static inline void
reserv_populate(struct machine *mach, struct vm_reserv *rv)
{

	KASSERT(rv->object != NULL, ("vm_reserv_populate: reserv PTR is free"));
	KASSERT(rv->popcnt < VM_LEVEL_0_NPAGES,
	    ("vm_reserv_populate: reserv PTR is already full"));
	rv->popcnt++;
	if (mach->ticks == rv->lasttick && rv->inpartpopq &&
	    rv->popcnt != VM_LEVEL_0_NPAGES)
		return;
	rv->lasttick = mach->ticks;
	reserv_dequeue(mach, rv);
	if (rv->popcnt != VM_LEVEL_0_NPAGES)
		reserv_enqueue(mach, rv);
}

/*
 * Counts one page less of "rv" in use.  One that was full, and so is not
 * queued, stays unqueued when it became full within this tick: then no reclaim
 * finds its unused pages until it changes again in a later one.  Found by
 * running this code; the remedy is one condition more.
 *
 * FreeBSD vm_reserv.c vm_reserv_depopulate(), 2022: same, with the remedy.
 */
static void
reserv_depopulate(struct machine *mach, struct vm_reserv *rv)
{

	KASSERT(rv->object != NULL,
	    ("vm_reserv_depopulate: reserv PTR is free"));
	KASSERT(rv->popcnt > 0,
	    ("vm_reserv_depopulate: reserv PTR's popcnt is corrupted"));
	rv->popcnt--;
	if (mach->ticks != rv->lasttick || rv->popcnt == 0 ||
	    (!rv->inpartpopq && depopulated_reserv_is_queued(mach))) {
		reserv_dequeue(mach, rv);
		if (rv->popcnt != 0)
			reserv_enqueue(mach, rv);
		rv->lasttick = mach->ticks;
	}
	if (rv->popcnt != 0)
		return;
	LIST_REMOVE(rv, objq);
	rv->object = NULL;
	vm_phys_free_block(mach, vm_reserv_frame(mach, rv), VM_LEVEL_0_ORDER);
	mach->vm_reserv->freed++;
}

boolean_t
vm_reserv_free_page_2022(struct machine *mach, vm_page_t m)
{
	struct vm_reserv *rv = vm_reserv_from_page(mach, m);

	if (rv->object == NULL)
		return (FALSE);
	reserv_depopulate(mach, rv);
	return (TRUE);
}

/*
 * Whether a request like "req" may have one of the pages that are free.
 *
 * FreeBSD vm_page.c vm_domain_allocate(): same, for one page.
 */
static inline bool
page_gate(struct machine *mach, int req)
{
	const unsigned count = mach->cnt.v_free_count;

	if (count > mach->cnt.v_free_reserved)
		return (true);
	switch (req & VM_ALLOC_CLASS_MASK) {
	case VM_ALLOC_INTERRUPT:
		return (count > 0);
	case VM_ALLOC_SYSTEM:
		return (count > mach->cnt.v_interrupt_free_min);
	default:
		return (false);
	}
}

/* Takes page "pindex" from "rv", which covers it; NULL: in use, or the gate. */
static inline vm_page_t
reserv_take(struct machine *mach, struct vm_reserv *rv, vm_object_t object,
    vm_pindex_t pindex, int req)
{
	vm_page_t m;

	m = vm_reserv_frame(mach, rv) + VM_RESERV_INDEX(object, pindex);
	if (!vm_reserv_page_unused(m) || !page_gate(mach, req))
		return (NULL);
	reserv_populate(mach, rv);
	return (m);
}

/*
 * Makes a reservation for the window of "pindex" and takes that page from it.
 * NULL when the pages "mpred" before and "msucc" behind, or the object's end,
 * leave no room, or memory does not.
 *
 * FreeBSD vm_reserv.c vm_reserv_alloc_page(), 2022: same, its end.
 */
static vm_page_t __attribute__((noinline))
reserv_make(struct machine *mach, vm_object_t object, vm_pindex_t pindex,
    vm_page_t mpred, vm_page_t msucc, int req)
{
	const vm_pindex_t index = VM_RESERV_INDEX(object, pindex);
	const vm_pindex_t first = pindex - index;
	const vm_pindex_t end = first + VM_LEVEL_0_NPAGES;
	struct vm_reserv *rv;
	vm_page_t m;

	if (mpred != NULL) {
		rv = vm_reserv_from_page(mach, mpred);
		if (first < (rv->object == object ?
				    rv->pindex + VM_LEVEL_0_NPAGES :
				    mpred->pindex + 1))
			return (NULL);
	}
	if (msucc != NULL) {
		rv = vm_reserv_from_page(mach, msucc);
		if (end > (rv->object == object ? rv->pindex : msucc->pindex))
			return (NULL);
	}
	/* Memory may grow into its last window; a file does not. */
	if (end > object->size &&
	    (!vm_object_is_anonymous(object) ||
		(object->flags & OBJ_NAMED) != 0) &&
	    reserv_tail_is_anonymous(mach))
		return (NULL);
	if (!page_gate(mach, req))
		return (NULL);
	m = vm_phys_alloc_block(mach, VM_FREEPOOL_DEFAULT, VM_LEVEL_0_ORDER);
	if (m == NULL)
		return (NULL);
	rv = vm_reserv_begin(mach, m, object, first);
	reserv_populate(mach, rv);
	return (m + index);
}

/*
 * Allocates "object"'s page "pindex" from the reservation of the page before
 * or, failing that, behind it; else from a new one.  NULL when the page must
 * come from elsewhere, or from nowhere.
 *
 * FreeBSD vm_reserv.c vm_reserv_alloc_page(), 2022: adapted, the neighbours are
 * found here.
 */
static vm_page_t
reserv_alloc_page(struct machine *mach, vm_object_t object, vm_pindex_t pindex,
    int req)
{
	struct vm_reserv *rv;
	vm_page_t mpred, msucc;

	if (pindex < VM_RESERV_INDEX(object, pindex) || pindex >= object->size)
		return (NULL);
	mpred = object->root;
	msucc = NULL;
	/* Pages that are allocated in order come each behind the root. */
	if (mpred != NULL && mpred->pindex + 1 != pindex) {
		mpred = object->root = vm_page_splay(pindex, mpred);
		KASSERT(mpred->pindex != pindex,
		    ("vm_reserv_alloc_page: pindex already allocated"));
		if (mpred->pindex > pindex) {
			msucc = mpred;
			mpred = TAILQ_PREV(msucc, pglist, listq);
		}
	}
	if (mpred != NULL) {
		rv = vm_reserv_from_page(mach, mpred);
		if (vm_reserv_covers(rv, object, pindex))
			return (reserv_take(mach, rv, object, pindex, req));
		if (msucc == NULL)
			msucc = TAILQ_NEXT(mpred, listq);
	}
	if (msucc != NULL) {
		rv = vm_reserv_from_page(mach, msucc);
		if (vm_reserv_covers(rv, object, pindex))
			return (reserv_take(mach, rv, object, pindex, req));
	}
	return (reserv_make(mach, object, pindex, mpred, msucc, req));
}

/*
 * See vm_reserv_2022.h.
 *
 * FreeBSD vm_page.c vm_page_alloc_domain_after(), its search for the page:
 * adapted, there are no caches of pages.
 */
vm_page_t
vm_page_take_2022(struct machine *mach, vm_object_t object, vm_pindex_t pindex,
    int req)
{
	const int pool = object != NULL ? VM_FREEPOOL_DEFAULT :
					  VM_FREEPOOL_DIRECT;
	vm_page_t m;

	do {
		if (object != NULL && (object->flags & OBJ_COLORED) != 0 &&
		    object->type != OBJT_DEVICE && object->type != OBJT_SG) {
			m = reserv_alloc_page(mach, object, pindex, req);
			if (m != NULL)
				return (m);
		}
		if (!page_gate(mach, req))
			return (NULL);
		m = vm_phys_alloc_block(mach, pool, 0);
		if (m != NULL)
			return (m);
	} while (vm_reserv_reclaim_inactive(mach));
	return (NULL);
}
