/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The family of programs: mmap, access through the fault handler, fork,
 * mprotect, mlock, munmap and exit.
 */
#include "study/hunt_round.h"

#include <string.h>

/* What the trace calls them. */
static const char *const space_names[HUNT_SPACES] = {"s0", "s1", "s2", "s3"};

/* A mapped area of space "s", or -1. */
static int
hunt_space_area(struct hunt_round *r, unsigned s)
{
	unsigned i, at = hunt_below(r, HUNT_AREAS);

	for (i = 0; i < HUNT_AREAS; i++, at = (at + 1) % HUNT_AREAS)
		if (r->space.area[s][at].size != 0)
			return ((int)at);
	return (-1);
}

static bool
hunt_space_mmap(struct hunt_round *r, unsigned s)
{
	bool shared, executable, at_heap;
	struct trace_stmt st;
	uint64_t size;
	unsigned i;

	for (i = 0; i < HUNT_AREAS; i++)
		if (r->space.area[s][i].size == 0)
			break;
	if (i == HUNT_AREAS)
		return (true);
	size = PAGE_SIZE *
	    (hunt_chance(r, 2) ? 1 + hunt_below(r, 1500) :
				 512 * (1 + hunt_below(r, 3)));
	/* One after the other: the order of choices is the seed's. */
	shared = hunt_chance(r, 5);
	executable = hunt_chance(r, 4);
	at_heap = hunt_chance(r, 2);
	STMT(&st, mmap, ARG(space_names[s]),
	    ARG(at_heap ? UINT64_C(0x800000000) : 0), ARG(size));
	trace_stmt_set(&st, TK_PROT,
	    executable ? VM_PROT_ALL : VM_PROT_READ | VM_PROT_WRITE);
	if (shared)
		trace_stmt_set(&st, TF_SHARED, 0);
	if (!hunt_do(r, &st))
		return (false);
	if (hunt_result(r) != 0) {
		r->space.area[s][i].va = hunt_result(r);
		r->space.area[s][i].size = size;
		r->space.area[s][i].wired = false;
	}
	return (true);
}

static bool
hunt_space_fork(struct hunt_round *r, unsigned s)
{
	unsigned child = hunt_below(r, HUNT_SPACES);
	struct trace_stmt st;

	if (r->space.space[child])
		return (true);
	r->space.space[child] = true;
	memcpy(r->space.area[child], r->space.area[s],
	    sizeof(r->space.area[s]));
	STMT(&st, vmspace_fork, ARG(space_names[child]), ARG(space_names[s]));
	return (hunt_do(r, &st));
}

static bool
hunt_space_end(struct hunt_round *r, unsigned s)
{
	struct trace_stmt st;

	r->space.space[s] = false;
	memset(r->space.area[s], 0, sizeof(r->space.area[s]));
	if (hunt_chance(r, 2))
		STMT(&st, vmspace_free, ARG(space_names[s]));
	else
		STMT(&st, vmspace_exit, ARG(space_names[s]));
	return (hunt_do(r, &st));
}

bool
hunt_space_call(struct hunt_round *r)
{
	static const unsigned prots[] = {VM_PROT_READ,
	    VM_PROT_READ | VM_PROT_WRITE, VM_PROT_ALL, VM_PROT_NONE};
	unsigned s = hunt_below(r, HUNT_SPACES), first, n, pages;
	const char *name = space_names[s];
	struct trace_stmt st;
	vm_offset_t va;
	int a;

	if (!r->space.space[s]) {
		if (hunt_chance(r, 2))
			return (true);
		r->space.space[s] = true;
		STMT(&st, vmspace_alloc, ARG(name));
		return (hunt_do(r, &st));
	}
	a = hunt_space_area(r, s);
	if (a < 0 || hunt_chance(r, 8))
		return (hunt_space_mmap(r, s));
	if (hunt_chance(r, 24))
		return (hunt_space_end(r, s));
	if (hunt_chance(r, 10))
		return (hunt_space_fork(r, s));
	pages = (unsigned)(r->space.area[s][a].size / PAGE_SIZE);
	hunt_run(r, &first, &n);
	if (first >= pages)
		first = pages - 1;
	if (first + n > pages)
		n = pages - first;
	va = r->space.area[s][a].va + first * PAGE_SIZE;
	switch (hunt_below(r, 10)) {
	case 0:
		STMT(&st, mprotect, ARG(name), ARG(va), ARG(ptoa(n)));
		trace_stmt_set(&st, TK_PROT, prots[hunt_below(r, 4)]);
		break;
	case 1:
		if (hunt_chance(r, 3))
			STMT(&st, mlock, ARG(name), ARG(va), ARG(ptoa(n)));
		else
			STMT(&st, munlock, ARG(name), ARG(va), ARG(ptoa(n)));
		break;
	case 2:
		/* All of it: parts would have to be remembered. */
		va = r->space.area[s][a].va;
		r->space.area[s][a].size = 0;
		STMT(&st, munmap, ARG(name), ARG(va), ARG(ptoa(pages)));
		break;
	default:
		STMT(&st, access, ARG(name), ARG(va),
		    ARG(hunt_chance(r, 3) ? VM_PROT_READ : VM_PROT_WRITE));
		trace_stmt_set(&st, TK_REPEAT, n);
		break;
	}
	return (hunt_do(r, &st));
}
