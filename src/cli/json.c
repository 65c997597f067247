/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON, for programs that read what the command prints.
 */
#include <stdio.h>

#include <jansson.h>

#include "cli/cli.h"

bool
cli_print_json(json_t *root)
{
	bool ok;

	ok = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
	json_decref(root);
	if (ok)
		putchar('\n');
	else
		cli_error("the JSON could not be written");
	return (ok);
}
