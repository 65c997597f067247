/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace files that a test of many traces is run on.
 */
#ifndef GOLDEN_FILES_H
#define GOLDEN_FILES_H

#include <dirent.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACES_MAX 512

static int
golden_by_name(const void *a, const void *b)
{

	return (strcmp(*(char *const *)a, *(char *const *)b));
}

/*
 * The paths PREFIX*.trace of the directories, in the order of their names, as
 * "operands" (PREFIX COUNT DIRECTORY..., ended by NULL) ask for them.  Ends
 * the test unless they are COUNT, so that none is lost unseen.
 */
static size_t
golden_files(char *const *operands, char *paths[TRACES_MAX])
{
	const char *prefix = operands[0];
	char *const *directory;
	struct dirent *entry;
	const char *dot;
	size_t n = 0;
	DIR *dir;

	for (directory = operands + 2; *directory != NULL; directory++) {
		dir = opendir(*directory);
		if (dir == NULL) {
			fprintf(stderr, "%s: cannot be read\n", *directory);
			exit(2);
		}
		while ((entry = readdir(dir)) != NULL && n < TRACES_MAX) {
			dot = strrchr(entry->d_name, '.');
			if (dot == NULL || strcmp(dot, ".trace") != 0 ||
			    strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
				continue;
			if (asprintf(&paths[n++], "%s/%s", *directory,
				entry->d_name) < 0)
				exit(2);
		}
		closedir(dir);
	}
	if (n != strtoul(operands[1], NULL, 10)) {
		fprintf(stderr, "%zu traces %s*, and %s must be\n", n, prefix,
		    operands[1]);
		exit(2);
	}
	qsort(paths, n, sizeof(paths[0]), golden_by_name);
	return (n);
}

#endif /* GOLDEN_FILES_H */
