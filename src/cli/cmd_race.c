/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim race: what other CPUs' MMUs do inside a call.
 */
#include <pmapsim/audit.h>
#include <pmapsim/race.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/cli.h"

enum {
	RACE_ACTIONS,
	RACE_ADDRESS,
	RACE_ALL,
	RACE_CPUS,
	RACE_JSON,
	RACE_KERNEL,
	RACE_LINE,
	RACE_OUTPUT,
	RACE_QUIET,
	RACE_SHARD,
	RACE_TIME,
	RACE_TLB,
	RACE_UNREDUCED,
	RACE_WITH
};
static const struct cli_option race_options[] =
    {[RACE_ACTIONS] = {"actions", "K",
	 "actions of other CPUs inside a call, at most; default 1"},
	[RACE_ADDRESS] = {"address", "VA,VA...",
	    "access these; default: where the call changes mappings"},
	[RACE_ALL] = {"all", NULL, "try each call of the trace, not the last"},
	[RACE_CPUS] = CLI_CPUS_OPTION,
	[RACE_JSON] = {"json", NULL, "print JSON instead of text"},
	[RACE_KERNEL] = {"kernel", "K",
	    "boot kernel K instead of the one that the trace names"},
	[RACE_LINE] = {"line", "N", "try the call in line N"},
	[RACE_OUTPUT] = {"output", "FILE",
	    "write the placement found, as a trace, to FILE"},
	[RACE_QUIET] = CLI_QUIET_OPTION,
	[RACE_SHARD] = {"shard", "I/N",
	    "do only the first actions that are I modulo N"},
	[RACE_TIME] = {"time", "T", "stop after T seconds"},
	[RACE_TLB] = CLI_TLB_OPTION,
	[RACE_UNREDUCED] = {"unreduced", NULL,
	    "try actions also where they cannot matter"},
	[RACE_WITH] = {"with", "A,A...",
	    "what CPUs do: access, switch, query, stray; default access"},
	{NULL, NULL, NULL}};

static const struct cli_number race_actions_number = {.min = 1,
    .max = PMAPSIM_RACE_ACTIONS};
static const struct cli_number race_line_number = {.min = 1,
    .max = UINT_MAX,
    .what = "the number of a line of the trace"};
static const struct cli_number race_time_number = {.min = 1,
    .max = UINT32_MAX,
    .suffix = true};
static const struct cli_number race_address_number = {.max = UINT64_MAX,
    .any_base = true};

/* Reads "VA,VA..."; false, with the message, when it is none. */
static bool
race_addresses(const char *text, vm_offset_t *address, unsigned *n)
{
	uint64_t va;
	char word[40];
	size_t length;

	for (*n = 0; text != NULL;
	     text = text[length] == ',' ? text + length + 1 : NULL) {
		length = strcspn(text, ",");
		snprintf(word, sizeof(word), "%.*s",
		    (int)(length < 39 ? length : 39), text);
		if (*n == PMAPSIM_RACE_ADDRESSES ||
		    !cli_read_number(word, &race_address_number, &va)) {
			cli_error("race: --address %.60s: up to %d addresses, "
				  "commas between them, would be right",
			    text, PMAPSIM_RACE_ADDRESSES);
			return (false);
		}
		address[(*n)++] = va;
	}
	return (true);
}

static const struct cli_word race_words[] = {{"access", PMAPSIM_RACE_ACCESS},
    {"switch", PMAPSIM_RACE_SWITCH}, {"query", PMAPSIM_RACE_QUERY},
    {"stray", PMAPSIM_RACE_STRAY}, {NULL, 0}};

static bool
race_parse(const struct cli_args *args, struct pmapsim_race_options *options,
    vm_offset_t *address)
{
	uint64_t actions = 1, cpus = 0, line = 0, seconds = 0;
	char err[300];

	if (!cli_number("race", "actions", args->options[RACE_ACTIONS],
		&race_actions_number, &actions) ||
	    !cli_number("race", "cpus", args->options[RACE_CPUS],
		&cli_cpus_number, &cpus) ||
	    !cli_number("race", "line", args->options[RACE_LINE],
		&race_line_number, &line) ||
	    !cli_number("race", "time", args->options[RACE_TIME],
		&race_time_number, &seconds) ||
	    !cli_shard("race", args->options[RACE_SHARD], &options->shard,
		&options->shards) ||
	    !cli_words("race", "with", args->options[RACE_WITH], "action",
		race_words, &options->with) ||
	    !race_addresses(args->options[RACE_ADDRESS], address,
		&options->naddress))
		return (false);
	if (args->options[RACE_ALL] != NULL &&
	    args->options[RACE_LINE] != NULL) {
		cli_error("race: --all and --line: one of them would be right");
		return (false);
	}
	options->actions = (unsigned)actions;
	options->ncpu = (unsigned)cpus;
	options->line = (unsigned)line;
	options->seconds = (double)seconds;
	options->address = address;
	options->kernel = args->options[RACE_KERNEL];
	options->tlb = args->options[RACE_TLB];
	options->all = args->options[RACE_ALL] != NULL;
	options->unreduced = args->options[RACE_UNREDUCED] != NULL;
	if (options->kernel != NULL &&
	    !pmapsim_kernel_valid(options->kernel, err, sizeof(err))) {
		cli_error("%s", err);
		return (false);
	}
	return (true);
}

static bool
race_progress(void *arg, uint64_t placements)
{
	struct cli_progress *progress = arg;

	return (cli_progress(progress, placements));
}

/* The names of the rules of the audit that judged nothing, as JSON. */
static json_t *
race_broken_json(uint64_t broken)
{
	json_t *names = json_array();
	const char *name;
	unsigned i;

	for (i = 0; (name = pmapsim_audit_rule(i, NULL)) != NULL; i++)
		if ((broken >> i & 1) != 0 &&
		    json_array_append_new(names, json_string(name)) != 0) {
			json_decref(names);
			return (NULL);
		}
	return (names);
}

/*
 * Prints a line with the names of the rules of the audit that judged nothing;
 * no line where all of them judged.
 */
static void
race_print_broken(uint64_t broken)
{
	const char *name,
	    *before = "broken without other CPUs too, and so "
		      "not judged, in the audit: ";
	unsigned i;

	for (i = 0; (name = pmapsim_audit_rule(i, NULL)) != NULL; i++)
		if ((broken >> i & 1) != 0) {
			printf("%s%s", before, name);
			before = ", ";
		}
	if (broken != 0)
		putchar('\n');
}

static bool
race_report(const struct cli_args *args, const char *name,
    const struct pmapsim_race_result *result, struct cli_output *output)
{
	const bool found = result->kind != PMAPSIM_RACE_NONE;
	const char *text;
	size_t size;

	if (found && output->path != NULL) {
		text = pmapsim_trace_text(result->trace, &size);
		fwrite(text, 1, size, output->file);
	}
	if (!cli_output_close(output, found) && found)
		return (false);
	if (args->options[RACE_JSON] != NULL)
		return (cli_print_json(
		    json_pack("{s:o, s:s, s:I, s:s*, s:I, s:I, s:I, s:o, s:b, "
			      "s:o*}",
			"trace", cli_json_text(name), "kind",
			pmapsim_race_kind_name(result->kind), "line",
			(json_int_t)result->line, "text",
			found ? result->text : NULL, "placements",
			(json_int_t)result->placements, "statements",
			(json_int_t)result->statements, "skipped",
			(json_int_t)result->skipped, "broken",
			race_broken_json(result->broken), "complete",
			(int)(result->complete || found), "found",
			cli_json_trace(result->trace))));
	if (!found) {
		printf("%s: nothing in %" PRIu64 " placements of %" PRIu64
		       " calls",
		    name, result->placements, result->statements);
		if (result->skipped != 0)
			printf("; %" PRIu64 " calls have no address to access",
			    result->skipped);
		if (!result->complete)
			printf("; then the time was up");
		putchar('\n');
		race_print_broken(result->broken);
		return (true);
	}
	printf("%s: line %u, after %" PRIu64 " placements: %s\n%s\n", name,
	    result->line, result->placements,
	    pmapsim_race_kind_name(result->kind), result->text);
	if (output->path == NULL) {
		text = pmapsim_trace_text(result->trace, &size);
		printf("\n");
		fwrite(text, 1, size, stdout);
	} else
		printf("written to %s\n", output->path);
	return (true);
}

static enum cli_exit
race_run(const struct cli_args *args)
{
	struct pmapsim_race_options options = {0};
	vm_offset_t address[PMAPSIM_RACE_ADDRESSES];
	struct pmapsim_race_result result;
	struct pmapsim_trace *trace;
	struct cli_progress progress;
	struct cli_output output;
	enum cli_exit code = CLI_BAD;
	char err[600];
	int error;

	if (!cli_has_points())
		return (cli_run_with_points());
	if (!race_parse(args, &options, address) ||
	    (trace = scenario_open(args->operands[0])) == NULL)
		return (CLI_BAD);
	if (!cli_output_open(&output,
		args->options[RACE_OUTPUT] != NULL ?
		    args->options[RACE_OUTPUT] :
		    "-")) {
		pmapsim_trace_close(trace);
		return (CLI_BAD);
	}
	options.progress = race_progress;
	options.arg = &progress;
	cli_progress_start(&progress, "placements", 0,
	    args->options[RACE_QUIET] == NULL);
	error = pmapsim_race(trace, &options, &result, err, sizeof(err));
	cli_progress_end(&progress);
	if (progress.stop != 0) {
		cli_output_close(&output, false);
		code = cli_progress_code(&progress);
	} else if (error != PMAPSIM_OK) {
		cli_output_close(&output, false);
		cli_error("%s", err);
	} else if (race_report(args, pmapsim_trace_name(trace), &result,
		       &output))
		code = result.kind != PMAPSIM_RACE_NONE ? CLI_MISMATCH : CLI_OK;
	pmapsim_trace_close(result.trace);
	pmapsim_trace_close(trace);
	return (code);
}

const struct cli_command cmd_race = {
    .name = "race",
    .operands = "NAME|FILE",
    .min = 1,
    .max = 1,
    .summary = "Try what other CPUs can do inside a call",
    .description =
	"Makes a call of the trace again and again; each time other CPUs read,\n"
	"write or fetch at another moment inside it, through their TLBs, or do\n"
	"what --with says.  Tells the first placement after which a write is\n"
	"lost, a translation is stale, a free page is used or the auditor finds\n"
	"a violation, and gives it as a trace.  --all passes over calls that are\n"
	"made where no other CPU has the pmap, or whose callers invalidate.\n"
	"Exits 0 when nothing was found, 1 when something was.\n",
    .options = race_options,
    .run = race_run,
};
