/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls that are explored are those that a hunt draws: a row of the family
 * is called about each of the few scenes that the family has of a tiny machine.
 * A row that a hunt seldom draws is called about the first of them alone, so
 * that there are few calls, and the sequences long.
 */
#include "study/explore.h"

#include <stdlib.h>
#include <string.h>

#include "study/hunt_round.h"
#include "trace/trace_var.h"
#include "vm/vm_kernels.h"

#define EXPLORE_SCENES 4

/*
 * What scenes leave open is chosen by a number: a word of a list, or whether a
 * flag is there, which by these numbers only the third scene's calls have.
 */
static const uint8_t explore_choices[EXPLORE_SCENES] = {3, 2, 8, 1};

/* Adds a call, unless it is there.  False: the host has no memory for it. */
static bool
explore_calls_add(struct explore_calls *calls, const char *text)
{
	unsigned i;

	for (i = 0; i < calls->n; i++)
		if (strcmp(calls->text[i], text) == 0)
			return (true);
	calls->text[i] = strdup(text);
	if (calls->text[i] == NULL)
		return (false);
	calls->n++;
	return (true);
}

/* Writes the call of row "op" about scene "i"; false: there is no such. */
static bool
explore_write(struct hunt_round *r, const struct hunt_family *family,
    const struct trace_op *op, unsigned i)
{
	struct hunt_scene scene = {0};
	uint8_t choices[32];
	struct pmapsim_hunt_options options = {.bytes = choices,
	    .nbytes = sizeof(choices)};

	if (i >= EXPLORE_SCENES)
		return (false);
	memset(choices, explore_choices[i], sizeof(choices));
	r->options = &options;
	r->used = 0;
	r->text->n = 0;
	return (family->explored(r, op, i, &scene) && hunt_draw(r, op, &scene));
}

int
explore_calls_find(struct explore_calls *calls, struct pmapsim_replay *replay,
    const struct hunt_family *family, enum trace_family f, bool tlb)
{
	const struct machine *mach = pmapsim_replay_machine(replay);
	const struct trace_op *op;
	struct hunt_text text;
	struct hunt_round *r;
	bool memory = true;
	unsigned i;

	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return (PMAPSIM_ENOMEM);
	r->judge.side[0].replay = replay;
	r->today = kernel_memory_has_arenas(mach);
	r->ncpu = mach->config.ncpu;
	r->text = &text;
	for (op = trace_ops; op < trace_ops + OP_COUNT; op++) {
		if (!hunt_draws_row(op, f, mach) ||
		    ((op->rules & TR_TLB) != 0 && !tlb))
			continue;
		for (i = 0; i < op->drawn[f] && memory &&
		     explore_write(r, family, op, i);
		     i++)
			memory = explore_calls_add(calls, text.s);
	}
	free(r);
	return (memory ? PMAPSIM_OK : PMAPSIM_ENOMEM);
}

void
explore_calls_free(struct explore_calls *calls)
{
	unsigned i;

	for (i = 0; i < calls->n; i++)
		free(calls->text[i]);
	calls->n = 0;
}
