/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptions of TLBs: the presets, and what is said of wrong ones.
 */
#include <ctype.h>

#include "tlb_fixture.h"

/* The figures of the presets, as their manuals have them. */
static void
test_presets(void **state)
{
	static const struct {
		const char *name;
		unsigned l1d[3], l1i[3], l2d[3], l2i[3]; /* entries by size */
		unsigned ways_l2;
		bool machine_check;
	} want[] = {
	    {"k10", {48, 48, 48}, {32, 16, 16}, {512, 128, 16}, {512, 0, 0}, 4,
		true},
	    {"nehalem", {64, 32, 0}, {128, 7, 0}, {512, 0, 0}, {512, 0, 0}, 4,
		false},
	    {"skylake", {64, 32, 4}, {128, 8, 0}, {1536, 1536, 16},
		{1536, 1536, 16}, 12, false},
	    {"zen2", {64, 64, 64}, {64, 64, 64}, {2048, 2048, 2048},
		{512, 512, 512}, 16, false},
	};
	struct tlb_desc desc;
	struct hw hw;
	const struct tlb_place *place;
	char err[256];
	unsigned i, size;

	for (i = 0; i < 4; i++) {
		assert_string_equal(pmapsim_tlb_preset(i), want[i].name);
		assert_non_null(pmapsim_tlb_preset_text(want[i].name));
		assert_true(pmapsim_tlb_valid(want[i].name, err, sizeof(err)));
		/* What it says can be given back as a description. */
		assert_true(pmapsim_tlb_valid(
		    pmapsim_tlb_preset_text(want[i].name), err, sizeof(err)));
		assert_true(tlb_find_desc(want[i].name, &desc, err,
		    sizeof(err)));
		assert_string_equal(desc.name, want[i].name);
		assert_int_equal(desc.machine_check, want[i].machine_check);
		hw_boot(&hw, 8 << 20, 1, want[i].name);
		for (size = 0; size < 3; size++) {
#define ENTRIES(level, kind)                            \
	(place = &hw.cpu->tlb->fill[level][kind][size], \
	    place->array != NULL ? place->array->desc.entries : 0)
			assert_int_equal(ENTRIES(0, 0), want[i].l1d[size]);
			assert_int_equal(ENTRIES(0, 1), want[i].l1i[size]);
			assert_int_equal(ENTRIES(1, 0), want[i].l2d[size]);
			assert_int_equal(ENTRIES(1, 1), want[i].l2i[size]);
		}
		assert_int_equal(hw.cpu->tlb->fill[1][0][0].array->desc.ways,
		    want[i].ways_l2);
		assert_string_equal(hw.mach->config.tlb, want[i].name);
		hw_destroy(&hw);
	}
	assert_null(pmapsim_tlb_preset(4));
	assert_null(pmapsim_tlb_preset_text("k11"));
	assert_false(pmapsim_tlb_valid("k11", err, sizeof(err)));
	assert_non_null(strstr(err, "tlb=k11 is not known"));
	assert_non_null(strstr(err, "did you mean k10?"));
}

/* The machine keeps what it needs of the caller's text. */
static void
test_description_need_not_outlive_the_boot(void **state)
{
	struct hw hw;
	char text[] = TINY;

	hw_boot(&hw, 8 << 20, 1, text);
	memset(text, 'x', sizeof(text));
	assert_string_equal(hw.mach->config.tlb, TINY);
	assert_string_equal(hw.cpu->tlb->desc->name, "tiny");
	hw_destroy(&hw);
}

static void
test_wrong_descriptions_are_explained(void **state)
{
#define OK_LINES "tlb x\narray l1 unified 4K entries=4 ways=2\n"
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"\n", "line 1: it ends without tlb NAME"},
	    {"tlb\n", "line 1: tlb needs one name"},
	    {"tlb a b\n", "line 1: tlb needs one name"},
	    {"tlb a\ntlb b\n", "line 2: a second tlb; it is a already"},
	    {"tlb 0123456789012345678901234567890123\n",
		"at most 31 characters"},
	    {"tlb x\n",
		"line 1: it ends without an l1 array of 4K data "
		"pages"},
	    {"tlb x\narray l1 instruction 4K entries=4 ways=full\n"
	     "array l1 data 2M entries=4 ways=full\n"
	     "array l2 unified 4K entries=4 ways=full\n",
		"an l1 array of 4K data pages"},
	    {"tlb x\narray l1 data 4K entries=4 ways=full\n",
		"an l1 array of 4K instruction pages"},
	    {"tlb x\narray l2 unified 4K entries=4 ways=full\n",
		"an l1 array of 4K data pages"},
	    {"tlb x\n\n# c\nbogus\n",
		"line 4: \"bogus\"; tlb, array, cache or "
		"multimatch would be right"},
	    {"aray l1\n", "would be right; did you mean array?"},
	    {"array l3 data 4K entries=4 ways=4\n",
		"\"l3\"; l1 or l2 would be right"},
	    {"array l1 both 4K entries=4 ways=4\n",
		"\"both\"; data, instruction or unified"},
	    {"array l1 data 4k entries=4 ways=4\n",
		"\"4k\"; 4K, 2M or 1G would be right"},
	    {"array l1 data 4K,8M entries=4 ways=4\n", "\"8M\"; 4K"},
	    {"array l1 data 4K, entries=4 ways=4\n", "\"\"; 4K"},
	    {"array l1 data\n", "array needs a level, a kind and sizes"},
	    {"array l1 data 4K ways=4\n", "entries=N is missing"},
	    {"array l1 data 4K entries=4\n", "ways=N or ways=full"},
	    {"array l1 data 4K entries=0 ways=4\n",
		"entries=0 is too small; 1 to 65536"},
	    {"array l1 data 4K entries=65537 ways=1\n",
		"entries=65537 is too large"},
	    {"array l1 data 4K entries=x ways=1\n", "entries=x is"},
	    {"array l1 data 4K entries=4 ways=0\n", "ways=0 is"},
	    {"array l1 data 4K entries=12 ways=4\n",
		"is not a power of 2 of sets"},
	    {"array l1 data 4K entries=4 ways=8\n",
		"is not a power of 2 of sets"},
	    {"array l1 data 4K entries=10 ways=4\n",
		"is not a power of 2 of sets"},
	    {"array l1 data 4K entries=4 ways=4 fast\n",
		"\"fast\"; entries=N, ways=N, ways=full, splits=SIZE or"},
	    {"array l1 data 4K,2M splits=2M entries=4 ways=4\n",
		"splits= names a size"},
	    {"array l1 data 2M splits=4K entries=4 ways=4\n",
		"splits= names a size"},
	    {OK_LINES "array l1 data 4K entries=4 ways=2\n",
		"line 3: a page size that another l1"},
	    {OK_LINES "array l1 data 2M splits=1G entries=4 ways=2\n"
		      "array l1 data 1G entries=4 ways=2\n",
		"line 4: a page size that another l1"},
	    {OK_LINES "cache\n", "line 3: cache needs a level"},
	    {OK_LINES "cache pte entries=4 ways=2\n",
		"\"pte\"; pde, pdpte or pml4e"},
	    {OK_LINES "cache pde entries=4 ways=2 splits=1G\n",
		"\"splits=1G\"; entries=N, ways=N, ways=full or approx"},
	    {OK_LINES "cache pde,pdpte entries=4 ways=2\n"
		      "cache pdpte entries=1 ways=1\n",
		"line 4: a level that another cache"},
	    {OK_LINES "multimatch\n", "multimatch machine-check"},
	    {OK_LINES "multimatch fatal\n", "multimatch machine-check"},
	    {OK_LINES "a b c d e f g h i j k l m\n",
		"line 3: more than 12 words"},
	    {OK_LINES "01234567890123456789012345678901234567890123456789"
		      "01234567890123\n",
		"a word of 64 characters; at most 63"},
	};
	struct pmapsim_config config;
	struct tlb_desc desc;
	char err[256], text[2048];
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err[0] = '\0';
		if (pmapsim_tlb_valid(cases[i].text, err, sizeof(err)))
			fail_msg("accepted: %s", cases[i].text);
		if (strstr(err, cases[i].message) == NULL)
			fail_msg("%s\nsays: %s\nnot: %s", cases[i].text, err,
			    cases[i].message);
		assert_null(strchr(err, '\n'));
		/* A short buffer is cut, not overrun. */
		memset(text, '#', sizeof(text));
		assert_false(pmapsim_tlb_valid(cases[i].text, text, 30));
		assert_true(memchr(text, '\0', 30) != NULL && text[30] == '#');
	}
	/* More arrays than there is room for. */
	strcpy(text, "tlb x\n");
	for (i = 0; i < 13; i++)
		strcat(text,
		    i % 2 ? "array l1 data 4K entries=1 ways=1\n" :
			    "array l2 data 4K entries=1 ways=1\n");
	assert_false(tlb_describe(text, NULL, &desc, err, sizeof(err)));
	/* What is odd but right. */
	assert_true(pmapsim_tlb_valid(
	    "  tlb\tx # y\r\n"
	    "array l1 unified 4K ways=full approx entries=3 splits=2M,1G",
	    err, sizeof(err)));
	assert_true(tlb_describe(OK_LINES "cache pde entries=65536 ways=1 "
					  "approx\nmultimatch machine-check",
	    NULL, &desc, err, sizeof(err)));
	assert_true(desc.cache[0].approx);
	assert_int_equal(desc.cache[0].entries, 65536);
	assert_true(desc.machine_check);
	/* A machine is refused, with the same words. */
	pmapsim_config_init(&config);
	config.tlb = "k1o";
	assert_false(pmapsim_tlb_valid(config.tlb, err, sizeof(err)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_presets),
	    cmocka_unit_test(test_description_need_not_outlive_the_boot),
	    cmocka_unit_test(test_wrong_descriptions_are_explained),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
