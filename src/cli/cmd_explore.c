/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim explore: every short sequence of a small set of calls.
 */
#include <pmapsim/study.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cli.h"

enum {
	EXPLORE_AUDIT,
	EXPLORE_DEPTH,
	EXPLORE_FAMILY,
	EXPLORE_JSON,
	EXPLORE_KERNEL,
	EXPLORE_QUIET
};
static const struct cli_option explore_options[] =
    {[EXPLORE_AUDIT] = {"audit", NULL,
	 "an audit violation after a call is a failure too"},
	[EXPLORE_DEPTH] = {"depth", "D", "calls in a sequence; default 6"},
	[EXPLORE_FAMILY] = {"family", "raw|kmem|user|space",
	    "the set of calls; default raw"},
	[EXPLORE_JSON] = {"json", NULL, "print JSON instead of text"},
	[EXPLORE_KERNEL] = {"kernel", "K", "explore kernel K; default 2010-04"},
	[EXPLORE_QUIET] = CLI_QUIET_OPTION,
	{NULL, NULL, NULL}};

/* The family called "name"; 0, with the message, when there is none. */
static unsigned
explore_family(const char *name)
{

	if (name == NULL || strcmp(name, "raw") == 0)
		return (PMAPSIM_HUNT_RAW);
	if (strcmp(name, "kmem") == 0)
		return (PMAPSIM_HUNT_KMEM);
	if (strcmp(name, "user") == 0)
		return (PMAPSIM_HUNT_USER);
	if (strcmp(name, "space") == 0)
		return (PMAPSIM_HUNT_SPACE);
	cli_error("--family %.40s: raw, kmem, user or space would be right",
	    name);
	return (0);
}

static void
explore_show(const struct pmapsim_explore_result *result)
{
	const char *text;
	size_t size;

	if (result->trace == NULL) {
		printf("nothing fails to depth %u: %" PRIu64 " states, %" PRIu64
		       " sequences%s\n",
		    result->depth, result->states, result->sequences,
		    result->complete ? "" : "; cut off, there are more states");
		return;
	}
	printf("fails in %u calls, and in no fewer: %s: %s\n"
	       "%" PRIu64 " states, %" PRIu64 " sequences\n\n",
	    result->depth, pmapsim_finding_name(result->finding.kind),
	    result->finding.text, result->states, result->sequences);
	text = pmapsim_trace_text(result->trace, &size);
	fwrite(text, 1, size, stdout);
}

static bool
explore_print_json(const struct pmapsim_explore_options *options,
    const struct pmapsim_explore_result *result)
{

	return (cli_print_json(json_pack(
	    "{s:s, s:I, s:I, s:I, s:b, s:o*, s:o*}", "kernel",
	    options->judge.kernel, "depth", (json_int_t)result->depth, "states",
	    (json_int_t)result->states, "sequences",
	    (json_int_t)result->sequences, "complete", result->complete,
	    "finding",
	    result->trace != NULL ? cli_json_finding(&result->finding) : NULL,
	    "text", cli_json_trace(result->trace))));
}

static enum cli_exit
explore_run(const struct cli_args *args)
{
	static const struct cli_number depth_number = {.min = 1, .max = 254};
	struct cli_progress progress;
	struct pmapsim_explore_options options = {.progress = cli_progress_hook,
	    .arg = &progress};
	struct pmapsim_explore_result result;
	uint64_t depth = 6;
	enum cli_exit code;
	char err[600];
	int error;

	options.judge.kernel = args->options[EXPLORE_KERNEL] != NULL ?
	    args->options[EXPLORE_KERNEL] :
	    "2010-04";
	options.judge.audit_each = args->options[EXPLORE_AUDIT] != NULL;
	options.families = explore_family(args->options[EXPLORE_FAMILY]);
	if (options.families == 0)
		return (CLI_BAD);
	if (!cli_number("explore", "depth", args->options[EXPLORE_DEPTH],
		&depth_number, &depth))
		return (CLI_BAD);
	options.depth = (unsigned)depth;
	cli_progress_start(&progress, "sequences", 0,
	    args->options[EXPLORE_QUIET] == NULL);
	error = pmapsim_explore(&options, &result, err, sizeof(err));
	cli_progress_end(&progress);
	if (error != PMAPSIM_OK) {
		cli_error("%s", err);
		return (CLI_BAD);
	}
	code = result.trace != NULL ? CLI_MISMATCH : CLI_OK;
	if (args->options[EXPLORE_JSON] == NULL)
		explore_show(&result);
	else if (!explore_print_json(&options, &result))
		code = CLI_BAD;
	/* What is known so far was told. */
	if (progress.stop != 0)
		code = cli_progress_code(&progress);
	pmapsim_trace_close(result.trace);
	return (code);
}

const struct cli_command cmd_explore = {
    .name = "explore",
    .operands = "",
    .summary = "Try every short sequence of a small set of calls",
    .description =
	"Tries all sequences of a small set of legal calls on a tiny machine,\n"
	"the shortest first; states with the same digest count as one.  Shows\n"
	"the shortest failing sequence, or that there is none to that depth.\n"
	"Exits 0 when nothing fails, 1 when something does.\n",
    .options = explore_options,
    .run = explore_run,
};
