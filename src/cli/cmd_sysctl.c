/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim sysctl: the counters of a machine after a replay, as sysctl(8)
 * prints them.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cli/cli.h"

enum { SYSCTL_JSON, SYSCTL_KERNEL, SYSCTL_QUIET };
static const struct cli_option sysctl_options[] =
    {[SYSCTL_JSON] = {"json", NULL, "print JSON instead of lines"},
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

/* Shows what the operands after the first ask for. */
static enum cli_exit
sysctl_show_all(struct machine *mach, const struct cli_args *args)
{
	const char *near;
	json_t *json;
	unsigned i;

	json = args->options[SYSCTL_JSON] != NULL ? json_object() : NULL;
	if (args->noperands == 1)
		sysctl_show(mach, NULL, json);
	for (i = 1; i < args->noperands; i++) {
		if (sysctl_show(mach, args->operands[i], json) > 0)
			continue;
		near = pmapsim_nearest(args->operands[i], sysctl_name, NULL);
		cli_error("no counter \"%.60s\"%s%s%s", args->operands[i],
		    near != NULL ? "; did you mean \"" : "",
		    near != NULL ? near : "", near != NULL ? "\"?" : "");
		json_decref(json);
		return (CLI_BAD);
	}
	if (args->options[SYSCTL_JSON] != NULL && !cli_print_json(json))
		return (CLI_BAD);
	return (CLI_OK);
}

static enum cli_exit
sysctl_run(const struct cli_args *args)
{
	struct cli_progress progress;
	struct pmapsim_replay_options options = {.ignore_mismatches = true,
	    .kernel = args->options[SYSCTL_KERNEL],
	    .after = cli_progress_after,
	    .arg = &progress};
	const struct pmapsim_replay_result *result;
	struct pmapsim_replay *replay;
	struct pmapsim_trace *trace;
	enum cli_exit code = CLI_BAD;
	char err[512];

	trace = scenario_open(args->operands[0]);
	if (trace == NULL)
		return (CLI_BAD);
	if (pmapsim_replay_start(trace, &options, &replay, err, sizeof(err)) !=
	    PMAPSIM_OK)
		cli_error("%s", err);
	else {
		cli_progress_start(&progress, "statements",
		    pmapsim_trace_statements(trace),
		    args->options[SYSCTL_QUIET] == NULL);
		pmapsim_replay_run(replay);
		result = pmapsim_replay_result(replay);
		/* Without a machine it panicked at boot. */
		if (!cli_progress_end(&progress))
			code = cli_progress_code(&progress);
		else if (result->outcome == PMAPSIM_REPLAY_BAD_INPUT ||
		    pmapsim_replay_machine(replay) == NULL)
			cli_error("%s", result->message);
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
