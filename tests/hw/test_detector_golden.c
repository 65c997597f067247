/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The detector over golden traces, each replayed on CPUs with TLBs that go on
 * using what they have: silent under kernels that are right, not silent under
 * one that is wrong.
 *
 *	test_detector_golden right|wrong TLB PREFIX DIRECTORY...
 *
 * "right" asserts that no trace PREFIX*.trace of the directories leaves a
 * stale translation, on 1 and on 4 CPUs; "wrong" that the kernel of 2010-04 as
 * it was leaves some, and multi-matches.
 *
 * Accesses may not change what the trace is checked against, A and D bits.  So
 * they go where A is set, or where nothing is mapped, and write where D is
 * set: that is, where the program of the trace could have accessed before.
 */
#include "hw_fixture.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>

#include <pmapsim/trace.h>

#include "amd64/pmap_var.h"
#include "hw/detector.h"

#define ACCESSES 12	/* after each statement */
#define REMEMBERED 256	/* addresses, most recently named first out */
#define TRACES_MAX 512

struct run {
	bool right;
	bool announce; /* the trace is short enough */
	const char *tlb;
	unsigned ncpu;
	uint64_t seed;
	vm_offset_t va[REMEMBERED];
	unsigned nva;
	uint64_t accesses, stale, multimatch;
	char first[1024]; /* detection, in words */
};

/* What a program on "cpu" could run in: any pmap active there. */
static pmap_t
pick_pmap(struct machine *mach, unsigned cpu, uint64_t *seed)
{
	pmap_t pmap, found;
	unsigned n;

	found = kernel_pmap;
	n = 1;
	TAILQ_FOREACH(pmap, &mach->pmap->list, pm_list)
		if (pmap->pm_pml4 != NULL && pmap != kernel_pmap &&
		    (pmap->pm_active >> cpu & 1) != 0 &&
		    hw_random(seed) % ++n == 0)
			found = pmap;
	return (found);
}

static void
load(struct machine *mach, unsigned cpu, pmap_t pmap)
{
	vm_paddr_t cr3;

	cr3 = (vm_paddr_t)((char *)pmap->pm_pml4 - mach->physmem->base);
	if (mach->cpus[cpu].cr3 != cr3)
		cpu_load_cr3(mach, &mach->cpus[cpu], cr3);
}

static void
remember(struct run *run, vm_offset_t va)
{
	run->va[run->nva++ % REMEMBERED] = va;
}

/* The addresses in a statement or result: numbers of more than 16 bits. */
static void
remember_text(struct run *run, const char *text, size_t length)
{
	char copy[512], *p, *end;
	uint64_t n;

	if (length >= sizeof(copy))
		return;
	memcpy(copy, text, length);
	copy[length] = '\0';
	for (p = copy; (p = strstr(p, "0x")) != NULL; p = end) {
		n = strtoull(p, &end, 16);
		if (n >> 16 != 0)
			remember(run, n);
	}
}

/* One access, if it leaves the tables as they are. */
static void
access_one(struct run *run, struct machine *mach)
{
	struct cpu *cpu;
	struct mmu_translation t;
	vm_offset_t va;
	unsigned access;
	uint64_t r = hw_random(&run->seed);

	cpu = &mach->cpus[r % mach->config.ncpu];
	if ((r >> 8) % 16 == 0)
		load(mach, cpu->id, pick_pmap(mach, cpu->id, &run->seed));
	va = run->va[(r >> 16) % (run->nva < REMEMBERED ? run->nva :
	    REMEMBERED)];
	/* Around it as well: ranges have insides, superpages other pages. */
	va += (r >> 32) % 4 == 0 ? (r >> 40) % 512 * PAGE_SIZE :
	    (r >> 40) % 4 * PAGE_SIZE;
	access = ((r >> 56) & 3) == 0 ? MMU_WRITE : ((r >> 56) & 3) == 1 ?
	    MMU_FETCH : MMU_READ;
	if (pmap_is_user_va(va))
		access |= MMU_USER;
	t = mmu_walk(mach, cpu, cpu->cr3, va, access, false);
	if (t.result == MMU_NONCANONICAL || t.result == MMU_BUS ||
	    (t.result == MMU_OK && ((*t.leaf & PG_A) == 0 ||
	    ((access & MMU_WRITE) != 0 && (*t.leaf & PG_M) == 0))))
		return;
	mmu_access(mach, cpu, va, access);
	run->accesses++;
}

static void
hook(struct machine *mach, const struct pmapsim_detection *d, void *arg)
{
	struct run *run = arg;

	if (run->stale + run->multimatch == 0)
		pmapsim_detection_format(d, run->first, sizeof(run->first));
	if (d->what == PMAPSIM_DETECT_MULTIMATCH)
		run->multimatch++;
	else
		run->stale++;
}

/* So that what is found has a culprit; at the cost of a scan. */
static void
announce(struct machine *mach, const struct pmapsim_trace_statement *statement)
{
	char text[PMAPSIM_DETECT_CALL_SIZE];

	snprintf(text, sizeof(text), "%u: %.*s", statement->line,
	    (int)statement->length, statement->text);
	pmapsim_detect_call(mach, text);
}

/* What is activated elsewhere or dies is switched out first. */
static bool
before(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, void *arg)
{
	struct machine *mach = pmapsim_replay_machine(replay);
	struct run *run = arg;
	unsigned cpu;

	if (mach != NULL && run->announce)
		announce(mach, statement);
	if (mach != NULL && (strcmp(statement->op, "pmap_release") == 0 ||
	    strcmp(statement->op, "pmap_activate") == 0))
		for (cpu = 0; cpu < mach->config.ncpu; cpu++)
			load(mach, cpu, kernel_pmap);
	return (true);
}

/*
 * pmap_kenter() and pmap_kremove() leave the invalidation to their callers,
 * who do it when they are done, and whom the traces do not have.
 */
static void
invalidate_for_caller(struct machine *mach,
    const struct pmapsim_trace_statement *statement)
{
	unsigned cpu;

	if (strcmp(statement->op, "pmap_kenter") != 0 &&
	    strcmp(statement->op, "pmap_kremove") != 0)
		return;
	for (cpu = 0; cpu < mach->config.ncpu; cpu++)
		cpu_invlpg(mach, &mach->cpus[cpu],
		    strtoull(memchr(statement->text, ' ', statement->length),
		    NULL, 0));
}

static bool
after(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, const char *result,
    void *arg)
{
	struct machine *mach = pmapsim_replay_machine(replay);
	struct run *run = arg;
	unsigned i;

	if (mach == NULL || pmapsim_panic(mach) != NULL)
		return (true);
	if (mach->cpus[0].tlb->detector->hook == NULL) {
		assert_int_equal(pmapsim_detect(mach, PMAPSIM_DETECT_STALE |
		    PMAPSIM_DETECT_MULTIMATCH), PMAPSIM_OK);
		pmapsim_set_detect_hook(mach, hook, run);
	}
	invalidate_for_caller(mach, statement);
	remember_text(run, statement->text, statement->length);
	remember_text(run, result, strlen(result));
	for (i = 0; run->nva != 0 && i < ACCESSES; i++)
		access_one(run, mach);
	/* One failure is enough to look at. */
	return (!run->right || run->stale + run->multimatch == 0);
}

/* The file's text with ncpu=N on its machine line. */
static char *
read_trace(const char *path, unsigned ncpu, size_t *size)
{
	char *text, *key;
	long n;
	FILE *f;

	f = fopen(path, "r");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	n = ftell(f);
	rewind(f);
	text = malloc((size_t)n + 1);
	assert_non_null(text);
	*size = fread(text, 1, (size_t)n, f);
	text[*size] = '\0';
	fclose(f);
	key = strstr(text, " ncpu=");
	assert_true(key != NULL && isdigit((unsigned char)key[6]) &&
	    !isdigit((unsigned char)key[7]));
	key[6] = (char)('0' + ncpu);
	return (text);
}

/*
 * The kernel of the trace, made right where it is to be; a machine line names
 * one only for litter.
 */
static const char *
kernel_for(const char *text, bool right)
{
	const bool litter = strstr(text, "kernel=2010-04+litter") != NULL;

	if (right)
		return (litter ?
		    "2010-04+litter+flush-whole-superpage+erratum383" :
		    "2010-04+flush-whole-superpage+erratum383");
	return (litter ? "2010-04+litter" : "2010-04");
}

static void
replay(struct run *run, const char *path)
{
	struct pmapsim_replay_options options = { 0 };
	struct pmapsim_trace *trace;
	struct pmapsim_replay *rp;
	enum pmapsim_replay_outcome outcome;
	char *text, err[512];
	size_t size;

	text = read_trace(path, run->ncpu, &size);
	if (pmapsim_trace_from_memory(path, text, size, &trace, err,
	    sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	options.kernel = kernel_for(text, run->right);
	run->announce = size < 512 << 10;
	options.tlb = run->tlb;
	options.before = before;
	options.after = after;
	options.arg = run;
	free(text);
	run->nva = 0;
	run->seed = 0x5eed0000 + run->ncpu;
	if (pmapsim_replay_start(trace, &options, &rp, err, sizeof(err)) !=
	    PMAPSIM_OK)
		fail_msg("%s", err);
	outcome = pmapsim_replay_run(rp);
	if (outcome == PMAPSIM_REPLAY_STOPPED)
		fail_msg("%s, %u CPUs, %s, after line %u: %s", path, run->ncpu,
		    options.kernel, pmapsim_replay_result(rp)->line,
		    run->first);
	/* The accesses changed nothing that the trace is about. */
	if (outcome != PMAPSIM_REPLAY_MATCHED)
		fail_msg("%s, %u CPUs: %s", path, run->ncpu,
		    pmapsim_replay_result(rp)->message);
	pmapsim_replay_end(rp);
	pmapsim_trace_close(trace);
}

static char **arguments;

static void
test_all(void **state)
{
	struct run run = { .right = strcmp(arguments[1], "right") == 0,
	    .tlb = arguments[2] };
	struct dirent *entry;
	char path[4096];
	const char *dot;
	unsigned d, n = 0;
	DIR *dir;

	for (d = 4; arguments[d] != NULL; d++) {
		dir = opendir(arguments[d]);
		if (dir == NULL)
			fail_msg("%s cannot be read", arguments[d]);
		while ((entry = readdir(dir)) != NULL) {
			dot = strrchr(entry->d_name, '.');
			if (dot == NULL || strcmp(dot, ".trace") != 0 ||
			    strncmp(entry->d_name, arguments[3],
			    strlen(arguments[3])) != 0)
				continue;
			snprintf(path, sizeof(path), "%s/%s", arguments[d],
			    entry->d_name);
			for (run.ncpu = 1; run.ncpu <= 4; run.ncpu += 3, n++)
				replay(&run, path);
		}
		closedir(dir);
	}
	print_message("%u replays, %ju accesses: %ju stale entries, %ju "
	    "multi-matches\n", n, (uintmax_t)run.accesses,
	    (uintmax_t)run.stale, (uintmax_t)run.multimatch);
	if (run.first[0] != '\0')
		print_message("the first: %s\n", run.first);
	assert_true(run.accesses > 1000);
	if (run.right) {
		assert_int_equal(run.stale, 0);
		assert_int_equal(run.multimatch, 0);
	} else {
		assert_true(run.stale > 0);
		assert_true(run.multimatch > 0);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
	};

	if (argc < 5) {
		fputs("usage: test_detector_golden right|wrong TLB PREFIX "
		    "DIRECTORY...\n", stderr);
		return (2);
	}
	arguments = argv;
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
