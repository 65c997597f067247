/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that the command writes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

bool
cli_output_open(struct cli_output *output, const char *path)
{

	memset(output, 0, sizeof(*output));
	if (path == NULL || strcmp(path, "-") == 0) {
		output->file = stdout;
		return (true);
	}
	output->path = path;
	if ((size_t)snprintf(output->temporary, sizeof(output->temporary),
	    "%s.tmp.%ld", path, (long)getpid()) >= sizeof(output->temporary)) {
		cli_error("%.60s...: the name is too long", path);
		return (false);
	}
	output->file = fopen(output->temporary, "w");
	if (output->file == NULL)
		cli_error("%.400s: %s", path, strerror(errno));
	return (output->file != NULL);
}

bool
cli_output_close(struct cli_output *output, bool good)
{

	/* That standard output was written is main()'s to see. */
	if (output->path == NULL)
		return (good);
	if ((ferror(output->file) | fclose(output->file)) != 0) {
		if (good)
			cli_error("%.400s: %s", output->path, strerror(errno));
		good = false;
	}
	if (good && rename(output->temporary, output->path) != 0) {
		cli_error("%.400s: %s", output->path, strerror(errno));
		good = false;
	}
	if (!good)
		unlink(output->temporary);
	return (good);
}
