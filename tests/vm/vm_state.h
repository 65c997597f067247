/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole state of physical memory as text, so that a test compares all of
 * it with one assertion: the free lists in queue order, and the partial
 * reservations.
 */
#ifndef TESTS_VM_VM_STATE_H
#define TESTS_VM_VM_STATE_H

#include "support.h"

#include <stdio.h>
#include <string.h>

#include <pmapsim/audit.h>

#include "vm/vm_phys.h"
#include "vm/vm_reserv.h"

#define VM_STATE_SIZE 32768

struct vm_state {
	char text[VM_STATE_SIZE];
	size_t length;
};

static inline void
vm_state_add(struct vm_state *state, const char *format, uint64_t value)
{
	int n;

	n = snprintf(state->text + state->length,
	    sizeof(state->text) - state->length, format, value);
	assert_true(n > 0 && (size_t)n < sizeof(state->text) - state->length);
	state->length += (size_t)n;
}

static inline void
vm_state_add_block(struct machine *mach, vm_paddr_t pa, void *arg)
{

	(void)mach;
	vm_state_add(arg, " %" PRIx64, pa);
}

/* A line for each queue that is not empty: "LIST.POOL.ORDER PA...". */
static inline void
vm_state_lists(struct machine *mach, struct vm_state *state)
{
	int list, order, pool;

	state->length = 0;
	state->text[0] = '\0';
	for (list = 0; list < mach->vm_phys->nfreelists; list++)
		for (pool = 0; pool < VM_NFREEPOOL; pool++)
			for (order = 0; order < VM_NFREEORDER; order++) {
				if (vm_phys_queue_length(mach, list, pool,
					order) == 0)
					continue;
				vm_state_add(state, "%" PRIu64, list);
				vm_state_add(state, ".%" PRIu64, pool);
				vm_state_add(state, ".%" PRIu64, order);
				vm_phys_foreach(mach, list, pool, order,
				    vm_state_add_block, state);
				vm_state_add(state, "\n", 0);
			}
}

/* Partial reservations in queue order: "PA:POPCNT ...". */
static inline void
vm_state_partpop(struct machine *mach, struct vm_state *state)
{
	struct vm_reserv *rv;

	state->length = 0;
	state->text[0] = '\0';
	TAILQ_FOREACH(rv, &mach->vm_reserv->rvq_partpop, partpopq) {
		if (state->length > 0)
			vm_state_add(state, " ", 0);
		vm_state_add(state, "%" PRIx64,
		    vm_reserv_to_phys(mach->vm_reserv, rv));
		vm_state_add(state, ":%" PRIu64, (uint64_t)rv->popcnt);
	}
}

/* The free lists are exactly "lists"; lines as vm_state_lists() writes them. */
#define assert_lists(mach, lists)                             \
	do {                                                  \
		struct vm_state vm_state_;                    \
		vm_state_lists((mach), &vm_state_);           \
		assert_string_equal(vm_state_.text, (lists)); \
	} while (0)

#define assert_partpop(mach, partpop)                           \
	do {                                                    \
		struct vm_state vm_state_;                      \
		vm_state_partpop((mach), &vm_state_);           \
		assert_string_equal(vm_state_.text, (partpop)); \
	} while (0)

#define assert_audit(mach)                                              \
	do {                                                            \
		char audit_[256];                                       \
		if (machine_audit((mach), audit_, sizeof(audit_)) != 0) \
			fail_msg("%s", audit_);                         \
	} while (0)

#define assert_pa(mach, m, pa)                                       \
	do {                                                         \
		vm_page_t m_ = (m);                                  \
		assert_non_null(m_);                                 \
		assert_int_equal(vm_page_to_phys((mach), m_), (pa)); \
	} while (0)

/* Ends a test's machine, which must be sound unless it has panicked. */
static inline int
vm_state_teardown(void **state)
{
	struct machine *mach = *state;

	if (pmapsim_panic(mach) == NULL)
		assert_audit(mach);
	support_destroy(mach);
	return (0);
}

#endif /* TESTS_VM_VM_STATE_H */
