/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pv entries: chunks of them, the lists of pages and of superpages, and what
 * promotion and demotion do to both.
 */
#include "pv_fixture.h"

/* The counters of pv entries, and the memory they take. */
struct pv_counts {
	int count, spare, chunks, chunk_allocs, chunk_frees, tryfail;
	long allocs, frees;
	unsigned free, wired;
};

static struct pv_counts
pv_counts(struct machine *mach)
{
	const struct pmap_state *st = mach->pmap;
	struct pv_counts c;

	memset(&c, 0, sizeof(c));
	c.count = st->pv_entry_count;
	c.spare = st->pv_entry_spare;
	c.chunks = st->pc_chunk_count;
	c.chunk_allocs = st->pc_chunk_allocs;
	c.chunk_frees = st->pc_chunk_frees;
	c.tryfail = st->pc_chunk_tryfail;
	c.allocs = st->pv_entry_allocs;
	c.frees = st->pv_entry_frees;
	c.free = mach->cnt.v_free_count;
	c.wired = mach->cnt.v_wire_count;
	return (c);
}

static void
assert_pv_counts(struct machine *mach, const struct pv_counts *want)
{
	struct pv_counts now = pv_counts(mach);

	assert_int_equal(now.count, want->count);
	assert_int_equal(now.spare, want->spare);
	assert_int_equal(now.chunks, want->chunks);
	assert_int_equal(now.chunk_allocs, want->chunk_allocs);
	assert_int_equal(now.chunk_frees, want->chunk_frees);
	assert_int_equal(now.tryfail, want->tryfail);
	assert_int_equal(now.allocs, want->allocs);
	assert_int_equal(now.frees, want->frees);
	assert_int_equal(now.free, want->free);
	assert_int_equal(now.wired, want->wired);
}

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

/* Lists are appended to at the tail and searched from the head. */
static void
test_list_order(void **state)
{
	struct machine *mach = *state;
	vm_page_t m = support_page(mach, support_object(mach, 1, NULL), 0, 0);
	pmap_t u = fixture_inactive_pmap(mach, "u"),
	       v = fixture_inactive_pmap(mach, "v");
	const struct {
		pmap_t pmap;
		vm_offset_t va;
	} want[] = {{u, VA}, {v, VA}, {u, VA + PAGE_SIZE}, {u, VA}};
	pv_entry_t pv, second;
	unsigned i;

	vm_page_aflag_set(mach, m, PG_WRITEABLE);
	for (i = 0; i < 4; i++)
		pmap_insert_entry(mach, want[i].pmap, want[i].va, m);
	i = 0;
	TAILQ_FOREACH(pv, &vm_page_md(mach, m)->pv_list, pv_list) {
		assert_ptr_equal(pv_pmap(pv), want[i].pmap);
		assert_int_equal(pv->pv_va, want[i].va);
		i++;
	}
	assert_int_equal(i, 4);
	/* Of two that match the one nearer to the head. */
	second = TAILQ_LAST(&vm_page_md(mach, m)->pv_list, pv_list);
	assert_ptr_not_equal(pmap_pvh_remove(mach, vm_page_md(mach, m), u, VA),
	    second);
	assert_null(pmap_pvh_remove(mach, vm_page_md(mach, m), v,
	    VA + PAGE_SIZE));
	assert_ptr_equal(pmap_pvh_remove(mach, vm_page_md(mach, m), u, VA),
	    second);
	pmap_pvh_free(mach, vm_page_md(mach, m), u, VA + PAGE_SIZE);
	assert_true(vm_page_aflags(mach, m) & PG_WRITEABLE);
	pmap_remove_entry(mach, v, m, VA);
	assert_true(TAILQ_EMPTY(&vm_page_md(mach, m)->pv_list));
	assert_false(vm_page_aflags(mach, m) & PG_WRITEABLE);
}

/* A 2 MB mapping of the frame keeps the page writeable. */
static void
test_remove_entry_looks_at_both_lists(void **state)
{
	struct machine *mach = *state;
	vm_page_t m = fixture_frame(mach);
	pmap_t u = fixture_inactive_pmap(mach, "u");

	vm_page_aflag_set(mach, m + 7, PG_WRITEABLE);
	pmap_insert_entry(mach, u, VA, m + 7);
	assert_true(pmap_pv_insert_pde(mach, u, VA, VM_PAGE_TO_PHYS(m)));
	pmap_remove_entry(mach, u, m + 7, VA);
	assert_true(vm_page_aflags(mach, m + 7) & PG_WRITEABLE);
	pmap_insert_entry(mach, u, VA, m + 7);
	pmap_pvh_free(mach, pa_to_pvh(mach, VM_PAGE_TO_PHYS(m)), u, VA);
	pmap_remove_entry(mach, u, m + 7, VA);
	assert_false(vm_page_aflags(mach, m + 7) & PG_WRITEABLE);
}

/* Not at the high water mark; and a failure keeps pv_entry_allocs. */
static void
test_try_insert_fails_quietly(void **state)
{
	struct machine *mach = *state;
	vm_page_t m = fixture_frame(mach);
	pmap_t u = fixture_inactive_pmap(mach, "u");
	struct pv_counts want = pv_counts(mach);
	boolean_t done;
	unsigned i;

	for (i = 0; i < 2; i++) {
		pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 1, false);
		done = i == 0 ?
		    pmap_try_insert_pv_entry(mach, u, VA, m) :
		    pmap_pv_insert_pde(mach, u, VA, VM_PAGE_TO_PHYS(m));
		assert_false(done);
		want.allocs++;
		want.tryfail++;
		assert_pv_counts(mach, &want);
	}
	mach->pmap->pv_entry_high_water = 0;
	for (i = 0; i < 2; i++) {
		done = i == 0 ?
		    pmap_try_insert_pv_entry(mach, u, VA, m) :
		    pmap_pv_insert_pde(mach, u, VA, VM_PAGE_TO_PHYS(m));
		assert_false(done);
		assert_pv_counts(mach, &want);
	}
	assert_true(TAILQ_EMPTY(&vm_page_md(mach, m)->pv_list));
	/* One below the mark is enough; who cannot do without gets it. */
	mach->pmap->pv_entry_high_water = 1;
	assert_true(pmap_try_insert_pv_entry(mach, u, VA, m));
	assert_false(pmap_try_insert_pv_entry(mach, u, VA, m));
	pmap_insert_entry(mach, u, VA, m);
	assert_int_equal(mach->pmap->pv_entry_count, 2);
}

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

static void
test_panics_and_traps(void **state)
{
	static const struct {
		const char *assertion, *trap;
	} texts[] = {
	    {"pmap_pvh_free: pv not found",
		"pmap_pvh_free: page fault trap: no pv entry for va "
		"0x40000000"},
	    {"pmap_pv_promote_pde: pv not found",
		"pmap_pv_promote_pde: page fault trap: no pv entry for va "
		"0x40000000"},
	    {"pmap_pv_demote_pde: pv not found",
		"pmap_pv_demote_pde: page fault trap: no pv entry for va "
		"0x40000000"},
	    {"pmap_pv_promote_pde: pa is not 2mpage aligned", NULL},
	    {"pmap_pv_demote_pde: pa is not 2mpage aligned", NULL},
	    {"pmap_pv_demote_pde: page PTR is not managed", NULL},
	};
	struct machine *mach;
	const char *text;
	unsigned i, invariants;
	vm_paddr_t pa;
	vm_page_t m;
	pmap_t u;

	for (i = 0; i < 6; i++)
		for (invariants = 0; invariants < 2; invariants++) {
			text = invariants ? texts[i].assertion : texts[i].trap;
			if (text == NULL)
				continue;
			mach = support_boot(invariants ?
				"mem=32M first=4M kmem=0 invariants=on" :
				"mem=32M first=4M kmem=0");
			m = fixture_frame(mach);
			pa = VM_PAGE_TO_PHYS(m);
			u = fixture_inactive_pmap(mach, "u");
			if (i == 0)
				assert_panics(mach, text,
				    pmap_pvh_free(mach, vm_page_md(mach, m), u,
					VA));
			else if (i == 1 || i == 3)
				assert_panics(mach, text,
				    pmap_pv_promote_pde(mach, u, VA + 5,
					i == 1 ? pa : pa + PAGE_SIZE));
			else {
				if (i == 5) {
					pmap_pv_insert_pde(mach, u, VA, pa);
					vm_page_flag_set(m + 9, PG_UNMANAGED);
				}
				assert_panics(mach, text,
				    pmap_pv_demote_pde(mach, u, VA + 5,
					i == 4 ? pa + PAGE_SIZE : pa));
			}
			pmapsim_destroy(mach);
		}
}

/* The list of a page's superpages is that of its address. */
static void
test_frame_lists_are_found(void **state)
{
	struct machine *mach = *state;
	vm_paddr_t pa;

	for (pa = 0; pa < mach->config.mem; pa += PAGE_SIZE)
		assert_ptr_equal(page_to_pvh(mach, phys_to_vm_page(mach, pa)),
		    pa_to_pvh(mach, pa));
}

/*
 * A demotion needs 511 entries more.  However many the chunks have left by
 * then, each page gets its own, in ascending order of addresses.
 */
static void
test_demote_whatever_the_chunks_have_left(void **state)
{
	static const char *const configs[] = {SUPPORT_SMALL,
	    SMALL_KERNEL("2026-pmap")};
	struct machine *mach;
	struct md_page *md;
	pmap_t pmap;
	vm_page_t m, other;
	unsigned i, k, taken;

	for (k = 0; k < 2; k++) {
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
	    support_unaudited_test(test_get_fills_chunks_in_order),
	    support_unaudited_test(test_free_moves_its_chunk_to_the_head),
	    support_unaudited_test(test_get_looks_at_the_first_chunk_only),
	    support_unaudited_test(test_last_free_gives_the_page_back),
	    support_unaudited_test(test_chunks_random),
	    support_unaudited_test(test_list_order),
	    support_unaudited_test(test_remove_entry_looks_at_both_lists),
	    support_unaudited_test(test_try_insert_fails_quietly),
	    support_unaudited_test(test_promote_and_demote_keep_the_first_slot),
	    cmocka_unit_test(test_demote_whatever_the_chunks_have_left),
	    support_test(test_chunk_order_of_example_c),
	    support_test(test_frame_lists_are_found),
	    cmocka_unit_test(test_panics_and_traps),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
