/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thresholds of free memory.  In the kernel the page daemon sets them when
 * it starts, and until then they are 0; here they hold from the first
 * allocation on, as in the recorded traces.
 */
#include "vm/vm_meter.h"

#define MAXBSIZE 65536

/*
 * Computes the thresholds from the pages that there are, in integer
 * arithmetic and in this order: v_free_severe is half of v_free_min before
 * the reserve is added to either.
 *
 * FreeBSD vm_pageout.c vm_pageout(): adapted, its beginning only, and no limit
 * on wired memory.  Nor on v_inactive_target: a third of the free pages is more
 * than it can be while all pages are free, as they are at boot.
 */
void
vm_meter_startup(struct machine *mach)
{
	struct vmmeter *cnt = &mach->cnt;

	cnt->v_interrupt_free_min = 2;
	cnt->v_free_min = 4;
	if (cnt->v_page_count > 1024)
		cnt->v_free_min += (cnt->v_page_count - 1024) / 200;
	cnt->v_pageout_free_min = 2 * MAXBSIZE / PAGE_SIZE +
	    cnt->v_interrupt_free_min;
	cnt->v_free_reserved = vm_pageout_page_count(mach) +
	    cnt->v_pageout_free_min + cnt->v_page_count / 768;
	cnt->v_free_severe = cnt->v_free_min / 2;
	cnt->v_free_min += cnt->v_free_reserved;
	cnt->v_free_severe += cnt->v_free_reserved;
	cnt->v_free_target = (cnt->v_free_count > 6144 ? 4 : 2) *
		cnt->v_free_min +
	    cnt->v_free_reserved;
	if (cnt->v_free_count > 2048) {
		cnt->v_cache_min = cnt->v_free_target;
		cnt->v_cache_max = 2 * cnt->v_cache_min;
		cnt->v_inactive_target = 3 * cnt->v_free_target / 2;
	} else {
		cnt->v_cache_min = 0;
		cnt->v_cache_max = 0;
		cnt->v_inactive_target = cnt->v_free_count / 4;
	}
}
