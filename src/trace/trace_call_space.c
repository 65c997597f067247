/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The statements about programs: address spaces as exec, fork and exit make
 * and end them, the system calls on them, and accesses whose page faults the
 * kernel serves.
 */
#include "trace/trace_var.h"

#include <errno.h>
#include <stdio.h>

#include <pmapsim/hw.h>

#include "amd64/pmap_walk.h"
#include "vm/vm_map.h"

static const char *const kern_names[] = {
    [KERN_SUCCESS] = "KERN_SUCCESS",
    [KERN_INVALID_ADDRESS] = "KERN_INVALID_ADDRESS",
    [KERN_PROTECTION_FAILURE] = "KERN_PROTECTION_FAILURE",
    [KERN_NO_SPACE] = "KERN_NO_SPACE",
    [KERN_INVALID_ARGUMENT] = "KERN_INVALID_ARGUMENT",
    [KERN_FAILURE] = "KERN_FAILURE",
    [KERN_RESOURCE_SHORTAGE] = "KERN_RESOURCE_SHORTAGE",
};

static void
call_kern(struct pmapsim_replay *rp, int error)
{

	trace_result_word(rp, kern_names[error]);
}

/* The host's numbers differ between systems, their names do not. */
static const char *
call_errno(int error)
{

	return (error == EINVAL ? "EINVAL" :
		error == ENOMEM ? "ENOMEM" :
				  "error");
}

/* Gives "map" and its pmap the name of argument 0. */
static void
call_name_space(struct pmapsim_replay *rp, const struct trace_stmt *st,
    vm_map_t map)
{
	struct trace_name *name;
	pmap_t pmap = pmapsim_map_pmap(map);

	name = trace_names_add(&rp->pmaps, st->str[0], st->pub.line);
	if (name == NULL) {
		trace_no_memory(rp, NULL);
		return;
	}
	name->ptr = pmap;
	name->map = map;
	name->is_space = true;
	snprintf(pmap->pm_name, sizeof(pmap->pm_name), "%s", name->name);
}

void
trace_call_vmspace_alloc(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	call_name_space(rp, st, vmspace_alloc(rp->mach));
}

void
trace_call_vmspace_fork(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	call_name_space(rp, st, vmspace_fork(rp->mach, trace_space(rp, st, 1)));
}

void
trace_call_vmspace_free(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	vmspace_free(rp->mach, trace_space(rp, st, 0));
	trace_names_remove(&rp->pmaps, &rp->pmaps.entries[st->ref[0]]);
}

void
trace_call_vmspace_exit(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	vmspace_exit(rp->mach, trace_space(rp, st, 0));
	trace_names_remove(&rp->pmaps, &rp->pmaps.entries[st->ref[0]]);
}

/* Maps "object", from "offset" on, where and how the statement says. */
static void
call_mmap(struct pmapsim_replay *rp, const struct trace_stmt *st, int flags,
    vm_object_t object, vm_ooffset_t offset)
{
	vm_offset_t addr = st->num[1];
	int error;

	flags |= trace_has(st, TF_SHARED) ? PMAPSIM_MAP_SHARED :
					    PMAPSIM_MAP_PRIVATE;
	if (trace_has(st, TF_FIXED))
		flags |= PMAPSIM_MAP_FIXED;
	rp->result.calls++;
	error = vm_mmap(rp->mach, trace_space(rp, st, 0), &addr, st->num[2],
	    (vm_prot_t)st->key[TK_PROT], VM_PROT_ALL, flags, object, offset);
	if (error != 0)
		trace_result_word(rp, call_errno(error));
	else
		trace_result_hex(rp, NULL, addr);
}

void
trace_call_mmap(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	call_mmap(rp, st, PMAPSIM_MAP_ANON, NULL, 0);
}

void
trace_call_vm_mmap(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	vm_object_t object = trace_object(rp, st, 3);

	/* The call takes a reference over, and the trace keeps its own. */
	vm_object_reference(rp->mach, object);
	call_mmap(rp, st, 0, object, st->num[4]);
}

void
trace_call_vm_map_find(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	vm_offset_t addr = st->num[0];
	int result;

	rp->result.calls++;
	result = vm_map_find(rp->mach, pmapsim_kernel_map(rp->mach), NULL, 0,
	    &addr, st->num[1], (int)st->num[2], VM_PROT_ALL, VM_PROT_ALL,
	    MAP_NOFAULT);
	if (result == KERN_SUCCESS)
		trace_result_hex(rp, NULL, addr);
	else
		call_kern(rp, result);
}

void
trace_call_munmap(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	call_kern(rp,
	    vm_map_remove(rp->mach, trace_space(rp, st, 0), st->num[1],
		round_page(st->num[1] + st->num[2])));
}

void
trace_call_mprotect(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	call_kern(rp,
	    vm_map_protect(rp->mach, trace_space(rp, st, 0), st->num[1],
		round_page(st->num[1] + st->num[2]),
		(vm_prot_t)st->key[TK_PROT], FALSE));
}

void
trace_call_madvise(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	call_kern(rp,
	    vm_map_madvise(rp->mach, trace_space(rp, st, 0), st->num[1],
		round_page(st->num[1] + st->num[2]), (int)st->num[3]));
}

void
trace_call_mlock(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	call_kern(rp,
	    vm_map_wire(rp->mach, trace_space(rp, st, 0), st->num[1],
		round_page(st->num[1] + st->num[2]),
		VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES));
}

void
trace_call_munlock(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	call_kern(rp,
	    vm_map_unwire(rp->mach, trace_space(rp, st, 0), st->num[1],
		round_page(st->num[1] + st->num[2]),
		VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES));
}

void
trace_call_minherit(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	call_kern(rp,
	    vm_map_inherit(rp->mach, trace_space(rp, st, 0), st->num[1],
		round_page(st->num[1] + st->num[2]), (int)st->num[3]));
}

void
trace_call_brk(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	int error;

	rp->result.calls++;
	error = pmapsim_brk(rp->mach, trace_space(rp, st, 0), st->num[1],
	    st->num[2]);
	trace_result_word(rp, error == 0 ? "0" : call_errno(error));
}

/* As "touch", but through the page-fault handler and the CPU's TLB. */
void
trace_call_access(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	vm_map_t map = trace_space(rp, st, 0);
	uint64_t i, n = trace_repeat(st), faults = 0;
	vm_paddr_t pa, xor = 0;
	unsigned access;

	access = trace_access(st, 2);
	for (i = 0; i < n; i++) {
		rp->result.calls++;
		if (pmapsim_access(rp->mach, map, st->num[1] + i * PAGE_SIZE,
			access, &pa) != PMAPSIM_OK)
			faults++;
		else
			xor ^= pa;
	}
	trace_result_accesses(rp, st, faults, xor);
}

/*
 * The handler's part of a page fault alone: what a CPU does that has taken
 * its fault before another CPU served the same one.  The program runs there,
 * or it could not have faulted.
 */
void
trace_call_vm_fault(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	vm_map_t map = trace_space(rp, st, 0);
	pmap_t pmap = pmapsim_map_pmap(map);

	if (!pmap_is_current(rp->mach, pmap))
		pmap_activate(rp->mach, pmap);
	rp->result.calls++;
	call_kern(rp,
	    vm_fault(rp->mach, map, trunc_page(st->num[1]),
		(vm_prot_t)st->num[2], VM_FAULT_NORMAL));
}

void
trace_call_mincore(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	trace_result_hex(rp, NULL,
	    (uint64_t)pmap_mincore(rp->mach, trace_pmap(rp, st, 0),
		st->num[1]));
}
