/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim tlb: what can be written after tlb= and --tlb, and the descriptions
 * that another one can start from.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <pmapsim/hw.h>

#include "cli/cli.h"

enum { TLB_JSON };
static const struct cli_option tlb_options[] =
    {[TLB_JSON] = {"json", NULL, "print JSON instead of text"},
	{NULL, NULL, NULL}};

/* One line a preset: its name, and what its first comment says. */
static void
tlb_list(bool color)
{
	const char *comment, *name;
	unsigned i;

	for (i = 0; (name = pmapsim_tlb_preset(i)) != NULL; i++) {
		comment = strchr(pmapsim_tlb_preset_text(name), '#') + 2;
		printf("%s%-12s%s%.*s\n", cli_style(color, CLI_STRONG), name,
		    cli_style(color, CLI_PLAIN), (int)strcspn(comment, "\n"),
		    comment);
	}
}

static enum cli_exit
tlb_json(void)
{
	const char *name;
	json_t *list;
	unsigned i;

	list = json_array();
	for (i = 0; (name = pmapsim_tlb_preset(i)) != NULL; i++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s}", "name", name, "text",
			pmapsim_tlb_preset_text(name)));
	return (cli_print_json(list) ? CLI_OK : CLI_BAD);
}

static enum cli_exit
tlb_run(const struct cli_args *args)
{
	const char *shown, *tlb;
	char *text = NULL;
	bool ok = true;

	if (args->noperands == 0) {
		if (args->options[TLB_JSON] != NULL)
			return (tlb_json());
		tlb_list(args->color);
		return (CLI_OK);
	}
	if ((tlb = cli_find_tlb(args->operands[0], &text)) == NULL)
		return (CLI_BAD);
	shown = text != NULL ? text : pmapsim_tlb_preset_text(tlb);
	if (args->options[TLB_JSON] != NULL)
		ok = cli_print_json(json_pack("{s:o, s:s}", "name",
		    cli_json_text(args->operands[0]), "text", shown));
	else
		fputs(shown, stdout);
	free(text);
	return (ok ? CLI_OK : CLI_BAD);
}

const struct cli_command cmd_tlb = {
    .name = "tlb",
    .operands = "[PRESET|FILE]",
    .max = 1,
    .summary = "List the TLBs that CPUs can have, or show one",
    .description =
	"Lists the presets; or shows the description of one, with the source of\n"
	"each figure, which another can start from: pmapsim tlb k10 > mine.tlb,\n"
	"then --tlb mine.tlb.  Of a FILE it shows what is right, or says where\n"
	"it is wrong.\n",
    .options = tlb_options,
    .run = tlb_run,
};
