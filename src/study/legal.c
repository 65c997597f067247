/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Callers' rules, from a statement's text and a look at the machine.
 */
#include "study/legal.h"

#include <stdio.h>
#include <string.h>

#include "amd64/pmap_var.h"
#include "trace/trace_var.h"
#include "vm/vm_object.h"

/* The value of "repeat=" in the statement; 1 when it has none. */
static unsigned long long
legal_repeat(const char *text)
{
	const char *key = strstr(text, "repeat=");
	unsigned long long n = 1;

	if (key != NULL)
		sscanf(key, "repeat=%llu", &n);
	return (n);
}

/*
 * Marks "n" kernel pages from "va" on, as the trace writes it; false when one
 * is to be entered that is already.
 */
static bool
legal_kernel(struct legal *legal, const struct pmapsim_replay *replay,
    unsigned long long va, unsigned long long n, bool enter)
{
	const vm_offset_t min = replay->reader.kernel_min;
	unsigned long long i;
	uint8_t bit;

	if (va < min)
		return (true);
	i = (va - min) >> PAGE_SHIFT;
	for (; n > 0 && i < LEGAL_KERNEL_PAGES; n--, i++) {
		bit = (uint8_t)(1u << (i % 8));
		if (enter && (legal->entered[i / 8] & bit) != 0)
			return (false);
		if (enter)
			legal->entered[i / 8] |= bit;
		else
			legal->entered[i / 8] &= (uint8_t)~bit;
	}
	return (true);
}

/*
 * Whether none of the pages is mapped.  Goes through the object's list: a
 * lookup would move the splay tree.
 */
static bool
legal_free(struct pmapsim_replay *replay, const char *object,
    unsigned long long pindex, unsigned long long n)
{
	struct machine *mach = pmapsim_replay_machine(replay);
	const struct vm_object *o = pmapsim_replay_object(replay, object);
	const struct vm_page *m;

	if (o == NULL)
		return (true); /* the replay will say so */
	TAILQ_FOREACH(m, &o->memq, listq)
		if (m->pindex >= pindex && m->pindex - pindex < n &&
		    (!TAILQ_EMPTY(&m->md.pv_list) ||
			!TAILQ_EMPTY(&pa_to_pvh(mach, VM_PAGE_TO_PHYS(m))
					  ->pv_list)))
			return (false);
	return (true);
}

bool
legal_statement(struct legal *legal, struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement)
{
	unsigned long long a, b;
	char text[512], object[64];

	if (statement->length >= sizeof(text))
		return (true);
	memcpy(text, statement->text, statement->length);
	text[statement->length] = '\0';
	if (sscanf(text, "pmap_enter kernel %llx", &a) == 1)
		return (legal_kernel(legal, replay, a, legal_repeat(text),
		    true));
	if (sscanf(text, "pmap_remove kernel %llx %llx", &a, &b) == 2 && b > a)
		return (legal_kernel(legal, replay, a, (b - a) >> PAGE_SHIFT,
		    false));
	if (sscanf(text, "vm_page_free %63s %llu", object, &a) == 2 &&
	    pmapsim_replay_machine(replay) != NULL)
		return (legal_free(replay, object, a, legal_repeat(text)));
	return (true);
}
