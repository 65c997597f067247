/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The assertions for users' tests, each seen to hold and to fail.  A failing
 * one runs in a child process, whose output must hold what it was about.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT "panic text"
#define REGION UINT64_C(0xffffff8000000000) /* where kmem_map starts */

/* A kernel call that panics, and one that does not. */
static int
call(struct machine *mach, bool fails)
{

	if (fails)
		vm_page_unwire(mach, PHYS_TO_VM_PAGE(mach, 4 << 20), 0);
	return (7);
}

static const char unwired[] = "vm_page_unwire: invalid wire count: 0";

static void
test_assertions_hold(void **state)
{
	struct machine *mach = *state;
	pmap_t pmap = pmapsim_kernel_pmap(mach);
	vm_paddr_t pa;
	vm_offset_t va;

	va = kmem_malloc(mach, pmapsim_kmem_map(mach), NBPDR, M_NOWAIT);
	assert_int_equal(va, REGION);
	pa = pmap_kextract(mach, va);
	assert_superpage(mach, pmap, va);
	assert_superpage(mach, pmap, va + NBPDR - 1);
	assert_mapped(mach, pmap, va, pa);
	assert_mapped(mach, pmap, va + 0x5123, pa + 0x5123);
	assert_not_superpage(mach, pmap, va + NBPDR);
	assert_not_mapped(mach, pmap, va + NBPDR);
	assert_pte(mach, pmap, va, 0);
	assert_sysctl(mach, "vm.pmap.pde.promotions", 1);

	assert_no_panic(mach,
	    kmem_free(mach, pmapsim_kmem_map(mach), va, PAGE_SIZE));
	assert_not_superpage(mach, pmap, va);
	assert_not_mapped(mach, pmap, va);
	assert_mapped(mach, pmap, va + PAGE_SIZE + 0x10, pa + PAGE_SIZE + 0x10);
	assert_pte(mach, pmap, va + PAGE_SIZE, (pa + PAGE_SIZE) | 0x363);

	/* The direct map of this machine is of 2 MB pages. */
	assert_mapped(mach, pmap, DMAP_MIN_ADDRESS + 0x1234567, 0x1234567);

	assert_panics(mach, unwired, call(mach, true));
	assert_string_equal(pmapsim_panic(mach)->text, unwired);
}

/* A panic by its code: one of many that share a form, and its class. */
static void
test_panics_with_code(void **state)
{
	struct machine *mach = *state;

	assert_panics_with(mach, PMAPSIM_PANIC_PAGE_UNWIRE_INVALID_WIRE_COUNT,
	    call(mach, true));
	assert_string_equal(pmapsim_panic(mach)->text, unwired);
	assert_int_equal(pmapsim_panic(mach)->panic_class,
	    PMAPSIM_PANIC_IS_BUG);
}

/* Guards nest: an assertion inside an assertion's call. */
static void
inner(struct machine *mach)
{

	assert_no_panic(mach, call(mach, false));
	call(mach, true);
}

static void
test_assertions_nest(void **state)
{
	struct machine *mach = *state;

	assert_panics(mach, unwired, inner(mach));
}

/* Arguments are evaluated once. */
static void
test_arguments_once(void **state)
{
	struct machine *mach = *state;
	unsigned machs = 0, texts = 0, calls = 0;

	assert_no_panic((machs++, mach), (void)calls++);
	assert_int_equal(machs, 1);
	assert_int_equal(calls, 1);
	assert_panics((machs++, mach), (texts++, unwired), call(mach, true));
	assert_int_equal(machs, 2);
	assert_int_equal(texts, 1);
}

/* ---- tests that must fail ------------------------------------------------ */
#define NOTHING false /* a message has the macro's name */

static void
fails_no_panic(void **state)
{
	assert_panics((struct machine *)*state, TEXT, call(*state, NOTHING));
}

static void
fails_other_text(void **state)
{
	assert_panics((struct machine *)*state, TEXT, call(*state, true));
}

static void
fails_prefix(void **state)
{
	assert_panics((struct machine *)*state,
	    "vm_page_unwire: invalid wire count:", call(*state, true));
}

static void
fails_other_code(void **state)
{
	assert_panics_with((struct machine *)*state,
	    PMAPSIM_PANIC_PAGE_FREE_FREE, call(*state, true));
}

static void
fails_no_panic_with(void **state)
{
	assert_panics_with((struct machine *)*state,
	    PMAPSIM_PANIC_PAGE_FREE_FREE, call(*state, false));
}

static void
fails_panics(void **state)
{
	assert_no_panic((struct machine *)*state, call(*state, true));
}

static void
fails_frozen(void **state)
{
	struct machine *mach = *state;

	assert_panics(mach, unwired, call(mach, true));
	assert_panics(mach, unwired, call(mach, true));
}

static void
fails_unexpected(void **state)
{
	call(*state, true);
}

static void
fails_mapped(void **state)
{
	struct machine *mach = *state;

	assert_mapped(mach, pmapsim_kernel_pmap(mach), REGION, 0);
}

static void
fails_mapped_elsewhere(void **state)
{
	struct machine *mach = *state;

	assert_mapped(mach, pmapsim_kernel_pmap(mach),
	    DMAP_MIN_ADDRESS + 0x5000, 0x6000);
}

static void
fails_not_mapped(void **state)
{
	struct machine *mach = *state;

	assert_not_mapped(mach, pmapsim_kernel_pmap(mach), DMAP_MIN_ADDRESS);
}

static void
fails_superpage(void **state)
{
	struct machine *mach = *state;

	assert_superpage(mach, pmapsim_kernel_pmap(mach), REGION);
}

static void
fails_not_superpage(void **state)
{
	struct machine *mach = *state;

	assert_not_superpage(mach, pmapsim_kernel_pmap(mach), DMAP_MIN_ADDRESS);
}

static void
fails_pte(void **state)
{
	struct machine *mach = *state;

	assert_pte(mach, pmapsim_kernel_pmap(mach), REGION, 0x363);
}

static void
fails_sysctl(void **state)
{
	assert_sysctl((struct machine *)*state, "vm.pmap.pde.promotions", 1);
}

static void
fails_no_sysctl(void **state)
{
	assert_sysctl((struct machine *)*state, "vm.nonsense", 1);
}

/* Runs after a test that fails: it must not be touched by that. */
static void
passes(void **state)
{
	assert_no_panic((struct machine *)*state, call(*state, false));
}

/* Runs "run" in a child, and returns what that does; "out" has its output. */
static int
in_child(int (*run)(void *arg), void *arg, char *out, size_t size)
{
	int fds[2], status;
	size_t used = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		status = run(arg);
		fflush(NULL);
		_exit(status);
	}
	close(fds[1]);
	while ((got = read(fds[0], out + used, size - 1 - used)) > 0)
		used += (size_t)got;
	out[used] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static int
run_and_pass(void *arg)
{
	CMUnitTestFunction *test = arg;
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(*test, support_setup,
		support_teardown),
	    support_test(passes),
	};

	return (cmocka_run_group_tests_name("child", tests, NULL, NULL));
}

/* What a child prints that runs "test" and then one that passes. */
static int
run_in_child(CMUnitTestFunction test, char *out, size_t size)
{

	return (in_child(run_and_pass, &test, out, size));
}

/*
 * glibc tells what a jump leaves by the places of frames on the stack.  Where
 * AddressSanitizer keeps locals elsewhere, as our preset has it do, there is
 * nothing to tell.
 */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#define JUMPS_ARE_TOLD
#endif

#ifdef JUMPS_ARE_TOLD
/* An assertion that fails inside a guard jumps over it. */
static void
asserts(struct machine *mach, void *arg)
{

	assert_int_equal(call(mach, false), 8);
}

static void
fails_in_run(void **state)
{

	pmapsim_run(*state, asserts, NULL);
}

static void
fails_in_guards(void **state)
{

	assert_no_panic((struct machine *)*state,
	    pmapsim_run(*state, asserts, NULL));
}

/* Needs more of the stack than the guards took, and fills it. */
static void
fails_where_guards_were(void **state)
{
	volatile char pad[2000];
	unsigned i;

	for (i = 0; i < sizeof(pad); i++)
		pad[i] = 0x41;
	call(*state, true);
}

static int
run_jumps(void *arg)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fails_in_run),
	    cmocka_unit_test(fails_in_guards),
	    cmocka_unit_test(fails_where_guards_were),
	};

	return (cmocka_run_group_tests_name("child", tests, support_setup,
	    support_teardown));
}

static void
test_jump_ends_guards(void **state)
{
	char out[8192];
	int code;

	(void)state;
	code = in_child(run_jumps, NULL, out, sizeof(out));
	if (code != 3 || strstr(out, unwired) == NULL)
		fail_msg("%d of 3 failed:\n%s", code, out);
}
#endif

static const struct failing {
	const char *name;
	CMUnitTestFunction test;
	const char *says;
} failing[] = {
    {"no panic", fails_no_panic, "did not panic"},
    {"no panic, call", fails_no_panic, "call(*state, NOTHING) did not"},
    {"no panic, text", fails_no_panic, "expected: " TEXT},
    {"other text", fails_other_text, "expected: " TEXT},
    {"other text, kernel's", fails_other_text, unwired},
    {"prefix", fails_prefix, "another text"},
    {"other code", fails_other_code, "expected: PAGE_FREE_FREE"},
    {"other code, kernel's", fails_other_code,
	"(PAGE_UNWIRE_INVALID_WIRE_COUNT)"},
    {"no panic, code", fails_no_panic_with, "expected: PAGE_FREE_FREE"},
    {"panics", fails_panics, unwired},
    {"panics, frames", fails_panics, "vm_page_unwire()"},
    {"frozen", fails_frozen, "had panicked before"},
    {"unexpected", fails_unexpected, unwired},
    {"mapped", fails_mapped, "is not mapped"},
    {"mapped elsewhere", fails_mapped_elsewhere, "mapped to 0x5000"},
    {"not mapped", fails_not_mapped, "expected: not mapped"},
    {"superpage", fails_superpage, "is not mapped by a 2 MB page"},
    {"not superpage", fails_not_superpage, "is mapped by a 2 MB page"},
    {"pte", fails_pte, "expected: 0x363"},
    {"sysctl", fails_sysctl, "vm.pmap.pde.promotions: 0"},
    {"no sysctl", fails_no_sysctl, "not a sysctl"},
};

/* Each fails its own test alone, at this file's line or the kernel's. */
static void
test_assertions_fail(void **state)
{
	char out[8192];
	unsigned i;
	int code;

	for (i = 0; i < sizeof(failing) / sizeof(failing[0]); i++) {
		code = run_in_child(failing[i].test, out, sizeof(out));
		if (code != 1)
			fail_msg("%s: %d of 1 failed:\n%s", failing[i].name,
			    code, out);
		if (strstr(out, failing[i].says) == NULL)
			fail_msg("%s: does not say \"%s\":\n%s",
			    failing[i].name, failing[i].says, out);
		if (strstr(out, "test_cmocka.c") == NULL &&
		    strstr(out, "src/vm/") == NULL)
			fail_msg("%s: names no place:\n%s", failing[i].name,
			    out);
	}
	assert_int_equal(run_in_child(passes, out, sizeof(out)), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_assertions_hold),
	    support_test(test_panics_with_code),
	    support_test(test_assertions_nest),
	    support_test(test_arguments_once),
	    cmocka_unit_test(test_assertions_fail),
#ifdef JUMPS_ARE_TOLD
	    cmocka_unit_test(test_jump_ends_guards),
#endif
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
