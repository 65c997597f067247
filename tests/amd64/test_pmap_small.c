/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PG_SMALL, by which the removal of a superpage knows whether to look at the
 * lists of its 512 pages: in each kernel, after each way in which a page gets a
 * pv entry, and by each way in which the superpage goes.
 */
#include "amd64/pmap_fixture.h"

#include <stdio.h>

/*
 * A frame mapped for writing by superpage of "u", the page "k" of which is
 * mapped by 4 KB in "v", and lies at "va" there.
 */
struct scene {
	struct machine *mach;
	pmap_t u, v;
	vm_page_t m;
	unsigned k;
	vm_offset_t va;
};

/* Whether some page of the frame has PG_SMALL. */
static bool
noted(const struct scene *s)
{

	return (page_use_any_aflag(vm_page_use(s->mach, s->m), PG_SMALL));
}

/* ---- ways to get an entry ----------------------------------------------- */

static void
by_enter_read(struct scene *s)
{

	pmap_enter(s->mach, s->v, s->va, VM_PROT_READ, s->m + s->k, PROT_R,
	    FALSE);
}

static void
by_enter_write(struct scene *s)
{

	pmap_enter(s->mach, s->v, s->va, VM_PROT_WRITE, s->m + s->k, PROT_RW,
	    FALSE);
}

/* In place of another page, whose entry it takes in 9.0. */
static void
by_enter_over(struct scene *s)
{

	pmap_enter(s->mach, s->v, s->va, VM_PROT_READ, fixture_page(s->mach),
	    PROT_R, FALSE);
	pmap_enter(s->mach, s->v, s->va + PAGE_SIZE, VM_PROT_READ,
	    fixture_page(s->mach), PROT_R, FALSE);
	by_enter_read(s);
	pmap_remove(s->mach, s->v, s->va + PAGE_SIZE, s->va + 2 * PAGE_SIZE);
}

static void
by_enter_quick(struct scene *s)
{

	pmap_enter_quick(s->mach, s->v, s->va, s->m + s->k, PROT_R);
}

static void
by_enter_object(struct scene *s)
{

	pmap_enter_object(s->mach, s->v, s->va, s->va + PAGE_SIZE, s->m + s->k,
	    PROT_R);
}

/* A copy of the only other mapping of 4 KB, which goes. */
static void
by_copy(struct scene *s)
{
	pmap_t from;

	from = fixture_pmap(s->mach, "from");
	pmap_enter(s->mach, from, s->va, VM_PROT_READ, s->m + s->k, PROT_R,
	    FALSE);
	pmap_copy(s->mach, s->v, from, s->va, PAGE_SIZE, s->va);
	pmap_remove(s->mach, from, s->va, s->va + PAGE_SIZE);
}

/* What is left of a superpage of the frame when the other 511 pages go. */
static void
by_demotion(struct scene *s)
{
	vm_offset_t va;

	fixture_promote(s->mach, s->v, s->m);
	va = s->va = UVA + ptoa(s->k);
	if (va > UVA)
		pmap_remove(s->mach, s->v, UVA, va);
	if (va + PAGE_SIZE < UVA + NBPDR)
		pmap_remove(s->mach, s->v, va + PAGE_SIZE, UVA + NBPDR);
}

/* A promotion in another address space takes only its own 512 away. */
static void
by_other_promotion(struct scene *s)
{
	pmap_t other;

	by_enter_read(s);
	other = fixture_pmap(s->mach, "other");
	fixture_promote(s->mach, other, s->m);
	pmap_remove(s->mach, other, UVA, UVA + NBPDR);
}

static void (*const ways[])(struct scene *) = {by_enter_read, by_enter_write,
    by_enter_over, by_enter_quick, by_enter_object, by_copy, by_demotion,
    by_other_promotion};

/* ---- ways to lose a superpage ------------------------------------------- */

static void
remove_range(struct scene *s)
{

	pmap_remove(s->mach, s->u, UVA, UVA + NBPDR);
}

/* As at the exit of a program. */
static void
remove_pages(struct scene *s)
{

	pmap_activate(s->mach, s->u);
	pmap_remove_pages(s->mach, s->u);
}

/* A demotion of what was never used removes it instead. */
static void
remove_by_demotion(struct scene *s)
{

	remove_range(s);
	pmap_enter_object(s->mach, s->u, UVA, UVA + NBPDR, s->m, PROT_R);
	assert_superpage(s->mach, s->u, UVA);
	page_use_aflags(vm_page_use(s->mach, s->m), PG_WRITEABLE, 0);
	pmap_remove(s->mach, s->u, UVA + PAGE_SIZE, UVA + 2 * PAGE_SIZE);
}

static void (*const ends[])(struct scene *) = {remove_range, remove_pages,
    remove_by_demotion};

/* ---- tests -------------------------------------------------------------- */

static const char *const kernels[] = {"2010-04", "9.0", "2022-07", "2026-pmap"};
static const unsigned pages[] = {0, NPTEPG - 1};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
scene_boot(struct scene *s, const char *kernel, bool invariants, unsigned k)
{
	char config[128];

	snprintf(config, sizeof(config),
	    "mem=32M first=4M kmem=8M ncpu=2 invariants=%s kernel=%s",
	    invariants ? "on" : "off", kernel);
	s->mach = support_boot(config);
	s->u = fixture_pmap(s->mach, "u");
	s->v = fixture_pmap(s->mach, "v");
	s->m = fixture_frame(s->mach);
	s->k = k;
	s->va = NEXT;
	fixture_promote(s->mach, s->u, s->m);
	assert_false(noted(s));
}

/* That of all pages "k" alone may be written; NPTEPG: that none may. */
static void
assert_writeable(const struct scene *s, unsigned k)
{
	unsigned i;

	for (i = 0; i < NPTEPG; i++)
		assert_int_equal((vm_page_aflags(s->mach, s->m + i) &
				     PG_WRITEABLE) != 0,
		    i == k);
}

static void
small_goes(struct scene *s)
{

	pmap_remove(s->mach, s->v, s->va, s->va + PAGE_SIZE);
	assert_true(TAILQ_EMPTY(&vm_page_md(s->mach, s->m + s->k)->pv_list));
}

/* The superpage goes first, then the page; with the next promotion the note. */
static void
superpage_goes_first(struct scene *s, void (*way)(struct scene *),
    void (*end)(struct scene *))
{

	way(s);
	assert_true(noted(s));
	end(s);
	assert_true(noted(s));
	assert_writeable(s, s->k);
	small_goes(s);
	assert_writeable(s, NPTEPG);
	fixture_promote(s->mach, s->u, s->m);
	assert_false(noted(s));
	remove_range(s);
	assert_writeable(s, NPTEPG);
	support_destroy(s->mach);
}

/* The page goes first; the superpage's removal sees it and takes the note. */
static void
page_goes_first(struct scene *s, void (*way)(struct scene *))
{

	way(s);
	small_goes(s);
	assert_true(noted(s));
	remove_range(s);
	assert_writeable(s, NPTEPG);
	assert_false(noted(s));
	support_destroy(s->mach);
}

static void
test_each_way(void **state)
{
	unsigned end, invariants, k, kernel, way;
	struct scene s;

	for (kernel = 0; kernel < COUNT(kernels); kernel++)
		for (invariants = 0; invariants < 2; invariants++)
			for (k = 0; k < COUNT(pages); k++)
				for (way = 0; way < COUNT(ways); way++) {
					for (end = 0; end < COUNT(ends);
					     end++) {
						scene_boot(&s, kernels[kernel],
						    invariants, pages[k]);
						superpage_goes_first(&s,
						    ways[way], ends[end]);
					}
					scene_boot(&s, kernels[kernel],
					    invariants, pages[k]);
					page_goes_first(&s, ways[way]);
				}
}

/*
 * The pages that speak for their frame are freed and allocated anew while
 * another one is mapped.
 */
static void
test_note_outlives_its_page(void **state)
{
	unsigned freed, i, kernel;
	vm_object_t object;
	struct scene s;

	for (kernel = 0; kernel < COUNT(kernels); kernel++) {
		scene_boot(&s, kernels[kernel], true, 7);
		by_demotion(&s);
		remove_range(&s);
		object = s.m->object;
		freed = 0;
		for (i = 0; i < NPTEPG; i++) {
			if ((vm_page_use(s.mach, s.m + i)->aflags & PG_SMALL) ==
			    0)
				continue;
			vm_page_free(s.mach, s.m + i);
			assert_ptr_equal(support_page(s.mach, object, i,
					     VM_ALLOC_NORMAL),
			    s.m + i);
			freed++;
		}
		assert_in_range(freed, 1, 511);
		assert_true(noted(&s));
		pmap_enter_object(s.mach, s.u, UVA, UVA + NBPDR, s.m, PROT_R);
		assert_superpage(s.mach, s.u, UVA);
		remove_range(&s);
		assert_writeable(&s, 7);
		support_destroy(s.mach);
	}
}

/* Nobody outside sees the bit. */
static void
test_note_is_not_shown(void **state)
{
	struct pmapsim_page_info info;
	struct scene s;

	scene_boot(&s, "2010-04", true, 7);
	by_enter_read(&s);
	assert_true(vm_page_use(s.mach, s.m + 7)->aflags & PG_SMALL);
	pmapsim_page_info(s.mach, s.m + 7, &info);
	assert_int_equal(info.flags & PG_SMALL, 0);
	support_destroy(s.mach);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_way),
	    cmocka_unit_test(test_note_outlives_its_page),
	    cmocka_unit_test(test_note_is_not_shown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
