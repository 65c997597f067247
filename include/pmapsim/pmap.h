/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap(9) of FreeBSD/amd64 (pmap.c), under FreeBSD's names.  The first
 * parameter is the machine, then come FreeBSD's.  The functions are to be
 * called inside a guard, as each may panic as the kernel does.  Addresses are
 * in bytes; locks are not modelled.
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
 * Returns an empty pmap structure for pmap_pinit(), which the machine owns.
 * Dumps show it under "name", which is copied and cut to 31 characters.  When
 * "name" is NULL or empty the name is "pmap" and a number.  Returns NULL when
 * the machine is NULL or frozen.
 *
 * Simulator only: FreeBSD embeds the structure in a vmspace.
 */
PMAPSIM_API pmap_t pmapsim_pmap_create(struct machine *mach, const char *name);
/*
 * Gives "pmap" back to the machine.  pmap_release() must have emptied it.  A
 * CPU that still has it loaded gets the kernel's pmap instead.  NULL and the
 * kernel's own pmap are left alone.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH void pmapsim_pmap_destroy(struct machine *mach, pmap_t pmap);
/*
 * Returns the name of "pmap", which the pmap owns.
 *
 * Simulator only.
 */
PMAPSIM_API const char *pmapsim_pmap_name(pmap_t pmap);
/*
 * Returns pm_stats.resident_count, in pages.  The result is signed, since the
 * kernel's count goes below 0 when the kernel removes entries that it never
 * counted.
 *
 * Simulator only.
 */
PMAPSIM_API int64_t pmapsim_pmap_resident_count(pmap_t pmap);
/*
 * Returns pm_stats.wired_count, in pages.  The result is signed, since the
 * kernel's count goes below 0 when the kernel removes wired entries that it
 * never counted.
 *
 * Simulator only.
 */
PMAPSIM_API int64_t pmapsim_pmap_wired_count(pmap_t pmap);
/*
 * Returns pm_active.  Bit n is set when CPU n may hold entries of "pmap" in
 * its TLB; the kernel sends its invalidations to these CPUs.
 *
 * Simulator only.
 */
PMAPSIM_API uint32_t pmapsim_pmap_active(pmap_t pmap);
/*
 * Sets pm_active of "pmap" to "mask", and loads nothing on a CPU.
 *
 * Simulator only.
 */
PMAPSIM_API void pmapsim_pmap_set_active(pmap_t pmap, uint32_t mask);
/*
 * Makes "pmap" an empty address space with a PML4 page of its own, into which
 * it links the page tables of the kernel's addresses.  It waits for memory.
 * The PML4 page is wired, and in the kernel of April 2010 it does not count in
 * resident_count.  Returns 1 always.
 *
 * Stands for pmap_pinit() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH int pmap_pinit(struct machine *mach, pmap_t pmap);
/*
 * Makes "pmap" an empty address space on the kernel's own PML4 page, as
 * process 0 has it.
 *
 * Stands for pmap_pinit0() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_pinit0(struct machine *mach, pmap_t pmap);
/*
 * Frees the PML4 page that pmap_pinit() allocated.  No mapping may be left in
 * "pmap".  The kernel clears its own entries in the page and frees it as a
 * zeroed one, so an entry of a program that is left in it is found by whoever
 * gets the page next.
 *
 * Stands for pmap_release() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_release(struct machine *mach, pmap_t pmap);
/*
 * Loads "pmap" on the current CPU and notes the CPU in pm_active, which says
 * who is told of invalidations.  The pm_active of the kernel's pmap always has
 * all bits set.
 *
 * Stands for pmap_activate() of sys/amd64/amd64/pmap.c: adapted, takes the
 * pmap instead of a thread and sets curpmap, which the context switch does.
 */
PMAPSIM_API_MACH void pmap_activate(struct machine *mach, pmap_t pmap);
/*
 * Adds page tables to the kernel's address space until they reach "addr".
 * Where a page directory is missing too, the kernel allocates it before the
 * first page table in it.  These pages do not count in resident_count.
 *
 * Stands for pmap_growkernel() of sys/amd64/amd64/pmap.c: adapted,
 * kernel_map's end is known as virtual_end.
 */
PMAPSIM_API_MACH void pmap_growkernel(struct machine *mach, vm_offset_t addr);

/* Making mappings. */

/*
 * Maps page "m" at "va" with the rights "prot", and replaces what is mapped
 * there.  "access" is the access for which the mapping is made; when it is a
 * write, M is set in the new PTE.  A "wired" mapping is counted as one and
 * stays until it is unwired or removed.
 *
 * When the PTE has the right value already the kernel does not write it, and
 * sets neither A nor M in it.  It tries to promote in this case too.
 *
 * An attempt to promote follows when superpages are on,
 * vm_reserv_level_iffullpop() of the page gives 0, and the page-table page is
 * fully used.  The page tables of kernel addresses have no count of their use,
 * so there each call for a page of a fully populated reservation makes an
 * attempt.
 *
 * For a kernel address that lies in a 2 MB mapping the kernel panics:
 * "pmap_enter: attempted pmap_enter on 2MB page".
 *
 * Stands for pmap_enter() of sys/amd64/amd64/pmap.c: adapted, no locks, and
 * one walk instead of two.
 */
PMAPSIM_API_MACH void pmap_enter(struct machine *mach, pmap_t pmap,
    vm_offset_t va, vm_prot_t access, vm_page_t m, vm_prot_t prot,
    boolean_t wired);
/* Flags of pmap_enter_flags(), beside the access. */
#define PMAP_ENTER_NOSLEEP 0x100
#define PMAP_ENTER_WIRED 0x200
/*
 * pmap_enter() as kernels of 2014 and later have it.  "flags" are the access
 * for which the mapping is made, in bits of VM_PROT_*, and PMAP_ENTER_WIRED
 * and PMAP_ENTER_NOSLEEP.  With a "psind" of 1 the kernel maps the 2 MB that
 * begin with "m" at once, and removes what is mapped there; the reservation of
 * "m" must be fully populated.  Returns KERN_SUCCESS.  When memory is short it
 * returns KERN_RESOURCE_SHORTAGE, and has mapped nothing, if "flags" has
 * PMAP_ENTER_NOSLEEP or "psind" is 1; else it waits for memory.  A kernel
 * whose own pmap_enter() is older takes this call too, and promotes as the
 * kernel of 2022 does.
 *
 * Stands for pmap_enter() of sys/amd64/amd64/pmap.c, July 2022 and 2026:
 * adapted, no locks, no pages of 1 GB.
 */
PMAPSIM_API_MACH int pmap_enter_flags(struct machine *mach, pmap_t pmap,
    vm_offset_t va, vm_page_t m, vm_prot_t prot, int flags, int psind);
/*
 * Maps "m" at "va" ahead of its use: read-only, and executable if "prot" says
 * so.  It does nothing where something is mapped already, and where it would
 * have to wait for a page-table page or a pv entry.  The caller is not told
 * whether the page was mapped.
 *
 * Stands for pmap_enter_quick() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH void pmap_enter_quick(struct machine *mach, pmap_t pmap,
    vm_offset_t va, vm_page_t m, vm_prot_t prot);
/*
 * Maps the resident pages of an object, from "m_start" on, into [start, end).
 * It makes 2 MB mappings where the addresses are aligned and the reservation
 * is fully populated, and else maps page by page as pmap_enter_quick() does.
 * All mappings are read-only; of "prot" only the permission to execute is
 * looked at.
 *
 * Stands for pmap_enter_object() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH void pmap_enter_object(struct machine *mach, pmap_t pmap,
    vm_offset_t start, vm_offset_t end, vm_page_t m_start, vm_prot_t prot);
/*
 * Maps the device memory that "object" has from page "pindex" on at [addr,
 * addr + size), with writable 2 MB mappings.  It does nothing when the
 * address, the size or the physical memory is not aligned to 2 MB, or the
 * physical memory is not contiguous.
 *
 * Stands for pmap_object_init_pt() of sys/amd64/amd64/pmap.c: adapted, no
 * locks.
 */
PMAPSIM_API_MACH void pmap_object_init_pt(struct machine *mach, pmap_t pmap,
    vm_offset_t addr, vm_object_t object, vm_pindex_t pindex, vm_size_t size);
/*
 * Copies the managed mappings that "src_pmap" has in [src_addr, src_addr +
 * len) to "dst_pmap" at the same addresses.  A superpage is copied as a
 * superpage.  Nothing is done when "dst_addr" differs from "src_addr".
 *
 * Stands for pmap_copy() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH void pmap_copy(struct machine *mach, pmap_t dst_pmap,
    pmap_t src_pmap, vm_offset_t dst_addr, vm_size_t len, vm_offset_t src_addr);

/* Taking mappings away. */

/*
 * Removes all mappings of [sva, eva).  A superpage of which only a part lies
 * in the range is demoted first.  When the demotion fails, for want of a
 * page-table page, the kernel removes the whole superpage.
 *
 * The kernel returns as soon as resident_count is 0.  When that count is too
 * low, mappings of the range stay.
 *
 * Stands for pmap_remove() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH void pmap_remove(struct machine *mach, pmap_t pmap,
    vm_offset_t sva, vm_offset_t eva);
/*
 * Removes all mappings of "m" from all address spaces, and clears PG_WRITEABLE
 * in the flags of the page.  What the mappings say of the use of the page
 * moves to the page: PG_M makes it dirty, PG_A sets PG_REFERENCED.  A
 * superpage that maps the page is demoted first.  A superpage whose demotion
 * fails is removed as a whole, so that up to 511 other pages lose a mapping.
 * Page-table pages that become empty are freed.  Wired mappings are removed
 * like all others.
 *
 * Stands for pmap_remove_all() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH void pmap_remove_all(struct machine *mach, vm_page_t m);
/*
 * Removes all managed mappings of the current address space except wired ones.
 * It is for programs that exit, and faster than pmap_remove(): it goes through
 * the chunks of pv entries and makes one invalidation at the end.  It does not
 * note which pages were referenced.
 *
 * Stands for pmap_remove_pages() of sys/amd64/amd64/pmap.c: adapted, no locks,
 * and the console's warning about a pmap that is not current is not printed.
 */
PMAPSIM_API_MACH void pmap_remove_pages(struct machine *mach, pmap_t pmap);

/* Changing mappings. */

/*
 * Takes the rights that are not in "prot" from all mappings of [sva, eva).
 * When "prot" lacks VM_PROT_READ it removes the mappings.  It never adds a
 * right, and does nothing when "prot" has both VM_PROT_WRITE and
 * VM_PROT_EXECUTE.
 *
 * Stands for pmap_protect() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH void pmap_protect(struct machine *mach, pmap_t pmap,
    vm_offset_t sva, vm_offset_t eva, vm_prot_t prot);
/*
 * Takes the right to write from all mappings of "m".  When a mapping says that
 * the page was written, the page becomes dirty.  A superpage that can be
 * written is demoted first, so that its other 511 pages stay writable.
 *
 * Stands for pmap_remove_write() of sys/amd64/amd64/pmap.c: adapted, no locks,
 * no retry.
 */
PMAPSIM_API_MACH void pmap_remove_write(struct machine *mach, vm_page_t m);
/*
 * Sets the bit PG_W of the mapping of "va" as "wired" says, and counts the
 * change in wired_count.  The mapping must exist.  A superpage that is not
 * wired or unwired as asked is demoted first.  Nothing is invalidated, since
 * no MMU looks at this bit.
 *
 * Stands for pmap_change_wiring() of sys/amd64/amd64/pmap.c: adapted, no
 * locks; without a mapping FreeBSD follows a NULL pointer, here the machine
 * stops.
 */
PMAPSIM_API_MACH void pmap_change_wiring(struct machine *mach, pmap_t pmap,
    vm_offset_t va, boolean_t wired);

/*
 * Unwires all mappings from "sva" up to "eva".  The kernel panics when a
 * mapping of the range is not wired.  A superpage that lies in the range as a
 * whole stays one; a superpage that reaches beyond the range is demoted.
 * Kernels have this function since 2014, in place of pmap_change_wiring(); a
 * mapping is wired by pmap_enter().
 *
 * Stands for pmap_unwire() of sys/amd64/amd64/pmap.c, July 2022: adapted, no
 * locks.
 */
PMAPSIM_API_MACH void pmap_unwire(struct machine *mach, pmap_t pmap,
    vm_offset_t sva, vm_offset_t eva);
/* Advice for vm_map_madvise() and pmap_advise(), as madvise(2) numbers it. */
#define PMAPSIM_MADV_WILLNEED 3
#define PMAPSIM_MADV_DONTNEED 4
#define PMAPSIM_MADV_FREE 5
/*
 * Makes the mappings from "sva" up to "eva" look unused: the kernel clears A
 * and M, in wired mappings too.  With PMAPSIM_MADV_DONTNEED it marks pages
 * that were written as dirty first; with PMAPSIM_MADV_FREE it does not, and
 * what they hold may be lost.  A superpage is demoted, and the mapping of its
 * last page in the range is removed, so that the next access to this page can
 * promote the superpage again.  With any other advice nothing is done.
 *
 * Stands for pmap_advise() of sys/amd64/amd64/pmap.c, July 2022: adapted, no
 * locks.
 */
PMAPSIM_API_MACH void pmap_advise(struct machine *mach, pmap_t pmap,
    vm_offset_t sva, vm_offset_t eva, int advice);

/* Asking. */

/*
 * Returns the physical address to which "pmap" maps "va", or 0 when there is
 * no page table.  The kernel does not look at the V bit of the PTE: for an
 * empty PTE the result is the offset of "va" in its page.
 *
 * Stands for pmap_extract() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH vm_paddr_t pmap_extract(struct machine *mach, pmap_t pmap,
    vm_offset_t va);
/*
 * Returns the page that is mapped at "va", and holds it.  Returns NULL when no
 * page is mapped there, or when "prot" asks for the right to write and the
 * mapping does not have it.
 *
 * Stands for pmap_extract_and_hold() of sys/amd64/amd64/pmap.c: adapted, no
 * locks.
 */
PMAPSIM_API_MACH vm_page_t pmap_extract_and_hold(struct machine *mach,
    pmap_t pmap, vm_offset_t va, vm_prot_t prot);
/*
 * Returns the physical address to which kernel address "va" is mapped.  The
 * kernel looks at the V bit of neither the PDE nor the PTE: for an empty PTE
 * the result is the offset of "va" in its page.
 *
 * Stands for pmap_kextract() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH vm_paddr_t pmap_kextract(struct machine *mach, vm_offset_t va);
/*
 * Returns whether a page can be mapped at "addr" ahead of its use: a page
 * table is there, and its PTE of "addr" is empty.
 *
 * Stands for pmap_is_prefaultable() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH boolean_t pmap_is_prefaultable(struct machine *mach,
    pmap_t pmap, vm_offset_t addr);
/*
 * Returns the byte that mincore(2) gives for "addr".  To learn whether other
 * programs have used the page, the kernel clears the A bits of their mappings,
 * which can demote their superpages.  It keeps what it learns: it sets
 * PG_REFERENCED in the flags of the page.
 *
 * Stands for pmap_mincore() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH int pmap_mincore(struct machine *mach, pmap_t pmap,
    vm_offset_t addr);
/*
 * Returns whether "pmap" maps "m".  The kernel looks at 16 pv entries of the
 * page at most.
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
 * Returns whether a mapping says that "m" was written.  The kernel of 9.0
 * answers no without a look when PG_WRITEABLE is clear in the flags of the
 * page.
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
 * Returns in how many mappings "m" was accessed since the last such call, and
 * clears A in them.  It stops when it has counted more than 4.  The kernel
 * rotates the list of pv entries, so that the next call begins with the
 * mappings that the last one did not reach.
 *
 * Up to 9.0 a superpage that was accessed is demoted, and its mapping of "m"
 * is removed unless it is wired.  The next access to the page faults, and once
 * the page is mapped again the superpage can be promoted again.  Kernels of
 * 2022 and later leave superpages whole.
 *
 * Stands for pmap_ts_referenced() of sys/amd64/amd64/pmap.c: adapted, no
 * locks.
 */
PMAPSIM_API_MACH int pmap_ts_referenced(struct machine *mach, vm_page_t m);
/*
 * Clears M in the mappings of "m".
 *
 * A writable superpage is demoted, and its mapping of "m" loses the right to
 * write unless it is wired.  The kernel then marks the page as dirty, although
 * the caller is about to clean it.
 *
 * Stands for pmap_clear_modify() of sys/amd64/amd64/pmap.c: adapted, no locks,
 * no retry.
 */
PMAPSIM_API_MACH void pmap_clear_modify(struct machine *mach, vm_page_t m);
/*
 * Clears A in the mappings of "m".  A superpage is demoted, and its mapping of
 * "m" is removed, even when it is wired.
 *
 * Stands for pmap_clear_reference() of sys/amd64/amd64/pmap.c: adapted, no
 * locks.
 */
PMAPSIM_API_MACH void pmap_clear_reference(struct machine *mach, vm_page_t m);

/* Kernel mappings that the pmap does not count, and that have no pv entries. */

/*
 * Maps kernel address "va" to "pa", writable.  It overwrites the PTE and
 * invalidates nothing, so a TLB keeps what it holds of the address.
 *
 * Stands for pmap_kenter() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_kenter(struct machine *mach, vm_offset_t va,
    vm_paddr_t pa);
/*
 * Maps kernel address "va" to "pa", writable, with the caching attribute
 * "mode".  It overwrites the PTE and invalidates nothing.
 *
 * Stands for pmap_kenter_attr() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_kenter_attr(struct machine *mach, vm_offset_t va,
    vm_paddr_t pa, int mode);
/*
 * Clears the PTE of kernel address "va", and invalidates nothing.
 *
 * Stands for pmap_kremove() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_kremove(struct machine *mach, vm_offset_t va);
/*
 * Maps the "count" pages of "ma" at "sva" and the addresses that follow.  When
 * one of these PTEs was valid before, the kernel invalidates the range once.
 *
 * The kernel of 9.0 leaves a PTE alone that has the right frame and caching
 * already, even when it is read-only.  That saves the invalidation where a
 * buffer is mapped again.
 *
 * Stands for pmap_qenter() of sys/amd64/amd64/pmap.c: same, with the switch.
 */
PMAPSIM_API_MACH void pmap_qenter(struct machine *mach, vm_offset_t sva,
    vm_page_t *ma, int count);
/*
 * Clears the PTEs of the "count" pages from "sva" on, and invalidates the
 * range whatever was mapped there.
 *
 * Stands for pmap_qremove() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_qremove(struct machine *mach, vm_offset_t sva,
    int count);
/*
 * Returns an address at which [start, end) of physical memory is mapped.  It
 * is one of the direct map, so the call maps nothing and leaves "*virt" as it
 * is.
 *
 * Stands for pmap_map() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH vm_offset_t pmap_map(struct machine *mach, vm_offset_t *virt,
    vm_paddr_t start, vm_paddr_t end, int prot);
/*
 * Maps page "i" of the window for crash dumps to "pa" on this CPU.  Returns
 * the address at which the window begins, whatever "i" is.
 *
 * Stands for pmap_kenter_temporary() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH vm_offset_t pmap_kenter_temporary(struct machine *mach,
    vm_paddr_t pa, int i);

/* Memory attributes, devices, alignment, contents. */

/*
 * Returns the memory attribute that mappings of "m" get.
 *
 * Stands for pmap_page_get_memattr() of sys/amd64/include/pmap.h: same.
 */
PMAPSIM_API vm_memattr_t pmap_page_get_memattr(vm_page_t m);
/*
 * Gives "m" the attribute "ma".  Its mapping in the direct map changes at
 * once, and mappings that are made from now on get it.  Other mappings of the
 * page keep their attribute.
 *
 * Stands for pmap_page_set_memattr() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_page_set_memattr(struct machine *mach, vm_page_t m,
    vm_memattr_t ma);
/*
 * Gives the kernel mappings of [va, va + size), rounded to pages, the
 * attribute "mode".  Where these addresses are not in the direct map, the
 * direct map of the frames changes too, one run of contiguous frames at a
 * time.
 *
 * Returns 0, or EINVAL for an address below the direct map or one that is not
 * mapped, or ENOMEM when a larger mapping could not be demoted.  After ENOMEM
 * the mappings that were demoted stay so.
 *
 * Stands for pmap_change_attr() of sys/amd64/amd64/pmap.c: adapted, no locks.
 */
PMAPSIM_API_MACH int pmap_change_attr(struct machine *mach, vm_offset_t va,
    vm_size_t size, int mode);
/*
 * Maps "size" bytes of device registers at "pa", uncacheable, and returns the
 * kernel address.
 *
 * Stands for pmap_mapdev() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH vm_offset_t pmap_mapdev(struct machine *mach, vm_paddr_t pa,
    vm_size_t size);
/*
 * Maps "size" bytes of device memory at "pa" with the attribute "mode" and
 * returns the kernel address.  It is in the direct map where that reaches
 * "pa", else in a new range of kernel addresses.
 *
 * Stands for pmap_mapdev_attr() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH vm_offset_t pmap_mapdev_attr(struct machine *mach,
    vm_paddr_t pa, vm_size_t size, int mode);
/*
 * Maps "size" bytes of firmware tables at "pa", which are ordinary memory, and
 * returns the kernel address.
 *
 * Stands for pmap_mapbios() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH vm_offset_t pmap_mapbios(struct machine *mach, vm_paddr_t pa,
    vm_size_t size);
/*
 * Undoes pmap_mapdev(), pmap_mapdev_attr() or pmap_mapbios().  An address in
 * the direct map keeps its mapping and its attribute.
 *
 * Stands for pmap_unmapdev() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_unmapdev(struct machine *mach, vm_offset_t va,
    vm_size_t size);
/*
 * Raises "*addr" to the first address at which superpages are possible when
 * "size" bytes of "object" from byte "offset" on are mapped there.  It leaves
 * "*addr" as it is when the range is too short for one superpage.
 *
 * Stands for pmap_align_superpage() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_align_superpage(struct machine *mach,
    vm_object_t object, vm_ooffset_t offset, vm_offset_t *addr, vm_size_t size);
/*
 * Fills "m" with zeroes.  A frame that was not freed since the boot holds
 * zeroes already, and the first call for such a frame does not write it.
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
 * Fills "m" with zeroes as pmap_zero_page() does; the idle process calls it.
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

/* Invalidations, on the current CPU and by messages to others. */

/*
 * Makes all CPUs that may hold the page at "va" of "pmap" in their TLBs drop
 * it, whatever its size.
 *
 * Stands for pmap_invalidate_page() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_invalidate_page(struct machine *mach, pmap_t pmap,
    vm_offset_t va);
/*
 * Makes all CPUs that may hold pages of [sva, eva) of "pmap" in their TLBs
 * drop them, one by one.
 *
 * Stands for pmap_invalidate_range() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_invalidate_range(struct machine *mach, pmap_t pmap,
    vm_offset_t sva, vm_offset_t eva);
/*
 * Makes all CPUs that may hold entries of "pmap" in their TLBs drop all
 * entries that are not global.  That is so for the kernel's pmap too, most of
 * whose pages are global.
 *
 * Stands for pmap_invalidate_all() of sys/amd64/amd64/pmap.c: same.
 */
PMAPSIM_API_MACH void pmap_invalidate_all(struct machine *mach, pmap_t pmap);
/*
 * Makes every CPU write back and empty its caches.
 *
 * Stands for pmap_invalidate_cache() of sys/amd64/amd64/pmap.c: adapted,
 * counted only.
 */
PMAPSIM_API_MACH void pmap_invalidate_cache(struct machine *mach);
/*
 * Makes the caches of all CPUs drop [sva, eva), since its memory attribute has
 * changed.
 *
 * Stands for pmap_invalidate_cache_range() of sys/amd64/amd64/pmap.c: adapted,
 * the CPUs simulated have self-snoop, so nothing is left to do.
 */
PMAPSIM_API_MACH void pmap_invalidate_cache_range(struct machine *mach,
    vm_offset_t sva, vm_offset_t eva);

/* The entries that lead to an address, one a level.  Simulator only. */
struct pmapsim_pte {
	pml4_entry_t pml4e;
	pdp_entry_t pdpe;
	pd_entry_t pde; /* 0 when no page directory is there */
	pt_entry_t pte; /* 0 when the PDE is a 2 MB mapping or invalid */
};
/*
 * Reads the entries of all four levels for "va" into "entries", which the
 * caller owns.  The address may be any; an entry of a table that does not
 * exist reads 0.  Nothing is changed, not even an A bit.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH void pmapsim_pte(struct machine *mach, pmap_t pmap,
    vm_offset_t va, struct pmapsim_pte *entries);

/* Why an attempt to promote failed.  FreeBSD only counts these. */
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
/* The attempt to promote that failed last.  A copy, which the caller owns. */
struct pmapsim_promote_failure {
	enum pmapsim_promote_reason reason;
	pmap_t pmap;
	vm_offset_t va;	 /* of the 2 MB region */
	unsigned index;	 /* of the PTE, 0..511 */
	pt_entry_t pte;	 /* its value then */
	pt_entry_t bits; /* of it that are wrong or differ from PTE 0 */
};
/*
 * Tells through "failure", which the caller owns, why the last attempt to
 * promote that failed did so.  Its reason is PMAPSIM_PROMOTE_OK when no
 * attempt has failed since the boot.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH void pmapsim_promote_last_failure(struct machine *mach,
    struct pmapsim_promote_failure *failure);
/*
 * Returns how many attempts to promote have failed for "reason" since the
 * boot.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH uint64_t pmapsim_promote_failures(struct machine *mach,
    enum pmapsim_promote_reason reason);
/*
 * Returns how many 2 MB mappings exist now in "pmap", or in all pmaps when
 * "pmap" is NULL.  The mappings that the boot made are not counted.
 *
 * Simulator only.
 */
PMAPSIM_API_MACH uint64_t pmapsim_superpages(struct machine *mach, pmap_t pmap);

#ifdef __cplusplus
}
#endif

#endif /* PMAPSIM_PMAP_H */
