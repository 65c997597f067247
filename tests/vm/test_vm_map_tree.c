/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring and tree of a map's entries: each operation beside a plain array,
 * the whole structure recounted after each.  No machine is needed.
 */
#include "support.h"

#include "vm/vm_map_tree.h"

#define BASE UINT64_C(0x10000)
#define NPAGES 96
#define MAX_ENTRIES NPAGES

/*
 * "owner[i]" is which entry page i of the map belongs to, by index in "pool";
 * -1: none.  It is all that the tree has to agree with.
 */
struct model {
	struct vm_map map;
	struct vm_map_entry pool[MAX_ENTRIES];
	bool used[MAX_ENTRIES];
	int owner[NPAGES];
};

static vm_offset_t
page_va(unsigned page)
{

	return (BASE + ptoa(page));
}

static unsigned
va_page(vm_offset_t va)
{

	return ((unsigned)atop(va - BASE));
}

static void
model_init(struct model *model)
{
	unsigned i;

	memset(model, 0, sizeof(*model));
	model->map.header.next = model->map.header.prev = &model->map.header;
	model->map.min_offset = model->map.header.end = page_va(0);
	model->map.max_offset = model->map.header.start = page_va(NPAGES);
	for (i = 0; i < NPAGES; i++)
		model->owner[i] = -1;
}

static int
model_new(struct model *model)
{
	int i;

	for (i = 0; model->used[i]; i++)
		assert_true(i < MAX_ENTRIES - 1);
	model->used[i] = true;
	memset(&model->pool[i], 0, sizeof(model->pool[i]));
	return (i);
}

static void
model_fill(struct model *model, unsigned start, unsigned end, int owner)
{

	while (start < end)
		model->owner[start++] = owner;
}

/* First page behind "page" that is not its owner's. */
static unsigned
model_end(const struct model *model, unsigned page)
{
	unsigned end;

	for (end = page;
	     end < NPAGES && model->owner[end] == model->owner[page]; end++)
		continue;
	return (end);
}

/* Recounts the subtree at "entry"; returns its largest gap. */
static vm_size_t
check_subtree(vm_map_entry_t entry, vm_offset_t min, vm_offset_t max,
    int *count)
{
	vm_size_t gap, largest;

	if (entry == NULL)
		return (0);
	assert_true(entry->start >= min && entry->end <= max);
	(*count)++;
	largest = entry->adj_free;
	gap = check_subtree(entry->left, min, entry->start, count);
	largest = gap > largest ? gap : largest;
	gap = check_subtree(entry->right, entry->end, max, count);
	largest = gap > largest ? gap : largest;
	assert_int_equal(entry->max_free, largest);
	return (largest);
}

static void
check_model(struct model *model)
{
	struct vm_map *map = &model->map;
	vm_map_entry_t entry;
	unsigned end, page;
	int count;

	entry = &map->header;
	count = 0;
	for (page = 0; page < NPAGES; page = end) {
		end = model_end(model, page);
		if (model->owner[page] == -1) {
			if (entry != &map->header)
				assert_int_equal(entry->adj_free,
				    ptoa(end - page));
			continue;
		}
		if (entry != &map->header && entry->end == page_va(page))
			assert_int_equal(entry->adj_free, 0);
		assert_ptr_equal(entry->next->prev, entry);
		entry = entry->next;
		assert_ptr_equal(entry, &model->pool[model->owner[page]]);
		assert_int_equal(entry->start, page_va(page));
		assert_int_equal(entry->end, page_va(end));
		count++;
	}
	assert_ptr_equal(entry->next, &map->header);
	assert_ptr_equal(map->header.prev, entry);
	assert_int_equal(map->nentries, count);
	count = 0;
	(void)check_subtree(map->root, map->min_offset, map->max_offset,
	    &count);
	assert_int_equal(map->nentries, count);
}

/* Links a new entry [start, end) where the model says it belongs. */
static int
do_link(struct model *model, unsigned start, unsigned end)
{
	vm_map_entry_t after;
	int i, page;

	i = model_new(model);
	model->pool[i].start = page_va(start);
	model->pool[i].end = page_va(end);
	for (page = (int)start; page >= 0 && model->owner[page] == -1; page--)
		continue;
	after = page >= 0 ? &model->pool[model->owner[page]] :
			    &model->map.header;
	vm_map_entry_link(&model->map, after, &model->pool[i]);
	model_fill(model, start, end, i);
	return (i);
}

static void
do_unlink(struct model *model, int i)
{
	vm_map_entry_t entry = &model->pool[i];

	model_fill(model, va_page(entry->start), va_page(entry->end), -1);
	vm_map_entry_unlink(&model->map, entry);
	model->used[i] = false;
}

static void
do_split(struct model *model, int i, unsigned at, bool front)
{
	vm_map_entry_t entry = &model->pool[i];
	int half;

	half = model_new(model);
	model->pool[half] = *entry;
	if (front) {
		model_fill(model, va_page(entry->start), at, half);
		vm_map_entry_split_front(&model->map, entry, &model->pool[half],
		    page_va(at));
	} else {
		model_fill(model, at, va_page(entry->end), half);
		vm_map_entry_split_back(&model->map, entry, &model->pool[half],
		    page_va(at));
	}
}

static void
do_absorb(struct model *model, int i, bool prev)
{
	vm_map_entry_t entry = &model->pool[i], gone, other;

	other = prev ? entry->prev : entry->next;
	model_fill(model, va_page(other->start), va_page(other->end), i);
	gone = prev ? vm_map_entry_absorb_prev(&model->map, entry) :
		      vm_map_entry_absorb_next(&model->map, entry);
	assert_ptr_equal(gone, other);
	model->used[other - model->pool] = false;
}

/* Asks for every page, and one below and above the map. */
static void
check_lookup(struct model *model, vm_offset_t va)
{
	vm_map_entry_t entry;
	boolean_t found;
	int page;

	found = vm_map_lookup_entry(NULL, &model->map, va, &entry);
	if (va < page_va(0)) {
		assert_false(found);
		assert_ptr_equal(entry, &model->map.header);
		return;
	}
	page = va < page_va(NPAGES) ? (int)va_page(va) : NPAGES;
	if (page < NPAGES && model->owner[page] != -1) {
		assert_true(found);
		assert_ptr_equal(entry, &model->pool[model->owner[page]]);
		return;
	}
	assert_false(found);
	for (page--; page >= 0 && model->owner[page] == -1; page--)
		continue;
	assert_ptr_equal(entry,
	    page >= 0 ? &model->pool[model->owner[page]] : &model->map.header);
}

/* First fit among the gaps behind entries: the first entry in the ring. */
static void
check_first_fit(struct model *model, vm_size_t length)
{
	vm_map_entry_t entry, root = model->map.root;

	for (entry = model->map.header.next;
	     entry != &model->map.header && entry->adj_free < length;
	     entry = entry->next)
		continue;
	if (root == NULL || root->max_free < length)
		assert_ptr_equal(entry, &model->map.header);
	else
		assert_ptr_equal(vm_map_entry_first_fit(root, length), entry);
}

static void
random_step(struct model *model, uint64_t *seed)
{
	vm_map_entry_t entry;
	unsigned end, page, room;
	int i;

	page = (unsigned)(support_random(seed) % NPAGES);
	i = model->owner[page];
	end = model_end(model, page);
	room = end - page;
	if (i == -1) {
		(void)do_link(model, page,
		    page + 1 + (unsigned)(support_random(seed) % room));
		return;
	}
	entry = &model->pool[i];
	switch (support_random(seed) % 6) {
	case 0:
		do_unlink(model, i);
		break;
	case 1:
	case 2:
		if (page_va(page) != entry->start)
			do_split(model, i, page, support_random(seed) & 1);
		break;
	case 3:
		if (entry->prev != &model->map.header &&
		    entry->prev->end == entry->start)
			do_absorb(model, i, true);
		break;
	case 4:
		if (entry->next->start == entry->end &&
		    entry->next != &model->map.header)
			do_absorb(model, i, false);
		break;
	case 5:
		if (entry->adj_free == 0)
			break;
		end += 1 +
		    (unsigned)(support_random(seed) % atop(entry->adj_free));
		model_fill(model, va_page(entry->end), end, i);
		vm_map_entry_stretch(&model->map, entry, page_va(end));
		break;
	}
}

static void
test_tree_random_operations_agree_with_array(void **state)
{
	static const uint64_t seeds[] = {1, 2, 42, 20100401};
	struct model model;
	uint64_t seed;
	unsigned i, page, step;

	for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		seed = seeds[i];
		print_message("seed %llu\n", (unsigned long long)seed);
		model_init(&model);
		for (step = 0; step < 3000; step++) {
			random_step(&model, &seed);
			check_model(&model);
			check_lookup(&model,
			    BASE - 1 +
				support_random(&seed) % (ptoa(NPAGES) + 2));
			check_first_fit(&model,
			    ptoa(1 + support_random(&seed) % NPAGES));
			check_model(&model);
		}
		for (page = 0; page < NPAGES; page++) {
			check_lookup(&model, page_va(page));
			check_lookup(&model, page_va(page) + PAGE_MASK);
		}
	}
}

static void
test_tree_empty_map_has_only_its_header(void **state)
{
	struct model model;
	int i;

	model_init(&model);
	check_lookup(&model, page_va(0));
	check_lookup(&model, page_va(NPAGES));
	i = do_link(&model, 0, NPAGES);
	check_model(&model);
	do_unlink(&model, i);
	assert_null(model.map.root);
	check_model(&model);
}

/* All 5! orders in which five touching entries can leave. */
static void
unlink_in_order(const int *order)
{
	struct model model;
	int i;

	model_init(&model);
	for (i = 0; i < 5; i++)
		(void)do_link(&model, (unsigned)i * 3, (unsigned)i * 3 + 3);
	check_model(&model);
	for (i = 0; i < 5; i++) {
		do_unlink(&model, order[i]);
		check_model(&model);
	}
}

static void
permute(int *order, int n)
{
	int i, swap;

	if (n == 5) {
		unlink_in_order(order);
		return;
	}
	for (i = n; i < 5; i++) {
		swap = order[n], order[n] = order[i], order[i] = swap;
		permute(order, n + 1);
		swap = order[n], order[n] = order[i], order[i] = swap;
	}
}

static void
test_tree_unlink_every_order(void **state)
{
	int order[] = {0, 1, 2, 3, 4};

	permute(order, 0);
}

static unsigned
height(vm_map_entry_t entry)
{
	unsigned left, right;

	if (entry == NULL)
		return (0);
	left = height(entry->left);
	right = height(entry->right);
	return (1 + (left > right ? left : right));
}

/*
 * A map of entries made ascending is a path.  One look at its far end must
 * halve it, so that many cannot each cost as much.
 */
static void
test_tree_splay_halves_a_path(void **state)
{
	static struct vm_map_entry entries[1024];
	struct vm_map map;
	vm_map_entry_t entry;
	unsigned end, i;

	for (end = 0; end < 2; end++) {
		memset(&map, 0, sizeof(map));
		memset(entries, 0, sizeof(entries));
		map.header.next = map.header.prev = &map.header;
		map.header.end = map.min_offset = BASE;
		map.header.start = map.max_offset = BASE + ptoa(2 * 1024);
		for (i = 0; i < 1024; i++) {
			entry = &entries[end ? 1023 - i : i];
			entry->start = BASE + ptoa(2 * (entry - entries));
			entry->end = entry->start + PAGE_SIZE;
			vm_map_entry_link(&map,
			    end ? &map.header : map.header.prev, entry);
		}
		assert_int_equal(height(map.root), 1024);
		(void)vm_map_lookup_entry(NULL, &map,
		    end ? entries[1023].start : entries[0].start, &entry);
		assert_ptr_equal(entry, &entries[end ? 1023 : 0]);
		assert_in_range(height(map.root), 1, 520);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tree_empty_map_has_only_its_header),
	    cmocka_unit_test(test_tree_unlink_every_order),
	    cmocka_unit_test(test_tree_random_operations_agree_with_array),
	    cmocka_unit_test(test_tree_splay_halves_a_path),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
