/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shrinking numbers: those of arguments and keys become smaller or rounder,
 * and keys that only repeat a call or move it to another CPU go.
 */
#include "study/shrink.h"

#include <pmapsim/pmap.h>

/* Above this a number is an address and is only rounded. */
#define SHRINK_ADDRESS (UINT64_C(1) << 28)

/* The numbers of a statement: its arguments, then its keys. */
#define SHRINK_SLOTS (TRACE_ARGS_MAX + TK_FLAGS)

/* Where the "slot"th number of "st" is; NULL: it has no such number. */
static uint64_t *
shrink_slot(struct trace_stmt *st, int slot)
{
	const uint32_t numbers = TK(TK_WIRED) | TK(TK_REPEAT) | TK(TK_COLOR) |
	    TK(TK_ACTIVE) | TK(TK_CPU);
	int key = slot - TRACE_ARGS_MAX;

	if (key < 0)
		return (slot < trace_op_args(st->op) &&
			    trace_arg_is_number(st, slot) ?
			&st->num[slot] :
			NULL);
	return ((st->keys & numbers & TK(key)) != 0 ? &st->key[key] : NULL);
}

/* Tries statement "i" with "value" as its "slot"th number. */
static bool
shrink_try(struct shrink *s, unsigned i, int slot, uint64_t value)
{
	struct trace_stmt with = s->stmts[i];

	*shrink_slot(&with, slot) = value;
	return (shrink_replace(s, i, &with, 0));
}

/* Tries statement "i" without "key". */
static bool
shrink_try_without(struct shrink *s, unsigned i, enum trace_key key)
{
	struct trace_stmt with = s->stmts[i];

	with.keys &= ~TK(key);
	return (shrink_replace(s, i, &with, 0));
}

/* Tries smaller and rounder values of one number, until one is right. */
static bool
shrink_number(struct shrink *s, unsigned i, int slot, uint64_t value)
{
	static const uint64_t steps[] = {0, 1, 2, 4096, 8192, 1 << 20, 2 << 20};
	unsigned k;

	if (slot == TRACE_ARGS_MAX + TK_REPEAT &&
	    shrink_try_without(s, i, TK_REPEAT))
		return (true);
	if (slot == TRACE_ARGS_MAX + TK_CPU && shrink_try_without(s, i, TK_CPU))
		return (true);
	/* An address goes to the start of its 2 MB region. */
	if (value >= SHRINK_ADDRESS)
		return (shrink_try(s, i, slot, trunc_2mpage(value)));
	for (k = 0; k < sizeof(steps) / sizeof(steps[0]); k++)
		if (steps[k] < value && shrink_try(s, i, slot, steps[k]))
			return (true);
	return (value > 2 && shrink_try(s, i, slot, value / 2));
}

bool
shrink_arguments(struct shrink *s)
{
	uint64_t *value;
	unsigned i;
	int slot;
	bool changed = false;

	for (i = 1; i < s->n; i++)
		for (slot = 0; i < s->n && slot < SHRINK_SLOTS; slot++) {
			value = shrink_slot(&s->stmts[i], slot);
			if (value != NULL)
				changed |= shrink_number(s, i, slot, *value);
		}
	return (changed);
}
