/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong with a trace is named, in words and with its line; and damaged
 * text, junk and endless lines are survived.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace_read_fixture.h"

/* What replaying it says. */
static enum pmapsim_replay_outcome
replay_bytes(const void *text, size_t size, char *err, size_t errsize)
{
	struct pmapsim_trace *trace = from_bytes(text, size);
	enum pmapsim_replay_outcome outcome;
	struct pmapsim_replay *rp;

	assert_int_equal(pmapsim_replay_start(trace, NULL, &rp, err, errsize),
	    PMAPSIM_OK);
	outcome = pmapsim_replay_run(rp);
	snprintf(err, errsize, "%s", pmapsim_replay_result(rp)->message);
	pmapsim_replay_end(rp);
	pmapsim_trace_close(trace);
	return (outcome);
}

struct bad {
	const char *text;
	const char *message; /* begins with */
};

static const struct bad bad[] = {
    /* No machine, or two. */
    {"", "t:1: no statement; a trace starts with machine"},
    {"# only a comment\n\n", "t:3: no statement"},
    {"stats\n", "t:1: stats before the machine; a trace starts with"},
    {M M, "t:2: a second machine; a trace has one"},

    /* Machines that cannot be. */
    {"machine first=64M\n", "t:1: first=0x4000000 leaves no free"},
    {"machine mem=4M first=4M\n", "t:1: first=0x400000 leaves no free"},
    {"machine mem=4M first=8M\n", "t:1: first=0x800000 leaves no free"},
    {"machine mem=32M first=1M\n",
	"t:1: first=0x100000 is too small; "
	"at least 2M"},
    {"machine mem=32M first=4097K\n",
	"t:1: mem=0x2000000 and "
	"first=0x400400 must be multiples of 4096"},
    {"machine mem=33000001 first=4M\n", "t:1: mem="},
    {"machine mem=32M first=4M ncpu=0\n",
	"t:1: ncpu=0: 1 to 32 would be right"},
    {"machine mem=32M first=4M ncpu=33\n",
	"t:1: ncpu=33: 1 to 32 would be right"},
    {"machine mem=32M first=4M kmem=600G\n",
	"t:1: kmem=0x9600000000 "
	"is too large"},
    {"machine mem=32M first=4M kmem=1234\n",
	"t:1: kmem=0x4d2 must be "
	"a multiple"},
    {"machine mem=32M first=4M maxproc=0\n", "t:1: maxproc=0"},
    {"machine mem=1024T first=4M\n",
	"t:1: mem=0x4000000000000 is too "
	"large"},
    /* The direct map's tables do not fit below 2M. */
    {"machine mem=4T first=2M kmem=0\n", "t:1: "},
    {"machine mem=32M first=4M superpages=yes\n",
	"t:1: superpages=yes: on or off would be right"},
    {"machine mem=32M first=4M kernel=2010-05\n", "t:1: unknown kernel"},
    {"machine mem=32M first=4M kernel=2010-04+litre\n",
	"t:1: unknown kernel switch \"litre\"; did you mean \"litter\"?"},
    {"machine mem=32M first=4M tlb=pentium\n", "t:1: "},
    {"machine mem=32M first=4M mem=64M\n", "t:1: mem is given twice"},
    {"machine mem=32M first=4M cpus=2\n",
	"t:1: \"cpus=2\" is unknown to machine; did you mean \"ncpu\"?"},
    {"machine mem=32M first=4M cpu=1\n", "t:1: \"cpu=1\" is unknown"},
    {"machine 32M 4M\n",
	"t:1: \"32M\" is unknown to machine: machine "
	"[mem=BYTES]"},

    /* Numbers. */
    {"machine mem=32X first=4M\n", "t:1: mem=32X: is no number; digits"},
    {"machine mem=K first=4M\n", "t:1: mem=K: is no number"},
    {"machine mem=0x first=4M\n", "t:1: mem=0x: is no number"},
    {"machine mem=-1 first=4M\n", "t:1: mem=-1: is no number"},
    {"machine mem= first=4M\n", "t:1: mem=: is no number"},
    {"machine mem=18446744073709551616 first=4M\n",
	"t:1: mem=18446744073709551616: is too large a number"},
    {"machine mem=0x10000000000000000 first=4M\n",
	"t:1: "
	"mem=0x10000000000000000: is too large a number"},
    {"machine mem=16777216T first=4M\n",
	"t:1: mem=16777216T: is too large a number"},
    {M "malloc 0\n", "t:2: 0 where something above 0 must be"},
    {M "malloc 0x1000000000000\n",
	"t:2: 0x1000000000000 is too "
	"large; at most"},
    {M "kmem_malloc 99999999999999999999999999999999999999999999\n",
	"t:2: \"9999999999999999999999999999999999999999...\" is too "
	"large a number"},

    /* Calls, arguments, keys. */
    {M "pmap_entr u 0x1000 A 0\n",
	"t:2: \"pmap_entr\" is no call that "
	"traces know; did you mean \"pmap_enter\"?"},
    {M "frobnicate\n",
	"t:2: \"frobnicate\" is no call that traces "
	"know"},
    {M "kmem_malloc\n",
	"t:2: kmem_malloc takes 1 argument and 0 are "
	"given: kmem_malloc SIZE"},
    {M "kmem_free 0xffffff8000000000\n",
	"t:2: kmem_free takes 2 arguments and 1 is given"},
    {PM "pmap_enter u 0x1000 A access=r prot=r wired=0\n",
	"t:4: pmap_enter takes 4 arguments and 3 are given"},
    {M "kmem_malloc 4K 4K\n",
	"t:2: \"4K\" is unknown to kmem_malloc: "
	"kmem_malloc SIZE"},
    {M "kmem_malloc 4K nowiat\n",
	"t:2: \"nowiat\" is unknown to "
	"kmem_malloc; did you mean \"nowait\"?"},
    {M "kmem_malloc 4K nowait=1\n", "t:2: \"nowait=1\" is unknown to"},
    {M "kmem_malloc 4K zero zero\n", "t:2: zero is given twice"},
    {OBJ "vm_page_alloc A 0 req=often\n",
	"t:3: req=often: normal, "
	"system or interrupt would be right"},
    {OBJ "vm_page_alloc A 0 repeat=5T\n",
	"t:3: repeat=5T: 0 to 4294967296 would be right"},
    {OBJ "vm_page_alloc A 2T\n", "t:3: 2T is too large; at most"},
    {PM "pmap_enter u 0x1000 A 0 access=r prot=r\n",
	"t:4: pmap_enter needs wired="},
    {PM "pmap_enter u 0x1000 A 0 access=q prot=r wired=0\n",
	"t:4: access=q: letters of rwx, or -, would be right"},
    {PM "pmap_enter u 0x1000 A 0 access=r prot= wired=0\n",
	"t:4: prot=: letters of rwx"},
    {PM "pmap_enter u 0x1000 A 0 access=r prot=r wired=2\n",
	"t:4: wired=2: 0 to 1 would be right"},
    {PM "pmap_change_wiring u 0x1000 yes\n",
	"t:4: \"yes\" where 0 or 1 must be"},
    {PM "touch u 0x1000 rw\n", "t:4: \"rw\" where r, w or x must be"},
    {PM "pmap_activate u 0x100000000\n", "t:4: 0x100000000 is no mask"},
    {M "stats cpu=2\n", "t:2: cpu=2: 0 to 1 would be right"},
    {M "stats from=\n", "t:2: from=: up to 32 names"},
    {M "stats from=a,,b\n", "t:2: from=a,,b: up to 32 names"},
    {M "stats from=a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,"
       "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\n",
	"t:2: from=a,a,a,"},
    {M "inject pages 1\n", "t:2: \"pages\" cannot be made to fail"},
    {M "vmspace_alloc p\nminherit p 0x1000 4K fork\n",
	"t:3: \"fork\" where share, copy or none must be"},

    /* Addresses. */
    {PM "pmap_remove u 0x1001 0x2000\n",
	"t:4: 0x1001 is not "
	"page-aligned; it must be a multiple of 0x1000"},
    {PM "pmap_protect u 0x1000 0x2800 prot=r\n",
	"t:4: 0x2800 is not page-aligned"},
    {M "pmap_kenter 0xffffff8000000800 0x1000\n",
	"t:2: 0xffffff8000000800 is not page-aligned"},
    {M "pmap_kenter 0xffffff8000000000 0x1800\n",
	"t:2: 0x1800 is not page-aligned"},
    {M "pmap_kenter 0xffffff8000000000 0x10000000000000\n",
	"t:2: 0x10000000000000 lies beyond all memory"},
    {M "pmap_kenter 0x1000 0x1000\n",
	"t:2: 0x1000 is no kernel address; "
	"those start at 0xffffff8000000000"},
    {PM "pmap_enter u 0x800000000000 A 0 access=r prot=r wired=0\n",
	"t:4: 0x800000000000 is no address of u; those are 0 to "
	"0x7fffffffffff"},
    {PM "pmap_enter u 0x7ffffffff000 A 0 access=r prot=r wired=0 "
	"repeat=2\n",
	"t:4: 0x800000000000 is no address of u"},
    {PM "pmap_enter kernel 0x1000 A 0 access=r prot=r wired=0\n",
	"t:4: 0x1000 is no address of kernel"},
    {PM "pmap_remove u 0x2000 0x1000\n",
	"t:4: the range ends at 0x1000 "
	"before it starts at 0x2000"},
    {PM "pmap_remove u 0x2000 0x800000001000\n",
	"t:4: 0x800000001000 is no address of u"},
    {M "pmap_qremove 0xffffffffffffe000 3\n",
	"t:2: the range at 0xffffffffffffe000 runs over the end"},
    {PM "pmap_copy u u 0x1000 0x800 0x1000\n",
	"t:4: 0x800 is not page-aligned"},

    /* Names. */
    {M "vm_page_free A 0\n", "t:2: there is no object \"A\""},
    {M "vm_object_allocate heap 9\nvm_page_free haep 0\n",
	"t:3: there is no object \"haep\"; did you mean \"heap\"?"},
    {M "pmap_release u\n", "t:2: there is no pmap \"u\""},
    {PM "pmap_release u\npmap_release u\n",
	"t:5: there is no pmap "
	"\"u\""},
    {OBJ "vm_object_allocate A 1\n",
	"t:3: there is an object \"A\" already, made in line 2"},
    {M "vm_object_allocate kmem 1\n",
	"t:2: there is an object \"kmem\" from the start"},
    {PM "pmap_pinit u\n",
	"t:4: there is a pmap \"u\" already, made in "
	"line 3"},
    {M "pmap_pinit kernel\n", "t:2: there is a pmap \"kernel\" from"},
    {M "pmap_pinit a@b\n", "t:2: \"a@b\" is no name"},
    {M "pmap_pinit abcdefghijklmnopqrstuvwxyzabcdef\n",
	"t:2: \"abcdefghijklmnopqrstuvwxyzabcdef...\" is too long a "
	"name; at most 31"},
    {M "pmap_release kernel\n",
	"t:2: pmap_release is not for the "
	"kernel's own"},
    {M "vm_object_deallocate kmem\n",
	"t:2: vm_object_deallocate is "
	"not"},
    {PM "pmap_copy u kernel 0x1000 0x1000 0x1000\n",
	"t:4: pmap_copy "
	"is not for the kernel's own"},
    {PM "mmap u 0 4K prot=r\n", "t:4: there is no address space \"u\""},
    {M "vmspace_alloc p\npmap_release p\n",
	"t:3: \"p\" is an address space, which vmspace_free ends"},
    {"machine mem=32M first=4M kmem=0\nkmem_malloc 4K\n",
	"t:2: kmem_malloc needs a kmem_map, and the machine has kmem=0"},

    /* Results, dumps, ends. */
    {M "stats =>\n", "t:2: no result behind =>"},
    {M "kmem_malloc 4K => # nothing\n", "t:2: no result behind =>"},
    {PM "pmap_release u => 1\n",
	"t:4: pmap_release returns nothing; "
	"only panic \"TEXT\" can follow =>"},
    {M "kmem_malloc 4K => panic oops\n",
	"t:2: a panic's text is in "
	"quotes: panic \"TEXT\""},
    {M "kmem_malloc 4K => panic \"oops\n",
	"t:2: the quoted text behind => has no end"},
    {M "digest => 0x12\n", "t:2: \"0x12\" is no digest; 0x and 16"},
    {M "| stats\n", "t:2: a dump's line without a dump before it"},

    /* What is no text. */
    {M "stats \001\n", "t:2: byte 0x01 in column 7; a trace is plain"},
    {M "\177ELF\n", "t:2: byte 0x7f in column 1"},
    {M "kmem_malloc 4K => \200\n", "t:2: byte 0x80 in column 19"},
    {M "st\303\244ts\n", "t:2: byte 0xc3 in column 3"},

    /* Cut off. */
    {M "kmem_mal",
	"t:2: \"kmem_mal\" is no call that traces know; did "
	"you mean \"kmem_malloc\"? (the file ends in this line: is it "
	"cut off?)"},
    {M "kmem_free 0xffffff80000",
	"t:2: 0xffffff80000 is no kernel "
	"address; those start at 0xffffff8000000000 (the file ends"},
};

static void
test_bad_input_is_named(void **state)
{
	char err[512], again[512];
	unsigned wrong = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		check_bytes(bad[i].text, strlen(bad[i].text), err, sizeof(err));
		assert_null(strchr(err, '\n'));
		/* A replay comes to the same end. */
		if (replay_bytes(bad[i].text, strlen(bad[i].text), again,
			sizeof(again)) == PMAPSIM_REPLAY_BAD_INPUT &&
		    strncmp(err, bad[i].message, strlen(bad[i].message)) == 0 &&
		    strcmp(err, again) == 0)
			continue;
		print_error("%s\n    expected: %s\n    checked:  %s\n"
			    "    replayed: %s\n",
		    bad[i].text, bad[i].message, err, again);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* Only a check gets beyond a panic that does not come. */
static void
test_nothing_follows_a_panic(void **state)
{
	static const char text[] = M
	    "kmem_malloc 4K => panic \"a\"\n# this\n\nstats\n";
	char err[256];

	(void)state;
	check_bytes(text, strlen(text), err, sizeof(err));
	assert_string_equal(err,
	    "t:5: stats after the panic of line 2, which "
	    "ends the trace");
	check_bytes(text, strlen(text) - 6, err, sizeof(err));
	assert_string_equal(err, "");
}

/* All that may be written: each must pass. */
static void
test_good_input_passes(void **state)
{
	static const char *const good[] = {
	    M,
	    "\n  # a comment\n\t\nmachine mem=32M first=4M",
	    "machine first=0x400000 mem=32768K kmem=0 maxproc=10 "
	    "kernel=9.0\r\nstats\r\n",
	    M "  stats # and a comment => not a result\n",
	    M "kmem_malloc 8K zero nowait reserve => 0xffffff8000000000 "
	      "# there\n",
	    M "kmem_malloc 4K => panic \"# is \\\" text here\" # here not",
	    PM "pmap_enter u 0x1000 A 0 wired=1 prot=- access=rwx\n",
	    PM "pmap_pinit A\nvm_object_allocate u 3\n",
	    PM "pmap_release u\npmap_pinit u\n",
	    PM "pmap_remove u 0 0x800000000000\npmap_remove u 0 0\n",
	    PM "touch u 0xffffffffffffffff x repeat=3\n",
	    M "stats cpu=1 from=a,b.c,d-e\n",
	    M "dump\n| anything\n| at all\nstats\n",
	    M "dump\n| cut off",
	    M "dump",
	    M "pmap_kenter 0xffffff8000000000 0xffffffffff000\n",
	    M "malloc 8K nowait zero\nfree 0xffffff8000000000\n",
	    M "vmspace_alloc p\nvmspace_fork c p\n"
	      "mmap p 0 4K prot=rw shared fixed\nmlock p 0 4K\n"
	      "access c 0 w repeat=2\nmincore c 0\nvmspace_free c\n"
	      "touch p 0 r\nbrk p 0x1000 0x2001\nvmspace_exit p\n",
	    M "inject pv_chunk 3 after\naudit\nsysctl vm.x\npvstats\n",
	};
	char err[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		check_bytes(good[i], strlen(good[i]), err, sizeof(err));
		if (*err != '\0')
			fail_msg("%s\n    said %s", good[i], err);
	}
}

/* A good trace that uses much of the format, as raw material. */
static const char material[] = PM
    "# comment\n"
    "vm_page_alloc A 0 repeat=512 => n=512 last=0x5ff000 xor=0x0\n"
    "pmap_enter u 0x40000000 A 0 access=w prot=rw wired=0 repeat=512\n"
    "touch u 0x40000000 w => 0x400000\n"
    "kmem_malloc 64K nowait zero => 0xffffff8000000000\n"
    "pmap_protect u 0x40000000 0x40001000 prot=r\n"
    "digest => 0x0123456789abcdef\n"
    "dump\n| stats promotions=1\n| pmap kernel\n"
    "pmap_remove_all A 3 repeat=2\n"
    "vmspace_alloc p\nmmap p 0 8K prot=rw\nvmspace_free p\n"
    "kmem_free 0xffffff8000000000 64K from=a,b cpu=1\n"
    "vm_page_free A 7 => panic \"text\"\n";

/* Cut anywhere, it is good or gets a message of one line. */
static void
test_truncated_anywhere_is_survived(void **state)
{
	char err[512];
	size_t size;

	(void)state;
	for (size = 0; size <= strlen(material); size++) {
		/* A block of its own lets sanitizers see reads behind it. */
		char *copy = malloc(size + 1);

		assert_non_null(copy);
		memcpy(copy, material, size);
		check_bytes(copy, size, err, sizeof(err));
		assert_null(strchr(err, '\n'));
		free(copy);
	}
	assert_string_equal(err, "");
}

/* Bytes changed at random: read and replayed without harm. */
static void
test_damaged_anywhere_is_survived(void **state)
{
	const size_t size = strlen(material);
	uint64_t seed = 20101006;
	char copy[sizeof(material)], err[512];
	unsigned good = 0, i, n;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (i = 0; i < 3000; i++) {
		memcpy(copy, material, size);
		for (n = 1 + (unsigned)(support_random(&seed) % 3); n != 0; n--)
			copy[support_random(&seed) % size] = (char)(i % 2 == 0 ?
				support_random(&seed) :
				(unsigned char)
				    material[support_random(&seed) % size]);
		check_bytes(copy, size, err, sizeof(err));
		good += *err == '\0';
		assert_null(strchr(err, '\n'));
		if (i % 20 == 0)
			assert_int_not_equal(replay_bytes(copy, size, err,
						 sizeof(err)),
			    PMAPSIM_REPLAY_RUNNING);
	}
	/* Some damage hits comments and numbers, most does not. */
	assert_in_range(good, 1, 2999);
}

/* Nothing but noise. */
static void
test_binary_junk_is_survived(void **state)
{
	uint64_t seed = 383;
	char junk[4096], err[512];
	size_t i, round;

	(void)state;
	for (round = 0; round < 200; round++) {
		for (i = 0; i < sizeof(junk); i++)
			junk[i] = (char)support_random(&seed);
		check_bytes(junk, sizeof(junk), err, sizeof(err));
		assert_memory_equal(err, "t:", 2);
	}
	memset(junk, 0, sizeof(junk));
	check_bytes(junk, sizeof(junk), err, sizeof(err));
	assert_string_equal(err,
	    "t:1: byte 0x00 in column 1; a trace is "
	    "plain text (the file ends in this line: is it cut off?)");
}

/* Lines of 10 MB: a word, many words, a comment, a dump's line. */
static void
test_huge_lines_are_survived(void **state)
{
	const size_t huge = 10 << 20;
	const size_t start = strlen(M);
	char err[512], *text;

	(void)state;
	text = malloc(start + huge + 1);
	assert_non_null(text);
	memcpy(text, M, start);
	memset(text + start, 'x', huge);
	text[start + huge] = '\n';
	check_bytes(text, start + huge + 1, err, sizeof(err));
	assert_string_equal(err,
	    "t:2: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxx...\" is no call that traces know");

	memcpy(text + start, "kmem_malloc ", 12);
	check_bytes(text, start + huge + 1, err, sizeof(err));
	assert_string_equal(err,
	    "t:2: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxx...\" is no number");
	memset(text + start + 12, '9', huge - 12);
	check_bytes(text, start + huge + 1, err, sizeof(err));
	assert_string_equal(err,
	    "t:2: \"9999999999999999999999999999999999999"
	    "999...\" is too large a number");
	memcpy(text + start, "kmem_malloc 4K ", 15);
	check_bytes(text, start + huge + 1, err, sizeof(err));
	assert_memory_equal(err, "t:2: \"9999", 10);
	memcpy(text + start, "kmem_malloc 4K => \"", 19);
	check_bytes(text, start + huge + 1, err, sizeof(err));
	assert_string_equal(err, "t:2: the quoted text behind => has no end");
	memcpy(text + start, "pmap_pinit 99999999", 19);
	check_bytes(text, start + huge + 1, err, sizeof(err));
	assert_string_equal(err,
	    "t:2: \"9999999999999999999999999999999999999"
	    "999...\" is too long a name; at most 31 characters");
	memcpy(text + start, "pmap_release 999999", 19);
	check_bytes(text, start + huge + 1, err, sizeof(err));
	assert_string_equal(err,
	    "t:2: there is no pmap \"9999999999999999999"
	    "999999999999999999999\"");
	text[start] = '#';
	check_bytes(text, start + huge + 1, err, sizeof(err));
	assert_string_equal(err, "");
	memset(text + start, ' ', huge);
	check_bytes(text, start + huge + 1, err, sizeof(err));
	assert_string_equal(err, "");
	memcpy(text + start, "dump\n| ", 7);
	check_bytes(text, start + huge + 1, err, sizeof(err));
	assert_string_equal(err, "");
	free(text);
}

/* A message never overruns the caller's room, however small that is. */
static void
test_message_fits_its_buffer(void **state)
{
	struct pmapsim_trace *trace = from_bytes(M "frobnicate\n",
	    strlen(M "frobnicate\n"));
	char err[80];
	size_t size;

	(void)state;
	for (size = 0; size < sizeof(err); size++) {
		memset(err, '!', sizeof(err));
		assert_int_equal(pmapsim_trace_check(trace, err, size),
		    PMAPSIM_EINVAL);
		assert_int_equal(err[size], '!');
		if (size != 0)
			assert_non_null(memchr(err, '\0', size));
	}
	pmapsim_trace_close(trace);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bad_input_is_named),
	    cmocka_unit_test(test_nothing_follows_a_panic),
	    cmocka_unit_test(test_good_input_passes),
	    cmocka_unit_test(test_truncated_anywhere_is_survived),
	    cmocka_unit_test(test_damaged_anywhere_is_survived),
	    cmocka_unit_test(test_binary_junk_is_survived),
	    cmocka_unit_test(test_huge_lines_are_survived),
	    cmocka_unit_test(test_message_fits_its_buffer),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
