/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the addresses at which other CPUs can get in the way of a statement:
 * those whose mapping it changes.
 */
#include "race/race_call.h"
#include "vm/vm_page.h"

static void
find_add(struct race_call *call, vm_offset_t va)
{
	unsigned i;

	va = trunc_page(va);
	for (i = 0; i < call->naddress; i++)
		if (call->address[i] == va)
			return;
	if (call->naddress < PMAPSIM_RACE_ADDRESSES)
		call->address[call->naddress++] = va;
}

/* The first, the middle and the last page of [start, end). */
static void
find_range(struct race_call *call, vm_offset_t start, vm_offset_t end)
{

	find_add(call, start);
	find_add(call, start + (end - start) / 2);
	find_add(call, end - 1);
}

/* The pmap or space that "name" is in the trace; NULL: none. */
static pmap_t
find_pmap(struct pmapsim_replay *rp, struct trace_text name)
{
	char text[TRACE_NAME_MAX + 1];

	if (name.len > TRACE_NAME_MAX)
		return (NULL);
	snprintf(text, sizeof(text), "%.*s", (int)name.len, name.s);
	return (pmapsim_replay_pmap(rp, text));
}

/* Where a page is mapped that the statement names by object and index. */
static bool
find_page(struct race_call *call, struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{
	struct machine *mach = rp->mach;
	char name[TRACE_NAME_MAX + 1];
	vm_object_t object;
	struct md_page *pvh;
	pv_entry_t pv;
	vm_page_t m;

	if (st->op->args[0] != TA_OBJECT || st->op->args[1] != TA_PINDEX)
		return (false);
	snprintf(name, sizeof(name), "%.*s", (int)st->str[0].len, st->str[0].s);
	object = pmapsim_replay_object(rp, name);
	m = object == NULL ? NULL : vm_page_lookup(mach, object, st->num[1]);
	if (m == NULL)
		return (false);
	if ((pv = TAILQ_FIRST(&vm_page_md(mach, m)->pv_list)) != NULL)
		find_add(call, pv->pv_va);
	else {
		pvh = page_to_pvh(mach, m);
		if ((pv = TAILQ_FIRST(&pvh->pv_list)) == NULL)
			return (false);
		find_add(call, pv->pv_va + (VM_PAGE_TO_PHYS(m) & PDRMASK));
		find_range(call, pv->pv_va, pv->pv_va + NBPDR);
	}
	call->pmap = pv_pmap(pv);
	return (true);
}

/* The statement's own address argument, and the pages that it repeats. */
static bool
find_argument(struct race_call *call, struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{
	int i;

	for (i = 0; i < TRACE_ARGS_MAX && st->op->args[i] != TA_END; i++)
		if (trace_arg_is_address(st->op->args[i])) {
			find_range(call, st->num[i],
			    st->num[i] + ptoa(trace_repeat(st)));
			call->pmap = find_pmap(rp, trace_stmt_space(st));
			return (true);
		}
	return (false);
}

/*
 * Of a statement about a whole pmap, where the first and the last page of its
 * first chunk of pv entries are mapped.
 */
static bool
find_chunk(struct race_call *call, struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{
	const struct trace_op *op = st->op;
	const struct pv_chunk *pc;
	unsigned entry;
	int i;

	for (i = trace_op_args(op) - 1; i >= 0; i--)
		if (op->args[i] == TA_PMAP || op->args[i] == TA_SPACE)
			break;
	if (i < 0 || (call->pmap = find_pmap(rp, st->str[i])) == NULL ||
	    (pc = TAILQ_FIRST(&call->pmap->pm_pvchunk)) == NULL)
		return (false);
	for (entry = 0; entry < _NPCPV; entry++)
		if ((pc->pc_map[entry / 64] >> (entry % 64) & 1) == 0) {
			if (call->naddress == 2)
				call->naddress = 1;
			find_add(call, pc->pc_pventry[entry].pv_va);
		}
	return (call->naddress != 0);
}

static bool
find_addresses(struct race_call *call, struct pmapsim_replay *rp,
    const struct trace_stmt *st, const vm_offset_t *given, unsigned n)
{
	struct trace_range range;
	unsigned i;

	call->naddress = 0;
	call->pmap = NULL;
	if (n != 0) {
		for (i = 0; i < n; i++)
			find_add(call, given[i]);
		call->pmap = find_pmap(rp, trace_stmt_space(st));
		return (true);
	}
	range = trace_stmt_range(st, 0);
	if (range.does != TD_NOTHING && !range.whole_allocation &&
	    range.end > range.start) {
		find_range(call, range.start, range.end);
		/* What a promotion looks at. */
		if (range.does == TD_MAPS)
			find_range(call, trunc_2mpage(range.start),
			    trunc_2mpage(range.start) + NBPDR);
		call->pmap = find_pmap(rp, trace_stmt_space(st));
		return (true);
	}
	return (find_page(call, rp, st) || find_argument(call, rp, st) ||
	    find_chunk(call, rp, st));
}

bool
race_call_addresses(struct race_call *call, struct pmapsim_replay *rp,
    const struct trace_stmt *st, const vm_offset_t *given, unsigned n)
{

	if (!find_addresses(call, rp, st, given, n))
		return (false);
	call->pmap_is_user = call->pmap != NULL &&
	    call->pmap != pmapsim_kernel_pmap(rp->mach);
	return (true);
}

void
race_call_name(const struct race_call *call, const struct pmapsim_replay *rp,
    const struct trace_stmt *st, char *buf, size_t size)
{
	const struct trace_names *names = &rp->pmaps;
	const struct trace_text space = trace_stmt_space(st);
	uint32_t i;

	snprintf(buf, size, "%.*s", (int)space.len, space.s);
	for (i = 1; i < names->count; i++)
		if (names->entries[i].len != 0 &&
		    names->entries[i].ptr == call->pmap)
			snprintf(buf, size, "%s", names->entries[i].name);
}
