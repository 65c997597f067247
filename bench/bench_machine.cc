/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Booting a machine; the argument is its memory in GiB.  The counter
 * "resident" is what a booted machine keeps in host memory, in bytes.
 */
#include <benchmark/benchmark.h>

#include "bench_support.h"

namespace {

void
boot(benchmark::State &state)
{
	const auto mem = static_cast<vm_paddr_t>(state.range(0)) << 30;
	size_t most = 0;

	/* The first boot pays for code and libc: it is not the machine's. */
	pmapsim_destroy(bench_boot(mem, 0));
	for (auto _ : state) {
		state.PauseTiming();
		const size_t before = bench_resident();
		state.ResumeTiming();
		struct machine *mach = bench_boot(mem, 0);
		state.PauseTiming();
		const size_t after = bench_resident();
		if (after > before && after - before > most)
			most = after - before;
		pmapsim_destroy(mach);
		state.ResumeTiming();
	}
	state.counters["resident"] = benchmark::Counter(
	    static_cast<double>(most), benchmark::Counter::kDefaults,
	    benchmark::Counter::kIs1024);
}
BENCHMARK(boot)->Arg(1)->Arg(64)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
