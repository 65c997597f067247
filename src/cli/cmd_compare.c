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

struct compare_table {
	struct cli_progress progress;
	struct pmapsim_replay_options machine; /* tlb and ncpu of it */
	uint64_t before; /* statements of the kernels that are done */
	unsigned count;
	struct compare_row rows[COMPARE_KERNELS_MAX];
};

/* A figure: its words, and its value in a row's cell. */
struct compare_figure {
	const char *words;
	bool tlb; /* with TLBs alone */
	void (*cell)(const struct compare_row *row, char *text, size_t size);
};

#define COMPARE_CELL 32 /* bytes of a cell's text */

#define CELL(name, ...)                                                    \
	static void cell_##name(const struct compare_row *row, char *text, \
	    size_t size)                                                   \
	{                                                                  \
		snprintf(text, size, __VA_ARGS__);                         \
	}

CELL(promotions, "%" PRIu64, row->promotions)
CELL(demotions, "%" PRIu64, row->demotions)
CELL(p_failures, "%" PRIu64, row->p_failures)
CELL(first, "%" PRIu64, row->promote_failed[PMAPSIM_PROMOTE_FIRST_UNUSABLE])
CELL(contiguous, "%" PRIu64,
    row->promote_failed[PMAPSIM_PROMOTE_NOT_CONTIGUOUS])
CELL(attributes, "%" PRIu64, row->promote_failed[PMAPSIM_PROMOTE_ATTRIBUTES])
CELL(reservation, "%" PRIu64,
    row->promote_failed[PMAPSIM_PROMOTE_NO_RESERVATION])
CELL(pte_stores, "%" PRIu64, row->pte_stores)
CELL(page, "%" PRIu64, row->invalidations.page)
CELL(range, "%" PRIu64, row->invalidations.range)
CELL(all, "%" PRIu64, row->invalidations.all)
CELL(messages, "%" PRIu64,
    row->invalidations.sent_page + row->invalidations.sent_range +
	row->invalidations.sent_all)
CELL(hits, "%" PRIu64, row->hits)
CELL(misses, "%" PRIu64, row->misses)
CELL(walks, "%" PRIu64, row->walks)
CELL(detections, "%" PRIu64, row->detections)
CELL(superpages, "%" PRIu64, row->superpages)
CELL(mean, "%.2f", row->superpages_mean)
CELL(share, "%.1f%%", 100 * row->superpage_share)

static const struct compare_figure figures[] = {
    {"promotions", false, cell_promotions},
    {"demotions", false, cell_demotions},
    {"failed promotions", false, cell_p_failures},
    {"  first PTE unusable", false, cell_first},
    {"  not contiguous", false, cell_contiguous},
    {"  attributes differ", false, cell_attributes},
    {"  no full reservation", false, cell_reservation},
    {"PTE stores", false, cell_pte_stores},
    {"invalidations: page", false, cell_page},
    {"  range", false, cell_range},
    {"  all", false, cell_all},
    {"shootdown messages", false, cell_messages},
    {"TLB hits", true, cell_hits},
    {"  misses", true, cell_misses},
    {"  walks", true, cell_walks},
    {"  wrong entries used", true, cell_detections},
    {"2 MB mappings, mean", false, cell_mean},
    {"  at the end", false, cell_superpages},
    {"  share of memory", false, cell_share},
};
#define NFIGURES (sizeof(figures) / sizeof(figures[0]))
#define COMPARE_COLUMNS 6 /* beside each other, within 80 */

/* The trace's title; a scenario tells more of itself, which replay prints. */
static void
compare_print_title(const struct pmapsim_trace *trace, const char *name)
{
	const char *header;
	size_t length, size;

	header = pmapsim_trace_header(trace, &size);
	for (length = 0; length < size && header[length] != '\n'; length++)
		continue;
	if (length > 2)
		printf("%.*s\n(\"pmapsim replay %s\" tells the rest of its "
		       "header)\n\n",
		    (int)length - 2, header + 2, name);
}

/*
 * The rows that are shown: of kernels that did the same, the first.  Row i is
 * shown in column column[i].
 */
struct compare_columns {
	unsigned count;
	unsigned first[COMPARE_KERNELS_MAX]; /* by column: its first row */
	unsigned column[COMPARE_KERNELS_MAX];
};

static void
compare_fold(const struct compare_table *table, struct compare_columns *columns)
{
	unsigned c, i;

	columns->count = 0;
	for (i = 0; i < table->count; i++) {
		for (c = 0; c < columns->count; c++)
			if (compare_same(&table->rows[i],
				&table->rows[columns->first[c]]))
				break;
		if (c == columns->count)
			columns->first[columns->count++] = i;
		columns->column[i] = c;
	}
}

/* The number of a column, once for all kernels that share it. */
static void
compare_print_kernels(const struct compare_table *table,
    const struct compare_columns *columns)
{
	unsigned c, i;

	for (c = 0; c < columns->count; c++)
		for (i = 0; i < table->count; i++) {
			if (columns->column[i] != c)
				continue;
			if (columns->first[c] == i)
				printf("%3u  ", c + 1);
			else
				printf("     ");
			printf("%s\n", table->rows[i].kernel);
		}
}

static void
compare_print_outcome(const struct compare_row *row, bool color)
{
	static const char *const ends[] = {
	    [COMPARE_ENDS] = "ends",
	    [COMPARE_PANICS] = "panics",
	    [COMPARE_STOPS] = "stops",
	};

	/* The sequences have no width; printf would count them. */
	printf("%s %8s%s",
	    cli_style(color,
		row->end == COMPARE_ENDS ? CLI_GOOD : CLI_BAD_NEWS),
	    ends[row->end], cli_style(color, CLI_PLAIN));
}

static void
compare_print_block(const struct compare_table *table,
    const struct compare_columns *columns, unsigned from, unsigned to,
    bool color)
{
	char text[COMPARE_CELL];
	unsigned c, f;

	printf("\n%-22s", "");
	for (c = from; c < to; c++)
		printf(" %8u", c + 1);
	printf("\n%-22s", "outcome");
	for (c = from; c < to; c++)
		compare_print_outcome(&table->rows[columns->first[c]], color);
	printf("\n%-22s", "  after statements");
	for (c = from; c < to; c++)
		printf(" %8" PRIu64, table->rows[columns->first[c]].statements);
	putchar('\n');
	for (f = 0; f < NFIGURES; f++) {
		/* Without TLBs there is nothing to say of them. */
		if (figures[f].tlb && !table->rows[0].tlb)
			continue;
		printf("%-22s", figures[f].words);
		for (c = from; c < to; c++) {
			figures[f].cell(&table->rows[columns->first[c]], text,
			    sizeof(text));
			printf(" %8s", text);
		}
		putchar('\n');
	}
}

static void
compare_print_table(const struct compare_table *table, bool color)
{
	struct compare_columns columns;
	const struct compare_row *row;
	unsigned c, to;

	compare_fold(table, &columns);
	compare_print_kernels(table, &columns);
	for (c = 0; c < columns.count; c = to) {
		to = c + COMPARE_COLUMNS < columns.count ? c + COMPARE_COLUMNS :
							   columns.count;
		compare_print_block(table, &columns, c, to, color);
	}
	for (c = 0; c < columns.count; c++) {
		row = &table->rows[columns.first[c]];
		if (row->end != COMPARE_ENDS)
			printf("\n%u: line %u, call %" PRIu64
			       ", %s:\n    %s%s\n",
			    c + 1, row->line, row->calls, row->call,
			    row->end == COMPARE_PANICS ? "panic: " : "",
			    row->text);
	}
	printf("\nKernels that differ in nothing share a column.  "
	       "Invalidations are those of\nthe CPU that makes the call; each "
	       "message asks one other CPU for one of them.\nMean and share "
	       "are over the statements: 2 MB mappings in all address "
	       "spaces,\nand what they map of the kernel's memory and of what "
	       "is resident in programs.\n");
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
	    "{s:s, s:s, s:I, s:I, s:I, s:s*, s:I, s:I, s:I, "
	    "s:{s:I, s:I, s:I, s:I}, s:I, "
	    "s:I, s:{s:I, s:I, s:I}, s:{s:I, s:I, s:I}, s:o*, s:o*, s:I, s:f, "
	    "s:f}",
	    "kernel", row->kernel, "outcome", ends[row->end], "line",
	    (json_int_t)row->line, "statements", (json_int_t)row->statements,
	    "calls", (json_int_t)row->calls,
	    row->end == COMPARE_STOPS ? "message" : "panic",
	    row->end == COMPARE_ENDS ? NULL : row->text, "promotions",
	    (json_int_t)row->promotions, "demotions",
	    (json_int_t)row->demotions, "p_failures",
	    (json_int_t)row->p_failures, "promote_failed", "first_unusable",
	    (json_int_t)row->promote_failed[PMAPSIM_PROMOTE_FIRST_UNUSABLE],
	    "not_contiguous",
	    (json_int_t)row->promote_failed[PMAPSIM_PROMOTE_NOT_CONTIGUOUS],
	    "attributes",
	    (json_int_t)row->promote_failed[PMAPSIM_PROMOTE_ATTRIBUTES],
	    "no_reservation",
	    (json_int_t)row->promote_failed[PMAPSIM_PROMOTE_NO_RESERVATION],
	    "pte_stores", (json_int_t)row->pte_stores, "enters_ignored",
	    (json_int_t)row->enters_ignored, "invalidations", "page",
	    (json_int_t)row->invalidations.page, "range",
	    (json_int_t)row->invalidations.range, "all",
	    (json_int_t)row->invalidations.all, "messages", "page",
	    (json_int_t)row->invalidations.sent_page, "range",
	    (json_int_t)row->invalidations.sent_range, "all",
	    (json_int_t)row->invalidations.sent_all, "detections",
	    row->tlb ? json_integer((json_int_t)row->detections) : NULL, "tlb",
	    row->tlb ?
		json_pack("{s:I, s:I, s:I}", "hits", (json_int_t)row->hits,
		    "misses", (json_int_t)row->misses, "walks",
		    (json_int_t)row->walks) :
		NULL,
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

/* What a comment begins with that names kernels to compare. */
#define COMPARE_COMMENT "# kernels: "

/*
 * The kernels that a comment of the trace names, for the caller to free; NULL:
 * none does, or there is no memory.
 */
static char *
compare_named_kernels(const struct pmapsim_trace *trace)
{
	const char *text, *line, *end;
	size_t size;

	text = pmapsim_trace_text(trace, &size);
	for (line = text; line < text + size; line = end + 1) {
		end = memchr(line, '\n', (size_t)(text + size - line));
		if (end == NULL)
			end = text + size;
		if ((size_t)(end - line) > strlen(COMPARE_COMMENT) &&
		    strncmp(line, COMPARE_COMMENT, strlen(COMPARE_COMMENT)) ==
			0)
			return (strndup(line + strlen(COMPARE_COMMENT),
			    (size_t)(end - line) - strlen(COMPARE_COMMENT)));
	}
	return (NULL);
}

/*
 * The kernels where nothing names any: the trace's own, by which the others
 * are measured, and each revision.
 */
static bool
compare_revisions(const struct pmapsim_trace *trace,
    struct compare_table *table)
{
	const struct pmapsim_kernel_info *info;
	unsigned i;

	if (!compare_add(trace, NULL, table))
		return (false);
	for (i = 0; (info = pmapsim_kernel_info(i)) != NULL; i++)
		if (info->revision &&
		    strcmp(info->name, table->rows[0].kernel) != 0 &&
		    !compare_add(trace, info->name, table))
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

/*
 * How many kernels compare_given_kernels() takes; where "list" is NULL, how
 * many compare_revisions() does when the trace's own is a revision.
 */
static uint64_t
compare_length(const char *list)
{
	const struct pmapsim_kernel_info *info;
	uint64_t n = list != NULL;
	unsigned i;

	if (list == NULL) {
		for (i = 0; (info = pmapsim_kernel_info(i)) != NULL; i++)
			n += info->revision;
		return (n);
	}
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
	char *named = NULL;
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
	if (list == NULL)
		list = named = compare_named_kernels(trace);
	cli_progress_start(&table->progress, "statements",
	    pmapsim_trace_statements(trace) * compare_length(list),
	    args->options[COMPARE_QUIET] == NULL);
	if (list != NULL)
		ok = compare_given_kernels(trace, list, table);
	else
		ok = compare_revisions(trace, table);
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
	free(named);
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
	"each ended and what it cost, with TLBs also hits, misses, walks and the\n"
	"wrong entries that were used.  By default: the kernels that the trace\n"
	"names, or, where it names none, its own and each revision.\n",
    .options = compare_options,
    .run = compare_run,
};
