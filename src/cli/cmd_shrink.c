/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim shrink: cuts a failing trace down.
 */
#include <pmapsim/study.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cli.h"

enum {
	SHRINK_AGAINST,
	SHRINK_AUDIT,
	SHRINK_CALLERS,
	SHRINK_JSON,
	SHRINK_KERNEL,
	SHRINK_OUTPUT,
	SHRINK_QUIET
};
static const struct cli_option shrink_options[] =
    {[SHRINK_AGAINST] = {"against", "K",
	 "a difference from kernel K is a failure too"},
	[SHRINK_AUDIT] = {"audit", NULL,
	    "an audit violation after a statement is a failure too"},
	[SHRINK_CALLERS] = {"callers", "WHO",
	    "legal: keep to what correct callers do; any: do not"},
	[SHRINK_JSON] = {"json", NULL,
	    "print JSON that has the trace as one of its texts"},
	[SHRINK_KERNEL] = {"kernel", "K",
	    "boot kernel K instead of the one that the trace names"},
	[SHRINK_OUTPUT] = {"output", "FILE",
	    "write the trace to FILE instead of standard output"},
	[SHRINK_QUIET] = CLI_QUIET_OPTION,
	{NULL, NULL, NULL}};

static bool
shrink_write(const struct pmapsim_trace *shrunk, const char *path)
{
	struct cli_output output;
	const char *text;
	size_t size;

	if (!cli_output_open(&output, path))
		return (false);
	text = pmapsim_trace_text(shrunk, &size);
	fwrite(text, 1, size, output.file);
	return (cli_output_close(&output, true));
}

static bool
shrink_print_json(const struct pmapsim_trace *trace,
    const struct pmapsim_finding *finding, const struct pmapsim_trace *shrunk)
{

	return (cli_print_json(json_pack("{s:o, s:o*, s:I, s:o*}", "trace",
	    cli_json_text(pmapsim_trace_name(trace)), "finding",
	    cli_json_finding(finding), "statements",
	    (json_int_t)pmapsim_trace_statements(shrunk), "text",
	    cli_json_trace(shrunk))));
}

/* Writes what was found where it was asked for; an exit code. */
static enum cli_exit
shrink_report(const struct cli_args *args, const struct pmapsim_trace *trace,
    const struct pmapsim_finding *finding, const struct pmapsim_trace *shrunk)
{
	const bool json = args->options[SHRINK_JSON] != NULL;
	const char *path = args->options[SHRINK_OUTPUT];

	if ((path != NULL || !json) && !shrink_write(shrunk, path))
		return (CLI_BAD);
	if (json && !shrink_print_json(trace, finding, shrunk))
		return (CLI_BAD);
	return (CLI_OK);
}

/*
 * Says whether the shrunk trace keeps to what correct callers do: as the
 * option says, or, without one, when the given trace fails while it does so.
 * What no correct caller does is then told.  False: the option is wrong, or
 * the trace could not be judged.
 */
static bool
shrink_choose_callers(const struct cli_args *args,
    const struct pmapsim_trace *trace, struct pmapsim_judge *judge)
{
	const char *who = args->options[SHRINK_CALLERS];
	struct pmapsim_finding finding;
	char err[600];

	judge->legal = true;
	if (who != NULL && strcmp(who, "any") == 0)
		judge->legal = false;
	else if (who != NULL && strcmp(who, "legal") != 0) {
		cli_error("--callers %s: legal or any would be right", who);
		return (false);
	}
	if (who != NULL)
		return (true);
	if (pmapsim_judge_trace(trace, judge, &finding, err, sizeof(err)) !=
	    PMAPSIM_OK) {
		cli_error("%s", err);
		return (false);
	}
	if (finding.kind != PMAPSIM_FINDING_NONE || finding.text[0] == '\0')
		return (true);
	judge->legal = false;
	if (args->options[SHRINK_QUIET] == NULL)
		fprintf(stderr,
		    "pmapsim: %s: line %u: %s; so others need not "
		    "either\n",
		    pmapsim_trace_name(trace), finding.line, finding.text);
	return (true);
}

static enum cli_exit
shrink_run(const struct cli_args *args)
{
	struct cli_progress progress;
	struct pmapsim_shrink_options options =
	    {.judge =
		    {
			.kernel = args->options[SHRINK_KERNEL],
			.against = args->options[SHRINK_AGAINST],
			.exhaustion = true,
			.leaks = true,
			.audit_each = args->options[SHRINK_AUDIT] != NULL,
		    },
		.progress = cli_progress_hook,
		.arg = &progress};
	struct pmapsim_finding finding;
	struct pmapsim_trace *trace, *shrunk;
	enum cli_exit code = CLI_BAD;
	char comment[200], err[600];
	int error;

	trace = scenario_open(args->operands[0]);
	if (trace == NULL)
		return (CLI_BAD);
	if (!shrink_choose_callers(args, trace, &options.judge)) {
		pmapsim_trace_close(trace);
		return (CLI_BAD);
	}
	snprintf(comment, sizeof(comment), "Shrunk from %.120s.",
	    pmapsim_trace_name(trace));
	options.comment = comment;
	cli_progress_start(&progress, "trials", 0,
	    args->options[SHRINK_QUIET] == NULL);
	error = pmapsim_shrink(trace, &options, &shrunk, &finding, err,
	    sizeof(err));
	cli_progress_end(&progress);
	if (error == PMAPSIM_ESTOPPED)
		code = CLI_BAD; /* told already */
	else if (error != PMAPSIM_OK)
		cli_error("%s", err);
	else {
		code = shrink_report(args, trace, &finding, shrunk);
		pmapsim_trace_close(shrunk);
	}
	/* The shortest found so far was written. */
	if (progress.stop != 0)
		code = cli_progress_code(&progress);
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
	"the same way, with its results.  Where the given trace does only what\n"
	"correct callers do, so does the shortest.  Exits 2 when nothing fails.\n",
    .options = shrink_options,
    .run = shrink_run,
};
