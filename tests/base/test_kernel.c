/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernels as data: every name parses, canonical spelling, what is wrong is
 * named with what is near.
 */
#include "support.h"

#include <stdio.h>

#include "base/kernel.h"

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
		assert_true(info->year >= 1990);
		assert_int_equal(info->revision,
		    info->month >= 1 && info->month <= 12);
		assert_int_equal(info->revision, *info->function == '\0');
		assert_non_null(info->change);
		if (info->revision)
			revisions++;
		else
			switches++;
		for (j = 0; j < i; j++) {
			other = pmapsim_kernel_info(j);
			assert_string_not_equal(info->name, other->name);
		}
	}
	assert_int_equal(revisions, KR_COUNT);
	assert_int_equal(switches, KS_COUNT);
}

/* "kernel" is "base" but for switch "ks", which is "on". */
static void
assert_one_switch(const struct kernel *kernel, const struct kernel *base,
    unsigned ks, bool on)
{
	unsigned i;

	for (i = 0; i < KS_COUNT; i++)
		assert_int_equal(kernel_set_has(&kernel->switches, i),
		    i == ks ? on : kernel_set_has(&base->switches, i));
	assert_ptr_equal(kernel->revision, base->revision);
}

/* Each switch turns exactly its own bit on and off, in each revision. */
static void
test_kernel_parse_each_switch(void **state)
{
	struct kernel base, on, off;
	const char *revision;
	char text[128];
	unsigned r, ks;

	for (r = 0; r < KR_COUNT; r++) {
		revision = pmapsim_kernel_info(r)->name;
		base = parse(revision);
		assert_string_equal(base.name, revision);
		assert_ptr_equal(base.revision->info.name, revision);
		for (ks = 0; ks < KS_COUNT; ks++) {
			snprintf(text, sizeof(text), "%s+%s", revision,
			    kernel_switch_name((enum kernel_switch)ks));
			on = parse(text);
			assert_one_switch(&on, &base, ks, true);
			snprintf(text, sizeof(text), "%s+no-%s", revision,
			    kernel_switch_name((enum kernel_switch)ks));
			off = parse(text);
			assert_one_switch(&off, &base, ks, false);
			/* What the revision already says is not repeated. */
			assert_int_equal(strcmp(on.name, base.name) == 0,
			    kernel_set_has(&base.switches, ks));
			assert_int_equal(strcmp(off.name, base.name) == 0,
			    !kernel_set_has(&base.switches, ks));
		}
	}
}

/* A revision has its base's switches but for those whose rows name it. */
static void
test_kernel_revision_is_its_base_changed(void **state)
{
	static const char *const differences[] = {"writeable-managed-only",
	    "harvest-a-on-protect", "qenter-keeps-same",
	    "free-ptps-after-remove-all", "collect-clears-writeable",
	    "enter-moves-pv", "batched-invalidation", "panic-names-page",
	    "assert-managed", "insert-grows-kernel", "partpopq-plain",
	    "fault-references-page", "insert-simplifies", "wire-asks-rights",
	    "mincore-reads-pte", "alloc-attr-gives-up"};
	const size_t ndifferences = sizeof(differences) /
	    sizeof(differences[0]);
	struct kernel april, release;
	unsigned found, i, ks;

	april = parse("2010-04");
	release = parse("9.0");
	assert_int_equal(april.revision->base, KR_NONE);
	assert_int_equal(release.revision->base, KR_2010_04);
	for (ks = 0; ks < KS_COUNT; ks++) {
		found = 0;
		for (i = 0; i < ndifferences; i++)
			found += kernel_find_switch(differences[i]) == ks;
		assert_int_equal(found,
		    kernel_set_has(&april.switches, ks) !=
			kernel_set_has(&release.switches, ks));
	}
	assert_true(kernel_set_has(&april.switches, KS_HARVEST_A_ON_PROTECT));
	assert_false(kernel_set_has(&release.switches,
	    KS_HARVEST_A_ON_PROTECT));
}

/* A kernel that differs in everything has a name that boots it again. */
static void
test_kernel_longest_name(void **state)
{
	struct kernel all, again;
	char text[PMAPSIM_KERNEL_NAME_SIZE + 8];
	unsigned ks;
	size_t used;

	used = (size_t)snprintf(text, sizeof(text), "2010-04");
	all = parse("2010-04");
	for (ks = 0; ks < KS_COUNT; ks++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "+%s%s", kernel_set_has(&all.switches, ks) ? "no-" : "",
		    kernel_switch_name((enum kernel_switch)ks));
	all = parse(text);
	assert_string_equal(all.name, text);
	again = parse(all.name);
	assert_string_equal(again.name, text);
	assert_ptr_equal(again.revision, all.revision);
	assert_memory_equal(&again.switches, &all.switches,
	    sizeof(all.switches));
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
	static const char *const fruits[] = {"apple", "pear", "plum",
	    "black.strawberry", NULL};

	return (fruits[index]);
}

static void
test_nearest(void **state)
{

	assert_string_equal(pmapsim_nearest("aple", fruit, NULL), "apple");
	assert_string_equal(pmapsim_nearest("paer", fruit, NULL), "pear");
	assert_string_equal(pmapsim_nearest("plumb", fruit, NULL), "plum");
	assert_null(pmapsim_nearest("banana", fruit, NULL));
	/* A part of a name is meant, unless one letter makes another. */
	assert_string_equal(pmapsim_nearest("straw", fruit, NULL),
	    "black.strawberry");
	assert_string_equal(pmapsim_nearest("black", fruit, NULL),
	    "black.strawberry");
	assert_string_equal(pmapsim_nearest("plu", fruit, NULL), "plum");
	assert_null(pmapsim_nearest("berry", fruit, NULL));
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
	    cmocka_unit_test(test_kernel_revision_is_its_base_changed),
	    cmocka_unit_test(test_kernel_longest_name),
	    cmocka_unit_test(test_kernel_name_is_canonical),
	    cmocka_unit_test(test_kernel_parse_errors_name_what_is_near),
	    cmocka_unit_test(test_nearest),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
