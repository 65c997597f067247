/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bug museum keeps what it promises: each scenario shows its bug in the
 * kernels that have it, and passes, with an audit at its end, in those that do
 * not; and each bug that is not built has its reason.  A bug that only other
 * CPUs see inside a call shows in the library that has points for them: this
 * suite is built with each.
 */
#include "support.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include <pmapsim/audit.h>
#include <pmapsim/diff.h>
#include <pmapsim/museum.h>
#include <pmapsim/race.h>
#include <pmapsim/trace.h>

#include "amd64/race_point.h"

#define SCENARIOS "src/scenarios/"
#define BUILT_MIN 18 /* entries; fewer would be no museum */

/* The last result of a replay, and the audit behind it. */
struct last {
	enum pmapsim_replay_outcome outcome;
	unsigned line, last_line; /* reached; of the last statement */
	char result[800];
	char audit[600];
};

static struct pmapsim_trace *
open_scenario(const struct pmapsim_museum_entry *entry)
{
	struct pmapsim_trace *trace;
	char err[600], path[200];

	snprintf(path, sizeof(path), SCENARIOS "%s.trace", entry->scenario);
	if (pmapsim_trace_open(path, &trace, err, sizeof(err)) != PMAPSIM_OK ||
	    pmapsim_trace_check(trace, err, sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s: %s", entry->name, err);
	return (trace);
}

/* The line of the last statement: scenarios end with it. */
static unsigned
last_line(const struct pmapsim_trace *trace)
{
	const char *text;
	size_t i, size;
	unsigned lines = 0;

	text = pmapsim_trace_text(trace, &size);
	for (i = 0; i < size; i++)
		lines += text[i] == '\n';
	return (lines);
}

static bool
keep_last(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct last *last = arg;

	last->line = statement->line;
	snprintf(last->result, sizeof(last->result), "%s", result);
	return (true);
}

/* "may_refuse": the kernel may be one that has not all of the calls. */
static struct last
replay(const struct pmapsim_trace *trace, const char *kernel, bool may_refuse)
{
	struct last last = {.last_line = last_line(trace)};
	struct pmapsim_replay_options options = {.kernel = kernel,
	    .ignore_results = true,
	    .after = keep_last,
	    .arg = &last};
	struct pmapsim_replay *replay;
	char err[600];

	if (pmapsim_replay_start(trace, &options, &replay, err, sizeof(err)) !=
	    PMAPSIM_OK)
		fail_msg("%s: %s", kernel, err);
	last.outcome = pmapsim_replay_run(replay);
	if (last.outcome == PMAPSIM_REPLAY_BAD_INPUT && !may_refuse)
		fail_msg("%s", pmapsim_replay_result(replay)->message);
	if (last.outcome == PMAPSIM_REPLAY_MATCHED &&
	    machine_audit(pmapsim_replay_machine(replay), last.audit,
		sizeof(last.audit)) < 0)
		fail_msg("no memory to audit with");
	pmapsim_replay_end(replay);
	return (last);
}

/* Calls "check" for each entry that is built, and tells how many are. */
static unsigned
each_built(void (*check)(const struct pmapsim_museum_entry *entry,
    const struct pmapsim_trace *trace))
{
	const struct pmapsim_museum_entry *entry;
	struct pmapsim_trace *trace;
	unsigned built = 0, i;

	for (i = 0; (entry = pmapsim_museum_entry(i)) != NULL; i++) {
		if (entry->reason != NULL)
			continue;
		built++;
		trace = open_scenario(entry);
		if (race_has_points() || !pmapsim_race_has_plans(trace))
			check(entry, trace);
		pmapsim_trace_close(trace);
	}
	return (built);
}

static void
check_bug(const struct pmapsim_museum_entry *entry,
    const struct pmapsim_trace *trace)
{
	struct last last = replay(trace, entry->kernel, false);

	if (strcmp(last.result, entry->shown) != 0 ||
	    last.line != last.last_line)
		fail_msg("%s under %s: line %u gives \"%s\"", entry->name,
		    entry->kernel, last.line, last.result);
	/* A panic, and nothing else, ends a replay otherwise. */
	assert_int_equal(last.outcome,
	    strncmp(entry->shown, "panic ", 6) == 0 ||
		    strncmp(entry->shown, "stop ", 5) == 0 ?
		PMAPSIM_REPLAY_PANIC :
		PMAPSIM_REPLAY_MATCHED);
}

static void
test_each_bug_shows(void **state)
{

	assert_true(each_built(check_bug) >= BUILT_MIN);
}

static void
check_fix(const struct pmapsim_museum_entry *entry,
    const struct pmapsim_trace *trace)
{
	struct last last;
	unsigned i;

	assert_non_null(entry->fixed[0]);
	assert_string_not_equal(entry->shown, entry->right);
	for (i = 0; i < PMAPSIM_MUSEUM_FIXES && entry->fixed[i] != NULL; i++) {
		last = replay(trace, entry->fixed[i], false);
		if (last.outcome != PMAPSIM_REPLAY_MATCHED ||
		    strcmp(last.result, entry->right) != 0 ||
		    last.line != last.last_line || last.audit[0] != '\0')
			fail_msg("%s under %s: line %u gives \"%s\", audit "
				 "\"%s\"",
			    entry->name, entry->fixed[i], last.line,
			    last.result, last.audit);
	}
}

static void
test_each_fix_helps(void **state)
{

	each_built(check_fix);
}

/*
 * A revision has the bug exactly where the table says so.  What the table shows
 * may have kernel addresses, so all revisions are given those of most.
 */
static void
check_revisions(const struct pmapsim_museum_entry *entry,
    const struct pmapsim_trace *trace)
{
	const struct pmapsim_kernel_info *info;
	struct last last;
	char kernel[64];
	unsigned i, k, listed;

	for (i = 0; (info = pmapsim_kernel_info(i)) != NULL; i++) {
		if (!info->revision)
			continue;
		listed = 0;
		for (k = 0; k < PMAPSIM_MUSEUM_REVISIONS &&
		     entry->revisions[k] != NULL;
		     k++)
			listed += strcmp(entry->revisions[k], info->name) == 0;
		snprintf(kernel, sizeof(kernel), "%s+no-kva-7g", info->name);
		last = replay(trace, kernel, true);
		if ((strcmp(last.result, entry->shown) == 0 &&
			last.line == last.last_line) != (listed == 1))
			fail_msg("%s under %s: line %u gives \"%s\"",
			    entry->name, info->name, last.line, last.result);
	}
}

static void
test_revisions_have_what_is_said(void **state)
{

	each_built(check_revisions);
}

/* As a trace of its own a scenario shows the bug, with every result. */
static void
check_file(const struct pmapsim_museum_entry *entry,
    const struct pmapsim_trace *trace)
{
	struct pmapsim_replay *run;
	const char *header;
	char err[600], first[100];
	size_t size;

	header = pmapsim_trace_header(trace, &size);
	snprintf(first, sizeof(first), "# %s: ", entry->scenario);
	assert_true(size > strlen(first));
	assert_memory_equal(header, first, strlen(first));
	assert_int_equal(pmapsim_replay_start(trace, NULL, &run, err,
			     sizeof(err)),
	    PMAPSIM_OK);
	if (pmapsim_replay_run(run) != PMAPSIM_REPLAY_MATCHED)
		fail_msg("%s", pmapsim_replay_result(run)->message);
	pmapsim_replay_end(run);
}

static void
test_each_scenario_replays(void **state)
{

	each_built(check_file);
}

/* pmapsim museum NAME has a call to show. */
static void
check_differs(const struct pmapsim_museum_entry *entry,
    const struct pmapsim_trace *trace)
{
	struct pmapsim_diff_options options = {.kernel_a = entry->kernel,
	    .kernel_b = entry->fixed[0],
	    .exact = true};
	struct pmapsim_diff diff;
	char err[600];

	if (pmapsim_diff(trace, &options, &diff, err, sizeof(err)) !=
	    PMAPSIM_OK)
		fail_msg("%s: %s", entry->name, err);
	assert_true(diff.differs);
	assert_true(diff.nlines > 0);
	/* Each fix named first is one switch away. */
	assert_non_null(diff.account);
	pmapsim_diff_free(&diff);
}

static void
test_each_pair_differs_by_one_switch(void **state)
{

	each_built(check_differs);
}

/* Numbers ascend from 1, names are found, texts are there. */
static void
test_entries_are_complete(void **state)
{
	const struct pmapsim_museum_entry *entry;
	char err[200];
	unsigned i, k, number = 0;

	for (i = 0; (entry = pmapsim_museum_entry(i)) != NULL; i++) {
		/* Bugs of revisions that are not here have numbers too. */
		assert_true(entry->number > number);
		number = entry->number;
		assert_ptr_equal(pmapsim_museum_find(entry->name), entry);
		assert_true(strlen(entry->year) > 3);
		assert_true(strlen(entry->versions) >= 2);
		assert_true(strlen(entry->function) > 3);
		assert_true(strlen(entry->mechanism) > 10);
		assert_true(strlen(entry->symptom) > 4);
		assert_true(strlen(entry->fix) > 5);
		assert_true(strlen(entry->source) > 5);
		if (entry->reason != NULL) {
			assert_true(strlen(entry->reason) > 40);
			assert_null(entry->scenario);
			assert_null(entry->kernel);
			assert_null(entry->fixed[0]);
			continue;
		}
		assert_non_null(entry->shown);
		assert_non_null(entry->right);
		if (!pmapsim_kernel_valid(entry->kernel, err, sizeof(err)))
			fail_msg("%s: %s", entry->name, err);
		for (k = 0; k < PMAPSIM_MUSEUM_FIXES && entry->fixed[k] != NULL;
		     k++)
			if (!pmapsim_kernel_valid(entry->fixed[k], err,
				sizeof(err)))
				fail_msg("%s: %s", entry->name, err);
	}
	assert_null(pmapsim_museum_find("no-such-bug"));
}

/* A trace without an entry would show nobody anything. */
static void
test_each_trace_has_an_entry(void **state)
{
	const struct pmapsim_museum_entry *entry;
	const struct dirent *file;
	char scenario[300];
	size_t length;
	unsigned i, traces = 0;
	DIR *dir;

	dir = opendir(SCENARIOS "museum");
	assert_non_null(dir);
	while ((file = readdir(dir)) != NULL) {
		length = strlen(file->d_name);
		if (length < 6 || strcmp(file->d_name + length - 6, ".trace"))
			continue;
		traces++;
		snprintf(scenario, sizeof(scenario), "museum/%.*s",
		    (int)(length - 6), file->d_name);
		for (i = 0; (entry = pmapsim_museum_entry(i)) != NULL; i++)
			if (entry->scenario != NULL &&
			    strcmp(entry->scenario, scenario) == 0)
				break;
		if (entry == NULL)
			fail_msg("%s has no entry", scenario);
	}
	closedir(dir);
	assert_true(traces >= BUILT_MIN);
}

/* In how many switches two kernels differ. */
static unsigned
differences(const char *one, const char *other)
{
	const struct pmapsim_kernel_info *info;
	unsigned i, n = 0;

	for (i = 0; (info = pmapsim_kernel_info(i)) != NULL; i++)
		n += !info->revision &&
		    pmapsim_kernel_has(one, info->name) !=
			pmapsim_kernel_has(other, info->name);
	return (n);
}

/*
 * Whether the switch alone tells the kernel that has the bug from one that has
 * not.  A fix may also be shown in other revisions, which differ in much else.
 */
static bool
tells_apart(const struct pmapsim_museum_entry *entry, const char *name)
{
	const bool has = pmapsim_kernel_has(entry->kernel, name);
	unsigned k;

	for (k = 0; k < PMAPSIM_MUSEUM_FIXES && entry->fixed[k] != NULL; k++)
		if (pmapsim_kernel_has(entry->fixed[k], name) != has &&
		    differences(entry->kernel, entry->fixed[k]) == 1)
			return (true);
	return (false);
}

/* How many entries, of "number" or of any other, the switch tells apart. */
static unsigned
entries_of(const char *name, unsigned number, bool other)
{
	const struct pmapsim_museum_entry *entry;
	unsigned i, n = 0;

	for (i = 0; (entry = pmapsim_museum_entry(i)) != NULL; i++)
		n += entry->reason == NULL &&
		    (entry->number != number) == other &&
		    tells_apart(entry, name);
	return (n);
}

/*
 * A switch that makes the difference of an entry has no other entry's number.
 * A number without an entry's difference is of what later kernels did about a
 * bug, or of a bug that has no entry yet.
 */
static void
test_numbers_of_switches_are_right(void **state)
{
	const struct pmapsim_kernel_info *info;
	unsigned k, checked = 0;

	for (k = 0; (info = pmapsim_kernel_info(k)) != NULL; k++) {
		if (info->revision || info->museum == 0)
			continue;
		if (entries_of(info->name, info->museum, false) != 0)
			checked++;
		else if (entries_of(info->name, info->museum, true) != 0)
			fail_msg("%s has the number %u, and makes another "
				 "entry's difference",
			    info->name, info->museum);
	}
	assert_true(checked > 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_entries_are_complete),
	    cmocka_unit_test(test_each_trace_has_an_entry),
	    cmocka_unit_test(test_numbers_of_switches_are_right),
	    cmocka_unit_test(test_each_bug_shows),
	    cmocka_unit_test(test_each_fix_helps),
	    cmocka_unit_test(test_revisions_have_what_is_said),
	    cmocka_unit_test(test_each_scenario_replays),
	    cmocka_unit_test(test_each_pair_differs_by_one_switch),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
