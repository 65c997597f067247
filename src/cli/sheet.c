/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sheets; see sheet.h.
 */
#include "cli/sheet.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SHEET_END_SIZE 21 /* bytes of "end 0123456789abcdef\n" */

/* FNV-1a of 64 bits: against accidents, not against an attacker. */
uint64_t
sheet_sum(uint64_t before, const char *text, size_t size)
{
	uint64_t h = before != 0 ? before : 0xcbf29ce484222325;
	size_t i;

	for (i = 0; i < size; i++)
		h = (h ^ (uint8_t)text[i]) * 0x100000001b3;
	return (h);
}

void
sheet_put(struct sheet *sheet, const char *key, const char *format, ...)
{
	const size_t room = sizeof(sheet->text) - SHEET_END_SIZE;
	va_list ap;
	char *line = sheet->text + sheet->size;
	int n, m;

	n = snprintf(line, room - sheet->size, "%s ", key);
	if (n < 0 || (size_t)n >= room - sheet->size)
		return;
	va_start(ap, format);
	m = vsnprintf(line + n, room - sheet->size - (size_t)n, format, ap);
	va_end(ap);
	/* A line that has no room is left out, and missed when it is read. */
	if (m < 0 || (size_t)n + (size_t)m + 1 >= room - sheet->size)
		return;
	line[n + m] = '\n';
	sheet->size += (size_t)n + (size_t)m + 1;
}

bool
sheet_write(struct sheet *sheet, const char *path)
{
	struct cli_output output;
	bool good;

	if (!cli_output_open(&output, path))
		return (false);
	fwrite(sheet->text, 1, sheet->size, output.file);
	fprintf(output.file, "end %016" PRIx64 "\n",
	    sheet_sum(0, sheet->text, sheet->size));
	/* The file's name must not reach the disk before what is in it. */
	good = fflush(output.file) == 0 &&
	    (fsync(fileno(output.file)) == 0 || errno == EINVAL);
	if (!good)
		cli_error("%.400s: %s", path, strerror(errno));
	return (cli_output_close(&output, good));
}

/* Whether the last line is the end mark of what stands before it; drops it. */
static bool
sheet_ends(struct sheet *sheet)
{
	char end[SHEET_END_SIZE + 1];

	if (sheet->size < SHEET_END_SIZE)
		return (false);
	sheet->size -= SHEET_END_SIZE;
	snprintf(end, sizeof(end), "end %016" PRIx64 "\n",
	    sheet_sum(0, sheet->text, sheet->size));
	return (memcmp(sheet->text + sheet->size, end, SHEET_END_SIZE) == 0);
}

enum sheet_found
sheet_read(struct sheet *sheet, const char *path)
{
	FILE *file;
	bool failed;

	sheet->size = sheet->at = 0;
	sheet->line = 0;
	file = fopen(path, "r");
	if (file == NULL && errno == ENOENT)
		return (SHEET_ABSENT);
	if (file == NULL) {
		cli_error("%.400s: %s", path, strerror(errno));
		return (SHEET_BAD);
	}
	errno = 0;
	sheet->size = fread(sheet->text, 1, sizeof(sheet->text), file);
	failed = ferror(file);
	if (failed)
		cli_error("%.400s: %s", path, strerror(errno));
	fclose(file);
	if (failed)
		return (SHEET_BAD);
	if (sheet->size == sizeof(sheet->text) || !sheet_ends(sheet)) {
		cli_error("%.400s: it is damaged, or was not written by "
			  "pmapsim: its last line would be \"end\" and the sum "
			  "of all before",
		    path);
		return (SHEET_BAD);
	}
	return (SHEET_READ);
}

const char *
sheet_take(struct sheet *sheet, const char *key)
{
	char *line = sheet->text + sheet->at, *end;
	const size_t length = strlen(key);

	end = memchr(line, '\n', sheet->size - sheet->at);
	sheet->line++;
	if (end == NULL || (size_t)(end - line) <= length ||
	    memcmp(line, key, length) != 0 || line[length] != ' ')
		return (NULL);
	*end = '\0';
	sheet->at += (size_t)(end - line) + 1;
	return (line + length + 1);
}

bool
sheet_take_number(struct sheet *sheet, const char *key, uint64_t *value)
{
	static const struct cli_number any = {.max = UINT64_MAX};
	const char *text = sheet_take(sheet, key);

	return (text != NULL && cli_read_number(text, &any, value));
}

bool
sheet_is_bad(const struct sheet *sheet, const char *path, const char *right)
{

	cli_error("%.400s:%u: \"%s\" would be right there", path, sheet->line,
	    right);
	return (false);
}

bool
sheet_is_of(struct sheet *sheet, struct sheet *expected, const char *path,
    const char *what)
{
	char *want, *have, *end;
	size_t room;

	expected->at = 0;
	while (expected->at < expected->size) {
		want = expected->text + expected->at;
		have = sheet->text + sheet->at;
		room = sheet->size - sheet->at;
		end = memchr(have, '\n', room);
		sheet->line++;
		if (end != NULL)
			*end = '\0';
		*strchr(want, '\n') = '\0';
		if (end == NULL || strcmp(want, have) != 0) {
			cli_error("%.400s:%u: it is of another %s: \"%.200s\", "
				  "and this one has \"%.200s\"",
			    path, sheet->line, what, end != NULL ? have : "",
			    want);
			return (false);
		}
		expected->at += strlen(want) + 1;
		sheet->at += strlen(have) + 1;
	}
	return (true);
}
