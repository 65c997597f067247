/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An audit for which the host has no memory says nothing of the kernel: who
 * asked for it gets an error, and no finding.  The linker puts this file's
 * machine_audit_rule() before the library's, which is what runs until then.
 */
#include "support.h"

#include <pmapsim/audit.h>
#include <pmapsim/study.h>

int __real_machine_audit_rule(struct machine *mach, unsigned *rule, char *msg,
    size_t size);
int __wrap_machine_audit_rule(struct machine *mach, unsigned *rule, char *msg,
    size_t size);

static unsigned audits; /* that there is memory for */

int
__wrap_machine_audit_rule(struct machine *mach, unsigned *rule, char *msg,
    size_t size)
{

	if (audits == 0)
		return (-1);
	audits--;
	return (__real_machine_audit_rule(mach, rule, msg, size));
}

/* Four statements, of which the last panics. */
static const char panicking[] = "machine mem=16M first=4M kmem=4M ncpu=1\n"
				"vm_object_allocate o 8\n"
				"vm_page_alloc o 0\n"
				"vm_page_unwire o 0\n";

static struct pmapsim_trace *
trace_of(const char *text)
{
	struct pmapsim_trace *trace;
	char err[200];

	if (pmapsim_trace_from_memory("test", text, strlen(text), &trace, err,
		sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	return (trace);
}

static void
assert_says_why(const char *err)
{

	if (strstr(err, "memory") == NULL)
		fail_msg("\"%s\" does not say that memory ended", err);
}

static void
test_judge_without_memory_finds_nothing(void **state)
{
	const struct pmapsim_judge judge = {.audit_each = 1};
	struct pmapsim_finding finding;
	struct pmapsim_trace *trace;
	char err[200];
	unsigned n;

	(void)state;
	trace = trace_of(panicking);
	for (n = 0; n < 3; n++) {
		audits = n;
		err[0] = '\0';
		assert_int_equal(pmapsim_judge_trace(trace, &judge, &finding,
				     err, sizeof(err)),
		    PMAPSIM_ENOMEM);
		assert_int_equal(finding.kind, PMAPSIM_FINDING_NONE);
		assert_says_why(err);
	}
	/* The panic comes after three. */
	audits = n;
	assert_int_equal(pmapsim_judge_trace(trace, &judge, &finding, err,
			     sizeof(err)),
	    PMAPSIM_OK);
	assert_int_equal(finding.kind, PMAPSIM_FINDING_PANIC);
	assert_int_equal(finding.line, 4);
	pmapsim_trace_close(trace);
}

static void
test_hunt_without_memory_ends(void **state)
{
	const struct pmapsim_hunt_options options = {.calls = 1000,
	    .judge.audit_each = 1,
	    .judge.kernel = "2010-04"};
	struct pmapsim_hunt_result result;
	char err[200] = "";

	(void)state;
	audits = 20;
	assert_int_equal(pmapsim_hunt(&options, &result, err, sizeof(err)),
	    PMAPSIM_ENOMEM);
	assert_int_equal(result.finding.kind, PMAPSIM_FINDING_NONE);
	assert_null(result.trace);
	assert_int_equal(result.position.statements, 20 + 1);
	assert_says_why(err);
}

static void
test_explore_without_memory_ends(void **state)
{
	const struct pmapsim_explore_options options = {.depth = 2,
	    .judge.audit_each = 1};
	struct pmapsim_explore_result result;
	char err[200];
	unsigned n;

	(void)state;
	/* In the set-up, and in a sequence. */
	for (n = 0; n < 100; n += 50) {
		audits = n;
		err[0] = '\0';
		assert_int_equal(pmapsim_explore(&options, &result, err,
				     sizeof(err)),
		    PMAPSIM_ENOMEM);
		assert_int_equal(result.finding.kind, PMAPSIM_FINDING_NONE);
		assert_null(result.trace);
		assert_says_why(err);
	}
}

/* At first, in the first trial, in a later one, and in the last. */
static void
test_shrink_without_memory_gives_nothing(void **state)
{
	const struct pmapsim_shrink_options options = {.judge.audit_each = 1};
	struct pmapsim_finding finding;
	struct pmapsim_trace *shrunk, *trace;
	char err[200];
	unsigned n;
	int error;

	(void)state;
	trace = trace_of(panicking);
	for (n = 0;; n++) {
		audits = n;
		err[0] = '\0';
		error = pmapsim_shrink(trace, &options, &shrunk, &finding, err,
		    sizeof(err));
		if (error == PMAPSIM_OK)
			break;
		assert_int_equal(error, PMAPSIM_ENOMEM);
		assert_null(shrunk);
		assert_says_why(err);
	}
	/* The first look, the first trial, and more. */
	assert_true(n > 6);
	assert_non_null(shrunk);
	pmapsim_trace_close(shrunk);
	pmapsim_trace_close(trace);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_judge_without_memory_finds_nothing),
	    cmocka_unit_test(test_hunt_without_memory_ends),
	    cmocka_unit_test(test_explore_without_memory_ends),
	    cmocka_unit_test(test_shrink_without_memory_gives_nothing),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
