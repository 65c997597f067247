/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of kernel memory share.
 */
#ifndef TESTS_VM_VM_KERN_FIXTURE_H
#define TESTS_VM_VM_KERN_FIXTURE_H

#include "vm_map_fixture.h"

#include "vm/vm_phys.h"
#include "vm/vm_reserv.h"

#include "hw/physmem.h"

#define K VM_MIN_KERNEL_ADDRESS

/* What a call may change, in the order of spec/90 B's columns. */
struct columns {
	int64_t resident, wired, vwire, free, promotions, demotions, failures;
};

static inline void
assert_columns(struct machine *mach, struct columns want)
{
	pmap_t pmap = pmapsim_kernel_pmap(mach);

	assert_int_equal(pmapsim_pmap_resident_count(pmap), want.resident);
	assert_int_equal(pmapsim_pmap_wired_count(pmap), want.wired);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", want.vwire);
	assert_sysctl(mach, "vm.stats.vm.v_free_count", want.free);
	assert_sysctl(mach, "vm.pmap.pde.promotions", want.promotions);
	assert_sysctl(mach, "vm.pmap.pde.demotions", want.demotions);
	assert_sysctl(mach, "vm.pmap.pde.p_failures", want.failures);
	assert_sysctl(mach, "vm.pmap.pde.mappings", 0);
	assert_sysctl(mach, "vm.pmap.pv_entry_count", 0);
}

#endif /* TESTS_VM_VM_KERN_FIXTURE_H */
