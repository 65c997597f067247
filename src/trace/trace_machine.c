/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine that a trace's first statement describes.
 */
#include "trace/trace_var.h"

#include "amd64/machdep.h"

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
	if (machdep_check(&c, &kernel, why, sizeof(why)) != PMAPSIM_OK) {
		trace_read_error(rd, st->pub.line, "%s", why);
		return (false);
	}
	*config = c;
	return (true);
}
