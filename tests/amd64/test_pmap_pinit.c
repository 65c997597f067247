/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces: how a pmap begins and ends, is loaded on a CPU, and how its
 * tables are read.
 */
#include "amd64/pmap_fixture.h"

#define VA UINT64_C(0x0000008040200000) /* slots 1, 1, 1 */
#define KERNEL_HALF_ENTRIES 3

/* ---- address spaces ----------------------------------------------------- */

static void
test_pinit_and_release(void **state)
{
	struct machine *mach = *state;
	const struct pmap_state *st = mach->pmap;
	const unsigned free = mach->cnt.v_free_count;
	const unsigned wired = mach->cnt.v_wire_count;
	uint64_t stores = pmapsim_pte_stores(mach);
	vm_paddr_t pa;
	vm_page_t m;
	pmap_t pmap;
	unsigned i, used;

	pmap = pmapsim_pmap_create(mach, "u");
	assert_string_equal(pmapsim_pmap_name(pmap), "u");
	assert_int_equal(mach->cnt.v_free_count, free);
	assert_int_equal(pmap_pinit(mach, pmap), 1);
	pa = pmap->pm_pml4[256] & PG_FRAME;
	m = phys_to_vm_page(mach, pa);
	assert_ptr_equal(pmap->pm_pml4, physmem_table(mach, pa));
	assert_int_equal(pmap->pm_pml4[256], pa | 0x63);
	assert_int_equal(pmap->pm_pml4[510], st->DMPDPphys | 0x07);
	assert_int_equal(pmap->pm_pml4[511], st->KPDPphys | 0x07);
	for (used = 0, i = 0; i < NPML4EPG; i++)
		used += pmap->pm_pml4[i] != 0;
	assert_int_equal(used, KERNEL_HALF_ENTRIES);
	assert_int_equal(pmapsim_pmap_resident_count(pmap), 0);
	assert_int_equal(pmapsim_pmap_wired_count(pmap), 0);
	assert_int_equal(pmapsim_pmap_active(pmap), 0);
	assert_null(pmap->pm_root);
	assert_true(TAILQ_EMPTY(&pmap->pm_pvchunk));
	assert_int_equal(m->wire_count, 1);
	assert_int_equal(mach->cnt.v_free_count, free - 1);
	assert_int_equal(mach->cnt.v_wire_count, wired + 1);
	assert_int_equal(pmapsim_pte_stores(mach), stores);

	pmap_release(mach, pmap);
	assert_int_equal(m->wire_count, 0);
	assert_int_equal(vm_page_flags(m) & (PG_FREE | PG_ZERO),
	    PG_FREE | PG_ZERO);
	for (i = 0; i < NPML4EPG; i++)
		assert_int_equal(physmem_table(mach, pa)[i], 0);
	assert_int_equal(mach->cnt.v_free_count, free);
	assert_int_equal(mach->cnt.v_wire_count, wired);
	pmapsim_pmap_destroy(mach, pmap);
	assert_null(TAILQ_NEXT(kernel_pmap, pm_list));
}

/* Every attempt moves the colour on; no page makes the caller wait. */
static void
test_pinit_waits(void **state)
{
	struct machine *mach = *state;
	const int colour = mach->pmap->pinit_colour;
	pmap_t pmap;

	pmap = pmapsim_pmap_create(mach, NULL);
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 1, false);
	assert_int_equal(pmap_pinit(mach, pmap), 1);
	assert_int_equal(mach->pmap->pinit_colour, colour + 2);
}

/* A page that was in use before, or one that is known to be zero. */
static void
test_pinit_zeroes(void **state)
{
	struct machine *mach = *state;
	vm_page_t m;
	pmap_t pmap;
	unsigned i, used, zero;

	for (zero = 0; zero < 2; zero++) {
		m = vm_page_alloc(mach, NULL, 0, VM_ALLOC_NOOBJ);
		memset(physmem_ptr(mach, VM_PAGE_TO_PHYS(m)), zero ? 0 : 0xa5,
		    PAGE_SIZE);
		if (zero)
			vm_page_free_zero(mach, m);
		else
			vm_page_free(mach, m);
		pmap = fixture_inactive_pmap(mach, "u");
		assert_ptr_equal(pmap->pm_pml4,
		    physmem_table(mach, VM_PAGE_TO_PHYS(m)));
		for (used = 0, i = 0; i < NPML4EPG; i++)
			used += pmap->pm_pml4[i] != 0;
		assert_int_equal(used, KERNEL_HALF_ENTRIES);
	}
}

static void
test_pinit0_shares_the_kernels_tables(void **state)
{
	struct machine *mach = *state;
	const unsigned free = mach->cnt.v_free_count;
	pmap_t pmap;

	pmap = pmapsim_pmap_create(mach, "proc0");
	pmap_pinit0(mach, pmap);
	assert_ptr_equal(pmap->pm_pml4, kernel_pmap->pm_pml4);
	assert_int_equal(pmapsim_pmap_active(pmap), 0);
	assert_int_equal(mach->cnt.v_free_count, free);
}

static void
test_release_asserts_emptiness(void **state)
{
	struct vm_page page;
	struct machine *mach;
	pmap_t pmap;

	mach = support_boot(SUPPORT_SMALL);
	pmap = fixture_inactive_pmap(mach, "u");
	pmap_allocpte(mach, pmap, VA, M_WAITOK);
	assert_panics(mach, "pmap_release: pmap resident count 3 != 0",
	    pmap_release(mach, pmap));
	pmapsim_destroy(mach);

	mach = support_boot(SUPPORT_SMALL);
	pmap = fixture_inactive_pmap(mach, "u");
	memset(&page, 0, sizeof(page));
	pmap_insert_pt_page(mach, pmap, &page);
	assert_panics(mach,
	    "pmap_release: pmap has reserved page table "
	    "page(s)",
	    pmap_release(mach, pmap));
	pmapsim_destroy(mach);
}

/* pm_active follows the CPUs; the kernel's pmap keeps all ones. */
static void
test_activate(void **state)
{
	struct machine *mach = *state;
	pmap_t a, b;

	a = fixture_inactive_pmap(mach, "u");
	b = fixture_inactive_pmap(mach, "u");
	pmap_activate(mach, a);
	assert_int_equal(pmapsim_pmap_active(a), 1);
	assert_int_equal(pmapsim_pmap_active(kernel_pmap), UINT32_MAX);
	assert_int_equal(mach->cpus[0].cr3, a->pm_pml4[256] & PG_FRAME);
	assert_true(pmap_is_current(mach, a));
	pmapsim_set_cpu(mach, 1);
	assert_false(pmap_is_current(mach, a));
	pmap_activate(mach, a);
	assert_int_equal(pmapsim_pmap_active(a), 3);
	pmap_activate(mach, b);
	assert_int_equal(pmapsim_pmap_active(a), 1);
	assert_int_equal(pmapsim_pmap_active(b), 2);
	assert_int_equal(mach->cpus[1].cr3, b->pm_pml4[256] & PG_FRAME);
	/* To the same one again. */
	pmap_activate(mach, b);
	assert_int_equal(pmapsim_pmap_active(b), 2);
	pmap_activate(mach, kernel_pmap);
	assert_int_equal(pmapsim_pmap_active(b), 0);
	assert_int_equal(pmapsim_pmap_active(kernel_pmap), UINT32_MAX);
	assert_int_equal(mach->cpus[1].cr3, mach->pmap->KPML4phys);
	/* A CPU is not left with what is destroyed. */
	pmap_release(mach, a);
	pmapsim_pmap_destroy(mach, a);
	assert_ptr_equal(mach->cpus[0].curpmap, kernel_pmap);
	assert_int_equal(mach->cpus[0].cr3, mach->pmap->KPML4phys);
}

static void
test_create_names_and_orders(void **state)
{
	struct machine *mach = *state;
	pmap_t a, b, c;

	a = pmapsim_pmap_create(mach, NULL);
	b = pmapsim_pmap_create(mach,
	    "a name that is longer than what there is room for");
	assert_string_equal(pmapsim_pmap_name(a), "pmap1");
	assert_string_equal(pmapsim_pmap_name(b),
	    "a name that is longer than what");
	assert_ptr_equal(TAILQ_NEXT(kernel_pmap, pm_list), a);
	assert_ptr_equal(TAILQ_NEXT(a, pm_list), b);
	assert_true(a->pm_id < b->pm_id);
	c = pmapsim_pmap_create(mach, "");
	assert_string_equal(pmapsim_pmap_name(c), "pmap3");
	pmapsim_pmap_destroy(mach, c);
	assert_null(pmapsim_pmap_create(NULL, "u"));
	pmapsim_pmap_destroy(mach, a);
	pmapsim_pmap_destroy(mach, NULL);
	pmapsim_pmap_destroy(mach, kernel_pmap);
	assert_ptr_equal(TAILQ_NEXT(kernel_pmap, pm_list), b);
}

/* Reading entries works for any address, mapped or not. */
static void
test_pte_of_any_address(void **state)
{
	struct machine *mach = *state;
	struct pmapsim_pte entries, nothing;
	vm_page_t m;
	pmap_t pmap;

	memset(&nothing, 0, sizeof(nothing));
	pmap = pmapsim_pmap_create(mach, "u");
	pmapsim_pte(mach, pmap, VA, &entries);
	assert_memory_equal(&entries, &nothing, sizeof(entries));
	pmap_pinit(mach, pmap);
	pmapsim_pte(mach, pmap, VA, &entries);
	assert_memory_equal(&entries, &nothing, sizeof(entries));

	m = pmap_allocpte(mach, pmap, VA, M_WAITOK);
	physmem_table(mach, VM_PAGE_TO_PHYS(m))[5] = 0x77777000;
	pmapsim_pte(mach, pmap, VA + ptoa(5), &entries);
	assert_int_equal(entries.pde, VM_PAGE_TO_PHYS(m) | 0x67);
	assert_int_equal(entries.pdpe, VM_PAGE_TO_PHYS(m + 1) | 0x67);
	assert_int_equal(entries.pml4e, VM_PAGE_TO_PHYS(m + 2) | 0x67);
	assert_int_equal(entries.pte, 0x77777000);
	/* A 2 MB page has no PTE, a 1 GB page no PDE. */
	physmem_table(mach, VM_PAGE_TO_PHYS(m + 1))[2] = 0x600000 | PG_PS |
	    PG_V;
	pmapsim_pte(mach, pmap, VA + NBPDR, &entries);
	assert_int_equal(entries.pde, 0x600000 | PG_PS | PG_V);
	assert_int_equal(entries.pte, 0);
	physmem_table(mach, VM_PAGE_TO_PHYS(m + 2))[2] = NBPDP | PG_PS | PG_V;
	pmapsim_pte(mach, pmap, VA + NBPDP, &entries);
	assert_int_equal(entries.pdpe, NBPDP | PG_PS | PG_V);
	assert_int_equal(entries.pde, 0);
	/* A table beyond memory is not read. */
	physmem_table(mach, VM_PAGE_TO_PHYS(m + 1))[3] = (NBPML4 - PAGE_SIZE) |
	    PG_V;
	pmapsim_pte(mach, pmap, VA + 2 * NBPDR, &entries);
	assert_int_equal(entries.pte, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_unaudited_test(test_pinit_and_release),
	    support_unaudited_test(test_pinit_waits),
	    support_unaudited_test(test_pinit_zeroes),
	    support_unaudited_test(test_pinit0_shares_the_kernels_tables),
	    cmocka_unit_test(test_release_asserts_emptiness),
	    support_unaudited_test(test_activate),
	    support_unaudited_test(test_create_names_and_orders),
	    support_unaudited_test(test_pte_of_any_address),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
