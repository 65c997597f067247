/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hunter's call from its row: which row is next, and each operand and key by
 * its kind.  No statement is named here but those that undo what stands in a
 * call's way.
 */
#include "study/hunt_round.h"

#include <pmapsim/trace.h>

#include "trace/trace_var.h"
#include "vm/vm_object.h"

bool
hunt_row_has(const struct trace_op *op, enum trace_arg kind)
{
	int i;

	for (i = 0; i < TRACE_ARGS_MAX && op->args[i] != TA_END; i++)
		if (op->args[i] == kind)
			return (true);
	return (false);
}

/* ---- what is there ------------------------------------------------------ */

bool
hunt_has_pmap(const struct hunt_round *r, const char *name)
{

	return (pmapsim_replay_pmap(r->judge.side[0].replay, name) != NULL);
}

bool
hunt_has_object(const struct hunt_round *r, const char *name)
{

	return (pmapsim_replay_object(r->judge.side[0].replay, name) != NULL);
}

const char *
hunt_name(struct hunt_round *r, const char *const *names, unsigned n,
    hunt_exists *exists, bool yes)
{
	unsigned i, at = hunt_below(r, n);

	for (i = 0; i < n; i++, at = (at + 1) % n)
		if (exists(r, names[at]) == yes)
			return (names[at]);
	return (NULL);
}

/*
 * The machine is asked each time: under pressure the page daemon frees pages
 * behind the caller's back, as it does in the kernel.
 */
unsigned
hunt_pages(const struct hunt_round *r, const char *object, vm_pindex_t *pindex,
    unsigned n, bool absent)
{
	uint8_t there[HUNT_OBJECT_PAGES] = {0};
	const struct vm_object *o;
	const struct vm_page *m;
	vm_pindex_t first = *pindex, end;

	o = pmapsim_replay_object(r->judge.side[0].replay, object);
	TAILQ_FOREACH(m, &o->memq, listq)
		if (m->pindex < HUNT_OBJECT_PAGES)
			there[m->pindex] = 1;
	while (first < HUNT_OBJECT_PAGES && there[first] == absent)
		first++;
	for (end = first;
	     end < HUNT_OBJECT_PAGES && end < first + n && there[end] != absent;
	     end++)
		continue;
	*pindex = first;
	return ((unsigned)(end - first));
}

/* ---- operands ----------------------------------------------------------- */

/* One of a list's words. */
static uint64_t
draw_word(struct hunt_round *r, enum trace_arg kind)
{
	uint64_t value = 0;
	unsigned n = 0;

	while (trace_arg_nth_word(kind, n, &value))
		n++;
	if (n != 0)
		trace_arg_nth_word(kind, hunt_below(r, n), &value);
	return (value);
}

/* Rights that a mapping gets, most often those of data; or keeps. */
static vm_prot_t
draw_prot(struct hunt_round *r, bool keeps)
{
	static const vm_prot_t prots[] = {VM_PROT_NONE, VM_PROT_READ,
	    VM_PROT_READ | VM_PROT_EXECUTE, VM_PROT_ALL,
	    VM_PROT_READ | VM_PROT_WRITE, VM_PROT_READ | VM_PROT_WRITE,
	    VM_PROT_READ | VM_PROT_WRITE};

	return (prots[keeps ? hunt_below(r, 5) : 1 + hunt_below(r, 6)]);
}

/* Argument "i" of the row. */
static struct trace_value
draw_arg(struct hunt_round *r, const struct trace_op *op, int i,
    const struct hunt_scene *scene)
{
	static const unsigned accesses[] = {VM_PROT_READ, VM_PROT_READ,
	    VM_PROT_WRITE, VM_PROT_WRITE, VM_PROT_WRITE, VM_PROT_EXECUTE};
	const enum trace_arg kind = op->args[i],
			     before = i > 0 ? op->args[i - 1] : TA_END;

	switch (kind) {
	case TA_NEW_OBJECT:
	case TA_OBJECT:
		return (ARG(scene->object));
	case TA_NEW_PMAP:
	case TA_NEW_SPACE:
		return (ARG(scene->new_space));
	case TA_PMAP:
	case TA_SPACE:
		return (ARG(before == kind ? scene->other : scene->space));
	case TA_PINDEX:
		if (before == TA_NEW_OBJECT)
			return (ARG(HUNT_OBJECT_PAGES));
		return (ARG(scene->pindex +
		    (before == TA_PINDEX ? scene->n : 0)));
	case TA_EVA:
		return (ARG(scene->va + ptoa(scene->n)));
	case TA_KVA:
		return (ARG(scene->unaccounted));
	case TA_PA:
		return (ARG(scene->pa));
	case TA_PAGES:
		return (ARG(scene->n));
	case TA_SIZE:
	case TA_LEN:
		return (ARG(ptoa(scene->n)));
	case TA_NUMBER:
		return (ARG(before == TA_ALIGN ? scene->boundary :
						 scene->bytes));
	case TA_ADDR: /* behind another one it is where a range ends */
		return (ARG(before == TA_ADDR ? scene->high : scene->va));
	case TA_ACCESS:
		return (ARG(accesses[hunt_below(r, 6)]));
	case TA_BOOL:
		return (ARG(hunt_below(r, 2)));
	case TA_MASK:
		return (ARG(hunt_below(r, 1u << (r->ncpu < 8 ? r->ncpu : 8))));
	case TA_ALIGN:
		return (ARG(PAGE_SIZE << hunt_below(r, 10)));
	case TA_INJECT:
	case TA_INHERIT:
	case TA_MEMATTR:
	case TA_ADVICE:
	case TA_FIND:
	case TA_EVENT:
	case TA_LEVEL:
		return (ARG(draw_word(r, kind)));
	default:
		return (ARG(scene->va));
	}
}

/* Gives "st" the key, or leaves it out where the row lets it. */
static void
draw_key(struct hunt_round *r, struct trace_stmt *st, enum trace_key key,
    const struct hunt_scene *scene, vm_prot_t prot)
{

	switch (key) {
	case TK_PROT:
		trace_stmt_set(st, key, prot);
		break;
	case TK_ACCESS:
		trace_stmt_set(st, key,
		    scene->prot == VM_PROT_NONE && !scene->large &&
			    hunt_chance(r, 3) ?
			VM_PROT_READ :
			prot);
		break;
	case TK_WIRED:
		trace_stmt_set(st, key, scene->wired);
		break;
	case TK_REPEAT:
		if (!scene->large)
			trace_stmt_set(st, key, scene->n);
		break;
	case TK_PSIND:
		if (scene->large)
			trace_stmt_set(st, key, 1);
		break;
	case TF_NOSLEEP:
		if (scene->nosleep)
			trace_stmt_set(st, key, 1);
		break;
	case TK_COLOR:
		trace_stmt_set(st, key, 0);
		break;
	case TF_WIRED:
		if (scene->wired)
			trace_stmt_set(st, key, 1);
		break;
	case TF_NOWAIT: /* there is nobody to wait for */
		trace_stmt_set(st, key, 1);
		break;
	case TF_ZERO:
	case TF_SHARED:
		if (hunt_chance(r, 4))
			trace_stmt_set(st, key, 1);
		break;
	case TF_NAMED: /* drawn in any case: seeds keep what they stand for */
		if (hunt_chance(r, 4) && r->today)
			trace_stmt_set(st, key, 1);
		break;
	case TF_RESERVE:
	case TF_FIXED:
	case TF_USER:
		if (hunt_chance(r, 8))
			trace_stmt_set(st, key, 1);
		break;
	default: /* left out */
		break;
	}
}

bool
hunt_draw(struct hunt_round *r, const struct trace_op *op,
    const struct hunt_scene *scene)
{
	struct trace_value args[TRACE_ARGS_MAX] = {{NULL, 0}};
	struct trace_stmt *st = &r->st;
	vm_prot_t prot = scene->prot;
	int i, key;

	for (i = 0; i < trace_op_args(op); i++)
		args[i] = draw_arg(r, op, i, scene);
	trace_stmt_make(st, (enum trace_opcode)(op - trace_ops), args);
	if ((op->allowed & TK(TK_PROT)) != 0 && prot == VM_PROT_NONE)
		prot = draw_prot(r, op->maps.does == TD_PROTECTS);
	for (key = 0; key < TK_COUNT; key++)
		if ((op->allowed & TK(key)) != 0)
			draw_key(r, st, (enum trace_key)key, scene, prot);
	/* A switch empties the TLB: most run where they ran before. */
	if ((op->rules & TR_TLB) != 0)
		trace_stmt_set(st, TK_CPU,
		    hunt_chance(r, 4) ? hunt_below(r, r->ncpu) : scene->cpu);
	return (hunt_do(r, st));
}

bool
hunt_unmap(struct hunt_round *r, const char *pmap, vm_offset_t va,
    vm_offset_t end)
{
	struct trace_stmt st;

	STMT(&st, pmap_remove, ARG(pmap), ARG(va), ARG(end));
	return (hunt_do(r, &st));
}
