/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults that fill their 2 MB window: the policy laboratory's, off in every
 * revision.  FreeBSD makes a superpage when a program has touched all of its
 * 512 pages by itself; others give it the rest earlier, for memory that it may
 * never use.
 */
#include "vm/pmap.h"
#include "vm/vm_kernels.h"
#include "vm/vm_map.h"

/*
 * Whether the policy fills the window of "m", a page that a fault has just
 * mapped, from a reservation of its own.
 */
static bool
populate_wanted(struct machine *mach, vm_page_t m)
{
	const struct vm_reserv *rv = vm_reserv_from_page(mach, m);
	const int from = fault_populates_from(mach);

	if (rv->object != m->object)
		return (false);
	if (rv->popcnt == VM_LEVEL_0_NPAGES)
		return (from != 0 || fault_maps_resident_window(mach));
	/* Files are read as they are wanted; and memory must not run out for
	 * pages that nobody has asked for. */
	return (from != 0 && rv->popcnt >= from &&
	    vm_object_is_anonymous(m->object) &&
	    mach->cnt.v_free_count >
		mach->cnt.v_free_target + VM_LEVEL_0_NPAGES);
}

/*
 * Faults on the pages of [start, end), those that are mapped left out unless
 * "again" says otherwise, until the window is a superpage: no page of one may
 * be entered.
 *
 * Simulator only: the policy laboratory's.
 */
static void
populate_range(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end, vm_prot_t fault_type, bool again)
{
	pmap_t pmap = pmapsim_map_pmap(map);
	vm_offset_t at;

	for (at = start; at < end; at += PAGE_SIZE)
		if (pmap_maps_superpage(mach, pmap, at) ||
		    ((again || pmap_extract(mach, pmap, at) == 0) &&
			vm_fault(mach, map, at, fault_type,
			    VM_FAULT_POPULATING) != KERN_SUCCESS))
			break;
}

/*
 * Makes, and maps, what is missing of the 2 MB around "va", where "entry" has
 * all of them and the pages of "m"'s reservation lie there in order.  What was
 * mapped ahead of its use lacks A, without which nothing is promoted, so where
 * the window is complete it is gone through once more.  The faults that do it
 * are not the program's and are not counted.
 *
 * Simulator only: the policy laboratory's.
 */
void
vm_fault_populate(struct machine *mach, vm_map_t map, vm_map_entry_t entry,
    vm_offset_t va, vm_page_t m, vm_prot_t fault_type)
{
	const vm_offset_t start = va & ~(vm_offset_t)PDRMASK;
	const vm_offset_t end = start + NBPDR;
	const unsigned faults = mach->cnt.v_vm_faults;

	if (start < entry->start || end > entry->end ||
	    ((VM_PAGE_TO_PHYS(m) ^ va) & PDRMASK & ~(vm_offset_t)PAGE_MASK) !=
		0 ||
	    !populate_wanted(mach, m))
		return;
	populate_range(mach, map, start, end, fault_type, false);
	if (vm_reserv_from_page(mach, m)->popcnt == VM_LEVEL_0_NPAGES)
		populate_range(mach, map, start, end, fault_type, true);
	mach->cnt.v_vm_faults = faults;
}
