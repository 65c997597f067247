/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worked examples C and E of the specification: anonymous memory that is
 * written, protected and promoted, and its fork.
 */
#include "vm_fault_fixture.h"

/* ---- the worked examples ------------------------------------------------ */

/*
 * The examples' memory but for the part below 1 MB, which the descriptions of
 * machines cannot say and which no example uses: 158 pages fewer are free.
 */
#define EXAMPLE "mem=80M first=0x1142000 kmem=0 ncpu=2 invariants=on"
#define EXAMPLE_LOW_PAGES 158

struct example {
	int64_t resident, wire, free;
	int64_t pv_count, pv_allocs, pv_frees, pv_spare;
	int64_t chunks, chunk_allocs, chunk_frees;
	int64_t promotions, demotions, p_failures;
};

static void
assert_example(struct machine *mach, vm_map_t map, const struct example *want)
{

	assert_int_equal(pmapsim_pmap_resident_count(map->pmap),
	    want->resident);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", want->wire);
	assert_sysctl(mach, "vm.stats.vm.v_free_count",
	    want->free - EXAMPLE_LOW_PAGES);
	assert_sysctl(mach, "vm.pmap.pv_entry_count", want->pv_count);
	assert_sysctl(mach, "vm.pmap.pv_entry_allocs", want->pv_allocs);
	assert_sysctl(mach, "vm.pmap.pv_entry_frees", want->pv_frees);
	assert_sysctl(mach, "vm.pmap.pv_entry_spare", want->pv_spare);
	assert_sysctl(mach, "vm.pmap.pc_chunk_count", want->chunks);
	assert_sysctl(mach, "vm.pmap.pc_chunk_allocs", want->chunk_allocs);
	assert_sysctl(mach, "vm.pmap.pc_chunk_frees", want->chunk_frees);
	assert_sysctl(mach, "vm.pmap.pde.promotions", want->promotions);
	assert_sysctl(mach, "vm.pmap.pde.demotions", want->demotions);
	assert_sysctl(mach, "vm.pmap.pde.p_failures", want->p_failures);
}

/* The frames of the pmap's pv chunks from head to tail. */
static void
assert_chunks(struct machine *mach, vm_map_t map, unsigned n,
    const vm_paddr_t *want)
{
	struct pv_chunk *pc;
	unsigned i;

	i = 0;
	TAILQ_FOREACH(pc, &map->pmap->pm_pvchunk, pc_list) {
		assert_true(i < n);
		assert_int_equal((char *)pc - (char *)physmem_ptr(mach, 0),
		    want[i]);
		i++;
	}
	assert_int_equal(i, n);
}

static vm_map_t
example_program(struct machine *mach)
{
	vm_map_t map;

	map = program(mach);
	map_at(mach, map, VA, 1024,
	    vm_object_allocate(mach, OBJT_DEFAULT, 1024), RW);
	return (map);
}

static void
test_example_c1_to_c6(void **state)
{
	static const vm_paddr_t four[] = {0x2007000, 0x2004000, 0x2005000,
	    0x2006000};
	static const vm_paddr_t one[] = {0x2004000};
	struct example want;
	struct pmapsim_pte entries;
	struct machine *mach;
	vm_object_t object;
	vm_map_t map;
	int i;

	support_destroy(*state);
	*state = mach = support_boot(EXAMPLE);
	map = example_program(mach);
	object = object_at(mach, map, VA);

	/* C1 */
	fault(mach, map, VA, VM_PROT_WRITE);
	assert_int_equal((char *)map->pmap->pm_pml4 -
		(char *)physmem_ptr(mach, 0),
	    0x2000000);
	pmapsim_pte(mach, map->pmap, VA, &entries);
	assert_int_equal(entries.pml4e, 0x2003067);
	assert_int_equal(entries.pdpe, 0x2002067);
	assert_int_equal(entries.pde, 0x2001067);
	assert_int_equal(entries.pte, UINT64_C(0x8000000001200467));
	assert_int_equal(object->pg_color, 0);
	assert_chunks(mach, map, 1, one);
	want = (struct example) {4, 5, 16214, 1, 1, 0, 167, 1, 1, 0, 0, 0, 0};
	assert_example(mach, map, &want);

	/* C2 */
	for (i = 1; i <= 510; i++)
		fault(mach, map, VA + ptoa(i), VM_PROT_WRITE);
	assert_chunks(mach, map, 4, four);
	want = (struct example) {514, 8, 15701, 511, 511, 0, 161, 4, 4, 0, 0, 0,
	    0};
	assert_example(mach, map, &want);

	/* C3 */
	fault(mach, map, VA + ptoa(511), VM_PROT_WRITE);
	assert_int_equal(support_pde(mach, map->pmap, VA),
	    UINT64_C(0x80000000012004e7));
	assert_chunks(mach, map, 1, one);
	want = (struct example) {515, 5, 15703, 1, 512, 511, 167, 1, 4, 3, 1, 0,
	    0};
	assert_example(mach, map, &want);

	/* C4: protected as a whole; what the MMU knew is known now. */
	for (i = 0; i < 512; i++)
		vm_page_use(mach, vm_page_lookup(mach, object, (vm_pindex_t)i))
		    ->dirty = 0;
	assert_int_equal(vm_map_protect(mach, map, VA, VA + ptoa(1024),
			     VM_PROT_READ, FALSE),
	    KERN_SUCCESS);
	assert_int_equal(support_pde(mach, map->pmap, VA),
	    UINT64_C(0x80000000012004a5));
	for (i = 0; i < 512; i++)
		assert_int_equal(vm_page_use(mach,
				     vm_page_lookup(mach, object,
					 (vm_pindex_t)i))
				     ->dirty,
		    0xff);
	assert_example(mach, map, &want);

	/* C5 */
	assert_int_equal(vm_map_protect(mach, map, VA, VA + ptoa(1024), RW,
			     FALSE),
	    KERN_SUCCESS);
	fault(mach, map, VA + ptoa(5), VM_PROT_WRITE);
	assert_int_equal(support_pde(mach, map->pmap, VA), 0x2001067);
	assert_pte(mach, map->pmap, VA, UINT64_C(0x8000000001200425));
	assert_pte(mach, map->pmap, VA + ptoa(5), UINT64_C(0x8000000001205467));
	assert_chunks(mach, map, 4, four);
	want = (struct example) {515, 8, 15700, 512, 1023, 511, 160, 4, 7, 3, 1,
	    1, 1};
	assert_example(mach, map, &want);

	/* C6 */
	for (i = 0; i < 512; i++)
		if (i != 5)
			fault(mach, map, VA + ptoa(i), VM_PROT_WRITE);
	assert_int_equal(support_pde(mach, map->pmap, VA),
	    UINT64_C(0x80000000012004e7));
	want = (struct example) {515, 5, 15703, 1, 1023, 1022, 167, 1, 7, 6, 2,
	    1, 511};
	assert_example(mach, map, &want);
	vmspace_free(mach, map);
	assert_sysctl(mach, "vm.stats.vm.v_free_count",
	    16220 - EXAMPLE_LOW_PAGES);
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", 0);
}

static void
test_example_c7_read_only_pages(void **state)
{
	struct machine *mach;
	vm_map_t map;
	int i;

	support_destroy(*state);
	*state = mach = support_boot(EXAMPLE);
	map = example_program(mach);
	for (i = 0; i < 512; i++) {
		assert_not_superpage(mach, map->pmap, VA);
		fault(mach, map, VA + ptoa(i), VM_PROT_READ);
		if (i < 511)
			assert_pte(mach, map->pmap, VA + ptoa(i),
			    UINT64_C(0x8000000001200427) + ptoa(i));
	}
	assert_int_equal(support_pde(mach, map->pmap, VA),
	    UINT64_C(0x80000000012004a5));
	assert_sysctl(mach, "vm.pmap.pde.promotions", 1);
	assert_sysctl(mach, "vm.pmap.pde.p_failures", 0);
	vmspace_free(mach, map);
}

static void
test_example_c8_one_written_page(void **state)
{
	struct machine *mach;
	vm_map_t map;
	uint64_t low;
	int i;

	support_destroy(*state);
	*state = mach = support_boot(EXAMPLE);
	map = example_program(mach);
	for (i = 0; i < 512; i++)
		fault(mach, map, VA + ptoa(i),
		    i == 300 ? VM_PROT_WRITE : VM_PROT_READ);
	assert_sysctl(mach, "vm.pmap.pde.promotions", 0);
	assert_sysctl(mach, "vm.pmap.pde.p_failures", 1);
	for (i = 0; i < 512; i++) {
		low = i == 300 ? 0x467 : i == 0 || i > 300 ? 0x425 : 0x427;
		assert_pte(mach, map->pmap, VA + ptoa(i),
		    (NX | 0x1200000 | low) + ptoa(i));
	}
	vmspace_free(mach, map);
}

static void
test_example_e_fork_of_a_superpage(void **state)
{
	struct pmapsim_invalidations after, before;
	struct md_page *pvh;
	struct machine *mach;
	vm_object_t object, shadow;
	vm_map_t child, parent;
	vm_page_t copy, ptp;
	pv_entry_t pv;
	int64_t wired;
	int i;

	support_destroy(*state);
	*state = mach = support_boot(EXAMPLE);
	parent = example_program(mach);
	for (i = 0; i < 512; i++)
		fault(mach, parent, VA + ptoa(i), VM_PROT_WRITE);
	object = object_at(mach, parent, VA);
	for (i = 0; i < 512; i++)
		vm_page_use(mach, vm_page_lookup(mach, object, (vm_pindex_t)i))
		    ->dirty = 0;

	/* E1, E2 */
	pmapsim_invalidations(mach, &before);
	child = vmspace_fork(mach, parent);
	pmapsim_invalidations(mach, &after);
	assert_int_equal(after.all - before.all, 1);
	assert_int_equal(after.page - before.page, 0);
	assert_int_equal(after.range - before.range, 0);
	assert_int_equal(support_pde(mach, parent->pmap, VA),
	    UINT64_C(0x80000000012004a5));
	assert_int_equal(support_pde(mach, child->pmap, VA),
	    UINT64_C(0x80000000012004a5));
	for (i = 0; i < 512; i++)
		assert_int_equal(vm_page_use(mach,
				     vm_page_lookup(mach, object,
					 (vm_pindex_t)i))
				     ->dirty,
		    0xff);
	assert_int_equal(pmapsim_pmap_resident_count(child->pmap), 2 + 512);
	assert_sysctl(mach, "vm.pmap.pde.mappings", 0);
	pvh = pa_to_pvh(mach, 0x1200000);
	pv = TAILQ_FIRST(&pvh->pv_list);
	assert_ptr_equal(pv_pmap(pv), parent->pmap);
	pv = TAILQ_NEXT(pv, pv_list);
	assert_ptr_equal(pv_pmap(pv), child->pmap);
	assert_null(TAILQ_NEXT(pv, pv_list));
	assert_sysctl(mach, "vm.pmap.pc_chunk_count", 2);

	/* E3 */
	pmap_activate(mach, child->pmap);
	pmapsim_invalidations(mach, &before);
	wired = support_sysctl(mach, "vm.stats.vm.v_wire_count");
	fault(mach, child, VA, VM_PROT_WRITE);
	pmapsim_invalidations(mach, &after);
	shadow = object_at(mach, child, VA);
	assert_ptr_equal(shadow->backing_object, object);
	assert_int_equal(shadow->flags, OBJ_ONEMAPPING | OBJ_COLORED);
	assert_int_equal(shadow->pg_color, 0);
	assert_int_equal(shadow->backing_object_offset, 0);
	copy = vm_page_lookup(mach, shadow, 0);
	assert_non_null(LIST_FIRST(&shadow->rvq));
	assert_int_equal(LIST_FIRST(&shadow->rvq)->popcnt, 1);
	assert_int_equal(VM_PAGE_TO_PHYS(copy) & PDRMASK, 0);
	ptp = phys_to_vm_page(mach,
	    support_pde(mach, child->pmap, VA) & PG_FRAME);
	assert_int_equal(support_pde(mach, child->pmap, VA) & ~PG_FRAME, 0x67);
	assert_int_equal(ptp->wire_count, 512);
	assert_pte(mach, child->pmap, VA, VM_PAGE_TO_PHYS(copy) | NX | 0x467);
	for (i = 1; i < 512; i++)
		assert_pte(mach, child->pmap, VA + ptoa(i),
		    (NX | 0x1200425) + ptoa(i));
	assert_sysctl(mach, "vm.pmap.pv_entry_count", 1 + 512);
	assert_int_equal(after.page - before.page, 1);
	assert_int_equal(after.all - before.all, 0);
	assert_sysctl(mach, "vm.pmap.pde.demotions", 1);
	assert_sysctl(mach, "vm.pmap.pde.p_failures", 0);
	assert_int_equal(pmapsim_pmap_resident_count(child->pmap), 515);
	/* The PTP, and three chunks more. */
	assert_sysctl(mach, "vm.stats.vm.v_wire_count", wired + 1 + 3);
	assert_superpage(mach, parent->pmap, VA);
	vmspace_free(mach, child);
	vmspace_free(mach, parent);
	assert_sysctl(mach, "vm.stats.vm.v_free_count",
	    16220 - EXAMPLE_LOW_PAGES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_example_c1_to_c6),
	    support_test(test_example_c7_read_only_pages),
	    support_test(test_example_c8_one_written_page),
	    support_test(test_example_e_fork_of_a_superpage),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
