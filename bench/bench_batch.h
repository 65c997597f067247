/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How all benchmarks are timed: a batch of operations between two readings of
 * the clock, what prepares it and what undoes it outside.  Stopping Google
 * Benchmark's own timer costs more than most operations here.
 */
#ifndef BENCH_BENCH_BATCH_H
#define BENCH_BENCH_BATCH_H

#include <benchmark/benchmark.h>

#include <chrono>

#include "bench_support.h"

/* Runs "work" as this iteration's batch. */
template <typename Work>
void
batch(benchmark::State &state, Work &&work)
{
	const auto start = std::chrono::steady_clock::now();

	work();
	state.SetIterationTime(std::chrono::duration<
			       double>(std::chrono::steady_clock::now() - start)
				   .count());
}

/* Each batch was of "items" operations: gives the time of one. */
inline void
batch_items(benchmark::State &state, uint64_t items)
{
	state.SetItemsProcessed(static_cast<int64_t>(items) *
	    static_cast<int64_t>(state.iterations()));
	state.counters["each"] = benchmark::Counter(static_cast<double>(items),
	    benchmark::Counter::kIsIterationInvariantRate |
		benchmark::Counter::kInvert);
}

/*
 * The regions of one benchmark, as many as its first argument.  All their pages
 * have been mapped and unmapped before it begins.
 */
class Regions {
public:
	explicit Regions(const benchmark::State &state)
	    : count(static_cast<unsigned>(state.range(0)))
	{
		bench_regions_init(&regions, count);
		bench_use_all(&regions);
		mach = regions.mach;
		pmap = regions.pmap;
		start = regions.va;
		end = start + static_cast<vm_size_t>(count) * NBPDR;
	}
	~Regions()
	{
		bench_regions_done(&regions);
	}
	Regions(const Regions &) = delete;
	Regions &operator=(const Regions &) = delete;

	unsigned count;
	struct bench_regions regions;
	struct machine *mach;
	pmap_t pmap;
	vm_offset_t start, end;
};

/* What could grow is shown from 1 to 10,000 superpages of 2 MB. */
inline void
superpages(benchmark::internal::Benchmark *b)
{
	b->UseManualTime()->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Arg(10000);
}

#endif /* BENCH_BENCH_BATCH_H */
