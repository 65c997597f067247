/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the hunter's files share: a round, and what a call is about.
 *
 * Which calls there are, how often each is drawn and of which kinds its
 * operands are is said by the rows of trace_ops.def.  hunt_draw.c draws an
 * operand by its kind; a family (hunt_kva.c, hunt_user.c, hunt_space.c)
 * looks at the machine and says about what a correct caller could now make
 * that call.
 */
#ifndef STUDY_HUNT_ROUND_H
#define STUDY_HUNT_ROUND_H

#include "base/random.h"
#include "study/hunt_corpus.h"
#include "study/judge.h"
#include "trace/trace_stmt.h"

#define HUNT_KMEM_MAX 64   /* kmem allocations alive */
#define HUNT_RAW_REGIONS 2 /* 2 MB of kernel addresses each, at most */
#define HUNT_OBJECT_PAGES 1536

/*
 * What a family remembers of its calls because the machine does not show it.
 * Parts of the round.
 */

/*
 * Allocations of kernel memory that were not freed: [va, va + size).  What was
 * taken from kmem_map is given back to it, and all else to kernel_map.
 */
struct hunt_kmem {
	unsigned n;
	struct {
		uint64_t va, size;
		bool kmem_map;
	} a[HUNT_KMEM_MAX];
};

/*
 * 2 MB regions of kernel addresses.  The first ones have reservations that are
 * always full, for pmap_enter(); the last is for pmap_kenter() and its kind,
 * which account for nothing: no correct caller undoes one by the other.
 */
struct hunt_raw {
	unsigned regions; /* of the first kind */
	vm_offset_t va[HUNT_RAW_REGIONS];
	vm_offset_t unaccounted; /* 0: there is none */
};

/*
 * What a call is about: its family fills it in for one call, and hunt_draw()
 * takes from it the operands that a row asks for.  Gone with the call.
 */
struct hunt_scene {
	const char *space, *other; /* pmaps or programs; "other" is there for
				      rows with two */
	const char *new_space;	   /* one that does not exist */
	const char *object;
	vm_pindex_t pindex;	 /* of the object's page that belongs to "va" */
	vm_offset_t va;		 /* the first address of the run */
	unsigned n;		 /* its pages */
	vm_offset_t unaccounted; /* where pmap_kenter() may map them */
	vm_paddr_t pa;		 /* and what */
	uint64_t high;		 /* the last byte of a range from "va" on */
	uint64_t boundary;	 /* of which a run crosses no multiple; 0 */
	uint64_t bytes;		 /* what a number in bytes is */
	vm_prot_t prot;		 /* rights that what is mapped gets and is
				    accessed with; 0: any */
	bool wired;		 /* what is mapped or allocated is wired */
	bool large;		 /* what is mapped is a superpage, at once */
	bool nosleep;		 /* mapping it may fail for want of memory */
	unsigned cpu;		 /* whose TLB is used */
};

/* Statements that are written and not made; of whoever wants them. */
struct hunt_text {
	size_t n;
	char s[2048];
};

/* The rows that a round draws from in one family. */
struct hunt_rows {
	unsigned n, total;
	const struct trace_op *row[OP_COUNT];
};

/*
 * A round: the life of one small machine.  Made from seed and number alone, on
 * host memory, with the families' state zero-filled; gone when the machine is,
 * but for the trace of a finding.
 */
struct hunt_round {
	const struct pmapsim_hunt_options *options;
	uint64_t random;
	size_t used;		     /* of options->bytes */
	struct hunt_corpus *corpus;  /* NULL: the hunt does not learn */
	struct pmapsim_trace *trace; /* grows */
	struct judge judge;
	struct pmapsim_finding finding;
	enum judge_verdict verdict; /* of the last statement */
	unsigned families;
	unsigned ncpu;
	bool today;		/* the kernel is of 2022 or later */
	bool roams;		/* statements choose their CPU */
	struct hunt_text *text; /* gets the statements; NULL: they are made */
	struct pmapsim_hunt_position *position; /* of the hunt: its states */
	uint64_t seen[8];     /* counters after the last statement */
	struct trace_stmt st; /* the last that hunt_draw() made */
	struct hunt_rows rows[TY_COUNT];
	struct hunt_kmem kmem;
	struct hunt_raw raw;
};

/* Whether a hunt draws the row in "family" in the machine's kernel. */
static inline bool
hunt_draws_row(const struct trace_op *op, unsigned family,
    const struct machine *mach)
{

	return (op->drawn[family] != 0 && trace_op_exists(op, mach) &&
	    (op->drawn_where == NULL || op->drawn_where(mach)));
}

/*
 * Adds the statement to the trace, on some CPU where the round roams, makes
 * it, and judges; or only writes it into r->text.  False when the round is
 * over, and r->verdict says why, or the text is full.
 */
bool hunt_do(struct hunt_round *r, struct trace_stmt *st);
/* The first number in the result of the last statement; 0: it has none. */
uint64_t hunt_result(const struct hunt_round *r);

/*
 * A choice of [0, bound), "bound" at most 65536: from the round's seed, or
 * from the bytes that were given, as long as there are any; or from a plan of
 * the corpus.
 */
static inline unsigned
hunt_below(struct hunt_round *r, unsigned bound)
{
	unsigned choice = 0;

	if (r->corpus != NULL)
		return (corpus_choice(r->corpus, &r->random, bound));
	if (r->options->bytes == NULL)
		return (random_below(&r->random, bound));
	if (r->used < r->options->nbytes)
		choice = r->options->bytes[r->used++];
	if (bound > 256 && r->used < r->options->nbytes)
		choice |= (unsigned)r->options->bytes[r->used++] << 8;
	return (choice % bound);
}

/* True once in "n". */
static inline bool
hunt_chance(struct hunt_round *r, unsigned n)
{
	return (hunt_below(r, n) == 0);
}

/*
 * A run of pages of a 512-page region: the shapes at which superpages are made
 * and broken (all, all but the first, one), and any.
 */
void hunt_run(struct hunt_round *r, unsigned *first, unsigned *n);

/* The first of "n" names, from a drawn one on, of which exists() is "yes";
 * NULL: there is none. */
typedef bool hunt_exists(const struct hunt_round *r, const char *name);
const char *hunt_name(struct hunt_round *r, const char *const *names,
    unsigned n, hunt_exists *exists, bool yes);
hunt_exists hunt_has_pmap, hunt_has_object;

/* Whether a row has an argument of the kind. */
bool hunt_row_has(const struct trace_op *op, enum trace_arg kind);
/*
 * Whether its pages must be there, or (of one that allocates) must not; which
 * is so of all rows with an object's page.
 */
static inline bool
hunt_row_has_pages(const struct trace_op *op)
{
	return (hunt_row_has(op, TA_PINDEX) &&
	    !hunt_row_has(op, TA_NEW_OBJECT));
}
/*
 * Cuts the run [*pindex, *pindex + n) of "object" to the pages from its start
 * on that are there, or with "absent" are not, after passing over the others.
 * What comes back is their number; 0: there are none.
 */
unsigned hunt_pages(const struct hunt_round *r, const char *object,
    vm_pindex_t *pindex, unsigned n, bool absent);

/* Makes the statement "op", its operands drawn from "scene".  False: the round
 * ended; else r->st is what was made. */
bool hunt_draw(struct hunt_round *r, const struct trace_op *op,
    const struct hunt_scene *scene);
/* Unmaps [va, end) of a pmap. */
bool hunt_unmap(struct hunt_round *r, const char *pmap, vm_offset_t va,
    vm_offset_t end);

/*
 * The round at which "position" stands, on a zero-filled "r": hunt_start(), an
 * enum pmapsim_error, and after it, whatever it gave, hunt_end(); in between
 * hunt_play() makes the calls.
 */
int hunt_start(struct hunt_round *r, const struct pmapsim_hunt_options *options,
    struct pmapsim_hunt_position *position, char *err, size_t errsize);
void hunt_play(struct hunt_round *r);
void hunt_end(struct hunt_round *r);
/* What a round without a finding is of an error: the hunter's fault is one. */
int hunt_error(const struct hunt_round *r, char *err, size_t errsize);

/*
 * Plays the round at which result->position stands, counts it there, and moves
 * on to this shard's next; a finding keeps its trace.  With a corpus it learns.
 * An enum pmapsim_error.
 */
int hunt_round(const struct pmapsim_hunt_options *options,
    struct hunt_corpus *corpus, struct pmapsim_hunt_result *result, char *err,
    size_t errsize);

/*
 * A family.  All but scene() may be NULL.  Where they make statements, the
 * round may end: r->verdict then says so.
 */
struct hunt_family {
	unsigned bit; /* of enum pmapsim_hunt_family */
	bool roams;   /* it is called on any CPU */
	/* It begins with this call: a kernel that has not the one has not the
	 * others. */
	enum trace_opcode first;
	/* At a round's start.  False: the round ended. */
	bool (*setup)(struct hunt_round *r);
	/* Fills in what a call of the row is about.  False: no correct caller
	 * can make it now. */
	bool (*scene)(struct hunt_round *r, const struct trace_op *op,
	    struct hunt_scene *scene);
	/*
	 * The same of the explorer's tiny machine: fills in the i-th of a few
	 * scenes, from 0, which are always the same.  False: there are not so
	 * many.  Where statements have to come before the call, writes them.
	 */
	bool (*explored)(struct hunt_round *r, const struct trace_op *op,
	    unsigned i, struct hunt_scene *scene);
	/* Remembers what "st" did, which was made. */
	void (*learn)(struct hunt_round *r, const struct trace_stmt *st);
};
extern const struct hunt_family hunt_family_kmem, hunt_family_raw,
    hunt_family_user, hunt_family_space;

#endif /* STUDY_HUNT_ROUND_H */
