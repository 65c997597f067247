/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state file of a hunt: whose it is, where the hunt stands, and what it has
 * counted so far.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/hunt.h"

#define STATE_FORMAT "1"

void
hunt_identity(const struct hunt *h, struct sheet *sheet)
{
	const struct pmapsim_hunt_options *o = &h->options;
	const char *tlb = o->tlb != NULL ? o->tlb : "-";

	sheet_put(sheet, "version", "%s", pmapsim_version());
	sheet_put(sheet, "kernel", "%s", o->judge.kernel);
	sheet_put(sheet, "against", "%s",
	    o->judge.against != NULL ? o->judge.against : "-");
	sheet_put(sheet, "seed", "%" PRIu64, o->seed);
	sheet_put(sheet, "families", "%u",
	    o->families != 0 ? o->families : PMAPSIM_HUNT_ALL);
	sheet_put(sheet, "cpus", "%u", o->ncpu);
	sheet_put(sheet, "invariants", "%d", o->invariants);
	sheet_put(sheet, "audit", "%u", o->judge.audit_each);
	/* A description has many lines; its sum tells it from others. */
	if (strchr(tlb, '\n') != NULL)
		sheet_put(sheet, "tlb", "description %016" PRIx64,
		    sheet_sum(0, tlb, strlen(tlb)));
	else
		sheet_put(sheet, "tlb", "%s", tlb);
}

/* The head of the state file. */
static void
state_head(const struct hunt *h, struct sheet *sheet)
{

	memset(sheet, 0, sizeof(*sheet));
	sheet_put(sheet, "pmapsim-hunt", STATE_FORMAT);
	hunt_identity(h, sheet);
	sheet_put(sheet, "shard", "%u/%u", h->options.shard,
	    h->options.shards != 0 ? h->options.shards : 1);
}

bool
hunt_save(struct hunt *h)
{
	const struct pmapsim_hunt_position *at = &h->position;
	char hex[2 * sizeof(at->states) + 1];
	struct sheet sheet;
	size_t i;

	if (h->state == NULL)
		return (true);
	state_head(h, &sheet);
	sheet_put(&sheet, "goal", "%" PRIu64, h->options.calls);
	sheet_put(&sheet, "round", "%" PRIu64, at->round);
	sheet_put(&sheet, "calls", "%" PRIu64, at->calls);
	sheet_put(&sheet, "statements", "%" PRIu64, at->statements);
	sheet_put(&sheet, "promotions", "%" PRIu64, at->promotions);
	for (i = 0; i < sizeof(at->states); i++) {
		hex[2 * i] = "0123456789abcdef"[at->states[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[at->states[i] & 15];
	}
	hex[2 * i] = '\0';
	sheet_put(&sheet, "states", "%s", hex);
	h->failed = !sheet_write(&sheet, h->state);
	return (!h->failed);
}

/* The value of a digit of the bitmap; 16: it is none. */
static unsigned
state_digit(char c)
{

	return (c >= '0' && c <= '9' ? (unsigned)(c - '0') :
		c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 :
				       16);
}

/* Reads the bitmap of the kernel's states. */
static bool
state_bitmap(const char *hex, struct pmapsim_hunt_position *at)
{
	unsigned high, low;
	size_t i;

	if (hex == NULL || strlen(hex) != 2 * sizeof(at->states))
		return (false);
	at->nstates = 0;
	for (i = 0; i < sizeof(at->states); i++) {
		high = state_digit(hex[2 * i]);
		low = state_digit(hex[2 * i + 1]);
		if (high > 15 || low > 15)
			return (false);
		at->states[i] = (uint8_t)(high << 4 | low);
		at->nstates += (unsigned)__builtin_popcount(at->states[i]);
	}
	return (true);
}

bool
hunt_read_position(struct sheet *sheet, const char *path, uint64_t *goal,
    struct pmapsim_hunt_position *at)
{

	if (!sheet_take_number(sheet, "goal", goal) ||
	    !sheet_take_number(sheet, "round", &at->round) ||
	    !sheet_take_number(sheet, "calls", &at->calls) ||
	    !sheet_take_number(sheet, "statements", &at->statements) ||
	    !sheet_take_number(sheet, "promotions", &at->promotions))
		return (sheet_is_bad(sheet, path,
		    "goal, round, calls, statements and promotions"));
	return (state_bitmap(sheet_take(sheet, "states"), at) ||
	    sheet_is_bad(sheet, path, "states and their bits"));
}

bool
hunt_resume(struct hunt *h)
{
	struct sheet sheet, head;
	uint64_t goal;

	if (h->state == NULL)
		return (true);
	switch (sheet_read(&sheet, h->state)) {
	case SHEET_ABSENT:
		return (true);
	case SHEET_BAD:
		return (false);
	case SHEET_READ:
		break;
	}
	state_head(h, &head);
	return (sheet_is_of(&sheet, &head, h->state, "hunt") &&
	    hunt_read_position(&sheet, h->state, &goal, &h->position));
}
