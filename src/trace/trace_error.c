/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a trace that is wrong is told, by whoever reads it or replays it: file,
 * line, what was found.
 */
#include <stdarg.h>
#include <string.h>

#include "trace/trace_var.h"

int
trace_read_error(struct trace_reader *rd, unsigned line, const char *fmt, ...)
{
	const struct pmapsim_trace *trace = rd->trace;
	size_t used;
	va_list ap;
	int n;

	if (rd->errsize == 0)
		return (TRACE_READ_ERROR);
	n = snprintf(rd->err, rd->errsize, "%s:%u: ", trace->name, line);
	used = n < 0		    ? 0 :
	    (size_t)n < rd->errsize ? (size_t)n :
				      rd->errsize - 1;
	va_start(ap, fmt);
	n = vsnprintf(rd->err + used, rd->errsize - used, fmt, ap);
	va_end(ap);
	/* A trace that was cut off is best told so. */
	used += n < 0 ? 0 : (size_t)n;
	if (used < rd->errsize && trace->size != 0 &&
	    trace->text[trace->size - 1] != '\n' &&
	    memchr(rd->p, '\n', (size_t)(rd->end - rd->p)) == NULL)
		snprintf(rd->err + used, rd->errsize - used,
		    " (the file ends in this line: is it cut off?)");
	return (TRACE_READ_ERROR);
}

void
trace_call_error(struct pmapsim_replay *rp, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	trace_read_error(&rp->reader, rp->st.pub.line, "%s", text);
	rp->failed = true;
	rp->result.bad_input = rp->mach == NULL ? PMAPSIM_BAD_MACHINE :
						  PMAPSIM_BAD_CALL;
}

void
trace_no_memory(struct pmapsim_replay *rp, const char *why)
{

	snprintf(rp->reader.err, rp->reader.errsize, "%s:%u: %s",
	    rp->trace->name, rp->st.pub.line,
	    why != NULL ? why : "the host has no memory for this statement");
	rp->failed = rp->no_memory = true;
}

int
trace_replay_error(const struct pmapsim_replay *rp, char *err, size_t errsize)
{
	const struct pmapsim_replay_result *result = &rp->result;

	if (result->outcome != PMAPSIM_REPLAY_BAD_INPUT &&
	    result->outcome != PMAPSIM_REPLAY_NO_MEMORY)
		return (PMAPSIM_OK);
	snprintf(err, errsize, "%s", result->message);
	return (result->outcome == PMAPSIM_REPLAY_NO_MEMORY ? PMAPSIM_ENOMEM :
							      PMAPSIM_EINVAL);
}

void
trace_call_no_such(struct pmapsim_replay *rp, const char *what,
    const char *name)
{

	trace_call_error(rp,
	    "kernel %s has no %s; one with the switch \"%s\" has",
	    rp->mach->kernel.name, what, name);
}
