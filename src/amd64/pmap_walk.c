/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading the pmap from outside: the entries of an address, the statistics of
 * an address space, and why promotions fail.  Nothing here changes a table.
 */
#include <string.h>

#include "amd64/pmap_var.h"

/*
 * Entry "index" of the table that "*upper" refers to; 0 when there is none:
 * it is not valid, or maps a large page where "leaf" allows that, or the
 * table lies outside of memory.
 */
static uint64_t
walk_entry(struct machine *mach, uint64_t upper, uint64_t leaf, unsigned index)
{

	if ((upper & PG_V) == 0 || (upper & leaf) != 0 ||
	    (upper & PG_FRAME) >= mach->physmem->size)
		return (0);
	return (physmem_table(mach, upper)[index]);
}

/*
 * Reads the entry of each level that "va" has in "pmap" into "entries".
 *
 * Simulator only.
 */
void
pmapsim_pte(struct machine *mach, pmap_t pmap, vm_offset_t va,
    struct pmapsim_pte *entries)
{

	CHECK_PMAP(pmap);
	NONNULL(entries);
	memset(entries, 0, sizeof(*entries));
	if (!pmap_has_tables(pmap))
		return;
	entries->pml4e = *pmap_pml4e(pmap, va);
	entries->pdpe = walk_entry(mach, entries->pml4e, 0,
	    pmap_pdpe_index(va));
	entries->pde = walk_entry(mach, entries->pdpe, PG_PS,
	    pmap_pde_index(va));
	entries->pte = walk_entry(mach, entries->pde, PG_PS,
	    pmap_pte_index(va));
}

/*
 * Statistics, in the kernel's own counts: see <pmapsim/pmap.h>.  They are
 * signed, because the kernel's resident_count goes below 0 when entries that
 * were never counted are removed.
 *
 * Simulator only, like all that follow.
 */
pmap_t
pmapsim_kernel_pmap(struct machine *mach)
{

	return (kernel_pmap);
}

const char *
pmapsim_pmap_name(pmap_t pmap)
{

	return (pmap != NULL ? pmap->pm_name : NULL);
}

int64_t
pmapsim_pmap_resident_count(pmap_t pmap)
{

	return (pmap != NULL ? pmap->pm_stats.resident_count : 0);
}

int64_t
pmapsim_pmap_wired_count(pmap_t pmap)
{

	return (pmap != NULL ? pmap->pm_stats.wired_count : 0);
}

uint32_t
pmapsim_pmap_active(pmap_t pmap)
{

	return (pmap != NULL ? pmap->pm_active : 0);
}

void
pmapsim_pmap_set_active(pmap_t pmap, uint32_t mask)
{

	if (pmap != NULL)
		pmap->pm_active = mask;
}

/* Why promotions failed, as pmap_promote_pde() noted it. */
void
pmapsim_promote_last_failure(struct machine *mach,
    struct pmapsim_promote_failure *failure)
{

	NONNULL(failure);
	*failure = mach->pmap->last_failure;
	failure->va = trunc_2mpage(failure->va);
}

uint64_t
pmapsim_promote_failures(struct machine *mach,
    enum pmapsim_promote_reason reason)
{

	if ((unsigned)reason >= PMAPSIM_PROMOTE_REASONS)
		return (0);
	return (mach->pmap->promote_failed[reason]);
}

/* The gauge: of "pmap", or of all where that is NULL. */
uint64_t
pmapsim_superpages(struct machine *mach, pmap_t pmap)
{

	return (pmap == NULL ? mach->pmap->superpages : pmap->pm_superpages);
}
