/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same calls under several kernels: what each made of them.
 */
#ifndef STUDY_COMPARE_H
#define STUDY_COMPARE_H

#include <pmapsim/hw.h>
#include <pmapsim/pmap.h>
#include <pmapsim/trace.h>

enum compare_end {
	COMPARE_ENDS, /* all calls were made */
	COMPARE_PANICS,
	COMPARE_STOPS /* a call could not be made; "text" says why */
};

/* One kernel's row.  The caller's; filled in whole by one run. */
struct compare_row {
	char kernel[PMAPSIM_KERNEL_NAME_SIZE]; /* its canonical name */
	enum compare_end end;
	unsigned line;	     /* of the last statement */
	uint64_t statements; /* made, the machine's included */
	uint64_t calls;	     /* made, each repetition counted */
	char text[256];	     /* of the panic, or why it stopped; or "" */
	char call[96];	     /* the last statement, cut where too long */
	uint64_t promotions, demotions, p_failures;
	uint64_t promote_failed[PMAPSIM_PROMOTE_REASONS]; /* p_failures, why */
	uint64_t pte_stores;
	uint64_t enters_ignored; /* by idempotent-enter */
	struct pmapsim_invalidations invalidations;
	bool tlb;		      /* there were TLBs */
	uint64_t detections;	      /* wrong TLB entries used */
	uint64_t hits, misses, walks; /* of all TLBs; misses: first level */
	uint64_t superpages;	      /* 2 MB mappings at the end, all pmaps */
	/* Over the statements: mean number of 2 MB mappings in all pmaps, and
	 * the share that they map of the kernel's pages and of those resident
	 * in programs, 0..1. */
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
int compare_kernel(const struct pmapsim_trace *trace, const char *kernel,
    struct compare_row *row, char *err, size_t errsize);

/*
 * As compare_kernel(), and calls step(arg, n) after the nth statement, for
 * progress; when that is false the replay ends there.  Of "machine", which may
 * be NULL, tlb and ncpu count.
 */
typedef bool compare_watch(void *arg, uint64_t statements);
int compare_watched(const struct pmapsim_trace *trace, const char *kernel,
    const struct pmapsim_replay_options *machine, compare_watch *step,
    void *arg, struct compare_row *row, char *err, size_t errsize);

/* Whether two kernels did the same, in all that a row tells but their names. */
bool compare_same(const struct compare_row *a, const struct compare_row *b);

#endif /* STUDY_COMPARE_H */
