/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated hardware as a program sees it: memory, accesses, CPUs.
 */
#ifndef PMAPSIM_HW_H
#define PMAPSIM_HW_H

#include <pmapsim/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What an access did.  "fault" set: a page fault with code "error" (PGEX_*),
 * or a general-protection fault when "noncanonical"; nothing was changed.
 */
struct pmapsim_access {
	bool fault;
	bool noncanonical;
	unsigned error;
	vm_paddr_t pa; /* when it succeeded; may lie beyond memory */
};

/* How: r, w or x by user or supervisor code. */
#define PMAPSIM_ACCESS_READ 0
#define PMAPSIM_ACCESS_WRITE PGEX_W
#define PMAPSIM_ACCESS_FETCH PGEX_I
#define PMAPSIM_ACCESS_USER PGEX_U

/*
 * Translates "va" in "pmap" as the MMU of the current CPU does, walking the
 * tables and setting A and D, through no TLB.  No fault handler runs.
 */
PMAPSIM_API struct pmapsim_access pmapsim_touch(struct machine *mach,
    pmap_t pmap, vm_offset_t va, unsigned access);

/* Simulated physical memory: host address of byte 0, and its size in bytes.
 * Owned by the machine. */
PMAPSIM_API void *pmapsim_arena(struct machine *mach, vm_paddr_t *size);
/* The descriptor of a machine booted with shared_arena; -1 otherwise. */
PMAPSIM_API int pmapsim_arena_fd(struct machine *mach);

/* Invalidations since boot, summed over CPUs. */
struct pmapsim_invalidations {
	uint64_t page, range, all;		/* local operations */
	uint64_t sent_page, sent_range, sent_all; /* messages, one per target */
};
PMAPSIM_API void pmapsim_invalidations(struct machine *mach,
    struct pmapsim_invalidations *count);
PMAPSIM_API uint64_t pmapsim_pte_stores(struct machine *mach);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_HW_H */
