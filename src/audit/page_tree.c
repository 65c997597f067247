/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk through a tree of pages.  It takes memory from the host, so it may
 * not run where the kernel can panic.
 */
#include "audit/page_tree.h"

#include <stdlib.h>

void
page_tree_start(struct page_tree *tree, const struct vm_page *root,
    uint64_t limit)
{

	*tree = (struct page_tree) {.below = root, .left = limit};
}

/* Room for one more node on the path. */
static bool
page_tree_grow(struct page_tree *tree)
{
	const struct vm_page **larger;
	uint64_t size;

	if (tree->depth < tree->size)
		return (true);
	size = tree->size == 0 ? 64 : tree->size * 2;
	larger = reallocarray(tree->path, size, sizeof(*larger));
	if (larger == NULL) {
		tree->outcome = PAGE_TREE_NOMEM;
		return (false);
	}
	tree->path = larger;
	tree->size = size;
	return (true);
}

const struct vm_page *
page_tree_next(struct page_tree *tree)
{
	const struct vm_page *m;

	if (tree->outcome != PAGE_TREE_HOLDS)
		return (NULL);
	for (m = tree->below; m != NULL; m = m->left) {
		/* Who is on the path is still to come: a loop ends here too. */
		if (tree->depth >= tree->left) {
			tree->outcome = PAGE_TREE_ENDLESS;
			return (NULL);
		}
		if (!page_tree_grow(tree))
			return (NULL);
		tree->path[tree->depth++] = m;
	}
	tree->below = NULL;
	if (tree->depth == 0)
		return (NULL);
	m = tree->path[--tree->depth];
	tree->below = m->right;
	tree->left--;
	return (m);
}

enum page_tree_outcome
page_tree_end(struct page_tree *tree)
{

	free(tree->path);
	tree->path = NULL;
	tree->depth = tree->size = 0;
	tree->below = NULL;
	return (tree->outcome);
}
