/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine that a trace's first statement describes.
 */
#include "trace/trace_var.h"

#include "amd64/machdep.h"
#include "vm/vm_kernels.h"

/*
 * Whether the kernel of "st" has what the machine is to have: kernels up to 9.0
 * have a kmem_map, and later ones have arenas, beside which addresses can be
 * set aside.  A trace that is replayed under another kernel gets what that one
 * has of it.
 */
static bool
machine_fits_kernel(struct trace_reader *rd, const struct trace_stmt *st,
    const struct pmapsim_config *c, const struct kernel *kernel)
{
	const bool arenas = kernel_has_arenas(kernel);

	if (arenas && trace_has(st, TK_KMEM) && c->kmem != 0)
		trace_read_error(rd, st->pub.line,
		    "kmem= under kernel %s, which has no kmem_map; kva= gives "
		    "it addresses for mappings of the trace's own",
		    kernel->name);
	else if (!arenas && c->kva != 0)
		trace_read_error(rd, st->pub.line,
		    "kva= under kernel %s, which has a kmem_map instead; "
		    "kmem= gives its size, and kmem_alloc_nofault addresses "
		    "for mappings of the trace's own",
		    kernel->name);
	else
		return (true);
	return (false);
}

bool
trace_machine_config(struct trace_reader *rd, const struct trace_stmt *st,
    struct pmapsim_config *config)
{
	struct pmapsim_config c;
	struct kernel kernel;
	char name[PMAPSIM_KERNEL_NAME_SIZE], why[256];

	/* A kernel that there is not is an error of the boot, or the check. */
	if (trace_has(st, TK_KERNEL))
		snprintf(name, sizeof(name), "%.*s",
		    (int)(st->kernel.len < sizeof(name) ? st->kernel.len : 0),
		    st->kernel.s);
	if (!trace_has(st, TK_KERNEL) ||
	    !kernel_parse(name, &kernel, why, sizeof(why)))
		(void)kernel_parse(NULL, &kernel, why, sizeof(why));
	rd->kernel_min = kernel_vm_min_address(&kernel);
	pmapsim_config_init(&c);
	if (trace_has(st, TK_MEM))
		c.mem = st->key[TK_MEM];
	if (trace_has(st, TK_FIRST))
		c.first = st->key[TK_FIRST];
	c.kmem_given = trace_has(st, TK_KMEM);
	c.kmem = c.kmem_given ? st->key[TK_KMEM] : 0;
	if (trace_has(st, TK_KVA))
		c.kva = st->key[TK_KVA];
	if (trace_has(st, TK_NCPU))
		c.ncpu = (unsigned)st->key[TK_NCPU];
	if (trace_has(st, TK_SUPERPAGES))
		c.superpages = st->key[TK_SUPERPAGES];
	if (trace_has(st, TK_INVARIANTS))
		c.invariants = st->key[TK_INVARIANTS];
	if (trace_has(st, TK_MAXPROC))
		c.maxproc = (unsigned)st->key[TK_MAXPROC];
	if (!machine_fits_kernel(rd, st, &c, &kernel))
		return (false);
	if (machdep_check(&c, &kernel, why, sizeof(why)) != PMAPSIM_OK) {
		trace_read_error(rd, st->pub.line, "%s", why);
		return (false);
	}
	*config = c;
	return (true);
}
