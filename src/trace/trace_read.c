/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From text to statements, one at a time and in place: nothing is copied or
 * allocated, because replays read millions of statements.  Whatever the input
 * is - binary, cut off, a line of megabytes - the answer is a statement, the
 * end, or one line that names file and line, what was found, and what would
 * be right.
 */
#include "trace/trace_var.h"

#include <string.h>

/* Classes of bytes. */
enum { C_WORD, C_BLANK, C_NEWLINE, C_HASH, C_BAD };

static const uint8_t class[256] = {
    [0 ... 8] = C_BAD,
    ['\t'] = C_BLANK,
    ['\n'] = C_NEWLINE,
    [11 ... 12] = C_BAD,
    ['\r'] = C_BLANK,
    [14 ... 31] = C_BAD,
    [' '] = C_BLANK,
    ['#'] = C_HASH,
    [127 ... 255] = C_BAD,
};
#define CLASS(c) class[(unsigned char)(c)]

void
trace_reader_init(struct trace_reader *rd, const struct pmapsim_trace *trace,
    char *err, size_t errsize)
{

	memset(rd, 0, sizeof(*rd));
	rd->trace = trace;
	rd->p = trace->text;
	rd->end = trace->text + trace->size;
	rd->line = 1;
	rd->err = err;
	rd->errsize = errsize;
	if (errsize != 0)
		err[0] = '\0';
}

/* ---- words -------------------------------------------------------------- */

/* The word at "p", which may be empty; ends at a blank, a newline or "#". */
static inline struct trace_text
read_word(const char *p)
{
	struct trace_text word = {p, 0};

	while (CLASS(*p) == C_WORD)
		p++;
	word.len = (size_t)(p - word.s);
	return (word);
}

/*
 * Reads a word of 0x and at most 16 hex digits at "p", as it looks for its end;
 * returns that, NULL where something else stands.
 */
static inline const char *
read_hex(const char *p, uint64_t *value)
{
	const char *const digits = p + 2;
	uint64_t v = 0;
	unsigned c;

	if (p[0] != '0' || p[1] != 'x')
		return (NULL);
	for (p = digits; (c = trace_digit[(unsigned char)*p]) < 16; p++)
		v = v << 4 | c;
	if (p == digits || p - digits > 16 || CLASS(*p) == C_WORD)
		return (NULL);
	*value = v;
	return (p);
}

static inline const char *
skip_blanks(const char *p)
{

	/* Nearly always it is one. */
	p += *p == ' ';
	while (CLASS(*p) == C_BLANK)
		p++;
	return (p);
}

/* A byte that no text has was found at "p". */
static int
bad_byte(struct trace_reader *rd, const char *start, const char *p)
{

	return (trace_read_error(rd, rd->line,
	    "byte 0x%02x in column %zu; a trace is plain text",
	    (unsigned char)*p, (size_t)(p - start) + 1));
}

/* ---- operations --------------------------------------------------------- */

static const char *
op_name(void *arg, unsigned index)
{

	(void)arg;
	return (index < OP_COUNT ? trace_ops[index].info.name : NULL);
}

static const struct trace_shape *
find_op(const struct pmapsim_trace *trace, struct trace_text word)
{
	const struct trace_shape *shape;
	uint64_t head, tail;
	uint8_t h, row;

	trace_words(word, &head, &tail);
	for (h = (uint8_t)trace_hash(head, tail);
	     (row = trace->op_index[h]) != 0; h++) {
		shape = &trace->shape[row - 1];
		if (shape->head == head && shape->tail == tail &&
		    shape->length == word.len &&
		    (word.len <= 16 ||
			memcmp(shape->op->info.name, word.s, word.len) == 0))
			return (shape);
	}
	return (NULL);
}

static int
unknown_op(struct trace_reader *rd, struct trace_text word)
{
	char text[64];
	const char *near;

	snprintf(text, sizeof(text), "%.*s", TRACE_QUOTE(word));
	near = word.len > 40 ? NULL : pmapsim_nearest(text, op_name, NULL);
	return (trace_read_error(rd, rd->line,
	    "\"%s%s\" is no call that "
	    "traces know%s%s%s",
	    text, word.len > 40 ? "..." : "",
	    near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
	    near == NULL ? "" : "\"?"));
}

/* ---- results ------------------------------------------------------------ */

/*
 * Reads what follows "=>" at "p" up to the line's end or a comment; "#" in
 * quotes is none.  Returns the end, NULL at an error.
 */
static const char *
read_expected(struct trace_reader *rd, struct trace_stmt *st, const char *p,
    const char *start)
{
	struct trace_text text;
	const char *last;
	bool quoted = false;

	p = skip_blanks(p);
	text.s = last = p;
	for (; CLASS(*p) != C_NEWLINE; p++) {
		if (CLASS(*p) == C_BAD) {
			bad_byte(rd, start, p);
			return (NULL);
		}
		if (*p == '#' && !quoted)
			break;
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '\\' && quoted && p[1] != '\n')
			p++;
		if (CLASS(*p) != C_BLANK)
			last = p + 1;
	}
	text.len = (size_t)(last - text.s);
	st->pub.expected = text.s;
	st->pub.expected_length = text.len;
	if (quoted) {
		trace_read_error(rd, rd->line,
		    "the quoted text behind => has no end");
		return (NULL);
	}
	if (text.len == 0) {
		trace_read_error(rd, rd->line, "no result behind =>");
		return (NULL);
	}
	st->expects_panic = (text.len > 7 &&
				memcmp(text.s, "panic \"", 7) == 0) ||
	    (text.len > 6 && memcmp(text.s, "stop \"", 6) == 0);
	if (st->expects_panic) {
		rd->ended_by = rd->line;
		return (p);
	}
	if (text.len >= 5 && memcmp(text.s, "panic", 5) == 0) {
		trace_read_error(rd, rd->line,
		    "a panic's text is in quotes: panic \"TEXT\"");
		return (NULL);
	}
	if ((st->op->rules & TR_RESULT) == 0) {
		trace_read_error(rd, rd->line,
		    "%s returns nothing; only panic \"TEXT\" can follow =>",
		    st->op->info.name);
		return (NULL);
	}
	if (st->op->call == trace_call_digest && text.len != 18) {
		trace_read_error(rd, rd->line,
		    "\"%.*s\" is no digest; 0x and 16 hex digits are",
		    TRACE_QUOTE(text));
		return (NULL);
	}
	return (p);
}

/* Takes the lines that start with "|" as the dump of "st". */
static void
read_dump(struct trace_reader *rd, struct trace_stmt *st)
{
	const char *p;

	st->dump.s = rd->p;
	st->dump_line = rd->line;
	for (p = rd->p; p < rd->end && *p == '|'; p++) {
		p = memchr(p, '\n', (size_t)(rd->end - p) + 1);
		rd->line++;
	}
	if (p > rd->end)
		p = rd->end; /* the last line had no newline of its own */
	st->dump.len = (size_t)(p - st->dump.s);
	rd->p = p;
}

/* ---- statements --------------------------------------------------------- */

/*
 * Reads what stands at "p" behind the operation: arguments, then keys and
 * flags.  Returns the end, which is the result, a comment, or the line's; NULL
 * at an error.
 */
static const char *
read_operands(struct trace_reader *rd, struct trace_stmt *st,
    const struct trace_shape *shape, const char *p, const char *start)
{
	const struct trace_op *op = shape->op;
	const char *end, *last = p;
	struct trace_text word;
	uint64_t missing;
	unsigned i = 0;

	for (;;) {
		p = skip_blanks(p);
		if (CLASS(*p) != C_WORD)
			break;
		if ((shape->numbers >> i & 1) != 0 &&
		    (end = read_hex(p, &st->num[i])) != NULL) {
			st->str[i].s = p;
			st->str[i].len = (size_t)(end - p);
			p = last = end;
			i++;
			continue;
		}
		word = read_word(p);
		if (word.len == 2 && p[0] == '=' && p[1] == '>')
			break;
		p += word.len;
		last = p;
		if (i < shape->nargs) {
			if (trace_read_arg(rd, st, (int)i, word) != 0)
				return (NULL);
			i++;
		} else if (trace_read_key(rd, st, word) != 0)
			return (NULL);
	}
	st->pub.length = (size_t)(last - st->pub.text);
	missing = op->required & ~st->keys;
	if (CLASS(*p) == C_BAD)
		bad_byte(rd, start, p);
	else if (i < shape->nargs)
		trace_wrong_count(rd, op, i);
	else if (missing != 0)
		trace_read_error(rd, rd->line, "%s needs %s=: %s %s",
		    op->info.name,
		    trace_key_name((enum trace_key)__builtin_ctzll(missing)),
		    op->info.name, op->info.synopsis);
	else if (!shape->checked || trace_check_args(rd, st) == 0)
		return (p);
	return (NULL);
}

/*
 * Reads the next statement into "*st"; at the end, or at an error, "*st" is
 * undefined.
 */
enum trace_read
trace_read(struct trace_reader *rd, struct trace_stmt *st)
{
	const struct trace_shape *shape;
	const struct trace_op *op;
	const char *p, *start;
	struct trace_text word;

	/* Lines without a statement. */
	for (;; rd->line++) {
		if (rd->p >= rd->end) {
			if (!rd->started)
				return (trace_read_error(rd, rd->line,
				    "no statement; a trace starts with "
				    "machine"));
			return (TRACE_READ_END);
		}
		start = rd->p;
		p = skip_blanks(start);
		if (CLASS(*p) == C_HASH)
			p = memchr(p, '\n', (size_t)(rd->end - p) + 1);
		if (CLASS(*p) != C_NEWLINE)
			break;
		rd->p = p < rd->end ? p + 1 : rd->end;
	}
	if (CLASS(*p) == C_BAD)
		return (bad_byte(rd, start, p));
	if (*p == '|')
		return (trace_read_error(rd, rd->line,
		    "a dump's line without a dump before it"));

	/* The operation. */
	word = read_word(p);
	shape = find_op(rd->trace, word);
	if (shape == NULL)
		return (CLASS(p[word.len]) == C_BAD ?
			bad_byte(rd, start, p + word.len) :
			unknown_op(rd, word));
	op = shape->op;
	if (rd->ended_by != 0)
		return (trace_read_error(rd, rd->line,
		    "%s after the panic of "
		    "line %u, which ends the trace",
		    op->info.name, rd->ended_by));
	if (rd->started != (op->call != NULL))
		return (trace_read_error(rd, rd->line,
		    rd->started ?
			"a second %s; a trace has one" :
			"%s before the machine; a trace starts with machine",
		    op->info.name));
	st->op = op;
	st->keys = 0;
	st->expects_panic = false;
	st->pub.line = rd->line;
	st->pub.text = p;
	st->pub.op = op->info.name;
	st->pub.index = shape->row;
	st->pub.expected = NULL;
	st->pub.expected_length = 0;
	st->comment.len = st->dump.len = 0;
	p = read_operands(rd, st, shape, p + word.len, start);
	if (p == NULL)
		return (TRACE_READ_ERROR);
	if (CLASS(*p) == C_WORD &&
	    (p = read_expected(rd, st, p + 2, start)) == NULL)
		return (TRACE_READ_ERROR);
	if (*p == '#') {
		st->comment.s = p;
		p = memchr(p, '\n', (size_t)(rd->end - p) + 1);
		st->comment.len = (size_t)(p - st->comment.s);
	}
	if (op->call == NULL) {
		if (!trace_machine_config(rd, st, &rd->config))
			return (TRACE_READ_ERROR);
		rd->started = true;
	}
	/* The last line may have no newline of its own. */
	rd->p = p < rd->end ? p + 1 : rd->end;
	rd->line++;
	if (op->rules & TR_DUMP)
		read_dump(rd, st);
	return (TRACE_READ_STMT);
}
