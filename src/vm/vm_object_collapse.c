/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Collapsing shadow chains: two objects become one, or the front one learns
 * to do without the one behind it.
 *
 *	collapse: only "object" uses "backing"	bypass: others use it too
 *
 *	object	  [ab..ef]			object	  [abcdef]
 *	   |					   |	 \
 *	backing   [aBcd..]   ->  [abcdef]	   x	  \
 *	   |			    |		backing   [ABC...]
 *	grand	  [......]	  grand		   |      /
 *						grand	  [......]
 */
#include "vm/pmap.h"
#include "vm/vm_object.h"
#include "vm/vm_page_tree.h"

/*
 * Returns TRUE when no page of the backing object can show through "object".
 *
 * FreeBSD vm_object.c vm_object_backing_scan(OBSC_TEST_ALL_SHADOWED): same, no
 * swap.
 */
static boolean_t
vm_object_all_shadowed(struct machine *mach, vm_object_t object)
{
	vm_object_t backing = object->backing_object;
	vm_pindex_t offset;
	vm_page_t m, front;

	/* What lies in swap or in a file is not known here. */
	if (backing->type != OBJT_DEFAULT)
		return (FALSE);
	offset = atop(object->backing_object_offset);
	TAILQ_FOREACH(m, &backing->memq, listq) {
		if (m->pindex < offset || m->pindex - offset >= object->size)
			continue;
		front = vm_page_find(object, m->pindex - offset);
		if (front == NULL || front->valid == 0)
			return (FALSE);
	}
	return (TRUE);
}

/*
 * Frees a page that nobody can see; a wired one only loses its object.
 *
 * FreeBSD vm_object.c vm_object_backing_scan(), a part of it: same.
 */
static void
vm_object_backing_free(struct machine *mach, vm_page_t m)
{

	KASSERT(!pmap_page_is_mapped(mach, m), ("freeing mapped page PTR"));
	if (m->wire_count == 0)
		vm_page_free(mach, m);
	else
		vm_page_remove(mach, m);
}

/*
 * Moves the pages of the backing object into "object", ascending; those that
 * "object" hides or that lie outside it are freed.  With "wait" a busy page is
 * waited for, otherwise busy and invalid ones are passed over.
 *
 * The reservation goes first: it is recognized by its object, which for the
 * page itself is about to change.
 *
 * FreeBSD vm_object.c vm_object_backing_scan(): same, no swap.
 */
static void
vm_object_backing_scan(struct machine *mach, vm_object_t object, boolean_t wait)
{
	vm_object_t backing = object->backing_object;
	vm_pindex_t offset, pindex;
	vm_page_t m, next;
	FRAME();

	/* From here on no fault may take a page of it. */
	if (wait)
		backing->flags |= OBJ_DEAD;
	offset = atop(object->backing_object_offset);
	for (m = TAILQ_FIRST(&backing->memq); m != NULL; m = next) {
		next = TAILQ_NEXT(m, listq);
		if (wait)
			vm_object_page_sleep(mach, m, "vmocol");
		else if ((m->oflags & VPO_BUSY) != 0 || m->busy != 0 ||
		    m->valid == 0)
			continue;
		KASSERT(m->object == backing,
		    ("vm_object_backing_scan: object mismatch"));
		pindex = m->pindex - offset;
		if (m->pindex < offset || pindex >= object->size ||
		    vm_page_find(object, pindex) != NULL) {
			vm_object_backing_free(mach, m);
			continue;
		}
		vm_reserv_rename(mach, m, object, backing, offset);
		vm_page_rename(mach, m, object, pindex);
	}
}

/*
 * Lets "object" take over pages and place of the backing object, whose one
 * reference is the link between the two, and ends the latter.
 *
 * FreeBSD vm_object.c vm_object_collapse(), a part of it: same.
 */
static void
vm_object_absorb(struct machine *mach, vm_object_t object)
{
	vm_object_t backing = object->backing_object;
	vm_object_t grand = backing->backing_object;

	vm_object_backing_scan(mach, object, TRUE);
	/* Those left belong to wired pages, or to pages that were stolen. */
	if (!LIST_EMPTY(&backing->rvq))
		vm_reserv_break_all(mach, backing);

	LIST_REMOVE(object, shadow_list);
	backing->shadow_count--;
	if (grand != NULL) {
		/* One shadow leaves it as another comes: its count stays. */
		LIST_REMOVE(backing, shadow_list);
		LIST_INSERT_HEAD(&grand->shadow_head, object, shadow_list);
		grand->generation++;
	}
	object->backing_object = grand;
	object->backing_object_offset += backing->backing_object_offset;
	KASSERT(backing->ref_count == 1,
	    ("backing_object PTR was somehow re-referenced during collapse!"));
	vm_object_destroy(mach, backing);
	mach->vm_object->object_collapses++;
}

/*
 * Lets "object" shadow what its backing object shadows instead of that one,
 * which somebody else keeps alive.
 *
 * FreeBSD vm_object.c vm_object_collapse(), a part of it: same.
 */
static void
vm_object_bypass(struct machine *mach, vm_object_t object)
{
	vm_object_t backing = object->backing_object;
	vm_object_t grand = backing->backing_object;

	LIST_REMOVE(object, shadow_list);
	backing->shadow_count--;
	backing->generation++;
	object->backing_object = grand;
	if (grand != NULL) {
		LIST_INSERT_HEAD(&grand->shadow_head, object, shadow_list);
		grand->shadow_count++;
		grand->generation++;
		vm_object_reference(mach, grand);
		object->backing_object_offset += backing->backing_object_offset;
	}
	/* Not its last one, so its end need not be looked for. */
	backing->ref_count--;
	mach->vm_object->object_bypasses++;
}

/*
 * Shortens the chain behind "object" for as long as its next member can be
 * absorbed or bypassed.
 *
 * FreeBSD vm_object.c vm_object_collapse(): same.
 */
void
vm_object_collapse(struct machine *mach, vm_object_t object)
{
	vm_object_t backing;
	FRAME();

	while ((backing = object->backing_object) != NULL) {
		if (backing->handle != NULL ||
		    !vm_object_is_anonymous(backing) ||
		    (backing->flags & OBJ_DEAD) != 0 ||
		    object->handle != NULL || !vm_object_is_anonymous(object) ||
		    (object->flags & OBJ_DEAD) != 0)
			break;
		if (object->paging_in_progress != 0 ||
		    backing->paging_in_progress != 0) {
			/* A fault is on its way through: only what is safe. */
			if (backing->ref_count == 1)
				vm_object_backing_scan(mach, object, FALSE);
			break;
		}
		if (backing->ref_count == 1)
			vm_object_absorb(mach, object);
		else if ((vm_pindex_t)object->resident_page_count ==
			object->size ||
		    vm_object_all_shadowed(mach, object))
			vm_object_bypass(mach, object);
		else
			break;
	}
}
