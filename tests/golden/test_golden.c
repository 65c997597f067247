/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replays golden traces: every result, digest and dump that FreeBSD's own code
 * gave must come back.  What is run is told on the command line,
 *
 *	test_golden [--kernel REVISION] [--no-invariants] PREFIX COUNT
 *	    DIRECTORY...
 *
 * all files PREFIX*.trace of the directories, which must be COUNT, so that
 * none is lost unseen.  Each is one test.  With --kernel the machines boot
 * REVISION instead of the trace's own, with the trace's switches.  With
 * --no-invariants, machines whose kernel was built with INVARIANTS boot one
 * that was not: as long as no assertion fails, it gives the same results, by
 * the fast paths that a kernel with INVARIANTS never takes.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pmapsim/audit.h>
#include <pmapsim/trace.h>

#include "golden_files.h"
#include "golden_kernel.h"

/* Traces below this size are audited often, and recorded again. */
#define SMALL_BYTES 300000
#define AUDIT_EVERY 100 /* statements */

#define LOST_WRITEABLE                                                       \
	"writeable: a: va 0x400a8000 maps page 0x8a8000 for writing, which " \
	"has no PG_WRITEABLE"

#define MAPPING_SURVIVED                                                    \
	"pv-chunks: pc_chunk_count, pv_entry_spare, pv_entry_count are 3, " \
	"501, 3 and should be 2, 334, 2"

/*
 * A test's state: its trace, the revision to boot, or NULL, and whether
 * INVARIANTS are taken out of the kernel.
 */
struct golden {
	char *path;
	const char *revision;
	bool no_invariants;
};

/*
 * Traces that run into what their own kernel does wrong, and what the audit
 * must say then: 9.0 loses PG_WRITEABLE (museum 32), 2009-03 miscounts page
 * tables (museum 4 and 19, and M4), and a mapping outlives its vmspace (museum
 * 46).  All other traces are sound to their ends.
 */
static const struct {
	const char *path; /* its end */
	const char *why;
} audit_finds[] = {
    {"9.0/pressure-pv-collect.trace", LOST_WRITEABLE},
    {"d07-collect-lost-writeable.9.0.trace", LOST_WRITEABLE},
    {"09-vmspace_free-goes-on.trace", MAPPING_SURVIVED},
    {"minherit-hole-exec-off.trace", MAPPING_SURVIVED},
    {"m3a-saved-ptp-removed.2009-03.trace",
	"user-counts: u: resident_count is 1, its 0 pages, 0 superpages and "
	"table pages are 0"},
    {"m3b-new-ptp-demotion.2009-03.trace",
	"user-counts: u: resident_count is 513, its 511 pages, 0 superpages "
	"and table pages are 514"},
    {"m4-allocpte-failure.2009-03.trace",
	"user-counts: u: resident_count is 1, its 0 pages, 0 superpages and "
	"table pages are 0"},
    {"2009-03/pressure-medium-3.trace",
	"user-counts: p6: resident_count is 1071, its 1065 pages, 0 superpages "
	"and table pages are 1070"},
    {"2009-03/protect-long-0.trace",
	"user-counts: p4: resident_count is 9049, its 9021 pages, 0 superpages "
	"and table pages are 9051"},
    {"2009-03/protect-medium-4.trace",
	"user-counts: p5: resident_count is 2333, its 1799 pages, 1 superpages "
	"and table pages are 2332"},
    {"2009-03/user-promote-enter-object.trace",
	"user-counts: a: resident_count is 514, its 512 pages, 0 superpages "
	"and table pages are 515"},
    {"2009-03/user-promote-long-0.trace",
	"user-counts: p30: resident_count is 4669, its 3623 pages, 2 "
	"superpages and table pages are 4670"},
};

static bool
name_ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return (n >= m && strcmp(name + n - m, end) == 0);
}

/* What the audit must say at the end of "trace". */
static const char *
audit_expected(const struct pmapsim_trace *trace)
{
	const char *name = pmapsim_trace_name(trace);
	size_t i;

	for (i = 0; i < sizeof(audit_finds) / sizeof(audit_finds[0]); i++)
		if (name_ends(name, audit_finds[i].path))
			return (audit_finds[i].why);
	return ("");
}

/*
 * Whether what the audit said is museum 36: mprotect() makes munlock() and
 * munmap() pass over wired pages, which then belong to nobody.  Every revision
 * here has it, and a random program runs into it sooner or later.
 */
static bool
audit_finds_leak(const char *why)
{
	static const char rule[] = "leaks: ";

	return (strncmp(why, rule, sizeof(rule) - 1) == 0);
}

/* What audit_after() needs to know. */
struct audit_now {
	const char *expected; /* at the end */
	uint64_t statements;
};

/*
 * Audits now and then.  Where the end has something to find, the way there may
 * have the same rule broken, with other numbers.
 */
static bool
audit_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct audit_now *now = arg;
	struct machine *mach = pmapsim_replay_machine(replay);
	size_t rule = strcspn(now->expected, ":");
	char why[512];

	(void)result;
	if (mach == NULL || pmapsim_panic(mach) != NULL ||
	    ++now->statements % AUDIT_EVERY != 0 ||
	    machine_audit(mach, why, sizeof(why)) == 0 ||
	    audit_finds_leak(why) ||
	    (rule != 0 && strncmp(why, now->expected, rule + 1) == 0))
		return (true);
	print_error("line %u: %s\n", statement->line, why);
	return (false);
}

/* Replays "trace" under "kernel" to its end and audits the machine. */
static void
replay(const struct pmapsim_trace *trace, const char *kernel, bool small)
{
	struct pmapsim_replay_options options = {.kernel = kernel};
	const struct pmapsim_replay_result *result;
	struct pmapsim_replay *rp;
	struct machine *mach;
	enum pmapsim_replay_outcome outcome;
	struct audit_now now = {.expected = audit_expected(trace)};
	char why[512];

	if (small) {
		options.after = audit_after;
		options.arg = &now;
	}
	assert_int_equal(pmapsim_replay_start(trace, &options, &rp, why,
			     sizeof(why)),
	    PMAPSIM_OK);
	outcome = pmapsim_replay_run(rp);
	result = pmapsim_replay_result(rp);
	if (outcome != PMAPSIM_REPLAY_MATCHED)
		print_error("%s\n    expected: %s\n    got:      %s\n",
		    result->message,
		    result->expected != NULL ? result->expected : "",
		    result->got != NULL ? result->got : "");
	mach = pmapsim_replay_machine(rp);
	why[0] = '\0';
	if (mach != NULL && pmapsim_panic(mach) == NULL &&
	    machine_audit(mach, why, sizeof(why)) != 0) {
		if (audit_finds_leak(why))
			why[0] = '\0';
		else
			print_error("audit: %s\n", why);
	}
	pmapsim_replay_end(rp);
	assert_int_equal(outcome, PMAPSIM_REPLAY_MATCHED);
	assert_string_equal(why, now.expected);
}

/*
 * Copies "text" without results and dumps, but with the comments behind
 * results; returns the new size.
 */
static size_t
strip(char *to, const char *text, size_t size)
{
	const char *p = text, *end = text + size, *line, *arrow, *comment;
	char *q = to;

	while (p < end) {
		line = p;
		p = memchr(p, '\n', (size_t)(end - p));
		p = p == NULL ? end : p + 1;
		if (*line == '|')
			continue;
		arrow = *line == '#' ?
		    NULL :
		    memmem(line, (size_t)(p - line), " => ", 4);
		if (arrow == NULL) {
			memcpy(q, line, (size_t)(p - line));
			q += p - line;
		} else {
			memcpy(q, line, (size_t)(arrow - line));
			q += arrow - line;
			comment = memmem(arrow, (size_t)(p - arrow), "  # ", 4);
			if (comment == NULL)
				comment = p - 1;
			memcpy(q, comment, (size_t)(p - comment));
			q += p - comment;
		}
	}
	return ((size_t)(q - to));
}

/* Without its results, it is recorded to the same bytes again. */
static void
record(const char *path, const char *text, size_t size)
{
	struct pmapsim_replay_result result;
	struct pmapsim_trace *trace;
	char *bare, *recorded, why[512];
	size_t recorded_size;
	bool same;
	FILE *out;
	int error;

	bare = malloc(size + 1);
	assert_non_null(bare);
	error = pmapsim_trace_from_memory(path, bare, strip(bare, text, size),
	    &trace, why, sizeof(why));
	free(bare);
	assert_int_equal(error, PMAPSIM_OK);
	out = open_memstream(&recorded, &recorded_size);
	assert_non_null(out);
	error = pmapsim_trace_record(trace, NULL, out, &result, why,
	    sizeof(why));
	fclose(out);
	pmapsim_trace_close(trace);
	same = recorded_size == size && memcmp(recorded, text, size) == 0;
	free(recorded);
	assert_int_equal(error, PMAPSIM_OK);
	assert_true(same);
}

/* Traces that end in the panic of an assertion, which INVARIANTS make. */
static const char *const assertion_ends[] = {"2022-07/gap-copy-edges.trace",
    "2026-pmap/gap-copy-edges.trace", "2022-07/gap-remove-pages-wired.trace",
    "2022-07/panic-psind-clean.trace", "2026-pmap/panic-psind-clean.trace",
    "2022-07/user-wired-psind1.trace"};

static bool
ends_in_assertion(const struct pmapsim_trace *trace)
{
	const char *name = pmapsim_trace_name(trace);
	size_t i;

	for (i = 0; i < sizeof(assertion_ends) / sizeof(assertion_ends[0]); i++)
		if (name_ends(name, assertion_ends[i]))
			return (true);
	return (false);
}

/* Takes INVARIANTS out of the kernel of "text"; false: it has none. */
static bool
remove_invariants(char *text)
{
	static const char on[] = " invariants=on";
	char *at = strstr(text, on);

	if (at == NULL)
		return (false);
	memmove(at, at + sizeof(on) - 1, strlen(at + sizeof(on) - 1) + 1);
	return (true);
}

/* Replays "trace", whose last call does not end as it expects. */
static void
replay_another_end(const struct pmapsim_trace *trace)
{
	struct pmapsim_replay *rp;
	char why[512];

	assert_int_equal(pmapsim_replay_start(trace, NULL, &rp, why,
			     sizeof(why)),
	    PMAPSIM_OK);
	assert_int_equal(pmapsim_replay_run(rp), PMAPSIM_REPLAY_MISMATCH);
	assert_null(pmapsim_panic(pmapsim_replay_machine(rp)));
	pmapsim_replay_end(rp);
}

static void
test_golden(void **state)
{
	const struct golden *golden = *state;
	const char *path = golden->path;
	struct pmapsim_trace *trace;
	char kernel[256], *text, why[512];
	long size;
	FILE *file;

	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	rewind(file);
	assert_true(size > 0);
	text = calloc(1, (size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, file), (size_t)size);
	fclose(file);

	if (golden->no_invariants && !remove_invariants(text)) {
		free(text);
		skip();
	}
	if ((golden->no_invariants ?
		    pmapsim_trace_from_memory(path, text, strlen(text), &trace,
			why, sizeof(why)) :
		    pmapsim_trace_open(path, &trace, why, sizeof(why))) !=
		PMAPSIM_OK ||
	    pmapsim_trace_check(trace, why, sizeof(why)) != PMAPSIM_OK)
		fail_msg("%s", why);
	golden_kernel(text, golden->revision, "", kernel, sizeof(kernel));
	if (golden->no_invariants && ends_in_assertion(trace))
		replay_another_end(trace);
	else
		replay(trace, golden->revision != NULL ? kernel : NULL,
		    size < SMALL_BYTES);
	pmapsim_trace_close(trace);
	if (size < SMALL_BYTES && golden->revision == NULL &&
	    !golden->no_invariants)
		record(path, text, (size_t)size);
	free(text);
}

int
main(int argc, char **argv)
{
	static const char usage[] = "usage: test_golden [--kernel REVISION] "
				    "[--no-invariants] PREFIX COUNT "
				    "DIRECTORY...\n";
	struct CMUnitTest tests[TRACES_MAX];
	struct golden states[TRACES_MAX];
	char *paths[TRACES_MAX];
	const char *revision = NULL;
	bool no_invariants = false;
	size_t i, n;
	int failed;

	if (argc > 2 && strcmp(argv[1], "--kernel") == 0) {
		revision = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (argc > 1 && strcmp(argv[1], "--no-invariants") == 0) {
		no_invariants = true;
		argv++;
		argc--;
	}
	if (argc < 4) {
		fputs(usage, stderr);
		return (2);
	}
	n = golden_files(argv + 1, paths);
	memset(tests, 0, sizeof(tests));
	for (i = 0; i < n; i++) {
		states[i].path = paths[i];
		states[i].revision = revision;
		states[i].no_invariants = no_invariants;
		tests[i].name = strrchr(paths[i], '/') + 1;
		tests[i].test_func = test_golden;
		tests[i].initial_state = &states[i];
	}
	failed = _cmocka_run_group_tests(argv[1], tests, n, NULL, NULL);
	for (i = 0; i < n; i++)
		free(paths[i]);
	return (failed);
}
