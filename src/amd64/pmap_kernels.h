/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The questions that the pmap asks of its kernel: where kernels differ in what
 * they do, one predicate a question, by the verb that asks.  Each says why
 * kernels differ, where that is from, and its museum number.  Without any
 * switch each answers for the kernel of April 2010.
 *
 * base/kernel.h tells how to add one.  No other file of this folder says
 * KERNEL_HAS().
 */
#ifndef AMD64_PMAP_KERNELS_H
#define AMD64_PMAP_KERNELS_H

#include "base/machine.h"

/* ---- boot --------------------------------------------------------------- */

/*
 * Superpages are off whatever the machine's configuration says: the mail's
 * fourth remedy, vm.pmap.pg_ps_enabled=0.
 */
static inline bool
superpages_are_disabled(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_NO_SUPERPAGES));
}

/*
 * The page tables below the boot's superpages are registered in pm_root, so
 * that a demotion finds them; before that it allocated a new one.  FreeBSD
 * D16426, 2018; museum 14.
 */
static inline bool
boot_registers_page_tables(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_REGISTER_BOOT_PTPS));
}

/*
 * The last page table of the boot, which is filled in part, is left zero and
 * looks new, so that its demotion fills it.  FreeBSD R348306, 2019; museum 15.
 */
static inline bool
boot_refills_last_page_table(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_REFILL_BOOT_PTPS));
}

/*
 * A page is set aside at boot for a demotion in the direct map, which cannot
 * wait for memory nor do without.  FreeBSD 2020; museum 18.
 */
static inline bool
dmap_demotion_has_reserve(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_DMAP_PTP_RESERVE));
}

/*
 * A context switch loads %cr3 before it sets its bit in the new pmap's
 * pm_active, so that for a moment the CPU has translations of which nobody
 * tells it when they go.  FreeBSD 2008 to about 2014; museum 49.
 */
static inline bool
switch_loads_cr3_first(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_CR3_BEFORE_ACTIVE));
}

/* ---- entering ----------------------------------------------------------- */

/*
 * pmap_enter() that makes a mapping with M into one without it makes the CPUs
 * forget it: a translation that remembers M sets it no more.  FreeBSD by 2022;
 * museum 51.
 */
static inline bool
enter_flushes_lost_m(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_ENTER_FLUSHES_LOST_M));
}

/*
 * pmap_enter() leaves a mapping alone that already says what is asked for,
 * superpages included: the mail's first remedy.
 */
static inline bool
enter_is_idempotent(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_IDEMPOTENT_ENTER));
}

/*
 * pmap_enter() demotes a kernel superpage that is in its way, where the kernel
 * of April 2010 panics.  FreeBSD 9.3.
 */
static inline bool
enter_demotes_kernel_superpage(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_ENTER_DEMOTES));
}

/*
 * pmap_enter() gives the old mapping's pv entry to the page that comes
 * instead, which spares a chunk from being freed and allocated.  FreeBSD 9.0,
 * difference D6.
 */
static inline bool
enter_moves_pv_entry(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_ENTER_MOVES_PV));
}

/*
 * PG_WRITEABLE is set on managed pages only: nothing ever clears it from a
 * page that has no pv entries.  FreeBSD 9.0, difference D1.
 */
static inline bool
writeable_needs_managed(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_WRITEABLE_MANAGED_ONLY));
}

/*
 * pmap_enter_quick() makes its pv entry before it notices that a superpage
 * maps the address, and forgets the entry.  FreeBSD arm64 and riscv, D36563,
 * 2022; museum 27.
 */
static inline bool
enter_quick_forgets_pv_entry(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_FALSE_PV));
}

/*
 * pmap_qenter() stores no PTE whose frame and cache bits are right already.
 * FreeBSD 9.0, difference D3.
 */
static inline bool
qenter_keeps_equal_pte(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_QENTER_KEEPS_SAME));
}

/*
 * pmap_enter() takes flags: it fails where its caller must not sleep, and
 * makes a superpage where it is asked to.  FreeBSD by 2022.
 */
static inline bool
enter_has_flags(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_ENTER_FLAGS));
}

/*
 * A user superpage that is wired at once is possible: a page table is kept for
 * it, so that no demotion fails.  FreeBSD D41132, 2023; museum 17.
 */
static inline bool
enter_pde_may_be_wired(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_WIRED_PSIND));
}

/*
 * Where a kernel superpage replaces mappings, the page table stays or goes
 * into pm_root before anything is removed.  FreeBSD D50970, 2025; museum 22.
 */
static inline bool
enter_pde_keeps_page_table(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_ENTER_PDE_KEEPS_PTP));
}

/*
 * That a superpage is in the way has an error of its own, on which
 * pmap_enter_object() passes its pages over.  FreeBSD of 2026.
 */
static inline bool
enter_pde_tells_superpage(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_ENTER_PDE_NO_SPACE));
}

/*
 * pmap_enter_quick() tries a promotion, which needs no PG_A then.  FreeBSD
 * D40478, 2023; museum 20.
 */
static inline bool
enter_quick_promotes(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_QUICK_PROMOTES));
}

/*
 * PTEs without accounting have PG_A and PG_M from the start, so that the MMU
 * has nothing to note, and PG_NX.  FreeBSD by 2022.
 */
static inline bool
kernel_ptes_are_used(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_KERNEL_PTES_NX));
}

/*
 * Page-table pages that are missing above the one asked for are allocated from
 * the top down.  FreeBSD by 2022.
 */
static inline bool
page_tables_come_top_down(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_PTPS_TOP_DOWN));
}

/* ---- promotion and demotion --------------------------------------------- */

/*
 * A user promotion takes 512 PTEs that all lack PG_A too.  FreeBSD D40478,
 * 2023; museum 20.
 */
static inline bool
promotion_ignores_accessed(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_PROMOTE_WITHOUT_A));
}

/*
 * The promotion of a kernel table does not ask whether its first PTE is valid.
 * FreeBSD before 2010; museum 3.
 */
static inline bool
promotion_trusts_first_pte(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_ERRANT_PROMOTION));
}

/*
 * A promotion scans its table upwards.  The first clean PTE that it meets, and
 * makes read-only, is then the one that a program which writes upwards writes
 * next.  FreeBSD before R179777, 2008; museum 10.
 */
static inline bool
promotion_scans_upwards(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_ASCENDING_SCAN));
}

/*
 * A promotion is made by museum_promote.c, because this kernel's way is one of
 * the three above.
 */
static inline bool
promotion_is_museum_piece(const struct machine *mach)
{

	return (promotion_ignores_accessed(mach) ||
	    promotion_trusts_first_pte(mach) || promotion_scans_upwards(mach));
}

/*
 * A change between the two page sizes is stored and flushed on all CPUs at a
 * rendezvous, because both sizes at once in a TLB can be a machine check: AMD
 * family 10h, erratum 383; FreeBSD 2010.
 */
static inline bool
size_change_needs_rendezvous(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_ERRATUM383));
}

/*
 * Who has to come to that rendezvous is asked when those who came have stopped,
 * so that no CPU takes the pmap up unseen in between.  FreeBSD asks before, in
 * 2010 as in 2022, and no report is known; museum 50.
 */
static inline bool
rendezvous_reads_active(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_RENDEZVOUS_READS_ACTIVE));
}

/*
 * A page-table page that was allocated for a demotion counts in the pmap's
 * resident_count.  Until the middle of 2009 it was forgotten, and the count
 * fell below what is mapped: the first half of 2009-03's difference M3; museum
 * 4.
 */
static inline bool
demotion_counts_page_table(const struct machine *mach)
{

	return (!KERNEL_HAS(mach, KS_DEMOTE_UNCOUNTED));
}

/*
 * A superpage that cannot be demoted is removed, on which all callers rely: it
 * can be had again by a fault.  Where it stays, protecting a part of it
 * protects nothing.  FreeBSD arm64, R349003, 2019; museum 30.
 */
static inline bool
failed_demotion_removes(const struct machine *mach)
{

	return (!KERNEL_HAS(mach, KS_DEMOTION_FAILURE_IGNORED));
}

/*
 * A demotion has all of its pv entries before it changes the PDE, so that what
 * reclaims mappings for want of entries finds PDE and pv lists in agreement.
 * FreeBSD 2012, reserve_pv_entries(); museum 11.
 */
static inline bool
demotion_reserves_pv_entries(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_RESERVE_PV_BEFORE_DEMOTION));
}

/*
 * The page-table page itself says, by its "valid", whether a promotion left
 * its image in it, so that a demotion fills the others and no filled one.
 * FreeBSD R348476, 2019; museum 16.
 */
static inline bool
page_table_tells_promotion(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_REFILL_UNPROMOTED));
}

/*
 * A page table that is kept under a superpage has a state, in its page's
 * "valid": empty, filled in part, or as new.  A demotion fills what is not as
 * new, and what is removed from the kernel leaves an empty one.  So promotion,
 * demotion and the removal of superpages are functions of their own.  FreeBSD
 * of 2022, what came of R348476.
 */
static inline bool
page_tables_have_states(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_PTP_STATES));
}

/*
 * A promotion sets PG_PROMOTED in its PDE: 4 KB translations from before it
 * may still be cached, and whoever takes the superpage away invalidates all of
 * it.  One that was made at once needs one invalidation.  FreeBSD R312954,
 * 2017; museum 6.
 */
static inline bool
promotion_is_marked(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_PG_PROMOTED));
}

/*
 * A wired superpage without PG_A, which pmap_advise() may have cleared before
 * the promotion, is demoted with a page table that is filled anew.  From 2023
 * to 2025 it was destroyed as any other.  FreeBSD D49442, 2025; museum 21.
 */
static inline bool
demotion_keeps_wired(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_DEMOTE_WIRED_WITHOUT_A));
}

/*
 * A user superpage without PG_A is demoted like any other.  By design kernels
 * remove it, which is cheaper than a page table, and costs its program 511
 * page faults if it needs the pages after all.  A remedy of this project;
 * museum 41.
 */
static inline bool
demotion_spares_untouched(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_DEMOTE_UNTOUCHED));
}

/*
 * The PTEs that a demotion fills are without PG_PROMOTED, so that pmap_enter()
 * of the page that one maps finds it unchanged.  A remedy of this project;
 * museum 39.
 */
static inline bool
demotion_fills_unmarked(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_FILL_WITHOUT_PROMOTED));
}

/* ---- page tables -------------------------------------------------------- */

/*
 * A table page whose upper level cannot be had is freed, but stays in
 * resident_count and v_wire_count, and is not known to be zero any more.
 * FreeBSD until the middle of 2009: difference M4 of 2009-03.
 */
static inline bool
allocpte_leaks_counts(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_ALLOCPTE_LEAK));
}

/* ---- removal ------------------------------------------------------------ */

/*
 * An unmapped kernel page keeps its PTE, PG_W included, and unwiring takes no
 * PG_W away: the hypothesis of October 2010.
 */
static inline bool
kernel_ptes_are_litter(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_LITTER));
}

/*
 * pmap_unuse_pt() clears the PTEs of kernel addresses: the mail's second
 * remedy.
 */
static inline bool
unuse_clears_kernel_pte(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_CLEAR_ON_UNUSE));
}

/*
 * Removing a kernel superpage links the page-table page that was kept below
 * it, where the kernel of April 2010 demotes an entry that it has cleared.
 * FreeBSD 10, pmap_remove_kernel_pde(), 2013, which zeroes the table; litter
 * leaves it full.
 */
static inline bool
removal_links_kept_kernel_table(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_REMOVE_KERNEL_PDE) ||
	    kernel_ptes_are_litter(mach));
}

/*
 * A kept page-table page that is freed with its superpage leaves
 * resident_count.  Forgotten in March 2009, the second half of 2009-03's
 * difference M3, and again in 2021: FreeBSD D33276; museum 19.
 */
static inline bool
removal_uncounts_page_table(const struct machine *mach)
{

	return (!KERNEL_HAS(mach, KS_PTP_LEAK));
}

/*
 * pmap_remove() invalidates a run of global mappings as one range.  FreeBSD
 * 9.0, difference D7.
 */
static inline bool
removal_batches_invalidation(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_BATCHED_INVALIDATION));
}

/*
 * pmap_remove_all() gives the page-table pages back behind its loop, the last
 * one first.  FreeBSD 9.0, difference D4.
 */
static inline bool
remove_all_frees_tables_last(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_FREE_PTPS_AFTER_REMOVE_ALL));
}

/*
 * pmap_remove_pages() takes the frame of a superpage by PG_PS_FRAME.  With
 * PG_FRAME a superpage with the PAT bit seems to start one page too high.
 * FreeBSD 07bf5c56, 2014; museum 12.
 */
static inline bool
remove_pages_masks_superpage(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_SUPERPAGE_FRAME_MASK));
}

/*
 * Removing or protecting a kernel superpage invalidates each of its 512
 * addresses: 4 KB translations from before its promotion may still be cached.
 * FreeBSD R312954, 2017.
 */
static inline bool
superpage_flush_is_whole(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_FLUSH_WHOLE_SUPERPAGE));
}

/*
 * A range of 16 MB or more is invalidated as all.  FreeBSD by 2022.
 */
static inline bool
large_range_flushes_all(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_FLUSH_ALL_FROM_16M));
}

/*
 * A PTE that has nothing but A and M maps nothing: a CPU may set them in one
 * that was cleared a moment ago.  Intel's erratum KNL4, 2016; museum 53.  Only
 * a build with points has such CPUs, so no other one asks.
 */
static inline bool
removal_ignores_stray_bits(const struct machine *mach)
{

	return (RACE_POINTS && KERNEL_HAS(mach, KS_IGNORE_STRAY_AD));
}

/* ---- protection, wiring, copying ---------------------------------------- */

/*
 * pmap_protect() stores what it made of the PTE that it read, and loses what an
 * MMU set since.  FreeBSD before PR 61852; museum 52.  Only a build with points
 * has such MMUs, so no other one asks.
 */
static inline bool
protect_stores_blindly(const struct machine *mach)
{

	return (RACE_POINTS && KERNEL_HAS(mach, KS_PROTECT_PLAIN_STORE));
}

/*
 * pmap_protect() moves PG_A of a managed mapping into PG_REFERENCED and tells
 * the page that it is dirty even where writing stays allowed.  FreeBSD before
 * the middle of 2010, difference D2.
 */
static inline bool
protect_harvests_accessed(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_HARVEST_A_ON_PROTECT));
}

/*
 * Wiring one page sets PG_W in the superpage that maps it, as if all of it
 * were wired; no page table may be kept below it, and its demotion may fail.
 * FreeBSD D19670 and D41132, 2019 to 2023; museum 17.
 */
static inline bool
wiring_keeps_superpage(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_WIRED_SUPERPAGE_NO_PTP));
}

/*
 * pmap_copy() goes on behind a page that it cannot copy, and behind 2 MB for
 * which there is no page table, where the kernel of April 2010 gives up the
 * rest.  FreeBSD until the middle of 2009: difference M5 of 2009-03.
 */
static inline bool
copy_goes_on_when_refused(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_COPY_GOES_ON));
}

/*
 * pmap_copy() copies PG_W of a superpage, uncounted.  FreeBSD i386; museum 29.
 */
static inline bool
copy_keeps_superpage_wired(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_FORK_COPIES_WIRED));
}

/*
 * pmap_copy() clears PG_M of a superpage that can be written, on which a
 * demotion counts.  FreeBSD arm64, D30643, 2021; museum 28.
 */
static inline bool
copy_cleans_superpage(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_CLEAN_WRITABLE_SUPERPAGE));
}

/*
 * pmap_copy() copies no superpage that its range covers in part.  The kernel
 * of April 2010 copies all of it, at the range's address.  FreeBSD by 2014;
 * museum 33.
 */
static inline bool
copy_takes_whole_superpages(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_COPY_WHOLE_SUPERPAGES));
}

/*
 * Unwiring all of a superpage clears PG_W in its PDE.  The kernel of April 2010
 * unwires page by page, and the first one demotes.  FreeBSD 2014; museum 38.
 */
static inline bool
unwire_keeps_superpages(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_UNWIRE_WHOLE_SUPERPAGES));
}

/*
 * pmap_copy() counts a copied superpage among the mappings, copies PG_A of
 * unmanaged ones only, and lets a page directory go that it did not use.
 * FreeBSD by 2022.
 */
static inline bool
copy_is_unused(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_COPY_AS_UNUSED));
}

/*
 * pmap_copy() does not copy PG_PROMOTED: the child has never had 4 KB
 * translations there.  A remedy of this project; museum 40.
 */
static inline bool
copy_is_unmarked(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_COPY_WITHOUT_PROMOTED));
}

/*
 * pmap_protect() of a superpage dirties its pages only where it takes the
 * right to write away.  FreeBSD by 2022.
 */
static inline bool
protect_dirties_written(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_PROTECT_DIRTIES_WRITTEN));
}

/*
 * The kernel has pmap_advise().  FreeBSD by 2022.
 */
static inline bool
has_pmap_advise(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_PMAP_ADVISE));
}

/*
 * The kernel has pmap_unwire(), which unwires a range without demoting what
 * lies in it whole.  FreeBSD d74e85dbb9, 2014; museum 38.
 */
static inline bool
has_pmap_unwire(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_PMAP_UNWIRE));
}

/* ---- what mappings tell of a page --------------------------------------- */

/*
 * Functions on the mappings of a page assert that it is managed, where the
 * kernel of April 2010 passes over it.  FreeBSD 9.0, difference D9.
 */
static inline bool
managed_is_asserted(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_ASSERT_MANAGED));
}

/*
 * pmap_collect() clears PG_WRITEABLE of each page that it leaves without a
 * mapping.  FreeBSD 9.0, difference D5.
 */
static inline bool
collect_clears_writeable(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_COLLECT_CLEARS_WRITEABLE));
}

/*
 * pmap_is_modified() does not look at the mappings of a page without
 * PG_WRITEABLE, which that kernel keeps exact.  FreeBSD 9.0, difference D5.
 */
static inline bool
is_modified_trusts_writeable(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_COLLECT_CLEARS_WRITEABLE));
}

/*
 * pmap_clear_reference() and pmap_advise() leave PG_A of a wired PTE: what is
 * wired counts as used, and a superpage that lacks PG_A may be given up by its
 * demotion.  The other remedy for FreeBSD D49442; museum 21.
 */
static inline bool
advice_spares_wired(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_KEEP_A_OF_WIRED));
}

/*
 * resident_count counts all page-table pages, the top level included, so that
 * an empty address space has 1 and pmap_remove() has nothing to do at 1.
 * FreeBSD by 2022.
 */
static inline bool
resident_counts_pml4(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_RESIDENT_COUNTS_PML4));
}

/*
 * Memory for pv entries comes, in need, from chunks that are emptied, the
 * oldest first, instead of from pmap_collect(); and no count of entries is a
 * limit.  FreeBSD 2012.
 */
static inline bool
pv_chunks_are_reclaimed(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_RECLAIM_PV_CHUNKS));
}

/*
 * pmap_ts_referenced() leaves superpages whole: A of one is cleared for one of
 * its 512 pages only, by a hash of addresses.  FreeBSD by 2022.
 */
static inline bool
ts_referenced_hashes(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_TS_REFERENCED_BY_HASH));
}

/*
 * pmap_clear_modify() looks at pages with PG_WRITEABLE only.  FreeBSD by 2022.
 */
static inline bool
clear_modify_trusts_writeable(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_CLEAR_MODIFY_BY_FLAG));
}

/*
 * The kernel has pmap_is_referenced().  FreeBSD by 2022.
 */
static inline bool
has_pmap_is_referenced(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_PMAP_IS_REFERENCED));
}

/* ---- constants ---------------------------------------------------------- */

/*
 * Where the bit that says in an entry that its mapping is wired is looked for:
 * each kernel uses one of the two and leaves the other clear.  So this needs no
 * look at the kernel.
 */
#define PG_W_ANY (PG_W | PG_W_2022)

/* The one to be set. */
static inline uint64_t
pmap_pg_w(const struct machine *mach)
{

	return (mach->kernel.revision->pg_w);
}

/* ---- questions about an address ----------------------------------------- */

/*
 * pmap_mincore() answers from the page table alone, and changes nothing.  The
 * kernel of April 2010 also asks the page for its other mappings, which takes
 * A bits away.  FreeBSD 9.0, difference D16.
 */
static inline bool
mincore_reads_pte_only(const struct machine *mach)
{

	return (KERNEL_HAS(mach, KS_MINCORE_READS_PTE));
}

#endif /* AMD64_PMAP_KERNELS_H */
