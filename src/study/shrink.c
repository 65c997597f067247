/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shrinking: from a sequence that fails to a short one that fails in the same
 * way, so that a person can read it.
 *
 * Three passes repeat until none helps.  Statements go, in runs that get
 * shorter (delta debugging, Zeller 2002); ranges grow to the 2 MB region they
 * lie in, where that makes other statements needless; numbers in what is left
 * become smaller or rounder.  Every trial is a whole replay, and a sequence
 * that is no legal trace any more has simply not failed.
 */
#include "study/shrink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/trace_var.h"

#define SHRINK_TRIALS_DEFAULT 20000

/* ---- a trial ------------------------------------------------------------ */

/* Writes all statements but [from, to) to s->text; 0: no memory. */
static size_t
shrink_text(struct shrink *s, unsigned from, unsigned to)
{
	size_t size = 0, n;
	unsigned i;
	char *larger;

	for (i = 0; i < s->n; i++) {
		if (i >= from && i < to)
			continue;
		n = trace_stmt_print(&s->stmts[i], s->text + size,
		    s->room - size);
		if (size + n + 1 >= s->room) {
			larger = realloc(s->text, 2 * (s->room + n));
			if (larger == NULL)
				return (0);
			s->text = larger;
			s->room = 2 * (s->room + n);
			i--; /* once more, with room */
			continue;
		}
		size += n;
		s->text[size++] = '\n';
	}
	return (size);
}

/* A judge_watch. */
static bool
shrink_tell(void *arg)
{
	struct shrink *s = arg;

	if (s->options->progress != NULL && !s->stopped &&
	    !s->options->progress(s->options->arg, s->done, 0)) {
		s->stopped = true;
		s->trials = 0;
	}
	return (!s->stopped || s->last);
}

bool
shrink_fails(struct shrink *s, unsigned from, unsigned to,
    struct pmapsim_finding *finding)
{
	struct pmapsim_trace *trace;
	size_t size;
	bool fails;
	int error;

	if (s->trials == 0)
		return (false);
	s->trials--;
	size = shrink_text(s, from, to);
	if (size == 0 ||
	    pmapsim_trace_from_memory("shrink", s->text, size, &trace, s->err,
		s->errsize) != PMAPSIM_OK) {
		s->no_memory = true;
		return (false);
	}
	error = judge_trace(trace, &s->options->judge, shrink_tell, s, finding,
	    s->err, s->errsize);
	/* What was not judged says nothing of the sequence: no more of it. */
	if (error == PMAPSIM_ENOMEM) {
		s->no_memory = true;
		s->trials = 0;
	}
	fails = error == PMAPSIM_OK && judge_same(finding, &s->wanted);
	pmapsim_trace_close(trace);
	s->done++;
	return (fails);
}

void
shrink_drop(struct shrink *s, unsigned from, unsigned to)
{

	memmove(&s->stmts[from], &s->stmts[to],
	    (s->n - to) * sizeof(s->stmts[0]));
	s->n -= to - from;
}

void
shrink_cut(struct shrink *s, const struct pmapsim_finding *finding)
{

	if (finding->line > 0 && finding->line < s->n)
		s->n = finding->line;
}

bool
shrink_replace(struct shrink *s, unsigned i, const struct trace_stmt *with,
    unsigned other)
{
	struct pmapsim_finding finding;
	struct trace_stmt before = s->stmts[i];

	if (trace_stmt_equal(&before, with))
		return (false);
	s->stmts[i] = *with;
	if (!shrink_fails(s, other, other + (other != 0), &finding)) {
		s->stmts[i] = before;
		return (false);
	}
	if (other != 0)
		shrink_drop(s, other, other + 1);
	shrink_cut(s, &finding);
	return (true);
}

/* ---- pass one: statements ----------------------------------------------- */

/* Drops runs of statements, long ones first. */
bool
shrink_statements(struct shrink *s)
{
	struct pmapsim_finding finding;
	unsigned at, run, end;
	bool dropped = false;

	for (run = s->n / 2; run > 0; run /= 2)
		/* From the end: set-up comes first and is needed last. */
		for (at = s->n; at > 1;) {
			end = at;
			at = at > run + 1 ? at - run : 1;
			if (end > s->n)
				continue;
			if (shrink_fails(s, at, end, &finding)) {
				shrink_drop(s, at, end);
				shrink_cut(s, &finding);
				dropped = true;
			}
		}
	return (dropped);
}

/* ---- the whole ---------------------------------------------------------- */

/* Takes the statements of "trace", up to one that cannot be read. */
static bool
shrink_take(struct shrink *s, const struct pmapsim_trace *trace)
{
	struct trace_reader rd;
	uint64_t statements;
	size_t size;

	(void)pmapsim_trace_text(trace, &size);
	statements = pmapsim_trace_statements(trace);
	s->room = size + 1;
	s->text = malloc(s->room);
	s->stmts = calloc(statements + 1, sizeof(s->stmts[0]));
	if (s->text == NULL || s->stmts == NULL)
		return (false);
	trace_reader_init(&rd, trace, NULL, 0);
	while (s->n < statements &&
	    trace_read(&rd, &s->stmts[s->n]) == TRACE_READ_STMT)
		s->n++;
	return (true);
}

/* Shrinks until nothing helps or the trials are used up. */
static void
shrink_passes(struct shrink *s)
{
	struct pmapsim_finding finding;
	bool better;

	/* The tail first: it is long, and costs one trial. */
	shrink_cut(s, &s->wanted);
	do {
		better = shrink_statements(s);
		better |= shrink_regions(s);
		better |= shrink_arguments(s);
	} while (better && s->trials > 0);
	/* What was found last is what the result shows. */
	s->trials += 1;
	s->last = true;
	if (shrink_fails(s, 0, 0, &finding))
		s->wanted = finding;
}

/* How many plans there are for the last call. */
static unsigned
shrink_plans(const struct shrink *s)
{
	unsigned i, plans = 0;

	for (i = 0; i + 1 < s->n; i++)
		if ((s->stmts[i].op->rules & TR_PLANS) != 0)
			plans++;
		else if ((s->stmts[i].op->rules & TR_LOOKS) == 0)
			plans = 0;
	return (plans);
}

/* The shrunk trace with comment and results. */
static int
shrink_result(struct shrink *s, struct pmapsim_trace **shrunkp)
{
	struct pmapsim_replay_options options =
	    {.kernel = s->options->judge.kernel, .tlb = s->options->judge.tlb};
	const char *comment = s->options->comment;
	struct pmapsim_replay_result result;
	struct pmapsim_trace *bare;
	const char *p, *eol;
	char *text = NULL, *recorded = NULL;
	size_t size, recorded_size;
	unsigned i;
	FILE *f;
	int error;

	f = open_memstream(&text, &size);
	if (f == NULL)
		return (PMAPSIM_ENOMEM);
	for (p = comment; p != NULL && *p != '\0'; p = *eol ? eol + 1 : eol) {
		eol = p + strcspn(p, "\n");
		fprintf(f, "# %.*s\n", (int)(eol - p), p);
	}
	fwrite(s->text, 1, shrink_text(s, 0, 0), f);
	/* A panic is in the trace as its end; these have to be asked for. */
	if (s->wanted.kind == PMAPSIM_FINDING_STALE)
		fprintf(f, "detections\ndetection 0\n");
	else if (s->wanted.kind == PMAPSIM_FINDING_AUDIT)
		fprintf(f, "audit\n");
	else if (s->wanted.kind == PMAPSIM_FINDING_RACE)
		for (i = 0; i < shrink_plans(s); i++)
			fprintf(f, "outcome %u\n", i);
	if (fclose(f) != 0)
		return (PMAPSIM_ENOMEM);
	error = pmapsim_trace_from_memory("shrunk", text, size, &bare, s->err,
	    s->errsize);
	free(text);
	if (error != PMAPSIM_OK)
		return (error);
	f = open_memstream(&recorded, &recorded_size);
	if (f == NULL) {
		pmapsim_trace_close(bare);
		return (PMAPSIM_ENOMEM);
	}
	error = pmapsim_trace_record(bare, &options, f, &result, s->err,
	    s->errsize);
	pmapsim_trace_close(bare);
	fclose(f);
	if (error == PMAPSIM_OK)
		error = pmapsim_trace_from_memory("shrunk", recorded,
		    recorded_size, shrunkp, s->err, s->errsize);
	free(recorded);
	return (error);
}

static int
shrink_stopped(struct shrink *s, const struct pmapsim_trace *trace)
{

	snprintf(s->err, s->errsize, "%s: stopped before anything failed",
	    pmapsim_trace_name(trace));
	return (PMAPSIM_ESTOPPED);
}

int
pmapsim_shrink(const struct pmapsim_trace *trace,
    const struct pmapsim_shrink_options *options,
    struct pmapsim_trace **shrunkp, struct pmapsim_finding *finding, char *err,
    size_t errsize)
{
	struct shrink s = {.options = options,
	    .err = err,
	    .errsize = err != NULL ? errsize : 0};
	bool fails;
	int error;

	errsize = s.errsize;
	if (shrunkp != NULL)
		*shrunkp = NULL;
	if (finding != NULL)
		memset(finding, 0, sizeof(*finding));
	if (trace == NULL || options == NULL || shrunkp == NULL ||
	    finding == NULL) {
		snprintf(err, errsize,
		    "pmapsim_shrink() needs a trace, "
		    "options and places for what it finds");
		return (PMAPSIM_EINVAL);
	}
	s.trials = options->trials != 0 ? options->trials :
					  SHRINK_TRIALS_DEFAULT;
	error = judge_trace(trace, &options->judge, shrink_tell, &s, &s.wanted,
	    err, errsize);
	if (error != PMAPSIM_OK)
		return (error);
	if (s.stopped)
		return (shrink_stopped(&s, trace));
	if (s.wanted.kind == PMAPSIM_FINDING_NONE) {
		if (s.wanted.text[0] != '\0')
			snprintf(err, errsize,
			    "%s: nothing fails in it up to line %u: %s",
			    pmapsim_trace_name(trace), s.wanted.line,
			    s.wanted.text);
		else
			snprintf(err, errsize, "%s: nothing fails in it",
			    pmapsim_trace_name(trace));
		return (PMAPSIM_EINVAL);
	}
	if (!shrink_take(&s, trace))
		error = PMAPSIM_ENOMEM;
	else {
		/* From here on a line is a statement. */
		s.wanted.line = 0;
		s.trials++;
		fails = shrink_fails(&s, 0, 0, finding);
		if (!fails && s.stopped)
			error = shrink_stopped(&s, trace);
		else if (!fails) {
			snprintf(err, errsize,
			    "%s: fails with its results and "
			    "not without",
			    pmapsim_trace_name(trace));
			error = PMAPSIM_EINVAL;
		} else {
			s.wanted = *finding;
			shrink_passes(&s);
			*finding = s.wanted;
			error = shrink_result(&s, shrunkp);
		}
	}
	if (s.no_memory || error == PMAPSIM_ENOMEM) {
		snprintf(err, errsize, "%s: no memory",
		    pmapsim_trace_name(trace));
		error = PMAPSIM_ENOMEM;
		pmapsim_trace_close(*shrunkp);
		*shrunkp = NULL;
	}
	free(s.stmts);
	free(s.text);
	return (error);
}
