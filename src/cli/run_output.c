/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of "pmapsim run" as a table that 80 columns hold, as CSV, and as
 * JSON.  The table stands on its side: a column a configuration.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cli/cli.h"
#include "cli/run.h"

#define TABLE_COLUMNS 5 /* of figures, beside each other */

const char *
run_layout_name(enum program_layout layout)
{

	return (layout == PROGRAM_LAYOUT_FREEBSD ? "freebsd" : "recorded");
}

const char *
run_files_name(enum program_files files)
{

	return (files == PROGRAM_FILES_CACHED ? "cached" : "cold");
}

static const char *
origin_name(uint32_t origin)
{
	static const char *const names[RUN_ORIGINS] = {
	    [RUN_ORIGIN_QEMU] = "QEMU",
	    [RUN_ORIGIN_LACKEY] = "lackey",
	    [RUN_ORIGIN_CHAMPSIM] = "ChampSim",
	    [RUN_ORIGIN_PERF] = "perf",
	};

	return (names[origin]);
}

/* Whether any row differs from the first, so that it is worth telling. */
#define VARIES(table, field)                                         \
	({                                                           \
		bool varies_ = false;                                \
		for (size_t r_ = 1; r_ < (table)->count; r_++)       \
			varies_ |= (table)->rows[r_].config.field != \
			    (table)->rows[0].config.field;           \
		varies_;                                             \
	})

static void
print_config(const struct run_table *table, size_t i)
{
	const struct run_config *config = &table->rows[i].config;

	printf("  %zu  %s", i + 1, table->rows[i].result.kernel);
	if (config->tlb != NULL)
		printf(", %s", config->tlb);
	if (VARIES(table, memory))
		printf(", %" PRIu64 " MB", config->memory >> 20);
	if (VARIES(table, layout))
		printf(", layout %s", run_layout_name(config->layout));
	if (VARIES(table, files))
		printf(", files %s", run_files_name(config->files));
	if (VARIES(table, cpus))
		printf(", %u CPUs", config->cpus);
	if (VARIES(table, fragment))
		printf(", %u%% fragmented", config->fragment);
	if (VARIES(table, seed))
		printf(", seed %" PRIu64, config->seed);
	putchar('\n');
}

static void
print_value(const struct run_metric *metric, const struct run_row *row)
{
	double value = metric->get(&row->result);

	if (metric->tlb && row->config.tlb == NULL)
		printf(" %9s", "-");
	else if (metric->kind == RUN_METRIC_SHARE)
		printf(" %8.1f%%", 100 * value);
	else
		printf(" %9.0f", value);
}

/* Per 1,000 instructions; there may be none. */
static double
per_thousand(double value, const struct program_result *result)
{

	return (result->instructions == 0 ?
		0 :
		value * 1000 / (double)result->instructions);
}

static void
print_rate(const struct run_metric *metric, const struct run_row *row)
{

	if (metric->tlb && row->config.tlb == NULL)
		printf(" %9s", "-");
	else
		printf(" %9.4f",
		    per_thousand(metric->get(&row->result), &row->result));
}

/* Whether the metric says something of one of the rows. */
static bool
metric_applies(const struct run_metric *metric, const struct run_table *table)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		if (!metric->tlb || table->rows[i].config.tlb != NULL)
			return (true);
	return (false);
}

static void
print_columns(const struct run_table *table, size_t first, size_t end)
{
	size_t i, m;

	printf("\n%-28s", "");
	for (i = first; i < end; i++)
		printf(" %9zu", i + 1);
	putchar('\n');
	for (m = 0; m < run_nmetrics; m++) {
		if (!metric_applies(&run_metrics[m], table))
			continue;
		printf("%-28s", run_metrics[m].words);
		for (i = first; i < end; i++)
			print_value(&run_metrics[m], &table->rows[i]);
		putchar('\n');
	}
	printf("per 1,000 instructions\n");
	for (m = 0; m < run_nmetrics; m++) {
		/* What is a part of the figure above it says little here. */
		if (!run_metrics[m].per_thousand ||
		    run_metrics[m].words[0] == ' ' ||
		    !metric_applies(&run_metrics[m], table))
			continue;
		printf("  %-26s", run_metrics[m].words);
		for (i = first; i < end; i++)
			print_rate(&run_metrics[m], &table->rows[i]);
		putchar('\n');
	}
}

/* What a reader has to know before he believes a row. */
static void
print_notes(const struct run_table *table)
{
	const struct program_result *result;
	bool mapped = (table->header.flags & RUN_FLAG_MAPPED) != 0;
	size_t i;

	if (!mapped)
		printf("\nThe recording (%s) has no mmap calls: all addresses "
		       "were mapped as memory that\nnothing ever unmaps, "
		       "writable and executable.\n",
		    origin_name(table->header.origin));
	if ((table->header.flags & RUN_FLAG_FIRST) != 0)
		printf("\nThe recording has first touches alone: what the "
		       "kernel does is exact, misses and\nwalks of TLBs are "
		       "not.\n");
	for (i = 0; i < table->count; i++) {
		result = &table->rows[i].result;
		if (result->panicked)
			printf("\n%zu ended early: %s\n", i + 1, result->panic);
		if (result->sleeps)
			printf("(There is no swap; more --memory may be what "
			       "it lacks.)\n");
		if (result->unmapped != 0 || result->faulted != 0 ||
		    result->refused != 0)
			printf("\n%zu: %" PRIu64 " records at addresses that "
			       "were not mapped, %" PRIu64 " accesses that a\n"
			       "program gets a signal for, %" PRIu64
			       " calls refused.\n",
			    i + 1, result->unmapped, result->faulted,
			    result->refused);
	}
}

/*
 * Fragmented memory of which more frames are whole than the program's pages
 * would fill may have changed nothing for it.
 */
static void
print_fragment_hints(const struct run_table *table)
{
	const struct program_result *result;
	uint64_t filled;
	size_t i;

	for (i = 0; i < table->count; i++) {
		result = &table->rows[i].result;
		filled = (result->peak_resident + NPTEPG - 1) / NPTEPG;
		if (table->rows[i].config.fragment == 0 ||
		    result->whole_frames <= filled)
			continue;
		printf("\n%zu: %u%% fragmented memory has %" PRIu64
		       " whole frames of 2 MB left, and the program's\npages "
		       "fill %" PRIu64 ": a higher --fragment, or less "
		       "--memory, shows what it needs.\n",
		    i + 1, table->rows[i].config.fragment, result->whole_frames,
		    filled);
	}
}

void
run_print_table(const struct run_table *table)
{
	const struct program_result *result = &table->rows[0].result;
	size_t end, i;

	cli_print_text(stdout, table->name, strlen(table->name));
	printf(": %" PRIu64 " instructions, %" PRIu64 " reads,\n%" PRIu64
	       " writes; %" PRIu64 " records, %" PRIu64 " process%s, %" PRIu64
	       " calls\n",
	    result->instructions, result->reads, result->writes,
	    result->records, result->processes,
	    result->processes == 1 ? "" : "es", result->events);
	for (i = 0; i < table->count; i++)
		print_config(table, i);
	for (i = 0; i < table->count; i = end) {
		end = i + TABLE_COLUMNS < table->count ? i + TABLE_COLUMNS :
							 table->count;
		print_columns(table, i, end);
	}
	print_notes(table);
	print_fragment_hints(table);
}

/* ---- CSV ---------------------------------------------------------------- */

/* A text as a cell; its quotes are doubled. */
static void
csv_text(const char *text)
{

	putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	putchar('"');
}

void
run_print_csv(const struct run_table *table)
{
	const struct run_metric *metric;
	const struct run_row *row;
	size_t i, m;
	double value;

	printf("# pmapsim %s\n", pmapsim_version());
	printf("recording,kernel,tlb,memory,layout,files,cpus,fragment,seed,"
	       "ended,instructions,reads,writes,records,unmapped,faulted,"
	       "refused");
	for (m = 0; m < run_nmetrics; m++) {
		printf(",%s", run_metrics[m].key);
		if (run_metrics[m].per_thousand)
			printf(",%s_per_1000", run_metrics[m].key);
	}
	putchar('\n');
	for (i = 0; i < table->count; i++) {
		row = &table->rows[i];
		csv_text(table->name);
		printf(",%s,%s,%" PRIu64 ",%s,%s,%u,%u,%" PRIu64 ",%s,%" PRIu64
		       ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
		       ",%" PRIu64 ",%" PRIu64,
		    row->result.kernel,
		    row->config.tlb != NULL ? row->config.tlb : "",
		    row->config.memory, run_layout_name(row->config.layout),
		    run_files_name(row->config.files), row->config.cpus,
		    row->config.fragment, row->config.seed,
		    row->result.panicked ? "no" : "yes",
		    row->result.instructions, row->result.reads,
		    row->result.writes, row->result.records,
		    row->result.unmapped, row->result.faulted,
		    row->result.refused);
		for (m = 0; m < run_nmetrics; m++) {
			metric = &run_metrics[m];
			value = metric->get(&row->result);
			if (metric->tlb && row->config.tlb == NULL)
				printf(",%s", metric->per_thousand ? "," : "");
			else if (metric->kind == RUN_METRIC_SHARE)
				printf(",%.6f", value);
			else
				printf(",%.0f", value);
			if (metric->per_thousand &&
			    !(metric->tlb && row->config.tlb == NULL))
				printf(",%.6f",
				    per_thousand(value, &row->result));
		}
		putchar('\n');
	}
}

/* ---- JSON --------------------------------------------------------------- */

static json_t *
json_number(const struct run_metric *metric, double value)
{

	return (metric->kind == RUN_METRIC_SHARE ?
		json_real(value) :
		json_integer((json_int_t)value));
}

static json_t *
json_samples(const struct program_result *result)
{
	const struct program_sample *s;
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < result->nsamples; i++) {
		s = &result->samples[i];
		json_array_append_new(list,
		    json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "instructions",
			(json_int_t)s->instructions, "resident",
			(json_int_t)s->resident, "superpages",
			(json_int_t)s->superpages, "promotions",
			(json_int_t)s->promotions, "demotions",
			(json_int_t)s->demotions, "page_faults",
			(json_int_t)s->faults));
	}
	return (list);
}

static json_t *
json_row(const struct run_row *row)
{
	const struct run_metric *metric;
	json_t *figures = json_object(), *rates = json_object();
	double value;
	size_t m;

	for (m = 0; m < run_nmetrics; m++) {
		metric = &run_metrics[m];
		if (metric->tlb && row->config.tlb == NULL)
			continue;
		value = metric->get(&row->result);
		json_object_set_new(figures, metric->key,
		    json_number(metric, value));
		if (metric->per_thousand)
			json_object_set_new(rates, metric->key,
			    json_real(per_thousand(value, &row->result)));
	}
	return (json_pack("{s:s, s:s*, s:I, s:s, s:s, s:i, s:i, s:I, s:s*, "
			  "s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, "
			  "s:o}",
	    "kernel", row->result.kernel, "tlb", row->config.tlb, "memory",
	    (json_int_t)row->config.memory, "layout",
	    run_layout_name(row->config.layout), "files",
	    run_files_name(row->config.files), "cpus", (int)row->config.cpus,
	    "fragment", (int)row->config.fragment, "seed",
	    (json_int_t)row->config.seed, "panic",
	    row->result.panicked ? row->result.panic : NULL, "instructions",
	    (json_int_t)row->result.instructions, "reads",
	    (json_int_t)row->result.reads, "writes",
	    (json_int_t)row->result.writes, "records",
	    (json_int_t)row->result.records, "processes",
	    (json_int_t)row->result.processes, "unmapped",
	    (json_int_t)row->result.unmapped, "faulted",
	    (json_int_t)row->result.faulted, "refused",
	    (json_int_t)row->result.refused, "figures", figures,
	    "per_1000_instructions", rates, "samples",
	    json_samples(&row->result)));
}

bool
run_print_json(const struct run_table *table)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < table->count; i++)
		json_array_append_new(rows, json_row(&table->rows[i]));
	return (cli_print_json(json_pack("{s:s, s:o, s:s, s:b, s:b, s:o}",
	    "version", pmapsim_version(), "recording",
	    cli_json_text(table->name), "origin",
	    origin_name(table->header.origin), "mappings_known",
	    (table->header.flags & RUN_FLAG_MAPPED) != 0, "first_touches_only",
	    (table->header.flags & RUN_FLAG_FIRST) != 0, "rows", rows)));
}
