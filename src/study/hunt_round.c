/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A round of a hunt: the life of one small machine, and what the families of
 * calls need of it: statements made, choices, runs of pages.
 */
#include "study/hunt_round.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pmapsim/hw.h>
#include <pmapsim/pmap.h>

#include "trace/trace_var.h"
#include "vm/vm_kernels.h"

#define HUNT_STATEMENT_MAX 300
#define HUNT_TRACE_BYTES ((size_t)1 << 20)
#define HUNT_ROUND_STATEMENTS 1500

/* ---- statements --------------------------------------------------------- */

/*
 * Notes the kernel state that a statement led to: which operation it was and
 * which counters moved.  Coverage in the sense of "something new happened".
 */
static void
hunt_note_state(struct hunt_round *r, const char *op)
{
	static const char *const counters[8] = {"vm.pmap.pde.promotions",
	    "vm.pmap.pde.demotions", "vm.pmap.pde.p_failures",
	    "vm.pmap.pde.mappings", "vm.pmap.pc_chunk_allocs",
	    "vm.reserv.broken", "vm.reserv.freed", "vm.reserv.reclaimed"};
	struct machine *mach;
	uint32_t h = 2166136261u;
	int64_t value;
	uint8_t bit, *byte;
	unsigned i;

	mach = pmapsim_replay_machine(r->judge.side[0].replay);
	if (mach == NULL)
		return;
	for (; *op != '\0'; op++)
		h = (h ^ (uint8_t)*op) * 16777619u;
	for (i = 0; i < 8; i++) {
		pmapsim_sysctl(mach, counters[i], &value);
		h = (h ^ ((uint64_t)value != r->seen[i])) * 16777619u;
		r->seen[i] = (uint64_t)value;
	}
	h = (h ^ (pmapsim_superpages(mach, NULL) != 0)) * 16777619u;
	bit = (uint8_t)(1u << (h % 8));
	byte = &r->position->states[(h % PMAPSIM_HUNT_STATES) / 8];
	if ((*byte & bit) == 0) {
		*byte |= bit;
		r->position->nstates++;
	}
}

/* Adds the statement to the trace, makes it, and judges. */
static bool
hunt_make(struct hunt_round *r, struct trace_stmt *st)
{
	char line[HUNT_STATEMENT_MAX];
	size_t n;

	n = trace_stmt_print(st, line, sizeof(line) - 1);
	line[n++] = '\n';
	if (pmapsim_trace_append(r->trace, line, n) != PMAPSIM_OK) {
		r->verdict = JUDGE_ENDED;
		return (false);
	}
	r->verdict = judge_step(&r->judge, &r->finding);
	hunt_note_state(r, st->op->info.name);
	if (r->corpus != NULL)
		corpus_look(r->corpus, r, trace_opcode(st));
	return (r->verdict == JUDGE_GOES_ON);
}

/* Draws what a CPU other than that of "st" does inside it. */
static void
hunt_draw_plan(struct hunt_round *r, const struct trace_stmt *st,
    const struct race_call *call, const char *pmap, struct trace_stmt *plan)
{
	static const enum race_event events[] = {RACE_LOAD, RACE_STORE,
	    RACE_SWAP, RACE_CAS, RACE_RMW, RACE_FLUSH};
	static const enum trace_deed deeds[] = {DEED_WRITE, DEED_WRITE,
	    DEED_READ, DEED_EXECUTE};
	const enum race_event event = events[hunt_below(r, 6)];
	unsigned cpu = trace_has(st, TK_CPU) ? (unsigned)st->key[TK_CPU] : 0;

	STMT(plan, meanwhile, ARG(event),
	    ARG(event == RACE_FLUSH   ? 0 :
		    hunt_chance(r, 4) ? 2 :
					1),
	    ARG(pmap), ARG(call->address[hunt_below(r, call->naddress)]),
	    ARG(deeds[hunt_below(r, 4)]));
	if (hunt_chance(r, 3))
		trace_stmt_set(plan, TK_NTH, 2 + hunt_below(r, 3));
	cpu = (cpu + 1 + hunt_below(r, r->ncpu - 1)) % r->ncpu;
	trace_stmt_set(plan, TK_CPU, cpu);
}

/*
 * Now and then lets other CPUs act inside "st", if it is a call that they can
 * get in the way of.  In a program's page faults they do not: where memory is
 * short the page daemon runs there, which forgets what was used and writes out
 * what was written.  False: the round is over.
 */
static bool
hunt_plan(struct hunt_round *r, const struct trace_stmt *st)
{
	struct pmapsim_replay *rp = r->judge.side[0].replay;
	char pmap[TRACE_NAME_MAX + 1];
	struct race_call call;
	struct trace_stmt plan;
	unsigned n;

	if (!r->options->race || r->ncpu < 2 ||
	    (st->op->rules & TR_NOT_RACED) != 0 ||
	    ((st->op->rules & TR_PROGRAM) != 0 &&
		st->op->maps.does == TD_MAPS) ||
	    pmapsim_replay_machine(rp) == NULL || !hunt_chance(r, 2) ||
	    !race_call_addresses(&call, rp, st, NULL, 0))
		return (true);
	race_call_name(&call, rp, st, pmap, sizeof(pmap));
	if (pmapsim_replay_pmap(rp, pmap) == NULL)
		return (true);
	for (n = 1 + hunt_below(r, 2); n != 0; n--) {
		hunt_draw_plan(r, st, &call, pmap, &plan);
		if (!hunt_make(r, &plan))
			return (false);
	}
	return (true);
}

/*
 * Before a call that is made where no other CPU has the pmap: takes it from
 * those on which plans have loaded one.  False: the round is over.
 */
static bool
hunt_leave_alone(struct hunt_round *r, const struct trace_stmt *st)
{
	unsigned self = trace_has(st, TK_CPU) ? (unsigned)st->key[TK_CPU] : 0;
	struct trace_stmt leave;
	unsigned cpu;

	if (!r->options->race || (st->op->rules & TR_ALONE) == 0)
		return (true);
	for (cpu = 0; cpu < r->ncpu; cpu++) {
		if (cpu == self)
			continue;
		/* No program runs there: this faults. */
		STMT(&leave, mmu_access, ARG("kernel"), ARG(0),
		    ARG(VM_PROT_READ));
		trace_stmt_set(&leave, TK_CPU, cpu);
		if (!hunt_make(r, &leave))
			return (false);
	}
	return (true);
}

/* Adds the statement to a text, in a line of its own. */
static bool
hunt_write(struct hunt_text *text, const struct trace_stmt *st)
{
	const size_t room = sizeof(text->s) - text->n - 1;
	size_t n;

	n = trace_stmt_print(st, text->s + text->n, room);
	if (n >= room)
		return (false);
	text->n += n;
	text->s[text->n++] = '\n';
	text->s[text->n] = '\0';
	return (true);
}

bool
hunt_do(struct hunt_round *r, struct trace_stmt *st)
{

	if (r->text != NULL)
		return (hunt_write(r->text, st));
	if (r->roams && r->ncpu > 1 && !trace_has(st, TK_CPU) &&
	    hunt_chance(r, 4))
		trace_stmt_set(st, TK_CPU, hunt_below(r, r->ncpu));
	return (hunt_leave_alone(r, st) && hunt_plan(r, st) &&
	    hunt_make(r, st));
}

uint64_t
hunt_result(const struct hunt_round *r)
{

	return (r->judge.side[0].replay->result_number);
}

void
hunt_run(struct hunt_round *r, unsigned *first, unsigned *n)
{

	switch (hunt_below(r, 6)) {
	case 0:
		*first = 0;
		*n = 512;
		break;
	case 1:
		*first = 1;
		*n = 511;
		break;
	case 2:
		*first = hunt_chance(r, 2) ? 0 : 511;
		*n = 1;
		break;
	case 3:
		*first = hunt_below(r, 512);
		*n = 1;
		break;
	default:
		*first = hunt_below(r, 512);
		*n = 1 + hunt_below(r, 512 - *first);
		break;
	}
}

/* ---- a round ------------------------------------------------------------ */

/* Whether the TLB has no name that a trace could give. */
static bool
hunt_tlb_is_text(const struct pmapsim_hunt_options *options)
{

	return (options->tlb != NULL && strchr(options->tlb, '\n') != NULL);
}

/* The machine: small enough for pressure now and then. */
static bool
hunt_machine(struct hunt_round *r)
{
	unsigned mem = 24 + 8 * hunt_below(r, 6);
	const char *kernel = r->options->judge.kernel;
	bool dma = hunt_chance(r, 2);
	bool preset = r->options->tlb != NULL && !hunt_tlb_is_text(r->options);
	struct trace_stmt st;

	STMT(&st, machine, ARG(0));
	trace_stmt_set(&st, TK_MEM, (uint64_t)mem << 20);
	trace_stmt_set(&st, TK_FIRST, dma ? 4 << 20 : 16 << 20);
	trace_stmt_set(&st, r->today ? TK_KVA : TK_KMEM,
	    (2 + 2 * hunt_below(r, 4)) << 20);
	trace_stmt_set(&st, TK_NCPU, r->ncpu);
	trace_stmt_set(&st, TK_SUPERPAGES, true);
	trace_stmt_set(&st, TK_INVARIANTS, r->options->invariants);
	if (kernel != NULL)
		trace_stmt_set_text(&st, TK_KERNEL, kernel);
	if (preset)
		trace_stmt_set_text(&st, TK_TLB, r->options->tlb);
	return (hunt_do(r, &st));
}

/*
 * Makes the kernel's first mapping, which stays.  A kernel that has booted has
 * many; with one page alone pmap_remove() of today does nothing, and that would
 * be found first and for ever.  False: the round ended.
 */
static bool
hunt_boot_page(struct hunt_round *r)
{
	struct trace_stmt st;

	if (!r->today)
		return (true);
	STMT(&st, kmem_malloc, ARG(PAGE_SIZE));
	return (hunt_do(r, &st));
}

/* By enum trace_family. */
static const struct hunt_family *const families[TY_COUNT] = {
    [TY_KMEM] = &hunt_family_kmem,
    [TY_RAW] = &hunt_family_raw,
    [TY_USER] = &hunt_family_user,
    [TY_SPACE] = &hunt_family_space,
};

/* The families of this round: all that are asked for, or one alone. */
static unsigned
hunt_families(struct hunt_round *r, unsigned asked)
{
	unsigned one;

	if (hunt_chance(r, 2))
		return (asked);
	one = hunt_below(r, TY_COUNT);
	while ((families[one]->bit & asked) == 0)
		one = (one + 1) % TY_COUNT;
	return (families[one]->bit);
}

/* Whether there is to be one more call. */
static bool
hunt_goes_on_in(struct hunt_round *r, unsigned done)
{

	if (r->verdict != JUDGE_GOES_ON)
		return (false);
	if (r->corpus != NULL)
		return (corpus_next_call(r->corpus));
	return (done < HUNT_ROUND_STATEMENTS &&
	    (r->options->bytes == NULL || r->used < r->options->nbytes));
}

/* Finds the rows to draw from: those whose call the kernel has. */
static void
hunt_find_rows(struct hunt_round *r)
{
	const struct machine *mach;
	const struct trace_op *op;
	struct hunt_rows *rows;
	unsigned f;

	mach = pmapsim_replay_machine(r->judge.side[0].replay);
	for (f = 0; f < TY_COUNT; f++) {
		rows = &r->rows[f];
		if ((families[f]->bit & r->families) == 0 ||
		    !trace_op_exists(&trace_ops[families[f]->first], mach))
			continue;
		for (op = trace_ops; op < trace_ops + OP_COUNT; op++) {
			if (!hunt_draws_row(op, f, mach) ||
			    ((op->rules & TR_TLB) != 0 &&
				r->options->tlb == NULL))
				continue;
			rows->row[rows->n++] = op;
			rows->total += op->drawn[f];
		}
	}
}

/* A row of the family, each as often as it says. */
static const struct trace_op *
hunt_row(struct hunt_round *r, enum trace_family f)
{
	const struct trace_op *const *row = r->rows[f].row;
	unsigned at = hunt_below(r, r->rows[f].total);

	for (; at >= (*row)->drawn[f]; row++)
		at -= (*row)->drawn[f];
	return (*row);
}

/* A call of the family, if a correct caller can make it now. */
static void
hunt_call(struct hunt_round *r, enum trace_family f)
{
	const struct hunt_family *family = families[f];
	struct hunt_scene scene = {0};
	const struct trace_op *op;

	r->roams = family->roams;
	op = hunt_row(r, f);
	if (family->scene(r, op, &scene) && hunt_draw(r, op, &scene) &&
	    family->learn != NULL)
		family->learn(r, &r->st);
}

void
hunt_play(struct hunt_round *r)
{
	enum trace_family f;
	unsigned i;

	if (!hunt_machine(r) || !hunt_boot_page(r))
		return;
	hunt_find_rows(r);
	for (f = 0; f < TY_COUNT; f++)
		if (r->rows[f].total != 0 && families[f]->setup != NULL &&
		    !families[f]->setup(r))
			return;
	for (i = 0; hunt_goes_on_in(r, i); i++) {
		f = (enum trace_family)hunt_below(r, TY_COUNT);
		if (r->rows[f].total != 0)
			hunt_call(r, f);
	}
}

static uint64_t
hunt_promotions(struct hunt_round *r)
{
	struct machine *mach;
	int64_t value = 0;

	mach = pmapsim_replay_machine(r->judge.side[0].replay);
	if (mach != NULL)
		pmapsim_sysctl(mach, "vm.pmap.pde.promotions", &value);
	return ((uint64_t)value);
}

/* Mixed twice, so that rounds of neighbouring seeds have nothing in common. */
static uint64_t
hunt_round_seed(uint64_t seed, uint64_t number)
{

	number ^= random_next(&seed);
	return (random_next(&number));
}

/*
 * Whether a statement only missed a page that the page daemon freed while the
 * statement ran: memory is short, and that ends a round.
 */
static bool
hunt_lost_page(const struct hunt_round *r)
{

	return (pmapsim_replay_result(r->judge.side[0].replay)->bad_input ==
	    PMAPSIM_BAD_PAGE);
}

/* Counts the round that was played, and moves on to the next. */
static void
hunt_count(struct hunt_round *r, struct pmapsim_hunt_result *result)
{
	struct pmapsim_hunt_position *at = &result->position;

	at->calls += pmapsim_replay_result(r->judge.side[0].replay)->calls;
	at->statements += r->judge.statements;
	at->promotions += hunt_promotions(r);
	result->round = at->round;
	at->round += r->options->shards != 0 ? r->options->shards : 1;
}

int
hunt_error(const struct hunt_round *r, char *err, size_t errsize)
{

	if (r->judge.legal.broken != NULL) {
		snprintf(err, errsize, "round %s, line %u: %s", r->trace->name,
		    r->judge.legal.line, r->judge.legal.broken);
		return (PMAPSIM_EINVAL);
	}
	if (r->verdict == JUDGE_BAD_INPUT && hunt_lost_page(r))
		return (PMAPSIM_OK);
	return (judge_error(&r->judge, r->verdict, err, errsize));
}

/*
 * Reads the kernels and the families.  Of a call that one kernel has and the
 * other has not nothing can be told, so that both must be of today, or none.
 */
static bool
hunt_read_kernels(struct hunt_round *r, char *err, size_t errsize)
{
	const struct pmapsim_judge *judge = &r->options->judge;
	struct kernel kernel, against;

	if (!kernel_parse(judge->kernel, &kernel, err, errsize))
		return (false);
	r->today = kernel_has_arenas(&kernel);
	if (judge->against != NULL) {
		if (!kernel_parse(judge->against, &against, err, errsize))
			return (false);
		if (kernel_has_arenas(&against) != r->today) {
			snprintf(err, errsize,
			    "a hunt in kernel %.60s against %.60s: one has "
			    "calls that the other has not; two kernels up to "
			    "9.0, or two from 2022-07 on, would be right",
			    kernel.name, against.name);
			return (false);
		}
	}
	r->families = r->options->families != 0 ? r->options->families :
						  PMAPSIM_HUNT_ALL;
	if (r->today)
		r->families &= ~(unsigned)PMAPSIM_HUNT_SPACE;
	if (r->families == 0)
		snprintf(err, errsize,
		    "a hunt in kernel %.60s: of the family \"space\" nothing "
		    "can be called; programs are simulated with kernels up to "
		    "9.0",
		    kernel.name);
	return (r->families != 0);
}

int
hunt_start(struct hunt_round *r, const struct pmapsim_hunt_options *options,
    struct pmapsim_hunt_position *position, char *err, size_t errsize)
{
	struct pmapsim_judge judge = options->judge;
	char name[64];
	int error;

	if (hunt_tlb_is_text(options))
		judge.tlb = options->tlb;
	judge.legal = true;
	r->options = options;
	if (!hunt_read_kernels(r, err, errsize))
		return (PMAPSIM_EINVAL);
	r->position = position;
	r->random = hunt_round_seed(options->seed, position->round);
	r->ncpu = options->ncpu != 0 ? options->ncpu : 2;
	r->families = hunt_families(r, r->families);
	snprintf(name, sizeof(name), "hunt-%llu-%llu",
	    (unsigned long long)options->seed,
	    (unsigned long long)position->round);
	error = pmapsim_trace_growing(name, HUNT_TRACE_BYTES, &r->trace, err,
	    errsize);
	if (error == PMAPSIM_OK)
		error = judge_start(&r->judge, r->trace, &judge, err, errsize);
	/* Calls are watched, and a trap is a finding all the same. */
	r->judge.rules.legal = false;
	return (error);
}

void
hunt_end(struct hunt_round *r)
{

	judge_end(&r->judge);
	pmapsim_trace_close(r->trace);
}

int
hunt_round(const struct pmapsim_hunt_options *options,
    struct hunt_corpus *corpus, struct pmapsim_hunt_result *result, char *err,
    size_t errsize)
{
	struct hunt_round *r;
	int error;

	r = calloc(1, sizeof(*r));
	if (r == NULL) {
		snprintf(err, errsize, "no memory");
		return (PMAPSIM_ENOMEM);
	}
	r->corpus = corpus;
	if (corpus != NULL)
		corpus_plan(corpus);
	error = hunt_start(r, options, &result->position, err, errsize);
	if (error == PMAPSIM_OK) {
		hunt_play(r);
		hunt_count(r, result);
		if (r->verdict == JUDGE_FAILED) {
			result->finding = r->finding;
			result->trace = r->trace;
			r->trace = NULL;
		} else {
			error = hunt_error(r, err, errsize);
			if (error == PMAPSIM_OK && corpus != NULL &&
			    !corpus_keep(corpus, r)) {
				snprintf(err, errsize, "no memory");
				error = PMAPSIM_ENOMEM;
			}
		}
	}
	hunt_end(r);
	free(r);
	return (error);
}
