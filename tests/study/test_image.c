/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Images: a replay that is put back is where it was in everything that the
 * rest of the trace can see.  And journeys that keep them: going back makes
 * few statements again, however long the trace is.
 */
#include "support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include <pmapsim/audit.h>
#include <pmapsim/trace.h>

#include "trace/trace_image.h"
#include "study/travel.h"

#define IMAGES 6

static uint64_t
finish(struct pmapsim_replay *replay)
{

	pmapsim_replay_run(replay);
	return (pmapsim_replay_digest(replay));
}

/*
 * Takes images along "path" and puts the replay back to each, the last first
 * and then at random: each has its digest, passes the audit where it passed
 * before, and comes to the end that the trace has.
 */
static void
images_of(const char *path, uint64_t *random)
{
	struct pmapsim_replay_options options = {.ignore_results = true};
	struct image *image[IMAGES];
	uint64_t digest[IMAGES], end;
	int audited[IMAGES];
	unsigned line[IMAGES];
	struct pmapsim_replay *replay;
	struct pmapsim_trace *trace;
	uint64_t n, apart;
	unsigned count = 0, i, k;
	char text[400];

	assert_int_equal(pmapsim_trace_open(path, &trace, NULL, 0), PMAPSIM_OK);
	assert_int_equal(pmapsim_replay_start(trace, &options, &replay, NULL,
			     0),
	    PMAPSIM_OK);
	apart = pmapsim_trace_statements(trace) / IMAGES + 1;
	for (n = 1; pmapsim_replay_step(replay) == PMAPSIM_REPLAY_RUNNING;
	     n++) {
		if (n % apart != 0 || count == IMAGES)
			continue;
		image[count] = image_take(replay);
		assert_non_null(image[count]);
		digest[count] = pmapsim_replay_digest(replay);
		line[count] = pmapsim_replay_statement(replay)->line;
		audited[count++] = machine_audit(pmapsim_replay_machine(replay),
		    text, sizeof(text));
	}
	end = pmapsim_replay_digest(replay);
	for (k = 0; k < 3 * count; k++) {
		i = k < count ? count - 1 - k :
				(unsigned)(support_random(random) % count);
		assert_true(image_restore(image[i], replay));
		assert_int_equal(pmapsim_replay_statement(replay)->line,
		    line[i]);
		if (pmapsim_replay_digest(replay) != digest[i])
			fail_msg("%s: image %u has another digest", path, i);
		assert_int_equal(machine_audit(pmapsim_replay_machine(replay),
				     text, sizeof(text)),
		    audited[i]);
		if (k % 2 == 0 && finish(replay) != end)
			fail_msg("%s: image %u leads to another end", path, i);
	}
	for (i = 0; i < count; i++) {
		assert_true(image_size(image[i]) > 4096);
		image_free(image[i]);
	}
	pmapsim_replay_end(replay);
	pmapsim_trace_close(trace);
}

static unsigned
images_of_all(const char *folder, uint64_t *random)
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
		images_of(path, random);
		count++;
	}
	closedir(dir);
	return (count);
}

static void
test_images_of_scenarios(void **state)
{
	uint64_t random = 18;

	print_message("seed %u\n", (unsigned)random);
	assert_true(images_of_all("src/scenarios", &random) > 15);
	assert_true(images_of_all("src/scenarios/museum", &random) > 30);
}

/* Tables lie behind 8 MB of frames that were freed, and so may be anything. */
static void
test_tables_behind_a_long_run(void **state)
{
	static const char
	    text[] = "machine mem=32M first=4M kmem=8M kernel=2010-04\n"
		     "vm_object_allocate o 8192 color=0\n"
		     "vm_page_alloc o 0 repeat=2048\n"
		     "pmap_pinit u\n"
		     "pmap_enter u 0x400000 o 0 access=rw prot=rw wired=0\n"
		     "vm_page_alloc o 2048 repeat=3584\n"
		     "vm_page_free o 2048 repeat=3584\n"
		     "pmap_remove u 0x400000 0x401000\n"
		     "pmap_release u\n";
	struct pmapsim_replay *replay;
	struct pmapsim_trace *trace;
	struct image *image;
	uint64_t digest, end;
	unsigned i;

	assert_int_equal(pmapsim_trace_from_memory("long-run", text,
			     sizeof(text) - 1, &trace, NULL, 0),
	    PMAPSIM_OK);
	assert_int_equal(pmapsim_replay_start(trace, NULL, &replay, NULL, 0),
	    PMAPSIM_OK);
	for (i = 0; i < 7; i++)
		assert_int_equal(pmapsim_replay_step(replay),
		    PMAPSIM_REPLAY_RUNNING);
	digest = pmapsim_replay_digest(replay);
	image = image_take(replay);
	assert_non_null(image);
	end = finish(replay);
	assert_true(digest != end);
	for (i = 0; i < 3; i++) {
		assert_true(image_restore(image, replay));
		assert_true(pmapsim_replay_digest(replay) == digest);
		assert_true(finish(replay) == end);
	}
	image_free(image);
	pmapsim_replay_end(replay);
	pmapsim_trace_close(trace);
}

static void
test_no_image_before_the_machine(void **state)
{
	struct pmapsim_replay *replay;
	struct pmapsim_trace *trace;

	assert_int_equal(pmapsim_trace_from_memory("t",
			     "machine mem=1G first=4M\n", 24, &trace, NULL, 0),
	    PMAPSIM_OK);
	assert_int_equal(pmapsim_replay_start(trace, NULL, &replay, NULL, 0),
	    PMAPSIM_OK);
	assert_null(image_take(replay));
	pmapsim_replay_step(replay);
	/* Nor of so much memory that looking through it takes long. */
	assert_null(image_take(replay));
	pmapsim_replay_end(replay);
	pmapsim_trace_close(trace);
	image_free(NULL);
}

/* A trace of "calls" calls, which fill and empty some kernel memory. */
static struct pmapsim_trace *
long_trace(unsigned calls)
{
	struct pmapsim_trace *trace;
	char *text, *p;
	unsigned i;

	p = text = malloc(64 * (calls + 2));
	assert_non_null(text);
	p += sprintf(p,
	    "machine mem=32M first=4M\nvm_object_allocate o 512 "
	    "color=0\n");
	for (i = 0; i < calls; i++)
		p += sprintf(p,
		    i % 1000 < 500 ? "vm_page_alloc o %u\n" :
				     "vm_page_free o %u\n",
		    i % 500);
	assert_int_equal(pmapsim_trace_from_memory("long", text, strlen(text),
			     &trace, NULL, 0),
	    PMAPSIM_OK);
	free(text);
	return (trace);
}

static void
test_going_back_makes_few_statements(void **state)
{
	struct pmapsim_replay_options options = {.ignore_results = true};
	const uint64_t places[] = {29999, 29000, 16385, 16384, 8193, 24000, 2};
	struct travel fresh, travel;
	struct pmapsim_trace *trace;
	uint64_t digest, made;
	unsigned i;

	trace = long_trace(30000);
	assert_true(travel_start(&travel, trace, &options));
	travel.explains = false;
	assert_true(travel_to(&travel, UINT64_MAX, NULL, NULL));
	assert_int_equal(travel.position, 30002);
	assert_true(travel.nmarks >= 3);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		made = travel.made;
		assert_true(travel_to(&travel, places[i], NULL, NULL));
		assert_int_equal(travel.position, places[i]);
		assert_true(travel.made - made <= TRAVEL_APART);
		digest = pmapsim_replay_digest(travel.replay);
		assert_true(travel_start(&fresh, trace, &options));
		fresh.explains = false;
		fresh.apart = 0;
		assert_true(travel_to(&fresh, places[i], NULL, NULL));
		assert_true(pmapsim_replay_digest(fresh.replay) == digest);
		assert_string_equal(fresh.result, travel.result);
		travel_end(&fresh);
	}
	travel_end(&travel);
	pmapsim_trace_close(trace);
}

/* Another kernel from here on: images of the old future are no places of it. */
static void
test_a_switch_forgets_the_future(void **state)
{
	struct pmapsim_replay_options options = {.ignore_results = true};
	struct pmapsim_trace *trace;
	struct travel travel;

	trace = long_trace(30000);
	assert_true(travel_start(&travel, trace, &options));
	travel.explains = false;
	assert_true(travel_to(&travel, UINT64_MAX, NULL, NULL));
	assert_true(travel_to(&travel, 12000, NULL, NULL));
	assert_true(travel_switch(&travel, "2010-04+no-superpages"));
	assert_true(travel_to(&travel, 25000, NULL, NULL));
	assert_string_equal(travel_kernel(&travel), "2010-04+no-superpages");
	assert_true(travel_to(&travel, 20000, NULL, NULL));
	assert_string_equal(travel_kernel(&travel), "2010-04+no-superpages");
	assert_true(travel_to(&travel, 11999, NULL, NULL));
	assert_string_equal(travel_kernel(&travel), "2010-04");
	travel_end(&travel);
	pmapsim_trace_close(trace);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_images_of_scenarios),
	    cmocka_unit_test(test_tables_behind_a_long_run),
	    cmocka_unit_test(test_no_image_before_the_machine),
	    cmocka_unit_test(test_going_back_makes_few_statements),
	    cmocka_unit_test(test_a_switch_forgets_the_future),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
