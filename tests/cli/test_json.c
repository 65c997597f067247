/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the command prints with --json is read back by a JSON parser and
 * compared with what it prints without.  The command is named by
 * PMAPSIM_COMMAND.
 */
#include "support.h"

#include <sys/wait.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static FILE *
start(const char *arguments)
{
	char command[4096];
	const char *path;
	FILE *pipe;

	path = getenv("PMAPSIM_COMMAND");
	assert_non_null(path);
	snprintf(command, sizeof(command), "'%s' %s", path, arguments);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	return (pipe);
}

static json_t *
run_to(const char *arguments, int code)
{
	json_error_t error;
	json_t *root;
	FILE *pipe;

	pipe = start(arguments);
	root = json_loadf(pipe, 0, &error);
	if (root == NULL)
		fail_msg("%s: line %d: %s", arguments, error.line, error.text);
	assert_int_equal(pclose(pipe), code << 8);
	return (root);
}

static json_t *
run(const char *arguments)
{

	return (run_to(arguments, 0));
}

/* What the same command prints for a person; at most "size" - 1 bytes. */
static void
run_plain(const char *arguments, int code, char *text, size_t size)
{
	FILE *pipe;
	size_t n;

	pipe = start(arguments);
	n = fread(text, 1, size - 1, pipe);
	text[n] = '\0';
	while (fgetc(pipe) != EOF)
		continue;
	assert_int_equal(pclose(pipe), code << 8);
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text;

	text = json_string_value(json_object_get(object, key));
	if (text == NULL)
		fail_msg("\"%s\" is not a string", key);
	return (text);
}

/* Whether "plain" has what the format makes. */
static void
assert_says(const char *plain, const char *fmt, ...)
{
	char wanted[1000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(wanted, sizeof(wanted), fmt, ap);
	va_end(ap);
	if (strstr(plain, wanted) == NULL)
		fail_msg("\"%s\" is not in:\n%s", wanted, plain);
}

static int64_t
number(const json_t *object, const char *key)
{
	json_t *value;

	value = json_object_get(object, key);
	if (!json_is_integer(value))
		fail_msg("\"%s\" is not an integer", key);
	return (json_integer_value(value));
}

static void
test_default_kernels(void **state)
{
	json_t *inv, *messages, *root, *row, *rows;

	root = run("compare --json acpi-wakeup");
	rows = json_object_get(root, "kernels");
	assert_int_equal(json_array_size(rows), 12);

	row = json_array_get(rows, 0);
	assert_string_equal(json_string_value(json_object_get(row, "kernel")),
	    "8.0+litter");
	assert_string_equal(json_string_value(json_object_get(row, "outcome")),
	    "panics");
	assert_string_equal(json_string_value(json_object_get(row, "panic")),
	    "pmap_enter: attempted pmap_enter on 2MB page");
	assert_int_equal(number(row, "statements"), 8);

	row = json_array_get(rows, 2);
	assert_string_equal(json_string_value(json_object_get(row, "kernel")),
	    "8.0+litter+clear-on-unuse");
	assert_string_equal(json_string_value(json_object_get(row, "outcome")),
	    "ends");
	assert_null(json_object_get(row, "panic"));
	assert_int_equal(number(row, "promotions"), 2);
	assert_int_equal(number(row, "demotions"), 1);
	assert_int_equal(number(row, "p_failures"), 512);
	assert_int_equal(number(json_object_get(row, "promote_failed"),
			     "not_contiguous"),
	    512);
	assert_int_equal(number(row, "pte_stores"), 1035);
	assert_int_equal(number(row, "superpages"), 1);
	inv = json_object_get(row, "invalidations");
	messages = json_object_get(row, "messages");
	assert_int_equal(number(inv, "page"), 5);
	assert_int_equal(number(inv, "range"), 0);
	assert_int_equal(number(inv, "all"), 0);
	/* Eight CPUs. */
	assert_int_equal(number(messages, "page"), 7 * 5);
	assert_true(json_real_value(json_object_get(row, "superpage_share")) >
	    0);
	json_decref(root);
}

/* A trace that names no kernels is measured by its own, then by revisions. */
static void
test_own_kernel_first(void **state)
{
	json_t *root, *row, *rows;

	root = run("compare --json erratum-383-rendezvous");
	rows = json_object_get(root, "kernels");
	assert_true(json_array_size(rows) > 5);
	row = json_array_get(rows, 0);
	assert_string_equal(json_string_value(json_object_get(row, "kernel")),
	    "2010-04+erratum383");
	json_decref(root);
}

/* Each difference has the lines that the text has, and all of them. */
static void
test_diff(void **state)
{
	static const char words[] = "diff count-drift --kernels "
				    "2010-04+litter,9.0 --all --lines 999999";
	static char plain[1 << 20];
	json_t *differences, *difference, *line, *root;
	char arguments[200];
	const char *side;
	size_t i, j, n = 0;
	int s;

	run_plain(words, 1, plain, sizeof(plain));
	snprintf(arguments, sizeof(arguments), "%s --json", words);
	root = run_to(arguments, 1);
	differences = json_object_get(root, "differences");
	assert_true(json_array_size(differences) > 1);
	json_array_foreach(differences, i, difference)
	{
		assert_says(plain, "%s:%" PRId64 ": %s\n",
		    text_of(root, "trace"), number(difference, "line"),
		    text_of(difference, "statement"));
		assert_says(plain, "the first call after which the %ss differ",
		    text_of(difference, "differs"));
		assert_says(plain, "  %s:\n", text_of(difference, "kernel_b"));
		if (json_object_get(difference, "account") != NULL)
			assert_says(plain, "The switch %s accounts for it",
			    text_of(difference, "account"));
		for (s = 0; s < 2; s++) {
			side = s == 0 ? "lines_a" : "lines_b";
			json_array_foreach(json_object_get(difference, side), j,
			    line)
			{
				assert_says(plain, "    %c %s\n", "-+"[s],
				    json_string_value(line));
				n++;
			}
		}
	}
	/* No line of the text is left over. */
	for (i = 0; plain[i] != '\0'; i++)
		if (strncmp(plain + i, "\n    - ", 7) == 0 ||
		    strncmp(plain + i, "\n    + ", 7) == 0)
			n--;
	assert_int_equal(n, 0);
	json_decref(root);

	root = run("diff acpi-wakeup --kernels 9.0,9.0 -j");
	assert_int_equal(json_array_size(json_object_get(root, "differences")),
	    0);
	json_decref(root);
}

static void
test_hunt(void **state)
{
	static const char *const hunts[] = {
	    "hunt --kernel 2010-04+litter --families kmem -q",
	    "hunt --kernel 2010-04+remove-kernel-pde --calls 20000 -q",
	};
	char arguments[200], plain[10000];
	json_t *finding, *root;
	int i;

	for (i = 0; i < 2; i++) {
		run_plain(hunts[i], i == 0, plain, sizeof(plain));
		snprintf(arguments, sizeof(arguments), "%s -j", hunts[i]);
		root = run_to(arguments, i == 0);
		assert_says(plain, "%" PRId64 " calls", number(root, "calls"));
		finding = json_object_get(root, "finding");
		if (i == 0) {
			assert_says(plain, "in round %" PRId64 ": %s: %s\n",
			    number(root, "round"), text_of(finding, "kind"),
			    text_of(finding, "text"));
			assert_says(plain, "%s", text_of(root, "text"));
		} else {
			assert_null(finding);
			assert_null(json_object_get(root, "text"));
			assert_says(plain,
			    "kernel %s, seed %" PRId64 ", rounds to %" PRId64,
			    text_of(root, "kernel"), number(root, "seed"),
			    number(root, "round"));
			assert_says(plain,
			    "in %" PRId64 " statements, %" PRId64
			    " promotions, %" PRId64 " states",
			    number(root, "statements"),
			    number(root, "promotions"), number(root, "states"));
		}
		json_decref(root);
	}
}

static void
test_explore_and_shrink(void **state)
{
	char plain[10000];
	json_t *finding, *root;

	run_plain("explore", 1, plain, sizeof(plain));
	root = run_to("explore --json", 1);
	finding = json_object_get(root, "finding");
	assert_says(plain,
	    "fails in %" PRId64 " calls, and in no fewer: %s: "
	    "%s\n%" PRId64 " states, %" PRId64 " sequences\n\n%s",
	    number(root, "depth"), text_of(finding, "kind"),
	    text_of(finding, "text"), number(root, "states"),
	    number(root, "sequences"), text_of(root, "text"));
	json_decref(root);

	run_plain("explore --family kmem --depth 2", 0, plain, sizeof(plain));
	root = run("explore --family kmem --depth 2 --json");
	assert_null(json_object_get(root, "finding"));
	assert_true(json_is_true(json_object_get(root, "complete")));
	assert_says(plain,
	    "nothing fails to depth %" PRId64 ": %" PRId64 " states, %" PRId64
	    " sequences\n",
	    number(root, "depth"), number(root, "states"),
	    number(root, "sequences"));
	json_decref(root);

	run_plain("shrink acpi-wakeup", 0, plain, sizeof(plain));
	root = run("shrink acpi-wakeup --json");
	assert_string_equal(text_of(root, "text"), plain);
	assert_int_equal(number(root, "statements"), 4);
	assert_says(plain, "=> panic \"%s\"",
	    text_of(json_object_get(root, "finding"), "text"));
	json_decref(root);
}

static void
test_map(void **state)
{
	static char plain[1 << 16];
	json_t *counts, *frame, *ptes, *region, *root, *space;
	int64_t entered = 0, pages;
	unsigned full = 0, resident = 0;
	const char *key;
	json_t *value;
	size_t i;

	run_plain("map acpi-wakeup", 0, plain, sizeof(plain));
	root = run("map acpi-wakeup --json");
	assert_says(plain,
	    "%s\nkernel %s; promotions=%" PRId64 " demotions=%" PRId64
	    " p_failures=%" PRId64 "\npanic: %s\n",
	    text_of(root, "title"), text_of(root, "kernel"),
	    number(root, "promotions"), number(root, "demotions"),
	    number(root, "p_failures"), text_of(root, "panic"));
	assert_says(plain,
	    "%zu frames of 2 MB; %" PRId64 " of %" PRId64 " pages free",
	    json_array_size(json_object_get(root, "frames")),
	    number(root, "free_pages"), number(root, "pages"));
	json_array_foreach(json_object_get(root, "frames"), i, frame)
	{
		pages = 0;
		json_object_foreach(json_object_get(frame, "pages"), key, value)
		    pages += json_integer_value(value);
		assert_int_equal(pages, 512);
		full += strcmp(text_of(frame, "kind"), "full") == 0;
	}
	assert_says(plain, "%6u  #  ", full);
	space = json_array_get(json_object_get(root, "spaces"), 0);
	assert_says(plain,
	    "Address space %s: %" PRId64 " pages resident, %" PRId64 " wired\n",
	    text_of(space, "name"), number(space, "resident"),
	    number(space, "wired"));
	json_array_foreach(json_object_get(space, "regions"), i, region)
	    resident += (unsigned)number(region, "valid");
	assert_true(resident >= 512);
	json_decref(root);

	run_plain("map acpi-wakeup --region 0xffffff8000000000", 0, plain,
	    sizeof(plain));
	root = run("map acpi-wakeup --region 0xffffff8000000000 --json");
	counts = json_object_get(root, "counts");
	assert_says(plain, "in line %" PRId64 " (%s)", number(root, "line"),
	    text_of(root, "statement"));
	assert_says(plain, "%5" PRId64 " =  mapped", number(counts, "mapped"));
	assert_says(plain, "%5" PRId64 " L  litter", number(counts, "litter"));
	assert_says(plain, "The PDE is %s now", text_of(root, "pde"));
	ptes = json_object_get(root, "ptes");
	assert_int_equal(json_array_size(ptes), 512);
	json_array_foreach(ptes, i, value)
	    entered += strcmp(json_string_value(value), "entered") == 0;
	assert_int_equal(entered, number(counts, "entered"));
	assert_int_equal(entered, 1);
	json_decref(root);
}

/* What had JSON before has what the text has, too. */
static void
test_replay_and_sysctl(void **state)
{
	char plain[20000];
	const char *name;
	json_t *root, *value;

	run_plain("replay -q acpi-wakeup", 0, plain, sizeof(plain));
	root = run("replay -j acpi-wakeup");
	assert_says(plain,
	    "%s: panics, as expected; %" PRId64 " statements, %" PRId64
	    " calls",
	    text_of(root, "trace"), number(root, "statements"),
	    number(root, "calls"));
	assert_says(plain, "panic: %s\ncpuid = %" PRId64 "\n",
	    text_of(json_object_get(root, "panic"), "text"),
	    number(json_object_get(root, "panic"), "cpu"));
	json_decref(root);

	run_plain("sysctl count-drift vm.pmap pmapsim", 0, plain,
	    sizeof(plain));
	root = run("sysctl -j count-drift vm.pmap pmapsim");
	assert_true(json_object_size(root) > 10);
	json_object_foreach(root, name, value) if (json_is_integer(value))
	    assert_says(plain, "%s: %" PRId64 "\n", name,
		(int64_t)json_integer_value(value));
	json_decref(root);
}

/* Each line of the console, with the statement that made the kernel print. */
static void
test_replay_console(void **state)
{
#define CONSOLE_TRACE                                                         \
	"- <<'end'\nmachine mem=64M first=16M kmem=8M ncpu=1 superpages=off " \
	"maxproc=1\nvm_object_allocate o 4096 color=0\nvm_page_alloc o 0 "    \
	"repeat=4096\npmap_pinit a\npmap_pinit b\npmap_pinit c\npmap_enter "  \
	"a 0x10000000 o 0 access=r prot=r wired=0 repeat=4096\npmap_enter b " \
	"0x10000000 o 0 access=r prot=r wired=0 repeat=4096\npmap_enter c "   \
	"0x10000000 o 0 access=r prot=r wired=0 repeat=4000\nticks 60000\n"   \
	"pmap_enter c 0x10fa0000 o 4000 access=r prot=r wired=0 repeat=2\nend\n"
	json_t *line, *lines, *root;
	char plain[4000];
	size_t i, n = 0;

	run_plain("replay " CONSOLE_TRACE, 0, plain, sizeof(plain));
	root = run("replay -j " CONSOLE_TRACE);
	lines = json_object_get(root, "console");
	assert_int_equal(json_array_size(lines), 2);
	json_array_foreach(lines, i, line)
	{
		assert_int_equal(number(line, "line"), 9 + 2 * i);
		assert_says(plain, "\tconsole: %s\n", text_of(line, "text"));
	}
	json_decref(root);
	for (i = 0; plain[i] != '\0'; i++)
		n += strncmp(plain + i, "console:", 8) == 0;
	assert_int_equal(n, 2);

	/* Nothing was printed; and who is quiet asks for no lines. */
	root = run("replay -j acpi-wakeup");
	assert_int_equal(json_array_size(json_object_get(root, "console")), 0);
	assert_non_null(json_object_get(root, "console"));
	json_decref(root);
	root = run("replay -j -q " CONSOLE_TRACE);
	assert_null(json_object_get(root, "console"));
	json_decref(root);
#undef CONSOLE_TRACE
}

static void
check_museum(const char *name)
{
	static char plain[1 << 20];
	json_t *difference, *end, *ends, *line, *root;
	char arguments[200];
	size_t i, j, n = 0;
	int s;

	snprintf(arguments, sizeof(arguments), "museum %s --lines 999999",
	    name);
	run_plain(arguments, 0, plain, sizeof(plain));
	snprintf(arguments, sizeof(arguments), "museum %s --json", name);
	root = run(arguments);
	assert_string_equal(text_of(root, "name"), name);
	difference = json_object_get(root, "difference");
	assert_says(plain,
	    "\n  %s differs first after line %" PRId64
	    ",\n    %s\n  in %s:\n    %s\n",
	    text_of(root, "scenario"), number(difference, "line"),
	    text_of(difference, "statement"),
	    strcmp(text_of(difference, "differs"), "result") == 0 ?
		"what it gives" :
		"the state that it leaves",
	    text_of(difference, "kernel_a"));
	for (s = 0; s < 2; s++) {
		json_array_foreach(json_object_get(difference,
				       s == 0 ? "lines_a" : "lines_b"),
		    j, line)
		{
			assert_says(plain, "\n      %c %s\n", "-+"[s],
			    json_string_value(line));
			n++;
		}
	}
	for (i = 0; plain[i] != '\0'; i++)
		if (strncmp(plain + i, "\n      - ", 9) == 0 ||
		    strncmp(plain + i, "\n      + ", 9) == 0)
			n--;
	assert_int_equal(n, 0);
	/* The kernel with the bug, and each fix. */
	ends = json_object_get(root, "ends");
	assert_int_equal(json_array_size(ends),
	    1 + json_array_size(json_object_get(root, "fixed")));
	json_array_foreach(ends, i, end)
	{
		assert_says(plain, "\n    %s\n      %" PRId64 ": %s%s%s\n",
		    text_of(end, "kernel"), number(end, "line"),
		    text_of(end, "statement"),
		    text_of(end, "result")[0] == '\0' ? "" : " => ",
		    text_of(end, "result"));
		assert_string_equal(text_of(end, "result"),
		    text_of(end, "expected"));
		assert_string_equal(text_of(end, "expected"),
		    text_of(root, i == 0 ? "shown" : "right"));
		assert_true(json_is_true(json_object_get(end, "as_expected")));
	}
	json_decref(root);
}

static void
test_museum(void **state)
{
	json_t *entry, *root;
	size_t i;
	unsigned built = 0;

	root = run("museum --json");
	json_array_foreach(root, i, entry)
	{
		assert_null(json_object_get(entry, "ends"));
		if (json_is_null(json_object_get(entry, "reason")))
			built++;
	}
	assert_int_equal(built, 46);
	json_decref(root);
	check_museum("erratum-383");
	check_museum("count-drift");
}

/*
 * The counters of each CPU's arrays add up to the lines of the table, and the
 * rest to the line of sums, which is all that -q leaves.
 */
static void
test_replay_tlb(void **state)
{
	static const char *const kinds[] = {"data", "instruction"};
	static const char *const sizes[] = {"4K", "2M", "1G"};
	char plain[40000], quiet[4000];
	int64_t entries, hits, misses, sum[5];
	json_t *array, *cpu, *cpus, *root;
	size_t i, n, row;

	run_plain("replay erratum-383", 0, plain, sizeof(plain));
	run_plain("replay -q erratum-383", 0, quiet, sizeof(quiet));
	root = run("replay -j erratum-383");
	assert_string_equal(text_of(json_object_get(root, "tlb"), "name"),
	    "k10");
	cpus = json_object_get(json_object_get(root, "tlb"), "cpus");
	assert_int_equal(json_array_size(cpus), 2);
	memset(sum, 0, sizeof(sum));
	for (row = 0; row < 12; row++) {
		hits = misses = entries = 0;
		json_array_foreach(cpus, i, cpu)
		{
			assert_int_equal(number(cpu, "cpu"), i);
			array = json_object_get(cpu, "arrays");
			assert_int_equal(json_array_size(array), 12);
			array = json_array_get(array, row);
			assert_int_equal(number(array, "level"), row / 6 + 1);
			assert_string_equal(text_of(array, "kind"),
			    kinds[row / 3 % 2]);
			assert_string_equal(text_of(array, "pages"),
			    sizes[row % 3]);
			hits += number(array, "hits");
			misses += number(array, "misses");
			entries += number(array, "entries");
		}
		sum[0] += hits;
		if (hits + misses + entries == 0)
			continue;
		assert_says(plain,
		    "    l%zu     %-11s  %-5s  %12" PRId64 "  %12" PRId64
		    "  %7" PRId64 "\n",
		    row / 6 + 1, kinds[row / 3 % 2], sizes[row % 3], hits,
		    misses, entries);
	}
	json_array_foreach(cpus, n, cpu)
	{
		sum[1] += number(cpu, "walks");
		sum[2] += number(cpu, "walk_steps");
		sum[3] += number(cpu, "covered");
		sum[4] += number(json_object_get(cpu, "cache_hits"), "pde");
	}
	assert_true(sum[0] > 0 && sum[1] > 0 && sum[3] > 0 && sum[4] > 0);
	assert_says(plain,
	    "TLB k10, 2 CPUs: %" PRId64 " hits, %" PRId64 " walks of %" PRId64
	    " entries, ",
	    sum[0], sum[1], sum[2]);
	assert_says(quiet,
	    "TLB k10, 2 CPUs: %" PRId64 " hits, %" PRId64 " walks of %" PRId64
	    " entries, ",
	    sum[0], sum[1], sum[2]);
	assert_says(plain,
	    "    %" PRId64 " KB covered; walks begun below a "
	    "cached PDE %" PRId64 ", ",
	    sum[3] / 1024, sum[4]);
	assert_null(strstr(quiet, "covered"));
	json_decref(root);

	root = run("replay -j acpi-wakeup");
	assert_null(json_object_get(root, "tlb"));
	json_decref(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_default_kernels),
	    cmocka_unit_test(test_own_kernel_first),
	    cmocka_unit_test(test_diff),
	    cmocka_unit_test(test_hunt),
	    cmocka_unit_test(test_explore_and_shrink),
	    cmocka_unit_test(test_map),
	    cmocka_unit_test(test_replay_and_sysctl),
	    cmocka_unit_test(test_replay_console),
	    cmocka_unit_test(test_museum),
	    cmocka_unit_test(test_replay_tlb),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
