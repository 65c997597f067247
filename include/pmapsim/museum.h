/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bug museum: real bugs of superpages and reservations.  Each is shown as
 * a kernel that has it, kernels in which it is fixed, and a scenario in which
 * they differ.
 */
#ifndef PMAPSIM_MUSEUM_H
#define PMAPSIM_MUSEUM_H

#include <pmapsim/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PMAPSIM_MUSEUM_FIXES 4
#define PMAPSIM_MUSEUM_REVISIONS 8

/* An entry, a constant.  Strings are NULL only where a comment says so. */
struct pmapsim_museum_entry {
	unsigned number;
	const char *name;
	const char *year;
	const char *versions; /* of FreeBSD that had it */
	const char *function; /* of FreeBSD in which it is */
	const char *mechanism;
	const char *symptom; /* as reported */
	const char *fix;
	const char *source;
	const char *note;   /* how the simulated bug differs; or NULL */
	const char *reason; /* why it is not simulated; NULL: it is */

	/* NULL, or empty, when it is not simulated. */
	const char *scenario;
	const char *kernel;			 /* with the bug */
	const char *fixed[PMAPSIM_MUSEUM_FIXES]; /* kernels without the bug, one
						    at least; NULL after the
						    last */
	/* The result of the scenario's last statement, as a trace writes it. */
	const char *shown; /* with the bug */
	const char *right; /* without it; "": no result, and no panic */
	/* Revisions that have the bug; NULL after the last. */
	const char *revisions[PMAPSIM_MUSEUM_REVISIONS];
};

/* Returns entry "index", counted from 0, by number; NULL after the last. */
PMAPSIM_API const struct pmapsim_museum_entry *
pmapsim_museum_entry(unsigned index);
/* Returns the entry called "name"; NULL when there is none, or for NULL. */
PMAPSIM_API const struct pmapsim_museum_entry *
pmapsim_museum_find(const char *name);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_MUSEUM_H */
