/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace files that a test of golden traces is run on, and the kernel that
 * it boots for one of them.
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

/*
 * Writes the kernel of the trace "text" to "kernel": its revision, or
 * "revision" unless that is NULL, with its switches and "switches" behind.
 */
static void
golden_kernel(const char *text, const char *revision, const char *switches,
    char *kernel, size_t size)
{
	const char *line, *name;
	size_t length, of_revision;

	line = strncmp(text, "machine ", 8) == 0 ?
	    text :
	    strstr(text, "\nmachine ") + 1;
	name = strstr(line, " kernel=");
	if (name == NULL || name > strchr(line, '\n'))
		name = "2010-04";
	else
		name += strlen(" kernel=");
	length = strcspn(name, " \n");
	of_revision = strcspn(name, "+ \n");
	if (revision == NULL)
		snprintf(kernel, size, "%.*s%s", (int)length, name, switches);
	else
		snprintf(kernel, size, "%s%.*s%s", revision,
		    (int)(length - of_revision), name + of_revision, switches);
}

#endif /* GOLDEN_FILES_H */
