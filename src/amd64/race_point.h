/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Points: the moments in a call of the kernel at which other CPUs may act.
 *
 * There is one before each access that pmap_store.h names and before each
 * flush on each CPU, in the build with PMAPSIM_RACE alone.  A machine's hook,
 * where somebody has set one, is called at each point; while it runs, the
 * hook is off, so that what it does meets no points itself.
 */
#ifndef AMD64_RACE_POINT_H
#define AMD64_RACE_POINT_H

#include "amd64/pmap_var.h"

/* What is about to happen at a point, told to a hook while it runs. */
struct race_moment {
	enum race_event event;
	const pt_entry_t *entry; /* that is accessed; NULL: none is */
	vm_offset_t sva, eva;	 /* what a flush makes a CPU forget */
};

/*
 * Lets other CPUs act at the points of "mach".  Made by whoever plans the
 * actions, in his frame; race_hook_set() of NULL ends it, and so does "act"
 * by returning false, after which points cost next to nothing.
 */
struct race_hook {
	bool (*act)(struct machine *mach, const struct race_moment *moment,
	    void *arg);
	void *arg;
};

/* Whether this build has points at all. */
bool race_has_points(void);
void race_hook_set(struct machine *mach, const struct race_hook *hook,
    uint64_t skip);

/*
 * Returns the level at which "entry" lies on the way to "va", in whichever
 * pmap: 1 its PTE, 2 its PDE; 0: it does not.  A page table is known by its
 * page, so also while no PDE refers to it.
 */
unsigned race_entry_level(struct machine *mach, const pt_entry_t *entry,
    vm_offset_t va);

/*
 * Sets A and M in the PTE of "va" if it has become invalid, as a CPU does whose
 * walk of it was under way and that has an erratum.  Returns whether it did.
 */
bool race_stray(struct machine *mach, pmap_t pmap, vm_offset_t va);

/* The name of an event as traces have it; NULL after the last. */
const char *race_event_name(enum race_event event);

#endif /* AMD64_RACE_POINT_H */
