/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entries of a map in order: a ring by address, closed by the header, and
 * over it a splay tree in which each entry also knows the largest gap behind
 * any entry of its subtree, so that first fit is one descent.
 *
 *	header   e1        e2   e3            header
 *	|........[#########]....[####][######]......|
 *	min      start   end    \_ adj_free 0 \_ adj_free
 *
 * The gap in front of the first entry is counted by none.  Seen from its
 * neighbours the header is the space outside the map: its end is the map's
 * lowest address, its start the highest.
 *
 * The addresses that a map hands out follow from its gaps alone, so the tree
 * may be any.  An operation that changes no other entry's gap (a split, a
 * merge with a neighbour) touches the tree in one place.
 */
#include "vm/vm_map_tree.h"

/* Recounts the largest gap in the subtree of "entry" from its children. */
static inline void
vm_map_entry_set_max_free(vm_map_entry_t entry)
{
	vm_size_t max;

	max = entry->adj_free;
	if (entry->left != NULL && entry->left->max_free > max)
		max = entry->left->max_free;
	if (entry->right != NULL && entry->right->max_free > max)
		max = entry->right->max_free;
	entry->max_free = max;
}

/*
 * Rearranges the tree at "root" so that its new root, which is returned, is
 * the entry that contains "addr" or, when none does, a neighbour of the gap
 * that does.
 *
 * On the way down the parts known to lie below and above are set aside on two
 * lists, innermost first, linked through the pointer whose subtree is still
 * open; on the way back each gets that subtree and its recount, so a gap is
 * looked at once a level.
 *
 * FreeBSD vm_map.c vm_map_entry_splay(): adapted, the shape is our own.
 */
vm_map_entry_t
vm_map_entry_splay(vm_offset_t addr, vm_map_entry_t root)
{
	vm_map_entry_t above, below, child, outer, tree;

	above = below = NULL;
	for (;;) {
		if (addr < root->start) {
			if ((child = root->left) == NULL)
				break;
			if (addr < child->start && child->left != NULL) {
				/* Two steps to one side halve the depth. */
				root->left = child->right;
				child->right = root;
				vm_map_entry_set_max_free(root);
				root = child;
				child = root->left;
			}
			root->left = above;
			above = root;
			root = child;
		} else if (addr >= root->end) {
			if ((child = root->right) == NULL)
				break;
			if (addr >= child->end && child->right != NULL) {
				root->right = child->left;
				child->left = root;
				vm_map_entry_set_max_free(root);
				root = child;
				child = root->right;
			}
			root->right = below;
			below = root;
			root = child;
		} else
			break;
	}
	for (tree = root->left; below != NULL; below = outer) {
		outer = below->right;
		below->right = tree;
		vm_map_entry_set_max_free(below);
		tree = below;
	}
	root->left = tree;
	for (tree = root->right; above != NULL; above = outer) {
		outer = above->left;
		above->left = tree;
		vm_map_entry_set_max_free(above);
		tree = above;
	}
	root->right = tree;
	vm_map_entry_set_max_free(root);
	return (root);
}

/* Takes "entry" out of the ring alone. */
static inline void
vm_map_entry_unring(vm_map_t map, vm_map_entry_t entry)
{

	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	map->nentries--;
}

/* Puts "entry" between "prev" and what follows it into the ring alone. */
static inline void
vm_map_entry_ring(vm_map_t map, vm_map_entry_t prev, vm_map_entry_t entry)
{

	entry->prev = prev;
	entry->next = prev->next;
	entry->next->prev = entry;
	prev->next = entry;
	map->nentries++;
}

/*
 * Puts "entry" behind "after", the header for the front, into a gap that
 * holds it; it is the root then.
 *
 * FreeBSD vm_map.c vm_map_entry_link(): adapted to our tree.
 */
void
vm_map_entry_link(vm_map_t map, vm_map_entry_t after, vm_map_entry_t entry)
{

	vm_map_entry_ring(map, after, entry);
	if (after != &map->header) {
		vm_map_entry_raise(map, after);
		entry->right = after->right;
		entry->left = after;
		after->right = NULL;
		after->adj_free = entry->start - after->end;
		vm_map_entry_set_max_free(after);
	} else {
		entry->right = map->root;
		entry->left = NULL;
	}
	entry->adj_free = entry->next->start - entry->end;
	vm_map_entry_set_max_free(entry);
	map->root = entry;
}

/*
 * Takes "entry" out of its map; its range joins the gap before it.
 *
 * FreeBSD vm_map.c vm_map_entry_unlink(): adapted to our tree.
 */
void
vm_map_entry_unlink(vm_map_t map, vm_map_entry_t entry)
{
	vm_map_entry_t root;

	vm_map_entry_raise(map, entry);
	if (entry->left != NULL) {
		root = vm_map_entry_splay(entry->start, entry->left);
		root->right = entry->right;
		root->adj_free = entry->next->start - root->end;
		vm_map_entry_set_max_free(root);
		map->root = root;
	} else
		map->root = entry->right;
	vm_map_entry_unring(map, entry);
}

/*
 * Returns the first entry of the tree at "root", whose max_free is enough,
 * with a gap of "length" bytes behind it; NULL when max_free lied.
 *
 * Simulator only: the second half of vm_map_findspace().
 */
vm_map_entry_t
vm_map_entry_first_fit(vm_map_entry_t root, vm_size_t length)
{

	while (root != NULL) {
		if (root->left != NULL && root->left->max_free >= length)
			root = root->left;
		else if (root->adj_free >= length)
			return (root);
		else
			root = root->right;
	}
	return (NULL);
}

/*
 * Lengthens "entry" up to "end", into the gap behind it.
 *
 * FreeBSD vm_map.c vm_map_entry_resize_free(): adapted to our tree.
 */
void
vm_map_entry_stretch(vm_map_t map, vm_map_entry_t entry, vm_offset_t end)
{

	vm_map_entry_raise(map, entry);
	entry->adj_free -= end - entry->end;
	entry->end = end;
	vm_map_entry_set_max_free(entry);
}

/*
 * Cuts "entry" at "start": "front", a copy of it, becomes what lies before.
 *
 * No gap is behind the front half, so none but its own recount is needed.
 *
 * Simulator only: the structural half of vm_map_clip_start().
 */
void
vm_map_entry_split_front(vm_map_t map, vm_map_entry_t entry,
    vm_map_entry_t front, vm_offset_t start)
{

	front->end = start;
	entry->start = start;
	vm_map_entry_ring(map, entry->prev, front);
	front->right = NULL;
	front->adj_free = 0;
	vm_map_entry_set_max_free(front);
	entry->left = front;
}

/*
 * Cuts "entry" at "end": "back", a copy of it, becomes what lies behind, and
 * takes over the gap.
 *
 * Simulator only: the structural half of vm_map_clip_end().
 */
void
vm_map_entry_split_back(vm_map_t map, vm_map_entry_t entry, vm_map_entry_t back,
    vm_offset_t end)
{

	back->start = end;
	entry->end = end;
	vm_map_entry_ring(map, entry, back);
	back->left = NULL;
	vm_map_entry_set_max_free(back);
	entry->right = back;
	entry->adj_free = 0; /* its max_free stays, as back has the gap */
}

/*
 * Joins "entry" with the one before it, which touches it, and returns that
 * one, now in no map.
 *
 * The last entry of the left half has no right child, and the gap before it
 * keeps its size.
 *
 * Simulator only: the structural half of vm_map_simplify_entry().
 */
vm_map_entry_t
vm_map_entry_absorb_prev(vm_map_t map, vm_map_entry_t entry)
{
	vm_map_entry_t prev;

	vm_map_entry_raise(map, entry);
	prev = vm_map_entry_splay(entry->prev->start, entry->left);
	entry->left = prev->left;
	entry->start = prev->start;
	vm_map_entry_set_max_free(entry);
	vm_map_entry_unring(map, prev);
	return (prev);
}

/*
 * Joins "entry" with the one behind it, which touches it, and returns that one,
 * now in no map.  "entry" takes over the gap behind it, so the largest gap in
 * its subtree stays what it is.
 *
 * Simulator only: the structural half of vm_map_simplify_entry().
 */
vm_map_entry_t
vm_map_entry_absorb_next(vm_map_t map, vm_map_entry_t entry)
{
	vm_map_entry_t next;

	vm_map_entry_raise(map, entry);
	next = vm_map_entry_splay(entry->next->start, entry->right);
	entry->right = next->right;
	entry->end = next->end;
	entry->adj_free = next->adj_free;
	vm_map_entry_unring(map, next);
	return (next);
}

/*
 * Finds the entry that contains "address" and returns TRUE, or FALSE and the
 * entry before it, which is the header when there is none.
 *
 * The root and the gaps at its sides answer without a splay: most lookups
 * follow another one of the same place.
 *
 * FreeBSD vm_map.c vm_map_lookup_entry(): same.
 */
boolean_t
vm_map_lookup_entry(struct machine *mach, vm_map_t map, vm_offset_t address,
    vm_map_entry_t *entry)
{
	vm_map_entry_t root;

	root = map->root;
	if (root == NULL) {
		*entry = &map->header;
		return (FALSE);
	}
	if (address >= root->end ?
		address >= root->next->start :
		address < root->start && address < root->prev->end) {
		root = vm_map_entry_splay(address, root);
		map->root = root;
	}
	if (address < root->start) {
		*entry = root->prev;
		return (FALSE);
	}
	*entry = root;
	return (address < root->end);
}
