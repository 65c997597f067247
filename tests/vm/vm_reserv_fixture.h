/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of reservations share.
 */
#ifndef TESTS_VM_VM_RESERV_FIXTURE_H
#define TESTS_VM_VM_RESERV_FIXTURE_H

#include "vm/vm_state.h"

#include "vm/vm_object.h"

/* Example D's memory: one free block of order 10. */
#define CONFIG_D "mem=0x1400000 first=0x1000000 kmem=0 ncpu=1 invariants=on"
/* Eight frames. */
#define CONFIG "mem=32M first=16M kmem=0 ncpu=1 invariants=on"

static inline int
setup(void **state)
{

	*state = support_boot(CONFIG);
	return (0);
}

#define reserv_test(test) \
	cmocka_unit_test_setup_teardown((test), setup, vm_state_teardown)

static inline vm_object_t
colored(struct machine *mach, vm_pindex_t size, uint16_t color)
{

	return (support_object(mach, size, &color));
}

static inline vm_page_t
alloc(struct machine *mach, vm_object_t object, vm_pindex_t pindex)
{
	vm_page_t m;

	m = vm_page_alloc(mach, object, pindex,
	    VM_ALLOC_INTERRUPT | VM_ALLOC_NOBUSY);
	if (m != NULL)
		m->valid = VM_PAGE_BITS_ALL;
	return (m);
}

static inline struct vm_reserv *
reserv(struct machine *mach, vm_paddr_t pa)
{

	return (&mach->vm_reserv->array[pa >> 21]);
}

#define assert_reserv(mach, pa, object_, pindex_, popcnt_)        \
	do {                                                      \
		struct vm_reserv *rv_ = reserv((mach), (pa));     \
		assert_ptr_equal(rv_->object, (object_));         \
		if (rv_->object != NULL)                          \
			assert_int_equal(rv_->pindex, (pindex_)); \
		assert_int_equal(rv_->popcnt, (popcnt_));         \
		assert_int_equal(rv_->inpartpopq,                 \
		    (popcnt_) > 0 && (popcnt_) < 512);            \
	} while (0)

#define assert_ends(mach, broken, freed, reclaimed)                      \
	do {                                                             \
		assert_sysctl((mach), "vm.reserv.broken", broken);       \
		assert_sysctl((mach), "vm.reserv.freed", freed);         \
		assert_sysctl((mach), "vm.reserv.reclaimed", reclaimed); \
	} while (0)

#endif /* TESTS_VM_VM_RESERV_FIXTURE_H */
