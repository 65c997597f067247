/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot tables entry by entry, what pmap_init() derives from the
 * configuration, the growth of the kernel's tables, and caching bits.
 */
#include "support.h"

#include <limits.h>
#include <stdio.h>

#include "amd64/pmap_var.h"

#define MB UINT64_C(0x100000)
#define GB UINT64_C(0x40000000)

/* The table of boot page "n"; page 0 lies at 1 MB. */
static uint64_t *
boot_table(struct machine *mach, unsigned n)
{

	return (physmem_table(mach, MB + ptoa(n)));
}

/*
 * Every entry of every boot table, in the order 32 KPT, PML4, PDP, PD, DMPDP
 * and "ndmpdp" DMPD pages.
 */
static void
assert_boot_tables(struct machine *mach, unsigned ndmpdp)
{
	const uint64_t end = MB + ptoa(36 + ndmpdp);
	uint64_t i, n, want;

	assert_int_equal(mach->pmap->boot_end, end);
	for (n = 0; n < 36 + ndmpdp; n++)
		for (i = 0; i < 512; i++) {
			want = 0;
			if (n < 32 && ptoa(n * 512 + i) < end)
				want = ptoa(n * 512 + i) | 0x103;
			else if (n == 32 && i == 256)
				want = (MB + ptoa(32)) | 0x007;
			else if (n == 32 && i == 510)
				want = (MB + ptoa(35)) | 0x007;
			else if (n == 32 && i == 511)
				want = (MB + ptoa(33)) | 0x007;
			else if (n == 33 && i == 510)
				want = (MB + ptoa(34)) | 0x007;
			else if (n == 34 && (i << 21) < end)
				want = (i << 21) | 0x183;
			else if (n == 34 && i < 32)
				want = (MB + ptoa(i)) | 0x003;
			else if (n == 35 && i < ndmpdp)
				want = (MB + ptoa(36 + i)) | 0x007;
			else if (n >= 36)
				want = ((n - 36) << 30) | (i << 21) | 0x1e3;
			if (boot_table(mach, (unsigned)n)[i] != want)
				fail_msg("boot page %u entry %u: %#llx, not "
					 "%#llx",
				    (unsigned)n, (unsigned)i,
				    (unsigned long long)boot_table(mach,
					(unsigned)n)[i],
				    (unsigned long long)want);
		}
}

static void
test_boot_tables(void **state)
{
	static const struct {
		const char *config;
		unsigned ndmpdp;
	} cases[] = {
	    {"mem=64M first=4M kmem=0", 4},
	    {"mem=4G first=2M kmem=0", 4},
	    {"mem=4194308K first=2M kmem=0", 5},
	    {"mem=64G first=4M kmem=0", 64},
	};
	struct machine *mach;
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* No machine is larger than its direct map. */
		if (i > 0 && !support_reaches(cases[i].ndmpdp * GB))
			continue;
		mach = support_boot(cases[i].config);
		assert_boot_tables(mach, cases[i].ndmpdp);
		assert_int_equal(mach->pmap->dmaplimit, cases[i].ndmpdp * GB);
		/* None of it counts. */
		assert_int_equal(pmapsim_pte_stores(mach), 0);
		assert_int_equal(mach->cnt.v_wire_count, 0);
		assert_int_equal(mach->pmap->superpages, 0);
		support_destroy(mach);
	}
}

/* "first" must clear the tables, whose number follows the memory's size. */
static void
test_config_fits(void **state)
{
	struct pmapsim_config config;
	uint64_t end, gigabytes, pages;
	char err[256];

	pmapsim_config_init(&config);
	for (gigabytes = 1; gigabytes <= 2048; gigabytes++) {
		pages = gigabytes < 4 ? 4 : gigabytes > 512 ? 512 : gigabytes;
		end = MB + ptoa(36 + pages);
		config.mem = gigabytes * GB;
		config.first = end;
		assert_true(pmap_config_fits(&config, err, sizeof(err)));
		config.first = end - PAGE_SIZE;
		assert_false(pmap_config_fits(&config, err, sizeof(err)));
		/* The gigabyte is rounded up. */
		if (gigabytes >= 4 && gigabytes < 512) {
			config.mem += PAGE_SIZE;
			config.first = end;
			assert_false(pmap_config_fits(&config, err,
			    sizeof(err)));
		}
	}
	config.mem = 512 * GB;
	config.first = 2 * MB;
	assert_false(pmap_config_fits(&config, err, sizeof(err)));
	assert_string_equal(err,
	    "first=0x200000 is too small: the boot page "
	    "tables of mem=0x8000000000 end at 0x324000");
}

static void
test_kernel_pmap_and_windows(void **state)
{
	struct machine *mach = *state;
	const struct pmap_state *st = mach->pmap;

	assert_ptr_equal(pmapsim_kernel_pmap(mach), TAILQ_FIRST(&st->list));
	assert_string_equal(pmapsim_pmap_name(kernel_pmap), "kernel");
	assert_int_equal(pmapsim_pmap_active(kernel_pmap), UINT32_MAX);
	assert_int_equal(pmapsim_pmap_resident_count(kernel_pmap), 0);
	assert_int_equal(pmapsim_pmap_wired_count(kernel_pmap), 0);
	assert_ptr_equal(kernel_pmap->pm_pml4,
	    physmem_table(mach, st->KPML4phys));
	assert_null(kernel_pmap->pm_root);
	assert_true(TAILQ_EMPTY(&kernel_pmap->pm_pvchunk));
	/* Above the tables: the memory test's page, then the dump's 16. */
	assert_int_equal(st->crashdumpmap, KERNBASE + NBPDR + PAGE_SIZE);
	assert_int_equal(st->virtual_avail, KERNBASE + NBPDR + ptoa(17));
	assert_int_equal(st->virtual_end, VM_MAX_KERNEL_ADDRESS);
}

static void
test_init_registers_boot_page_tables(void **state)
{
	struct machine *mach = *state;
	vm_page_t m;
	unsigned i;

	for (i = 0; i < 32; i++) {
		m = phys_to_vm_page(mach, MB + ptoa(i));
		assert_int_equal(m->pindex, (KERNBASE >> 21) + i);
		assert_int_equal(m->wire_count, 0);
	}
	assert_int_equal(phys_to_vm_page(mach, MB + ptoa(32))->pindex, 0);
}

static void
test_init_sizes_and_switches(void **state)
{
	static const struct {
		const char *config;
		int max, high_water, superpages;
	} cases[] = {
	    /* 200 * maxproc + pages given to vm_phys. */
	    {"mem=32M first=4M kmem=0", 207168, 186444, 1},
	    {"mem=32M first=4M kmem=0 maxproc=1", 7368, 6624, 1},
	    {"mem=32M first=4M kmem=0 superpages=off", 207168, 186444, 0},
	    {"mem=32M first=4M kmem=0 kernel=2010-04+no-superpages", 207168,
		186444, 0},
	};
	struct machine *mach;
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mach = support_boot(cases[i].config);
		assert_int_equal(mach->pmap->pv_entry_max, cases[i].max);
		assert_int_equal(mach->pmap->pv_entry_high_water,
		    cases[i].high_water);
		assert_int_equal(mach->pmap->pg_ps_enabled,
		    cases[i].superpages);
		assert_int_equal(mach->pmap->shpgperproc, 200);
		support_destroy(mach);
	}
}

/*
 * Growth, 2 MB by 2 MB over a gigabyte's border: a page directory comes before
 * its first page table, both wired once, neither resident.
 */
/* pv_entry_max is an int, and 8 TB of pages are more than it holds. */
static void
test_init_of_vast_memory(void **state)
{
	static const struct {
		const char *config;
		int max;
	} cases[] = {
	    /* 2^31 pages but for those below first. */
	    {"mem=8T first=4M kmem=0 maxproc=1", INT_MAX - 1023 + 200},
	    {"mem=8T first=4M kmem=0 maxproc=5", INT_MAX - 1023 + 1000},
	    {"mem=8T first=4M kmem=0 maxproc=6", INT_MAX},
	};
	struct machine *mach;
	unsigned i;

	if (!support_reaches(8192 * GB))
		skip();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mach = support_boot(cases[i].config);
		assert_int_equal(mach->pmap->pv_entry_max, cases[i].max);
		assert_int_equal(mach->pmap->pv_entry_high_water,
		    9 * (cases[i].max / 10));
		support_destroy(mach);
	}
}

/*
 * A full table below a superpage of the boot is its image and is kept as it
 * is; one in which the boot tables end is not, and is left to be filled.
 */
static void
boot_tables_are_kept_or_refilled(const char *mem, unsigned used, bool refills)
{
	const unsigned full = used / NPTEPG;
	const unsigned tables = (used + NPTEPG - 1) / NPTEPG;
	const unsigned demoted = refills ? tables : full;
	struct machine *mach;
	char config[120];
	pt_entry_t *pte;
	vm_page_t ptp;
	unsigned i;

	snprintf(config, sizeof(config),
	    "mem=%s first=4M kmem=0 kernel=2010-04+register-boot-ptps%s", mem,
	    refills ? "+refill-boot-ptps" : "");
	mach = support_boot(config);
	assert_int_equal(mach->pmap->boot_end, ptoa(used));
	for (i = 0; i < tables; i++) {
		ptp = phys_to_vm_page(mach, mach->pmap->KPTphys + ptoa(i));
		assert_ptr_equal(pmap_lookup_pt_page(mach, kernel_pmap,
				     KERNBASE + i * NBPDR),
		    ptp);
		assert_int_equal(ptp->wire_count, i == full && refills);
		assert_int_equal(support_pde(mach, kernel_pmap,
				     KERNBASE + i * NBPDR),
		    i * NBPDR | 0x1e3);
	}
	pte = physmem_table(mach, mach->pmap->KPTphys);
	for (i = 0; i < (tables + 1) * NPTEPG; i++)
		assert_int_equal(pte[i],
		    i >= (refills ? full * NPTEPG : used) ? 0 :
							    ptoa(i) | 0x163);
	/* Demoted, a full one is as it was, the other is whole now. */
	for (i = 0; i < demoted; i++)
		assert_true(pmap_demote_pde(mach, kernel_pmap,
		    pmap_pde(mach, kernel_pmap, KERNBASE + i * NBPDR),
		    KERNBASE + i * NBPDR));
	for (i = 0; i < demoted * NPTEPG; i++)
		assert_pte(mach, kernel_pmap, KERNBASE + ptoa(i),
		    ptoa(i) | 0x163);
	assert_int_equal(pmapsim_pte_stores(mach),
	    demoted + (demoted > full ? NPTEPG : 0));
	assert_int_equal(pmapsim_superpages(mach, kernel_pmap), 0);
	/* The audit would find a table out that is not whole. */
	if (demoted == tables)
		support_destroy(mach);
	else
		pmapsim_destroy(mach);
}

static void
test_boot_tables_are_kept_or_refilled(void **state)
{
	/* 256 + 36 pages, and a directory of the direct map for each GB. */
	static const struct {
		const char *mem;
		unsigned used;
	} cases[] = {{"219G", 511}, {"220G", 512}, {"221G", 513},
	    {"256G", 548}};
	unsigned i;

	(void)state;
	if (!support_reaches(256 * GB))
		skip();
	for (i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++)
		boot_tables_are_kept_or_refilled(cases[i / 2].mem,
		    cases[i / 2].used, i % 2 != 0);
}

static void
test_growkernel_page_by_page(void **state)
{
	struct machine *mach;
	struct pmapsim_pte entries;
	vm_paddr_t last, pd;
	vm_offset_t va;
	uint64_t stores, wired;
	unsigned i;

	mach = support_boot("mem=32M first=4M kmem=0 invariants=on");
	wired = stores = 0;
	last = pd = 0;
	for (i = 0; i < 515; i++) {
		va = VM_MIN_KERNEL_ADDRESS + i * NBPDR;
		assert_int_equal(pmap_kernel_vm_end(mach), va);
		/* Any address of the 2 MB will do; the last one here. */
		pmap_growkernel(mach, va + 1 + i % NBPDR);
		pmapsim_pte(mach, kernel_pmap, va, &entries);
		if (i % 512 == 0) {
			wired++;
			pd = entries.pdpe & PG_FRAME;
			if (last != 0)
				assert_int_equal(pd, last + PAGE_SIZE);
			last = pd;
		}
		assert_int_equal(entries.pdpe, pd | 0x63);
		assert_int_equal(phys_to_vm_page(mach, pd)->pindex, va >> 30);
		assert_int_equal(phys_to_vm_page(mach, pd)->wire_count, 1);
		/* Pages cluster: each is the next of the last one. */
		assert_int_equal(entries.pde, (last + PAGE_SIZE) | 0x63);
		last += PAGE_SIZE;
		assert_int_equal(phys_to_vm_page(mach, last)->pindex, va >> 21);
		assert_int_equal(phys_to_vm_page(mach, last)->wire_count, 1);
		assert_int_equal(entries.pte, 0);
		wired++;
		stores++;
		assert_int_equal(mach->cnt.v_wire_count, wired);
		assert_int_equal(mach->cnt.v_free_count, 7168 - wired);
		assert_int_equal(pmapsim_pte_stores(mach), stores);
		assert_int_equal(pmapsim_pmap_resident_count(kernel_pmap), 0);
	}
	/* What is there already costs nothing. */
	pmap_growkernel(mach, VM_MIN_KERNEL_ADDRESS + NBPDR);
	/* Nor does what the boot made above KERNBASE. */
	pmap_growkernel(mach, KERNBASE + 1);
	pmap_growkernel(mach, KERNBASE + 32 * NBPDR);
	assert_int_equal(mach->cnt.v_wire_count, wired);
	assert_int_equal(pmap_kernel_vm_end(mach), va + NBPDR);
	support_destroy(mach);
}

/* A page that was in use before is zeroed before it becomes a table. */
static void
test_growkernel_zeroes(void **state)
{
	struct machine *mach;
	vm_page_t m[2];
	unsigned i;

	mach = support_boot("mem=32M first=4M kmem=0");
	for (i = 0; i < 2; i++)
		m[i] = vm_page_alloc(mach, NULL, 0, VM_ALLOC_NOOBJ);
	for (i = 0; i < 2; i++) {
		memset(physmem_ptr(mach, VM_PAGE_TO_PHYS(m[i])), 0xa5,
		    PAGE_SIZE);
		vm_page_free(mach, m[i]);
	}
	pmap_growkernel(mach, VM_MIN_KERNEL_ADDRESS + 1);
	for (i = 0; i < 1024; i++)
		assert_int_equal(physmem_table(mach,
				     VM_PAGE_TO_PHYS(m[i / 512]))[i % 512],
		    i == 0 ? VM_PAGE_TO_PHYS(m[1]) | 0x63 : 0);
	support_destroy(mach);
}

/* To the end: the gigabyte of KERNBASE has a page directory, partly full. */
static void
test_growkernel_to_the_end(void **state)
{
	struct machine *mach;
	uint64_t wired;
	pmap_t pmap;

	if (!support_reaches(3 * GB))
		skip();
	mach = support_boot("mem=2100M first=4M kmem=0");
	pmap = kernel_pmap;
	/* As if all below KERNBASE were there: three tables are missing. */
	mach->pmap->kernel_vm_end = KERNBASE - NBPDR;
	pmap_growkernel(mach, KERNBASE + 33 * NBPDR);
	wired = 2 + 1;
	assert_int_equal(mach->cnt.v_wire_count, wired);
	assert_int_equal(pmap_kernel_vm_end(mach), KERNBASE + 33 * NBPDR);
	assert_int_equal(support_pde(mach, pmap, KERNBASE), 0x183);
	assert_int_equal(support_pde(mach, pmap, KERNBASE + NBPDR),
	    (MB + PAGE_SIZE) | 0x003);
	assert_int_equal(support_pde(mach, pmap, KERNBASE + 32 * NBPDR) &
		~PG_FRAME,
	    0x63);

	/* The roundup of the last address wraps; the end is an odd page. */
	pmap_growkernel(mach, VM_MAX_KERNEL_ADDRESS);
	wired += 512 - 33 + 1 + 512;
	assert_int_equal(mach->cnt.v_wire_count, wired);
	assert_int_equal(pmap_kernel_vm_end(mach), VM_MAX_KERNEL_ADDRESS);
	assert_int_equal(support_pde(mach, pmap, ~UINT64_C(0)) & ~PG_FRAME,
	    0x63);
	pmap_growkernel(mach, ~UINT64_C(0));
	assert_int_equal(mach->cnt.v_wire_count, wired);
	/* The audit passes by what the boot mapped on the way. */
	support_destroy(mach);
}

static void
test_growkernel_without_memory_panics(void **state)
{
	struct machine *mach;
	unsigned nth;

	/* The page directory's page, then the page table's. */
	for (nth = 1; nth <= 2; nth++) {
		mach = support_boot("mem=32M first=4M kmem=0");
		pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, nth, false);
		assert_panics(mach, "pmap_growkernel: no memory to grow kernel",
		    pmap_growkernel(mach, VM_MIN_KERNEL_ADDRESS + 1));
		assert_int_equal(mach->cnt.v_wire_count, nth - 1);
		pmapsim_destroy(mach);
	}
}

static void
test_cache_bits(void **state)
{
	static const struct {
		int mode;
		unsigned index; /* into the PAT: PAT, PCD, PWT */
	} modes[] = {
	    {VM_MEMATTR_UNCACHEABLE, 3},
	    {VM_MEMATTR_WRITE_COMBINING, 5},
	    {VM_MEMATTR_WRITE_THROUGH, 1},
	    {VM_MEMATTR_WRITE_PROTECTED, 4},
	    {VM_MEMATTR_WRITE_BACK, 0},
	    {VM_MEMATTR_UNCACHED, 2},
	};
	struct machine *mach = *state;
	uint64_t low;
	unsigned i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		low = (modes[i].index & 1) * 0x8 +
		    (modes[i].index >> 1 & 1) * 0x10;
		assert_int_equal(pmap_cache_bits(mach, modes[i].mode, FALSE),
		    low + (modes[i].index >> 2) * 0x80);
		assert_int_equal(pmap_cache_bits(mach, modes[i].mode, TRUE),
		    low + (modes[i].index >> 2) * 0x1000);
	}
}

static void
test_cache_bits_of_unknown_mode_panics(void **state)
{
	static const int modes[] = {-1, 2, 3, 8};
	struct machine *mach;
	char text[64];
	unsigned i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		mach = support_boot(SUPPORT_SMALL);
		snprintf(text, sizeof(text), "Unknown caching mode %d\n",
		    modes[i]);
		assert_panics(mach, text,
		    pmap_cache_bits(mach, modes[i], FALSE));
		pmapsim_destroy(mach);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_boot_tables),
	    cmocka_unit_test(test_config_fits),
	    support_test(test_kernel_pmap_and_windows),
	    support_test(test_init_registers_boot_page_tables),
	    cmocka_unit_test(test_init_sizes_and_switches),
	    cmocka_unit_test(test_init_of_vast_memory),
	    cmocka_unit_test(test_boot_tables_are_kept_or_refilled),
	    cmocka_unit_test(test_growkernel_page_by_page),
	    cmocka_unit_test(test_growkernel_zeroes),
	    cmocka_unit_test(test_growkernel_to_the_end),
	    cmocka_unit_test(test_growkernel_without_memory_panics),
	    support_test(test_cache_bits),
	    cmocka_unit_test(test_cache_bits_of_unknown_mode_panics),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
