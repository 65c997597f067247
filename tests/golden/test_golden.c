/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replays golden traces: every result, digest and dump that FreeBSD's own code
 * gave must come back.  What is run is told on the command line,
 *
 *	test_golden PREFIX COUNT DIRECTORY...
 *
 * all files PREFIX*.trace of the directories, which must be COUNT, so that
 * none is lost unseen.  Each is one test.
 */
#include <dirent.h>
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

/* Traces below this size are audited often, and recorded again. */
#define SMALL_BYTES 300000
#define AUDIT_EVERY 100 /* statements */

#define TRACES_MAX 512

/* Audits now and then; counts statements. */
static bool
audit_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	uint64_t *n = arg;
	struct machine *mach = pmapsim_replay_machine(replay);
	char why[512];

	(void)result;
	if (mach == NULL || pmapsim_panic(mach) != NULL ||
	    ++*n % AUDIT_EVERY != 0)
		return (true);
	if (machine_audit(mach, why, sizeof(why)) != 0) {
		print_error("line %u: %s\n", statement->line, why);
		return (false);
	}
	return (true);
}

/*
 * What the audit must say of "trace".  9.0 really has bug 32 of the museum,
 * and two of its golden traces run into it; all others are sound.
 */
static const char *
audit_expected(const struct pmapsim_trace *trace)
{
	static const char *const lost[] = {"/9.0/pressure-pv-collect.trace",
	    "d07-collect-lost-writeable.9.0.trace",
	    "traces-9.0/pressure-pv-collect.trace"};
	const char *name = pmapsim_trace_name(trace);
	size_t i, n = strlen(name), m;

	for (i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
		m = strlen(lost[i]);
		if (n >= m && strcmp(name + n - m, lost[i]) == 0)
			return ("writeable: a: va 0x400a8000 maps page "
				"0x8a8000 for writing, which has no "
				"PG_WRITEABLE");
	}
	return ("");
}

/* Replays "trace" to its end and audits the machine. */
static void
replay(const struct pmapsim_trace *trace, bool small)
{
	struct pmapsim_replay_options options = {0};
	const struct pmapsim_replay_result *result;
	struct pmapsim_replay *rp;
	struct machine *mach;
	enum pmapsim_replay_outcome outcome;
	char why[512];
	uint64_t n = 0;

	if (small) {
		options.after = audit_after;
		options.arg = &n;
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
	    machine_audit(mach, why, sizeof(why)) != 0)
		print_error("audit: %s\n", why);
	pmapsim_replay_end(rp);
	assert_int_equal(outcome, PMAPSIM_REPLAY_MATCHED);
	assert_string_equal(why, audit_expected(trace));
}

/* Copies "text" without results and dumps; returns the new size. */
static size_t
strip(char *to, const char *text, size_t size)
{
	const char *p = text, *end = text + size, *line, *arrow;
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
			*q++ = '\n';
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

static void
test_golden(void **state)
{
	const char *path = *state;
	struct pmapsim_trace *trace;
	char *text, why[512];
	long size;
	FILE *file;

	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	rewind(file);
	assert_true(size > 0);
	text = malloc((size_t)size);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, file), (size_t)size);
	fclose(file);

	if (pmapsim_trace_open(path, &trace, why, sizeof(why)) != PMAPSIM_OK ||
	    pmapsim_trace_check(trace, why, sizeof(why)) != PMAPSIM_OK)
		fail_msg("%s", why);
	replay(trace, size < SMALL_BYTES);
	pmapsim_trace_close(trace);
	if (size < SMALL_BYTES)
		record(path, text, (size_t)size);
	free(text);
}

static int
by_name(const void *a, const void *b)
{
	const struct CMUnitTest *x = a, *y = b;

	return (strcmp(x->name, y->name));
}

/* Adds the traces of "directory" that begin with "prefix". */
static size_t
collect(const char *directory, const char *prefix, struct CMUnitTest *tests,
    size_t n)
{
	struct dirent *entry;
	const char *dot;
	char *path;
	DIR *dir;

	dir = opendir(directory);
	if (dir == NULL) {
		fprintf(stderr, "%s: cannot be read\n", directory);
		exit(2);
	}
	while ((entry = readdir(dir)) != NULL && n < TRACES_MAX) {
		dot = strrchr(entry->d_name, '.');
		if (dot == NULL || strcmp(dot, ".trace") != 0 ||
		    strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		if (asprintf(&path, "%s/%s", directory, entry->d_name) < 0)
			exit(2);
		memset(&tests[n], 0, sizeof(tests[n]));
		tests[n].name = strrchr(path, '/') + 1;
		tests[n].test_func = test_golden;
		tests[n++].initial_state = path;
	}
	closedir(dir);
	return (n);
}

int
main(int argc, char **argv)
{
	static const char
	    usage[] = "usage: test_golden PREFIX COUNT DIRECTORY...\n";
	struct CMUnitTest tests[TRACES_MAX];
	size_t i, n = 0;
	int failed;

	if (argc < 4) {
		fputs(usage, stderr);
		return (2);
	}
	for (i = 3; i < (size_t)argc; i++)
		n = collect(argv[i], argv[1], tests, n);
	if (n != strtoul(argv[2], NULL, 10)) {
		fprintf(stderr, "%zu traces %s*, and %s must be\n", n, argv[1],
		    argv[2]);
		return (2);
	}
	qsort(tests, n, sizeof(tests[0]), by_name);
	failed = _cmocka_run_group_tests(argv[1], tests, n, NULL, NULL);
	for (i = 0; i < n; i++)
		free(tests[i].initial_state);
	return (failed);
}
