/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The family of user pmaps: objects whose pages several of them map, unmap,
 * protect, copy and ask about.
 */
#include "study/hunt_round.h"

#include <string.h>

#include "vm/vm_object.h"

/* What the trace calls them. */
static const char *const user_objects[HUNT_OBJECTS] = {"o0", "o1", "o2"};
static const char *const user_pmaps[HUNT_PMAPS] = {"u0", "u1", "u2", "u3"};

/* Objects lie at addresses that fit their colour, 16 MB apart. */
static vm_offset_t
hunt_user_va(unsigned object, unsigned page)
{

	return (UINT64_C(0x40000000) + ((uint64_t)object << 24) +
	    page * PAGE_SIZE);
}

bool
hunt_user_setup(struct hunt_round *r)
{
	struct trace_stmt st;
	unsigned i;

	for (i = 0; i < HUNT_OBJECTS; i++) {
		STMT(&st, vm_object_allocate, ARG(user_objects[i]),
		    ARG(HUNT_OBJECT_PAGES));
		trace_stmt_set(&st, TK_COLOR, 0);
		if (!hunt_do(r, &st))
			return (false);
		r->user.object[i] = true;
	}
	return (true);
}

/*
 * Makes the call "op", which takes an object and a page's index, for "n" pages
 * of object "o".
 */
static bool
hunt_user_pages(struct hunt_round *r, enum trace_opcode op, unsigned o,
    unsigned first, unsigned n)
{
	const struct trace_value args[] = {ARG(user_objects[o]), ARG(first)};
	struct trace_stmt st;

	trace_stmt_make(&st, op, args);
	if ((st.op->allowed & TK(TK_REPEAT)) != 0)
		trace_stmt_set(&st, TK_REPEAT, n);
	return (hunt_do(r, &st));
}

/* Unmaps [va, end). */
static bool
hunt_user_remove(struct hunt_round *r, unsigned u, vm_offset_t va,
    vm_offset_t end)
{
	struct trace_stmt st;

	STMT(&st, pmap_remove, ARG(user_pmaps[u]), ARG(va), ARG(end));
	return (hunt_do(r, &st));
}

/* Makes the call "op", which takes a pmap alone. */
static bool
hunt_user_pmap(struct hunt_round *r, enum trace_opcode op, unsigned u)
{
	const struct trace_value args[] = {ARG(user_pmaps[u])};
	struct trace_stmt st;

	trace_stmt_make(&st, op, args);
	return (hunt_do(r, &st));
}

/* The allocated run at or after "first", cut to "n"; 0 when there is none. */
static unsigned
hunt_user_present(const uint8_t *page, unsigned *first, unsigned n)
{
	unsigned end;

	while (*first < HUNT_OBJECT_PAGES && !page[*first])
		++*first;
	for (end = *first;
	     end < HUNT_OBJECT_PAGES && end < *first + n && page[end]; end++)
		continue;
	return (end - *first);
}

static bool
hunt_user_alloc(struct hunt_round *r, unsigned o, unsigned first, unsigned n)
{
	uint8_t *page = r->user.page[o];
	unsigned end;

	while (first < HUNT_OBJECT_PAGES && page[first])
		first++;
	for (end = first;
	     end < HUNT_OBJECT_PAGES && end < first + n && !page[end]; end++)
		continue;
	if (end == first)
		return (true);
	if (!hunt_user_pages(r, OP_vm_page_alloc, o, first, end - first))
		return (false);
	memset(page + first, 1, hunt_result(r));
	return (true);
}

/* Nothing may map a page that is freed. */
static bool
hunt_user_free(struct hunt_round *r, unsigned o, unsigned first, unsigned n)
{

	memset(r->user.page[o] + first, 0, n);
	return (hunt_user_pages(r, OP_pmap_remove_all, o, first, n) &&
	    hunt_user_pages(r, OP_vm_page_free, o, first, n));
}

/* Calls that take away, for which nothing must be there. */
static bool
hunt_user_range(struct hunt_round *r, unsigned u, unsigned o, unsigned first,
    unsigned n)
{
	static const unsigned prots[] = {VM_PROT_READ,
	    VM_PROT_READ | VM_PROT_EXECUTE, VM_PROT_READ | VM_PROT_WRITE,
	    VM_PROT_ALL, VM_PROT_NONE};
	vm_offset_t sva = hunt_user_va(o, first);
	struct trace_stmt st;

	switch (hunt_below(r, 4)) {
	case 0:
		return (hunt_user_remove(r, u, sva, sva + ptoa(n)));
	case 1:
		return (hunt_user_pmap(r, OP_pmap_remove_pages, u));
	case 2:
		r->user.pmap[u] = false;
		return (hunt_user_remove(r, u, 0, VM_MAXUSER_ADDRESS) &&
		    hunt_user_pmap(r, OP_pmap_release, u));
	default:
		STMT(&st, pmap_protect, ARG(user_pmaps[u]), ARG(sva),
		    ARG(sva + ptoa(n)));
		trace_stmt_set(&st, TK_PROT, prots[hunt_below(r, 5)]);
		return (hunt_do(r, &st));
	}
}

/* Copies whole 2 MB regions to where nothing is, as fork does. */
static bool
hunt_user_copy(struct hunt_round *r, unsigned u, unsigned o, unsigned first)
{
	unsigned to = hunt_below(r, HUNT_PMAPS);
	vm_offset_t va = hunt_user_va(o, first & ~511u);
	struct trace_stmt st;

	if (to == u || !r->user.pmap[to])
		return (true);
	if (!hunt_user_remove(r, to, va, va + NBPDR))
		return (false);
	STMT(&st, pmap_copy, ARG(user_pmaps[to]), ARG(user_pmaps[u]), ARG(va),
	    ARG(NBPDR), ARG(va));
	return (hunt_do(r, &st));
}

/* Questions and changes that go by page. */
static bool
hunt_user_page(struct hunt_round *r, unsigned o, unsigned first, unsigned n)
{
	static const enum trace_opcode calls[] = {OP_pmap_remove_write,
	    OP_pmap_clear_modify, OP_pmap_ts_referenced, OP_pmap_is_modified,
	    OP_pmap_clear_reference};

	if (hunt_chance(r, 4))
		return (hunt_user_pages(r, OP_pmap_remove_all, o, first, n));
	return (hunt_user_pages(r, calls[hunt_below(r, 5)], o, first, 1));
}

static bool
hunt_user_map(struct hunt_round *r, unsigned u, unsigned o, unsigned first,
    unsigned n)
{
	static const struct {
		unsigned access, prot;
	} modes[] = {
	    {VM_PROT_READ, VM_PROT_READ},
	    {VM_PROT_READ, VM_PROT_READ | VM_PROT_WRITE},
	    {VM_PROT_READ | VM_PROT_WRITE, VM_PROT_READ | VM_PROT_WRITE},
	    {VM_PROT_READ | VM_PROT_EXECUTE, VM_PROT_READ | VM_PROT_EXECUTE},
	    {VM_PROT_ALL, VM_PROT_ALL},
	};
	const char *pmap = user_pmaps[u], *object = user_objects[o];
	vm_offset_t va = hunt_user_va(o, first);
	struct trace_stmt st;
	unsigned mode;

	switch (hunt_below(r, 6)) {
	case 0:
		STMT(&st, pmap_enter_quick, ARG(pmap), ARG(va), ARG(object),
		    ARG(first));
		trace_stmt_set(&st, TK_PROT, VM_PROT_READ);
		trace_stmt_set(&st, TK_REPEAT, n);
		break;
	case 1:
		STMT(&st, pmap_enter_object, ARG(pmap), ARG(va),
		    ARG(va + ptoa(n)), ARG(object), ARG(first));
		trace_stmt_set(&st, TK_PROT,
		    hunt_chance(r, 2) ? VM_PROT_READ :
					VM_PROT_READ | VM_PROT_EXECUTE);
		break;
	case 2:
		STMT(&st, touch, ARG(pmap), ARG(va),
		    ARG(hunt_chance(r, 2) ? VM_PROT_READ : VM_PROT_WRITE));
		trace_stmt_set(&st, TK_REPEAT, n);
		break;
	default:
		mode = hunt_below(r, 5);
		STMT(&st, pmap_enter, ARG(pmap), ARG(va), ARG(object),
		    ARG(first));
		trace_stmt_set(&st, TK_ACCESS, modes[mode].access);
		trace_stmt_set(&st, TK_PROT, modes[mode].prot);
		trace_stmt_set(&st, TK_WIRED, 0);
		trace_stmt_set(&st, TK_REPEAT, n);
		break;
	}
	return (hunt_do(r, &st));
}

/*
 * Looks which pages of object "o" are there: under pressure the page daemon
 * frees some behind the caller's back, as it does in the kernel.
 */
static void
hunt_user_look(struct hunt_round *r, unsigned o)
{
	const struct vm_object *object;
	const struct vm_page *m;

	object = pmapsim_replay_object(r->judge.side[0].replay,
	    user_objects[o]);
	memset(r->user.page[o], 0, sizeof(r->user.page[o]));
	TAILQ_FOREACH(m, &object->memq, listq)
		r->user.page[o][m->pindex] = 1;
}

bool
hunt_user_call(struct hunt_round *r)
{
	unsigned u = hunt_below(r, HUNT_PMAPS), o = hunt_below(r, HUNT_OBJECTS),
		 first, n;

	if (!r->user.pmap[u]) {
		r->user.pmap[u] = true;
		return (hunt_user_pmap(r, OP_pmap_pinit, u));
	}
	hunt_user_look(r, o);
	hunt_run(r, &first, &n);
	first += 512 * hunt_below(r, HUNT_OBJECT_PAGES / 512);
	/* A switch empties the TLB: most run where they ran before. */
	if (r->options->tlb != NULL && hunt_chance(r, 3))
		return (hunt_mmu_access(r, user_pmaps[u],
		    hunt_user_va(o, first), n,
		    hunt_chance(r, 4) ? hunt_below(r, r->ncpu) : u % r->ncpu));
	if (hunt_chance(r, 5))
		return (hunt_user_alloc(r, o, first, n));
	if (hunt_chance(r, 4))
		return (hunt_user_range(r, u, o, first, n));
	n = hunt_user_present(r->user.page[o], &first, n);
	if (n == 0)
		return (true);
	switch (hunt_below(r, 8)) {
	case 0:
		return (hunt_user_free(r, o, first, n));
	case 1:
		return (hunt_user_page(r, o, first, n));
	case 2:
		return (hunt_user_copy(r, u, o, first));
	default:
		return (hunt_user_map(r, u, o, first, n));
	}
}
