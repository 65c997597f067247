/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The comment at the top of a trace, for whoever shows the trace.
 */
#include <string.h>

#include "trace/trace_var.h"

const char *
pmapsim_trace_header(const struct pmapsim_trace *trace, size_t *size)
{
	const char *end, *line, *newline;

	if (trace == NULL) {
		if (size != NULL)
			*size = 0;
		return (NULL);
	}
	end = trace->text + trace->size;
	for (line = trace->text; line < end && *line == '#';
	     line = newline != NULL ? newline + 1 : end)
		newline = memchr(line, '\n', (size_t)(end - line));
	if (size != NULL)
		*size = (size_t)(line - trace->text);
	return (trace->text);
}
