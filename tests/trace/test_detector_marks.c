/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The detector passes over TLBs in which nothing can have become wrong.  A
 * machine whose tables others may write gets no such pass, so the reports of
 * the two, culprits named, must be one text: on all scenarios, on CPUs that
 * differ in what they get wrong.
 */
#include <glob.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <pmapsim/hw.h>
#include <pmapsim/trace.h>

#define REPORTS_SIZE ((size_t)1 << 16)

/* What a replay is to do beside replaying; the test's, for one replay. */
struct pass {
	bool exposed; /* others may write the machine's tables */
	bool asked;   /* and have been given them */
};

static bool
expose(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct machine *mach = pmapsim_replay_machine(replay);
	struct pass *pass = arg;

	if (mach != NULL && pass->exposed && !pass->asked) {
		pmapsim_arena(mach, NULL);
		pass->asked = true;
	}
	return (true);
}

/* Appends the machine's reports to "text"; returns their number. */
static uint64_t
reports(struct machine *mach, char *text)
{
	struct pmapsim_detection d;
	uint64_t n, count;
	size_t used = 0;

	count = pmapsim_detections(mach);
	for (n = 0; n < count; n++)
		if (pmapsim_detection(mach, n, &d) == PMAPSIM_OK) {
			used += (size_t)pmapsim_detection_format(&d,
			    text + used, REPORTS_SIZE - used);
			assert_true(used < REPORTS_SIZE - 1);
			text[used++] = '\n';
			text[used] = '\0';
		}
	return (count);
}

/* Replays "path"; its reports come back in "text", for the caller to free. */
static uint64_t
replay(const char *path, const char *tlb, unsigned ncpu, bool exposed,
    char **text)
{
	struct pass pass = {.exposed = exposed};
	struct pmapsim_replay_options options = {.tlb = tlb,
	    .ncpu = ncpu,
	    .ignore_results = true,
	    .after = expose,
	    .arg = &pass};
	struct pmapsim_replay *rp;
	struct pmapsim_trace *trace;
	struct machine *mach;
	uint64_t count = 0;
	char err[512];

	*text = calloc(1, REPORTS_SIZE);
	assert_non_null(*text);
	trace = NULL;
	if (pmapsim_trace_open(path, &trace, err, sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	assert_int_equal(pmapsim_replay_start(trace, &options, &rp, err,
			     sizeof(err)),
	    PMAPSIM_OK);
	pmapsim_replay_run(rp);
	mach = pmapsim_replay_machine(rp);
	if (mach != NULL)
		count = reports(mach, *text);
	pmapsim_replay_end(rp);
	pmapsim_trace_close(trace);
	return (count);
}

static void
test_reports_do_not_depend_on_the_pass(void **state)
{
	static const char *const tlbs[] = {"k10", "zen2", "skylake"};
	char *some, *all;
	uint64_t found = 0;
	unsigned ncpu, t;
	glob_t paths;
	size_t i;

	assert_int_equal(glob("src/scenarios/*.trace", 0, NULL, &paths), 0);
	for (i = 0; i < paths.gl_pathc; i++)
		for (t = 0; t < 3; t++)
			for (ncpu = 1; ncpu <= 4; ncpu += 3) {
				found += replay(paths.gl_pathv[i], tlbs[t],
				    ncpu, false, &some);
				replay(paths.gl_pathv[i], tlbs[t], ncpu, true,
				    &all);
				if (strcmp(some, all) != 0)
					print_message("%s, %s, %u CPUs\n",
					    paths.gl_pathv[i], tlbs[t], ncpu);
				assert_string_equal(some, all);
				free(some);
				free(all);
			}
	globfree(&paths);
	/* There was something to lose. */
	assert_true(found > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reports_do_not_depend_on_the_pass),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
