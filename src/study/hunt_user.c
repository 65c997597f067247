/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The family of user pmaps: objects whose pages several of them map, unmap,
 * protect, copy and ask about.
 */
#include "study/hunt_round.h"

#include "amd64/pmap_kernels.h"
#include "amd64/pmap_walk.h"
#include "trace/trace_var.h"
#include "vm/vm_object.h"
#include "vm/vm_reserv.h"

/* What the trace calls them. */
#define OBJECTS 3
#define PMAPS 4
static const char *const user_objects[OBJECTS] = {"o0", "o1", "o2"};
static const char *const user_pmaps[PMAPS] = {"u0", "u1", "u2", "u3"};

/* Objects lie at addresses that fit their colour, 16 MB apart. */
static vm_offset_t
hunt_user_va(unsigned object, vm_pindex_t page)
{

	return (UINT64_C(0x40000000) + ((uint64_t)object << 24) + ptoa(page));
}

/* Makes pmap and object if they are not there.  False: the round ended. */
static bool
hunt_user_make(struct hunt_round *r, struct hunt_scene *scene)
{

	scene->new_space = scene->space;
	if (!hunt_has_pmap(r, scene->space) &&
	    !hunt_draw(r, &trace_ops[OP_pmap_pinit], scene))
		return (false);
	return (hunt_has_object(r, scene->object) ||
	    hunt_draw(r, &trace_ops[OP_vm_object_allocate], scene));
}

/*
 * Undoes what would make the call one that no correct caller makes.  False: the
 * round ended.
 */
static bool
hunt_user_prepare(struct hunt_round *r, const struct trace_op *op,
    const struct hunt_scene *scene, unsigned object)
{
	unsigned i;

	/* Nothing may map a page that is freed. */
	if (op->pages == TP_FREES)
		return (hunt_draw(r, &trace_ops[OP_pmap_remove_all], scene));
	if ((op->rules & TR_EMPTY) != 0)
		return (hunt_unmap(r, scene->space, scene->va,
		    scene->va + NBPDR));
	if (op->names != TE_ENDS)
		return (true);
	if (op->args[0] == TA_PMAP)
		return (hunt_unmap(r, scene->space, 0, VM_MAXUSER_ADDRESS));
	for (i = 0; i < PMAPS; i++)
		if (hunt_has_pmap(r, user_pmaps[i]) &&
		    !hunt_unmap(r, user_pmaps[i], hunt_user_va(object, 0),
			hunt_user_va(object, HUNT_OBJECT_PAGES)))
			return (false);
	return (true);
}

/*
 * What kernels of today can be asked besides: superpages and wired pages are
 * mapped, and pages are unwired up to the first that is not wired.  Whoever
 * maps a superpage with the right to write has written it, and only later
 * kernels wire one of a program's at once.
 */
static void
hunt_user_today(struct hunt_round *r, const struct trace_op *op,
    struct hunt_scene *scene)
{
	struct pmapsim_replay *replay = r->judge.side[0].replay;
	struct machine *mach = pmapsim_replay_machine(replay);
	unsigned i;
	pmap_t pmap;

	if ((op->rules & TR_WIRED) != 0) {
		pmap = pmapsim_replay_pmap(replay, scene->space);
		for (i = 0; i < scene->n; i++)
			if (legal_unwired(mach, pmap, scene->va + ptoa(i)))
				break;
		scene->n = i;
	}
	if ((op->allowed & TK(TK_PSIND)) == 0)
		return;
	scene->wired = hunt_chance(r, 4);
	scene->nosleep = hunt_chance(r, 4);
	scene->large = legal_superpage(mach,
			   pmapsim_replay_object(replay, scene->object),
			   scene->pindex) &&
	    (!scene->wired || enter_pde_may_be_wired(mach)) &&
	    hunt_chance(r, 2);
}

static bool
hunt_user_scene(struct hunt_round *r, const struct trace_op *op,
    struct hunt_scene *scene)
{
	unsigned u = hunt_below(r, PMAPS), o = hunt_below(r, OBJECTS), first, n;

	scene->space = user_pmaps[u];
	scene->object = user_objects[o];
	if (!hunt_user_make(r, scene))
		return (false);
	scene->other = user_pmaps[(u + 1 + hunt_below(r, PMAPS - 1)) % PMAPS];
	if (op->args[1] == TA_PMAP && !hunt_has_pmap(r, scene->other))
		return (false);
	hunt_run(r, &first, &n);
	if ((op->rules & TR_EMPTY) != 0) {
		first = 0;
		n = NPTEPG;
	}
	scene->pindex = first +
	    NPTEPG * hunt_below(r, HUNT_OBJECT_PAGES / NPTEPG);
	if (hunt_row_has_pages(op))
		n = hunt_pages(r, scene->object, &scene->pindex, n,
		    op->pages == TP_ALLOCATES);
	scene->n = n;
	scene->va = hunt_user_va(o, scene->pindex);
	scene->bytes = 1; /* tick */
	if (r->today && n != 0)
		hunt_user_today(r, op, scene);
	n = scene->n;
	scene->cpu = u % r->ncpu;
	return (n != 0 && hunt_user_prepare(r, op, scene, o));
}

/* A page of the first object, or its first 2 MB, in the first pmaps. */
static bool
hunt_user_explored(struct hunt_round *r, const struct trace_op *op, unsigned i,
    struct hunt_scene *scene)
{
	static const struct {
		unsigned pmap, first, n; /* pages */
		vm_prot_t prot;
	} scenes[] = {{0, 1, 1, VM_PROT_READ | VM_PROT_WRITE},
	    {0, 0, NPTEPG, VM_PROT_READ | VM_PROT_WRITE},
	    {1, 0, NPTEPG, VM_PROT_READ}};
	const bool empty = (op->rules & TR_EMPTY) != 0;

	if (i >= sizeof(scenes) / sizeof(scenes[0]))
		return (false);
	scene->space = user_pmaps[scenes[i].pmap];
	scene->other = user_pmaps[1 - scenes[i].pmap];
	scene->object = user_objects[0];
	scene->pindex = empty ? 0 : scenes[i].first;
	scene->n = empty ? NPTEPG : scenes[i].n;
	scene->va = hunt_user_va(0, scene->pindex);
	scene->bytes = 1; /* tick */
	scene->prot = op->maps.does == TD_PROTECTS ? VM_PROT_READ :
						     scenes[i].prot;
	scene->large = r->today && i == 2 && (op->allowed & TK(TK_PSIND)) != 0;
	return (hunt_user_prepare(r, op, scene, 0));
}

const struct hunt_family hunt_family_user = {
    .bit = PMAPSIM_HUNT_USER,
    .roams = true,
    .first = OP_pmap_pinit,
    .scene = hunt_user_scene,
    .explored = hunt_user_explored,
};
