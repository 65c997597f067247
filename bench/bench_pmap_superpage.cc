/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promotion and demotion alone; the argument is the number of 2 MB regions
 * worked on in turn: 1 stays in the host's caches, 1,000 does not.
 */
#include "bench_batch.h"

namespace {

void
promote_each(Regions *fixture)
{
	for (unsigned i = 0; i < fixture->count; i++)
		bench_promote(&fixture->regions, i);
}

void
demote_each(Regions *fixture)
{
	for (unsigned i = 0; i < fixture->count; i++)
		bench_demote(&fixture->regions, i);
}

/* pmap_promote_pde() alone, 511 pv entries freed. */
void
pmap_promote(benchmark::State &state)
{
	Regions fixture(state);

	bench_enter_all(&fixture.regions, false);
	for (auto _ : state) {
		batch(state, [&] { promote_each(&fixture); });
		bench_check(bench_superpages(&fixture.regions) == fixture.count,
		    "not promoted");
		demote_each(&fixture);
	}
	batch_items(state, fixture.count);
}
BENCHMARK(pmap_promote)->Apply(superpages);

/* pmap_demote_pde() alone, by the page-table page that was kept. */
void
pmap_demote(benchmark::State &state)
{
	Regions fixture(state);

	bench_enter_all(&fixture.regions, true);
	for (auto _ : state) {
		batch(state, [&] { demote_each(&fixture); });
		bench_check(bench_superpages(&fixture.regions) == 0,
		    "not demoted");
		promote_each(&fixture);
	}
	batch_items(state, fixture.count);
}
BENCHMARK(pmap_demote)->Apply(superpages);

/* What a removal or a write protection of a superpage cannot do without: its
 * 512 pages are marked dirty. */
void
bare_dirty(benchmark::State &state)
{
	Regions fixture(state);

	for (auto _ : state)
		batch(state, [&] {
			for (unsigned i = 0; i < fixture.count; i++)
				bench_dirty(&fixture.regions, i);
		});
	batch_items(state, fixture.count);
}
BENCHMARK(bare_dirty)->Apply(superpages);

/* pmap_promote_pde() of the kernel's pages, which have no pv entries. */
void
pmap_promote_kernel(benchmark::State &state)
{
	struct bench_kernel_region region;

	bench_kernel_region_init(&region);
	for (auto _ : state) {
		batch(state, [&] { bench_kernel_promote(&region); });
		bench_kernel_demote(&region);
	}
	batch_items(state, 1);
	pmapsim_destroy(region.mach);
}
BENCHMARK(pmap_promote_kernel)->UseManualTime();

/* What that cannot do without: 512 entries read and compared. */
void
bare_scan(benchmark::State &state)
{
	struct bench_kernel_region region;
	unsigned long sum = 0;

	bench_kernel_region_init(&region);
	for (auto _ : state)
		batch(state, [&] {
			for (unsigned i = 0; i < 64; i++)
				benchmark::DoNotOptimize(sum +=
				    bench_scan(region.table));
		});
	batch_items(state, 64);
	pmapsim_destroy(region.mach);
}
BENCHMARK(bare_scan)->UseManualTime();

/*
 * A promotion that fails; the argument is the PTE at which it does.  The scan
 * goes down from PTE 511, so 1 costs most; 0 is looked at before the scan.
 */
void
pmap_promote_fails(benchmark::State &state)
{
	const auto spoilt = static_cast<unsigned>(state.range(0));
	struct bench_regions regions;
	const unsigned attempts = 256;

	bench_regions_init(&regions, 1);
	const int64_t before = bench_sysctl(regions.mach,
	    "vm.pmap.pde.p_failures");
	bench_enter_all(&regions, false);
	bench_spoil(&regions, 0, spoilt);
	for (auto _ : state)
		batch(state, [&] {
			for (unsigned i = 0; i < attempts; i++)
				bench_promote(&regions, 0);
		});
	bench_check(bench_sysctl(regions.mach, "vm.pmap.pde.p_failures") -
		    before ==
		attempts * static_cast<int64_t>(state.iterations()),
	    "an attempt did not fail");
	batch_items(state, attempts);
	bench_regions_done(&regions);
}
BENCHMARK(pmap_promote_fails)
    ->UseManualTime()
    ->Arg(0)
    ->Arg(1)
    ->Arg(255)
    ->Arg(511);

} // namespace

BENCHMARK_MAIN();
