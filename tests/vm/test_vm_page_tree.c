/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The object's set of pages: the shape of its tree, its order, and what
 * enters, leaves and moves.
 */
#include "vm_page_fixture.h"

/* "pindex(left,right)" of the subtree; "." for none, nothing for two. */
static void
shape_add(struct vm_state *out, vm_page_t m)
{

	if (m == NULL) {
		vm_state_add(out, ".", 0);
		return;
	}
	vm_state_add(out, "%" PRIu64, m->pindex);
	if (m->left == NULL && m->right == NULL)
		return;
	vm_state_add(out, "(", 0);
	shape_add(out, m->left);
	vm_state_add(out, ",", 0);
	shape_add(out, m->right);
	vm_state_add(out, ")", 0);
}

#define assert_shape(object, shape)                      \
	do {                                             \
		struct vm_state out_ = {.length = 0};    \
		shape_add(&out_, (object)->root);        \
		assert_string_equal(out_.text, (shape)); \
	} while (0)

/* Shapes worked out by hand from the words of the specification. */
static void
test_tree_shapes(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	int i;

	assert_null(vm_page_splay(3, NULL));
	object = support_object(mach, 100, NULL);
	for (i = 0; i < 8; i++)
		assert_non_null(vm_page_alloc(mach, object, i, 0));
	assert_shape(object, "7(6(5(4(3(2(1(0,.),.),.),.),.),.),.)");
	/* Pairs are rotated, and every second one is linked. */
	assert_non_null(vm_page_lookup(mach, object, 0));
	assert_shape(object, "0(.,6(4(2(1,3),5),7))");
	/* Its own key at the root: nothing turns. */
	assert_non_null(vm_page_lookup(mach, object, 0));
	assert_shape(object, "0(.,6(4(2(1,3),5),7))");
	/* Zig-zag: plain links. */
	assert_non_null(vm_page_lookup(mach, object, 5));
	assert_shape(object, "5(0(.,4(2(1,3),.)),6(.,7))");
	/* A miss turns the tree as well; a neighbour comes up. */
	assert_null(vm_page_lookup(mach, object, 50));
	assert_shape(object, "7(6(5(0(.,4(2(1,3),.)),.),.),.)");
	/* Removed at the root without a left child: the right one. */
	assert_non_null(vm_page_lookup(mach, object, 0));
	assert_shape(object, "0(.,6(5(4(2(1,3),.),.),7))");
	vm_page_free(mach, vm_page_lookup(mach, object, 0));
	assert_shape(object, "6(5(4(2(1,3),.),.),7)");
	/* With one: the greatest of the left. */
	vm_page_free(mach, vm_page_lookup(mach, object, 6));
	assert_shape(object, "5(4(2(1,3),.),7)");
	/* Not the root: it is brought up first. */
	vm_page_free(mach, object->root->left->left);
	assert_shape(object, "1(.,4(3,5(.,7)))");
	/* Inserted between: on top of both sides. */
	assert_non_null(vm_page_alloc(mach, object, 6, 0));
	assert_shape(object, "6(4(1(.,3),5),7)");
	assert_null(vm_page_lookup(mach, support_object(mach, 1, NULL), 0));
}

/* Random insertions, lookups and removals against a plain set. */
static void
test_object_pages_against_a_set(void **state)
{
	enum { SIZE = 200 };
	struct machine *mach = *state;
	vm_page_t m, prev, set[SIZE] = {NULL};
	vm_object_t object;
	uint64_t seed = 42;
	vm_pindex_t k;
	int count = 0, generation = 1, i, step;

	print_message("seed %" PRIu64 "\n", seed);
	object = support_object(mach, SIZE, NULL);
	for (step = 0; step < 4000; step++) {
		k = support_random(&seed) % SIZE;
		switch (support_random(&seed) % 4) {
		case 0:
		case 1:
			if (set[k] != NULL)
				break;
			set[k] = support_page(mach, object, k, 0);
			assert_ptr_equal(object->root, set[k]);
			count++;
			generation++;
			break;
		case 2:
			assert_ptr_equal(vm_page_lookup(mach, object, k),
			    set[k]);
			if (set[k] != NULL)
				assert_ptr_equal(object->root, set[k]);
			break;
		case 3:
			if (set[k] == NULL)
				break;
			vm_page_free(mach, set[k]);
			set[k] = NULL;
			count--;
			generation++;
			break;
		}
		assert_int_equal(object->resident_page_count, count);
		assert_int_equal(object->generation, generation);
		prev = NULL;
		i = 0;
		TAILQ_FOREACH(m, &object->memq, listq) {
			assert_true(prev == NULL || prev->pindex < m->pindex);
			assert_ptr_equal(set[m->pindex], m);
			prev = m;
			i++;
		}
		assert_int_equal(i, count);
	}
}

static void
test_insert_panics(void **state)
{
	struct machine *mach;
	vm_object_t a, b;
	vm_page_t m;

	mach = support_boot(CONFIG);
	a = support_object(mach, 10, NULL);
	b = support_object(mach, 10, NULL);
	m = support_page(mach, a, 3, 0);
	assert_panics(mach, "vm_page_insert: page already inserted",
	    vm_page_insert(mach, m, b, 3));
	support_destroy(mach);
	mach = support_boot(CONFIG);
	a = support_object(mach, 10, NULL);
	support_page(mach, a, 3, 0);
	assert_panics(mach, "vm_page_insert: offset already allocated",
	    vm_page_alloc(mach, a, 3, 0));
	support_destroy(mach);
}

/* A file's page that was mapped writable may make the file dirty. */
static void
test_insert_of_a_writeable_page(void **state)
{
	struct machine *mach = *state;
	vm_object_t file, memory;
	vm_page_t m;
	int i;

	for (i = 0; i < 2; i++) {
		memory = support_object(mach, 10, NULL);
		file = vm_object_allocate(mach, OBJT_VNODE, 10);
		m = support_page(mach, memory, i, 0);
		vm_page_aflag_set(mach, m, i == 0 ? 0 : PG_WRITEABLE);
		vm_page_rename(mach, m, file, i);
		assert_int_equal((file->flags & OBJ_MIGHTBEDIRTY) != 0, i);
		vm_page_rename(mach, m, memory, i);
		assert_int_equal(memory->flags & OBJ_MIGHTBEDIRTY, 0);
		vm_page_free(mach, m);
	}
}

static void
test_remove_and_rename(void **state)
{
	struct machine *mach = *state;
	vm_object_t a, b;
	vm_page_t m;

	a = support_object(mach, 10, NULL);
	b = support_object(mach, 10, NULL);
	m = vm_page_alloc(mach, a, 3, VM_ALLOC_NORMAL);
	m->valid = VM_PAGE_BITS_ALL;
	m->oflags |= VPO_WANTED;
	vm_page_rename(mach, m, b, 8);
	assert_null(vm_page_lookup(mach, a, 3));
	assert_ptr_equal(vm_page_lookup(mach, b, 8), m);
	assert_int_equal(info(mach, m).oflags, 0);
	assert_int_equal(info(mach, m).dirty, VM_PAGE_BITS_ALL);
	assert_int_equal(a->resident_page_count, 0);
	assert_int_equal(b->resident_page_count, 1);
	vm_page_remove(mach, m);
	assert_null(m->object);
	assert_int_equal(m->pindex, 8);
	assert_int_equal(b->resident_page_count, 0);
	vm_page_remove(mach, m); /* in no object: nothing happens */
	assert_int_equal(b->generation, 3);
	vm_page_free(mach, m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    page_test(test_tree_shapes),
	    page_test(test_object_pages_against_a_set),
	    cmocka_unit_test(test_insert_panics),
	    page_test(test_insert_of_a_writeable_page),
	    page_test(test_remove_and_rename),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
