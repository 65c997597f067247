/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the pmap comes to life: the page tables that the kernel boots on, the
 * state that pmap_init() completes once pages can be allocated, and the growth
 * of the kernel's tables from then on.
 *
 * The boot tables lie at 1 MB, below the memory that vm_phys manages, so they
 * cost no page and no trace dumps them:
 *
 *	1 MB  KPTphys	NKPT page tables: 64 MB from KERNBASE
 *	      KPML4phys	slots 256 (itself), 510 (direct map), 511 (kernel)
 *	      KPDPphys	slot 510: KERNBASE's gigabyte
 *	      KPDphys	2 MB pages over the kernel, then the KPT pages
 *	      DMPDPphys	one slot a gigabyte of the direct map
 *	      DMPDphys	ndmpdp page directories, 2 MB pages all
 *	      one PDP page for each slot of the kernel's below 511, which
 *	      only kernels have whose addresses begin there
 *	F     boot_end
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "amd64/pmap_2022.h"
#include "vm/vm_kernels.h"

#define BOOT_FIXED_PAGES (NKPT + 4) /* all but the direct map's directories */
#define NDMPDP_MIN UINT64_C(4)	    /* the first 4 GB hold devices */
#define NDMPDP_MAX UINT64_C(512)    /* all that slot 510 can map: 512 GB */
#define MAXDUMPPGS 16		    /* pages of the crash dump window */
#define SHPGPERPROC 200		    /* vm.pmap.shpgperproc's default */
#define PMAP_ZONE_ITEMS ((size_t)1 << 20)

/* Page directories that a direct map of "mem" bytes takes. */
static uint64_t
boot_ndmpdp(vm_paddr_t mem)
{
	uint64_t n;

	n = (mem + PDPMASK) >> PDPSHIFT;
	if (n < NDMPDP_MIN)
		n = NDMPDP_MIN;
	return (n < NDMPDP_MAX ? n : NDMPDP_MAX);
}

/*
 * The first byte above the boot tables of a machine of "mem" bytes.  The
 * kernel's slots below the last may take three pages more than this: where
 * memory begins to be free is the configuration's to say, in whole pages, and
 * the least that it may say leaves room for them.
 */
static vm_paddr_t
boot_tables_end(vm_paddr_t mem)
{

	return (BOOT_TABLES_START + ptoa(BOOT_FIXED_PAGES + boot_ndmpdp(mem)));
}

/*
 * Links "cursor" and the pages after it, where the kernel's addresses begin
 * below slot 511, as PDP pages of the slots before that.  Returns the first
 * byte after them.
 *
 * FreeBSD amd64/pmap.c create_pagetables(): adapted, that part, 2022.
 */
static vm_paddr_t
create_kernel_pdps(struct machine *mach, vm_paddr_t cursor)
{
	uint64_t *pml4 = physmem_table(mach, mach->pmap->KPML4phys);
	unsigned i;

	for (i = pmap_pml4e_index(vm_min_kernel_address(mach)); i < KPML4I;
	     i++) {
		pml4[i] = cursor | PG_RW | PG_V | PG_U;
		cursor += PAGE_SIZE;
	}
	return (cursor);
}

/*
 * Checks that the boot tables lie below the memory that vm_phys gets.
 * Otherwise writes what was found to "err" and returns false.
 *
 * Simulator only: the real kernel's cursor moves the start of free memory.
 */
bool
pmap_config_fits(const struct pmapsim_config *config, char *err, size_t errsize)
{
	vm_paddr_t end;

	end = boot_tables_end(config->mem);
	if (config->first < end) {
		snprintf(err, errsize,
		    "first=%#" PRIx64 " is too small: the "
		    "boot page tables of mem=%#" PRIx64 " end at %#" PRIx64,
		    config->first, config->mem, end);
		return (false);
	}
	return (true);
}

/*
 * Fills the boot tables.  Memory is zero, so only valid entries are stored,
 * and none of them counts as a PTE store: that counter starts with the
 * running kernel.
 *
 * The order of the two passes over KPDphys matters: the 2 MB pages replace
 * the page tables below F, which stay allocated, filled and unreachable.
 *
 * FreeBSD amd64/pmap.c create_pagetables(): adapted, the cursor starts at 1
 * MB and the direct map ends at 512 GB.
 */
static void
create_pagetables(struct machine *mach)
{
	struct pmap_state *st = mach->pmap;
	uint64_t i, *table;
	vm_paddr_t cursor;

	st->ndmpdp = (unsigned)boot_ndmpdp(mach->config.mem);
	st->dmaplimit = (vm_paddr_t)st->ndmpdp << PDPSHIFT;
	cursor = BOOT_TABLES_START;
	st->KPTphys = cursor;
	st->KPML4phys = cursor += ptoa(NKPT);
	st->KPDPphys = cursor += PAGE_SIZE;
	st->KPDphys = cursor += PAGE_SIZE;
	st->DMPDPphys = cursor += PAGE_SIZE;
	st->DMPDphys = cursor += PAGE_SIZE;
	st->boot_end = create_kernel_pdps(mach, cursor + ptoa(st->ndmpdp));

	table = physmem_table(mach, st->KPTphys);
	for (i = 0; ptoa(i) < st->boot_end; i++)
		table[i] = ptoa(i) | PG_RW | PG_V | PG_G;

	table = physmem_table(mach, st->KPDphys);
	for (i = 0; i < NKPT; i++)
		table[i] = (st->KPTphys + ptoa(i)) | PG_RW | PG_V;
	for (i = 0; (i << PDRSHIFT) < st->boot_end; i++)
		table[i] = (i << PDRSHIFT) | PG_RW | PG_V | PG_PS | PG_G;

	physmem_table(mach, st->KPDPphys)[KPDPI] = st->KPDphys | PG_RW | PG_V |
	    PG_U;

	table = physmem_table(mach, st->DMPDphys);
	for (i = 0; i < NPDEPG * (uint64_t)st->ndmpdp; i++)
		table[i] = (i << PDRSHIFT) | PG_RW | PG_V | PG_PS | PG_G |
		    PG_M | PG_A;
	table = physmem_table(mach, st->DMPDPphys);
	for (i = 0; i < st->ndmpdp; i++)
		table[i] = (st->DMPDphys + ptoa(i)) | PG_RW | PG_V | PG_U;

	table = physmem_table(mach, st->KPML4phys);
	table[PML4PML4I] = st->KPML4phys | PG_RW | PG_V | PG_U;
	table[mach->dmap_pml4i] = st->DMPDPphys | PG_RW | PG_V | PG_U;
	table[KPML4I] = st->KPDPphys | PG_RW | PG_V | PG_U;
}

/*
 * Makes the boot tables, the kernel's pmap on them, and everything of the
 * pmap that pages are not needed for.
 *
 * FreeBSD amd64/pmap.c pmap_bootstrap(): adapted, the list heads of 2 MB
 * frames are made here, outside kernel memory; the MSRs are not modelled.
 */
void
pmap_bootstrap(struct machine *mach)
{
	struct pmap_state *st;
	FRAME();

	st = machine_reserve(mach, sizeof(*st));
	mach->pmap = st;
	mach->dmap_pml4i = pmap_pml4e_index(mach->kernel.revision
						->dmap_min_address);
	pmap_copy_startup(mach);
	st->pg_kernel = PG_RW | PG_V | PG_G;
	if (kernel_ptes_are_used(mach))
		st->pg_kernel |= PG_NX | PG_A | PG_M;
	mach->enter_mask = mach->invariants || enter_has_flags(mach) ?
	    0 :
	    PG_V | PG_PS;
	mach->promote_museum = promotion_is_museum_piece(mach);
	st->pv_table_frames = round_2mpage(mach->config.mem) >> PDRSHIFT;
	st->pv_table = machine_reserve(mach,
	    st->pv_table_frames * sizeof(*st->pv_table));
	mach->pv_table_bias = vm_page_frame_bias(mach, st->pv_table,
	    sizeof(*st->pv_table));
	zone_init(mach, &st->zone, "pmap", sizeof(struct pmap),
	    PMAP_ZONE_ITEMS);
	TAILQ_INIT(&st->list);
	TAILQ_INIT(&st->kept);

	create_pagetables(mach);
	mach->physmem->stores = &st->pte_stores;

	st->virtual_avail = round_2mpage(KERNBASE + st->boot_end);
	st->virtual_end = VM_MAX_KERNEL_ADDRESS;
	st->kernel_vm_end = vm_min_kernel_address(mach);
	TAILQ_INIT(&st->pv_chunks);

	kernel_pmap->pm_pml4 = physmem_table(mach, st->KPML4phys);
	kernel_pmap->pm_active = UINT32_MAX;
	kernel_pmap->pm_pg_g = PG_G;
	TAILQ_INIT(&kernel_pmap->pm_pvchunk);
	snprintf(kernel_pmap->pm_name, sizeof(kernel_pmap->pm_name), "kernel");
	kernel_pmap->pm_id = st->next_id++;
	TAILQ_INSERT_TAIL(&st->list, kernel_pmap, pm_list);

	/* The windows: one page for the memory test, then the crash dump's. */
	st->virtual_avail += PAGE_SIZE;
	st->crashdumpmap = st->virtual_avail;
	st->virtual_avail += ptoa(MAXDUMPPGS);
}

/*
 * Keeps the page tables that lie under the boot's 2 MB mappings for their
 * demotion, which 2010-04 does not: it never demotes these.  The last of them
 * is filled as far as the boot needs, which is no image of its superpage, so
 * it is better left empty and filled when that is needed.
 *
 * FreeBSD amd64/pmap.c pmap_init(), 2018 and 2019: adapted, A and M, which
 * create_pagetables() sets there by then, are set here.
 */
static void
boot_ptps_keep(struct machine *mach)
{
	struct pmap_state *st = mach->pmap;
	pd_entry_t *pd;
	pt_entry_t *pte;
	vm_page_t mpte;
	unsigned i, j;

	if (!boot_registers_page_tables(mach))
		return;
	pd = physmem_table(mach, st->KPDphys);
	for (i = 0; ((vm_paddr_t)i << PDRSHIFT) < st->boot_end; i++) {
		mpte = phys_to_vm_page(mach, st->KPTphys + ptoa(i));
		pte = physmem_table(mach, st->KPTphys + ptoa(i));
		pd[i] |= PG_A | PG_M;
		for (j = 0; j < NPTEPG; j++)
			if (pte[j] != 0)
				pte[j] |= PG_A | PG_M;
		if (boot_refills_last_page_table(mach) &&
		    pte[NPTEPG - 1] == 0) {
			memset(pte, 0, PAGE_SIZE);
			mpte->wire_count = 1; /* "new", to its demotion */
		}
		pmap_insert_pt_page(mach, kernel_pmap, mpte);
	}
}

/*
 * Completes the pmap when pages exist: registers the boot page tables in
 * their descriptors, which promotion in KERNBASE's gigabyte relies on, sizes
 * the pv entries and decides whether superpages are used.
 *
 * FreeBSD amd64/pmap.c pmap_init(): adapted, the tunables come from the
 * configuration and the kernel's switches; pv_entry_max is kept in an int's
 * range on machines of terabytes.
 */
void
pmap_init(struct machine *mach)
{
	struct pmap_state *st = mach->pmap;
	uint64_t max;
	vm_page_t mpte;
	unsigned i;
	FRAME();

	for (i = 0; i < NKPT; i++) {
		mpte = phys_to_vm_page(mach, st->KPTphys + ptoa(i));
		KASSERT(VM_PAGE_TO_PHYS(mpte) < mach->config.mem,
		    ("pmap_init: page table page is out of range"));
		mpte->pindex = pmap_pde_pindex(KERNBASE) + i;
	}

	boot_ptps_keep(mach);
	if (dmap_demotion_has_reserve(mach))
		st->dmap_ptp = vm_page_alloc(mach, NULL, 0,
		    VM_ALLOC_NORMAL | VM_ALLOC_NOOBJ | VM_ALLOC_WIRED);

	st->shpgperproc = SHPGPERPROC;
	max = (uint64_t)SHPGPERPROC * mach->config.maxproc +
	    mach->cnt.v_page_count;
	st->pv_entry_max = max < INT_MAX ? (int)max : INT_MAX;
	st->pv_entry_high_water = pv_chunks_are_reclaimed(mach) ?
	    INT_MAX :
	    9 * (st->pv_entry_max / 10);

	st->pg_ps_enabled = mach->config.superpages &&
	    !superpages_are_disabled(mach);
}

/*
 * Allocates and zeroes a page for the kernel's tables, which never give one
 * back.
 *
 * FreeBSD amd64/pmap.c pmap_growkernel(): same, the part that stands there
 * twice.
 */
static vm_page_t
grow_page(struct machine *mach, vm_pindex_t pindex)
{
	vm_page_t m;

	m = vm_page_alloc(mach, NULL, pindex,
	    VM_ALLOC_INTERRUPT | VM_ALLOC_NOOBJ | VM_ALLOC_WIRED |
		VM_ALLOC_ZERO);
	if (m == NULL)
		panic("pmap_growkernel: no memory to grow kernel");
	if ((vm_page_flags(m) & PG_ZERO) == 0)
		pmap_zero_page(mach, m);
	return (m);
}

/*
 * Adds page tables to the kernel's address space until they reach "addr".
 * A page directory comes before the first page table in it, which decides
 * what pages the two get.  Neither counts in resident_count.
 *
 * FreeBSD amd64/pmap.c pmap_growkernel(): adapted, kernel_map's end is known
 * as virtual_end.
 */
void
pmap_growkernel(struct machine *mach, vm_offset_t addr)
{
	struct pmap_state *st = mach->pmap;
	const vm_offset_t max_offset = st->virtual_end;
	pdp_entry_t *pdpe;
	pd_entry_t *pde;
	vm_page_t m;
	FRAME();

	/* The boot made these already. */
	if (addr > KERNBASE && addr <= KERNBASE + NKPT * NBPDR)
		return;

	/* Rounding wraps to 0 in the last 2 MB; 0 - 1 is beyond the end too. */
	addr = round_2mpage(addr);
	if (addr - 1 >= max_offset)
		addr = max_offset;
	while (st->kernel_vm_end < addr) {
		pdpe = pmap_pdpe(mach, kernel_pmap, st->kernel_vm_end);
		if ((*pdpe & PG_V) == 0) {
			m = grow_page(mach, st->kernel_vm_end >> PDPSHIFT);
			*pdpe = VM_PAGE_TO_PHYS(m) | PG_V | PG_RW | PG_A | PG_M;
		}
		pde = pmap_pdpe_to_pde(mach, pdpe, st->kernel_vm_end);
		if ((*pde & PG_V) == 0) {
			m = grow_page(mach, pmap_pde_pindex(st->kernel_vm_end));
			pte_fill(mach, pde,
			    VM_PAGE_TO_PHYS(m) | PG_V | PG_RW | PG_A | PG_M);
		}
		st->kernel_vm_end = trunc_2mpage(st->kernel_vm_end + NBPDR);
		if (st->kernel_vm_end - 1 >= max_offset) {
			st->kernel_vm_end = max_offset;
			break;
		}
	}
}

/* The end of the kernel addresses that have page tables: FreeBSD's vm_map.c
 * reads the variable. */
vm_offset_t
pmap_kernel_vm_end(struct machine *mach)
{

	return (mach->pmap->kernel_vm_end);
}

/*
 * Returns the bits that select caching "mode" in a 4 KB PTE or, with
 * "is_pde", in a 2 MB PDE: an index into the PAT MSR, whose highest bit lies
 * elsewhere in the two.
 *
 * FreeBSD amd64/pmap.c pmap_cache_bits(): same, for a PAT that works.
 */
uint64_t
pmap_cache_bits(struct machine *mach, int mode, boolean_t is_pde)
{
	uint64_t bits;
	unsigned index;

	switch (mode) {
	case VM_MEMATTR_UNCACHEABLE:
		index = 3;
		break;
	case VM_MEMATTR_WRITE_COMBINING:
		index = 5;
		break;
	case VM_MEMATTR_WRITE_THROUGH:
		index = 1;
		break;
	case VM_MEMATTR_WRITE_PROTECTED:
		index = 4;
		break;
	case VM_MEMATTR_WRITE_BACK:
		index = 0;
		break;
	case VM_MEMATTR_UNCACHED:
		index = 2;
		break;
	default:
		panic("Unknown caching mode %d\n", mode);
	}
	bits = 0;
	if ((index & 4) != 0)
		bits |= is_pde ? PG_PDE_PAT : PG_PTE_PAT;
	if ((index & 2) != 0)
		bits |= PG_NC_PCD;
	if ((index & 1) != 0)
		bits |= PG_NC_PWT;
	return (bits);
}
