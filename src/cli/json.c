/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON, for programs that read what the command prints.
 */
#include <stdio.h>

#include <jansson.h>

#include <pmapsim/study.h>

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

json_t *
cli_json_finding(const struct pmapsim_finding *finding)
{

	if (finding->kind == PMAPSIM_FINDING_NONE)
		return (NULL);
	return (json_pack("{s:s, s:s}", "kind",
	    pmapsim_finding_name(finding->kind), "text", finding->text));
}

json_t *
cli_json_trace(const struct pmapsim_trace *trace)
{
	const char *text;
	size_t size;

	if (trace == NULL)
		return (NULL);
	text = pmapsim_trace_text(trace, &size);
	return (json_stringn(text, size));
}
