/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim map: shows memory and address spaces at one place of a trace.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "study/machine_map.h"
#include "study/region.h"

#define LIST_MAX 24 /* lines of one list */

enum {
	MAP_AT,
	MAP_JSON,
	MAP_KERNEL,
	MAP_QUIET,
	MAP_REGION,
	MAP_STORY,
	MAP_SVG
};
static const struct cli_option map_options[] =
    {[MAP_AT] = {"at", "CALL|end",
	 "stop after the statement in line CALL, or at the \"end\""},
	[MAP_JSON] = {"json", NULL, "print JSON instead of text"},
	[MAP_KERNEL] = {"kernel", "K",
	    "boot kernel K instead of the one that the trace names"},
	[MAP_QUIET] = CLI_QUIET_OPTION,
	[MAP_REGION] = {"region", "[PMAP:]VA",
	    "show the 512 PTEs of the 2 MB region of VA instead"},
	[MAP_STORY] = {"story", "FILE",
	    "draw the way to a false promotion into FILE, five pictures"},
	[MAP_SVG] = {"svg", "FILE",
	    "draw it into FILE as SVG instead of printing it"},
	{NULL, NULL, NULL}};

/* What stands for a kind of cell. */
struct map_look {
	char letter;
	enum cli_style style;
};

static const struct map_look map_frame_looks[] = {
    [MAP_FRAME_FREE] = {'.', CLI_FAINT},
    [MAP_FRAME_BOOT] = {'-', CLI_FAINT},
    [MAP_FRAME_TABLES] = {'T', CLI_TABLES},
    [MAP_FRAME_LOST] = {'L', CLI_BAD_NEWS},
    [MAP_FRAME_OBJECTS] = {'o', CLI_OTHER},
    [MAP_FRAME_WIRED] = {'w', CLI_ODD},
    [MAP_FRAME_BROKEN] = {'x', CLI_BAD_NEWS},
    [MAP_FRAME_RESERVED] = {'0', CLI_PART},
    [MAP_FRAME_FULL] = {'#', CLI_GOOD},
};

static const struct map_look map_region_looks[] = {
    [MAP_REGION_EMPTY] = {'.', CLI_FAINT},
    [MAP_REGION_PARTIAL] = {'0', CLI_PART},
    [MAP_REGION_4K] = {'!', CLI_ODD},
    [MAP_REGION_2M] = {'#', CLI_GOOD},
};

/* Prints a cell; of what can be partly full, its tenths stand in it. */
static void
map_show_cell(const struct map_look *look, unsigned of_512, bool color)
{
	char letter = look->letter;

	if (letter == '0')
		letter = (char)('0' + of_512 * 10 / MAP_PAGES);
	printf("%s%c%s", cli_style(color, look->style), letter,
	    cli_style(color, CLI_PLAIN));
}

static void
map_show_legend(const struct map_look *look, unsigned count, const char *words,
    bool color)
{

	if (count == 0)
		return;
	printf("  %6u  %s%s%s  %s%s\n", count, cli_style(color, look->style),
	    look->letter == '0' ? "0-9" :
				  (char[]) {look->letter, ' ', ' ', '\0'},
	    cli_style(color, CLI_PLAIN), words,
	    look->letter == '0' ? "; the digit counts tenths" : "");
}

/* The row's address; and behind it what is left out. */
static void
map_show_row_start(const struct map_row *row)
{

	printf("  0x%-16" PRIx64 " ", row->address);
}

static void
map_show_row_end(const struct map_row *row)
{

	putchar('\n');
	if (row->alike > 0)
		printf("  %-18s %u more row%s like this one\n", "...",
		    row->alike, row->alike == 1 ? "" : "s");
}

/* Blanks up to the column of "address", of which "*at" have been printed. */
static void
map_show_gap(uint64_t address, unsigned *at)
{
	unsigned column;

	column = (unsigned)(address / NBPDR % MAP_ROW_CELLS);
	for (; *at <= column; (*at)++)
		printf("%s%s", *at % 8 == 0 && *at > 0 ? " " : "",
		    *at < column ? " " : "");
}

static bool
map_show_memory(const struct machine_map *map, bool color)
{
	const struct map_frame *frame;
	struct map_row *rows;
	unsigned at, i, j, listed = 0, nrows;
	char text[200];

	rows = map_frame_rows(map, &nrows);
	if (rows == NULL)
		return (false);
	printf("\nPhysical memory: %u frames of 2 MB; %u of %u pages free\n",
	    map->nframes, map->free_pages, map->pages);
	for (i = 0; i < nrows; i++) {
		map_show_row_start(&rows[i]);
		for (at = 0, j = 0; j < rows[i].count; j++) {
			frame = &map->frames[rows[i].first + j];
			map_show_gap(frame->pa, &at);
			map_show_cell(&map_frame_looks[frame->kind],
			    frame->popcnt, color);
		}
		map_show_row_end(&rows[i]);
	}
	free(rows);
	for (i = 0; i < MAP_FRAME_KINDS; i++)
		map_show_legend(&map_frame_looks[i], map->count[i],
		    map_frame_words((enum map_frame_kind)i), color);
	for (i = 0; i < map->nframes; i++) {
		frame = &map->frames[i];
		if (frame->kind == MAP_FRAME_FREE ||
		    frame->kind == MAP_FRAME_BOOT || listed++ >= LIST_MAX)
			continue;
		map_frame_text(frame, text, sizeof(text));
		printf("  0x%-10" PRIx64 " %s\n", frame->pa, text);
	}
	if (listed > LIST_MAX)
		printf("  and %u more\n", listed - LIST_MAX);
	return (true);
}

static bool
map_show_space(const struct map_space *space, bool color)
{
	const struct map_region *region;
	struct map_row *rows;
	unsigned at, i, j, listed = 0, nrows;
	char text[200];

	rows = map_region_rows(space, &nrows);
	if (rows == NULL)
		return (false);
	printf("\nAddress space %s: %" PRId64 " pages resident, %" PRId64
	       " wired\n",
	    space->name, space->resident, space->wired);
	if (nrows == 0)
		printf("  nothing is mapped\n");
	for (i = 0; i < nrows; i++) {
		map_show_row_start(&rows[i]);
		for (at = 0, j = 0; j < rows[i].count; j++) {
			region = &space->regions[rows[i].first + j];
			map_show_gap(region->va, &at);
			map_show_cell(&map_region_looks[region->kind],
			    region->valid, color);
		}
		map_show_row_end(&rows[i]);
	}
	free(rows);
	for (i = 0; i < MAP_REGION_KINDS; i++)
		map_show_legend(&map_region_looks[i], space->count[i],
		    map_region_words((enum map_region_kind)i), color);
	for (i = 0; i < space->nregions; i++) {
		region = &space->regions[i];
		if ((region->kind == MAP_REGION_EMPTY && region->odd == 0) ||
		    listed++ >= LIST_MAX)
			continue;
		map_region_text(region, text, sizeof(text));
		printf("  0x%-16" PRIx64 " %s\n", region->va, text);
	}
	if (listed > LIST_MAX)
		printf("  and %u more\n", listed - LIST_MAX);
	return (true);
}

bool
cli_show_map(const struct machine_map *map, bool color)
{
	unsigned i;
	bool ok;

	printf("%s%s%s\nkernel %s; promotions=%" PRIu64 " demotions=%" PRIu64
	       " p_failures=%" PRIu64 "\n",
	    cli_style(color, CLI_STRONG), map->title,
	    cli_style(color, CLI_PLAIN), map->kernel, map->promotions,
	    map->demotions, map->p_failures);
	if (map->panic[0] != '\0')
		printf("%spanic: %s%s\n", cli_style(color, CLI_BAD_NEWS),
		    map->panic, cli_style(color, CLI_PLAIN));
	ok = map_show_memory(map, color);
	for (i = 0; ok && i < map->nspaces; i++)
		ok = map_show_space(&map->spaces[i], color);
	if (!ok)
		cli_error("no memory for the map");
	return (ok);
}

/* The replays of one map; on the stack of map_all(). */
struct map_work {
	struct cli_progress progress;
	uint64_t done; /* statements of the replays before this one */
};

static bool
map_progress(void *arg, uint64_t statements)
{
	struct map_work *work = arg;

	return (cli_progress(&work->progress, work->done + statements));
}

/*
 * The map of all, as text or as a picture: after "line", or, with "fullest",
 * which costs a replay more, where it shows the most.
 */
static enum cli_exit
map_all(const struct cli_args *args, const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, unsigned line, bool fullest)
{
	const uint64_t statements = pmapsim_trace_statements(trace);
	struct map_work work = {.done = 0};
	struct cli_output output;
	struct machine_map *map = NULL;
	char err[512];
	bool ok;
	int error = PMAPSIM_OK;

	cli_progress_start(&work.progress, "statements",
	    fullest ? 2 * statements : statements,
	    args->options[MAP_QUIET] == NULL);
	if (fullest) {
		error = machine_map_fullest(trace, options, map_progress, &work,
		    &line, err, sizeof(err));
		work.done = statements;
	}
	if (error == PMAPSIM_OK && work.progress.stop == 0)
		error = machine_map_replay(trace, options, line, map_progress,
		    &work, &map, err, sizeof(err));
	if (!cli_progress_end(&work.progress)) {
		machine_map_free(map);
		return (cli_progress_code(&work.progress));
	}
	if (error != PMAPSIM_OK) {
		cli_error("%s", err);
		return (CLI_BAD);
	}
	if (args->options[MAP_JSON] != NULL)
		ok = cli_print_json(cli_json_map(map));
	else if (args->options[MAP_SVG] == NULL)
		ok = cli_show_map(map, args->color);
	else if ((ok = cli_output_open(&output, args->options[MAP_SVG]))) {
		ok = machine_map_svg(map, output.file);
		if (!ok)
			cli_error("no memory for the picture");
		ok = cli_output_close(&output, ok);
	}
	machine_map_free(map);
	return (ok ? CLI_OK : CLI_BAD);
}

/* Takes "[PMAP:]VA" apart; false, with the message, when it is none. */
static bool
map_region_option(const char *value, char *pmap, size_t size, vm_offset_t *va)
{
	static const struct cli_number address = {.max = UINT64_MAX,
	    .any_base = true};
	const char *colon;

	colon = strrchr(value, ':');
	if (colon != NULL && (size_t)(colon - value) < size)
		snprintf(pmap, size, "%.*s", (int)(colon - value), value);
	else
		snprintf(pmap, size, "kernel");
	if (colon != NULL)
		value = colon + 1;
	if (!cli_read_number(value, &address, va)) {
		cli_error("map: --region %.40s: an address like "
			  "0xffffff8000000000 would be right",
		    value);
		return (false);
	}
	/* Which of them are the kernel's own depends on the kernel. */
	if ((*va >= VM_MAXUSER_ADDRESS) != (strcmp(pmap, "kernel") == 0)) {
		cli_error("map: --region %.40s: no address of the pmap "
			  "\"%.31s\"; a program's is written PMAP:VA",
		    value, pmap);
		return (false);
	}
	return (true);
}

/* One region: before the false promotion, where it led to the panic. */
static enum cli_exit
map_one(const struct cli_args *args, const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, unsigned line)
{
	struct region region;
	struct cli_output output;
	char err[512], pmap[MAP_NAME_MAX], where[128];
	const char *name;
	vm_offset_t va;
	bool found;

	if (!map_region_option(args->options[MAP_REGION], pmap, sizeof(pmap),
		&va))
		return (CLI_BAD);
	found = line == 0 &&
	    region_explain(trace, options, &region, err, sizeof(err));
	if ((line != 0 || !region.no_memory) &&
	    (!found || region.va != trunc_2mpage(va)))
		found = region_at(trace, options, pmap, va, line, &region, err,
		    sizeof(err));
	if (!found) {
		cli_error("%s", err);
		return (CLI_BAD);
	}
	if (args->options[MAP_JSON] != NULL)
		return (cli_print_json(cli_json_region(&region)) ? CLI_OK :
								   CLI_BAD);
	if (args->options[MAP_SVG] == NULL) {
		cli_show_region(&region, args->color);
		return (CLI_OK);
	}
	name = strrchr(args->operands[0], '/');
	name = name != NULL ? name + 1 : args->operands[0];
	snprintf(where, sizeof(where), "%.60s%s%s", name,
	    strcmp(pmap, "kernel") == 0 ? "" : ", pmap ",
	    strcmp(pmap, "kernel") == 0 ? "" : pmap);
	if (!cli_output_open(&output, args->options[MAP_SVG]))
		return (CLI_BAD);
	map_region_svg(&region, where, output.file);
	return (cli_output_close(&output, true) ? CLI_OK : CLI_BAD);
}

/* The way to a false promotion, as a storyboard. */
static enum cli_exit
map_story(const struct cli_args *args, const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options)
{
	struct cli_output output;
	const char *name;
	char err[512];
	bool ok;

	name = strrchr(args->operands[0], '/');
	name = name != NULL ? name + 1 : args->operands[0];
	if (!cli_output_open(&output, args->options[MAP_STORY]))
		return (CLI_BAD);
	ok = story_svg(trace, options, name, output.file, err, sizeof(err));
	if (!ok)
		cli_error("%s", err);
	return (cli_output_close(&output, ok) ? CLI_OK : CLI_BAD);
}

static enum cli_exit
map_run(const struct cli_args *args)
{
	static const struct cli_number line_number = {.min = 1,
	    .max = UINT_MAX,
	    .what = "the number of a line of the trace"};
	struct pmapsim_replay_options options;
	struct pmapsim_trace *trace;
	const char *at = args->options[MAP_AT];
	enum cli_exit code;
	uint64_t line = 0;
	char err[512];

	memset(&options, 0, sizeof(options));
	options.kernel = args->options[MAP_KERNEL];
	if (args->options[MAP_JSON] != NULL && args->options[MAP_SVG] != NULL) {
		cli_error("map: --json and --svg: one of them would be right");
		return (CLI_BAD);
	}
	if ((at == NULL || strcmp(at, "end") != 0) &&
	    !cli_number("map", "at", at, &line_number, &line))
		return (CLI_BAD);
	if (options.kernel != NULL &&
	    !pmapsim_kernel_valid(options.kernel, err, sizeof(err))) {
		cli_error("%s", err);
		return (CLI_BAD);
	}
	trace = scenario_open(args->operands[0]);
	if (trace == NULL)
		return (CLI_BAD);
	code = args->options[MAP_STORY] != NULL ?
	    map_story(args, trace, &options) :
	    args->options[MAP_REGION] != NULL ?
	    map_one(args, trace, &options, (unsigned)line) :
	    map_all(args, trace, &options, (unsigned)line, at == NULL);
	pmapsim_trace_close(trace);
	return (code);
}

const struct cli_command cmd_map = {
    .name = "map",
    .operands = "NAME|FILE",
    .min = 1,
    .max = 1,
    .summary = "Show memory and address spaces at one place of a trace",
    .description =
	"Makes the calls of scenario NAME or trace FILE (- is standard input)\n"
	"and shows each 2 MB frame of physical memory and each 2 MB region of\n"
	"the address spaces: after the statement whose line is given by --at (as\n"
	"\"pmapsim replay\" numbers them), at the panic, or, where there is none,\n"
	"after the last statement at which the most pages are in use.\n"
	"\n"
	"With --region it shows what the PTEs of one region are; where the trace\n"
	"ends in the panic of a false promotion there, as that promotion found\n"
	"them.  A program's address is written PMAP:VA.\n"
	"\n"
	"Results that the trace expects are not compared.  Exits 0, and 2 on bad\n"
	"input.\n",
    .options = map_options,
    .run = map_run,
};
