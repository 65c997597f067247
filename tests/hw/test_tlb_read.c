/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptions from files: what a preset says can be written down, read and
 * used again, and whatever is wrong with a file is said in a line with its
 * name.
 */
#include "hw_fixture.h"

#include <stdlib.h>

#include <unistd.h>

#define OK_LINES "tlb x\narray l1 unified 4K entries=4 ways=2\n"

/* A file of its own for each test, removed with it. */
static char path[64];

static int
make_file(void **state)
{
	int fd;

	strcpy(path, "/tmp/test_tlb_read.XXXXXX");
	if ((fd = mkstemp(path)) < 0)
		return (-1);
	close(fd);
	return (0);
}

static int
remove_file(void **state)
{
	return (unlink(path));
}

static void
write_file(const char *text, size_t n)
{
	FILE *f;

	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* Each preset, by way of a file, is the same CPU. */
static void
test_presets_come_back(void **state)
{
	struct tlb_desc before, after;
	struct hw hw;
	const char *name, *preset;
	char err[256], *text;
	unsigned i;

	for (i = 0; (name = pmapsim_tlb_preset(i)) != NULL; i++) {
		preset = pmapsim_tlb_preset_text(name);
		write_file(preset, strlen(preset));
		if (pmapsim_tlb_read(path, &text, err, sizeof(err)) !=
		    PMAPSIM_OK)
			fail_msg("%s", err);
		assert_string_equal(text, preset);
		memset(&before, 0xaa, sizeof(before));
		memset(&after, 0x55, sizeof(after));
		assert_true(tlb_find_desc(name, &before, err, sizeof(err)));
		assert_true(tlb_find_desc(text, &after, err, sizeof(err)));
		assert_memory_equal(&before, &after, sizeof(before));
		hw_boot(&hw, 8 << 20, 1, text);
		assert_string_equal(pmapsim_tlb_name(hw.mach), name);
		hw_destroy(&hw);
		/* Its figures have their sources, and it says what it is. */
		assert_non_null(strstr(text, "\n# "));
		free(text);
	}
	hw_boot(&hw, 8 << 20, 1, NULL);
	assert_null(pmapsim_tlb_name(hw.mach));
	hw_destroy(&hw);
}

/* A last line need not be ended, and one line alone is a description too. */
static void
test_ends_of_files(void **state)
{
	char err[256], *text;

	write_file(OK_LINES, strlen(OK_LINES) - 1);
	assert_int_equal(pmapsim_tlb_read(path, &text, err, sizeof(err)),
	    PMAPSIM_OK);
	assert_string_equal(text, OK_LINES);
	free(text);
	write_file("tlb x", 5);
	assert_int_equal(pmapsim_tlb_read(path, &text, err, sizeof(err)),
	    PMAPSIM_EINVAL);
	assert_null(text);
	assert_non_null(strstr(err, ":1: it ends without an l1 array"));
}

static void
expect(int error, const char *message)
{
	char err[256], *text = path, want[200];

	assert_int_equal(pmapsim_tlb_read(path, &text, err, sizeof(err)),
	    error);
	assert_null(text);
	snprintf(want, sizeof(want), "%s%s", path, message);
	assert_string_equal(err, want);
}

static void
test_wrong_files_are_explained(void **state)
{
	static char large[65536 + 1];
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"", ":1: it ends without tlb NAME"},
	    {"\n\n", ":2: it ends without tlb NAME"},
	    {OK_LINES "\n# c\nchace pde entries=4 ways=4\n",
		":5: "
		"\"chace\"; tlb, array, cache or multimatch would be "
		"right; did you mean cache?"},
	    {OK_LINES "array l2 dta 4K entries=4 ways=4\n",
		":3: "
		"\"dta\"; data, instruction or unified would be right; "
		"did you mean data?"},
	    {OK_LINES "array l2 data 4M entries=4 ways=4\n",
		":3: "
		"\"4M\"; 4K, 2M or 1G would be right; did you mean 4K?"},
	    {OK_LINES "array l2 data 64K entries=4 ways=4\n",
		":3: "
		"\"64K\"; 4K, 2M or 1G would be right; did you mean 4K?"},
	    {OK_LINES "cache pml4 entries=4 ways=4\n",
		":3: "
		"\"pml4\"; pde, pdpte or pml4e would be right; did you "
		"mean pml4e?"},
	    {OK_LINES "cache pde entries=4 way=4\n",
		":3: "
		"\"way=4\"; entries=N, ways=N, ways=full or approx would "
		"be right; did you mean ways=?"},
	    {OK_LINES "cache pde entries=4 nonsense\n",
		":3: "
		"\"nonsense\"; entries=N, ways=N, ways=full or approx "
		"would be right"},
	};
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file(cases[i].text, strlen(cases[i].text));
		expect(PMAPSIM_EINVAL, cases[i].message);
	}
	write_file(OK_LINES "\0\n", strlen(OK_LINES) + 2);
	expect(PMAPSIM_EINVAL, ": byte 44 is a NUL; this is no text");
	/* All of it comments, and one byte too many. */
	memset(large, '#', sizeof(large));
	write_file(large, sizeof(large) - 1);
	expect(PMAPSIM_EINVAL, ":1: it ends without tlb NAME");
	write_file(large, sizeof(large));
	expect(PMAPSIM_EINVAL, ": more than 65536 bytes");
	unlink(path);
	expect(PMAPSIM_EIO, ": No such file or directory");
	make_file(NULL);
}

static void
test_directory_is_no_file(void **state)
{
	char err[256], *text;

	assert_int_equal(pmapsim_tlb_read("/tmp", &text, err, sizeof(err)),
	    PMAPSIM_EIO);
	assert_string_equal(err, "/tmp: Is a directory");
	assert_null(text);
}

/* What "text" describes is used: translations come out as a walk gives them. */
static void
use(const char *text, uint64_t seed)
{
	static const unsigned kinds[] = {MMU_READ, MMU_WRITE, MMU_FETCH};
	struct mmu_translation got, want;
	struct hw hw;
	vm_offset_t va;
	unsigned access, i, size;

	hw_boot(&hw, 8 << 20, 1, text);
	for (size = 0; size < 3; size++)
		for (i = 0; i < 40; i++)
			hw_map(&hw,
			    ((vm_offset_t)size << 39) +
				((vm_offset_t)i << tlb_shift(size)),
			    size, ((vm_paddr_t)i << 30) | HW_ALL);
	for (i = 0; i < 400; i++) {
		size = hw_random(&seed) % 3;
		va = ((vm_offset_t)size << 39) +
		    (hw_random(&seed) % 40 << tlb_shift(size)) +
		    hw_random(&seed) % PAGE_SIZE;
		access = kinds[hw_random(&seed) % 3];
		got = hw_access(&hw, va, access);
		want = hw_walk(&hw, va, access);
		assert_int_equal(got.result, MMU_OK);
		assert_int_equal(got.pa, want.pa);
		assert_int_equal(got.page_shift, want.page_shift);
		if (hw_random(&seed) % 32 == 0)
			cpu_invlpg(hw.mach, hw.cpu, va);
	}
	hw_destroy(&hw);
}

/* Puts a random piece of a preset, or a random byte, at a random place. */
static void
damage(char *text, size_t size, uint64_t *seed)
{
	static const char pieces[][24] = {"4K", "2M", "1G", ",", " ", "\n",
	    "ways=full", "ways=1", "ways=3", "entries=1", "entries=65537",
	    "entries=-1", "entries=", "splits=1G", "splits=2M,", "l1", "l2",
	    "l3", "unified", "data", "array ", "cache pde ", "tlb ", "approx",
	    "multimatch", "#", "\r", "\t", "=", "\"", "%s",
	    "99999999999999999999"};
	const char *piece;
	size_t at, cut, n = strlen(text);

	at = hw_random(seed) % (n + 1);
	cut = hw_random(seed) % 3 == 0 ? hw_random(seed) % 12 : 0;
	cut = cut < n - at ? cut : n - at;
	memmove(text + at, text + at + cut, n - at - cut + 1);
	n -= cut;
	piece = pieces[hw_random(seed) % (sizeof(pieces) / sizeof(pieces[0]))];
	if (hw_random(seed) % 3 == 0 || n + strlen(piece) + 1 > size) {
		if (at < n)
			text[at] = (char)(1 + hw_random(seed) % 255);
		return;
	}
	memmove(text + at + strlen(piece), text + at, n - at + 1);
	memcpy(text + at, piece, strlen(piece));
}

static void
test_damaged_presets(void **state)
{
	struct tlb_desc desc;
	char err[256], text[4096];
	uint64_t seed = 0x7e87;
	unsigned accepted = 0, i, n, refused = 0;

	print_message("seed %#jx\n", (uintmax_t)seed);
	for (i = 0; i < 40000; i++) {
		strcpy(text,
		    pmapsim_tlb_preset_text(pmapsim_tlb_preset(i % 4)));
		for (n = 1 + hw_random(&seed) % 4; n != 0; n--)
			damage(text, sizeof(text) - 1, &seed);
		strcat(text, "\n");
		memset(err, '#', sizeof(err));
		if (!tlb_describe(text, "f", &desc, err, sizeof(err))) {
			refused++;
			/* One line that begins with the place. */
			assert_non_null(memchr(err, '\0', sizeof(err)));
			assert_true(strncmp(err, "f:", 2) == 0 &&
			    strtoul(err + 2, NULL, 10) >= 1 &&
			    strlen(err) > 10);
			assert_null(strchr(err, '\n'));
			continue;
		}
		if (accepted++ % 16 == 0)
			use(text, seed);
	}
	print_message("%u are refused, %u are something\n", refused, accepted);
	assert_true(accepted > 1000 && refused > 1000);
}

int
main(void)
{
#define FILE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_file, remove_file)
	const struct CMUnitTest tests[] = {
	    FILE_TEST(test_presets_come_back),
	    FILE_TEST(test_ends_of_files),
	    FILE_TEST(test_wrong_files_are_explained),
	    cmocka_unit_test(test_directory_is_no_file),
	    cmocka_unit_test(test_damaged_presets),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
