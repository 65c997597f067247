/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wiring by faults, unwiring, and copying entries that are wired.
 */
#include "vm/pmap.h"
#include "vm/vm_kernels.h"
#include "vm/vm_map.h"
#include "vm/vm_page_tree.h"

/*
 * Faults in and wires the pages [start, end), whose entry counts as wired
 * already; on an error what was wired is unwired again.
 *
 * FreeBSD vm_fault.c vm_fault_wire(): same.
 */
int
vm_fault_wire(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end, boolean_t user_wire, boolean_t fictitious)
{
	vm_offset_t va;
	vm_prot_t type;
	int flags, result;
	FRAME();

	type = VM_PROT_NONE;
	flags = VM_FAULT_CHANGE_WIRING;
	if (wire_asks_to_read(mach)) {
		type = VM_PROT_READ | (user_wire ? 0 : VM_PROT_WRITE);
		if (user_wire)
			flags |= VM_FAULT_USER_WIRE;
	}
	for (va = start; va < end; va += PAGE_SIZE) {
		result = vm_fault(mach, map, va, type, flags);
		if (result != KERN_SUCCESS) {
			if (va != start)
				vm_fault_unwire(mach, map, start, va,
				    fictitious);
			return (result);
		}
	}
	return (KERN_SUCCESS);
}

/*
 * A mapping that pmap_kenter() made of a device is unwired: the page array has
 * nothing at its frame, which the kernel does not check.
 *
 * FreeBSD vm_fault.c vm_fault_unwire(): same, its trap.
 */
_Noreturn void __attribute__((noinline, cold))
vm_fault_unwire_trap(struct machine *mach, vm_offset_t va, vm_paddr_t pa)
{
	FRAME_AS("vm_fault_unwire");

	stop("vm_fault_unwire: page fault trap: va %#llx maps %#llx, which is "
	     "no memory",
	    (unsigned long long)va, (unsigned long long)pa);
}

/*
 * Unwires what is mapped in [va, end), where a superpage has to be demoted for
 * the first page.  The mapping loses its wiring before its page: a page that is
 * unwired while a mapping still says otherwise would look wired by somebody
 * else.
 *
 * FreeBSD vm_fault.c vm_fault_unwire(): same, the pmap goes ahead by tables.
 */
static void __attribute__((noinline))
vm_fault_unwire_pages(struct machine *mach, pmap_t pmap, vm_offset_t va,
    vm_offset_t end, boolean_t fictitious)
{
	vm_paddr_t pa;

	for (; va < end; va = pmap_unwire_tables(mach, pmap, va + PAGE_SIZE,
			     end, fictitious)) {
		pa = pmap_extract(mach, pmap, va);
		if (pa == 0)
			continue;
		pmap_change_wiring(mach, pmap, va, FALSE);
		if (fictitious)
			continue;
		if (pa >= mach->config.mem)
			vm_fault_unwire_trap(mach, va, pa);
		vm_page_unwire(mach, phys_to_vm_page(mach, pa), TRUE);
	}
}

/*
 * Unwires what is mapped in [start, end); fictitious pages have no wire count
 * of their own.  Budget kmem_free/64K/page pays for asking the pmap first,
 * which needs no demotion in most cases.
 *
 * FreeBSD vm_fault.c vm_fault_unwire(): same.
 */
void
vm_fault_unwire(struct machine *mach, vm_map_t map, vm_offset_t start,
    vm_offset_t end, boolean_t fictitious)
{
	FRAME();

	if (unwire_goes_by_object(mach) && !fictitious) {
		museum_unwire_object(mach, map, start, end);
		return;
	}
	start = pmap_unwire_tables(mach, map->pmap, start, end, fictitious);
	if (start < end)
		vm_fault_unwire_pages(mach, map->pmap, start, end, fictitious);
}

/*
 * Returns the page at "pindex" of a wired source object; where the source can
 * only be read, that of the objects behind it.
 *
 * FreeBSD vm_fault.c vm_fault_copy_entry(), its inner loop: same.
 */
static vm_page_t
vm_fault_copy_source(struct machine *mach, vm_object_t object,
    vm_pindex_t pindex, boolean_t readonly)
{
	vm_page_t m;

	while ((m = vm_page_find(object, pindex)) == NULL && readonly &&
	    object->backing_object != NULL) {
		pindex += atop(object->backing_object_offset);
		object = object->backing_object;
	}
	return (m);
}

/*
 * Copies all pages of wired "src_entry" into a new object for "dst_entry" and
 * maps them there: what fork must do where it cannot wait for faults.  With
 * the two entries the same one, it makes a wired copy-on-write entry that just
 * became writable independent; its new pages are wired in place of the old.
 *
 * FreeBSD vm_fault.c vm_fault_copy_entry(): same, all charges succeed.
 */
void
vm_fault_copy_entry(struct machine *mach, vm_map_t dst_map, vm_map_t src_map,
    vm_map_entry_t dst_entry, vm_map_entry_t src_entry)
{
	vm_object_t dst_object, src_object;
	vm_page_t dst_m, src_m;
	vm_pindex_t pindex, src_pindex;
	vm_offset_t vaddr;
	vm_prot_t access, prot;
	boolean_t src_readonly, upgrade;
	FRAME();

	upgrade = src_entry == dst_entry;
	src_object = src_entry->object.vm_object;
	src_pindex = atop(src_entry->offset);
	src_readonly = (src_entry->protection & VM_PROT_WRITE) == 0;

	dst_object = vm_object_allocate(mach, OBJT_DEFAULT,
	    atop(dst_entry->end - dst_entry->start));
	pmapsim_object_color(mach, dst_object,
	    (uint16_t)atop(dst_entry->start));
	KASSERT(upgrade || dst_entry->object.vm_object == NULL,
	    ("vm_fault_copy_entry: vm_object not NULL"));
	KASSERT(upgrade || !dst_entry->uip,
	    ("vm_fault_copy_entry: leaked swp charge"));
	/*
	 * A fork charges the copy; otherwise the entry's charge moves over.  A
	 * size is recorded in any case, also where nobody is charged.
	 */
	dst_object->uip = swap_is_charged(mach) && (!upgrade || dst_entry->uip);
	dst_object->charge = dst_object->uip ||
	    (swap_is_charged(mach) && !copy_entry_charges_payer(mach));
	dst_entry->uip = false;
	dst_entry->object.vm_object = dst_object;
	dst_entry->offset = 0;

	prot = fork_maps_wired_by_maximum(mach) && !upgrade ?
	    dst_entry->max_protection :
	    dst_entry->protection;
	access = prot;
	if (!upgrade)
		access &= (vm_prot_t)~VM_PROT_WRITE;
	for (vaddr = dst_entry->start, pindex = 0; vaddr < dst_entry->end;
	     vaddr += PAGE_SIZE, pindex++) {
		while ((dst_m = vm_page_alloc(mach, dst_object, pindex,
			    VM_ALLOC_NORMAL)) == NULL)
			vm_wait(mach);
		src_m = vm_fault_copy_source(mach, src_object,
		    src_pindex + pindex, src_readonly);
		if (src_m == NULL)
			panic("vm_fault_copy_wired: page missing");
		pmap_copy_page(mach, src_m, dst_m);
		dst_m->valid = VM_PAGE_BITS_ALL;
		pmap_enter(mach, dst_map->pmap, vaddr, access, dst_m, prot,
		    upgrade);
		if (upgrade) {
			vm_page_unwire(mach, src_m, FALSE);
			vm_page_wire(mach, dst_m);
			dst_m->map_wired = 1;
		} else
			vm_page_activate(mach, dst_m);
		vm_page_wakeup(mach, dst_m);
	}
	if (upgrade) {
		/* Nothing is left to copy, and the old object is let go. */
		dst_entry->eflags &= (uint16_t) ~(MAP_ENTRY_COW |
		    MAP_ENTRY_NEEDS_COPY);
		vm_object_deallocate(mach, src_object);
	}
}
