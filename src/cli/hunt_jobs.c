/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hunt on several cores of one machine.  A round is a function of seed and
 * number, so each process plays every Nth one and writes what it counted to a
 * pipe; the process that started them reads the pipes in the order of the
 * rounds.  What it adds up, and where it ends, is what one process alone would
 * have come to, whatever N is.
 */
#include <sys/wait.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/hunt.h"

/* How a round ended in a job. */
enum job_end { JOB_PLAYED, JOB_FOUND, JOB_FAILED };

/*
 * What a job writes after each round; "nstates" numbers of states that it had
 * not seen before come behind it, and where it failed a text instead.
 */
struct job_round {
	uint64_t calls, statements, promotions; /* of this round */
	uint32_t nstates;
	uint32_t end; /* enum job_end */
	int error;    /* enum pmapsim_error */
};

/* A job, as the process that started it sees it: until it is reaped. */
struct job {
	pid_t pid;
	int fd; /* its rounds are read from there */
};

/* The same as the job itself sees it. */
struct job_view {
	struct pmapsim_hunt_position last; /* behind the round before */
	uint16_t states[PMAPSIM_HUNT_STATES];
	int fd;
};

/* ---- the job ------------------------------------------------------------- */

static bool
job_write(int fd, const void *data, size_t size)
{
	const char *p = data;
	ssize_t n;

	while (size > 0) {
		n = write(fd, p, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (false);
		p += n;
		size -= (size_t)n;
	}
	return (true);
}

/* A hook of pmapsim_hunt(): tells what the round has added. */
static bool
job_tell(const struct pmapsim_hunt_options *options,
    const struct pmapsim_hunt_position *position, void *arg)
{
	struct job_view *view = arg;
	struct job_round round = {.end = JOB_PLAYED,
	    .calls = position->calls - view->last.calls,
	    .statements = position->statements - view->last.statements,
	    .promotions = position->promotions - view->last.promotions};
	unsigned i, bit, fresh;

	for (i = 0; i < sizeof(position->states) &&
	     position->nstates != view->last.nstates;
	     i++) {
		fresh = position->states[i] & ~(unsigned)view->last.states[i];
		for (bit = 0; bit < 8; bit++)
			if ((fresh & (1u << bit)) != 0)
				view->states[round.nstates++] = (uint16_t)(8 *
					i +
				    bit);
	}
	view->last = *position;
	return (job_write(view->fd, &round, sizeof(round)) &&
	    job_write(view->fd, view->states,
		round.nstates * sizeof(view->states[0])));
}

/* Plays every "jobs"th round of h's, from "round" on, until it is ended. */
static _Noreturn void
job_run(const struct hunt *h, uint64_t round, unsigned jobs, int fd)
{
	struct pmapsim_hunt_options options = h->options;
	struct pmapsim_hunt_result result;
	struct job_round end = {0};
	struct job_view view;
	struct pmapsim_hunt_position from = h->position;
	char err[600] = "";

	from.round = round;
	view.last = from;
	view.fd = fd;
	options.shards = (options.shards != 0 ? options.shards : 1) * jobs;
	options.shard = (unsigned)(round % options.shards);
	options.calls = 0;
	options.seconds = 0;
	options.from = &from;
	options.progress = job_tell;
	options.arg = &view;
	end.error = pmapsim_hunt(&options, &result, err, sizeof(err));
	end.end = end.error != PMAPSIM_OK ? JOB_FAILED : JOB_FOUND;
	if (job_write(fd, &end, sizeof(end)) && end.end == JOB_FAILED)
		(void)job_write(fd, err, sizeof(err));
	_exit(0);
}

/* ---- who started it ------------------------------------------------------ */

static bool
job_read(int fd, void *data, size_t size)
{
	char *p = data;
	ssize_t n;

	while (size > 0) {
		n = read(fd, p, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (false);
		p += n;
		size -= (size_t)n;
	}
	return (true);
}

/* Ends the jobs, whatever they do. */
static void
jobs_end(struct job *jobs, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		close(jobs[i].fd);
		kill(jobs[i].pid, SIGKILL);
		while (waitpid(jobs[i].pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
}

/* Starts h->jobs jobs, job I with the Ith round from h->position on; false,
 * with the reason, when the host does not let it. */
static bool
jobs_start(const struct hunt *h, struct job *jobs, char *err, size_t errsize)
{
	const unsigned shards = h->options.shards != 0 ? h->options.shards : 1;
	int fds[2];
	unsigned i, j;

	fflush(NULL);
	for (i = 0; i < h->jobs; i++) {
		if (pipe(fds) != 0)
			break;
		jobs[i].fd = fds[0];
		jobs[i].pid = fork();
		if (jobs[i].pid < 0) {
			close(fds[0]);
			close(fds[1]);
			break;
		}
		if (jobs[i].pid == 0) {
			/* A job whose reader is gone is to notice. */
			for (j = 0; j <= i; j++)
				close(jobs[j].fd);
			job_run(h, h->position.round + (uint64_t)i * shards,
			    h->jobs, fds[1]);
		}
		close(fds[1]);
	}
	if (i == h->jobs)
		return (true);
	snprintf(err, errsize, "--jobs %u: %s", h->jobs, strerror(errno));
	jobs_end(jobs, i);
	return (false);
}

/* Adds a round that was played to "at", its states being read from "fd". */
static bool
jobs_add(const struct job_round *round, int fd,
    struct pmapsim_hunt_position *at)
{
	uint16_t state;
	uint32_t i;
	uint8_t bit;

	for (i = 0; i < round->nstates; i++) {
		if (!job_read(fd, &state, sizeof(state)))
			return (false);
		bit = (uint8_t)(1u << (state % 8));
		at->nstates += (at->states[state / 8] & bit) == 0;
		at->states[state / 8] |= bit;
	}
	at->calls += round->calls;
	at->statements += round->statements;
	at->promotions += round->promotions;
	return (true);
}

/*
 * Takes the rounds in their order until the hunt ends.  "*end" then is of the
 * round at "at", or JOB_PLAYED.
 */
static int
jobs_follow(struct hunt *h, const struct job *jobs,
    struct pmapsim_hunt_position *at, enum job_end *end, char *err,
    size_t errsize)
{
	const struct pmapsim_hunt_options *o = &h->options;
	const double start = hunt_clock();
	struct job_round round;
	char text[600];
	unsigned i;

	*end = JOB_PLAYED;
	for (i = 0; (o->calls == 0 || at->calls < o->calls) &&
	     (o->seconds <= 0 || hunt_clock() - start < o->seconds);
	     i = (i + 1) % h->jobs) {
		if (!job_read(jobs[i].fd, &round, sizeof(round)) ||
		    (round.end == JOB_PLAYED &&
			!jobs_add(&round, jobs[i].fd, at))) {
			snprintf(err, errsize,
			    "a process of --jobs %u ended early: was it "
			    "killed, for lack of memory?",
			    h->jobs);
			return (PMAPSIM_ENOMEM);
		}
		*end = (enum job_end)round.end;
		if (*end == JOB_FAILED &&
		    job_read(jobs[i].fd, text, sizeof(text)))
			snprintf(err, errsize, "%s", text);
		if (*end != JOB_PLAYED)
			return (round.error);
		at->round += o->shards != 0 ? o->shards : 1;
		if (!o->progress(o, at, o->arg))
			break;
	}
	return (PMAPSIM_OK);
}

int
hunt_jobs(struct hunt *h, struct pmapsim_hunt_result *result, char *err,
    size_t errsize)
{
	const unsigned shards = h->options.shards != 0 ? h->options.shards : 1;
	struct pmapsim_hunt_options once;
	struct pmapsim_hunt_position at;
	struct job jobs[HUNT_JOBS_MAX];
	enum job_end end = JOB_PLAYED;
	int error;

	memset(result, 0, sizeof(*result));
	h->position.round += (h->options.shard + shards -
				 h->position.round % shards) %
	    shards;
	at = h->position;
	if (!jobs_start(h, jobs, err, errsize))
		return (PMAPSIM_ENOMEM);
	error = jobs_follow(h, jobs, &at, &end, err, errsize);
	jobs_end(jobs, h->jobs);
	if (end != JOB_FOUND) {
		result->position = at;
		result->round = at.round;
		return (error);
	}
	/* Once more, here: a round always ends alike. */
	once = h->options;
	once.from = &at;
	once.progress = NULL;
	once.calls = once.seconds = 0;
	return (pmapsim_hunt(&once, result, err, errsize));
}
