/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A replay of a text, and how it ends.
 */
#ifndef TESTS_TRACE_TRACE_REPLAY_FIXTURE_H
#define TESTS_TRACE_TRACE_REPLAY_FIXTURE_H

#include "amd64/pmap_var.h"
#include "support.h"
#include "trace/trace_var.h"

#define M "machine mem=32M first=4M kmem=8M ncpu=2 invariants=on\n"
#define LITTER                                                          \
	"machine mem=32M first=4M ncpu=2 superpages=on invariants=off " \
	"kmem=8M kernel=2010-04+litter\n"                               \
	"kmem_malloc 2M nowait => 0xffffff8000000000\n"                 \
	"kmem_free 0xffffff8000000000 8K\n"                             \
	"kmem_malloc 8K nowait"
#define LITTER_PANIC "panic \"pmap_enter: attempted pmap_enter on 2MB page\""

/* A replay and its trace. */
struct run {
	struct pmapsim_trace *trace;
	struct pmapsim_replay *rp;
	const struct pmapsim_replay_result *result;
	enum pmapsim_replay_outcome outcome;
};

static inline void
start(struct run *run, const char *text,
    const struct pmapsim_replay_options *options)
{
	char err[256];

	assert_int_equal(pmapsim_trace_from_memory("t", text, strlen(text),
			     &run->trace, err, sizeof(err)),
	    PMAPSIM_OK);
	assert_int_equal(pmapsim_replay_start(run->trace, options, &run->rp,
			     err, sizeof(err)),
	    PMAPSIM_OK);
	run->result = pmapsim_replay_result(run->rp);
	run->outcome = run->result->outcome;
	assert_int_equal(run->outcome, PMAPSIM_REPLAY_RUNNING);
}

static inline void
run_options(struct run *run, const char *text,
    const struct pmapsim_replay_options *options)
{

	start(run, text, options);
	run->outcome = pmapsim_replay_run(run->rp);
	assert_int_equal(run->outcome, run->result->outcome);
}

static inline void
end(struct run *run)
{

	pmapsim_replay_end(run->rp);
	pmapsim_trace_close(run->trace);
}

/* Replays "text" and asserts how it ends, and with which message. */
static inline void
ends(const char *text, enum pmapsim_replay_outcome outcome, const char *message)
{
	struct run run;

	run_options(&run, text, NULL);
	if (run.outcome != outcome || strcmp(run.result->message, message) != 0)
		fail_msg("%s\n    ended %d, %s\n    expected %d, %s", text,
		    run.outcome, run.result->message, outcome, message);
	end(&run);
}

#define matches(text) ends((text), PMAPSIM_REPLAY_MATCHED, "")

#endif /* TESTS_TRACE_TRACE_REPLAY_FIXTURE_H */
