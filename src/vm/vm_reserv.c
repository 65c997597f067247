/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Superpage reservations: when an object first needs a page of a 2 MB window,
 * a whole aligned 2 MB frame is set aside for the window, so that its 512
 * pages, whenever each is asked for, lie where one large mapping needs them.
 *
 * States of a reservation, and what changes them:
 *
 *	inactive --vm_reserv_alloc_page()--> partial <--> full
 *	partial, full: each allocation or free of a page of the frame
 *	partial --last page freed--> inactive (freed: the frame whole)
 *	partial --vm_reserv_reclaim*()--> inactive (reclaimed: page by page)
 *	partial, full --vm_reserv_break_all()--> inactive (broken: page by page)
 *
 * Which pages of an active reservation are in use is not recorded here but
 * read from the pages' flags.
 *
 * What holds between any two calls; the auditor's rule "reservations" recounts
 * each (audit/audit_phys.c):
 *
 *  1. A reservation is active exactly while "object" is set, and then it is
 *     once on that object's rvq.  An inactive one has popcnt 0.
 *  2. popcnt of an active reservation is the number of pages of its frame that
 *     are in use, and at least 1.
 *  3. A reservation is on rvq_partpop, once, exactly while 0 < popcnt < 512;
 *     inpartpopq says so.
 *  4. An unused page of an active reservation is PG_FREE and on no free list of
 *     vm_phys (audit rule "pages").
 */
#include "vm/vm_reserv.h"

#include <stdio.h>

#include "vm/vm_kernels.h"
#include "vm/vm_page_tree.h"
#include "vm/vm_phys.h"
#include "vm/vm_reserv_2022.h"
#include "vm/vm_reserv_page.h"

/*
 * Makes the array, one element per 2 MB of [0, mem).
 *
 * FreeBSD vm_reserv.c vm_reserv_startup(), vm_reserv_init(): adapted, the
 * array costs no simulated memory and a frame's pages are computed.
 */
void
vm_reserv_startup(struct machine *mach)
{
	struct vm_reserv_state *st;
	FRAME_AS("vm_reserv_init");

	st = machine_reserve(mach, sizeof(*st));
	st->nframes = (mach->config.mem + VM_LEVEL_0_SIZE - 1) >>
	    VM_LEVEL_0_SHIFT;
	st->array = machine_reserve(mach,
	    st->nframes * sizeof(struct vm_reserv));
	mach->reserv_bias = vm_page_frame_bias(mach, st->array,
	    sizeof(struct vm_reserv));
	TAILQ_INIT(&st->rvq_partpop);
	mach->vm_reserv = st;
}

/* Simulator only: what FreeBSD keeps in the reservation's field "pages". */
vm_page_t
vm_reserv_pages(struct machine *mach, const struct vm_reserv *rv)
{
	vm_paddr_t pa = vm_reserv_to_phys(mach->vm_reserv, rv);

	if (pa < mach->config.first || pa + VM_LEVEL_0_SIZE > mach->config.mem)
		return (NULL);
	return (phys_to_vm_page(mach, pa));
}

/*
 * Activates a new reservation for the window of "object" that begins at
 * "first", and takes its page "index".  NULL when there is no free frame.
 *
 * FreeBSD vm_reserv.c vm_reserv_alloc_page(): same, its end.
 */
static vm_page_t
vm_reserv_alloc_frame(struct machine *mach, vm_object_t object,
    vm_pindex_t first, vm_pindex_t index)
{
	struct vm_reserv *rv;
	vm_page_t m;

	m = vm_phys_alloc_block(mach, VM_FREEPOOL_DEFAULT, VM_LEVEL_0_ORDER);
	if (m == NULL)
		return (NULL);
	rv = vm_reserv_begin(mach, m, object, first);
	vm_reserv_populate(mach, rv);
	return (m + index);
}

/*
 * Looks for the reservation through the pages around "pindex", and makes one
 * where there is room for it.  The search begins at the root of the object's
 * tree and can be answered by whatever page that is, so it depends on the
 * tree's shape, and leaves it as the kernel's would.
 *
 * FreeBSD vm_reserv.c vm_reserv_alloc_page(): same.
 */
vm_page_t
vm_reserv_alloc_search(struct machine *mach, vm_object_t object,
    vm_pindex_t pindex)
{
	vm_pindex_t first, index, leftcap, rightcap;
	struct vm_reserv *rv;
	vm_page_t mpred, msucc;
	FRAME_AS("vm_reserv_alloc_page");

	index = VM_RESERV_INDEX(object, pindex);
	mpred = object->root;
	msucc = NULL;
	while (mpred != NULL) {
		KASSERT(mpred->pindex != pindex,
		    ("vm_reserv_alloc_page: pindex already allocated"));
		rv = vm_reserv_from_page(mach, mpred);
		if (vm_reserv_covers(rv, object, pindex))
			return (vm_reserv_take(mach, rv, index));
		if (mpred->pindex < pindex) {
			if (msucc != NULL)
				break;
			msucc = TAILQ_NEXT(mpred, listq);
			if (msucc == NULL)
				break;
			KASSERT(msucc->pindex != pindex,
			    ("vm_reserv_alloc_page: pindex already allocated"));
			rv = vm_reserv_from_page(mach, msucc);
			if (vm_reserv_covers(rv, object, pindex))
				return (vm_reserv_take(mach, rv, index));
			if (pindex < msucc->pindex)
				break;
		} else if (msucc == NULL) {
			msucc = mpred;
			mpred = TAILQ_PREV(msucc, pglist, listq);
			continue;
		}
		msucc = NULL;
		mpred = object->root = vm_page_splay(pindex, object->root);
	}

	/*
	 * The neighbours bound the window: by their own reservations where
	 * they have one, else by themselves.
	 */
	if (mpred == NULL)
		leftcap = 0;
	else {
		rv = vm_reserv_from_page(mach, mpred);
		leftcap = rv->object == object ?
		    rv->pindex + VM_LEVEL_0_NPAGES :
		    mpred->pindex + 1;
	}
	if (msucc == NULL)
		rightcap = pindex + VM_LEVEL_0_NPAGES;
	else {
		rv = vm_reserv_from_page(mach, msucc);
		rightcap = rv->object == object ? rv->pindex : msucc->pindex;
	}
	first = pindex - index;
	if (first < leftcap || first + VM_LEVEL_0_NPAGES > rightcap)
		return (NULL);
	/* A file does not grow into its last window; memory may. */
	if (object->size < first + VM_LEVEL_0_NPAGES &&
	    (object->type == OBJT_VNODE ||
		(object->backing_object != NULL &&
		    object->backing_object->type == OBJT_VNODE)))
		return (NULL);
	return (vm_reserv_alloc_frame(mach, object, first, index));
}

/*
 * Returns 0 when all 512 pages of "m"'s frame are in use out of a reservation,
 * else -1.  Whether they are one object's is not looked at.
 *
 * FreeBSD vm_reserv.c vm_reserv_level_iffullpop(): same.
 */
int
vm_reserv_level_iffullpop(struct machine *mach, vm_page_t m)
{

	CHECK_PAGE(m);
	return (vm_reserv_from_page(mach, m)->popcnt == VM_LEVEL_0_NPAGES ? 0 :
									    -1);
}

/*
 * Makes "rv", which has lost a page and is not empty, the next reservation to
 * be broken.
 *
 * FreeBSD vm_reserv.c vm_reserv_depopulate() until 11 April 2009: adapted, its
 * end.
 */
void
vm_reserv_requeue_first(struct machine *mach, struct vm_reserv *rv)
{
	struct vm_reservq *queue = &mach->vm_reserv->rvq_partpop;

	if (rv->inpartpopq)
		TAILQ_REMOVE(queue, rv, partpopq);
	rv->inpartpopq = true;
	TAILQ_INSERT_HEAD(queue, rv, partpopq);
}

/*
 * Makes "rv" inactive and gives its unused pages but "keep" to vm_phys, one by
 * one in ascending order, which merges them as they come.  The pages in use
 * stay where they are, and are from now on ordinary pages.
 */
static void
vm_reserv_dissolve(struct machine *mach, struct vm_reserv *rv, vm_page_t keep)
{
	vm_page_t end, m;

	vm_reserv_deactivate(mach, rv);
	m = vm_reserv_frame(mach, rv);
	for (end = m + VM_LEVEL_0_NPAGES; m < end; m++) {
		if (m == keep)
			continue;
		if (vm_reserv_page_unused(m))
			vm_phys_free_block(mach, m, 0);
		else
			rv->popcnt--;
	}
}

/*
 * Takes the cached page "m", which is in no free list, out of its reservation
 * for use.  Under its old identity that populates the reservation; under
 * another it breaks it.  FALSE when its frame is not reserved.
 *
 * FreeBSD vm_reserv.c vm_reserv_reactivate_page(): same.  Nothing calls it, as
 * no page is ever cached.
 */
boolean_t
vm_reserv_reactivate_page(struct machine *mach, vm_page_t m)
{
	struct vm_reserv *rv;
	FRAME();

	rv = vm_reserv_from_page(mach, m);
	if (rv->object == NULL)
		return (FALSE);
	KASSERT((vm_page_flags(m) & PG_CACHED) != 0,
	    ("vm_reserv_uncache_page: page PTR is not cached"));
	if (m->object == rv->object &&
	    m->pindex - rv->pindex == VM_RESERV_INDEX(m->object, m->pindex)) {
		vm_reserv_populate(mach, rv);
		return (TRUE);
	}
	KASSERT(rv->inpartpopq,
	    ("vm_reserv_uncache_page: reserv PTR's inpartpopq is FALSE"));
	vm_reserv_dissolve(mach, rv, m);
	KASSERT(rv->popcnt == 0,
	    ("vm_reserv_uncache_page: reserv PTR's popcnt is corrupted"));
	mach->vm_reserv->broken++;
	return (TRUE);
}

/*
 * Breaks all reservations of "object", the newest first.
 *
 * FreeBSD vm_reserv.c vm_reserv_break_all(): same.
 */
void
vm_reserv_break_all(struct machine *mach, vm_object_t object)
{
	struct vm_reserv *rv;
	FRAME();

	CHECK_OBJECT(object);
	while ((rv = LIST_FIRST(&object->rvq)) != NULL) {
		KASSERT(rv->object == object,
		    ("vm_reserv_break_all: reserv PTR is corrupted"));
		vm_reserv_dissolve(mach, rv, NULL);
		KASSERT(rv->popcnt == 0,
		    ("vm_reserv_break_all: reserv PTR's popcnt is corrupted"));
		mach->vm_reserv->broken++;
	}
}

/*
 * Takes the partial reservation "rv" from its object to free its unused pages.
 *
 * FreeBSD vm_reserv.c vm_reserv_reclaim(): same.
 */
static void
vm_reserv_reclaim(struct machine *mach, struct vm_reserv *rv)
{
	FRAME();

	KASSERT(rv->inpartpopq,
	    ("vm_reserv_reclaim: reserv PTR's inpartpopq is corrupted"));
	KASSERT(rv->object != NULL, ("vm_reserv_reclaim: reserv PTR is free"));
	vm_reserv_dissolve(mach, rv, NULL);
	KASSERT(rv->popcnt == 0,
	    ("vm_reserv_reclaim: reserv PTR's popcnt is corrupted"));
	mach->vm_reserv->reclaimed++;
}

/*
 * Returns the partial reservation with the fewest pages in use, of several the
 * one changed longest ago.  There is one.
 *
 * Simulator only: the policy laboratory's.
 */
static struct vm_reserv *
vm_reserv_sparsest(struct machine *mach)
{
	struct vm_reserv *rv, *sparsest;

	sparsest = TAILQ_FIRST(&mach->vm_reserv->rvq_partpop);
	TAILQ_FOREACH(rv, &mach->vm_reserv->rvq_partpop, partpopq)
		if (rv->popcnt < sparsest->popcnt)
			sparsest = rv;
	return (sparsest);
}

/*
 * Reclaims the partial reservation that was changed longest ago; FALSE when
 * there is none.
 *
 * FreeBSD vm_reserv.c vm_reserv_reclaim_inactive(): same.
 */
boolean_t
vm_reserv_reclaim_inactive(struct machine *mach)
{
	struct vm_reserv *rv;
	FRAME();

	rv = TAILQ_FIRST(&mach->vm_reserv->rvq_partpop);
	if (rv == NULL)
		return (FALSE);
	if (reclaim_takes_sparsest(mach))
		rv = vm_reserv_sparsest(mach);
	vm_reserv_reclaim(mach, rv);
	return (TRUE);
}

/*
 * Whether the unused pages of "rv" hold a run as vm_reserv_reclaim_contig()
 * wants it.  The kernel of April 2010 does not measure a run at its first page,
 * where it tests the place, and so never finds one of a single page.
 *
 * FreeBSD vm_reserv.c vm_reserv_reclaim_contig(): same, its inner loop.
 */
static bool
vm_reserv_has_run(struct machine *mach, const struct vm_reserv *rv,
    vm_paddr_t size, vm_paddr_t low, vm_paddr_t high, unsigned long alignment,
    unsigned long boundary)
{
	const struct vm_page *m = vm_reserv_frame(mach, rv);
	vm_paddr_t pa, run;
	int i;

	pa = vm_reserv_to_phys(mach->vm_reserv, rv);
	if (pa + VM_LEVEL_0_SIZE - size < low)
		return (false);
	run = 0;
	for (i = 0; i < VM_LEVEL_0_NPAGES; i++, m++, pa += PAGE_SIZE) {
		if (!vm_reserv_page_unused(m)) {
			run = 0;
			continue;
		}
		run += PAGE_SIZE;
		if (run != PAGE_SIZE) {
			if (run >= size)
				return (true);
			continue;
		}
		if (pa + size > high)
			return (false); /* higher pages end higher */
		if (!vm_reserv_place_fits(pa, size, low, alignment, boundary))
			run = 0;
	}
	return (false);
}

/*
 * Reclaims the first partial reservation, the one changed longest ago first,
 * whose unused pages hold a run of "size" bytes in [low, high], starting at a
 * multiple of "alignment" and crossing no multiple of "boundary" bytes (0:
 * any).  FALSE when there is none.
 *
 * FreeBSD vm_reserv.c vm_reserv_reclaim_contig(): same.
 */
boolean_t
vm_reserv_reclaim_contig(struct machine *mach, vm_paddr_t size, vm_paddr_t low,
    vm_paddr_t high, unsigned long alignment, unsigned long boundary)
{
	struct vm_reserv *rv;
	FRAME();

	if (size > VM_LEVEL_0_SIZE - PAGE_SIZE)
		return (FALSE); /* no partial reservation has as much */
	TAILQ_FOREACH(rv, &mach->vm_reserv->rvq_partpop, partpopq)
		if (contig_search_is_museum_piece(mach) ?
			museum_reserv_has_run(mach, rv, size, low, high,
			    alignment, boundary) :
			vm_reserv_has_run(mach, rv, size, low, high, alignment,
			    boundary)) {
			vm_reserv_reclaim(mach, rv);
			return (TRUE);
		}
	return (FALSE);
}

/*
 * Gives page "m" to its reservation, as vm_page_free() does, for a driver that
 * does so once too often.  FALSE when there is no reservation, or when it
 * knows better: from 2013 on it has a bit for each page in use.
 *
 * Simulator only: a driver's error.
 */
boolean_t
vm_reserv_free_again(struct machine *mach, vm_page_t m)
{
	FRAME();

	if (reserv_refuses_second_free(mach) && vm_reserv_page_unused(m))
		return (FALSE);
	return (reserv_follows_ticks(mach) ? vm_reserv_free_page_2022(mach, m) :
					     vm_reserv_free_page(mach, m));
}

/*
 * Gives the reservation of "m"'s frame, if "old_object" has it, to
 * "new_object", whose page 0 is old_object's page "old_object_offset".  The
 * first page of the reservation that moves takes it along.
 *
 * FreeBSD vm_reserv.c vm_reserv_rename(): same.
 */
void
vm_reserv_rename(struct machine *mach, vm_page_t m, vm_object_t new_object,
    vm_object_t old_object, vm_pindex_t old_object_offset)
{
	struct vm_reserv *rv = vm_reserv_from_page(mach, m);

	if (rv->object != old_object)
		return;
	LIST_REMOVE(rv, objq);
	LIST_INSERT_HEAD(&new_object->rvq, rv, objq);
	rv->object = new_object;
	rv->pindex -= old_object_offset;
}

/*
 * Writes how many partial reservations there are and how much they hold back.
 *
 * FreeBSD vm_reserv.c sysctl_vm_reserv_partpopq(): same.
 */
int
vm_reserv_sysctl_partpopq(struct machine *mach, char *buf, size_t size)
{
	const struct vm_reserv *rv;
	int counter, unused_pages;

	counter = 0;
	unused_pages = 0;
	TAILQ_FOREACH(rv, &mach->vm_reserv->rvq_partpop, partpopq) {
		counter++;
		unused_pages += VM_LEVEL_0_NPAGES - rv->popcnt;
	}
	return (snprintf(buf, size,
	    partpopq_is_padded_with_blanks(mach) ?
		"\nLEVEL     SIZE  NUMBER\n\n%5d: %6dK, %6d\n" :
		"\nLEVEL     SIZE  NUMBER\n\n%5.5d: %6.6dK, %6.6d\n",
	    -1, unused_pages * (int)(PAGE_SIZE / 1024), counter));
}
