/* SPDX-License-Identifier: BSD-2-Clause */
#include <pmapsim/cmocka.h>
#include <pmapsim/vm.h>

static void
malloc_over_litter(const char *kernel, const char *panic)
{
	struct pmapsim_config config;
	struct machine *mach;
	vm_offset_t va;

	pmapsim_config_init(&config);
	config.kernel = kernel;
	assert_int_equal(pmapsim_boot(&config, &mach, NULL, 0), PMAPSIM_OK);
	pmapsim_cmocka_hook(mach);
	va = kmem_malloc(mach, pmapsim_kmem_map(mach), NBPDR, M_NOWAIT);
	kmem_free(mach, pmapsim_kmem_map(mach), va, 2 * PAGE_SIZE);
	if (panic != NULL)
		assert_panics(mach, panic, kern_malloc(mach, 8192, M_NOWAIT));
	else
		assert_int_equal(kern_malloc(mach, 8192, M_NOWAIT), va);
	assert_superpage(mach, pmapsim_kernel_pmap(mach), va);
	pmapsim_destroy(mach);
}

static void
test_panic_and_fix(void **state)
{
	malloc_over_litter("2010-04+litter",
	    "pmap_enter: attempted pmap_enter on 2MB page");
	malloc_over_litter("2010-04+litter+clear-on-unuse", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_panic_and_fix)};
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
