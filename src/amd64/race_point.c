/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The points of a machine; see race_point.h.
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
 * Sets the hook of "mach"; NULL: nobody acts.
 *
 * Simulator only.
 */
void
race_hook_set(struct machine *mach, const struct race_hook *hook)
{

	mach->race_hook = hook;
}

#ifdef PMAPSIM_RACE
/*
 * Lets other CPUs act.
 *
 * Simulator only.
 */
void
race_point(struct machine *mach, enum race_event event, const pt_entry_t *entry)
{
	const struct race_hook *hook = mach->race_hook;

	if (hook == NULL)
		return;
	mach->race_hook = NULL;
	hook->act(mach, event, entry, hook->arg);
	mach->race_hook = hook;
}
#endif

/*
 * Says where "entry" lies on the way to "va"; see race_point.h.
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
	};

	return (event <= RACE_FLUSH ? names[event] : NULL);
}
