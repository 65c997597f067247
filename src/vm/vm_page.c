/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page's life between free memory and an object: allocation and freeing.  The
 * object's set of pages is in vm_page_tree.c; the paging queues, wiring and the
 * rest of what can happen to an allocated page are in vm_pageq.c.
 *
 * What holds between any two calls:
 *
 *  1. A page is PG_FREE exactly while it lies in a free block or is an unused
 *     page of an active reservation, and v_free_count is the number of these
 *     (audit rule "pages").
 *  2. A free page is not wired, in no object, on no paging queue (audit rule
 *     "pages"), and no mapping leads to it (audit rule "mapped-pages").
 */
#include "vm/vm_page.h"

#include "vm/pmap.h"
#include "vm/vm_kernels.h"
#include "vm/vm_object.h"
#include "vm/vm_page_tree.h"
#include "vm/vm_phys.h"
#include "vm/vm_reserv_2022.h"
#include "vm/vm_reserv_page.h"

/*
 * Makes the paging queues.  The descriptors need nothing: zero is a free page.
 *
 * FreeBSD vm_page.c vm_page_startup(): adapted, nothing is carved from
 * simulated memory.
 */
void
vm_page_startup(struct machine *mach)
{
	struct vm_page_state *st;
	int queue;

	st = machine_reserve(mach, sizeof(*st));
	for (queue = 0; queue < PQ_COUNT; queue++)
		TAILQ_INIT(&st->queues[queue]);
	mach->vm_page = st;
	mach->page_alloc_later = page_gate_follows_reserv(mach);
	mach->page_alloc_any = mach->page_alloc_later;
	mach->page_free_any = mach->invariants || reserv_follows_ticks(mach);
}

/*
 * Returns the descriptor of the page that "pa" lies in; NULL when there is no
 * memory.
 *
 * FreeBSD vm_page.h PHYS_TO_VM_PAGE(): adapted, the kernel does not check.
 */
vm_page_t
PHYS_TO_VM_PAGE(struct machine *mach, vm_paddr_t pa)
{

	if (pa >= mach->config.mem)
		return (NULL);
	return (phys_to_vm_page(mach, pa));
}

/*
 * The single page for vm_page_alloc() that no reservation gave.  When the
 * lists are empty, one reservation is reclaimed for it.
 *
 * FreeBSD vm_page.c vm_page_alloc(): same, part of it.
 */
static vm_page_t __attribute__((noinline))
vm_page_alloc_single(struct machine *mach, vm_object_t object)
{
	const int pool = object != NULL ? VM_FREEPOOL_DEFAULT :
					  VM_FREEPOOL_DIRECT;
	vm_page_t m;
	FRAME_AS("vm_page_alloc");

	m = vm_phys_alloc_block(mach, pool, 0);
	if (m == NULL && vm_reserv_reclaim_inactive(mach))
		m = vm_phys_alloc_block(mach, pool, 0);
	if (m == NULL) {
		KASSERT(m != NULL, ("vm_page_alloc: missing page"));
		stop("vm_page_alloc: page fault: free pages are counted, "
		     "but there is none");
	}
	return (m);
}

/*
 * The gate of vm_page_alloc() when no more pages are free than are reserved:
 * whether a request of "class" may have one of those.
 *
 * FreeBSD vm_page.c vm_page_alloc(): same, part of it.
 */
static bool __attribute__((noinline))
vm_page_alloc_reserved(struct machine *mach, int class)
{
	const unsigned count = vm_free_and_cache_count(mach);

	if (class == VM_ALLOC_INTERRUPT)
		return (count > 0);
	if (class == VM_ALLOC_SYSTEM || mach->vm_page->pageproc)
		return (count > mach->cnt.v_interrupt_free_min);
	return (false);
}

/*
 * One free page less is known to be zero.  Returns what stays of its flags.
 *
 * FreeBSD vm_page.c vm_page_alloc(): same, part of it.
 */
static inline uint16_t
vm_page_zero_taken(struct machine *mach, int req)
{

	mach->vm_page->vm_page_zero_count--;
	return ((req & VM_ALLOC_ZERO) != 0 ? PG_ZERO : 0);
}

/*
 * Makes the free page "m", which is on no list any more, what vm_page_alloc()
 * was asked for.
 *
 * FreeBSD vm_page.c vm_page_alloc(): adapted, its second half.
 */
static inline vm_page_t
vm_page_alloc_found(struct machine *mach, vm_page_t m, vm_object_t object,
    vm_pindex_t pindex, int req)
{
	struct vmmeter *const cnt = &mach->cnt;
	uint16_t flags;

	KASSERT(m->queue == PQ_NONE,
	    ("vm_page_alloc: page PTR has unexpected queue %d", m->queue));
	KASSERT(m->wire_count == 0, ("vm_page_alloc: page PTR is wired"));
	KASSERT(m->hold_count == 0, ("vm_page_alloc: page PTR is held"));
	KASSERT(m->busy == 0, ("vm_page_alloc: page PTR is busy"));
	KASSERT(vm_page_use(mach, m)->dirty == 0,
	    ("vm_page_alloc: page PTR is dirty"));
	KASSERT(m->pat_mode_c == 0,
	    ("vm_page_alloc: page PTR has unexpected memattr %d",
		pmap_page_get_memattr(m)));
	KASSERT((vm_page_flags(m) & PG_FREE) != 0,
	    ("vm_page_alloc: page PTR is not free"));
	KASSERT(m->valid == 0, ("vm_page_alloc: free page PTR is valid"));
	cnt->v_free_count--;

	/* Of what the page was only PG_ZERO may stay, for who asked. */
	flags = m->flags_c & PG_ZERO;
	if (flags != 0)
		flags = vm_page_zero_taken(mach, req);
	vm_page_use(mach, m)->aflags &= PG_KEPT;
	m->oflags = (req & (VM_ALLOC_NOBUSY | VM_ALLOC_NOOBJ)) != 0 ? 0 :
								      VPO_BUSY;
	if ((req & VM_ALLOC_WIRED) != 0) {
		cnt->v_wire_count++;
		m->wire_count = 1;
	}
	m->act_count = 0;
	m->map_wired = 0;
	if (object != NULL) {
		if (object->type == OBJT_PHYS) {
			flags |= PG_UNMANAGED;
			vm_page_note_unmanaged(mach, m);
		}
		vm_page_set_flags(m, flags);
		if (__builtin_expect(object->memattr != VM_MEMATTR_DEFAULT,
			0) &&
		    object->type != OBJT_DEVICE && object->type != OBJT_SG)
			pmap_page_set_memattr(mach, m, object->memattr);
		vm_page_link(mach, m, object, pindex);
	} else {
		vm_page_set_flags(m, flags | PG_UNMANAGED);
		vm_page_note_unmanaged(mach, m);
		m->pindex = pindex;
	}
	if (vm_paging_needed(mach))
		pagedaemon_wakeup(mach);
	return (m);
}

/*
 * vm_page_alloc() of 2022 and later.
 *
 * FreeBSD vm_page.c vm_page_alloc_domain_after(): adapted, in two steps.
 */
static vm_page_t __attribute__((noinline))
vm_page_alloc_2022(struct machine *mach, vm_object_t object, vm_pindex_t pindex,
    int req)
{
	vm_page_t m;

	m = vm_page_take_2022(mach, object, pindex, req);
	if (m == NULL) {
		mach->cnt.vm_pageout_deficit++;
		pagedaemon_wakeup(mach);
		return (NULL);
	}
	return (vm_page_alloc_found(mach, m, object, pindex, req));
}

/*
 * Allocates page "pindex" of "object", or, for NULL, a page of no object.
 * The page is busy unless "req" says NOBUSY or NOOBJ, and its contents are
 * what they are: VM_ALLOC_ZERO only lets PG_ZERO be seen.  NULL when memory is
 * too short for the class of the request; it never sleeps.
 *
 * FreeBSD vm_page.c vm_page_alloc(): adapted, no page is ever cached, and no
 * interrupt handler calls it.
 */
vm_page_t
vm_page_alloc(struct machine *mach, vm_object_t object, vm_pindex_t pindex,
    int req)
{
	struct vmmeter *const cnt = &mach->cnt;
	vm_page_t m;
	FRAME();

	KASSERT((req & VM_ALLOC_NOOBJ) != 0 || object != NULL,
	    ("vm_page_alloc: NULL object."));
	if (__builtin_expect(mach->page_alloc_any, 0)) {
		if (INJECT(mach, PMAPSIM_INJECT_PAGE_ALLOC)) {
			cnt->vm_pageout_deficit++;
			pagedaemon_wakeup(mach);
			return (NULL);
		}
		if (page_gate_follows_reserv(mach))
			return (vm_page_alloc_2022(mach, object, pindex, req));
	}
	if ((vm_free_and_cache_count(mach) <= cnt->v_free_reserved &&
		!vm_page_alloc_reserved(mach, req & VM_ALLOC_CLASS_MASK))) {
		cnt->vm_pageout_deficit++;
		pagedaemon_wakeup(mach);
		return (NULL);
	}
	if (__builtin_expect((req & VM_ALLOC_IFCACHED) != 0, 0))
		return (NULL);
	m = NULL;
	if (object != NULL && (object->flags & OBJ_COLORED) != 0 &&
	    object->type != OBJT_DEVICE && object->type != OBJT_SG)
		m = vm_reserv_alloc_page(mach, object, pindex);
	if (m == NULL)
		m = vm_page_alloc_single(mach, object);

	return (vm_page_alloc_found(mach, m, object, pindex, req));
}

/*
 * What a freed page lets go on where somebody needs it: the page daemon, if it
 * waits for pages of its own, and the threads that sleep until memory is no
 * longer short.
 *
 * FreeBSD vm_page.c vm_page_free_wakeup(): adapted, nobody sleeps: the flags
 * are what is left.
 */
static void __attribute__((noinline, cold))
vm_page_free_wakeup(struct machine *mach)
{
	struct vmmeter *const cnt = &mach->cnt;

	if (cnt->vm_pageout_pages_needed &&
	    vm_free_and_cache_count(mach) >= cnt->v_pageout_free_min)
		cnt->vm_pageout_pages_needed = false;
	if (cnt->vm_pages_needed && !vm_page_count_min(mach))
		cnt->vm_pages_needed = false;
}

/* Panics because "m" is freed while it is wired. */
static _Noreturn void
vm_page_free_wired(struct machine *mach, vm_page_t m)
{

	if (m->wire_count > 1)
		panic("vm_page_free: invalid wire count (%d), pindex: 0x%llx",
		    (int)m->wire_count, (unsigned long long)m->pindex);
	/*
	 * 9.0 prints the page's address, by which a report's reader finds it.
	 */
	if (wired_panic_names_page(mach))
		panic("vm_page_free: freeing wired page PTR");
	panic("vm_page_free: freeing wired page");
}

/*
 * The first part of a free: "m" is off its queue and out of its object.
 *
 * FreeBSD vm_page.c vm_page_free_toq(): same, part of it.
 */
static inline void
vm_page_free_detach(struct machine *mach, vm_page_t m)
{

	mach->cnt.v_tfree++;
	if (m->queue != PQ_NONE)
		vm_pageq_remove(mach, m);
	vm_page_unlink(mach, m);
}

/* Sets PG_ZERO in the flags of "m" where "zero" says so, else clears it. */
static inline void
vm_page_set_zero(vm_page_t m, bool zero)
{

	if (zero)
		vm_page_flag_set(m, PG_ZERO);
	else
		vm_page_flag_clear(m, PG_ZERO);
}

/*
 * The last part: "m" is free, and counted so, before its reservation hears of
 * it, which with the last page gives the whole frame to vm_phys.  "zero" is to
 * be its PG_ZERO.
 *
 * FreeBSD vm_page.c vm_page_free_toq(): same, part of it.
 */
static inline void
vm_page_free_release(struct machine *mach, vm_page_t m, bool zero,
    boolean_t (*freed_to_reserv)(struct machine *mach, vm_page_t m))
{

	m->valid = 0;
	m->recycled = true;
	m->flags_c = (m->flags_c & ~(PG_FREE | PG_ZERO)) | (zero ? PG_ZERO : 0);
	vm_page_use(mach, m)->dirty = 0;
	mach->cnt.v_free_count++;
	if (!freed_to_reserv(mach, m))
		vm_phys_free_block(mach, m, 0);
	if (zero)
		mach->vm_page->vm_page_zero_count++;
	if (__builtin_expect(mach->cnt.pages_needed_by_any != 0, 0))
		vm_page_free_wakeup(mach);
}

/* Ends a free that gives memory back to vm_phys, which may panic: so the
 * backtrace needs the frame. */
static void __attribute__((noinline))
vm_page_free_to_phys(struct machine *mach, vm_page_t m)
{
	FRAME_AS("vm_page_free_toq");

	vm_page_free_release(mach, m, false, vm_reserv_free_page);
}

/* Ends a free of a page that is known to be zero so. */
static void __attribute__((noinline))
vm_page_free_zero_to_phys(struct machine *mach, vm_page_t m)
{
	FRAME_AS("vm_page_free_toq");

	vm_page_free_release(mach, m, true, vm_reserv_free_page);
}

/*
 * vm_page_free_toq() without a fast path: of any page, under any kernel.
 *
 * FreeBSD vm_page.c vm_page_free_toq(): same.
 */
static void __attribute__((noinline))
vm_page_free_any(struct machine *mach, vm_page_t m)
{
	FRAME_AS("vm_page_free_toq");

	KASSERT(!pmap_page_is_mapped(mach, m),
	    ("vm_page_free_toq: freeing mapped page PTR"));
	if ((vm_page_flags(m) & PG_FREE) != 0 || m->busy != 0) {
		mach->cnt.v_tfree++;
		if ((vm_page_flags(m) & PG_FREE) != 0)
			panic("vm_page_free: freeing free page");
		panic("vm_page_free: freeing busy page");
	}
	/*
	 * Off the queue and out of the object before the checks that follow,
	 * as in the kernel: a machine frozen by them shows the page there.
	 */
	vm_page_free_detach(mach, m);
	if ((vm_page_flags(m) & PG_FICTITIOUS) != 0)
		return;
	m->valid = 0;
	vm_page_use(mach, m)->dirty = 0;
	if (m->wire_count != 0)
		vm_page_free_wired(mach, m);
	if (m->hold_count != 0) {
		vm_page_flag_clear(m, PG_ZERO);
		m->queue = PQ_HOLD;
		TAILQ_INSERT_TAIL(&mach->vm_page->queues[PQ_HOLD], m, pageq);
		mach->cnt.v_active_count++;
		return;
	}
	if (m->pat_mode_c != 0)
		pmap_page_set_memattr(mach, m, VM_MEMATTR_DEFAULT);
	vm_page_free_release(mach, m, (vm_page_flags(m) & PG_ZERO) != 0,
	    reserv_follows_ticks(mach) ? vm_reserv_free_page_2022 :
					 vm_reserv_free_page);
}

/*
 * vm_page_free_toq() without the fast path of 2010, of a page whose PG_ZERO is
 * to be "zero": who knows that spares two looks at the flags.  Where a
 * reservation's place in the queue follows the clock there is another fast
 * path, for pages whose reservation counts them and nothing else: no frame is
 * needed, as nothing can panic.  Budgets
 * today/vm_page_lookup+vm_page_free/reservation and today/kmem_free/64K pay for
 * it.
 *
 * FreeBSD vm_page.c vm_page_free_toq(), 2022: adapted.
 */
static inline void
vm_page_free_toq_2022(struct machine *mach, vm_page_t m, bool zero)
{

	if (m->unusual != 0 || mach->invariants ||
	    (vm_page_flags(m) & (PG_FREE | PG_FICTITIOUS)) != 0 ||
	    !reserv_follows_ticks(mach) ||
	    !vm_reserv_only_counts(mach, vm_reserv_from_page(mach, m))) {
		vm_page_set_zero(m, zero);
		vm_page_free_any(mach, m);
		return;
	}
	vm_page_free_detach(mach, m);
	vm_page_free_release(mach, m, zero, vm_reserv_free_page_counted);
}

/* vm_page_free_toq_2022() of a page whose contents may be anything. */
void __attribute__((noinline))
vm_page_free_2022(struct machine *mach, vm_page_t m)
{

	vm_page_free_toq_2022(mach, m, false);
}

/* vm_page_free_toq_2022() of a page that is known to be zero. */
static void __attribute__((noinline))
vm_page_free_zero_2022(struct machine *mach, vm_page_t m)
{

	vm_page_free_toq_2022(mach, m, true);
}

/*
 * vm_page_free_toq() where nothing is asserted and no reservation looks at the
 * clock, with a fast path for pages that are not wired, held, busy or
 * fictitious.  Where the reservation stays, too, nothing can panic, so that no
 * frame is needed.  "zero" is what PG_ZERO is to be.  Budgets
 * vm_page_lookup+vm_page_free/reservation and kmem_free/64K/page pay for it.
 *
 * FreeBSD vm_page.c vm_page_free_toq(), 2010: adapted.
 */
static inline void
vm_page_free_toq_2010(struct machine *mach, vm_page_t m, bool zero)
{
	const struct vm_reserv *rv;

	if (m->unusual != 0 ||
	    (vm_page_flags(m) & (PG_FREE | PG_FICTITIOUS)) != 0) {
		vm_page_set_zero(m, zero);
		vm_page_free_any(mach, m);
		return;
	}
	vm_page_free_detach(mach, m);
	rv = vm_reserv_from_page(mach, m);
	if (rv->object != NULL && rv->popcnt > 1)
		vm_page_free_release(mach, m, zero, vm_reserv_free_page);
	else if (zero)
		vm_page_free_zero_to_phys(mach, m);
	else
		vm_page_free_to_phys(mach, m);
}

/* vm_page_free_toq_2010() of a page whose contents may be anything. */
static void __attribute__((noinline))
vm_page_free_2010(struct machine *mach, vm_page_t m)
{

	vm_page_free_toq_2010(mach, m, false);
}

/* vm_page_free_toq_2010() of a page that is known to be zero. */
static void __attribute__((noinline))
vm_page_free_zero_2010(struct machine *mach, vm_page_t m)
{

	vm_page_free_toq_2010(mach, m, true);
}

/*
 * Frees "m" to its reservation or to vm_phys; a held page waits on PQ_HOLD
 * until it is not.  The page must not be mapped.  PG_ZERO says that it is
 * known to be zero; all other flags stay.
 *
 * FreeBSD vm_page.c vm_page_free_toq(): same.
 */
void
vm_page_free_toq(struct machine *mach, vm_page_t m)
{

	if ((vm_page_flags(m) & PG_ZERO) != 0)
		vm_page_free_zero(mach, m);
	else
		vm_page_free(mach, m);
}

/*
 * Frees a page whose contents may be anything.
 *
 * FreeBSD vm_page.c vm_page_free(): same.
 */
void
vm_page_free(struct machine *mach, vm_page_t m)
{

	NONNULL(m);
	if (mach->page_free_any)
		vm_page_free_2022(mach, m);
	else
		vm_page_free_2010(mach, m);
}

/*
 * Frees a page that the caller knows to be zero.
 *
 * FreeBSD vm_page.c vm_page_free_zero(): same.
 */
void
vm_page_free_zero(struct machine *mach, vm_page_t m)
{

	NONNULL(m);
	if (mach->page_free_any)
		vm_page_free_zero_2022(mach, m);
	else
		vm_page_free_zero_2010(mach, m);
}

/*
 * Returns page "pindex" of "object", allocating it if it is not there.  The
 * page comes busy unless NOBUSY, wired if WIRED, and zeroed if ZERO and new.
 * NULL when memory was short, after waiting for it; with RETRY it tries again
 * instead.
 *
 * FreeBSD vm_page.c vm_page_grab(): adapted, a busy page stops the machine:
 * nobody else would wake it up.  No new page has contents, as none is cached.
 */
vm_page_t
vm_page_grab(struct machine *mach, vm_object_t object, vm_pindex_t pindex,
    int flags)
{
	vm_page_t m;
	FRAME();

	CHECK_OBJECT(object);
	for (;;) {
		m = vm_page_find(object, pindex);
		if (m != NULL) {
			if ((m->oflags & VPO_BUSY) != 0 || m->busy != 0)
				stop("vm_page_grab: the thread sleeps on "
				     "\"pgrbwt\" and nothing will wake the "
				     "page up");
			if ((flags & VM_ALLOC_WIRED) != 0)
				vm_page_wire(mach, m);
			if ((flags & VM_ALLOC_NOBUSY) == 0)
				vm_page_busy(mach, m);
			return (m);
		}
		m = vm_page_alloc(mach, object, pindex,
		    flags & ~VM_ALLOC_RETRY);
		if (m != NULL)
			break;
		vm_wait(mach);
		if ((flags & VM_ALLOC_RETRY) == 0)
			return (NULL);
	}
	if ((flags & VM_ALLOC_ZERO) != 0 && (vm_page_flags(m) & PG_ZERO) == 0)
		pmap_zero_page(mach, m);
	return (m);
}
