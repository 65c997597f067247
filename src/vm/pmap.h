/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the machine-independent code asks of a machine-dependent pmap: the
 * public pmap(9), and these.  An architecture's folder implements them; this
 * folder never sees a page-table entry.
 */
#ifndef VM_PMAP_H
#define VM_PMAP_H

#include <pmapsim/pmap.h>

#include "vm/vm_page.h"

/* End of the kernel addresses that have page tables; bytes. */
vm_offset_t pmap_kernel_vm_end(struct machine *mach);
/*
 * pmap_is_prefaultable() of each of the "count" pages, 64 at most, from "sva"
 * on, in an address space that is there: bit i stands for the i-th.
 */
uint64_t pmap_prefaultable(struct machine *mach, pmap_t pmap, vm_offset_t sva,
    unsigned count);
bool pmap_is_current(struct machine *mach, pmap_t pmap);
/* Whether "va", a program's, lies in a 2 MB mapping. */
bool pmap_maps_superpage(struct machine *mach, pmap_t pmap, vm_offset_t va);
/*
 * What a zone of vmspaces that keep their pmaps does with these: pmap_keep()
 * takes "pmap", which nobody uses any more, out of the list of pmaps as it is,
 * top page table and counts included; pmap_reuse() gives the pmap kept last
 * back under a new name, NULL where none is kept.
 */
void pmap_keep(struct machine *mach, pmap_t pmap);
pmap_t pmap_reuse(struct machine *mach, const char *name);
/*
 * The "enter-multiple" remedy: enters pages [va, va + n pages) of "object" as
 * pmap_enter() would, each wired, and tries a promotion only when all are in.
 */
void pmap_enter_multiple(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_prot_t access, vm_object_t object, vm_pindex_t pindex,
    vm_pindex_t npages, vm_prot_t prot, boolean_t wired);
/*
 * Does from "start" on what vm_fault_unwire() does to each page, as far as no
 * superpage must be demoted for it.  Comes back with the first address that is
 * not done, or with "end".
 */
vm_offset_t pmap_unwire_tables(struct machine *mach, pmap_t pmap,
    vm_offset_t start, vm_offset_t end, boolean_t fictitious);

#endif /* VM_PMAP_H */
