/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What vm_phys.c keeps, told: queue by queue for dumps and audits, and as the
 * kernel's own tables.
 */
#include "vm/vm_phys.h"

#include <stdarg.h>
#include <stdio.h>

#define ORDER_MAX (VM_NFREEORDER - 1)
#define BLOCK_BYTES(order) (PAGE_SIZE << (order))

/*
 * Visits the blocks of a queue in order.
 *
 * Simulator only.
 */
void
vm_phys_foreach(struct machine *mach, int list, int pool, int order,
    void (*visit)(struct machine *mach, vm_paddr_t pa, void *arg), void *arg)
{
	const struct vm_phys *vp = mach->vm_phys;
	uint64_t left = atop(mach->config.mem);
	vm_paddr_t pa;
	vm_page_t m;

	if (pool == VM_FREEPOOL_DEFAULT && order == ORDER_MAX)
		for (pa = vp->untouched[list].start;
		     pa < vp->untouched[list].end; pa += BLOCK_BYTES(ORDER_MAX))
			visit(mach, pa, arg);
	/* A list that leads back into itself is not followed for ever. */
	TAILQ_FOREACH(m, &vp->queues[list][pool][order].pl, pageq) {
		if (left-- == 0)
			break;
		visit(mach, VM_PAGE_TO_PHYS(m), arg);
	}
}

/*
 * Counts the blocks of a queue, in constant time.
 *
 * Simulator only.
 */
long
vm_phys_queue_length(struct machine *mach, int list, int pool, int order)
{
	const struct vm_phys *vp = mach->vm_phys;
	long length = vp->queues[list][pool][order].lcnt;

	if (pool == VM_FREEPOOL_DEFAULT && order == ORDER_MAX)
		length += (int64_t)((vp->untouched[list].end -
					vp->untouched[list].start) /
		    BLOCK_BYTES(ORDER_MAX));
	return (length);
}

/* Text that may be longer than its buffer; "length" is what it would be. */
struct vm_phys_text {
	char *buf;
	size_t size;
	size_t length;
};

static void __attribute__((format(printf, 2, 3)))
vm_phys_printf(struct vm_phys_text *text, const char *format, ...)
{
	size_t left;
	va_list ap;
	int n;

	left = text->length < text->size ? text->size - text->length : 0;
	va_start(ap, format);
	n = vsnprintf(left > 0 ? text->buf + text->length : NULL, left, format,
	    ap);
	va_end(ap);
	if (n > 0)
		text->length += (size_t)n;
}

/*
 * Writes the free lists as a table, orders descending.
 *
 * FreeBSD vm_phys.c sysctl_vm_phys_free(): same.
 */
int
vm_phys_sysctl_free(struct machine *mach, char *buf, size_t size)
{
	struct vm_phys_text text = {buf, size, 0};
	int list, order, pool;

	for (list = 0; list < mach->vm_phys->nfreelists; list++) {
		vm_phys_printf(&text,
		    "\nFREE LIST %d:\n\n"
		    "  ORDER (SIZE)  |  NUMBER\n              ",
		    list);
		for (pool = 0; pool < VM_NFREEPOOL; pool++)
			vm_phys_printf(&text, "  |  POOL %d", pool);
		vm_phys_printf(&text, "\n--            ");
		for (pool = 0; pool < VM_NFREEPOOL; pool++)
			vm_phys_printf(&text, "-- --      ");
		vm_phys_printf(&text, "--\n");
		for (order = ORDER_MAX; order >= 0; order--) {
			vm_phys_printf(&text, "  %2.2d (%6.6dK)", order,
			    1 << (PAGE_SHIFT - 10 + order));
			for (pool = 0; pool < VM_NFREEPOOL; pool++)
				vm_phys_printf(&text, "  |  %6.6d",
				    (int)vm_phys_queue_length(mach, list, pool,
					order));
			vm_phys_printf(&text, "\n");
		}
	}
	return ((int)text.length);
}

/*
 * Writes the segments.
 *
 * FreeBSD vm_phys.c sysctl_vm_phys_segs(): adapted, no host address.
 */
int
vm_phys_sysctl_segs(struct machine *mach, char *buf, size_t size)
{
	struct vm_phys_text text = {buf, size, 0};
	const struct vm_phys_seg *seg;
	int i;

	for (i = 0; i < mach->vm_phys->nsegs; i++) {
		seg = &mach->vm_phys->segs[i];
		vm_phys_printf(&text, "\nSEGMENT %d:\n\n", i);
		vm_phys_printf(&text, "start:     %#jx\n",
		    (uintmax_t)seg->start);
		vm_phys_printf(&text, "end:       %#jx\n", (uintmax_t)seg->end);
		vm_phys_printf(&text, "free list: %s\n", PANIC_TEXT_PTR);
	}
	return ((int)text.length);
}
