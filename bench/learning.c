/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel calls until a hunt finds a bug of the museum, blind and learning:
 *
 *	learning [SEEDS [CALLS [BUG...]]]
 *
 * Each bug that the hunter can reach is hunted with seeds 1 to SEEDS (20), and
 * the median of the calls until it is found is printed, as the table of
 * pmapsim-campaign(7) has it; a hunt that has not found it after CALLS (2
 * million) counts as one that would need more than all that have.  The numbers
 * depend on no clock.
 */
#include <pmapsim/study.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS_MAX 1000

/* Without the panic of 2010, which would be found instead. */
#define K2010 "2010-04+remove-kernel-pde"

static const struct bug {
	const char *name, *kernel, *against, *tlb;
	bool invariants;
} bugs[] = {
    {"litter", "8.0+litter", NULL, NULL, false},
    {"count-drift", "2010-04", NULL, NULL, false},
    {"errant-promotion", K2010 "+errant-promotion", K2010, NULL, false},
    {"demote-uncounted", "2009-03+remove-kernel-pde", NULL, NULL, false},
    {"demote-cleared-pde", "2010-04", NULL, NULL, true},
    {"stale-after-promotion", K2010, NULL, "nehalem", false},
    {"pv-reclaim-in-demotion", K2010, K2010 "+reserve-pv-before-demotion", NULL,
	false},
    {"pat-bit-leak", K2010, K2010 "+superpage-frame-mask", NULL, false},
    {"wired-superpage-no-ptp", K2010 "+wired-superpage-no-ptp", K2010, NULL,
	false},
    {"ptp-leak", K2010 "+ptp-leak", NULL, NULL, false},
    {"advise-wired", "2026-pmap+no-demote-wired-without-a", NULL, NULL, false},
    {"partpopq-head", "2009-03+remove-kernel-pde",
	"2009-03+remove-kernel-pde+no-partpopq-head", NULL, false},
    {"false-pv", K2010 "+false-pv", NULL, NULL, false},
    {"clean-writable-superpage", K2010 "+clean-writable-superpage", NULL, NULL,
	false},
    {"fork-copies-wired", K2010 "+fork-copies-wired", NULL, NULL, false},
    {"demotion-failure-ignored", K2010 "+demotion-failure-ignored", NULL, NULL,
	false},
    {"collect-lost-writeable", "9.0+remove-kernel-pde", NULL, NULL, false},
    {"stray-promoted", "2022-07", "2022-07+fill-without-promoted", NULL, false},
    {"copied-promoted", "2022-07", "2022-07+copy-without-promoted", NULL,
	false},
    {"overcharged", K2010, K2010 "+copy-entry-charges-payer", NULL, false},
    {"findspace-grows-kernel", K2010, K2010 "+insert-grows-kernel", NULL,
	false},
};

static int
by_number(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return ((x > y) - (x < y));
}

/* Calls until "seed" finds the bug; UINT64_MAX: it does not. */
static uint64_t
calls_until_found(const struct bug *bug, uint64_t seed, uint64_t calls,
    bool learn)
{
	const struct pmapsim_hunt_options options = {
	    .judge = {.kernel = bug->kernel,
		.against = bug->against,
		.audit_each = 20},
	    .seed = seed,
	    .calls = calls,
	    .invariants = bug->invariants,
	    .tlb = bug->tlb,
	    .learn = learn,
	};
	static struct pmapsim_hunt_result result;
	const struct pmapsim_trace *found;
	char err[600];

	if (pmapsim_hunt(&options, &result, err, sizeof(err)) != PMAPSIM_OK) {
		fprintf(stderr, "%s, seed %d: %s\n", bug->name, (int)seed, err);
		exit(2);
	}
	found = result.trace;
	pmapsim_trace_close(result.trace);
	return (found != NULL ? result.position.calls : UINT64_MAX);
}

/* Prints the median of the seeds, and how many of them have found it. */
static void
median(const struct bug *bug, unsigned seeds, uint64_t calls, bool learn)
{
	static uint64_t needed[SEEDS_MAX];
	unsigned i, found = 0;

	for (i = 0; i < seeds; i++) {
		needed[i] = calls_until_found(bug, i + 1, calls, learn);
		found += needed[i] != UINT64_MAX;
	}
	qsort(needed, seeds, sizeof(needed[0]), by_number);
	if (needed[seeds / 2] != UINT64_MAX)
		printf(" %12llu", (unsigned long long)needed[seeds / 2]);
	else
		printf("            -");
	printf(" %3u", found);
	fflush(stdout);
}

static bool
is_asked(const struct bug *bug, char **names)
{

	if (*names == NULL)
		return (true);
	for (; *names != NULL; names++)
		if (strcmp(*names, bug->name) == 0)
			return (true);
	return (false);
}

int
main(int argc, char **argv)
{
	unsigned seeds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 20;
	uint64_t calls = argc > 2 ? strtoull(argv[2], NULL, 10) : 2000000;
	size_t i;

	if (seeds == 0 || seeds > SEEDS_MAX || calls == 0) {
		fprintf(stderr, "usage: learning [SEEDS [CALLS [BUG...]]]\n");
		return (2);
	}
	printf("%-26s %16s %16s\n", "bug", "blind", "learning");
	for (i = 0; i < sizeof(bugs) / sizeof(bugs[0]); i++) {
		if (!is_asked(&bugs[i], argv + (argc > 3 ? 3 : argc)))
			continue;
		printf("%-26s", bugs[i].name);
		median(&bugs[i], seeds, calls, false);
		median(&bugs[i], seeds, calls, true);
		printf("\n");
	}
	return (0);
}
