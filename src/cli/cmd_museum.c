/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim museum: the bugs that are known, and for each the call at which a
 * kernel that has it and one that has not part.
 */
#include <pmapsim/diff.h>
#include <pmapsim/museum.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cli.h"

enum { MUSEUM_JSON, MUSEUM_LINES, MUSEUM_QUIET };
#define MUSEUM_LINE 48 /* letters of a mechanism in the list */

static const struct cli_option museum_options[] =
    {[MUSEUM_JSON] = {"json", NULL,
	 "print JSON, with all lines, instead of text"},
	[MUSEUM_LINES] = {"lines", "N",
	    "show at most N differing lines a side; default 4"},
	[MUSEUM_QUIET] = CLI_QUIET_OPTION,
	{NULL, NULL, NULL}};

/* How an entry is replayed. */
struct museum_view {
	struct cli_progress progress;
	bool quiet, color;
	unsigned most; /* differing lines a side */
	json_t *json;  /* the entry, which gets what is found; NULL: text */
};

#define MUSEUM_LINES_DEFAULT 4
#define MUSEUM_COLUMNS 79

/* How a replay ended: its last statement and what that gave. */
struct museum_end {
	unsigned line;
	char statement[256];
	char result[800];
	struct cli_progress *progress;
};

/* ---- one entry, in words ------------------------------------------------ */

/* Prints "text" behind "label", in lines that fit a terminal. */
static void
museum_print(const char *label, const char *text, bool color)
{
	const int margin = 12;
	int column, length;

	if (text == NULL)
		return;
	printf("  %s%-*s%s", cli_style(color, CLI_FAINT), margin - 2, label,
	    cli_style(color, CLI_PLAIN));
	column = margin;
	for (; *text != '\0'; text += length) {
		length = (int)strcspn(text + 1, " ") + 1;
		if (column + length > MUSEUM_COLUMNS && column > margin) {
			printf("\n%*s", margin, "");
			column = margin;
			text++;
			length--;
		}
		printf("%.*s", length, text);
		column += length;
	}
	printf("\n");
}

static void
museum_describe(const struct pmapsim_museum_entry *entry, bool color)
{

	printf("%2u  %s%s%s\n", entry->number, cli_style(color, CLI_STRONG),
	    entry->name, cli_style(color, CLI_PLAIN));
	museum_print("year", entry->year, color);
	museum_print("versions", entry->versions, color);
	museum_print("function", entry->function, color);
	museum_print("mechanism", entry->mechanism, color);
	museum_print("symptom", entry->symptom, color);
	museum_print("fix", entry->fix, color);
	museum_print("source", entry->source, color);
	museum_print("as built", entry->note, color);
	museum_print("not built", entry->reason, color);
}

/* ---- JSON --------------------------------------------------------------- */

/* An array of the "most" strings at "list", which a NULL may end before. */
static json_t *
museum_strings(const char *const *list, unsigned most)
{
	json_t *array = json_array();
	unsigned i;

	for (i = 0; i < most && list[i] != NULL; i++)
		json_array_append_new(array, json_string(list[i]));
	return (array);
}

static json_t *
museum_json(const struct pmapsim_museum_entry *entry)
{
	json_t *json;

	json = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s?,"
			 " s:s?, s:s?, s:s?, s:s?, s:s?}",
	    "number", (int)entry->number, "name", entry->name, "year",
	    entry->year, "versions", entry->versions, "function",
	    entry->function, "mechanism", entry->mechanism, "symptom",
	    entry->symptom, "fix", entry->fix, "source", entry->source, "note",
	    entry->note, "reason", entry->reason, "scenario", entry->scenario,
	    "kernel", entry->kernel, "shown", entry->shown, "right",
	    entry->right);
	if (json != NULL) {
		json_object_set_new(json, "fixed",
		    museum_strings(entry->fixed, PMAPSIM_MUSEUM_FIXES));
		json_object_set_new(json, "revisions",
		    museum_strings(entry->revisions, PMAPSIM_MUSEUM_REVISIONS));
	}
	return (json);
}

/* ---- side by side ------------------------------------------------------- */
static bool
museum_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct museum_end *end = arg;

	end->line = statement->line;
	snprintf(end->statement, sizeof(end->statement), "%.*s",
	    (int)statement->length, statement->text);
	snprintf(end->result, sizeof(end->result), "%s", result);
	return (cli_progress_after(replay, statement, result, end->progress));
}

/* Replays to the end under "kernel"; false, with the message, when "trace"
 * cannot be, or it was stopped. */
static bool
museum_replay(const struct pmapsim_trace *trace, const char *kernel,
    struct museum_view *view, struct museum_end *end)
{
	struct pmapsim_replay_options options = {.kernel = kernel,
	    .ignore_results = true,
	    .after = museum_after,
	    .arg = end};
	enum pmapsim_replay_outcome outcome;
	struct pmapsim_replay *replay;
	char err[600];
	bool good;

	memset(end, 0, sizeof(*end));
	end->progress = &view->progress;
	if (pmapsim_replay_start(trace, &options, &replay, err, sizeof(err)) !=
	    PMAPSIM_OK) {
		cli_error("%s", err);
		return (false);
	}
	cli_progress_start(&view->progress, "statements",
	    pmapsim_trace_statements(trace), !view->quiet);
	outcome = pmapsim_replay_run(replay);
	good = outcome != PMAPSIM_REPLAY_BAD_INPUT &&
	    outcome != PMAPSIM_REPLAY_NO_MEMORY;
	if (!cli_progress_end(&view->progress))
		good = false;
	else if (!good)
		cli_error("%s", pmapsim_replay_result(replay)->message);
	pmapsim_replay_end(replay);
	return (good);
}

static void
museum_show_side(const struct pmapsim_diff *diff, char side, const char *kernel,
    unsigned most, bool color)
{
	unsigned i, n = 0;

	printf("    %s\n", kernel);
	for (i = 0; i < diff->nlines; i++)
		if (diff->lines[i].side == side && n++ < most)
			printf("      %s%c %s%s\n",
			    cli_style(color,
				side == 'a' ? CLI_BAD_NEWS : CLI_GOOD),
			    side == 'a' ? '-' : '+', diff->lines[i].text,
			    cli_style(color, CLI_PLAIN));
	if (n > most)
		printf("      ... and %u lines more\n", n - most);
}

/* The first difference; false, with the message, when it was not found. */
static bool
museum_diff(const struct pmapsim_trace *trace,
    const struct pmapsim_museum_entry *entry, struct museum_view *view)
{
	const struct pmapsim_diff_options options = {.kernel_a = entry->kernel,
	    .kernel_b = entry->fixed[0],
	    .exact = true,
	    .progress = cli_progress_hook,
	    .arg = &view->progress};
	struct pmapsim_diff diff;
	char err[600];
	int error;

	cli_progress_start(&view->progress, "statements", 0, !view->quiet);
	error = pmapsim_diff(trace, &options, &diff, err, sizeof(err));
	if (!cli_progress_end(&view->progress)) {
		pmapsim_diff_free(&diff);
		return (false);
	}
	if (error != PMAPSIM_OK) {
		cli_error("%s", err);
		return (false);
	}
	/* A scenario of the user's own may show nothing. */
	if (view->json != NULL)
		json_object_set_new(view->json, "difference",
		    diff.differs ?
			cli_json_diff(&diff, entry->kernel, entry->fixed[0]) :
			json_null());
	else if (!diff.differs)
		printf("\n  %s: no difference between %s and %s\n",
		    entry->scenario, entry->kernel, entry->fixed[0]);
	else {
		printf("\n  %s differs first after line %u,\n    %s\n"
		       "  in %s:\n",
		    entry->scenario, diff.line, diff.statement,
		    diff.in_result ? "what it gives" :
				     "the state that it leaves");
		museum_show_side(&diff, 'a', entry->kernel, view->most,
		    view->color);
		museum_show_side(&diff, 'b', entry->fixed[0], view->most,
		    view->color);
	}
	pmapsim_diff_free(&diff);
	return (true);
}

/* Tells how "kernel" ends, and whether that is as "expected"; else "*codep"
 * becomes CLI_MISMATCH.  False, with the message: it cannot be replayed. */
static bool
museum_end(const struct pmapsim_trace *trace, const char *kernel,
    const char *expected, struct museum_view *view, enum cli_exit *codep)
{
	struct museum_end end;
	bool as_said;

	if (!museum_replay(trace, kernel, view, &end))
		return (false);
	as_said = strcmp(end.result, expected) == 0;
	if (!as_said)
		*codep = CLI_MISMATCH;
	if (view->json != NULL) {
		json_array_append_new(json_object_get(view->json, "ends"),
		    json_pack("{s:s, s:I, s:s, s:s, s:s, s:b}", "kernel",
			kernel, "line", (json_int_t)end.line, "statement",
			end.statement, "result", end.result, "expected",
			expected, "as_expected", (int)as_said));
		return (true);
	}
	printf("    %s\n      %u: %s%s%s\n", kernel, end.line, end.statement,
	    end.result[0] == '\0' ? "" : " => ", end.result);
	if (!as_said)
		printf("      %sthe museum says: %s%s\n",
		    cli_style(view->color, CLI_BAD_NEWS), expected,
		    cli_style(view->color, CLI_PLAIN));
	return (true);
}

/* The kernel with the bug, then those without. */
static enum cli_exit
museum_ends(const struct pmapsim_trace *trace,
    const struct pmapsim_museum_entry *entry, struct museum_view *view)
{
	enum cli_exit code = CLI_OK;
	unsigned i;
	bool good;

	if (view->json != NULL)
		json_object_set_new(view->json, "ends", json_array());
	else
		printf("\n  The last call of each:\n");
	good = museum_end(trace, entry->kernel, entry->shown, view, &code);
	for (i = 0; good && i < PMAPSIM_MUSEUM_FIXES && entry->fixed[i] != NULL;
	     i++)
		good = museum_end(trace, entry->fixed[i], entry->right, view,
		    &code);
	return (good ? code : CLI_BAD);
}

static enum cli_exit
museum_compare(const struct pmapsim_museum_entry *entry,
    struct museum_view *view)
{
	struct pmapsim_trace *trace;
	enum cli_exit code = CLI_BAD;
	unsigned i;

	trace = scenario_open(entry->scenario);
	if (trace == NULL)
		return (CLI_BAD);
	if (museum_diff(trace, entry, view))
		code = museum_ends(trace, entry, view);
	pmapsim_trace_close(trace);
	if (view->progress.stop != 0)
		return (cli_progress_code(&view->progress));
	if (code == CLI_BAD || view->json != NULL)
		return (code);

	printf("\n  Revisions that have it:");
	for (i = 0; i < PMAPSIM_MUSEUM_REVISIONS && entry->revisions[i] != NULL;
	     i++)
		printf(" %s", entry->revisions[i]);
	printf("%s\n", i == 0 ? " none" : "");
	return (code);
}

/* ---- the command -------------------------------------------------------- */
static const char *
museum_name(void *arg, unsigned index)
{
	const struct pmapsim_museum_entry *entry;

	entry = pmapsim_museum_entry(index);
	return (entry != NULL ? entry->name : NULL);
}

/* An entry as one line of a list: its mechanism, cut at a word's end. */
static void
museum_line(const struct pmapsim_museum_entry *entry, bool color)
{
	int length = (int)strlen(entry->mechanism);

	if (length > MUSEUM_LINE) {
		for (length = MUSEUM_LINE - 3;
		     length > 0 && entry->mechanism[length] != ' '; length--)
			continue;
	}
	printf("%2u  %s%-26s%s %.*s%s\n", entry->number,
	    cli_style(color, CLI_STRONG), entry->name,
	    cli_style(color, CLI_PLAIN), length, entry->mechanism,
	    entry->mechanism[length] != '\0' ? "..." : "");
}

static enum cli_exit
museum_list(bool as_json, bool color)
{
	const struct pmapsim_museum_entry *entry;
	json_t *list;
	unsigned i;

	list = as_json ? json_array() : NULL;
	for (i = 0; (entry = pmapsim_museum_entry(i)) != NULL; i++) {
		if (as_json)
			json_array_append_new(list, museum_json(entry));
		else
			museum_line(entry, color);
	}
	if (as_json)
		return (cli_print_json(list) ? CLI_OK : CLI_BAD);
	printf("\n\"pmapsim museum NAME\" tells of one, and replays it.\n");
	return (CLI_OK);
}

/* One entry, replayed if it is built. */
static enum cli_exit
museum_show(const struct pmapsim_museum_entry *entry, bool as_json,
    struct museum_view *view)
{
	enum cli_exit code = CLI_OK;

	if (!as_json)
		museum_describe(entry, view->color);
	else if ((view->json = museum_json(entry)) == NULL) {
		cli_error("no memory for the JSON");
		return (CLI_BAD);
	}
	if (entry->reason == NULL)
		code = museum_compare(entry, view);
	if (as_json && code > CLI_MISMATCH)
		json_decref(view->json);
	else if (as_json && !cli_print_json(view->json))
		code = CLI_BAD;
	return (code);
}

static enum cli_exit
museum_run(const struct cli_args *args)
{
	const struct pmapsim_museum_entry *entry;
	struct museum_view view = {.color = args->color,
	    .quiet = args->options[MUSEUM_QUIET] != NULL};
	uint64_t most = MUSEUM_LINES_DEFAULT;
	const bool as_json = args->options[MUSEUM_JSON] != NULL;
	const char *near;

	if (!cli_number("museum", "lines", args->options[MUSEUM_LINES],
		&cli_lines_number, &most))
		return (CLI_BAD);
	if (args->noperands == 0)
		return (museum_list(as_json, args->color));
	entry = pmapsim_museum_find(args->operands[0]);
	if (entry == NULL) {
		near = pmapsim_nearest(args->operands[0], museum_name, NULL);
		if (near != NULL)
			cli_error("no bug \"%.60s\" in the museum; did you "
				  "mean \"%s\"?",
			    args->operands[0], near);
		else
			cli_error("no bug \"%.60s\" in the museum; \"pmapsim "
				  "museum\" lists them",
			    args->operands[0]);
		return (CLI_BAD);
	}
	view.most = (unsigned)most;
	return (museum_show(entry, as_json, &view));
}

const struct cli_command cmd_museum = {
    .name = "museum",
    .operands = "[NAME]",
    .min = 0,
    .max = 1,
    .summary = "List real bugs, or replay one beside its fix",
    .description =
	"Without NAME lists the real superpage and reservation bugs that are\n"
	"known here.  With NAME makes the calls of its scenario under a\n"
	"kernel with the bug and one without, shows the first call after\n"
	"which the two machines differ, and in what, and how each ends.\n"
	"Exits 1 when that is not as the museum says.\n",
    .options = museum_options,
    .run = museum_run,
};
