/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What differs between two kernels.  Both make the calls of one trace in step;
 * the first call after which results or states differ is found, with the
 * switch that accounts for it.
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
	 * Compare the whole state after every call.  Without it, in a trace of
	 * more than 2,000 statements, states are compared after every 64th
	 * statement, and call by call only where two differ; a difference that
	 * disappears within the 64 is missed.
	 */
	bool exact;
	/*
	 * Called after each statement that both kernels have made, in each pass
	 * over the trace.  "total" grows when a difference makes another pass
	 * necessary.  When it returns false pmapsim_diff() returns
	 * PMAPSIM_ESTOPPED.  NULL: no hook.
	 */
	pmapsim_progress *progress;
	void *arg;
};

/* A line of the canonical dump, or a result, that only one kernel has. */
struct pmapsim_diff_line {
	char side; /* which kernel: 'a' or 'b' */
	char *text;
};

/* Room for switches in the lists of struct pmapsim_diff, the NULL included. */
#define PMAPSIM_DIFF_TOGETHER 8

/*
 * One difference, which owns its strings.  pmapsim_diff() fills it in, and
 * pmapsim_diff_free() frees what it owns.
 */
struct pmapsim_diff {
	bool differs;	     /* false: no difference, the rest is empty */
	unsigned line;	     /* of the statement after which it shows */
	char *statement;     /* its text */
	bool in_result;	     /* the results differ, and maybe the states */
	const char *account; /* the switch that accounts for it; NULL: no single
				one does */
	/* Without "account": switches that account for it together, and none
	 * of which can be left out; NULL after the last, or at once. */
	const char *together[PMAPSIM_DIFF_TOGETHER];
	/* Without both, where the kernels boot different machines: the panic
	 * of kernel a on these calls, or NULL; the line of its statement; and
	 * the switches of kernel b each of which, set in kernel a alone, ends
	 * the panic, NULL after the last. */
	char *panic;
	unsigned panic_line;
	const char *ended[PMAPSIM_DIFF_TOGETHER];
	unsigned nlines; /* of "lines", in the dump's order, a before b */
	struct pmapsim_diff_line *lines;
};

/*
 * Replays "trace" under both kernels of "options" to the first difference and
 * returns it through "diff"; pmapsim_diff_free() frees it.  The results that
 * stand in the trace are ignored.  Takes two replays, and one more for each
 * switch in which the kernels differ; as many again when no single switch
 * accounts for the difference; and as many again when the kernels boot
 * different machines and the first one panics.
 *
 * Errors are: PMAPSIM_EINVAL (a kernel is unknown or NULL, or the trace is
 * bad; "err" says why), PMAPSIM_ENOMEM, PMAPSIM_ESTOPPED (the hook returned
 * false).  Then "*diff" is empty.
 */
PMAPSIM_API int pmapsim_diff(const struct pmapsim_trace *trace,
    const struct pmapsim_diff_options *options, struct pmapsim_diff *diff,
    char *err, size_t errsize);
/*
 * Frees what pmapsim_diff() put into "diff", and empties it.  An empty one is
 * left alone, and NULL is ignored.
 */
PMAPSIM_API void pmapsim_diff_free(struct pmapsim_diff *diff);

/*
 * Writes to "buf", of "size" bytes, the name of the kernel that is "kernel"
 * but for switch "name", which it has on or off as kernel "like" has it.
 *
 * Errors are: PMAPSIM_EINVAL (an unknown name, or a result that is too long).
 */
PMAPSIM_API int pmapsim_kernel_with(const char *kernel, const char *name,
    const char *like, char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_DIFF_H */
