/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of pages share: a machine of which every page is known, and
 * a page's and the counters' whole state.
 */
#ifndef TESTS_VM_VM_PAGE_FIXTURE_H
#define TESTS_VM_VM_PAGE_FIXTURE_H

#include "vm/vm_state.h"

#include "vm/pmap.h"
#include "vm/vm_object.h"
#include "vm/vm_page_tree.h"

/* A colour by which index 0 starts a superpage. */
static const uint16_t color0 __attribute__((unused)) = 0;

/* 1024 free pages from 20M on; nothing else is allocated. */
#define CONFIG "mem=24M first=20M kmem=0 ncpu=1 invariants=on"

static inline int
setup(void **state)
{

	*state = support_boot(CONFIG);
	return (0);
}

#define page_test(test) \
	cmocka_unit_test_setup_teardown((test), setup, vm_state_teardown)

static inline struct pmapsim_page_info
info(struct machine *mach, vm_page_t m)
{
	struct pmapsim_page_info i;

	memset(&i, 0x55, sizeof(i));
	pmapsim_page_info(mach, m, &i);
	return (i);
}

#define assert_counts(mach, free, wired, active, inactive)                     \
	do {                                                                   \
		assert_sysctl(mach, "vm.stats.vm.v_free_count", free);         \
		assert_sysctl(mach, "vm.stats.vm.v_wire_count", wired);        \
		assert_sysctl(mach, "vm.stats.vm.v_active_count", active);     \
		assert_sysctl(mach, "vm.stats.vm.v_inactive_count", inactive); \
	} while (0)

#endif /* TESTS_VM_VM_PAGE_FIXTURE_H */
