/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "Did you mean": the nearest known name to a misspelt one.
 */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

/* Known name "index"; NULL after the last. */
typedef const char *suggest_name(void *arg, unsigned index);

/*
 * The known name with the least edit distance to "word", the first of equals;
 * NULL when none is near enough to be meant.
 */
const char *suggest_nearest(const char *word, suggest_name *name, void *arg);

#endif /* BASE_SUGGEST_H */
