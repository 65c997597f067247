/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A campaign: a hunt split into shards that any number of processes, on any
 * number of hosts, work off in one folder.  Each file in it is a function of
 * the campaign, the shard and the place in it, and is replaced whole.  So no
 * process waits for another, a shard that is started twice harms nothing, and
 * one that was stopped goes on.
 *
 *	campaign			what is hunted, and the number of shards
 *	shard-I.state			where shard I stands
 *	shard-I-round-R.trace		what its round R found, shrunk
 *	shard-I-round-R.finding		what that is, for "pmapsim findings"
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <pmapsim/audit.h>

#include "cli/hunt.h"

/* The campaign as the process that joined it knows it. */
struct campaign {
	const char *folder;
	uint64_t sum; /* of its file; findings name it */
};

bool
campaign_path(char *path, const char *folder, const char *format, ...)
{
	va_list ap;
	int n, m;

	n = snprintf(path, PATH_MAX, "%s/", folder);
	va_start(ap, format);
	m = n < PATH_MAX ?
	    vsnprintf(path + n, (size_t)(PATH_MAX - n), format, ap) :
	    0;
	va_end(ap);
	if (n + m < PATH_MAX)
		return (true);
	cli_error("%.400s: %s", folder, strerror(ENAMETOOLONG));
	return (false);
}

/* Makes the folder and its campaign, or sees that it is this one. */
static bool
campaign_join(const struct hunt *h, struct campaign *campaign)
{
	struct sheet sheet, mine = {.size = 0};
	char path[PATH_MAX];
	enum sheet_found found;

	if (mkdir(campaign->folder, 0777) != 0 && errno != EEXIST) {
		cli_error("%.400s: %s", campaign->folder, strerror(errno));
		return (false);
	}
	if (!campaign_path(path, campaign->folder, "campaign"))
		return (false);
	sheet_put(&mine, "pmapsim-campaign", CAMPAIGN_FORMAT);
	hunt_identity(h, &mine);
	sheet_put(&mine, "shards", "%u",
	    h->options.shards != 0 ? h->options.shards : 1);
	campaign->sum = sheet_sum(0, mine.text, mine.size);
	found = sheet_read(&sheet, path);
	/* Who else makes it now writes the same, or is told so here. */
	if (found == SHEET_ABSENT && sheet_write(&mine, path))
		found = sheet_read(&sheet, path);
	return (found == SHEET_READ &&
	    sheet_is_of(&sheet, &mine, path, "campaign"));
}

/* What tells the finding from others of its kind; a name that stays. */
static void
campaign_code(const struct pmapsim_finding *finding, char *code, size_t size)
{
	const char *name = NULL;

	switch (finding->kind) {
	case PMAPSIM_FINDING_PANIC:
		name = pmapsim_panic_code_name(finding->panic);
		break;
	case PMAPSIM_FINDING_AUDIT:
		name = pmapsim_audit_rule(finding->rule, NULL);
		break;
	default:
		break;
	}
	if (name != NULL)
		snprintf(code, size, "%s", name);
	else
		snprintf(code, size, "%u", finding->what);
}

/* Writes down what a round has found and shrunk. */
static bool
campaign_note(const struct hunt *h, const struct campaign *campaign,
    const struct pmapsim_hunt_result *result)
{
	const struct pmapsim_finding *finding = &result->finding;
	struct sheet sheet = {.size = 0};
	char path[PATH_MAX], code[80];
	struct cli_output output;
	const char *text;
	size_t size;

	if (!campaign_path(path, campaign->folder,
		"shard-%u-round-%" PRIu64 ".trace", h->options.shard,
		result->round) ||
	    !cli_output_open(&output, path))
		return (false);
	text = pmapsim_trace_text(result->trace, &size);
	fwrite(text, 1, size, output.file);
	if (!cli_output_close(&output, true))
		return (false);
	campaign_code(finding, code, sizeof(code));
	sheet_put(&sheet, "pmapsim-finding", CAMPAIGN_FORMAT);
	sheet_put(&sheet, "campaign", "%016" PRIx64, campaign->sum);
	sheet_put(&sheet, "shard", "%u", h->options.shard);
	sheet_put(&sheet, "round", "%" PRIu64, result->round);
	sheet_put(&sheet, "calls", "%" PRIu64, result->position.calls);
	sheet_put(&sheet, "statements", "%" PRIu64,
	    pmapsim_trace_statements(result->trace));
	sheet_put(&sheet, "kind", "%s", pmapsim_finding_name(finding->kind));
	sheet_put(&sheet, "code", "%s", code);
	sheet_put(&sheet, "function", "%s",
	    finding->function != NULL ? finding->function : "-");
	sheet_put(&sheet, "text", "%s", finding->text);
	return (campaign_path(path, campaign->folder,
		    "shard-%u-round-%" PRIu64 ".finding", h->options.shard,
		    result->round) &&
	    sheet_write(&sheet, path));
}

/*
 * Takes what was found down and goes on behind it.  The state follows last: a
 * process that is killed before finds it again, and writes the same files.
 */
static enum cli_exit
campaign_take(struct hunt *h, const struct campaign *campaign,
    struct pmapsim_hunt_result *result)
{

	if (hunt_shrink(h, result) != PMAPSIM_OK)
		return (CLI_BAD);
	/* A trace that could have become shorter is another one. */
	if (h->progress.stop != 0)
		return (cli_progress_code(&h->progress));
	if (!campaign_note(h, campaign, result))
		return (CLI_BAD);
	h->position = result->position;
	return (hunt_save(h) ? CLI_OK : CLI_BAD);
}

static void
campaign_tell(const struct hunt *h, unsigned found)
{
	const struct pmapsim_hunt_position *at = &h->position;

	printf("shard %u/%u: %" PRIu64 " calls, rounds to %" PRIu64
	       ", %u findings in this run\n",
	    h->options.shard, h->options.shards, at->calls, at->round, found);
}

/* Works off the shard of "h". */
static enum cli_exit
campaign_shard(struct hunt *h, const struct campaign *campaign)
{
	const double seconds = h->options.seconds, start = hunt_clock();
	struct pmapsim_hunt_result result;
	enum cli_exit code = CLI_OK;
	char path[PATH_MAX];
	unsigned found = 0;
	bool more = true;

	if (!campaign_path(path, campaign->folder, "shard-%u.state",
		h->options.shard))
		return (CLI_BAD);
	h->state = path;
	if (!hunt_resume(h))
		return (CLI_BAD);
	while (more && code == CLI_OK) {
		if (hunt_on(h, &result) != PMAPSIM_OK)
			code = CLI_BAD;
		else if (h->progress.stop != 0)
			code = cli_progress_code(&h->progress);
		else if (result.trace != NULL) {
			code = campaign_take(h, campaign, &result);
			found += code == CLI_OK;
		} else
			more = false;
		pmapsim_trace_close(result.trace);
		if (seconds > 0) {
			h->options.seconds = seconds - (hunt_clock() - start);
			more = more && h->options.seconds > 0;
		}
	}
	if (code != CLI_BAD)
		campaign_tell(h, found);
	return (code);
}

/* ---- several shards on one machine --------------------------------------- */

/* A child's part: shard "h->options.shard * jobs + i" of that many more. */
static _Noreturn void
campaign_job(struct hunt *h, const struct campaign *campaign)
{
	enum cli_exit code;

	h->quiet = true;
	code = campaign_shard(h, campaign);
	if (fflush(stdout) != 0)
		code = CLI_BAD;
	if (code > CLI_SIGNAL)
		raise((int)code - CLI_SIGNAL);
	exit((int)code);
}

/* Waits for the children, passing on a signal that asks to stop. */
static enum cli_exit
campaign_wait(const pid_t *pids, unsigned n)
{
	const struct timespec nap = {.tv_nsec = 50000000};
	struct cli_progress progress;
	enum cli_exit code = CLI_OK;
	bool told = false;
	unsigned i, left = n;
	pid_t pid;
	int status;

	cli_progress_start(&progress, "shards", n, false);
	while (left > 0) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid > 0) {
			left--;
			if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
				code = CLI_BAD;
			continue;
		}
		if (pid < 0 && errno != EINTR)
			break;
		nanosleep(&nap, NULL);
		if (!cli_progress(&progress, n - left) && !told) {
			told = true;
			for (i = 0; i < n; i++)
				kill(pids[i], progress.stop);
		}
	}
	cli_progress_end(&progress);
	return (progress.stop != 0 ? cli_progress_code(&progress) : code);
}

/* Shards I * jobs to I * jobs + jobs - 1, a process each. */
static enum cli_exit
campaign_jobs(struct hunt *h, const struct campaign *campaign, unsigned first)
{
	pid_t pids[HUNT_JOBS_MAX];
	enum cli_exit code;
	unsigned i;

	fflush(NULL);
	h->parent = getpid();
	for (i = 0; i < h->jobs; i++) {
		h->options.shard = first + i;
		pids[i] = fork();
		if (pids[i] == 0)
			campaign_job(h, campaign);
		if (pids[i] < 0)
			break;
	}
	if (i < h->jobs)
		cli_error("--jobs %u: %s", h->jobs, strerror(errno));
	code = campaign_wait(pids, i);
	return (i < h->jobs ? CLI_BAD : code);
}

enum cli_exit
hunt_campaign(struct hunt *h, const char *folder)
{
	struct campaign campaign = {.folder = folder};
	unsigned first;

	if (h->options.shards == 0)
		h->options.shards = 1;
	first = h->options.shard * h->jobs;
	h->options.shards *= h->jobs;
	if (!campaign_join(h, &campaign))
		return (CLI_BAD);
	h->options.shard = first;
	return (h->jobs > 1 ? campaign_jobs(h, &campaign, first) :
			      campaign_shard(h, &campaign));
}
