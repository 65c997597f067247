/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words of a recording, in any pieces, to calls and accesses; and what comes
 * of them, now and then and at the end.
 *
 * Accesses are gathered, moved to where their pages lie now, and made in
 * batches; whatever must see them done ends the batch.
 */
#include "program/program.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/machine.h"
#include "program/program_var.h"
#include "vm/vm_kernels.h"

/* Free memory begins here, behind the boot's tables. */
#define PROGRAM_FIRST (UINT64_C(16) << 20)
#define PROGRAM_KMEM (UINT64_C(32) << 20)
#define PROGRAM_SAMPLES 512
#define PROGRAM_EVERY UINT64_C(10000000) /* where nothing tells the length */

/* ---- samples ------------------------------------------------------------ */

static int64_t
counter(struct program *program, const char *name)
{
	int64_t value = 0;

	pmapsim_sysctl(program->mach, name, &value);
	return (value);
}

/* Makes room for one more of "size" bytes; false: no memory. */
static bool
room_for_one(struct program *program, void **array, size_t count,
    size_t *allocated, size_t size)
{
	size_t more;
	void *p;

	if (count < *allocated)
		return (true);
	more = *allocated * 2 + 256;
	p = reallocarray(*array, more, size);
	if (p == NULL) {
		program->no_memory = true;
		return (false);
	}
	*array = p;
	*allocated = more;
	return (true);
}

/* Whether the region is mapped by 2 MB pages in any process. */
static bool
region_is_superpage(struct program *program, uint64_t region)
{
	struct pmapsim_pte pte;
	size_t i;

	for (i = 0; i < program->nprocesses; i++) {
		if (program->processes[i].map == NULL)
			continue;
		pmapsim_pte(program->mach,
		    pmapsim_map_pmap(program->processes[i].map),
		    region << PDRSHIFT, &pte);
		if ((pte.pde & (PG_V | PG_PS)) == (PG_V | PG_PS))
			return (true);
	}
	return (false);
}

/* Puts the regions of this sample's time behind all others, and empties. */
static void
sample_heat(struct program *program)
{
	struct program_result *result = &program->result;
	struct program_heat *heat;
	size_t i;

	for (i = 0; i < program->regions_size; i++) {
		heat = &program->regions[i];
		if (heat->accesses == 0)
			continue;
		if (!room_for_one(program, (void **)&result->heat,
			result->nheat, &program->heat_size,
			sizeof(*result->heat)))
			return;
		heat->sample = (uint32_t)result->nsamples;
		heat->superpage = region_is_superpage(program, heat->region);
		result->heat[result->nheat++] = *heat;
		heat->accesses = 0;
	}
	program->nregions = 0;
}

/* Tells in the result what the words stood for so far. */
static void
settle_counts(struct program *program)
{

	program->result.reads = program->counted[RUN_READ];
	program->result.writes = program->counted[RUN_WRITE];
	program->result.instructions = program->counted[RUN_FETCH];
}

void
program_sample_now(struct program *program)
{
	struct program_result *result = &program->result;
	struct program_sample now = {program->counted[RUN_FETCH], 0, 0, 0, 0,
	    0};
	double coverage;
	size_t i;
	pmap_t pmap;

	for (i = 0; i < program->nprocesses; i++) {
		if (program->processes[i].map == NULL)
			continue;
		pmap = pmapsim_map_pmap(program->processes[i].map);
		now.resident += (uint64_t)pmapsim_pmap_resident_count(pmap);
		now.superpages += pmapsim_superpages(program->mach, pmap);
	}
	now.promotions = (uint64_t)counter(program, "vm.pmap.pde.promotions");
	now.demotions = (uint64_t)counter(program, "vm.pmap.pde.demotions");
	now.faults = (uint64_t)counter(program, "vm.stats.vm.v_vm_faults");
	coverage = now.resident == 0 ?
	    0 :
	    (double)(now.superpages * NPTEPG) / (double)now.resident;
	program->coverage_sum += coverage;
	result->coverage_end = coverage;
	if (coverage > result->coverage_max)
		result->coverage_max = coverage;
	if (now.resident > result->peak_resident)
		result->peak_resident = now.resident;
	if (program->options.heat)
		sample_heat(program);
	if (room_for_one(program, (void **)&result->samples, result->nsamples,
		&program->samples_size, sizeof(now)))
		result->samples[result->nsamples++] = now;
	program->next_sample = now.instructions + program->every;
}

/* Counts an access to the region of simulated "page". */
static void
heat_up(struct program *program, uint64_t page, uint64_t count)
{
	struct program_heat *old, *heat;
	uint64_t region = page >> 9;
	size_t i, size;

	if (program->nregions * 2 >= program->regions_size) {
		old = program->regions;
		size = program->regions_size;
		program->regions_size = size * 2 + 1024;
		program->regions = calloc(program->regions_size,
		    sizeof(*program->regions));
		program->nregions = 0;
		if (program->regions == NULL) {
			program->regions_size = 0;
			program->no_memory = true;
		} else
			for (i = 0; i < size; i++)
				if (old[i].accesses != 0)
					heat_up(program, old[i].region << 9,
					    old[i].accesses);
		free(old);
		if (program->no_memory)
			return;
	}
	for (i = region % program->regions_size;;
	     i = (i + 1) % program->regions_size) {
		heat = &program->regions[i];
		if (heat->accesses == 0) {
			heat->region = region;
			program->nregions++;
		}
		if (heat->region == region)
			break;
	}
	heat->accesses = count < UINT32_MAX - heat->accesses ?
	    heat->accesses + (uint32_t)count :
	    UINT32_MAX;
}

/* ---- words -------------------------------------------------------------- */

/* Makes the accesses that were gathered. */
static void
make_batch(struct program *program)
{
	struct program_process *process = program_current(program);

	if (program->nbatch != 0 && process != NULL)
		program->result.faulted += pmapsim_access_run(program->mach,
		    process->map, program->batch, program->nbatch);
	program->nbatch = 0;
}

/* Forgets where pages lay: the layout, or the process, is another. */
static void
forget_places(struct program *program)
{

	/* A page number of all ones is above any that a word can hold. */
	memset(program->places, 0xff, sizeof(program->places));
}

/*
 * A recording that knows no mappings gets all of a program's addresses as
 * memory, once an access needs it.
 */
static bool
map_everything(struct program *program, struct program_process *process)
{
	const uint64_t start = PAGE_SIZE, end = VM_MAXUSER_ADDRESS;
	vm_offset_t va = start;

	if ((program->options.header->flags & RUN_FLAG_MAPPED) != 0 ||
	    process->layout.count != 0)
		return (false);
	if (vm_mmap(program->mach, process->map, &va, end - start, VM_PROT_ALL,
		VM_PROT_ALL,
		PMAPSIM_MAP_PRIVATE | PMAPSIM_MAP_ANON | PMAPSIM_MAP_FIXED,
		NULL, 0) != 0)
		return (false);
	program_text_call(program,
	    "mmap p%zu %#" PRIx64 " %#" PRIx64 " prot=rwx fixed",
	    (size_t)(process - program->processes), start, end - start);
	if (!layout_add(&process->layout, start, end, 0)) {
		program->no_memory = true;
		return (false);
	}
	return (true);
}

/* Finds where "page" lies; false: nowhere. */
static bool
find_place(struct program *program, uint64_t page)
{
	const uint64_t address = page << PAGE_SHIFT;
	struct program_process *process = program_current(program);
	const struct layout_region *region;

	if (process == NULL)
		return (false);
	region = layout_find(&process->layout, address);
	if (region == NULL && map_everything(program, process))
		region = layout_find(&process->layout, address);
	if (region == NULL)
		return (false);
	*program_place(program, page) = (struct program_place) {page,
	    region->shift >> PAGE_SHIFT};
	return (true);
}

/*
 * Makes an access for the text, which needs to know how things stand before
 * it.  One that changes nothing is made only where there are TLBs to see it.
 */
static void
take_text(struct program *program, enum run_kind kind, uint64_t page)
{

	if (program_text_changes(program, kind, page))
		program_text_access(program, kind, page);
	else if (program->options.tlb == NULL)
		program->nbatch = 0;
	make_batch(program);
}

/* Takes an access whose place has to be found, or that is watched. */
static void
take_access(struct program *program, uint64_t word)
{
	const enum run_kind kind = run_word_kind(word);
	const uint64_t page = run_word_page(word);
	const struct program_place *place = program_place(program, page);

	program->result.records++;
	program->counted[kind] += run_word_count(word);
	if (place->page != page && !find_place(program, page)) {
		program->result.unmapped++;
		return;
	}
	/* Both sums stay below 2^36 pages, so the kind is not touched. */
	word += place->shift << RUN_PAGE_SHIFT;
	program->batch[program->nbatch++] = word;
	if (program->options.heat)
		heat_up(program, run_word_page(word), run_word_count(word) + 1);
	if (program->options.text != NULL)
		take_text(program, kind, run_word_page(word));
	if (program->nbatch == PROGRAM_BATCH)
		make_batch(program);
	if (program->counted[RUN_FETCH] >= program->next_sample) {
		make_batch(program);
		program_sample_now(program);
	}
}

/*
 * Takes accesses whose places are known, up to one after which there is more
 * to do, and returns how many.  Programs mix kinds at random, so the kind is
 * an index and no branch.
 */
static size_t
take_accesses(struct program *program, const uint64_t *words, size_t n)
{
	uint64_t *const batch = &program->batch[program->nbatch];
	const uint64_t next_sample = program->next_sample;
	const struct program_place *place;
	uint64_t counted[RUN_EVENT], page, word;
	size_t i;

	if (program->watched)
		return (0);
	/* The last one that fits is left to who empties the batch. */
	if (n > PROGRAM_BATCH - 1 - program->nbatch)
		n = PROGRAM_BATCH - 1 - program->nbatch;
	memcpy(counted, program->counted, sizeof(counted));
	for (i = 0; i < n; i++) {
		word = words[i];
		page = run_word_page(word);
		place = program_place(program, page);
		if (word >= run_access(RUN_EVENT, 0, 0) || place->page != page)
			break;
		batch[i] = word + (place->shift << RUN_PAGE_SHIFT);
		counted[run_word_kind(word)] += run_word_count(word);
		if (counted[RUN_FETCH] >= next_sample) {
			counted[run_word_kind(word)] -= run_word_count(word);
			break;
		}
	}
	memcpy(program->counted, counted, sizeof(counted));
	program->result.records += i;
	program->nbatch += i;
	return (i);
}

/* Makes the event whose words have all come. */
static void
end_event(struct program *program)
{
	const size_t before = program->current;

	program_event(program);
	program->nargs = 0;
	/* The recorder says every so often whose the words are. */
	if (program->code != RUN_THREAD || program->current != before)
		forget_places(program);
}

/* Takes a word that belongs to an event. */
static void
take_argument(struct program *program, uint64_t word)
{

	/* What no event has so many of is passed over. */
	if (program->have < sizeof(program->args) / sizeof(program->args[0]))
		program->args[program->have] = word;
	if (++program->have < program->nargs)
		return;
	end_event(program);
}

struct feed {
	struct program *program;
	const uint64_t *words;
	size_t n;
};

static void
feed_words(struct machine *mach, void *arg)
{
	struct feed *feed = arg;
	struct program *program = feed->program;
	uint64_t word;
	size_t i;

	if (feed->n == 0)
		make_batch(program);
	for (i = 0; i < feed->n && !program->no_memory; i++) {
		if (program->nargs == 0)
			i += take_accesses(program, feed->words + i,
			    feed->n - i);
		if (i == feed->n)
			break;
		word = feed->words[i];
		if (program->nargs != 0)
			take_argument(program, word);
		else if (run_word_kind(word) != RUN_EVENT)
			take_access(program, word);
		else {
			make_batch(program);
			program->code = run_word_code(word);
			program->nargs = run_word_nargs(word);
			program->have = 0;
			if (program->nargs == 0)
				end_event(program);
		}
	}
}

/* ---- a run's life ------------------------------------------------------- */

static unsigned
program_cpus(const struct program_options *options)
{
	uint64_t n = options->ncpu;

	if (n == 0)
		n = options->header->threads;
	return (n == 0 ? 1 : n > MAXCPU ? MAXCPU : (unsigned)n);
}

static void
start_machine(struct machine *mach, void *arg)
{
	struct program *program = arg;

	program_text_start(program);
	if (program->options.fragment != 0)
		program_fragment(program);
}

struct program *
program_start(const struct program_options *options, char *err, size_t errsize)
{
	struct pmapsim_config config;
	struct program *program;

	program = calloc(1, sizeof(*program));
	if (program == NULL) {
		snprintf(err, errsize, "no memory");
		return (NULL);
	}
	pmapsim_config_init(&config);
	config.kernel = options->kernel;
	config.tlb = options->tlb;
	config.mem = options->mem;
	config.first = PROGRAM_FIRST;
	config.kmem = PROGRAM_KMEM;
	config.kmem_given = true;
	config.ncpu = program_cpus(options);
	if (pmapsim_boot(&config, &program->mach, err, errsize) != PMAPSIM_OK) {
		free(program);
		return (NULL);
	}
	if (kernel_memory_has_arenas(program->mach)) {
		snprintf(err, errsize,
		    "%s: programs are simulated with kernels up to 9.0; of "
		    "later ones, maps and page faults are not",
		    program->mach->kernel.name);
		pmapsim_destroy(program->mach);
		free(program);
		return (NULL);
	}
	program->options = *options;
	program->watched = options->heat || options->text != NULL;
	forget_places(program);
	program->current = PROGRAM_NONE;
	program->every = options->every != 0 ?
	    options->every :
	    options->header->instructions != 0 ?
	    options->header->instructions / PROGRAM_SAMPLES + 1 :
	    PROGRAM_EVERY;
	program->next_sample = program->every;
	pmapsim_run(program->mach, start_machine, program);
	return (program);
}

bool
program_feed(struct program *program, const uint64_t *words, size_t n)
{
	struct feed feed = {program, words, n};

	return (pmapsim_run(program->mach, feed_words, &feed) == PMAPSIM_OK &&
	    !program->no_memory);
}

static void
end_run(struct machine *mach, void *arg)
{

	make_batch(arg);
	program_text_end(arg);
}

/* What a CPU's TLB did, added to "sum". */
static void
add_stats(struct pmapsim_tlb_stats *sum, const struct pmapsim_tlb_stats *stats)
{
	unsigned kind, level, size;

	for (level = 0; level < 2; level++)
		for (kind = 0; kind < 2; kind++)
			for (size = 0; size < 3; size++) {
				sum->hits[level][kind]
					 [size] += stats->hits[level][kind]
							      [size];
				sum->misses[level][kind]
					   [size] += stats->misses[level][kind]
								  [size];
			}
	sum->walks += stats->walks;
	sum->walk_steps += stats->walk_steps;
	sum->dirty_walks += stats->dirty_walks;
	sum->invlpg += stats->invlpg;
	sum->flushes += stats->flushes;
	sum->flushes_global += stats->flushes_global;
	sum->evictions += stats->evictions;
	sum->faults += stats->faults;
	sum->covered += stats->covered;
}

static void
read_counters(struct program *program)
{
	static const char *const reasons[PMAPSIM_PROMOTE_REASONS] = {
	    [PMAPSIM_PROMOTE_FIRST_UNUSABLE] = "pmapsim.promote.first_unusable",
	    [PMAPSIM_PROMOTE_NOT_CONTIGUOUS] = "pmapsim.promote.not_contiguous",
	    [PMAPSIM_PROMOTE_ATTRIBUTES] = "pmapsim.promote.attributes",
	    [PMAPSIM_PROMOTE_NO_RESERVATION] = "pmapsim.promote.no_reservation",
	};
	struct program_result *result = &program->result;
	struct pmapsim_tlb_stats stats;
	unsigned i;

	result->promotions = (uint64_t)counter(program,
	    "vm.pmap.pde.promotions");
	result->demotions = (uint64_t)counter(program, "vm.pmap.pde.demotions");
	for (i = 0; i < PMAPSIM_PROMOTE_REASONS; i++)
		if (reasons[i] != NULL)
			result->promote_failed[i] = (uint64_t)counter(program,
			    reasons[i]);
	result->faults = (uint64_t)counter(program, "vm.stats.vm.v_vm_faults");
	result->zero_fills = (uint64_t)counter(program, "vm.stats.vm.v_zfod");
	result->copies = (uint64_t)counter(program, "vm.stats.vm.v_cow_faults");
	result->reclaimed = (uint64_t)counter(program, "vm.reserv.reclaimed");
	result->pte_stores = pmapsim_pte_stores(program->mach);
	pmapsim_invalidations(program->mach, &result->invalidations);
	for (i = 0; i < pmapsim_config(program->mach)->ncpu; i++)
		if (pmapsim_tlb_stats(program->mach, i, &stats) == PMAPSIM_OK)
			add_stats(&result->stats, &stats);
}

/* Whether a process is left; the last one's end was looked at before it. */
static bool
some_live(const struct program *program)
{
	size_t i;

	for (i = 0; i < program->nprocesses; i++)
		if (program->processes[i].map != NULL)
			return (true);
	return (false);
}

static void
program_free(struct program *program)
{
	size_t i;

	for (i = 0; i < program->nprocesses; i++)
		layout_done(&program->processes[i].layout);
	free(program->processes);
	free(program->files);
	free(program->regions);
	pmapsim_destroy(program->mach);
	free(program);
}

bool
program_finish(struct program *program, struct program_result *result,
    char *err, size_t errsize)
{
	const struct pmapsim_panic *panic;
	bool good;

	pmapsim_run(program->mach, end_run, program);
	panic = pmapsim_panic(program->mach);
	if (panic != NULL) {
		program->result.panicked = true;
		program->result.sleeps = panic->panic_class ==
		    PMAPSIM_PANIC_IS_SLEEP;
		snprintf(program->result.panic, sizeof(program->result.panic),
		    "%s", panic->text);
	} else if (some_live(program))
		program_sample_now(program);
	read_counters(program);
	settle_counts(program);
	if (program->result.nsamples != 0)
		program->result.coverage_mean = program->coverage_sum /
		    (double)program->result.nsamples;
	program->result.tlb = program->options.tlb;
	snprintf(program->result.kernel, sizeof(program->result.kernel),
	    "%.255s", program->mach->kernel.name);
	good = !program->no_memory;
	if (!good) {
		snprintf(err, errsize, "the host has no memory");
		program_result_done(&program->result);
	}
	*result = program->result;
	program_free(program);
	return (good);
}

void
program_result_done(struct program_result *result)
{

	free(result->samples);
	free(result->heat);
	memset(result, 0, sizeof(*result));
}
