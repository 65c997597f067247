/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the command "hunt" share.
 */
#ifndef CLI_HUNT_H
#define CLI_HUNT_H

#include <sys/types.h>

#include <pmapsim/study.h>

#include "cli/cli.h"
#include "cli/sheet.h"

/*
 * A hunt of one shard.  Made from the command line, zero-filled but for that;
 * "position" is read from the state file, if there is one, and then follows the
 * rounds; it is behind the last one in which nothing was found.
 */
struct hunt {
	struct pmapsim_hunt_options options;
	struct pmapsim_hunt_position position;
	const char *state;  /* file; NULL: none */
	const char *corpus; /* folder of a hunt that learns; NULL: none */
	double saved;	    /* when that was written last; the host's clock */
	bool failed;	    /* to write it, or a sequence: told */
	bool quiet;
	unsigned jobs; /* processes; 0 and 1: this one alone */
	pid_t
	    parent; /* that started this one, and without which it ends; or 0 */
	struct cli_progress progress;
};
#define HUNT_JOBS_MAX 512

/* The host's clock, in seconds from some moment on. */
double hunt_clock(void);

/*
 * Hunts from h->position on until pmapsim_hunt() ends, keeping the state file;
 * its error, told.
 */
int hunt_on(struct hunt *h, struct pmapsim_hunt_result *result);
/*
 * Cuts what was found down and puts the result in its place; when that cannot
 * be, or is stopped, it stays as long as it then is.
 */
int hunt_shrink(struct hunt *h, struct pmapsim_hunt_result *result);

/* ---- hunt_state.c ------------------------------------------------------- */

/* Writes what makes this hunt another one than others, but for the shard. */
void hunt_identity(const struct hunt *h, struct sheet *sheet);
/*
 * Takes the position from the state file, if there is one; false, with the
 * message: it is another hunt's, damaged, or cannot be read.
 */
bool hunt_resume(struct hunt *h);
/* Replaces the state file at once, so that a hunt killed at any moment leaves
 * a whole one.  False, with the message: it cannot be written. */
bool hunt_save(struct hunt *h);

/* Reads goal and position, which follow the head of the state file "path". */
bool hunt_read_position(struct sheet *sheet, const char *path, uint64_t *goal,
    struct pmapsim_hunt_position *at);

/* ---- hunt_jobs.c -------------------------------------------------------- */

/* pmapsim_hunt() of h->options from h->position on, by h->jobs processes. */
int hunt_jobs(struct hunt *h, struct pmapsim_hunt_result *result, char *err,
    size_t errsize);

/* ---- hunt_learn.c ------------------------------------------------------- */

/*
 * Reads the sequences in h->corpus, if there is one, and sees to it that the
 * hunt puts its own there; false, with the message.  hunt_corpus_close() gives
 * back what that took, whatever it returned.
 */
bool hunt_corpus_open(struct hunt *h);
void hunt_corpus_close(struct hunt *h);

/* ---- hunt_campaign.c ---------------------------------------------------- */

#define CAMPAIGN_FORMAT "1" /* of each of its files */

/* Works off a shard of the campaign in "folder", with --jobs several. */
enum cli_exit hunt_campaign(struct hunt *h, const char *folder);
/* Makes the path, of PATH_MAX bytes, of a file of the campaign; false, with the
 * message: it is too long. */
bool campaign_path(char *path, const char *folder, const char *format, ...)
    PMAPSIM_PRINTFLIKE(3, 4);

#endif /* CLI_HUNT_H */
