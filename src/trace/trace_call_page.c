/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The statements about objects, pages and reservations.
 */
#include "trace/trace_var.h"

#include <limits.h>

#include "vm/vm_kernels.h"
#include "vm/vm_object.h"

vm_page_t
trace_page(struct pmapsim_replay *rp, const struct trace_stmt *st, int i,
    vm_pindex_t pindex)
{
	struct machine *mach = rp->mach;
	vm_page_t m;

	m = vm_page_lookup(mach, trace_object(rp, st, i), pindex);
	if (__builtin_expect(m == NULL, 0)) {
		trace_call_error(rp, "object %.*s has no page %llu",
		    TRACE_QUOTE(st->str[i]), (unsigned long long)pindex);
		rp->result.bad_input = PMAPSIM_BAD_PAGE;
	}
	return (m);
}

/* Calls fn() for each page that a statement OBJ PINDEX [repeat=N] names. */
static void
call_pages(struct pmapsim_replay *rp, const struct trace_stmt *st,
    void (*fn)(struct machine *mach, vm_page_t m))
{
	uint64_t i, n = trace_repeat(st);
	vm_page_t m;

	for (i = 0; i < n; i++) {
		m = trace_page(rp, st, 0, st->num[1] + i);
		if (m == NULL)
			return;
		rp->result.calls++;
		fn(rp->mach, m);
	}
}

void
trace_call_vm_object_allocate(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{
	struct trace_name *name;
	vm_object_t object;

	if (trace_has(st, TF_NAMED) && !kernel_memory_has_arenas(rp->mach)) {
		trace_call_error(rp,
		    "named: to kernel %s all objects are alike; kernels from "
		    "2022-07 on tell those that have a name",
		    rp->mach->kernel.name);
		return;
	}
	rp->result.calls++;
	object = vm_object_allocate(rp->mach,
	    trace_has(st, TF_VNODE) ? OBJT_VNODE : OBJT_DEFAULT, st->num[1]);
	if (trace_has(st, TF_NAMED))
		object->flags |= OBJ_NAMED;
	/* A page index; pg_color keeps 16 bits of it. */
	if (trace_has(st, TK_COLOR))
		pmapsim_object_color(rp->mach, object,
		    (uint16_t)st->key[TK_COLOR]);
	name = trace_names_add(&rp->objects, st->str[0], st->pub.line);
	if (name == NULL ||
	    !trace_name_object(rp, (uint32_t)(name - rp->objects.entries),
		object))
		trace_no_memory(rp, NULL);
}

void
trace_call_vm_object_populate(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{

	rp->result.calls++;
	trace_result_dec(rp, NULL,
	    vm_object_populate(rp->mach, trace_object(rp, st, 0), st->num[1],
		st->num[2]));
}

void
trace_call_vm_object_page_remove(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{

	rp->result.calls++;
	vm_object_page_remove(rp->mach, trace_object(rp, st, 0), st->num[1],
	    st->num[2], FALSE);
}

void
trace_call_vm_object_madvise(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{

	rp->result.calls++;
	vm_object_madvise(rp->mach, trace_object(rp, st, 0), st->num[1],
	    st->num[2] < INT_MAX ? (int)st->num[2] : INT_MAX, (int)st->num[3]);
}

void
trace_call_vm_object_deallocate(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{
	vm_object_t object = trace_object(rp, st, 0);

	rp->result.calls++;
	vm_object_deallocate(rp->mach, object);
	trace_names_remove(&rp->objects, &rp->objects.entries[st->ref[0]]);
}

/*
 * Allocates, and makes the page what a fault handler would: valid, not busy,
 * and on the active queue unless it is wired.
 */
void
trace_call_vm_page_alloc(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	struct machine *mach = rp->mach;
	vm_object_t object = trace_object(rp, st, 0);
	vm_paddr_t pa = 0, xor = 0;
	uint64_t i, n;
	vm_page_t m;
	int req;

	req = trace_has(st, TK_REQ) ? (int)st->key[TK_REQ] : VM_ALLOC_NORMAL;
	if (trace_has(st, TF_WIRED))
		req |= VM_ALLOC_WIRED;
	if (trace_has(st, TF_ZERO))
		req |= VM_ALLOC_ZERO;
	n = trace_repeat(st);
	for (i = 0; i < n; i++) {
		rp->result.calls++;
		m = vm_page_alloc(mach, object, st->num[1] + i, req);
		if (m == NULL)
			break;
		m->valid = VM_PAGE_BITS_ALL;
		vm_page_wakeup(mach, m);
		if ((req & VM_ALLOC_WIRED) == 0)
			vm_page_activate(mach, m);
		pa = VM_PAGE_TO_PHYS(m);
		xor ^= pa;
	}
	if (trace_has(st, TK_REPEAT)) {
		trace_result_dec(rp, "n", (int64_t)i);
		trace_result_hex(rp, "last", pa);
		trace_result_hex(rp, "xor", xor);
	} else if (i == 0)
		trace_result_word(rp, "none");
	else
		trace_result_hex(rp, NULL, pa);
}

void
trace_call_vm_page_free(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	call_pages(rp, st, vm_page_free);
}

void
trace_call_vm_page_deactivate(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{

	call_pages(rp, st, vm_page_deactivate);
}

void
trace_call_vm_page_wire(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	call_pages(rp, st, vm_page_wire);
}

static void
call_unwire(struct machine *mach, vm_page_t m)
{

	vm_page_unwire(mach, m, 1);
}

void
trace_call_vm_page_unwire(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{

	call_pages(rp, st, call_unwire);
}

void
trace_call_vm_reserv_reclaim_inactive(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{

	rp->result.calls++;
	trace_result_dec(rp, NULL, vm_reserv_reclaim_inactive(rp->mach));
}

void
trace_call_vm_reserv_break_all(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{

	rp->result.calls++;
	vm_reserv_break_all(rp->mach, trace_object(rp, st, 0));
}

/* Anywhere in memory, across any boundary. */
void
trace_call_vm_reserv_reclaim_contig(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{

	rp->result.calls++;
	trace_result_dec(rp, NULL,
	    vm_reserv_reclaim_contig(rp->mach, st->num[0], 0,
		rp->mach->config.mem, st->num[1], 0));
}

void
trace_call_vm_reserv_free_again(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{
	struct machine *mach = rp->mach;

	if (st->num[0] < mach->config.first || st->num[0] >= mach->config.mem) {
		trace_call_error(rp, "%#llx is no page that can be allocated",
		    (unsigned long long)st->num[0]);
		return;
	}
	rp->result.calls++;
	trace_result_dec(rp, NULL,
	    vm_reserv_free_again(mach, phys_to_vm_page(mach, st->num[0])));
}

void
trace_call_page(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	struct machine *mach = rp->mach;
	vm_page_t m;

	m = trace_page(rp, st, 0, st->num[1]);
	if (m == NULL)
		return;
	trace_result_hex(rp, "pa", VM_PAGE_TO_PHYS(m));
	trace_result_dec(rp, "wire", m->wire_count);
	trace_result_hex(rp, "dirty", vm_page_use(mach, m)->dirty);
	trace_result_dec(rp, "ref",
	    (vm_page_aflags(mach, m) & PG_REFERENCED) != 0);
	trace_result_dec(rp, "writeable",
	    (vm_page_aflags(mach, m) & PG_WRITEABLE) != 0);
}
