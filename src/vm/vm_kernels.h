/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The questions that the machine-independent layer asks of its kernel: where
 * kernels differ in what they do, one predicate a question.  Each says why
 * kernels differ, where that is from, and its museum number.  Without any
 * switch each answers for the kernel of April 2010.
 *
 * base/kernel.h tells how to add one.  No other file of this folder says
 * KERNEL_HAS().
 */
#ifndef VM_VM_KERNELS_H
#define VM_VM_KERNELS_H

#include "base/machine.h"

/* Seven gigabytes, the last of them the kernel's own. */
#define VM_MIN_KERNEL_ADDRESS_7G UINT64_C(0xfffffffe40000000)

/*
 * Where the kernel's addresses begin.  Until 16 May 2009 the kernel had 7 GB of
 * them, difference M1 of 2009-03; what comes after has what its revision says.
 */
static inline vm_offset_t
kernel_vm_min_address(const struct kernel *kernel)
{

	return (kernel_set_has(&kernel->switches, KS_KVA_7G) ?
		VM_MIN_KERNEL_ADDRESS_7G :
		kernel->revision->vm_min_kernel_address);
}

static inline vm_offset_t
vm_min_kernel_address(const struct machine *mach)
{

	return (kernel_vm_min_address(&mach->kernel));
}

/*
 * kmem_malloc() enters all of its pages before one promotion is tried: the
 * mail's third remedy.
 */
static inline bool
kmem_malloc_enters_multiple(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_ENTER_MULTIPLE));
}

/*
 * Panics about wired pages print the page's address, and no count.  FreeBSD
 * 9.0, difference D8.
 */
static inline bool
wired_panic_names_page(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_PANIC_NAMES_PAGE));
}

/*
 * pmap_remove_all() asserts that its page is managed, so that pages of the
 * kernel's objects are not given to it: they have no mappings that it could
 * find, and no flag that it would have to clear.  FreeBSD 9.0, difference D9.
 */
static inline bool
remove_all_refuses_unmanaged(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_ASSERT_MANAGED));
}

/*
 * Page tables for a range of kernel_map are made when it is entered.  The
 * kernel of April 2010 makes them when vm_map_findspace() has found the range,
 * before an alignment may move it, so that they can end below its end.
 * FreeBSD 9.0, difference D11; museum 37.
 */
static inline bool
insert_grows_kernel(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_INSERT_GROWS_KERNEL));
}

/*
 * The numbers of vm.reserv.partpopq are padded with blanks.  FreeBSD 9.0,
 * difference D12.
 */
static inline bool
partpopq_is_padded_with_blanks(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_PARTPOPQ_PLAIN));
}

/*
 * A fault counts as a reference to its page, beside the A bit of the mapping.
 * FreeBSD before 9.0, difference D13.
 */
static inline bool
fault_references_page(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_FAULT_REFERENCES_PAGE));
}

/*
 * vm_map_insert() merges a new entry with its neighbours, so that what fills a
 * gap joins both sides.  FreeBSD 9.0, difference D14.
 */
static inline bool
insert_simplifies(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_INSERT_SIMPLIFIES));
}

/*
 * vm_map_wire() asks for a right to read or execute of every entry; the kernel
 * of April 2010 asks only where the entry is not wired yet.  FreeBSD 9.0,
 * difference D15.
 */
static inline bool
wire_asks_rights_of_wired(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_WIRE_ASKS_RIGHTS));
}

/*
 * kmem_alloc_attr() counts its attempts and gives up.  The kernel of April 2010
 * never advances the counter and tries for ever.  FreeBSD 9.0, difference D17;
 * museum 48.
 */
static inline bool
alloc_attr_gives_up(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_ALLOC_ATTR_GIVES_UP));
}

/*
 * vm_reserv_reclaim_contig() measures a run at its first page too, and so finds
 * a run of one page.  FreeBSD, early 2011; museum 23.
 */
static inline bool
contig_measures_first_page(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_SEPARATE_SIZE_TEST));
}

/*
 * vm_reserv_reclaim_contig() skips a whole gap whose first page is in a wrong
 * place, though a later page of it would do.  After FreeBSD D33344, 2021;
 * museum 24.
 */
static inline bool
contig_skips_misplaced_gap(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_RECLAIM_CONTIG_ALIGN));
}

/*
 * The search for a run is made by museum_reserv.c, because this kernel's way is
 * one of the two above.
 */
static inline bool
contig_search_is_museum_piece(const struct machine *mach)
{

	return (contig_measures_first_page(mach) ||
	    contig_skips_misplaced_gap(mach));
}

/*
 * A reservation that loses a page and is not empty goes to the head of the
 * queue, and is the next to be broken; since 11 April 2009 it goes to the tail.
 * Difference M2 of 2009-03; museum 25.
 */
static inline bool
depopulated_reserv_goes_first(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_PARTPOPQ_HEAD));
}

/*
 * A reservation has a bit for each page in use, and refuses a page that is
 * freed to it twice.  FreeBSD 2013, popmap; museum 26.
 */
static inline bool
reserv_refuses_second_free(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_RESERV_POPMAP));
}

/*
 * vmspace_free() does not release the pmap: the PML4 page stays wired, and the
 * vmspace that is allocated next takes over the pmap with its counts.  FreeBSD
 * until 3 April 2010: difference E1 of 8.0.
 */
static inline bool
vmspace_keeps_pmap(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_KEEP_PML4));
}

/*
 * vm_map_protect() calls pmap_protect() whenever the protection changes, also
 * where nothing but a right is added.  FreeBSD until 2 November 2009:
 * difference E2 of 8.0.
 */
static inline bool
protect_visits_widened(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_PROTECT_WIDENING));
}

/*
 * vm_map_protect() copies the pages of a private entry that a program has
 * wired, when it may be written from now on: nobody could copy them later.
 * FreeBSD since 27 October 2009; without that, difference E3 of 8.0, the write
 * fails.
 */
static inline bool
protect_copies_wired(const struct machine *mach)
{

	return (!KERNEL_HAS(mach, KS_WIRED_COW_WRITE));
}

/*
 * A fork maps the pages that it copies of wired memory with all rights that the
 * entry may ever get, instead of those that it has.  FreeBSD until 31 October
 * 2009: difference E4 of 8.0.
 */
static inline bool
fork_maps_wired_by_maximum(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_FORK_WIRED_MAX));
}

/*
 * vm_fault_wire() faults as a reader, where the kernel of April 2010 asks for
 * no right; a program that may not read gets in by the entry's highest
 * protection, at a price.  FreeBSD until 18 November 2009: difference E5 of
 * 8.0.
 */
static inline bool
wire_asks_to_read(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_USER_WIRE_READ));
}

/*
 * The heap that brk() makes can be executed.  FreeBSD until 11 April 2009:
 * difference M6 of 2009-03.
 */
static inline bool
heap_is_executable(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_HEAP_EXECUTABLE));
}

/*
 * vm_map_wire() tries to wire what can be neither read nor executed.  FreeBSD
 * until 3 July 2009: difference M7 of 2009-03.
 */
static inline bool
wire_takes_unreadable(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_MLOCK_PROT_NONE));
}

/*
 * Somebody is charged for swap: what is charged and what is not do not share an
 * object.  FreeBSD since 23 June 2009; before, difference M8 of 2009-03, nobody
 * is ever charged.
 */
static inline bool
swap_is_charged(const struct machine *mach)
{

	return (!KERNEL_HAS(mach, KS_UNCHARGED_COALESCE));
}

/*
 * A copy on write into an object that others share takes away all mappings of
 * the page that was copied.  Before that, another sharer keeps the old page of
 * the backing object mapped.  FreeBSD SA-21:08.vm, CVE-2021-29626, 2021; museum
 * 35.
 */
static inline bool
cow_unmaps_source(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_COW_UNMAPS_SOURCE));
}

/*
 * Wired pages are found through the object when they are unwired.  The kernel
 * of April 2010 finds them through the page table, which has nothing after
 * mprotect() took all rights away.  FreeBSD 2014; museum 36.
 */
static inline bool
unwire_goes_by_object(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_UNWIRE_BY_OBJECT));
}

/*
 * vm_fault_copy_entry() records a charge for its new object only where somebody
 * pays it.  The kernel of April 2010 records it always.  Museum 47.
 */
static inline bool
copy_entry_charges_payer(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_COPY_ENTRY_CHARGES_PAYER));
}

/*
 * Where four pages before the fault's would wrap below address 0, the pages
 * that are mapped ahead begin with the entry, not with address 0.  A remedy of
 * this project.
 */
static inline bool
prefault_stays_in_entry(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_PREFAULT_IN_ENTRY));
}

/*
 * How many pages of a 2 MB window have to be there for a fault to fill the rest
 * of it; 0: a fault makes its own page.  The policy laboratory's: 1 as Linux,
 * 64 as Quicksilver, 256 between them and FreeBSD.
 */
static inline int
fault_populates_from(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_POPULATE_1)	  ? 1 :
		KERNEL_HAS(mach, KS_POPULATE_64)  ? 64 :
		KERNEL_HAS(mach, KS_POPULATE_256) ? 256 :
						    0);
}

/*
 * A fault maps the whole 2 MB window where all of it is resident, whoever made
 * it so.  The policy laboratory's.
 */
static inline bool
fault_maps_resident_window(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_PROMOTE_AT_FAULT));
}

/*
 * mmap() aligns anonymous memory for superpages.  The policy laboratory's;
 * programs ask later FreeBSD for it by MAP_ALIGNED_SUPER, 2012.
 */
static inline bool
mmap_aligns_anonymous(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_ALIGNED_ANONYMOUS));
}

/*
 * vm_reserv_reclaim_inactive() takes the reservation with the fewest pages, not
 * that which was changed longest ago.  The policy laboratory's.
 */
static inline bool
reclaim_takes_sparsest(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_SPARSE_FIRST_RECLAIM));
}

/*
 * Kernel addresses come from arenas that import from kernel_map; there is no
 * kmem_map, and kmem_malloc() maps each page when it has it.  FreeBSD by 2022,
 * vmem(9).
 */
static inline bool
kernel_has_arenas(const struct kernel *kernel)
{

	return (kernel_set_has(&kernel->switches, KS_KMEM_ARENAS));
}

static inline bool
kernel_memory_has_arenas(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_KMEM_ARENAS));
}

/* Who wants kernel memory takes it from kernel_map or kmem_map; no arena does
 * so for him. */
static inline bool
kernel_maps_are_callers(const struct machine *mach)
{

	return (!kernel_memory_has_arenas(mach));
}

/*
 * The page daemon is the one of 2010, with its queue of cached pages.  What
 * came after, with a laundry, is not specified.
 */
static inline bool
page_daemon_is_known(const struct machine *mach)
{

	return (!kernel_memory_has_arenas(mach));
}

/*
 * A reservation moves in the queue of partial ones at its first change in a
 * clock tick only.  FreeBSD by 2022; museum 34.
 */
static inline bool
reserv_follows_ticks(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_RESERV_TICKS));
}

/*
 * A reservation that was full, and so is not queued, is queued when it loses a
 * page, whatever the clock says.  A remedy of this project; museum 34.
 */
static inline bool
depopulated_reserv_is_queued(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_QUEUE_AFTER_FULL));
}

/*
 * A reservation may reach over the end of an object only if that is anonymous
 * memory, which can grow.  FreeBSD by 2022.
 */
static inline bool
reserv_tail_is_anonymous(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_RESERV_ANONYMOUS_TAIL));
}

/*
 * vm_page_alloc() asks whether memory is too short for the request when it has
 * found a page in a reservation, or would take one from the lists; so it is a
 * function of its own.  FreeBSD by 2022.
 */
static inline bool
page_gate_follows_reserv(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_GATE_AFTER_RESERV));
}

#endif /* VM_VM_KERNELS_H */
