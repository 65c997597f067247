/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernels as data: every name parses, canonical spelling, what is wrong is
 * named with what is near.
 */
#include "support.h"

#include <stdio.h>

#include "base/kernel.h"
#include "base/suggest.h"

static struct kernel
parse(const char *text)
{
	struct kernel kernel;
	char err[200];

	if (!kernel_parse(text, &kernel, err, sizeof(err)))
		fail_msg("%s: %s", text != NULL ? text : "(none)", err);
	return (kernel);
}

/* Every listed name has its line and source, once. */
static void
test_kernel_info_is_complete(void **state)
{
	const struct pmapsim_kernel_info *info, *other;
	unsigned i, j, revisions = 0, switches = 0;

	for (i = 0; (info = pmapsim_kernel_info(i)) != NULL; i++) {
		assert_non_null(info->name);
		assert_true(strlen(info->description) > 10);
		assert_true(strlen(info->source) > 3);
		if (info->revision)
			revisions++;
		else
			switches++;
		for (j = 0; j < i; j++) {
			other = pmapsim_kernel_info(j);
			assert_string_not_equal(info->name, other->name);
		}
	}
	assert_int_equal(revisions, 2);
	assert_int_equal(switches, KS_COUNT);
}

/* Each switch turns exactly its own bit on and off, in each revision. */
static void
test_kernel_parse_each_switch(void **state)
{
	static const char *const revisions[] = {"2010-04", "9.0"};
	struct kernel base, on, off;
	char text[128];
	unsigned r, ks;

	for (r = 0; r < 2; r++) {
		base = parse(revisions[r]);
		assert_string_equal(base.name, revisions[r]);
		for (ks = 0; ks < KS_COUNT; ks++) {
			snprintf(text, sizeof(text), "%s+%s", revisions[r],
			    kernel_switch_name((enum kernel_switch)ks));
			on = parse(text);
			assert_int_equal(on.switches,
			    base.switches | (UINT64_C(1) << ks));
			snprintf(text, sizeof(text), "%s+no-%s", revisions[r],
			    kernel_switch_name((enum kernel_switch)ks));
			off = parse(text);
			assert_int_equal(off.switches,
			    base.switches & ~(UINT64_C(1) << ks));
			/* What the revision already says is not repeated. */
			assert_int_equal(strcmp(on.name, base.name) == 0,
			    on.switches == base.switches);
			assert_int_equal(strcmp(off.name, base.name) == 0,
			    off.switches == base.switches);
		}
	}
}

static void
test_kernel_name_is_canonical(void **state)
{

	assert_string_equal(parse(NULL).name, "2010-04");
	assert_string_equal(parse("2010-04+no-superpages+litter").name,
	    "2010-04+litter+no-superpages");
	assert_string_equal(parse("2010-04+litter+no-litter").name, "2010-04");
	/* A switch whose own name begins with "no-". */
	assert_string_equal(parse("2010-04+no-superpages").name,
	    "2010-04+no-superpages");
	assert_string_equal(parse("2010-04+no-no-superpages").name, "2010-04");
}

static void
test_kernel_parse_errors_name_what_is_near(void **state)
{
	static const struct {
		const char *text, *found, *near;
	} cases[] = {
	    {"2010-4", "2010-4", "2010-04"},
	    {"9.0+liter", "liter", "litter"},
	    {"2010-04+enter-multipel", "enter-multipel", "enter-multiple"},
	    {"2010-04+", "\"\"", "lists them"},
	    {"", "\"\"", "lists them"},
	    {"2010-04+xyzzy", "xyzzy", "lists them"},
	};
	struct kernel kernel, before;
	char err[200];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&kernel, 0x5a, sizeof(kernel));
		before = kernel;
		assert_false(kernel_parse(cases[i].text, &kernel, err,
		    sizeof(err)));
		assert_non_null(strstr(err, cases[i].found));
		assert_non_null(strstr(err, cases[i].near));
		assert_memory_equal(&kernel, &before, sizeof(kernel));
		assert_false(pmapsim_kernel_valid(cases[i].text, err,
		    sizeof(err)));
	}
}

static const char *
fruit(void *arg, unsigned index)
{
	static const char *const fruits[] = {"apple", "pear", "plum", NULL};

	return (fruits[index]);
}

static void
test_nearest(void **state)
{

	assert_string_equal(pmapsim_nearest("aple", fruit, NULL), "apple");
	assert_string_equal(pmapsim_nearest("paer", fruit, NULL), "pear");
	assert_string_equal(pmapsim_nearest("plumb", fruit, NULL), "plum");
	assert_null(pmapsim_nearest("banana", fruit, NULL));
	assert_null(pmapsim_nearest("", fruit, NULL));
	/* Too long to be anything. */
	assert_null(pmapsim_nearest("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    fruit, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kernel_info_is_complete),
	    cmocka_unit_test(test_kernel_parse_each_switch),
	    cmocka_unit_test(test_kernel_name_is_canonical),
	    cmocka_unit_test(test_kernel_parse_errors_name_what_is_near),
	    cmocka_unit_test(test_nearest),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
