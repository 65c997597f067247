/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The statements about kernel memory.
 */
#include "trace/trace_var.h"

#include "vm/vm_kernels.h"

/* A failure is written 0, not 0x0. */
static void
call_address(struct pmapsim_replay *rp, vm_offset_t va)
{

	if (va == 0)
		trace_result_word(rp, "0");
	else
		trace_result_hex(rp, NULL, va);
}

/* kmem_map, NULL with the error when the machine has none. */
static vm_map_t
call_kmem_map(struct pmapsim_replay *rp)
{
	vm_map_t map;

	map = kernel_memory_has_arenas(rp->mach) ?
	    pmapsim_kernel_map(rp->mach) :
	    pmapsim_kmem_map(rp->mach);
	if (map == NULL)
		trace_call_error(rp, "the machine has no kmem_map (kmem=0)");
	return (map);
}

static int
call_malloc_flags(const struct trace_stmt *st)
{

	return ((trace_has(st, TF_NOWAIT) ? M_NOWAIT : M_WAITOK) |
	    (trace_has(st, TF_ZERO) ? M_ZERO : 0) |
	    (trace_has(st, TF_RESERVE) ? M_USE_RESERVE : 0));
}

void
trace_call_kmem_malloc(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	vm_map_t map;

	if ((map = call_kmem_map(rp)) == NULL)
		return;
	rp->result.calls++;
	call_address(rp,
	    kmem_malloc(rp->mach, map, st->num[0], call_malloc_flags(st)));
}

void
trace_call_kmem_free(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	vm_map_t map;

	if ((map = call_kmem_map(rp)) == NULL)
		return;
	rp->result.calls++;
	kmem_free(rp->mach, map, st->num[0], st->num[1]);
}

void
trace_call_kmem_alloc_nofault(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{

	rp->result.calls++;
	call_address(rp,
	    kmem_alloc_nofault(rp->mach, pmapsim_kernel_map(rp->mach),
		st->num[0]));
}

void
trace_call_kmem_alloc_contig(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{

	rp->result.calls++;
	call_address(rp,
	    kmem_alloc_contig(rp->mach, pmapsim_kernel_map(rp->mach),
		st->num[0], M_NOWAIT, st->num[1], st->num[2], st->num[3],
		st->num[4], VM_MEMATTR_DEFAULT));
}

void
trace_call_kmem_alloc_attr(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{

	rp->result.calls++;
	call_address(rp,
	    kmem_alloc_attr(rp->mach, pmapsim_kernel_map(rp->mach), st->num[0],
		M_NOWAIT, st->num[1], st->num[2], VM_MEMATTR_DEFAULT));
}

void
trace_call_pmap_growkernel(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{

	rp->result.calls++;
	pmap_growkernel(rp->mach, st->num[0]);
}

void
trace_call_kmem_free_nofault(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{

	rp->result.calls++;
	kmem_free(rp->mach, pmapsim_kernel_map(rp->mach), st->num[0],
	    st->num[1]);
}

/* Smaller sizes live in UMA's zones, which take no simulated memory. */
void
trace_call_malloc(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	if (call_kmem_map(rp) == NULL)
		return;
	if (st->num[0] <= PAGE_SIZE) {
		trace_call_error(rp,
		    "malloc of %llu bytes comes from a UMA "
		    "zone, which is not simulated; above 4096 is",
		    (unsigned long long)st->num[0]);
		return;
	}
	if (st->num[0] > INT32_MAX) {
		trace_call_error(rp,
		    "malloc of %llu bytes; "
		    "uma_large_malloc() takes an int",
		    (unsigned long long)st->num[0]);
		return;
	}
	rp->result.calls++;
	call_address(rp,
	    kern_malloc(rp->mach, st->num[0], call_malloc_flags(st)));
}

void
trace_call_free(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	if (call_kmem_map(rp) == NULL)
		return;
	rp->result.calls++;
	kern_free(rp->mach, st->num[0]);
}
