/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a page's mappings tell of its use, and how it is reset: by page, and
 * by the superpages that the page is part of.
 */
#include "amd64/pmap_fixture.h"

/* is_modified and is_referenced, of mappings of either size. */
static void
test_is_modified_and_referenced(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap[2];
	vm_page_t m;
	unsigned bits, superpage;
	vm_offset_t va;

	m = fixture_frame(mach);
	pmap[0] = fixture_pmap(mach, "a");
	pmap[1] = fixture_pmap(mach, "b");
	assert_false(pmap_is_modified(mach, m));
	assert_false(pmap_is_referenced(mach, m));
	for (superpage = 0; superpage < 2; superpage++) {
		if (superpage)
			fixture_promote(mach, pmap[0], m);
		pmap_enter(mach, pmap[1], NEXT, 0, m + 3, PROT_R, FALSE);
		va = superpage ? UVA : NEXT;
		for (bits = 0; bits < 8; bits++) {
			fixture_set_pte(mach, pmap[1], NEXT, 0, PG_A);
			fixture_set_pte(mach, pmap[!superpage], va,
			    (bits & 1 ? PG_A : 0) | (bits & 2 ? PG_M : 0) |
				(bits & 4 ? PG_RW : 0),
			    PG_A | PG_M | PG_RW);
			assert_int_equal(pmap_is_referenced(mach, m + 3),
			    bits & 1);
			/* M alone may be left from before a protection. */
			assert_int_equal(pmap_is_modified(mach, m + 3),
			    (bits & 6) == 6);
		}
		pmap_remove(mach, pmap[1], NEXT, NEXT + PAGE_SIZE);
	}
	vm_page_flag_set(m + 3, PG_FICTITIOUS);
	assert_false(pmap_is_modified(mach, m + 3));
	assert_false(pmap_is_referenced(mach, m + 3));
	vm_page_flag_clear(m + 3, PG_FICTITIOUS);
}

/* 9.0 trusts PG_WRITEABLE, wrongly after its pmap_collect(). */
static void
test_is_modified_without_writeable(void **state)
{
	struct machine *mach;
	pmap_t pmap;
	vm_page_t m;
	unsigned kernel9;

	for (kernel9 = 0; kernel9 < 2; kernel9++) {
		mach = support_boot(kernel9 ? SUPPORT_SMALL " kernel=9.0" :
					      SUPPORT_SMALL);
		pmap = fixture_pmap(mach, "u");
		m = fixture_page(mach);
		pmap_enter(mach, pmap, UVA, VM_PROT_WRITE, m, PROT_RW, FALSE);
		assert_true(pmap_is_modified(mach, m));
		vm_page_aflag_clear(mach, m, PG_WRITEABLE);
		assert_int_equal(pmap_is_modified(mach, m), !kernel9);
		vm_page_aflag_set(mach, m, PG_WRITEABLE);
		support_destroy(mach);
	}
}

static void
test_page_is_mapped(void **state)
{
	struct machine *mach = *state;
	vm_page_t kernel[NPTEPG], m;
	pmap_t pmap;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	support_superpage(mach, kernel);
	/* Without pv entries nobody knows. */
	assert_false(pmap_page_is_mapped(mach, kernel[0]));
	assert_false(pmap_page_is_mapped(mach, m + 1));
	pmap_enter(mach, pmap, UVA + PAGE_SIZE, 0, m + 1, PROT_R, FALSE);
	assert_true(pmap_page_is_mapped(mach, m + 1));
	assert_false(pmap_page_is_mapped(mach, m + 2));
	fixture_promote(mach, pmap, m);
	assert_true(pmap_page_is_mapped(mach, m + 2));
	vm_page_flag_set(m + 2, PG_FICTITIOUS);
	assert_false(pmap_page_is_mapped(mach, m + 2));
	vm_page_flag_clear(m + 2, PG_FICTITIOUS);
}

static void
test_page_wired_mappings(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap[3];
	vm_page_t m;
	unsigned i;

	m = fixture_frame(mach);
	for (i = 0; i < 3; i++)
		pmap[i] = fixture_pmap(mach, "u");
	fixture_enter(mach, pmap[0], UVA, m, 0, NPTEPG, 0, PROT_R, TRUE);
	assert_superpage(mach, pmap[0], UVA);
	fixture_enter(mach, pmap[1], UVA, m, 0, NPTEPG, 0, PROT_R, FALSE);
	assert_superpage(mach, pmap[1], UVA);
	pmap_enter(mach, pmap[2], UVA, 0, m + 5, PROT_R, TRUE);
	pmap_enter(mach, pmap[2], NEXT, 0, m + 5, PROT_R, TRUE);
	pmap_enter(mach, pmap[1], NEXT, 0, m + 5, PROT_R, FALSE);
	assert_int_equal(pmap_page_wired_mappings(mach, m + 5), 3);
	assert_int_equal(pmap_page_wired_mappings(mach, m + 6), 1);
	vm_page_flag_set(m + 5, PG_FICTITIOUS);
	assert_int_equal(pmap_page_wired_mappings(mach, m + 5), 0);
	vm_page_flag_clear(m + 5, PG_FICTITIOUS);
}

/* Sixteen mappings are looked at, those of the page itself first. */
static void
test_page_exists_quick(void **state)
{
	struct machine *mach = *state;
	pmap_t last, many, super;
	vm_page_t m;
	unsigned i;

	m = fixture_frame(mach);
	super = fixture_pmap(mach, "super");
	many = fixture_pmap(mach, "many");
	last = fixture_pmap(mach, "last");
	assert_false(pmap_page_exists_quick(mach, super, m + 1));
	fixture_promote(mach, super, m);
	assert_true(pmap_page_exists_quick(mach, super, m + 1));
	for (i = 0; i < 15; i++)
		pmap_enter(mach, many, UVA + ptoa(i), 0, m + 1, PROT_R, FALSE);
	assert_true(pmap_page_exists_quick(mach, many, m + 1));
	/* The superpage is the sixteenth, and then the seventeenth. */
	assert_true(pmap_page_exists_quick(mach, super, m + 1));
	pmap_enter(mach, last, UVA, 0, m + 1, PROT_R, FALSE);
	assert_true(pmap_page_exists_quick(mach, last, m + 1));
	assert_false(pmap_page_exists_quick(mach, super, m + 1));
	assert_true(pmap_page_exists_quick(mach, super, m + 2));
	vm_page_flag_set(m + 2, PG_FICTITIOUS);
	assert_false(pmap_page_exists_quick(mach, super, m + 2));
	vm_page_flag_clear(m + 2, PG_FICTITIOUS);
}

/* Superpages alone can be sixteen. */
static void
test_page_exists_quick_superpages(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap[17];
	vm_page_t m;
	unsigned i;

	m = fixture_frame(mach);
	for (i = 0; i < 17; i++) {
		pmap[i] = fixture_pmap(mach, "u");
		pmap_enter_object(mach, pmap[i], UVA, UVA + NBPDR, m, PROT_R);
		assert_superpage(mach, pmap[i], UVA);
	}
	for (i = 0; i < 17; i++)
		assert_int_equal(pmap_page_exists_quick(mach, pmap[i], m + 3),
		    i < 16);
	/* One gone, the last one comes into sight. */
	pmap_remove(mach, pmap[7], UVA, UVA + NBPDR);
	for (i = 0; i < 17; i++)
		assert_int_equal(pmap_page_exists_quick(mach, pmap[i], m + 3),
		    i != 7);
}

/* The addresses of "m"'s mappings, in list order, as digits of one number. */
static uint64_t
pv_order(struct machine *mach, vm_page_t m)
{
	uint64_t order;
	pv_entry_t pv;

	order = 0;
	TAILQ_FOREACH(pv, &vm_page_md(mach, m)->pv_list, pv_list)
		order = order * 10 + atop(pv->pv_va - UVA) + 1;
	return (order);
}

/* It stops at the fifth, and leaves the list rotated to there. */
static void
test_ts_referenced_rotates(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;
	unsigned i;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	assert_int_equal(pmap_ts_referenced(mach, m), 0);
	for (i = 0; i < 9; i++)
		pmap_enter(mach, pmap, UVA + ptoa(i), 0, m, PROT_R, FALSE);
	assert_int_equal(pv_order(mach, m), 123456789);
	fixture_set_pte(mach, pmap, UVA + ptoa(1), 0, PG_A);
	cost = fixture_cost(mach);
	assert_int_equal(pmap_ts_referenced(mach, m), 5);
	assert_cost(mach, &cost, .stores = 5, .page = 5);
	assert_int_equal(pv_order(mach, m), 789123456);
	for (i = 0; i < 9; i++)
		assert_pte(mach, pmap, UVA + ptoa(i),
		    VM_PAGE_TO_PHYS(m) | (i < 6 ? PTE_READ & ~PG_A : PTE_READ));
	/* The rest; a whole turn leaves the order as it is. */
	assert_int_equal(pmap_ts_referenced(mach, m), 3);
	assert_int_equal(pv_order(mach, m), 789123456);
	assert_int_equal(pmap_ts_referenced(mach, m), 0);
	assert_cost(mach, &cost, .stores = 3, .page = 3);
	assert_counts(pmap, 9 + 3, 0);
	/* It does not tell the page; its caller does. */
	assert_page(m, 0, 0, 0, 9);
}

/* Of an accessed superpage the page's own mapping goes. */
static void
test_ts_referenced_superpage(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	fixture_promote(mach, pmap, m);
	cost = fixture_cost(mach);
	assert_int_equal(pmap_ts_referenced(mach, m + 7), 1);
	assert_cost(mach, &cost, .demotions = 1, .stores = 2, .page = 1);
	assert_counts(pmap, 511 + 3, 0);
	assert_pte(mach, pmap, UVA + ptoa(7), 0);
	assert_pte(mach, pmap, UVA + ptoa(8),
	    VM_PAGE_TO_PHYS(m + 8) | PTE_WRITTEN);
	assert_page(m + 7, 0, 1, 0xff, 0);
	/* Entered again it promotes again. */
	fixture_enter(mach, pmap, UVA, m, 7, 8, VM_PROT_WRITE, PROT_RW, FALSE);
	assert_superpage(mach, pmap, UVA);
}

/* A wired one is demoted and keeps it, and its A then counts. */
static void
test_ts_referenced_wired_superpage(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	fixture_enter(mach, pmap, UVA, m, 0, NPTEPG, 0, PROT_R, TRUE);
	assert_superpage(mach, pmap, UVA);
	assert_int_equal(pmap_ts_referenced(mach, m + 7), 1);
	assert_pte(mach, pmap, UVA + ptoa(7),
	    VM_PAGE_TO_PHYS(m + 7) | ((PTE_READ | PG_W) & ~PG_A));
	assert_pte(mach, pmap, UVA + ptoa(8),
	    VM_PAGE_TO_PHYS(m + 8) | PTE_READ | PG_W);
	assert_counts(pmap, NPTEPG + 3, NPTEPG);
}

/* Five superpages are enough; the sixth is not looked at. */
static void
test_ts_referenced_many_superpages(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap[6];
	vm_page_t m;
	unsigned i;

	m = fixture_frame(mach);
	for (i = 0; i < 6; i++) {
		pmap[i] = fixture_pmap(mach, "u");
		fixture_promote(mach, pmap[i], m);
	}
	pmap_enter(mach, pmap[5], NEXT, 0, m + 7, PROT_R, FALSE);
	assert_int_equal(pmap_ts_referenced(mach, m + 7), 5);
	for (i = 0; i < 5; i++)
		assert_not_superpage(mach, pmap[i], UVA);
	assert_superpage(mach, pmap[5], UVA);
	assert_pte(mach, pmap[5], NEXT, VM_PAGE_TO_PHYS(m + 7) | PTE_READ);
}

/* One without A is not touched; one that cannot be demoted is not counted. */
static void
test_ts_referenced_unused_superpage(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	pmap_enter_object(mach, pmap, UVA, NEXT, m, PROT_R);
	cost = fixture_cost(mach);
	assert_int_equal(pmap_ts_referenced(mach, m), 0);
	assert_cost(mach, &cost, .stores = 0);
	assert_superpage(mach, pmap, UVA);
	fixture_set_pte(mach, pmap, UVA, PG_A, 0);
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 1, false);
	assert_int_equal(pmap_ts_referenced(mach, m), 0);
	assert_not_mapped(mach, pmap, UVA);
	assert_counts(pmap, 0, 0);
}

/* 4 KB: M alone is cleared, and only where RW is set too. */
static void
test_clear_modify(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	pmap_enter(mach, pmap, UVA, VM_PROT_WRITE, m, PROT_RW, FALSE);
	pmap_enter(mach, pmap, NEXT, 0, m, PROT_RW, FALSE);
	pmap_enter(mach, pmap, UVA + ptoa(1), VM_PROT_WRITE, m, PROT_R, FALSE);
	cost = fixture_cost(mach);
	pmap_clear_modify(mach, m);
	assert_cost(mach, &cost, .stores = 1, .page = 1);
	assert_pte(mach, pmap, UVA, VM_PAGE_TO_PHYS(m) | (PTE_WRITTEN & ~PG_M));
	assert_pte(mach, pmap, NEXT,
	    VM_PAGE_TO_PHYS(m) | (PTE_WRITTEN & ~PG_M));
	assert_pte(mach, pmap, UVA + ptoa(1),
	    VM_PAGE_TO_PHYS(m) | PTE_READ | PG_M);
	assert_page(m, 1, 0, 0, 3);
}

/*
 * The demotion's pv entries may cost the very mapping that is asked about:
 * then nothing is left to be write-protected, or to be dirtied for.
 */
static void
test_clear_modify_of_collected_page(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;
	unsigned i;

	m = fixture_frame(mach);
	pmap = fixture_pmap(mach, "u");
	fixture_promote(mach, pmap, m);
	for (i = 0; i < NPTEPG; i++) {
		vm_page_use(mach, &m[i])->dirty = 0;
		m[i].hold_count = i != 7;
	}
	vm_page_deactivate(mach, m + 7);
	/* One chunk is there, of which one entry is in use. */
	assert_int_equal(mach->pmap->pv_entry_spare, _NPCPV - 1);
	pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 1, false);
	cost = fixture_cost(mach);
	pmap_clear_modify(mach, m + 7);
	/* The PDE, and the PTE that was collected. */
	assert_cost(mach, &cost, .demotions = 1, .stores = 1 + 1, .page = 1);
	assert_int_equal(mach->pmap->pmap_collect_inactive, 1);
	assert_int_equal(mach->pmap->pmap_collect_active, 0);
	assert_pte(mach, pmap, UVA + ptoa(7), 0);
	/* Dirtied by what the PTE said, not by pmap_clear_modify(). */
	assert_page(m + 7, 0, 1, 0xff, 0);
	assert_pte(mach, pmap, UVA + ptoa(8),
	    VM_PAGE_TO_PHYS(m + 8) | PTE_WRITTEN);
	assert_page(m + 8, 1, 0, 0, 1);
	assert_counts(pmap, NPTEPG - 1 + 3, 0);
	for (i = 0; i < NPTEPG; i++)
		m[i].hold_count = 0;
}

/* A superpage's page is write-protected, and dirtied in passing. */
static void
test_clear_modify_superpage(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap[3];
	vm_page_t m;
	unsigned i;

	m = fixture_frame(mach);
	for (i = 0; i < 3; i++)
		pmap[i] = fixture_pmap(mach, "u");
	fixture_promote(mach, pmap[0], m);
	/* Wired: demoted, then cleared like any other PTE. */
	fixture_enter(mach, pmap[1], UVA, m, 0, NPTEPG, VM_PROT_WRITE, PROT_RW,
	    TRUE);
	/* Not writable: left. */
	fixture_enter(mach, pmap[2], UVA, m, 0, NPTEPG, 0, PROT_R, FALSE);
	vm_page_use(mach, &m[7])->dirty = 0;
	cost = fixture_cost(mach);
	pmap_clear_modify(mach, m + 7);
	assert_cost(mach, &cost, .demotions = 2, .stores = 2 + 2, .page = 2);
	assert_pte(mach, pmap[0], UVA + ptoa(7),
	    VM_PAGE_TO_PHYS(m + 7) | PTE_READ);
	assert_pte(mach, pmap[1], UVA + ptoa(7),
	    VM_PAGE_TO_PHYS(m + 7) | ((PTE_WRITTEN | PG_W) & ~PG_M));
	assert_pte(mach, pmap[0], UVA + ptoa(8),
	    VM_PAGE_TO_PHYS(m + 8) | PTE_WRITTEN);
	assert_superpage(mach, pmap[2], UVA);
	assert_page(m + 7, 1, 0, 0xff, 2);
	assert_counts(pmap[0], NPTEPG + 3, 0);
	assert_counts(pmap[1], NPTEPG + 3, NPTEPG);
}

static void
test_clear_reference(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;
	unsigned i;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	for (i = 0; i < 9; i++)
		pmap_enter(mach, pmap, UVA + ptoa(i), 0, m, PROT_R, FALSE);
	fixture_set_pte(mach, pmap, UVA + ptoa(4), 0, PG_A);
	cost = fixture_cost(mach);
	pmap_clear_reference(mach, m);
	/* All of them, in place. */
	assert_cost(mach, &cost, .stores = 8, .page = 8);
	assert_int_equal(pv_order(mach, m), 123456789);
	for (i = 0; i < 9; i++)
		assert_pte(mach, pmap, UVA + ptoa(i),
		    VM_PAGE_TO_PHYS(m) | (PTE_READ & ~PG_A));
	assert_page(m, 0, 0, 0, 9);
}

/*
 * Wired mappings lose A like others, but in kernels with the remedy; there too
 * what is wired and has no A gets none.
 */
static void
test_clear_reference_of_wired_mappings(void **state)
{
	static const struct {
		const char *config;
		bool spares;
	} cases[] = {{SUPPORT_SMALL, false},
	    {SMALL_KERNEL("2010-04+keep-a-of-wired"), true},
	    {SMALL_KERNEL("2022-07"), false},
	    {SMALL_KERNEL("2022-07+keep-a-of-wired"), true}};
	struct machine *mach;
	struct cost cost;
	pt_entry_t before;
	pmap_t pmap;
	vm_page_t m;
	unsigned i, k;

	for (k = 0; k < 4; k++) {
		mach = support_boot(cases[k].config);
		pmap = fixture_pmap(mach, "u");
		m = fixture_page(mach);
		/* Wired, and used, as the bits of "i" say. */
		for (i = 0; i < 4; i++) {
			pmap_enter(mach, pmap, UVA + ptoa(i), 0, m, PROT_R,
			    i & 1);
			if ((i & 2) == 0)
				fixture_set_pte(mach, pmap, UVA + ptoa(i), 0,
				    PG_A);
		}
		before = support_pte(mach, pmap, UVA + ptoa(3));
		assert_true((before & PG_A) != 0);
		cost = fixture_cost(mach);
		pmap_clear_reference(mach, m);
		assert_cost(mach, &cost, .stores = cases[k].spares ? 1 : 2,
		    .page = cases[k].spares ? 1 : 2);
		for (i = 0; i < 3; i++)
			assert_true((support_pte(mach, pmap, UVA + ptoa(i)) &
					PG_A) == 0);
		assert_pte(mach, pmap, UVA + ptoa(3),
		    cases[k].spares ? before : before & ~PG_A);
		for (i = 0; i < 4; i++)
			pmap_change_wiring(mach, pmap, UVA + ptoa(i), FALSE);
		support_destroy(mach);
	}
}

/* Even of a wired superpage the page's mapping goes. */
static void
test_clear_reference_superpage(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;
	unsigned wired;

	m = fixture_frame(mach);
	for (wired = 0; wired < 2; wired++) {
		pmap = fixture_pmap(mach, "u");
		fixture_enter(mach, pmap, UVA, m, 0, NPTEPG, 0, PROT_R, wired);
		assert_superpage(mach, pmap, UVA);
		cost = fixture_cost(mach);
		pmap_clear_reference(mach, m + 7);
		assert_cost(mach, &cost, .demotions = 1, .stores = 2,
		    .page = 1);
		assert_counts(pmap, 511 + 3, wired ? 511 : 0);
		assert_pte(mach, pmap, UVA + ptoa(7), 0);
		assert_page(m + 7, 0, 1, 0, 0);
		pmap_remove(mach, pmap, UVA, NEXT);
	}
	/* Without A it stays whole. */
	pmap_enter_object(mach, pmap, UVA, NEXT, m, PROT_R);
	pmap_clear_reference(mach, m + 7);
	assert_superpage(mach, pmap, UVA);
}

/* None of them looks at a fictitious page. */
static void
test_fictitious_page_is_passed_over(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	pmap_enter(mach, pmap, UVA, VM_PROT_WRITE, m, PROT_RW, FALSE);
	vm_page_flag_set(m, PG_FICTITIOUS);
	cost = fixture_cost(mach);
	assert_int_equal(pmap_ts_referenced(mach, m), 0);
	pmap_clear_modify(mach, m);
	pmap_clear_reference(mach, m);
	assert_cost(mach, &cost, .stores = 0);
	assert_pte(mach, pmap, UVA, VM_PAGE_TO_PHYS(m) | PTE_WRITTEN);
	vm_page_flag_clear(m, PG_FICTITIOUS);
}

static void
is_modified(struct machine *mach, vm_page_t m)
{

	pmap_is_modified(mach, m);
}

static void
ts_referenced(struct machine *mach, vm_page_t m)
{

	pmap_ts_referenced(mach, m);
}

static void
unmanaged_asserts(void (*fn)(struct machine *mach, vm_page_t m),
    const char *text)
{
	struct machine *mach;
	vm_page_t m;

	mach = support_boot(SUPPORT_SMALL);
	m = support_page(mach, pmapsim_kernel_object(mach), 0x100000,
	    VM_ALLOC_WIRED);
	assert_no_panic(mach, (fn(mach, m), 0));
	support_destroy(mach);
	mach = support_boot(SUPPORT_SMALL " kernel=2010-04+assert-managed");
	m = support_page(mach, pmapsim_kernel_object(mach), 0x100000,
	    VM_ALLOC_WIRED);
	assert_panics(mach, text, (fn(mach, m), 0));
	assert_true(pmapsim_panic(mach)->assertion);
	support_destroy(mach);
}

/* D9, in each function's own name. */
static void
test_unmanaged_page_asserts(void **state)
{

	unmanaged_asserts(is_modified,
	    "pmap_is_modified: page PTR is not managed");
	unmanaged_asserts(ts_referenced,
	    "pmap_ts_referenced: page PTR is not managed");
	unmanaged_asserts(pmap_clear_modify,
	    "pmap_clear_modify: page PTR is not managed");
	unmanaged_asserts(pmap_clear_reference,
	    "pmap_clear_reference: page PTR is not managed");
}

/* A superpage among a page's own mappings is each one's assertion. */
static void
superpage_in_pv_list(void (*fn)(struct machine *mach, vm_page_t m),
    const char *text)
{
	struct machine *mach;
	pmap_t pmap;
	vm_page_t m;

	mach = support_boot(SUPPORT_SMALL);
	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	pmap_enter(mach, pmap, NEXT, VM_PROT_WRITE, m, PROT_RW, FALSE);
	fixture_set_pte(mach, pmap, NEXT, 0, PG_A);
	*pmap_pde(mach, pmap, NEXT) |= PG_PS;
	assert_panics(mach, text, (fn(mach, m), 0));
	support_destroy(mach);
}

static void
test_superpage_in_pv_list_asserts(void **state)
{

	superpage_in_pv_list(ts_referenced,
	    "pmap_ts_referenced: found a "
	    "2mpage in page PTR's pv list");
	superpage_in_pv_list(pmap_clear_modify,
	    "pmap_clear_modify: found a "
	    "2mpage in page PTR's pv list");
	superpage_in_pv_list(pmap_clear_reference,
	    "pmap_clear_reference: "
	    "found a 2mpage in page PTR's pv list");
	superpage_in_pv_list(pmap_remove_write,
	    "pmap_clear_write: found a "
	    "2mpage in page PTR's pv list");
	superpage_in_pv_list(pmap_remove_all,
	    "pmap_remove_all: found a "
	    "2mpage in page PTR's pv list");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_is_modified_and_referenced),
	    cmocka_unit_test(test_is_modified_without_writeable),
	    support_test(test_page_is_mapped),
	    support_test(test_page_wired_mappings),
	    support_test(test_page_exists_quick),
	    support_test(test_page_exists_quick_superpages),
	    support_test(test_ts_referenced_rotates),
	    support_test(test_ts_referenced_superpage),
	    support_test(test_ts_referenced_wired_superpage),
	    support_test(test_ts_referenced_many_superpages),
	    support_test(test_ts_referenced_unused_superpage),
	    support_test(test_clear_modify),
	    support_test(test_clear_modify_superpage),
	    support_test(test_clear_modify_of_collected_page),
	    support_test(test_clear_reference),
	    cmocka_unit_test(test_clear_reference_of_wired_mappings),
	    support_test(test_clear_reference_superpage),
	    support_test(test_fictitious_page_is_passed_over),
	    cmocka_unit_test(test_unmanaged_page_asserts),
	    cmocka_unit_test(test_superpage_in_pv_list_asserts),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
