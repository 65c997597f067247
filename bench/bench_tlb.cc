/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accesses through the TLB of AMD family 10h: 48 entries at the first level,
 * 512 at the second.  The argument is the number of 4 KB pages read in turn,
 * which decides what an access finds: an entry of the first level, one of the
 * second, or none.  And walks without a TLB.
 */
#include "bench_batch.h"

namespace {

void
tlb_access(benchmark::State &state)
{
	const auto pages = static_cast<unsigned>(state.range(0));
	const unsigned accesses = 8192;
	struct machine *mach = bench_boot_tlb(UINT64_C(64) << 20, "k10");
	const vm_offset_t va = kmem_malloc(mach, pmapsim_kmem_map(mach),
	    ptoa(pages), M_NOWAIT);
	struct pmapsim_tlb_stats before, after;

	bench_check(va != 0, "out of memory");
	pmapsim_tlb_stats(mach, 0, &before);
	for (auto _ : state)
		batch(state, [&] {
			for (unsigned i = 0; i < accesses; i++)
				benchmark::
				    DoNotOptimize(pmapsim_cpu_access(mach,
					va + ptoa(i % pages),
					PMAPSIM_ACCESS_READ));
		});
	pmapsim_tlb_stats(mach, 0, &after);
	state.counters["walks"] = benchmark::
	    Counter(static_cast<double>(after.walks - before.walks) / accesses,
		benchmark::Counter::kAvgIterations);
	batch_items(state, accesses);
	pmapsim_destroy(mach);
}
BENCHMARK(tlb_access)->UseManualTime()->Arg(1)->Arg(256)->Arg(2048);

/* The same over the direct map's 2 MB pages. */
void
tlb_access_2m(benchmark::State &state)
{
	const auto pages = static_cast<unsigned>(state.range(0));
	const unsigned accesses = 8192;
	struct machine *mach = bench_boot_tlb(UINT64_C(4) << 30, "k10");

	for (auto _ : state)
		batch(state, [&] {
			for (unsigned i = 0; i < accesses; i++)
				benchmark::
				    DoNotOptimize(pmapsim_cpu_access(mach,
					DMAP_MIN_ADDRESS +
					    static_cast<vm_offset_t>(i %
						pages) *
						NBPDR,
					PMAPSIM_ACCESS_READ));
		});
	batch_items(state, accesses);
	pmapsim_destroy(mach);
}
BENCHMARK(tlb_access_2m)->UseManualTime()->Arg(1)->Arg(96)->Arg(1024);

/* All four levels, from CR3 to a PTE, and its rights. */
void
mmu_walk(benchmark::State &state)
{
	const auto pages = static_cast<unsigned>(state.range(0));
	const unsigned accesses = 8192;
	struct machine *mach = bench_boot(UINT64_C(64) << 20, NBPDR);
	const pmap_t pmap = pmapsim_kernel_pmap(mach);
	const vm_offset_t va = kmem_malloc(mach, pmapsim_kmem_map(mach),
	    ptoa(pages), M_NOWAIT);

	bench_check(va != 0, "out of memory");
	for (auto _ : state)
		batch(state, [&] {
			for (unsigned i = 0; i < accesses; i++)
				benchmark::DoNotOptimize(pmapsim_touch(mach,
				    pmap, va + ptoa(i % pages),
				    PMAPSIM_ACCESS_READ));
		});
	batch_items(state, accesses);
	pmapsim_destroy(mach);
}
/* Promoted where whole 2 MB are mapped: one page less, and four levels. */
BENCHMARK(mmu_walk)->UseManualTime()->Arg(1)->Arg(511);

} // namespace

BENCHMARK_MAIN();
