/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chunks of pv entries: which entry is the next, which chunk, and when a chunk's
 * page comes and goes.
 */
#include "pv_fixture.h"

/*
 * 168 entries a chunk, ascending; the full chunk goes behind; a new one comes
 * in front.
 */
static void
test_get_fills_chunks_in_order(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap = fixture_inactive_pmap(mach, "u");
	struct pv_counts want = pv_counts(mach);
	struct pv_chunk *c[CHUNKS_MAX], *first;
	pv_entry_t pv;
	unsigned i, k;

	first = NULL;
	for (k = 0; k < 3; k++)
		for (i = 0; i < ENTRIES; i++) {
			pv = get_pv_entry(mach, pmap, i % 2);
			want.count++;
			want.allocs++;
			want.spare--;
			if (i == 0) {
				want.spare += ENTRIES;
				want.chunks++;
				want.chunk_allocs++;
				want.free--;
				want.wired++;
			}
			assert_pv_counts(mach, &want);
			assert_int_equal(chunks(pmap, c), k + 1);
			/* The newest is first until it is full. */
			if (i == 0)
				first = c[0];
			assert_ptr_equal(c[i == ENTRIES - 1 ? k : 0], first);
			assert_ptr_equal(pv, &first->pc_pventry[i]);
			assert_ptr_equal(pv_pmap(pv), pmap);
		}
	/* The header before the entries: five pointers and three bit fields. */
	assert_int_equal((uintptr_t)first->pc_pventry & PAGE_MASK,
	    5 * sizeof(void *) + 3 * sizeof(uint64_t));
	assert_int_equal(mach->pmap->pv_entry_spare, 0);
}

static void
test_free_moves_its_chunk_to_the_head(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap = fixture_inactive_pmap(mach, "u");
	struct pv_chunk *c[CHUNKS_MAX], *a, *b;
	struct pv_counts want;
	unsigned i;

	for (i = 0; i < 2 * ENTRIES; i++)
		get_pv_entry(mach, pmap, FALSE);
	assert_int_equal(chunks(pmap, c), 2);
	a = c[0];
	b = c[1];
	want = pv_counts(mach);

	/* [a b] both full: from b, and b stands in front. */
	free_pv_entry(mach, pmap, &b->pc_pventry[100]);
	free_pv_entry(mach, pmap, &b->pc_pventry[70]);
	want.count -= 2;
	want.frees += 2;
	want.spare += 2;
	assert_pv_counts(mach, &want);
	chunks(pmap, c);
	assert_ptr_equal(c[0], b);
	free_pv_entry(mach, pmap, &a->pc_pventry[3]);
	chunks(pmap, c);
	assert_ptr_equal(c[0], a);

	/* The lowest free slot of the first chunk; full, it goes behind. */
	assert_ptr_equal(get_pv_entry(mach, pmap, FALSE), &a->pc_pventry[3]);
	chunks(pmap, c);
	assert_ptr_equal(c[0], b);
	assert_ptr_equal(get_pv_entry(mach, pmap, FALSE), &b->pc_pventry[70]);
	chunks(pmap, c);
	assert_ptr_equal(c[0], b);
	assert_ptr_equal(get_pv_entry(mach, pmap, FALSE), &b->pc_pventry[100]);
	chunks(pmap, c);
	assert_ptr_equal(c[0], a);
	assert_ptr_equal(c[1], b);
}

/* Only the first chunk is asked: behind it nobody looks. */
static void
test_get_looks_at_the_first_chunk_only(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap = fixture_inactive_pmap(mach, "u");
	struct pv_chunk *c[CHUNKS_MAX], *a, *b;
	unsigned i;

	for (i = 0; i < 2 * ENTRIES; i++)
		get_pv_entry(mach, pmap, FALSE);
	chunks(pmap, c);
	a = c[0];
	b = c[1];
	/* As remove_pages does, which leaves chunks where they are. */
	b->pc_map[1] |= 4;
	mach->pmap->pv_entry_spare++;
	assert_ptr_not_equal(pv_to_chunk(get_pv_entry(mach, pmap, FALSE)), b);
	assert_int_equal(chunks(pmap, c), 3);
	assert_ptr_equal(c[1], a);
	assert_ptr_equal(c[2], b);
}

static void
test_last_free_gives_the_page_back(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap = fixture_inactive_pmap(mach, "u");
	struct pv_counts want = pv_counts(mach);
	struct pv_chunk *c[CHUNKS_MAX];
	pv_entry_t pv[ENTRIES];
	vm_page_t m;
	unsigned i;

	for (i = 0; i < ENTRIES; i++)
		pv[i] = get_pv_entry(mach, pmap, FALSE);
	chunks(pmap, c);
	m = phys_to_vm_page(mach,
	    (vm_paddr_t)((char *)c[0] - mach->physmem->base));
	assert_int_equal(m->wire_count, 1);
	/* From both ends, so that each word of the bitmap is last once. */
	for (i = 0; i < ENTRIES; i++) {
		assert_int_equal(mach->pmap->pc_chunk_count, 1);
		free_pv_entry(mach, pmap,
		    pv[i % 2 == 0 ? i / 2 : ENTRIES - 1 - i / 2]);
	}
	want.allocs += ENTRIES;
	want.frees += ENTRIES;
	want.chunk_allocs++;
	want.chunk_frees++;
	assert_pv_counts(mach, &want);
	assert_true(TAILQ_EMPTY(&pmap->pm_pvchunk));
	assert_int_equal(m->wire_count, 0);
	assert_int_equal(vm_page_flags(m) & PG_FREE, PG_FREE);
}

/*
 * Random gets and frees beside a twin: chunks as rows of flags, the first row
 * first.
 */
static void
test_chunks_random(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap = fixture_inactive_pmap(mach, "u");
	struct row {
		struct pv_chunk *pc;
		bool used[ENTRIES];
		unsigned n;
	} rows[CHUNKS_MAX], row;
	struct pv_chunk *c[CHUNKS_MAX];
	uint64_t r, seed = 168;
	unsigned i, k, n, step;
	pv_entry_t pv;

	print_message("seed %llu\n", (unsigned long long)seed);
	n = 0;
	for (step = 0; step < 30000; step++) {
		r = support_random(&seed);
		/* Phases of growth and of decline. */
		if (r % 16 < ((step / 2000) % 2 == 0 ? 10 : 6)) {
			if (n == CHUNKS_MAX - 1)
				continue;
			pv = get_pv_entry(mach, pmap, FALSE);
			if (n == 0 || rows[0].n == ENTRIES) {
				memmove(rows + 1, rows, n * sizeof(rows[0]));
				memset(rows, 0, sizeof(rows[0]));
				rows[0].pc = pv_to_chunk(pv);
				n++;
			}
			for (i = 0; rows[0].used[i]; i++)
				;
			assert_ptr_equal(pv, &rows[0].pc->pc_pventry[i]);
			rows[0].used[i] = true;
			if (++rows[0].n == ENTRIES) {
				row = rows[0];
				memmove(rows, rows + 1,
				    (n - 1) * sizeof(rows[0]));
				rows[n - 1] = row;
			}
		} else if (n > 0) {
			k = (unsigned)(r >> 32) % n;
			i = (unsigned)(r >> 40) % ENTRIES;
			while (!rows[k].used[i])
				i = (i + 1) % ENTRIES;
			free_pv_entry(mach, pmap, &rows[k].pc->pc_pventry[i]);
			row = rows[k];
			row.used[i] = false;
			row.n--;
			memmove(rows + 1, rows, k * sizeof(rows[0]));
			rows[0] = row;
			if (row.n == 0)
				memmove(rows, rows + 1, --n * sizeof(rows[0]));
		}
		assert_int_equal(chunks(pmap, c), n);
		for (i = 0; i < n; i++)
			assert_ptr_equal(c[i], rows[i].pc);
		assert_int_equal(mach->pmap->pv_entry_spare +
			mach->pmap->pv_entry_count,
		    ENTRIES * (int)n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_unaudited_test(test_get_fills_chunks_in_order),
	    support_unaudited_test(test_free_moves_its_chunk_to_the_head),
	    support_unaudited_test(test_get_looks_at_the_first_chunk_only),
	    support_unaudited_test(test_last_free_gives_the_page_back),
	    support_unaudited_test(test_chunks_random),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
