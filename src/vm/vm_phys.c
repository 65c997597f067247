/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The buddy allocator: which physical page a request gets is decided here, and
 * with it whether 512 pages ever lie together so that they can be promoted.
 * The order of every queue is part of the result: blocks are taken at the
 * head, freed blocks go to the tail, and the halves that a split leaves over
 * go to the head.
 *
 * What holds between any two calls; the auditor's rule "free-lists" recounts
 * each (audit/audit_phys.c):
 *
 *  1. A free block of 2^o pages is known by its first page alone, which has
 *     order o; all other pages, free or not, have order VM_NFREEORDER.
 *  2. A block lies at a multiple of its size, inside one segment, and no two
 *     blocks overlap.
 *  3. No two buddies of one order are free, but for the largest: they are
 *     merged, whatever their pools were.
 *  4. All pages of a free block are PG_FREE and of the block's pool.
 *  5. The length kept with each queue is the number of its blocks.
 */
#include "vm/vm_phys.h"

#include "vm/pmap.h"
#include "vm/vm_reserv.h"

#define ORDER_MAX (VM_NFREEORDER - 1)
#define BLOCK_BYTES(order) (PAGE_SIZE << (order))
#define NPAGES(order) (UINT64_C(1) << (order))

/*
 * A queue and its length change together, and the head's order with them: that
 * is how a block is known to be free.
 *
 * Simulator only: FreeBSD has these three lines at each place.
 */
static inline void
vm_freelist_remove(struct vm_freelist *fl, vm_page_t m)
{

	TAILQ_REMOVE(&fl->pl, m, pageq);
	fl->lcnt--;
	vm_page_set_order(m, VM_NFREEORDER);
}

static inline void
vm_freelist_insert_head(struct vm_freelist *fl, vm_page_t m, int order)
{

	vm_page_set_order(m, order);
	TAILQ_INSERT_HEAD(&fl->pl, m, pageq);
	fl->lcnt++;
}

static inline void
vm_freelist_insert_tail(struct vm_freelist *fl, vm_page_t m, int order)
{

	vm_page_set_order(m, order);
	TAILQ_INSERT_TAIL(&fl->pl, m, pageq);
	fl->lcnt++;
}

/*
 * Finds the segment that "pa" lies in.
 *
 * FreeBSD vm_phys.c vm_phys_paddr_to_segind(): adapted, pages do not cache the
 * answer.
 */
static inline const struct vm_phys_seg *
vm_phys_paddr_to_seg(struct machine *mach, vm_paddr_t pa)
{
	const struct vm_phys *vp = mach->vm_phys;
	int i;

	for (i = 0; i < vp->nsegs; i++)
		if (pa >= vp->segs[i].start && pa < vp->segs[i].end)
			return (&vp->segs[i]);
	panic("vm_phys_paddr_to_segind: paddr %#jx is not in any segment",
	    (uintmax_t)pa);
}

/*
 * Untouched blocks.  They are the front of one queue, so the queue's first
 * block is the untouched range's start while that range is not empty.
 */

/* Simulator only. */
static inline struct vm_phys_untouched *
vm_phys_untouched_of(struct machine *mach, vm_paddr_t pa)
{
	struct vm_phys_untouched *untouched;
	int list;

	for (list = 0; list < mach->vm_phys->nfreelists; list++) {
		untouched = &mach->vm_phys->untouched[list];
		if (pa >= untouched->start && pa < untouched->end)
			return (untouched);
	}
	return (NULL);
}

/*
 * Tells whether "pa" lies in a block that has not been touched since boot.
 *
 * Simulator only.
 */
bool
vm_phys_is_untouched(struct machine *mach, vm_paddr_t pa)
{

	return (vm_phys_untouched_of(mach, pa) != NULL);
}

/*
 * Gives every untouched block of "list" its order and its link, in front of
 * what the queue holds, so that they can be reached in any order.  From the
 * last to the first, each at the head: the result ascends.
 *
 * Simulator only.
 */
void
vm_phys_touch_all(struct machine *mach, int list)
{
	struct vm_phys *vp = mach->vm_phys;
	struct vm_phys_untouched *untouched = &vp->untouched[list];
	struct vm_freelist
	    *fl = &vp->queues[list][VM_FREEPOOL_DEFAULT][ORDER_MAX];

	while (untouched->end > untouched->start) {
		untouched->end -= BLOCK_BYTES(ORDER_MAX);
		vm_freelist_insert_head(fl,
		    phys_to_vm_page(mach, untouched->end), ORDER_MAX);
	}
}

/*
 * Tells whether all of the largest block that starts at "pa" is free,
 * untouched or not.
 *
 * Simulator only.
 */
static bool
vm_phys_block_is_free(struct machine *mach, vm_paddr_t pa)
{

	return (vm_phys_is_untouched(mach, pa) ||
	    vm_page_order(phys_to_vm_page(mach, pa)) == ORDER_MAX);
}

/*
 * Takes the free block that "m" heads from its queue.
 *
 * Simulator only: the kernel's three places that do so know no untouched
 * blocks.
 */
static void
vm_phys_unlink_block(struct machine *mach, vm_page_t m)
{
	struct vm_phys *vp = mach->vm_phys;
	vm_paddr_t pa = VM_PAGE_TO_PHYS(m);
	struct vm_phys_untouched *untouched;
	int list;

	untouched = vm_phys_untouched_of(mach, pa);
	if (untouched != NULL && untouched->start == pa) {
		untouched->start += BLOCK_BYTES(ORDER_MAX);
		return;
	}
	list = vm_phys_paddr_to_seg(mach, pa)->list;
	if (untouched != NULL)
		vm_phys_touch_all(mach, list);
	vm_freelist_remove(&vp->queues[list][m->pool][vm_page_order(m)], m);
}

/*
 * Takes the first block of order "order" and pool "pool" from "list".  NULL
 * when there is none.
 *
 * Simulator only.
 */
static inline vm_page_t
vm_phys_take_first(struct machine *mach, int list, int pool, int order)
{
	struct vm_phys *vp = mach->vm_phys;
	struct vm_phys_untouched *untouched = &vp->untouched[list];
	struct vm_freelist *fl = &vp->queues[list][pool][order];
	vm_page_t m;

	if (order == ORDER_MAX && pool == VM_FREEPOOL_DEFAULT &&
	    untouched->start < untouched->end) {
		m = phys_to_vm_page(mach, untouched->start);
		untouched->start += BLOCK_BYTES(ORDER_MAX);
		return (m);
	}
	m = TAILQ_FIRST(&fl->pl);
	if (m != NULL)
		vm_freelist_remove(fl, m);
	return (m);
}

/*
 * Adds a segment and queues its blocks as if its pages had been freed one by
 * one in ascending order: each maximal aligned block once, ascending.  The
 * blocks of the largest order, all but a few pages of a large machine, are
 * left untouched where they can be the front of their queue.
 *
 * FreeBSD vm_phys.c vm_phys_create_seg(), vm_phys_add_page(): adapted, whole
 * blocks at a time.
 */
static void
vm_phys_create_seg(struct machine *mach, vm_paddr_t start, vm_paddr_t end,
    int list)
{
	struct vm_phys *vp = mach->vm_phys;
	struct vm_freelist *queues = vp->queues[list][VM_FREEPOOL_DEFAULT];
	struct vm_phys_untouched *untouched = &vp->untouched[list];
	struct vm_phys_seg *seg;
	vm_paddr_t pa;
	int order;

	KASSERT(vp->nsegs < VM_PHYSSEG_MAX,
	    ("vm_phys_create_seg: increase VM_PHYSSEG_MAX"));
	seg = &vp->segs[vp->nsegs++];
	seg->start = start;
	seg->end = end;
	seg->list = list;
	if (vp->nfreelists <= list)
		vp->nfreelists = list + 1;
	mach->cnt.v_page_count += atop(end - start);
	mach->cnt.v_free_count += atop(end - start);
	for (pa = start; pa < end; pa += BLOCK_BYTES(order)) {
		for (order = 0; order < ORDER_MAX; order++)
			if ((pa & BLOCK_BYTES(order)) != 0 ||
			    end - pa < BLOCK_BYTES(order + 1))
				break;
		if (order < ORDER_MAX || untouched->end != 0) {
			vm_freelist_insert_tail(&queues[order],
			    phys_to_vm_page(mach, pa), order);
			continue;
		}
		untouched->start = pa;
		untouched->end = end & ~(BLOCK_BYTES(ORDER_MAX) - 1);
		pa = untouched->end - BLOCK_BYTES(ORDER_MAX);
	}
}

/*
 * Gives [start, end) to the allocator and counts its pages.  Memory below 16
 * MB makes a list of its own, which is used last.
 *
 * FreeBSD vm_phys.c vm_phys_init() and vm_page.c vm_page_startup(): adapted,
 * one range, nothing is carved from it.
 */
void
vm_phys_add_range(struct machine *mach, vm_paddr_t start, vm_paddr_t end)
{

	if (start < VM_ISADMA_BOUNDARY && end > VM_ISADMA_BOUNDARY) {
		vm_phys_create_seg(mach, start, VM_ISADMA_BOUNDARY,
		    VM_FREELIST_ISADMA);
		start = VM_ISADMA_BOUNDARY;
	}
	vm_phys_create_seg(mach, start, end,
	    start < VM_ISADMA_BOUNDARY ? VM_FREELIST_ISADMA :
					 VM_FREELIST_DEFAULT);
}

/*
 * Makes the allocator of [first, mem) of the machine's configuration.
 *
 * FreeBSD vm_phys.c vm_phys_init(): adapted, see vm_phys_add_range().
 */
void
vm_phys_startup(struct machine *mach)
{
	struct vm_phys *vp;
	int list, order, pool;
	FRAME_AS("vm_phys_init");

	vp = machine_reserve(mach, sizeof(*vp));
	mach->vm_phys = vp;
	for (list = 0; list < VM_NFREELIST; list++)
		for (pool = 0; pool < VM_NFREEPOOL; pool++)
			for (order = 0; order < VM_NFREEORDER; order++)
				TAILQ_INIT(&vp->queues[list][pool][order].pl);
	vm_phys_add_range(mach, mach->config.first, mach->config.mem);
}

/*
 * Splits the taken block "m" of order "from" until it is of order "order".
 * The upper halves go to the head of "queues", so the lowest page stays.
 *
 * FreeBSD vm_phys.c vm_phys_split_pages(): same.
 */
static inline void
vm_phys_split_pages(struct machine *mach, vm_page_t m, int from,
    struct vm_freelist *queues, int order)
{
	vm_page_t buddy;

	while (from > order) {
		from--;
		buddy = m + NPAGES(from);
		KASSERT(vm_page_order(buddy) == VM_NFREEORDER,
		    ("vm_phys_split_pages: page PTR has unexpected order %d",
			vm_page_order(buddy)));
		vm_freelist_insert_head(&queues[from], buddy, from);
	}
}

/*
 * Puts the 2^"order" pages from "m" on into "pool", eight at a time where there
 * are so many: budget pmapsim_boot/64M pays for that.
 *
 * FreeBSD vm_phys.c vm_phys_set_pool(): same.
 */
void
vm_phys_set_pool(struct machine *mach, int pool, vm_page_t m, int order)
{
	const vm_page_t end = m + NPAGES(order);
	unsigned i;

	for (; end - m >= 8; m += 8)
		for (i = 0; i < 8; i++)
			m[i].pool = (uint8_t)pool;
	for (; m < end; m++)
		m->pool = (uint8_t)pool;
}

/*
 * Allocates 2^"order" contiguous, aligned pages and returns the first, or NULL.
 * Within a list the pool's own smallest sufficient block is used; only when it
 * has none the largest block of any pool changes sides whole, so that pages of
 * the pool stay together.  Neither flags nor counters of the pages change.
 *
 * FreeBSD vm_phys.c vm_phys_alloc_pages(): same.
 */
vm_page_t
vm_phys_alloc_block(struct machine *mach, int pool, int order)
{
	struct vm_phys *vp = mach->vm_phys;
	vm_page_t m;
	int list, o, p;
	FRAME_AS("vm_phys_alloc_pages");

	KASSERT(pool >= 0 && pool < VM_NFREEPOOL,
	    ("vm_phys_alloc_pages: pool %d is out of range", pool));
	KASSERT(order >= 0 && order < VM_NFREEORDER,
	    ("vm_phys_alloc_pages: order %d is out of range", order));
	for (list = 0; list < vp->nfreelists; list++) {
		for (o = order; o < VM_NFREEORDER; o++) {
			m = vm_phys_take_first(mach, list, pool, o);
			if (m == NULL)
				continue;
			vm_phys_split_pages(mach, m, o, vp->queues[list][pool],
			    order);
			return (m);
		}
		for (o = ORDER_MAX; o >= order; o--) {
			for (p = 0; p < VM_NFREEPOOL; p++) {
				m = vm_phys_take_first(mach, list, p, o);
				if (m == NULL)
					continue;
				/* Before the split: all pages change sides. */
				vm_phys_set_pool(mach, pool, m, o);
				vm_phys_split_pages(mach, m, o,
				    vp->queues[list][pool], order);
				return (m);
			}
		}
	}
	return (NULL);
}

/*
 * Frees the block of 2^"order" pages that "m" heads.  It merges with its free
 * buddy as long as there is one, which thereby comes to the freed block's
 * pool, and is appended to its queue.
 *
 * FreeBSD vm_phys.c vm_phys_free_pages(): same.
 */
void
vm_phys_free_block(struct machine *mach, vm_page_t m, int order)
{
	struct vm_freelist(*queues)[VM_NFREEORDER];
	const struct vm_phys_seg *seg;
	vm_paddr_t pa, pa_buddy;
	vm_page_t buddy;
	FRAME_AS("vm_phys_free_pages");

	KASSERT(vm_page_order(m) == VM_NFREEORDER,
	    ("vm_phys_free_pages: page PTR has unexpected order %d",
		vm_page_order(m)));
	KASSERT(m->pool < VM_NFREEPOOL,
	    ("vm_phys_free_pages: page PTR has unexpected pool %d", m->pool));
	KASSERT(order >= 0 && order < VM_NFREEORDER,
	    ("vm_phys_free_pages: order %d is out of range", order));
	pa = VM_PAGE_TO_PHYS(m);
	seg = vm_phys_paddr_to_seg(mach, pa);
	queues = mach->vm_phys->queues[seg->list];
	/*
	 * An untouched block has order ORDER_MAX and is nobody's buddy here:
	 * a block is never merged beyond the 16 MB that it was split from.
	 */
	while (order < ORDER_MAX) {
		pa_buddy = pa ^ BLOCK_BYTES(order);
		if (pa_buddy < seg->start || pa_buddy >= seg->end)
			break;
		buddy = phys_to_vm_page(mach, pa_buddy);
		if (vm_page_order(buddy) != order)
			break;
		/* Off its queue first: that is its old pool's. */
		vm_freelist_remove(&queues[buddy->pool][order], buddy);
		if (buddy->pool != m->pool)
			vm_phys_set_pool(mach, m->pool, buddy, order);
		order++;
		pa &= ~(BLOCK_BYTES(order) - 1);
		m = phys_to_vm_page(mach, pa);
	}
	vm_freelist_insert_tail(&queues[m->pool][order], m, order);
}

/*
 * Tells whether "pool" and "order" are in range.  Where they are not it stops
 * the machine, unless invariants leave that to the kernel's own assertions.
 *
 * Simulator only.
 */
static bool
vm_phys_in_range(struct machine *mach, const char *func, int pool, int order)
{
	const bool in_range = pool >= 0 && pool < VM_NFREEPOOL && order >= 0 &&
	    order < VM_NFREEORDER;

	if (!in_range && !mach->invariants)
		stop("%s: pool %d or order %d is out of range", func, pool,
		    order);
	return (in_range);
}

/*
 * Whether the page "m" lies in a free block that begins before it or is
 * untouched.  That one begins with it is the kernel's to find.
 *
 * Simulator only.
 */
static bool
vm_phys_inside_free_block(struct machine *mach, vm_page_t m)
{
	const vm_paddr_t pa = VM_PAGE_TO_PHYS(m);
	vm_page_t head;
	int order;

	if (vm_phys_is_untouched(mach, pa))
		return (true);
	for (order = 1; order < VM_NFREEORDER; order++) {
		head = phys_to_vm_page(mach, pa & ~(BLOCK_BYTES(order) - 1));
		if (head != m && vm_page_order(head) != VM_NFREEORDER)
			return (vm_page_order(head) >= order);
	}
	return (false);
}

/*
 * The public way to vm_phys_alloc_block().
 *
 * FreeBSD vm_phys.c vm_phys_alloc_pages(): same.
 */
vm_page_t
vm_phys_alloc_pages(struct machine *mach, int pool, int order)
{

	(void)vm_phys_in_range(mach, __func__, pool, order);
	return (vm_phys_alloc_block(mach, pool, order));
}

/*
 * The public way to vm_phys_free_block().  A block that is free already would
 * come on a list twice, and the list would have no end.
 *
 * FreeBSD vm_phys.c vm_phys_free_pages(): same.
 */
void
vm_phys_free_pages(struct machine *mach, vm_page_t m, int order)
{

	CHECK_PAGE(m);
	if (vm_phys_in_range(mach, __func__, m->pool, order) &&
	    ((!mach->invariants && vm_page_order(m) != VM_NFREEORDER) ||
		vm_phys_inside_free_block(mach, m)))
		stop("vm_phys_free_pages: page %#llx is free already",
		    (unsigned long long)VM_PAGE_TO_PHYS(m));
	vm_phys_free_block(mach, m, order);
}

/*
 * Takes the single page "m" out of the free block that contains it; what
 * remains of the block goes to the heads of its pool's queues, largest half
 * first.  FALSE, and nothing changed, when "m" is in no free block.
 *
 * FreeBSD vm_phys.c vm_phys_unfree_page(): same.
 */
boolean_t
vm_phys_unfree_page(struct machine *mach, vm_page_t m)
{
	const struct vm_phys_seg *seg;
	struct vm_freelist *queues;
	vm_paddr_t base, pa, pa_half;
	vm_page_t m_set, m_tmp;
	int order;
	FRAME();

	CHECK_PAGE(m);
	pa = VM_PAGE_TO_PHYS(m);
	seg = vm_phys_paddr_to_seg(mach, pa);
	if (vm_phys_is_untouched(mach, pa))
		vm_phys_touch_all(mach, seg->list);
	/* The first page, aligned ever more, that has an order heads it. */
	m_set = m;
	order = 0;
	while (vm_page_order(m_set) == VM_NFREEORDER && order < ORDER_MAX) {
		order++;
		base = pa & ~(BLOCK_BYTES(order) - 1);
		if (base < seg->start)
			return (FALSE);
		m_set = phys_to_vm_page(mach, base);
	}
	if (vm_page_order(m_set) < order)
		return (FALSE); /* a block that ends below "m" */
	if (vm_page_order(m_set) == VM_NFREEORDER)
		return (FALSE);
	KASSERT(vm_page_order(m_set) < VM_NFREEORDER,
	    ("vm_phys_unfree_page: page PTR has unexpected order %d",
		vm_page_order(m_set)));
	queues = mach->vm_phys->queues[seg->list][m_set->pool];
	order = vm_page_order(m_set);
	vm_freelist_remove(&queues[order], m_set);
	while (order > 0) {
		order--;
		pa_half = VM_PAGE_TO_PHYS(m_set) ^ BLOCK_BYTES(order);
		if (pa < pa_half)
			m_tmp = phys_to_vm_page(mach, pa_half);
		else {
			m_tmp = m_set;
			m_set = phys_to_vm_page(mach, pa_half);
		}
		vm_freelist_insert_head(&queues[order], m_tmp, order);
	}
	KASSERT(m_set == m, ("vm_phys_unfree_page: fatal inconsistency"));
	return (TRUE);
}

/*
 * Zeroes one free page that is not known to be zero and marks it PG_ZERO.  It
 * looks on from the queue where it stopped last time, each queue from its tail.
 *
 * FreeBSD vm_phys.c vm_phys_zero_pages_idle(): adapted, where the kernel would
 * look for ever because nothing is left to zero, the machine stops.
 */
boolean_t
vm_phys_zero_pages_idle(struct machine *mach)
{
	struct vm_phys *vp = mach->vm_phys;
	int *cursor = vp->zero_cursor; /* list, pool, order */
	vm_page_t end, m, m_tmp;
	int queues;
	FRAME();

	for (queues = 0;
	     queues <= vp->nfreelists * VM_NFREEPOOL * VM_NFREEORDER;
	     queues++) {
		if (cursor[1] == VM_FREEPOOL_DEFAULT && cursor[2] == ORDER_MAX)
			vm_phys_touch_all(mach, cursor[0]);
		TAILQ_FOREACH_REVERSE(m,
		    &vp->queues[cursor[0]][cursor[1]][cursor[2]].pl, pglist,
		    pageq)
		{
			end = m + NPAGES(cursor[2]);
			for (m_tmp = m; m_tmp < end; m_tmp++) {
				if ((vm_page_flags(m_tmp) &
					(PG_CACHED | PG_ZERO)) != 0)
					continue;
				vm_phys_unfree_page(mach, m_tmp);
				mach->cnt.v_free_count--;
				pmap_zero_page_idle(mach, m_tmp);
				vm_page_flag_set(m_tmp, PG_ZERO);
				mach->cnt.v_free_count++;
				vm_phys_free_block(mach, m_tmp, 0);
				mach->vm_page->vm_page_zero_count++;
				vp->cnt_prezero++;
				return (TRUE);
			}
		}
		if (++cursor[2] == VM_NFREEORDER) {
			cursor[2] = 0;
			if (++cursor[1] == VM_NFREEPOOL) {
				cursor[1] = 0;
				if (++cursor[0] == vp->nfreelists)
					cursor[0] = 0;
			}
		}
	}
	stop("vm_phys_zero_pages_idle: no free page is left to zero");
}

/*
 * What a contiguous run must be; bytes, as vm_phys_alloc_contig() is told, on
 * whose stack it lies during the search.
 */
struct vm_phys_contig {
	vm_paddr_t size;
	vm_paddr_t low, high;
	vm_paddr_t alignment, boundary;
	int order; /* of the least block that holds it; may exceed ORDER_MAX */
};

/*
 * Tells whether a run from the start of the free block at "pa" on would do.
 * Only starts of blocks are ever asked about: a run inside a larger block, or
 * one made of smaller neighbours, is never found.
 *
 * FreeBSD vm_phys.c vm_phys_alloc_contig(): same, its innermost tests.
 */
static bool
vm_phys_contig_fits(struct machine *mach, const struct vm_phys_contig *run,
    vm_paddr_t pa)
{
	const struct vm_phys_seg *seg = vm_phys_paddr_to_seg(mach, pa);
	vm_paddr_t next;

	if (seg->start > run->high || run->low >= seg->end)
		return (false);
	if (run->order > ORDER_MAX)
		for (next = pa + BLOCK_BYTES(ORDER_MAX); next < pa + run->size;
		     next += BLOCK_BYTES(ORDER_MAX))
			if (next >= seg->end ||
			    !vm_phys_block_is_free(mach, next))
				return (false);
	return (pa >= run->low && pa + run->size <= run->high &&
	    (pa & (run->alignment - 1)) == 0 &&
	    ((pa ^ (pa + run->size - 1)) & ~(run->boundary - 1)) == 0);
}

/*
 * Finds the first free block from which on "run" can be had, by list, order
 * from the least sufficient one up, pool, and place in the queue.  Its order
 * is returned through "order".
 *
 * FreeBSD vm_phys.c vm_phys_alloc_contig(): same, its search.
 */
static vm_page_t
vm_phys_contig_find(struct machine *mach, const struct vm_phys_contig *run,
    int *order)
{
	struct vm_phys *vp = mach->vm_phys;
	vm_paddr_t pa;
	vm_page_t m;
	int list, o, pool;

	for (list = 0; list < vp->nfreelists; list++)
		for (o = run->order < ORDER_MAX ? run->order : ORDER_MAX;
		     o < VM_NFREEORDER; o++)
			for (pool = 0; pool < VM_NFREEPOOL; pool++) {
				*order = o;
				if (o == ORDER_MAX &&
				    pool == VM_FREEPOOL_DEFAULT)
					for (pa = vp->untouched[list].start;
					     pa < vp->untouched[list].end;
					     pa += BLOCK_BYTES(ORDER_MAX))
						if (vm_phys_contig_fits(mach,
							run, pa))
							return (phys_to_vm_page(
							    mach, pa));
				TAILQ_FOREACH(m, &vp->queues[list][pool][o].pl,
				    pageq)
					if (vm_phys_contig_fits(mach, run,
						VM_PAGE_TO_PHYS(m)))
						return (m);
			}
	return (NULL);
}

/*
 * Makes a free page taken by vm_phys_alloc_contig() an allocated one.
 *
 * FreeBSD vm_phys.c vm_phys_alloc_contig(): adapted, no page is ever cached.
 */
static void
vm_phys_contig_page(struct machine *mach, vm_page_t m)
{
	uint16_t flags = vm_page_flags(m);

	KASSERT(m->queue == PQ_NONE,
	    ("vm_phys_alloc_contig: page PTR has unexpected queue %d",
		m->queue));
	KASSERT(m->wire_count == 0,
	    ("vm_phys_alloc_contig: page PTR is wired"));
	KASSERT(m->hold_count == 0, ("vm_phys_alloc_contig: page PTR is held"));
	KASSERT(m->busy == 0, ("vm_phys_alloc_contig: page PTR is busy"));
	KASSERT(vm_page_use(mach, m)->dirty == 0,
	    ("vm_phys_alloc_contig: page PTR is dirty"));
	KASSERT(pmap_page_get_memattr(m) == VM_MEMATTR_DEFAULT,
	    ("vm_phys_alloc_contig: page PTR has unexpected memattr %d",
		pmap_page_get_memattr(m)));
	KASSERT((flags & PG_FREE) != 0,
	    ("vm_phys_alloc_contig: page PTR is not free"));
	KASSERT(m->valid == 0,
	    ("vm_phys_alloc_contig: free page PTR is valid"));
	mach->cnt.v_free_count--;
	if ((flags & PG_ZERO) != 0)
		mach->vm_page->vm_page_zero_count--;
	vm_page_set_flags(m, PG_UNMANAGED | (flags & PG_ZERO));
	vm_page_use(mach, m)->aflags &= PG_KEPT;
	vm_page_note_unmanaged(mach, m);
	m->oflags = 0;
}

/*
 * Allocates "npages" contiguous pages inside [low, high], starting at a
 * multiple of "alignment" bytes and not crossing a multiple of "boundary"
 * bytes (0: any), and returns the first; NULL when there are none even after
 * breaking reservations.  The pages belong to no object and are not wired.
 *
 * FreeBSD vm_phys.c vm_phys_alloc_contig(): same.
 */
vm_page_t
vm_phys_alloc_contig(struct machine *mach, unsigned long npages, vm_paddr_t low,
    vm_paddr_t high, unsigned long alignment, unsigned long boundary)
{
	struct vm_phys_contig run;
	unsigned long i, rounded;
	vm_page_t m, m_ret;
	int list, o;
	FRAME();

	KASSERT(npages != 0, ("vm_phys_alloc_contig: size must not be 0"));
	KASSERT((alignment & (alignment - 1)) == 0,
	    ("vm_phys_alloc_contig: alignment must be a power of 2"));
	KASSERT((boundary & (boundary - 1)) == 0,
	    ("vm_phys_alloc_contig: boundary must be a power of 2"));
	run.size = ptoa(npages);
	run.low = low;
	run.high = high;
	run.alignment = alignment;
	run.boundary = boundary;
	run.order = npages == 1 ? 0 : 64 - __builtin_clzll(npages - 1);
	o = 0;
	while ((m_ret = vm_phys_contig_find(mach, &run, &o)) == NULL)
		if (!vm_reserv_reclaim_contig(mach, run.size, low, high,
			alignment, boundary))
			return (NULL);

	for (m = m_ret; m < m_ret + npages; m += NPAGES(o))
		vm_phys_unlink_block(mach, m);
	/* Of several blocks only the first one's pool is made the default. */
	if (m_ret->pool != VM_FREEPOOL_DEFAULT)
		vm_phys_set_pool(mach, VM_FREEPOOL_DEFAULT, m_ret, o);
	list = vm_phys_paddr_to_seg(mach, VM_PAGE_TO_PHYS(m_ret))->list;
	vm_phys_split_pages(mach, m_ret, o,
	    mach->vm_phys->queues[list][m_ret->pool], run.order);
	for (i = 0; i < npages; i++)
		vm_phys_contig_page(mach, &m_ret[i]);
	/* The rest of the last block, page by page: they merge as they go. */
	if (o > run.order)
		o = run.order;
	rounded = (npages + NPAGES(o) - 1) & ~(NPAGES(o) - 1);
	for (; i < rounded; i++) {
		KASSERT(vm_page_order(&m_ret[i]) == VM_NFREEORDER,
		    ("vm_phys_alloc_contig: page PTR has unexpected order %d",
			vm_page_order(&m_ret[i])));
		vm_phys_free_block(mach, &m_ret[i], 0);
	}
	return (m_ret);
}
