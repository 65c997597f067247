/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Up to 32 CPUs: which of them an address space is loaded on as they switch,
 * and which of them hear of its invalidations.
 */
#include "support.h"

#include "amd64/pmap_var.h"
#include "hw/access.h"
#include "vm/vm_page.h"

#define VA UINT64_C(0x40000000)
#define PMAPS 3

static struct machine *
boot(unsigned ncpu, const char *tlb)
{
	struct pmapsim_config config;
	struct machine *mach;
	char err[256];

	pmapsim_config_init(&config);
	config.mem = UINT64_C(16) << 20;
	config.first = UINT64_C(4) << 20;
	config.kmem = 0;
	config.kmem_given = true;
	config.ncpu = ncpu;
	config.tlb = tlb;
	if (pmapsim_boot(&config, &mach, err, sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	pmapsim_cmocka_hook(mach);
	return (mach);
}

static pmap_t
new_pmap(struct machine *mach)
{
	pmap_t pmap;

	pmap = pmapsim_pmap_create(mach, NULL);
	assert_int_equal(pmap_pinit(mach, pmap), 1);
	assert_int_equal(pmapsim_pmap_active(pmap), 0);
	return (pmap);
}

/* Every CPU in turn loads each of three pmaps, and the kernel's. */
static void
test_activation_moves_one_bit(void **state)
{
	struct machine *mach;
	pmap_t pmap[PMAPS + 1];
	uint32_t want[PMAPS] = {0};
	unsigned cpu, i, n, ncpu, step;

	for (ncpu = 1; ncpu <= MAXCPU; ncpu++) {
		mach = boot(ncpu, NULL);
		for (i = 0; i < PMAPS; i++)
			pmap[i] = new_pmap(mach);
		pmap[PMAPS] = kernel_pmap;
		memset(want, 0, sizeof(want));
		for (step = 0; step < 4 * ncpu; step++) {
			cpu = step * 7 % ncpu;
			n = (step + cpu) % (PMAPS + 1);
			assert_int_equal(pmapsim_set_cpu(mach, cpu),
			    PMAPSIM_OK);
			pmap_activate(mach, pmap[n]);
			for (i = 0; i < PMAPS; i++)
				want[i] &= ~(UINT32_C(1) << cpu);
			if (n < PMAPS)
				want[n] |= UINT32_C(1) << cpu;
			for (i = 0; i < PMAPS; i++)
				assert_int_equal(pmapsim_pmap_active(pmap[i]),
				    want[i]);
			assert_int_equal(pmapsim_pmap_active(kernel_pmap),
			    UINT32_MAX);
			assert_ptr_equal(mach->cpus[cpu].curpmap, pmap[n]);
			assert_int_equal(mach->cpus[cpu].cr3,
			    (vm_paddr_t)((char *)pmap[n]->pm_pml4 -
				mach->physmem->base));
		}
		assert_int_equal(pmapsim_set_cpu(mach, ncpu), PMAPSIM_EINVAL);
		pmapsim_destroy(mach);
	}
}

/*
 * A page is mapped, used on the first "users" CPUs, and unmapped by each CPU
 * in turn: exactly the users hear of it, and none can use it any more.
 */
static void
check_removal(unsigned ncpu, unsigned users, unsigned remover)
{
	struct machine *mach = boot(ncpu, "nehalem");
	uint64_t received[MAXCPU], local, sent;
	vm_object_t object;
	vm_page_t m;
	pmap_t pmap;
	unsigned cpu;

	pmap = new_pmap(mach);
	object = vm_object_allocate(mach, OBJT_DEFAULT, 1);
	m = vm_page_alloc(mach, object, 0, VM_ALLOC_NORMAL);
	assert_non_null(m);
	pmap_enter(mach, pmap, VA, VM_PROT_WRITE, m,
	    VM_PROT_READ | VM_PROT_WRITE, FALSE);
	for (cpu = 0; cpu < users; cpu++) {
		pmapsim_set_cpu(mach, cpu);
		pmap_activate(mach, pmap);
		assert_int_equal(mmu_access(mach, &mach->cpus[cpu], VA,
				     MMU_USER | MMU_WRITE)
				     .pa,
		    VM_PAGE_TO_PHYS(m));
	}
	for (cpu = 0; cpu < ncpu; cpu++)
		received[cpu] = mach->cpus[cpu].received[INVAL_PAGE];
	pmapsim_set_cpu(mach, remover);
	local = mach->cpus[remover].local[INVAL_PAGE];
	sent = mach->cpus[remover].sent[INVAL_PAGE];
	pmap_remove(mach, pmap, VA, VA + PAGE_SIZE);
	assert_int_equal(mach->cpus[remover].local[INVAL_PAGE] - local,
	    remover < users);
	assert_int_equal(mach->cpus[remover].sent[INVAL_PAGE] - sent,
	    users - (remover < users));
	for (cpu = 0; cpu < ncpu; cpu++) {
		assert_int_equal(mach->cpus[cpu].received[INVAL_PAGE] -
			received[cpu],
		    cpu < users && cpu != remover);
		if (cpu < users)
			assert_int_equal(mmu_access(mach, &mach->cpus[cpu], VA,
					     MMU_USER)
					     .result,
			    MMU_PAGE_FAULT);
	}
	pmapsim_destroy(mach);
}

static void
test_removal_reaches_the_users(void **state)
{
	static const unsigned ncpus[] = {1, 2, 5, 31, 32};
	unsigned i, remover, users;

	for (i = 0; i < sizeof(ncpus) / sizeof(ncpus[0]); i++)
		for (users = 0; users <= ncpus[i]; users += 1 + ncpus[i] / 4)
			for (remover = 0; remover < ncpus[i];
			     remover += 1 + ncpus[i] / 3)
				check_removal(ncpus[i], users, remover);
	check_removal(32, 32, 31);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_activation_moves_one_bit),
	    cmocka_unit_test(test_removal_reaches_the_users),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
