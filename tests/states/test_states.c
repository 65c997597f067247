/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long random lives of machines, and whether they still go as they went.
 *
 *	test_states [--write] EXPECTED DIRECTORY KERNEL COUNT
 *
 * replays the COUNT traces KERNEL-*.trace of DIRECTORY.  Of each, what calls
 * returned and what the machine then holds is mixed into a number: the
 * canonical dump and what that leaves out, paging queues, maps, objects, chunks
 * of pv entries and all counters.  After each hundred statements, and at the
 * end, that number must be the one in the file EXPECTED.
 *
 * The numbers are pmapsim's own, and so show that something is different, not
 * what is right: README tells when --write may take them anew.
 */
#include <glob.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <pmapsim/trace.h>

#include "amd64/pmap_pv.h"
#include "trace/trace_var.h"
#include "vm/vm_map.h"
#include "vm/vm_object.h"

#define STATES_EVERY 20 /* statements, after which the machine is looked at */
#define STATES_TOLD 100 /* and after which the number is told */
#define STATES_MAX 64	/* numbers of one trace */

/*
 * A trace's test: made by main() for each file, filled in by the replay.
 */
struct life {
	char *path;
	const char *name; /* in it */
	const char *expected_file;
	uint64_t mix; /* of all until now */
	unsigned statements;
	unsigned n;
	uint64_t told[STATES_MAX];
};

/* ---- what the canonical dump leaves out --------------------------------- */

static void
mix(struct life *life, uint64_t value)
{

	life->mix = (life->mix ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	life->mix ^= life->mix >> 29;
}

static void
mix_text(struct life *life, const char *text)
{

	for (; *text != '\0'; text++)
		mix(life, (unsigned char)*text);
}

static void
mix_page(struct life *life, const struct vm_page *m)
{

	mix(life, m->pindex);
	mix(life, m->unusual);
	mix(life,
	    (uint64_t)m->flags_c << 48 | (uint64_t)m->oflags << 32 |
		(uint64_t)m->cow << 16 | (uint64_t)m->queue << 8 | m->pool);
	mix(life,
	    (uint64_t)m->act_count << 24 | (uint64_t)m->valid << 16 |
		(uint64_t)m->map_wired << 8 | m->recycled);
}

static void
mix_queues(struct life *life, struct machine *mach)
{
	const struct vm_page *m;
	unsigned queue;

	for (queue = 0; queue < PQ_COUNT; queue++)
		TAILQ_FOREACH(m, &mach->vm_page->queues[queue], pageq) {
			mix(life, VM_PAGE_TO_PHYS(m) | queue);
			mix_page(life, m);
		}
}

static void
mix_objects(struct life *life, struct machine *mach)
{
	const struct vm_object *object, *shadow;
	const struct vm_reserv *rv;
	const struct vm_page *m;

	TAILQ_FOREACH(object, &mach->vm_object->list, object_list) {
		mix(life, object->id);
		mix(life, object->size);
		mix(life,
		    (uint64_t)object->ref_count << 32 |
			(uint32_t)object->shadow_count);
		mix(life,
		    (uint64_t)object->flags << 32 |
			(uint64_t)object->type << 24 | object->pg_color);
		mix(life, (uint64_t)object->memattr);
		mix(life,
		    (uint64_t)object->resident_page_count << 32 |
			(uint32_t)object->paging_in_progress);
		mix(life,
		    object->backing_object == NULL ?
			0 :
			object->backing_object->id);
		mix(life, object->backing_object_offset);
		LIST_FOREACH(shadow, &object->shadow_head, shadow_list)
			mix(life, shadow->id);
		LIST_FOREACH(rv, &object->rvq, objq)
			mix(life, rv->pindex);
		TAILQ_FOREACH(m, &object->memq, listq)
			mix_page(life, m);
	}
}

static void
mix_map(struct life *life, const struct vm_map *map)
{
	const struct vm_map_entry *entry;

	if (map == NULL)
		return;
	mix(life, map->size);
	mix(life, (uint64_t)map->nentries);
	for (entry = map->header.next; entry != &map->header;
	     entry = entry->next) {
		mix(life, entry->start);
		mix(life, entry->end);
		mix(life, entry->adj_free);
		mix(life, entry->max_free);
		mix(life, entry->offset);
		mix(life, entry->lastr);
		mix(life,
		    (uint64_t)entry->eflags << 32 |
			(uint64_t)entry->protection << 24 |
			(uint64_t)entry->max_protection << 16 |
			(uint64_t)entry->inheritance << 8 | entry->uip);
		mix(life, (uint64_t)entry->wired_count);
		if ((entry->eflags & MAP_ENTRY_IS_SUB_MAP) == 0 &&
		    entry->object.vm_object != NULL)
			mix(life, entry->object.vm_object->id);
	}
}

static void
mix_maps(struct life *life, struct machine *mach)
{
	const struct vm_map_state *st = mach->vm_map;
	const struct vm_map *map;

	mix_map(life, st->kernel_map);
	mix_map(life, st->kmem_map);
	TAILQ_FOREACH(map, &st->vmspaces, maps)
		mix_map(life, map);
}

static void
mix_chunks(struct life *life, struct machine *mach)
{
	const struct pv_chunk *pc;
	const struct pmap *pmap;
	unsigned i;

	TAILQ_FOREACH(pmap, &mach->pmap->list, pm_list)
		TAILQ_FOREACH(pc, &pmap->pm_pvchunk, pc_list)
			for (i = 0; i < _NPCM; i++)
				mix(life, pc->pc_map[i]);
}

static void
mix_counters(struct life *life, struct machine *mach)
{
	const char *name;
	int64_t value;
	unsigned i;

	for (i = 0; (name = pmapsim_sysctl_name(i)) != NULL; i++)
		if (pmapsim_sysctl(mach, name, &value) == PMAPSIM_OK)
			mix(life, (uint64_t)value);
}

static void
mix_machine(struct life *life, struct pmapsim_replay *replay)
{
	struct machine *mach = pmapsim_replay_machine(replay);

	if (mach == NULL)
		return;
	mix(life, pmapsim_replay_digest(replay));
	mix_queues(life, mach);
	mix_objects(life, mach);
	mix_maps(life, mach);
	mix_chunks(life, mach);
	mix_counters(life, mach);
}

/* ---- a life ------------------------------------------------------------- */

static void
tell(struct life *life)
{

	assert_true(life->n < STATES_MAX);
	life->told[life->n++] = life->mix;
}

/* Called after each statement. */
static bool
live(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct life *life = arg;

	(void)statement;
	life->statements++;
	mix_text(life, result != NULL ? result : "");
	if (life->statements % STATES_EVERY == 0)
		mix_machine(life, replay);
	if (life->statements % STATES_TOLD == 0)
		tell(life);
	return (true);
}

static void
live_through(struct life *life)
{
	const struct pmapsim_replay_options options = {.after = live,
	    .arg = life,
	    .ignore_results = true};
	enum pmapsim_replay_outcome outcome;
	struct pmapsim_trace *trace;
	struct pmapsim_replay *replay;
	char err[512];

	if (pmapsim_trace_open(life->path, &trace, err, sizeof(err)) !=
	    PMAPSIM_OK)
		fail_msg("%s", err);
	if (pmapsim_replay_start(trace, &options, &replay, err, sizeof(err)) !=
	    PMAPSIM_OK)
		fail_msg("%s", err);
	life->mix = life->statements = life->n = 0;
	outcome = pmapsim_replay_run(replay);
	if (outcome != PMAPSIM_REPLAY_MATCHED)
		print_error("%s\n", pmapsim_replay_result(replay)->message);
	mix_machine(life, replay);
	tell(life);
	pmapsim_replay_end(replay);
	pmapsim_trace_close(trace);
	assert_int_equal(outcome, PMAPSIM_REPLAY_MATCHED);
}

/* Goes to the numbers of the life in the file: name, and n numbers a line. */
static bool
find_expected(FILE *file, const char *name)
{
	char word[128];

	rewind(file);
	while (fscanf(file, " %127s", word) == 1)
		if (strcmp(word, name) == 0)
			return (true);
	return (false);
}

static void
test_goes_as_it_went(void **state)
{
	struct life *life = *state;
	uint64_t expected;
	unsigned i;
	FILE *file;

	live_through(life);
	file = fopen(life->expected_file, "r");
	assert_non_null(file);
	if (!find_expected(file, life->name))
		fail_msg("%s has no %s", life->expected_file, life->name);
	for (i = 0; i < life->n; i++) {
		if (fscanf(file, " %" SCNx64, &expected) != 1)
			fail_msg("%s: %u numbers, and %u would be right",
			    life->name, i, life->n);
		if (expected != life->told[i])
			fail_msg("%s: another state or another result by "
				 "statement %u, not by %u",
			    life->path,
			    i + 1 < life->n ? (i + 1) * STATES_TOLD :
					      life->statements,
			    i * STATES_TOLD);
	}
	fclose(file);
}

static int
write_expected(struct life *life, size_t n)
{
	unsigned i;
	size_t k;

	for (k = 0; k < n; k++) {
		live_through(&life[k]);
		printf("%s\n", life[k].name);
		for (i = 0; i < life[k].n; i++)
			printf("%016" PRIx64 "%c", life[k].told[i],
			    i % 4 == 3 || i + 1 == life[k].n ? '\n' : ' ');
	}
	return (0);
}

int
main(int argc, char **argv)
{
	const bool writes = argc > 1 && strcmp(argv[1], "--write") == 0;
	struct CMUnitTest *tests;
	struct life *lives;
	char pattern[4096];
	glob_t found;
	size_t i;
	int failed;

	if (argc != 5 + writes) {
		fprintf(stderr,
		    "usage: test_states [--write] EXPECTED "
		    "DIRECTORY KERNEL COUNT\n");
		return (2);
	}
	argv += writes;
	snprintf(pattern, sizeof(pattern), "%s/%s-*.trace", argv[2], argv[3]);
	if (glob(pattern, 0, NULL, &found) != 0 ||
	    found.gl_pathc != (size_t)atoi(argv[4])) {
		fprintf(stderr, "%s: not %s traces\n", pattern, argv[4]);
		return (2);
	}
	lives = calloc(found.gl_pathc, sizeof(*lives));
	tests = calloc(found.gl_pathc, sizeof(*tests));
	if (lives == NULL || tests == NULL)
		return (2);
	for (i = 0; i < found.gl_pathc; i++) {
		lives[i].path = found.gl_pathv[i];
		lives[i].name = strrchr(lives[i].path, '/') + 1;
		lives[i].expected_file = argv[1];
		tests[i] = (struct CMUnitTest) {.name = lives[i].name,
		    .test_func = test_goes_as_it_went,
		    .initial_state = &lives[i]};
	}
	failed = writes ? write_expected(lives, found.gl_pathc) :
			  _cmocka_run_group_tests("states", tests,
			      found.gl_pathc, NULL, NULL);
	free(tests);
	free(lives);
	globfree(&found);
	return (failed);
}
