/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernels whose machines differ from the boot on cannot make a trace's calls in
 * step: their addresses are others, and some calls of one the other does not
 * have.  What can be asked of them is what ended a panic.  So the first kernel
 * makes the calls, again and again, each time with one switch as the second has
 * it: where no panic comes any more, that switch is what ended it.
 */
#include "study/diff.h"

#include <stdio.h>
#include <string.h>

#include "base/kernel.h"
#include "trace/trace_var.h"

/*
 * Makes the calls of "trace" under "kernel", their results ignored.  The replay
 * is returned through "replay", where it ended.
 */
static int
ending_run(const struct pmapsim_trace *trace, const char *kernel,
    struct diff_watch *watch, struct pmapsim_replay **replay, char *err,
    size_t errsize)
{
	struct pmapsim_replay_options options = {.kernel = kernel,
	    .ignore_results = true};
	int error;

	error = pmapsim_replay_start(trace, &options, replay, err, errsize);
	if (error != PMAPSIM_OK)
		return (error);
	while (pmapsim_replay_step(*replay) == PMAPSIM_REPLAY_RUNNING)
		if (!diff_tell(watch))
			break;
	if (pmapsim_replay_result(*replay)->outcome != PMAPSIM_REPLAY_NO_MEMORY)
		return (PMAPSIM_OK);
	return (trace_replay_error(*replay, err, errsize));
}

/* Whether "kernel" makes all calls of "trace": it neither panics nor stops. */
static int
ending_is_calm(const struct pmapsim_trace *trace, const char *kernel,
    struct diff_watch *watch, bool *calm, char *err, size_t errsize)
{
	struct pmapsim_replay *replay = NULL;
	int error;

	*calm = false;
	error = ending_run(trace, kernel, watch, &replay, err, errsize);
	if (error == PMAPSIM_OK && !watch->stopped)
		*calm = pmapsim_replay_result(replay)->outcome ==
			PMAPSIM_REPLAY_MATCHED &&
		    pmapsim_panic(pmapsim_replay_machine(replay)) == NULL;
	pmapsim_replay_end(replay);
	/* A machine that the switch alone does not let boot says nothing. */
	return (error == PMAPSIM_EINVAL ? PMAPSIM_OK : error);
}

/* Notes the panic that "replay" has ended in, if it has. */
static int
ending_note_panic(struct pmapsim_replay *replay, struct pmapsim_diff *diff)
{
	const struct pmapsim_panic *panic;
	struct machine *mach;

	mach = pmapsim_replay_machine(replay);
	panic = mach != NULL ? pmapsim_panic(mach) : NULL;
	/* Where the simulator ends is no panic that a kernel has mended. */
	if (panic == NULL || panic->simulator)
		return (PMAPSIM_OK);
	diff->panic_line = pmapsim_replay_statement(replay)->line;
	diff->panic = strdup(panic->text);
	return (diff->panic != NULL ? PMAPSIM_OK : PMAPSIM_ENOMEM);
}

int
diff_ending(const struct pmapsim_trace *trace, struct diff_watch *watch,
    struct pmapsim_diff *diff, char *err, size_t errsize)
{
	const struct pmapsim_diff_options *options = watch->options;
	char name[PMAPSIM_KERNEL_NAME_SIZE];
	struct pmapsim_replay *replay = NULL;
	struct kernel a, b;
	unsigned ks, n = 0;
	bool calm;
	int error;

	if (!kernel_parse(options->kernel_a, &a, err, errsize) ||
	    !kernel_parse(options->kernel_b, &b, err, errsize))
		return (PMAPSIM_EINVAL);
	error = ending_run(trace, options->kernel_a, watch, &replay, err,
	    errsize);
	if (error == PMAPSIM_OK && !watch->stopped)
		error = ending_note_panic(replay, diff);
	pmapsim_replay_end(replay);
	for (ks = 0;
	     ks < KS_COUNT && error == PMAPSIM_OK && diff->panic != NULL &&
	     !watch->stopped && n < PMAPSIM_DIFF_TOGETHER - 1;
	     ks++) {
		if (kernel_set_has(&a.switches, ks) ==
			kernel_set_has(&b.switches, ks) ||
		    pmapsim_kernel_with(a.name, kernel_switch_name(ks), b.name,
			name, sizeof(name)) != PMAPSIM_OK)
			continue;
		error = ending_is_calm(trace, name, watch, &calm, err, errsize);
		if (calm)
			diff->ended[n++] = kernel_switch_name(ks);
	}
	return (error);
}
