/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the command says on standard error.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

void
cli_error(const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	/* What was told before belongs above it where both are one terminal. */
	fflush(stdout);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* It may quote a name or a line that somebody else has written. */
	fprintf(stderr, "pmapsim: ");
	cli_print_text(stderr, text, strlen(text));
	fprintf(stderr, "\n");
}
