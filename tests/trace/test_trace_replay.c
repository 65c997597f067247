/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replays: how each ends, what is compared and how, hooks, steps, frames and
 * CPUs; and each statement that the golden traces do not have.
 */
#include <stdlib.h>

#include <pmapsim/audit.h>

#include "amd64/pmap_var.h"
#include "support.h"
#include "trace/trace_var.h"

#define M "machine mem=32M first=4M kmem=8M ncpu=2 invariants=on\n"
#define LITTER                                                          \
	"machine mem=32M first=4M ncpu=2 superpages=on invariants=off " \
	"kmem=8M kernel=2010-04+litter\n"                               \
	"kmem_malloc 2M nowait => 0xffffff8000000000\n"                 \
	"kmem_free 0xffffff8000000000 8K\n"                             \
	"kmem_malloc 8K nowait"
#define LITTER_PANIC "panic \"pmap_enter: attempted pmap_enter on 2MB page\""

/* A replay and its trace. */
struct run {
	struct pmapsim_trace *trace;
	struct pmapsim_replay *rp;
	const struct pmapsim_replay_result *result;
	enum pmapsim_replay_outcome outcome;
};

static void
start(struct run *run, const char *text,
    const struct pmapsim_replay_options *options)
{
	char err[256];

	assert_int_equal(pmapsim_trace_from_memory("t", text, strlen(text),
			     &run->trace, err, sizeof(err)),
	    PMAPSIM_OK);
	assert_int_equal(pmapsim_replay_start(run->trace, options, &run->rp,
			     err, sizeof(err)),
	    PMAPSIM_OK);
	run->result = pmapsim_replay_result(run->rp);
	run->outcome = run->result->outcome;
	assert_int_equal(run->outcome, PMAPSIM_REPLAY_RUNNING);
}

static void
run_options(struct run *run, const char *text,
    const struct pmapsim_replay_options *options)
{

	start(run, text, options);
	run->outcome = pmapsim_replay_run(run->rp);
	assert_int_equal(run->outcome, run->result->outcome);
}

static void
end(struct run *run)
{

	pmapsim_replay_end(run->rp);
	pmapsim_trace_close(run->trace);
}

/* Replays "text" and asserts how it ends, and with which message. */
static void
ends(const char *text, enum pmapsim_replay_outcome outcome, const char *message)
{
	struct run run;

	run_options(&run, text, NULL);
	if (run.outcome != outcome || strcmp(run.result->message, message) != 0)
		fail_msg("%s\n    ended %d, %s\n    expected %d, %s", text,
		    run.outcome, run.result->message, outcome, message);
	end(&run);
}

#define matches(text) ends((text), PMAPSIM_REPLAY_MATCHED, "")

/* ---- ends --------------------------------------------------------------- */

static void
test_end_matched(void **state)
{
	struct run run;

	(void)state;
	run_options(&run,
	    M "kmem_malloc 8K => 0xffffff8000000000\n"
	      "# a comment\nstats\n",
	    NULL);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_MATCHED);
	assert_string_equal(run.result->message, "");
	assert_null(run.result->expected);
	assert_null(run.result->got);
	assert_int_equal(run.result->statements, 3);
	assert_int_equal(run.result->calls, 1);
	assert_int_equal(run.result->mismatches, 0);
	assert_int_equal(run.result->line, 4);
	/* The end stays the end. */
	assert_int_equal(pmapsim_replay_step(run.rp), PMAPSIM_REPLAY_MATCHED);
	assert_int_equal(pmapsim_replay_run(run.rp), PMAPSIM_REPLAY_MATCHED);
	assert_int_equal(run.result->statements, 3);
	end(&run);
	matches(LITTER " => " LITTER_PANIC "\n");
}

static void
test_end_mismatch(void **state)
{
	struct run run;

	(void)state;
	run_options(&run, M "\nkmem_malloc 8K => 0xffffff8000001000\nstats\n",
	    NULL);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_MISMATCH);
	assert_int_equal(run.result->line, 3);
	assert_string_equal(run.result->expected, "0xffffff8000001000");
	assert_string_equal(run.result->got, "0xffffff8000000000");
	assert_string_equal(run.result->message,
	    "t:3: expected "
	    "0xffffff8000001000, got 0xffffff8000000000");
	assert_int_equal(run.result->statements, 2);
	end(&run);
	/* An expected panic that does not come, and one with another text. */
	ends(M "kmem_malloc 8K => panic \"x\"\n", PMAPSIM_REPLAY_MISMATCH,
	    "t:2: expected panic \"x\", got 0xffffff8000000000");
	ends(M "pmap_pinit u\npmap_release u => panic \"x\"\n",
	    PMAPSIM_REPLAY_MISMATCH,
	    "t:3: expected panic \"x\", got (nothing)");
	ends(LITTER " => panic \"x\"\n", PMAPSIM_REPLAY_MISMATCH,
	    "t:4: "
	    "expected panic \"x\", got " LITTER_PANIC);
}

static void
test_end_panic(void **state)
{
	const struct pmapsim_panic *panic;
	struct run run;

	(void)state;
	run_options(&run, LITTER " => 0xffffff8000000000\nstats\n", NULL);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_PANIC);
	assert_int_equal(run.result->line, 4);
	assert_string_equal(run.result->message,
	    "t:4: unexpected panic: "
	    "pmap_enter: attempted pmap_enter on 2MB page");
	assert_string_equal(run.result->expected, "0xffffff8000000000");
	assert_string_equal(run.result->got, LITTER_PANIC);
	/* The machine is there to be inspected. */
	panic = pmapsim_panic(pmapsim_replay_machine(run.rp));
	assert_non_null(panic);
	assert_string_equal(panic->frames[0], "pmap_enter");
	assert_int_equal(pmapsim_replay_step(run.rp), PMAPSIM_REPLAY_PANIC);
	end(&run);
	ends(LITTER "\n", PMAPSIM_REPLAY_PANIC,
	    "t:4: unexpected panic: "
	    "pmap_enter: attempted pmap_enter on 2MB page");
}

/* Wrong only in the light of the machine. */
static void
test_end_bad_input(void **state)
{
	static const struct {
		const char *text, *message;
	} bad[] = {
	    {M "vm_object_allocate A 9\nvm_page_free A 3\n",
		"t:3: object A has no page 3"},
	    {M "vm_object_allocate A 9\nvm_page_alloc A 0 repeat=3\n"
	       "vm_page_wire A 1 repeat=3\n",
		"t:4: object A has no page 3"},
	    {M "vm_object_allocate A 9\npmap_enter kernel "
	       "0xffffff8000000000 A 0 access=r prot=r wired=1\n",
		"t:3: object A has no page 0"},
	    {M "sysctl vm.nonsense\n",
		"t:2: \"vm.nonsense\" is no sysctl with a number"},
	    {M "sysctl vm.phys_free\n",
		"t:2: \"vm.phys_free\" is no sysctl with a number"},
	    {M "malloc 4096\n",
		"t:2: malloc of 4096 bytes comes from a "
		"UMA zone, which is not simulated; above 4096 is"},
	    {M "malloc 2G\n",
		"t:2: malloc of 2147483648 bytes; "
		"uma_large_malloc() takes an int"},
	    {"machine mem=4M first=2M kmem=4G\n",
		"t:1: panic at boot: pmap_growkernel: no memory to grow "
		"kernel"},
	    {"machine mem=32M first=4M tlb=nonsense\n", NULL},
	};
	struct run run;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (bad[i].message != NULL) {
			ends(bad[i].text, PMAPSIM_REPLAY_BAD_INPUT,
			    bad[i].message);
			continue;
		}
		run_options(&run, bad[i].text, NULL);
		assert_int_equal(run.outcome, PMAPSIM_REPLAY_BAD_INPUT);
		assert_memory_equal(run.result->message, "t:1: ", 5);
		end(&run);
	}
}

/* The line of the error, found in reading, in names, or in the call. */
static void
test_end_bad_input_has_its_line(void **state)
{
	static const char *const bad[] = {M "\nfrobnicate\n\nstats\n",
	    M "\npmap_release u\n\nstats\n",
	    M "\nsysctl vm.nonsense\n\nstats\n"};
	struct run run;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		run_options(&run, bad[i], NULL);
		assert_int_equal(run.outcome, PMAPSIM_REPLAY_BAD_INPUT);
		assert_int_equal(run.result->line, 3);
		end(&run);
	}
}

/* What was done before the missing page stays done. */
static void
test_repeat_stops_where_a_page_is_missing(void **state)
{
	struct machine *mach;
	struct run run;

	(void)state;
	run_options(&run,
	    M "vm_object_allocate A 9\n"
	      "vm_page_alloc A 0 repeat=3\nvm_page_free A 1 repeat=5\n",
	    NULL);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_BAD_INPUT);
	mach = pmapsim_replay_machine(run.rp);
	assert_null(vm_page_lookup(mach, pmapsim_replay_object(run.rp, "A"),
	    2));
	assert_non_null(vm_page_lookup(mach, pmapsim_replay_object(run.rp, "A"),
	    0));
	end(&run);
}

/* ---- results ------------------------------------------------------------ */

static void
test_result_equal_compares_tokens(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} pairs[] = {
	    {"0x1000", "0x1000", true},
	    {"4K", "0x1000", true},
	    {"4096", "0x1000", true},
	    {"4097", "0x1000", false},
	    {"none", "none", true},
	    {"none", "fault", false},
	    {"n=3 last=0x0", "n=3   last=0x0", true},
	    {"n=3 last=0x0", "n=0x3 last=0", true},
	    {"n=3 last=0x0", "n=3 last=0x1", false},
	    {"n=3 last=0x0", "m=3 last=0x0", false},
	    {"n=3 last=0x0", "n=3", false},
	    {"n=3", "n=3 last=0x0", false},
	    {"n=3", "3", false},
	    {"resident=-511", "resident=-511", true},
	    {"resident=-511", "resident=511", false},
	    {"panic \"a b\"", "panic \"a b\"", true},
	    {"panic   \"a b\"", "panic \"a b\"", true},
	    {"panic \"a  b\"", "panic \"a b\"", false},
	    {"panic \"a \\\" b\"", "panic \"a \\\" b\"", true},
	    {"panic \"a\"", "stop \"a\"", false},
	    {"", "", true},
	    {"", "0", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct trace_text a = {pairs[i].a, strlen(pairs[i].a)};
		struct trace_text b = {pairs[i].b, strlen(pairs[i].b)};

		if (trace_result_equal(a, b) != pairs[i].equal ||
		    trace_result_equal(b, a) != pairs[i].equal)
			fail_msg("\"%s\" and \"%s\"", a.s, b.s);
	}
}

/* A panic's text as a trace writes it: quotes, backslashes, newlines. */
static void
test_result_panic_quotes_its_text(void **state)
{
	struct pmapsim_replay *rp = calloc(1, sizeof(*rp));
	struct pmapsim_panic panic = {0};

	(void)state;
	assert_non_null(rp);
	strcpy(panic.text, "a \"b\" \\ c\n");
	trace_result_panic(rp, &panic);
	assert_string_equal(rp->result_text, "panic \"a \\\"b\\\" \\\\ c\\n\"");
	/* The longest text, all of which must be quoted, still fits. */
	memset(panic.text, '"', sizeof(panic.text) - 1);
	panic.simulator = true;
	trace_result_panic(rp, &panic);
	assert_int_equal(rp->result_len, 6 + 2 * 255 + 1);
	assert_memory_equal(rp->result_text, "stop \"\\\"", 8);
	free(rp);
}

/* ---- options ------------------------------------------------------------ */

static void
test_option_ignore_mismatches_counts_them(void **state)
{
	struct pmapsim_replay_options options = {.ignore_mismatches = true};
	struct run run;

	(void)state;
	run_options(&run,
	    M "kmem_malloc 4K => 0\nkmem_malloc 4K => "
	      "0xffffff8000001000\nkmem_malloc 4K => 1\n",
	    &options);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_MISMATCH);
	assert_int_equal(run.result->mismatches, 2);
	/* The first is kept. */
	assert_int_equal(run.result->line, 2);
	assert_string_equal(run.result->expected, "0");
	assert_string_equal(run.result->got, "0xffffff8000000000");
	assert_int_equal(run.result->statements, 4);
	end(&run);
}

static void
test_option_ignore_results_compares_nothing(void **state)
{
	struct pmapsim_replay_options options = {.ignore_results = true};
	struct run run;

	(void)state;
	run_options(&run,
	    M "kmem_malloc 4K => 1\ndump\n| x\n"
	      "kmem_malloc 4K => panic \"x\"\n",
	    &options);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_MATCHED);
	assert_int_equal(run.result->mismatches, 0);
	end(&run);
	/* A panic is then an end of its own kind, expected or not. */
	run_options(&run, LITTER " => " LITTER_PANIC "\n", &options);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_PANIC);
	assert_string_equal(run.result->message,
	    "t:4: panic: pmap_enter: attempted pmap_enter on 2MB page");
	end(&run);
}

static void
test_option_kernel_replaces_the_trace_s(void **state)
{
	struct pmapsim_replay_options options = {.kernel = "9.0+litter"};
	struct pmapsim_replay *rp = NULL;
	struct run run;
	char err[256];

	(void)state;
	run_options(&run, M "stats\n", &options);
	assert_string_equal(pmapsim_config(pmapsim_replay_machine(run.rp))
				->kernel,
	    "9.0+litter");
	end(&run);
	/* The remedy in place of the sickness. */
	options.kernel = "2010-04+litter+idempotent-enter";
	run_options(&run, LITTER " => 0xffffff8000000000\n", &options);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_MATCHED);
	options.kernel = "2010-04+nonsense";
	assert_int_equal(pmapsim_replay_start(run.trace, &options, &rp, err,
			     sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_null(rp);
	assert_non_null(strstr(err, "nonsense"));
	assert_int_equal(pmapsim_replay_start(NULL, &options, &rp, err,
			     sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_int_equal(pmapsim_replay_start(run.trace, NULL, NULL, err,
			     sizeof(err)),
	    PMAPSIM_EINVAL);
	end(&run);
}

static void
test_option_tlb(void **state)
{
	struct pmapsim_replay_options options = {0};
	const char *preset = pmapsim_tlb_preset(0);
	struct pmapsim_tlb_stats stats;
	struct run run;
	char text[256];

	(void)state;
	assert_non_null(preset);
	snprintf(text, sizeof(text), "machine mem=32M first=4M tlb=%s\n",
	    preset);
	run_options(&run, text, NULL);
	assert_int_equal(pmapsim_tlb_stats(pmapsim_replay_machine(run.rp), 0,
			     &stats),
	    PMAPSIM_OK);
	end(&run);
	options.tlb = ""; /* none, though the trace has one */
	run_options(&run, text, &options);
	assert_int_equal(pmapsim_tlb_stats(pmapsim_replay_machine(run.rp), 0,
			     &stats),
	    PMAPSIM_EINVAL);
	end(&run);
	options.tlb = preset;
	run_options(&run, M, &options);
	assert_int_equal(pmapsim_tlb_stats(pmapsim_replay_machine(run.rp), 0,
			     &stats),
	    PMAPSIM_OK);
	end(&run);
}

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

/* ---- statements --------------------------------------------------------- */

static void
test_malloc_and_free(void **state)
{

	(void)state;
	matches(M "malloc 4097 => 0xffffff8000000000\n"
		  "malloc 64K zero nowait => 0xffffff8000002000\n"
		  "resident kernel => resident=18 wired=18\n"
		  "free 0xffffff8000000000\n"
		  "resident kernel => resident=16 wired=16\n"
		  "malloc 16M nowait => 0\n"
		  "free 0xffffff8000002000\naudit => ok\n"
		  "resident kernel => resident=0 wired=0\n");
	ends(M "free 0xffffff8000000000\n", PMAPSIM_REPLAY_PANIC,
	    "t:2: unexpected panic: free: address PTR(PTR) has not been "
	    "allocated.\n");
	ends("machine mem=32M first=4M kmem=0\nstats\n", PMAPSIM_REPLAY_MATCHED,
	    "");
}

static void
test_counters(void **state)
{

	(void)state;
	matches(M "sysctl vm.pmap.pde.promotions => 0\n"
		  "kmem_malloc 2M => 0xffffff8000000000\n"
		  "sysctl vm.pmap.pde.promotions => 1\n"
		  "sysctl vm.pmap.pde.p_failures => 511\n"
		  "vm_object_allocate A 9\nvm_page_alloc A 0\npmap_pinit u\n"
		  "pmap_enter u 0x1000 A 0 access=r prot=r wired=0\n"
		  "pvstats => entries=1 chunks=1 collect_inactive=0 "
		  "collect_active=0 tryfail=0 high_water=186444\n");
}

/* An audit that finds something is a mismatch, expected or not. */
static bool
hook_corrupts(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, void *arg)
{

	(void)arg;
	if (statement->line == 2)
		pmapsim_replay_machine(replay)->cnt.v_free_count++;
	return (true);
}

static void
test_audit(void **state)
{
	struct pmapsim_replay_options options = {.before = hook_corrupts};
	struct run run;

	(void)state;
	matches(M "audit => ok\naudit\nkmem_malloc 2M\naudit\n");
	run_options(&run, M "audit\n", &options);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_MISMATCH);
	assert_string_equal(run.result->expected, "ok");
	assert_non_null(strstr(run.result->got, "free"));
	end(&run);
}

static void
test_inject(void **state)
{

	(void)state;
	matches(M
	    "vm_object_allocate A 9\n"
	    "inject page_alloc 2\n"
	    "vm_page_alloc A 0 repeat=3 => n=1 last=0x1800000 xor=0x1800000\n"
	    "vm_page_alloc A 1 => 0x1801000\n"
	    "inject page_alloc 2 after\n"
	    "vm_page_alloc A 2 => 0x1802000\nvm_page_alloc A 3 => none\n"
	    "vm_page_alloc A 3 => none\n"
	    "inject page_alloc 0\nvm_page_alloc A 3 => 0x1803000\naudit\n");
}

/* An object by its name, kernel addresses and runs of pages. */
static void
test_objects_and_kernel_ranges(void **state)
{
	(void)state;
	matches(M
	    "vm_object_allocate o 10\nvm_page_alloc o 0 repeat=10\n"
	    "vmspace_alloc p\n"
	    "vm_mmap p 0x0 8K o 4096 prot=rw shared => 0x800000000\n"
	    "vm_mmap p 0x0 8K o 4K prot=rw => 0x800002000\n"
	    "vm_mmap p 0x0 8K o 1 prot=rw => EINVAL\n"
	    "access p 0x800000000 r => 0x1801000\n"
	    "access p 0x800002000 r => 0x1801000\n"
	    "access p 0x800002000 w => 0x180a000\n"
	    "vm_object_madvise o 0 10 free\n"
	    "vm_object_page_remove o 1 3\n"
	    "access p 0x800002000 r => 0x180a000\n"
	    "access p 0x800001000 r => 0x180b000\n"
	    "vmspace_exit p\nvm_object_deallocate o\naudit => ok\n"
	    /* A file: read before it is mapped, and read by a fault. */
	    "vm_object_allocate f 16 color=0 vnode\n"
	    "vm_object_populate f 0 4 => 1\n"
	    "vm_page_deactivate f 0 repeat=4\n"
	    "vmspace_alloc p\n"
	    "vm_mmap p 0x0 64K f 0 prot=rw => 0x800000000\n"
	    "resident p => resident=7 wired=0\n"
	    "access p 0x800008000 r\n"
	    "access p 0x800009000 w\n"
	    "madvise p 0x800000000 64K free => KERN_SUCCESS\n"
	    "madvise p 0x800000000 64K dontneed => KERN_SUCCESS\n"
	    /* What is resident is mapped by mmap(), or when it is asked for. */
	    "vm_mmap p 0x0 64K f 0 prot=r shared => 0x800010000\n"
	    "resident p => resident=15 wired=0\n"
	    "vm_object_populate f 0 16 => 1\n"
	    "resident p => resident=15 wired=0\n"
	    "madvise p 0x800010000 32K willneed => KERN_SUCCESS\n"
	    "resident p => resident=19 wired=0\n"
	    "vm_object_allocate a 16\n"
	    "vm_object_populate a 0 4 => 0\n"
	    "vmspace_exit p\nvm_object_deallocate f\naudit => ok\n"
	    "vm_map_find 0xffffff8000000000 4K any => 0xffffff8000800000\n"
	    "pmap_growkernel 0xffffff8002000000\n"
	    "kmem_alloc_contig 64K 0x800000 0xffffff 64K 0 "
	    "=> 0xffffff8000801000\n"
	    "kmem_alloc_contig 64K 0x10000000 0x20000000 4K 0 => 0\n"
	    "kmem_alloc_attr 8K 0x800000 0xffffff => 0xffffff8000811000\n"
	    "kmem_free_nofault 0xffffff8000800000 4K\naudit => ok\n"
	    "kmem_alloc_attr 8K 0x10000000 0x20000000 => stop "
	    "\"kmem_alloc_attr: loops for ever, its counter of attempts "
	    "never advances and no page suits\"\n");
}

/* Where the kernel would page-fault, the machine stops, as can be expected. */
static void
test_page_faults_of_the_kernel(void **state)
{
	static const char *const traces[] = {
	    M "pmap_kenter 0xffffff9000000000 0x1000 => stop "
	      "\"pmap_kenter: page fault trap: no page table for va "
	      "0xffffff9000000000\"\n",
	    M "pmap_pinit u\npmap_change_wiring u 0x1000 1 => stop "
	      "\"pmap_change_wiring: page fault trap: no page table at va "
	      "0x1000\"\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		matches(traces[i]);
	}
}

/* A program's life: exec, mmap, faults, fork, exit. */
static void
test_programs(void **state)
{
	struct machine *mach;
	struct run run;
	int64_t free_pages;

	(void)state;
	run_options(&run,
	    M "vmspace_alloc sh\nvmspace_free sh\n"
	      "vmspace_alloc sh\nresident sh => resident=0 wired=0\n"
	      "mmap sh 0x200000 3M prot=rw fixed => 0x200000\n"
	      "access sh 0x200123 r\naccess sh 0x201000 w repeat=511\n"
	      "access sh 0x100000 r => fault\n"
	      "access sh 0x500000 w repeat=2 => n=2 faults=2 xor=0x0\n"
	      "access sh 0x200000 x => fault\n"
	      "touch sh 0x200000 w\n"
	      "vmspace_fork child sh\n"
	      "access child 0x200000 w\n"
	      "mprotect sh 0x200000 4K prot=r => KERN_SUCCESS\n"
	      "access sh 0x200000 w => fault\n"
	      "mlock sh 0x201000 8K => KERN_SUCCESS\n"
	      "resident child\n"
	      "munlock sh 0x201000 8K => KERN_SUCCESS\n"
	      "munlock sh 0x300000 4K => KERN_SUCCESS\n"
	      "minherit sh 0x202000 4K none => KERN_SUCCESS\n"
	      "vmspace_fork other sh\n"
	      "access other 0x202000 r => fault\n"
	      "access other 0x203000 r\n"
	      "munmap sh 0x200000 3M => KERN_SUCCESS\n"
	      "access sh 0x201000 r => fault\n"
	      "mmap sh 0x200000 4K prot=rw shared fixed => 0x200000\n"
	      "vmspace_fork third sh\n"
	      "brk sh 0x600000 0x604000 => 0\n"
	      "access sh 0x603fff w\n"
	      "brk sh 0x604000 0x601000 => 0\n"
	      "access sh 0x603000 w => fault\n"
	      "audit\n"
	      "mincore sh 0x700000 => 0x0\n"
	      "vmspace_exit child\nvmspace_exit other\nvmspace_free sh\n"
	      "vmspace_exit third\naudit\n",
	    NULL);
	if (run.outcome != PMAPSIM_REPLAY_MATCHED)
		fail_msg("%s", run.result->message);
	mach = pmapsim_replay_machine(run.rp);
	free_pages = support_sysctl(mach, "vm.stats.vm.v_free_count");
	assert_int_equal(free_pages, (28 << 8) - 1 - 4);
	assert_null(pmapsim_replay_pmap(run.rp, "sh"));
	end(&run);
}

/* What is dumped of a program has its name. */
static void
test_program_s_pmap_has_its_name(void **state)
{
	struct run run;

	(void)state;
	run_options(&run, M "vmspace_alloc init\nvmspace_fork sh init\n", NULL);
	assert_string_equal(pmapsim_pmap_name(pmapsim_replay_pmap(run.rp,
				"init")),
	    "init");
	assert_string_equal(pmapsim_pmap_name(pmapsim_replay_pmap(run.rp,
				"sh")),
	    "sh");
	end(&run);
}

/* Masks may name CPUs that are not there. */
static void
test_active_masks(void **state)
{
	struct run run;

	(void)state;
	run_options(&run,
	    M "pmap_pinit u active=0xffffffff\npmap_pinit v\n"
	      "pmap_activate v 2\n",
	    NULL);
	assert_int_equal(pmapsim_pmap_active(pmapsim_replay_pmap(run.rp, "u")),
	    3);
	assert_int_equal(pmapsim_pmap_active(pmapsim_replay_pmap(run.rp, "v")),
	    2);
	end(&run);
	run_options(&run,
	    "machine mem=32M first=4M ncpu=32\n"
	    "pmap_pinit u active=0xffffffff\n",
	    NULL);
	assert_int_equal(pmapsim_pmap_active(pmapsim_replay_pmap(run.rp, "u")),
	    UINT32_MAX);
	end(&run);
}

/* pmap_remove_pages() wants its pmap current; afterwards all is as before. */
static void
test_remove_pages_makes_the_pmap_current(void **state)
{
	struct machine *mach;
	struct run run;

	(void)state;
	run_options(&run,
	    M "pmap_pinit u\nvm_object_allocate A 9\n"
	      "vm_page_alloc A 0 repeat=3\n"
	      "pmap_enter u 0x1000 A 0 access=r prot=r wired=0 repeat=3\n"
	      "pmap_remove_pages u\nresident u => resident=0 wired=0\n",
	    NULL);
	assert_string_equal(run.result->message, "");
	mach = pmapsim_replay_machine(run.rp);
	assert_ptr_equal(mach->cpus[0].curpmap, kernel_pmap);
	end(&run);
}

/* Flags of vm_page_alloc reach it: PG_ZERO survives only where asked for. */
static void
test_page_alloc_zero(void **state)
{
	static const char *const flags[] = {"zero ", ""};
	/* A page table comes and goes, and leaves a zero page behind. */
	static const char text[] = M
	    "vm_object_allocate A 9000\n"
	    "vm_page_alloc A 8999\npmap_pinit u\n"
	    "pmap_enter u 0x1000 A 8999 access=r prot=r wired=0\n"
	    "pmap_remove u 0x1000 0x2000\n"
	    "vm_page_alloc A 0 %srepeat=8000\n";
	struct pmapsim_page_info info;
	struct machine *mach;
	struct run run;
	char trace[512];
	unsigned i, pages, zero;

	(void)state;
	for (i = 0; i < 2; i++) {
		snprintf(trace, sizeof(trace), text, flags[i]);
		run_options(&run, trace, NULL);
		assert_string_equal(run.result->message, "");
		mach = pmapsim_replay_machine(run.rp);
		zero = 0;
		for (pages = 0; pages < 7000; pages++) {
			pmapsim_page_info(mach,
			    vm_page_lookup(mach,
				pmapsim_replay_object(run.rp, "A"), pages),
			    &info);
			zero += (info.flags & PG_ZERO) != 0;
		}
		if (i == 0)
			assert_int_not_equal(zero, 0);
		else
			assert_int_equal(zero, 0);
		end(&run);
	}
}

/* kmem_malloc's zero: what an earlier owner wrote is gone. */
static void
test_kmem_malloc_zero(void **state)
{
	struct machine *mach;
	struct run run;
	char *arena;
	vm_paddr_t pa;

	(void)state;
	start(&run,
	    M "kmem_malloc 4K\nkmem_free 0xffffff8000000000 4K\n"
	      "kmem_malloc 4K\nkmem_free 0xffffff8000000000 4K\n"
	      "kmem_malloc 4K zero\n",
	    NULL);
	pmapsim_replay_step(run.rp);
	pmapsim_replay_step(run.rp);
	mach = pmapsim_replay_machine(run.rp);
	arena = pmapsim_arena(mach, NULL);
	pa = pmap_kextract(mach, VM_MIN_KERNEL_ADDRESS);
	arena[pa + 7] = 'x';
	pmapsim_replay_step(run.rp);
	pmapsim_replay_step(run.rp);
	assert_int_equal(pmap_kextract(mach, VM_MIN_KERNEL_ADDRESS), pa);
	assert_int_equal(arena[pa + 7], 'x');
	pmapsim_replay_step(run.rp);
	pmapsim_replay_step(run.rp);
	assert_int_equal(pmap_kextract(mach, VM_MIN_KERNEL_ADDRESS), pa);
	assert_int_equal(arena[pa + 7], 0);
	end(&run);
}

/* What is shared stays one page across a fork, what is private becomes two. */
static void
test_mmap_shared(void **state)
{
	struct machine *mach;
	struct run run;
	pmap_t child, parent;

	(void)state;
	run_options(&run,
	    M "vmspace_alloc sh\n"
	      "mmap sh 0x200000 4K prot=rw shared fixed\n"
	      "mmap sh 0x400000 4K prot=rw fixed\n"
	      "access sh 0x200000 w\naccess sh 0x400000 w\n"
	      "vmspace_fork child sh\n"
	      "access child 0x200000 w\naccess child 0x400000 w\n"
	      "access sh 0x200000 w\naccess sh 0x400000 w\n",
	    NULL);
	assert_string_equal(run.result->message, "");
	mach = pmapsim_replay_machine(run.rp);
	child = pmapsim_replay_pmap(run.rp, "child");
	parent = pmapsim_replay_pmap(run.rp, "sh");
	assert_int_not_equal(pmap_extract(mach, parent, 0x200000), 0);
	assert_int_equal(pmap_extract(mach, parent, 0x200000),
	    pmap_extract(mach, child, 0x200000));
	assert_int_not_equal(pmap_extract(mach, parent, 0x400000),
	    pmap_extract(mach, child, 0x400000));
	end(&run);
}

/* Names are free again after their end; both kinds have their own. */
static void
test_names_come_and_go(void **state)
{

	(void)state;
	matches(M "vm_object_allocate x 9\npmap_pinit x\n"
		  "vm_page_alloc x 1\nvm_object_deallocate x\n"
		  "vm_object_allocate x 9\nvm_page_alloc x 1 => 0x1800000\n"
		  "pmap_release x\npmap_pinit x\n"
		  "resident x => resident=0 wired=0\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_end_matched),
	    cmocka_unit_test(test_end_mismatch),
	    cmocka_unit_test(test_end_panic),
	    cmocka_unit_test(test_end_bad_input),
	    cmocka_unit_test(test_end_bad_input_has_its_line),
	    cmocka_unit_test(test_repeat_stops_where_a_page_is_missing),
	    cmocka_unit_test(test_result_equal_compares_tokens),
	    cmocka_unit_test(test_result_panic_quotes_its_text),
	    cmocka_unit_test(test_option_ignore_mismatches_counts_them),
	    cmocka_unit_test(test_option_ignore_results_compares_nothing),
	    cmocka_unit_test(test_option_kernel_replaces_the_trace_s),
	    cmocka_unit_test(test_option_tlb),
	    cmocka_unit_test(test_hooks_see_each_statement),
	    cmocka_unit_test(test_hook_s_panic_ends_the_replay),
	    cmocka_unit_test(test_step_makes_one_statement),
	    cmocka_unit_test(test_two_replays_in_step),
	    cmocka_unit_test(test_from_names_the_frames),
	    cmocka_unit_test(test_cpu_makes_the_call),
	    cmocka_unit_test(test_malloc_and_free),
	    cmocka_unit_test(test_counters),
	    cmocka_unit_test(test_audit),
	    cmocka_unit_test(test_inject),
	    cmocka_unit_test(test_objects_and_kernel_ranges),
	    cmocka_unit_test(test_page_faults_of_the_kernel),
	    cmocka_unit_test(test_programs),
	    cmocka_unit_test(test_program_s_pmap_has_its_name),
	    cmocka_unit_test(test_active_masks),
	    cmocka_unit_test(test_remove_pages_makes_the_pmap_current),
	    cmocka_unit_test(test_page_alloc_zero),
	    cmocka_unit_test(test_kmem_malloc_zero),
	    cmocka_unit_test(test_mmap_shared),
	    cmocka_unit_test(test_names_come_and_go),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
