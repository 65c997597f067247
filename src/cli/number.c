/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers, and lists of words, in options.  Every option's number is read here,
 * so that none can overflow, wrap to another one, or have something behind it
 * unnoticed.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/* The factor that "suffix" stands for; 0: none. */
static uint64_t
number_factor(const char *suffix)
{

	switch (suffix[0]) {
	case '\0':
		return (1);
	case 'K':
		return (suffix[1] == '\0' ? 1000 : 0);
	case 'M':
		return (suffix[1] == '\0' ? 1000000 : 0);
	case 'G':
		return (suffix[1] == '\0' ? 1000000000 : 0);
	default:
		return (0);
	}
}

bool
cli_read_number(const char *text, const struct cli_number *kind,
    uint64_t *value)
{
	unsigned long long n;
	uint64_t factor;
	char *end;

	/* strtoull() would take a sign and white space, and negate. */
	if (!isdigit((unsigned char)text[0]))
		return (false);
	errno = 0;
	n = strtoull(text, &end, kind->any_base ? 0 : 10);
	factor = kind->suffix ? number_factor(end) : *end == '\0';
	if (errno != 0 || factor == 0 || n > UINT64_MAX / factor ||
	    n * factor < kind->min || n * factor > kind->max)
		return (false);
	*value = n * factor;
	return (true);
}

bool
cli_number(const char *command, const char *option, const char *text,
    const struct cli_number *kind, uint64_t *value)
{
	char range[80];

	if (text == NULL || cli_read_number(text, kind, value))
		return (true);
	if (kind->what != NULL)
		snprintf(range, sizeof(range), "%s", kind->what);
	else if (kind->max == UINT64_MAX)
		snprintf(range, sizeof(range), "%" PRIu64 " or more",
		    kind->min);
	else
		snprintf(range, sizeof(range), "%" PRIu64 " to %" PRIu64,
		    kind->min, kind->max);
	cli_error("%s: --%s %.40s: %s%s would be right", command, option, text,
	    range, kind->suffix ? ", K, M or G behind it," : "");
	return (false);
}

/* What each engine sets in the processes of an array of jobs: which of them
 * this is, and, where the engine says so, of how many. */
static const struct {
	const char *index, *count;
} number_engines[] = {{"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT"},
    {"JOB_COMPLETION_INDEX", NULL}};

/* Which of an array of jobs this process is, and of how many; NULL: unknown. */
static void
number_of_job(const char **index, const char **count)
{
	size_t i;

	*index = *count = NULL;
	for (i = 0; i < 2 && *index == NULL; i++) {
		*index = getenv(number_engines[i].index);
		if (*index != NULL && number_engines[i].count != NULL)
			*count = getenv(number_engines[i].count);
	}
}

/* Tells what is wrong with --shard "text"; always false. */
static bool
number_no_shard(const char *command, const char *text, bool job,
    const char *index, const char *count)
{

	if (!job)
		cli_error("%s: --shard %.40s: I/N with I below N, job/N or job "
			  "would be right",
		    command, text);
	else if (index == NULL)
		cli_error("%s: --shard %.40s: neither %s nor %s is set, so "
			  "this is no job of an array",
		    command, text, number_engines[0].index,
		    number_engines[1].index);
	else
		cli_error("%s: --shard %.40s: this is job %.20s, and of how "
			  "many is %.20s; an array from 0 on, and job/N where "
			  "the engine does not say how many, would be right",
		    command, text, index, count != NULL ? count : "not known");
	return (false);
}

bool
cli_shard(const char *command, const char *text, unsigned *shard,
    unsigned *shards)
{
	static const struct cli_number part = {.max = UINT_MAX};
	const char *index, *count = NULL;
	uint64_t i, of;
	char first[24] = "";
	size_t n;
	bool job;

	if (text == NULL)
		return (true);
	n = strcspn(text, "/");
	if (n < sizeof(first))
		memcpy(first, text, n);
	index = first;
	job = strcmp(first, "job") == 0;
	if (job)
		number_of_job(&index, &count);
	if (text[n] == '/')
		count = text + n + 1;
	if (index == NULL || count == NULL ||
	    !cli_read_number(index, &part, &i) ||
	    !cli_read_number(count, &part, &of) || i >= of)
		return (number_no_shard(command, text, job, index, count));
	*shard = (unsigned)i;
	*shards = (unsigned)of;
	return (true);
}

/* Says which words there are. */
static bool
words_no_such(const char *command, const char *option, const char *what,
    const char *text, int length, const struct cli_word *words)
{
	char known[200] = "";
	size_t used = 0;
	unsigned i;

	for (i = 0; words[i].name != NULL && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used,
		    "%s%s",
		    i == 0			  ? "" :
			words[i + 1].name == NULL ? " and " :
						    ", ",
		    words[i].name);
	cli_error("%s: --%s: no %s \"%.*s\"; %s there are", command, option,
	    what, length, text, known);
	return (false);
}

bool
cli_words(const char *command, const char *option, const char *text,
    const char *what, const struct cli_word *words, unsigned *bits)
{
	size_t i, n;

	for (; text != NULL && *text != '\0'; text += n + (text[n] == ',')) {
		n = strcspn(text, ",");
		for (i = 0; words[i].name != NULL; i++)
			if (strlen(words[i].name) == n &&
			    strncmp(words[i].name, text, n) == 0)
				break;
		if (words[i].name == NULL)
			return (words_no_such(command, option, what, text,
			    n < 60 ? (int)n : 60, words));
		*bits |= words[i].bit;
	}
	return (true);
}
