/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules on physical memory: free lists, reservations, pages, paging queues.
 */
#include "audit/audit.h"
#include "vm/vm_kernels.h"

/*
 * A queue being visited block by block.  One for all queues of an audit, on
 * its stack; "blocks" and "holds" begin anew with each.
 */
struct audit_queue {
	struct audit *a;
	int list, pool, order;
	long long blocks;
	bool holds;
};

/*
 * A block's pages, one by one: of its pool, inside it no other block, free.
 * Blocks never touched since boot have nothing to look at.
 */
static bool
audit_block_pages(struct audit *a, const struct audit_queue *q, vm_paddr_t pa)
{
	struct machine *mach = a->mach;
	vm_page_t m = phys_to_vm_page(mach, pa);
	uint64_t i, n = UINT64_C(1) << q->order;

	for (i = 0; i < n; i++) {
		if (!audit_own(a, pa + ptoa(i), OWNER_FREE_BLOCK))
			return (false);
		if ((vm_page_flags(&m[i]) & PG_FREE) == 0)
			return (audit_fails(a,
			    "page %#llx is on a free list "
			    "and not free",
			    (unsigned long long)(pa + ptoa(i))));
		if (m[i].pool != q->pool)
			return (audit_fails(a,
			    "page %#llx in a block of pool "
			    "%d has pool %d",
			    (unsigned long long)(pa + ptoa(i)), q->pool,
			    m[i].pool));
		if (i > 0 && vm_page_order(&m[i]) != VM_NFREEORDER)
			return (audit_fails(a,
			    "page %#llx inside a free block "
			    "has order %d",
			    (unsigned long long)(pa + ptoa(i)),
			    vm_page_order(&m[i])));
	}
	return (true);
}

static void
audit_block(struct machine *mach, vm_paddr_t pa, void *arg)
{
	struct audit_queue *q = arg;
	struct audit *a = q->a;
	const struct vm_phys_seg *seg = NULL;
	vm_paddr_t size = PAGE_SIZE << q->order, buddy = pa ^ size;
	int i;

	q->blocks++;
	if (!q->holds)
		return;
	q->holds = false;
	for (i = 0; i < mach->vm_phys->nsegs; i++)
		if (pa >= mach->vm_phys->segs[i].start &&
		    pa + size <= mach->vm_phys->segs[i].end)
			seg = &mach->vm_phys->segs[i];
	if (seg == NULL || seg->list != q->list) {
		audit_fails(a,
		    "block %#llx of order %d is not inside a segment "
		    "of list %d",
		    (unsigned long long)pa, q->order, q->list);
		return;
	}
	if ((pa & (size - 1)) != 0) {
		audit_fails(a, "block %#llx of order %d is misaligned",
		    (unsigned long long)pa, q->order);
		return;
	}
	if (vm_phys_is_untouched(mach, pa)) {
		q->holds = true;
		return;
	}
	if (vm_page_order(phys_to_vm_page(mach, pa)) != q->order) {
		audit_fails(a,
		    "block %#llx on the queue of order %d has order "
		    "%d",
		    (unsigned long long)pa, q->order,
		    vm_page_order(phys_to_vm_page(mach, pa)));
		return;
	}
	if (q->order < VM_NFREEORDER - 1 && buddy >= seg->start &&
	    buddy + size <= seg->end && !vm_phys_is_untouched(mach, buddy) &&
	    vm_page_order(phys_to_vm_page(mach, buddy)) == q->order) {
		audit_fails(a,
		    "blocks %#llx and %#llx of order %d are buddies "
		    "and not merged",
		    (unsigned long long)pa, (unsigned long long)buddy,
		    q->order);
		return;
	}
	q->holds = audit_block_pages(a, q, pa);
}

bool
audit_free_lists(struct audit *a)
{
	struct machine *mach = a->mach;
	struct audit_queue q = {.a = a};
	long long length;

	for (q.list = 0; q.list < mach->vm_phys->nfreelists; q.list++)
		for (q.pool = 0; q.pool < VM_NFREEPOOL; q.pool++)
			for (q.order = 0; q.order < VM_NFREEORDER; q.order++) {
				q.blocks = 0;
				q.holds = true;
				vm_phys_foreach(mach, q.list, q.pool, q.order,
				    audit_block, &q);
				if (!q.holds)
					return (false);
				length = vm_phys_queue_length(mach, q.list,
				    q.pool, q.order);
				if (length != q.blocks)
					return (audit_fails(a,
					    "queue of list "
					    "%d, pool %d, order %d says %lld "
					    "blocks and holds %lld",
					    q.list, q.pool, q.order, length,
					    q.blocks));
			}
	return (true);
}

/* One reservation against its pages; its unused pages get their owner. */
static bool
audit_reservation(struct audit *a, const struct vm_reserv *rv)
{
	struct machine *mach = a->mach;
	vm_paddr_t pa = vm_reserv_to_phys(mach->vm_reserv, rv);
	const struct vm_reserv *other;
	uint64_t left = mach->vm_reserv->nframes;
	vm_page_t m;
	int i, popcnt = 0;
	bool found = false;

	if (rv->object == NULL) {
		if (rv->popcnt != 0 || rv->inpartpopq)
			return (audit_fails(a,
			    "inactive reservation %#llx has "
			    "popcnt %d, queued %d",
			    (unsigned long long)pa, rv->popcnt,
			    rv->inpartpopq));
		return (true);
	}
	m = phys_to_vm_page(mach, pa);
	for (i = 0; i < VM_LEVEL_0_NPAGES; i++) {
		if ((vm_page_flags(&m[i]) & (PG_CACHED | PG_FREE)) == 0)
			popcnt++;
		else if (!audit_own(a, pa + ptoa(i), OWNER_RESERV))
			return (false);
	}
	if (popcnt != rv->popcnt)
		return (audit_fails(a,
		    "reservation %#llx has popcnt %d and %d "
		    "pages in use",
		    (unsigned long long)pa, rv->popcnt, popcnt));
	if (popcnt == 0)
		return (audit_fails(a, "reservation %#llx is active and empty",
		    (unsigned long long)pa));
	/* Kernels that look at the clock lose one now and then; museum 34. */
	if (rv->inpartpopq != (popcnt < VM_LEVEL_0_NPAGES) &&
	    (rv->inpartpopq || !reserv_follows_ticks(mach) ||
		depopulated_reserv_is_queued(mach)))
		return (audit_fails(a,
		    "reservation %#llx with popcnt %d is "
		    "%squeued",
		    (unsigned long long)pa, popcnt,
		    rv->inpartpopq ? "" : "not "));
	LIST_FOREACH(other, &rv->object->rvq, objq) {
		if (other == rv)
			found = true;
		if (found || left-- == 0)
			break;
	}
	if (!found)
		return (audit_fails(a,
		    "reservation %#llx is not on its "
		    "object's rvq",
		    (unsigned long long)pa));
	return (true);
}

bool
audit_reservations(struct audit *a)
{
	struct machine *mach = a->mach;
	const struct vm_reserv_state *st = mach->vm_reserv;
	const struct vm_reserv *rv;
	const struct vm_object *object;
	uint64_t frame, active = 0, partial = 0, queued = 0, listed = 0, next;

	for (frame = 0; frame < st->nframes; frame++) {
		/* Whole frames never touched have zero-filled elements. */
		next = audit_skip_untouched(a, frame * VM_LEVEL_0_NPAGES) /
		    VM_LEVEL_0_NPAGES;
		if (next > frame) {
			frame = next - 1;
			continue;
		}
		rv = &st->array[frame];
		if (!audit_reservation(a, rv))
			return (false);
		active += rv->object != NULL;
		partial += rv->inpartpopq;
	}
	TAILQ_FOREACH(rv, &st->rvq_partpop, partpopq) {
		if (!rv->inpartpopq || ++queued > partial)
			return (audit_fails(a,
			    "partpopq holds reservation "
			    "%#llx, which does not say so or is there twice",
			    (unsigned long long)vm_reserv_to_phys(st, rv)));
	}
	if (queued != partial)
		return (audit_fails(a,
		    "partpopq holds %llu reservations and "
		    "%llu say they are on it",
		    (unsigned long long)queued, (unsigned long long)partial));
	TAILQ_FOREACH(object, &mach->vm_object->list, object_list)
		LIST_FOREACH(rv, &object->rvq, objq) {
			if (rv->object != object || ++listed > active)
				return (audit_fails(a,
				    "an rvq holds "
				    "reservation %#llx of another object",
				    (unsigned long long)vm_reserv_to_phys(st,
					rv)));
		}
	if (listed != active)
		return (audit_fails(a,
		    "rvqs hold %llu reservations, %llu are "
		    "active",
		    (unsigned long long)listed, (unsigned long long)active));
	return (true);
}

/*
 * Whether nobody can give "m" back, which is not free: a map entry had it
 * wired, and entry and object have gone.  A page that a caller wired himself is
 * his to unwire.
 */
static bool
audit_is_leaked(const struct vm_page *m)
{

	return (m->object == NULL && m->map_wired && m->wire_count != 0);
}

/* Whether what pmap_enter() asks in the descriptor's place says as it does. */
static bool
audit_says_again(struct audit *a, const struct vm_page *m)
{
	const uint8_t says = vm_page_use(a->mach, m)->aflags &
	    (PG_MEMATTR | PG_NO_PV);

	if (says ==
	    ((m->pat_mode_c != 0 ? PG_MEMATTR : 0) |
		((vm_page_flags(m) & PG_UNMANAGED) != 0 ? PG_NO_PV : 0)))
		return (true);
	return (audit_fails(a,
	    "page %#llx has flags %#x and memattr %d, and its PG_NO_PV and "
	    "PG_MEMATTR are %d and %d",
	    (unsigned long long)vm_page_to_phys(a->mach, m),
	    (unsigned)vm_page_flags(m), m->pat_mode_c ^ VM_MEMATTR_DEFAULT,
	    (says & PG_NO_PV) != 0, (says & PG_MEMATTR) != 0));
}

/*
 * Every page of [first, mem): free ones have one place to be free in, wired
 * ones are counted.  Runs after all rules that find owners, and finds what
 * audit_page_queues() and audit_leaks() ask of all pages.
 */
bool
audit_pages(struct audit *a)
{
	struct machine *mach = a->mach;
	uint64_t i, next, free_pages = 0, wired = 0;
	const struct vm_page *m;
	bool placed;

	for (i = a->first; i < a->pages; i++) {
		next = audit_skip_untouched(a, i);
		if (next > i) {
			free_pages += next - i;
			i = next - 1;
			continue;
		}
		m = &mach->vm_page_array[i];
		a->queued += m->queue != PQ_NONE;
		placed = a->owner[i] == OWNER_FREE_BLOCK ||
		    a->owner[i] == OWNER_RESERV;
		if (((vm_page_flags(m) & PG_FREE) != 0) != placed)
			return (audit_fails(a, "page %#llx is %s",
			    (unsigned long long)ptoa(i),
			    placed ? "in a free place and not free" :
				     "free and in no free place"));
		if ((vm_page_flags(m) & PG_FREE) != 0) {
			free_pages++;
			if (m->wire_count != 0 || m->object != NULL ||
			    m->queue != PQ_NONE)
				return (audit_fails(a,
				    "free page %#llx is "
				    "wired, in an object or on a paging queue",
				    (unsigned long long)ptoa(i)));
			continue;
		}
		if (m->wire_count != 0 || a->owner[i] == OWNER_TABLE)
			/* pmap_copy() may leave an empty table linked, with
			 * a wire count of 0 and counted all the same. */
			wired++;
		if (a->leaked == NULL && audit_is_leaked(m))
			a->leaked = m;
		if (!audit_says_again(a, m))
			return (false);
	}
	if (free_pages != mach->cnt.v_free_count)
		return (audit_fails(a,
		    "v_free_count is %u, %llu pages are free",
		    mach->cnt.v_free_count, (unsigned long long)free_pages));
	if (wired != mach->cnt.v_wire_count)
		return (audit_fails(a,
		    "v_wire_count is %u, %llu pages are "
		    "wired",
		    mach->cnt.v_wire_count, (unsigned long long)wired));
	return (true);
}

bool
audit_leaks(struct audit *a)
{
	struct machine *mach = a->mach;

	if (a->leaked == NULL)
		return (true);
	return (audit_fails(a,
	    "page %#llx belongs to nobody: a map entry wired "
	    "it, which has gone, and its object with it",
	    (unsigned long long)VM_PAGE_TO_PHYS(a->leaked)));
}

bool
audit_page_queues(struct audit *a)
{
	struct machine *mach = a->mach;
	unsigned count[PQ_COUNT] = {0};
	const struct vm_page *m;
	uint64_t held = 0;
	int q;

	for (q = PQ_INACTIVE; q < PQ_COUNT; q++)
		TAILQ_FOREACH(m, &mach->vm_page->queues[q], pageq) {
			if (m->queue != q || ++held > a->queued)
				return (audit_fails(a,
				    "queue %d holds page "
				    "%#llx of queue %d",
				    q, (unsigned long long)VM_PAGE_TO_PHYS(m),
				    m->queue));
			count[q]++;
		}
	if (held != a->queued)
		return (audit_fails(a,
		    "paging queues hold %llu pages, %llu say "
		    "they are on one",
		    (unsigned long long)held, (unsigned long long)a->queued));
	if (count[PQ_INACTIVE] != mach->cnt.v_inactive_count)
		return (audit_fails(a,
		    "v_inactive_count is %u, %u pages are "
		    "queued",
		    mach->cnt.v_inactive_count, count[PQ_INACTIVE]));
	if (count[PQ_ACTIVE] + count[PQ_HOLD] != mach->cnt.v_active_count)
		return (audit_fails(a,
		    "v_active_count is %u, %u pages are "
		    "queued",
		    mach->cnt.v_active_count,
		    count[PQ_ACTIVE] + count[PQ_HOLD]));
	return (true);
}
