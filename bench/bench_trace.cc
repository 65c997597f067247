/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaying golden traces with parsing, digests, stats and dumps taken out: a
 * time is that of a statement, "calls" counts kernel calls a second, of which
 * a statement may make many.
 */
#include "bench_batch.h"

#include <pmapsim/audit.h>
#include <pmapsim/trace.h>

#include <fstream>
#include <string>

namespace {

const char *const names[] = {"mixed-long-0", "user-promote-long-0",
    "pressure-long-0", "kmem-long-0", "kmem-long-0"};
/* The last once more, without M_ZERO: what zeroing takes of its time. */
const int no_zero = 4;

struct pmapsim_trace *
load(const char *name, bool zero)
{
	std::ifstream file(std::string(BENCH_TRACES "/") + name + ".trace");
	std::string line, text;
	struct pmapsim_trace *trace;
	char err[256];

	bench_check(file.good(), name);
	while (std::getline(file, line)) {
		const size_t word = line.find(" zero");

		if (!zero && word != std::string::npos)
			line.erase(word, 5);
		if (line.compare(0, 6, "digest") != 0 &&
		    line.compare(0, 5, "stats") != 0 &&
		    line.compare(0, 4, "dump") != 0 && line[0] != '|')
			text += line + "\n";
	}
	bench_check(pmapsim_trace_from_memory(name, text.data(), text.size(),
			&trace, err, sizeof(err)) == PMAPSIM_OK,
	    err);
	return (trace);
}

/* "audit_each": statements between audits; 0: none. */
void
replay(benchmark::State &state, unsigned audit_each)
{
	const char *name = names[state.range(0)];
	struct pmapsim_trace *trace = load(name, state.range(0) != no_zero);
	uint64_t calls = 0, statements = 0;
	char err[256], msg[256];

	for (auto _ : state) {
		struct pmapsim_replay *rp;
		const struct pmapsim_replay_result *result;

		bench_check(pmapsim_replay_start(trace, nullptr, &rp, err,
				sizeof(err)) == PMAPSIM_OK,
		    err);
		batch(state, [&] {
			if (audit_each == 0)
				pmapsim_replay_run(rp);
			else
				for (unsigned i = 1; pmapsim_replay_step(rp) ==
				     PMAPSIM_REPLAY_RUNNING;
				     i++)
					if (i % audit_each == 0)
						machine_audit(
						    pmapsim_replay_machine(rp),
						    msg, sizeof(msg));
		});
		result = pmapsim_replay_result(rp);
		bench_check(result->outcome == PMAPSIM_REPLAY_MATCHED,
		    result->message);
		statements = result->statements;
		calls += result->calls;
		pmapsim_replay_end(rp);
	}
	state.SetLabel(name);
	state.counters["calls"] = benchmark::Counter(static_cast<double>(calls),
	    benchmark::Counter::kIsRate);
	batch_items(state, statements);
	pmapsim_trace_close(trace);
}

void
trace_replay(benchmark::State &state)
{
	replay(state, 0);
}
BENCHMARK(trace_replay)->UseManualTime()->DenseRange(0, no_zero, 1);

void
trace_replay_audited(benchmark::State &state)
{
	replay(state, 100);
}
BENCHMARK(trace_replay_audited)->UseManualTime()->DenseRange(0, 3, 1);

} // namespace

BENCHMARK_MAIN();
