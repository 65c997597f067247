/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Assertions for cmocka tests of code that runs on a simulated machine: that
 * a call panics, with which text or code; what is mapped where and by how
 * large a page; what a counter reads.
 *
 * A test that includes this header is linked with cmocka; the library itself
 * is not.  All macros evaluate each argument once, all report the place in
 * the test that used them, and a failed one ends its own test alone: the
 * machine stays to be destroyed by the test's teardown.
 *
 *	static void
 *	test_litter_panics(void **state)
 *	{
 *		struct machine *mach = *state;
 *		vm_offset_t va;
 *
 *		va = kmem_malloc(mach, pmapsim_kmem_map(mach), NBPDR, M_NOWAIT);
 *		assert_superpage(mach, pmapsim_kernel_pmap(mach), va);
 *		kmem_free(mach, pmapsim_kmem_map(mach), va, 2 * PAGE_SIZE);
 *		assert_panics(mach,
 *		    "pmap_enter: attempted pmap_enter on 2MB page",
 *		    kmem_malloc(mach, pmapsim_kmem_map(mach), 2 * PAGE_SIZE,
 *		    M_NOWAIT));
 *	}
 *
 * The setup that boots "mach" calls pmapsim_cmocka_hook(mach), so that the
 * two calls outside assert_panics() need no guard.
 */
#ifndef PMAPSIM_CMOCKA_H
#define PMAPSIM_CMOCKA_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pmapsim/hw.h>
#include <pmapsim/machine.h>
#include <pmapsim/pmap.h>
#include <pmapsim/types.h>

/*
 * The jump out of a panicking call loses only a local variable of the test to
 * which that call assigns; gcc warns of each variable that is used after it.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wclobbered"
#endif

/* Prints a panic as the kernel would report it, innermost frame first. */
static inline void
pmapsim_cmocka_print_panic_(const struct pmapsim_panic *panic)
{
	unsigned i;

	print_error("panic: %s (%s)\n", panic->text,
	    pmapsim_panic_code_name(panic->code));
	print_error("    at %s:%d, on CPU %u\n", panic->file, panic->line,
	    panic->cpu);
	for (i = 0; i < panic->nframes; i++)
		print_error("    %s()\n", panic->frames[i]);
}

static inline void
pmapsim_cmocka_panicked_(struct machine *mach,
    const struct pmapsim_panic *panic, void *arg)
{
	(void)mach;
	(void)arg;
	pmapsim_cmocka_print_panic_(panic);
	print_error(
	    "    in a call without a guard: assert_no_panic() around it "
	    "names its line\n");
	_fail(panic->file, panic->line);
}

/*
 * Makes a panic of "mach" outside any guard fail the test that is running,
 * with the kernel's message; without this call it aborts the process.  The
 * setup that boots "mach" calls this once, for the life of the machine.
 */
static inline void
pmapsim_cmocka_hook(struct machine *mach)
{
	pmapsim_set_panic_hook(mach, pmapsim_cmocka_panicked_, NULL);
}

/*
 * How a guarded call must end: with a panic or without one, and the panic with
 * this text and this code where they are given.
 */
struct pmapsim_cmocka_end_ {
	bool panics;
	const char *text;	      /* NULL: any */
	enum pmapsim_panic_code code; /* PMAPSIM_PANIC_UNKNOWN: any */
};

/* Fails when a guarded call did not end as the test said. */
static inline void
pmapsim_cmocka_ended_(struct machine *mach, bool entered, bool panicked,
    const struct pmapsim_cmocka_end_ *end, const char *call, const char *file,
    int line)
{
	const struct pmapsim_panic *panic;
	const char *expected;

	panic = pmapsim_panic(mach);
	expected = end->text != NULL ? end->text :
				       pmapsim_panic_code_name(end->code);
	if (!entered) {
		print_error("%s was not called: the machine had panicked "
			    "before\n",
		    call);
		if (panic != NULL)
			pmapsim_cmocka_print_panic_(panic);
		_fail(file, line);
	} else if (!end->panics && panicked) {
		print_error("%s panicked\n", call);
		pmapsim_cmocka_print_panic_(panic);
		_fail(file, line);
	} else if (end->panics && !panicked) {
		print_error("%s did not panic\n    expected: %s\n", call,
		    expected);
		_fail(file, line);
	} else if (end->text != NULL && strcmp(panic->text, end->text) != 0) {
		print_error("%s panicked with another text\n"
			    "    expected: %s\n",
		    call, expected);
		pmapsim_cmocka_print_panic_(panic);
		_fail(file, line);
	} else if (end->code != PMAPSIM_PANIC_UNKNOWN &&
	    panic->code != end->code) {
		print_error("%s panicked with another code\n"
			    "    expected: %s\n",
		    call, expected);
		pmapsim_cmocka_print_panic_(panic);
		_fail(file, line);
	}
}

/* "words" is the call as the test has it, its macros' names kept. */
#define pmapsim_cmocka_guarded_(mach, panics, text, code, call, words)       \
	do {                                                                 \
		struct machine *volatile pmapsim_mach_ = (mach);             \
		const struct pmapsim_cmocka_end_ pmapsim_end_ = {(panics),   \
		    (text), (code)};                                         \
		volatile bool pmapsim_panicked_ = true;                      \
		volatile bool pmapsim_entered_ = false;                      \
		struct pmapsim_guard pmapsim_guard_;                         \
                                                                             \
		if (pmapsim_guard_enter(pmapsim_mach_, &pmapsim_guard_)) {   \
			pmapsim_entered_ = true;                             \
			if (setjmp(pmapsim_guard_.env) == 0) {               \
				(void)(call);                                \
				pmapsim_panicked_ = false;                   \
			}                                                    \
			pmapsim_guard_leave(pmapsim_mach_, &pmapsim_guard_); \
		}                                                            \
		pmapsim_cmocka_ended_(pmapsim_mach_, pmapsim_entered_,       \
		    pmapsim_panicked_, &pmapsim_end_, (words), __FILE__,     \
		    __LINE__);                                               \
	} while (0)

/*
 * Asserts that the expression "call", of any type, panics with exactly
 * "text".  "mach" is frozen afterwards: it can be inspected and destroyed.
 */
#define assert_panics(mach, text, call)                                      \
	pmapsim_cmocka_guarded_((mach), true, (text), PMAPSIM_PANIC_UNKNOWN, \
	    call, #call)

/*
 * Asserts that the expression "call" panics with "code", an enum
 * pmapsim_panic_code that is not PMAPSIM_PANIC_UNKNOWN, whatever numbers its
 * text holds.  "mach" is frozen afterwards.
 */
#define assert_panics_with(mach, code, call) \
	pmapsim_cmocka_guarded_((mach), true, NULL, (code), call, #call)

/* Asserts that the expression "call" returns.  Its value is dropped. */
#define assert_no_panic(mach, call)                                         \
	pmapsim_cmocka_guarded_((mach), false, NULL, PMAPSIM_PANIC_UNKNOWN, \
	    call, #call)

/*
 * What "va" translates to in "pmap", whatever the permissions; false when it
 * is not mapped.  No bit of the tables is touched.
 */
static inline bool
pmapsim_cmocka_translate_(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_paddr_t *pa, struct pmapsim_pte *entries)
{
	pmapsim_pte(mach, pmap, va, entries);
	if ((entries->pdpe & (PG_V | PG_PS)) == (PG_V | PG_PS))
		*pa = (entries->pdpe & PG_PS_FRAME & ~PDPMASK) | (va & PDPMASK);
	else if ((entries->pde & (PG_V | PG_PS)) == (PG_V | PG_PS))
		*pa = (entries->pde & PG_PS_FRAME) | (va & PDRMASK);
	else if ((entries->pte & PG_V) != 0)
		*pa = (entries->pte & PG_FRAME) | (va & PAGE_MASK);
	else
		return (false);
	return (true);
}

static inline void
pmapsim_cmocka_print_entries_(pmap_t pmap, vm_offset_t va,
    const struct pmapsim_pte *entries)
{
	print_error("    %s 0x%" PRIx64 ": pde=0x%" PRIx64 " pte=0x%" PRIx64
		    "\n",
	    pmapsim_pmap_name(pmap), va, entries->pde, entries->pte);
}

static inline void
pmapsim_cmocka_mapped_(struct machine *mach, pmap_t pmap, vm_offset_t va,
    const vm_paddr_t *want, const char *file, int line)
{
	struct pmapsim_pte entries;
	vm_paddr_t pa;
	bool mapped;

	pa = 0;
	mapped = pmapsim_cmocka_translate_(mach, pmap, va, &pa, &entries);
	if (want == NULL ? !mapped : mapped && pa == *want)
		return;
	if (mapped)
		print_error("0x%" PRIx64 " is mapped to 0x%" PRIx64 "\n", va,
		    pa);
	else
		print_error("0x%" PRIx64 " is not mapped\n", va);
	if (want != NULL)
		print_error("    expected: mapped to 0x%" PRIx64 "\n", *want);
	else
		print_error("    expected: not mapped\n");
	pmapsim_cmocka_print_entries_(pmap, va, &entries);
	_fail(file, line);
}

static inline void
pmapsim_cmocka_mapped_to_(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_paddr_t pa, const char *file, int line)
{
	pmapsim_cmocka_mapped_(mach, pmap, va, &pa, file, line);
}

/* Asserts that "va" is mapped to exactly "pa", by a page of any size. */
#define assert_mapped(mach, pmap, va, pa)                               \
	pmapsim_cmocka_mapped_to_((mach), (pmap), (va), (pa), __FILE__, \
	    __LINE__)

/* Asserts that no valid entry maps "va". */
#define assert_not_mapped(mach, pmap, va) \
	pmapsim_cmocka_mapped_((mach), (pmap), (va), NULL, __FILE__, __LINE__)

static inline void
pmapsim_cmocka_superpage_(struct machine *mach, pmap_t pmap, vm_offset_t va,
    bool want, const char *file, int line)
{
	struct pmapsim_pte entries;
	bool superpage;

	pmapsim_pte(mach, pmap, va, &entries);
	superpage = (entries.pde & (PG_V | PG_PS)) == (PG_V | PG_PS);
	if (superpage == want)
		return;
	print_error("0x%" PRIx64 " is %smapped by a 2 MB page\n", va,
	    superpage ? "" : "not ");
	pmapsim_cmocka_print_entries_(pmap, va, &entries);
	_fail(file, line);
}

/* Asserts that "va" lies in a 2 MB mapping. */
#define assert_superpage(mach, pmap, va)                                \
	pmapsim_cmocka_superpage_((mach), (pmap), (va), true, __FILE__, \
	    __LINE__)

/* Asserts that "va" lies in no 2 MB mapping: in a 4 KB one, or in none. */
#define assert_not_superpage(mach, pmap, va)                             \
	pmapsim_cmocka_superpage_((mach), (pmap), (va), false, __FILE__, \
	    __LINE__)

static inline void
pmapsim_cmocka_pte_(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pt_entry_t value, const char *file, int line)
{
	struct pmapsim_pte entries;

	pmapsim_pte(mach, pmap, va, &entries);
	if (entries.pte == value)
		return;
	print_error("the PTE of 0x%" PRIx64 " is 0x%" PRIx64
		    "\n    expected: 0x%" PRIx64 "\n",
	    va, entries.pte, value);
	pmapsim_cmocka_print_entries_(pmap, va, &entries);
	_fail(file, line);
}

/*
 * Asserts that the PTE of "va" is "value", all 64 bits.  Where there is no
 * page table the PTE reads as 0.
 */
#define assert_pte(mach, pmap, va, value) \
	pmapsim_cmocka_pte_((mach), (pmap), (va), (value), __FILE__, __LINE__)

static inline void
pmapsim_cmocka_sysctl_(struct machine *mach, const char *name, int64_t value,
    const char *file, int line)
{
	int64_t found;

	if (pmapsim_sysctl(mach, name, &found) != PMAPSIM_OK) {
		print_error("%s is not a sysctl with a number\n", name);
		_fail(file, line);
	} else if (found != value) {
		print_error("%s: %" PRId64 "\n    expected: %" PRId64 "\n",
		    name, found, value);
		_fail(file, line);
	}
}

/* Asserts the value of a counter, "vm.pmap.pde.promotions" for instance. */
#define assert_sysctl(mach, name, value)                                   \
	pmapsim_cmocka_sysctl_((mach), (name), (int64_t)(value), __FILE__, \
	    __LINE__)

#endif /* PMAPSIM_CMOCKA_H */
