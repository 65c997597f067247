/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Families that live in the kernel's half: kmem_malloc() and kmem_free(), and
 * pmap(9) on kernel superpages whose reservations are always full.
 */
#include "study/hunt_round.h"

#include <string.h>

#include "trace/trace_var.h"
#include "vm/vm_kernels.h"

/* ---- kmem --------------------------------------------------------------- */

/* Bytes, whole pages: small ones mostly, superpages now and then. */
static uint64_t
hunt_kmem_size(struct hunt_round *r)
{

	switch (hunt_below(r, 8)) {
	case 0:
		return (UINT64_C(2) << 20);
	case 1:
		return (PAGE_SIZE * (1 + hunt_below(r, 1024)));
	case 2:
		return (PAGE_SIZE * (1 + hunt_below(r, 128)));
	default:
		return (PAGE_SIZE * (1 + hunt_below(r, 16)));
	}
}

static bool
hunt_kmem_malloc(struct hunt_round *r)
{
	struct hunt_kmem *k = &r->kmem;
	uint64_t size = hunt_kmem_size(r), va;
	struct trace_stmt st;

	STMT(&st, kmem_malloc, ARG(size));
	trace_stmt_set(&st, TF_NOWAIT, 0);
	if (hunt_chance(r, 8))
		trace_stmt_set(&st, TF_RESERVE, 0);
	if (hunt_chance(r, 4))
		trace_stmt_set(&st, TF_ZERO, 0);
	if (!hunt_do(r, &st))
		return (false);
	va = hunt_result(r);
	if (va != 0) {
		k->a[k->n].va = va;
		k->a[k->n].size = size;
		k->n++;
	}
	return (true);
}

/* Frees all of an allocation, or a part and keeps the others apart. */
static bool
hunt_kmem_free(struct hunt_round *r)
{
	struct hunt_kmem *k = &r->kmem;
	unsigned i = hunt_below(r, k->n), first, n, pages;
	struct trace_stmt st;
	uint64_t va = k->a[i].va, size = k->a[i].size;

	pages = (unsigned)(size / PAGE_SIZE);
	first = 0;
	n = pages;
	if (pages > 1 && hunt_chance(r, 3) && k->n < HUNT_KMEM_MAX - 1) {
		first = hunt_chance(r, 2) ? 0 : hunt_below(r, pages);
		n = 1 + hunt_below(r, pages - first);
	}
	k->a[i] = k->a[--k->n];
	if (first > 0) {
		k->a[k->n].va = va;
		k->a[k->n++].size = first * PAGE_SIZE;
	}
	if (first + n < pages) {
		k->a[k->n].va = va + (first + n) * PAGE_SIZE;
		k->a[k->n++].size = (pages - first - n) * PAGE_SIZE;
	}
	STMT(&st, kmem_free, ARG(va + ptoa(first)), ARG(ptoa(n)));
	return (hunt_do(r, &st));
}

bool
hunt_kmem_call(struct hunt_round *r)
{
	struct hunt_kmem *k = &r->kmem;

	if (k->n == 0 || (k->n < HUNT_KMEM_MAX - 2 && hunt_chance(r, 2)))
		return (hunt_kmem_malloc(r));
	return (hunt_kmem_free(r));
}

/* ---- raw ---------------------------------------------------------------- */
static vm_pindex_t
hunt_raw_pindex(const struct hunt_round *r, unsigned region)
{
	const struct machine *mach;

	mach = pmapsim_replay_machine(r->judge.side[0].replay);
	return (atop(r->raw.va[region] - vm_min_kernel_address(mach)));
}

bool
hunt_raw_setup(struct hunt_round *r)
{
	struct hunt_raw *raw = &r->raw;
	unsigned i, regions = 1 + hunt_below(r, 2);
	struct trace_stmt st;

	for (i = 0; i < regions; i++) {
		STMT(&st, kmem_alloc_nofault, ARG(NBPDR));
		if (!hunt_do(r, &st))
			return (false);
		raw->va[i] = hunt_result(r);
		/* Elsewhere no reservation would match the addresses. */
		if (raw->va[i] == 0 || (raw->va[i] & PDRMASK) != 0)
			return (true);
		STMT(&st, vm_page_alloc, ARG("kernel"),
		    ARG(hunt_raw_pindex(r, i)));
		trace_stmt_set(&st, TF_WIRED, 0);
		trace_stmt_set(&st, TK_REPEAT, NPTEPG);
		if (!hunt_do(r, &st))
			return (false);
		/* Memory may have run out: then the region is not used. */
		if (hunt_result(r) != NPTEPG)
			return (true);
		raw->regions = i + 1;
	}
	return (true);
}

/* The unentered run at or after "first", cut to "n"; 0 when there is none. */
static unsigned
hunt_raw_unentered(const uint8_t *entered, unsigned *first, unsigned n)
{
	unsigned end;

	while (*first < 512 && entered[*first])
		++*first;
	for (end = *first; end < 512 && end < *first + n && !entered[end];
	     end++)
		continue;
	return (end - *first);
}

bool
hunt_raw_call(struct hunt_round *r)
{
	struct hunt_raw *raw = &r->raw;
	unsigned region, first, n;
	struct trace_stmt st;
	vm_offset_t va;

	if (raw->regions == 0)
		return (true);
	region = hunt_below(r, raw->regions);
	hunt_run(r, &first, &n);
	if (r->options->tlb != NULL && hunt_chance(r, 2))
		return (hunt_mmu_access(r, "kernel",
		    raw->va[region] + first * PAGE_SIZE, n,
		    hunt_below(r, r->ncpu)));
	if (hunt_chance(r, 2)) {
		/* Who enters a kernel page twice has another bug. */
		n = hunt_raw_unentered(raw->entered[region], &first, n);
		if (n == 0)
			return (true);
		va = raw->va[region] + first * PAGE_SIZE;
		memset(raw->entered[region] + first, 1, n);
		STMT(&st, pmap_enter, ARG("kernel"), ARG(va), ARG("kernel"),
		    ARG(hunt_raw_pindex(r, region) + first));
		trace_stmt_set(&st, TK_ACCESS, VM_PROT_ALL);
		trace_stmt_set(&st, TK_PROT, VM_PROT_ALL);
		trace_stmt_set(&st, TK_WIRED, 1);
		trace_stmt_set(&st, TK_REPEAT, n);
		return (hunt_do(r, &st));
	}
	va = raw->va[region] + first * PAGE_SIZE;
	memset(raw->entered[region] + first, 0, n);
	STMT(&st, pmap_remove, ARG("kernel"), ARG(va), ARG(va + ptoa(n)));
	return (hunt_do(r, &st));
}
