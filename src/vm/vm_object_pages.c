/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is done to an object's pages by the range: removed, made resident,
 * advised about.
 */
#include "vm/pmap.h"
#include "vm/vm_kernels.h"
#include "vm/vm_object.h"
#include "vm/vm_page_tree.h"

/*
 * Returns the first page of "object" at or after "pindex"; NULL when there is
 * none.  Only a search turns the tree: its shape stays as it is when the
 * first of all pages will do.
 *
 * FreeBSD vm_object.c, in each function that walks a range: same.
 */
vm_page_t
vm_object_first_page(vm_object_t object, vm_pindex_t pindex)
{
	vm_page_t m;

	m = TAILQ_FIRST(&object->memq);
	if (m == NULL || m->pindex >= pindex)
		return (m);
	m = object->root = vm_page_splay(pindex, object->root);
	return (m->pindex < pindex ? TAILQ_NEXT(m, listq) : m);
}

/*
 * Whether a kernel asserts that pmap_remove_all() gets managed pages only.
 * Where it does, pages of the kernel's objects are not given to it: they have
 * no mappings that it could find, and no flag that it would have to clear.
 *
 * FreeBSD 9.0 vm_object.c OBJPR_NOTMAPPED: adapted, seen from the page.
 */
static inline bool
vm_object_page_unmapped(const struct machine *mach, const struct vm_page *m)
{

	return (remove_all_refuses_unmanaged(mach) &&
	    (vm_page_flags(m) & PG_UNMANAGED) != 0);
}

/*
 * Takes away the mappings of a page that must stay because something other
 * than its "wirings" wired mappings wires it; its contents count no more
 * unless only clean pages were meant.
 *
 * FreeBSD vm_object.c vm_object_page_remove(), a part of it: same.
 */
static void
vm_object_page_unmap_wired(struct machine *mach, vm_page_t m, int wirings,
    boolean_t clean_only)
{

	if ((vm_page_flags(m) & PG_FICTITIOUS) == 0 &&
	    !vm_object_page_unmapped(mach, m))
		pmap_remove_all(mach, m);
	m->wire_count -= (uint32_t)wirings;
	if (!clean_only) {
		m->valid = 0;
		vm_page_use(mach, m)->dirty = 0;
	}
}

/*
 * Frees the pages [start, end) of "object", all from "start" on when "end" is
 * 0, after removing their mappings; with "clean_only" dirty pages stay.
 *
 * Mappings go before the page: a freed page must not be mapped.  The wirings
 * of the removed mappings go with them, though not from v_wire_count, as in
 * the kernel.
 *
 * FreeBSD vm_object.c vm_object_page_remove(): same, no cached pages.
 */
void
vm_object_page_remove(struct machine *mach, vm_object_t object,
    vm_pindex_t start, vm_pindex_t end, boolean_t clean_only)
{
	vm_page_t m, next;
	int wirings;
	FRAME();

	CHECK_OBJECT(object);
	if (object->resident_page_count == 0)
		return;
	KASSERT(object->type != OBJT_PHYS ||
		object == mach->vm_object->kernel_object ||
		object == mach->vm_object->kmem_object,
	    ("attempt to remove pages from a physical object"));
	if (end == 0)
		end = ~(vm_pindex_t)0;
	object->paging_in_progress++;
	for (m = vm_object_first_page(object, start);
	     m != NULL && m->pindex < end; m = next) {
		next = TAILQ_NEXT(m, listq);
		wirings = 0;
		if (m->wire_count != 0) {
			wirings = pmap_page_wired_mappings(mach, m);
			if ((uint32_t)wirings != m->wire_count) {
				vm_object_page_unmap_wired(mach, m, wirings,
				    clean_only);
				continue;
			}
		}
		vm_object_page_sleep(mach, m, "vmopar");
		KASSERT((vm_page_flags(m) & PG_FICTITIOUS) == 0,
		    ("vm_object_page_remove: page PTR is fictitious"));
		if (clean_only && m->valid != 0) {
			/* Writes that the MMU noted become known here. */
			pmap_remove_write(mach, m);
			if (vm_page_use(mach, m)->dirty != 0)
				continue;
		}
		if (!vm_object_page_unmapped(mach, m))
			pmap_remove_all(mach, m);
		m->wire_count -= (uint32_t)wirings;
		vm_page_free(mach, m);
	}
	object->paging_in_progress--;
}

/*
 * Makes the busy page "m" valid from where the object's contents are kept;
 * FALSE when there is nothing.
 *
 * FreeBSD phys_pager.c phys_pager_getpages(), default_pager.c: adapted, these
 * two are all the pagers.
 */
boolean_t
vm_object_page_in(struct machine *mach, vm_object_t object, vm_page_t m)
{

	if (object->type != OBJT_PHYS && object->type != OBJT_VNODE)
		return (FALSE);
	if ((vm_page_flags(m) & PG_ZERO) == 0)
		pmap_zero_page(mach, m);
	m->valid = VM_PAGE_BITS_ALL;
	vm_page_use(mach, m)->dirty = 0;
	return (TRUE);
}

/*
 * Makes the pages [start, end) of "object" resident and valid; TRUE when all
 * are.  Those that could be had stay, also on failure.
 *
 * FreeBSD vm_object.c vm_object_populate(): same.
 */
boolean_t
vm_object_populate(struct machine *mach, vm_object_t object, vm_pindex_t start,
    vm_pindex_t end)
{
	vm_pindex_t pindex;
	vm_page_t m;
	FRAME();

	for (pindex = start; pindex < end; pindex++) {
		m = vm_page_grab(mach, object, pindex,
		    VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
		if (m->valid != VM_PAGE_BITS_ALL &&
		    !vm_object_page_in(mach, object, m)) {
			vm_page_free(mach, m);
			break;
		}
	}
	/* They stayed busy so that none is taken while another is read. */
	if (pindex > start) {
		m = vm_page_find(object, start);
		for (; m != NULL && m->pindex < pindex;
		     m = TAILQ_NEXT(m, listq))
			vm_page_wakeup(mach, m);
	}
	return (pindex == end);
}

/*
 * Returns the page that a program sees at "pindex" of "*object" and, through
 * "object", whose it is; NULL when there is none.  For MADV_FREE the search
 * ends at an object that others may see.
 *
 * FreeBSD vm_object.c vm_object_madvise(), a part of it: same.
 */
static vm_page_t
vm_object_madvise_lookup(struct machine *mach, vm_object_t *object,
    vm_pindex_t pindex, int advise)
{
	vm_object_t tobject;
	vm_page_t m;

	for (tobject = *object; tobject != NULL;
	     tobject = tobject->backing_object) {
		if (advise == VM_MADV_FREE &&
		    (!vm_object_is_anonymous(tobject) ||
			(tobject->flags & OBJ_ONEMAPPING) == 0))
			return (NULL);
		if ((m = vm_page_find(tobject, pindex)) != NULL) {
			*object = tobject;
			return (m);
		}
		pindex += atop(tobject->backing_object_offset);
	}
	return (NULL);
}

/*
 * Tells the paging queues what the program says about "count" pages from
 * "pindex" on, wherever in the shadow chain they lie.  Pages that are held,
 * wired, unmanaged or not wholly valid are left alone.
 *
 * FreeBSD vm_object.c vm_object_madvise(): same, no swap.
 */
void
vm_object_madvise(struct machine *mach, vm_object_t object, vm_pindex_t pindex,
    int count, int advise)
{
	vm_object_t tobject;
	vm_pindex_t end;
	vm_page_t m;
	FRAME();

	if (object == NULL)
		return;
	for (end = pindex + (vm_pindex_t)count; pindex < end; pindex++) {
		tobject = object;
		m = vm_object_madvise_lookup(mach, &tobject, pindex, advise);
		if (m == NULL || m->valid != VM_PAGE_BITS_ALL ||
		    m->hold_count != 0 || m->wire_count != 0 ||
		    (vm_page_flags(m) & PG_UNMANAGED) != 0)
			continue;
		vm_object_page_sleep(mach, m, "madvpo");
		if (advise == VM_MADV_WILLNEED)
			vm_page_activate(mach, m);
		else if (advise == VM_MADV_DONTNEED)
			vm_page_dontneed(mach, m);
		else if (advise == VM_MADV_FREE) {
			/* Clean first, or dontneed would find it dirty. */
			pmap_clear_modify(mach, m);
			vm_page_use(mach, m)->dirty = 0;
			m->act_count = 0;
			vm_page_dontneed(mach, m);
		}
	}
}
