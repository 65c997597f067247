/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages, allocated and freed with and without a reservation behind them; the
 * argument is their number in superpages of 512.
 */
#include "bench_batch.h"

#include <vector>

namespace {

/* A machine with an object, coloured or not, that is to get all pages. */
class Pages {
public:
	Pages(const benchmark::State &state, bool reserved)
	    : number(static_cast<vm_pindex_t>(state.range(0)) * NPTEPG)
	{
		mach = bench_boot(ptoa(number) + (UINT64_C(64) << 20), NBPDR);
		object = vm_object_allocate(mach, OBJT_DEFAULT, number);
		if (reserved)
			pmapsim_object_color(mach, object, 0);
	}
	~Pages()
	{
		pmapsim_destroy(mach);
	}
	Pages(const Pages &) = delete;
	Pages &operator=(const Pages &) = delete;

	void take()
	{
		vm_page_t m = nullptr;

		for (vm_pindex_t i = 0; i < number; i++)
			m = vm_page_alloc(mach, object, i, VM_ALLOC_NORMAL);
		bench_check(m != nullptr, "out of pages");
	}
	void give()
	{
		for (vm_pindex_t i = 0; i < number; i++)
			vm_page_free(mach, vm_page_lookup(mach, object, i));
	}

	vm_pindex_t number;
	struct machine *mach;
	vm_object_t object;
};

void
alloc(benchmark::State &state, bool reserved)
{
	Pages pages(state, reserved);

	pages.take();
	pages.give();
	for (auto _ : state) {
		batch(state, [&] { pages.take(); });
		pages.give();
	}
	batch_items(state, pages.number);
}

void
release(benchmark::State &state, bool reserved)
{
	Pages pages(state, reserved);

	for (auto _ : state) {
		pages.take();
		batch(state, [&] { pages.give(); });
	}
	batch_items(state, pages.number);
}

void
vm_page_alloc_reservation(benchmark::State &state)
{
	alloc(state, true);
}
BENCHMARK(vm_page_alloc_reservation)->Apply(superpages);

void
vm_page_alloc_plain(benchmark::State &state)
{
	alloc(state, false);
}
BENCHMARK(vm_page_alloc_plain)->Apply(superpages);

/* vm_page_lookup() and vm_page_free(). */
void
vm_page_free_reservation(benchmark::State &state)
{
	release(state, true);
}
BENCHMARK(vm_page_free_reservation)->Apply(superpages);

void
vm_page_free_plain(benchmark::State &state)
{
	release(state, false);
}
BENCHMARK(vm_page_free_plain)->Apply(superpages);

} // namespace

BENCHMARK_MAIN();
