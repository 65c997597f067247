/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recording: a trace written back with the results that a replay of it gave.
 * What the author wrote stays as it is, down to the blanks before a comment;
 * only results and dumps are ours.
 */
#include "trace/trace_var.h"

#include <inttypes.h>
#include <string.h>

/*
 * A recording: pmapsim_trace_record() makes it on its stack, the replay's hooks
 * write what lies between "p" and the statement's result and move "p" behind.
 */
struct record {
	const struct pmapsim_trace *trace;
	const struct pmapsim_replay_options *options; /* the caller's */
	FILE *out;
	const char *p; /* what of the text is not written yet */
};

static void
record_write(void *arg, const char *text, size_t size)
{

	fwrite(text, 1, size, arg);
}

/*
 * Writes the machine line with the kernel and the TLB in force, which the
 * options may have changed.
 */
static void
record_machine(const struct record *rec, const struct trace_stmt *st)
{
	const char *p = st->pub.text, *end = p + st->pub.length, *word;

	while (p < end) {
		word = p;
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		if (rec->options->kernel != NULL && end - p > 7 &&
		    memcmp(p, "kernel=", 7) == 0)
			word = NULL;
		else if (rec->options->tlb != NULL && end - p > 4 &&
		    memcmp(p, "tlb=", 4) == 0)
			word = NULL;
		else if (rec->options->ncpu != 0 && end - p > 5 &&
		    memcmp(p, "ncpu=", 5) == 0)
			word = NULL;
		while (p < end && *p != ' ' && *p != '\t')
			p++;
		if (word != NULL)
			fwrite(word, 1, (size_t)(p - word), rec->out);
	}
	if (rec->options->ncpu != 0)
		fprintf(rec->out, " ncpu=%u", rec->options->ncpu);
	if (rec->options->kernel != NULL)
		fprintf(rec->out, " kernel=%s", rec->options->kernel);
	/* A description has no place in a line. */
	if (rec->options->tlb != NULL && *rec->options->tlb != '\0' &&
	    strchr(rec->options->tlb, '\n') == NULL)
		fprintf(rec->out, " tlb=%s", rec->options->tlb);
}

/*
 * Writes the call "st" with its addresses where the kernel that ran has them,
 * "moved" bytes from where the trace's own kernel has them.
 */
static void
record_call(const struct record *rec, const struct trace_stmt *st,
    uint64_t moved)
{
	const char *p = st->pub.text, *end = p + st->pub.length;
	uint64_t written;
	unsigned i;

	for (i = 0; moved != 0 && i < TRACE_ARGS_MAX; i++) {
		if (!trace_arg_is_address(st->op->args[i]) ||
		    trace_number(st->str[i], &written) != NULL ||
		    st->num[i] == written)
			continue;
		fwrite(p, 1, (size_t)(st->str[i].s - p), rec->out);
		fprintf(rec->out, "%#" PRIx64, st->num[i]);
		p = st->str[i].s + st->str[i].len;
	}
	fwrite(p, 1, (size_t)(end - p), rec->out);
}

/* Writes the statement just made, and the lines before it that have none. */
static bool
record_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct record *rec = arg;
	const struct trace_stmt *st = &replay->st;
	const char *end, *gap;

	fwrite(rec->p, 1, (size_t)(statement->text - rec->p), rec->out);
	if (st->op->call == NULL)
		record_machine(rec, st);
	else
		record_call(rec, st, replay->kernel_moved);
	if (*result != '\0')
		fprintf(rec->out, " => %s", result);
	if (st->comment.len != 0) {
		/* With the blanks before it; the call is no blank. */
		for (gap = st->comment.s; gap[-1] == ' ' || gap[-1] == '\t';
		     gap--)
			;
		end = st->comment.s + st->comment.len;
		fwrite(gap, 1, (size_t)(end - gap), rec->out);
	}
	putc('\n', rec->out);
	/* The reader stands behind the statement and its dump. */
	rec->p = replay->reader.p;
	if ((st->op->rules & TR_DUMP) != 0 &&
	    pmapsim_panic(replay->mach) == NULL)
		trace_dump(replay->mach, replay, "| ", record_write, rec->out);
	return (rec->options->after == NULL ||
	    rec->options->after(replay, statement, result, rec->options->arg));
}

static bool
record_before(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, void *arg)
{
	struct record *rec = arg;

	return (rec->options->before(replay, statement, rec->options->arg));
}

int
pmapsim_trace_record(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, FILE *out,
    struct pmapsim_replay_result *result, char *err, size_t errsize)
{
	static const struct pmapsim_replay_options defaults;
	struct pmapsim_replay_options mine;
	struct pmapsim_replay *replay;
	struct record rec;
	int error;

	if (err == NULL)
		errsize = 0;
	if (result != NULL)
		memset(result, 0, sizeof(*result));
	if (trace == NULL || out == NULL || result == NULL) {
		snprintf(err, errsize,
		    "pmapsim_trace_record() needs a trace, "
		    "a stream and a place for the result");
		return (PMAPSIM_EINVAL);
	}
	memset(&rec, 0, sizeof(rec));
	rec.trace = trace;
	rec.options = options != NULL ? options : &defaults;
	rec.out = out;
	rec.p = trace->text;
	mine = *rec.options;
	mine.ignore_results = true;
	mine.after = record_after;
	mine.before = rec.options->before != NULL ? record_before : NULL;
	mine.arg = &rec;
	error = pmapsim_replay_start(trace, &mine, &replay, err, errsize);
	if (error != PMAPSIM_OK)
		return (error);
	pmapsim_replay_run(replay);
	*result = *pmapsim_replay_result(replay);
	result->expected = result->got = NULL; /* they die with the replay */
	if (result->outcome == PMAPSIM_REPLAY_MATCHED)
		fwrite(rec.p, 1, (size_t)(trace->text + trace->size - rec.p),
		    out);
	else if (result->outcome == PMAPSIM_REPLAY_PANIC)
		result->outcome = PMAPSIM_REPLAY_MATCHED;
	else
		error = trace_replay_error(replay, err, errsize);
	pmapsim_replay_end(replay);
	if (error == PMAPSIM_OK && (fflush(out) != 0 || ferror(out) != 0)) {
		snprintf(err, errsize,
		    "%s: the recorded trace could not be "
		    "written",
		    trace->name);
		error = PMAPSIM_EIO;
	}
	return (error);
}
