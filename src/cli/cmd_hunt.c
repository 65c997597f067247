/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmapsim hunt: looks for a failing sequence, shrinks it, writes it down.
 */
#include <pmapsim/study.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/hunt.h"

enum {
	HUNT_AGAINST,
	HUNT_AUDIT,
	HUNT_CALLS,
	HUNT_CAMPAIGN,
	HUNT_CORPUS,
	HUNT_CPUS,
	HUNT_FAMILIES,
	HUNT_INVARIANTS,
	HUNT_JOBS,
	HUNT_JSON,
	HUNT_KERNEL,
	HUNT_LEARN,
	HUNT_OUTPUT,
	HUNT_QUIET,
	HUNT_RACE,
	HUNT_SEED,
	HUNT_SHARD,
	HUNT_STATE,
	HUNT_TIME,
	HUNT_TLB
};
static const struct cli_option hunt_options[] =
    {[HUNT_AGAINST] = {"against", "K",
	 "a difference from kernel K is a finding too"},
	[HUNT_AUDIT] = {"audit", "N",
	    "audit each N statements, 0 never; default 20"},
	[HUNT_CALLS] = {"calls", "N",
	    "stop after N kernel calls; default 100M"},
	[HUNT_CAMPAIGN] = {"campaign", "FOLDER",
	    "work off a shard of the campaign there; go on after findings"},
	[HUNT_CORPUS] = {"corpus", "FOLDER",
	    "learn, from the sequences there and into it"},
	[HUNT_CPUS] = {"cpus", "N", "CPUs of the machines; default 2"},
	[HUNT_FAMILIES] = {"families", "F,F...",
	    "draw from kmem, raw, user, space only; default all"},
	[HUNT_INVARIANTS] = {"invariants", NULL,
	    "check the kernel's assertions"},
	[HUNT_JOBS] = {"jobs", "N", "use N processes; default 1"},
	[HUNT_JSON] = {"json", NULL, "print JSON instead of text"},
	[HUNT_KERNEL] = {"kernel", "K", "hunt in kernel K; default 2010-04"},
	[HUNT_LEARN] = {"learn", NULL,
	    "change sequences that reached new states"},
	[HUNT_OUTPUT] = {"output", "FILE",
	    "write the shrunk trace to FILE; default standard output"},
	[HUNT_QUIET] = CLI_QUIET_OPTION,
	[HUNT_RACE] = {"race", NULL,
	    "let other CPUs access memory inside calls"},
	[HUNT_SEED] = {"seed", "S", "the seed; default 1"},
	[HUNT_SHARD] = {"shard", "I/N",
	    "do only the rounds that are I modulo N; I may be \"job\""},
	[HUNT_STATE] = {"state", "FILE",
	    "keep the position in FILE, or go on from it"},
	[HUNT_TIME] = {"time", "T", "stop after T seconds"},
	[HUNT_TLB] = {"tlb", "PRESET|FILE",
	    "give the CPUs TLBs and look for stale translations"},
	{NULL, NULL, NULL}};
_Static_assert(HUNT_TLB < CLI_OPTIONS_MAX, "all options fit");

#define HUNT_SAVE_EVERY 0.5 /* seconds between states */

double
hunt_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((double)now.tv_sec + (double)now.tv_nsec / 1e9);
}

/* Follows the rounds; the hook of pmapsim_hunt(). */
static bool
hunt_progress(const struct pmapsim_hunt_options *options,
    const struct pmapsim_hunt_position *position, void *arg)
{
	struct hunt *h = arg;
	const double now = hunt_clock();

	h->position = *position;
	if (h->failed)
		return (false);
	/* Nobody waits any more for what a process of --jobs does. */
	if (h->parent != 0 && getppid() != h->parent)
		return (false);
	if (now - h->saved >= HUNT_SAVE_EVERY) {
		h->saved = now;
		if (!hunt_save(h))
			return (false);
	}
	snprintf(h->progress.note, sizeof(h->progress.note),
	    "round %" PRIu64 ", %" PRIu64 " promotions, %u states",
	    position->round, position->promotions, position->nstates);
	return (cli_progress(&h->progress, position->calls));
}

int
hunt_on(struct hunt *h, struct pmapsim_hunt_result *result)
{
	const struct pmapsim_hunt_position start = h->position;
	char err[600];
	int error;

	h->options.from = &start;
	h->options.progress = hunt_progress;
	h->options.arg = h;
	h->saved = hunt_clock();
	cli_progress_start(&h->progress, "calls", h->options.calls, !h->quiet);
	h->progress.seconds = h->options.seconds;
	h->progress.done = start.calls;
	error = h->jobs > 1 && h->parent == 0 ?
	    hunt_jobs(h, result, err, sizeof(err)) :
	    pmapsim_hunt(&h->options, result, err, sizeof(err));
	h->options.from = NULL;
	cli_progress_end(&h->progress);
	/* What was done is kept, also before an error. */
	if (h->failed || !hunt_save(h))
		error = PMAPSIM_EINVAL;
	else if (error != PMAPSIM_OK)
		cli_error("%s", err);
	return (error);
}

/* What the numbers of hunt may be, by option. */
static const struct cli_number hunt_numbers[] =
    {[HUNT_AUDIT] = {.max = UINT_MAX, .suffix = true},
	[HUNT_CALLS] = {.min = 1, .max = UINT64_MAX, .suffix = true},
	[HUNT_CPUS] = {.min = 1, .max = MAXCPU},
	[HUNT_JOBS] = {.min = 1, .max = HUNT_JOBS_MAX},
	/* JSON's integers end there. */
	[HUNT_SEED] = {.max = INT64_MAX, .suffix = true, .any_base = true},
	[HUNT_TIME] = {.min = 1, .max = UINT32_MAX, .suffix = true}};

/* The number of option "i"; false, with the message, when it is none. */
static bool
hunt_number(const struct cli_args *args, unsigned i, uint64_t *value)
{

	return (cli_number("hunt", hunt_options[i].name, args->options[i],
	    &hunt_numbers[i], value));
}

static const struct cli_word hunt_words[] = {{"kmem", PMAPSIM_HUNT_KMEM},
    {"raw", PMAPSIM_HUNT_RAW}, {"user", PMAPSIM_HUNT_USER},
    {"space", PMAPSIM_HUNT_SPACE}, {NULL, 0}};

static bool
hunt_parse(const struct cli_args *args, struct hunt *h)
{
	struct pmapsim_hunt_options *options = &h->options;
	uint64_t audit = 20, cpus = 2, jobs = 1, seconds = 0;
	char err[300];

	options->seed = 1;
	options->calls = args->options[HUNT_TIME] != NULL ? 0 : 100000000;
	if (!hunt_number(args, HUNT_AUDIT, &audit) ||
	    !hunt_number(args, HUNT_CALLS, &options->calls) ||
	    !hunt_number(args, HUNT_CPUS, &cpus) ||
	    !hunt_number(args, HUNT_JOBS, &jobs) ||
	    !hunt_number(args, HUNT_SEED, &options->seed) ||
	    !hunt_number(args, HUNT_TIME, &seconds) ||
	    !cli_shard("hunt", args->options[HUNT_SHARD], &options->shard,
		&options->shards) ||
	    !cli_words("hunt", "families", args->options[HUNT_FAMILIES],
		"family", hunt_words, &options->families))
		return (false);
	options->judge.audit_each = (unsigned)audit;
	options->ncpu = (unsigned)cpus;
	h->jobs = (unsigned)jobs;
	if (options->shards > UINT_MAX / h->jobs) {
		cli_error("hunt: --shard of %u with --jobs %u: the product is "
			  "too large",
		    options->shards, h->jobs);
		return (false);
	}
	options->seconds = (double)seconds;
	options->judge.kernel = args->options[HUNT_KERNEL] != NULL ?
	    args->options[HUNT_KERNEL] :
	    "2010-04";
	options->judge.against = args->options[HUNT_AGAINST];
	options->race = args->options[HUNT_RACE] != NULL;
	options->tlb = args->options[HUNT_TLB];
	/* What races goes through TLBs. */
	if (options->race && options->tlb == NULL)
		options->tlb = "nehalem";
	options->invariants = args->options[HUNT_INVARIANTS] != NULL;
	options->learn = args->options[HUNT_LEARN] != NULL ||
	    args->options[HUNT_CORPUS] != NULL;
	if (!pmapsim_kernel_valid(options->judge.kernel, err, sizeof(err)) ||
	    (options->judge.against != NULL &&
		!pmapsim_kernel_valid(options->judge.against, err,
		    sizeof(err)))) {
		cli_error("%s", err);
		return (false);
	}
	h->state = args->options[HUNT_STATE];
	h->corpus = args->options[HUNT_CORPUS];
	h->quiet = args->options[HUNT_QUIET] != NULL;
	return (true);
}

int
hunt_shrink(struct hunt *h, struct pmapsim_hunt_result *result)
{
	const struct pmapsim_hunt_options *options = &h->options;
	struct cli_progress *progress = &h->progress;
	struct pmapsim_shrink_options how = {.judge = options->judge,
	    .progress = cli_progress_hook,
	    .arg = progress};
	struct pmapsim_finding finding;
	struct pmapsim_trace *shrunk;
	char comment[1200], err[600];
	int error;

	snprintf(comment, sizeof(comment),
	    "Found by pmapsim hunt --kernel %s "
	    "--seed %" PRIu64 ", round %" PRIu64 ",\nand shrunk.  %s: %s",
	    how.judge.kernel, options->seed, result->round,
	    pmapsim_finding_name(result->finding.kind), result->finding.text);
	how.comment = comment;
	how.judge.legal = true;
	if (options->tlb != NULL && strchr(options->tlb, '\n') != NULL)
		how.judge.tlb = options->tlb;
	how.judge.audit_each = result->finding.kind == PMAPSIM_FINDING_AUDIT;
	cli_progress_start(progress, "trials to shrink it", 0, !h->quiet);
	error = pmapsim_shrink(result->trace, &how, &shrunk, &finding, err,
	    sizeof(err));
	cli_progress_end(progress);
	if (error != PMAPSIM_OK) {
		cli_error("it could not be shrunk: %s", err);
		return (error);
	}
	pmapsim_trace_close(result->trace);
	result->trace = shrunk;
	return (PMAPSIM_OK);
}

static bool
hunt_print_json(const struct hunt *h, const struct pmapsim_hunt_result *result)
{
	const struct pmapsim_hunt_position *at = &result->position;

	return (cli_print_json(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I,"
					 " s:o*, s:o*}",
	    "kernel", h->options.judge.kernel, "seed",
	    (json_int_t)h->options.seed, "round", (json_int_t)result->round,
	    "calls", (json_int_t)at->calls, "statements",
	    (json_int_t)at->statements, "promotions",
	    (json_int_t)at->promotions, "states", (json_int_t)at->nstates,
	    "finding", cli_json_finding(&result->finding), "text",
	    cli_json_trace(result->trace))));
}

static void
hunt_tell(const struct hunt *h, const struct pmapsim_hunt_result *result)
{
	const struct pmapsim_hunt_position *at = &result->position;

	if (result->trace != NULL)
		printf("found after %" PRIu64 " calls, in round %" PRIu64
		       ": %s: %s\n",
		    at->calls, result->round,
		    pmapsim_finding_name(result->finding.kind),
		    result->finding.text);
	else
		printf("nothing found: kernel %s, seed %" PRIu64 ", rounds to "
		       "%" PRIu64 ", %" PRIu64 " calls in %" PRIu64
		       " statements, %" PRIu64 " promotions, %u states\n",
		    h->options.judge.kernel, h->options.seed, result->round,
		    at->calls, at->statements, at->promotions, at->nstates);
}

/* Shrinks what was found, if anything was, and tells it. */
static enum cli_exit
hunt_report(const struct cli_args *args, struct hunt *h,
    struct pmapsim_hunt_result *result, struct cli_output *output)
{
	const bool json = args->options[HUNT_JSON] != NULL;
	const bool found = result->trace != NULL;
	const char *text;
	size_t size;
	int error = PMAPSIM_OK;

	if (!json)
		hunt_tell(h, result);
	if (found && h->progress.stop == 0) {
		fflush(stdout);
		error = hunt_shrink(h, result);
	}
	if (found && (output->path != NULL || !json)) {
		text = pmapsim_trace_text(result->trace, &size);
		fwrite(text, 1, size, output->file);
	}
	if (!cli_output_close(output, found) && found)
		return (CLI_BAD);
	if (json && !hunt_print_json(h, result))
		return (CLI_BAD);
	if (found && !json && output->path != NULL)
		printf("shrunk to %" PRIu64 " statements in %s\n",
		    pmapsim_trace_statements(result->trace), output->path);
	/* The host that could not shrink it may not have told it whole. */
	if (error == PMAPSIM_ENOMEM)
		return (CLI_BAD);
	return (found ? CLI_MISMATCH : CLI_OK);
}

/* Whether the state can be written, which is known before the hours, not
 * after; what is there stays. */
static bool
hunt_can_save(const struct hunt *h)
{
	struct cli_output output;

	if (h->state == NULL)
		return (true);
	if (!cli_output_open(&output, h->state))
		return (false);
	(void)cli_output_close(&output, false);
	return (true);
}

/* Whether all options given are for a campaign, which has its own files. */
static bool
hunt_is_campaign(const struct cli_args *args)
{
	static const unsigned alone[] = {HUNT_JSON, HUNT_OUTPUT, HUNT_STATE};
	size_t i;

	for (i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		if (args->options[alone[i]] != NULL) {
			cli_error("hunt: --campaign and --%s: the campaign's "
				  "files are in its folder, and \"pmapsim "
				  "findings\" shows them",
			    hunt_options[alone[i]].name);
			return (false);
		}
	return (true);
}

/* Whether nothing is asked of a hunt that learns which it cannot do. */
static bool
hunt_can_learn(const struct cli_args *args)
{
	static const unsigned apart[] = {HUNT_CAMPAIGN, HUNT_JOBS, HUNT_SHARD,
	    HUNT_STATE};
	const unsigned learns = args->options[HUNT_CORPUS] != NULL ?
	    HUNT_CORPUS :
	    HUNT_LEARN;
	size_t i;

	if (args->options[learns] == NULL)
		return (true);
	for (i = 0; i < sizeof(apart) / sizeof(apart[0]); i++)
		if (args->options[apart[i]] != NULL) {
			cli_error("hunt: --%s and --%s: a hunt that learns "
				  "plays its rounds one after another from the "
				  "first on, each by what it has learned; what "
				  "it knows can be kept by --corpus FOLDER",
			    hunt_options[learns].name,
			    hunt_options[apart[i]].name);
			return (false);
		}
	return (true);
}

/* Hunts and reports: hunt_run() of one process that is no campaign's. */
static enum cli_exit
hunt_alone(const struct cli_args *args, struct hunt *h)
{
	struct pmapsim_hunt_result result;
	struct cli_output output;
	enum cli_exit code = CLI_BAD;

	if (!hunt_resume(h) || !hunt_can_save(h) || !hunt_corpus_open(h) ||
	    !cli_output_open(&output, args->options[HUNT_OUTPUT]))
		return (CLI_BAD);
	if (hunt_on(h, &result) != PMAPSIM_OK)
		cli_output_close(&output, false);
	else {
		code = hunt_report(args, h, &result, &output);
		if (h->progress.stop != 0)
			code = cli_progress_code(&h->progress);
	}
	pmapsim_trace_close(result.trace);
	return (code);
}

static enum cli_exit
hunt_run(const struct cli_args *args)
{
	struct hunt h = {0};
	enum cli_exit code;

	if (args->options[HUNT_RACE] != NULL && !cli_has_points())
		return (cli_run_with_points());
	if (!hunt_can_learn(args) || !hunt_parse(args, &h))
		return (CLI_BAD);
	if (args->options[HUNT_CAMPAIGN] != NULL)
		return (hunt_is_campaign(args) ?
			hunt_campaign(&h, args->options[HUNT_CAMPAIGN]) :
			CLI_BAD);
	code = hunt_alone(args, &h);
	hunt_corpus_close(&h);
	return (code);
}

const struct cli_command cmd_hunt = {
    .name = "hunt",
    .operands = "",
    .summary = "Look for a bug by random calls, and shrink what is found",
    .description =
	"Makes random but legal calls on one small machine after the other and\n"
	"stops at the first panic, audit violation, stale translation or\n"
	"difference from a second kernel, which it cuts down to a short trace.\n"
	"Running out of memory is no finding.  The same options give the same\n"
	"hunt.  Exits 0 when nothing was found, 1 when something was.\n",
    .options = hunt_options,
    .run = hunt_run,
};
