/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of pmapsim_diff() share.
 */
#ifndef STUDY_DIFF_H
#define STUDY_DIFF_H

#include <pmapsim/diff.h>

/*
 * What the passes over the trace have in common: who is told of the statements
 * made, and how many that will be.  Lives as long as one pmapsim_diff().
 */
struct diff_watch {
	const struct pmapsim_diff_options *options;
	uint64_t done, total;
	bool stopped; /* by the hook */
};

/* Tells of a statement; false ends the passes. */
bool diff_tell(struct diff_watch *watch);

/*
 * Where the first kernel panics on the calls of "trace": notes that panic in
 * "diff", and which switches of the second end it.  Errors are
 * PMAPSIM_ENOMEM, and what pmapsim_replay_start() gives for the first kernel.
 */
int diff_ending(const struct pmapsim_trace *trace, struct diff_watch *watch,
    struct pmapsim_diff *diff, char *err, size_t errsize);

#endif /* STUDY_DIFF_H */
