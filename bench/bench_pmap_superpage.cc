/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promotion and demotion, alone and as part of filling a reservation.  The
 * argument is the number of 2 MB regions worked on in turn: 1 stays in the
 * host's caches, 64 does not.
 */
#include <benchmark/benchmark.h>

#include "bench_support.h"

namespace {

/* Regions for the life of one benchmark. */
class Regions {
public:
	explicit Regions(unsigned count)
	{
		bench_regions_init(&regions, count);
	}
	~Regions()
	{
		bench_regions_done(&regions);
	}
	Regions(const Regions &) = delete;
	Regions &operator=(const Regions &) = delete;

	struct bench_regions regions;
};

/* The time an item, and how often the simulated event happened a round. */
void
report(benchmark::State &state, struct bench_regions *regions, unsigned items,
    const char *event)
{
	state.SetItemsProcessed(state.iterations() *
	    static_cast<int64_t>(items));
	state.counters[event] = benchmark::Counter(
	    static_cast<double>(bench_sysctl(regions->mach, event)),
	    benchmark::Counter::kAvgIterations);
}

/* 512 pages of each full reservation, the promotion included. */
void
pmap_enter_reservation(benchmark::State &state)
{
	const auto count = static_cast<unsigned>(state.range(0));
	Regions fixture(count);
	struct bench_regions *regions = &fixture.regions;

	for (auto _ : state) {
		for (unsigned i = 0; i < count * NPTEPG; i++)
			bench_enter(regions, i);
		state.PauseTiming();
		bench_check(bench_superpages(regions) == count,
		    "not promoted");
		bench_remove_all(regions);
		state.ResumeTiming();
	}
	report(state, regions, count * NPTEPG, "vm.pmap.pde.promotions");
}
BENCHMARK(pmap_enter_reservation)->Arg(1)->Arg(16)->Arg(64);

/* The same without the promotion and its attempts. */
void
pmap_enter_no_promotion(benchmark::State &state)
{
	const auto count = static_cast<unsigned>(state.range(0));
	Regions fixture(count);
	struct bench_regions *regions = &fixture.regions;

	for (auto _ : state) {
		bench_enter_all(regions, false);
		state.PauseTiming();
		bench_check(bench_superpages(regions) == 0, "promoted");
		bench_remove_all(regions);
		state.ResumeTiming();
	}
	report(state, regions, count * NPTEPG, "vm.pmap.pde.promotions");
}
BENCHMARK(pmap_enter_no_promotion)->Arg(1)->Arg(16)->Arg(64);

/* pmap_promote_pde() alone, 511 pv entries freed. */
void
pmap_promote(benchmark::State &state)
{
	const auto count = static_cast<unsigned>(state.range(0));
	Regions fixture(count);
	struct bench_regions *regions = &fixture.regions;

	bench_enter_all(regions, false);
	for (auto _ : state) {
		for (unsigned i = 0; i < count; i++)
			bench_promote(regions, i);
		state.PauseTiming();
		bench_check(bench_superpages(regions) == count,
		    "not promoted");
		for (unsigned i = 0; i < count; i++)
			bench_demote(regions, i);
		state.ResumeTiming();
	}
	report(state, regions, count, "vm.pmap.pde.promotions");
}
BENCHMARK(pmap_promote)->Arg(1)->Arg(16)->Arg(64);

/* pmap_demote_pde() alone, by the page-table page that was kept. */
void
pmap_demote(benchmark::State &state)
{
	const auto count = static_cast<unsigned>(state.range(0));
	Regions fixture(count);
	struct bench_regions *regions = &fixture.regions;

	bench_enter_all(regions, true);
	for (auto _ : state) {
		for (unsigned i = 0; i < count; i++)
			bench_demote(regions, i);
		state.PauseTiming();
		bench_check(bench_superpages(regions) == 0, "not demoted");
		for (unsigned i = 0; i < count; i++)
			bench_promote(regions, i);
		state.ResumeTiming();
	}
	report(state, regions, count, "vm.pmap.pde.demotions");
}
BENCHMARK(pmap_demote)->Arg(1)->Arg(16)->Arg(64);

/*
 * A promotion that fails; the argument is the PTE at which it does.  The scan
 * goes down from PTE 511, so 1 costs most; 0 is looked at before the scan.
 */
void
pmap_promote_fails(benchmark::State &state)
{
	Regions fixture(1);
	struct bench_regions *regions = &fixture.regions;
	const int64_t before = bench_sysctl(regions->mach,
	    "vm.pmap.pde.p_failures");

	bench_enter_all(regions, false);
	bench_spoil(regions, 0, static_cast<unsigned>(state.range(0)));
	for (auto _ : state)
		bench_promote(regions, 0);
	bench_check(bench_sysctl(regions->mach, "vm.pmap.pde.p_failures") -
		before == static_cast<int64_t>(state.iterations()),
	    "an attempt did not fail");
	state.SetItemsProcessed(state.iterations());
}
BENCHMARK(pmap_promote_fails)->Arg(0)->Arg(1)->Arg(256)->Arg(511);

} // namespace

BENCHMARK_MAIN();
