/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The C side of the benchmarks: it alone looks inside the library.
 */
#include "bench_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "amd64/pmap_2022.h"

void
bench_check(bool ok, const char *what)
{

	if (ok)
		return;
	fprintf(stderr, "bench: %s\n", what);
	abort();
}

static struct machine *
boot(const char *kernel, vm_paddr_t mem, vm_size_t kmem, const char *tlb,
    bool superpages)
{
	struct pmapsim_config config;
	struct machine *mach;
	char err[256];

	pmapsim_config_init(&config);
	config.mem = mem;
	/* The tables of a large direct map lie below. */
	if (mem > (UINT64_C(128) << 30))
		config.first = UINT64_C(16) << 20;
	config.kmem = kmem;
	config.kmem_given = kmem != 0;
	config.invariants = false;
	config.kernel = kernel;
	config.tlb = tlb;
	config.superpages = superpages;
	bench_check(pmapsim_boot(&config, &mach, err, sizeof(err)) ==
		PMAPSIM_OK,
	    err);
	return (mach);
}

struct machine *
bench_boot(vm_paddr_t mem, vm_size_t kmem)
{

	return (boot(NULL, mem, kmem, NULL, true));
}

struct machine *
bench_boot_kernel(const char *kernel, vm_paddr_t mem)
{

	return (boot(kernel, mem, 0, NULL, true));
}

struct machine *
bench_boot_tlb(vm_paddr_t mem, const char *tlb)
{

	return (boot(NULL, mem, 0, tlb, false));
}

struct machine *
bench_boot_small_pages(vm_paddr_t mem)
{

	return (boot(NULL, mem, 0, NULL, false));
}

/*
 * Has the host give what it gives of simulated memory at the first touch only:
 * a free page may become a page table or a chunk of pv entries, and the host's
 * work for it comes once in a machine's life.  With one superpage the same few
 * pages are taken again and again, with 10,000 others for a long time.
 */
static void
touch_free_pages(struct machine *mach)
{
	vm_paddr_t pa;

	for (pa = mach->config.first; pa < mach->config.mem; pa += PAGE_SIZE)
		if ((vm_page_flags(phys_to_vm_page(mach, pa)) & PG_FREE) != 0)
			*(volatile uint64_t *)physmem_ptr(mach, pa) = 0;
}

/* The memory that "count" regions need: page tables and pv chunks too. */
static vm_paddr_t
regions_mem(unsigned count)
{

	return ((vm_paddr_t)(count + 16) * (NBPDR / 8 * 9) + (64u << 20));
}

/* Makes the regions in "mach", which they own from then on. */
static void
regions_make(struct bench_regions *regions, unsigned count,
    struct machine *mach)
{
	vm_object_t object;
	unsigned i;

	regions->mach = mach;
	regions->count = count;
	regions->va = UINT64_C(0x800000000);
	regions->pages = calloc((size_t)count * NPTEPG, sizeof(vm_page_t));
	bench_check(regions->pages != NULL, "out of memory");
	regions->pmap = bench_pmap(regions, "bench");
	pmapsim_pmap_set_active(regions->pmap, 1);
	object = vm_object_allocate(mach, OBJT_DEFAULT,
	    (vm_pindex_t)count * NPTEPG);
	pmapsim_object_color(mach, object, 0);
	for (i = 0; i < count * NPTEPG; i++) {
		regions->pages[i] = vm_page_alloc(mach, object, i,
		    VM_ALLOC_NORMAL);
		bench_check(regions->pages[i] != NULL, "out of pages");
		regions->pages[i]->valid = VM_PAGE_BITS_ALL;
		vm_page_wakeup(mach, regions->pages[i]);
		vm_page_activate(mach, regions->pages[i]);
	}
	for (i = 0; i < count; i++)
		bench_check(vm_reserv_level_iffullpop(mach,
				regions->pages[i * NPTEPG]) == 0,
		    "a reservation is not "
		    "full");
	touch_free_pages(mach);
}

void
bench_regions_init(struct bench_regions *regions, unsigned count)
{

	regions_make(regions, count, bench_boot(regions_mem(count), NBPDR));
}

void
bench_regions_init_kernel(struct bench_regions *regions, unsigned count,
    const char *kernel)
{

	regions_make(regions, count,
	    bench_boot_kernel(kernel, regions_mem(count)));
}

void
bench_regions_done(struct bench_regions *regions)
{

	pmapsim_destroy(regions->mach);
	free(regions->pages);
}

void
bench_enter(struct bench_regions *regions, unsigned i)
{

	pmap_enter(regions->mach, regions->pmap, regions->va + ptoa(i),
	    VM_PROT_WRITE, regions->pages[i], VM_PROT_READ | VM_PROT_WRITE,
	    FALSE);
}

void
bench_enter_each(struct bench_regions *regions)
{
	unsigned i;

	for (i = 0; i < regions->count * NPTEPG; i++)
		bench_enter(regions, i);
}

void
bench_enter_all(struct bench_regions *regions, bool promote)
{

	bench_set_promotion(regions, promote);
	bench_enter_each(regions);
	bench_set_promotion(regions, true);
}

void
bench_set_promotion(struct bench_regions *regions, bool on)
{

	regions->mach->pmap->pg_ps_enabled = on;
}

pmap_t
bench_pmap(struct bench_regions *regions, const char *name)
{
	pmap_t pmap;

	pmap = pmapsim_pmap_create(regions->mach, name);
	bench_check(pmap_pinit(regions->mach, pmap) != 0, "no pmap");
	return (pmap);
}

void
bench_remove_all(struct bench_regions *regions)
{

	pmap_remove(regions->mach, regions->pmap, regions->va,
	    regions->va + (vm_size_t)regions->count * NBPDR);
}

void
bench_use_all(struct bench_regions *regions)
{

	bench_enter_all(regions, false);
	bench_remove_all(regions);
	bench_enter_all(regions, true);
	bench_remove_all(regions);
}

void
bench_promote(struct bench_regions *regions, unsigned i)
{
	struct machine *mach = regions->mach;
	vm_offset_t va;

	va = regions->va + (vm_size_t)i * NBPDR;
	pmap_promote_pde(mach, regions->pmap, pmap_pde(mach, regions->pmap, va),
	    va);
}

void
bench_promote_2022(struct bench_regions *regions, unsigned i)
{
	struct machine *mach = regions->mach;
	pd_entry_t *pde;
	vm_offset_t va;

	va = regions->va + (vm_size_t)i * NBPDR;
	pde = pmap_pde(mach, regions->pmap, va);
	pmap_promote_pde_2022(mach, regions->pmap, pde, va);
	bench_check((*pde & PG_PS) != 0, "not promoted");
}

void
bench_demote(struct bench_regions *regions, unsigned i)
{
	struct machine *mach = regions->mach;
	vm_offset_t va;

	va = regions->va + (vm_size_t)i * NBPDR;
	pmap_demote_pde(mach, regions->pmap, pmap_pde(mach, regions->pmap, va),
	    va);
}

void
bench_spoil(struct bench_regions *regions, unsigned i, unsigned index)
{
	struct machine *mach = regions->mach;
	vm_offset_t va;
	pt_entry_t *pte;

	va = regions->va + (vm_size_t)i * NBPDR + ptoa(index);
	pte = pmap_pde_to_pte(mach, pmap_pde(mach, regions->pmap, va), va);
	pte_store(mach, pte, *pte & ~PG_A);
}

void
bench_kernel_region_init(struct bench_kernel_region *region)
{
	struct machine *mach;

	mach = bench_boot(UINT64_C(256) << 20, UINT64_C(64) << 20);
	region->mach = mach;
	region->va = kmem_malloc(mach, pmapsim_kmem_map(mach), NBPDR, M_NOWAIT);
	region->pde = pmap_pde(mach, kernel_pmap, region->va);
	bench_check((*region->pde & PG_PS) != 0, "not promoted");
	bench_kernel_demote(region);
	region->table = physmem_table(mach, *region->pde);
}

void
bench_kernel_promote(struct bench_kernel_region *region)
{
	struct machine *mach = region->mach;

	pmap_promote_pde(mach, kernel_pmap, region->pde, region->va);
}

void
bench_kernel_demote(struct bench_kernel_region *region)
{
	struct machine *mach = region->mach;

	bench_check((*region->pde & PG_PS) != 0, "not promoted");
	pmap_demote_pde(mach, kernel_pmap, region->pde, region->va);
}

unsigned
bench_scan(const uint64_t *table)
{
	uint64_t image;
	unsigned i, odd;

	odd = 0;
	for (i = 0, image = table[0]; i < NPTEPG; i++, image += PAGE_SIZE)
		if (table[i] != image)
			odd++;
	return (odd);
}

void
bench_dirty(struct bench_regions *regions, unsigned i)
{
	page_use_dirty(vm_page_use(regions->mach, regions->pages[i * NPTEPG]));
}

uint64_t
bench_superpages(struct bench_regions *regions)
{

	return (pmapsim_superpages(regions->mach, regions->pmap));
}

int64_t
bench_sysctl(struct machine *mach, const char *name)
{
	int64_t value;

	bench_check(pmapsim_sysctl(mach, name, &value) == PMAPSIM_OK, name);
	return (value);
}

size_t
bench_resident(void)
{
	unsigned long size, resident;
	FILE *file;
	int n;

	file = fopen("/proc/self/statm", "r");
	if (file == NULL)
		return (0);
	n = fscanf(file, "%lu %lu", &size, &resident);
	fclose(file);
	return (n == 2 ? resident * (size_t)sysconf(_SC_PAGESIZE) : 0);
}
