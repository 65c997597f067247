/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the command "hunt" share.
 */
#ifndef CLI_HUNT_H
#define CLI_HUNT_H

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
	const char *state; /* file; NULL: none */
	double saved;	   /* when that was written last; the host's clock */
	bool failed;	   /* to write it: told */
	bool quiet;
	struct cli_progress progress;
};

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

#endif /* CLI_HUNT_H */
