/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmap_enter_quick(), pmap_enter_object(), pmap_object_init_pt(): mapping
 * ahead of use, and how easily it is given up.
 */
#include <stdio.h>

#include "amd64/pmap_fixture.h"

#define PTE_QUICK (PG_NX | PG_MANAGED | PG_U | PG_V)

/* Read-only, unused, unwired; of "prot" only execution counts. */
static void
test_enter_quick_values(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m, pages[2];
	unsigned managed;
	vm_prot_t prot;

	pmap = fixture_pmap(mach, "u");
	pages[0] = support_page(mach, pmapsim_kernel_object(mach), 0x100000,
	    VM_ALLOC_WIRED);
	pages[1] = fixture_page(mach);
	for (managed = 0; managed < 2; managed++) {
		m = pages[managed];
		for (prot = 0; prot <= VM_PROT_ALL; prot++) {
			cost = fixture_cost(mach);
			pmap_enter_quick(mach, pmap, UVA, m, prot);
			assert_pte(mach, pmap, UVA,
			    VM_PAGE_TO_PHYS(m) | PG_U | PG_V |
				((prot & VM_PROT_EXECUTE) == 0 ? PG_NX : 0) |
				(managed ? PG_MANAGED : 0));
			assert_cost(mach, &cost, .stores = 2);
			assert_counts(pmap, 4, 0);
			assert_page(m, 0, 0, vm_page_use(mach, m)->dirty,
			    managed);
			pmap_remove(mach, pmap, UVA, UVA + PAGE_SIZE);
			assert_counts(pmap, 0, 0);
		}
	}
}

/* Kernel addresses get PG_U in 2010, never PG_G, and hold no table. */
static void
test_enter_quick_kernel_address(void **state)
{
	static const struct {
		const char *config;
		pt_entry_t bits;
	} cases[] = {{SUPPORT_SMALL, PTE_QUICK},
	    {SMALL_KERNEL("2022-07"), PTE_QUICK & ~PG_U},
	    {SMALL_KERNEL("2026-pmap"), PTE_QUICK & ~PG_U}};
	struct machine *mach;
	struct cost cost;
	vm_page_t m, ptp;
	vm_offset_t va;
	unsigned k, wire;

	for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		mach = support_boot(cases[k].config);
		m = fixture_page(mach);
		va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach),
		    PAGE_SIZE);
		ptp = phys_to_vm_page(mach,
		    support_pde(mach, kernel_pmap, va) & PG_FRAME);
		wire = ptp->wire_count;
		cost = fixture_cost(mach);
		/* No mapping without a pv entry, and no table to give up. */
		pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 1, false);
		pmap_enter_quick(mach, kernel_pmap, va, m, PROT_RW);
		assert_pte(mach, kernel_pmap, va, 0);
		assert_cost(mach, &cost, .stores = 0);
		assert_counts(kernel_pmap, 0, 0);
		assert_page(m, 0, 0, vm_page_use(mach, m)->dirty, 0);
		/* Whichever table the caller names. */
		assert_null(pmap_enter_quick_locked(mach, kernel_pmap, va, m,
		    PROT_RW, ptp));
		assert_pte(mach, kernel_pmap, va,
		    VM_PAGE_TO_PHYS(m) | cases[k].bits);
		assert_cost(mach, &cost, .stores = 1);
		assert_counts(kernel_pmap, 1, 0);
		/* Again: it is there. */
		pmap_enter_quick(mach, kernel_pmap, va, m, PROT_RW);
		assert_cost(mach, &cost, .stores = 0);
		assert_counts(kernel_pmap, 1, 0);
		assert_page(m, 0, 0, vm_page_use(mach, m)->dirty, 1);
		assert_int_equal(ptp->wire_count, wire);
		support_destroy(mach);
	}
}

/* No PDP page, and no page table: the recursive map has nothing there. */
static void
test_enter_quick_without_kernel_table_stops(void **state)
{
	static const vm_offset_t vas[] = {UINT64_C(0xffffff9000000000),
	    VM_MIN_KERNEL_ADDRESS + NBPDP - NBPDR};
	struct machine *mach;
	vm_page_t m;
	char text[128];
	unsigned i;

	for (i = 0; i < 2; i++) {
		mach = support_boot(SUPPORT_SMALL);
		m = fixture_page(mach);
		assert_int_equal(pmap_pde(mach, kernel_pmap, vas[i]) != NULL,
		    i);
		snprintf(text, sizeof(text),
		    "pmap_enter_quick_locked: page "
		    "fault trap: no page table at va %#llx",
		    (unsigned long long)vas[i]);
		assert_panics(mach, text,
		    pmap_enter_quick(mach, kernel_pmap, vas[i], m, PROT_RW));
		assert_true(pmapsim_panic(mach)->simulator);
		assert_counts(kernel_pmap, 0, 0);
		support_destroy(mach);
	}
}

/* Nothing is replaced: a PTE that is not 0, a superpage. */
static void
test_enter_quick_keeps_what_is_there(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m, mpte;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	pmap_enter(mach, pmap, UVA, VM_PROT_WRITE, m, PROT_RW, FALSE);
	mpte = phys_to_vm_page(mach, support_pde(mach, pmap, UVA) & PG_FRAME);
	cost = fixture_cost(mach);
	pmap_enter_quick(mach, pmap, UVA, m + 1, PROT_R);
	assert_pte(mach, pmap, UVA, VM_PAGE_TO_PHYS(m) | PTE_WRITTEN);
	assert_int_equal(mpte->wire_count, 1);
	/* Not valid, but not 0 either. */
	fixture_set_pte(mach, pmap, UVA, 0, PG_V);
	pmap_enter_quick(mach, pmap, UVA, m + 1, PROT_R);
	fixture_set_pte(mach, pmap, UVA, PG_V, 0);
	assert_int_equal(mpte->wire_count, 1);
	assert_cost(mach, &cost, .stores = 0);
	assert_page(m + 1, 0, 0, 0, 0);
	fixture_promote(mach, pmap, m);
	cost = fixture_cost(mach);
	pmap_enter_quick(mach, pmap, UVA, m + 1, PROT_R);
	assert_cost(mach, &cost, .stores = 0);
	assert_superpage(mach, pmap, UVA);
	assert_counts(pmap, NPTEPG + 3, 0);
}

/* No attempt to promote, even with the table full; pmap_enter() makes it. */
static void
test_enter_quick_does_not_promote(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;
	unsigned i;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	cost = fixture_cost(mach);
	for (i = 0; i < NPTEPG; i++)
		pmap_enter_quick(mach, pmap, UVA + ptoa(i), m + i, PROT_R);
	assert_cost(mach, &cost, .stores = NPTEPG + 1);
	/* A is missing: the first attempt by pmap_enter() fails... */
	pmap_enter(mach, pmap, UVA + ptoa(9), 0, m + 9, PROT_R, FALSE);
	assert_cost(mach, &cost, .failures = 1);
	/* ...until the MMU has set it everywhere. */
	for (i = 0; i < NPTEPG; i++)
		assert_false(pmapsim_touch(mach, pmap, UVA + ptoa(i),
		    PMAPSIM_ACCESS_READ | PMAPSIM_ACCESS_USER)
				 .fault);
	pmap_enter(mach, pmap, UVA + ptoa(9), 0, m + 9, PROT_R, FALSE);
	assert_cost(mach, &cost, .stores = 1, .promotions = 1);
}

/* Without memory, at whichever allocation, nothing is left behind. */
static void
test_enter_quick_without_memory(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;
	unsigned free, nth;

	pmap = fixture_pmap(mach, "u");
	m = fixture_page(mach);
	free = mach->cnt.v_free_count;
	cost = fixture_cost(mach);
	for (nth = 1; nth <= 4; nth++) {
		pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, nth, false);
		pmap_enter_quick(mach, pmap, UVA, m, PROT_R);
		assert_counts(pmap, 0, 0);
		assert_int_equal(mach->cnt.v_free_count, free);
		assert_page(m, 0, 0, 0, 0);
		/* The table was linked when the pv entry failed. */
		assert_cost(mach, &cost, .stores = nth == 4 ? 2 : 0,
		    .page = nth == 4);
	}
	/* Pages at the high water mark of pv entries are not worth it. */
	mach->pmap->pv_entry_high_water = 0;
	pmap_enter_quick(mach, pmap, UVA, m, PROT_R);
	assert_counts(pmap, 0, 0);
	assert_int_equal(mach->pmap->pc_chunk_tryfail, 1);
}

/* One 2 MB mapping; no table, no A. */
static void
test_enter_object_superpage(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pmap_t pmap;
	vm_page_t m;
	vm_prot_t prot;
	unsigned i;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	for (prot = 0; prot <= VM_PROT_ALL; prot++) {
		cost = fixture_cost(mach);
		pmap_enter_object(mach, pmap, UVA, NEXT, m, prot);
		assert_cost(mach, &cost, .stores = 1, .mappings = 1);
		assert_int_equal(support_pde(mach, pmap, UVA),
		    VM_PAGE_TO_PHYS(m) | PG_MANAGED | PG_PS | PG_U | PG_V |
			((prot & VM_PROT_EXECUTE) == 0 ? PG_NX : 0));
		assert_counts(pmap, NPTEPG + 2, 0);
		assert_int_equal(mach->pmap->pv_entry_count, 1);
		assert_int_equal(pmapsim_superpages(mach, pmap), 1);
		pmap_remove(mach, pmap, UVA, NEXT);
		assert_counts(pmap, 0, 0);
		for (i = 0; i < NPTEPG; i++)
			assert_page(m + i, 0, 0, 0, 0);
	}
	/* With the page's attribute, in the layout of a PDE. */
	m->pat_mode_c = VM_MEMATTR_WRITE_COMBINING ^ VM_MEMATTR_DEFAULT;
	pmap_enter_object(mach, pmap, UVA, NEXT, m, PROT_R);
	assert_int_equal(support_pde(mach, pmap, UVA) & PG_PDE_CACHE,
	    PG_PDE_PAT | PG_NC_PWT);
	m->pat_mode_c = 0;
}

/* What is not managed has no pv entry, of whatever size. */
static void
test_enter_object_unmanaged_superpage(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	vm_page_t m[NPTEPG];
	pmap_t pmap;

	pmap = fixture_pmap(mach, "u");
	support_full_reservation(mach, m);
	/* As if entries were scarce: none is needed. */
	mach->pmap->pv_entry_high_water = 0;
	cost = fixture_cost(mach);
	pmap_enter_object(mach, pmap, UVA, NEXT, m[0], PROT_RX);
	assert_cost(mach, &cost, .stores = 1, .mappings = 1);
	assert_int_equal(support_pde(mach, pmap, UVA),
	    VM_PAGE_TO_PHYS(m[0]) | PG_PS | PG_U | PG_V);
	assert_counts(pmap, NPTEPG + 2, 0);
	assert_int_equal(mach->pmap->pv_entry_count, 0);
	pmap_remove(mach, pmap, UVA, NEXT);
	assert_counts(pmap, 0, 0);
}

/*
 * At a kernel address without a page table, whose page directory counts it
 * like a user's; PG_U is for users here, unlike in pmap_enter_quick().
 */
static void
test_enter_object_kernel_superpage(void **state)
{
	const vm_offset_t va = VM_MIN_KERNEL_ADDRESS + NBPDP - NBPDR;
	struct machine *mach;
	struct cost cost;
	vm_page_t m, pd;

	mach = support_boot(SUPPORT_SMALL);
	m = fixture_frame(mach);
	pd = phys_to_vm_page(mach,
	    *pmap_pdpe(mach, kernel_pmap, va) & PG_FRAME);
	assert_int_equal(pd->wire_count, 1);
	cost = fixture_cost(mach);
	pmap_enter_object(mach, kernel_pmap, va, va + NBPDR, m, PROT_R);
	assert_cost(mach, &cost, .stores = 1, .mappings = 1);
	assert_int_equal(support_pde(mach, kernel_pmap, va),
	    VM_PAGE_TO_PHYS(m) | PG_NX | PG_MANAGED | PG_PS | PG_V);
	assert_counts(kernel_pmap, NPTEPG, 0);
	assert_int_equal(pd->wire_count, 2);
	assert_int_equal(mach->pmap->pv_entry_count, 1);
	/* Where a table is, there is no place for it. */
	assert_false(pmap_enter_pde(mach, kernel_pmap, VM_MIN_KERNEL_ADDRESS, m,
	    PROT_R));
	assert_cost(mach, &cost, .stores = 0);
	assert_int_equal(pd->wire_count, 2);
	/* Nobody maps there, so no audit looks above kernel_vm_end. */
	pmapsim_destroy(mach);
}

/* Each condition alone makes it 512 mappings of 4 KB. */
static void
test_enter_object_pages(void **state)
{
	enum { ADDRESS, END, FRAME_UNALIGNED, OFF, NOT_FULL, TABLE, CASES };
	const uint16_t color = 0;
	struct machine *mach;
	struct cost cost;
	vm_offset_t end, start;
	vm_object_t object;
	vm_page_t m;
	pmap_t pmap;
	unsigned i, npages, which;

	for (which = 0; which < CASES; which++) {
		mach = support_boot(SUPPORT_SMALL);
		pmap = fixture_pmap(mach, "u");
		object = support_object(mach, 2 * NPTEPG, &color);
		npages = which == NOT_FULL ? NPTEPG - 1 : NPTEPG;
		m = support_pages(mach, object, 0, npages, VM_ALLOC_NORMAL);
		start = UVA;
		if (which == ADDRESS)
			start += PAGE_SIZE;
		end = start + NBPDR;
		if (which == END)
			end -= PAGE_SIZE;
		if (which == FRAME_UNALIGNED)
			m++;
		if (which == OFF)
			mach->pmap->pg_ps_enabled = 0;
		if (which == TABLE)
			pmap_enter(mach, pmap, UVA + ptoa(5), 0, m + 9, PROT_R,
			    FALSE);
		cost = fixture_cost(mach);
		pmap_enter_object(mach, pmap, start, end, m, PROT_R);
		if (which == END || which == FRAME_UNALIGNED)
			npages = NPTEPG - 1;
		/* One or two tables; what is there stays. */
		assert_cost(mach, &cost,
		    .stores = npages +
			(which == ADDRESS      ? 2 :
				which == TABLE ? -1 :
						 1));
		assert_not_superpage(mach, pmap, UVA);
		assert_counts(pmap, npages + 3 + (which == ADDRESS), 0);
		for (i = 0; i < npages; i++)
			assert_pte(mach, pmap, start + ptoa(i),
			    which == TABLE && i == 5 ?
				VM_PAGE_TO_PHYS(m + 9) | PTE_READ :
				VM_PAGE_TO_PHYS(m + i) | PTE_QUICK);
		mach->pmap->pg_ps_enabled = 1;
		support_destroy(mach);
	}
}

/* Absent pages are skipped; the range ends it, not the object. */
static void
test_enter_object_sparse(void **state)
{
	const uint16_t color = 0;
	struct machine *mach = *state;
	vm_object_t object;
	vm_page_t m, first;
	pmap_t pmap;
	unsigned i;

	pmap = fixture_pmap(mach, "u");
	object = support_object(mach, 3 * NPTEPG, &color);
	support_page(mach, object, 3, VM_ALLOC_NORMAL);
	first = support_page(mach, object, 10, VM_ALLOC_NORMAL);
	support_page(mach, object, 12, VM_ALLOC_NORMAL);
	m = support_pages(mach, object, NPTEPG, NPTEPG, VM_ALLOC_NORMAL);
	support_pages(mach, object, 2 * NPTEPG, 5, VM_ALLOC_NORMAL);
	/* 10, 12, a superpage, and 4 of the 5 behind it. */
	pmap_enter_object(mach, pmap, UVA + ptoa(10), UVA + 2 * NBPDR + ptoa(4),
	    first, PROT_R);
	assert_pte(mach, pmap, UVA + ptoa(3), 0);
	assert_pte(mach, pmap, UVA + ptoa(10),
	    VM_PAGE_TO_PHYS(first) | PTE_QUICK);
	assert_pte(mach, pmap, UVA + ptoa(11), 0);
	assert_pte(mach, pmap, UVA + ptoa(12),
	    VM_PAGE_TO_PHYS(first + 2) | PTE_QUICK);
	assert_int_equal(support_pde(mach, pmap, NEXT),
	    VM_PAGE_TO_PHYS(m) | PTE_QUICK | PG_PS);
	for (i = 0; i < 5; i++)
		assert_int_equal(pmap_extract(mach, pmap,
				     NEXT + NBPDR + ptoa(i)) != 0,
		    i < 4);
	assert_counts(pmap, 2 + NPTEPG + 4 + 2 + 2, 0);
	/* An empty range, and no page to start from. */
	pmap_enter_object(mach, pmap, UVA, UVA, first, PROT_R);
	pmap_enter_object(mach, pmap, UVA, NEXT, NULL, PROT_R);
	assert_counts(pmap, 2 + NPTEPG + 4 + 2 + 2, 0);
}

/* Without memory there is no 2 MB mapping, and perhaps none at all. */
static void
test_enter_object_without_memory(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;
	vm_page_t m;
	char text[128];
	unsigned free;

	pmap = fixture_pmap(mach, "u");
	m = fixture_frame(mach);
	free = mach->cnt.v_free_count;
	pmapsim_ktr_enable(mach, true);
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 1, true);
	pmap_enter_object(mach, pmap, UVA, NEXT, m, PROT_R);
	assert_counts(pmap, 0, 0);
	assert_int_equal(mach->cnt.v_free_count, free);
	assert_true(pmapsim_ktr_format(mach, 0, text, sizeof(text)) > 0);
	assert_string_equal(text,
	    "pmap_enter_pde: failure for va 0x40000000 in pmap u");
	/* PD and PDP, and no pv entry: the page directory goes again. */
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 0, false);
	pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 1, true);
	pmap_enter_object(mach, pmap, UVA, NEXT, m, PROT_R);
	assert_counts(pmap, 0, 0);
	assert_int_equal(mach->cnt.v_free_count, free);
	pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 0, false);
	pmap_enter_object(mach, pmap, UVA, NEXT, m, PROT_R);
	assert_superpage(mach, pmap, UVA);
	assert_int_equal(pmapsim_ktr_count(mach), 3);
	pmapsim_ktr_format(mach, 2, text, sizeof(text));
	assert_string_equal(text,
	    "pmap_enter_pde: success for va 0x40000000 in pmap u");
}

/* Device memory: written and accessed from the start, by nobody owned. */
static void
test_object_init_pt(void **state)
{
	const uint16_t color = 0;
	struct machine *mach = *state;
	struct cost cost;
	vm_object_t object;
	vm_page_t m;
	pmap_t pmap;
	unsigned i;

	pmap = fixture_pmap(mach, "u");
	object = support_object(mach, 2 * NPTEPG, &color);
	m = support_pages(mach, object, 0, 2 * NPTEPG, VM_ALLOC_NORMAL);
	object->type = OBJT_DEVICE;
	for (i = 0; i < 2 * NPTEPG; i++)
		m[i].pat_mode_c = VM_MEMATTR_UNCACHEABLE ^ VM_MEMATTR_DEFAULT;
	cost = fixture_cost(mach);
	/* Not made for it: nothing. */
	pmap_object_init_pt(mach, pmap, UVA + PAGE_SIZE, object, 0, NBPDR);
	pmap_object_init_pt(mach, pmap, UVA, object, 0, NBPDR - PAGE_SIZE);
	pmap_object_init_pt(mach, pmap, UVA, object, 1, NBPDR);
	m[700].pat_mode_c = 0;
	pmap_object_init_pt(mach, pmap, UVA, object, 0, 2 * NBPDR);
	m[700].pat_mode_c = m[0].pat_mode_c;
	assert_cost(mach, &cost, .stores = 0);
	assert_counts(pmap, 0, 0);

	pmap_object_init_pt(mach, pmap, UVA, object, 0, 2 * NBPDR);
	assert_cost(mach, &cost, .stores = 2, .mappings = 2);
	for (i = 0; i < 2; i++)
		assert_int_equal(support_pde(mach, pmap, UVA + i * NBPDR),
		    (VM_PAGE_TO_PHYS(m) + i * NBPDR) | 0xe7 | PG_NC_PCD |
			PG_NC_PWT);
	assert_counts(pmap, 2 * NPTEPG + 2, 0);
	assert_int_equal(mach->pmap->pv_entry_count, 0);
	/* Again: they are there, and the directory keeps its count. */
	pmap_object_init_pt(mach, pmap, UVA, object, 0, 2 * NBPDR);
	assert_cost(mach, &cost, .stores = 0);
	assert_counts(pmap, 2 * NPTEPG + 2, 0);
	pmap_remove(mach, pmap, UVA, UVA + 2 * NBPDR);
	assert_counts(pmap, 0, 0);
	/* Without memory a region is left to be faulted in. */
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 1, false);
	pmap_object_init_pt(mach, pmap, UVA, object, 0, 2 * NBPDR);
	assert_not_mapped(mach, pmap, UVA);
	assert_superpage(mach, pmap, NEXT);
	assert_counts(pmap, NPTEPG + 2, 0);
	object->type = OBJT_DEFAULT;
	for (i = 0; i < 2 * NPTEPG; i++)
		m[i].pat_mode_c = 0;
}

/* Memory that is scattered, or not all there, is left to faults. */
static void
test_object_init_pt_of_other_memory(void **state)
{
	const uint16_t color = 0;
	struct machine *mach = *state;
	struct cost cost;
	vm_object_t object;
	vm_page_t m, other;
	pmap_t pmap;

	pmap = fixture_pmap(mach, "u");
	object = support_object(mach, 3 * NPTEPG, &color);
	object->type = OBJT_DEVICE;
	m = support_pages(mach, object, 0, NPTEPG, VM_ALLOC_NORMAL);
	cost = fixture_cost(mach);
	/* No page at all is asked for, and none is there. */
	pmap_object_init_pt(mach, pmap, UVA, object, 2 * NPTEPG, 0);
	/* One is missing, and the object cannot make it. */
	pmap_object_init_pt(mach, pmap, UVA, object, 0, 2 * NBPDR);
	assert_null(vm_page_lookup(mach, object, NPTEPG));
	assert_int_equal(object->resident_page_count, NPTEPG);
	/* The second 2 MB are elsewhere. */
	other = support_page(mach, support_object(mach, 1, &color), 0,
	    VM_ALLOC_NORMAL);
	assert_ptr_equal(other, m + NPTEPG);
	support_pages(mach, object, NPTEPG, NPTEPG, VM_ALLOC_NORMAL);
	pmap_object_init_pt(mach, pmap, UVA, object, 0, 2 * NBPDR);
	assert_cost(mach, &cost, .stores = 0);
	assert_counts(pmap, 0, 0);
	/* By themselves both could be mapped. */
	pmap_object_init_pt(mach, pmap, UVA, object, 0, NBPDR);
	pmap_object_init_pt(mach, pmap, NEXT, object, NPTEPG, NBPDR);
	assert_cost(mach, &cost, .stores = 2, .mappings = 2);
	assert_counts(pmap, 2 * NPTEPG + 2, 0);
	pmap_remove(mach, pmap, UVA, NEXT + NBPDR);
	object->type = OBJT_DEFAULT;
}

static void
test_object_init_pt_of_other_object_asserts(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap;

	pmap = fixture_pmap(mach, "u");
	assert_panics(mach, "pmap_object_init_pt: non-device object",
	    pmap_object_init_pt(mach, pmap, UVA, fixture_frame(mach)->object, 0,
		NBPDR));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_enter_quick_values),
	    cmocka_unit_test(test_enter_quick_kernel_address),
	    cmocka_unit_test(test_enter_quick_without_kernel_table_stops),
	    support_test(test_enter_quick_keeps_what_is_there),
	    support_test(test_enter_quick_does_not_promote),
	    support_test(test_enter_quick_without_memory),
	    support_test(test_enter_object_superpage),
	    support_test(test_enter_object_unmanaged_superpage),
	    cmocka_unit_test(test_enter_object_kernel_superpage),
	    cmocka_unit_test(test_enter_object_pages),
	    support_test(test_enter_object_sparse),
	    support_test(test_enter_object_without_memory),
	    support_test(test_object_init_pt),
	    support_test(test_object_init_pt_of_other_memory),
	    support_test(test_object_init_pt_of_other_object_asserts),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
