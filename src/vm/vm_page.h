/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages: the descriptor of a 4 KiB frame, the paging queues, and an object's
 * set of pages.  No page-table entry is seen here.
 */
#ifndef VM_VM_PAGE_H
#define VM_VM_PAGE_H

#include <string.h>

#include <pmapsim/vm.h>

#include "base/machine.h"
#include "base/queue.h"
#include "vm/vm_meter.h"

struct pv_entry;
TAILQ_HEAD(pv_list, pv_entry);
TAILQ_HEAD(pglist, vm_page);

/*
 * What the pmap keeps with each page, and with each 2 MB frame; elements of
 * md_page_array and of pv_table, for the life of the machine.
 */
struct md_page {
	struct pv_list pv_list; /* mappings, oldest first, but where rotated */
};

/*
 * What is noted of a page's use.  Element i of mach->page_use stands for the
 * frame at i * PAGE_SIZE for the life of the machine, free or not.  Both fields
 * are FreeBSD's of struct vm_page; "aflags" are those bits of its flags that
 * the pmap changes, which 9.0 gives a field of their own, too.
 *
 * "aflags" has three bits more, which are ours.
 *
 * Where a page of a 2 MB frame has pv entries, one of the frame's 512 elements
 * has PG_SMALL.  It stays when the page is freed, and when the entries go; a
 * promotion, and the removal of a superpage, that finds the lists of all 512
 * pages empty takes it back.  Whose 512 elements have none need not look at 512
 * lists.
 *
 * PG_MEMATTR and PG_NO_PV say again what an allocated page's descriptor says:
 * that its attribute is not the default one, and that it is unmanaged.  A page
 * that has neither is entered without a look at its descriptor, which would be
 * one more line of the host's memory to wait for.
 */
struct page_use {
	uint8_t dirty;
	uint8_t aflags;
};

/* queue */
#define PQ_NONE 0
#define PQ_INACTIVE 1
#define PQ_ACTIVE 2
#define PQ_HOLD 3
#define PQ_COUNT 4

/* flags */
#define PG_CACHED 0x0001
#define PG_FREE 0x0002
#define PG_WINATCFLS 0x0004
#define PG_FICTITIOUS 0x0008
#define PG_ZERO 0x0040
#define PG_UNMANAGED 0x0800
#define PG_MARKER 0x1000
#define PG_SLAB 0x2000

/* aflags; whoever looks at a page from outside sees them among its flags */
#define PG_WRITEABLE 0x10
#define PG_REFERENCED 0x80
/* and what nobody sees, see struct page_use */
#define PG_MEMATTR 0x01
#define PG_NO_PV 0x02
#define PG_SMALL 0x08

/* oflags */
#define VPO_BUSY 0x0001
#define VPO_WANTED 0x0002
#define VPO_CLEANCHK 0x0100
#define VPO_SWAPINPROG 0x0200
#define VPO_NOSYNC 0x0400

#define ACT_DECLINE 1
#define ACT_ADVANCE 3
#define ACT_INIT 5
#define ACT_MAX 64

#define VM_PAGE_BITS_ALL 0xff
#define VM_NFREEPOOL 3
#define VM_FREEPOOL_DEFAULT 0
#define VM_FREEPOOL_DIRECT 1
#define VM_FREEPOOL_CACHE 2
#define VM_NFREEORDER 13 /* also the order of a page that heads no block */

/*
 * A page.  Element i of mach->vm_page_array stands for the frame at i *
 * PAGE_SIZE for the life of the machine.  A free page is on a free list of
 * vm_phys, or inside a larger free block, or an unused page of an active
 * reservation; vm_page_alloc() takes it from there and puts it into an
 * object, or into none (page tables, pv chunks); vm_page_free() returns it.
 *
 * pageq links a free block's head in its free list, or the page in a paging
 * queue.  listq links it in its object's memq, ascending; left and right are
 * the object's splay tree, or, for an idle page-table page, its pmap's pm_root
 * (right also links pages to be freed after an invalidation).
 *
 * Memory starts out zero-filled and must then describe a free page that heads
 * no free block and has the default attribute: so three fields hold the
 * complement of what FreeBSD's hold, and are reached by the functions below
 * only.  What is noted of a page's use is not here, see vm_page_use().
 *
 * Two fields are ours.  "recycled": the frame was freed once, so its
 * contents may be anything; before that they are zero and need no zeroing.
 * "map_wired": a fault wired the page for a map entry, and it has been wired
 * ever since; when its object ends meanwhile, nobody can unwire it any more.
 */
struct vm_page {
	TAILQ_ENTRY(vm_page) pageq;
	TAILQ_ENTRY(vm_page) listq;
	struct vm_page *left;
	struct vm_page *right;
	struct vm_object *object;
	vm_pindex_t pindex;
	union {
		struct {
			uint32_t wire_count;
			int16_t hold_count;
			uint8_t busy;
			uint8_t pat_mode_c; /* pat_mode ^ VM_MEMATTR_DEFAULT */
		};
		uint64_t unusual; /* 0: vm_page_free_toq() has a fast path */
	};
	uint16_t flags_c; /* flags ^ PG_FREE */
	uint16_t oflags;
	uint16_t cow;
	uint8_t queue;
	uint8_t order_c; /* VM_NFREEORDER - order */
	uint8_t pool;
	uint8_t act_count;
	uint8_t map_wired;
	uint8_t valid;
	uint8_t recycled;
	void *slab; /* uma_large_malloc()'s header while PG_SLAB */
} __attribute__((aligned(128)));
_Static_assert(sizeof(struct vm_page) == 128, "page index is a shift");

/*
 * Made by vm_page_startup(); lives as long as the machine.  Pages are appended
 * at the tail of a paging queue and removed anywhere; only vm_page_dontneed()
 * puts some at the head of PQ_INACTIVE, as the next to be freed.  PQ_HOLD
 * counts in v_active_count, as in the kernel.
 */
struct vm_page_state {
	struct pglist queues[PQ_COUNT];
	unsigned dontneed_weight; /* vm_page_dontneed()'s counter */
	long vm_page_zero_count;  /* free pages known to be zero */
	bool pageproc;		  /* it is the page daemon that runs */
	int pageout_pass;	  /* its scans so far that were not enough */
};

static inline vm_paddr_t
vm_page_to_phys(const struct machine *mach, const struct vm_page *m)
{
	/* An index would take one shift to make and another to use. */
	return (((uintptr_t)m - (uintptr_t)mach->vm_page_array) *
	    (PAGE_SIZE / sizeof(*m)));
}
#define VM_PAGE_TO_PHYS(m) vm_page_to_phys(mach, (m))

/*
 * FreeBSD's m->md.  It lies outside the descriptor, 16 bytes after that of the
 * page before: a promotion and a demotion look at 512 of them, and where many
 * superpages are worked on the host waits for as many lines of its memory as
 * these take up.
 */
static inline struct md_page *
vm_page_md(const struct machine *mach, const struct vm_page *m)
{
	return ((struct md_page *)(mach->md_page_bias +
	    (uintptr_t)m / (sizeof(*m) / sizeof(struct md_page))));
}

/*
 * FreeBSD's m->dirty and m->aflags.  They lie outside the descriptor: whoever
 * write-protects or removes a superpage writes those of 512 pages, which are 16
 * lines of the host's memory here and would be 512 there.
 */
static inline struct page_use *
vm_page_use(const struct machine *mach, const struct vm_page *m)
{
	return ((struct page_use *)(mach->page_use_bias +
	    (uintptr_t)m / (sizeof(*m) / sizeof(struct page_use))));
}

/*
 * The number of the 2 MB frame that "m" lies in, counted from the host's
 * address 0.  A table with an element a frame is found by it in fewer steps
 * than by the number that the machine counts, from where such a table would
 * begin: its bias.
 */
static inline uintptr_t
vm_page_frame(const struct vm_page *m)
{
	return ((uintptr_t)m / (NPTEPG * sizeof(*m)));
}

/* The bias of "table", whose elements are of "size" bytes. */
static inline uintptr_t
vm_page_frame_bias(const struct machine *mach, const void *table, size_t size)
{
	return ((uintptr_t)table - vm_page_frame(mach->vm_page_array) * size);
}

static inline struct md_page *
phys_to_md_page(const struct machine *mach, vm_paddr_t pa)
{
	return (&mach->md_page_array[pa >> PAGE_SHIFT]);
}

/*
 * Leaves of the 512 elements from "use" on the bits that "keep" has, and sets
 * those that "set" has: four elements in a step, of which the compiler makes
 * eight.
 */
static inline void
page_use_change(struct page_use *use, struct page_use keep, struct page_use set)
{
	const struct page_use keep4[4] = {keep, keep, keep, keep};
	const struct page_use set4[4] = {set, set, set, set};
	uint64_t kept, more, word;
	unsigned i;

	memcpy(&kept, keep4, sizeof(kept));
	memcpy(&more, set4, sizeof(more));
	for (i = 0; i < NPTEPG; i += 4) {
		memcpy(&word, &use[i], sizeof(word));
		word = (word & kept) | more;
		memcpy(&use[i], &word, sizeof(word));
	}
}

/* Marks the 512 pages from that of "use" on dirty. */
static inline void
page_use_dirty(struct page_use *use)
{

	page_use_change(use, (struct page_use) {0xff, 0xff},
	    (struct page_use) {VM_PAGE_BITS_ALL, 0});
}

/* Sets the aflags "set" of the 512 pages from that of "use" on, and clears the
 * aflags "clear". */
static inline void
page_use_aflags(struct page_use *use, uint8_t set, uint8_t clear)
{

	page_use_change(use, (struct page_use) {0xff, (uint8_t)~clear},
	    (struct page_use) {0, set});
}

/* Whether one of the 512 elements from "use" on has a bit of "aflags". */
static inline bool
page_use_any_aflag(const struct page_use *use, uint8_t aflags)
{
	const struct page_use asked[4] = {{0, aflags}, {0, aflags}, {0, aflags},
	    {0, aflags}};
	uint64_t seen, word, wanted;
	unsigned i;

	memcpy(&wanted, asked, sizeof(wanted));
	seen = 0;
	for (i = 0; i < NPTEPG; i += 4) {
		memcpy(&word, &use[i], sizeof(word));
		seen |= word;
	}
	return ((seen & wanted) != 0);
}

/* The page_use of the page at "pa", a multiple of PAGE_SIZE. */
static inline struct page_use *
frame_to_page_use(const struct machine *mach, vm_paddr_t pa)
{
	return ((struct page_use *)((char *)mach->page_use +
	    (size_t)(pa / (PAGE_SIZE / sizeof(struct page_use)))));
}

/* The md_page of the page at "pa", a multiple of PAGE_SIZE. */
static inline struct md_page *
frame_to_md_page(const struct machine *mach, vm_paddr_t pa)
{
	return ((struct md_page *)((char *)mach->md_page_array +
	    (size_t)(pa / (PAGE_SIZE / sizeof(struct md_page)))));
}

static inline struct vm_page *
phys_to_vm_page(const struct machine *mach, vm_paddr_t pa)
{
	return (&mach->vm_page_array[pa >> PAGE_SHIFT]);
}

/* phys_to_vm_page() of a multiple of PAGE_SIZE, which costs less. */
static inline struct vm_page *
frame_to_vm_page(const struct machine *mach, vm_paddr_t pa)
{
	return ((struct vm_page *)((char *)mach->vm_page_array +
	    (size_t)(pa / (PAGE_SIZE / sizeof(struct vm_page)))));
}

/* Whether "m" is one of the machine's descriptors at all. */
static inline bool
vm_page_is_ours(const struct machine *mach, const struct vm_page *m)
{
	const uintptr_t offset = (uintptr_t)m - (uintptr_t)mach->vm_page_array;

	return (offset % sizeof(*m) == 0 &&
	    offset / sizeof(*m) < mach->config.mem >> PAGE_SHIFT);
}
#define CHECK_PAGE(m) CHECK_PAGE_AS(__func__, m)
#define CHECK_PAGE_AS(func, m) \
	CHECK_OURS(func, m, "page", vm_page_is_ours(mach, (m)))

static inline uint16_t
vm_page_flags(const struct vm_page *m)
{
	return (m->flags_c ^ PG_FREE);
}

/*
 * For what is done to allocated pages only: a free page's links are those of
 * a free list, which the kernel would corrupt without a word.
 */
#define NOT_FREE(m)                                                         \
	do {                                                                \
		if (__builtin_expect((vm_page_flags(m) & PG_FREE) != 0, 0)) \
			vm_page_is_free_(mach, __func__, m);                \
	} while (0)
_Noreturn void vm_page_is_free_(struct machine *mach, const char *func,
    vm_page_t m) __attribute__((cold));

static inline void
vm_page_set_flags(struct vm_page *m, uint16_t flags)
{
	m->flags_c = flags ^ PG_FREE;
}

/* For bits other than PG_FREE, which only this folder changes. */
static inline void
vm_page_flag_set(struct vm_page *m, uint16_t bits)
{
	m->flags_c |= bits;
}

static inline void
vm_page_flag_clear(struct vm_page *m, uint16_t bits)
{
	m->flags_c &= (uint16_t)~bits;
}

static inline uint8_t
vm_page_aflags(const struct machine *mach, const struct vm_page *m)
{
	return (vm_page_use(mach, m)->aflags & (PG_WRITEABLE | PG_REFERENCED));
}

static inline void
vm_page_aflag_set(struct machine *mach, struct vm_page *m, uint8_t bits)
{
	vm_page_use(mach, m)->aflags |= bits;
}

static inline void
vm_page_aflag_clear(struct machine *mach, struct vm_page *m, uint8_t bits)
{
	vm_page_use(mach, m)->aflags &= (uint8_t)~bits;
}

/* What of the aflags a page that is allocated keeps. */
#define PG_KEPT (PG_SMALL | PG_MEMATTR)

/* Notes that mappings of "m" get no pv entries. */
static inline void
vm_page_note_unmanaged(struct machine *mach, struct vm_page *m)
{

	/* A step of its own, or managed pages would pay for it: budget
	 * vm_page_alloc/reservation. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	vm_page_aflag_set(mach, m, PG_NO_PV);
}

static inline int
vm_page_order(const struct vm_page *m)
{
	return (VM_NFREEORDER - m->order_c);
}

static inline void
vm_page_set_order(struct vm_page *m, int order)
{
	m->order_c = (uint8_t)(VM_NFREEORDER - order);
}

/* The counter of "queue"; held pages count as active. */
static inline unsigned *
vm_pageq_count(struct machine *mach, int queue)
{

	return (queue == PQ_INACTIVE ? &mach->cnt.v_inactive_count :
				       &mach->cnt.v_active_count);
}

/*
 * Takes "m" from its paging queue, if it is on one.
 *
 * FreeBSD vm_page.c vm_pageq_remove(): same.
 */
static inline void
vm_pageq_remove(struct machine *mach, vm_page_t m)
{
	const int queue = m->queue;

	if (queue == PQ_NONE)
		return;
	m->queue = PQ_NONE;
	TAILQ_REMOVE(&mach->vm_page->queues[queue], m, pageq);
	--*vm_pageq_count(mach, queue);
}

/*
 * vm_page_busy(), vm_page_wakeup() and vm_page_dirty() of a page that was found
 * in its object: what these ask of it is asked with invariants only.
 */
static inline void
vm_page_busy_found(struct machine *mach, vm_page_t m)
{
	if (__builtin_expect(mach->invariants, 0))
		vm_page_busy(mach, m);
	else
		m->oflags |= VPO_BUSY;
}

static inline void
vm_page_wakeup_found(struct machine *mach, vm_page_t m)
{
	if (__builtin_expect(mach->invariants, 0))
		vm_page_wakeup(mach, m);
	else
		m->oflags &= (uint16_t) ~(VPO_BUSY | VPO_WANTED);
}

/* vm_page_dirty_found() for who has the page_use of "m" at hand. */
static inline void
vm_page_dirty_use(struct machine *mach, vm_page_t m, struct page_use *use)
{
	if (__builtin_expect(mach->invariants, 0))
		vm_page_dirty(mach, m);
	else
		use->dirty = VM_PAGE_BITS_ALL;
}

static inline void
vm_page_dirty_found(struct machine *mach, vm_page_t m)
{

	vm_page_dirty_use(mach, m, vm_page_use(mach, m));
}

/*
 * vm_page_unwire() of a page that mostly is unmanaged and loses its last
 * wiring: it comes on no queue, and its caller is about to free it.
 *
 * FreeBSD vm_page.c vm_page_unwire_noq(): adapted, other pages may be queued.
 */
static inline void
vm_page_unwire_to_free(struct machine *mach, vm_page_t m)
{
	if (__builtin_expect(m->wire_count != 1 ||
		    (vm_page_flags(m) & (PG_FICTITIOUS | PG_UNMANAGED)) !=
			PG_UNMANAGED,
		0)) {
		vm_page_unwire(mach, m, 0);
		return;
	}
	m->wire_count = 0;
	m->map_wired = 0;
	mach->cnt.v_wire_count--;
}

void vm_page_startup(struct machine *mach);
void vm_page_free_toq(struct machine *mach, vm_page_t m);
/* vm_page_free() for kernels of 2022 and later; others are served slowly. */
void vm_page_free_2022(struct machine *mach, vm_page_t m);
void vm_page_requeue(struct machine *mach, vm_page_t m);
void vm_page_flash(struct machine *mach, vm_page_t m);
void vm_page_io_start(struct machine *mach, vm_page_t m);
void vm_page_io_finish(struct machine *mach, vm_page_t m);
void vm_page_cache(struct machine *mach, vm_page_t m);
/* One bit for each 512 bytes of the page that [base, base + size) touches. */
int vm_page_bits(struct machine *mach, int base, int size);
void vm_page_set_invalid(struct machine *mach, vm_page_t m, int base, int size);
int vm_page_try_to_cache(struct machine *mach, vm_page_t m);
void pagedaemon_wakeup(struct machine *mach);
/* The thread sleeps until pages are free.  Nothing frees them meanwhile, so a
 * machine whose page daemon (vm_pageout.h) finds none stops here. */
void vm_wait(struct machine *mach);

#endif /* VM_VM_PAGE_H */
