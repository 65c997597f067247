/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the benchmarks share: a machine, regions that are ripe for promotion,
 * and calls into the pmap that no public function makes alone.  Each aborts
 * with a message when the machine does not do as told: a benchmark of
 * something else than it says is worth nothing.
 */
#ifndef BENCH_BENCH_SUPPORT_H
#define BENCH_BENCH_SUPPORT_H

#include <pmapsim/hw.h>
#include <pmapsim/machine.h>
#include <pmapsim/pmap.h>
#include <pmapsim/vm.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A machine of "mem" bytes, invariants off; "kmem" 0: mem/3. */
struct machine *bench_boot(vm_paddr_t mem, vm_size_t kmem);
/* The same of another kernel, by its name. */
struct machine *bench_boot_kernel(const char *kernel, vm_paddr_t mem);
/* The same with TLBs of the preset, and without superpages. */
struct machine *bench_boot_tlb(vm_paddr_t mem, const char *tlb);
/* The same without superpages and without TLBs. */
struct machine *bench_boot_small_pages(vm_paddr_t mem);

/*
 * "count" regions of 2 MB side by side from "va" on in "pmap", and a coloured
 * object whose reservations behind them are full; nothing is mapped.
 */
struct bench_regions {
	struct machine *mach;
	pmap_t pmap;
	vm_offset_t va;
	unsigned count;
	vm_page_t *pages; /* [count * 512] */
};
void bench_regions_init(struct bench_regions *regions, unsigned count);
/* The same of another kernel, by its name. */
void bench_regions_init_kernel(struct bench_regions *regions, unsigned count,
    const char *kernel);
void bench_regions_done(struct bench_regions *regions);
/* Enters page "i" writable, as a write fault does. */
void bench_enter(struct bench_regions *regions, unsigned i);
/* Enters all pages, each by a call. */
void bench_enter_each(struct bench_regions *regions);
/* Enters all pages; "promote" false: no promotion is tried. */
void bench_enter_all(struct bench_regions *regions, bool promote);
void bench_remove_all(struct bench_regions *regions);
/*
 * Enters and removes all pages, without promotions and with them.  The host has
 * then given the memory in which the library notes something of each page and
 * of each superpage.  A large machine gets it in huge pages, and the host takes
 * some milliseconds to fill each of these with zeros.
 */
void bench_use_all(struct bench_regions *regions);
/* Whether promotions are tried from now on. */
void bench_set_promotion(struct bench_regions *regions, bool on);
/* One more address space of that machine; it dies with it. */
pmap_t bench_pmap(struct bench_regions *regions, const char *name);

/* pmap_promote_pde() and pmap_demote_pde() of region "i", nothing around. */
void bench_promote(struct bench_regions *regions, unsigned i);
void bench_demote(struct bench_regions *regions, unsigned i);
/* pmap_promote_pde() of a kernel of 2022 and later. */
void bench_promote_2022(struct bench_regions *regions, unsigned i);
/* Clears A in PTE "index" of region "i", so that a promotion fails there. */
void bench_spoil(struct bench_regions *regions, unsigned i, unsigned index);

/* A 2 MB region of kernel memory, whose 512 pages are mapped one by one. */
struct bench_kernel_region {
	struct machine *mach;
	vm_offset_t va;
	pd_entry_t *pde;
	const uint64_t *table; /* its 512 PTEs */
};
void bench_kernel_region_init(struct bench_kernel_region *region);
void bench_kernel_promote(struct bench_kernel_region *region);
void bench_kernel_demote(struct bench_kernel_region *region);
/* How many of 512 PTEs do not continue the first one. */
unsigned bench_scan(const uint64_t *table);
/* Marks the pages of superpage "i" dirty: one byte of each of 512 pairs. */
void bench_dirty(struct bench_regions *regions, unsigned i);

/* 2 MB mappings now. */
uint64_t bench_superpages(struct bench_regions *regions);
/* The value of a counter that must exist. */
int64_t bench_sysctl(struct machine *mach, const char *name);
/* Aborts with "what" unless "ok". */
void bench_check(bool ok, const char *what);
/* Bytes of this process that are in host memory. */
size_t bench_resident(void);

#ifdef __cplusplus
}
#endif

#endif /* BENCH_BENCH_SUPPORT_H */
