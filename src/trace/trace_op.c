/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of statements, made from trace_ops.def.
 */
#include "trace/trace_var.h"

#include "amd64/pmap_kernels.h"
#include "vm/vm_kernels.h"

/* What the rows of trace_ops.def are written with. */
#define REPEAT TK(TK_REPEAT)
#define PROT TK(TK_PROT)
#define RANGE TA_PMAP, TA_UVA_PAGE, TA_EVA
#define PAGE TA_OBJECT, TA_PINDEX
#define MACHINE_KEYS                                                          \
	(TK(TK_MEM) | TK(TK_FIRST) | TK(TK_KMEM) | TK(TK_KVA) | TK(TK_NCPU) | \
	    TK(TK_SUPERPAGES) | TK(TK_INVARIANTS) | TK(TK_MAXPROC) |          \
	    TK(TK_KERNEL) | TK(TK_TLB) | TK(TK_SCHEDULE))
#define KMEM_FLAGS (TK(TF_ZERO) | TK(TF_NOWAIT) | TK(TF_RESERVE))
#define MAPS(extent, at, to)                 \
	{                                    \
		TD_MAPS, TX_##extent, at, to \
	}
#define UNMAPS(extent, at, to)                 \
	{                                      \
		TD_UNMAPS, TX_##extent, at, to \
	}
#define PROTECTS(extent, at, to)                 \
	{                                        \
		TD_PROTECTS, TX_##extent, at, to \
	}
#define KMEM(often) [TY_KMEM] = (often)
#define RAW(often) [TY_RAW] = (often)
#define USER(often) [TY_USER] = (often)
#define SPACE(often) [TY_SPACE] = (often)
#define EXISTS(predicate, by) .exists = (predicate), .exists_by = (by)

const struct trace_op trace_ops[OP_COUNT] = {
#define TRACE_MACHINE(name, synopsis, help, ...) \
	[OP_##name] = {.info = {#name, synopsis, help}, __VA_ARGS__},
#define TRACE_OP(name, synopsis, help, ...)             \
	[OP_##name] = {.info = {#name, synopsis, help}, \
	    .call = trace_call_##name,                  \
	    __VA_ARGS__},
#include "trace/trace_ops.def"
#undef TRACE_MACHINE
#undef TRACE_OP
};

int
trace_op_args(const struct trace_op *op)
{
	int n;

	for (n = 0; n < TRACE_ARGS_MAX && op->args[n] != TA_END; n++)
		continue;
	return (n);
}

bool
trace_op_exists(const struct trace_op *op, const struct machine *mach)
{

	if ((op->rules & TR_SOME) != 0)
		return (op->exists(mach));
	return ((op->rules & (TR_OLD | TR_PROGRAM)) == 0 ||
	    !kernel_memory_has_arenas(mach));
}

const struct pmapsim_trace_op_info *
pmapsim_trace_op_info(unsigned index)
{

	return (index < OP_COUNT ? &trace_ops[index].info : NULL);
}
