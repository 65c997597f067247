/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The statements about CPUs with TLBs: accesses through them, and what the
 * detector of stale translations has to say.
 */
#include "trace/trace_var.h"

#include <string.h>

#include <pmapsim/hw.h>

#include "amd64/cpu_switch.h"

/*
 * Switches the current CPU to "pmap" as a context switch does, unless it runs
 * there.  The kernel's own addresses are the same in every pmap, so for them
 * nothing is switched.
 */
static void
call_switch_in(struct machine *mach, pmap_t pmap, vm_offset_t va)
{

	if (pmap == kernel_pmap && !pmap_is_user_va(va))
		return;
	if (!pmap_is_current(mach, pmap))
		cpu_switch(mach, pmap);
}

/*
 * As "touch", but as an instruction on the CPU: with the translation that its
 * TLB has, whatever the tables say by now.
 */
void
trace_call_mmu_access(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	pmap_t pmap = trace_pmap(rp, st, 0);
	uint64_t i, n = trace_repeat(st), faults = 0;
	struct pmapsim_access done;
	vm_paddr_t xor = 0;
	vm_offset_t va;
	unsigned access;

	access = trace_access(st, 2);
	for (i = 0; i < n; i++) {
		va = st->num[1] + i * PAGE_SIZE;
		rp->result.calls++;
		call_switch_in(rp->mach, pmap, va);
		done = pmapsim_cpu_access(rp->mach, va,
		    access |
			(trace_has(st, TF_USER) || pmap_is_user_va(va) ?
				PMAPSIM_ACCESS_USER :
				0));
		if (done.fault)
			faults++;
		else
			xor ^= done.pa;
	}
	trace_result_accesses(rp, st, faults, xor);
}

void
trace_call_detections(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	trace_result_dec(rp, NULL, (int64_t)pmapsim_detections(rp->mach));
}

/* A kernel that is right has none, which is an answer and no error. */
void
trace_call_detection(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	struct pmapsim_detection detection;
	char text[TRACE_RESULT_MAX - 2];

	if (pmapsim_detection(rp->mach, st->num[0], &detection) != PMAPSIM_OK) {
		trace_result_word(rp, "none");
		return;
	}
	pmapsim_detection_format(&detection, text, sizeof(text));
	trace_result_quoted(rp, text);
}
