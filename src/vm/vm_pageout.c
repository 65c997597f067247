/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page daemon.  In the kernel it is a thread of its own.  Here it runs
 * when a thread sleeps for memory, from where it slept until it sleeps again;
 * nobody else runs meanwhile.
 *
 * There is no swap.  A clean page is freed and comes back as zeroes, or from
 * the object behind.  A dirty one is written nowhere: the attempt fails, the
 * page becomes active again, and what stays of the attempt is that its object
 * belongs to the swap pager from now on, which vm_fault() then asks.
 */
#include "vm/vm_pageout.h"

#include <limits.h>

#include "vm/pmap.h"
#include "vm/vm_kernels.h"
#include "vm/vm_object.h"
#include "vm/vm_page_tree.h"

/* Dirty pages that a scan may try to write: few at first, then all. */
#define MAXLAUNDER_FIRST 32
#define MAXLAUNDER 10000
#define PAGE_CLUSTER_MAX 16 /* pages written together */

/*
 * Scans without a freed page after which the thread is taken to sleep for
 * ever.  A page's activity fits eight bits and falls by one a scan, then the
 * page is inactive, and a further scan frees it unless it is dirty.
 */
#define FRUITLESS_SCANS_MAX 300

/*
 * One scan.  Made and used up by vm_pageout_scan(); "shortage" is how many
 * pages it is still to free, or to deactivate in its second half.
 */
struct pageout_scan {
	int pass;	/* 0: dirty pages get a second round */
	int shortage;	/* pages */
	int addl;	/* pages in use, that the second half makes up for */
	int maxlaunder; /* pages that may still be written */
	int freed;	/* pages */
};

/*
 * Asks for the page daemon's work.  It does not run now: who asks has not
 * finished.
 *
 * FreeBSD vm_pageout.c pagedaemon_wakeup(): adapted, the flag is all.
 */
void
pagedaemon_wakeup(struct machine *mach)
{

	if (!mach->vm_page->pageproc)
		mach->cnt.vm_pages_needed = true;
}

/* Whether somebody reads or writes the page at this moment. */
static inline bool
vm_page_in_io(const struct vm_page *m)
{

	return (m->busy != 0 || (m->oflags & VPO_BUSY) != 0);
}

/*
 * The page of "object" at "pindex" if it can be written together with its
 * neighbour; NULL otherwise.
 *
 * FreeBSD vm_pageout.c vm_pageout_clean(), a part of it: same.
 */
static vm_page_t
vm_pageout_neighbour(struct machine *mach, vm_object_t object,
    vm_pindex_t pindex)
{
	vm_page_t m;

	m = vm_page_find(object, pindex);
	if (m == NULL || vm_page_in_io(m))
		return (NULL);
	vm_page_test_dirty(mach, m);
	if ((vm_page_use(mach, m)->dirty & m->valid) == 0 ||
	    m->queue != PQ_INACTIVE || m->wire_count != 0 || m->hold_count != 0)
		return (NULL);
	return (m);
}

/*
 * Tries to write "count" pages.  All of them lose the right to be written
 * through a mapping first, so that what is on its way out cannot change.  The
 * default pager hands the object to the swap pager, which has no space: every
 * page fails, and is made active so that it does not clog the queue.
 *
 * FreeBSD vm_pageout.c vm_pageout_flush(), default_pager.c
 * default_pager_putpages(), swap_pager.c swap_pager_putpages(): adapted, there
 * is no swap.
 */
static void
vm_pageout_flush(struct machine *mach, vm_page_t *mc, int count)
{
	vm_object_t object = mc[0]->object;
	int i;
	FRAME();

	for (i = 0; i < count; i++) {
		KASSERT(mc[i]->valid == VM_PAGE_BITS_ALL,
		    ("vm_pageout_flush: partially invalid page PTR index "
		     "%d/%d",
			i, count));
		vm_page_io_start(mach, mc[i]);
		pmap_remove_write(mach, mc[i]);
	}
	if (object->type == OBJT_DEFAULT)
		object->type = OBJT_SWAP;
	for (i = 0; i < count; i++) {
		vm_page_activate(mach, mc[i]);
		vm_page_io_finish(mach, mc[i]);
		if (vm_page_count_severe(mach))
			(void)vm_page_try_to_cache(mach, mc[i]);
	}
}

/*
 * Tries to write dirty page "m" with those neighbours that are dirty and
 * inactive too: backwards to a multiple of the cluster's size, forwards, and
 * what is left backwards again.
 *
 * FreeBSD vm_pageout.c vm_pageout_clean(): same.
 */
static void
vm_pageout_clean(struct machine *mach, vm_page_t m)
{
	const int max = (int)vm_pageout_page_count(mach);
	vm_page_t mc[2 * PAGE_CLUSTER_MAX], p;
	vm_object_t object = m->object;
	vm_pindex_t back, forward;
	int base, count;
	bool backwards;
	FRAME();

	base = max;
	mc[base] = m;
	count = 1;
	back = forward = 1;
	backwards = true;
	do {
		while (backwards && count < max) {
			p = back > m->pindex ? NULL :
					       vm_pageout_neighbour(mach,
						   object, m->pindex - back);
			if (p == NULL) {
				backwards = false;
				break;
			}
			mc[--base] = p;
			count++;
			if ((m->pindex - back++) % (vm_pindex_t)max == 0)
				break;
		}
		while (count < max && m->pindex + forward < object->size) {
			p = vm_pageout_neighbour(mach, object,
			    m->pindex + forward);
			if (p == NULL)
				break;
			mc[base + count++] = p;
			forward++;
		}
	} while (backwards && count < max);
	vm_pageout_flush(mach, &mc[base], count);
}

/*
 * Whether inactive page "m" was used since somebody asked last; it is then
 * active again.  A page of an object that nobody refers to only forgets it.
 *
 * FreeBSD vm_pageout.c vm_pageout_scan(), a part of it: same.
 */
static bool
vm_pageout_reactivate(struct machine *mach, vm_page_t m)
{
	int advance;

	if (m->object->ref_count == 0) {
		vm_page_aflag_clear(mach, m, PG_REFERENCED);
		KASSERT(!pmap_page_is_mapped(mach, m),
		    ("vm_pageout_scan: page PTR is mapped"));
		return (false);
	}
	if ((vm_page_aflags(mach, m) & PG_REFERENCED) != 0) {
		vm_page_aflag_clear(mach, m, PG_REFERENCED);
		advance = pmap_ts_referenced(mach, m) + 1;
	} else if ((advance = pmap_ts_referenced(mach, m)) == 0)
		return (false);
	vm_page_activate(mach, m);
	/* In eight bits: only the scan of active pages knows a limit. */
	m->act_count = (uint8_t)(m->act_count + advance + ACT_ADVANCE);
	return (true);
}

/*
 * Does with inactive page "m" what can be done: it becomes active, is freed,
 * is sent round once more, or is tried to be written.
 *
 * FreeBSD vm_pageout.c vm_pageout_scan(), a part of it: same, no files.
 */
static void
vm_pageout_inactive_page(struct machine *mach, struct pageout_scan *scan,
    vm_page_t m)
{

	if (m->hold_count != 0) {
		vm_page_requeue(mach, m);
		scan->addl++;
		return;
	}
	if (vm_page_in_io(m)) {
		scan->addl++;
		return;
	}
	if (vm_pageout_reactivate(mach, m))
		return;
	if (vm_page_use(mach, m)->dirty != VM_PAGE_BITS_ALL &&
	    (vm_page_aflags(mach, m) & PG_WRITEABLE) != 0) {
		if (pmap_is_modified(mach, m))
			vm_page_dirty(mach, m);
		else if (vm_page_use(mach, m)->dirty == 0)
			pmap_remove_all(mach, m);
	}
	if (m->valid == 0 || vm_page_use(mach, m)->dirty == 0) {
		if (m->valid == 0)
			vm_page_free(mach, m);
		else
			vm_page_cache(mach, m);
		scan->shortage--;
		scan->freed++;
	} else if ((vm_page_flags(m) & PG_WINATCFLS) == 0 && scan->pass == 0) {
		vm_page_flag_set(m, PG_WINATCFLS);
		vm_page_requeue(mach, m);
	} else if (scan->maxlaunder > 0) {
		if ((m->object->flags & OBJ_DEAD) != 0 ||
		    !vm_object_is_anonymous(m->object))
			vm_page_requeue(mach, m);
		else
			vm_pageout_clean(mach, m);
	}
}

/*
 * Scans the inactive queue from its head, as many pages as it has, until
 * "shortage" pages are free.  A page that is written takes its neighbours with
 * it off the queue; where the next one is among them, the scan goes on at the
 * head.  There it may meet pages that it sent round once more itself.
 *
 * FreeBSD vm_pageout.c vm_pageout_scan(), its first half: same.
 */
static void
vm_pageout_scan_inactive(struct machine *mach, struct pageout_scan *scan)
{
	struct pglist *queue = &mach->vm_page->queues[PQ_INACTIVE];
	vm_page_t m, next;
	unsigned left;

	left = mach->cnt.v_inactive_count;
	next = TAILQ_FIRST(queue);
	while ((m = next) != NULL && left > 0 && scan->shortage > 0) {
		if (m->queue != PQ_INACTIVE) {
			next = TAILQ_FIRST(queue);
			continue;
		}
		next = TAILQ_NEXT(m, pageq);
		vm_pageout_inactive_page(mach, scan, m);
		left--;
	}
}

/*
 * Does with active page "m", which was not used, what can be done: it loses
 * activity, and with the last of it, it becomes inactive.  A page of an object
 * that nobody refers to need not wait, and if clean is freed.
 *
 * FreeBSD vm_pageout.c vm_pageout_scan(), a part of it: same.
 */
static void
vm_pageout_decline(struct machine *mach, struct pageout_scan *scan, vm_page_t m)
{

	m->act_count -= m->act_count < ACT_DECLINE ? m->act_count : ACT_DECLINE;
	if (m->object->ref_count != 0 && m->act_count != 0) {
		vm_page_requeue(mach, m);
		return;
	}
	scan->shortage--;
	if (m->object->ref_count == 0) {
		pmap_remove_all(mach, m);
		if (vm_page_use(mach, m)->dirty == 0) {
			vm_page_cache(mach, m);
			scan->freed++;
			return;
		}
	}
	vm_page_deactivate(mach, m);
}

/*
 * Scans the active queue once from its head, until "shortage" pages have
 * become inactive: pages that were used gain activity, all others lose some.
 *
 * FreeBSD vm_pageout.c vm_pageout_scan(), its second half: same.
 */
static void
vm_pageout_scan_active(struct machine *mach, struct pageout_scan *scan)
{
	struct pglist *queue = &mach->vm_page->queues[PQ_ACTIVE];
	vm_page_t m, next;
	unsigned left;
	int count;

	/* Held pages are counted here too; the walk ends at NULL then. */
	left = mach->cnt.v_active_count;
	for (m = TAILQ_FIRST(queue);
	     m != NULL && left > 0 && scan->shortage > 0; m = next, left--) {
		next = TAILQ_NEXT(m, pageq);
		if (vm_page_in_io(m) || m->hold_count != 0) {
			vm_page_requeue(mach, m);
			continue;
		}
		count = 0;
		if (m->object->ref_count != 0)
			count = ((vm_page_aflags(mach, m) & PG_REFERENCED) !=
				    0) +
			    pmap_ts_referenced(mach, m);
		vm_page_aflag_clear(mach, m, PG_REFERENCED);
		if (count > 0) {
			count += m->act_count + ACT_ADVANCE;
			m->act_count = (uint8_t)(count < ACT_MAX ? count :
								   ACT_MAX);
			vm_page_requeue(mach, m);
		} else
			vm_pageout_decline(mach, scan, m);
	}
}

/*
 * Scans both queues once.  Returns the number of pages that it freed.
 *
 * FreeBSD vm_pageout.c vm_pageout_scan(): adapted, no process is killed when
 * memory and swap are used up.
 */
static int
vm_pageout_scan(struct machine *mach, int pass)
{
	struct pageout_scan scan;
	int deficit;
	FRAME();

	deficit = (int)mach->cnt.vm_pageout_deficit;
	mach->cnt.vm_pageout_deficit = 0;
	scan.pass = pass;
	scan.shortage = vm_paging_target(mach) + deficit;
	scan.addl = deficit;
	scan.maxlaunder = pass == 0 ? MAXLAUNDER_FIRST : MAXLAUNDER;
	scan.freed = 0;
	vm_pageout_scan_inactive(mach, &scan);
	scan.shortage = vm_paging_target(mach) +
	    (int)mach->cnt.v_inactive_target - (int)mach->cnt.v_inactive_count +
	    scan.addl;
	vm_pageout_scan_active(mach, &scan);
	mach->cnt.pageout_scans++;
	return (scan.freed);
}

/*
 * Runs the page daemon from where it slept until it sleeps again; false when
 * it would go on for ever without waking the thread that sleeps for memory.
 *
 * It scans a second time at once when the first scan was not enough.  From
 * then on it sleeps between scans, which is when the thread, if it was woken,
 * gets its turn.
 *
 * FreeBSD vm_pageout.c vm_pageout(): adapted, it does not run beside others,
 * and nothing happens while it sleeps by the clock.
 */
bool
vm_pageout(struct machine *mach)
{
	struct vmmeter *cnt = &mach->cnt;
	int *pass = &mach->vm_page->pageout_pass;
	int fruitless;
	bool woken;
	FRAME();

	mach->vm_page->pageproc = true;
	fruitless = 0;
	woken = false;
	do {
		if (vm_pageout_scan(mach, *pass) != 0)
			fruitless = 0;
		else
			fruitless++;
		if (!cnt->vm_pages_needed)
			woken = true; /* a page that was freed did it */
		else if (!vm_page_count_min(mach)) {
			if (!vm_paging_needed(mach))
				cnt->vm_pages_needed = false;
			woken = true;
		}
		if (!cnt->vm_pages_needed)
			*pass = *pass > 1;
		else if (*pass < INT_MAX)
			++*pass;
	} while (cnt->vm_pages_needed && (*pass == 1 || !woken) &&
	    fruitless < FRUITLESS_SCANS_MAX);
	mach->vm_page->pageproc = false;
	return (woken);
}

/*
 * Sleeps until memory is no longer short.  While the thread sleeps the page
 * daemon runs, and nobody else, so that what it cannot free is not freed.
 *
 * FreeBSD vm_page.c vm_wait(), vm_waitpfault(): adapted, it stops the machine
 * where the thread would sleep for ever.
 */
void
vm_wait(struct machine *mach)
{
	FRAME();

	mach->cnt.vm_pages_needed = true;
	if (!page_daemon_is_known(mach))
		stop("vm_wait: the thread sleeps for memory, and this kernel's "
		     "page daemon is not simulated");
	/* Even with memory, the thread would get none when it wakes up. */
	if (inject_is_endless(mach, PMAPSIM_INJECT_PAGE_ALLOC))
		stop("vm_wait: the thread sleeps on \"vmwait\" and every page "
		     "allocation is made to fail");
	/* Where the page daemon itself sleeps for memory, nobody frees any. */
	if (mach->vm_page->pageproc || !vm_pageout(mach))
		stop("vm_wait: the thread sleeps on \"vmwait\" and nothing "
		     "will free a page");
}
