/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The buddy allocator beside a slow twin, over random calls and random memory.
 */
#include "vm_phys_fixture.h"

#include <stdlib.h>

/*
 * The slow twin: every free block in plain arrays, every search linear.  It
 * is written from the specification's words and shares nothing with vm_phys.c.
 */
#define MODEL_PAGES (96 << 8)
#define MODEL_FIRST UINT64_C(0xb04000)
#define MODEL_MEM (ptoa(MODEL_PAGES) - 0x5000)
#define MODEL_CONFIG "mem=0x5ffb000 first=0xb04000 kmem=0 invariants=on"
#define MODEL_BLOCKS 4096

struct model {
	uint8_t pool[MODEL_PAGES];
	vm_paddr_t queue[2][3][13][MODEL_BLOCKS];
	int n[2][3][13];
};

static void
model_insert(struct model *model, int list, int pool, int order, vm_paddr_t pa,
    bool head)
{
	vm_paddr_t *q = model->queue[list][pool][order];
	int *n = &model->n[list][pool][order];

	assert_true(*n < MODEL_BLOCKS);
	if (head)
		memmove(q + 1, q, (size_t)*n * sizeof(*q));
	q[head ? 0 : *n] = pa;
	++*n;
}

/* False: no such block is on the queue. */
static bool
model_remove(struct model *model, int list, int pool, int order, vm_paddr_t pa)
{
	vm_paddr_t *q = model->queue[list][pool][order];
	int *n = &model->n[list][pool][order];
	int i;

	for (i = 0; i < *n; i++)
		if (q[i] == pa) {
			memmove(q + i, q + i + 1,
			    (size_t)(*n - i - 1) * sizeof(*q));
			--*n;
			return (true);
		}
	return (false);
}

static int
model_list(vm_paddr_t pa)
{

	return (pa < 16 << 20);
}

static void
model_set_pool(struct model *model, vm_paddr_t pa, int order, int pool)
{

	memset(&model->pool[pa >> PAGE_SHIFT], pool, (size_t)1 << order);
}

static void
model_free(struct model *model, vm_paddr_t pa, int order)
{
	const int list = model_list(pa);
	const vm_paddr_t start = list ? MODEL_FIRST : 16 << 20;
	const vm_paddr_t end = list ? 16 << 20 : MODEL_MEM;
	const int pool = model->pool[pa >> PAGE_SHIFT];
	vm_paddr_t buddy;
	int p;

	for (; order < 12; order++) {
		buddy = pa ^ (PAGE_SIZE << order);
		if (buddy < start || buddy >= end)
			break;
		for (p = 0; p < 3; p++)
			if (model_remove(model, list, p, order, buddy))
				break;
		if (p == 3)
			break;
		model_set_pool(model, buddy, order, pool);
		if (buddy < pa)
			pa = buddy;
	}
	model_insert(model, list, pool, order, pa, false);
}

static vm_paddr_t
model_alloc(struct model *model, int pool, int order)
{
	vm_paddr_t pa = 0;
	int list, o = 0, p;

	for (list = 0; list < 2 && pa == 0; list++) {
		for (o = order; o < 13; o++)
			if (model->n[list][pool][o] > 0) {
				pa = model->queue[list][pool][o][0];
				model_remove(model, list, pool, o, pa);
				goto found;
			}
		for (o = 12; o >= order; o--)
			for (p = 0; p < 3; p++)
				if (model->n[list][p][o] > 0) {
					pa = model->queue[list][p][o][0];
					model_remove(model, list, p, o, pa);
					model_set_pool(model, pa, o, pool);
					goto found;
				}
	}
	return (0);
found:
	while (o-- > order)
		model_insert(model, list, pool, o, pa + (PAGE_SIZE << o), true);
	return (pa);
}

static bool
model_unfree(struct model *model, vm_paddr_t pa)
{
	const int list = model_list(pa);
	vm_paddr_t base, half;
	int order, p;

	for (order = 0; order < 13; order++)
		for (p = 0; p < 3; p++) {
			base = pa & ~((PAGE_SIZE << order) - 1);
			if (!model_remove(model, list, p, order, base))
				continue;
			while (order-- > 0) {
				half = PAGE_SIZE << order;
				model_insert(model, list, p, order,
				    (pa & half) != 0 ? base : base + half,
				    true);
				base += pa & half;
			}
			return (true);
		}
	return (false);
}

static void
model_start(struct model *model)
{
	vm_paddr_t pa;

	/* As the kernel does: each page singly, ascending. */
	for (pa = MODEL_FIRST; pa < MODEL_MEM; pa += PAGE_SIZE)
		model_free(model, pa, 0);
}

static void
model_state(const struct model *model, struct vm_state *out)
{
	int i, list, order, pool;

	out->length = 0;
	out->text[0] = '\0';
	for (list = 0; list < 2; list++)
		for (pool = 0; pool < 3; pool++)
			for (order = 0; order < 13; order++) {
				if (model->n[list][pool][order] == 0)
					continue;
				vm_state_add(out, "%" PRIu64, list);
				vm_state_add(out, ".%" PRIu64, pool);
				vm_state_add(out, ".%" PRIu64, order);
				for (i = 0; i < model->n[list][pool][order];
				     i++)
					vm_state_add(out, " %" PRIx64,
					    model->queue[list][pool][order][i]);
				vm_state_add(out, "\n", 0);
			}
}

/* What is allocated, so that it can be freed, whole or in pieces. */
struct taken {
	vm_paddr_t pa;
	int order;
};

#define RUNS 4
#define STEPS 1500

/*
 * The machine as it boots, one whose untouched blocks got their links, and the
 * model: the same calls, the same addresses, the same queues.
 */
static void
test_random_calls_against_the_model(void **state)
{
	static struct taken taken[MODEL_BLOCKS];
	static struct vm_state a, b, c;
	struct machine *mach, *touched;
	struct model *model;
	uint64_t seed;
	vm_paddr_t pa;
	int i, n, order, pool, run, step;

	for (run = 0; run < RUNS; run++) {
		seed = 20100428 + (uint64_t)run;
		print_message("seed %" PRIu64 "\n", seed);
		mach = support_boot(MODEL_CONFIG);
		touched = support_boot(MODEL_CONFIG);
		vm_phys_touch_all(touched, 0);
		model = calloc(1, sizeof(*model));
		assert_non_null(model);
		model_start(model);
		n = 0;
		for (step = 0; step < STEPS; step++) {
			switch (support_random(&seed) % 8) {
			case 0: /* a single page out of a free block */
				pa = MODEL_FIRST +
				    ptoa(support_random(&seed) %
					atop(MODEL_MEM - MODEL_FIRST));
				order = model_unfree(model, pa);
				assert_int_equal(vm_phys_unfree_page(mach,
						     page(mach, pa)),
				    order);
				assert_int_equal(vm_phys_unfree_page(touched,
						     page(touched, pa)),
				    order);
				if (order == 0 || n == MODEL_BLOCKS)
					break;
				taken[n].pa = pa;
				taken[n++].order = 0;
				break;
			case 1:
			case 2:
			case 3:
				if (n == 0)
					break;
				i = (int)(support_random(&seed) % (uint64_t)n);
				/* Half of the block, or all of it. */
				order = taken[i].order;
				pa = taken[i].pa;
				if (order > 0 && support_random(&seed) % 2) {
					taken[i].order = --order;
					if (support_random(&seed) % 2)
						pa += PAGE_SIZE << order;
					else
						taken[i].pa += PAGE_SIZE
						    << order;
				} else
					taken[i] = taken[--n];
				pool = (int)(support_random(&seed) % 3);
				model_set_pool(model, pa, order, pool);
				model_free(model, pa, order);
				vm_phys_set_pool(mach, pool, page(mach, pa),
				    order);
				vm_phys_free_pages(mach, page(mach, pa), order);
				vm_phys_set_pool(touched, pool,
				    page(touched, pa), order);
				vm_phys_free_pages(touched, page(touched, pa),
				    order);
				break;
			default:
				order = (int)(support_random(&seed) %
				    (support_random(&seed) % 13 + 1));
				pool = (int)(support_random(&seed) % 3);
				pa = model_alloc(model, pool, order);
				if (pa == 0) {
					assert_null(vm_phys_alloc_pages(mach,
					    pool, order));
					assert_null(vm_phys_alloc_pages(touched,
					    pool, order));
					break;
				}
				assert_pa(mach,
				    vm_phys_alloc_pages(mach, pool, order), pa);
				assert_pa(touched,
				    vm_phys_alloc_pages(touched, pool, order),
				    pa);
				assert_true(n < MODEL_BLOCKS);
				taken[n].pa = pa;
				taken[n++].order = order;
				break;
			}
			model_state(model, &a);
			vm_state_lists(mach, &b);
			vm_state_lists(touched, &c);
			assert_string_equal(a.text, b.text);
			assert_string_equal(a.text, c.text);
		}
		/* What the queues do not show: pools inside the blocks. */
		for (pa = MODEL_FIRST; pa < MODEL_MEM; pa += PAGE_SIZE) {
			assert_int_equal(page(mach, pa)->pool,
			    model->pool[pa >> PAGE_SHIFT]);
			assert_int_equal(page(touched, pa)->pool,
			    model->pool[pa >> PAGE_SHIFT]);
		}
		free(model);
		done(mach);
		done(touched);
	}
}

/* Memory that begins and ends anywhere is queued as if page by page. */
static void
test_startup_equals_adding_each_page(void **state)
{
	static struct vm_state whole, single;
	struct machine *mach;
	vm_paddr_t end, pa, start;
	char config[128];
	uint64_t seed = 7;
	int i;

	print_message("seed %" PRIu64 "\n", seed);
	for (i = 0; i < 40; i++) {
		start = 0x200000 + ptoa(support_random(&seed) % 0x2000);
		end = start +
		    ptoa(1 +
			support_random(&seed) %
			    (UINT64_C(1) << support_random(&seed) % 14));
		snprintf(config, sizeof(config),
		    "mem=0x%" PRIx64 " first=0x%" PRIx64 " kmem=0", end, start);
		mach = support_boot(config);
		vm_state_lists(mach, &whole);
		assert_sysctl(mach, "vm.stats.vm.v_page_count",
		    atop(end - start));
		while (vm_phys_alloc_pages(mach, DEFAULT, 0) != NULL)
			continue;
		for (pa = start; pa < end; pa += PAGE_SIZE)
			vm_phys_free_pages(mach, page(mach, pa), 0);
		vm_state_lists(mach, &single);
		assert_string_equal(whole.text, single.text);
		done(mach);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_startup_equals_adding_each_page),
	    cmocka_unit_test(test_random_calls_against_the_model),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
