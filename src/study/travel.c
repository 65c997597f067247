/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Travelling over a trace: forward by steps, back by a new start.
 */
#include "study/travel.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/trace_image.h"
#include "trace/trace_var.h"

_Static_assert(TRAVEL_RESULT_SIZE >= TRACE_RESULT_MAX,
    "a result fits a journey");

/* Notes why; false. */
static bool PMAPSIM_PRINTFLIKE(2, 3)
    travel_fails(struct travel *travel, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(travel->err, sizeof(travel->err), fmt, ap);
	va_end(ap);
	return (false);
}

static bool
travel_after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct travel *travel = arg;

	snprintf(travel->result, sizeof(travel->result), "%s", result);
	return (true);
}

/* ---- images ------------------------------------------------------------- */

/* Gives back the images from "position" on. */
static void
travel_forget(struct travel *travel, uint64_t position)
{

	while (travel->nmarks > 0 &&
	    travel->marks[travel->nmarks - 1].position >= position)
		image_free(travel->marks[--travel->nmarks].image);
}

/* Keeps an image of this place, where the last one is far enough. */
static void
travel_keep(struct travel *travel)
{
	const struct travel_mark *last;
	struct travel_mark *mark;

	if (travel->apart == 0 || travel->nmarks == TRAVEL_MARKS ||
	    pmapsim_replay_machine(travel->replay) == NULL ||
	    travel_ended(travel))
		return;
	last = travel->nmarks > 0 ? &travel->marks[travel->nmarks - 1] : NULL;
	if (last != NULL && travel->position < last->position + travel->apart)
		return;
	mark = &travel->marks[travel->nmarks];
	mark->position = travel->position;
	mark->image = image_take(travel->replay);
	if (mark->image != NULL)
		travel->nmarks++;
	else
		travel->apart = 0; /* there will be none later either */
}

/*
 * Goes to the last image before "position", if that spares statements: it lies
 * behind this place, or this place behind "position".
 */
static void
travel_jump(struct travel *travel, uint64_t position)
{
	const struct travel_mark *mark = NULL;
	unsigned i;

	for (i = 0; i < travel->nmarks; i++)
		if (travel->marks[i].position < position)
			mark = &travel->marks[i];
	if (mark == NULL ||
	    (travel->position < position &&
		mark->position <= travel->position) ||
	    !image_restore(mark->image, travel->replay))
		return;
	explain_free(travel->last);
	travel->last = NULL;
	travel->result[0] = '\0';
	travel->position = mark->position;
}

/* ---- going -------------------------------------------------------------- */

/* Puts a new machine in the place of the old one. */
static bool
travel_restart(struct travel *travel)
{

	travel_forget(travel, 0);
	pmapsim_replay_end(travel->replay);
	travel->replay = NULL;
	explain_free(travel->last);
	travel->last = NULL;
	travel->result[0] = '\0';
	travel->position = 0;
	travel->options.arg = travel;
	return (pmapsim_replay_start(travel->trace, &travel->options,
		    &travel->replay, travel->err,
		    sizeof(travel->err)) == PMAPSIM_OK);
}

bool
travel_start(struct travel *travel, const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options)
{
	uint64_t statements;

	memset(travel, 0, sizeof(*travel));
	travel->trace = trace;
	travel->options.kernel = options->kernel;
	travel->options.tlb = options->tlb;
	travel->options.ncpu = options->ncpu;
	travel->options.ignore_results = true;
	travel->options.after = travel_after;
	travel->explains = true;
	statements = pmapsim_trace_statements(trace);
	if (statements > TRAVEL_APART)
		travel->apart = statements / TRAVEL_MARKS > TRAVEL_APART ?
		    statements / TRAVEL_MARKS + 1 :
		    TRAVEL_APART;
	return (travel_restart(travel));
}

void
travel_end(struct travel *travel)
{

	travel_forget(travel, 0);
	explain_free(travel->last);
	travel->last = NULL;
	pmapsim_replay_end(travel->replay);
	travel->replay = NULL;
}

bool
travel_ended(const struct travel *travel)
{

	return (pmapsim_replay_result(travel->replay)->outcome !=
	    PMAPSIM_REPLAY_RUNNING);
}

const char *
travel_kernel(const struct travel *travel)
{
	const struct machine *mach = pmapsim_replay_machine(travel->replay);

	return (mach != NULL ? mach->kernel.name : "");
}

/* Gives the machine the kernel "text"; false, with the reason. */
static bool
travel_set_kernel(struct travel *travel, const char *text)
{
	struct machine *mach = pmapsim_replay_machine(travel->replay);
	struct kernel kernel;

	if (!kernel_parse(text, &kernel, travel->err, sizeof(travel->err)))
		return (false);
	if (!kernel_lays_out_alike(&kernel, &mach->kernel))
		return (travel_fails(travel,
		    "%s lays memory out in another way than %s: a machine of "
		    "one cannot go on under the other",
		    kernel.name, mach->kernel.name));
	mach->kernel = kernel;
	return (true);
}

/* Makes the changes of kernel that are due before the next statement. */
static bool
travel_change_kernels(struct travel *travel)
{
	unsigned i;

	for (i = 0; i < travel->nswitches; i++)
		if (travel->switches[i].at == travel->position &&
		    !travel_set_kernel(travel, travel->switches[i].kernel))
			return (false);
	return (true);
}

/* Makes a statement, explained or not. */
static bool
travel_make(struct travel *travel, bool explains)
{
	struct explain_state *after = NULL, *before = NULL;
	const struct pmapsim_replay_result *result;
	uint64_t made;

	if (travel_ended(travel))
		return (false);
	explain_watch(travel->replay);
	if (explains && (before = explain_copy(travel->replay)) == NULL)
		return (travel_fails(travel, "no memory to explain with"));
	result = pmapsim_replay_result(travel->replay);
	made = result->statements;
	pmapsim_replay_step(travel->replay);
	if (result->statements != made) {
		explain_free(travel->last);
		travel->last = NULL;
		travel->position++;
		travel->made++;
		travel_change_kernels(travel);
		travel_keep(travel);
	} else
		travel_fails(travel, "%s",
		    result->outcome == PMAPSIM_REPLAY_BAD_INPUT ||
			    result->outcome == PMAPSIM_REPLAY_NO_MEMORY ?
			result->message :
			"");
	if (explains && result->statements != made) {
		after = explain_copy(travel->replay);
		if (after != NULL)
			travel->last = explain_difference(before, after,
			    travel->replay);
	}
	explain_copy_free(before);
	explain_copy_free(after);
	return (result->statements != made);
}

bool
travel_step(struct travel *travel)
{

	travel->err[0] = '\0';
	return (travel_make(travel, travel->explains));
}

bool
travel_to(struct travel *travel, uint64_t position,
    bool (*ends)(struct travel *travel, void *arg), void *arg)
{
	bool explains;

	travel->err[0] = '\0';
	if (position != travel->position &&
	    (position < travel->position || ends == NULL))
		travel_jump(travel, position);
	if (position < travel->position && !travel_restart(travel))
		return (false);
	while (travel->position < position && !travel_ended(travel)) {
		/* Only where one may stop it is of use. */
		explains = travel->explains &&
		    (ends != NULL || travel->position + 1 == position);
		if (!travel_make(travel, explains))
			break;
		if (ends != NULL && ends(travel, arg))
			break;
	}
	return (travel->err[0] == '\0');
}

bool
travel_switch(struct travel *travel, const char *kernel)
{
	struct machine *mach = pmapsim_replay_machine(travel->replay);
	unsigned i, kept = 0;

	travel->err[0] = '\0';
	if (mach == NULL)
		return (travel_fails(travel, "no machine is there yet"));
	if (mach->panicked)
		return (travel_fails(travel,
		    "the machine has panicked: go back before it"));
	/* What was to come later is of another future. */
	travel_forget(travel, travel->position);
	for (i = 0; i < travel->nswitches; i++)
		if (travel->switches[i].at < travel->position)
			travel->switches[kept++] = travel->switches[i];
	travel->nswitches = kept;
	if (kept == TRAVEL_SWITCHES)
		return (travel_fails(travel,
		    "the kernel was changed %d times already",
		    TRAVEL_SWITCHES));
	if (!travel_set_kernel(travel, kernel))
		return (false);
	travel->switches[kept].at = travel->position;
	snprintf(travel->switches[kept].kernel,
	    sizeof(travel->switches[kept].kernel), "%s", mach->kernel.name);
	travel->nswitches++;
	return (true);
}

/* Makes "copy" a journey that has not begun, and that keeps no images. */
static void
travel_blank(const struct travel *travel, struct travel *copy)
{

	*copy = *travel;
	copy->replay = NULL;
	copy->last = NULL;
	copy->explains = false;
	copy->nmarks = 0;
	copy->apart = 0;
}

bool
travel_copy(const struct travel *travel, const char *kernel,
    struct travel *copy)
{

	travel_blank(travel, copy);
	if (kernel != NULL) {
		copy->options.kernel = kernel;
		copy->nswitches = 0;
		return (travel_restart(copy));
	}
	return (travel_restart(copy) &&
	    travel_to(copy, travel->position, NULL, NULL));
}

const char *
travel_pmap_name(const struct travel *travel, unsigned index)
{
	const struct trace_names *names = &travel->replay->pmaps;
	uint32_t i;

	for (i = 1; i < names->count; i++)
		if (names->entries[i].ptr != NULL && index-- == 0)
			return (names->entries[i].name);
	return (NULL);
}

unsigned
travel_line(const struct travel *travel)
{
	const struct pmapsim_trace_statement *statement;

	statement = pmapsim_replay_statement(travel->replay);
	return (statement != NULL ? statement->line : 0);
}

/* ---- questions ---------------------------------------------------------- */

void
travel_ask(struct travel *travel, const struct travel_question *question,
    struct travel_answer *answer)
{
	struct machine *mach = pmapsim_replay_machine(travel->replay);
	pmap_t pmap;

	memset(answer, 0, sizeof(*answer));
	if (mach == NULL)
		return;
	if (question->counter != NULL) {
		answer->known = pmapsim_sysctl(mach, question->counter,
				    &answer->counter) == PMAPSIM_OK;
		return;
	}
	pmap = pmapsim_replay_pmap(travel->replay, question->pmap);
	if (pmap == NULL)
		return;
	answer->known = true;
	pmapsim_pte(mach, pmap, question->va, &answer->entries);
}

bool
travel_answers_equal(const struct travel_answer *a,
    const struct travel_answer *b)
{

	return (a->known == b->known && a->counter == b->counter &&
	    a->entries.pde == b->entries.pde &&
	    a->entries.pte == b->entries.pte);
}

/* What the MMU finds at the address: of a 2 MB mapping the PTE in its place. */
static pt_entry_t
answer_pte(const struct travel_answer *answer, vm_offset_t va)
{
	const pd_entry_t pde = answer->entries.pde;

	if ((pde & (PG_V | PG_PS)) != (PG_V | PG_PS))
		return (answer->entries.pte);
	return ((pde & ~(PG_PS | PG_PDE_PAT)) + (trunc_page(va) & PDRMASK));
}

static bool
answer_is_2m(const struct travel_answer *answer)
{

	return ((answer->entries.pde & (PG_V | PG_PS)) == (PG_V | PG_PS));
}

static void
story_add(struct travel_story *story, const struct travel *travel,
    enum travel_event event)
{

	if (story->count == TRAVEL_EVENTS)
		return;
	story->events[story->count].event = event;
	story->events[story->count].position = travel->position;
	story->events[story->count++].line = travel_line(travel);
}

/* Adds what the statement made last did to the entry, or the counter. */
static void
story_go_on(struct travel_story *story, struct travel *travel,
    const struct travel_question *question, const struct travel_answer *then,
    const struct travel_answer *now)
{
	const vm_offset_t va = question->va;

	if (then->known != now->known || then->counter != now->counter ||
	    (question->counter == NULL &&
		answer_pte(then, va) != answer_pte(now, va))) {
		story->count = 0;
		/* That it can be asked now is no change of it. */
		if (then->known)
			story_add(story, travel, TRAVEL_CHANGED);
		return;
	}
	if (story->count == 0 || !now->known || question->counter != NULL)
		return;
	if (answer_is_2m(now) && !answer_is_2m(then))
		story_add(story, travel, TRAVEL_PROMOTED);
	if (answer_is_2m(then) && !answer_is_2m(now))
		story_add(story, travel, TRAVEL_DEMOTED);
	if ((answer_pte(now, va) & PG_V) != 0 &&
	    explain_unmaps(travel->replay,
		pmapsim_replay_pmap(travel->replay, question->pmap), va))
		story_add(story, travel, TRAVEL_LEFT);
}

bool
travel_find_story(struct travel *travel, const struct travel_question *question,
    struct travel_story *story)
{
	struct travel_answer now, then;
	struct travel past;
	bool ok;

	memset(story, 0, sizeof(*story));
	travel_blank(travel, &past);
	ok = travel_restart(&past);
	if (ok)
		travel_ask(&past, question, &then);
	while (ok && past.position < travel->position && !travel_ended(&past)) {
		ok = travel_to(&past, past.position + 1, NULL, NULL);
		travel_ask(&past, question, &now);
		story_go_on(story, &past, question, &then, &now);
		then = now;
	}
	if (!ok)
		travel_fails(travel, "%s", past.err);
	travel_end(&past);
	return (ok);
}
