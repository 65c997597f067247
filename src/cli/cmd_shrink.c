/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim shrink: cuts a failing trace down.
 */
#include <pmapsim/study.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum { SHRINK_AGAINST, SHRINK_AUDIT, SHRINK_KERNEL };
static const struct cli_option shrink_options[] = {
	[SHRINK_AGAINST] = { "against", "K",
	    "a difference from kernel K is a failure too" },
	[SHRINK_AUDIT] = { "audit", NULL,
	    "an audit violation after a statement is a failure too" },
	[SHRINK_KERNEL] = { "kernel", "K",
	    "boot kernel K instead of the one that the trace names" },
	{ NULL, NULL, NULL }
};

static enum cli_exit
shrink_run(const struct cli_args *args)
{
	struct pmapsim_judge judge = {
		.kernel = args->options[SHRINK_KERNEL],
		.against = args->options[SHRINK_AGAINST],
		.legal = true,
		.audit_each = args->options[SHRINK_AUDIT] != NULL,
	};
	struct pmapsim_finding finding;
	struct pmapsim_trace *trace, *shrunk;
	enum cli_exit code = CLI_BAD;
	char comment[200], err[600];
	const char *text;
	size_t size;

	trace = scenario_open(args->operands[0]);
	if (trace == NULL)
		return (CLI_BAD);
	snprintf(comment, sizeof(comment), "Shrunk from %.120s.",
	    pmapsim_trace_name(trace));
	if (pmapsim_shrink(trace, &judge, 0, comment, &shrunk, &finding, err,
	    sizeof(err)) != PMAPSIM_OK)
		cli_error("%s", err);
	else {
		text = pmapsim_trace_text(shrunk, &size);
		fwrite(text, 1, size, stdout);
		pmapsim_trace_close(shrunk);
		code = CLI_OK;
	}
	pmapsim_trace_close(trace);
	return (code);
}

const struct cli_command cmd_shrink = {
	.name = "shrink",
	.operands = "NAME|FILE",
	.min = 1,
	.max = 1,
	.summary = "Cut a failing trace down to a short one that fails alike",
	.description =
	    "Replays the trace, its results ignored; where it fails (a panic, and\n"
	    "what the options add), prints a shortest trace found that fails in\n"
	    "the same way, with its results.  Exits 2 when nothing fails.\n",
	.options = shrink_options,
	.run = shrink_run,
};
