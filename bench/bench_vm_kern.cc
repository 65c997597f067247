/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kmem_malloc() and kmem_free(); the argument is the size in KiB, or the
 * number of allocations of 2 MB.  The time is that of a page.
 */
#include "bench_batch.h"

#include <vector>

namespace {

/* "count" allocations of "size" bytes, made by one batch, freed by another. */
class Kmem {
public:
	Kmem(vm_size_t bytes, size_t count)
	    : size(bytes)
	    , va(count)
	{
		mach = bench_boot((size * count + (UINT64_C(16) << 20)) * 2,
		    size * count + NBPDR);
		map = pmapsim_kmem_map(mach);
	}
	~Kmem()
	{
		pmapsim_destroy(mach);
	}
	Kmem(const Kmem &) = delete;
	Kmem &operator=(const Kmem &) = delete;

	void take()
	{
		for (auto &a : va)
			a = kmem_malloc(mach, map, size, M_NOWAIT);
		bench_check(va.back() != 0, "out of memory");
	}
	void give()
	{
		for (auto a : va)
			kmem_free(mach, map, a, size);
	}

	vm_size_t size;
	std::vector<vm_offset_t> va;
	struct machine *mach;
	vm_map_t map;
};

void
measure(benchmark::State &state, vm_size_t size, size_t count, bool free)
{
	Kmem kmem(size, count);

	/* Freed frames queue up behind fresh ones: use them all once. */
	for (unsigned i = 0; i < 3; i++) {
		kmem.take();
		kmem.give();
	}
	for (auto _ : state) {
		if (free) {
			kmem.take();
			batch(state, [&] { kmem.give(); });
		} else {
			batch(state, [&] { kmem.take(); });
			kmem.give();
		}
	}
	batch_items(state, count * atop(size));
}

/* 32 MB in pieces of the size. */
void
kmem_malloc_size(benchmark::State &state)
{
	const auto size = static_cast<vm_size_t>(state.range(0)) << 10;

	measure(state, size, (UINT64_C(32) << 20) / size, false);
}
BENCHMARK(kmem_malloc_size)
    ->UseManualTime()
    ->RangeMultiplier(2)
    ->Range(4, 8192);

void
kmem_free_size(benchmark::State &state)
{
	const auto size = static_cast<vm_size_t>(state.range(0)) << 10;

	measure(state, size, (UINT64_C(32) << 20) / size, true);
}
BENCHMARK(kmem_free_size)->UseManualTime()->RangeMultiplier(2)->Range(4, 8192);

void
kmem_malloc_2m(benchmark::State &state)
{
	measure(state, NBPDR, static_cast<size_t>(state.range(0)), false);
}
BENCHMARK(kmem_malloc_2m)->Apply(superpages);

void
kmem_free_2m(benchmark::State &state)
{
	measure(state, NBPDR, static_cast<size_t>(state.range(0)), true);
}
BENCHMARK(kmem_free_2m)->Apply(superpages);

} // namespace

BENCHMARK_MAIN();
