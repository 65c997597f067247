/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An object's set of pages: its list by pindex and its splay tree.  The steps
 * that vm_page_alloc() and vm_page_free() take inline are here, the rest is in
 * vm_page_tree.c.
 */
#ifndef VM_VM_PAGE_TREE_H
#define VM_VM_PAGE_TREE_H

#include "vm/vm_object.h"
#include "vm/vm_page.h"

vm_page_t vm_page_splay(vm_pindex_t pindex, vm_page_t root);
/* vm_page_lookup() of an object that is there. */
vm_page_t vm_page_find(vm_object_t object, vm_pindex_t pindex);
/* Ends the busyness of "m", which is about to leave its object. */
void vm_page_unbusy(struct machine *mach, vm_page_t m);

/*
 * Puts "m", which is in no object, into "object" as page "pindex".
 *
 * FreeBSD vm_page.c vm_page_insert(): same, after its first test.
 */
static inline void
vm_page_link(struct machine *mach, vm_page_t m, vm_object_t object,
    vm_pindex_t pindex)
{
	vm_page_t root;

	m->object = object;
	m->pindex = pindex;
	root = object->root;
	if (root == NULL) {
		m->left = NULL;
		m->right = NULL;
		ZTAILQ_INSERT_TAIL(&object->memq, m, listq);
	} else {
		/*
		 * Beyond the greatest page at the root nothing turns.  Budget
		 * vm_page_alloc/reservation pays for not calling the splay.
		 */
		if (pindex <= root->pindex || root->right != NULL)
			root = vm_page_splay(pindex, root);
		if (pindex > root->pindex) {
			m->right = root->right;
			m->left = root;
			root->right = NULL;
			TAILQ_INSERT_AFTER(&object->memq, root, m, listq);
		} else if (pindex < root->pindex) {
			m->left = root->left;
			m->right = root;
			root->left = NULL;
			TAILQ_INSERT_BEFORE(root, m, listq);
		} else
			panic("vm_page_insert: offset already allocated");
	}
	object->root = m;
	object->generation++;
	object->resident_page_count++;
}

/*
 * Does what vm_page_remove() does, inline.
 *
 * FreeBSD vm_page.c vm_page_remove(): adapted, no vnode is let go.
 */
static inline void
vm_page_unlink(struct machine *mach, vm_page_t m)
{
	vm_object_t object;
	vm_page_t root;

	NONNULL(m);
	object = m->object;
	if (object == NULL)
		return;
	if (__builtin_expect((m->oflags & VPO_BUSY) != 0, 0))
		vm_page_unbusy(mach, m);
	root = object->root;
	if (m == root->left) {
		/*
		 * One rotation, as for pages that are freed in order.  Budgets
		 * kmem_free/64K/page and kmem_free/2M/page pay for it.
		 */
		root->left = m->right;
		m->right = root;
	} else if (m != root)
		vm_page_splay(m->pindex, root);
	if (m->left == NULL)
		root = m->right;
	else {
		/* Nothing is between m and what comes up, on its right. */
		root = m->left;
		if (root->right != NULL)
			root = vm_page_splay(m->pindex, root);
		root->right = m->right;
	}
	object->root = root;
	TAILQ_REMOVE(&object->memq, m, listq);
	object->resident_page_count--;
	object->generation++;
	m->object = NULL;
}

#endif /* VM_VM_PAGE_TREE_H */
