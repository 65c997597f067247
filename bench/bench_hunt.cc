/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random hunts, in calls; the argument is the number of calls between audits,
 * 0 for none.
 */
#include "bench_batch.h"

#include <pmapsim/study.h>

namespace {

void
hunt(benchmark::State &state)
{
	struct pmapsim_hunt_options options = {};
	struct pmapsim_hunt_result result;
	char err[256];
	uint64_t calls = 0;

	options.judge.audit_each = static_cast<unsigned>(state.range(0));
	options.calls = 50000;
	for (auto _ : state) {
		options.seed++;
		batch(state, [&] {
			bench_check(pmapsim_hunt(&options, &result, err,
					sizeof(err)) == PMAPSIM_OK,
			    err);
		});
		calls += result.position.calls;
		pmapsim_trace_close(result.trace);
	}
	batch_items(state, calls / state.iterations());
}
BENCHMARK(hunt)->UseManualTime()->Arg(0)->Arg(100);

} // namespace

BENCHMARK_MAIN();
