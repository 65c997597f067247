/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 2 MB region behind "pmap_enter: attempted pmap_enter on 2MB page": what
 * each of its 512 PTEs was when the promotion went through that should not
 * have.
 *
 * The kernel cannot tell: to it a valid PTE is a mapping.  So the trace is
 * made a second time up to the statement that promoted, and each statement
 * that maps or unmaps kernel addresses is noted down.  A PTE that is valid
 * although the last such statement unmapped its address is litter.
 */
#ifndef STUDY_REGION_H
#define STUDY_REGION_H

#include <pmapsim/pmap.h>
#include <pmapsim/trace.h>

#define REGION_PANIC PMAPSIM_PANIC_ENTER_ON_2MB_PAGE

enum region_kind {
	REGION_INVALID, /* not valid, and not entered by the statement */
	REGION_MAPPED,	/* valid: a mapping that was made and not ended */
	REGION_LITTER,	/* valid: its mapping was ended */
	REGION_ENTERED	/* by the statement, up to the promotion */
};

/*
 * PTEs that are shown alike: of one kind and, of those that are mapped, with
 * one difference from the region's first PTE.  Each difference by itself keeps
 * the region from being promoted.
 */
#define REGION_GROUPS_MAX 12
struct region_group {
	enum region_kind kind;
	pt_entry_t lacks, has; /* bits that the first PTE has, or lacks */
	bool frame;	       /* it does not continue the first one's frame */
	char letter;
	char words[120];
	unsigned count; /* PTEs */
};

/*
 * A region explained.  The caller's; filled in whole by region_explain()
 * or region_at(), and holds nothing of a machine.
 */
struct region {
	vm_offset_t va;	   /* of the region, 2 MB-aligned */
	unsigned promoted; /* PTE whose entering promoted */
	unsigned line;	   /* of the statement that promoted, or the last */
	char call[96];	   /* its text, cut where too long */
	pd_entry_t pde;	   /* after the promotion */
	struct {
		enum region_kind kind;
		pt_entry_t before; /* the statement */
		bool was_litter;   /* entered over litter */
		unsigned unmapped; /* line that ended its mapping; 0: none */
		unsigned group;	   /* in "groups" */
	} pte[NPTEPG];
	/* The kinds that there are, and in them those that differ; what is not
	 * valid comes last. */
	unsigned ngroups;
	struct region_group groups[REGION_GROUPS_MAX];
	unsigned count[4]; /* of each kind */
	unsigned entered_over_litter;
	unsigned litter_line; /* that left the most litter */
	char litter_call[96]; /* its text, cut where too long */
	bool no_memory;	      /* of the host's, to explain it */
};

/*
 * Explains the panic REGION_PANIC in which a replay of "trace" under "options"
 * ends, by two more replays.  False, "err" saying why: it ends otherwise, no
 * promotion came before, or the host has no memory, which no_memory tells.
 * The rest of "*region" is then undefined.
 */
bool region_explain(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, struct region *region,
    char *err, size_t errsize);

/*
 * Reads the region of "va" in the pmap called "pmap" after the statement of
 * line "at" (0: where the trace ends), by one replay.  What that statement
 * entered is REGION_ENTERED; "promoted" is NPTEPG, as none is.  Only kernel
 * addresses can have litter.  False, "err" saying why: the trace is bad, it
 * has no such line, there is no such pmap, or the host has no memory.
 */
bool region_at(const struct pmapsim_trace *trace,
    const struct pmapsim_replay_options *options, const char *pmap,
    vm_offset_t va, unsigned at, struct region *region, char *err,
    size_t errsize);

/* Fills in the groups of "region", whose PTEs and kinds are known. */
void region_make_groups(struct region *region);

#endif /* STUDY_REGION_H */
