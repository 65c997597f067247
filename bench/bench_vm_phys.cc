/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The buddy allocator; the argument is the order of the blocks.
 */
#include "bench_batch.h"

#include <vector>

namespace {

/* So many blocks of the order that a GiB has room for them, 1024 at most. */
std::vector<vm_page_t>
blocks(const benchmark::State &state)
{
	const size_t most = size_t {1} << (17 - state.range(0));

	return (std::vector<vm_page_t>(most < 1024 ? most : 1024));
}

void
take(struct machine *mach, std::vector<vm_page_t> &pages, int order)
{
	for (auto &m : pages)
		m = vm_phys_alloc_pages(mach, 0, order);
	bench_check(pages.back() != nullptr, "out of memory");
}

void
give(struct machine *mach, const std::vector<vm_page_t> &pages, int order)
{
	for (auto m : pages)
		vm_phys_free_pages(mach, m, order);
}

void
vm_phys_alloc(benchmark::State &state)
{
	const int order = static_cast<int>(state.range(0));
	struct machine *mach = bench_boot(UINT64_C(1) << 30, NBPDR);
	auto pages = blocks(state);

	for (auto _ : state) {
		batch(state, [&] { take(mach, pages, order); });
		give(mach, pages, order);
	}
	batch_items(state, pages.size());
	pmapsim_destroy(mach);
}
BENCHMARK(vm_phys_alloc)->UseManualTime()->DenseRange(0, 12, 1);

void
vm_phys_free(benchmark::State &state)
{
	const int order = static_cast<int>(state.range(0));
	struct machine *mach = bench_boot(UINT64_C(1) << 30, NBPDR);
	auto pages = blocks(state);

	for (auto _ : state) {
		take(mach, pages, order);
		batch(state, [&] { give(mach, pages, order); });
	}
	batch_items(state, pages.size());
	pmapsim_destroy(mach);
}
BENCHMARK(vm_phys_free)->UseManualTime()->DenseRange(0, 12, 1);

} // namespace

BENCHMARK_MAIN();
