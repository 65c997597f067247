/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the placement that was run last as a trace: the calls to the
 * statement, each access before its point as a meanwhile statement, and the
 * statement.
 */
#include <stdlib.h>

#include "race/race_var.h"

/* Which of the points with its event and level the action's point is. */
static uint64_t
write_nth(const struct race *r, const struct race_action *action)
{
	const struct race_event_seen *at = &r->events[action->point - 1], *seen;
	uint64_t n = 0;

	for (seen = r->events; seen <= at; seen++)
		n += seen->event == at->event &&
		    seen->level[action->address] == at->level[action->address];
	return (n);
}

static void
write_action(const struct race *r, const struct race_action *action, FILE *out)
{
	static const char *const levels[] = {"any", "pte", "pde"};
	const struct race_event_seen *at;
	const struct trace_text pmap = trace_stmt_space(&r->st);
	uint64_t nth;

	if (action->point == 0 || action->point > r->nevents)
		fputs("mmu_access", out);
	else {
		at = &r->events[action->point - 1];
		fprintf(out, "meanwhile %s %s", race_event_name(at->event),
		    levels[at->level[action->address]]);
	}
	fprintf(out, " %.*s 0x%llx %c", (int)pmap.len, pmap.s,
	    (unsigned long long)r->address[action->address],
	    action->right == VM_PROT_WRITE	 ? 'w' :
		action->right == VM_PROT_EXECUTE ? 'x' :
						   'r');
	if (action->point != 0 && action->point <= r->nevents &&
	    (nth = write_nth(r, action)) != 1)
		fprintf(out, " nth=%llu", (unsigned long long)nth);
	fprintf(out, " cpu=%u\n", action->cpu);
}

struct pmapsim_trace *
race_write(struct race *r, const char *finding)
{
	const struct pmapsim_trace *from = r->trace;
	struct pmapsim_trace *trace = NULL;
	size_t before = (size_t)(r->st.pub.text - from->text), size;
	char *text = NULL;
	FILE *out;
	unsigned i;

	out = open_memstream(&text, &size);
	if (out == NULL)
		goto no_memory;
	fprintf(out, "# Found by pmapsim race: %s\n", finding);
	fwrite(from->text, 1, before, out);
	for (i = 0; i < r->nactions; i++)
		if (r->action[i].point <= r->nevents)
			write_action(r, &r->action[i], out);
	fprintf(out, "%.*s\n", (int)r->st.pub.length, r->st.pub.text);
	for (i = 0; i < r->nactions; i++)
		if (r->action[i].point > r->nevents)
			write_action(r, &r->action[i], out);
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
