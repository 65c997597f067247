/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON, for programs that read what the command prints.
 */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include <pmapsim/audit.h>
#include <pmapsim/diff.h>
#include <pmapsim/study.h>

#include "cli/cli.h"

/*
 * What jansson asks the host for.  A member of JSON that is missing reads as a
 * wrong answer, and jansson's calls that add one report a failure that no one
 * can look at in each of a hundred places; so the command ends here.
 */
void *
cli_json_memory(size_t size)
{
	void *memory;

	memory = malloc(size);
	if (memory == NULL) {
		cli_error("no memory for the JSON");
		exit(CLI_BAD);
	}
	return (memory);
}

bool
cli_with_json(const char *what)
{

#ifdef PMAPSIM_WITHOUT_JSON
	cli_error("%s: this pmapsim was built without jansson, and so without "
		  "JSON",
	    what);
	return (false);
#else
	(void)what;
	return (true);
#endif
}

void
cli_json_start(void)
{

	json_set_alloc_funcs(cli_json_memory, free);
}

bool
cli_print_json(json_t *root)
{
	bool ok;

	ok = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
	json_decref(root);
	if (ok)
		putchar('\n');
	else if (!ferror(stdout)) /* which main() tells */
		cli_error("no memory for the JSON");
	return (ok);
}

json_t *
cli_json_finding(const struct pmapsim_finding *finding)
{

	if (finding->kind == PMAPSIM_FINDING_NONE)
		return (NULL);
	return (json_pack("{s:s, s:s*, s:s*, s:s}", "kind",
	    pmapsim_finding_name(finding->kind), "code",
	    finding->kind == PMAPSIM_FINDING_PANIC ?
		pmapsim_panic_code_name(finding->panic) :
		NULL,
	    "rule",
	    finding->kind == PMAPSIM_FINDING_AUDIT ?
		pmapsim_audit_rule(finding->rule, NULL) :
		NULL,
	    "text", finding->text));
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

/* The lines that one side has alone. */
static json_t *
json_side(const struct pmapsim_diff *diff, char side)
{
	json_t *lines = json_array();
	unsigned i;

	for (i = 0; i < diff->nlines; i++)
		if (diff->lines[i].side == side)
			json_array_append_new(lines,
			    json_string(diff->lines[i].text));
	return (lines);
}

/* An array of "names", which end with NULL; NULL when there are none. */
static json_t *
json_names(const char *const *names)
{
	json_t *array = NULL;

	for (; *names != NULL; names++) {
		if (array == NULL)
			array = json_array();
		json_array_append_new(array, json_string(*names));
	}
	return (array);
}

json_t *
cli_json_diff(const struct pmapsim_diff *diff, const char *kernel_a,
    const char *kernel_b)
{
	json_t *panic = NULL;

	if (diff->panic != NULL)
		panic = json_pack("{s:I, s:o, s:o*}", "line",
		    (json_int_t)diff->panic_line, "text",
		    cli_json_text(diff->panic), "ended_by",
		    json_names(diff->ended));
	return (json_pack(
	    "{s:s, s:s, s:I, s:s, s:s, s:s*, s:o*, s:o*, s:o, s:o}", "kernel_a",
	    kernel_a, "kernel_b", kernel_b, "line", (json_int_t)diff->line,
	    "statement", diff->statement, "differs",
	    diff->in_result ? "result" : "state", "account", diff->account,
	    "together", json_names(diff->together), "panic", panic, "lines_a",
	    json_side(diff, 'a'), "lines_b", json_side(diff, 'b')));
}
