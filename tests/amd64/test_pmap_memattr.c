/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory attributes, device memory, alignment for superpages, and contents.
 */
#include <errno.h>

#include "amd64/pmap_fixture.h"

#define DMAP(pa) (DMAP_MIN_ADDRESS | (pa))
/* A direct-map leaf at boot. */
#define DMAP_BITS UINT64_C(0x163)
#define UC_BITS (PG_NC_PCD | PG_NC_PWT)

static const struct {
	int mode;
	pt_entry_t pte, pde;
} modes[] = {
    {VM_MEMATTR_UNCACHEABLE, 0x18, 0x18},
    {VM_MEMATTR_WRITE_COMBINING, 0x88, 0x1008},
    {VM_MEMATTR_WRITE_THROUGH, 0x08, 0x08},
    {VM_MEMATTR_WRITE_PROTECTED, 0x80, 0x1000},
    {VM_MEMATTR_UNCACHED, 0x10, 0x10},
    {VM_MEMATTR_WRITE_BACK, 0x00, 0x00},
};
#define NMODES (sizeof(modes) / sizeof(modes[0]))

/* The page's direct-map PTE follows; its neighbours do not. */
static void
test_page_set_memattr(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	vm_paddr_t pa;
	vm_page_t m;
	unsigned i;

	m = fixture_page(mach);
	pa = VM_PAGE_TO_PHYS(m);
	assert_int_equal(pmap_page_get_memattr(m), VM_MEMATTR_WRITE_BACK);
	cost = fixture_cost(mach);
	for (i = 0; i < NMODES; i++) {
		pmap_page_set_memattr(mach, m, modes[i].mode);
		assert_int_equal(pmap_page_get_memattr(m), modes[i].mode);
		assert_pte(mach, kernel_pmap, DMAP(pa),
		    pa | DMAP_BITS | modes[i].pte);
		assert_pte(mach, kernel_pmap, DMAP(pa ^ PAGE_SIZE),
		    (pa ^ PAGE_SIZE) | DMAP_BITS);
		/* The first time its 2 MB are demoted: fill, PDE, vtopte. */
		assert_cost(mach, &cost, .demotions = i == 0,
		    .stores = i == 0 ? NPTEPG + 1 + 1 : 1, .page = i == 0,
		    .range = 1, .sent = i == 0 ? 2 : 1);
		/* The same again is no change. */
		pmap_page_set_memattr(mach, m, modes[i].mode);
		assert_cost(mach, &cost, .stores = 0);
	}
	/* A page that is not memory has no direct-map address. */
	vm_page_flag_set(m, PG_FICTITIOUS);
	pmap_page_set_memattr(mach, m, VM_MEMATTR_UNCACHEABLE);
	assert_cost(mach, &cost, .stores = 0);
	assert_int_equal(pmap_page_get_memattr(m), VM_MEMATTR_UNCACHEABLE);
	pmap_page_set_memattr(mach, m, VM_MEMATTR_DEFAULT);
	vm_page_flag_clear(m, PG_FICTITIOUS);
}

static void
test_page_set_memattr_unknown_mode_panics(void **state)
{
	struct machine *mach = *state;
	vm_page_t m;

	m = fixture_page(mach);
	assert_panics(mach, "Unknown caching mode 3\n",
	    pmap_page_set_memattr(mach, m, 3));
}

/*
 * Without memory the demotion of the direct map removes it instead, and so
 * meets the entry that it has cleared itself.
 */
static void
test_page_set_memattr_without_memory_asserts(void **state)
{
	struct machine *mach = *state;
	vm_page_t m;

	m = fixture_page(mach);
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 1, false);
	assert_panics(mach,
	    "pmap_demote_pde: oldpde is missing PG_PS and/or PG_V",
	    pmap_page_set_memattr(mach, m, VM_MEMATTR_UNCACHEABLE));
}

static void
test_page_set_memattr_outside_direct_map_panics(void **state)
{
	struct machine *mach = *state;
	vm_page_t m;

	m = fixture_page(mach);
	*pmap_pde(mach, kernel_pmap, DMAP(VM_PAGE_TO_PHYS(m))) = 0;
	assert_panics(mach, "memory attribute change on the direct map failed",
	    pmap_page_set_memattr(mach, m, VM_MEMATTR_UNCACHEABLE));
}

/* Whole superpages stay, borders are demoted, unless equal already. */
static void
test_change_attr_of_superpages(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	vm_offset_t va;
	unsigned i;

	va = DMAP(4 * NBPDR);
	for (i = 0; i < NMODES; i++) {
		cost = fixture_cost(mach);
		/* Rounded to pages at both ends. */
		assert_int_equal(pmap_change_attr(mach, va + 5, NBPDR - 9,
				     modes[i].mode),
		    0);
		assert_int_equal(support_pde(mach, kernel_pmap, va),
		    4 * NBPDR | DMAP_BITS | PG_PS | modes[i].pde);
		assert_cost(mach, &cost, .stores = 1, .range = 1, .sent = 1);
	}
	/* A page of one before and of one behind. */
	cost = fixture_cost(mach);
	assert_int_equal(pmap_change_attr(mach, va - PAGE_SIZE,
			     NBPDR + 2 * PAGE_SIZE, VM_MEMATTR_UNCACHEABLE),
	    0);
	assert_cost(mach, &cost, .demotions = 2, .page = 2, .range = 1,
	    .sent = 3, .stores = 2 * (NPTEPG + 1) + 3);
	assert_int_equal(support_pde(mach, kernel_pmap, va),
	    4 * NBPDR | DMAP_BITS | PG_PS | UC_BITS);
	assert_pte(mach, kernel_pmap, va - 2 * PAGE_SIZE,
	    (4 * NBPDR - 2 * PAGE_SIZE) | DMAP_BITS);
	assert_pte(mach, kernel_pmap, va - PAGE_SIZE,
	    (4 * NBPDR - PAGE_SIZE) | DMAP_BITS | UC_BITS);
	assert_pte(mach, kernel_pmap, va + NBPDR,
	    5 * NBPDR | DMAP_BITS | UC_BITS);
	assert_pte(mach, kernel_pmap, va + NBPDR + PAGE_SIZE,
	    (5 * NBPDR + PAGE_SIZE) | DMAP_BITS);
	/* One page of a superpage that has the attribute: no demotion. */
	cost = fixture_cost(mach);
	assert_int_equal(pmap_change_attr(mach, va + PAGE_SIZE, PAGE_SIZE,
			     VM_MEMATTR_UNCACHEABLE),
	    0);
	assert_cost(mach, &cost, .stores = 0);
	assert_int_equal(pmap_change_attr(mach, va + PAGE_SIZE, 0,
			     VM_MEMATTR_WRITE_BACK),
	    0);
	assert_cost(mach, &cost, .stores = 0);
}

/* What is not there, below or above; the rest of the range is not changed. */
static void
test_change_attr_errors(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_offset_t va;

	va = support_full_reservation(mach, m);
	cost = fixture_cost(mach);
	assert_int_equal(pmap_change_attr(mach, UVA, PAGE_SIZE,
			     VM_MEMATTR_UNCACHEABLE),
	    EINVAL);
	/* No PDPE, no PDE, no PTE. */
	assert_int_equal(pmap_change_attr(mach, DMAP(4 * NBPDP), PAGE_SIZE,
			     VM_MEMATTR_UNCACHEABLE),
	    EINVAL);
	assert_int_equal(pmap_change_attr(mach,
			     VM_MIN_KERNEL_ADDRESS + NBPDP - NBPDR, PAGE_SIZE,
			     VM_MEMATTR_UNCACHEABLE),
	    EINVAL);
	pmap_kenter(mach, va, VM_PAGE_TO_PHYS(m[0]));
	cost = fixture_cost(mach);
	assert_int_equal(pmap_change_attr(mach, va, 2 * PAGE_SIZE,
			     VM_MEMATTR_UNCACHEABLE),
	    EINVAL);
	assert_cost(mach, &cost, .stores = 0);
	assert_pte(mach, kernel_pmap, va,
	    VM_PAGE_TO_PHYS(m[0]) | PG_G | PG_RW | PG_V);
	pmap_kremove(mach, va);
}

/* Kernel mappings take the direct map along, a contiguous run at a time. */
static void
test_change_attr_follows_in_direct_map(void **state)
{
	/* Frames in order of addresses: two runs of two, one alone. */
	static const unsigned frames[] = {8, 9, 100, 101, 50};
	struct machine *mach = *state;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_offset_t va;
	vm_paddr_t pa;
	unsigned i;

	va = support_full_reservation(mach, m);
	/* Demoted before, so that only the change is counted. */
	pmap_page_set_memattr(mach, m[511], VM_MEMATTR_UNCACHEABLE);
	for (i = 0; i < 5; i++)
		pmap_kenter(mach, va + ptoa(i), VM_PAGE_TO_PHYS(m[frames[i]]));
	cost = fixture_cost(mach);
	assert_int_equal(pmap_change_attr(mach, va, 5 * PAGE_SIZE,
			     VM_MEMATTR_WRITE_COMBINING),
	    0);
	assert_cost(mach, &cost, .stores = 10, .range = 3 + 1, .sent = 4);
	for (i = 0; i < 5; i++) {
		pa = VM_PAGE_TO_PHYS(m[frames[i]]);
		assert_pte(mach, kernel_pmap, va + ptoa(i), pa | 0x103 | 0x88);
		assert_pte(mach, kernel_pmap, DMAP(pa), pa | DMAP_BITS | 0x88);
	}
	assert_pte(mach, kernel_pmap, DMAP(VM_PAGE_TO_PHYS(m[10])),
	    VM_PAGE_TO_PHYS(m[10]) | DMAP_BITS);
	for (i = 0; i < 5; i++)
		pmap_kremove(mach, va + ptoa(i));
}

/*
 * Memory above the direct map cannot be followed there: the run that fails
 * ends it, in the middle or as the last, and what was changed stays.
 */
static void
test_change_attr_stops_above_direct_map(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_paddr_t pa[3];
	vm_offset_t va;
	unsigned beyond, i;

	va = support_full_reservation(mach, m);
	/* Demoted before, so that only the change is counted. */
	pmap_page_set_memattr(mach, m[511], VM_MEMATTR_UNCACHEABLE);
	pmap_page_set_memattr(mach, m[511], VM_MEMATTR_WRITE_BACK);
	for (beyond = 0; beyond < 3; beyond++) {
		for (i = 0; i < 3; i++) {
			pa[i] = i == beyond ? mach->pmap->dmaplimit :
					      VM_PAGE_TO_PHYS(m[2 * i]);
			pmap_kenter(mach, va + ptoa(i), pa[i]);
		}
		cost = fixture_cost(mach);
		assert_int_equal(pmap_change_attr(mach, va, 3 * PAGE_SIZE,
				     VM_MEMATTR_UNCACHEABLE),
		    EINVAL);
		/* A run is done when the next one has begun. */
		assert_cost(mach, &cost,
		    .stores = (beyond < 2 ? beyond + 2 : 3) + beyond,
		    .range = 1 + beyond, .sent = 1 + beyond);
		for (i = 0; i < 3; i++) {
			assert_pte(mach, kernel_pmap, va + ptoa(i),
			    pa[i] | PG_G | PG_RW | PG_V |
				(i <= beyond + 1 ? UC_BITS : 0));
			if (i == beyond)
				continue;
			assert_pte(mach, kernel_pmap, DMAP(pa[i]),
			    pa[i] | DMAP_BITS | (i < beyond ? UC_BITS : 0));
			pmap_page_set_memattr(mach, m[2 * i],
			    VM_MEMATTR_WRITE_BACK);
		}
	}
	for (i = 0; i < 3; i++)
		pmap_kremove(mach, va + ptoa(i));
}

/*
 * Where a failed demotion leaves the superpage, it is no memory; with 2010's
 * own it is the end (test_page_set_memattr_without_memory_asserts).
 */
static void
test_change_attr_without_memory(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_page_t m;
	vm_offset_t va;
	vm_paddr_t pa;

	mach = support_boot(SUPPORT_SMALL
	    " kernel=2010-04+demotion-failure-ignored");
	m = fixture_page(mach);
	pa = VM_PAGE_TO_PHYS(m);
	cost = fixture_cost(mach);
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 1, false);
	assert_int_equal(pmap_change_attr(mach, DMAP(pa), PAGE_SIZE,
			     VM_MEMATTR_UNCACHEABLE),
	    ENOMEM);
	assert_cost(mach, &cost, .stores = 0);
	/* Device memory then is mapped elsewhere. */
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 1, false);
	va = pmap_mapdev(mach, pa + 5, PAGE_SIZE - 5);
	assert_true(va >= VM_MIN_KERNEL_ADDRESS);
	assert_int_equal(va & PAGE_MASK, 5);
	assert_pte(mach, kernel_pmap, va, pa | PG_G | PG_RW | PG_V | UC_BITS);
	assert_int_equal(support_pde(mach, kernel_pmap, DMAP(pa)),
	    (pa & PG_PS_FRAME) | DMAP_BITS | PG_PS);
	/* The kernel had no page table yet. */
	assert_cost(mach, &cost, .stores = 1 + 1, .range = 1, .sent = 1);
	pmap_unmapdev(mach, va, PAGE_SIZE - 5);
	support_destroy(mach);
}

/* A kernel superpage as a whole, and its 2 MB of the direct map. */
static void
test_change_attr_of_kernel_superpage(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	vm_page_t m[NPTEPG];
	vm_offset_t va;
	vm_paddr_t pa;

	va = support_superpage(mach, m);
	pa = VM_PAGE_TO_PHYS(m[0]);
	cost = fixture_cost(mach);
	assert_int_equal(pmap_change_attr(mach, va, NBPDR,
			     VM_MEMATTR_WRITE_PROTECTED),
	    0);
	assert_cost(mach, &cost, .stores = 2, .range = 2, .sent = 2);
	assert_int_equal(support_pde(mach, kernel_pmap, va),
	    pa | PTE_KMEM | PG_PS | PG_PDE_PAT);
	assert_int_equal(support_pde(mach, kernel_pmap, DMAP(pa)),
	    pa | DMAP_BITS | PG_PS | PG_PDE_PAT);
}

/* Plants a 1 GB mapping, which the kernel never makes, in the direct map. */
static pdp_entry_t *
plant_1g(struct machine *mach, vm_offset_t va, pdp_entry_t bits)
{
	pdp_entry_t *pdpe;

	pdpe = pmap_pdpe(mach, kernel_pmap, va);
	*pdpe = (va & ~DMAP_MIN_ADDRESS) | PG_PS | bits;
	return (pdpe);
}

static void
test_change_attr_of_1g_page(void **state)
{
	struct machine *mach = *state;
	struct cost cost;
	pdp_entry_t *pdpe;
	vm_offset_t va;
	char text[128];
	unsigned i, wired;

	va = DMAP(NBPDP);
	pdpe = plant_1g(mach, va, DMAP_BITS);
	cost = fixture_cost(mach);
	/* As a whole; entries of this level are not counted. */
	assert_int_equal(pmap_change_attr(mach, va, NBPDP,
			     VM_MEMATTR_UNCACHEABLE),
	    0);
	assert_int_equal(*pdpe, NBPDP | DMAP_BITS | PG_PS | UC_BITS);
	assert_cost(mach, &cost, .range = 1, .sent = 1);
	assert_int_equal(pmap_change_attr(mach, va + NBPDR, NBPDR,
			     VM_MEMATTR_UNCACHEABLE),
	    0);
	assert_cost(mach, &cost, .stores = 0);

	/* In part: demoted to 2 MB pages. */
	wired = mach->cnt.v_wire_count;
	pmapsim_ktr_enable(mach, true);
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 1, false);
	assert_int_equal(pmap_change_attr(mach, va + NBPDR, NBPDR,
			     VM_MEMATTR_WRITE_BACK),
	    ENOMEM);
	assert_int_equal(*pdpe, NBPDP | DMAP_BITS | PG_PS | UC_BITS);
	assert_int_equal(pmap_change_attr(mach, va + NBPDR, NBPDR,
			     VM_MEMATTR_WRITE_BACK),
	    0);
	assert_int_equal(*pdpe & ~PG_FRAME, PDE_KERNEL_TABLE);
	assert_cost(mach, &cost, .stores = NPDEPG + 1, .page = 1, .range = 1,
	    .sent = 2);
	assert_int_equal(mach->cnt.v_wire_count, wired + 1);
	assert_int_equal(mach->pmap->pmap_pdpe_demotions, 1);
	for (i = 0; i < NPDEPG; i++)
		assert_int_equal(support_pde(mach, kernel_pmap, va + i * NBPDR),
		    (NBPDP + i * NBPDR) | DMAP_BITS | PG_PS |
			(i == 1 ? 0 : UC_BITS));
	for (i = 0; i < 2; i++) {
		pmapsim_ktr_format(mach, i, text, sizeof(text));
		assert_string_equal(text,
		    i == 0 ?
			"pmap_demote_pdpe: failure "
			"for va 0xffffff0040200000 in pmap kernel" :
			"pmap_demote_pdpe: success for va 0xffffff0040200000 in "
			"pmap kernel");
	}
}

static void
demote_1g_asserts(pdp_entry_t bits, const char *text)
{
	struct machine *mach;

	mach = support_boot(SUPPORT_SMALL);
	plant_1g(mach, DMAP(NBPDP), bits);
	assert_panics(mach, text,
	    pmap_change_attr(mach, DMAP(NBPDP), PAGE_SIZE,
		VM_MEMATTR_UNCACHEABLE));
	support_destroy(mach);
}

static void
test_demote_1g_page_asserts(void **state)
{

	demote_1g_asserts(DMAP_BITS & ~PG_V,
	    "pmap_demote_pdpe: oldpdpe is missing PG_PS and/or PG_V");
	demote_1g_asserts(DMAP_BITS & ~PG_A,
	    "pmap_demote_pdpe: oldpdpe is missing PG_A");
	demote_1g_asserts(DMAP_BITS & ~PG_M,
	    "pmap_demote_pdpe: oldpdpe is missing PG_M");
}

/* Memory is mapped where it is; what lies above it gets addresses. */
static void
test_mapdev(void **state)
{
	struct machine *mach = *state;
	vm_offset_t va;
	vm_paddr_t limit, pa;
	unsigned i;

	va = pmap_mapdev(mach, 0x2001234, 0x100);
	assert_int_equal(va, DMAP(UINT64_C(0x2001234)));
	assert_pte(mach, kernel_pmap, va, 0x2001000 | DMAP_BITS | UC_BITS);
	/* It stays uncacheable. */
	pmap_unmapdev(mach, va, 0x100);
	assert_pte(mach, kernel_pmap, va, 0x2001000 | DMAP_BITS | UC_BITS);
	assert_int_equal(pmap_mapbios(mach, 0x2001234, 0x100), va);
	assert_pte(mach, kernel_pmap, va, 0x2001000 | DMAP_BITS);

	/* Reaching the limit is reaching beyond. */
	limit = mach->pmap->dmaplimit;
	for (i = 0; i < 2; i++) {
		pa = i == 0 ? limit - PAGE_SIZE : limit + 0x5678;
		va = pmap_mapdev(mach, pa, PAGE_SIZE);
		assert_true(va >= VM_MIN_KERNEL_ADDRESS);
		assert_int_equal(va & PAGE_MASK, pa & PAGE_MASK);
		assert_pte(mach, kernel_pmap, va,
		    trunc_page(pa) | PG_G | PG_RW | PG_V | UC_BITS);
		/* An offset makes it two pages. */
		assert_pte(mach, kernel_pmap, va + PAGE_SIZE,
		    i == 0 ? 0 :
			     (trunc_page(pa) + PAGE_SIZE) | PG_G | PG_RW |
			    PG_V | UC_BITS);
		pmap_unmapdev(mach, va, PAGE_SIZE);
		assert_pte(mach, kernel_pmap, va, 0);
		assert_pte(mach, kernel_pmap, va + PAGE_SIZE, 0);
		/* The addresses are free again. */
		assert_int_equal(trunc_page(pmap_mapdev_attr(mach, pa,
				     PAGE_SIZE, VM_MEMATTR_WRITE_THROUGH)),
		    trunc_page(va));
		assert_pte(mach, kernel_pmap, va,
		    trunc_page(pa) | PG_G | PG_RW | PG_V | PG_NC_PWT);
		pmap_unmapdev(mach, va, PAGE_SIZE);
	}
}

static void
test_mapdev_without_addresses_panics(void **state)
{
	struct machine *mach = *state;

	assert_panics(mach, "pmap_mapdev: Couldn't alloc kernel virtual memory",
	    pmap_mapdev(mach, mach->pmap->dmaplimit, NBPML4));
}

/* Not from pmap_mapdev(): below the direct map the kernel maps nothing. */
static void
test_unmapdev_below_direct_map_stops(void **state)
{
	struct machine *mach = *state;

	assert_panics(mach,
	    "pmap_kremove: page fault trap: no page table for "
	    "va 0x40000000",
	    pmap_unmapdev(mach, UVA, PAGE_SIZE));
	assert_true(pmapsim_panic(mach)->simulator);
}

/* Every combination of a few offsets, colours, addresses and sizes. */
static void
test_align_superpage(void **state)
{
	static const vm_offset_t offsets[] = {0, PAGE_SIZE, NBPDR / 2, NBPDR,
	    NBPDR + 5 * PAGE_SIZE, 2 * NBPDR - PAGE_SIZE};
	static const vm_size_t sizes[] = {PAGE_SIZE, NBPDR - PAGE_SIZE, NBPDR,
	    NBPDR + NBPDR / 2, 2 * NBPDR - PAGE_SIZE, 2 * NBPDR};
	struct machine *mach = *state;
	vm_object_t object;
	vm_offset_t addr, first, old;
	unsigned a, color, o, s;

	object = support_object(mach, 1, NULL);
	for (color = 0; color < 3; color++) {
		if (color != 0)
			pmapsim_object_color(mach, object, color * 200);
		for (o = 0; o < 6; o++)
			for (s = 0; s < 6; s++)
				for (a = 0; a < 6; a++) {
					old = addr = UVA + offsets[a];
					pmap_align_superpage(mach, object,
					    offsets[o], &addr, sizes[s]);
					/* Where superpages begin. */
					first = (offsets[o] +
						    ptoa(color * 200)) &
					    PDRMASK;
					if (sizes[s] <
					    ((-first) & PDRMASK) + NBPDR) {
						assert_int_equal(addr, old);
						continue;
					}
					assert_int_equal(addr & PDRMASK, first);
					assert_true(addr >= old &&
					    addr - old < NBPDR);
				}
	}
	addr = UVA + PAGE_SIZE;
	pmap_align_superpage(mach, NULL, 0, &addr, NBPDR);
	assert_int_equal(addr, UVA + NBPDR);
}

/* Contents; a frame is taken for zero only until it was handed out once. */
static void
test_zero_and_copy_page(void **state)
{
	struct machine *mach = *state;
	vm_page_t m, other;
	uint8_t *p, *q;
	unsigned i, round;

	m = fixture_page(mach);
	other = fixture_page(mach);
	p = physmem_ptr(mach, VM_PAGE_TO_PHYS(m));
	q = physmem_ptr(mach, VM_PAGE_TO_PHYS(other));
	pmap_zero_page(mach, m);
	for (round = 0; round < 2; round++) {
		memset(p, 0xa5, PAGE_SIZE);
		if (round == 0)
			pmap_zero_page(mach, m);
		else
			pmap_zero_page_idle(mach, m);
		for (i = 0; i < PAGE_SIZE; i++)
			assert_int_equal(p[i], 0);
	}
	memset(p, 0xa5, PAGE_SIZE);
	pmap_copy_page(mach, m, other);
	assert_memory_equal(p, q, PAGE_SIZE);
	/* Copied to, it is not what it was at boot. */
	pmap_zero_page(mach, other);
	for (i = 0; i < PAGE_SIZE; i++)
		assert_int_equal(q[i], 0);
	pmap_zero_page_area(mach, m, 100, 28);
	for (i = 0; i < PAGE_SIZE; i++)
		assert_int_equal(p[i], i >= 100 && i < 128 ? 0 : 0xa5);
	memset(p, 0, PAGE_SIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_page_set_memattr),
	    support_test(test_page_set_memattr_unknown_mode_panics),
	    support_test(test_page_set_memattr_without_memory_asserts),
	    support_test(test_page_set_memattr_outside_direct_map_panics),
	    support_test(test_change_attr_of_superpages),
	    support_test(test_change_attr_errors),
	    support_test(test_change_attr_follows_in_direct_map),
	    support_test(test_change_attr_stops_above_direct_map),
	    cmocka_unit_test(test_change_attr_without_memory),
	    support_test(test_change_attr_of_kernel_superpage),
	    support_test(test_change_attr_of_1g_page),
	    cmocka_unit_test(test_demote_1g_page_asserts),
	    support_test(test_mapdev),
	    support_test(test_mapdev_without_addresses_panics),
	    support_test(test_unmapdev_below_direct_map_stops),
	    support_test(test_align_superpage),
	    support_test(test_zero_and_copy_page),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
