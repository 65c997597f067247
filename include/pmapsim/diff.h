/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What changed between two kernels: both make the same calls in step, and the
 * first call after which they differ is shown, with the switch that accounts
 * for it.
 */
#ifndef PMAPSIM_DIFF_H
#define PMAPSIM_DIFF_H

#include <pmapsim/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What to compare; read during pmapsim_diff() only. */
struct pmapsim_diff_options {
	const char *kernel_a;
	const char *kernel_b;
	/*
	 * Compare the whole state after every call.  Otherwise a trace of
	 * more than 2,000 statements is compared every 64 and only then call
	 * by call, which can miss a difference that heals in between.
	 */
	bool exact;
	/*
	 * Called after each statement that both kernels have made, all passes
	 * counted; "total" grows when a difference calls for another pass.
	 * False: pmapsim_diff() gives PMAPSIM_ESTOPPED.  NULL: nobody is told.
	 */
	pmapsim_progress *progress;
	void *arg;
};

/* A line of the canonical dump, or a result, that one side has alone. */
struct pmapsim_diff_line {
	char side; /* 'a' or 'b' */
	char *text;
};

#define PMAPSIM_DIFF_TOGETHER 8

/*
 * One difference.  Made by pmapsim_diff(), given back by pmapsim_diff_free();
 * owns its strings.
 */
struct pmapsim_diff {
	bool differs;	     /* false: no difference, the rest is empty */
	unsigned line;	     /* of the statement after which it shows */
	char *statement;     /* its text */
	bool in_result;	     /* the results differ, not (only) the state */
	const char *account; /* switch that accounts for it; NULL: no single
				one does */
	/* Where no single switch does: those that account for it together,
	 * none of which can be missed, NULL after the last; or none. */
	const char *together[PMAPSIM_DIFF_TOGETHER];
	/* Where neither does, and the machines differ from the boot on: the
	 * panic of kernel a on these calls, NULL when it has none, the line
	 * of its statement, and the switches of b that, each alone in a, let
	 * all calls be made without a panic, NULL after the last. */
	char *panic;
	unsigned panic_line;
	const char *ended[PMAPSIM_DIFF_TOGETHER];
	unsigned nlines; /* in "lines", dump order, a before b */
	struct pmapsim_diff_line *lines;
};

/*
 * Replays "trace" under both kernels of "options" to the first difference, the
 * trace's own results ignored, and returns it through "diff".  Takes two
 * replays, and one more for each switch in which the kernels differ.
 *
 * Errors are: PMAPSIM_EINVAL (a kernel is unknown or NULL, the trace is bad;
 * "err" says why), PMAPSIM_ENOMEM, PMAPSIM_ESTOPPED (the hook said so).  Then
 * "*diff" is empty.
 */
PMAPSIM_API int pmapsim_diff(const struct pmapsim_trace *trace,
    const struct pmapsim_diff_options *options, struct pmapsim_diff *diff,
    char *err, size_t errsize);
/*
 * Gives back what pmapsim_diff() put into "diff", and empties it.  An empty
 * one is left alone, NULL is ignored.
 */
PMAPSIM_API void pmapsim_diff_free(struct pmapsim_diff *diff);

/*
 * Writes to "buf" the name of kernel "kernel" with switch "name" as "like" has
 * it.  Errors are: PMAPSIM_EINVAL (an unknown name, or too long a one).
 */
PMAPSIM_API int pmapsim_kernel_with(const char *kernel, const char *name,
    const char *like, char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_DIFF_H */
