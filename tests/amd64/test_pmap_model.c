/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random calls on two programs' pmaps in each kernel, beside a plain array that
 * says what is mapped where and with which rights, and whether each page was
 * written since it was last clean.  How a kernel maps it, by pages of which
 * size, is its own matter.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pmapsim/audit.h>

#include "amd64/pmap_2022.h"
#include "amd64/pmap_fixture.h"

#define NPMAPS 2
#define NWINDOWS 2
#define WINDOW ((unsigned)NPTEPG)
#define NPAGES (NWINDOWS * WINDOW)
#define NFRAMES 2
#define STEPS 700

/* A page's mapping: "m" NULL, there is none. */
struct mapping {
	vm_page_t m;
	bool write, exec, wired;
};

struct model {
	struct machine *mach;
	uint64_t seed;
	pmap_t pmap[NPMAPS];
	struct mapping map[NPMAPS][NPAGES];
	vm_page_t frame[NFRAMES];
	bool written[NFRAMES][WINDOW];
	/* A bystander's: one page, written, at many addresses. */
	pmap_t bystander;
	vm_page_t shared;
};

static unsigned
below(struct model *model, unsigned bound)
{

	return ((unsigned)(support_random(&model->seed) >> 33) % bound);
}

static vm_offset_t
page_va(unsigned i)
{

	return (UVA + ptoa(i));
}

static bool *
written(struct model *model, vm_page_t m)
{
	unsigned f;

	for (f = 0; m < model->frame[f] || m >= model->frame[f] + WINDOW; f++)
		assert_true(f < NFRAMES - 1);
	return (&model->written[f][m - model->frame[f]]);
}

/* A page that belongs at page "i" where superpages are to come, mostly. */
static vm_page_t
random_page(struct model *model, unsigned i)
{

	return (model->frame[below(model, NFRAMES)] +
	    (below(model, 8) != 0 ? i % WINDOW : below(model, WINDOW)));
}

/* ---- what is mapped, in the tables -------------------------------------- */

/* The entry that maps page "i", with a PTE's frame, and NULL or the PDE. */
static pt_entry_t
lookup(struct model *model, unsigned p, unsigned i, pd_entry_t **superpage)
{
	pd_entry_t *pde;

	*superpage = NULL;
	pde = pmap_pde(model->mach, model->pmap[p], page_va(i));
	if (pde == NULL || (*pde & PG_V) == 0)
		return (0);
	if ((*pde & PG_PS) != 0) {
		*superpage = pde;
		return ((*pde & ~PG_PS) + ptoa(i % WINDOW));
	}
	return (*pmap_pde_to_pte(model->mach, pde, page_va(i)));
}

/* Page "i" is mapped as the model says; write access may come by a fault. */
static void
check_mapping(struct model *model, unsigned p, unsigned i)
{
	const struct mapping *map = &model->map[p][i];
	struct machine *mach = model->mach;
	pd_entry_t *superpage;
	pt_entry_t pte;

	pte = lookup(model, p, i, &superpage);
	if (map->m == NULL) {
		assert_int_equal(pte, 0);
		return;
	}
	assert_int_equal(pte & PG_FRAME, VM_PAGE_TO_PHYS(map->m));
	assert_int_equal(pte & (PG_V | PG_U | PG_MANAGED | PG_G),
	    PG_V | PG_U | PG_MANAGED);
	assert_int_equal((pte & pmap_pg_w(mach)) != 0, map->wired);
	assert_int_equal((pte & PG_NX) == 0, map->exec);
	assert_true((pte & PG_RW) == 0 || map->write);
	assert_true((pte & PG_RW) == 0 ||
	    (vm_page_aflags(mach, map->m) & PG_WRITEABLE) != 0);
}

static void
check(struct model *model)
{
	unsigned f, i, p;
	int wired;
	vm_page_t m;

	for (p = 0; p < NPMAPS; p++) {
		wired = 0;
		for (i = 0; i < NPAGES; i++) {
			check_mapping(model, p, i);
			wired += model->map[p][i].wired;
		}
		assert_int_equal(pmapsim_pmap_wired_count(model->pmap[p]),
		    wired);
	}
	for (f = 0; f < NFRAMES; f++)
		for (i = 0; i < WINDOW; i++) {
			m = model->frame[f] + i;
			assert_int_equal(vm_page_use(model->mach, m)->dirty !=
				    0 ||
				pmap_is_modified(model->mach, m),
			    model->written[f][i]);
		}
}

/* What the kernel answers of page "i" and of page "m" to who asks. */
static void
ask(struct model *model, unsigned i, vm_page_t m)
{
	struct machine *mach = model->mach;
	const struct mapping *map;
	unsigned here, k, mapped, p, wired;
	pd_entry_t *superpage;

	mapped = wired = 0;
	for (p = 0; p < NPMAPS; p++) {
		map = model->map[p];
		assert_int_equal(pmap_extract(mach, model->pmap[p], page_va(i)),
		    map[i].m == NULL ? 0 : VM_PAGE_TO_PHYS(map[i].m));
		assert_int_equal(pmap_is_prefaultable(mach, model->pmap[p],
				     page_va(i)),
		    map[i].m == NULL &&
			pmap_pde(mach, model->pmap[p], page_va(i)) != NULL &&
			(*pmap_pde(mach, model->pmap[p], page_va(i)) & PG_V) !=
			    0);
		assert_int_equal((lookup(model, p, i, &superpage) & PG_V) != 0,
		    map[i].m != NULL);
		assert_int_equal(pmap_maps_superpage(mach, model->pmap[p],
				     page_va(i)),
		    superpage != NULL);
		here = 0;
		for (k = 0; k < NPAGES; k++)
			if (map[k].m == m) {
				here++;
				wired += map[k].wired;
			}
		if (here == 0)
			assert_false(pmap_page_exists_quick(mach,
			    model->pmap[p], m));
		mapped += here;
	}
	/* So many mappings of a page are looked at. */
	if (mapped <= 16)
		for (p = 0; p < NPMAPS; p++) {
			for (here = k = 0; k < NPAGES; k++)
				here += model->map[p][k].m == m;
			assert_int_equal(pmap_page_exists_quick(mach,
					     model->pmap[p], m),
			    here != 0);
		}
	assert_int_equal(pmap_page_is_mapped(mach, m), mapped != 0);
	assert_int_equal(pmap_page_wired_mappings(mach, m), wired);
}

/*
 * Programs use what they have in superpages at once: none is without A, which
 * a demotion might give up.
 */
static void
use_superpages(struct model *model)
{
	pd_entry_t *superpage;
	unsigned i, p;

	for (p = 0; p < NPMAPS; p++)
		for (i = 0; i < NPAGES; i += WINDOW) {
			(void)lookup(model, p, i, &superpage);
			if (superpage != NULL)
				*superpage |= PG_A;
		}
}

/*
 * Takes from the model what the kernel may have taken away in pmap "p": those
 * of [first, last), or of "m" where that is not NULL; "wired" ones too, or not.
 */
static void
forget(struct model *model, unsigned p, unsigned first, unsigned last,
    vm_page_t m, bool wired)
{
	struct mapping *map;
	pd_entry_t *superpage;
	unsigned i;

	for (i = first; i < last; i++) {
		map = &model->map[p][i];
		if (map->m != NULL && (m == NULL || map->m == m) &&
		    (wired || !map->wired) &&
		    lookup(model, p, i, &superpage) == 0)
			memset(map, 0, sizeof(*map));
	}
}

/* Adopts what the kernel has mapped in [first, last) ahead of its use. */
static void
adopt(struct model *model, unsigned p, unsigned first, unsigned last,
    const struct mapping *from)
{
	pd_entry_t *superpage;
	unsigned i;

	for (i = first; i < last; i++, from++)
		if (model->map[p][i].m == NULL && from->m != NULL &&
		    lookup(model, p, i, &superpage) != 0) {
			model->map[p][i] = *from;
			model->map[p][i].wired = false;
		}
}

/* ---- the calls ---------------------------------------------------------- */

/* A range of pages: some, a window, or all; and a pmap. */
struct range {
	unsigned p, first, last;
};

static struct range
random_range(struct model *model)
{
	struct range r = {.p = below(model, NPMAPS)};
	unsigned w;

	switch (below(model, 4)) {
	case 0:
		r.last = NPAGES;
		break;
	case 1:
		w = below(model, NWINDOWS);
		r.first = w * WINDOW;
		r.last = r.first + WINDOW;
		break;
	default:
		r.first = below(model, NPAGES);
		r.last = r.first + 1 + below(model, 9);
		if (r.last > NPAGES)
			r.last = NPAGES;
	}
	return (r);
}

/*
 * Where the same page was mapped, with these rights perhaps, the kernel may
 * leave the PTE as it is: then its user's next write sets M.
 */
static void
enter_page(struct model *model, unsigned p, unsigned i, vm_page_t m,
    vm_prot_t prot, vm_prot_t access, bool wired)
{
	const bool other = model->map[p][i].m != m;
	pd_entry_t *superpage;

	pmap_enter(model->mach, model->pmap[p], page_va(i), access, m, prot,
	    wired);
	(void)lookup(model, p, i, &superpage);
	if (superpage != NULL)
		*superpage |= PG_A;
	model->map[p][i] = (struct mapping) {m, (prot & VM_PROT_WRITE) != 0,
	    (prot & VM_PROT_EXECUTE) != 0, wired};
	if ((access & VM_PROT_WRITE) != 0 &&
	    (other || pmap_is_modified(model->mach, m)))
		*written(model, m) = true;
}

/* Enters some pages, each alone or all alike. */
static void
call_enter(struct model *model)
{
	const struct range r = random_range(model);
	const bool wired = below(model, 8) == 0;
	vm_prot_t access, prot;
	unsigned i, same;
	vm_page_t m;

	prot = VM_PROT_READ | (below(model, 3) != 0 ? VM_PROT_WRITE : 0) |
	    (below(model, 3) == 0 ? VM_PROT_EXECUTE : 0);
	access = VM_PROT_READ | (below(model, 2) ? prot & VM_PROT_WRITE : 0);
	same = below(model, NFRAMES);
	for (i = r.first; i < r.last; i++) {
		m = r.last - r.first >= WINDOW ?
		    model->frame[same] + i % WINDOW :
		    random_page(model, i);
		enter_page(model, r.p, i, m, prot, access, wired);
	}
}

/* Enters a superpage at once, where the kernel can do that. */
static void
call_enter_superpage(struct model *model)
{
	const unsigned first = below(model, NWINDOWS) * WINDOW;
	const unsigned f = below(model, NFRAMES), p = below(model, NPMAPS);
	const bool write = below(model, 2) != 0;
	unsigned i;

	if (!page_tables_have_states(model->mach)) {
		call_enter(model);
		return;
	}
	assert_int_equal(pmap_enter_flags(model->mach, model->pmap[p],
			     page_va(first), model->frame[f],
			     write ? PROT_RW : PROT_RX,
			     write ? VM_PROT_WRITE : VM_PROT_READ, 1),
	    KERN_SUCCESS);
	for (i = 0; i < WINDOW; i++) {
		model->map[p][first + i] = (struct mapping) {model->frame[f] +
			i,
		    write, !write, false};
		if (write)
			model->written[f][i] = true;
	}
}

static void
call_enter_object(struct model *model)
{
	const struct range r = random_range(model);
	const bool exec = below(model, 2) != 0;
	const unsigned f = below(model, NFRAMES);
	struct mapping from[WINDOW];
	unsigned i, last;

	memset(from, 0, sizeof(from));
	last = (r.first / WINDOW + 1) * WINDOW;
	if (last > r.last)
		last = r.last;
	for (i = r.first; i < last; i++) {
		from[i - r.first].m = model->frame[f] + i % WINDOW;
		from[i - r.first].exec = exec;
	}
	if (last - r.first == 1)
		pmap_enter_quick(model->mach, model->pmap[r.p],
		    page_va(r.first), from[0].m, exec ? PROT_RWX : PROT_RW);
	else
		pmap_enter_object(model->mach, model->pmap[r.p],
		    page_va(r.first), page_va(last), from[0].m,
		    exec ? PROT_RWX : PROT_RW);
	adopt(model, r.p, r.first, last, from);
}

static void
call_copy(struct model *model)
{
	const struct range r = random_range(model);
	const unsigned first = r.first / WINDOW * WINDOW;
	const unsigned last = (r.last + WINDOW - 1) / WINDOW * WINDOW;

	/*
	 * Of a superpage, kernels may copy more than was asked for; and those
	 * of the first years spoil one whose copy begins within it.
	 */
	pmap_copy(model->mach, model->pmap[!r.p], model->pmap[r.p],
	    page_va(first), ptoa(r.last - first), page_va(first));
	adopt(model, !r.p, first, last, &model->map[r.p][first]);
}

static void
call_remove(struct model *model)
{
	const struct range r = random_range(model);

	pmap_remove(model->mach, model->pmap[r.p], page_va(r.first),
	    page_va(r.last));
	memset(&model->map[r.p][r.first], 0,
	    (r.last - r.first) * sizeof(struct mapping));
}

static void
call_protect(struct model *model)
{
	static const vm_prot_t prots[] = {PROT_R, PROT_RX, PROT_RW, PROT_RWX,
	    VM_PROT_NONE};
	const struct range r = random_range(model);
	const vm_prot_t prot = prots[below(model, 5)];
	struct mapping *map;
	unsigned i;

	pmap_protect(model->mach, model->pmap[r.p], page_va(r.first),
	    page_va(r.last), prot);
	for (i = r.first; i < r.last; i++) {
		map = &model->map[r.p][i];
		if (prot == VM_PROT_NONE)
			memset(map, 0, sizeof(*map));
		map->write &= (prot & VM_PROT_WRITE) != 0;
		map->exec &= (prot & VM_PROT_EXECUTE) != 0;
	}
}

/* Unwires pages that are wired, up to the first that is not. */
static void
call_unwire(struct model *model)
{
	struct range r = random_range(model);
	unsigned i;

	for (i = r.first; i < r.last; i++) {
		if (model->map[r.p][i].m == NULL)
			continue;
		if (!model->map[r.p][i].wired)
			break;
		if (!has_pmap_unwire(model->mach))
			pmap_change_wiring(model->mach, model->pmap[r.p],
			    page_va(i), FALSE);
		model->map[r.p][i].wired = false;
	}
	if (has_pmap_unwire(model->mach) && i > r.first)
		pmap_unwire(model->mach, model->pmap[r.p], page_va(r.first),
		    page_va(i));
}

/* One of those that go through all mappings of a page. */
static void
call_page(struct model *model)
{
	const vm_page_t m = random_page(model, below(model, WINDOW));
	struct machine *mach = model->mach;
	struct mapping *map;
	unsigned what, i, p;

	what = below(model, 5);
	switch (what) {
	case 0:
		pmap_remove_all(mach, m);
		assert_false(pmap_page_is_mapped(mach, m));
		break;
	case 1:
		pmap_remove_write(mach, m);
		break;
	case 2:
		pmap_clear_modify(mach, m);
		vm_page_use(mach, m)->dirty = 0;
		*written(model, m) = false;
		break;
	case 3:
		pmap_ts_referenced(mach, m);
		break;
	case 4:
		if (!has_pmap_advise(mach))
			pmap_clear_reference(mach, m);
		break;
	}
	for (p = 0; p < NPMAPS; p++) {
		if (what >= 3)
			forget(model, p, 0, NPAGES, m, what == 4);
		for (i = 0; i < NPAGES; i++) {
			map = &model->map[p][i];
			if (map->m != m)
				continue;
			if (what == 0)
				memset(map, 0, sizeof(*map));
			else if (what == 1)
				map->write = false;
		}
	}
}

static void
call_advise(struct model *model)
{
	const struct range r = random_range(model);
	struct machine *mach = model->mach;
	unsigned f, i;
	vm_page_t m;
	bool spare;

	if (!has_pmap_advise(mach)) {
		call_page(model);
		return;
	}
	spare = below(model, 2) != 0;
	pmap_advise(mach, model->pmap[r.p], page_va(r.first), page_va(r.last),
	    spare ? PMAPSIM_MADV_DONTNEED : PMAPSIM_MADV_FREE);
	forget(model, r.p, r.first / WINDOW * WINDOW,
	    (r.last + WINDOW - 1) / WINDOW * WINDOW, NULL, false);
	/* What is freed may be forgotten. */
	for (f = 0; !spare && f < NFRAMES; f++)
		for (i = 0; i < WINDOW; i++) {
			m = model->frame[f] + i;
			model->written[f][i] &= vm_page_use(mach, m)->dirty !=
				0 ||
			    pmap_is_modified(mach, m);
		}
}

/* A program reads or writes what it may, as its CPU's MMU sees it. */
static void
call_access(struct model *model)
{
	const struct range r = random_range(model);
	pd_entry_t *superpage;
	pt_entry_t *entry, pte;
	unsigned i;

	for (i = r.first; i < r.last; i++) {
		pte = lookup(model, r.p, i, &superpage);
		if ((pte & PG_V) == 0 || superpage != NULL)
			continue;
		entry = pmap_pte(model->mach, model->pmap[r.p], page_va(i));
		*entry |= PG_A;
		if ((pte & PG_RW) == 0 || below(model, 2))
			continue;
		*entry |= PG_M;
		*written(model, model->map[r.p][i].m) = true;
	}
}

static void (*const calls[])(struct model *) = {call_enter, call_enter,
    call_enter_superpage, call_enter_object, call_copy, call_remove,
    call_protect, call_unwire, call_page, call_page, call_advise, call_access};

/* Four chunks of pv entries for the bystander. */
#define BYSTANDERS (4 * 168u)

/* Maps the bystander's page wherever it is not; it is clean otherwise. */
static void
bystander_enter(struct model *model)
{
	struct machine *mach = model->mach;
	unsigned i;

	for (i = 0; i < BYSTANDERS; i++)
		if (pmap_extract(mach, model->bystander, page_va(i)) == 0)
			pmap_enter(mach, model->bystander, page_va(i),
			    VM_PROT_WRITE, model->shared, PROT_RW, FALSE);
	vm_page_use(mach, model->shared)->dirty = 0;
	vm_page_aflag_clear(mach, model->shared, PG_REFERENCED);
}

/* What it has lost shows in the page, and in its counts. */
static void
bystander_check(struct model *model)
{
	struct machine *mach = model->mach;
	unsigned i, left;

	for (i = left = 0; i < BYSTANDERS; i++)
		left += pmap_extract(mach, model->bystander, page_va(i)) != 0;
	/* The tables of such a range, and the PML4 page. */
	if (left != 0)
		assert_in_range(pmapsim_pmap_resident_count(model->bystander),
		    left + 3 + 1, left + 3 + 2);
	assert_page(model->shared, left != 0, left < BYSTANDERS,
	    left < BYSTANDERS ? VM_PAGE_BITS_ALL : 0, left);
}

/*
 * One call; sometimes there is no page for a chunk of pv entries in it, and a
 * kernel of today takes mappings away from whoever has any.
 */
static void
call(struct model *model)
{
	struct machine *mach = model->mach;
	const bool short_of_memory = page_tables_have_states(mach) &&
	    below(model, 4) == 0;
	unsigned p;

	if (short_of_memory) {
		bystander_enter(model);
		pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK,
		    1 + below(model, 2), false);
	}
	calls[below(model, sizeof(calls) / sizeof(calls[0]))](model);
	if (!short_of_memory)
		return;
	pmapsim_inject(mach, PMAPSIM_INJECT_PV_CHUNK, 0, false);
	for (p = 0; p < NPMAPS; p++)
		forget(model, p, 0, NPAGES, NULL, false);
	bystander_check(model);
}

static void
run(struct model *model, const char *config)
{
	struct machine *mach;
	unsigned f, i, p, page;

	mach = model->mach = support_boot(config);
	for (p = 0; p < NPMAPS; p++) {
		model->pmap[p] = fixture_inactive_pmap(mach, p ? "b" : "a");
		pmapsim_pmap_set_active(model->pmap[p], 1 << p);
	}
	model->bystander = fixture_pmap(mach, "c");
	model->shared = fixture_page(mach);
	for (f = 0; f < NFRAMES; f++) {
		model->frame[f] = fixture_frame(mach);
		for (i = 0; i < WINDOW; i++)
			vm_page_use(mach, model->frame[f] + i)->dirty = 0;
	}
	for (i = 0; i < STEPS; i++) {
		call(model);
		check(model);
		page = below(model, NPAGES);
		ask(model, page, random_page(model, page));
		use_superpages(model);
		if (i % 50 == 0)
			assert_int_equal(machine_audit(mach, NULL, 0), 0);
	}
	for (p = 0; p < NPMAPS; p++)
		pmap_remove(mach, model->pmap[p], UVA, page_va(NPAGES));
	pmap_remove(mach, model->bystander, UVA, page_va(BYSTANDERS));
	assert_int_equal(mach->pmap->pv_entry_count, 0);
	support_destroy(mach);
}

static void
test_pmap_agrees_with_array(void **state)
{
	static const char *const kernels[] = {"2010-04", "8.0", "9.0",
	    "2022-07", "2026-pmap", "2010-04 invariants=off",
	    "2022-07 invariants=off", "2026-pmap invariants=off",
	    "2010-04+flush-whole-superpage+erratum383"};
	struct model *model;
	char config[120];
	unsigned k;

	model = malloc(sizeof(*model));
	assert_non_null(model);
	for (k = 0; k < sizeof(kernels) / sizeof(kernels[0]); k++) {
		memset(model, 0, sizeof(*model));
		model->seed = 20261130 + k;
		snprintf(config, sizeof(config),
		    "mem=32M first=4M kmem=8M ncpu=2 kernel=%s", kernels[k]);
		print_message("kernel %s, seed %llu\n", kernels[k],
		    (unsigned long long)model->seed);
		run(model, config);
	}
	free(model);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pmap_agrees_with_array),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
