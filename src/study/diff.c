/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two kernels in step.  The state is compared by its digest; only where that
 * differs are both dumps written out, and the lines that both have dropped.
 */
#include "study/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/kernel.h"
#include "trace/trace_var.h"

/* Statements up to which every state is compared, and the step beyond. */
#define DIFF_EXACT_STATEMENTS 2000
#define DIFF_STEP 64

/*
 * One side: a replay and the result of its last statement.  Started and ended
 * with each pass over the trace.
 */
struct diff_side {
	struct pmapsim_replay *replay;
	char result[512];
};

/*
 * One dump, growing as it is written.  On the comparison's stack, its text host
 * memory that the comparison frees.
 */
struct diff_text {
	char *text;
	size_t size, room;
	bool failed;
};

/* ---- the two sides ------------------------------------------------------ */
static bool
diff_keep_result(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct diff_side *side = arg;

	snprintf(side->result, sizeof(side->result), "%s", result);
	return (true);
}

static void
diff_end(struct diff_side sides[2])
{

	pmapsim_replay_end(sides[0].replay);
	pmapsim_replay_end(sides[1].replay);
	memset(sides, 0, 2 * sizeof(sides[0]));
}

static int
diff_start(const struct pmapsim_trace *trace, const char *kernel_a,
    const char *kernel_b, struct diff_side sides[2], char *err, size_t errsize)
{
	struct pmapsim_replay_options options = {.ignore_results = true,
	    .after = diff_keep_result};
	int error, i;

	memset(sides, 0, 2 * sizeof(sides[0]));
	for (i = 0; i < 2; i++) {
		options.kernel = i == 0 ? kernel_a : kernel_b;
		options.arg = &sides[i];
		error = pmapsim_replay_start(trace, &options, &sides[i].replay,
		    err, errsize);
		if (error != PMAPSIM_OK) {
			diff_end(sides);
			return (error);
		}
	}
	return (PMAPSIM_OK);
}

/* What "sides" have come to is no difference but an error of the host's. */
static int
diff_error(const struct diff_side sides[2], char *err, size_t errsize)
{
	int i;

	for (i = 0; i < 2; i++)
		if (pmapsim_replay_result(sides[i].replay)->outcome ==
		    PMAPSIM_REPLAY_NO_MEMORY)
			return (trace_replay_error(sides[i].replay, err,
			    errsize));
	return (PMAPSIM_OK);
}

/*
 * Makes one statement on both sides.  False at the end of both.
 */
static bool
diff_step(struct diff_side sides[2])
{
	bool running = false;
	int i;

	for (i = 0; i < 2; i++) {
		sides[i].result[0] = '\0';
		if (pmapsim_replay_result(sides[i].replay)->outcome !=
		    PMAPSIM_REPLAY_RUNNING)
			continue;
		if (pmapsim_replay_step(sides[i].replay) ==
		    PMAPSIM_REPLAY_RUNNING)
			running = true;
	}
	return (running);
}

bool
diff_tell(struct diff_watch *watch)
{

	watch->done++;
	if (watch->total < watch->done)
		watch->total = watch->done;
	if (watch->options->progress != NULL && !watch->stopped)
		watch->stopped = !watch->options->progress(watch->options->arg,
		    watch->done, watch->total);
	return (!watch->stopped);
}

static bool
diff_results(struct diff_side sides[2])
{
	const struct pmapsim_replay_result *a, *b;

	a = pmapsim_replay_result(sides[0].replay);
	b = pmapsim_replay_result(sides[1].replay);
	return (strcmp(sides[0].result, sides[1].result) != 0 ||
	    a->outcome != b->outcome);
}

static bool
diff_states(struct diff_side sides[2])
{

	if (pmapsim_replay_machine(sides[0].replay) == NULL ||
	    pmapsim_replay_machine(sides[1].replay) == NULL)
		return (false);
	return (trace_replay_mark(sides[0].replay) !=
	    trace_replay_mark(sides[1].replay));
}

/*
 * Runs both sides until they differ, comparing states each "step" statements,
 * but never before statement "from".  Returns the number of the statement
 * after which they differ, 0 when they never do, or are stopped before.
 */
static uint64_t
diff_run(struct diff_side sides[2], uint64_t from, uint64_t step,
    struct diff_watch *watch)
{
	uint64_t n = 0;
	bool running = true;

	while (running) {
		running = diff_step(sides);
		n++;
		if (diff_results(sides))
			return (n);
		if (n >= from && (n % step == 0 || !running) &&
		    diff_states(sides))
			return (n);
		if (running && !diff_tell(watch))
			break;
	}
	return (0);
}

/* ---- what differs ------------------------------------------------------- */
static void
diff_write(void *arg, const char *text, size_t size)
{
	struct diff_text *t = arg;
	char *grown;

	if (t->failed)
		return;
	if (t->size + size + 1 > t->room) {
		t->room = 2 * (t->size + size + 1);
		grown = realloc(t->text, t->room);
		if (grown == NULL) {
			t->failed = true;
			return;
		}
		t->text = grown;
	}
	memcpy(t->text + t->size, text, size);
	t->size += size;
	t->text[t->size] = '\0';
}

static bool
diff_add_line(struct pmapsim_diff *diff, char side, const char *text,
    size_t length)
{
	struct pmapsim_diff_line *lines;

	lines = realloc(diff->lines, (diff->nlines + 1) * sizeof(*lines));
	if (lines == NULL)
		return (false);
	diff->lines = lines;
	lines[diff->nlines].side = side;
	lines[diff->nlines].text = strndup(text, length);
	if (lines[diff->nlines].text == NULL)
		return (false);
	diff->nlines++;
	return (true);
}

/*
 * A dump's lines, sorted for looking up; "text" stays in dump order.  Host
 * memory of one comparison; the lines lie in the dump's text.
 */
struct diff_lines {
	const char **at;
	unsigned n;
};

static size_t
diff_line_length(const char *line)
{

	return (strcspn(line, "\n"));
}

static int
diff_compare(const void *va, const void *vb)
{
	const char *a = *(const char *const *)va;
	const char *b = *(const char *const *)vb;
	size_t na = diff_line_length(a), nb = diff_line_length(b);
	int order;

	order = strncmp(a, b, na < nb ? na : nb);
	return (order != 0 ? order : (na > nb) - (na < nb));
}

static bool
diff_sort(const struct diff_text *t, struct diff_lines *lines)
{
	const char *p;
	unsigned n = 0;

	for (p = t->text; *p != '\0'; p++)
		n += *p == '\n';
	lines->at = malloc((n + 1) * sizeof(*lines->at));
	lines->n = 0;
	if (lines->at == NULL)
		return (false);
	for (p = t->text; lines->n < n; p += diff_line_length(p) + 1)
		lines->at[lines->n++] = p;
	qsort(lines->at, n, sizeof(*lines->at), diff_compare);
	return (true);
}

/* Adds the lines of "t" that "other" does not have. */
static bool
diff_only(struct pmapsim_diff *diff, char side, const struct diff_text *t,
    const struct diff_lines *other)
{
	const char *p;

	for (p = t->text; *p != '\0'; p += diff_line_length(p) + 1)
		if (bsearch(&p, other->at, other->n, sizeof(*other->at),
			diff_compare) == NULL &&
		    !diff_add_line(diff, side, p, diff_line_length(p)))
			return (false);
	return (true);
}

static int
diff_dumps(struct diff_side sides[2], struct pmapsim_diff *diff)
{
	struct diff_text text[2] = {{0}, {0}};
	struct diff_lines lines[2] = {{0}, {0}};
	bool done;
	int i;

	for (i = 0; i < 2; i++) {
		diff_write(&text[i], "", 0);
		pmapsim_replay_dump(sides[i].replay, "", diff_write, &text[i]);
	}
	done = !text[0].failed && !text[1].failed &&
	    diff_sort(&text[0], &lines[0]) && diff_sort(&text[1], &lines[1]) &&
	    diff_only(diff, 'a', &text[0], &lines[1]) &&
	    diff_only(diff, 'b', &text[1], &lines[0]);
	for (i = 0; i < 2; i++) {
		free(lines[i].at);
		free(text[i].text);
	}
	return (done ? PMAPSIM_OK : PMAPSIM_ENOMEM);
}

/* Tells what the sides, which have just differed, differ in. */
static int
diff_describe(struct diff_side sides[2], struct pmapsim_diff *diff)
{
	const struct pmapsim_trace_statement *statement;
	int i;

	statement = pmapsim_replay_statement(sides[0].replay);
	diff->differs = true;
	diff->line = statement->line;
	diff->statement = strndup(statement->text, statement->length);
	if (diff->statement == NULL)
		return (PMAPSIM_ENOMEM);
	diff->in_result = diff_results(sides);
	for (i = 0; diff->in_result && i < 2; i++)
		if (!diff_add_line(diff, "ab"[i], sides[i].result,
			strlen(sides[i].result)))
			return (PMAPSIM_ENOMEM);
	return (diff_dumps(sides, diff));
}

/* ---- which switch accounts for it --------------------------------------- */
int
pmapsim_kernel_with(const char *kernel, const char *name, const char *like,
    char *buf, size_t size)
{
	struct kernel a, b;
	enum kernel_switch ks;
	char err[8];
	int n;

	if (name == NULL || buf == NULL)
		return (PMAPSIM_EINVAL);
	if (!kernel_parse(kernel, &a, err, sizeof(err)) ||
	    !kernel_parse(like, &b, err, sizeof(err)))
		return (PMAPSIM_EINVAL);
	ks = kernel_find_switch(name);
	if (ks == KS_COUNT)
		return (PMAPSIM_EINVAL);
	n = snprintf(buf, size, "%s+%s%s", a.name,
	    kernel_set_has(&b.switches, ks) ? "" : "no-", name);
	return (n > 0 && (size_t)n < size ? PMAPSIM_OK : PMAPSIM_EINVAL);
}

/* How many switches "a" and "b" differ in. */
static uint64_t
diff_switches(const struct kernel *a, const struct kernel *b)
{
	uint64_t n = 0;
	unsigned i;

	for (i = 0; i < KERNEL_SET_WORDS; i++)
		n += (uint64_t)__builtin_popcountll(a->switches.word[i] ^
		    b->switches.word[i]);
	return (n);
}

/* What the search for switches goes by, for as long as it takes. */
struct diff_search {
	const struct pmapsim_trace *trace;
	struct diff_watch *watch;
	uint64_t n; /* statements up to the difference */
	struct kernel a, b;
	char *err;
	size_t errsize;
};

/*
 * Whether the sides agree up to and including statement "n" when b has the
 * switches of "back" as a has them.
 */
static int
diff_agrees(const struct diff_search *search, const struct kernel_set *back,
    bool *agrees)
{
	struct diff_side sides[2];
	char name[PMAPSIM_KERNEL_NAME_SIZE], next[PMAPSIM_KERNEL_NAME_SIZE];
	uint64_t made;
	unsigned ks;
	int error = PMAPSIM_OK;

	snprintf(name, sizeof(name), "%s", search->b.name);
	for (ks = 0; ks < KS_COUNT && error == PMAPSIM_OK; ks++) {
		if (!kernel_set_has(back, ks))
			continue;
		error = pmapsim_kernel_with(name,
		    kernel_switch_name((enum kernel_switch)ks), search->a.name,
		    next, sizeof(next));
		snprintf(name, sizeof(name), "%s", next);
	}
	if (error == PMAPSIM_OK)
		error = diff_start(search->trace, search->a.name, name, sides,
		    search->err, search->errsize);
	if (error != PMAPSIM_OK)
		return (error);
	*agrees = true;
	for (made = 0; made < search->n && *agrees; made++) {
		diff_step(sides);
		*agrees = !diff_results(sides) && diff_tell(search->watch);
	}
	*agrees = *agrees && !diff_states(sides);
	error = diff_error(sides, search->err, search->errsize);
	diff_end(sides);
	return (error);
}

/*
 * The switch that, taken back in b alone, makes the sides agree, the first of
 * the table when several do.
 */
static int
diff_account_one(const struct diff_search *search,
    const struct kernel_set *differ, struct pmapsim_diff *diff)
{
	struct kernel_set back;
	unsigned ks;
	bool agrees;
	int error;

	for (ks = 0; ks < KS_COUNT && !search->watch->stopped; ks++) {
		if (!kernel_set_has(differ, ks))
			continue;
		back = (struct kernel_set) {{0}};
		back.word[ks / 64] = UINT64_C(1) << (ks % 64);
		error = diff_agrees(search, &back, &agrees);
		if (error != PMAPSIM_OK)
			return (error);
		if (agrees) {
			diff->account = kernel_switch_name((enum kernel_switch)
				ks);
			break;
		}
	}
	return (PMAPSIM_OK);
}

/*
 * The switches that make the sides agree together, and none of which can be
 * missed.  With all that differ taken back b is a; then one after the other is
 * left out, and stays out where the sides agree without it.
 */
static int
diff_account_together(const struct diff_search *search,
    const struct kernel_set *differ, struct pmapsim_diff *diff)
{
	struct kernel_set back = *differ, fewer;
	unsigned ks, n = 0;
	bool agrees;
	int error;

	error = diff_agrees(search, &back, &agrees);
	for (ks = 0; ks < KS_COUNT && error == PMAPSIM_OK && agrees; ks++) {
		if (!kernel_set_has(differ, ks))
			continue;
		fewer = back;
		fewer.word[ks / 64] &= ~(UINT64_C(1) << (ks % 64));
		error = diff_agrees(search, &fewer, &agrees);
		if (agrees)
			back = fewer;
		agrees = !search->watch->stopped;
	}
	if (error != PMAPSIM_OK || !agrees)
		return (error);
	for (ks = 0; ks < KS_COUNT; ks++) {
		if (!kernel_set_has(&back, ks))
			continue;
		if (n == PMAPSIM_DIFF_TOGETHER - 1) {
			memset(diff->together, 0, sizeof(diff->together));
			break; /* as good as none */
		}
		diff->together[n++] = kernel_switch_name((enum kernel_switch)
			ks);
	}
	return (PMAPSIM_OK);
}

/* Finds the switch, or the switches, behind the difference at statement "n". */
static int
diff_account(const struct pmapsim_trace *trace, struct diff_watch *watch,
    uint64_t n, struct pmapsim_diff *diff, char *err, size_t errsize)
{
	const struct pmapsim_diff_options *options = watch->options;
	struct diff_search search = {.trace = trace,
	    .watch = watch,
	    .n = n,
	    .err = err,
	    .errsize = errsize};
	struct kernel_set differ;
	unsigned i;
	int error;

	if (!kernel_parse(options->kernel_a, &search.a, err, errsize) ||
	    !kernel_parse(options->kernel_b, &search.b, err, errsize))
		return (PMAPSIM_EINVAL);
	for (i = 0; i < KERNEL_SET_WORDS; i++)
		differ.word[i] = search.a.switches.word[i] ^
		    search.b.switches.word[i];
	watch->total = watch->done + n * diff_switches(&search.a, &search.b);
	error = diff_account_one(&search, &differ, diff);
	if (error == PMAPSIM_OK && diff->account == NULL && !watch->stopped &&
	    diff_switches(&search.a, &search.b) > 1)
		error = diff_account_together(&search, &differ, diff);
	return (error);
}

int
pmapsim_diff(const struct pmapsim_trace *trace,
    const struct pmapsim_diff_options *options, struct pmapsim_diff *diff,
    char *err, size_t errsize)
{
	struct diff_watch watch = {.options = options};
	struct diff_side sides[2];
	uint64_t n, step = 1;
	int error;

	if (err == NULL)
		errsize = 0;
	if (diff != NULL)
		memset(diff, 0, sizeof(*diff));
	if (trace == NULL || options == NULL || options->kernel_a == NULL ||
	    options->kernel_b == NULL || diff == NULL) {
		snprintf(err, errsize,
		    "pmapsim_diff() needs a trace, two "
		    "kernels and a place for the difference");
		return (PMAPSIM_EINVAL);
	}
	error = pmapsim_trace_check(trace, err, errsize);
	if (error != PMAPSIM_OK)
		return (error);
	watch.total = pmapsim_trace_statements(trace);
	if (!options->exact && watch.total > DIFF_EXACT_STATEMENTS)
		step = DIFF_STEP;
	error = diff_start(trace, options->kernel_a, options->kernel_b, sides,
	    err, errsize);
	if (error != PMAPSIM_OK)
		return (error);
	n = diff_run(sides, 0, step, &watch);
	error = diff_error(sides, err, errsize);
	if (error == PMAPSIM_OK && n != 0 && step > 1 && !diff_results(sides)) {
		/* It is one of the last "step": look at each of them. */
		diff_end(sides);
		error = diff_start(trace, options->kernel_a, options->kernel_b,
		    sides, err, errsize);
		if (error != PMAPSIM_OK)
			return (error);
		watch.total = watch.done + n;
		n = diff_run(sides, n > step ? n - step : 0, 1, &watch);
		error = diff_error(sides, err, errsize);
	}
	if (error == PMAPSIM_OK && n != 0) {
		error = diff_describe(sides, diff);
		if (error == PMAPSIM_ENOMEM)
			snprintf(err, errsize,
			    "%s: no memory to describe the difference",
			    pmapsim_trace_name(trace));
	}
	diff_end(sides);
	if (n != 0 && error == PMAPSIM_OK)
		error = diff_account(trace, &watch, n, diff, err, errsize);
	/* The first statement is the boot. */
	if (n == 1 && error == PMAPSIM_OK && diff->account == NULL &&
	    diff->together[0] == NULL && !watch.stopped)
		error = diff_ending(trace, &watch, diff, err, errsize);
	if (error == PMAPSIM_OK && watch.stopped) {
		snprintf(err, errsize, "%s: stopped",
		    pmapsim_trace_name(trace));
		error = PMAPSIM_ESTOPPED;
	}
	if (error != PMAPSIM_OK)
		pmapsim_diff_free(diff);
	return (error);
}

void
pmapsim_diff_free(struct pmapsim_diff *diff)
{
	unsigned i;

	if (diff == NULL)
		return;
	for (i = 0; i < diff->nlines; i++)
		free(diff->lines[i].text);
	free(diff->lines);
	free(diff->statement);
	free(diff->panic);
	memset(diff, 0, sizeof(*diff));
}
