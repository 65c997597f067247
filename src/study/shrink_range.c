/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shrinking by growing: a call on a part of a 2 MB region becomes one on all
 * of it, or on all but its first page, where that makes others needless.
 */
#include "study/shrink.h"

#include <stdlib.h>
#include <string.h>

#include <pmapsim/pmap.h>

/* Whether "st" maps or unmaps a range that its arguments give page by page. */
static bool
shrink_is_range(const struct trace_stmt *st)
{
	const struct trace_reach *reach = &st->op->maps;

	return ((reach->does == TD_MAPS || reach->does == TD_UNMAPS) &&
	    (reach->extent == TX_TO_END ||
		(reach->extent == TX_PAGES &&
		    (st->op->allowed & TK(TK_REPEAT)) != 0)));
}

/* Whether "st" unmaps a whole 2 MB region, and no more. */
static bool
shrink_is_whole(const struct trace_stmt *st)
{
	struct trace_range range = trace_stmt_range(st, 0);

	return (range.does == TD_UNMAPS && (range.start & PDRMASK) == 0 &&
	    range.end - range.start == NBPDR);
}

/*
 * Makes "*grown" of "st": its range all of its 2 MB region, or all but the
 * first page, and the pages of an object that it names moved with it.  False
 * when it has no such range, or the object none of those pages.
 */
static bool
shrink_grown(const struct trace_stmt *st, bool but_first,
    struct trace_stmt *grown)
{
	const struct trace_reach *reach = &st->op->maps;
	vm_offset_t start;
	vm_pindex_t pindex;
	int i;

	if (!shrink_is_range(st))
		return (false);
	*grown = *st;
	start = trunc_2mpage(st->num[reach->at]) + (but_first ? PAGE_SIZE : 0);
	grown->num[reach->at] = start;
	if (reach->extent == TX_TO_END)
		grown->num[reach->to] = trunc_2mpage(start) + NBPDR;
	else
		trace_stmt_set(grown, TK_REPEAT, but_first ? 511 : 512);
	for (i = 0; i < TRACE_ARGS_MAX; i++)
		if (st->op->args[i] == TA_PINDEX) {
			pindex = st->num[i] + atop(start) -
			    atop(st->num[reach->at]);
			if (pindex > TRACE_PINDEX_MAX)
				return (false);
			grown->num[i] = pindex;
		}
	return (true);
}

/* Grows the range of "i", with statement "other" gone if it is not 0. */
static bool
shrink_grow(struct shrink *s, unsigned i, unsigned other, bool but_first)
{
	struct trace_stmt grown;

	return (shrink_grown(&s->stmts[i], but_first, &grown) &&
	    shrink_replace(s, i, &grown, other));
}

/*
 * Grows the range of "i" and lets it stand for all that is done to the region
 * from the last call before it that removes a whole one to the next.
 */
static bool
shrink_stand_for(struct shrink *s, unsigned i, bool but_first)
{
	struct pmapsim_finding finding;
	struct trace_stmt *saved, grown;
	unsigned from, to, n = s->n;

	if (s->stmts[i].op->maps.does != TD_MAPS ||
	    !shrink_is_range(&s->stmts[i]))
		return (false);
	if (!shrink_grown(&s->stmts[i], but_first, &grown))
		grown = s->stmts[i];
	for (from = i; from > 1 && shrink_is_range(&s->stmts[from - 1]) &&
	     !shrink_is_whole(&s->stmts[from - 1]);
	     from--)
		continue;
	for (to = i + 1; to < s->n && shrink_is_range(&s->stmts[to]) &&
	     !shrink_is_whole(&s->stmts[to]);
	     to++)
		continue;
	if (to - from < 2)
		return (false);
	saved = malloc(n * sizeof(*saved));
	if (saved == NULL) {
		s->no_memory = true;
		return (false);
	}
	memcpy(saved, s->stmts, n * sizeof(*saved));
	s->stmts[from] = grown;
	shrink_drop(s, from + 1, to);
	if (shrink_fails(s, 0, 0, &finding)) {
		shrink_cut(s, &finding);
		free(saved);
		return (true);
	}
	memcpy(s->stmts, saved, n * sizeof(*saved));
	s->n = n;
	free(saved);
	return (false);
}

/*
 * Grows ranges and drops what that makes needless; true when the sequence got
 * shorter, else it is as it was.
 */
bool
shrink_regions(struct shrink *s)
{
	struct trace_stmt *saved;
	unsigned n = s->n, i, other, but_first;

	saved = malloc(n * sizeof(*saved));
	if (saved == NULL) {
		s->no_memory = true;
		return (false);
	}
	memcpy(saved, s->stmts, n * sizeof(*saved));
	for (but_first = 0; but_first < 2; but_first++)
		for (i = 1; i < s->n; i++)
			shrink_stand_for(s, i, but_first);
	for (but_first = 0; but_first < 2; but_first++)
		for (i = 1; i < s->n; i++) {
			shrink_grow(s, i, 0, but_first);
			for (other = 1; other < s->n; other++)
				if (other != i)
					shrink_grow(s, i, other, but_first);
		}
	shrink_statements(s);
	if (s->n >= n) {
		memcpy(s->stmts, saved, n * sizeof(*saved));
		s->n = n;
	}
	free(saved);
	return (s->n < n);
}
