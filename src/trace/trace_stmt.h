/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A statement of a trace as a value: what it calls, with which arguments and
 * keys.  The reader fills one in from text; the hunter, which plans calls,
 * makes one with STMT().  A statement can be printed, compared, and asked what
 * it does to address spaces and pages.  All that is known of a kind of
 * statement is in its row of trace_ops.def.
 */
#ifndef TRACE_TRACE_STMT_H
#define TRACE_TRACE_STMT_H

#include <pmapsim/trace.h>

/* A piece of a trace's text, not ended by a NUL. */
struct trace_text {
	const char *s;
	size_t len;
};

static inline bool
trace_text_is(struct trace_text text, const char *word)
{
	return (text.len == __builtin_strlen(word) &&
	    __builtin_memcmp(text.s, word, text.len) == 0);
}

/* What an argument is; the reader checks each as its comment says. */
enum trace_arg {
	TA_END,
	TA_NEW_OBJECT, /* a name that no object has */
	TA_OBJECT,
	TA_NEW_PMAP, /* a name that no pmap has */
	TA_PMAP,
	TA_NEW_SPACE, /* a name that no pmap has */
	TA_SPACE,
	TA_ADDR,     /* any address */
	TA_UVA,	     /* in the pmap of argument 0 */
	TA_UVA_PAGE, /* in the pmap of argument 0, page-aligned */
	TA_EVA,	     /* end of the range that the argument before starts,
			in the pmap of argument 0, page-aligned */
	TA_KADDR,    /* kernel address */
	TA_KVA,	     /* kernel address, page-aligned */
	TA_PA,	     /* physical, page-aligned, fits an entry */
	TA_PINDEX,   /* of a page in an object */
	TA_PAGES,    /* how many */
	TA_SIZE,     /* bytes; not 0 */
	TA_LEN,	     /* bytes; not 0, whole pages */
	TA_MASK,     /* of CPUs */
	TA_BOOL,
	TA_ACCESS,  /* r, w or x */
	TA_SYSCTL,  /* a counter's name */
	TA_INJECT,  /* page_alloc or pv_chunk */
	TA_INHERIT, /* share, copy or none */
	TA_MEMATTR, /* write-back, uncacheable... */
	TA_ADVICE,  /* willneed, dontneed or free */
	TA_FIND,    /* any or aligned */
	TA_EVENT,   /* load, store, swap, cas, rmw, flush, begin or end */
	TA_LEVEL,   /* pte, pde or any */
	TA_DEED,    /* r, w, x, query or stray */
	TA_ALIGN,   /* a power of 2 */
	TA_NUMBER   /* any */
};

/* Whether it is an address, virtual, of a program or of the kernel. */
static inline bool
trace_arg_is_address(enum trace_arg arg)
{

	return (arg >= TA_ADDR && arg <= TA_KVA);
}

/* Keys and flags; a flag is a key without "=VALUE". */
enum trace_key {
	TK_ACCESS,
	TK_PROT,
	TK_WIRED,
	TK_REPEAT,
	TK_REQ,
	TK_COLOR,
	TK_ACTIVE,
	TK_FROM,
	TK_CPU,
	TK_MEM,
	TK_FIRST,
	TK_KMEM,
	TK_KVA,
	TK_NCPU,
	TK_SUPERPAGES,
	TK_INVARIANTS,
	TK_MAXPROC,
	TK_KERNEL,
	TK_TLB,
	TK_SCHEDULE,
	TK_AT,
	TK_NTH,
	TK_PSIND,
	TK_FLAGS, /* flags from here on */
	TF_WIRED = TK_FLAGS,
	TF_ZERO,
	TF_NOWAIT,
	TF_RESERVE,
	TF_SHARED,
	TF_FIXED,
	TF_AFTER,
	TF_USER,
	TF_NOSLEEP,
	TF_NAMED,
	TF_SWITCH,
	TF_SWITCHING,
	TF_VNODE,
	TK_COUNT
};
_Static_assert(TK_COUNT <= 64, "keys fit one word");
#define TK(key) (UINT64_C(1) << (key))

#define TRACE_ARGS_MAX 5
#define TRACE_NAME_MAX 31 /* characters in an object's or pmap's name */
/* Limits that no sensible trace reaches, so that no sum can overflow. */
#define TRACE_PINDEX_MAX (UINT64_C(1) << 40)
#define TRACE_REPEAT_MAX (UINT64_C(1) << 32)
#define TRACE_SIZE_MAX (UINT64_C(1) << 47)

struct machine;
struct pmapsim_replay;
struct trace_stmt;

typedef void trace_call(struct pmapsim_replay *rp, const struct trace_stmt *st);

/* What a statement does to the names of a trace. */
enum trace_effect { TE_NONE, TE_ADDS, TE_ENDS };

/* What else is wrong with a statement, beyond each argument alone. */
enum trace_rule {
	TR_NOT_KERNEL = 1,    /* argument 0 may not be "kernel" (or "kmem") */
	TR_NOT_KERNEL_1 = 2,  /* nor argument 1 */
	TR_RESULT = 4,	      /* returns something */
	TR_KMEM = 8,	      /* needs a kmem_map */
	TR_DUMP = 16,	      /* "| " lines follow */
	TR_LOOKS = 32,	      /* no kernel call: owes no invalidation */
	TR_ONCE = 64,	      /* correct callers make it only for kernel pages
				that are not entered */
	TR_PLANS = 128,	      /* plans for the next statement; makes no call */
	TR_FORGETS_USE = 256, /* what was used until it returns is forgotten */
	TR_FORGETS_WRITES = 512, /* likewise what was written */
	TR_OLD = 1024,		 /* gone from kernels of today */
	TR_PROGRAM = 2048,	 /* of a program, whose maps and faults are not
				simulated with kernels of today */
	TR_ALONE = 4096,	 /* made where no other CPU has the pmap */
	TR_SOME = 8192,		 /* only some kernels have it: "exists" says */
	TR_TLB = 16384,		 /* tells something of CPUs with TLBs only */
	TR_EMPTY = 32768,	 /* correct callers make it for 2 MB regions in
				which argument 0 has nothing mapped */
	TR_WIRED = 65536, /* correct callers make it where all that is mapped is
			     wired */
	TR_UNFLUSHED = 131072, /* leaves the invalidation to its callers */
	TR_ADVISES = 262144    /* argument 3 is an advice: by "dontneed" and
				  "free" what was used is forgotten, and by
				  "free" what was written */
};

/*
 * A search for races tries these only where it is told to: they are no calls,
 * or their callers see to it that no other CPU comes to harm.
 */
#define TR_NOT_RACED (TR_LOOKS | TR_PLANS | TR_ALONE | TR_UNFLUSHED)

/*
 * The families of calls that a hunt draws from.  Each is a way to use a
 * machine: one caller's, with what that caller may know.
 */
enum trace_family {
	TY_KMEM,  /* memory of the kernel's, allocated and freed */
	TY_RAW,	  /* pmap(9) on addresses of the kernel */
	TY_USER,  /* pmap(9) on user pmaps and on objects */
	TY_SPACE, /* programs */
	TY_COUNT
};

/* What a statement does to pages PINDEX to PINDEX + repeat= of an object, its
 * arguments 0 and 1. */
enum trace_pages { TP_NOTHING, TP_ALLOCATES, TP_FREES, TP_UNMAPS };

/* What a statement does to a range of addresses. */
enum trace_does { TD_NOTHING, TD_MAPS, TD_UNMAPS, TD_PROTECTS };

/* Which range that is: where it starts and what its length is. */
enum trace_extent {
	TX_PAGES,      /* from argument "at" on, repeat= pages, of 2 MB where
		      psind=1 */
	TX_TO_END,     /* from argument "at" to argument "to" */
	TX_COUNT,      /* from argument "at" on, argument "to" pages */
	TX_SIZE,       /* from argument "at" on, argument "to" bytes, both ends
		      rounded to pages outwards */
	TX_RESULT,     /* from the result on, argument "to" bytes; 0: none */
	TX_ALLOCATION, /* the allocation that starts at argument "at" */
	TX_ALL	       /* every address */
};

/*
 * What a statement does to addresses of the pmap or space that argument 0
 * names, of the kernel where it names none.  Where a call can fail for a part
 * of the range, it is what the call does when it succeeds.
 */
struct trace_reach {
	uint8_t does; /* enum trace_does */
	uint8_t extent;
	uint8_t at, to; /* arguments */
};

/* A row of the table of statements, which is constant. */
struct trace_op {
	struct pmapsim_trace_op_info info;
	enum trace_arg args[TRACE_ARGS_MAX];
	uint64_t allowed;  /* keys, TK_FROM and TK_CPU apart */
	uint64_t required; /* keys */
	unsigned rules;
	enum trace_effect names; /* on argument 0 */
	enum trace_pages pages;
	struct trace_reach maps;
	/* How often a hunt draws it, against the other rows of the family, all
	 * of which are 256 at most; 0: never. */
	uint8_t drawn[TY_COUNT];
	/* In which kernels it is; NULL: in all that have it. */
	bool (*drawn_where)(const struct machine *mach);
	/* Of TR_SOME: whether a kernel has it, and the switch that gives it. */
	bool (*exists)(const struct machine *mach);
	const char *exists_by;
	trace_call *call; /* NULL: the machine statement */
};

/* OP_pmap_enter and its kind: the index of a row. */
enum trace_opcode {
#define TRACE_MACHINE(name, ...) OP_##name,
#define TRACE_OP(name, ...) OP_##name,
#include "trace/trace_ops.def"
#undef TRACE_MACHINE
#undef TRACE_OP
	OP_COUNT
};

extern const struct trace_op trace_ops[OP_COUNT];

/*
 * A statement.  Filled in by trace_read(), which reads the next one over it,
 * or by STMT(); its texts belong to the trace, or to the function that made
 * it, and must outlive it.  Values of keys that are not in "keys" are
 * undefined; so are, in a statement that STMT() made, "pub", "ref" and what
 * follows "tlb".
 */
struct trace_stmt {
	struct pmapsim_trace_statement pub;
	const struct trace_op *op;
	uint64_t keys;
	bool expects_panic;	      /* "=> panic ..." or "=> stop ..." */
	uint64_t num[TRACE_ARGS_MAX]; /* of numeric arguments */
	struct trace_text str[TRACE_ARGS_MAX]; /* of names, and as written */
	uint32_t ref[TRACE_ARGS_MAX];	       /* of names: their entry */
	uint64_t key[TK_FLAGS];
	struct trace_text from, kernel, tlb;
	struct trace_text comment; /* behind the statement, "#" included */
	struct trace_text dump;	   /* the "| " lines behind it */
	unsigned dump_line;	   /* line number of their first */
};

static inline enum trace_opcode
trace_opcode(const struct trace_stmt *st)
{
	return ((enum trace_opcode)(st->op - trace_ops));
}

static inline bool
trace_has(const struct trace_stmt *st, int key)
{
	return ((st->keys & TK(key)) != 0);
}

static inline uint64_t
trace_repeat(const struct trace_stmt *st)
{
	return (trace_has(st, TK_REPEAT) ? st->key[TK_REPEAT] : 1);
}

/* ---- making ------------------------------------------------------------- */

/* An argument of STMT(): a name, or a number. */
struct trace_value {
	const char *name; /* NULL: the number */
	uint64_t number;
};

static inline struct trace_value
trace_value_name(const char *name)
{
	return ((struct trace_value) {name, 0});
}

static inline struct trace_value
trace_value_number(uint64_t number)
{
	return ((struct trace_value) {NULL, number});
}

#define ARG(value) \
	_Generic((value),				    \
	    char *: trace_value_name,			    \
	    const char *: trace_value_name,		    \
	    default: trace_value_number)(value)

/*
 * Makes "*st" the statement "name" with the arguments behind it, each in
 * ARG(), and without keys:
 *
 *	STMT(&st, pmap_remove, ARG("kernel"), ARG(sva), ARG(eva));
 */
#define STMT(st, name, ...)              \
	trace_stmt_make((st), OP_##name, \
	    (const struct trace_value[]) {__VA_ARGS__})
void trace_stmt_make(struct trace_stmt *st, enum trace_opcode op,
    const struct trace_value *args);

/* Gives "st" a key with a number, a flag (whose number is ignored), or a key
 * whose value is a text: TK_FROM, TK_KERNEL, TK_TLB. */
static inline void
trace_stmt_set(struct trace_stmt *st, int key, uint64_t value)
{
	st->keys |= TK(key);
	if (key < TK_FLAGS)
		st->key[key] = value;
}
void trace_stmt_set_text(struct trace_stmt *st, enum trace_key key,
    const char *text);

/* ---- asking ------------------------------------------------------------- */

/*
 * Writes "st" as a trace has it, without result and newline, so that reading
 * it gives an equal statement; as snprintf(3), what comes back is the length
 * that it has or would have.
 */
size_t trace_stmt_print(const struct trace_stmt *st, char *buf, size_t size);

/* Whether both make the same call, in whatever form each is written. */
bool trace_stmt_equal(const struct trace_stmt *a, const struct trace_stmt *b);

/* Of a statement, [start, end) of the addresses that it maps or unmaps. */
struct trace_range {
	enum trace_does does;
	vm_offset_t start, end;
	bool whole_allocation; /* that "start" is the start of; "end" is not
				  known */
};

/*
 * What "st" does to addresses, when its result was the number "result" (0:
 * none).  A right that is taken away leaves a mapping, unless it is the right
 * to read: without that one, nothing is mapped, and "does" is TD_UNMAPS.
 */
struct trace_range trace_stmt_range(const struct trace_stmt *st,
    uint64_t result);

/* The name of the pmap or space whose addresses those are. */
struct trace_text trace_stmt_space(const struct trace_stmt *st);

/* Whether the value of argument "i" is a number, not a name or a word. */
bool trace_arg_is_number(const struct trace_stmt *st, int i);

/* How many arguments "op" has. */
int trace_op_args(const struct trace_op *op);

/* Whether the kernel of "mach" has the call that "op" makes. */
bool trace_op_exists(const struct trace_op *op, const struct machine *mach);

#endif /* TRACE_TRACE_STMT_H */
