/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of an address space: its structure comes from a zone, its top page
 * table from simulated memory, and both go back separately.
 */
#include <stdio.h>

#include "amd64/pmap_2022.h"

const pml4_entry_t pmap_absent_pml4[NPML4EPG];

/* Nobody stores into it: what would is stopped before. */
static pml4_entry_t *
pmap_absent_tables(void)
{

	return ((pml4_entry_t *)(uintptr_t)pmap_absent_pml4);
}

/* Simulator only: FreeBSD would follow a pointer that leads nowhere. */
void
pmap_absent(struct machine *mach, const struct pmap *pmap, const char *who)
{

	stop("%s: page fault trap: pmap \"%s\" was released, or never "
	     "initialized",
	    who, pmap->pm_name);
}

/* Makes "pmap" empty on the PML4 page at "pml4". */
static void
pmap_pinit_common(pmap_t pmap, pml4_entry_t *pml4)
{

	pmap->pm_pml4 = pml4;
	pmap->pm_root = NULL;
	pmap->pm_active = 0;
	pmap->pm_superpages = 0;
	TAILQ_INIT(&pmap->pm_pvchunk);
	pmap->pm_stats.resident_count = 0;
	pmap->pm_stats.wired_count = 0;
}

/*
 * Makes "pmap" an empty address space on the kernel's own PML4 page: that of
 * process 0.
 *
 * FreeBSD amd64/pmap.c pmap_pinit0(): same.
 */
void
pmap_pinit0(struct machine *mach, pmap_t pmap)
{

	CHECK_PMAP(pmap);
	pmap_pinit_common(pmap, physmem_table(mach, mach->pmap->KPML4phys));
}

/*
 * Stores in "pml4" what "from" has for the direct map and the kernel's
 * addresses, where those are more than the last two slots, as they were until
 * 2010.
 *
 * FreeBSD amd64/pmap.c pmap_pinit(), pmap_release(): adapted, what both do
 * for these slots, 2022.
 */
static void __attribute__((noinline, cold)) pmap_link_more(struct machine *mach,
    pml4_entry_t *pml4, const pml4_entry_t *from)
{
	unsigned i;

	i = mach->dmap_pml4i;
	pml4[i] = from[i];
	for (i = pmap_pml4e_index(vm_min_kernel_address(mach)); i < DMPML4I;
	     i++)
		pml4[i] = from[i];
}

/*
 * Makes "pmap" an empty address space with a PML4 page of its own, in which
 * the kernel's half is linked.  Waits for memory.  The page is wired but is
 * not counted in resident_count.  Always 1.
 *
 * FreeBSD amd64/pmap.c pmap_pinit(): same.
 */
int
pmap_pinit(struct machine *mach, pmap_t pmap)
{
	struct pmap_state *st = mach->pmap;
	pml4_entry_t *pml4;
	vm_page_t m;
	FRAME();

	CHECK_PMAP(pmap);
	while ((m = vm_page_alloc(mach, NULL, (vm_pindex_t)st->pinit_colour++,
		    VM_ALLOC_NORMAL | VM_ALLOC_NOOBJ | VM_ALLOC_WIRED |
			VM_ALLOC_ZERO)) == NULL)
		vm_wait(mach);
	if ((vm_page_flags(m) & PG_ZERO) == 0)
		pmap_zero_page(mach, m);

	pml4 = physmem_table(mach, VM_PAGE_TO_PHYS(m));
	pml4[KPML4I] = kernel_pmap->pm_pml4[KPML4I];
	pml4[DMPML4I] = kernel_pmap->pm_pml4[DMPML4I];
	if (__builtin_expect(mach->dmap_pml4i != DMPML4I, 0))
		pmap_link_more(mach, pml4, kernel_pmap->pm_pml4);
	pml4[PML4PML4I] = VM_PAGE_TO_PHYS(m) | PG_V | PG_RW | PG_A | PG_M;
	pmap_pinit_common(pmap, pml4);
	if (resident_counts_pml4(mach))
		pmap->pm_stats.resident_count = 1;
	return (1);
}

/*
 * Takes back what pmap_pinit() allocated, when nothing is mapped any more.
 * The page goes back as a zeroed one, since only the three entries of the
 * kernel should be left in it.  Without invariants nobody looks: tables that
 * are still there are lost, and whoever gets the page next gets their entries.
 *
 * FreeBSD amd64/pmap.c pmap_release(): same.
 */
void
pmap_release(struct machine *mach, pmap_t pmap)
{
	vm_page_t m;
	FRAME();

	NONNULL(pmap);
	if (!pmap_has_tables(pmap))
		pmap_absent(mach, pmap, "pmap_release");
	KASSERT(pmap->pm_stats.resident_count ==
		(resident_counts_pml4(mach) ? 1 : 0),
	    ("pmap_release: pmap resident count %lld != 0",
		(long long)pmap->pm_stats.resident_count));
	KASSERT(pmap->pm_root == NULL,
	    ("pmap_release: pmap has reserved page table page(s)"));

	m = phys_to_vm_page(mach, pmap_pml4_phys(pmap));
	pmap->pm_pml4[KPML4I] = 0;
	pmap->pm_pml4[DMPML4I] = 0;
	if (__builtin_expect(mach->dmap_pml4i != DMPML4I, 0))
		pmap_link_more(mach, pmap->pm_pml4, pmap_absent_pml4);
	pmap->pm_pml4[PML4PML4I] = 0;
	pmap->pm_pml4 = pmap_absent_tables();

	m->wire_count--;
	mach->cnt.v_wire_count--;
	vm_page_free_zero(mach, m);
}

/*
 * Loads "pmap" on the current CPU.  pm_active follows, which decides who is
 * told of invalidations; the kernel's is all ones for ever.
 *
 * FreeBSD amd64/pmap.c pmap_activate(): adapted, takes the pmap instead of a
 * thread and sets curpmap, which the context switch does.
 */
void
pmap_activate(struct machine *mach, pmap_t pmap)
{
	struct cpu *cpu = cpu_current(mach);
	const uint32_t self = UINT32_C(1) << cpu->id;
	pmap_t oldpmap = cpu->curpmap;

	NONNULL(pmap);
	if (!pmap_has_tables(pmap))
		pmap_absent(mach, pmap, "pmap_activate");
	if (oldpmap != kernel_pmap)
		oldpmap->pm_active &= ~self;
	pmap->pm_active |= self;
	cpu_load_cr3(mach, cpu, pmap_pml4_phys(pmap));
	cpu->curpmap = pmap;
}

/* Whether the CPU that runs has "pmap" loaded.  Simulator only: FreeBSD
 * compares with curproc's. */
bool
pmap_is_current(struct machine *mach, pmap_t pmap)
{

	return (cpu_current(mach)->curpmap == pmap);
}

/*
 * Returns an empty pmap for pmap_pinit().  "name" is cut to what pm_name holds;
 * an empty or absent one becomes "pmap" and a number.  NULL when "mach" is NULL
 * or frozen.
 *
 * Simulator only: FreeBSD embeds the structure in a vmspace.
 */
pmap_t
pmapsim_pmap_create(struct machine *mach, const char *name)
{
	struct pmap_state *st;
	pmap_t pmap;

	if (mach == NULL || mach->panicked)
		return (NULL);
	st = mach->pmap;
	pmap = zone_alloc(mach, &st->zone);
	pmap->pm_pml4 = pmap_absent_tables();
	TAILQ_INIT(&pmap->pm_pvchunk);
	pmap->pm_id = st->next_id++;
	if (name != NULL && name[0] != '\0')
		snprintf(pmap->pm_name, sizeof(pmap->pm_name), "%s", name);
	else
		snprintf(pmap->pm_name, sizeof(pmap->pm_name), "pmap%llu",
		    (unsigned long long)pmap->pm_id);
	TAILQ_INSERT_TAIL(&st->list, pmap, pm_list);
	return (pmap);
}

/*
 * Forgets "pmap", which pmap_release() has emptied.  A CPU that still has it
 * loaded falls back to the kernel's.  NULL and the kernel's own pmap are left
 * alone.
 *
 * Simulator only.
 */
void
pmapsim_pmap_destroy(struct machine *mach, pmap_t pmap)
{
	struct pmap_state *st = mach->pmap;
	unsigned i;

	if (pmap == NULL || pmap == kernel_pmap || mach->panicked)
		return;
	CHECK_PMAP(pmap);
	if (zone_is_free(&st->zone, pmap))
		stop("pmapsim_pmap_destroy: the pmap was destroyed before");
	if (pmap_has_tables(pmap) && !TAILQ_EMPTY(&pmap->pm_pvchunk))
		stop("pmapsim_pmap_destroy: pmap \"%s\" has pv entries",
		    pmap->pm_name);
	for (i = 0; i < mach->config.ncpu; i++) {
		if (mach->cpus[i].curpmap != pmap)
			continue;
		cpu_load_cr3(mach, &mach->cpus[i], st->KPML4phys);
		mach->cpus[i].curpmap = kernel_pmap;
	}
	/* The zone hands the structure out again: nobody may name it. */
	if (st->last_failure.pmap == pmap)
		st->last_failure.pmap = NULL;
	TAILQ_REMOVE(&st->list, pmap, pm_list);
	/*
	 * pv entries may still lead to the structure, when their pmap was
	 * released without assertions; the next pmap inherits them, as in the
	 * kernel, whose vmspaces come from a zone too.
	 */
	zone_free(mach, &st->zone, pmap);
}

/*
 * Takes "pmap", which nobody uses any more, out of the list of pmaps and keeps
 * it as it is, top page table and counts included.
 *
 * FreeBSD until April 2010: the pmap is a part of its vmspace, and the zone
 * hands out first what was freed last.
 */
void
pmap_keep(struct machine *mach, pmap_t pmap)
{
	struct pmap_state *st = mach->pmap;

	if (st->last_failure.pmap == pmap)
		st->last_failure.pmap = NULL;
	TAILQ_REMOVE(&st->list, pmap, pm_list);
	TAILQ_INSERT_HEAD(&st->kept, pmap, pm_list);
}

/*
 * Gives the pmap that was kept last back under the name "name"; NULL: none is
 * kept.
 *
 * FreeBSD until April 2010: the zone of vmspaces hands out first what was freed
 * last.
 */
pmap_t
pmap_reuse(struct machine *mach, const char *name)
{
	struct pmap_state *st = mach->pmap;
	pmap_t pmap;

	pmap = TAILQ_FIRST(&st->kept);
	if (pmap == NULL)
		return (NULL);
	TAILQ_REMOVE(&st->kept, pmap, pm_list);
	pmap->pm_id = st->next_id++;
	snprintf(pmap->pm_name, sizeof(pmap->pm_name), "%s", name);
	TAILQ_INSERT_TAIL(&st->list, pmap, pm_list);
	return (pmap);
}
