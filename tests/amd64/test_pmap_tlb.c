/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invalidations: for every CPU that runs the kernel and every set of CPUs that
 * an address space is loaded on, who is told, what is counted, and what the
 * TLBs do.
 */
#include <stdio.h>

#include "amd64/pmap_fixture.h"

#define VA UINT64_C(0x40201000)
#define RANGE_PAGES 5
/* Room for all that is entered; nothing is ever evicted. */
#define TLB "tlb test\narray l1 unified 4K,2M entries=64 ways=full\n"

enum op {
	OP_PAGE,
	OP_RANGE,
	OP_ALL,
	OP_CACHE,
	OP_CACHE_RANGE,
	OP_PDE_TABLE,
	OP_PDE_LOCAL,
	OP_PDE_GLOBAL,
	OPS
};

/* What one operation is counted as, and what each CPU with a TLB does. */
static const struct expectation {
	int kind; /* INVAL_*; -1: nothing at all */
	unsigned invlpg, flushes, flushes_global;
	unsigned pte_stores;
} expectations[OPS] = {
    [OP_PAGE] = {INVAL_PAGE, 1, 0, 0, 0},
    [OP_RANGE] = {INVAL_RANGE, RANGE_PAGES, 0, 0, 0},
    [OP_ALL] = {INVAL_ALL, 0, 1, 0, 0},
    [OP_CACHE] = {INVAL_CACHE, 0, 0, 0, 0},
    [OP_CACHE_RANGE] = {-1, 0, 0, 0, 0},
    [OP_PDE_TABLE] = {INVAL_PAGE, 1, 0, 0, 1},
    [OP_PDE_LOCAL] = {INVAL_ALL, 0, 1, 0, 1},
    [OP_PDE_GLOBAL] = {INVAL_ALL, 0, 0, 1, 1},
};

static struct machine *
boot(unsigned ncpu, const char *tlb)
{
	struct pmapsim_config config;
	struct machine *mach;
	char err[256];

	pmapsim_config_init(&config);
	config.mem = UINT64_C(16) << 20;
	config.first = UINT64_C(4) << 20;
	config.kmem = 0;
	config.kmem_given = true;
	config.ncpu = ncpu;
	config.invariants = true;
	config.tlb = tlb;
	if (pmapsim_boot(&config, &mach, err, sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	pmapsim_cmocka_hook(mach);
	return (mach);
}

static void
perform(struct machine *mach, enum op op, pmap_t pmap)
{
	pd_entry_t pde = PG_V;

	switch (op) {
	case OP_PAGE:
		pmap_invalidate_page(mach, pmap, VA);
		break;
	case OP_RANGE:
		pmap_invalidate_range(mach, pmap, VA, VA + ptoa(RANGE_PAGES));
		break;
	case OP_ALL:
		pmap_invalidate_all(mach, pmap);
		break;
	case OP_CACHE:
		pmap_invalidate_cache(mach);
		break;
	case OP_CACHE_RANGE:
		pmap_invalidate_cache_range(mach, VA, VA + PAGE_SIZE);
		break;
	case OP_PDE_TABLE:
		pmap_update_pde(mach, pmap, VA, &pde, PG_V | PG_G);
		assert_int_equal(pde, PG_V | PG_G);
		break;
	case OP_PDE_LOCAL:
		pmap_update_pde(mach, pmap, VA, &pde, PG_V | PG_PS);
		assert_int_equal(pde, PG_V | PG_PS);
		break;
	default:
		pmap_update_pde(mach, pmap, VA, &pde, PG_V | PG_PS | PG_G);
		assert_int_equal(pde, PG_V | PG_PS | PG_G);
		break;
	}
}

/* Whether CPU "i" must act, from the words of the specification. */
static bool
is_target(struct machine *mach, pmap_t pmap, enum op op, unsigned i)
{

	if (op == OP_CACHE || pmap == pmapsim_kernel_pmap(mach))
		return (true);
	if (mach->config.ncpu == 1)
		return (pmapsim_pmap_active(pmap) != 0);
	return ((pmapsim_pmap_active(pmap) >> i & 1) != 0);
}

static void
check(struct machine *mach, enum op op, pmap_t pmap)
{
	static struct cpu before[MAXCPU];
	static struct pmapsim_tlb_stats tlb_before[MAXCPU];
	const struct expectation *want = &expectations[op];
	const struct cpu *cpu, *old;
	struct pmapsim_tlb_stats tlb;
	uint64_t local, received, sent, sent_all, stores, times;
	unsigned i, self;
	int kind;

	self = pmapsim_curcpu(mach);
	for (i = 0; i < mach->config.ncpu; i++) {
		before[i] = mach->cpus[i];
		if (mach->config.tlb != NULL)
			assert_int_equal(pmapsim_tlb_stats(mach, i,
					     &tlb_before[i]),
			    PMAPSIM_OK);
	}
	stores = pmapsim_pte_stores(mach);

	perform(mach, op, pmap);

	assert_int_equal(pmapsim_pte_stores(mach), stores + want->pte_stores);
	sent_all = 0;
	for (i = 0; i < mach->config.ncpu; i++)
		sent_all += i != self && is_target(mach, pmap, op, i);
	for (i = 0; i < mach->config.ncpu; i++) {
		cpu = &mach->cpus[i];
		old = &before[i];
		times = want->kind >= 0 && is_target(mach, pmap, op, i);
		for (kind = 0; kind < INVAL_KINDS; kind++) {
			local = received = sent = 0;
			if (kind == want->kind && i == self) {
				local = times;
				sent = sent_all;
			} else if (kind == want->kind)
				received = times;
			assert_int_equal(cpu->local[kind],
			    old->local[kind] + local);
			assert_int_equal(cpu->sent[kind],
			    old->sent[kind] + sent);
			assert_int_equal(cpu->received[kind],
			    old->received[kind] + received);
		}
		assert_int_equal(cpu->local_range_pages,
		    old->local_range_pages +
			(op == OP_RANGE && i == self ? times * RANGE_PAGES :
						       0));
		if (mach->config.tlb == NULL)
			continue;
		assert_int_equal(pmapsim_tlb_stats(mach, i, &tlb), PMAPSIM_OK);
		assert_int_equal(tlb.invlpg - tlb_before[i].invlpg,
		    times * want->invlpg);
		assert_int_equal(tlb.flushes - tlb_before[i].flushes,
		    times * want->flushes);
		assert_int_equal(tlb.flushes_global -
			tlb_before[i].flushes_global,
		    times * want->flushes_global);
	}
}

/* Every operation, on every CPU, for every mask over the first four CPUs. */
static void
check_all(unsigned ncpu, const char *tlb)
{
	struct machine *mach;
	pmap_t pmap;
	uint32_t mask;
	unsigned self;
	enum op op;

	mach = boot(ncpu, tlb);
	pmap = pmapsim_pmap_create(mach, "u");
	assert_int_equal(pmap_pinit(mach, pmap), 1);
	for (op = 0; op < OPS; op++)
		for (self = 0; self < ncpu; self++) {
			assert_int_equal(pmapsim_set_cpu(mach, self),
			    PMAPSIM_OK);
			check(mach, op, pmapsim_kernel_pmap(mach));
			for (mask = 0; mask < 16; mask++) {
				pmapsim_pmap_set_active(pmap, mask);
				check(mach, op, pmap);
				/* The others, and bits of no CPU at all. */
				pmapsim_pmap_set_active(pmap, ~mask);
				check(mach, op, pmap);
			}
		}
	pmapsim_destroy(mach);
}

static void
test_targets_of_each_mask(void **state)
{
	static const unsigned ncpus[] = {1, 2, 3, 32};
	unsigned i;

	for (i = 0; i < sizeof(ncpus) / sizeof(ncpus[0]); i++)
		check_all(ncpus[i], NULL);
}

static void
test_tlbs_of_targets_act(void **state)
{

	check_all(1, TLB);
	check_all(3, TLB);
}

/* A range of no page is counted as an operation all the same. */
static void
test_empty_range_counts(void **state)
{
	struct machine *mach = boot(2, NULL);

	pmap_invalidate_range(mach, pmapsim_kernel_pmap(mach), VA, VA);
	assert_int_equal(mach->cpus[0].local[INVAL_RANGE], 1);
	assert_int_equal(mach->cpus[0].local_range_pages, 0);
	assert_int_equal(mach->cpus[0].sent[INVAL_RANGE], 1);
	assert_int_equal(mach->cpus[1].received[INVAL_RANGE], 1);
	pmapsim_destroy(mach);
}

/* From 16 MB on 2022 has all of them forgotten at once, and 2010 has not. */
static void
test_large_range(void **state)
{
	static const struct {
		const char *config;
		vm_offset_t size;
		bool all;
	} cases[] = {
	    {SMALL_KERNEL("2010-04"), 8 * NBPDR, false},
	    {SMALL_KERNEL("2022-07"), 8 * NBPDR - PAGE_SIZE, false},
	    {SMALL_KERNEL("2022-07"), 8 * NBPDR, true},
	    {SMALL_KERNEL("2022-07"), 8 * NBPDR + PAGE_SIZE, true},
	};
	struct machine *mach;
	struct cost cost;
	uint64_t flushes;
	pmap_t pmap;
	unsigned i, k;

	for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		mach = support_boot(cases[k].config);
		flushes = mach->pmap->kernel_invltlbs;
		/* A program's that CPU 0 runs, then the kernel's. */
		for (i = 0; i < 2; i++) {
			pmap = i == 0 ? fixture_pmap(mach, "u") : kernel_pmap;
			cpu_current(mach)->local_range_pages = 0;
			cost = fixture_cost(mach);
			pmap_invalidate_range(mach, pmap, UVA,
			    UVA + cases[k].size);
			assert_cost(mach, &cost, .range = !cases[k].all,
			    .all = cases[k].all, .sent = i);
			assert_int_equal(cpu_current(mach)->local_range_pages,
			    cases[k].all ? 0 : atop(cases[k].size));
		}
		assert_int_equal(mach->pmap->kernel_invltlbs - flushes,
		    cases[k].all);
		support_destroy(mach);
	}
}

static void
test_cache_range_asserts_alignment(void **state)
{
	struct machine *mach;

	mach = boot(1, NULL);
	assert_panics(mach, "pmap_invalidate_cache_range: sva not page-aligned",
	    pmap_invalidate_cache_range(mach, VA + 1, VA + PAGE_SIZE));
	pmapsim_destroy(mach);
	mach = boot(1, NULL);
	assert_panics(mach, "pmap_invalidate_cache_range: eva not page-aligned",
	    pmap_invalidate_cache_range(mach, VA, VA + PAGE_SIZE + 1));
	pmapsim_destroy(mach);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_targets_of_each_mask),
	    cmocka_unit_test(test_tlbs_of_targets_act),
	    cmocka_unit_test(test_empty_range_counts),
	    cmocka_unit_test(test_large_range),
	    cmocka_unit_test(test_cache_range_asserts_alignment),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
