/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promotion and demotion in kernels that do them otherwise, where the switch
 * is on and does not apply or does not help; and in KERNBASE's gigabyte.
 */
#include "amd64/pmap_fixture.h"

#define WITHOUT_A " kernel=2010-04+promote-without-a"
#define NONE NPTEPG
/* The page that is entered last, which makes the attempt. */
#define LAST 5

/*
 * A program's table, full but for page LAST and written everywhere, in which
 * the MMU has not set A where "unused" says so, and page "odd" lacks "bits".
 */
static vm_page_t
table_set(struct machine *mach, pmap_t pmap, const unsigned *unused,
    unsigned odd, pt_entry_t bits)
{
	vm_page_t m;
	unsigned i;

	m = fixture_frame(mach);
	fixture_enter(mach, pmap, UVA, m, 0, LAST, VM_PROT_WRITE, PROT_RW,
	    FALSE);
	fixture_enter(mach, pmap, UVA, m, LAST + 1, NPTEPG, VM_PROT_WRITE,
	    PROT_RW, FALSE);
	for (i = 0; i < 3; i++)
		if (unused[i] != NONE)
			fixture_set_pte(mach, pmap, UVA + ptoa(unused[i]), 0,
			    PG_A);
	if (odd != NONE)
		fixture_set_pte(mach, pmap, UVA + ptoa(odd), 0, bits);
	return (m);
}

/* The superpage of "m" at UVA, with A or without, is demoted, or lost. */
static void
check_demotion(struct machine *mach, pmap_t pmap, vm_page_t m, bool used,
    bool lost)
{
	const pt_entry_t want = VM_PAGE_TO_PHYS(m) |
	    (used ? PTE_WRITTEN : PTE_WRITTEN & ~PG_A);
	unsigned i;

	assert_int_equal(support_pde(mach, pmap, UVA), want | PG_PS);
	assert_counts(pmap, NPTEPG + 3, 0);
	assert_int_equal(pmap_demote_pde(mach, pmap, pmap_pde(mach, pmap, UVA),
			     UVA + ptoa(9)),
	    !lost);
	assert_counts(pmap, lost ? 0 : NPTEPG + 3, 0);
	assert_int_equal(mach->pmap->pv_entry_count, lost ? 0 : NPTEPG);
	for (i = 0; i < NPTEPG; i++)
		assert_pte(mach, pmap, UVA + ptoa(i),
		    lost ? 0 : want + ptoa(i));
}

/*
 * D40478: A is asked for no longer, wherever it is missing; what else is wrong
 * still is, and then each PTE is left as it was.  A superpage without A is lost
 * when it is to be demoted, unless the kernel spares it.
 */
static void
test_promote_without_a(void **state)
{
	static const struct {
		unsigned unused[3], odd;
		pt_entry_t bits; /* that the odd one lacks */
	} cases[] = {
	    {{NONE, NONE, NONE}, NONE, 0},
	    {{0, NONE, NONE}, NONE, 0},
	    {{100, NONE, NONE}, NONE, 0},
	    {{NPTEPG - 1, NONE, NONE}, NONE, 0},
	    {{0, 100, NPTEPG - 1}, NONE, 0},
	    {{0, NONE, NONE}, 50, PG_M | PG_RW},
	    {{100, 200, NONE}, 50, PG_M | PG_RW},
	    {{0, 64, NPTEPG - 1}, 1, PG_M | PG_RW},
	    {{200, 300, NONE}, 50, PG_V},
	    {{20, 100, NONE}, 200, PG_V},
	    {{20, 100, NONE}, 0, PG_V},
	    {{20, NONE, NONE}, 20, PG_V},
	};
	static const char *const configs[] = {SUPPORT_SMALL,
	    SUPPORT_SMALL WITHOUT_A,
	    SUPPORT_SMALL WITHOUT_A "+demote-untouched"};
	struct machine *mach;
	struct cost cost;
	const unsigned *unused;
	pt_entry_t want;
	pmap_t pmap;
	vm_page_t m;
	unsigned i, k, missing, odd, with;

	for (with = 0; with < 3; with++)
		for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
			mach = support_boot(configs[with]);
			pmap = fixture_pmap(mach, "u");
			unused = cases[k].unused;
			odd = cases[k].odd;
			m = table_set(mach, pmap, unused, odd, cases[k].bits);
			missing = 0;
			for (i = 0; i < 3; i++)
				missing += unused[i] != NONE;
			cost = fixture_cost(mach);
			pmap_enter(mach, pmap, UVA + ptoa(LAST), VM_PROT_WRITE,
			    m + LAST, PROT_RW, FALSE);
			if (odd == NONE && (missing == 0 || with)) {
				/* The PTE, the A of others, and the PDE. */
				assert_cost(mach, &cost,
				    .stores = 1 + 1 + missing, .promotions = 1);
				check_demotion(mach, pmap, m, missing == 0,
				    missing != 0 && with == 1);
				support_destroy(mach);
				continue;
			}
			assert_cost(mach, &cost, .stores = 1, .failures = 1);
			for (i = 0; i < NPTEPG; i++) {
				want = VM_PAGE_TO_PHYS(m + i) | PTE_WRITTEN;
				if (i == unused[0] || i == unused[1] ||
				    i == unused[2])
					want &= ~PG_A;
				if (i == odd)
					want &= ~cases[k].bits;
				assert_pte(mach, pmap, UVA + ptoa(i), want);
			}
			if (odd != NONE)
				fixture_set_pte(mach, pmap, UVA + ptoa(odd),
				    PG_V, 0);
			assert_counts(pmap, NPTEPG + 3, 0);
			support_destroy(mach);
		}
}

/* The kernel's mappings need A as ever, at either end of the scan. */
static void
test_promote_without_a_is_for_programs(void **state)
{
	static const unsigned unused[] = {0, 7};
	struct machine *mach;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_offset_t va;
	unsigned i, k;

	for (k = 0; k < 2; k++) {
		mach = support_boot(SUPPORT_SMALL WITHOUT_A);
		va = support_full_reservation(mach, m);
		for (i = 0; i < NPTEPG - 1; i++)
			pmap_enter(mach, kernel_pmap, va + ptoa(i), VM_PROT_ALL,
			    m[i], PROT_RWX, TRUE);
		fixture_set_pte(mach, kernel_pmap, va + ptoa(unused[k]), 0,
		    PG_A);
		cost = fixture_cost(mach);
		pmap_enter(mach, kernel_pmap, va + ptoa(i), VM_PROT_ALL, m[i],
		    PROT_RWX, TRUE);
		assert_cost(mach, &cost, .stores = 1, .failures = 1);
		assert_pte(mach, kernel_pmap, va + ptoa(unused[k]),
		    VM_PAGE_TO_PHYS(m[unused[k]]) | (PTE_KMEM & ~PG_A));
		assert_counts(kernel_pmap, NPTEPG, NPTEPG);
		/* With it the next attempt succeeds. */
		fixture_set_pte(mach, kernel_pmap, va + ptoa(unused[k]), PG_A,
		    0);
		pmap_enter(mach, kernel_pmap, va, VM_PROT_ALL, m[0], PROT_RWX,
		    TRUE);
		assert_cost(mach, &cost, .stores = 1, .promotions = 1);
		/* Nor may its superpage lose it and then go. */
		*pmap_pde(mach, kernel_pmap, va) &= ~PG_A;
		assert_panics(mach, "pmap_demote_pde: oldpde is missing PG_A",
		    pmap_change_wiring(mach, kernel_pmap, va, FALSE));
		support_destroy(mach);
	}
}

/* Before 2010 the kernel's first PTE need not be valid; but used, if it is. */
static void
test_errant_promotion_asks_for_the_rest(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m, pages[NPTEPG];
	vm_offset_t va;
	pmap_t pmap;
	unsigned i;
	static const unsigned unused[3] = {0, NONE, NONE};

	mach = support_boot(SUPPORT_SMALL " kernel=2010-04+errant-promotion");
	pmap = fixture_pmap(mach, "u");
	m = table_set(mach, pmap, unused, NONE, 0);
	cost = fixture_cost(mach);
	pmap_enter(mach, pmap, UVA + ptoa(LAST), VM_PROT_WRITE, m + LAST,
	    PROT_RW, FALSE);
	assert_cost(mach, &cost, .stores = 1, .failures = 1);
	/* Not valid, though the table counts as full. */
	fixture_set_pte(mach, pmap, UVA, PG_A, PG_V);
	pmap_enter(mach, pmap, UVA + ptoa(LAST), VM_PROT_WRITE, m + LAST,
	    PROT_RW, FALSE);
	fixture_set_pte(mach, pmap, UVA, PG_V, 0);
	assert_cost(mach, &cost, .failures = 1);
	assert_counts(pmap, NPTEPG + 3, 0);

	va = support_full_reservation(mach, pages);
	for (i = 1; i < NPTEPG - 1; i++)
		pmap_enter(mach, kernel_pmap, va + ptoa(i), VM_PROT_ALL,
		    pages[i], PROT_RWX, TRUE);
	pmap_enter(mach, kernel_pmap, va, VM_PROT_ALL, pages[0], PROT_RWX,
	    TRUE);
	fixture_set_pte(mach, kernel_pmap, va, 0, PG_A);
	cost = fixture_cost(mach);
	pmap_enter(mach, kernel_pmap, va + ptoa(i), VM_PROT_ALL, pages[i],
	    PROT_RWX, TRUE);
	assert_cost(mach, &cost, .stores = 1, .failures = 1);
	assert_pte(mach, kernel_pmap, va,
	    VM_PAGE_TO_PHYS(pages[0]) | (PTE_KMEM & ~PG_A));
	support_destroy(mach);
}

/*
 * The tables behind the boot's: known to pmap_init() and with a wire count of
 * 0, so that they are never taken for new; and the gauge counts what is
 * promoted there, which the boot did not make.
 */
static void
test_superpage_above_the_boot(void **state)
{
	const vm_offset_t va = KERNBASE + 16 * NBPDR;
	struct machine *mach = *state;
	struct cost cost;
	vm_page_t m[NPTEPG], ptp;
	unsigned i;

	support_full_reservation(mach, m);
	ptp = phys_to_vm_page(mach, mach->pmap->KPTphys + ptoa(16));
	assert_int_equal(support_pde(mach, kernel_pmap, va),
	    VM_PAGE_TO_PHYS(ptp) | PG_RW | PG_V);
	cost = fixture_cost(mach);
	for (i = 0; i < NPTEPG; i++)
		pmap_enter(mach, kernel_pmap, va + ptoa(i), VM_PROT_ALL, m[i],
		    PROT_RWX, TRUE);
	assert_cost(mach, &cost, .stores = NPTEPG + 1, .promotions = 1,
	    .failures = NPTEPG - 1);
	assert_superpage(mach, kernel_pmap, va);
	assert_int_equal(pmapsim_superpages(mach, kernel_pmap), 1);
	assert_ptr_equal(kernel_pmap->pm_root, ptp);

	pmap_change_wiring(mach, kernel_pmap, va + ptoa(9), FALSE);
	/* The PDE and one PTE: the kept table is the image. */
	assert_cost(mach, &cost, .stores = 2, .demotions = 1, .page = 1,
	    .sent = 1);
	assert_int_equal(support_pde(mach, kernel_pmap, va),
	    VM_PAGE_TO_PHYS(ptp) | PDE_KERNEL_TABLE);
	assert_int_equal(ptp->wire_count, 0);
	assert_null(kernel_pmap->pm_root);
	assert_int_equal(pmapsim_superpages(mach, kernel_pmap), 0);
	assert_pte(mach, kernel_pmap, va + ptoa(9),
	    VM_PAGE_TO_PHYS(m[9]) | (PTE_KMEM & ~PG_W));
	assert_counts(kernel_pmap, NPTEPG, NPTEPG - 1);
	pmap_remove(mach, kernel_pmap, va, va + NBPDR);
	assert_counts(kernel_pmap, 0, 0);
}

/*
 * A page in the middle of the frame that has lost its pv entry: what comes
 * before it has been freed by then, and the PDE is as it was.
 */
static void
test_promote_without_pv_entry(void **state)
{
	static const unsigned unused[3] = {NONE, NONE, NONE};
	struct machine *mach;
	struct cost cost;
	pd_entry_t pde;
	pmap_t pmap;
	vm_page_t m;
	int entries;
	unsigned foreign, invariants;

	for (invariants = 0; invariants < 2; invariants++)
		for (foreign = 0; foreign < 2; foreign++) {
			mach = support_boot(invariants ?
				SUPPORT_SMALL :
				"mem=32M first=4M kmem=8M ncpu=2");
			pmap = fixture_pmap(mach, "u");
			m = table_set(mach, pmap, unused, NONE, 0);
			pmap_remove_entry(mach, pmap, m + 400, UVA + ptoa(400));
			/* No entry at all, or only somebody else's. */
			if (foreign)
				pmap_insert_entry(mach, fixture_pmap(mach, "v"),
				    UVA + ptoa(400), m + 400);
			pde = support_pde(mach, pmap, UVA);
			entries = mach->pmap->pv_entry_count;
			cost = fixture_cost(mach);
			assert_panics(mach,
			    invariants ?
				"pmap_pvh_free: pv not found" :
				"pmap_pvh_free: page fault trap: no pv entry for "
				"va 0x40190000",
			    pmap_enter(mach, pmap, UVA + ptoa(LAST),
				VM_PROT_WRITE, m + LAST, PROT_RW, FALSE));
			assert_cost(mach, &cost, .stores = 1);
			assert_int_equal(mach->pmap->pv_entry_count,
			    entries + 1 - 399);
			assert_int_equal(support_pde(mach, pmap, UVA), pde);
			assert_page(m + 399, 1, 0,
			    vm_page_use(mach, &m[399])->dirty, 0);
			assert_page(m + 400, 0, 0,
			    vm_page_use(mach, &m[400])->dirty, foreign);
			assert_page(m + 401, 1, 0,
			    vm_page_use(mach, &m[401])->dirty, 1);
			support_destroy(mach);
		}
}

/* A reason that there is not has been given for no failure. */
static void
test_failures_for_unknown_reason(void **state)
{
	static const unsigned unused[3] = {0, NONE, NONE};
	struct machine *mach = *state;
	pmap_t pmap;
	vm_page_t m;
	unsigned reason, total;

	pmap = fixture_pmap(mach, "u");
	m = table_set(mach, pmap, unused, NONE, 0);
	pmap_enter(mach, pmap, UVA + ptoa(LAST), VM_PROT_WRITE, m + LAST,
	    PROT_RW, FALSE);
	total = 0;
	for (reason = 0; reason < PMAPSIM_PROMOTE_REASONS; reason++)
		total += (unsigned)pmapsim_promote_failures(mach, reason);
	assert_int_equal(total, 1);
	assert_int_equal(pmapsim_promote_failures(mach,
			     PMAPSIM_PROMOTE_FIRST_UNUSABLE),
	    1);
	assert_int_equal(pmapsim_promote_failures(mach,
			     PMAPSIM_PROMOTE_REASONS),
	    0);
	assert_int_equal(pmapsim_promote_failures(mach,
			     (enum pmapsim_promote_reason) - 1),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_promote_without_a),
	    cmocka_unit_test(test_promote_without_a_is_for_programs),
	    cmocka_unit_test(test_errant_promotion_asks_for_the_rest),
	    support_test(test_superpage_above_the_boot),
	    cmocka_unit_test(test_promote_without_pv_entry),
	    support_test(test_failures_for_unknown_reason),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
