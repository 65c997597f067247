/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the addresses at which other CPUs can get in the way of a statement:
 * those whose mapping it changes.
 */
#include "race/race_var.h"
#include "vm/vm_page.h"

static void
find_add(struct race *r, vm_offset_t va)
{
	unsigned i;

	va = trunc_page(va);
	for (i = 0; i < r->naddress; i++)
		if (r->address[i] == va)
			return;
	if (r->naddress < PMAPSIM_RACE_ADDRESSES)
		r->address[r->naddress++] = va;
}

/* The first, the middle and the last page of [start, end). */
static void
find_range(struct race *r, vm_offset_t start, vm_offset_t end)
{

	find_add(r, start);
	find_add(r, start + (end - start) / 2);
	find_add(r, end - 1);
}

/* The pmap or space that "name" is in the trace; NULL: none. */
static pmap_t
find_pmap(struct race *r, struct trace_text name)
{
	char text[TRACE_NAME_MAX + 1];

	if (name.len > TRACE_NAME_MAX)
		return (NULL);
	snprintf(text, sizeof(text), "%.*s", (int)name.len, name.s);
	return (pmapsim_replay_pmap(r->replay, text));
}

/* Where a page is mapped that the statement names by object and index. */
static bool
find_page(struct race *r, struct machine *mach)
{
	char name[TRACE_NAME_MAX + 1];
	vm_object_t object;
	struct md_page *pvh;
	pv_entry_t pv;
	vm_page_t m;

	if (r->st.op->args[0] != TA_OBJECT || r->st.op->args[1] != TA_PINDEX)
		return (false);
	snprintf(name, sizeof(name), "%.*s", (int)r->st.str[0].len,
	    r->st.str[0].s);
	object = pmapsim_replay_object(r->replay, name);
	m = object == NULL ? NULL : vm_page_lookup(mach, object, r->st.num[1]);
	if (m == NULL)
		return (false);
	if ((pv = TAILQ_FIRST(&m->md.pv_list)) != NULL)
		find_add(r, pv->pv_va);
	else {
		pvh = pa_to_pvh(mach, VM_PAGE_TO_PHYS(m));
		if ((pv = TAILQ_FIRST(&pvh->pv_list)) == NULL)
			return (false);
		find_add(r, pv->pv_va + (VM_PAGE_TO_PHYS(m) & PDRMASK));
		find_range(r, pv->pv_va, pv->pv_va + NBPDR);
	}
	r->pmap = pv_pmap(pv);
	return (true);
}

/* The statement's own address argument, and the pages that it repeats. */
static bool
find_argument(struct race *r)
{
	int i;

	for (i = 0; i < TRACE_ARGS_MAX && r->st.op->args[i] != TA_END; i++)
		if (trace_arg_is_address(r->st.op->args[i])) {
			find_range(r, r->st.num[i],
			    r->st.num[i] + ptoa(trace_repeat(&r->st)));
			r->pmap = find_pmap(r, trace_stmt_space(&r->st));
			return (true);
		}
	return (false);
}

/*
 * Of a statement about a whole pmap, where the first and the last page of its
 * first chunk of pv entries are mapped.
 */
static bool
find_chunk(struct race *r)
{
	const struct trace_op *op = r->st.op;
	const struct pv_chunk *pc;
	unsigned entry;
	int i;

	for (i = trace_op_args(op) - 1; i >= 0; i--)
		if (op->args[i] == TA_PMAP || op->args[i] == TA_SPACE)
			break;
	if (i < 0 || (r->pmap = find_pmap(r, r->st.str[i])) == NULL ||
	    (pc = TAILQ_FIRST(&r->pmap->pm_pvchunk)) == NULL)
		return (false);
	for (entry = 0; entry < _NPCPV; entry++)
		if ((pc->pc_map[entry / 64] >> (entry % 64) & 1) == 0) {
			if (r->naddress == 2)
				r->naddress = 1;
			find_add(r, pc->pc_pventry[entry].pv_va);
		}
	return (r->naddress != 0);
}

bool
race_find_addresses(struct race *r, struct machine *mach)
{
	struct trace_range range;
	unsigned i;

	r->naddress = 0;
	r->pmap = NULL;
	if (r->options->naddress != 0) {
		for (i = 0; i < r->options->naddress; i++)
			find_add(r, r->options->address[i]);
		r->pmap = find_pmap(r, trace_stmt_space(&r->st));
		return (true);
	}
	range = trace_stmt_range(&r->st, 0);
	if (range.does != TD_NOTHING && !range.whole_allocation &&
	    range.end > range.start) {
		find_range(r, range.start, range.end);
		/* What a promotion looks at. */
		if (range.does == TD_MAPS)
			find_range(r, trunc_2mpage(range.start),
			    trunc_2mpage(range.start) + NBPDR);
		r->pmap = find_pmap(r, trace_stmt_space(&r->st));
		return (true);
	}
	if (find_page(r, mach) || find_argument(r) || find_chunk(r))
		return (true);
	snprintf(r->err, r->errsize,
	    "line %u: no address is known whose mapping %s changes; --address "
	    "names some",
	    r->st.pub.line, r->st.op->info.name);
	r->error = PMAPSIM_ENOTSUP;
	return (false);
}
