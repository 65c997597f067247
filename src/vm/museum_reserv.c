/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The search for a run of unused pages as two other kernels make it, for the
 * museum.  vm_reserv.c comes here only where one of their switches is on; who
 * reads how the kernel of April 2010 searches need not.
 *
 *	separate-size-test	measures a run at its first page too
 *	reclaim-contig-align	gives up a gap that begins in a wrong place
 */
#include "vm/vm_kernels.h"
#include "vm/vm_reserv_page.h"

/*
 * Whether the unused pages of "rv" hold a run of "size" bytes in [low, high],
 * starting at a multiple of "alignment" and crossing no multiple of "boundary".
 *
 * FreeBSD vm_reserv.c vm_reserv_reclaim_contig() of 2011, and an error like
 * that of D33344, 2021: adapted, without bitmaps.
 */
bool
museum_reserv_has_run(struct machine *mach, const struct vm_reserv *rv,
    vm_paddr_t size, vm_paddr_t low, vm_paddr_t high, unsigned long alignment,
    unsigned long boundary)
{
	const struct vm_page *m = vm_reserv_frame(mach, rv);
	vm_paddr_t pa, run;
	bool skip;
	int i;

	skip = false;
	pa = vm_reserv_to_phys(mach->vm_reserv, rv);
	if (pa + VM_LEVEL_0_SIZE - size < low)
		return (false);
	run = 0;
	for (i = 0; i < VM_LEVEL_0_NPAGES; i++, m++, pa += PAGE_SIZE) {
		if (!vm_reserv_page_unused(m)) {
			run = 0;
			skip = false;
			continue;
		}
		if (skip)
			continue;
		run += PAGE_SIZE;
		if (run == PAGE_SIZE) {
			if (pa + size > high)
				return (false); /* higher pages end higher */
			if (!vm_reserv_place_fits(pa, size, low, alignment,
				boundary)) {
				run = 0;
				skip = contig_skips_misplaced_gap(mach);
			}
			if (!contig_measures_first_page(mach))
				continue;
		}
		if (run >= size)
			return (true);
	}
	return (false);
}
