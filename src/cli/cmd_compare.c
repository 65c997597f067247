/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim compare: the same calls under several kernels, as a table.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cli.h"
#include "study/compare.h"

enum {
	COMPARE_CPUS,
	COMPARE_KERNELS,
	COMPARE_JSON,
	COMPARE_QUIET,
	COMPARE_TLB
};
static const struct cli_option compare_options[] =
    {[COMPARE_CPUS] = CLI_CPUS_OPTION,
	[COMPARE_KERNELS] = {"kernels", "K,K...", "compare these kernels"},
	[COMPARE_JSON] = {"json", NULL, "print JSON instead of a table"},
	[COMPARE_QUIET] = {"quiet", NULL, "show no progress"},
	[COMPARE_TLB] = CLI_TLB_OPTION,
	{NULL, NULL, NULL}};

#define COMPARE_KERNELS_MAX 64

/*
 * The mail's hypothesis in the mail's kernel, its four remedies, the two later
 * upstream changes, and the kernels as they were, without a hypothesis.
 */
static const char *const compare_default[] = {
    "8.0+litter",
    "8.0+litter+idempotent-enter",
    "8.0+litter+clear-on-unuse",
    "8.0+litter+enter-multiple",
    "8.0+litter+no-superpages",
    "8.0+litter+remove-kernel-pde",
    "8.0+litter+enter-demotes",
    "2009-03",
    "8.0",
    "8.1",
    "2010-04",
    "9.0",
};
#define NDEFAULT (sizeof(compare_default) / sizeof(compare_default[0]))

struct compare_table {
	struct cli_progress progress;
	struct pmapsim_replay_options machine; /* tlb and ncpu of it */
	uint64_t before; /* statements of the kernels that are done */
	unsigned count;
	struct compare_row rows[COMPARE_KERNELS_MAX];
};

/* A column: its two heads, and a cell's text. */
struct compare_column {
	const char *head[2];
	bool left; /* aligned */
	void (*cell)(const struct compare_row *row, char *text, size_t size);
};

#define CELL(name, ...)                                                    \
	static void cell_##name(const struct compare_row *row, char *text, \
	    size_t size)                                                   \
	{                                                                  \
		snprintf(text, size, __VA_ARGS__);                         \
	}

CELL(kernel, "%s", row->kernel)
CELL(promotions, "%" PRIu64, row->promotions)
CELL(demotions, "%" PRIu64, row->demotions)
CELL(p_failures, "%" PRIu64, row->p_failures)
CELL(pte_stores, "%" PRIu64, row->pte_stores)
CELL(page, "%" PRIu64, row->invalidations.page)
CELL(range, "%" PRIu64, row->invalidations.range)
CELL(all, "%" PRIu64, row->invalidations.all)
CELL(messages, "%" PRIu64,
    row->invalidations.sent_page + row->invalidations.sent_range +
	row->invalidations.sent_all)
CELL(detections, "%" PRIu64, row->detections)
CELL(mean, "%.2f", row->superpages_mean)
CELL(share, "%.1f%%", 100 * row->superpage_share)

static void
cell_outcome(const struct compare_row *row, char *text, size_t size)
{

	if (row->end == COMPARE_ENDS)
		snprintf(text, size, "ends");
	else
		snprintf(text, size, "%s at statement %" PRIu64,
		    row->end == COMPARE_PANICS ? "panics" : "stops",
		    row->statements);
}

static const struct compare_column columns[] = {
    {{"", "kernel"}, true, cell_kernel},
    {{"", "outcome"}, true, cell_outcome},
    {{"promo-", "tions"}, false, cell_promotions},
    {{"demo-", "tions"}, false, cell_demotions},
    {{"failed", "promotions"}, false, cell_p_failures},
    {{"PTE", "stores"}, false, cell_pte_stores},
    {{"invalidations:", "page"}, false, cell_page},
    {{"", "range"}, false, cell_range},
    {{"", "all"}, false, cell_all},
    {{"shootdown", "messages"}, false, cell_messages},
    {{"wrong TLB", "entries"}, false, cell_detections},
    {{"mean", "2MB maps"}, false, cell_mean},
    {{"share of", "memory"}, false, cell_share},
};
#define NCOLUMNS (sizeof(columns) / sizeof(columns[0]))

/* Prints a cell of "row", or, uncoloured, of the heads. */
static void
compare_print_cell(const struct compare_column *column,
    const struct compare_row *row, const char *text, int width, bool last,
    bool color)
{

	if (width == 0)
		return;
	/* The sequences have no width; printf would count them. */
	if (color && column->cell == cell_outcome)
		printf("%s",
		    cli_style(true,
			row->end == COMPARE_ENDS ? CLI_GOOD : CLI_BAD_NEWS));
	if (column->left)
		printf("%-*s", last ? 0 : width, text);
	else
		printf("%*s", width, text);
	if (color && column->cell == cell_outcome)
		printf("%s", cli_style(true, CLI_PLAIN));
	printf("%s", last ? "\n" : "  ");
}

/* The trace's title; of what is constructed in it, replay tells all. */
static void
compare_print_title(const struct pmapsim_trace *trace, const char *name)
{
	const char *header;
	size_t length, size;

	header = pmapsim_trace_header(trace, &size);
	for (length = 0; length < size && header[length] != '\n'; length++)
		continue;
	if (length > 2)
		printf("%.*s\n(\"pmapsim replay %s\" tells what of it is "
		       "constructed)\n\n",
		    (int)length - 2, header + 2, name);
}

/* Without TLBs there is nothing to say of their entries. */
static bool
compare_leaves_out(const struct compare_table *table,
    const struct compare_column *column)
{

	return (column->cell == cell_detections && table->count > 0 &&
	    !table->rows[0].tlb);
}

static void
compare_print_table(const struct compare_table *table, bool color)
{
	const struct compare_row *row;
	char text[300];
	int length, width[NCOLUMNS];
	unsigned c, i;

	for (c = 0; c < NCOLUMNS; c++) {
		width[c] = 0;
		if (compare_leaves_out(table, &columns[c]))
			continue;
		for (i = 0; i < 2 + table->count; i++) {
			if (i < 2)
				length = (int)strlen(columns[c].head[i]);
			else {
				columns[c].cell(&table->rows[i - 2], text,
				    sizeof(text));
				length = (int)strlen(text);
			}
			if (length > width[c])
				width[c] = length;
		}
	}
	for (i = 0; i < 2; i++)
		for (c = 0; c < NCOLUMNS; c++)
			compare_print_cell(&columns[c], NULL,
			    columns[c].head[i], width[c], c == NCOLUMNS - 1,
			    false);
	for (i = 0; i < table->count; i++)
		for (c = 0; c < NCOLUMNS; c++) {
			columns[c].cell(&table->rows[i], text, sizeof(text));
			compare_print_cell(&columns[c], &table->rows[i], text,
			    width[c], c == NCOLUMNS - 1, color);
		}
	for (i = 0; i < table->count; i++) {
		row = &table->rows[i];
		if (row->end != COMPARE_ENDS)
			printf("\n%s: line %u, call %" PRIu64
			       ", %s:\n    %s%s\n",
			    row->kernel, row->line, row->calls, row->call,
			    row->end == COMPARE_PANICS ? "panic: " : "",
			    row->text);
	}
	printf(
	    "\nInvalidations are those of the CPU that makes the call; each "
	    "message asks one\nother CPU for one of them.  The last two "
	    "columns are means over the statements:\nkernel mappings of 2 MB, "
	    "and the share of the kernel's memory that they map.\n");
}

static json_t *
compare_json_row(const struct compare_row *row)
{
	static const char *const ends[] = {
	    [COMPARE_ENDS] = "ends",
	    [COMPARE_PANICS] = "panics",
	    [COMPARE_STOPS] = "stops",
	};

	return (json_pack(
	    "{s:s, s:s, s:I, s:I, s:I, s:s*, s:I, s:I, s:I, s:I,"
	    "s:I, s:{s:I, s:I, s:I}, s:{s:I, s:I, s:I}, s:o*, s:I, s:f, s:f}",
	    "kernel", row->kernel, "outcome", ends[row->end], "line",
	    (json_int_t)row->line, "statements", (json_int_t)row->statements,
	    "calls", (json_int_t)row->calls,
	    row->end == COMPARE_STOPS ? "message" : "panic",
	    row->end == COMPARE_ENDS ? NULL : row->text, "promotions",
	    (json_int_t)row->promotions, "demotions",
	    (json_int_t)row->demotions, "p_failures",
	    (json_int_t)row->p_failures, "pte_stores",
	    (json_int_t)row->pte_stores, "enters_ignored",
	    (json_int_t)row->enters_ignored, "invalidations", "page",
	    (json_int_t)row->invalidations.page, "range",
	    (json_int_t)row->invalidations.range, "all",
	    (json_int_t)row->invalidations.all, "messages", "page",
	    (json_int_t)row->invalidations.sent_page, "range",
	    (json_int_t)row->invalidations.sent_range, "all",
	    (json_int_t)row->invalidations.sent_all, "detections",
	    row->tlb ? json_integer((json_int_t)row->detections) : NULL,
	    "superpages", (json_int_t)row->superpages, "superpages_mean",
	    row->superpages_mean, "superpage_share", row->superpage_share));
}

static bool
compare_print_json(const char *name, const struct compare_table *table)
{
	json_t *root, *rows, *row;
	unsigned i;

	rows = json_array();
	root = json_pack("{s:o, s:o}", "trace", cli_json_text(name), "kernels",
	    rows);
	for (i = 0; root != NULL && i < table->count; i++) {
		row = compare_json_row(&table->rows[i]);
		if (row == NULL || json_array_append_new(rows, row) != 0) {
			json_decref(root);
			root = NULL;
		}
	}
	return (cli_print_json(root));
}

/* Tells progress over all kernels; a compare_watch. */
static bool
compare_step(void *arg, uint64_t statements)
{
	struct compare_table *table = arg;

	return (cli_progress(&table->progress, table->before + statements));
}

/* Adds the row of "kernel"; false, with the error told, when it cannot be. */
static bool
compare_add(const struct pmapsim_trace *trace, const char *kernel,
    struct compare_table *table)
{
	char err[512];

	if (table->count == COMPARE_KERNELS_MAX) {
		cli_error("compare: more than %d kernels", COMPARE_KERNELS_MAX);
		return (false);
	}
	if (compare_watched(trace, kernel, &table->machine, compare_step, table,
		&table->rows[table->count], err, sizeof(err)) != PMAPSIM_OK) {
		if (cli_progress_end(&table->progress))
			cli_error("%s", err);
		return (false);
	}
	if (table->progress.stop != 0)
		return (false);
	table->before += table->rows[table->count].statements;
	table->count++;
	return (true);
}

/*
 * The kernels by default.  The trace's own is shown first, unless it is one
 * of them: it is what the others are measured by.
 */
static bool
compare_default_kernels(const struct pmapsim_trace *trace,
    struct compare_table *table)
{
	unsigned i;

	if (!compare_add(trace, NULL, table))
		return (false);
	for (i = 0; i < NDEFAULT; i++)
		if (strcmp(table->rows[0].kernel, compare_default[i]) == 0)
			table->count = 0;
	for (i = 0; i < NDEFAULT; i++)
		if (!compare_add(trace, compare_default[i], table))
			return (false);
	return (true);
}

static bool
compare_given_kernels(const struct pmapsim_trace *trace, const char *list,
    struct compare_table *table)
{
	char kernel[PMAPSIM_KERNEL_NAME_SIZE], err[512];
	size_t length;
	bool check;

	/* All names are looked at before a replay, which may be long. */
	for (check = true;; check = false) {
		const char *next = list;

		for (;;) {
			length = strcspn(next, ",");
			if (length >= sizeof(kernel)) {
				cli_error("compare: a kernel's name is too "
					  "long");
				return (false);
			}
			memcpy(kernel, next, length);
			kernel[length] = '\0';
			if (check &&
			    !pmapsim_kernel_valid(kernel, err, sizeof(err))) {
				cli_error("%s", err);
				return (false);
			}
			if (!check && !compare_add(trace, kernel, table))
				return (false);
			if (next[length] == '\0')
				break;
			next += length + 1;
		}
		if (!check)
			return (true);
	}
}

/* Names in a list with commas. */
static uint64_t
compare_list_length(const char *list)
{
	uint64_t n = 1;

	for (; *list != '\0'; list++)
		n += *list == ',';
	return (n);
}

static enum cli_exit
compare_run(const struct cli_args *args)
{
	struct pmapsim_trace *trace;
	struct compare_table *table;
	const char *list;
	enum cli_exit code;
	bool ok;

	trace = scenario_open(args->operands[0]);
	if (trace == NULL)
		return (CLI_BAD);
	table = calloc(1, sizeof(*table));
	if (table == NULL) {
		cli_error("out of memory");
		pmapsim_trace_close(trace);
		return (CLI_BAD);
	}
	if (!cli_machine_options("compare", args->options[COMPARE_CPUS],
		args->options[COMPARE_TLB], &table->machine)) {
		free(table);
		pmapsim_trace_close(trace);
		return (CLI_BAD);
	}
	list = args->options[COMPARE_KERNELS];
	cli_progress_start(&table->progress, "statements",
	    pmapsim_trace_statements(trace) *
		(list != NULL ? compare_list_length(list) : NDEFAULT + 1),
	    args->options[COMPARE_QUIET] == NULL);
	if (list != NULL)
		ok = compare_given_kernels(trace, list, table);
	else
		ok = compare_default_kernels(trace, table);
	ok = cli_progress_end(&table->progress) && ok;
	if (ok && args->options[COMPARE_JSON] != NULL)
		ok = compare_print_json(pmapsim_trace_name(trace), table);
	else if (ok) {
		compare_print_title(trace, args->operands[0]);
		compare_print_table(table, args->color);
	}
	code = ok		      ? CLI_OK :
	    table->progress.stop == 0 ? CLI_BAD :
					cli_progress_code(&table->progress);
	free(table);
	pmapsim_trace_close(trace);
	return (code);
}

const struct cli_command cmd_compare = {
    .name = "compare",
    .operands = "NAME|FILE",
    .min = 1,
    .max = 1,
    .summary = "Make the same calls under several kernels",
    .description =
	"Makes the calls of scenario NAME or trace FILE (- is standard input)\n"
	"under each kernel, whatever results the trace expects, and prints how\n"
	"each ended and what it cost, with TLBs also how many entries were used\n"
	"that were wrong.  By default: the trace's own kernel,\n"
	"8.0+litter, that with each of the mail's four remedies and with each\n"
	"of the two later upstream changes, and the revisions of that time.\n",
    .options = compare_options,
    .run = compare_run,
};
