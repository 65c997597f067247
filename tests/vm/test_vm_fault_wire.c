/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wiring by faults, unwiring, and copying entries that are wired.
 */
#include <stdio.h>

#include "vm_fault_fixture.h"

/* ---- wiring ------------------------------------------------------------- */

static void
test_wire_and_unwire(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;
	vm_page_t m[3];
	unsigned wired;
	int i;

	map = program(mach);
	map_at(mach, map, VA, 3, NULL, RW);
	/* One page is dirty, one clean, one not there. */
	fault(mach, map, VA, VM_PROT_WRITE);
	fault(mach, map, VA + 0x1000, VM_PROT_READ);
	wired = mach->cnt.v_wire_count;
	assert_int_equal(vm_map_wire(mach, map, VA, VA + ptoa(3),
			     VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES),
	    KERN_SUCCESS);
	for (i = 0; i < 3; i++) {
		m[i] = page_at(mach, map, VA + ptoa(i));
		assert_page(mach, m[i], PG_REFERENCED | PG_WRITEABLE, 0xff,
		    i == 0 ? 0xff : 0, PQ_NONE, 1);
		/* Ready to be written without a fault: M is set. */
		assert_pte(mach, map->pmap, VA + ptoa(i),
		    VM_PAGE_TO_PHYS(m[i]) | NX | 0x667);
	}
	assert_int_equal(mach->cnt.v_wire_count, wired + 3);
	assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 3);
	assert_quiet(object_at(mach, map, VA));
	assert_int_equal(vm_map_unwire(mach, map, VA, VA + ptoa(3),
			     VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES),
	    KERN_SUCCESS);
	for (i = 0; i < 3; i++) {
		assert_page(mach, m[i], PG_REFERENCED | PG_WRITEABLE, 0xff,
		    i == 0 ? 0xff : 0, PQ_ACTIVE, 0);
		assert_pte(mach, map->pmap, VA + ptoa(i),
		    VM_PAGE_TO_PHYS(m[i]) | NX | 0x467);
	}
	assert_int_equal(mach->cnt.v_wire_count, wired);
	assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 0);
	vmspace_free(mach, map);
}

/* The maps are those of 2010 under kernels that have another bit for W, too. */
static void
test_wire_and_unwire_under_every_kernel(void **state)
{
	static const char *const kernels[] = {"2009-03", "2010-04",
	    "2010-04+unwire-by-object", "8.0", "9.0", "2022-07",
	    "2022-07+unwire-by-object", "2026-pmap"};
	struct machine *mach;
	char config[128];
	unsigned i, k;
	vm_map_t map;

	for (k = 0; k < sizeof(kernels) / sizeof(kernels[0]); k++) {
		print_message("%s\n", kernels[k]);
		snprintf(config, sizeof(config), "mem=64M first=16M kernel=%s",
		    kernels[k]);
		*state = mach = support_boot(config);
		map = program(mach);
		map_at(mach, map, VA, 1024, NULL, RW);
		assert_int_equal(vm_map_wire(mach, map, VA, VA + ptoa(1024),
				     VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES),
		    KERN_SUCCESS);
		assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 1024);
		for (i = 0; i < 1024; i++)
			assert_int_equal(page_at(mach, map, VA + ptoa(i))
					     ->wire_count,
			    1);
		assert_int_equal(vm_map_unwire(mach, map, VA, VA + ptoa(1024),
				     VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES),
		    KERN_SUCCESS);
		assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 0);
		for (i = 0; i < 1024; i++)
			assert_int_equal(page_at(mach, map, VA + ptoa(i))
					     ->wire_count,
			    0);
		vmspace_free(mach, map);
		support_destroy(mach);
	}
}

/* CHANGE_WIRING on an entry that is not wired takes a wiring away. */
static void
test_fault_change_wiring_of_unwired_entry(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;
	vm_page_t m;

	map = program(mach);
	object = support_object(mach, 8, &color0);
	m = support_page(mach, object, 1, VM_ALLOC_NORMAL);
	support_page(mach, object, 0, VM_ALLOC_NORMAL);
	support_page(mach, object, 2, VM_ALLOC_NORMAL);
	vm_page_wire(mach, m);
	map_at(mach, map, VA, 8, object, RW);
	assert_int_equal(vm_fault(mach, map, VA + 0x1000, VM_PROT_NONE,
			     VM_FAULT_CHANGE_WIRING),
	    KERN_SUCCESS);
	assert_page(mach, m, PG_REFERENCED | PG_WRITEABLE, 0xff, 0, PQ_ACTIVE,
	    0);
	assert_pte(mach, map->pmap, VA + 0x1000,
	    VM_PAGE_TO_PHYS(m) | NX | 0x427);
	/* And no neighbours. */
	assert_pte(mach, map->pmap, VA, 0);
	assert_pte(mach, map->pmap, VA + 0x2000, 0);
	vmspace_free(mach, map);
}

/* A wired entry is written to beforehand, so nothing is shared. */
static void
test_wire_copies_what_is_shared(void **state)
{
	struct machine *mach = *state;
	vm_object_t front, source;
	vm_map_t map;
	vm_page_t m;

	source = support_object(mach, 64, &color0);
	m = support_page(mach, source, 6, VM_ALLOC_NORMAL);
	map = shadow_program(mach, source, true, &front);
	assert_int_equal(vm_map_wire(mach, map, VA + ptoa(5), VA + ptoa(6),
			     VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES),
	    KERN_SUCCESS);
	assert_ptr_not_equal(page_at(mach, map, VA + ptoa(5)), m);
	assert_int_equal(page_at(mach, map, VA + ptoa(5))->wire_count, 1);
	assert_int_equal(m->wire_count, 0);
	assert_int_equal(m->queue, PQ_INACTIVE);
	vmspace_free(mach, map);
	vm_object_deallocate(mach, source);
}

/*
 * The copy for a write into a wired entry that a fault still met takes the
 * original's wiring over.
 */
static void
test_cow_of_wired_page_moves_the_wiring(void **state)
{
	struct machine *mach = *state;
	vm_object_t front, source;
	vm_map_t map;
	vm_page_t copy, m;

	source = support_object(mach, 64, &color0);
	m = support_page(mach, source, 6, VM_ALLOC_NORMAL);
	vm_page_wire(mach, m);
	map = shadow_program(mach, source, true, &front);
	support_page(mach, front, 4, VM_ALLOC_NORMAL);
	entry_at(mach, map, VA)->wired_count = 1;
	fault(mach, map, VA + ptoa(5), VM_PROT_WRITE);
	copy = page_at(mach, map, VA + ptoa(5));
	assert_ptr_not_equal(copy, m);
	assert_int_equal(copy->wire_count, 1);
	assert_int_equal(m->wire_count, 0);
	assert_int_equal(m->queue, PQ_INACTIVE);
	assert_pte(mach, map->pmap, VA + ptoa(5),
	    VM_PAGE_TO_PHYS(copy) | NX | 0x667);
	/* A neighbour entered beforehand would not be wired. */
	assert_pte(mach, map->pmap, VA + ptoa(4), 0);
	entry_at(mach, map, VA)->eflags |= MAP_ENTRY_USER_WIRED;
	vmspace_free(mach, map);
	vm_object_deallocate(mach, source);
}

static void
test_fault_wire_undoes_what_it_did(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;
	unsigned wired;
	int i;

	map = program(mach);
	object = support_object(mach, 2, &color0);
	map_at(mach, map, VA, 4, object, RW);
	fault(mach, map, VA, VM_PROT_READ);
	wired = mach->cnt.v_wire_count;
	assert_int_equal(vm_map_wire(mach, map, VA, VA + ptoa(4),
			     VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES),
	    KERN_PROTECTION_FAILURE);
	assert_int_equal(mach->cnt.v_wire_count, wired);
	assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 0);
	for (i = 0; i < 2; i++)
		assert_int_equal(page_at(mach, map, VA + ptoa(i))->wire_count,
		    0);
	vmspace_free(mach, map);
}

/* The first page is the one that fails: there is nothing to undo. */
static void
test_fault_wire_fails_at_once(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;
	unsigned wired;

	map = program(mach);
	object = support_object(mach, 2, &color0);
	assert_int_equal(vm_map_insert(mach, map, object, ptoa(2), VA,
			     VA + ptoa(2), RW, VM_PROT_ALL, 0),
	    KERN_SUCCESS);
	wired = mach->cnt.v_wire_count;
	assert_int_equal(vm_map_wire(mach, map, VA, VA + ptoa(2),
			     VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES),
	    KERN_PROTECTION_FAILURE);
	assert_int_equal(mach->cnt.v_wire_count, wired);
	assert_int_equal(entry_at(mach, map, VA)->wired_count, 0);
	assert_int_equal(entry_at(mach, map, VA)->eflags, 0);
	assert_int_equal(pmapsim_pmap_resident_count(map->pmap), 0);
	assert_int_equal(object->resident_page_count, 0);
	assert_quiet(object);
	vmspace_free(mach, map);
}

/*
 * Before 2009-11 a program wires as a reader.  Where it may not read, the
 * highest protection must allow both to read and to write, and loses the right
 * to write unless the program could.
 */
static void
test_wire_of_what_may_not_be_read(void **state)
{
#define X VM_PROT_EXECUTE
	static const struct {
		vm_prot_t prot, max;
		int result[2]; /* by 2010-04, and by that time's kernels */
		vm_prot_t max_after;
	} cases[] = {
	    {X, VM_PROT_ALL, {KERN_SUCCESS, KERN_SUCCESS}, VM_PROT_READ | X},
	    {X | VM_PROT_WRITE, VM_PROT_ALL, {KERN_SUCCESS, KERN_SUCCESS},
		VM_PROT_ALL},
	    {X, VM_PROT_READ | X, {KERN_SUCCESS, KERN_PROTECTION_FAILURE},
		VM_PROT_READ | X},
	    {X, X, {KERN_SUCCESS, KERN_PROTECTION_FAILURE}, X},
	    {X, X | VM_PROT_WRITE, {KERN_SUCCESS, KERN_PROTECTION_FAILURE},
		X | VM_PROT_WRITE},
	    {X | VM_PROT_READ, VM_PROT_ALL, {KERN_SUCCESS, KERN_SUCCESS},
		VM_PROT_ALL},
	};
#undef X
	struct machine *mach;
	vm_map_entry_t entry;
	vm_map_t map;
	vm_page_t m;
	size_t i, k;
	bool wired;

	(void)state;
	for (k = 0; k < 2 * sizeof(cases) / sizeof(cases[0]); k++) {
		i = k / 2;
		mach = support_boot(k % 2 == 0 ? SUPPORT_SMALL :
						 SUPPORT_SMALL
			" kernel=2010-04+user-wire-read");
		map = program(mach);
		assert_int_equal(vm_map_insert(mach, map, NULL, 0, VA,
				     VA + PAGE_SIZE, cases[i].prot,
				     cases[i].max, 0),
		    KERN_SUCCESS);
		assert_int_equal(vm_map_wire(mach, map, VA, VA + PAGE_SIZE,
				     VM_MAP_WIRE_USER),
		    cases[i].result[k % 2]);
		wired = cases[i].result[k % 2] == KERN_SUCCESS;
		entry = entry_at(mach, map, VA);
		assert_int_equal(entry->protection, cases[i].prot);
		assert_int_equal(entry->max_protection,
		    k % 2 == 0 ? cases[i].max : cases[i].max_after);
		assert_int_equal(entry->wired_count, wired);
		assert_int_equal(pmapsim_pmap_wired_count(map->pmap), wired);
		if (wired) {
			m = page_at(mach, map, VA);
			assert_int_equal(m->wire_count, 1);
			assert_pte(mach, map->pmap, VA,
			    VM_PAGE_TO_PHYS(m) |
				((cases[i].prot & VM_PROT_WRITE) != 0 ? 0x667 :
									0x625));
		}
		assert_quiet(entry->object.vm_object);
		vmspace_free(mach, map);
		support_destroy(mach);
	}
}

static void
test_unwire_skips_what_is_not_mapped_and_fictitious_pages(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;
	vm_page_t m;

	map = program(mach);
	object = support_object(mach, 512, &color0);
	m = support_page(mach, object, 1, VM_ALLOC_NORMAL);
	vm_page_wire(mach, m);
	map_at(mach, map, VA, 512, object, RW);
	pmap_enter(mach, map->pmap, VA + 0x1000, VM_PROT_READ, m, RW, TRUE);
	/* Fictitious pages are not counted: the mapping alone changes. */
	vm_fault_unwire(mach, map, VA + 0x1000, VA + 0x2000, TRUE);
	assert_int_equal(m->wire_count, 1);
	assert_pte(mach, map->pmap, VA + 0x1000,
	    VM_PAGE_TO_PHYS(m) | NX | 0x427);
	/* No table at all over there. */
	vm_fault_unwire(mach, map, VA + NBPDR, VA + 2 * NBPDR, FALSE);
	vm_fault_unwire(mach, map, VA + 0x1000, VA + 0x2000, FALSE);
	assert_int_equal(m->wire_count, 0);
	vmspace_free(mach, map);
}

/* What vm_fault_unwire() means, page by page. */
static void
unwire_slowly(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end)
{
	vm_offset_t va;
	vm_paddr_t pa;

	for (va = start; va < end; va += PAGE_SIZE) {
		pa = pmap_extract(mach, map->pmap, va);
		if (pa == 0)
			continue;
		pmap_change_wiring(mach, map->pmap, va, FALSE);
		vm_page_unwire(mach, phys_to_vm_page(mach, pa), 1);
	}
}

/*
 * Twin machines, one unwired either way: [4 KB mappings with holes | 2 MB
 * mapping | no table | nothing at all], from the middle of the first part on.
 */
static void
unwire_either_way(const char *config)
{
	struct machine *mach[2];
	vm_page_t a, b, page[512];
	vm_map_t map[2];
	vm_offset_t va;
	int i, k;

	for (k = 0; k < 2; k++) {
		mach[k] = support_boot(config);
		map[k] = program(mach[k]);
		map_at(mach[k], map[k], VA, 1024, NULL, RW);
		for (i = 0; i < 1024; i++) {
			if (i < 512 && (i % 3 == 0 || i < 5))
				continue;
			fault(mach[k], map[k], VA + ptoa(i), VM_PROT_WRITE);
		}
		for (i = 512; i < 1024; i++) {
			va = VA + ptoa(i);
			page[i - 512] = page_at(mach[k], map[k], va);
		}
		for (i = 0; i < 512; i++) {
			vm_page_wire(mach[k], page[i]);
			pmap_enter(mach[k], map[k]->pmap, VA + NBPDR + ptoa(i),
			    VM_PROT_WRITE, page[i], RW, TRUE);
		}
		assert_superpage(mach[k], map[k]->pmap, VA + NBPDR);
		for (i = 0; i < 512; i++) {
			va = VA + ptoa(i);
			if (support_pte(mach[k], map[k]->pmap, va) == 0)
				continue;
			/* Every fourth page is wired once more, and every
			 * seventh mapping only. */
			vm_page_wire(mach[k], page_at(mach[k], map[k], va));
			if (i % 4 == 0)
				vm_page_wire(mach[k],
				    page_at(mach[k], map[k], va));
			if (i % 7 != 0)
				pmap_change_wiring(mach[k], map[k]->pmap, va,
				    TRUE);
		}
	}
	vm_fault_unwire(mach[0], map[0], VA + ptoa(100), VA + 6 * NBPDR, FALSE);
	unwire_slowly(mach[1], map[1], VA + ptoa(100), VA + 6 * NBPDR);
	for (i = 0; i < 1024; i++) {
		va = VA + ptoa(i);
		assert_int_equal(support_pte(mach[0], map[0]->pmap, va),
		    support_pte(mach[1], map[1]->pmap, va));
		if (support_pte(mach[0], map[0]->pmap, va) == 0)
			continue;
		a = page_at(mach[0], map[0], va);
		b = page_at(mach[1], map[1], va);
		assert_int_equal(a->wire_count, b->wire_count);
		assert_int_equal(a->queue, b->queue);
	}
	assert_int_equal(pmapsim_pte_stores(mach[0]),
	    pmapsim_pte_stores(mach[1]));
	assert_int_equal(pmapsim_pmap_wired_count(map[0]->pmap),
	    pmapsim_pmap_wired_count(map[1]->pmap));
	assert_int_equal(mach[0]->cnt.v_wire_count, mach[1]->cnt.v_wire_count);
	/* One when the first of its pages was wired, one now. */
	assert_sysctl(mach[0], "vm.pmap.pde.demotions", 2);
	/* And in the same order, as the active queue shows. */
	a = TAILQ_FIRST(&mach[0]->vm_page->queues[PQ_ACTIVE]);
	b = TAILQ_FIRST(&mach[1]->vm_page->queues[PQ_ACTIVE]);
	for (; a != NULL && b != NULL;
	     a = TAILQ_NEXT(a, pageq), b = TAILQ_NEXT(b, pageq))
		assert_int_equal(a - mach[0]->vm_page_array,
		    b - mach[1]->vm_page_array);
	assert_true(a == NULL && b == NULL);
	for (k = 0; k < 2; k++)
		pmapsim_destroy(mach[k]);
}

/* A kernel that litters looks at each page by itself. */
static void
test_unwire_of_mixed_mappings(void **state)
{

	(void)state;
	unwire_either_way(SUPPORT_SMALL);
	unwire_either_way(SUPPORT_SMALL " kernel=2010-04+litter");
}

/* One page too few wired: what lies before is done, the rest untouched. */
static void
test_unwire_too_often_panics(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;

	map = program(mach);
	map_at(mach, map, VA, 3, NULL, RW);
	assert_int_equal(vm_map_wire(mach, map, VA, VA + ptoa(3),
			     VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES),
	    KERN_SUCCESS);
	vm_page_unwire(mach, page_at(mach, map, VA + 0x1000), 1);
	assert_panics(mach, "vm_page_unwire: invalid wire count: 0",
	    vm_fault_unwire(mach, map, VA, VA + ptoa(3), FALSE));
	assert_string_equal(pmapsim_panic(mach)->frames[0], "vm_page_unwire");
	assert_string_equal(pmapsim_panic(mach)->frames[1], "vm_fault_unwire");
	assert_int_equal(support_pte(mach, map->pmap, VA) & PG_W, 0);
	assert_int_equal(support_pte(mach, map->pmap, VA + 0x1000) & PG_W, 0);
	assert_int_equal(support_pte(mach, map->pmap, VA + 0x2000) & PG_W,
	    PG_W);
}

/* A 2 MB mapping whose demotion fails, because it was never accessed. */
static void
test_unwire_of_never_accessed_superpage(void **state)
{
	struct machine *mach = *state;
	vm_object_t object;
	vm_map_t map;

	map = program(mach);
	object = support_object(mach, 512, &color0);
	support_pages(mach, object, 0, 512, VM_ALLOC_NORMAL);
	map_at(mach, map, VA, 512, object, RW);
	pmap_enter_object(mach, map->pmap, VA, VA + NBPDR,
	    vm_page_lookup(mach, object, 0), RW);
	assert_superpage(mach, map->pmap, VA);
	/* Not wired, so it need not be split: only the page is at fault. */
	vm_page_wire(mach, vm_page_lookup(mach, object, 0));
	vm_fault_unwire(mach, map, VA, VA + PAGE_SIZE, FALSE);
	assert_superpage(mach, map->pmap, VA);
	pmap_pde(mach, map->pmap, VA)[0] |= PG_W;
	map->pmap->pm_stats.wired_count += 512;
	mach->invariants = false;
	assert_panics(mach, "pmap_change_wiring: demotion failed",
	    vm_fault_unwire(mach, map, VA, VA + PAGE_SIZE, FALSE));
	assert_string_equal(pmapsim_panic(mach)->frames[0],
	    "pmap_change_wiring");
}

/* A promoted region: demoted by the first page, promoted by the last. */
static void
test_wire_of_a_superpage(void **state)
{
	struct machine *mach = *state;
	vm_map_t map;
	int i;

	map = program(mach);
	map_at(mach, map, VA, 512, NULL, RW);
	for (i = 0; i < 512; i++)
		fault(mach, map, VA + ptoa(i), VM_PROT_WRITE);
	assert_superpage(mach, map->pmap, VA);
	assert_sysctl(mach, "vm.pmap.pde.promotions", 1);
	assert_int_equal(vm_map_wire(mach, map, VA, VA + NBPDR,
			     VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES),
	    KERN_SUCCESS);
	assert_superpage(mach, map->pmap, VA);
	assert_int_equal(support_pde(mach, map->pmap, VA) & ~PG_PS_FRAME,
	    NX | 0x6e7);
	assert_sysctl(mach, "vm.pmap.pde.promotions", 2);
	assert_sysctl(mach, "vm.pmap.pde.demotions", 1);
	assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 512);
	/* Unwiring demotes again, and nothing promotes any more. */
	assert_int_equal(vm_map_unwire(mach, map, VA, VA + NBPDR,
			     VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES),
	    KERN_SUCCESS);
	assert_not_superpage(mach, map->pmap, VA);
	assert_sysctl(mach, "vm.pmap.pde.promotions", 2);
	assert_sysctl(mach, "vm.pmap.pde.demotions", 2);
	assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 0);
	vmspace_free(mach, map);
}

/* ---- copying wired entries ---------------------------------------------- */

static void
test_fork_copies_wired_entry(void **state)
{
	struct machine *mach = *state;
	vm_map_t child, parent;
	vm_object_t object;
	vm_page_t m, original;
	int i;

	parent = program(mach);
	map_at(mach, parent, VA + 0x5000, 3, NULL, RW);
	assert_int_equal(vm_map_wire(mach, parent, VA + 0x5000, VA + 0x8000,
			     VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES),
	    KERN_SUCCESS);
	for (i = 0; i < 3; i++)
		put_byte(mach, page_at(mach, parent, VA + 0x5000 + ptoa(i)),
		    (char)('a' + i));
	child = vmspace_fork(mach, parent);
	object = object_at(mach, child, VA + 0x5000);
	assert_ptr_not_equal(object, object_at(mach, parent, VA + 0x5000));
	assert_int_equal(object->size, 3);
	assert_int_equal(object->flags, OBJ_ONEMAPPING | OBJ_COLORED);
	assert_int_equal(object->pg_color, 5);
	assert_true(object->uip);
	assert_int_equal(entry_at(mach, child, VA + 0x5000)->offset, 0);
	assert_int_equal(entry_at(mach, child, VA + 0x5000)->wired_count, 0);
	for (i = 0; i < 3; i++) {
		m = page_at(mach, child, VA + 0x5000 + ptoa(i));
		original = page_at(mach, parent, VA + 0x5000 + ptoa(i));
		assert_ptr_not_equal(m, original);
		assert_int_equal(get_byte(mach, m), 'a' + i);
		/* Writable, as if read. */
		assert_pte(mach, child->pmap, VA + 0x5000 + ptoa(i),
		    VM_PAGE_TO_PHYS(m) | NX | 0x427);
		assert_page(mach, m, PG_WRITEABLE, 0xff, 0, PQ_ACTIVE, 0);
		assert_int_equal(original->wire_count, 1);
	}
	vmspace_free(mach, child);
	vmspace_free(mach, parent);
}

/* One entry as source and destination: a wired one becomes writable. */
static void
test_copy_entry_upgrade(void **state)
{
	struct machine *mach = *state;
	vm_object_t object, source;
	vm_map_entry_t entry;
	vm_map_t map;
	vm_page_t m, old[2];
	uint64_t id;
	int i;

	map = program(mach);
	source = support_object(mach, 16, &color0);
	id = source->id;
	for (i = 0; i < 2; i++) {
		old[i] = support_page(mach, source, (vm_pindex_t)(4 + i),
		    VM_ALLOC_NORMAL);
		put_byte(mach, old[i], (char)('a' + i));
	}
	vm_object_reference(mach, source);
	assert_int_equal(vm_map_insert(mach, map, source, ptoa(4), VA,
			     VA + ptoa(2), VM_PROT_READ, VM_PROT_ALL,
			     MAP_COPY_ON_WRITE),
	    KERN_SUCCESS);
	assert_int_equal(vm_map_wire(mach, map, VA, VA + ptoa(2),
			     VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES),
	    KERN_SUCCESS);
	assert_int_equal(old[0]->wire_count, 1);
	entry = entry_at(mach, map, VA);
	entry->protection = RW;
	entry->uip = true;
	vm_fault_copy_entry(mach, map, map, entry, entry);
	object = entry->object.vm_object;
	assert_ptr_not_equal(object, source);
	assert_int_equal(entry->offset, 0);
	assert_false(entry->uip);
	assert_true(object->uip);
	assert_int_equal(entry->eflags & (MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY),
	    0);
	for (i = 0; i < 2; i++) {
		m = page_at(mach, map, VA + ptoa(i));
		assert_ptr_equal(m->object, object);
		assert_int_equal(get_byte(mach, m), 'a' + i);
		assert_pte(mach, map->pmap, VA + ptoa(i),
		    VM_PAGE_TO_PHYS(m) | NX | 0x667);
		assert_page(mach, m, PG_WRITEABLE, 0xff, 0, PQ_NONE, 1);
		assert_int_equal(old[i]->wire_count, 0);
		assert_int_equal(old[i]->queue, PQ_INACTIVE);
	}
	assert_int_equal(pmapsim_pmap_wired_count(map->pmap), 2);
	/* The entry's reference went with the entry's need. */
	assert_int_equal(source->id, id);
	assert_int_equal(source->ref_count, 1);
	vm_object_deallocate(mach, source);
	vmspace_free(mach, map);
}

static void
test_copy_entry_searches_behind_readonly_source(void **state)
{
	struct machine *mach;
	vm_object_t front, source;
	vm_map_entry_t dst, src;
	vm_map_t child, map;
	int i;

	support_destroy(*state);
	for (i = 0; i < 2; i++) {
		mach = support_boot(SUPPORT_SMALL);
		source = support_object(mach, 64, &color0);
		put_byte(mach, support_page(mach, source, 1, VM_ALLOC_NORMAL),
		    's');
		map = shadow_program(mach, source, true, &front);
		src = entry_at(mach, map, VA);
		src->end = VA + PAGE_SIZE;
		src->protection = i == 0 ? VM_PROT_READ : RW;
		child = program(mach);
		map_at(mach, child, VA, 1, NULL, VM_PROT_READ);
		dst = entry_at(mach, child, VA);
		dst->uip = false;
		if (i == 0) {
			vm_fault_copy_entry(mach, child, map, dst, src);
			assert_int_equal(get_byte(mach,
					     page_at(mach, child, VA)),
			    's');
			src->end = VA + ptoa(16);
		} else
			assert_panics(mach, "vm_fault_copy_wired: page missing",
			    vm_fault_copy_entry(mach, child, map, dst, src));
		support_destroy(mach);
	}
	*state = NULL;
}

static void
test_copy_entry_assertions(void **state)
{
	struct machine *mach;
	vm_map_entry_t dst, src;
	vm_map_t child, map;
	int i;

	support_destroy(*state);
	for (i = 0; i < 2; i++) {
		mach = support_boot(SUPPORT_SMALL);
		map = program(mach);
		map_at(mach, map, VA, 1, support_object(mach, 1, NULL), RW);
		src = entry_at(mach, map, VA);
		child = program(mach);
		map_at(mach, child, VA, 1, NULL, RW);
		dst = entry_at(mach, child, VA);
		dst->uip = i == 1;
		if (i == 0)
			dst->object.vm_object = support_object(mach, 1, NULL);
		assert_panics(mach,
		    i == 0 ? "vm_fault_copy_entry: vm_object not NULL" :
			     "vm_fault_copy_entry: leaked swp charge",
		    vm_fault_copy_entry(mach, child, map, dst, src));
		support_destroy(mach);
	}
	*state = NULL;
}

/* A wired page that is nowhere in the chain: the kernel trusts the wiring. */
static void
test_copy_entry_page_missing_panics(void **state)
{
	struct machine *mach;
	vm_map_t child, map;
	vm_prot_t prot;

	support_destroy(*state);
	*state = NULL;
	for (prot = VM_PROT_READ; prot <= RW; prot += VM_PROT_WRITE) {
		mach = support_boot(SUPPORT_SMALL);
		map = program(mach);
		map_at(mach, map, VA, 1, support_object(mach, 1, NULL), prot);
		child = program(mach);
		map_at(mach, child, VA, 1, NULL, prot);
		entry_at(mach, child, VA)->uip = false;
		assert_panics(mach, "vm_fault_copy_wired: page missing",
		    vm_fault_copy_entry(mach, child, map,
			entry_at(mach, child, VA), entry_at(mach, map, VA)));
		support_destroy(mach);
	}
}

static void
test_copy_entry_waits_for_memory(void **state)
{
	struct machine *mach = *state;
	vm_map_t child, parent;

	parent = program(mach);
	map_at(mach, parent, VA, 1, NULL, RW);
	assert_int_equal(vm_map_wire(mach, parent, VA, VA + ptoa(1),
			     VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES),
	    KERN_SUCCESS);
	/* The child's PML4 comes first, then the copy: refused once. */
	pmapsim_inject(mach, PMAPSIM_INJECT_PAGE_ALLOC, 2, false);
	child = vmspace_fork(mach, parent);
	assert_true(pmapsim_inject_seen(mach, PMAPSIM_INJECT_PAGE_ALLOC) > 2);
	assert_true(pmap_extract(mach, child->pmap, VA) != 0);
	vmspace_free(mach, child);
	vmspace_free(mach, parent);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    support_test(test_wire_and_unwire),
	    cmocka_unit_test(test_wire_and_unwire_under_every_kernel),
	    support_test(test_fault_change_wiring_of_unwired_entry),
	    support_test(test_wire_copies_what_is_shared),
	    support_test(test_cow_of_wired_page_moves_the_wiring),
	    support_test(test_fault_wire_undoes_what_it_did),
	    support_test(test_fault_wire_fails_at_once),
	    cmocka_unit_test(test_wire_of_what_may_not_be_read),
	    support_test(
		test_unwire_skips_what_is_not_mapped_and_fictitious_pages),
	    cmocka_unit_test(test_unwire_of_mixed_mappings),
	    support_test(test_unwire_too_often_panics),
	    support_test(test_unwire_of_never_accessed_superpage),
	    support_test(test_wire_of_a_superpage),
	    support_test(test_fork_copies_wired_entry),
	    support_test(test_copy_entry_upgrade),
	    support_test(test_copy_entry_searches_behind_readonly_source),
	    support_test(test_copy_entry_assertions),
	    support_test(test_copy_entry_page_missing_panics),
	    support_test(test_copy_entry_waits_for_memory),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
