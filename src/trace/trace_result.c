/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results as text: made the way the trace would write them, and compared with
 * what it does write.
 */
#include "trace/trace_var.h"

#include <stdarg.h>
#include <string.h>

void
trace_result_append(struct pmapsim_replay *rp, const char *text, size_t len)
{

	if (len > sizeof(rp->result_text) - rp->result_len)
		len = sizeof(rp->result_text) - rp->result_len;
	memcpy(rp->result_text + rp->result_len, text, len);
	rp->result_len += len;
}

/* Starts a token: a blank behind the one before, then "KEY=". */
static void
result_key(struct pmapsim_replay *rp, const char *key)
{

	if (rp->result_len != 0)
		trace_result_append(rp, " ", 1);
	if (key != NULL) {
		trace_result_append(rp, key, strlen(key));
		trace_result_append(rp, "=", 1);
	}
}

void
trace_result_hex(struct pmapsim_replay *rp, const char *key, uint64_t v)
{
	char buf[24];

	if (!rp->want_result)
		return;
	if (rp->result_len == 0)
		rp->result_number = v;
	result_key(rp, key);
	trace_result_append(rp, buf, (size_t)(trace_put_hex(buf, v) - buf));
}

void
trace_result_dec(struct pmapsim_replay *rp, const char *key, int64_t v)
{
	char buf[24], *p = buf;

	if (!rp->want_result)
		return;
	if (rp->result_len == 0)
		rp->result_number = (uint64_t)v;
	result_key(rp, key);
	if (v < 0)
		*p++ = '-';
	p = trace_put_dec(p, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
	trace_result_append(rp, buf, (size_t)(p - buf));
}

void
trace_result_word(struct pmapsim_replay *rp, const char *word)
{

	if (!rp->want_result)
		return;
	result_key(rp, NULL);
	trace_result_append(rp, word, strlen(word));
}

/* A sentence in quotes, which none of its own may end. */
void
trace_result_quoted(struct pmapsim_replay *rp, char *text)
{
	size_t i;

	if (!rp->want_result)
		return;
	for (i = 0; text[i] != '\0'; i++)
		if (text[i] == '"')
			text[i] = '\'';
	trace_result_word(rp, "\"");
	trace_result_append(rp, text, i);
	trace_result_append(rp, "\"", 1);
}

/* What accesses gave: of a repeated one the faults, and all addresses' xor. */
void
trace_result_accesses(struct pmapsim_replay *rp, const struct trace_stmt *st,
    uint64_t faults, vm_paddr_t xor)
{

	if (trace_has(st, TK_REPEAT)) {
		trace_result_dec(rp, "n", (int64_t)trace_repeat(st));
		trace_result_dec(rp, "faults", (int64_t)faults);
		trace_result_hex(rp, "xor", xor);
	} else if (faults != 0)
		trace_result_word(rp, "fault");
	else
		trace_result_hex(rp, NULL, xor); /* one address is its xor */
}

/*
 * The end of a trace: panic "TEXT", or stop "TEXT" where the kernel has no
 * text of its own because the real machine would trap or sleep for ever.
 */
void
trace_result_panic(struct pmapsim_replay *rp, const struct pmapsim_panic *panic)
{
	const char *p;

	rp->result_len = 0;
	if (panic->simulator)
		trace_result_append(rp, "stop \"", 6);
	else
		trace_result_append(rp, "panic \"", 7);
	for (p = panic->text; *p != '\0'; p++) {
		if (*p == '\n') {
			trace_result_append(rp, "\\n", 2);
			continue;
		}
		if (*p == '"' || *p == '\\')
			trace_result_append(rp, "\\", 1);
		trace_result_append(rp, p, 1);
	}
	trace_result_append(rp, "\"", 1);
}

/* Takes the next token off "text": up to a blank outside quotes. */
static struct trace_text
result_token(struct trace_text *text)
{
	struct trace_text token;
	bool quoted = false;

	while (text->len != 0 &&
	    (*text->s == ' ' || *text->s == '\t' || *text->s == '\r')) {
		text->s++;
		text->len--;
	}
	token.s = text->s;
	while (text->len != 0 &&
	    (quoted ||
		(*text->s != ' ' && *text->s != '\t' && *text->s != '\r'))) {
		if (*text->s == '"')
			quoted = !quoted;
		else if (*text->s == '\\' && quoted && text->len > 1) {
			text->s++;
			text->len--;
		}
		text->s++;
		text->len--;
	}
	token.len = (size_t)(text->s - token.s);
	return (token);
}

/*
 * Whether two tokens are the same, or the same number behind the same key:
 * who writes a trace by hand may write 4K for 0x1000.
 */
static bool
result_token_equal(struct trace_text a, struct trace_text b)
{
	const char *ka, *kb;
	uint64_t va, vb;

	if (a.len == b.len && memcmp(a.s, b.s, a.len) == 0)
		return (true);
	ka = memchr(a.s, '=', a.len);
	kb = memchr(b.s, '=', b.len);
	if ((ka == NULL) != (kb == NULL))
		return (false);
	if (ka != NULL) {
		if (ka - a.s != kb - b.s ||
		    memcmp(a.s, b.s, (size_t)(ka - a.s)) != 0)
			return (false);
		a.len -= (size_t)(ka + 1 - a.s);
		b.len -= (size_t)(kb + 1 - b.s);
		a.s = ka + 1;
		b.s = kb + 1;
	}
	return (trace_number(a, &va) == NULL && trace_number(b, &vb) == NULL &&
	    va == vb);
}

/* Compares results token by token; how they are spaced does not count. */
bool
trace_result_equal(struct trace_text expected, struct trace_text got)
{
	struct trace_text a, b;

	if (expected.len == got.len && memcmp(expected.s, got.s, got.len) == 0)
		return (true);
	do {
		a = result_token(&expected);
		b = result_token(&got);
		if ((a.len == 0) != (b.len == 0) ||
		    (a.len != 0 && !result_token_equal(a, b)))
			return (false);
	} while (a.len != 0);
	return (true);
}
