/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pages of a splay tree, an object's or a pmap's pm_root, in ascending
 * order, for whoever only looks: the tree keeps its shape, and is not trusted
 * to be one.
 */
#ifndef AUDIT_PAGE_TREE_H
#define AUDIT_PAGE_TREE_H

#include "vm/vm_page.h"

enum page_tree_outcome {
	PAGE_TREE_HOLDS,
	PAGE_TREE_ENDLESS, /* deeper or larger than it can be: no tree */
	PAGE_TREE_NOMEM	   /* the host has none for the path */
};

/*
 * A walk.  Made by page_tree_start(), and ended by page_tree_end() wherever it
 * stands; the path is host memory, because a tree of pages that were inserted
 * in order is as deep as it is large, too deep for the host's stack.
 */
struct page_tree {
	const struct vm_page *below; /* the subtree to visit next */
	const struct vm_page **path; /* nodes whose left side is visited */
	uint64_t depth;		     /* of path */
	uint64_t size;
	uint64_t left; /* pages that may still come */
	enum page_tree_outcome outcome;
};

/* Begins before the first page below "root"; there are at most "limit". */
void page_tree_start(struct page_tree *tree, const struct vm_page *root,
    uint64_t limit);
/* The next page; NULL at the end, be it one of "outcome"'s failures. */
const struct vm_page *page_tree_next(struct page_tree *tree);
/* Gives the path back and returns the outcome. */
enum page_tree_outcome page_tree_end(struct page_tree *tree);

#endif /* AUDIT_PAGE_TREE_H */
