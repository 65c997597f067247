/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What "pmapsim compare --json" prints is read back by a JSON parser.  The
 * command is named by PMAPSIM_COMMAND.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

static json_t *
run(const char *arguments)
{
	json_error_t error;
	char command[4096];
	const char *path;
	json_t *root;
	FILE *pipe;

	path = getenv("PMAPSIM_COMMAND");
	assert_non_null(path);
	snprintf(command, sizeof(command), "'%s' %s", path, arguments);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	root = json_loadf(pipe, 0, &error);
	if (root == NULL)
		fail_msg("line %d: %s", error.line, error.text);
	assert_int_equal(pclose(pipe), 0);
	return (root);
}

static int64_t
number(const json_t *object, const char *key)
{
	json_t *value;

	value = json_object_get(object, key);
	if (!json_is_integer(value))
		fail_msg("\"%s\" is not an integer", key);
	return (json_integer_value(value));
}

static void
test_default_kernels(void **state)
{
	json_t *inv, *messages, *root, *row, *rows;

	root = run("compare --json acpi-wakeup");
	rows = json_object_get(root, "kernels");
	assert_int_equal(json_array_size(rows), 7);

	row = json_array_get(rows, 0);
	assert_string_equal(json_string_value(json_object_get(row, "kernel")),
	    "2010-04+litter");
	assert_string_equal(json_string_value(json_object_get(row, "outcome")),
	    "panics");
	assert_string_equal(json_string_value(json_object_get(row, "panic")),
	    "pmap_enter: attempted pmap_enter on 2MB page");
	assert_int_equal(number(row, "statements"), 8);

	row = json_array_get(rows, 2);
	assert_string_equal(json_string_value(json_object_get(row, "kernel")),
	    "2010-04+litter+clear-on-unuse");
	assert_string_equal(json_string_value(json_object_get(row, "outcome")),
	    "ends");
	assert_null(json_object_get(row, "panic"));
	assert_int_equal(number(row, "promotions"), 2);
	assert_int_equal(number(row, "demotions"), 1);
	assert_int_equal(number(row, "p_failures"), 512);
	assert_int_equal(number(row, "pte_stores"), 1035);
	assert_int_equal(number(row, "superpages"), 1);
	inv = json_object_get(row, "invalidations");
	messages = json_object_get(row, "messages");
	assert_int_equal(number(inv, "page"), 5);
	assert_int_equal(number(inv, "range"), 0);
	assert_int_equal(number(inv, "all"), 0);
	/* Eight CPUs. */
	assert_int_equal(number(messages, "page"), 7 * 5);
	assert_true(json_real_value(json_object_get(row,
	    "superpage_share")) > 0);
	json_decref(root);
}

/* A trace whose kernel is not one of the default ones is measured by it. */
static void
test_own_kernel_first(void **state)
{
	json_t *root, *row, *rows;

	root = run("compare --json count-drift");
	rows = json_object_get(root, "kernels");
	assert_int_equal(json_array_size(rows), 8);
	row = json_array_get(rows, 0);
	assert_string_equal(json_string_value(json_object_get(row, "kernel")),
	    "2010-04");
	json_decref(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_kernels),
		cmocka_unit_test(test_own_kernel_first),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
