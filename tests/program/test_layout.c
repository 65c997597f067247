/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions, against an array that has a place for each page.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "program/layout.h"
#include "support.h"

#define PAGES 64
#define NOTHING UINT64_MAX

static void
compare(const struct layout *layout, const uint64_t *model)
{
	const struct layout_region *region, *next;
	uint64_t i;

	for (i = 0; i < PAGES; i++) {
		region = layout_find(layout, i * 4096 + 17);
		if (model[i] == NOTHING)
			assert_null(region);
		else {
			assert_non_null(region);
			assert_int_equal(region->shift, model[i]);
		}
		next = layout_from(layout, i * 4096);
		if (model[i] != NOTHING)
			assert_ptr_equal(next, region);
		else if (next != NULL)
			assert_true(next->start > i * 4096);
	}
	for (i = 1; i < layout->count; i++)
		assert_true(layout->regions[i - 1].end <=
		    layout->regions[i].start);
}

static void
test_random_changes(void **state)
{
	uint64_t model[PAGES], seed = 20261129, start, end, shift, i;
	struct layout layout = {NULL, 0, 0}, copy;
	unsigned step;

	print_message("seed %llu\n", (unsigned long long)seed);
	memset(model, 0xff, sizeof(model));
	for (step = 0; step < 5000; step++) {
		start = support_random(&seed) % PAGES;
		end = start + 1 + support_random(&seed) % (PAGES - start);
		shift = support_random(&seed) % 1000 * 4096;
		if (support_random(&seed) % 3 != 0) {
			assert_true(layout_add(&layout, start * 4096,
			    end * 4096, shift));
			for (i = start; i < end; i++)
				model[i] = shift;
		} else {
			assert_true(layout_remove(&layout, start * 4096,
			    end * 4096));
			for (i = start; i < end; i++)
				model[i] = NOTHING;
		}
		compare(&layout, model);
	}
	assert_true(layout_copy(&copy, &layout));
	layout_done(&layout);
	compare(&copy, model);
	layout_done(&copy);
	assert_null(layout_find(&copy, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_random_changes),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
