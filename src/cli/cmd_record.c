/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim record: fills in the results of a trace.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

enum { RECORD_KERNEL, RECORD_OUTPUT };
static const struct cli_option record_options[] = {
	[RECORD_KERNEL] = { "kernel", "K",
	    "record under kernel K, which the trace then names" },
	[RECORD_OUTPUT] = { "output", "FILE",
	    "write to FILE instead of standard output" },
	{ NULL, NULL, NULL }
};

/*
 * Records into "path" by way of a temporary neighbour, so that what is there
 * stays when it fails, and a trace can be recorded over itself.
 */
static int
record_to_file(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, const char *path, char *err,
    size_t errsize)
{
	struct pmapsim_replay_result result;
	char temporary[4096];
	FILE *out;
	int error;

	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.tmp.%ld", path,
	    (long)getpid()) >= sizeof(temporary)) {
		snprintf(err, errsize, "%.60s...: the name is too long", path);
		return (PMAPSIM_EIO);
	}
	out = fopen(temporary, "w");
	if (out == NULL) {
		snprintf(err, errsize, "%.400s: %s", temporary, strerror(errno));
		return (PMAPSIM_EIO);
	}
	error = pmapsim_trace_record(trace, options, out, &result, err,
	    errsize);
	if (fclose(out) != 0 && error == PMAPSIM_OK) {
		snprintf(err, errsize, "%.400s: %s", temporary, strerror(errno));
		error = PMAPSIM_EIO;
	}
	if (error == PMAPSIM_OK && rename(temporary, path) != 0) {
		snprintf(err, errsize, "%.400s: %s", path, strerror(errno));
		error = PMAPSIM_EIO;
	}
	if (error != PMAPSIM_OK)
		unlink(temporary);
	return (error);
}

static enum cli_exit
record_run(const struct cli_args *args)
{
	struct pmapsim_replay_options options;
	struct pmapsim_replay_result result;
	struct cli_progress progress;
	struct pmapsim_trace *trace;
	char err[512];
	int error;

	memset(&options, 0, sizeof(options));
	options.after = cli_progress_after;
	options.arg = &progress;
	options.kernel = args->options[RECORD_KERNEL];
	if (options.kernel != NULL &&
	    !pmapsim_kernel_valid(options.kernel, err, sizeof(err))) {
		cli_error("%s", err);
		return (CLI_BAD);
	}
	trace = scenario_open(args->operands[0]);
	if (trace == NULL)
		return (CLI_BAD);
	/* On a terminal the trace itself would show how far it is. */
	cli_progress_start(&progress, "statements",
	    pmapsim_trace_statements(trace),
	    args->options[RECORD_OUTPUT] != NULL || !isatty(STDOUT_FILENO));
	if (args->options[RECORD_OUTPUT] != NULL)
		error = record_to_file(trace, &options,
		    args->options[RECORD_OUTPUT], err, sizeof(err));
	else
		error = pmapsim_trace_record(trace, &options, stdout, &result,
		    err, sizeof(err));
	cli_progress_end(&progress);
	pmapsim_trace_close(trace);
	if (error != PMAPSIM_OK) {
		cli_error("%s", err);
		return (CLI_BAD);
	}
	return (CLI_OK);
}

const struct cli_command cmd_record = {
	.name = "record",
	.operands = "NAME|FILE",
	.min = 1,
	.max = 1,
	.summary = "Fill in the results of a trace",
	.description =
	    "Makes the calls of scenario NAME or trace FILE (- is standard input)\n"
	    "and writes the trace with the results that they gave, in place of\n"
	    "those that it had.  A panic ends it.  Comments and layout stay.\n",
	.options = record_options,
	.run = record_run,
};
