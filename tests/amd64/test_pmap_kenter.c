/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel mappings without accounting: the PTEs, the invalidations that
 * follow them or not, and that nothing else changes.
 */
#include "support.h"

#include <stdio.h>

#include "amd64/pmap_var.h"

#define PG_KERNEL (PG_RW | PG_V | PG_G)
#define PA UINT64_C(0x1234000)

/* All that these functions could change; compared as a whole. */
struct counts {
	uint64_t stores, local_page, local_range, range_pages, received_range;
	int64_t resident, wired, free, v_wire, pv;
};

static struct counts
counts(struct machine *mach)
{
	struct counts c;

	memset(&c, 0, sizeof(c));
	c.stores = pmapsim_pte_stores(mach);
	c.local_page = mach->cpus[0].local[INVAL_PAGE];
	c.local_range = mach->cpus[0].local[INVAL_RANGE];
	c.range_pages = mach->cpus[0].local_range_pages;
	c.received_range = mach->cpus[1].received[INVAL_RANGE];
	c.resident = pmapsim_pmap_resident_count(kernel_pmap);
	c.wired = pmapsim_pmap_wired_count(kernel_pmap);
	c.free = mach->cnt.v_free_count;
	c.v_wire = mach->cnt.v_wire_count;
	c.pv = mach->pmap->pv_entry_count;
	return (c);
}

/* Asserts that "want" is what there is now. */
static void
assert_counts(struct machine *mach, const struct counts *want)
{
	struct counts now = counts(mach);

	assert_memory_equal(&now, want, sizeof(now));
}

static vm_offset_t
addresses(struct machine *mach, vm_size_t size)
{
	vm_offset_t va;

	va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach), size);
	assert_true(va >= VM_MIN_KERNEL_ADDRESS);
	return (va);
}

static pt_entry_t *
pte_of(struct machine *mach, vm_offset_t va)
{

	return (pmap_pte(mach, kernel_pmap, va));
}

static void
test_kenter_stores_only(void **state)
{
	struct machine *mach = *state;
	struct counts want;
	vm_offset_t va;

	va = addresses(mach, 3 * PAGE_SIZE) + PAGE_SIZE;
	want = counts(mach);
	pmap_kenter(mach, va, PA);
	assert_int_equal(support_pte(mach, kernel_pmap, va), PA | PG_KERNEL);
	/* An old mapping is overwritten as silently. */
	pmap_kenter(mach, va, PA + PAGE_SIZE);
	assert_int_equal(support_pte(mach, kernel_pmap, va),
	    (PA + PAGE_SIZE) | PG_KERNEL);
	pmap_kremove(mach, va);
	assert_int_equal(support_pte(mach, kernel_pmap, va), 0);
	assert_int_equal(support_pte(mach, kernel_pmap, va - PAGE_SIZE), 0);
	assert_int_equal(support_pte(mach, kernel_pmap, va + PAGE_SIZE), 0);
	want.stores += 3;
	assert_counts(mach, &want);
}

static void
test_kenter_attr_adds_caching(void **state)
{
	static const int modes[] = {VM_MEMATTR_UNCACHEABLE,
	    VM_MEMATTR_WRITE_COMBINING, VM_MEMATTR_WRITE_THROUGH,
	    VM_MEMATTR_WRITE_PROTECTED, VM_MEMATTR_WRITE_BACK,
	    VM_MEMATTR_UNCACHED};
	struct machine *mach = *state;
	struct counts want;
	vm_offset_t va;
	unsigned i;

	va = addresses(mach, PAGE_SIZE);
	want = counts(mach);
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		pmap_kenter_attr(mach, va, PA, modes[i]);
		assert_int_equal(support_pte(mach, kernel_pmap, va),
		    PA | PG_KERNEL | pmap_cache_bits(mach, modes[i], FALSE));
		want.stores++;
		assert_counts(mach, &want);
	}
}

/* qenter and qremove of pages on both sides of a 2 MB boundary. */
static void
test_qenter_qremove_across_tables(void **state)
{
	struct machine *mach = *state;
	vm_page_t ma[7];
	struct counts want;
	vm_offset_t sva;
	vm_object_t object;
	unsigned i;

	/* Two page tables that do not lie side by side. */
	sva = round_2mpage(addresses(mach, NBPDR) + NBPDR) - 3 * PAGE_SIZE;
	assert_non_null(vm_page_alloc(mach, NULL, 0, VM_ALLOC_NOOBJ));
	(void)addresses(mach, NBPDR);
	assert_ptr_not_equal(pte_of(mach, sva + 3 * PAGE_SIZE),
	    pte_of(mach, sva) + 3);
	object = support_object(mach, 7, NULL);
	/* Not contiguous, and one with an attribute of its own. */
	for (i = 0; i < 7; i++)
		ma[i] = support_page(mach, object, 6 - i, VM_ALLOC_WIRED);
	ma[4]->pat_mode_c = VM_MEMATTR_WRITE_COMBINING ^ VM_MEMATTR_DEFAULT;

	/* No old PTE is valid: no invalidation. */
	want = counts(mach);
	pmap_qenter(mach, sva, ma, 7);
	want.stores += 7;
	assert_counts(mach, &want);
	for (i = 0; i < 7; i++)
		assert_int_equal(support_pte(mach, kernel_pmap, sva + ptoa(i)),
		    VM_PAGE_TO_PHYS(ma[i]) | PG_KERNEL |
			(i == 4 ? PG_PTE_PAT | PG_NC_PWT : 0));
	assert_int_equal(support_pte(mach, kernel_pmap, sva - PAGE_SIZE), 0);
	assert_int_equal(support_pte(mach, kernel_pmap, sva + ptoa(7)), 0);

	/* Again, with one valid one left: the whole range goes, once. */
	for (i = 0; i < 7; i++)
		if (i != 5)
			pmap_kremove(mach, sva + ptoa(i));
	want.stores += 6;
	pmap_qenter(mach, sva, ma, 7);
	want.stores += 7;
	want.local_range++;
	want.range_pages += 7;
	want.received_range++;
	assert_counts(mach, &want);

	/* qremove invalidates always. */
	for (i = 0; i < 2; i++) {
		pmap_qremove(mach, sva + PAGE_SIZE, 5);
		want.stores += 5;
		want.local_range++;
		want.range_pages += 5;
		want.received_range++;
		assert_counts(mach, &want);
	}
	for (i = 0; i < 7; i++)
		assert_int_equal(support_pte(mach, kernel_pmap,
				     sva + ptoa(i)) != 0,
		    i == 0 || i == 6);
	ma[4]->pat_mode_c = 0;
}

/* Under 9.0 the frame and the caching decide, and nothing else (D3). */
static void
test_qenter_keeps_same(void **state)
{
	static const pt_entry_t bits[] = {0, PG_V, PG_V | PG_RW,
	    PG_V | PG_RW | PG_G, PG_V | PG_RW | PG_G | PG_A | PG_M,
	    PG_RW | PG_G, PG_V | PG_NX, PG_V | PG_NC_PCD, PG_V | PG_PTE_PAT};
	static const char *const kernels[] = {"2010-04", "9.0"};
	struct machine *mach;
	struct counts want;
	char config[128];
	pt_entry_t old;
	vm_offset_t va;
	vm_page_t m;
	unsigned i, k, other;
	bool kept;

	for (k = 0; k < 2; k++) {
		snprintf(config, sizeof(config), "%s kernel=%s", SUPPORT_SMALL,
		    kernels[k]);
		mach = support_boot(config);
		va = addresses(mach, PAGE_SIZE);
		m = support_page(mach, support_object(mach, 1, NULL), 0,
		    VM_ALLOC_WIRED);
		for (other = 0; other < 2; other++)
			for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
				old = (VM_PAGE_TO_PHYS(m) + ptoa(other)) |
				    bits[i];
				*pte_of(mach, va) = old;
				want = counts(mach);
				pmap_qenter(mach, va, &m, 1);
				kept = k == 1 && other == 0 &&
				    (bits[i] & PG_PTE_CACHE) == 0;
				assert_int_equal(support_pte(mach, kernel_pmap,
						     va),
				    kept ? old :
					   VM_PAGE_TO_PHYS(m) | PG_KERNEL);
				want.stores += !kept;
				if (!kept && (old & PG_V) != 0) {
					want.local_range++;
					want.range_pages++;
					want.received_range++;
				}
				assert_counts(mach, &want);
			}
		support_destroy(mach);
	}
}

/* No page table: the access through the recursive mapping traps. */
/* A page that is none ends the call where it is; those before it are there. */
static void
test_qenter_without_a_page_traps(void **state)
{
	struct machine *mach = *state;
	vm_page_t ma[2] = {phys_to_vm_page(mach, PA), NULL};
	struct counts want;
	vm_offset_t va;

	va = addresses(mach, 2 * PAGE_SIZE);
	want = counts(mach);
	assert_panics(mach, "pmap_qenter: page fault trap: ma[i] is NULL",
	    pmap_qenter(mach, va, ma, 2));
	assert_true(pmapsim_panic(mach)->simulator);
	assert_int_equal(support_pte(mach, kernel_pmap, va), PA | PG_KERNEL);
	assert_int_equal(support_pte(mach, kernel_pmap, va + PAGE_SIZE), 0);
	want.stores++;
	assert_counts(mach, &want);
}

static void
test_no_page_table_traps(void **state)
{
	const vm_offset_t va = KERNBASE - NBPDR;
	struct machine *mach;
	vm_page_t m;
	unsigned i;

	for (i = 0; i < 8; i++) {
		mach = support_boot(SUPPORT_SMALL);
		m = phys_to_vm_page(mach, PA);
		switch (i) {
		case 0:
			assert_panics(mach,
			    "pmap_kenter: page fault trap: no "
			    "page table for va 0xffffffff7fe00000",
			    pmap_kenter(mach, va, PA));
			break;
		case 1:
			assert_panics(mach,
			    "pmap_kremove: page fault trap: "
			    "no page table for va 0xffffffff7fe00000",
			    pmap_kremove(mach, va));
			break;
		case 2:
			assert_panics(mach,
			    "pmap_qenter: page fault trap: no "
			    "page table for va 0xffffffff7fe00000",
			    pmap_qenter(mach, va, &m, 1));
			break;
		case 3:
			assert_panics(mach,
			    "pmap_qremove: page fault trap: "
			    "no page table for va 0xffffffff7fe00000",
			    pmap_qremove(mach, va, 1));
			break;
		case 4:
			assert_panics(mach,
			    "pmap_kenter_attr: page fault "
			    "trap: no page table for va 0xffffffff7fe00000",
			    pmap_kenter_attr(mach, va, PA, 6));
			break;
		case 5:
			/* There is a page directory. */
			assert_panics(mach,
			    "pmap_kenter: page fault trap: no "
			    "page table for va 0xffffffffbfe00000",
			    pmap_kenter(mach, KERNBASE + NBPDP - NBPDR, PA));
			break;
		case 6:
			/* A program's address is none of the kernel's. */
			assert_panics(mach,
			    "pmap_kextract: page fault trap: "
			    "no page table for va 0x40000000",
			    pmap_kextract(mach, 0x40000000));
			break;
		default:
			assert_panics(mach,
			    "pmap_kextract: page fault trap: "
			    "no page table for va 0xffffffff7fe00000",
			    pmap_kextract(mach, va));
		}
		assert_true(pmapsim_panic(mach)->simulator);
		pmapsim_destroy(mach);
	}
}

/* Through a superpage the recursive mapping shows the first page's bytes. */
static void
test_kenter_under_superpage_writes_data(void **state)
{
	struct machine *mach = *state;
	vm_page_t pages[NPTEPG];
	uint64_t *data;
	vm_offset_t va;
	pd_entry_t pde;

	va = support_superpage(mach, pages);
	pde = support_pde(mach, kernel_pmap, va);
	data = physmem_ptr(mach, VM_PAGE_TO_PHYS(pages[0]));
	pmap_kenter(mach, va + ptoa(9), PA);
	assert_int_equal(data[9], PA | PG_KERNEL);
	assert_int_equal(support_pde(mach, kernel_pmap, va), pde);
	pmap_kremove(mach, va + ptoa(9));
	assert_int_equal(data[9], 0);
}

static void
test_kextract(void **state)
{
	struct machine *mach = *state;
	vm_page_t pages[NPTEPG];
	vm_offset_t va;

	/* The direct map, whether memory is there or not. */
	assert_int_equal(pmap_kextract(mach, DMAP_MIN_ADDRESS), 0);
	assert_int_equal(pmap_kextract(mach, DMAP_MIN_ADDRESS | 0x123456789),
	    0x123456789);
	assert_int_equal(pmap_kextract(mach, DMAP_MAX_ADDRESS - 1), NBPML4 - 1);
	va = support_superpage(mach, pages);
	assert_int_equal(pmap_kextract(mach, va + 0x12345),
	    VM_PAGE_TO_PHYS(pages[0]) + 0x12345);
	va = addresses(mach, PAGE_SIZE);
	pmap_kenter(mach, va, PA);
	assert_int_equal(pmap_kextract(mach, va + 0x678), PA + 0x678);
	/* An empty PTE has frame 0, and PG_V is not looked at. */
	pmap_kremove(mach, va);
	assert_int_equal(pmap_kextract(mach, va + 0x678), 0x678);
	*pte_of(mach, va) = PA;
	assert_int_equal(pmap_kextract(mach, va), PA);
	*pte_of(mach, va) = 0;
	/* KERNBASE is mapped by 2 MB pages of the boot. */
	assert_int_equal(pmap_kextract(mach, KERNBASE + 0x100fff), 0x100fff);
}

static void
test_map_is_direct(void **state)
{
	struct machine *mach = *state;
	struct counts want = counts(mach);
	vm_offset_t virt = 5 * PAGE_SIZE;

	assert_int_equal(pmap_map(mach, &virt, PA, PA + PAGE_SIZE,
			     VM_PROT_READ),
	    DMAP_MIN_ADDRESS + PA);
	assert_int_equal(virt, 5 * PAGE_SIZE);
	assert_counts(mach, &want);
}

static void
test_kenter_temporary_returns_window(void **state)
{
	struct machine *mach = *state;
	const vm_offset_t window = mach->pmap->crashdumpmap;
	struct counts want = counts(mach);
	int i;

	for (i = 0; i < 16; i++) {
		assert_int_equal(pmap_kenter_temporary(mach, PA, i), window);
		assert_int_equal(support_pte(mach, kernel_pmap,
				     window + ptoa(i)),
		    PA | PG_KERNEL);
		/* On this CPU alone. */
		want.stores++;
		want.local_page++;
		assert_counts(mach, &want);
		assert_int_equal(mach->cpus[1].received[INVAL_PAGE], 0);
	}
}

/* The auditor is told which counts cannot be believed any more. */
static void
test_overwriting_accounted_mappings_waives_counts(void **state)
{
	static const struct {
		pt_entry_t old;
		unsigned waived;
	} cases[] = {
	    {0, AUDIT_WAIVE_KERNEL_RESIDENT},
	    {PG_W, AUDIT_WAIVE_KERNEL_RESIDENT | AUDIT_WAIVE_WIRED},
	    {PG_MANAGED, AUDIT_WAIVE_KERNEL_RESIDENT | AUDIT_WAIVE_PV},
	};
	struct machine *mach = *state;
	vm_offset_t va;
	unsigned i;

	va = addresses(mach, PAGE_SIZE);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mach->pmap->audit_waived = 0;
		*pte_of(mach, va) = cases[i].old;
		pmap_kenter(mach, va, PA);
		assert_int_equal(mach->pmap->audit_waived, cases[i].waived);
		mach->pmap->audit_waived = 0;
		*pte_of(mach, va) = cases[i].old;
		pmap_qremove(mach, va, 1);
		assert_int_equal(mach->pmap->audit_waived, cases[i].waived);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_unaudited_test(test_kenter_stores_only),
	    support_unaudited_test(test_kenter_attr_adds_caching),
	    support_unaudited_test(test_qenter_qremove_across_tables),
	    cmocka_unit_test(test_qenter_keeps_same),
	    support_unaudited_test(test_qenter_without_a_page_traps),
	    cmocka_unit_test(test_no_page_table_traps),
	    support_unaudited_test(test_kenter_under_superpage_writes_data),
	    support_unaudited_test(test_kextract),
	    support_unaudited_test(test_map_is_direct),
	    support_unaudited_test(test_kenter_temporary_returns_window),
	    support_unaudited_test(
		test_overwriting_accounted_mappings_waives_counts),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
