/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replays: statement after statement on a machine, under one guard for as
 * many as are asked for, each compared with what the trace expects.
 *
 * A replay is RUNNING until its end: the trace's last statement (MATCHED), a
 * result that differs (MISMATCH), a statement that is wrong (BAD_INPUT), a
 * panic that was not expected (PANIC), a hook that had enough (STOPPED), or a
 * host without memory (NO_MEMORY), of which nobody may conclude anything.
 * A panic that was expected is a match.  After the end nothing is made any
 * more, but the machine can be inspected.
 */
#include "trace/trace_var.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <pmapsim/audit.h>
#include <pmapsim/hw.h>

#include "amd64/machdep.h"
#include "base/random.h"
#include "hw/detector.h"
#include "vm/vm_kernels.h"
#include "vm/vm_object.h"

/*
 * A string that lives as long as its replay: frames' names, the TLB's.  Made
 * once for each text, at the head of the replay's list.
 */
struct trace_string {
	struct trace_string *next;
	size_t len;
	char text[];
};

/* Gives back the same copy for the same text; NULL: no memory. */
static const char *
replay_intern(struct pmapsim_replay *rp, struct trace_text text)
{
	struct trace_string *s;

	for (s = rp->strings; s != NULL; s = s->next)
		if (s->len == text.len && memcmp(s->text, text.s, s->len) == 0)
			return (s->text);
	s = malloc(sizeof(*s) + text.len + 1);
	if (s == NULL)
		return (NULL);
	memcpy(s->text, text.s, text.len);
	s->text[text.len] = '\0';
	s->len = text.len;
	s->next = rp->strings;
	rp->strings = s;
	return (s->text);
}

/* ---- ends --------------------------------------------------------------- */

static void
replay_ends(struct pmapsim_replay *rp, enum pmapsim_replay_outcome outcome)
{

	rp->result.outcome = outcome;
}

/* The statement was an error of the trace, or had no memory of the host's. */
static void
replay_failed(struct pmapsim_replay *rp)
{

	snprintf(rp->result.message, sizeof(rp->result.message), "%s",
	    rp->reader.err);
	replay_ends(rp,
	    rp->no_memory ? PMAPSIM_REPLAY_NO_MEMORY :
			    PMAPSIM_REPLAY_BAD_INPUT);
}

/* A copy of "text", which nothing stands for when it is NULL or empty. */
static char *
replay_copy(struct pmapsim_replay *rp, struct trace_text text)
{
	char *copy;

	if (text.s == NULL || text.len == 0)
		return (NULL);
	copy = strndup(text.s, text.len);
	if (copy == NULL)
		trace_no_memory(rp, NULL);
	return (copy);
}

/*
 * A result is not the expected one.  Takes the strings, which may be NULL for
 * "nothing".  Only the first mismatch is kept.
 */
static void
replay_mismatch(struct pmapsim_replay *rp, unsigned line, char *expected,
    char *got)
{
	struct pmapsim_replay_result *r = &rp->result;

	if (rp->no_memory || r->mismatches++ != 0) {
		free(expected);
		free(got);
		return;
	}
	rp->expected = expected;
	rp->got = got;
	r->line = line;
	r->expected = expected != NULL ? expected : "(nothing)";
	r->got = got != NULL ? got : "(nothing)";
	snprintf(r->message, sizeof(r->message),
	    "%s:%u: expected %.200s, got %.200s", rp->trace->name, line,
	    r->expected, r->got);
	if (!rp->options.ignore_mismatches)
		replay_ends(rp, PMAPSIM_REPLAY_MISMATCH);
}

/* The trace is at its end without a panic. */
static void
replay_finished(struct pmapsim_replay *rp)
{

	replay_ends(rp,
	    rp->result.mismatches != 0 ? PMAPSIM_REPLAY_MISMATCH :
					 PMAPSIM_REPLAY_MATCHED);
}

/* ---- one statement ------------------------------------------------------ */

/*
 * Whether the running kernel has the call that "st" is; if not, the error is
 * set.
 */
static bool
replay_has_call(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	if ((st->op->rules & (TR_OLD | TR_PROGRAM | TR_SOME)) == 0 ||
	    trace_op_exists(st->op, rp->mach))
		return (true);
	if ((st->op->rules & TR_SOME) != 0)
		trace_call_error(rp,
		    "kernel %s has no %s(); one with the switch \"%s\" has",
		    rp->mach->kernel.name, st->op->info.name,
		    st->op->exists_by);
	else if ((st->op->rules & TR_OLD) != 0)
		trace_call_error(rp,
		    "%s: kernel %s has no such call any more; kernels up to "
		    "9.0 have",
		    st->op->info.name, rp->mach->kernel.name);
	else
		trace_call_error(rp,
		    "%s: programs are simulated with kernels up to 9.0; of "
		    "kernel %s, maps and page faults are not",
		    st->op->info.name, rp->mach->kernel.name);
	return (false);
}

/*
 * Turns on what goes with TLBs, and the scheduler.  Two sizes for one address
 * are a fault only where the CPU makes them one; elsewhere either may be used,
 * and both are right or the one that is used is stale.
 */
static void
replay_attend(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	struct machine *mach = rp->mach;
	unsigned what;

	if (mach->cpus[0].tlb != NULL) {
		what = PMAPSIM_DETECT_STALE;
		if (mach->cpus[0].tlb->desc->machine_check)
			what |= PMAPSIM_DETECT_MULTIMATCH;
		pmapsim_detect(mach, what);
		rp->watched = true;
	}
	rp->scheduled = trace_has(st, TK_SCHEDULE);
	rp->schedule = rp->scheduled ? st->key[TK_SCHEDULE] : 0;
	rp->attends = rp->watched || rp->scheduled;
}

/*
 * The boot panicked; "why" says so in pmapsim_boot()'s words.  There is no
 * machine then; where the trace expects it, this is its end.
 */
static void
replay_boot_panicked(struct pmapsim_replay *rp, const struct trace_stmt *st,
    const struct pmapsim_panic *panic, const char *why)
{

	if (!st->expects_panic) {
		trace_call_error(rp, "%s", why);
		return;
	}
	trace_result_panic(rp, panic);
	/* For those who look for the machine. */
	snprintf(rp->result.message, sizeof(rp->result.message), "%s:%u: %s",
	    rp->trace->name, st->pub.line, why);
}

/* Boots the machine that "st" describes. */
static void
replay_boot(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	struct pmapsim_config config;
	struct pmapsim_panic panic;
	struct trace_text text;
	char kernel[PMAPSIM_KERNEL_NAME_SIZE], why[320];
	const char *name;
	vm_object_t object;

	/* The reader checks cpu= by it. */
	if (rp->options.ncpu != 0)
		rp->reader.config.ncpu = rp->options.ncpu;
	config = rp->reader.config;
	if (rp->kernel != NULL)
		config.kernel = rp->kernel;
	else if (trace_has(st, TK_KERNEL)) {
		if (st->kernel.len >= sizeof(kernel)) {
			trace_call_error(rp,
			    "kernel=%.*s... is too long a "
			    "name",
			    TRACE_QUOTE(st->kernel));
			return;
		}
		memcpy(kernel, st->kernel.s, st->kernel.len);
		kernel[st->kernel.len] = '\0';
		config.kernel = kernel;
	}
	text = st->tlb;
	if (rp->tlb != NULL) {
		text.s = rp->tlb;
		text.len = strlen(rp->tlb);
	} else if (!trace_has(st, TK_TLB))
		text.len = 0;
	if (text.len != 0) {
		if ((name = replay_intern(rp, text)) == NULL) {
			trace_no_memory(rp, NULL);
			return;
		}
		config.tlb = name;
	}
	switch (machdep_boot(&config, &rp->mach, &panic, why, sizeof(why))) {
	case PMAPSIM_OK:
		break;
	case PMAPSIM_EPANIC:
		replay_boot_panicked(rp, st, &panic, why);
		return;
	case PMAPSIM_ENOMEM:
		trace_no_memory(rp, why);
		return;
	default:
		trace_call_error(rp, "%s", why);
		return;
	}
	replay_attend(rp, st);
	rp->kernel_moved = vm_min_kernel_address(rp->mach) -
	    rp->reader.kernel_min;
	/* What exists from the start; entries 1 and 2, and 1. */
	object = pmapsim_kernel_object(rp->mach);
	rp->objects.entries[1].ptr = object;
	object = pmapsim_kmem_object(rp->mach);
	rp->objects.entries[2].ptr = object;
	rp->pmaps.entries[1].ptr = pmapsim_kernel_pmap(rp->mach);
}

/*
 * Pushes the frames of from=, the outermost first; returns how many.
 */
static unsigned
replay_push(struct pmapsim_replay *rp, struct trace_text from)
{
	struct trace_text frame;
	const char *name;
	unsigned n = 0;

	while (from.len != 0) {
		frame.s = from.s + from.len;
		while (frame.s > from.s && frame.s[-1] != ',')
			frame.s--;
		frame.len = (size_t)(from.s + from.len - frame.s);
		from.len -= frame.len;
		from.len -= from.len != 0;
		if ((name = replay_intern(rp, frame)) == NULL) {
			trace_no_memory(rp, NULL);
			break;
		}
		pmapsim_frame_push(rp->mach, name);
		n++;
	}
	return (n);
}

/* Compares the result of the statement just made with what is expected. */
static void
replay_compare(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	struct trace_text expected = {st->pub.expected,
	    st->pub.expected_length};
	struct trace_text got = {rp->result_text, rp->result_len};

	if (expected.s == NULL) {
		/* What an audit must say goes without saying. */
		if (st->op->call != trace_call_audit || got.len == 0 ||
		    trace_text_is(got, "ok"))
			return;
		expected.s = "ok";
		expected.len = 2;
	}
	if (trace_result_equal(expected, got))
		return;
	replay_mismatch(rp, st->pub.line, replay_copy(rp, expected),
	    replay_copy(rp, got));
}

/* Compares the dump that follows the statement, if one does. */
static void
replay_compare_dump(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	struct trace_dump_difference difference;

	if (st->dump.len == 0 ||
	    trace_dump_compare(rp->mach, rp, st->dump, &difference))
		return;
	if (difference.no_memory)
		trace_no_memory(rp, NULL);
	replay_mismatch(rp, st->dump_line + difference.line,
	    difference.expected, difference.got);
}

/*
 * Draws the CPU for a statement that does not name one.  Questions are on CPU
 * 0 and draw nothing, so that one more or less does not change the rest.
 */
static unsigned
replay_schedule(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	if ((st->op->rules & TR_LOOKS) != 0 &&
	    st->op->call != trace_call_mmu_access)
		return (0);
	return (random_below(&rp->schedule, rp->mach->config.ncpu));
}

/* Whether other CPUs have plans for the call, or somebody looks at it. */
static bool
replay_is_watched(const struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	if ((st->op->rules & (TR_PLANS | TR_LOOKS)) != 0)
		return (false);
	return (rp->planned || (rp->watch != NULL && rp->watch->always));
}

/* Makes the statement in rp->st; a panic in it does not return here. */
static void
replay_call(struct pmapsim_replay *rp)
{
	const struct trace_stmt *st = &rp->st;
	unsigned frames = 0;

	if (__builtin_expect(!rp->attends &&
		    (st->keys & (TK(TK_FROM) | TK(TK_CPU))) == 0,
		1)) {
		if (replay_has_call(rp, st))
			st->op->call(rp, st);
		return;
	}
	if (rp->watched && (st->op->rules & TR_LOOKS) == 0)
		detector_call(rp->mach, st->pub.text, st->pub.length);
	if (trace_has(st, TK_CPU))
		rp->mach->curcpu = (unsigned)st->key[TK_CPU];
	else if (rp->scheduled)
		rp->mach->curcpu = replay_schedule(rp, st);
	if (trace_has(st, TK_FROM))
		frames = replay_push(rp, st->from);
	if (!rp->failed && !replay_has_call(rp, st))
		rp->failed = true;
	if (!rp->failed && replay_is_watched(rp, st))
		trace_meanwhile_call(rp, st);
	else if (!rp->failed)
		st->op->call(rp, st);
	for (; frames != 0; frames--)
		pmapsim_frame_pop(rp->mach);
	rp->mach->curcpu = 0;
}

/* Compares, and tells the hook; the statement came back. */
static void
replay_made(struct pmapsim_replay *rp)
{
	const struct trace_stmt *st = &rp->st;

	rp->made = true;
	rp->result.statements++;
	if (!rp->failed && !rp->options.ignore_results) {
		replay_compare(rp, st);
		replay_compare_dump(rp, st);
	}
	if (rp->failed) {
		replay_failed(rp);
		return;
	}
	if (rp->tells_after) {
		rp->result_text[rp->result_len] = '\0';
		if (!rp->options.after(rp, &st->pub, rp->result_text,
			rp->options.arg) &&
		    rp->result.outcome == PMAPSIM_REPLAY_RUNNING)
			replay_ends(rp, PMAPSIM_REPLAY_STOPPED);
	}
}

/*
 * Moves the kernel addresses of "st" to where the kernel that runs, which is
 * not the trace's own, has its addresses.
 */
static void __attribute__((cold))
replay_move_addresses(struct pmapsim_replay *rp, struct trace_stmt *st)
{
	unsigned i;

	for (i = 0; i < TRACE_ARGS_MAX; i++)
		if (trace_arg_is_address(st->op->args[i]) &&
		    st->num[i] >= rp->reader.kernel_min &&
		    st->num[i] < KERNBASE)
			st->num[i] += rp->kernel_moved;
}

/* Whether the hook is called after the statement that was just read. */
static inline bool
replay_tells_after(struct pmapsim_replay *rp)
{

	if (rp->options.after == NULL)
		return (false);
	if (rp->untold != 0 && rp->st.pub.expected == NULL) {
		rp->untold--;
		return (false);
	}
	if (rp->options.after_every > 1)
		rp->untold = rp->options.after_every - 1;
	return (true);
}

/*
 * Reads a statement and makes it; false: the replay has come to its end, or
 * the statement is the machine, which needs no guard.
 */
static bool
replay_read(struct pmapsim_replay *rp)
{
	struct trace_stmt *st = &rp->st;
	unsigned line = 0; /* of an error */

	switch (trace_read(&rp->reader, st)) {
	case TRACE_READ_END:
		replay_finished(rp);
		return (false);
	case TRACE_READ_STMT:
		if (!trace_resolve(&rp->reader, &rp->objects, &rp->pmaps, st))
			line = st->pub.line;
		else if (rp->kernel_moved != 0)
			replay_move_addresses(rp, st);
		break;
	case TRACE_READ_ERROR:
		line = rp->reader.line;
		break;
	}
	if (line != 0) {
		rp->result.line = line;
		rp->result.bad_input = PMAPSIM_BAD_STATEMENT;
		snprintf(rp->result.message, sizeof(rp->result.message), "%s",
		    rp->reader.err);
		replay_ends(rp, PMAPSIM_REPLAY_BAD_INPUT);
		return (false);
	}
	rp->made = false;
	if (rp->result.mismatches == 0)
		rp->result.line = st->pub.line;
	rp->failed = false;
	rp->result_len = 0;
	rp->result_number = 0;
	rp->tells_after = replay_tells_after(rp);
	rp->want_result = st->pub.expected != NULL || rp->tells_after;
	if (rp->options.before != NULL &&
	    !rp->options.before(rp, &st->pub, rp->options.arg)) {
		replay_ends(rp, PMAPSIM_REPLAY_STOPPED);
		return (false);
	}
	return (true);
}

/* The statement panicked: an expected end, or not. */
static void
replay_panicked(struct pmapsim_replay *rp)
{
	const struct pmapsim_panic *panic = pmapsim_panic(rp->mach);
	const struct trace_stmt *st = &rp->st;
	struct trace_text expected = {st->pub.expected,
	    st->pub.expected_length};
	struct trace_text got;

	trace_result_panic(rp, panic);
	got.s = rp->result_text;
	got.len = rp->result_len;
	rp->made = true;
	rp->result.statements++;
	if (rp->options.ignore_results || !st->expects_panic) {
		if (!rp->options.ignore_results) {
			rp->result.mismatches++;
			free(rp->expected);
			free(rp->got);
			rp->expected = replay_copy(rp, expected);
			rp->got = replay_copy(rp, got);
			rp->result.expected = rp->expected != NULL ?
			    rp->expected :
			    "(nothing)";
			rp->result.got = rp->got != NULL ? rp->got : "";
		}
		rp->result.line = st->pub.line;
		snprintf(rp->result.message, sizeof(rp->result.message),
		    "%s:%u: %s%s: %s", rp->trace->name, st->pub.line,
		    rp->options.ignore_results ? "" : "unexpected ",
		    panic->simulator ? "stop" : "panic", panic->text);
		replay_ends(rp, PMAPSIM_REPLAY_PANIC);
	} else {
		if (!trace_result_equal(expected, got))
			replay_mismatch(rp, st->pub.line,
			    replay_copy(rp, expected), replay_copy(rp, got));
		if (rp->result.outcome == PMAPSIM_REPLAY_RUNNING)
			replay_finished(rp);
	}
	if (rp->no_memory) {
		replay_failed(rp);
		return;
	}
	if (rp->options.after != NULL) {
		rp->result_text[rp->result_len] = '\0';
		rp->options.after(rp, &st->pub, rp->result_text,
		    rp->options.arg);
	}
}

/* Makes up to "n" statements under one guard. */
static void
replay_guarded(struct pmapsim_replay *rp, uint64_t n)
{
	struct pmapsim_guard guard;
	volatile uint64_t left = n;

	if (!pmapsim_guard_enter(rp->mach, &guard)) {
		/* A hook's own calls froze the machine. */
		replay_panicked(rp);
		return;
	}
	if (setjmp(guard.env) == 0) {
		for (;
		     left != 0 && rp->result.outcome == PMAPSIM_REPLAY_RUNNING;
		     left--) {
			if (!replay_read(rp))
				break;
			replay_call(rp);
			replay_made(rp);
		}
		pmapsim_guard_leave(rp->mach, &guard);
		return;
	}
	pmapsim_guard_leave(rp->mach, &guard);
	trace_meanwhile_end(rp);
	replay_panicked(rp);
}

static enum pmapsim_replay_outcome
replay_steps(struct pmapsim_replay *rp, uint64_t n)
{

	/* Not RUNNING: a caller who steps to the end would never come there. */
	if (rp == NULL)
		return (PMAPSIM_REPLAY_BAD_INPUT);
	/* A growing trace has grown. */
	rp->reader.end = rp->trace->text + rp->trace->size;
	/* The first statement makes what a guard needs. */
	if (rp->mach == NULL && n != 0 &&
	    rp->result.outcome == PMAPSIM_REPLAY_RUNNING) {
		if (replay_read(rp)) {
			replay_boot(rp, &rp->st);
			replay_made(rp);
			/* It panicked as expected: nothing can follow. */
			if (rp->mach == NULL &&
			    rp->result.outcome == PMAPSIM_REPLAY_RUNNING)
				replay_finished(rp);
		}
		n--;
	}
	if (n != 0 && rp->result.outcome == PMAPSIM_REPLAY_RUNNING)
		replay_guarded(rp, n);
	return (rp->result.outcome);
}

/* ---- the interface ------------------------------------------------------ */

enum pmapsim_replay_outcome
pmapsim_replay_step(struct pmapsim_replay *replay)
{

	return (replay_steps(replay, 1));
}

enum pmapsim_replay_outcome
pmapsim_replay_run(struct pmapsim_replay *replay)
{

	return (replay_steps(replay, UINT64_MAX));
}

const struct pmapsim_replay_result *
pmapsim_replay_result(const struct pmapsim_replay *replay)
{

	return (replay != NULL ? &replay->result : NULL);
}

struct machine *
pmapsim_replay_machine(struct pmapsim_replay *replay)
{

	return (replay != NULL ? replay->mach : NULL);
}

const struct pmapsim_trace_statement *
pmapsim_replay_statement(const struct pmapsim_replay *replay)
{

	return (replay == NULL || replay->result.statements == 0 ?
		NULL :
		&replay->st.pub);
}

int
pmapsim_replay_start(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options,
    struct pmapsim_replay **replayp, char *err, size_t errsize)
{
	/* Names are compared by words of eight bytes. */
	static const char kernel[16] = "kernel", kmem[16] = "kmem";
	const struct trace_text kernel_text = {kernel, 6};
	const struct trace_text kmem_text = {kmem, 4};
	struct pmapsim_replay *rp;
	char *message;
	bool made;

	if (err == NULL)
		errsize = 0;
	if (replayp != NULL)
		*replayp = NULL;
	if (trace == NULL || replayp == NULL) {
		snprintf(err, errsize,
		    "pmapsim_replay_start() needs a trace "
		    "and a place for the replay");
		return (PMAPSIM_EINVAL);
	}
	if (options != NULL && options->kernel != NULL &&
	    !pmapsim_kernel_valid(options->kernel, err, errsize))
		return (PMAPSIM_EINVAL);
	rp = calloc(1, sizeof(*rp));
	message = malloc(sizeof(rp->result.message));
	if (rp == NULL || message == NULL) {
		free(message);
		free(rp);
		snprintf(err, errsize, "%s: no memory", trace->name);
		return (PMAPSIM_ENOMEM);
	}
	rp->trace = trace;
	trace_reader_init(&rp->reader, trace, message,
	    sizeof(rp->result.message));
	made = true;
	if (options != NULL) {
		rp->options = *options;
		if (options->kernel != NULL)
			made = (rp->kernel = strdup(options->kernel)) != NULL;
		if (options->tlb != NULL)
			made = (rp->tlb = strdup(options->tlb)) != NULL && made;
	}
	/* In this order: replay_boot() counts on it. */
	made = trace_names_init(&rp->objects) && made;
	made = trace_names_init(&rp->pmaps) && made;
	if (!made || trace_names_add(&rp->objects, kernel_text, 0) == NULL ||
	    trace_names_add(&rp->objects, kmem_text, 0) == NULL ||
	    trace_names_add(&rp->pmaps, kernel_text, 0) == NULL) {
		pmapsim_replay_end(rp);
		snprintf(err, errsize, "%s: no memory", trace->name);
		return (PMAPSIM_ENOMEM);
	}
	*replayp = rp;
	return (PMAPSIM_OK);
}

void
pmapsim_replay_end(struct pmapsim_replay *replay)
{
	struct trace_string *s;

	if (replay == NULL)
		return;
	pmapsim_destroy(replay->mach);
	while ((s = replay->strings) != NULL) {
		replay->strings = s->next;
		free(s);
	}
	trace_names_done(&replay->objects);
	trace_names_done(&replay->pmaps);
	free(replay->object_entry);
	free(replay->pages);
	free(replay->expected);
	free(replay->got);
	free(replay->kernel);
	free(replay->tlb);
	free(replay->reader.err);
	free(replay);
}
