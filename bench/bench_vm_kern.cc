/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kmem_malloc() and kmem_free(); the argument is the size in bytes.
 */
#include <benchmark/benchmark.h>

#include "bench_support.h"

namespace {

/*
 * One allocation and its free in turn, both timed: a hole of the same size is
 * filled again and again.  2 MB is promoted and demoted each time, 64 KB is
 * not.
 */
void
kmem_malloc_free(benchmark::State &state)
{
	const auto size = static_cast<vm_size_t>(state.range(0));
	struct machine *mach = bench_boot(UINT64_C(256) << 20,
	    UINT64_C(64) << 20);
	vm_map_t map = pmapsim_kmem_map(mach);

	for (auto _ : state) {
		const vm_offset_t va = kmem_malloc(mach, map, size, M_NOWAIT);
		benchmark::DoNotOptimize(va);
		kmem_free(mach, map, va, size);
	}
	bench_check(bench_sysctl(mach, "vm.pmap.pde.promotions") ==
		(size == NBPDR ? static_cast<int64_t>(state.iterations()) : 0),
	    "promotions are not as expected");
	state.SetItemsProcessed(state.iterations() *
	    static_cast<int64_t>(atop(size)));
	pmapsim_destroy(mach);
}
BENCHMARK(kmem_malloc_free)->Arg(64 << 10)->Arg(2 << 20);

/* kmem_malloc() alone: a batch that fits the map, freed off the clock. */
void
kmem_malloc_alone(benchmark::State &state)
{
	const auto size = static_cast<vm_size_t>(state.range(0));
	const auto count = static_cast<unsigned>((UINT64_C(32) << 20) / size);
	struct machine *mach = bench_boot(UINT64_C(256) << 20,
	    UINT64_C(64) << 20);
	vm_map_t map = pmapsim_kmem_map(mach);
	vm_offset_t last = 0;

	for (auto _ : state) {
		for (unsigned i = 0; i < count; i++)
			last = kmem_malloc(mach, map, size, M_NOWAIT);
		state.PauseTiming();
		bench_check(last != 0, "out of memory");
		kmem_free(mach, map, VM_MIN_KERNEL_ADDRESS, count * size);
		state.ResumeTiming();
	}
	state.SetItemsProcessed(state.iterations() *
	    static_cast<int64_t>(count * atop(size)));
	pmapsim_destroy(mach);
}
BENCHMARK(kmem_malloc_alone)->Arg(64 << 10)->Arg(2 << 20);

} // namespace

BENCHMARK_MAIN();
