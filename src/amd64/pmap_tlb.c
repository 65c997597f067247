/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invalidations: which CPUs must forget a translation, and what they do.
 *
 * Each CPU counts what it does for itself ("local") and the messages that it
 * sends and receives; a range is one operation and one message whatever its
 * length.  The counts are exact without a TLB too, which is why the common
 * path does no more than count where a CPU has none.
 */
#include "amd64/pmap_2022.h"

/* Bytes from which on a range is not worth to be looked at page by page. */
#define INVAL_RANGE_MAX (UINT64_C(16) << 20)

/* A bit for each CPU of the machine. */
static inline uint32_t
all_cpus(const struct machine *mach)
{

	return (UINT32_MAX >> (MAXCPU - mach->config.ncpu));
}

/*
 * The CPUs that may hold translations of "pmap": all for the kernel's, else
 * those that it is loaded on.  A machine of one CPU only asks whether it is
 * loaded at all.
 *
 * FreeBSD amd64/pmap.c pmap_invalidate_page() and its like: same, the choice
 * that each of them makes.
 */
static inline uint32_t
inval_targets(struct machine *mach, pmap_t pmap)
{
	const uint32_t all = all_cpus(mach);

	if (pmap == kernel_pmap)
		return (all);
	if (all == 1)
		return (pmap->pm_active != 0);
	return (pmap->pm_active & all);
}

/*
 * What the operations need to know: an address, a range, a PDE.  In the frame
 * of whoever asks for the invalidation; each operation reads its own fields.
 */
struct inval_arg {
	vm_offset_t sva, eva;
	pd_entry_t newpde;
};

#ifdef PMAPSIM_RACE
/* What an operation makes a CPU forget; all of it where it has no argument. */
static inline vm_offset_t
inval_start(const struct inval_arg *arg)
{

	return (arg != NULL ? arg->sva : 0);
}

static inline vm_offset_t
inval_end(const struct inval_arg *arg)
{

	return (arg == NULL   ? UINT64_MAX :
		arg->eva == 0 ? arg->sva + PAGE_SIZE :
				arg->eva);
}
#endif

/*
 * Counts an invalidation of "kind" on the CPUs of "targets" and calls
 * flush(mach, cpu, arg) on each of them that has a TLB, this CPU first: it
 * does its own part while the messages travel.
 *
 * FreeBSD amd64/mp_machdep.c smp_tlb_shootdown(): adapted, nobody waits.
 */
static inline __attribute__((always_inline)) void
inval(struct machine *mach, uint32_t targets, enum inval_kind kind,
    void (*flush)(struct machine *mach, struct cpu *cpu, const void *arg),
    const void *arg)
{
	struct cpu *cpu, *self;
	uint32_t others;

	self = cpu_current(mach);
	if ((targets >> mach->curcpu & 1) != 0) {
		self->local[kind]++;
		RACE_FLUSHES(mach, inval_start(arg), inval_end(arg));
		if (self->tlb != NULL)
			flush(mach, self, arg);
	}
	others = targets & ~(UINT32_C(1) << mach->curcpu);
	for (; others != 0; others &= others - 1) {
		cpu = &mach->cpus[__builtin_ctz(others)];
		self->sent[kind]++;
		cpu->received[kind]++;
		RACE_FLUSHES(mach, inval_start(arg), inval_end(arg));
		if (cpu->tlb != NULL)
			flush(mach, cpu, arg);
	}
}

static void
flush_page(struct machine *mach, struct cpu *cpu, const void *arg)
{
	const struct inval_arg *a = arg;

	cpu_invlpg(mach, cpu, a->sva);
}

static void
flush_range(struct machine *mach, struct cpu *cpu, const void *arg)
{
	const struct inval_arg *a = arg;

	cpu_invlpg_range(mach, cpu, a->sva, a->eva);
}

static void
flush_all(struct machine *mach, struct cpu *cpu, const void *arg)
{

	cpu_invltlb(mach, cpu);
}

/* Memory is coherent here: there is no cache to write back. */
static void
flush_cache(struct machine *mach, struct cpu *cpu, const void *arg)
{
}

/*
 * A page table takes the place of a superpage: its one entry goes.  A
 * superpage takes the place of a page table: there may be 512, so all go,
 * which for global ones takes the toggling of CR4.PGE.
 */
static void
flush_pde(struct machine *mach, struct cpu *cpu, const void *arg)
{
	const struct inval_arg *a = arg;

	if ((a->newpde & PG_PS) == 0)
		cpu_invlpg(mach, cpu, a->sva);
	else if ((a->newpde & PG_G) == 0)
		cpu_invltlb(mach, cpu);
	else
		cpu_toggle_pge(mach, cpu);
}

/*
 * Makes all CPUs that may know it forget the page at "va", whatever its size.
 *
 * FreeBSD amd64/pmap.c pmap_invalidate_page(): same.
 */
void
pmap_invalidate_page(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	const struct inval_arg arg = {.sva = va};

	NONNULL(pmap);
	mach->pmap->invalidations++;
	inval(mach, inval_targets(mach, pmap), INVAL_PAGE, flush_page, &arg);
}

/*
 * Counts "pages" calls of pmap_invalidate_page() for the kernel's pmap, in a
 * machine where that is all that they do.
 *
 * Simulator only.
 */
void
pmap_invalidate_counted(struct machine *mach, uint64_t pages)
{
	struct cpu *self = cpu_current(mach);
	uint32_t others;

	self->local[INVAL_PAGE] += pages;
	mach->pmap->invalidations += pages;
	others = all_cpus(mach) & ~(UINT32_C(1) << mach->curcpu);
	for (; others != 0; others &= others - 1) {
		self->sent[INVAL_PAGE] += pages;
		mach->cpus[__builtin_ctz(others)].received[INVAL_PAGE] += pages;
	}
}

/*
 * Makes all CPUs that may know them forget the pages of [sva, eva).
 *
 * FreeBSD amd64/pmap.c pmap_invalidate_range(): same.
 */
void
pmap_invalidate_range(struct machine *mach, pmap_t pmap, vm_offset_t sva,
    vm_offset_t eva)
{
	const struct inval_arg arg = {.sva = sva, .eva = eva};
	uint32_t targets;

	NONNULL(pmap);
	/* So many are forgotten sooner all at once. */
	if (eva - sva >= INVAL_RANGE_MAX && large_range_flushes_all(mach)) {
		pmap_invalidate_all(mach, pmap);
		return;
	}
	mach->pmap->invalidations++;
	targets = inval_targets(mach, pmap);
	if ((targets >> mach->curcpu & 1) != 0)
		cpu_current(mach)->local_range_pages += atop(eva - sva);
	inval(mach, targets, INVAL_RANGE, flush_range, &arg);
}

/*
 * Makes them forget all that is not global: even for the kernel's pmap, whose
 * pages mostly are.
 *
 * FreeBSD amd64/pmap.c pmap_invalidate_all(): same.
 */
void
pmap_invalidate_all(struct machine *mach, pmap_t pmap)
{

	NONNULL(pmap);
	mach->pmap->invalidations++;
	if (pmap == kernel_pmap)
		mach->pmap->kernel_invltlbs++;
	inval(mach, inval_targets(mach, pmap), INVAL_ALL, flush_all, NULL);
}

/*
 * Writes back and empties every CPU's caches.
 *
 * FreeBSD amd64/pmap.c pmap_invalidate_cache(): adapted, counted only.
 */
void
pmap_invalidate_cache(struct machine *mach)
{

	inval(mach, all_cpus(mach), INVAL_CACHE, flush_cache, NULL);
}

/*
 * Makes [sva, eva) uncached where its caching attribute has changed.
 *
 * FreeBSD amd64/pmap.c pmap_invalidate_cache_range(): adapted, the CPUs
 * simulated have self-snoop, so nothing is left to do.
 */
void
pmap_invalidate_cache_range(struct machine *mach, vm_offset_t sva,
    vm_offset_t eva)
{
	FRAME();

	KASSERT((sva & PAGE_MASK) == 0,
	    ("pmap_invalidate_cache_range: sva not page-aligned"));
	KASSERT((eva & PAGE_MASK) == 0,
	    ("pmap_invalidate_cache_range: eva not page-aligned"));
}

/*
 * Stores "newpde" so that no CPU ever has 4 KB and 2 MB translations of "va"
 * at once: all that may know the old ones meet, one stores, and each of them
 * flushes before it goes on.  On a simulated machine nothing runs between the
 * store and the flushes, so the order is all that is left of the rendezvous.
 *
 * Who may know the old ones is asked before they meet: a CPU that takes the
 * pmap up after the question and before the store is missed.
 *
 * FreeBSD amd64/pmap.c pmap_update_pde(): adapted, no rendezvous.
 */
void
pmap_update_pde(struct machine *mach, pmap_t pmap, vm_offset_t va,
    pd_entry_t *pde, pd_entry_t newpde)
{
	const struct inval_arg arg = {.sva = va, .newpde = newpde};
	uint32_t targets;

	targets = inval_targets(mach, pmap);
	pte_store(mach, pde, newpde);
	if (rendezvous_reads_active(mach))
		targets = inval_targets(mach, pmap);
	RACE_HOLD(mach);
	inval(mach, targets, (newpde & PG_PS) == 0 ? INVAL_PAGE : INVAL_ALL,
	    flush_pde, &arg);
	RACE_RELEASE(mach);
}
