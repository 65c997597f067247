/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KVM's MMU against ours: a virtual machine without firmware, entered in long
 * mode in the monitor, and KVM_TRANSLATE, which walks on request.
 *
 * KVM sets A and D as we do, when an access succeeds, and memory is compared
 * bit by bit.  It keeps shadows of the tables that a change from outside does
 * not reach, so a machine's tables are put in place before KVM sees them, and
 * it is no judge of staleness.  Some KVMs reserve PML4 slot 256 for themselves
 * in user mode, hence no user accesses there; 1 GB pages and the width of
 * physical addresses are as it reports them.
 */
#define _GNU_SOURCE
#include "oracle.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define CPUID_MAX 256

struct kvm {
	int fd, vm, vcpu;
	struct kvm_run *run; /* of KVM's */
	size_t run_size;
	char *mem;
	size_t size;
	unsigned maxphyaddr;
	bool pages_1g;
};

static struct kvm kvm; /* the one that runs */

/* Why KVM cannot be used; NULL when it can. */
static const char *
kvm_unusable(void)
{
	static char why[128];
	int fd, vm;

	fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		snprintf(why, sizeof(why), "/dev/kvm cannot be opened: %s",
		    strerror(errno));
		return (why);
	}
	vm = ioctl(fd, KVM_CREATE_VM, 0);
	if (vm < 0)
		snprintf(why, sizeof(why), "KVM makes no machine: %s",
		    strerror(errno));
	else
		close(vm);
	close(fd);
	return (vm < 0 ? why : NULL);
}

/* The features that the guest's CPU gets: all that the host's has. */
static void
kvm_set_cpuid(void)
{
	struct kvm_cpuid2 *cpuid;
	struct kvm_cpuid_entry2 *e;
	unsigned i;

	cpuid = calloc(1, sizeof(*cpuid) + CPUID_MAX * sizeof(*e));
	cpuid->nent = CPUID_MAX;
	assert_int_equal(ioctl(kvm.fd, KVM_GET_SUPPORTED_CPUID, cpuid), 0);
	kvm.maxphyaddr = 36;
	kvm.pages_1g = false;
	for (i = 0; i < cpuid->nent; i++) {
		e = &cpuid->entries[i];
		if (e->function == 0x80000008)
			kvm.maxphyaddr = e->eax & 0xff;
		else if (e->function == 0x80000001)
			kvm.pages_1g = (e->edx >> 26 & 1) != 0;
	}
	assert_int_equal(ioctl(kvm.vcpu, KVM_SET_CPUID2, cpuid), 0);
	free(cpuid);
}

static void
kvm_set_memory(size_t size)
{
	struct kvm_userspace_memory_region region = {
	    .slot = 0,
	    .memory_size = size,
	    .userspace_addr = (uintptr_t)kvm.mem,
	};

	assert_int_equal(ioctl(kvm.vm, KVM_SET_USER_MEMORY_REGION, &region), 0);
}

/* A machine of "size" bytes of memory, which are kvm.mem, one CPU in it. */
static void
kvm_open(size_t size)
{
	int n;

	kvm.fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	assert_true(kvm.fd >= 0);
	kvm.vm = ioctl(kvm.fd, KVM_CREATE_VM, 0);
	assert_true(kvm.vm >= 0);
	kvm.size = size;
	kvm.mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(kvm.mem != MAP_FAILED);
	kvm_set_memory(size);
	kvm.vcpu = ioctl(kvm.vm, KVM_CREATE_VCPU, 0);
	assert_true(kvm.vcpu >= 0);
	n = ioctl(kvm.fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	assert_true(n > 0);
	kvm.run_size = (size_t)n;
	kvm.run = mmap(NULL, kvm.run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
	    kvm.vcpu, 0);
	assert_true(kvm.run != MAP_FAILED);
	kvm_set_cpuid();
}

static int
teardown(void **state)
{
	if (kvm.run != NULL && kvm.run != MAP_FAILED)
		munmap(kvm.run, kvm.run_size);
	if (kvm.vcpu > 0)
		close(kvm.vcpu);
	if (kvm.vm > 0)
		close(kvm.vm);
	if (kvm.fd > 0)
		close(kvm.fd);
	if (kvm.mem != NULL && kvm.mem != MAP_FAILED)
		munmap(kvm.mem, kvm.size);
	memset(&kvm, 0, sizeof(kvm));
	return (0);
}

/* Takes memory away and gives it back: all shadows of tables are gone. */
static void
kvm_forget(void)
{
	kvm_set_memory(0);
	kvm_set_memory(kvm.size);
}

static void
set_segment(struct kvm_segment *s, uint16_t selector, uint8_t type, bool code)
{
	memset(s, 0, sizeof(*s));
	s->limit = UINT32_MAX;
	s->selector = selector;
	s->type = type;
	s->present = 1;
	s->s = 1;
	s->g = 1;
	s->l = code;
	s->db = !code;
}

/* Long mode as the monitor's parameters have it. */
static void
kvm_set_registers(const struct oracle_params *params)
{
	struct kvm_sregs s;

	assert_int_equal(ioctl(kvm.vcpu, KVM_GET_SREGS, &s), 0);
	set_segment(&s.cs, 0x08, 0xb, true);
	set_segment(&s.ds, 0x10, 0x3, false);
	s.es = s.fs = s.gs = s.ss = s.ds;
	s.gdt.base = KERNBASE + ORACLE_GDT;
	s.gdt.limit = 0x3f;
	s.idt.base = KERNBASE + ORACLE_IDT;
	s.idt.limit = 32 * 16 - 1;
	memset(&s.tr, 0, sizeof(s.tr));
	s.tr.base = KERNBASE + ORACLE_TSS;
	s.tr.limit = 0x67;
	s.tr.selector = 0x30;
	s.tr.type = 0xb;
	s.tr.present = 1;
	memset(&s.ldt, 0, sizeof(s.ldt));
	s.ldt.unusable = 1;
	s.ldt.type = 2;
	s.cr0 = params->cr0;
	s.cr3 = params->cr3;
	s.cr4 = params->cr4;
	s.efer = params->efer;
	assert_int_equal(ioctl(kvm.vcpu, KVM_SET_SREGS, &s), 0);
}

/* One request: the monitor is entered where it looks for one, and halts. */
static void
kvm_run_probes(struct oracle *oracle)
{
	struct oracle_params *params = oracle_params(oracle);
	struct oracle_header header;
	struct kvm_regs regs;
	unsigned entries;

	kvm_forget();
	kvm_set_registers(params);
	memcpy(&header, oracle->mem + ORACLE_MONITOR, sizeof(header));
	memset(&regs, 0, sizeof(regs));
	regs.rip = header.serve;
	regs.rsp = KERNBASE + ORACLE_STACK;
	regs.rflags = 2;
	assert_int_equal(ioctl(kvm.vcpu, KVM_SET_REGS, &regs), 0);
	/* CR3 and the rest are set already. */
	params->flags = 0;
	params->halt = 1;
	/* The first halt is at once, the second after the request. */
	params->asked++;
	for (entries = 0; entries < 2; entries++) {
		while (ioctl(kvm.vcpu, KVM_RUN, 0) != 0)
			assert_int_equal(errno, EINTR);
		if (kvm.run->exit_reason != KVM_EXIT_HLT)
			fail_msg("the guest ended with exit reason %u",
			    kvm.run->exit_reason);
	}
	assert_int_equal(params->done, params->asked);
}

/*
 * KVM_TRANSLATE of every probe's address, as a supervisor's read: whether it
 * is mapped and where.  It sets A bits and ignores whether an address is
 * canonical, so it is given its memory back afterwards.
 */
static void
check_translate(struct oracle *oracle)
{
	const struct oracle_probe *probe = oracle->probe;
	struct kvm_translation t;
	struct mmu_translation ours;
	unsigned i, mapped = 0, n = oracle->nprobes;
	vm_paddr_t cr3 = oracle->cpu->cr3;

	oracle_params(oracle)->cr3 = cr3;
	oracle_params(oracle)->cr0 = UINT64_C(0x80000031) |
	    (oracle->cpu->cr0 & CR0_WP);
	oracle_params(oracle)->efer = 0x501 | (oracle->cpu->efer & EFER_NXE);
	kvm_forget();
	kvm_set_registers(oracle_params(oracle));
	for (i = 0; i < n; i++) {
		if (!mmu_canonical(probe[i].va))
			continue;
		memset(&t, 0, sizeof(t));
		t.linear_address = probe[i].va;
		assert_int_equal(ioctl(kvm.vcpu, KVM_TRANSLATE, &t), 0);
		ours = mmu_walk(oracle->mach, oracle->cpu, cr3, probe[i].va,
		    MMU_READ, false);
		if (t.valid != (ours.result == MMU_OK) ||
		    (t.valid && t.physical_address != ours.pa))
			fail_msg("KVM_TRANSLATE of %#jx gives %s %#jx, we %s "
				 "%#jx",
			    (uintmax_t)probe[i].va,
			    t.valid ? "mapped" : "not mapped",
			    (uintmax_t)t.physical_address,
			    ours.result == MMU_OK ? "mapped" : "not mapped",
			    (uintmax_t)ours.pa);
		mapped += t.valid;
	}
	memcpy(oracle->mem + ORACLE_LOW_END,
	    oracle->mach->physmem->base + ORACLE_LOW_END,
	    oracle->size - ORACLE_LOW_END);
	oracle->translated += n;
	oracle->translated_mapped += mapped;
}

static void
report(const struct oracle *oracle, const char *what)
{
	unsigned faults = 0, i;

	for (i = 0; i < 32; i++)
		faults += oracle->seen_fault[i];
	print_message(
	    "%s: %u accesses agree, %u page faults, %u general "
	    "protection faults; KVM_TRANSLATE %u, %u of them mapped\n",
	    what, oracle->seen_ok, faults, oracle->seen_gp, oracle->translated,
	    oracle->translated_mapped);
}

static void
prepare(struct oracle *oracle)
{
	cpu_set_features(oracle->cpu, kvm.maxphyaddr, kvm.pages_1g);
	oracle->no_user_slot256 = true;
	oracle->before = check_translate;
	oracle->run = kvm_run_probes;
}

static void
test_random_tables(void **state)
{
	static struct oracle oracle;
	struct hw hw;
	vm_offset_t stub;
	uint64_t seed;
	unsigned i, wp, nxe;

	for (i = 0; i < 2; i++) {
		seed = 0xabcd + i;
		print_message("seed %#jx\n", (uintmax_t)seed);
		kvm_open(64 << 20);
		hw_boot(&hw, 64 << 20, 1, NULL);
		cpu_set_features(hw.cpu, kvm.maxphyaddr, kvm.pages_1g);
		oracle_random_tables(&hw, &seed);
		oracle_create(&oracle, "KVM", hw.mach, oracle_random_data);
		prepare(&oracle);
		stub = oracle_map_stub(&oracle, hw.cr3);
		oracle_install(&oracle, kvm.mem, ORACLE_GUEST_FILE);
		oracle_set_stub(&oracle, stub);
		for (wp = 0; wp < 2; wp++)
			for (nxe = 0; nxe < 2; nxe++) {
				hw.cpu->cr0 = CR0_PG | (wp ? CR0_WP : 0);
				hw.cpu->efer = nxe ? EFER_NXE : 0;
				oracle_explore(&oracle, hw.cr3, &seed);
			}
		report(&oracle, "random tables");
		assert_true(oracle.seen_ok > 1000);
		assert_true(oracle.seen_gp > 0);
		assert_true(oracle.seen_fault[PGEX_P | PGEX_RSV] > 0);
		assert_true(oracle.seen_fault[PGEX_P | PGEX_W] > 0);
		assert_true(oracle.seen_fault[PGEX_P | PGEX_U | PGEX_I] > 0);
		assert_true(oracle.translated_mapped > 1000);
		assert_true(oracle.translated > oracle.translated_mapped);
		teardown(NULL);
		oracle_destroy(&oracle);
		hw_destroy(&hw);
	}
}

static unsigned judged, agreed;

static void
judge(struct machine *mach, const char *what)
{
	static struct oracle oracle;
	uint64_t seed = 0x77;

	kvm_open(mach->physmem->size);
	oracle_create(&oracle, "KVM", mach, oracle_kernel_data);
	prepare(&oracle);
	oracle_map_stubs(&oracle);
	oracle_install(&oracle, kvm.mem, ORACLE_GUEST_FILE);
	oracle_explore_pmaps(&oracle, &seed);
	report(&oracle, what);
	agreed += oracle.seen_ok;
	judged++;
	teardown(NULL);
	oracle_destroy(&oracle);
}

static void
test_kernel_machines(void **state)
{
	judged = agreed = 0;
	oracle_kernels(judge);
	assert_true(judged >= 10);
	assert_true(agreed > 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_random_tables, teardown),
	    cmocka_unit_test_teardown(test_kernel_machines, teardown),
	};
	const char *why;

	if ((why = kvm_unusable()) != NULL) {
		printf("skipped: %s\n", why);
		return (ORACLE_SKIP);
	}
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
