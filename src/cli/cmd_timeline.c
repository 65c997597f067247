/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim timeline: writes a trace's timeline in the Trace Event format, for
 * Perfetto and chrome://tracing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/cli.h"
#include "study/timeline.h"

#define TIMELINE_PID 1
#define TIMELINE_DIGITS 12 /* of a time: 10^8 calls, 511 events in each */

enum { TIMELINE_KERNEL, TIMELINE_OUTPUT, TIMELINE_QUIET };
static const struct cli_option timeline_options[] =
    {[TIMELINE_KERNEL] = {"kernel", "K",
	 "boot kernel K instead of the one that the trace names"},
	[TIMELINE_OUTPUT] = {"output", "FILE",
	    "write to FILE instead of standard output"},
	[TIMELINE_QUIET] = CLI_QUIET_OPTION,
	{NULL, NULL, NULL}};

/* A file that is being written event by event: traces can be long. */
struct timeline_file {
	FILE *out;
	unsigned ncpu;
	bool named; /* the tracks have their names */
	bool failed;
	struct cli_progress progress;
};

/* Writes one event of the format, which it takes over. */
static void
timeline_write(struct timeline_file *file, json_t *json, bool first)
{

	fputs(first ? "\n" : ",\n", file->out);
	if (json == NULL ||
	    json_dumpf(json, file->out,
		JSON_COMPACT | JSON_REAL_PRECISION(TIMELINE_DIGITS)) != 0)
		file->failed = true;
	json_decref(json);
}

/* The tracks: the process is the machine, its threads are the CPUs. */
static void
timeline_name_tracks(struct timeline_file *file)
{
	char name[16];
	unsigned i;

	timeline_write(file,
	    json_pack("{s:s, s:s, s:i, s:i, s:{s:s}}", "name", "process_name",
		"ph", "M", "ts", 0, "pid", TIMELINE_PID, "args", "name",
		"pmapsim"),
	    true);
	for (i = 0; i < file->ncpu; i++) {
		snprintf(name, sizeof(name), "CPU %u", i);
		timeline_write(file,
		    json_pack("{s:s, s:s, s:i, s:i, s:i, s:{s:s}}", "name",
			"thread_name", "ph", "M", "ts", 0, "pid", TIMELINE_PID,
			"tid", (int)i, "args", "name", name),
		    false);
	}
	file->named = true;
}

static json_t *
timeline_call(const struct timeline_event *event)
{

	return (json_pack("{s:s, s:s, s:s, s:f, s:f, s:i, s:i, "
			  "s:{s:i, s:s, s:s}}",
	    "name", event->name, "cat", "call", "ph", "X", "ts", event->time,
	    "dur", event->duration, "pid", TIMELINE_PID, "tid", (int)event->cpu,
	    "args", "line", (int)event->line, "call", event->text, "result",
	    event->result));
}

static json_t *
timeline_instant(const struct timeline_event *event, const char *category,
    const char *name, const char *scope, json_t *args)
{

	return (json_pack("{s:s, s:s, s:s, s:s, s:f, s:i, s:i, s:o}", "name",
	    name, "cat", category, "ph", "i", "s", scope, "ts", event->time,
	    "pid", TIMELINE_PID, "tid", (int)event->cpu, "args", args));
}

static json_t *
timeline_counter(const struct timeline_event *event)
{
	char name[32];

	if (event->kind == TIMELINE_COUNTER)
		return (json_pack("{s:s, s:s, s:f, s:i, s:{s:I}}", "name",
		    event->name, "ph", "C", "ts", event->time, "pid",
		    TIMELINE_PID, "args", "value", (json_int_t)event->value));
	snprintf(name, sizeof(name), "shootdowns of CPU %u", event->cpu);
	return (json_pack("{s:s, s:s, s:f, s:i, s:{s:I, s:I}}", "name", name,
	    "ph", "C", "ts", event->time, "pid", TIMELINE_PID, "args",
	    "received", (json_int_t)event->received, "sent",
	    (json_int_t)event->sent));
}

static bool
timeline_event(void *arg, const struct timeline_event *event)
{
	struct timeline_file *file = arg;
	char name[64], va[24];
	json_t *json;

	if (!file->named)
		timeline_name_tracks(file);
	switch (event->kind) {
	case TIMELINE_CALL:
		json = timeline_call(event);
		break;
	case TIMELINE_EVENT:
		snprintf(name, sizeof(name),
		    event->count == 1 ? "%s" : "%s, %" PRIu64 " times",
		    event->name, event->count);
		snprintf(va, sizeof(va), "0x%" PRIx64, event->va);
		json = timeline_instant(event, "pmap", name, "t",
		    json_pack("{s:s, s:s, s:I}", "va", va, "pmap", event->pmap,
			"count", (json_int_t)event->count));
		break;
	case TIMELINE_LOST:
		json = timeline_instant(event, "pmap", "messages lost", "t",
		    json_pack("{s:I}", "count", (json_int_t)event->count));
		break;
	case TIMELINE_RECEIVED:
		json = timeline_instant(event, "shootdown", "shootdown", "t",
		    json_pack("{s:I}", "messages", (json_int_t)event->count));
		break;
	case TIMELINE_PANIC:
		json = timeline_instant(event, "panic", "panic", "g",
		    json_pack("{s:s}", "text", event->text));
		break;
	default:
		json = timeline_counter(event);
	}
	timeline_write(file, json, false);
	return (!file->failed);
}

static bool
timeline_progress(void *arg, uint64_t statements)
{
	struct timeline_file *file = arg;

	return (cli_progress(&file->progress, statements));
}

/* What stands behind the events: of which trace, and in which unit. */
static void
timeline_write_end(struct timeline_file *file, const char *name)
{
	json_t *json;

	json = json_pack("{s:o, s:s, s:s, s:s}", "trace", cli_json_text(name),
	    "time",
	    "simulated: 1 us is one kernel call, a repeated one "
	    "counting each time; there is no other clock",
	    "within a call", "events are in their order, evenly spaced",
	    "version", pmapsim_version());
	fputs("\n],\n\"displayTimeUnit\":\"ns\",\n\"otherData\":", file->out);
	if (json == NULL || json_dumpf(json, file->out, 0) != 0)
		file->failed = true;
	json_decref(json);
	fputs("}\n", file->out);
}

static enum cli_exit
timeline_write_all(const struct cli_args *args,
    const struct pmapsim_trace *trace, struct cli_output *output)
{
	struct pmapsim_replay_options options;
	struct timeline_file file;
	const char *name;
	char err[512];
	int error;

	memset(&options, 0, sizeof(options));
	options.kernel = args->options[TIMELINE_KERNEL];
	memset(&file, 0, sizeof(file));
	file.out = output->file;
	fputs("{\"traceEvents\":[", file.out);
	cli_progress_start(&file.progress, "statements",
	    pmapsim_trace_statements(trace),
	    args->options[TIMELINE_QUIET] == NULL &&
		(output->file != stdout || !isatty(STDOUT_FILENO)));
	error = timeline_replay(trace, &options, timeline_event,
	    timeline_progress, &file, &file.ncpu, err, sizeof(err));
	if (!cli_progress_end(&file.progress))
		return (cli_progress_code(&file.progress));
	if (error != PMAPSIM_OK) {
		cli_error("%s", err);
		return (CLI_BAD);
	}
	name = strrchr(args->operands[0], '/');
	timeline_write_end(&file, name != NULL ? name + 1 : args->operands[0]);
	/* What cannot be written, its end tells. */
	if (!file.failed || ferror(file.out))
		return (CLI_OK);
	cli_error("no memory for the JSON");
	return (CLI_BAD);
}

static enum cli_exit
timeline_run(const struct cli_args *args)
{
	const char *kernel = args->options[TIMELINE_KERNEL];
	struct pmapsim_trace *trace;
	struct cli_output output;
	enum cli_exit code = CLI_BAD;
	char err[512];

	if (!cli_with_json("timeline"))
		return (CLI_BAD);
	if (kernel != NULL && !pmapsim_kernel_valid(kernel, err, sizeof(err))) {
		cli_error("%s", err);
		return (CLI_BAD);
	}
	trace = scenario_open(args->operands[0]);
	if (trace == NULL)
		return (CLI_BAD);
	if (cli_output_open(&output, args->options[TIMELINE_OUTPUT])) {
		code = timeline_write_all(args, trace, &output);
		if (!cli_output_close(&output, code == CLI_OK) &&
		    code == CLI_OK)
			code = CLI_BAD;
	}
	pmapsim_trace_close(trace);
	return (code);
}

const struct cli_command cmd_timeline = {
    .name = "timeline",
    .operands = "NAME|FILE",
    .min = 1,
    .max = 1,
    .summary = "Write the calls of a trace for Perfetto or chrome://tracing",
    .description =
	"Makes the calls of scenario NAME or trace FILE (- is standard input)\n"
	"and writes them as JSON in the Trace Event format: each call as a slice\n"
	"on its CPU's track; promotions, demotions and their failures as instant\n"
	"events in it; shootdown messages by CPU; and counters.  Time is\n"
	"simulated: 1 us stands for one call, and statements that only ask are\n"
	"left out.  https://ui.perfetto.dev opens the file.\n"
	"\n"
	"Results that the trace expects are not compared.  Exits 0, and 2 on bad\n"
	"input.\n",
    .options = timeline_options,
    .run = timeline_run,
};
