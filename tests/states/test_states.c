/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lives of machines, and whether they still go as they went.
 *
 *	test_states EXPECTED|--write=LOOKS PREFIX COUNT DIRECTORY...
 *
 * replays the traces PREFIX*.trace of the directories, which must be COUNT.  Of
 * each, what calls returned and what the machine then holds is mixed into a
 * number: the canonical dump and what that leaves out, paging queues, maps,
 * objects, chunks of pv entries and all counters.  Now and then, and at the
 * end, that number must be the one in the file EXPECTED, whose first line says
 * how often: after LOOKS looks.
 *
 * The numbers are pmapsim's own, and so show that something is different, not
 * what is right: README tells when --write may take them anew.
 */
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
#include "golden/golden_files.h"
#include "trace/trace_var.h"
#include "vm/vm_map.h"
#include "vm/vm_object.h"

/*
 * A machine is looked at after each 20 statements.  A long life is looked at
 * less and less often, as looking takes as long as some hundred calls: after
 * each hundred looks they are twice as far apart.
 */
#define STATES_EVERY 20
#define STATES_LOOKS 100
#define STATES_MAX 512 /* numbers of one trace */

/*
 * A trace's test: made by main() for each file, filled in by the replay.
 */
struct life {
	char *path;
	const char *name; /* in it: its file, or folder/file */
	const char *expected_file;
	unsigned tell; /* looks a number */

	uint64_t mix; /* of all until now */
	unsigned statements;
	unsigned every; /* statements from a look to the next, now */
	unsigned looks;
	unsigned n; /* numbers told, ... */
	struct {
		uint64_t mix;
		unsigned statements;
	} told[STATES_MAX];
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
	life->told[life->n].mix = life->mix;
	life->told[life->n++].statements = life->statements;
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
	if (life->statements % life->every != 0)
		return (true);
	mix_machine(life, replay);
	if (++life->looks % life->tell == 0)
		tell(life);
	if (life->looks % STATES_LOOKS == 0)
		life->every *= 2;
	return (true);
}

static void
live_through(struct life *life)
{
	const struct pmapsim_replay_options options = {.after = live,
	    .arg = life};
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
	life->mix = life->statements = life->looks = life->n = 0;
	life->every = STATES_EVERY;
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
		if (expected != life->told[i].mix)
			fail_msg("%s: another state or another result by "
				 "statement %u, not by %u",
			    life->path, life->told[i].statements,
			    i == 0 ? 0 : life->told[i - 1].statements);
	}
	fclose(file);
}

static int
write_expected(struct life *life, size_t n)
{
	unsigned i;
	size_t k;

	printf("%u looks a number\n", life->tell);
	for (k = 0; k < n; k++) {
		live_through(&life[k]);
		printf("%s\n", life[k].name);
		for (i = 0; i < life[k].n; i++)
			printf("%016" PRIx64 "%c", life[k].told[i].mix,
			    i % 4 == 3 || i + 1 == life[k].n ? '\n' : ' ');
	}
	return (0);
}

/* How many looks the file's numbers are apart; 0: it does not say that. */
static unsigned
looks_a_number(const char *expected_file)
{
	unsigned tell = 0;
	FILE *file;

	file = fopen(expected_file, "r");
	if (file == NULL)
		return (0);
	if (fscanf(file, "%u looks a number", &tell) != 1)
		tell = 0;
	fclose(file);
	return (tell);
}

int
main(int argc, char **argv)
{
	static struct life lives[TRACES_MAX];
	static struct CMUnitTest tests[TRACES_MAX];
	char *paths[TRACES_MAX];
	bool writes;
	unsigned tell;
	size_t i, n;
	int failed;

	if (argc < 5) {
		fputs("usage: test_states EXPECTED|--write=LOOKS PREFIX COUNT "
		      "DIRECTORY...\n",
		    stderr);
		return (2);
	}
	writes = sscanf(argv[1], "--write=%u", &tell) == 1;
	if (!writes)
		tell = looks_a_number(argv[1]);
	if (tell == 0) {
		fprintf(stderr,
		    "%s: \"N looks a number\" would be right in line 1\n",
		    argv[1]);
		return (2);
	}
	n = golden_files(argv + 2, paths);
	for (i = 0; i < n; i++) {
		lives[i].path = paths[i];
		lives[i].name = strrchr(paths[i], '/') + 1;
		lives[i].expected_file = argv[1];
		lives[i].tell = tell;
		tests[i] = (struct CMUnitTest) {.name = lives[i].name,
		    .test_func = test_goes_as_it_went,
		    .initial_state = &lives[i]};
	}
	failed = writes ?
	    write_expected(lives, n) :
	    _cmocka_run_group_tests("states", tests, n, NULL, NULL);
	for (i = 0; i < n; i++)
		free(paths[i]);
	return (failed);
}
