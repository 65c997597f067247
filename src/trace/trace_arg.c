/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words behind an operation: numbers, arguments by their kind, keys and
 * flags, and the checks that each must pass.  What a wrong one should have
 * been is said here, where it is known.
 */
#include "trace/trace_var.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "vm/vm_object.h"

/* Names of keys and flags, and their lengths, by enum trace_key. */
#define NAME(key, name) [key] = {name, sizeof(name) - 1}
static const struct {
	const char *name;
	uint8_t length;
} keys[TK_COUNT] = {
    NAME(TK_ACCESS, "access"),
    NAME(TK_PROT, "prot"),
    NAME(TK_WIRED, "wired"),
    NAME(TK_REPEAT, "repeat"),
    NAME(TK_REQ, "req"),
    NAME(TK_COLOR, "color"),
    NAME(TK_ACTIVE, "active"),
    NAME(TK_FROM, "from"),
    NAME(TK_CPU, "cpu"),
    NAME(TK_MEM, "mem"),
    NAME(TK_FIRST, "first"),
    NAME(TK_KMEM, "kmem"),
    NAME(TK_KVA, "kva"),
    NAME(TK_NCPU, "ncpu"),
    NAME(TK_SUPERPAGES, "superpages"),
    NAME(TK_INVARIANTS, "invariants"),
    NAME(TK_MAXPROC, "maxproc"),
    NAME(TK_KERNEL, "kernel"),
    NAME(TK_TLB, "tlb"),
    NAME(TK_SCHEDULE, "schedule"),
    NAME(TK_AT, "at"),
    NAME(TK_NTH, "nth"),
    NAME(TK_PSIND, "psind"),
    NAME(TF_WIRED, "wired"),
    NAME(TF_ZERO, "zero"),
    NAME(TF_NOWAIT, "nowait"),
    NAME(TF_RESERVE, "reserve"),
    NAME(TF_SHARED, "shared"),
    NAME(TF_FIXED, "fixed"),
    NAME(TF_AFTER, "after"),
    NAME(TF_USER, "user"),
    NAME(TF_NOSLEEP, "nosleep"),
    NAME(TF_NAMED, "named"),
    NAME(TF_SWITCH, "switch"),
    NAME(TF_SWITCHING, "switching"),
    NAME(TF_VNODE, "vnode"),
};
#undef NAME

const char *
trace_key_name(enum trace_key key)
{

	return (keys[key].name);
}

/* Words that stand for numbers, by the kind of argument that they are. */
static const struct {
	enum trace_arg kind;
	const char *word;
	uint64_t value;
} words[] = {
    {TA_INJECT, "page_alloc", PMAPSIM_INJECT_PAGE_ALLOC},
    {TA_INJECT, "pv_chunk", PMAPSIM_INJECT_PV_CHUNK},
    {TA_INHERIT, "share", VM_INHERIT_SHARE},
    {TA_INHERIT, "copy", VM_INHERIT_COPY},
    {TA_INHERIT, "none", VM_INHERIT_NONE},
    {TA_ADVICE, "willneed", VM_MADV_WILLNEED},
    {TA_ADVICE, "dontneed", VM_MADV_DONTNEED},
    {TA_ADVICE, "free", VM_MADV_FREE},
    {TA_FIND, "any", VMFS_ANY_SPACE},
    {TA_FIND, "aligned", VMFS_ALIGNED_SPACE},
    /* How memory is cached, by FreeBSD's names in small letters. */
    {TA_MEMATTR, "write-back", VM_MEMATTR_WRITE_BACK},
    {TA_MEMATTR, "uncacheable", VM_MEMATTR_UNCACHEABLE},
    {TA_MEMATTR, "uncached", VM_MEMATTR_UNCACHED},
    {TA_MEMATTR, "write-combining", VM_MEMATTR_WRITE_COMBINING},
    {TA_MEMATTR, "write-protected", VM_MEMATTR_WRITE_PROTECTED},
    {TA_MEMATTR, "write-through", VM_MEMATTR_WRITE_THROUGH},
    {TA_EVENT, "load", RACE_LOAD},
    {TA_EVENT, "store", RACE_STORE},
    {TA_EVENT, "swap", RACE_SWAP},
    {TA_EVENT, "cas", RACE_CAS},
    {TA_EVENT, "rmw", RACE_RMW},
    {TA_EVENT, "flush", RACE_FLUSH},
    {TA_EVENT, "begin", RACE_BEGIN},
    {TA_EVENT, "end", RACE_END},
    {TA_LEVEL, "any", 0},
    {TA_LEVEL, "pte", 1},
    {TA_LEVEL, "pde", 2},
    {TA_DEED, "r", DEED_READ},
    {TA_DEED, "w", DEED_WRITE},
    {TA_DEED, "x", DEED_EXECUTE},
    {TA_DEED, "query", DEED_QUERY},
    {TA_DEED, "stray", DEED_STRAY},
};
#define NWORDS (sizeof(words) / sizeof(words[0]))

const char *
trace_arg_word(enum trace_arg kind, uint64_t value)
{
	unsigned i;

	for (i = 0; i < NWORDS; i++)
		if (words[i].kind == kind && words[i].value == value)
			return (words[i].word);
	return ("?");
}

bool
trace_arg_nth_word(enum trace_arg kind, unsigned n, uint64_t *value)
{
	unsigned i;

	for (i = 0; i < NWORDS; i++)
		if (words[i].kind == kind && n-- == 0) {
			*value = words[i].value;
			return (true);
		}
	return (false);
}

const char *
trace_req_word(uint64_t req)
{

	return (req == VM_ALLOC_INTERRUPT ? "interrupt" :
		req == VM_ALLOC_SYSTEM	  ? "system" :
					    "normal");
}

/* ---- values ------------------------------------------------------------- */

#define HEX(small, large, value) [small] = (value), [large] = (value)
const uint8_t trace_digit[256] = {
    [0 ... '0' - 1] = 255,
    ['0'] = 0,
    ['1'] = 1,
    ['2'] = 2,
    ['3'] = 3,
    ['4'] = 4,
    ['5'] = 5,
    ['6'] = 6,
    ['7'] = 7,
    ['8'] = 8,
    ['9'] = 9,
    ['9' + 1 ... 'A' - 1] = 255,
    HEX('a', 'A', 10),
    HEX('b', 'B', 11),
    HEX('c', 'C', 12),
    HEX('d', 'D', 13),
    HEX('e', 'E', 14),
    HEX('f', 'F', 15),
    ['F' + 1 ... 'a' - 1] = 255,
    ['f' + 1 ... 255] = 255,
};
#undef HEX

const char *
trace_number(struct trace_text text, uint64_t *value)
{
	const char *p = text.s, *end = text.s + text.len, *digits;
	uint64_t v = 0;
	unsigned c, shift;

	if (text.len > 2 && p[0] == '0' && p[1] == 'x') {
		for (digits = p += 2; p < end; p++) {
			c = trace_digit[(unsigned char)*p];
			if (c > 15)
				break;
			if (v >> 60 != 0)
				return ("is too large a number");
			v = v << 4 | c;
		}
	} else {
		for (digits = p; p < end; p++) {
			c = trace_digit[(unsigned char)*p];
			if (c > 9)
				break;
			if (v > UINT64_MAX / 10 || v * 10 > UINT64_MAX - c)
				return ("is too large a number");
			v = v * 10 + c;
		}
	}
	if (p == digits)
		return ("is no number");
	if (p < end) {
		shift = *p == 'K' ? 10 :
		    *p == 'M'	  ? 20 :
		    *p == 'G'	  ? 30 :
		    *p == 'T'	  ? 40 :
				    0;
		if (shift == 0 || p + 1 != end)
			return ("is no number; digits, or 0x and hex digits, "
				"and K, M, G or T at the end");
		if (v > UINT64_MAX >> shift)
			return ("is too large a number");
		v <<= shift;
	}
	*value = v;
	return (NULL);
}

/* Reads letters of r, w, x, or "-"; false: something else. */
static bool
read_prot(struct trace_text text, uint64_t *value)
{
	size_t i;

	*value = VM_PROT_NONE;
	if (text.len == 1 && text.s[0] == '-')
		return (true);
	for (i = 0; i < text.len; i++) {
		switch (text.s[i]) {
		case 'r':
			*value |= VM_PROT_READ;
			break;
		case 'w':
			*value |= VM_PROT_WRITE;
			break;
		case 'x':
			*value |= VM_PROT_EXECUTE;
			break;
		default:
			return (false);
		}
	}
	return (text.len != 0);
}

/* Characters that names of objects, pmaps, frames and kernels may have. */
static bool
is_name(struct trace_text text)
{
	size_t i;
	char c;

	for (i = 0; i < text.len; i++) {
		c = text.s[i];
		if (!isalnum((unsigned char)c) && c != '_' && c != '.' &&
		    c != '-')
			return (false);
	}
	return (text.len != 0);
}

/* ---- arguments ---------------------------------------------------------- */

int
trace_wrong_count(struct trace_reader *rd, const struct trace_op *op,
    unsigned given)
{
	int n = trace_op_args(op);

	return (trace_read_error(rd, rd->line,
	    "%s takes %d argument%s and %u %s given: %s %s", op->info.name, n,
	    n == 1 ? "" : "s", given, given == 1 ? "is" : "are", op->info.name,
	    op->info.synopsis));
}

/* Whether argument "i", an address, is one of the pmap of argument 0. */
static int
check_uva(struct trace_reader *rd, const struct trace_stmt *st, int i,
    bool is_end)
{
	uint64_t va = st->num[i], last;
	bool kernel;

	/* The address of the last page of a repetition must do as well. */
	last = va;
	if (trace_has(st, TK_REPEAT) && st->key[TK_REPEAT] != 0)
		last += (st->key[TK_REPEAT] - 1) * PAGE_SIZE;
	kernel = trace_text_is(st->str[0], "kernel");
	if (kernel && va >= rd->kernel_min && last >= va &&
	    last <= VM_MAX_KERNEL_ADDRESS)
		return (0);
	if (!kernel && last < VM_MAXUSER_ADDRESS + is_end)
		return (0);
	return (trace_read_error(rd, rd->line,
	    "%#" PRIx64 " is no address of %.*s; those are %#" PRIx64
	    " to %#" PRIx64,
	    last, TRACE_QUOTE(st->str[0]),
	    kernel ? rd->kernel_min : UINT64_C(0),
	    kernel ? VM_MAX_KERNEL_ADDRESS : VM_MAXUSER_ADDRESS - 1));
}

static int
unaligned(struct trace_reader *rd, struct trace_text word)
{

	return (trace_read_error(rd, rd->line,
	    "%.*s is not page-aligned; it "
	    "must be a multiple of 0x1000",
	    TRACE_QUOTE(word)));
}

/* Reads one of the words of its kind; what would be right is said in "what". */
static int
read_arg_word(struct trace_reader *rd, struct trace_stmt *st, int i,
    struct trace_text word, const char *what)
{
	enum trace_arg kind = st->op->args[i];
	unsigned k;

	for (k = 0; k < NWORDS; k++)
		if (words[k].kind == kind &&
		    trace_text_is(word, words[k].word)) {
			st->num[i] = words[k].value;
			return (0);
		}
	return (trace_read_error(rd, rd->line, "\"%.*s\" %s", TRACE_QUOTE(word),
	    what));
}

/* Reads argument "i" of "st" from "word". */
int
trace_read_arg(struct trace_reader *rd, struct trace_stmt *st, int i,
    struct trace_text word)
{
	enum trace_arg kind = st->op->args[i];
	const char *why;
	uint64_t v = 0;

	st->str[i] = word;
	switch (kind) {
	case TA_NEW_OBJECT:
	case TA_NEW_PMAP:
	case TA_NEW_SPACE:
		if (word.len > TRACE_NAME_MAX)
			return (trace_read_error(rd, rd->line,
			    "\"%.*s...\" is too long a name; at most %d "
			    "characters",
			    TRACE_QUOTE(word), TRACE_NAME_MAX));
		if (!is_name(word))
			return (trace_read_error(rd, rd->line,
			    "\"%.*s\" is no name; letters, digits, _, . and "
			    "- make one",
			    TRACE_QUOTE(word)));
		return (0);
	case TA_OBJECT:
	case TA_PMAP:
	case TA_SPACE:
	case TA_SYSCTL:
		return (0);
	case TA_BOOL:
		if (word.len != 1 || (word.s[0] != '0' && word.s[0] != '1'))
			return (trace_read_error(rd, rd->line,
			    "\"%.*s\" where 0 or 1 must be",
			    TRACE_QUOTE(word)));
		st->num[i] = (uint64_t)(word.s[0] - '0');
		return (0);
	case TA_ACCESS:
		if (word.len != 1 || !read_prot(word, &v) || v == 0)
			return (trace_read_error(rd, rd->line,
			    "\"%.*s\" where r, w or x must be",
			    TRACE_QUOTE(word)));
		st->num[i] = v;
		return (0);
	case TA_INJECT:
		return (read_arg_word(rd, st, i, word,
		    "cannot be made to fail; page_alloc and pv_chunk can"));
	case TA_INHERIT:
		return (read_arg_word(rd, st, i, word,
		    "where share, copy or none must be"));
	case TA_ADVICE:
		return (read_arg_word(rd, st, i, word,
		    "where willneed, dontneed or free must be"));
	case TA_FIND:
		return (read_arg_word(rd, st, i, word,
		    "where any or aligned must be"));
	case TA_MEMATTR:
		return (read_arg_word(rd, st, i, word,
		    "is no way to cache; write-back, uncacheable, uncached, "
		    "write-combining, write-protected and write-through are"));
	case TA_EVENT:
		return (read_arg_word(rd, st, i, word,
		    "is no event; load, store, swap, cas, rmw, flush, begin "
		    "and end are"));
	case TA_LEVEL:
		return (read_arg_word(rd, st, i, word,
		    "where pte, pde or any must be"));
	case TA_DEED:
		return (read_arg_word(rd, st, i, word,
		    "where r, w, x, query or stray must be"));
	default:
		break;
	}

	/* The rest are numbers. */
	if ((why = trace_number(word, &v)) != NULL) {
		if (memchr(word.s, '=', word.len) != NULL)
			return (trace_wrong_count(rd, st->op, (unsigned)i));
		return (trace_read_error(rd, rd->line, "\"%.*s%s\" %s",
		    TRACE_QUOTE(word), word.len > 40 ? "..." : "", why));
	}
	st->num[i] = v;
	switch (kind) {
	case TA_UVA_PAGE:
	case TA_EVA:
	case TA_LEN:
		if ((v & PAGE_MASK) != 0)
			return (unaligned(rd, word));
		break;
	case TA_KVA:
		if ((v & PAGE_MASK) != 0)
			return (unaligned(rd, word));
		/* FALLTHROUGH */
	case TA_KADDR:
		if (v < rd->kernel_min)
			return (trace_read_error(rd, rd->line,
			    "%.*s is no kernel address; those start "
			    "at %#" PRIx64,
			    TRACE_QUOTE(word), rd->kernel_min));
		break;
	case TA_PA:
		if ((v & PAGE_MASK) != 0)
			return (unaligned(rd, word));
		/* Devices lie beyond mem: only the entry's width counts. */
		if ((v & ~PG_FRAME) != 0)
			return (trace_read_error(rd, rd->line,
			    "%.*s lies beyond all memory; a page-table entry "
			    "holds frames up to %#" PRIx64,
			    TRACE_QUOTE(word), PG_FRAME));
		break;
	case TA_PINDEX:
		if (v > TRACE_PINDEX_MAX)
			return (trace_read_error(rd, rd->line,
			    "%.*s is too large; at most %" PRIu64 " pages "
			    "make an object",
			    TRACE_QUOTE(word), TRACE_PINDEX_MAX));
		break;
	case TA_ALIGN:
		if (v == 0 || (v & (v - 1)) != 0)
			return (trace_read_error(rd, rd->line,
			    "%.*s is no alignment; a power of 2 would be",
			    TRACE_QUOTE(word)));
		break;
	case TA_MASK:
		if (v > UINT32_MAX)
			return (trace_read_error(rd, rd->line,
			    "%.*s is no mask of CPUs; they are %d",
			    TRACE_QUOTE(word), MAXCPU));
		break;
	default:
		break;
	}
	if ((kind == TA_SIZE || kind == TA_LEN) && v == 0)
		return (trace_read_error(rd, rd->line,
		    "%.*s where something above 0 must be", TRACE_QUOTE(word)));
	if ((kind == TA_SIZE || kind == TA_LEN) && v > TRACE_SIZE_MAX)
		return (trace_read_error(rd, rd->line,
		    "%.*s is too large; at most %#" PRIx64 " bytes",
		    TRACE_QUOTE(word), TRACE_SIZE_MAX));
	if (kind == TA_PAGES && v > TRACE_REPEAT_MAX)
		return (trace_read_error(rd, rd->line,
		    "%.*s is too large; at most %#" PRIx64 " pages",
		    TRACE_QUOTE(word), TRACE_REPEAT_MAX));
	return (0);
}

/* What several arguments tell together, trace_check_args() looks at later. */
bool
trace_arg_is_any_number(enum trace_arg kind)
{

	return (kind == TA_ADDR || kind == TA_UVA || kind == TA_NUMBER);
}

/* Checks what only all arguments and keys together tell. */
int
trace_check_args(struct trace_reader *rd, const struct trace_stmt *st)
{
	const struct trace_op *op = st->op;
	uint64_t end;
	int i, error;

	for (i = 0; i < TRACE_ARGS_MAX && op->args[i] != TA_END; i++) {
		switch (op->args[i]) {
		case TA_UVA:
		case TA_UVA_PAGE:
			error = check_uva(rd, st, i, false);
			if (error != 0)
				return (error);
			break;
		case TA_EVA:
			error = check_uva(rd, st, i, true);
			if (error != 0)
				return (error);
			if (st->num[i] < st->num[i - 1])
				return (trace_read_error(rd, rd->line,
				    "the range ends at %.*s before it starts "
				    "at %.*s",
				    TRACE_QUOTE(st->str[i]),
				    TRACE_QUOTE(st->str[i - 1])));
			break;
		case TA_LEN:
		case TA_SIZE:
		case TA_PAGES:
			/* None starts below the address before it. */
			if (i == 0 ||
			    (op->args[i - 1] != TA_KVA &&
				op->args[i - 1] != TA_UVA_PAGE))
				break;
			end = st->num[i - 1] +
			    (op->args[i] == TA_PAGES ?
				    st->num[i] << PAGE_SHIFT :
				    st->num[i]);
			if (end < st->num[i - 1])
				return (trace_read_error(rd, rd->line,
				    "the range at %.*s runs over the end of "
				    "the address space",
				    TRACE_QUOTE(st->str[i - 1])));
			break;
		default:
			break;
		}
	}
	if ((op->rules & TR_NOT_KERNEL &&
		(trace_text_is(st->str[0], "kernel") ||
		    (op->args[0] == TA_OBJECT &&
			trace_text_is(st->str[0], "kmem")))) ||
	    (op->rules & TR_NOT_KERNEL_1 &&
		trace_text_is(st->str[1], "kernel")))
		return (trace_read_error(rd, rd->line,
		    "%s is not for the kernel's own", op->info.name));
	if (op->rules & TR_KMEM && rd->config.kmem_given &&
	    rd->config.kmem == 0)
		return (trace_read_error(rd, rd->line,
		    "%s needs a kmem_map, and the machine has kmem=0",
		    op->info.name));
	return (0);
}

bool
trace_op_is_checked(const struct trace_op *op)
{
	int i;

	for (i = 0; i < TRACE_ARGS_MAX; i++)
		switch (op->args[i]) {
		case TA_UVA:
		case TA_UVA_PAGE:
		case TA_EVA:
		case TA_LEN:
		case TA_SIZE:
		case TA_PAGES:
			return (true);
		default:
			break;
		}
	return ((op->rules & (TR_NOT_KERNEL | TR_NOT_KERNEL_1 | TR_KMEM)) != 0);
}

/* ---- keys --------------------------------------------------------------- */

/* The keys that key_name() may give; lives for one question. */
struct key_list {
	uint64_t keys;
};

/* For pmapsim_nearest(): the keys of a set. */
static const char *
key_name(void *arg, unsigned index)
{
	const struct key_list *list = arg;
	unsigned key;

	for (key = 0; key < TK_COUNT; key++)
		if ((list->keys & TK(key)) != 0 && index-- == 0)
			return (keys[key].name);
	return (NULL);
}

static int
unknown_key(struct trace_reader *rd, const struct trace_op *op,
    struct trace_text word, uint64_t allowed)
{
	struct key_list list = {allowed};
	const char *equals, *near;
	char text[48];
	size_t len;

	equals = memchr(word.s, '=', word.len);
	len = equals != NULL ? (size_t)(equals - word.s) : word.len;
	snprintf(text, sizeof(text), "%.*s", (int)(len < 40 ? len : 40),
	    word.s);
	near = len > 40 ? NULL : pmapsim_nearest(text, key_name, &list);
	if (near != NULL && strcmp(near, text) == 0)
		near = NULL; /* a key without a value, or a flag with one */
	if (near != NULL)
		return (trace_read_error(rd, rd->line,
		    "\"%.*s\" is unknown "
		    "to %s; did you mean \"%s\"?",
		    TRACE_QUOTE(word), op->info.name, near));
	return (trace_read_error(rd, rd->line,
	    "\"%.*s%s\" is unknown to %s: %s %s", TRACE_QUOTE(word),
	    word.len > 40 ? "..." : "", op->info.name, op->info.name,
	    op->info.synopsis));
}

/* A value that "key" cannot have. */
static int
bad_value(struct trace_reader *rd, enum trace_key key, struct trace_text value,
    const char *right)
{

	return (trace_read_error(rd, rd->line, "%s=%.*s%s: %s", keys[key].name,
	    TRACE_QUOTE(value), value.len > 40 ? "..." : "", right));
}

/* Checks "FRAME[,FRAME...]". */
static int
check_from(struct trace_reader *rd, struct trace_text value)
{
	struct trace_text frame;
	const char *p = value.s, *end = value.s + value.len, *comma;
	unsigned n;

	for (n = 1;; n++) {
		comma = memchr(p, ',', (size_t)(end - p));
		frame.s = p;
		frame.len = (size_t)((comma != NULL ? comma : end) - p);
		if (!is_name(frame) || n > PMAPSIM_FRAMES_MAX / 2)
			return (bad_value(rd, TK_FROM, value,
			    "up to 32 names "
			    "of functions, innermost first, with commas"));
		if (comma == NULL)
			return (0);
		p = comma + 1;
	}
}

/* Reads the value of "key". */
static int
read_value(struct trace_reader *rd, struct trace_stmt *st, enum trace_key key,
    struct trace_text value)
{
	uint64_t v = 0, max = UINT64_MAX, min = 0;
	const char *why;
	char right[64];

	switch (key) {
	case TK_ACCESS:
	case TK_PROT:
		if (!read_prot(value, &st->key[key]))
			return (bad_value(rd, key, value,
			    "letters of rwx, or -, would be right"));
		return (0);
	case TK_REQ:
		if (trace_text_is(value, "normal"))
			st->key[key] = VM_ALLOC_NORMAL;
		else if (trace_text_is(value, "system"))
			st->key[key] = VM_ALLOC_SYSTEM;
		else if (trace_text_is(value, "interrupt"))
			st->key[key] = VM_ALLOC_INTERRUPT;
		else
			return (bad_value(rd, key, value,
			    "normal, system or interrupt would be right"));
		return (0);
	case TK_SUPERPAGES:
	case TK_INVARIANTS:
		if (!trace_text_is(value, "on") && !trace_text_is(value, "off"))
			return (bad_value(rd, key, value,
			    "on or off would be right"));
		st->key[key] = value.len == 2;
		return (0);
	case TK_FROM:
		st->from = value;
		return (check_from(rd, value));
	case TK_KERNEL:
		st->kernel = value;
		return (0);
	case TK_TLB:
		st->tlb = value;
		return (0);
	case TK_WIRED:
	case TK_PSIND:
		max = 1;
		break;
	case TK_REPEAT:
		max = TRACE_REPEAT_MAX;
		break;
	case TK_CPU:
		max = rd->config.ncpu - 1;
		break;
	case TK_NCPU:
		min = 1;
		max = MAXCPU;
		break;
	case TK_ACTIVE:
	case TK_MAXPROC:
		max = UINT32_MAX;
		break;
	default:
		break;
	}
	if ((why = trace_number(value, &v)) != NULL)
		return (bad_value(rd, key, value, why));
	if (v < min || v > max) {
		snprintf(right, sizeof(right),
		    "%" PRIu64 " to %" PRIu64 " would be right", min, max);
		return (bad_value(rd, key, value, right));
	}
	st->key[key] = v;
	return (0);
}

/* Reads a word behind the arguments. */
int
trace_read_key(struct trace_reader *rd, struct trace_stmt *st,
    struct trace_text word)
{
	uint64_t allowed, left;
	struct trace_text value;
	unsigned key;
	size_t len;

	allowed = st->op->allowed;
	if (st->op->call != NULL)
		allowed |= TK(TK_FROM) | TK(TK_CPU);
	/* Of a key the name is followed by "=", of a flag by nothing. */
	for (left = allowed; left != 0; left &= left - 1) {
		key = (unsigned)__builtin_ctzll(left);
		len = keys[key].length;
		if (word.len < len || word.s[0] != keys[key].name[0] ||
		    memcmp(word.s, keys[key].name, len) != 0)
			continue;
		if (key < TK_FLAGS ? word.s[len] == '=' && word.len > len :
				     word.len == len)
			break;
	}
	if (left == 0)
		return (unknown_key(rd, st->op, word, allowed));
	if ((st->keys & TK(key)) != 0)
		return (trace_read_error(rd, rd->line, "%s is given twice",
		    keys[key].name));
	st->keys |= TK(key);
	if (key >= TK_FLAGS)
		return (0);
	value.s = word.s + len + 1;
	value.len = word.len - len - 1;
	return (read_value(rd, st, key, value));
}
