/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making user mappings of managed pages, changing their protection and copying
 * them; the argument is the number of 2 MB regions.
 */
#include "bench_batch.h"

namespace {

/* 512 pages of each full reservation, the promotion included. */
void
pmap_enter_reservation(benchmark::State &state)
{
	Regions fixture(state);
	struct bench_regions *regions = &fixture.regions;

	for (auto _ : state) {
		batch(state, [&] { bench_enter_each(regions); });
		bench_check(bench_superpages(regions) == fixture.count,
		    "not promoted");
		bench_remove_all(regions);
	}
	batch_items(state, fixture.count * NPTEPG);
}
BENCHMARK(pmap_enter_reservation)->Apply(superpages);

/* The same without the promotion and its attempts. */
void
pmap_enter_no_promotion(benchmark::State &state)
{
	Regions fixture(state);
	struct bench_regions *regions = &fixture.regions;

	bench_set_promotion(regions, false);
	for (auto _ : state) {
		batch(state, [&] { bench_enter_each(regions); });
		bench_check(bench_superpages(regions) == 0, "promoted");
		bench_remove_all(regions);
	}
	batch_items(state, fixture.count * NPTEPG);
}
BENCHMARK(pmap_enter_no_promotion)->Apply(superpages);

/* One page in and out, its page table staying. */
void
pmap_enter_remove(benchmark::State &state)
{
	Regions fixture(state);
	struct bench_regions *regions = &fixture.regions;

	bench_set_promotion(regions, false);
	bench_enter(regions, 1);
	for (auto _ : state)
		batch(state, [&] {
			for (unsigned i = 0; i < NPTEPG; i++) {
				bench_enter(regions, 0);
				pmap_remove(fixture.mach, fixture.pmap,
				    fixture.start, fixture.start + PAGE_SIZE);
			}
		});
	batch_items(state, NPTEPG);
}
BENCHMARK(pmap_enter_remove)->UseManualTime()->Arg(1);

/* The same when page-table pages come and go. */
void
pmap_enter_remove_tables(benchmark::State &state)
{
	Regions fixture(state);
	struct bench_regions *regions = &fixture.regions;

	for (auto _ : state)
		batch(state, [&] {
			for (unsigned i = 0; i < NPTEPG; i++) {
				bench_enter(regions, 0);
				pmap_remove(fixture.mach, fixture.pmap,
				    fixture.start, fixture.start + PAGE_SIZE);
			}
		});
	batch_items(state, NPTEPG);
}
BENCHMARK(pmap_enter_remove_tables)->UseManualTime()->Arg(1);

/* One call makes a 2 MB mapping of each region. */
void
pmap_enter_object_2m(benchmark::State &state)
{
	Regions fixture(state);

	for (auto _ : state) {
		batch(state, [&] {
			pmap_enter_object(fixture.mach, fixture.pmap,
			    fixture.start, fixture.end,
			    fixture.regions.pages[0], VM_PROT_READ);
		});
		bench_check(bench_superpages(&fixture.regions) == fixture.count,
		    "no superpages");
		bench_remove_all(&fixture.regions);
	}
	batch_items(state, fixture.count);
}
BENCHMARK(pmap_enter_object_2m)->Apply(superpages);

/* Read-only, of superpages: they stay. */
void
pmap_protect_2m(benchmark::State &state)
{
	Regions fixture(state);

	for (auto _ : state) {
		bench_enter_all(&fixture.regions, true);
		batch(state, [&] {
			pmap_protect(fixture.mach, fixture.pmap, fixture.start,
			    fixture.end, VM_PROT_READ);
		});
		bench_remove_all(&fixture.regions);
	}
	batch_items(state, fixture.count);
}
BENCHMARK(pmap_protect_2m)->Apply(superpages);

/* Read-only, page by page. */
void
pmap_protect_4k(benchmark::State &state)
{
	Regions fixture(state);

	for (auto _ : state) {
		bench_enter_all(&fixture.regions, false);
		batch(state, [&] {
			pmap_protect(fixture.mach, fixture.pmap, fixture.start,
			    fixture.end, VM_PROT_READ);
		});
		bench_remove_all(&fixture.regions);
	}
	batch_items(state, fixture.count * NPTEPG);
}
BENCHMARK(pmap_protect_4k)->Apply(superpages);

/* What fork() asks of the pmap for a heap of superpages. */
void
pmap_copy_2m(benchmark::State &state)
{
	Regions fixture(state);
	pmap_t child = bench_pmap(&fixture.regions, "child");

	bench_enter_all(&fixture.regions, true);
	for (auto _ : state) {
		batch(state, [&] {
			pmap_copy(fixture.mach, child, fixture.pmap,
			    fixture.start, fixture.end - fixture.start,
			    fixture.start);
		});
		pmap_remove(fixture.mach, child, fixture.start, fixture.end);
	}
	batch_items(state, fixture.count);
}
BENCHMARK(pmap_copy_2m)->Apply(superpages);

} // namespace

BENCHMARK_MAIN();
