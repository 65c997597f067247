/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Families that live in the kernel's half: kmem_malloc() and kmem_free(), and
 * pmap(9) on kernel superpages whose reservations are always full.
 */
#include "study/hunt_round.h"

#include <string.h>

#include "trace/trace_var.h"
#include "vm/vm_kernels.h"

/* ---- kmem and kernel_map ------------------------------------------------ */

/* Pages: few mostly, superpages now and then. */
static unsigned
hunt_kmem_pages(struct hunt_round *r)
{

	switch (hunt_below(r, 8)) {
	case 0:
		return (NPTEPG);
	case 1:
		return (1 + hunt_below(r, 1024));
	case 2:
		return (1 + hunt_below(r, 128));
	default:
		return (1 + hunt_below(r, 16));
	}
}

/*
 * To allocate: a size, and for a physical run where it may lie.  To take or
 * reach kernel addresses: the first that is asked for.  Room is left in the
 * list for the two ends that stay when a middle is freed.
 */
static bool
hunt_kmem_take(struct hunt_round *r, const struct trace_op *op,
    struct hunt_scene *scene)
{
	struct machine *mach = pmapsim_replay_machine(r->judge.side[0].replay);
	const vm_offset_t min = vm_min_kernel_address(mach);

	if (hunt_row_has(op, TA_KADDR)) {
		scene->va = min + NBPDR * (1 + hunt_below(r, 32));
		return (true);
	}
	scene->n = hunt_kmem_pages(r);
	scene->bytes = ptoa(scene->n);
	if (hunt_row_has(op, TA_KVA))
		scene->unaccounted = min + ptoa(hunt_below(r, 1024));
	if (hunt_row_has(op, TA_ALIGN)) {
		scene->va = hunt_chance(r, 4) ? mach->config.mem / 2 : 0;
		scene->high = (hunt_chance(r, 4) ? mach->config.mem / 2 :
						   mach->config.mem) -
		    1;
		scene->boundary = hunt_chance(r, 2) ? 0 :
						      NBPDR << hunt_below(r, 3);
	}
	return (r->kmem.n < HUNT_KMEM_MAX - 2);
}

/* One of the allocations from kmem_map or of the others; "n": there is none. */
static unsigned
hunt_kmem_any(struct hunt_round *r, bool kmem_map)
{
	const struct hunt_kmem *k = &r->kmem;
	unsigned i, at = k->n != 0 ? hunt_below(r, k->n) : 0;

	for (i = 0; i < k->n; i++, at = (at + 1) % k->n)
		if (k->a[at].kmem_map == kmem_map)
			return (at);
	return (k->n);
}

/*
 * To free: an allocation, or a part of one, which kernels of today cannot: an
 * arena takes back what was taken from it.
 */
static bool
hunt_kmem_scene(struct hunt_round *r, const struct trace_op *op,
    struct hunt_scene *scene)
{
	const struct hunt_kmem *k = &r->kmem;
	unsigned i, first = 0, pages;

	if (op->maps.does != TD_UNMAPS)
		return (hunt_kmem_take(r, op, scene));
	i = hunt_kmem_any(r, (op->rules & TR_KMEM) != 0);
	if (i == k->n)
		return (false);
	pages = scene->n = (unsigned)atop(k->a[i].size);
	if (!r->today && pages > 1 && hunt_chance(r, 3) &&
	    k->n < HUNT_KMEM_MAX - 1) {
		first = hunt_chance(r, 2) ? 0 : hunt_below(r, pages);
		scene->n = 1 + hunt_below(r, pages - first);
	}
	scene->va = k->a[i].va + ptoa(first);
	scene->bytes = ptoa(scene->n);
	return (true);
}

static void
hunt_kmem_add(struct hunt_kmem *k, bool kmem_map, vm_offset_t start,
    vm_offset_t end)
{

	if (start == end)
		return;
	k->a[k->n].kmem_map = kmem_map;
	k->a[k->n].va = start;
	k->a[k->n++].size = end - start;
}

static void
hunt_kmem_learn(struct hunt_round *r, const struct trace_stmt *st)
{
	struct hunt_kmem *k = &r->kmem;
	const struct trace_range range = trace_stmt_range(st, hunt_result(r));
	const bool kmem_map = (st->op->rules & TR_KMEM) != 0;
	vm_offset_t va, end;
	unsigned i;

	if (range.does == TD_MAPS)
		hunt_kmem_add(k, kmem_map, range.start, range.end);
	if (range.does != TD_UNMAPS)
		return;
	for (i = 0; i < k->n; i++) {
		va = k->a[i].va;
		end = va + k->a[i].size;
		if (range.start < va || range.end > end)
			continue;
		k->a[i] = k->a[--k->n];
		hunt_kmem_add(k, kmem_map, va, range.start);
		hunt_kmem_add(k, kmem_map, range.end, end);
		return;
	}
}

/*
 * Memory from the first free address on.  In a machine with arenas the boot's
 * page lies before it, else kmem_map, from which all but the calls of TR_KMEM
 * take nothing.
 */
static bool
hunt_kmem_explored(struct hunt_round *r, const struct trace_op *op, unsigned i,
    struct hunt_scene *scene)
{
	static const struct {
		unsigned first, n; /* pages */
	} scenes[] = {{0, 2}, {0, NPTEPG}, {0, 1}, {2, NPTEPG - 2}};
	struct machine *mach = pmapsim_replay_machine(r->judge.side[0].replay);
	vm_offset_t start = vm_min_kernel_address(mach);

	if (i >= sizeof(scenes) / sizeof(scenes[0]))
		return (false);
	if (r->today)
		start += PAGE_SIZE;
	else if ((op->rules & TR_KMEM) == 0)
		start += mach->config.kmem;
	scene->n = scenes[i].n;
	scene->bytes = ptoa(scene->n);
	scene->unaccounted = start + ptoa(scenes[i].first);
	if (hunt_row_has(op, TA_ALIGN))
		scene->high = mach->config.mem - 1;
	else if (op->maps.does == TD_UNMAPS)
		scene->va = scene->unaccounted;
	else
		scene->va = start + 2 * NBPDR; /* no table reaches so far */
	return (true);
}

const struct hunt_family hunt_family_kmem = {
    .bit = PMAPSIM_HUNT_KMEM,
    .roams = true,
    .first = OP_kmem_malloc,
    .scene = hunt_kmem_scene,
    .explored = hunt_kmem_explored,
    .learn = hunt_kmem_learn,
};

/* ---- raw ---------------------------------------------------------------- */

static vm_pindex_t
hunt_raw_pindex(const struct hunt_round *r, unsigned region)
{
	const struct machine *mach;

	mach = pmapsim_replay_machine(r->judge.side[0].replay);
	return (atop(r->raw.va[region] - vm_min_kernel_address(mach)));
}

/*
 * Takes region "i" of kernel addresses: the kernel allocates it or, today, the
 * machine was made with it.  False: the round ended.
 */
static bool
hunt_raw_take(struct hunt_round *r, unsigned i, vm_offset_t *va)
{
	struct machine *mach;
	struct trace_stmt st;

	if (r->today) {
		mach = pmapsim_replay_machine(r->judge.side[0].replay);
		*va = (i + 1) * NBPDR > mach->config.kva ?
		    0 :
		    vm_min_kernel_address(mach) + i * NBPDR;
		return (true);
	}
	STMT(&st, kmem_alloc_nofault, ARG(NBPDR));
	if (!hunt_do(r, &st))
		return (false);
	*va = hunt_result(r);
	return (true);
}

static bool
hunt_raw_setup(struct hunt_round *r)
{
	struct hunt_raw *raw = &r->raw;
	unsigned i, regions = 1 + hunt_below(r, HUNT_RAW_REGIONS);
	struct trace_stmt st;

	for (i = 0; i < regions; i++) {
		if (!hunt_raw_take(r, i, &raw->va[i]))
			return (false);
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
	return (hunt_raw_take(r, regions, &raw->unaccounted));
}

/*
 * The part of a run of kernel pages, from the first that is not entered on, in
 * which none is: who enters a kernel page twice has another bug.  0: there is
 * none.
 */
static unsigned
hunt_raw_unentered(const struct hunt_round *r, vm_offset_t va, unsigned *first,
    unsigned n)
{
	unsigned end;

	while (*first < NPTEPG &&
	    legal_entered(&r->judge.legal, r->judge.side[0].replay,
		va + ptoa(*first)))
		++*first;
	for (end = *first; end < NPTEPG && end < *first + n &&
	     !legal_entered(&r->judge.legal, r->judge.side[0].replay,
		 va + ptoa(end));
	     end++)
		continue;
	return (end - *first);
}

static bool
hunt_raw_scene(struct hunt_round *r, const struct trace_op *op,
    struct hunt_scene *scene)
{
	const struct hunt_raw *raw = &r->raw;
	unsigned region, first, n;

	if (raw->regions == 0)
		return (false);
	region = hunt_below(r, raw->regions);
	hunt_run(r, &first, &n);
	if ((op->rules & TR_ONCE) != 0)
		n = hunt_raw_unentered(r, raw->va[region], &first, n);
	scene->space = scene->object = "kernel";
	scene->va = raw->va[region] + ptoa(first);
	scene->pindex = hunt_raw_pindex(r, region) + first;
	scene->n = n;
	scene->unaccounted = raw->unaccounted + ptoa(first);
	scene->pa = ptoa(4096 + hunt_below(r, 4096));
	scene->prot = VM_PROT_ALL;
	scene->wired = true;
	scene->large = r->today && n == NPTEPG && first == 0 &&
	    (op->allowed & TK(TK_PSIND)) != 0 && hunt_chance(r, 2);
	scene->cpu = hunt_below(r, r->ncpu);
	return (n != 0 && (raw->unaccounted != 0 || !hunt_row_has(op, TA_KVA)));
}

/*
 * The first superpage behind kmem_map, whose reservation is full; what is
 * mapped without accounting lies in the next.
 */
static bool
hunt_raw_explored(struct hunt_round *r, const struct trace_op *op, unsigned i,
    struct hunt_scene *scene)
{
	static const struct {
		unsigned first, n; /* pages */
	} old[] = {{0, 1}, {0, NPTEPG}, {1, NPTEPG - 1}, {1, 1}},
	  today[] = {{0, 1}, {0, NPTEPG}, {1, NPTEPG - 1}, {0, NPTEPG}};
	struct machine *mach = pmapsim_replay_machine(r->judge.side[0].replay);
	const vm_offset_t min = vm_min_kernel_address(mach);
	const vm_offset_t start = r->today ? min : min + mach->config.kmem;
	unsigned first;

	if (i >= sizeof(old) / sizeof(old[0]))
		return (false);
	first = r->today ? today[i].first : old[i].first;
	scene->n = r->today ? today[i].n : old[i].n;
	scene->space = scene->object = "kernel";
	scene->va = start + ptoa(first);
	scene->pindex = atop(scene->va - min);
	scene->unaccounted = start + NBPDR + ptoa(first);
	scene->pa = ptoa(4096);
	scene->prot = VM_PROT_ALL;
	scene->wired = true;
	scene->large = r->today && i == 3 && (op->allowed & TK(TK_PSIND)) != 0;
	return (true);
}

const struct hunt_family hunt_family_raw = {
    .bit = PMAPSIM_HUNT_RAW,
    .roams = true,
    .first = OP_pmap_enter,
    .setup = hunt_raw_setup,
    .scene = hunt_raw_scene,
    .explored = hunt_raw_explored,
};
