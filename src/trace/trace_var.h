/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the trace layer share: the table of statements, a
 * statement as it is parsed, the reader, the names of a trace, and a replay.
 * This layer is above all others; host memory (malloc) is used here only
 * between kernel calls, never across one that could panic.
 */
#ifndef TRACE_TRACE_VAR_H
#define TRACE_TRACE_VAR_H

#include <pmapsim/hw.h>
#include <pmapsim/pmap.h>
#include <pmapsim/trace.h>
#include <pmapsim/vm.h>

#include "base/machine.h"
#include "trace/trace_meanwhile.h"
#include "trace/trace_stmt.h"

/*
 * The first and last eight characters of a word of at least one: with its
 * length, all that must be compared of one of up to sixteen.  A trace's text
 * can be read beyond a word's end; what is not the word's is masked off.
 */
static inline void
trace_words(struct trace_text text, uint64_t *head, uint64_t *tail)
{
	__builtin_memcpy(head, text.s, sizeof(*head));
	if (text.len < 8) {
		*head &= (UINT64_C(1) << (8 * text.len)) - 1;
		*tail = 0;
	} else
		__builtin_memcpy(tail, text.s + text.len - 8, sizeof(*tail));
}

static inline uint32_t
trace_hash(uint64_t head, uint64_t tail)
{
	return ((uint32_t)(((head ^ (tail << 1)) *
			       UINT64_C(0x9e3779b97f4a7c15)) >>
	    32));
}

/*
 * A name, from the statement that makes it to the one that ends it; its place
 * is then another's.
 */
struct trace_name {
	uint64_t head; /* the first eight characters, zero-padded */
	uint64_t tail; /* the last eight, zero-padded */
	uint32_t next; /* in its bucket or the free list; 0 ends it */
	uint32_t line; /* that made it; 0: the machine did */
	uint8_t len;
	bool is_space;
	char name[TRACE_NAME_MAX + 1];
	void *ptr;    /* the object or pmap; NULL while only checking */
	vm_map_t map; /* of a space */
};

/*
 * The objects, or the pmaps, of a trace by name.  Made by trace_names_init()
 * with a replay or a check, given back by trace_names_done() with it.
 */
struct trace_names {
	struct trace_name *entries; /* [0] is not used */
	uint32_t count, size;	    /* used, allocated */
	uint32_t free;		    /* first of the free list */
	uint32_t *buckets;
	uint32_t nbuckets; /* a power of two */
	uint32_t last; /* a statement's; looked at first for the next one's */
};

bool trace_names_init(struct trace_names *names);
void trace_names_done(struct trace_names *names);
struct trace_name *trace_names_find(const struct trace_names *names,
    struct trace_text text);
/* NULL: no memory.  Entries found before may have moved. */
struct trace_name *trace_names_add(struct trace_names *names,
    struct trace_text text, uint32_t line);
void trace_names_remove(struct trace_names *names, struct trace_name *name);
/* The nearest existing name, for a message; NULL: none is near. */
const char *trace_names_near(const struct trace_names *names,
    struct trace_text text, bool spaces_only);

/*
 * What a reader asks of a row of the table of statements at each statement,
 * worked out from it when the trace is opened.
 */
struct trace_shape {
	const struct trace_op *op;
	uint64_t head, tail; /* of the name, by trace_words() */
	uint8_t row;
	uint8_t length; /* of the name */
	uint8_t nargs;
	uint8_t numbers; /* mask of arguments that may be any number */
	uint8_t named; /* mask of arguments that name objects, pmaps, spaces */
	bool checked;  /* trace_check_args() has something to look at */
};

/*
 * A trace: made by pmapsim_trace_open() and its kind on host memory, given back
 * by pmapsim_trace_close().  Constant, or growing at its end only, so that all
 * that points into "text" stays good.
 */
struct pmapsim_trace {
	char *name;
	char *text;  /* TRACE_PAD bytes behind it are readable: '\n', zeros */
	size_t size; /* bytes of the trace alone */
	size_t capacity; /* of a growing trace, bytes; 0: it is constant */
	uint8_t op_index[256]; /* hash of a name to its row + 1; 0: none */
	struct trace_shape shape[OP_COUNT]; /* by row */
};
#define TRACE_PAD 16

/*
 * A pass over a trace, statement by statement.  Made on a zero-filled one by
 * trace_reader_init(); holds nothing that must be given back.
 */
struct trace_reader {
	const struct pmapsim_trace *trace;
	const char *p, *end;
	unsigned line;	   /* of p */
	bool started;	   /* the machine statement was read */
	unsigned ended_by; /* line of the statement that panics; 0: none yet */
	struct pmapsim_config config; /* as the machine line says */
	vm_offset_t kernel_min;	      /* first kernel address of its kernel */
	char *err;
	size_t errsize;
};

enum trace_read { TRACE_READ_ERROR = -1, TRACE_READ_END, TRACE_READ_STMT };

void trace_reader_init(struct trace_reader *rd,
    const struct pmapsim_trace *trace, char *err, size_t errsize);
enum trace_read trace_read(struct trace_reader *rd, struct trace_stmt *st);
/* Writes "FILE:LINE: ..."; always TRACE_READ_ERROR. */
int trace_read_error(struct trace_reader *rd, unsigned line, const char *fmt,
    ...) __attribute__((format(printf, 3, 4), cold));
/* trace_arg.c: parts of a statement; 0, or the error of trace_read_error(). */
const char *trace_key_name(enum trace_key key);
/* The word for an argument that is one of a list; for req=. */
const char *trace_arg_word(enum trace_arg kind, uint64_t value);
/* What the "n"th of the list's words, from 0, stands for; false: it has not as
 * many. */
bool trace_arg_nth_word(enum trace_arg kind, unsigned n, uint64_t *value);
const char *trace_req_word(uint64_t req);
int trace_wrong_count(struct trace_reader *rd, const struct trace_op *op,
    unsigned given);
int trace_read_arg(struct trace_reader *rd, struct trace_stmt *st, int i,
    struct trace_text word);
/* Whether trace_read_arg() takes each number for an argument of the kind. */
bool trace_arg_is_any_number(enum trace_arg kind);
int trace_read_key(struct trace_reader *rd, struct trace_stmt *st,
    struct trace_text word);
int trace_check_args(struct trace_reader *rd, const struct trace_stmt *st);
/* Whether trace_check_args() finds any statement of the row wrong. */
bool trace_op_is_checked(const struct trace_op *op);
/* What a byte is worth as a hex digit; others are worth more than any. */
extern const uint8_t trace_digit[256];
/* Reads a whole number with suffix; what is wrong with it, NULL: nothing. */
const char *trace_number(struct trace_text text, uint64_t *value);
/* The first characters of "text", for a message; at most 40. */
#define TRACE_QUOTE(text) (int)((text).len < 40 ? (text).len : 40), (text).s
/* Fills in st->ref; false, with the error, when a name is not right. */
bool trace_resolve(struct trace_reader *rd, struct trace_names *objects,
    struct trace_names *pmaps, struct trace_stmt *st);
/* The configuration that a machine statement describes, kernel and tlb
 * apart; "err" is the reader's. */
bool trace_machine_config(struct trace_reader *rd, const struct trace_stmt *st,
    struct pmapsim_config *config);

#define TRACE_RESULT_MAX 768 /* bytes of a result; the longest is a panic's */

/*
 * A replay.  Made by pmapsim_replay_start() on host memory; what is in it
 * stays good across a panic, because nothing here is half-changed while kernel
 * code runs.
 */
struct pmapsim_replay {
	const struct pmapsim_trace *trace;
	struct pmapsim_replay_options options;
	char *kernel, *tlb; /* copies of the options' */
	struct trace_reader reader;
	struct trace_names objects, pmaps;
	struct machine *mach;
	struct trace_stmt st;
	uint64_t kernel_moved; /* added to the trace's kernel addresses */
	bool made;	       /* st was made */
	bool want_result;
	bool tells_after; /* the hook is called after it */
	unsigned untold;  /* after how many more it is not, with after_every */
	bool failed;	  /* the statement is an error of the trace, or ... */
	bool no_memory;	  /* ... the host had no memory for it */
	size_t result_len;
	char result_text[TRACE_RESULT_MAX];
	uint64_t result_number; /* the first in the result; 0: none is */
	struct pmapsim_replay_result result;
	char *expected, *got; /* what result points to */
	/* Object names by struct vm_object's id: offsets + 1 of entries. */
	uint32_t *object_entry;
	uint64_t object_entry_size;
	struct trace_string *strings; /* frames' names and the TLB's */
	bool attends;	   /* each statement needs more than its call */
	bool watched;	   /* the detector is on */
	bool scheduled;	   /* statements without cpu= are made on any */
	uint64_t schedule; /* the random numbers that choose it */
	struct trace_plan plans[TRACE_PLANS_MAX];
	unsigned nplans;
	bool planned; /* they are for the next call, not the last one's */
	const struct trace_watch *watch; /* of calls with plans; NULL: nobody */
	vm_page_t *pages;		 /* pmap_qenter()'s, [pages_size] */
	size_t pages_size;
};

/* ---- results ------------------------------------------------------------ */
bool trace_result_equal(struct trace_text expected, struct trace_text got);
void trace_result_append(struct pmapsim_replay *rp, const char *text,
    size_t len);
void trace_result_hex(struct pmapsim_replay *rp, const char *key, uint64_t v);
void trace_result_dec(struct pmapsim_replay *rp, const char *key, int64_t v);
void trace_result_word(struct pmapsim_replay *rp, const char *word);
void trace_result_quoted(struct pmapsim_replay *rp, char *text);
/* Of accesses, "faults" of which failed; "xor": the others' addresses. */
void trace_result_accesses(struct pmapsim_replay *rp,
    const struct trace_stmt *st, uint64_t faults, vm_paddr_t xor);
void trace_result_panic(struct pmapsim_replay *rp,
    const struct pmapsim_panic *panic);

/* ---- names in a replay: trace_replay_names.c ---------------------------- */
/* The map of the space "name" of a replay; NULL: it has none. */
vm_map_t trace_replay_space(const struct pmapsim_replay *replay,
    const char *name);
/* Writes what the trace, else the kernel, calls "object"; cut to "size". */
void trace_object_name(const struct pmapsim_replay *rp,
    const struct vm_object *object, char *buf, size_t size);
/* Calls "object" by the name of entry "entry"; false: no memory. */
bool trace_name_object(struct pmapsim_replay *rp, uint32_t entry,
    vm_object_t object);

/* ---- errors of a replay: trace_error.c ---------------------------------- */
/* The statement is wrong though it reads well. */
void trace_call_error(struct pmapsim_replay *rp, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), cold));
/* The running kernel has no "what", which the switch "name" gives kernels. */
void trace_call_no_such(struct pmapsim_replay *rp, const char *what,
    const char *name);
/* The host has no memory for the statement; "why" says more, or is NULL. */
void trace_no_memory(struct pmapsim_replay *rp, const char *why)
    __attribute__((cold));
/*
 * What the end of a replay whose results are ignored is of an error: OK,
 * EINVAL or ENOMEM of enum pmapsim_error, with the message through "err".
 */
int trace_replay_error(const struct pmapsim_replay *rp, char *err,
    size_t errsize);

/* ---- arguments, for calls ----------------------------------------------- */
static inline vm_object_t
trace_object(const struct pmapsim_replay *rp, const struct trace_stmt *st,
    int i)
{
	return (rp->objects.entries[st->ref[i]].ptr);
}

static inline pmap_t
trace_pmap(const struct pmapsim_replay *rp, const struct trace_stmt *st, int i)
{
	return (rp->pmaps.entries[st->ref[i]].ptr);
}

static inline vm_map_t
trace_space(const struct pmapsim_replay *rp, const struct trace_stmt *st, int i)
{
	return (rp->pmaps.entries[st->ref[i]].map);
}

/* The PMAPSIM_ACCESS_* that argument "i", a right, asks for. */
static inline unsigned
trace_access(const struct trace_stmt *st, int i)
{
	return (st->num[i] == VM_PROT_WRITE   ? PMAPSIM_ACCESS_WRITE :
		st->num[i] == VM_PROT_EXECUTE ? PMAPSIM_ACCESS_FETCH :
						PMAPSIM_ACCESS_READ);
}

/*
 * Page "pindex" of the object that argument "i" names; NULL, with the error,
 * when it is not there.
 */
vm_page_t trace_page(struct pmapsim_replay *rp, const struct trace_stmt *st,
    int i, vm_pindex_t pindex);

/* ---- calls --------------------------------------------------------------- */

/* trace_call_pmap_enter() and its kind, one a row, in trace_call_*.c. */
#define TRACE_MACHINE(name, ...)
#define TRACE_OP(name, ...) trace_call trace_call_##name;
#include "trace/trace_ops.def"
#undef TRACE_MACHINE
#undef TRACE_OP

/* ---- dumps: trace_dump.c ------------------------------------------------ */
void trace_dump(struct machine *mach, const struct pmapsim_replay *rp,
    const char *prefix, pmapsim_write *write, void *arg);
uint64_t trace_digest(struct machine *mach, const struct pmapsim_replay *rp);
/*
 * A number that two replays of one process share when their digests are equal,
 * made in a fraction of the time; it is no digest and differs between hosts.
 * 0: there is no machine.
 */
uint64_t trace_replay_mark(const struct pmapsim_replay *rp);
/* The first line (0-based) in which dumps differ; NULL: that one has ended. */
struct trace_dump_difference {
	unsigned line;
	char *expected, *got; /* the caller frees them */
	bool no_memory;	      /* of the host's, to find it */
};
/*
 * Whether the dump, each line behind "| ", is "expected".  If not, "difference"
 * tells where.
 */
bool trace_dump_compare(struct machine *mach, const struct pmapsim_replay *rp,
    struct trace_text expected, struct trace_dump_difference *difference);

/* ---- numbers as text ---------------------------------------------------- */

/* Writes "v" as 0x and hex digits without padding; returns the end. */
static inline char *
trace_put_hex(char *p, uint64_t v)
{
	static const char digits[] = "0123456789abcdef";
	unsigned shift;

	*p++ = '0';
	*p++ = 'x';
	shift = v == 0 ? 0 : (63u - (unsigned)__builtin_clzll(v)) & ~3u;
	for (;; shift -= 4) {
		*p++ = digits[(v >> shift) & 15];
		if (shift == 0)
			return (p);
	}
}

/* Writes "v" in decimal; returns the end. */
static inline char *
trace_put_dec(char *p, uint64_t v)
{
	char buf[20];
	char *q = buf + sizeof(buf);

	do {
		*--q = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	while (q < buf + sizeof(buf))
		*p++ = *q++;
	return (p);
}

#endif /* TRACE_TRACE_VAR_H */
