/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel that a test boots for a golden trace.
 */
#ifndef GOLDEN_KERNEL_H
#define GOLDEN_KERNEL_H

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/*
 * Writes the kernel of the trace "text" to "kernel": its revision, or
 * "revision" unless that is NULL, with its switches and "switches" behind.
 */
static void
golden_kernel(const char *text, const char *revision, const char *switches,
    char *kernel, size_t size)
{
	const char *line, *name;
	size_t length, of_revision;

	line = strncmp(text, "machine ", 8) == 0 ?
	    text :
	    strstr(text, "\nmachine ") + 1;
	name = strstr(line, " kernel=");
	if (name == NULL || name > strchr(line, '\n'))
		name = "2010-04";
	else
		name += strlen(" kernel=");
	length = strcspn(name, " \n");
	of_revision = strcspn(name, "+ \n");
	if (revision == NULL)
		snprintf(kernel, size, "%.*s%s", (int)length, name, switches);
	else
		snprintf(kernel, size, "%s%.*s%s", revision,
		    (int)(length - of_revision), name + of_revision, switches);
}

#endif /* GOLDEN_KERNEL_H */
