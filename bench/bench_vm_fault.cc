/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program's first writes to anonymous memory, and its end; the argument is
 * the memory in superpages.
 */
#include "bench_batch.h"

namespace {

void
vm_fault_anonymous(benchmark::State &state)
{
	const auto count = static_cast<vm_size_t>(state.range(0));

	for (auto _ : state) {
		struct machine *mach = bench_boot(count * NBPDR * 5 / 4 +
			(UINT64_C(64) << 20),
		    NBPDR);
		vm_map_t map = vmspace_alloc(mach);
		vm_offset_t addr = UINT64_C(0x800000000);

		bench_check(vm_mmap(mach, map, &addr, count * NBPDR,
				VM_PROT_READ | VM_PROT_WRITE, VM_PROT_ALL,
				PMAPSIM_MAP_ANON | PMAPSIM_MAP_PRIVATE |
				    PMAPSIM_MAP_FIXED,
				nullptr, 0) == KERN_SUCCESS,
		    "vm_mmap");
		batch(state, [&] {
			for (vm_size_t i = 0; i < count * NPTEPG; i++)
				vm_fault(mach, map, addr + ptoa(i),
				    VM_PROT_WRITE, VM_FAULT_NORMAL);
		});
		bench_check(bench_sysctl(mach, "vm.pmap.pde.promotions") ==
			state.range(0),
		    "not promoted");
		pmapsim_destroy(mach);
	}
	batch_items(state, count * NPTEPG);
}
BENCHMARK(vm_fault_anonymous)->Apply(superpages);

} // namespace

BENCHMARK_MAIN();
