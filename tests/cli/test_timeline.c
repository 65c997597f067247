/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What "pmapsim timeline" writes is read back by a JSON parser, and held
 * against what the Trace Event format asks for.  The command is named by
 * PMAPSIM_COMMAND.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

static const char *
word(const json_t *event, const char *key)
{
	const char *value;

	value = json_string_value(json_object_get(event, key));
	return (value != NULL ? value : "");
}

static double
number(const json_t *event, const char *key)
{
	json_t *value;

	value = json_object_get(event, key);
	if (!json_is_number(value))
		fail_msg("%s has no number \"%s\"", word(event, "name"), key);
	return (json_number_value(value));
}

/* What every viewer relies on; times never go back and slices of a track do
 * not overlap. */
static void
assert_format(json_t *root)
{
	double end[32] = {0}, last = 0, ts;
	json_t *event, *events;
	const char *ph;
	size_t i;
	int tid;

	events = json_object_get(root, "traceEvents");
	assert_true(json_is_array(events));
	json_array_foreach(events, i, event)
	{
		ph = word(event, "ph");
		assert_true(strlen(ph) == 1 && strchr("XiCM", ph[0]) != NULL);
		assert_true(word(event, "name")[0] != '\0');
		assert_true(number(event, "pid") == 1);
		ts = number(event, "ts");
		assert_true(ts >= last);
		last = ts;
		if (ph[0] == 'X') {
			tid = (int)number(event, "tid");
			assert_in_range(tid, 0, 31);
			assert_true(ts >= end[tid]);
			assert_true(number(event, "dur") >= 1);
			end[tid] = ts + number(event, "dur");
		} else if (ph[0] == 'i')
			assert_true(strchr("tg", word(event, "s")[0]) != NULL);
		else if (ph[0] == 'C')
			assert_true(json_object_size(json_object_get(event,
					"args")) > 0);
	}
	assert_true(i > 5);
}

/* The last event of that name; "*count" is how many there are. */
static json_t *
find(json_t *root, const char *name, unsigned *count)
{
	json_t *event, *found = NULL;
	size_t i;

	*count = 0;
	json_array_foreach(json_object_get(root, "traceEvents"), i, event)
	{
		if (strcmp(word(event, "name"), name) != 0)
			continue;
		found = event;
		(*count)++;
	}
	return (found);
}

static double
counter(json_t *root, const char *name, const char *value)
{
	json_t *event;
	unsigned count;

	event = find(root, name, &count);
	if (event == NULL)
		fail_msg("no counter %s", name);
	assert_string_equal(word(event, "ph"), "C");
	return (number(json_object_get(event, "args"), value));
}

static void
test_acpi_wakeup(void **state)
{
	json_t *args, *event, *root;
	unsigned count;

	root = run("timeline acpi-wakeup");
	assert_format(root);
	find(root, "thread_name", &count);
	assert_int_equal(count, 8);

	event = find(root, "malloc", &count);
	assert_int_equal(count, 1);
	assert_string_equal(word(event, "ph"), "X");
	assert_true(number(event, "ts") == 2 && number(event, "dur") == 1);
	args = json_object_get(event, "args");
	assert_true(number(args, "line") == 54);
	assert_string_equal(word(args, "call"),
	    "malloc 6144 "
	    "from=acpi_alloc_wakeup_handler,mi_startup,btext");
	/* Statements that only ask are no calls. */
	assert_null(find(root, "stats", &count));

	event = find(root, "promotion", &count);
	assert_int_equal(count, 2);
	assert_true(number(event, "ts") > 2 && number(event, "ts") < 3);
	assert_string_equal(word(json_object_get(event, "args"), "va"),
	    "0xffffff8000000000");
	assert_non_null(find(root, "promotion failed, 511 times", &count));
	assert_int_equal(count, 1);
	assert_non_null(find(root, "demotion", &count));
	assert_int_equal(count, 1);
	event = find(root, "panic", &count);
	assert_int_equal(count, 1);
	assert_string_equal(word(json_object_get(event, "args"), "text"),
	    "pmap_enter: attempted pmap_enter on 2MB page");

	assert_true(counter(root, "promotions", "value") == 2);
	assert_true(counter(root, "demotions", "value") == 1);
	assert_true(counter(root, "p_failures", "value") == 511);
	assert_true(counter(root, "superpages", "value") == 1);
	assert_true(counter(root, "free pages", "value") == 6651);
	assert_true(counter(root, "wired pages", "value") == 517);
	/* CPU 0 tells the seven others. */
	assert_true(counter(root, "shootdowns of CPU 0", "sent") ==
	    7 * counter(root, "shootdowns of CPU 7", "received"));
	assert_true(counter(root, "shootdowns of CPU 7", "received") > 0);
	assert_true(json_object_size(json_object_get(root, "otherData")) >= 3);
	json_decref(root);
}

/* Each statement stands on the track of the CPU that made it. */
static void
test_cpus(void **state)
{
	unsigned count;
	json_t *root;

	root = run("timeline - <<END\n"
		   "machine mem=32M first=4M kmem=8M ncpu=4\n"
		   "kmem_malloc 8K cpu=2\n"
		   "kmem_free 0xffffff8000000000 8K cpu=3\n"
		   "END\n");
	assert_format(root);
	assert_true(number(find(root, "kmem_malloc", &count), "tid") == 2);
	assert_true(number(find(root, "kmem_free", &count), "tid") == 3);
	assert_true(counter(root, "shootdowns of CPU 3", "sent") > 0);
	assert_true(counter(root, "shootdowns of CPU 3", "received") == 0);
	json_decref(root);
}

/* A longer one, in a file. */
static void
test_file(void **state)
{
	char command[4096], path[] = "/tmp/pmapsim-timeline-XXXXXX";
	json_error_t error;
	json_t *root;
	int fd;

	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	snprintf(command, sizeof(command),
	    "'%s' timeline --output %s "
	    "tests/golden/2010-04/user-promote-small-1.trace",
	    getenv("PMAPSIM_COMMAND"), path);
	assert_int_equal(system(command), 0);
	root = json_load_file(path, 0, &error);
	if (root == NULL)
		fail_msg("line %d: %s", error.line, error.text);
	assert_format(root);
	json_decref(root);

	/* What is there stays when a trace proves bad on the way, which page
	 * 7 does. */
	snprintf(command, sizeof(command),
	    "printf 'machine mem=32M first=4M\\n"
	    "vm_page_free kernel 7\\n' | '%s' timeline - --output %s "
	    "2>/dev/null",
	    getenv("PMAPSIM_COMMAND"), path);
	assert_int_not_equal(system(command), 0);
	root = json_load_file(path, 0, &error);
	assert_non_null(root);
	json_decref(root);
	snprintf(command, sizeof(command), "! ls %s.tmp.* 2>/dev/null", path);
	assert_int_equal(system(command), 0);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_acpi_wakeup),
	    cmocka_unit_test(test_cpus),
	    cmocka_unit_test(test_file),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
