/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the shrinker's files share: the sequence that is being shrunk, and a
 * trial of it.
 */
#ifndef STUDY_SHRINK_H
#define STUDY_SHRINK_H

#include "study/judge.h"
#include "trace/trace_stmt.h"

/*
 * A sequence being shrunk: its statements, the first the machine's, whose
 * texts lie in the trace that is shrunk.  Made by pmapsim_shrink() on host
 * memory; statements are changed in place, one at a time, and put back when
 * the trial does not fail.
 */
struct shrink {
	struct trace_stmt *stmts;
	unsigned n;
	char *text; /* of a trial */
	size_t room;
	const struct pmapsim_shrink_options *options;
	struct pmapsim_finding wanted;
	unsigned trials; /* left */
	uint64_t done;	 /* trials */
	bool stopped;	 /* by the hook */
	bool last;	 /* a trial that is made in any case */
	char *err;
	size_t errsize;
	bool no_memory;
};

/* Whether all statements but [from, to) still fail as wanted. */
bool shrink_fails(struct shrink *s, unsigned from, unsigned to,
    struct pmapsim_finding *finding);
/*
 * Whether the sequence still fails with statement "i" replaced by "with" and,
 * unless it is 0, statement "other" dropped.  If so, it is that sequence now
 * and ends where it failed; if not, it is unchanged.
 */
bool shrink_replace(struct shrink *s, unsigned i, const struct trace_stmt *with,
    unsigned other);
/* Drops statements [from, to). */
void shrink_drop(struct shrink *s, unsigned from, unsigned to);
/* Drops what comes after the failing statement. */
void shrink_cut(struct shrink *s, const struct pmapsim_finding *finding);

/* The passes; each is true when it made the sequence simpler. */
bool shrink_statements(struct shrink *s);
bool shrink_regions(struct shrink *s);	 /* shrink_range.c */
bool shrink_arguments(struct shrink *s); /* shrink_number.c */

#endif /* STUDY_SHRINK_H */
