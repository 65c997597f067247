/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An audit that has never fired is not evidence: each rule is broken on
 * purpose, in each of its clauses that one field can break, on a machine with
 * some of everything, and must be the one that says so.
 */
#include "support.h"

#include <stdio.h>

#include "audit/audit.h"

/*
 * The machine that is corrupted: user pmap "u" with a superpage at U_SUPER, a
 * demoted region and a few pages at U_SMALL; a kernel superpage and kmem; a
 * partial reservation; a wired and an active page.
 */
#define U_SUPER UINT64_C(0x40000000)
#define U_SMALL UINT64_C(0x40600000)

struct scene {
	struct machine *mach;
	pmap_t u;
	vm_object_t object;
	vm_page_t super; /* first page of the user superpage */
	vm_page_t small; /* page mapped at U_SMALL */
	vm_offset_t kva; /* kernel superpage */
};

static void
scene_enter(struct machine *mach, struct scene *s)
{
	vm_page_t m;
	unsigned i;

	pmap_pinit(mach, s->u);
	for (i = 0; i < 512; i++) {
		m = support_page(mach, s->object, i, VM_ALLOC_NORMAL);
		if (i == 0)
			s->super = m;
		pmap_enter(mach, s->u, U_SUPER + ptoa(i),
		    VM_PROT_READ | VM_PROT_WRITE, m,
		    VM_PROT_READ | VM_PROT_WRITE, FALSE);
	}
	for (i = 512; i < 516; i++) {
		m = support_page(mach, s->object, i, VM_ALLOC_NORMAL);
		if (i == 512)
			s->small = m;
		pmap_enter(mach, s->u, U_SMALL + ptoa(i - 512), VM_PROT_READ, m,
		    VM_PROT_READ, FALSE);
	}
	s->kva = kmem_malloc(mach, pmapsim_kmem_map(mach), NBPDR, M_NOWAIT);
	kmem_malloc(mach, pmapsim_kmem_map(mach), 3 * PAGE_SIZE, M_NOWAIT);
}

static struct scene
scene_boot(void)
{
	static const uint16_t color = 0;
	struct scene s;

	s.mach = support_boot("mem=32M first=4M kmem=8M ncpu=2 invariants=on");
	s.u = pmapsim_pmap_create(s.mach, "u");
	s.object = support_object(s.mach, 2000, &color);
	scene_enter(s.mach, &s);
	return (s);
}

static pd_entry_t *
scene_pde(struct scene *s, vm_offset_t va)
{

	return (pmap_pde(s->mach, s->u, va));
}

static pt_entry_t *
scene_pte(struct scene *s, vm_offset_t va)
{

	return (pmap_pde_to_pte(s->mach, scene_pde(s, va), va));
}

/* First block of some queue of the default pool. */
static vm_page_t
scene_free_block(struct scene *s)
{
	struct vm_freelist *fl;
	int order, list;

	for (list = 0; list < s->mach->vm_phys->nfreelists; list++)
		for (order = 0; order < VM_NFREEORDER; order++) {
			fl = &s->mach->vm_phys->queues[list][0][order];
			if (!TAILQ_EMPTY(&fl->pl))
				return (TAILQ_FIRST(&fl->pl));
		}
	fail_msg("no free block");
	return (NULL);
}

#define CORRUPTION(name) static void name(struct scene *s)

CORRUPTION(objects_are_a_ring)
{
	vm_object_t first = TAILQ_FIRST(&s->mach->vm_object->list);

	TAILQ_NEXT(s->object, object_list) = TAILQ_NEXT(first, object_list);
}
CORRUPTION(object_follows_itself)
{

	TAILQ_NEXT(s->object, object_list) = s->object;
}
CORRUPTION(objects_end_early)
{

	TAILQ_NEXT(TAILQ_FIRST(&s->mach->vm_object->list), object_list) = NULL;
}
CORRUPTION(pmaps_are_a_ring)
{
	struct machine *mach = s->mach;

	TAILQ_NEXT(s->u, pm_list) = kernel_pmap;
}
CORRUPTION(vmspaces_are_a_ring)
{
	vm_map_t first, second;

	first = vmspace_alloc(s->mach);
	second = vmspace_alloc(s->mach);
	TAILQ_NEXT(second, maps) = first;
}

CORRUPTION(lcnt_wrong)
{
	vm_page_t m = scene_free_block(s);
	int list = vm_page_to_phys(s->mach, m) < VM_ISADMA_BOUNDARY &&
	    s->mach->vm_phys->nfreelists == 2;

	s->mach->vm_phys->queues[list][0][vm_page_order(m)].lcnt++;
}
CORRUPTION(block_order_wrong)
{
	vm_page_t m = scene_free_block(s);

	vm_page_set_order(m, vm_page_order(m) + 1);
}
CORRUPTION(block_page_not_free)
{
	vm_page_t m = scene_free_block(s);

	vm_page_set_flags(m, 0);
}
CORRUPTION(block_page_other_pool)
{

	scene_free_block(s)->pool = VM_FREEPOOL_CACHE;
}
CORRUPTION(popcnt_wrong)
{

	vm_reserv_from_page(s->mach, s->small)->popcnt++;
}
CORRUPTION(partial_not_queued)
{
	struct vm_reserv *rv = vm_reserv_from_page(s->mach, s->small);

	TAILQ_REMOVE(&s->mach->vm_reserv->rvq_partpop, rv, partpopq);
	rv->inpartpopq = false;
}
CORRUPTION(queued_without_saying)
{

	vm_reserv_from_page(s->mach, s->small)->inpartpopq = false;
}
CORRUPTION(reserv_off_rvq)
{

	LIST_REMOVE(vm_reserv_from_page(s->mach, s->small), objq);
}
CORRUPTION(inactive_with_popcnt)
{
	struct vm_reserv_state *st = s->mach->vm_reserv;

	/* The last frame is of an untouched or free block, and inactive. */
	assert_null(st->array[4].object);
	st->array[2].popcnt += st->array[2].object == NULL;
	st->array[3].popcnt += st->array[3].object == NULL;
	st->array[4].popcnt++;
}
CORRUPTION(resident_page_count_wrong)
{

	s->object->resident_page_count--;
}
CORRUPTION(memq_out_of_order)
{

	TAILQ_FIRST(&s->object->memq)->pindex = 100;
}
CORRUPTION(page_of_other_object)
{

	s->small->object = pmapsim_kernel_object(s->mach);
}
CORRUPTION(tree_lost_pages)
{

	s->object->root->left = NULL;
	s->object->root->right = NULL;
}
CORRUPTION(tree_is_endless)
{
	vm_page_t m;

	for (m = s->object->root; m->left != NULL; m = m->left)
		continue;
	m->left = s->object->root;
}
CORRUPTION(tree_in_other_order)
{
	vm_page_t root = s->object->root, left = root->left;

	root->left = root->right;
	root->right = left;
}
CORRUPTION(shadow_count_wrong)
{

	s->object->shadow_count++;
}
CORRUPTION(table_wire_count_wrong)
{

	phys_to_vm_page(s->mach, *scene_pde(s, U_SMALL) & PG_FRAME)
	    ->wire_count++;
}
CORRUPTION(table_twice)
{
	vm_offset_t va = U_SMALL + NBPDR;

	*scene_pde(s, va) = *scene_pde(s, U_SMALL);
	/* or the directory's own count would tell first */
	phys_to_vm_page(s->mach, *pmap_pdpe(s->mach, s->u, va) & PG_FRAME)
	    ->wire_count++;
}
CORRUPTION(table_beyond_memory)
{

	*scene_pde(s, U_SMALL) += UINT64_C(1) << 40;
}
CORRUPTION(kernel_resident_wrong)
{
	struct machine *mach = s->mach;

	kernel_pmap->pm_stats.resident_count++;
}
CORRUPTION(kernel_wired_wrong)
{
	struct machine *mach = s->mach;

	kernel_pmap->pm_stats.wired_count--;
}
CORRUPTION(user_resident_wrong)
{

	s->u->pm_stats.resident_count--;
}
CORRUPTION(user_wired_wrong)
{

	s->u->pm_stats.wired_count = 1;
}
CORRUPTION(user_gauge_wrong)
{

	s->u->pm_superpages++;
}
CORRUPTION(machine_gauge_wrong)
{

	s->mach->pmap->superpages++;
}
CORRUPTION(kept_table_for_no_superpage)
{

	s->u->pm_root->pindex += 5;
}
CORRUPTION(kept_table_no_image)
{
	struct machine *mach = s->mach;
	pt_entry_t *pte;

	pte = physmem_ptr(mach, VM_PAGE_TO_PHYS(s->u->pm_root));
	pte[7] += 2 * PAGE_SIZE;
}
CORRUPTION(kept_table_wire_count)
{

	s->u->pm_root->wire_count = 511;
}
CORRUPTION(kept_tables_out_of_order)
{

	/* The same again, as often as there could be pages. */
	s->u->pm_root->right = s->u->pm_root;
	s->u->pm_stats.resident_count += (long)atop(s->mach->config.mem) - 1;
}
CORRUPTION(kept_tables_are_endless)
{

	s->u->pm_root->left = s->u->pm_root;
	s->u->pm_stats.resident_count--;
}
CORRUPTION(superpage_without_a)
{

	*scene_pde(s, U_SUPER) &= ~PG_A;
}
CORRUPTION(superpage_clean_and_writable)
{

	*scene_pde(s, U_SUPER) &= ~PG_M;
}
CORRUPTION(pv_spare_wrong)
{

	s->mach->pmap->pv_entry_spare++;
}
CORRUPTION(pv_count_wrong)
{

	s->mach->pmap->pv_entry_count--;
}
CORRUPTION(chunk_of_other_pmap)
{
	struct machine *mach = s->mach;

	TAILQ_FIRST(&s->u->pm_pvchunk)->pc_pmap = kernel_pmap;
}
CORRUPTION(pv_for_other_va)
{

	TAILQ_FIRST(&vm_page_md(s->mach, s->small)->pv_list)
	    ->pv_va += PAGE_SIZE;
}
CORRUPTION(pv_missing)
{

	TAILQ_INIT(&vm_page_md(s->mach, s->small)->pv_list);
}
CORRUPTION(pv_superpage_missing)
{

	TAILQ_INIT(&pa_to_pvh(s->mach, vm_page_to_phys(s->mach, s->super))
			->pv_list);
}
CORRUPTION(pv_not_noted)
{

	page_use_aflags(frame_to_page_use(s->mach,
			    vm_page_to_phys(s->mach, s->small) & ~PDRMASK),
	    0, PG_SMALL);
}
CORRUPTION(managed_lost)
{

	*scene_pte(s, U_SMALL) &= ~PG_MANAGED;
}
CORRUPTION(writeable_lost)
{

	*scene_pte(s, U_SMALL) |= PG_RW;
}
CORRUPTION(superpage_writeable_lost)
{

	vm_page_aflag_clear(s->mach, &s->super[511], PG_WRITEABLE);
}
CORRUPTION(mapped_page_is_free)
{
	vm_page_t m = s->super;

	/* As a driver would that frees a page behind everybody's back. */
	vm_page_set_flags(m, vm_page_flags(m) | PG_FREE);
	vm_reserv_from_page(s->mach, m)->popcnt--;
	vm_reserv_from_page(s->mach, m)->inpartpopq = true;
	TAILQ_INSERT_TAIL(&s->mach->vm_reserv->rvq_partpop,
	    vm_reserv_from_page(s->mach, m), partpopq);
	TAILQ_REMOVE(&s->object->memq, m, listq);
	s->object->resident_page_count--;
	vm_page_lookup(s->mach, s->object, 0);
	s->object->root = s->object->root->right;
	m->object = NULL;
}
CORRUPTION(free_count_wrong)
{

	s->mach->cnt.v_free_count--;
}
CORRUPTION(wire_count_wrong)
{

	s->mach->cnt.v_wire_count++;
}
CORRUPTION(free_page_wired)
{

	scene_free_block(s)->wire_count = 1;
}
CORRUPTION(managed_page_says_no_pv)
{

	vm_page_aflag_set(s->mach, s->small, PG_NO_PV);
}
CORRUPTION(page_says_no_attribute)
{

	s->super[511].pat_mode_c = 1;
}
CORRUPTION(page_wired_by_nobody)
{
	vm_page_t m;

	/* As mlock, mprotect(none) and munmap leave it. */
	m = vm_page_alloc(s->mach, NULL, 0, VM_ALLOC_NOOBJ | VM_ALLOC_WIRED);
	assert_non_null(m);
	m->map_wired = 1;
}
CORRUPTION(inactive_count_wrong)
{

	s->mach->cnt.v_inactive_count++;
}
CORRUPTION(active_count_wrong)
{

	s->mach->cnt.v_active_count--;
}
CORRUPTION(page_says_other_queue)
{

	s->small->queue = PQ_INACTIVE;
}
CORRUPTION(page_off_queue)
{

	TAILQ_REMOVE(&s->mach->vm_page->queues[PQ_ACTIVE], s->small, pageq);
}
CORRUPTION(object_paging)
{

	pmapsim_kernel_object(s->mach)->paging_in_progress++;
}
CORRUPTION(map_size_wrong)
{

	pmapsim_kmem_map(s->mach)->size += PAGE_SIZE;
}
CORRUPTION(map_nentries_wrong)
{

	pmapsim_kernel_map(s->mach)->nentries++;
}
CORRUPTION(map_entry_overlaps)
{

	pmapsim_kmem_map(s->mach)->header.next->end = pmapsim_kmem_map(s->mach)
							  ->max_offset +
	    PAGE_SIZE;
}
CORRUPTION(map_locked)
{

	vm_map_lock(s->mach, pmapsim_kernel_map(s->mach));
}
CORRUPTION(map_unlocked_twice)
{

	vm_map_unlock(s->mach, pmapsim_kmem_map(s->mach));
}
CORRUPTION(map_deleted_entry_kept)
{
	vm_map_t map = pmapsim_kmem_map(s->mach);

	map->deferred_freelist = vm_map_entry_create(s->mach, map);
}

static const struct {
	const char *rule;
	void (*corrupt)(struct scene *s);
} corruptions[] = {
    {"lists", objects_are_a_ring},
    {"lists", object_follows_itself},
    {"lists", objects_end_early},
    {"lists", pmaps_are_a_ring},
    {"lists", vmspaces_are_a_ring},
    {"free-lists", lcnt_wrong},
    {"free-lists", block_order_wrong},
    {"free-lists", block_page_not_free},
    {"free-lists", block_page_other_pool},
    {"reservations", popcnt_wrong},
    {"reservations", partial_not_queued},
    {"reservations", queued_without_saying},
    {"reservations", reserv_off_rvq},
    {"reservations", inactive_with_popcnt},
    {"objects", resident_page_count_wrong},
    {"objects", memq_out_of_order},
    {"objects", page_of_other_object},
    {"objects", tree_lost_pages},
    {"objects", tree_is_endless},
    {"objects", tree_in_other_order},
    {"objects", shadow_count_wrong},
    {"objects", object_paging},
    {"tables", table_wire_count_wrong},
    {"tables", table_twice},
    {"tables", table_beyond_memory},
    {"kernel-counts", kernel_resident_wrong},
    {"kernel-counts", kernel_wired_wrong},
    {"user-counts", user_resident_wrong},
    {"user-counts", user_wired_wrong},
    {"user-counts", user_gauge_wrong},
    {"user-counts", machine_gauge_wrong},
    {"idle-tables", kept_table_for_no_superpage},
    {"idle-tables", kept_table_no_image},
    {"idle-tables", kept_table_wire_count},
    {"idle-tables", kept_tables_out_of_order},
    {"idle-tables", kept_tables_are_endless},
    {"idle-tables", superpage_without_a},
    {"superpages", superpage_clean_and_writable},
    {"pv-chunks", pv_spare_wrong},
    {"pv-chunks", pv_count_wrong},
    {"pv-chunks", chunk_of_other_pmap},
    {"pv-lists", pv_for_other_va},
    {"pv-lists", pv_missing},
    {"pv-lists", pv_superpage_missing},
    {"pv-lists", pv_not_noted},
    {"pv-lists", managed_lost},
    {"mapped-pages", mapped_page_is_free},
    {"writeable", writeable_lost},
    {"writeable", superpage_writeable_lost},
    {"pages", free_count_wrong},
    {"pages", wire_count_wrong},
    {"pages", free_page_wired},
    {"pages", managed_page_says_no_pv},
    {"pages", page_says_no_attribute},
    {"page-queues", inactive_count_wrong},
    {"page-queues", active_count_wrong},
    {"page-queues", page_says_other_queue},
    {"page-queues", page_off_queue},
    {"leaks", page_wired_by_nobody},
    {"maps", map_size_wrong},
    {"maps", map_nentries_wrong},
    {"maps", map_entry_overlaps},
    {"maps", map_locked},
    {"maps", map_unlocked_twice},
    {"maps", map_deleted_entry_kept},
};
#define NCORRUPTIONS (sizeof(corruptions) / sizeof(corruptions[0]))

static void
test_audit_names_each_corruption(void **state)
{
	struct scene s;
	char msg[300], prefix[40];
	size_t i;

	for (i = 0; i < NCORRUPTIONS; i++) {
		s = scene_boot();
		assert_int_equal(machine_audit(s.mach, msg, sizeof(msg)), 0);
		assert_string_equal(msg, "");
		corruptions[i].corrupt(&s);
		snprintf(prefix, sizeof(prefix), "%s: ", corruptions[i].rule);
		if (machine_audit(s.mach, msg, sizeof(msg)) != 1 ||
		    strncmp(msg, prefix, strlen(prefix)) != 0)
			fail_msg("corruption %zu of rule %s says \"%s\"", i,
			    corruptions[i].rule, msg);
		/* Not a panicked machine, and not one to audit again. */
		pmapsim_destroy(s.mach);
	}
}

static void
test_audit_each_rule_has_fired(void **state)
{
	const char *rule, *what;
	unsigned r;
	size_t i, fired;

	for (r = 0; (rule = pmapsim_audit_rule(r, &what)) != NULL; r++) {
		assert_true(strlen(what) > 10);
		for (fired = i = 0; i < NCORRUPTIONS; i++)
			fired += strcmp(corruptions[i].rule, rule) == 0;
		if (fired == 0)
			fail_msg("no corruption breaks rule %s", rule);
	}
}

/*
 * As many page-table pages as a program can have superpages, kept in the tree
 * that descending or ascending promotions leave: one path.  No superpage is
 * theirs, which the rule says of the first after going down all of them.
 */
static void
test_audit_of_a_tree_of_one_path(void **state)
{
	struct machine *mach;
	char msg[300];
	vm_page_t m;
	pmap_t u;
	int side;
	long i;

	for (side = 0; side < 2; side++) {
		mach = support_boot("mem=1500M first=4M kmem=0");
		u = pmapsim_pmap_create(mach, "u");
		pmap_pinit(mach, u);
		for (i = 0; i < 262144; i++) {
			m = PHYS_TO_VM_PAGE(mach, ptoa(100000 + i));
			m->pindex = (vm_pindex_t)(side == 0 ? i + 1 :
							      262144 - i);
			if (side == 0)
				m->left = u->pm_root;
			else
				m->right = u->pm_root;
			u->pm_root = m;
		}
		u->pm_stats.resident_count += i;
		assert_int_equal(machine_audit(mach, msg, sizeof(msg)), 1);
		assert_string_equal(msg,
		    "idle-tables: u: a page-table page "
		    "is kept for va 0x200000, which is no superpage");
		pmapsim_destroy(mach);
	}
}

/* A short buffer cuts the sentence and nothing else. */
static void
test_audit_short_buffer(void **state)
{
	struct scene s = scene_boot();
	char msg[8];

	free_count_wrong(&s);
	assert_int_equal(machine_audit(s.mach, msg, sizeof(msg)), 1);
	assert_int_equal(strlen(msg), 7);
	pmapsim_destroy(s.mach);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_audit_names_each_corruption),
	    cmocka_unit_test(test_audit_each_rule_has_fired),
	    cmocka_unit_test(test_audit_of_a_tree_of_one_path),
	    cmocka_unit_test(test_audit_short_buffer),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
