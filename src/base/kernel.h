/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernels as data.  A kernel is a revision, a state of FreeBSD's sources at one
 * time, and switches, each of which is one difference in behaviour.
 *
 * To add a switch,
 *	1. add its row to kernel_switches.def: enum, list, completion, parsing
 *	   and the museum's numbers follow from it;
 *	2. ask for it by a predicate, "static inline bool question(mach)", in
 *	   amd64/pmap_kernels.h or vm/vm_kernels.h, which alone may say
 *	   KERNEL_HAS() (tests/style/check_kernels.sh).  The predicate's name
 *	   is the question that the code asks; its comment says why kernels
 *	   differ there, where that is from, and the museum's number.  Where a
 *	   switch is another algorithm, write a second function, in a file of
 *	   its own, and choose between both at one place off the hot paths;
 *	3. describe it in src/man/pmapsim-kernels.7, and show it by a trace.
 *
 * To add a revision, add its row to kernel_revisions.def, naming the revision
 * that it is based on, and name it in the last column of each switch that is
 * not as it is there: ON(ID) or NOT(ID).  What the revision fixes for the whole
 * machine is a constant of struct kernel_revision, which the kernel reads as
 * mach->kernel.revision->constant: a new constant is a field there and a value
 * in each row.  Describe it in pmapsim-kernels(7).
 */
#ifndef BASE_KERNEL_H
#define BASE_KERNEL_H

#include <pmapsim/machine.h>

enum kernel_switch {
#define KERNEL_SWITCH(id, ...) KS_##id,
#include "base/kernel_switches.def"
#undef KERNEL_SWITCH
	KS_COUNT
};

enum kernel_revision_id {
#define KERNEL_REVISION(id, ...) KR_##id,
#include "base/kernel_revisions.def"
#undef KERNEL_REVISION
	KR_COUNT,
	KR_NONE = KR_COUNT /* the base of a revision that has none */
};

/* A set of switches: switch ks is bit ks % 64 of word ks / 64. */
#define KERNEL_SET_WORDS 2
struct kernel_set {
	uint64_t word[KERNEL_SET_WORDS];
};
_Static_assert(KS_COUNT <= 64 * KERNEL_SET_WORDS, "all switches fit the set");

/* A revision and what it fixes for the whole machine. */
struct kernel_revision {
	struct pmapsim_kernel_info info;
	enum kernel_revision_id base;

	/* From here on: what kernel_lays_out_alike() compares. */
	vm_offset_t vm_min_kernel_address; /* where kernel addresses begin */
	vm_offset_t dmap_min_address;	   /* and the direct map's */
	uint64_t pg_w; /* PG_W in an entry; PG_W itself is 2010's */
};

/*
 * A parsed kernel.  Made by kernel_parse() before boot, constant while its
 * machine lives; "name" is its canonical spelling.
 */
struct kernel {
	struct kernel_set switches;
	const struct kernel_revision *revision;
	char name[PMAPSIM_KERNEL_NAME_SIZE];
};

/* Whether switch "ks", a constant, is on.  For the predicates; see above. */
#define KERNEL_HAS(mach, ks)                        \
	(((mach)->kernel.switches.word[(ks) / 64] & \
	     (UINT64_C(1) << ((ks) % 64))) != 0)

static inline bool
kernel_set_has(const struct kernel_set *set, unsigned ks)
{

	return ((set->word[ks / 64] >> (ks % 64) & 1) != 0);
}

/*
 * Whether a machine of "a" can go on as one of "b": what their revisions fix
 * for the whole machine is equal.
 */
bool kernel_lays_out_alike(const struct kernel *a, const struct kernel *b);
bool kernel_parse(const char *text, struct kernel *kernel, char *err,
    size_t errsize);
/* The switch's name as in "2010-04+NAME". */
const char *kernel_switch_name(enum kernel_switch ks);
/* The switch called "word"; KS_COUNT when there is none. */
enum kernel_switch kernel_find_switch(const char *word);

#endif /* BASE_KERNEL_H */
