/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fixed set of operations whose instructions callgrind counts.  The counts
 * are exact for one compiler, on any machine however busy, so a slowdown of a
 * few percent is seen where no clock would show it.
 *
 * Each operation prepares its machine, and lets callgrind count between
 * budget_begin() and budget_end() only; budget_end() names the dump "operation number", number
 * being what the count is to be divided by.  check_budgets.sh compares.
 */
#include <stdio.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include "budget.h"

#define REGIONS 4
#define PAGES (REGIONS * NPTEPG)

void
budget_begin(void)
{

	CALLGRIND_START_INSTRUMENTATION;
	CALLGRIND_ZERO_STATS;
}

void
budget_end(const char *operation, unsigned number)
{
	char name[80];

	CALLGRIND_STOP_INSTRUMENTATION;
	snprintf(name, sizeof(name), "%s %u", operation, number);
	CALLGRIND_DUMP_STATS_AT(name);
}

/* Enters all pages of "regions", each as a write fault does. */
static void
enter_all(struct bench_regions *regions)
{
	unsigned i;

	for (i = 0; i < PAGES; i++)
		pmap_enter(regions->mach, regions->pmap, regions->va + ptoa(i),
		    VM_PROT_WRITE, regions->pages[i],
		    VM_PROT_READ | VM_PROT_WRITE, FALSE);
}

static void
measure_user(void)
{
	struct bench_regions regions;
	struct machine *mach;
	vm_offset_t end_va;
	unsigned i;

	bench_regions_init(&regions, REGIONS);
	mach = regions.mach;
	end_va = regions.va + REGIONS * NBPDR;

	budget_begin();
	enter_all(&regions);
	budget_end("pmap_enter/promoted/page", PAGES);
	bench_check(bench_superpages(&regions) == REGIONS, "not promoted");

	budget_begin();
	for (i = 0; i < REGIONS; i++)
		bench_demote(&regions, i);
	budget_end("pmap_demote_pde/managed", REGIONS);

	budget_begin();
	for (i = 0; i < REGIONS; i++)
		bench_promote(&regions, i);
	budget_end("pmap_promote_pde/managed", REGIONS);
	bench_check(bench_superpages(&regions) == REGIONS, "not promoted");

	budget_begin();
	for (i = 0; i < PAGES; i++)
		(void)pmap_extract(mach, regions.pmap, regions.va + ptoa(i));
	budget_end("pmap_extract/2M", PAGES);

	budget_begin();
	pmap_protect(mach, regions.pmap, regions.va, end_va, VM_PROT_READ);
	budget_end("pmap_protect/2M", REGIONS);

	budget_begin();
	pmap_remove(mach, regions.pmap, regions.va, end_va);
	budget_end("pmap_remove/2M-managed", REGIONS);

	bench_enter_all(&regions, false);
	budget_begin();
	pmap_protect(mach, regions.pmap, regions.va, end_va, VM_PROT_READ);
	budget_end("pmap_protect/4K/page", PAGES);

	budget_begin();
	for (i = 0; i < PAGES; i++)
		(void)pmap_extract(mach, regions.pmap, regions.va + ptoa(i));
	budget_end("pmap_extract/4K", PAGES);

	budget_begin();
	for (i = 0; i < REGIONS; i++)
		pmap_remove(mach, regions.pmap, regions.va + i * NBPDR,
		    regions.va + (i + 1) * NBPDR);
	budget_end("pmap_remove/512x4K/page", PAGES);

	bench_set_promotion(&regions, false);
	budget_begin();
	enter_all(&regions);
	budget_end("pmap_enter/plain/page", PAGES);
	bench_set_promotion(&regions, true);

	bench_spoil(&regions, 0, 0);
	bench_spoil(&regions, 1, 255);
	bench_spoil(&regions, 2, 511);
	for (i = 0; i < 3; i++) {
		static const char *const names[] =
		    {"pmap_promote_pde/fails-at-0",
			"pmap_promote_pde/fails-at-255",
			"pmap_promote_pde/fails-at-511"};

		budget_begin();
		bench_promote(&regions, i);
		budget_end(names[i], 1);
	}

	budget_begin();
	for (i = 0; i < PAGES - 1; i++)
		pmap_remove_all(mach, regions.pages[i]);
	budget_end("pmap_remove_all/1-mapper", PAGES - 1);

	/* The page table stays: the last page is mapped. */
	budget_begin();
	for (i = 0; i < NPTEPG; i++) {
		pmap_enter(mach, regions.pmap, end_va - 2 * PAGE_SIZE,
		    VM_PROT_WRITE, regions.pages[i], VM_PROT_WRITE, FALSE);
		pmap_remove(mach, regions.pmap, end_va - 2 * PAGE_SIZE,
		    end_va - PAGE_SIZE);
	}
	budget_end("pmap_enter+pmap_remove/page", NPTEPG);

	budget_begin();
	for (i = 0; i < NPTEPG; i++) {
		pmap_enter(mach, regions.pmap, regions.va, VM_PROT_WRITE,
		    regions.pages[i], VM_PROT_WRITE, FALSE);
		pmap_remove(mach, regions.pmap, regions.va,
		    regions.va + PAGE_SIZE);
	}
	budget_end("pmap_enter+pmap_remove/tables-too", NPTEPG);
	bench_regions_done(&regions);
}

static void
measure_copy(void)
{
	struct bench_regions regions;
	pmap_t child;

	bench_regions_init(&regions, REGIONS);
	enter_all(&regions);
	child = bench_pmap(&regions, "child");
	budget_begin();
	pmap_copy(regions.mach, child, regions.pmap, regions.va,
	    REGIONS * NBPDR, regions.va);
	budget_end("pmap_copy/2M", REGIONS);
	budget_begin();
	pmap_remove(regions.mach, child, regions.va,
	    regions.va + REGIONS * NBPDR);
	budget_end("pmap_remove/2M-shared", REGIONS);
	budget_begin();
	pmap_enter_object(regions.mach, child, regions.va,
	    regions.va + REGIONS * NBPDR, regions.pages[0], VM_PROT_READ);
	budget_end("pmap_enter_object/2M", REGIONS);
	bench_regions_done(&regions);
}

static void
measure_pages(void)
{
	struct bench_regions regions;
	struct machine *mach;
	vm_object_t object;
	vm_page_t pages[NPTEPG];
	unsigned i;

	bench_regions_init(&regions, 1);
	mach = regions.mach;
	object = vm_object_allocate(mach, OBJT_DEFAULT, NPTEPG);
	pmapsim_object_color(mach, object, 0);
	budget_begin();
	for (i = 0; i < NPTEPG; i++)
		pages[i] = vm_page_alloc(mach, object, i, VM_ALLOC_NORMAL);
	budget_end("vm_page_alloc/reservation", NPTEPG);
	budget_begin();
	for (i = 0; i < NPTEPG; i++)
		vm_page_free(mach, vm_page_lookup(mach, object, i));
	budget_end("vm_page_lookup+vm_page_free/reservation", NPTEPG);
	budget_begin();
	for (i = 0; i < NPTEPG; i++)
		pages[i] = vm_page_alloc(mach, NULL, i,
		    VM_ALLOC_NORMAL | VM_ALLOC_NOOBJ);
	budget_end("vm_page_alloc/no-object", NPTEPG);
	budget_begin();
	for (i = 0; i < NPTEPG; i++)
		vm_page_free(mach, pages[i]);
	budget_end("vm_page_free/no-object", NPTEPG);
	bench_regions_done(&regions);
}

static void
measure_kmem(vm_size_t size, const char *name, const char *free_name)
{
	struct machine *mach;
	vm_map_t map;
	vm_offset_t va[8];
	unsigned i;

	mach = bench_boot(256 * MB, 64 * MB);
	map = pmapsim_kmem_map(mach);
	budget_begin();
	for (i = 0; i < 8; i++)
		va[i] = kmem_malloc(mach, map, size, M_NOWAIT);
	budget_end(name, 8 * (unsigned)atop(size));
	bench_check(va[7] != 0, "out of memory");
	budget_begin();
	for (i = 0; i < 8; i++)
		kmem_free(mach, map, va[i], size);
	budget_end(free_name, 8 * (unsigned)atop(size));
	pmapsim_destroy(mach);
}

/* What kmem_malloc() of 2 MB asks of the pmap, failed attempts included. */
static void
measure_kernel_enter(void)
{
	struct machine *mach;
	vm_page_t pages[NPTEPG];
	vm_offset_t va;
	pmap_t pmap;
	unsigned i;

	mach = bench_boot(256 * MB, 64 * MB);
	pmap = pmapsim_kernel_pmap(mach);
	va = kmem_malloc(mach, pmapsim_kmem_map(mach), NBPDR, M_NOWAIT);
	for (i = 0; i < NPTEPG; i++)
		pages[i] = PHYS_TO_VM_PAGE(mach,
		    pmap_kextract(mach, va + ptoa(i)));
	/* In two parts: the superpage is demoted, and its table is emptied. */
	pmap_remove(mach, pmap, va, va + PAGE_SIZE);
	pmap_remove(mach, pmap, va + PAGE_SIZE, va + NBPDR);
	budget_begin();
	for (i = 0; i < NPTEPG; i++)
		pmap_enter(mach, pmap, va + ptoa(i), VM_PROT_ALL, pages[i],
		    VM_PROT_ALL, TRUE);
	budget_end("pmap_enter/kernel-promoted/page", NPTEPG);
	bench_check(bench_sysctl(mach, "vm.pmap.pde.promotions") == 2,
	    "not promoted");

	va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach), NBPDR);
	budget_begin();
	for (i = 0; i < NPTEPG; i++)
		pmap_kenter(mach, va + ptoa(i), ptoa(i));
	budget_end("pmap_kenter", NPTEPG);
	budget_begin();
	for (i = 0; i < NPTEPG; i++)
		(void)pmap_kextract(mach, va + ptoa(i));
	budget_end("pmap_kextract", NPTEPG);
	budget_begin();
	for (i = 0; i < NPTEPG; i++)
		pmap_kremove(mach, va + ptoa(i));
	budget_end("pmap_kremove", NPTEPG);
	pmapsim_destroy(mach);
}

/* Faults of fresh anonymous memory, and what fork and exit make of it. */
static void
measure_fault(void)
{
	struct machine *mach;
	vm_map_t child, map;
	vm_offset_t addr;
	unsigned i;

	mach = bench_boot(256 * MB, 64 * MB);
	map = vmspace_alloc(mach);
	addr = 0x800000000;
	bench_check(vm_mmap(mach, map, &addr, REGIONS * NBPDR,
			VM_PROT_READ | VM_PROT_WRITE, VM_PROT_ALL,
			PMAPSIM_MAP_ANON | PMAPSIM_MAP_PRIVATE |
			    PMAPSIM_MAP_FIXED,
			NULL, 0) == KERN_SUCCESS,
	    "vm_mmap");
	budget_begin();
	for (i = 0; i < PAGES; i++)
		vm_fault(mach, map, addr + ptoa(i), VM_PROT_WRITE,
		    VM_FAULT_NORMAL);
	budget_end("vm_fault/anonymous", PAGES);
	budget_begin();
	child = vmspace_fork(mach, map);
	budget_end("vmspace_fork/2M", REGIONS);
	budget_begin();
	vmspace_exit(mach, child);
	budget_end("vmspace_exit/2M", REGIONS);
	pmapsim_destroy(mach);
}

static void
measure_boot(void)
{
	struct machine *mach;

	budget_begin();
	mach = bench_boot(64 * MB, 0);
	budget_end("pmapsim_boot/64M", 1);
	pmapsim_destroy(mach);
}

int
main(void)
{

	measure_user();
	measure_copy();
	measure_pages();
	measure_kmem(64 << 10, "kmem_malloc/64K/page", "kmem_free/64K/page");
	measure_kmem(2 << 20, "kmem_malloc/2M/page", "kmem_free/2M/page");
	measure_kernel_enter();
	measure_fault();
	measure_programs();
	measure_boot();
	measure_today();
	return (0);
}
