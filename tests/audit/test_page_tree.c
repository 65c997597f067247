/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk through a tree of pages: of any shape it gives the pages in order,
 * and of what is no tree it ends.
 */
#include "support.h"

#include <stdlib.h>

#include "audit/page_tree.h"
#include "vm/vm_object.h"

/* The walk of "root" is 0, 1, ... "n" - 1, and ends as "outcome". */
static void
assert_walk(const struct vm_page *root, uint64_t limit, uint64_t n,
    enum page_tree_outcome outcome)
{
	struct page_tree tree;
	const struct vm_page *m;
	uint64_t i;

	page_tree_start(&tree, root, limit);
	for (i = 0; (m = page_tree_next(&tree)) != NULL; i++)
		assert_int_equal(m->pindex, i);
	assert_int_equal(i, n);
	assert_null(page_tree_next(&tree));
	assert_int_equal(page_tree_end(&tree), outcome);
}

static struct vm_page *
pages(uint64_t n)
{
	struct vm_page *array;
	uint64_t i;

	array = aligned_alloc(_Alignof(struct vm_page), n * sizeof(*array));
	assert_non_null(array);
	memset(array, 0, n * sizeof(*array));
	for (i = 0; i < n; i++)
		array[i].pindex = i;
	return (array);
}

/*
 * To the left, to the right, and in a zig-zag whose ends meet in the middle:
 * 0 -> n-1 -> 1 -> n-2 ...
 */
static void
test_walk_of_one_path(void **state)
{
	const uint64_t n = 262144;
	struct vm_page *m;
	uint64_t high, i, low;

	m = pages(n);
	for (i = 1; i < n; i++)
		m[i].left = &m[i - 1];
	assert_walk(&m[n - 1], n, n, PAGE_TREE_HOLDS);
	for (i = 0; i < n; i++) {
		m[i].left = NULL;
		m[i].right = i + 1 < n ? &m[i + 1] : NULL;
	}
	assert_walk(&m[0], n, n, PAGE_TREE_HOLDS);
	for (low = 0, high = n - 1; low < high; low++, high--) {
		m[low].right = &m[high];
		m[high].right = NULL;
		m[high].left = low + 1 < high ? &m[low + 1] : NULL;
	}
	assert_walk(&m[0], n, n, PAGE_TREE_HOLDS);
	free(m);
}

/* Whatever shape lookups have splayed an object's tree into. */
static void
test_walk_of_a_splayed_tree(void **state)
{
	struct machine *mach = *state;
	uint64_t seed = 20100424;
	vm_object_t object;
	unsigned i;

	print_message("seed %llu\n", (unsigned long long)seed);
	object = support_object(mach, 200, NULL);
	assert_walk(object->root, 0, 0, PAGE_TREE_HOLDS);
	for (i = 0; i < 200; i++) {
		support_page(mach, object, i, VM_ALLOC_NORMAL);
		vm_page_lookup(mach, object, support_random(&seed) % (i + 1));
		assert_walk(object->root, i + 1, i + 1, PAGE_TREE_HOLDS);
	}
	vm_object_deallocate(mach, object);
}

static void
test_walk_stops_at_its_limit(void **state)
{
	struct vm_page *m;
	uint64_t n;

	/* All of a path is seen before the first page, or none. */
	m = pages(4);
	for (n = 1; n < 4; n++)
		m[n].left = &m[n - 1];
	assert_walk(&m[3], 3, 0, PAGE_TREE_ENDLESS);
	assert_walk(&m[3], 0, 0, PAGE_TREE_ENDLESS);
	for (n = 0; n < 4; n++) {
		m[n].left = NULL;
		m[n].right = n < 3 ? &m[n + 1] : NULL;
	}
	assert_walk(&m[0], 3, 3, PAGE_TREE_ENDLESS);
	assert_walk(&m[0], 1, 1, PAGE_TREE_ENDLESS);
	free(m);
}

static void
test_walk_of_a_loop_ends(void **state)
{
	struct page_tree tree;
	struct vm_page *m;
	unsigned n;

	m = pages(2);
	m[0].left = &m[1];
	m[1].left = &m[0];
	assert_walk(&m[0], 1000, 0, PAGE_TREE_ENDLESS);
	m[0].left = m[1].left = NULL;
	m[0].right = &m[1];
	m[1].right = &m[0];
	page_tree_start(&tree, &m[0], 1000);
	for (n = 0; page_tree_next(&tree) != NULL; n++)
		continue;
	assert_int_equal(n, 1000);
	assert_int_equal(page_tree_end(&tree), PAGE_TREE_ENDLESS);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_walk_of_one_path),
	    support_test(test_walk_of_a_splayed_tree),
	    cmocka_unit_test(test_walk_stops_at_its_limit),
	    cmocka_unit_test(test_walk_of_a_loop_ends),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
