/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Statements at the edges of their arguments: nothing, more than there is,
 * what is not whole pages, and kernel panics that no recorded trace ends in.
 * Each trace here says what the kernel's own functions do then.
 */
#include "support.h"

#include <pmapsim/trace.h>

#define M "machine mem=32M first=16M kmem=2M\n"
#define STRICT "machine mem=32M first=16M kmem=2M invariants=on\n"
#define KMEM "0xffffff8000000000"
/* What is left when nothing was done on machine M. */
#define UNTOUCHED                                                    \
	"stats => promotions=0 demotions=0 mappings=0 p_failures=0 " \
	"free=4094 wired=2\naudit => ok\n"

/* Replays "text", whose results must all come; the last may be a panic. */
static void
matches(const char *text)
{
	struct pmapsim_trace *trace;
	struct pmapsim_replay *rp;
	char err[512];

	assert_int_equal(pmapsim_trace_from_memory("t", text, strlen(text),
			     &trace, err, sizeof(err)),
	    PMAPSIM_OK);
	if (pmapsim_trace_check(trace, err, sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	assert_int_equal(pmapsim_replay_start(trace, NULL, &rp, err,
			     sizeof(err)),
	    PMAPSIM_OK);
	if (pmapsim_replay_run(rp) != PMAPSIM_REPLAY_MATCHED)
		fail_msg("%s\n%s", pmapsim_replay_result(rp)->message, text);
	pmapsim_replay_end(rp);
	pmapsim_trace_close(trace);
}

static void
test_kmem_malloc_sizes(void **state)
{

	(void)state;
	/* No entry can be found that starts and ends there. */
	matches(M "kmem_malloc 0 => panic "
		  "\"kmem_malloc: entry not found or misaligned\"");
	/* Rounding wraps it to nothing. */
	matches(M "kmem_malloc 0xfffffffffffff001 nowait => panic "
		  "\"kmem_malloc: entry not found or misaligned\"");
	matches(M "kmem_malloc 0xfffffffffffff000 nowait => 0\n" UNTOUCHED);
	matches(M "kmem_malloc 2097153 nowait => 0\n" UNTOUCHED);
	matches(M "kmem_malloc 2097153 => panic \"kmem_malloc(2101248): "
		  "kmem_map too small: 0 total allocated\"");
	matches(M
	    "kmem_malloc 4095 => " KMEM "\n"
	    "kmem_malloc 1 => 0xffffff8000001000\n"
	    "kmem_malloc 2M => panic \"kmem_malloc(2097152): kmem_map too "
	    "small: 8192 total allocated\"");
}

/* The range is widened to whole pages, then cut to the map. */
static void
test_kmem_free_ranges(void **state)
{

	(void)state;
	matches(M "kmem_malloc 8K => " KMEM "\n"
		  "kmem_free " KMEM " 0\n"
		  "resident kernel => resident=2 wired=2\n"
		  "kmem_free 0xffffff8000000fff 2\n"
		  "resident kernel => resident=0 wired=0\n" UNTOUCHED);
	matches(M "kmem_malloc 8K => " KMEM "\n"
		  "kmem_free 0xffffff8000001800 1\n"
		  "resident kernel => resident=1 wired=1\n"
		  "kmem_free " KMEM " 0x7ffffff000\n" UNTOUCHED);
	/* A sum that wraps ends before it starts. */
	matches(M "kmem_malloc 8K => " KMEM "\n"
		  "kmem_free " KMEM " 0xffffffffffffffff\n"
		  "resident kernel => resident=2 wired=2\naudit => ok\n");
	matches(M "kmem_free 0xffffffff80000000 8K\n" UNTOUCHED);
}

static void
test_kmem_alloc_nofault_sizes(void **state)
{

	(void)state;
	matches(M "kmem_alloc_nofault 0 => 0\n" UNTOUCHED);
	matches(M "kmem_alloc_nofault 1 => 0xffffff8000200000\n"
		  "kmem_alloc_nofault 4097 => 0xffffff8000201000\n"
		  "kmem_free_nofault 0xffffff8000201001 4096\n"
		  "kmem_alloc_nofault 8K => 0xffffff8000201000\n");
	matches(M "kmem_alloc_nofault 600G => 0\n" UNTOUCHED);
	matches(M "kmem_alloc_nofault 0xfffffffffffff001 => 0\n" UNTOUCHED);
	matches(M "kmem_alloc_nofault 400G => panic "
		  "\"pmap_growkernel: no memory to grow kernel\"");
}

static void
test_no_calls_and_no_pages(void **state)
{

	(void)state;
	matches(M "vm_page_alloc kernel 0 repeat=0 => n=0 last=0x0 xor=0x0\n"
		  "touch kernel " KMEM " r repeat=0 => n=0 faults=0 xor=0x0\n"
		  "vm_page_free kernel 0 repeat=0\n"
		  "pmap_qenter " KMEM " kernel 0 0\n"
		  "pmap_qremove " KMEM " 0\n" UNTOUCHED);
}

/* Of a colour 16 bits are kept, of which reservations use nine. */
static void
test_color_is_cut(void **state)
{

	(void)state;
	matches(M "vm_object_allocate a 600 color=0x800010001\n"
		  "vm_page_alloc a 511 => 0x1800000\n"
		  "vm_page_alloc a 0 => 0x1a00000\n"
		  "vm_page_alloc a 512 => 0x1801000\n");
}

/*
 * A page at an index that has one.  A reservation that is found through another
 * page, the root of the tree, only says that its page is taken.
 */
static void
test_page_allocated_twice(void **state)
{
	static const char *const colors[] = {" color=0\n", "\n"};
	char text[400];
	unsigned color, other, strict;

	(void)state;
	for (color = 0; color < 2; color++)
		for (other = 0; other < 2; other++)
			for (strict = 0; strict < 2; strict++) {
				snprintf(text, sizeof(text),
				    "%svm_object_allocate a 600%s"
				    "vm_page_alloc a 3\n%s"
				    "vm_page_alloc a 3 => panic \"%s\"",
				    strict ? STRICT : M, colors[color],
				    other ? "vm_page_alloc a 4\n" : "",
				    strict && color == 0 && !other ?
					"vm_reserv_alloc_page: pindex already "
					"allocated" :
					"vm_page_insert: offset already "
					"allocated");
				matches(text);
			}
}

/* A superpage that was never used cannot be demoted, hence not wired. */
static void
test_change_wiring_of_unused_superpage(void **state)
{

	(void)state;
	matches(M
	    "pmap_pinit u\nvm_object_allocate a 600 color=0\n"
	    "vm_page_alloc a 0 repeat=512 => n=512 last=0x19ff000 xor=0x0\n"
	    "pmap_enter_object u 2M 4M a 0 prot=r\n"
	    "pmap_change_wiring u 2M 0\n"
	    "pmap_change_wiring u 2M 1 => panic "
	    "\"pmap_change_wiring: demotion failed\"");
	/* Used, it is. */
	matches(M
	    "pmap_pinit u\nvm_object_allocate a 600 color=0\n"
	    "vm_page_alloc a 0 repeat=512 => n=512 last=0x19ff000 xor=0x0\n"
	    "pmap_enter_object u 2M 4M a 0 prot=r\n"
	    "touch u 2M r => 0x1800000\n"
	    "pmap_change_wiring u 0x201000 1\n"
	    "pte u 0x201000 => pde=0x1006067 pte=0x8000000001801625\n"
	    "resident u => resident=515 wired=1\naudit => ok\n");
}

/* The boot that has not enough memory for its own page tables. */
static void
test_boot_panics(void **state)
{

	(void)state;
	matches("machine mem=32M first=16M kmem=64G => panic "
		"\"pmap_growkernel: no memory to grow kernel\"\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kmem_malloc_sizes),
	    cmocka_unit_test(test_kmem_free_ranges),
	    cmocka_unit_test(test_kmem_alloc_nofault_sizes),
	    cmocka_unit_test(test_no_calls_and_no_pages),
	    cmocka_unit_test(test_color_is_cut),
	    cmocka_unit_test(test_page_allocated_twice),
	    cmocka_unit_test(test_change_wiring_of_unused_superpage),
	    cmocka_unit_test(test_boot_panics),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
