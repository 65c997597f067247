/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects: how they are made, referenced, put in front of one another, split,
 * extended and ended.
 *
 * A chain of objects is read from the top: a page of the front object hides
 * the one at the same place in the object that backs it.  Chains grow at
 * vm_object_shadow() and vm_object_split(), when a program forks and writes,
 * and are shortened by vm_object_collapse() (vm_object_collapse.c).
 *
 * In the order: making, references, end, chains, extending, what is public.
 *
 * What holds between any two calls:
 *
 *  1. Each object is listed once in the machine's list (audit rule "lists").
 *  2. shadow_count is the number of the objects on shadow_head, and the backing
 *     object of each is this one (audit rule "objects").
 *  3. No page stays wired for a map entry when its object has ended (audit rule
 *     "leaks").
 */
#include "vm/vm_object.h"

#include "vm/vm_kernels.h"

/* Objects that one machine can hold at a time; address space only. */
#define VM_OBJECT_MAX ((size_t)1 << 20)

/*
 * Makes the list of objects and the kernel's two.  Both are coloured so that
 * a page's index in them agrees, modulo 512, with its kernel address: what a
 * reservation of theirs fills can be mapped by one 2 MB entry.
 *
 * FreeBSD vm_object.c vm_object_init(): adapted, the two objects come from the
 * zone like all others.
 */
void
vm_object_startup(struct machine *mach)
{
	struct vm_object_state *st;
	struct vm_object *object;
	vm_offset_t first;
	int i;

	st = machine_reserve(mach, sizeof(*st));
	mach->vm_object = st;
	zone_init(mach, &st->zone, "VM OBJECT", sizeof(struct vm_object),
	    VM_OBJECT_MAX);
	TAILQ_INIT(&st->list);
	first = vm_min_kernel_address(mach);
	for (i = 0; i < (kernel_memory_has_arenas(mach) ? 1 : 2); i++) {
		/* One page less than the addresses would hold. */
		object = vm_object_allocate(mach, OBJT_PHYS,
		    atop(VM_MAX_KERNEL_ADDRESS - first));
		pmapsim_object_color(mach, object, (uint16_t)atop(first));
		if (i == 0)
			st->kernel_object = object;
		/* Where there is one object only it is both. */
		st->kmem_object = object;
	}
}

/*
 * Returns a new object of "size" pages with one reference, the caller's.  One
 * that holds a program's own memory starts as the only one mapped.
 *
 * FreeBSD vm_object.c vm_object_allocate(): same.
 */
vm_object_t
vm_object_allocate(struct machine *mach, objtype_t type, vm_pindex_t size)
{
	struct vm_object_state *st = mach->vm_object;
	struct vm_object *object;
	FRAME();

	object = zone_alloc(mach, &st->zone);
	TAILQ_INIT(&object->memq);
	object->type = type;
	object->size = size;
	object->generation = 1;
	object->ref_count = 1;
	object->memattr = VM_MEMATTR_DEFAULT;
	if (vm_object_is_anonymous(object))
		object->flags = OBJ_ONEMAPPING;
	object->id = st->next_id++;
	TAILQ_INSERT_TAIL(&st->list, object, object_list);
	return (object);
}

/*
 * Clears "bits" of the object's flags.
 *
 * FreeBSD vm_object.c vm_object_clear_flag(): same.
 */
void
vm_object_clear_flag(vm_object_t object, uint16_t bits)
{

	object->flags &= (uint16_t)~bits;
}

/*
 * Adds a reference to "object"; NULL is ignored.
 *
 * FreeBSD vm_object.c vm_object_reference(): same, no vnodes.
 */
void
vm_object_reference(struct machine *mach, vm_object_t object)
{

	if (object != NULL)
		object->ref_count++;
}

/*
 * Stops the machine at a sleep for the busy page "m".
 *
 * Stub: FreeBSD vm_page.h vm_page_sleep_if_busy(), but nothing ends a sleep.
 */
void
vm_object_page_sleep_(struct machine *mach, vm_page_t m, const char *wmesg)
{

	stop(
	    "sleeping on \"%s\": page %#llx, pindex %#llx, is busy and nothing "
	    "wakes it",
	    wmesg, (unsigned long long)VM_PAGE_TO_PHYS(m),
	    (unsigned long long)m->pindex);
}

/*
 * Stops the machine if the object's paging_in_progress is not zero.
 *
 * Stub: FreeBSD vm_object.c vm_object_pip_wait(), but nothing ends a sleep.
 */
void
vm_object_pip_wait(struct machine *mach, vm_object_t object, const char *wmesg)
{

	if (__builtin_expect(object->paging_in_progress > 0, 0))
		stop("sleeping on \"%s\": paging in progress and nothing ends "
		     "it",
		    wmesg);
}

/*
 * Returns the object that backs "object" after having taken "object" off its
 * list; NULL when nothing does.  The reference stays for the caller to drop.
 *
 * FreeBSD vm_object.c vm_object_deallocate(), a part of it: same.
 */
static vm_object_t
vm_object_unshadow(vm_object_t object)
{
	vm_object_t backing = object->backing_object;

	if (backing == NULL)
		return (NULL);
	LIST_REMOVE(object, shadow_list);
	backing->shadow_count--;
	backing->generation++;
	object->backing_object = NULL;
	return (backing);
}

/*
 * Returns the one object in front of "object", with a reference added, when
 * it is only that one that still needs "object", so that the two should
 * become one; NULL otherwise.
 *
 * FreeBSD vm_object.c vm_object_deallocate(), a part of it: same.
 */
static vm_object_t
vm_object_sole_child(struct machine *mach, vm_object_t object)
{
	vm_object_t child;

	if (object->shadow_count != 1)
		return (NULL);
	child = LIST_FIRST(&object->shadow_head);
	KASSERT(child != NULL,
	    ("vm_object_deallocate: ref_count: %d, shadow_count: %d",
		object->ref_count, object->shadow_count));
	if ((child->flags & OBJ_DEAD) != 0 || child->handle != NULL ||
	    !vm_object_is_anonymous(child))
		return (NULL);
	/* Against its end while the kernel would sleep. */
	child->ref_count++;
	vm_object_pip_wait(mach, child, "objde1");
	vm_object_pip_wait(mach, object, "objde2");
	return (child);
}

/*
 * Drops a reference to "object"; NULL is ignored.  The last one ends it and
 * drops its own reference to what backs it, and so on down the chain.  One
 * left may be a shadow's alone: then the two are collapsed, and the walk
 * continues at the shadow with the reference that protected it.
 *
 * FreeBSD vm_object.c vm_object_deallocate(): same, no vnodes.
 */
void
vm_object_deallocate(struct machine *mach, vm_object_t object)
{
	vm_object_t backing, child;
	FRAME();

	while (object != NULL) {
		KASSERT(object->ref_count != 0,
		    ("vm_object_deallocate: object deallocated too many "
		     "times: %d",
			object->ref_count));
		if (__builtin_expect(object->ref_count == 0, 0))
			stop("vm_object_deallocate: object deallocated too "
			     "many times");
		object->ref_count--;
		if (object->ref_count > 1)
			return;
		if (object->ref_count == 1) {
			if (object->handle != NULL ||
			    !vm_object_is_anonymous(object))
				return;
			if (object->shadow_count == 0) {
				object->flags |= OBJ_ONEMAPPING;
				return;
			}
			child = vm_object_sole_child(mach, object);
			if (child == NULL)
				return;
			object = child;
			if (object->ref_count > 1) {
				vm_object_collapse(mach, object);
				continue;
			}
			/* Nobody but this function still held the shadow. */
			object->ref_count--;
		}
		backing = vm_object_unshadow(object);
		if ((object->flags & OBJ_DEAD) == 0)
			vm_object_terminate(mach, object);
		object = backing;
	}
}

/*
 * Makes the tree of the pages of "object" a list: each page's right link is the
 * next one.  Of an object that ends nobody can see the tree's shape any more,
 * and to take its pages out ascending then turns nothing.  Budget
 * vmspace_exit/freed-32x2M pays for it.
 *
 * Simulator only.
 */
static void
vm_object_flatten(vm_object_t object)
{
	vm_page_t m, next;

	object->root = TAILQ_FIRST(&object->memq);
	for (m = object->root; m != NULL; m = next) {
		next = TAILQ_NEXT(m, listq);
		m->left = NULL;
		m->right = next;
	}
}

/*
 * Frees the pages of "object", ascending, and then the object.  A page that
 * is still wired outlives it, without an object; its reservation is then not
 * empty yet and is broken, since nobody could find it any more.
 *
 * FreeBSD vm_object.c vm_object_terminate(): adapted, no vnodes and pagers.
 */
void
vm_object_terminate(struct machine *mach, vm_object_t object)
{
	vm_page_t m;
	FRAME();

	object->flags |= OBJ_DEAD;
	vm_object_pip_wait(mach, object, "objtrm");
	KASSERT(object->paging_in_progress == 0,
	    ("vm_object_terminate: pageout in progress"));
	KASSERT(object->ref_count == 0,
	    ("vm_object_terminate: object with references, ref_count=%d",
		object->ref_count));
	vm_object_flatten(object);
	while ((m = TAILQ_FIRST(&object->memq)) != NULL) {
		KASSERT(m->busy == 0 && (m->oflags & VPO_BUSY) == 0,
		    ("vm_object_terminate: freeing busy page PTR p->busy = %d, "
		     "p->oflags %x\n",
			m->busy, m->oflags));
		if (m->wire_count == 0) {
			vm_page_free(mach, m);
			mach->cnt.v_pfree++;
		} else
			vm_page_remove(mach, m);
	}
	if (__builtin_expect(!LIST_EMPTY(&object->rvq), 0))
		vm_reserv_break_all(mach, object);
	vm_object_destroy(mach, object);
}

/*
 * Gives the structure back; everything must have been taken out of it.
 *
 * FreeBSD vm_object.c vm_object_destroy(), vm_object_zdtor(): adapted, no
 * cached pages, and a charge needs no release.
 */
void
vm_object_destroy(struct machine *mach, vm_object_t object)
{
	FRAME();

	KASSERT(TAILQ_EMPTY(&object->memq), ("object PTR has resident pages"));
	KASSERT(LIST_EMPTY(&object->rvq), ("object PTR has reservations"));
	KASSERT(object->paging_in_progress == 0,
	    ("object PTR paging_in_progress = %d", object->paging_in_progress));
	KASSERT(object->resident_page_count == 0,
	    ("object PTR resident_page_count = %d",
		object->resident_page_count));
	KASSERT(object->shadow_count == 0,
	    ("object PTR shadow_count = %d", object->shadow_count));
	KASSERT(!object->uip || vm_object_is_anonymous(object),
	    ("vm_object_terminate: non-swap obj PTR has uip"));
	TAILQ_REMOVE(&mach->vm_object->list, object, object_list);
	zone_free(mach, &mach->vm_object->zone, object);
}

/*
 * Puts "front" before "source" as its newest shadow.  The reference to
 * "source" that the link is must be there already.
 *
 * FreeBSD vm_object.c vm_object_shadow(), a part of it: same.
 */
static void
vm_object_insert_shadow(vm_object_t source, vm_object_t front)
{

	front->backing_object = source;
	LIST_INSERT_HEAD(&source->shadow_head, front, shadow_list);
	source->shadow_count++;
}

/*
 * Replaces "*object" at byte "*offset" by a new, empty object of "length"
 * pages in front of it, at offset 0; the reference moves from the caller to
 * the link between the two.  An object that nobody else uses needs none and
 * is left.
 *
 * The colour continues the source's, so that a page copied into the shadow is
 * placed in its superpage as the original was in its own.
 *
 * FreeBSD vm_object.c vm_object_shadow(): same.
 */
void
vm_object_shadow(struct machine *mach, vm_object_t *object,
    vm_ooffset_t *offset, vm_pindex_t length)
{
	vm_object_t front, source;
	FRAME();

	source = *object;
	if (source != NULL && source->ref_count == 1 &&
	    source->handle == NULL && vm_object_is_anonymous(source))
		return;
	front = vm_object_allocate(mach, OBJT_DEFAULT, length);
	front->backing_object_offset = *offset;
	if (source != NULL) {
		vm_object_insert_shadow(source, front);
		source->generation++;
		front->flags |= source->flags & OBJ_COLORED;
		/* Twelve bits: what the largest free block could use. */
		front->pg_color = (source->pg_color + atop(*offset)) &
		    ((1 << (VM_NFREEORDER - 1)) - 1);
	}
	*offset = 0;
	*object = front;
}

/*
 * Moves pages of "orig" into an object of their own.  Nothing is split from an
 * object that nobody else uses or that is not a program's own memory.  The
 * pages move without their reservations, which stay with "orig", and the new
 * object has no colour until a fault gives it one.
 *
 * FreeBSD vm_object.c vm_object_split(): adapted, the entry is the caller's
 * and there are no charges.
 */
vm_object_t
vm_object_split(struct machine *mach, vm_object_t orig, vm_pindex_t offidxstart,
    vm_pindex_t size)
{
	vm_object_t object, source;
	vm_page_t m, next;
	FRAME();

	if (!vm_object_is_anonymous(orig) || orig->ref_count <= 1)
		return (NULL);
	object = vm_object_allocate(mach, OBJT_DEFAULT, size);
	source = orig->backing_object;
	if (source != NULL) {
		vm_object_reference(mach, source);
		vm_object_insert_shadow(source, object);
		vm_object_clear_flag(source, OBJ_ONEMAPPING);
		object->backing_object_offset = orig->backing_object_offset +
		    ptoa(offidxstart);
	}
	/* Each page stays busy until all are there. */
	for (m = vm_object_first_page(orig, offidxstart);
	     m != NULL && m->pindex - offidxstart < size; m = next) {
		next = TAILQ_NEXT(m, listq);
		vm_object_page_sleep(mach, m, "spltwt");
		vm_page_rename(mach, m, object, m->pindex - offidxstart);
		vm_page_busy(mach, m);
	}
	TAILQ_FOREACH(m, &object->memq, listq)
		vm_page_wakeup(mach, m);
	return (object);
}

/*
 * Returns TRUE when "prev_object" can go on for "next_size" bytes behind the
 * "prev_size" bytes at "prev_offset", and then has that size at least and no
 * pages there.  No object is fine too: nothing is to be extended.
 *
 * Pages beyond the part in use are left-overs of a mapping that is gone and
 * must not show through; without other users there can be no others.
 *
 * FreeBSD vm_object.c vm_object_coalesce(): same, all charges succeed.
 */
boolean_t
vm_object_coalesce(struct machine *mach, vm_object_t prev_object,
    vm_ooffset_t prev_offset, vm_size_t prev_size, vm_size_t next_size,
    boolean_t reserved)
{
	vm_pindex_t next_end, next_pindex;
	FRAME();

	if (prev_object == NULL)
		return (TRUE);
	if (!vm_object_is_anonymous(prev_object))
		return (FALSE);
	vm_object_collapse(mach, prev_object);
	if (prev_object->backing_object != NULL)
		return (FALSE);
	next_pindex = atop(prev_offset) + atop(prev_size);
	next_end = next_pindex + atop(next_size);
	if (prev_object->ref_count > 1 && prev_object->size != next_pindex)
		return (FALSE);
	if (next_pindex < prev_object->size)
		vm_object_page_remove(mach, prev_object, next_pindex, next_end,
		    FALSE);
	if (next_end > prev_object->size)
		prev_object->size = next_end;
	return (TRUE);
}

/* Simulator only. */
vm_object_t
pmapsim_kernel_object(struct machine *mach)
{

	return (mach->vm_object->kernel_object);
}

/* Simulator only. */
vm_object_t
pmapsim_kmem_object(struct machine *mach)
{

	return (mach->vm_object->kmem_object);
}

/*
 * Fixes where "object" lies relative to superpages.
 *
 * Simulator only: what vm_object_init() and vm_fault() do in two statements.
 */
void
pmapsim_object_color(struct machine *mach, vm_object_t object, uint16_t color)
{

	CHECK_OBJECT(object);
	object->flags |= OBJ_COLORED;
	object->pg_color = color;
}
