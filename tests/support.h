/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fixtures that the tests share: a small machine from a line of text, and the
 * few steps that almost every test begins with.  Each asserts that it
 * succeeded, so that a test says only what it is about.
 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <pmapsim/cmocka.h>
#include <pmapsim/hw.h>
#include <pmapsim/machine.h>
#include <pmapsim/pmap.h>
#include <pmapsim/vm.h>

/* 32 MB, of which the upper 28 are free; kmem_map of 8 MB; two CPUs. */
#define SUPPORT_SMALL "mem=32M first=4M kmem=8M ncpu=2 invariants=on"

/*
 * Boots the machine that "config" describes in the words of a trace's machine
 * line: mem, first, kmem, ncpu, superpages, invariants, maxproc, kernel.
 * What is not given is as pmapsim_config_init() says.  A panic outside a
 * guard fails the test that runs.  The caller owns the machine.
 */
struct machine *support_boot(const char *config);

/*
 * Whether the host's pointers reach a machine of "mem" bytes.  Where they do
 * not, as in a build of 32 bits, it says in a line that the caller leaves this
 * machine out.
 */
bool support_reaches(vm_paddr_t mem);

/*
 * Audits "mach", unless it has panicked, and destroys it; the test fails when
 * the audit does.  A test that breaks its machine's state on purpose gives it
 * to pmapsim_destroy() instead.  NULL is ignored.
 */
void support_destroy(struct machine *mach);

/* The same as setup and teardown of one test: "*state" is the machine. */
int support_setup(void **state); /* SUPPORT_SMALL */
int support_teardown(void **state);
#define support_test(test) \
	cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
/*
 * A test whose machine is not audited at the end, since it leaves tables or
 * lists as no kernel call leaves them.
 */
int support_teardown_unaudited(void **state);
#define support_unaudited_test(test)                           \
	cmocka_unit_test_setup_teardown((test), support_setup, \
	    support_teardown_unaudited)

/* The value of a counter that must exist. */
int64_t support_sysctl(struct machine *mach, const char *name);

/*
 * Allocates page "pindex" of "object" and makes it as a trace's vm_page_alloc
 * does: valid, not busy, and active unless "req" has VM_ALLOC_WIRED.
 */
vm_page_t support_page(struct machine *mach, vm_object_t object,
    vm_pindex_t pindex, int req);
/* The same for "count" pages from "pindex" on; returns the first. */
vm_page_t support_pages(struct machine *mach, vm_object_t object,
    vm_pindex_t pindex, unsigned count, int req);
/* An OBJT_DEFAULT object of "size" pages, coloured when "color" is not NULL. */
vm_object_t support_object(struct machine *mach, vm_pindex_t size,
    const uint16_t *color);

/*
 * A full reservation of kernel_object at a 2 MB-aligned kernel address without
 * a page mapped: returns the address, and the pages through "pages", which
 * has room for 512.  Consumes kernel_map and pages as kmem_alloc_nofault()
 * and 512 vm_page_alloc(wired) do.
 */
vm_offset_t support_full_reservation(struct machine *mach, vm_page_t *pages);
/* The same with all pages entered wired, and so promoted. */
vm_offset_t support_superpage(struct machine *mach, vm_page_t *pages);

/* The raw PDE and PTE of "va", as the trace statement "pte" shows them. */
pd_entry_t support_pde(struct machine *mach, pmap_t pmap, vm_offset_t va);
pt_entry_t support_pte(struct machine *mach, pmap_t pmap, vm_offset_t va);

/* A deterministic generator (xorshift64*); the seed is printed by the test. */
uint64_t support_random(uint64_t *seed);

#endif /* TESTS_SUPPORT_H */
