/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stale-translation detector: first on tables that the test writes, one
 * kind of excess at a time, then on the kernel's two real bugs and with their
 * fixes.
 */
#include "hw_fixture.h"
#include "support.h"

#include "hw/detector.h"
#include "vm/vm_page.h"

#define VA UINT64_C(0x0000123440000000)
#define PA UINT64_C(0x0000000080000000)
#define ALL_BUT_DIRTY (PMAPSIM_DETECT_STALE | PMAPSIM_DETECT_MULTIMATCH)
#define EVERYTHING (ALL_BUT_DIRTY | PMAPSIM_DETECT_DIRTY)

static struct pmapsim_detection
last(struct machine *mach)
{
	struct pmapsim_detection d;

	memset(&d, 0, sizeof(d));
	assert_true(pmapsim_detections(mach) > 0);
	assert_int_equal(pmapsim_detection(mach, pmapsim_detections(mach) - 1,
			     &d),
	    PMAPSIM_OK);
	return (d);
}

static void
forget(struct tlb_sets *sets, vm_offset_t va, unsigned size,
    struct tlb_lives lives)
{
	unsigned slot;

	slot = tlb_sets_find(sets, va, size, lives);
	assert_int_not_equal(slot, TLB_SETS_NONE);
	tlb_sets_drop(sets, slot);
}

/*
 * One leaf before, another after, and what an entry made of the first by
 * "access" gives beyond the second.  "again" is an access it still serves.
 */
static const struct {
	uint64_t before, after;
	unsigned access, again;
	unsigned stale;
} cases[] = {
    /* Nothing mapped, or a table in its place. */
    {PA | HW_ALL, 0, MMU_READ, MMU_READ, PMAPSIM_STALE_PRESENT},
    {PA | HW_ALL, PA | PG_RW | PG_U, MMU_READ, MMU_READ, PMAPSIM_STALE_PRESENT},
    {PA | HW_ALL, (PA + NBPDP) | HW_ALL, MMU_READ, MMU_READ,
	PMAPSIM_STALE_FRAME},
    /* RW counts only once D is in the entry. */
    {PA | HW_ALL, PA | PG_V | PG_U, MMU_WRITE, MMU_READ, PMAPSIM_STALE_WRITE},
    {PA | HW_ALL, PA | PG_V | PG_U, MMU_WRITE, MMU_WRITE, PMAPSIM_STALE_WRITE},
    {PA | HW_ALL, PA | PG_V | PG_U, MMU_READ, MMU_READ, 0},
    {PA | HW_ALL, PA | HW_ALL, MMU_WRITE, MMU_READ, PMAPSIM_STALE_DIRTY},
    {PA | HW_ALL, PA | HW_ALL | PG_M, MMU_WRITE, MMU_WRITE, 0},
    {PA | HW_ALL | PG_M, PA | HW_ALL, MMU_READ, MMU_READ, PMAPSIM_STALE_DIRTY},
    {PA | HW_ALL, PA | HW_RW, MMU_READ, MMU_READ, PMAPSIM_STALE_USER},
    {PA | HW_ALL, PA | HW_ALL | PG_NX, MMU_READ, MMU_READ,
	PMAPSIM_STALE_EXECUTE},
    {PA | HW_ALL, PA | PG_V | PG_NX, MMU_WRITE, MMU_READ,
	PMAPSIM_STALE_WRITE | PMAPSIM_STALE_USER | PMAPSIM_STALE_EXECUTE},
    {PA | HW_ALL | PG_M, (PA + NBPDP) | PG_V | PG_U, MMU_READ, MMU_READ,
	PMAPSIM_STALE_FRAME | PMAPSIM_STALE_WRITE},
    /* More in the tables than in the entry is nobody's debt. */
    {PA | PG_V | PG_NX, PA | HW_ALL | PG_M, MMU_READ, MMU_READ, 0},
    {PA | PG_V, PA | PG_V | PG_G | PG_W | PG_NC_PCD, MMU_READ, MMU_READ, 0},
    /* A clear A is no right. */
    {PA | HW_ALL, PA | HW_ALL, MMU_READ, MMU_READ, 0},
};

static void
test_what_is_more_than_the_tables_give(void **state)
{
	struct hw hw;
	struct pmapsim_detection d;
	uint64_t *leaf, told, want;
	unsigned i, level, scan, size, what;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size = 0; size < 3; size++)
			for (level = 1; level <= 2; level++)
				for (scan = 0; scan < 2; scan++)
					for (what = 0; what < 2; what++) {
						const uint64_t ps = size != 0 ?
						    PG_PS :
						    0;
						const unsigned on = what ?
						    EVERYTHING :
						    ALL_BUT_DIRTY;

						hw_boot(&hw, 8 << 20, 2,
						    "skylake");
						assert_int_equal(
						    pmapsim_detect(hw.mach, on),
						    PMAPSIM_OK);
						leaf = hw_map(&hw, VA, size,
						    cases[i].before);
						assert_pa(hw_access(&hw,
							      VA + 24,
							      cases[i].access),
						    PA + 24);
						if (level == 2)
							/* The first level forgets, the second does not. */
							forget(&hw.cpu->tlb
								    ->fill[0][0]
									  [size]
								    .array
								    ->sets,
							    VA, size,
							    hw.cpu->tlb->lives);
						*leaf = cases[i].after == 0 ?
						    0 :
						    cases[i].after | ps;
						want = *leaf;
						if (scan)
							pmapsim_detect_scan(
							    hw.mach);
						else
							assert_pa(
							    hw_access(&hw,
								VA + 24,
								cases[i].again),
							    PA + 24);
						/* Watching changes nothing but what an access changes. */
						assert_int_equal(*leaf &
							~(PG_A | PG_M),
						    want & ~(PG_A | PG_M));
						if (cases[i].stale == 0 ||
						    (cases[i].stale ==
							    PMAPSIM_STALE_DIRTY &&
							!what)) {
							assert_int_equal(
							    pmapsim_detections(
								hw.mach),
							    0);
							hw_destroy(&hw);
							continue;
						}
						d = last(hw.mach);
						assert_int_equal(d.what,
						    cases[i].stale ==
							    PMAPSIM_STALE_DIRTY ?
							PMAPSIM_DETECT_DIRTY :
							PMAPSIM_DETECT_STALE);
						assert_int_equal(d.stale,
						    cases[i].stale);
						assert_int_equal(d.cpu, 0);
						assert_int_equal(d.scanned,
						    scan);
						assert_int_equal(d.va,
						    scan ? VA : VA + 24);
						assert_int_equal(d.access,
						    scan ? MMU_READ :
							   cases[i].again);
						assert_int_equal(d.entry.va,
						    VA);
						assert_int_equal(d.entry.pa,
						    PA);
						assert_int_equal(d.entry.size,
						    size);
						assert_int_equal(d.tables[size +
								     1],
						    want);
						assert_int_equal(d.tables[4],
						    *hw_entry(&hw, VA, 4));
						assert_int_equal(d.mc_status,
						    0);
						/* Said once an entry. */
						if (!scan) {
							assert_int_equal(
							    pmapsim_detections(
								hw.mach),
							    1);
							hw_access(&hw, VA + 24,
							    cases[i].again);
							assert_int_equal(
							    pmapsim_detections(
								hw.mach),
							    1);
						} else
							assert_int_equal(
							    pmapsim_detect_scan(
								hw.mach),
							    0);
						/* The invalidation pays the debt. */
						told =
						    pmapsim_detections(hw.mach);
						cpu_invlpg(hw.mach, hw.cpu, VA);
						hw_access(&hw, VA + 24,
						    cases[i].again);
						assert_int_equal(
						    pmapsim_detect_scan(
							hw.mach),
						    0);
						assert_int_equal(
						    pmapsim_detections(hw.mach),
						    told);
						hw_destroy(&hw);
					}
}

/* A large entry over a table of small pages: each of them is looked at. */
static void
test_scan_looks_at_every_page_of_a_large_entry(void **state)
{
	struct hw hw;
	uint64_t *pde, *table;
	vm_paddr_t pt;
	unsigned i;

	hw_boot(&hw, 8 << 20, 1, "k10");
	assert_int_equal(pmapsim_detect(hw.mach, ALL_BUT_DIRTY), PMAPSIM_OK);
	pde = hw_map(&hw, VA, 1, PA | HW_ALL);
	assert_pa(hw_access(&hw, VA, MMU_WRITE), PA);
	/* Demoted: the same pages, the same rights. */
	pt = hw_table(&hw);
	table = physmem_table(hw.mach, pt);
	for (i = 0; i < 512; i++)
		table[i] = (PA + i * PAGE_SIZE) | HW_ALL;
	*pde = pt | HW_ALL;
	assert_int_equal(pmapsim_detect_scan(hw.mach), 0);
	assert_pa(hw_access(&hw, VA + 5, MMU_READ), PA + 5);
	assert_int_equal(pmapsim_detections(hw.mach), 0);
	/* The last page goes. */
	table[511] = 0;
	/* Both levels have the entry. */
	assert_int_equal(pmapsim_detect_scan(hw.mach), 2);
	assert_int_equal(last(hw.mach).va, VA + 511 * PAGE_SIZE);
	assert_int_equal(last(hw.mach).stale, PMAPSIM_STALE_PRESENT);
	hw_destroy(&hw);
}

static void
test_multimatch(void **state)
{
	static const char *const presets[] = {"k10", "zen2", "skylake"};
	struct hw hw;
	struct pmapsim_detection d;
	unsigned p, what;

	for (p = 0; p < 3; p++)
		for (what = 0; what < 2; what++) {
			hw_boot(&hw, 8 << 20, 1, presets[p]);
			assert_int_equal(pmapsim_detect(hw.mach,
					     what ? ALL_BUT_DIRTY :
						    PMAPSIM_DETECT_STALE),
			    PMAPSIM_OK);
			hw_map(&hw, VA, 0, PA | HW_ALL);
			assert_pa(hw_access(&hw, VA, MMU_WRITE), PA);
			*hw_entry(&hw, VA, 2) = PA | HW_ALL | PG_PS | PG_M |
			    PG_A;
			assert_pa(hw_access(&hw, VA + PAGE_SIZE, MMU_READ),
			    PA + PAGE_SIZE);
			assert_int_equal(pmapsim_detections(hw.mach), 0);
			assert_pa(hw_access(&hw, VA + 8, MMU_READ), PA + 8);
			/* They agree on the page: no more than a multi-match. */
			assert_int_equal(pmapsim_detections(hw.mach), what);
			assert_pa(hw_access(&hw, VA + 8, MMU_READ), PA + 8);
			assert_int_equal(pmapsim_detections(hw.mach), what);
			if (what) {
				d = last(hw.mach);
				assert_int_equal(d.what,
				    PMAPSIM_DETECT_MULTIMATCH);
				assert_int_equal(d.stale, 0);
				assert_int_equal(d.va, VA + 8);
				assert_int_equal(d.entry.size, 0);
				assert_int_equal(d.other.size, 1);
				assert_int_equal(d.other.va, VA);
				assert_int_equal(d.mc_status,
				    p == 0 ? PMAPSIM_ERRATUM383_STATUS : 0);
			}
			hw_destroy(&hw);
		}
}

static void
count_hook(struct machine *mach, const struct pmapsim_detection *d, void *arg)
{
	unsigned *n = arg;

	assert_int_equal(d->va, VA + *n * PAGE_SIZE);
	++*n;
}

static void
test_many_detections(void **state)
{
	struct hw hw;
	struct pmapsim_detection d;
	unsigned i, n = 0;

	hw_boot(&hw, 8 << 20, 1, "zen2");
	assert_int_equal(pmapsim_detect(hw.mach, EVERYTHING), PMAPSIM_OK);
	assert_int_equal(pmapsim_detection(hw.mach, 0, &d), PMAPSIM_EINVAL);
	for (i = 0; i < 100; i++) {
		hw_map(&hw, VA + i * PAGE_SIZE, 0,
		    (PA + i * PAGE_SIZE) | HW_ALL);
		hw_access(&hw, VA + i * PAGE_SIZE, MMU_READ);
		*hw_entry(&hw, VA + i * PAGE_SIZE, 1) = 0;
	}
	pmapsim_set_detect_hook(hw.mach, count_hook, &n);
	for (i = 0; i < 99; i++)
		hw_access(&hw, VA + i * PAGE_SIZE, MMU_READ);
	assert_int_equal(n, 99);
	pmapsim_set_detect_hook(hw.mach, NULL, NULL);
	hw_access(&hw, VA + 99 * PAGE_SIZE, MMU_READ);
	assert_int_equal(n, 99);
	assert_int_equal(pmapsim_detections(hw.mach), 100);
	assert_int_equal(pmapsim_detection(hw.mach, 35, &d), PMAPSIM_EINVAL);
	for (i = 36; i < 100; i++) {
		assert_int_equal(pmapsim_detection(hw.mach, i, &d), PMAPSIM_OK);
		assert_int_equal(d.va, VA + i * PAGE_SIZE);
	}
	assert_int_equal(pmapsim_detection(hw.mach, 100, &d), PMAPSIM_EINVAL);
	hw_destroy(&hw);
}

static void
test_off_means_off(void **state)
{
	struct hw hw;
	struct pmapsim_detection d;
	uint64_t *leaf;

	hw_boot(&hw, 8 << 20, 2, "k10");
	leaf = hw_map(&hw, VA, 0, PA | HW_ALL);
	hw_access(&hw, VA, MMU_READ);
	*leaf = 0;
	hw_access(&hw, VA, MMU_READ);
	pmapsim_detect_call(hw.mach, "nobody listens");
	assert_int_equal(pmapsim_detect_scan(hw.mach), 0);
	assert_int_equal(pmapsim_detections(hw.mach), 0);
	assert_int_equal(pmapsim_detect(hw.mach, 8), PMAPSIM_EINVAL);
	assert_int_equal(pmapsim_detect(hw.mach, EVERYTHING), PMAPSIM_OK);
	assert_int_equal(pmapsim_detect(hw.mach, 0), PMAPSIM_OK);
	hw_access(&hw, VA, MMU_READ);
	assert_int_equal(pmapsim_detections(hw.mach), 0);
	hw_destroy(&hw);
	hw_boot(&hw, 8 << 20, 1, NULL);
	assert_int_equal(pmapsim_detect(hw.mach, EVERYTHING), PMAPSIM_EINVAL);
	pmapsim_detect_call(hw.mach, "nobody listens");
	pmapsim_set_detect_hook(hw.mach, NULL, NULL);
	assert_int_equal(pmapsim_detect_scan(hw.mach), 0);
	assert_int_equal(pmapsim_detections(hw.mach), 0);
	assert_int_equal(pmapsim_detection(hw.mach, 0, &d), PMAPSIM_EINVAL);
	hw_destroy(&hw);
}

/* The call to blame is the one that stored, however late it comes out. */
static void
test_the_call_that_left_it_is_named(void **state)
{
	struct hw hw;
	struct pmapsim_detection d;
	uint64_t *leaf[3];
	char text[64];
	unsigned i;

	hw_boot(&hw, 8 << 20, 1, "k10");
	pmapsim_detect(hw.mach, EVERYTHING);
	for (i = 0; i < 3; i++)
		leaf[i] = hw_map(&hw, VA + i * PAGE_SIZE, 0, PA | HW_ALL);
	pmapsim_detect_call(hw.mach, "first");
	for (i = 0; i < 3; i++)
		hw_access(&hw, VA + i * PAGE_SIZE, MMU_READ);
	pmapsim_detect_call(hw.mach, "second");
	*leaf[0] = 0;
	pmapsim_detect_call(hw.mach, "third");
	*leaf[1] = 0;
	hw_access(&hw, VA + PAGE_SIZE, MMU_READ);
	d = last(hw.mach);
	assert_int_equal(d.left_by, 3);
	assert_int_equal(d.filled, 1);
	assert_string_equal(d.call, "third");
	hw_access(&hw, VA, MMU_READ);
	d = last(hw.mach);
	assert_int_equal(d.left_by, 2);
	assert_string_equal(d.call, "second");
	/* A text of any length is cut; after 256 calls it is forgotten. */
	*leaf[2] = 0;
	for (i = 0; i < 300; i++) {
		snprintf(text, sizeof(text), "%u%050u", i, i);
		pmapsim_detect_call(hw.mach, text);
	}
	hw_access(&hw, VA + 2 * PAGE_SIZE, MMU_READ);
	d = last(hw.mach);
	assert_int_equal(d.left_by, 3);
	assert_string_equal(d.call, "");
	hw_destroy(&hw);
}

static void
test_detections_in_words(void **state)
{
	static const struct pmapsim_detection d[] = {
	    {.what = PMAPSIM_DETECT_STALE,
		.stale = PMAPSIM_STALE_PRESENT,
		.cpu = 3,
		.va = 0x1234,
		.access = PGEX_W | PGEX_U,
		.entry = {.level = 1,
		    .kinds = 1,
		    .va = 0x1000,
		    .pa = 0x7000,
		    .rights = PG_RW | PG_M | PG_U},
		.tables = {0, 0, 0x2007, 0x3007, 0x4007},
		.left_by = 9,
		.call = "pmap_remove p 0x1000 0x2000"},
	    {.what = PMAPSIM_DETECT_STALE,
		.stale = PMAPSIM_STALE_FRAME | PMAPSIM_STALE_WRITE |
		    PMAPSIM_STALE_USER | PMAPSIM_STALE_EXECUTE |
		    PMAPSIM_STALE_DIRTY,
		.entry = {.level = 2,
		    .kinds = 3,
		    .size = 2,
		    .rights = PG_NX | PG_G}},
	    {.what = PMAPSIM_DETECT_MULTIMATCH,
		.access = PGEX_I,
		.entry = {.level = 1, .kinds = 2},
		.other = {.level = 1, .kinds = 2, .size = 1},
		.mc_status = PMAPSIM_ERRATUM383_STATUS,
		.call = "pmap_enter"},
	};
	static const char *const text[] = {
	    "stale translation: CPU 3 writes 0x1234 by l1 data 4K entry "
	    "0x1000 -> 0x7000 wuxd-, but it is not-mapped; tables 0x4007 "
	    "0x3007 0x2007 0; left by call 9: pmap_remove p 0x1000 0x2000",
	    "stale translation: CPU 0 reads 0 by l2 unified 1G entry 0 -> "
	    "0 ----g, but it is other-frame not-writable not-user "
	    "not-executable not-dirty; tables 0 0 0 0; last kernel "
	    "function: none",
	    "multi-match: CPU 0 fetches 0 by l1 instruction 4K entry 0 -> "
	    "0 --x-- and l1 instruction 2M entry 0 -> 0 --x--; AMD "
	    "erratum 383: machine check, MC0_STATUS B600000000010015; "
	    "tables 0 0 0 0; last kernel function: pmap_enter",
	};
	char buf[1024];
	unsigned i;

	for (i = 0; i < 3; i++) {
		assert_int_equal(pmapsim_detection_format(&d[i], buf,
				     sizeof(buf)),
		    strlen(text[i]));
		assert_string_equal(buf, text[i]);
		assert_int_equal(pmapsim_detection_format(&d[i], buf, 10),
		    strlen(text[i]));
		assert_int_equal(strlen(buf), 9);
	}
}

/* ---- on the kernel ------------------------------------------------------ */

static struct machine *
boot_kernel(const char *kernel, const char *tlb, unsigned ncpu)
{
	struct pmapsim_config config;
	struct machine *mach;
	char err[256];

	pmapsim_config_init(&config);
	config.mem = 32 << 20;
	config.first = 4 << 20;
	config.kmem = 8 << 20;
	config.kmem_given = true;
	config.ncpu = ncpu;
	config.kernel = kernel;
	config.tlb = tlb;
	if (pmapsim_boot(&config, &mach, err, sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	pmapsim_cmocka_hook(mach);
	return (mach);
}

/*
 * 512 pages entered one by one; each of the first "touched" is written to by
 * every CPU before the next is entered, so that 4 KB entries are there when
 * the last one promotes.
 */
static vm_offset_t
promoted(struct machine *mach, unsigned touched)
{
	vm_page_t page[512];
	vm_offset_t va;
	unsigned cpu, i;

	va = support_full_reservation(mach, page);
	for (i = 0; i < 512; i++) {
		pmapsim_detect_call(mach, "enter");
		pmap_enter(mach, pmapsim_kernel_pmap(mach), va + ptoa(i),
		    VM_PROT_WRITE, page[i], VM_PROT_ALL, TRUE);
		for (cpu = 0; i < touched && cpu < mach->config.ncpu; cpu++)
			assert_pa(mmu_access(mach, &mach->cpus[cpu],
				      va + ptoa(i), MMU_WRITE),
			    VM_PAGE_TO_PHYS(page[i]));
	}
	assert_true((support_pde(mach, pmapsim_kernel_pmap(mach), va) &
			PG_PS) != 0);
	return (va);
}

/* Accesses all of the 2 MB on each CPU, faults included. */
static void
sweep(struct machine *mach, vm_offset_t va, unsigned access)
{
	unsigned cpu, i;

	for (cpu = 0; cpu < mach->config.ncpu; cpu++)
		for (i = 0; i < 512; i++)
			mmu_access(mach, &mach->cpus[cpu], va + ptoa(i),
			    access);
}

/*
 * Until 2016 the removal or write protection of a promoted kernel superpage
 * invalidated one address of it: what was cached of the 4 KB pages stayed.
 */
static void
test_kernel_superpage_removed_or_protected(void **state)
{
	static const char *const presets[] = {"k10", "nehalem", "skylake",
	    "zen2"};
	struct machine *mach;
	struct pmapsim_detection d;
	vm_offset_t va;
	unsigned fixed, ncpu, op, p;

	for (p = 0; p < 4; p++)
		for (ncpu = 1; ncpu <= 4; ncpu += 3)
			for (fixed = 0; fixed < 2; fixed++)
				for (op = 0; op < 2; op++) {
					mach = boot_kernel(fixed ?
						"2010-04+remove-kernel-pde+flush-whole-superpage" :
						"2010-04+remove-kernel-pde",
					    presets[p], ncpu);
					assert_int_equal(
					    pmapsim_detect(mach,
						PMAPSIM_DETECT_STALE),
					    PMAPSIM_OK);
					va = promoted(mach, 512);
					assert_int_equal(
					    pmapsim_detections(mach), 0);
					sweep(mach, va, MMU_WRITE);
					assert_int_equal(
					    pmapsim_detections(mach), 0);
					pmapsim_detect_call(mach,
					    op == 0 ? "remove" : "protect");
					if (op == 0)
						pmap_remove(mach,
						    pmapsim_kernel_pmap(mach),
						    va, va + NBPDR);
					else
						pmap_protect(mach,
						    pmapsim_kernel_pmap(mach),
						    va, va + NBPDR,
						    VM_PROT_READ);
					sweep(mach, va,
					    op == 0 ? MMU_READ : MMU_WRITE);
					if (fixed)
						assert_int_equal(
						    pmapsim_detections(mach),
						    0);
					else {
						assert_true(
						    pmapsim_detections(mach) >=
						    32 * ncpu);
						d = last(mach);
						assert_int_equal(d.stale,
						    op == 0 ?
							PMAPSIM_STALE_PRESENT :
							PMAPSIM_STALE_WRITE |
							    PMAPSIM_STALE_EXECUTE);
						assert_int_equal(d.entry.size,
						    PMAPSIM_TLB_4K);
						assert_int_equal(d.cpu,
						    ncpu - 1);
						assert_string_equal(d.call,
						    op == 0 ? "remove" :
							      "protect");
					}
					assert_int_equal(
					    pmapsim_detect_scan(mach) != 0 &&
						fixed,
					    0);
					pmapsim_destroy(mach);
				}
}

/* The name of the last kernel function serves where calls have no text. */
static void
test_kernel_function_is_named(void **state)
{
	struct machine *mach;
	vm_offset_t va;

	mach = boot_kernel("2010-04+remove-kernel-pde", "k10", 1);
	va = promoted(mach, 512);
	pmapsim_detect(mach, PMAPSIM_DETECT_STALE);
	pmap_remove(mach, pmapsim_kernel_pmap(mach), va, va + NBPDR);
	sweep(mach, va, MMU_READ);
	assert_string_equal(last(mach).call, "pmap_remove");
	assert_int_equal(last(mach).left_by, 0);
	pmapsim_destroy(mach);
}

/*
 * Some pages have 4 KB entries when their table is promoted; then another page
 * of it is accessed.  Between the two a program is switched in, because until
 * the cached PDE goes, every walk still ends in the old table; the entries are
 * global and stay.
 */
static void
test_erratum383(void **state)
{
	struct machine *mach;
	struct pmapsim_detection d;
	vm_offset_t va;
	unsigned cpu, fixed, ncpu;

	for (ncpu = 1; ncpu <= 4; ncpu += 3)
		for (fixed = 0; fixed < 2; fixed++) {
			mach = boot_kernel(fixed ? "2010-04+erratum383" :
						   "2010-04",
			    "k10", ncpu);
			pmapsim_detect(mach, ALL_BUT_DIRTY);
			va = promoted(mach, 4);
			pmapsim_detect_call(mach, "switch");
			assert_int_equal(pmapsim_detections(mach), 0);
			pmapsim_detect_call(mach, "access");
			for (cpu = 0; cpu < ncpu; cpu++) {
				cpu_invltlb(mach, &mach->cpus[cpu]);
				mmu_access(mach, &mach->cpus[cpu],
				    va + NBPDR - 1, MMU_READ);
			}
			sweep(mach, va, MMU_READ);
			if (fixed)
				assert_int_equal(pmapsim_detections(mach), 0);
			else {
				assert_int_equal(pmapsim_detections(mach),
				    4 * ncpu);
				d = last(mach);
				assert_int_equal(d.what,
				    PMAPSIM_DETECT_MULTIMATCH);
				assert_int_equal(d.mc_status,
				    PMAPSIM_ERRATUM383_STATUS);
				assert_int_equal(d.entry.size, PMAPSIM_TLB_4K);
				assert_int_equal(d.other.size, PMAPSIM_TLB_2M);
				/* The last of the 512 promoted. */
				assert_int_equal(d.left_by, 512);
				assert_string_equal(d.call, "enter");
			}
			pmapsim_destroy(mach);
		}
}

/*
 * A machine whose stores to tables are counted by the test, with pages at VA and
 * behind it that were accessed and found right.
 */
static void
right_pages(struct hw *hw, struct table_stores *stores, uint64_t flags,
    uint64_t *leaves[2])
{
	unsigned i;

	hw_boot(hw, 8 << 20, 1, "k10");
	memset(stores, 0, sizeof(*stores));
	hw->mach->physmem->stores = stores;
	assert_int_equal(pmapsim_detect(hw->mach, ALL_BUT_DIRTY), PMAPSIM_OK);
	for (i = 0; i < 2; i++) {
		leaves[i] = hw_map(hw, VA + ptoa(i), PMAPSIM_TLB_4K,
		    (PA + ptoa(i)) | HW_ALL | flags);
		assert_pa(hw_access(hw, VA + ptoa(i), MMU_READ), PA + ptoa(i));
	}
}

/* How many wrong translations an access to page "i" makes known. */
static uint64_t
found_by_access(struct hw *hw, unsigned i)
{
	const uint64_t before = pmapsim_detections(hw->mach);

	assert_pa(hw_access(hw, VA + ptoa(i), MMU_READ), PA + ptoa(i));
	return (pmapsim_detections(hw->mach) - before);
}

/*
 * What was found right is looked at again when something valid was stored over,
 * and not before: that is seen by stores that nobody counts.
 */
static void
test_looks_again_after_stores(void **state)
{
	struct table_stores stores;
	struct pmapsim_tlb_stats stats;
	uint64_t *leaves[2];
	struct hw hw;

	right_pages(&hw, &stores, 0, leaves);
	*leaves[0] = *leaves[1] = 0;
	assert_int_equal(found_by_access(&hw, 0), 0);
	stores.filled++;
	assert_int_equal(found_by_access(&hw, 0), 0);
	stores.changed++;
	assert_int_equal(found_by_access(&hw, 0), 1);
	assert_int_equal(found_by_access(&hw, 1), 1);
	/* The accesses were counted whoever made them. */
	assert_int_equal(pmapsim_tlb_stats(hw.mach, 0, &stats), PMAPSIM_OK);
	assert_int_equal(stats.hits[0][PMAPSIM_TLB_DATA][PMAPSIM_TLB_4K], 4);
	assert_int_equal(stats.walks, 2);
	hw_destroy(&hw);
	/* Where others may write tables each access is looked at. */
	right_pages(&hw, &stores, 0, leaves);
	pmapsim_arena(hw.mach, NULL);
	*leaves[0] = 0;
	assert_int_equal(found_by_access(&hw, 0), 1);
	hw_destroy(&hw);
}

/* A global entry outlives CR3, and may not be what the next tables give. */
static void
test_looks_again_after_cr3(void **state)
{
	struct table_stores stores;
	uint64_t *leaves[2];
	struct hw hw;

	right_pages(&hw, &stores, PG_G, leaves);
	assert_int_equal(found_by_access(&hw, 0), 0);
	cpu_load_cr3(hw.mach, hw.cpu, hw_table(&hw));
	assert_int_equal(found_by_access(&hw, 0), 1);
	hw_destroy(&hw);
}

/* The numbers of times at which entries were right come round. */
static void
test_looks_again_when_numbers_end(void **state)
{
	struct table_stores stores;
	uint32_t i, number;
	uint64_t *leaves[2];
	struct hw hw;

	right_pages(&hw, &stores, 0, leaves);
	number = hw.cpu->tlb->right;
	*leaves[1] = 0;
	hw.cpu->tlb->right = UINT32_MAX;
	/* The second page was right at a time of a number that comes again. */
	for (i = 0; i < number; i++) {
		stores.changed++;
		assert_int_equal(found_by_access(&hw, 0), 0);
	}
	assert_int_equal(hw.cpu->tlb->right, number);
	assert_int_equal(found_by_access(&hw, 1), 1);
	hw_destroy(&hw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_more_than_the_tables_give),
	    cmocka_unit_test(test_scan_looks_at_every_page_of_a_large_entry),
	    cmocka_unit_test(test_multimatch),
	    cmocka_unit_test(test_many_detections),
	    cmocka_unit_test(test_off_means_off),
	    cmocka_unit_test(test_the_call_that_left_it_is_named),
	    cmocka_unit_test(test_detections_in_words),
	    cmocka_unit_test(test_kernel_superpage_removed_or_protected),
	    cmocka_unit_test(test_kernel_function_is_named),
	    cmocka_unit_test(test_erratum383),
	    cmocka_unit_test(test_looks_again_after_stores),
	    cmocka_unit_test(test_looks_again_after_cr3),
	    cmocka_unit_test(test_looks_again_when_numbers_end),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
