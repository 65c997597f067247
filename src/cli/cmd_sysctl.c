/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim sysctl: the counters of a machine after a replay, as sysctl(8)
 * prints them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cli/cli.h"

enum { SYSCTL_AT, SYSCTL_CSV, SYSCTL_JSON, SYSCTL_KERNEL, SYSCTL_QUIET };
static const struct cli_option sysctl_options[] =
    {[SYSCTL_AT] = {"at", "CALL",
	 "stop after the statement in line CALL of the trace"},
	[SYSCTL_CSV] = {"csv", NULL,
	    "print a row of comma-separated values for each statement"},
	[SYSCTL_JSON] = {"json", NULL, "print JSON instead of lines"},
	[SYSCTL_KERNEL] = {"kernel", "K",
	    "boot kernel K instead of the one that the trace names"},
	[SYSCTL_QUIET] = CLI_QUIET_OPTION,
	{NULL, NULL, NULL}};

#define SYSCTL_TEXT_MAX 16384

static const char *
sysctl_name(void *arg, unsigned index)
{

	return (pmapsim_sysctl_name(index));
}

/* Whether "name" is "node" or lies below it, as sysctl(8) takes a branch. */
static bool
sysctl_is_below(const char *name, const char *node)
{
	size_t n = strlen(node);

	return (strncmp(name, node, n) == 0 &&
	    (name[n] == '\0' || name[n] == '.'));
}

/* Prints, or adds to "json", each counter that "node" names, NULL all; returns
 * how many. */
static unsigned
sysctl_show(struct machine *mach, const char *node, json_t *json)
{
	char text[SYSCTL_TEXT_MAX];
	const char *name;
	int64_t value;
	unsigned i, shown = 0;

	for (i = 0; (name = pmapsim_sysctl_name(i)) != NULL; i++) {
		if (node != NULL && !sysctl_is_below(name, node))
			continue;
		if (pmapsim_sysctl_text(mach, name, text, sizeof(text)) < 0)
			continue;
		if (json == NULL)
			printf("%s: %s\n", name, text);
		else if (pmapsim_sysctl(mach, name, &value) == PMAPSIM_OK)
			json_object_set_new(json, name,
			    json_integer((json_int_t)value));
		else
			json_object_set_new(json, name, json_string(text));
		shown++;
	}
	return (shown);
}

/*
 * What the hook knows; on the stack of sysctl_run().
 */
struct sysctl_view {
	struct cli_progress progress;
	const struct cli_args *args;
	uint64_t at;   /* line to stop behind; 0: none */
	unsigned last; /* line made last */
	bool csv;
};

/* Whether the operands ask for "name", a number; all are asked for by none. */
static bool
sysctl_in_row(const struct cli_args *args, struct machine *mach,
    const char *name, int64_t *value)
{
	unsigned i;
	bool asked = args->noperands == 1;

	for (i = 1; i < args->noperands; i++)
		asked = asked || sysctl_is_below(name, args->operands[i]);
	return (asked && pmapsim_sysctl(mach, name, value) == PMAPSIM_OK);
}

/* Prints the heading, or the values behind the statement in "line". */
static void
sysctl_row(const struct cli_args *args, struct machine *mach, unsigned line)
{
	const char *name;
	int64_t value;
	unsigned i;

	if (line == 0)
		printf("line");
	else
		printf("%u", line);
	for (i = 0; (name = pmapsim_sysctl_name(i)) != NULL; i++) {
		if (!sysctl_in_row(args, mach, name, &value))
			continue;
		if (line == 0)
			printf(",%s", name);
		else
			printf(",%" PRId64, value);
	}
	putchar('\n');
}

static bool
sysctl_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct machine *mach = pmapsim_replay_machine(replay);
	struct sysctl_view *view = arg;

	if (view->csv && mach != NULL) {
		if (view->last == 0)
			sysctl_row(view->args, mach, 0);
		sysctl_row(view->args, mach, statement->line);
	}
	view->last = statement->line;
	return (cli_progress_after(replay, statement, result,
		    &view->progress) &&
	    (view->at == 0 || statement->line < view->at));
}

/* False, with the message: no counter is called so, and none lies below. */
static bool
sysctl_known(const char *node)
{
	const char *name, *near;
	unsigned i;

	for (i = 0; (name = pmapsim_sysctl_name(i)) != NULL; i++)
		if (sysctl_is_below(name, node))
			return (true);
	near = pmapsim_nearest(node, sysctl_name, NULL);
	cli_error("no counter \"%.60s\"%s%s%s", node,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
	return (false);
}

/* Shows what the operands after the first ask for. */
static enum cli_exit
sysctl_show_all(struct machine *mach, const struct cli_args *args)
{
	json_t *json;
	unsigned i;

	json = args->options[SYSCTL_JSON] != NULL ? json_object() : NULL;
	if (args->noperands == 1)
		sysctl_show(mach, NULL, json);
	for (i = 1; i < args->noperands; i++)
		sysctl_show(mach, args->operands[i], json);
	if (args->options[SYSCTL_JSON] != NULL && !cli_print_json(json))
		return (CLI_BAD);
	return (CLI_OK);
}

static enum cli_exit
sysctl_run(const struct cli_args *args)
{
	static const struct cli_number line_number = {.min = 1,
	    .max = UINT32_MAX,
	    .what = "the number of a line of the trace"};
	struct sysctl_view view = {.args = args};
	struct pmapsim_replay_options options = {.ignore_mismatches = true,
	    .kernel = args->options[SYSCTL_KERNEL],
	    .after = sysctl_after,
	    .arg = &view};
	const struct pmapsim_replay_result *result;
	struct pmapsim_replay *replay;
	struct pmapsim_trace *trace;
	enum cli_exit code = CLI_BAD;
	char err[512];
	unsigned i;

	view.csv = args->options[SYSCTL_CSV] != NULL;
	if (view.csv && args->options[SYSCTL_JSON] != NULL) {
		cli_error("sysctl: --csv and --json: one of them would be "
			  "right");
		return (CLI_BAD);
	}
	if (!cli_number("sysctl", "at", args->options[SYSCTL_AT], &line_number,
		&view.at))
		return (CLI_BAD);
	for (i = 1; i < args->noperands; i++)
		if (!sysctl_known(args->operands[i]))
			return (CLI_BAD);
	trace = scenario_open(args->operands[0]);
	if (trace == NULL)
		return (CLI_BAD);
	if (pmapsim_replay_start(trace, &options, &replay, err, sizeof(err)) !=
	    PMAPSIM_OK)
		cli_error("%s", err);
	else {
		cli_progress_start(&view.progress, "statements",
		    pmapsim_trace_statements(trace),
		    args->options[SYSCTL_QUIET] == NULL && !view.csv);
		pmapsim_replay_run(replay);
		result = pmapsim_replay_result(replay);
		/* Without a machine it panicked at boot. */
		if (!cli_progress_end(&view.progress))
			code = cli_progress_code(&view.progress);
		else if (result->outcome == PMAPSIM_REPLAY_BAD_INPUT ||
		    result->outcome == PMAPSIM_REPLAY_NO_MEMORY ||
		    pmapsim_replay_machine(replay) == NULL)
			cli_error("%s", result->message);
		else if (view.at != 0 && view.last != view.at)
			cli_error("%s:%" PRIu64 ": no statement is there; line "
				  "%u has the nearest",
			    args->operands[0], view.at, view.last);
		else if (view.csv)
			code = CLI_OK;
		else
			code = sysctl_show_all(pmapsim_replay_machine(replay),
			    args);
		pmapsim_replay_end(replay);
	}
	pmapsim_trace_close(trace);
	return (code);
}

const struct cli_command cmd_sysctl = {
    .name = "sysctl",
    .operands = "NAME|FILE [COUNTER...]",
    .min = 1,
    .max = CLI_OPERANDS_MAX,
    .summary = "Print a machine's counters after a replay",
    .description =
	"Replays scenario NAME or trace FILE, whatever its results, and prints\n"
	"the counters by their sysctl names: those named, those below a name\n"
	"(vm.pmap), or all.\n",
    .options = sysctl_options,
    .run = sysctl_run,
};
