/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page as a user sees it.  It is here and not in vm because only the pmap
 * can count a page's mappings.
 */
#include "amd64/pmap_var.h"
#include "vm/vm_phys.h"

/*
 * Fills "info" from the descriptor, complements resolved.  A block untouched
 * since boot has no order in its descriptor; it is told all the same.
 *
 * Simulator only.
 */
void
pmapsim_page_info(struct machine *mach, vm_page_t m,
    struct pmapsim_page_info *info)
{
	const vm_paddr_t pa = VM_PAGE_TO_PHYS(m);
	pv_entry_t pv;

	CHECK_PAGE(m);
	NONNULL(info);
	info->phys_addr = pa;
	info->object = m->object;
	info->pindex = m->pindex;
	info->wire_count = m->wire_count;
	info->hold_count = m->hold_count;
	info->flags = vm_page_flags(m) | vm_page_aflags(mach, m);
	info->oflags = m->oflags;
	info->queue = m->queue;
	info->act_count = m->act_count;
	info->busy = m->busy;
	info->valid = m->valid;
	info->dirty = vm_page_use(mach, m)->dirty;
	info->order = (uint8_t)vm_page_order(m);
	if (vm_phys_is_untouched(mach, pa) &&
	    (pa & ((PAGE_SIZE << (VM_NFREEORDER - 1)) - 1)) == 0)
		info->order = VM_NFREEORDER - 1;
	info->pool = m->pool;
	info->pv_count = 0;
	TAILQ_FOREACH(pv, &vm_page_md(mach, m)->pv_list, pv_list)
		info->pv_count++;
}
