/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The family of programs: mmap, access through the fault handler, fork,
 * mprotect, mlock, munmap and exit.  What a program has mapped is asked of its
 * map.
 */
#include "study/hunt_round.h"

#include "trace/trace_var.h"
#include "vm/vm_map.h"

#define SPACES 4
#define FILES 2
#define SPACE_BYTES_MAX (24 << 20) /* from which on nothing more is mapped */

/* What the trace calls them. */
static const char *const space_names[SPACES] = {"s0", "s1", "s2", "s3"};
static const char *const file_names[FILES] = {"f0", "f1"};

/* The entry in which a drawn page of the map lies; NULL: it has none. */
static const struct vm_map_entry *
hunt_space_entry(struct hunt_round *r, const struct vm_map *map)
{
	const struct vm_map_entry *entry;
	uint64_t at;

	if (map->nentries == 0)
		return (NULL);
	at = ptoa(hunt_below(r, (unsigned)atop(map->size)));
	for (entry = map->header.next; at >= entry->end - entry->start;
	     entry = entry->next)
		at -= entry->end - entry->start;
	return (entry);
}

/* Where a program asks for memory, and how much of it. */
static bool
hunt_space_room(struct hunt_round *r, const struct vm_map *map,
    struct hunt_scene *scene)
{
	const struct vm_map_entry *entry = hunt_space_entry(r, map);

	scene->n = hunt_chance(r, 2) ? 1 + hunt_below(r, 1500) :
				       NPTEPG * (1 + hunt_below(r, 3));
	switch (hunt_below(r, 4)) {
	case 0:
		scene->va = 0;
		break;
	case 1:
		scene->va = entry != NULL ? entry->start : 0;
		break;
	default:
		scene->va = UINT64_C(0x800000000);
		break;
	}
	return (map->size < SPACE_BYTES_MAX);
}

static bool
hunt_space_scene(struct hunt_round *r, const struct trace_op *op,
    struct hunt_scene *scene)
{
	const char *name = space_names[hunt_below(r, SPACES)];
	const struct vm_map_entry *entry;
	const struct vm_map *map;
	unsigned first, pages;

	scene->new_space = scene->space = name;
	if (!hunt_has_pmap(r, name) &&
	    (hunt_chance(r, 2) ||
		!hunt_draw(r, &trace_ops[OP_vmspace_alloc], scene)))
		return (false);
	scene->new_space = hunt_name(r, space_names, SPACES, hunt_has_pmap,
	    false);
	if (op->names == TE_ADDS && scene->new_space == NULL)
		return (false);
	scene->object = file_names[hunt_below(r, FILES)];
	if (hunt_row_has(op, TA_OBJECT) && !hunt_has_object(r, scene->object) &&
	    !hunt_draw(r, &trace_ops[OP_vm_object_allocate], scene))
		return (false);
	map = trace_replay_space(r->judge.side[0].replay, name);
	hunt_run(r, &first, &scene->n);
	scene->pindex = first;
	scene->bytes = ptoa(first);
	if ((op->allowed & TK(TF_FIXED)) != 0)
		return (hunt_space_room(r, map, scene));
	if ((entry = hunt_space_entry(r, map)) == NULL)
		return (false);
	pages = (unsigned)atop(entry->end - entry->start);
	if (first >= pages)
		first = pages - 1;
	if (first + scene->n > pages)
		scene->n = pages - first;
	scene->va = entry->start + ptoa(first);
	return (true);
}

/* Two pages of a child and its parent, or the parent's second. */
static bool
hunt_space_explored(struct hunt_round *r, const struct trace_op *op, unsigned i,
    struct hunt_scene *scene)
{
	static const struct {
		unsigned space, first, n; /* pages */
		vm_prot_t prot;
	} scenes[] = {{1, 0, 2, VM_PROT_READ}, {0, 1, 1, VM_PROT_READ},
	    {0, 0, 2, VM_PROT_READ | VM_PROT_WRITE}};

	if (i >= sizeof(scenes) / sizeof(scenes[0]))
		return (false);
	scene->space = space_names[scenes[i].space];
	scene->new_space = space_names[2];
	scene->object = file_names[0];
	scene->pindex = scenes[i].first;
	scene->bytes = ptoa(scenes[i].first);
	scene->n = scenes[i].n;
	scene->va = UINT64_C(0x800000000) + ptoa(scenes[i].first);
	scene->prot = (op->allowed & TK(TF_FIXED)) != 0 ?
	    VM_PROT_READ | VM_PROT_WRITE :
	    scenes[i].prot;
	return (true);
}

const struct hunt_family hunt_family_space = {
    .bit = PMAPSIM_HUNT_SPACE,
    .first = OP_vmspace_alloc,
    .scene = hunt_space_scene,
    .explored = hunt_space_explored,
};
