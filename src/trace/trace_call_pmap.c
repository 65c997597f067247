/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The statements about address spaces and mappings.
 */
#include "trace/trace_var.h"

#include "vm/vm_page.h"

#include <inttypes.h>
#include <stdlib.h>

#include <pmapsim/hw.h>

#include "amd64/pmap_2022.h"
#include "hw/cpu.h"

/* Only the CPUs that are there can have a pmap loaded. */
static uint32_t
call_mask(const struct pmapsim_replay *rp, uint64_t mask)
{
	unsigned ncpu = rp->mach->config.ncpu;

	return ((uint32_t)mask &
	    (ncpu >= 32 ? UINT32_MAX : (UINT32_C(1) << ncpu) - 1));
}

void
trace_call_pmap_pinit(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	struct trace_name *name;
	pmap_t pmap;

	name = trace_names_add(&rp->pmaps, st->str[0], st->pub.line);
	if (name == NULL) {
		trace_no_memory(rp, NULL);
		return;
	}
	rp->result.calls++;
	pmap = pmapsim_pmap_create(rp->mach, name->name);
	name->ptr = pmap;
	if (pmap_pinit(rp->mach, pmap) == 0)
		trace_call_error(rp, "pmap_pinit gave no pmap");
	else if (trace_has(st, TK_ACTIVE))
		pmapsim_pmap_set_active(pmap,
		    call_mask(rp, st->key[TK_ACTIVE]));
}

void
trace_call_pmap_release(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	pmap_t pmap = trace_pmap(rp, st, 0);

	rp->result.calls++;
	pmap_release(rp->mach, pmap);
	pmapsim_pmap_destroy(rp->mach, pmap);
	trace_names_remove(&rp->pmaps, &rp->pmaps.entries[st->ref[0]]);
}

void
trace_call_pmap_activate(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	const uint32_t mask = call_mask(rp, st->num[1]);
	const unsigned self = rp->mach->curcpu;
	pmap_t pmap = trace_pmap(rp, st, 0);
	unsigned i;

	rp->result.calls++;
	/* A CPU that is not in the mask any more has switched to another. */
	for (i = 0; i < rp->mach->config.ncpu; i++) {
		if ((mask >> i & 1) != 0 || rp->mach->cpus[i].curpmap != pmap)
			continue;
		rp->mach->curcpu = i;
		pmap_activate(rp->mach, pmapsim_kernel_pmap(rp->mach));
	}
	rp->mach->curcpu = self;
	pmapsim_pmap_set_active(pmap, mask);
}

void
trace_call_pmap_enter(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	pmap_t pmap = trace_pmap(rp, st, 0);
	vm_prot_t access = (vm_prot_t)st->key[TK_ACCESS];
	vm_prot_t prot = (vm_prot_t)st->key[TK_PROT];
	boolean_t wired = (boolean_t)st->key[TK_WIRED];
	const bool errors = trace_has(st, TK_PSIND) ||
	    trace_has(st, TF_NOSLEEP);
	uint64_t i, n = trace_repeat(st);
	int error = KERN_SUCCESS;
	vm_page_t m;

	if (errors && !enter_has_flags(rp->mach)) {
		trace_call_no_such(rp, "pmap_enter() with psind= or nosleep",
		    "enter-flags");
		return;
	}
	for (i = 0; i < n; i++) {
		m = trace_page(rp, st, 2, st->num[3] + i);
		if (m == NULL)
			return;
		rp->result.calls++;
		/*
		 * As the kernel's callers hold it: pmap_enter() may sleep,
		 * and the page daemon must not take the page meanwhile.
		 */
		m->oflags |= VPO_BUSY;
		if (!errors)
			pmap_enter(rp->mach, pmap, st->num[1] + i * PAGE_SIZE,
			    access, m, prot, wired);
		else
			error = pmap_enter_flags(rp->mach, pmap,
			    st->num[1] + i * PAGE_SIZE, m, prot,
			    access | (wired ? PMAP_ENTER_WIRED : 0) |
				(trace_has(st, TF_NOSLEEP) ?
					PMAP_ENTER_NOSLEEP :
					0),
			    trace_has(st, TK_PSIND) ? (int)st->key[TK_PSIND] :
						      0);
		m->oflags &= (uint16_t)~VPO_BUSY;
		if (error != KERN_SUCCESS)
			break;
	}
	if (errors)
		trace_result_dec(rp, NULL, error);
}

void
trace_call_pmap_enter_quick(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{
	pmap_t pmap = trace_pmap(rp, st, 0);
	uint64_t i, n = trace_repeat(st);
	vm_page_t m;

	for (i = 0; i < n; i++) {
		m = trace_page(rp, st, 2, st->num[3] + i);
		if (m == NULL)
			return;
		rp->result.calls++;
		pmap_enter_quick(rp->mach, pmap, st->num[1] + i * PAGE_SIZE, m,
		    (vm_prot_t)st->key[TK_PROT]);
	}
}

void
trace_call_pmap_enter_object(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{
	vm_page_t m;

	m = trace_page(rp, st, 3, st->num[4]);
	if (m == NULL)
		return;
	rp->result.calls++;
	pmap_enter_object(rp->mach, trace_pmap(rp, st, 0), st->num[1],
	    st->num[2], m, (vm_prot_t)st->key[TK_PROT]);
}

void
trace_call_pmap_remove(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	pmap_remove(rp->mach, trace_pmap(rp, st, 0), st->num[1], st->num[2]);
}

void
trace_call_pmap_protect(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	pmap_protect(rp->mach, trace_pmap(rp, st, 0), st->num[1], st->num[2],
	    (vm_prot_t)st->key[TK_PROT]);
}

void
trace_call_pmap_change_wiring(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{
	pmap_t pmap = trace_pmap(rp, st, 0);
	uint64_t i, n = trace_repeat(st);

	for (i = 0; i < n; i++) {
		rp->result.calls++;
		pmap_change_wiring(rp->mach, pmap, st->num[1] + i * PAGE_SIZE,
		    (boolean_t)st->num[2]);
	}
}

void
trace_call_pmap_unwire(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	pmap_unwire(rp->mach, trace_pmap(rp, st, 0), st->num[1], st->num[2]);
}

void
trace_call_pmap_advise(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	pmap_advise(rp->mach, trace_pmap(rp, st, 0), st->num[1], st->num[2],
	    (int)st->num[3]);
}

/* The verbs on a page: OBJ PINDEX [repeat=N]. */
#define CALL_PAGES(verb)                                           \
	void trace_call_##verb(struct pmapsim_replay *rp,          \
	    const struct trace_stmt *st)                           \
	{                                                          \
		uint64_t i, n = trace_repeat(st);                  \
		vm_page_t m;                                       \
                                                                   \
		for (i = 0; i < n; i++) {                          \
			m = trace_page(rp, st, 0, st->num[1] + i); \
			if (m == NULL)                             \
				return;                            \
			rp->result.calls++;                        \
			verb(rp->mach, m);                         \
		}                                                  \
	}
CALL_PAGES(pmap_remove_all)
CALL_PAGES(pmap_remove_write)
CALL_PAGES(pmap_clear_modify)
CALL_PAGES(pmap_clear_reference)

/* The questions about one: OBJ PINDEX => N. */
#define CALL_PAGE_ASKS(verb)                                            \
	void trace_call_##verb(struct pmapsim_replay *rp,               \
	    const struct trace_stmt *st)                                \
	{                                                               \
		vm_page_t m;                                            \
                                                                        \
		m = trace_page(rp, st, 0, st->num[1]);                  \
		if (m == NULL)                                          \
			return;                                         \
		rp->result.calls++;                                     \
		trace_result_dec(rp, NULL, (int64_t)verb(rp->mach, m)); \
	}
CALL_PAGE_ASKS(pmap_ts_referenced)
CALL_PAGE_ASKS(pmap_is_modified)
CALL_PAGE_ASKS(pmap_is_referenced)

void
trace_call_pmap_extract(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	trace_result_hex(rp, NULL,
	    pmap_extract(rp->mach, trace_pmap(rp, st, 0), st->num[1]));
}

void
trace_call_pmap_copy(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	pmap_copy(rp->mach, trace_pmap(rp, st, 0), trace_pmap(rp, st, 1),
	    st->num[2], st->num[3], st->num[4]);
}

/* The kernel asks that the pmap be current, so it is made so for the call. */
void
trace_call_pmap_remove_pages(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{
	struct cpu *cpu = cpu_current(rp->mach);
	struct pmap *current = cpu->curpmap;

	rp->result.calls++;
	cpu->curpmap = trace_pmap(rp, st, 0);
	pmap_remove_pages(rp->mach, cpu->curpmap);
	cpu->curpmap = current;
}

void
trace_call_pmap_qenter(struct pmapsim_replay *rp, const struct trace_stmt *st)
{
	uint64_t i, n = st->num[3];
	vm_page_t *pages;

	if (n > rp->pages_size) {
		pages = reallocarray(rp->pages, n, sizeof(*pages));
		if (pages == NULL) {
			trace_no_memory(rp, NULL);
			return;
		}
		rp->pages = pages;
		rp->pages_size = n;
	}
	for (i = 0; i < n; i++)
		if ((rp->pages[i] = trace_page(rp, st, 1, st->num[2] + i)) ==
		    NULL)
			return;
	rp->result.calls++;
	pmap_qenter(rp->mach, st->num[0], rp->pages, (int)n);
}

void
trace_call_pmap_qremove(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	pmap_qremove(rp->mach, st->num[0], (int)st->num[1]);
}

void
trace_call_pmap_kenter(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	pmap_kenter(rp->mach, st->num[0], st->num[1]);
}

void
trace_call_pmap_kremove(struct pmapsim_replay *rp, const struct trace_stmt *st)
{

	rp->result.calls++;
	pmap_kremove(rp->mach, st->num[0]);
}

void
trace_call_pmap_page_set_memattr(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{
	uint64_t i, n = trace_repeat(st);
	vm_page_t m;

	for (i = 0; i < n; i++) {
		m = trace_page(rp, st, 0, st->num[1] + i);
		if (m == NULL)
			return;
		rp->result.calls++;
		pmap_page_set_memattr(rp->mach, m, (vm_memattr_t)st->num[2]);
	}
}

void
trace_call_pmap_change_attr(struct pmapsim_replay *rp,
    const struct trace_stmt *st)
{

	rp->result.calls++;
	trace_result_dec(rp, NULL,
	    pmap_change_attr(rp->mach, st->num[0], st->num[1],
		(int)st->num[2]));
}

/* Program addresses are touched by the program, all others by the kernel. */
void
trace_call_touch(struct pmapsim_replay *rp, const struct trace_stmt *st)
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
		done = pmapsim_touch(rp->mach, pmap, va,
		    access |
			(va < VM_MAXUSER_ADDRESS ? PMAPSIM_ACCESS_USER : 0));
		if (done.fault)
			faults++;
		else
			xor ^= done.pa;
	}
	trace_result_accesses(rp, st, faults, xor);
}
