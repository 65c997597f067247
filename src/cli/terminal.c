/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the command does for somebody who watches: colour and progress.  Both
 * are for terminals; a file or another program gets the plain text.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

#define PROGRESS_AFTER 2.0 /* seconds without a line */
#define PROGRESS_EVERY 0.2 /* seconds between two */

const char *
cli_style(bool color, enum cli_style style)
{
	static const char *const sequences[] = {
		[CLI_PLAIN] = "\033[0m",
		[CLI_STRONG] = "\033[1m",
		[CLI_FAINT] = "\033[2m",
		[CLI_GOOD] = "\033[32m",
		[CLI_BAD_NEWS] = "\033[1;31m",
		[CLI_ODD] = "\033[33m",
		[CLI_PART] = "\033[36m",
		[CLI_OTHER] = "\033[34m",
		[CLI_TABLES] = "\033[35m",
	};

	return (color ? sequences[style] : "");
}

bool
cli_color_default(void)
{
	const char *value;

	/* no-color.org: set and not empty, whatever it says. */
	value = getenv("NO_COLOR");
	if (value != NULL && value[0] != '\0')
		return (false);
	value = getenv("TERM");
	return (value != NULL && strcmp(value, "dumb") != 0 &&
	    isatty(STDOUT_FILENO));
}

bool
cli_color_option(const char *command, const char *value, bool *color)
{

	if (strcmp(value, "always") == 0)
		*color = true;
	else if (strcmp(value, "never") == 0)
		*color = false;
	else if (strcmp(value, "auto") == 0)
		*color = cli_color_default();
	else {
		cli_error("%s: --color %.40s: auto, always or never would be "
			  "right", command, value);
		return (false);
	}
	return (true);
}

static double
progress_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((double)now.tv_sec + (double)now.tv_nsec / 1e9);
}

void
cli_progress_start(struct cli_progress *progress, const char *what,
    uint64_t total, bool on)
{

	memset(progress, 0, sizeof(*progress));
	progress->on = on && isatty(STDERR_FILENO);
	if (!progress->on)
		return;
	progress->what = what;
	progress->total = total;
	progress->start = progress_now();
	progress->last = progress->start;
}

/* "12 s", "3 min", "2 h". */
static void
progress_time(double seconds, char *text, size_t size)
{

	if (seconds < 100)
		snprintf(text, size, "%.0f s", seconds);
	else if (seconds < 6000)
		snprintf(text, size, "%.0f min", seconds / 60);
	else
		snprintf(text, size, "%.0f h", seconds / 3600);
}

void
cli_progress(struct cli_progress *progress, uint64_t done)
{
	double now, rate;
	char left[32];

	progress->done = done;
	if (!progress->on)
		return;
	now = progress_now();
	if (now - progress->start < PROGRESS_AFTER ||
	    now - progress->last < PROGRESS_EVERY)
		return;
	progress->last = now;
	progress->shown = true;
	rate = (double)done / (now - progress->start);
	if (progress->total > done && rate > 0) {
		progress_time((double)(progress->total - done) / rate, left,
		    sizeof(left));
		fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " %s (%.0f%%), "
		    "%.0f/s, %s left\033[K", done, progress->total,
		    progress->what, 100 * (double)done /
		    (double)progress->total, rate, left);
	} else
		fprintf(stderr, "\r%" PRIu64 " %s, %.0f/s\033[K", done,
		    progress->what, rate);
	fflush(stderr);
}

void
cli_progress_end(struct cli_progress *progress)
{

	if (progress->shown)
		fprintf(stderr, "\r\033[K");
	progress->shown = false;
	progress->on = false;
}

bool
cli_progress_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{

	cli_progress(arg, pmapsim_replay_result(replay)->statements);
	return (true);
}
