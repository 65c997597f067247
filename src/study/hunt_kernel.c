/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Families that live in the kernel's half: kmem_malloc() and kmem_free(), and
 * pmap(9) on kernel superpages whose reservations are always full.
 */
#include "study/hunt.h"

#include <stdio.h>
#include <string.h>

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

	if (!hunt_say(r, "kmem_malloc %lluK nowait%s%s",
		(unsigned long long)size >> 10,
		hunt_chance(r, 4) ? " zero" : "",
		hunt_chance(r, 8) ? " reserve" : ""))
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
	return (hunt_say(r, "kmem_free 0x%llx %lluK",
	    (unsigned long long)(va + first * PAGE_SIZE),
	    (unsigned long long)(n * PAGE_SIZE) >> 10));
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
static unsigned long long
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

	for (i = 0; i < regions; i++) {
		if (!hunt_say(r, "kmem_alloc_nofault 2M"))
			return (false);
		raw->va[i] = hunt_result(r);
		/* Elsewhere no reservation would match the addresses. */
		if (raw->va[i] == 0 || (raw->va[i] & PDRMASK) != 0)
			return (true);
		if (!hunt_say(r, "vm_page_alloc kernel %llu wired repeat=512",
			hunt_raw_pindex(r, i)))
			return (false);
		/* Memory may have run out: then the region is not used. */
		if (strncmp(r->judge.side[0].result, "n=512 ", 6) != 0)
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
	unsigned long long va;

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
		return (hunt_say(r,
		    "pmap_enter kernel 0x%llx kernel %llu "
		    "access=rwx prot=rwx wired=1 repeat=%u",
		    va, hunt_raw_pindex(r, region) + first, n));
	}
	va = raw->va[region] + first * PAGE_SIZE;
	memset(raw->entered[region] + first, 0, n);
	return (hunt_say(r, "pmap_remove kernel 0x%llx 0x%llx", va,
	    va + n * PAGE_SIZE));
}
