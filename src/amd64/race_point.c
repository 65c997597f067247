/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The points inside the pmap at which other CPUs' MMUs may act.
 */
#include "amd64/race_point.h"

/*
 * Whether this build has points.
 *
 * Simulator only.
 */
bool
race_has_points(void)
{

	return (RACE_POINTS);
}

/*
 * Sets the hook of "mach", which the first "skip" points pass by; NULL: nobody
 * acts.
 *
 * Simulator only.
 */
void
race_hook_set(struct machine *mach, const struct race_hook *hook, uint64_t skip)
{

	mach->race_hook = hook;
	mach->race_skip = skip;
}

#ifdef PMAPSIM_RACE
static void
race_act(struct machine *mach, const struct race_moment *moment)
{
	const struct race_hook *hook = mach->race_hook;

	if (hook == NULL)
		return;
	mach->race_hook = NULL;
	if (hook->act(mach, moment, hook->arg))
		mach->race_hook = hook;
}

/*
 * Lets other CPUs act before an access.
 *
 * Simulator only.
 */
void
race_point(struct machine *mach, enum race_event event, const pt_entry_t *entry)
{
	const struct race_moment moment = {.event = event, .entry = entry};

	race_act(mach, &moment);
}

/*
 * Lets other CPUs act before a flush.
 *
 * Simulator only.
 */
void
race_flush(struct machine *mach, vm_offset_t sva, vm_offset_t eva)
{
	const struct race_moment moment = {.event = RACE_FLUSH,
	    .sva = sva,
	    .eva = eva};

	race_act(mach, &moment);
}
#endif

/*
 * Says at which level of the tables "entry" lies on the way to "va".
 *
 * Simulator only.
 */
unsigned
race_entry_level(struct machine *mach, const pt_entry_t *entry, vm_offset_t va)
{
	const vm_paddr_t pa = physmem_address(mach, entry);
	const unsigned index = (pa & PAGE_MASK) / sizeof(*entry);
	vm_page_t m;

	m = phys_to_vm_page(mach, trunc_page(pa));
	if (m->pindex == pmap_pde_pindex(va) && index == pmap_pte_index(va))
		return (1);
	if (pmap_is_user_va(va)) {
		if (m->pindex == NUPDE + (va >> PDPSHIFT) &&
		    index == pmap_pde_index(va))
			return (2);
	} else if (entry == pmap_pde(mach, kernel_pmap, va))
		return (2);
	return (0);
}

/*
 * The name of "event"; NULL: it is none.
 *
 * Simulator only.
 */
const char *
race_event_name(enum race_event event)
{
	static const char *const names[] = {
	    [RACE_LOAD] = "load",
	    [RACE_STORE] = "store",
	    [RACE_SWAP] = "swap",
	    [RACE_CAS] = "cas",
	    [RACE_RMW] = "rmw",
	    [RACE_FLUSH] = "flush",
	    [RACE_BEGIN] = "begin",
	    [RACE_END] = "end",
	};

	return (event <= RACE_END ? names[event] : NULL);
}

/*
 * Sets A and M in the PTE of "va" though it is not valid; see race_point.h.
 *
 * Simulator only: a CPU with Intel's erratum KNL4 does it.
 */
bool
race_stray(struct machine *mach, pmap_t pmap, vm_offset_t va)
{
	pd_entry_t *pde;
	pt_entry_t *pte;

	if (!pmap_has_tables(pmap))
		return (false);
	pde = pmap_pde(mach, pmap, va);
	if (pde == NULL || (*pde & (PG_PS | PG_V)) != PG_V)
		return (false);
	pte = pmap_pde_to_pte(mach, pde, va);
	if ((*pte & PG_V) != 0)
		return (false);
	*pte |= PG_A | PG_M;
	return (true);
}
