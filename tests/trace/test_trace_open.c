/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a trace is opened, from a file, a pipe or memory, and what else is asked
 * of it without a machine.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace_read_fixture.h"

static void
test_trace_number_reads_decimal_hex_and_suffixes(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} numbers[] = {
	    {"0", 0},
	    {"0x0", 0},
	    {"4096", 4096},
	    {"007", 7},
	    {"0xfF", 255},
	    {"1K", 1024},
	    {"0x10M", 16 << 20},
	    {"3G", UINT64_C(3) << 30},
	    {"2T", UINT64_C(2) << 40},
	    {"18446744073709551615", UINT64_MAX},
	    {"0xffffffffffffffff", UINT64_MAX},
	    {"0x0000000000000000000001", 1},
	    {"16777215T", UINT64_C(16777215) << 40},
	};
	struct trace_text text;
	uint64_t value;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		text.s = numbers[i].text;
		text.len = strlen(text.s);
		assert_null(trace_number(text, &value));
		assert_int_equal(value, numbers[i].value);
	}
}

/*
 * Hex numbers of each length, in letters of both sizes, and with each byte that
 * lies next to a digit's in the place of each digit.  The text ends where its
 * block does, so that a sanitizer sees what is read beyond.
 */
static void
test_trace_number_reads_each_length_of_hex(void **state)
{
	static const char wrong[] = "/:@G`g xK.~\x7f";
	const uint64_t whole = UINT64_C(0xfedcba9876543210);
	char digits[32], *block;
	struct trace_text text;
	uint64_t value, want;
	unsigned k, n, i;

	(void)state;
	for (n = 1; n <= 16; n++)
		for (k = 0; k < 2; k++) {
			want = whole >> (64 - 4 * n);
			snprintf(digits, sizeof(digits),
			    k == 0 ? "0x%" PRIx64 : "0x%" PRIX64, want);
			block = malloc(n + 2);
			memcpy(block, digits, n + 2);
			text.s = block;
			text.len = n + 2;
			value = 0;
			assert_null(trace_number(text, &value));
			assert_int_equal(value, want);
			for (i = 0; i < n * (sizeof(wrong) - 1); i++) {
				memcpy(block, digits, n + 2);
				block[2 + i % n] = wrong[i / n];
				/* Behind digits it is a unit. */
				if (i % n == n - 1 && n != 1 &&
				    strchr("GK", wrong[i / n]) != NULL)
					continue;
				assert_non_null(trace_number(text, &value));
			}
			free(block);
		}
}

/* Each field of a machine line arrives in the configuration. */
static void
test_trace_read_fills_the_configuration(void **state)
{
	static const char line
	    [] = "machine mem=64M first=5M kmem=6M ncpu=7 "
		 "superpages=off invariants=on maxproc=8 kernel=9.0 tlb=none\n"
		 "stats";
	struct pmapsim_trace *trace = from_bytes(line, strlen(line));
	struct trace_reader rd;
	struct trace_stmt st;
	char err[256];

	(void)state;
	trace_reader_init(&rd, trace, err, sizeof(err));
	assert_int_equal(trace_read(&rd, &st), TRACE_READ_STMT);
	assert_int_equal(rd.config.mem, 64 << 20);
	assert_int_equal(rd.config.first, 5 << 20);
	assert_int_equal(rd.config.kmem, 6 << 20);
	assert_true(rd.config.kmem_given);
	assert_int_equal(rd.config.ncpu, 7);
	assert_false(rd.config.superpages);
	assert_true(rd.config.invariants);
	assert_int_equal(rd.config.maxproc, 8);
	assert_true(trace_text_is(st.kernel, "9.0"));
	assert_true(trace_text_is(st.tlb, "none"));
	assert_int_equal(trace_read(&rd, &st), TRACE_READ_STMT);
	assert_int_equal(trace_read(&rd, &st), TRACE_READ_END);
	assert_int_equal(trace_read(&rd, &st), TRACE_READ_END);
	pmapsim_trace_close(trace);

	trace = from_bytes("machine mem=8M first=2M", 23);
	trace_reader_init(&rd, trace, err, sizeof(err));
	assert_int_equal(trace_read(&rd, &st), TRACE_READ_STMT);
	assert_false(rd.config.kmem_given);
	assert_true(rd.config.superpages);
	assert_false(rd.config.invariants);
	assert_int_equal(rd.config.maxproc, 1000);
	pmapsim_trace_close(trace);
}

/* A statement's parts, as hooks and calls see them. */
static void
test_trace_read_fills_the_statement(void **state)
{
	static const char text[] = M
	    "  pmap_enter u 0x1000 A 16K access=w prot=rx wired=1 repeat=3"
	    " from=f,g cpu=1\t =>  panic \"x # y\"  # why\n";
	struct pmapsim_trace *trace = from_bytes(text, strlen(text));
	struct trace_reader rd;
	struct trace_stmt st;
	char err[256];

	(void)state;
	trace_reader_init(&rd, trace, err, sizeof(err));
	assert_int_equal(trace_read(&rd, &st), TRACE_READ_STMT);
	assert_int_equal(trace_read(&rd, &st), TRACE_READ_STMT);
	assert_string_equal(st.pub.op, "pmap_enter");
	assert_int_equal(st.pub.line, 2);
	assert_int_equal(st.pub.length, 74);
	assert_memory_equal(st.pub.text, "pmap_enter u", 12);
	assert_memory_equal(st.pub.text + 69, "cpu=1", 5);
	assert_int_equal(st.pub.expected_length, 13);
	assert_memory_equal(st.pub.expected, "panic \"x # y\"", 13);
	assert_true(st.expects_panic);
	assert_true(trace_text_is(st.comment, "# why"));
	assert_true(trace_text_is(st.str[0], "u"));
	assert_int_equal(st.num[1], 0x1000);
	assert_true(trace_text_is(st.str[2], "A"));
	assert_int_equal(st.num[3], 16384);
	assert_int_equal(st.key[TK_ACCESS], VM_PROT_WRITE);
	assert_int_equal(st.key[TK_PROT], VM_PROT_READ | VM_PROT_EXECUTE);
	assert_int_equal(st.key[TK_WIRED], 1);
	assert_int_equal(st.key[TK_REPEAT], 3);
	assert_int_equal(st.key[TK_CPU], 1);
	assert_true(trace_text_is(st.from, "f,g"));
	assert_int_equal(trace_read(&rd, &st), TRACE_READ_END);
	pmapsim_trace_close(trace);
}

static void
test_trace_open_tells_why_not(void **state)
{
	char directory[] = "/tmp/pmapsim-test-XXXXXX";
	char path[64], err[256];
	struct pmapsim_trace *trace = (struct pmapsim_trace *)err;
	FILE *file;

	(void)state;
	assert_int_equal(pmapsim_trace_open("/nowhere/at.all", &trace, err,
			     sizeof(err)),
	    PMAPSIM_EIO);
	assert_null(trace);
	assert_string_equal(err, "/nowhere/at.all: No such file or directory");
	assert_int_equal(pmapsim_trace_open("/", &trace, err, sizeof(err)),
	    PMAPSIM_EIO);
	assert_string_equal(err, "/: Is a directory");
	assert_int_equal(pmapsim_trace_open(NULL, &trace, err, sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_int_equal(pmapsim_trace_open("x", NULL, err, sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_int_equal(pmapsim_trace_from_memory(NULL, "", 0, &trace, err,
			     sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_int_equal(pmapsim_trace_from_memory("t", NULL, 1, &trace, err,
			     sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_int_equal(pmapsim_trace_check(NULL, err, sizeof(err)),
	    PMAPSIM_EINVAL);
	pmapsim_trace_close(NULL);

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/a.trace", directory);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(M "stats\n", file);
	fclose(file);
	assert_int_equal(pmapsim_trace_open(path, &trace, err, sizeof(err)),
	    PMAPSIM_OK);
	assert_string_equal(pmapsim_trace_name(trace), path);
	assert_int_equal(pmapsim_trace_check(trace, err, sizeof(err)),
	    PMAPSIM_OK);
	pmapsim_trace_close(trace);
	/* There, and not to be opened: even root cannot follow this. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(path, path), 0);
	assert_int_equal(pmapsim_trace_open(path, &trace, err, sizeof(err)),
	    PMAPSIM_EIO);
	assert_non_null(strstr(err, strerror(ELOOP)));
	unlink(path);
	rmdir(directory);
}

/* A pipe has no size to ask for, and may be longer than the first guess. */
static void
test_trace_open_reads_a_pipe(void **state)
{
	struct pmapsim_trace *trace;
	char err[256];
	int saved;
	FILE *pipe;

	(void)state;
	pipe = popen("printf 'machine mem=32M first=4M\\n'; "
		     "yes '# filling' | head -n 30000; echo frobnicate",
	    "r");
	assert_non_null(pipe);
	saved = dup(STDIN_FILENO);
	assert_true(dup2(fileno(pipe), STDIN_FILENO) == STDIN_FILENO);
	assert_int_equal(pmapsim_trace_open("-", &trace, err, sizeof(err)),
	    PMAPSIM_OK);
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	}
	pclose(pipe);
	assert_int_equal(pmapsim_trace_check(trace, err, sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_string_equal(err,
	    "<stdin>:30002: \"frobnicate\" is no call "
	    "that traces know");
	pmapsim_trace_close(trace);
}

/* More names than the first table has room for, made and ended in turn. */
static void
test_many_names_are_kept_apart(void **state)
{
	char err[256], *text;
	size_t size;
	unsigned i;
	FILE *out;

	(void)state;
	out = open_memstream(&text, &size);
	assert_non_null(out);
	fputs(M, out);
	for (i = 0; i < 500; i++)
		fprintf(out, "vm_object_allocate a-name-of-some-length.%u 1\n",
		    i);
	for (i = 0; i < 500; i += 2)
		fprintf(out, "vm_object_deallocate a-name-of-some-length.%u\n",
		    i);
	for (i = 0; i < 250; i++)
		fprintf(out, "vm_object_allocate b%u 1\n", i);
	for (i = 1; i < 500; i += 2)
		fprintf(out, "vm_reserv_break_all a-name-of-some-length.%u\n",
		    i);
	fflush(out);
	check_bytes(text, size, err, sizeof(err));
	assert_string_equal(err, "");
	/* The same first and last eight characters. */
	fputs("vm_object_allocate 01234567-a-89abcdef 1\n"
	      "vm_object_allocate 01234567-b-89abcdef 1\n",
	    out);
	fflush(out);
	check_bytes(text, size, err, sizeof(err));
	assert_string_equal(err, "");
	fputs("vm_reserv_break_all a-name-of-some-length.498\n", out);
	fclose(out);
	check_bytes(text, size, err, sizeof(err));
	assert_memory_equal(err,
	    "t:1254: there is no object "
	    "\"a-name-of-some-length.498\"",
	    53);
	free(text);
}

/* The table of statements is what help texts and the reader need. */
static void
test_op_info_describes_each_statement(void **state)
{
	const struct pmapsim_trace_op_info *info;
	unsigned i, n;

	(void)state;
	for (n = 0; (info = pmapsim_trace_op_info(n)) != NULL; n++) {
		assert_true(strlen(info->name) != 0);
		assert_true(strlen(info->description) != 0);
		assert_non_null(info->synopsis);
		for (i = 0; i < n; i++)
			assert_string_not_equal(info->name,
			    pmapsim_trace_op_info(i)->name);
	}
	assert_int_equal(n, OP_COUNT);
	assert_string_equal(pmapsim_trace_op_info(0)->name, "machine");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_trace_number_reads_decimal_hex_and_suffixes),
	    cmocka_unit_test(test_trace_number_reads_each_length_of_hex),
	    cmocka_unit_test(test_trace_read_fills_the_configuration),
	    cmocka_unit_test(test_trace_read_fills_the_statement),
	    cmocka_unit_test(test_trace_open_tells_why_not),
	    cmocka_unit_test(test_trace_open_reads_a_pipe),
	    cmocka_unit_test(test_many_names_are_kept_apart),
	    cmocka_unit_test(test_op_info_describes_each_statement),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
