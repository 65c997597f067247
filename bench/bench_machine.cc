/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Booting and destroying a machine; the argument is its memory in MiB.  The
 * counter "resident" is what a booted machine keeps in host memory, in bytes.
 */
#include "bench_batch.h"

namespace {

vm_paddr_t
memory(const benchmark::State &state)
{
	return (static_cast<vm_paddr_t>(state.range(0)) << 20);
}

void
boot(benchmark::State &state)
{
	size_t most = 0;

	/* The first boot pays for code and libc: it is not the machine's. */
	pmapsim_destroy(bench_boot(memory(state), 0));
	for (auto _ : state) {
		const size_t before = bench_resident();
		struct machine *mach = nullptr;

		batch(state, [&] { mach = bench_boot(memory(state), 0); });
		const size_t after = bench_resident();
		if (after > before && after - before > most)
			most = after - before;
		pmapsim_destroy(mach);
	}
	state.counters["resident"] = benchmark::Counter(static_cast<
							    double>(most),
	    benchmark::Counter::kDefaults, benchmark::Counter::kIs1024);
	batch_items(state, 1);
}
BENCHMARK(boot)
    ->UseManualTime()
    ->Arg(64)
    ->Arg(1024)
    ->Arg(64 << 10)
    ->Arg(1 << 20)
    ->Unit(benchmark::kMillisecond);

/* After light use: a hundred allocations of 64 KB. */
void
destroy(benchmark::State &state)
{
	for (auto _ : state) {
		struct machine *mach = bench_boot(memory(state), 0);

		for (unsigned i = 0; i < 100; i++)
			kmem_malloc(mach, pmapsim_kmem_map(mach), 64 << 10,
			    M_NOWAIT);
		batch(state, [&] { pmapsim_destroy(mach); });
	}
	batch_items(state, 1);
}
BENCHMARK(destroy)
    ->UseManualTime()
    ->Arg(64)
    ->Arg(1024)
    ->Arg(64 << 10)
    ->Arg(1 << 20)
    ->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
