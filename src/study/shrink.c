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
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study/judge.h"

#define SHRINK_TRIALS_DEFAULT 20000
#define SHRINK_LINE_MAX 400

/*
 * A sequence being shrunk: its lines without results, the first the machine's.
 * Made by pmapsim_shrink() on host memory; lines are changed in place, one at
 * a time, and put back when the trial does not fail.
 */
struct shrink {
	char (*lines)[SHRINK_LINE_MAX];
	unsigned n;
	char *text; /* of a trial; room for all lines */
	const struct pmapsim_shrink_options *options;
	struct pmapsim_finding wanted;
	unsigned trials; /* left */
	uint64_t done;	 /* trials */
	bool stopped;	 /* by the hook */
	bool last;	 /* a trial that is made in any case */
	char *err;
	size_t errsize;
	bool no_memory;
};

/* ---- a trial ------------------------------------------------------------ */

/* Writes all lines but [from, to) to s->text; returns the size. */
static size_t
shrink_text(struct shrink *s, unsigned from, unsigned to)
{
	size_t size = 0, n;
	unsigned i;

	for (i = 0; i < s->n; i++) {
		if (i >= from && i < to)
			continue;
		n = strlen(s->lines[i]);
		memcpy(s->text + size, s->lines[i], n);
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

/* Whether the lines but [from, to) still fail as wanted. */
static bool
shrink_fails(struct shrink *s, unsigned from, unsigned to,
    struct pmapsim_finding *finding)
{
	struct pmapsim_trace *trace;
	bool fails;
	int error;

	if (s->trials == 0)
		return (false);
	s->trials--;
	if (pmapsim_trace_from_memory("shrink", s->text,
		shrink_text(s, from, to), &trace, s->err,
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

static void
shrink_drop(struct shrink *s, unsigned from, unsigned to)
{

	memmove(s->lines[from], s->lines[to],
	    (s->n - to) * sizeof(s->lines[0]));
	s->n -= to - from;
}

/* What comes after the failing statement did not matter. */
static void
shrink_cut(struct shrink *s, const struct pmapsim_finding *finding)
{

	if (finding->line > 0 && finding->line < s->n)
		s->n = finding->line;
}

/* ---- pass one: statements ----------------------------------------------- */

/* Drops runs of statements, long ones first; true when any went. */
static bool
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

/* ---- pass two: whole regions -------------------------------------------- */

/*
 * Writes statement "line" with its range grown to all of its 2 MB region, or
 * to all but the first page; false when it has no such range, or it is grown
 * already.
 */
static bool
shrink_grown(const char *line, bool but_first, char *grown)
{
	unsigned long long va, eva, start, pindex, shift;
	char pmap[40], object[40], rest[200];
	int n = 0;

	shift = but_first ? 4096 : 0;
	if (sscanf(line, "pmap_remove %39s %llx %llx %199[^\n]", pmap, &va,
		&eva, rest) >= 3) {
		start = (va & ~UINT64_C(0x1fffff)) + shift;
		snprintf(grown, SHRINK_LINE_MAX,
		    "pmap_remove %s 0x%llx "
		    "0x%llx",
		    pmap, start, (start & ~UINT64_C(0x1fffff)) + 0x200000);
	} else if (sscanf(line, "pmap_enter %39s %llx %39s %llu %n", pmap, &va,
		       object, &pindex, &n) == 4 &&
	    n > 0) {
		start = (va & ~UINT64_C(0x1fffff)) + shift;
		pindex = pindex - (va - (va & ~UINT64_C(0x1fffff))) / 4096 +
		    shift / 4096;
		/* access=, prot= and wired= stay; repeat= is new. */
		snprintf(rest, sizeof(rest), "%.*s",
		    (int)(strstr(line + n, "wired=") != NULL ?
			    strstr(line + n, "wired=") + 7 - (line + n) :
			    0),
		    line + n);
		snprintf(grown, SHRINK_LINE_MAX,
		    "pmap_enter %s 0x%llx %s "
		    "%llu %s repeat=%d",
		    pmap, start, object, pindex, rest, but_first ? 511 : 512);
	} else
		return (false);
	return (strcmp(line, grown) != 0);
}

/* Whether "line" removes a whole 2 MB region. */
static bool
shrink_is_whole(const char *line)
{
	unsigned long long va, eva;

	return (sscanf(line, "pmap_remove %*s %llx %llx", &va, &eva) == 2 &&
	    (va & 0x1fffff) == 0 && eva - va == 0x200000);
}

/* Grows the range of "line", with statement "other" gone if it is not 0. */
static bool
shrink_grow(struct shrink *s, unsigned line, unsigned other, bool but_first)
{
	struct pmapsim_finding finding;
	char before[SHRINK_LINE_MAX], grown[SHRINK_LINE_MAX];

	if (!shrink_grown(s->lines[line], but_first, grown))
		return (false);
	memcpy(before, s->lines[line], sizeof(before));
	memcpy(s->lines[line], grown, sizeof(grown));
	if (shrink_fails(s, other, other + (other != 0), &finding)) {
		if (other != 0)
			shrink_drop(s, other, other + 1);
		shrink_cut(s, &finding);
		return (true);
	}
	memcpy(s->lines[line], before, sizeof(before));
	return (false);
}

/* Whether "line" is a pmap(9) call that a grown range can stand for. */
static bool
shrink_is_range(const char *line)
{

	return (strncmp(line, "pmap_enter ", 11) == 0 ||
	    strncmp(line, "pmap_remove ", 12) == 0);
}

/*
 * Grows the range of "line" and lets it stand for all that is done to the
 * region from the last call before it that removes a whole one to the next.
 */
static bool
shrink_stand_for(struct shrink *s, unsigned line, bool but_first)
{
	struct pmapsim_finding finding;
	char(*saved)[SHRINK_LINE_MAX], grown[SHRINK_LINE_MAX];
	unsigned from, to, i, n = s->n, kept;

	if (strncmp(s->lines[line], "pmap_enter ", 11) != 0)
		return (false);
	if (!shrink_grown(s->lines[line], but_first, grown))
		memcpy(grown, s->lines[line], sizeof(grown));
	for (from = line; from > 1 && shrink_is_range(s->lines[from - 1]) &&
	     !shrink_is_whole(s->lines[from - 1]);
	     from--)
		continue;
	for (to = line + 1; to < s->n && shrink_is_range(s->lines[to]) &&
	     !shrink_is_whole(s->lines[to]);
	     to++)
		continue;
	if (to - from < 2 || (saved = malloc(n * sizeof(*saved))) == NULL)
		return (false);
	memcpy(saved, s->lines, n * sizeof(*saved));
	for (i = kept = 0; i < n; i++)
		if (i == line)
			memcpy(s->lines[kept++], grown, sizeof(grown));
		else if (i < from || i >= to)
			memmove(s->lines[kept++], saved[i], sizeof(saved[i]));
	s->n = kept;
	if (shrink_fails(s, 0, 0, &finding)) {
		shrink_cut(s, &finding);
		free(saved);
		return (true);
	}
	memcpy(s->lines, saved, n * sizeof(*saved));
	s->n = n;
	free(saved);
	return (false);
}

/*
 * Grows ranges and drops what that makes needless; true when the sequence got
 * shorter, else it is as it was.
 */
static bool
shrink_regions(struct shrink *s)
{
	char(*saved)[SHRINK_LINE_MAX];
	unsigned n = s->n, line, other, but_first;

	saved = malloc(n * sizeof(*saved));
	if (saved == NULL) {
		s->no_memory = true;
		return (false);
	}
	memcpy(saved, s->lines, n * sizeof(*saved));
	for (but_first = 0; but_first < 2; but_first++)
		for (line = 1; line < s->n; line++)
			shrink_stand_for(s, line, but_first);
	for (but_first = 0; but_first < 2; but_first++)
		for (line = 1; line < s->n; line++) {
			shrink_grow(s, line, 0, but_first);
			for (other = 1; other < s->n; other++)
				if (other != line)
					shrink_grow(s, line, other, but_first);
		}
	shrink_statements(s);
	if (s->n >= n) {
		memcpy(s->lines, saved, n * sizeof(*saved));
		s->n = n;
	}
	free(saved);
	return (s->n < n);
}

/* ---- pass three: numbers and keys --------------------------------------- */

/* Tries the line with [from, to) of it replaced by "with". */
static bool
shrink_replace(struct shrink *s, unsigned line, size_t from, size_t to,
    const char *with)
{
	struct pmapsim_finding finding;
	char before[SHRINK_LINE_MAX], after[SHRINK_LINE_MAX];

	memcpy(before, s->lines[line], sizeof(before));
	if (snprintf(after, sizeof(after), "%.*s%s%s", (int)from, before, with,
		before + to) >= (int)sizeof(after) ||
	    strcmp(before, after) == 0)
		return (false);
	memcpy(s->lines[line], after, sizeof(after));
	if (shrink_fails(s, 0, 0, &finding)) {
		shrink_cut(s, &finding);
		return (true);
	}
	memcpy(s->lines[line], before, sizeof(before));
	return (false);
}

/* A whole number at "p" with its suffix; the length, 0 when it is none. */
static size_t
shrink_number(const char *p, unsigned long long *value)
{
	char *end;

	if (!isdigit((unsigned char)*p))
		return (0);
	*value = strtoull(p, &end, 0);
	switch (*end) {
	case 'K':
		*value <<= 10;
		end++;
		break;
	case 'M':
		*value <<= 20;
		end++;
		break;
	case 'G':
		*value <<= 30;
		end++;
		break;
	}
	if (*end != '\0' && *end != ' ')
		return (0);
	return ((size_t)(end - p));
}

/* "value" as a person would write it. */
static void
shrink_write(unsigned long long value, bool address, char *buf, size_t size)
{

	if (address)
		snprintf(buf, size, "0x%llx", value);
	else if (value >= 1 << 20 && value % (1 << 20) == 0)
		snprintf(buf, size, "%lluM", value >> 20);
	else if (value >= 1 << 12 && value % (1 << 12) == 0)
		snprintf(buf, size, "%lluK", value >> 10);
	else
		snprintf(buf, size, "%llu", value);
}

/* Smaller and rounder candidates for the number at "from" of the line. */
static bool
shrink_try_numbers(struct shrink *s, unsigned line, size_t from, size_t length,
    unsigned long long value)
{
	static const unsigned long long steps[] = {0, 1, 2, 4096, 8192, 1 << 20,
	    2 << 20};
	char with[40];
	static const char *const keys[] = {" repeat=", " cpu="};
	bool address = value >= UINT64_C(1) << 28;
	size_t i, n;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		n = strlen(keys[i]);
		if (from >= n &&
		    strncmp(s->lines[line] + from - n, keys[i], n) == 0 &&
		    shrink_replace(s, line, from - n, from + length, ""))
			return (true);
	}
	if (address) {
		/* To the start of its 2 MB region. */
		shrink_write(value & ~UINT64_C(0x1fffff), true, with,
		    sizeof(with));
		return (shrink_replace(s, line, from, from + length, with));
	}
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i] >= value)
			break;
		shrink_write(steps[i], false, with, sizeof(with));
		if (shrink_replace(s, line, from, from + length, with))
			return (true);
	}
	shrink_write(value, false, with, sizeof(with));
	if (shrink_replace(s, line, from, from + length, with))
		return (true);
	shrink_write(value / 2, false, with, sizeof(with));
	return (value > 2 &&
	    shrink_replace(s, line, from, from + length, with));
}

/* Simplifies the arguments of each statement; true when any changed. */
static bool
shrink_arguments(struct shrink *s)
{
	unsigned long long value;
	unsigned line;
	size_t at, length;
	bool changed = false;

	for (line = 1; line < s->n; line++)
		for (at = 0; line < s->n && s->lines[line][at] != '\0'; at++) {
			if (at == 0 ||
			    (s->lines[line][at - 1] != ' ' &&
				s->lines[line][at - 1] != '='))
				continue;
			length = shrink_number(s->lines[line] + at, &value);
			if (length == 0)
				continue;
			changed |= shrink_try_numbers(s, line, at, length,
			    value);
		}
	return (changed);
}

/* ---- the whole ---------------------------------------------------------- */

/* Takes the lines of "trace" without comments, results and dumps. */
static bool
shrink_take(struct shrink *s, const struct pmapsim_trace *trace)
{
	const char *p, *end, *eol;
	size_t size, n;
	uint64_t lines;

	p = pmapsim_trace_text(trace, &size);
	end = p + size;
	lines = pmapsim_trace_statements(trace);
	s->lines = calloc(lines + 1, sizeof(s->lines[0]));
	s->text = malloc((lines + 1) * (SHRINK_LINE_MAX + 1));
	if (s->lines == NULL || s->text == NULL)
		return (false);
	for (; p < end && s->n < lines; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			eol = end;
		while (p < eol && isspace((unsigned char)*p))
			p++;
		if (p == eol || *p == '#' || *p == '|')
			continue;
		for (n = 0; p + n < eol && p[n] != '#' &&
		     !(p[n] == '=' && p + n + 1 < eol && p[n + 1] == '>');
		     n++)
			continue;
		while (n > 0 && isspace((unsigned char)p[n - 1]))
			n--;
		if (n >= SHRINK_LINE_MAX)
			n = SHRINK_LINE_MAX - 1;
		memcpy(s->lines[s->n], p, n);
		s->lines[s->n][n] = '\0';
		s->n++;
	}
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
	/* A panic is in the trace as its end; this has to be asked for. */
	if (s->wanted.kind == PMAPSIM_FINDING_STALE)
		fprintf(f, "detections\ndetection 0\n");
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
		snprintf(err, errsize, "%s: nothing fails in it",
		    pmapsim_trace_name(trace));
		return (PMAPSIM_EINVAL);
	}
	if (!shrink_take(&s, trace))
		error = PMAPSIM_ENOMEM;
	else {
		/* Lines are numbered as they were kept from here on. */
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
	free(s.lines);
	free(s.text);
	return (error);
}
