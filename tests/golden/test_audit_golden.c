/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Audits golden traces of programs after each 100th statement, the long ones
 * as well.  All that the audit may find are bugs that the kernel itself has,
 * each by its name in the museum, in exactly the traces that are named here.
 * The calls of such a trace are then made once more in a kernel that has the
 * bug's remedy, where the audit must be silent: so it is that bug, no other.
 *
 *	test_audit_golden PREFIX COUNT DIRECTORY...
 *
 * takes the traces PREFIX*.trace of the directories, which must be COUNT.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pmapsim/audit.h>
#include <pmapsim/trace.h>

#include "golden_files.h"
#include "golden_kernel.h"

#define AUDIT_EVERY 100 /* statements */

/* The kernels' bugs that random programs run into. */
static const struct bug {
	const char *name; /* in the museum */
	const char *finds;
	const char *remedy;
	const char *const *traces; /* ends of their paths; NULL ends them */
} bugs[] = {
    /*
     * A copy into a shared object leaves the page behind mapped.  When the
     * objects are merged, that page is freed.
     */
    {"shared-shadow-stale", "mapped-pages: ", "+cow-unmaps-source",
	(const char *const[]) {"9.0/collapse-long-0.trace",
	    "9.0/fork-cow-long-0.trace", NULL}},
    /* munlock() and munmap() pass over wired pages after mprotect(none). */
    {"wired-lost-by-mprotect", "leaks: ", "+unwire-by-object",
	(const char *const[]) {"2010-04/daemon-medium-0.trace",
	    "2010-04/exit-long-0.trace", "2010-04/exit-long-1.trace",
	    "2010-04/exit-medium-0.trace", "2010-04/exit-medium-1.trace",
	    "2010-04/exit-medium-2.trace", "2010-04/exit-small-1.trace",
	    "2010-04/inject-medium-0.trace", "2010-04/inject-medium-2.trace",
	    "2010-04/mixed-long-0.trace", "2010-04/mixed-long-1.trace",
	    "2010-04/mixed-medium-0.trace", "2010-04/mixed-medium-1.trace",
	    "2010-04/mixed-medium-2.trace", "2010-04/pressure-long-0.trace",
	    "2010-04/wire-long-0.trace", "2010-04/wire-long-1.trace",
	    "2010-04/wire-medium-0.trace", "2010-04/wire-medium-1.trace",
	    "2010-04/wire-medium-2.trace", "9.0/exit-long-0.trace",
	    "9.0/exit-medium-0.trace", "9.0/mixed-long-0.trace",
	    "9.0/mixed-medium-1.trace", "9.0/pressure-long-0.trace",
	    "9.0/pressure-medium-1.trace", "9.0/wire-long-0.trace",
	    "9.0/wire-medium-0.trace", "9.0/wire-medium-1.trace",
	    "9.0/wire-small-0.trace", "9.0/wire-small-1.trace", NULL}},
};
#define NBUGS (sizeof(bugs) / sizeof(bugs[0]))

/* One replay, and the bugs that its audits found. */
struct audited {
	uint64_t statements;
	unsigned found;	      /* 1 << number of a bug */
	unsigned line[NBUGS]; /* of its first finding */
	bool other;	      /* something that is not known was found */
};

static bool
audit_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct machine *mach = pmapsim_replay_machine(replay);
	struct audited *a = arg;
	char why[512];
	unsigned bug;

	(void)result;
	if (mach == NULL || pmapsim_panic(mach) != NULL ||
	    ++a->statements % AUDIT_EVERY != 0 ||
	    machine_audit(mach, why, sizeof(why)) == 0)
		return (true);
	for (bug = 0; bug < NBUGS; bug++)
		if (strncmp(why, bugs[bug].finds, strlen(bugs[bug].finds)) == 0)
			break;
	if (bug == NBUGS) {
		print_error("line %u: %s\n", statement->line, why);
		a->other = true;
		return (false);
	}
	if ((a->found & 1u << bug) == 0) {
		print_message("line %u: %s: %s\n", statement->line,
		    bugs[bug].name, why);
		a->found |= 1u << bug;
		a->line[bug] = statement->line;
	}
	return (true);
}

/* Replays "trace" in "kernel"; how far it came. */
static unsigned
audit_replay(const struct pmapsim_trace *trace, const char *kernel,
    bool ignore_results, struct audited *a)
{
	struct pmapsim_replay_options options = {.kernel = kernel,
	    .ignore_results = ignore_results,
	    .after = audit_after,
	    .arg = a};
	enum pmapsim_replay_outcome outcome;
	struct pmapsim_replay *rp;
	unsigned line;
	char why[512];

	memset(a, 0, sizeof(*a));
	if (pmapsim_replay_start(trace, &options, &rp, why, sizeof(why)) !=
	    PMAPSIM_OK)
		fail_msg("%s", why);
	outcome = pmapsim_replay_run(rp);
	line = pmapsim_replay_statement(rp)->line;
	pmapsim_replay_end(rp);
	if (!ignore_results)
		assert_int_equal(outcome, PMAPSIM_REPLAY_MATCHED);
	assert_false(a->other);
	return (line);
}

/* The bugs that are to be found in the trace "path". */
static unsigned
bugs_of(const char *path)
{
	const char *const *end;
	unsigned bug, set = 0;

	for (bug = 0; bug < NBUGS; bug++)
		for (end = bugs[bug].traces; *end != NULL; end++)
			if (strlen(path) >= strlen(*end) &&
			    strcmp(path + strlen(path) - strlen(*end), *end) ==
				0)
				set |= 1u << bug;
	return (set);
}

static void
test_audited(void **state)
{
	const char *path = *state;
	struct audited as_it_was, mended;
	struct pmapsim_trace *trace;
	char kernel[256], why[512];
	const char *text;
	unsigned bug, line;
	size_t size;

	if (pmapsim_trace_open(path, &trace, why, sizeof(why)) != PMAPSIM_OK)
		fail_msg("%s", why);
	audit_replay(trace, NULL, false, &as_it_was);
	if (as_it_was.found != bugs_of(path))
		print_error("%s: bugs %#x found, %#x are to be\n", path,
		    as_it_was.found, bugs_of(path));
	assert_int_equal(as_it_was.found, bugs_of(path));
	for (bug = 0; bug < NBUGS; bug++) {
		if ((as_it_was.found & 1u << bug) == 0)
			continue;
		text = pmapsim_trace_text(trace, &size);
		golden_kernel(text, NULL, bugs[bug].remedy, kernel,
		    sizeof(kernel));
		line = audit_replay(trace, kernel, true, &mended);
		/* Its results differ, so that it may end early; but later. */
		assert_true(line >= as_it_was.line[bug]);
		assert_int_equal(mended.found & 1u << bug, 0);
	}
	pmapsim_trace_close(trace);
}

int
main(int argc, char **argv)
{
	struct CMUnitTest tests[TRACES_MAX];
	char *paths[TRACES_MAX];
	size_t i, n;
	int failed;

	if (argc < 4) {
		fputs("usage: test_audit_golden PREFIX COUNT DIRECTORY...\n",
		    stderr);
		return (2);
	}
	n = golden_files(argv + 1, paths);
	memset(tests, 0, sizeof(tests));
	for (i = 0; i < n; i++) {
		tests[i].name = strrchr(paths[i], '/') + 1;
		tests[i].test_func = test_audited;
		tests[i].initial_state = paths[i];
	}
	failed = _cmocka_run_group_tests(argv[1], tests, n, NULL, NULL);
	for (i = 0; i < n; i++)
		free(paths[i]);
	return (failed);
}
