/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim kernels: what can be written after kernel= and --kernel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cli.h"

enum { KERNELS_JSON };
static const struct cli_option kernels_options[] =
    {[KERNELS_JSON] = {"json", NULL, "print JSON instead of a list"},
	{NULL, NULL, NULL}};

/*
 * The revisions by their dates, which is not the order of the table.  They are
 * constant, and the list is its holder's.
 */
#define KERNELS_COLUMN 30 /* in which descriptions begin */
#define REVISIONS_MAX 32
struct kernels_revisions {
	const struct pmapsim_kernel_info *at[REVISIONS_MAX];
	unsigned n;
};

static int
kernels_by_date(const void *va, const void *vb)
{
	const struct pmapsim_kernel_info *a, *b;

	a = *(const struct pmapsim_kernel_info *const *)va;
	b = *(const struct pmapsim_kernel_info *const *)vb;
	return ((int)(a->year * 12 + a->month) -
	    (int)(b->year * 12 + b->month));
}

static struct kernels_revisions
kernels_revisions(void)
{
	struct kernels_revisions list = {.n = 0};
	const struct pmapsim_kernel_info *info;
	unsigned i;

	for (i = 0; (info = pmapsim_kernel_info(i)) != NULL; i++)
		if (info->revision && list.n < REVISIONS_MAX)
			list.at[list.n++] = info;
	qsort(list.at, list.n, sizeof(list.at[0]), kernels_by_date);
	return (list);
}

/* Where "info" is from: "(pmap_copy(), FreeBSD i386, 2009; museum 29)". */
static void
kernels_source(const struct pmapsim_kernel_info *info, char *buf, size_t size)
{
	char museum[32] = "";

	if (info->revision) {
		snprintf(buf, size, "(%04u-%02u: %s)", info->year, info->month,
		    info->source);
		return;
	}
	if (info->museum != 0)
		snprintf(museum, sizeof(museum), "; museum %u", info->museum);
	snprintf(buf, size, "(%s(), %s%s%s, %u%s)", info->function,
	    info->source, *info->change != '\0' ? " " : "", info->change,
	    info->year, museum);
}

static void
kernels_entry(const struct pmapsim_kernel_info *info, bool color)
{
	char source[400];

	printf("  %s%-28s%s", cli_style(color, CLI_STRONG), info->name,
	    cli_style(color, CLI_PLAIN));
	if (strlen(info->name) >= KERNELS_COLUMN - 2)
		printf("\n%*s", KERNELS_COLUMN, "");
	cli_print_wrapped(info->description, KERNELS_COLUMN);
	kernels_source(info, source, sizeof(source));
	printf("%*s%s", KERNELS_COLUMN, "", cli_style(color, CLI_FAINT));
	cli_print_wrapped(source, KERNELS_COLUMN);
	printf("%s", cli_style(color, CLI_PLAIN));
}

/* The switches, each with the revisions that have it on. */
static void
kernels_switches(const struct kernels_revisions *revisions, bool color)
{
	const struct pmapsim_kernel_info *info;
	unsigned i, k, on;

	for (i = 0; (info = pmapsim_kernel_info(i)) != NULL; i++) {
		if (info->revision)
			continue;
		kernels_entry(info, color);
		for (k = on = 0; k < revisions->n; k++) {
			if (!pmapsim_kernel_has(revisions->at[k]->name,
				info->name))
				continue;
			if (on++ == 0)
				printf("%*son in", KERNELS_COLUMN, "");
			printf(" %s", revisions->at[k]->name);
		}
		if (on != 0)
			printf("\n");
	}
}

static json_t *
kernels_json_revision(const struct pmapsim_kernel_info *info)
{
	char date[24];

	snprintf(date, sizeof(date), "%04u-%02u", info->year, info->month);
	return (json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", info->name,
	    "kind", "revision", "description", info->description, "source",
	    info->source, "date", date));
}

static json_t *
kernels_json_switch(const struct pmapsim_kernel_info *info,
    const struct kernels_revisions *revisions)
{
	json_t *on;
	unsigned k;

	on = json_array();
	for (k = 0; k < revisions->n; k++)
		if (pmapsim_kernel_has(revisions->at[k]->name, info->name))
			json_array_append_new(on,
			    json_string(revisions->at[k]->name));
	return (json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:i, s:o}",
	    "name", info->name, "kind", "switch", "description",
	    info->description, "source", info->source, "function",
	    info->function, "year", (int)info->year, "change", info->change,
	    "museum", (int)info->museum, "revisions", on));
}

static enum cli_exit
kernels_json(const struct kernels_revisions *revisions)
{
	const struct pmapsim_kernel_info *info;
	json_t *list;
	unsigned i;

	list = json_array();
	for (i = 0; i < revisions->n; i++)
		json_array_append_new(list,
		    kernels_json_revision(revisions->at[i]));
	for (i = 0; (info = pmapsim_kernel_info(i)) != NULL; i++)
		if (!info->revision)
			json_array_append_new(list,
			    kernels_json_switch(info, revisions));
	return (cli_print_json(list) ? CLI_OK : CLI_BAD);
}

static enum cli_exit
kernels_run(const struct cli_args *args)
{

	const struct kernels_revisions revisions = kernels_revisions();
	unsigned i;

	if (args->options[KERNELS_JSON] != NULL)
		return (kernels_json(&revisions));
	printf("revisions, by their dates:\n");
	for (i = 0; i < revisions.n; i++)
		kernels_entry(revisions.at[i], args->color);
	printf("\nswitches, and the revisions that have them on:\n");
	kernels_switches(&revisions, args->color);
	return (CLI_OK);
}

const struct cli_command cmd_kernels = {
    .name = "kernels",
    .operands = "",
    .summary = "List the kernels that a machine can boot",
    .description =
	"A kernel is a revision and switches, 2010-04+litter; +no-NAME takes\n"
	"a switch of the revision away.\n",
    .options = kernels_options,
    .run = kernels_run,
};
