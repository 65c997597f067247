/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same calls under several kernels: what each made of them.
 */
#ifndef TRACE_TRACE_COMPARE_H
#define TRACE_TRACE_COMPARE_H

#include <pmapsim/hw.h>
#include <pmapsim/trace.h>

enum trace_compare_end {
	COMPARE_ENDS, /* all calls were made */
	COMPARE_PANICS,
	COMPARE_STOPS /* a call could not be made; "text" says why */
};

/* One kernel's row.  The caller's; filled in whole by one run. */
struct trace_compare {
	char kernel[PMAPSIM_KERNEL_NAME_SIZE]; /* its canonical name */
	enum trace_compare_end end;
	unsigned line;	     /* of the last statement */
	uint64_t statements; /* made, the machine's included */
	uint64_t calls;	     /* made, each repetition counted */
	char text[256];	     /* of the panic, or why it stopped; or "" */
	char call[96];	     /* the last statement, cut where too long */
	uint64_t promotions, demotions, p_failures;
	uint64_t pte_stores;
	uint64_t enters_ignored; /* by idempotent-enter */
	struct pmapsim_invalidations invalidations;
	bool tlb;	     /* there were TLBs */
	uint64_t detections; /* wrong TLB entries used */
	uint64_t superpages; /* 2 MB kernel mappings at the end */
	/* Over the statements: mean number of 2 MB kernel mappings, and the
	 * share that they map of the pages of kernel_object and kmem_object,
	 * 0..1. */
	double superpages_mean;
	double superpage_share;
};

/*
 * Makes the calls of "trace" under "kernel", or, when it is NULL, under the
 * one that the trace names, and counts.
 *
 * Errors are: PMAPSIM_EINVAL (an unknown kernel, a machine that does not
 * boot), PMAPSIM_ENOMEM; "err" says which.
 */
int trace_compare_run(const struct pmapsim_trace *trace, const char *kernel,
    struct trace_compare *row, char *err, size_t errsize);

/*
 * The same, and calls step(arg, n) after the nth statement, for progress;
 * false ends the replay there.  Of "machine", which may be NULL, tlb and ncpu
 * count.
 */
typedef bool trace_compare_step(void *arg, uint64_t statements);
int trace_compare_watched(const struct pmapsim_trace *trace, const char *kernel,
    const struct pmapsim_replay_options *machine, trace_compare_step *step,
    void *arg, struct trace_compare *row, char *err, size_t errsize);

#endif /* TRACE_TRACE_COMPARE_H */
