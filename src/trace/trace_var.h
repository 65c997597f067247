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

/* A piece of a trace's text, not ended by a NUL. */
struct trace_text {
	const char *s;
	size_t len;
};

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
	TA_UVA_PAGE, /* the same, page-aligned */
	TA_EVA,	     /* the same, ends the range that the one before starts */
	TA_KADDR,    /* kernel address */
	TA_KVA,	     /* the same, page-aligned */
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
	TA_ALIGN,   /* a power of 2 */
	TA_NUMBER   /* any */
};

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
	TK_NCPU,
	TK_SUPERPAGES,
	TK_INVARIANTS,
	TK_MAXPROC,
	TK_KERNEL,
	TK_TLB,
	TK_SCHEDULE,
	TK_FLAGS, /* flags from here on */
	TF_WIRED = TK_FLAGS,
	TF_ZERO,
	TF_NOWAIT,
	TF_RESERVE,
	TF_SHARED,
	TF_FIXED,
	TF_AFTER,
	TF_USER,
	TK_COUNT
};
_Static_assert(TK_COUNT <= 32, "keys fit one word");
#define TK(key) (UINT32_C(1) << (key))

#define TRACE_ARGS_MAX 5
#define TRACE_NAME_MAX 31 /* characters in an object's or pmap's name */
/* Limits that no sensible trace reaches, so that no sum can overflow. */
#define TRACE_PINDEX_MAX (UINT64_C(1) << 40)
#define TRACE_REPEAT_MAX (UINT64_C(1) << 32)
#define TRACE_SIZE_MAX (UINT64_C(1) << 47)

struct pmapsim_replay;
struct trace_stmt;

typedef void trace_call(struct pmapsim_replay *rp, const struct trace_stmt *st);

/* What a statement does to the names of a trace. */
enum trace_effect { TE_NONE, TE_ADDS, TE_ENDS };

/* What else is wrong with a statement, beyond each argument alone. */
enum trace_rule {
	TR_NOT_KERNEL = 1,   /* argument 0 may not be "kernel" (or "kmem") */
	TR_NOT_KERNEL_1 = 2, /* nor argument 1 */
	TR_RESULT = 4,	     /* returns something */
	TR_KMEM = 8,	     /* needs a kmem_map */
	TR_DUMP = 16,	     /* "| " lines follow */
	TR_LOOKS = 32	     /* no kernel call: owes no invalidation */
};

/* A row of the table of statements, which is constant. */
struct trace_op {
	struct pmapsim_trace_op_info info;
	enum trace_arg args[TRACE_ARGS_MAX];
	uint32_t allowed;  /* keys, TK_FROM and TK_CPU apart */
	uint32_t required; /* keys */
	unsigned rules;
	enum trace_effect effect; /* on argument 0 */
	trace_call *call;	  /* NULL: the machine statement */
};

extern const struct trace_op trace_ops[];
extern const unsigned trace_op_count;
#define TRACE_OP_MACHINE 0 /* its row */

/*
 * A name, from the statement that makes it to the one that ends it; its place
 * is then another's.
 */
struct trace_name {
	uint64_t head; /* the first eight characters, zero-padded */
	uint64_t tail; /* the last eight likewise */
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
 * A statement.  Filled in by trace_read(), and read over by the next one; its
 * texts lie in the trace.  Values of keys that are not in "keys" are undefined.
 */
struct trace_stmt {
	struct pmapsim_trace_statement pub;
	const struct trace_op *op;
	uint32_t keys;
	bool expects_panic;	      /* "=> panic ..." or "=> stop ..." */
	uint64_t num[TRACE_ARGS_MAX]; /* of numeric arguments */
	struct trace_text str[TRACE_ARGS_MAX]; /* as written */
	uint32_t ref[TRACE_ARGS_MAX];	       /* of names: their entry */
	uint64_t key[TK_FLAGS];
	struct trace_text from, kernel, tlb;
	struct trace_text comment; /* behind the statement, "#" included */
	struct trace_text dump;	   /* the "| " lines behind it */
	unsigned dump_line;	   /* line number of their first */
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
int trace_wrong_count(struct trace_reader *rd, const struct trace_op *op,
    unsigned given);
int trace_read_arg(struct trace_reader *rd, struct trace_stmt *st, int i,
    struct trace_text word);
int trace_read_key(struct trace_reader *rd, struct trace_stmt *st,
    struct trace_text word);
int trace_check_args(struct trace_reader *rd, const struct trace_stmt *st);
/* Reads a whole number with suffix; what is wrong with it, NULL: nothing. */
const char *trace_number(struct trace_text text, uint64_t *value);
/* The first characters of "text", for a message; at most 40. */
#define TRACE_QUOTE(text) (int)((text).len < 40 ? (text).len : 40), (text).s
static inline bool
trace_text_is(struct trace_text text, const char *word)
{
	return (text.len == __builtin_strlen(word) &&
	    __builtin_memcmp(text.s, word, text.len) == 0);
}
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
	bool made; /* st was made */
	bool want_result;
	bool failed; /* the statement is an error of the trace */
	size_t result_len;
	char result_text[TRACE_RESULT_MAX];
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
	vm_page_t *pages;  /* pmap_qenter()'s, [pages_size] */
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

/* The statement is wrong though it reads well. */
void trace_call_error(struct pmapsim_replay *rp, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), cold));

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
/* Writes what the trace, else the kernel, calls "object"; cut to "size". */
void trace_object_name(const struct pmapsim_replay *rp,
    const struct vm_object *object, char *buf, size_t size);
/* Names "object" for dumps by the entry of argument 0. */
bool trace_name_object(struct pmapsim_replay *rp, uint32_t entry,
    vm_object_t object);

/* ---- calls, by the file that defines them ------------------------------- */
/* trace_call_page.c */
trace_call trace_call_vm_object_allocate, trace_call_vm_object_deallocate,
    trace_call_vm_page_alloc, trace_call_vm_page_free, trace_call_vm_page_wire,
    trace_call_vm_page_unwire, trace_call_vm_reserv_reclaim_inactive,
    trace_call_vm_reserv_break_all, trace_call_vm_reserv_reclaim_contig,
    trace_call_vm_reserv_free_again, trace_call_page;
/* trace_call_pmap.c */
trace_call trace_call_pmap_pinit, trace_call_pmap_release,
    trace_call_pmap_activate, trace_call_pmap_enter,
    trace_call_pmap_enter_quick, trace_call_pmap_enter_object,
    trace_call_pmap_remove, trace_call_pmap_protect,
    trace_call_pmap_change_wiring, trace_call_pmap_remove_all,
    trace_call_pmap_remove_write, trace_call_pmap_clear_modify,
    trace_call_pmap_clear_reference, trace_call_pmap_ts_referenced,
    trace_call_pmap_is_modified, trace_call_pmap_extract, trace_call_pmap_copy,
    trace_call_pmap_remove_pages, trace_call_pmap_qenter,
    trace_call_pmap_qremove, trace_call_pmap_kenter, trace_call_pmap_kremove,
    trace_call_pmap_page_set_memattr, trace_call_pmap_change_attr,
    trace_call_touch;
/* trace_call_kmem.c */
trace_call trace_call_kmem_malloc, trace_call_kmem_free,
    trace_call_kmem_alloc_nofault, trace_call_kmem_free_nofault,
    trace_call_malloc, trace_call_free;
/* trace_call_space.c */
trace_call trace_call_vmspace_alloc, trace_call_vmspace_fork,
    trace_call_vmspace_free, trace_call_vmspace_exit, trace_call_brk,
    trace_call_mmap, trace_call_munmap, trace_call_mprotect, trace_call_mlock,
    trace_call_munlock, trace_call_minherit, trace_call_access,
    trace_call_vm_fault, trace_call_mincore;
/* trace_call_state.c */
trace_call trace_call_stats, trace_call_pvstats, trace_call_resident,
    trace_call_pte, trace_call_digest, trace_call_dump, trace_call_sysctl,
    trace_call_audit, trace_call_inject;
/* trace_call_hw.c */
trace_call trace_call_mmu_access, trace_call_detections, trace_call_detection;

/* ---- dumps: trace_dump.c ------------------------------------------------ */
void trace_dump(struct machine *mach, const struct pmapsim_replay *rp,
    const char *prefix, pmapsim_write *write, void *arg);
uint64_t trace_digest(struct machine *mach, const struct pmapsim_replay *rp);
/* The first line (0-based) in which dumps differ; NULL: that one has ended. */
struct trace_dump_difference {
	unsigned line;
	char *expected, *got; /* the caller frees them */
};
/*
 * Whether the dump, each line behind "| ", is "expected".  If not, "difference"
 * tells where.  False also when there is no memory.
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

/* The same in decimal. */
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
