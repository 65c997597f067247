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

/*
 * The file that is being written, for output_put_away(): a command writes one
 * result and, a hunt, its state now and then; each is closed before another
 * temporary file of this name could be left behind.
 */
static struct cli_output *output_open[2];

/* What a command that ends early has not finished is not to stay. */
static void
output_put_away(void)
{
	size_t i;

	for (i = 0; i < 2; i++)
		if (output_open[i] != NULL)
			unlink(output_open[i]->temporary);
}

/* Notes that "output" has a temporary file, or no longer has. */
static void
output_note(struct cli_output *output, bool open)
{
	static bool told;
	size_t i;

	if (!told)
		told = atexit(output_put_away) == 0;
	for (i = 0; i < 2; i++)
		if (output_open[i] == (open ? NULL : output)) {
			output_open[i] = open ? output : NULL;
			break;
		}
}

/* The permissions that open(2) gives to a new file. */
static mode_t
output_new_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return (0666 & ~mask);
}

/*
 * Makes a neighbour of the target, which it will replace.  Its name is short,
 * whatever the target's is, and mkstemp() follows no link and takes no file
 * that somebody else has put there.
 */
static bool
output_open_temporary(struct cli_output *output, const struct stat *old)
{
	const char *slash = strrchr(output->target, '/');
	int fd, length = slash != NULL ? (int)(slash - output->target) + 1 : 0;

	if ((size_t)snprintf(output->temporary, sizeof(output->temporary),
		"%.*s.pmapsim.XXXXXX", length,
		output->target) >= sizeof(output->temporary))
		return (output_fails(output->path, ENAMETOOLONG));
	fd = mkstemp(output->temporary);
	if (fd < 0)
		return (output_fails(output->path, errno));
	output_note(output, true);
	/* Who could read and run the old file still can. */
	(void)fchmod(fd,
	    old != NULL ? old->st_mode & 07777 : output_new_mode());
	output->file = fdopen(fd, "w");
	if (output->file != NULL)
		return (true);
	output_fails(output->path, errno);
	close(fd);
	unlink(output->temporary);
	output_note(output, false);
	return (false);
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
	output_note(output, false);
	return (good);
}
