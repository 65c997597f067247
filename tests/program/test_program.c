/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs of recordings that the test makes: that collapsing and filtering change
 * no figure, what a TLB has to miss, and a TLB simulator that shares nothing
 * with the library's.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "program_fixture.h"

/* Whether words[*i] is an event, which is copied whole; its last word is then
 * words[*i]. */
static bool
copy_event(const struct words *from, size_t *i, struct words *to)
{
	unsigned left;

	if (run_word_kind(from->words[*i]) != RUN_EVENT)
		return (false);
	left = run_word_nargs(from->words[*i]);
	for (put(to, from->words[*i]); left-- > 0;)
		put(to, from->words[++*i]);
	return (true);
}

/* What the kernel did is one thing, TLBs another. */
static void
same_kernel(const struct program_result *a, const struct program_result *b)
{

	assert_int_equal(a->promotions, b->promotions);
	assert_int_equal(a->demotions, b->demotions);
	assert_memory_equal(a->promote_failed, b->promote_failed,
	    sizeof(a->promote_failed));
	assert_int_equal(a->faults, b->faults);
	assert_int_equal(a->zero_fills, b->zero_fills);
	assert_int_equal(a->copies, b->copies);
	assert_int_equal(a->pte_stores, b->pte_stores);
	assert_memory_equal(&a->invalidations, &b->invalidations,
	    sizeof(a->invalidations));
	assert_int_equal(a->peak_resident, b->peak_resident);
}

static void
same_misses(const struct program_result *a, const struct program_result *b)
{

	assert_memory_equal(a->stats.misses, b->stats.misses,
	    sizeof(a->stats.misses));
	assert_int_equal(a->stats.walks, b->stats.walks);
	assert_int_equal(a->stats.walk_steps, b->stats.walk_steps);
	assert_int_equal(a->stats.dirty_walks, b->stats.dirty_walks);
}

/* A program with some locality: each access with its instruction. */
static void
make_full(struct words *w)
{
	uint64_t at = 0, seed = 17, text = 0;
	unsigned i;

	print_message("seed %" PRIu64 "\n", seed);
	begin(w, 16 * MB);
	for (i = 0; i < 300000; i++) {
		if (support_random(&seed) % 13 == 0)
			text = support_random(&seed) % 16;
		put(w, run_access(RUN_FETCH, BASE / 4096 + text, 1));
		if (support_random(&seed) % 7 == 0)
			at = support_random(&seed) % 3 == 0 ?
			    support_random(&seed) % 4096 :
			    (at + support_random(&seed) % 16) % 4096;
		put(w,
		    run_access(support_random(&seed) % 3 == 0 ? RUN_WRITE :
								RUN_READ,
			HEAP / 4096 + at, 1));
		if (i == 150000)
			event(w, RUN_MUNMAP, 2, HEAP + 4 * MB, 4 * MB);
		if (i == 150001)
			event(w, RUN_MMAP, 6, HEAP + 4 * MB, 4 * MB,
			    (uint64_t)(RUN_PROT_READ | RUN_PROT_WRITE),
			    UINT64_C(0), UINT64_C(0), UINT64_C(0));
		if (i == 150000)
			at = 0;
	}
}

/* As the recorder does: accesses in a row become one record. */
static void
collapse(const struct words *full, struct words *w)
{
	struct {
		uint64_t page;
		size_t at;
		bool write;
	} last[2] = {{0, 0, false}, {0, 0, false}};
	enum run_kind kind;
	uint64_t page;
	unsigned s;
	size_t i;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < full->n; i++) {
		if (copy_event(full, &i, w)) {
			last[0].at = last[1].at = 0;
			continue;
		}
		kind = run_word_kind(full->words[i]);
		s = kind == RUN_FETCH;
		page = run_word_page(full->words[i]);
		if (last[s].at != 0 && last[s].page == page &&
		    (kind != RUN_WRITE || last[s].write)) {
			w->words[last[s].at]++;
			continue;
		}
		last[s].page = page;
		last[s].at = w->n;
		last[s].write = kind == RUN_WRITE;
		put(w, full->words[i]);
	}
}

/*
 * Leaves out what a direct-mapped cache of 16 pages, one for data and one for
 * fetches, has seen: no TLB of 16 sets misses that.  A call empties both.  In a
 * TLB the simulated page says the set; the recorded one gives an equal set here,
 * as this program is moved by multiples of 16 pages.
 */
static void
filter(const struct words *collapsed, struct words *w)
{
	struct {
		uint64_t page;
		bool used, written;
	} sets[2][16];
	enum run_kind kind;
	uint64_t page;
	unsigned fetch, s;
	size_t i;

	memset(w, 0, sizeof(*w));
	memset(sets, 0, sizeof(sets));
	for (i = 0; i < collapsed->n; i++) {
		if (copy_event(collapsed, &i, w)) {
			memset(sets, 0, sizeof(sets));
			continue;
		}
		kind = run_word_kind(collapsed->words[i]);
		page = run_word_page(collapsed->words[i]);
		fetch = kind == RUN_FETCH;
		s = page % 16;
		if (sets[fetch][s].used && sets[fetch][s].page == page &&
		    (kind != RUN_WRITE || sets[fetch][s].written))
			continue;
		sets[fetch][s].written = kind == RUN_WRITE ||
		    (sets[fetch][s].used && sets[fetch][s].page == page &&
			sets[fetch][s].written);
		sets[fetch][s].used = true;
		sets[fetch][s].page = page;
		put(w, collapsed->words[i]);
	}
}

/* The first access of each kind to each page after a call. */
static void
first_touches(const struct words *full, struct words *w)
{
	enum { PAGES = 1 << 17 };
	unsigned char *touched = calloc(PAGES, 1);
	enum run_kind kind;
	uint64_t page;
	unsigned bit;
	size_t i;

	assert_non_null(touched);
	memset(w, 0, sizeof(*w));
	for (i = 0; i < full->n; i++) {
		if (copy_event(full, &i, w)) {
			memset(touched, 0, PAGES);
			continue;
		}
		kind = run_word_kind(full->words[i]);
		page = run_word_page(full->words[i]) - BASE / 4096;
		assert_true(page < PAGES);
		bit = 1u << kind;
		/* Who has written a page can read it. */
		if ((touched[page] & bit) != 0 ||
		    (kind == RUN_READ &&
			(touched[page] & 1u << RUN_WRITE) != 0))
			continue;
		touched[page] |= (unsigned char)bit;
		put(w, full->words[i]);
	}
	free(touched);
}

static void
test_collapsing_and_filtering_change_nothing(void **state)
{
	struct words full, collapsed, filtered, first;
	struct program_result a, b;

	make_full(&full);
	collapse(&full, &collapsed);
	filter(&collapsed, &filtered);
	first_touches(&full, &first);
	assert_true(collapsed.n * 2 < full.n);
	assert_true(first.n * 2 < collapsed.n);
	a = run(&full, NULL, "skylake");
	b = run(&collapsed, NULL, "skylake");
	assert_true(a.promotions > 0 && a.faults > 4096);
	assert_true(a.stats.walks > a.faults);
	same_kernel(&a, &b);
	same_misses(&a, &b);
	assert_int_equal(a.instructions, b.instructions);
	assert_int_equal(a.reads + a.writes, b.reads + b.writes);
	assert_true(filtered.n < collapsed.n);
	print_message("%zu words, %zu collapsed, %zu filtered, %zu first\n",
	    full.n, collapsed.n, filtered.n, first.n);
	b = run(&filtered, NULL, "skylake");
	same_kernel(&a, &b);
	same_misses(&a, &b);
	b = run(&first, NULL, NULL);
	same_kernel(&a, &b);
	free(full.words);
	free(filtered.words);
	free(collapsed.words);
	free(first.words);
}

/* Feeds the words in pieces of which each access is one, made at once. */
static struct program_result
run_one_by_one(const struct words *w, const char *kernel, const char *tlb)
{
	struct program *program = start(kernel, tlb);
	size_t i, n;

	for (i = 0; i < w->n; i += n) {
		n = run_word_kind(w->words[i]) == RUN_EVENT ?
		    1 + run_word_nargs(w->words[i]) :
		    1;
		assert_true(program_feed(program, w->words + i, n));
		assert_true(program_feed(program, NULL, 0));
	}
	return (finish(program));
}

/* Accesses of a parent and a child that share their pages, by turns. */
static void
make_forked(struct words *w)
{
	uint64_t process, seed = 23;
	unsigned i;

	print_message("seed %" PRIu64 "\n", seed);
	begin(w, 8 * MB);
	touch(w, RUN_WRITE, 0, 2048);
	event(w, RUN_FORK, 1, UINT64_C(1));
	event(w, RUN_THREAD, 2, UINT64_C(2), UINT64_C(0));
	event(w, RUN_CHILD, 2, UINT64_C(1), UINT64_C(1));
	for (i = 0; i < 20000; i++) {
		if (i % 1000 == 999) {
			process = 1 + i / 1000 % 2;
			event(w, RUN_THREAD, 2, process, UINT64_C(0));
		}
		if (i % 3000 == 2999)
			event(w, RUN_MPROTECT, 3,
			    HEAP + support_random(&seed) % 4 * 2 * MB, MB,
			    (uint64_t)(RUN_PROT_READ |
				(i % 2 == 0 ? RUN_PROT_WRITE : 0)));
		put(w,
		    run_access(i % 3 == 0 ? RUN_FETCH : RUN_READ,
			i % 3 == 0 ? BASE / 4096 + i / 50 % 16 :
				     HEAP / 4096 + support_random(&seed) % 96 +
				support_random(&seed) % 8 * 256,
			1));
	}
	/* All is writable again, so that writes are none that get a signal. */
	for (process = 1; process <= 2; process++) {
		event(w, RUN_THREAD, 2, process, UINT64_C(0));
		event(w, RUN_MPROTECT, 3, HEAP, 8 * MB,
		    (uint64_t)(RUN_PROT_READ | RUN_PROT_WRITE));
		for (i = 0; i < 8000; i++)
			put(w,
			    run_access(i % 5 == 0 ? RUN_WRITE : RUN_READ,
				HEAP / 4096 +
				    support_random(&seed) % (64 + i / 4),
				1));
	}
}

static void
check_one_by_one(const struct words *w, const char *kernel, const char *tlb)
{
	struct program_result alone, batch;

	batch = run(w, kernel, tlb);
	alone = run_one_by_one(w, kernel, tlb);
	same_kernel(&batch, &alone);
	assert_memory_equal(&batch.stats, &alone.stats, sizeof(alone.stats));
	assert_int_equal(batch.records, alone.records);
}

/*
 * Each page of a region is written while some of its pages are read again and
 * again, so that there are accesses to repeat when the region is promoted.
 */
static void
make_promoted(struct words *w)
{
	unsigned i, k;

	begin(w, 8 * MB);
	for (i = 0; i < 2048; i++) {
		put(w, run_access(RUN_WRITE, HEAP / 4096 + i, 1));
		for (k = 0; k < 8; k++)
			put(w,
			    run_access(k % 2 == 0 ? RUN_READ : RUN_WRITE,
				HEAP / 4096 + i / 512 * 512 +
				    (i < 32 ? 0 : k * 3),
				1));
	}
}

/*
 * pmapsim_access_run() remembers what it has just done, for as long as the
 * call; an access that is a call of its own finds nothing remembered.
 */
static void
test_a_run_is_its_accesses_one_by_one(void **state)
{
	struct words full, collapsed, forked, promoted;
	const char *preset;
	unsigned i;

	make_full(&full);
	collapse(&full, &collapsed);
	make_forked(&forked);
	make_promoted(&promoted);
	for (i = 0; (preset = pmapsim_tlb_preset(i)) != NULL; i++) {
		check_one_by_one(&forked, NULL, preset);
		check_one_by_one(&promoted, NULL, preset);
		/* A promotion flushes the TLB. */
		check_one_by_one(&promoted, "2010-04+erratum383", preset);
	}
	assert_true(i > 1);
	check_one_by_one(&collapsed, NULL, "skylake");
	check_one_by_one(&promoted, "2010-04+no-superpages", "skylake");
	check_one_by_one(&collapsed, NULL, NULL);
	check_one_by_one(&forked, NULL, NULL);
	check_one_by_one(&promoted, NULL, NULL);
	free(full.words);
	free(collapsed.words);
	free(forked.words);
	free(promoted.words);
}

/*
 * Random reads of n pages through a TLB of t entries that hold their pages
 * alike: an access finds its page with probability t / n.
 */
static void
test_random_reads(void **state)
{
	enum { PAGES = 16384, READS = 2000000 };
	const char *tlb = "tlb plain\n"
			  "array l1 data 4K entries=512 ways=full\n"
			  "array l1 instruction 4K entries=64 ways=full\n";
	struct program_result r;
	struct words w;
	uint64_t seed = 3;
	double hits, want;
	unsigned i;

	print_message("seed %" PRIu64 "\n", seed);
	begin(&w, PAGES * 4096);
	/* Each page is there before the reads that count; writes by order. */
	touch(&w, RUN_WRITE, 0, PAGES);
	for (i = 0; i < READS; i++)
		put(&w,
		    run_access(RUN_READ,
			HEAP / 4096 + support_random(&seed) % PAGES, 1));
	r = run(&w, "2010-04+no-superpages", tlb);
	hits = READS + PAGES -
	    (double)r.stats.misses[0][PMAPSIM_TLB_DATA][PMAPSIM_TLB_4K];
	want = READS * 512.0 / PAGES;
	print_message("%.0f hits, the formula says %.0f\n", hits, want);
	/* Pages of the start are not hits: they walk after their fault. */
	assert_true(fabs(hits - want) < 0.005 * READS);
	assert_true(fabs(hits - want) < 0.02 * want);
	free(w.words);
}

/* ---- a TLB simulator of its own ----------------------------------------- */

/* Skylake's for 4 KB pages, true LRU: sets of ways, by use. */
struct reference {
	struct ref_set {
		uint64_t page[16];
		unsigned used; /* ways, the latest first */
	} data[16], fetch[16], second[128];
	uint64_t first_misses[2], second_misses[2];
};

/* Looks "page" up and makes it the latest, putting it in when it was not. */
static bool
ref_use(struct ref_set *set, unsigned ways, uint64_t page)
{
	unsigned i;
	bool found;

	for (i = 0; i < set->used && set->page[i] != page; i++)
		continue;
	found = i < set->used;
	if (!found) {
		if (set->used < ways)
			set->used++;
		i = set->used - 1;
	}
	memmove(set->page + 1, set->page, i * sizeof(set->page[0]));
	set->page[0] = page;
	return (found);
}

static void
ref_access(struct reference *ref, uint64_t page, bool fetch)
{

	if (ref_use(fetch ? &ref->fetch[page % 16] : &ref->data[page % 16],
		fetch ? 8 : 4, page))
		return;
	ref->first_misses[fetch]++;
	if (!ref_use(&ref->second[page % 128], 12, page))
		ref->second_misses[fetch]++;
}

static void
ref_flush(struct reference *ref)
{
	unsigned i;

	for (i = 0; i < 16; i++)
		ref->data[i].used = ref->fetch[i].used = 0;
	for (i = 0; i < 128; i++)
		ref->second[i].used = 0;
}

static void
near(const char *what, uint64_t got, uint64_t want, double share)
{

	print_message("%s: %" PRIu64 ", the reference %" PRIu64 "\n", what, got,
	    want);
	assert_true(want > 0);
	assert_true(fabs((double)got - (double)want) <= share * (double)want);
}

/* The reference is told when the kernel has flushed the machine's TLB. */
static void
test_against_a_simulator_of_its_own(void **state)
{
	struct pmapsim_tlb_stats stats;
	struct program_result r;
	struct reference *ref = calloc(1, sizeof(*ref));
	struct program *program;
	struct words full, w;
	uint64_t flushes = 0, page, word;
	size_t i;

	assert_non_null(ref);
	make_full(&full);
	collapse(&full, &w);
	program = start("2010-04+no-superpages", "skylake");
	for (i = 0; i < w.n; i++) {
		word = w.words[i];
		if (run_word_kind(word) == RUN_EVENT) {
			size_t n = 1 + run_word_nargs(word);

			assert_true(program_feed(program, w.words + i, n));
			i += n - 1;
			continue;
		}
		assert_true(program_feed(program, &word, 1));
		/* The access is made at once, so that its flush is seen. */
		page = run_word_page(word);
		page += program_place(program, page)->shift;
		assert_true(program_feed(program, NULL, 0));
		pmapsim_tlb_stats(program->mach, 0, &stats);
		if (stats.flushes + stats.flushes_global != flushes)
			ref_flush(ref);
		flushes = stats.flushes + stats.flushes_global;
		ref_access(ref, page & RUN_PAGE_MASK,
		    run_word_kind(word) == RUN_FETCH);
	}
	r = finish(program);
	near("L1 data misses",
	    r.stats.misses[0][PMAPSIM_TLB_DATA][PMAPSIM_TLB_4K],
	    ref->first_misses[0], 0.005);
	near("L1 fetch misses",
	    r.stats.misses[0][PMAPSIM_TLB_INSTRUCTION][PMAPSIM_TLB_4K],
	    ref->first_misses[1], 0.005);
	near("L2 data misses",
	    r.stats.misses[1][PMAPSIM_TLB_DATA][PMAPSIM_TLB_4K],
	    ref->second_misses[0], 0.01);
	near("L2 fetch misses",
	    r.stats.misses[1][PMAPSIM_TLB_INSTRUCTION][PMAPSIM_TLB_4K],
	    ref->second_misses[1], 0.01);
	free(ref);
	free(full.words);
	free(w.words);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collapsing_and_filtering_change_nothing),
	    cmocka_unit_test(test_a_run_is_its_accesses_one_by_one),
	    cmocka_unit_test(test_random_reads),
	    cmocka_unit_test(test_against_a_simulator_of_its_own),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
