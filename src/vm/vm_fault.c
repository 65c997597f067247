/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page faults: finds the page that a program must see at an address, or makes
 * it, and has the pmap enter it.
 *
 * A fault looks from the front object down the shadow chain:
 *
 *	first_object  [ first_m ]	made at once, if missing, and kept
 *	     |				busy: it is where a copy would go
 *	   ...        [    .    ]	only looked at
 *	     |
 *	object        [    m    ]	found; or the end: first_m is zeroed
 *
 * A read then maps "m" itself without write permission and frees first_m; a
 * write copies "m" to first_m, or moves it there when nobody else needs it.
 *
 * In the order: the state of a fault, its steps as they happen, vm_fault().
 * Wiring, which is built on it, is in vm_fault_wire.c.
 */
#include "vm/pmap.h"
#include "vm/vm_kernels.h"
#include "vm/vm_map.h"
#include "vm/vm_page_tree.h"

/* Pages that a fault maps before and behind its own, when resident. */
#define PFBAK 4
#define PFFOR 4

/* Pages from an entry's lastr on in which a fault counts as sequential. */
#define VM_FAULT_READ 16

/* A step's result beside KERN_*: do the whole fault again. */
#define FAULT_RETRY (-1)

/*
 * A fault in progress.  Begun by vm_map_lookup(); holds a reference and a
 * paging_in_progress of first_object, another of object where that is not the
 * same; m is busy once found, and so is first_m.  Ended by fault_release().
 */
struct faultstate {
	vm_map_t map; /* the submap, where there is one */
	vm_map_entry_t entry;
	vm_offset_t vaddr;
	vm_prot_t prot;	      /* of the mapping to be made */
	vm_prot_t fault_type; /* what it is for */
	int fault_flags;
	boolean_t wired;
	vm_object_t first_object;
	vm_pindex_t first_pindex;
	vm_page_t first_m; /* NULL while object is first_object */
	vm_object_t object;
	vm_pindex_t pindex;
	vm_page_t m;
};

/*
 * Gives back all that the fault holds, the unused first_m included, in this
 * order: the page goes while its object is certain to live.
 *
 * FreeBSD vm_fault.c unlock_and_deallocate(): same, no locks.
 */
static void
fault_release(struct machine *mach, struct faultstate *fs)
{

	fs->object->paging_in_progress--;
	if (fs->object != fs->first_object) {
		vm_page_free(mach, fs->first_m);
		fs->first_m = NULL;
		fs->first_object->paging_in_progress--;
	}
	vm_object_unreference(mach, fs->first_object);
}

/*
 * TRUE when object's pager is to be asked: there is one, and a wiring that is
 * being undone would not be worth the effort.
 *
 * FreeBSD vm_fault.c vm_fault(), a step of it: same.
 */
static boolean_t
fault_try_pager(const struct faultstate *fs)
{

	return (fs->object->type != OBJT_DEFAULT &&
	    ((fs->fault_flags & VM_FAULT_CHANGE_WIRING) == 0 || fs->wired));
}

/*
 * Allocates the page that object lacks.  The first page that an object gets
 * this way decides how its pages lie relative to superpages: as the address
 * that faulted does.
 *
 * A page that will hold a copy needs no zeroes, so they are asked for only
 * where nothing lies behind.
 *
 * FreeBSD vm_fault.c vm_fault(), a step of it: same.
 */
static int
fault_allocate(struct machine *mach, struct faultstate *fs)
{
	vm_object_t object = fs->object;
	int req;

	if (fs->pindex >= object->size)
		return (KERN_PROTECTION_FAILURE);
	if (!vm_page_count_severe(mach)) {
		if ((object->flags & OBJ_COLORED) == 0) {
			object->flags |= OBJ_COLORED;
			object->pg_color = (uint16_t)(atop(fs->vaddr) -
			    fs->pindex);
		}
		req = VM_ALLOC_NORMAL;
		if (object->type != OBJT_VNODE &&
		    object->backing_object == NULL)
			req |= VM_ALLOC_ZERO;
		fs->m = vm_page_alloc(mach, object, fs->pindex, req);
	}
	return (fs->m == NULL ? FAULT_RETRY : KERN_SUCCESS);
}

/*
 * Lets go of the pages before the faulting one that first_object has, nearest
 * first, when the entry seems to be read in sequence.  Nobody will come back
 * to them soon: dirty ones become inactive, clean ones are freed.
 *
 * What is compared with the entry's lastr is the index in the object whose
 * pager is asked, whichever of the chain that is.
 *
 * FreeBSD vm_fault.c vm_fault(), a step of it: same.
 */
static void
fault_drop_behind(struct machine *mach, struct faultstate *fs)
{
	vm_object_t object = fs->first_object;
	vm_pindex_t pindex;
	vm_page_t m;
	unsigned left;

	if (fs->pindex < fs->entry->lastr ||
	    fs->pindex >= fs->entry->lastr + VM_FAULT_READ ||
	    object->type == OBJT_DEVICE || object->type == OBJT_PHYS ||
	    object->type == OBJT_SG)
		return;
	pindex = fs->first_pindex;
	for (left = 2 * VM_FAULT_READ; left > 0 && pindex > 0; left--) {
		m = vm_page_find(object, --pindex);
		if (m == NULL || m->valid != VM_PAGE_BITS_ALL)
			break;
		if (m->busy != 0 || (m->oflags & VPO_BUSY) != 0 ||
		    m->hold_count != 0 || m->wire_count != 0)
			continue;
		pmap_remove_all(mach, m);
		if (vm_page_use(mach, m)->dirty != 0)
			vm_page_deactivate(mach, m);
		else
			vm_page_cache(mach, m);
	}
}

/*
 * At the end of the chain: nothing was found, and the page is first_object's,
 * full of zeroes.
 *
 * FreeBSD vm_fault.c vm_fault(), a step of it: same.
 */
static void
fault_zero_fill(struct machine *mach, struct faultstate *fs)
{

	if (fs->object != fs->first_object) {
		fs->object->paging_in_progress--;
		fs->object = fs->first_object;
		fs->m = fs->first_m;
	}
	fs->first_m = NULL;
	if ((vm_page_flags(fs->m) & PG_ZERO) != 0)
		mach->cnt.v_ozfod++;
	else
		pmap_zero_page(mach, fs->m);
	mach->cnt.v_zfod++;
	fs->m->valid = VM_PAGE_BITS_ALL;
}

/*
 * Looks for the page from first_object on down, and leaves it in m, busy.
 * Returns KERN_SUCCESS, an error, or FAULT_RETRY when memory was short; in
 * the latter two cases the caller releases.
 *
 * FreeBSD vm_fault.c vm_fault(), a step of it: adapted, no pager I/O, and no
 * page is lent to a socket.
 */
static int
fault_find(struct machine *mach, struct faultstate *fs)
{
	vm_object_t next;
	int result;

	for (;;) {
		/* An object that ends, or is absorbed, has no pages to give. */
		if ((fs->object->flags & OBJ_DEAD) != 0)
			return (KERN_PROTECTION_FAILURE);
		fs->m = vm_page_find(fs->object, fs->pindex);
		if (fs->m != NULL) {
			vm_object_page_sleep(mach, fs->m, "vmpfw");
			vm_pageq_remove(mach, fs->m);
			vm_page_busy_found(mach, fs->m);
			/* The kernel's pages are valid by decree. */
			if (fs->m->valid == VM_PAGE_BITS_ALL ||
			    fs->object == mach->vm_object->kernel_object ||
			    fs->object == mach->vm_object->kmem_object)
				return (KERN_SUCCESS);
		} else if (fs->object == fs->first_object ||
		    fault_try_pager(fs)) {
			result = fault_allocate(mach, fs);
			if (result != KERN_SUCCESS)
				return (result);
		}
		if (fault_try_pager(fs)) {
			fault_drop_behind(mach, fs);
			if (vm_object_page_in(mach, fs->object, fs->m))
				return (KERN_SUCCESS);
			/* Nothing there: the answer lies below. */
			if (fs->object != fs->first_object)
				vm_page_free(mach, fs->m);
		}
		if (fs->object == fs->first_object)
			fs->first_m = fs->m;
		next = fs->object->backing_object;
		if (next == NULL) {
			fault_zero_fill(mach, fs);
			return (KERN_SUCCESS);
		}
		KASSERT(fs->object != next, ("object loop PTR"));
		fs->pindex += atop(fs->object->backing_object_offset);
		next->paging_in_progress++;
		if (fs->object != fs->first_object)
			fs->object->paging_in_progress--;
		fs->object = next;
	}
}

/*
 * TRUE when the page found in object may move to first_object because nobody
 * but first_object can ever ask for it there.
 *
 * FreeBSD vm_fault.c vm_fault(), a step of it: same.
 */
static boolean_t
fault_can_steal(const struct faultstate *fs)
{

	return (fs->object->shadow_count == 1 && fs->object->ref_count == 1 &&
	    fs->object->handle == NULL && vm_object_is_anonymous(fs->object) &&
	    fs->object == fs->first_object->backing_object);
}

/*
 * Gives a write its own page of first_object: the found one where it can be
 * taken, otherwise a copy.  The placeholder must be freed before the move,
 * since it has the index; the reservation of the page's frame does not follow.
 *
 * FreeBSD vm_fault.c vm_fault(), a step of it: same.
 */
static void
fault_copy_on_write(struct machine *mach, struct faultstate *fs)
{

	if (fault_can_steal(fs)) {
		vm_page_free(mach, fs->first_m);
		vm_page_rename(mach, fs->m, fs->first_object, fs->first_pindex);
		vm_page_busy_found(mach, fs->m);
		fs->first_m = fs->m;
		mach->cnt.v_cow_optim++;
	} else {
		pmap_copy_page(mach, fs->m, fs->first_m);
		fs->first_m->valid = VM_PAGE_BITS_ALL;
		if (cow_unmaps_source(mach) &&
		    (fs->first_object->flags & OBJ_ONEMAPPING) == 0)
			pmap_remove_all(mach, fs->m);
		if (fs->wired &&
		    (fs->fault_flags & VM_FAULT_CHANGE_WIRING) == 0) {
			vm_page_wire(mach, fs->first_m);
			vm_page_unwire(mach, fs->m, FALSE);
		}
		vm_page_wakeup_found(mach, fs->m);
		vm_page_deactivate(mach, fs->m);
	}
	fs->object->paging_in_progress--;
	fs->object = fs->first_object;
	fs->m = fs->first_m;
	fs->first_m = NULL;
	mach->cnt.v_cow_faults++;
}

/*
 * Notes what a mapping with write permission means for the page.  A page that
 * this fault is to write is dirtied now: the mapping starts with M set.
 *
 * FreeBSD vm_fault.c vm_fault(), a step of it: same.
 */
static void
fault_writeable(struct machine *mach, struct faultstate *fs)
{

	if ((fs->entry->eflags & MAP_ENTRY_NOSYNC) == 0)
		fs->m->oflags &= (uint16_t)~VPO_NOSYNC;
	else if (vm_page_use(mach, fs->m)->dirty == 0)
		fs->m->oflags |= VPO_NOSYNC;
	if ((fs->fault_type & VM_PROT_WRITE) != 0 &&
	    (fs->fault_flags & VM_FAULT_CHANGE_WIRING) == 0)
		vm_page_dirty_found(mach, fs->m);
}

/*
 * Returns the resident page that the entry shows at "addr"; NULL when there
 * is none.
 *
 * FreeBSD vm_fault.c vm_fault_prefault(), its inner loop: same.
 */
static vm_page_t
vm_fault_prefault_lookup(struct machine *mach, vm_map_entry_t entry,
    vm_offset_t addr)
{
	vm_object_t object;
	vm_pindex_t pindex;
	vm_page_t m;

	object = entry->object.vm_object;
	pindex = atop(addr - entry->start + entry->offset);
	while ((m = vm_page_find(object, pindex)) == NULL &&
	    object->type == OBJT_DEFAULT && object->backing_object != NULL) {
		KASSERT((object->backing_object_offset & PAGE_MASK) == 0,
		    ("vm_fault_prefault: unaligned object offset"));
		pindex += atop(object->backing_object_offset);
		object = object->backing_object;
	}
	return (m);
}

/*
 * Maps the resident ones of those pages around "addra" that may be mapped:
 * "free" has bits for them from "starta" on.
 *
 * FreeBSD vm_fault.c vm_fault_prefault(): same, its loop.
 */
static void __attribute__((noinline))
vm_fault_prefault_window(struct machine *mach, pmap_t pmap, vm_offset_t addra,
    vm_map_entry_t entry, vm_offset_t starta, uint64_t free)
{
	vm_offset_t addr;
	vm_page_t m;
	int distance, i;
	FRAME_AS("vm_fault_prefault");

	/* -1, +1, -2, +2, ... */
	for (i = 2; i < 2 + PFBAK + PFFOR; i++) {
		distance = i / 2;
		if ((i & 1) == 0) {
			if (addra < ptoa(distance))
				continue;
			addr = addra - ptoa(distance);
		} else
			addr = addra + ptoa(distance);
		if (addr < starta || addr >= entry->end ||
		    (free >> atop(addr - starta) & 1) == 0)
			continue;
		m = vm_fault_prefault_lookup(mach, entry, addr);
		if (m == NULL)
			break;
		if (m->valid == VM_PAGE_BITS_ALL &&
		    (vm_page_flags(m) & PG_FICTITIOUS) == 0)
			pmap_enter_quick(mach, pmap, addr, m,
			    entry->protection);
	}
}

/*
 * Maps resident pages around "addra", nearest first, so that they need no
 * faults of their own: without write permission, and not as accessed.  The
 * first page that is not in memory ends it.
 *
 * Which pages have no mapping yet is asked of the pmap at once: mostly none,
 * as a fault before this one came by, and nothing that is mapped here unmaps
 * another of them.
 *
 * FreeBSD vm_fault.c vm_fault_prefault(): same.
 */
static inline void
vm_fault_prefault(struct machine *mach, pmap_t pmap, vm_offset_t addra,
    vm_map_entry_t entry)
{
	vm_offset_t starta;
	uint64_t free;
	unsigned before;

	/* The kernel's own address space is no process's. */
	if (pmap == pmapsim_kernel_pmap(mach) || !pmap_is_current(mach, pmap))
		return;
	starta = addra - ptoa(PFBAK);
	if (starta < entry->start)
		starta = entry->start;
	else if (starta > addra) /* it wrapped */
		starta = prefault_stays_in_entry(mach) ? entry->start : 0;
	before = (unsigned)atop(addra - starta);
	free = pmap_prefaultable(mach, pmap, starta, before + 1 + PFFOR);
	if ((free & ~(UINT64_C(1) << before)) != 0)
		vm_fault_prefault_window(mach, pmap, addra, entry, starta,
		    free);
}

/*
 * A program wires what it may not read: the entry's highest protection decides
 * then.  Who could not write so far never will, as the copy that a private
 * entry's write needs is not made here.
 *
 * FreeBSD vm_fault.c vm_fault() until November 2009: same, a step of it.
 */
static int __attribute__((cold))
fault_begin_unreadable(struct machine *mach, struct faultstate *fs)
{
	int result;

	result = vm_map_lookup(mach, &fs->map, fs->vaddr,
	    VM_PROT_READ | VM_PROT_WRITE | VM_PROT_OVERRIDE_WRITE, &fs->entry,
	    &fs->first_object, &fs->first_pindex, &fs->prot, &fs->wired);
	if (result == KERN_SUCCESS &&
	    (fs->entry->protection & VM_PROT_WRITE) == 0)
		fs->entry->max_protection &= (vm_prot_t)~VM_PROT_WRITE;
	return (result);
}

/*
 * vm_map_lookup() where the entry is the one that was looked up last, has its
 * object, and nothing is to be copied for it or forbidden; false, and nothing
 * is changed, where it is not so.
 *
 * FreeBSD vm_map.c vm_map_lookup(): same, its common path.
 */
static inline bool
fault_lookup_quick(struct faultstate *fs)
{
	const vm_map_entry_t entry = fs->map->root;
	const vm_prot_t type = fs->fault_type & VM_PROT_ALL;

	if (entry == NULL || fs->vaddr < entry->start ||
	    fs->vaddr >= entry->end ||
	    (entry->eflags &
		(MAP_ENTRY_IS_SUB_MAP | MAP_ENTRY_NEEDS_COPY |
		    MAP_ENTRY_USER_WIRED)) != 0 ||
	    entry->object.vm_object == NULL ||
	    (fs->fault_type & VM_PROT_OVERRIDE_WRITE) != 0 ||
	    (type & ~entry->protection) != 0 ||
	    entry->protection == VM_PROT_NONE)
		return (false);
	fs->entry = entry;
	fs->prot = entry->protection;
	fs->wired = entry->wired_count != 0;
	fs->first_object = entry->object.vm_object;
	fs->first_pindex = atop(fs->vaddr - entry->start + entry->offset);
	return (true);
}

/*
 * Finds the map entry of the address and starts the fault with it.  Where a
 * program has no memory, a stack beside the address would grow, and a second
 * lookup would find it.  Stacks are not modelled: the first lookup decides.
 *
 * FreeBSD vm_fault.c vm_fault(), a step of it: adapted, no stacks.
 */
static int
fault_begin(struct machine *mach, struct faultstate *fs, vm_map_t map)
{
	int result;

	fs->map = map;
	if (fault_lookup_quick(fs))
		result = KERN_SUCCESS;
	else
		result = vm_map_lookup(mach, &fs->map, fs->vaddr,
		    fs->fault_type, &fs->entry, &fs->first_object,
		    &fs->first_pindex, &fs->prot, &fs->wired);
	if (result == KERN_PROTECTION_FAILURE &&
	    (fs->fault_flags & VM_FAULT_USER_WIRE) != 0)
		result = fault_begin_unreadable(mach, fs);
	if (result != KERN_SUCCESS)
		return (result);
	if ((fs->entry->eflags & MAP_ENTRY_NOFAULT) != 0)
		panic("vm_fault: fault on nofault entry, addr: %llx",
		    (unsigned long long)fs->vaddr);
	if (fs->first_object == NULL)
		stop("vm_fault: the kernel's map has no object at %#llx",
		    (unsigned long long)fs->vaddr);
	fs->first_object->ref_count++;
	fs->first_object->paging_in_progress++;
	/* Wired means that no fault will come any more, not even to write. */
	if (fs->wired)
		fs->fault_type = fs->prot | (fs->fault_type & VM_PROT_COPY);
	fs->first_m = NULL;
	fs->object = fs->first_object;
	fs->pindex = fs->first_pindex;
	return (KERN_SUCCESS);
}

/*
 * Enters the page and hands it to the paging queues, or to those who wired
 * it.  The neighbours come right after, while the page is still busy; the
 * placeholder of a read is freed last, by the release.
 *
 * FreeBSD vm_fault.c vm_fault(), a step of it: same.
 */
static void
fault_enter(struct machine *mach, struct faultstate *fs)
{

	KASSERT((fs->m->oflags & VPO_BUSY) != 0,
	    ("vm_fault: page PTR not busy!"));
	KASSERT(fs->m->valid == VM_PAGE_BITS_ALL,
	    ("vm_fault: page PTR partially invalid"));
	pmap_enter(mach, fs->map->pmap, fs->vaddr, fs->fault_type, fs->m,
	    fs->prot, fs->wired);
	if ((fs->fault_flags & VM_FAULT_CHANGE_WIRING) == 0 && !fs->wired)
		vm_fault_prefault(mach, fs->map->pmap, fs->vaddr, fs->entry);
	if (fault_references_page(mach))
		vm_page_aflag_set(mach, fs->m, PG_REFERENCED);
	if ((fs->fault_flags & VM_FAULT_CHANGE_WIRING) == 0)
		vm_page_activate(mach, fs->m);
	else if (fs->wired) {
		vm_page_wire(mach, fs->m);
		fs->m->map_wired = 1;
	} else
		vm_page_unwire(mach, fs->m, TRUE);
	vm_page_wakeup_found(mach, fs->m);
}

/*
 * Makes the page at "vaddr" of "map" accessible for "fault_type", or, with
 * VM_FAULT_CHANGE_WIRING, wires it as its entry says.  Returns KERN_SUCCESS, or
 * why a program that did this is to be killed.
 *
 * FreeBSD vm_fault.c vm_fault(): adapted, one thread, no vnodes and swap.
 */
int
vm_fault(struct machine *mach, vm_map_t map, vm_offset_t vaddr,
    vm_prot_t fault_type, int fault_flags)
{
	struct faultstate fs;
	int result;
	FRAME();

	CHECK_MAP(map);
	mach->cnt.v_vm_faults++;
	fs.vaddr = vaddr;
	fs.fault_type = fault_type;
	fs.fault_flags = fault_flags;
	for (;;) {
		result = fault_begin(mach, &fs, map);
		if (result != KERN_SUCCESS)
			return (result);
		result = fault_find(mach, &fs);
		if (result == KERN_SUCCESS)
			break;
		fault_release(mach, &fs);
		if (result != FAULT_RETRY)
			return (result);
		vm_wait(mach);
	}
	KASSERT((fs.m->oflags & VPO_BUSY) != 0,
	    ("vm_fault: not busy after main loop"));
	if (fs.object != fs.first_object) {
		if ((fs.fault_type & (VM_PROT_COPY | VM_PROT_WRITE)) != 0)
			fault_copy_on_write(mach, &fs);
		else
			fs.prot &= (vm_prot_t)~VM_PROT_WRITE;
	}
	if ((fs.prot & VM_PROT_WRITE) != 0)
		fault_writeable(mach, &fs);
	fault_enter(mach, &fs);
	if (__builtin_expect(mach->fault_populates, 0) &&
	    fault_flags == VM_FAULT_NORMAL && !fs.wired)
		vm_fault_populate(mach, map, fs.entry, fs.vaddr, fs.m,
		    fs.fault_type);
	fault_release(mach, &fs);
	return (KERN_SUCCESS);
}
