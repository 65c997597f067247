/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel mappings without accounting, and questions about an address: what
 * page-table libraries do, nothing else.  512 pages in a row, tables warm.
 *
 * Beside them a bare loop that walks the same tables, so that a ratio can be
 * told from one run: a time alone is the machine's and its neighbours'.
 */
#include "bench_batch.h"

namespace {

class Window {
public:
	Window()
	{
		mach = bench_boot(UINT64_C(256) << 20, UINT64_C(64) << 20);
		va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach), NBPDR);
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
					work(window.mach, window.va + ptoa(i),
					    i);
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
	pmap_t pmap = nullptr;

	/* Not asked for at each page: it is not the question. */
	each_page(state, [&](struct machine *mach, vm_offset_t va, unsigned i) {
		if (i == 0)
			pmap = pmapsim_kernel_pmap(mach);
		benchmark::DoNotOptimize(pmap_extract(mach, pmap, va));
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

/* The entry of level "level" for "va" below "entry": the whole of a walk. */
inline uint64_t *
below(char *arena, uint64_t entry, vm_offset_t va, int level)
{

	return (reinterpret_cast<uint64_t *>(arena + (entry & PG_FRAME)) +
	    ((va >> (PAGE_SHIFT + 9 * level)) & (NPTEPG - 1)));
}

/* "work"(PTE, i) of all pages, each found by a walk of four levels. */
template <typename Work>
void
each_bare(benchmark::State &state, Work &&work)
{
	const unsigned rounds = 8;
	Window window;
	char *arena = static_cast<char *>(pmapsim_arena(window.mach, nullptr));
	/* The PML4, as the recursive mapping shows it. */
	const vm_paddr_t top = pmap_extract(window.mach,
	    pmapsim_kernel_pmap(window.mach), UINT64_C(0xffff804020100000));

	bench_check(top != 0, "no recursive mapping");
	for (auto _ : state)
		batch(state, [&] {
			for (unsigned n = 0; n < rounds; n++)
				for (unsigned i = 0; i < NPTEPG; i++) {
					const vm_offset_t va = window.va +
					    ptoa(i);
					uint64_t *entry = below(arena, top, va,
					    3);

					for (int level = 2;
					     level >= 0 && (*entry & PG_V) != 0;
					     level--)
						entry = below(arena, *entry, va,
						    level);
					work(entry, i);
				}
		});
	batch_items(state, rounds * NPTEPG);
}

void
bare_map(benchmark::State &state)
{
	each_bare(state, [](uint64_t *pte, unsigned i) {
		*pte = ptoa(i) | PG_RW | PG_V | PG_G;
	});
}
BENCHMARK(bare_map)->UseManualTime();

void
bare_unmap(benchmark::State &state)
{
	each_bare(state, [](uint64_t *pte, unsigned) { *pte = 0; });
}
BENCHMARK(bare_unmap)->UseManualTime();

void
bare_translate(benchmark::State &state)
{
	each_bare(state, [](uint64_t *pte, unsigned) {
		benchmark::DoNotOptimize(*pte & PG_FRAME);
	});
}
BENCHMARK(bare_translate)->UseManualTime();

} // namespace

BENCHMARK_MAIN();
