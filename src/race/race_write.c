/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the placement that was run last as a trace: the calls to the
 * statement, a meanwhile statement for each action, and the statement.
 */
#include <stdlib.h>

#include "race/race_var.h"

/* Makes the statement that plans "plan". */
static void
write_statement(const struct race *r, const struct trace_plan *plan,
    struct trace_stmt *st)
{

	STMT(st, meanwhile, ARG(plan->event), ARG(plan->level),
	    ARG(r->pmap_name), ARG(plan->va), ARG(plan->deed));
	if (plan->nth != 1)
		trace_stmt_set(st, TK_NTH, plan->nth);
	if (plan->taking == TAKES)
		trace_stmt_set(st, TF_SWITCH, 1);
	else if (plan->taking == IS_TAKING)
		trace_stmt_set(st, TF_SWITCHING, 1);
	trace_stmt_set(st, TK_CPU, plan->cpu);
}

struct pmapsim_trace *
race_write(struct race *r, const char *finding)
{
	const struct pmapsim_trace *from = r->trace;
	struct pmapsim_trace *trace = NULL;
	size_t before = (size_t)(r->st.pub.text - from->text), size;
	char *text = NULL, line[300];
	struct trace_stmt st;
	FILE *out;
	unsigned i;

	out = open_memstream(&text, &size);
	if (out == NULL)
		goto no_memory;
	fprintf(out, "# Found by pmapsim race: %s\n", finding);
	fwrite(from->text, 1, before, out);
	for (i = 0; i < r->nactions; i++) {
		write_statement(r, &r->plan[i], &st);
		trace_stmt_print(&st, line, sizeof(line));
		fprintf(out, "%s\n", line);
	}
	fprintf(out, "%.*s\n", (int)r->st.pub.length, r->st.pub.text);
	if (fclose(out) != 0)
		goto no_memory;
	r->error = pmapsim_trace_from_memory("race", text, size, &trace, r->err,
	    r->errsize);
	free(text);
	return (trace);

no_memory:
	free(text);
	snprintf(r->err, r->errsize, "no memory for the trace");
	r->error = PMAPSIM_ENOMEM;
	return (NULL);
}
