/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An object's set of pages: a page comes in, is looked up, moves and leaves.
 *
 * An object keeps its pages twice: as a list by pindex, and as a splay tree.
 * The tree's shape is observable, because the search for a reservation begins
 * at its root; so each lookup turns it exactly as the kernel's does.
 *
 * What holds between any two calls: memq of an object is ascending by pindex
 * and holds the pages whose "object" it is; the splay tree holds the same
 * pages, and resident_page_count is their number (audit rule "objects").
 */
#include "vm/vm_page_tree.h"

/*
 * Top-down splay: brings the page "pindex", or one of its neighbours, to the
 * top of the tree "root" and returns it.  A double step to the same side is
 * rotated, a zig-zag is not.
 *
 * FreeBSD vm_page.c vm_page_splay(): same.
 */
vm_page_t
vm_page_splay(vm_pindex_t pindex, vm_page_t root)
{
	vm_page_t ltree, rtree, y;
	vm_page_t *lmax, *rmin; /* where the next smaller, larger one hangs */

	if (root == NULL)
		return (NULL);
	lmax = &ltree;
	rmin = &rtree;
	for (;; root = y) {
		if (pindex < root->pindex) {
			if ((y = root->left) == NULL)
				break;
			if (pindex < y->pindex) {
				root->left = y->right;
				y->right = root;
				root = y;
				if ((y = root->left) == NULL)
					break;
			}
			*rmin = root;
			rmin = &root->left;
		} else if (pindex > root->pindex) {
			if ((y = root->right) == NULL)
				break;
			if (pindex > y->pindex) {
				root->right = y->left;
				y->left = root;
				root = y;
				if ((y = root->right) == NULL)
					break;
			}
			*lmax = root;
			lmax = &root->right;
		} else
			break;
	}
	/* The hooks may be in the trees or be the trees: children first. */
	*lmax = root->left;
	*rmin = root->right;
	root->left = ltree;
	root->right = rtree;
	return (root);
}

/*
 * Puts "m" into "object" as page "pindex"; "m" becomes the top of the tree.
 *
 * FreeBSD vm_page.c vm_page_insert(): adapted, no vnode is held.
 */
void
vm_page_insert(struct machine *mach, vm_page_t m, vm_object_t object,
    vm_pindex_t pindex)
{
	FRAME();

	CHECK_PAGE(m);
	CHECK_OBJECT(object);
	if (m->object != NULL)
		panic("vm_page_insert: page already inserted");
	NOT_FREE(m);
	vm_page_link(mach, m, object, pindex);
	/* Only a file cares. */
	if ((vm_page_aflags(mach, m) & PG_WRITEABLE) != 0 &&
	    object->type == OBJT_VNODE)
		object->flags |= OBJ_MIGHTBEDIRTY;
}

/* Ends the busyness of "m", which is about to leave its object. */
void __attribute__((noinline)) vm_page_unbusy(struct machine *mach, vm_page_t m)
{

	m->oflags &= (uint16_t)~VPO_BUSY;
	vm_page_flash(mach, m);
}

/*
 * Takes "m" from its object, if it is in one.  A busy page is not busy
 * afterwards.  pindex and the tree links keep what they were.
 *
 * FreeBSD vm_page.c vm_page_remove(): adapted, no vnode is let go.
 */
void
vm_page_remove(struct machine *mach, vm_page_t m)
{

	vm_page_unlink(mach, m);
}

/*
 * Returns the resident page "pindex" of "object", or NULL.  Turns the tree
 * either way.
 *
 * FreeBSD vm_page.c vm_page_lookup(): same.
 */
vm_page_t
vm_page_find(vm_object_t object, vm_pindex_t pindex)
{
	vm_page_t m;

	m = object->root;
	if (m != NULL && m->pindex != pindex) {
		object->root = m = vm_page_splay(pindex, m);
		if (m->pindex != pindex)
			m = NULL;
	}
	return (m);
}

/*
 * Ends vm_page_lookup(), which so has no call that needs a frame: the compiler
 * must not see that this one does not return.
 */
#if __has_attribute(noipa)
static vm_page_t __attribute__((noipa, cold))
#else
static vm_page_t __attribute__((noinline, cold))
#endif
vm_page_lookup_null(struct machine *mach)
{

	panic_null_(mach, "vm_page_lookup", "object");
}

/*
 * The public way to vm_page_find().
 *
 * FreeBSD vm_page.c vm_page_lookup(): same.
 */
vm_page_t
vm_page_lookup(struct machine *mach, vm_object_t object, vm_pindex_t pindex)
{

	if (__builtin_expect(object == NULL, 0))
		return (vm_page_lookup_null(mach));
	return (vm_page_find(object, pindex));
}

/*
 * Moves "m" to "new_object" as page "new_pindex"; it is dirty and not busy
 * then.
 *
 * FreeBSD vm_page.c vm_page_rename(): same.
 */
void
vm_page_rename(struct machine *mach, vm_page_t m, vm_object_t new_object,
    vm_pindex_t new_pindex)
{
	FRAME();

	CHECK_PAGE(m);
	CHECK_OBJECT(new_object);
	vm_page_remove(mach, m);
	vm_page_insert(mach, m, new_object, new_pindex);
	vm_page_dirty(mach, m);
}
