/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking mappings away; the argument is the number of 2 MB regions, or of
 * address spaces that map a page.
 */
#include "bench_batch.h"

#include <string>
#include <vector>

namespace {

/* One call removes all superpages. */
void
pmap_remove_2m(benchmark::State &state)
{
	Regions fixture(state);

	for (auto _ : state) {
		bench_enter_all(&fixture.regions, true);
		batch(state, [&] { bench_remove_all(&fixture.regions); });
	}
	batch_items(state, fixture.count);
}
BENCHMARK(pmap_remove_2m)->Apply(superpages);

/* One call removes 512 pages a region. */
void
pmap_remove_4k(benchmark::State &state)
{
	Regions fixture(state);

	for (auto _ : state) {
		bench_enter_all(&fixture.regions, false);
		batch(state, [&] { bench_remove_all(&fixture.regions); });
	}
	batch_items(state, fixture.count * NPTEPG);
}
BENCHMARK(pmap_remove_4k)->Apply(superpages);

/* All mappings of a page; its neighbour keeps the page tables. */
void
pmap_remove_all_mappers(benchmark::State &state)
{
	struct bench_regions regions;
	std::vector<pmap_t> pmaps;

	bench_regions_init(&regions, 1);
	for (int64_t i = 0; i < state.range(0); i++) {
		const std::string name = "p" + std::to_string(i);

		pmaps.push_back(bench_pmap(&regions, name.c_str()));
		pmap_enter(regions.mach, pmaps.back(), regions.va + PAGE_SIZE,
		    VM_PROT_READ, regions.pages[1], VM_PROT_READ, FALSE);
	}
	for (auto _ : state) {
		for (pmap_t pmap : pmaps)
			pmap_enter(regions.mach, pmap, regions.va,
			    VM_PROT_WRITE, regions.pages[0],
			    VM_PROT_READ | VM_PROT_WRITE, FALSE);
		batch(state,
		    [&] { pmap_remove_all(regions.mach, regions.pages[0]); });
	}
	batch_items(state, pmaps.size());
	bench_regions_done(&regions);
}
BENCHMARK(pmap_remove_all_mappers)->UseManualTime()->Arg(1)->Arg(10)->Arg(100);

} // namespace

BENCHMARK_MAIN();
