/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Misuse: what a caller must not do ends in the kernel's own panic text, in a
 * sentence that says what is wrong, or in a state that the auditor names; with
 * invariants and without, and never in undefined behaviour.  The sanitizers
 * run this test too.
 */
#include "amd64/pmap_fixture.h"

#include <pmapsim/audit.h>

#include "vm/vm_page.h"
#include "vm/vm_phys.h"

/* What there is to misuse. */
struct scene {
	pmap_t u, raw; /* an address space, and one without pmap_pinit() */
	struct machine *other; /* another machine, like this one */
	vm_page_t m;	       /* managed, in "object" at 0 */
	vm_page_t frame;       /* 512 managed pages of a full reservation */
	vm_object_t object;
};

/*
 * Ends as "strict" says with invariants, as "lax" says without: a panic's
 * text, or NULL when the call returns.  Then "audit" begins the sentence that
 * the auditor has for what is left; NULL when there is nothing to say.
 */
struct misuse {
	const char *name;
	void (*make)(struct machine *mach, struct scene *s);
	const char *strict, *lax, *audit;
};

#define MISUSE(name) static void name(struct machine *mach, struct scene *s)
#define ENTER(pmap, va, m) \
	pmap_enter(mach, (pmap), (va), VM_PROT_READ, (m), PROT_R, FALSE)
/* Between the end of what was grown and KERNBASE. */
#define HOLE UINT64_C(0xffffffe000000000)

/* ---- address spaces ----------------------------------------------------- */
MISUSE(release_mapped)
{
	ENTER(s->u, UVA, s->m);
	pmap_release(mach, s->u);
}

MISUSE(release_superpage)
{
	fixture_promote(mach, s->u, s->frame);
	s->u->pm_stats.resident_count = 0;
	pmap_release(mach, s->u);
}

MISUSE(release_twice)
{
	pmap_release(mach, s->u);
	pmap_release(mach, s->u);
}

MISUSE(release_raw)
{
	pmap_release(mach, s->raw);
}

MISUSE(release_kernel)
{
	pmap_release(mach, kernel_pmap);
}

MISUSE(destroy_mapped)
{
	ENTER(s->u, UVA, s->m);
	pmapsim_pmap_destroy(mach, s->u);
}

MISUSE(activate_released)
{
	pmap_release(mach, s->u);
	pmap_activate(mach, s->u);
}

MISUSE(enter_raw)
{
	ENTER(s->raw, UVA, s->m);
}

MISUSE(enter_released)
{
	pmap_release(mach, s->u);
	ENTER(s->u, UVA, s->m);
}

MISUSE(enter_quick_released)
{
	pmap_release(mach, s->u);
	pmap_enter_quick(mach, s->u, UVA, s->m, PROT_R);
}

MISUSE(enter_object_released)
{
	pmap_release(mach, s->u);
	pmap_enter_object(mach, s->u, UVA, UVA + NBPDR, s->frame, PROT_R);
}

MISUSE(copy_to_released)
{
	pmap_t from;

	from = fixture_pmap(mach, "from");
	ENTER(from, UVA, s->m);
	pmap_release(mach, s->u);
	pmap_copy(mach, s->u, from, UVA, NBPDR, UVA);
}

/* Whoever only looks finds nothing. */
MISUSE(look_into_released)
{
	struct pmapsim_pte entries;

	pmap_release(mach, s->u);
	assert_int_equal(pmap_extract(mach, s->u, UVA), 0);
	assert_null(pmap_extract_and_hold(mach, s->u, UVA, PROT_R));
	assert_int_equal(pmap_mincore(mach, s->u, UVA), 0);
	assert_false(pmap_is_prefaultable(mach, s->u, UVA));
	assert_true(pmapsim_touch(mach, s->u, UVA, PMAPSIM_ACCESS_READ).fault);
	pmapsim_pte(mach, s->u, UVA, &entries);
	assert_int_equal(entries.pml4e | entries.pdpe | entries.pde |
		entries.pte,
	    0);
	pmap_protect(mach, s->u, 0, 2 * UVA, PROT_R);
	pmap_remove(mach, s->u, 0, 2 * UVA);
}

/* ---- pages -------------------------------------------------------------- */
MISUSE(free_mapped)
{
	ENTER(s->u, UVA, s->m);
	vm_page_free(mach, s->m);
}

MISUSE(free_wired)
{
	vm_page_wire(mach, s->m);
	vm_page_free(mach, s->m);
}

MISUSE(free_wired_twice)
{
	vm_page_wire(mach, s->m);
	vm_page_wire(mach, s->m);
	vm_page_free(mach, s->m);
}

MISUSE(free_twice)
{
	vm_page_free(mach, s->m);
	vm_page_free(mach, s->m);
}

MISUSE(free_nothing)
{
	vm_page_free(mach, PHYS_TO_VM_PAGE(mach, UINT64_C(1) << 40));
}

/* Below "first": never given to the allocator. */
MISUSE(free_boot_page)
{
	vm_page_free(mach, PHYS_TO_VM_PAGE(mach, 0x300000));
}

MISUSE(unwire_unwired)
{
	vm_page_unwire(mach, s->m, 0);
}

MISUSE(alloc_without_object)
{
	vm_page_alloc(mach, NULL, 0, VM_ALLOC_NORMAL);
}

MISUSE(alloc_twice)
{
	vm_page_alloc(mach, s->object, 0, VM_ALLOC_NORMAL);
}

MISUSE(deallocate_twice)
{
	vm_object_t object;

	object = support_object(mach, 4, NULL);
	vm_object_deallocate(mach, object);
	vm_object_deallocate(mach, object);
}

MISUSE(deallocate_too_often_after_use)
{
	vm_object_t object;

	object = support_object(mach, 4, NULL);
	support_page(mach, object, 0, VM_ALLOC_NORMAL);
	vm_object_deallocate(mach, object);
	vm_page_alloc(mach, s->object, 1, VM_ALLOC_NOBUSY);
	vm_object_deallocate(mach, object);
}

/* Once more what was the first page, the middle, the last of a block. */
static void
phys_free_again(struct machine *mach, int order, unsigned i, int again)
{
	vm_page_t m;

	m = vm_phys_alloc_pages(mach, 0, order);
	vm_phys_free_pages(mach, m, order);
	vm_phys_free_pages(mach, m + i, again);
}

MISUSE(phys_free_twice)
{
	/* Pages on both sides keep it from being merged. */
	vm_phys_alloc_pages(mach, 0, 0);
	s->m = vm_phys_alloc_pages(mach, 0, 0);
	vm_phys_alloc_pages(mach, 0, 0);
	vm_phys_free_pages(mach, s->m, 0);
	vm_phys_free_pages(mach, s->m, 0);
}

MISUSE(phys_free_merged_twice)
{
	vm_page_t m;

	m = vm_phys_alloc_pages(mach, 0, 1);
	vm_phys_free_pages(mach, m, 0);
	vm_phys_free_pages(mach, m + 1, 0);
	vm_phys_free_pages(mach, m + 1, 0);
}

MISUSE(phys_free_inside)
{
	phys_free_again(mach, 4, 15, 0);
}

MISUSE(phys_free_part)
{
	phys_free_again(mach, 9, 8, 3);
}

MISUSE(phys_free_never_allocated)
{
	vm_phys_free_pages(mach, PHYS_TO_VM_PAGE(mach, 0x1e03000), 0);
}

MISUSE(phys_free_contig_twice)
{
	vm_page_t m;
	int i;

	m = vm_phys_alloc_contig(mach, 4, 0, UINT64_MAX, PAGE_SIZE, 0);
	for (i = 0; i < 8; i++)
		vm_page_free(mach, m + i % 4);
}

MISUSE(phys_free_of_no_order)
{
	vm_phys_free_pages(mach, vm_phys_alloc_pages(mach, 0, 0), 99);
}

MISUSE(phys_alloc_of_no_pool)
{
	vm_phys_alloc_pages(mach, 3, 0);
}

MISUSE(phys_unfree_twice)
{
	vm_page_t m = PHYS_TO_VM_PAGE(mach, 0x1805000);

	assert_true(vm_phys_unfree_page(mach, m));
	assert_false(vm_phys_unfree_page(mach, m));
	vm_phys_free_pages(mach, m, 0);
}

MISUSE(free_reservation_page_twice)
{
	vm_page_free(mach, s->frame + 7);
	vm_page_free(mach, s->frame + 7);
}

/* Each call for an allocated page, with one that is free. */
#define ON_FREE_PAGE(verb, call)          \
	MISUSE(verb##_free_page)          \
	{                                 \
		vm_page_free(mach, s->m); \
		call;                     \
	}
ON_FREE_PAGE(activate, vm_page_activate(mach, s->m))
ON_FREE_PAGE(deactivate, vm_page_deactivate(mach, s->m))
ON_FREE_PAGE(dontneed, vm_page_dontneed(mach, s->m))
ON_FREE_PAGE(wire, vm_page_wire(mach, s->m))
ON_FREE_PAGE(unwire, vm_page_unwire(mach, s->m, 1))
ON_FREE_PAGE(hold, vm_page_hold(mach, s->m))
ON_FREE_PAGE(unhold, vm_page_unhold(mach, s->m))
ON_FREE_PAGE(busy, vm_page_busy(mach, s->m))
ON_FREE_PAGE(wakeup, vm_page_wakeup(mach, s->m))
ON_FREE_PAGE(io_start, vm_page_io_start(mach, s->m))
ON_FREE_PAGE(io_finish, vm_page_io_finish(mach, s->m))
ON_FREE_PAGE(try_to_free, vm_page_try_to_free(mach, s->m))
ON_FREE_PAGE(try_to_cache, vm_page_try_to_cache(mach, s->m))
ON_FREE_PAGE(insert, vm_page_insert(mach, s->m, s->object, 5))
ON_FREE_PAGE(rename, vm_page_rename(mach, s->m, s->object, 5))

/* ---- what is another machine's, or was destroyed ------------------------- */
MISUSE(foreign_page)
{
	vm_page_test_dirty(mach, PHYS_TO_VM_PAGE(s->other, 0x1000000));
}

MISUSE(foreign_page_in_the_middle)
{
	vm_page_try_to_free(mach, (vm_page_t)(void *)((char *)s->m + 8));
}

MISUSE(foreign_page_mapped)
{
	ENTER(s->u, UVA, PHYS_TO_VM_PAGE(s->other, 0x1000000));
}

MISUSE(foreign_object)
{
	vm_page_grab(mach, pmapsim_kernel_object(s->other), 0, 0);
}

MISUSE(foreign_map)
{
	vm_map_remove(mach, pmapsim_kernel_map(s->other), 0, UVA);
}

MISUSE(foreign_pmap)
{
	pmap_extract_and_hold(mach, pmapsim_kernel_pmap(s->other), UVA, PROT_R);
}

MISUSE(object_that_ended)
{
	vm_object_t object;

	object = support_object(mach, 4, NULL);
	vm_object_deallocate(mach, object);
	vm_object_page_remove(mach, object, 0, 0, FALSE);
}

MISUSE(destroy_twice)
{
	pmapsim_pmap_destroy(mach, s->raw);
	pmapsim_pmap_destroy(mach, s->raw);
}

MISUSE(enter_destroyed)
{
	pmapsim_pmap_destroy(mach, s->raw);
	ENTER(s->raw, UVA, s->m);
}

/* Without invariants a destroyed one is like one that was released. */
MISUSE(look_into_destroyed)
{
	pmapsim_pmap_destroy(mach, s->raw);
	assert_int_equal(pmap_extract(mach, s->raw, UVA), 0);
	pmap_remove(mach, s->raw, 0, 2 * UVA);
}

/* ---- mappings ----------------------------------------------------------- */
MISUSE(enter_no_memory)
{
	ENTER(s->u, UVA, PHYS_TO_VM_PAGE(mach, UINT64_C(1) << 40));
}

MISUSE(enter_no_memory_beside)
{
	ENTER(s->u, UVA, s->m);
	ENTER(s->u, UVA + PAGE_SIZE, NULL);
}

MISUSE(enter_boot_page)
{
	ENTER(s->u, UVA, PHYS_TO_VM_PAGE(mach, 0x300000));
}

MISUSE(enter_free)
{
	vm_page_free(mach, s->m);
	ENTER(s->u, UVA, s->m);
}

MISUSE(enter_hole)
{
	ENTER(kernel_pmap, HOLE, s->m);
}

MISUSE(enter_not_canonical)
{
	ENTER(s->u, VM_MAXUSER_ADDRESS, s->m);
}

MISUSE(enter_page_tables)
{
	ENTER(s->u, UPT_MIN_ADDRESS, s->m);
}

MISUSE(kenter_hole)
{
	pmap_kenter(mach, HOLE, 0x300000);
}

MISUSE(kenter_user)
{
	pmap_kenter(mach, UVA, 0x300000);
}

MISUSE(kremove_hole)
{
	pmap_kremove(mach, HOLE);
}

MISUSE(qenter_hole)
{
	pmap_qenter(mach, HOLE, &s->m, 1);
}

MISUSE(qremove_hole)
{
	pmap_qremove(mach, HOLE, 1);
}

MISUSE(kextract_hole)
{
	pmap_kextract(mach, HOLE);
}

MISUSE(wire_unmapped)
{
	pmap_change_wiring(mach, s->u, UVA, TRUE);
}

MISUSE(remove_backwards)
{
	ENTER(s->u, UVA, s->m);
	pmap_remove(mach, s->u, UVA + NBPDR, UVA);
}

MISUSE(grow_to_the_end)
{
	pmap_growkernel(mach, ~UINT64_C(0));
}

MISUSE(unknown_memattr)
{
	pmap_page_set_memattr(mach, s->m, 77);
}

/* ---- kernel memory and programs ----------------------------------------- */
MISUSE(kmem_malloc_nothing)
{
	kmem_malloc(mach, pmapsim_kmem_map(mach), 0, M_NOWAIT);
}

MISUSE(kmem_malloc_too_much)
{
	kmem_malloc(mach, pmapsim_kmem_map(mach), UINT64_C(1) << 40, M_WAITOK);
}

MISUSE(kmem_malloc_nowhere)
{
	kmem_malloc(mach, NULL, PAGE_SIZE, M_NOWAIT);
}

/* Memory that a driver has mapped its device over: no page is at its frame. */
MISUSE(kmem_free_device)
{
	vm_map_t map = pmapsim_kmem_map(mach);
	vm_offset_t va;

	va = kmem_malloc(mach, map, 2 * PAGE_SIZE, M_NOWAIT);
	pmap_kenter(mach, va, 0xfee00000);
	kmem_free(mach, map, va, 2 * PAGE_SIZE);
}

/* Kernel page directories come from pmap_growkernel() alone. */
MISUSE(enter_object_hole)
{
	pmap_enter_object(mach, kernel_pmap, HOLE, HOLE + NBPDR, s->frame,
	    PROT_R);
}

MISUSE(kmem_free_twice)
{
	vm_map_t map = pmapsim_kmem_map(mach);
	vm_offset_t va;

	va = kmem_malloc(mach, map, PAGE_SIZE, M_NOWAIT);
	kmem_free(mach, map, va, PAGE_SIZE);
	kmem_free(mach, map, va, PAGE_SIZE);
}

MISUSE(kern_free_twice)
{
	vm_offset_t va;

	va = kern_malloc(mach, 2 * PAGE_SIZE, M_NOWAIT);
	kern_free(mach, va);
	kern_free(mach, va);
}

MISUSE(vmspace_free_twice)
{
	vm_map_t map;

	map = vmspace_alloc(mach);
	vmspace_free(mach, map);
	vmspace_free(mach, map);
}

MISUSE(vmspace_exit_twice)
{
	vm_map_t map;

	map = vmspace_alloc(mach);
	vmspace_exit(mach, map);
	vmspace_exit(mach, map);
}

MISUSE(mmap_in_freed)
{
	vm_offset_t va = UVA;
	vm_map_t map;

	map = vmspace_alloc(mach);
	vmspace_free(mach, map);
	vm_mmap(mach, map, &va, PAGE_SIZE, PROT_RW, VM_PROT_ALL,
	    PMAPSIM_MAP_ANON | PMAPSIM_MAP_PRIVATE, NULL, 0);
}

MISUSE(fork_freed)
{
	vm_map_t map;

	map = vmspace_alloc(mach);
	vmspace_free(mach, map);
	vmspace_fork(mach, map);
}

MISUSE(free_no_vmspace)
{
	vmspace_free(mach, NULL);
}

MISUSE(fork_no_vmspace)
{
	vmspace_fork(mach, NULL);
}

/* ---- the table ---------------------------------------------------------- */
#define ABSENT(who, pmap)                                                  \
	who ": page fault trap: pmap \"" pmap "\" was released, or never " \
	    "initialized"
#define NO_TABLE(who) \
	who ": page fault trap: no page table for va 0xffffffe000000000"
#define ALWAYS(name, text)                    \
	{                                     \
#name, name, text, text, NULL \
	}
#define FREE_ALREADY(page) "vm_phys_free_pages: page " page " is free already"
#define FREE_PAGE(verb) ALWAYS(verb##_free_page, IS_FREE(#verb))
#define IS_FREE(verb) "vm_page_" verb ": page 0x1800000 is free"
/* Looked up with invariants; without them "lax" where that is defined. */
#define FOREIGN(name, text, lax)                                \
	{                                                       \
#name, name, text " of this machine", lax, NULL \
	}

static const struct misuse misuses[] = {
    {"release_mapped", release_mapped,
	"pmap_release: pmap resident count 4 != 0", NULL,
	"user-counts: u: resident_count is 4"},
    {"release_superpage", release_superpage,
	"pmap_release: pmap has reserved page table page(s)", NULL,
	"user-counts: u: the gauge says 1 superpages, 0 are mapped"},
    ALWAYS(release_twice, ABSENT("pmap_release", "u")),
    ALWAYS(release_raw, ABSENT("pmap_release", "raw")),
    ALWAYS(release_kernel, "vm_page_free: freeing free page"),
    ALWAYS(destroy_mapped, "pmapsim_pmap_destroy: pmap \"u\" has pv entries"),
    ALWAYS(activate_released, ABSENT("pmap_activate", "u")),
    ALWAYS(enter_raw, ABSENT("_pmap_allocpte", "raw")),
    ALWAYS(enter_released, ABSENT("_pmap_allocpte", "u")),
    ALWAYS(enter_quick_released, ABSENT("_pmap_allocpte", "u")),
    ALWAYS(enter_object_released, ABSENT("_pmap_allocpte", "u")),
    ALWAYS(copy_to_released, ABSENT("_pmap_allocpte", "u")),
    ALWAYS(look_into_released, NULL),
    {"free_mapped", free_mapped, "vm_page_free_toq: freeing mapped page PTR",
	NULL, "mapped-pages: u: va 0x40000000 maps free page"},
    ALWAYS(free_wired, "vm_page_free: freeing wired page"),
    ALWAYS(free_wired_twice,
	"vm_page_free: invalid wire count (2), pindex: 0x0"),
    ALWAYS(free_twice, "vm_page_free: freeing free page"),
    ALWAYS(free_nothing, "vm_page_free: page fault trap: m is NULL"),
    ALWAYS(free_boot_page, "vm_page_free: freeing free page"),
    ALWAYS(unwire_unwired, "vm_page_unwire: invalid wire count: 0"),
    {"alloc_without_object", alloc_without_object,
	"vm_page_alloc: NULL object.", NULL, NULL},
    ALWAYS(alloc_twice, "vm_page_insert: offset already allocated"),
    {"deallocate_twice", deallocate_twice,
	"vm_object_deallocate: "
	"object deallocated too many times: 0",
	"vm_object_deallocate: "
	"object deallocated too many times",
	NULL},
    {"deallocate_too_often_after_use", deallocate_too_often_after_use,
	"vm_object_deallocate: object deallocated too many times: 0",
	"vm_object_deallocate: object deallocated too many times", NULL},
    {"phys_free_twice", phys_free_twice,
	"vm_phys_free_pages: page PTR has unexpected order 0",
	FREE_ALREADY("0x1802000"), NULL},
    ALWAYS(phys_free_merged_twice, FREE_ALREADY("0x1803000")),
    ALWAYS(phys_free_inside, FREE_ALREADY("0x181f000")),
    ALWAYS(phys_free_part, FREE_ALREADY("0x1c08000")),
    ALWAYS(phys_free_never_allocated, FREE_ALREADY("0x1e03000")),
    ALWAYS(phys_free_contig_twice, "vm_page_free: freeing free page"),
    {"phys_free_of_no_order", phys_free_of_no_order,
	"vm_phys_free_pages: order 99 is out of range",
	"vm_phys_free_pages: pool 0 or order 99 is out of range", NULL},
    {"phys_alloc_of_no_pool", phys_alloc_of_no_pool,
	"vm_phys_alloc_pages: pool 3 is out of range",
	"vm_phys_alloc_pages: pool 3 or order 0 is out of range", NULL},
    ALWAYS(phys_unfree_twice, NULL),
    ALWAYS(free_reservation_page_twice, "vm_page_free: freeing free page"),
    FREE_PAGE(activate),
    FREE_PAGE(deactivate),
    FREE_PAGE(dontneed),
    FREE_PAGE(wire),
    ALWAYS(unwire_free_page, "vm_page_unwire: invalid wire count: 0"),
    FREE_PAGE(hold),
    {"unhold_free_page", unhold_free_page, "vm_page_unhold: hold count < 0!!!",
	IS_FREE("unhold"), NULL},
    FREE_PAGE(busy),
    {"wakeup_free_page", wakeup_free_page, "vm_page_wakeup: page not busy!!!",
	IS_FREE("wakeup"), NULL},
    FREE_PAGE(io_start),
    FREE_PAGE(io_finish),
    ALWAYS(try_to_free_free_page, "vm_page_free: freeing free page"),
    ALWAYS(try_to_cache_free_page, "vm_page_free: freeing free page"),
    FREE_PAGE(insert),
    ALWAYS(rename_free_page, IS_FREE("insert")),
    FOREIGN(foreign_page, "vm_page_test_dirty: m is no page", ""),
    FOREIGN(foreign_page_in_the_middle, "vm_page_try_to_free: m is no page",
	""),
    FOREIGN(foreign_page_mapped, "pmap_enter: m is no page", ""),
    FOREIGN(foreign_object, "vm_page_grab: object is no object", ""),
    FOREIGN(foreign_map, "vm_map_lock: map is no map", ""),
    FOREIGN(foreign_pmap, "pmap_extract_and_hold: pmap is no pmap", ""),
    FOREIGN(object_that_ended, "vm_object_page_remove: object is no object",
	NULL),
    {"destroy_twice", destroy_twice,
	"pmapsim_pmap_destroy: pmap is no pmap of this machine",
	"pmapsim_pmap_destroy: the pmap was destroyed before", NULL},
    FOREIGN(enter_destroyed, "pmap_enter: pmap is no pmap",
	ABSENT("_pmap_allocpte", "raw")),
    FOREIGN(look_into_destroyed, "pmap_remove: pmap is no pmap", NULL),
    ALWAYS(enter_no_memory, "pmap_enter: page fault trap: m is NULL"),
    ALWAYS(enter_no_memory_beside, "pmap_enter: page fault trap: m is NULL"),
    {"enter_boot_page", enter_boot_page, NULL, NULL, "pv-lists: "},
    {"enter_free", enter_free, NULL, NULL,
	"mapped-pages: u: va 0x40000000 maps free page"},
    ALWAYS(enter_hole,
	"pmap_enter: invalid page directory va=0xffffffe000000000"),
    ALWAYS(enter_not_canonical,
	"pmap_enter: invalid page directory va=0x800000000000"),
    {"enter_page_tables", enter_page_tables,
	"pmap_enter: invalid to pmap_enter page table pages "
	"(va: 0xffff800000000000)",
	"pmap_enter: invalid page directory va=0xffff800000000000", NULL},
    ALWAYS(kenter_hole, NO_TABLE("pmap_kenter")),
    ALWAYS(kenter_user,
	"pmap_kenter: page fault trap: no page table for "
	"va 0x40000000"),
    ALWAYS(kremove_hole, NO_TABLE("pmap_kremove")),
    ALWAYS(qenter_hole, NO_TABLE("pmap_qenter")),
    ALWAYS(qremove_hole, NO_TABLE("pmap_qremove")),
    ALWAYS(kextract_hole, NO_TABLE("pmap_kextract")),
    ALWAYS(wire_unmapped,
	"pmap_change_wiring: page fault trap: no page "
	"table at va 0x40000000"),
    ALWAYS(remove_backwards, NULL),
    ALWAYS(grow_to_the_end, "pmap_growkernel: no memory to grow kernel"),
    ALWAYS(unknown_memattr, "Unknown caching mode 77\n"),
    ALWAYS(kmem_malloc_nothing, "kmem_malloc: entry not found or misaligned"),
    ALWAYS(kmem_malloc_too_much,
	"kmem_malloc(1099511627776): kmem_map "
	"too small: 0 total allocated"),
    ALWAYS(kmem_malloc_nowhere, "kmem_malloc: the machine has no kmem_map"),
    ALWAYS(kmem_free_device,
	"vm_fault_unwire: page fault trap: va "
	"0xffffff8000000000 maps 0xfee00000, which is no memory"),
    ALWAYS(enter_object_hole,
	"_pmap_allocpte: page fault trap: the kernel "
	"has no page directory at va 0xffffffe000000000"),
    ALWAYS(kmem_free_twice, NULL),
    ALWAYS(kern_free_twice, "free: address PTR(PTR) has not been allocated.\n"),
    ALWAYS(vmspace_free_twice,
	"vmspace_free: attempt to free already freed vmspace"),
    ALWAYS(vmspace_exit_twice,
	"vmspace_free: attempt to free already freed vmspace"),
    ALWAYS(mmap_in_freed,
	"vm_map_lock: page fault trap: the vmspace was freed"),
    ALWAYS(fork_freed, "vm_map_lock: page fault trap: the vmspace was freed"),
    ALWAYS(free_no_vmspace, "vmspace_free: page fault trap: map is NULL"),
    ALWAYS(fork_no_vmspace, "vm_map_lock: page fault trap: map is NULL"),
};

struct attempt {
	const struct misuse *misuse;
	struct scene scene;
};

static void
attempt(struct machine *mach, void *arg)
{
	struct attempt *a = arg;

	a->misuse->make(mach, &a->scene);
}

static void
test_misuse(void **state)
{
	struct attempt a = {.misuse = *state};
	const char *wanted, *got;
	struct machine *mach;
	char why[512];
	int strict;

	a.scene.other = support_boot("mem=32M first=4M kmem=8M ncpu=2");
	for (strict = 0; strict <= 1; strict++) {
		wanted = strict ? a.misuse->strict : a.misuse->lax;
		if (wanted != NULL && wanted[0] == '\0')
			continue; /* nobody looks */
		mach = support_boot(strict ?
			"mem=32M first=4M kmem=8M ncpu=2 invariants=on" :
			"mem=32M first=4M kmem=8M ncpu=2 invariants=off");
		a.scene.u = fixture_pmap(mach, "u");
		a.scene.raw = pmapsim_pmap_create(mach, "raw");
		a.scene.object = support_object(mach, 8, NULL);
		a.scene.m = support_page(mach, a.scene.object, 0,
		    VM_ALLOC_NORMAL);
		a.scene.frame = fixture_frame(mach);
		assert_int_equal(machine_audit(mach, why, sizeof(why)), 0);
		got = pmapsim_run(mach, attempt, &a) == PMAPSIM_OK ?
		    NULL :
		    pmapsim_panic(mach)->text;
		if (wanted == NULL ? got != NULL :
				     got == NULL || strcmp(got, wanted) != 0)
			fail_msg("%s, invariants %s: %s\n    expected: %s",
			    a.misuse->name, strict ? "on" : "off",
			    got != NULL ? got : "returns",
			    wanted != NULL ? wanted : "returns");
		why[0] = '\0';
		if (got == NULL &&
		    machine_audit(mach, why, sizeof(why)) !=
			(a.misuse->audit != NULL))
			fail_msg("%s: audit: %s", a.misuse->name, why);
		if (got == NULL && a.misuse->audit != NULL &&
		    strncmp(why, a.misuse->audit, strlen(a.misuse->audit)) != 0)
			fail_msg("%s: audit: %s", a.misuse->name, why);
		pmapsim_destroy(mach);
	}
	pmapsim_destroy(a.scene.other);
}

/* Lists that lead back into themselves: the audit says so, and ends. */
static void
test_audit_of_rings(void **state)
{
	struct machine *mach;
	struct vm_reserv *rv;
	vm_object_t object, other;
	vm_ooffset_t offset = 0;
	char why[512];
	vm_page_t m;
	int ring;

	(void)state;
	for (ring = 0; ring < 3; ring++) {
		mach = support_boot("mem=32M first=4M kmem=8M ncpu=2");
		fixture_frame(mach);
		object = fixture_frame(mach)->object;
		if (ring == 0) {
			/* What a second free would have made of it. */
			vm_phys_alloc_pages(mach, 0, 0);
			m = TAILQ_FIRST(&mach->vm_phys->queues[0][0][0].pl);
			assert_non_null(m);
			TAILQ_NEXT(m, pageq) = m;
		} else if (ring == 1) {
			rv = LIST_FIRST(&object->rvq);
			rv->objq.le_next = rv;
		} else {
			other = object;
			vm_object_reference(mach, object);
			vm_object_shadow(mach, &other, &offset, 4);
			other->shadow_list.le_next = other;
		}
		assert_int_equal(machine_audit(mach, why, sizeof(why)), 1);
		if (strncmp(why,
			ring == 0     ? "free-lists: " :
			    ring == 1 ? "reservations: " :
					"objects: ",
			9) != 0)
			fail_msg("%s", why);
		assert_int_equal(machine_audit(mach, NULL, 512), 1);
		pmapsim_destroy(mach);
	}
}

int
main(void)
{
	struct CMUnitTest tests[sizeof(misuses) / sizeof(misuses[0]) + 1];
	size_t i;

	memset(tests, 0, sizeof(tests));
	for (i = 0; i < sizeof(misuses) / sizeof(misuses[0]); i++) {
		tests[i].name = misuses[i].name;
		tests[i].test_func = test_misuse;
		tests[i].initial_state = (void *)&misuses[i];
	}
	tests[i].name = "test_audit_of_rings";
	tests[i].test_func = test_audit_of_rings;
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
