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
	cli_error("%.400s: %s; the build with -DPMAPSIM_BUILD_RACE=ON makes it",
	    self, strerror(errno));
	return (CLI_BAD);
}
