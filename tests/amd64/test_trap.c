/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page faults of the MMU and the accesses that cause them.
 */
#include "support.h"

#include <stdio.h>

#include "amd64/pmap_var.h"
#include "amd64/trap.h"
#include "vm/vm_map.h"

#define VA UINT64_C(0x800000000)
#define RW (VM_PROT_READ | VM_PROT_WRITE)
#define NX (UINT64_C(1) << 63)

/* A program with 16 pages at VA, not current anywhere. */
static vm_map_t
program(struct machine *mach, vm_prot_t prot)
{
	vm_map_t map;

	map = vmspace_alloc(mach);
	assert_int_equal(vm_map_insert(mach, map, NULL, 0, VA, VA + ptoa(16),
			     prot, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	return (map);
}

static pt_entry_t
pte_bits(struct machine *mach, vm_map_t map, vm_offset_t va)
{

	return (support_pte(mach, map->pmap, va) & ~PG_FRAME);
}

/* ---- trap_pfault -------------------------------------------------------- */

static void
test_pfault_type_by_error_code(void **state)
{
	struct machine *mach = *state;
	/* What each error code asks of the entry: W first, then I. */
	static const struct {
		unsigned code;
		vm_prot_t needs;
		pt_entry_t bits;
	} c[] = {
	    {0, VM_PROT_READ, 0x427},
	    {PGEX_U, VM_PROT_READ, 0x427},
	    {PGEX_U | PGEX_P, VM_PROT_READ, 0x427},
	    {PGEX_W, VM_PROT_WRITE, 0x467},
	    {PGEX_U | PGEX_W | PGEX_P, VM_PROT_WRITE, 0x467},
	    {PGEX_U | PGEX_I, VM_PROT_EXECUTE, 0x427},
	    {PGEX_U | PGEX_W | PGEX_I, VM_PROT_WRITE, 0x467},
	};
	vm_map_t map;
	vm_prot_t prot;
	unsigned i;
	int want;

	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++)
		for (prot = 0; prot <= VM_PROT_ALL; prot++) {
			map = program(mach, prot);
			want = (prot & c[i].needs) != 0 ? 0 :
			    (c[i].code & PGEX_U) != 0	? TRAP_SIGBUS :
							  -1;
			assert_int_equal(trap_pfault(mach, map, VA + 0x1234,
					     c[i].code),
			    want);
			/* The whole page, from its start. */
			if (want == 0)
				assert_int_equal(pte_bits(mach, map,
						     VA + 0x1000) &
					~(NX | PG_RW | PG_M),
				    c[i].bits & ~(PG_RW | PG_M));
			else
				assert_int_equal(pte_bits(mach, map,
						     VA + 0x1000),
				    0);
			if (want == 0 && prot == VM_PROT_ALL)
				assert_int_equal(pte_bits(mach, map,
						     VA + 0x1000),
				    c[i].bits);
			vmspace_free(mach, map);
		}
}

static void
test_pfault_signals(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;

	map = program(mach, VM_PROT_READ);
	/* Nothing there; not allowed; the kernel's. */
	assert_int_equal(trap_pfault(mach, map, VA + ptoa(16), PGEX_U),
	    TRAP_SIGSEGV);
	assert_int_equal(trap_pfault(mach, map, VA, PGEX_U | PGEX_W),
	    TRAP_SIGBUS);
	assert_int_equal(trap_pfault(mach, map, VM_MIN_KERNEL_ADDRESS, PGEX_U),
	    TRAP_SIGSEGV);
	assert_int_equal(mach->cnt.v_vm_faults, 2);
	/* The kernel's own has nobody to be sent to. */
	assert_int_equal(trap_pfault(mach, map, VA + ptoa(16), 0), -1);
	assert_int_equal(trap_pfault(mach, map, VA, PGEX_W), -1);
	vmspace_free(mach, map);
}

/* Below VM_MIN_KERNEL_ADDRESS all is looked up in the program's map. */
static void
test_pfault_which_map(void **state)
{
	struct machine *mach = *state;
	vm_map_t kernel_map = pmapsim_kernel_map(mach);
	vm_object_t object;
	vm_offset_t va = 0;
	vm_map_t map;

	map = program(mach, RW);
	assert_int_equal(trap_pfault(mach, map, DMAP_MIN_ADDRESS, 0), -1);
	assert_int_equal(trap_pfault(mach, map, UPT_MIN_ADDRESS, 0), -1);
	object = support_object(mach, 4, NULL);
	assert_int_equal(vm_map_find(mach, kernel_map, object, 0, &va, ptoa(4),
			     VMFS_ANY_SPACE, RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	assert_int_equal(trap_pfault(mach, map, va + 5, PGEX_W), 0);
	assert_int_equal(support_pte(mach, kernel_pmap, va) & ~PG_FRAME,
	    NX | 0x563);
	vm_map_remove(mach, kernel_map, va, va + ptoa(4));
	vmspace_free(mach, map);
}

static void
test_pfault_in_nofault_memory_panics(void **state)
{
	struct machine *mach = *state;
	vm_offset_t va;
	char text[96];

	va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach), PAGE_SIZE);
	snprintf(text, sizeof(text),
	    "vm_fault: fault on nofault entry, addr: "
	    "%llx",
	    (unsigned long long)va);
	assert_panics(mach, text, trap_pfault(mach, NULL, va + 0x123, 0));
	assert_string_equal(pmapsim_panic(mach)->frames[0], "vm_fault");
	assert_string_equal(pmapsim_panic(mach)->frames[1], "trap_pfault");
}

/* ---- pmapsim_access ----------------------------------------------------- */

static void
test_access_faults_memory_in(void **state)
{
	struct machine *mach = *state;
	vm_paddr_t pa, pa2;
	vm_map_t map;

	map = program(mach, RW);
	assert_int_equal(pmapsim_access(mach, map, VA + 0x2345,
			     PMAPSIM_ACCESS_READ, &pa),
	    PMAPSIM_OK);
	assert_int_equal(pa & PAGE_MASK, 0x345);
	assert_mapped(mach, map->pmap, VA + 0x2345, pa);
	assert_int_equal(pte_bits(mach, map, VA + 0x2000), NX | 0x427);
	assert_sysctl(mach, "vm.stats.vm.v_vm_faults", 1);
	assert_true(pmap_is_current(mach, map->pmap));
	assert_int_equal(cpu_current(mach)->cr2, VA + 0x2345);
	/* Writable already: the MMU notes the write, no fault. */
	assert_int_equal(pmapsim_access(mach, map, VA + 0x2345,
			     PMAPSIM_ACCESS_WRITE, &pa2),
	    PMAPSIM_OK);
	assert_int_equal(pa2, pa);
	assert_int_equal(pte_bits(mach, map, VA + 0x2000), NX | 0x467);
	assert_sysctl(mach, "vm.stats.vm.v_vm_faults", 1);
	/* A write first: one fault too. */
	assert_int_equal(pmapsim_access(mach, map, VA + 0x7000,
			     PMAPSIM_ACCESS_WRITE, NULL),
	    PMAPSIM_OK);
	assert_sysctl(mach, "vm.stats.vm.v_vm_faults", 2);
	vmspace_free(mach, map);
}

static void
test_access_switches_the_program_in(void **state)
{
	struct machine *mach = *state;
	vm_paddr_t pa[2];
	vm_map_t map[2];
	int i, round;

	map[0] = program(mach, RW);
	map[1] = program(mach, RW);
	for (round = 0; round < 2; round++)
		for (i = 0; i < 2; i++) {
			pmapsim_set_cpu(mach, (unsigned)i);
			assert_int_equal(pmapsim_access(mach, map[i], VA,
					     PMAPSIM_ACCESS_WRITE, &pa[i]),
			    PMAPSIM_OK);
			assert_int_equal(pmapsim_pmap_active(map[i]->pmap),
			    1 << i);
		}
	assert_int_not_equal(pa[0], pa[1]);
	/* The other program on the same CPU takes its place. */
	assert_int_equal(pmapsim_access(mach, map[0], VA, PMAPSIM_ACCESS_READ,
			     NULL),
	    PMAPSIM_OK);
	assert_int_equal(pmapsim_pmap_active(map[0]->pmap), 3);
	assert_int_equal(pmapsim_pmap_active(map[1]->pmap), 0);
	vmspace_free(mach, map[1]);
	/* Off the first one's CPUs before it ends. */
	for (i = 0; i < 2; i++) {
		pmapsim_set_cpu(mach, (unsigned)i);
		pmap_activate(mach, kernel_pmap);
	}
	vmspace_free(mach, map[0]);
}

static void
test_access_errors_leave_the_address(void **state)
{
	struct machine *mach = *state;
	vm_paddr_t pa = 42;
	vm_map_t map;
	unsigned faults;

	map = program(mach, VM_PROT_READ);
	assert_int_equal(pmapsim_access(mach, map, VA, PMAPSIM_ACCESS_WRITE,
			     &pa),
	    PMAPSIM_EFAULT);
	assert_int_equal(pmapsim_access(mach, map, VA, PMAPSIM_ACCESS_FETCH,
			     &pa),
	    PMAPSIM_EFAULT);
	assert_int_equal(pmapsim_access(mach, map, VA + ptoa(16),
			     PMAPSIM_ACCESS_READ, &pa),
	    PMAPSIM_EFAULT);
	/* No handler for an address that no one can map, or the kernel's. */
	faults = mach->cnt.v_vm_faults;
	assert_int_equal(pmapsim_access(mach, map, VM_MAXUSER_ADDRESS,
			     PMAPSIM_ACCESS_READ, &pa),
	    PMAPSIM_EFAULT);
	assert_int_equal(pmapsim_access(mach, map, KERNBASE,
			     PMAPSIM_ACCESS_READ, &pa),
	    PMAPSIM_EFAULT);
	assert_int_equal(mach->cnt.v_vm_faults, faults);
	assert_int_equal(pmapsim_access(mach, map, DMAP_MIN_ADDRESS,
			     PMAPSIM_ACCESS_READ, &pa),
	    PMAPSIM_EFAULT);
	assert_int_equal(pa, 42);
	vmspace_free(mach, map);
}

/* The kernel's maps: as supervisor, whatever program is loaded. */
static void
test_access_of_the_kernel(void **state)
{
	struct machine *mach = *state;
	vm_map_t kmem_map = pmapsim_kmem_map(mach);
	vm_offset_t va;
	vm_paddr_t pa;
	vm_map_t map;

	map = program(mach, RW);
	assert_int_equal(pmapsim_access(mach, map, VA, PMAPSIM_ACCESS_READ,
			     NULL),
	    PMAPSIM_OK);
	va = kmem_malloc(mach, kmem_map, PAGE_SIZE, M_NOWAIT);
	assert_int_equal(pmapsim_access(mach, kmem_map, va + 8,
			     PMAPSIM_ACCESS_WRITE, &pa),
	    PMAPSIM_OK);
	assert_mapped(mach, kernel_pmap, va + 8, pa);
	assert_true(pmap_is_current(mach, map->pmap));
	/* Whose access it is the map decides. */
	assert_int_equal(pmapsim_access(mach, kmem_map, va,
			     PMAPSIM_ACCESS_READ | PMAPSIM_ACCESS_USER, NULL),
	    PMAPSIM_OK);
	/* The direct map maps all of memory. */
	assert_int_equal(pmapsim_access(mach, pmapsim_kernel_map(mach),
			     DMAP_MIN_ADDRESS + 0x123456, PMAPSIM_ACCESS_READ,
			     &pa),
	    PMAPSIM_OK);
	assert_int_equal(pa, 0x123456);
	/* Where the kernel has nothing it has nothing. */
	assert_int_equal(pmapsim_access(mach, pmapsim_kernel_map(mach),
			     UINT64_C(0xffffffe000000000), PMAPSIM_ACCESS_READ,
			     &pa),
	    PMAPSIM_EFAULT);
	/* A program may not even read what the kernel has mapped. */
	assert_int_equal(pmapsim_access(mach, map, va, PMAPSIM_ACCESS_READ,
			     &pa),
	    PMAPSIM_EFAULT);
	kmem_free(mach, kmem_map, va, PAGE_SIZE);
	vmspace_free(mach, map);
}

/* Each access a fault at most, over all of two superpages' life. */
static void
test_access_promotes_a_program(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;
	int i;

	map = vmspace_alloc(mach);
	assert_int_equal(vm_map_insert(mach, map, NULL, 0, VA, VA + 2 * NBPDR,
			     RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	for (i = 0; i < 1024; i++)
		assert_int_equal(pmapsim_access(mach, map, VA + ptoa(i),
				     PMAPSIM_ACCESS_WRITE, NULL),
		    PMAPSIM_OK);
	assert_int_equal(pmapsim_superpages(mach, map->pmap), 2);
	assert_sysctl(mach, "vm.stats.vm.v_vm_faults", 1024);
	vmspace_free(mach, map);
}

/* Copy on write as the program sees it: contents, and who else changes. */
static void
test_access_after_fork(void **state)
{
	struct machine *mach = *state;
	vm_map_t child, parent;
	vm_paddr_t mine, theirs;

	parent = program(mach, RW);
	assert_int_equal(pmapsim_access(mach, parent, VA, PMAPSIM_ACCESS_WRITE,
			     &mine),
	    PMAPSIM_OK);
	*(char *)physmem_ptr(mach, mine) = 'x';
	child = vmspace_fork(mach, parent);
	assert_int_equal(pmapsim_access(mach, child, VA, PMAPSIM_ACCESS_READ,
			     &theirs),
	    PMAPSIM_OK);
	assert_int_equal(theirs, mine);
	assert_int_equal(pmapsim_access(mach, child, VA, PMAPSIM_ACCESS_WRITE,
			     &theirs),
	    PMAPSIM_OK);
	assert_int_not_equal(theirs, mine);
	assert_int_equal(*(char *)physmem_ptr(mach, theirs), 'x');
	vmspace_free(mach, parent);
	vmspace_free(mach, child);
}

/* A machine with a TLB: what it still knew is forgotten when it is asked. */
static void
test_access_with_tlb(void **state)
{
	struct pmapsim_config config;
	struct machine *mach;
	vm_paddr_t pa;
	vm_map_t map;
	char err[128];
	int i;

	support_destroy(*state);
	*state = NULL;
	pmapsim_config_init(&config);
	config.mem = UINT64_C(32) << 20;
	config.invariants = true;
	config.tlb = pmapsim_tlb_preset(0);
	assert_non_null(config.tlb);
	assert_int_equal(pmapsim_boot(&config, &mach, err, sizeof(err)),
	    PMAPSIM_OK);
	*state = mach;
	pmapsim_cmocka_hook(mach);
	map = program(mach, RW);
	for (i = 0; i < 3; i++) {
		assert_int_equal(pmapsim_access(mach, map, VA,
				     PMAPSIM_ACCESS_WRITE, &pa),
		    PMAPSIM_OK);
		assert_int_equal(vm_map_protect(mach, map, VA, VA + ptoa(16),
				     VM_PROT_READ, FALSE),
		    KERN_SUCCESS);
		assert_int_equal(pmapsim_access(mach, map, VA,
				     PMAPSIM_ACCESS_WRITE, &pa),
		    PMAPSIM_EFAULT);
		assert_int_equal(vm_map_protect(mach, map, VA, VA + ptoa(16),
				     RW, FALSE),
		    KERN_SUCCESS);
	}
	vmspace_free(mach, map);
}

/*
 * Accesses in a row change what they change one by one, whether the CPU has a
 * TLB or not: one that fails is counted and does not end the run, nor does a
 * record of another kind, which is none.
 */
static void
test_access_run_makes_each_access(void **state)
{
	enum { NONE = 3 };
	static const struct {
		uint64_t how;
		unsigned page;
		bool fails;
	} accesses[] = {{NONE, 5, false}, {PMAPSIM_RECORD_READ, 16, true},
	    {PMAPSIM_RECORD_READ, 0, false}, {PMAPSIM_RECORD_WRITE, 0, false},
	    {NONE, 0, false}, {PMAPSIM_RECORD_READ, 0, false},
	    {PMAPSIM_RECORD_FETCH, 0, true}, {PMAPSIM_RECORD_WRITE, 1, false},
	    {PMAPSIM_RECORD_READ, 1, false}, {PMAPSIM_RECORD_WRITE, 0, false},
	    {PMAPSIM_RECORD_READ, 16, true}, {PMAPSIM_RECORD_READ, 2, false}};
	static const unsigned how[] = {PMAPSIM_ACCESS_READ,
	    PMAPSIM_ACCESS_WRITE, PMAPSIM_ACCESS_FETCH};
	enum { N = sizeof(accesses) / sizeof(accesses[0]) };
	struct pmapsim_tlb_stats stats[2];
	struct pmapsim_config config;
	struct machine *mach;
	uint64_t records[N];
	vm_map_t map;
	char err[128];
	unsigned i, k;

	for (i = 0; i < N; i++)
		records[i] = PMAPSIM_RECORD(accesses[i].how,
		    atop(VA) + accesses[i].page, 1);
	memset(stats, 0, sizeof(stats));
	/* In a row or one by one; without a TLB, with one, and where somebody
	 * else may write tables. */
	for (k = 0; k < 6; k++) {
		pmapsim_config_init(&config);
		config.mem = UINT64_C(32) << 20;
		config.invariants = true;
		config.tlb = k / 2 == 1 ? pmapsim_tlb_preset(0) : NULL;
		assert_int_equal(pmapsim_boot(&config, &mach, err, sizeof(err)),
		    PMAPSIM_OK);
		pmapsim_cmocka_hook(mach);
		map = program(mach, RW);
		if (k / 2 == 2)
			assert_non_null(pmapsim_arena(mach, NULL));
		if (k % 2 == 0)
			assert_int_equal(pmapsim_access_run(mach, map, records,
					     N),
			    3);
		for (i = 0; k % 2 != 0 && i < N; i++)
			if (accesses[i].how != NONE)
				assert_int_equal(pmapsim_access(mach, map,
						     VA +
							 ptoa(accesses[i].page),
						     how[accesses[i].how],
						     NULL),
				    accesses[i].fails ? PMAPSIM_EFAULT :
							PMAPSIM_OK);
		/* Three pages, and each of what fails. */
		assert_sysctl(mach, "vm.stats.vm.v_vm_faults", 3 + 3);
		assert_int_equal(pte_bits(mach, map, VA), NX | 0x467);
		assert_int_equal(pte_bits(mach, map, VA + ptoa(1)), NX | 0x467);
		assert_int_equal(pte_bits(mach, map, VA + ptoa(2)), NX | 0x427);
		for (i = 3; i < 16; i++)
			assert_not_mapped(mach, map->pmap, VA + ptoa(i));
		/* Another program's translations serve nobody else. */
		assert_int_equal(pmapsim_access(mach, program(mach, RW), VA,
				     PMAPSIM_ACCESS_READ, NULL),
		    PMAPSIM_OK);
		if (k % 2 == 0)
			assert_int_equal(pmapsim_access_run(mach, map,
					     &records[2], 1),
			    0);
		else
			assert_int_equal(pmapsim_access(mach, map, VA,
					     PMAPSIM_ACCESS_READ, NULL),
			    PMAPSIM_OK);
		assert_true(pmap_is_current(mach, map->pmap));
		if (k / 2 == 1)
			assert_int_equal(pmapsim_tlb_stats(mach, 0,
					     &stats[k % 2]),
			    PMAPSIM_OK);
		support_destroy(mach);
	}
	assert_memory_equal(&stats[0], &stats[1], sizeof(stats[0]));
}

/* The handler thinks all is well, the MMU never does: no endless loop. */
static void
test_access_that_never_succeeds_stops(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;

	map = program(mach, RW);
	assert_int_equal(pmapsim_access(mach, map, VA, PMAPSIM_ACCESS_READ,
			     NULL),
	    PMAPSIM_OK);
	*pmap_pml4e(map->pmap, VA) &= ~PG_U;
	assert_panics(mach,
	    "page fault at 0x800000000, error code 0x5: "
	    "vm_fault() succeeded 9 times and the access still faults",
	    pmapsim_access(mach, map, VA, PMAPSIM_ACCESS_READ, NULL));
	assert_true(pmapsim_panic(mach)->simulator);
	assert_sysctl(mach, "vm.stats.vm.v_vm_faults", 1 + 9);
}

static void
test_access_through_table_outside_memory_stops(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;

	map = program(mach, RW);
	assert_int_equal(pmapsim_access(mach, map, VA, PMAPSIM_ACCESS_READ,
			     NULL),
	    PMAPSIM_OK);
	*pmap_pml4e(map->pmap, VA) = UINT64_C(0x4000000000) | 0x67;
	assert_panics(mach, "a page table of 0x800000000 lies outside memory",
	    pmapsim_access(mach, map, VA, PMAPSIM_ACCESS_READ, NULL));
	assert_true(pmapsim_panic(mach)->simulator);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_pfault_type_by_error_code),
	    support_test(test_pfault_signals),
	    support_test(test_pfault_which_map),
	    support_test(test_pfault_in_nofault_memory_panics),
	    support_test(test_access_faults_memory_in),
	    support_test(test_access_switches_the_program_in),
	    support_test(test_access_errors_leave_the_address),
	    support_test(test_access_of_the_kernel),
	    support_test(test_access_promotes_a_program),
	    support_test(test_access_after_fork),
	    support_test(test_access_with_tlb),
	    cmocka_unit_test(test_access_run_makes_each_access),
	    support_test(test_access_that_never_succeeds_stops),
	    support_test(test_access_through_table_outside_memory_stops),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
