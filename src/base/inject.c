/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Failure injection: which of the coming events must fail is data of the
 * machine, so that a failure can be walked through a call from its first
 * allocation to its last.
 */
#include "base/machine.h"

bool
inject_fails(struct machine *mach, enum pmapsim_inject kind)
{
	struct inject *inject = &mach->inject[kind];

	if (!inject->armed)
		return (false);
	inject->seen++;
	return (inject->seen == inject->nth ||
	    (inject->and_after && inject->seen > inject->nth));
}

bool
inject_is_endless(const struct machine *mach, enum pmapsim_inject kind)
{
	const struct inject *inject = &mach->inject[kind];

	return (inject->armed && inject->and_after &&
	    inject->seen + 1 >= inject->nth);
}

void
pmapsim_inject(struct machine *mach, enum pmapsim_inject kind, uint64_t nth,
    bool and_after)
{
	struct inject *inject = &mach->inject[kind];
	unsigned k;

	inject->armed = nth != 0;
	inject->nth = nth;
	inject->and_after = and_after;
	inject->seen = 0;
	mach->inject_armed = false;
	for (k = 0; k < PMAPSIM_INJECT_KINDS; k++)
		mach->inject_armed |= mach->inject[k].armed;
	mach->page_alloc_any = mach->inject_armed || mach->page_alloc_later;
}

uint64_t
pmapsim_inject_seen(const struct machine *mach, enum pmapsim_inject kind)
{

	return (mach->inject[kind].seen);
}
