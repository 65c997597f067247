/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Callers' rules, from what a statement does and a look at the machine.
 */
#include "study/legal.h"

#include "amd64/pmap_kernels.h"
#include "amd64/pmap_var.h"
#include "amd64/pmap_walk.h"
#include "trace/trace_var.h"
#include "vm/vm_kernels.h"
#include "vm/vm_kva.h"
#include "vm/vm_object.h"
#include "vm/vm_reserv.h"

/* Where the kernel that runs has the trace's first kernel address. */
static vm_offset_t
legal_kernel_min(const struct pmapsim_replay *replay)
{

	return (replay->reader.kernel_min + replay->kernel_moved);
}

bool
legal_entered(const struct legal *legal, const struct pmapsim_replay *replay,
    vm_offset_t va)
{
	const uint64_t i = atop(va - legal_kernel_min(replay));

	return (i < LEGAL_KERNEL_PAGES &&
	    (legal->entered[i / 8] & 1u << (i % 8)) != 0);
}

/* Marks kernel pages; false when one that is entered is entered already. */
static bool
legal_kernel(struct legal *legal, const struct pmapsim_replay *replay,
    const struct trace_range *range)
{
	const vm_offset_t min = legal_kernel_min(replay);
	uint64_t i, end;
	uint8_t bit;

	if (range->start < min)
		return (true);
	i = atop(range->start - min);
	end = atop(range->end - min);
	for (; i < end && i < LEGAL_KERNEL_PAGES; i++) {
		bit = (uint8_t)(1u << (i % 8));
		if (range->does == TD_UNMAPS) {
			legal->entered[i / 8] &= (uint8_t)~bit;
			continue;
		}
		if ((legal->entered[i / 8] & bit) != 0)
			return (false);
		legal->entered[i / 8] |= bit;
	}
	return (true);
}

/*
 * Whether none of the pages is mapped.  Goes through the object's list: a
 * lookup would move the splay tree.
 */
static bool
legal_free(struct machine *mach, const struct vm_object *object,
    vm_pindex_t pindex, uint64_t n)
{
	const struct vm_page *m;

	TAILQ_FOREACH(m, &object->memq, listq)
		if (m->pindex >= pindex && m->pindex - pindex < n &&
		    (!TAILQ_EMPTY(&vm_page_md(mach, m)->pv_list) ||
			!TAILQ_EMPTY(&page_to_pvh(mach, m)->pv_list)))
			return (false);
	return (true);
}

/* Whether none of the pages is there. */
static bool
legal_absent(const struct vm_object *object, vm_pindex_t pindex, uint64_t n)
{
	const struct vm_page *m;

	TAILQ_FOREACH(m, &object->memq, listq)
		if (m->pindex >= pindex && m->pindex - pindex < n)
			return (false);
	return (true);
}

static bool
legal_breaks(struct legal *legal, const struct trace_stmt *st, const char *what)
{

	legal->broken = what;
	legal->line = st->pub.line;
	return (false);
}

/*
 * Whether the range would take the only page that the kernel maps.  Kernels of
 * today count resident pages from 1 in every pmap, so that pmap_remove() passes
 * over a pmap with one page; on a kernel that has booted there are thousands.
 */
static bool
legal_last_page(struct machine *mach, const struct trace_stmt *st,
    const struct trace_range *range)
{
	const pt_entry_t *pte;
	vm_offset_t va;

	/* What is mapped without accounting is removed without a look at it. */
	if ((trace_opcode(st) != OP_pmap_remove &&
		trace_opcode(st) != OP_kmem_free) ||
	    !resident_counts_pml4(mach) ||
	    kernel_pmap->pm_stats.resident_count != 1)
		return (false);
	for (va = range->start;
	     va < range->end && va < mach->pmap->kernel_vm_end;
	     va += PAGE_SIZE) {
		pte = pmap_pte(mach, kernel_pmap, va);
		if (pte != NULL && (*pte & PG_V) != 0)
			return (true);
	}
	return (false);
}

/*
 * Whether the range is one that kmem_malloc() gave, and gave as a whole: the
 * arenas of today's kernels take no part of one back.
 */
static bool
legal_kmem(const struct machine *mach, const struct trace_stmt *st,
    const struct trace_range *range)
{

	return (trace_opcode(st) != OP_kmem_free ||
	    !kernel_memory_has_arenas(mach) ||
	    kva_size(mach, range->start) == range->end - range->start);
}

bool
legal_unwired(struct machine *mach, struct pmap *pmap, vm_offset_t va)
{
	const pt_entry_t *pte = pmap_pte(mach, pmap, va);

	return (pte != NULL && (*pte & PG_V) != 0 && (*pte & PG_W_ANY) == 0);
}

/* Whether a range that is unwired has a mapping that is not wired. */
static bool
legal_unwires(struct pmapsim_replay *replay, const struct trace_stmt *st)
{
	struct pmap *pmap;
	vm_offset_t va;

	if ((st->op->rules & TR_WIRED) == 0)
		return (true);
	pmap = trace_pmap(replay, st, 0);
	for (va = st->num[1]; va < st->num[2]; va += PAGE_SIZE)
		if (legal_unwired(replay->mach, pmap, va))
			return (false);
	return (true);
}

/* Goes through the object's list: a lookup would move the splay tree. */
bool
legal_superpage(const struct machine *mach, const struct vm_object *object,
    vm_pindex_t pindex)
{
	const struct vm_page *m;

	TAILQ_FOREACH(m, &object->memq, listq)
		if (m->pindex == pindex)
			return (vm_page_psind(mach, m) == 1);
	return (false);
}

bool
legal_statement(struct legal *legal, struct pmapsim_replay *replay)
{
	const struct trace_stmt *st = &replay->st;
	struct trace_range range;

	range = trace_stmt_range(st, 0);
	if (((st->op->rules & TR_ONCE) != 0 || range.does == TD_UNMAPS) &&
	    trace_text_is(trace_stmt_space(st), "kernel") &&
	    !legal_kernel(legal, replay, &range))
		return (legal_breaks(legal, st,
		    "a kernel page is entered that is entered already, which "
		    "no correct caller does"));
	if (replay->mach != NULL &&
	    trace_text_is(trace_stmt_space(st), "kernel") &&
	    legal_last_page(replay->mach, st, &range))
		return (legal_breaks(legal, st,
		    "the kernel's only page is unmapped, and no kernel that "
		    "has booted has so few"));
	if (replay->mach != NULL && !legal_kmem(replay->mach, st, &range))
		return (legal_breaks(legal, st,
		    "kernel memory is freed that was not allocated so, which "
		    "no correct caller does"));
	if (st->op->pages == TP_FREES &&
	    !legal_free(replay->mach, trace_object(replay, st, 0), st->num[1],
		trace_repeat(st)))
		return (legal_breaks(legal, st,
		    "a page is freed that is mapped, which no correct caller "
		    "does"));
	if (st->op->pages == TP_ALLOCATES &&
	    !legal_absent(trace_object(replay, st, 0), st->num[1],
		trace_repeat(st)))
		return (legal_breaks(legal, st,
		    "a page is allocated that is there, which no correct "
		    "caller does"));
	if (!legal_unwires(replay, st))
		return (legal_breaks(legal, st,
		    "a mapping is unwired that is not wired, which no correct "
		    "caller does"));
	if (trace_has(st, TK_PSIND) && st->key[TK_PSIND] == 1 &&
	    !legal_superpage(replay->mach, trace_object(replay, st, 2),
		st->num[3]))
		return (legal_breaks(legal, st,
		    "2 MB are mapped at once of which pages are missing, which "
		    "no correct caller does"));
	return (true);
}
