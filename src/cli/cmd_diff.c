/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim diff: the first call after which two kernels differ, in what, and
 * through which switch.
 */
#include <pmapsim/diff.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cli.h"

enum { OPT_KERNELS, OPT_ALL, OPT_EXACT, OPT_JSON, OPT_LINES, OPT_QUIET };

static const struct cli_option diff_options[] =
    {{"kernels", "A,B", "the kernels to compare; default 2010-04,9.0"},
	{"all", NULL, "take back what accounts for a difference, and go on"},
	{"exact", NULL, "compare the whole state after every call"},
	{"json", NULL, "print JSON, with all lines, instead of text"},
	{"lines", "N", "show at most N differing lines a side; default 8"},
	CLI_QUIET_OPTION, {NULL, NULL, NULL}};

#define DIFF_LINES_DEFAULT 8
#define DIFF_KERNEL_MAX PMAPSIM_KERNEL_NAME_SIZE

/* What is asked for, and what the hook needs. */
struct diff_view {
	bool all, exact, color, quiet;
	unsigned most;	 /* lines a side */
	json_t *json;	 /* an array; NULL: text is shown */
	uint64_t before; /* statements of the differences that are told */
	struct cli_progress progress;
};

static void
diff_show_side(const struct pmapsim_diff *diff, char side, const char *kernel,
    unsigned most, bool color)
{
	unsigned i, n = 0;

	printf("  %s:\n", kernel);
	for (i = 0; i < diff->nlines; i++) {
		if (diff->lines[i].side != side)
			continue;
		if (n++ < most)
			printf("    %s%c %s%s\n",
			    cli_style(color,
				side == 'a' ? CLI_BAD_NEWS : CLI_GOOD),
			    side == 'a' ? '-' : '+', diff->lines[i].text,
			    cli_style(color, CLI_PLAIN));
	}
	if (n > most)
		printf("    ... and %u lines more\n", n - most);
	if (n == 0)
		printf("    (nothing of its own)\n");
}

/*
 * What ended the panic of the first kernel, where the machines are different
 * ones from the boot on.
 */
static void
diff_show_ended(const struct pmapsim_diff *diff, const char *kernel_a,
    const char *kernel_b)
{
	unsigned i;

	printf("  No switch accounts for it: the two boot different machines.\n"
	       "  On line %u %s panics:\n    %s\n",
	    diff->panic_line, kernel_a, diff->panic);
	if (diff->ended[0] == NULL) {
		printf("  No switch of %s ends that panic alone.\n", kernel_b);
		return;
	}
	printf(
	    "  Of the switches of %s each of these, alone, ends that panic:\n",
	    kernel_b);
	for (i = 0; diff->ended[i] != NULL; i++)
		printf("    %s%s\n",
		    pmapsim_kernel_has(kernel_b, diff->ended[i]) ? "" : "no-",
		    diff->ended[i]);
}

static void
diff_show(const char *file, const struct pmapsim_diff *diff,
    const char *kernel_a, const char *kernel_b, unsigned most, bool color)
{
	unsigned i;

	printf("%s:%u: %s\n", file, diff->line, diff->statement);
	printf("  is the first call after which the %s.\n",
	    diff->in_result ? "results differ" : "states differ");
	diff_show_side(diff, 'a', kernel_a, most, color);
	diff_show_side(diff, 'b', kernel_b, most, color);
	if (diff->account != NULL)
		printf("  The switch %s accounts for it.\n", diff->account);
	else if (diff->together[0] != NULL) {
		printf("  The switches");
		for (i = 0; diff->together[i] != NULL; i++)
			printf("%s %s", i == 0 ? "" : " and",
			    diff->together[i]);
		printf(" account for it together.\n");
	} else if (diff->panic != NULL)
		diff_show_ended(diff, kernel_a, kernel_b);
	else
		printf("  No switch accounts for it.\n");
}

/* Splits "A,B"; false, with the message, when it is not that. */
static bool
diff_kernels(const char *given, char *a, char *b)
{
	const char *comma;
	char err[200];

	if (given == NULL)
		given = "2010-04,9.0";
	comma = strchr(given, ',');
	if (comma == NULL || strchr(comma + 1, ',') != NULL ||
	    strlen(comma + 1) >= DIFF_KERNEL_MAX ||
	    (size_t)(comma - given) >= DIFF_KERNEL_MAX) {
		cli_error("--kernels %.60s: two kernels with a comma between "
			  "them would be right",
		    given);
		return (false);
	}
	snprintf(a, DIFF_KERNEL_MAX, "%.*s", (int)(comma - given), given);
	snprintf(b, DIFF_KERNEL_MAX, "%s", comma + 1);
	if (!pmapsim_kernel_valid(a, err, sizeof(err)) ||
	    !pmapsim_kernel_valid(b, err, sizeof(err))) {
		cli_error("--kernels: %s", err);
		return (false);
	}
	return (true);
}

/* A pmapsim_diff_options.progress, over all differences. */
static bool
diff_progress(void *arg, uint64_t done, uint64_t total)
{
	struct diff_view *view = arg;

	return (cli_progress_hook(&view->progress, view->before + done,
	    view->before + total));
}

/*
 * Takes back in "kernel_b" what accounts for "diff"; false when that kernel has
 * no name.
 */
static bool
diff_take_back(const struct pmapsim_diff *diff, const char *kernel_a,
    char *kernel_b)
{
	const char *const one[] = {diff->account, NULL}, *const * names;
	char next[DIFF_KERNEL_MAX];

	names = diff->account != NULL ? one : diff->together;
	for (; *names != NULL; names++) {
		if (pmapsim_kernel_with(kernel_b, *names, kernel_a, next,
			sizeof(next)) != PMAPSIM_OK)
			return (false);
		snprintf(kernel_b, DIFF_KERNEL_MAX, "%s", next);
	}
	return (true);
}

/*
 * Shows the first difference, or with "all" each of them: what accounts for
 * one is taken back in the second kernel before the next is looked for.
 */
static enum cli_exit
diff_report(const struct pmapsim_trace *trace, const char *kernel_a,
    char *kernel_b, struct diff_view *view)
{
	struct pmapsim_diff_options options = {.kernel_a = kernel_a,
	    .kernel_b = kernel_b,
	    .exact = view->exact,
	    .progress = diff_progress,
	    .arg = view};
	struct pmapsim_diff diff;
	char err[600];
	unsigned found = 0;
	bool more = true;
	int error;

	while (more) {
		cli_progress_start(&view->progress, "statements", 0,
		    !view->quiet);
		error = pmapsim_diff(trace, &options, &diff, err, sizeof(err));
		view->before = view->progress.done;
		if (!cli_progress_end(&view->progress)) {
			pmapsim_diff_free(&diff);
			return (cli_progress_code(&view->progress));
		}
		if (error != PMAPSIM_OK) {
			cli_error("%s", err);
			return (CLI_BAD);
		}
		more = view->all && diff.differs &&
		    (diff.account != NULL || diff.together[0] != NULL);
		if (diff.differs && view->json != NULL)
			json_array_append_new(view->json,
			    cli_json_diff(&diff, kernel_a, kernel_b));
		else if (diff.differs) {
			if (found > 0)
				printf("\n");
			diff_show(pmapsim_trace_name(trace), &diff, kernel_a,
			    kernel_b, view->most, view->color);
		}
		found += diff.differs;
		more = more && diff_take_back(&diff, kernel_a, kernel_b);
		pmapsim_diff_free(&diff);
	}
	if (found == 0 && view->json == NULL)
		printf("%s: no difference between %s and %s\n",
		    pmapsim_trace_name(trace), kernel_a, kernel_b);
	return (found == 0 ? CLI_OK : CLI_MISMATCH);
}

static enum cli_exit
diff_run(const struct cli_args *args)
{
	struct diff_view view = {.most = DIFF_LINES_DEFAULT,
	    .all = args->options[OPT_ALL] != NULL,
	    .exact = args->options[OPT_EXACT] != NULL,
	    .quiet = args->options[OPT_QUIET] != NULL,
	    .color = args->color};
	char a[DIFF_KERNEL_MAX], b[DIFF_KERNEL_MAX];
	struct pmapsim_trace *trace;
	uint64_t most = DIFF_LINES_DEFAULT;
	enum cli_exit code;

	if (!diff_kernels(args->options[OPT_KERNELS], a, b))
		return (CLI_BAD);
	if (!cli_number("diff", "lines", args->options[OPT_LINES],
		&cli_lines_number, &most))
		return (CLI_BAD);
	view.most = (unsigned)most;
	trace = scenario_open(args->operands[0]);
	if (trace == NULL)
		return (CLI_BAD);
	if (args->options[OPT_JSON] != NULL)
		view.json = json_array();
	code = diff_report(trace, a, b, &view);
	if (view.json != NULL && code <= CLI_MISMATCH) {
		if (!cli_print_json(json_pack("{s:o, s:o}", "trace",
			cli_json_text(pmapsim_trace_name(trace)), "differences",
			view.json)))
			code = CLI_BAD;
	} else
		json_decref(view.json);
	pmapsim_trace_close(trace);
	return (code);
}

const struct cli_command cmd_diff = {
    .name = "diff",
    .operands = "NAME|FILE",
    .min = 1,
    .max = 1,
    .summary = "Show where two kernels part on the same calls",
    .description =
	"Makes the calls of the trace under both kernels in step, its results\n"
	"ignored, and shows the first call after which results or states\n"
	"differ, the lines that differ, and the switch which, taken back,\n"
	"makes the difference go away.  Where the kernels differ from the boot\n"
	"on and the first one panics, it shows which switches of the second end\n"
	"that panic.  Exits 0 when there is no difference, 1 when there is, 2\n"
	"on bad input.\n",
    .options = diff_options,
    .run = diff_run,
};
