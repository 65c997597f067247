/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bug museum: real superpage and reservation bugs, each as a kernel that
 * has it, kernels that have it no more, and a scenario that tells them apart.
 */
#ifndef PMAPSIM_MUSEUM_H
#define PMAPSIM_MUSEUM_H

#include <pmapsim/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PMAPSIM_MUSEUM_FIXES 4
#define PMAPSIM_MUSEUM_REVISIONS 8

/* An entry.  Constant; strings are NULL where a comment allows it. */
struct pmapsim_museum_entry {
	unsigned number;
	const char *name;
	const char *year;
	const char *versions; /* that had it */
	const char *function; /* where it is */
	const char *mechanism;
	const char *symptom; /* as reported */
	const char *fix;
	const char *source;
	const char *note;   /* in what it differs as built; may be NULL */
	const char *reason; /* why it is not built; NULL: it is */

	/* Of those that are built; else NULL and empty. */
	const char *scenario;
	const char *kernel;			 /* with the bug */
	const char *fixed[PMAPSIM_MUSEUM_FIXES]; /* without, NULL after the
						    last; there is one */
	/* What the scenario's last statement gives, as a trace writes it. */
	const char *shown; /* under the bug */
	const char *right; /* without it; "": nothing, and no panic */
	/* Revisions that have it as they are; NULL after the last. */
	const char *revisions[PMAPSIM_MUSEUM_REVISIONS];
};

/* The "index"th entry, by number; NULL after the last. */
PMAPSIM_API const struct pmapsim_museum_entry *
pmapsim_museum_entry(unsigned index);
/* The entry called "name"; NULL: there is none, or no name. */
PMAPSIM_API const struct pmapsim_museum_entry *
pmapsim_museum_find(const char *name);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_MUSEUM_H */
