/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The family of programs: mmap, access through the fault handler, fork,
 * mprotect, mlock, munmap and exit.
 */
#include "study/hunt.h"

#include <string.h>

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
	if (!hunt_say(r, "mmap s%u 0x%llx %lluK prot=%s%s", s,
		hunt_chance(r, 2) ? 0x800000000ULL : 0ULL,
		(unsigned long long)size >> 10,
		hunt_chance(r, 4) ? "rwx" : "rw",
		hunt_chance(r, 5) ? " shared" : ""))
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

	if (r->space.space[child])
		return (true);
	r->space.space[child] = true;
	memcpy(r->space.area[child], r->space.area[s],
	    sizeof(r->space.area[s]));
	return (hunt_say(r, "vmspace_fork s%u s%u", child, s));
}

static bool
hunt_space_end(struct hunt_round *r, unsigned s)
{

	r->space.space[s] = false;
	memset(r->space.area[s], 0, sizeof(r->space.area[s]));
	return (hunt_say(r, "%s s%u",
	    hunt_chance(r, 2) ? "vmspace_free" : "vmspace_exit", s));
}

bool
hunt_space_call(struct hunt_round *r)
{
	static const char *const prots[] = {"r", "rw", "rwx", "-"};
	unsigned s = hunt_below(r, HUNT_SPACES), first, n, pages;
	unsigned long long va;
	int a;

	if (!r->space.space[s]) {
		if (hunt_chance(r, 2))
			return (true);
		r->space.space[s] = true;
		return (hunt_say(r, "vmspace_alloc s%u", s));
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
		return (hunt_say(r, "mprotect s%u 0x%llx %uK prot=%s", s, va,
		    n * 4, prots[hunt_below(r, 4)]));
	case 1:
		return (hunt_say(r, "%s s%u 0x%llx %uK",
		    hunt_chance(r, 3) ? "mlock" : "munlock", s, va, n * 4));
	case 2:
		/* All of it: parts would have to be remembered. */
		va = r->space.area[s][a].va;
		r->space.area[s][a].size = 0;
		return (hunt_say(r, "munmap s%u 0x%llx %uK", s, va, pages * 4));
	default:
		return (hunt_say(r, "access s%u 0x%llx %s repeat=%u", s, va,
		    hunt_chance(r, 3) ? "r" : "w", n));
	}
}
