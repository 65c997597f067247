/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Error messages that only say "unknown" leave the user to search; one that
 * names the nearest known word mostly ends the search.
 */

#include <pmapsim/machine.h>

#include <stddef.h>
#include <string.h>

#define SUGGEST_WORD_MAX 48

/*
 * Edit distance (insert, delete, replace, swap of neighbours) of two words of
 * at most SUGGEST_WORD_MAX characters.
 */
static unsigned
suggest_distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned rows[3][SUGGEST_WORD_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2], *spare;
	unsigned best;
	size_t i, j;

	for (j = 0; j <= nb; j++)
		above[j] = (unsigned)j;
	for (i = 1; i <= na; i++) {
		row[0] = (unsigned)i;
		for (j = 1; j <= nb; j++) {
			best = above[j - 1] + (a[i - 1] != b[j - 1]);
			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
		spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return (above[nb]);
}

/* Whether a part of "name" begins as "word" does: "fork" of "vmspace_fork". */
static bool
suggest_is_part(const char *name, const char *word, size_t length)
{
	const char *part;

	for (part = name; *part != '\0'; part++)
		if ((part == name || strchr("._-", part[-1]) != NULL) &&
		    strncmp(part, word, length) == 0)
			return (true);
	return (false);
}

const char *
pmapsim_nearest(const char *word,
    const char *(*name)(void *arg, unsigned index), void *arg)
{
	const char *candidate, *nearest = NULL, *whole = NULL;
	unsigned best = ~0u, distance, index;
	size_t length, n;

	if (word == NULL || name == NULL)
		return (NULL);
	length = strlen(word);
	if (length == 0 || length > SUGGEST_WORD_MAX)
		return (NULL);
	for (index = 0; (candidate = name(arg, index)) != NULL; index++) {
		n = strlen(candidate);
		if (whole == NULL && length >= 3 &&
		    suggest_is_part(candidate, word, length))
			whole = candidate;
		if (n > SUGGEST_WORD_MAX)
			continue;
		distance = suggest_distance(word, length, candidate, n);
		if (distance < best) {
			best = distance;
			nearest = candidate;
		}
	}
	/* One letter wrong is a slip, whatever else the word is a part of. */
	if (best > 1 && whole != NULL)
		return (whole);
	/* A third of the letters wrong is one, too; more is another word. */
	return (best <= 1 + length / 3 ? nearest : NULL);
}
