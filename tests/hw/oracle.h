/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another MMU as a judge of ours.  A machine's memory is copied, a monitor is
 * put into its lowest megabyte, which the simulated kernel leaves alone, and
 * the copy becomes the other machine's memory.  Then both make the same
 * accesses: ours by mmu_walk() on the original, the other by executing them.
 * Results are compared one by one, and afterwards all of memory.
 *
 * Data frames are tagged: each 8 bytes hold the instructions "mov $PA, %eax;
 * ret".  So a load tells the physical address that it came from, and so does a
 * fetch, which executes it; a store leaves a marker of the same form.
 */
#ifndef TESTS_HW_ORACLE_H
#define TESTS_HW_ORACLE_H

#include "hw_fixture.h"

#define ORACLE_SKIP 77 /* what ctest takes for "skipped" */

/* Physical addresses below 1 MB; oracle_guest.S has them too. */
#define ORACLE_PARAMS 0x1000
#define ORACLE_GDT 0x2000
#define ORACLE_IDT 0x3000
#define ORACLE_TSS 0x4000
#define ORACLE_STACK 0x8000 /* its top, and the user page's start */
#define ORACLE_STUB 0x8000
#define ORACLE_STUB_TABLES 0x9000 /* three */
#define ORACLE_MONITOR 0x10000
#define ORACLE_ROM_TABLES 0x20000 /* three */
#define ORACLE_PROBES 0x30000
#define ORACLE_LOW_END 0x100000
#define ORACLE_PROBES_MAX 4096

enum oracle_op { ORACLE_LOAD, ORACLE_STORE, ORACLE_FETCH };

struct oracle_probe {
	uint64_t va;
	uint32_t op;
	uint32_t cpl; /* 0 or 3 */
	uint64_t wval;
	uint64_t val;	 /* loaded, or what a fetched instruction gave */
	uint64_t vector; /* ORACLE_SUCCESS, 13 or 14 */
	uint64_t error;
	uint64_t cr2;
	uint64_t unused;
};
_Static_assert(sizeof(struct oracle_probe) == 64, "the monitor's size");
#define ORACLE_SUCCESS 0x80

struct oracle_params {
	uint64_t cr3, cr0, efer, cr4;
	uint8_t gdtr[16], idtr[16];
	uint64_t asked, done; /* requests */
	uint64_t flags;	      /* ORACLE_INVLPG... */
	uint64_t invlpg;      /* address */
	uint64_t count;	      /* of probes */
	uint64_t stub;	      /* user address of the stub */
	uint64_t halt;	      /* 1: halts between requests; 0: polls */
};
#define ORACLE_INVLPG 1
#define ORACLE_LOAD_CR3 2
#define ORACLE_TOGGLE_PGE 4
#define ORACLE_LOAD_ALL 8 /* EFER, CR3, CR0 */

/* The monitor's first bytes: virtual addresses and a size. */
struct oracle_header {
	uint64_t boot, serve, stub, stub_size, vectors;
};

/* What our MMU says of a probe. */
struct oracle_expected {
	unsigned vector; /* as in a probe */
	unsigned error;
	uint64_t val;
	bool any_a; /* A bits of "val" are don't-care */
};

struct oracle {
	const char *name;
	struct machine *mach;
	struct cpu *cpu; /* whose registers both use */
	char *mem;	 /* the other machine's memory */
	vm_paddr_t size;
	bool *tagged;	      /* by frame: data, ours to overwrite */
	uint8_t *levels;      /* by frame: 1 << level it is a table of */
	bool stepwise_a;      /* A may be set above an entry that faults */
	bool no_user_slot256; /* see oracle_kvm.c */
	unsigned nprobes;
	struct oracle_probe probe[ORACLE_PROBES_MAX];
	struct oracle_expected expected[ORACLE_PROBES_MAX];
	unsigned seen_ok, seen_fault[32], seen_gp; /* over all batches */
	unsigned translated, translated_mapped;
	/* Called before a batch with its probes; may be NULL. */
	void (*before)(struct oracle *oracle);
	/* Has the other machine make the request in the parameters. */
	void (*run)(struct oracle *oracle);
};

/* The tag of physical address "pa" (kind 0x90) or a marker (0x91). */
uint64_t oracle_tag(uint32_t value, unsigned kind);
struct oracle_params *oracle_params(struct oracle *oracle);

/*
 * Makes an oracle for "mach", whose memory is then tagged where "data" says so
 * of the frame.
 */
void oracle_create(struct oracle *oracle, const char *name,
    struct machine *mach, bool (*data)(struct machine *mach, vm_paddr_t pa));
/* Puts the user page into the address space at "cr3"; returns its address. */
vm_offset_t oracle_map_stub(struct oracle *oracle, vm_paddr_t cr3);
/*
 * Copies memory to "mem", of the machine's size and not seldom its own, and
 * puts the monitor, whose assembled file is "monitor", into it.
 */
void oracle_install(struct oracle *oracle, char *mem, const char *monitor);
/* Says where the user page is in the address space that is probed next. */
void oracle_set_stub(struct oracle *oracle, vm_offset_t va);
void oracle_destroy(struct oracle *oracle);

/*
 * Adds a probe of the 8 bytes at "va" & ~7 in the current CR3, unless the
 * other machine could not make it without harm: a load where there is no
 * memory, a store or fetch where there is no data.
 */
void oracle_add(struct oracle *oracle, vm_offset_t va, enum oracle_op op,
    unsigned cpl);
/* A batch: both make the probes that were added, and all is compared. */
void oracle_batch(struct oracle *oracle, vm_paddr_t cr3);

/* Probes all that "cr3" maps, what lies beside it, and random addresses. */
void oracle_explore(struct oracle *oracle, vm_paddr_t cr3, uint64_t *seed);

/* A machine of random tables; see oracle.c.  Returns its CR3. */
vm_paddr_t oracle_random_tables(struct hw *hw, uint64_t *seed);
bool oracle_random_data(struct machine *mach, vm_paddr_t pa);

/* Kernel machines: each is booted, worked on, and given to "judge". */
void oracle_kernels(void (*judge)(struct machine *mach, const char *what));
bool oracle_kernel_data(struct machine *mach, vm_paddr_t pa);
/* Puts the user page into every address space, and the kernel's in CR3. */
void oracle_map_stubs(struct oracle *oracle);
/* Explores every address space of the machine. */
void oracle_explore_pmaps(struct oracle *oracle, uint64_t *seed);

#endif /* TESTS_HW_ORACLE_H */
