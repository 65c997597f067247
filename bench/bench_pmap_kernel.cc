/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel mappings without accounting, and questions about an address: what
 * page-table libraries do, nothing else.  512 pages in a row, tables warm.
 */
#include "bench_batch.h"

namespace {

class Window {
public:
	Window()
	{
		mach = bench_boot(UINT64_C(256) << 20, UINT64_C(64) << 20);
		va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach),
		    NBPDR);
		bench_check(va != 0, "no addresses");
	}
	~Window()
	{
		pmapsim_destroy(mach);
	}
	Window(const Window &) = delete;
	Window &operator=(const Window &) = delete;

	struct machine *mach;
	vm_offset_t va;
};

/* "work"(machine, address, i) of all pages of the window. */
template <typename Work>
void
each_page(benchmark::State &state, Work &&work)
{
	const unsigned rounds = 8;
	Window window;

	for (auto _ : state)
		batch(state, [&] {
			for (unsigned n = 0; n < rounds; n++)
				for (unsigned i = 0; i < NPTEPG; i++)
					work(window.mach,
					    window.va + ptoa(i), i);
		});
	batch_items(state, rounds * NPTEPG);
}

void
kenter(benchmark::State &state)
{
	each_page(state, [](struct machine *mach, vm_offset_t va, unsigned i) {
		pmap_kenter(mach, va, ptoa(i));
	});
}
BENCHMARK(kenter)->Name("pmap_kenter")->UseManualTime();

void
kremove(benchmark::State &state)
{
	each_page(state, [](struct machine *mach, vm_offset_t va, unsigned) {
		pmap_kremove(mach, va);
	});
}
BENCHMARK(kremove)->Name("pmap_kremove")->UseManualTime();

void
extract(benchmark::State &state)
{
	each_page(state, [](struct machine *mach, vm_offset_t va, unsigned) {
		benchmark::DoNotOptimize(pmap_extract(mach,
		    pmapsim_kernel_pmap(mach), va));
	});
}
BENCHMARK(extract)->Name("pmap_extract")->UseManualTime();

void
kextract(benchmark::State &state)
{
	each_page(state, [](struct machine *mach, vm_offset_t va, unsigned) {
		benchmark::DoNotOptimize(pmap_kextract(mach, va));
	});
}
BENCHMARK(kextract)->Name("pmap_kextract")->UseManualTime();

} // namespace

BENCHMARK_MAIN();
