/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim run: a recorded program on kernels, TLBs and machines.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pmapsim/hw.h>

#include "cli/cli.h"
#include "cli/run.h"
#include "program/run_ahead.h"

enum {
	RUN_CPUS,
	RUN_CSV,
	RUN_EVERY,
	RUN_FILES,
	RUN_FRAGMENT,
	RUN_JSON,
	RUN_KERNELS,
	RUN_LAYOUT,
	RUN_MEMORY,
	RUN_QUIET,
	RUN_SEED,
	RUN_SVG,
	RUN_TLB,
	RUN_TRACE
};
static const struct cli_option run_options[] =
    {[RUN_CPUS] = {"cpus", "N,N...",
	 "machines of N CPUs; without it, one a thread"},
	[RUN_CSV] = {"csv", NULL, "print CSV, a line a row"},
	[RUN_EVERY] = {"every", "N", "look each N instructions"},
	[RUN_FILES] = {"files", "cached|cold",
	    "whether files are in memory already"},
	[RUN_FRAGMENT] = {"fragment", "PERCENT,...",
	    "take that much memory from 2 MB pages first"},
	[RUN_JSON] = {"json", NULL, "print JSON, samples too"},
	[RUN_KERNELS] = {"kernels", "K,K...", "run on these kernels"},
	[RUN_LAYOUT] = {"layout", "freebsd|recorded",
	    "where mappings are placed"},
	[RUN_MEMORY] = {"memory", "MB,MB...",
	    "machines of so many megabytes; 1024"},
	[RUN_QUIET] = CLI_QUIET_OPTION,
	[RUN_SEED] = {"seed", "N,N...", "of --fragment"},
	[RUN_SVG] = {"svg", "FILE", "draw each row's run into FILE"},
	[RUN_TLB] = {"tlb", "PRESET|FILE,...", "give the CPUs TLBs"},
	[RUN_TRACE] = {"trace", "FILE",
	    "write the first row's calls and accesses as a trace"},
	{NULL, NULL, NULL}};

#define RUN_ROWS_MAX 1024

/*
 * The values of an option, in a copy of its text.  Made and given back by
 * run_run(); one that was not given has the default alone.
 */
struct run_list {
	char *text;
	size_t count;
	char **values;
};

static bool
list_read(struct run_list *list, const char *text)
{
	size_t i;
	char *p;

	list->text = strdup(text);
	for (list->count = 1, p = list->text; p != NULL && *p != '\0'; p++)
		list->count += *p == ',';
	list->values = calloc(list->count, sizeof(*list->values));
	if (list->text == NULL || list->values == NULL) {
		cli_error("out of memory");
		return (false);
	}
	p = list->text;
	for (i = 0; i < list->count; i++)
		list->values[i] = strsep(&p, ",");
	return (true);
}

/* The axes of a sweep, in the order in which rows vary, the last fastest. */
enum {
	AXIS_KERNEL,
	AXIS_FILES,
	AXIS_LAYOUT,
	AXIS_MEMORY,
	AXIS_FRAGMENT,
	AXIS_SEED,
	AXIS_CPUS,
	AXIS_TLB,
	AXES
};
static const struct {
	unsigned option;
	const char *preset; /* the value where the option is not given */
} axes[AXES] = {
    [AXIS_KERNEL] = {RUN_KERNELS, "2010-04"},
    [AXIS_FILES] = {RUN_FILES, "cached"},
    [AXIS_LAYOUT] = {RUN_LAYOUT, "freebsd"},
    [AXIS_MEMORY] = {RUN_MEMORY, "1024"},
    [AXIS_FRAGMENT] = {RUN_FRAGMENT, "0"},
    [AXIS_SEED] = {RUN_SEED, "1"},
    [AXIS_CPUS] = {RUN_CPUS, ""},
    [AXIS_TLB] = {RUN_TLB, ""},
};

/* A sweep: its lists, its rows, what the rows' strings lie in. */
struct sweep {
	struct run_list lists[AXES];
	char **tlb_texts;  /* of TLBs that were read from files */
	const char **tlbs; /* what config.tlb may be, by value */
	struct run_table table;
	struct cli_progress progress;
	uint64_t words_before;
};

/* Reads one of two words; false, with the message: it is neither. */
static bool
read_word(const char *option, const char *value, const char *zero,
    const char *one, int *which)
{

	*which = strcmp(value, one) == 0;
	if (*which == 1 || strcmp(value, zero) == 0)
		return (true);
	cli_error("run: --%s: \"%.60s\"; %s or %s would be right", option,
	    value, zero, one);
	return (false);
}

/* Takes the value of an axis into "config"; false, with the message. */
static bool
take_value(struct sweep *sweep, unsigned axis, size_t which,
    struct run_config *config)
{
	static const struct cli_number memory = {.min = 32, .max = 1 << 20},
				       percent = {.max = 100},
				       seed = {.max = UINT32_MAX};
	const char *value = sweep->lists[axis].values[which];
	uint64_t n = 0;
	int word;
	char err[512];

	switch (axis) {
	case AXIS_KERNEL:
		config->kernel = value;
		if (pmapsim_kernel_valid(value, err, sizeof(err)))
			return (true);
		cli_error("%s", err);
		return (false);
	case AXIS_FILES:
		if (!read_word("files", value, "cached", "cold", &word))
			return (false);
		config->files = (enum program_files)word;
		return (true);
	case AXIS_LAYOUT:
		if (!read_word("layout", value, "freebsd", "recorded", &word))
			return (false);
		config->layout = (enum program_layout)word;
		return (true);
	case AXIS_MEMORY:
		if (!cli_number("run", "memory", value, &memory, &n))
			return (false);
		config->memory = n << 20;
		return (true);
	case AXIS_FRAGMENT:
		if (!cli_number("run", "fragment", value, &percent, &n))
			return (false);
		config->fragment = (unsigned)n;
		return (true);
	case AXIS_SEED:
		return (cli_number("run", "seed", value, &seed, &config->seed));
	case AXIS_CPUS:
		if (value[0] != '\0' &&
		    !cli_number("run", "cpus", value, &cli_cpus_number, &n))
			return (false);
		config->cpus = (unsigned)n;
		return (true);
	default:
		if (value[0] == '\0')
			return (true);
		config->tlb = value;
		if (sweep->tlbs[which] == NULL)
			sweep->tlbs[which] = cli_find_tlb(value,
			    &sweep->tlb_texts[which]);
		config->tlb_text = sweep->tlbs[which];
		return (config->tlb_text != NULL);
	}
}

/* Makes the rows: all combinations. */
static bool
sweep_rows(struct sweep *sweep)
{
	size_t i, left, rows = 1;
	unsigned axis;

	for (axis = 0; axis < AXES; axis++) {
		rows *= sweep->lists[axis].count;
		if (rows > RUN_ROWS_MAX) {
			cli_error("run: more than %d rows", RUN_ROWS_MAX);
			return (false);
		}
	}
	sweep->table.rows = calloc(rows, sizeof(*sweep->table.rows));
	if (sweep->table.rows == NULL) {
		cli_error("out of memory");
		return (false);
	}
	sweep->table.count = rows;
	for (i = 0; i < rows; i++)
		for (left = i, axis = AXES; axis-- > 0;) {
			if (!take_value(sweep, axis,
				left % sweep->lists[axis].count,
				&sweep->table.rows[i].config))
				return (false);
			left /= sweep->lists[axis].count;
		}
	return (true);
}

static bool
sweep_open(struct sweep *sweep, const struct cli_args *args)
{
	const char *given;
	unsigned axis;
	size_t ntlbs;

	for (axis = 0; axis < AXES; axis++) {
		given = args->options[axes[axis].option];
		if (!list_read(&sweep->lists[axis],
			given != NULL ? given : axes[axis].preset))
			return (false);
	}
	ntlbs = sweep->lists[AXIS_TLB].count;
	sweep->tlb_texts = calloc(ntlbs, sizeof(*sweep->tlb_texts));
	sweep->tlbs = calloc(ntlbs, sizeof(*sweep->tlbs));
	if (sweep->tlb_texts == NULL || sweep->tlbs == NULL) {
		cli_error("out of memory");
		return (false);
	}
	return (sweep_rows(sweep));
}

static void
sweep_close(struct sweep *sweep)
{
	unsigned axis;
	size_t i;

	for (i = 0; i < sweep->table.count; i++)
		program_result_done(&sweep->table.rows[i].result);
	free(sweep->table.rows);
	for (i = 0;
	     sweep->tlb_texts != NULL && i < sweep->lists[AXIS_TLB].count; i++)
		free(sweep->tlb_texts[i]);
	free(sweep->tlb_texts);
	free(sweep->tlbs);
	for (axis = 0; axis < AXES; axis++) {
		free(sweep->lists[axis].text);
		free(sweep->lists[axis].values);
	}
}

/* Feeds the recording to the run; false, with the message: it cannot be. */
static bool
feed_all(struct sweep *sweep, struct run_reader *reader,
    struct program *program)
{
	struct run_ahead ahead;
	uint64_t done = sweep->words_before;
	const uint64_t *words;
	bool good = true;
	long long n;

	if (!run_ahead_start(&ahead, reader,
		sysconf(_SC_NPROCESSORS_ONLN) > 1)) {
		cli_error("out of memory");
		return (false);
	}
	while ((n = run_ahead_words(&ahead, &words)) > 0) {
		done += (uint64_t)n;
		/* A panic ends the row, not the sweep. */
		if (!program_feed(program, words, (size_t)n))
			break;
		if (!cli_progress(&sweep->progress, done)) {
			good = false;
			break;
		}
	}
	sweep->words_before = done;
	run_ahead_stop(&ahead);
	if (n < 0)
		cli_error("%s", ahead.err);
	return (good && n >= 0);
}

static bool
run_row(struct sweep *sweep, const struct cli_args *args, struct run_row *row,
    uint64_t every, FILE *text)
{
	struct program_options options = {.header = &sweep->table.header,
	    .kernel = row->config.kernel,
	    .tlb = row->config.tlb_text,
	    .mem = row->config.memory,
	    .layout = row->config.layout,
	    .files = row->config.files,
	    .ncpu = row->config.cpus,
	    .every = every,
	    .fragment = row->config.fragment,
	    .seed = row->config.seed,
	    .heat = args->options[RUN_SVG] != NULL,
	    .text = text};
	struct run_reader reader;
	struct program *program;
	char err[512];
	bool good;

	if (!run_reader_open(&reader, args->operands[0], err, sizeof(err))) {
		cli_error("%s", err);
		return (false);
	}
	sweep->table.header = reader.header;
	program = program_start(&options, err, sizeof(err));
	if (program == NULL) {
		cli_error("run: %s", err);
		run_reader_close(&reader);
		return (false);
	}
	good = feed_all(sweep, &reader, program);
	run_reader_close(&reader);
	if (!program_finish(program, &row->result, err, sizeof(err))) {
		cli_error("run: %s", err);
		good = false;
	}
	return (good);
}

/* Runs all rows; of the first one the trace is written, if one is wanted. */
static bool
run_rows(struct sweep *sweep, const struct cli_args *args, uint64_t every,
    FILE *text)
{
	size_t i;

	if (sweep->table.count > 1 && strcmp(args->operands[0], "-") == 0) {
		cli_error("run: standard input can be read once; a sweep "
			  "needs a file");
		return (false);
	}
	for (i = 0; i < sweep->table.count; i++)
		if (!run_row(sweep, args, &sweep->table.rows[i], every,
			i == 0 ? text : NULL))
			return (false);
	return (true);
}

/* A trace can say all that a run is made with, but for spoilt memory. */
static bool
trace_can_say(const struct sweep *sweep, const struct cli_args *args)
{

	if (args->options[RUN_TRACE] == NULL ||
	    sweep->table.rows[0].config.fragment == 0)
		return (true);
	cli_error("run: no statement of a trace fragments memory; --trace "
		  "without --fragment would be right");
	return (false);
}

static bool
show(const struct sweep *sweep, const struct cli_args *args)
{

	if (args->options[RUN_JSON] != NULL)
		return (run_print_json(&sweep->table));
	if (args->options[RUN_CSV] != NULL)
		run_print_csv(&sweep->table);
	else
		run_print_table(&sweep->table);
	return (true);
}

/* Opens the file of an option that names one. */
static bool
open_file(const struct cli_args *args, unsigned option,
    struct cli_output *output)
{

	memset(output, 0, sizeof(*output));
	return (args->options[option] == NULL ||
	    cli_output_open(output, args->options[option]));
}

static bool
close_file(const struct cli_args *args, unsigned option,
    struct cli_output *output, bool good)
{

	return (args->options[option] == NULL ||
	    cli_output_close(output, good));
}

static enum cli_exit
run_run(const struct cli_args *args)
{
	static const struct cli_number instructions = {.min = 1,
	    .max = UINT64_MAX / 2,
	    .suffix = true};
	struct cli_output svg, trace;
	struct sweep sweep;
	uint64_t every = 0;
	bool good;

	memset(&sweep, 0, sizeof(sweep));
	sweep.table.name = args->operands[0];
	if (!cli_number("run", "every", args->options[RUN_EVERY], &instructions,
		&every) ||
	    !sweep_open(&sweep, args) || !trace_can_say(&sweep, args) ||
	    !open_file(args, RUN_SVG, &svg)) {
		sweep_close(&sweep);
		return (CLI_BAD);
	}
	if (!open_file(args, RUN_TRACE, &trace)) {
		close_file(args, RUN_SVG, &svg, false);
		sweep_close(&sweep);
		return (CLI_BAD);
	}
	cli_progress_start(&sweep.progress, "words", 0,
	    args->options[RUN_QUIET] == NULL);
	good = run_rows(&sweep, args, every,
	    args->options[RUN_TRACE] != NULL ? trace.file : NULL);
	if (!cli_progress_end(&sweep.progress)) {
		close_file(args, RUN_SVG, &svg, false);
		close_file(args, RUN_TRACE, &trace, false);
		sweep_close(&sweep);
		return (cli_progress_code(&sweep.progress));
	}
	if (good && args->options[RUN_SVG] != NULL)
		run_write_svg(svg.file, &sweep.table);
	good = close_file(args, RUN_SVG, &svg, good) && good;
	good = close_file(args, RUN_TRACE, &trace, good) && good;
	good = good && show(&sweep, args);
	sweep_close(&sweep);
	return (good ? CLI_OK : CLI_BAD);
}

const struct cli_command cmd_run = {
    .name = "run",
    .operands = "RUN",
    .min = 1,
    .max = 1,
    .takes_lists = true,
    .summary = "Run a recorded program on kernels, TLBs and machines",
    .description =
	"Makes the calls and accesses of the recording RUN (- is standard\n"
	"input) on a machine of each kind that the options name, and tells what\n"
	"they cost.  Options that take several values, with commas, make a row\n"
	"of each combination: --kernels 2010-04,9.0 --tlb nehalem,skylake makes\n"
	"four.  Coverage is the share of resident memory that 2 MB pages map.\n",
    .options = run_options,
    .run = run_run,
};
