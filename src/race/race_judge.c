/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge of a placement.  Its rules hold for every interleaving that real
 * hardware allows, so each is about what the kernel promises when a call has
 * returned, none about how far it is inside.  No rule looks at pages that wait
 * to be freed: the kernel's own order protects them.
 *
 *	free frame	no access and no walk reaches a page that is free
 *	lost write	what was written is dirty, by its page or by a PTE
 *	lost reference	what was used is referenced, by its page or by a PTE
 *	nowhere		an access succeeds as the tables before the call or
 *			those after it say
 *	stale		no translation is left that the tables do not give
 *	audit		the auditor recounts everything
 *	lost write	what is written after the call is recorded as well
 */
#include <pmapsim/audit.h>

#include "race/race_var.h"
#include "vm/vm_page.h"

static const char *
right_name(vm_prot_t right)
{

	return (right == VM_PROT_WRITE	 ? "writes" :
		right == VM_PROT_EXECUTE ? "fetches from" :
					   "reads");
}

/* Whether the kernel keeps books of what happens to page "m". */
static bool
page_is_watched(const struct vm_page *m)
{

	return (m != NULL && m->object != NULL && pmap_page_is_managed(m));
}

static bool
page_is_dirty(struct machine *mach, vm_page_t m)
{

	return (m->dirty == VM_PAGE_BITS_ALL || pmap_is_modified(mach, m));
}

/* Whether the action happened while the statement ran, or before it. */
static bool
action_is_within(const struct race *r, const struct race_action *action)
{

	return (action->point <= r->nevents);
}

static bool
judge_nowhere(struct race *r, struct machine *mach, char *text, size_t size)
{
	const struct race_action *action;
	const struct race_done *done;
	unsigned i;

	for (i = 0; i < r->nactions; i++) {
		action = &r->action[i];
		done = &r->done[i];
		if (!done->succeeded || action->point == 0 ||
		    done->pa == done->before ||
		    done->pa == race_walk(r, mach, action))
			continue;
		snprintf(text, size,
		    "CPU %u %s %#llx and reaches %#llx, which neither the "
		    "tables before nor those after the call allow",
		    action->cpu, right_name(action->right),
		    (unsigned long long)r->address[action->address],
		    (unsigned long long)done->pa);
		return (true);
	}
	return (false);
}

/*
 * Looks for a write, or with "uses" for any access, that is recorded nowhere.
 * A call that forgets such records forgets those made until it returns.
 */
static bool
judge_lost(struct race *r, struct machine *mach, bool uses, char *text,
    size_t size)
{
	const unsigned forgets = uses ? TR_FORGETS_USE : TR_FORGETS_WRITES;
	const struct race_action *action;
	vm_page_t m;
	unsigned i;

	for (i = 0; i < r->nactions; i++) {
		action = &r->action[i];
		if (!r->done[i].succeeded ||
		    (!uses && action->right != VM_PROT_WRITE) ||
		    ((r->st.op->rules & forgets) != 0 &&
			action_is_within(r, action)))
			continue;
		m = race_page_at(mach, r->done[i].pa);
		if (!page_is_watched(m) ||
		    (uses ? (vm_page_flags(m) & PG_REFERENCED) != 0 ||
				pmap_is_referenced(mach, m) :
			    page_is_dirty(mach, m)))
			continue;
		snprintf(text, size,
		    "CPU %u %s %#llx, and neither the page at %#llx nor any "
		    "PTE of it says so",
		    action->cpu, right_name(action->right),
		    (unsigned long long)r->address[action->address],
		    (unsigned long long)r->done[i].pa);
		return (true);
	}
	return (false);
}

/* Whether the detector has anything to say; its first finding from "from". */
static bool
judge_detections(struct machine *mach, uint64_t from, char *text, size_t size)
{
	struct pmapsim_detection detection;

	if (pmapsim_detections(mach) == from ||
	    pmapsim_detection(mach, from, &detection) != PMAPSIM_OK)
		return (false);
	pmapsim_detection_format(&detection, text, size);
	return (true);
}

/* Each other CPU writes each address twice: it faults, or is recorded. */
static enum pmapsim_race_kind
race_judge_after(struct race *r, struct machine *mach, char *text, size_t size)
{
	struct race_action action = {.right = VM_PROT_WRITE};
	struct race_done *done;
	uint64_t seen;
	vm_page_t m;
	unsigned pass;

	/* The place behind the planned ones is free. */
	for (pass = 0; pass < 2; pass++)
		for (action.cpu = 1; action.cpu < r->ncpu; action.cpu++)
			for (action.address = 0; action.address < r->naddress;
			     action.address++) {
				seen = pmapsim_detections(mach);
				r->action[r->nactions] = action;
				race_perform(r, mach, r->nactions);
				if (judge_detections(mach, seen, text, size))
					return (PMAPSIM_RACE_STALE);
				done = &r->done[r->nactions];
				m = race_page_at(mach, done->pa);
				if (!done->succeeded || !page_is_watched(m) ||
				    page_is_dirty(mach, m))
					continue;
				snprintf(text, size,
				    "CPU %u writes %#llx after the call, and "
				    "neither the page nor any PTE says so",
				    action.cpu,
				    (unsigned long long)
					r->address[action.address]);
				return (PMAPSIM_RACE_LOST_WRITE);
			}
	return (PMAPSIM_RACE_NONE);
}

enum pmapsim_race_kind
race_judge(struct race *r, struct machine *mach, char *text, size_t size)
{
	uint64_t seen;

	if (r->free_frame[0] != '\0') {
		snprintf(text, size, "%s", r->free_frame);
		return (PMAPSIM_RACE_FREE_FRAME);
	}
	if (judge_lost(r, mach, false, text, size))
		return (PMAPSIM_RACE_LOST_WRITE);
	/* Whose superpages have A only if all their PTEs had it loses some. */
	if (!promotion_ignores_accessed(mach) &&
	    judge_lost(r, mach, true, text, size))
		return (PMAPSIM_RACE_LOST_REFERENCE);
	if (judge_nowhere(r, mach, text, size))
		return (PMAPSIM_RACE_NOWHERE);
	seen = pmapsim_detections(mach);
	pmapsim_detect(mach, PMAPSIM_DETECT_STALE);
	pmapsim_detect_scan(mach);
	if (judge_detections(mach, seen, text, size))
		return (PMAPSIM_RACE_STALE);
	if (machine_audit(mach, text, size) != 0)
		return (PMAPSIM_RACE_AUDIT);
	return (race_judge_after(r, mach, text, size));
}
