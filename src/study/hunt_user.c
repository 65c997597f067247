/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The family of user pmaps: objects whose pages several of them map, unmap,
 * protect, copy and ask about.
 */
#include "study/hunt.h"

#include <stdio.h>
#include <string.h>

#include "vm/vm_object.h"

/* Objects lie at addresses that fit their colour, 16 MB apart. */
static unsigned long long
hunt_user_va(unsigned object, unsigned page)
{

	return (UINT64_C(0x40000000) + ((uint64_t)object << 24) +
	    page * PAGE_SIZE);
}

bool
hunt_user_setup(struct hunt_round *r)
{
	unsigned i;

	for (i = 0; i < HUNT_OBJECTS; i++) {
		if (!hunt_say(r, "vm_object_allocate o%u %u color=0", i,
			HUNT_OBJECT_PAGES))
			return (false);
		r->user.object[i] = true;
	}
	return (true);
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
	unsigned end, done;

	while (first < HUNT_OBJECT_PAGES && page[first])
		first++;
	for (end = first;
	     end < HUNT_OBJECT_PAGES && end < first + n && !page[end]; end++)
		continue;
	if (end == first)
		return (true);
	if (!hunt_say(r, "vm_page_alloc o%u %u repeat=%u", o, first,
		end - first))
		return (false);
	done = 0;
	sscanf(r->judge.side[0].result, "n=%u", &done);
	memset(page + first, 1, done);
	return (true);
}

/* Nothing may map a page that is freed. */
static bool
hunt_user_free(struct hunt_round *r, unsigned o, unsigned first, unsigned n)
{

	memset(r->user.page[o] + first, 0, n);
	return (hunt_say(r, "pmap_remove_all o%u %u repeat=%u", o, first, n) &&
	    hunt_say(r, "vm_page_free o%u %u repeat=%u", o, first, n));
}

/* Calls that take away, for which nothing must be there. */
static bool
hunt_user_range(struct hunt_round *r, unsigned u, unsigned o, unsigned first,
    unsigned n)
{
	static const char *const prots[] = {"r", "rx", "rw", "rwx", "-"};
	unsigned long long sva = hunt_user_va(o, first);

	switch (hunt_below(r, 4)) {
	case 0:
		return (hunt_say(r, "pmap_remove u%u 0x%llx 0x%llx", u, sva,
		    sva + n * PAGE_SIZE));
	case 1:
		return (hunt_say(r, "pmap_remove_pages u%u", u));
	case 2:
		r->user.pmap[u] = false;
		return (hunt_say(r, "pmap_remove u%u 0x0 0x800000000000", u) &&
		    hunt_say(r, "pmap_release u%u", u));
	default:
		return (hunt_say(r, "pmap_protect u%u 0x%llx 0x%llx prot=%s", u,
		    sva, sva + n * PAGE_SIZE, prots[hunt_below(r, 5)]));
	}
}

/* Copies whole 2 MB regions to where nothing is, as fork does. */
static bool
hunt_user_copy(struct hunt_round *r, unsigned u, unsigned o, unsigned first)
{
	unsigned to = hunt_below(r, HUNT_PMAPS);
	unsigned long long va = hunt_user_va(o, first & ~511u);

	if (to == u || !r->user.pmap[to])
		return (true);
	return (hunt_say(r, "pmap_remove u%u 0x%llx 0x%llx", to, va,
		    va + NBPDR) &&
	    hunt_say(r, "pmap_copy u%u u%u 0x%llx 2M 0x%llx", to, u, va, va));
}

/* Questions and changes that go by page. */
static bool
hunt_user_page(struct hunt_round *r, unsigned o, unsigned first, unsigned n)
{
	static const char *const calls[] = {"pmap_remove_write",
	    "pmap_clear_modify", "pmap_ts_referenced", "pmap_is_modified",
	    "pmap_clear_reference"};

	if (hunt_chance(r, 4))
		return (hunt_say(r, "pmap_remove_all o%u %u repeat=%u", o,
		    first, n));
	return (hunt_say(r, "%s o%u %u", calls[hunt_below(r, 5)], o, first));
}

static bool
hunt_user_map(struct hunt_round *r, unsigned u, unsigned o, unsigned first,
    unsigned n)
{
	static const char *const modes[] = {"access=r prot=r",
	    "access=r prot=rw", "access=rw prot=rw", "access=rx prot=rx",
	    "access=rwx prot=rwx"};
	unsigned long long va = hunt_user_va(o, first);

	switch (hunt_below(r, 6)) {
	case 0:
		return (hunt_say(r,
		    "pmap_enter_quick u%u 0x%llx o%u %u "
		    "prot=r repeat=%u",
		    u, va, o, first, n));
	case 1:
		return (hunt_say(r,
		    "pmap_enter_object u%u 0x%llx 0x%llx o%u "
		    "%u prot=%s",
		    u, va, va + n * PAGE_SIZE, o, first,
		    hunt_chance(r, 2) ? "r" : "rx"));
	case 2:
		return (hunt_say(r, "touch u%u 0x%llx %s repeat=%u", u, va,
		    hunt_chance(r, 2) ? "r" : "w", n));
	default:
		return (hunt_say(r,
		    "pmap_enter u%u 0x%llx o%u %u %s wired=0 "
		    "repeat=%u",
		    u, va, o, first, modes[hunt_below(r, 5)], n));
	}
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
	char name[8];

	snprintf(name, sizeof(name), "o%u", o);
	object = pmapsim_replay_object(r->judge.side[0].replay, name);
	memset(r->user.page[o], 0, sizeof(r->user.page[o]));
	TAILQ_FOREACH(m, &object->memq, listq)
		r->user.page[o][m->pindex] = 1;
}

bool
hunt_user_call(struct hunt_round *r)
{
	unsigned u = hunt_below(r, HUNT_PMAPS), o = hunt_below(r, HUNT_OBJECTS),
		 first, n;
	char name[8];

	if (!r->user.pmap[u]) {
		r->user.pmap[u] = true;
		return (hunt_say(r, "pmap_pinit u%u", u));
	}
	hunt_user_look(r, o);
	hunt_run(r, &first, &n);
	first += 512 * hunt_below(r, HUNT_OBJECT_PAGES / 512);
	if (r->options->tlb != NULL && hunt_chance(r, 3)) {
		snprintf(name, sizeof(name), "u%u", u);
		/* A switch empties the TLB: most run where they ran before. */
		return (hunt_mmu_access(r, name, hunt_user_va(o, first), n,
		    hunt_chance(r, 4) ? hunt_below(r, r->ncpu) : u % r->ncpu));
	}
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
