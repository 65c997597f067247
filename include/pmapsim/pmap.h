/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap(9) of FreeBSD/amd64 (pmap.c), under FreeBSD's names behind one first
 * parameter, the machine.  To be called inside a guard: each may panic as the
 * kernel does.  Addresses are bytes; locks are not modelled.
 */
#ifndef PMAPSIM_PMAP_H
#define PMAPSIM_PMAP_H

#include <pmapsim/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Returns kernel_pmap, which the machine owns.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH pmap_t pmapsim_kernel_pmap(struct machine *mach);
/*
 * Returns an empty pmap structure for pmap_pinit() and shows it in dumps under
 * "name", which is copied and cut to 31 characters; an absent or empty one
 * becomes "pmap" and a number.  The machine owns it.  NULL when the machine is
 * NULL or frozen.
 *
 * Simulator only: FreeBSD embeds the structure in a vmspace.
 */
PMAPSIM_API pmap_t pmapsim_pmap_create(struct machine *mach, const char *name);
/*
 * Forgets "pmap", which pmap_release() has emptied.  A CPU that still has it
 * loaded falls back to the kernel's.  NULL and the kernel's own pmap are left
 * alone.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH void pmapsim_pmap_destroy(struct machine *mach, pmap_t pmap);
/*
 * Returns the name of "pmap", owned by it.
 *
 * Simulator only.
 */
PMAPSIM_API const char *pmapsim_pmap_name(pmap_t pmap);
/*
 * Returns pm_stats.resident_count in pages.  It is signed: the kernel's count
 * goes below 0 when entries that were never counted are removed.
 *
 * Simulator only.
 */
PMAPSIM_API int64_t pmapsim_pmap_resident_count(pmap_t pmap); /* pages */
/*
 * Returns pm_stats.wired_count in pages.  It is signed as
 * pmapsim_pmap_resident_count() is.
 *
 * Simulator only.
 */
PMAPSIM_API int64_t pmapsim_pmap_wired_count(pmap_t pmap); /* pages */
/*
 * Returns pm_active: bit n is set when CPU n may have entries of "pmap" in its
 * TLB, and is told of invalidations.
 *
 * Simulator only.
 */
PMAPSIM_API uint32_t pmapsim_pmap_active(pmap_t pmap); /* CPU mask */
/*
 * Sets pm_active to "mask" without loading anything on a CPU.
 *
 * Simulator only.
 */
PMAPSIM_API void pmapsim_pmap_set_active(pmap_t pmap, uint32_t mask);
/*
 * Makes "pmap" an empty address space with a PML4 page of its own, in which
 * the kernel's half is linked.  Waits for memory.  The page is wired but is
 * not counted in resident_count.  Always 1.
 *
 * Stands for pmap_pinit() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH int pmap_pinit(struct machine *mach, pmap_t pmap);
/*
 * Makes "pmap" an empty address space on the kernel's own PML4 page: that of
 * process 0.
 *
 * Stands for pmap_pinit0() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_pinit0(struct machine *mach, pmap_t pmap);
/*
 * Takes back what pmap_pinit() allocated, when nothing is mapped any more.
 * The page goes back as a zeroed one: only the three entries of the kernel
 * were left in it.
 *
 * Stands for pmap_release() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_release(struct machine *mach, pmap_t pmap);
/*
 * Loads "pmap" on the current CPU. pm_active follows, which decides who is
 * told of invalidations; the kernel's is all ones for ever.
 *
 * Stands for pmap_activate() of sys/amd64/amd64/pmap.c: adapted, takes the
 * pmap instead of a thread and sets curpmap, which the context switch does.
 */
PMAPSIM_API_MACH void pmap_activate(struct machine *mach, pmap_t pmap);
/*
 * Adds page tables to the kernel's address space until they reach "addr".  A
 * page directory comes before the first page table in it, which decides what
 * pages the two get.  Neither counts in resident_count.
 *
 * Stands for pmap_growkernel() of sys/amd64/amd64/pmap.c: adapted,
 * kernel_map's end is known as virtual_end.
 */
PMAPSIM_API_MACH void pmap_growkernel(struct machine *mach, vm_offset_t addr);

/* Making mappings. */

/*
 * Maps page "m" at "va" with "prot", replacing what is mapped there.  "access"
 * is the access that asked for it: a write presets M.  "wired" mappings are
 * counted and stay until they are unwired.
 *
 * A PTE that is right already is not written, and then neither A nor M is set;
 * promotion is tried all the same.  A kernel address has no page-table page
 * whose use could be counted, so every page of a fully populated reservation
 * costs an attempt there.
 *
 * An attempt to promote follows when the page table is full, or the address
 * the kernel's, superpages are on and vm_reserv_level_iffullpop() gives 0.  At
 * a 2 MB mapping of the kernel it panics: "pmap_enter: attempted pmap_enter on
 * 2MB page".
 *
 * Stands for pmap_enter() of sys/amd64/amd64/pmap.c: adapted, no locks, and
 * one walk instead of two.
 */
PMAPSIM_API_MACH void pmap_enter(struct machine *mach, pmap_t pmap,
    vm_offset_t va, vm_prot_t access, vm_page_t m, vm_prot_t prot,
    boolean_t wired);
/* What an access flag may come with: pmap_enter_flags(). */
#define PMAP_ENTER_NOSLEEP 0x100
#define PMAP_ENTER_WIRED 0x200
/*
 * pmap_enter() as kernels of 2014 and later have it.  "flags" are the access
 * that asked for the mapping, in bits of VM_PROT_*, and PMAP_ENTER_WIRED and
 * PMAP_ENTER_NOSLEEP.  With "psind" 1 the 2 MB that begin with "m", whose
 * reservation must be full, are mapped at once; whatever is mapped there is
 * removed.  Returns KERN_SUCCESS, or, without memory, KERN_RESOURCE_SHORTAGE:
 * only with PMAP_ENTER_NOSLEEP or "psind" 1; nothing is mapped then that was
 * not before.  It does the same under kernels whose pmap_enter() is older, but
 * promotes as 2022 does.
 *
 * Stands for pmap_enter() of sys/amd64/amd64/pmap.c, July 2022 and 2026:
 * adapted, no locks, no pages of 1 GB.
 */
PMAPSIM_API_MACH int pmap_enter_flags(struct machine *mach, pmap_t pmap,
    vm_offset_t va, vm_page_t m, vm_prot_t prot, int flags, int psind);
/*
 * Maps "m" at "va" ahead of its use, if that is easy: only where nothing is
 * mapped, read-only, with execution if "prot" says so, and only if neither
 * page table nor pv entry makes it wait.  Whether it did is not told.
 *
 * Stands for pmap_enter_quick() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH void pmap_enter_quick(struct machine *mach, pmap_t pmap,
    vm_offset_t va, vm_page_t m, vm_prot_t prot);
/*
 * Maps the resident pages of an object from "m_start" on into [start, end),
 * with 2 MB mappings where addresses and reservation allow it.  Of "prot" only
 * the execute permission matters.
 *
 * Stands for pmap_enter_object() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH void pmap_enter_object(struct machine *mach, pmap_t pmap,
    vm_offset_t start, vm_offset_t end, vm_page_t m_start, vm_prot_t prot);
/*
 * Maps the device memory behind [pindex, ...) of "object" at [addr, addr +
 * size) with writable 2 MB mappings; does nothing when address, size or memory
 * are not made for that.
 *
 * Stands for pmap_object_init_pt() of sys/amd64/amd64/pmap.c: adapted, no
 * locks.
 */
PMAPSIM_API_MACH void pmap_object_init_pt(struct machine *mach, pmap_t pmap,
    vm_offset_t addr, vm_object_t object, vm_pindex_t pindex, vm_size_t size);
/*
 * Copies the managed mappings of "src_pmap" in [src_addr, src_addr + len) to
 * "dst_pmap" at the same addresses, superpages as such; at other addresses
 * nothing is done.
 *
 * Stands for pmap_copy() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH void pmap_copy(struct machine *mach, pmap_t dst_pmap,
    pmap_t src_pmap, vm_offset_t dst_addr, vm_size_t len, vm_offset_t src_addr);

/* Taking mappings away. */

/*
 * Removes all mappings of [sva, eva).  A superpage that lies in the range with
 * a part only is demoted first; when that fails it is gone altogether.
 *
 * It returns at once, and stops, when resident_count is 0; what a count gone
 * wrong then leaves behind stays mapped.
 *
 * Stands for pmap_remove() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH void pmap_remove(struct machine *mach, pmap_t pmap,
    vm_offset_t sva, vm_offset_t eva);
/*
 * Removes all mappings of "m" from all address spaces, and clears its
 * PG_WRITEABLE.  What the mappings say of its use moves to the page: PG_M
 * makes it dirty, PG_A sets PG_REFERENCED.  Superpages that map it are demoted
 * first; one whose demotion fails is removed as a whole, so that up to 511
 * other pages lose a mapping with it.  Page-table pages that become empty are
 * freed.  Wired mappings are removed like all others.
 *
 * Stands for pmap_remove_all() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH void pmap_remove_all(struct machine *mach, vm_page_t m);
/*
 * Removes all managed mappings of the current address space but the wired
 * ones, faster than pmap_remove(): chunk by chunk, with one invalidation.  For
 * exiting programs; so nobody is told which pages were referenced.
 *
 * Stands for pmap_remove_pages() of sys/amd64/amd64/pmap.c: adapted, no locks,
 * and the console's warning about a pmap that is not current is not printed.
 */
PMAPSIM_API_MACH void pmap_remove_pages(struct machine *mach, pmap_t pmap);

/* Changing mappings. */

/*
 * Takes the rights that are not in "prot" from all mappings of [sva, eva);
 * without read permission that removes them.  Rights are never added, and when
 * both write and execute remain nothing is looked at.
 *
 * Stands for pmap_protect() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH void pmap_protect(struct machine *mach, pmap_t pmap,
    vm_offset_t sva, vm_offset_t eva, vm_prot_t prot);
/*
 * Write-protects all mappings of "m", and what they say of writing it moves to
 * the page.  Superpages that can be written are demoted, so that the other 511
 * pages stay writable.
 *
 * Stands for pmap_remove_write() of sys/amd64/amd64/pmap.c: adapted, no locks,
 * no retry.
 */
PMAPSIM_API_MACH void pmap_remove_write(struct machine *mach, vm_page_t m);
/*
 * Wires or unwires the mapping of "va", which must exist: sets or clears W and
 * counts it.  A superpage that is not so already is demoted first.  Nothing is
 * invalidated, for no MMU knows W.
 *
 * Stands for pmap_change_wiring() of sys/amd64/amd64/pmap.c: adapted, no
 * locks; without a mapping FreeBSD follows a NULL pointer, here the machine
 * stops.
 */
PMAPSIM_API_MACH void pmap_change_wiring(struct machine *mach, pmap_t pmap,
    vm_offset_t va, boolean_t wired);

/*
 * Unwires all mappings from "sva" up to "eva", each of which must be wired, or
 * it panics.  A superpage that lies in the range as a whole stays one; another
 * is demoted.  It takes the place of pmap_change_wiring() since 2014; wiring
 * is done by pmap_enter().
 *
 * Stands for pmap_unwire() of sys/amd64/amd64/pmap.c, July 2022: adapted, no
 * locks.
 */
PMAPSIM_API_MACH void pmap_unwire(struct machine *mach, pmap_t pmap,
    vm_offset_t sva, vm_offset_t eva);
/* What vm_map_madvise() and pmap_advise() are told: madvise(2)'s. */
#define PMAPSIM_MADV_WILLNEED 3
#define PMAPSIM_MADV_DONTNEED 4
#define PMAPSIM_MADV_FREE 5
/*
 * Makes the mappings from "sva" up to "eva" look unused: A and M are cleared,
 * in wired ones too.  With PMAPSIM_MADV_DONTNEED pages that were written are
 * marked dirty first; with PMAPSIM_MADV_FREE they need not be kept.  A
 * superpage is demoted, and the last page of the range in it unmapped, so that
 * the next access to that can promote it again.  Any other advice does
 * nothing.
 *
 * Stands for pmap_advise() of sys/amd64/amd64/pmap.c, July 2022: adapted, no
 * locks.
 */
PMAPSIM_API_MACH void pmap_advise(struct machine *mach, pmap_t pmap,
    vm_offset_t sva, vm_offset_t eva, int advice);

/* Asking. */

/*
 * Returns the physical address that "va" maps to, 0 when there is no page
 * table.  No V bit is looked at: an empty PTE gives the offset in the page.
 *
 * Stands for pmap_extract() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH vm_paddr_t pmap_extract(struct machine *mach, pmap_t pmap,
    vm_offset_t va);
/*
 * Returns the page mapped at "va", held, or NULL when none is or when "prot"
 * asks for writing and the mapping does not allow it.
 *
 * Stands for pmap_extract_and_hold() of sys/amd64/amd64/pmap.c: adapted, no
 * locks.
 */
PMAPSIM_API_MACH vm_page_t pmap_extract_and_hold(struct machine *mach,
    pmap_t pmap, vm_offset_t va, vm_prot_t prot);
/*
 * Returns the physical address of kernel address "va".  Neither entry is
 * tested for PG_V: of an empty PTE comes the offset in the page.
 *
 * Stands for pmap_kextract() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH vm_paddr_t pmap_kextract(struct machine *mach, vm_offset_t va);
/*
 * Returns whether a page may be mapped at "addr" ahead of its use: a page
 * table is there and "addr" is free in it.
 *
 * Stands for pmap_is_prefaultable() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH boolean_t pmap_is_prefaultable(struct machine *mach,
    pmap_t pmap, vm_offset_t addr);
/*
 * Returns mincore(2)'s byte for "addr".  To learn whether others used the page
 * it takes their A bits away, which demotes their superpages; what it so
 * learns it leaves in PG_REFERENCED.
 *
 * Stands for pmap_mincore() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH int pmap_mincore(struct machine *mach, pmap_t pmap,
    vm_offset_t addr);
/*
 * Returns whether "pmap" maps "m", as far as the first 16 mappings tell.
 *
 * Stands for pmap_page_exists_quick() of sys/amd64/amd64/pmap.c: adapted, no
 * locks.
 */
PMAPSIM_API_MACH boolean_t pmap_page_exists_quick(struct machine *mach,
    pmap_t pmap, vm_page_t m);
/*
 * Returns whether managed page "m" is mapped.
 *
 * Stands for pmap_page_is_mapped() of sys/amd64/amd64/pmap.c: adapted, no
 * locks.
 */
PMAPSIM_API_MACH boolean_t pmap_page_is_mapped(struct machine *mach,
    vm_page_t m);
/*
 * Returns the number of wired mappings of "m".
 *
 * Stands for pmap_page_wired_mappings() of sys/amd64/amd64/pmap.c: adapted, no
 * locks.
 */
PMAPSIM_API_MACH int pmap_page_wired_mappings(struct machine *mach,
    vm_page_t m);

/* Referenced and modified. */

/*
 * Returns whether a mapping says that "m" was written.  9.0 does not look when
 * PG_WRITEABLE is clear, which it trusts.
 *
 * Stands for pmap_is_modified() of sys/amd64/amd64/pmap.c: adapted, no locks;
 * 2010-04 and 9.0.
 */
PMAPSIM_API_MACH boolean_t pmap_is_modified(struct machine *mach, vm_page_t m);
/*
 * Returns whether a mapping says that "m" was accessed.
 *
 * Stands for pmap_is_referenced() of sys/amd64/amd64/pmap.c: adapted, no
 * locks; of a later revision than 2010-04.
 */
PMAPSIM_API_MACH boolean_t pmap_is_referenced(struct machine *mach,
    vm_page_t m);
/*
 * Returns in how many mappings "m" was accessed since the last time, and
 * clears A there; it stops counting above 4.  The list is rotated, so that the
 * next call begins with the mappings that this one did not reach.
 *
 * Of a superpage the mapping of "m" alone is taken away: the next access
 * faults and, when it is mapped again, the superpage can be promoted again.
 *
 * Stands for pmap_ts_referenced() of sys/amd64/amd64/pmap.c: adapted, no
 * locks.
 */
PMAPSIM_API_MACH int pmap_ts_referenced(struct machine *mach, vm_page_t m);
/*
 * Clears M in the mappings of "m".
 *
 * A writable superpage is demoted, and its mapping of "m" write-protected; the
 * page is then marked dirty, although the caller is about to clean it.
 *
 * Stands for pmap_clear_modify() of sys/amd64/amd64/pmap.c: adapted, no locks,
 * no retry.
 */
PMAPSIM_API_MACH void pmap_clear_modify(struct machine *mach, vm_page_t m);
/*
 * Clears A in the mappings of "m".  Of a superpage the mapping of "m" is taken
 * away, be it wired or not.
 *
 * Stands for pmap_clear_reference() of sys/amd64/amd64/pmap.c: adapted, no
 * locks.
 */
PMAPSIM_API_MACH void pmap_clear_reference(struct machine *mach, vm_page_t m);

/* Kernel mappings without accounting. */

/*
 * Maps "va" to "pa", writable.  What was there is overwritten, and what a TLB
 * knows of it stays there.
 *
 * Stands for pmap_kenter() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_kenter(struct machine *mach, vm_offset_t va,
    vm_paddr_t pa);
/*
 * Maps "va" to "pa", writable, with caching attribute "mode"; otherwise as
 * pmap_kenter().
 *
 * Stands for pmap_kenter_attr() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_kenter_attr(struct machine *mach, vm_offset_t va,
    vm_paddr_t pa, int mode);
/*
 * Clears the PTE of "va", without an invalidation.
 *
 * Stands for pmap_kremove() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_kremove(struct machine *mach, vm_offset_t va);
/*
 * Maps the "count" pages of "ma" at "sva" and up.  One invalidation of the
 * range follows if any PTE was valid before.
 *
 * 9.0 leaves a PTE alone that has the right frame and caching already, be it
 * read-only: that saves the invalidation where a buffer is mapped again.
 *
 * Stands for pmap_qenter() of sys/amd64/amd64/pmap.c: same, with the switch.
 */
PMAPSIM_API_MACH void pmap_qenter(struct machine *mach, vm_offset_t sva,
    vm_page_t *ma, int count);
/*
 * Clears the PTEs of the "count" pages at "sva" and up, then invalidates the
 * range, whatever was there.
 *
 * Stands for pmap_qremove() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_qremove(struct machine *mach, vm_offset_t sva,
    int count);
/*
 * Returns an address of physical memory [start, end): the direct map's, so
 * nothing is mapped and "*virt" stays.
 *
 * Stands for pmap_map() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH vm_offset_t pmap_map(struct machine *mach, vm_offset_t *virt,
    vm_paddr_t start, vm_paddr_t end, int prot);
/*
 * Maps page "i" of the crash dump window to "pa" on this CPU and returns the
 * address of the window, not of that page.
 *
 * Stands for pmap_kenter_temporary() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH vm_offset_t pmap_kenter_temporary(struct machine *mach,
    vm_paddr_t pa, int i);

/* Memory attributes, devices, alignment, contents. */

/*
 * Returns the attribute that mappings of "m" get.
 *
 * Stands for pmap_page_get_memattr() of sys/amd64/include/pmap.h: same.
 */
PMAPSIM_API vm_memattr_t pmap_page_get_memattr(vm_page_t m);
/*
 * Gives "m" the attribute "ma", in the direct map at once and in mappings that
 * are made from now on; existing ones keep theirs.
 *
 * Stands for pmap_page_set_memattr() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_page_set_memattr(struct machine *mach, vm_page_t m,
    vm_memattr_t ma);
/*
 * Gives the kernel mappings of [va, va + size), rounded to pages, the
 * attribute "mode".  Where they are not the direct map's, the direct map of
 * the same memory follows, one run of contiguous memory at a time.
 *
 * Returns EINVAL below the direct map and where nothing is mapped, ENOMEM when
 * a larger mapping could not be demoted; what was demoted until then stays so.
 *
 * Stands for pmap_change_attr() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH int pmap_change_attr(struct machine *mach, vm_offset_t va,
    vm_size_t size, int mode);
/*
 * Maps device registers, uncacheable.
 *
 * Stands for pmap_mapdev() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH vm_offset_t pmap_mapdev(struct machine *mach, vm_paddr_t pa,
    vm_size_t size);
/*
 * Maps "size" bytes of device memory at "pa" with attribute "mode" and returns
 * where: in the direct map if that reaches so far, else at new kernel
 * addresses.
 *
 * Stands for pmap_mapdev_attr() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH vm_offset_t pmap_mapdev_attr(struct machine *mach,
    vm_paddr_t pa, vm_size_t size, int mode);
/*
 * Maps firmware tables, which are ordinary memory.
 *
 * Stands for pmap_mapbios() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH vm_offset_t pmap_mapbios(struct machine *mach, vm_paddr_t pa,
    vm_size_t size);
/*
 * Undoes one of the three above.  A direct-map address keeps its mapping and
 * its attribute.
 *
 * Stands for pmap_unmapdev() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_unmapdev(struct machine *mach, vm_offset_t va,
    vm_size_t size);
/*
 * Raises "*addr", where "size" bytes of "object" from byte "offset" on are to
 * be mapped, to where superpages are possible; not if not even one is.
 *
 * Stands for pmap_align_superpage() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_align_superpage(struct machine *mach,
    vm_object_t object, vm_ooffset_t offset, vm_offset_t *addr, vm_size_t size);
/*
 * Fills "m" with zeroes.  A frame that was never freed still is what it was at
 * boot, and is spared; it is not taken for such a second time.
 *
 * Stands for pmap_zero_page() of sys/amd64/amd64/pmap.c: adapted, untouched
 * host memory stays untouched.
 */
PMAPSIM_API_MACH void pmap_zero_page(struct machine *mach, vm_page_t m);
/*
 * Fills "size" bytes from byte "off" of "m" with zeroes.
 *
 * Stands for pmap_zero_page_area() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_zero_page_area(struct machine *mach, vm_page_t m,
    int off, int size);
/*
 * pmap_zero_page() for the idle process.
 *
 * Stands for pmap_zero_page_idle() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_zero_page_idle(struct machine *mach, vm_page_t m);
/*
 * Copies the contents of "src" to "dst".
 *
 * Stands for pmap_copy_page() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_copy_page(struct machine *mach, vm_page_t src,
    vm_page_t dst);

/* Invalidations: the local operation and the messages to other CPUs. */

/*
 * Makes all CPUs that may know it forget the page at "va", whatever its size.
 *
 * Stands for pmap_invalidate_page() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_invalidate_page(struct machine *mach, pmap_t pmap,
    vm_offset_t va);
/*
 * Makes all CPUs that may know them forget the pages of [sva, eva), one by
 * one.
 *
 * Stands for pmap_invalidate_range() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_invalidate_range(struct machine *mach, pmap_t pmap,
    vm_offset_t sva, vm_offset_t eva);
/*
 * Makes all CPUs that may have entries of "pmap" forget all that is not
 * global: even for the kernel's pmap, whose pages mostly are.
 *
 * Stands for pmap_invalidate_all() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_invalidate_all(struct machine *mach, pmap_t pmap);
/*
 * Writes back and empties every CPU's caches.
 *
 * Stands for pmap_invalidate_cache() of sys/amd64/amd64/pmap.c: adapted,
 * counted only.
 */
PMAPSIM_API_MACH void pmap_invalidate_cache(struct machine *mach);
/*
 * Makes [sva, eva) uncached where its caching attribute has changed.
 *
 * Stands for pmap_invalidate_cache_range() of sys/amd64/amd64/pmap.c: adapted,
 * the CPUs simulated have self-snoop, so nothing is left to do.
 */
PMAPSIM_API_MACH void pmap_invalidate_cache_range(struct machine *mach,
    vm_offset_t sva, vm_offset_t eva);

/* Reading the tables.  Simulator only; valid for any address. */
struct pmapsim_pte {
	pml4_entry_t pml4e;
	pdp_entry_t pdpe;
	pd_entry_t pde; /* 0 when no page directory is there */
	pt_entry_t pte; /* 0 when the PDE is a 2 MB mapping or invalid */
};
/*
 * Reads the entries of all four levels for "va" into "entries", which the
 * caller owns.  Valid for any address; levels that do not exist read 0.
 * Nothing is changed, no A bit either.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH void pmapsim_pte(struct machine *mach, pmap_t pmap,
    vm_offset_t va, struct pmapsim_pte *entries);

/* Why a promotion attempt failed: what the kernel never told. */
enum pmapsim_promote_reason {
	PMAPSIM_PROMOTE_OK,
	PMAPSIM_PROMOTE_FIRST_UNUSABLE, /* PTE 0 lacks V or A, or its frame is
					   not 2 MB aligned */
	PMAPSIM_PROMOTE_NOT_CONTIGUOUS, /* PTE "index" has another frame, or
					   lacks V or A */
	PMAPSIM_PROMOTE_ATTRIBUTES,	/* PTE "index" differs in "bits" */
	PMAPSIM_PROMOTE_NO_RESERVATION, /* not attempted: the reservation is
					   absent or not fully populated */
	PMAPSIM_PROMOTE_REASONS
};
/* The attempt that failed last.  A copy; the machine keeps its own. */
struct pmapsim_promote_failure {
	enum pmapsim_promote_reason reason;
	pmap_t pmap;
	vm_offset_t va;	 /* of the 2 MB region */
	unsigned index;	 /* of the PTE, 0..511 */
	pt_entry_t pte;	 /* what it was */
	pt_entry_t bits; /* that are wrong or differ */
};
/*
 * Fills "failure" with why the last promotion attempt failed; its reason is
 * PMAPSIM_PROMOTE_OK when none has failed since boot.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH void pmapsim_promote_last_failure(struct machine *mach,
    struct pmapsim_promote_failure *failure);
/*
 * Returns how many attempts failed for "reason" since boot.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH uint64_t pmapsim_promote_failures(struct machine *mach,
    enum pmapsim_promote_reason reason);
/*
 * Returns how many 2 MB mappings exist now in "pmap", or in all pmaps when
 * that is NULL.  Those that the boot made are not counted.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH uint64_t pmapsim_superpages(struct machine *mach, pmap_t pmap);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_PMAP_H */
