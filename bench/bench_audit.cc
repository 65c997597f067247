/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recounting and summing up a machine; the argument is the number of regions
 * of 2 MB that are mapped by 4 KB pages, each with its pv entry.
 */
#include "bench_batch.h"

#include <pmapsim/audit.h>
#include <pmapsim/trace.h>

namespace {

void
audit(benchmark::State &state)
{
	Regions fixture(state);
	char msg[256];

	bench_enter_all(&fixture.regions, false);
	for (auto _ : state)
		batch(state, [&] {
			bench_check(machine_audit(fixture.mach, msg,
					sizeof(msg)) == 0,
			    msg);
		});
	batch_items(state, fixture.count * NPTEPG);
}
BENCHMARK(audit)->Apply(superpages);

void
digest(benchmark::State &state)
{
	Regions fixture(state);

	bench_enter_all(&fixture.regions, false);
	for (auto _ : state)
		batch(state, [&] {
			benchmark::DoNotOptimize(pmapsim_digest(fixture.mach));
		});
	batch_items(state, fixture.count * NPTEPG);
}
BENCHMARK(digest)->UseManualTime()->Arg(1)->Arg(10)->Arg(100)->Arg(1000);

} // namespace

BENCHMARK_MAIN();
