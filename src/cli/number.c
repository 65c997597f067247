/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers in options.  Every option's number is read here, so that none can
 * overflow, wrap to another one, or have something behind it unnoticed.
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

bool
cli_shard(const char *command, const char *text, unsigned *shard,
    unsigned *shards)
{
	static const struct cli_number part = {.max = UINT_MAX};
	uint64_t i, of;
	char first[24];
	size_t n;

	if (text == NULL)
		return (true);
	n = strcspn(text, "/");
	if (n < sizeof(first) && text[n] == '/') {
		memcpy(first, text, n);
		first[n] = '\0';
		if (cli_read_number(first, &part, &i) &&
		    cli_read_number(text + n + 1, &part, &of) && i < of) {
			*shard = (unsigned)i;
			*shards = (unsigned)of;
			return (true);
		}
	}
	cli_error("%s: --shard %.40s: I/N with I below N would be right",
	    command, text);
	return (false);
}
