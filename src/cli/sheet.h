/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sheets: small files of lines "key value" that the command writes for itself
 * and reads again: where a hunt stands, what a campaign is, what it found.
 * The last line has the sum of all before it, so that a sheet that was cut,
 * damaged or edited is refused, and never taken for another one.
 */
#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include "cli/cli.h"

/*
 * Being written, or being read from "at" on.  Zero-filled it is an empty one;
 * it owns nothing.
 */
struct sheet {
	char text[40960];
	size_t size, at;
	unsigned line; /* read last */
};
#define SHEET_VALUE_MAX 20480 /* bytes of a value, with its end */

/* Adds a line; nothing in it may hold a new line. */
void sheet_put(struct sheet *sheet, const char *key, const char *format, ...)
    PMAPSIM_PRINTFLIKE(3, 4);
/* Replaces file "path" by the sheet; false, with the message. */
bool sheet_write(struct sheet *sheet, const char *path);

enum sheet_found {
	SHEET_READ,
	SHEET_ABSENT, /* there is no such file */
	SHEET_BAD     /* it cannot be read, or is damaged: told */
};
enum sheet_found sheet_read(struct sheet *sheet, const char *path);
/* The value of the next line, which must have "key"; NULL: it has not.  It is
 * "sheet"'s, and ends there at the first call. */
const char *sheet_take(struct sheet *sheet, const char *key);
/* Takes a number; false: the next line is none with "key". */
bool sheet_take_number(struct sheet *sheet, const char *key, uint64_t *value);
/*
 * Tells that "path" is none such that this command has written, by the line
 * read last; always false.
 */
bool sheet_is_bad(const struct sheet *sheet, const char *path,
    const char *right);
/*
 * Whether the next lines are those of "expected", all of them; if not, tells
 * that file "path", a "what", is another's.
 */
bool sheet_is_of(struct sheet *sheet, struct sheet *expected, const char *path,
    const char *what);

/* A sum of "size" bytes, which follow those whose sum is "before"; 0: none. */
uint64_t sheet_sum(uint64_t before, const char *text, size_t size);

#endif /* CLI_SHEET_H */
