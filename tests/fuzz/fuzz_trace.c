/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace reader on arbitrary bytes: checking never crashes, and what passes
 * the check replays to an end, whatever it is.
 *
 * Built for libFuzzer; AFL++'s afl-clang-fast takes the same entry point.
 */
#include <pmapsim/trace.h>

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A fuzzer finds "repeat=1000000000" at once: a replay has its bounds. */
#define FUZZ_CALLS 20000
#define FUZZ_MEMORY (UINT64_C(256) << 20)

static bool
fuzz_before(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, void *arg)
{
	struct machine *mach = pmapsim_replay_machine(replay);
	const char *repeat = NULL;
	size_t i;

	if (mach != NULL && pmapsim_config(mach)->mem > FUZZ_MEMORY)
		return (false);
	for (i = 0; i + 7 < statement->length; i++)
		if (__builtin_memcmp(statement->text + i, "repeat=", 7) == 0)
			repeat = statement->text + i + 7;
	for (i = 0; repeat != NULL && repeat[i] >= '0' && repeat[i] <= '9'; i++)
		continue;
	return (i < 5 && pmapsim_replay_result(replay)->calls < FUZZ_CALLS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pmapsim_replay_options options = {.before = fuzz_before};
	struct pmapsim_replay *replay;
	struct pmapsim_trace *trace;
	char err[600];

	if (pmapsim_trace_from_memory("fuzz", data, size, &trace, err,
		sizeof(err)) != PMAPSIM_OK)
		return (0);
	if (pmapsim_trace_check(trace, err, sizeof(err)) == PMAPSIM_OK &&
	    pmapsim_replay_start(trace, &options, &replay, err, sizeof(err)) ==
		PMAPSIM_OK) {
		pmapsim_replay_run(replay);
		pmapsim_replay_end(replay);
	}
	pmapsim_trace_close(trace);
	return (0);
}
