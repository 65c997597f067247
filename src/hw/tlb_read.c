/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLB descriptions in files, so that a CPU that no preset is of needs no
 * program of its own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw/tlb.h"

#define FILE_MAX 65536 /* bytes; a description of all that fits is 2 KB */

/*
 * Reads "file" to its end into "text", which has room for FILE_MAX bytes and
 * two more; returns how many they are, or -1 with errno.
 */
static long
read_all(const char *path, char *text)
{
	FILE *f;
	size_t n;
	int error;

	f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	if (f == NULL)
		return (-1);
	errno = 0;
	n = fread(text, 1, FILE_MAX + 1, f);
	error = ferror(f) != 0 ? errno : 0;
	if (f != stdin)
		fclose(f);
	if (error == 0)
		return (n); /* at most FILE_MAX + 1 */
	errno = error;
	return (-1);
}

/*
 * Checks the "n" bytes that the file has, and ends them as a description ends.
 */
static bool
check_text(const char *path, char *text, size_t n, char *err, size_t errsize)
{
	struct tlb_desc desc;

	if (n > FILE_MAX) {
		snprintf(err, errsize, "%s: more than %d bytes", path,
		    FILE_MAX);
		return (false);
	}
	if (memchr(text, '\0', n) != NULL) {
		snprintf(err, errsize,
		    "%s: byte %zu is a NUL; this is no "
		    "text",
		    path, strlen(text) + 1);
		return (false);
	}
	if (n == 0 || text[n - 1] != '\n')
		text[n++] = '\n';
	text[n] = '\0';
	return (tlb_describe(text, path, &desc, err, errsize));
}

int
pmapsim_tlb_read(const char *path, char **textp, char *err, size_t errsize)
{
	char *text;
	long n;

	if (err == NULL)
		errsize = 0;
	if (textp != NULL)
		*textp = NULL;
	if (path == NULL || textp == NULL) {
		snprintf(err, errsize,
		    "pmapsim_tlb_read() needs a path and a "
		    "place for the text");
		return (PMAPSIM_EINVAL);
	}
	if ((text = calloc(1, FILE_MAX + 2)) == NULL) {
		snprintf(err, errsize, "%s: no memory", path);
		return (PMAPSIM_ENOMEM);
	}
	if ((n = read_all(path, text)) < 0) {
		snprintf(err, errsize, "%s: %s", path, strerror(errno));
		free(text);
		return (PMAPSIM_EIO);
	}
	if (!check_text(path, text, (size_t)n, err, errsize)) {
		free(text);
		return (PMAPSIM_EINVAL);
	}
	*textp = text;
	return (PMAPSIM_OK);
}
