/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A statement, what it changed and a panic, as replay and debug both print
 * them.
 */
#include <stdio.h>

#include "cli/cli.h"
#include "study/explain.h"

void
cli_show_call(const struct pmapsim_trace_statement *statement,
    const char *result, bool panicked, bool color)
{

	printf("%s%5u%s  %.*s", cli_style(color, CLI_FAINT), statement->line,
	    cli_style(color, CLI_PLAIN), (int)statement->length,
	    statement->text);
	if (result[0] != '\0')
		printf(" => %s%s%s",
		    cli_style(color, panicked ? CLI_BAD_NEWS : CLI_GOOD),
		    result, cli_style(color, CLI_PLAIN));
	putchar('\n');
}

static void
show_explain_line(void *arg, const char *line)
{
	const bool *color = arg;

	printf("       %s- %s%s\n", cli_style(*color, CLI_FAINT), line,
	    cli_style(*color, CLI_PLAIN));
}

void
cli_show_explain(const struct explain *explain, bool color)
{

	explain_text(explain, show_explain_line, &color);
}

void
cli_show_panic(const struct pmapsim_panic *panic, bool color)
{
	unsigned i;

	if (panic->simulator) {
		printf("\npmapsim: the machine cannot go on: %s\n",
		    panic->text);
		if (panic->code == PMAPSIM_PANIC_WAIT_NO_PAGE)
			printf("All memory is in use, and there is no swap: a "
			       "larger mem= would be right\n");
		printf("cpuid = %u\n", panic->cpu);
	} else {
		printf("\n%spanic: %s%s\n", cli_style(color, CLI_BAD_NEWS),
		    panic->text, cli_style(color, CLI_PLAIN));
		printf("cpuid = %u\n", panic->cpu);
		printf("KDB: enter: panic\n");
	}
	printf("Tracing pid 0 tid 0\n");
	if (!panic->simulator)
		printf("kdb_enter() at kdb_enter\npanic() at panic\n");
	for (i = 0; i < panic->nframes; i++)
		printf("%s() at %s\n", panic->frames[i], panic->frames[i]);
}
