/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a trace that is wrong is told: file, line, what was found.
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
