/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The statements that ask for the machine's state, and the one that arms a
 * failure.
 */
#include "trace/trace_var.h"

#include <stdio.h>
#include <string.h>

#include <pmapsim/audit.h>
#include <pmapsim/hw.h>

#include "amd64/pmap_walk.h"
#include "hw/cpu.h"

void
trace_call_stats(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	const struct pmap_state *pm = rp->mach->pmap;

	trace_result_dec(rp, "promotions", (int64_t)pm->pmap_pde_promotions);
	trace_result_dec(rp, "demotions", (int64_t)pm->pmap_pde_demotions);
	trace_result_dec(rp, "mappings", (int64_t)pm->pmap_pde_mappings);
	trace_result_dec(rp, "p_failures", (int64_t)pm->pmap_pde_p_failures);
	trace_result_dec(rp, "free", rp->mach->cnt.v_free_count);
	trace_result_dec(rp, "wired", rp->mach->cnt.v_wire_count);
}

void
trace_call_pvstats(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	const struct pmap_state *pm = rp->mach->pmap;

	trace_result_dec(rp, "entries", pm->pv_entry_count);
	trace_result_dec(rp, "chunks", pm->pc_chunk_count);
	trace_result_dec(rp, "collect_inactive", pm->pmap_collect_inactive);
	trace_result_dec(rp, "collect_active", pm->pmap_collect_active);
	trace_result_dec(rp, "tryfail", pm->pc_chunk_tryfail);
	trace_result_dec(rp, "high_water", pm->pv_entry_high_water);
}

void
trace_call_resident(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	pmap_t pmap = trace_pmap(rp, st, 0);

	trace_result_dec(rp, "resident", pmapsim_pmap_resident_count(pmap));
	trace_result_dec(rp, "wired", pmapsim_pmap_wired_count(pmap));
}

void
trace_call_pte(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	struct pmapsim_pte entries;

	pmapsim_pte(rp->mach, trace_pmap(rp, st, 0), st->num[1], &entries);
	trace_result_hex(rp, "pde", entries.pde);
	trace_result_hex(rp, "pte", entries.pte);
}

/* 16 digits always, unlike other numbers. */
void
trace_call_digest(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	char text[24];

	if (!rp->want_result)
		return;
	snprintf(text, sizeof(text), "0x%016llx",
	    (unsigned long long)trace_digest(rp->mach, rp));
	trace_result_word(rp, text);
}

/* The dump is compared, or written, by who makes the statement. */
void
trace_call_dump(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	(void)rp;
	(void)st;
}

void
trace_call_sysctl(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	char name[80];
	int64_t value;

	snprintf(name, sizeof(name), "%.*s",
	    (int)(st->str[0].len < sizeof(name) ? st->str[0].len :
						  sizeof(name) - 1),
	    st->str[0].s);
	if (st->str[0].len >= sizeof(name) ||
	    pmapsim_sysctl(rp->mach, name, &value) != PMAPSIM_OK) {
		trace_call_error(rp, "\"%s\" is no sysctl with a number", name);
		return;
	}
	trace_result_dec(rp, NULL, value);
}

void
trace_call_audit(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	char text[512];

	switch (machine_audit(rp->mach, text, sizeof(text))) {
	case 0:
		trace_result_word(rp, "ok");
		return;
	case -1:
		trace_no_memory(rp, "no memory to audit with");
		return;
	}
	/* A violation is never right: make sure that it is looked at. */
	rp->want_result = true;
	trace_result_quoted(rp, text);
}

void
trace_call_ticks(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	/* The kernel's clock is an int that wraps. */
	rp->mach->ticks = (int)((unsigned)rp->mach->ticks +
	    (unsigned)st->num[0]);
}

/* What this machine's first CPU has done for itself, and all calls for it. */
void
trace_call_tlb(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	const struct cpu *cpu = &rp->mach->cpus[0];

	trace_result_dec(rp, "invlpg",
	    (int64_t)(cpu->local[INVAL_PAGE] + cpu->local_range_pages));
	/* A program's own translations go by a reload of CR3, not by this. */
	trace_result_dec(rp, "invltlb",
	    (int64_t)rp->mach->pmap->kernel_invltlbs);
	trace_result_dec(rp, "messages",
	    (int64_t)rp->mach->pmap->invalidations);
}

void
trace_call_inject(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	pmapsim_inject(rp->mach, (enum pmapsim_inject)st->num[0], st->num[1],
	    trace_has(st, TF_AFTER));
}
