/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promotion: what makes an attempt, what each attempt finds, and in which order
 * the scan looks at the 512 PTEs.
 */
#include "superpage_fixture.h"

/* ---- promotion ---------------------------------------------------------- */

static void
test_promote_unmanaged(void **state)
{
	struct machine *mach = *state;
	struct pmapsim_promote_failure failure;
	struct counts want;
	pt_entry_t *pte;
	vm_offset_t va;
	vm_page_t mpte;
	pd_entry_t pde;
	unsigned i;

	pte = kernel_table(mach, &va);
	fill(pte, 0x1600000 | BITS_KERNEL);
	pde = support_pde(mach, kernel_pmap, va);
	mpte = phys_to_vm_page(mach, pde & PG_FRAME);
	want = counts(mach);
	/* Any address of the 2 MB. */
	promote(mach, va + 0x12345);
	assert_int_equal(support_pde(mach, kernel_pmap, va), 0x16003e3);
	assert_ptr_equal(kernel_pmap->pm_root, mpte);
	assert_int_equal(mpte->wire_count, 1);
	for (i = 0; i < NPTEPG; i++)
		assert_int_equal(pte[i], (0x1600000 + ptoa(i)) | BITS_KERNEL);
	want.promotions++;
	want.stores++;
	want.superpages++;
	assert_all_counts(mach, &want);
	assert_int_equal(pmapsim_superpages(mach, kernel_pmap), 1);
	assert_int_equal(pmapsim_pmap_resident_count(kernel_pmap), 0);
	pmapsim_promote_last_failure(mach, &failure);
	assert_int_equal(failure.reason, PMAPSIM_PROMOTE_OK);
}

/* The PAT bit changes its place with the size. */
static void
test_pat_bit_moves(void **state)
{
	struct machine *mach = *state;
	pt_entry_t *pte;
	vm_offset_t va;
	unsigned i;

	pte = kernel_table(mach, &va);
	fill(pte, 0x1600000 | BITS_KERNEL | PG_PTE_PAT | PG_NC_PWT);
	promote(mach, va);
	assert_int_equal(support_pde(mach, kernel_pmap, va),
	    0x16003e3 | PG_PDE_PAT | PG_NC_PWT);
	assert_true(pmap_demote_pde(mach, kernel_pmap,
	    pmap_pde(mach, kernel_pmap, va), va));
	for (i = 0; i < NPTEPG; i++)
		assert_int_equal(pte[i],
		    (0x1600000 + ptoa(i)) | BITS_KERNEL | PG_PTE_PAT |
			PG_NC_PWT);
}

/*
 * Spoils entry "index" of a promotable table by "flip" and asserts reason,
 * entry and bits of the failure, and that no other entry changed.
 */
static void
check_failure(struct machine *mach, vm_offset_t va, pt_entry_t first,
    unsigned index, pt_entry_t flip, enum pmapsim_promote_reason reason,
    unsigned want_index, pt_entry_t bits)
{
	struct pmapsim_promote_failure failure;
	pt_entry_t *pte, image[NPTEPG];
	struct counts want;
	unsigned stripped;

	pte = pmap_pte(mach, kernel_pmap, va);
	fill(pte, first);
	pte[index] ^= flip;
	memcpy(image, pte, sizeof(image));
	/* One that is writable and clean loses RW when it is reached. */
	stripped = reason != PMAPSIM_PROMOTE_FIRST_UNUSABLE &&
	    (image[index] & (PG_V | PG_RW | PG_M)) == (PG_V | PG_RW) &&
	    (index == 0 || reason == PMAPSIM_PROMOTE_ATTRIBUTES);
	if (stripped)
		image[index] &= ~PG_RW;
	want = counts(mach);
	promote(mach, va + ptoa(77));
	want.failures++;
	want.reasons[reason]++;
	want.stores += stripped;
	assert_all_counts(mach, &want);
	assert_memory_equal(pte, image, sizeof(image));
	pmapsim_promote_last_failure(mach, &failure);
	assert_int_equal(failure.reason, reason);
	assert_ptr_equal(failure.pmap, kernel_pmap);
	assert_int_equal(failure.va, va);
	assert_int_equal(failure.index, want_index);
	assert_int_equal(failure.pte, image[want_index]);
	assert_int_equal(failure.bits, bits);
	assert_null(kernel_pmap->pm_root);
}

static void
test_each_failure_at_each_end(void **state)
{
	static const unsigned places[] = {255, 511, 1};
	static const pt_entry_t attributes[] = {PG_NX, PG_W, PG_G, PG_PTE_PAT,
	    PG_NC_PCD, PG_NC_PWT, PG_U, PG_MANAGED, PG_RW};
	const pt_entry_t first = 0x1600000 | BITS_KERNEL;
	struct machine *mach = *state;
	vm_offset_t va;
	unsigned a, i, p;

	(void)kernel_table(mach, &va);
	/* PTE 0: not valid, not accessed, empty, a frame between frames. */
	check_failure(mach, va, first, 0, PG_V, PMAPSIM_PROMOTE_FIRST_UNUSABLE,
	    0, PG_V);
	check_failure(mach, va, first, 0, PG_A, PMAPSIM_PROMOTE_FIRST_UNUSABLE,
	    0, PG_A);
	check_failure(mach, va, first, 0, first, PMAPSIM_PROMOTE_FIRST_UNUSABLE,
	    0, PG_A | PG_V);
	for (a = PAGE_SHIFT; a < PDRSHIFT; a++)
		check_failure(mach, va, first, 0, UINT64_C(1) << a,
		    PMAPSIM_PROMOTE_FIRST_UNUSABLE, 0, UINT64_C(1) << a);
	/* An odd first PTE shows at the first that is compared with it. */
	for (a = 0; a < sizeof(attributes) / sizeof(attributes[0]); a++)
		check_failure(mach, va, first, 0, attributes[a],
		    PMAPSIM_PROMOTE_ATTRIBUTES, 511, attributes[a]);
	check_failure(mach, va, first, 0, NBPDR, PMAPSIM_PROMOTE_NOT_CONTIGUOUS,
	    511, NBPDR);
	/* Clean and writable: it is stripped, and differs in both bits. */
	check_failure(mach, va, first, 0, PG_M, PMAPSIM_PROMOTE_ATTRIBUTES, 511,
	    PG_M | PG_RW);

	for (p = 0; p < 3; p++) {
		i = places[p];
		check_failure(mach, va, first, i, PG_V,
		    PMAPSIM_PROMOTE_NOT_CONTIGUOUS, i, PG_V);
		check_failure(mach, va, first, i, PG_A,
		    PMAPSIM_PROMOTE_NOT_CONTIGUOUS, i, PG_A);
		check_failure(mach, va, first, i, first + ptoa(i),
		    PMAPSIM_PROMOTE_NOT_CONTIGUOUS, i,
		    ((first + ptoa(i)) & PG_FRAME) | PG_A | PG_V);
		for (a = PAGE_SHIFT; a < 52; a++)
			check_failure(mach, va, first, i, UINT64_C(1) << a,
			    PMAPSIM_PROMOTE_NOT_CONTIGUOUS, i,
			    UINT64_C(1) << a);
		for (a = 0; a < sizeof(attributes) / sizeof(attributes[0]); a++)
			check_failure(mach, va, first, i, attributes[a],
			    PMAPSIM_PROMOTE_ATTRIBUTES, i, attributes[a]);
		check_failure(mach, va, first, i, PG_M,
		    PMAPSIM_PROMOTE_ATTRIBUTES, i, PG_M | PG_RW);
	}
}

/* Bits that the comparison leaves out do not matter: 11, and 52 to 62. */
static void
test_ignored_bits_do_not_matter(void **state)
{
	struct machine *mach = *state;
	struct counts want;
	pt_entry_t *pte;
	vm_offset_t va;
	unsigned bit;

	pte = kernel_table(mach, &va);
	for (bit = 11; bit < 63; bit = bit == 11 ? 52 : bit + 1) {
		fill(pte, 0x1600000 | BITS_KERNEL);
		pte[255] |= UINT64_C(1) << bit;
		want = counts(mach);
		promote(mach, va);
		assert_int_equal(support_pde(mach, kernel_pmap, va), 0x16003e3);
		want.promotions++;
		want.stores++;
		want.superpages++;
		assert_all_counts(mach, &want);
		pmap_demote_pde(mach, kernel_pmap,
		    pmap_pde(mach, kernel_pmap, va), va);
	}
}

/* ---- a slow twin of the scan: the specification's steps, one by one ------ */

struct twin {
	bool promoted;
	unsigned stores, protects;
	pd_entry_t newpde;
};

static struct twin
twin_promote(pt_entry_t *pte)
{
	struct twin t = {false, 0, 0, 0};
	pt_entry_t expected, newpde, oldpte;
	unsigned i;

	newpde = pte[0];
	if ((newpde & 0x1ff000) != 0 || (newpde & PG_A) == 0 ||
	    (newpde & PG_V) == 0)
		return (t);
	if ((newpde & PG_RW) != 0 && (newpde & PG_M) == 0) {
		pte[0] = newpde = newpde & ~PG_RW;
		t.stores++;
	}
	expected = (newpde & (PG_PS_FRAME | PG_A | PG_V)) + NBPDR - PAGE_SIZE;
	for (i = 511; i >= 1; i--) {
		oldpte = pte[i];
		if ((oldpte & (PG_FRAME | PG_A | PG_V)) != expected)
			return (t);
		if ((oldpte & PG_RW) != 0 && (oldpte & PG_M) == 0) {
			pte[i] = oldpte = oldpte & ~PG_RW;
			t.stores++;
			t.protects++;
		}
		if ((oldpte & PG_PTE_PROMOTE) != (newpde & PG_PTE_PROMOTE))
			return (t);
		expected -= PAGE_SIZE;
	}
	t.stores++;
	t.promoted = true;
	t.newpde = newpde | PG_PS;
	if ((newpde & PG_PTE_PAT) != 0)
		t.newpde = (newpde & ~PG_PTE_PAT) | PG_PDE_PAT | PG_PS;
	return (t);
}

static void
test_promote_random(void **state)
{
	static const pt_entry_t flips[] = {PG_V, PG_A, PG_M, PG_RW, PG_M, PG_M,
	    PG_RW | PG_M, PG_W, PG_NX, 0x800, PAGE_SIZE};
	struct machine *mach = *state;
	pt_entry_t first, image[NPTEPG], *pte;
	struct counts want;
	uint64_t ktr, r, seed = 512;
	unsigned i, k, n, promoted;
	struct twin t;
	vm_offset_t va;
	pd_entry_t *pde;

	print_message("seed %llu\n", (unsigned long long)seed);
	pte = kernel_table(mach, &va);
	pde = pmap_pde(mach, kernel_pmap, va);
	pmapsim_ktr_enable(mach, true);
	for (promoted = 0, k = 0; k < 5000; k++) {
		/* Mostly clean or mostly dirty; then up to three odd ones. */
		r = support_random(&seed);
		first = 0x1600000 | BITS_KERNEL;
		if ((r & 1) != 0)
			first &= ~PG_M;
		if ((r & 2) != 0)
			first &= ~PG_RW;
		if ((r & 4) != 0)
			first |= PG_PTE_PAT;
		fill(pte, first);
		if ((r & 0x18) == 0)
			/* RW here and there on clean ones is no difference. */
			for (i = 0; i < NPTEPG; i++)
				pte[i] ^= support_random(&seed) % 2 ? PG_RW : 0;
		for (n = (r >> 8) % 4; n > 0; n--) {
			r = support_random(&seed);
			pte[r % NPTEPG] ^= flips[(r >> 16) %
			    (sizeof(flips) / sizeof(flips[0]))];
		}
		memcpy(image, pte, sizeof(image));
		t = twin_promote(image);
		want = counts(mach);
		ktr = pmapsim_ktr_count(mach);
		promote(mach, va);
		assert_int_equal(pmapsim_ktr_count(mach), ktr + t.protects + 1);
		/* The table keeps what it held under the superpage too. */
		assert_memory_equal(pte, image, sizeof(image));
		want.stores += t.stores;
		if (t.promoted) {
			promoted++;
			want.promotions++;
			want.superpages++;
			assert_int_equal(*pde, t.newpde);
			assert_all_counts(mach, &want);
			/* Back to a table, ours, without the kernel's help. */
			pmap_remove_pt_page(mach, kernel_pmap,
			    kernel_pmap->pm_root);
			*pde = (vm_paddr_t)((char *)pte - mach->physmem->base) |
			    0x63;
			pmap_superpage_lost(mach, kernel_pmap);
		} else {
			want.failures++;
			memcpy(want.reasons, mach->pmap->promote_failed,
			    sizeof(want.reasons));
			assert_all_counts(mach, &want);
		}
	}
	/* Neither branch was a rare one. */
	assert_in_range(promoted, 500, 4500);
	assert_int_equal(want.failures,
	    want.reasons[1] + want.reasons[2] + want.reasons[3]);
}

/* ---- promotion through pmap_enter() ------------------------------------- */

/* C7: all read; one promotion strips RW from all. */
static void
test_example_c7_all_clean(void **state)
{
	struct machine *mach = *state;
	vm_page_t m = fixture_frame(mach);
	pmap_t u = fixture_inactive_pmap(mach, "u");
	struct counts want;
	unsigned i;

	for (i = 0; i < 511; i++)
		enter_one(mach, u, m, i, VM_PROT_READ);
	for (i = 0; i < 511; i++)
		assert_int_equal(support_pte(mach, u, VA + ptoa(i)) & ~PG_FRAME,
		    (BITS_USER & ~PG_M));
	want = counts(mach);
	enter_one(mach, u, m, 511, VM_PROT_READ);
	assert_int_equal(support_pde(mach, u, VA),
	    VM_PAGE_TO_PHYS(m) | UINT64_C(0x80000000000004a5));
	want.promotions++;
	want.superpages++;
	/* The PTE, 512 times RW, the PDE. */
	want.stores += 1 + 512 + 1;
	assert_all_counts(mach, &want);
	assert_int_equal(pmapsim_superpages(mach, u), 1);
	assert_int_equal(pmapsim_pmap_resident_count(u), 515);
	assert_int_equal(mach->pmap->pv_entry_count, 1);
	pmap_remove(mach, u, VA, VA + NBPDR);
	assert_int_equal(pmapsim_superpages(mach, u), 0);
	assert_int_equal(pmapsim_superpages(mach, NULL), 0);
}

/* C8: one page written; 0 and all above it lose RW, those below keep it. */
static void
test_example_c8_one_dirty(void **state)
{
	struct machine *mach = *state;
	vm_page_t m = fixture_frame(mach);
	pmap_t u = fixture_inactive_pmap(mach, "u");
	struct pmapsim_promote_failure failure;
	pt_entry_t bits;
	char text[128];
	unsigned i;

	pmapsim_ktr_enable(mach, true);
	for (i = 0; i < 512; i++)
		enter_one(mach, u, m, i,
		    i == 300 ? VM_PROT_WRITE : VM_PROT_READ);
	assert_int_equal(mach->pmap->pmap_pde_p_failures, 1);
	assert_int_equal(mach->pmap->pmap_pde_promotions, 0);
	for (i = 0; i < 512; i++) {
		bits = BITS_USER;
		if (i == 0 || i > 300)
			bits &= ~(PG_M | PG_RW);
		else if (i < 300)
			bits &= ~PG_M;
		assert_int_equal(support_pte(mach, u, VA + ptoa(i)),
		    VM_PAGE_TO_PHYS(m + i) | bits);
	}
	pmapsim_promote_last_failure(mach, &failure);
	assert_int_equal(failure.reason, PMAPSIM_PROMOTE_ATTRIBUTES);
	assert_int_equal(failure.index, 300);
	assert_int_equal(failure.bits, PG_M | PG_RW);
	assert_ptr_equal(failure.pmap, u);
	/* 511 .. 301 were protected, in that order; 0 without a message. */
	assert_int_equal(pmapsim_ktr_count(mach), 211 + 1);
	pmapsim_ktr_format(mach, 0, text, sizeof(text));
	assert_string_equal(text,
	    "pmap_promote_pde: protect for va "
	    "0x8001ff000 in pmap u");
	pmapsim_ktr_format(mach, 210, text, sizeof(text));
	assert_string_equal(text,
	    "pmap_promote_pde: protect for va "
	    "0x80012d000 in pmap u");
	pmapsim_ktr_format(mach, 211, text, sizeof(text));
	assert_string_equal(text,
	    "pmap_promote_pde: failure for va "
	    "0x8001ff000 in pmap u");
}

/* pmap_try_promote() asks for superpages and the full reservation. */
static void
test_try_promote_conditions(void **state)
{
	static const uint16_t color = 0;
	struct machine *mach = *state;
	struct pmapsim_promote_failure failure;
	vm_object_t object = support_object(mach, 512, &color);
	vm_page_t m = support_pages(mach, object, 0, 511, 0);
	struct counts want;
	pt_entry_t *pte;
	vm_offset_t va;

	pte = kernel_table(mach, &va);
	fill(pte, VM_PAGE_TO_PHYS(m) | BITS_KERNEL);
	/* One page is missing. */
	want = counts(mach);
	pmap_try_promote(mach, kernel_pmap, va + ptoa(9), &pte[9], m);
	want.reasons[PMAPSIM_PROMOTE_NO_RESERVATION]++;
	assert_all_counts(mach, &want);
	pmapsim_promote_last_failure(mach, &failure);
	assert_int_equal(failure.reason, PMAPSIM_PROMOTE_NO_RESERVATION);
	assert_int_equal(failure.va, va);
	assert_int_equal(failure.index, 9);
	support_page(mach, object, 511, 0);
	/* Superpages are off. */
	mach->pmap->pg_ps_enabled = 0;
	pmap_try_promote(mach, kernel_pmap, va, pte, m);
	assert_all_counts(mach, &want);
	mach->pmap->pg_ps_enabled = 1;
	pmap_try_promote(mach, kernel_pmap, va, pte, m);
	want.promotions++;
	want.superpages++;
	want.stores++;
	assert_all_counts(mach, &want);
}

static void
test_promote_asserts_the_table(void **state)
{
	struct machine *mach;
	pt_entry_t *pte;
	vm_offset_t va;
	pd_entry_t pde;

	mach = support_boot(SUPPORT_SMALL);
	pte = kernel_table(mach, &va);
	fill(pte, 0x1600000 | BITS_KERNEL);
	phys_to_vm_page(mach, support_pde(mach, kernel_pmap, va) & PG_FRAME)
	    ->pindex++;
	assert_panics(mach,
	    "pmap_promote_pde: page table page's pindex is wrong",
	    promote(mach, va));
	assert_string_equal(pmapsim_panic(mach)->frames[0], "pmap_promote_pde");
	assert_int_equal(support_pde(mach, kernel_pmap, va) & PG_PS, 0);
	pmapsim_destroy(mach);

	/* A table above the last page; the host has room there. */
	mach = support_boot("mem=33M first=4M kmem=8M invariants=on");
	pde = mach->config.mem;
	mach->config.mem -= PAGE_SIZE;
	pde = (pde - PAGE_SIZE) | 0x63;
	fill(physmem_table(mach, pde), 0x1600000 | BITS_KERNEL);
	assert_panics(mach, "pmap_promote_pde: page table page is out of range",
	    pmap_promote_pde(mach, kernel_pmap, &pde, VA));
	pmapsim_destroy(mach);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_unaudited_test(test_promote_unmanaged),
	    support_unaudited_test(test_pat_bit_moves),
	    support_unaudited_test(test_each_failure_at_each_end),
	    support_unaudited_test(test_ignored_bits_do_not_matter),
	    support_unaudited_test(test_promote_random),
	    support_test(test_example_c7_all_clean),
	    support_test(test_example_c8_one_dirty),
	    support_unaudited_test(test_try_promote_conditions),
	    cmocka_unit_test(test_promote_asserts_the_table),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
