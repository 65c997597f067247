/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations that were measured of a kernel of today's own code, in its
 * kernel: revision 2026-pmap.
 */
#include "budget.h"

#define TODAY "2026-pmap"
#define REGIONS 4
#define PAGES (REGIONS * NPTEPG)

/* Enters all pages of "regions", each as a write fault does. */
static void
enter_all_today(struct bench_regions *regions)
{
	unsigned i;

	for (i = 0; i < PAGES; i++)
		(void)pmap_enter_flags(regions->mach, regions->pmap,
		    regions->va + ptoa(i), regions->pages[i],
		    VM_PROT_READ | VM_PROT_WRITE, VM_PROT_WRITE, 0);
}

/* 4 KB mappings that come, are promoted, demoted, and go as superpages. */
static void
measure_today_user(void)
{
	struct bench_regions regions;
	unsigned i;

	bench_regions_init_kernel(&regions, REGIONS, TODAY);
	budget_begin();
	enter_all_today(&regions);
	budget_end("today/pmap_enter/promoted/page", PAGES);
	bench_check(bench_superpages(&regions) == REGIONS, "not promoted");
	budget_begin();
	for (i = 0; i < REGIONS; i++)
		bench_demote(&regions, i);
	budget_end("today/pmap_demote_pde/managed", REGIONS);
	bench_check(bench_superpages(&regions) == 0, "not demoted");
	budget_begin();
	for (i = 0; i < REGIONS; i++)
		bench_promote_2022(&regions, i);
	budget_end("today/pmap_promote_pde/managed", REGIONS);
	bench_check(bench_superpages(&regions) == REGIONS, "not promoted");
	budget_begin();
	for (i = 0; i < REGIONS; i++)
		pmap_remove(regions.mach, regions.pmap, regions.va + i * NBPDR,
		    regions.va + (i + 1) * NBPDR);
	budget_end("today/pmap_remove/2M-managed", REGIONS);

	bench_set_promotion(&regions, false);
	budget_begin();
	enter_all_today(&regions);
	budget_end("today/pmap_enter/plain/page", PAGES);
	budget_begin();
	for (i = 0; i < REGIONS; i++)
		pmap_remove(regions.mach, regions.pmap, regions.va + i * NBPDR,
		    regions.va + (i + 1) * NBPDR - PAGE_SIZE);
	budget_end("today/pmap_remove/511x4K/page", REGIONS * (NPTEPG - 1));
	bench_regions_done(&regions);
}

/* Superpages that are made at once. */
static void
measure_today_superpages(void)
{
	struct bench_regions regions;
	unsigned i;

	bench_regions_init_kernel(&regions, REGIONS, TODAY);
	budget_begin();
	for (i = 0; i < REGIONS; i++)
		(void)pmap_enter_flags(regions.mach, regions.pmap,
		    regions.va + i * NBPDR, regions.pages[i * NPTEPG],
		    VM_PROT_READ | VM_PROT_WRITE, VM_PROT_WRITE, 1);
	budget_end("today/pmap_enter/psind=1", REGIONS);
	bench_check(bench_superpages(&regions) == REGIONS, "no superpages");
	bench_remove_all(&regions);
	budget_begin();
	for (i = 0; i < REGIONS; i++)
		pmap_enter_object(regions.mach, regions.pmap,
		    regions.va + i * NBPDR, regions.va + (i + 1) * NBPDR,
		    regions.pages[i * NPTEPG], VM_PROT_READ);
	budget_end("today/pmap_enter_object/2M", REGIONS);
	bench_check(bench_superpages(&regions) == REGIONS, "no superpages");
	bench_regions_done(&regions);
}

static void
measure_today_pages(void)
{
	struct machine *mach;
	vm_object_t object;
	unsigned i;

	mach = bench_boot_kernel(TODAY, 64 * MB);
	object = vm_object_allocate(mach, OBJT_DEFAULT, NPTEPG);
	pmapsim_object_color(mach, object, 0);
	budget_begin();
	for (i = 0; i < NPTEPG; i++)
		(void)vm_page_alloc(mach, object, i, VM_ALLOC_NORMAL);
	budget_end("today/vm_page_alloc/reservation", NPTEPG);
	budget_begin();
	for (i = 0; i < NPTEPG; i++)
		vm_page_free(mach, vm_page_lookup(mach, object, i));
	budget_end("today/vm_page_lookup+vm_page_free/reservation", NPTEPG);
	pmapsim_destroy(mach);
}

/*
 * Kernel memory of "size" bytes, "number" being what one is counted as.  The
 * arena has addresses and page tables for it already.
 */
static void
measure_today_kmem(vm_size_t size, unsigned number, const char *name,
    const char *free_name)
{
	struct machine *mach;
	vm_offset_t va[8], warm;
	unsigned i;

	mach = bench_boot_kernel(TODAY, 256 * MB);
	warm = kmem_malloc(mach, NULL, 8 * NBPDR, M_NOWAIT);
	bench_check(warm != 0, "out of memory");
	kmem_free(mach, NULL, warm, 8 * NBPDR);
	budget_begin();
	for (i = 0; i < 8; i++)
		va[i] = kmem_malloc(mach, NULL, size, M_NOWAIT);
	budget_end(name, 8 * number);
	bench_check(va[7] != 0, "out of memory");
	budget_begin();
	for (i = 0; i < 8; i++)
		kmem_free(mach, NULL, va[i], size);
	budget_end(free_name, 8 * number);
	pmapsim_destroy(mach);
}

void
measure_today(void)
{

	measure_today_user();
	measure_today_superpages();
	measure_today_pages();
	measure_today_kmem(64 << 10, 1, "today/kmem_malloc/64K",
	    "today/kmem_free/64K");
	measure_today_kmem(2 << 20, NPTEPG, "today/kmem_malloc/2M/page",
	    "today/kmem_free/2M/page");
}
