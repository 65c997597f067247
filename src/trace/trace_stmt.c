/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Statements made, printed, compared, and asked what they do.  Nothing here
 * names a statement: each answer follows from its row.
 */
#include "trace/trace_stmt.h"

#include <string.h>

#include "trace/trace_var.h"

/* ---- making ------------------------------------------------------------- */

void
trace_stmt_make(struct trace_stmt *st, enum trace_opcode op,
    const struct trace_value *args)
{
	int i, n;

	st->op = &trace_ops[op];
	st->keys = 0;
	n = trace_op_args(st->op);
	for (i = 0; i < n; i++) {
		st->num[i] = args[i].number;
		st->str[i].s = args[i].name;
		st->str[i].len = args[i].name != NULL ? strlen(args[i].name) :
							0;
	}
}

void
trace_stmt_set_text(struct trace_stmt *st, enum trace_key key,
    const char *value)
{
	const struct trace_text text = {value, strlen(value)};

	st->keys |= TK(key);
	if (key == TK_FROM)
		st->from = text;
	else if (key == TK_KERNEL)
		st->kernel = text;
	else
		st->tlb = text;
}

static struct trace_text
stmt_text(const struct trace_stmt *st, enum trace_key key)
{

	return (key == TK_FROM	 ? st->from :
		key == TK_KERNEL ? st->kernel :
				   st->tlb);
}

/* ---- what an argument is ------------------------------------------------ */

/* How a value is written. */
enum stmt_form {
	FORM_TEXT,
	FORM_WORD, /* one of a list, by number */
	FORM_HEX,
	FORM_SIZE, /* decimal, with K or M where that is whole */
	FORM_DECIMAL,
	FORM_PROT,
	FORM_SWITCH /* on or off */
};

static enum stmt_form
arg_form(enum trace_arg kind)
{

	switch (kind) {
	case TA_NEW_OBJECT:
	case TA_OBJECT:
	case TA_NEW_PMAP:
	case TA_PMAP:
	case TA_NEW_SPACE:
	case TA_SPACE:
	case TA_SYSCTL:
		return (FORM_TEXT);
	case TA_INJECT:
	case TA_INHERIT:
	case TA_MEMATTR:
	case TA_ADVICE:
	case TA_FIND:
	case TA_EVENT:
	case TA_LEVEL:
	case TA_DEED:
		return (FORM_WORD);
	case TA_ACCESS:
		return (FORM_PROT);
	case TA_SIZE:
	case TA_LEN:
	case TA_ALIGN:
	case TA_NUMBER:
		return (FORM_SIZE);
	case TA_BOOL:
	case TA_PINDEX:
	case TA_PAGES:
		return (FORM_DECIMAL);
	default:
		return (FORM_HEX); /* addresses and masks */
	}
}

bool
trace_arg_is_number(const struct trace_stmt *st, int i)
{
	enum stmt_form form = arg_form(st->op->args[i]);

	return (form == FORM_HEX || form == FORM_SIZE || form == FORM_DECIMAL);
}

static enum stmt_form
key_form(enum trace_key key)
{

	switch (key) {
	case TK_FROM:
	case TK_KERNEL:
	case TK_TLB:
		return (FORM_TEXT);
	case TK_REQ:
		return (FORM_WORD);
	case TK_ACCESS:
	case TK_PROT:
		return (FORM_PROT);
	case TK_SUPERPAGES:
	case TK_INVARIANTS:
		return (FORM_SWITCH);
	case TK_MEM:
	case TK_FIRST:
	case TK_KMEM:
	case TK_KVA:
		return (FORM_SIZE);
	case TK_ACTIVE:
	case TK_AT:
		return (FORM_HEX);
	default:
		return (FORM_DECIMAL);
	}
}

/* ---- printing ----------------------------------------------------------- */

/* Where a statement is printed to; lives for one print. */
struct stmt_out {
	char *buf;
	size_t size, used; /* "used" goes beyond "size" */
};

static void
out_text(struct stmt_out *out, const char *s, size_t len)
{

	if (out->used < out->size)
		memcpy(out->buf + out->used, s,
		    len < out->size - out->used ? len : out->size - out->used);
	out->used += len;
}

static void
out_prot(struct stmt_out *out, uint64_t prot)
{

	if (prot & VM_PROT_READ)
		out_text(out, "r", 1);
	if (prot & VM_PROT_WRITE)
		out_text(out, "w", 1);
	if (prot & VM_PROT_EXECUTE)
		out_text(out, "x", 1);
	if ((prot & VM_PROT_ALL) == 0)
		out_text(out, "-", 1);
}

static void
out_size(struct stmt_out *out, uint64_t v)
{
	const char *unit = "";
	char buf[24];

	if (v != 0 && v % (1 << 20) == 0) {
		v >>= 20;
		unit = "M";
	} else if (v != 0 && v % (1 << 10) == 0 && v != 1 << 10) {
		v >>= 10;
		unit = "K";
	}
	out_text(out, buf, (size_t)(trace_put_dec(buf, v) - buf));
	out_text(out, unit, strlen(unit));
}

/* Writes a value that is no text and no word of a list. */
static void
out_value(struct stmt_out *out, enum stmt_form form, uint64_t v)
{
	char buf[24];

	switch (form) {
	case FORM_HEX:
		out_text(out, buf, (size_t)(trace_put_hex(buf, v) - buf));
		break;
	case FORM_SIZE:
		out_size(out, v);
		break;
	case FORM_PROT:
		out_prot(out, v);
		break;
	case FORM_SWITCH:
		out_text(out, v != 0 ? "on" : "off", v != 0 ? 2 : 3);
		break;
	default:
		out_text(out, buf, (size_t)(trace_put_dec(buf, v) - buf));
		break;
	}
}

static void
out_arg(struct stmt_out *out, const struct trace_stmt *st, int i)
{
	enum trace_arg kind = st->op->args[i];
	enum stmt_form form = arg_form(kind);
	const char *word;

	out_text(out, " ", 1);
	if (form == FORM_TEXT)
		out_text(out, st->str[i].s, st->str[i].len);
	else if (form == FORM_WORD) {
		word = trace_arg_word(kind, st->num[i]);
		out_text(out, word, strlen(word));
	} else
		out_value(out, form, st->num[i]);
}

static void
out_key(struct stmt_out *out, const struct trace_stmt *st, enum trace_key key)
{
	const char *name = trace_key_name(key), *word;
	struct trace_text text;
	enum stmt_form form;

	out_text(out, " ", 1);
	out_text(out, name, strlen(name));
	if (key >= TK_FLAGS)
		return;
	out_text(out, "=", 1);
	form = key_form(key);
	if (form == FORM_TEXT) {
		text = stmt_text(st, key);
		out_text(out, text.s, text.len);
	} else if (form == FORM_WORD) {
		word = trace_req_word(st->key[key]);
		out_text(out, word, strlen(word));
	} else
		out_value(out, form, st->key[key]);
}

size_t
trace_stmt_print(const struct trace_stmt *st, char *buf, size_t size)
{
	/* What a reader looks for first comes first. */
	static const uint8_t order[TK_COUNT] = {TK_ACCESS, TK_PROT, TK_WIRED,
	    TK_PSIND, TK_REQ, TK_COLOR, TF_NAMED, TF_VNODE, TK_ACTIVE, TF_WIRED,
	    TF_NOWAIT, TF_ZERO, TF_RESERVE, TF_SHARED, TF_FIXED, TF_AFTER,
	    TF_USER, TF_NOSLEEP, TK_REPEAT, TK_MEM, TK_FIRST, TK_KMEM, TK_KVA,
	    TK_NCPU, TK_SUPERPAGES, TK_INVARIANTS, TK_MAXPROC, TK_KERNEL,
	    TK_TLB, TK_SCHEDULE, TK_AT, TK_NTH, TF_SWITCH, TF_SWITCHING,
	    TK_FROM, TK_CPU};
	struct stmt_out out = {buf, size, 0};
	unsigned k;
	int i, n;

	out_text(&out, st->op->info.name, strlen(st->op->info.name));
	n = trace_op_args(st->op);
	for (i = 0; i < n; i++)
		out_arg(&out, st, i);
	for (k = 0; k < TK_COUNT; k++)
		if (trace_has(st, order[k]))
			out_key(&out, st, order[k]);
	if (size != 0)
		buf[out.used < size ? out.used : size - 1] = '\0';
	return (out.used);
}

/* ---- comparing ---------------------------------------------------------- */

static bool
text_equal(struct trace_text a, struct trace_text b)
{

	return (a.len == b.len && memcmp(a.s, b.s, a.len) == 0);
}

bool
trace_stmt_equal(const struct trace_stmt *a, const struct trace_stmt *b)
{
	unsigned key;
	int i, n;

	if (a->op != b->op || a->keys != b->keys)
		return (false);
	n = trace_op_args(a->op);
	for (i = 0; i < n; i++)
		if (arg_form(a->op->args[i]) == FORM_TEXT ?
			!text_equal(a->str[i], b->str[i]) :
			a->num[i] != b->num[i])
			return (false);
	for (key = 0; key < TK_FLAGS; key++)
		if (trace_has(a, (int)key) &&
		    (key_form(key) == FORM_TEXT ?
			    !text_equal(stmt_text(a, key), stmt_text(b, key)) :
			    a->key[key] != b->key[key]))
			return (false);
	return (true);
}

/* ---- what it does ------------------------------------------------------- */

struct trace_range
trace_stmt_range(const struct trace_stmt *st, uint64_t result)
{
	const struct trace_reach *reach = &st->op->maps;
	struct trace_range range = {.does = (enum trace_does)reach->does};

	if (range.does == TD_NOTHING)
		return (range);
	range.start = st->num[reach->at];
	switch ((enum trace_extent)reach->extent) {
	case TX_PAGES:
		range.start = trunc_page(range.start);
		range.end = range.start + ptoa(trace_repeat(st));
		/* The last of them, or the only one, is a superpage. */
		if (trace_has(st, TK_PSIND) && st->key[TK_PSIND] == 1)
			range.end += NBPDR - PAGE_SIZE;
		break;
	case TX_TO_END:
		range.end = st->num[reach->to];
		break;
	case TX_COUNT:
		range.end = range.start + ptoa(st->num[reach->to]);
		break;
	case TX_SIZE:
		range.end = round_page(range.start + st->num[reach->to]);
		range.start = trunc_page(range.start);
		break;
	case TX_RESULT:
		range.start = result;
		range.end = result + round_page(st->num[reach->to]);
		if (result == 0)
			range.does = TD_NOTHING;
		break;
	case TX_ALLOCATION:
		range.end = range.start;
		range.whole_allocation = true;
		break;
	case TX_ALL:
		range.start = 0;
		range.end = UINT64_MAX;
		break;
	}
	if (range.does == TD_PROTECTS && (st->key[TK_PROT] & VM_PROT_READ) == 0)
		range.does = TD_UNMAPS;
	return (range);
}

struct trace_text
trace_stmt_space(const struct trace_stmt *st)
{
	static const struct trace_text kernel = {"kernel", 6};

	return (st->op->args[0] == TA_PMAP || st->op->args[0] == TA_SPACE ?
		st->str[0] :
		kernel);
}
