/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small-scope exhaustion: every sequence of the calls that a hunt draws, about
 * a few scenes, on a tiny machine, the shortest first.  Where two sequences
 * lead to states with the same mark only the first is gone on from, so the
 * number of states grows and not the number of sequences.
 *
 * A state is reached by replaying its sequence on a fresh machine: booting a
 * tiny one costs less than keeping many.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study/explore.h"
#include "study/hunt_round.h"
#include "trace/trace_var.h"
#include "vm/vm_kernels.h"

#define EXPLORE_STATES_DEFAULT 1000000
#define EXPLORE_TEXT_MAX 8192

/* A family's tiny machine with its set-up. */
static const struct explore_alphabet {
	const struct hunt_family *family;
	enum trace_family f;
	bool today; /* of a kernel of 2022 or later */
	const char *machine, *setup;
} alphabets[] = {
    {&hunt_family_raw, TY_RAW, false, "machine mem=10M first=4M kmem=2M ncpu=1",
	"kmem_alloc_nofault 2M\n"
	"vm_page_alloc kernel 512 wired repeat=512\n"
	"kmem_alloc_nofault 2M\n"
	"# That was the set-up; these calls were explored:\n"},
    {&hunt_family_kmem, TY_KMEM, false,
	"machine mem=16M first=4M kmem=4M ncpu=1", ""},
    {&hunt_family_user, TY_USER, false,
	"machine mem=16M first=4M kmem=2M ncpu=1",
	"vm_object_allocate o0 1024 color=0\n"
	"vm_page_alloc o0 0 repeat=512\n"
	"pmap_pinit u0\n"
	"pmap_pinit u1\n"
	"# That was the set-up; these calls were explored:\n"},
    {&hunt_family_space, TY_SPACE, false,
	"machine mem=16M first=4M kmem=2M ncpu=1",
	"vm_object_allocate f0 4\n"
	"vmspace_alloc s0\n"
	"mmap s0 0x800000000 8K prot=rw fixed\n"
	"access s0 0x800000000 w repeat=2\n"
	"vmspace_fork s1 s0\n"
	"# That was the set-up; these calls were explored:\n"},
    /* The page that is allocated first is the kernel's of its boot. */
    {&hunt_family_raw, TY_RAW, true, "machine mem=12M first=4M kva=4M ncpu=1",
	"kmem_malloc 4K\n"
	"vm_page_alloc kernel 0 wired repeat=512\n"
	"# That was the set-up; these calls were explored:\n"},
    {&hunt_family_kmem, TY_KMEM, true, "machine mem=20M first=4M ncpu=1",
	"kmem_malloc 4K\n"
	"# That was the set-up; these calls were explored:\n"},
    {&hunt_family_user, TY_USER, true, "machine mem=16M first=4M ncpu=1",
	"vm_object_allocate o0 1024 color=0\n"
	"vm_page_alloc o0 0 repeat=512\n"
	"pmap_pinit u0\n"
	"pmap_pinit u1\n"
	"# That was the set-up; these calls were explored:\n"},
};
#define NALPHABETS (sizeof(alphabets) / sizeof(alphabets[0]))

/*
 * A state: how it was first reached.  Node 0 is the one after set-up; nodes
 * are appended in order of depth and never leave.
 */
struct explore_node {
	uint32_t parent;
	uint16_t call;
	uint16_t depth;
};

/*
 * One exploration.  On the stack of pmapsim_explore(); calls, nodes and marks
 * are host memory, of which the last two grow with the states seen, for one
 * alphabet at a time.
 */
struct explore {
	const struct pmapsim_explore_options *options;
	const struct explore_alphabet *alphabet;
	struct explore_calls calls; /* of the alphabet */
	struct explore_node *nodes;
	uint64_t n, room;
	uint64_t *marks; /* open addressing; 0: empty */
	uint64_t nmarks; /* a power of two */
	unsigned depth;	 /* tried in full, by each alphabet so far */
	bool stopped;	 /* by the hook */
	int error;	 /* why it ends early, if it does */
	char *err;
	size_t errsize;
};

/* ---- states ------------------------------------------------------------- */

/* Adds "mark" to a set that has room; false when it is there already. */
static bool
explore_insert(uint64_t *marks, uint64_t size, uint64_t mark)
{
	uint64_t i;

	mark += mark == 0;
	for (i = mark & (size - 1); marks[i] != 0; i = (i + 1) & (size - 1))
		if (marks[i] == mark)
			return (false);
	marks[i] = mark;
	return (true);
}

/* Adds a state; 1 when it is new, 0 when known, -1 without memory. */
static int
explore_add(struct explore *x, uint64_t mark, uint32_t parent, uint16_t call,
    uint16_t depth)
{
	struct explore_node *nodes;
	uint64_t *marks, i;

	if (2 * (x->n + 1) > x->nmarks) {
		marks = calloc(2 * x->nmarks, sizeof(*marks));
		if (marks == NULL)
			return (-1);
		for (i = 0; i < x->nmarks; i++)
			if (x->marks[i] != 0)
				explore_insert(marks, 2 * x->nmarks,
				    x->marks[i]);
		free(x->marks);
		x->marks = marks;
		x->nmarks *= 2;
	}
	if (!explore_insert(x->marks, x->nmarks, mark))
		return (0);
	if (x->n == x->room) {
		nodes = realloc(x->nodes, 2 * x->room * sizeof(*nodes));
		if (nodes == NULL)
			return (-1);
		x->nodes = nodes;
		x->room *= 2;
	}
	x->nodes[x->n++] = (struct explore_node) {parent, call, depth};
	return (1);
}

/* ---- sequences ---------------------------------------------------------- */

/* Writes set-up, the calls to "node", and "call" unless it is NULL. */
static size_t
explore_text(const struct explore *x, uint32_t node, const char *call,
    char *text)
{
	uint16_t path[UINT8_MAX];
	unsigned n = 0;
	size_t size;

	for (; node != 0; node = x->nodes[node].parent)
		path[n++] = x->nodes[node].call;
	/* Its addresses are those of the kernel that the machine names. */
	size = (size_t)snprintf(text, EXPLORE_TEXT_MAX, "%s%s%s\n%s",
	    x->alphabet->machine,
	    x->options->judge.kernel != NULL ? " kernel=" : "",
	    x->options->judge.kernel != NULL ? x->options->judge.kernel : "",
	    x->alphabet->setup);
	while (n > 0 && size < EXPLORE_TEXT_MAX)
		size += (size_t)snprintf(text + size, EXPLORE_TEXT_MAX - size,
		    "%s", x->calls.text[path[--n]]);
	if (call != NULL && size < EXPLORE_TEXT_MAX)
		size += (size_t)snprintf(text + size, EXPLORE_TEXT_MAX - size,
		    "%s", call);
	return (size < EXPLORE_TEXT_MAX ? size : 0);
}

/*
 * What callers know belongs to the state too: a call that did nothing may yet
 * have changed which calls are legal.
 */
static uint64_t
explore_callers(const struct legal *legal)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < sizeof(legal->entered); i++)
		h = (h ^ legal->entered[i]) * UINT64_C(0x100000001b3);
	return (h);
}

/*
 * Makes the sequence to "node" and "call".  The verdict is that of the last
 * statement made; "*mark" is the state it leads to.
 */
static enum judge_verdict
explore_try(struct explore *x, uint32_t node, const char *call, uint64_t *mark,
    struct pmapsim_finding *finding, struct pmapsim_trace **tracep)
{
	char text[EXPLORE_TEXT_MAX];
	enum judge_verdict verdict;
	struct pmapsim_judge rules = x->options->judge;
	struct judge j;
	size_t size;

	size = explore_text(x, node, call, text);
	if (size == 0) {
		snprintf(x->err, x->errsize,
		    "depth %u: the sequence is too "
		    "long to be written",
		    x->options->depth);
		x->error = PMAPSIM_EINVAL;
		return (JUDGE_BAD_INPUT);
	}
	x->error = pmapsim_trace_from_memory("explore", text, size, tracep,
	    x->err, x->errsize);
	if (x->error != PMAPSIM_OK)
		return (JUDGE_BAD_INPUT);
	rules.legal = true;
	memset(finding, 0, sizeof(*finding));
	x->error = judge_start(&j, *tracep, &rules, x->err, x->errsize);
	if (x->error != PMAPSIM_OK)
		return (JUDGE_BAD_INPUT);
	do
		verdict = judge_step(&j, finding);
	while (verdict == JUDGE_GOES_ON);
	/* A name or a page is there, or gone, so that the call cannot be. */
	if (verdict == JUDGE_BAD_INPUT && call != NULL)
		verdict = JUDGE_ENDED;
	x->error = judge_error(&j, verdict, x->err, x->errsize);
	/* Stopped early: illegal, or out of memory; leads nowhere new. */
	*mark = 0;
	if (pmapsim_replay_result(j.side[0].replay)->outcome ==
	    PMAPSIM_REPLAY_MATCHED)
		*mark = trace_replay_mark(j.side[0].replay) ^
		    explore_callers(&j.legal);
	judge_end(&j);
	return (verdict);
}

/*
 * Goes on from "node" by each call.  1: something failed, and the result has
 * it; 0: nothing did; -1: an error.
 */
static int
explore_expand(struct explore *x, uint32_t node,
    struct pmapsim_explore_result *result)
{
	enum judge_verdict verdict;
	struct pmapsim_trace *trace;
	uint64_t mark;
	uint16_t c;

	for (c = 0; c < x->calls.n; c++) {
		trace = NULL;
		result->sequences++;
		verdict = explore_try(x, node, x->calls.text[c], &mark,
		    &result->finding, &trace);
		if (verdict == JUDGE_FAILED) {
			result->trace = trace;
			result->depth = x->nodes[node].depth + 1u;
			return (1);
		}
		pmapsim_trace_close(trace);
		if (x->error != PMAPSIM_OK)
			return (-1);
		if (x->options->progress != NULL &&
		    !x->options->progress(x->options->arg, result->sequences,
			0)) {
			x->stopped = true;
			return (0);
		}
		if (mark != 0 &&
		    explore_add(x, mark, node, c,
			(uint16_t)(x->nodes[node].depth + 1)) < 0)
			return (-1);
	}
	return (0);
}

/* Finds the alphabet's calls, on the machine after set-up. */
static bool
explore_find_calls(struct explore *x)
{
	const struct pmapsim_judge *judge = &x->options->judge;
	struct pmapsim_replay_options options = {.kernel = judge->kernel,
	    .tlb = judge->tlb,
	    .ignore_results = true};
	struct pmapsim_replay *replay;
	struct pmapsim_trace *trace;
	char text[EXPLORE_TEXT_MAX];

	x->error = pmapsim_trace_from_memory("explore", text,
	    explore_text(x, 0, NULL, text), &trace, x->err, x->errsize);
	if (x->error != PMAPSIM_OK)
		return (false);
	x->error = pmapsim_replay_start(trace, &options, &replay, x->err,
	    x->errsize);
	if (x->error == PMAPSIM_OK) {
		pmapsim_replay_run(replay);
		x->error = explore_calls_find(&x->calls, replay,
		    x->alphabet->family, x->alphabet->f, judge->tlb != NULL);
		if (x->error != PMAPSIM_OK)
			snprintf(x->err, x->errsize, "no memory");
		pmapsim_replay_end(replay);
	}
	pmapsim_trace_close(trace);
	return (x->error == PMAPSIM_OK);
}

/* All states of one alphabet, by depth. */
static int
explore_run(struct explore *x, struct pmapsim_explore_result *result)
{
	uint64_t max = x->options->max_states != 0 ? x->options->max_states :
						     EXPLORE_STATES_DEFAULT;
	struct pmapsim_trace *trace = NULL;
	uint64_t mark = 0, node;
	int found = 0;

	explore_try(x, 0, NULL, &mark, &result->finding, &trace);
	pmapsim_trace_close(trace);
	if (x->error != PMAPSIM_OK || !explore_find_calls(x) ||
	    explore_add(x, mark, 0, 0, 0) < 0)
		return (-1);
	for (node = 0; node < x->n && found == 0; node++) {
		if (x->nodes[node].depth >= x->options->depth)
			break;
		if (x->n < max)
			found = explore_expand(x, (uint32_t)node, result);
		if (x->n >= max || x->stopped) {
			result->complete = false;
			if (x->depth > x->nodes[node].depth)
				x->depth = x->nodes[node].depth;
			break;
		}
	}
	return (found);
}

int
pmapsim_explore(const struct pmapsim_explore_options *options,
    struct pmapsim_explore_result *result, char *err, size_t errsize)
{
	struct explore x = {.options = options,
	    .err = err,
	    .errsize = err != NULL ? errsize : 0};
	struct kernel kernel;
	unsigned families;
	bool today;
	size_t i;
	int found = 0;

	errsize = x.errsize;
	if (result != NULL)
		memset(result, 0, sizeof(*result));
	if (options == NULL || result == NULL) {
		snprintf(err, errsize,
		    "pmapsim_explore() needs options and a "
		    "place for the result");
		return (PMAPSIM_EINVAL);
	}
	families = options->families != 0 ? options->families :
					    PMAPSIM_HUNT_RAW;
	result->complete = true;
	if (options->depth < 1 || options->depth >= UINT8_MAX) {
		snprintf(err, errsize, "depth %u; 1 to %d would be right",
		    options->depth, UINT8_MAX - 1);
		return (PMAPSIM_EINVAL);
	}
	if (!kernel_parse(options->judge.kernel, &kernel, err, errsize))
		return (PMAPSIM_EINVAL);
	today = kernel_has_arenas(&kernel);
	if (today && families == PMAPSIM_HUNT_SPACE) {
		snprintf(err, errsize,
		    "explore in kernel %.60s: of the family \"space\" nothing "
		    "can be called; programs are simulated with kernels up to "
		    "9.0",
		    kernel.name);
		return (PMAPSIM_EINVAL);
	}
	x.depth = options->depth;
	for (i = 0; i < NALPHABETS && found == 0 && !x.stopped; i++) {
		if ((alphabets[i].family->bit & families) == 0 ||
		    alphabets[i].today != today)
			continue;
		x.alphabet = &alphabets[i];
		x.n = 0;
		x.room = x.nmarks = 1024;
		x.nodes = malloc(x.room * sizeof(*x.nodes));
		x.marks = calloc(x.nmarks, sizeof(*x.marks));
		found = x.nodes == NULL || x.marks == NULL ?
		    -1 :
		    explore_run(&x, result);
		result->states += x.n;
		explore_calls_free(&x.calls);
		free(x.nodes);
		free(x.marks);
	}
	/* What was stopped before it began was tried to no depth. */
	for (; i < NALPHABETS && x.stopped; i++)
		if ((alphabets[i].family->bit & families) != 0 &&
		    alphabets[i].today == today)
			x.depth = 0;
	if (found == 0)
		result->depth = x.depth;
	if (found < 0 && x.error == PMAPSIM_OK) {
		snprintf(err, errsize, "no memory");
		x.error = PMAPSIM_ENOMEM;
	}
	return (found < 0 ? x.error : PMAPSIM_OK);
}
