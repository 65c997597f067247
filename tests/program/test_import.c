/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other tools' traces, written by the test as their tools write them.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "program/import.h"

/* Imports "size" bytes; what came of it, word by word, in "text". */
static bool
run_import(const char *format, const void *bytes, size_t size, char *text,
    size_t textsize, struct run_header *header, char *err, size_t errsize)
{
	struct import import;
	struct run_reader reader;
	uint64_t words[256];
	size_t used = 0;
	FILE *file;
	bool good;
	long long i, n;
	char name[] = "/tmp/pmapsim-test-import.XXXXXX";
	int fd;

	memset(&import, 0, sizeof(import));
	err[0] = '\0';
	import.name = "input";
	import.err = err;
	import.errsize = errsize;
	import.in = fmemopen((void *)(uintptr_t)bytes, size, "r");
	assert_non_null(import.in);
	fd = mkstemp(name);
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	assert_non_null(file);
	good = import_all(&import, import_find(format), file);
	fclose(file);
	fclose(import.in);
	*header = import.writer.header;
	text[0] = '\0';
	assert_true(run_reader_open(&reader, name, err + strlen(err), 1));
	while ((n = run_reader_words(&reader, words, 256, text, textsize)) > 0)
		for (i = 0; i < n; i++) {
			used += (size_t)snprintf(text + used, textsize - used,
			    "%s%c", used == 0 ? "" : " ",
			    "rwxE"[run_word_kind(words[i])]);
			if (run_word_kind(words[i]) != RUN_EVENT) {
				used += (size_t)snprintf(text + used,
				    textsize - used, "%" PRIx64 "*%" PRIu64,
				    run_word_page(words[i]),
				    run_word_count(words[i]));
				continue;
			}
			used += (size_t)snprintf(text + used, textsize - used,
			    "%u", run_word_code(words[i]));
			i += run_word_nargs(words[i]);
		}
	run_reader_close(&reader);
	remove(name);
	return (good);
}

static const char lackey[] =
    "==7== Lackey, an example Valgrind tool\n"
    "I  00401000,3\n"
    "I  00401003,2\n"
    " S 1ffeffff8,8\n"
    "I  00401fff,2\n"
    " L 00005ffe,4\n"
    " M 00008000,4\n"
    "SYSCALL[7,1](9) sys_mmap ( 0x0, 8192, 3, 34, -1, 0 ) --> [pre-success] "
    "Success(0x4a5000)\n"
    "SYSCALL[7,1](11) sys_munmap ( 0x4a5000, 4096 )[sync] --> Success(0x0)\n"
    "SYSCALL[7,1](12) sys_brk ( 0x0 ) --> [pre-success] Success(0x900000)\n"
    "SYSCALL[7,1](12) sys_brk ( 0x921000 ) --> [pre-success] "
    "Success(0x921000)\n"
    "SYSCALL[7,1](10) sys_mprotect ( 0x1, 4096, 3 )[sync] --> Failure(0x16)\n"
    "I  00402001,1\n";

static void
test_lackey(void **state)
{
	struct run_header header;
	char text[4096], err[512];

	if (!run_import("lackey", lackey, strlen(lackey), text, sizeof(text),
		&header, err, sizeof(err)))
		fail_msg("%s", err);
	/* Three instructions of 401; the third's tail on 402; two pages. */
	assert_string_equal(text,
	    "E1 x401*3 w1ffeff*1 x402*0 r5*1 r6*1 r8*1 w8*1 E4 E5 E7 x402*1");
	assert_int_equal(header.instructions, 4);
	assert_int_equal(header.reads, 3);
	assert_int_equal(header.writes, 2);
	assert_int_equal(header.events, 4);
	assert_int_equal(header.flags, RUN_FLAG_MAPPED | RUN_FLAG_ENDED);
	assert_false(run_import("lackey", "hello\n", 6, text, sizeof(text),
	    &header, err, sizeof(err)));
	assert_non_null(strstr(err, "input:1: no line is an access"));
}

static void
test_champsim(void **state)
{
	unsigned char records[2][64];
	struct run_header header;
	char text[4096], err[512];
	uint64_t address;

	memset(records, 0, sizeof(records));
	address = 0x401234;
	memcpy(records[0], &address, 8);
	address = 0x7000123; /* stored to */
	memcpy(records[0] + 16, &address, 8);
	address = 0x7000456; /* loaded from */
	memcpy(records[0] + 32 + 24, &address, 8);
	address = 0x401238;
	memcpy(records[1], &address, 8);
	if (!run_import("champsim", records, sizeof(records), text,
		sizeof(text), &header, err, sizeof(err)))
		fail_msg("%s", err);
	assert_string_equal(text, "E1 x401*2 r7000*1 w7000*1");
	assert_int_equal(header.flags, RUN_FLAG_ENDED);
	assert_false(run_import("champsim", records, 100, text, sizeof(text),
	    &header, err, sizeof(err)));
	assert_non_null(strstr(err, "cut off"));
	memcpy(records,
	    "\xfd"
	    "7zXZ",
	    6);
	assert_false(run_import("champsim", records, sizeof(records), text,
	    sizeof(text), &header, err, sizeof(err)));
	assert_non_null(strstr(err, "xz -dc"));
}

static const char
    perf[] = "# comment\n"
	     "  70/70   page-faults:      7f0000001000     55d0c8a1234\n"
	     "  70/71   page-faults:      55d0c8b0000     55d0c8b0010\n"
	     "  99/99   page-faults:      1000     2000\n";

static void
test_perf(void **state)
{
	struct run_header header;
	char text[4096], err[512];

	if (!run_import("perf", perf, strlen(perf), text, sizeof(text), &header,
		err, sizeof(err)))
		fail_msg("%s", err);
	/* The second thread; another process is left out. */
	assert_string_equal(text, "E1 w7f0000001*1 E1 x55d0c8b0*1");
	assert_int_equal(header.threads, 2);
	assert_int_equal(header.flags, RUN_FLAG_FIRST | RUN_FLAG_ENDED);
	assert_false(run_import("perf", "70/70 cycles: 1\n", 16, text,
	    sizeof(text), &header, err, sizeof(err)));
	assert_non_null(strstr(err, "input:1: is no page fault"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lackey),
	    cmocka_unit_test(test_champsim),
	    cmocka_unit_test(test_perf),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
