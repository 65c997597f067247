/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim kernels: what can be written after kernel= and --kernel.
 */
#include <stdio.h>

#include "cli/cli.h"

static const struct cli_option kernels_options[] = {
	{ NULL, NULL, NULL }
};

static void
kernels_list(bool revisions)
{
	const struct pmapsim_kernel_info *info;
	unsigned i;

	for (i = 0; (info = pmapsim_kernel_info(i)) != NULL; i++)
		if (info->revision == revisions)
			printf("  %-30s%s\n  %-30s(%s)\n", info->name,
			    info->description, "", info->source);
}

static enum cli_exit
kernels_run(const struct cli_args *args)
{

	printf("revisions:\n");
	kernels_list(true);
	printf("\nswitches:\n");
	kernels_list(false);
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
