/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text that others wrote: names of files, comments of traces and TLB files.
 * It may hold any byte, and reaches a terminal or JSON only through here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cli.h"

#define CLI_COLUMNS 79 /* that any terminal has */

/*
 * The length of the UTF-8 sequence at "s", of "size" bytes; 0: it is none.
 * Longer forms than needed, surrogates and what lies above U+10FFFF are none.
 */
static size_t
utf8_length(const unsigned char *s, size_t size)
{
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t point;
	size_t i, length;

	if (s[0] < 0x80)
		return (1);
	length = s[0] >= 0xf0 && s[0] < 0xf8 ? 4 :
	    s[0] >= 0xe0 && s[0] < 0xf0	     ? 3 :
	    s[0] >= 0xc0 && s[0] < 0xe0	     ? 2 :
					       0;
	if (length == 0 || length > size)
		return (0);
	point = s[0] & (0x7fu >> length);
	for (i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return (0);
		point = point << 6 | (s[i] & 0x3f);
	}
	if (point < least[length] || point > 0x10ffff ||
	    (point >= 0xd800 && point < 0xe000))
		return (0);
	return (length);
}

/*
 * The length of what may be shown as it is at "s"; 0: its first byte is to be
 * escaped.  U+0080 to U+009F are control characters as 0 to 31 are.
 */
static size_t
text_harmless(const unsigned char *s, size_t size)
{

	if (s[0] == '\n' || s[0] == '\t')
		return (1);
	if (s[0] < 0x20 || s[0] == 0x7f)
		return (0);
	if (s[0] == 0xc2 && size > 1 && s[1] < 0xa0)
		return (0);
	return (utf8_length(s, size));
}

void
cli_print_text(FILE *out, const char *text, size_t size)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t length;

	for (; size != 0; s += length, size -= length) {
		length = text_harmless(s, size);
		if (length != 0)
			fwrite(s, 1, length, out);
		else {
			fprintf(out, "\\x%02x", s[0]);
			length = 1;
		}
	}
}

void
cli_print_wrapped(const char *text, int column)
{
	const char *end;
	int at = column, length;

	for (; *text != '\0'; text = end) {
		text += strspn(text, " ");
		end = text + strcspn(text, " ");
		length = (int)(end - text);
		if (at > column && at + 1 + length > CLI_COLUMNS) {
			printf("\n%*s", column, "");
			at = column;
		} else if (at > column) {
			putchar(' ');
			at++;
		}
		cli_print_text(stdout, text, (size_t)length);
		at += length;
	}
	putchar('\n');
}

struct json_t *
cli_json_text(const char *text)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *s = (const unsigned char *)text;
	size_t length, size = strlen(text);
	char *copy, *p;
	json_t *json;

	copy = p = cli_json_memory(4 * size + 1);
	for (; size != 0; s += length, size -= length) {
		length = utf8_length(s, size);
		if (length != 0) {
			memcpy(p, s, length);
			p += length;
		} else {
			length = 1;
			*p++ = '\\';
			*p++ = 'x';
			*p++ = hex[s[0] >> 4];
			*p++ = hex[s[0] & 15];
		}
	}
	*p = '\0';
	json = json_string(copy);
	free(copy);
	return (json);
}
