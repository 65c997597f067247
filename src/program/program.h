/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recorded program on a simulated machine: its system calls become FreeBSD's
 * and its accesses go through the CPUs' TLBs.
 */
#ifndef PROGRAM_PROGRAM_H
#define PROGRAM_PROGRAM_H

#include <stdio.h>

#include <pmapsim/hw.h>
#include <pmapsim/machine.h>
#include <pmapsim/pmap.h>

#include "program/run_format.h"

enum program_layout {
	PROGRAM_LAYOUT_FREEBSD, /* where FreeBSD would have put it all */
	PROGRAM_LAYOUT_RECORDED /* at the recorded addresses */
};

enum program_files {
	PROGRAM_FILES_CACHED, /* their pages are in memory already */
	PROGRAM_FILES_COLD    /* they are read at the first access */
};

/* The machine and the way to run.  Zero-filled but for "header" and "mem". */
struct program_options {
	const struct run_header *header;
	const char *kernel; /* NULL: 2010-04 */
	const char *tlb;    /* NULL: none */
	vm_paddr_t mem;	    /* bytes */
	enum program_layout layout;
	enum program_files files;
	unsigned ncpu;	/* 0: one a thread */
	uint64_t every; /* instructions between two samples; 0: 1/512 of all */
	unsigned fragment; /* per cent of free memory that no 2 MB page gets */
	uint64_t seed;	   /* of that */
	bool heat;	   /* count accesses by 2 MB region as well */
	FILE *text;	   /* write first touches as a trace; NULL: do not */
};

/* How things stood after "instructions". */
struct program_sample {
	uint64_t instructions;
	uint64_t resident;   /* pages, all processes */
	uint64_t superpages; /* 2 MB mappings of them */
	uint64_t promotions, demotions, faults;
};

/* What happened in a 2 MB region between two samples. */
struct program_heat {
	uint32_t sample;
	uint32_t accesses; /* UINT32_MAX: that many or more */
	uint64_t region;   /* simulated address >> 21 */
	bool superpage;	   /* at the end of the time */
};

/* What a program cost.  Counters are of the run alone, not of the boot. */
struct program_result {
	char kernel[256]; /* canonical name */
	const char *tlb;  /* the options' */
	uint64_t records, reads, writes, instructions;
	uint64_t events, processes;
	uint64_t unmapped; /* records at addresses that nothing maps */
	uint64_t faulted;  /* accesses for which a program gets a signal */
	uint64_t refused;  /* calls that this kernel refused */
	uint64_t advice;   /* madvise calls */
	double coverage_mean, coverage_max, coverage_end; /* 0..1 */
	uint64_t peak_resident;				  /* pages */
	uint64_t promotions, demotions;
	uint64_t promote_failed[PMAPSIM_PROMOTE_REASONS];
	uint64_t faults, zero_fills, copies; /* vm_fault(), v_zfod, v_cow */
	uint64_t pte_stores, reclaimed;
	struct pmapsim_invalidations invalidations;
	struct pmapsim_tlb_stats stats; /* sums; zero without TLBs */
	bool panicked;
	bool sleeps; /* no panic: the kernel waits for what never comes */
	char panic[256];
	double fragmented;     /* of free memory before the run, 0..1 */
	uint64_t whole_frames; /* 2 MB frames that this left whole */
	struct program_sample *samples;
	size_t nsamples;
	struct program_heat *heat;
	size_t nheat;
};

/*
 * A run.  Made by program_start(), fed with the words of a recording in any
 * pieces, and ended by program_finish(), which fills "result"; whose arrays
 * the caller gives back by program_result_done().
 */
struct program;
struct program *program_start(const struct program_options *options, char *err,
    size_t errsize);
/* Takes words; none of them makes the accesses that were gathered so far.
 * False: it has ended, by a panic or because the host has no memory. */
bool program_feed(struct program *program, const uint64_t *words, size_t n);
/* False, with "err": the host had no memory, and "result" is empty. */
bool program_finish(struct program *program, struct program_result *result,
    char *err, size_t errsize);
void program_result_done(struct program_result *result);

#endif /* PROGRAM_PROGRAM_H */
