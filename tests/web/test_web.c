/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the page in the browser is given, compiled for this host: at each place
 * of each scenario and museum entry it is JSON, and tells the state that the
 * library's own replay has.  test_page.sh runs the page itself.
 */
#include "support.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include <pmapsim/trace.h>

#include "web/web.h"

static json_t *
parsed(const char *text)
{
	json_error_t error;
	json_t *json;

	json = json_loads(text, 0, &error);
	if (json == NULL)
		fail_msg("no JSON: %s at %d of %.2000s", error.text,
		    error.position, text);
	return (json);
}

/* The digest at the end of a replay of "path", as the page writes it. */
static void
digest_of(const char *path, char *buf, size_t size)
{
	struct pmapsim_replay_options options = {.ignore_results = true};
	struct pmapsim_replay *replay;
	struct pmapsim_trace *trace;

	assert_int_equal(pmapsim_trace_open(path, &trace, NULL, 0), PMAPSIM_OK);
	assert_int_equal(pmapsim_replay_start(trace, &options, &replay, NULL,
			     0),
	    PMAPSIM_OK);
	pmapsim_replay_run(replay);
	snprintf(buf, size, "0x%016" PRIx64, pmapsim_replay_digest(replay));
	pmapsim_replay_end(replay);
	pmapsim_trace_close(trace);
}

/* Looks at the first region of the first space that "state" tells of. */
static void
look_at_a_region(const json_t *state)
{
	const json_t *region, *space;
	json_t *look;

	space = json_array_get(json_object_get(state, "spaces"), 0);
	region = json_array_get(json_object_get(space, "regions"), 0);
	if (region == NULL)
		return;
	web_look(json_string_value(json_object_get(space, "name")),
	    json_string_value(json_array_get(region, 0)));
	look = parsed(web_state());
	assert_int_equal(json_string_length(json_object_get(
			     json_object_get(look, "region"), "letters")),
	    512);
	json_decref(look);
}

/* Steps through one trace, looking at each place and at one of its regions. */
static void
walk(const char *path)
{
	struct pmapsim_trace *trace;
	char digest[24];
	json_t *state;
	json_int_t position;
	unsigned n;
	bool ended = false;

	assert_int_equal(pmapsim_trace_open(path, &trace, NULL, 0), PMAPSIM_OK);
	assert_string_equal(web_open(path, pmapsim_trace_text(trace, NULL), ""),
	    "");
	pmapsim_trace_close(trace);
	web_look("", "0");
	for (n = 0; !ended; n++) {
		assert_string_equal(web_go(n), "");
		state = parsed(web_state());
		assert_string_equal(json_string_value(json_object_get(state,
					"message")),
		    "");
		ended = json_is_true(json_object_get(state, "ended"));
		/* That it is at its end a trace knows when it is to go on. */
		position = json_integer_value(json_object_get(state,
		    "position"));
		assert_true(position == n || (ended && position == n - 1));
		if (ended)
			look_at_a_region(state);
		json_decref(state);
	}
	digest_of(path, digest, sizeof(digest));
	assert_string_equal(web_digest(), digest);
}

/* Walks through each trace of a folder; how many there are. */
static unsigned
walk_all(const char *folder)
{
	const struct dirent *entry;
	char path[512];
	unsigned count = 0;
	size_t length;
	DIR *dir;

	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		length = strlen(entry->d_name);
		if (length < 6 ||
		    strcmp(entry->d_name + length - 6, ".trace") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		walk(path);
		count++;
	}
	closedir(dir);
	return (count);
}

static void
test_each_place_is_json(void **state)
{

	assert_true(walk_all("src/scenarios") > 15);
	assert_true(walk_all("src/scenarios/museum") > 30);
}

static void
test_lists_and_differences(void **state)
{
	json_t *lists;

	lists = parsed(web_lists());
	assert_true(json_array_size(json_object_get(lists, "kernels")) > 50);
	assert_true(json_array_size(json_object_get(lists, "museum")) > 30);
	json_decref(lists);
	assert_string_equal(
	    web_open("t", "machine mem=32M first=4M\nkmem_malloc 2M nowait\n",
		""),
	    "");
	assert_non_null(strstr(web_difference("2010-04+no-superpages"),
	    "First difference: line 2"));
	assert_non_null(strstr(web_difference("2010-04"), "never differ"));
}

static void
test_what_is_wrong_is_told(void **state)
{
	json_t *place;

	assert_non_null(strstr(web_open("t", "machin mem=32M\n", ""), "t:1:"));
	assert_non_null(strstr(web_open("t", "machine mem=32M first=4M\n",
				   "8.9"),
	    "8.9"));
	assert_string_equal(
	    web_open("t", "machine mem=32M first=4M\nvm_page_free kernel 1\n",
		""),
	    "");
	web_go(100);
	place = parsed(web_state());
	assert_non_null(strstr(json_string_value(json_object_get(place,
				   "message")),
	    "t:2:"));
	json_decref(place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_place_is_json),
	    cmocka_unit_test(test_lists_and_differences),
	    cmocka_unit_test(test_what_is_wrong_is_told),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
