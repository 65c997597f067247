/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory pressure.  The kernel's page daemon is a thread; here it is a
 * function, which runs when somebody calls it or sleeps for memory, and only
 * in outline: there is no swap and no file to write to, so a dirty page stays,
 * and a clean one that is freed comes back as zeroes, or from the object
 * behind.
 */
#include "vm/vm_pageout.h"

#include "vm/pmap.h"
#include "vm/vm_object.h"

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

/*
 * How often "m" was referenced since somebody asked last, and forgets it.
 *
 * FreeBSD vm_pageout.c vm_pageout_scan(): adapted, a part of its outline.
 */
static int
vm_pageout_referenced(struct machine *mach, vm_page_t m)
{
	int count;

	count = (vm_page_flags(m) & PG_REFERENCED) != 0;
	vm_page_flag_clear(m, PG_REFERENCED);
	/* Also of an object that nobody refers to: the bits must be clear. */
	count += pmap_ts_referenced(mach, m);
	return (m->object->ref_count != 0 ? count : 0);
}

/*
 * Whether "m" is somebody's at this moment.
 *
 * FreeBSD vm_pageout.c vm_pageout_scan(): adapted, a part of its outline.
 */
static bool
vm_pageout_in_use(const struct vm_page *m)
{

	return (m->hold_count != 0 || m->busy != 0 ||
	    (m->oflags & VPO_BUSY) != 0);
}

/*
 * Scans the inactive queue once, from the page deactivated longest ago, until
 * "shortage" pages are free: referenced pages become active again, clean ones
 * are freed.  Returns the number of pages that it freed; those that became
 * active are added to "moved".
 *
 * FreeBSD vm_pageout.c vm_pageout_scan(): adapted, an outline of its first
 * half; dirty pages are left alone.
 */
static int
vm_pageout_scan_inactive(struct machine *mach, int shortage, int *moved)
{
	struct pglist *queue = &mach->vm_page->queues[PQ_INACTIVE];
	vm_page_t m, next;
	unsigned left;
	int count, freed;
	FRAME_AS("vm_pageout_scan");

	freed = 0;
	left = mach->cnt.v_inactive_count;
	for (m = TAILQ_FIRST(queue); m != NULL && left > 0 && freed < shortage;
	     m = next, left--) {
		next = TAILQ_NEXT(m, pageq);
		if (vm_pageout_in_use(m)) {
			vm_page_requeue(mach, m);
			continue;
		}
		count = vm_pageout_referenced(mach, m);
		if (count > 0) {
			vm_page_activate(mach, m);
			count += m->act_count + ACT_ADVANCE;
			m->act_count = (uint8_t)(count < ACT_MAX ? count :
								   ACT_MAX);
			++*moved;
		} else if (m->valid == 0) {
			pmap_remove_all(mach, m);
			vm_page_free(mach, m);
			freed++;
		} else {
			vm_page_test_dirty(mach, m);
			freed += vm_page_try_to_free(mach, m);
		}
	}
	return (freed);
}

/*
 * Scans the active queue once: referenced pages gain activity, all others lose
 * some, and those that have none left become inactive, "shortage" of them at
 * most.  Returns how many pages changed.
 *
 * FreeBSD vm_pageout.c vm_pageout_scan(): adapted, an outline of its second
 * half.
 */
static int
vm_pageout_scan_active(struct machine *mach, int shortage)
{
	struct pglist *queue = &mach->vm_page->queues[PQ_ACTIVE];
	vm_page_t m, next;
	unsigned left;
	int count, moved;
	FRAME_AS("vm_pageout_scan");

	moved = 0;
	/* Held pages are counted here too; the walk ends at NULL then. */
	left = mach->cnt.v_active_count;
	for (m = TAILQ_FIRST(queue); m != NULL && left > 0 && shortage > 0;
	     m = next, left--) {
		next = TAILQ_NEXT(m, pageq);
		if (vm_pageout_in_use(m)) {
			vm_page_requeue(mach, m);
			continue;
		}
		moved++;
		count = vm_pageout_referenced(mach, m);
		if (count > 0) {
			count += m->act_count + ACT_ADVANCE;
			m->act_count = (uint8_t)(count < ACT_MAX ? count :
								   ACT_MAX);
			vm_page_requeue(mach, m);
			continue;
		}
		m->act_count -= m->act_count < ACT_DECLINE ? m->act_count :
							     ACT_DECLINE;
		if (m->object->ref_count == 0 || m->act_count == 0) {
			vm_page_deactivate(mach, m);
			shortage--;
		} else
			vm_page_requeue(mach, m);
	}
	return (moved);
}

/*
 * Scans both queues again and again.  It ends when the target is reached, or
 * when a pass changes nothing.  Each pass that changes something takes
 * references or activity away, or pages, and meanwhile nobody adds any: so
 * one of the two comes about.
 *
 * FreeBSD vm_pageout.c vm_pageout(): adapted, it does not run beside others.
 */
void
vm_pageout(struct machine *mach)
{
	int freed, moved, shortage;
	FRAME();

	mach->vm_page->pageproc = true;
	shortage = vm_paging_target(mach) + (int)mach->cnt.vm_pageout_deficit;
	mach->cnt.vm_pageout_deficit = 0;
	while (shortage > 0) {
		moved = 0;
		freed = vm_pageout_scan_inactive(mach, shortage, &moved);
		shortage = vm_paging_target(mach);
		moved += vm_pageout_scan_active(mach,
		    shortage + (int)mach->cnt.v_inactive_target -
			(int)mach->cnt.v_inactive_count);
		if (freed + moved == 0)
			break;
	}
	mach->vm_page->pageproc = false;
	if (!vm_paging_needed(mach))
		mach->cnt.vm_pages_needed = false;
}

/*
 * Sleeps until memory is no longer short.  While the thread sleeps the page
 * daemon runs, and nobody else, so that what it cannot free is not freed.
 *
 * FreeBSD vm_pageout.c vm_wait(): adapted, it stops the machine where the
 * thread would sleep for ever.
 */
void
vm_wait(struct machine *mach)
{
	FRAME();

	mach->cnt.vm_pages_needed = true;
	/* There may be memory, and who wakes up gets none all the same. */
	if (inject_is_endless(mach, PMAPSIM_INJECT_PAGE_ALLOC))
		stop("vm_wait: the thread sleeps on \"vmwait\" and every page "
		     "allocation is made to fail");
	if (vm_page_count_min(mach)) {
		/* The daemon's own sleep is one that it alone could end. */
		if (!mach->vm_page->pageproc)
			vm_pageout(mach);
		if (vm_page_count_min(mach))
			stop("vm_wait: the thread sleeps on \"vmwait\" and "
			     "nothing will free a page");
	} else if (!vm_paging_needed(mach))
		mach->cnt.vm_pages_needed = false;
}
