/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The canonical dump: each kind of line, the order of sections, the digest as
 * FNV-1a of exactly that text, and the comparison with a trace's dump.  The
 * golden traces pin the rest.
 */
#include <stdlib.h>

#include "support.h"

#include "amd64/pmap_var.h"
#include "trace/trace_var.h"

#define MACHINE "machine mem=20M first=4M kmem=2M ncpu=2\n"

/* A dump as one string. */
struct text {
	char *s;
	size_t size;
	unsigned pieces;
	FILE *out;
};

static void
text_write(void *arg, const char *s, size_t size)
{
	struct text *t = arg;

	t->pieces++;
	assert_int_equal(fwrite(s, 1, size, t->out), size);
}

/* Replays "text" on "*rp", and gives back its dump, which the test frees. */
static char *
dump_of(const char *trace_text, const char *prefix, uint64_t *digest)
{
	struct pmapsim_trace *trace;
	struct pmapsim_replay *rp;
	struct text t = {0};
	char err[256];

	assert_int_equal(pmapsim_trace_from_memory("t", trace_text,
			     strlen(trace_text), &trace, err, sizeof(err)),
	    PMAPSIM_OK);
	assert_int_equal(pmapsim_replay_start(trace, NULL, &rp, err,
			     sizeof(err)),
	    PMAPSIM_OK);
	if (pmapsim_replay_run(rp) != PMAPSIM_REPLAY_MATCHED)
		fail_msg("%s", pmapsim_replay_result(rp)->message);
	t.out = open_memstream(&t.s, &t.size);
	assert_non_null(t.out);
	pmapsim_replay_dump(rp, prefix, text_write, &t);
	fclose(t.out);
	if (digest != NULL)
		*digest = pmapsim_replay_digest(rp);
	pmapsim_replay_end(rp);
	pmapsim_trace_close(trace);
	return (t.s);
}

/* FNV-1a as its authors define it. */
static uint64_t
fnv(const char *s)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *s != '\0'; s++) {
		hash ^= (unsigned char)*s;
		hash *= UINT64_C(0x100000001b3);
	}
	return (hash);
}

static void
test_fresh_machine(void **state)
{
	static const char expected[] =
	    "stats promotions=0 demotions=0 mappings=0 p_failures=0 free=4094 "
	    "wired=2\n"
	    "pmap kernel resident=0 wired=0\n"
	    "pde 0xffffff8000000000 0x1001063\n"
	    "object kernel\n"
	    "object kmem\n"
	    "partpopq\n"
	    "free 1 1 0x1002000\n"
	    "free 1 2 0x1004000\n"
	    "free 1 3 0x1008000\n"
	    "free 1 4 0x1010000\n"
	    "free 1 5 0x1020000\n"
	    "free 1 6 0x1040000\n"
	    "free 1 7 0x1080000\n"
	    "free 1 8 0x1100000\n"
	    "free 1 9 0x1200000\n"
	    "freedma 0 10 0x400000\n"
	    "freedma 0 11 0x800000\n";
	uint64_t digest;
	char *dump;

	(void)state;
	dump = dump_of(MACHINE, "", &digest);
	assert_string_equal(dump, expected);
	assert_int_equal(digest, fnv(expected));
	free(dump);
}

/* Every section in its place; "| " starts lines, not pieces. */
static void
test_all_sections_in_order(void **state)
{
	/* u: a superpage of A, 4 KB pages of A and of B, one twice. */
	static const char trace[] = MACHINE
	    "vm_object_allocate A 600 color=0\n"
	    "vm_object_allocate B 9\n"
	    "vm_page_alloc A 0 repeat=513\n"
	    "vm_page_alloc B 3 wired\n"
	    "pmap_pinit u active=1\n"
	    "pmap_enter u 0x40000000 A 0 access=w prot=rw wired=0 repeat=513\n"
	    "pmap_enter u 0x7ffffffff000 B 3 access=r prot=rx wired=1\n"
	    "pmap_pinit w\n"
	    "pmap_enter w 0x1000 B 3 access=r prot=r wired=0\n"
	    "pmap_enter u 0x1000 B 3 access=r prot=r wired=0\n"
	    "kmem_malloc 8K nowait\n"
	    "pmap_ts_referenced B 3\n"
	    "pmap_clear_reference A 512\n";
	static const char *const lines[] = {
	    "| stats promotions=1 demotions=0 mappings=0 p_failures=0",
	    "\n| pmap kernel resident=2 wired=2\n",
	    "| pde 0xffffff8000000000 0x1001063\n",
	    "| pte 0xffffff8000000000 ",
	    "\n| pte 0xffffff8000001000 ",
	    "\n| pmap u resident=", /* 515 and the tables */
	    "\n| pde 0x0 0x",
	    "\n| pte 0x1000 0x",
	    "\n| pde 0x40000000 0x80000000012004e7\n",
	    "| pde 0x40200000 0x",
	    "\n| pte 0x40200000 0x",
	    "\n| pde 0x7fffffe00000 0x",
	    "\n| pte 0x7ffffffff000 0x",
	    "\n| saved 0x40000000 0x",
	    "\n| pmap w resident=",
	    "\n| pde 0x0 0x",
	    "\n| pte 0x1000 0x",
	    "\n| object kernel\n",
	    "| object kmem\n",
	    "| page 0 0x",
	    " wire=1 dirty=0x0 ref=0 writeable=1\n",
	    "| page 1 0x",
	    "\n| object A\n",
	    "| page 0 0x1200000 wire=0 dirty=0x0 ref=0 writeable=1\n",
	    "| page 511 0x13ff000 wire=0 dirty=0x0 ref=0 writeable=1\n",
	    "| page 512 0x",
	    "\n| object B\n",
	    "| page 3 0x",
	    " wire=1 dirty=0x0 ref=0 writeable=0\n",
	    "| reserv 0x",
	    "\n| reserv 0x1200000 object=A pindex=0 popcnt=512 queued=0\n",
	    "\n| partpopq 0x",
	    "\n| free 1 ",
	    "\n| freedma ",
	    "\n| pv 0x",
	    " u:0x7ffffffff000 w:0x1000 u:0x1000\n",
	    "| pvh 0x1200000 u:0x40000000\n",
	};
	const char *p;
	char *dump;
	size_t i;

	(void)state;
	dump = dump_of(trace, "| ", NULL);
	p = dump;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		/* Each behind the one before. */
		const char *found = strstr(p, lines[i]);

		if (found == NULL)
			fail_msg("no \"%s\" in its place in\n%s", lines[i],
			    dump);
		/* A newline may end one line and start the next. */
		p = found + strlen(lines[i]) -
		    (lines[i][strlen(lines[i]) - 1] == '\n');
		if (*p == '\n' && i + 1 < sizeof(lines) / sizeof(lines[0]) &&
		    lines[i + 1][0] == '|')
			p++;
	}
	/* Nothing behind the last line. */
	assert_string_equal(p, "\n");
	for (p = dump; *p != '\0'; p = strchr(p, '\n') + 1)
		assert_memory_equal(p, "| ", 2);
	free(dump);
}

/* What the kernel counts below 0 is shown so. */
static void
test_negative_resident_count(void **state)
{
	char *dump;

	(void)state;
	dump = dump_of(
	    "machine mem=64M first=4M kmem=8M ncpu=2\n"
	    "kmem_alloc_nofault 4M => 0xffffff8000800000\n"
	    "vm_object_allocate K 1024 color=0\n"
	    "vm_page_alloc K 0 wired repeat=512\n"
	    "pmap_enter kernel 0xffffff8000800000 K 0 access=rwx prot=rwx "
	    "wired=1 repeat=512\n"
	    "pmap_remove kernel 0xffffff8000800000 0xffffff8000a00000\n"
	    "pmap_enter kernel 0xffffff8000800000 K 0 access=rwx prot=rwx "
	    "wired=1 repeat=512\n"
	    "resident kernel => resident=1 wired=512\n"
	    "pmap_remove kernel 0xffffff8000800000 0xffffff8000a00000\n"
	    "resident kernel => resident=-511 wired=0\n",
	    "", NULL);
	assert_non_null(strstr(dump, "pmap kernel resident=-511 wired=0\n"));
	free(dump);
}

/* Objects without a name of the trace's get one that no trace can give. */
static void
test_objects_of_no_trace(void **state)
{
	struct machine *mach;
	struct text t = {0};
	vm_object_t object;
	uint64_t digest;

	(void)state;
	mach = support_boot("mem=20M first=4M kmem=2M ncpu=2");
	object = support_object(mach, 3, NULL);
	support_page(mach, object, 1, VM_ALLOC_NORMAL);
	t.out = open_memstream(&t.s, &t.size);
	assert_non_null(t.out);
	pmapsim_dump(mach, "", text_write, &t);
	fclose(t.out);
	digest = pmapsim_digest(mach);
	assert_int_equal(digest, fnv(t.s));
	assert_non_null(strstr(t.s, "\nobject kmem\nobject obj@"));
	free(t.s);
	/* Looking changes nothing. */
	assert_int_equal(pmapsim_digest(mach), digest);
	/* And a change shows. */
	vm_page_free(mach, vm_page_lookup(mach, object, 1));
	assert_int_not_equal(pmapsim_digest(mach), digest);
	vm_object_deallocate(mach, object);
	support_destroy(mach);
}

/* Nothing but managed pages has mappings to list, whatever its list holds. */
static void
test_unmanaged_page_has_no_pv_line(void **state)
{
	static const char
	    freed[] = "machine mem=32M first=16M kmem=0\n"
		      "pmap_pinit u\nvm_object_allocate a 9\n"
		      "vm_page_alloc a 0 => 0x1800000\n"
		      "pmap_enter u 0x400000 a 0 access=r prot=r wired=0\n"
		      "vm_page_free a 0\n";
	char *text, reused[512];

	(void)state;
	text = dump_of(freed, "", NULL);
	assert_non_null(strstr(text, "\npv 0x1800000 u:0x400000\n"));
	free(text);
	snprintf(reused, sizeof(reused),
	    "%svm_page_alloc kernel 0 => "
	    "0x1800000\n",
	    freed);
	text = dump_of(reused, "", NULL);
	assert_non_null(strstr(text, "\npage 0 0x1800000 wire=0 "));
	assert_null(strstr(text, "\npv "));
	free(text);
}

/*
 * Long lists and many lines leave in pieces, of which no line is torn apart
 * wrongly: the sum of them is the text, whatever the buffer.
 */
static void
test_large_dump_is_whole(void **state)
{
	static const char trace
	    [] = "machine mem=64M first=16M kmem=8M\n"
		 "vm_object_allocate A 10000\n"
		 "pmap_pinit a-pmap-with-a-long-name.01234\n"
		 "vm_page_alloc A 0 repeat=9000\n"
		 "pmap_enter a-pmap-with-a-long-name.01234 0x1000 A 0 access=w "
		 "prot=rw wired=0 repeat=9000\n"
		 "vm_page_alloc A 9500\n"
		 "pmap_enter a-pmap-with-a-long-name.01234 0x80000000 A 9500 "
		 "access=w prot=rw wired=0\n";
	unsigned pages = 0, pvs = 0, ptes = 0;
	uint64_t digest;
	char *dump, *line;

	(void)state;
	dump = dump_of(trace, "", &digest);
	assert_int_equal(digest, fnv(dump));
	assert_true(strlen(dump) > 1000000);
	for (line = dump; *line != '\0'; line = strchr(line, '\n') + 1) {
		pages += strncmp(line, "page ", 5) == 0;
		ptes += strncmp(line, "pte ", 4) == 0;
		pvs += strncmp(line, "pv ", 3) == 0;
	}
	assert_int_equal(pages, 9001);
	assert_int_equal(ptes, 9001);
	assert_int_equal(pvs, 9001);
	free(dump);
}

/* A replay of "dump" with "lines" behind it; what it says at the end. */
static enum pmapsim_replay_outcome
compare_dump(const char *lines, char *message, size_t size, char *expected,
    char *got)
{
	const struct pmapsim_replay_result *result;
	enum pmapsim_replay_outcome outcome;
	struct pmapsim_trace *trace;
	struct pmapsim_replay *rp;
	char text[4096];

	snprintf(text, sizeof(text), MACHINE "dump\n%s", lines);
	assert_int_equal(pmapsim_trace_from_memory("t", text, strlen(text),
			     &trace, message, size),
	    PMAPSIM_OK);
	assert_int_equal(pmapsim_replay_start(trace, NULL, &rp, message, size),
	    PMAPSIM_OK);
	outcome = pmapsim_replay_run(rp);
	result = pmapsim_replay_result(rp);
	snprintf(message, size, "%s", result->message);
	if (outcome == PMAPSIM_REPLAY_MISMATCH) {
		strcpy(expected, result->expected);
		strcpy(got, result->got);
	}
	pmapsim_replay_end(rp);
	pmapsim_trace_close(trace);
	return (outcome);
}

/* The first differing line is told, with its number and both versions. */
static void
test_dump_mismatch_names_the_line(void **state)
{
	char expected[512], got[512], message[512], lines[4096];
	char *dump, *line, *p;
	size_t length;

	(void)state;
	dump = dump_of(MACHINE, "| ", NULL);
	assert_int_equal(compare_dump(dump, message, sizeof(message), expected,
			     got),
	    PMAPSIM_REPLAY_MATCHED);
	/* No dump behind it: nothing to compare. */
	assert_int_equal(compare_dump("", message, sizeof(message), expected,
			     got),
	    PMAPSIM_REPLAY_MATCHED);

	/* One character of the fourth line, which is line 6 of the trace. */
	strcpy(lines, dump);
	line = strstr(lines, "| object kernel");
	assert_non_null(line);
	line[3] = 'B';
	assert_int_equal(compare_dump(lines, message, sizeof(message), expected,
			     got),
	    PMAPSIM_REPLAY_MISMATCH);
	assert_string_equal(expected, "| oBject kernel");
	assert_string_equal(got, "| object kernel");
	assert_string_equal(message,
	    "t:6: expected | oBject kernel, got | object kernel");

	/* A line too few at the end, and one too many. */
	strcpy(lines, dump);
	p = strstr(lines, "| freedma 0 11");
	*p = '\0';
	assert_int_equal(compare_dump(lines, message, sizeof(message), expected,
			     got),
	    PMAPSIM_REPLAY_MISMATCH);
	assert_string_equal(expected, "(nothing)");
	assert_string_equal(got, "| freedma 0 11 0x800000");
	snprintf(lines, sizeof(lines), "%s| pvh 0x0\n", dump);
	assert_int_equal(compare_dump(lines, message, sizeof(message), expected,
			     got),
	    PMAPSIM_REPLAY_MISMATCH);
	assert_string_equal(expected, "| pvh 0x0");
	assert_string_equal(got, "(nothing)");

	/* Cut off in the last line; without its newline it is whole. */
	strcpy(lines, dump);
	length = strlen(lines);
	lines[length - 1] = '\0';
	assert_int_equal(compare_dump(lines, message, sizeof(message), expected,
			     got),
	    PMAPSIM_REPLAY_MATCHED);
	lines[length - 3] = '\0';
	assert_int_equal(compare_dump(lines, message, sizeof(message), expected,
			     got),
	    PMAPSIM_REPLAY_MISMATCH);
	assert_string_equal(expected, "| freedma 0 11 0x8000");

	/* Blanks before the ends of lines, as some systems write them. */
	for (p = lines, line = dump; *line != '\0'; line++) {
		if (*line == '\n')
			*p++ = '\r';
		*p++ = *line;
	}
	*p = '\0';
	assert_int_equal(compare_dump(lines, message, sizeof(message), expected,
			     got),
	    PMAPSIM_REPLAY_MATCHED);
	free(dump);
}

/* A pm_root that leads in a circle is said to, and the dump goes on. */
static void
test_endless_pm_root(void **state)
{
	vm_page_t pages[512];
	struct machine *mach;
	struct text t = {0};
	vm_page_t m;

	mach = support_boot(SUPPORT_SMALL);
	support_superpage(mach, pages);
	m = pmapsim_kernel_pmap(mach)->pm_root;
	m->left = m;
	t.out = open_memstream(&t.s, &t.size);
	assert_non_null(t.out);
	pmapsim_dump(mach, "| ", text_write, &t);
	fclose(t.out);
	assert_non_null(strstr(t.s, "\n| saved ?\n| object kernel\n"));
	m->left = NULL;
	support_destroy(mach);
	free(t.s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fresh_machine),
	    cmocka_unit_test(test_all_sections_in_order),
	    cmocka_unit_test(test_negative_resident_count),
	    cmocka_unit_test(test_objects_of_no_trace),
	    cmocka_unit_test(test_unmanaged_page_has_no_pv_line),
	    cmocka_unit_test(test_large_dump_is_whole),
	    cmocka_unit_test(test_dump_mismatch_names_the_line),
	    cmocka_unit_test(test_endless_pm_root),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
