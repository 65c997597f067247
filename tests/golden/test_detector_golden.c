/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The detector over golden traces, each replayed on CPUs with TLBs that go on
 * using what they have: silent under kernels that are right, not silent under
 * those that are wrong.
 *
 *	test_detector_golden PREFIX COUNT DIRECTORY...
 *
 * takes the traces PREFIX*.trace of the directories, which must be COUNT, on 1
 * and on 4 CPUs of each preset.  First with the kernel that each is of and the
 * remedies that this CPU needs: no stale translation and, where two sizes for
 * one address are a machine check, none of those.  Then the kernel as it was,
 * which must be found out wherever a trace shows it.
 *
 * Accesses may not change what the trace is checked against, A and D bits.  So
 * they go where A is set, or where nothing is mapped, and write where D is
 * set: that is, where the program of the trace could have accessed before.
 *
 * Traces of kernels of today name no CPUs and activate no pmap.  They get CPUs
 * here, on which each of their pmaps is activated now and then.
 *
 * What a kernel does depends on how many CPUs there are, and on no TLB.  So one
 * replay serves all presets that want the kernel alike: the first one's TLBs
 * are the machine's own, and those of each other belong to CPUs beside it, which
 * have the machine's memory, load CR3 and invalidate when the CPUs of the same
 * number do, and make the same accesses.
 */
#include "golden_kernel.h"
#include "hw/hw_fixture.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>

#include <pmapsim/trace.h>

#include "amd64/pmap_var.h"
#include "hw/access.h"
#include "hw/detector.h"
#include "trace/trace_var.h"

#define LONG (512 << 10) /* bytes of a trace */
#define ACCESSES 12	 /* after each statement, */
#define ACCESSES_LONG 3	 /* of long traces, of which there are many */
#define REMEMBERED 256	 /* addresses, most recently named first out */
#define TRACES_MAX 512
#define PRESETS_MAX 8

/* The CPUs with the TLBs of one preset. */
struct watcher {
	const char *tlb;
	bool multimatches;    /* are wrong, too */
	struct machine *mach; /* the first one's: the one that is replayed */
	struct physmem *own;  /* the others' while they have none of a replay */
	uint64_t stale, multimatch;
	char first[1024]; /* detection, in words */
};

struct run {
	bool right;
	bool announce;	   /* so that what is found has a culprit */
	bool multimatches; /* no watcher may see one */
	struct watcher watchers[PRESETS_MAX];
	unsigned nwatchers;
	unsigned ncpu;
	unsigned naccesses; /* after each statement */
	uint64_t seed;
	vm_offset_t va[REMEMBERED];
	unsigned nva;
	uint64_t accesses;
};

static unsigned npaths;
static char *paths[TRACES_MAX];
static bool expect_stale, expect_multimatches, programs, today;
static struct run *watched; /* the run with watchers at its machine, or NULL */

/* ---- what the CPUs beside a machine do with it -------------------------- */

void __real_cpu_invlpg(struct machine *mach, struct cpu *cpu, vm_offset_t va);
void __wrap_cpu_invlpg(struct machine *mach, struct cpu *cpu, vm_offset_t va);
void __real_cpu_invlpg_range(struct machine *mach, struct cpu *cpu,
    vm_offset_t sva, vm_offset_t eva);
void __wrap_cpu_invlpg_range(struct machine *mach, struct cpu *cpu,
    vm_offset_t sva, vm_offset_t eva);
void __real_cpu_load_cr3(struct machine *mach, struct cpu *cpu, vm_paddr_t cr3);
void __wrap_cpu_load_cr3(struct machine *mach, struct cpu *cpu, vm_paddr_t cr3);
void __real_cpu_invltlb(struct machine *mach, struct cpu *cpu);
void __wrap_cpu_invltlb(struct machine *mach, struct cpu *cpu);
void __real_cpu_toggle_pge(struct machine *mach, struct cpu *cpu);
void __wrap_cpu_toggle_pge(struct machine *mach, struct cpu *cpu);
struct mmu_translation __real_mmu_access(struct machine *mach, struct cpu *cpu,
    vm_offset_t va, unsigned access);
struct mmu_translation __wrap_mmu_access(struct machine *mach, struct cpu *cpu,
    vm_offset_t va, unsigned access);
struct pmapsim_access __real_pmapsim_cpu_access(struct machine *mach,
    vm_offset_t va, unsigned access);
struct pmapsim_access __wrap_pmapsim_cpu_access(struct machine *mach,
    vm_offset_t va, unsigned access);

/* Calls "function" for each CPU beside "cpu" of "mach". */
#define BESIDE(mach, cpu, function, ...)                                     \
	for (unsigned w_ = 1; watched != NULL &&                             \
	     (mach) == watched->watchers[0].mach && w_ < watched->nwatchers; \
	     w_++)                                                           \
	function(watched->watchers[w_].mach,                                 \
	    &watched->watchers[w_].mach->cpus[(cpu)->id], ##__VA_ARGS__)

void
__wrap_cpu_invlpg(struct machine *mach, struct cpu *cpu, vm_offset_t va)
{

	__real_cpu_invlpg(mach, cpu, va);
	BESIDE(mach, cpu, __real_cpu_invlpg, va);
}

void
__wrap_cpu_invlpg_range(struct machine *mach, struct cpu *cpu, vm_offset_t sva,
    vm_offset_t eva)
{

	__real_cpu_invlpg_range(mach, cpu, sva, eva);
	BESIDE(mach, cpu, __real_cpu_invlpg_range, sva, eva);
}

void
__wrap_cpu_load_cr3(struct machine *mach, struct cpu *cpu, vm_paddr_t cr3)
{

	__real_cpu_load_cr3(mach, cpu, cr3);
	BESIDE(mach, cpu, __real_cpu_load_cr3, cr3);
}

void
__wrap_cpu_invltlb(struct machine *mach, struct cpu *cpu)
{

	__real_cpu_invltlb(mach, cpu);
	BESIDE(mach, cpu, __real_cpu_invltlb);
}

void
__wrap_cpu_toggle_pge(struct machine *mach, struct cpu *cpu)
{

	__real_cpu_toggle_pge(mach, cpu);
	BESIDE(mach, cpu, __real_cpu_toggle_pge);
}

struct mmu_translation
__wrap_mmu_access(struct machine *mach, struct cpu *cpu, vm_offset_t va,
    unsigned access)
{
	struct mmu_translation t;

	t = __real_mmu_access(mach, cpu, va, access);
	BESIDE(mach, cpu, __real_mmu_access, va, access);
	return (t);
}

struct pmapsim_access
__wrap_pmapsim_cpu_access(struct machine *mach, vm_offset_t va, unsigned access)
{
	struct pmapsim_access done;

	done = __real_pmapsim_cpu_access(mach, va, access);
	BESIDE(mach, cpu_current(mach), __real_mmu_access, va,
	    access & (MMU_WRITE | MMU_USER | MMU_FETCH));
	return (done);
}

/* ---- accesses ----------------------------------------------------------- */

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
		    (today || (pmap->pm_active >> cpu & 1) != 0) &&
		    hw_random(seed) % ++n == 0)
			found = pmap;
	return (found);
}

static void
load(struct machine *mach, unsigned cpu, pmap_t pmap)
{
	vm_paddr_t cr3;
	pmap_t other;

	if (today) {
		TAILQ_FOREACH(other, &mach->pmap->list, pm_list)
			if (other != kernel_pmap)
				other->pm_active &= ~(UINT64_C(1) << cpu);
		pmap->pm_active |= UINT64_C(1) << cpu;
	}
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
	va = run->va[(r >> 16) %
	    (run->nva < REMEMBERED ? run->nva : REMEMBERED)];
	/* Around it as well: ranges have insides, superpages other pages. */
	va += (r >> 32) % 4 == 0 ? (r >> 40) % 512 * PAGE_SIZE :
				   (r >> 40) % 4 * PAGE_SIZE;
	access = ((r >> 56) & 3) == 0 ? MMU_WRITE :
	    ((r >> 56) & 3) == 1      ? MMU_FETCH :
					MMU_READ;
	if (pmap_is_user_va(va))
		access |= MMU_USER;
	t = mmu_walk(mach, cpu, cpu->cr3, va, access, false);
	if (t.result == MMU_NONCANONICAL || t.result == MMU_BUS ||
	    (t.result == MMU_OK &&
		((*t.leaf & PG_A) == 0 ||
		    ((access & MMU_WRITE) != 0 && (*t.leaf & PG_M) == 0))))
		return;
	mmu_access(mach, cpu, va, access);
	run->accesses++;
}

/* ---- watchers ----------------------------------------------------------- */

static void
hook(struct machine *mach, const struct pmapsim_detection *d, void *arg)
{
	struct watcher *w = arg;

	if (w->stale + w->multimatch == 0)
		pmapsim_detection_format(d, w->first, sizeof(w->first));
	if (d->what == PMAPSIM_DETECT_MULTIMATCH)
		w->multimatch++;
	else
		w->stale++;
}

/* The first watcher that has found something, or NULL. */
static struct watcher *
found(struct run *run)
{
	struct watcher *w;

	for (w = run->watchers; w < run->watchers + run->nwatchers; w++)
		if (w->stale + w->multimatch != 0)
			return (w);
	return (NULL);
}

/* Starts "w"'s detector over what its TLBs get from now on. */
static void
watch(struct watcher *w)
{

	assert_int_equal(pmapsim_detect(w->mach,
			     PMAPSIM_DETECT_STALE |
				 (w->multimatches ? PMAPSIM_DETECT_MULTIMATCH :
						    0)),
	    PMAPSIM_OK);
	pmapsim_set_detect_hook(w->mach, hook, w);
}

/* Puts the CPUs of "w" beside those of "mach", as these are, with empty TLBs. */
static void
stand_beside(struct watcher *w, struct machine *mach)
{
	struct cpu *cpu;
	struct tlb *tlb;
	unsigned i;

	w->own = w->mach->physmem;
	w->mach->physmem = mach->physmem;
	for (i = 0; i < mach->config.ncpu; i++) {
		cpu = &w->mach->cpus[i];
		tlb = cpu->tlb;
		*cpu = mach->cpus[i];
		cpu->tlb = tlb;
		tlb_flush(tlb, true);
	}
	detector_of(w->mach)->watch.call = 0;
	watch(w);
}

/* Lets all watchers of "run" look at "mach", which has just been booted. */
static void
attach(struct run *run, struct machine *mach)
{
	unsigned i;

	run->watchers[0].mach = mach;
	watch(&run->watchers[0]);
	for (i = 1; i < run->nwatchers; i++)
		stand_beside(&run->watchers[i], mach);
	watched = run;
}

/* The machine ends. */
static void
detach(struct run *run)
{
	struct watcher *w;

	watched = NULL;
	run->watchers[0].mach = NULL;
	for (w = run->watchers + 1; w < run->watchers + run->nwatchers; w++)
		if (w->own != NULL) {
			w->mach->physmem = w->own;
			w->own = NULL;
		}
}

/*
 * Tells the detectors beside the machine which call begins; the machine's own
 * is told by the replay.
 */
static void
announce(struct run *run, const struct pmapsim_trace_statement *statement)
{
	char text[PMAPSIM_DETECT_CALL_SIZE];
	unsigned i;

	snprintf(text, sizeof(text), "%.*s", (int)statement->length,
	    statement->text);
	for (i = 1; i < run->nwatchers; i++)
		pmapsim_detect_call(run->watchers[i].mach, text);
}

/* ---- replays ------------------------------------------------------------ */

/*
 * What is activated elsewhere or dies is switched out first, and a program that
 * is to access its memory is switched in again.
 */
static bool
before(struct pmapsim_replay *replay,
    const struct pmapsim_trace_statement *statement, void *arg)
{
	struct machine *mach = pmapsim_replay_machine(replay);
	struct run *run = arg;
	unsigned cpu;

	if (mach != NULL && run->announce &&
	    (replay->st.op->rules & TR_LOOKS) == 0)
		announce(run, statement);
	if (mach != NULL &&
	    (strcmp(statement->op, "pmap_release") == 0 ||
		strcmp(statement->op, "pmap_activate") == 0))
		for (cpu = 0; cpu < mach->config.ncpu; cpu++)
			load(mach, cpu, kernel_pmap);
	else if (mach != NULL && strcmp(statement->op, "access") == 0)
		for (cpu = 0; cpu < mach->config.ncpu; cpu++)
			load(mach, cpu, mach->cpus[cpu].curpmap);
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
	if (watched == NULL) {
		attach(run, mach);
		/* Each call costs a look at each entry, for the culprit. */
		replay->attends = replay->watched = run->announce;
	}
	invalidate_for_caller(mach, statement);
	remember_text(run, statement->text, statement->length);
	remember_text(run, result, strlen(result));
	for (i = 0; run->nva != 0 && i < run->naccesses; i++)
		access_one(run, mach);
	/* One failure is enough to look at. */
	return (!run->right || found(run) == NULL);
}

#define NCPU_LENGTH strlen(" ncpu=1")

/* The file's text with ncpu=N on its machine line. */
static char *
read_trace(const char *path, unsigned ncpu, size_t *size)
{
	char *text, *key, *line;
	long n;
	FILE *f;

	f = fopen(path, "r");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	n = ftell(f);
	rewind(f);
	text = malloc((size_t)n + NCPU_LENGTH + 1);
	assert_non_null(text);
	*size = fread(text, 1, (size_t)n, f);
	text[*size] = '\0';
	fclose(f);
	key = strstr(text, " ncpu=");
	if (today) {
		assert_null(key);
		key = strstr(text, "machine ");
		assert_non_null(key);
		key += strlen("machine");
		memmove(key + NCPU_LENGTH, key,
		    *size - (size_t)(key - text) + 1);
		memcpy(key, " ncpu=1", NCPU_LENGTH);
		*size += NCPU_LENGTH;
		/* How much is invalidated depends on what is active. */
		for (line = text; (line = strstr(line, "\ntlb ")) != NULL;)
			*++line = '#';
	}
	assert_true(key != NULL && isdigit((unsigned char)key[6]) &&
	    !isdigit((unsigned char)key[7]));
	key[6] = (char)('0' + ncpu);
	return (text);
}

/*
 * The kernel of the trace, with what this CPU needs where it is to be right.
 */
static void
kernel_for(const struct run *run, const char *text, char *kernel, size_t size)
{
	char switches[64];

	/* From 2017 on kernels know which superpages to flush as a whole. */
	snprintf(switches, sizeof(switches), "%s%s",
	    run->right && !today ? "+flush-whole-superpage" : "",
	    run->right && run->multimatches ? "+erratum383" : "");
	golden_kernel(text, NULL, switches, kernel, size);
}

static enum pmapsim_replay_outcome
replay_once(struct run *run, const struct pmapsim_trace *trace,
    const char *kernel)
{
	struct pmapsim_replay_options options = {.kernel = kernel,
	    .tlb = run->watchers[0].tlb,
	    /* PG_PROMOTED is seen, and not each of these kernels sets it. */
	    .ignore_results = today && (!run->right || run->multimatches),
	    .before = before,
	    .after = after,
	    .arg = run};
	struct pmapsim_replay *rp;
	enum pmapsim_replay_outcome outcome;
	char err[512];

	run->nva = 0;
	run->seed = 0x5eed0000 + run->ncpu;
	if (pmapsim_replay_start(trace, &options, &rp, err, sizeof(err)) !=
	    PMAPSIM_OK)
		fail_msg("%s", err);
	outcome = pmapsim_replay_run(rp);
	/* The accesses changed nothing that the trace is about. */
	if (outcome != PMAPSIM_REPLAY_MATCHED &&
	    outcome != PMAPSIM_REPLAY_STOPPED &&
	    (outcome != PMAPSIM_REPLAY_PANIC || !options.ignore_results))
		fail_msg("%s, %u CPUs: %s", options.tlb, run->ncpu,
		    pmapsim_replay_result(rp)->message);
	detach(run);
	pmapsim_replay_end(rp);
	return (outcome);
}

static void
replay(struct run *run, const char *path)
{
	struct watcher *w;
	struct pmapsim_trace *trace;
	char *text, kernel[128], err[512];
	size_t size;

	text = read_trace(path, run->ncpu, &size);
	if (pmapsim_trace_from_memory(path, text, size, &trace, err,
		sizeof(err)) != PMAPSIM_OK)
		fail_msg("%s", err);
	kernel_for(run, text, kernel, sizeof(kernel));
	free(text);
	/* Of the long ones of programs one machine sees the most. */
	if (run->right && programs && size >= LONG &&
	    (run->ncpu == 1 || !run->multimatches)) {
		pmapsim_trace_close(trace);
		return;
	}
	/* What is stale of kmem_map shows in the short ones. */
	if (!run->right && (expect_stale || programs) && size >= LONG) {
		pmapsim_trace_close(trace);
		return;
	}
	run->announce = false;
	run->naccesses = size < LONG ? ACCESSES : ACCESSES_LONG;
	if (replay_once(run, trace, kernel) == PMAPSIM_REPLAY_STOPPED) {
		/* Once more, slowly, for the call that left it. */
		while ((w = found(run)) != NULL)
			w->stale = w->multimatch = 0;
		run->announce = true;
		replay_once(run, trace, kernel);
		w = found(run);
		assert_non_null(w);
		fail_msg("%s, %s, %u CPUs, %s: %s", path, w->tlb, run->ncpu,
		    kernel, w->first);
	}
	pmapsim_trace_close(trace);
}

/* Adds the CPUs with the preset "tlb" to "run". */
static void
add_watcher(struct run *run, const char *tlb, bool multimatches)
{
	struct watcher *w = &run->watchers[run->nwatchers];
	struct hw hw;

	assert_true(run->nwatchers++ < PRESETS_MAX);
	w->tlb = tlb;
	w->multimatches = multimatches;
	if (w == run->watchers)
		return;
	hw_boot(&hw, UINT64_C(2) << 20, run->ncpu, tlb);
	w->mach = hw.mach;
}

/*
 * Every trace on "ncpu" CPUs: with the presets whose CPU makes two sizes for
 * one address a machine check or, where "run" says so, with all others too.
 */
static void
replay_all(struct run *run, unsigned ncpu, bool right, bool checks, bool others)
{
	struct tlb_desc desc;
	struct watcher *w;
	char err[256];
	const char *tlb;
	unsigned i;

	memset(run, 0, sizeof(*run));
	run->right = right;
	run->multimatches = checks;
	run->ncpu = ncpu;
	for (i = 0; (tlb = pmapsim_tlb_preset(i)) != NULL; i++) {
		assert_true(tlb_find_desc(tlb, &desc, err, sizeof(err)));
		if (desc.machine_check ? checks : others)
			add_watcher(run, tlb, desc.machine_check);
	}
	assert_true(run->nwatchers != 0);
	for (i = 0; i < npaths; i++)
		replay(run, paths[i]);
	for (w = run->watchers; w < run->watchers + run->nwatchers; w++) {
		print_message("%s, %s, %u CPUs: %ju accesses, %ju stale, %ju "
			      "multi-matches\n",
		    right ? "right" : "wrong", w->tlb, ncpu,
		    (uintmax_t)run->accesses, (uintmax_t)w->stale,
		    (uintmax_t)w->multimatch);
		if (w != run->watchers)
			pmapsim_destroy(w->mach);
	}
	assert_true(run->accesses > (today ? 40 : 500));
}

/* The kernel that is right has a remedy more where sizes may not meet. */
static void
test_right_kernels_are_silent(void **state)
{
	struct run run;
	unsigned checks, ncpu;

	for (checks = 0; checks <= 1; checks++)
		for (ncpu = 1; ncpu <= 4; ncpu += 3) {
			replay_all(&run, ncpu, true, checks, !checks);
			assert_null(found(&run));
		}
}

/*
 * Kernel superpages leave what is stale, and those of kmem_map alone are taken
 * away as a whole here; two sizes meet wherever there is a promotion.
 */
static void
test_wrong_kernels_are_found(void **state)
{
	struct run run;
	uint64_t multimatches = 0;
	unsigned i, ncpu;

	if (expect_stale + expect_multimatches == 0)
		skip();
	for (ncpu = 1; ncpu <= 4; ncpu += 3) {
		replay_all(&run, ncpu, false, true, expect_stale);
		for (i = 0; i < run.nwatchers; i++) {
			if (expect_stale)
				assert_true(run.watchers[i].stale > 0);
			multimatches += run.watchers[i].multimatch;
		}
	}
	assert_true(multimatches > 0);
}

static void
collect(const char *directory, const char *prefix)
{
	struct dirent *entry;
	const char *dot;
	DIR *dir;

	dir = opendir(directory);
	if (dir == NULL) {
		fprintf(stderr, "%s cannot be read\n", directory);
		exit(2);
	}
	while ((entry = readdir(dir)) != NULL && npaths < TRACES_MAX) {
		dot = strrchr(entry->d_name, '.');
		if (dot == NULL || strcmp(dot, ".trace") != 0 ||
		    strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		if (asprintf(&paths[npaths++], "%s/%s", directory,
			entry->d_name) < 0)
			exit(2);
	}
	closedir(dir);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_right_kernels_are_silent),
	    cmocka_unit_test(test_wrong_kernels_are_found),
	};
	int failed, i;

	if (argc < 4) {
		fputs("usage: test_detector_golden PREFIX COUNT "
		      "DIRECTORY...\n",
		    stderr);
		return (2);
	}
	/* What is too small, or pins single sentences, shows nothing. */
	programs = strstr(argv[3], "/programs/") != NULL;
	today = strstr(argv[3], "/2022-07") != NULL ||
	    strstr(argv[3], "/2026-pmap") != NULL;
	expect_stale = strcmp(argv[1], "kmem-") == 0 && !today;
	/* The short ones of programs need not promote anything. */
	expect_multimatches = !programs && strcmp(argv[1], "gap-") != 0 &&
	    (!today || strcmp(argv[1], "user-") == 0 ||
		strcmp(argv[1], "kmem-") == 0) &&
	    strstr(argv[3], "/differences") == NULL;
	for (i = 3; i < argc; i++)
		collect(argv[i], argv[1]);
	if (npaths != strtoul(argv[2], NULL, 10)) {
		fprintf(stderr, "%u traces %s*, and %s must be\n", npaths,
		    argv[1], argv[2]);
		return (2);
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	while (npaths != 0)
		free(paths[--npaths]);
	return (failed);
}
