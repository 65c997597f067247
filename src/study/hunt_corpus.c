/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hunt that learns.  A blind hunt draws each round anew; this one keeps the
 * sequences that brought the kernel into a state in which it had not been, or
 * brought it there by half of the kernel calls, and half of the rounds begin
 * with one of them, changed: calls are dropped, repeated, swapped, drawn anew,
 * or followed by the end of another sequence.
 *
 * What is kept of a call are the choices by which it was drawn, not its text:
 * played where other calls came before, they draw a call that is legal there,
 * and most often the call that they drew first.
 *
 * A state is one of these, after a statement was made (corpus_look()):
 *
 *	the operation, and which counters it moved
 *	that, and the operation before it
 *	why and where a promotion failed
 *	a count, by its magnitude in powers of two
 *
 * The text of a sequence is a trace that any command takes; in front of it are
 * comments with the choices, a line for each call.
 */
#include "study/hunt_corpus.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amd64/pmap_types.h"
#include "study/hunt_round.h"
#include "trace/trace_var.h"

/* Calls that a round draws behind those of its plan, and without a plan. */
#define TAIL_MIN 8
#define TAIL_MAX 100
#define BLIND_CALLS 300
/* How a line with the choices of a call begins. */
#define CHOICES "#!"

void
corpus_destroy(struct hunt_corpus *corpus)
{
	unsigned i;

	if (corpus == NULL)
		return;
	for (i = 0; i < corpus->nentries; i++) {
		free(corpus->entry[i].call);
		free(corpus->entry[i].choices);
	}
	free(corpus);
}

/* ---- keeping ------------------------------------------------------------- */

/* Adds the first "ncalls" calls of the tape; false: no memory. */
static bool
corpus_add(struct hunt_corpus *corpus, unsigned ncalls, uint64_t cost)
{
	struct corpus_entry *entry = &corpus->entry[corpus->nentries];
	const struct corpus_tape *tape = &corpus->tape;
	const unsigned n = tape->end[ncalls - 1];
	unsigned i, begin;

	entry->call = malloc(ncalls * sizeof(*entry->call));
	entry->choices = malloc((n + 1) * sizeof(*entry->choices));
	if (entry->call == NULL || entry->choices == NULL) {
		free(entry->call);
		free(entry->choices);
		return (false);
	}
	memcpy(entry->choices, tape->choice, n * sizeof(*entry->choices));
	for (i = begin = 0; i < ncalls; begin = tape->end[i++]) {
		entry->call[i].choice = entry->choices + begin;
		entry->call[i].n = tape->end[i] - begin;
	}
	entry->ncalls = ncalls;
	entry->cost = cost;
	corpus->nentries++;
	return (true);
}

/* Gives the text of the entry added last to options->keep; false: no memory. */
static bool
corpus_tell(const struct hunt_corpus *corpus, const struct hunt_round *r)
{
	const struct corpus_entry *entry = &corpus->entry[corpus->nentries - 1];
	const struct corpus_call *call;
	const char *trace;
	char *text, *p;
	size_t size;
	unsigned i, k;

	if (r->options->keep == NULL)
		return (true);
	trace = pmapsim_trace_text(r->trace, &size);
	for (i = 0, size = 0; i < entry->ncalls; i++)
		size += sizeof(CHOICES) + 6 * (size_t)entry->call[i].n;
	text = malloc(size + corpus->text + 1);
	if (text == NULL)
		return (false);
	p = text;
	for (call = entry->call; call < entry->call + entry->ncalls; call++) {
		p += sprintf(p, CHOICES);
		for (k = 0; k < call->n; k++)
			p += sprintf(p, " %u", call->choice[k]);
		*p++ = '\n';
	}
	memcpy(p, trace, corpus->text);
	p += corpus->text;
	r->options->keep(r->options, text, (size_t)(p - text), r->options->arg);
	free(text);
	return (true);
}

/* The last call of the tape ends. */
static void
tape_end_call(struct corpus_tape *tape)
{

	tape->end[tape->ncalls++] = tape->nchoices;
}

bool
corpus_keep(struct hunt_corpus *corpus, const struct hunt_round *r)
{

	tape_end_call(&corpus->tape);
	if (corpus->nplayed < corpus->nread) {
		corpus->entry[corpus->nplayed++]
		    .cost = pmapsim_replay_result(r->judge.side[0].replay)
				->calls;
		return (true);
	}
	if (corpus->reached == 0 || corpus->full ||
	    corpus->nentries == CORPUS_ENTRIES)
		return (true);
	return (corpus_add(corpus, corpus->reached, corpus->cost) &&
	    corpus_tell(corpus, r));
}

/* ---- reading ------------------------------------------------------------- */

/* Reads the choices of a call, up to the end of the line at "*textp"; false:
 * there is something else, or too much. */
static bool
corpus_read_call(struct corpus_tape *tape, const char **textp, const char *end)
{
	const char *p = *textp;
	unsigned value;

	while (p < end && *p == ' ') {
		value = 0;
		p++;
		if (p == end || *p < '0' || *p > '9')
			return (false);
		for (; p < end && *p >= '0' && *p <= '9' && value <= 65535; p++)
			value = value * 10 + (unsigned)(*p - '0');
		if (value > 65535 || tape->nchoices == CORPUS_CHOICES)
			return (false);
		tape->choice[tape->nchoices++] = (uint16_t)value;
	}
	if (p == end || *p != '\n' || tape->ncalls == CORPUS_CALLS)
		return (false);
	tape_end_call(tape);
	*textp = p + 1;
	return (true);
}

/* Adds a sequence whose text options->keep was given once. */
static int
corpus_read(struct hunt_corpus *corpus, const char *text, size_t size,
    const char *name, char *err, size_t errsize)
{
	const char *const end = text + size;
	const size_t mark = sizeof(CHOICES) - 1;

	corpus->tape.ncalls = corpus->tape.nchoices = 0;
	while ((size_t)(end - text) > mark &&
	    memcmp(text, CHOICES, mark) == 0) {
		text += mark;
		if (!corpus_read_call(&corpus->tape, &text, end)) {
			snprintf(err, errsize,
			    "%.200s, line %u: not the choices of a call; "
			    "numbers up to 65535, a space before each, would "
			    "be right",
			    name, corpus->tape.ncalls + 1);
			return (PMAPSIM_EINVAL);
		}
	}
	if (corpus->tape.ncalls == 0) {
		snprintf(err, errsize,
		    "%.200s: no sequence of a hunt that learns: its first line "
		    "does not begin with \"" CHOICES "\"",
		    name);
		return (PMAPSIM_EINVAL);
	}
	if (corpus->nentries == CORPUS_ENTRIES)
		return (PMAPSIM_OK);
	if (corpus_add(corpus, corpus->tape.ncalls, 0))
		return (PMAPSIM_OK);
	snprintf(err, errsize, "no memory");
	return (PMAPSIM_ENOMEM);
}

int
corpus_create(const struct pmapsim_hunt_options *options,
    struct hunt_corpus **corpusp, char *err, size_t errsize)
{
	const struct pmapsim_hunt_seed *seed = options->corpus;
	struct hunt_corpus *corpus;
	int error = PMAPSIM_OK;
	unsigned i;

	for (i = 0; i < options->ncorpus; i++)
		if (seed == NULL || seed[i].text == NULL ||
		    seed[i].name == NULL) {
			snprintf(err, errsize,
			    "a hunt that learns: sequence %u of %u has no name "
			    "or no text",
			    i + 1, options->ncorpus);
			return (PMAPSIM_EINVAL);
		}
	corpus = calloc(1, sizeof(*corpus));
	if (corpus == NULL) {
		snprintf(err, errsize, "no memory");
		return (PMAPSIM_ENOMEM);
	}
	corpus->random = ~options->seed;
	for (i = 0; i < options->ncorpus && error == PMAPSIM_OK; i++)
		error = corpus_read(corpus, seed[i].text, seed[i].size,
		    seed[i].name, err, errsize);
	corpus->nread = corpus->nentries;
	if (error != PMAPSIM_OK)
		corpus_destroy(corpus);
	else
		*corpusp = corpus;
	return (error);
}

/* ---- planning ------------------------------------------------------------ */

static unsigned
corpus_below(struct hunt_corpus *corpus, unsigned bound)
{

	return (random_below(&corpus->random, bound));
}

/* The entry whose sequence is changed: the cheapest of eight. */
static const struct corpus_entry *
corpus_draw(struct hunt_corpus *corpus)
{
	const struct corpus_entry *entry, *best = NULL;
	unsigned i;

	for (i = 0; i < 8; i++) {
		entry = &corpus->entry[corpus_below(corpus, corpus->nentries)];
		if (best == NULL || entry->cost < best->cost)
			best = entry;
	}
	return (best);
}

/* Makes the plan go on from call "at" as "entry" does from its call "from". */
static void
plan_follow(struct hunt_corpus *corpus, unsigned at,
    const struct corpus_entry *entry, unsigned from)
{
	unsigned n = entry->ncalls - from;

	if (n > CORPUS_CALLS - at)
		n = CORPUS_CALLS - at;
	memcpy(&corpus->plan[at], &entry->call[from],
	    n * sizeof(corpus->plan[0]));
	corpus->ncalls = at + n;
}

/* Moves the plan's calls from "from" on to "to". */
static void
plan_move(struct hunt_corpus *corpus, unsigned to, unsigned from)
{
	unsigned n = corpus->ncalls - from;

	if (n > CORPUS_CALLS - to)
		n = CORPUS_CALLS - to;
	memmove(&corpus->plan[to], &corpus->plan[from],
	    n * sizeof(corpus->plan[0]));
	corpus->ncalls = to + n;
}

/* Changes the plan in one way.  Its first call is the machine's setup, which
 * stays. */
static void
plan_change(struct hunt_corpus *corpus)
{
	const struct corpus_entry *other;
	struct corpus_call swapped;
	unsigned at, n, to;

	if (corpus->ncalls < 2)
		return;
	at = 1 + corpus_below(corpus, corpus->ncalls - 1);
	n = 1 + corpus_below(corpus, 8);
	if (n > corpus->ncalls - at)
		n = corpus->ncalls - at;
	switch (corpus_below(corpus, 5)) {
	case 0: /* drop */
		plan_move(corpus, at, at + n);
		break;
	case 1: /* repeat */
		if (at + n < CORPUS_CALLS)
			plan_move(corpus, at + n, at);
		break;
	case 2: /* swap */
		to = 1 + corpus_below(corpus, corpus->ncalls - 1);
		swapped = corpus->plan[at];
		corpus->plan[at] = corpus->plan[to];
		corpus->plan[to] = swapped;
		break;
	case 3: /* draw anew */
		corpus->plan[at].n = 0;
		break;
	default: /* splice */
		other = corpus_draw(corpus);
		plan_follow(corpus, at, other,
		    corpus_below(corpus, other->ncalls));
		break;
	}
}

/* The choices of the call that begins; none where the plan has ended. */
static void
corpus_begin_call(struct hunt_corpus *corpus, unsigned call)
{

	corpus->next = corpus->last = NULL;
	if (call < corpus->ncalls) {
		corpus->next = corpus->plan[call].choice;
		corpus->last = corpus->next + corpus->plan[call].n;
	}
}

void
corpus_plan(struct hunt_corpus *corpus)
{
	unsigned i;

	corpus->ncalls = 0;
	corpus->calls = BLIND_CALLS;
	if (corpus->nplayed < corpus->nread) {
		plan_follow(corpus, 0, &corpus->entry[corpus->nplayed], 0);
		corpus->calls = corpus->ncalls;
	} else if (corpus->nentries != 0 && corpus_below(corpus, 2) != 0) {
		plan_follow(corpus, 0, corpus_draw(corpus), 0);
		for (i = corpus_below(corpus, 4); i > 0; i--)
			plan_change(corpus);
		corpus->calls = corpus->ncalls + TAIL_MIN +
		    corpus_below(corpus, TAIL_MAX - TAIL_MIN);
	}
	if (corpus->calls > CORPUS_CALLS)
		corpus->calls = CORPUS_CALLS;
	corpus->tape.ncalls = corpus->tape.nchoices = 0;
	corpus->full = false;
	corpus->reached = 0;
	corpus->before = 0;
	memset(corpus->seen, 0, sizeof(corpus->seen));
	corpus_begin_call(corpus, 0);
}

/* ---- the round ----------------------------------------------------------- */

bool
corpus_next_call(struct hunt_corpus *corpus)
{

	if (corpus->tape.ncalls + 1 >= corpus->calls)
		return (false);
	tape_end_call(&corpus->tape);
	corpus_begin_call(corpus, corpus->tape.ncalls);
	return (true);
}

unsigned
corpus_choice(struct hunt_corpus *corpus, uint64_t *random, unsigned bound)
{
	struct corpus_tape *tape = &corpus->tape;
	unsigned choice;

	choice = corpus->next != corpus->last ? *corpus->next++ % bound :
						random_below(random, bound);
	if (tape->nchoices < CORPUS_CHOICES)
		tape->choice[tape->nchoices++] = (uint16_t)choice;
	else
		corpus->full = true;
	return (choice);
}

/* Numbers that tell a state, one after another, as one. */
static uint32_t
state_add(uint32_t state, uint64_t number)
{

	state ^= (uint32_t)(number ^ (number >> 32));
	return ((state ^ (state >> 15)) * UINT32_C(0x2c1b3c6d) + 1);
}

static unsigned
magnitude(int64_t count)
{
	const uint64_t size = count < 0 ? -(uint64_t)count : (uint64_t)count;

	return ((count < 0 ? 64 : 0) +
	    (size == 0 ? 0 : 64 - (unsigned)__builtin_clzll(size)));
}

/* The kernel is in "state", which it has reached by "cost" calls. */
static void
corpus_reach(struct hunt_corpus *corpus, const struct hunt_round *r,
    uint32_t state, uint64_t cost)
{
	uint32_t *soonest = &corpus->soonest[state % CORPUS_FEATURES];

	if (*soonest != 0 && cost > *soonest / 2)
		return;
	*soonest = cost == 0 ? 1 : (uint32_t)cost;
	corpus->reached = corpus->tape.ncalls + 1;
	corpus->cost = cost;
	(void)pmapsim_trace_text(r->trace, &corpus->text);
}

/* Which counters the last statement has moved: a bit for each. */
static unsigned
corpus_moved(struct hunt_corpus *corpus, const struct pmap_state *st,
    const struct machine *mach)
{
	const uint64_t now[8] = {st->pmap_pde_promotions,
	    st->pmap_pde_demotions, st->pmap_pde_p_failures,
	    st->pmap_pde_mappings, (uint64_t)st->pc_chunk_allocs,
	    (uint64_t)mach->vm_reserv->broken, (uint64_t)mach->vm_reserv->freed,
	    (uint64_t)mach->vm_reserv->reclaimed};
	unsigned i, moved = 0;

	for (i = 0; i < 8; i++) {
		moved |= (unsigned)(now[i] != corpus->seen[i]) << i;
		corpus->seen[i] = now[i];
	}
	return (moved);
}

void
corpus_look(struct hunt_corpus *corpus, const struct hunt_round *r, unsigned op)
{
	struct pmapsim_replay *replay = r->judge.side[0].replay;
	const struct machine *mach = pmapsim_replay_machine(replay);
	const uint64_t cost = pmapsim_replay_result(replay)->calls;
	const struct pmapsim_promote_failure *failure;
	const struct pmap_state *st;
	unsigned i, moved;
	uint32_t state;

	if (mach == NULL)
		return;
	st = mach->pmap;
	moved = corpus_moved(corpus, st, mach);
	state = state_add(state_add(state_add(1, op), moved),
	    st->superpages != 0);
	corpus_reach(corpus, r, state, cost);
	if (moved != 0)
		corpus_reach(corpus, r, state_add(state, corpus->before), cost);
	if ((moved & 4) != 0) {
		failure = &st->last_failure;
		state = state_add(state_add(2, failure->reason), op);
		state = state_add(state, failure->bits);
		state = state_add(state,
		    failure->index == 0		     ? 0 :
			failure->index == NPTEPG - 1 ? 2 :
						       1);
		corpus_reach(corpus, r, state, cost);
	}
	const int64_t counts[] = {(int64_t)st->superpages, st->pv_entry_count,
	    st->pc_chunk_count, st->kernel_pmap_store.pm_stats.resident_count,
	    st->kernel_pmap_store.pm_stats.wired_count,
	    mach->cnt.v_inactive_count, mach->cnt.v_active_count,
	    mach->cnt.v_free_count};
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		corpus_reach(corpus, r,
		    state_add(state_add(3, i), magnitude(counts[i])), cost);
	corpus->before = op;
}
