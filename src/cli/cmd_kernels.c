/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim kernels: what can be written after kernel= and --kernel.
 */
#include <stdio.h>

#include <jansson.h>

#include "cli/cli.h"

enum { KERNELS_JSON };
static const struct cli_option kernels_options[] =
    {[KERNELS_JSON] = {"json", NULL, "print JSON instead of a list"},
	{NULL, NULL, NULL}};

/* Prints where "info" is from: "pmap_copy(), FreeBSD i386, 2009; museum 29". */
static void
kernels_source(const struct pmapsim_kernel_info *info)
{

	if (info->revision) {
		printf("%s", info->source);
		return;
	}
	printf("%s(), %s", info->function, info->source);
	if (*info->change != '\0')
		printf(" %s", info->change);
	printf(", %u", info->year);
	if (info->museum != 0)
		printf("; museum %u", info->museum);
}

static void
kernels_list(bool revisions, bool color)
{
	const struct pmapsim_kernel_info *info;
	unsigned i;

	for (i = 0; (info = pmapsim_kernel_info(i)) != NULL; i++) {
		if (info->revision != revisions)
			continue;
		printf("  %s%-30s%s%s\n  %-30s%s(",
		    cli_style(color, CLI_STRONG), info->name,
		    cli_style(color, CLI_PLAIN), info->description, "",
		    cli_style(color, CLI_FAINT));
		kernels_source(info);
		printf(")%s\n", cli_style(color, CLI_PLAIN));
	}
}

static json_t *
kernels_json_entry(const struct pmapsim_kernel_info *info)
{

	if (info->revision)
		return (json_pack("{s:s, s:s, s:s, s:s}", "name", info->name,
		    "kind", "revision", "description", info->description,
		    "source", info->source));
	return (json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:i}", "name",
	    info->name, "kind", "switch", "description", info->description,
	    "source", info->source, "function", info->function, "year",
	    (int)info->year, "change", info->change, "museum",
	    (int)info->museum));
}

static enum cli_exit
kernels_json(void)
{
	const struct pmapsim_kernel_info *info;
	json_t *list;
	unsigned i;

	list = json_array();
	for (i = 0; (info = pmapsim_kernel_info(i)) != NULL; i++)
		json_array_append_new(list, kernels_json_entry(info));
	return (cli_print_json(list) ? CLI_OK : CLI_BAD);
}

static enum cli_exit
kernels_run(const struct cli_args *args)
{

	if (args->options[KERNELS_JSON] != NULL)
		return (kernels_json());
	printf("revisions:\n");
	kernels_list(true, args->color);
	printf("\nswitches:\n");
	kernels_list(false, args->color);
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
