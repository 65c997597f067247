/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's MMU, in emulation mode, against ours: a machine whose firmware is
 * oracle_rom.S and whose memory is a file that this test has mapped too.
 *
 * Known differences, which the comparison allows for: QEMU sets A in the
 * entries above one that then faults, and reports a reserved bit without P in
 * the error code.  Its TLB is real but holds what it likes, and forgets global
 * pages at a load of CR3: so what it still has must be something that ours may
 * still have, and nothing is required to be stale.
 */
#define _GNU_SOURCE
#include "oracle.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hw/detector.h"

#define QEMU "qemu-system-x86_64"
#define QEMU_MAXPHYADDR 40 /* of -cpu max; not to be changed */
#define PATIENCE 60	   /* seconds without an answer */

struct qemu {
	pid_t pid;
	char *mem; /* of the emulated machine */
	size_t size;
	int fd;
};

static struct qemu qemu; /* the one that runs */

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec * 1e-9);
}

/* Whether "program" is somewhere in PATH. */
static bool
in_path(const char *program)
{
	char *path, *dir, *last, name[4096];
	bool found = false;

	path = strdup(getenv("PATH") != NULL ? getenv("PATH") : "");
	for (dir = strtok_r(path, ":", &last); dir != NULL && !found;
	     dir = strtok_r(NULL, ":", &last)) {
		snprintf(name, sizeof(name), "%s/%s", dir, program);
		found = access(name, X_OK) == 0;
	}
	free(path);
	return (found);
}

static void
qemu_stop(void)
{
	if (qemu.pid > 0) {
		kill(qemu.pid, SIGKILL);
		waitpid(qemu.pid, NULL, 0);
	}
	qemu.pid = 0;
}

/* Starts QEMU on the memory behind "fd", in which the monitor must be. */
static void
qemu_start(int fd, size_t size)
{
	char object[256], megabytes[32];

	qemu.size = size;
	snprintf(object, sizeof(object),
	    "memory-backend-file,id=ram,"
	    "mem-path=/proc/%d/fd/%d,share=on,size=%zuM",
	    (int)getpid(), fd, size >> 20);
	snprintf(megabytes, sizeof(megabytes), "%zuM", size >> 20);
	qemu.pid = fork();
	assert_true(qemu.pid >= 0);
	if (qemu.pid == 0) {
		execlp(QEMU, QEMU, "-accel", "tcg", "-machine",
		    "pc,memory-backend=ram", "-object", object, "-m", megabytes,
		    "-cpu", "max", "-bios", ORACLE_ROM_FILE, "-display", "none",
		    "-nodefaults", "-no-reboot", "-monitor", "none",
		    (char *)NULL);
		_exit(127);
	}
}

/* One request to the monitor; fails the test when no answer comes. */
static void
qemu_run(struct oracle *oracle)
{
	volatile struct oracle_params *params = oracle_params(oracle);
	double start = now();
	unsigned spins = 0;
	int status;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	params->asked++;
	while (params->done != params->asked) {
		if (++spins % 1024 != 0)
			continue;
		if (waitpid(qemu.pid, &status, WNOHANG) == qemu.pid) {
			qemu.pid = 0;
			fail_msg("QEMU ended with status %#x", status);
		}
		if (now() - start > PATIENCE) {
			qemu_stop();
			fail_msg("QEMU gave no answer in %d seconds", PATIENCE);
		}
		usleep(50);
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static int
teardown(void **state)
{
	qemu_stop();
	if (qemu.mem != NULL)
		munmap(qemu.mem, qemu.size);
	if (qemu.fd > 0)
		close(qemu.fd);
	memset(&qemu, 0, sizeof(qemu));
	return (0);
}

/* A file of the oracle's memory, mapped. */
static char *
shared_memory(size_t size)
{
	qemu.size = size;
	qemu.fd = memfd_create("oracle", MFD_CLOEXEC);
	assert_true(qemu.fd >= 0);
	assert_int_equal(ftruncate(qemu.fd, (off_t)size), 0);
	qemu.mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, qemu.fd,
	    0);
	assert_true(qemu.mem != MAP_FAILED);
	return (qemu.mem);
}

static void
report(const struct oracle *oracle, const char *what)
{
	unsigned faults = 0, i;

	for (i = 0; i < 32; i++)
		faults += oracle->seen_fault[i];
	print_message("%s: %u accesses agree, %u page faults, %u general "
		      "protection faults\n",
	    what, oracle->seen_ok, faults, oracle->seen_gp);
}

/* ---- random tables ----------------------------------------------------- */

static void
test_random_tables(void **state)
{
	static struct oracle oracle;
	struct hw hw;
	vm_offset_t stub;
	uint64_t seed;
	unsigned i, wp, nxe;

	for (i = 0; i < 3; i++) {
		seed = 0x51ab + i;
		print_message("seed %#jx\n", (uintmax_t)seed);
		hw_boot(&hw, 64 << 20, 1, NULL);
		cpu_set_features(hw.cpu, QEMU_MAXPHYADDR, true);
		oracle_random_tables(&hw, &seed);
		oracle_create(&oracle, "QEMU", hw.mach, oracle_random_data);
		oracle.stepwise_a = true;
		oracle.run = qemu_run;
		stub = oracle_map_stub(&oracle, hw.cr3);
		oracle_install(&oracle, shared_memory(64 << 20),
		    ORACLE_GUEST_FILE);
		oracle_set_stub(&oracle, stub);
		qemu_start(qemu.fd, qemu.size);
		for (wp = 0; wp < 2; wp++)
			for (nxe = 0; nxe < 2; nxe++) {
				hw.cpu->cr0 = CR0_PG | (wp ? CR0_WP : 0);
				hw.cpu->efer = nxe ? EFER_NXE : 0;
				oracle_explore(&oracle, hw.cr3, &seed);
				oracle_explore(&oracle, hw.cr3, &seed);
			}
		report(&oracle, "random tables");
		/* It has seen every kind of answer. */
		assert_true(oracle.seen_ok > 1000);
		assert_true(oracle.seen_gp > 0);
		assert_true(oracle.seen_fault[PGEX_P | PGEX_RSV] > 0);
		assert_true(oracle.seen_fault[PGEX_P | PGEX_W] > 0);
		assert_true(oracle.seen_fault[PGEX_P | PGEX_U | PGEX_I] > 0);
		teardown(NULL);
		oracle_destroy(&oracle);
		hw_destroy(&hw);
	}
}

/* ---- machines that ran a kernel ---------------------------------------- */

static unsigned judged, agreed;

static void
judge(struct machine *mach, const char *what)
{
	static struct oracle oracle;
	uint64_t seed = 0x77;

	oracle_create(&oracle, "QEMU", mach, oracle_kernel_data);
	cpu_set_features(oracle.cpu, QEMU_MAXPHYADDR, true);
	oracle.stepwise_a = true;
	oracle.run = qemu_run;
	oracle_map_stubs(&oracle);
	oracle_install(&oracle, shared_memory(oracle.size), ORACLE_GUEST_FILE);
	qemu_start(qemu.fd, qemu.size);
	oracle_explore_pmaps(&oracle, &seed);
	report(&oracle, what);
	agreed += oracle.seen_ok;
	teardown(NULL);
	oracle_destroy(&oracle);
	judged++;
}

static void
test_kernel_machines(void **state)
{
	judged = agreed = 0;
	oracle_kernels(judge);
	assert_true(judged >= 10);
	assert_true(agreed > 10000);
}

/* ---- staleness --------------------------------------------------------- */

/*
 * Pages whose entries the test changes while both TLBs are in use: six of 4 KB
 * and two of 2 MB.
 */
#define LIVE_SMALL 6
#define LIVE_PAGES 8
#define LIVE_VA UINT64_C(0x0000123400000000)
#define LIVE_DATA UINT64_C(0x1000000) /* 16 MB */
#define LIVE_FRAMES 6		      /* 2 MB frames of data */
#define LIVE_HISTORY 512

struct live {
	struct hw hw;
	struct oracle oracle;
	vm_offset_t va[LIVE_PAGES];
	uint64_t *leaf[LIVE_PAGES];
	/* What the tables said since the last invalidation of the page. */
	uint64_t history[LIVE_PAGES][LIVE_HISTORY];
	unsigned nhistory[LIVE_PAGES];
	bool reported[LIVE_PAGES]; /* by the detector, since then */
	bool rewalked[LIVE_PAGES]; /* ours asked the tables again since */
	unsigned stale, excused, late_faults;
};

static void
live_invalidated(struct live *live, unsigned page)
{
	live->history[page][0] = *live->leaf[page];
	live->nhistory[page] = 1;
	live->reported[page] = live->rewalked[page] = false;
}

static void
live_hook(struct machine *mach, const struct pmapsim_detection *d, void *arg)
{
	struct live *live = arg;
	unsigned i;

	for (i = 0; i < LIVE_PAGES; i++)
		if (d->va - live->va[i] < (i < LIVE_SMALL ? PAGE_SIZE : NBPDR))
			live->reported[i] = true;
}

/* What an access gives under leaf "value": a fault's code or the address. */
static void
live_evaluate(uint64_t value, unsigned page, vm_offset_t va, unsigned access,
    struct oracle_expected *e)
{
	const bool user = (access & MMU_USER) != 0;

	e->vector = 14;
	e->error = access | ((value & PG_V) != 0 ? PGEX_P : 0);
	if ((value & PG_V) == 0 || (user && (value & PG_U) == 0) ||
	    ((access & MMU_WRITE) != 0 && (value & PG_RW) == 0) ||
	    ((access & MMU_FETCH) != 0 && (value & PG_NX) != 0))
		return;
	e->vector = ORACLE_SUCCESS;
	e->error = 0;
	e->val = (value & PG_PS_FRAME) | (va & PDRMASK);
	if (page < LIVE_SMALL)
		e->val = (value & PG_FRAME) | (va & PAGE_MASK);
}

/* Which physical address QEMU's store went to; it is put right again. */
static vm_paddr_t
live_find_store(struct live *live, vm_offset_t va)
{
	vm_paddr_t pa, found = 0;
	uint64_t *word;

	for (pa = LIVE_DATA | (va & 0xff8);
	     pa < LIVE_DATA + LIVE_FRAMES * NBPDR; pa += PAGE_SIZE) {
		word = physmem_ptr(live->hw.mach, pa);
		if (*word == oracle_tag((uint32_t)pa, 0x90))
			continue;
		assert_int_equal(found, 0);
		found = pa;
		*word = oracle_tag((uint32_t)pa, 0x90);
	}
	return (found);
}

static void
live_access(struct live *live, unsigned page, uint64_t *seed)
{
	struct oracle *oracle = &live->oracle;
	struct oracle_probe *probe;
	struct oracle_expected fresh = {0}, then;
	struct mmu_translation ours;
	uint64_t r = hw_random(seed), walks;
	enum oracle_op op = (enum oracle_op)(r % 3);
	unsigned access, cpl, h;
	vm_offset_t va;
	vm_paddr_t pa;

	/* Few addresses in the page, so that entries are used again. */
	va = live->va[page] +
	    (page < LIVE_SMALL ? 0 : (r >> 32 & 3) * PAGE_SIZE * 100) +
	    (r >> 40 & 0xff8);
	cpl = (r >> 8 & 1) != 0 ? 3 : 0;
	access = (op == ORACLE_STORE	    ? MMU_WRITE :
			 op == ORACLE_FETCH ? MMU_FETCH :
					      MMU_READ) |
	    (cpl == 3 ? MMU_USER : 0);
	live_evaluate(*live->leaf[page], page, va, access, &fresh);
	walks = live->hw.cpu->tlb->stats.walks;
	ours = mmu_access(live->hw.mach, live->hw.cpu, va, access);
	live->rewalked[page] |= live->nhistory[page] > 1 &&
	    live->hw.cpu->tlb->stats.walks != walks;

	probe = (struct oracle_probe *)(oracle->mem + ORACLE_PROBES);
	memset(probe, 0, sizeof(*probe));
	probe->va = va;
	probe->op = op;
	probe->cpl = cpl;
	probe->wval = oracle_tag(0x80000000u, 0x91);
	oracle_params(oracle)->flags = 0;
	oracle_params(oracle)->count = 1;
	qemu_run(oracle);
	pa = op == ORACLE_STORE ? live_find_store(live, va) :
	    op == ORACLE_FETCH	? probe->val :
				  probe->val >> 8 & UINT32_MAX;
	if (probe->vector == fresh.vector &&
	    (fresh.vector == 14 ? probe->error == fresh.error :
				  pa == fresh.val))
		return;
	/* Stale: some state of the tables since the invalidation, then. */
	for (h = 0; h < live->nhistory[page]; h++) {
		live_evaluate(live->history[page][h], page, va, access, &then);
		if (probe->vector == then.vector &&
		    (then.vector == 14 ? probe->error == then.error :
					 pa == then.val))
			break;
	}
	if (h == live->nhistory[page])
		fail_msg(
		    "QEMU's %s at CPL %u of %#jx, after an invalidation "
		    "and %u stores to its entry, gives vector %#jx error %#jx "
		    "address %#jx, as no entry since then says; the tables "
		    "say vector %#x address %#jx",
		    op == ORACLE_LOAD	   ? "load" :
			op == ORACLE_STORE ? "store" :
					     "fetch",
		    cpl, (uintmax_t)va, live->nhistory[page] - 1,
		    (uintmax_t)probe->vector, (uintmax_t)probe->error,
		    (uintmax_t)pa, fresh.vector, (uintmax_t)fresh.val);
	/*
	 * And ours has it too, and the detector has told; unless ours looked
	 * at the tables since, as every processor does at a fault and on a
	 * missing right, where QEMU keeps what it has for other rights.
	 */
	if (probe->vector == ORACLE_SUCCESS) {
		if (live->reported[page])
			live->stale++;
		else if (live->rewalked[page])
			live->excused++;
		else
			fail_msg("QEMU has a stale entry for %#jx, of which "
				 "the detector knows nothing (ours gives %d)",
			    (uintmax_t)va, ours.result);
	} else
		live->late_faults++;
}

static void
live_store(struct live *live, unsigned page, uint64_t *seed)
{
	uint64_t r = hw_random(seed), value;

	value = LIVE_DATA + r % LIVE_FRAMES * NBPDR;
	if (page < LIVE_SMALL)
		value += (r >> 16 & 511) * PAGE_SIZE;
	else
		value |= PG_PS;
	if (r >> 32 & 7)
		value |= PG_V;
	if (r >> 36 & 3)
		value |= PG_RW;
	if (r >> 40 & 3)
		value |= PG_U;
	if ((r >> 44 & 3) == 0)
		value |= PG_NX;
	if (r >> 48 & 1)
		value |= PG_G;
	*live->leaf[page] = value;
	if (live->nhistory[page] == LIVE_HISTORY)
		fail_msg("no invalidation in %d stores", LIVE_HISTORY);
	live->history[page][live->nhistory[page]++] = value;
}

/* Something is invalidated, on both. */
static void
live_invalidate(struct live *live, unsigned page, uint64_t *seed)
{
	struct oracle_params *params = oracle_params(&live->oracle);
	uint64_t r = hw_random(seed);
	unsigned h, i;
	bool global;

	params->count = 0;
	params->invlpg = live->va[page] +
	    (page < LIVE_SMALL ? r >> 8 & PAGE_MASK : r >> 8 & PDRMASK);
	switch (r % 16) {
	case 0:
		params->flags = ORACLE_LOAD_CR3;
		cpu_invltlb(live->hw.mach, live->hw.cpu);
		for (i = 0; i < LIVE_PAGES; i++) {
			/* What was ever global may be there still. */
			global = false;
			for (h = 0; h < live->nhistory[i]; h++)
				global |= (live->history[i][h] & PG_G) != 0;
			if (!global)
				live_invalidated(live, i);
		}
		break;
	case 1:
		params->flags = ORACLE_TOGGLE_PGE;
		cpu_toggle_pge(live->hw.mach, live->hw.cpu);
		for (i = 0; i < LIVE_PAGES; i++)
			live_invalidated(live, i);
		break;
	default:
		params->flags = ORACLE_INVLPG;
		cpu_invlpg(live->hw.mach, live->hw.cpu, params->invlpg);
		live_invalidated(live, page);
		break;
	}
	qemu_run(&live->oracle);
}

static bool
live_data(struct machine *mach, vm_paddr_t pa)
{
	return (pa >= LIVE_DATA && pa < LIVE_DATA + LIVE_FRAMES * NBPDR);
}

/*
 * Both TLBs see the same stores to the tables, by a machine whose memory they
 * share, the same accesses and the same invalidations.
 */
static void
test_staleness(void **state)
{
	static struct live live;
	struct pmapsim_config config;
	struct kernel kernel;
	char err[256];
	uint64_t seed = 0x600d;
	unsigned i, page, step;
	vm_offset_t stub;

	print_message("seed %#jx\n", (uintmax_t)seed);
	memset(&live, 0, sizeof(live));
	pmapsim_config_init(&config);
	config.mem = 32 << 20;
	config.ncpu = 1;
	config.shared_arena = true;
	/* Room for all, so that ours forgets only what it is told to. */
	config.tlb = "tlb wide\n"
		     "array l1 unified 4K,2M,1G entries=64 ways=full\n"
		     "cache pde,pdpte,pml4e entries=16 ways=full\n";
	memset(&kernel, 0, sizeof(kernel));
	live.hw.mach = machine_create(&config, &kernel, 64 << 20);
	assert_non_null(live.hw.mach);
	assert_true(physmem_startup(live.hw.mach));
	cpu_startup(live.hw.mach);
	assert_true(detector_startup(live.hw.mach, err, sizeof(err)));
	live.hw.cpu = &live.hw.mach->cpus[0];
	live.hw.cr3 = live.hw.cpu->cr3 = HW_TABLES;
	live.hw.next = HW_TABLES + PAGE_SIZE;
	cpu_set_features(live.hw.cpu, QEMU_MAXPHYADDR, true);
	for (i = 0; i < LIVE_PAGES; i++) {
		live.va[i] = LIVE_VA +
		    (i < LIVE_SMALL ? i * PAGE_SIZE : i * NBPDR);
		live.leaf[i] = hw_entry(&live.hw, live.va[i],
		    i < LIVE_SMALL ? 1 : 2);
		live_invalidated(&live, i);
	}
	*hw_entry(&live.hw, KERNBASE, 2) = HW_RW | PG_PS | PG_G;
	oracle_create(&live.oracle, "QEMU", live.hw.mach, live_data);
	live.oracle.run = qemu_run;
	stub = oracle_map_stub(&live.oracle, live.hw.cr3);
	/* The machine's own memory is what QEMU gets. */
	oracle_install(&live.oracle, live.hw.mach->physmem->base,
	    ORACLE_GUEST_FILE);
	oracle_set_stub(&live.oracle, stub);
	qemu_start(pmapsim_arena_fd(live.hw.mach), 32 << 20);
	assert_int_equal(pmapsim_detect(live.hw.mach, PMAPSIM_DETECT_STALE),
	    PMAPSIM_OK);
	pmapsim_set_detect_hook(live.hw.mach, live_hook, &live);
	for (step = 0; step < 40000; step++) {
		page = hw_random(&seed) % LIVE_PAGES;
		switch (hw_random(&seed) % 8) {
		case 0:
			live_store(&live, page, &seed);
			break;
		case 1:
			live_invalidate(&live, page, &seed);
			break;
		default:
			live_access(&live, page, &seed);
			break;
		}
	}
	print_message(
	    "%u steps: QEMU was stale %u times with us and %u times "
	    "after we had looked again, and faulted late %u times; %ju "
	    "detections\n",
	    step, live.stale, live.excused, live.late_faults,
	    (uintmax_t)pmapsim_detections(live.hw.mach));
	/* Otherwise nothing was shown. */
	assert_true(live.stale > 100);
	assert_true(live.excused < live.stale);
	qemu_stop();
	oracle_destroy(&live.oracle);
	hw_destroy(&live.hw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_random_tables, teardown),
	    cmocka_unit_test_teardown(test_kernel_machines, teardown),
	    cmocka_unit_test_teardown(test_staleness, teardown),
	};

	if (!in_path(QEMU)) {
		/* .ci/run installs it, so that there it cannot be missing. */
		printf("skipped: lacks %s\n", QEMU);
		return (getenv("PMAPSIM_CI") != NULL ? 1 : ORACLE_SKIP);
	}
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
