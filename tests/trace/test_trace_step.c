/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replays step by step: hooks, single steps, two replays in step, and the
 * frames and the CPU of each statement.
 */
#include <stdlib.h>

#include "trace_replay_fixture.h"

/* ---- hooks -------------------------------------------------------------- */

struct hooks {
	unsigned before, after;
	unsigned stop_before, stop_after; /* at that line; 0: never */
	char log[1024];
};

static bool
hook_before(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, void *arg)
{
	struct hooks *hooks = arg;

	/* The machine as it is before the statement. */
	assert_true((pmapsim_replay_machine(replay) == NULL) ==
	    (hooks->before == 0));
	assert_int_equal(hooks->before++, hooks->after);
	return (statement->line != hooks->stop_before);
}

static bool
hook_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct hooks *hooks = arg;
	char line[256];

	assert_int_equal(++hooks->after, hooks->before);
	assert_ptr_equal(pmapsim_replay_statement(replay), statement);
	snprintf(line, sizeof(line), "%u %s [%.*s] %s\n", statement->line,
	    statement->op, (int)statement->length, statement->text, result);
	strcat(hooks->log, line);
	return (statement->line != hooks->stop_after);
}

static void
test_hooks_see_each_statement(void **state)
{
	static const char text[] = LITTER " => " LITTER_PANIC " # the end\n";
	struct hooks hooks = {0};
	struct pmapsim_replay_options options = {.before = hook_before,
	    .after = hook_after,
	    .arg = &hooks};
	struct run run;

	(void)state;
	run_options(&run, text, &options);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_MATCHED);
	assert_string_equal(hooks.log,
	    "1 machine [machine mem=32M first=4M ncpu=2 superpages=on "
	    "invariants=off kmem=8M kernel=2010-04+litter] \n"
	    "2 kmem_malloc [kmem_malloc 2M nowait] 0xffffff8000000000\n"
	    "3 kmem_free [kmem_free 0xffffff8000000000 8K] \n"
	    "4 kmem_malloc [kmem_malloc 8K nowait] " LITTER_PANIC "\n");
	end(&run);

	/* The hook before line 3 stops it there. */
	memset(&hooks, 0, sizeof(hooks));
	hooks.stop_before = 3;
	run_options(&run, text, &options);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_STOPPED);
	assert_int_equal(run.result->statements, 2);
	assert_int_equal(hooks.after, 2);
	assert_int_equal(pmapsim_replay_step(run.rp), PMAPSIM_REPLAY_STOPPED);
	end(&run);

	/* The hook after it, behind it. */
	memset(&hooks, 0, sizeof(hooks));
	hooks.stop_after = 3;
	run_options(&run, text, &options);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_STOPPED);
	assert_int_equal(run.result->statements, 3);
	end(&run);
}

static bool
hook_notes_line(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	char *lines = arg;

	(void)replay;
	snprintf(lines + strlen(lines), 16, "%u%s ", statement->line,
	    result[0] != '\0' ? "!" : "");
	return (true);
}

/*
 * With after_every the hook sees one statement of so many, those whose results
 * the trace has, with them, and the panic.
 */
static void
test_hook_sees_some_statements(void **state)
{
	static const char text[] = M
	    "pmap_pinit u\nkmem_malloc 4K\nkmem_malloc 4K\nkmem_malloc 4K\n"
	    "pmap_extract u 0 => 0\nkmem_malloc 4K\npmap_release u\n"
	    "kmem_malloc 4K\nkmem_malloc 1G\n";
	char lines[256] = "";
	struct pmapsim_replay_options options = {.after = hook_notes_line,
	    .arg = lines,
	    .after_every = 3};
	struct run run;

	(void)state;
	run_options(&run, text, &options);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_PANIC);
	assert_string_equal(lines, "1 4! 6! 9! 10! ");
	end(&run);
	lines[0] = '\0';
	options.after_every = 1;
	run_options(&run, text, &options);
	assert_string_equal(lines, "1 2 3! 4! 5! 6! 7! 8 9! 10! ");
	end(&run);
}

/* A hook that breaks the machine ends the replay, not the process. */
static bool
hook_panics(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, void *arg)
{
	struct machine *mach = pmapsim_replay_machine(replay);

	(void)arg;
	if (statement->line == 3)
		vm_page_free(mach,
		    vm_page_lookup(mach, pmapsim_kmem_object(mach), 0));
	return (true);
}

static void
test_hook_s_panic_ends_the_replay(void **state)
{
	struct pmapsim_replay_options options = {.before = hook_panics};
	struct run run;

	(void)state;
	run_options(&run, M "kmem_malloc 4K\nstats\n", &options);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_PANIC);
	assert_memory_equal(run.result->message,
	    "t:3: unexpected panic: vm_page_free", 35);
	end(&run);
}

/* ---- steps -------------------------------------------------------------- */

static void
test_step_makes_one_statement(void **state)
{
	const struct pmapsim_trace_statement *st;
	struct run run;

	(void)state;
	start(&run, M "pmap_pinit u\nvm_object_allocate A 3\n", NULL);
	assert_null(pmapsim_replay_machine(run.rp));
	assert_null(pmapsim_replay_statement(run.rp));
	assert_int_equal(pmapsim_replay_digest(run.rp), 0);
	assert_int_equal(pmapsim_replay_step(run.rp), PMAPSIM_REPLAY_RUNNING);
	assert_non_null(pmapsim_replay_machine(run.rp));
	assert_ptr_equal(pmapsim_replay_pmap(run.rp, "kernel"),
	    pmapsim_kernel_pmap(pmapsim_replay_machine(run.rp)));
	assert_ptr_equal(pmapsim_replay_object(run.rp, "kmem"),
	    pmapsim_kmem_object(pmapsim_replay_machine(run.rp)));
	assert_null(pmapsim_replay_pmap(run.rp, "u"));
	assert_int_equal(pmapsim_replay_step(run.rp), PMAPSIM_REPLAY_RUNNING);
	assert_non_null(pmapsim_replay_pmap(run.rp, "u"));
	assert_null(pmapsim_replay_object(run.rp, "A"));
	assert_int_equal(pmapsim_replay_step(run.rp), PMAPSIM_REPLAY_RUNNING);
	assert_non_null(pmapsim_replay_object(run.rp, "A"));
	st = pmapsim_replay_statement(run.rp);
	assert_int_equal(st->line, 3);
	assert_string_equal(st->op, "vm_object_allocate");
	/* The end is seen when there is nothing left. */
	assert_int_equal(pmapsim_replay_step(run.rp), PMAPSIM_REPLAY_MATCHED);
	assert_int_equal(run.result->statements, 3);
	assert_null(pmapsim_replay_object(run.rp,
	    "a name that is much longer than any name may be"));
	end(&run);
	pmapsim_replay_end(NULL);
}

/* Steps give what a run gives; two machines in step do not disturb each
 * other. */
static void
test_two_replays_in_step(void **state)
{
	static const char text[] = M
	    "vm_object_allocate A 600 color=0\n"
	    "pmap_pinit u\nvm_page_alloc A 0 repeat=512\n"
	    "pmap_enter u 0x200000 A 0 access=w prot=rw wired=0 repeat=512\n"
	    "pmap_remove u 0x200000 0x201000\nkmem_malloc 64K\n";
	struct pmapsim_replay *other;
	struct run run, whole;
	char err[256];

	(void)state;
	start(&run, text, NULL);
	assert_int_equal(pmapsim_replay_start(run.trace, NULL, &other, err,
			     sizeof(err)),
	    PMAPSIM_OK);
	while (pmapsim_replay_step(run.rp) == PMAPSIM_REPLAY_RUNNING) {
		assert_int_equal(pmapsim_replay_step(other),
		    PMAPSIM_REPLAY_RUNNING);
		assert_int_equal(pmapsim_replay_digest(run.rp),
		    pmapsim_replay_digest(other));
	}
	run_options(&whole, text, NULL);
	assert_int_equal(pmapsim_replay_digest(run.rp),
	    pmapsim_replay_digest(whole.rp));
	end(&whole);
	pmapsim_replay_end(other);
	end(&run);
}

/* ---- frames and CPUs ---------------------------------------------------- */

static void
test_from_names_the_frames(void **state)
{
	static const char *const backtrace[] = {"pmap_enter", "kmem_malloc",
	    "uma_large_malloc", "malloc", "acpi_alloc_wakeup_handler",
	    "mi_startup", "btext"};
	const struct pmapsim_panic *panic;
	struct run run;
	unsigned i;

	(void)state;
	run_options(&run,
	    "machine mem=32M first=4M kmem=8M kernel=2010-04+litter\n"
	    "malloc 2M nowait from=other => 0xffffff8000000000\n"
	    "kmem_free 0xffffff8000000000 8K from=a,b\n"
	    "malloc 8K nowait from=acpi_alloc_wakeup_handler,mi_startup,btext"
	    " => " LITTER_PANIC "\n",
	    NULL);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_MATCHED);
	panic = pmapsim_panic(pmapsim_replay_machine(run.rp));
	assert_int_equal(panic->nframes, 7);
	for (i = 0; i < 7; i++)
		assert_string_equal(panic->frames[i], backtrace[i]);
	end(&run);
}

static void
test_cpu_makes_the_call(void **state)
{
	const struct cpu *cpus;
	struct run run;

	(void)state;
	start(&run,
	    M "kmem_malloc 4K\n"
	      "kmem_free 0xffffff8000000000 4K cpu=1\nstats\n",
	    NULL);
	while (run.result->line < 2)
		pmapsim_replay_step(run.rp);
	cpus = pmapsim_replay_machine(run.rp)->cpus;
	assert_int_equal(cpus[1].local[INVAL_PAGE], 0);
	pmapsim_replay_step(run.rp);
	assert_int_not_equal(cpus[1].local[INVAL_PAGE], 0);
	assert_int_equal(cpus[1].local[INVAL_PAGE], cpus[1].sent[INVAL_PAGE]);
	assert_int_equal(cpus[0].local[INVAL_PAGE], 0);
	/* The next call is CPU 0's again. */
	assert_int_equal(pmapsim_curcpu(pmapsim_replay_machine(run.rp)), 0);
	end(&run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hooks_see_each_statement),
	    cmocka_unit_test(test_hook_sees_some_statements),
	    cmocka_unit_test(test_hook_s_panic_ends_the_replay),
	    cmocka_unit_test(test_step_makes_one_statement),
	    cmocka_unit_test(test_two_replays_in_step),
	    cmocka_unit_test(test_from_names_the_frames),
	    cmocka_unit_test(test_cpu_makes_the_call),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
