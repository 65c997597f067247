/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the command does for somebody who watches: colour, progress, and
 * stopping when asked to.  Colour and progress are for terminals; a file or
 * another program gets the plain text.
 */
#include <sys/ioctl.h>

#include <inttypes.h>
#include <signal.h>
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
			  "right",
		    command, value);
		return (false);
	}
	return (true);
}

/* Linux's coarse clock is exact enough, and cheap to ask at each statement. */
#ifdef CLOCK_MONOTONIC_COARSE
#define PROGRESS_CLOCK CLOCK_MONOTONIC_COARSE
#else
#define PROGRESS_CLOCK CLOCK_MONOTONIC
#endif

static double
progress_now(void)
{
	struct timespec now;

	clock_gettime(PROGRESS_CLOCK, &now);
	return ((double)now.tv_sec + (double)now.tv_nsec / 1e9);
}

/* ---- signals that ask to stop -------------------------------------------- */

static const int progress_signals[] = {SIGINT, SIGTERM, SIGHUP};
#define NSIGNALS (sizeof(progress_signals) / sizeof(progress_signals[0]))

/* That it came is all: see progress_stopped(). */
static void
progress_signal(int sig)
{

	(void)sig;
}

/*
 * The handler is gone with the first signal, which is how it is known to have
 * come, and why the second one kills.  What is ignored stays so.
 */
static void
progress_watch(struct cli_progress *progress)
{
	struct sigaction action, old;
	unsigned i;

	memset(&action, 0, sizeof(action));
	action.sa_handler = progress_signal;
	action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
	sigemptyset(&action.sa_mask);
	for (i = 0; i < NSIGNALS; i++)
		if (sigaction(progress_signals[i], NULL, &old) == 0 &&
		    old.sa_handler == SIG_DFL &&
		    sigaction(progress_signals[i], &action, NULL) == 0)
			progress->watched |= 1u << i;
}

static bool
progress_stopped(struct cli_progress *progress)
{
	struct sigaction now;
	unsigned i;

	for (i = 0; i < NSIGNALS && progress->stop == 0; i++)
		if ((progress->watched & (1u << i)) != 0 &&
		    sigaction(progress_signals[i], NULL, &now) == 0 &&
		    now.sa_handler == SIG_DFL)
			progress->stop = progress_signals[i];
	return (progress->stop != 0);
}

static void
progress_unwatch(struct cli_progress *progress)
{
	unsigned i;

	progress_stopped(progress);
	for (i = 0; i < NSIGNALS; i++)
		if ((progress->watched & (1u << i)) != 0)
			signal(progress_signals[i], SIG_DFL);
	progress->watched = 0;
}

/* ---- the line ------------------------------------------------------------ */

void
cli_progress_start(struct cli_progress *progress, const char *what,
    uint64_t total, bool on)
{

	memset(progress, 0, sizeof(*progress));
	progress->on = on && isatty(STDERR_FILENO);
	progress->what = what;
	progress->total = total;
	progress->start = progress_now();
	progress->last = progress->start;
	progress_watch(progress);
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

/*
 * Writes "text" over what is shown.  No wider than the terminal, where a
 * second row could not be taken back; blanks wipe what was longer, so that a
 * terminal without escape sequences will do.
 */
static void
progress_show(struct cli_progress *progress, const char *text)
{
	struct winsize window;
	unsigned columns = 80, length;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1)
		columns = window.ws_col;
	length = (unsigned)strlen(text);
	if (length > columns - 1)
		length = columns - 1;
	if (progress->shown > columns - 1)
		progress->shown = columns - 1;
	fprintf(stderr, "\r%.*s%*s", (int)length, text,
	    progress->shown > length ? (int)(progress->shown - length) : 0, "");
	progress->shown = length;
	fflush(stderr);
}

static void
progress_tell(struct cli_progress *progress, double passed)
{
	char left[32], text[256];
	const char *note = progress->note;
	double rate, seconds = 0;
	int n;

	rate = (double)progress->done / passed;
	if (progress->total > progress->done && rate > 0)
		seconds = (double)(progress->total - progress->done) / rate;
	if (progress->seconds > passed &&
	    (seconds <= 0 || progress->seconds - passed < seconds))
		seconds = progress->seconds - passed;
	n = snprintf(text, sizeof(text), "%" PRIu64, progress->done);
	if (progress->total > progress->done)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
		    " of %" PRIu64 " %s (%.0f%%)", progress->total,
		    progress->what,
		    100 * (double)progress->done / (double)progress->total);
	else
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %s",
		    progress->what);
	n += snprintf(text + n, sizeof(text) - (size_t)n, ", %.0f/s", rate);
	progress_time(seconds, left, sizeof(left));
	snprintf(text + n, sizeof(text) - (size_t)n, "%s%s%s%s%s",
	    seconds > 0 ? ", " : "", seconds > 0 ? left : "",
	    seconds > 0 ? " left" : "", note[0] != '\0' ? "; " : "", note);
	progress_show(progress, text);
}

bool
cli_progress(struct cli_progress *progress, uint64_t done)
{
	double now;

	progress->done = done;
	now = progress_now();
	if (now - progress->last < PROGRESS_EVERY)
		return (true);
	progress->last = now;
	if (progress->on && now - progress->start >= PROGRESS_AFTER)
		progress_tell(progress, now - progress->start);
	return (!progress_stopped(progress));
}

bool
cli_progress_end(struct cli_progress *progress)
{

	if (progress->shown > 0)
		fprintf(stderr, "\r%*s\r", (int)progress->shown, "");
	progress->shown = 0;
	progress->on = false;
	progress_unwatch(progress);
	if (progress->stop == 0 || progress->ended)
		return (progress->stop == 0);
	progress->ended = true;
	cli_error("interrupted after %" PRIu64 " %s", progress->done,
	    progress->what);
	return (false);
}

enum cli_exit
cli_progress_code(const struct cli_progress *progress)
{

	return ((enum cli_exit)(CLI_SIGNAL + progress->stop));
}

bool
cli_progress_hook(void *arg, uint64_t done, uint64_t total)
{
	struct cli_progress *progress = arg;

	progress->total = total;
	return (cli_progress(progress, done));
}

bool
cli_progress_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{

	return (cli_progress(arg, pmapsim_replay_result(replay)->statements));
}
