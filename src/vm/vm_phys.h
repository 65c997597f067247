/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vm_phys: the buddy allocator of physical memory.
 */
#ifndef VM_VM_PHYS_H
#define VM_VM_PHYS_H

#include "vm/vm_page.h"

#define VM_NFREELIST 2
#define VM_FREELIST_DEFAULT 0 /* 16 MB and above; searched first */
#define VM_FREELIST_ISADMA 1  /* below 16 MB */
#define VM_ISADMA_BOUNDARY UINT64_C(16777216)
#define VM_PHYSSEG_MAX 31

/*
 * A run of physical memory [start, end) whose free blocks share free lists.
 * Made at boot, ascending; never changes.
 */
struct vm_phys_seg {
	vm_paddr_t start;
	vm_paddr_t end;
	int list; /* VM_FREELIST_* */
};

/*
 * Free blocks of one pool and order, known by their first pages.  They are
 * taken at the head and freed to the tail; what a split leaves over goes to
 * the head.
 */
struct vm_freelist {
	struct pglist pl;
	int lcnt; /* blocks on pl; untouched ones are not on it */
};

/*
 * The blocks of order 12 that have never been touched since boot, [start,
 * end): they stand in front of queue[VM_FREEPOOL_DEFAULT][12] of their list
 * in ascending order, without a link or an order in any descriptor, so that a
 * large machine boots without touching its page array.  They leave at the
 * start, one by one, or are all given links at once when somebody needs them
 * out of order.
 */
struct vm_phys_untouched {
	vm_paddr_t start;
	vm_paddr_t end;
};

/* Made by vm_phys_startup() from [first, mem); lives as long as the machine. */
struct vm_phys {
	int nsegs;
	int nfreelists;
	struct vm_phys_seg segs[VM_PHYSSEG_MAX];
	struct vm_freelist queues[VM_NFREELIST][VM_NFREEPOOL][VM_NFREEORDER];
	struct vm_phys_untouched untouched[VM_NFREELIST];
	int zero_cursor[3]; /* vm_phys_zero_pages_idle(): list, pool, order */
	long cnt_prezero;
};

void vm_phys_startup(struct machine *mach);
/* vm_phys_alloc_pages() and vm_phys_free_pages() of arguments known right. */
vm_page_t vm_phys_alloc_block(struct machine *mach, int pool, int order);
void vm_phys_free_block(struct machine *mach, vm_page_t m, int order);
/*
 * Gives the pages of [start, end) to the allocator; ranges come in ascending
 * order and do not touch.
 */
void vm_phys_add_range(struct machine *mach, vm_paddr_t start, vm_paddr_t end);
/* Gives the list's untouched blocks their links and orders. */
void vm_phys_touch_all(struct machine *mach, int list);
void vm_phys_set_pool(struct machine *mach, int pool, vm_page_t m, int order);
boolean_t vm_phys_zero_pages_idle(struct machine *mach);

/*
 * Calls visit(pa, arg) for each block of a queue, in queue order, untouched
 * ones included; for dumps and audits.
 */
void vm_phys_foreach(struct machine *mach, int list, int pool, int order,
    void (*visit)(struct machine *mach, vm_paddr_t pa, void *arg), void *arg);
/* Blocks on the queue, untouched ones included. */
long vm_phys_queue_length(struct machine *mach, int list, int pool, int order);
/* True when "pa" lies in the untouched range of its list. */
bool vm_phys_is_untouched(struct machine *mach, vm_paddr_t pa);
/* vm.phys_free and vm.phys_segs; length as snprintf. */
int vm_phys_sysctl_free(struct machine *mach, char *buf, size_t size);
int vm_phys_sysctl_segs(struct machine *mach, char *buf, size_t size);

#endif /* VM_VM_PHYS_H */
