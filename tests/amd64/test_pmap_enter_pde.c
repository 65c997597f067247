/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Superpages that are entered at once, in the kernels of 2022 and 2026: what
 * gives way to them, what is in their way, and what of it all the CPUs forget.
 */
#include <inttypes.h>
#include <stdio.h>

#include "amd64/pmap_2022.h"
#include "amd64/pmap_fixture.h"

static const char *const configs[] = {SMALL_KERNEL("2022-07"),
    SMALL_KERNEL("2026-pmap")};

/* The kernel of case "k", and whether that is 2026's. */
#define IS_2026(k) ((k) == 1)

/* A superpage's address in "pmap", whose tables the kernel's pmap has. */
static vm_offset_t
superpage_va(struct machine *mach, pmap_t pmap)
{
	vm_offset_t va;

	if (pmap != kernel_pmap)
		return (UVA);
	va = kmem_alloc_nofault(mach, pmapsim_kernel_map(mach), 2 * NBPDR);
	assert_true(va != 0);
	return (round_2mpage(va));
}

static pd_entry_t
superpage(struct machine *mach, pmap_t pmap, vm_page_t m)
{

	return (VM_PAGE_TO_PHYS(m) | PG_PS | PG_MANAGED | PG_M | PG_A | PG_RW |
	    PG_V | (pmap == kernel_pmap ? PG_G : PG_U));
}

/* The tables of an address space that has nothing: the PML4 page, and the
 * others that a program's superpage needs.  The kernel's do not count. */
#define TABLES(pmap) ((pmap) == kernel_pmap ? 0 : 3)

/* What is in "pmap" when the superpage of "m" at "va" is all there is. */
static void
assert_only(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_page_t m)
{

	assert_int_equal(support_pde(mach, pmap, va), superpage(mach, pmap, m));
	assert_counts(pmap, NPTEPG + TABLES(pmap), 0);
	assert_int_equal(mach->pmap->pv_entry_count, 1);
	assert_int_equal(pmapsim_superpages(mach, pmap), 1);
	assert_true(pmap_is_modified(mach, m + 9));
	assert_page(m, 1, 0, vm_page_use(mach, m)->dirty, 0);
}

/* Where nothing is mapped nothing is removed or forgotten. */
static void
test_enter_pde_where_nothing_is(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_offset_t va;
	vm_page_t m;
	pmap_t pmap;
	unsigned i;
	char text[128], right[128];

	for (i = 0; i < 4; i++) {
		mach = support_boot(configs[i / 2]);
		pmap = fixture_pmap(mach, "u");
		m = fixture_frame(mach);
		va = superpage_va(mach, pmap);
		pmapsim_ktr_enable(mach, true);
		cost = fixture_cost(mach);
		assert_int_equal(pmap_enter_pde_2022(mach, pmap, va,
				     superpage(mach, pmap, m),
				     i & 1 ? PMAP_ENTER_NOREPLACE : 0, m),
		    KERN_SUCCESS);
		assert_cost(mach, &cost, .stores = 1, .mappings = 1);
		assert_only(mach, pmap, va, m);
		assert_int_equal(pmapsim_ktr_count(mach), 1);
		pmapsim_ktr_format(mach, 0, text, sizeof(text));
		snprintf(right, sizeof(right),
		    "pmap_enter_pde: success for va %#" PRIx64 " in pmap u",
		    (uint64_t)va);
		assert_string_equal(text, right);
		support_destroy(mach);
	}
}

/* A program's table, or the kernel's, with some pages of "old". */
struct table {
	unsigned pages[6]; /* NPTEPG: no more */
	bool global[6];
	unsigned ranges, range_pages; /* invalidations of global runs */
	bool all;		      /* and of the rest */
};

static const struct table tables[] = {
    {{0, NPTEPG}, {false}, 0, 0, true},
    {{511, NPTEPG}, {false}, 0, 0, true},
    {{511, NPTEPG}, {true}, 1, 1, false},
    {{0, NPTEPG}, {true}, 1, 1, false},
    {{3, 4, 5, NPTEPG}, {true, true, true}, 1, 3, false},
    {{3, 4, 5, NPTEPG}, {true, false, true}, 2, 2, true},
    {{3, 4, 5, NPTEPG}, {false, true, false}, 1, 1, true},
    {{0, 1, 7, 9, 510, 511}, {true, true, false, true, true, true}, 3, 5, true},
    {{0, 1, 7, 9, 510, 511}, {false}, 0, 0, true},
};
#define NTABLES (sizeof(tables) / sizeof(tables[0]))

/*
 * Enters the pages of "t"; every second one is written, the others were only
 * read, and the first was not even used.
 */
static unsigned
table_enter(struct machine *mach, pmap_t pmap, vm_offset_t va, vm_page_t old,
    const struct table *t)
{
	unsigned i;

	for (i = 0; i < 6 && t->pages[i] != NPTEPG; i++) {
		pmap_enter(mach, pmap, va + ptoa(t->pages[i]),
		    i & 1 ? VM_PROT_WRITE : VM_PROT_READ, old + t->pages[i],
		    PROT_RW, FALSE);
		fixture_set_pte(mach, pmap, va + ptoa(t->pages[i]),
		    t->global[i] ? PG_G : 0,
		    (t->global[i] ? 0 : PG_G) | (i == 0 ? PG_A : 0));
	}
	return (i);
}

/* What the pages of "t" keep of their mappings, which have gone. */
static void
assert_table_gone(struct machine *mach, vm_page_t old, const struct table *t)
{
	unsigned i;

	for (i = 0; i < 6 && t->pages[i] != NPTEPG; i++)
		assert_page(old + t->pages[i], 0, i != 0,
		    i & 1 ? VM_PAGE_BITS_ALL : 0, 0);
}

static void
check_table(const char *config, bool user, const struct table *t)
{
	struct machine *mach;
	struct cost cost;
	vm_offset_t va;
	vm_page_t m, old;
	uint64_t pages;
	unsigned i, n;
	pmap_t pmap;

	mach = support_boot(config);
	pmap = user ? fixture_pmap(mach, "u") : kernel_pmap;
	m = fixture_frame(mach);
	old = fixture_frame(mach);
	for (i = 0; i < NPTEPG; i++)
		vm_page_use(mach, &old[i])->dirty = 0;
	va = superpage_va(mach, pmap);
	n = table_enter(mach, pmap, va, old, t);
	assert_counts(pmap, n + TABLES(pmap) + user, 0);
	pages = cpu_current(mach)->local_range_pages;
	cost = fixture_cost(mach);
	assert_int_equal(pmap_enter_pde_2022(mach, pmap, va,
			     superpage(mach, pmap, m), 0, m),
	    KERN_SUCCESS);
	assert_int_equal(cpu_current(mach)->local_range_pages - pages,
	    t->range_pages);
	/* Each PTE, the PDE of the table that goes, and the superpage. */
	assert_cost(mach, &cost, .stores = n + user + 1, .mappings = 1,
	    .range = t->ranges, .all = t->all,
	    .sent = user ? 0 : t->ranges + t->all);
	assert_only(mach, pmap, va, m);
	assert_table_gone(mach, old, t);
	/* The kernel's table is kept, empty, and serves again. */
	if (!user) {
		assert_non_null(kernel_pmap->pm_root);
		assert_int_equal(kernel_pmap->pm_root->valid, PTP_EMPTY);
	}
	assert_true(pmap_demote_pde(mach, pmap, pmap_pde(mach, pmap, va), va));
	for (i = 0; i < NPTEPG; i++)
		assert_pte(mach, pmap, va + ptoa(i),
		    (superpage(mach, pmap, m) & ~PG_PS) + ptoa(i));
	pmap_remove(mach, pmap, va, va + NBPDR);
	assert_int_equal(mach->pmap->pv_entry_count, 0);
	support_destroy(mach);
}

/* Pages of 4 KB give way, and their CPUs forget them. */
static void
test_enter_pde_over_a_table(void **state)
{
	unsigned i;

	for (i = 0; i < NTABLES * 4; i++) {
		/* A program has nothing global. */
		if ((i & 2) != 0 && tables[i / 4].ranges != 0)
			continue;
		check_table(configs[i & 1], i & 2, &tables[i / 4]);
	}
}

/* What is mapped stays, with PMAP_ENTER_NOREPLACE, and costs nothing. */
static void
test_enter_pde_noreplace(void **state)
{
	enum { EMPTY_TABLE, FIRST_PAGE, LAST_PAGE, SUPERPAGE, CASES };
	struct machine *mach;
	struct cost cost;
	pd_entry_t pde;
	uint64_t *behind, was;
	vm_offset_t va;
	vm_page_t m, old;
	unsigned i, k, unused;
	pmap_t pmap;
	bool user;
	int error;

	for (i = 0; i < CASES * 4; i++) {
		k = i & 1;
		user = (i & 2) != 0;
		mach = support_boot(configs[k]);
		pmap = user ? fixture_pmap(mach, "u") : kernel_pmap;
		m = fixture_frame(mach);
		old = fixture_frame(mach);
		va = superpage_va(mach, pmap);
		if (i / 4 == SUPERPAGE)
			fixture_enter(mach, pmap, va, old, 0, NPTEPG,
			    VM_PROT_WRITE, PROT_RW, FALSE);
		else if (i / 4 != EMPTY_TABLE)
			fixture_enter(mach, pmap, va, old,
			    i / 4 == LAST_PAGE ? NPTEPG - 1 : 0,
			    i / 4 == LAST_PAGE ? NPTEPG : 1, VM_PROT_WRITE,
			    PROT_RW, FALSE);
		pde = support_pde(mach, pmap, va);
		assert_int_equal((pde & PG_PS) != 0, i / 4 == SUPERPAGE);
		unused = mach->cnt.v_free_count;
		/* A table ends where it ends: what is behind does not count. */
		behind = physmem_table(mach, (pde & PG_FRAME) + PAGE_SIZE);
		was = *behind;
		*behind = 1;
		cost = fixture_cost(mach);
		error = pmap_enter_pde_2022(mach, pmap, va,
		    superpage(mach, pmap, m), PMAP_ENTER_NOREPLACE, m);
		*behind = was;
		if (i / 4 == EMPTY_TABLE) {
			assert_int_equal(error, KERN_SUCCESS);
			assert_only(mach, pmap, va, m);
		} else {
			assert_int_equal(error,
			    i / 4 == SUPERPAGE && IS_2026(k) ? KERN_NO_SPACE :
							       KERN_FAILURE);
			assert_cost(mach, &cost, .stores = 0);
			assert_int_equal(support_pde(mach, pmap, va), pde);
			assert_int_equal(mach->cnt.v_free_count, unused);
		}
		support_destroy(mach);
	}
}

/*
 * A superpage gives way to another: pages that were written are dirty.  Where
 * promotions are marked, all 512 addresses of a promoted one are forgotten, as
 * 4 KB translations may be left; of others one address.  The kernel's may be
 * global or not.
 */
static void
test_enter_pde_over_a_superpage(void **state)
{
	struct machine *mach;
	struct cost cost;
	vm_offset_t va;
	vm_page_t m, old;
	unsigned i, j, k;
	pmap_t pmap;
	bool promoted, returns, user;

	for (i = 0; i < 16; i++) {
		k = i & 1;
		user = (i & 2) != 0;
		promoted = (i & 4) != 0;
		/* A program has nothing global. */
		if (user && (i & 8) != 0)
			continue;
		mach = support_boot(configs[k]);
		pmap = user ? fixture_pmap(mach, "u") : kernel_pmap;
		m = fixture_frame(mach);
		old = fixture_frame(mach);
		for (j = 0; j < NPTEPG; j++)
			vm_page_use(mach, &old[j])->dirty = 0;
		va = superpage_va(mach, pmap);
		if (promoted)
			fixture_enter(mach, pmap, va, old, 0, NPTEPG,
			    VM_PROT_WRITE, PROT_RW, FALSE);
		else
			assert_int_equal(pmap_enter_pde_2022(mach, pmap, va,
					     superpage(mach, pmap, old), 0,
					     old),
			    KERN_SUCCESS);
		assert_superpage(mach, pmap, va);
		if ((i & 8) != 0)
			fixture_set_pte(mach, pmap, va, 0, PG_G);
		cost = fixture_cost(mach);
		assert_int_equal(pmap_enter_pde_2022(mach, pmap, va,
				     superpage(mach, pmap, m), 0, m),
		    KERN_SUCCESS);
		/* In 2022 the kernel's table comes back, and vtopte goes; what
		 * a promotion has left in it is zeroed in both. */
		returns = !user && !IS_2026(k);
		assert_cost(mach, &cost,
		    .stores = 2 + returns + (!user && promoted ? NPTEPG : 0),
		    .range = promoted, .page = !promoted + returns,
		    .sent = user ? 0 : 1 + returns, .mappings = 1);
		assert_only(mach, pmap, va, m);
		for (j = 0; j < NPTEPG; j++)
			assert_page(old + j, 0, 1, VM_PAGE_BITS_ALL, 0);
		assert_false(pmap_page_is_mapped(mach, old));
		assert_true(pmap_demote_pde(mach, pmap,
		    pmap_pde(mach, pmap, va), va));
		for (j = 0; j < NPTEPG; j++)
			assert_pte(mach, pmap, va + ptoa(j),
			    (superpage(mach, pmap, m) & ~PG_PS) + ptoa(j));
		support_destroy(mach);
	}
}

/*
 * Without a pv entry, and where none may be taken from others, there is no
 * superpage: no table that was made for it stays, a wired one's neither.
 */
static void
test_enter_pde_without_pv_entry(void **state)
{
	static const int flags = PMAP_ENTER_NOSLEEP | PMAP_ENTER_NOREPLACE |
	    PMAP_ENTER_NORECLAIM;
	struct machine *mach;
	struct cost cost;
	unsigned i, k, unused, wired;
	pd_entry_t pde;
	pmap_t pmap;
	vm_page_t m;

	/* In 2022 no program's superpage is wired so. */
	for (i = 0; i < 3; i++) {
		k = i != 0;
		mach = support_boot(configs[k]);
		pmap = fixture_pmap(mach, "u");
		m = fixture_frame(mach);
		pde = superpage(mach, pmap, m) | (i == 2 ? pmap_pg_w(mach) : 0);
		unused = mach->cnt.v_free_count;
		wired = mach->cnt.v_wire_count;
		pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 1, false);
		cost = fixture_cost(mach);
		assert_int_equal(pmap_enter_pde_2022(mach, pmap, UVA, pde,
				     flags, m),
		    KERN_RESOURCE_SHORTAGE);
		/* A CPU may have walked through the tables that go. */
		assert_cost(mach, &cost, .page = 1);
		assert_int_equal(support_pde(mach, pmap, UVA), 0);
		assert_null(pmap->pm_root);
		assert_counts(pmap, TABLES(pmap) - 2, 0);
		assert_int_equal(mach->cnt.v_free_count, unused);
		assert_int_equal(mach->cnt.v_wire_count, wired);
		assert_int_equal(mach->pmap->pv_entry_count, 0);
		assert_page(m, 0, 0, vm_page_use(mach, m)->dirty, 0);

		assert_int_equal(pmap_enter_pde_2022(mach, pmap, UVA, pde,
				     flags, m),
		    KERN_SUCCESS);
		assert_int_equal(support_pde(mach, pmap, UVA), pde);
		assert_int_equal(pmap->pm_root != NULL, i == 2);
		assert_counts(pmap, NPTEPG + TABLES(pmap) + (i == 2),
		    i == 2 ? NPTEPG : 0);
		/* A chunk, two tables, and the one that is kept. */
		assert_int_equal(mach->cnt.v_wire_count, wired + 3 + (i == 2));
		support_destroy(mach);
	}
}

/* A page's attribute has other bits in a PDE than in a PTE. */
static void
test_enter_superpage_of_an_attribute(void **state)
{
	struct machine *mach;
	vm_page_t m;
	pmap_t pmap;
	unsigned i, j, k;

	for (k = 0; k < 2; k++)
		for (i = 0; i < NATTRIBUTES; i++) {
			mach = support_boot(configs[k]);
			pmap = fixture_pmap(mach, "u");
			m = fixture_frame(mach);
			for (j = 0; j < NPTEPG; j++)
				pmap_page_set_memattr(mach, m + j,
				    fixture_attributes[i]);
			assert_int_equal(pmap_enter_flags(mach, pmap, UVA, m,
					     PROT_RW, VM_PROT_WRITE, 1),
			    KERN_SUCCESS);
			assert_int_equal(support_pde(mach, pmap, UVA) & ~PG_NX,
			    superpage(mach, pmap, m) |
				pmap_cache_bits(mach, fixture_attributes[i],
				    TRUE));
			pmap_enter(mach, pmap, NEXT, VM_PROT_WRITE, m, PROT_RW,
			    FALSE);
			assert_int_equal(support_pte(mach, pmap, NEXT) & ~PG_NX,
			    (superpage(mach, pmap, m) & ~PG_PS) |
				pmap_cache_bits(mach, fixture_attributes[i],
				    FALSE));
			support_destroy(mach);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_enter_pde_where_nothing_is),
	    cmocka_unit_test(test_enter_pde_over_a_table),
	    cmocka_unit_test(test_enter_pde_noreplace),
	    cmocka_unit_test(test_enter_pde_over_a_superpage),
	    cmocka_unit_test(test_enter_pde_without_pv_entry),
	    cmocka_unit_test(test_enter_superpage_of_an_attribute),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
