/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traces on machines with TLBs: accesses through them, the detector's reports,
 * the scheduler, and the options that put a trace on other hardware.
 */
#include <stdlib.h>

#include <pmapsim/hw.h>

#include "amd64/pmap_var.h"
#include "support.h"
#include "trace/trace_var.h"

#define M "machine mem=32M first=4M kmem=2M ncpu=4"
#define U                                                                  \
	"vm_object_allocate o 512 color=0\nvm_page_alloc o 0 repeat=512\n" \
	"pmap_pinit u\npmap_pinit v\n"
#define ENTER "pmap_enter u 0x200000 o 0 access=rw prot=rw wired=0 repeat=4\n"

struct run {
	struct pmapsim_trace *trace;
	struct pmapsim_replay *rp;
	const struct pmapsim_replay_result *result;
};

static void
run(struct run *run, const char *text,
    const struct pmapsim_replay_options *options)
{
	char err[256];

	if (pmapsim_trace_from_memory("t", text, strlen(text), &run->trace, err,
		sizeof(err)) != PMAPSIM_OK ||
	    pmapsim_replay_start(run->trace, options, &run->rp, err,
		sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	pmapsim_replay_run(run->rp);
	run->result = pmapsim_replay_result(run->rp);
}

static void
end(struct run *run)
{

	pmapsim_replay_end(run->rp);
	pmapsim_trace_close(run->trace);
}

/* Replays "text" and asserts its end; "" is a match. */
static void
ends(const char *text, const char *message)
{
	struct run r;

	run(&r, text, NULL);
	if (strcmp(r.result->message, message) != 0)
		fail_msg("%s\n    ended with \"%s\", expected \"%s\"", text,
		    r.result->message, message);
	end(&r);
}

/* What a TLB has is used, whatever was stored to the tables meanwhile. */
static void
test_access_is_through_the_tlb(void **state)
{

	/* pmap_kremove() leaves the invalidation to its caller. */
	ends(M " tlb=nehalem\n"
	       "kmem_alloc_nofault 4K => 0xffffff8000200000\n"
	       "pmap_kenter 0xffffff8000200000 0x1234000\n"
	       "mmu_access kernel 0xffffff8000200010 r => 0x1234010\n"
	       "pmap_kremove 0xffffff8000200000\n"
	       "mmu_access kernel 0xffffff8000200020 r => 0x1234020\n"
	       "touch kernel 0xffffff8000200020 w => fault\n"
	       "mmu_access kernel 0xffffff8000200020 r cpu=1 => fault\n"
	       "detections => 1\n",
	    "");
	/* Without TLBs each access walks, and nothing is detected. */
	ends(M "\n"
	       "kmem_alloc_nofault 4K => 0xffffff8000200000\n"
	       "pmap_kenter 0xffffff8000200000 0x1234000\n"
	       "mmu_access kernel 0xffffff8000200010 r => 0x1234010\n"
	       "pmap_kremove 0xffffff8000200000\n"
	       "mmu_access kernel 0xffffff8000200020 w => fault\n"
	       "detections => 0\ndetection 0 => none\n",
	    "");
}

/* The whole sentence can be asserted, and it names the call. */
static void
test_detection_in_words(void **state)
{

	ends(M " tlb=nehalem\n"
	       "kmem_alloc_nofault 4K => 0xffffff8000200000\n"
	       "pmap_kenter 0xffffff8000200000 0x1234000\n"
	       "detection 0 => none\n"
	       "mmu_access kernel 0xffffff8000200010 w cpu=3\n"
	       "pmap_kremove 0xffffff8000200000 cpu=2\n"
	       "stats\n"
	       "mmu_access kernel 0xffffff8000200020 w cpu=3\n"
	       "detection 0 => \"stale translation: CPU 3 writes "
	       "0xffffff8000200020 by l1 data 4K entry 0xffffff8000200000 -> "
	       "0x1234000 w-xdg, but it is not-mapped; tables 0x121027 "
	       "0x1000063 0x1002063 0; left by call 3: pmap_kremove "
	       "0xffffff8000200000 cpu=2\"\n",
	    "");
}

/*
 * User addresses are the program's to access, kernel addresses the kernel's,
 * unless "user" says that the program tries.
 */
static void
test_modes(void **state)
{

	ends(M " tlb=zen2\n" U ENTER "mmu_access u 0x200123 w => 0x1800123\n"
	       "mmu_access u 0x201000 x => fault\n"
	       "mmu_access u 0x200000 r user => 0x1800000\n"
	       "mmu_access u 0x200000 r repeat=6 => n=6 faults=2 xor=0x0\n"
	       "mmu_access v 0x200000 r => fault\n"
	       "mmu_access kernel 0x200000 r => fault\n"
	       "kmem_malloc 4K => 0xffffff8000000000\n"
	       "mmu_access u 0xffffff8000000008 r\n"
	       "mmu_access u 0xffffff8000000008 r user => fault\n"
	       "mmu_access kernel 0x800000000000 r => fault\n"
	       "detections => 0\n",
	    "");
}

static void
assert_active(struct run *r, const char *name, uint32_t mask)
{

	assert_int_equal(pmapsim_pmap_active(pmapsim_replay_pmap(r->rp, name)),
	    mask);
}

/* An access switches its CPU as a context switch does, and no other. */
static void
test_access_switches_in(void **state)
{
	struct machine *mach;
	struct run r;
	pmap_t u, v;

	run(&r,
	    M " tlb=skylake\n" U ENTER
	      "mmu_access u 0x200000 r cpu=0\nmmu_access u 0x200000 r cpu=2\n"
	      "mmu_access v 0x200000 r cpu=1\nmmu_access v 0x200000 r cpu=2\n"
	      "mmu_access kernel 0xffffff8000000000 r cpu=2\n",
	    NULL);
	assert_string_equal(r.result->message, "");
	mach = pmapsim_replay_machine(r.rp);
	u = pmapsim_replay_pmap(r.rp, "u");
	v = pmapsim_replay_pmap(r.rp, "v");
	assert_active(&r, "u", 1);
	assert_active(&r, "v", 6);
	assert_ptr_equal(mach->cpus[0].curpmap, u);
	assert_ptr_equal(mach->cpus[1].curpmap, v);
	assert_ptr_equal(mach->cpus[2].curpmap, v);
	assert_ptr_equal(mach->cpus[3].curpmap, kernel_pmap);
	assert_int_equal(mach->cpus[0].cr3, u->pm_pml4[PML4PML4I] & PG_FRAME);
	assert_int_equal(mach->cpus[2].cr3, v->pm_pml4[PML4PML4I] & PG_FRAME);
	assert_int_equal(mach->curcpu, 0);
	end(&r);
}

/* A CPU that is taken out of the mask has switched away: its TLB is empty. */
static void
test_mask_switches_out(void **state)
{
	struct machine *mach;
	struct run r;

	ends(M " tlb=nehalem\n" U ENTER
	       "mmu_access u 0x200000 r cpu=1 => 0x1800000\n"
	       "pmap_activate u 0x1\n"
	       "pmap_remove u 0x200000 0x204000\n"
	       "mmu_access u 0x200000 r cpu=1 => fault\n"
	       "detections => 0\n",
	    "");
	run(&r,
	    M " tlb=nehalem\n" U ENTER
	      "mmu_access u 0x200000 r cpu=1\nmmu_access u 0x200000 r cpu=2\n"
	      "pmap_activate u 0xc cpu=3\n",
	    NULL);
	assert_string_equal(r.result->message, "");
	mach = pmapsim_replay_machine(r.rp);
	assert_active(&r, "u", 0xc);
	assert_ptr_equal(mach->cpus[1].curpmap, kernel_pmap);
	assert_int_equal(mach->cpus[1].cr3, mach->pmap->KPML4phys);
	assert_ptr_equal(mach->cpus[2].curpmap, pmapsim_replay_pmap(r.rp, "u"));
	end(&r);
}

/* A promotion's two sizes are a fault on family 10h and nowhere else. */
static void
test_multimatch_by_preset(void **state)
{
	static const char
	    body[] = "vmspace_alloc p\n"
		     "mmap p 0x800000000 2M prot=rw => 0x800000000\n"
		     "access p 0x800000000 w repeat=512\n"
		     "access p 0x8001fe000 r\n";
	static const struct {
		const char *machine;
		unsigned detections;
	} cases[] = {
	    {" kmem=0 tlb=k10\n", 1},
	    {" kmem=0 tlb=k10 kernel=2010-04+erratum383\n", 0},
	    {" kmem=0 tlb=nehalem\n", 0},
	    {" kmem=0 tlb=skylake\n", 0},
	    {" kmem=0 tlb=zen2\n", 0},
	    {" kmem=0\n", 0},
	};
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text),
		    "machine mem=64M first=16M%s%s"
		    "stats => promotions=1 demotions=0 mappings=0 "
		    "p_failures=0 free=11771 wired=5\ndetections => %u\n",
		    cases[i].machine, body, cases[i].detections);
		ends(text, "");
	}
}

/* ---- the scheduler ------------------------------------------------------ */

/* Where each statement was made. */
struct places {
	unsigned n;
	unsigned cpu[64];
};

static bool
note_place(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct places *places = arg;
	struct machine *mach = pmapsim_replay_machine(replay);
	unsigned cpu;

	if (strcmp(statement->op, "mmu_access") != 0)
		return (true);
	/* Who has it loaded, made the access. */
	for (cpu = 0;
	     mach->cpus[cpu].curpmap != pmapsim_replay_pmap(replay, "u"); cpu++)
		assert_true(cpu < mach->config.ncpu);
	places->cpu[places->n++] = cpu;
	pmapsim_pmap_set_active(pmapsim_replay_pmap(replay, "u"), 0);
	mach->cpus[cpu].curpmap = kernel_pmap;
	return (true);
}

static void
schedule(const char *key, const char *between, struct places *places)
{
	struct pmapsim_replay_options options = {.after = note_place,
	    .arg = places};
	struct run r;
	char text[4096];
	size_t n;
	int i;

	memset(places, 0, sizeof(*places));
	n = (size_t)snprintf(text, sizeof(text), M "%s\n" U, key);
	for (i = 0; i < 40; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "mmu_access u 0x200000 r%s\n%s", i == 7 ? " cpu=3" : "",
		    between);
	run(&r, text, &options);
	assert_string_equal(r.result->message, "");
	assert_int_equal(places->n, 40);
	assert_int_equal(places->cpu[7], 3);
	end(&r);
}

static void
test_scheduler(void **state)
{
	struct places a, b;
	unsigned i, seen = 0;

	schedule("", "", &a);
	for (i = 0; i < 40; i++)
		assert_int_equal(a.cpu[i], i == 7 ? 3 : 0);
	schedule(" schedule=1", "", &a);
	for (i = 0; i < 40; i++)
		seen |= 1u << a.cpu[i];
	assert_int_equal(seen, 15);
	/* A function of the seed, which no question disturbs. */
	schedule(" schedule=1 tlb=nehalem", "", &b);
	assert_memory_equal(&a, &b, sizeof(a));
	schedule(" schedule=1", "resident u\n", &b);
	assert_memory_equal(&a, &b, sizeof(a));
	schedule(" schedule=2", "", &b);
	assert_memory_not_equal(&a, &b, sizeof(a));
}

/* ---- other hardware ----------------------------------------------------- */

static void
test_options_change_the_machine(void **state)
{
	static const char text[] = M
	    "\n" U ENTER "mmu_access u 0x200000 r cpu=2 => 0x1800000\n"
	    "digest => 0x0000000000000000\n";
	struct pmapsim_replay_options options = {.ncpu = 32, .tlb = "skylake"};
	struct pmapsim_tlb_stats stats;
	char *bare, *with;
	struct run r;

	run(&r, text, NULL);
	assert_non_null(r.result->got);
	assert_int_equal(pmapsim_config(pmapsim_replay_machine(r.rp))->ncpu, 4);
	bare = strdup(r.result->got);
	end(&r);
	run(&r, text, &options);
	assert_int_equal(pmapsim_config(pmapsim_replay_machine(r.rp))->ncpu,
	    32);
	assert_int_equal(pmapsim_tlb_stats(pmapsim_replay_machine(r.rp), 2,
			     &stats),
	    PMAPSIM_OK);
	assert_int_equal(stats.walks, 1);
	/* What traces are checked against does not depend on either. */
	with = strdup(r.result->got);
	assert_string_equal(bare, with);
	end(&r);
	/* cpu= is checked by what is there. */
	options.ncpu = 2;
	run(&r, text, &options);
	assert_string_equal(r.result->message,
	    "t:7: cpu=2: 0 to 1 would be right");
	end(&r);
	free(bare);
	free(with);
}

/* What is recorded on other hardware replays there. */
static void
test_record_names_the_machine(void **state)
{
	struct pmapsim_replay_options options = {.ncpu = 3, .tlb = "k10"};
	struct pmapsim_replay_result result;
	struct pmapsim_trace *trace;
	char err[256], *text;
	size_t size;
	FILE *f;

	assert_int_equal(pmapsim_trace_from_memory("t", M " tlb=zen2\n",
			     sizeof(M " tlb=zen2\n") - 1, &trace, err,
			     sizeof(err)),
	    PMAPSIM_OK);
	f = open_memstream(&text, &size);
	assert_non_null(f);
	assert_int_equal(pmapsim_trace_record(trace, &options, f, &result, err,
			     sizeof(err)),
	    PMAPSIM_OK);
	fclose(f);
	assert_string_equal(text,
	    "machine mem=32M first=4M kmem=2M ncpu=3 tlb=k10\n");
	free(text);
	pmapsim_trace_close(trace);
}

/* ---- faults that were taken before -------------------------------------- */
static void
test_vm_fault_alone(void **state)
{

	ends("machine mem=64M first=16M kmem=0 ncpu=2\n"
	     "vmspace_alloc p\n"
	     "mmap p 0x800000000 2M prot=r => 0x800000000\n"
	     "vm_fault p 0x800000fff r => KERN_SUCCESS\n"
	     "resident p => resident=4 wired=0\n"
	     /* Again, though nothing faults there any more. */
	     "vm_fault p 0x800000000 r cpu=1 => KERN_SUCCESS\n"
	     "resident p => resident=4 wired=0\n"
	     "vm_fault p 0x800000000 w => KERN_PROTECTION_FAILURE\n"
	     "vm_fault p 0x900000000 r => KERN_INVALID_ADDRESS\n"
	     "audit\n",
	    "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_access_is_through_the_tlb),
	    cmocka_unit_test(test_detection_in_words),
	    cmocka_unit_test(test_modes),
	    cmocka_unit_test(test_access_switches_in),
	    cmocka_unit_test(test_mask_switches_out),
	    cmocka_unit_test(test_multimatch_by_preset),
	    cmocka_unit_test(test_scheduler),
	    cmocka_unit_test(test_options_change_the_machine),
	    cmocka_unit_test(test_record_names_the_machine),
	    cmocka_unit_test(test_vm_fault_alone),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
