/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the pmap's verbs share: an address space and a full 2 MB
 * reservation to map in it, and the costs of a call, so that each step asserts
 * all that it changed and all that it did not.
 */
#ifndef TESTS_AMD64_PMAP_FIXTURE_H
#define TESTS_AMD64_PMAP_FIXTURE_H

#include "support.h"

#include "amd64/pmap_var.h"
#include "vm/vm_object.h"

/* A 2 MB-aligned user address, and the letters of protections. */
#define UVA UINT64_C(0x40000000)
#define NEXT (UVA + NBPDR)
#define PROT_R VM_PROT_READ
#define PROT_RW (VM_PROT_READ | VM_PROT_WRITE)
#define PROT_RX (VM_PROT_READ | VM_PROT_EXECUTE)
#define PROT_RWX VM_PROT_ALL

/* A user PTE, managed and unwired, of a page that was written or only read. */
#define PTE_WRITTEN (PG_NX | PG_MANAGED | PG_M | PG_A | PG_U | PG_RW | PG_V)
#define PTE_READ (PG_NX | PG_MANAGED | PG_A | PG_U | PG_V)
/* A kernel PTE of kmem: unmanaged and wired. */
#define PTE_KMEM (PG_W | PG_G | PG_M | PG_A | PG_RW | PG_V)
/* What a page table's PDE says besides its frame. */
#define PDE_USER_TABLE UINT64_C(0x067)
#define PDE_KERNEL_TABLE UINT64_C(0x063)

/* Configurations: the small machine with another kernel, and one that has its
 * assertions off. */
#define SMALL_KERNEL(name) SUPPORT_SMALL " kernel=" name
#define QUIET "mem=32M first=4M kmem=8M ncpu=2 invariants=off"

/* Attributes of pages: how what is cached of them reaches memory. */
static const vm_memattr_t fixture_attributes[]
    __attribute__((unused)) = {VM_MEMATTR_UNCACHEABLE,
	VM_MEMATTR_WRITE_COMBINING, VM_MEMATTR_WRITE_PROTECTED,
	VM_MEMATTR_WRITE_THROUGH, VM_MEMATTR_WRITE_BACK};
#define NATTRIBUTES (sizeof(fixture_attributes) / sizeof(fixture_attributes[0]))

/* A pmap that no CPU has loaded. */
static inline pmap_t
fixture_inactive_pmap(struct machine *mach, const char *name)
{
	pmap_t pmap;

	pmap = pmapsim_pmap_create(mach, name);
	assert_non_null(pmap);
	assert_int_equal(pmap_pinit(mach, pmap), 1);
	return (pmap);
}

/* A pmap that is active on CPU 0 only. */
static inline pmap_t
fixture_pmap(struct machine *mach, const char *name)
{
	pmap_t pmap;

	pmap = fixture_inactive_pmap(mach, name);
	pmapsim_pmap_set_active(pmap, 1);
	return (pmap);
}

/* The first of 512 managed pages that fill a reservation of a new object. */
static inline vm_page_t
fixture_frame(struct machine *mach)
{
	const uint16_t color = 0;
	vm_object_t object;
	vm_page_t m;

	object = support_object(mach, NPTEPG, &color);
	m = support_pages(mach, object, 0, NPTEPG, VM_ALLOC_NORMAL);
	assert_int_equal(VM_PAGE_TO_PHYS(m) & PDRMASK, 0);
	assert_int_equal(vm_reserv_level_iffullpop(mach, m), 0);
	return (m);
}

/* A managed page that belongs to no reservation. */
static inline vm_page_t
fixture_page(struct machine *mach)
{

	return (support_page(mach, support_object(mach, 1, NULL), 0,
	    VM_ALLOC_NORMAL));
}

/* An unmanaged page, as kmem's are. */
static inline vm_page_t
fixture_unmanaged_page(struct machine *mach, vm_pindex_t pindex)
{

	return (support_page(mach, pmapsim_kernel_object(mach),
	    0x100000 + pindex, VM_ALLOC_WIRED));
}

/* Enters pages [first, last) of the frame of "m" at their places from "va". */
static inline void
fixture_enter(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_page_t m,
    unsigned first, unsigned last, vm_prot_t access, vm_prot_t prot,
    boolean_t wired)
{
	unsigned i;

	for (i = first; i < last; i++)
		pmap_enter(mach, pmap, va + ptoa(i), access, m + i, prot,
		    wired);
}

/* The whole frame of "m", written, as one promoted mapping at UVA. */
static inline void
fixture_promote(struct machine *mach, pmap_t pmap, vm_page_t m)
{

	fixture_enter(mach, pmap, UVA, m, 0, NPTEPG, VM_PROT_WRITE, PROT_RW,
	    FALSE);
	assert_superpage(mach, pmap, UVA);
}

/* Sets bits in the page table behind the kernel's back, as the MMU does. */
static inline void
fixture_set_pte(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pt_entry_t set, pt_entry_t clear)
{
	pt_entry_t *pte;

	pte = pmap_pte(mach, pmap, va);
	assert_non_null(pte);
	*pte = (*pte & ~clear) | set;
}

/* What calls cost: local invalidations, messages, stores, superpage events. */
struct cost {
	uint64_t page, range, all, sent, stores;
	uint64_t promotions, demotions, failures, mappings;
};

static inline struct cost
fixture_cost(struct machine *mach)
{
	struct pmapsim_invalidations inval;

	pmapsim_invalidations(mach, &inval);
	return ((struct cost) {.page = inval.page,
	    .range = inval.range,
	    .all = inval.all,
	    .sent = inval.sent_page + inval.sent_range + inval.sent_all,
	    .stores = pmapsim_pte_stores(mach),
	    .promotions = mach->pmap->pmap_pde_promotions,
	    .demotions = mach->pmap->pmap_pde_demotions,
	    .failures = mach->pmap->pmap_pde_p_failures,
	    .mappings = mach->pmap->pmap_pde_mappings});
}

static inline void
fixture_assert_cost(struct machine *mach, struct cost *before, struct cost want,
    const char *file, int line)
{
	static const char *const names[] = {"page invalidations",
	    "range invalidations", "invalidations of all", "messages",
	    "entry stores", "promotions", "demotions", "failed promotions",
	    "2 MB mappings made"};
	struct cost now;
	uint64_t values[3][sizeof(names) / sizeof(names[0])];
	unsigned i;

	_Static_assert(sizeof(now) == sizeof(values[0]), "one name each");
	now = fixture_cost(mach);
	memcpy(values[0], before, sizeof(now));
	memcpy(values[1], &now, sizeof(now));
	memcpy(values[2], &want, sizeof(now));
	*before = now;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (values[1][i] - values[0][i] != values[2][i]) {
			print_error("%s: %lu\n    expected: %lu\n", names[i],
			    (unsigned long)(values[1][i] - values[0][i]),
			    (unsigned long)values[2][i]);
			_fail(file, line);
		}
}

/*
 * Asserts what was spent since "*before" was taken or last asserted; what is
 * not named must be 0: assert_cost(mach, &before, .page = 1, .stores = 2).
 */
#define assert_cost(mach, before, ...)                                     \
	fixture_assert_cost((mach), (before), (struct cost) {__VA_ARGS__}, \
	    __FILE__, __LINE__)

/* Asserts both statistics of "pmap". */
#define assert_counts(pmap, resident, wired)                               \
	do {                                                               \
		assert_int_equal(pmapsim_pmap_resident_count(pmap),        \
		    (resident));                                           \
		assert_int_equal(pmapsim_pmap_wired_count(pmap), (wired)); \
	} while (0)

/* Asserts one page's flags of these, its dirty bits and its 4 KB mappings. */
#define assert_page(m, writeable, referenced, dirt, pvs)             \
	do {                                                         \
		struct pmapsim_page_info info_;                      \
                                                                     \
		pmapsim_page_info(mach, (m), &info_);                \
		assert_int_equal((info_.flags & PG_WRITEABLE) != 0,  \
		    (writeable));                                    \
		assert_int_equal((info_.flags & PG_REFERENCED) != 0, \
		    (referenced));                                   \
		assert_int_equal(info_.dirty, (dirt));               \
		assert_int_equal(info_.pv_count, (pvs));             \
	} while (0)

#endif /* TESTS_AMD64_PMAP_FIXTURE_H */
