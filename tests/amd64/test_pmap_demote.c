/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Demotion: where the page table comes from, what it holds, and what happens
 * when there is none; and the flushes that erratum 383 asks for.
 */
#include "superpage_fixture.h"

/* ---- demotion ----------------------------------------------------------- */

/*
 * A table of the kernel's: filled anew at the first demotion, whatever it
 * holds, and full for ever; afterwards the first PTE alone decides.
 */
static void
test_demote_kernel_refills_once(void **state)
{
	struct machine *mach = *state;
	struct counts want;
	pt_entry_t *pte;
	pd_entry_t *pde;
	vm_offset_t va;
	vm_page_t mpte;
	unsigned i;

	pte = kernel_table(mach, &va);
	pde = pmap_pde(mach, kernel_pmap, va);
	mpte = phys_to_vm_page(mach, *pde & PG_FRAME);
	fill(pte, 0x1600000 | BITS_KERNEL);
	promote(mach, va);
	pte[7] = 0;
	want = counts(mach);
	assert_int_equal(mpte->wire_count, 1);
	assert_true(pmap_demote_pde(mach, kernel_pmap, pde, va + 0x12345));
	assert_int_equal(*pde, VM_PAGE_TO_PHYS(mpte) | 0x63);
	assert_int_equal(mpte->wire_count, 512);
	assert_null(kernel_pmap->pm_root);
	for (i = 0; i < NPTEPG; i++)
		assert_int_equal(pte[i], (0x1600000 + ptoa(i)) | BITS_KERNEL);
	want.demotions++;
	want.stores += 512 + 1;
	want.superpages--;
	/* Where the recursive mapping shows the table. */
	want.inval++;
	assert_all_counts(mach, &want);
	assert_int_equal(mach->cpus[1].received[INVAL_PAGE], want.inval);

	/* Equal attributes: the table is trusted, even where it is wrong. */
	promote(mach, va);
	pte[7] = 0;
	want = counts(mach);
	assert_true(pmap_demote_pde(mach, kernel_pmap, pde, va));
	assert_int_equal(pte[7], 0);
	want.demotions++;
	want.stores++;
	want.superpages--;
	want.inval++;
	assert_all_counts(mach, &want);

	/* The attributes were changed: all 512 again. */
	fill(pte, 0x1600000 | BITS_KERNEL);
	promote(mach, va);
	*pde &= ~(PG_M | PG_RW);
	pte[7] = 0;
	want = counts(mach);
	assert_true(pmap_demote_pde(mach, kernel_pmap, pde, va));
	for (i = 0; i < NPTEPG; i++)
		assert_int_equal(pte[i],
		    (0x1600000 + ptoa(i)) | (BITS_KERNEL & ~(PG_M | PG_RW)));
	want.demotions++;
	want.stores += 512 + 1;
	want.superpages--;
	want.inval++;
	assert_all_counts(mach, &want);
	/* Nothing was counted wrongly: the auditor goes on. */
	assert_int_equal(mach->pmap->audit_waived, 0);
}

/* A user's kept table: no refill, no page, no invalidation. */
static void
test_demote_user_takes_the_kept_table(void **state)
{
	struct machine *mach = *state;
	vm_page_t m = fixture_frame(mach);
	pmap_t u = fixture_inactive_pmap(mach, "u");
	struct counts want;
	unsigned free, i;
	char text[128];

	for (i = 0; i < 512; i++)
		enter_one(mach, u, m, i, VM_PROT_WRITE);
	assert_superpage(mach, u, VA);
	assert_non_null(u->pm_root);
	assert_int_equal(u->pm_root->wire_count, 512);
	want = counts(mach);
	free = mach->cnt.v_free_count;
	pmapsim_ktr_enable(mach, true);
	assert_true(pmap_demote_pde(mach, u, pmap_pde(mach, u, VA),
	    VA + 0x2345));
	pmapsim_ktr_format(mach, 0, text, sizeof(text));
	assert_string_equal(text,
	    "pmap_demote_pde: success for va "
	    "0x800002345 in pmap u");
	assert_int_equal(support_pde(mach, u, VA) & ~PG_FRAME, 0x67);
	for (i = 0; i < 512; i++)
		assert_int_equal(support_pte(mach, u, VA + ptoa(i)),
		    VM_PAGE_TO_PHYS(m + i) | BITS_USER);
	want.demotions++;
	want.stores++;
	want.superpages--;
	assert_all_counts(mach, &want);
	/* Three pv chunks, and nothing else, were needed. */
	assert_int_equal(mach->cnt.v_free_count, free - 3);
	assert_int_equal(pmapsim_pmap_resident_count(u), 515);
	assert_null(u->pm_root);
	pmap_remove(mach, u, VA, VA + NBPDR);
	assert_int_equal(pmapsim_pmap_resident_count(u), 0);
}

/* A mapping that was made as a superpage has no table yet. */
static void
test_demote_allocates_a_table(void **state)
{
	struct machine *mach = *state;
	vm_page_t m = fixture_frame(mach);
	pmap_t u = fixture_inactive_pmap(mach, "u");
	struct counts want;
	vm_page_t mpte;
	unsigned free, i;

	pmap_enter_object(mach, u, VA, VA + NBPDR, m, VM_PROT_READ);
	(void)pmapsim_touch(mach, u, VA, PMAPSIM_ACCESS_USER);
	assert_int_equal(pmapsim_pmap_resident_count(u), 512 + 2);
	want = counts(mach);
	free = mach->cnt.v_free_count;
	assert_true(pmap_demote_pde(mach, u, pmap_pde(mach, u, VA), VA));
	mpte = phys_to_vm_page(mach, support_pde(mach, u, VA) & PG_FRAME);
	assert_int_equal(mpte->wire_count, 512);
	assert_int_equal(mpte->pindex, VA >> 21);
	for (i = 0; i < 512; i++)
		assert_int_equal(support_pte(mach, u, VA + ptoa(i)),
		    VM_PAGE_TO_PHYS(m + i) | PG_NX | PG_MANAGED | PG_U | PG_V |
			PG_A);
	want.demotions++;
	want.stores += 512 + 1;
	want.superpages--;
	assert_all_counts(mach, &want);
	assert_int_equal(pmapsim_pmap_resident_count(u), 512 + 3);
	assert_int_equal(mach->cnt.v_free_count, free - 1 - 3);
	pmap_remove(mach, u, VA, VA + NBPDR);
}

/* Not accessed, or no memory: the mapping goes, and nothing is counted. */
static void
test_demote_failure_removes_the_mapping(void **state)
{
	struct machine *mach = *state;
	vm_page_t m = fixture_frame(mach);
	pmap_t u = fixture_inactive_pmap(mach, "u");
	struct counts want;
	char text[128];
	unsigned free, nomem;

	pmap_activate(mach, u);
	for (nomem = 0; nomem < 2; nomem++) {
		free = mach->cnt.v_free_count;
		pmap_enter_object(mach, u, VA, VA + NBPDR, m, VM_PROT_READ);
		if (nomem) {
			(void)pmapsim_touch(mach, u, VA, PMAPSIM_ACCESS_USER);
			pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 1,
			    false);
		}
		want = counts(mach);
		pmapsim_ktr_enable(mach, true);
		assert_false(pmap_demote_pde(mach, u, pmap_pde(mach, u, VA),
		    VA + 0x3456));
		pmapsim_ktr_format(mach, pmapsim_ktr_count(mach) - 1, text,
		    sizeof(text));
		assert_string_equal(text,
		    "pmap_demote_pde: failure for va "
		    "0x800003456 in pmap u");
		assert_not_mapped(mach, u, VA);
		want.superpages--;
		want.inval++;
		/* The PDE; the directory's own entry is of a higher level. */
		want.stores++;
		assert_all_counts(mach, &want);
		assert_int_equal(pmapsim_pmap_resident_count(u), 0);
		assert_int_equal(mach->cnt.v_free_count, free);
		assert_int_equal(mach->pmap->pv_entry_count, 0);
	}
}

/* The direct map's new table is the kernel's: it is not resident. */
static void
test_demote_direct_map(void **state)
{
	struct machine *mach = *state;
	const vm_offset_t va = DMAP_MIN_ADDRESS + 0x1e00000;
	struct counts want = counts(mach);
	pd_entry_t *pde = pmap_pde(mach, kernel_pmap, va);
	unsigned i;

	/* Down to what only an interrupt may take. */
	while (vm_page_alloc(mach, NULL, 0,
		   VM_ALLOC_NOOBJ | VM_ALLOC_SYSTEM | VM_ALLOC_WIRED) != NULL)
		;
	assert_int_equal(mach->cnt.v_free_count, 2);
	assert_true(pmap_demote_pde(mach, kernel_pmap, pde, va));
	assert_int_equal(mach->cnt.v_free_count, 1);
	assert_int_equal(*pde & ~PG_FRAME, 0x63);
	assert_int_equal(phys_to_vm_page(mach, *pde & PG_FRAME)->wire_count,
	    512);
	for (i = 0; i < 512; i++)
		assert_int_equal(support_pte(mach, kernel_pmap, va + ptoa(i)),
		    (0x1e00000 + ptoa(i)) | 0x163);
	assert_int_equal(pmapsim_pmap_resident_count(kernel_pmap), 0);
	want.demotions++;
	want.stores += 513;
	want.inval++;
	/* The gauge does not change: it does not count what the boot made. */
	assert_all_counts(mach, &want);
}

/*
 * With a page set aside, the direct map is demoted when none is left: once, and
 * the table is that of its address as any other.
 */
static void
test_demote_direct_map_by_the_page_set_aside(void **state)
{
	struct machine
	    *mach = support_boot(SMALL_KERNEL("2010-04+dmap-ptp-reserve"));
	const vm_offset_t va = DMAP_MIN_ADDRESS + 0x1e00000;
	pd_entry_t *pde = pmap_pde(mach, kernel_pmap, va);
	vm_page_t mpte = mach->pmap->dmap_ptp;
	struct counts want;
	unsigned i;

	(void)state;
	assert_non_null(mpte);
	assert_int_equal(mpte->wire_count, 1);
	while (vm_page_alloc(mach, NULL, 0,
		   VM_ALLOC_NOOBJ | VM_ALLOC_INTERRUPT | VM_ALLOC_WIRED) !=
	    NULL)
		;
	want = counts(mach);
	assert_true(pmap_demote_pde(mach, kernel_pmap, pde, va));
	assert_int_equal(*pde, VM_PAGE_TO_PHYS(mpte) | 0x63);
	assert_null(mach->pmap->dmap_ptp);
	assert_int_equal(mpte->pindex, pmap_pde_pindex(va));
	assert_int_equal(mpte->wire_count, 512);
	for (i = 0; i < 512; i++)
		assert_int_equal(support_pte(mach, kernel_pmap, va + ptoa(i)),
		    (0x1e00000 + ptoa(i)) | 0x163);
	want.demotions++;
	want.stores += 513;
	want.inval++;
	assert_all_counts(mach, &want);
	pmapsim_destroy(mach);
}

/*
 * A user's demotion may not take the last pages: the mapping goes instead,
 * which gives some back.
 */
static void
test_demote_respects_the_reserve(void **state)
{
	struct machine *mach = *state;
	vm_page_t m = fixture_frame(mach);
	pmap_t u = fixture_inactive_pmap(mach, "u");

	pmap_enter_object(mach, u, VA, VA + NBPDR, m, VM_PROT_READ);
	(void)pmapsim_touch(mach, u, VA, PMAPSIM_ACCESS_USER);
	while (vm_page_alloc(mach, NULL, 0,
		   VM_ALLOC_NOOBJ | VM_ALLOC_NORMAL | VM_ALLOC_WIRED) != NULL)
		;
	assert_int_equal(mach->cnt.v_free_count, mach->cnt.v_free_reserved);
	assert_false(pmap_demote_pde(mach, u, pmap_pde(mach, u, VA), VA));
	assert_not_mapped(mach, u, VA);
}

/* Cleared before it is demoted, as pmap_remove_pde() does in the kernel. */
static void
test_demote_of_a_cleared_pde_leaves_invalid_entries(void **state)
{
	struct machine *mach;
	struct counts want;
	pt_entry_t *pte;
	pd_entry_t *pde;
	vm_offset_t va;
	unsigned i, k;

	mach = support_boot("mem=32M first=4M kmem=8M ncpu=2");
	pte = kernel_table(mach, &va);
	pde = pmap_pde(mach, kernel_pmap, va);
	/* With wire_count 1, then with 512: the same fill. */
	for (k = 0; k < 2; k++) {
		fill(pte, 0x1600000 | BITS_KERNEL);
		promote(mach, va);
		*pde = 0;
		pmap_superpage_lost(mach, kernel_pmap);
		mach->pmap->audit_waived = 0;
		want = counts(mach);
		assert_true(pmap_demote_pde(mach, kernel_pmap, pde, va));
		for (i = 0; i < NPTEPG; i++)
			assert_int_equal(pte[i], ptoa(i));
		assert_int_equal(*pde & ~PG_FRAME, 0x63);
		want.demotions++;
		/* With 1 the fill leaves nothing for the comparison to do. */
		want.stores += 512 + 1;
		want.inval++;
		assert_all_counts(mach, &want);
		assert_int_equal(mach->pmap->audit_waived,
		    AUDIT_WAIVE_KERNEL_RESIDENT);
	}
	pmapsim_destroy(mach);

	/* No kept table either: removal and demotion call each other. */
	mach = support_boot("mem=32M first=4M kmem=8M ncpu=2");
	(void)kernel_table(mach, &va);
	pde = pmap_pde(mach, kernel_pmap, va);
	*pde = 0x1600000 | PG_PS | PG_V | PG_RW;
	pmap_superpage_gained(mach, kernel_pmap);
	assert_panics(mach,
	    "double fault: kernel stack overflow in pmap_demote_pde()",
	    pmap_demote_pde(mach, kernel_pmap, pde, va));
	pmapsim_destroy(mach);
}

static void
test_demote_assertions(void **state)
{
	static const struct {
		pt_entry_t clear, set; /* in the PDE */
		bool forget;	       /* the kept table */
		bool moved;	       /* the kept table maps another frame */
		const char *text;
	} cases[] = {
	    {PG_PS, 0, false, false,
		"pmap_demote_pde: oldpde is missing PG_PS and/or PG_V"},
	    {PG_V, 0, false, false,
		"pmap_demote_pde: oldpde is missing PG_PS and/or PG_V"},
	    {PG_A, 0, false, false, "pmap_demote_pde: oldpde is missing PG_A"},
	    {PG_M, 0, false, false, "pmap_demote_pde: oldpde is missing PG_M"},
	    {0, 0, true, false,
		"pmap_demote_pde: page table page for a wired mapping is "
		"missing"},
	    {0, 0, false, true,
		"pmap_demote_pde: firstpte and newpte map different "
		"physical addresses"},
	};
	struct machine *mach;
	pt_entry_t *pte;
	pd_entry_t *pde;
	vm_offset_t va;
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mach = support_boot(SUPPORT_SMALL);
		pte = kernel_table(mach, &va);
		pde = pmap_pde(mach, kernel_pmap, va);
		fill(pte, 0x1600000 | BITS_KERNEL);
		promote(mach, va);
		*pde &= ~cases[i].clear;
		if (cases[i].moved)
			pte[0] += NBPDR;
		if (cases[i].forget)
			kernel_pmap->pm_root = NULL;
		else /* Else the fill would hide what the table holds. */
			kernel_pmap->pm_root->wire_count = 512;
		assert_panics(mach, cases[i].text,
		    pmap_demote_pde(mach, kernel_pmap, pde, va));
		assert_string_equal(pmapsim_panic(mach)->frames[0],
		    "pmap_demote_pde");
		pmapsim_destroy(mach);
	}
}

/* ---- erratum 383 -------------------------------------------------------- */

/* The same, with a flush at each change of size. */
static void
test_erratum383_flushes(void **state)
{
	static const char *const configs[] =
	    {SMALL_KERNEL("2010-04+erratum383"),
		SMALL_KERNEL("2022-07+erratum383")};
	struct machine *mach;
	pt_entry_t bits;
	vm_page_t m;
	pt_entry_t *pte;
	pd_entry_t *pde;
	vm_offset_t va;
	pmap_t u;
	unsigned i, k;

	for (k = 0; k < 2; k++) {
		mach = support_boot(configs[k]);
		pte = kernel_table(mach, &va);
		pde = pmap_pde(mach, kernel_pmap, va);
		bits = (BITS_KERNEL & ~PG_W) | pmap_pg_w(mach);
		fill(pte, 0x1600000 | bits);
		promote(mach, va);
		assert_int_equal(*pde, 0x1600000 | PG_PS | bits);
		assert_int_equal(mach->cpus[0].local[INVAL_ALL], 1);
		assert_int_equal(mach->cpus[1].received[INVAL_ALL], 1);
		assert_int_equal(mach->cpus[0].local[INVAL_PAGE], 0);
		assert_true(pmap_demote_pde(mach, kernel_pmap, pde, va));
		/* The new table's page, and vtopte's. */
		assert_int_equal(mach->cpus[0].local[INVAL_PAGE], 2);
		assert_int_equal(mach->cpus[1].received[INVAL_PAGE], 2);
		assert_int_equal(mach->cpus[0].local[INVAL_ALL], 1);

		m = fixture_frame(mach);
		u = fixture_inactive_pmap(mach, "u");
		pmap_activate(mach, u);
		for (i = 0; i < 512; i++)
			enter_one(mach, u, m, i, VM_PROT_WRITE);
		assert_superpage(mach, u, VA);
		assert_int_equal(mach->cpus[0].local[INVAL_ALL], 2);
		assert_int_equal(mach->cpus[1].received[INVAL_ALL], 1);
		pmap_demote_pde(mach, u, pmap_pde(mach, u, VA), VA);
		assert_int_equal(mach->cpus[0].local[INVAL_PAGE], 3);
		assert_int_equal(mach->cpus[1].received[INVAL_PAGE], 2);
		pmapsim_destroy(mach);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_unaudited_test(test_demote_kernel_refills_once),
	    support_test(test_demote_user_takes_the_kept_table),
	    support_test(test_demote_allocates_a_table),
	    support_test(test_demote_failure_removes_the_mapping),
	    support_unaudited_test(test_demote_direct_map),
	    cmocka_unit_test(test_demote_direct_map_by_the_page_set_aside),
	    support_unaudited_test(test_demote_respects_the_reserve),
	    cmocka_unit_test(
		test_demote_of_a_cleared_pde_leaves_invalid_entries),
	    cmocka_unit_test(test_demote_assertions),
	    cmocka_unit_test(test_erratum383_flushes),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
