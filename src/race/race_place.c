/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A placement, from the points of a run to what is planned, and in words.
 */
#include "race/race_var.h"

/*
 * Makes the plan of the placement's last action from "events", the points of
 * the run without it: up to that action both runs are alike.
 */
void
race_place(struct race *r, const struct race_event_seen *events,
    uint64_t nevents)
{
	const struct race_action *action = &r->action[r->nactions - 1];
	const struct race_event_seen *at, *seen;
	struct trace_plan *plan = &r->plan[r->nactions - 1];

	*plan = (struct trace_plan) {.event = RACE_BEGIN,
	    .cpu = action->cpu,
	    .deed = action->deed,
	    .taking = action->taking,
	    .va = r->call.address[action->address],
	    .nth = 1};
	plan->at = plan->va;
	if (action->point > nevents)
		plan->event = RACE_END;
	else if (action->point != 0) {
		at = &events[action->point - 1];
		plan->event = (enum race_event)at->event;
		plan->level = at->level[action->address];
		plan->skip = action->point - 1;
		plan->nth = 0;
		for (seen = events; seen <= at; seen++)
			plan->nth += seen->event == at->event &&
			    seen->level[action->address] == plan->level;
	}
}

void
race_place_before(struct trace_plan *plan)
{

	plan->event = RACE_BEGIN;
	plan->level = 0;
	plan->nth = 1;
	plan->skip = 0;
}

/* Where in the call the plan's point is. */
static void
describe_point(const struct race *r, const struct race_action *action,
    const struct trace_plan *plan, char *text, size_t size)
{
	static const char *const entries[] = {"another entry", "its PTE",
	    "its PDE"};
	const struct race_event_seen *seen;
	const char *before = NULL;

	if (plan->event == RACE_BEGIN || plan->event == RACE_END) {
		snprintf(text, size, "%s the call",
		    plan->event == RACE_BEGIN ? "before" : "after");
		return;
	}
	if (plan->event == RACE_FLUSH) {
		snprintf(text, size, "before a flush");
		return;
	}
	for (seen = r->events;
	     seen < &r->events[action->point - 1] && plan->level != 0; seen++)
		if (seen->level[action->address] == plan->level)
			before = race_event_name((enum race_event)seen->event);
	if (before != NULL)
		snprintf(text, size, "between the %s and the %s of %s", before,
		    race_event_name(plan->event), entries[plan->level]);
	else
		snprintf(text, size, "before the %s of %s",
		    race_event_name(plan->event), entries[plan->level]);
}

void
race_describe(struct race *r, char *text, size_t size)
{
	static const char *const deeds[] = {[DEED_READ] = "reads",
	    [DEED_WRITE] = "writes",
	    [DEED_EXECUTE] = "fetches from",
	    [DEED_QUERY] = "asks if the page is clean at",
	    [DEED_STRAY] = "marks the cleared PTE of"};
	static const char *const takings[] = {[TAKEN] = "",
	    [TAKES] = "switches to the pmap and ",
	    [IS_TAKING] = "begins to switch to the pmap and "};
	const struct trace_plan *plan;
	char point[120];
	size_t used = 0;
	unsigned i;

	text[0] = '\0';
	for (i = 0; i < r->nactions && used < size; i++) {
		plan = &r->plan[i];
		describe_point(r, &r->action[i], plan, point, sizeof(point));
		used += (size_t)snprintf(text + used, size - used,
		    "CPU %u %s%s 0x%llx %s; ", plan->cpu, takings[plan->taking],
		    deeds[plan->deed], (unsigned long long)plan->va, point);
	}
	if (used < size)
		snprintf(text + used, size - used, "%s", r->why);
}
