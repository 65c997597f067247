/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The free-page thresholds, and what is asked of them.  Here "free" counts
 * what an allocation could get: free pages, unused pages of reservations, and
 * cached ones (of which there are none).
 */
#ifndef VM_VM_METER_H
#define VM_VM_METER_H

#include "base/machine.h"
#include "vm/vm_kernels.h"

/* Pages. */
static inline unsigned
vm_free_and_cache_count(const struct machine *mach)
{
	return (mach->cnt.v_free_count + mach->cnt.v_cache_count);
}

/* vm_page_count_severe(): so few that fork and exec wait. */
static inline bool
vm_page_count_severe(const struct machine *mach)
{
	return (mach->cnt.v_free_severe > vm_free_and_cache_count(mach));
}

/* vm_page_count_min(): so few that sleepers stay asleep. */
static inline bool
vm_page_count_min(const struct machine *mach)
{
	return (mach->cnt.v_free_min > vm_free_and_cache_count(mach));
}

/* vm_page_count_target(): fewer than the page daemon wants. */
static inline bool
vm_page_count_target(const struct machine *mach)
{
	return (mach->cnt.v_free_target > vm_free_and_cache_count(mach));
}

/* vm_paging_needed(): so few that the page daemon is to start. */
static inline bool
vm_paging_needed(const struct machine *mach)
{
	return (mach->cnt.v_free_reserved + mach->cnt.v_cache_min >
	    vm_free_and_cache_count(mach));
}

/* vm_paging_target(): pages that the page daemon is to free; may be < 0. */
static inline int
vm_paging_target(const struct machine *mach)
{
	return ((int)(mach->cnt.v_free_target + mach->cnt.v_cache_min -
	    vm_free_and_cache_count(mach)));
}

/* Pages that the page daemon writes together. */
static inline unsigned
vm_pageout_page_count(const struct machine *mach)
{
	if (page_gate_follows_reserv(mach))
		return (32);
	return (mach->cnt.v_page_count < 2000 ? 8 : 16);
}

/* Sets the thresholds; after vm_phys_startup(), whose counts they need. */
void vm_meter_startup(struct machine *mach);

#endif /* VM_VM_METER_H */
