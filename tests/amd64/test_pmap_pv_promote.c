/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What promotion and demotion do to pv entries and to their chunks.
 */
#include "pv_fixture.h"

/*
 * The first page's entry moves to the frame's tail and back; its slot stays,
 * the other 511 are freed and taken anew.
 */
static void
test_promote_and_demote_keep_the_first_slot(void **state)
{
	struct machine *mach = *state;
	vm_page_t m = fixture_frame(mach);
	struct md_page *pvh = pa_to_pvh(mach, VM_PAGE_TO_PHYS(m));
	pmap_t u = fixture_inactive_pmap(mach, "u"),
	       v = fixture_inactive_pmap(mach, "v");
	struct pv_counts want = pv_counts(mach);
	struct pv_chunk *c[CHUNKS_MAX], *home;
	pv_entry_t first;
	unsigned i;

	pmap_pv_insert_pde(mach, v, VA, VM_PAGE_TO_PHYS(m));
	/* Another mapping of every page stands before ours. */
	for (i = 0; i < 512; i++)
		pmap_insert_entry(mach, v, VA + NBPDR + ptoa(i), m + i);
	for (i = 0; i < 512; i++)
		pmap_insert_entry(mach, u, VA + ptoa(i), m + i);
	first = TAILQ_LAST(&vm_page_md(mach, m)->pv_list, pv_list);
	home = pv_to_chunk(first);
	assert_int_equal(chunks(u, c), 4);

	/* Any address of the 2 MB will do. */
	pmap_pv_promote_pde(mach, u, VA + 0x12345, VM_PAGE_TO_PHYS(m));
	assert_ptr_equal(TAILQ_LAST(&pvh->pv_list, pv_list), first);
	assert_ptr_not_equal(TAILQ_FIRST(&pvh->pv_list), first);
	assert_int_equal(first->pv_va, VA);
	for (i = 0; i < 512; i++) {
		assert_ptr_equal(pv_pmap(TAILQ_FIRST(&vm_page_md(mach, &m[i])
							  ->pv_list)),
		    v);
		assert_null(TAILQ_NEXT(TAILQ_FIRST(&vm_page_md(mach, &m[i])
							->pv_list),
		    pv_list));
	}
	assert_int_equal(chunks(u, c), 1);
	assert_ptr_equal(c[0], home);
	want.allocs += 1 + 512 + 512;
	want.frees += 511;
	want.count += 1 + 512 + 1;
	want.chunk_allocs += 4 + 4;
	want.chunk_frees += 3;
	want.chunks += 5;
	want.spare += 5 * ENTRIES - 514;
	want.free -= 5;
	want.wired += 5;
	assert_pv_counts(mach, &want);

	pmap_pv_demote_pde(mach, u, VA + NBPDR - 1, VM_PAGE_TO_PHYS(m));
	assert_ptr_equal(TAILQ_LAST(&vm_page_md(mach, m)->pv_list, pv_list),
	    first);
	assert_ptr_equal(pv_pmap(TAILQ_LAST(&pvh->pv_list, pv_list)), v);
	for (i = 1; i < 512; i++) {
		first = TAILQ_LAST(&vm_page_md(mach, &m[i])->pv_list, pv_list);
		assert_ptr_equal(pv_pmap(first), u);
		assert_int_equal(first->pv_va, VA + ptoa(i));
		/* Ascending from slot 1 of the old chunk on. */
		if (i < ENTRIES)
			assert_ptr_equal(first, &home->pc_pventry[i]);
		else
			assert_int_equal(first - pv_to_chunk(first)->pc_pventry,
			    i % ENTRIES);
	}
	want.allocs += 511;
	want.count += 511;
	want.chunk_allocs += 3;
	want.chunks += 3;
	want.spare += 3 * ENTRIES - 511;
	want.free -= 3;
	want.wired += 3;
	assert_pv_counts(mach, &want);
}

/* Example C of the specification: chunks before and after promotions. */
static void
test_chunk_order_of_example_c(void **state)
{
	struct machine *mach = *state;
	vm_page_t m = fixture_frame(mach);
	pmap_t u = fixture_inactive_pmap(mach, "u");
	struct pv_chunk *c[CHUNKS_MAX], *n[4];
	unsigned i;

	enter(mach, u, VA, m, 511);
	assert_int_equal(chunks(u, c), 4);
	/* The newest, with room, in front of the full ones by age. */
	for (i = 0; i < 4; i++)
		n[i] = c[i];
	assert_ptr_equal(TAILQ_FIRST(&vm_page_md(mach, m)->pv_list),
	    &n[1]->pc_pventry[0]);
	assert_ptr_equal(TAILQ_FIRST(&vm_page_md(mach, &m[168])->pv_list),
	    &n[2]->pc_pventry[0]);
	assert_ptr_equal(TAILQ_FIRST(&vm_page_md(mach, &m[336])->pv_list),
	    &n[3]->pc_pventry[0]);
	assert_ptr_equal(TAILQ_FIRST(&vm_page_md(mach, &m[504])->pv_list),
	    &n[0]->pc_pventry[0]);
	assert_int_equal(mach->pmap->pv_entry_spare, 161);
	enter(mach, u, VA + ptoa(511), m + 511, 1);
	assert_superpage(mach, u, VA);
	assert_int_equal(chunks(u, c), 1);
	assert_ptr_equal(c[0], n[1]);
	assert_int_equal(mach->pmap->pv_entry_spare, 167);
	assert_int_equal(mach->pmap->pv_entry_frees, 511);
	assert_int_equal(mach->pmap->pc_chunk_frees, 3);
	pmap_remove(mach, u, VA, VA + NBPDR);
	assert_int_equal(mach->pmap->pc_chunk_count, 0);
}

/*
 * A demotion needs 511 entries more.  However many the chunks have left by
 * then, each page gets its own, in ascending order of addresses, and no more
 * chunks are made than the entries take.
 */
static void
test_demote_whatever_the_chunks_have_left(void **state)
{
	static const char *const configs[] = {SUPPORT_SMALL,
	    SMALL_KERNEL("2010-04+reserve-pv-before-demotion"),
	    SMALL_KERNEL("2026-pmap")};
	struct machine *mach;
	struct md_page *md;
	pmap_t pmap;
	vm_page_t m, other;
	unsigned i, k, taken;

	for (k = 0; k < 3; k++) {
		mach = support_boot(configs[k]);
		pmap = fixture_pmap(mach, "u");
		m = fixture_frame(mach);
		other = fixture_page(mach);
		/* An entry for the superpage, and those of a chunk for others. */
		for (taken = 0; taken <= ENTRIES; taken++) {
			fixture_promote(mach, pmap, m);
			pmap_enter(mach, pmap, NEXT + ptoa(taken), 0, other,
			    PROT_R, FALSE);
			assert_int_equal(mach->pmap->pv_entry_count, taken + 2);
			assert_true(pmap_demote_pde(mach, pmap,
			    pmap_pde(mach, pmap, UVA), UVA));
			assert_int_equal(mach->pmap->pv_entry_count,
			    taken + 1 + NPTEPG);
			assert_int_equal(mach->pmap->pc_chunk_count,
			    (taken + 1 + NPTEPG + ENTRIES - 1) / ENTRIES);
			assert_true(TAILQ_EMPTY(&page_to_pvh(mach, m)
						     ->pv_list));
			for (i = 0; i < NPTEPG; i++) {
				md = vm_page_md(mach, m + i);
				assert_non_null(TAILQ_FIRST(&md->pv_list));
				assert_int_equal(TAILQ_FIRST(&md->pv_list)
						     ->pv_va,
				    UVA + ptoa(i));
				assert_null(TAILQ_NEXT(
				    TAILQ_FIRST(&md->pv_list), pv_list));
			}
			pmap_remove(mach, pmap, UVA, NEXT);
			assert_int_equal(mach->pmap->pv_entry_count, taken + 1);
		}
		support_destroy(mach);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_unaudited_test(test_promote_and_demote_keep_the_first_slot),
	    support_test(test_chunk_order_of_example_c),
	    cmocka_unit_test(test_demote_whatever_the_chunks_have_left),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
