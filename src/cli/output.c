/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that the command writes.  What is wrong with one is told before the
 * work whose result it is to hold.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static bool
output_fails(const char *path, int error)
{

	cli_error("%.400s: %s", path, strerror(error));
	return (false);
}

/* Opens a neighbour of the target, which it will replace. */
static bool
output_open_temporary(struct cli_output *output, const struct stat *old)
{

	snprintf(output->temporary, sizeof(output->temporary), "%s.tmp.%ld",
	    output->target, (long)getpid());
	output->file = fopen(output->temporary, "w");
	if (output->file == NULL)
		return (output_fails(output->path, errno));
	/* Who could read and run it still can. */
	if (old != NULL)
		(void)fchmod(fileno(output->file), old->st_mode & 07777);
	return (true);
}

bool
cli_output_open(struct cli_output *output, const char *path)
{
	struct stat st;

	memset(output, 0, sizeof(*output));
	if (path == NULL || strcmp(path, "-") == 0) {
		output->file = stdout;
		return (true);
	}
	output->path = path;
	if (path[0] == '\0') {
		cli_error("the name of a file to write is empty");
		return (false);
	}
	if (stat(path, &st) != 0) {
		if (errno != ENOENT)
			return (output_fails(path, errno));
		/* It would be the link that is replaced. */
		if (lstat(path, &st) == 0) {
			cli_error("%.400s: this link leads to no file", path);
			return (false);
		}
		if ((size_t)snprintf(output->target, sizeof(output->target),
			"%s", path) >= sizeof(output->target))
			return (output_fails(path, ENAMETOOLONG));
		return (output_open_temporary(output, NULL));
	}
	if (S_ISDIR(st.st_mode))
		return (output_fails(path, EISDIR));
	/* A file that may not be written is not to be replaced either. */
	if (access(path, W_OK) != 0)
		return (output_fails(path, errno));
	if (!S_ISREG(st.st_mode)) {
		output->file = fopen(path, "w");
		return (output->file != NULL || output_fails(path, errno));
	}
	if (realpath(path, output->target) == NULL)
		return (output_fails(path, errno));
	return (output_open_temporary(output, &st));
}

bool
cli_output_close(struct cli_output *output, bool good)
{

	/* That standard output was written is main()'s to see. */
	if (output->path == NULL)
		return (good);
	if ((ferror(output->file) | fclose(output->file)) != 0) {
		if (good)
			output_fails(output->path, errno);
		good = false;
	}
	if (output->temporary[0] == '\0')
		return (good);
	if (good && rename(output->temporary, output->target) != 0)
		good = output_fails(output->path, errno);
	if (!good)
		unlink(output->temporary);
	return (good);
}
