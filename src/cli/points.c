/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command is built twice.  pmapsim has the library that is fast;
 * pmapsim-race, beside it, the one in whose calls other CPUs can act.  Where
 * the first is asked for what needs the second it becomes it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pmapsim/race.h>

#include "cli/cli.h"

#ifdef PMAPSIM_RACE
bool
cli_has_points(void)
{

	return (true);
}
#else
bool
cli_has_points(void)
{

	return (false);
}
#endif

static char *const *points_argv;

void
cli_keep_words(char *const *argv)
{

	points_argv = argv;
}

enum cli_exit
cli_run_with_points(void)
{
	char self[4096];
	const char suffix[] = "-race";
	ssize_t length;

	length = readlink("/proc/self/exe", self,
	    sizeof(self) - sizeof(suffix));
	if (length <= 0) /* no /proc: where the shell found this one */
		length = snprintf(self, sizeof(self) - sizeof(suffix), "%s",
		    points_argv[0]);
	if (length <= 0 || (size_t)length >= sizeof(self) - sizeof(suffix))
		return (CLI_BAD);
	memcpy(self + length, suffix, sizeof(suffix));
	fflush(stdout);
	execvp(self, points_argv);
	cli_error("%.400s: %s; \"cmake --build FOLDER --target "
		  "pmapsim_race_cli\" makes it",
	    self, strerror(errno));
	return (CLI_BAD);
}

/* Lets whoever reads standard input next find the text of "trace" there. */
static bool
points_give_input(const struct pmapsim_trace *trace)
{
	const char *text;
	size_t size;
	FILE *file;
	bool given;

	text = pmapsim_trace_text(trace, &size);
	if ((file = tmpfile()) == NULL)
		return (false);
	given = fwrite(text, 1, size, file) == size && fflush(file) == 0 &&
	    lseek(fileno(file), 0, SEEK_SET) == 0 &&
	    dup2(fileno(file), STDIN_FILENO) == STDIN_FILENO;
	fclose(file);
	return (given);
}

bool
cli_can_play(const struct pmapsim_trace *trace, const char *name)
{

	if (cli_has_points() || !pmapsim_race_has_plans(trace))
		return (true);
	if (strcmp(name, "-") == 0 && !points_give_input(trace)) {
		cli_error("standard input: %s", strerror(errno));
		return (false);
	}
	cli_run_with_points();
	return (false);
}
