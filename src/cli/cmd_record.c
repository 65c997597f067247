/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim record: fills in the results of a trace.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

enum { RECORD_KERNEL, RECORD_OUTPUT, RECORD_QUIET };
static const struct cli_option record_options[] =
    {[RECORD_KERNEL] = {"kernel", "K",
	 "record under kernel K, which the trace then names"},
	[RECORD_OUTPUT] = {"output", "FILE",
	    "write to FILE instead of standard output"},
	[RECORD_QUIET] = CLI_QUIET_OPTION,
	{NULL, NULL, NULL}};

static enum cli_exit
record_run(const struct cli_args *args)
{
	struct pmapsim_replay_options options;
	struct pmapsim_replay_result result;
	struct cli_progress progress;
	struct cli_output output;
	struct pmapsim_trace *trace;
	enum cli_exit code = CLI_BAD;
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
	if (cli_output_open(&output, args->options[RECORD_OUTPUT])) {
		/* On a terminal the trace itself would show how far it is. */
		cli_progress_start(&progress, "statements",
		    pmapsim_trace_statements(trace),
		    args->options[RECORD_QUIET] == NULL &&
			(output.file != stdout || !isatty(STDOUT_FILENO)));
		error = pmapsim_trace_record(trace, &options, output.file,
		    &result, err, sizeof(err));
		if (!cli_progress_end(&progress))
			code = cli_progress_code(&progress);
		/* What cannot be written, its end tells. */
		else if (error != PMAPSIM_OK && error != PMAPSIM_EIO)
			cli_error("%s", err);
		else
			code = CLI_OK;
		if (!cli_output_close(&output, code == CLI_OK) &&
		    code == CLI_OK)
			code = CLI_BAD;
	}
	pmapsim_trace_close(trace);
	return (code);
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
