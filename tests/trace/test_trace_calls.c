/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each statement that the golden traces do not have: what it calls, and its
 * result.
 */
#include <stdlib.h>

#include "trace_replay_fixture.h"

/* ---- statements --------------------------------------------------------- */

static void
test_malloc_and_free(void **state)
{

	(void)state;
	matches(M "malloc 4097 => 0xffffff8000000000\n"
		  "malloc 64K zero nowait => 0xffffff8000002000\n"
		  "resident kernel => resident=18 wired=18\n"
		  "free 0xffffff8000000000\n"
		  "resident kernel => resident=16 wired=16\n"
		  "malloc 16M nowait => 0\n"
		  "free 0xffffff8000002000\naudit => ok\n"
		  "resident kernel => resident=0 wired=0\n");
	ends(M "free 0xffffff8000000000\n", PMAPSIM_REPLAY_PANIC,
	    "t:2: unexpected panic: free: address PTR(PTR) has not been "
	    "allocated.\n");
	ends("machine mem=32M first=4M kmem=0\nstats\n", PMAPSIM_REPLAY_MATCHED,
	    "");
}

static void
test_counters(void **state)
{

	(void)state;
	matches(M "sysctl vm.pmap.pde.promotions => 0\n"
		  "kmem_malloc 2M => 0xffffff8000000000\n"
		  "sysctl vm.pmap.pde.promotions => 1\n"
		  "sysctl vm.pmap.pde.p_failures => 511\n"
		  "vm_object_allocate A 9\nvm_page_alloc A 0\npmap_pinit u\n"
		  "pmap_enter u 0x1000 A 0 access=r prot=r wired=0\n"
		  "pvstats => entries=1 chunks=1 collect_inactive=0 "
		  "collect_active=0 tryfail=0 high_water=186444\n");
}

/* An audit that finds something is a mismatch, expected or not. */
static bool
hook_corrupts(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, void *arg)
{

	(void)arg;
	if (statement->line == 2)
		pmapsim_replay_machine(replay)->cnt.v_free_count++;
	return (true);
}

static void
test_audit(void **state)
{
	struct pmapsim_replay_options options = {.before = hook_corrupts};
	struct run run;

	(void)state;
	matches(M "audit => ok\naudit\nkmem_malloc 2M\naudit\n");
	run_options(&run, M "audit\n", &options);
	assert_int_equal(run.outcome, PMAPSIM_REPLAY_MISMATCH);
	assert_string_equal(run.result->expected, "ok");
	assert_non_null(strstr(run.result->got, "free"));
	end(&run);
}

static void
test_inject(void **state)
{

	(void)state;
	matches(M
	    "vm_object_allocate A 9\n"
	    "inject page_alloc 2\n"
	    "vm_page_alloc A 0 repeat=3 => n=1 last=0x1800000 xor=0x1800000\n"
	    "vm_page_alloc A 1 => 0x1801000\n"
	    "inject page_alloc 2 after\n"
	    "vm_page_alloc A 2 => 0x1802000\nvm_page_alloc A 3 => none\n"
	    "vm_page_alloc A 3 => none\n"
	    "inject page_alloc 0\nvm_page_alloc A 3 => 0x1803000\naudit\n");
}

/* An object by its name, kernel addresses and runs of pages. */
static void
test_objects_and_kernel_ranges(void **state)
{
	(void)state;
	matches(M
	    "vm_object_allocate o 10\nvm_page_alloc o 0 repeat=10\n"
	    "vmspace_alloc p\n"
	    "vm_mmap p 0x0 8K o 4096 prot=rw shared => 0x800000000\n"
	    "vm_mmap p 0x0 8K o 4K prot=rw => 0x800002000\n"
	    "vm_mmap p 0x0 8K o 1 prot=rw => EINVAL\n"
	    "access p 0x800000000 r => 0x1801000\n"
	    "access p 0x800002000 r => 0x1801000\n"
	    "access p 0x800002000 w => 0x180a000\n"
	    "vm_object_madvise o 0 10 free\n"
	    "vm_object_page_remove o 1 3\n"
	    "access p 0x800002000 r => 0x180a000\n"
	    "access p 0x800001000 r => 0x180b000\n"
	    "vmspace_exit p\nvm_object_deallocate o\naudit => ok\n"
	    /* A file: read before it is mapped, and read by a fault. */
	    "vm_object_allocate f 16 color=0 vnode\n"
	    "vm_object_populate f 0 4 => 1\n"
	    "vm_page_deactivate f 0 repeat=4\n"
	    "vmspace_alloc p\n"
	    "vm_mmap p 0x0 64K f 0 prot=rw => 0x800000000\n"
	    "resident p => resident=7 wired=0\n"
	    "access p 0x800008000 r\n"
	    "access p 0x800009000 w\n"
	    "madvise p 0x800000000 64K free => KERN_SUCCESS\n"
	    "madvise p 0x800000000 64K dontneed => KERN_SUCCESS\n"
	    /* What is resident is mapped by mmap(), or when it is asked for. */
	    "vm_mmap p 0x0 64K f 0 prot=r shared => 0x800010000\n"
	    "resident p => resident=15 wired=0\n"
	    "vm_object_populate f 0 16 => 1\n"
	    "resident p => resident=15 wired=0\n"
	    "madvise p 0x800010000 32K willneed => KERN_SUCCESS\n"
	    "resident p => resident=19 wired=0\n"
	    "vm_object_allocate a 16\n"
	    "vm_object_populate a 0 4 => 0\n"
	    "vmspace_exit p\nvm_object_deallocate f\naudit => ok\n"
	    "vm_map_find 0xffffff8000000000 4K any => 0xffffff8000800000\n"
	    "pmap_growkernel 0xffffff8002000000\n"
	    "kmem_alloc_contig 64K 0x800000 0xffffff 64K 0 "
	    "=> 0xffffff8000801000\n"
	    "kmem_alloc_contig 64K 0x10000000 0x20000000 4K 0 => 0\n"
	    "kmem_alloc_attr 8K 0x800000 0xffffff => 0xffffff8000811000\n"
	    "kmem_free_nofault 0xffffff8000800000 4K\naudit => ok\n"
	    "kmem_alloc_attr 8K 0x10000000 0x20000000 => stop "
	    "\"kmem_alloc_attr: loops for ever, its counter of attempts "
	    "never advances and no page suits\"\n");
}

/* Where the kernel would page-fault, the machine stops, as can be expected. */
static void
test_page_faults_of_the_kernel(void **state)
{
	static const char *const traces[] = {
	    M "pmap_kenter 0xffffff9000000000 0x1000 => stop "
	      "\"pmap_kenter: page fault trap: no page table for va "
	      "0xffffff9000000000\"\n",
	    M "pmap_pinit u\npmap_change_wiring u 0x1000 1 => stop "
	      "\"pmap_change_wiring: page fault trap: no page table at va "
	      "0x1000\"\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		matches(traces[i]);
	}
}

/* A program's life: exec, mmap, faults, fork, exit. */
static void
test_programs(void **state)
{
	struct machine *mach;
	struct run run;
	int64_t free_pages;

	(void)state;
	run_options(&run,
	    M "vmspace_alloc sh\nvmspace_free sh\n"
	      "vmspace_alloc sh\nresident sh => resident=0 wired=0\n"
	      "mmap sh 0x200000 3M prot=rw fixed => 0x200000\n"
	      "access sh 0x200123 r\naccess sh 0x201000 w repeat=511\n"
	      "access sh 0x100000 r => fault\n"
	      "access sh 0x500000 w repeat=2 => n=2 faults=2 xor=0x0\n"
	      "access sh 0x200000 x => fault\n"
	      "touch sh 0x200000 w\n"
	      "vmspace_fork child sh\n"
	      "access child 0x200000 w\n"
	      "mprotect sh 0x200000 4K prot=r => KERN_SUCCESS\n"
	      "access sh 0x200000 w => fault\n"
	      "mlock sh 0x201000 8K => KERN_SUCCESS\n"
	      "resident child\n"
	      "munlock sh 0x201000 8K => KERN_SUCCESS\n"
	      "munlock sh 0x300000 4K => KERN_SUCCESS\n"
	      "minherit sh 0x202000 4K none => KERN_SUCCESS\n"
	      "vmspace_fork other sh\n"
	      "access other 0x202000 r => fault\n"
	      "access other 0x203000 r\n"
	      "munmap sh 0x200000 3M => KERN_SUCCESS\n"
	      "access sh 0x201000 r => fault\n"
	      "mmap sh 0x200000 4K prot=rw shared fixed => 0x200000\n"
	      "vmspace_fork third sh\n"
	      "brk sh 0x600000 0x604000 => 0\n"
	      "access sh 0x603fff w\n"
	      "brk sh 0x604000 0x601000 => 0\n"
	      "access sh 0x603000 w => fault\n"
	      "audit\n"
	      "mincore sh 0x700000 => 0x0\n"
	      "vmspace_exit child\nvmspace_exit other\nvmspace_free sh\n"
	      "vmspace_exit third\naudit\n",
	    NULL);
	if (run.outcome != PMAPSIM_REPLAY_MATCHED)
		fail_msg("%s", run.result->message);
	mach = pmapsim_replay_machine(run.rp);
	free_pages = support_sysctl(mach, "vm.stats.vm.v_free_count");
	assert_int_equal(free_pages, (28 << 8) - 1 - 4);
	assert_null(pmapsim_replay_pmap(run.rp, "sh"));
	end(&run);
}

/* What is dumped of a program has its name. */
static void
test_program_s_pmap_has_its_name(void **state)
{
	struct run run;

	(void)state;
	run_options(&run, M "vmspace_alloc init\nvmspace_fork sh init\n", NULL);
	assert_string_equal(pmapsim_pmap_name(pmapsim_replay_pmap(run.rp,
				"init")),
	    "init");
	assert_string_equal(pmapsim_pmap_name(pmapsim_replay_pmap(run.rp,
				"sh")),
	    "sh");
	end(&run);
}

/* Masks may name CPUs that are not there. */
static void
test_active_masks(void **state)
{
	struct run run;

	(void)state;
	run_options(&run,
	    M "pmap_pinit u active=0xffffffff\npmap_pinit v\n"
	      "pmap_activate v 2\n",
	    NULL);
	assert_int_equal(pmapsim_pmap_active(pmapsim_replay_pmap(run.rp, "u")),
	    3);
	assert_int_equal(pmapsim_pmap_active(pmapsim_replay_pmap(run.rp, "v")),
	    2);
	end(&run);
	run_options(&run,
	    "machine mem=32M first=4M ncpu=32\n"
	    "pmap_pinit u active=0xffffffff\n",
	    NULL);
	assert_int_equal(pmapsim_pmap_active(pmapsim_replay_pmap(run.rp, "u")),
	    UINT32_MAX);
	end(&run);
}

/* pmap_remove_pages() wants its pmap current; afterwards all is as before. */
static void
test_remove_pages_makes_the_pmap_current(void **state)
{
	struct machine *mach;
	struct run run;

	(void)state;
	run_options(&run,
	    M "pmap_pinit u\nvm_object_allocate A 9\n"
	      "vm_page_alloc A 0 repeat=3\n"
	      "pmap_enter u 0x1000 A 0 access=r prot=r wired=0 repeat=3\n"
	      "pmap_remove_pages u\nresident u => resident=0 wired=0\n",
	    NULL);
	assert_string_equal(run.result->message, "");
	mach = pmapsim_replay_machine(run.rp);
	assert_ptr_equal(mach->cpus[0].curpmap, kernel_pmap);
	end(&run);
}

/* Flags of vm_page_alloc reach it: PG_ZERO survives only where asked for. */
static void
test_page_alloc_zero(void **state)
{
	static const char *const flags[] = {"zero ", ""};
	/* A page table comes and goes, and leaves a zero page behind. */
	static const char text[] = M
	    "vm_object_allocate A 9000\n"
	    "vm_page_alloc A 8999\npmap_pinit u\n"
	    "pmap_enter u 0x1000 A 8999 access=r prot=r wired=0\n"
	    "pmap_remove u 0x1000 0x2000\n"
	    "vm_page_alloc A 0 %srepeat=8000\n";
	struct pmapsim_page_info info;
	struct machine *mach;
	struct run run;
	char trace[512];
	unsigned i, pages, zero;

	(void)state;
	for (i = 0; i < 2; i++) {
		snprintf(trace, sizeof(trace), text, flags[i]);
		run_options(&run, trace, NULL);
		assert_string_equal(run.result->message, "");
		mach = pmapsim_replay_machine(run.rp);
		zero = 0;
		for (pages = 0; pages < 7000; pages++) {
			pmapsim_page_info(mach,
			    vm_page_lookup(mach,
				pmapsim_replay_object(run.rp, "A"), pages),
			    &info);
			zero += (info.flags & PG_ZERO) != 0;
		}
		if (i == 0)
			assert_int_not_equal(zero, 0);
		else
			assert_int_equal(zero, 0);
		end(&run);
	}
}

/* kmem_malloc's zero: what an earlier owner wrote is gone. */
static void
test_kmem_malloc_zero(void **state)
{
	struct machine *mach;
	struct run run;
	char *arena;
	vm_paddr_t pa;

	(void)state;
	start(&run,
	    M "kmem_malloc 4K\nkmem_free 0xffffff8000000000 4K\n"
	      "kmem_malloc 4K\nkmem_free 0xffffff8000000000 4K\n"
	      "kmem_malloc 4K zero\n",
	    NULL);
	pmapsim_replay_step(run.rp);
	pmapsim_replay_step(run.rp);
	mach = pmapsim_replay_machine(run.rp);
	arena = pmapsim_arena(mach, NULL);
	pa = pmap_kextract(mach, VM_MIN_KERNEL_ADDRESS);
	arena[pa + 7] = 'x';
	pmapsim_replay_step(run.rp);
	pmapsim_replay_step(run.rp);
	assert_int_equal(pmap_kextract(mach, VM_MIN_KERNEL_ADDRESS), pa);
	assert_int_equal(arena[pa + 7], 'x');
	pmapsim_replay_step(run.rp);
	pmapsim_replay_step(run.rp);
	assert_int_equal(pmap_kextract(mach, VM_MIN_KERNEL_ADDRESS), pa);
	assert_int_equal(arena[pa + 7], 0);
	end(&run);
}

/* What is shared stays one page across a fork, what is private becomes two. */
static void
test_mmap_shared(void **state)
{
	struct machine *mach;
	struct run run;
	pmap_t child, parent;

	(void)state;
	run_options(&run,
	    M "vmspace_alloc sh\n"
	      "mmap sh 0x200000 4K prot=rw shared fixed\n"
	      "mmap sh 0x400000 4K prot=rw fixed\n"
	      "access sh 0x200000 w\naccess sh 0x400000 w\n"
	      "vmspace_fork child sh\n"
	      "access child 0x200000 w\naccess child 0x400000 w\n"
	      "access sh 0x200000 w\naccess sh 0x400000 w\n",
	    NULL);
	assert_string_equal(run.result->message, "");
	mach = pmapsim_replay_machine(run.rp);
	child = pmapsim_replay_pmap(run.rp, "child");
	parent = pmapsim_replay_pmap(run.rp, "sh");
	assert_int_not_equal(pmap_extract(mach, parent, 0x200000), 0);
	assert_int_equal(pmap_extract(mach, parent, 0x200000),
	    pmap_extract(mach, child, 0x200000));
	assert_int_not_equal(pmap_extract(mach, parent, 0x400000),
	    pmap_extract(mach, child, 0x400000));
	end(&run);
}

/* Names are free again after their end; both kinds have their own. */
static void
test_names_come_and_go(void **state)
{

	(void)state;
	matches(M "vm_object_allocate x 9\npmap_pinit x\n"
		  "vm_page_alloc x 1\nvm_object_deallocate x\n"
		  "vm_object_allocate x 9\nvm_page_alloc x 1 => 0x1800000\n"
		  "pmap_release x\npmap_pinit x\n"
		  "resident x => resident=0 wired=0\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_malloc_and_free),
	    cmocka_unit_test(test_counters),
	    cmocka_unit_test(test_audit),
	    cmocka_unit_test(test_inject),
	    cmocka_unit_test(test_objects_and_kernel_ranges),
	    cmocka_unit_test(test_page_faults_of_the_kernel),
	    cmocka_unit_test(test_programs),
	    cmocka_unit_test(test_program_s_pmap_has_its_name),
	    cmocka_unit_test(test_active_masks),
	    cmocka_unit_test(test_remove_pages_makes_the_pmap_current),
	    cmocka_unit_test(test_page_alloc_zero),
	    cmocka_unit_test(test_kmem_malloc_zero),
	    cmocka_unit_test(test_mmap_shared),
	    cmocka_unit_test(test_names_come_and_go),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
