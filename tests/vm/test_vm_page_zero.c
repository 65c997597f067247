/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages that are zeroed before they are asked for: who spares the work, and
 * who does it.  To see the difference a page is said to be zero that is not.
 */
#include "vm/vm_state.h"

#include "vm/pmap.h"
#include "vm/vm_map.h"
#include "vm/vm_object.h"

#define GARBAGE 0x5a

/*
 * Makes one page, its buddy in use, the only free block of order 0: full of
 * garbage, and marked PG_ZERO if "marked".  Returns where it is.
 */
static vm_paddr_t
prepare(struct machine *mach, bool marked)
{
	vm_paddr_t pa;
	vm_page_t m;

	m = vm_phys_alloc_contig(mach, 2, 0, UINT64_MAX, 2 * PAGE_SIZE, 0);
	assert_non_null(m);
	pa = vm_page_to_phys(mach, m);
	memset((char *)pmapsim_arena(mach, NULL) + pa, GARBAGE, PAGE_SIZE);
	if (marked)
		vm_page_free_zero(mach, m);
	else
		vm_page_free(mach, m);
	return (pa);
}

static void
assert_contents(struct machine *mach, vm_paddr_t pa, int byte)
{
	const unsigned char *arena = pmapsim_arena(mach, NULL);

	assert_int_equal(arena[pa], byte);
	assert_int_equal(arena[pa + PAGE_MASK], byte);
}

/* Zeroed when that was asked for and is not so already. */
static void
test_grab_spares_a_zeroed_page(void **state)
{
	struct machine *mach;
	vm_object_t object;
	vm_paddr_t pa;
	vm_page_t m;
	int marked, zero;

	(void)state;
	for (marked = 0; marked < 2; marked++)
		for (zero = 0; zero < 2; zero++) {
			mach = support_boot("mem=32M first=16M kmem=0 "
					    "invariants=on");
			pa = prepare(mach, marked);
			object = support_object(mach, 1, NULL);
			m = vm_page_grab(mach, object, 0,
			    VM_ALLOC_NORMAL | (zero ? VM_ALLOC_ZERO : 0));
			assert_pa(mach, m, pa);
			assert_contents(mach, pa,
			    zero && !marked ? 0 : GARBAGE);
			assert_int_equal(vm_page_flags(m) & PG_ZERO,
			    zero && marked ? PG_ZERO : 0);
			assert_int_equal(m->valid, 0);
			pmapsim_destroy(mach);
		}
}

/* The pager of physical memory has zeroes, in any page. */
static void
test_page_in_spares_a_zeroed_page(void **state)
{
	struct machine *mach;
	vm_object_t object;
	vm_paddr_t pa;
	vm_page_t m;
	int marked;

	(void)state;
	for (marked = 0; marked < 2; marked++) {
		mach = support_boot("mem=32M first=16M kmem=0 invariants=on");
		pa = prepare(mach, marked);
		object = vm_object_allocate(mach, OBJT_PHYS, 1);
		m = vm_page_alloc(mach, object, 0, VM_ALLOC_ZERO);
		assert_pa(mach, m, pa);
		assert_true(vm_object_page_in(mach, object, m));
		assert_contents(mach, pa, marked ? GARBAGE : 0);
		assert_int_equal(m->valid, VM_PAGE_BITS_ALL);
		assert_int_equal(vm_page_use(mach, m)->dirty, 0);
		pmapsim_destroy(mach);
	}
}

/* Contiguous kernel memory is zeroed for M_ZERO alone. */
static void
test_kmem_alloc_spares_a_zeroed_page(void **state)
{
	struct machine *mach;
	vm_offset_t addr;
	vm_paddr_t pa;
	vm_map_t map;
	int attr, marked, zero;

	(void)state;
	for (attr = 0; attr < 2; attr++)
		for (marked = 0; marked < 2; marked++)
			for (zero = 0; zero < 2; zero++) {
				mach = support_boot(SUPPORT_SMALL);
				map = pmapsim_kernel_map(mach);
				/* The page tables first, which would take the page. */
				addr = kmem_alloc_nofault(mach, map, PAGE_SIZE);
				kmem_free(mach, map, addr, PAGE_SIZE);
				pa = prepare(mach, marked);
				addr = attr ?
				    kmem_alloc_attr(mach, map, PAGE_SIZE,
					zero ? M_ZERO : 0, pa, pa + PAGE_SIZE,
					VM_MEMATTR_DEFAULT) :
				    kmem_alloc_contig(mach, map, PAGE_SIZE,
					zero ? M_ZERO : 0, pa, pa + PAGE_SIZE,
					PAGE_SIZE, 0, VM_MEMATTR_DEFAULT);
				assert_int_not_equal(addr, 0);
				assert_int_equal(pmap_kextract(mach, addr), pa);
				assert_contents(mach, pa,
				    zero && !marked ? 0 : GARBAGE);
				pmapsim_destroy(mach);
			}
}

/* The idle process goes from one list to the next, and back to the first. */
static void
test_idle_zeroes_all_lists(void **state)
{
	struct machine *mach;
	vm_page_t high, low;
	int i;

	(void)state;
	mach = support_boot("mem=0x1001000 first=0xfff000 kmem=0 "
			    "invariants=on");
	assert_lists(mach, "0.0.0 1000000\n1.0.0 fff000\n");
	high = PHYS_TO_VM_PAGE(mach, 0x1000000);
	low = PHYS_TO_VM_PAGE(mach, 0xfff000);
	for (i = 0; i < 2; i++) {
		assert_true(vm_phys_zero_pages_idle(mach));
		assert_int_equal(vm_page_flags(high) & PG_ZERO, PG_ZERO);
		assert_int_equal(vm_page_flags(low) & PG_ZERO,
		    i == 1 ? PG_ZERO : 0);
		assert_int_equal(mach->vm_page->vm_page_zero_count, i + 1);
	}
	/* Once around: what comes to the first list is found again. */
	assert_ptr_equal(vm_page_alloc(mach, NULL, 0,
			     VM_ALLOC_NOOBJ | VM_ALLOC_INTERRUPT),
	    high);
	vm_page_free(mach, high);
	assert_int_equal(vm_page_flags(high) & PG_ZERO, 0);
	assert_true(vm_phys_zero_pages_idle(mach));
	assert_int_equal(vm_page_flags(high) & PG_ZERO, PG_ZERO);
	assert_sysctl(mach, "vm.stats.misc.cnt_prezero", 3);
	assert_audit(mach);
	support_destroy(mach);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_grab_spares_a_zeroed_page),
	    cmocka_unit_test(test_page_in_spares_a_zeroed_page),
	    cmocka_unit_test(test_kmem_alloc_spares_a_zeroed_page),
	    cmocka_unit_test(test_idle_zeroes_all_lists),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
