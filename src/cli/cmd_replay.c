/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim replay: shows a trace's calls as they happen, and explains the
 * panic in which it may end.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <jansson.h>

#include <pmapsim/audit.h>
#include <pmapsim/hw.h>

#include "cli/cli.h"
#include "study/explain.h"
#include "study/region.h"

enum {
	REPLAY_AUDIT,
	REPLAY_CPUS,
	REPLAY_EXPLAIN,
	REPLAY_JSON,
	REPLAY_KERNEL,
	REPLAY_KTR,
	REPLAY_QUIET,
	REPLAY_TLB
};
static const struct cli_option replay_options[] =
    {[REPLAY_AUDIT] = {"audit", "every|end|N",
	 "recount everything after every or each Nth call, or at the end"},
	[REPLAY_CPUS] = CLI_CPUS_OPTION,
	[REPLAY_EXPLAIN] = {"explain", NULL,
	    "say below each call what it changed, and why"},
	[REPLAY_JSON] = {"json", NULL,
	    "print how it ends as JSON, and unless --quiet the results"},
	[REPLAY_KERNEL] = {"kernel", "K",
	    "boot kernel K instead of the one that the trace names"},
	[REPLAY_KTR] = {"ktr", NULL,
	    "show the kernel's own trace messages below each call"},
	[REPLAY_QUIET] = {"quiet", NULL, "show no calls, only how it ends"},
	[REPLAY_TLB] = CLI_TLB_OPTION,
	{NULL, NULL, NULL}};

/* What the hooks know. */
struct replay_view {
	bool quiet;
	bool ktr;
	bool explain;
	bool color;
	struct explain_state *copy; /* before the statement; explain's */
	const char *told; /* up to here the trace's comments are shown */
	struct cli_progress progress;
	uint64_t ktr_seen;     /* messages */
	uint64_t console_seen; /* lines */
	uint64_t audit_each;   /* statements; 0: none */
	bool audit_end;
	uint64_t statements;
	uint64_t compared;   /* of them, with a result that the trace expects */
	json_t *results;     /* of --json; NULL: not wanted */
	json_t *console;     /* of --json; NULL: not wanted */
	bool violated;	     /* and told */
	bool no_memory;	     /* of the host's, for an audit, and told */
	uint64_t detections; /* shown */
	uint64_t expected;   /* that the trace has asserted */
};

/* Reads the value of --audit; false, with the message, when it is none. */
static bool
replay_audit_option(const char *value, struct replay_view *view)
{
	static const struct cli_number each = {.min = 1, .max = UINT64_MAX};

	if (value == NULL)
		return (true);
	view->audit_end = true;
	if (strcmp(value, "end") == 0)
		return (true);
	if (strcmp(value, "every") == 0) {
		view->audit_each = 1;
		return (true);
	}
	if (cli_read_number(value, &each, &view->audit_each))
		return (true);
	cli_error("--audit %.40s: every, end or a number would be right",
	    value);
	return (false);
}

/* Audits; false, with the message, at a violation or when it cannot. */
static bool
replay_audit(struct pmapsim_replay *replay, struct replay_view *view)
{
	const struct pmapsim_trace_statement *statement;
	struct machine *mach;
	char message[400];
	int audited;

	mach = pmapsim_replay_machine(replay);
	/* A panicked machine stopped in the middle of changing something. */
	if (mach == NULL || pmapsim_panic(mach) != NULL)
		return (true);
	audited = machine_audit(mach, message, sizeof(message));
	if (audited == 0)
		return (true);
	statement = pmapsim_replay_statement(replay);
	cli_progress_end(&view->progress);
	cli_error("audit after line %u (%.*s): %s", statement->line,
	    (int)statement->length, statement->text, message);
	view->violated = audited > 0;
	view->no_memory = audited < 0;
	return (false);
}

/* What the trace says of itself, which a reader of the calls should know. */
static void
replay_show_header(const struct pmapsim_trace *trace)
{
	const char *header;
	size_t size;

	header = pmapsim_trace_header(trace, &size);
	if (size > 0) {
		cli_print_text(stdout, header, size);
		putchar('\n');
	}
}

/* Where the trace goes on behind that. */
static const char *
replay_after_header(const struct pmapsim_trace *trace)
{
	size_t size;

	pmapsim_trace_header(trace, &size);
	return (pmapsim_trace_text(trace, NULL) + size);
}

/* Tells that there is no memory to explain with; false. */
static bool
replay_explain_fails(struct replay_view *view)
{

	cli_progress_end(&view->progress);
	cli_error("no memory to explain with");
	view->no_memory = true;
	return (false);
}

static bool
replay_before(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, void *arg)
{
	struct replay_view *view = arg;
	struct machine *mach;

	mach = pmapsim_replay_machine(replay);
	if (view->ktr && mach != NULL)
		pmapsim_ktr_enable(mach, true);
	if (!view->explain)
		return (true);
	explain_watch(replay);
	if (view->copy == NULL)
		view->copy = explain_copy(replay);
	return (view->copy != NULL || replay_explain_fails(view));
}

/* Shows the comments of the trace from the last statement to this one. */
static void
replay_show_comments(struct replay_view *view,
    const struct pmapsim_trace_statement *statement)
{
	const char *end, *line;

	for (line = view->told; line < statement->text; line = end + 1) {
		end = memchr(line, '\n', (size_t)(statement->text - line));
		if (end == NULL)
			break;
		if (line[0] == '#')
			printf("%s%.*s%s\n", cli_style(view->color, CLI_STRONG),
			    (int)(end - line), line,
			    cli_style(view->color, CLI_PLAIN));
		else if (line == end && line > view->told)
			putchar('\n');
	}
	view->told = statement->text;
}

/* Shows what the statement changed; false, with the message: no memory. */
static bool
replay_show_changes(struct pmapsim_replay *replay, struct replay_view *view)
{
	struct explain_state *after;
	struct explain *explain = NULL;

	after = explain_copy(replay);
	if (after != NULL)
		explain = explain_difference(view->copy, after, replay);
	explain_copy_free(view->copy);
	view->copy = after;
	if (explain == NULL)
		return (replay_explain_fails(view));
	cli_show_explain(explain, view->color);
	explain_free(explain);
	return (true);
}

static void
replay_show_ktr(struct machine *mach, struct replay_view *view)
{
	char message[256];
	uint64_t count;

	count = pmapsim_ktr_count(mach);
	if (count - view->ktr_seen > PMAPSIM_KTR_ENTRIES) {
		printf("\t(%" PRIu64 " messages lost)\n",
		    count - view->ktr_seen - PMAPSIM_KTR_ENTRIES);
		view->ktr_seen = count - PMAPSIM_KTR_ENTRIES;
	}
	for (; view->ktr_seen < count; view->ktr_seen++)
		if (pmapsim_ktr_dump(mach, view->ktr_seen, message,
			sizeof(message)) >= 0)
			printf("%s\n", message);
}

/* The head of what ktrdump -ct prints. */
static void
replay_show_ktr_head(void)
{

	printf("%-6s %-3s %-16s %s\n", "index", "cpu", "timestamp", "trace");
	puts("------ --- ---------------- -----");
}

/* What the kernel has printed on the console since the last time. */
static void
replay_show_console(struct machine *mach, struct replay_view *view,
    const struct pmapsim_trace_statement *statement)
{
	char line[256];
	uint64_t count;

	count = pmapsim_console_count(mach);
	for (; view->console_seen < count; view->console_seen++) {
		if (pmapsim_console_line(mach, view->console_seen, line,
			sizeof(line)) < 0)
			continue;
		if (view->console != NULL)
			json_array_append_new(view->console,
			    json_pack("{s:I, s:s}", "line",
				(json_int_t)statement->line, "text", line));
		else if (!view->quiet)
			printf("\tconsole: %s\n", line);
	}
}

/* What the detector has found since the last time. */
static void
replay_show_detections(struct machine *mach, struct replay_view *view)
{
	struct pmapsim_detection detection;
	char text[700];

	for (; view->detections < pmapsim_detections(mach);
	     view->detections++) {
		if (view->quiet ||
		    pmapsim_detection(mach, view->detections, &detection) !=
			PMAPSIM_OK)
			continue;
		pmapsim_detection_format(&detection, text, sizeof(text));
		printf("\t%s%s%s\n", cli_style(view->color, CLI_BAD_NEWS), text,
		    cli_style(view->color, CLI_PLAIN));
	}
}

/* Notes how many detections the trace expects, as far as it has been made. */
static void
replay_expect(struct replay_view *view,
    const struct pmapsim_trace_statement *statement, const char *result)
{
	const uint64_t n = explain_expected_detections(statement, result);

	if (view->expected < n)
		view->expected = n;
}

/* Adds a statement that has a result to --json's list. */
static void
replay_json_result(json_t *results,
    const struct pmapsim_trace_statement *statement, const char *result)
{
	char text[1024];

	if (result[0] == '\0')
		return;
	snprintf(text, sizeof(text), "%.*s", (int)statement->length,
	    statement->text);
	json_array_append_new(results,
	    json_pack("{s:I, s:s, s:o, s:o}", "line",
		(json_int_t)statement->line, "op", statement->op, "statement",
		cli_json_text(text), "result", cli_json_text(result)));
}

static bool
replay_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct replay_view *view = arg;
	struct machine *mach;

	if (view->explain)
		replay_show_comments(view, statement);
	if (!view->quiet)
		cli_show_call(statement, result,
		    pmapsim_panic(pmapsim_replay_machine(replay)) != NULL,
		    view->color);
	if (view->explain && !replay_show_changes(replay, view))
		return (false);
	view->statements = pmapsim_replay_result(replay)->statements;
	mach = pmapsim_replay_machine(replay);
	if (view->ktr && mach != NULL)
		replay_show_ktr(mach, view);
	if (mach != NULL) {
		replay_show_console(mach, view, statement);
		replay_show_detections(mach, view);
	}
	if (statement->expected != NULL) {
		view->compared++;
		replay_expect(view, statement, result);
	}
	if (view->results != NULL)
		replay_json_result(view->results, statement, result);
	if (view->audit_each != 0 && view->statements % view->audit_each == 0 &&
	    !replay_audit(replay, view))
		return (false);
	return (cli_progress(&view->progress, view->statements));
}

/* Notes what has been found since the hook was called last. */
static void
replay_note_end(struct pmapsim_replay *replay, struct replay_view *view)
{
	struct machine *mach = pmapsim_replay_machine(replay);

	if (mach != NULL && view->quiet)
		view->detections = pmapsim_detections(mach);
}

/*
 * What the TLBs did, where there are any.  Returns false, with the message,
 * when translations were wrong that the trace does not know of.
 */
static bool
replay_show_tlb(struct machine *mach, const struct replay_view *view)
{
	uint64_t unexpected;

	if (mach == NULL || pmapsim_tlb_name(mach) == NULL)
		return (true);
	cli_show_tlb(mach, view->quiet);
	unexpected = pmapsim_detections(mach) - view->expected;
	if (pmapsim_detections(mach) <= view->expected)
		return (true);
	cli_error("%" PRIu64 " wrong translation%s that the trace does not "
		  "expect",
	    unexpected, unexpected == 1 ? "" : "s");
	return (false);
}

/* What the command exits with after "replay". */
static enum cli_exit
replay_code(const struct pmapsim_replay_result *result)
{

	switch (result->outcome) {
	case PMAPSIM_REPLAY_MATCHED:
		return (CLI_OK);
	case PMAPSIM_REPLAY_MISMATCH:
		return (CLI_MISMATCH);
	case PMAPSIM_REPLAY_PANIC:
		return (CLI_PANIC);
	default:
		return (CLI_BAD);
	}
}

/* Tells that all went as the trace expects, if it does expect something. */
static void
replay_show_match(const char *name, const struct pmapsim_replay_result *result,
    const struct pmapsim_panic *panic, const struct replay_view *view)
{

	printf("%s%s: %s%s; %" PRIu64 " statement%s, %" PRIu64
	       " call%s, %s%s\n",
	    cli_style(view->color, CLI_GOOD),
	    strcmp(name, "-") == 0 ? "standard input" : name,
	    panic != NULL ? "panics" : "ends",
	    view->compared > 0 ? ", as expected" : "", result->statements,
	    result->statements == 1 ? "" : "s", result->calls,
	    result->calls == 1 ? "" : "s",
	    view->compared > 0 ? "all results match" : "no results to compare",
	    cli_style(view->color, CLI_PLAIN));
}

/* Tells the end, and what the command exits with. */
static enum cli_exit
replay_end(const char *name, const struct pmapsim_trace *trace,
    struct pmapsim_replay *replay, const struct pmapsim_replay_options *options,
    const struct replay_view *view)
{
	const struct pmapsim_replay_result *result;
	const struct pmapsim_panic *panic;
	struct region region;
	const bool color = view->color;
	bool known, explained;
	char err[512];

	result = pmapsim_replay_result(replay);
	panic = pmapsim_panic(pmapsim_replay_machine(replay));
	if (panic != NULL) {
		cli_show_panic(panic, color);
		explained = panic->code == REGION_PANIC &&
		    region_explain(trace, options, &region, err, sizeof(err));
		if (explained)
			cli_show_region(&region, color);
		putchar('\n');
		if (panic->code == REGION_PANIC && !explained &&
		    region.no_memory) {
			cli_error("%s", err);
			return (CLI_BAD);
		}
	}
	known = replay_show_tlb(pmapsim_replay_machine(replay), view);
	switch (result->outcome) {
	case PMAPSIM_REPLAY_MATCHED:
		replay_show_match(name, result, panic, view);
		break;
	case PMAPSIM_REPLAY_MISMATCH:
		if (result->expected == NULL || result->got == NULL) {
			cli_error("%s", result->message);
			break;
		}
		cli_error("%s:%u: not what the trace expects",
		    pmapsim_trace_name(trace), result->line);
		fprintf(stderr, "    expected: %s\n    got:      %s\n",
		    result->expected, result->got);
		break;
	default:
		cli_error("%s", result->message);
	}
	if (!known && result->outcome == PMAPSIM_REPLAY_MATCHED)
		return (CLI_MISMATCH);
	return (replay_code(result));
}

static json_t *
replay_json_panic(const struct pmapsim_panic *panic)
{
	json_t *frames;
	unsigned i;

	frames = json_array();
	for (i = 0; i < panic->nframes; i++)
		json_array_append_new(frames, json_string(panic->frames[i]));
	return (json_pack("{s:s, s:s, s:s, s:i, s:s, s:b, s:b, s:o}", "code",
	    pmapsim_panic_code_name(panic->code), "class",
	    pmapsim_panic_class_name(panic->panic_class), "text", panic->text,
	    "cpu", (int)panic->cpu, "function", panic->func, "assertion",
	    panic->assertion, "simulator", panic->simulator, "frames", frames));
}

/* Tells as JSON how the replay ended; what replay_end() is for people. */
static enum cli_exit
replay_end_json(const char *name, struct pmapsim_replay *replay,
    const struct replay_view *view)
{
	static const char *const outcomes[] = {
	    [CLI_OK] = "matched",
	    [CLI_MISMATCH] = "mismatch",
	    [CLI_BAD] = "bad input",
	    [CLI_PANIC] = "panic",
	};
	const struct pmapsim_replay_result *result;
	const struct pmapsim_panic *panic;
	struct machine *mach;
	enum cli_exit code;
	const char *outcome;
	json_t *root;

	result = pmapsim_replay_result(replay);
	mach = pmapsim_replay_machine(replay);
	panic = pmapsim_panic(mach);
	code = replay_code(result);
	if (code == CLI_OK && view->detections > view->expected)
		code = CLI_MISMATCH;
	outcome = result->outcome == PMAPSIM_REPLAY_NO_MEMORY ? "no memory" :
								outcomes[code];
	root = json_pack("{s:o, s:s, s:I, s:I, s:I, s:s*, s:s*, s:s*, s:o*, "
			 "s:o*, s:o*, s:O*, s:O*}",
	    "trace", cli_json_text(name), "outcome", outcome, "line",
	    (json_int_t)result->line, "statements",
	    (json_int_t)result->statements, "calls", (json_int_t)result->calls,
	    "message", code != CLI_OK ? result->message : NULL, "expected",
	    code == CLI_MISMATCH ? result->expected : NULL, "got",
	    code == CLI_MISMATCH ? result->got : NULL, "panic",
	    panic != NULL ? replay_json_panic(panic) : NULL, "detections",
	    mach != NULL && pmapsim_config(mach)->tlb != NULL ?
		json_integer((json_int_t)view->detections) :
		NULL,
	    "tlb",
	    mach != NULL && pmapsim_tlb_name(mach) != NULL ?
		cli_json_tlb(mach) :
		NULL,
	    "console", view->console, "results", view->results);
	if (!cli_print_json(root))
		return (CLI_BAD);
	return (code);
}

/*
 * Whether the replay itself may find what is wrong with the trace, which spares
 * reading it twice.  It shows nothing then before its end.  Another number of
 * CPUs makes other statements right.
 */
static bool
replay_finds_errors(const struct cli_args *args, const struct replay_view *view)
{

	return (view->quiet && !view->audit_end &&
	    args->options[REPLAY_CPUS] == NULL);
}

/*
 * After how many statements replay_after() is called, where it has nothing to
 * say or note of each: often enough to tell how far the replay is, and to stop.
 */
static unsigned
replay_after_every(const struct replay_view *view)
{

	return (view->quiet && !view->ktr && view->results == NULL &&
		    view->console == NULL && view->audit_each == 0 ?
		64 :
		1);
}

/* Whether the replay has read the trace to its end. */
static bool
replay_read_all(struct pmapsim_replay *replay)
{
	struct machine *mach = pmapsim_replay_machine(replay);

	return (mach != NULL && pmapsim_panic(mach) == NULL &&
	    pmapsim_replay_result(replay)->outcome == PMAPSIM_REPLAY_MATCHED);
}

static enum cli_exit
replay_run(const struct cli_args *args)
{
	struct pmapsim_replay_options options;
	struct pmapsim_replay *replay;
	struct pmapsim_trace *trace;
	struct replay_view view;
	enum cli_exit code;
	bool finds_errors, shows, stopped;
	char err[512];

	memset(&view, 0, sizeof(view));
	view.quiet = args->options[REPLAY_QUIET] != NULL ||
	    args->options[REPLAY_JSON] != NULL;
	view.color = args->color;
	view.ktr = args->options[REPLAY_KTR] != NULL &&
	    args->options[REPLAY_JSON] == NULL;
	memset(&options, 0, sizeof(options));
	options.kernel = args->options[REPLAY_KERNEL];
	view.explain = args->options[REPLAY_EXPLAIN] != NULL && !view.quiet;
	options.before = view.ktr || view.explain ? replay_before : NULL;
	if (!replay_audit_option(args->options[REPLAY_AUDIT], &view) ||
	    !cli_machine_options("replay", args->options[REPLAY_CPUS],
		args->options[REPLAY_TLB], &options))
		return (CLI_BAD);
	options.after = replay_after;
	options.arg = &view;
	if (options.kernel != NULL &&
	    !pmapsim_kernel_valid(options.kernel, err, sizeof(err))) {
		cli_error("%s", err);
		return (CLI_BAD);
	}
	finds_errors = replay_finds_errors(args, &view);
	trace = finds_errors ? scenario_open_unchecked(args->operands[0]) :
			       scenario_open(args->operands[0]);
	if (trace == NULL)
		return (CLI_BAD);
	if (args->options[REPLAY_JSON] != NULL &&
	    args->options[REPLAY_QUIET] == NULL) {
		view.console = json_array();
		view.results = json_array();
	}
	options.after_every = replay_after_every(&view);
	if (pmapsim_replay_start(trace, &options, &replay, err, sizeof(err)) !=
	    PMAPSIM_OK) {
		cli_error("%s", err);
		code = CLI_BAD;
	} else {
		if (!view.quiet)
			replay_show_header(trace);
		view.told = replay_after_header(trace);
		if (view.ktr)
			replay_show_ktr_head();
		/* Calls on the same terminal are progress enough. */
		shows = view.quiet || !isatty(STDOUT_FILENO);
		cli_progress_start(&view.progress, "statements",
		    shows && isatty(STDERR_FILENO) ?
			pmapsim_trace_statements(trace) :
			0,
		    shows);
		pmapsim_replay_run(replay);
		replay_note_end(replay, &view);
		stopped = !cli_progress_end(&view.progress);
		if (!stopped && !view.violated && !view.no_memory &&
		    view.audit_end)
			replay_audit(replay, &view);
		if (stopped)
			code = cli_progress_code(&view.progress);
		else if (finds_errors && !replay_read_all(replay) &&
		    !scenario_check(trace))
			code = CLI_BAD;
		else if (view.no_memory)
			code = CLI_BAD;
		else if (view.violated)
			code = CLI_MISMATCH;
		else if (args->options[REPLAY_JSON] != NULL)
			code = replay_end_json(args->operands[0], replay,
			    &view);
		else
			code = replay_end(args->operands[0], trace, replay,
			    &options, &view);
		explain_copy_free(view.copy);
		pmapsim_replay_end(replay);
	}
	json_decref(view.console);
	json_decref(view.results);
	pmapsim_trace_close(trace);
	return (code);
}

const struct cli_command cmd_replay = {
    .name = "replay",
    .operands = "NAME|FILE",
    .min = 1,
    .max = 1,
    .summary = "Make the calls of a trace and compare their results",
    .description =
	"Prints each call of scenario NAME or trace FILE (- is standard input)\n"
	"with its line and its result.  At a panic it shows the kernel's text,\n"
	"the simulated backtrace, and, where a promotion led to it, the 2 MB\n"
	"region and why it was promoted.  With TLBs it shows each entry that was\n"
	"used and is wrong, and the call that left it, and at the end what each\n"
	"level did for pages of each size.\n"
	"\n"
	"--explain adds the comments of the trace, and below each call what it\n"
	"changed: page-table entries decoded, promotions and why they failed,\n"
	"reservations, counters.\n"
	"\n"
	"Exits 0 when all results and the expected end match, 1 when one does\n"
	"not, an audit finds a violation or a TLB entry is wrong that the trace\n"
	"does not expect by \"detections => N\" or \"detection N => TEXT\", 2 on\n"
	"bad input or without memory to audit with, 3 on a panic that the trace\n"
	"does not expect.\n",
    .options = replay_options,
    .run = replay_run,
};
