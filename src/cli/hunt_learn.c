/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folder of a hunt that learns: a trace for each sequence that it has kept,
 * named by the sum of its text, so that several hunts can fill one folder.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/hunt.h"

#define CORPUS_SUFFIX ".trace"
#define CORPUS_FILE_MAX (4 << 20) /* bytes; none that is kept is as large */

/* The hook of pmapsim_hunt(): puts a sequence into the folder. */
static void
corpus_put(const struct pmapsim_hunt_options *options, const char *text,
    size_t size, void *arg)
{
	struct hunt *h = arg;
	struct cli_output output;
	char path[PATH_MAX];

	(void)options;
	if (h->failed)
		return;
	h->failed = !campaign_path(path, h->corpus, "%016" PRIx64 CORPUS_SUFFIX,
			sheet_sum(0, text, size)) ||
	    !cli_output_open(&output, path);
	if (h->failed)
		return;
	fwrite(text, 1, size, output.file);
	h->failed = !cli_output_close(&output, true);
}

/* The whole file, which the caller frees; NULL, with the message. */
static char *
corpus_file(const char *path, size_t *size)
{
	char *text = malloc(CORPUS_FILE_MAX);
	FILE *file;

	if (text == NULL) {
		cli_error("no memory for %.400s", path);
		return (NULL);
	}
	file = fopen(path, "r");
	if (file != NULL) {
		*size = fread(text, 1, CORPUS_FILE_MAX, file);
		if (!ferror(file) && *size < CORPUS_FILE_MAX) {
			fclose(file);
			return (text);
		}
		errno = ferror(file) ? EIO : EFBIG;
	}
	cli_error("%.400s: %s", path, strerror(errno));
	if (file != NULL)
		fclose(file);
	free(text);
	return (NULL);
}

static int
corpus_is_trace(const struct dirent *entry)
{
	const size_t n = strlen(entry->d_name), m = strlen(CORPUS_SUFFIX);

	return (n > m && strcmp(entry->d_name + n - m, CORPUS_SUFFIX) == 0);
}

/* Reads a file of the folder as seed "i". */
static bool
corpus_take(struct hunt *h, struct pmapsim_hunt_seed *seed, const char *name)
{
	char path[PATH_MAX];

	if (!campaign_path(path, h->corpus, "%s", name))
		return (false);
	seed->text = corpus_file(path, &seed->size);
	seed->name = seed->text != NULL ? strdup(path) : NULL;
	if (seed->text != NULL && seed->name == NULL)
		cli_error("no memory for %.400s", path);
	return (seed->name != NULL);
}

bool
hunt_corpus_open(struct hunt *h)
{
	struct pmapsim_hunt_seed *seeds = NULL;
	struct dirent **names = NULL;
	bool good = true;
	int i, n;

	if (h->corpus == NULL)
		return (true);
	if (mkdir(h->corpus, 0777) != 0 && errno != EEXIST) {
		cli_error("%.400s: %s", h->corpus, strerror(errno));
		return (false);
	}
	/* By name, so that the same folder gives the same hunt. */
	n = scandir(h->corpus, &names, corpus_is_trace, alphasort);
	if (n < 0) {
		cli_error("%.400s: %s", h->corpus, strerror(errno));
		return (false);
	}
	seeds = calloc((size_t)n + 1, sizeof(*seeds));
	if (seeds == NULL) {
		cli_error("no memory for %d sequences", n);
		good = false;
	}
	for (i = 0; i < n; i++) {
		good = good && corpus_take(h, &seeds[i], names[i]->d_name);
		free(names[i]);
	}
	free(names);
	h->options.corpus = seeds;
	h->options.ncorpus = seeds != NULL ? (unsigned)n : 0;
	h->options.keep = corpus_put;
	return (good);
}

void
hunt_corpus_close(struct hunt *h)
{
	unsigned i;

	for (i = 0; i < h->options.ncorpus; i++) {
		free((char *)(uintptr_t)h->options.corpus[i].name);
		free((char *)(uintptr_t)h->options.corpus[i].text);
	}
	free((struct pmapsim_hunt_seed *)(uintptr_t)h->options.corpus);
}
