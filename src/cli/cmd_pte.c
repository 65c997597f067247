/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim pte: says in words what a page-table entry is.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cli.h"
#include "study/table_entry.h"

enum { PTE_JSON };
static const struct cli_option pte_options[] =
    {[PTE_JSON] = {"json", NULL, "print JSON instead of text"},
	{NULL, NULL, NULL}};

/* Reads an entry as the kernel prints it; false, with the message. */
static bool
pte_read(const char *word, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(word, &end, 0);
	if (word[0] >= '0' && word[0] <= '9' && *end == '\0' && errno == 0)
		return (true);
	cli_error("pte: %.40s: an entry like 0x1800363 would be right", word);
	return (false);
}

/* What "value" is as an entry of "kind". */
static void
pte_show(uint64_t value, enum table_entry_kind kind, const char *title,
    bool color)
{
	const struct table_entry_bit *bit;
	unsigned i;

	printf("  %s 0x%" PRIx64 "\n", title, table_entry_address(value, kind));
	for (i = 0; (bit = table_entry_bit(kind, i)) != NULL; i++)
		if ((value & bit->bit) != 0)
			printf("    %s%-8s%s %s\n",
			    cli_style(color, CLI_STRONG), bit->name,
			    cli_style(color, CLI_PLAIN), bit->words);
}

/* The kinds that "value" can be, and what its address is then. */
static const char *
pte_title(uint64_t value, enum table_entry_kind kind)
{

	switch (kind) {
	case TABLE_ENTRY_PTE:
		return ("As a PTE it maps the 4 KB frame");
	case TABLE_ENTRY_PDE_2M:
		return ((value & PG_PS) != 0 ?
			"As a PDE it maps the 2 MB frame" :
			NULL);
	default:
		return ((value & PG_PS) == 0 ?
			"As a PDE it leads to the page table" :
			NULL);
	}
}

static void
pte_print(uint64_t value, bool color)
{
	const char *title;
	unsigned kind;

	printf("%s0x%" PRIx64 "%s\n", cli_style(color, CLI_STRONG), value,
	    cli_style(color, CLI_PLAIN));
	if ((value & PG_V) == 0) {
		printf("  %s\n",
		    value == 0 ? "empty: nothing is mapped" :
				 "not valid: the MMU looks at no other bit");
		if (value == 0)
			return;
	}
	for (kind = 0; kind < TABLE_ENTRY_KINDS; kind++) {
		title = pte_title(value, (enum table_entry_kind)kind);
		if (title != NULL)
			pte_show(value, (enum table_entry_kind)kind, title,
			    color);
	}
}

/* In which bits "value" differs from "first". */
static void
pte_print_difference(uint64_t first, uint64_t value)
{
	const uint64_t flags = ~(uint64_t)PG_FRAME;
	char bits[160];

	table_entry_bits_text(value & ~first & flags, TABLE_ENTRY_PTE, "+",
	    bits, sizeof(bits));
	printf("  Against 0x%" PRIx64 ":%s", first, bits);
	table_entry_bits_text(first & ~value & flags, TABLE_ENTRY_PTE, "-",
	    bits, sizeof(bits));
	printf("%s%s\n", bits,
	    ((first ^ value) & PG_FRAME) != 0  ? " another address" :
		((first ^ value) & flags) == 0 ? " equal" :
						 "");
}

static json_t *
pte_json(uint64_t value)
{
	static const char *const names[TABLE_ENTRY_KINDS] = {"pte", "pde",
	    "pde"};
	const struct table_entry_bit *bit;
	json_t *bits, *root = json_object();
	char text[24];
	unsigned i, kind;

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	json_object_set_new(root, "value", json_string(text));
	json_object_set_new(root, "valid", json_boolean((value & PG_V) != 0));
	for (kind = 0; kind < TABLE_ENTRY_KINDS; kind++) {
		if (pte_title(value, (enum table_entry_kind)kind) == NULL)
			continue;
		bits = json_array();
		for (i = 0; (bit = table_entry_bit((enum table_entry_kind)kind,
				 i)) != NULL;
		     i++)
			if ((value & bit->bit) != 0)
				json_array_append_new(bits,
				    json_string(bit->name));
		snprintf(text, sizeof(text), "0x%" PRIx64,
		    table_entry_address(value, (enum table_entry_kind)kind));
		json_object_set_new(root, names[kind],
		    json_pack("{s:s, s:o}", "address", text, "bits", bits));
	}
	return (root);
}

static enum cli_exit
pte_run(const struct cli_args *args)
{
	const bool as_json = args->options[PTE_JSON] != NULL;
	uint64_t first = 0, value;
	json_t *list = NULL;
	unsigned i;

	for (i = 0; i < args->noperands; i++)
		if (!pte_read(args->operands[i], &value))
			return (CLI_BAD);
	if (as_json)
		list = json_array();
	for (i = 0; i < args->noperands; i++) {
		pte_read(args->operands[i], &value);
		if (as_json) {
			json_array_append_new(list, pte_json(value));
			continue;
		}
		pte_print(value, args->color);
		if (i == 0)
			first = value;
		else
			pte_print_difference(first, value);
	}
	return (!as_json || cli_print_json(list) ? CLI_OK : CLI_BAD);
}

const struct cli_command cmd_pte = {
    .name = "pte",
    .operands = "VALUE...",
    .min = 1,
    .max = CLI_OPERANDS_MAX,
    .summary = "Say what a page-table entry is",
    .description =
	"Says what each bit of the entry VALUE means, read as a PTE and as a\n"
	"PDE.  Of more than one it also says in which bits each differs from\n"
	"the first: in an attribute, a promotion fails.  Exits 0, and 2 when a\n"
	"VALUE is no number.\n",
    .options = pte_options,
    .run = pte_run,
};
