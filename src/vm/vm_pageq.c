/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens to an allocated page: on which paging queue it is, wiring,
 * holding, busy, valid and dirty.
 *
 * A managed, unwired page is on PQ_ACTIVE or PQ_INACTIVE once it was put
 * there; wiring takes it off, unwiring puts it back.  PQ_HOLD keeps freed
 * pages that are still held.
 *
 * What holds between any two calls:
 *
 *  1. A page is on the queue that its "queue" says, once, and on no other
 *     (audit rule "page-queues").
 *  2. v_inactive_count is the length of PQ_INACTIVE, v_active_count that of
 *     PQ_ACTIVE and PQ_HOLD together (audit rule "page-queues").
 *  3. v_wire_count is the number of pages whose wire_count is not 0 (audit
 *     rule "pages").
 */
#include "vm/pmap.h"
#include "vm/vm_kernels.h"
#include "vm/vm_object.h"
#include "vm/vm_page.h"

#define DEV_BSHIFT 9 /* a bit of valid and dirty stands for 512 bytes */

/*
 * Stops the machine because "func" was called with the free page "m".
 *
 * Simulator only.
 */
void
vm_page_is_free_(struct machine *mach, const char *func, vm_page_t m)
{

	stop("%s: page %#llx is free", func,
	    (unsigned long long)VM_PAGE_TO_PHYS(m));
}

/*
 * Appends "m" to "queue".
 *
 * FreeBSD vm_page.c vm_page_enqueue(): same.
 */
static inline void
vm_page_enqueue(struct machine *mach, int queue, vm_page_t m)
{

	m->queue = (uint8_t)queue;
	TAILQ_INSERT_TAIL(&mach->vm_page->queues[queue], m, pageq);
	++*vm_pageq_count(mach, queue);
}

/*
 * Moves "m" to the tail of its paging queue, if it is on one.
 *
 * FreeBSD vm_page.c vm_page_requeue(): same.
 */
void
vm_page_requeue(struct machine *mach, vm_page_t m)
{
	struct pglist *queue = &mach->vm_page->queues[m->queue];

	if (m->queue == PQ_NONE)
		return;
	TAILQ_REMOVE(queue, m, pageq);
	TAILQ_INSERT_TAIL(queue, m, pageq);
}

/* Whether "m" may be on a paging queue. */
static inline bool
vm_page_pageable(const struct vm_page *m)
{

	return (m->wire_count == 0 && (vm_page_flags(m) & PG_UNMANAGED) == 0);
}

/*
 * Puts "m" on PQ_ACTIVE, with at least ACT_INIT of activity; wired and
 * unmanaged pages come off their queue only.
 *
 * FreeBSD vm_page.c vm_page_activate(): same.
 */
void
vm_page_activate(struct machine *mach, vm_page_t m)
{

	NONNULL(m);
	NOT_FREE(m);
	if (m->queue != PQ_ACTIVE) {
		vm_pageq_remove(mach, m);
		if (!vm_page_pageable(m))
			return;
		if (m->act_count < ACT_INIT)
			m->act_count = ACT_INIT;
		vm_page_enqueue(mach, PQ_ACTIVE, m);
	} else if (m->act_count < ACT_INIT)
		m->act_count = ACT_INIT;
}

/*
 * Puts "m" on PQ_INACTIVE, at the head, where it is the first to be freed, or
 * at the tail.  A page that is there already stays where it is.
 *
 * FreeBSD vm_page.c _vm_page_deactivate(): same.
 */
static void
vm_page_deactivate_at(struct machine *mach, vm_page_t m, bool head)
{

	if (m->queue == PQ_INACTIVE || !vm_page_pageable(m))
		return;
	vm_page_flag_clear(m, PG_WINATCFLS);
	vm_pageq_remove(mach, m);
	if (head) {
		m->queue = PQ_INACTIVE;
		TAILQ_INSERT_HEAD(&mach->vm_page->queues[PQ_INACTIVE], m,
		    pageq);
		mach->cnt.v_inactive_count++;
	} else
		vm_page_enqueue(mach, PQ_INACTIVE, m);
}

/*
 * Puts "m" at the tail of PQ_INACTIVE.
 *
 * FreeBSD vm_page.c vm_page_deactivate(): same.
 */
void
vm_page_deactivate(struct machine *mach, vm_page_t m)
{

	NONNULL(m);
	NOT_FREE(m);
	vm_page_deactivate_at(mach, m, false);
}

/*
 * Hears that "m" is not needed soon.  Most calls forget that it was
 * referenced and deactivate it: a clean page mostly to the head of the queue,
 * some, by a counter over all pages, to the tail.  Some calls only age it.
 *
 * FreeBSD vm_page.c vm_page_dontneed(): same.
 */
void
vm_page_dontneed(struct machine *mach, vm_page_t m)
{
	unsigned weight;
	FRAME();

	NONNULL(m);
	NOT_FREE(m);
	weight = ++mach->vm_page->dontneed_weight;
	if ((weight & 0x1f0) == 0 || m->queue == PQ_INACTIVE) {
		if (m->act_count >= ACT_INIT)
			m->act_count--;
		return;
	}
	vm_page_aflag_clear(mach, m, PG_REFERENCED);
	pmap_clear_reference(mach, m);
	if (vm_page_use(mach, m)->dirty == 0 && pmap_is_modified(mach, m))
		vm_page_dirty(mach, m);
	vm_page_deactivate_at(mach, m,
	    vm_page_use(mach, m)->dirty == 0 && (weight & 0x70) != 0);
}

/*
 * Wires "m": it is not paged out while its wire count is above 0, and on no
 * queue.
 *
 * FreeBSD vm_page.c vm_page_wire(): same.
 */
void
vm_page_wire(struct machine *mach, vm_page_t m)
{

	NONNULL(m);
	NOT_FREE(m);
	if ((vm_page_flags(m) & PG_FICTITIOUS) != 0)
		return;
	if (m->wire_count == 0) {
		if ((vm_page_flags(m) & PG_UNMANAGED) == 0)
			vm_pageq_remove(mach, m);
		mach->cnt.v_wire_count++;
	}
	m->wire_count++;
	KASSERT(m->wire_count != 0,
	    ("vm_page_wire: wire_count overflow m=PTR"));
}

/*
 * Undoes one vm_page_wire().  With the last one a managed page is queued,
 * active or inactive as "activate" says; its activity does not change.
 *
 * FreeBSD vm_page.c vm_page_unwire(): same.
 */
void
vm_page_unwire(struct machine *mach, vm_page_t m, int activate)
{
	FRAME();

	NONNULL(m);
	if ((vm_page_flags(m) & PG_FICTITIOUS) != 0)
		return;
	if (m->wire_count == 0) {
		/*
		 * 9.0 prints the page, not the count, which is known to be 0.
		 */
		if (wired_panic_names_page(mach))
			panic("vm_page_unwire: page PTR's wire count is zero");
		panic("vm_page_unwire: invalid wire count: %d",
		    (int)m->wire_count);
	}
	if (--m->wire_count > 0)
		return;
	m->map_wired = 0;
	mach->cnt.v_wire_count--;
	if ((vm_page_flags(m) & PG_UNMANAGED) != 0)
		return;
	if (activate)
		vm_page_enqueue(mach, PQ_ACTIVE, m);
	else {
		vm_page_flag_clear(m, PG_WINATCFLS);
		vm_page_enqueue(mach, PQ_INACTIVE, m);
	}
}

/*
 * Keeps "m" from being reused for a short time.
 *
 * FreeBSD vm_page.c vm_page_hold(): same.
 */
void
vm_page_hold(struct machine *mach, vm_page_t m)
{

	NONNULL(m);
	NOT_FREE(m);
	m->hold_count++;
}

/*
 * Undoes vm_page_hold(); a page freed meanwhile is freed in earnest.
 *
 * FreeBSD vm_page.c vm_page_unhold(): same.
 */
void
vm_page_unhold(struct machine *mach, vm_page_t m)
{
	FRAME();

	NONNULL(m);
	--m->hold_count;
	KASSERT(m->hold_count >= 0, ("vm_page_unhold: hold count < 0!!!"));
	NOT_FREE(m);
	if (m->hold_count == 0 && m->queue == PQ_HOLD)
		vm_page_free_toq(mach, m);
}

/*
 * Makes "m" busy: one thread's alone.
 *
 * FreeBSD vm_page.c vm_page_busy(): same.
 */
void
vm_page_busy(struct machine *mach, vm_page_t m)
{

	NONNULL(m);
	NOT_FREE(m);
	KASSERT((m->oflags & VPO_BUSY) == 0,
	    ("vm_page_busy: page already busy!!!"));
	m->oflags |= VPO_BUSY;
}

/*
 * Forgets that somebody waits for "m": he is awake.
 *
 * FreeBSD vm_page.c vm_page_flash(): adapted, nobody sleeps.
 */
void
vm_page_flash(struct machine *mach, vm_page_t m)
{

	m->oflags &= (uint16_t)~VPO_WANTED;
}

/*
 * Undoes vm_page_busy().
 *
 * FreeBSD vm_page.c vm_page_wakeup(): same.
 */
void
vm_page_wakeup(struct machine *mach, vm_page_t m)
{

	NONNULL(m);
	KASSERT((m->oflags & VPO_BUSY) != 0,
	    ("vm_page_wakeup: page not busy!!!"));
	NOT_FREE(m);
	m->oflags &= (uint16_t)~VPO_BUSY;
	vm_page_flash(mach, m);
}

/*
 * Counts an input or output of "m" that began.
 *
 * FreeBSD vm_page.c vm_page_io_start(): same.
 */
void
vm_page_io_start(struct machine *mach, vm_page_t m)
{

	NOT_FREE(m);
	m->busy++;
}

/*
 * Counts one that ended.
 *
 * FreeBSD vm_page.c vm_page_io_finish(): same.
 */
void
vm_page_io_finish(struct machine *mach, vm_page_t m)
{

	NOT_FREE(m);
	m->busy--;
	if (m->busy == 0)
		vm_page_flash(mach, m);
}

/*
 * Marks all of "m" modified.
 *
 * FreeBSD vm_page.c vm_page_dirty(): same.
 */
void
vm_page_dirty(struct machine *mach, vm_page_t m)
{

	NONNULL(m);
	KASSERT((vm_page_flags(m) & PG_CACHED) == 0,
	    ("vm_page_dirty: page in cache!"));
	KASSERT((vm_page_flags(m) & PG_FREE) == 0,
	    ("vm_page_dirty: page is free!"));
	KASSERT(m->valid == VM_PAGE_BITS_ALL,
	    ("vm_page_dirty: page is invalid!"));
	vm_page_use(mach, m)->dirty = VM_PAGE_BITS_ALL;
}

/*
 * Marks "m" modified if a mapping says so.
 *
 * FreeBSD vm_page.c vm_page_test_dirty(): same.
 */
void
vm_page_test_dirty(struct machine *mach, vm_page_t m)
{
	FRAME();

	CHECK_PAGE(m);
	if (vm_page_use(mach, m)->dirty != VM_PAGE_BITS_ALL &&
	    pmap_is_modified(mach, m))
		vm_page_dirty(mach, m);
}

/*
 * Unmaps "m" when nobody needs it and it is clean; false when it must stay.
 * It may come out unmapped and stay all the same: removing the mappings is
 * what finds it dirty.
 *
 * FreeBSD vm_page.c vm_page_try_to_cache(), vm_page_try_to_free(): same, what
 * they have in common.
 */
static bool
vm_page_try_to_unmap(struct machine *mach, vm_page_t m)
{

	if (vm_page_use(mach, m)->dirty != 0 || m->hold_count != 0 ||
	    m->busy != 0 || m->wire_count != 0 || (m->oflags & VPO_BUSY) != 0 ||
	    (vm_page_flags(m) & PG_UNMANAGED) != 0)
		return (false);
	pmap_remove_all(mach, m);
	return (vm_page_use(mach, m)->dirty == 0);
}

/*
 * Unmaps "m" and gives it up, if it is clean and nobody needs it: 1, else 0.
 *
 * FreeBSD vm_page.c vm_page_try_to_cache(): same.
 */
int
vm_page_try_to_cache(struct machine *mach, vm_page_t m)
{
	FRAME();

	if (!vm_page_try_to_unmap(mach, m))
		return (0);
	vm_page_cache(mach, m);
	return (1);
}

/*
 * Unmaps and frees "m", if it is clean and nobody needs it: 1, else 0.
 *
 * FreeBSD vm_page.c vm_page_try_to_free(): same.
 */
int
vm_page_try_to_free(struct machine *mach, vm_page_t m)
{
	FRAME();

	CHECK_PAGE(m);
	if (!vm_page_try_to_unmap(mach, m))
		return (0);
	vm_page_free(mach, m);
	return (1);
}

/*
 * Gives up the clean page "m".
 *
 * FreeBSD vm_page.c vm_page_cache(): adapted, there is neither swap nor file
 * from which the contents could be had again, so that all pages are freed.
 */
void
vm_page_cache(struct machine *mach, vm_page_t m)
{
	FRAME();

	if ((vm_page_flags(m) & PG_UNMANAGED) != 0 ||
	    (m->oflags & VPO_BUSY) != 0 || m->busy != 0 || m->hold_count != 0 ||
	    m->wire_count != 0)
		panic("vm_page_cache: attempting to cache busy page");
	pmap_remove_all(mach, m);
	if (vm_page_use(mach, m)->dirty != 0)
		panic("vm_page_cache: page PTR is dirty");
	vm_page_free(mach, m);
}

/*
 * The bits of valid and dirty for [base, base + size) of a page, bytes; all
 * blocks that the range touches.
 *
 * FreeBSD vm_page.c vm_page_bits(): same.
 */
int
vm_page_bits(struct machine *mach, int base, int size)
{
	int first, last;

	KASSERT(base >= 0 && size >= 0 && base + size <= (int)PAGE_SIZE,
	    ("vm_page_bits: illegal base/size %d/%d", base, size));
	if (size == 0)
		return (0);
	first = base >> DEV_BSHIFT;
	last = (base + size - 1) >> DEV_BSHIFT;
	/* A range that leaves the page gets here without INVARIANTS alone; a
	 * processor takes the last five bits of such a shift. */
	return ((int)((2U << (last & 31)) - (1U << (first & 31))));
}

/*
 * Marks part of "m" valid, which must not be dirty.
 *
 * FreeBSD vm_page.c vm_page_set_valid(): adapted, partial blocks are not
 * zeroed: nothing reads files here.
 */
void
vm_page_set_valid(struct machine *mach, vm_page_t m, int base, int size)
{
	int bits;
	FRAME();

	NONNULL(m);
	bits = vm_page_bits(mach, base, size);
	KASSERT((vm_page_use(mach, m)->dirty & bits) == 0,
	    ("vm_page_set_valid: page PTR is dirty"));
	m->valid |= (uint8_t)bits;
}

/*
 * Marks part of "m" valid and clean.  For a whole page the mappings forget
 * that they were written through; under a superpage that demotes it.
 *
 * FreeBSD vm_page.c vm_page_set_validclean(): adapted, partial blocks are not
 * zeroed.
 */
void
vm_page_set_validclean(struct machine *mach, vm_page_t m, int base, int size)
{
	int bits;
	FRAME();

	NONNULL(m);
	bits = vm_page_bits(mach, base, size);
	m->valid |= (uint8_t)bits;
	/* Before the pmap is asked: what it finds afterwards counts again. */
	vm_page_use(mach, m)->dirty &= (uint8_t)~bits;
	if (base == 0 && size == (int)PAGE_SIZE) {
		pmap_clear_modify(mach, m);
		m->oflags &= (uint16_t)~VPO_NOSYNC;
	}
}

/*
 * Marks part of "m" invalid and clean.
 *
 * FreeBSD vm_page.c vm_page_set_invalid(): adapted, partial blocks are not
 * zeroed.
 */
void
vm_page_set_invalid(struct machine *mach, vm_page_t m, int base, int size)
{
	int bits;
	FRAME();

	bits = vm_page_bits(mach, base, size);
	/* A mapping would show contents that are no longer there. */
	if (m->valid == VM_PAGE_BITS_ALL && bits != 0)
		pmap_remove_all(mach, m);
	m->valid &= (uint8_t)~bits;
	vm_page_use(mach, m)->dirty &= (uint8_t)~bits;
}
